"""Font files taken apart (OpenType 1.9): one font or a collection, its tables, its character map.

Whatever a file says of its own sizes is held against its bytes: a damaged or hostile font is an error
at once, never an endless loop and never gigabytes.
"""

import struct
from array import array
from collections.abc import Callable, Iterator, Mapping

Tables = Mapping[str, memoryview]
_COLLECTION = b"ttcf"
_TRUETYPE, _POSTSCRIPT = (b"\0\1\0\0", b"true"), b"OTTO"
_MOST_FONTS = 64  # in a collection; the largest on sale have ten
# Platform and encoding of Unicode maps: those that go beyond U+FFFF first.
_UNICODE = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3), (0, 2), (0, 1), (0, 0))
_HEAD_SUM = 8  # where head keeps a sum over the whole file, left out of its own


class Damaged(ValueError):
    """The bytes are no font, or not a whole one; it says so in English and in Chinese."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en, self.zh = en, zh


def numbers(form: str, data: bytes | memoryview, place: int) -> tuple[int, ...]:
    """Read numbers in `struct`'s form; raise `Damaged` beyond the end."""
    try:
        found: tuple[int, ...] = struct.unpack_from(f">{form}", data, place)
    except struct.error as error:
        raise Damaged("it is cut short", "文件不完整") from error
    return found


def fonts(data: bytes) -> int:
    """Return how many fonts a file holds: one, or those of a collection."""
    if data[:4] != _COLLECTION:
        return 1
    (count,) = numbers("L", data, 8)
    if not 0 < count <= _MOST_FONTS:
        raise Damaged(f"a collection of {count} fonts", f"字体集中有 {count} 个字体")
    return count


def tables(data: bytes, index: int = 0) -> Tables:
    """Return the tables of a font; `index` counts those of a collection."""
    return {tag: table for tag, _, table in _directory(data, index)}


def check_sums(data: bytes, index: int = 0) -> None:
    """Raise `Damaged` for a table whose bytes are not those that were written."""
    for tag, due, table in _directory(data, index):
        left_out = numbers("L", table, _HEAD_SUM)[0] if tag == "head" else 0
        if (checksum(table) - left_out) & 0xFFFFFFFF != due:
            raise Damaged(f"the sum of its table {tag!r} is wrong", f"表 {tag!r} 的校验和不符")


def checksum(table: bytes | bytearray | memoryview) -> int:
    """Return the sum of a table's 32-bit numbers (OpenType 1.9, calculating checksums)."""
    words = array("I", bytes(table) + bytes(-len(table) % 4))
    words.byteswap()  # every computer that Python is sold for is little-endian
    return sum(words) & 0xFFFFFFFF


def characters(cmap: memoryview, glyphs: int) -> dict[int, int]:
    """Return the glyph of each character that has one (cmap, formats 4 and 12)."""
    count = numbers("HH", cmap, 0)[1]
    records = (numbers("HHL", cmap, 4 + 8 * n) for n in range(count))
    offsets = {(platform, encoding): offset for platform, encoding, offset in records}
    for offset in (offsets[each] for each in _UNICODE if each in offsets):
        read = _FORMATS.get(numbers("H", cmap, offset)[0])
        if read:
            pairs = (pair for run in read(cmap[offset:]) for pair in run)
            return {character: glyph for character, glyph in pairs if 0 < glyph < glyphs}
    raise Damaged("it has no map of Unicode characters", "没有 Unicode 字符映射表")


def _directory(data: bytes, index: int) -> Iterator[tuple[str, int, memoryview]]:
    view = memoryview(data)
    begin = numbers("L", data, 12 + 4 * index)[0] if data[:4] == _COLLECTION else 0
    version = bytes(view[begin : begin + 4])
    if version not in (*_TRUETYPE, _POSTSCRIPT):
        raise Damaged("it does not begin as a font does", "文件开头不是字体格式")
    for place in range(begin + 12, begin + 12 + 16 * numbers("H", data, begin + 4)[0], 16):
        due, offset, length = numbers("LLL", data, place + 4)
        tag = bytes(view[place : place + 4]).decode("latin-1")
        if offset + length > len(view):
            raise Damaged(f"its table {tag!r} is cut short", f"表 {tag!r} 不完整")
        yield tag, due, view[offset : offset + length]


Runs = Iterator[Iterator[tuple[int, int]]]


def _segments(table: memoryview) -> Runs:
    """Read format 4: segments, each with a distance or with a list of glyphs."""
    count = numbers("H", table, 6)[0] // 2
    form, width = f"{count}H", 2 * count
    ends = numbers(form, table, 14)
    begins, deltas, offsets = (numbers(form, table, 16 + n * width) for n in (1, 2, 3))
    next_ = 0
    for n, (begin, end, delta, offset) in enumerate(
        zip(begins, ends, deltas, offsets, strict=True)
    ):
        first = max(begin, next_)  # each character once, however the segments overlap
        next_ = max(next_, end + 1)
        if first > end:
            continue
        codes = range(first, end + 1)
        if offset == 0:
            yield ((code, (code + delta) & 0xFFFF) for code in codes)
            continue
        place = 16 + 3 * width + 2 * n + offset + 2 * (first - begin)
        listed = table[place : place + 2 * len(codes)]
        found = struct.unpack(f">{len(listed) // 2}H", listed[: len(listed) // 2 * 2])
        pairs = zip(codes, found, strict=False)  # fonts in use list fewer than they promise
        yield ((code, (glyph + delta) & 0xFFFF) for code, glyph in pairs if glyph)


def _groups(table: memoryview) -> Runs:
    """Read format 12: groups of characters whose glyphs follow one another."""
    (count,) = numbers("L", table, 12)
    if 16 + 12 * count > len(table):
        raise Damaged("its map of characters is cut short", "字符映射表不完整")
    next_ = 0
    for begin, end, glyph in struct.iter_unpack(">LLL", table[16 : 16 + 12 * count]):
        first, last = max(begin, next_), min(end, 0x10FFFF)
        next_ = max(next_, last + 1)
        # Beyond 65,535 there are no glyphs: a group that claims more is not walked to its end.
        last = min(last, begin + 0xFFFF)
        codes = range(first, last + 1)
        yield zip(codes, range(glyph + first - begin, glyph + last - begin + 1), strict=True)


_FORMATS: dict[int, Callable[[memoryview], Runs]] = {4: _segments, 12: _groups}
