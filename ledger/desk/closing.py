"""Closing an organisation's accounts: what everybody has come to, drawn up and signed.

The figures are folded from a replay of the ledger, as an audit folds them, and not from its
projections: what is signed here must hold against the entries alone.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ledger import admit, kinds, statements
from ledger.book import Book
from ledger.desk.closed import closings, month_end, root
from ledger.desk.letters import Letter, Pen
from ledger.desk.office import CHUNK, Office
from ledger.errors import Rejected
from ledger.rules.closings import MOST_DAYS, end_of
from ledger.statements import Entry
from ledger.store.reading import Reader, Stored
from ledger.times import day_of, later
from ledger.totals import CLASSES, Figures, Totals

Watch = Callable[[Iterable[Stored], int], Iterable[Stored]]


@dataclass(frozen=True, slots=True)
class Cut:
    """As of when accounts are closed: an instant, and how many entries had been stamped by then."""

    as_of: str
    size: int


@dataclass(frozen=True, slots=True)
class Made:
    """An organisation's accounts, closed: the entries that say it, and how many rows they have."""

    organisation: str
    cut: Cut
    rows: int
    entries: tuple[int, ...]  # none where letters were laid in the outbox


def of_month(view: Reader, month: str, now: str) -> Cut:
    """Return the end of a month that is over, or raise `Rejected`."""
    as_of = month_end(month)
    if not later(now, days=-MOST_DAYS) <= as_of < now:
        raise Rejected(
            "closing.time",
            en=f"{month} is not over yet, or longer ago than {MOST_DAYS} days: close a later month, or"
            " leave out --month to close as of now",
            zh=f"{month} 尚未结束，或已过去 {MOST_DAYS} 天以上：请结账较近的月份，或不写 --month，结账至今",
        )
    return Cut(as_of, _stamped_by(view, as_of))


def of_entry(view: Reader, index: int, now: str) -> Cut:
    """Return the time after an entry: the newest one, or the last of a day that is over."""
    size = view.size()
    found, following = view.entry(index), view.entry(index + 1)
    if found is None:
        raise Rejected("entry.unknown", en=f"there is no entry {index}", zh=f"没有第 {index} 条")
    if following is None:
        return Cut(_stamp(found), size)
    as_of = end_of(day_of(_stamp(found)))
    if _stamp(following) <= as_of or as_of >= now:
        last = _stamped_by(view, as_of) - 1
        raise Rejected(
            "closing.time",
            en=f"entry {index} is not the last one of its day, which is {last}: accounts are closed as of"
            " the end of a day, or as of now",
            zh=f"第 {index} 条不是当日最后一条（应为第 {last} 条）：结账须截至某日结束，或截至现在",
        )
    return Cut(as_of, index + 1)


def at_once(view: Reader) -> Cut:
    """Return the time after the newest entry."""
    return Cut(view.last_stamp(), view.size())


def make(
    office: Office,
    organisations: Sequence[str],
    cut_of: Callable[[Reader], Cut],
    *,
    again: bool = False,
    watch: Watch = lambda entries, _: entries,
) -> tuple[Made, ...]:
    """Close accounts of organisations at one time; without any named, of the whole association.

    All are closed, or none. One that was closed at that time is not closed `again` unseen.
    """
    return office.made_anew(lambda: _make(office, organisations, cut_of, again, watch))


def _make(
    office: Office,
    organisations: Sequence[str],
    cut_of: Callable[[Reader], Cut],
    again: bool,  # noqa: FBT001 - as `make` was asked
    watch: Watch,
) -> tuple[Made, ...]:
    with office.store.reading() as view:
        cut = cut_of(view)
        codes = organisations or [root(view)]
        if not again:
            _check_new(view, codes, cut)
        totals = replayed(watch(view.entries(), view.size()))
    letters, rows = list[Letter](), list[tuple[str, int, int]]()
    for code in codes:
        people = totals.closed(code, day_of(cut.as_of))
        if not people:
            raise Rejected(
                "closing.empty",
                en=f"nobody belonged to {code} by {cut.as_of}: there is nothing to close",
                zh=f"截至 {cut.as_of}，{code} 没有任何志愿者，无可结账",
            )
        said = _written(office.pens("operator", code), code, cut, people)
        letters += said
        rows.append((code, len(people), len(said)))
    indices = iter([receipt.index for receipt in office.send_all(letters)])
    return tuple(
        Made(code, cut, count, tuple(islice(indices, parts))) for code, count, parts in rows
    )


def replayed(entries: Iterable[Stored]) -> Totals:
    """Return what everybody has come to by the entries of a ledger; raises where one is not ours."""
    book, totals = Book(), Totals()
    for stored in entries:
        heard = admit.hear(book, stored.entry, stored.items)
        effects = admit.admit(book, heard)
        admit.apply(book, heard, effects)
        totals.take(book, effects, heard.stamp)
    return totals


def _written(pen: Pen, code: str, cut: Cut, people: Mapping[str, Figures]) -> list[Letter]:
    """Write a closing, in as many parts as it takes, each naming the one before."""
    rows, found = iter(people.items()), list[Letter]()
    for first in range(0, len(people), CHUNK):
        found.append(
            pen.write(
                kinds.Closing,
                code,
                [_row(number, figures) for number, figures in islice(rows, CHUNK)],
                as_of=cut.as_of,
                size=cut.size,
                total=len(people),
                first=first,
                previous=statements.ref(found[-1].text) if found else None,
            )
        )
    return found


def _row(number: str, figures: Figures) -> dict[str, object]:
    by_class = dict(zip(CLASSES, figures.by_class, strict=True))
    return {"volunteer": number, **figures._asdict(), "by_class": by_class}


def _check_new(view: Reader, codes: Sequence[str], cut: Cut) -> None:
    for code in codes:
        for one in closings(view, code):
            if (one.first.as_of, one.first.size) == (cut.as_of, cut.size):
                raise Rejected(
                    "closing.already",
                    en=f"{code} was closed as of {cut.as_of} by entry {one.first.entry}; --again does so"
                    " once more",
                    zh=f"{code} 已由第 {one.first.entry} 条结账至 {cut.as_of}；如须重新结账请加 --again",
                )


def _stamped_by(view: Reader, as_of: str) -> int:
    """Return how many entries were stamped by an instant: stamps never fall, so they are halved."""
    return bisect_right(range(view.size()), as_of, key=lambda index: _stamp_at(view, index))


def _stamp_at(view: Reader, index: int) -> str:
    found = view.entry(index)
    assert found  # within the log
    return _stamp(found)


def _stamp(stored: Stored) -> str:
    return Entry.parse(stored.entry).stamp
