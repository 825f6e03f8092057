"""Checkpoints inside statements: the note is written again, bit by bit as it was signed."""

import pytest

from ledger.checkpoint import Checkpoint, issue
from ledger.encoding import base64, unbase64
from ledger.errors import LedgerError
from ledger.note import Signer, Verifier
from ledger.rules.signed import check_signed, note_of
from tests.scene import digest, some

LOG = Signer("AX/log", digest("AX/log"))
NOTE = issue(Checkpoint("AX/log", 7, unbase64(some("root"), 32)), LOG)
SIGNATURE = base64(NOTE.signatures[0].value)


def test_the_note_is_the_one_that_was_signed() -> None:
    assert note_of(LOG.verifier, 7, some("root"), SIGNATURE) == NOTE
    assert check_signed(LOG.verifier, 7, some("root"), SIGNATURE) == NOTE


def test_no_flipped_bit_is_signed() -> None:
    parts = (LOG.verifier.key, unbase64(some("root"), 32), unbase64(SIGNATURE, 64))
    for which, part in enumerate(parts):
        for bit in range(8 * len(part)):
            flipped = bytearray(part)
            flipped[bit // 8] ^= 1 << bit % 8
            key, root, signature = (
                bytes(flipped) if at == which else one for at, one in enumerate(parts)
            )
            with pytest.raises(LedgerError):
                check_signed(Verifier("AX/log", key), 7, base64(root), base64(signature))
    for size in (6, 8, 70):
        with pytest.raises(LedgerError):
            check_signed(LOG.verifier, size, some("root"), SIGNATURE)
