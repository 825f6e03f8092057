"""Anchors: saying another log's checkpoint in this one, and finding what was said."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger import kinds
from ledger.auditing.forks import is_signed
from ledger.checkpoint import Checkpoint
from ledger.desk.office import Office
from ledger.encoding import base64
from ledger.errors import Rejected
from ledger.log import Receipt
from ledger.note import Note, Verifier
from ledger.records import Spoken
from ledger.statements import Entry
from ledger.store.reading import Reader
from ledger.trust import Trust


@dataclass(frozen=True, slots=True)
class Anchored:
    """A checkpoint of another log, and the entry that says it."""

    entry: int
    stamp: str
    origin: str
    size: int
    root: str


def say(office: Office, note: bytes, trust: Trust) -> Receipt | None:
    """Say a checkpoint that a log of the trust file signed; an operator vouches for its key."""
    found = Note.parse(note)
    checkpoint = Checkpoint.parse(found.text)
    log = trust.log(checkpoint.origin)
    key = next((key for key in (log.verifiers if log else ()) if is_signed(note, key)), None)
    if key is None:
        raise Rejected(
            "anchor.key",
            en=f"no key that {checkpoint.origin} has now by the trust file signed this checkpoint: take a"
            " newer one of that log",
            zh=f"信任文件中 {checkpoint.origin} 现行的密钥没有签署这个检查点：请取该账本较新的检查点",
        )
    line = next(one for one in found.signatures if one.by == key.by)
    return office.say(
        "operator",
        kinds.Anchor,
        "*",
        log=str(key),
        size=checkpoint.size,
        root=base64(checkpoint.root),
        signature=base64(line.value),
    )


def all_of(view: Reader) -> Sequence[Anchored]:
    """Return all anchors of a ledger, in log order."""
    said = sorted(view.among(Spoken, ("kind",), [("anchor",)]), key=lambda one: one.entry)
    return tuple(_read(view, one) for one in said)


def find(view: Reader, which: str) -> Anchored:
    """Return the anchor at an entry, or the largest one of a log, or raise `Rejected`.

    The largest serves every certificate that a smaller one does, whichever was said last.
    """
    found = [one for one in all_of(view) if which in (str(one.entry), one.origin)]
    if found:
        return max(found, key=lambda one: (one.size, one.entry))
    raise Rejected(
        "anchor.unknown",
        en=f"{which} is anchored nowhere here; `vledger anchor list` lists what is",
        zh=f"本账本没有锚定 {which}；`vledger anchor list` 可查看",
    )


def _read(view: Reader, said: Spoken) -> Anchored:
    stored = view.entry(said.entry)
    assert stored
    head = Entry.parse(stored.entry).statement.head
    assert isinstance(head, kinds.Anchor)
    return Anchored(said.entry, said.stamp, Verifier.parse(head.log).name, head.size, head.root)
