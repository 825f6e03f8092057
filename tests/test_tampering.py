"""A ledger that somebody changed behind its back: triggers dropped, then one edit of anything.

The forger of these tests has the file, and sometimes keys; the auditor has `audit` and what was
handed out. `alembic_version` is left out: it says which migrations the tables have been through,
not what is in them, and a wrong one keeps the database from being opened at all.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table
from sqlalchemy.exc import IntegrityError

from ledger import admit, checkpoint
from ledger.audit import Finding, Held, audit
from ledger.book import Book
from ledger.checkpoint import Checkpoint, as_signed, issue, with_lines
from ledger.errors import LedgerError, Unsafe
from ledger.merkle import Frontier, leaf_hash
from ledger.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, Note, Signature, Signer, sign
from ledger.places import chinese
from ledger.records import RECORDS
from ledger.statements import item_root
from ledger.store import engine as engines
from ledger.store.database import Store
from ledger.store.reading import Reader, Stored, pack
from ledger.store.tables import METADATA, NAMES
from ledger.trust import TrustedLog
from ledger.vault import Details, Vault
from tests.aside import Aside
from tests.clerk import Clerk
from tests.closer import close
from tests.databases import World, ready
from tests.economy import RICH, abound
from tests.scene import (
    ORIGIN,
    Scene,
    activity,
    digest,
    honour,
    line,
    organisation,
    signer,
    some,
    stand,
    training,
    volunteer,
)

LOG = ("entries", "items", "nodes", "checkpoints", "cosignatures")
READ = ("entries", "items")
WITNESSES = (
    Signer("w.example.org/a", digest("a witness"), COSIGNATURE_ED25519),
    Signer("w.example.org/b", digest("another"), COSIGNATURE_ML_DSA_44),
)
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
    achieve(world, sheets[0])
    for number, at, n in (("V3", 0, 2), ("V5", 1, 0)):
        world.certify(number, (sheets[at], (n,)))
    world.correct((sheets[0], 2))
    again = world.attend(
        line("V3", replaces=[sheets[0], 2], class_="C"), reason=some("why"), to="A1"
    )
    world.notice(again)
    world.say("departure", {"volunteer": "V6", "reason": "moved"}, by="T01/r1", org="T01")
    world.say("dismissal", appointment=world.appointment("T01/r2"), since=world.now)
    world.say("restriction", {"volunteer": "V4"}, reason="request")
    for title in ("甲", "乙"):
        world.adopt(RICH.model_copy(update={"title": title}), world.now[:10])
    world.say("organisations", organisation("T03", "T01"), by="T01/r1", org="T01")
    abound(world)
    close(world, parts=(2, 100))
    world.wait(days=1)
    close(world, "T01", day=world.book.stamp[:10])


def cosign(world: World) -> None:
    """Let two witnesses cosign the newest checkpoint, in both forms, and add an entry after it."""
    with world.db.writing() as writer:
        head = Checkpoint.parse(Note.parse(writer.read.checkpoint()).text)
        for by in WITNESSES:
            line = str(checkpoint.cosign(head, by, 1772430000 + head.size)).rstrip("\n")
            writer.cosignatures(head.size, [(str(by.verifier), line)])
        writer.commit()
    world.say("volunteers", volunteer(f"W{head.size}"), by="T01/r1", org="T01")


def achieve(world: Scene, sheet: str) -> None:
    """Record trainings and honours, certify some beside a line of V1, and take one back."""
    learnt = world.train(training("V1"), training("V2"))
    honoured = world.honour(honour("V1"), honour("V3"))
    world.certify("V1", (sheet, (0,)), training=[[learnt, [0]]], honours=[[honoured, [0]]])
    world.correct((honoured, 1))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("账本")
    found = ready(f"sqlite:///{folder / 'ledger.db'}", folder, RICH)
    live(found)
    for _ in range(3):
        cosign(found)
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

    def findings(self, name: str = "") -> list[Finding]:
        """Audit; what others would read of the table, they must come to the same with."""
        believed = [signer(ORIGIN).verifier]
        report = audit(self.view, trusted=believed)
        if name in READ:
            assert audit(self.view, trusted=believed, executor=Aside()) == report
        found = report.findings
        for one in found:
            assert one.code
            assert one.place
            assert one.en != one.zh, one
        return found

    def may(self, act: Callable[..., None], *what: object, **changed: object) -> bool:
        """Do something, unless the table itself forbids it: a check, or an index."""
        try:
            act(*what, **changed)
        except IntegrityError:
            return False
        return True

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


def key(table: Table, row: Row) -> list[Any]:
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
        case "holds" | "movements":
            return f"{table.name[:-1]} {row['entry']}:{int(row['n']) + 1}"
        case "nodes":
            return f"entry {others[0] << first}"
        case "checkpoints" | "cosignatures":
            return f"{table.name[:-1]} {first}"
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


def test_every_table_is_ours_and_has_rows(forger: Forger) -> None:
    """No edit below can be missed because its table was empty, or because nobody knew of it."""
    listed = forger.connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'")
    assert {row[0] for row in listed} == {*TABLES, "alembic_version"}
    assert [name for name, table in TABLES.items() if len(forger.rows(table)) < 3] == []


def test_an_untouched_ledger_has_no_finding(world: World) -> None:
    with world.db.reading() as view:
        report = audit(view, trusted=[signer(ORIGIN).verifier])
    assert report.findings == []
    assert report.size == world.book.size


def test_dropped_triggers_change_nothing_that_is_said(forger: Forger) -> None:
    assert forger.findings() == []


# --- one edit -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "column"), COLUMNS)
def test_a_changed_value_is_found(forger: Forger, name: str, column: str) -> None:
    table, tried = TABLES[name], 0
    for turn, row in enumerate(picked(forger.rows(table))):
        values = [value for value in others(row[column]) if value != row[column]]
        # What is signed and hashed takes every change in every row, projections take turns.
        for value in values if name in LOG else values[turn : turn + 1]:
            with forger.once():
                if not forger.may(forger.set, table, row, **{column: value}):
                    continue
                found = forger.findings(name)
            tried += 1
            assert found, (row, value)
            if column not in table.primary_key:
                assert place(table, row) in {one.place for one in found}, (value, found)
    assert tried


@pytest.mark.parametrize("name", TABLES)
def test_a_deleted_row_is_found(forger: Forger, name: str) -> None:
    table = TABLES[name]
    for row in picked(forger.rows(table)):
        with forger.once():
            forger.delete(table, row)
            found = forger.findings(name)
        if name == "cosignatures" and row == forger.rows(table)[-1]:
            assert found == []  # a witness's word is lost, and nothing rests on it but a quorum
            continue
        assert place(table, row) in {one.place for one in found} or name in LOG, found
        assert found, row


@pytest.mark.parametrize("name", TABLES)
def test_two_rows_that_changed_places_are_found(forger: Forger, name: str) -> None:
    table = TABLES[name]
    one, *_, other = forger.rows(table)
    for column in [column.name for column in table.columns if not column.primary_key]:
        if one[column] != other[column]:
            with forger.once():
                kept = {column: one[column]}
                forger.set(table, one, **{column: blank(one[column])})
                if not forger.may(forger.set, table, other, **kept):
                    continue
                forger.set(table, one, **{column: other[column]})
                assert forger.findings(name), column


def blank(value: int | str | bytes) -> int | str | bytes:
    """Return what no row holds, so that two rows can change places in spite of an index."""
    match value:
        case int():
            return -99
        case str():
            return "-"
        case bytes():
            return b"-" * len(value)


@pytest.mark.parametrize("name", TABLES)
def test_a_row_that_is_there_twice_is_found(forger: Forger, name: str) -> None:
    """Once as the next row, once where no row can be: below the first, and far above the last."""
    table, tried = TABLES[name], 0
    row = forger.rows(table)[-1]
    again = row | {column: unlike(row[column]) for column in unique(table)}
    for column in [column.name for column in table.primary_key]:
        for value in (*others(row[column]), *FAR) if isinstance(row[column], int) else ("zz",):
            with forger.once():
                if forger.may(forger.insert, table, again | {column: value}):
                    tried += 1
                    assert forger.findings(name), value
    assert tried


FAR = (-1, 2**62 + 7, 2**63 - 1, -(2**63))


def unique(table: Table) -> list[str]:
    return [column.name for index in table.indexes if index.unique for column in index.columns]


def unlike(value: int | str) -> int | str:
    return value + 10**6 if isinstance(value, int) else f"{value[:-2]}9="


def test_a_row_of_items_has_one_form(forger: Forger) -> None:
    """A last length that is too great gives the same items, were it not for its own check."""
    row = forger.rows(TABLES["items"])[5]
    *items, last = split(row["data"])
    longer = pack(items) + (len(last) + 5).to_bytes(4, "big") + last
    for data in (longer, row["data"] + b"\0\0", row["data"] + b"\0" * 4, b"\0"):
        with forger.once():
            forger.set(TABLES["items"], row, data=data)
            assert place(TABLES["items"], row) in {one.place for one in forger.findings()}, data


def split(data: bytes) -> list[bytes]:
    found: list[bytes] = []
    while data:
        size = int.from_bytes(data[:4], "big")
        found.append(data[4 : 4 + size])
        data = data[4 + size :]
    return found


def test_an_empty_row_of_items_is_found(forger: Forger) -> None:
    """Beside an entry without items, and beside no entry at all."""
    with_items = {row["entry"] for row in forger.rows(TABLES["items"])}
    without = next(i for i in range(len(with_items)) if i not in with_items)
    for index in (without, 10_000, -1):
        with forger.once():
            forger.insert(TABLES["items"], {"entry": index, "data": b""})
            assert forger.findings(), index


@pytest.mark.parametrize(("level", "idx"), [(0, -1), (1, 5000), (9, 0), (63, 0), (64, 0), (-1, 0)])
def test_a_node_of_no_entry_is_found(forger: Forger, level: int, idx: int) -> None:
    with forger.once():
        forger.insert(TABLES["nodes"], {"level": level, "idx": idx, "hash": bytes(32)})
        assert [one for one in forger.findings() if f"{level}/{idx}" in one.en or idx == -1]


def test_cosignatures_cut_off_are_missed_by_who_demands_them(forger: Forger) -> None:
    """What a witness said can be lost, and nothing is false then: but the quorum is not reached."""
    log, table = [signer(ORIGIN).verifier], TABLES["cosignatures"]
    believed = TrustedLog(
        keys=(str(log[0]),), witnesses=tuple(str(one.verifier) for one in WITNESSES), quorum=2
    )
    before = audit(forger.view, trusted=log, believed=believed)
    assert before.findings == []
    assert [one.code for one in before.remarks if "quorum" in one.code] == ["quorum.behind"]
    largest = max(size for _, size, _, _ in forger.view.cosignatures())
    lines = [Signature.parse(one[3]) for one in forger.view.cosignatures() if one[1] == largest]
    note = with_lines(dict(forger.view.checkpoints())[largest], lines)
    held, plain = Held.read("页", note), Held.read("note", as_signed(note))
    whole = audit(forger.view, trusted=log, believed=believed, against=[held, plain])
    assert whole == before
    for row in forger.rows(table):
        forger.delete(table, row)
    after = audit(forger.view, trusted=log, believed=believed, against=[held, plain])
    assert [one.code for one in after.findings] == ["quorum.missing"]
    (unkept,) = [one for one in after.remarks if one.code == "cosignature.unkept"]
    assert unkept.place == "页"  # whoever has a page that was cosigned knows without a quorum too
    assert all(one.name in unkept.en for one in lines if one.name != ORIGIN)


@pytest.mark.parametrize("name", [name for name in LOG if name != "cosignatures"])
def test_a_tail_cut_off_one_table_is_found(forger: Forger, name: str) -> None:
    table = TABLES[name]
    for row in forger.rows(table)[-3:]:
        forger.delete(table, row)
    assert forger.findings(name)


GARBAGE = (
    b"", b"\xff" * 60, b"{" * 5000, b"\0" * 40, "一".encode() * 30, b"2026-03-03T13:00:00+08:00\n",
    b"2026-03-03T13:00:00+08:00\nvolunteer-ledger/statement@v1\nx\n{}\n\n\xe2\x80\x94 a b=\n",
    b"2026-03-03T13:00:00+08:00\n" + b"[" * 50_000 + b"\n\n\xe2\x80\x94 a AAAAAAAA\n",
)  # fmt: skip


@pytest.mark.parametrize("name", LOG)
def test_garbage_is_a_finding_and_never_a_crash(forger: Forger, name: str) -> None:
    table, column = TABLES[name], list(TABLES[name].columns)[-1].name
    for row in picked(forger.rows(table)):
        for data in GARBAGE:
            with forger.once():
                if forger.may(forger.set, table, row, **{column: data}):
                    found = {one.place for one in forger.findings(name)}
                    assert place(table, row) in found, (row, data)


# --- whole ledgers, consistent in themselves ----------------------------------------------------


def rebuilt(path: Path, said: Sequence[Said], log: Signer) -> Store:
    """Write a ledger of these entries, with all that follows from them, under one checkpoint."""
    book, tree, nodes = Book(), Frontier(), []
    for entry, items in said:
        try:
            heard = admit.hear(book, entry, items)
            admit.apply(book, heard, admit.admit(book, heard))
        except LedgerError:
            book.advance(book.stamp)
        nodes += tree.append(leaf_hash(entry))
    store = Store.create(f"sqlite:///{path}")
    with store.writing() as writer:
        writer.entries([Stored(n, *one) for n, one in enumerate(said)])
        writer.nodes(sorted(nodes))
        note = issue(Checkpoint(log.name, tree.size, tree.root()), log)
        writer.checkpoint(tree.size, bytes(note), since=0)
        for kind in RECORDS:
            writer.put(list(book.all(kind)))
        writer.commit()
    return store


def audited(store: Store, *held: bytes) -> list[Finding]:
    """Audit a ledger, against checkpoints that somebody holds."""
    log = signer(ORIGIN).verifier
    with store.reading() as view:
        against = [Held.read(f"回执{n}", note) for n, note in enumerate(held)]
        found = audit(view, trusted=[log], against=against).findings
    store.close()
    return found


@pytest.fixture(scope="module")
def lived() -> Scene:
    found = Scene.ready(RICH)
    live(found)
    return found


def said_by(scene: Scene) -> list[Said]:
    return [(one.entry, one.items) for one in scene.log]


def held(said: Sequence[Said]) -> bytes:
    """Return the checkpoint over entries, as who sent the last of them was given it."""
    tree = Frontier()
    for entry, _ in said:
        tree.append(leaf_hash(entry))
    return bytes(issue(Checkpoint(ORIGIN, tree.size, tree.root()), signer(ORIGIN)))


def test_a_ledger_written_anew_by_its_own_log_is_as_good(lived: Scene, tmp_path: Path) -> None:
    """The forgeries below fail for what is forged, not for how they are written."""
    said = said_by(lived)
    store = rebuilt(tmp_path / "a.db", said, signer(ORIGIN))
    assert audited(store, held(said), held(said[:-4])) == []


@pytest.mark.parametrize("cut", [1, 7])
def test_a_tail_cut_off_everywhere_is_seen_by_who_holds_a_checkpoint(
    lived: Scene, tmp_path: Path, cut: int
) -> None:
    """The same as an older file put back. The ledger alone cannot know: it is what it once was."""
    said = said_by(lived)
    store = rebuilt(tmp_path / "a.db", said[:-cut], signer(ORIGIN))
    found = audited(store, held(said), held(said[:-cut]))
    assert [(one.code, one.place) for one in found] == [("checkpoint.ahead", "回执0")]


def test_a_fork_is_seen_by_who_holds_the_other_checkpoint(lived: Scene, tmp_path: Path) -> None:
    said = said_by(lived)
    one, other = (
        lived.write("volunteers", volunteer(number), by="T01/r1", org="T01")
        for number in ("N1", "N2")
    )
    store = rebuilt(tmp_path / "a.db", [*said, one], signer(ORIGIN))
    found = audited(store, held([*said, other]), held([*said, one]))
    assert [(each.code, each.place) for each in found] == [("checkpoint.fork", "回执0")]


def test_hashes_computed_anew_without_keys_are_found(lived: Scene, tmp_path: Path) -> None:
    """Minutes changed, and the item root, the tree, the checkpoint and the projections with them."""
    said = said_by(lived)
    n = next(i for i, (entry, _) in enumerate(said) if b'"kind":"attendance"' in entry)
    entry, items = said[n]
    changed = tuple(item.replace(b'"minutes":180', b'"minutes":179') for item in items)
    assert changed != items
    roots = (item_root(items).encode(), item_root(changed).encode())
    said[n] = (entry.replace(*roots), changed)
    store = rebuilt(tmp_path / "a.db", said, Signer(ORIGIN, digest("no key of ours")))
    found = audited(store)
    assert ("unverified", f"entry {n}") in [(one.code, one.place) for one in found]
    assert ("checkpoint.bad", f"checkpoint {len(said)}") in [(one.code, one.place) for one in found]


def test_everything_signed_anew_by_another_log_is_not_trusted(lived: Scene, tmp_path: Path) -> None:
    with rebuilt(tmp_path / "a.db", said_by(lived), signer(ORIGIN)).reading() as view:
        other = Signer(ORIGIN, digest("another log's key")).verifier
        assert [one.code for one in audit(view, trusted=[other]).findings] == ["log.untrusted"]


@pytest.mark.parametrize("by", ["T01/r2", "T01/nobody"], ids=["dismissed", "stranger"])
def test_an_entry_by_who_may_not_speak_is_found(lived: Scene, tmp_path: Path, by: str) -> None:
    """The forger has the log's key and a key that once was good, and everything else fits."""
    said = said_by(lived)
    one = lived.write("volunteers", volunteer("N3"), by=by, org="T01")
    store = rebuilt(tmp_path / "a.db", [*said, one], signer(ORIGIN))
    found = audited(store)
    assert [(each.code, each.place) for each in found] == [("not_authorised", f"entry {len(said)}")]
    assert signer(by).verifier.by in found[0].zh


