"""From a grid of cells to rows of data: where the headings are, and what is title, blank or footer.

Above the headings stand titles and notes, kept as text (活动编号：A001 is found there). Below them,
rows without a value in any column that is read are no data, nor are footers (合计, 负责人签字) and
the same headings once more. `row` counts rows of data from 1; `sheet_row` is the sheet's own count.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.errors import Unsafe
from ledger.sheets.cells import Cell, blank, plain, shown
from ledger.sheets.columns import KEYS, SKIP, Columns, Kind

_NAMED = 20  # rows that a note names
_SEARCHED = 50  # rows in which headings are looked for
_FOOTER = re.compile(
    r"(?:合计|总计|小计|共计|以上合计|以下空白|以下为空|本页无|total\b|subtotal\b"
    r"|(?:活动|队伍|现场)?(?:负责人|领队|组织者|联系人)(?:签字|签名|签章|确认|[:(])"
    r"|(?:审核|审批|填表|填报|制表|经办|统计|记录|登记|核对)(?:人|单位|日期|时间)?(?:签字|签名|[:(]|$)"
    r"|单位\(?(?:盖章|公章|签章)|盖章|公章|(?:备注|注|说明|填写说明|注意事项|温馨提示)[:.]|注\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know that refuses nothing; `row` 0 means the whole sheet."""

    row: int
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Damage:
    """Why a row of a file cannot be taken apart."""

    en: str
    zh: str


