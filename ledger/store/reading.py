"""Reading: one view of the ledger, as it was when the view was opened."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    FromClause,
    Select,
    Table,
    bindparam,
    func,
    select,
    tuple_,
)

from ledger.checkpoint import with_lines
from ledger.merkle import Hash, Node
from ledger.note import Signature
from ledger.records import R, Record
from ledger.store import schema
from ledger.store.queries import Given, Query, given, giving
from ledger.store.schema import Odd
from ledger.store.tables import (
    CHECKPOINTS,
    COSIGNATURES,
    ENTRIES,
    ITEMS,
    NODES,
    PROJECTIONS,
    column_name,
    reader_of,
)

_LENGTH = 4  # bytes before each item
LEVELS = 64  # of a tree, and more than any has
_PAGE = 500  # rows fetched at a time while streaming
_ENTRIES = 50  # entries fetched at a time with their items, of which each may have thousands


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as the log holds it, with the items beside it."""

    index: int
    entry: bytes
    items: tuple[bytes, ...]


class Link(NamedTuple):
    """From a record to another: the other's kind and key, who holds that key where, what is wanted."""

    kind: type[Record]
    key: str
    holder: type[Record]
    field: str
    wanted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """A view of the ledger; `queries` keeps what was built for this database."""

    connection: Connection
    queries: dict[object, Query] = field(default_factory=dict)

    # --- the log -------------------------------------------------------------------------------

    def size(self) -> int:
        """Return how many entries there are."""
        query = self.query("size", lambda: select(func.coalesce(func.max(ENTRIES.c.entry), -1) + 1))
        return int(query.run(self.connection)[0][0])

    def entry(self, index: int) -> Stored | None:
        """Return one entry, if it exists."""
        return next(self.entries(index, index + 1), None)

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Stored]:
        """Iterate over the entries from start to stop, in order."""
        at = select(ENTRIES.c.entry, ENTRIES.c.data, ITEMS.c.data).outerjoin_from(ENTRIES, ITEMS)
        column = ENTRIES.c.entry
        query = self.query("entries", lambda: at.where(
            column >= bindparam("start"), column < bindparam("stop")
        ).order_by(column).limit(bindparam("page")))  # fmt: skip
        end = 2**62 if stop is None else stop
        while rows := query.run(self.connection, start=start, stop=end, page=_PAGE):
            for index, entry, items in rows:
                yield Stored(index, entry, _items(items))
            start = rows[-1][0] + 1

    def entry_bytes(self, start: int, stop: int) -> list[bytes]:
        """Return the bytes of the entries from start to stop, without what lies beside them."""
        column = ENTRIES.c.entry
        query = self.query("entry bytes", lambda: select(ENTRIES.c.data).where(
            column >= bindparam("start"), column < bindparam("stop")
        ).order_by(column))  # fmt: skip
        return [row[0] for row in query.run(self.connection, start=start, stop=stop)]

    def entries_at(self, indices: Sequence[int]) -> list[Stored]:
        """Return the entries at these places; one that is missing is left out."""
        if not indices:
            return []
        dialect, column = self.connection.dialect, ENTRIES.c.entry
        at = select(column, ENTRIES.c.data, ITEMS.c.data).outerjoin_from(ENTRIES, ITEMS)
        query = self.query("entries at", lambda: at.where(column.in_(select(given(dialect, int)))))
        rows = query.run(self.connection, **giving(dialect, [(index,) for index in indices]))
        return [Stored(index, entry, _items(items)) for index, entry, items in rows]

    def last_stamp(self) -> str:
        """Return the stamp of the last entry, empty if there is none."""
        query = self.query(
            "stamp", lambda: select(ENTRIES.c.data).order_by(ENTRIES.c.entry.desc()).limit(1)
        )
        rows = query.run(self.connection)
        return rows[0][0].partition(b"\n")[0].decode() if rows else ""

    def checkpoint(self) -> bytes:
        """Return the newest checkpoint note as the log signed it, empty if there is none."""
        query = self.query(
            "last", lambda: select(CHECKPOINTS.c.note).order_by(CHECKPOINTS.c.size.desc()).limit(1)
        )
        rows = query.run(self.connection)
        return rows[0][0] if rows else b""

    def checkpoints(self) -> Iterator[tuple[int, bytes]]:
        """Iterate over the checkpoints by rising size."""
        rows = self._streamed("checkpoints", select(CHECKPOINTS), CHECKPOINTS.c.size)
        return ((row[0], row[1]) for row in rows)

    def checkpoint_at(self, size: int) -> bytes:
        """Return the note of the checkpoint of that size, empty if there is none."""
        query = self.query("checkpoint at", lambda: select(CHECKPOINTS.c.note).where(
            CHECKPOINTS.c.size == bindparam("size")
        ))  # fmt: skip
        rows = query.run(self.connection, size=size)
        return rows[0][0] if rows else b""

    def cosigned(self) -> bytes:
        """Return the newest checkpoint note with all lines that others added, empty if there is none."""
        note = self.checkpoint()
        return self.with_lines(note, self.size()) if note else note

    def with_lines(self, note: bytes, size: int) -> bytes:
        """Return the note of a checkpoint of ours of that size, with all lines that others added."""
        lines = [Signature.parse(line) for _, line in self.lines(size)]
        return with_lines(note, lines) if lines else note

    def lines(self, size: int) -> list[tuple[str, str]]:
        """Return what others said of the checkpoint of that size: key and signature line of each."""
        query = self.query("lines", lambda: select(COSIGNATURES.c.vkey, COSIGNATURES.c.line).where(
            COSIGNATURES.c.size == bindparam("size")
        ).order_by(COSIGNATURES.c.n))  # fmt: skip
        return [(row[0], row[1]) for row in query.run(self.connection, size=size)]

    def last_cosigned(self, vkey: str) -> int:
        """Return the size of the largest checkpoint that a key cosigned, 0 if there is none."""
        query = self.query("last cosigned", lambda: select(
            func.coalesce(func.max(COSIGNATURES.c.size), 0)
        ).where(COSIGNATURES.c.vkey == bindparam("vkey")))  # fmt: skip
        return int(query.run(self.connection, vkey=vkey)[0][0])

    def cosignatures_so_far(self) -> int:
        """Return how many cosignatures there are."""
        query = self.query(
            "cosigned", lambda: select(func.coalesce(func.max(COSIGNATURES.c.n), -1) + 1)
        )
        return int(query.run(self.connection)[0][0])

    def cosignatures(self) -> Iterator[tuple[int, int, str, str]]:
        """Iterate over all cosignatures: number, size of the checkpoint, key, signature line."""
        rows = self._streamed("cosignatures", select(COSIGNATURES), COSIGNATURES.c.n)
        return ((row[0], row[1], row[2], row[3]) for row in rows)

    def nodes(self, wanted: Sequence[Node]) -> dict[Node, Hash]:
        """Return the hashes of the complete nodes asked for; one that is missing is left out."""
        if not wanted:
            return {}
        dialect = self.connection.dialect
        place = tuple_(NODES.c.level, NODES.c.idx)
        query = self.query(
            "nodes", lambda: select(NODES).where(place.in_(select(given(dialect, int, int))))
        )
        rows = query.run(self.connection, **giving(dialect, wanted))
        return {(level, index): found for level, index, found in rows}

    def all_nodes(self) -> Iterator[tuple[int, int, Hash]]:
        """Iterate over all complete nodes, level by level."""
        place = tuple_(NODES.c.level, NODES.c.idx)
        query = self.query("all nodes", lambda: select(NODES).where(
            place > tuple_(bindparam("level"), bindparam("idx"))
        ).order_by(NODES.c.level, NODES.c.idx).limit(bindparam("page")))  # fmt: skip
        at = (-1, -1)
        while rows := query.run(self.connection, level=at[0], idx=at[1], page=_PAGE):
            yield from ((row[0], row[1], row[2]) for row in rows)
            at = (rows[-1][0], rows[-1][1])

    def hashes(self, level: int, start: int, stop: int) -> list[Hash]:
        """Return the complete nodes of a level from start to stop; one that is missing is left out."""
        index = NODES.c.idx
        query = self.query("hashes", lambda: select(NODES.c.hash).where(
            NODES.c.level == bindparam("level"), index >= bindparam("start"), index < bindparam("stop")
        ).order_by(index))  # fmt: skip
        return [row[0] for row in query.run(self.connection, level=level, start=start, stop=stop)]

    # --- the shape in which an audit reads ------------------------------------------------------

    def log(self) -> Iterator[tuple[int, bytes, tuple[bytes, ...]]]:
        """Iterate over index, entry and items of all entries, also where none can be."""
        columns = select(ENTRIES.c.entry, ENTRIES.c.data, ITEMS.c.data)
        joined = columns.outerjoin_from(ENTRIES, ITEMS)
        rows = self._streamed("log", joined, ENTRIES.c.entry, page=_ENTRIES)
        return ((index, entry, _items(items)) for index, entry, items in rows)

    def level(self, level: int) -> Iterator[tuple[int, Hash]]:
        """Iterate over index and hash of the nodes of a level."""
        columns = select(NODES.c.idx, NODES.c.hash).where(NODES.c.level == bindparam("level"))
        rows = self._streamed("level", columns, NODES.c.idx, level=level)
        return ((row[0], row[1]) for row in rows)

    def strays(self) -> Iterator[str]:
        """Name the rows that `log` and `level` would not come upon, or that follow on none."""
        items = self.query("stray items", lambda: select(ITEMS.c.entry).where(
            ITEMS.c.entry.not_in(select(ENTRIES.c.entry))
        ).order_by(ITEMS.c.entry).limit(bindparam("page")))  # fmt: skip
        nodes = self.query("stray nodes", lambda: select(NODES.c.level, NODES.c.idx).where(
            ~NODES.c.level.between(0, LEVELS - 1)
        ).order_by(NODES.c.level, NODES.c.idx).limit(bindparam("page")))  # fmt: skip
        before = CHECKPOINTS.alias()
        last = select(func.coalesce(func.max(before.c.size), 0)).where(
            before.c.size < CHECKPOINTS.c.size
        )
        gaps = self.query("gaps", lambda: select(CHECKPOINTS.c.size).where(
            CHECKPOINTS.c.since != last.scalar_subquery()
        ).order_by(CHECKPOINTS.c.size).limit(bindparam("page")))  # fmt: skip
        yield from (f"checkpoint {row[0]}" for row in gaps.run(self.connection, page=_PAGE))
        yield from (f"items {row[0]}" for row in items.run(self.connection, page=_PAGE))
        yield from (f"node {row[0]}/{row[1]}" for row in nodes.run(self.connection, page=_PAGE))

    def odd(self) -> list[Odd]:
        """Return what in the database is not as we make it."""
        return schema.odd(self.connection)

    def torn(self) -> list[Odd]:
        """Return where the database contradicts itself; reads all of it."""
        return schema.torn(self.connection)

    def records(self, kind: type[R]) -> Iterator[R]:
        """Iterate over all records of a kind."""
        return self.all(kind)

    # --- projections ---------------------------------------------------------------------------

    def find(self, kind: type[R], *key: str | int) -> R | None:
        """Return the record of that kind and key, if there is one."""
        return next(self.where(kind, **dict(zip(kind.KEY, key, strict=True))), None)

    def where(self, kind: type[R], **equals: str | int | bool) -> Iterator[R]:
        """Return the records of a kind with these values in these fields, by key."""
        table = PROJECTIONS[kind]
        names = {name: column_name(name) for name in equals}
        query = self.query((kind, *equals), lambda: select(table).where(
            *(table.c[names[name]] == bindparam(f"x_{name}") for name in equals)
        ).order_by(*table.primary_key))  # fmt: skip
        values = {f"x_{n}": int(v) if isinstance(v, bool) else v for n, v in equals.items()}
        read = reader_of(kind)
        for row in query.run(self.connection, **values):
            yield read(row)

    def all(self, kind: type[R]) -> Iterator[R]:
        """Iterate over all records of a kind, by key, some at a time."""
        table = PROJECTIONS[kind]
        return map(reader_of(kind), self._streamed(kind, select(table), *table.primary_key))

    def ordered(self, kind: type[R], field: str) -> Iterator[R]:
        """Iterate over all records of a kind by a field that no two of them share."""
        table = PROJECTIONS[kind]
        key = table.c[column_name(field)]
        return map(reader_of(kind), self._streamed((kind, field), select(table), key))

    def among(self, kind: type[R], names: tuple[str, ...], values: Given) -> list[R]:
        """Return the records of a kind whose fields `names` are one of the values."""
        if not values:
            return []
        dialect, table = self.connection.dialect, PROJECTIONS[kind]
        columns = [table.c[column_name(name)] for name in names]
        query = self.query((kind, "among", names), lambda: select(table).where(
            (columns[0] if len(columns) == 1 else tuple_(*columns)).in_(
                select(given(dialect, *(c.type.python_type for c in columns)))
            )
        ))  # fmt: skip
        return self.made(kind, query.run(self.connection, **giving(dialect, values)))

    def total(
        self, kind: type[Record], field: str, last: Mapping[str, str], **equals: str | int
    ) -> int:
        """Return the sum of a field over the records with these values, up to the last of others."""
        table = PROJECTIONS[kind]
        query = self.query((kind, "total", field, *last, "of", *equals), lambda: select(
            func.coalesce(func.sum(table.c[column_name(field)]), 0)
        ).where(
            *(table.c[column_name(name)] == bindparam(f"x_{name}") for name in equals),
            *(table.c[column_name(name)] <= bindparam(f"y_{name}") for name in last),
        ))  # fmt: skip
        values = {f"x_{n}": v for n, v in equals.items()} | {f"y_{n}": v for n, v in last.items()}
        return int(query.run(self.connection, **values)[0][0])

    def picked(
        self, kind: type[Record], fields: tuple[str, ...], name: str, values: Given
    ) -> Sequence[Sequence[Any]]:
        """Return some fields only, of the records whose field `name` is one of the values."""
        if not values:
            return ()
        dialect, table = self.connection.dialect, PROJECTIONS[kind]
        key = table.c[column_name(name)]
        query = self.query((kind, fields, name), lambda: select(
            *(table.c[column_name(field)] for field in fields)
        ).where(key.in_(select(given(dialect, key.type.python_type)))))  # fmt: skip
        return query.run(self.connection, **giving(dialect, values))

    def joined(
        self, kind: type[R], links: tuple[Link, ...], name: str, values: Given
    ) -> Iterator[tuple[Any, ...]]:
        """Return records whose field `name` is one of the values, each with fields of others.

        Where a link leads to nothing, its fields are None.
        """
        if not values:
            return
        query = self.query((kind, links, name), lambda: self._join(PROJECTIONS[kind], links, name))
        read, width = reader_of(kind), len(PROJECTIONS[kind].columns)
        for row in query.run(self.connection, **giving(self.connection.dialect, values)):
            yield (read(row[:width]), *row[width:])

    def _join(self, first: Table, links: tuple[Link, ...], name: str) -> Select[Any]:
        found: FromClause = first
        columns = list(first.columns)
        for link in links:
            table, holder = PROJECTIONS[link.kind], PROJECTIONS[link.holder]
            same = table.c[column_name(link.key)] == holder.c[column_name(link.field)]
            found = found.outerjoin(table, same)
            columns += [table.c[column_name(one)] for one in link.wanted]
        by = first.c[column_name(name)]
        asked = select(given(self.connection.dialect, by.type.python_type))
        return select(*columns).select_from(found).where(by.in_(asked))

    def made(self, kind: type[R], rows: Sequence[Sequence[Any]]) -> list[R]:
        """Return rows of a kind's table as records."""
        read = reader_of(kind)
        return [read(row) for row in rows]

    def _streamed(
        self, name: object, rows: Select[Any], *keys: Column[Any], page: int = _PAGE, **given: int
    ) -> Iterator[Sequence[Any]]:
        """Iterate over rows by their keys, a page at a time, from the very first to the very last."""
        first = self.query((name, "first"), lambda: rows.order_by(*keys).limit(page))
        rest = self.query((name, "rest"), lambda: rows.where(
            tuple_(*keys) > tuple_(*(bindparam(f"x_{key.name}") for key in keys))
        ).order_by(*keys).limit(page))  # fmt: skip
        at = [list(rows.selected_columns).index(key) for key in keys]
        found: Sequence[Sequence[Any]] = first.run(self.connection, **given)
        while found:
            yield from found
            after = {f"x_{key.name}": found[-1][i] for key, i in zip(keys, at, strict=True)}
            found = rest.run(self.connection, **after, **given) if len(found) == page else ()

    def query(self, name: object, build: Callable[[], Any]) -> Query:
        """Return the query of that name, built the first time it is asked for."""
        found = self.queries.get(name)
        if found is None:
            found = self.queries[name] = Query.of(build(), self.connection.dialect)
        return found


def pack(items: Sequence[bytes]) -> bytes:
    """Write items as one row: each with its length before it."""
    return b"".join(len(item).to_bytes(_LENGTH, "big") + item for item in items)


def unpack(data: bytes) -> tuple[bytes, ...]:
    """Read the items of a row; what does not add up comes back as it fits no root."""
    found, at = [], 0
    while at < len(data):
        start = at + _LENGTH
        at = start + int.from_bytes(data[at:start], "big")
        found.append(data[start:at])
    # A last length that is too great would give the very same item.
    return tuple(found) if at == len(data) else (*found, b"")


def _items(row: bytes | None) -> tuple[bytes, ...]:
    """Read the items beside an entry, if there are any: a row of none is not of our making."""
    return () if row is None else unpack(row) or (b"",)
