"""Earnings: the points and credits that follow from lines which stand, or stand no more.

They are computed and never said: debit the volunteer, credit the issuance, under the ruleset that
was in force on the day of service when the line came to stand (rules 29 to 34). What goes above the
cap, and what cannot be taken back because it was spent, is a movement of its own, so that it can be
seen. What was spent before its line was voided stays owed, and is made good from what is earned next:
or the same minutes, corrected and confirmed again, would be minted twice (rule 32).
"""

from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from ledger.accounts import ADJUSTMENT, EXPIRY, ISSUANCE, POOL, donations, volunteer
from ledger.book import Book
from ledger.earning import PointSums, Served, credits_for
from ledger.incentives import Credits, Points
from ledger.records import Activity, Line, Sheet
from ledger.rules.draft import Draft
from ledger.times import day_of


def earn(draft: Draft, lines: Iterable[Line], *, standing: bool) -> None:
    """Post what lines bring that stand from now on, or take back what they brought."""
    if not draft.book.pays:
        return
    people: dict[str, list[Line]] = {}
    for line in lines:
        people.setdefault(line.volunteer, []).append(line)
    worth = _Worth(draft.book)
    points = credits_ = 0
    for number, found in people.items():
        served = [worth.of(line) for line in found]
        points += _earn_points(draft, number, found, served, standing=standing)
        for one in served:
            credits_ += _earn_credits(draft, number, one, standing=standing)
    for unit, amount in (("point", points), ("credit", credits_)):
        if amount:
            paid = draft.account(ISSUANCE, unit)
            draft.set(replace(paid, balance=paid.balance - amount))


def points_of(
    book: Book, number: str, years: Collection[str] = (), *, but: Iterable[Line] = ()
) -> PointSums:
    """Return the sums of a person's points in some years, or in all, some lines left out."""
    out = {(line.sheet, line.n) for line in but}
    sums, worth = PointSums(), _Worth(book)
    for line in book.lines_by(number):
        counted = not years or line.start[:4] in years or line.end[:4] in years
        if counted and (line.sheet, line.n) not in out and book.line_state(line) == "confirmed":
            sums.add(worth.of(line))
    return sums


class _Worth:
    """What lines are worth. The lines of a sheet that last as long are worth the same."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._known: dict[tuple[str, str, str, int, str, int], Served] = {}

    def of(self, line: Line) -> Served:
        key = (line.sheet, line.start, line.end, line.minutes, line.class_, line.confirmation)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._served(line)
        return found

    def _served(self, line: Line) -> Served:
        sheet = self._book.find(Sheet, line.sheet)
        activity = self._book.find(Activity, sheet.activity) if sheet else None
        assert activity  # no line was admitted without it
        adoption, rules = self._book.adopted_for(line)
        kind = (activity.code, activity.category, line.minutes, line.class_)
        return Served(line.start, line.end, *kind, adoption, rules)


# --- points -------------------------------------------------------------------------------------


def _earn_points(
    draft: Draft, number: str, lines: Sequence[Line], served: Sequence[Served], *, standing: bool
) -> int:
    """Post the points of a person's lines, and return how many were issued."""
    change = sum([one.points for one in served])
    if not change:
        return 0
    if draft.book.caps:  # otherwise the lines of a day do not depend on each other
        change = _under_caps(draft.book, number, lines, served, standing=standing)
    elif not standing:
        change = -change
    found = draft.account(volunteer(number), "point")
    draft.set(replace(found, balance=found.balance + change))
    if change < 0:
        if found.lapsed:
            _undo_lapse(draft, found.account, points_of(draft.book, number), served)
        _take_back(draft, found.account, "point", -change, served[-1].rules.points)
    elif found.owed:
        _make_good(draft, found.account, "point", change)
    return change


def _under_caps(
    book: Book, number: str, lines: Sequence[Line], served: Sequence[Served], *, standing: bool
) -> int:
    years = {day[:4] for one in served for day, _ in one.parts}
    sums = points_of(book, number, years, but=lines if standing else ())
    return sum([sums.add(one) if standing else sums.remove(one) for one in served])


