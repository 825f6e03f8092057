"""How a sign-in and a sign-out become credited minutes (RULES.md, *How a row is judged*).

One decision, asked twice: by `sheets` for every row before anything is signed, and by `admit` for
every line of a statement.
"""

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from ledger.errors import Rejected
from ledger.rulesets import Ruleset
from ledger.times import days_touched, later, minutes_between, shown

_DAY = 24 * 60


class Interval(Protocol):
    """Anything with a half-open interval and credited minutes: a credit, or a line of the book."""

    @property
    def start(self) -> str: ...  # noqa: D102
    @property
    def end(self) -> str: ...  # noqa: D102
    @property
    def minutes(self) -> int: ...  # noqa: D102


class Window(Struct, frozen=True):
    """The planned time of an activity, half-open."""

    start: str
    end: str


class Credit(Struct, frozen=True):
    """What a line is worth: a half-open interval within the window, and whole minutes of it."""

    start: str
    end: str
    minutes: int


class Presence(Struct, frozen=True):
    """What was written down: sign-in, sign-out, stated minutes. No times at all is a roll-call."""

    arrived: str | None = None
    left: str | None = None
    stated: int | None = None


def credit(
    found: Presence, window: Window, rules: Ruleset, stamp: str, *, old: bool = False
) -> Credit:
    """Return what a presence is worth, or raise `Rejected` with the first reason that applies.

    `stamp` is the time of admission; `old` marks class L, whose intervals may be long.
    """
    arrived, left = found.arrived or window.start, found.left or window.end
    if bool(found.arrived) != bool(found.left):
        raise _no("time.missing", "sign-in or sign-out is missing", "缺少签到或签退时间")
    if arrived >= left:
        raise _no(
            "time.reversed",
            f"{shown(arrived)} is not before {shown(left)}",
            f"签到 {shown(arrived)} 不早于签退 {shown(left)}",
        )
    if left > stamp:
        raise _no("time.future", f"{shown(left)} has not come yet", f"{shown(left)} 尚未到来")
    start, end = max(arrived, window.start), min(left, window.end)
    if not _near(arrived, window, rules) or not _near(left, window, rules) or start >= end:
        raise _outside(arrived, left, window, rules)
    present, cut = minutes_between(arrived, left), minutes_between(start, end)
    if present > rules.longest and not old:
        raise _no(
            "time.too_long",
            f"{present // 60} h from sign-in to sign-out, at most {rules.longest // 60} h",
            f"签到至签退 {present // 60} 小时，超过 {rules.longest // 60} 小时，疑为漏签退",
        )
    if rules.presence and not old:
        _check_presence(cut, window, rules)
    if found.stated is None:
        return Credit(start, end, cut)
    return Credit(start, end, min(cut, _checked(found.stated, present, rules)))


def is_present(cut: int, window: Window, rules: Ruleset) -> bool:
    """Tell whether so many minutes within the window are the share of it that is asked for.

    An activity longer than anybody may be recorded at once has a row a day: no share can be told.
    """
    planned = minutes_between(window.start, window.end)
    return planned > rules.longest or cut * 100 >= rules.presence * planned


def overlapping(found: Interval, others: Iterable[Interval]) -> Interval | None:
    """Return the first of the others that shares time with an interval; touching is allowed."""
    for other in others:
        if found.start < other.end and other.start < found.end:
            return other
    return None


def minutes_by_day(found: Interval) -> dict[str, int]:
    """Split credited minutes by day; where fewer are credited than passed, the first days count."""
    rest, split = found.minutes, {}
    for day, passed in days_touched(found.start, found.end):
        split[day] = min(rest, passed)
        rest -= split[day]
    return split


def check_day(found: Interval, others: Iterable[Interval]) -> None:
    """Raise `Rejected` where a day would hold more minutes than a day has."""
    earlier = [minutes_by_day(o) for o in others]
    if not earlier:  # alone, a line has no more minutes on a day than passed on it
        return
    for day, minutes in minutes_by_day(found).items():
        total = minutes + sum(o.get(day, 0) for o in earlier)
        if total > _DAY or minutes > _DAY:
            raise _no("time.day_limit", f"{total} min on {day}", f"{day} 共 {total} 分钟，超过一天")


def _check_presence(cut: int, window: Window, rules: Ruleset) -> None:
    if not is_present(cut, window, rules):
        planned = minutes_between(window.start, window.end)
        raise _no(
            "time.too_short",
            f"{cut} of the activity's {planned} min are less than {rules.presence} %",
            f"在场 {cut} 分钟，不足活动 {planned} 分钟的 {rules.presence}%",
        )


def _checked(stated: int, present: int, rules: Ruleset) -> int:
    """Return stated minutes, or raise `Rejected` where nobody could have served them."""
    if stated > present + rules.grace:
        raise _no(
            "time.exceeds_interval",
            f"{stated} min are stated, but only {present} min lie between the times",
            f"填报 {stated} 分钟，而签到至签退只有 {present} 分钟",
        )
    if stated <= 0:
        raise _no("field.unreadable", "stated hours are zero", "填报时长为零")
    return stated


def _near(time: str, window: Window, rules: Ruleset) -> bool:
    return window.start <= time <= window.end or (  # nearly every time lies within
        later(window.start, minutes=-rules.grace) <= time <= later(window.end, minutes=rules.grace)
    )


def _outside(arrived: str, left: str, window: Window, rules: Ruleset) -> Rejected:
    start, end = shown(window.start), shown(window.end)
    return _no(
        "time.outside_activity",
        f"{shown(arrived)} to {shown(left)} does not lie within {start} to {end}"
        f" and {rules.grace} min around it",
        f"{shown(arrived)} 至 {shown(left)} 不在活动时间 {start} 至 {end} "
        f"前后 {rules.grace} 分钟之内",
    )


def _no(code: str, en: str, zh: str) -> Rejected:
    return Rejected(code, en=en, zh=zh)
