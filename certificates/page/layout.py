"""Where text breaks, reckoned without drawing anything.

Nothing is ever cut: a text takes as many lines as it needs, and what cannot be placed at all is refused.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from ledger.errors import Rejected

Measure = Callable[[str, float], float]  # width of a text at a size, in points

# A Latin word and an amount of time stay whole; a closing mark never begins a line, an opening one never
# ends one (GB/T 15834, 5.1.10).
_UNIT = re.compile(
    r"[（《「『“‘【]*(?:[0-9]+小时[0-9]+分钟|\(?[0-9]+ h [0-9]+ min[),.;:]*|[!-~]+|.)"
    r"[，。、；：？！）》」』”’】…·]*|\s+",
    re.DOTALL,
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


@lru_cache(maxsize=8192)
def height(
    texts: tuple[str, ...], width: float, sizes: tuple[float, float], measure: Measure
) -> int:
    """Return how many lines texts take one below the other: the first in one size, the others in another."""
    return sum(
        len(wrap(text, width, sizes[n > 0], measure)) for n, text in enumerate(texts) if text
    )


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


def balanced(text: str, lines: Sequence[str], width: Callable[[str], float]) -> tuple[str, str]:
    """Break a name of two lines anew, into lines as equal as can be: at a `·` where it has one."""
    ends = [place for place, mark in enumerate(text, start=1) if mark == "·"]
    widest = max(map(width, lines))

    def longer(end: int) -> float:
        return max(width(text[:end].rstrip()), width(text[end:].lstrip()))

    best = min((end for end in ends if longer(end) <= widest), key=longer, default=0)
    best = best or min(range(1, len(text)), key=longer)
    return text[:best].rstrip(), text[best:].lstrip()


def _units(text: str, width: float, size: float, measure: Measure) -> list[str]:
    """Return what may not be broken; a word wider than a line is broken at its marks, or anywhere."""
    found = list[str]()
    for unit in _UNIT.findall(text):
        parts = [unit] if measure(unit, size) <= width else _PART.findall(unit)
        for part in parts:
            found += [part] if measure(part, size) <= width else list(part)
    return found
