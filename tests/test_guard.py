"""The guard: nothing is signed that could contradict what was signed before."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path
from unittest.mock import patch

import pytest

from ledger.errors import Malformed, Unsafe
from ledger.guard import Guard, Slot
from ledger.log import Log
from ledger.merkle import EMPTY_ROOT, Hash
from ledger.store.database import Store
from tests.conftest import ROOT
from tests.databases import guard, ready, sent
from tests.scene import ORIGIN, line, signer, volunteer

pytest_plugins = ["tests.databases"]

ROOTS: dict[int, Hash] = {0: EMPTY_ROOT} | {n: bytes([n]) * 32 for n in range(1, 20)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "状态" / "guard"


@pytest.fixture
def kept(path: Path) -> Guard:
    """A guard that has seen sizes 3 and 5."""
    found = Guard(path, wait=0.1)
    found.create()
    for size in (3, 5):
        keep(found, size)
    return found


def keep(found: Guard, size: int) -> None:
    with found.held(size, ROOTS.__getitem__) as held:
        held.keep(size, ROOTS[size])


def refused(found: Guard, size: int, roots: dict[int, Hash] = ROOTS) -> Unsafe:
    with pytest.raises(Unsafe) as refusal, found.held(size, roots.__getitem__):
        pytest.fail("it let us sign")
    assert refusal.value.en != refusal.value.zh
    return refusal.value


def test_what_was_kept_is_read(kept: Guard) -> None:
    assert kept.read() == Slot(2, 5, ROOTS[5])


def test_a_guard_is_two_lines_of_one_width(path: Path, kept: Guard) -> None:
    assert kept.read().size == 5
    assert [len(part) for part in path.read_bytes().split(b"\n")] == [103, 103, 0]
    before = path.stat().st_size
    keep(kept, 7)
    assert path.stat().st_size == before


def test_a_log_that_is_ahead_of_its_guard_goes_on(kept: Guard) -> None:
    """A kill between commit and guard leaves the guard behind: harmless."""
    keep(kept, 9)
    assert kept.read().size == 9


def test_a_restored_backup_signs_nothing(kept: Guard) -> None:
    found = refused(kept, 4)
    assert found.code == "guard.ahead"
    assert "restored backup or a second instance" in found.en


def test_another_history_signs_nothing(kept: Guard) -> None:
    found = refused(kept, 8, ROOTS | {5: b"x" * 32})
    assert found.code == "guard.fork"
    assert "restored backup or a second instance" in found.en


def test_a_missing_guard_needs_recover(path: Path, kept: Guard) -> None:
    path.unlink()
    found = refused(kept, 5)
    assert found.code == "guard.missing"
    assert "vledger recover" in found.en
    assert "vledger recover" in found.zh
    assert not path.exists()


def test_a_guard_that_exists_is_not_begun_anew(kept: Guard) -> None:
    kept.create()
    assert kept.read().size == 5


@pytest.mark.parametrize("cut", range(0, 104, 13))
def test_a_torn_write_leaves_the_line_before(path: Path, kept: Guard, cut: int) -> None:
    """Whatever a crash leaves of the line that was being written, the other one holds."""
    older = bytes(Slot(2, 5, ROOTS[5]))
    data = path.read_bytes()
    at = 104 - data.index(older)  # the next write goes over the other line
    new = bytes(Slot(3, 9, ROOTS[9]))
    torn = data[:at] + new[:cut] + data[at + cut :]
    path.write_bytes(torn)
    assert kept.read().size in (5, 9) if cut > 103 else kept.read().size == 5
    keep(kept, 9)
    assert kept.read().size == 9


def test_every_flipped_bit_is_seen(kept: Guard) -> None:
    good = bytes(Slot(2, 5, ROOTS[5]))
    for at in range(len(good) * 8):
        bad = bytearray(good)
        bad[at // 8] ^= 1 << at % 8
        with pytest.raises(Malformed):
            Slot.parse(bytes(bad))
    assert Slot.parse(good) == kept.read()


def test_a_guard_of_which_nothing_is_left(path: Path, kept: Guard) -> None:
    path.write_bytes(b"\0" * 208)
    found = refused(kept, 5)
    assert found.code == "guard.damaged"
    assert "vledger recover" in found.en


def test_who_waits_too_long_is_told(path: Path, kept: Guard) -> None:
    with kept.held(5, ROOTS.__getitem__):
        assert refused(Guard(path, wait=0.05), 5).code == "guard.busy"


def test_who_waits_sees_what_the_other_kept(path: Path, kept: Guard) -> None:
    seen: list[int] = []

    def second() -> None:
        with Guard(path, wait=10).held(9, ROOTS.__getitem__) as held:
            seen.append(held.last.size)

    thread = threading.Thread(target=second)
    with kept.held(5, ROOTS.__getitem__) as held:
        thread.start()
        held.keep(7, ROOTS[7])
    thread.join(10)
    assert seen == [7]


def test_another_process_waits(path: Path, kept: Guard) -> None:
    code = (
        "import sys; from pathlib import Path; from ledger.guard import Guard\n"
        "with Guard(Path(sys.argv[1])).held(5, lambda n: bytes([n]) * 32): print('held')"
    )
    with kept.held(5, ROOTS.__getitem__):
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.PIPE
        )
        with pytest.raises(subprocess.TimeoutExpired):
            child.communicate(timeout=1)
    assert child.communicate(timeout=20)[0].strip() == b"held"


def test_a_guard_that_cannot_be_written(path: Path, kept: Guard) -> None:
    with (
        kept.held(5, ROOTS.__getitem__) as held,
        patch("os.fsync", side_effect=OSError(28, "full")),
        pytest.raises(Unsafe) as refusal,
    ):
        held.keep(7, ROOTS[7])
    assert refusal.value.code == "guard.unwritable"
    assert path.exists()


def test_a_guard_whose_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unsafe) as refusal:
        Guard(tmp_path / "file" / "guard").create()
    assert refusal.value.code == "guard.unwritable"


# --- with a log ---------------------------------------------------------------------------------


def test_a_ledger_begins_with_its_guard(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    assert guard(tmp_path).read().size == world.db.size()


def test_a_restored_ledger_cannot_sign_a_fork(file_url: str, tmp_path: Path) -> None:
    world = ready(file_url, tmp_path)
    backup = tmp_path / "backup.db"
    world.db.copy(backup)
    world.attend(line("V1"))
    restored = Store.open(f"sqlite:///{backup}")
    log = Log(restored, signer(ORIGIN), guard(tmp_path))
    one = sent(*world.write("volunteers", volunteer("N1"), by="T01/r1", org="T01"))
    before = restored.checkpoint()
    for _ in range(2):
        with pytest.raises(Unsafe) as refusal:
            log.append([one], world.moment)
        assert refusal.value.code == "guard.ahead"
    assert restored.checkpoint() == before


def test_a_second_instance_cannot_sign_a_fork(file_url: str, tmp_path: Path) -> None:
    """Two copies that both went on: the second to sign is stopped, even at a greater size."""
    world = ready(file_url, tmp_path)
    copy = tmp_path / "copy.db"
    world.db.copy(copy)
    second = Log(Store.open(f"sqlite:///{copy}"), signer(ORIGIN), guard(tmp_path / "elsewhere"))
    shutil.copytree(tmp_path / "state", tmp_path / "elsewhere" / "state")
    people = [
        sent(*world.write("volunteers", volunteer(f"N{n}"), by="T01/r1", org="T01"))
        for n in range(3)
    ]
    second.append(people[:2], world.moment)
    world.append(people[2])
    stopped = Log(Store.open(f"sqlite:///{copy}"), signer(ORIGIN), guard(tmp_path))
    with pytest.raises(Unsafe) as refusal:
        stopped.append(people[2:], world.moment)
    assert refusal.value.code == "guard.fork"


def test_a_ledger_without_its_guard_signs_nothing(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    (tmp_path / "state" / "guard").unlink()
    with pytest.raises(Unsafe) as refusal:
        world.attend(line("V1"))
    assert refusal.value.code == "guard.missing"


def test_a_guard_left_behind_by_a_kill_is_harmless(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    with patch("ledger.guard.Held.keep"):
        world.attend(line("V1"))
    world.attend(line("V2"))
    assert guard(tmp_path).read().size == world.db.size()
