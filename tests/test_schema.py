"""How the database is made: a view, a trigger or a rule of somebody else's is found, and a lost guard.

Holds ledger.store.schema, on both databases.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from ledger.store import schema
from ledger.store.database import Store
from tests.clerk import Clerk

pytest_plugins = ["tests.databases"]


@pytest.fixture
def tables(url: str) -> Iterator[Connection]:
    """Give a connection with nothing between it and the tables of an empty ledger."""
    store = Store.create(url)
    with store._engine.connect() as connection:
        yield connection


@pytest.fixture
def served(postgres: str) -> Iterator[Connection]:
    """Give such a connection to a server: a file has neither rules nor switches."""
    store = Store.create(postgres)
    with store._engine.connect() as connection:
        yield connection


def dialect(connection: Connection) -> str:
    return connection.dialect.name


def done(connection: Connection, *words: str) -> None:
    for sql in words:
        connection.exec_driver_sql(sql)


def codes(connection: Connection) -> list[tuple[str, str]]:
    return [(one.code, one.place) for one in schema.odd(connection)]


def trigger(name: str, table: str, connection: Connection) -> list[str]:
    """Return how somebody makes a trigger that forges minutes."""
    if dialect(connection) == "sqlite":
        return [
            f"CREATE TRIGGER {name} AFTER INSERT ON {table} BEGIN UPDATE lines SET minutes = 999; END"
        ]
    body = "BEGIN UPDATE lines SET minutes = 999; RETURN NEW; END"
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS '{body}'",
        f"CREATE TRIGGER {name} AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def drop(name: str, table: str, connection: Connection) -> str:
    on = "" if dialect(connection) == "sqlite" else f" ON {table}"
    return f"DROP TRIGGER {name}{on}"


def test_what_the_migrations_make_is_as_it_must_be(tables: Connection) -> None:
    """If this fails after a new migration, the digests in `GUARDS` are to be taken from here."""
    found, due = schema.read(tables), schema.GUARDS[dialect(tables)]
    assert {table: found.digest(table) for table in due} == due
    assert set(due) == {"entries", "items", "nodes", "checkpoints", "cosignatures"}
    assert schema.odd(tables) == []


def test_a_trigger_of_somebody_else_s_is_found(tables: Connection) -> None:
    done(tables, *trigger("harmless", "lines", tables), *trigger("more", "entries", tables))
    assert codes(tables) == [("schema.trigger", "entries"), ("schema.trigger", "lines")]
    assert "harmless" in schema.odd(tables)[1].en


def test_a_guard_that_was_taken_away_is_missed(tables: Connection) -> None:
    for table in schema.GUARDS[dialect(tables)]:
        done(tables, drop(f"{table}_next", table, tables))
        assert ("schema.guard", table) in codes(tables)
    assert len(codes(tables)) == 5


def test_a_guard_that_does_something_else_is_no_guard(tables: Connection) -> None:
    if dialect(tables) == "sqlite":
        done(tables, drop("entries_next", "entries", tables),
             *trigger("entries_next", "entries", tables))  # fmt: skip
    else:
        done(tables, "CREATE OR REPLACE FUNCTION entries_append_only() RETURNS trigger LANGUAGE plpgsql"
                     " AS $$BEGIN RETURN NEW; END$$")  # fmt: skip
    assert codes(tables) == [("schema.guard", "entries")]


def test_a_guard_that_is_switched_off_is_no_guard(served: Connection) -> None:
    done(served, "ALTER TABLE entries DISABLE TRIGGER entries_change")
    assert codes(served) == [("schema.guard", "entries")]


def test_a_view_in_a_table_s_place_is_found(tables: Connection) -> None:
    done(tables, "ALTER TABLE complaints RENAME TO hidden",
         "CREATE VIEW complaints AS SELECT * FROM hidden")  # fmt: skip
    assert codes(tables) == [("schema.view", "complaints"), ("schema.extra", "hidden")]


def test_a_rule_or_row_security_is_found(served: Connection) -> None:
    done(served, "CREATE RULE quiet AS ON UPDATE TO lines DO INSTEAD NOTHING",
         "ALTER TABLE stars ENABLE ROW LEVEL SECURITY")  # fmt: skip
    assert codes(served) == [("schema.rule", "lines"), ("schema.rule", "stars")]


def test_what_lies_beside_the_tables_is_named(tables: Connection) -> None:
    done(tables, *(f"CREATE TABLE other{n:02} (a INTEGER)" for n in range(12)))
    (extra,) = schema.odd(tables)
    assert extra.code == "schema.extra"
    assert "other00, " in extra.en
    assert "other11" not in extra.en


# --- an audit says so -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("founded"))
    clerk.begin()
    clerk.confirmed("张三")
    return clerk


@pytest.fixture
def here(founded: Clerk, tmp_path: Path) -> Clerk:
    return founded.copied(tmp_path / "pc")


def changed(here: Clerk, *words: str) -> None:
    with closing(sqlite3.connect(here.home / "ledger.db", isolation_level=None)) as tables:
        for sql in words:
            tables.execute(sql)


def found(answer: Any, what: str = "findings") -> list[tuple[str, str]]:
    return [(one["code"], one["place"]) for one in answer[what]]


def test_an_audit_finds_what_the_rows_do_not_show(here: Clerk) -> None:
    assert here("audit")["findings"] == []
    changed(here, "CREATE TRIGGER forge AFTER INSERT ON lines BEGIN UPDATE lines SET minutes=999; END",
            "DROP TRIGGER entries_update", "CREATE TABLE notes (a INTEGER)")  # fmt: skip
    answer = here("audit", code=1)
    assert found(answer) == [
        ("schema.guard", "table entries"),
        ("schema.trigger", "table lines"),
    ]
    assert found(answer, "remarks") == [("schema.extra", "table notes")]
    said = here.run("audit", lang="zh").stdout
    assert "表 entries：缺少守卫触发器 entries_update" in said
    assert "除账本的表之外还有 notes" in said


def test_without_one_of_the_tables_the_log_is_audited_all_the_same(here: Clerk) -> None:
    whole = here("audit")
    here("checkpoint", "-o", here.folder / "true.note")
    changed(here, "DROP TABLE complaints", "DROP TABLE nodes", "DROP TABLE volunteers")
    answer = here("audit", "--against", here.folder / "true.note", code=1)
    assert found(answer) == [
        ("schema.missing", f"table {name}") for name in ("complaints", "nodes", "volunteers")
    ]
    assert (answer["root"], answer["lines"]) == (whole["root"], whole["lines"])


@pytest.mark.parametrize("name", ["entries", "items", "checkpoints", "cosignatures"])
def test_without_the_log_itself_there_is_nothing_to_audit(here: Clerk, name: str) -> None:
    changed(here, f"DROP TABLE {name}")
    assert here.refused("audit") == "audit.impossible"
    assert f"table {name} of the log itself" in here.run("audit").stderr


def test_a_fork_is_proved_without_the_stored_tree_too(here: Clerk, tmp_path: Path) -> None:
    other = here.copied(tmp_path / "other")
    for one in (here, other):
        one("officer", "add", "auditor")
    other("checkpoint", "-o", tmp_path / "its.note")
    whole = here("audit", "--against", tmp_path / "its.note", code=1)
    changed(here, "DROP TABLE nodes")
    answer = here("audit", "--against", tmp_path / "its.note", code=1)
    assert answer["evidence"] == whole["evidence"] != []


def test_an_index_that_hides_rows_is_found(tmp_path: Path) -> None:
    here = Clerk(tmp_path)
    here.begin()
    here.confirmed("张三", "李四")
    database = here.home / "ledger.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as rows:
        (sql,) = rows.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'lines_volunteer'"
        ).fetchone()
        rows.execute("DROP INDEX lines_volunteer")
        rows.execute(f"{sql} WHERE volunteer <> '{here.numbers['张三']}'")
        rows.execute("PRAGMA writable_schema = ON")
        rows.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'lines_volunteer'", (sql,))
    (finding,) = here("audit", code=1)["findings"]
    assert (finding["code"], finding["place"]) == ("schema.index", "table lines")
    assert "lines_volunteer" in finding["message"]
    with closing(sqlite3.connect(database)) as rows:
        rows.execute("REINDEX lines_volunteer")
    here("audit")


def test_garbage_in_a_page_that_no_replay_reads_hides_no_audit(here: Clerk) -> None:
    """The check itself fails on it; the log is whole, and its audit must not be refused."""
    whole, database = here("audit"), here.home / "ledger.db"
    with closing(sqlite3.connect(database)) as rows:
        (page,) = rows.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'lines_volunteer'"
        ).fetchone()
        (size,) = rows.execute("PRAGMA page_size").fetchone()
        rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(database.read_bytes())
    data[(page - 1) * size : page * size] = b"\xa5" * size
    database.write_bytes(data)
    answer = here("audit", code=1)
    assert {one["code"] for one in answer["findings"]} == {"schema.damaged"}
    assert (answer["root"], answer["lines"]) == (whole["root"], whole["lines"])


def test_a_sound_file_is_not_torn(tables: Connection) -> None:
    assert schema.torn(tables) == []
