"""Where text breaks and where pages break, reckoned without drawing anything.

Nothing is ever cut: a text takes as many lines as it needs, a row longer than a page goes on over
the next, and what cannot be placed at all is refused.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ledger.errors import Rejected

Measure = Callable[[str, float], float]  # width of a text at a size, in points

# A Latin word stays whole, and a closing mark never begins a line (GB/T 15834, 5.1.10).
_UNIT = re.compile(r"(?:[!-~]+|.)[，。、；：？！）》」』”’】…·]*|\s+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Run:
    """One printed line of a cell."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: its cells, each a column of printed lines; and its minutes."""

    cells: tuple[tuple[Run, ...], ...]
    minutes: int

    @property
    def height(self) -> int:
        """Printed lines that the row takes."""
        return max(map(len, self.cells))

    def split(self, height: int) -> tuple["Row", "Row"]:
        """Divide a row after `height` printed lines; the minutes count with its beginning."""
        upper = tuple(cell[:height] for cell in self.cells)
        return Row(upper, self.minutes), Row(tuple(cell[height:] for cell in self.cells), 0)


@dataclass(frozen=True, slots=True)
class Space:
    """Room on a page and what a row costs, in one unit of length."""

    first: float  # for rows on the first page
    other: float  # for rows on every other
    closing: float  # what totals, signatures and stamp need below the last row
    line: float
    padding: float

    def row(self, row: Row) -> float:
        """Return the height of a row."""
        return row.height * self.line + self.padding


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one page, and the minutes carried over from the pages before."""

    rows: tuple[Row, ...]
    carried: int

    @property
    def minutes(self) -> int:
        """The minutes of this page."""
        return sum(row.minutes for row in self.rows)


def wrap(text: str, width: float, measure: Callable[[str], float]) -> tuple[str, ...]:
    """Break a text into lines no wider than `width`; joined again they lack only white space."""
    lines, current = list[str](), ""
    for unit in _units(text, width, measure):
        if current and measure((current + unit).rstrip()) > width:
            lines.append(current.rstrip())
            current = unit.lstrip()
        else:
            current += unit
    return (*lines, current.rstrip())


def fit(
    text: str, width: float, steps: Sequence[tuple[float, int]], measure: Measure
) -> tuple[float, tuple[str, ...]]:
    """Return the first size of (size, most lines) at which a text has room, and its lines."""
    for size, most in steps:
        lines = wrap(text, width, partial(_at, measure, size))
        if len(lines) <= most:
            return size, lines
    raise Rejected(
        "certificate.too_long",
        en=f"“{text[:40]}…” ({len(text)} characters) has no room on the page; shorten it",
        zh=f"“{text[:40]}…”（{len(text)} 字）在页面上放不下；请缩短",
    )


def _at(measure: Measure, size: float, text: str) -> float:
    return measure(text, size)


def paginate(rows: Sequence[Row], space: Space) -> tuple[Sheet, ...]:
    """Divide rows over pages, the last of which has room for the closing part."""
    pages: list[list[Row]] = [[]]
    room = space.first
    waiting = list(rows)
    while waiting:
        row = waiting.pop(0)
        if space.row(row) > room and (pages[-1] and space.row(row) <= space.other):
            pages.append([])
            room = space.other
        if space.row(row) > room:  # taller than any page: it goes on over the next
            row, rest = row.split(max(1, int((room - space.padding) / space.line)))
            waiting.insert(0, rest)
        pages[-1].append(row)
        room -= space.row(row)
        if waiting and room < space.line + space.padding:
            pages.append([])
            room = space.other
    if room < space.closing:
        # The last row goes along, so that no page of signatures stands without a table.
        along = len(pages[-1]) > 1 and space.row(pages[-1][-1]) + space.closing <= space.other
        pages.append([pages[-1].pop()] if along else [])
    return _carried(pages)


def _units(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Return what may not be broken; a word wider than a line is broken anywhere."""
    found = list[str]()
    for unit in _UNIT.findall(text):
        found += [unit] if measure(unit) <= width else list(unit)
    return found


def _carried(pages: list[list[Row]]) -> tuple[Sheet, ...]:
    sheets, carried = list[Sheet](), 0
    for rows in pages:
        sheets.append(Sheet(tuple(rows), carried))
        carried += sheets[-1].minutes
    return tuple(sheets)
