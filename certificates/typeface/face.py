"""One TrueType font: which characters it draws, how wide they are, and their outlines.

Fonts with PostScript outlines (CFF) are refused, and so are those whose makers allow no embedding.
"""

import re
import struct
from collections.abc import Mapping
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple
from unicodedata import category

from certificates.typeface import outline, sfnt
from certificates.typeface.sfnt import Damaged, numbers
from ledger.errors import Rejected

_COPIED = ("head", "hhea", "maxp", "cvt ", "fpgm", "prep")
_POSTSCRIPT = ("CFF ", "CFF2")
# fsType (OpenType 1.9, OS/2 table): how a font may be embedded; the widest permission counts.
_USAGE, _RESTRICTED, _WHOLE_ONLY, _BITMAPS_ONLY = 0xE, 0x2, 0x100, 0x200
_POSTSCRIPT_NAME = 6
_DEEPEST = 8  # parts within parts; a glyph that is a part of itself has no end
_STRANGE = re.compile(r"[^A-Za-z0-9_.+-]")  # in a name: what PDF would have to escape


class Glyph(NamedTuple):
    """What documents take of a glyph: they share most of theirs."""

    advance: int  # in thousandths of the size
    metrics: bytes  # its row of hmtx
    outline: bytes
    sum: int  # of the outline, as tables are summed
    composite: bool


