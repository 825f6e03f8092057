"""Totals: what everybody has come to, now and at the end of each of the last days.

Folded from what follows from entries, one after the other, and never from what anybody says about
it. Minutes are kept by the organisation that recorded them, since a closing adds up those of one
and of all below it, as they hang together on that day; star, points and credits are a person's own,
in the whole ledger. Somebody belongs to an organisation who is or was a member there, or has served
there: whoever leaves, or is erased, keeps his row, or it could not be told that nobody is missing.

Only what changed is kept of a day, and no day longer than a closing may come later, so this does not
grow with the ledger. A ledger that nobody closes pays nearly nothing: statements whose lines came to
stand wait until somebody asks, because what a line did can be told from it at any time.
Workers who divide an audit by persons each fold their own: `owns` tells whose.
"""

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from ledger.accounts import donations, owner
from ledger.book import Book
from ledger.records import NOBODY, Account, Line, Membership, Organisation, Record, Sheet, Star
from ledger.rows import ClosingItem
from ledger.rules.awards import HELD
from ledger.rules.closings import MOST_DAYS, end_of
from ledger.times import day_of, later

T = TypeVar("T")
Minutes = tuple[int, int, int, int]  # by class: A, B, C, L
Served = Mapping[
    str, Minutes
]  # by organisation; one a person belongs to has a key, if only of zeros
CLASSES = "ABCL"
_NONE: Minutes = (0, 0, 0, 0)
_NOWHERE: Served = {}


class Figures(NamedTuple):
    """One row of a closing."""

    by_class: Minutes
    star: int
    points: int
    credits: int
    donations: int


def figures_of(item: ClosingItem) -> Figures:
    """Return what a row says."""
    said = item.by_class
    minutes = (said.A, said.B, said.C, said.L)
    return Figures(minutes, item.star, item.points, item.credits, item.donations)


class Past(Generic[T]):
    """Values of many subjects, as they are now and as they were at the end of days gone by."""

    def __init__(self) -> None:
        self._known: dict[str, list[tuple[str, T]]] = {}

    def now(self, subject: str, default: T) -> T:
        """Return the newest value of a subject, or the default if it has none."""
        found = self._known.get(subject)
        return found[-1][1] if found else default

    def at(self, subject: str, day: str, default: T) -> T:
        """Return the value of a subject at the end of a day, or the default if it had none."""
        found = self._known.get(subject, ())
        place = bisect_right(found, day, key=lambda pair: pair[0])
        return found[place - 1][1] if place else default

    def set(self, subject: str, value: T, day: str) -> None:
        """Give a subject a value on a day that is none before the last; forget what is too old."""
        found = self._known.get(subject)
        if found is None:
            self._known[subject] = [(day, value)]
        elif found[-1][0] == day:
            found[-1] = (day, value)
        else:
            found.append((day, value))
            if len(found) > 2:  # noqa: PLR2004 - one to fall back on, and the newest
                keep = bisect_right(found, _oldest(day), key=lambda pair: pair[0]) - 1
                del found[: max(keep, 0)]

    def subjects(self) -> Iterator[str]:
        """Iterate over all that ever had a value."""
        return iter(self._known)


@lru_cache(maxsize=64)
def _oldest(day: str) -> str:
    """Return the first day that a closing of a day, or of a later one, may still speak of."""
    return day_of(later(end_of(day), days=-MOST_DAYS - 1))


