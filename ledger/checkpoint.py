"""Checkpoints (c2sp.org/tlog-checkpoint) and the cosignatures beside them (tlog-cosignature).

<origin>
<size, decimal>
<base64 of the root hash>
<- then the log's signature line, and those of witnesses

A cosignature says: at this time it was the largest checkpoint of the log that I had seen, and it was
consistent with all before. Ed25519 signs a text, ML-DSA-44 (draft 1.1) a structure that names the
cosigner too. A log may sign a second time in that form, under its own name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.encoding import base64, unbase64
from ledger.errors import Malformed, Unverified
from ledger.note import (
    COSIGNATURE_ED25519,
    COSIGNING,
    Note,
    Signature,
    Signer,
    Verifier,
    sign,
)

_TIME_SIZE = 8
_LAST_TIME = 2**63 - 1
_PLAIN_SIZE = 64  # bytes of an Ed25519 signature; a cosignature has its time before it
_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log commits to: so many entries, under this root. Not yet checked by anybody."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read the text of a checkpoint in its one form; extension lines are refused."""
        lines = text.split("\n")
        if len(lines) != _LINES + 1 or not lines[1].isascii() or not lines[1].isdigit():
            raise Malformed("checkpoint is not in canonical form", "检查点不是规范形式")
        if len(lines[1]) > len(str(2**63)):
            raise Malformed("checkpoint has an impossible size", "检查点的大小不可能")
        checkpoint = cls(lines[0], int(lines[1]), unbase64(lines[2], 32))
        if str(checkpoint) != text or not lines[0]:
            raise Malformed("checkpoint is not in canonical form", "检查点不是规范形式")
        return checkpoint


def issue(checkpoint: Checkpoint, log: Signer) -> Note:
    """Sign a checkpoint as its log. The caller must never sign two that cannot both be true."""
    assert checkpoint.origin == log.name
    return sign(str(checkpoint), log)


def read(data: bytes, keys: Sequence[Verifier]) -> tuple[Checkpoint, Note]:
    """Return the checkpoint in a note that one of the log's `keys` signed."""
    note = Note.parse(data)
    checkpoint = Checkpoint.parse(note.text)
    if not signed_at(note, [key for key in keys if key.name == checkpoint.origin]):
        raise Unverified(
            f"checkpoint of {checkpoint.origin} is not signed by a trusted log key",
            f"{checkpoint.origin} 的检查点没有可信日志密钥的签名",
        )
    return checkpoint, note


def as_signed(data: bytes) -> bytes:
    """Return a checkpoint's note with the log's plain line alone, as it was before all others.

    What is said of these bytes stays said when another witness cosigns.
    """
    note = Note.parse(data)
    origin = Checkpoint.parse(note.text).origin
    plain = [one for one in note.signatures if one.name == origin and len(one.value) == _PLAIN_SIZE]
    return bytes(Note(note.text, tuple(plain)))


# --- cosignatures: who saw a checkpoint, and when -------------------------------------------------


def cosign(checkpoint: Checkpoint, signer: Signer, time: int) -> Signature:
    """Say that this is the largest consistent checkpoint of its log that the signer has seen.

    `time` is in seconds since 1970 (POSIX). Who says it must have made sure that it is so.
    """
    assert signer.algorithm in COSIGNING
    assert 0 < time <= _LAST_TIME
    verifier = signer.verifier
    value = signer.sign(_cosigned(checkpoint, verifier, time))
    return Signature(signer.name, verifier.key_id, time.to_bytes(_TIME_SIZE, "big") + value)


def check_line(checkpoint: Checkpoint, line: Signature, verifier: Verifier) -> int:
    """Return when a key says that it signed, or raise `Unverified`; a plain signature says 0."""
    if verifier.algorithm not in COSIGNING:
        verifier.check(str(checkpoint).encode(), line.value)
        return 0
    time = int.from_bytes(line.value[:_TIME_SIZE], "big")
    if not 0 < time <= _LAST_TIME:
        raise Unverified(f"{verifier.by} cosigned at no time", f"{verifier.by} 的会签没有时间")
    verifier.check(_cosigned(checkpoint, verifier, time), line.value[_TIME_SIZE:])
    return time


def signed_at(note: Note, known: Iterable[Verifier]) -> dict[Verifier, int]:
    """Return which of the `known` keys signed a checkpoint's note, and when they say they did.

    Strangers' lines are passed over; one of a known key that does not hold refuses the whole note.
    Of several lines of a key the earliest time is returned.
    """
    checkpoint = Checkpoint.parse(note.text)
    keys = {(key.name, key.key_id): key for key in known}
    found: dict[Verifier, int] = {}
    for line in note.signatures:
        if key := keys.get((line.name, line.key_id)):
            time = check_line(checkpoint, line, key)
            found[key] = min(time, found.get(key, time))
    return found


def witnessed(note: Note, witnesses: Iterable[Verifier]) -> dict[Verifier, int]:
    """Return which of the witnesses' keys cosigned, and when; a line that fails refuses the note.

    Only cosignatures count: a plain signature does not say when the checkpoint was seen.
    """
    return signed_at(note, [one for one in witnesses if one.algorithm in COSIGNING])


def with_lines(data: bytes, lines: Iterable[Signature]) -> bytes:
    """Return a note with these lines added, each once."""
    note = Note.parse(data)
    return bytes(Note(note.text, tuple(dict.fromkeys((*note.signatures, *lines)))))


def _cosigned(checkpoint: Checkpoint, by: Verifier, time: int) -> bytes:
    """Return the bytes that a cosignature signs (c2sp.org/tlog-cosignature, one form a key type)."""
    if by.algorithm == COSIGNATURE_ED25519:
        return f"cosignature/v1\ntime {time}\n{checkpoint}".encode()
    return b"".join(
        (
            b"subtree/v1\n\0",
            _opaque(by.name),
            time.to_bytes(_TIME_SIZE, "big"),
            _opaque(checkpoint.origin),
            (0).to_bytes(_TIME_SIZE, "big"),  # the subtree begins with the first entry
            checkpoint.size.to_bytes(_TIME_SIZE, "big"),
            checkpoint.root,
        )
    )


def _opaque(name: str) -> bytes:
    """Write a name with its length before it, as TLS does (RFC 8446, section 3.4)."""
    data = name.encode()
    if len(data) >= 1 << 8:
        raise Unverified(f"{name} is too long a name to be cosigned", f"{name} 名称过长，不能会签")
    return bytes([len(data)]) + data
