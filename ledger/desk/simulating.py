"""Simulating: what would change for whom if rules had been in force from a day on, before adopting them.

Each standing line is read once, in whatever order it comes, and judged twice: by the ruleset it
stands under, and, if it is of that day or later, by the one to try. Spending, tenure and ratings are
left out: what is told is what the hours alone make.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from operator import add, attrgetter
from typing import Protocol

from ledger.book import Book
from ledger.desk.earned import served
from ledger.earning import PointSums, Served
from ledger.incentives import Stars, whole_credits
from ledger.intervals import Window, is_present
from ledger.records import NOBODY, Activity, Line, R, Sheet
from ledger.rulesets import Ruleset
from ledger.times import day_of, minutes_between

_TRIED = 2**62  # the entry of rules that none has adopted: after all others


class View(Protocol):
    """Where all records of a kind can be had: a ledger's database, or a book."""

    def all(self, kind: type[R]) -> Iterator[R]:
        """Iterate over all records of a kind."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a person's standing lines come to: minutes, stars reached, points, credits."""

    minutes: int = 0
    stars: int = 0
    points: int = 0
    credits: int = 0
    donations: int = 0  # credits of group service
    excess: int = 0  # credits above the cap, which go to the pool

    @property
    def held(self) -> int:
        """Return all credits that are the person's: to use, or to donate."""
        return self.credits + self.donations

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*map(add, _EACH(self), _EACH(other)))


_EACH = attrgetter(*(one.name for one in fields(Figures)))


@dataclass(slots=True)
class Tally:
    """One person's sums under one set of rules, line by line."""

    minutes: int = 0
    counted: int = 0  # minutes that count for stars
    points: PointSums = field(default_factory=PointSums)
    saved: dict[str, int] = field(default_factory=dict)  # minutes, by purse
    cap: tuple[int, int] = (NOBODY, 0)  # that of the newest ruleset to give him credits

    def add(self, line: Served, stars: Stars) -> None:
        """Let a line count."""
        self.minutes += line.minutes
        if line.class_ in stars.classes:
            self.counted += line.minutes
        self.points.add(line)
        if line.rules.credits and (purse := line.purse):
            self.saved[purse] = self.saved.get(purse, 0) + line.minutes
            self.cap = max(self.cap, (line.adoption, line.rules.credits.cap))

    def figures(self, stars: Stars) -> Figures:
        """Return what the lines come to."""
        saved, cap = whole_credits(self.saved.get("volunteer", 0)), self.cap[1]
        excess = max(saved - cap, 0) if cap else 0
        return Figures(
            minutes=self.minutes,
            stars=sum(self.counted >= level.minutes for level in stars.levels),
            points=sum(self.points.by_year().values()),
            credits=saved - excess,
            donations=whole_credits(self.saved.get("donations", 0)),
            excess=excess,
        )


@dataclass(frozen=True, slots=True)
class Simulated:
    """Everybody's figures, now and then: by the rules in force, and by those that were tried."""

    lines: int
    people: Mapping[str, tuple[Figures, Figures]]

    @property
    def totals(self) -> tuple[Figures, Figures]:
        """Return the sums of everybody's figures, now and then."""
        pairs = self.people.values()
        return sum((now for now, _ in pairs), Figures()), sum(
            (then for _, then in pairs), Figures()
        )

    @property
    def changed(self) -> Mapping[str, tuple[Figures, Figures]]:
        """Return those for whom something changes, by number."""
        return {who: pair for who, pair in sorted(self.people.items()) if pair[0] != pair[1]}


def simulate(  # noqa: PLR0913 - what is tried, on what, and from when
    view: View, book: Book, tried: Ruleset, lines: Iterable[Line], today: str, *, since: str = ""
) -> Simulated:
    """Judge standing lines by the rules they stand under, and those since a day by the rules to try.

    `lines` are those of the view; one that does not stand is passed over.
    """
    found: dict[str, tuple[Tally, Tally]] = {}
    ladder, count = book.rules_on(today).stars, 0
    for line, sheet, activity in _standing(view, lines):
        pair = found.get(line.volunteer) or found.setdefault(line.volunteer, (Tally(), Tally()))
        stood = sheet.confirmation if line.confirmation == NOBODY else line.confirmation
        rules = book.adopted_before(stood, day_of(line.start))
        about = (line, activity.code, activity.category)
        pair[0].add(served(*about, rules), ladder)
        if day_of(line.start) < since:
            pair[1].add(served(*about, rules), tried.stars)
        elif _counts(line, activity, tried):
            pair[1].add(served(*about, (_TRIED, tried)), tried.stars)
        count += 1
    people = {
        who: (now.figures(ladder), then.figures(tried.stars)) for who, (now, then) in found.items()
    }
    return Simulated(count, people)


def _standing(view: View, lines: Iterable[Line]) -> Iterator[tuple[Line, Sheet, Activity]]:
    activities = {one.code: one for one in view.all(Activity)}
    confirmed = {one.ref: one for one in view.all(Sheet) if one.state == "confirmed"}
    for line in lines:
        sheet = confirmed.get(line.sheet)
        if sheet and line.live:
            yield line, sheet, activities[sheet.activity]


def _counts(line: Line, activity: Activity, rules: Ruleset) -> bool:
    """Tell whether a line would have been credited at all: the share of presence decides."""
    if not rules.presence or line.class_ == "L":
        return True
    window = Window(activity.start, activity.end)
    return is_present(minutes_between(line.start, line.end), window, rules)
