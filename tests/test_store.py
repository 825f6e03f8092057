"""The database: what is written is read, whole and in order; what is fetched is enough to decide."""

import sqlite3
import threading
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from ledger.audit import audit
from ledger.book import Book
from ledger.errors import Unsafe
from ledger.merkle import Frontier, complete_nodes, inclusion_ranges
from ledger.records import (
    RECORDS,
    Account,
    Achievement,
    Activity,
    Certificate,
    Certified,
    Complaint,
    Good,
    Hold,
    Holder,
    Import,
    Key,
    Line,
    Membership,
    Movement,
    Notice,
    Organisation,
    Record,
    Sheet,
    Spoken,
    Star,
    Volunteer,
    key_of,
)
from ledger.store.database import Store
from ledger.store.fetching import near_lines
from ledger.store.queries import Query
from ledger.store.reading import Stored, pack, unpack
from ledger.store.tables import METADATA
from ledger.store.trees import frontier, nodes_for
from tests.closer import close
from tests.databases import World, guard, ready
from tests.economy import RICH, thrive
from tests.scene import (
    ORIGIN,
    activity,
    honour,
    line,
    organisation,
    signer,
    some,
    stand,
    training,
    volunteer,
)

pytest_plugins = ["tests.databases"]


@pytest.fixture
def store(url: str) -> Store:
    return Store.create(url)


def put(store: Store, *records: Record) -> None:
    with store.writing() as writer:
        writer.put(records)
        writer.commit()


def a_line(n: int = 0, **more: object) -> Line:
    values: dict[str, object] = {
        "sheet": "s", "n": n, "volunteer": "V1", "start": "2026-03-02T08:00:00+08:00",
        "end": "2026-03-02T09:00:00+08:00", "minutes": 60, "class_": "B",
    }  # fmt: skip
    return Line(**values | more)  # type: ignore[arg-type]


# --- what is written is read --------------------------------------------------------------------


SAMPLES: tuple[Record, ...] = (
    Spoken("T01/r1+00000000", "0" * 32, 3, "ref", "notice", "T01", "stamp"),
    Key("T01/r1+00000000", 1, "ref", "recorder", "T01", "p1", "vkey", "public"),
    Organisation("KX", "ref", 0, "", "科学技术协会𫖯"),
    Volunteer("V1", "ref", 0, "stamp", "active"),
    Membership("V1", "KX", "stamp"),
    Activity("A1", "ref", 0, "KX", "活动", "s", "e", "科普类", "B", moved=True, hazard=True),
    Sheet("ref", 3, "KX", "A1", "p1", "stamp", 2, late=True),
    a_line(state="void"),
    Notice("ref", 4, "KX", "stamp", 1, open=False),
    Star("V1", 2, "T01", "ref", "review", 1, 9, "award", 0),
    Complaint("V1", 9, "2026-03-02"),
    Holder("V1", "frozen", 9),
    Account("volunteer:V1", "credit", -3, 2, 1, 185, 4),
    Movement(
        "ref", 0, 9, "stamp", "day", "pool", "volunteer:V1", "credit", 3, "donate", "r:0", "day", 1
    ),
    Hold(
        "ref",
        0,
        9,
        "T01",
        "p1",
        "pool",
        "volunteer:V1",
        "credit",
        3,
        "donate",
        "day",
        "until",
        "g",
        1,
    ),
    Good("G1", "ref", 0, "T01", "雨伞", 5, 20),
    Achievement("ref", 0, 9, "training", "T01", "p1", "V1", "2026-03-02", "急救𫖯", "会", 90, 12),
    Import("other", "ref", 0, 9),
    Certificate("ref", 5, "number", "KX", "2026", 1, "V1", 60),
    Certified("s", 0, "ref"),
)


@pytest.mark.parametrize("record", SAMPLES, ids=lambda record: type(record).__name__)
def test_a_record_comes_back_as_it_was(store: Store, record: Record) -> None:
    kind = type(record)
    put(store, record)
    assert store.find(kind, *key_of(record)) == record
    assert [type(v) for v in vars_of(store.find(kind, *key_of(record)))] == [
        type(v) for v in vars_of(record)
    ]
    assert list(store.all(kind)) == [record]


def vars_of(record: Record | None) -> list[object]:
    return [getattr(record, name) for name in record.__struct_fields__] if record else []


def test_a_record_takes_the_place_of_the_one_with_its_key(store: Store) -> None:
    put(store, a_line(), a_line(state="objected"))
    assert list(store.all(Line)) == [a_line(state="objected")]
    put(store, a_line(state="excepted"))
    assert list(store.all(Line)) == [a_line(state="excepted")]
    put(store, Certified("s", 0, "c"))
    put(store, Certified("s", 0, "c"))
    assert len(list(store.all(Certified))) == 1