def _undo_lapse(draft: Draft, account: str, sums: PointSums, gone: Iterable[Served]) -> None:
    """Give back what lapsed of lines that stand no more: it is taken from there first."""
    found = draft.account(account, "point")
    before = sums.through(found.through)
    for one in gone:
        sums.remove(one)
    after = sums.through(found.through)
    back = min(found.lapsed, before - after, found.gone - after)
    if back > 0:
        less = replace(found, gone=found.gone - back, lapsed=found.lapsed - back)
        draft.set(less)
        _move(draft, account, EXPIRY, "point", back, "lapse_back")


# --- credits ------------------------------------------------------------------------------------


def _earn_credits(draft: Draft, number: str, one: Served, *, standing: bool) -> int:
    """Post the credits of a line, and return how many were issued; what is left over is carried."""
    purse = one.purse
    if not purse:
        return 0
    scheme = one.rules.credits
    account = volunteer(number) if purse == "volunteer" else donations(number)
    found = draft.account(account, "credit")
    minutes = one.minutes if standing else -one.minutes
    change = credits_for(found.minutes, minutes)
    draft.set(replace(found, minutes=found.minutes + minutes, balance=found.balance + change))
    if change < 0:
        _take_back(draft, account, "credit", -change, scheme)
        return change
    left = change - (_make_good(draft, account, "credit", change) if found.owed else 0)
    if scheme and scheme.cap and purse == "volunteer":
        pool_excess(draft, account, left, scheme.cap)
    return change


def pool_excess(draft: Draft, account: str, received: int, cap: int) -> None:
    """Let what credits received lie above the cap go to the pool; the hours still count (rule 34)."""
    found = draft.account(account, "credit")
    excess = min(received, found.balance - cap)
    if excess > 0:
        draft.set(replace(found, excess=found.excess + excess))
        _move(draft, POOL, account, "credit", excess, "excess")


# --- both ---------------------------------------------------------------------------------------


def _take_back(
    draft: Draft, account: str, unit: str, amount: int, scheme: Points | Credits | None
) -> None:
    """Settle where the reverse of what a line brought comes from.

    What had gone to the pool above the cap comes back first: without this line, later ones would
    have fitted below it. What the pool has given away since, the association bears. So does what was
    written off with the account. Where the rules allow nothing below zero the association bears the
    rest, too, and that stays owed.
    """
    taker, back_from = (POOL, "excess_back") if unit == "credit" else (EXPIRY, "lapse_back")
    taken, found = draft.account(taker, unit), draft.account(account, unit)
    back = min(amount, found.excess)
    if back > 0:
        draft.set(replace(found, excess=found.excess - back, gone=found.gone - back))
        there = min(back, max(taken.balance - taken.held, 0))
        for payer, part, purpose in (
            (taker, there, back_from), (ADJUSTMENT, back - there, "excess_borne"),
        ):  # fmt: skip
            if part:
                _move(draft, account, payer, unit, part, purpose)
    short = min(amount, -draft.account(account, unit).balance)
    if short > 0 and not (scheme and scheme.below_zero):
        _move(draft, account, ADJUSTMENT, unit, short, "shortfall")
        found = draft.account(account, unit)  # what was borne for him he has not spent
        draft.set(replace(found, gone=found.gone - short, owed=found.owed + short))


def _make_good(draft: Draft, account: str, unit: str, earned: int) -> int:
    """Let what is earned make good what the association bore; returns how much of it."""
    found = draft.account(account, unit)
    due = min(earned, found.owed, found.balance)
    if due <= 0:
        return 0
    draft.set(replace(found, owed=found.owed - due))
    _move(draft, ADJUSTMENT, account, unit, due, "made_good")
    return due


def _move(  # noqa: PLR0913, PLR0917 - a movement has so many sides
    draft: Draft, debit: str, credit: str, unit: str, amount: int, purpose: str
) -> None:
    day = day_of(draft.stamp)
    draft.move(draft.movement(debit, credit, unit, amount, purpose, effective=day))
