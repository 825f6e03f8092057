"""Drawing up a status list: all certificates of the ledger, one signed statement, one file."""

from dataclasses import dataclass

from certificates import statuslist
from certificates.proof import Committed
from certificates.source import Ledger
from ledger import kinds, standings
from ledger.checkpoint import Checkpoint
from ledger.desk.office import Office
from ledger.errors import Unsafe
from ledger.log import Receipt
from ledger.note import Note
from ledger.records import Certificate
from ledger.rules.authority import LEDGER
from ledger.standings import Standings, StatusList
from ledger.times import later


@dataclass(frozen=True, slots=True)
class Drawn:
    """A list in the log, and its file."""

    entry: int
    certificates: int
    ended: int
    next_update: str
    file: bytes


def draw_up(office: Office, days: int) -> Drawn:
    """Log how all certificates stand, to be relied on for so many days, and return the file."""
    if office.outbox is not None:
        raise Unsafe(
            "status.out",
            en="a status list is drawn up where the log is; --out does not go with it",
            zh="效力清单须在账本所在处生成，不能与 --out 同用",
        )
    next_update = later(office.now, days=days)
    receipt, found, count = office.made_anew(lambda: _say(office, next_update))
    note = office.cosign(receipt.checkpoint)
    checkpoint = Checkpoint.parse(Note.parse(note).text)
    with office.store.reading() as view:
        source = Ledger(view)
        committed = Committed(note, checkpoint.size)
        file = statuslist.make(source, receipt.index, committed, found).write()
    return Drawn(receipt.index, count, len(found.ended), next_update, file)


def _say(office: Office, next_update: str) -> tuple[Receipt, StatusList, int]:
    """Say the list of the ledger as it is now; somebody else's entry in between is refused."""
    drawn = Standings()
    with office.store.reading() as view:
        size, count = view.size(), 0
        for count, one in enumerate(view.all(Certificate), start=1):  # noqa: B007 - counted
            drawn.take([one])
    found = drawn.listed(size)
    receipt = office.say(
        "operator",
        kinds.Status,
        LEDGER,
        list=standings.committed(found.write()),
        size=size,
        next_update=next_update,
    )
    assert receipt  # without an outbox it was sent
    return receipt, found, count
