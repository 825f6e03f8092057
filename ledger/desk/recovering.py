"""Recovering: the way on after a lost tail, in a statement that everybody can read.

What the guard, receipts and certificates hold of this log is held against it. What it is no longer true
to is lost, and named; the key that signed it signs no more. A program that is killed in between leaves
a ledger that refuses to sign: recovering again ends it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from ledger import kinds
from ledger.audit import Held
from ledger.checkpoint import read
from ledger.desk.letters import Letter
from ledger.desk.office import Office
from ledger.encoding import base64
from ledger.errors import Rejected, Unverified
from ledger.fields import MAX_LOST
from ledger.kinds import Recovery
from ledger.note import Signer, Verifier
from ledger.records import NOBODY, Key, Spoken
from ledger.statements import Entry
from ledger.store.reading import Reader
from ledger.store.trees import frontier

Lost = Recovery.Lost


@dataclass(frozen=True, slots=True)
class Loss:
    """What a ledger is no longer true to: checkpoints of its log, by size, and those left unnamed."""

    size: int
    root: str
    named: tuple[Lost, ...]
    more: int  # beyond what one statement holds
    alive: bool  # one of them may have been signed by the key in force, which must end then


def loss_of(view: Reader, held: Sequence[Held]) -> Loss:
    """Hold checkpoints against a ledger; what is no evidence about it is refused."""
    size, own = view.size(), in_force(view).name
    keys = list(view.where(Key, role="log"))
    known = _named(view)
    found: dict[tuple[int, str], tuple[Lost, bool]] = {}
    for one in held:
        if not one.note and one.checkpoint.origin != own:
            continue  # the guard of another log on this computer
        lost, alive = _lost(one, keys)
        at = one.head
        true = at[0] <= size and frontier(view, at[0]).root() == one.checkpoint.root
        if not (true or at in known or at[0] == 0 or (at in found and lost.log is None)):
            found[at] = lost, alive
    rising = [found[at] for at in sorted(found)]
    kept = rising[-MAX_LOST:]  # the largest hold all below them, if they are of one history
    return Loss(
        size,
        base64(frontier(view, size).root()),
        tuple(lost for lost, _ in kept),
        len(rising) - len(kept),
        any(alive for _, alive in rising),
    )


def write(office: Office, loss: Loss, reason: str, log: Signer | None) -> Letter:
    """Write the statement by which a log goes on; the recovery key signs it, here or elsewhere."""
    return office.pens("recovery", "*").write(
        Recovery,
        "*",
        size=loss.size,
        root=loss.root,
        reason=reason,
        lost=loss.named,
        log=str(log.verifier) if log else None,
    )


def new_log_key(view: Reader) -> Signer:
    """Draw a new key for a log; it bears the log's name, as all its keys do."""
    return Signer(in_force(view).name, secrets.token_bytes(32))


def in_force(view: Reader) -> Verifier:
    """Return the key by which a log speaks now."""
    return next(
        Verifier.parse(one.vkey) for one in view.where(Key, role="log") if one.until == NOBODY
    )


def ended_by_recovery(view: Reader) -> bool:
    """Tell whether the last thing that was said is a recovery: then its guard may not have been written."""
    last = next(view.where(Spoken, entry=view.size() - 1), None)
    return last is not None and last.kind == "recovery"


def _lost(held: Held, keys: Sequence[Key]) -> tuple[Lost, bool]:
    """Return how a checkpoint is named, and whether the key that signed it is in force, or unknown."""
    size, root = held.head
    if not held.note:
        return Lost(size=size, root=root), True
    for key in keys:
        verifier = Verifier.parse(key.vkey)
        try:
            _, note = read(held.note, [verifier])
        except Unverified:
            continue
        (line,) = [one for one in note.signatures if one.by == key.by][:1]
        signature = base64(line.value)
        return Lost(size=size, root=root, log=key.vkey, signature=signature), key.until == NOBODY
    raise Rejected(
        "evidence.foreign",
        en=f"{held.label} holds no checkpoint that a key of this log signed",
        zh=f"{held.label} 中没有本账本日志密钥签署的检查点",
    )


def _named(view: Reader) -> set[tuple[int, str]]:
    """Return the checkpoints that earlier recoveries name."""
    said = [view.entry(one.entry) for one in view.among(Spoken, ("kind",), [("recovery",)])]
    heads = [Entry.parse(one.entry).statement.head for one in said if one]
    return {
        (one.size, one.root)
        for head in heads
        if isinstance(head, kinds.Recovery)
        for one in head.lost
    }