def test_records_are_found_by_any_field(store: Store) -> None:
    put(store, *(a_line(n, volunteer=f"V{n % 2}") for n in range(5)))
    assert [one.n for one in store.where(Line, volunteer="V1", class_="B")] == [1, 3]
    assert list(store.where(Line, volunteer="V9")) == []
    put(store, Notice("a", 1, "KX", "s", 1), Notice("b", 2, "KX", "s", 0, open=False))
    assert [one.ref for one in store.where(Notice, open=True)] == ["a"]
    assert store.find(Line, "s", 9) is None


def test_everything_is_read_page_by_page(store: Store) -> None:
    lines = [a_line(n, sheet=f"s{n % 3}") for n in range(23)]
    put(store, *lines)
    with store.writing() as writer:
        writer.entries([Stored(n, b"%d" % n, (b"x",) * (n % 3)) for n in range(23)])
        writer.nodes([(0, n, bytes([n]) * 32) for n in range(23)])
        writer.nodes([(1, n, bytes([n]) * 32) for n in range(11)])
        writer.commit()
    with patch("ledger.store.reading._PAGE", 4):
        assert sorted(store.all(Line), key=lambda one: one.n) == lines
        assert [one.index for one in store.entries()] == list(range(23))
        assert [len(one.items) for one in store.entries(3, 9)] == [0, 1, 2, 0, 1, 2]
        with store.reading() as view:
            assert [n for n, _ in view.level(1)] == list(range(11))
            assert [(level, n) for level, n, _ in view.all_nodes()] == [
                *((0, n) for n in range(23)), *((1, n) for n in range(11))
            ]  # fmt: skip


def test_who_reads_everything_once_keeps_little_of_it(file_url: str) -> None:
    """What SQLite may keep of the file, in KiB."""
    Store.create(file_url).close()
    for once, room in ((True, 2048), (False, 65_536)):
        store = Store.open(file_url, once=once)
        with store.reading() as view:
            assert view.connection.exec_driver_sql("PRAGMA cache_size").scalar() == -room
        store.close()


def test_one_view_does_not_see_what_is_written_meanwhile(url: str, store: Store) -> None:
    put(store, a_line(0))
    other = Store.open(url)
    with store.reading() as view:
        before = list(view.all(Line))
        put(other, a_line(1))
        assert list(view.all(Line)) == before
    assert len(list(store.all(Line))) == 2


def test_what_is_not_committed_has_never_been(store: Store) -> None:
    with store.writing() as writer:
        writer.put([a_line()])
    assert list(store.all(Line)) == []


@given(st.lists(st.binary(max_size=40)))
def test_items_come_back(items: list[bytes]) -> None:
    assert unpack(pack(items)) == tuple(items)


@given(st.binary(max_size=60))
def test_a_damaged_row_of_items_is_read_somehow(data: bytes) -> None:
    assert all(isinstance(item, bytes) for item in unpack(data))


