"""A bundle says what the ledger says: the same findings, one form, and refusals that name the line."""

import json
import re
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit import audit_log
from ledger.auditing.evidence import Log
from ledger.auditing.findings import Report
from ledger.book import Book
from ledger.bundle import FORMAT, MAX_LINE, Bundle, write
from ledger.errors import Malformed
from ledger.note import Signer
from tests.scene import ORIGIN, Scene, digest, line, signer
from tests.test_audit import Shelf

Lines = list[bytes]
KEY = signer(ORIGIN)


@pytest.fixture(scope="module")
def scene() -> Scene:
    found = Scene.ready()
    found.pass_notice(found.attend(line("V1"), line("V2")))
    return found


@pytest.fixture(scope="module")
def lines(scene: Scene) -> Lines:
    return list(write(Shelf.of(scene)))


def read(lines: Lines) -> Bundle:
    data = b"".join(lines)
    return Bundle(lambda: BytesIO(data))


def audited(log: Log, key: Signer = KEY) -> Report:
    return audit_log(log, trusted=[key.verifier])


def refused(lines: Lines) -> str:
    bundle = read(lines)
    with pytest.raises(Malformed) as refusal:
        for _ in bundle.log():
            pass
    assert "重新索取" in refusal.value.zh
    return refusal.value.en


def at(lines: Lines, word: str, which: int = 0) -> int:
    """Return where the lines of a kind stand."""
    return [n for n, one in enumerate(lines) if f'"line":"{word}"'.encode() in one][which]


def test_what_is_taken_away_is_what_was_there(scene: Scene, lines: Lines) -> None:
    shelf, bundle = Shelf.of(scene), read(lines)
    assert [(n, entry, tuple(items)) for n, entry, items in bundle.log()] == [
        (n, entry, tuple(items)) for n, entry, items in shelf.log()
    ]
    assert list(bundle.checkpoints()) == list(shelf.checkpoints())
    assert list(bundle.cosignatures()) == list(shelf.cosignatures())
    assert bundle.origin() == ORIGIN
    assert bundle.is_simulated()


def test_a_bundle_written_again_is_the_same(lines: Lines) -> None:
    assert list(write(read(lines))) == lines


def test_an_honest_bundle_has_the_findings_of_its_ledger_none(scene: Scene, lines: Lines) -> None:
    ours, theirs = audited(Shelf.of(scene)), audited(read(lines))
    assert theirs == ours
    assert theirs.findings == []
    assert theirs.lines == 2


def test_a_stranger_reads_it_with_what_every_language_has(lines: Lines) -> None:
    first, *rest = (json.loads(one) for one in lines)
    assert first == {"format": FORMAT}
    assert rest[-1] == {"line": "end", "lines": len(lines) - 1}
    charter = json.loads(rest[0]["entry"].split("\n")[3])
    assert charter["log"].startswith(ORIGIN)  # the key to check the checkpoints by


def test_a_ledger_without_an_entry_has_a_bundle_too() -> None:
    empty = list(write(Shelf([], {}, [], Book())))
    assert [json.loads(one) for one in empty] == [{"format": FORMAT}, {"line": "end", "lines": 1}]
    assert read(empty).origin() == ""
    assert not read(empty).is_simulated()


def test_a_bundle_of_another_log_is_found(lines: Lines) -> None:
    other = replace(signer(ORIGIN), secret=digest("another log"))
    assert [one.code for one in audited(read(lines), other).findings] == ["log.untrusted"]


# --- what was changed in the ledger is found in its bundle ----------------------------------------

Change = Callable[[Shelf], None]


def an_entry_that_is_no_statement(shelf: Shelf) -> None:
    put(shelf, 7, entry=b"2026-03-02T09:00:00+08:00\nnothing")


def an_item_changed(shelf: Shelf) -> None:
    n = next(n for n, _, items in shelf.entries if any(b'"class":"B"' in one for one in items))
    put(shelf, n, items=tuple(one.replace(b'"B"', b'"A"') for one in shelf.entries[n][2]))


def items_lost(shelf: Shelf) -> None:
    put(shelf, 3, items=())


def entries_swapped(shelf: Shelf) -> None:
    (_, *six), (_, *seven) = shelf.entries[6:8]
    shelf.entries[6:8] = [(6, *seven), (7, *six)]  # type: ignore[list-item]


def an_entry_lost(shelf: Shelf) -> None:
    del shelf.entries[5]


def the_tail_cut(shelf: Shelf) -> None:
    shelf.entries.pop()


def a_checkpoint_of_another_root(shelf: Shelf) -> None:
    size, note = shelf.notes[-1]
    root = note.split(b"\n")[2]
    shelf.notes[-1] = size, note.replace(root, b"A" + root[1:])


def a_cosignature_of_nobody(shelf: Shelf) -> None:
    shelf.lines.append((1, len(shelf.entries), str(signer(ORIGIN).verifier), "nothing"))


def put(
    shelf: Shelf, n: int, entry: bytes | None = None, items: tuple[bytes, ...] | None = None
) -> None:
    _, old, rows = shelf.entries[n]
    shelf.entries[n] = n, old if entry is None else entry, rows if items is None else items


