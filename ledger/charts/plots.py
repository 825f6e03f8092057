"""Two plots that say most of what an auditor asks: bars, and a table of greys (heat map).

Every mark carries its number, so nothing depends on telling one grey from another; what is above a
limit has a black edge, which no printer loses.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ledger.charts.drawing import BLACK, DARK, MIDDLE, PALE, WHITE, Box, Drawing, Rule, Shape, Word

_WIDTH = 720  # pixels; what A4 takes
_TOP, _LEFT, _FOOT = 40, 16, 40
_TALL = 150  # of the highest bar
_CELL = 22  # height of a row of cells
_SMALL, _NORMAL, _LARGE = 10, 12, 15
_DARKEST = 45  # of a cell: its edge is to be seen
_TURN = 135  # a darker cell has a white number
_NAMES = 8  # a character as wide as it is high takes this many pixels twice


class Heading(NamedTuple):
    """What a chart's file is called, its title, and what it says in a sentence."""

    name: str
    title: str
    said: str


class Bar(NamedTuple):
    """A bar: what it is of, how much, and whether that is above a limit."""

    label: str
    value: int
    above: bool = False


class Cell(NamedTuple):
    """A cell: how dark of 100, the number in it, and whether that is above a limit."""

    dark: int
    text: str
    above: bool = False


def bars(head: Heading, found: Sequence[Bar], axis: str) -> Drawing:
    """Return a chart of bars side by side; the axis is named below them."""
    drawing = _begun(head, _TOP + _TALL + _FOOT + 28)
    base, step = _TOP + 22 + _TALL, (_WIDTH - 2 * _LEFT) / max(len(found), 1)
    most = max((bar.value for bar in found), default=0)
    for n, bar in enumerate(found):
        x, height = _LEFT + n * step, _height(bar.value, most)
        middle = x + step / 2
        if bar.value:
            grey, edge = (BLACK, 1) if bar.above else (MIDDLE, 0)
            drawing.shapes.append(
                Box(x + step * 0.12, base - height, step * 0.76, height, grey, edge)
            )
            drawing.shapes.append(
                Word(middle, base - height - 4, str(bar.value), _SMALL, "middle", BLACK, bar.above)
            )
        drawing.shapes.append(Word(middle, base + 14, bar.label, _SMALL, "middle", DARK))
    drawing.shapes.append(Rule(_LEFT, base, _WIDTH - _LEFT, base, BLACK))
    drawing.shapes.append(Word(_WIDTH - _LEFT, base + 32, axis, _NORMAL, "end", DARK))
    return drawing


def heat(
    head: Heading, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[Cell]]]
) -> Drawing:
    """Return a table of cells, each as dark as its value; what it says stands below it."""
    names = max((_width(name) for name, _ in rows), default=0) + 12
    height = _TOP + 20 + _CELL * len(rows) + 28
    drawing = _begun(head, height)
    left, step = _LEFT + names, (_WIDTH - 2 * _LEFT - names) / max(len(columns), 1)
    for n, label in enumerate(columns):
        place = left + (n + 0.5) * step
        drawing.shapes.append(Word(place, _TOP + 14, label, _SMALL, "middle", DARK))
    marked: list[Shape] = []
    for n, (name, cells) in enumerate(rows):
        y = _TOP + 20 + n * _CELL
        drawing.shapes.append(Word(left - 6, y + 15, name, _NORMAL, "end"))
        for m, cell in enumerate(cells):
            grey = WHITE - (WHITE - _DARKEST) * min(cell.dark, 100) // 100
            x, edge = left + m * step, 2 if cell.above else 0
            box = Box(x + 1, y + 1, step - 2, _CELL - 2, grey if cell.text else PALE + 25, edge)
            ink = WHITE if grey < _TURN else BLACK
            word = Word(x + step / 2, y + 15, cell.text, _SMALL, "middle", ink, cell.above)
            (marked if cell.above else drawing.shapes).extend((box, word))
    drawing.shapes.append(Word(_WIDTH - _LEFT, height - 8, head.said, _NORMAL, "end", DARK))
    drawing.shapes += marked  # last: no neighbour may cover an edge
    return drawing


def _begun(head: Heading, height: float) -> Drawing:
    title = Word(_LEFT, 24, head.title, _LARGE, "start", BLACK, bold=True)
    return Drawing(head.name, _WIDTH, height, head.title, head.said, [title])


def _height(value: int, most: int) -> float:
    """Return how high a bar is; a single one among thousands is still seen."""
    return max(_TALL * value / most, 2) if value else 0


def _width(text: str) -> int:
    return sum(_NAMES - 1 if char.isascii() else 2 * _NAMES - 4 for char in text)
