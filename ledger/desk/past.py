"""The past: what everybody had come to at an entry or at the end of a day, replayed from entry 0.

Nothing that was stored is believed: figures follow from what was admitted up to there, by the rules of
then (rules 53 and 55).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger import admit, merkle
from ledger.auditing.evidence import Logged
from ledger.book import Book
from ledger.errors import LedgerError, Rejected
from ledger.records import Organisation
from ledger.statements import Entry
from ledger.times import day, day_of
from ledger.totals import Figures, Totals


@dataclass(frozen=True, slots=True)
class Point:
    """A ledger as it was: so many entries, the last stamp, the root, and figures by number."""

    size: int
    stamp: str
    root: bytes
    organisation: str
    figures: Mapping[str, Figures]
    refused: int  # entries that the rules do not admit: `audit` names them


def replay(log: Iterable[Logged], until: str, organisation: str = "", volunteer: str = "") -> Point:
    """Replay up to an entry (its index, as text) or to the end of a day, or raise `Rejected`.

    Figures are those of an organisation and of all below it; without one, of the whole ledger. With a
    volunteer's number they are his alone.
    """
    entry, last = _until(until)
    book, totals, frontier, refused = Book(), Totals(), merkle.Frontier(), 0
    for index, data, items in log:
        if index > entry or (last and day_of(Entry.parse(data).stamp) > last):
            break
        frontier.append(merkle.leaf_hash(data))
        try:
            heard = admit.hear(book, data, items)
            effects = admit.admit(book, heard)
        except LedgerError:
            refused += 1
            book.advance(book.stamp)
            continue
        admit.apply(book, heard, effects)
        totals.take(book, effects, heard.stamp)
    if entry != float("inf") and book.size <= entry:
        raise Rejected(
            "entry.unknown",
            en=f"there is no entry {until}: the ledger has {book.size}",
            zh=f"没有第 {until} 条：账本共 {book.size} 条",
        )
    code = organisation or _root(book)
    if not code or book.find(Organisation, code) is None:
        raise Rejected(
            "past.none",
            en=f"there was no {organisation or 'organisation'} yet at {until}",
            zh=f"截至 {until}，尚无{f'组织 {organisation}' if organisation else '任何组织'}",
        )
    figures = totals.closed(code, day_of(book.stamp))
    if volunteer:
        figures = {volunteer: _of(figures, volunteer, code, until)}
    return Point(book.size, book.stamp, frontier.root(), code, figures, refused)


def check_over(until: str, now: str) -> None:
    """Raise `Rejected` for a day that has not come: what is said of it today would not stay so."""
    _, last = _until(until)
    if last > day_of(now):
        raise Rejected(
            "past.future",
            en=f"{until} has not come yet; today is {day_of(now)}",
            zh=f"{until} 尚未到来；今天是 {day_of(now)}",
        )


def _of(figures: Mapping[str, Figures], number: str, code: str, until: str) -> Figures:
    if number not in figures:
        raise Rejected(
            "past.nobody",
            en=f"{number} did not belong to {code} at {until}, or is no volunteer's number",
            zh=f"截至 {until}，{number} 不属于 {code}，或没有这个编号",
        )
    return figures[number]


def _until(text: str) -> tuple[float, str]:
    """Read a point in a log: an index, or a day."""
    if text.isascii() and text.isdigit():
        return int(text), ""
    day(text)
    return float("inf"), text


def _root(book: Book) -> str:
    return next((one.code for one in book.all(Organisation) if not one.parent), "")
