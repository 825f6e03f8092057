"""The compound files that .xls workbooks are ([MS-CFB]): which streams they hold, and no circles.

Sectors are chained by a table, and a chain that runs in a circle makes a reader fill the memory and
die. So every chain is walked once here, before anything else reads the file.
"""

import struct
from collections.abc import Iterator, Sequence

from ledger.errors import Malformed

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = struct.Struct("<30xHH10xLL8xLLLL109L")  # from [MS-CFB] 2.2, what is needed
_ENTRY = struct.Struct("<64sHB49xLL4x")  # name, its length, kind, first sector, size
_LAST = 0xFFFFFFFA  # sector numbers above it are marks
_SMALL = 4096  # shorter streams lie in a table of their own
_STREAM, _ROOT = 2, 5


def streams(data: bytes) -> frozenset[str]:
    """Return the names of the streams in a file, or raise `Malformed` where a chain is a circle."""
    try:
        shift, _, fats, directory, small, _, more, _, *first = _HEADER.unpack_from(data)
    except struct.error as error:
        raise _damaged() from error
    if shift not in (9, 12):
        raise _damaged()
    file = _Sectors(data, 1 << shift)
    table = file.table(_tables(file, first, more)[:fats])
    little = file.table(_chain(table, small))
    entries = b"".join(file.sector(number) for number in _chain(table, directory))
    names = set()
    for raw, length, kind, start, size in _ENTRY.iter_unpack(entries[: len(entries) // 128 * 128]):
        if kind in (_STREAM, _ROOT) and size:
            _chain(table if kind == _ROOT or size >= _SMALL else little, start)
        if kind == _STREAM:
            names.add(raw[: max(min(length, 64) - 2, 0)].decode("utf-16-le", errors="replace"))
    return frozenset(names)


class _Sectors:
    """A file cut into sectors; the header takes the place of one."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data, self.size = data, size

    def sector(self, number: int) -> bytes:
        """Return a sector, shorter or empty where the file has ended."""
        return self.data[(number + 1) * self.size : (number + 2) * self.size]

    def table(self, numbers: Sequence[int]) -> list[int]:
        """Return the sector numbers written in some sectors."""
        data = b"".join(map(self.sector, numbers))
        return list(struct.unpack(f"<{len(data) // 4}L", data[: len(data) // 4 * 4]))


def _tables(file: _Sectors, first: Sequence[int], more: int) -> list[int]:
    """Return where the table of sectors lies: 109 places in the header, more in a chain."""
    found = [number for number in first if number < _LAST]
    seen: set[int] = set()
    while more < _LAST and more not in seen:
        seen.add(more)
        *numbers, more = file.table([more]) or [_LAST]
        found += [number for number in numbers if number < _LAST]
    if more in seen:
        raise _damaged()
    return found


def _chain(table: Sequence[int], start: int) -> list[int]:
    return list(_walk(table, start))


def _walk(table: Sequence[int], at: int) -> Iterator[int]:
    seen: set[int] = set()
    while at < len(table):
        if at in seen:
            raise _damaged()
        seen.add(at)
        yield at
        at = table[at]


def _damaged() -> Malformed:
    return Malformed("the compound file is damaged", "复合文档已损坏")
