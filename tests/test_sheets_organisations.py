"""Organisation sheets: where each one hangs, and what refuses a row."""

from collections.abc import Sequence

from ledger.sheets import organisations
from ledger.sheets.cells import Cell
from ledger.sheets.known import Organisation
from ledger.sheets.organisations import OrganisationRow, first_root, resolved
from ledger.sheets.problems import Judged
from tests.sheets_world import sheet

HEADING = ("组织编号", "组织名称", "统一社会信用代码", "管理单位", "上级组织编号", "行政区划代码")
KX = ("KX", "示例县科协", "13419900MB0000001T")
USCC = "91350100M000100Y43"


def judged(
    *rows: Sequence[Cell], known: dict[str, Organisation] | None = None
) -> Judged[OrganisationRow]:
    return organisations.judge(sheet("organisations", HEADING, *rows), known or {}, "KX")


def parents(found: Judged[OrganisationRow]) -> list[tuple[str, str]]:
    return [(row.organisation.code, row.organisation.parent) for row in found.good]


def code(*row: Cell) -> str:
    (problem,) = judged(KX, row).problems
    assert problem.row == 2
    return problem.code


def test_parents_come_first_wherever_they_stand() -> None:
    found = judged(
        ("T2", "第二队", "", "别处", "T1"),
        ("T1", "第一队", "", "示例县科协"),
        ("T3", "第三队", "", "第一队"),
        ("T4", "第四队", "", "没有的单位"),
        KX,
    )
    assert found.problems == ()
    assert parents(found) == [("KX", ""), ("T1", "KX"), ("T2", "T1"), ("T3", "T1"), ("T4", "KX")]


def test_reasons() -> None:
    assert code("", "甲队", "", "科协") == "field.missing"
    assert code("T1", "", "", "科协") == "field.missing"
    assert code("T1", "甲队") == "field.missing"
    assert code("甲 队", "甲队", "", "科协") == "field.unreadable"
    assert code("T1", "甲队", "", "科协", "", "4199") == "field.unreadable"
    assert code("T1", "甲队", USCC[:-1]) == "field.unreadable"
    assert code("T1", "甲队", USCC[:-1] + "4") == "uscc.checksum"
    assert code("T1", "甲队", "", "科协", "T9") == "organisation.unknown"
    assert code("KX", "另一个", USCC) == "id.duplicate"


def test_a_circle_is_refused() -> None:
    found = judged(KX, ("T1", "甲", USCC, "", "T2"), ("T2", "乙", USCC, "", "T1"))
    assert [one.code for one in found.problems] == ["organisation.unknown"] * 2


def test_what_hangs_on_a_refused_row_is_refused() -> None:
    found = judged(KX, ("T1", "甲", USCC[:-1] + "4"), ("T2", "乙", USCC, "", "T1"))
    assert [one.code for one in found.problems] == ["uscc.checksum", "organisation.unknown"]


def test_known_rows_are_already_and_changed_ones_are_new() -> None:
    first = judged(KX, ("T1", "甲", "", "示例县科协"))
    known = {row.organisation.code: row.organisation for row in first.good}
    again = judged(KX, ("T1", "乙", "", "示例县科协"), known=known)
    assert again.already == (1,)
    assert [(row.organisation.name, row.changed) for row in again.good] == [("乙", True)]


def test_the_root_is_the_first_row_that_names_nobody_above() -> None:
    table = sheet("organisations", HEADING, ("T1", "甲", "", "科协"), KX)
    assert first_root(table) == "KX"
    assert first_root(sheet("organisations", HEADING, ("T1", "甲", "", "科协"))) == ""


def test_an_organisation_is_meant_by_code_or_by_full_name() -> None:
    known = {"T1": Organisation("T1", "甲队"), "T2": Organisation("T2", "乙队")}
    known["T3"] = Organisation("T3", "乙队")
    assert resolved("T1", known) == resolved("甲 队", known) == "T1"
    assert resolved("乙队", known) == resolved("", known) == resolved("丙", known) == ""


def test_an_unknown_area_is_a_note() -> None:
    found = judged((*KX, "", "", "419900"), ("T1", "甲", USCC, "", "", "110105"))
    assert [note.row for note in found.notes] == [1]
