"""Anchors: a checkpoint of another log, said in this one, so that the other hangs on it.

It is taken as said and signed. Two that cannot both be true are not refused: an append-only log is the
best place to keep the evidence, and the audit names it.
"""

from ledger.book import Book
from ledger.kinds import Anchor
from ledger.records import Record
from ledger.rules.authority import LEDGER
from ledger.rules.lines import no
from ledger.rules.offices import verifier
from ledger.rules.signed import check_signed


def anchor(book: Book, head: Anchor) -> tuple[Record, ...]:
    """Hold that a checkpoint is another log's, signed by the key beside it; nothing follows."""
    key = verifier(head.log)
    if key.name == book.origin:
        raise no("anchor.own", "a log is no anchor for itself", "账本不能以自身为锚")
    if head.organisation != LEDGER:
        raise no("not_authorised", "an anchor is said for the ledger", "锚定须以整个账本（*）名义")
    check_signed(key, head.size, head.root, head.signature)
    return ()
