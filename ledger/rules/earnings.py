"""Earnings: the points and credits that follow from lines which stand, or stand no more.

They are computed and never said: debit the volunteer, credit the issuance, in the ruleset that
was in force on the day of service (rules 29 to 34). What goes above the cap, and what cannot be taken
back because it was spent, is a movement of its own, so that it can be seen.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from ledger.accounts import ADJUSTMENT, ISSUANCE, POOL, donations, volunteer
from ledger.book import Book
from ledger.earning import PointSums, Served, credits_for, has_caps
from ledger.incentives import Credits, Points
from ledger.records import Activity, Earned, Line, Sheet
from ledger.rules.draft import Draft
from ledger.times import day_of


def earn(draft: Draft, lines: Iterable[Line], *, standing: bool) -> None:
    """Post what lines bring that stand from now on, or take back what they brought."""
    if not draft.book.pays():
        return
    people: dict[str, list[Line]] = {}
    for line in lines:
        people.setdefault(line.volunteer, []).append(line)
    for number, found in people.items():
        served = [_served(draft.book, line) for line in found]
        _earn_points(draft, number, found, served, standing=standing)
        for one in served:
            _earn_credits(draft, number, one, standing=standing)


def _served(book: Book, line: Line) -> Served:
    sheet = book.find(Sheet, line.sheet)
    activity = book.find(Activity, sheet.activity) if sheet else None
    assert activity  # no line was admitted without it
    adoption, rules = book.adopted_on(day_of(line.start))
    return Served(
        line.start, activity.code, activity.category, line.minutes, line.class_, adoption, rules
    )


# --- points -------------------------------------------------------------------------------------


def _earn_points(
    draft: Draft, number: str, lines: Sequence[Line], served: Sequence[Served], *, standing: bool
) -> None:
    bearing = [one for one in served if one.points]
    if not bearing:
        return
    sums = _sums(draft, number, lines, served, standing=standing)
    known = {
        (year, entry): points for year, of in sums.years.items() for entry, points in of.items()
    }
    total = sum(sums.add(one) if standing else sums.remove(one) for one in bearing)
    for year, of in sums.years.items():
        for entry, points in of.items():
            if known.get((year, entry)) != points:
                draft.put(Earned(number, year, entry, points))
    scheme = bearing[-1].rules.points
    assert scheme
    _post(draft, volunteer(number), "point", total, scheme)


def _sums(
    draft: Draft, number: str, lines: Sequence[Line], served: Sequence[Served], *, standing: bool
) -> PointSums:
    """Return the sums of a person's days and years, as far as these lines change them."""
    sums = PointSums()
    for earned in draft.book.earned_by(number):
        scheme = draft.book.adopted(earned.adoption).points
        sums.caps[earned.adoption] = scheme.cap_year if scheme else 0
        sums.years.setdefault(earned.year, {})[earned.adoption] = earned.points
    if not standing:
        for one in served:
            sums.days.setdefault(one.day, []).append((one.activity, one.points))
    if any(one.rules.points and has_caps(one.rules.points) for one in served):
        own = {(line.sheet, line.n) for line in lines}
        for day, line in {one.day: line for one, line in zip(served, lines, strict=True)}.items():
            for other in draft.book.lines_near(number, line.start, line.start):
                if (other.sheet, other.n) not in own and day_of(other.start) == day:
                    _add_standing(draft.book, sums, other)
    return sums


def _add_standing(book: Book, sums: PointSums, line: Line) -> None:
    if book.line_state(line) == "confirmed":
        one = _served(book, line)
        sums.days.setdefault(one.day, []).append((one.activity, one.points))


# --- credits ------------------------------------------------------------------------------------


def _earn_credits(draft: Draft, number: str, one: Served, *, standing: bool) -> None:
    if not one.purse:
        return
    scheme = one.rules.credits
    assert scheme
    account = volunteer(number) if one.purse == "volunteer" else donations(number)
    found = draft.account(account, "credit")
    minutes = one.minutes if standing else -one.minutes
    change = credits_for(found.minutes, minutes)
    draft.put(replace(found, minutes=found.minutes + minutes))
    _post(draft, account, "credit", change, scheme)
    if change > 0 and one.purse == "volunteer" and scheme.cap:
        _pool_excess(draft, account, change, scheme.cap)


def _pool_excess(draft: Draft, account: str, change: int, cap: int) -> None:
    """Let what lies above the cap go to the pool; the hours still count (rule 34)."""
    found = draft.account(account, "credit")
    excess = min(change, found.balance - cap)
    if excess > 0:
        draft.put(replace(found, excess=found.excess + excess))
        _move(draft, POOL, account, "credit", excess, "excess")


# --- both ---------------------------------------------------------------------------------------


def _post(draft: Draft, account: str, unit: str, change: int, scheme: Points | Credits) -> None:
    if change > 0:
        draft.shift(account, ISSUANCE, unit, change)
    elif change < 0:
        _take_back(draft, account, unit, -change, scheme)


def _take_back(
    draft: Draft, account: str, unit: str, amount: int, scheme: Points | Credits
) -> None:
    """Post the reverse of what a line brought.

    What had gone to the pool above the cap comes back first: without this line, later ones would
    have fitted below it. Where the rules allow nothing below zero, the association bears the rest.
    """
    draft.shift(ISSUANCE, account, unit, amount)
    pool, found = draft.account(POOL, unit), draft.account(account, unit)
    back = min(amount, found.excess, max(pool.balance - pool.held, 0))
    if back > 0:
        draft.put(replace(found, excess=found.excess - back))
        _move(draft, account, POOL, unit, back, "excess_back")
    short = min(amount, -draft.account(account, unit).balance)
    if short > 0 and not scheme.below_zero:
        _move(draft, account, ADJUSTMENT, unit, short, "shortfall")


def _move(  # noqa: PLR0913, PLR0917 - a movement has so many sides
    draft: Draft, debit: str, credit: str, unit: str, amount: int, purpose: str
) -> None:
    day = day_of(draft.stamp)
    draft.move(draft.movement(debit, credit, unit, amount, purpose, effective=day))
