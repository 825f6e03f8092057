"""Files as offices have them, read whole; files that harm, refused."""

from collections.abc import Sequence
from datetime import date, datetime, time

import pytest
from openpyxl import Workbook

from ledger.errors import Unsafe
from ledger.sheets import columns, reading
from ledger.sheets.cells import Cell, Unreadable
from ledger.sheets.columns import Kind
from ledger.sheets.layout import Table
from tests.sheets_files import archive, ods, saved, text_cell, worksheet, xls, xlsx

HEADING = ["姓名", "手机号", "签到时间", "签退时间"]
ROW = ["张三", "19900000000", "14:00", "16:00"]


def read(data: bytes, kind: Kind = "attendance") -> tuple[Table, ...]:
    return reading.read(data, "表.xlsx", kind, columns.default())


def one(data: bytes, kind: Kind = "attendance") -> Table:
    (found,) = read(data, kind)
    return found


def refusal(data: bytes) -> str:
    with pytest.raises(Unsafe) as refused:
        read(data)
    return refused.value.code


def test_values_keep_their_types() -> None:
    moment, day, clock = datetime(2026, 3, 2, 14, 30), date(2026, 3, 2), time(14, 30)  # noqa: DTZ001
    rows: list[Sequence[Cell]] = [["张三", 19900000000, moment, clock], ["李四", 1.5, day, True]]
    rows.insert(0, HEADING)
    found = one(xlsx(rows))
    assert found.rows[0].cells == dict(
        zip(
            ("name", "phone", "arrived", "left"),
            ("张三", 19900000000.0, moment, clock),
            strict=True,
        )
    )
    assert found.rows[1].raw == ("李四", 1.5, day, True)


def test_every_visible_sheet_with_headings_is_read() -> None:
    book = Workbook()
    book.active.append(["这里没有表头"])
    for name in ("一月", "二月", "旧"):
        page = book.create_sheet(name)
        page.append(HEADING)
        page.append([name, *ROW[1:]])
    book["旧"].sheet_state = "hidden"
    book.create_chartsheet("图")
    assert [table.sheet for table in read(saved(book))] == ["一月", "二月"]


def test_a_cell_merged_downwards_stands_in_every_row() -> None:
    codes = ("活动编号", "A001", None, None, "A002")
    rows = [[code, *cells] for code, cells in zip(codes, (HEADING, *[ROW] * 4), strict=True)]
    found = one(xlsx(rows, "A2:A4"))
    assert [row.cells["activity"] for row in found.rows] == ["A001", "A001", "A001", "A002"]


def test_errors_and_formulas_never_computed_are_told_from_empty_cells() -> None:
    book = Workbook()
    book.active.append(HEADING)
    book.active.append(["张三", "=B9", "#REF!", None])
    book.active["C2"].data_type = "e"
    cells = one(saved(book)).rows[0].cells
    assert isinstance(cells["phone"], Unreadable)
    assert isinstance(cells["arrived"], Unreadable)
    assert cells["arrived"].shown == "#REF!"
    assert cells["left"] == ""


def test_formulas_with_values_are_values() -> None:
    xml = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>手机号</t></is></c></row>'
        '<row r="2"><c r="A2" t="str"><f>"张"&amp;"三"</f><v>张三</v></c>'
        '<c r="B2"><f>1+1</f><v>2</v></c></row>'
        '<row r="3"><c r="A3" t="str"><f>C1</f><v>李四</v></c>'
        '<c r="B3" t="str"><f>IF(1,"","")</f><v></v></c></row>'
    )
    first, second = one(worksheet(xml)).rows
    assert first.cells == {"name": "张三", "phone": 2.0}
    assert second.cells == {"name": "李四", "phone": ""}


def test_open_document() -> None:
    def row(*cells: str) -> str:
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    heading, values = row(*map(text_cell, HEADING)), row(*map(text_cell, ROW))
    rest = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell'
    rest += ' table:number-columns-repeated="16384"/></table:table-row>'
    found = one(ods(heading + values + rest))
    assert found.sheet == "表1"
    assert [row.raw for row in found.rows] == [tuple(ROW)]


