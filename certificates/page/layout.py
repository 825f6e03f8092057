"""Where text breaks, reckoned without drawing anything.

Nothing is ever cut: a text takes as many lines as it needs, and what cannot be placed at all is refused.
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
    """One printed line of a cell, and which of the cell's texts it is of."""

    text: str
    part: int = 0


@dataclass(frozen=True, slots=True)
class Row:
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


def wrap(text: str, width: float, measure: Callable[[str], float]) -> tuple[str, ...]:
    """Break a text into lines no wider than `width`; joined again they lack only white space."""
    if measure(text) <= width:
        return (text.rstrip(),)
    lines, current, filled = list[str](), list[str](), 0.0
    for unit in _units(text, width, measure):
        wide, shown = measure(unit), measure(unit.rstrip())
        if current and filled + shown > width:
            lines.append("".join(current).rstrip())
            unit = unit.lstrip()  # noqa: PLW2901 - white space where a line was broken says nothing
            current, filled = [unit], measure(unit)
        else:
            current.append(unit)
            filled += wide
    return (*lines, "".join(current).rstrip())


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


def _units(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Return what may not be broken; a word wider than a line is broken anywhere."""
    found = list[str]()
    for unit in _UNIT.findall(text):
        found += [unit] if measure(unit) <= width else list(unit)
    return found


def _at(measure: Measure, size: float, text: str) -> float:
    return measure(text, size)
