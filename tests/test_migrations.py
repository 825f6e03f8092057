"""The tables as the migrations make them: as the code takes them to be, and append-only."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect
from sqlalchemy.exc import DBAPIError

from ledger.errors import Unsafe
from ledger.store import database, private
from ledger.store.database import Store
from ledger.store.private import PrivateStore
from ledger.store.reading import Stored
from ledger.store.tables import METADATA
from tests.conftest import ROOT

pytest_plugins = ["tests.databases"]

LOG = ("entries", "items", "nodes", "checkpoints", "cosignatures")
HASH = "'" + "h" * 32 + "'"


@pytest.fixture
def store(url: str) -> Store:
    return Store.create(url)


@pytest.fixture
def log(store: Store) -> Iterator[Connection]:
    """A log of two entries, and a connection with nothing between it and the tables."""
    with store.writing() as writer:
        writer.entries([Stored(0, b"a", (b"x", b"y")), Stored(1, b"b", (b"z",))])
        writer.nodes([(0, 0, b"0" * 32), (0, 1, b"1" * 32), (1, 0, b"2" * 32)])
        writer.checkpoint(2, b"note", since=0)
        writer.cosignatures(2, [("key", "line")])
        writer.commit()
    with store._engine.connect() as connection:
        yield connection


def is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def differences(
    connection: Connection, metadata: MetaData, schema: str | None = None
) -> list[object]:
    """What `alembic check` would find."""
    options: dict[str, Any] = {
        "compare_type": True,
        "include_schemas": bool(schema),
        "version_table_schema": schema,
    }
    options["include_name"] = lambda name, kind, _: kind != "schema" or name == schema
    context = MigrationContext.configure(connection, opts=options)
    return [found for found in compare_metadata(context, metadata) if "alembic" not in str(found)]


def test_the_ledger_s_tables_are_as_the_code_takes_them(store: Store) -> None:
    with store._engine.connect() as connection:
        assert differences(connection, METADATA) == []
        for name, table in METADATA.tables.items():
            keys = inspect(connection).get_pk_constraint(name)["constrained_columns"]
            assert keys == [column.name for column in table.primary_key], name


def test_the_vault_s_tables_are_as_the_code_takes_them(url: str) -> None:
    vault = PrivateStore.create(url)
    with vault._engine.connect() as connection:
        assert differences(connection, vault._metadata, vault._place.schema) == []


def test_a_difference_would_be_seen(store: Store) -> None:
    with store._engine.connect() as connection:
        connection.exec_driver_sql("DROP INDEX lines_volunteer")
        assert len(differences(connection, METADATA)) == 1


def test_the_heads_are_those_the_code_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("path_separator", "os")
    heads = ScriptDirectory.from_config(config).get_heads()
    assert sorted(heads) == sorted([database.HEAD, private.HEAD])


def test_sqlite_tables_are_strict(file_url: str) -> None:
    with Store.create(file_url)._engine.connect() as connection:
        rows = connection.exec_driver_sql("PRAGMA table_list").fetchall()
    assert {row[1] for row in rows if row[2] == "table" and not row[5]} == {
        "alembic_version", "sqlite_schema", "sqlite_temp_schema"
    }  # fmt: skip


def test_texts_compare_by_code_point(store: Store) -> None:
    with store._engine.connect() as connection:
        insert = (
            "INSERT INTO volunteers (number, ref, n, registered, state) VALUES ('{}','',0,'','')"
        )
        for number in ("b", "A", "a", "B", "志", "-"):
            connection.exec_driver_sql(insert.format(number))
        rows = connection.exec_driver_sql("SELECT number FROM volunteers ORDER BY number")
        assert [row[0] for row in rows] == ["-", "A", "B", "a", "b", "志"]


@pytest.mark.parametrize("table", LOG)
@pytest.mark.parametrize("sql", ["DELETE FROM {t}", "UPDATE {t} SET {c} = {c}", "TRUNCATE {t}"])
def test_nothing_is_changed_or_taken_away(log: Connection, table: str, sql: str) -> None:
    column = METADATA.tables[table].columns.keys()[-1]
    if sql.startswith("TRUNCATE") and not is_postgres(log):
        sql = "DELETE FROM {t} WHERE 1"  # which SQLite would else turn into a truncation
    with pytest.raises(DBAPIError, match=f"{table} is append-only"):
        log.exec_driver_sql(sql.format(t=table, c=column) + " CASCADE" * sql.startswith("TRUNC"))


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("entries", "(1, 'c')"),
        ("entries", "(3, 'c')"),
        ("entries", "(-1, 'c')"),
        ("items", "(0, 'c')"),
        ("items", "(1, 'c')"),
        ("nodes", f"(0, 0, {HASH})"),
        ("nodes", f"(0, 3, {HASH})"),
        ("nodes", f"(1, 2, {HASH})"),
        ("checkpoints", "(2, 'c', 2)"),
        ("checkpoints", "(1, 'c', 2)"),
        ("checkpoints", "(3, 'c', 2)"),
        ("checkpoints", "(3, 'c', 1)"),
        ("cosignatures", "(0, 2, {k}, {k})"),
        ("cosignatures", "(2, 2, {k}, {k})"),
        ("cosignatures", "(1, 1, {k}, {k})"),
    ],
)
def test_only_the_next_row_comes_in(log: Connection, table: str, values: str) -> None:
    values = typed(log, values).format(k="'k'")  # a text, in both databases
    with pytest.raises(DBAPIError, match=f"{table} takes the next row only"):
        log.exec_driver_sql(f"INSERT INTO {table} VALUES {values}")


@pytest.mark.parametrize(
    "verb", ["REPLACE", "INSERT OR REPLACE", "INSERT OR IGNORE", "INSERT OR FAIL"]
)
@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("entries", "(1, 'c')"),
        ("items", "(1, 'c')"),
        ("nodes", f"(1, 0, {HASH})"),
        ("checkpoints", "(2, 'c', 2)"),
    ],
)
def test_no_verb_of_sqlite_gets_around_it(
    file_url: str, verb: str, table: str, values: str
) -> None:
    store = Store.create(file_url)
    with store.writing() as writer:
        writer.entries([Stored(0, b"a", (b"x",)), Stored(1, b"b", (b"z",))])
        writer.nodes([(1, 0, b"2" * 32)])
        writer.checkpoint(2, b"note", since=0)
        writer.commit()
    with (
        store._engine.connect() as connection,
        pytest.raises(DBAPIError, match=f"{table} takes the next row only"),
    ):
        connection.exec_driver_sql(f"{verb} INTO {table} VALUES {typed(connection, values)}")


def test_no_conflict_clause_of_postgresql_gets_around_it(postgres: str) -> None:
    store = Store.create(postgres)
    with store.writing() as writer:
        writer.entries([Stored(0, b"a", ())])
        writer.commit()
    with (
        store._engine.connect() as connection,
        pytest.raises(DBAPIError, match="entries takes the next row only"),
    ):
        connection.exec_driver_sql(
            "INSERT INTO entries VALUES (0, 'c') ON CONFLICT (entry) DO UPDATE SET data = 'c'"
        )


def test_a_row_without_a_number_does_not_come_in(log: Connection) -> None:
    with pytest.raises(DBAPIError):
        log.exec_driver_sql(f"INSERT INTO entries (data) VALUES {typed(log, f'({HASH})')}")


def test_items_without_an_entry_are_not_committed(log: Connection) -> None:
    if not is_postgres(log):
        log.exec_driver_sql("BEGIN")
    log.exec_driver_sql(f"INSERT INTO items VALUES {typed(log, f'(7, {HASH})')}")
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        log.commit()


def test_a_hash_of_another_length_does_not_come_in(log: Connection) -> None:
    short = typed(log, "(2, 0, 'h')")
    with pytest.raises(DBAPIError, match=r"(?i)check"):
        log.exec_driver_sql(f"INSERT INTO nodes VALUES {short}")


def test_a_database_of_a_newer_program_is_left_alone(url: str) -> None:
    store = Store.create(url)
    with store._engine.connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'ledger_9999'")
        connection.commit()
    with pytest.raises(Unsafe) as refusal:
        Store.open(url)
    assert refusal.value.code == "store.newer"


def test_tables_are_made_whole_or_not_at_all(url: str, tmp_path: Path) -> None:
    broken = tmp_path / "migrations"
    (broken / "versions").mkdir(parents=True)
    for name in ("env.py", "versions/0001_ledger.py", "versions/0002_cosignatures.py"):
        text = (ROOT / "migrations" / name).read_text(encoding="utf-8")
        cut = text.replace("CREATE TABLE certified", "CREATE TABEL certified")
        (broken / name).write_text(cut, encoding="utf-8")
    with patch("ledger.store.engine._MIGRATIONS", broken), pytest.raises(Unsafe):
        Store.create(url)
    assert Store.create(url).size() == 0


def typed(connection: Connection, values: str) -> str:
    """Write texts as bytes, as each database writes them."""
    if is_postgres(connection):
        return values
    parts = values.split("'")
    return "".join(f"x'{p.encode().hex()}'" if i % 2 else p for i, p in enumerate(parts))


def test_a_ledger_of_the_first_version_is_brought_up_to_date(url: str, tmp_path: Path) -> None:
    """What was in it stays, and cosignatures find their table."""
    first = tmp_path / "migrations"
    (first / "versions").mkdir(parents=True)
    for name in ("env.py", "versions/0001_ledger.py"):
        (first / name).write_bytes((ROOT / "migrations" / name).read_bytes())
    with patch("ledger.store.engine._MIGRATIONS", first):
        old = Store.create(url)
    with old.writing() as writer:
        writer.entries([Stored(0, b"a", ())])
        writer.checkpoint(1, b"note", since=0)
        writer.commit()
    store = Store.open(url)
    with store.writing() as writer:
        writer.cosignatures(1, [("key", "line"), ("other", "line")])
        writer.commit()
    with store.reading() as view:
        assert list(view.checkpoints()) == [(1, b"note")]
        assert view.lines(1) == [("key", "line"), ("other", "line")]
        assert (view.last_cosigned("key"), view.last_cosigned("nobody")) == (1, 0)
