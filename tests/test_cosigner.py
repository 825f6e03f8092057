"""A witness of other logs: every answer of the specification, at once, killed, and forgotten."""

import base64
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from ledger.add_checkpoint import Question, Refused
from ledger.errors import LedgerError, Malformed, Unsafe
from ledger.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, Signer, Verifier
from ledger.witness import serving as ours
from ledger.witness.cosigner import Witness
from ledger.witness.state import State
from tests.conftest import ROOT
from tests.other_log import OtherLog, check_line, h, mth, post, serving
from tests.test_note import flips

NAME = "w.example.org/prov"
KEYS = (
    Signer(NAME, b"1" * 32, COSIGNATURE_ED25519),
    Signer(NAME, b"2" * 32, COSIGNATURE_ML_DSA_44),
)
NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
LOG = "kx.example.org/log"


def witness(folder: Path, *logs: OtherLog, now: datetime = NOW) -> Witness:
    state = State(folder, wait=30.0)
    for log in logs:
        state.begin(log.name)
    keys = {log.name: (Verifier.parse(log.vkey),) for log in logs}
    return Witness(KEYS, keys, state, lambda: now)


@pytest.fixture
def log() -> OtherLog:
    return OtherLog(LOG).grow(5)


@pytest.fixture
def url(tmp_path: Path, log: OtherLog) -> Iterator[str]:
    told: list[Any] = []
    server = ours.Server(("127.0.0.1", 0), witness(tmp_path, log), lambda *one: told.append(one))
    with serving(server) as address:
        yield address


def check_answer(log: OtherLog, answer: tuple[int, str | None, bytes]) -> list[int]:
    """Check an answer 200 as a stranger would, and return the times in it."""
    status, _, body = answer
    assert status == 200, answer
    lines = body.decode().split("\n")
    assert lines.pop() == ""
    assert len(lines) == 2
    pairs = zip(KEYS, lines, strict=True)
    return [check_line(log.text(), str(key.verifier), line) for key, line in pairs]


# --- the answers of the specification -------------------------------------------------------------


def test_a_log_that_grows_is_cosigned(url: str, log: OtherLog) -> None:
    assert check_answer(log, post(url, log.question(0))) == [int(NOW.timestamp())] * 2
    for old, more in ((5, 0), (5, 1), (6, 2), (8, 57)):
        log.grow(more)
        check_answer(log, post(url, log.question(old)))
    connection = HTTPConnection(url.removeprefix("http://"))
    connection.request("GET", f"/{h(LOG.encode()).hex()}/checkpoint")
    shown = connection.getresponse().read().decode()
    assert shown.startswith(f"{log.note()}\u2014 {NAME} ")
    connection.close()


def test_an_empty_log_is_cosigned_too(url: str) -> None:
    empty = OtherLog(LOG)
    check_answer(empty, post(url, empty.question(0)))
    other = empty.note().replace(base64.b64encode(mth([])).decode(), "A" * 43 + "=")
    forged = other.rpartition("\u2014")[0] + empty.line(other.partition("\n\n")[0] + "\n")
    assert post(url, empty.question(0, forged))[0] == 422


@pytest.mark.parametrize(
    "body",
    [
        b"", b"old 0\n", b"old 0\n\n", b"old\n\n{}", b"old 00\n\n{}", b"old +0\n\n{}", b"old -1\n\n{}",
        b"Old 0\n\n{}", b"old  0\n\n{}", b"old 0 \n\n{}", b"old 0\r\n\n{}", b"old 0\nx\n\n{}",
        b"old 0\nAAAA\n\n{}", b"old 0\n\xff\n\n{}", b"\nold 0\n\n{}", b"old 0\n\n\n{}", b"{}",
        b"old 0\n\n{}\n", b"old 99999999999999999999\n\n{}", "old ٣\n\n{}".encode(),
        b"old 1\n" + (b"A" * 43 + b"=\n") * 64 + b"\n{}",
    ],
)  # fmt: skip
def test_what_is_no_question_is_400(url: str, log: OtherLog, body: bytes) -> None:
    status, _, _ = post(url, body.replace(b"{}", log.note().encode()))
    assert status == 400


@pytest.mark.parametrize(
    ("old", "new"), [("\n5\n", "\n05\n"), ("\n\n", "\nmore\n\n"), ("=\n", "\n"), ("\u2014", "-")]
)
def test_what_is_no_checkpoint_is_400(url: str, log: OtherLog, old: str, new: str) -> None:
    """Extension lines among it: nobody could tell what we say of them."""
    assert post(url, log.question(0, log.note().replace(old, new)))[0] == 400
    assert post(url, log.question(0, log.text()))[0] == 400


def test_an_old_size_above_the_checkpoint_is_400(url: str, log: OtherLog) -> None:
    assert post(url, log.question(6))[0] == 400


def test_a_log_that_nobody_listed_is_404(url: str) -> None:
    stranger = OtherLog("kx.example.org/lag").grow(1)
    assert post(url, stranger.question(0))[0] == 404
    assert post(url, OtherLog(LOG).grow(1).question(0), "/elsewhere")[0] == 404


