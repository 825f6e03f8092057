"""Sign-in sheets judged, a row for each reason, and lines said before."""

# ruff: noqa: RUF001 - cells hold full-width signs

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import pytest
from msgspec import structs

from ledger.errors import Rejected
from ledger.intervals import Window
from ledger.rulesets import Ruleset
from ledger.sheets import attendance
from ledger.sheets.attendance import activity_code, by_activity
from ledger.sheets.cells import ERROR, Cell
from ledger.sheets.earlier import Case, ServiceRow
from ledger.sheets.known import Activity, Line, Person, RefusedRow
from ledger.sheets.layout import Table
from ledger.sheets.problems import Judged
from tests.sheets_world import World, sheet

WINDOW = Window("2026-03-02T14:00:00+08:00", "2026-03-02T17:00:00+08:00")
ACTIVITY = Activity("A001", "科普讲座", "T1", WINDOW)
CASE = Case(ACTIVITY, Ruleset(), "2026-03-03T09:00:00+08:00", recorder="V2")
HEADING = ("姓名", "手机号", "签到", "签退", "时长", "评价")
T1 = frozenset({"T1"})
PEOPLE = (
    Person("V1", "张三", "19900000001", born="1990-01-01", organisations=T1),
    Person("V2", "李四", "19900000002", born="1990-01-01", organisations=T1),
    Person("V3", "王五", "19900000003", born="2010-01-01", organisations=T1),
)


def world() -> World:
    refused = RefusedRow(1, "赵六", "19900000004", "T1", "id.checksum")
    return World({person.number: person for person in PEOPLE}, [refused])


def judged(
    *rows: Sequence[Cell], case: Case = CASE, heading: Sequence[Cell] = HEADING
) -> Judged[ServiceRow]:
    here = world()
    return attendance.judge(sheet("attendance", heading, *rows), case, here, here.earlier)


def code(*row: Cell, case: Case = CASE) -> str:
    (problem,) = judged(row, case=case).problems
    assert problem.row == 1
    assert "row 1 (line 2 of the sheet)" in problem.en
    assert "第1行（表中第2行）" in problem.zh
    return problem.code


ZHANG = ("张三", "19900000001")
REASONS: tuple[tuple[str, Sequence[Cell]], ...] = (
    ("field.missing", ("", "19900000001", "14:00", "16:00")),
    ("field.unreadable", (ERROR, "19900000001", "14:00", "16:00")),
    ("field.unreadable", ("张三", "1.99E+10", "14:00", "16:00")),
    ("field.unreadable", (*ZHANG, "14:00", "16:00", "很久")),
    ("field.unreadable", ("无此人", "", "", "迟到", "0")),
    ("volunteer.unknown", ("无此人", "", "", "迟到")),
    ("volunteer.not_active", ("赵六", "19900000004", "", "")),
    ("four_eyes", ("李四", "19900000002", "", "", "很久")),
    ("time.missing", (*ZHANG, "", "16:00")),
    ("time.missing", (*ZHANG, "14:00", "")),
    ("time.missing", (*ZHANG, "", "")),
    ("time.missing", (*ZHANG, "", "迟到")),
    ("time.unreadable", (*ZHANG, "迟到", "16:00")),
    ("time.unreadable", (*ZHANG, ERROR, "16:00")),
    ("time.reversed", (*ZHANG, "16:00", "15:00")),
    ("time.reversed", (*ZHANG, "16:00", "16:00")),
    ("time.future", (*ZHANG, "14:00", "2026-03-03 09:01")),
    ("time.outside_activity", (*ZHANG, "13:29", "16:00")),
    ("time.outside_activity", (*ZHANG, "14:00", "17:31")),
    ("time.outside_activity", (*ZHANG, "13:40", "13:50")),
    ("time.exceeds_interval", (*ZHANG, "14:00", "16:00", "2小时31分")),
)


@pytest.mark.parametrize(("reason", "row"), REASONS)
def test_reasons(reason: str, row: Sequence[Cell]) -> None:
    assert code(*row) == reason


