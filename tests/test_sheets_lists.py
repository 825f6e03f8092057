from dataclasses import replace
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from ledger.sheets import lists
from ledger.sheets.lists import Listing, write_list

LISTING = Listing(
    "志愿服务记录公示",
    ("序号", "姓名", "编号后四位"),
    [(1, "张*", "0042"), (2, "=HYPERLINK(1)", "110101202311012176")],
    ("公示至 2026-03-07。",),
)


@pytest.mark.parametrize("long", [False, True])
def test_texts_stay_texts_and_numbers_numbers(tmp_path: Path, long: bool) -> None:
    listing = replace(LISTING, rows=iter([*LISTING.rows]))
    file = write_list(listing, str(tmp_path) if long else "")
    assert [*tmp_path.iterdir()] == []  # what went through a file there is gone
    sheet = openpyxl.load_workbook(BytesIO(file)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "志愿服务记录公示"
    assert rows[1][0] == "公示至 2026-03-07。"
    assert rows[2] == ["序号", "姓名", "编号后四位"]
    assert rows[3:] == [[1, "张*", "0042"], [2, "=HYPERLINK(1)", "110101202311012176"]]
    assert sheet.cell(row=5, column=2).data_type in ("s", "inlineStr")  # no formula
    assert sheet.column_dimensions["C"].width > sheet.column_dimensions["A"].width
    assert sheet.freeze_panes == "A4"


def test_a_list_without_rows_has_its_headings() -> None:
    empty = Listing("空", ("甲", "乙"), [])
    sheet = openpyxl.load_workbook(BytesIO(write_list(empty))).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]] == ["甲", "乙"]


def test_a_list_too_long_for_a_worksheet_goes_on_in_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lists, "_ROWS", 2)
    rows = [(n, "张*", "0042") for n in range(5)]
    book = openpyxl.load_workbook(BytesIO(write_list(replace(LISTING, rows=rows))))
    found = [[row[0] for row in sheet.values] for sheet in book.worksheets]
    top = [LISTING.title, *LISTING.notes, LISTING.headings[0]]
    assert found == [[*top, 0, 1], [*top, 2, 3], [*top, 4]]
