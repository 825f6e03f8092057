"""Accounts read: balances, now or as of a day, and a person's postings with the cause of each.

There are two clocks. By the recorded one a posting counts from the day on which the log took it in, by
the effective one from the day it speaks of: for what lines earn that is the day of service.

What is asked about one account is read by the indexes of that account, so it does not grow with the
ledger but with the person's own lines. Only the issuance has no rows of its own: as of a day it is
what everybody had earned by then.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Literal

from msgspec import Struct

from ledger import accounts
from ledger.accounts import ISSUANCE, UNITS, Unit
from ledger.desk.earned import Career, Gain, Worth, career, careers, everybody
from ledger.records import Account, Good, Hold, Movement
from ledger.store.reading import Reader
from ledger.times import day_of

_TOGETHER = 500  # accounts read at a time
Clock = Literal["recorded", "effective"]
Key = tuple[str, str]  # account, unit


class Balance(Struct, frozen=True, gc=False):
    """What an account holds of a unit: debits less credits."""

    account: str
    unit: str
    balance: int


class Moved(Struct, frozen=True, gc=False):
    """A movement, the rules it followed, the hold that it settled, and for what goods."""

    movement: Movement
    adoption: int  # the entry of the ruleset
    cap: int  # on credits
    hold: Hold | None = None
    good: Good | None = None


class Posting(Struct, frozen=True, gc=False):
    """A change of one account, what the account held after it, and what caused it."""

    entry: int
    recorded: str  # stamp
    effective: str  # day
    account: str
    other: str  # the account at the other end
    unit: str
    amount: int
    balance: int
    cause: Gain | Moved


# --- balances -----------------------------------------------------------------------------------


def balances(view: Reader) -> list[Balance]:
    """Return what every account holds that has ever moved, by account and unit."""
    rows = list(view.all(Account))
    moved = _moved(view, [row for row in rows if not (row.balance or row.gone)])
    return [
        Balance(row.account, row.unit, row.balance)
        for row in rows
        if row.balance or row.gone or (row.account, row.unit) in moved
    ]


def balances_at(view: Reader, when: str, clock: Clock) -> list[Balance]:
    """Return what every account that had moved by the end of a day held then: a scan of the ledger."""
    found: Counter[Key] = Counter()
    for gain in chain.from_iterable(one.gains for one in everybody(view)):
        if gain.amount and _day(gain, clock) <= when:
            found[gain.account, gain.unit] += gain.amount
            found[ISSUANCE, gain.unit] -= gain.amount
    for movement in view.all(Movement):
        if _day(movement, clock) <= when:
            found[movement.debit, movement.unit] += movement.amount
            found[movement.credit, movement.unit] -= movement.amount
    return [Balance(*key, found[key]) for key in sorted(found)]


def balance_at(view: Reader, account: str, unit: Unit, when: str, clock: Clock) -> int:
    """Return what an account held of a unit at the end of a day, by one of the two clocks."""
    last = {"effective": when} if clock == "effective" else {"stamp": f"{when}T23:59:59+08:00"}
    received = view.total(Movement, "amount", last, debit=account, unit=unit)
    paid = view.total(Movement, "amount", last, credit=account, unit=unit)
    return received - paid + _earned_by(view, account, unit, when, clock)


def _earned_by(view: Reader, account: str, unit: Unit, when: str, clock: Clock) -> int:
    number = accounts.owner(account)
    if not number and account != ISSUANCE:
        return 0
    found = [career(view, number)] if number else everybody(view)
    earned = sum(
        gain.amount
        for gain in chain.from_iterable(one.gains for one in found)
        if gain.unit == unit
        and (gain.account == account or not number)
        and _day(gain, clock) <= when
    )
    return earned if number else -earned


def _day(found: Gain | Movement, clock: Clock) -> str:
    if isinstance(found, Movement):
        return found.effective if clock == "effective" else day_of(found.stamp)
    return found.day if clock == "effective" else day_of(found.turn.stamp)


def _moved(view: Reader, rows: Sequence[Account]) -> set[Key]:
    """Return which accounts that hold nothing ever did: one may only have been held back on."""
    found = {(row.account, row.unit) for row in rows if row.account == ISSUANCE}
    for start in range(0, len(rows), _TOGETHER):
        some = rows[start : start + _TOGETHER]
        names = sorted({(row.account,) for row in some})
        found |= {(one.debit, one.unit) for one in view.among(Movement, ("debit",), names)}
        found |= {(one.credit, one.unit) for one in view.among(Movement, ("credit",), names)}
        numbers = {number for row in some if (number := accounts.owner(row.account))}
        gains = chain.from_iterable(one.gains for one in careers(view, numbers))
        found |= {(gain.account, gain.unit) for gain in gains if gain.amount}
    return found


# --- postings -----------------------------------------------------------------------------------


def postings(view: Reader, number: str) -> list[Posting]:
    """Return every posting on a person's accounts, in the order of the log."""
    return postings_of(view, career(view, number))


