"""Asking witnesses: a small world of others' witnesses, honest, slow, lying and silent ones."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ledger import trust
from ledger.auditing import cosignatures
from ledger.auditing.findings import Report
from ledger.checkpoint import Checkpoint, with_lines
from ledger.desk import cosigning
from ledger.desk.cosigning import Effort
from ledger.errors import Malformed, Rejected
from ledger.log import Log, receipts
from ledger.note import COSIGNATURE_ML_DSA_44, Note, Signature, Signer, Verifier
from ledger.times import moment
from ledger.trust import Trust, TrustedLog
from ledger.witness.asking import Answer, Patience, Peer, ask, last_seen
from tests.databases import World, guard, ready
from tests.other_log import OtherLog, OtherWitness, check_line, other_witness
from tests.scene import ORIGIN, digest, line, signer, vkey

pytest_plugins = ["tests.databases"]

SECONDS = 5.0


@dataclass
class Others:
    """Witnesses that listen, and what our side knows of them."""

    stack: ExitStack
    here: dict[str, OtherWitness] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, **how: Any) -> OtherWitness:
        found = OtherWitness(f"{name}.example.org/w", {ORIGIN: vkey(ORIGIN)}, **how)
        found.secret = digest(name)
        self.here[found.name] = found
        self.urls[found.name] = self.stack.enter_context(other_witness(found))
        return found

    def believed(self, quorum: int = 0) -> TrustedLog:
        keys = tuple(key for one in self.here.values() for key in one.vkeys)
        log = TrustedLog(keys=(vkey(ORIGIN),), witnesses=keys, quorum=quorum)
        return trust.read(Trust(logs=(log,)).model_dump_json().encode()).logs[0]

    def peers(self) -> tuple[Peer, ...]:
        return cosigning.peers(self.believed(), self.urls)


@pytest.fixture
def others() -> Iterator[Others]:
    with ExitStack() as stack:
        yield Others(stack)


@pytest.fixture
def world(file_url: str, tmp_path: Path) -> World:
    return ready(file_url, tmp_path)


def gather(world: World, others: Others, **how: Any) -> tuple[Answer, ...]:
    effort = Effort(**{"seconds": SECONDS, **how})
    return cosigning.gather(world.db, head(world), others.peers(), effort)


def head(world: World) -> bytes:
    with world.db.reading() as view:
        return view.checkpoint()


def codes(answers: Sequence[Answer]) -> list[str]:
    return [one.code for one in answers]


def check_kept(world: World, others: Others, quorum: int) -> None:
    """Hold what is kept as an auditor does, and as a stranger does by the specification alone."""
    report = Report()
    with world.db.reading() as view:
        report.size = view.size()
        cosignatures.hold(view, report, others.believed(quorum))
        assert (report.findings, report.remarks) == ([], [])
        for _, size, key, text in view.cosignatures():
            checkpoint = Note.parse(view.checkpoint_at(size)).text
            assert check_line(checkpoint, key, text) > 0


# --- honest ones ----------------------------------------------------------------------------------


def test_a_growing_log_is_cosigned_again_and_again(
    url: str, tmp_path: Path, others: Others
) -> None:
    world = ready(url, tmp_path)
    one, both = others.add("one"), others.add("both", kinds=(4, 6))
    assert codes(gather(world, others)) == ["cosigned", "cosigned"]
    for number in ("V1", "V2", "V3"):
        world.attend(line(number))
        assert codes(gather(world, others)) == ["cosigned", "cosigned"]
    check_kept(world, others, quorum=2)
    assert len(one.asked) == len(both.asked) == 4  # from where each was: nobody had to say 409
    with world.db.reading() as view:
        note = view.cosigned()
        assert len(Note.parse(note).signatures) == 1 + 3
        assert others.believed(2).check(note)[1] == 2
        assert receipts(view, [0])[0].checkpoint == note  # a receipt goes out with all lines
    assert world.db.checkpoint() == cosigning.cosigned(world.db, head(world)) == note


def test_who_has_cosigned_is_asked_again_only_if_it_must_be(world: World, others: Others) -> None:
    one = others.add("one")
    gather(world, others)
    assert gather(world, others) == ()
    assert len(one.asked) == 1
    assert codes(gather(world, others, again=True)) == ["cosigned"]
    check_kept(world, others, quorum=1)  # and its second line is not kept beside the first


def test_a_witness_elsewhere_says_so_and_gets_the_proof_from_there(
    world: World, others: Others
) -> None:
    one = others.add("one")
    gather(world, others)
    world.attend(line("V1"))
    gather(world, others)
    with world.db.reading() as view:
        size, old = view.size(), view.size() - 3
        root = Checkpoint.parse(Note.parse(view.checkpoint_at(old)).text).root
    one.last[ORIGIN] = (old, root)  # a state put back: not our business to judge
    world.attend(line("V2"))
    assert codes(gather(world, others)) == ["cosigned"]
    assert one.asked[-2].startswith(b"old %d\n" % size)
    assert one.asked[-1].startswith(b"old %d\n" % old)
    assert one.last[ORIGIN][0] == size + 1


def test_an_answer_that_was_lost_is_asked_for_again(world: World, others: Others) -> None:
    """The witness had cosigned and remembered, and our side never heard of it."""
    one = others.add("one")
    gather(world, others)
    world.attend(line("V1"))
    asked = cosigning.gather(world.db, head(world), others.peers(), Effort(SECONDS))
    with world.db.writing() as writer:
        assert writer.read.cosignatures_so_far() == 2
    one.trouble = lambda n: one_answered(one, n)
    world.attend(line("V2"))
    assert codes(asked) == codes(gather(world, others)) == ["cosigned"]


def one_answered(one: OtherWitness, _: int) -> tuple[int, str, bytes] | None:
    """Cosign, remember, and answer that the disk was full: once."""
    one.trouble = lambda _: None
    one.answer(one.asked.pop())
    return (500, "text/plain", b"late\n")


# --- others ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_witness_is_tried_again(
    world: World, others: Others, status: int, times: int
) -> None:
    one = others.add("one")
    one.trouble = lambda n: (status, "text/plain", b"later") if n <= times else None
    assert codes(gather(world, others)) == ["cosigned"]
    assert len(one.asked) == times + 1


def test_one_that_stays_busy_is_given_up_in_time(world: World, others: Others) -> None:
    one = others.add("one")
    one.trouble = lambda _: (503, "text/plain", b"later")
    began = time.monotonic()
    (answer,) = gather(world, others, seconds=1.0)
    assert time.monotonic() - began < 3
    assert (answer.code, "503 later" in answer.en) == ("unreachable", True)
    assert codes(gather(world, others, tries=1)) == ["unreachable"]


def test_nobody_at_the_address(world: World, others: Others) -> None:
    others.add("one")
    for url in ("http://127.0.0.1:1", "http://", "ftp://127.0.0.1/x", "nonsense", "http://[::1"):
        others.urls = dict.fromkeys(others.urls, url)
        (answer,) = gather(world, others, tries=1)
        assert answer.code == "unreachable", url
        assert answer.en != answer.zh


def test_a_quorum_does_not_wait_for_the_slow_one(world: World, others: Others) -> None:
    others.add("one")
    slow = others.add("slow")

    def late(_: int) -> None:
        time.sleep(4)

    slow.trouble = late
    began = time.monotonic()
    answers = gather(world, others, seconds=10.0, enough=1)
    assert time.monotonic() - began < 3
    assert codes(answers) == ["cosigned", "unreachable"]
    check_kept(
        world, Others(others.stack, {k: v for k, v in others.here.items() if v is not slow}), 1
    )


def test_a_witness_that_saw_more_is_ahead(world: World, others: Others) -> None:
    one = others.add("one")
    one.last[ORIGIN] = (10_000, digest("more"))
    (answer,) = gather(world, others)
    assert (answer.code, answer.size) == ("ahead", 10_000)
    assert "10000" in answer.en


@pytest.mark.parametrize("of_same_size", [True, False])
def test_a_witness_that_saw_another_history_is_apart(
    world: World, others: Others, of_same_size: bool
) -> None:
    one = others.add("one")
    with world.db.reading() as view:
        one.last[ORIGIN] = (view.size() - (not of_same_size), digest("another history"))
    assert codes(gather(world, others)) == ["apart"]
    one.trouble = lambda _: (409, "text/plain", b"another root\n")  # as version 1.0.0 said it
    assert codes(gather(world, others)) == ["apart"]


@pytest.mark.parametrize(
    "answer",
    [
        (403, "text/plain", b"unsigned\n"), (404, "text/plain", b"unknown\n"), (400, "text/plain", b""),
        (409, "text/x.tlog.size", b"0\n"), (409, "text/x.tlog.size", b"07\n"),
        (409, "text/x.tlog.size", b"7"), (409, "text/x.tlog.size", b"+7\n"),
        (409, "text/x.tlog.size", b"7\n7\n"), (409, "text/x.tlog.size", b"9" * 30 + b"\n"),
        (200, "text/plain", b""), (200, "text/plain", b"\xff\n"), (200, "text/plain", b"no line\n"),
        (200, "text/plain", b"\xe2\x80\x94 x AAAAAAAA\n"), (301, "text/plain", b""),
        (204, "text/plain", b""),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_refused_and_nothing_kept(
    world: World, others: Others, answer: tuple[int, str, bytes]
) -> None:
    others.add("one").trouble = lambda _: answer
    assert codes(gather(world, others)) == ["refused"]
    with world.db.reading() as view:
        assert view.cosignatures_so_far() == 0


def test_lines_are_whole_and_strangers_passed_over(world: World, others: Others) -> None:
    one = others.add("one")
    good = one.sign(4, Note.parse(head(world)).text)
    one.trouble = lambda _: (200, "text/plain", good[:-1].encode())
    assert codes(gather(world, others)) == ["refused"]
    both = good.replace(one.name, "stranger.example.org/w") + good
    one.trouble = lambda _: (200, "text/plain", both.encode())
    assert codes(gather(world, others)) == ["cosigned"]
    check_kept(world, others, quorum=1)


def test_a_line_that_does_not_hold_is_no_cosignature(world: World, others: Others) -> None:
    one = others.add("one", kinds=(4, 6))
    text = Note.parse(head(world)).text
    for kind in (4, 6):
        line = Signature.parse(one.sign(kind, text).rstrip("\n"))
        wrong = str(
            Signature(line.name, line.key_id, line.value[:-1] + bytes([line.value[-1] ^ 1]))
        )
        both = one.sign(4, text) + wrong if kind == 6 else wrong
        one.trouble = lambda _, both=both: (200, "text/plain", both.encode())  # type: ignore[misc]
        assert codes(gather(world, others)) == ["refused"]


def test_an_endless_answer_is_given_up(world: World, others: Others) -> None:
    one = others.add("one")
    one.trouble = lambda _: (200, "text/plain", b"\xe2\x80\x94 x AAAAAAAA\n" * 20_000)
    assert codes(gather(world, others, tries=1)) == ["unreachable"]


def test_who_shows_nothing_shows_nothing(others: Others) -> None:
    others.add("one")  # it has no monitoring prefix
    (peer,) = others.peers()
    assert last_seen(peer, ORIGIN, Patience.of(1, 1)) == b""
    nobody = Peer("x", (), "http://127.0.0.1:1")
    assert last_seen(nobody, ORIGIN, Patience.of(1, 1)) == b""
    text = OtherLog(ORIGIN).grow(1)
    assert (
        ask(nobody, text.note().encode(), 0, lambda _: (), Patience.of(1, 1)).code == "unreachable"
    )


# --- what was carried here ------------------------------------------------------------------------


def test_lines_that_were_carried_here_are_kept(world: World, others: Others) -> None:
    one, other = others.add("one"), others.add("other", kinds=(6,))
    parsed = Note.parse(head(world))
    lines = [Signature.parse(w.sign(w.kinds[0], parsed.text).rstrip("\n")) for w in (one, other)]
    carried = with_lines(head(world), lines)
    world.attend(line("V1"))  # the ledger went on meanwhile
    assert cosigning.take(world.db, carried, others.believed()) == {
        one.name: one.time, other.name: other.time,
    }  # fmt: skip
    assert cosigning.take(world.db, carried, others.believed())  # twice is once
    with world.db.reading() as view:
        assert view.cosignatures_so_far() == 2
    with pytest.raises(Malformed):
        cosigning.take(world.db, head(world), others.believed())
    foreign = OtherLog(ORIGIN).grow(3)
    note = f"{foreign.note()}{one.sign(4, foreign.text())}".encode()
    with pytest.raises(Rejected):
        cosigning.take(world.db, note, others.believed())


# --- the log's own second line --------------------------------------------------------------------


def test_a_log_signs_every_checkpoint_twice(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    second = Signer(ORIGIN, digest("second"), COSIGNATURE_ML_DSA_44)
    world.logger = Log(world.db, signer(ORIGIN), guard(tmp_path), second)
    world.attend(line("V1"))
    assert world.last
    log = TrustedLog(keys=(vkey(ORIGIN),), second=(str(second.verifier),))
    found, _ = log.check(world.last.checkpoint)
    text = Note.parse(world.last.checkpoint)
    stamp = world.last.entry.partition(b"\n")[0].decode()
    assert found.size == world.last.index + 1
    assert check_line(text.text, str(second.verifier), str(text.signatures[1])) == int(
        moment(stamp).timestamp()
    )
    with world.db.reading() as view:
        assert log.check(view.cosigned())[0] == found
        report = Report(size=view.size())
        cosignatures.hold(view, report)
        assert report.findings == []
        assert Verifier.parse(next(iter(view.cosignatures()))[2]) == second.verifier
        assert receipts(view, [0])[0].checkpoint == world.last.checkpoint