CREDITED: tuple[tuple[Sequence[Cell], int], ...] = (
    ((*ZHANG, "14:00", "17:00"), 180),
    ((*ZHANG, "13:30", "17:30"), 180),
    ((*ZHANG, "14:05", "16:50"), 165),
    ((*ZHANG, "14:00", "16:00", "1.5"), 90),
    ((*ZHANG, "14:00", "16:00", "2小时30分"), 120),
    ((*ZHANG, "2点", "4点半"), 150),
    (("张　三", "", "14:00", "15:00"), 60),
)


@pytest.mark.parametrize(("row", "minutes"), CREDITED)
def test_credited(row: Sequence[Cell], minutes: int) -> None:
    (good,) = judged(row).good
    assert (good.volunteer, good.minutes) == ("V1", minutes)


def test_a_row_keeps_what_was_written_and_what_is_credited() -> None:
    (good,) = judged((*ZHANG, "13:50", "16:00", "", 5.0)).good
    assert good == ServiceRow(
        row=1,
        sheet_row=2,
        volunteer="V1",
        start=WINDOW.start,
        end="2026-03-02T16:00:00+08:00",
        arrived="2026-03-02T13:50:00+08:00",
        left="2026-03-02T16:00:00+08:00",
        minutes=120,
        rating=5,
    )


def test_a_bad_rating_or_a_bare_hour_is_a_note() -> None:
    found = judged((*ZHANG, "2点", "16:00", "", "优"))
    assert len(found.good) == 1
    assert [note.row for note in found.notes] == [1, 1]
    assert any("下午" in note.zh for note in found.notes)


def test_no_time_columns_are_a_roll_call() -> None:
    (good,) = judged(("张三", 2.0), heading=("姓名", "时长")).good
    assert (good.arrived, good.left, good.minutes) == (None, None, 120)
    long = structs.replace(WINDOW, end="2026-03-03T14:00:00+08:00")
    case = replace(CASE, activity=replace(ACTIVITY, window=long), stamp="2026-03-09T09:00:00+08:00")
    (problem,) = judged(("张三",), heading=("姓名",), case=case).problems
    assert problem.code == "time.too_long"


def test_a_minor_may_not_serve_where_it_is_dangerous() -> None:
    case = replace(CASE, activity=replace(ACTIVITY, hazard=True))
    assert code("王五", "", "14:00", "16:00", case=case) == "volunteer.minor_hazard"
    assert len(judged((*ZHANG, "14:00", "16:00"), case=case).good) == 1
    assert len(judged(("王五", "", "14:00", "16:00")).good) == 1


def test_a_cancelled_activity_refuses_every_row() -> None:
    case = replace(CASE, activity=replace(ACTIVITY, cancelled=True))
    found = judged((*ZHANG, "14:00", "16:00"), ("", "", "", ""), ("王五",), case=case)
    assert [problem.code for problem in found.problems] == ["activity.cancelled"] * 2


def test_within_a_sheet() -> None:
    rows = (
        (*ZHANG, "14:00", "15:00"),
        (*ZHANG, "14:00", "15:00"),
        (*ZHANG, "14:30", "16:00"),
        (*ZHANG, "15:00", "16:00"),
        ("王五", "", "14:00", "15:00"),
    )
    found = judged(*rows)
    assert [row.row for row in found.good] == [1, 4, 5]
    assert [one.code for one in found.problems] == ["time.duplicate", "time.overlap"]
    assert "row 1" in found.problems[0].en


def line(start: str, end: str, activity: str = "A002", *, blocks: bool = True) -> Line:
    times = (f"2026-03-02T{start}:00+08:00", f"2026-03-02T{end}:00+08:00")
    minutes = 60 * (int(end[:2]) - int(start[:2]))
    return Line(activity, *times, minutes, *times, "7:3", blocks)


