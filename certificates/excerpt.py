"""Excerpts of a closing: a statement of account, or the proof that somebody has no row in it.

    {"format": "volunteer-ledger/account@v1", "shows": "row", "checkpoint": "<note>",
     "entries": [as in proof.json], "hashes": [as in proof.json]}

Shown is the closing with one `row`; or a gap in which nobody has a row: `between` two rows that follow
on each other, though in two statements, `before` the first of all or `after` the last. Beside them
stand the charter, the appointment of who closed, and the organisation's rows up to the root; nothing
else.

The figures are the operator's word: an excerpt cannot show that they are true, nor that rows which
are not shown are sorted. `admit` refuses the one, and an audit recomputes the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from msgspec.json import Decoder

from certificates import proof
from certificates.carried import check_closing
from certificates.officers import Officers, logged, with_supports
from certificates.proof import Committed, Shown, ShownEntry, Source
from certificates.told import Told, hold_true
from ledger import fields, kinds
from ledger.errors import Unverified
from ledger.fields import Form
from ledger.kinds import Closing
from ledger.records import Organisation
from ledger.rows import ClosingItem
from ledger.trust import Trust

FORMAT = "volunteer-ledger/account@v1"
MAX_SIZE = 4 * 1024 * 1024
Shows = Literal["row", "before", "between", "after"]


class Excerpt(Form, frozen=True, tag_field="format", tag=FORMAT):
    """What the file says. Nothing in it is checked yet but its form."""

    shows: Shows
    checkpoint: str
    entries: tuple[ShownEntry, ...]
    hashes: tuple[str, ...]

    def write(self) -> bytes:
        """Return the one encoding of the file."""
        return fields.write(self, lines=True)


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was shown: where it stands among all rows of the closing, from 0, and what it says."""

    place: int
    item: ClosingItem
    closing: Closing
    ref: str


@dataclass(frozen=True, slots=True)
class Account:
    """What was proved: a row; or that nobody has one `above` a number and `below` another.

    One of the two is empty where there is no row on that side.
    """

    origin: str
    organisation: str  # code
    name: str
    closing: Closing
    entry: int
    stamp: str
    witnesses: int
    specimen: bool
    row: ClosingItem | None
    place: int | None = None  # among all rows of the closing, from 0
    above: str = ""
    below: str = ""

    def check_about(self, number: str) -> None:
        """Raise `Unverified` unless this is what the closing says, or does not say, of a number."""
        if self.row:
            own = number == self.row.volunteer
        else:
            own = self.above < number and (not self.below or number < self.below)
        hold_true(own, f"it says nothing of {number}", f"它没有说明 {number}")


_READER = Decoder(Excerpt)
_WHAT = ("the statement of account", "对账单")


def make(
    source: Source, shows: Shows, rows: Sequence[tuple[int, int]], committed: Committed
) -> Excerpt:
    """Return the excerpt with these rows of a closing, (entry, row from 0) each."""
    shown: Shown = {0: {0}}
    for entry, n in rows:
        shown.setdefault(entry, set()).add(n)
    proof.close(source, shown)
    entries, hashes = proof.show_all(source, shown, committed.size)
    return Excerpt(shows, committed.note.decode(), entries, hashes)


def check(data: bytes, trust: Trust) -> Account:
    """Return what an excerpt proves under a trusted log, or raise a `LedgerError`; knows no clock."""
    if len(data) > MAX_SIZE:
        raise Unverified("the statement of account is above 4 MiB", "对账单超过 4 MiB")
    found = fields.read(_READER, data, _WHAT, exact=True, lines=True)
    checkpoint, witnesses = trust.check(found.checkpoint.encode())
    told, book = logged(found.entries, found.hashes, checkpoint)
    closings = [each for each in told if isinstance(each.statement.head, Closing)]
    rows = [row for each in closings for row in _rows(each)]
    _check_whole(book, told, closings)
    row, above, below = _placed(found.shows, rows)
    last, head = closings[-1], rows[-1].closing
    organisation, first = book.find(Organisation, head.organisation), told[0].statement.head
    assert organisation  # the rows up to the root are shown
    assert isinstance(first, kinds.Charter)
    return Account(
        origin=checkpoint.origin,
        organisation=head.organisation,
        name=organisation.name,
        closing=head,
        entry=last.index,
        stamp=last.stamp,
        witnesses=witnesses,
        specimen=first.clock == "simulated",
        row=row.item if row else None,
        place=row.place if row else None,
        above=above,
        below=below,
    )


def _rows(each: Told) -> list[Row]:
    head, ref = check_closing(each), each.statement.ref
    return [
        Row(head.first + n, item, head, ref)
        for n, item in each.items.items()
        if isinstance(item, ClosingItem)
    ]


def _check_whole(book: Officers, told: tuple[Told, ...], closings: Sequence[Told]) -> None:
    """Hold that the excerpt shows closings with rows, and what they lean on, and nothing else."""
    hold_true(bool(closings), "it shows no closing", "没有示出结账文书")
    shown = {each.index: set(each.items) for each in told}
    needed: Shown = {0: {0}} | {each.index: set(each.items) for each in closings}
    exactly = with_supports(book, told, needed) == shown and all(each.items for each in closings)
    hold_true(exactly, "it shows more, or less, than it needs", "所示多于或少于所需")


def _placed(shows: Shows, rows: Sequence[Row]) -> tuple[Row | None, str, str]:
    """Return the row that is shown; or none, and the numbers between which nobody has one."""
    count = 2 if shows == "between" else 1
    hold_true(len(rows) == count, f"{len(rows)} rows are shown", f"所示行数为 {len(rows)}")
    one, two = rows[0], rows[-1]
    match shows:
        case "row":
            return one, "", ""
        case "before":
            hold_true(one.place == 0, "it is not the first row", "所示并非第一行")
            return None, "", one.item.volunteer
        case "after":
            end = one.place + 1 == one.closing.total
            hold_true(end, "it is not the last row", "所示并非最后一行")
            return None, one.item.volunteer, ""
        case "between":  # pragma: no branch (the union is closed)
            beside = one.place + 1 == two.place and one.item.volunteer < two.item.volunteer
            hold_true(beside, "the rows do not follow on each other", "所示两行并不相邻")
            hold_true(_joined(one, two), "the rows are of two closings", "两行不属于同一次结账")
            return None, one.item.volunteer, two.item.volunteer


def _joined(one: Row, two: Row) -> bool:
    """Tell whether two rows are of one statement, or of two that follow on each other."""
    said = (one.closing, two.closing)
    same = {(head.organisation, head.as_of, head.size, head.total) for head in said}
    return one.ref == two.ref or (len(same) == 1 and two.closing.previous == one.ref)
