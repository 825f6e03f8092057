"""Proofs of inclusion as files (c2sp.org/tlog-proof): one entry is in the log, checked offline.

    c2sp.org/tlog-proof@v1
    extra <base64>                           <- may be left out; nobody vouches for it
    index <decimal>
    <base64 of a hash>                       <- from the leaf's sibling to the root's child
                                             <- an empty line
    <the checkpoint, verbatim>

What `extra` holds, in files of ours that have one, is what it takes to read the proof without the
ledger: canonical JSON with the entry, and one row of it if asked for, in the fields of `proof.json`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta
from msgspec.json import Decoder

from ledger import encoding, fields, merkle
from ledger.checkpoint import Checkpoint
from ledger.errors import Malformed, Unverified
from ledger.fields import Form, Whole
from ledger.merkle import Hash
from ledger.statements import Entry
from ledger.trust import Trust

FIRST_LINE = "c2sp.org/tlog-proof@v1"
MAX_SIZE = 1 << 20  # bytes of a file: an entry, an item and their hashes take less
_EXTRA, _INDEX = "extra ", "index "
_LONGEST = len(str(2**63))


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is in a log, if the checkpoint is believed. Nothing in it is checked yet."""

    index: int
    hashes: tuple[Hash, ...]
    checkpoint: bytes
    extra: bytes = b""

    def __bytes__(self) -> bytes:
        extra = f"{_EXTRA}{encoding.base64(self.extra)}\n" if self.extra else ""
        hashes = "".join(f"{encoding.base64(found)}\n" for found in self.hashes)
        head = f"{FIRST_LINE}\n{extra}{_INDEX}{self.index}\n{hashes}\n"
        return head.encode() + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> "Proof":
        """Read a proof. Only bytes that the proof itself would write back are accepted."""
        head, _, checkpoint = data.partition(b"\n\n")
        first, *lines = head.decode(errors="replace").split("\n")
        if first != FIRST_LINE or len(data) > MAX_SIZE:
            raise Malformed(f"a proof begins with {FIRST_LINE}", f"证明应以 {FIRST_LINE} 开头")
        extra = lines.pop(0).removeprefix(_EXTRA) if lines and lines[0].startswith(_EXTRA) else ""
        index = lines.pop(0).removeprefix(_INDEX) if lines else ""
        if not (index.isascii() and index.isdigit() and len(index) <= _LONGEST):
            raise Malformed("a proof names the index of its entry", "证明应写明条目序号")
        hashes = tuple(encoding.unbase64(line, 32) for line in lines)
        found = cls(int(index), hashes, checkpoint, encoding.unbase64(extra))
        if bytes(found) != data:
            raise Malformed("the proof is not in its one form", "证明不是规范形式")
        return found

    def check(self, entry: bytes, trust: Trust) -> tuple[Checkpoint, int]:
        """Raise unless a trusted log committed to `entry` at this index.

        Returns the checkpoint that says so, and how many witnesses cosigned it.
        """
        found, witnesses = trust.check(self.checkpoint)
        leaf = merkle.leaf_hash(entry)
        merkle.check_inclusion(leaf, self.index, found.size, found.root, self.hashes)
        return found, witnesses


class ShownRow(Form, frozen=True):
    """One row of a statement; `n` counts from 0."""

    n: Whole
    item: str


class Shown(Form, frozen=True):
    """An entry as a proof carries it; `items` and `hashes` are absent where no row is shown."""

    entry: str
    items: Annotated[tuple[ShownRow, ...], Meta(min_length=1, max_length=1)] | None = None
    hashes: tuple[str, ...] | None = None

    def write(self) -> bytes:
        """Return the one encoding of what is shown."""
        return fields.write(self, lines=True)

    def row(self) -> ShownRow | None:
        """Return the row shown, if there is one, or raise where it is not one of the entry's.

        The entry itself must have been checked beforehand.
        """
        if self.items is None:
            return None
        (row,) = self.items
        due = Entry.parse(self.entry.encode()).statement.head.items
        if due is None or row.n >= due.count:
            raise Unverified(f"the entry has no row {row.n + 1}", f"该条目没有第 {row.n + 1} 行")
        leaf = merkle.leaf_hash(row.item.encode())
        hashes = [encoding.unbase64(found, 32) for found in self.hashes or ()]
        if encoding.base64(merkle.shared_root({row.n: leaf}, due.count, hashes)) != due.root:
            raise Unverified(
                f"row {row.n + 1} is not the one of this entry", f"第 {row.n + 1} 行与条目不符"
            )
        return row


_READER = Decoder(Shown)


def shown(extra: bytes) -> Shown:
    """Read the `extra` of a file of ours, or raise `Malformed`."""
    what = ("the proof's extra line", "证明的 extra 行")
    return fields.read(_READER, extra, what, exact=True, lines=True)


def show(entry: bytes, items: Sequence[bytes] = (), row: int | None = None) -> Shown:
    """Return an entry to be carried by a proof, with one of its rows (from 0) if asked for."""
    if row is None:
        return Shown(entry.decode())
    leaves = [merkle.leaf_hash(item) for item in items]

    def node(level: int, index: int) -> Hash:
        return merkle.root(leaves[index << level : index + 1 << level])

    hashes = merkle.shared_proof([row], len(items), node)
    return Shown(
        entry.decode(),
        (ShownRow(row, items[row].decode()),),
        tuple(map(encoding.base64, hashes)),
    )
