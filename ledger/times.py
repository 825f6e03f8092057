"""Instants and days as the ledger writes them: text in UTC+08:00, every year.

An instant is `YYYY-MM-DDTHH:MM:SS+08:00` and a day `YYYY-MM-DD`. One zone and one width mean that
comparing the texts compares the times, and that no time-zone database is needed.
"""

from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from ledger.errors import Malformed

CST = timezone(timedelta(hours=8))
DAY = 24 * 60  # minutes
_CLOCK = tuple(f"T{minute // 60:02}:{minute % 60:02}:00+08:00" for minute in range(DAY))
_MINUTES = {text: minute for minute, text in enumerate(_CLOCK)}
_YEARS = range(1900, 9000)  # later() and the calendar have room on both sides
_WIDTH = len("2026-03-02T08:00:00+08:00")
_FIRST = date(_YEARS[0], 1, 1).toordinal()


def instant(moment: datetime) -> str:
    """Write a moment as an instant; parts of a second are dropped."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone is no instant")
    return moment.astimezone(CST).replace(microsecond=0).isoformat()


def instant_of(seconds: int) -> str:
    """Write POSIX seconds, as witnesses sign them, as an instant; beyond the year 6000 all are one."""
    return instant(datetime.fromtimestamp(min(seconds, 2**37 - 1), CST))


@lru_cache(maxsize=4096)
def moment(text: str) -> datetime:
    """Read an instant, or raise `Malformed`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    plain = found and len(text) == _WIDTH and text[19:] == "+08:00" and found.isoformat() == text
    if not found or not plain or found.year not in _YEARS:
        raise Malformed(
            f"{text[:60]!r} is not an instant: write 2026-03-02T08:00:00+08:00",
            f"{text[:60]!r} 不是规范的时刻，应写作 2026-03-02T08:00:00+08:00",
        )
    return found


def whole_minute(text: str) -> datetime:
    """Read an instant with seconds 00, as lines have, or raise `Malformed`."""
    if text[17:19] != "00":
        raise Malformed("line times have seconds 00", "服务记录的时间应为整分钟")
    return moment(text)


@lru_cache(maxsize=65_536)  # each is asked for many times, as sheet and notice go through
def minute_number(text: str) -> int:
    """Return how many minutes after the beginning of 1900 an instant lies that has seconds 00."""
    minute = _MINUTES.get(text[10:])
    if minute is None:
        raise Malformed(
            f"{text[:60]!r} is no instant with seconds 00", f"{text[:60]!r} 不是整分钟的时刻"
        )
    return _day_number(text[:10]) * DAY + minute


@lru_cache(maxsize=65_536)
def minute_text(number: int) -> str:
    """Return the instant that lies so many minutes after the beginning of 1900."""
    days, minute = divmod(number, DAY)
    return date.fromordinal(_FIRST + days).isoformat() + _CLOCK[minute]


@lru_cache(maxsize=4096)
def _day_number(text: str) -> int:
    return day(text).toordinal() - _FIRST


def day(text: str) -> date:
    """Read a day, or raise `Malformed`."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text or found.year not in _YEARS:
        raise Malformed(
            f"{text[:60]!r} is not a day: write 2026-03-02",
            f"{text[:60]!r} 不是规范的日期，应写作 2026-03-02",
        )
    return found


def day_of(text: str) -> str:
    """Return the day on which an instant lies."""
    return text[:10]


def shown(text: str) -> str:
    """Write an instant as people read it: `2026-03-02 08:00`."""
    return text[:16].replace("T", " ")


@lru_cache(maxsize=4096)
def minutes_between(start: str, end: str) -> int:
    """Return the whole minutes from one instant to another; negative if reversed."""
    return int((moment(end) - moment(start)).total_seconds()) // 60


def months_between(start: str, end: str) -> int:
    """Return the full months from one day to another: 31 January to 28 February is none."""
    first, last = day(start), day(end)
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (last.day < first.day)


def hours_and_minutes(minutes: int) -> str:
    """Write minutes as certificates and lists do, unrounded: `18小时0分钟`."""
    return f"{minutes // 60}小时{minutes % 60}分钟"


@lru_cache(maxsize=4096)
def later(text: str, **amount: int) -> str:
    """Return the instant that lies `minutes=`, `hours=` or `days=` after another."""
    return instant(moment(text) + timedelta(**amount))


@lru_cache(maxsize=4096)
def days_touched(start: str, end: str) -> tuple[tuple[str, int], ...]:
    """Split the half-open interval by day: each day it touches, with its minutes on that day."""
    if start[:10] == end[:10]:  # nearly every line; the loop below would say the same
        return ((start[:10], minutes_between(start, end)),) if start < end else ()
    first, last = moment(start), moment(end)
    found = []
    while first < last:
        midnight = datetime.combine(first.date() + timedelta(days=1), datetime.min.time(), CST)
        stop = min(midnight, last)
        found.append((first.date().isoformat(), int((stop - first).total_seconds()) // 60))
        first = stop
    return tuple(found)
