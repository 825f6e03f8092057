"""Publishing: a folder that is whole at every moment, whoever looks and whatever dies.

Holds ledger.publish, ledger.staticfiles and ledger.durable.
"""

import multiprocessing
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from ledger import merkle, tiles
from ledger.audit import audit
from ledger.durable import lock
from ledger.errors import Malformed, Unsafe, Unverified
from ledger.note import Signer, Verifier, sign
from ledger.publish import Done, Head, _remove_superseded, open_folder, publish
from ledger.records import Key
from ledger.staticfiles import StaticFiles
from ledger.tiles import Tile
from tests.databases import ready
from tests.scene import ORIGIN, line, signer
from tests.shelf import Shelf
from tests.walker import walk

pytest_plugins = ["tests.databases"]

DEADLINE = 60


def names(folder: Path) -> set[str]:
    """Return what lies in a folder for readers."""
    found = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    return {name for name in found if not name.startswith(".vledger/")}


def due(size: int) -> set[str]:
    return {tile.path for tile in tiles.tiles(size)} | ({"checkpoint"})


def holds(folder: Path, shelf: Shelf, size: int) -> None:
    """Read a folder by our own code and by a stranger's."""
    log = open_folder(folder, shelf.trust)
    assert log.checkpoint.size == size
    assert list(log.entries()) == shelf.entries[:size]
    assert walk(lambda name: (folder / name).read_bytes()) == (ORIGIN, size, shelf.entries[:size])


@contextmanager
def refused(code: str, named: str = "", zh: str = "") -> Iterator[None]:
    with pytest.raises(Unsafe) as refusal:
        yield
    assert refusal.value.code == code
    assert named in refusal.value.en
    assert (zh or named) in refusal.value.zh


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
def test_a_folder_holds_the_whole_log(tmp_path: Path, size: int) -> None:
    shelf = Shelf(size)
    done = publish(tmp_path / "web", shelf, shelf.head())
    assert done == Done(size, 0, len(due(size)), 0)
    assert names(tmp_path / "web") == due(size)
    holds(tmp_path / "web", shelf, size)


def test_three_levels(tmp_path: Path) -> None:
    shelf = Shelf(256 * 256 + 300)
    publish(tmp_path, shelf, shelf.head())
    assert "tile/2/000.p/1" in names(tmp_path)
    holds(tmp_path, shelf, shelf.size)


def test_what_is_published_never_changes(tmp_path: Path) -> None:
    """Growing adds files and replaces the checkpoint; nothing else is touched but what is superseded."""
    shelf = Shelf(200)
    seen: dict[str, bytes] = {}
    for step in (0, 1, 54, 1, 1, 255, 1, 300, 0, 7):
        shelf.grow(step)
        publish(tmp_path, shelf, shelf.head())
        now = {name: (tmp_path / name).read_bytes() for name in names(tmp_path) - {"checkpoint"}}
        assert {name for name in seen.keys() & now.keys() if seen[name] != now[name]} == set()
        assert all(".p/" in name for name in seen.keys() - now.keys())
        seen |= now
        holds(tmp_path, shelf, shelf.size)


def test_again_writes_nothing(tmp_path: Path) -> None:
    shelf = Shelf(300)
    publish(tmp_path, shelf, shelf.head())
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in names(tmp_path)}
    for every in (False, True):
        assert publish(tmp_path, shelf, shelf.head(), every=every) == Done(300, 300, 0, 0)
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in names(tmp_path)} == before


def test_partial_tiles_stay_for_one_run_more(tmp_path: Path) -> None:
    """Who read the checkpoint just before the next one was published still finds its files."""
    shelf = Shelf(255)
    publish(tmp_path, shelf, shelf.head())
    old = (tmp_path / "checkpoint").read_bytes()
    shelf.grow(10)
    assert publish(tmp_path, shelf, shelf.head()).removed == 0
    assert names(tmp_path) == due(265) | due(255)
    files = {
        **{name: (tmp_path / name).read_bytes() for name in names(tmp_path)},
        "checkpoint": old,
    }
    assert walk(files.__getitem__)[1] == 255
    assert publish(tmp_path, shelf, shelf.head()).removed == 2
    assert names(tmp_path) == due(265)
    shelf.grow(3)
    assert publish(tmp_path, shelf, shelf.head()).removed == 0
    assert names(tmp_path) == due(268) | due(265)  # the full tile is not there yet