def test_an_unsigned_or_badly_signed_checkpoint_is_403(url: str, log: OtherLog) -> None:
    thief = OtherLog(LOG, log.leaves, b"x" * 32)
    assert post(url, thief.question(0))[0] == 403
    name, _, value = log.note().rpartition(" ")
    raw = bytearray(base64.b64decode(value))
    raw[9] ^= 1
    lying = f"{name} {base64.b64encode(raw).decode()}\n"
    assert post(url, log.question(0, lying))[0] == 403
    second = lying.rpartition("\n\n")[2]
    assert post(url, log.question(0, log.note() + second))[0] == 403
    both = log.note() + thief.line(log.text())
    check_answer(log, post(url, log.question(0, both)))  # a stranger's line is passed over


def test_another_old_size_is_409_and_says_which(url: str, log: OtherLog) -> None:
    assert post(url, log.question(3)) == (409, "text/x.tlog.size", b"0\n")
    check_answer(log, post(url, log.question(0)))
    for old in (0, 3):
        assert post(url, log.question(old)) == (409, "text/x.tlog.size", b"5\n")
    smaller = OtherLog(LOG).grow(3)
    for old in (0, 3):  # nobody gets a smaller one cosigned, whatever he says
        assert post(url, smaller.question(old)) == (409, "text/x.tlog.size", b"5\n")


def test_what_does_not_go_on_is_422(url: str, log: OtherLog, tmp_path: Path) -> None:
    proof = b"A" * 43 + b"=\n"
    assert post(url, log.question(0).replace(b"\n\n", b"\n" + proof + b"\n", 1))[0] == 422
    check_answer(log, post(url, log.question(0)))
    fork = OtherLog(LOG, [b"other", *log.leaves[1:]])
    assert post(url, fork.question(5))[0] == 422
    pair = (tmp_path / h(LOG.encode()).hex() / "fork-5.txt").read_text(encoding="utf-8")
    assert log.note() in pair
    assert fork.note() in pair
    assert post(url, fork.grow(3).question(5))[0] == 422
    good = log.grow(3).question(5)
    lines = good.split(b"\n")
    for wrong in (
        lines[:1] + lines[2:],
        lines[:2] + lines[1:],
        [lines[0], lines[2], lines[1], *lines[3:]],
    ):
        assert post(url, b"\n".join(wrong))[0] == 422
    assert (
        post(url, log.question(5, log.note()).replace(b"\n\n", b"\n" + proof + b"\n", 1))[0] == 422
    )
    check_answer(log, post(url, good))


def test_no_flipped_bit_of_a_question_gets_another_thing_cosigned(
    tmp_path: Path, log: OtherLog
) -> None:
    asked = witness(tmp_path, log)
    asked.add(log.question(0))
    good = log.grow(3).question(5)
    for wrong in flips(good):
        try:
            found = asked.add(wrong)
        except Refused:
            continue
        assert (
            str(found.checkpoint) == log.text()
        )  # a stranger's line, or none: the text is the same
        raise AssertionError(wrong)
    asked.add(good)


def test_a_question_reads_back(log: OtherLog) -> None:
    for old in range(6):
        assert bytes(Question.parse(log.question(old))) == log.question(old)
    with pytest.raises(Malformed):
        Question.parse(b"old 0\n")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 411), ({"Content-Length": "-1"}, 411), ({"Content-Length": "x"}, 411),
        ({"Transfer-Encoding": "chunked"}, 411), ({"Content-Length": str(2**20)}, 413),
    ],
)  # fmt: skip
def test_a_body_has_a_length(url: str, headers: dict[str, str], status: int) -> None:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", "/add-checkpoint")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == status
    connection.close()


def test_a_connection_is_kept(url: str, log: OtherLog) -> None:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
    for old, more in ((0, 0), (5, 2), (7, 2)):
        log.grow(more)
        connection.request("POST", "/add-checkpoint", log.question(old))
        port = connection.sock.getsockname()[1]
        check_answer(log, (200, None, connection.getresponse().read()))
        assert connection.sock.getsockname()[1] == port
    connection.close()


@pytest.mark.parametrize("path", ["/", "/../checkpoint", f"/{'0' * 64}/checkpoint", f"/{'0' * 64}"])
def test_there_is_nothing_else_to_see(url: str, path: str) -> None:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request("GET", path)
    assert connection.getresponse().status == 404
    connection.close()


# --- at once, killed, forgotten -------------------------------------------------------------------


@pytest.mark.parametrize("start", [0, 10])
def test_of_many_at_once_one_moves_on(url: str, start: int) -> None:
    """Eight ask from the same size to eight larger ones: one is cosigned, and the others told."""
    if start:
        check_answer(OtherLog(LOG).grow(start), post(url, OtherLog(LOG).grow(start).question(0)))
    logs = [OtherLog(LOG).grow(start + 1 + n) for n in range(8)]
    answers: dict[int, tuple[int, str | None, bytes]] = {}
    barrier = threading.Barrier(8)

    def ask(n: int) -> None:
        barrier.wait()
        answers[n] = post(url, logs[n].question(start))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (won,) = (n for n, (status, _, _) in answers.items() if status == 200)
    check_answer(logs[won], answers[won])
    size = start + 1 + won
    told = (409, "text/x.tlog.size", f"{size}\n".encode())
    assert {answers[n] for n in range(8) if n != won} == {told}
    rest = OtherLog(LOG).grow(start + 10)
    check_answer(rest, post(url, rest.question(size)))


