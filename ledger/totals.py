"""Totals: what everybody has come to, now and at the end of each of the last days.

Folded from what follows from entries, one after the other, and never from what anybody says about
it. Minutes are kept by the organisation that recorded them, since a closing adds up those of one
and of all below it, as they hang together on that day; star, points and credits are a person's own,
in the whole ledger. Somebody belongs to an organisation who is or was a member there, or has served
there: whoever leaves, or is erased, keeps his row, or it could not be told that nobody is missing.

Only what changed is kept of a day, and no day longer than a closing may come later, so this does not
grow with the ledger. Workers who divide an audit by persons each fold their own: `owns` tells whose.
"""

from bisect import bisect_right
from collections import defaultdict
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
CLASSES = "ABCL"
_NONE: Minutes = (0, 0, 0, 0)


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


class Person(NamedTuple):
    """What one person has come to; `minutes` has a key for each organisation he belongs to."""

    minutes: Mapping[str, Minutes] = {}
    stars: tuple[int, ...] = ()
    points: int = 0
    credits: int = 0
    donations: int = 0

    def within(self, codes: Mapping[str, object]) -> Figures | None:
        """Return the figures of organisations taken together; None if he belongs to none of them."""
        parts = [found for code, found in self.minutes.items() if code in codes]
        if not parts:
            return None
        by_class: Minutes = tuple(map(sum, zip(*parts, strict=True)))  # type: ignore[assignment]
        return Figures(
            by_class, max(self.stars, default=0), self.points, self.credits, self.donations
        )


class Past(Generic[T]):
    """Values of many subjects, as they are now and as they were at the end of days gone by."""

    def __init__(self) -> None:
        self._known: dict[str, list[tuple[str, T]]] = {}

    def __getitem__(self, subject: str) -> T | None:
        """Return the newest value of a subject, None if it has none."""
        found = self._known.get(subject)
        return found[-1][1] if found else None

    def set(self, subject: str, value: T, day: str) -> None:
        """Give a subject a value on a day that is none before the last; forget what is too old."""
        found = self._known.setdefault(subject, [])
        if found and found[-1][0] == day:
            found[-1] = (day, value)
            return
        found.append((day, value))
        if len(found) > 2:  # noqa: PLR2004 - one to fall back on, and the newest
            oldest = _oldest(day)
            keep = bisect_right(found, oldest, key=lambda pair: pair[0]) - 1
            del found[: max(keep, 0)]

    def at(self, subject: str, day: str) -> T | None:
        """Return the value of a subject at the end of a day; None if it had none."""
        found = self._known.get(subject, [])
        place = bisect_right(found, day, key=lambda pair: pair[0])
        return found[place - 1][1] if place else None

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
        self._people: Past[Person] = Past()
        self._parents: Past[str] = Past()
        self._here: dict[str, dict[str, None]] = defaultdict(dict)  # who ever belonged where
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
                    sheet = book.find(Sheet, record.sheet)
                    assert sheet  # no line was admitted without it
                    self._count(sheet, record, 1 if record.voided != entry else -1)
                case Sheet(confirmation=first) if first == entry:
                    self._stand(book, record)
                case Organisation():
                    self._parents.set(record.code, record.parent, day)
                case Membership() | Account() | Star():
                    self._take(record)
                case _:
                    pass

    def size_at(self, day: str) -> int:
        """Return how many entries had been stamped by the end of a day before the newest one's."""
        return self._sizes.at("", day) or 0

    def closed(self, organisation: str, day: str) -> dict[str, Figures]:
        """Return what everybody of an organisation had come to by the end of a day, by number."""
        codes = self._below(organisation, day)
        people = dict.fromkeys(number for code in codes for number in self._here.get(code, ()))
        found = {}
        for number in sorted(people):
            person = self._people.at(number, day)
            figures = person and person.within(codes)
            if figures:
                found[number] = figures
        return found

    def organisations(self, day: str) -> tuple[str, ...]:
        """Return the organisations that there were by the end of a day, by code."""
        return tuple(
            sorted(
                code for code in self._parents.subjects() if self._parents.at(code, day) is not None
            )
        )

    def _below(self, organisation: str, day: str) -> dict[str, None]:
        """Return an organisation and those below it at the end of a day."""
        below: dict[str, list[str]] = defaultdict(list)
        for code in self.organisations(day):
            below[self._parents.at(code, day) or ""].append(code)
        found, waiting = {organisation: None}, [organisation]
        while waiting:
            more = below[waiting.pop()]
            found |= dict.fromkeys(more)
            waiting += more
        return found

    # --- one person ------------------------------------------------------------------------------

    def _stand(self, book: Book, sheet: Sheet) -> None:
        """Count the lines that stand as their statement does: those that nothing sets apart."""
        for line in book.lines_of(sheet):
            if not line.state and line.confirmation == NOBODY:
                self._count(sheet, line, 1)

    def _count(self, sheet: Sheet, line: Line, sign: int) -> None:
        """Count a line that came to stand, or stands no more."""
        if not self._owns(line.volunteer):
            return
        code, person = sheet.organisation, self._people[line.volunteer] or Person()
        sums = list(person.minutes.get(code, _NONE))
        sums[CLASSES.index(line.class_)] += sign * line.minutes
        self._put(line.volunteer, person, code, (sums[0], sums[1], sums[2], sums[3]))

    def _take(self, record: Membership | Account | Star) -> None:
        """Take in what a person has beside his lines, and where he belongs."""
        number = owner(record.account) if isinstance(record, Account) else record.volunteer
        if not number or not self._owns(number):
            return
        person = self._people[number] or Person()
        match record:
            case Membership(organisation=code):
                self._put(number, person, code, person.minutes.get(code, _NONE))
                return
            case Star(level=level, state=state):
                others = tuple(one for one in person.stars if one != level)
                held = (level,) if state in HELD else ()
                person = person._replace(stars=(*others, *held))
            case Account(unit="point", balance=balance):
                person = person._replace(points=balance)
            case Account(account=account, balance=balance) if account == donations(number):
                person = person._replace(donations=balance)
            case Account(balance=balance):
                person = person._replace(credits=balance)
        self._people.set(number, person, self._day)

    def _put(self, number: str, person: Person, code: str, minutes: Minutes) -> None:
        self._here[code][number] = None
        new = person._replace(minutes={**person.minutes, code: minutes})
        self._people.set(number, new, self._day)
