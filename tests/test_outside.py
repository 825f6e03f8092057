"""What others hold of a log, held against it: lost tails, two histories, and stamps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit import Finding, Held, Report, audit
from ledger.auditing.findings import Pair
from ledger.checkpoint import Checkpoint, issue
from ledger.encoding import base64
from ledger.merkle import leaf_hash, root
from ledger.note import Signer
from ledger.times import instant_of, later, moment
from tests.scene import ORIGIN, Scene, at, digest, some, volunteer
from tests.test_audit import Shelf, check_words

LOG, NEXT = (Signer(ORIGIN, digest(name)) for name in (ORIGIN, "second"))


@pytest.fixture
def scene() -> Scene:
    return Scene.ready()


def held(label: str, size: int, what: str, by: Signer = LOG) -> Held:
    """Return a checkpoint that somebody holds, over a history of that name."""
    note = issue(Checkpoint(ORIGIN, size, digest(what)), by)
    return Held.read(label, bytes(note))


def true(scene: Scene, size: int, by: Signer = LOG) -> Held:
    leaves = [leaf_hash(told.entry) for told in scene.log[:size]]
    return Held.read("true", bytes(issue(Checkpoint(ORIGIN, size, root(leaves)), by)))


def shelf(scene: Scene, *keys: tuple[int, Signer]) -> Shelf:
    """Return what is stored of a scene; each key signs from a size on."""
    found = Shelf.of(scene)
    for since, key in keys:
        later_on = dict(Shelf.of(scene, log=key).notes)
        found.notes = [
            (size, later_on[size] if size > since else note) for size, note in found.notes
        ]
    return found


def judged(scene: Scene, *against: Held, keys: tuple[tuple[int, Signer], ...] = ()) -> Report:
    report = audit(shelf(scene, *keys), against=against)
    check_words([*report.findings, *report.remarks])
    return report


def codes(found: list[Finding]) -> list[tuple[str, str]]:
    return [(one.code, one.place) for one in found]


# --- lost tails ---------------------------------------------------------------------------------


def test_a_tail_that_was_lost_is_named(scene: Scene) -> None:
    report = judged(scene, held("receipt", 99, "x"))
    assert codes(report.findings) == [("checkpoint.ahead", "receipt")]
    assert "vledger recover" in report.findings[0].en
    assert report.pairs == []


def test_a_tail_that_a_recovery_names_is_no_finding(scene: Scene) -> None:
    lost = held("receipt", 99, "x")
    size = scene.book.size
    scene.recover(scene.lost(99, LOG, base64(digest("x"))), log=str(NEXT.verifier))
    guard = Held("guard", lost.checkpoint)
    for again in range(100):  # at 99 the log has grown beyond what was lost
        if again in (0, 99):
            report = judged(scene, lost, guard, true(scene, size), keys=((size, NEXT),))
            assert report.findings == []
            assert sorted(codes(report.remarks)) == [
                ("tail.declared", "guard"), ("tail.declared", "receipt"),
            ]  # fmt: skip
            assert f"entry {size}" in report.remarks[0].en
        scene.say("volunteers", volunteer(f"N{again}"), by="T01/r1", org="T01")


def test_a_lost_checkpoint_that_no_recovery_names_is_asked_about(scene: Scene) -> None:
    size = scene.book.size
    scene.recover(scene.lost(99, LOG), log=str(NEXT.verifier))
    other = held("receipt", 80, "y")
    report = judged(scene, other, keys=((size, NEXT),))
    assert codes(report.findings) == [("checkpoint.retired", "receipt")]
    scene.recover(scene.lost(80, LOG, base64(digest("y"))))
    assert judged(scene, other, keys=((size, NEXT),)).findings == []


def test_what_a_retired_key_signs_later_is_a_finding(scene: Scene) -> None:
    size = scene.book.size
    key = {"key": str(NEXT.verifier), "role": "log"}
    scene.say("appointment", {"person": "log"}, **key)
    stolen = held("thief", size + 1, "z")
    report = judged(scene, stolen, keys=((size, NEXT),))
    assert codes(report.findings) == [("checkpoint.retired", "thief")]


def test_a_new_key_gives_no_leave_to_rewrite_what_was_before(scene: Scene) -> None:
    """Declared or not: a checkpoint of what is kept contradicts a ledger with another root."""
    size = scene.book.size
    scene.recover(scene.lost(size - 2, LOG, base64(digest("x"))), log=str(NEXT.verifier))
    rewritten = held("receipt", size - 2, "x")
    report = judged(scene, rewritten, keys=((size, NEXT),))
    assert codes(report.findings) == [("checkpoint.fork", "receipt")]


def test_a_recovery_stands_under_no_other_history(scene: Scene) -> None:
    index = scene.book.size
    scene.recover(root=some("another history"))
    assert codes(judged(scene).findings) == [("recovery.root", f"entry {index}")]


# --- two histories ------------------------------------------------------------------------------


def test_two_readers_of_two_heads_prove_it_together(scene: Scene) -> None:
    """Each was shown a consistent log. Neither is the ledger's, which was cut back below both."""
    one, two = held("reader 1", 99, "one"), held("reader 2", 99, "two")
    report = judged(scene, one, two)
    ahead = [("checkpoint.ahead", label) for label in ("reader 1", "reader 2")]
    assert sorted(codes(report.findings)) == sorted(
        [*ahead, ("checkpoint.fork", report.findings[-1].place)]
    )
    assert [{pair.first, pair.second} for pair in report.pairs] == [{one.note, two.note}]


