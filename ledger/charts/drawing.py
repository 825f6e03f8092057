"""A drawing: boxes, rules and words on a sheet, measured in pixels from its upper left corner.

Greys go from 0 (black) to 255 (white). Who writes it as SVG decides nothing about how it looks.
"""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Anchor = Literal["start", "middle", "end"]
BLACK, DARK, MIDDLE, PALE, WHITE = 0, 60, 140, 222, 255


class Box(NamedTuple):
    """A filled rectangle; `border` is the width of a black edge, 0 for none."""

    x: float
    y: float
    width: float
    height: float
    grey: int
    border: float = 0


class Rule(NamedTuple):
    """A straight line."""

    x: float
    y: float
    to_x: float
    to_y: float
    grey: int = MIDDLE
    dashed: bool = False


class Word(NamedTuple):
    """A text, by where its baseline begins, has its middle or ends."""

    x: float
    y: float
    text: str
    size: float = 12
    anchor: Anchor = "start"
    grey: int = BLACK
    bold: bool = False


Shape = Box | Rule | Word


@dataclass(slots=True)
class Drawing:
    """What is drawn, what its file is called, its title, and what it says for who cannot see it."""

    name: str
    width: float
    height: float
    title: str
    said: str
    shapes: list[Shape] = field(default_factory=list)
