"""A certificate that was issued, read from the ledger once more and written as a credential.

Nothing is logged: its statement, number and revocation are those of the PDF.
"""

from certificates import credential, proof
from certificates.proof import Committed, Opening
from certificates.seal.pades import Sealer
from certificates.source import Ledger
from ledger.checkpoint import Checkpoint
from ledger.desk.office import Office
from ledger.encoding import base64
from ledger.errors import Rejected
from ledger.note import Note
from ledger.records import Certificate, Volunteer
from ledger.statements import Entry
from ledger.store.reading import Reader


def as_credential(office: Office, sealer: Sealer, number: str) -> bytes:
    """Return a certificate that counts as a credential for wallets.

    Raises `Rejected` where it does not count, or its proof can no longer be made.
    """
    with office.store.reading() as view:
        held = next(view.where(Certificate, number=number), None)
        if held is None or held.state != "valid":
            raise Rejected(
                "certificate.unknown",
                en=f"there is no certificate {number} that counts",
                zh=f"没有编号为 {number} 的有效证明",
            )
        opening = _opened(office, view, held.volunteer)
        note = office.cosign(view.checkpoint())
        committed = Committed(note, Checkpoint.parse(Note.parse(note).text).size)
        made = proof.make(Ledger(view), held.entry, committed, opening)
    last = made.entries[-1]
    if last.index != held.entry:
        raise Rejected(
            "certificate.outdated",
            en=f"names on {number} have changed since in entry {last.index}: issue a new certificate",
            zh=f"第 {last.index} 条已更改 {number} 所载的名称，请重新出具证明",
        )
    stamp = Entry.parse(last.entry.encode()).stamp
    return credential.write(made, sealer, max(office.now, stamp))


def _opened(office: Office, view: Reader, number: str) -> dict[str, Opening]:
    """Open the name alone: what is held in a wallet is shown around more than paper."""
    volunteer, opened = view.find(Volunteer, number), office.vault.opening(number, "name")
    if volunteer is None or volunteer.state != "active" or opened is None:
        raise Rejected(
            "volunteer.not_active",
            en=f"{number} is erased or restricted: nothing more can be issued",
            zh=f"志愿者 {number} 的资料已删除、限制使用，不能再出具",
        )
    return {"name": Opening(key=base64(opened.key), value=opened.value)}
