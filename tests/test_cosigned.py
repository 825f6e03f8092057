"""What an audit says of stored cosignatures: each holds or is named, and how far a quorum reaches."""

from collections.abc import Iterable

import pytest

from ledger import merkle
from ledger.auditing import cosignatures
from ledger.auditing.evidence import Cosignature, Logged
from ledger.auditing.findings import Finding, Report
from ledger.checkpoint import Checkpoint, cosign, issue
from ledger.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, Signer
from ledger.trust import TrustedLog

LOG = Signer("kx.example.org/log", b"l" * 32)
W1 = Signer("w1.example.org/w", b"1" * 32, COSIGNATURE_ED25519)
W1_TOO = Signer("w1.example.org/w", b"1" * 32, COSIGNATURE_ML_DSA_44)
W2 = Signer("w2.example.org/w", b"2" * 32, COSIGNATURE_ED25519)
HEADS = {n: Checkpoint(LOG.name, n, merkle.leaf_hash(bytes([n]))) for n in range(1, 9)}


class Shelf:
    """Eight checkpoints, and the lines of who cosigned which."""

    def __init__(self, *said: tuple[int, Signer]) -> None:
        self.rows = [(n, size, *said_by(by, size)) for n, (size, by) in enumerate(said)]

    def log(self) -> Iterable[Logged]:
        return ()

    def checkpoints(self) -> Iterable[tuple[int, bytes]]:
        return [(size, bytes(issue(head, LOG))) for size, head in HEADS.items()]

    def cosignatures(self) -> Iterable[Cosignature]:
        return self.rows


def said_by(signer: Signer, size: int) -> tuple[str, str]:
    return str(signer.verifier), str(cosign(HEADS[size], signer, 1000 + size)).rstrip("\n")


def trusted(quorum: int, *witnesses: Signer) -> TrustedLog:
    keys = tuple(str(one.verifier) for one in witnesses)
    return TrustedLog(keys=(str(LOG.verifier),), witnesses=keys, quorum=quorum)


def held(shelf: Shelf, believed: TrustedLog | None = None) -> Report:
    """Audit the cosignatures of a log of eight entries."""
    report = Report(size=8)
    cosignatures.hold(shelf, report, believed)
    return report


def clean(shelf: Shelf, believed: TrustedLog | None = None) -> bool:
    return held(shelf, believed) == Report(size=8)


def codes(said: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(one.code, one.place) for one in said]


def test_lines_that_hold_are_nothing_to_speak_of() -> None:
    shelf = Shelf((2, W1), (2, W1_TOO), (5, W2), (5, W1))
    assert clean(shelf)
    assert clean(Shelf())


@pytest.mark.parametrize(
    "row",
    [
        (1, 6, *said_by(W1, 5)),
        (1, 99, *said_by(W1, 5)),
        (1, 5, str(W2.verifier), said_by(W1, 5)[1]),
        (1, 5, str(W1_TOO.verifier), said_by(W1, 5)[1]),
        (1, 5, "no key", said_by(W1, 5)[1]),
        (1, 5, str(W1.verifier), "no line"),
        (1, 5, str(W1.verifier), said_by(W1, 5)[1] + "\n"),
        (1, 8, str(LOG.verifier), str(issue(HEADS[8], LOG).signatures[0]).rstrip("\n")),
    ],
)
def test_a_line_that_does_not_hold_is_named(row: Cosignature) -> None:
    shelf = Shelf((2, W1), (2, W2), (3, W2))
    shelf.rows[1] = row
    assert codes(held(shelf).findings) == [("cosignature.bad", "cosignature 1")]


def test_a_line_that_was_taken_out_leaves_a_gap() -> None:
    shelf = Shelf((2, W1), (2, W2), (3, W2), (4, W2))
    del shelf.rows[1:3]
    assert codes(held(shelf).findings) == [("cosignature.gap", "cosignature 1")]


def test_a_line_that_is_there_twice_is_named() -> None:
    shelf = Shelf((2, W1), (2, W2), (2, W1), (3, W1))
    assert codes(held(shelf).findings) == [("cosignature.twice", "cosignature 2")]


def test_a_table_full_of_nonsense_is_told_in_twenty_sentences() -> None:
    shelf = Shelf(*((2, W1) for _ in range(50)))
    shelf.rows = [(n, size, vkey, "x") for n, size, vkey, _ in shelf.rows]
    assert len(held(shelf).findings) == 20


def test_a_quorum_is_found_where_it_is() -> None:
    shelf = Shelf((2, W1), (2, W2), (8, W1), (8, W1_TOO))
    assert clean(shelf, trusted(0, W1, W2))
    assert clean(shelf, trusted(1, W1, W2))
    two = held(shelf, trusted(2, W1, W1_TOO, W2))  # W1 is one, by however many keys
    assert codes(two.findings) == []
    assert codes(two.remarks) == [("quorum.behind", "checkpoint 8")]
    assert "from entry 2 on" in two.remarks[0].en
    none = held(Shelf((2, W1), (3, W2)), trusted(2, W1, W2))
    assert codes(none.findings) == [("quorum.missing", "checkpoint 8")]
    assert none.remarks == []


def test_a_line_that_does_not_hold_reaches_no_quorum() -> None:
    shelf = Shelf((8, W1))
    shelf.rows[0] = (0, 8, *said_by(W1, 7))
    found = held(shelf, trusted(1, W1))
    assert [one.code for one in found.findings] == ["cosignature.bad", "quorum.missing"]
    stranger = held(Shelf((8, W2)), trusted(1, W1))
    assert [one.code for one in stranger.findings] == ["quorum.missing"]
