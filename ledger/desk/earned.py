"""Earned: what each of a person's lines brought, when it was confirmed and when it was voided.

What lines earn is in no row: it is computed, here as in `admit`, from the lines alone. A line turns
twice at most: it stands from the entry that confirmed it, and no more from the entry that voided it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import islice, starmap

from msgspec import Struct

from ledger import accounts
from ledger.accounts import Unit
from ledger.book import Book
from ledger.desk.office import book_of
from ledger.earning import PointSums, Served, credits_for
from ledger.incentives import Points
from ledger.records import NOBODY, Activity, Adoption, Line, Sheet, Spoken, Volunteer
from ledger.rulesets import Ruleset, in_force
from ledger.store.reading import Reader
from ledger.times import day_of
from ledger.wants import Wants

_TOGETHER = 200  # people read at a time


class Kept(Struct, frozen=True, gc=False):
    """A line with what its statement and its activity say of it."""

    line: Line
    entry: int  # of the statement
    recorded: str  # the statement's state
    confirmation: int  # the statement's
    activity: str
    title: str
    category: str

    @property
    def state(self) -> str:
        """Return the line's state: its own, or else its statement's."""
        return self.line.state or self.recorded

    @property
    def stood(self) -> int:
        """Return the entry that let the line stand, `NOBODY` while none has."""
        own = self.line.confirmation
        return own if own != NOBODY else self.confirmation

    @property
    def place(self) -> str:
        """Return the line as people write it: `ENTRY:ROW`."""
        return f"{self.entry}:{self.line.n + 1}"


_LINKS = (
    (Sheet, "sheet", ("entry", "state", "confirmation")),
    (Activity, "activity", ("code", "name", "category")),
)


class Turn(Struct, frozen=True, gc=False):
    """A line begins to stand, or stands no more."""

    kept: Kept
    standing: bool
    entry: int
    stamp: str


class Cut(Struct, frozen=True, gc=False):
    """A cap that let less through: which (`activity`, `day`, `year`), and how much it lets through."""

    cap: str
    most: int


class Gain(Struct, frozen=True, gc=False):
    """What a turn brought on one account: 0 if rules gave nothing, less if a line was voided."""

    turn: Turn
    served: Served
    account: str
    unit: Unit
    amount: int
    before: int = 0  # credits: the minutes that were there before
    cuts: tuple[Cut, ...] = ()

    @property
    def day(self) -> str:
        """Return the day it counts for: that of the service."""
        return self.served.day


class Career(Struct, frozen=True, gc=False):
    """All lines of a person, by time, and what they brought, in the order of the log."""

    number: str
    lines: tuple[Kept, ...]
    gains: tuple[Gain, ...]
    rules: Book  # the rulesets it was judged by

    def brought(self) -> Counter[tuple[str, int, str]]:
        """Return what each line has brought so far in each unit: (statement, n, unit) → amount."""
        found: Counter[tuple[str, int, str]] = Counter()
        for gain in self.gains:
            line = gain.turn.kept.line
            found[line.sheet, line.n, gain.unit] += gain.amount
        return found


def career(view: Reader, number: str) -> Career:
    """Return what a person has done, and what it brought."""
    (found,) = careers(view, [number])
    return found


def everybody(view: Reader) -> Iterator[Career]:
    """Iterate over everybody's careers by number; few are in memory at a time."""
    numbers = (volunteer.number for volunteer in view.all(Volunteer))
    book = book_of(view, Wants())
    while some := list(islice(numbers, _TOGETHER)):
        yield from careers(view, some, book)


def careers(view: Reader, numbers: Collection[str], book: Book | None = None) -> list[Career]:
    """Return the careers of these people, in their order; `book` holds the rulesets, once read."""
    book = book or book_of(view, Wants())
    kept: dict[str, list[Kept]] = {number: [] for number in numbers}
    for one in _kept(view, numbers):
        kept[one.line.volunteer].append(one)
    stamps = _stamps(view, (one for lines in kept.values() for one in lines))
    return [
        Career(number, tuple(lines), tuple(_gains(book, number, _turns(lines, stamps))), book)
        for number, lines in kept.items()
    ]


# --- lines, and when they turned ----------------------------------------------------------------


