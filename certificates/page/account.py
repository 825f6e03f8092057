"""Draw tables that flow over A4 pages: a statement of account, whose sums are carried from page to page.

A row is never cut: it takes as many printed lines as it needs, and one taller than a page goes on over
the next. Where pages break is reckoned before anything is drawn, so each can say how many there are.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from certificates.page.layout import Row, Run
from certificates.page.ornament import GOLD, RED, SAND, Colour
from certificates.page.pen import FULL, GREY, INK, LEFT, MIDDLE, RIGHT, Pen

_TOP, _HEAD, _BOTTOM = 281.0, 16.0, 22.0  # of a page; the head of every page; above the foot
_TITLE, _HEADING, _CARRY, _GAP = 9.0, 6.6, 5.8, 5.0  # heights
_SIZE, _SMALL = 8.6, 7.0
_LEADING, _PADDING = 3.5, 1.9
_GUTTER = 2.0
_TINT: Colour = (0.965, 0.945, 0.915)

_MOST = int((_TOP - _HEAD - _BOTTOM - _HEADING - 2 * _CARRY - _PADDING) / _LEADING)  # lines a page

Text = tuple[str, bool]  # and whether it is small
Cell = tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what stands above it, how wide it is, to which side it is set."""

    heading: str
    width: float
    side: Literal["left", "right"] = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: `carried` has what is carried over where a page ends after a row; none: nothing."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]
    carried: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What is printed: a title, lines under it, tables, and what stands at the foot of each page."""

    title: str
    subtitle: str
    lines: tuple[str, ...]
    tables: tuple[Table, ...]
    foot: str
    name: str  # at the head and the foot of every page


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a page: how high it is, and how it is drawn below a height."""

    height: float
    draw: Callable[[float], None]


Pages = list[list[_Piece]]


def draw(document: Document, pen: Pen) -> None:
    """Draw every page of a document."""
    pages = _paginate(document, pen)
    for number, pieces in enumerate(pages, start=1):
        _head(document, pen)
        y = _TOP - _HEAD
        for piece in pieces:
            piece.draw(y)
            y -= piece.height
        pen.rule(_BOTTOM - 4.0, GOLD, 0.15)
        pen.middle((MIDDLE, _BOTTOM - 7.6), document.foot, 7.0, GREY)
        page = f"{document.name}　第 {number} 页 / 共 {len(pages)} 页"
        pen.middle((MIDDLE, _BOTTOM - 11.4), page, 7.4, GREY)
        pen.canvas.showPage()


def _head(document: Document, pen: Pen) -> None:
    pen.display(_TOP - 7.0, document.title, 17, spread=2.5, bold=0.4)
    pen.display(_TOP - 11.6, document.subtitle, 7.0, spread=1.2)
    pen.rule(_TOP - 14.0, GOLD, 0.3)


# --- where pages break --------------------------------------------------------------------------


def _paginate(document: Document, pen: Pen) -> Pages:
    pages: Pages = [[_words(line, pen) for line in document.lines]]
    for table in document.tables:
        _flow(table, pages, pen)
    return pages


def _room(pages: Pages) -> float:
    return _TOP - _HEAD - _BOTTOM - sum(piece.height for piece in pages[-1])


def _flow(table: Table, pages: Pages, pen: Pen) -> None:
    """Add a table to pages; a new one begins with its headings, and with what is carried over."""
    rows = [(at, row) for at, cells in enumerate(table.rows) for row in _broken(table, cells, pen)]
    begin = _GAP + _TITLE + _HEADING + sum(_height(row) for _, row in rows[:1]) + _CARRY
    if begin > _room(pages):
        pages.append([])
    pages[-1] += [_title(table.title, pen), _headings(table, pen)]
    before = -1
    for at, row in rows:
        if _height(row) + _CARRY > _room(pages):
            pages[-1] += _carry(table, before, "过次页", pen)
            pages.append([_headings(table, pen), *_carry(table, before, "承前页", pen)])
        pages[-1].append(_line(table, row, pen))
        before = at


def _broken(table: Table, cells: tuple[Cell, ...], pen: Pen) -> Iterator[Row]:
    """Break the texts of a row into printed lines; what fits on no page goes on as another row."""
    columns = zip(cells, table.columns, strict=True)
    row = Row(tuple(tuple(_runs(cell, column, pen)) for cell, column in columns), 0)
    while row.height > _MOST:
        upper, row = row.split(_MOST)
        yield upper
    yield row


def _runs(cell: Cell, column: Column, pen: Pen) -> Iterator[Run]:
    for text, small in cell:
        lines = pen.wrap(text, column.width - _GUTTER, _SMALL if small else _SIZE) if text else ()
        yield from (Run(line, small) for line in lines)


def _height(row: Row) -> float:
    return row.height * _LEADING + _PADDING


# --- what stands on them ------------------------------------------------------------------------


def _words(line: str, pen: Pen) -> _Piece:
    lines = pen.wrap(line, FULL, 9.5)

    def drawn(y: float) -> None:
        for step, text in enumerate(lines, start=1):
            pen.text((LEFT, y - step * 5.0), text, 9.5)

    return _Piece(len(lines) * 5.0, drawn)


def _title(title: str, pen: Pen) -> _Piece:
    return _Piece(_GAP + _TITLE, lambda y: pen.text((LEFT, y - _GAP - 6.4), title, 11.5, RED))


def _headings(table: Table, pen: Pen) -> _Piece:
    cells = tuple((Run(column.heading),) for column in table.columns)

    def drawn(y: float) -> None:
        pen.area((LEFT, y - _HEADING), (FULL, _HEADING), _TINT)
        pen.rule(y, RED, 0.3)
        pen.rule(y - _HEADING, RED, 0.2)
        _columns(table, cells, y - _HEADING + 2.2, pen)

    return _Piece(_HEADING, drawn)


def _line(table: Table, row: Row, pen: Pen) -> _Piece:
    height = _height(row)

    def drawn(y: float) -> None:
        _columns(table, row.cells, y - _LEADING - 0.1, pen)
        pen.rule(y - height, SAND, 0.15)

    return _Piece(height, drawn)


def _carry(table: Table, at: int, words: str, pen: Pen) -> list[_Piece]:
    """Return the row that carries what stands after a row over to the next page, if anything does."""
    if not table.carried or at < 0:
        return []

    def drawn(y: float) -> None:
        pen.right((RIGHT - 1.0, y - 4.0), f"{words}　{table.carried[at]}", 8.0, GREY)
        pen.rule(y - _CARRY, SAND, 0.15)

    return [_Piece(_CARRY, drawn)]


def _columns(table: Table, cells: Sequence[Sequence[Run]], y: float, pen: Pen) -> None:
    """Draw cells side by side, each from the same height down."""
    x = LEFT
    for cell, column in zip(cells, table.columns, strict=True):
        for step, run in enumerate(cell):
            size, colour = (_SMALL, GREY) if run.small else (_SIZE, INK)
            at = y - step * _LEADING
            if column.side == "right":
                pen.right((x + column.width - _GUTTER / 2, at), run.text, size, colour)
            else:
                pen.text((x + _GUTTER / 2, at), run.text, size, colour)
        x += column.width
