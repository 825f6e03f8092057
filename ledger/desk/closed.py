"""Closed accounts looked up: which closings there are, and where a number stands in one."""

import re
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ledger import statements
from ledger.errors import Malformed, Rejected
from ledger.records import Closing, Organisation, Spoken
from ledger.rows import ClosingItem
from ledger.rules.closings import end_of
from ledger.statements import Entry
from ledger.store.reading import Reader
from ledger.times import day, day_of, later

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
Place = tuple[int, int]  # entry, row from 0


@dataclass(frozen=True, slots=True)
class Whole:
    """A closing with all its parts, in order."""

    parts: tuple[Closing, ...]

    @property
    def first(self) -> Closing:
        """Return the first part, which says what all of them say."""
        return self.parts[0]

    @property
    def month(self) -> str:
        """Return the month at whose end it is, empty if it is of another time."""
        as_of = self.first.as_of
        return as_of[:7] if as_of == month_end(as_of[:7]) else ""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a number has its row; where it has none, between which rows it would stand."""

    row: Place | None
    before: Place | None = None
    after: Place | None = None


def month_end(month: str) -> str:
    """Return the last instant of a month written `2026-10`, or raise `Malformed`."""
    if not _MONTH.fullmatch(month):
        raise Malformed(
            f"{month[:20]!r} is not a month: write 2026-03",
            f"{month[:20]!r} 不是月份：应写作 2026-03",
        )
    first = day(f"{month}-01")
    return end_of(f"{month}-{monthrange(first.year, first.month)[1]:02d}")


def root(view: Reader) -> str:
    """Return the association: the organisation that hangs on no other."""
    return next(view.where(Organisation, parent="")).code


def closings(view: Reader, organisation: str = "") -> list[Whole]:
    """Return the closings that are whole, of one organisation or of all, in log order."""
    of = {"organisation": organisation} if organisation else {}
    parts = {one.ref: one for one in view.where(Closing, **of)}
    found = []
    for one in sorted(parts.values(), key=lambda part: part.entry):
        if not one.first:
            chain = tuple(_chain(parts, one))
            if chain[-1].after == one.total:
                found.append(Whole(chain))
    return found


def closing_of(view: Reader, organisation: str, month: str = "") -> Whole:
    """Return the closing of an organisation up to the latest entry, at the end of a month if one is named."""
    code = organisation or root(view)
    found = [one for one in closings(view, code) if not month or one.month == month]
    if not found:
        of = (f" at the end of {month}", f" {month} 月末") if month else ("", "")
        raise Rejected(
            "closing.none",
            en=f"the accounts of {code} were not closed{of[0]}: `vledger closing list` shows those there are",
            zh=f"{code} 没有{of[1]}的结账；`vledger closing list` 列出已有的结账",
        )
    return max(found, key=lambda one: (one.first.size, one.first.entry))  # closed up to the latest


def find(view: Reader, whole: Whole, number: str) -> Spot:
    """Return where a number stands in a closing, or between which rows it would."""
    part = next((one for one in whole.parts if number <= one.last), None)
    if part is None:
        last = whole.parts[-1]
        return Spot(None, before=(last.entry, last.after - last.first - 1))
    row = _row_reader(view, part)
    n = bisect_left(range(part.after - part.first), number, key=lambda at: row(at).volunteer)
    if row(n).volunteer == number:
        return Spot((part.entry, n))
    if n:
        return Spot(None, (part.entry, n - 1), (part.entry, n))
    at = whole.parts.index(part)
    before = whole.parts[at - 1] if at else None
    return Spot(
        None,
        (before.entry, before.after - before.first - 1) if before else None,
        (part.entry, 0),
    )


def row_at(view: Reader, place: Place) -> ClosingItem:
    """Return the row of a closing at a place."""
    part = next(view.where(Closing, entry=place[0]))
    return _row_reader(view, part)(place[1])


def _row_reader(view: Reader, part: Closing) -> Callable[[int], ClosingItem]:
    """Return what reads a row of a part by its number: a search looks at few of the thousands."""
    stored = view.entry(part.entry)
    assert stored  # a projection names it
    head = Entry.parse(stored.entry).statement.head

    def read(n: int) -> ClosingItem:
        row = statements.read_item(head, stored.items[n])
        assert isinstance(row, ClosingItem)
        return row

    return read


def due(view: Reader, now: str) -> str:
    """Return the month that is over and whose hours were not closed, empty if there is none."""
    month = day_of(later(end_of(f"{now[:7]}-01"), days=-1))[:7]
    as_of = month_end(month)
    confirmed = view.among(Spoken, ("kind",), [("confirmation",)])
    served = any(one.stamp <= as_of for one in confirmed)
    if not served or any(one.first.as_of >= as_of for one in closings(view, root(view))):
        return ""
    return month


def _chain(parts: Mapping[str, Closing], first: Closing) -> Iterator[Closing]:
    one: Closing | None = first
    while one:
        yield one
        one = parts.get(one.following)
