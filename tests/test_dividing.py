"""An audit that is divided finds the same as one that is not, in the same order, whoever reads."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit import Report, audit, audit_log
from ledger.auditing import reading
from ledger.auditing.reading import Piece, vouch
from ledger.commands.crew import crew
from ledger.errors import Unsafe
from ledger.note import Note, Verifier
from tests.aside import Aside
from tests.clerk import Clerk
from tests.scene import Scene, line, organisation, signer, stand, volunteer
from tests.test_audit import LOG, Shelf


class Awake(ProcessPoolExecutor):
    """Processes as Windows starts them, and as the command does everywhere; they have begun."""

    def submit(self, *given: Any, **named: Any) -> "Future[Any]":
        found = super().submit(*given, **named)
        if given[1:] == (Piece((), {}),):
            found.exception()
        return found


def awake(count: int) -> Awake:
    return Awake(count, multiprocessing.get_context("spawn"))


@pytest.fixture(scope="module")
def spawned() -> Iterator[Executor]:
    with awake(2) as pool:
        yield pool


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pieces be small, so that a scene has many."""
    cut(monkeypatch, 3, 2)


def cut(patch: pytest.MonkeyPatch, entries: int, ahead: int, size: int = 1 << 19) -> None:
    patch.setattr(reading, "_ENTRIES", entries)
    patch.setattr(reading, "_AHEAD", ahead)
    patch.setattr(reading, "_BYTES", size)


@cache
def lived() -> Shelf:
    """Return a ledger in which every kind of row comes to stand, and keys come and go."""
    scene = Scene.ready()
    sheets = [scene.attend(line("V1"), line("V2")), scene.attend(line("V3"))]
    scene.object((sheets[0], 1))
    notice = scene.notice(*sheets)
    scene.wait(days=8)
    scene.confirm(notice, stand(sheets[0], 1), stand(sheets[1]))
    scene.certify("V1", (sheets[0], (0,)))
    scene.correct((sheets[1], 0))
    scene.say("organisations", organisation("T03", "T01"), by="T01/r1", org="T01")
    scene.say("dismissal", appointment=scene.appointment("T01/r2"), since=scene.now)
    scene.say("volunteers", volunteer("N1"), by="T01/r1", org="T01")
    refused = scene.write("volunteers", volunteer("N2"), by="T01/c1", org="T01")
    silent = scene.write("volunteers", volunteer("N3"), by="T01/r2", org="T01")
    return Shelf.of(scene, refused, silent)