def _kept(view: Reader, numbers: Collection[str]) -> list[Kept]:
    found = view.joined(Line, _LINKS, "volunteer", [(number,) for number in numbers])
    return sorted(starmap(Kept, found), key=lambda one: (one.line.start, one.entry, one.line.n))


def _stamps(view: Reader, lines: Iterable[Kept]) -> dict[int, str]:
    entries = {entry for one in lines for entry, _ in _entries(one)}
    found = view.picked(Spoken, ("entry", "stamp"), "entry", [(one,) for one in entries])
    return {row[0]: row[1] for row in found}


def _entries(kept: Kept) -> tuple[tuple[int, bool], ...]:
    """Return the entries at which a line turned, each with whether it stands from then on."""
    voided = kept.line.voided
    if voided != NOBODY:
        return (kept.stood, True), (voided, False)
    return ((kept.stood, True),) if kept.state == "confirmed" else ()


def _turns(lines: Iterable[Kept], stamps: dict[int, str]) -> list[Turn]:
    turns = [
        Turn(one, standing, entry, stamps[entry])
        for one in lines
        for entry, standing in _entries(one)
    ]
    return sorted(turns, key=lambda one: (one.entry, one.kept.entry, one.kept.line.n))


# --- what they brought --------------------------------------------------------------------------


def _gains(book: Book, number: str, turns: Iterable[Turn]) -> Iterator[Gain]:
    sums, minutes = PointSums(), {"volunteer": 0, "donations": 0}
    purses = {"volunteer": accounts.volunteer(number), "donations": accounts.donations(number)}
    for turn in turns:
        served = _served(book, turn.kept)
        rules = served.rules
        if rules.points:
            if book.caps:
                amount, cuts = _points(sums, served, rules.points, standing=turn.standing)
            else:  # lines do not depend on each other
                amount, cuts = served.points if turn.standing else -served.points, ()
            yield Gain(turn, served, purses["volunteer"], "point", amount, cuts=cuts)
        if rules.credits:
            purse = served.purse
            before = minutes[purse or "volunteer"]
            change = 0
            if purse:
                more = served.minutes if turn.standing else -served.minutes
                change = credits_for(before, more)
                minutes[purse] = before + more
            yield Gain(turn, served, purses[purse or "volunteer"], "credit", change, before)


def judged_by(book: Book, kept: Kept) -> tuple[int, Ruleset]:
    """Return the ruleset a line is judged by: in force on its day, and adopted before it stood."""
    day, stood = day_of(kept.line.start), kept.stood
    found = book.adopted_on(day)
    if found[0] < stood:  # always, unless a notice takes no days
        return found
    earlier = {one.entry: (one.since, book.adopted(one.entry)) for one in book.all(Adoption)
               if one.entry < stood}  # fmt: skip
    entry = in_force(earlier, day)
    return entry, book.adopted(entry)


def _served(book: Book, kept: Kept) -> Served:
    line = kept.line
    adoption, rules = judged_by(book, kept)
    return Served(
        line.start, kept.activity, kept.category, line.minutes, line.class_, adoption, rules
    )


def _points(
    sums: PointSums, served: Served, scheme: Points, *, standing: bool
) -> tuple[int, tuple[Cut, ...]]:
    """Return the points that a turn brings, and the caps that let less through."""
    full = served.points
    change = sums.add(served) if standing else sums.remove(served)
    if abs(change) == full:  # nearly always
        return change, ()
    with_it = [*sums.days[served.day, served.adoption]]
    without = [*with_it]
    if standing:
        without.remove((served.activity, full))
    else:
        with_it.append((served.activity, full))
    of_activity = _of_activity(served, scheme, with_it) - _of_activity(served, scheme, without)
    of_day = scheme.of_day(with_it) - scheme.of_day(without)
    cuts = (
        (of_activity < full, Cut("activity", scheme.cap_activity)),
        (of_day < of_activity, Cut("day", scheme.cap_day)),
        (abs(change) < of_day, Cut("year", scheme.cap_year or max(sums.caps.values()))),
    )
    return change, tuple(cut for was_cut, cut in cuts if was_cut)


def _of_activity(served: Served, scheme: Points, day: Iterable[tuple[str, int]]) -> int:
    points = sum(points for activity, points in day if activity == served.activity)
    return min(points, scheme.cap_activity) if scheme.cap_activity else points
