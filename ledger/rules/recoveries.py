"""Recoveries: the log goes on after a lost tail, by the word of the recovery key alone.

A key that signed a checkpoint which this log is no longer true to must never sign again: two heads of
one key that cannot both be true are fraud, whatever anybody says. So a tail is lost together with the
key that signed it: the statement names the new one, and binds itself to what is kept, by size and root,
so that it can be put under no other history.
"""

from ledger.book import Book
from ledger.kinds import Recovery
from ledger.note import Verifier
from ledger.records import NOBODY, Key, Record
from ledger.rules.authority import LEDGER
from ledger.rules.heard import Heard
from ledger.rules.lines import no
from ledger.rules.offices import check_new, succession, verifier
from ledger.rules.signed import check_signed


def recovery(book: Book, head: Recovery, heard: Heard) -> tuple[Record, ...]:
    """Let the log go on from here; raises unless every lost checkpoint's key signs no more."""
    if head.organisation != LEDGER:
        raise no("not_authorised", "a recovery is said for the ledger", "恢复须以整个账本（*）名义")
    if head.size != book.size:
        raise no(
            "recovery.moved",
            f"the recovery is of a ledger of {head.size} entries, and this one has {book.size}:"
            " make it anew",
            f"该恢复文书针对 {head.size} 条的账本，而本账本有 {book.size} 条，请重新制作",
        )
    order = [(one.size, one.root) for one in head.lost]
    if order != sorted(set(order)):
        raise no("recovery.order", "lost checkpoints rise by size", "丢失的检查点应按大小递增")
    for one in head.lost:
        _check_lost(book, one, renewed=head.log is not None)
    if head.log is None:
        return ()
    return succession(book, check_new(book, head.log, "log"), heard.ref)


def _check_lost(book: Book, lost: Recovery.Lost, *, renewed: bool) -> None:
    """Raise unless a lost checkpoint is this log's, by a key that is retired or is being so."""
    if lost.log is None or lost.signature is None:
        if lost.log or lost.signature:
            raise no("recovery.signature", "a signature needs its key", "签名与其密钥须同时写明")
        retired = False  # nobody knows by which key: it was the one in force
    else:
        key = verifier(lost.log)
        check_signed(key, lost.size, lost.root, lost.signature)
        retired = _log_key(book, key).until != NOBODY
    if not (renewed or retired):
        raise no(
            "recovery.key",
            f"a checkpoint of size {lost.size} is lost, and its key would sign again: name a new log key",
            f"大小为 {lost.size} 的检查点已丢失，签署它的密钥不得再用：须启用新的日志密钥",
        )


def _log_key(book: Book, key: Verifier) -> Key:
    found = book.find(Key, key.by)
    if found is None or found.role != "log" or found.vkey != str(key):
        raise no(
            "recovery.foreign", f"{key.by} is no key of this log", f"{key.by} 不是本账本的日志密钥"
        )
    return found