def test_superseded_tiles_are_found_in_the_folder_before(tmp_path: Path) -> None:
    """A thousand tiles lie in a folder: the last one of the folder before is looked for as well."""
    stay = {"tile/0/x001/001.p/9", "tile/entries/x001/001.p/9", "tile/1/003.p/231"}
    go = {"tile/0/999.p/5", "tile/0/x001/000.p/1", "tile/entries/999.p/5", "tile/1/002.p/1"}
    with StaticFiles.held(tmp_path) as files:
        for name in stay | go:
            files.keep(name, b"")
        files.settle()
        assert _remove_superseded(files, 1001 * 256 + 9) == len(go)
    assert names(tmp_path) == stay
    assert not (tmp_path / "tile/0/999.p").exists()


def test_what_others_put_there_is_left_alone(tmp_path: Path) -> None:
    shelf = Shelf(255)
    publish(tmp_path, shelf, shelf.head())
    others = ("index.html", "tile/0/000.p/notes.txt", "tile/entries/000.p/0")
    for name in others:
        (tmp_path / name).write_text("theirs", encoding="utf-8")
    shelf.grow(10)
    for _ in range(2):
        publish(tmp_path, shelf, shelf.head())
    assert names(tmp_path) == due(265) | set(others)


def test_cosignatures_are_published_when_they_come(tmp_path: Path) -> None:
    shelf = Shelf(3)
    head = shelf.head()
    publish(tmp_path, shelf, head)
    witness = signer("witness.example/w")
    line_ = str(sign("seen\n", witness).signatures[0])
    more = Head(head.note + line_.encode(), head.keys)
    assert publish(tmp_path, shelf, more) == Done(3, 3, 1, 0)
    assert (tmp_path / "checkpoint").read_bytes() == more.note


# --- what stands in the way -----------------------------------------------------------------------


def test_bytes_that_differ_are_refused_by_name(tmp_path: Path) -> None:
    shelf = Shelf(300)
    publish(tmp_path, shelf, shelf.head())
    for name in ("tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1"):
        file = tmp_path / name
        right = file.read_bytes()
        file.write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
        with refused("publish.differs", str(file)):
            publish(tmp_path, shelf, shelf.head())
        file.write_bytes(right)
    old = tmp_path / "tile/entries/000"
    old.write_bytes(b"changed")
    publish(tmp_path, shelf, shelf.head())  # what was published long ago is compared when asked for
    with refused("publish.differs", str(old)):
        publish(tmp_path, shelf, shelf.head(), every=True)


def test_a_missing_file_is_written_again_when_asked_for(tmp_path: Path) -> None:
    shelf = Shelf(600)
    publish(tmp_path, shelf, shelf.head())
    shutil.rmtree(tmp_path / "tile" / "entries")
    (tmp_path / "tile/0/000").unlink()
    assert publish(tmp_path, shelf, shelf.head(), every=True).written == 4
    holds(tmp_path, shelf, 600)


def test_the_folder_of_another_log_is_refused(tmp_path: Path) -> None:
    shelf, other = Shelf(5), Signer("other.example/log", b"\1" * 32)
    publish(tmp_path, shelf, shelf.head(other))
    before = {name: (tmp_path / name).read_bytes() for name in names(tmp_path) - {"checkpoint"}}
    with refused("publish.other", str(tmp_path / "checkpoint")):
        publish(tmp_path, shelf, shelf.head())
    forged = Signer(ORIGIN, b"\2" * 32)  # our name, not our key
    (tmp_path / "checkpoint").write_bytes(shelf.head(forged).note)
    with refused("publish.other", str(tmp_path / "checkpoint")):
        publish(tmp_path, shelf, shelf.head())
    (tmp_path / "checkpoint").write_bytes(b"no note")
    with refused("publish.other", str(tmp_path / "checkpoint")):
        publish(tmp_path, shelf, shelf.head())
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_a_folder_that_is_ahead_is_refused(tmp_path: Path) -> None:
    """An older copy of the ledger must not take back what was published."""
    shelf = Shelf(20)
    publish(tmp_path, shelf, shelf.head())
    with refused("publish.ahead", str(tmp_path / "checkpoint")):
        publish(tmp_path, Shelf(19), Shelf(19).head())
    holds(tmp_path, shelf, 20)


