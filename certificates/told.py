"""What was told: shown entries read, and led to a checkpoint (steps 3 and 4 of verification).

Certificates rest on this, and credits that cross from one ledger to another. Who had the right to say
it is for `officers` to tell.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

from certificates.proof import ShownEntry
from ledger import encoding, merkle, statements
from ledger.checkpoint import Checkpoint
from ledger.errors import Unverified
from ledger.fields import Rows
from ledger.kinds import Head
from ledger.rows import Item
from ledger.statements import Entry, Statement

RowKey = tuple[str, int]  # a statement's ref, and the number of its row
Row = TypeVar("Row", bound=Item)


@dataclass(
    frozen=True, slots=True, eq=False
)  # read once, and then itself: what held of it still holds
class Told:
    """One shown entry, read: where it stands, when it was stamped, what it says."""

    index: int
    stamp: str
    statement: Statement
    items: Mapping[int, Item]
    leaf: merkle.Hash  # of the entry in the log's tree


def tell(entries: Iterable[ShownEntry], origin: str) -> tuple[Told, ...]:
    """Take step 3 and the items of step 4: entries rise, stamps do not fall, one signer each."""
    told = tuple(_told(shown) for shown in entries)
    for one, two in pairwise(told):
        hold_true(one.index < two.index, "entries do not rise", "条目序号没有递增")
        hold_true(one.stamp <= two.stamp, "stamps fall", "时间戳倒退")
    for each in told:
        hold_true(
            each.statement.origin == origin, "an entry is of another log", "有条目属于另一账本"
        )
    return told


def rows_of(told: Iterable[Told], kind: type[Head], row: type[Row]) -> dict[RowKey, Row]:
    """Return the shown rows of a kind of statement, in log order."""
    return {
        (each.statement.ref, n): item
        for each in told
        if isinstance(each.statement.head, kind)
        for n, item in each.items.items()
        if isinstance(item, row)
    }


def shown_rows(told: Iterable[Told], kind: type[Head]) -> Rows:
    """Return which rows of a kind of statement are shown, as a certificate names them."""
    return tuple(
        (each.statement.ref, tuple(each.items))
        for each in told
        if isinstance(each.statement.head, kind)
    )


def check_logged(told: Iterable[Told], left: Iterable[str], checkpoint: Checkpoint) -> None:
    """Step 4: the entries lead to the checkpoint's root, and no hash is left over."""
    leaves = {each.index: each.leaf for each in told}
    hashes = [encoding.unbase64(found, 32) for found in left]
    root = merkle.shared_root(leaves, checkpoint.size, hashes)
    hold_true(root == checkpoint.root, "the entries lead to another root", "条目得出另一个树根")


# Certificates of one ledger show the same appointments and activities, and rows of the same statements.
@lru_cache(maxsize=4096)
def _entry(text: str) -> Entry:
    return Entry.parse(text.encode())


@lru_cache(maxsize=4096)
def _told(shown: ShownEntry) -> Told:
    entry = _entry(shown.entry)
    head = entry.statement.head
    items = {item.n: item.item.encode() for item in shown.items or ()}
    if shown.items:
        rising = list(items) == sorted(items) and len(items) == len(shown.items)
        hold_true(rising, "rows do not rise", "行号没有递增")
        hold_true(head.items is not None, "a row without a root", "有行而无树根")
        assert head.items
        leaves = {n: merkle.leaf_hash(data) for n, data in items.items()}
        hashes = [encoding.unbase64(found, 32) for found in shown.hashes or ()]
        root = merkle.shared_root(leaves, head.items.count, hashes)
        same = encoding.base64(root) == head.items.root
        hold_true(same, "rows lead to another root", "行得出另一个树根")
    hold_true(
        (shown.hashes is None) == (shown.items is None), "hashes without rows", "有哈希而无行"
    )
    read = {n: statements.read_item(head, data) for n, data in items.items()}
    leaf = merkle.leaf_hash(shown.entry.encode())
    return Told(shown.index, entry.stamp, entry.statement, read, leaf)


def hold_true(true: bool, en: str, zh: str) -> None:  # noqa: FBT001
    """Raise `Unverified` with the sentence unless something is so."""
    if not true:
        raise Unverified(en, zh)
