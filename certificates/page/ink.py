"""Pages as content streams (ISO 32000-1, 7.8.2), written in one pass.

Only the few operators that `certificates.text` reads back, each in one form; everything lies in marked
content that says what it is, or that it is an artifact (14.8.2.2), and every such piece is one line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from math import cos, radians, sin

from certificates import pdf
from certificates.page.layout import Measure
from certificates.page.ornament import Colour, Dress, Letters, Shape
from certificates.page.picture import Picture
from certificates.page.tags import Element
from certificates.typeface.embedding import Codes
from certificates.typeface.faces import Faces

Point = tuple[float, float]


@dataclass(slots=True)
class Ink:
    """The pages of one document as they are drawn; measures are points."""

    faces: Faces
    first: str = ""  # characters that the main face is to give the first codes
    pages: list[bytes] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)  # marked pieces of each page
    fonts: list[Codes] = field(default_factory=list)
    forms: dict[str, bytes] = field(default_factory=dict)
    pictures: dict[str, Picture] = field(default_factory=dict)
    _lines: list[str] = field(default_factory=list)
    _said: list[str] = field(default_factory=list)  # in the piece that is open
    _pieces: int = 0
    _shown: dict[tuple[str, float], str] = field(default_factory=dict)  # rows say the same again
    _end: str = "EMC"

    @property
    def width(self) -> Measure:
        """Measure texts by the faces, whose measures are kept from document to document."""
        return self.faces.measure

    def open(self, element: Element | None, tag: str = "", whole: str = "") -> None:
        """Begin a piece of a part of the document, called by its tag or another; or an artifact.

        `whole`, where it is drawn line by line, is said beside (ISO 32000-1, 14.9.4).
        """
        if element is None:
            self._said = ["/Artifact BMC"]
        else:
            element.kids.append((len(self.pages), self._pieces))
            self._said = [f"/{tag or element.tag} <</MCID {self._pieces}>> BDC"]
            self._pieces += 1
        if whole:  # poppler heeds it in a span alone
            said = whole.encode("utf-16-be").hex().upper()
            self._said.append(f"/Span <</ActualText <FEFF{said}>>> BDC")
            self._end = "EMC EMC"

    def close(self) -> None:
        """End a piece."""
        self._said.append(self._end)
        self._end = "EMC"
        self._lines.append(" ".join(self._said))

    def show(self, text: str, at: Point, letters: Letters) -> None:
        """Write a text from a point."""
        before, after = _frame(letters)
        runs = self._shown.get((text, letters.size))
        if runs is None:
            runs = self._shown[text, letters.size] = self._runs(text, f"{letters.size:.2f} Tf <")
        self._said.append(f"{before}{at[0]:.2f} {at[1]:.2f} Tm {runs} ET{after}")

    def shape(self, shape: Shape) -> None:
        """Draw a line or an area."""
        self._said.append(_path(shape))

    def wear(self, dress: Dress) -> None:
        """Put a drawing behind the page: it is in the file once, however many pages wear it."""
        self.forms.setdefault(dress.name, _form(dress))
        self._said.append(f"/{dress.name} Do")

    def picture(self, name: str, picture: Picture, at: Point, size: Point) -> None:
        """Draw a picture into a rectangle, from its lower left corner."""
        self.pictures.setdefault(name, picture)
        place = f"{size[0]:.2f} 0 0 {size[1]:.2f} {at[0]:.2f} {at[1]:.2f} cm"
        self._said.append(f"q {place} /{name} Do Q")

    def squares(self, rows: Sequence[Sequence[tuple[int, int]]], at: Point, side: float) -> None:
        """Fill runs of squares of a grid (where each begins, how long it is), from the top down."""
        top = len(rows) - 1
        squares = " ".join(
            f"{x} {top - y} {length} 1 re" for y, runs in enumerate(rows) for x, length in runs
        )
        place = f"{side:.4f} 0 0 {side:.4f} {at[0]:.2f} {at[1]:.2f} cm"
        self._said.append(f"q {_fill((0.0, 0.0, 0.0))} {place} {squares} f Q")

    def end_page(self) -> None:
        """Begin another page."""
        self.pages.append("\n".join(self._lines).encode())
        self.counts.append(self._pieces)
        self._lines, self._pieces = [], 0

    def _runs(self, text: str, sized: str) -> str:
        """Show a text, changing the font where the main one has no glyph."""
        if self.faces.plain.issuperset(text):
            return f"/F1 {sized}{text.translate(self._codes(0))}> Tj"
        said, current = [], 0
        for character in text:
            face = self.faces.of(character)
            assert face  # texts are checked before they are drawn
            number = self.faces.all.index(face) + 1
            code = character.translate(self._codes(number - 1))
            if number != current:
                said.append(f"/F{number} {sized}{code}> Tj")
            else:
                said[-1] = f"{said[-1][:-4]}{code}> Tj"
            current = number
        return " ".join(said)

    def _codes(self, place: int) -> Codes:
        while len(self.fonts) <= place:
            self.fonts.append(
                Codes(self.faces.all[len(self.fonts)], "" if self.fonts else self.first)
            )
        return self.fonts[place]


@lru_cache(maxsize=512)  # a template has twenty
def _frame(letters: Letters) -> tuple[str, str]:
    """Return what stands before the place of a text in such letters, and what behind the text."""
    matrix = "1 0 0 1"
    if letters.turn:
        c, s = cos(radians(letters.turn)), sin(radians(letters.turn))
        matrix = f"{c:.4f} {s:.4f} {-s:.4f} {c:.4f}"
    said = f"BT {_fill(letters.colour)} {matrix} "
    if not (letters.spread or letters.bold):
        return said, ""
    thick = f"2 Tr {letters.bold:.2f} w {_stroke(letters.colour)} " if letters.bold else ""
    return f"q {letters.spread:.2f} Tc {thick}{said}", " Q"


@cache
def _fill(colour: Colour) -> str:
    return "{:.3f} {:.3f} {:.3f} rg".format(*colour)


@cache
def _stroke(colour: Colour) -> str:
    return "{:.3f} {:.3f} {:.3f} RG".format(*colour)


def _path(shape: Shape, digits: int = 2) -> str:
    (x, y), *rest = shape.points
    steps = [f"{x:.{digits}f} {y:.{digits}f} m"]
    steps += [f"{x:.{digits}f} {y:.{digits}f} l" for x, y in rest]
    if shape.closed:
        steps.append("h")
    if shape.width:
        return f"{_stroke(shape.colour)} {shape.width:.2f} w {' '.join(steps)} S"
    return f"{_fill(shape.colour)} {' '.join(steps)} f"


@cache
def _form(dress: Dress) -> bytes:
    """Write a drawing as a form (ISO 32000-1, 8.10), once a process: it is the same on every page."""
    said = "\n".join(_path(shape, 1) for shape in dress.shapes).encode()
    box = b"/Type /XObject /Subtype /Form /BBox [0 0 %.2f %.2f] /Resources << >>" % dress.size
    return pdf.deflated(box, said)
