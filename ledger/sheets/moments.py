"""Days and times as people mean them, as instants and days of `ledger.times`.

A time without date, or a date without year, takes the one nearest to the window of the activity, so
that a shift 20:00–08:00 ends next morning. `2点半` alone is the afternoon if only that falls into
the window. Nothing else is guessed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ledger.errors import Malformed
from ledger.intervals import Window
from ledger.sheets.cells import Cell
from ledger.sheets.values import unreadable
from ledger.sheets.written import ONE_DAY, Written, no_time, written
from ledger.times import day as checked
from ledger.times import moment

_FULL = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]+(\d{1,2}):(\d\d)(?::\d\d)?")


@dataclass(frozen=True, slots=True)
class Around:
    """The window that times without date belong to, and how far they may lie outside."""

    start: datetime
    end: datetime
    grace: timedelta

    @classmethod
    def window(cls, window: Window, grace: int) -> "Around":
        """Return the surroundings of an activity; `grace` in minutes."""
        return cls(moment(window.start), moment(window.end), timedelta(minutes=grace))

    def distance(self, when: datetime) -> timedelta:
        """Return how far outside the window an instant lies."""
        return max(self.start - when, when - self.end, timedelta())


@dataclass(frozen=True, slots=True)
class Found:
    """An instant, and whether a bare hour was taken for the afternoon."""

    instant: str
    afternoon: bool = False


def day(cell: Cell) -> str:
    """Return a day with its year, or raise `Rejected`."""
    found = written(cell, "field.unreadable")
    if found.year is None or found.month is None or found.day is None:
        raise unreadable(
            "this is not a day; write it like 2026-03-02", "不是日期，请写成 2026-03-02"
        )
    return _date(found.year, found.month, found.day, "field.unreadable").isoformat()


def full(cell: Cell, on: str = "") -> str:
    """Return an instant that needs no window: with its date, or a time on the day `on`."""
    found = written(cell, "field.unreadable")
    if found.hour is None:
        raise no_time("field.unreadable")
    if found.month is None and on:
        return _text(found.at(date.fromisoformat(on)))
    if found.year is None or found.month is None or found.day is None:
        raise unreadable(
            "write the date too, with its year: 2026-03-02 14:30", "请写明年月日：2026-03-02 14:30"
        )
    return _text(found.at(_date(found.year, found.month, found.day, "field.unreadable")))


def arrival(cell: Cell, around: Around, on: str = "") -> Found:
    """Return when somebody came; `on` is the day a column of its own gives, if there is one."""
    quick = _quick(cell)
    if quick:
        return Found(quick)
    found = _timed(cell)
    days = (date.fromisoformat(on),) if on else _days(found, around)
    return _nearest(found, days, around, around.start)


def leaving(cell: Cell, around: Around, on: str = "") -> Found:
    """Return when somebody left: on the day `on` or in the night after it."""
    quick = _quick(cell)
    if quick:
        return Found(quick)
    found = _timed(cell)
    if on and found.month is None:
        day = date.fromisoformat(on)
        same = _nearest(found, (day,), around, around.end)
        following = _nearest(found, (day + ONE_DAY,), around, around.end)
        near = around.distance(moment(following.instant)) < around.distance(moment(same.instant))
        return following if near else same
    return _nearest(found, _days(found, around), around, around.end)


def _quick(cell: Cell) -> str:
    """Return the instant of the commonest form at once, "" for every other."""
    found = _FULL.fullmatch(cell.strip()) if isinstance(cell, str) else None
    if found is None:
        return ""
    year, month, day, hour, minute = map(int, found.groups())
    if hour > 23 or minute > 59:  # noqa: PLR2004 - the clock
        return ""
    _date(year, month, day, "time.unreadable")
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:00+08:00"


def _timed(cell: Cell) -> Written:
    found = written(cell, "time.unreadable")
    if found.hour is None:
        raise no_time("time.unreadable")
    return found


def _days(found: Written, around: Around) -> tuple[date, ...]:
    """Return the days a time may lie on: those written, or those around the window."""
    if found.month is None or found.day is None:
        first, last = around.start.date() - ONE_DAY, around.end.date() + ONE_DAY
        return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
    if found.year is not None:
        return (_date(found.year, found.month, found.day, "time.unreadable"),)
    years = range(around.start.year - 1, around.end.year + 2)
    days = tuple(_real_dates(years, found.month, found.day))
    if not days:
        raise no_time("time.unreadable")
    return days


def _nearest(found: Written, days: tuple[date, ...], around: Around, edge: datetime) -> Found:
    times = [found.at(day) for day in days]
    if found.bare and not any(around.distance(when) <= around.grace for when in times):
        afternoon = [found.at(day, later=12) for day in days]
        if any(around.distance(when) <= around.grace for when in afternoon):
            return Found(_text(_choose(afternoon, around, edge)), afternoon=True)
    return Found(_text(_choose(times, around, edge)))


def _choose(times: list[datetime], around: Around, edge: datetime) -> datetime:
    nearest = min(map(around.distance, times))
    found = [when for when in times if around.distance(when) == nearest]
    if len(found) > 1 and not nearest:
        # Of the two ends of 24 hours, who comes means the first and who leaves the last.
        other = around.end if edge == around.start else around.start
        found = [when for when in found if when != other]
    if len(found) > 1 and not nearest:
        raise unreadable(
            "the activity lasts more than a day; write the date too: 3月2日 14:30",
            "活动超过一天，请写明日期：3月2日 14:30",
            "time.unreadable",
        )
    return found[0]


def _real_dates(years: range, month: int, day: int) -> Iterator[date]:
    for year in years:
        try:
            yield date(year, month, day)
        except ValueError:
            continue  # 29 February


def _date(year: int, month: int, day: int, code: str) -> date:
    try:
        found = date(year, month, day)
        checked(found.isoformat())  # a year that no ledger can hold is a slip of the hand
    except (ValueError, Malformed) as error:
        raise unreadable(
            "there is no such day; correct the date", "没有这一天，请改正日期", code
        ) from error
    else:
        return found


def _text(when: datetime) -> str:
    return when.replace(second=0, microsecond=0).isoformat()
