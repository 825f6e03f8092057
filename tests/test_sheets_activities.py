"""Activity plans judged."""

from collections.abc import Mapping, Sequence

import pytest

from ledger.intervals import Window
from ledger.sheets import activities
from ledger.sheets.activities import ActivityRow
from ledger.sheets.cells import Cell
from ledger.sheets.known import Activity, Organisation, Person
from ledger.sheets.problems import Judged
from tests.sheets_world import World, sheet

HEADING = (
    "活动编号",
    "活动名称",
    "组织编号",
    "服务类别",
    "开始时间",
    "结束时间",
    "地点",
    "服务内容",
    "负责人",
)
MORE = ("高风险", "性质", "报酬")
GOOD = (
    "A1",
    "科普",
    "T1",
    "科普类",
    "2026-03-02 14:00",
    "2026-03-02 17:00",
    "社区",
    "讲座",
    "张三",
)
TEAMS = {"T1": Organisation("T1", "甲队")}
T1 = frozenset({"T1"})


def judged(
    *rows: Sequence[Cell], known: Mapping[str, Activity] | None = None, people: World | None = None
) -> Judged[ActivityRow]:
    table = sheet("activities", (*HEADING, *MORE), *rows)
    return activities.judge(table, TEAMS, known or {}, people or World())


def changed(**cells: Cell) -> tuple[Cell, ...]:
    row = dict(zip((*HEADING, *MORE), (*GOOD, "", "", ""), strict=True)) | cells
    return tuple(row.values())


def test_a_good_row() -> None:
    (row,) = judged(GOOD).good
    window = Window("2026-03-02T14:00:00+08:00", "2026-03-02T17:00:00+08:00")
    about = ("A1", "科普", "T1", window, "科普类", "社区", "讲座", "张三")
    assert row == ActivityRow(1, 2, Activity(*about), "", changed=False)


REASONS: tuple[tuple[str, dict[str, Cell]], ...] = (
    ("field.missing", {"活动编号": ""}),
    ("field.missing", {"活动名称": ""}),
    ("field.missing", {"组织编号": ""}),
    ("field.missing", {"开始时间": ""}),
    ("field.missing", {"结束时间": ""}),
    ("field.missing", {"地点": ""}),
    ("field.missing", {"服务内容": ""}),
    ("field.missing", {"负责人": ""}),
    ("field.unreadable", {"活动名称": "三月补录"}),
    ("field.unreadable", {"开始时间": "下周"}),
    ("field.unreadable", {"开始时间": "3月2日 14:00"}),
    ("field.unreadable", {"高风险": "也许"}),
    ("organisation.unknown", {"组织编号": "T9"}),
    ("activity.not_service", {"性质": "研学旅游"}),
    ("activity.not_service", {"性质": "单位内部会议"}),
    ("activity.paid", {"报酬": "200元/天"}),
    ("activity.paid", {"报酬": "有"}),
    ("time.reversed", {"结束时间": "2026-03-02 14:00"}),
    ("time.reversed", {"结束时间": "13:00"}),
    ("time.too_long", {"结束时间": "2027-03-04 14:00"}),
)


@pytest.mark.parametrize(("reason", "cells"), REASONS)
def test_reasons(reason: str, cells: dict[str, Cell]) -> None:
    (problem,) = judged(changed(**cells)).problems
    assert problem.code == reason


def test_what_is_no_reason() -> None:
    fine: tuple[Mapping[str, Cell], ...] = (
        *(
            {"报酬": "无"},
            {"报酬": "误餐补贴30元"},
            {"报酬": "0"},
            {"报酬": 0.0},
            {"性质": "志愿服务"},
        ),
        *({"活动名称": "手机使用培训"}, {"组织编号": "甲队"}, {"高风险": "否"}),
    )
    for cells in fine:
        assert judged(changed(**cells)).problems == (), cells


def test_an_end_without_date_is_that_day_or_the_night_after() -> None:
    (day,) = judged(changed(结束时间="17:00")).good
    (night,) = judged(changed(开始时间="2026-03-02 20:00", 结束时间="08:00")).good
    assert day.activity.window.end == "2026-03-02T17:00:00+08:00"
    assert night.activity.window.end == "2026-03-03T08:00:00+08:00"


def test_the_leader_is_a_number_if_exactly_one_active_person_fits() -> None:
    here = World({"V1": Person("V1", "张三", organisations=T1)})
    here.persons["V2"] = Person("V2", "张三", organisations=frozenset({"T2"}))
    assert judged(GOOD, people=here).good[0].leader_number == "V1"
    here.persons["V3"] = Person("V3", "张三", organisations=T1)
    assert judged(GOOD, people=here).good[0].leader_number == ""


def test_known_activities() -> None:
    known = {"A1": judged(GOOD).good[0].activity}
    again = judged(GOOD, known=known)
    assert (again.good, again.already) == ((), (1,))
    (moved,) = judged(changed(地点="广场"), known=known).good
    assert moved.changed
    (problem,) = judged(GOOD, GOOD).problems
    assert problem.code == "id.duplicate"
