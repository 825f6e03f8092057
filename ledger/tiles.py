"""Tiles and entry bundles (c2sp.org/tlog-tiles): how a log is cut into files that never change.

    tile/<level>/<index>[.p/<width>]      256 hashes of the tree's level 8 * <level>, end to end
    tile/entries/<index>[.p/<width>]      256 entries, each after its length in two bytes

What is not full yet lies at the right edge of the tree and has its width in its name: when it grows,
another file takes its place. An index is written in groups of three digits, an `x` before each but
the last: 1234067 is `x001/x234/067`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledger.errors import Malformed
from ledger.merkle import Hash

HEIGHT = 8  # levels of the tree that a tile spans
WIDTH = 1 << HEIGHT
ENTRIES = -1  # the level of entry bundles, as Go's sumdb counts
MAX_ENTRY = (1 << 16) - 1
_LENGTH = 2  # bytes before each entry
_HASH = 32
_GROUP = 1000
_PATH = re.compile(
    r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([0-9]{1,3}))?"
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A file of a log: `width` hashes of a level, or entries, from `index * 256` on."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def is_full(self) -> bool:
        """Tell whether it is as wide as it will ever be."""
        return self.width == WIDTH

    @property
    def start(self) -> int:
        """Return where in its level it begins."""
        return self.index * WIDTH

    @property
    def most(self) -> int:
        """Return how many bytes it can have."""
        return self.width * (_LENGTH + MAX_ENTRY if self.level == ENTRIES else _HASH)

    @property
    def path(self) -> str:
        """Return its name below the log's prefix."""
        kind = "entries" if self.level == ENTRIES else str(self.level)
        return f"tile/{kind}/{_digits(self.index)}{'' if self.is_full else f'.p/{self.width}'}"

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """Read a name in its one form, or raise `Malformed`."""
        if hit := _PATH.fullmatch(path):
            level = ENTRIES if hit[1] == "entries" else int(hit[1])
            index = int(re.sub(r"[x/]", "", hit[2]))
            found = cls(level, index, int(hit[3]) if hit[3] else WIDTH)
            if 0 < found.width <= WIDTH and found.path == path:
                return found
        raise Malformed(f"{path[:80]!r} is not the name of a tile", f"{path[:80]!r} 不是瓦片的名称")


def count(size: int, level: int) -> int:
    """Return how many hashes (or entries) a level of tiles has, in a tree of that size."""
    return size >> HEIGHT * max(level, 0)


def tile(level: int, index: int, size: int) -> Tile:
    """Return a tile as wide as it is in a tree of that size; it must lie within."""
    width = min(count(size, level) - index * WIDTH, WIDTH)
    assert width > 0
    return Tile(level, index, width)


def tiles(size: int, since: int = 0) -> Iterator[Tile]:
    """Iterate over the tiles of a tree, entries first, but for those full at the size `since`."""
    assert 0 <= since <= size
    level = ENTRIES
    while total := count(size, level):
        for index in range(count(since, level) // WIDTH, -(-total // WIDTH)):
            yield tile(level, index, size)
        level += 1


def bundle(entries: Sequence[bytes]) -> bytes:
    """Write entries end to end, each after its length, or raise `Malformed` for one too long."""
    if any(len(entry) > MAX_ENTRY for entry in entries):
        raise Malformed("an entry is at most 65,535 bytes", "条目最长 65,535 字节")
    return b"".join(len(entry).to_bytes(_LENGTH, "big") + entry for entry in entries)


def unbundle(data: bytes, width: int) -> tuple[bytes, ...]:
    """Read a bundle of exactly so many entries, or raise `Malformed`."""
    found, at = [], 0
    for _ in range(width):
        start = at + _LENGTH
        at = start + int.from_bytes(data[at:start], "big")
        found.append(data[start:at])
    if at != len(data):
        raise Malformed(
            f"it does not hold {width} entries of the lengths it names",
            f"不是 {width} 个与所写长度相符的条目",
        )
    return tuple(found)


def hashes(data: bytes, width: int) -> tuple[Hash, ...]:
    """Read the hashes of a tile, exactly so many, or raise `Malformed`."""
    if len(data) != width * _HASH:
        raise Malformed(
            f"it has {len(data)} bytes, not {width} hashes",
            f"长 {len(data)} 字节，不是 {width} 个哈希",
        )
    return tuple(data[at : at + _HASH] for at in range(0, len(data), _HASH))


def _digits(index: int) -> str:
    """Write an index in groups of three digits."""
    groups = [f"{index % _GROUP:03d}"]
    while index := index // _GROUP:
        groups.append(f"x{index % _GROUP:03d}")
    return "/".join(reversed(groups))
