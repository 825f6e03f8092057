"""A design of the page: places, sizes, colours and ornaments, from a file people can write.

Two come with the program, in `certificates/templates`; another is any file of that form, named with
`--template FILE`. A design has no words: what the page says is what verification holds it to.
"""

import re
import tomllib
from functools import cache, cached_property
from importlib.resources import files
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from certificates.page.ornament import HEIGHT, WIDTH, Colour
from ledger.errors import Rejected

_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True, ignored_types=(cached_property,))
_KINDS = {"extra_forbidden": "没有这一项", "missing": "缺少这一项"}
_POINT = 25.4 / 72  # millimetres
_DARK_PAPER = 0.75  # the darkest that may lie behind words
_WHITE_PAPER = 0.35  # the lightest that text may be: lighter is lost in a black and white copy


def _hexadecimal(text: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise ValueError("a colour is written #RRGGBB · 颜色写作 #RRGGBB")
    return text


def _dark(text: str) -> str:
    if _lightness(text) > _WHITE_PAPER:
        raise ValueError("too light for words: take a darker one · 颜色太浅，印成黑白看不清")
    return text


def _light(text: str) -> str:
    if _lightness(text) < _DARK_PAPER:
        raise ValueError("too dark behind words: take a lighter one · 颜色太深，盖住文字")
    return text


def _lightness(text: str) -> float:
    red, green, blue = colour(_hexadecimal(text))
    return 0.299 * red + 0.587 * green + 0.114 * blue


Hex = Annotated[str, AfterValidator(_hexadecimal)]
DarkHex = Annotated[str, AfterValidator(_dark)]
LightHex = Annotated[str, AfterValidator(_light)]
Across = Annotated[float, Field(ge=0, le=WIDTH, strict=False)]
Up = Annotated[float, Field(ge=150, le=HEIGHT, strict=False)]


class Colours(BaseModel):
    """Colours, as `#RRGGBB`."""

    model_config = _STRICT

    accent: DarkHex
    line: Hex
    hair: Hex
    tint: LightHex
    pale: LightHex


class Ornaments(BaseModel):
    """What the page wears."""

    model_config = _STRICT

    frame: Literal["stepped", "plain", "none"]
    guilloche: bool
    emblem: Literal["heart", "none"]


class Head(BaseModel):
    """Where the parts above the table stand, in millimetres from the lower edge; sizes in points."""

    model_config = _STRICT

    align: Literal["middle", "left"]
    emblem: Annotated[tuple[Across, Up], Field(strict=False)]
    title: Up
    title_size: float = Field(ge=8, le=48)
    title_spread: float = Field(ge=0, le=12)
    title_bold: float = Field(ge=0, le=2)
    under: Up
    number: Up
    rule: Up
    name: Up
    name_size: float = Field(ge=10, le=36)

    @model_validator(mode="after")
    def _apart(self) -> "Head":
        """Refuse parts that would be drawn through each other."""
        bands = sorted((low, high, name) for name, (low, high) in self._bands().items())
        for (_, high, below), (low, _, above) in pairwise(bands):
            if low < high:
                raise ValueError(f"{above} and {below} overlap · {above} 与 {below} 重叠")
        return self

    def _bands(self) -> dict[str, tuple[float, float]]:
        """Return what each part takes, from below to above, in millimetres."""
        title, name = self.title_size * _POINT, self.name_size * _POINT
        return {
            "title": (self.title - 0.15 * title, self.title + 0.8 * title),
            "under": (self.under - 0.5, self.under + 2.6),
            "number": (self.number - 0.6, self.number + 3.2),
            "rule": (self.rule, self.rule),
            "name": (self.name - 1.25 * name, self.name),
        }


class Design(BaseModel):
    """A design."""

    model_config = _STRICT

    title: str
    colours: Colours
    dress: Ornaments
    head: Head


@cache
def colour(text: str) -> Colour:
    """Return the parts of a colour, each from 0 to 1."""
    red, green, blue = (int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def shipped() -> tuple[str, ...]:
    """Return the names of the designs that come with the program."""
    folder = files("certificates").joinpath("templates")
    return tuple(sorted(each.name[:-5] for each in folder.iterdir() if each.name.endswith(".toml")))


@cache
def shipped_one(name: str = "classic") -> Design:
    """Return a design that comes with the program."""
    text = files("certificates").joinpath("templates", f"{name}.toml").read_text("utf-8")
    return read(text, name)


def read(text: str, place: str) -> Design:
    """Read a design; raise `Rejected` with everything that is wrong in it."""
    try:
        return Design.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _wrong(place, str(error), "不是 TOML 文件") from error
    except ValidationError as error:
        en, zh = zip(*map(_said, error.errors()), strict=True)
        raise _wrong(place, "; ".join(en), "；".join(zh)) from error


def _said(error: ErrorDetails) -> tuple[str, str]:
    """Say where a template is wrong and why: in English as the library does, in Chinese by kind."""
    where, why = ".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, ")
    limits = error.get("ctx", {})
    if error["type"] == "value_error":  # ours, in both languages
        en, _, zh = why.partition(" · ")
    elif least := limits.get("ge"):
        en, zh = why, f"不能小于 {least}"
    elif most := limits.get("le"):
        en, zh = why, f"不能大于 {most}"
    elif due := limits.get("expected"):
        en, zh = why, f"可用 {due.replace(' or ', '、')}"
    else:
        en, zh = why, _KINDS.get(error["type"], "值不对")
    return f"{where}: {en}", f"{where}：{zh}"


def _wrong(place: str, en: str, zh: str) -> Rejected:
    return Rejected(
        "template.wrong",
        en=f"template {place}: {en}; compare it with certificates/templates/classic.toml",
        zh=f"模板 {place} 有误：{zh}；请对照 certificates/templates/classic.toml 改正",
    )
