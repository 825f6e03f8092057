"""Checkpoints and cosignatures: the specification's forms, every bit flipped."""

import json
import struct
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger import checkpoint, merkle
from ledger.checkpoint import Checkpoint
from ledger.errors import Malformed, Unverified
from ledger.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    Note,
    Signature,
    Signer,
    Verifier,
    sign,
)
from tests.test_note import flips

LOG, WITNESS = Signer("kx.example.org/log", b"l" * 32), Signer("w.example.org/w", b"w" * 32)
HEAD = Checkpoint(LOG.name, 20852163, merkle.leaf_hash(b"x"))
COSIGNER = Verifier(WITNESS.name, WITNESS.verifier.key, COSIGNATURE_ED25519)


POST_QUANTUM = Signer("w.example.org/q", b"q" * 32, COSIGNATURE_ML_DSA_44)


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
    assert checkpoint.witnessed(note, [COSIGNER]) == {COSIGNER: 1679315147}
    assert checkpoint.witnessed(note, []) == {}
    assert checkpoint.witnessed(checkpoint.issue(HEAD, LOG), [COSIGNER]) == {}


def test_a_plain_signature_is_no_cosignature() -> None:
    note = sign(str(HEAD), LOG, WITNESS)
    assert checkpoint.witnessed(note, [WITNESS.verifier, COSIGNER]) == {}


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
    assert checkpoint.witnessed(note, [COSIGNER]) == {COSIGNER: 1679315147}


def test_the_checkpoints_of_a_log_of_tessera(vectors: Callable[[str], Path]) -> None:
    log = json.loads((vectors("tessera-testlog") / "log.json").read_bytes())
    verifier = Verifier.parse(log["vkey"])
    leaves = [merkle.leaf_hash(entry.encode()) for entry in log["entries"]]
    for name, text in log["checkpoints"].items():
        size = int(name.partition(".")[2] or len(leaves))
        head, note = checkpoint.read(text.encode(), [verifier])
        assert head == Checkpoint(log["origin"], size, merkle.root(leaves[:size]))
        assert bytes(note) == text.encode()


# --- ML-DSA-44 ----------------------------------------------------------------------------------


def by_hand(head: Checkpoint, signer: Signer, time: int) -> Signature:
    """Cosign as c2sp.org/tlog-cosignature says it, by the library alone."""
    key = MLDSA44PrivateKey.from_seed_bytes(signer.secret)
    public = key.public_key().public_bytes_raw()
    name, origin = signer.name.encode(), head.origin.encode()
    message = (
        b"subtree/v1\n\x00"
        + struct.pack(f"!B{len(name)}sQ", len(name), name, time)
        + struct.pack(f"!B{len(origin)}sQQ", len(origin), origin, 0, head.size)
        + head.root
    )
    key_id = sha256(name + b"\n\x06" + public).digest()[:4]
    return Signature(signer.name, key_id, struct.pack("!Q", time) + key.sign(message))


def test_both_forms_are_those_of_the_specification() -> None:
    time = 1679315147
    made = checkpoint.cosign(HEAD, POST_QUANTUM, time)
    assert (made.name, made.key_id) == (POST_QUANTUM.name, by_hand(HEAD, POST_QUANTUM, 1).key_id)
    assert len(made.value) == 8 + 2420
    for line in (made, by_hand(HEAD, POST_QUANTUM, time)):
        assert checkpoint.check_line(HEAD, line, POST_QUANTUM.verifier) == time
    own = Signer(WITNESS.name, WITNESS.secret, COSIGNATURE_ED25519)
    assert own.verifier == COSIGNER
    note = checkpoint.issue(HEAD, LOG)
    assert cosigned(note, time).signatures[1] == checkpoint.cosign(HEAD, own, time)


def test_a_post_quantum_line_speaks_of_this_head_name_and_time_alone() -> None:
    line = by_hand(HEAD, POST_QUANTUM, 1679315147)
    others = (
        Checkpoint("another.example.org/log", HEAD.size, HEAD.root),
        Checkpoint(HEAD.origin, HEAD.size + 1, HEAD.root),
        Checkpoint(HEAD.origin, HEAD.size, merkle.leaf_hash(b"y")),
    )
    for head in others:
        with pytest.raises(Unverified):
            checkpoint.check_line(head, line, POST_QUANTUM.verifier)
    renamed = Verifier("w.example.org/p", POST_QUANTUM.verifier.key, COSIGNATURE_ML_DSA_44)
    with pytest.raises(Unverified):  # the Ed25519 form would not have told the names apart
        checkpoint.check_line(HEAD, line, renamed)
    later = Signature(line.name, line.key_id, (1679315148).to_bytes(8, "big") + line.value[8:])
    with pytest.raises(Unverified):
        checkpoint.check_line(HEAD, later, POST_QUANTUM.verifier)


def test_no_flipped_bit_of_a_post_quantum_line_counts() -> None:
    line = checkpoint.cosign(HEAD, POST_QUANTUM, 1679315147)
    wrong = [
        *flips(line.value)[::7], *flips(line.value)[:512], *flips(line.value)[-640:],
        line.value[:-1], line.value + b"\0", line.value[:8],
    ]  # fmt: skip
    for value in wrong:
        with pytest.raises(Unverified):
            checkpoint.check_line(
                HEAD, Signature(line.name, line.key_id, value), POST_QUANTUM.verifier
            )


@pytest.mark.parametrize("time", [0, 2**63, 2**64 - 1])
@pytest.mark.parametrize("algorithm", [COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44])
def test_a_cosignature_has_a_time(time: int, algorithm: int) -> None:
    signer = Signer("w.example.org/w", b"w" * 32, algorithm)
    verifier = signer.verifier
    value = time.to_bytes(8, "big") + signer.sign(checkpoint._cosigned(HEAD, verifier, time))
    with pytest.raises(Unverified):
        checkpoint.check_line(HEAD, Signature(signer.name, verifier.key_id, value), verifier)


def test_a_log_may_sign_twice_and_old_readers_see_one_line() -> None:
    second = Signer(LOG.name, b"2" * 32, COSIGNATURE_ML_DSA_44)
    first = bytes(checkpoint.issue(HEAD, LOG))
    both = checkpoint.with_lines(first, [checkpoint.cosign(HEAD, second, 1679315147)] * 2)
    assert len(Note.parse(both).signatures) == 2
    assert checkpoint.read(both, [LOG.verifier])[0] == HEAD
    assert checkpoint.read(both, [second.verifier])[0] == HEAD
    assert checkpoint.as_signed(both) == first
    assert checkpoint.signed_at(Note.parse(both), [LOG.verifier, second.verifier]) == {
        LOG.verifier: 0, second.verifier: 1679315147,
    }  # fmt: skip


def test_a_name_too_long_for_the_form_is_not_cosigned() -> None:
    head = Checkpoint("l" * 256, 1, HEAD.root)
    with pytest.raises(Unverified):
        checkpoint.cosign(head, POST_QUANTUM, 1)
    long = Signer("w" * 255, b"w" * 32, COSIGNATURE_ML_DSA_44)
    checkpoint.check_line(HEAD, checkpoint.cosign(HEAD, long, 1), long.verifier)
