"""The tree of RFC 6962: other people's vectors, and every small case."""

import json
from base64 import b64decode
from collections.abc import Callable, Sequence
from itertools import chain, combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle
from ledger.errors import Unverified
from ledger.merkle import EMPTY_ROOT, Frontier, Hash

MOST = 33
LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(MOST)]


def naive_root(leaves: Sequence[Hash]) -> Hash:
    """Return the Merkle tree hash as RFC 6962 section 2.1 defines it, recursively."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


ROOTS = [naive_root(LEAVES[:size]) for size in range(MOST + 1)]


def node(level: int, index: int) -> Hash:
    """Return a complete node of the tree over `LEAVES`."""
    start, end = index << level, index + 1 << level
    assert end <= MOST, "a node that is not complete was asked for"
    return naive_root(LEAVES[start:end])


def spoilt(proof: Sequence[Hash]) -> list[list[Hash]]:
    """Return a proof in every wrong form: a hash flipped, removed, doubled, added, cut short."""
    found: list[list[Hash]] = []
    for n, one in enumerate(proof):
        flipped = bytes([one[0] ^ 1]) + one[1:]
        instead: tuple[list[Hash], ...] = ([flipped], [], [one, one], [one[:-1]], [one + b"\0"])
        found += [[*proof[:n], *middle, *proof[n + 1 :]] for middle in instead]
    found += [[*proof, LEAVES[0]], [LEAVES[0], *proof], [*proof, b""]]
    found += [list(reversed(proof))] if len(set(proof)) > 1 else []
    return found


def test_leaves_and_nodes_are_told_apart() -> None:
    one, two = LEAVES[0], LEAVES[1]
    assert merkle.leaf_hash(one + two) != merkle.node_hash(one, two)
    assert merkle.leaf_hash(b"").hex().startswith("6e340b9cffb37a98")  # RFC 6962 test data


def test_the_root_of_every_size() -> None:
    for size in range(MOST + 1):
        assert merkle.root(LEAVES[:size]) == ROOTS[size]


def test_a_frontier_names_each_complete_node_once() -> None:
    frontier, seen = Frontier(), {}
    for size, leaf in enumerate(LEAVES, 1):
        for level, index, found in frontier.append(leaf):
            assert (level, index) not in seen
            seen[level, index] = found
        assert frontier.root() == ROOTS[size]
    assert all(found == node(*at) for at, found in seen.items())
    assert len(seen) == sum(MOST >> level for level in range(6))


def test_a_frontier_goes_on_from_its_peaks() -> None:
    for size in range(MOST):
        peaks = [node(*at) for at in merkle.complete_nodes(0, size)]
        frontier = Frontier(size, peaks)
        frontier.append(LEAVES[size])
        assert frontier.root() == ROOTS[size + 1]


def test_every_subtree_that_proofs_speak_of_comes_from_complete_nodes() -> None:
    for start in (0, 8, 16, 32):
        for end in range(start + 1, min(start + (start or MOST), MOST) + 1):
            assert merkle.range_root(start, end, node) == naive_root(LEAVES[start:end])


def test_every_inclusion_proof() -> None:
    for size in range(1, MOST + 1):
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, node)
            merkle.check_inclusion(LEAVES[index], index, size, ROOTS[size], proof)


def test_an_inclusion_proof_in_a_wrong_form_is_refused() -> None:
    for size in range(1, 18):
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, node)
            for wrong in spoilt(proof):
                with pytest.raises(Unverified):
                    merkle.check_inclusion(LEAVES[index], index, size, ROOTS[size], wrong)


def test_an_inclusion_proof_shows_no_other_leaf_place_or_root() -> None:
    for size in range(2, 18):
        for index in range(size):
            leaf, proof = LEAVES[index], merkle.inclusion_proof(index, size, node)
            others = [(LEAVES[(index + 1) % size], index, ROOTS[size])]
            places = set(range(-1, size + 1)) - {index}
            others += [(leaf, other, ROOTS[size]) for other in places]
            others += [(leaf, index, ROOTS[size - 1]), (leaf[1:], index, ROOTS[size])]
            for wrong, place, root in others:
                with pytest.raises(Unverified):
                    merkle.check_inclusion(wrong, place, size, root, proof)


def test_every_bit_of_an_inclusion_proof_counts() -> None:
    proof = merkle.inclusion_proof(5, 11, node)
    for n, one in enumerate(proof):
        for bit in range(8 * len(one)):
            wrong = bytearray(one)
            wrong[bit // 8] ^= 1 << bit % 8
            spoiled = [*proof[:n], bytes(wrong), *proof[n + 1 :]]
            with pytest.raises(Unverified):
                merkle.check_inclusion(LEAVES[5], 5, 11, ROOTS[11], spoiled)


def test_every_consistency_proof() -> None:
    for size in range(1, MOST + 1):
        for old in range(1, size + 1):
            proof = merkle.consistency_proof(old, size, node)
            merkle.check_consistency(old, ROOTS[old], size, ROOTS[size], proof)


def test_a_consistency_proof_in_a_wrong_form_is_refused() -> None:
    for size in range(1, 14):
        for old in range(1, size + 1):
            proof = merkle.consistency_proof(old, size, node)
            for wrong in spoilt(proof):
                with pytest.raises(Unverified):
                    merkle.check_consistency(old, ROOTS[old], size, ROOTS[size], wrong)


def test_a_consistency_proof_shows_no_other_tree() -> None:
    for size in range(2, 14):
        for old in range(1, size):
            proof = merkle.consistency_proof(old, size, node)
            for old_root, root in ((ROOTS[old], ROOTS[old]), (ROOTS[size], ROOTS[size])):
                with pytest.raises(Unverified):
                    merkle.check_consistency(old, old_root, size, root, proof)


def test_sizes_that_are_no_prefix_are_refused() -> None:
    for old, size in ((0, 1), (0, 0), (-1, 3), (4, 3)):
        with pytest.raises(Unverified):
            merkle.check_consistency(old, EMPTY_ROOT, size, EMPTY_ROOT, [])
        with pytest.raises(ValueError, match="no tree"):
            merkle.consistency_proof(old, size, node)
    for index, size in ((0, 0), (3, 3), (-1, 3)):
        with pytest.raises(ValueError, match="no leaf"):
            merkle.inclusion_proof(index, size, node)


def subsets(size: int) -> chain[tuple[int, ...]]:
    """Give every set of leaves of a tree."""
    return chain.from_iterable(combinations(range(size), n) for n in range(size + 1))


def test_every_set_of_shown_leaves() -> None:
    for size in range(1, 10):
        for shown in subsets(size):
            proof = merkle.shared_proof(shown, size, node)
            leaves = {n: LEAVES[n] for n in shown}
            if not shown:
                assert proof == (ROOTS[size],)
                continue
            assert merkle.shared_root(leaves, size, proof) == ROOTS[size]


def test_one_shown_leaf_needs_the_hashes_of_an_inclusion_proof() -> None:
    for index in range(MOST):
        shared = merkle.shared_proof([index], MOST, node)
        assert sorted(shared) == sorted(merkle.inclusion_proof(index, MOST, node))


def test_hidden_ranges_and_shown_leaves_part_the_tree() -> None:
    for size in range(1, 10):
        for shown in subsets(size):
            ranges = merkle.hidden_ranges(shown, size)
            hidden = [n for start, end in ranges for n in range(start, end)]
            assert sorted([*hidden, *shown]) == list(range(size))
            assert hidden == sorted(hidden)


def test_a_shared_proof_in_a_wrong_form_never_leads_to_the_root() -> None:
    for size in range(1, 8):
        for shown in subsets(size):
            if not shown:
                continue
            proof = merkle.shared_proof(shown, size, node)
            for wrong in spoilt(proof):
                try:
                    found = merkle.shared_root({n: LEAVES[n] for n in shown}, size, wrong)
                except Unverified:
                    continue
                assert found != ROOTS[size]
                assert len(wrong) == len(proof)


def test_a_shared_proof_with_a_hash_too_few_or_too_many_is_refused() -> None:
    proof = merkle.shared_proof([2, 5], 9, node)
    shown = {2: LEAVES[2], 5: LEAVES[5]}
    for wrong in (proof[:-1], (*proof, LEAVES[0]), ()):
        with pytest.raises(Unverified):
            merkle.shared_root(shown, 9, wrong)


def test_shown_leaves_outside_the_tree_are_refused() -> None:
    for shown in ({}, {9: LEAVES[0]}, {-1: LEAVES[0]}, {0: b"short"}):
        with pytest.raises(Unverified):
            merkle.shared_root(shown, 9, ())
    for order in ([1, 0], [1, 1], [-1], [9]):
        with pytest.raises(ValueError, match="shown leaves"):
            merkle.shared_proof(order, 9, node)
    assert merkle.hidden_ranges([], 0) == ()


@given(st.integers(1, 2**62), st.data())
def test_a_proof_is_as_long_as_the_tree_is_deep(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    ranges = merkle.inclusion_ranges(index, size)
    assert len(ranges) <= (size - 1).bit_length()
    assert sum(end - start for start, end in ranges) == size - 1
    old = data.draw(st.integers(1, size))
    assert len(merkle.consistency_ranges(old, size)) <= (size - 1).bit_length() + 1


# --- transparency-dev/merkle --------------------------------------------------------------------


def cases(vectors: Callable[[str], Path], kind: str) -> list[tuple[str, dict[str, str]]]:
    folder = vectors("transparency-dev-merkle") / "testdata" / kind
    found = [(str(path), json.loads(path.read_bytes())) for path in sorted(folder.rglob("*.json"))]
    assert len(found) > 30
    return found


def hashes(texts: Sequence[str] | None) -> list[Hash]:
    return [b64decode(text) for text in texts or ()]


def test_inclusion_as_transparency_dev_has_it(vectors: Callable[[str], Path]) -> None:
    for name, case in cases(vectors, "inclusion"):
        index, size = int(case["leafIdx"]), int(case["treeSize"])
        leaf, root = hashes([case["leafHash"], case["root"]])
        try:
            merkle.check_inclusion(leaf, index, size, root, hashes(case["proof"]))
        except Unverified:
            assert case["wantErr"], name
        else:
            assert not case["wantErr"], name


def test_consistency_as_transparency_dev_has_it(vectors: Callable[[str], Path]) -> None:
    for name, case in cases(vectors, "consistency"):
        old, size = int(case["size1"]), int(case["size2"])
        old_root, root = hashes([case["root1"], case["root2"]])
        try:
            merkle.check_consistency(old, old_root, size, root, hashes(case["proof"]))
        except Unverified:
            assert case["wantErr"], name
        else:
            assert not case["wantErr"], name


def test_a_log_of_tessera(vectors: Callable[[str], Path]) -> None:
    log = json.loads((vectors("tessera-testlog") / "log.json").read_bytes())
    leaves = [merkle.leaf_hash(entry.encode()) for entry in log["entries"]]
    for size in range(len(leaves) + 1):
        root = log["checkpoints"][f"checkpoint.{size}"].split("\n")[2]
        assert merkle.root(leaves[:size]) == b64decode(root)
