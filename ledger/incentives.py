"""Incentives: what a ruleset makes of hours. Stars (星级), points (服务积分), time credits (时间储蓄).

The parameters, and the sums that follow from them. Every sum is a function of the lines that stand
and of nothing else, in whatever order they were confirmed: so a line that is voided takes back just
what it brought, and a stranger who has the lines has the figure (RULES.md 26 to 38).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

HOUR = 60  # minutes a credit
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,32}$")]
Amount = Annotated[int, Field(ge=0, le=10**9)]
Class = Literal["A", "B", "C", "L"]
ALL: tuple[Class, ...] = ("A", "B", "C", "L")


class Part(BaseModel):
    """A part of a ruleset: frozen, strict, and nothing in it that is not known."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Level(Part):
    """One star: the hours it takes, how long one must have been registered, and who grants it."""

    hours: Annotated[int, Field(gt=0, le=10**5)]
    tenure_months: Annotated[int, Field(ge=0, le=1200)] = 0
    unit: Code = ""  # an organisation's code; empty: the association

    @property
    def minutes(self) -> int:
        """Return the minutes that qualify; exactly so many are enough (rule 26)."""
        return self.hours * HOUR


class Stars(Part):
    """The ladder, lowest star first, and what else it takes (rules 26, 27)."""

    levels: Annotated[tuple[Level, ...], Field(min_length=1, max_length=10)] = tuple(
        Level(hours=hours) for hours in (100, 300, 600, 1000, 1500)
    )
    classes: Annotated[tuple[Class, ...], Field(min_length=1)] = ALL  # of evidence, that count
    minimum_rating: Annotated[int, Field(ge=0, le=5)] = 3  # the mean of what was rated, if any was
    complaint_months: Annotated[int, Field(ge=0, le=1200)] = 12  # without an upheld complaint
    notice_days: Annotated[int, Field(ge=0, le=366)] = 3  # full working days


class Expiry(Part):
    """Points of a year lapse on a day of a later one, which is announced by being written here."""

    years: Annotated[int, Field(ge=1, le=100)] = 1
    on: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")] = "12-31"

    def day(self, earned: str) -> str:
        """Return the day on which what was earned in a year lapses; 29 February is a day later."""
        year = int(earned) + self.years
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return f"{year:04d}-{'03-01' if self.on == '02-29' and not leap else self.on}"

    def last_year(self, day: str) -> str:
        """Return the last year whose points have lapsed by a day."""
        year = int(day[:4]) - self.years
        return f"{year if self.day(f'{year:04d}') <= day else year - 1:04d}"


class Weight(Part):
    """What an hour in one category of activities counts for."""

    category: Annotated[str, Field(min_length=1, max_length=1000)]
    percent: Annotated[int, Field(ge=0, le=1000)]


class Points(Part):
    """Points an hour, their weights and their caps; 0 is no cap (rules 14, 29, 30)."""

    per_hour: Annotated[int, Field(gt=0, le=1000)] = 1
    round_to: Annotated[int, Field(gt=0, le=HOUR)] = 30  # minutes: whole steps count
    round_up_from: Annotated[int, Field(gt=0, le=HOUR)] = (
        HOUR  # minutes left over that count as one
    )
    weights: tuple[Weight, ...] = ()  # a list: no key in the ledger can be Chinese
    classes: Annotated[tuple[Class, ...], Field(min_length=1)] = ALL
    cap_activity: Amount = 0  # points from one activity on one day
    cap_day: Amount = 0
    cap_year: Amount = 0
    redeem_quarterly: Amount = 0  # redemptions a person may make a quarter
    below_zero: bool = True  # a voided line may leave less than nothing
    expiry: Expiry | None = None

    def of(self, minutes: int, category: str, class_: str) -> int:
        """Return the points of one line, before caps."""
        if class_ not in self.classes:
            return 0
        weight = self.weight(category) if self.weights else 100
        return self.counted(minutes) * self.per_hour * weight // (HOUR * 100)

    def counted(self, minutes: int) -> int:
        """Return how many of a line's minutes count: whole steps."""
        steps, rest = divmod(minutes, self.round_to)
        return (steps + (rest >= self.round_up_from)) * self.round_to

    def weight(self, category: str) -> int:
        """Return the percentage at which an hour in a category counts."""
        return next((one.percent for one in self.weights if one.category == category), 100)

    def of_day(self, lines: Iterable[tuple[str, int]]) -> int:
        """Return the points of a day: (activity, points of a line) in, under both caps."""
        activities: dict[str, int] = {}
        for activity, points in lines:
            activities[activity] = activities.get(activity, 0) + points
        return _capped(
            sum(_capped(points, self.cap_activity) for points in activities.values()), self.cap_day
        )


class Credits(Part):
    """Time credits: a full confirmed hour each, never minted twice (rules 32 to 38)."""

    categories: tuple[str, ...] = ()  # of activities that earn them; none named: all
    donation_only: tuple[str, ...] = ()  # categories of group service: to be donated, not spent
    classes: Annotated[tuple[Class, ...], Field(min_length=1)] = ALL
    cap: Amount = 1500  # credits a person may hold; what is above goes to the pool
    redeem_age: Annotated[int, Field(ge=0, le=150)] = 60  # years, oneself or one's spouse
    gift_to: tuple[str, ...] = ("spouse", "parent", "child", "sibling", "grandparent", "grandchild")
    order: Literal["move", "destroy"] = "move"  # what is spent goes to who served, or to nobody
    below_zero: bool = False

    def purse(self, category: str, class_: str) -> Literal["volunteer", "donations", ""]:
        """Return which purse a line's minutes go into; empty: they earn no credits."""
        if class_ not in self.classes:
            return ""
        if category in self.donation_only:
            return "donations"
        return "volunteer" if not self.categories or category in self.categories else ""


def points_of_year(earned: Sequence[tuple[int, int]]) -> int:
    """Return the points of a year: (sum of its days, yearly cap) of each ruleset, as adopted.

    A ruleset adopted within the year goes on from what was reached under the one before.
    """
    total = 0
    for points, cap in earned:
        total += min(points, max(cap - total, 0)) if cap else points
    return total


def whole_credits(minutes: int) -> int:
    """Return how many credits minutes make; what is left over is carried."""
    return minutes // HOUR


def lapsing(by_year: Mapping[str, int], gone: int, expiry: Expiry, day: str) -> int:
    """Return the points to lapse by a day, as oldest points are the first to be spent.

    `by_year` is what was earned, `gone` what has left the account so far.
    """
    due = sum(points for year, points in by_year.items() if expiry.day(year) <= day)
    return max(due - gone, 0)


def _capped(points: int, cap: int) -> int:
    return min(points, cap) if cap else points
