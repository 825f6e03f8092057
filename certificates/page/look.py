"""How a certificate looks: its design and language, the unit's logo, the unit's own seal."""

from dataclasses import dataclass, field
from functools import cache

from certificates.page import design, ornament
from certificates.page.design import Design, colour
from certificates.page.ornament import Colour, Dress, Shape
from certificates.page.pen import MIDDLE, in_points
from certificates.page.picture import Picture
from certificates.wording import Language


@dataclass(frozen=True, slots=True)
class Look:
    """What one asks for; a seal is drawn only where the unit gave a picture of its own."""

    design: Design = field(default_factory=design.shipped_one)
    language: Language = "zh"
    logo: Picture | None = None
    seal: Picture | None = None

    @property
    def accent(self) -> Colour:
        """The colour of title and headings."""
        return colour(self.design.colours.accent)

    @property
    def line(self) -> Colour:
        """The colour of borders and rules."""
        return colour(self.design.colours.line)

    @property
    def hair(self) -> Colour:
        """The colour of lines inside tables."""
        return colour(self.design.colours.hair)

    @property
    def tint(self) -> Colour:
        """The colour behind headings."""
        return colour(self.design.colours.tint)


@cache
def dress(one: Design) -> Dress | None:
    """Return what every page wears."""
    accent, line, pale = (
        colour(one.colours.accent), colour(one.colours.line), colour(one.colours.pale)
    )  # fmt: skip
    shapes: list[Shape] = []
    if one.dress.guilloche:
        shapes += ornament.guilloche(MIDDLE, 143.0, pale)
    if one.dress.frame == "stepped":
        shapes += ornament.frame(accent, line)
    elif one.dress.frame == "plain":
        shapes += ornament.border(line)
    return Dress("Dress", map(in_points, shapes)) if shapes else None


@cache
def emblem(one: Design) -> Dress | None:
    """Return what the first page wears besides, where no logo takes its place."""
    if one.dress.emblem == "none":
        return None
    accent, line = colour(one.colours.accent), colour(one.colours.line)
    shapes = ornament.emblem(*one.head.emblem, accent, line)
    return Dress("Emblem", map(in_points, shapes))
