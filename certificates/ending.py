"""How a certificate ends: revoked, or replaced by one issued anew (rule 42)."""

from dataclasses import dataclass

from certificates.contents import Block
from certificates.source import Ledger
from ledger import kinds
from ledger.desk import given
from ledger.desk.letters import Letter
from ledger.desk.office import Office, items_of
from ledger.errors import Rejected
from ledger.log import Receipt
from ledger.records import NOBODY, Certificate, Line, Sheet
from ledger.rows import CertificateItem
from ledger.rules.authority import within
from ledger.times import day_of

REISSUED = "reissued"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A certificate that is to be replaced: the days it was for, and what was chosen for it."""

    record: Certificate
    first: str
    last: str
    activities: frozenset[str]  # codes; none where all service of those days was listed
    blocks: frozenset[Block]


def revoke(
    office: Office, number: str, reason: str, successor: str | None = None
) -> Receipt | None:
    """Revoke a certificate by its number; `successor` is the number that takes its place."""
    given.check(reason=reason)
    found = find(office, number)
    heir = find(office, successor).ref if successor else None
    return office.send(revocation(office, found, reason, heir))


def revocation(office: Office, found: Certificate, reason: str, successor: str | None) -> Letter:
    """Write the revocation of a certificate; `successor` is the ref of what takes its place."""
    pen = office.pens("issuer", found.organisation)
    return pen.write(
        kinds.Revocation,
        found.organisation,
        certificate=found.ref,
        reason=reason,
        successor=successor,
    )


def earlier(office: Office, number: str, volunteer: str) -> Earlier:
    """Return the certificate of a volunteer that is to be replaced, or raise `Rejected`."""
    found = find(office, number)
    if found.volunteer != volunteer or found.state == "revoked":
        raise Rejected(
            "certificate.replaces",
            en=f"{number} cannot be replaced: it is another volunteer's, or revoked already;"
            " issue the new one without --replaces",
            zh=f"证明 {number} 属于另一志愿者或已被撤销，不能替代；出具新证明请勿使用 --replaces",
        )
    with office.store.reading() as view:
        (item,) = items_of(view, found.entry)
        assert isinstance(item, CertificateItem)
        activities = _chosen(Ledger(view), found, item)
    rows: dict[Block, object] = {"training": item.training, "honours": item.honours}
    blocks = frozenset(block for block, listed in rows.items() if listed)
    return Earlier(found, item.from_, item.to, activities, blocks)


def _chosen(ledger: Ledger, found: Certificate, item: CertificateItem) -> frozenset[str]:
    """Return the activities that were chosen, as far as service in them still stands; none: no choice.

    What was chosen is seen from what was left out: service of those days that had been confirmed.
    """
    lines = ledger.of(Line, "volunteer", found.volunteer)
    ledger.read(Sheet, "ref", [*(ref for ref, _ in item.lines), *(line.sheet for line in lines)])
    listed = {ledger.of(Sheet, "ref", ref)[0].activity for ref, _ in item.lines}
    could, stands = set[str](), set[str]()
    for line in lines:
        sheet = ledger.of(Sheet, "ref", line.sheet)[0]
        own = within(ledger.book, sheet.organisation, found.organisation)
        if own and item.from_ <= day_of(line.start) <= item.to:
            by = sheet.confirmation if line.confirmation == NOBODY else line.confirmation
            if line.state in ("", "confirmed", "void") and by != NOBODY and by < found.entry:
                could.add(sheet.activity)
            if (line.state or sheet.state) == "confirmed":
                stands.add(sheet.activity)
    return frozenset() if item.closing or listed >= could else frozenset(listed & stands or listed)


def find(office: Office, number: str) -> Certificate:
    """Return the certificate of a number, or raise `Rejected`."""
    with office.store.reading() as view:
        found = next(view.where(Certificate, number=number), None)
    if found is None:
        raise Rejected(
            "certificate.unknown",
            en=f"there is no certificate {number}",
            zh=f"没有编号为 {number} 的证明",
        )
    return found
