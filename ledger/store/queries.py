"""Queries: built by SQLAlchemy once for a database, and run by its driver from then on.

The driver alone takes a fifth of the time that SQLAlchemy takes to run a query, and an append runs
some twenty.

Many keys go into one parameter, as a JSON list in SQLite and as an array in PostgreSQL: a query has
one text however many people it asks about, and no limit of the driver's is ever met.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Dialect,
    LargeBinary,
    Select,
    Table,
    Text,
    bindparam,
    column,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.selectable import Subquery

Given = Sequence[tuple[str | int, ...]]


@dataclass(frozen=True, slots=True)
class Query:
    """A query in a database's own words, and its parameters in order."""

    sql: str
    names: tuple[str, ...]
    constants: Mapping[str, object]

    @classmethod
    def of(cls, statement: ClauseElement, dialect: Dialect) -> "Query":
        """Put a statement into the words of a database."""
        made: Any = statement.compile(dialect=dialect)
        return cls(str(made), tuple(made.positiontup or ()), dict(made.params))

    def run(self, connection: Connection, **values: object) -> Sequence[Sequence[Any]]:
        """Return all rows."""
        known = {**self.constants, **values}
        parameters = tuple(known[name] for name in self.names)
        cursor = connection.connection.cursor()
        cursor.execute(self.sql, parameters)
        return cursor.fetchall()


def given(dialect: Dialect, *kinds: type[str] | type[int]) -> Subquery:
    """Return the rows of the parameter `given` as a table with columns g0, g1 and so on."""
    if dialect.name == "sqlite":
        rows = func.json_each(bindparam("given")).table_valued("value", name="given_rows")
        picked: list[Any] = [
            literal_column(f"json_extract(value, '$[{i}]')").label(f"g{i}")
            for i in range(len(kinds))
        ]
        return select(*picked).select_from(rows).subquery("g")
    arrays = (
        bindparam(f"given{i}", type_=ARRAY(Text if kind is str else BigInteger))
        for i, kind in enumerate(kinds)
    )
    names: list[Any] = [column(f"g{i}") for i in range(len(kinds))]
    rows = func.unnest(*arrays).table_valued(*names, name="given_rows").render_derived()
    return select(*rows.c).subquery("g")


def giving(dialect: Dialect, rows: Given) -> dict[str, object]:
    """Return the parameter values under which `given` is these rows."""
    if dialect.name == "sqlite":
        return {"given": json.dumps(rows, ensure_ascii=False)}
    return {f"given{i}": list(values) for i, values in enumerate(zip(*rows, strict=True))}


@dataclass(frozen=True, slots=True)
class Insert:
    """An insert of many rows by one call of the driver."""

    sql: str
    at_once: bool

    @classmethod
    def of(cls, table: Table, dialect: Dialect, *, replace: bool = False) -> "Insert":
        """Build the insert; `replace` lets a row take the place of the one with its key."""
        names = [c.name for c in table.columns]
        if dialect.name == "sqlite":
            bare: Any = sqlite.insert(table).values({n: bindparam(n) for n in names})
        else:
            from sqlalchemy.dialects import postgresql  # slow to import, and most have a file

            arrays = (bindparam(n, type_=ARRAY(_kind(table, n))) for n in names)
            rows = func.unnest(*arrays).table_valued(*(column(n) for n in names), name="r")
            source: Select[Any] = select(*rows.render_derived().c)
            bare = postgresql.insert(table).from_select(names, source)
        made: Any = (_replacing(bare, table) if replace else bare).compile(dialect=dialect)
        assert list(made.positiontup) == names
        return cls(str(made), dialect.name != "sqlite")

    def run(self, connection: Connection, rows: Iterable[tuple[object, ...]]) -> None:
        """Insert the rows in their order."""
        rows = list(rows)
        if not rows:
            return
        cursor = connection.connection.cursor()
        if self.at_once:
            cursor.execute(self.sql, tuple(list(values) for values in zip(*rows, strict=True)))
        else:
            cursor.executemany(self.sql, rows)


def _kind(table: Table, name: str) -> Any:
    kind = table.c[name].type
    if isinstance(kind, LargeBinary):
        return LargeBinary
    return Text if isinstance(kind, Text) else BigInteger


def _replacing(bare: Any, table: Table) -> Any:
    changed = {c.name: bare.excluded[c.name] for c in table.columns if not c.primary_key}
    keys = [c.name for c in table.primary_key]
    if not changed:
        return bare.on_conflict_do_nothing(index_elements=keys)
    return bare.on_conflict_do_update(index_elements=keys, set_=changed)