class Face:
    """A font, opened once; several documents may share it."""

    def __init__(self, data: bytes, place: str, index: int = 0) -> None:
        """Read a font's bytes; `index` counts the fonts of a collection.

        Raises `Rejected` for what is no TrueType font that may be embedded; `place` names it there.
        """
        self.place = place
        self._whole = set[int]()
        self._known: dict[int, Glyph] = {}  # glyphs that were asked for
        try:
            self._tables = sfnt.tables(data, index)
            self._check_kind()
            self._read()
        except (Damaged, KeyError) as error:
            raise unreadable(place, error) from error

    def _check_kind(self) -> None:
        """Raise `Rejected` for a sound font that cannot or must not be embedded."""
        if any(tag in self._tables for tag in _POSTSCRIPT):
            raise Rejected(
                "font.postscript",
                en=f"{self.place} has PostScript outlines (CFF, mostly .otf), which cannot be used;"
                " take the TrueType edition of the font (.ttf, .ttc)",
                zh=f"{self.place} 是 PostScript 轮廓字体（CFF，多为 .otf），不能使用；"
                "请改用同一字体的 TrueType 版（.ttf、.ttc）",
            )
        usage = numbers("H", self._tables["OS/2"], 8)[0] if "OS/2" in self._tables else 0
        if usage & _USAGE == _RESTRICTED or usage & (_WHOLE_ONLY | _BITMAPS_ONLY):
            raise Rejected(
                "font.restricted",
                en=f"the maker of {self.place} does not allow a part of it to be embedded in documents"
                f" (fsType {usage:#06x}); choose another font",
                zh=f"{self.place} 的厂商不允许把字体的一部分嵌入文件（fsType {usage:#06x}），请换用其他字体",
            )

    def _read(self) -> None:
        tables = self._tables
        self._outlines, self._places = tables["glyf"], tables["loca"]
        self._long = bool(numbers("H", tables["head"], 50)[0])
        self._em = numbers("H", tables["head"], 18)[0]
        self._count = numbers("H", tables["maxp"], 4)[0]
        self._measured = numbers("H", tables["hhea"], 34)[0]  # glyphs with an advance of their own
        short = 4 * self._measured + 2 * (self._count - self._measured) > len(tables["hmtx"])
        if not self._em or not 0 < self._measured <= self._count or short:
            raise Damaged("it gives no widths", "没有字宽")
        if (self._count + 1) * (4 if self._long else 2) > len(self._places):
            raise Damaged("it does not say where outlines lie", "缺少字形位置表")
        self.glyphs = sfnt.characters(tables["cmap"], self._count)
        for one, other in ((0x20, 0xA0), (0xA0, 0x20)):  # a blank is a blank, broken or not
            if other in self.glyphs:
                self.glyphs.setdefault(one, self.glyphs[other])
        self.name = _name(tables["name"])
        # Needed by every document: what is cut short is found now.
        assert self.descriptor
        self._check(0)

    def draws(self, character: str) -> bool:
        """Tell whether a character has a glyph here that is whole, and no blank unless it is one."""
        glyph = self.glyphs.get(ord(character))
        if glyph is None:
            return False
        try:
            self._check(glyph)
            return category(character) == "Zs" or outline.contours(self._outline(glyph)) != 0
        except Damaged:
            return False

    def advance(self, glyph: int) -> int:
        """Return the advance of a glyph, in thousandths of the size."""
        return self._glyph(glyph).advance

    @cached_property
    def descriptor(self) -> str:
        """What a font descriptor says of the face (ISO 32000-1, 9.8), but its name and file."""
        scale, tables = 1000 / self._em, self._tables
        box = numbers("4h", tables["head"], 36)
        weight, ascent, descent, height = 500, box[3], box[1], box[3]
        if "OS/2" in tables:
            version, weight = numbers("H2xH", tables["OS/2"], 0)
            ascent, descent = numbers("2h", tables["OS/2"], 68)
            height = numbers("h", tables["OS/2"], 88)[0] if version > 1 else ascent
        turned, fraction = numbers("hH", tables["post"], 4) if "post" in tables else (0, 0)
        sides = " ".join(str(round(side * scale)) for side in box)
        return (
            f"/Type /FontDescriptor /Flags 4 /FontBBox [{sides}]"
            f" /ItalicAngle {turned + fraction / 65536:g}"
            f" /Ascent {ascent * scale:g} /Descent {descent * scale:g} /CapHeight {height * scale:g}"
            f" /StemV {50 + int((weight / 65) ** 2)}"  # no table says it: a rule of thumb
        )

    def subset(self, glyphs: list[int]) -> bytes:
        """Return a font file of these glyphs, in this order; the first is drawn for nothing.

        A glyph may come twice: each code of a document has a glyph of its own, so that a code
        means one character. Parts of composite glyphs follow behind.
        """
        order = list(glyphs)
        drawn = [self._placed(glyph, order) for glyph in order]  # `order` grows while it is walked
        count = len(order)
        copied, sums = self._copied
        tables = {
            **copied,
            "head": _with(copied["head"], (8, ">L", 0), (50, ">h", 1)),  # long offsets
            "hhea": _with(copied["hhea"], (34, ">H", count)),
            "maxp": _with(copied["maxp"], (4, ">H", count)),
            "hmtx": b"".join([self._glyph(glyph).metrics for glyph in order]),
            "loca": struct.pack(
                f">{count + 1}L", 0, *accumulate(len(outline) for outline, _ in drawn)
            ),
            "glyf": b"".join([outline for outline, _ in drawn]),
        }
        return _font_file(tables, {**sums, "glyf": sum(each for _, each in drawn) & 0xFFFFFFFF})

    @cached_property
    def _copied(self) -> tuple[dict[str, bytes], dict[str, int]]:
        """The tables that every subset takes over, and the sums of those that it leaves as they are."""
        tables = {tag: bytes(self._tables[tag]) for tag in _COPIED if tag in self._tables}
        same = tables.keys() - {"head", "hhea", "maxp"}
        return tables, {tag: sfnt.checksum(tables[tag]) for tag in same}

    def _glyph(self, glyph: int) -> Glyph:
        """Return what a document takes of a glyph."""
        if glyph not in self._known:
            advance, bearing = self._metrics(glyph)
            outline_ = self._outline(glyph)
            self._known[glyph] = Glyph(
                round(advance * 1000 / self._em),
                struct.pack(">Hh", advance, bearing),
                outline_,
                sfnt.checksum(outline_),
                outline.contours(outline_) < 0,
            )
        return self._known[glyph]

    def _metrics(self, glyph: int) -> tuple[int, int]:
        """Return a glyph's advance and left side bearing, in the font's units."""
        table, last = self._tables["hmtx"], self._measured - 1
        if glyph <= last:
            advance, bearing = numbers("Hh", table, 4 * glyph)
            return advance, bearing
        return numbers("H", table, 4 * last)[0], numbers("h", table, 2 * (last + 1 + glyph))[0]

    def _outline(self, glyph: int) -> bytes:
        if glyph >= self._count:
            raise Damaged("a part of a glyph is missing", "缺少字形部件")
        width, form = (4, "2L") if self._long else (2, "2H")
        begin, end = numbers(form, self._places, width * glyph)
        if not self._long:
            begin, end = 2 * begin, 2 * end
        if not begin <= end <= len(self._outlines):
            raise Damaged("an outline is missing", "缺少字形轮廓")
        data = bytes(self._outlines[begin:end])
        return data + bytes(-len(data) % 4)

    def _check(self, glyph: int, within: tuple[int, ...] = ()) -> None:
        """Raise `Damaged` unless an outline and all its parts are whole."""
        if len(within) > _DEEPEST:
            raise Damaged(
                "a glyph has parts within parts without end", "字形部件层层嵌套，没有尽头"
            )
        data = self._outline(glyph)
        count = outline.contours(data)
        if count > 0 and glyph not in self._whole:
            outline.check_simple(data)
        elif count < 0 and glyph not in self._whole:
            for place in outline.parts(data):
                self._check(numbers("H", data, place)[0], (*within, glyph))
        self._whole.add(glyph)

    def _placed(self, glyph: int, order: list[int]) -> tuple[bytes, int]:
        """Return an outline and its sum; its parts are named as in `order`, and missing ones added."""
        found = self._glyph(glyph)
        if not found.composite:
            return found.outline, found.sum
        written = bytearray(found.outline)
        for place in outline.parts(found.outline):
            (part,) = numbers("H", found.outline, place)
            if part not in order:
                order.append(part)
            struct.pack_into(">H", written, place, order.index(part))
        return bytes(written), sfnt.checksum(written)


