"""Earned: what each of a person's lines brought, when it was confirmed and when it was voided.

What lines earn is in no row: it is computed, here as in `admit`, from the lines alone. A line turns
twice at most: it stands from the entry that confirmed it, and no more from the entry that voided it.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice, starmap

from msgspec import Struct

from ledger import accounts
from ledger.accounts import Unit
from ledger.book import Book
from ledger.desk.office import book_of
from ledger.earning import PointSums, Served, credits_for
from ledger.incentives import Points
from ledger.records import NOBODY, Activity, Line, Sheet, Spoken, Volunteer
from ledger.rulesets import Ruleset
from ledger.store.reading import Link, Reader
from ledger.times import day_of
from ledger.wants import Wants

_TOGETHER = 200  # people read at a time


class Kept(Struct, frozen=True, gc=False):
    """A line with what its statement and its activity say of it."""

    line: Line
    entry: int  # of the statement
    recorded: str  # the statement's state
    confirmation: int  # the statement's
    stamp: str | None  # of that entry
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
    Link(Sheet, "ref", Line, "sheet", ("entry", "state", "confirmation")),
    Link(Spoken, "entry", Sheet, "confirmation", ("stamp",)),
    Link(Activity, "code", Sheet, "activity", ("code", "name", "category")),
)


class Turn(Struct, frozen=True, gc=False):
    """A line begins to stand, or stands no more."""

    kept: Kept
    standing: bool
    entry: int
    stamp: str


class Worth(Struct, frozen=True, gc=False):
    """What a line is worth: by which rules, how many points before caps, and credits in which purse."""

    adoption: int  # the entry of the ruleset
    rules: Ruleset
    points: int
    purse: str


class Cut(Struct, frozen=True, gc=False):
    """A cap that let less through: which (`activity`, `day`, `year`), and how much it lets through."""

    cap: str
    most: int


class Gain(Struct, frozen=True, gc=False):
    """What a turn brought on one account: 0 if rules gave nothing, less if a line was voided."""

    turn: Turn
    worth: Worth
    account: str
    unit: Unit
    amount: int
    before: int = 0  # credits: the minutes that were there before
    cuts: tuple[Cut, ...] = ()  # points: the caps that let less through

    @property
    def day(self) -> str:
        """Return the day it counts for: that of the service."""
        return day_of(self.turn.kept.line.start)


def brought(gains: Iterable[Gain]) -> tuple[int, int]:
    """Return the points and the credits that gains come to."""
    points = credits_ = 0
    for gain in gains:
        if gain.unit == "point":
            points += gain.amount
        else:
            credits_ += gain.amount
    return points, credits_


class Career(Struct, frozen=True, gc=False):
    """All lines of a person, by time, and what they brought, in the order of the log."""

    number: str
    lines: tuple[Kept, ...]
    gains: tuple[Gain, ...]
    rules: Book  # the rulesets it was judged by

    def by_line(self) -> dict[int, list[Gain]]:
        """Return the gains of each line: by `id` of what is kept of it."""
        found: dict[int, list[Gain]] = {}
        for gain in self.gains:
            found.setdefault(id(gain.turn.kept), []).append(gain)
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
    turns: dict[str, list[Turn]] = {number: [] for number in numbers}
    for one in _kept(view, numbers):
        kept[one.line.volunteer].append(one)
    for turn in _turns(view, [one for lines in kept.values() for one in lines]):
        turns[turn.kept.line.volunteer].append(turn)
    judge = _Judge(book)
    return [
        Career(number, tuple(lines), tuple(_gains(judge, number, turns[number])), book)
        for number, lines in kept.items()
    ]


# --- lines, and when they turned ----------------------------------------------------------------


def _kept(view: Reader, numbers: Collection[str]) -> list[Kept]:
    found = view.joined(Line, _LINKS, "volunteer", [(number,) for number in numbers])
    return sorted(starmap(Kept, found), key=lambda one: (one.line.start, one.entry, one.line.n))


def _turns(view: Reader, lines: Iterable[Kept]) -> list[Turn]:
    """Return when lines began to stand, and when they stopped, in the order of the log."""
    found = [
        (entry, one.entry, one.line.n, standing, one)
        for one in lines
        for entry, standing in _entries(one)
    ]
    found.sort()  # what comes first in them, no two share
    stamps = {one.confirmation: one.stamp or "" for *_, one in found}
    rest = [(entry,) for entry in {row[0] for row in found} - stamps.keys()]
    stamps |= {row[0]: row[1] for row in view.picked(Spoken, ("entry", "stamp"), "entry", rest)}
    return [Turn(one, standing, entry, stamps[entry]) for entry, _, _, standing, one in found]


def _entries(kept: Kept) -> tuple[tuple[int, bool], ...]:
    """Return the entries at which a line turned, each with whether it stands from then on."""
    voided = kept.line.voided
    if voided != NOBODY:
        return (kept.stood, True), (voided, False)
    return ((kept.stood, True),) if kept.state == "confirmed" else ()


# --- what they brought --------------------------------------------------------------------------


def judged_by(book: Book, kept: Kept) -> tuple[int, Ruleset]:
    """Return the ruleset a line is judged by: in force on its day, and adopted before it stood."""
    return book.adopted_before(kept.stood, day_of(kept.line.start))


def served(line: Line, activity: str, category: str, rules: tuple[int, Ruleset]) -> Served:
    """Return a line as incentives see it, under the ruleset that an entry adopted."""
    return Served(line.start, line.end, activity, category, line.minutes, line.class_, *rules)


class _Judge:
    """What lines are worth; those of one kind that last as long are worth the same."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._known: dict[tuple[int, int, str, str], Worth] = {}

    def of(self, kept: Kept) -> Worth:
        adoption, rules = judged_by(self.book, kept)
        line = kept.line
        key = (adoption, line.minutes, kept.category, line.class_)
        found = self._known.get(key)
        if found is None:
            one = served(line, kept.activity, kept.category, (adoption, rules))
            found = self._known[key] = Worth(adoption, rules, one.points, one.purse)
        return found


