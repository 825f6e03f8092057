"""Dates and times taken apart, before anybody asks which day is meant."""

# ruff: noqa: DTZ001, RUF001 - cells hold full-width signs, and times without a zone

from datetime import date, datetime, time, timedelta

import pytest

from ledger.errors import Rejected
from ledger.sheets.cells import Cell
from ledger.sheets.written import Written, written

FORMS: tuple[tuple[Cell, Written], ...] = (
    ("14:30", Written(hour=14, minute=30)),
    ("14：30", Written(hour=14, minute=30)),
    ("１４：３０", Written(hour=14, minute=30)),
    ("14:30:59", Written(hour=14, minute=30)),
    ("下午2:30", Written(hour=14, minute=30)),
    ("下午 2：30", Written(hour=14, minute=30)),
    ("2:30 PM", Written(hour=14, minute=30)),
    ("2:30p.m.", Written(hour=14, minute=30)),
    ("下午14:30", Written(hour=14, minute=30)),
    ("下午12:30", Written(hour=12, minute=30)),
    ("上午12:30", Written(hour=0, minute=30)),
    ("12:30AM", Written(hour=0, minute=30)),
    ("凌晨2点", Written(hour=2)),
    ("早上8点一刻", Written(hour=8, minute=15)),
    ("中午12点", Written(hour=12)),
    ("中午1点半", Written(hour=13, minute=30)),
    ("晚上8点", Written(hour=20)),
    ("晚8时05分", Written(hour=20, minute=5)),
    ("晚上12点", Written(hour=24)),
    ("24:00", Written(hour=24)),
    ("2点半", Written(hour=2, minute=30, bare=True)),
    ("两点半", Written(hour=2, minute=30, bare=True)),
    ("十一点", Written(hour=11, bare=True)),
    ("2点三刻", Written(hour=2, minute=45, bare=True)),
    ("2点整", Written(hour=2, bare=True)),
    ("2时30分", Written(hour=2, minute=30, bare=True)),
    ("14点30", Written(hour=14, minute=30)),
    ("十二点", Written(hour=12)),
    ("2026-03-02 14:30", Written(2026, 3, 2, 14, 30)),
    ("2026/3/2 14:30:00", Written(2026, 3, 2, 14, 30)),
    ("2026.3.2 14:30", Written(2026, 3, 2, 14, 30)),
    ("2026.3.2　14：30", Written(2026, 3, 2, 14, 30)),
    ("2026年3月2日14:30", Written(2026, 3, 2, 14, 30)),
    ("2026年3月2日下午2:30", Written(2026, 3, 2, 14, 30)),
    ("2026年3月2日（星期一）下午2:30", Written(2026, 3, 2, 14, 30)),
    ("2026年3月2日 周一 14:30", Written(2026, 3, 2, 14, 30)),
    ("2026-03-02T14:30:00+08:00", Written(2026, 3, 2, 14, 30)),
    ("2026-03-02T06:30:00Z", Written(2026, 3, 2, 14, 30)),
    ("3月2日 14:30", Written(None, 3, 2, 14, 30)),
    ("3月2号下午2点半", Written(None, 3, 2, 14, 30)),
    ("3.2 14:30", Written(None, 3, 2, 14, 30)),
    ("3/2 14:30", Written(None, 3, 2, 14, 30)),
    ("2026.3.2", Written(2026, 3, 2)),
    ("2026年3月2日", Written(2026, 3, 2)),
    ("20260302", Written(2026, 3, 2)),
    (20260302.0, Written(2026, 3, 2)),
    ("3月2日", Written(None, 3, 2)),
    (date(2026, 3, 2), Written(2026, 3, 2)),
    (datetime(2026, 3, 2, 14, 30), Written(2026, 3, 2, 14, 30)),
    (datetime(2026, 3, 2, 14, 29, 59, 999700), Written(2026, 3, 2, 14, 30)),
    (time(14, 30, 20), Written(hour=14, minute=30)),
    (timedelta(hours=14, minutes=30), Written(hour=14, minute=30)),
    (46083.0, Written(2026, 3, 2)),
    (46083, Written(2026, 3, 2)),
    (46083.604166666664, Written(2026, 3, 2, 14, 30)),
    (0.6041666666666666, Written(hour=14, minute=30)),
    (0.0, Written(hour=0)),
)


@pytest.mark.parametrize(("cell", "found"), FORMS, ids=repr)
def test_forms(cell: Cell, found: Written) -> None:
    assert written(cell, "time.unreadable") == found


NO_TIMES: tuple[Cell, ...] = (
    *("迟到", "√", "1430", "14:3", "14:60", "25:00", "24:01", "上午13:00", "中午6点"),
    *("2点75分", "晚上1点", "2026-03-0214:30", "3.214:30", "14:30-16:30", "2026", "", "-"),
    *(True, 14.3, -0.5, 1e300, float("nan"), float("inf"), timedelta(hours=25), timedelta(-1)),
    *("2026-99-99T14:30:00Z", "=A1", "#REF!", "十四十点", "点半"),
)


@pytest.mark.parametrize("cell", NO_TIMES, ids=repr)
def test_what_is_no_time_is_refused(cell: Cell) -> None:
    with pytest.raises(Rejected) as refused:
        written(cell, "time.unreadable")
    assert refused.value.code == "time.unreadable"
