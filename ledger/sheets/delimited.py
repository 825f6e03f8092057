"""CSV as people have it: UTF-8 with or without a mark, UTF-16, GB18030; commas, tabs, semicolons.

A quote that is never closed would swallow the rest of the file, so each row is taken apart on its
own: one that cannot be is damaged, and the next line is read as if nothing had happened.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence

from ledger.sheets.containers import MAX_COLUMNS, MAX_ROWS, corrupt, too_large
from ledger.sheets.layout import Damage, Grid, Line

_JOINED = 20  # lines that one row may take through line breaks in its cells
_TEXT = re.compile(r'="([^"]*)"')


def grid(data: bytes, name: str) -> Grid:
    """Return the lines of a CSV file, or raise `Unsafe` where it is none."""
    lines = list(io.StringIO(decoded(data, name), newline=""))
    if len(lines) > MAX_ROWS + 100:
        raise too_large(name, "rows")
    comma = _comma(lines)
    rows = tuple(_rows(lines, comma))
    if any(len(row.cells) > MAX_COLUMNS for row in rows):
        raise too_large(name, "columns")
    return Grid("", rows, {})


def decoded(data: bytes, name: str) -> str:
    """Return the text of a file in whichever of the encodings it is in."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise corrupt(name)


def _comma(lines: Sequence[str]) -> str:
    sample = "".join(lines[:20])
    return max(",\t;", key=sample.count)


def _rows(lines: Sequence[str], comma: str) -> Iterator[Line]:
    at = 0
    while at < len(lines):
        taken, cells = _row(lines, at, comma)
        if cells is None:
            text = lines[at].strip("\r\n")
            why = Damage(
                "the quotation marks do not match; correct the line",
                "引号不成对，请改正这一行",
            )
            yield Line(at + 1, tuple(map(_cell, text.split(comma))), why)
        else:
            yield Line(at + 1, tuple(map(_cell, cells)))
        at += taken


def _row(lines: Sequence[str], at: int, comma: str) -> tuple[int, list[str] | None]:
    """Return how many lines the row takes, and its cells if it can be taken apart."""
    if '"' not in lines[at]:
        return 1, lines[at].rstrip("\r\n").split(comma)
    for count in range(1, _JOINED + 1):
        if at + count > len(lines):
            break
        try:
            text = _unwrapped("".join(lines[at : at + count]))
            found = list(csv.reader([text], delimiter=comma, strict=True))
        except csv.Error as error:
            if "unexpected end" in str(error):
                continue
            break
        return count, found[0] if found else []
    return 1, None


def _unwrapped(text: str) -> str:
    return _TEXT.sub(r'"\1"', text)  # ="0139…" keeps a spreadsheet from rounding


def _cell(text: str) -> str:
    return text.strip().removeprefix("'")
