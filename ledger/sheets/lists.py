"""Lists to read, print or pin up: a worksheet with a title, headings and rows."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

_WIDE = 0x2E80  # from here on characters are as wide as two
_A4 = 9
_FONT = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
_MOST = 48  # columns of width; what is longer is wrapped
_ROWS = 1_000_000  # of one worksheet; a spreadsheet ends soon after, and says nothing


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list says: a title, lines below it, headings, rows of texts and whole numbers."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[str | int]]
    notes: Sequence[str] = ()


def write_list(listing: Listing, scratch: str = "") -> bytes:
    """Return a list as an .xlsx file; texts stay texts, whatever they look like.

    A list too long for memory goes row by row through a file in the folder `scratch`.
    """
    return write_book({"": listing}, scratch)


def write_book(listings: Mapping[str, Listing], scratch: str = "") -> bytes:
    """Return lists by name as one .xlsx file, each on worksheets of its own."""
    import xlsxwriter  # slow to import: most commands write no list

    out = io.BytesIO()
    room = {"constant_memory": True, "tmpdir": scratch} if scratch else {"in_memory": True}
    options = {**room, "strings_to_formulas": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        cell = book.add_format({**_FONT, "border": 1, "text_wrap": True})
        for name, listing in listings.items():
            rows, number = iter(listing.rows), 1
            sheet = book.add_worksheet(name)
            while _write_sheet(book, sheet, listing, rows, cell) == _ROWS:
                number += 1
                sheet = book.add_worksheet(name and f"{name} {number}")
    return out.getvalue()


def _write_sheet(
    book: Any, sheet: Any, listing: Listing, rows: Iterator[Sequence[str | int]], cell: Any
) -> int:
    """Write what rows a worksheet takes; return how many."""
    top = at = _write_top(book, sheet, listing)
    widths = [wide(heading) for heading in listing.headings]
    for at, row in enumerate(islice(rows, _ROWS), top + 1):
        for column, value in enumerate(row):
            widths[column] = max(widths[column], wide(str(value)))
            if isinstance(value, int):
                sheet.write_number(at, column, value, cell)
            else:
                sheet.write_string(at, column, value, cell)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(width + 3, _MOST))
    _prepare_print(sheet, top)
    return at - top


def _write_top(book: Any, sheet: Any, listing: Listing) -> int:
    """Write title, notes and headings; return the row of the headings."""
    title = {**_FONT, "bold": True, "font_size": 16, "align": "center"}
    note = book.add_format({**_FONT, "font_color": "#555555", "text_wrap": True})
    last = max(len(listing.headings) - 1, 1)
    sheet.merge_range(0, 0, 0, last, listing.title, book.add_format(title))
    sheet.set_row(0, 30)
    for at, text in enumerate(listing.notes, 1):
        sheet.merge_range(at, 0, at, last, text, note)
    top = len(listing.notes) + 1
    head = {**_FONT, "bold": True, "border": 1, "bg_color": "#F3EFE6"}
    sheet.write_row(top, 0, listing.headings, book.add_format(head))
    return top


def _prepare_print(sheet: Any, top: int) -> None:
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&P / &N")


def wide(text: str) -> int:
    """Return how many columns of a spreadsheet's width a text takes."""
    return sum(2 if ord(c) >= _WIDE else 1 for c in text)
