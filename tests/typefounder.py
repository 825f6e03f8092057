"""Small fonts, sound and broken, as fontTools makes them; and the larger ones that Debian has."""

import os
import struct
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont

from certificates.typeface.face import Face
from certificates.typeface.faces import Faces

HANAZONO = Path("/usr/share/fonts/truetype/hanazono")  # of Debian's package fonts-hanazono


def cast(
    characters: str,
    *,
    name: str = "Tiny",
    usage: int = 0,
    blank: str = "",
    postscript: bool = False,
) -> bytes:
    """Make a font: every character a square, the last one a composite of the first."""
    names = {ord(each): f"u{ord(each):X}" for each in characters}
    order = [".notdef", *names.values()]
    builder = FontBuilder(1000, isTTF=not postscript)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    squares = {each: _square(100 + at % 800, postscript) for at, each in enumerate(order)}
    for each in blank:
        squares[names[ord(each)]] = TTGlyphPen(None).glyph()
    if postscript:
        builder.setupCFF(name, {}, squares, {})
    else:
        if len(characters) > 1:
            pen = TTGlyphPen(dict.fromkeys(order))
            pen.addComponent(order[1], (0.5, 0, 0, 0.5, 9, 9))
            squares[order[-1]] = pen.glyph()
        builder.setupGlyf(squares)
    builder.setupHorizontalMetrics({each: (600 + at % 300, 10) for at, each in enumerate(order)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": name, "styleName": "Regular", "psName": name})
    builder.setupOS2(
        fsType=usage, version=4, sTypoAscender=800, sTypoDescender=-200, sCapHeight=700
    )
    builder.setupPost()
    return _saved(builder.font)


def collection(*fonts: bytes) -> bytes:
    """Bind fonts into a collection."""
    bound = TTCollection()
    bound.fonts = [TTFont(BytesIO(data)) for data in fonts]
    return _saved(bound)


def with_table(data: bytes, tag: bytes, table: bytes) -> bytes:
    """Return a font in which a table is another one, laid at the end."""
    place = data.index(tag, 12)
    assert place < 12 + 16 * struct.unpack_from(">H", data, 4)[0]
    written = bytearray(data)
    struct.pack_into(">LL", written, place + 8, len(data), len(table))
    return bytes(written + table)


def hanazono() -> tuple[Face, ...]:
    """Return HanaMinA and HanaMinB, or skip."""
    if not (HANAZONO / "HanaMinB.ttf").exists():
        pytest.skip(f"no HanaMinA and HanaMinB in {HANAZONO} (Debian: fonts-hanazono)")
    return _hanazono()


def faces(*given: bytes) -> Faces:
    """Return faces of fonts' bytes."""
    return Faces(Face(data, f"{place}.ttf") for place, data in enumerate(given))


def fill(folder: Path, files: Iterable[tuple[str, bytes]]) -> Path:
    """Lay font files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files:
        (folder / name).write_bytes(data)
    return folder


def named(*folders: Path) -> str:
    """Return folders as `VLEDGER_FONTS` names them."""
    return os.pathsep.join(map(str, folders))


@cache
def _hanazono() -> tuple[Face, ...]:
    files = (HANAZONO / "HanaMinA.ttf", HANAZONO / "HanaMinB.ttf")
    return tuple(Face(file.read_bytes(), str(file)) for file in files)


def _square(side: int, postscript: bool) -> object:
    pen = T2CharStringPen(600, None) if postscript else TTGlyphPen(None)
    pen.moveTo((0, 0))
    for point in ((0, side), (side, side), (side, 0)):
        pen.lineTo(point)
    pen.closePath()
    return pen.getCharString() if postscript else pen.glyph()


def _saved(font: TTFont | TTCollection) -> bytes:
    out = BytesIO()
    font.save(out)
    return out.getvalue()
