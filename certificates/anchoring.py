"""A proof through an anchor: a log that a reader does not know hangs on one that he trusts.

    {"format": "volunteer-ledger/anchored@v1", "checkpoint": "<note of the trusted log>",
     "anchor": i, "entries": [as in proof.json], "hashes": [as in proof.json],
     "consistency": ["<base64>", …]}

The trusted log (the province's) shows its charter, the anchor and who had the right to say it: so it holds
a checkpoint of the other log (the county's), of that size and root. `consistency` (RFC 6962, section
2.1.2) leads from a certificate's checkpoint to that one: so what the certificate's entries lead to was
fixed there. Without `anchor`, `entries` and `hashes`, the trusted checkpoint is the same log's own, newer
and by another key: that is how a certificate of before outlives a key that is no longer believed.

The province makes the file without `consistency`, once for all; it serves as it is for certificates
whose checkpoint is the anchored one. Nothing is in it that is not checked: a signature line by a key that
the reader does not know is refused, so that no bit of the file can be another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta
from msgspec.json import Decoder
from msgspec.structs import replace

from certificates import proof
from certificates.officers import logged
from certificates.proof import Committed, Shown, ShownEntry, Source
from certificates.told import Told, hold_true
from ledger import fields, kinds, merkle
from ledger.book import Book
from ledger.checkpoint import Checkpoint
from ledger.encoding import base64, unbase64
from ledger.errors import Rejected, Unverified
from ledger.fields import Form, Ref, Whole
from ledger.merkle import Nodes
from ledger.note import Note, Verifier
from ledger.records import Key
from ledger.rules.signed import check_signed
from ledger.statements import Entry
from ledger.trust import Trust, TrustedLog

FORMAT = "volunteer-ledger/anchored@v1"
MAX_SIZE = 1024 * 1024


class Anchored(Form, frozen=True, tag_field="format", tag=FORMAT):
    """What the file says. Nothing in it is checked yet but its form."""

    checkpoint: str
    anchor: Whole | None = None
    entries: Annotated[tuple[ShownEntry, ...], Meta(min_length=1)] | None = None
    hashes: tuple[Ref, ...] | None = None
    consistency: tuple[Ref, ...] | None = None

    def write(self) -> bytes:
        """Return the one encoding of the file."""
        return fields.write(self, lines=True)


@dataclass(frozen=True, slots=True)
class Through:
    """By whose word a checkpoint is known: a trusted log's, and its entry that anchors, if one does."""

    origin: str
    size: int
    witnesses: int
    anchor: int | None


_READER = Decoder(Anchored)


def read(data: bytes) -> Anchored:
    """Read the file in its one form, or raise `Malformed`."""
    if len(data) > MAX_SIZE:
        raise Unverified("the proof through an anchor is above 1 MiB", "锚定证明超过 1 MiB")
    return fields.read(_READER, data, ("anchor proof", "锚定证明"), exact=True, lines=True)


def check(found: Anchored, held: Checkpoint, trust: Trust) -> Through:
    """Return by whose word a certificate's checkpoint is known, or raise.

    Who signed `held` is not asked: its size and root are what the trusted log leads to.
    """
    checkpoint, witnesses = trust.check(found.checkpoint.encode())
    _check_known(found.checkpoint, trust.log(checkpoint.origin))
    target = _anchored(found, checkpoint)
    hold_true(
        target.origin == held.origin,
        f"the proof is about the log {target.origin}, not {held.origin}",
        f"该锚定证明说的是账本 {target.origin}，不是 {held.origin}",
    )
    hold_true(
        0 < held.size <= target.size,
        f"the anchor holds {target.size} entries, and the certificate needs {held.size}: ask for a newer one",
        f"锚定的检查点只有 {target.size} 条，证明需要 {held.size} 条，请索取更新的锚定证明",
    )
    hashes = [unbase64(one, 32) for one in found.consistency or ()]
    merkle.check_consistency(held.size, held.root, target.size, target.root, hashes)
    return Through(checkpoint.origin, checkpoint.size, witnesses, found.anchor)


