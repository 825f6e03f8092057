"""What we write, we read; and it looks like a form when opened."""

# ruff: noqa: RUF001 - cells hold full-width signs

import io
from datetime import date, datetime, time, timedelta

import pytest
from openpyxl import load_workbook

from ledger.intervals import Window
from ledger.rulesets import Ruleset
from ledger.sheets import attendance, columns, forms, reading
from ledger.sheets.cells import Cell
from ledger.sheets.columns import KEYS, KINDS, REASON, Kind
from ledger.sheets.earlier import Case
from ledger.sheets.known import Activity, Person
from ledger.sheets.layout import Table
from ledger.sheets.problems import Fault, problem
from tests.sheets_files import xlsx
from tests.sheets_world import World, sheet

WINDOW = Window("2026-03-02T14:00:00+08:00", "2026-03-02T17:00:00+08:00")
ACTIVITY = Activity("A001", "科普讲座", "T1", WINDOW, place="社区")


def read(data: bytes, kind: Kind) -> Table:
    (found,) = reading.read(data, "表.xlsx", kind, columns.default())
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_blank_form_is_read_back_without_a_row(kind: Kind) -> None:
    found = read(forms.blank(kind), kind)
    assert found.rows == ()
    assert KEYS[kind] & set(found.fields)
    assert [name for name in found.ignored if name != "备注"] == []
    assert "例：" in found.above[1]
    assert forms.blank(kind) == forms.blank(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_blank_form_can_be_worked_with(kind: Kind) -> None:
    page = load_workbook(io.BytesIO(forms.blank(kind))).active
    assert page.freeze_panes == "A4"
    headings = {cell.value: cell.column_letter for cell in page[3]}
    for name in ("证件号码*", "手机号*", "手机号", "统一社会信用代码"):
        if name in headings:
            assert page.column_dimensions[headings[name]].width >= 16
    assert page.print_title_rows == "$3:$3"


def test_a_sign_in_sheet_filled_in_is_judged() -> None:
    data = forms.sign_in(ACTIVITY, "王五", [("V1", "张三"), ("V2", "李𫖯")])
    book = load_workbook(io.BytesIO(data))
    page = book.active
    names = {cell.value: cell.column for cell in page[4]}
    page.cell(5, names["签到时间"], "14:00")
    page.cell(5, names["签退时间"], "2点")
    page.cell(5, names["签退时间"], "16：30")
    page.delete_rows(6)
    out = io.BytesIO()
    book.save(out)
    table = read(out.getvalue(), "attendance")
    assert attendance.activity_code(table, None, "x.xlsx", {}) == "A001"
    people = World({"V1": Person("V1", "张三")})
    case = Case(ACTIVITY, Ruleset(), "2026-03-03T09:00:00+08:00")
    found = attendance.judge(table, case, people, people.earlier)
    assert [(row.volunteer, row.minutes) for row in found.good] == [("V1", 150)]
    assert found.problems == ()


def test_refused_rows_come_back_as_they_were_with_the_reason() -> None:
    heading = ["序号", "姓名", "手机号", "签到", "签退", "时长", "民族", "备注"]
    moment, day = datetime(2026, 3, 2, 14, 30), date(2026, 3, 2)  # noqa: DTZ001
    rows: list[list[Cell]] = [
        [1, "张　三", 19900000000.0, moment, time(16, 0), timedelta(hours=26), "汉", "=1+1"],
        [2, "李四", "０199-0000", "迟到", day, 2.5, "汉", True],
        [3, "王五", "http://x.cn", "14:00", "15:00", "", "汉", "'"],
    ]
    table = sheet("attendance", ["签到表"], ["地点：社区"], heading, *rows)
    faults = [problem(table, table.rows[n], Fault("time.missing", "", "x", "改")) for n in (0, 1)]
    data = forms.refused_rows([table], faults, "A001")
    again = read(data, "attendance")
    assert [row.raw[:8] for row in again.rows] == [tuple(rows[0]), tuple(rows[1])]
    assert again.header == (*heading, REASON)
    assert again.above == ("签到表", "地点：社区", "活动编号：A001")
    assert again.ignored == ("民族", "备注")
    assert "time.missing" in str(again.rows[0].raw[8])
    assert attendance.activity_code(again, None, "x.xlsx", {}) == "A001"


def test_refused_rows_refused_again_have_one_column_of_reasons() -> None:
    table = sheet("attendance", ["姓名", "签到"], ["张三", ""])
    fault = problem(table, table.rows[0], Fault("time.missing", "", "x", "改"))
    again = read(forms.refused_rows([table], [fault]), "attendance")
    fault = problem(again, again.rows[0], Fault("time.missing", "", "y", "再改"))
    third = read(forms.refused_rows([again], [fault]), "attendance")
    assert third.header == ("姓名", "签到", REASON)
    assert "再改" in str(third.rows[0].raw[2])


def test_sheets_of_one_file_stay_apart() -> None:
    one = read(xlsx([["姓名", "签到"], ["张三", "1"], ["李四", "2"]]), "attendance")
    faults = [problem(one, one.rows[1], Fault("time.missing", "", "x", "改"))]
    book = load_workbook(io.BytesIO(forms.refused_rows([one], faults)))
    assert len(book.worksheets) == 1
    assert load_workbook(io.BytesIO(forms.refused_rows([one], []))).active.max_row == 1