def against(lines: Sequence[Line], row: Sequence[Cell], case: Case = CASE) -> Judged[ServiceRow]:
    here = world()
    asked: list[Collection[str]] = []

    def earlier(numbers: Collection[str]) -> Mapping[str, Sequence[Line]]:
        asked.append(numbers)
        return {"V1": lines}

    found = attendance.judge(sheet("attendance", HEADING, row), case, here, earlier)
    assert asked == [{"V1"}]
    return found


def test_earlier_lines_block_unless_they_fell() -> None:
    row = (*ZHANG, "14:00", "16:00")
    (problem,) = against([line("15:00", "17:00")], row).problems
    assert problem.code == "time.overlap"
    assert "7:3" in problem.en
    assert "7:3" in problem.zh
    assert len(against([line("15:00", "17:00", blocks=False)], row).good) == 1
    assert len(against([line("16:00", "17:00")], row).good) == 1


def test_a_line_said_before_is_already_even_if_it_fell() -> None:
    row = (*ZHANG, "14:00", "16:00")
    for blocks in (True, False):
        found = against([line("14:00", "16:00", "A001", blocks=blocks)], row)
        assert (found.good, found.already, found.problems) == ((), (1,), ())
    other = against([line("14:00", "16:00", "A009")], row)
    assert [one.code for one in other.problems] == ["time.overlap"]


def test_old_records_may_last_days() -> None:
    window = Window("2026-03-01T00:00:00+08:00", "2026-03-03T00:00:00+08:00")
    case = replace(CASE, activity=replace(ACTIVITY, window=window))
    row = (*ZHANG, "2026-03-01 00:00", "2026-03-02 14:00", "38")
    assert code(*row, case=case) == "time.too_long"
    (good,) = judged(row, case=replace(case, evidence="L")).good
    assert good.minutes == 38 * 60


def test_who_stayed_too_short_is_told_the_share() -> None:
    case = replace(CASE, rules=Ruleset(presence=60))
    assert code(*ZHANG, "14:00", "15:47", case=case) == "time.too_short"
    (problem,) = judged((*ZHANG, "14:00", "15:47"), case=case).problems
    assert "107 分钟，不足活动 180 分钟的 60%" in problem.zh
    assert "less than 60 %; nothing is credited" in problem.en
    assert len(judged((*ZHANG, "14:00", "15:48"), case=case).good) == 1


KNOWN = {"A001": 1, "A002": 1}


def of(*rows: Sequence[Cell]) -> Table:
    return sheet("attendance", *rows)


def test_which_activity_a_sheet_is_for() -> None:
    plain, row = ("姓名", "手机号"), ("张三", "1")
    titled = of(("签到表",), ("活动编号： Ａ００２　地点：社区",), plain, row)
    assert activity_code(titled, "A009", "A001.xlsx", KNOWN) == "A009"
    assert activity_code(titled, None, "A001.xlsx", KNOWN) == "A002"
    assert activity_code(of(("活动编号", "A002"), plain, row), None, "A001.csv", KNOWN) == "A002"
    assert activity_code(of(plain, row), None, "C:\\表\\A001.xlsx", KNOWN) == "A001"
    assert activity_code(of(plain, row), None, "表/A002 签到表.xlsx", KNOWN) == "A002"
    with pytest.raises(Rejected, match="--activity") as refused:
        activity_code(of(plain, row), None, "签到表.xlsx", KNOWN)
    assert refused.value.code == "activity.unknown"


def test_a_column_may_name_several_activities() -> None:
    heading = ("活动编号", "姓名")
    table = of(heading, ("A001", "甲"), (" Ａ００２", "乙"), ("A001", "丙"), ("", "丁"))
    parts = by_activity(table, None, "签到表.xlsx", KNOWN)
    assert {code: [row.row for row in part.rows] for code, part in parts.items()} == {
        "A001": [1, 3],
        "A002": [2],
        "": [4],
    }
    assert [one.row for one in attendance.unknown(parts[""], "").problems] == [4]
    assert "A009" in attendance.unknown(parts["A001"], "A009").problems[0].zh
    assert set(by_activity(table, None, "A002.xlsx", KNOWN)) == {"A001", "A002"}
