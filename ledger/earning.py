"""Earning: what confirmed lines bring one person, line by line, and what a voided one takes back.

Whoever keeps the sums of days and years can add one line without reading the others: `admit` does
so with those the book holds, a statement of account with those of all the person's lines, and both
come to the same figure, because it depends on the lines alone (`incentives`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ledger.incentives import points_of_year, whole_credits
from ledger.rulesets import Ruleset
from ledger.times import day_of


@dataclass(frozen=True)
class Served:
    """A confirmed line as incentives see it: `adoption` is the entry that adopted its ruleset."""

    start: str
    activity: str
    category: str
    minutes: int
    class_: str
    adoption: int
    rules: Ruleset

    @property
    def day(self) -> str:
        """Return the day it counts for: that of its start."""
        return day_of(self.start)

    @cached_property
    def points(self) -> int:
        """Return its points before caps."""
        scheme = self.rules.points
        return scheme.of(self.minutes, self.category, self.class_) if scheme else 0

    @cached_property
    def purse(self) -> str:
        """Return the purse in which its minutes earn credits, empty if in none."""
        scheme = self.rules.credits
        return scheme.purse(self.category, self.class_) if scheme else ""


@dataclass(slots=True)
class PointSums:
    """One person's points: of each day, line by line; of each year, by ruleset, days under their caps.

    `caps` has the yearly cap of each ruleset. A day has one ruleset, unless another was adopted for it
    when lines of it stood already: then each has its own lines, and its own caps.
    """

    caps: dict[int, int] = field(default_factory=dict)
    days: dict[tuple[str, int], list[tuple[str, int]]] = field(default_factory=dict)
    years: dict[str, dict[int, int]] = field(default_factory=dict)

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
        """Return the points of every year, under the caps."""
        return {year: self.of_year(year) for year in self.years}

    def _change(self, line: Served, *, standing: bool) -> int:
        scheme = line.rules.points
        points = line.points
        if scheme is None or not points:
            return 0
        self.caps[line.adoption] = scheme.cap_year
        year, of_day = line.day[:4], self.days.setdefault((line.day, line.adoption), [])
        before, day_before = self.of_year(year), scheme.of_day(of_day)
        if standing:
            of_day.append((line.activity, points))
        else:
            of_day.remove((line.activity, points))
        sums = self.years.setdefault(year, {})
        sums[line.adoption] = sums.get(line.adoption, 0) + scheme.of_day(of_day) - day_before
        return self.of_year(year) - before


def credits_for(minutes: int, more: int) -> int:
    """Return the credits that more minutes bring who has so many; `more` may be below 0."""
    return whole_credits(minutes + more) - whole_credits(minutes)
