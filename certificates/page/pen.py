"""Draw in millimetres with one font: the few strokes that a certificate needs."""

from dataclasses import dataclass
from typing import Any

from certificates.page import layout
from certificates.page.layout import Measure
from certificates.page.ornament import GOLD, RED, WIDTH, Colour, Shape

MM = 72 / 25.4  # points
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


@dataclass(frozen=True, slots=True)
class Pen:
    """A canvas (of reportlab) whose unit is the millimetre, and the one font."""

    canvas: Any
    font: str
    measure: Measure

    def width(self, text: str, size: float) -> float:
        """Return the width of a text."""
        return self.measure(text, size) / MM

    def wrap(self, text: str, width: float, size: float) -> tuple[str, ...]:
        """Break a text into lines."""
        return layout.wrap(text, width, lambda part: self.width(part, size))

    def text(self, at: Point, text: str, size: float, colour: Colour = INK) -> None:
        """Draw a text from its left end."""
        self.canvas.setFillColorRGB(*colour)
        self.canvas.setFont(self.font, size)
        self.canvas.drawString(at[0] * MM, at[1] * MM, text)

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
        size, lines = layout.fit(text, width, sizes, self.width)
        leading = size * 1.15 / MM
        top = at[1] + (len(lines) - 1) * leading / 2
        for step, line in enumerate(lines):
            self.text((at[0], top - step * leading), line, size)
        return top - (len(lines) - 1) * leading

    def display(self, y: float, text: str, size: float, *, spread: float, bold: float = 0) -> None:
        """Draw a text across the middle of the page: letters spread; red and thick, or gold."""
        colour = RED if bold else GOLD
        wide = self.width(text, size) + (len(text) - 1) * spread / MM
        self.canvas.setFillColorRGB(*colour)
        self.canvas.setStrokeColorRGB(*colour)
        self.canvas.setLineWidth(bold)
        self.canvas.setFont(self.font, size)
        start = (MIDDLE - wide / 2) * MM
        self.canvas.drawString(start, y * MM, text, mode=2 if bold else None, charSpace=spread)

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
        path = self.canvas.beginPath()
        path.moveTo(shape.points[0][0] * MM, shape.points[0][1] * MM)
        for x, y in shape.points[1:]:
            path.lineTo(x * MM, y * MM)
        if shape.closed:
            path.close()
        self.canvas.setFillColorRGB(*shape.colour)
        self.canvas.setStrokeColorRGB(*shape.colour)
        self.canvas.setLineWidth(shape.width * MM)
        self.canvas.drawPath(path, stroke=int(shape.width > 0), fill=int(shape.width == 0))