_SPARE = Damage(
    "there are more values than headings; a value with a comma in it needs quotation marks",
    "内容比表头多，含逗号的内容需加引号",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a sheet as it was found."""

    sheet_row: int
    cells: tuple[Cell, ...]
    damage: Damage | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: its lines, and cells that stand for those merged below them."""

    sheet: str
    lines: tuple[Line, ...]
    merged: Mapping[tuple[int, int], Cell]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of data: the fields that are read, and everything as it was found."""

    row: int
    sheet_row: int
    cells: Mapping[str, Cell]
    raw: tuple[Cell, ...]
    damage: Damage | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The data of one sheet; `fields` gives the place of each field that has a column."""

    file: str
    sheet: str
    kind: Kind
    header: tuple[str, ...]
    fields: Mapping[str, int]
    above: tuple[str, ...]
    rows: tuple[Row, ...]
    ignored: tuple[str, ...]
    notes: tuple[Note, ...]

    def column(self, field: str) -> str:
        """Return the heading of a field as it is written, or "" where it has no column."""
        return self.header[self.fields[field]] if field in self.fields else ""


def table(grid: Grid, kind: Kind, columns: Columns, file: str) -> Table | None:
    """Return the data of a sheet, or None where it has no headings of that kind."""
    start = _heading_row(grid, kind, columns)
    if start is None:
        return None
    header = tuple(shown(cell) for cell in grid.lines[start].cells)
    found = [columns.field(kind, name) if name else None for name in header]
    _refuse_twice(found, header, grid.sheet)
    fields = {field: place for place, field in enumerate(found) if field}
    ignored = tuple(n for n, field in zip(header, found, strict=True) if n and field is None)
    body = _Body(grid, kind, columns, fields)
    rows = body.rows(start)
    return Table(
        file=file,
        sheet=grid.sheet,
        kind=kind,
        header=header,
        fields=fields,
        above=tuple(filter(None, (_joined(line) for line in grid.lines[:start]))),
        rows=rows,
        ignored=ignored,
        notes=(*_ignored_note(ignored), *body.notes),
    )


def numbered(rows: Sequence[int]) -> tuple[str, str]:
    """Name rows in English and in Chinese; of many the first, and how many there are."""
    first = [str(row) for row in rows[:_NAMED]]
    more = len(rows) > len(first)
    en = f"{', '.join(first)}{f' … ({len(rows)} in all)' if more else ''}"
    return en, f"第{'、'.join(first)}{f'……行（共{len(rows)}行）' if more else '行'}"


class _Body:
    """The lines below the headings, taken one by one."""

    def __init__(self, grid: Grid, kind: Kind, columns: Columns, fields: Mapping[str, int]) -> None:
        self.grid, self.kind, self.columns, self.fields = grid, kind, columns, fields
        self.asides: dict[tuple[str, str], list[int]] = {}
        self.width = 0

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return what is said of lines that are no data, once for all of a kind."""
        return tuple(_aside(*why, numbered(lines)) for why, lines in self.asides.items())

    def rows(self, start: int) -> tuple[Row, ...]:
        """Return the rows of data below the headings."""
        rows: list[Row] = []
        self.width = len(self.grid.lines[start].cells)
        for line in self.grid.lines[start + 1 :]:
            if line.damage is None and not self._is_data(line):
                continue
            filled = self._filled(line)
            cells = {f: filled[at] for f, at in self.fields.items() if at < len(filled)}
            spare = any(not blank(cell) for cell in line.cells[self.width :])
            damage = line.damage or (_SPARE if spare else None)
            rows.append(Row(len(rows) + 1, line.sheet_row, cells, filled, damage))
        return tuple(rows)

    def _is_data(self, line: Line) -> bool:
        cells = line.cells
        if not any(not blank(cell) for cell in cells):
            return False
        first = next(cell for cell in cells if not blank(cell))
        if isinstance(first, str) and _FOOTER.match(plain(first)):
            return False
        if self._is_heading(line):
            return False
        if any(at < len(cells) and not blank(cells[at]) for at in self.fields.values()):
            return True
        self._mention(line, "nothing in the columns that are read", "所读栏目均为空")
        return False

    def _is_heading(self, line: Line) -> bool:
        texts = {at: cell for at, cell in enumerate(line.cells) if isinstance(cell, str)}
        names = {at: text.strip() for at, text in texts.items() if text.strip()}
        filled = sum(not blank(cell) for cell in line.cells)
        meant = {at: self.columns.field(self.kind, name) for at, name in names.items()}
        headings = {at: field for at, field in meant.items() if field is not None}
        if len(headings) <= 1 or 2 * len(headings) < filled:
            return False
        if any(field and self.fields.get(field) != at for at, field in headings.items()):
            raise Unsafe(
                "sheet.two_headers",
                en=f"sheet {self.grid.sheet}, line {line.sheet_row}: a second row of headings"
                f" ({', '.join(names.values())}); put all headings into one row",
                zh=f"工作表“{self.grid.sheet}”第{line.sheet_row}行是第二行表头"
                f"（{'、'.join(names.values())}），请把表头合并为一行",
            )
        self._mention(line, "the headings once more", "重复的表头")
        return True

    def _mention(self, line: Line, en: str, zh: str) -> None:
        self.asides.setdefault((en, zh), []).append(line.sheet_row)

    def _filled(self, line: Line) -> tuple[Cell, ...]:
        if not self.grid.merged:
            return line.cells
        found = (
            self.grid.merged.get((line.sheet_row, at), cell) if blank(cell) else cell
            for at, cell in enumerate(line.cells)
        )
        return tuple(found)


def _aside(en: str, zh: str, lines: tuple[str, str]) -> Note:
    return Note(
        0, f"no data in line {lines[0]} of the sheet: {en}", f"表中{lines[1]}不是数据：{zh}"
    )


def _heading_row(grid: Grid, kind: Kind, columns: Columns) -> int | None:
    seen = 0
    for index, line in enumerate(grid.lines):
        names = [shown(cell) for cell in line.cells if not blank(cell)]
        seen += bool(names)
        if seen > _SEARCHED:
            return None
        meant = [columns.field(kind, name) for name in names]
        fields = {field for field in meant if field}
        if fields & KEYS[kind] and (len(fields) > 1 or None not in meant):
            return index
    return None


def _refuse_twice(found: Sequence[str | None], header: Sequence[str], sheet: str) -> None:
    for field, times in Counter(field for field in found if field not in (None, SKIP)).items():
        if times > 1:
            both = [name for name, one in zip(header, found, strict=True) if one == field]
            raise Unsafe(
                "sheet.two_columns",
                en=f"sheet {sheet}: the columns {' and '.join(both)} mean the same;"
                " rename the one that shall not be read",
                zh=f"工作表“{sheet}”中“{'”和“'.join(both)}”含义相同，请把不需要读取的一栏改名",
            )


def _joined(line: Line) -> str:
    return "　".join(shown(cell) for cell in line.cells if not blank(cell))


def _ignored_note(ignored: Sequence[str]) -> tuple[Note, ...]:
    if not ignored:
        return ()
    en = f"columns that are not read: {', '.join(ignored)}"
    return (Note(0, en, f"未读取的栏目：{'、'.join(ignored)}"),)
