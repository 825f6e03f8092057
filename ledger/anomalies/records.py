"""What patterns look at: the ledger's service lines as they were recorded, arranged by what is judged.

A sheet, an activity, a team's month, a volunteer, a recorder, a pair of officers, a certificate.
Only lines that wait or stand are in them: what is void, replaced or excepted does no harm any more.
Times are texts of the ledger where an entry speaks, and minutes since the year 1 (UTC+08:00) where
much is reckoned.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import NamedTuple

from msgspec import Struct

from ledger.times import DAY


class Span(NamedTuple):
    """Neighbouring lines of one sheet: rows from 1, both ends included."""

    entry: int
    first: int
    last: int

    @property
    def size(self) -> int:
        """Return how many lines these are."""
        return self.last - self.first + 1

    def __str__(self) -> str:
        """Name the lines as people write them: `ENTRY:ROW`, or `ENTRY:FIRST-LAST`."""
        return f"{self.entry}:{self.first}" + (f"-{self.last}" if self.last > self.first else "")


class Doubt(NamedTuple):
    """What a pattern says of one record: its lines, its numbers, and what was seen, in a few words."""

    lines: tuple[Span, ...]
    numbers: Mapping[str, int]
    en: str
    zh: str


class Officer(Struct, frozen=True, gc=False):
    """A person who signs: what tells him from others, and the name of a key of his."""

    person: str
    name: str


class Activity(Struct, frozen=True, gc=False):
    """An activity as it was last published; `published` is the stamp of its first publication."""

    code: str
    organisation: str
    start: str
    end: str
    published: str


class Line(Struct, frozen=True, gc=False):
    """A service line; `arrived` and `left` are empty where nobody wrote them down."""

    row: int
    volunteer: str
    start: str
    end: str
    minutes: int
    class_: str
    arrived: str = ""
    left: str = ""
    registered: str = ""  # stamp at which the volunteer was first registered
    approved: bool = False  # a confirmation names it: the day may hold more than is usual
    away: bool = False  # the activity is of another area than the volunteer

    @property
    def old(self) -> bool:
        """Tell whether it came from an older system, whose hours and habits are not ours."""
        return self.class_ == "L"

    @property
    def signed(self) -> bool:
        """Tell whether sign-in and sign-out were written down."""
        return bool(self.arrived and self.left)


class Sheet(Struct, frozen=True, gc=False):
    """One attendance statement, and its lines that wait or stand."""

    entry: int
    stamp: str
    recorder: Officer
    organisation: str
    activity: Activity
    lines: tuple[Line, ...]
    reason: str = ""  # the text behind the commitment, where there is a vault to open it

    @property
    def new(self) -> tuple[Line, ...]:
        """Return the lines that did not come from an older system."""
        return tuple(line for line in self.lines if not line.old)

    def spans(self, lines: Iterable[Line]) -> tuple[Span, ...]:
        """Name some of the sheet's lines."""
        return spans((self.entry, line.row) for line in lines)


class Held(Struct, frozen=True):
    """All that was recorded of one activity; `signed` lines have a sign-in and a sign-out."""

    activity: Activity
    lines: tuple[Span, ...]
    signed: int


class Wording(Struct, frozen=True):
    """One reason for recording late, word for word the same, and all that was recorded with it."""

    sheets: int
    lines: tuple[Span, ...]


class Month(Struct, frozen=True):
    """What a team recorded in a month, older systems apart: all of it, class C, and what came late."""

    organisation: str
    month: str  # YYYY-MM
    lines: tuple[Span, ...]
    late: tuple[Span, ...]  # class C
    at_end: tuple[Span, ...]  # recorded in the month's last days, of service long before
    usual: int = 0  # lines of the team's other months: the one in the middle; 0: too few months
    season: int = 100  # per cent of a usual month that the other teams recorded in this one


class Turn(NamedTuple):
    """A volunteer's line on the clock: minutes since the year 1, and minutes credited."""

    start: int
    end: int
    minutes: int
    entry: int
    row: int
    old: bool = False
    approved: bool = False
    away: bool = False

    @property
    def span(self) -> Span:
        """Name the line."""
        return Span(self.entry, self.row, self.row)

    def by_day(self) -> Iterator[tuple[int, int]]:
        """Give each day it touches with its minutes; the first days count where fewer are credited."""
        if self.start // DAY == (self.end - 1) // DAY:  # nearly always; the loop would say the same
            yield self.start // DAY, self.minutes
            return
        at, rest = self.start, self.minutes
        while at < self.end and rest:
            stop = min((at // DAY + 1) * DAY, self.end)
            yield at // DAY, min(stop - at, rest)
            at, rest = stop, rest - min(stop - at, rest)


@dataclass(frozen=True)
class Person:
    """All lines of a volunteer, by their start."""

    volunteer: str
    turns: Sequence[Turn]

    @cached_property
    def days(self) -> dict[int, list[tuple[int, Turn]]]:
        """Return the minutes of each day with their lines; older systems knew no limit a day."""
        found: dict[int, list[tuple[int, Turn]]] = {}
        for turn in self.turns:
            if not turn.old:
                for day, minutes in turn.by_day():
                    found.setdefault(day, []).append((minutes, turn))
        return found


class Recorder(Struct, frozen=True):
    """What one person recorded, older systems apart: stamps and lines, by rising stamp."""

    officer: Officer
    entries: Sequence[tuple[int, tuple[Span, ...]]]  # minutes since the year 1, and lines
    own_times: int  # lines whose written times are not those of the plan
    round: tuple[Span, ...]  # … and whose length is a full number of half hours


class Pair(Struct, frozen=True):
    """A recorder's confirmed sheets of one organisation: by whom confirmed, and who else could have."""

    organisation: str
    recorder: Officer
    confirmers: tuple[Officer, ...]
    sheets: tuple[Span, ...]
    count: int
    others: int  # persons who might have confirmed all the while


class Issue(Struct, frozen=True):
    """A certificate, and its class C lines that had been confirmed only just before."""

    entry: int
    number: str
    volunteer: str
    fresh: tuple[Span, ...]
    minutes: int
    hours: int  # from the latest of these confirmations to the certificate


def spans(lines: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    """Join lines (entry, row) to spans: what stands side by side is named together."""
    found: list[Span] = []
    for entry, row in lines:
        if found and found[-1].entry == entry and found[-1].last + 1 == row:
            found[-1] = Span(entry, found[-1].first, row)
        else:
            found.append(Span(entry, row, row))
    return tuple(found)


def count(lines: Iterable[Span]) -> int:
    """Return how many lines spans name."""
    return sum(span.size for span in lines)


def clock(instant: str) -> int:
    """Return an instant as whole minutes since the year 1, in UTC+08:00."""
    return day_number(instant[:10]) * DAY + int(instant[11:13]) * 60 + int(instant[14:16])


@lru_cache(maxsize=4096)
def day_number(day: str) -> int:
    """Return a day as a number: days since the year 1."""
    return date.fromisoformat(day).toordinal()


def day_name(day: int) -> str:
    """Return a day as the ledger writes it."""
    return date.fromordinal(day).isoformat()


def clock_name(minute: int) -> str:
    """Return a minute as people read it: `2026-03-02 08:00`."""
    day, rest = divmod(minute, DAY)
    return f"{day_name(day)} {rest // 60:02d}:{rest % 60:02d}"
