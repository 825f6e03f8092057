"""Where text breaks, reckoned without drawing anything.

Nothing is ever cut: a text takes as many lines as it needs, and what cannot be placed at all is refused.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from ledger.errors import Rejected

Measure = Callable[[str, float], float]  # width of a text at a size, in points

# A Latin word and an amount of time stay whole, and a closing mark never begins a line (GB/T 15834, 5.1.10).
_UNIT = re.compile(
    r"(?:[0-9]+小时[0-9]+分钟|[!-~]+|.)[，。、；：？！）》」』”’】…·]*|\s+", re.DOTALL
)


_PART = re.compile(r"[^/.?&=-]*[/.?&=-]+|[^/.?&=-]+")  # of an address that is longer than a line


class Run(NamedTuple):
    """One printed line of a cell, and which of the cell's texts it is of."""

    text: str
    part: int = 0


class Row(NamedTuple):
    """One row of a table: its cells, each a column of printed lines."""

    cells: tuple[tuple[Run, ...], ...]

    @property
    def height(self) -> int:
        """Printed lines that the row takes."""
        return max(map(len, self.cells))

    def split(self, height: int) -> tuple["Row", "Row"]:
        """Divide a row after `height` printed lines."""
        upper = tuple(cell[:height] for cell in self.cells)
        return Row(upper), Row(tuple(cell[height:] for cell in self.cells))


@lru_cache(maxsize=16_384)  # the words of a template, the activities that many took part in
def wrap(text: str, width: float, size: float, measure: Measure) -> tuple[str, ...]:
    """Break a text into lines no wider than `width`; joined again they lack only white space."""
    if measure(text, size) <= width:
        return (text.rstrip(),)
    lines, current, filled = list[str](), list[str](), 0.0
    for unit in _units(text, width, size, measure):
        wide, shown = measure(unit, size), measure(unit.rstrip(), size)
        if current and filled + shown > width:
            lines.append("".join(current).rstrip())
            unit = unit.lstrip()  # noqa: PLW2901 - white space where a line was broken says nothing
            current, filled = [unit], measure(unit, size)
        else:
            current.append(unit)
            filled += wide
    return (*lines, "".join(current).rstrip())


def fit(
    text: str, width: float, steps: Sequence[tuple[float, int]], measure: Measure
) -> tuple[float, tuple[str, ...]]:
    """Return the first size of (size, most lines) at which a text has room, and its lines."""
    for size, most in steps:
        lines = wrap(text, width, size, measure)
        if len(lines) <= most:
            return size, lines
    raise Rejected(
        "certificate.too_long",
        en=f"“{text[:40]}…” ({len(text)} characters) has no room on the page; shorten it",
        zh=f"“{text[:40]}…”（{len(text)} 字）在页面上放不下；请缩短",
    )


def _units(text: str, width: float, size: float, measure: Measure) -> list[str]:
    """Return what may not be broken; a word wider than a line is broken at its marks, or anywhere."""
    found = list[str]()
    for unit in _UNIT.findall(text):
        parts = [unit] if measure(unit, size) <= width else _PART.findall(unit)
        for part in parts:
            found += [part] if measure(part, size) <= width else list(part)
    return found
