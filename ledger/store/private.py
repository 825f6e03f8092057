"""The vault's tables: sealed rows and keyed hashes. What they mean, `ledger.vault` alone knows."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    select,
)

from ledger.store import engine as engines
from ledger.store.engine import WAIT, Place
from ledger.store.queries import Insert, given, giving
from ledger.store.troubles import trouble

HEAD = "vault_0001"  # the newest migration
_SCHEMA = "vault"
# What is deleted is overwritten, and the journal is cut rather than kept.
_ERASING = (
    "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON",
    "journal_size_limit = 0",
)  # fmt: skip

Sealed = tuple[str, bytes, bytes]  # name, wrapped key, sealed value


class PrivateStore:
    """The vault's rows in a file of their own, or in a schema of their own."""

    def __init__(self, engine: Engine, place: Place) -> None:
        self._engine = engine
        self._place = place
        self._metadata = tables(place.schema)
        named = {table.name: table for table in self._metadata.tables.values()}
        self._people, self._traits = named["people"], named["traits"]
        self._documents, self._origin = named["documents"], named["origin"]
        self._refused, self._kept, self._about = named["refused"], named["kept"], named["about"]

    @classmethod
    def open(cls, url: str | URL, *, wait: float = WAIT) -> "PrivateStore":
        """Open the vault at an address; one of an older version is brought up to date."""
        place = _place(url)
        store = cls(engines.connect(place, wait=wait), place)
        with engines.closed_on_failure(store._engine):
            found = store._version()
            if not found:
                raise trouble("missing", place.name)
            if HEAD not in found:
                store._migrate()
        return store

    @classmethod
    def create(cls, url: str | URL, *, wait: float = WAIT) -> "PrivateStore":
        """Make an empty vault at an address where there is none, or one that holds nobody."""
        place = _place(url)
        store = cls(engines.connect(place, wait=wait, create=True), place)
        with engines.closed_on_failure(store._engine):
            found = store._version()
            if found and any(store.people()):
                raise trouble("exists", place.name)
            if HEAD not in found:
                store._migrate()
        return store

    @property
    def is_file(self) -> bool:
        """Tell whether the vault is a file, and not part of a server's database."""
        return self._place.is_file

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def copy(self, target: Path) -> None:
        """Write a consistent copy of a vault that is a file."""
        if target.exists():
            raise trouble("exists", str(target))
        engines.copy_file(self._engine, self._place, target)

    def begin(self, origin: Sealed) -> None:
        """Write whose vault this is."""
        with self._writing() as connection:
            self._insert(connection, self._origin, [origin], replace=True)

    def origin(self, name: str) -> Sealed | None:
        """Return whose vault this is, sealed."""
        return self._one(self._origin, self._origin.c.name, name)

    # --- people --------------------------------------------------------------------------------

    def put(
        self,
        people: Sequence[Sealed],
        traits: Iterable[tuple[str, str]],
        documents: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Write people whole: who is known is replaced, and found by the new traits only.

        A document leads to one person: where it leads to another already, all of it is refused.
        """
        numbers = [name for name, _, _ in people]
        with self._writing() as connection:
            self._forget(connection, self._traits, numbers)
            self._forget(connection, self._documents, numbers)
            self._insert(connection, self._people, people, replace=True)
            self._insert(connection, self._traits, set(traits), replace=True)
            self._insert(connection, self._documents, set(documents), replace=False)

    def people(self) -> Iterator[Sealed]:
        """Iterate over all people, by number."""
        with engines.reading(self._engine, self._place) as connection:
            for row in connection.execute(select(self._people).order_by(self._people.c.number)):
                yield (row[0], row[1], row[2])

    def persons(self, numbers: Collection[str]) -> list[Sealed]:
        """Return the rows of those who are here, by number."""
        return [(row[0], row[1], row[2]) for row in self._among(self._people, "number", numbers)]

    def with_traits(self, traits: Collection[str]) -> list[tuple[str, str]]:
        """Return (keyed hash, number) of those whom keyed hashes lead to."""
        found = (self._among(table, "hash", traits) for table in (self._traits, self._documents))
        return [(row[0], row[1]) for rows in found for row in rows]

    def erase(self, number: str) -> bool:
        """Destroy a person's row and traits, and what was kept about nobody else."""
        mine = select(self._about.c.commitment).where(self._about.c.number == number)
        others = select(self._about.c.commitment).where(self._about.c.number != number)
        commitment = self._kept.c.commitment
        with self._writing() as connection:
            gone = delete(self._kept).where(commitment.in_(mine), commitment.not_in(others))
            connection.execute(gone)
            for table in (self._traits, self._documents, self._about):
                self._forget(connection, table, [number])
            found = connection.execute(
                delete(self._people).where(self._people.c.number == number)
            ).rowcount
        self._scrub()
        return bool(found)

    # --- registrations that were refused ---------------------------------------------------------

    def refuse(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Write (keyed hash, organisation, code)."""
        with self._writing() as connection:
            self._insert(connection, self._refused, set(rows), replace=True)

    def refused(self, traits: Collection[str]) -> list[tuple[str, str, str]]:
        """Return (keyed hash, organisation, code) of the registrations refused under keyed hashes."""
        return [(row[0], row[1], row[2]) for row in self._among(self._refused, "hash", traits)]

    # --- what was typed about people -------------------------------------------------------------

    def keep(self, rows: Sequence[Sealed], about: Iterable[tuple[str, str]]) -> None:
        """Write sealed values by commitment, and (commitment, number) of whom they are about."""
        with self._writing() as connection:
            self._insert(connection, self._kept, rows, replace=True)
            self._insert(connection, self._about, set(about), replace=True)

    def kept(self, commitment: str) -> Sealed | None:
        """Return what was kept under a commitment."""
        return self._one(self._kept, self._kept.c.commitment, commitment)

    # --------------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with engines.writing(self._engine, self._place) as connection:
            yield connection
            connection.connection.commit()

    def _one(self, table: Table, key: Column[str], value: str) -> Sealed | None:
        with engines.reading(self._engine, self._place) as connection:
            row = connection.execute(select(table).where(key == value)).first()
        return (row[0], row[1], row[2]) if row else None

    def _among(self, table: Table, column: str, values: Collection[str]) -> Sequence[Sequence[Any]]:
        """Return the rows with one of these values, in one query, by key."""
        if not values:
            return ()
        with engines.reading(self._engine, self._place) as connection:
            among = table.c[column].in_(select(given(connection.dialect, str)))
            query = select(table).where(among).order_by(*table.primary_key)
            asked = giving(connection.dialect, [(value,) for value in values])
            return connection.execute(query, asked).all()

    def _insert(
        self,
        connection: Connection,
        table: Table,
        rows: Iterable[tuple[object, ...]],
        *,
        replace: bool,
    ) -> None:
        Insert.of(table, connection.dialect, replace=replace).run(connection, rows)

    def _forget(self, connection: Connection, table: Table, numbers: Sequence[str]) -> None:
        if numbers:
            among = table.c.number.in_(select(given(connection.dialect, str)))
            values = giving(connection.dialect, [(number,) for number in numbers])
            connection.execute(delete(table).where(among), values)

    def _scrub(self) -> None:
        """Leave no old copy of a page: SQLite's journal is cut, PostgreSQL's dead rows are swept."""
        with self._engine.connect() as connection:
            if self._place.is_file:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                bare = connection.execution_options(isolation_level="AUTOCOMMIT")
                for table in self._metadata.tables:
                    bare.exec_driver_sql(f"VACUUM {table}")

    def _version(self) -> Sequence[str]:
        with engines.reading(self._engine, self._place) as connection:
            return engines.version(connection, self._place)

    def _migrate(self) -> None:
        with engines.writing(self._engine, self._place) as connection:
            engines.migrate(connection, self._place, self._metadata)


def tables(schema: str | None) -> MetaData:
    """Return the vault's tables as the migrations make them."""
    metadata = MetaData(schema=schema)

    def key(name: str) -> Column[str]:
        return Column(name, Text, primary_key=True, nullable=False)

    def sealed() -> tuple[Column[bytes], Column[bytes]]:
        return (
            Column("wrapped", LargeBinary, nullable=False),
            Column("sealed", LargeBinary, nullable=False),
        )

    Table("origin", metadata, key("name"), *sealed())
    Table("people", metadata, key("number"), *sealed())
    traits = Table("traits", metadata, key("hash"), key("number"))
    documents = Table("documents", metadata, key("hash"), Column("number", Text, nullable=False))
    Table("refused", metadata, key("hash"), key("organisation"), key("code"))
    Table("kept", metadata, key("commitment"), *sealed())
    about = Table("about", metadata, key("commitment"), key("number"))
    Index("traits_number", traits.c.number)
    Index("documents_number", documents.c.number)
    Index("about_number", about.c.number)
    return metadata


def _place(url: str | URL) -> Place:
    found = engines.address(url)
    if found.get_backend_name() == "sqlite":
        return Place(found, "vault", None, _ERASING)
    return Place(found, "vault", _SCHEMA)
