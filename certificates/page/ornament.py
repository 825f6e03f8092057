"""The lines of the certificate's dress, as numbers: frame, corners, emblem, guilloche.

Points are in millimetres on an A4 page. None of it says anything, and none of it imitates a seal
or a registered emblem: what is believed stands in words and in the signature.
"""

from collections.abc import Iterable
from math import cos, pi, sin
from typing import NamedTuple

WIDTH, HEIGHT = 210.0, 297.0
Point = tuple[float, float]
Colour = tuple[float, float, float]
RED: Colour = (0.60, 0.09, 0.11)
GOLD: Colour = (0.67, 0.52, 0.24)
SAND: Colour = (0.80, 0.73, 0.60)
TINT: Colour = (0.965, 0.945, 0.915)
WHITE: Colour = (1.0, 1.0, 1.0)


class Shape(NamedTuple):
    """A line through points, of some width; or, without width, an area."""

    points: tuple[Point, ...]
    colour: Colour
    width: float = 0.0
    closed: bool = True


class Letters(NamedTuple):
    """How a text is set: size, spread and thickness in points, the turn in degrees."""

    size: float
    colour: Colour
    spread: float = 0.0
    bold: float = 0.0
    turn: float = 0.0


class Dress:
    """A drawing that pages wear; the same object every time, so that it is written once."""

    def __init__(self, name: str, shapes: Iterable[Shape]) -> None:
        """Take shapes whose measures are points."""
        self.name = name
        self.shapes = tuple(shapes)
        self.size = (WIDTH * 72 / 25.4, HEIGHT * 72 / 25.4)


def frame(accent: Colour, line: Colour) -> tuple[Shape, ...]:
    """Return a border, two lines with stepped corners, and a square in each corner."""
    return (
        Shape(_stepped(8.0, 0.0), accent, 1.0),
        Shape(_stepped(10.2, 9.0), line, 0.3),
        Shape(_stepped(11.4, 9.0), line, 0.18),
        *(
            shape
            for x in (13.6, WIDTH - 13.6)
            for y in (13.6, HEIGHT - 13.6)
            for shape in _knot(x, y, accent, line)
        ),
    )


def border(line: Colour) -> tuple[Shape, ...]:
    """Return one line around the page."""
    return (Shape(_stepped(9.0, 0.0), line, 0.35),)


def emblem(x: float, y: float, accent: Colour, line: Colour) -> tuple[Shape, ...]:
    """Return a heart with a tick in it, in a disc with rays."""
    return (
        *(_ray(x, y, turn / 48 * 2 * pi, line, long=turn % 2 == 0) for turn in range(48)),
        Shape(_circle(x, y, 7.3), accent),
        Shape(_circle(x, y, 6.6), WHITE, 0.2),
        Shape(_heart(x, y + 0.1, 0.25), WHITE),
        Shape(
            ((x - 1.7, y + 0.3), (x - 0.4, y - 1.2), (x + 2.0, y + 1.7)), accent, 0.65, closed=False
        ),
    )


def guilloche(x: float, y: float, pale: Colour) -> tuple[Shape, ...]:
    """Return a rosette of fine lines: pale enough to read through, too fine for a poor copier."""
    return tuple(_wave(x, y, 43.0 + 1.7 * step, step * 0.085, pale) for step in range(16))


def _stepped(inset: float, step: float) -> tuple[Point, ...]:
    """Return a rectangle `inset` from the paper's edge whose corners step in."""
    left, right, low, high = inset, WIDTH - inset, inset, HEIGHT - inset
    if not step:
        return (left, low), (right, low), (right, high), (left, high)
    return (
        (left + step, low), (right - step, low), (right - step, low + step), (right, low + step),
        (right, high - step), (right - step, high - step), (right - step, high),
        (left + step, high), (left + step, high - step), (left, high - step),
        (left, low + step), (left + step, low + step),
    )  # fmt: skip


def _knot(x: float, y: float, accent: Colour, line: Colour) -> tuple[Shape, ...]:
    """Return a square in a square around a small lozenge."""
    lozenge = ((x - 1.0, y), (x, y + 1.0), (x + 1.0, y), (x, y - 1.0))
    return (
        Shape(_square(x, y, 2.9), accent, 0.4),
        Shape(_square(x, y, 1.9), line, 0.25),
        Shape(lozenge, accent),
    )


def _square(x: float, y: float, half: float) -> tuple[Point, ...]:
    return (x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)


def _circle(x: float, y: float, radius: float) -> tuple[Point, ...]:
    angles = (turn / 72 * 2 * pi for turn in range(72))
    return tuple((x + radius * cos(a), y + radius * sin(a)) for a in angles)


def _ray(x: float, y: float, angle: float, line: Colour, *, long: bool) -> Shape:
    inner, outer = 8.2, 10.0 if long else 9.1
    ends = tuple((x + r * cos(angle), y + r * sin(angle)) for r in (inner, outer))
    return Shape(ends, line, 0.3, closed=False)


def _heart(x: float, y: float, scale: float) -> tuple[Point, ...]:
    """Return the well-known curve x = 16 sin³ t, y = 13 cos t − 5 cos 2t − 2 cos 3t − cos 4t."""
    return tuple(
        (
            x + scale * 16 * sin(t) ** 3,
            y + scale * (13 * cos(t) - 5 * cos(2 * t) - 2 * cos(3 * t) - cos(4 * t)),
        )
        for t in (turn / 72 * 2 * pi for turn in range(72))
    )


def _wave(x: float, y: float, radius: float, phase: float, pale: Colour) -> Shape:
    """Return one line of the rosette: a circle whose radius swings twelve times a turn."""
    points = []
    for turn in range(180):
        angle = turn / 180 * 2 * pi
        swing = radius + 7.5 * sin(12 * angle + 9 * phase) + 5 * cos(6 * angle - 5 * phase)
        points.append((x + swing * cos(angle), y + 1.06 * swing * sin(angle)))
    return Shape(tuple(points), pale, 0.14)