def _gains(judge: _Judge, number: str, turns: Iterable[Turn]) -> Iterator[Gain]:
    sums, minutes = PointSums(), {"volunteer": 0, "donations": 0}
    purses = {"volunteer": accounts.volunteer(number), "donations": accounts.donations(number)}
    for turn in turns:
        worth = judge.of(turn.kept)
        if worth.rules.points:
            if judge.book.caps:
                amount, cuts = _under_caps(sums, turn, worth)
            else:  # lines do not depend on each other
                amount, cuts = worth.points if turn.standing else -worth.points, ()
            yield Gain(turn, worth, purses["volunteer"], "point", amount, 0, cuts)
        if worth.rules.credits:
            purse = worth.purse or "volunteer"
            before, change = minutes[purse], 0
            if worth.purse:
                more = turn.kept.line.minutes
                minutes[purse] += more if turn.standing else -more
                change = credits_for(before, minutes[purse] - before)
            yield Gain(turn, worth, purses[purse], "credit", change, before)


def _under_caps(sums: PointSums, turn: Turn, worth: Worth) -> tuple[int, tuple[Cut, ...]]:
    """Return the points that a turn brings, and the caps that let less through."""
    kept = turn.kept
    one = served(kept.line, kept.activity, kept.category, (worth.adoption, worth.rules))
    change = sums.add(one) if turn.standing else sums.remove(one)
    if abs(change) == worth.points:  # nearly always
        return change, ()
    scheme = worth.rules.points
    assert scheme
    of_activity = of_day = 0
    for day, points in one.parts:
        with_it = [*sums.days[day, one.adoption]]
        without = [*with_it]
        if turn.standing:
            without.remove((one.activity, points))
        else:
            with_it.append((one.activity, points))
        of_activity += _of_activity(one, scheme, with_it) - _of_activity(one, scheme, without)
        of_day += scheme.of_day(with_it) - scheme.of_day(without)
    cuts = (
        (of_activity < worth.points, Cut("activity", scheme.cap_activity)),
        (of_day < of_activity, Cut("day", scheme.cap_day)),
        (abs(change) < of_day, Cut("year", scheme.cap_year or max(sums.caps.values()))),
    )
    return change, tuple(cut for was_cut, cut in cuts if was_cut)


def _of_activity(one: Served, scheme: Points, day: Iterable[tuple[str, int]]) -> int:
    points = sum(points for activity, points in day if activity == one.activity)
    return min(points, scheme.cap_activity) if scheme.cap_activity else points
