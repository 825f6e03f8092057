"""Crossings: time credits that leave one association's ledger for another's (rule 38).

    {"format": "volunteer-ledger/crossing@v1", "settled": i, "checkpoint": "<note>",
     "entries": [as in proof.json], "hashes": [as in proof.json]}

Settling the export locks the credits where they were. This document shows the hold, its settlement,
and who had the right to say them, under a checkpoint that the other side trusts by its `trust.json`;
it is taken in once, because the importing ledger keeps the settlement's ref.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.json import Decoder

from certificates import proof
from certificates.officers import logged
from certificates.proof import Committed, Shown, ShownEntry, Source
from certificates.told import Told
from certificates.told import hold_true as _hold
from ledger import fields, kinds, statements
from ledger.accounts import transit
from ledger.errors import Rejected, Unverified
from ledger.fields import Form, Whole
from ledger.records import Hold, Key, Movement
from ledger.rows import TransferItem
from ledger.statements import Entry
from ledger.trust import Trust

FORMAT = "volunteer-ledger/crossing@v1"
MAX_SIZE = 4 * 1024 * 1024


class Crossing(Form, frozen=True, tag_field="format", tag=FORMAT):
    """What the document says. Nothing in it is checked yet but its form."""

    settled: Whole
    checkpoint: str
    entries: tuple[ShownEntry, ...]
    hashes: tuple[str, ...]

    def write(self) -> bytes:
        """Return the one encoding of the document."""
        return fields.write(self, lines=True)


@dataclass(frozen=True, slots=True)
class Arrived:
    """Credits that were locked elsewhere for us."""

    origin: str
    ref: str
    n: int
    amount: int
    receiver: str = ""  # whom it is meant for here, if they knew his number


_READER = Decoder(Crossing)
_WHAT = ("the document of an export", "转出凭证")


def make(source: Source, movement: Movement, committed: Committed) -> Crossing:
    """Return the document of a settled export; raises `Rejected` for any other movement."""
    ref, _, n = movement.hold.rpartition(":")
    hold = source.find(Hold, ref, int(n)) if movement.purpose == "export" else None
    if hold and movement.refunded:  # on the other side's word that it was not taken in
        raise Rejected(
            "transfer.purpose",
            en=f"{movement.entry}:{movement.n + 1} was undone: it has no document any more",
            zh=f"{movement.entry}:{movement.n + 1} 已撤销，不再有凭证",
        )
    if hold is None:
        raise Rejected(
            "transfer.purpose",
            en=f"{movement.entry}:{movement.n + 1} is no settled export",
            zh=f"{movement.entry}:{movement.n + 1} 不是已办结的转出",
        )
    row = _row_settling(source, movement.entry, (ref, int(n)))
    shown: Shown = {0: {0}, hold.entry: {hold.n}, movement.entry: {row}}
    proof.close(source, shown)
    entries, hashes = proof.show_all(source, shown, committed.size)
    return Crossing(movement.entry, committed.note.decode(), entries, hashes)


def check(data: bytes, trust: Trust, own: str) -> Arrived:
    """Return what was locked for the ledger `own`, or raise: proved by the log of the other side."""
    if len(data) > MAX_SIZE:
        raise Unverified("the document is above 4 MiB", "转出凭证超过 4 MiB")
    found = fields.read(_READER, data, _WHAT, exact=True, lines=True)
    checkpoint, _ = trust.check(found.checkpoint.encode())
    told, book = logged(found.entries, found.hashes, checkpoint)
    settled, n, settlement = _shown(told, "settle")
    held, m, hold = _shown(told, "hold")
    same = settled.index == found.settled and settlement.hold == (held.statement.ref, m)
    ours = hold.purpose == "export" and hold.debit == transit(own) and hold.unit == "credit"
    amount = settlement.amount or 0
    _hold(same, "the settlement is of another hold", "办结的不是所示的保留")
    _hold(ours, "the credits were not sent to this ledger", "这笔时间储蓄不是转给本账本的")
    _hold(0 < amount <= (hold.amount or 0), "more was settled than held", "办结数额超过保留数额")
    one, two = (book.find(Key, each.statement.head.by) for each in (held, settled))
    apart = one and two and one.person != two.person and one.role == "recorder"
    _hold(bool(apart), "one person held and settled", "保留与办结出自同一人")
    return Arrived(checkpoint.origin, settled.statement.ref, n, amount, hold.receiver or "")


def _shown(told: Iterable[Told], step: str) -> tuple[Told, int, TransferItem]:
    """Return the one shown statement of a step, with its one shown row."""
    found = [
        (each, n, item)
        for each in told
        if isinstance(each.statement.head, kinds.Transfer) and each.statement.head.step == step
        for n, item in each.items.items()
        if isinstance(item, TransferItem)
    ]
    if len(found) != 1:
        raise Unverified(f"it does not show one {step}", f"凭证没有恰好示出一笔 {step}")
    return found[0]


def _row_settling(source: Source, entry: int, hold: tuple[str, int]) -> int:
    head = Entry.parse(source.entry(entry)).statement.head
    for n, data in enumerate(source.items(entry)):
        item = statements.read_item(head, data)
        if isinstance(item, TransferItem) and item.hold == hold:
            return n
    raise AssertionError(f"entry {entry} does not settle {hold}")
