"""Other processes: work comes back in order, refusals too, and nobody outlives who asked."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.errors import LedgerError, Malformed, Moved, Rejected, Unsafe, Unverified
from ledger.workers import spread, workers

ERRORS: tuple[LedgerError, ...] = (
    Malformed("bytes", "字节"),
    Unverified("seal", "签章"),
    Rejected("line.unknown", en="line", zh="记录", item=3),
    Moved(),
    Unsafe("guard", en="guard", zh="守卫"),
)
_ASKING = """\
import os, time
from ledger.workers import spread, workers
def pid(_):
    return os.getpid()
if __name__ == "__main__":
    with workers(2, 1) as others:
        print(*set(spread(others, pid, range(64))), flush=True)
        time.sleep(60)
"""


def refused(place: int) -> LedgerError:
    return ERRORS[place]


def dying(place: int) -> int:
    if place == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return place


def test_refusals_come_back_as_they_were_raised() -> None:
    with workers(2, 1) as others:
        assert others, "this machine has one core"
        found = list(spread(others, refused, range(len(ERRORS))))
    for sent, came in zip(ERRORS, found, strict=True):
        assert type(came) is type(sent)
        assert vars(came) == vars(sent)
        assert str(came) == str(sent)


def test_little_work_is_done_here() -> None:
    with workers(3, 4) as others:
        assert others is None
        assert list(spread(others, abs, (-1, 2))) == [1, 2]


def test_a_process_that_is_ended_is_an_error_with_a_remedy() -> None:
    with workers(64, 1) as others, pytest.raises(Unsafe, match="do it again"):
        list(spread(others, dying, range(64)))


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_nobody_outlives_who_asked(tmp_path: Path, end: signal.Signals) -> None:
    script = tmp_path / "asking.py"
    script.write_text(_ASKING, "utf-8")
    root = Path(__file__).resolve().parents[1]
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)}, text=True,
    ) as asking:  # fmt: skip
        assert asking.stdout
        pids = [int(pid) for pid in asking.stdout.readline().split()]
        assert pids
        asking.send_signal(end)
        asking.wait(20)
    assert within(20, lambda: not any(map(alive, pids)))


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2][:3]
    except FileNotFoundError:
        return False


def within(seconds: float, done: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
