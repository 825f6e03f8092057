"""What was acknowledged is there, whatever died: a hundred kills, full disks, two programs at once."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from ledger import admit
from ledger.audit import audit
from ledger.book import Volunteer
from ledger.errors import Unsafe
from ledger.guard import Guard
from ledger.log import Log, Receipt
from ledger.statements import Entry
from ledger.store.database import Store
from ledger.store.writing import Writer
from tests.appender import BEFORE_COMMIT, STAGES
from tests.conftest import ROOT
from tests.databases import World, guard, ready, sent
from tests.scene import ORIGIN, signer, volunteer

pytest_plugins = ["tests.databases"]

# 10 rounds of 10 kills: 4 between begin and commit, 2 between commit and answer, 4 anywhere.
ROUNDS = 10
ANYWHERE = ("", "", "", "")
ROUND = (*BEFORE_COMMIT, "committed", "kept", *ANYWHERE)
assert ROUNDS * len(ROUND) == 100
assert ROUNDS * len(BEFORE_COMMIT) >= 30


@contextmanager
def appending(
    url: str, folder: Path, seed: int, count: int = 10**6, stage: str = ""
) -> Iterator["subprocess.Popen[str]"]:
    """Run a program that appends."""
    command = [sys.executable, "-m", "tests.appender", url, str(folder), str(seed), str(count)]
    with subprocess.Popen(
        [*command, *([stage] if stage else [])], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def killed(url: str, folder: Path, seed: int, stage: str) -> list[tuple[int, str]]:
    """Kill a program while it appends, and return what it was told is in the log."""
    with appending(url, folder, seed, stage=stage) as child:
        assert child.stdout
        said = [child.stdout.readline() for _ in range(2)]
        if stage:
            said.append(child.stdout.readline())
            assert said[-1] == f"at {stage}\n"
        else:
            # No clock needed: the further an append has come meanwhile, the later it is killed.
            said += [child.stdout.readline() for _ in range(seed % 7)]
            sum(range(seed * 7919 % 100_000))
        child.kill()
        said += child.stdout.readlines()
    whole = [line.split() for line in said if line.endswith("\n") and not line.startswith("at ")]
    return [(int(index), number) for index, number in whole]


def check(url: str, folder: Path, told: list[tuple[int, str]]) -> int:
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
    with appending(url, folder, seed, count=1) as child:
        assert child.stdout
        assert child.stdout.read().split()[1] == f"N{seed}x0"
        assert child.wait(60) == 0


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
    with (
        appending(url, tmp_path, 1, count=25) as one,
        appending(url, tmp_path, 2, count=25) as two,
    ):
        said = [child.stdout.read() for child in (one, two) if child.stdout]
        assert [one.wait(60), two.wait(60)] == [0, 0]
    told = [(int(index), number) for text in said for index, number in map(str.split, lines(text))]
    assert sorted(index for index, _ in told) == list(range(size, size + 50))
    assert check(url, tmp_path, told) == size + 50
    assert guard(tmp_path).read().size == size + 50


def lines(text: str) -> list[str]:
    return text.strip().split("\n")


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

    def fails(self: Writer, *args: object) -> None:
        run(self, *args)
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


def test_a_ledger_lost_with_its_guard_kept_does_not_begin_again(
    url: str, tmp_path: Path
) -> None:
    """A new, empty database under an old log key would sign another entry 0."""
    world = World.on(url, tmp_path)
    found = Guard(tmp_path / "state" / "guard")
    found.create()
    with found.held(0, lambda _: found.read().root) as held:
        held.keep(3, b"r" * 32)
    with pytest.raises(Unsafe) as refusal:
        world.append(sent(*ready_charter()))
    assert refusal.value.code == "guard.ahead"
    assert Log(world.db, signer(ORIGIN), found)
