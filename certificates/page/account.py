"""Draw tables that flow over A4 pages: a statement of account, whose sums are carried from page to page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from certificates.page.flow import Part, Piece, paginate
from certificates.page.ornament import GOLD, RED, SAND, TINT, Letters
from certificates.page.pen import FULL, GREY, LEFT, MIDDLE, Pen
from certificates.page.tables import Cell, Column, Setter, Style
from certificates.page.tags import Element

_TOP, _HEAD, _BOTTOM = 281.0, 16.0, 22.0  # of a page; the head of every page; above the foot
_ROOM = _TOP - _HEAD - _BOTTOM
_TITLE, _GAP, _STEP = 9.0, 5.0, 5.2  # height of a title; above it; from line to line of it
_STYLE = Style(
    RED, SAND, TINT,
    size=8.6, small=7.0, leading=3.5, padding=1.9, heading=6.6, carry=5.8, gutter=2.0,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A table: `carried` has what is carried over where a page ends after a row; none: nothing.

    Its columns have `others` as widths where that saves lines.
    """

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]
    carried: Sequence[str] = ()
    others: Sequence[Sequence[float]] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What is printed: a title, lines under it, tables, and what stands at the foot of each page."""

    title: str
    subtitle: str
    lines: tuple[str, ...]
    tables: tuple[Table, ...]
    foot: str
    name: str  # at the head and the foot of every page
    page: str = "第 {} 页 / 共 {} 页"


def draw(document: Document, pen: Pen, root: Element) -> None:
    """Draw every page of a document."""
    title = root.add("H1")
    parts = [Part(_words(line, pen, root.add("P"))) for line in document.lines]
    for table in document.tables:
        parts += _table(table, pen, root)
    pages = paginate(parts, _ROOM, _ROOM)
    for number, pieces in enumerate(pages, start=1):
        _head(document, pen, title if number == 1 else None)
        y = _TOP - _HEAD
        for piece in pieces:
            piece.draw(y)
            y -= piece.height
        with pen.piece(None):
            pen.rule(_BOTTOM - 4.0, GOLD, 0.15)
            pen.middle((MIDDLE, _BOTTOM - 7.6), document.foot, 7.0, GREY)
            page = f"{document.name}　{document.page.format(number, len(pages))}"
            pen.middle((MIDDLE, _BOTTOM - 11.4), page, 7.4, GREY)
        pen.end_page()


def _head(document: Document, pen: Pen, title: Element | None) -> None:
    with pen.piece(title):
        pen.centred(_TOP - 7.0, document.title, Letters(17, RED, 2.5, 0.4))
    with pen.piece(None):
        pen.centred(_TOP - 11.6, document.subtitle, Letters(7.0, GOLD, 1.2))
        pen.rule(_TOP - 14.0, GOLD, 0.3)


def _table(table: Table, pen: Pen, root: Element) -> list[Part]:
    heading, lines = root.add("H2"), pen.wrap(table.title, FULL, 11.5)
    more = (len(lines) - 1) * _STEP

    def title(y: float) -> None:
        with pen.piece(heading, whole=table.title if more else ""):
            for step, line in enumerate(lines):
                pen.text((LEFT, y - _GAP - 6.4 - step * _STEP), line, 11.5, RED)

    parts = Setter(pen, _STYLE, table.columns, root, table.others).parts(
        table.rows, _ROOM, _carried(table)
    )
    first = Part(parts[0].piece, stays=True)
    return [Part(Piece(_GAP + _TITLE + more, title)), first, *parts[1:]]


def _carried(table: Table) -> Callable[[int, int], tuple[str, str]] | None:
    """Return what a break says: what stands after its last row."""
    if not table.carried:
        return None
    return lambda _, last: (f"过次页　{table.carried[last]}", f"承前页　{table.carried[last]}")


def _words(line: str, pen: Pen, element: Element) -> Piece:
    lines = pen.wrap(line, FULL, 9.5)

    def drawn(y: float) -> None:
        with pen.piece(element):
            for step, text in enumerate(lines, start=1):
                pen.text((LEFT, y - step * 5.0), text, 9.5)

    return Piece(len(lines) * 5.0, drawn)
