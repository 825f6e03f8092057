"""A ledger that somebody changed behind its back: triggers dropped, then one edit of anything.

The forger of these tests has the file, and sometimes keys; the auditor has `audit` and what was
handed out. `alembic_version` is left out: it says which migrations the tables have been through,
not what is in them, and a wrong one keeps the database from being opened at all.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, Table

from ledger.audit import Finding, audit
from ledger.store.database import Store
from ledger.store.reading import Reader
from ledger.store.tables import METADATA, NAMES
from tests.databases import World, ready
from tests.scene import (
    ORIGIN,
    RULES,
    Scene,
    activity,
    line,
    organisation,
    signer,
    some,
    stand,
)

LOG = ("entries", "items", "nodes", "checkpoints")
TABLES = {table.name: table for table in METADATA.sorted_tables}
COLUMNS = [(table.name, column.name) for table in TABLES.values() for column in table.columns]
KINDS = {name: kind.__name__.lower() for kind, name in NAMES.items()}
Row = dict[str, Any]
Said = tuple[bytes, tuple[bytes, ...]]


def live(world: Scene) -> None:
    """Let at least three rows come into every table, in every state they can have."""
    for day in ("09", "10", "11"):
        world.say("activities", activity(f"B{day}", f"{day} 09:00", f"{day} 12:00", hazard=True),
                  by="T01/r1", org="T01")  # fmt: skip
    sheets = [
        world.attend(line("V1"), line("V2"), line("V3")),
        world.attend(line("V5"), line("V6")),
        world.attend(line("V4")),
    ]
    world.object((sheets[0], 1))
    notices = [world.notice(sheet) for sheet in sheets]
    world.wait(days=8)
    for notice, sheet, out in zip(notices, sheets, ((1,), (), ()), strict=True):
        world.confirm(notice, stand(sheet, *out))
    for number, sheet, n in (("V1", 0, 0), ("V3", 0, 2), ("V5", 1, 0)):
        world.certify(number, (sheets[sheet], (n,)))
    world.correct((sheets[0], 2))
    again = world.attend(
        line("V3", replaces=[sheets[0], 2], class_="C"), reason=some("why"), to="A1"
    )
    world.notice(again)
    world.say("departure", {"volunteer": "V6", "reason": "moved"}, by="T01/r1", org="T01")
    world.say("dismissal", appointment=world.appointment("T01/r2"), since=world.now)
    world.say("restriction", {"volunteer": "V4"}, reason="request")
    for title in ("甲", "乙"):
        world.adopt(RULES.model_copy(update={"title": title}), world.now[:10])
    world.say("organisations", organisation("T03", "T01"), by="T01/r1", org="T01")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("账本")
    found = ready(f"sqlite:///{folder / 'ledger.db'}", folder)
    live(found)
    yield found
    found.db.close()


@dataclass(frozen=True)
class Forger:
    """A person with the file: he has dropped the triggers, and nothing he does is kept."""

    view: Reader

    @property
    def connection(self) -> Connection:
        return self.view.connection

    def run(self, sql: str, *values: object) -> None:
        self.connection.exec_driver_sql(sql, values)

    def rows(self, table: Table) -> list[Row]:
        """Return the rows of a table by its key."""
        keys = ", ".join(f'"{key.name}"' for key in table.primary_key)
        found = self.connection.exec_driver_sql(f"SELECT * FROM {table.name} ORDER BY {keys}")
        return [dict(row) for row in found.mappings()]

    def set(self, table: Table, row: Row, **changed: object) -> None:
        sets = ", ".join(f'"{name}" = ?' for name in changed)
        self.run(f"UPDATE {table.name} SET {sets} WHERE {where(table)}",
                 *changed.values(), *key(table, row))  # fmt: skip

    def delete(self, table: Table, row: Row) -> None:
        self.run(f"DELETE FROM {table.name} WHERE {where(table)}", *key(table, row))

    def insert(self, table: Table, row: Row) -> None:
        marks = ", ".join("?" * len(row))
        self.run(f"INSERT INTO {table.name} VALUES ({marks})", *row.values())

    def findings(self) -> list[Finding]:
        found = audit(self.view, trusted=[signer(ORIGIN).verifier]).findings
        for one in found:
            assert one.code
            assert one.place
            assert one.en != one.zh, one
        return found

    @contextmanager
    def once(self) -> Iterator[None]:
        """Take back what is done in here."""
        self.run("SAVEPOINT once")
        try:
            yield
        finally:
            self.run("ROLLBACK TO once")
            self.run("RELEASE once")


@pytest.fixture
def forger(world: World) -> Iterator[Forger]:
    with forging(world.db) as found:
        yield found


@contextmanager
def forging(store: Store) -> Iterator[Forger]:
    with store.writing() as writer:  # never committed
        found = Forger(writer.read)
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in found.connection.exec_driver_sql(triggers).all():
            found.run(f"DROP TRIGGER {name}")
        yield found


def where(table: Table) -> str:
    return " AND ".join(f'"{one.name}" = ?' for one in table.primary_key)


def key(table: Table, row: Row) -> list[object]:
    return [row[one.name] for one in table.primary_key]


def picked(rows: Sequence[Row]) -> list[Row]:
    """Return the first, the middle and the last row."""
    return [rows[0], rows[len(rows) // 2], rows[-1]]


def place(table: Table, row: Row) -> str:
    """Return the words by which a finding names a row."""
    first, *others = key(table, row)
    match table.name:
        case "entries" | "items":
            return f"entry {first}"
        case "nodes":
            return f"entry {others[0] << int(str(first))}"
        case "checkpoints":
            return f"checkpoint {first}"
        case name:
            return f"{KINDS[name]} {':'.join(map(str, key(table, row)))}"


def others(value: int | str | bytes) -> list[int | str | bytes]:
    """Return what a value might be made, subtle and coarse."""
    if isinstance(value, int):
        return [value + 1, value - 1, value + 2**40, -(2**62)]
    if isinstance(value, str):
        return [f"{value}x", value[:-1] or " ", ""]
    middle = len(value) // 2
    flipped = value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1 :]
    return [flipped, value[:-1], f"{'0' * len(value)}".encode(), value + b"\0", b""]


# --- an untouched ledger ------------------------------------------------------------------------


def test_every_table_is_ours_and_has_rows(world: World, forger: Forger) -> None:
    """No edit below can be missed because its table was empty, or because nobody knew of it."""
    listed = forger.connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'")
    assert {row[0] for row in listed} == {*TABLES, "alembic_version"}
    assert {name: len(forger.rows(table)) for name, table in TABLES.items()}.items() >= {
        name: 3 for name in ()
    }.items()
    assert [name for name, table in TABLES.items() if len(forger.rows(table)) < 3] == []


def test_an_untouched_ledger_has_no_finding(world: World) -> None:
    with world.db.reading() as view:
        report = audit(view, trusted=[signer(ORIGIN).verifier])
    assert report.findings == []
    assert report.size == world.book.size


def test_dropped_triggers_change_nothing_that_is_said(forger: Forger) -> None:
    assert forger.findings() == []


# --- one edit -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "column"), COLUMNS, ids=".".join(map(str, ())) or None)
def test_a_changed_value_is_found(forger: Forger, name: str, column: str) -> None:
    table = TABLES[name]
    rows = picked(forger.rows(table))
    tried = 0
    for turn, row in enumerate(rows):
        values = [one for one in others(row[column]) if one != row[column]]
        # Entries, items and their like take every change; projections take turns.
        for value in values if name in LOG else values[turn : turn + 1]:
            with forger.once():
                try:
                    forger.set(table, row, **{column: value})
                except sqlite3.IntegrityError:
                    continue  # the table itself forbids it
                except Exception as error:  # noqa: BLE001
                    if "IntegrityError" not in repr(error):
                        raise
                    continue
                found = forger.findings()
            tried += 1
            assert found, (row, value)
            if column not in table.primary_key:
                assert place(table, row) in {one.place for one in found}, (value, found)
    assert tried