class Totals:
    """What everybody has come to as a ledger grows."""

    def __init__(self, owns: Callable[[str], bool] = lambda _: True) -> None:
        self._owns = owns
        self._served = _Served(owns)
        self._stars: Past[tuple[int, ...]] = Past()  # the levels held
        self._purses: dict[str, Past[int]] = {name: Past() for name in Figures._fields[2:]}
        self._parents: Past[str] = Past()
        self._tree: tuple[str, dict[str, list[str]]] = ("", {})  # who hangs below whom, of one day
        self._sizes: Past[int] = Past()  # of the log, at the end of days
        self._day = ""

    def take(self, book: Book, records: Iterable[Record], stamp: str) -> None:
        """Take in what followed from the entry that the book took in last, or from none."""
        entry, day = book.size - 1, day_of(stamp)
        if day != self._day:  # refused entries count, too, though nothing follows from them
            self._sizes.set("", entry, self._day)
            self._day = day
        for record in records:
            match record:
                case Line() if entry in (record.confirmation, record.voided):
                    self._served.wait(book, record, day, entry)
                case Sheet(confirmation=stood) if stood == entry:
                    self._served.wait(book, record, day, entry)
                case Membership():
                    self._served.wait(book, record, day, entry)
                case Account() | Star() | Organisation():
                    self._take(record)
                case _:
                    pass

    def size_at(self, day: str) -> int:
        """Return how many entries had been stamped by the end of a day before the newest one's."""
        return self._sizes.at("", day, 0)

    def closed(self, organisation: str, day: str) -> dict[str, Figures]:
        """Return what everybody of an organisation had come to by the end of a day, by number."""
        served = self._served.at(day, self._below(organisation, day))
        return {number: self._figures(number, served[number], day) for number in sorted(served)}

    def organisations(self, day: str) -> tuple[str, ...]:
        """Return the organisations that there were by the end of a day, by code."""
        known = sorted(self._parents.subjects())
        return tuple(code for code in known if self._parents.at(code, day, "-") != "-")

    def _below(self, organisation: str, day: str) -> dict[str, None]:
        """Return an organisation and those below it at the end of a day."""
        if self._tree[0] != day:  # at a month's end, thousands of teams are closed as of one day
            below: dict[str, list[str]] = defaultdict(list)
            for code in self.organisations(day):
                below[self._parents.at(code, day, "")].append(code)
            self._tree = day, below
        found, waiting = {organisation: None}, [organisation]
        while waiting:
            more = self._tree[1].get(waiting.pop(), [])
            found |= dict.fromkeys(more)
            waiting += more
        return found

    def _figures(self, number: str, by_class: Minutes, day: str) -> Figures:
        star = max(self._stars.at(number, day, ()), default=0)
        return Figures(by_class, star, *(one.at(number, day, 0) for one in self._purses.values()))

    def _take(self, record: Account | Star | Organisation) -> None:
        """Take in what needs no adding up: the record says what is there now."""
        match record:
            case Organisation():
                self._parents.set(record.code, record.parent, self._day)
                self._tree = ("", {})
            case Star(volunteer=number) if self._owns(number):
                others = (one for one in self._stars.now(number, ()) if one != record.level)
                held = (record.level,) if record.state in HELD else ()
                self._stars.set(number, (*others, *held), self._day)
            case Account() if (number := owner(record.account)) and self._owns(number):
                given = record.account == donations(number)
                purse = "points" if record.unit == "point" else "donations" if given else "credits"
                self._purses[purse].set(number, record.balance, self._day)
            case _:
                pass


class _Served:
    """Who belongs where, and the minutes that stand; added up when somebody asks."""

    def __init__(self, owns: Callable[[str], bool]) -> None:
        self._owns = owns
        self._minutes: Past[Served] = Past()
        self._here: dict[str, dict[str, None]] = defaultdict(dict)  # who ever belonged where
        self._waiting: deque[tuple[Book, Line | Sheet | Membership, str, int]] = deque()

    def wait(self, book: Book, record: Line | Sheet | Membership, day: str, entry: int) -> None:
        """Keep in mind that an entry changed what a record brings."""
        self._waiting.append((book, record, day, entry))

    def at(self, day: str, codes: Mapping[str, None]) -> dict[str, Minutes]:
        """Return the minutes of all who belonged to one of some organisations by the end of a day."""
        while self._waiting:
            self._add_up(*self._waiting.popleft())
        found = {}
        for number in dict.fromkeys(
            number for code in codes for number in self._here.get(code, ())
        ):
            served = self._minutes.at(number, day, _NOWHERE)
            parts = [minutes for code, minutes in served.items() if code in codes]
            if parts:
                by_class: Minutes = tuple(map(sum, zip(*parts, strict=True)))  # type: ignore[assignment]
                found[number] = by_class
        return found

    def _add_up(self, book: Book, record: Line | Sheet | Membership, day: str, entry: int) -> None:
        match record:
            case Membership():
                self._count(record.volunteer, record.organisation, day, 0, 0)
            case Line():
                sheet = book.find(Sheet, record.sheet)
                assert sheet  # no line was admitted without it
                sign = -1 if record.voided == entry else 1
                self._line(record, sheet.organisation, day, sign)
            case Sheet():  # pragma: no branch (the union is closed)
                for line in book.lines_of(record):
                    # One that is void by now stood with its statement, unless it came to stand later.
                    if line.confirmation == NOBODY and line.state in ("", "void"):
                        self._line(line, record.organisation, day, 1)

    def _line(self, line: Line, code: str, day: str, sign: int) -> None:
        self._count(line.volunteer, code, day, CLASSES.index(line.class_), sign * line.minutes)

    def _count(self, number: str, code: str, day: str, class_: int, minutes: int) -> None:
        if not self._owns(number):
            return
        served = self._minutes.now(number, _NOWHERE)
        before = served.get(code)
        if before is None:
            self._here[code][number] = None
            before = _NONE
        sums = (*before[:class_], before[class_] + minutes, *before[class_ + 1 :])
        self._minutes.set(number, {**served, code: sums}, day)  # type: ignore[dict-item]