Edit = Callable[[int, bytes, tuple[bytes, ...]], Any]
EDITS: dict[str, Edit] = {
    "nothing": lambda index, entry, items: (index, entry, items),
    "flipped": lambda index, entry, items: (index, flip(entry, len(entry) // 2), items),
    "signature": lambda index, entry, items: (index, flip(entry, len(entry) - 9), items),
    "stamp": lambda index, entry, items: (index, b"2" + b"9" + entry[2:], items),
    "empty": lambda index, _entry, items: (index, b"", items),
    "item": lambda index, entry, items: (index, entry, tuple(flip(one, 9) for one in items)),
    "items lost": lambda index, entry, _items: (index, entry, ()),
    "items twice": lambda index, entry, items: (index, entry, (*items, *items, b"{}")),
    "gap": lambda index, entry, items: (index + 1, entry, items),
    "signed anew": lambda index, entry, items: (index, forged(entry), items),
    "by another": lambda index, entry, items: (index, entry.replace(b"T01/r1", b"T01/r2"), items),
}


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] if data else data


def forged(entry: bytes) -> bytes:
    """Return an entry under the signature of a stranger who uses the same name."""
    stamp, _, note = entry.partition(b"\n")
    found = Note.parse(note)
    name = found.signatures[0].name
    value = signer("a stranger").secret
    signed = found.signatures[0].__class__(name, found.signatures[0].key_id, value * 2)
    return stamp + b"\n" + bytes(Note(found.text, (signed,)))


def edited(edit: Edit, at: int) -> Shelf:
    whole = lived()
    entries = [edit(*one) if n == at else one for n, one in enumerate(whole.entries)]
    return Shelf(entries, whole.nodes, whole.notes, whole.book)


def alone(shelf: Shelf) -> Report:
    return audit(shelf, trusted=[LOG.verifier])


# --- the same -----------------------------------------------------------------------------------


@given(
    st.sampled_from(list(EDITS)), st.integers(0, 200),
    st.integers(1, 9), st.integers(0, 5), st.sampled_from([1, 2000, 1 << 19]),
)  # fmt: skip
def test_however_it_is_divided_it_finds_the_same(
    name: str, at: int, entries: int, ahead: int, size: int
) -> None:
    shelf = edited(EDITS[name], at % len(lived().entries))
    with pytest.MonkeyPatch.context() as patch:
        cut(patch, entries, ahead, size)
        assert audit(shelf, trusted=[LOG.verifier], executor=Aside()) == alone(shelf)
        assert audit_log(shelf, executor=Aside()) == audit_log(shelf)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", EDITS)
def test_other_processes_find_the_same(name: str, spawned: Executor) -> None:
    shelf = edited(EDITS[name], 12)
    found = audit(shelf, trusted=[LOG.verifier], executor=spawned)
    assert found == alone(shelf)
    assert found.stopped or len(found.findings) >= 2  # the two at the end, that nobody may say


@pytest.mark.usefixtures("small")
def test_what_others_vouched_for_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is in order is read by others, from the first entry on; the judge checks none of it."""
    aside, shelf = Aside(), lived()
    report = audit(shelf, executor=aside)
    answers = [key for answer in aside.answers for key in answer]
    signers = [Note.parse(entry[26:]).signatures[0].by for _, entry, _ in shelf.entries]
    assert [Verifier.parse(key).by for key in answers] == signers
    assert len(aside.answers) > 5
    for name in ("read_items", "read_item"):
        monkeypatch.setattr(f"ledger.statements.{name}", lambda *_, **__: pytest.fail("read again"))
    assert audit(shelf, executor=Told(aside.answers)) == report


@pytest.mark.usefixtures("small")
def test_whoever_vouches_for_nothing_changes_nothing() -> None:
    shelf = lived()
    silent = [[""] * len(shelf.entries[n : n + 3]) for n in range(0, len(shelf.entries), 3)]
    assert audit(shelf, executor=Told([[], *silent])) == audit(shelf)


class Told(Executor):
    """Answers what it was told to, in turn."""

    def __init__(self, answers: list[list[str]]) -> None:
        self._answers = list(answers)

    def submit(self, *_: Any, **__: Any) -> "Future[Any]":
        found: Future[Any] = Future()
        found.set_result(self._answers.pop(0))
        return found


def test_a_key_that_nobody_enrolled_is_vouched_for_by_nobody() -> None:
    (first, *_) = lived().entries
    assert vouch(Piece((first,), {})) == [""]
    by = Note.parse(first[1][26:]).signatures[0].by.encode()
    other = str(signer("KX/other").verifier)
    assert vouch(Piece((first,), {by: other})) == [""]
    assert vouch(Piece(((0, b"\xff" * 99, ()),), {b"": other})) == [""]


# --- what goes wrong ----------------------------------------------------------------------------


@pytest.mark.usefixtures("small")
def test_a_process_that_is_killed_is_told_about() -> None:
    with awake(1) as pool:
        os.kill(pool.submit(os.getpid).result(), signal.SIGTERM)
        with pytest.raises(Unsafe) as refusal:
            audit(lived(), executor=pool)
        with pytest.raises(Unsafe):  # it is known to be gone by now
            audit(lived(), executor=pool)
    assert refusal.value.code == "audit.worker"
    assert "--workers 1" in refusal.value.en
    assert "--workers 1" in refusal.value.zh


@pytest.mark.usefixtures("small")
def test_an_audit_that_stops_waits_for_nobody() -> None:
    """What was sent out and is not needed any more is called back."""
    late = Late()
    report = audit(edited(EDITS["gap"], 0), executor=late)
    assert report.stopped
    assert [found.cancelled() for found in late.sent] == [False, False, True, True]


@pytest.mark.usefixtures("small")
def test_until_somebody_has_begun_the_judge_reads_alone() -> None:
    shelf = edited(EDITS["flipped"], 12)
    for begins in range(len(shelf.entries) // 3 + 2):
        slow = Slow(begins)
        assert audit(shelf, executor=slow) == audit(shelf)
        read = [one for piece in slow.pieces for one in piece.said]
        assert read == shelf.entries[3 * begins :]


class Slow(Aside):
    """Answers for the first time when it was asked so often whether it had begun."""

    def __init__(self, begins: int) -> None:
        super().__init__()
        self.pieces: list[Piece] = []
        self._begins = begins

    def submit(self, task: Callable[..., Any], /, *given: Any, **named: Any) -> "Future[Any]":
        found = super().submit(task, *given, **named)
        (piece,) = given
        self.pieces.append(piece)
        return found if piece.said else Beginning(self._begins)


class Beginning(Future[Any]):
    """Will be done when it was asked so often."""

    def __init__(self, rest: int) -> None:
        super().__init__()
        self._rest = rest

    def done(self) -> bool:
        self._rest -= 1
        return self._rest < 0


class Late(Aside):
    """Begins, does the first piece, and puts off the others."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Future[Any]] = []

    def submit(self, task: Callable[..., Any], /, *given: Any, **named: Any) -> "Future[Any]":
        done = len(self.sent) < 2
        self.sent.append(super().submit(task, *given, **named) if done else Future())
        return self.sent[-1]


# --- the crew -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("workers", "long", "processes"),
    [(1, True, 0), (None, False, 0), (2, False, 1), (3, False, 2), (None, True, 2)],
)
def test_as_many_are_hired_as_help(
    workers: int | None, *, long: bool, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.commands.crew.processors", lambda: 64)
    with crew(workers, long=long) as executor:
        assert getattr(executor, "_max_workers", 0) == processes


def test_a_single_processor_works_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.commands.crew.processors", lambda: 1)
    with crew(None, long=True) as executor:
        assert executor is None


def test_the_crew_reads_and_leaves_interruptions_to_the_judge() -> None:
    with crew(2, long=False) as executor:
        assert executor
        assert executor.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN
        assert audit(lived(), executor=executor) == audit(lived())


def test_the_command_says_the_same_however_many_are_at_it(tmp_path: Path) -> None:
    """Of a ledger, and of the same log taken away in a file."""
    here = Clerk(tmp_path)
    here.begin()
    here.confirmed("张三")
    bundle = ("--bundle", tmp_path / "账本.jsonl", "--trust", here.home / "trust.json")
    here("export", "bundle", bundle[1])
    for words in ((), bundle):
        alone = here("audit", *words, "--workers", "1")
        assert alone["findings"] == []
        assert here("audit", *words, "--workers", "2") == here("audit", *words) == alone
    assert here.run("audit", "--workers", "0").exit_code == 2
