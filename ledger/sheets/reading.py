"""Bytes of a file in, tables out: .xlsx, .xls, .ods by calamine, .csv by the standard library."""

import io
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from ledger.errors import Unsafe
from ledger.sheets import delimited, markup
from ledger.sheets.cells import Cell, blank
from ledger.sheets.columns import KEYS, Columns, Kind
from ledger.sheets.containers import (
    MAX_COLUMNS,
    MAX_ROWS,
    Container,
    bad,
    corrupt,
    encrypted,
    opened,
    too_large,
)
from ledger.sheets.layout import Grid, Line, Table, table


def read(data: bytes, name: str, kind: Kind, columns: Columns) -> tuple[Table, ...]:
    """Return every sheet of a file that has headings of that kind, or raise `Unsafe`.

    `name` is the file's name, for people; what the file is, its content tells.
    """
    grids = cells_of(data, name)
    if not any(not blank(cell) for grid in grids for line in grid.lines for cell in line.cells):
        raise bad("sheet.empty", name, "has no cell with anything in it", "没有任何内容")
    tables = tuple(filter(None, (table(grid, kind, columns, name) for grid in grids)))
    if not tables:
        raise _headless(name, kind, columns)
    for one in tables:
        if len(one.rows) > MAX_ROWS:
            raise too_large(name, "rows")
    return tables


def cells_of(data: bytes, name: str) -> tuple[Grid, ...]:
    """Return the cells of every sheet of a file, whatever they are about, or raise `Unsafe`."""
    found = opened(data, name)
    return (delimited.grid(data, name),) if found.form == "csv" else _grids(found, name)


def _grids(found: Container, name: str) -> tuple[Grid, ...]:
    import python_calamine as calamine

    markup.check_extent(found, name)
    marks = markup.unreadable(found) if found.form == "xlsx" else {}
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(found.data)) as book:
            sheets = [
                book.get_sheet_by_name(about.name)
                for about in book.sheets_metadata
                if about.typ == calamine.SheetTypeEnum.WorkSheet
                and about.visible == calamine.SheetVisibleEnum.Visible
            ]
            return tuple(_grid(sheet, marks.get(sheet.name, {}), name) for sheet in sheets)
    except calamine.PasswordError as error:
        raise encrypted(name) from error
    except (Unsafe, KeyboardInterrupt, MemoryError):
        raise
    except BaseException as error:  # a panic of the Rust beneath is no Exception
        raise corrupt(name) from error


def _grid(sheet: Any, marks: markup.Marks, name: str) -> Grid:
    height, width = (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0)
    if width > MAX_COLUMNS:
        raise too_large(name, "columns")
    if height > MAX_ROWS + 100:
        raise too_large(name, "rows")
    rows = sheet.to_python(skip_empty_area=False)
    lines = tuple(Line(n, _cells(n, row, width, marks)) for n, row in enumerate(rows[:height], 1))
    return Grid(sheet.name, lines, _merged(sheet, lines))


def _cells(n: int, row: list[Cell], width: int, marks: markup.Marks) -> tuple[Cell, ...]:
    cells = row[:width]
    if not marks:
        return tuple(map(_known, cells))
    return tuple(marks.get((n, at)) or _known(cell) for at, cell in enumerate(cells))


def _known(cell: object) -> Cell:
    if isinstance(cell, str | int | float | datetime | date | time | timedelta):
        return cell
    return str(cell)


def _merged(sheet: Any, lines: tuple[Line, ...]) -> Mapping[tuple[int, int], Cell]:
    """Give the cells below the first of a merged cell its value: it is one cell."""
    found: dict[tuple[int, int], Cell] = {}
    left = MAX_ROWS  # a hostile file may merge the same cells over and over
    for (top, at), (bottom, _) in sheet.merged_cell_ranges or ():
        last = min(bottom, len(lines) - 1, top + left)
        if top < last and at < len(lines[top].cells):
            found |= {(row + 1, at): lines[top].cells[at] for row in range(top + 1, last + 1)}
            left -= last - top
    return found


def _headless(name: str, kind: Kind, columns: Columns) -> Unsafe:
    first = {field: heading for heading, field in reversed(list(columns.table[kind].items()))}
    names = [first[field] for field in first if field in KEYS[kind]]
    return bad(
        "sheet.no_headings",
        name,
        f"has no row of headings for {kind}: one of {', '.join(names)} and a second one are needed;"
        " `vledger template` writes a blank form",
        f"没有找到表头：至少需要“{'”“'.join(names)}”之一和另一栏；"
        "可用 `vledger template` 生成空白表",
    )
