"""Where the headings are, and what is title, blank, footer or data."""

import pytest

from ledger.errors import Unsafe
from ledger.sheets import columns
from ledger.sheets.cells import Cell
from ledger.sheets.layout import Grid, table
from tests.sheets_world import sheet

HEADING = ("序号", "姓名", "手机号", "签到时间", "签退时间")
ROW = (1, "张三", "19900000000", "14:00", "16:00")


def names(*rows: tuple[Cell, ...]) -> list[Cell]:
    return [row.cells["name"] for row in sheet("attendance", *rows).rows]


def test_titles_are_kept_and_rows_are_counted_twice() -> None:
    found = sheet("attendance", ("签到表",), ("活动编号：A001", "地点：社区"), (), HEADING, (), ROW)
    assert found.above == ("签到表", "活动编号：A001　地点：社区")
    assert [(row.row, row.sheet_row) for row in found.rows] == [(1, 6)]
    assert found.column("phone") == "手机号"
    assert found.column("document") == ""


def test_footers_blanks_and_numbered_empty_lines_are_no_data() -> None:
    footers: tuple[tuple[Cell, ...], ...] = (
        *(("合计", "", "", "", "12"), ("合 计", "2人"), ("总计：",), ("小计",), ("以下空白",)),
        *(
            ("负责人签字：", "", "李四"),
            ("负责人（签章）：",),
            ("审核人：", "", "日期："),
            ("填表人：王五",),
        ),
        *(("注：请如实填写",), ("备注:",), ("单位（盖章）",), ("制表人",), (2,), ("", " ", "　")),
    )
    for footer in footers:
        assert names(HEADING, ROW, footer, ROW) == ["张三", "张三"], footer


def test_people_whose_names_look_like_footers_are_data() -> None:
    for name in ("何计", "单位", "审核", "总计划", "记录"):
        found = names(HEADING, (1, name, "19900000000", "14:00", "16:00"))
        assert found == [name]


def test_the_same_headings_once_more_are_mentioned_and_dropped() -> None:
    found = sheet("attendance", HEADING, ROW, HEADING, ROW)
    assert len(found.rows) == 2
    assert "line 3" in found.notes[0].en
    english = ("no", "name", "phone", "sign in", "sign out")
    assert len(sheet("attendance", HEADING, english, ROW).rows) == 1


@pytest.mark.parametrize(
    "second",
    [("", "", "", "签到", "签退"), ("姓名", "序号", "手机号", "签到时间", "签退时间")],
    ids=["stacked", "other order"],
)
def test_two_rows_of_headings_are_refused(second: tuple[str, ...]) -> None:
    first = ("序号", "姓名", "手机号", "时间", "") if not second[0] else HEADING
    with pytest.raises(Unsafe) as refused:
        sheet("attendance", first, second, ROW)
    assert refused.value.code == "sheet.two_headers"
    assert "line 2" in refused.value.en


def test_one_field_twice_is_refused() -> None:
    with pytest.raises(Unsafe, match="手机号 and 联系电话") as refused:
        sheet("attendance", ("姓名", "手机号", "联系电话"), ("张三", "1", "2"))
    assert refused.value.code == "sheet.two_columns"


def test_columns_that_are_not_read_are_named_but_numbers_and_signatures() -> None:
    found = sheet("volunteers", ("序号", "姓名", "民族", "宗教信仰", "签名", "手机号"), (1, "张三"))
    assert found.ignored == ("民族", "宗教信仰")
    assert "民族" in found.notes[0].zh
    assert set(found.rows[0].cells) == {"name", "phone"}


def test_a_row_with_nothing_in_the_columns_that_are_read_is_mentioned() -> None:
    found = sheet("attendance", ("姓名", "手机号", "备注"), ("张三", "1"), ("", "", "缺席三人"))
    assert len(found.rows) == 1
    assert "line 3" in found.notes[-1].en


def test_headings_are_found_however_they_are_written() -> None:
    heading = (
        " 姓 名* ",
        "手机号（必填）",
        "签到时间：",
        "签 退",
        "服务时长(小时)",
        "服务时长（分钟）",
    )
    found = sheet("attendance", heading, ("张三",))
    assert list(found.fields) == ["name", "phone", "arrived", "left", "hours", "minutes"]


def test_a_sheet_of_another_kind_has_no_headings() -> None:
    assert table(Grid("", (), {}), "attendance", columns.default(), "a") is None
    with pytest.raises(AssertionError):
        sheet("activities", ("手机号", "性别"), ("1", "男"))
