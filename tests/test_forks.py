"""A fork in a file: two checkpoints that cannot both be true, believed by nobody's word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.auditing import forks
from ledger.auditing.forks import Fork
from ledger.checkpoint import Checkpoint, issue
from ledger.errors import LedgerError, Unverified
from ledger.merkle import Hash, leaf_hash, root
from ledger.note import Signer
from tests.scene import digest

LOG, NEXT, OTHER = (Signer(name, digest(seed)) for name, seed in
                    (("KX/log", "a"), ("KX/log", "b"), ("AX/log", "c")))  # fmt: skip
KEYS = [LOG.verifier, NEXT.verifier, OTHER.verifier]


class History:
    """Leaves of a log, which may differ from another's from some place on."""

    def __init__(self, size: int, apart: int = 10**6) -> None:
        self.leaves = [leaf_hash(f"{n} {n >= apart}".encode()) for n in range(size)]

    def note(self, size: int, by: Signer = LOG) -> bytes:
        return bytes(issue(Checkpoint(by.name, size, root(self.leaves[:size])), by))

    def node(self, level: int, index: int) -> Hash:
        return root(self.leaves[index << level : index + 1 << level])


ONE, TWO = History(40), History(40, apart=5)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 40))
def test_two_histories_are_proved_where_they_part_and_nowhere_else(
    old: int, new: int, apart: int
) -> None:
    other = History(40, apart)
    first, second = sorted((old, new))
    made = forks.against(ONE.note(first), other.note(second), other.node)
    if apart < first:
        proved = forks.check(made, KEYS)
        assert (proved.first.size, proved.second.size, proved.same_key) == (first, second, True)
    else:
        with pytest.raises(Unverified, match="one history"):
            forks.check(made, KEYS)


def test_who_signed_is_told_apart() -> None:
    by_two = forks.against(ONE.note(7), TWO.note(9, NEXT), TWO.node)
    assert not forks.check(by_two, KEYS).same_key
    with pytest.raises(Unverified):
        forks.check(by_two, [LOG.verifier])
    with pytest.raises(Unverified, match="different logs"):
        forks.check(forks.pair(ONE.note(7), TWO.note(7, OTHER)), KEYS)


def test_a_file_is_read_in_its_one_form() -> None:
    for made in (
        forks.pair(ONE.note(7), TWO.note(7)),
        forks.against(ONE.note(7), TWO.note(9), TWO.node),
    ):
        data = made.write()
        assert forks.read_fork(data) == made
        for wrong in (data + b" ", data.replace(b":", b": ", 1), b"{}", data[:-1]):
            with pytest.raises(LedgerError):
                forks.read_fork(wrong)


def test_nothing_that_was_changed_is_evidence_of_anything() -> None:
    """Each bit flipped: refused, or read as the same."""
    data = forks.against(ONE.note(7), TWO.note(9), TWO.node).write()
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(LedgerError):
            forks.check(forks.read_fork(bytes(flipped)), KEYS)


def test_proofs_have_one_shape() -> None:
    whole = forks.against(ONE.note(7), TWO.note(9), TWO.node)
    assert whole.proof
    same = forks.pair(ONE.note(7), TWO.note(7))
    wrong = (
        Fork(whole.first, whole.second),
        Fork(whole.first, whole.second, whole.root),
        Fork(whole.first, whole.second, whole.root, whole.proof[:-1]),
        Fork(whole.first, whole.second, whole.root, (*whole.proof, whole.proof[0])),
        Fork(same.first, same.second, whole.root),
        Fork(whole.second, whole.first, whole.root, whole.proof),
    )
    for one in wrong:
        with pytest.raises(LedgerError):
            forks.check(one, KEYS)
