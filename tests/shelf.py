"""A log in memory, to be published: its entries, the nodes of its tree, and a key that signs for it.

shelf = Shelf(300)
publish(folder, shelf, shelf.head())
shelf.grow(5)
"""

from dataclasses import dataclass, field
from hashlib import sha256

from ledger import merkle
from ledger.checkpoint import Checkpoint, issue
from ledger.merkle import Frontier, Hash, Node
from ledger.note import Signer
from ledger.publish import Head
from ledger.trust import Trust, TrustedLog
from tests.scene import ORIGIN, signer


@dataclass
class Shelf:
    """So many entries of a length that differs from one to the next."""

    size: int
    seed: str = ""
    tree: Frontier = field(default_factory=Frontier)
    entries: list[bytes] = field(default_factory=list)
    nodes: dict[Node, Hash] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count, self.size = self.size, 0
        self.grow(count)

    def grow(self, count: int) -> None:
        """Add entries."""
        for number in range(self.size, self.size + count):
            found = sha256(f"{self.seed}{number}".encode()).hexdigest().encode()
            self.entries.append(found * (number % 5))
            leaf = merkle.leaf_hash(self.entries[-1])
            self.nodes |= {(level, index): at for level, index, at in self.tree.append(leaf)}
        self.size += count

    def head(self, key: Signer | None = None) -> Head:
        """Return the newest checkpoint, signed."""
        found = key or signer(ORIGIN)
        note = bytes(issue(Checkpoint(found.name, self.size, self.tree.root()), found))
        return Head(note, [found.verifier])

    @property
    def trust(self) -> Trust:
        """Return what a reader believes."""
        return Trust(logs=(TrustedLog(keys=(str(signer(ORIGIN).verifier),)),))

    def entry_bytes(self, start: int, stop: int) -> list[bytes]:
        return self.entries[start:stop]

    def hashes(self, level: int, start: int, stop: int) -> list[Hash]:
        return [self.nodes[level, n] for n in range(start, stop) if (level, n) in self.nodes]
