"""Outlines of glyphs (OpenType 1.9, glyf table): whole or damaged, and the parts of composite ones."""

from collections.abc import Iterator
from itertools import pairwise

from certificates.typeface.sfnt import Damaged, numbers

_HEAD = 10  # bytes: the count of contours, and a box
# A simple glyph's flags.
_X_BYTE, _Y_BYTE, _REPEAT, _X_SAME, _Y_SAME = 0x2, 0x4, 0x8, 0x10, 0x20
# A composite glyph's flags.
_WORDS, _SCALE, _MORE, _TWO_SCALES, _MATRIX = 0x1, 0x8, 0x20, 0x40, 0x80


def contours(outline: bytes) -> int:
    """Return how many contours an outline has: none is a blank, -1 a composite of other glyphs."""
    return numbers("h", outline, 0)[0] if outline else 0


def parts(outline: bytes) -> Iterator[int]:
    """Give the places in a composite outline at which its parts are named, two bytes each."""
    place, flags = _HEAD, _MORE
    while flags & _MORE:
        (flags,) = numbers("H", outline, place)
        yield place + 2
        place += 8 if flags & _WORDS else 6
        if flags & _MATRIX:
            place += 8
        elif flags & _TWO_SCALES:
            place += 4
        elif flags & _SCALE:
            place += 2
    if place > len(outline):
        raise _cut()


def check_simple(outline: bytes) -> None:
    """Raise `Damaged` unless the points of a simple outline are all there."""
    count = contours(outline)
    ends = numbers(f"{count}H", outline, _HEAD)
    if any(end >= after for end, after in pairwise(ends)):
        raise Damaged("an outline goes backwards", "字形轮廓有误")
    place = _HEAD + 2 * count
    place += 2 + numbers("H", outline, place)[0]
    left, size = ends[-1] + 1, 0  # points without flags yet, and bytes their coordinates take
    while left > 0:
        if place >= len(outline):
            raise _cut()
        flags, place, times = outline[place], place + 1, 1
        if flags & _REPEAT:
            times += numbers("B", outline, place)[0]
            place += 1
        size += times * (_bytes(flags, _X_BYTE, _X_SAME) + _bytes(flags, _Y_BYTE, _Y_SAME))
        left -= times
    if left < 0 or place + size > len(outline):
        raise _cut()


def _bytes(flags: int, short: int, same: int) -> int:
    """Return how many bytes a coordinate takes."""
    if flags & short:
        return 1
    return 0 if flags & same else 2


def _cut() -> Damaged:
    return Damaged("an outline is cut short", "字形轮廓不完整")
