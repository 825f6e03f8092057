"""Projections: the rows that a database keeps for its screens, held against those that follow."""

from itertools import islice

from ledger.auditing.evidence import Kept
from ledger.auditing.findings import Report
from ledger.book import Book
from ledger.places import chinese, difference, named
from ledger.records import RECORDS, Record, key_of

_MOST = 20  # findings of one table; after so many the table is plainly not ours


def compare(report: Report, book: Book, kept: Kept) -> None:
    """Hold every stored row against the book."""
    for stray in kept.strays():
        en = f"{stray} belongs to no entry, or the row before it is missing"
        report.find("row.stray", stray, en, f"{stray} 不属于任何条目，或前一行缺失")
    for kind in RECORDS:
        for record, en, zh in _differences(kind, book, kept):
            place = f"{kind.__name__.lower()} {named(record)}"
            report.find("projection", place, f"{place} {en}", f"{chinese(place)}：{zh}")


def _differences(kind: type[Record], book: Book, kept: Kept) -> list[tuple[Record, str, str]]:
    rest = book.rest(kind)
    bad: list[tuple[Record, str, str]] = []
    for row in kept.records(kind):
        due = rest.pop(key_of(row), None)
        if due is None:
            bad.append((row, "follows from no entry", "没有任何条目能得出这一行"))
        elif due != row:
            bad.append((due, *difference(due, row)))
        if len(bad) >= _MOST:
            return bad
    return bad + [(due, "is missing", "缺失") for due in islice(rest.values(), _MOST)]
