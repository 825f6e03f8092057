"""The Merkle tree of RFC 6962 section 2.1, and proofs for one leaf, for a prefix, for many leaves.

A tree of size n is never held whole. A *node* `(level, index)` is a complete subtree: the leaves
`index << level` up to `(index + 1) << level`. Every complete node is stored once; every other hash
is computed from those. Proofs are planned first (which ranges of leaves they summarise), then the
ranges are hashed, so a proof says nothing about its own shape: the verifier knows it from the size.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from ledger.errors import Unverified

Hash = bytes
Node = tuple[int, int]
Nodes = Callable[[int, int], Hash]
Range = tuple[int, int]
EMPTY_ROOT: Hash = sha256(b"").digest()


def leaf_hash(entry: bytes) -> Hash:
    """Hash an entry into a leaf. The 0x00 keeps a leaf from passing for a node."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: Hash, right: Hash) -> Hash:
    """Hash two subtrees into their parent. The 0x01 keeps a node from passing for a leaf."""
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[Hash]) -> Hash:
    """Return the root hash of the tree over `leaves`, in log order.

    Pairing level by level, an odd one waiting for the next, splits as RFC 6962 does: at the largest
    power of two.
    """
    level = list(leaves)
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [node_hash(*pair) for pair in pairs] + level[len(level) & ~1 :]
    return level[0] if level else EMPTY_ROOT


