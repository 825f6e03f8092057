"""Sheets of trainings and honours judged: a row for each reason, and rows said before."""

# ruff: noqa: RUF001 - cells hold full-width signs

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, time

import pytest

from ledger.sheets import achievements
from ledger.sheets.achievements import AchievementRow, Case, Known
from ledger.sheets.cells import ERROR, Cell
from ledger.sheets.columns import Kind
from ledger.sheets.known import Organisation, Person, RefusedRow
from ledger.sheets.problems import CODES, Judged
from tests.sheets_world import World, sheet

TEAMS = {code: Organisation(code, f"第{code}队") for code in ("T1", "T2")}
CASE = Case(TEAMS, "2026-03-10", lambda code: "V2" if code == "T1" else "")
T1 = frozenset({"T1"})
PEOPLE = (
    Person("V1", "张三", "19900000001", document="419901199001010011", organisations=T1),
    Person("V2", "李四", "19900000002", organisations=T1),
    Person("V3", "王五", "19900000003", organisations=frozenset({"T1", "T2"})),
    Person("V4", "赵六", "19900000004", left="2026-03-05T15:00:00+08:00"),
    Person("V5", "孙八", erased=True),
)
TRAINED = ("姓名", "手机号", "培训名称", "主办单位", "日期", "时长", "登记组织")
HONOURED = ("获奖人", "联系电话", "荣誉称号", "颁发单位", "颁发时间", "组织编号")
FIRST_AID = ("急救培训", "县红十字会")
PRAISE = ("优秀志愿者", "县文明办")


def judged(
    kind: Kind, *rows: Sequence[Cell], said: Sequence[Known] = (), case: Case = CASE
) -> Judged[AchievementRow]:
    turned = RefusedRow(1, "周九", "19900000009", "T1", "id.checksum")
    here = World({person.number: person for person in PEOPLE}, [turned])

    def earlier(numbers: Collection[str]) -> Sequence[Known]:
        return [one for one in said if one.key[0] in numbers]

    table = sheet(kind, TRAINED if kind == "training" else HONOURED, *rows)
    return achievements.judge(table, case, here, earlier)


def trained(who: str, *more: Cell, day: Cell = "2026-03-02", hours: Cell = "2.5") -> Sequence[Cell]:
    return (who, "", *FIRST_AID, day, hours, *more)


def honoured(who: str, *more: Cell, day: Cell = "2026-03-02") -> Sequence[Cell]:
    return (who, "", *PRAISE, day, *more)


REASONS: tuple[tuple[str, Kind, Sequence[Cell]], ...] = (
    ("field.missing", "training", ("", "", *FIRST_AID, "2026-03-02", "2")),
    ("field.missing", "training", ("张三", "", "", "县红十字会", "2026-03-02", "2")),
    ("field.missing", "training", ("张三", "", "急救培训", "", "2026-03-02", "2")),
    ("field.missing", "training", trained("张三", day="")),
    ("field.missing", "training", trained("张三", hours="")),
    ("field.missing", "training", trained("王五")),
    ("field.missing", "training", trained("赵六")),
    ("field.missing", "honours", ("张三", "", "", "县文明办", "2026-03-02")),
    ("field.missing", "honours", ("张三", "", "优秀志愿者", "", "2026-03-02")),
    ("field.missing", "honours", honoured("王五")),
    ("field.unreadable", "training", trained("张三", day="3月2日")),
    ("field.unreadable", "training", trained("张三", day=ERROR)),
    ("field.unreadable", "training", trained("张三", hours="3学时")),
    ("field.unreadable", "training", trained("张三", hours="0")),
    ("field.unreadable", "training", trained("张三", hours="200000")),
    ("field.unreadable", "training", trained("张三", hours=200000)),
    ("field.unreadable", "training", ("张三", "", "课" * 1001, "县红十字会", "2026-03-02", "2")),
    ("field.unreadable", "honours", ("张三", "1.99E+10", *PRAISE, "2026-03-02")),
    ("field.unreadable", "honours", ("张三", "", "授予张三优秀志愿者", "县文明办", "2026-03-02")),
    ("field.unreadable", "honours", ("张三", "", "优秀志愿者", "电话19900000001", "2026-03-02")),
    ("field.unreadable", "training", ("张三", "", "41990119900101001X", "会", "2026-03-02", "2")),
    ("organisation.unknown", "training", trained("张三", "T9")),
    ("organisation.unknown", "honours", honoured("张三", "T9")),
    ("volunteer.unknown", "training", trained("无此人")),
    ("volunteer.unknown", "honours", honoured("无此人")),
    ("volunteer.not_active", "training", trained("孙八")),
    ("volunteer.not_active", "honours", honoured("孙八")),
    ("volunteer.not_active", "training", trained("周九")),
    ("volunteer.not_active", "training", trained("赵六", "T1", day="2026-03-06")),
    ("four_eyes", "training", trained("李四")),
    ("four_eyes", "honours", honoured("李四", "T1")),
    ("time.future", "training", trained("张三", day="2026-03-11")),
    ("time.future", "honours", honoured("张三", day="2026-03-11")),
)  # fmt: skip


