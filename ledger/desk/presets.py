"""Presets: rules that places have published, as files to copy from. None is ever adopted by itself.

Each names its source and date, and what of the source it cannot express.
"""

import re
from dataclasses import dataclass
from importlib.resources import files

from ledger.desk import ruling
from ledger.errors import Rejected

_DATE = re.compile(r"\d{4}(?:-\d{2}){0,2}")


@dataclass(frozen=True, slots=True)
class Preset:
    """A published ruleset: the file, and what it says of itself; no date where none is known."""

    name: str
    title: str
    source: str
    date: str
    text: str


def presets() -> tuple[Preset, ...]:
    """Return all presets by name."""
    found = files("ledger").joinpath("presets").iterdir()
    names = sorted(file.name.removesuffix(".toml") for file in found if file.name.endswith(".toml"))
    return tuple(map(_read, names))


def preset(name: str) -> Preset:
    """Return the preset of that name, or the only one whose name begins so; or raise `Rejected`."""
    found = [one for one in presets() if one.name.startswith(name)]
    exact = [one for one in found if one.name == name]
    if len(exact or found) != 1:
        listed = ", ".join(one.name for one in found or presets())
        raise Rejected(
            "preset.unknown",
            en=f"{name!r} names no preset; there are {listed}",
            zh=f"没有名为 {name!r} 的预设；可用的有 {listed}",
        )
    return (exact or found)[0]


def _read(name: str) -> Preset:
    text = files("ledger").joinpath("presets", f"{name}.toml").read_text(encoding="utf-8")
    rules = ruling.check(text.encode()).good()
    source, _, date = rules.source.rpartition("，")
    return Preset(name, rules.title, source, date if _DATE.fullmatch(date) else "", text)