class Frontier:
    """The right edge of a growing tree: the roots of its complete subtrees, largest first."""

    def __init__(self, size: int = 0, peaks: Sequence[Hash] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        assert len(self.peaks) == size.bit_count()

    def append(self, leaf: Hash) -> list[tuple[int, int, Hash]]:
        """Add a leaf and return the nodes that are complete now, the leaf first."""
        done, at = [(0, self.size, leaf)], leaf
        for level in range((self.size ^ self.size + 1).bit_length() - 1):
            at = node_hash(self.peaks.pop(), at)
            done.append((level + 1, self.size >> level + 1, at))
        self.peaks.append(at)
        self.size += 1
        return done

    def root(self) -> Hash:
        """Return the root hash of the tree so far."""
        return _joined(self.peaks)


def complete_nodes(start: int, end: int) -> tuple[Node, ...]:
    """Return the complete nodes that make up a subtree over the leaves start to end."""
    found = []
    while start < end:
        level = min(
            (start & -start).bit_length() - 1 if start else 64, (end - start).bit_length() - 1
        )
        found.append((level, start >> level))
        start += 1 << level
    return tuple(found)


def range_root(start: int, end: int, nodes: Nodes) -> Hash:
    """Return the root of the subtree over the leaves start to end, from complete nodes."""
    return _joined([nodes(level, index) for level, index in complete_nodes(start, end)])


def _joined(peaks: Sequence[Hash]) -> Hash:
    """Return the root over complete subtrees, largest first."""
    if not peaks:
        return EMPTY_ROOT
    total = peaks[-1]
    for peak in reversed(peaks[:-1]):
        total = node_hash(peak, total)
    return total


# --- one leaf -----------------------------------------------------------------------------------


def inclusion_ranges(index: int, size: int) -> tuple[Range, ...]:
    """Plan an inclusion proof: the siblings met on the way up from leaf `index`."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of size {size}")
    start, end, found = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return tuple(reversed(found))


def inclusion_proof(index: int, size: int, nodes: Nodes) -> tuple[Hash, ...]:
    """Return the siblings met on the way up from leaf `index` to the root (RFC 6962 2.1.1)."""
    return tuple(range_root(start, end, nodes) for start, end in inclusion_ranges(index, size))


def check_inclusion(leaf: Hash, index: int, size: int, root: Hash, proof: Sequence[Hash]) -> None:
    """Raise `Unverified` unless `proof` places `leaf` at `index` under `root`."""
    if not 0 <= index < size:
        raise Unverified(
            f"no leaf {index} in a tree of size {size}", f"{size} 叶的树没有第 {index} 叶"
        )
    _check_lengths(leaf, *proof)
    ranges = inclusion_ranges(index, size)
    if len(ranges) != len(proof):
        raise Unverified("inclusion proof has the wrong length", "包含证明长度不对")
    for (start, _), sibling in zip(ranges, proof, strict=True):
        leaf = node_hash(sibling, leaf) if start < index else node_hash(leaf, sibling)
    if leaf != root:
        raise Unverified("inclusion proof leads to another root", "包含证明得出另一个树根")


# --- a prefix -----------------------------------------------------------------------------------


def consistency_ranges(old_size: int, size: int) -> tuple[Range, ...]:
    """Plan a consistency proof (RFC 6962 2.1.2): the subtrees both trees are rebuilt from."""
    if not 0 < old_size <= size:
        raise ValueError(f"no tree of size {old_size} within {size} leaves")
    start, end, found, whole = 0, size, [], True
    while old_size != end:
        middle = start + _split(end - start)
        if old_size <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start, whole = middle, False
    if not whole:
        found.append((start, end))  # else the verifier already holds the whole old root
    return tuple(reversed(found))


def consistency_proof(old_size: int, size: int, nodes: Nodes) -> tuple[Hash, ...]:
    """Return the proof that the tree of `size` begins with its first `old_size` leaves."""
    return tuple(range_root(start, end, nodes) for start, end in consistency_ranges(old_size, size))


def check_consistency(
    old_size: int, old_root: Hash, size: int, root: Hash, proof: Sequence[Hash]
) -> None:
    """Raise `Unverified` unless `proof` shows the old tree to be a prefix of the new one."""
    if not 0 < old_size <= size:
        raise Unverified(
            f"a tree of size {size} has no prefix of size {old_size}",
            f"{size} 叶的树没有 {old_size} 叶的前缀",
        )
    _check_lengths(*proof)
    ranges = consistency_ranges(old_size, size)
    if len(ranges) != len(proof):
        raise Unverified("consistency proof has the wrong length", "一致性证明长度不对")
    pairs = list(zip(ranges, proof, strict=True))
    old = new = old_root
    if pairs and pairs[0][0][0] < old_size and pairs[0][0][1] == old_size:
        old = new = pairs.pop(0)[1]  # the old tree's own right edge comes first
    for (start, _), sibling in pairs:
        if start < old_size:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
    if old != old_root:
        raise Unverified(
            "consistency proof leads to another old root", "一致性证明得出另一个旧树根"
        )
    if new != root:
        raise Unverified("consistency proof leads to another root", "一致性证明得出另一个树根")


# --- many leaves --------------------------------------------------------------------------------


def hidden_ranges(shown: Sequence[int], size: int) -> tuple[Range, ...]:
    """Plan a shared proof: the largest subtrees that hold no shown leaf, left to right."""
    if list(shown) != sorted(set(shown)) or (shown and not 0 <= shown[0] <= shown[-1] < size):
        raise ValueError("shown leaves are to rise, and to lie in the tree")
    found = list[Range]()

    def walk(low: int, high: int, start: int, end: int) -> None:
        """Go down to a subtree; shown in it are `shown[low:high]`."""
        if low == high:
            found.append((start, end))
        elif end - start > 1:
            middle = start + _split(end - start)
            cut = bisect_left(shown, middle, low, high)
            walk(low, cut, start, middle)
            walk(cut, high, middle, end)

    if size:
        walk(0, len(shown), 0, size)
    return tuple(found)


def shared_proof(shown: Sequence[int], size: int, nodes: Nodes) -> tuple[Hash, ...]:
    """Return the roots of the largest subtrees that hold no shown leaf, left to right."""
    return tuple(range_root(start, end, nodes) for start, end in hidden_ranges(shown, size))


def shared_root(shown: Mapping[int, Hash], size: int, proof: Sequence[Hash]) -> Hash:
    """Return the root that the shown leaves and the hashes of the rest lead to.

    Raises `Unverified` if a leaf lies outside the tree, or a hash is missing or left over.
    """
    order = sorted(shown)
    if not order or order[0] < 0 or order[-1] >= size:
        raise Unverified("shown leaves lie outside the tree", "所示的叶不在树内")
    _check_lengths(*shown.values(), *proof)
    rest = iter(proof)

    def walk(low: int, high: int, start: int, end: int) -> Hash:
        """Return the root of a subtree; shown in it are `order[low:high]`, not none."""
        if end - start == 1:
            return shown[start]
        middle = start + _split(end - start)
        cut = bisect_left(order, middle, low, high)
        left = walk(low, cut, start, middle) if low < cut else next(rest)
        right = walk(cut, high, middle, end) if cut < high else next(rest)
        return node_hash(left, right)

    try:
        total = walk(0, len(order), 0, size)
    except StopIteration:
        raise Unverified("a hash is missing from the proof", "证明缺少哈希") from None
    if next(rest, None) is not None:
        raise Unverified("a hash is left over in the proof", "证明有多余的哈希")
    return total


def _split(size: int) -> int:
    """Return the largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def _check_lengths(*hashes: Hash) -> None:
    if set(map(len, hashes)) - {len(EMPTY_ROOT)}:
        raise Unverified("a hash is 32 bytes long", "哈希应为 32 字节")
