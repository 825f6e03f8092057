"""Proofs as files: the specification's bytes, no flipped bit, and rows that are the entry's.

Holds ledger.tlogproof and ledger.proving.
"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle, tlogproof
from ledger.checkpoint import Checkpoint, issue
from ledger.encoding import base64
from ledger.errors import LedgerError, Malformed, Rejected, Unsafe, Unverified
from ledger.log import receipts
from ledger.note import COSIGNATURE_ED25519, Verifier
from ledger.proving import entry_shown, prove
from ledger.statements import Entry
from ledger.tlogproof import Proof, Shown, ShownRow, show
from ledger.trust import Trust, TrustedLog
from tests.databases import ready
from tests.scene import ORIGIN, Scene, line, signer
from tests.shelf import Shelf

pytest_plugins = ["tests.databases"]

TRUST = Trust(logs=(TrustedLog(keys=(str(signer(ORIGIN).verifier),)),))


def proof_of(shelf: Shelf, index: int, extra: bytes = b"") -> Proof:
    hashes = merkle.inclusion_proof(index, shelf.size, lambda *node: shelf.nodes[node])
    return Proof(index, hashes, shelf.head().note, extra)


def test_the_form_is_the_specification_s() -> None:
    """c2sp.org/tlog-proof, section Format, line by line."""
    proof = Proof(
        73894, (b"\1" * 32, b"\2" * 32), b"example.com/log\n3\nroot\n\nsignature\n", b"age"
    )
    assert (
        bytes(proof)
        == (
            "c2sp.org/tlog-proof@v1\n"
            "extra YWdl\n"
            "index 73894\n"
            f"{base64(bytes([1]) * 32)}\n"
            f"{base64(bytes([2]) * 32)}\n"
            "\n"
            "example.com/log\n3\nroot\n\nsignature\n"
        ).encode()
    )
    bare = Proof(0, (), b"checkpoint")
    assert bytes(bare) == b"c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint"
    for one in (proof, bare):
        assert Proof.parse(bytes(one)) == one


HASH = st.binary(min_size=32, max_size=32)
PROOFS = st.builds(
    Proof,
    st.integers(0, 2**63),
    st.lists(HASH, max_size=5).map(tuple),
    st.binary(max_size=50),
    st.binary(max_size=20),
)


@given(PROOFS)
def test_what_is_written_is_read(proof: Proof) -> None:
    assert Proof.parse(bytes(proof)) == proof


@given(PROOFS, st.data())
def test_what_is_read_is_written_again(proof: Proof, data: st.DataObject) -> None:
    spoilt = bytearray(bytes(proof))
    spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert bytes(Proof.parse(bytes(spoilt))) == spoilt
    except Malformed:
        assert spoilt != bytes(proof)


NOTE = b"\n\nnote\n"


@pytest.mark.parametrize(
    "text",
    [
        b"", b"c2sp.org/tlog-proof@v1", b"c2sp.org/tlog-proof@v1\n\nnote\n", b"c2sp.org/tlog-proof@v2\nindex 0" + NOTE,
        b"c2sp.org/tlog-proof@v1\nindex 00" + NOTE, b"c2sp.org/tlog-proof@v1\nindex -1" + NOTE,
        b"c2sp.org/tlog-proof@v1\nindex +1" + NOTE, b"c2sp.org/tlog-proof@v1\nindex 1_0" + NOTE,
        b"c2sp.org/tlog-proof@v1\nindex \xd9\xa0" + NOTE, b"c2sp.org/tlog-proof@v1\nindex  1" + NOTE,
        b"c2sp.org/tlog-proof@v1\nindex " + b"1" * 40 + NOTE, b"c2sp.org/tlog-proof@v1\nindex 1\r" + NOTE,
        b"c2sp.org/tlog-proof@v1\nindex 1\nAAAA" + NOTE, b"c2sp.org/tlog-proof@v1\nextra \nindex 1" + NOTE,
        b"c2sp.org/tlog-proof@v1\nextra YWd\nindex 1" + NOTE, b"c2sp.org/tlog-proof@v1\nindex 1\nextra YWdl" + NOTE,
        b"c2sp.org/tlog-proof@v1\n1" + NOTE, b"c2sp.org/tlog-proof@v1\nindex 1\n", b"\xff" + NOTE,
        b"c2sp.org/tlog-proof@v1\nindex 1\n\n" + b"x" * (1 << 20),
    ],
)  # fmt: skip
def test_other_forms_are_refused(text: bytes) -> None:
    with pytest.raises(Malformed):
        Proof.parse(text)


@given(st.integers(1, 300), st.data())
def test_an_entry_is_proved(size: int, data: st.DataObject) -> None:
    shelf = Shelf(size)
    index = data.draw(st.integers(0, size - 1))
    proof = proof_of(shelf, index)
    under, witnesses = Proof.parse(bytes(proof)).check(shelf.entries[index], TRUST)
    assert (under.size, under.root, witnesses) == (size, shelf.tree.root(), 0)
    with pytest.raises(Unverified):
        proof.check(shelf.entries[index] + b"!", TRUST)


def test_no_flipped_bit_is_accepted() -> None:
    shelf = Shelf(6)
    data, entry = bytes(proof_of(shelf, 4)), shelf.entries[4]
    Proof.parse(data).check(entry, TRUST)
    for bit in range(len(data) * 8):
        spoilt = bytearray(data)
        spoilt[bit // 8] ^= 1 << bit % 8
        with pytest.raises(LedgerError):
            Proof.parse(bytes(spoilt)).check(entry, TRUST)


def test_a_proof_under_a_checkpoint_of_nobody_proves_nothing() -> None:
    shelf = Shelf(1)
    other = signer("KX/op")
    forged = bytes(issue(Checkpoint(other.name, 1, shelf.tree.root()), other))
    with pytest.raises(Unverified, match="not trusted"):
        Proof(0, (), forged).check(shelf.entries[0], TRUST)
    witness = str(Verifier("witness.example/w", other.verifier.key, COSIGNATURE_ED25519))
    quorum = Trust(logs=(TrustedLog(keys=TRUST.logs[0].keys, witnesses=(witness,), quorum=1),))
    with pytest.raises(Unverified, match="0 witnesses cosigned, 1 are needed"):
        proof_of(shelf, 0).check(shelf.entries[0], quorum)


# --- what a proof of ours carries beside ----------------------------------------------------------


def sheet(rows: int) -> tuple[bytes, tuple[bytes, ...]]:
    scene = Scene.ready()
    lines = [line(f"V{n + 1}") for n in range(rows)]
    return scene.write("attendance", *lines, by="T01/r1", org="T01", activity="A1")


@pytest.mark.parametrize("rows", [1, 2, 3, 5])
def test_a_row_is_shown_with_its_hashes(rows: int) -> None:
    entry, items = sheet(rows)
    for n, item in enumerate(items):
        shown = tlogproof.shown(show(entry, items, n).write())
        assert shown.entry.encode() == entry
        assert shown.row() == ShownRow(n, item.decode())
    assert tlogproof.shown(show(entry).write()).row() is None


def test_a_row_that_is_not_the_entry_s_is_refused() -> None:
    entry, items = sheet(3)
    shown = show(entry, items, 1)
    other = items[0].decode()
    for wrong in (
        (ShownRow(1, other),), (ShownRow(0, items[1].decode()),), (ShownRow(3, items[1].decode()),),
    ):  # fmt: skip
        with pytest.raises(Unverified):
            Shown(shown.entry, wrong, shown.hashes).row()
    assert shown.hashes
    for hashes in (None, shown.hashes[:-1], (*shown.hashes, shown.hashes[0]), shown.hashes[::-1]):
        with pytest.raises(Unverified):
            Shown(shown.entry, shown.items, hashes).row()
    bare = Scene.ready().log[0]  # the charter; its one row is not of another entry
    with pytest.raises(Unverified):
        Shown(bare.entry.decode(), shown.items, shown.hashes).row()


def test_an_entry_without_rows_shows_none() -> None:
    scene = Scene.ready()
    ref, since = scene.log[6].heard.ref, scene.now
    said = scene.say("dismissal", by="KX/op", org="*", appointment=ref, since=since)
    assert Entry.parse(said.entry).statement.head.items is None
    with pytest.raises(Unverified, match="no row 1"):
        Shown(said.entry.decode(), (ShownRow(0, "{}"),), ()).row()


@pytest.mark.parametrize(
    "extra", [b"", b"age", b"{}", b'{"entry":"x","more":1}', b'{"entry":"x"} ', b'{"entry":"x","items":[]}']
)  # fmt: skip
def test_other_extras_are_refused(extra: bytes) -> None:
    with pytest.raises(Malformed):
        tlogproof.shown(extra)


# --- from the database ----------------------------------------------------------------------------


def test_every_entry_and_row_of_a_ledger_is_proved(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    world.attend(line("V1"), line("V2"), line("V3"))
    with world.db.reading() as view:
        for stored in view.entries():
            bare = prove(view, stored.index)
            bare.check(stored.entry, TRUST)
            assert bytes(bare).decode() == receipts(view, [stored.index])[0].text
            for row in (None, *range(len(stored.items))):
                carried = prove(view, stored.index, entry_shown(view, stored.index, row))
                shown = tlogproof.shown(Proof.parse(bytes(carried)).extra)
                carried.check(shown.entry.encode(), TRUST)
                found = shown.row()
                assert (found and found.item.encode()) == (
                    None if row is None else stored.items[row]
                )


def test_what_is_not_there_is_not_proved(file_url: str, tmp_path: Path) -> None:
    world = ready(file_url, tmp_path)
    with world.db.reading() as view:
        size = view.size()
        for index in (-1, size):
            assert entry_shown(view, index) is None
            with pytest.raises(Rejected, match=f"the entries 0 to {size - 1}"):
                prove(view, index)
        for row in (-1, 1):
            with pytest.raises(Rejected, match="it has 1 rows"):
                entry_shown(view, 0, row)
        with pytest.raises(Unsafe) as refusal:  # what is carried must be what is proved
            prove(view, 0, entry_shown(view, 1))
        assert refusal.value.code == "log.damaged"


def test_a_damaged_log_proves_nothing(file_url: str, tmp_path: Path) -> None:
    world = ready(file_url, tmp_path)

    class Spoilt:
        def __init__(self, view: object, note: bytes) -> None:
            self.nodes = view.nodes  # type: ignore[attr-defined]
            self.checkpoint = lambda: note

    shelf = Shelf(world.db.size())
    with world.db.reading() as view:
        for note in (shelf.head().note, b"", b"no note"):
            with pytest.raises(Unsafe) as refusal:
                prove(Spoilt(view, note), 3)  # type: ignore[arg-type]
            assert refusal.value.code == "log.damaged"
