"""What people write for a date or a time, taken apart: `2026年3月2日下午2:30`, `2点半`, 46083.375.

下午12:30 is 12:30, 上午12:30 is 00:30, seconds are dropped. Which day is meant, `moments` says.
"""

import math
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from ledger.errors import Rejected
from ledger.sheets.cells import Cell, Unreadable, plain
from ledger.sheets.values import unreadable
from ledger.times import CST

_EPOCH = datetime(1899, 12, 30, tzinfo=CST)  # day 0 of spreadsheets, their 1900 being a leap year
_SERIALS = range(18264, 73051)  # 1950 to 2099
ONE_DAY = timedelta(days=1)

_DATE = r"(?:(?P<y>\d{4})[-./年])?(?P<m>\d{1,2})[-./月](?P<d>\d{1,2})[日号]?"
_TIME = (
    r"(?P<half>凌晨|清晨|早上|早晨|上午|中午|下午|午后|傍晚|晚上|夜里|早|晚|[ap]\.?m\.?)?"
    r"(?P<h>\d{1,2}|(?:[一二两三四五六七八九]|十[一二三四五六七八九]?|二十[一二三四]?)(?=[点时]))"
    r"(?::(?P<mi>\d\d)(?::\d\d(?:\.\d+)?)?"
    r"|(?P<spoken>[点时])(?:(?P<mi2>\d{1,2})分?|(?P<part>半|一刻|三刻|整|钟|正)?))"
    r"(?P<ampm>[ap]\.?m\.?)?"
)
_DAY_ONLY = re.compile(_DATE)
_TIME_ONLY = re.compile(_TIME)
_BOTH = re.compile(f"{_DATE}[T,]?{_TIME}")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_ZONED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)")
_WEEKDAY = re.compile(r"\(?(?:星期|周|礼拜)[一二三四五六日天]\)?")
_PARTS = {"半": 30, "一刻": 15, "三刻": 45}
_MORNING = frozenset(("凌晨", "清晨", "早上", "早晨", "上午", "早", "am"))
_AFTERNOON = frozenset(("下午", "午后", "傍晚", "pm"))
_CHINESE = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Written:
    """What a person wrote: a date (year and all of it may be missing), a time, or both.

    `bare` marks an hour on the spoken clock that could be morning or afternoon.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int = 0
    bare: bool = False

    def at(self, day: date, *, later: int = 0) -> datetime:
        """Return the time on a day; hour 24 is midnight at its end."""
        assert self.hour is not None, "callers have asked for the time"
        start = datetime(day.year, day.month, day.day, tzinfo=CST)
        return start + timedelta(hours=self.hour + later, minutes=self.minute)


def written(cell: Cell, code: str) -> Written:
    """Take a cell apart, or raise `Rejected` with that code."""
    match cell:
        case Unreadable():
            raise unreadable(cell.en, cell.zh, code)
        case str():
            return _spoken(cell, code)
        case bool():
            raise no_time(code)
        case int() | float():
            return _serial(cell, code)
        case _:
            return _real(cell, code)


def _real(cell: date | time | timedelta, code: str) -> Written:
    match cell:
        case datetime():
            return _of(_rounded(cell))
        case date():
            return Written(cell.year, cell.month, cell.day)
        case time():
            return Written(hour=cell.hour, minute=cell.minute)
        case timedelta():
            return _fraction(cell / ONE_DAY, code)


def _of(when: datetime) -> Written:
    return Written(when.year, when.month, when.day, when.hour, when.minute)


def _rounded(when: datetime) -> datetime:
    """Undo what binary fractions of a day did: 14:29:59.9997 was typed as 14:30."""
    return when + timedelta(milliseconds=500) if when.microsecond else when


def _serial(number: float, code: str) -> Written:
    if not math.isfinite(number):
        raise no_time(code)
    if int(number) in _SERIALS:
        found = _of(_rounded(_EPOCH + timedelta(days=number)))
        return found if number % 1 else Written(found.year, found.month, found.day)
    if _COMPACT.fullmatch(str(int(number))):
        return _from_text(str(int(number)), code)
    return _fraction(number, code)


def _fraction(number: float, code: str) -> Written:
    if not 0 <= number < 1:
        raise no_time(code)
    when = _rounded(_EPOCH + timedelta(days=number))
    return Written(hour=when.hour, minute=when.minute)


def _spoken(text: str, code: str) -> Written:
    bare = text.strip()
    if _ZONED.fullmatch(bare):
        try:
            return _of(datetime.fromisoformat(bare).astimezone(CST))
        except (ValueError, OverflowError) as error:
            raise no_time(code) from error
    return _from_text(bare, code)


@lru_cache(maxsize=4096)
def _from_text(bare: str, code: str) -> Written:
    # A blank parts date and time: without it 3.2 14:30 would be 3.21 4:30.
    first, *rest = bare.split(maxsplit=1) if " " in bare or "　" in bare else (bare,)
    text = _WEEKDAY.sub("", plain(bare)).casefold()
    head = _WEEKDAY.sub("", plain(first)).casefold()
    if rest and (only := _DAY_ONLY.fullmatch(head)):
        tail = _TIME_ONLY.fullmatch(_WEEKDAY.sub("", plain(rest[0])).casefold())
        if tail:
            return _joined(only, _hour(tail, code))
    if found := _COMPACT.fullmatch(text):
        return Written(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_ONLY.fullmatch(text):
        return _joined(found, Written())
    if found := _TIME_ONLY.fullmatch(text):
        return _hour(found, code)
    found = _BOTH.fullmatch(text)
    if found is None or not re.search("[日号t,]|[年月].*[上下午早晚夜晨]", text):
        raise no_time(code)
    return _joined(found, _hour(found, code))


def _joined(found: re.Match[str], clock: Written) -> Written:
    year = int(found["y"]) if found["y"] else None
    return replace(clock, year=year, month=int(found["m"]), day=int(found["d"]))


def _hour(found: re.Match[str], code: str) -> Written:
    minute = int(found["mi"] or found["mi2"] or _PARTS.get(found["part"] or "", 0))
    half = (found["half"] or found["ampm"] or "").replace(".", "")
    written = found["h"]
    hour = int(written) if written.isdecimal() else _chinese(written)
    told = _halved(hour, half) if half else hour
    if told is None or not 0 <= told * 60 + minute <= 24 * 60 or minute > 59:  # noqa: PLR2004
        raise no_time(code)
    bare = bool(found["spoken"]) and not half and 1 <= hour <= 11  # noqa: PLR2004 - the clock
    return Written(hour=told, minute=minute, bare=bare)


def _halved(hour: int, half: str) -> int | None:
    """Return the hour of 24 that an hour with half a day before it means, None if it is none."""
    noon = 12
    if half in _MORNING:
        return hour % noon if hour <= noon else None
    if half in _AFTERNOON:
        return hour % noon + noon if hour <= noon else hour
    if half == "中午":
        return {10: 10, 11: 11, 12: 12, 1: 13, 2: 14}.get(hour, hour if hour > noon else None)
    early = 5  # 晚上1点 may be of this night or of the last
    return None if hour < early else hour + noon if hour <= noon else hour


def _chinese(text: str) -> int:
    tens, ten, ones = text.replace("两", "二").rpartition("十")
    return (_CHINESE.index(tens or "一") * 10 if ten else 0) + (_CHINESE.index(ones) if ones else 0)


def no_time(code: str) -> Rejected:
    """Say that a cell holds no time."""
    return unreadable(
        "this is not a time; write it like 2026-03-02 14:30 or 14:30",
        "不是时间，请写成 2026-03-02 14:30 或 14:30",
        code,
    )
