"""Proving: one entry of the ledger under its newest checkpoint, from at most 40 stored hashes."""

from ledger import merkle
from ledger.checkpoint import Checkpoint
from ledger.errors import LedgerError, Rejected, Unverified
from ledger.merkle import Hash
from ledger.note import Note
from ledger.store.reading import Reader
from ledger.store.trees import damaged, nodes_for
from ledger.tlogproof import Proof, Shown, show


def prove(view: Reader, index: int, extra: Shown | None = None) -> Proof:
    """Return the proof of an entry, held against the checkpoint before it is given away."""
    note = view.checkpoint()
    under = _newest(note)
    if not 0 <= index < under.size:
        raise Rejected(
            "entry.unknown",
            en=f"there is no entry {index}: the ledger has the entries 0 to {under.size - 1}",
            zh=f"没有第 {index} 条：账本有第 0 至 {under.size - 1} 条",
        )
    ranges = merkle.inclusion_ranges(index, under.size)
    nodes = nodes_for(view, [(index, index + 1), *ranges])
    hashes = merkle.inclusion_proof(index, under.size, nodes)
    leaf = merkle.leaf_hash(extra.entry.encode()) if extra else nodes(0, index)
    _check(leaf, index, under, hashes)
    seen = view.with_lines(note, under.size)
    return Proof(index, hashes, seen, extra.write() if extra else b"")


def entry_shown(view: Reader, index: int, row: int | None = None) -> Shown | None:
    """Return an entry to be carried by its proof, with one of its rows (from 0) if asked for.

    Nothing where there is no such entry: `prove` says so.
    """
    stored = view.entry(index)
    if stored is None:
        return None
    if row is not None and not 0 <= row < len(stored.items):
        rows = len(stored.items)
        raise Rejected(
            "line.unknown",
            en=f"there is no row {row + 1} in entry {index}: it has {rows} rows",
            zh=f"第 {index} 条没有第 {row + 1} 行：共 {rows} 行",
        )
    return show(stored.entry, stored.items, row)


def _newest(note: bytes) -> Checkpoint:
    try:
        return Checkpoint.parse(Note.parse(note).text)
    except LedgerError as error:
        raise damaged(f"its last checkpoint: {error.en}", f"最后的检查点：{error.zh}") from error


def _check(leaf: Hash, index: int, under: Checkpoint, hashes: tuple[Hash, ...]) -> None:
    """Raise where what is stored would give a proof that nobody could check."""
    try:
        merkle.check_inclusion(leaf, index, under.size, under.root, hashes)
    except Unverified as error:
        raise damaged(
            f"the hashes around entry {index} do not lead to its checkpoint",
            f"第 {index} 条周围的哈希与检查点不符",
        ) from error