@pytest.mark.parametrize(
    "change",
    [
        an_entry_that_is_no_statement,
        an_item_changed,
        items_lost,
        entries_swapped,
        an_entry_lost,
        the_tail_cut,
        a_checkpoint_of_another_root,
        a_cosignature_of_nobody,
    ],
)
def test_a_crooked_ledger_has_the_same_findings_in_its_bundle(scene: Scene, change: Change) -> None:
    shelf = Shelf.of(scene)
    change(shelf)
    ours = audited(shelf)
    assert ours.findings
    assert audited(read(list(write(shelf)))) == ours


def test_what_has_no_form_is_not_taken_away(scene: Scene) -> None:
    for n, entry, items, place in (
        (3, b"\xff", None, "entry 3 .* not UTF-8"),
        (5, None, (b"{\n}",), "entry 5 .* not on one line"),
        (4, b'"' * MAX_LINE, None, "entry 4 .* longer"),
    ):
        shelf = Shelf.of(scene)
        put(shelf, n, entry, items)
        with pytest.raises(Malformed, match=place):
            list(write(shelf))


# --- hostile bundles ------------------------------------------------------------------------------


def test_a_bundle_cut_anywhere_is_refused(lines: Lines) -> None:
    data = b"".join(lines)
    for end in {0, 1, 40, len(data) // 2, len(data) - len(lines[-1]), len(data) - 1}:
        assert "cut short" in refused([data[:end]]), end


def test_lines_lost_swapped_doubled_or_added_are_refused(lines: Lines) -> None:
    first, last = at(lines, "entry", 3), at(lines, "end")
    head = at(lines, "checkpoint")
    for n in (first, head):
        assert refused([*lines[:n], *lines[n + 1 :]])
        assert refused([*lines[: n + 1], *lines[n:]])
    before, after = at(lines, "entry", 4), at(lines, "entry", 5)
    swapped = [*lines[:first], *lines[before:after], *lines[first:before], *lines[after:]]
    assert "does not belong here" in refused(swapped)
    assert "lines were lost" in refused([*lines[: at(lines, "checkpoint", -1)], lines[last]])
    assert "follows the last line" in refused([*lines, b"\n"])
    assert "follows the last line" in refused([*lines, lines[last]])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b'"line":"end"', b'"line": "end"', "canonical"),
        (b'"line":"end"', b'"line":"end","zeal":1', "canonical|zeal"),
        (b'"line":"end"', b'"line":"beginning"', "Invalid value"),
        (b"bundle@v1", b"bundle@v2", "bundle@v2"),
        (b'"index":3', b'"index":true', "the line: Expected `int`"),
        (b'"index":3', b'"index":3.0', "int|canonical"),
        (b'"index":3', b'"index":2', "does not belong here"),
        (b'"items":1', b'"items":10001', "10000"),
        (b'"items":1', b'"items":0', "line"),
    ],
)
def test_lines_in_another_form_are_refused(lines: Lines, old: bytes, new: bytes, says: str) -> None:
    n = next(n for n, one in enumerate(lines) if old in one)
    said = refused([*lines[:n], lines[n].replace(old, new), *lines[n + 1 :]])
    assert re.search(says, said)
    place = n + 2 if b"items" in new and new[-1:] == b"0" else n + 1  # its item is taken for a line
    assert f"line {place} of the bundle" in said


def test_a_line_without_end_is_not_read_to_its_end() -> None:
    class Endless(BytesIO):
        taken = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 < size <= MAX_LINE
            self.taken += size
            return b"x" * size

    with pytest.raises(Malformed, match="line 1 of the bundle: it is cut short, or longer"):
        list(Bundle(Endless).log())


def test_no_more_is_held_than_one_statement(tmp_path: Path) -> None:
    """A ledger may be longer than memory."""
    item = b'{"minutes":180,"salt":"oSzhCmajtKmyGbQMKuk6tA==","volunteer":"V1"}'

    class Long(Shelf):
        def log(self) -> Iterator[tuple[int, bytes, Sequence[bytes]]]:
            return ((n, b"entry", (item,) * 100) for n in range(500))

    file = tmp_path / "long.bundle"
    tracemalloc.start()
    try:
        with file.open("wb") as out:
            out.writelines(write(Long([], {}, [], Book())))
        assert sum(len(items) for _, _, items in Bundle(lambda: file.open("rb")).log()) == 50_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < file.stat().st_size / 10


@settings(max_examples=100)  # each a whole audit
@given(st.data())
def test_no_flipped_bit_passes(data: st.DataObject) -> None:
    """Either the bundle is refused, or the audit finds it: nothing in it is beside the point."""
    whole = bytearray(_honest())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        report = audited(Bundle(lambda: BytesIO(whole)))
    except Malformed:
        return
    assert report.findings


def _honest() -> bytes:
    if not _kept:
        _kept.append(b"".join(write(Shelf.of(Scene.ready()))))
    return _kept[0]


_kept: list[bytes] = []
