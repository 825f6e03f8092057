"""Problems as people read them."""

from pathlib import Path

import pytest

from ledger.sheets.layout import Note
from ledger.sheets.problems import CODES, Fault, Marks, gathered, problem, whole
from tests.sheets_world import sheet

TABLE = sheet("attendance", ("姓名", "手机号"), ("张三", "1" * 99), ("李四", ""))


def test_a_problem_names_place_value_and_remedy() -> None:
    found = problem(TABLE, TABLE.rows[0], Fault("field.unreadable", "phone", "mend it", "请改"))
    assert (found.file, found.sheet, found.row, found.sheet_row) == ("test.xlsx", "Sheet1", 1, 2)
    assert (found.column, found.value) == ("手机号", "1" * 60)
    assert found.en == f"row 1 (line 2 of the sheet), column 手机号 “{'1' * 60}”: mend it"
    assert found.zh == f"第1行（表中第2行），“手机号”栏“{'1' * 60}”：请改"
    empty = problem(TABLE, TABLE.rows[1], Fault("field.missing", "phone", "fill it", "请填"))
    assert "is empty" in empty.en
    assert "为空" in empty.zh


def test_the_first_code_of_the_table_is_the_answer() -> None:
    marks = Marks(TABLE.rows[0])
    assert marks.worst() is None
    for code in ("time.overlap", "id.checksum", "volunteer.unknown"):
        marks.fault(code, "", "", "")
    worst = marks.worst()
    assert worst is not None
    assert worst.code == "id.checksum"


def test_all_rows_of_a_table() -> None:
    assert [one.row for one in whole(TABLE, "activity.unknown", "a", "b")] == [1, 2]


def test_notes_are_gathered() -> None:
    notes = [Note(row, "odd", "怪") for row in range(1, 31)] + [Note(0, "all", "全")]
    many, whole_sheet = gathered(notes)
    assert "30 in all" in many.en
    assert "共30行" in many.zh
    assert whole_sheet == Note(0, "all", "全")
    assert gathered([Note(3, "odd", "怪")]) == (Note(3, "row 3: odd", "第3行：怪"),)


def test_the_codes_are_those_of_the_rules_in_their_order() -> None:
    rules = Path(__file__).resolve().parents[2] / "shared" / "RULES.md"
    if not rules.exists():
        pytest.skip("no ../shared/RULES.md")
    text = rules.read_text(encoding="utf-8")
    table = text[text.index("| code | when |") : text.index("A row equal to a line")]
    added = {"time.too_short", "row.repeated"}  # since then: docs/adr/0013, 0016
    places = [table.index(f"`{code}`") for code in CODES if code not in added]
    assert places == sorted(places)
