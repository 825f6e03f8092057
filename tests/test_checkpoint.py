"""Checkpoints and cosignatures: the specification's forms, every bit flipped."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import checkpoint, merkle
from ledger.checkpoint import Checkpoint
from ledger.errors import Malformed, Unverified
from ledger.note import COSIGNATURE_ED25519, Note, Signature, Signer, Verifier, sign
from tests.test_note import flips

LOG, WITNESS = Signer("kx.example.org/log", b"l" * 32), Signer("w.example.org/w", b"w" * 32)
HEAD = Checkpoint(LOG.name, 20852163, merkle.leaf_hash(b"x"))
COSIGNER = Verifier(WITNESS.name, WITNESS.verifier.key, COSIGNATURE_ED25519)


def cosigned(note: Note, time: int) -> Note:
    """Add the witness's line, written by hand from c2sp.org/tlog-cosignature."""
    message = f"cosignature/v1\ntime {time}\n{note.text}"
    value = time.to_bytes(8, "big") + sign(message, WITNESS).signatures[0].value
    line = Signature(WITNESS.name, COSIGNER.key_id, value)
    return Note(note.text, (*note.signatures, line))


@given(st.integers(0, 2**63), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_reads_back(size: int, root: bytes) -> None:
    head = Checkpoint(LOG.name, size, root)
    assert Checkpoint.parse(str(head)) == head
    assert checkpoint.read(bytes(checkpoint.issue(head, LOG)), [LOG.verifier])[0] == head


@pytest.mark.parametrize(
    "text",
    [
        "", "a\n1\n", str(HEAD)[:-1], f"{HEAD}extension\n", f"{HEAD}\n",
        *(
            str(HEAD).replace("20852163", size)
            for size in ("", "-1", "+1", "01", "1_0", "1.0", " 1", "٣", "²", "1" * 20, "1" * 5000)
        ),
        str(HEAD).replace(LOG.name, ""), str(Checkpoint(LOG.name, 1, b"short")),
        str(HEAD).replace("=\n", "\n"),
    ],
)  # fmt: skip
def test_another_form_is_no_checkpoint(text: str) -> None:
    assert text != str(HEAD)
    with pytest.raises(Malformed):
        Checkpoint.parse(text)


def test_no_flipped_bit_of_a_checkpoint_is_accepted() -> None:
    for wrong in flips(bytes(checkpoint.issue(HEAD, LOG))):
        with pytest.raises((Malformed, Unverified)):
            checkpoint.read(wrong, [LOG.verifier])


def test_only_a_trusted_key_of_the_origin_makes_a_checkpoint() -> None:
    data = bytes(checkpoint.issue(HEAD, LOG))
    other = Signer("other.example.org/log", LOG.secret)
    for keys in ([], [other.verifier], [Signer(LOG.name, b"o" * 32).verifier]):
        with pytest.raises(Unverified):
            checkpoint.read(data, keys)
    stolen = bytes(sign(str(HEAD), other))  # a trusted key, but of another log
    with pytest.raises(Unverified):
        checkpoint.read(stolen, [LOG.verifier, other.verifier])
    changed = [Signer(LOG.name, b"o" * 32).verifier, LOG.verifier]  # the log changed its key
    assert checkpoint.read(data, changed)[0] == HEAD


def test_a_log_signs_no_other_logs_checkpoint() -> None:
    with pytest.raises(AssertionError):
        checkpoint.issue(Checkpoint("other", 1, HEAD.root), LOG)


def test_a_witness_is_counted_beside_the_log() -> None:
    note = cosigned(checkpoint.issue(HEAD, LOG), 1679315147)
    assert checkpoint.read(bytes(note), [LOG.verifier])[1] == note
    assert checkpoint.witnessed(note, [COSIGNER]) == {COSIGNER}
    assert checkpoint.witnessed(note, []) == frozenset()
    assert checkpoint.witnessed(checkpoint.issue(HEAD, LOG), [COSIGNER]) == frozenset()


def test_a_plain_signature_is_no_cosignature() -> None:
    note = sign(str(HEAD), LOG, WITNESS)
    assert checkpoint.witnessed(note, [WITNESS.verifier, COSIGNER]) == frozenset()


def test_no_flipped_bit_of_a_cosignature_counts() -> None:
    note = cosigned(checkpoint.issue(HEAD, LOG), 1679315147)
    log, line = note.signatures
    for value in flips(line.value):
        wrong = Note(note.text, (log, Signature(line.name, line.key_id, value)))
        with pytest.raises(Unverified):
            checkpoint.witnessed(wrong, [COSIGNER])
    for value in (line.value[:-1], line.value[:5], line.value + b"\0"):
        wrong = Note(note.text, (log, Signature(line.name, line.key_id, value)))
        with pytest.raises(Unverified):
            checkpoint.witnessed(wrong, [COSIGNER])


def test_the_cosigned_message_is_that_of_the_specification(vectors: Callable[[str], Path]) -> None:
    example = json.loads((vectors("c2sp-examples") / "examples.json").read_bytes())
    message = example["cosignature-ed25519-message"]
    first, second, text = message.split("\n", 2)
    assert (first, second) == ("cosignature/v1", "time 1679315147")
    assert str(Checkpoint.parse(text)) == text
    value = (1679315147).to_bytes(8, "big") + sign(message, WITNESS).signatures[0].value
    note = Note(text, (Signature(WITNESS.name, COSIGNER.key_id, value),))
    assert checkpoint.witnessed(note, [COSIGNER]) == {COSIGNER}


def test_the_checkpoints_of_a_log_of_tessera(vectors: Callable[[str], Path]) -> None:
    log = json.loads((vectors("tessera-testlog") / "log.json").read_bytes())
    verifier = Verifier.parse(log["vkey"])
    leaves = [merkle.leaf_hash(entry.encode()) for entry in log["entries"]]
    for name, text in log["checkpoints"].items():
        size = int(name.partition(".")[2] or len(leaves))
        head, note = checkpoint.read(text.encode(), [verifier])
        assert head == Checkpoint(log["origin"], size, merkle.root(leaves[:size]))
        assert bytes(note) == text.encode()
