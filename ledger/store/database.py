"""The ledger's database: opened, read in one view, written by one writer at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine, Table

from ledger.records import RECORDS, R
from ledger.store import engine as engines
from ledger.store.engine import WAIT, Place
from ledger.store.queries import Insert, Query
from ledger.store.reading import Reader, Stored
from ledger.store.tables import METADATA
from ledger.store.troubles import trouble
from ledger.store.writing import Writer

HEAD = "ledger_0002"  # the newest migration
_PAGE = 500


class Store:
    """A ledger in a database. `open` finds one, `create` makes one."""

    def __init__(self, engine: Engine, place: Place) -> None:
        self._engine = engine
        self._place = place
        self._queries: dict[object, Query] = {}
        self._inserts: dict[Table, Insert] = {}

    @classmethod
    def open(cls, url: str | URL, *, wait: float = WAIT, once: bool = False) -> "Store":
        """Open the ledger at an address; one of an older version is brought up to date.

        Where every row is read `once`, none is kept in memory.
        """
        pragmas = engines.PASSING if once else engines.KEEPING
        place = Place(engines.address(url), "ledger", pragmas=pragmas)
        store = cls(engines.connect(place, wait=wait), place)
        with engines.closed_on_failure(store._engine):
            found = store._version()
            if not found:
                raise trouble("missing", place.name)
            if HEAD not in found:
                store._migrate()
        return store

    @classmethod
    def create(cls, url: str | URL, *, wait: float = WAIT) -> "Store":
        """Make an empty ledger at an address where there is none, or one that was never begun."""
        place = Place(engines.address(url), "ledger")
        store = cls(engines.connect(place, wait=wait, create=True), place)
        with engines.closed_on_failure(store._engine):
            found = store._version()
            if found and store.size():
                raise trouble("exists", place.name)
            if HEAD not in found:
                store._migrate()
        return store

    @property
    def name(self) -> str:
        """Return what people know the database by."""
        return self._place.name

    def close(self) -> None:
        """Let go of the database; a file can be moved or deleted afterwards."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Give a view of the ledger as it is now."""
        with engines.reading(self._engine, self._place) as connection:
            yield Reader(connection, self._queries)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Give the one writer; what it does not commit has never been."""
        with engines.writing(self._engine, self._place) as connection:
            yield Writer(Reader(connection, self._queries), self._inserts)

    def copy(self, target: Path) -> None:
        """Write a consistent copy, as a SQLite file, whatever database this is."""
        if target.exists():
            raise trouble("exists", str(target))
        if self._place.is_file:
            engines.copy_file(self._engine, self._place, target)
        else:
            self._copy_rows(target)

    # --- one look at a time: for screens -------------------------------------------------------

    def size(self) -> int:
        """Return how many entries there are."""
        with self.reading() as view:
            return view.size()

    def find(self, kind: type[R], *key: str | int) -> R | None:
        """Return the record of that kind and key, if there is one."""
        with self.reading() as view:
            return view.find(kind, *key)

    def where(self, kind: type[R], **equals: str | int | bool) -> Iterator[R]:
        """Iterate over the records of a kind with these values in these fields."""
        with self.reading() as view:
            yield from view.where(kind, **equals)

    def all(self, kind: type[R]) -> Iterator[R]:
        """Iterate over all records of a kind."""
        with self.reading() as view:
            yield from view.all(kind)

    def entry(self, index: int) -> Stored | None:
        """Return one entry, if it exists."""
        with self.reading() as view:
            return view.entry(index)

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Stored]:
        """Iterate over the entries from start to stop."""
        with self.reading() as view:
            yield from view.entries(start, stop)

    def checkpoint(self) -> bytes:
        """Return the newest checkpoint note with all its lines, empty if there is none."""
        with self.reading() as view:
            return view.cosigned()

    def origin(self) -> str:
        """Return the log's name, empty if it has said nothing yet."""
        return self.checkpoint().partition(b"\n")[0].decode()

    def _version(self) -> Sequence[str]:
        with engines.reading(self._engine, self._place) as connection:
            return engines.version(connection, self._place)

    def _migrate(self) -> None:
        with engines.writing(self._engine, self._place) as connection:
            engines.migrate(connection, self._place, METADATA)

    def _copy_rows(self, target: Path) -> None:
        copy = Store.create(engines.file_url(target))
        with self.reading() as view, copy.writing() as writer:
            done = 0
            for size, note in view.checkpoints():
                # A checkpoint is admitted only while it speaks of all entries there are.
                for start in range(done, size, _PAGE):
                    writer.entries(list(view.entries(start, min(start + _PAGE, size))))
                writer.checkpoint(size, note, since=done)
                done = size
            writer.nodes(view.all_nodes())
            for _, size, vkey, line in view.cosignatures():
                writer.cosignatures(size, [(vkey, line)])
            for kind in RECORDS:
                writer.put(view.all(kind))
            writer.commit()
        copy.close()
