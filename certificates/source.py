"""The ledger as the source of proofs: entries, items, nodes and projections of one view."""

from collections.abc import Mapping, Sequence

from ledger.records import R, Spoken
from ledger.store.reading import Reader


class Ledger:
    """The ledger as a proof's source: one view, what was read kept."""

    def __init__(self, view: Reader, size: int) -> None:
        self._view = view
        self._size = size
        self._found: dict[tuple[type, tuple[str | int, ...]], object] = {}
        self._entries: dict[int, tuple[bytes, tuple[bytes, ...]]] = {}

    def entry(self, index: int) -> bytes:
        """Return the bytes of an entry."""
        return self._stored(index)[0]

    def items(self, index: int) -> Sequence[bytes]:
        """Return the items of an entry."""
        return self._stored(index)[1]

    def index_of(self, ref: str) -> int:
        """Return the index of the entry whose statement has that ref."""
        return next(self._view.where(Spoken, ref=ref)).entry

    def nodes(self, wanted: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], bytes]:
        """Return complete nodes of the log's tree."""
        return self._view.nodes(wanted)

    def find(self, kind: type[R], *key: str | int) -> R | None:
        """Return a record of the projections."""
        if (kind, key) not in self._found:
            self._found[kind, key] = self._view.find(kind, *key)
        return self._found[kind, key]  # type: ignore[return-value]

    def _stored(self, index: int) -> tuple[bytes, tuple[bytes, ...]]:
        if index not in self._entries:
            found = self._view.entry(index)
            assert found
            self._entries[index] = (found.entry, found.items)
        return self._entries[index]
