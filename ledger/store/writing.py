"""Writing: the rows of one transaction. Nobody else writes meanwhile."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Table

from ledger.merkle import Hash
from ledger.records import Record, RecordKey, key_of
from ledger.store.fetching import subjects
from ledger.store.queries import Insert
from ledger.store.reading import Reader, Stored, pack
from ledger.store.tables import (
    CHECKPOINTS,
    COSIGNATURES,
    ENTRIES,
    ITEMS,
    NODES,
    PROJECTIONS,
    rows_of,
)
from ledger.wants import Wants


@dataclass(frozen=True, slots=True)
class Writer:
    """The one writer. What it wrote counts once it is committed, or not at all."""

    read: Reader
    inserts: dict[Table, Insert]

    def fetch(self, wants: Wants) -> tuple[Record, ...]:
        """Return what `admit` reads about the subjects of statements, rulesets apart."""
        return subjects(self.read, wants)

    def entries(self, stored: Sequence[Stored]) -> None:
        """Write the next entries and their items."""
        with_items = ((one.index, pack(one.items)) for one in stored if one.items)
        self._insert(ITEMS, with_items)  # first: an entry seals its items
        self._insert(ENTRIES, ((one.index, one.entry) for one in stored))

    def nodes(self, nodes: Iterable[tuple[int, int, Hash]]) -> None:
        """Write the nodes that are complete now."""
        self._insert(NODES, nodes)

    def checkpoint(self, size: int, note: bytes, *, since: int) -> None:
        """Write the newest checkpoint; `since` is the size of the one before."""
        self._insert(CHECKPOINTS, [(size, note, since)])

    def cosignatures(self, size: int, lines: Sequence[tuple[str, str]]) -> None:
        """Write what others said of a checkpoint: the key of each, and its signature line."""
        start = self.read.cosignatures_so_far()
        rows = ((n, size, vkey, line) for n, (vkey, line) in enumerate(lines, start))
        self._insert(COSIGNATURES, rows)

    def put(self, records: Iterable[Record]) -> None:
        """Write records into the projections; the last of a key replaces those before it."""
        kinds: dict[type[Record], dict[RecordKey, Record]] = defaultdict(dict)
        for record in records:
            kinds[type(record)][key_of(record)] = record
        for kind, found in kinds.items():
            self._insert(PROJECTIONS[kind], rows_of(kind, list(found.values())), replace=True)

    def commit(self) -> None:
        """Make all of it last, or raise: then whether it lasts is open until the next look."""
        self.read.connection.connection.commit()

    def _insert(
        self, table: Table, rows: Iterable[tuple[object, ...]], *, replace: bool = False
    ) -> None:
        insert = self.inserts.get(table)
        if insert is None:
            dialect = self.read.connection.dialect
            insert = self.inserts[table] = Insert.of(table, dialect, replace=replace)
        insert.run(self.read.connection, rows)