def test_two_processes_are_one_witness(tmp_path: Path, log: OtherLog) -> None:
    """`serve` and `cosign` at once: two openings of one state see each other's checkpoints."""
    one, other = witness(tmp_path, log), witness(tmp_path, log)
    one.add(log.question(0))
    with pytest.raises(Refused) as refusal:
        other.add(log.question(0))
    assert (refusal.value.status, refusal.value.size) == (409, 5)
    with one.state.held(LOG), pytest.raises(Unsafe) as busy, State(tmp_path, wait=0.05).held(LOG):
        pass
    assert busy.value.code == "witness.busy"


KILLED = """
import os, signal, sys
from pathlib import Path
from ledger.witness import state
from tests.test_cosigner import OtherLog, witness

keep, when = state.Held.keep, sys.argv[2]

def killed(self, note):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    if when == "between":
        rename = Path.replace
        Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    keep(self, note)
    os.kill(os.getpid(), signal.SIGKILL)

state.Held.keep = killed
log = OtherLog("kx.example.org/log").grow(9)
witness(Path(sys.argv[1]), log).add(log.question(5))
print("answered")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize(("when", "size"), [("before", 5), ("between", 5), ("after", 9)])
def test_a_kill_before_the_answer_loses_nothing(
    tmp_path: Path, log: OtherLog, when: str, size: int
) -> None:
    """What was remembered and not answered is answered to who asks again; nothing is answered first."""
    witness(tmp_path, log).add(log.question(0))
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), when], cwd=ROOT, capture_output=True,
        check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (-signal.SIGKILL, b""), run.stderr
    again, rest = witness(tmp_path, log), OtherLog(LOG).grow(9)
    if size == 9:
        with pytest.raises(Refused) as refusal:
            again.add(rest.question(5))
        assert (refusal.value.status, refusal.value.size) == (409, 9)
    found = again.add(rest.question(size))
    assert found.checkpoint.size == 9


def test_a_witness_that_forgot_does_not_begin_anew(tmp_path: Path, log: OtherLog) -> None:
    asked = witness(tmp_path, log)
    asked.add(log.question(0))
    kept = tmp_path / h(LOG.encode()).hex() / "checkpoint"
    for lose in (lambda: kept.write_bytes(b""), kept.unlink):
        lose()
        with pytest.raises(Unsafe) as refusal:
            asked.add(log.question(0))
        assert refusal.value.code == "witness.state"
    fresh = Witness(KEYS, asked.logs, State(tmp_path / "new"), asked.clock)
    with pytest.raises(Unsafe):
        fresh.add(log.question(0))


def test_a_state_that_cannot_be_written_cosigns_nothing(tmp_path: Path, log: OtherLog) -> None:
    asked = witness(tmp_path, log)
    (tmp_path / h(LOG.encode()).hex() / "checkpoint.part").mkdir()
    with pytest.raises(Unsafe) as refusal:
        asked.add(log.question(0))
    assert refusal.value.code == "witness.disk"
    server = ours.Server(("127.0.0.1", 0), asked, lambda *_: None)
    with serving(server) as address:
        assert post(address, log.question(0)) == (
            500,
            "text/plain; charset=utf-8",
            b"not cosigned\n",
        )
    assert asked.state.last(LOG) == b""


def test_a_clock_that_went_back_cosigns_nothing(tmp_path: Path, log: OtherLog) -> None:
    witness(tmp_path, log).add(log.question(0))
    log.grow(1)
    with pytest.raises(Unsafe) as refusal:
        witness(tmp_path, log, now=NOW - timedelta(minutes=6)).add(log.question(5))
    assert refusal.value.code == "witness.clock"
    slow = witness(tmp_path, log, now=NOW - timedelta(minutes=4)).add(log.question(5))
    pairs = zip(KEYS, map(str, slow.lines), strict=True)
    times = [check_line(log.text(), str(key.verifier), line) for key, line in pairs]
    assert times == [int(NOW.timestamp())] * 2  # it never goes back


def test_who_hangs_up_harms_nobody(url: str, log: OtherLog) -> None:
    connection = HTTPConnection(url.removeprefix("http://"))
    connection.putrequest("POST", "/add-checkpoint")
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b"old 0\n")
    connection.close()
    check_answer(log, post(url, log.question(0)))


def test_refusals_are_said_in_both_languages(tmp_path: Path, log: OtherLog) -> None:
    for body in (b"", log.question(9), OtherLog("x").question(0)):
        with pytest.raises(LedgerError) as refusal:
            witness(tmp_path, log).add(body)
        assert refusal.value.en != refusal.value.zh