@pytest.mark.parametrize(("code", "kind", "row"), REASONS)
def test_a_reason_each(code: str, kind: Kind, row: Sequence[Cell]) -> None:
    (found,) = judged(kind, row).problems
    assert found.code == code
    assert found.code in CODES
    assert "row 1 (line 2 of the sheet)" in found.en
    assert "第1行（表中第2行）" in found.zh


def test_a_row_is_read_as_people_write_it() -> None:
    rows: list[Sequence[Cell]] = [
        ("张　三", 19900000001.0, "急救培训\n", " 县红十字会", datetime(2026, 3, 2), 2.5, ""),  # noqa: DTZ001
        ("王五", "", *FIRST_AID, "2026.3.3", "２小时30分", "T2"),
        ("赵六", "", *FIRST_AID, "2026年3月5日", time(1, 30), "第T1队"),
    ]
    found = judged("training", *rows)
    assert found.problems == ()
    assert [(one.organisation, one.key, one.minutes) for one in found.good] == [
        ("T1", ("V1", "2026-03-02", *FIRST_AID), 150),
        ("T2", ("V3", "2026-03-03", *FIRST_AID), 150),
        ("T1", ("V4", "2026-03-05", *FIRST_AID), 90),  # left that afternoon
    ]


def test_minutes_stand_in_a_column_that_says_so() -> None:
    table = sheet("training", ["志愿者编号", "课程", "培训机构", "日期", "培训时长（分钟）"],
                  ["V1", *FIRST_AID, "2026-03-02", 45])  # fmt: skip
    here = World({person.number: person for person in PEOPLE})
    (found,) = achievements.judge(table, CASE, here, lambda _: ()).good
    assert found.minutes == 45


def test_class_hours_are_not_read_as_hours() -> None:
    """A 学时 is 45 minutes here and 60 there: the column is named as not read, and hours are missing."""
    table = sheet("training", ["姓名", "培训名称", "培训单位", "日期", "学时"],
                  ["张三", *FIRST_AID, "2026-03-02", 4])  # fmt: skip
    here = World({person.number: person for person in PEOPLE})
    found = achievements.judge(table, CASE, here, lambda _: ())
    assert [one.code for one in found.problems] == ["field.missing"]
    assert "学时" in found.problems[0].zh
    assert any("学时" in note.zh for note in found.notes)


def test_a_body_may_bear_the_name_of_whom_it_honours() -> None:
    (found,) = judged("honours", ("张三", "", "优秀志愿者", "张三丰慈善基金会", "2026-03-02")).good
    assert found.key[3] == "张三丰慈善基金会"


def test_an_honour_may_come_after_one_has_left() -> None:
    (found,) = judged("honours", honoured("赵六", "T1", day="2026-03-08")).good
    assert (found.key[0], found.minutes) == ("V4", 0)


def test_who_records_for_another_team_may_send_his_own() -> None:
    """The recorder of T1 is V2; T2 has another."""
    (found,) = judged("honours", honoured("李四", "T2")).good
    assert found.organisation == "T2"


def test_the_same_row_twice_in_a_sheet_is_refused() -> None:
    rows = [trained("张三"), trained("张三", hours="1"), trained("张三", day="2026-03-03")]
    found = judged("training", *rows)
    assert [(one.row, one.code) for one in found.problems] == [(2, "row.repeated")]
    assert "row 1" in found.problems[0].en
    assert [one.row for one in found.good] == [1, 3]


def test_a_row_said_before_is_known_and_one_with_other_minutes_is_not() -> None:
    said = [Known(("V1", "2026-03-02", *FIRST_AID), 150, "12:3")]
    found = judged("training", trained("张三"), trained("张三"), said=said)
    assert (found.already, found.good) == ((1,), ())
    assert [one.row for one in found.problems] == [2]
    (other,) = judged("training", trained("张三", hours="3"), said=said).problems
    assert other.code == "row.repeated"
    assert "12:3 with 150 min" in other.en
    assert "vledger correct 12:3" in other.zh
    mine = Case(CASE.organisations, CASE.today, lambda _: "")
    (again,) = judged("honours", honoured("李四"), said=said, case=replace(mine)).good
    assert again.key == ("V2", "2026-03-02", *PRAISE)


def test_every_problem_of_a_sheet_is_said_at_once() -> None:
    rows = [trained("张三"), trained("无此人"), trained("张三", day="x"), trained("张三")]
    found = judged("training", *rows)
    assert [(one.row, one.code) for one in found.problems] == [
        (2, "volunteer.unknown"), (3, "field.unreadable"), (4, "row.repeated"),
    ]  # fmt: skip
    assert [one.row for one in found.good] == [1]
