"""What people hold of a log outside it: checkpoints in certificates, receipts, notes and folders."""

from pathlib import Path

from ledger.audit import Finding, Held
from ledger.commands.keeping import held, noted
from ledger.commands.world import World

_LARGEST = 64 * 1024 * 1024  # bytes of a certificate; ours have a hundredth of that
_PROOF = b"c2sp.org/tlog-proof@v1\n"


def outside(world: World, path: Path) -> Held | Finding:
    """Return the checkpoint that a file or a published folder holds, or the finding that it holds none.

    A file that is not there is nobody's evidence: that is refused, as a mistake of who named it.
    """
    file = path / "checkpoint" if path.is_dir() else path
    data = world.read(file, most=_LARGEST)
    return held(path, lambda: Held.read(str(path), checkpoint_in(data)))


def checkpoint_in(data: bytes) -> bytes:
    """Return the note of the checkpoint in a certificate, a receipt, or a note of its own."""
    from certificates import credential, envelope, proof

    if data.startswith(b"%PDF"):
        return proof.read(envelope.split(data).attachment).checkpoint.encode()
    if data.lstrip().startswith(b"{"):
        return proof.read(credential.split(data).attachment).checkpoint.encode()
    return noted(data) if data.startswith(_PROOF) else data