def _anchored(found: Anchored, checkpoint: Checkpoint) -> Checkpoint:
    """Return the checkpoint that the trusted one stands for: another log's, or itself."""
    if found.anchor is None or found.entries is None or found.hashes is None:
        alone = found.anchor is None and found.entries is None and found.hashes is None
        hold_true(alone, "the proof shows an anchor in part", "锚定证明只示出一部分")
        return checkpoint
    told, book = logged(found.entries, found.hashes, checkpoint)
    last = told[-1]
    head = last.statement.head
    if last.index != found.anchor or not isinstance(head, kinds.Anchor):
        raise Unverified("the last entry shown is not the anchor", "最后示出的条目不是锚定")
    shown = {each.index: set(each.items) for each in told}
    hold_true(
        _needed(book, told) == shown, "it shows more, or less, than it needs", "所示多于或少于所需"
    )
    key = Verifier.parse(head.log)
    check_signed(key, head.size, head.root, head.signature)
    return Checkpoint(key.name, head.size, unbase64(head.root, 32))


def _needed(book: Book, told: Sequence[Told]) -> Shown:
    """Return what an anchor leans on: its signer's appointment, and who made that, up to the charter."""
    by_index = {each.index: each for each in told}
    last = told[-1]
    needed: Shown = {0: {0}, last.index: set()}
    key = book.find(Key, last.statement.head.by)
    while key and key.entry:
        needed[key.entry] = {0}
        key = book.find(Key, by_index[key.entry].statement.head.by)
    return needed


def _check_known(note: str, log: TrustedLog | None) -> None:
    """Raise where a line of the note is by a key that the reader does not know: nobody checks it."""
    assert log
    known = {(key.name, key.key_id) for key in (*log.verifiers, *log.witnessing)}
    for line in Note.parse(note.encode()).signatures:
        hold_true(
            (line.name, line.key_id) in known,
            f"a line by {line.by} is in the anchor's checkpoint, which the trust file does not know",
            f"锚定的检查点中有 {line.by} 的签名行，而信任文件中没有该密钥",
        )


# --- making one -----------------------------------------------------------------------------------


def make(source: Source, index: int, committed: Committed) -> Anchored:
    """Return the trusted log's part: its anchor at an entry, led to a checkpoint."""
    assert isinstance(source.head(index), kinds.Anchor)
    shown: Shown = {0: {0}, index: set()}
    proof.close(source, shown)
    entries, hashes = proof.show_all(source, shown, committed.size)
    return Anchored(committed.note.decode(), index, entries, hashes)


def target(found: Anchored) -> Checkpoint:
    """Return the checkpoint that a proof leads to; nobody has checked any of it."""
    if found.entries is None:
        return Checkpoint.parse(Note.parse(found.checkpoint.encode()).text)
    head = Entry.parse(found.entries[-1].entry.encode()).statement.head
    if not isinstance(head, kinds.Anchor):
        raise Unverified("the last entry shown is not the anchor", "最后示出的条目不是锚定")
    return Checkpoint(Verifier.parse(head.log).name, head.size, unbase64(head.root, 32))


def link(found: Anchored, held: Checkpoint, nodes: Nodes) -> Anchored:
    """Return the proof for a certificate's checkpoint, from the nodes of its own log, or raise.

    A log that is not true to both the certificate and the anchor cannot link them.
    """
    goal = target(found)
    if not 0 < held.size <= goal.size:
        raise Rejected(
            "anchor.behind",
            en=f"the anchor holds {goal.size} entries, and the certificate needs {held.size}:"
            " ask for a newer one",
            zh=f"锚定的检查点只有 {goal.size} 条，证明需要 {held.size} 条，请索取更新的锚定证明",
        )
    hashes = merkle.consistency_proof(held.size, goal.size, nodes)
    try:
        merkle.check_consistency(held.size, held.root, goal.size, goal.root, hashes)
    except Unverified as error:
        raise Unverified(
            f"this tree is not true to both the certificate's checkpoint of {held.size} entries and the anchored"
            f" one of {goal.size}: the one or the other is of another history; `vledger audit --against` tells",
            f"这棵树与证明的检查点（{held.size} 条）和被锚定的检查点（{goal.size} 条）不能都相符：其一属于另一种历史，"
            "请用 `vledger audit --against` 核对",
        ) from error
    return replace(found, consistency=tuple(map(base64, hashes)))