def test_an_entry_signed_anew_by_a_dismissed_key_is_found(lived: Scene, tmp_path: Path) -> None:
    """The same row, said by another: what referred to the old statement is in the air now too."""
    said = said_by(lived)
    n = next(one.index for one in lived.log if one.heard.statement.head.kind == "dismissal") + 1
    entry, items = said[n]
    old = Note.parse(entry[26:])
    text = old.text.replace(old.signatures[0].by, signer("T01/r2").verifier.by)
    said[n] = (entry[:26] + bytes(sign(text, signer("T01/r2"))), items)
    found = audited(rebuilt(tmp_path / "a.db", said, signer(ORIGIN)))
    assert (found[0].code, found[0].place) == ("not_authorised", f"entry {n}")


def test_two_entries_that_changed_places_are_found(lived: Scene, tmp_path: Path) -> None:
    said = said_by(lived)
    n = next(i for i, (entry, _) in enumerate(said) if b'"kind":"notice"' in entry)
    said[n - 4], said[n] = said[n], said[n - 4]  # the notice before what it gives notice of
    found = audited(rebuilt(tmp_path / "a.db", said, signer(ORIGIN)))
    assert found[0].place == f"entry {n - 4}"


def test_an_entry_that_is_there_twice_is_found(lived: Scene, tmp_path: Path) -> None:
    said = said_by(lived)
    found = audited(rebuilt(tmp_path / "a.db", [*said, said[-1]], signer(ORIGIN)))
    assert found[0].place == f"entry {len(said)}"


