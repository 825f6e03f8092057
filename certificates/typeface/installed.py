"""The font files of this computer, in the order in which they are asked for a character.

1. LXGW WenKai, which is shipped;
2. the folders that `VLEDGER_FONTS` names, and the user's own, which `vledger fonts add` fills: there
   files by name;
3. fonts for rare characters among the system's, by the order of `_RARE`, wherever it keeps them.

The chain WenKai, HanaMinA, HanaMinB has all 87,887 ideographs of GB 18030-2022, level 3. A file is
opened only when a character is missing from all before it; one that cannot be used is passed over.
"""

import os
import sys
from collections.abc import Iterator
from functools import cache
from importlib.resources import files as resources
from pathlib import Path

from platformdirs import user_data_path

from certificates.typeface import sfnt
from certificates.typeface.face import Face, unreadable
from certificates.typeface.faces import Faces
from ledger.errors import LedgerError
from ledger.files import read_file, write_file

LARGEST = 256 << 20  # bytes of a font file; the largest on sale have 120 MiB
_SHIPPED = "LXGWWenKai-Regular.ttf"
_FONTS = (".ttf", ".ttc", ".otf", ".otc")  # the last two to say why they are not used
# How the names of fonts with rare characters begin.
_RARE = (
    "hanamina", "hanaminb", "babelstonehan", "plangothic", "tw-kai",
    "simsun.", "simsunb.", "simsunext", "simsun-ext", "mingliub.",
)  # fmt: skip


@cache
def at_hand() -> Faces:
    """Return the faces of this computer; those beyond the shipped one are opened when needed."""
    return Faces(face for _, face in each() if isinstance(face, Face))


def each() -> Iterator[tuple[str, Face | LedgerError]]:
    """Give every font in its order: its file, and the face, or why it cannot be used."""
    yield _SHIPPED, Face(shipped(), _SHIPPED)
    for file in dict.fromkeys((*_users(), *_systems())):
        yield from _opened(file)


def shipped() -> bytes:
    """Return the font that comes with the program: every character in common use."""
    return resources("certificates").joinpath("fonts", _SHIPPED).read_bytes()


def add(file: Path) -> tuple[Path, tuple[Face, ...]]:
    """Copy a font into the user's folder, and return where it lies now, with its faces.

    It is checked before: raises `LedgerError` for what cannot be used or is not whole.
    """
    data, place = read_file(file, most=LARGEST), str(file)
    try:
        count = sfnt.fonts(data)
        found = tuple(Face(data, place, index) for index in range(count))
        for index in range(count):
            sfnt.check_sums(data, index)
    except sfnt.Damaged as error:
        raise unreadable(place, error) from error
    target = folder() / f"{file.stem}{'.ttc' if count > 1 else '.ttf'}"
    write_file(target, data)
    return target, found


def folder() -> Path:
    """Return the user's own folder of fonts, whether or not it is there."""
    return user_data_path("vledger", appauthor=False) / "fonts"


def _opened(file: Path) -> Iterator[tuple[str, Face | LedgerError]]:
    """Give the fonts of a file, or why they cannot be used."""
    place = str(file)
    try:
        data = read_file(file, most=LARGEST)
        count = sfnt.fonts(data)
    except LedgerError as error:
        yield place, error
        return
    except sfnt.Damaged as error:
        yield place, unreadable(place, error)
        return
    for index in range(count):
        try:
            yield place, Face(data, place, index)
        except LedgerError as error:
            yield place, error


def _users() -> Iterator[Path]:
    named = os.environ.get("VLEDGER_FONTS", "").split(os.pathsep)
    for place in (*(Path(name) for name in named if name), folder()):
        yield from sorted(_in(place), key=lambda file: file.name.casefold())


def _systems() -> Iterator[Path]:
    found = [file for place in _system_folders() for file in _in(place, deep=True)]
    for begin in _RARE:
        same = (file for file in found if file.name.casefold().startswith(begin))
        yield from sorted(same, key=lambda file: file.name.casefold())


def _in(place: Path, *, deep: bool = False) -> Iterator[Path]:
    """Give the font files in a folder; one that cannot be read has none."""
    for at, folders, names in os.walk(place):
        if not deep:
            folders.clear()
        yield from (Path(at, name) for name in names if name.casefold().endswith(_FONTS))


def _system_folders() -> tuple[Path, ...]:
    if sys.platform == "win32":
        windows, local = os.environ.get("WINDIR", r"C:\Windows"), os.environ.get("LOCALAPPDATA", "")
        return Path(windows, "Fonts"), Path(local, "Microsoft", "Windows", "Fonts")
    return Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), user_data_path() / "fonts"
