"""A published log, read as a stranger reads it: nothing is given that its checkpoint does not fix.

The tiles at the right edge lead to the root together; every full tile leads to its hash in the tile
above it; every entry is a leaf in the lowest. So reading one entry takes a file a level, reading all
takes each file once, and a file that was changed, cut short or mixed up is named.
"""

from collections.abc import Callable, Iterator, Sequence

from ledger import merkle, tiles
from ledger.checkpoint import Checkpoint
from ledger.errors import Malformed, Unverified
from ledger.merkle import Frontier, Hash, complete_nodes
from ledger.tiles import ENTRIES, HEIGHT, WIDTH, Tile

Read = Callable[[Tile], bytes]


class Published:
    """The tree under a checkpoint, in tiles that `read` fetches and nobody vouches for.

    Whose word the checkpoint is must be decided beforehand (`Trust.check`). Every method raises
    `Unverified`, naming the file, where what was read does not lead to the checkpoint's root.
    """

    def __init__(self, checkpoint: Checkpoint, read: Read) -> None:
        self.checkpoint = checkpoint
        self._read = read
        self._edge: dict[int, Sequence[Hash]] = {}  # of each level the tile that is not full
        self._last: dict[int, tuple[int, Sequence[Hash]]] = {}  # the full tile read last
        self._check_edge()

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Iterate over the entries from start to stop, in order."""
        end = self.checkpoint.size if stop is None else min(stop, self.checkpoint.size)
        for index in range(start // WIDTH, -(-end // WIDTH)):
            begin = index * WIDTH
            yield from self._bundle(index)[max(start - begin, 0) : end - begin]

    def node(self, level: int, index: int) -> Hash:
        """Return the root of a complete subtree: what `merkle` computes proofs from."""
        height = level % HEIGHT
        at = index << height
        return merkle.root(self._from(level // HEIGHT, at)[: 1 << height])

    def data(self, tile: Tile) -> bytes:
        """Return the bytes of one of the tree's files."""
        assert tile == tiles.tile(tile.level, tile.index, self.checkpoint.size)
        if tile.level == ENTRIES:
            return tiles.bundle(self._bundle(tile.index))
        return b"".join(self._hashes(tile.level, tile.index))

    def _bundle(self, index: int) -> Sequence[bytes]:
        tile = tiles.tile(ENTRIES, index, self.checkpoint.size)
        try:
            found = tiles.unbundle(self._read(tile), tile.width)
        except Malformed as error:
            raise _unfit(tile, error.en, error.zh) from error
        for n, (entry, leaf) in enumerate(zip(found, self._hashes(0, index), strict=True)):
            if merkle.leaf_hash(entry) != leaf:
                at = tile.start + n
                raise _unfit(
                    tile,
                    f"entry {at} is not the one under the checkpoint",
                    f"第 {at} 条与检查点不符",
                )
        return found

    def _from(self, level: int, at: int) -> Sequence[Hash]:
        """Return the hashes of a level from a place to the end of its tile."""
        return self._hashes(level, at // WIDTH)[at % WIDTH :]

    def _hashes(self, level: int, index: int) -> Sequence[Hash]:
        """Return the hashes of a tile."""
        last, found = self._last.get(level, (-1, ()))
        if last == index:
            return found
        tile = tiles.tile(level, index, self.checkpoint.size)
        if not tile.is_full:
            return self._edge[level]
        found = self._parse(tile)
        if merkle.root(found) != self._from(level + 1, index)[0]:
            raise _unfit(
                tile, "it does not lead to the root of the checkpoint", "不能得出检查点的树根"
            )
        self._last[level] = index, found
        return found

    def _check_edge(self) -> None:
        """Read the tiles that are not full, and hold them together against the root."""
        size = self.checkpoint.size
        level = 0
        while total := tiles.count(size, level):
            if total % WIDTH:
                self._edge[level] = self._parse(tiles.tile(level, total // WIDTH, size))
            level += 1
        peaks = [self.node(*node) for node in complete_nodes(0, size)]
        if Frontier(size, peaks).root() != self.checkpoint.root:
            raise Unverified(
                f"the tiles at the end of a tree of {size} entries do not lead to the checkpoint's root",
                f"{size} 条的树末端的瓦片不能得出检查点的树根",
            )

    def _parse(self, tile: Tile) -> Sequence[Hash]:
        try:
            return tiles.hashes(self._read(tile), tile.width)
        except Malformed as error:
            raise _unfit(tile, error.en, error.zh) from error


def _unfit(tile: Tile, en: str, zh: str) -> Unverified:
    return Unverified(f"{tile.path}: {en}", f"{tile.path}：{zh}")
