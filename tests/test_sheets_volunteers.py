"""Registration sheets judged: rules 1 to 6."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ledger.rulesets import Ruleset
from ledger.sheets import volunteers
from ledger.sheets.cells import Cell
from ledger.sheets.known import Organisation
from ledger.sheets.problems import Judged
from ledger.sheets.registrations import Registration, Terms
from tests.sheets_world import World, sheet
from tests.test_sheets_identity import number

HEADING = ("姓名", "性别", "证件类型", "证件号码", "出生日期", "手机号", "所属组织", "知情同意")
MORE = ("监护人", "监护人电话", "监护人同意", "志愿者编号")
TEAMS = {code: Organisation(code, name) for code, name in (("T1", "甲队"), ("T2", "乙队"))}
TERMS = Terms(Ruleset(), "2026-03-02")
ADULT = number("110105", "19900101", "001")
OTHER = number("110105", "19910101", "002")
PHONE = "19900000001"


def row(**cells: Cell) -> tuple[Cell, ...]:
    values = ("张三", "男", "居民身份证", ADULT, "1990-01-01", PHONE, "T1", "是", "", "", "", "")
    return tuple((dict(zip((*HEADING, *MORE), values, strict=True)) | cells).values())


def judged(
    *rows: Sequence[Cell], here: World | None = None, terms: Terms = TERMS
) -> Judged[Registration]:
    table = sheet("volunteers", (*HEADING, *MORE), *rows)
    return volunteers.judge(table, here or World(), TEAMS, terms)


def registered() -> World:
    here = World()
    here.register(judged(row()).good)
    return here


def test_a_good_row() -> None:
    (good,) = judged(row()).good
    assert (good.name, good.sex, good.born, good.document) == ("张三", "男", "1990-01-01", ADULT)
    assert (good.kind, good.organisation, good.phone, good.skills) == ("new", "T1", PHONE, "无")


def test_sex_and_birth_date_come_from_the_number() -> None:
    table = sheet(
        "volunteers",
        ("姓名", "身份证号", "电话", "组织", "同意"),
        ("张三", ADULT, "无", "甲队", "是"),
    )
    found = volunteers.judge(table, World(), TEAMS, TERMS)
    (good,) = found.good
    assert (good.sex, good.born, good.document_type) == ("男", "1990-01-01", "居民身份证")
    assert (good.phone, good.organisation) == ("", "T1")
    assert any("没有专业技能、服务区域、服务类别栏" in note.zh for note in found.notes)


CHILD = {"证件号码": number("110105", "20140601", "001"), "出生日期": "2014-06-01"}
INFANT = {"证件号码": number("110105", "20210601", "001"), "出生日期": "2021-06-01"}
REASONS: tuple[tuple[str, dict[str, Cell]], ...] = (
    ("field.missing", {"姓名": ""}),
    ("field.missing", {"证件号码": ""}),
    ("field.missing", {"手机号": ""}),
    ("field.missing", {"所属组织": ""}),
    ("field.missing", {"证件类型": "", "证件号码": "G12345678"}),
    ("field.missing", {"证件类型": "护照", "证件号码": "G12345678", "性别": ""}),
    ("field.missing", {"证件类型": "护照", "证件号码": "G12345678", "出生日期": ""}),
    ("field.unreadable", {"证件号码": 1.10105199001e17}),
    ("field.unreadable", {"证件号码": "110105900101001"}),
    ("field.unreadable", {"出生日期": "春天"}),
    ("field.unreadable", {"性别": "其他"}),
    ("field.unreadable", {"知情同意": "待定"}),
    ("field.unreadable", {"手机号": "12345"}),
    ("id.checksum", {"证件号码": ADULT[:-1] + ("1" if ADULT[-1] != "1" else "2")}),
    ("id.birth_mismatch", {"出生日期": "1990-01-02"}),
    ("id.sex_mismatch", {"性别": "女", "知情同意": "否"}),
    ("consent.missing", {"知情同意": "否"}),
    ("consent.missing", {"知情同意": ""}),
    ("volunteer.too_young", {**INFANT}),
    ("guardian.missing", {**CHILD}),
    ("guardian.missing", {**CHILD, "监护人": "李四"}),
    ("guardian.missing", {**CHILD, "监护人": "李四", "监护人同意": "否"}),
    ("organisation.unknown", {"所属组织": "T9"}),
    ("volunteer.unknown", {"志愿者编号": "V9"}),
)


@pytest.mark.parametrize(("reason", "cells"), REASONS)
def test_reasons(reason: str, cells: dict[str, Cell]) -> None:
    found = judged(row(**cells))
    (problem,) = found.problems
    assert problem.code == reason
    assert found.good == ()


def test_other_documents_are_kept_as_they_are() -> None:
    (good,) = judged(row(证件类型="护照", 证件号码="g1234 5678")).good
    assert (good.document_type, good.document) == ("护照", "G12345678")


def test_a_child_with_a_guardian_and_a_youth_without() -> None:
    assert len(judged(row(**CHILD, 监护人="李四", 监护人同意="是")).good) == 1
    youth = {"证件号码": number("110105", "20100601", "001"), "出生日期": "2010-06-01"}
    found = judged(row(**youth))
    assert len(found.good) == 1
    assert any("18" in note.zh for note in found.notes)
    strict = replace(TERMS, rules=Ruleset(guardian_until=18))
    assert [one.code for one in judged(row(**youth), terms=strict).problems] == ["guardian.missing"]


def test_consent_for_a_whole_sheet_does_not_overrule_a_no() -> None:
    paper = replace(TERMS, consent="纸质同意书 2026-03-01")
    assert len(judged(row(知情同意=""), terms=paper).good) == 1
    assert judged(row(知情同意="否"), terms=paper).problems[0].code == "consent.missing"
    child = row(**CHILD, 监护人="李四")
    assert len(judged(child, terms=paper).good) == 1


def test_within_a_sheet() -> None:
    found = judged(
        row(), row(手机号="19900000002"), row(所属组织="T2"), row(姓名="李四", 所属组织="T2")
    )
    assert [(one.row, one.kind, one.of_row) for one in found.good] == [
        (1, "new", 0),
        (3, "membership", 1),
    ]
    assert [(one.row, one.code) for one in found.problems] == [
        (2, "id.duplicate"),
        (4, "id.duplicate"),
    ]


def test_a_later_sheet() -> None:
    here = registered()
    assert judged(row(), here=here).already == (1,)
    other_phone = judged(row(手机号="19900000002"), here=here)
    assert other_phone.already == (1,)
    assert any("志愿者编号" in note.zh for note in other_phone.notes)
    (more,) = judged(row(所属组织="乙队"), here=here).good
    assert (more.kind, more.person) == ("membership", "V000001")
    (problem,) = judged(row(姓名="李四"), here=here).problems
    assert problem.code == "id.duplicate"


def test_a_row_with_a_number_changes_that_person() -> None:
    here = registered()
    (good,) = judged(row(志愿者编号="V000001", 手机号="19900000009"), here=here).good
    assert (good.kind, good.person, good.phone) == ("change", "V000001", "19900000009")
    sparse = dict.fromkeys((*HEADING, *MORE), "") | {"志愿者编号": "V000001", "姓名": "张三丰"}
    (good,) = judged(tuple(sparse.values()), here=here).good
    assert (good.name, good.document, good.phone, good.sex) == ("张三丰", ADULT, PHONE, "男")
    assert judged(row(志愿者编号="V000001"), here=here).already == (1,)
    here.register(judged(row(姓名="李四", 证件号码=OTHER, 性别="女", 出生日期="")).good)


def test_a_number_cannot_take_another_ones_document() -> None:
    here = registered()
    here.register(judged(row(姓名="李四", 证件号码=OTHER, 性别="女", 出生日期=""), here=here).good)
    taken = row(志愿者编号="V000001", 证件号码=OTHER, 性别="女", 出生日期="")
    assert judged(taken, here=here).problems[0].code == "id.duplicate"
    here.persons["V000002"] = replace(here.persons["V000002"], erased=True)
    gone = row(志愿者编号="V000002", 证件号码=OTHER, 性别="女", 出生日期="")
    assert judged(gone, here=here).problems[0].code == "volunteer.not_active"


def test_refused_registrations_are_handed_to_the_vault_but_not_changes() -> None:
    here = registered()
    found = judged(
        row(证件号码=OTHER), row(志愿者编号="V000001", 手机号="1"), row(姓名=""), here=here
    )
    assert len(found.problems) == 3
    (refused,) = found.refused
    assert (refused.row, refused.name, refused.phone) == (1, "张三", PHONE)
    assert (refused.organisation, refused.code) == ("T1", "id.birth_mismatch")


def test_an_unknown_area_is_one_note_for_all() -> None:
    rows = [row(证件号码=number("419926", "19900101", f"{n:03}")) for n in (1, 3, 5)]
    found = judged(*rows)
    assert len(found.good) == 3
    assert any("rows 1, 2, 3" in note.en for note in found.notes)
