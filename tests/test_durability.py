"""What was acknowledged is there, whatever died: a hundred kills, full disks, two programs at once."""

from pathlib import Path
from unittest.mock import patch

import pytest

from ledger import admit
from ledger.audit import audit
from ledger.errors import Unsafe
from ledger.guard import Guard
from ledger.log import Receipt
from ledger.records import Volunteer
from ledger.statements import Entry
from ledger.store.database import Store
from ledger.store.writing import Writer
from tests.appender import BEFORE_COMMIT, STAGES, Appender, Task, Told
from tests.databases import World, guard, ready, sent
from tests.scene import ORIGIN, signer, volunteer

pytest_plugins = ["tests.databases"]

# 10 rounds of 10 kills: 4 between begin and commit, 2 between commit and answer, 4 anywhere.
ROUNDS = 10
ANYWHERE = ("", "", "", "")
ROUND = (*BEFORE_COMMIT, "committed", "kept", *ANYWHERE)
assert ROUNDS * len(ROUND) == 100
assert ROUNDS * len(BEFORE_COMMIT) >= 30


def killed(url: str, folder: Path, seed: int, stage: str) -> list[Told]:
    """Kill a program while it appends, and return what it was told is in the log."""
    child = Appender(Task(url, folder, seed, stage=stage))
    # Without a stage, it is killed somewhere in the append after so many.
    said = [child.hear() for _ in range(3 if stage else 2 + seed % 7)]
    assert not stage or said.pop() == stage
    child.process.kill()
    return [one for one in said if isinstance(one, tuple)] + child.rest()


def check(url: str, folder: Path, told: list[Told]) -> int:
    """Open the ledger as after a crash: nothing acknowledged is lost, and it goes on."""
    store = Store.open(url)
    with store.reading() as view:
        report = audit(view, trusted=[signer(ORIGIN).verifier])
        assert report.findings == []
        for index, number in told:
            stored = view.entry(index)
            assert stored
            head = Entry.parse(stored.entry).statement.head
            assert number.encode() in stored.items[0], head
            assert view.find(Volunteer, number)
    kept = guard(folder).read().size
    assert report.size - 1 <= kept <= report.size  # behind by the append that was killed, at most
    store.close()
    return report.size


def go_on(url: str, folder: Path, seed: int) -> None:
    """Append as the next program would."""
    child = Appender(Task(url, folder, seed, count=1))
    ((_, number),) = child.rest()
    assert number == f"N{seed}x0"
    assert child.process.exitcode == 0


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_kill_loses_nothing_that_was_acknowledged(
    file_url: str, tmp_path: Path, number: int
) -> None:
    size = ready(file_url, tmp_path).db.size()
    for n, stage in enumerate(ROUND):
        told = killed(file_url, tmp_path, 1 + number * 100 + n, stage)
        found = check(file_url, tmp_path, told)
        # What was stopped before the commit is not there; what was stopped after it is.
        assert stage == "" or found - size == 2 + (stage not in BEFORE_COMMIT)
        size = found
    go_on(file_url, tmp_path, 90 + number * 100)
    assert check(file_url, tmp_path, []) == size + 1


@pytest.mark.parametrize("stage", [*STAGES, ""])
def test_a_kill_on_a_server_loses_nothing(postgres: str, tmp_path: Path, stage: str) -> None:
    size = ready(postgres, tmp_path).db.size()
    told = killed(postgres, tmp_path, 5, stage)
    found = check(postgres, tmp_path, told)
    assert stage == "" or found - size == 2 + (stage not in BEFORE_COMMIT)
    go_on(postgres, tmp_path, 6)


def test_two_programs_append_at_once(url: str, tmp_path: Path) -> None:
    size = ready(url, tmp_path).db.size()
    one, two = (Appender(Task(url, tmp_path, seed, count=25)) for seed in (1, 2))
    told = [*one.rest(), *two.rest()]
    assert [one.process.exitcode, two.process.exitcode] == [0, 0]
    assert sorted(index for index, _ in told) == list(range(size, size + 50))
    assert check(url, tmp_path, told) == size + 50
    assert guard(tmp_path).read().size == size + 50


# --- each write fails in two ways: not stored, and stored but reported failed --------------------


@pytest.mark.parametrize("stored", [False, True], ids=["not stored", "stored"])
def test_a_commit_that_reports_failure(url: str, tmp_path: Path, *, stored: bool) -> None:
    world = ready(url, tmp_path)
    one = sent(*world.write("volunteers", volunteer("N1"), by="T01/r1", org="T01"))
    size, commit = world.db.size(), Writer.commit

    def fails(self: Writer) -> None:
        if stored:
            commit(self)
        raise Unsafe("store.failed", en="the disk failed", zh="磁盘出错")

    with patch.object(Writer, "commit", fails), pytest.raises(Unsafe):
        world.append(one)
    assert world.db.size() == size + stored
    answer = world.append(one)
    assert isinstance(answer, Receipt)
    assert answer.index == size
    assert check(url, tmp_path, [(size, "N1")]) == size + 1


@pytest.mark.parametrize("name", ["entries", "nodes", "put", "checkpoint"])
def test_a_write_that_fails_leaves_nothing(url: str, tmp_path: Path, name: str) -> None:
    world = ready(url, tmp_path)
    one = sent(*world.write("volunteers", volunteer("N1"), by="T01/r1", org="T01"))
    size, run = world.db.size(), getattr(Writer, name)

    def fails(self: Writer, *args: object, **named: object) -> None:
        run(self, *args, **named)
        raise OSError(5, "Input/output error")

    with patch.object(Writer, name, fails), pytest.raises(OSError, match="Input/output"):
        world.append(one)
    assert world.db.size() == size
    answer = world.append(one)
    assert isinstance(answer, Receipt)
    assert answer.index == size
    check(url, tmp_path, [(size, "N1")])


def test_a_ledger_that_began_without_saying_so_begins_again(url: str, tmp_path: Path) -> None:
    """A kill between the guard's beginning and the first commit leaves an empty ledger."""
    world = World.on(url, tmp_path)
    guard(tmp_path).create()
    charter = ready_charter()
    answer = world.append(sent(*charter))
    assert isinstance(answer, Receipt)
    assert answer.index == 0


def ready_charter() -> tuple[bytes, tuple[bytes, ...]]:
    from tests.scene import Scene

    first = Scene.begun().log[0]
    assert isinstance(first.heard, admit.Heard)
    return first.entry, first.items


def test_a_ledger_lost_with_its_guard_kept_does_not_begin_again(url: str, tmp_path: Path) -> None:
    """A new, empty database under an old log key would sign another entry 0."""
    world = World.on(url, tmp_path)
    found = Guard(tmp_path / "state" / "guard")
    found.create()
    with found.held(0, lambda _: found.read().root) as held:
        held.keep(3, b"r" * 32)
    with pytest.raises(Unsafe) as refusal:
        world.append(sent(*ready_charter()))
    assert refusal.value.code == "guard.ahead"