@pytest.mark.parametrize("size", [20, 21, 300])
def test_a_fork_is_refused(tmp_path: Path, size: int) -> None:
    shelf, other = Shelf(20), Shelf(size, seed="other")
    publish(tmp_path, shelf, shelf.head())
    with refused("publish.fork", str(tmp_path / "checkpoint")):
        publish(tmp_path, other, other.head())
    holds(tmp_path, shelf, 20)


def damaged_entry(shelf: Shelf) -> None:
    shelf.entries[290] += b"!"


def missing_entry(shelf: Shelf) -> None:
    del shelf.entries[290]


def damaged_leaf(shelf: Shelf) -> None:
    shelf.nodes[0, 7] = bytes(32)


def missing_node(shelf: Shelf) -> None:
    del shelf.nodes[8, 0]


def long_entry(shelf: Shelf) -> None:
    shelf.entries[290] = b"x" * 70_000


@pytest.mark.parametrize(
    "damage", [damaged_entry, missing_entry, damaged_leaf, missing_node, long_entry]
)
def test_a_damaged_log_is_not_published(tmp_path: Path, damage: Any) -> None:
    shelf = Shelf(300)
    head = shelf.head()
    damage(shelf)
    with refused("log.damaged"):
        publish(tmp_path, shelf, head)
    assert not (tmp_path / "checkpoint").exists()


def test_a_checkpoint_that_is_not_ours_is_not_published(tmp_path: Path) -> None:
    shelf = Shelf(3)
    with refused("log.damaged"):
        publish(tmp_path, shelf, Head(shelf.head().note, [signer("KX/op").verifier]))
    assert names(tmp_path) == set()