def test_a_rewritten_history_is_proved_by_the_note_and_the_root(scene: Scene) -> None:
    forged = held("reader", 5, "x")
    report = judged(scene, forged)
    assert codes(report.findings) == [("checkpoint.fork", "reader")]
    assert report.pairs == [Pair(forged.note, root=true(scene, 5).checkpoint.root)]


@given(st.integers(1, 40), st.booleans(), st.booleans())
def test_a_checkpoint_is_true_ahead_or_a_fork(size: int, same: bool, guard: bool) -> None:
    scene = Scene.begun()
    for n in range(17):
        scene.appoint(f"KX/a{n}", "auditor", "*", f"p-{n}")
    count = len(scene.log)
    one = true(scene, size) if same and size <= count else held("x", size, "x")
    kept = Held("x", one.checkpoint) if guard else one
    due = {True: "checkpoint.ahead", False: "checkpoint.fork"}[size > count]
    found = [one.code for one in judged(scene, kept).findings]
    assert found == ([] if same and size <= count else [due])


def test_two_anchors_that_cannot_both_be_true_are_evidence_against_that_log(scene: Scene) -> None:
    scene.anchor("AX/log", 7)
    scene.anchor("AX/log", 9)
    scene.anchor("BX/log", 7)
    scene.anchor("AX/log", 7)
    assert judged(scene).findings == []
    index = scene.anchor("AX/log", 7, some("x")).index
    report = judged(scene)
    assert codes(report.findings) == [("anchor.fork", f"entry {index}")]
    (pair,) = report.pairs
    assert pair.first.startswith(f"AX/log\n7\n{some('AX/log 7')}\n".encode())
    assert pair.second.startswith(f"AX/log\n7\n{some('x')}\n".encode())


# --- stamps and witnesses' times ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "late"), [(0, False), (5, False), (-5, False), (-6, True), (-9999, True)]
)
def test_what_a_witness_saw_was_stamped_before(scene: Scene, minutes: int, late: bool) -> None:
    """A witness saw the first n entries; the last of them is stamped five minutes later at most."""
    seen = int(moment(later(scene.now, minutes=minutes)).timestamp())
    scene.say("volunteers", volunteer("N1"), by="T01/r1", org="T01")
    size = scene.book.size
    scene.wait(days=3)
    scene.say("volunteers", volunteer("N2"), by="T01/r1", org="T01")
    one = true(scene, size)
    report = judged(scene, Held("note", one.checkpoint, one.note, (("W/w1", seen),)))
    assert codes(report.findings) == ([("stamp.late", f"entry {size - 1}")] if late else [])
    assert not late or all(
        w in report.findings[0].en for w in ("W/w1", instant_of(seen), at("03 13:00"))
    )


def test_times_beyond_all_years_break_nothing(scene: Scene) -> None:
    one = true(scene, 3)
    for time in (2**63 - 1, 2**37):
        assert (
            judged(scene, Held("note", one.checkpoint, one.note, (("W/w1", time),))).findings == []
        )
