"""The status list: what is asked of it before it enters. Whether it is true, an audit computes."""

from ledger.book import Book
from ledger.kinds import Status
from ledger.records import Record
from ledger.rules.authority import LEDGER
from ledger.rules.lines import no
from ledger.times import later

MOST_DAYS = 366  # that a list may be relied on; a revocation made known after a year comes too late


def status(book: Book, head: Status, stamp: str) -> tuple[Record, ...]:
    """Take in a list of this very ledger as it stands; nothing follows from it."""
    if head.organisation != LEDGER:
        raise no("status.scope", "a status list is of the whole ledger", "效力清单须涵盖整个账本")
    if head.size != book.size:
        raise no(
            "status.moved",
            f"the list is of {head.size} entries, and there are {book.size}: draw it up again",
            f"清单只涵盖 {head.size} 条，账本已有 {book.size} 条：请重新生成",
        )
    check_span(stamp, head.next_update)
    return ()


def check_span(stamp: str, next_update: str) -> None:
    """Raise `Rejected` unless a list may be relied on for that long."""
    if not stamp < next_update <= later(stamp, days=MOST_DAYS):
        raise no(
            "status.span",
            f"the next list is due at {next_update}: not within {MOST_DAYS} days after {stamp}",
            f"下一份清单的时间 {next_update} 不在 {stamp} 之后的 {MOST_DAYS} 天以内",
        )
