"""Earning: what confirmed lines bring one person, line by line, and what a voided one takes back.

Whoever keeps the sums of days and years can add one line without reading the others: `admit` does
so with those the book holds, a statement of account with those of all the person's lines, and both
come to the same figure, because it depends on the lines alone (`incentives`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeVar

from ledger.incentives import Points, points_of_year, whole_credits
from ledger.intervals import minutes_by_day
from ledger.rulesets import Ruleset
from ledger.times import day_of

T = TypeVar("T")


@dataclass(frozen=True)
class Served:
    """A confirmed line as incentives see it: `adoption` is the entry that adopted its ruleset."""

    start: str
    end: str
    activity: str
    category: str
    minutes: int
    class_: str
    adoption: int
    rules: Ruleset

    @property
    def day(self) -> str:
        """Return the day whose rules it is under: that of its start. Its points lapse with that year."""
        return day_of(self.start)

    @cached_property
    def points(self) -> int:
        """Return its points before caps."""
        scheme = self.rules.points
        return scheme.of(self.minutes, self.category, self.class_) if scheme else 0

    @cached_property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Return its points by day: over midnight it is under the caps of both days (rule 16)."""
        scheme = self.rules.points
        if scheme is None or self.start[:10] == self.end[:10]:
            return ((self.day, self.points),)
        minutes = reached = 0
        found = []
        for day, more in minutes_by_day(self).items():
            minutes, before = minutes + more, reached
            reached = scheme.of(minutes, self.category, self.class_)  # floored once, over the line
            found.append((day, reached - before))
        return tuple(found)

    @cached_property
    def purse(self) -> str:
        """Return the purse in which its minutes earn credits, empty if in none."""
        scheme = self.rules.credits
        return scheme.purse(self.category, self.class_) if scheme else ""


class _Part(NamedTuple):
    """What a line brings on one day, before caps."""

    day: str
    adoption: int
    scheme: Points
    activity: str
    points: int


@dataclass(slots=True)
class PointSums:
    """One person's points: of each day, line by line; of each year, by ruleset, days under their caps.

    `caps` has the yearly cap of each ruleset. A day has one ruleset, unless another was adopted for it
    when lines of it stood already: then each has its own lines, and its own caps.
    """

    caps: dict[int, int] = field(default_factory=dict)
    days: dict[tuple[str, int], list[tuple[str, int]]] = field(default_factory=dict)
    years: dict[str, dict[int, int]] = field(default_factory=dict)
    over: dict[str, list[_Part]] = field(default_factory=dict)  # of lines begun the year before

    def add(self, line: Served) -> int:
        """Let a line stand; returns the points it brings."""
        return self._change(line, standing=True)

    def remove(self, line: Served) -> int:
        """Take a line away that stood; returns the points it brings, 0 or less."""
        return self._change(line, standing=False)

    def of_year(self, year: str) -> int:
        """Return the points of a year, under the caps."""
        sums = self.years.get(year, {})
        return points_of_year([(sums[entry], self.caps[entry]) for entry in sorted(sums)])

    def by_year(self) -> Mapping[str, int]:
        """Return the points of the lines begun in each year, under the caps: they lapse together.

        What a line brings after the last midnight is under the new year's caps, where it comes first.
        """
        found = {year: self.of_year(year) for year in self.years}
        for year, parts in self.over.items():
            alone, old = PointSums(), f"{int(year) - 1:04d}"
            first = sum([alone._put(part, standing=True) for part in parts])
            found[year] -= first
            found[old] = found.get(old, 0) + first
        return found

    def through(self, year: str) -> int:
        """Return the points of the lines begun by the end of a year."""
        return sum(points for began, points in self.by_year().items() if began <= year)

    def _change(self, line: Served, *, standing: bool) -> int:
        scheme, change = line.rules.points, 0
        if scheme is None or not line.points:
            return 0
        for day, points in line.parts:
            part = _Part(day, line.adoption, scheme, line.activity, points)
            change += self._put(part, standing=standing)
            if day[:4] != line.start[:4]:
                _change_list(self.over.setdefault(day[:4], []), part, standing=standing)
        return change

    def _put(self, part: _Part, *, standing: bool) -> int:
        scheme, adoption = part.scheme, part.adoption
        self.caps[adoption] = scheme.cap_year
        year, of_day = part.day[:4], self.days.setdefault((part.day, adoption), [])
        before, day_before = self.of_year(year), scheme.of_day(of_day)
        _change_list(of_day, (part.activity, part.points), standing=standing)
        sums = self.years.setdefault(year, {})
        sums[adoption] = sums.get(adoption, 0) + scheme.of_day(of_day) - day_before
        return self.of_year(year) - before


def _change_list(found: list[T], one: T, *, standing: bool) -> None:
    if standing:
        found.append(one)
    else:
        found.remove(one)


def credits_for(minutes: int, more: int) -> int:
    """Return the credits that more minutes bring who has so many; `more` may be below 0."""
    return whole_credits(minutes + more) - whole_credits(minutes)
