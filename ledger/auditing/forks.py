"""A fork in a file: two checkpoints of one log that cannot both be true, and what shows it.

    {"first": "<note>", "format": "volunteer-ledger/fork@v1", "proof": ["<base64>", …],
     "root": "<base64>", "second": "<note>"}

Of two of one size, the notes are the whole evidence. Where the second is larger, `root` is what it has at
the size of the first, and `proof` (RFC 6962, section 2.1.2) leads from there to the second's root: so the
second commits to another history than the first. Nobody's word is needed, and no ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.json import Decoder

from ledger import fields, merkle
from ledger.checkpoint import Checkpoint, read
from ledger.encoding import base64, unbase64
from ledger.errors import Unverified
from ledger.fields import Form, Ref
from ledger.merkle import Hash
from ledger.note import Note, Verifier

FORMAT = "volunteer-ledger/fork@v1"


class Fork(Form, frozen=True, tag_field="format", tag=FORMAT):
    """What the file says. Nothing in it is checked yet but its form."""

    first: str
    second: str
    root: Ref | None = None
    proof: tuple[Ref, ...] | None = None

    def write(self) -> bytes:
        """Return the one encoding of the file."""
        return fields.write(self, lines=True)


@dataclass(frozen=True, slots=True)
class Proved:
    """Two checkpoints of one log of which one at most is true; `same_key` signed both."""

    first: Checkpoint
    second: Checkpoint
    same_key: bool


_READER = Decoder(Fork)


def read_fork(data: bytes) -> Fork:
    """Read the file in its one form, or raise `Malformed`."""
    return fields.read(_READER, data, ("fork", "分叉证据"), exact=True, lines=True)


def check(fork: Fork, keys: Sequence[Verifier]) -> Proved:
    """Raise `Unverified` unless keys of one log signed both, and they cannot both be true."""
    (first, signed), (second, also) = (
        _signers(note.encode(), keys) for note in (fork.first, fork.second)
    )
    if first.origin != second.origin:
        raise Unverified("the two are of different logs", "两者属于不同的账本")
    root = second.root
    if first.size != second.size:
        root = unbase64(fork.root or "", 32)
        hashes = [unbase64(one, 32) for one in fork.proof or ()]
        merkle.check_consistency(first.size, root, second.size, second.root, hashes)
    elif fork.root or fork.proof:
        raise Unverified("of two of one size nothing needs a proof", "大小相同者无须证明")
    if root == first.root:
        raise Unverified("the two are of one history", "两者属于同一历史")
    return Proved(first, second, bool(signed & also))


def pair(first: bytes, second: bytes) -> Fork:
    """Return the evidence that two notes of one size are; `check` tells whether they are any."""
    return Fork(first.decode(), second.decode())


def against(first: bytes, second: bytes, nodes: merkle.Nodes) -> Fork:
    """Return the evidence that a log with these nodes, under the second, is not true to the first."""
    old, new = (Checkpoint.parse(Note.parse(note).text) for note in (first, second))
    if old.size == new.size:
        return pair(first, second)
    root: Hash = merkle.range_root(0, old.size, nodes)
    proof = merkle.consistency_proof(old.size, new.size, nodes)
    return Fork(first.decode(), second.decode(), base64(root), tuple(map(base64, proof)))


def _signers(note: bytes, keys: Sequence[Verifier]) -> tuple[Checkpoint, set[Verifier]]:
    found, _ = read(note, keys)
    return found, {key for key in keys if is_signed(note, key)}


def is_signed(note: bytes, key: Verifier) -> bool:
    """Tell whether a key signed a checkpoint; nothing is decided by it but who is meant."""
    try:
        read(note, [key])
    except Unverified:
        return False
    return True
