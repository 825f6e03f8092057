"""Filling a ledger: sheets day by day, each day's notice, and its confirmation when it is due."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import TypeVar

from benchmarks import floor, shape
from benchmarks.association import Association
from benchmarks.clocks import Clock, Watch
from benchmarks.floor import Floor
from benchmarks.shape import Shape
from ledger.desk.founding import known_calendar
from ledger.rulesets import Ruleset
from ledger.statements import ref
from ledger.times import day_of, instant

T = TypeVar("T")
TOGETHER = 20  # sheets an append: one commit every 1,000 lines
_MORNING, _EVENING = timedelta(hours=-1), timedelta(hours=5)


class Filling:
    """A bulk import into an association's ledger, and what it took."""

    def __init__(self, association: Association, bulk: Shape, clock: Clock) -> None:
        self.signing, self.appending, self.confirming = Watch(clock), Watch(clock), Watch(clock)
        self.floor = Floor(association.home.path / "floor.db", clock)
        self.association = association
        self._bulk = bulk
        self._due: list[tuple[str, str, list[str]]] = []  # day, notice, its sheets

    def run(self) -> None:
        """Fill the ledger; everything is confirmed at the end."""
        for day in range(self._bulk.days):
            self._serve(day)
        self.association.now += timedelta(days=30)
        self._confirm()
        self.floor.close()

    @property
    def seconds(self) -> float:
        """Return what it took from rows to confirmed lines: signing, appending, confirming."""
        return self.signing.seconds + self.appending.seconds + self.confirming.seconds

    def _serve(self, day: int) -> None:
        """Let a day pass: its activity is published, held, recorded, and put up for notice."""
        at = self.association
        at.now = shape.begin(day) + _MORNING
        at.plan(day)
        at.now = shape.begin(day) + _EVENING
        refs: list[str] = []
        for sheets in together(self._bulk.sheets(day), TOGETHER):
            with self.signing.held():
                letters = [at.attendance(day, rows) for rows in sheets]
            with self.appending.held():
                at.append(letters)
            self.floor.write(floor.lines(letters))
            refs += [ref(letter.text) for letter in letters]
        notice = at.notice(refs)
        at.append([notice])
        self._due.append((closing_day(at.now), ref(notice.text), refs))
        self._confirm()

    def _confirm(self) -> None:
        """Confirm what has been up for its full working days."""
        today = day_of(instant(self.association.now))
        for _, notice, refs in [one for one in self._due if one[0] <= today]:
            letter = self.association.confirmation(notice, refs)
            with self.confirming.held():
                self.association.append([letter])
        self._due = [one for one in self._due if one[0] > today]


def closing_day(opened: datetime) -> str:
    """Return the first day on which a notice may be closed, by the calendar of the ruleset."""
    return _rules().closing_day(day_of(instant(opened)))


@cache
def _rules() -> Ruleset:
    return Ruleset(calendar=known_calendar())  # a tenth of a second each time


def together(found: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Group what is found, so many at a time."""
    rest = iter(found)
    while group := tuple(islice(rest, size)):
        yield group
