"""Checkpoints (c2sp.org/tlog-checkpoint) and the cosignatures beside them (tlog-cosignature).

<origin>
<size, decimal>
<base64 of the root hash>
<- then the log's signature line, and those of witnesses
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.encoding import base64, unbase64
from ledger.errors import Malformed, Unverified
from ledger.note import COSIGNATURE_ED25519, Note, Signature, Signer, Verifier, sign, signed_by

_TIME_SIZE = 8
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
    if not signed_by(note, [key for key in keys if key.name == checkpoint.origin]):
        raise Unverified(
            f"checkpoint of {checkpoint.origin} is not signed by a trusted log key",
            f"{checkpoint.origin} 的检查点没有可信日志密钥的签名",
        )
    return checkpoint, note


def as_signed(data: bytes) -> bytes:
    """Return a checkpoint's note with the log's own lines alone, as it was before any witness saw it.

    What is said of these bytes stays said when another witness cosigns.
    """
    note = Note.parse(data)
    origin = Checkpoint.parse(note.text).origin
    return bytes(Note(note.text, tuple(one for one in note.signatures if one.name == origin)))


def witnessed(note: Note, witnesses: Sequence[Verifier]) -> frozenset[Verifier]:
    """Return which of the witnesses' keys cosigned; a line of theirs that fails refuses the note.

    Only `cosignature/v1` keys count: what a witness signs says when it saw the checkpoint.
    """
    known = {(w.name, w.key_id): w for w in witnesses if w.algorithm == COSIGNATURE_ED25519}
    found = set()
    for line in note.signatures:
        if witness := known.get((line.name, line.key_id)):
            witness.check(_cosigned(note.text, line), line.value[_TIME_SIZE:])
            found.add(witness)
    return frozenset(found)


def _cosigned(text: str, line: Signature) -> bytes:
    """Return what a cosignature/v1 line signs: eight bytes of time stand before the signature."""
    time = int.from_bytes(line.value[:_TIME_SIZE], "big")
    return f"cosignature/v1\ntime {time}\n{text}".encode()
