"""Samples: what is asked of a spot check before it enters. Whether its root is true, an audit computes."""

from ledger.book import Book
from ledger.kinds import Sample
from ledger.records import Record
from ledger.rows import CheckItem
from ledger.rules.heard import Heard
from ledger.rules.lines import check_below, find_line, no


def sample(book: Book, head: Sample) -> tuple[Record, ...]:
    """Take in a sample of this very ledger as it stands; nothing follows from it.

    All that it may be drawn from was said before: nobody can mend a line once the seed is known.
    """
    if head.size != book.size:
        raise no(
            "sample.moved",
            f"the sample is of {head.size} entries, and there are {book.size}: draw it again",
            f"抽查针对 {head.size} 条，账本已有 {book.size} 条：请重新抽取",
        )
    return ()


def check(book: Book, heard: Heard) -> tuple[Record, ...]:
    """Take in results about lines that there are; nothing follows from them but that they were said."""
    for n, item in enumerate(heard.items):
        assert isinstance(item, CheckItem)
        _, sheet = find_line(book, item.line, n)
        check_below(book, sheet, heard.statement.head, n)
    return ()
