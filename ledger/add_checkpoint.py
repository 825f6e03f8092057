"""One question to a witness (c2sp.org/tlog-witness, `add-checkpoint`): its bytes, and its judgement.

    old <size of the last checkpoint that the witness cosigned, as the log knows it>
    <base64 of a hash>        <- the consistency proof from there, RFC 6962 2.1.2; none where old is 0
                              <- an empty line, then the checkpoint with its signature lines
    kx.example.cn/log-1a2b3c4d
    …

The answer is one or more cosignature lines, or a refusal with one of the specification's numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger import checkpoint, merkle
from ledger.checkpoint import Checkpoint
from ledger.encoding import base64, unbase64
from ledger.errors import LedgerError, Malformed, Unverified
from ledger.merkle import EMPTY_ROOT, Hash
from ledger.note import Note, Verifier

MOST_HASHES = 63
SIZE_TYPE = "text/x.tlog.size"  # what the answer 409 is
NOTHING = (0, EMPTY_ROOT)
FORK = 422  # it does not go on from the last one


class Refused(LedgerError):
    """A witness does not cosign; `status` is the HTTP number, `size` what it last cosigned (409)."""

    def __init__(self, status: int, *, en: str, zh: str, size: int | None = None) -> None:
        super().__init__(f"witness.{status}", en=en, zh=zh)
        self.status = status
        self.size = size


@dataclass(frozen=True, slots=True)
class Question:
    """A checkpoint to be cosigned, and the proof that it goes on from one of size `old`."""

    old: int
    proof: tuple[Hash, ...]
    note: bytes

    def __bytes__(self) -> bytes:
        hashes = "".join(f"{base64(found)}\n" for found in self.proof)
        return f"old {self.old}\n{hashes}\n".encode() + self.note

    @property
    def size(self) -> int:
        """Return the size of the checkpoint that is to be cosigned, or raise `Malformed`."""
        return Checkpoint.parse(Note.parse(self.note).text).size

    @classmethod
    def parse(cls, data: bytes) -> "Question":
        """Read a question in its one form, or raise `Malformed`. The note is not looked at yet."""
        top, _, note = data.partition(b"\n\n")
        first, *hashes = top.split(b"\n")
        word, _, size = first.partition(b" ")
        plain = word == b"old" and size.isdigit() and len(size) <= len(str(2**63))
        if not plain or len(hashes) > MOST_HASHES:
            raise _malformed()
        try:
            proof = tuple(unbase64(one.decode("ascii"), len(EMPTY_ROOT)) for one in hashes)
        except UnicodeDecodeError as error:
            raise _malformed() from error
        question = cls(int(size), proof, note)
        if bytes(question) != data:
            raise _malformed()
        return question


def judge(
    question: Question, logs: Mapping[str, Sequence[Verifier]], last: Mapping[str, tuple[int, Hash]]
) -> tuple[Checkpoint, Note]:
    """Return the checkpoint that may be cosigned, or raise `Refused`.

    `logs` are the keys of each known log by its origin, `last` size and root of the checkpoint that
    was cosigned last. The order of the checks is the specification's.
    """
    found, note = _signed(question.note, logs)
    old, (known, root) = question.old, last.get(found.origin, NOTHING)
    if old > found.size:
        raise Refused(
            400,
            en=f"old size {old} is above the checkpoint's {found.size}",
            zh=f"旧大小 {old} 超过检查点的 {found.size}",
        )
    if old != known:
        raise Refused(
            409,
            en=f"the last checkpoint cosigned is of size {known}, not {old}",
            zh=f"最近会签的检查点大小为 {known}，而不是 {old}",
            size=known,
        )
    try:
        _check_consistent(found, (old, root), question.proof)
    except Unverified as error:
        raise Refused(FORK, en=error.en, zh=error.zh) from error
    return found, note


def origin_of(question: Question) -> str:
    """Return which log a question says it is about."""
    return question.note.partition(b"\n")[0].decode(errors="replace")


def _signed(data: bytes, logs: Mapping[str, Sequence[Verifier]]) -> tuple[Checkpoint, Note]:
    try:
        origin = Checkpoint.parse(Note.parse(data).text).origin
    except Malformed as error:
        raise Refused(400, en=error.en, zh=error.zh) from error
    if origin not in logs:
        raise Refused(404, en=f"the log {origin} is not known here", zh=f"此处不认识账本 {origin}")
    try:
        return checkpoint.read(data, logs[origin])
    except Unverified as error:
        raise Refused(403, en=error.en, zh=error.zh) from error


def _check_consistent(found: Checkpoint, last: tuple[int, Hash], proof: Sequence[Hash]) -> None:
    """Raise `Unverified` unless a checkpoint goes on from the last one; from nothing all does."""
    old, root = last
    if found.size == 0 and found.root != EMPTY_ROOT:
        raise Unverified("an empty log has another root", "空账本的树根不对")
    if old:
        merkle.check_consistency(old, root, found.size, found.root, proof)
    elif proof:
        raise Unverified("from size 0 there is nothing to prove", "自 0 起无须证明")


def _malformed() -> Malformed:
    return Malformed("it is no add-checkpoint question", "不是规范的会签请求（add-checkpoint）")