def test_a_copy_is_a_ledger_of_its_own(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    world.pass_notice(world.attend(line("V1"), line("V2")))
    target = tmp_path / "副本" / "账本.db"
    target.parent.mkdir()
    world.db.copy(target)
    with Store.open(f"sqlite:///{target}").reading() as view:
        report = audit(view)
        assert report.findings == []
        assert report.size == world.book.size
    with pytest.raises(Unsafe) as refusal:
        world.db.copy(target)
    assert refusal.value.code == "store.exists"


# --- the tree -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 21])
def test_roots_and_proofs_come_from_the_nodes(file_url: str, size: int) -> None:
    store = Store.create(file_url)
    tree = Frontier()
    made = [node for n in range(21) for node in tree.append(bytes([n]) * 32)]
    with store.writing() as writer:
        writer.nodes(made)
        writer.commit()
    hashes = {(level, index): found for level, index, found in made}
    with store.reading() as view:
        found = frontier(view, size)
        assert found.peaks == [hashes[node] for node in complete_nodes(0, size)]
        for index in range(size):
            ranges = inclusion_ranges(index, size)
            nodes = nodes_for(view, ranges)
            for start, end in ranges:
                assert [nodes(*node) for node in complete_nodes(start, end)]
        with pytest.raises(Unsafe) as refusal:
            frontier(view, 64)
        assert refusal.value.code == "log.damaged"


# --- fetching -----------------------------------------------------------------------------------


def lived(world: World) -> None:
    """Let every kind of statement be said that moves nothing."""
    first = world.attend(line("V1"), line("V2"), line("V3"))
    world.object((first, 2), from_="V3")
    notice = world.notice(first)
    second = world.attend(line("V4"), line("V3", "03 10:00", "03 11:00"))
    world.wait(days=8)
    world.confirm(notice, stand(first, 2))
    world.pass_notice(second)
    issued = world.certify("V1", (first, (0,)))
    world.correct((first, 1), (first, 0))
    again = world.attend(line("V2", replaces=[first, 1], class_="C"), reason=some("why"))
    world.pass_notice(again)
    assert world.certify("V2", (again, (0,))).index
    world.say("revocation", by="KX/i1", org="KX", certificate=issued.ref, reason="error")
    achieved(world, again)
    world.list_standings()
    world.say("restriction", {"volunteer": "V4"}, reason="asked")
    world.say("erasure", {"volunteer": "V4"}, reason="asked")
    world.say("departure", {"volunteer": "V3", "reason": "left"}, by="T01/r1", org="T01")
    world.say("volunteers", volunteer("V7"), by="T02/r1", org="T02")
    world.say("organisations", organisation("T02", "T01"), by="KX/r1", org="KX")
    appointed = world.appoint("T02/r7", "recorder", "T02", "p-r7").ref
    world.say("dismissal", appointment=appointed, since=world.now)
    apart(world)


def apart(world: World) -> None:
    """Let an activity be called off, and what concerns the log itself be said."""
    world.say("activities", activity("A2", "30 09:00", "30 12:00"), by="T01/r1", org="T01")
    world.say("cancellation", by="T01/r1", org="T01", activity="A2")
    world.anchor("AX/log", 7)
    world.recover()


def achieved(world: World, sheet: str) -> None:
    """Let trainings and honours be recorded, certified beside a line of V2, and taken back."""
    learnt = world.train(training("V2"), training("V3"))
    honoured = world.honour(honour("V2"), honour("V3"))
    world.certify("V2", (sheet, (0,)), training=[[learnt, [0]]], honours=[[honoured, [0]]])
    world.correct((honoured, 0), (learnt, 1))
    close(world, parts=(2, 4))
    world.check(world.sample().ref, (sheet, 0))


def test_a_lived_ledger_replays_to_the_same_projections(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    lived(world)
    with world.db.reading() as view:
        assert audit(view).findings == []
        for kind in RECORDS:
            assert set(view.all(kind)) == set(world.book.all(kind))


DAYS = [(date(2026, 3, 1) + timedelta(days=n)).isoformat() for n in range(8)]


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    """Draw lines of a few people over a week; those of class L may be longer than a day."""
    found = []
    for n in range(draw(st.integers(0, 12))):
        start = draw(st.integers(0, 7 * 24 - 1))
        class_ = draw(st.sampled_from("ABCL"))
        hours = draw(st.integers(1, 100 if class_ == "L" else 24))
        begins, ends = (f"{_hour(start + h)}:00:00+08:00" for h in (0, hours))
        person = draw(st.sampled_from(("V1", "V2")))
        found.append(Line("s", n, person, begins, ends, hours * 60, class_))
    return found


def _hour(hours: int) -> str:
    day = date(2026, 3, 1) + timedelta(days=hours // 24)
    return f"{day.isoformat()}T{hours % 24:02d}"


@given(lines(), st.integers(0, 7), st.integers(0, 2))
def test_near_lines_are_those_the_book_would_find(found: list[Line], at: int, more: int) -> None:
    first, last = DAYS[at], DAYS[min(at + more, 7)]
    book = Book()
    book.put(found)
    due = book.lines_near("V1", f"{first}T00:00:00+08:00", f"{last}T23:59:00+08:00")
    store = shared()
    with store.writing() as writer:
        writer.put(found)  # and never committed
        near = near_lines(writer.read, {"V1": (first, last)})
    assert set(near) >= set(due)
    assert all(one.volunteer == "V1" for one in near)
    assert len(near) == len(set(near))


_SHARED: list[Store] = []


def shared() -> Store:
    return _SHARED[0]


@pytest.fixture(autouse=True)
def _one_store_for_all_examples(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if "near_lines" in request.node.name:
        path = tmp_path_factory.mktemp("near") / "ledger.db"
        _SHARED[:] = [Store.create(f"sqlite:///{path}")]


@pytest.mark.parametrize("story", [lived, thrive])
def test_nothing_that_is_fetched_scans_a_table(
    file_url: str, tmp_path: Path, story: Callable[[World], None]
) -> None:
    world = ready(file_url, tmp_path, RICH)
    sql: list[tuple[str, tuple[object, ...]]] = []
    run = Query.run

    def listen(self: Query, connection: object, **values: object) -> object:
        sql.append((self.sql, tuple({**self.constants, **values}[name] for name in self.names)))
        return run(self, connection, **values)  # type: ignore[arg-type]

    with patch.object(Query, "run", listen):
        story(world)
    small = ("adoptions", "entries", "checkpoints", "nodes", "items", "activities", "notices")
    tables = tuple(f"SCAN {name}" for name in METADATA.tables if name not in small)
    with world.db._engine.connect() as connection:
        for text, values in set(sql):
            if "WHERE keys.role" in text:  # for a new log key, once in years
                continue
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
            steps = [row[3] for row in plan]
            assert not [step for step in steps if step.startswith(tables)], text


# --- troubles -----------------------------------------------------------------------------------


def refusal(url: str, *, create: bool = False) -> Unsafe:
    with pytest.raises(Unsafe) as found:
        Store.create(url) if create else Store.open(url)
    assert found.value.en != found.value.zh
    return found.value


def test_a_ledger_that_is_not_there(file_url: str) -> None:
    assert refusal(file_url).code == "store.missing"
    assert not Path(file_url.removeprefix("sqlite:///")).exists()


def test_a_ledger_that_is_there_already(url: str, tmp_path: Path) -> None:
    Store.create(url).close()
    Store.create(url).close()  # of one that holds nothing, nothing is lost
    ready(url, tmp_path)
    assert refusal(url, create=True).code == "store.exists"


def test_an_empty_database_is_no_ledger(postgres: str) -> None:
    assert refusal(postgres).code == "store.missing"


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"%PDF-1.7 " * 1000)
    assert refusal(f"sqlite:///{path}").code == "store.damaged"


def test_a_database_of_somebody_else(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    assert refusal(f"sqlite:///{path}").code == "store.missing"


@pytest.mark.parametrize("url", ["ledger.db", "mysql://host/db", "nonsense://x", ""])
def test_an_address_of_nothing_we_know(url: str) -> None:
    assert refusal(url).code == "store.url"


def test_a_server_that_does_not_answer() -> None:
    found = refusal("postgresql://volunteer:secret@127.0.0.1:1/ledger?connect_timeout=2")
    assert found.code == "store.unreachable"
    assert "secret" not in found.en + found.zh


def test_a_second_writer_waits_and_then_says_so(url: str, store: Store) -> None:
    other = Store.open(url, wait=0.2)
    with store.writing(), pytest.raises(Unsafe) as found, other.writing():
        pass
    assert found.value.code == "store.busy"
    assert "another program is writing" in found.value.en


def test_a_second_writer_gets_his_turn(url: str, store: Store) -> None:
    done: list[str] = []

    def write() -> None:
        with Store.open(url).writing() as writer:
            writer.put([a_line(1)])
            done.append("second")
            writer.commit()

    thread = threading.Thread(target=write)
    with store.writing() as writer:
        writer.put([a_line(0)])
        thread.start()
        thread.join(0.2)
        done.append("first")
        writer.commit()
    thread.join(20)
    assert done == ["first", "second"]
    assert len(list(store.all(Line))) == 2


def test_a_full_disk_takes_nothing_and_says_so(file_url: str, tmp_path: Path) -> None:
    world = ready(file_url, tmp_path)
    size = world.db.size()
    _limit(world.db._engine, pages=1)  # as many pages as there are, and not one more
    with pytest.raises(Unsafe) as found:
        world.say("volunteers", *(volunteer(f"N{n}") for n in range(2000)), by="T01/r1", org="T01")
    assert found.value.code == "store.full"
    assert world.db.size() == size
    _limit(world.db._engine, pages=2**30)
    world.attend(line("V1"))
    with world.db.reading() as view:
        assert audit(view).findings == []


def _limit(engine: Engine, pages: int) -> None:
    with engine.connect() as connection:  # the pool has one connection, and gives it again
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_a_database_that_may_not_be_written(url: str, store: Store) -> None:
    refuse = {True: "PRAGMA query_only = ON", False: "SET default_transaction_read_only = on"}
    with store._engine.connect() as connection:
        connection.exec_driver_sql(refuse[url.startswith("sqlite")])
        connection.commit()
    with pytest.raises(Unsafe) as found:
        put(store, a_line())
    assert found.value.code == "store.readonly"


def test_a_missing_driver_is_named() -> None:
    with patch.dict("sys.modules", {"psycopg": None}):
        assert refusal("postgresql://host/db").code == "store.driver"


def test_a_row_from_outside_is_not_written_over(url: str, tmp_path: Path) -> None:
    """What the triggers refuse comes out as a sentence, and nothing was written."""
    world = ready(url, tmp_path)
    with world.db._engine.connect() as connection:
        place = world.db.size()
        data = "x'00'" if url.startswith("sqlite") else "'\\x00'"
        connection.exec_driver_sql(f"INSERT INTO entries VALUES ({place}, {data})")
        connection.commit()
    with pytest.raises(Unsafe) as found:
        world.attend(line("V1"))
    assert found.value.code == "log.damaged"


def test_the_log_s_key_does_not_matter_to_the_store(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    assert world.db.checkpoint().startswith(f"{ORIGIN}\n{world.book.size}\n".encode())
    assert guard(tmp_path).read().size == world.book.size
    assert signer(ORIGIN).verifier.by in {key.by for key in world.db.all(Key)}