def test_one_program_at_a_time(tmp_path: Path) -> None:
    shelf = Shelf(3)
    with StaticFiles.held(tmp_path), refused("publish.busy", str(tmp_path)):
        publish(tmp_path, shelf, shelf.head())
    publish(tmp_path, shelf, shelf.head())
    with (tmp_path / ".vledger" / "lock").open("ab") as file:
        assert lock(file)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    shelf = Shelf(3)
    (tmp_path / "file").write_bytes(b"")
    with refused("publish.unwritable", str(tmp_path / "file")):
        publish(tmp_path / "file", shelf, shelf.head())
    (tmp_path / "tile").write_bytes(b"")
    with refused("publish.unwritable", "tile"):
        publish(tmp_path, shelf, shelf.head())


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_disk_that_fails_publishes_no_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    shelf = Shelf(300)
    publish(tmp_path, shelf, shelf.head())
    shelf.grow(300)
    with monkeypatch.context() as patch:

        def fails(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        owner: Any = os if failing == "fsync" else Path
        patch.setattr(owner, failing, fails)
        with refused("publish.unwritable", "No space left", "磁盘已满"):
            publish(tmp_path, shelf, shelf.head())
    holds(tmp_path, shelf, 300)
    publish(tmp_path, shelf, shelf.head())
    holds(tmp_path, shelf, 600)


# --- reading --------------------------------------------------------------------------------------


def test_a_reader_trusts_only_whom_he_trusts(tmp_path: Path) -> None:
    shelf = Shelf(3)
    publish(tmp_path, shelf, shelf.head(Signer(ORIGIN, b"\2" * 32)))
    with pytest.raises(Unverified):
        open_folder(tmp_path, shelf.trust)
    with refused("file.unreadable", "checkpoint"):
        open_folder(tmp_path / "nothing", shelf.trust)


def test_a_file_that_is_missing_or_endless_is_named(tmp_path: Path) -> None:
    shelf = Shelf(600)
    publish(tmp_path, shelf, shelf.head())
    with (tmp_path / "tile/0/001").open("r+b") as file:
        file.truncate(1 << 40)  # a hole: it takes no space, and nobody can hold it in memory
    with pytest.raises(Unverified, match="tile/0/001"):
        list(open_folder(tmp_path, shelf.trust).entries(300))
    (tmp_path / "tile/entries/001").unlink()
    with refused("file.unreadable", "001"):
        list(open_folder(tmp_path, shelf.trust).entries(300))
    (tmp_path / "checkpoint").write_bytes(b"x" * (2 << 20))
    with pytest.raises((Malformed, Unverified)):
        open_folder(tmp_path, shelf.trust)


# --- kills ----------------------------------------------------------------------------------------


def _publish_until(count: int, folder: Path, out: Connection) -> None:
    """Publish, and wait to be killed at the rename of so many files."""
    calls = [0]
    owner: Any = Path
    replace = owner.replace

    def stopped(self: Path, target: Path) -> Any:
        calls[0] += 1
        if calls[0] == count:
            out.send("there")
            time.sleep(DEADLINE)
        return replace(self, target)

    owner.replace = stopped
    shelf = Shelf(600)
    publish(folder, shelf, shelf.head())
    out.send("done")


@pytest.mark.skipif(sys.platform == "win32", reason="a kill -9 is sent")
def test_a_kill_leaves_what_the_next_run_finishes(tmp_path: Path) -> None:
    """Killed before each rename in turn, the last of them that of the checkpoint."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.test_publish"])
    shelf, small = Shelf(600), Shelf(290)
    count, said = 0, "there"
    while said == "there":
        count += 1
        folder = tmp_path / str(count)
        publish(folder, small, small.head())
        inbox, outbox = context.Pipe(duplex=False)
        child = context.Process(target=_publish_until, args=(count, folder, outbox), daemon=True)
        child.start()
        assert inbox.poll(DEADLINE)
        said = inbox.recv()
        if said == "there":
            assert child.pid
            os.kill(child.pid, signal.SIGKILL)
        child.join(DEADLINE)
        holds(folder, small if said == "there" else shelf, 290 if said == "there" else 600)
        publish(folder, shelf, shelf.head())
        holds(folder, shelf, 600)
        assert {file.name for file in (folder / ".vledger").iterdir()} == {"lock"}
        assert due(600) <= names(folder) <= due(600) | due(290)
    assert count == 1 + len(due(600) - due(290)) + 1  # the checkpoint is among both


# --- the database ---------------------------------------------------------------------------------


def test_a_ledger_is_published_from_its_database(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    for before, hour in ((0, "09"), (world.db.size() + 1, "10")):
        world.attend(line("V1", f"03 {hour}:00", f"03 {hour}:30"))
        with world.db.reading() as view:
            keys = [Verifier.parse(key.vkey) for key in view.where(Key, role="log")]
            done = publish(tmp_path / "web", view, Head(view.checkpoint(), keys))
            entries = [stored.entry for stored in view.entries()]
            items = [item for stored in view.entries() for item in stored.items]
            assert audit(view, trusted=keys).findings == []
        assert (done.size, done.before) == (len(entries), before)
        log = open_folder(tmp_path / "web", Shelf(0).trust)
        assert list(log.entries()) == entries
        assert merkle.range_root(0, done.size, log.node) == log.checkpoint.root
        given = b"".join((tmp_path / "web" / name).read_bytes() for name in names(tmp_path / "web"))
        assert items
        assert not any(item in given for item in items)  # what concerns one person stays here


def test_tiles_are_what_the_log_has_stored(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    with world.db.reading() as view:
        size = view.size()
        assert view.entry_bytes(2, size + 5) == [s.entry for s in view.entries(2)]
        assert view.hashes(1, 0, 9) == [at for _, at in view.level(1)][:9]
        assert view.hashes(0, size, size + 1) == []
        assert Tile(0, 0, size).width == len(view.hashes(0, 0, 256))
