from io import BytesIO

import openpyxl

from ledger.sheets.lists import Listing, write_list

LISTING = Listing(
    "志愿服务记录公示",
    ("序号", "姓名", "编号后四位"),
    [(1, "张*", "0042"), (2, "=HYPERLINK(1)", "110101202311012176")],
    ("公示至 2026-03-07。",),
)


def test_texts_stay_texts_and_numbers_numbers() -> None:
    sheet = openpyxl.load_workbook(BytesIO(write_list(LISTING))).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "志愿服务记录公示"
    assert rows[1][0] == "公示至 2026-03-07。"
    assert rows[2] == ["序号", "姓名", "编号后四位"]
    assert rows[3:] == [[1, "张*", "0042"], [2, "=HYPERLINK(1)", "110101202311012176"]]
    assert sheet.cell(row=5, column=2).data_type == "s"  # no formula, whatever was typed
    assert sheet.freeze_panes == "A4"


def test_a_list_without_rows_has_its_headings() -> None:
    empty = Listing("空", ("甲", "乙"), [])
    sheet = openpyxl.load_workbook(BytesIO(write_list(empty))).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]] == ["甲", "乙"]
