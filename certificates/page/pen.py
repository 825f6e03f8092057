"""Draw in millimetres: the few strokes that a certificate needs, on whatever surface."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import cos, radians, sin
from typing import Protocol

from certificates.page import layout
from certificates.page.ornament import WIDTH, Colour, Dress, Letters, Shape
from certificates.page.picture import Picture
from certificates.page.tags import Element

MM = 72 / 25.4  # points
_GAP, _WIDE = 0.085, 0.14  # of the size, of Latin and of others: from more on, poppler reads spaces
LEFT, RIGHT = 19.0, WIDTH - 19.0
FULL = RIGHT - LEFT
MIDDLE = WIDTH / 2
INK: Colour = (0.10, 0.10, 0.11)
GREY: Colour = (0.33, 0.32, 0.31)  # dark enough for a black and white copy
# Sizes, and how many lines of each have room: a name of four hundred characters is still a name.
SHRINKING = (
    *((10.5, 1), (10.0, 1), (9.5, 1), (8.5, 2), (7.5, 2), (6.5, 2)),
    *((5.5, 3), (4.5, 4), (3.5, 5), (2.8, 6)),
)
# Where a line to sign on follows, with room for it above the next name.
SIGNED = (
    *((10.5, 1), (10.0, 1), (9.5, 1), (8.5, 1), (7.5, 1), (6.5, 2)),
    *((5.5, 2), (4.5, 3), (3.5, 4), (2.8, 5)),
)

Point = tuple[float, float]
Sizes = tuple[tuple[float, int], ...]


class Surface(Protocol):
    """What is drawn on; measures are points."""

    def width(self, text: str, size: float) -> float:
        """Return the width of a text."""

    def open(self, element: Element | None, tag: str = "", whole: str = "") -> None:
        """Begin a piece of a part of the document, called by its tag or another; or an artifact.

        `whole` is what it says, where that is drawn line by line.
        """

    def close(self) -> None:
        """End a piece."""

    def show(self, text: str, at: Point, letters: Letters) -> None:
        """Write a text from a point."""

    def shape(self, shape: Shape) -> None:
        """Draw a line or an area."""

    def wear(self, dress: Dress) -> None:
        """Put a drawing behind the page."""

    def picture(self, name: str, picture: Picture, at: Point, size: Point) -> None:
        """Draw a picture into a rectangle, from its lower left corner."""

    def squares(self, rows: Sequence[Sequence[tuple[int, int]]], at: Point, side: float) -> None:
        """Fill runs of squares of a grid (where each begins, how long it is), from the top down."""

    def end_page(self) -> None:
        """Begin another page."""


@dataclass(slots=True)
class Pen:
    """A surface whose unit is the millimetre. Nothing is drawn outside a piece that is named."""

    surface: Surface
    page: int = 0
    _open: "_Piece" = field(init=False)

    def __post_init__(self) -> None:
        self._open = _Piece(self.surface)

    def width(self, text: str, size: float) -> float:
        """Return the width of a text."""
        return self.surface.width(text, size) / MM

    def wrap(self, text: str, width: float, size: float) -> tuple[str, ...]:
        """Break a text into lines."""
        return layout.wrap(text, width * MM, size, self.surface.width)

    def height(self, texts: tuple[str, ...], width: float, sizes: tuple[float, float]) -> int:
        """Return how many lines texts take, the first in one size and the others in another."""
        return layout.height(texts, width * MM, sizes, self.surface.width)

    def fit(self, text: str, width: float, sizes: Sizes) -> tuple[float, tuple[str, ...]]:
        """Return the first size at which a text has room, and its lines."""
        return layout.fit(text, width * MM, sizes, self.surface.width)

    def piece(self, element: Element | None, tag: str = "", whole: str = "") -> "_Piece":
        """Let what is drawn inside be a piece of a part of the document; of none: an artifact.

        What says `whole` but is broken over lines is still one text to whoever extracts it.
        """
        self.surface.open(element, tag, whole)
        return self._open

    def text(self, at: Point, text: str, size: float, colour: Colour = INK) -> None:
        """Draw a text from its left end."""
        if text:
            self.surface.show(text, (at[0] * MM, at[1] * MM), Letters(size, colour))

    def right(self, at: Point, text: str, size: float, colour: Colour = INK) -> None:
        """Draw a text that ends at a point."""
        self.text((at[0] - self.width(text, size), at[1]), text, size, colour)

    def middle(self, at: Point, text: str, size: float, colour: Colour = INK) -> None:
        """Draw a text around a point."""
        self.text((at[0] - self.width(text, size) / 2, at[1]), text, size, colour)

    def field(self, at: Point, text: str, width: float, sizes: Sizes = SHRINKING) -> float:
        """Draw a text of any length around one base line: smaller, then in several lines.

        Return the base line of the last.
        """
        size, lines = self.fit(text, width, sizes)
        leading = size * 1.15 / MM
        top = at[1] + (len(lines) - 1) * leading / 2
        for step, line in enumerate(lines):
            self.text((at[0], top - step * leading), line, size)
        return top - (len(lines) - 1) * leading

    def display(self, at: Point, text: str, letters: Letters) -> None:
        """Draw a text in letters that are spread, or thickened, from its left end."""
        self.surface.show(text, (at[0] * MM, at[1] * MM), _whole(text, letters))

    def display_width(self, text: str, letters: Letters) -> float:
        """Return the width of a text whose letters are spread."""
        spread = _whole(text, letters).spread
        return self.width(text, letters.size) + (len(text) - 1) * spread / MM

    def centred(self, y: float, text: str, letters: Letters) -> None:
        """Draw a text in letters that are spread, or thickened, across the middle of the page."""
        self.display((MIDDLE - self.display_width(text, letters) / 2, y), text, letters)

    def across(self, at: Point, text: str, letters: Letters) -> None:
        """Draw a turned text about the middle of its base line."""
        half, turn = self.width(text, letters.size) / 2, radians(letters.turn)
        self.display((at[0] - half * cos(turn), at[1] - half * sin(turn)), text, letters)

    def rule(self, y: float, colour: Colour, width: float, ends: Point = (LEFT, RIGHT)) -> None:
        """Draw a line across."""
        self.shape(Shape(((ends[0], y), (ends[1], y)), colour, width, closed=False))

    def area(self, at: Point, size: Point, colour: Colour) -> None:
        """Fill a rectangle."""
        (x, y), (width, height) = at, size
        corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        self.shape(Shape(corners, colour))

    def shape(self, shape: Shape) -> None:
        """Draw a line or an area."""
        self.surface.shape(in_points(shape))

    def wear(self, dress: Dress) -> None:
        """Put a drawing behind the page."""
        with self.piece(None):
            self.surface.wear(dress)

    def picture(self, name: str, picture: Picture, at: Point, size: Point) -> None:
        """Draw a picture as large as it can be inside a rectangle, in its middle."""
        scale = min(size[0] / picture.width, size[1] / picture.height)
        width, height = picture.width * scale, picture.height * scale
        x, y = at[0] + (size[0] - width) / 2, at[1] + (size[1] - height) / 2
        self.surface.picture(name, picture, (x * MM, y * MM), (width * MM, height * MM))

    def squares(self, rows: Sequence[Sequence[tuple[int, int]]], at: Point, side: float) -> None:
        """Fill runs of squares of a grid, each `side` wide, from the top down."""
        self.surface.squares(rows, (at[0] * MM, at[1] * MM), side * MM)

    def end_page(self) -> None:
        """Begin another page."""
        self.surface.end_page()
        self.page += 1


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece while it is drawn: one lasts for thousands, of which none lies inside another."""

    surface: Surface

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.surface.close()


def _whole(text: str, letters: Letters) -> Letters:
    """Spread letters no further than readers of PDF take for one word."""
    most = (_GAP if text.isascii() else _WIDE) * letters.size
    return letters._replace(spread=min(letters.spread, most))


@lru_cache(maxsize=256)
def in_points(shape: Shape) -> Shape:
    """Return a shape whose measures are points."""
    points = tuple((x * MM, y * MM) for x, y in shape.points)
    return Shape(points, shape.colour, shape.width * MM, closed=shape.closed)