def postings_of(view: Reader, found: Career) -> list[Posting]:
    """Return the postings of a career that was read before."""
    own = (accounts.volunteer(found.number), accounts.donations(found.number))
    causes: list[Gain | Moved] = [gain for gain in found.gains if gain.amount]
    causes += _movements(view, found, own)
    causes.sort(key=_entry)  # stable: what lines earned comes before what follows
    held: dict[Key, int] = {(account, unit): 0 for account in own for unit in UNITS}
    posted = []
    for cause in causes:
        if isinstance(cause, Gain):
            turn, unit, amount = cause.turn, cause.unit, cause.amount
            key = cause.account, unit
            held[key] = balance = held[key] + amount
            posted.append(
                Posting(turn.entry, turn.stamp, cause.day, cause.account, ISSUANCE, unit, amount,
                        balance, cause)
            )  # fmt: skip
        else:
            posted.append(_of_movement(cause, own, held))
    return posted


def _of_movement(cause: Moved, own: Sequence[str], held: dict[Key, int]) -> Posting:
    row = cause.movement
    mine, other, amount = (
        (row.debit, row.credit, row.amount)
        if row.debit in own
        else (row.credit, row.debit, -row.amount)
    )
    held[mine, row.unit] += amount
    return Posting(row.entry, row.stamp, row.effective, mine, other, row.unit, amount,
                   held[mine, row.unit], cause)  # fmt: skip


def _entry(cause: Gain | Moved) -> int:
    return cause.turn.entry if isinstance(cause, Gain) else cause.movement.entry


def _movements(view: Reader, found: Career, own: Sequence[str]) -> Iterator[Moved]:
    names = [(name,) for name in own]
    rows = [*view.among(Movement, ("debit",), names), *view.among(Movement, ("credit",), names)]
    rows.sort(key=lambda one: (one.entry, one.n))
    return _causes(view, found, rows)


def _causes(view: Reader, found: Career, movements: list[Movement]) -> Iterator[Moved]:
    holds = holds_of(view, movements)
    codes = sorted({(hold.good,) for hold in holds.values() if hold.good})
    goods = {good.code: good for good in view.among(Good, ("code",), codes)}
    # What follows from lines follows the rules of their day.
    lines: dict[tuple[int, str], Worth] = {
        (gain.turn.entry, gain.unit): gain.worth for gain in found.gains
    }
    for one in movements:
        worth = lines.get((one.entry, one.unit))
        on = (worth.adoption, worth.rules) if worth else found.rules.adopted_on(day_of(one.stamp))
        hold = holds.get(one.hold)
        cap = on[1].credits.cap if on[1].credits else 0
        yield Moved(one, on[0], cap, hold, goods.get(hold.good) if hold else None)


def holds_of(view: Reader, movements: Iterable[Movement]) -> dict[str, Hold]:
    """Return the holds that movements settled, by the names they have there: `ref:n`."""
    asked = {(ref, int(n)) for ref, _, n in (m.hold.rpartition(":") for m in movements if m.hold)}
    return {f"{h.ref}:{h.n}": h for h in view.among(Hold, ("ref", "n"), sorted(asked))}
