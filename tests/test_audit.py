"""The audit, on evidence held in memory: no database, no file, nothing but what was said."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from msgspec import structs

from ledger.audit import Finding, Held, Report, audit, audit_log
from ledger.book import Book
from ledger.checkpoint import Checkpoint, issue
from ledger.merkle import EMPTY_ROOT, Frontier, leaf_hash
from ledger.note import Signer, Verifier, sign
from ledger.records import R, Record, Volunteer
from tests.scene import (
    ORIGIN,
    RECOVERY,
    RULES,
    Scene,
    activity,
    at,
    digest,
    line,
    ruleset,
    signer,
    some,
    stand,
    volunteer,
)

LOG = signer(ORIGIN)
Said = tuple[bytes, tuple[bytes, ...]]


@dataclass
class Shelf:
    """What a ledger would have stored of a scene; tests change it as they like."""

    entries: list[tuple[int, bytes, tuple[bytes, ...]]]
    nodes: dict[int, list[tuple[int, bytes]]]
    notes: list[tuple[int, bytes]]
    book: Book
    rows: dict[type, list[Any]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    lines: list[tuple[int, int, str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, scene: Scene, *more: Said, log: Signer = LOG) -> "Shelf":
        """Store a scene, and statements after it that nobody admitted."""
        said = [*((one.entry, one.items) for one in scene.log), *more]
        tree, nodes, notes = Frontier(), dict[int, list[tuple[int, bytes]]](), []
        for entry, _ in said:
            for level, index, found in tree.append(leaf_hash(entry)):
                nodes.setdefault(level, []).append((index, found))
            notes.append((tree.size, bytes(issue(Checkpoint(ORIGIN, tree.size, tree.root()), log))))
        return cls([(n, *one) for n, one in enumerate(said)], nodes, notes, scene.book)

    def log(self) -> Iterable[tuple[int, bytes, Sequence[bytes]]]:
        return iter(self.entries)

    def level(self, level: int) -> Iterable[tuple[int, bytes]]:
        return iter(self.nodes.get(level, ()))

    def checkpoints(self) -> Iterable[tuple[int, bytes]]:
        return iter(self.notes)

    def cosignatures(self) -> Iterable[tuple[int, int, str, str]]:
        return self.lines

    def strays(self) -> Iterable[str]:
        return iter(self.lost)

    def records(self, kind: type[R]) -> Iterable[R]:
        return self.rows.get(kind, self.book.all(kind))


@pytest.fixture
def scene() -> Scene:
    return Scene.ready()


def codes(report: Report) -> list[tuple[str, str]]:
    return [(one.code, one.place) for one in report.findings]


def remarks(scene: Scene) -> list[tuple[str, str]]:
    report = audit(Shelf.of(scene))
    assert report.findings == []
    check_words(report.remarks)
    return [(one.code, one.place) for one in report.remarks]


def check_words(found: Iterable[Finding]) -> None:
    """Every finding is written for a reader of either language, and names its place."""
    for one in found:
        assert one.en
        assert one.zh
        assert one.en != one.zh
        assert "entry" not in one.zh


# --- nothing to find ----------------------------------------------------------------------------


def test_what_was_said_is_all_there_is(scene: Scene) -> None:
    sheet = scene.attend(line("V1"), line("V2"))
    scene.pass_notice(sheet)
    report = audit(Shelf.of(scene), trusted=[LOG.verifier])
    assert report.findings == report.remarks == []
    assert (report.size, report.lines, report.stopped) == (len(scene.log), 2, False)
    tree = Frontier()
    for one in scene.log:
        tree.append(leaf_hash(one.entry))
    assert report.root == tree.root()


def test_every_size_of_a_ledger_is_sound() -> None:
    whole = Scene.ready()
    for size in range(1, len(whole.log) + 1):
        part = Scene()
        for one in whole.log[:size]:
            part.submit(one.entry, one.items)
        assert audit(Shelf.of(part)).findings == []


def test_nothing_said_is_nothing_found() -> None:
    report = audit(Shelf([], {}, [], Book()))
    assert report.findings == []
    assert (report.size, report.root) == (0, EMPTY_ROOT)


def test_a_log_alone_is_replayed_like_a_ledger(scene: Scene) -> None:
    """Away from its database there are no nodes and no rows, and all the rest is held as before."""
    shelf = Shelf.of(scene)
    shelf.nodes, shelf.rows = {}, {Volunteer: []}
    assert codes(audit(shelf)) != []
    report = audit_log(shelf, trusted=[LOG.verifier])
    assert (report.findings, report.size) == ([], len(scene.log))
    shelf.notes.pop()
    assert codes(audit_log(shelf)) == [("checkpoint.size", f"checkpoint {len(scene.log) - 1}")]
    index, entry, items = shelf.entries[-1]
    shelf.entries[-1] = (index, entry, (*items, b"{}"))
    assert codes(audit_log(shelf))[0] == ("malformed", f"entry {index}")


# --- entries ------------------------------------------------------------------------------------


def test_a_refused_entry_is_a_finding_and_the_replay_goes_on(scene: Scene) -> None:
    """It has no effect: what follows is judged as if it had not been said."""
    bad = scene.write("volunteers", volunteer("N1"), by="T01/c1", org="T01")
    good = scene.write("volunteers", volunteer("N1"), by="T01/r1", org="T01")
    shelf = Shelf.of(scene, bad, good)
    report = audit(shelf)
    size = len(scene.log)
    assert codes(report)[0] == ("not_authorised", f"entry {size}")
    # The second was admitted, and its rows are missing from what was stored before it.
    assert {code for code, _ in codes(report)[1:]} == {"projection"}
    assert any("N1" in place for _, place in codes(report))
    assert report.size == size + 2
    check_words(report.findings)


def test_a_stamp_that_falls_does_not_raise_the_bar_for_those_after_it(scene: Scene) -> None:
    scene.now = at("20 08:00")
    late = scene.write("volunteers", volunteer("N1"), by="T01/r1", org="T01")
    scene.now = at("19 08:00")
    early = scene.write("volunteers", volunteer("N2"), by="T01/r1", org="T01")
    scene.now = at("20 09:00")
    after = scene.write("volunteers", volunteer("N3"), by="T01/r1", org="T01")
    found = codes(audit(Shelf.of(scene, late, early, after)))
    assert [code for code, _ in found if code != "projection"] == ["stamp.falling"]


def test_a_code_that_is_not_known_stops_with_a_sentence(scene: Scene) -> None:
    """What comes after may mean anything: nothing of it is judged, nothing compared."""
    newer = scene.write("ruleset", ruleset(RULES), code=99, from_=scene.now[:10])
    after = scene.write("volunteers", volunteer("N1"), by="T01/c1", org="T01")
    report = audit(Shelf.of(scene, newer, after))
    assert codes(report) == [("code.unknown", f"entry {len(scene.log)}")]
    assert report.stopped
    assert "99" in report.findings[0].zh
    assert "99" in report.findings[0].en


@pytest.mark.parametrize("n", [0, 3, -1], ids=["first", "middle", "last"])
def test_a_missing_entry_stops_the_replay_unless_it_is_the_last(scene: Scene, n: int) -> None:
    shelf = Shelf.of(scene)
    del shelf.entries[n]
    report = audit(shelf)
    if n >= 0:
        assert codes(report) == [("log.gap", f"entry {n}")]
        assert report.stopped
    else:
        assert ("checkpoint.size", f"checkpoint {len(scene.log)}") in codes(report)
    check_words(report.findings)


def test_an_entry_before_the_first_is_a_gap(scene: Scene) -> None:
    shelf = Shelf.of(scene)
    shelf.entries.insert(0, (-1, b"", ()))
    assert codes(audit(shelf)) == [("log.gap", "entry 0")]


@pytest.mark.parametrize("data", [b"", b"\xff", b"{}", b"2026-03-02T08:00:00+08:00\n", b"[" * 9000])
def test_bytes_that_are_no_entry_are_a_finding(scene: Scene, data: bytes) -> None:
    for n in range(len(scene.log)):
        shelf = Shelf.of(scene)
        shelf.entries[n] = (n, data, shelf.entries[n][2])
        assert codes(audit(shelf))[0] == ("malformed", f"entry {n}")


def test_items_that_are_not_those_of_their_head_are_a_finding(scene: Scene) -> None:
    n = next(one.index for one in scene.log if len(one.items) > 2)
    items = scene.log[n].items
    for wrong in (items[1:], items[::-1], (*items, items[0]), (b"", *items[1:]), ()):
        shelf = Shelf.of(scene)
        shelf.entries[n] = (n, shelf.entries[n][1], wrong)
        assert codes(audit(shelf))[0] == ("malformed", f"entry {n}")


def test_rows_that_belong_to_nothing_are_named(scene: Scene) -> None:
    shelf = Shelf.of(scene)
    shelf.lost = ["items 900", "node -1/0"]
    report = audit(shelf)
    assert codes(report) == [("row.stray", "items 900"), ("row.stray", "node -1/0")]
    check_words(report.findings)


# --- the tree -----------------------------------------------------------------------------------


def test_every_changed_node_is_found_at_the_first_entry_below_it(scene: Scene) -> None:
    for level, nodes in Shelf.of(scene).nodes.items():
        for n in range(len(nodes)):
            shelf = Shelf.of(scene)
            shelf.nodes[level][n] = (n, bytes(32))
            assert codes(audit(shelf)) == [("tree.node", f"entry {n << level}")]


@pytest.mark.parametrize("level", [0, 1, 4, 9, 63])
def test_a_node_too_many_is_found(scene: Scene, level: int) -> None:
    shelf = Shelf.of(scene)
    found = shelf.nodes.setdefault(level, [])
    found.append((len(found), bytes(32)))
    report = audit(shelf)
    assert codes(report) == [("tree.node", f"node {level}/{len(found) - 1}")]
    check_words(report.findings)


def test_a_node_too_few_is_found(scene: Scene) -> None:
    shelf = Shelf.of(scene)
    del shelf.nodes[2][1]
    assert codes(audit(shelf)) == [("tree.node", "entry 4")]


# --- checkpoints --------------------------------------------------------------------------------

Spoil = Callable[[int, bytes], tuple[int, bytes]]


def noted(size: int, root: bytes, log: Signer = LOG, origin: str = ORIGIN) -> bytes:
    return bytes(sign(str(Checkpoint(origin, size, root)), log))


SPOILED: dict[str, tuple[str, Spoil]] = {
    "bytes": ("checkpoint.bad", lambda size, _: (size, b"\xff\xff")),
    "cut": ("checkpoint.bad", lambda size, note: (size, note[:-9])),
    "root": ("checkpoint.root", lambda size, _: (size, noted(size, bytes(32)))),
    "size": ("checkpoint.root", lambda size, _: (size, noted(size + 1, bytes(32)))),
    "stranger": ("checkpoint.bad", lambda size, _: (size, noted(size, bytes(32), signer("KX/op")))),
    "origin": (
        "checkpoint.bad",
        lambda size, _: (size, noted(size, bytes(32), origin="other.example.org")),
    ),
    "beside": (
        "checkpoint.bad",
        lambda size, note: (size, note + str(sign("x\n", signer("KX/op")).signatures[0]).encode()),
    ),
}


@pytest.mark.parametrize("name", SPOILED)
@pytest.mark.parametrize("n", [0, 7])
def test_a_checkpoint_that_is_not_true_is_found(scene: Scene, name: str, n: int) -> None:
    code, spoil = SPOILED[name]
    shelf = Shelf.of(scene)
    shelf.notes[n] = spoil(*shelf.notes[n])
    report = audit(shelf)
    assert codes(report) == [(code, f"checkpoint {n + 1}")]
    check_words(report.findings)


def test_the_last_checkpoint_is_that_of_the_last_entry(scene: Scene) -> None:
    shelf = Shelf.of(scene)
    size = len(scene.log)
    last = shelf.notes.pop()
    assert codes(audit(shelf)) == [("checkpoint.size", f"checkpoint {size - 1}")]
    shelf.notes += [last, (size + 2, noted(size + 2, bytes(32)))]
    assert codes(audit(shelf)) == [("checkpoint.size", f"checkpoint {size + 2}")]


def test_older_checkpoints_may_be_left_out(scene: Scene) -> None:
    """Kept are the newest and those that left the house; each entry alone needs none."""
    shelf = Shelf.of(scene)
    shelf.notes = shelf.notes[-1:]
    assert audit(shelf).findings == []


# --- what was believed and held beforehand ------------------------------------------------------


def test_another_log_than_the_trusted_one_is_found(scene: Scene) -> None:
    other = Verifier(ORIGIN, digest("another key"))
    report = audit(Shelf.of(scene), trusted=[other])
    assert codes(report) == [("log.untrusted", "entry 0")]
    assert audit(Shelf.of(scene), trusted=[other, LOG.verifier]).findings == []
    check_words(report.findings)


def test_checkpoints_from_outside_must_be_the_ledger_s(scene: Scene) -> None:
    shelf = Shelf.of(scene)
    good = outside(shelf)
    assert audit(shelf, against=good).findings == []
    fork, last = good[4].checkpoint, good[-1].checkpoint
    bad = [
        signed("fork", replace(fork, root=bytes(32))),
        signed("later", replace(last, size=last.size + 5)),
        Held("same size", replace(fork, root=bytes([1]) * 32)),  # a guard signs nothing
    ]
    report = audit(shelf, against=[*good, *bad])
    assert codes(report) == [
        ("checkpoint.fork", "fork"), ("checkpoint.fork", "same size"), ("checkpoint.ahead", "later"),
    ]  # fmt: skip
    check_words(report.findings)


@pytest.mark.parametrize("at", [4, -1])
@pytest.mark.parametrize("beyond", [0, 5])
def test_what_this_log_did_not_sign_accuses_it_of_nothing(
    scene: Scene, at: int, beyond: int
) -> None:
    shelf = Shelf.of(scene)
    true = outside(shelf)[at].checkpoint
    said = replace(true, size=true.size + beyond)
    stranger = Signer(ORIGIN, digest("a stranger's key"))
    elsewhere = Signer("other.example.org", digest("another log"))
    tampered = bytes(issue(true, LOG)).replace(b"\n%d\n" % true.size, b"\n%d\n" % (said.size + 1))
    bad = [
        signed("stranger", said, stranger),
        signed("elsewhere", replace(said, origin=elsewhere.name), elsewhere),
        Held.read("tampered", tampered),
    ]
    keys = [LOG.verifier, elsewhere.verifier]  # a trust file may name more than one log
    report = audit(shelf, trusted=keys, against=bad)
    assert sorted(codes(report)) == sorted(("evidence.foreign", one.label) for one in bad)
    check_words(report.findings)
    guard = Held("guard", replace(said, origin=elsewhere.name))
    assert audit(shelf, trusted=keys, against=[guard]).findings == []


def outside(shelf: Shelf) -> list[Held]:
    """Return a true checkpoint of every size, as somebody holds it."""
    tree = Frontier()
    found = []
    for n, entry, _ in shelf.entries:
        tree.append(leaf_hash(entry))
        found.append(signed(f"回执 {n}", Checkpoint(ORIGIN, tree.size, tree.root())))
    return found


def signed(label: str, checkpoint: Checkpoint, by: Signer = LOG) -> Held:
    return Held.read(label, bytes(issue(checkpoint, by)))


def test_every_size_has_one_log_key_that_signs_for_it(scene: Scene) -> None:
    second = Signer(ORIGIN, digest("second log key"))
    key = {"key": str(second.verifier), "role": "log"}
    scene.say("appointment", {"person": "log"}, by=RECOVERY, **key)
    appointed = len(scene.log)  # the first size that the new key signs for
    scene.say("volunteers", volunteer("N1"), by="T01/r1", org="T01")
    for shelf, right in ((Shelf.of(scene, log=second), True), (Shelf.of(scene), False)):
        found = [place for code, place in codes(audit(shelf)) if code == "checkpoint.bad"]
        wrong = [size for size, _ in shelf.notes if (size >= appointed) != right]
        assert found == [f"checkpoint {size}" for size in wrong]


# --- projections --------------------------------------------------------------------------------


def compared(scene: Scene, kind: type[Record], rows: list[Record]) -> list[tuple[str, str]]:
    shelf = Shelf.of(scene)
    shelf.rows[kind] = rows
    report = audit(shelf)
    check_words(report.findings)
    return codes(report)


def test_a_row_that_is_missing_changed_or_too_many_is_named(scene: Scene) -> None:
    rows: list[Record] = list(scene.book.all(Volunteer))
    first, second = rows[0], rows[1]
    assert isinstance(first, Volunteer)
    assert compared(scene, Volunteer, rows[1:]) == [("projection", "volunteer V1")]
    changed = structs.replace(first, state="erased")
    assert compared(scene, Volunteer, [changed, *rows[1:]]) == [("projection", "volunteer V1")]
    more = structs.replace(first, number="V99")
    assert compared(scene, Volunteer, [*rows, more]) == [("projection", "volunteer V99")]
    assert compared(scene, Volunteer, [second, first, *rows[2:]]) == []


def test_a_difference_says_what_is_and_what_is_due(scene: Scene) -> None:
    shelf = Shelf.of(scene)
    first, *others = list(scene.book.all(Volunteer))
    shelf.rows[Volunteer] = [structs.replace(first, state="erased", n=7), *others]
    (found,) = audit(shelf).findings
    for words in (found.en, found.zh):
        assert "'erased'" in words
        assert "'active'" in words
        assert "n " in words
        assert "7" in words


def test_a_table_that_is_plainly_not_ours_is_not_told_row_by_row(scene: Scene) -> None:
    first = next(scene.book.all(Volunteer))
    many: list[Record] = [structs.replace(first, number=f"X{n}") for n in range(500)]
    found = compared(scene, Volunteer, many)
    assert 10 < len(found) < 50
    for _ in range(30):
        scene.say("volunteers", volunteer(f"N{scene.made}"), by="T01/r1", org="T01")
    assert 10 < len(compared(scene, Volunteer, [])) < 50


# --- remarks: lawful, and worth a look ----------------------------------------------------------


def test_an_activity_published_or_moved_after_its_start(scene: Scene) -> None:
    scene.say("activities", activity("A2", "02 09:00", "02 10:00"), by="T01/r1", org="T01")
    scene.say("activities", activity("A1", "03 10:00", "03 12:00"), by="T01/r1", org="T01")
    assert remarks(scene) == [("activity.moved", "A1"), ("activity.late", "A2")]


def test_an_attendance_past_the_tenth_working_day(scene: Scene) -> None:
    scene.wait(days=25)
    scene.attend(line("V1", class_="C"), reason=some("why"))
    assert remarks(scene) == [("attendance.late", f"entry {len(scene.log) - 1}")]


def test_a_volunteer_registered_after_the_service_began(scene: Scene) -> None:
    scene.say("volunteers", volunteer("N1"), by="T01/r1", org="T01")
    scene.attend(line("V1"), line("N1"))
    assert remarks(scene) == [("volunteer.later", f"{len(scene.log) - 1}:2")]


def test_a_line_that_does_not_count_is_not_remarked(scene: Scene) -> None:
    scene.say("volunteers", volunteer("N1"), by="T01/r1", org="T01")
    sheet = scene.attend(line("N1"))
    scene.object((sheet, 0))
    notice = scene.notice(sheet)
    scene.wait(days=8)
    scene.confirm(notice, stand(sheet, 0))
    assert remarks(scene) == []