def test_a_checkpoint_by_a_stranger_beside_the_log_is_found(forger: Forger) -> None:
    """Readers pass over signatures of strangers in silence: the audit does not."""
    row = forger.rows(TABLES["checkpoints"])[-1]
    with forger.once():
        line_ = str(sign("x\n", signer("KX/op")).signatures[0])
        forger.set(TABLES["checkpoints"], row, note=row["note"] + line_.encode())
        assert forger.findings()[0].code == "checkpoint.bad"


# --- what keeps our own mistakes out ------------------------------------------------------------

FORBIDDEN = [
    *(f"UPDATE {table} SET {column} = {column}" for table, column in COLUMNS if table in LOG),
    *(f"DELETE FROM {table}" for table in LOG),
    *(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1" for table in LOG),
    *(f"REPLACE INTO {table} SELECT * FROM {table} LIMIT 1 OFFSET 3" for table in LOG),
    *(f"INSERT OR IGNORE INTO {table} SELECT * FROM {table}" for table in LOG),
    "INSERT INTO entries SELECT max(entry) + 2, x'00' FROM entries",
    "INSERT INTO entries VALUES (-1, x'00')",
    "INSERT INTO items SELECT entry, x'00' FROM entries WHERE entry NOT IN (SELECT entry FROM items)",
    "INSERT INTO nodes SELECT 0, max(idx) + 2, zeroblob(32) FROM nodes WHERE level = 0",
    "INSERT INTO nodes VALUES (40, 1, zeroblob(32))",
    "INSERT INTO checkpoints SELECT max(size) + 1, x'00', max(size) FROM checkpoints",
    "INSERT INTO checkpoints SELECT 2, x'00', 1",
    "INSERT INTO entries VALUES (1, x'00') ON CONFLICT (entry) DO UPDATE SET data = x'00'",
]


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_the_log_s_tables_take_the_next_row_and_nothing_else(world: World, sql: str) -> None:
    with closing(sqlite3.connect(world.db.name)) as connection:
        with pytest.raises(sqlite3.IntegrityError, match=r"append-only|takes the next row only"):
            connection.execute(sql)
        connection.rollback()


# --- what is no part of the audit ---------------------------------------------------------------


def test_a_wrong_version_keeps_the_database_shut(world: World, tmp_path: Path) -> None:
    world.db.copy(tmp_path / "a.db")
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ledger_9999'")
        connection.commit()
    with pytest.raises(Unsafe) as refusal:
        Store.open(f"sqlite:///{tmp_path / 'a.db'}")
    assert refusal.value.code == "store.newer"


@pytest.mark.parametrize("column", ["wrapped", "sealed"])
@pytest.mark.parametrize("table", ["people", "kept"])
def test_a_changed_row_of_the_vault_does_not_open(tmp_path: Path, table: str, column: str) -> None:
    """The vault proves nothing to anybody, so the audit leaves it alone; it vouches for itself."""
    file = tmp_path / "vault.db"
    vault = Vault.create(f"sqlite:///{file}", digest("vault key"), "log")
    vault.register([("V1", Details(name="欧阳致远"), {})])
    vault.keep(some("c"), "reason", "迟到", digest("k"), ["V1"])
    vault.store.close()
    with closing(sqlite3.connect(file)) as connection:
        (data,) = connection.execute(f"SELECT {column} FROM {table}").fetchone()
        for place_ in (0, len(data) // 2, -1):
            bad = bytearray(data)
            bad[place_] ^= 1
            connection.execute(f"UPDATE {table} SET {column} = ?", (bytes(bad),))
            connection.commit()
            with pytest.raises(Unsafe) as refusal:
                read_row(Vault.open(f"sqlite:///{file}", digest("vault key"), "log"), table)
            assert refusal.value.code == "vault.sealed"
            assert "欧阳" not in refusal.value.zh


def read_row(vault: Vault, table: str) -> object:
    try:
        return vault.details("V1") if table == "people" else vault.kept(some("c"))
    finally:
        vault.store.close()


# --- as an auditor sees it ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    found = Clerk(tmp_path_factory.mktemp("协会"))
    with let_go():
        found.begin()
        found.confirmed("张三", "李四")
        found.certificate(found.numbers["张三"])
    return found


EDITS = {
    "UPDATE lines SET minutes = minutes + 60 WHERE n = 0": "line ",
    "UPDATE volunteers SET state = 'erased'": "volunteer ",
    "UPDATE certificates SET state = 'revoked'": "certificate ",
    "UPDATE certificates SET successor = number": "certificate ",
    "DELETE FROM keys WHERE role = 'confirmer'": "key ",
    "UPDATE entries SET data = CAST(replace(data, 'T01', 'KX') AS BLOB) WHERE entry = 8": "entry 8",
    "DELETE FROM entries WHERE entry = 5": "entry 5",
    "INSERT INTO entries VALUES (-1, x'00')": "entry 0",
    "INSERT INTO items VALUES (999, x'00')": "items 999",
    "UPDATE items SET data = zeroblob(length(data)) WHERE entry = 9": "entry 9",
    "UPDATE nodes SET hash = zeroblob(32) WHERE level = 0 AND idx = 4": "entry 4",
}


@pytest.mark.parametrize("sql", EDITS)
def test_an_auditor_is_told_which_row(office: Clerk, tmp_path: Path, sql: str) -> None:
    with let_go():
        here = copied(office, tmp_path)
        assert here("audit")["findings"] == []
        edit(here, sql)
        answer = here("audit", code=1)
        assert [one for one in answer["findings"] if one["place"].startswith(EDITS[sql])]
        for lang, place in (("zh", chinese(EDITS[sql])), ("en", EDITS[sql])):
            said = here.run("audit", lang=lang)
            assert said.exit_code == 1
            assert [one for one in said.stdout.splitlines() if one[0] == "✗" and place in one]
            assert said.stderr == ""


def test_an_older_file_put_back_is_seen_by_receipts_and_certificates(
    office: Clerk, tmp_path: Path
) -> None:
    with let_go():
        here = copied(office, tmp_path)
        before = (here.home / "ledger.db").read_bytes()
        here("activity", "cancel", here("activity", "list")["activities"][0]["code"], code=1)
        entry = here("volunteer", "leave", here.numbers["李四"])["entries"][-1]
        _, paper = here.certificate(here.numbers["张三"], "新证明.pdf")
        receipt = here.home / "receipts" / f"{entry:08d}.tlog-proof"
        assert here("audit", "--against", receipt, "--against", paper)["findings"] == []
    (here.home / "ledger.db").write_bytes(before)
    with let_go():
        own = {one["place"] for one in here("audit", code=1)["findings"]}
        newest = max((here.home / "receipts").iterdir())
        assert own == {str(newest), str(here.folder / "guard")}  # what the thief forgot
        newest.unlink()
        (here.folder / "guard").rename(here.folder / "aside")
        receipt.rename(tmp_path / "receipt")
        for left in (here.home / "receipts").iterdir():
            left.unlink()
        assert here("audit")["findings"] == []
        held = ("--against", tmp_path / "receipt", "--against", paper)
        answer = here("audit", *held, code=1)
        assert {one["place"] for one in answer["findings"]} == {
            str(tmp_path / "receipt"),
            str(paper),
        }
        (here.folder / "aside").rename(here.folder / "guard")
        assert here.refused("volunteer", "leave", here.numbers["李四"]) == "guard.ahead"


def edit(here: Clerk, sql: str) -> None:
    """Drop the triggers and run one statement, as a person with the file does."""
    with closing(sqlite3.connect(here.home / "ledger.db")) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(sql).rowcount > 0
        connection.commit()


def copied(office: Clerk, folder: Path) -> Clerk:
    """Return a copy of a clerk's computer."""
    shutil.copytree(office.folder, folder, dirs_exist_ok=True)
    return replace(office, folder=folder)


@contextmanager
def let_go() -> Iterator[None]:
    """Let go of every database that commands opened: files are copied and written over here."""
    opened: list[Engine] = []
    connect = engines.connect

    def remember(place: engines.Place, **options: Any) -> Engine:
        opened.append(connect(place, **options))
        return opened[-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engines, "connect", remember)
        try:
            yield
        finally:
            for engine in opened:
                engine.dispose()
