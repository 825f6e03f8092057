"""One TrueType font: which characters it draws, how wide they are, and their outlines.

reportlab reads the tables; fonts with PostScript outlines (CFF) it refuses, as do we.
"""

import struct
from collections.abc import Iterator
from functools import cached_property
from io import BytesIO

from reportlab.pdfbase.ttfonts import TTFError, TTFontFile

from ledger.errors import Rejected

# A composite glyph's flags (OpenType 1.9, glyf table).
_WORDS, _SCALE, _MORE, _TWO_SCALES, _MATRIX = 0x1, 0x8, 0x20, 0x40, 0x80
_COPIED = ("head", "hhea", "maxp", "cvt ", "fpgm", "prep")


class Face:
    """A font, opened once; several documents may share it."""

    def __init__(self, data: bytes, place: str) -> None:
        """Read a font's bytes; raise `Rejected` for what is no TrueType font."""
        try:
            self._font = TTFontFile(BytesIO(data))
            self.glyphs: dict[int, int] = self._font.charToGlyph
            self.name: str = self._font.name.decode("ascii", "replace")
            self._outlines = self._font.get_table("glyf")
            self._drawn: dict[int, bytes] = {}  # outlines that were asked for
            self._measured: dict[int, tuple[int, int]] = {}
        except (TTFError, struct.error, LookupError, ValueError, AssertionError) as error:
            raise Rejected(
                "font.unreadable",
                en=f"{place} is no TrueType font that can be embedded ({error}); "
                "fonts with PostScript outlines (.otf) cannot be used",
                zh=f"{place} 不是可嵌入的 TrueType 字体（{error}）；PostScript 轮廓字体（.otf）不能使用",
            ) from error

    @cached_property
    def characters(self) -> frozenset[str]:
        """The characters that it draws."""
        return frozenset(map(chr, self.glyphs))

    @cached_property
    def widths(self) -> dict[str, int]:
        """The advance of each character, in thousandths of the size."""
        return {chr(code): self.advance(glyph) for code, glyph in self.glyphs.items()}

    def advance(self, glyph: int) -> int:
        """Return the advance of a glyph, in thousandths of the size."""
        return round(self._metrics(glyph)[0] * 1000 / int(self._font.unitsPerEm))

    @cached_property
    def descriptor(self) -> str:
        """What a font descriptor says of the face (ISO 32000-1, 9.8), but its name and file."""
        font = self._font
        box = " ".join(str(round(side)) for side in font.bbox)
        return (
            f"/Type /FontDescriptor /Flags 4 /FontBBox [{box}] /ItalicAngle {font.italicAngle:g}"
            f" /Ascent {font.ascent:g} /Descent {font.descent:g} /CapHeight {font.capHeight:g}"
            f" /StemV {font.stemV:g}"
        )

    def subset(self, glyphs: list[int]) -> bytes:
        """Return a font file of these glyphs, in this order; the first is drawn for nothing.

        A glyph may come twice: each code of a document has a glyph of its own, so that a code
        means one character. Parts of composite glyphs follow behind.
        """
        order = list(glyphs)
        parts = [self._placed(glyph, order) for glyph in order]  # `order` grows while it is walked
        offsets = [0]
        for part in parts:
            offsets.append(offsets[-1] + len(part))
        metrics = [value for glyph in order for value in self._metrics(glyph)]
        tables = {tag: self._font.get_table(tag) for tag in _COPIED if tag in self._font.table}
        tables["head"] = _with(tables["head"], (8, ">L", 0), (50, ">h", 1))  # long offsets
        tables["hhea"] = _with(tables["hhea"], (34, ">H", len(order)))
        tables["maxp"] = _with(tables["maxp"], (4, ">H", len(order)))
        tables["hmtx"] = struct.pack(">" + "Hh" * len(order), *metrics)
        tables["loca"] = struct.pack(f">{len(offsets)}L", *offsets)
        tables["glyf"] = b"".join(parts)
        return _font_file(tables)

    def _metrics(self, glyph: int) -> tuple[int, int]:
        """Return a glyph's advance and left side bearing, in the font's units."""
        if glyph not in self._measured:
            advance, bearing = self._font.hmetrics[glyph]
            self._measured[glyph] = int(advance), (int(bearing) + 0x8000) % 0x10000 - 0x8000
        return self._measured[glyph]

    def _outline(self, glyph: int) -> bytes:
        if glyph not in self._drawn:
            begin, end = self._font.glyphPos[glyph], self._font.glyphPos[glyph + 1]
            data: bytes = self._outlines[begin:end]
            self._drawn[glyph] = data + bytes(-len(data) % 4)
        return self._drawn[glyph]

    def _placed(self, glyph: int, order: list[int]) -> bytes:
        """Return an outline whose parts are named as they stand in `order`, adding those missing."""
        data = self._outline(glyph)
        if data[:1] < b"\x80":  # a count of contours that is not negative: no composite
            return data
        written = bytearray(data)
        for place in _components(data):
            (part,) = struct.unpack_from(">H", data, place)
            if part not in order:
                order.append(part)
            struct.pack_into(">H", written, place, order.index(part))
        return bytes(written)


def _components(data: bytes) -> Iterator[int]:
    """Give where the parts of a composite glyph are named (OpenType 1.9, glyf table)."""
    place, flags = 10, _MORE
    while flags & _MORE:
        (flags,) = struct.unpack_from(">H", data, place)
        yield place + 2
        place += 8 if flags & _WORDS else 6
        if flags & _MATRIX:
            place += 8
        elif flags & _TWO_SCALES:
            place += 4
        elif flags & _SCALE:
            place += 2


def _with(table: bytes, *fields: tuple[int, str, int]) -> bytes:
    """Return a table with fields of it written anew: where, how, and what."""
    written = bytearray(table)
    for place, form, value in fields:
        struct.pack_into(form, written, place, value)
    return bytes(written)


def _font_file(tables: dict[str, bytes]) -> bytes:
    """Write tables as a font file (OpenType 1.9, organization of an OpenType font)."""
    count = len(tables)
    power = count.bit_length() - 1
    search = 16 << power
    directory, place = [], 12 + 16 * count
    for tag, data in sorted(tables.items()):
        entry = (tag.encode("ascii"), _checksum(data), place, len(data))
        directory.append(struct.pack(">4sLLL", *entry))
        place += len(data) + -len(data) % 4
    head = struct.pack(">LHHHH", 0x00010000, count, search, power, 16 * count - search)
    padded = (data + bytes(-len(data) % 4) for _, data in sorted(tables.items()))
    return b"".join((head, *directory, *padded))


def _checksum(data: bytes) -> int:
    padded = data + bytes(-len(data) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}L", padded)
    return sum(words) & 0xFFFFFFFF
