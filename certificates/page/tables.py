"""A table set on the page: its cells broken into lines, its rows as parts that flow over pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from certificates.page.flow import Grid, Part, Piece
from certificates.page.layout import Row, Run
from certificates.page.ornament import Colour
from certificates.page.pen import FULL, GREY, INK, LEFT, Pen
from certificates.page.tags import Element

Side = Literal["left", "right", "middle"]
Cell = tuple[str, ...]  # what stands in it: the first large, the others small below it
Place = tuple[Element, Cell]  # a cell of the document, and its texts, "" where they are divided


@dataclass(frozen=True, slots=True)
class Style:
    """How a table is set; lengths in millimetres, sizes in points."""

    accent: Colour
    hair: Colour
    tint: Colour
    size: float = 9.0
    small: float = 7.8
    leading: float = 3.75
    padding: float = 2.5
    heading: float = 7.4  # height of a heading of one line
    carry: float = 6.4  # height of a row that carries a sum
    gutter: float = 2.4


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what stands above it, line below line, its width, and to which side it is set."""

    heading: tuple[str, ...]
    width: float
    side: Side = "left"


class Setter:
    """Sets one table: makes its rows parts of a flow, and its cells elements of the document."""

    def __init__(
        self,
        pen: Pen,
        style: Style,
        columns: Sequence[Column],
        document: Element,
        others: Sequence[Sequence[float]] = (),
    ) -> None:
        """Begin a table inside a document; its columns have `others` as widths where that saves lines."""
        self._pen, self._style, self._columns, self._others = pen, style, columns, others
        self._known = dict[tuple[Cell, int], tuple[Run, ...]]()  # lines of a cell in a column
        self._table = document.add("Table")
        row = self._table.add("TR")
        scope = " /A << /O /Table /Scope /Column >>"
        self._headings = [row.add("TH", scope) for _ in columns]
        lines = max(len(column.heading) for column in columns)
        self.heading = style.heading + (lines - 1) * style.leading * 0.8

    def parts(
        self,
        rows: Sequence[Sequence[Cell]],
        room: float,
        carried: Callable[[int, int], tuple[str, str]] | None = None,
    ) -> list[Part]:
        """Return headings and rows; `room` is what a page has, `carried` what a break says.

        A row taller than a page goes on over the next.
        """
        if self._others:
            self._columns = self._lowest(rows)
        style, inside = self._style, room - self.heading - 2 * self._style.carry
        most = int((inside - style.padding) / style.leading)
        carry = style.carry if carried else 0.0
        grid = Grid(Piece(self.heading, lambda y: self._head(y, None)),
                    self._carried(carried) if carried else None, carry)  # fmt: skip
        found = [Part(Piece(self.heading, lambda y: self._head(y, self._headings)))]
        for number, cells in enumerate(rows):
            element = self._table.add("TR")
            fragments = self._broken(cells, most)
            divided = len(fragments) > 1  # no page has the whole of its texts
            places = [(element.add("TD"), ("",) * len(c) if divided else c) for c in cells]
            for fragment in fragments:
                height = fragment.height * style.leading + style.padding
                piece = Piece(height, self._drawn(fragment, places, height))
                found.append(Part(piece, grid, number, stays=len(found) == 1))
        return found

    def _lowest(self, rows: Sequence[Sequence[Cell]]) -> Sequence[Column]:
        """Return the columns in those widths in which rows take the fewest lines."""
        own = tuple(column.width for column in self._columns)
        loose = [
            n for n, widths in enumerate(zip(own, *self._others, strict=True)) if len({*widths}) > 1
        ]
        columns = [[row[n] for row in rows] for n in loose]
        best = min(
            (own, *self._others),
            key=lambda widths: self._lines(columns, [widths[n] for n in loose]),
        )
        return [
            replace(column, width=width) for column, width in zip(self._columns, best, strict=True)
        ]

    def _lines(self, columns: Sequence[Sequence[Cell]], widths: Sequence[float]) -> int:
        style, pen = self._style, self._pen
        heights = []
        for cells, width in zip(columns, widths, strict=True):
            inside, sizes = width - style.gutter, (style.size, style.small)
            known = {cell: pen.height(cell, inside, sizes) for cell in {*cells}}
            heights.append([known[cell] for cell in cells])
        return sum(map(max, *heights))

    def _broken(self, cells: Sequence[Cell], most: int) -> list[Row]:
        row = Row(tuple(map(self._runs, cells, range(len(self._columns)))))
        found = []
        while row.height > most:
            upper, row = row.split(most)
            found.append(upper)
        return [*found, row]

    def _runs(self, cell: Cell, n: int) -> tuple[Run, ...]:
        if (cell, n) not in self._known:  # activities and places come again and again
            width, style = self._columns[n].width - self._style.gutter, self._style
            self._known[cell, n] = tuple(
                Run(line, part)
                for part, text in enumerate(cell)
                if text
                for line in self._pen.wrap(text, width, style.small if part else style.size)
            )
        return self._known[cell, n]

    # --- drawing ---------------------------------------------------------------------------------

    def _head(self, y: float, elements: Sequence[Element] | None) -> None:
        """Draw the headings: once as such, and on later pages as what is only repeated."""
        pen, style, low = self._pen, self._style, y - self.heading
        with pen.piece(None):
            pen.area((LEFT, low), (FULL, self.heading), style.tint)
            pen.rule(y, style.accent, 0.4)
            pen.rule(low, style.accent, 0.25)
        x = LEFT
        for place, column in enumerate(self._columns):
            with pen.piece(elements[place] if elements else None):
                for step, text in enumerate(column.heading):
                    size = style.size if step == 0 else style.small * 0.85
                    at = y - 4.9 * style.heading / 7.4 - step * style.leading * 0.8
                    self._cell((x, at), column, text, size, style.accent)
            x += column.width

    def _drawn(self, row: Row, cells: Sequence[Place], height: float) -> Callable[[float], None]:
        pen, style = self._pen, self._style

        def draw(y: float) -> None:
            x, top = LEFT, y - style.leading - 0.2 * style.padding
            for runs, column, (element, texts) in zip(row.cells, self._columns, cells, strict=True):
                for part, text in enumerate(texts):
                    # Each text is a piece of its own, so that none can pass as the end of another.
                    size, colour = (style.small, GREY) if part else (style.size, INK)
                    lines = [(n, line) for n, (line, of) in enumerate(runs) if of == part]
                    whole = text if len(lines) > 1 else ""
                    with pen.piece(element, "Span" if part else "", whole):
                        for step, line in lines:
                            at = (x, top - step * style.leading)
                            self._cell(at, column, line, size, colour)
                x += column.width
            with pen.piece(None):
                pen.rule(y - height, style.hair, 0.15)

        return draw

    def _cell(
        self, at: tuple[float, float], column: Column, text: str, size: float, colour: Colour
    ) -> None:
        (x, y), gutter = at, self._style.gutter
        if column.side == "left":
            self._pen.text((x + gutter / 2, y), text, size, colour)
        elif column.side == "middle":
            self._pen.middle((x + column.width / 2, y), text, size, colour)
        else:
            self._pen.right((x + column.width - gutter / 2, y), text, size, colour)

    def _carried(
        self, words: Callable[[int, int], tuple[str, str]]
    ) -> Callable[[int, int], tuple[Piece, Piece]]:
        pen, style = self._pen, self._style

        def piece(text: str) -> Piece:
            def draw(y: float) -> None:
                with pen.piece(None):
                    pen.right(
                        (LEFT + FULL - style.gutter / 2, y - 0.67 * style.carry), text, 8.5, GREY
                    )
                    pen.rule(y - style.carry, style.hair, 0.15)

            return Piece(style.carry, draw)

        def pieces(first: int, last: int) -> tuple[Piece, Piece]:
            below, above = words(first, last)
            return piece(below), piece(above)

        return pieces
