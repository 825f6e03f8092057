"""What the XML of a workbook shows and a reader of values does not: extent, errors, formulas.

Nothing is parsed into a tree: the files may be hostile, and tags and attributes are enough.
"""

import html
import re
from collections.abc import Iterator, Mapping
from xml.parsers import expat

from ledger.sheets.cells import ERROR, FORMULA, Unreadable
from ledger.sheets.containers import MAX_COLUMNS, MAX_ROWS, Container, corrupt, too_large

Marks = Mapping[tuple[int, int], Unreadable]

_TAG = rb"<(?:\w+:)?%s((?:\s(?:[^>\"']|\"[^\"]*\"|'[^']*')*)?)>"
_CELL = re.compile(_TAG % rb"c")
_CLOSE = re.compile(rb"</(?:\w+:)?c\s*>")
_PLACE = re.compile(rb"\sr\s*=\s*[\"']\s*([A-Za-z]+)(\d+)\s*[\"']")
_TYPE = re.compile(rb"\st\s*=\s*[\"'](\w+)[\"']")
_VALUE = re.compile(_TAG % rb"(?:v|t)" + rb"([^<]+)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_SHEET = re.compile(_TAG % rb"sheet")
_RELATION = re.compile(_TAG % rb"Relationship")
_ATTRIBUTE = re.compile(r"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ODS = re.compile(
    rb"<(/?)table:(table-row|table-cell|covered-table-cell|table)\b"
    rb"((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>"
)
_REPEATED = re.compile(rb"table:number-(?:rows|columns)-repeated\s*=\s*[\"'](\d+)[\"']")


def check_extent(found: Container, name: str) -> None:
    """Raise `Unsafe` where a sheet reaches beyond the limits, before anything lays it out."""
    for path, part in found.parts.items():
        if path.endswith((".xml", ".rels")):
            _check_form(part, name)
    if found.form == "ods":
        _check_ods(found.parts["content.xml"], name)
    for path, part in found.parts.items():
        if found.form == "xlsx" and path.startswith("xl/worksheets/"):
            _check_xlsx(part, name)


def unreadable(found: Container) -> dict[str, Marks]:
    """Return by sheet the cells that show an error, or a formula that was never computed."""
    return {
        sheet: dict(_marks(found.parts[path]))
        for sheet, path in _sheets(found.parts).items()
        if path in found.parts
    }


def _check_form(part: bytes, name: str) -> None:
    """Refuse what is no well-formed XML: a reader may wait for the end of it for ever.

    Entities are refused with their document type, and so is UTF-16, which would hide tags from us.
    """
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(part, True)  # noqa: FBT003 - C knows no keywords: these are all the bytes
    except (expat.ExpatError, ValueError) as error:
        raise corrupt(name) from error
    if b"\0" in part:
        raise corrupt(name)


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a document type")


def _check_xlsx(part: bytes, name: str) -> None:
    for cell in _CELL.finditer(part):
        attributes = cell[1]
        place = None if attributes.endswith(b"/") else _PLACE.search(attributes)
        if place is None:
            continue  # empty, or right beside the one before
        if int(place[2][:9]) > MAX_ROWS + 100:
            raise too_large(name, "rows")
        if _column(place[1]) > MAX_COLUMNS:
            raise too_large(name, "columns")


def _check_ods(part: bytes, name: str) -> None:
    row = column = repeat = 0
    for tag in _ODS.finditer(part):
        closing, what, attributes = tag.groups()
        times = int(found[1][:9]) if (found := _REPEATED.search(attributes)) else 1
        if what == b"table":
            row = column = 0
        elif what == b"table-row":
            row, column, repeat = (row + repeat, 0, 0) if closing else (row, 0, times)
        elif not closing:
            column += times
            if attributes.endswith(b"/") and b":value" not in attributes:
                continue  # empty: it only moves what follows
            if row + repeat > MAX_ROWS + 100:
                raise too_large(name, "rows")
            if column > MAX_COLUMNS:
                raise too_large(name, "columns")


def _marks(part: bytes) -> Iterator[tuple[tuple[int, int], Unreadable]]:
    if b't="e"' not in part and b"<f" not in part and b":f" not in part:
        return
    for cell in _CELL.finditer(part):
        place = _PLACE.search(cell[1])
        close = _CLOSE.search(part, cell.end())
        if place is None or close is None or cell[1].endswith(b"/"):
            continue
        at = (int(place[2]), _column(place[1]) - 1)
        body = part[cell.end() : close.start()]
        kind = found[1] if (found := _TYPE.search(cell[1])) else b"n"
        value = _VALUE.search(body)
        if kind == b"e":
            text = value[2].decode(errors="replace") if value else ERROR.shown
            yield at, Unreadable(text, ERROR.en, ERROR.zh)
        elif _FORMULA.search(body) and value is None and kind != b"str":
            yield at, FORMULA


def _sheets(parts: Mapping[str, bytes]) -> dict[str, str]:
    relations = {
        found.get("Id", ""): found.get("Target", "")
        for found in _attributes(_RELATION, parts.get("xl/_rels/workbook.xml.rels", b""))
    }
    sheets = {}
    for found in _attributes(_SHEET, parts.get("xl/workbook.xml", b"")):
        relation = next((v for k, v in found.items() if k.endswith(":id")), "")
        target = relations.get(relation, "")
        sheets[found.get("name", "")] = target[1:] if target.startswith("/") else f"xl/{target}"
    return sheets


def _attributes(tag: re.Pattern[bytes], part: bytes) -> Iterator[dict[str, str]]:
    for found in tag.finditer(part):
        text = found[1].decode(errors="replace")
        yield {key: html.unescape(one or two) for key, one, two in _ATTRIBUTE.findall(text)}


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper()[:9]:
        number = number * 26 + letter - ord("A") + 1
    return number