def test_old_excel() -> None:
    rows: list[list[str | float]] = [[*HEADING], ["张三", 19900000000.0, "14:00", 0.625]]
    found = one(xls(rows))
    assert found.sheet == "表"
    assert found.rows[0].raw == ("张三", 19900000000.0, "14:00", 0.625)
    with pytest.raises(Unsafe):
        read(xls(rows)[:3000])


def test_csv() -> None:
    text = "\r\n".join(",".join(row) for row in (HEADING, ROW))
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        assert one(text.encode(encoding)).rows[0].raw == tuple(ROW)


SPARSE_COLUMN = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>'
SPARSE_ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'
SPARSE_ROW += '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'


def test_two_cells_at_the_corners_are_refused_before_they_are_laid_out() -> None:
    assert refusal(worksheet(SPARSE_COLUMN)) == "sheet.too_many_columns"
    assert refusal(worksheet(SPARSE_ROW)) == "sheet.too_many_rows"
    far = '<table:table-cell table:number-columns-repeated="16000"/>'
    assert refusal(ods(f"<table:table-row>{far}{text_cell('x')}</table:table-row>")) == (
        "sheet.too_many_columns"
    )
    deep = '<table:table-row table:number-rows-repeated="1000000"><table:table-cell/>'
    deep += f"</table:table-row><table:table-row>{text_cell('x')}</table:table-row>"
    assert refusal(ods(deep)) == "sheet.too_many_rows"
    many = ' table:number-columns-repeated="16384"'
    assert refusal(ods(f"<table:table-row>{text_cell('x', many)}</table:table-row>")) == (
        "sheet.too_many_columns"
    )


def test_formatted_empty_cells_far_away_do_no_harm() -> None:
    xml = '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c></row>'
    xml += '<row r="2"><c r="A2" t="inlineStr"><is><t>张三</t></is></c></row>'
    xml += '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    assert len(one(worksheet(xml)).rows) == 1


def test_more_rows_than_allowed() -> None:
    assert refusal("姓名,手机号\n".encode() + b"a,b\n" * 101_000) == "sheet.too_many_rows"


def test_rows_up_to_the_limit() -> None:
    assert len(one("姓名,手机号\n".encode() + b"a,b\n" * 100_000).rows) == 100_000


def test_files_without_a_table() -> None:
    assert refusal(xlsx([])) == "sheet.empty"
    assert refusal(xlsx([["会议纪要"], ["第一条"]])) == "sheet.no_headings"
    assert refusal(b"just some text, and more") == "sheet.no_headings"
    assert refusal(b"\x80\x81\xff\xfe\x00\x01") == "sheet.corrupt"
    assert refusal(b"a,b\n\x00\x01") == "sheet.corrupt"
    assert refusal(worksheet("").replace(b"PK\x05\x06", b"PK\x05\x07")) == "sheet.corrupt"


def test_the_missing_headings_are_named() -> None:
    with pytest.raises(Unsafe, match="姓名") as refused:
        read(xlsx([["会议纪要"]]))
    assert "vledger template" in refused.value.zh


BROKEN = {
    "never closed": b"<office:document-content>",
    "a document type": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    "UTF-16": "<a/>".encode("utf-16"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_xml_that_is_not_well_formed_is_never_handed_on(name: str) -> None:
    mimetype = b"application/vnd.oasis.opendocument.spreadsheet"
    assert refusal(archive({"mimetype": mimetype, "content.xml": BROKEN[name]})) == "sheet.corrupt"


def test_a_panic_of_the_reader_is_a_damaged_file() -> None:
    """A record of an old workbook that speaks of a place beyond its end."""
    whole = xls([HEADING, ROW])
    at = whole.index(bytes.fromhex("85000a00"))  # where the sheet begins
    broken = whole[: at + 4] + b"\xff\xff\xff\x16" + whole[at + 8 :]
    assert refusal(broken) == "sheet.corrupt"


def test_every_byte_cut_off_a_workbook_is_refused_or_harmless() -> None:
    whole = xlsx([HEADING, ROW])
    for size in range(0, len(whole), 97):
        with pytest.raises(Unsafe):
            read(whole[:size])
