"""Checkpoints inside statements: the parts of a signed note, from which it is written again."""

from ledger.checkpoint import Checkpoint, read
from ledger.encoding import unbase64
from ledger.note import Note, Signature, Verifier


def check_signed(key: Verifier, size: int, root: str, signature: str) -> Note:
    """Return the note of the checkpoint that `key` signed for its own log, or raise `Unverified`."""
    found = note_of(key, size, root, signature)
    read(bytes(found), [key])
    return found


def note_of(key: Verifier, size: int, root: str, signature: str) -> Note:
    """Return the note of a checkpoint: nobody has checked that `key` signed it."""
    text = str(Checkpoint(key.name, size, unbase64(root, 32)))
    return Note(text, (Signature(key.name, key.key_id, unbase64(signature, 64)),))
