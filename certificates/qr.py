"""What the QR code of a page holds: where to ask about its number, or a claim that checks by itself."""

from dataclasses import replace
from unicodedata import normalize

from certificates import paper
from certificates.drafting import Draft
from certificates.paper import Paper
from certificates.seal import p256
from certificates.seal.pades import Sealer
from ledger import merkle
from ledger.desk.letters import encode_row
from ledger.home import Association
from ledger.sheets.identity import masked_name


def claims(association: Association, sealer: Sealer) -> bool:
    """Tell whether codes hold claims: if that is wanted, and the seal's key can sign in so little room."""
    return association.qr == "claim" and p256.signs(sealer)


def coded(draft: Draft, association: Association, sealer: Sealer) -> Draft:
    """Return a draft with its claim signed, where codes are to hold claims."""
    if not claims(association, sealer):
        return draft
    said = paper.write(paper.fitted(_paper(draft, sealer)), sealer)
    return replace(draft, claim=replace(draft.claim, paper=said))


def hidden(name: str) -> str:
    """Return a name as notices mask it; never the whole of it, short as it may be."""
    masked = masked_name(name)
    return "*" if name in masked else masked


def _paper(draft: Draft, sealer: Sealer) -> Paper:
    claim = draft.claim
    return Paper(
        number=claim.number,
        name=hidden(normalize("NFC", claim.name)),
        first=claim.first,
        last=claim.last,
        minutes=claim.minutes,
        issuer=normalize("NFC", claim.issuer_name),
        code=claim.issuer_code,
        issued=claim.issued,
        specimen=claim.specimen,
        leaf=merkle.leaf_hash(encode_row(draft.item)),
        key=paper.key_of(sealer.certificates[0]),
    )
