"""Files for the tests: workbooks as other programs write them."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence

from openpyxl import Workbook

from ledger.sheets.cells import Cell

OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def archive(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Pack parts into a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return out.getvalue()


def saved(book: Workbook) -> bytes:
    """Return the bytes of a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsx(rows: Sequence[Sequence[Cell | None]], merge: str = "") -> bytes:
    """Return a workbook of one sheet."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if merge:
        book.active.merge_cells(merge)
    return saved(book)


def worksheet(xml: str) -> bytes:
    """Return a workbook whose only sheet has this XML between <sheetData> and its end."""
    plain = xlsx([["x"]])
    with zipfile.ZipFile(io.BytesIO(plain)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = f'<worksheet xmlns="{space}"><sheetData>{xml}</sheetData></worksheet>'
    return archive({**parts, "xl/worksheets/sheet1.xml": text.encode()})


def ods(table: str) -> bytes:
    """Return an OpenDocument spreadsheet whose only table has these rows of XML."""
    names = " ".join(f'xmlns:{name}="{OFFICE}:{name}:1.0"' for name in ("office", "table", "text"))
    body = f'<office:spreadsheet><table:table table:name="表1">{table}</table:table>'
    content = (
        f'<?xml version="1.0"?><office:document-content {names}><office:body>{body}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f'<m:manifest xmlns:m="{OFFICE}:manifest:1.0"/>'
    mimetype = b"application/vnd.oasis.opendocument.spreadsheet"
    return archive(
        {
            "mimetype": mimetype,
            "META-INF/manifest.xml": manifest.encode(),
            "content.xml": content.encode(),
        }
    )


def text_cell(text: str, attributes: str = "") -> str:
    """Return an OpenDocument cell that holds a text."""
    return (
        f'<table:table-cell office:value-type="string"{attributes}>'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def xls(rows: Sequence[Sequence[str | float]], workbook: str = "Workbook") -> bytes:
    """Return an Excel 97 workbook: BIFF8 records in the smallest compound file that holds them."""
    sheet = _record(0x0809, struct.pack("<4HLL", 0x0600, 0x0010, 0, 0, 0, 6))
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            place = struct.pack("<3H", r, c, 0)
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                sheet += _record(0x0204, place + text)
            else:
                sheet += _record(0x0203, place + struct.pack("<d", value))
    sheet += _record(0x000A, b"")
    begin = _record(0x0809, struct.pack("<4HLL", 0x0600, 0x0005, 0, 0, 0, 6))
    begin += _record(0x0042, struct.pack("<H", 1200))
    name = struct.pack("<BB", 1, 1) + "表".encode("utf-16-le")
    at = len(begin) + 4 + 6 + len(name) + 4
    book = begin + _record(0x0085, struct.pack("<LH", at, 0) + name) + _record(0x000A, b"")
    return _compound(workbook, book + sheet)


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _compound(name: str, stream: bytes) -> bytes:
    """Pack one stream into a compound file: header, table of sectors, directory, stream."""
    size = max(len(stream), 4096)
    count = -(-size // 512)
    end, free, table = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    chain = [table, end, *range(3, 2 + count), end]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9L", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109L", 0, *[free] * 108)
    sectors = struct.pack("<128L", *chain, *[free] * (128 - len(chain)))
    entries = _entry("Root Entry", 5, (free, free, 1), end, 0)
    entries += _entry(name, 2, (free, free, free), 2, size) + bytes(256)
    return header + sectors + entries + stream.ljust(count * 512, b"\0")


def _entry(name: str, kind: int, around: tuple[int, int, int], start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    found = text.ljust(64, b"\0") + struct.pack("<HBB3L", len(text) + 2, kind, 1, *around)
    return found + bytes(36) + struct.pack("<LQ", start, size)
