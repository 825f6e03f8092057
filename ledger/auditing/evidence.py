"""Evidence: what an audit reads, wherever it is kept.

A database, a bundle in a file and a scene in memory are evidence alike: bytes, and nothing that an
audit would have to believe. Everything is an iterable that is walked once, from first to last, and
never held whole: a ledger may be longer than memory.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from ledger.records import R

Cosignature = tuple[int, int, str, str]  # number, size of the checkpoint, key, signature line
Logged = tuple[int, bytes, Sequence[bytes]]  # index, entry, items


class Log(Protocol):
    """What was signed: all that a stranger needs. Nothing in it follows from anything else."""

    def log(self) -> Iterable[Logged]:
        """Return index, entry and items of each entry, by rising index."""

    def checkpoints(self) -> Iterable[tuple[int, bytes]]:
        """Return size and note of each checkpoint, by rising size."""

    def cosignatures(self) -> Iterable[Cosignature]:
        """Return number, checkpoint's size, key and line of each cosignature, by rising number."""


class Kept(Protocol):
    """What a database keeps beside its log, and what follows from it."""

    def level(self, level: int) -> Iterable[tuple[int, bytes]]:
        """Return index and hash of each stored node of a level, by rising index."""

    def strays(self) -> Iterable[str]:
        """Name the stored rows that belong to no entry and no level."""

    def records(self, kind: type[R]) -> Iterable[R]:
        """Return the stored projection rows of a kind."""


class Evidence(Log, Kept, Protocol):
    """Everything a ledger has stored, as it stands in the database."""