def unreadable(place: str, error: Damaged | KeyError) -> Rejected:
    """Refuse bytes that are no font, or a damaged one."""
    table = "" if isinstance(error, Damaged) else error.args[0]
    en = error.en if isinstance(error, Damaged) else f"it has no table {table!r}"
    zh = error.zh if isinstance(error, Damaged) else f"缺少表 {table!r}"
    return Rejected(
        "font.unreadable",
        en=f"{place} is no TrueType font (.ttf, .ttc), or is damaged: {en}; get the file anew",
        zh=f"{place} 不是 TrueType 字体（.ttf、.ttc），或已损坏：{zh}；请重新获取该文件",
    )


def _name(table: memoryview) -> str:
    """Return the PostScript name of a font, without what PDF would have to escape."""
    count, strings = numbers("HH", table, 2)
    for n in range(count):
        platform, _, _, kind, length, offset = numbers("6H", table, 6 + 12 * n)
        if kind == _POSTSCRIPT_NAME:
            data = bytes(table[strings + offset : strings + offset + length])
            name = data.decode("latin-1" if platform == 1 else "utf-16-be", "replace")
            if found := _STRANGE.sub("", name):
                return found
    return "Font"


def _with(table: bytes, *fields: tuple[int, str, int]) -> bytes:
    """Return a table with fields of it written anew: where, how, and what."""
    written = bytearray(table)
    for place, form, value in fields:
        struct.pack_into(form, written, place, value)
    return bytes(written)


def _font_file(tables: Mapping[str, bytes], sums: Mapping[str, int]) -> bytes:
    """Write tables as a font file (OpenType 1.9, organization of an OpenType font).

    `sums` are those of tables that were summed before.
    """
    count = len(tables)
    power = count.bit_length() - 1
    search = 16 << power
    directory, place = [], 12 + 16 * count
    for tag, data in sorted(tables.items()):
        checksum = sums[tag] if tag in sums else sfnt.checksum(data)
        entry = (tag.encode("ascii"), checksum, place, len(data))
        directory.append(struct.pack(">4sLLL", *entry))
        place += len(data) + -len(data) % 4
    head = struct.pack(">LHHHH", 0x00010000, count, search, power, 16 * count - search)
    padded = (data + bytes(-len(data) % 4) for _, data in sorted(tables.items()))
    return b"".join((head, *directory, *padded))
