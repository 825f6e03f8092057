"""Which instant is meant: the nearest to the window, and nothing else guessed."""

# ruff: noqa: DTZ001 - cells hold full-width signs, and times without a zone

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Rejected
from ledger.intervals import Window
from ledger.sheets import moments
from ledger.sheets.cells import Cell
from ledger.sheets.moments import Around, Found
from ledger.times import CST, later
from tests.sheets_world import outcome


def around(start: str, end: str, grace: int = 30) -> Around:
    return Around.window(Window(f"{start}:00+08:00", f"{end}:00+08:00"), grace)


AFTERNOON = around("2026-03-02T14:00", "2026-03-02T17:00")
MORNING = around("2026-03-02T09:00", "2026-03-02T11:00")
NIGHT = around("2026-03-02T20:00", "2026-03-03T08:00")
NEW_YEAR = around("2026-12-31T22:00", "2027-01-01T02:00")
THREE_DAYS = around("2026-03-02T08:00", "2026-03-04T18:00")
WATCH = around("2026-03-02T08:00", "2026-03-03T08:00")

CAME = (
    ("14:05", AFTERNOON, "2026-03-02T14:05"),
    ("13:50", AFTERNOON, "2026-03-02T13:50"),
    ("2点半", AFTERNOON, "2026-03-02T14:30"),
    ("1点50", AFTERNOON, "2026-03-02T13:50"),
    ("9点", MORNING, "2026-03-02T09:00"),
    ("3月2日 14:05", AFTERNOON, "2026-03-02T14:05"),
    ("3月1日 14:05", AFTERNOON, "2026-03-01T14:05"),
    ("19:50", NIGHT, "2026-03-02T19:50"),
    ("20:00", NIGHT, "2026-03-02T20:00"),
    ("8点", NIGHT, "2026-03-03T08:00"),
    ("12月31日 22:00", NEW_YEAR, "2026-12-31T22:00"),
    ("1月1日 0:30", NEW_YEAR, "2027-01-01T00:30"),
    ("0:30", NEW_YEAR, "2027-01-01T00:30"),
    ("3月3日 9:00", THREE_DAYS, "2026-03-03T09:00"),
    ("2026-03-02 08:00", THREE_DAYS, "2026-03-02T08:00"),
    ("8:00", WATCH, "2026-03-02T08:00"),
    (datetime(2026, 3, 2, 14, 5), MORNING, "2026-03-02T14:05"),
)
WENT = (
    ("8:05", NIGHT, "2026-03-03T08:05"),
    ("08:00", NIGHT, "2026-03-03T08:00"),
    ("24:00", NIGHT, "2026-03-03T00:00"),
    ("晚上12点", NIGHT, "2026-03-03T00:00"),
    ("8:00", WATCH, "2026-03-03T08:00"),
    ("2:00", NEW_YEAR, "2027-01-01T02:00"),
    ("5点", AFTERNOON, "2026-03-02T17:00"),
)


@pytest.mark.parametrize(("cell", "window", "instant"), CAME, ids=repr)
def test_arrivals(cell: Cell, window: Around, instant: str) -> None:
    assert moments.arrival(cell, window).instant == f"{instant}:00+08:00"


@pytest.mark.parametrize(("cell", "window", "instant"), WENT, ids=repr)
def test_leavings(cell: Cell, window: Around, instant: str) -> None:
    assert moments.leaving(cell, window).instant == f"{instant}:00+08:00"


def test_a_bare_hour_is_the_afternoon_only_if_that_alone_falls_into_the_window() -> None:
    assert moments.arrival("2点半", AFTERNOON) == Found("2026-03-02T14:30:00+08:00", afternoon=True)
    long_day = around("2026-03-02T07:00", "2026-03-02T21:00")
    assert moments.arrival("8点", long_day) == Found("2026-03-02T08:00:00+08:00")
    assert not moments.arrival("下午2点半", AFTERNOON).afternoon
    assert moments.arrival("2:30", AFTERNOON).instant[11:16] == "02:30"
    assert moments.arrival("6点", MORNING).instant[11:16] == "06:00"


def test_a_column_of_days_settles_the_day() -> None:
    assert moments.arrival("9:00", THREE_DAYS, "2026-03-03").instant[:16] == "2026-03-03T09:00"
    assert moments.leaving("17:00", THREE_DAYS, "2026-03-03").instant[:16] == "2026-03-03T17:00"
    assert moments.leaving("7:30", NIGHT, "2026-03-02").instant[:16] == "2026-03-03T07:30"


@pytest.mark.parametrize(
    "cell", ["9:00", "3月2日", "2026-03-02", "2月30日 9:00", "2026-02-30 9:00"]
)
def test_what_could_be_several_days_or_none_is_refused(cell: str) -> None:
    with pytest.raises(Rejected) as refused:
        moments.arrival(cell, THREE_DAYS)
    assert refused.value.code == "time.unreadable"


def test_days() -> None:
    cells: tuple[Cell, ...] = ("1990.3.2", "1990年3月2日", "19900302", date(1990, 3, 2), 32934.0)
    assert {moments.day(cell) for cell in cells} == {"1990-03-02"}
    for cell in ("3月2日", "1990.2.30", "14:30", "春天"):
        with pytest.raises(Rejected) as refused:
            moments.day(cell)
        assert refused.value.code == "field.unreadable"


def test_instants_of_an_activity_need_their_date() -> None:
    assert moments.full("2026年3月2日下午2:30")[:16] == "2026-03-02T14:30"
    assert moments.full("14:30", "2026-03-02")[:16] == "2026-03-02T14:30"
    for cell in ("14:30", "3月2日 14:30", "2026-03-02"):
        with pytest.raises(Rejected) as refused:
            moments.full(cell)
        assert refused.value.code == "field.unreadable"


HALF = {True: "上午", False: "下午"}


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), st.integers(-60, 200))
def test_however_it_is_typed_it_is_the_same_instant(start: datetime, minutes: int) -> None:
    start = start.replace(second=0, microsecond=0)
    window = Window(start.replace(tzinfo=CST).isoformat(), "")
    window = Window(window.start, later(window.start, minutes=180))
    when = start + timedelta(minutes=minutes)
    day, clock = f"{when.month}月{when.day}日", f"{when:%H:%M}"
    half = f"{HALF[when.hour < 12]}{(when.hour - 1) % 12 + 1}"
    shapes: tuple[Cell, ...] = (
        *(when, f"{when:%Y-%m-%d} {clock}", f"{when.year}.{when.month}.{when.day} {clock}"),
        *(f"{when.year}年{day}{half}:{when:%M}", f"{day} {clock}", f"{day}{half}点{when:%M}分"),
        *(clock, f"{half}：{when:%M}", when.time(), f"{when:%Y/%m/%d %H：%M}"),
        # A whole serial number is a day, so midnight has no such form.
        when if when.time() == time() else (when - datetime(1899, 12, 30)) / timedelta(days=1),
    )
    expected = when.replace(tzinfo=CST).isoformat()
    near = Around.window(window, 60)
    assert {moments.arrival(shape, near).instant for shape in shapes} == {expected}
    assert {moments.leaving(shape, near).instant for shape in shapes} == {expected}


@given(st.one_of(st.text(), st.floats(), st.integers(), st.datetimes(), st.timedeltas()))
def test_no_cell_breaks_the_reader(cell: Cell) -> None:
    for read in (moments.arrival, moments.leaving):
        assert outcome(read, cell, NIGHT) in ("read", "time.unreadable")
