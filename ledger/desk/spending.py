"""Spending: what a recorder sets aside on a volunteer's account, and a confirmer settles.

Names, ages and signed forms are the desk's to check: the log knows a number, and the digest of a form.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ledger import accounts, kinds
from ledger.desk import given
from ledger.desk.accounts import holds_of
from ledger.desk.noticing import masked
from ledger.desk.office import (
    CHUNK,
    Office,
    Place,
    book_of,
    commit,
    homes_of,
    registered,
    state_of,
    together,
)
from ledger.desk.registering import File
from ledger.errors import Rejected
from ledger.incentives import Credits
from ledger.log import Receipt
from ledger.records import (
    Account,
    Good,
    Hold,
    Movement,
    Organisation,
    R,
    Spoken,
)
from ledger.rules.draft import Draft
from ledger.rules.purposes import quarter as quarter_of
from ledger.rules.purposes import redeemed
from ledger.rules.transfers import due_to_lapse
from ledger.sheets.identity import age
from ledger.store.reading import Reader
from ledger.times import day_of, later
from ledger.wants import Wants

_DAYS = 30  # that a hold stays open unless somebody says otherwise
_QUARTER = re.compile(r"([0-9]{4})Q([1-4])")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to move: from whom to whom, how much, and what was signed for it."""

    purpose: str
    credit: str  # pays
    debit: str  # receives
    amount: int
    unit: accounts.Unit = "credit"
    good: str = ""
    count: int = 0
    relation: str = ""
    paper: File | None = None
    origin: tuple[str, int] | None = None
    receiver: str = ""  # of an export: his number in the other ledger
    days: int = _DAYS


@dataclass(frozen=True, slots=True)
class Lapsed:
    """Points that lapsed on a day."""

    volunteers: int
    points: int


def hold(office: Office, wish: Wish) -> Receipt | None:
    """Set an amount aside; the log says where it stands as `ENTRY:1`."""
    given.check(relation=wish.relation or None, **{"for": wish.receiver or None})
    numbers = [number for side in (wish.credit, wish.debit) if (number := accounts.owner(side))]
    number = numbers[0]
    with office.store.reading() as view:
        for each in numbers:
            registered(view, each)
        organisation = _home(view, number)
        rules = book_of(view, Wants()).rules_on(day_of(office.now))
    if wish.purpose == "order" and rules.credits:
        _check_age(office, number, wish, rules.credits)
    row: dict[str, Any] = {
        "purpose": wish.purpose,
        "credit": wish.credit,
        "debit": wish.debit,
        "unit": wish.unit,
        "amount": wish.amount,
        "effective": day_of(office.now),
        "until": later(office.now, days=wish.days),
        "good": wish.good or None,
        "count": wish.count or None,
        "relation": wish.relation or None,
        "origin": list(wish.origin) if wish.origin else None,
        "receiver": wish.receiver or None,
    }
    if wish.paper:
        written = f"{wish.paper.name} {sha256(wish.paper.data).hexdigest()}"
        row["paper"] = commit(office, "form", written, [number])
    return office.say("recorder", kinds.Transfer, organisation, [row], step="hold")


def redemption(office: Office, number: str, code: str, count: int) -> Wish:
    """Return the wish to have goods for points, at the price of today."""
    good = office.store.find(Good, code)
    if good is None:
        raise Rejected(
            "good.unknown",
            en=f"{code} is not in the catalogue; `vledger credit goods` lists it",
            zh=f"礼遇目录中没有 {code}；`vledger credit goods` 可查看",
        )
    return Wish("redeem", accounts.volunteer(number), accounts.REDEMPTION, good.price * count,
                "point", good=code, count=count)  # fmt: skip


def refund(office: Office, place: Place, amount: int | None, paper: File | None) -> Wish:
    """Return the wish to give back what a settled transfer took, in whole or in part."""
    found = movement_at(office, place)
    rest = found.amount - found.refunded
    if not rest:
        raise Rejected(
            "refund.exceeded",
            en=f"all of {place[0]}:{place[1]} was refunded before",
            zh=f"{place[0]}:{place[1]} 已全部退还",
        )
    return Wish("refund", found.debit, found.credit, amount or rest, found.unit,  # type: ignore[arg-type]
                origin=(found.ref, found.n), paper=paper)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settled:
    """What was settled of a hold, where it stands, and how much is free again."""

    hold: str
    settlement: str  # `ENTRY:ROW`; empty if it is only prepared
    amount: int
    rest: int
    unit: str


def settle(office: Office, place: Place, amount: int | None = None) -> Settled:
    """Settle a hold, or a part of it: what is not settled is free again."""
    found = hold_at(office, place)
    paid = amount or found.amount
    row = {"hold": [found.ref, found.n], "amount": paid, "effective": day_of(office.now)}
    receipt = office.say("confirmer", kinds.Transfer, found.organisation, [row], step="settle")
    at = f"{receipt.index}:1" if receipt else ""
    return Settled(f"{place[0]}:{place[1]}", at, paid, found.amount - paid, found.unit)


def release(office: Office, holds: Iterable[Hold]) -> tuple[Receipt | None, ...]:
    """Release holds, those of an organisation together."""
    effective = day_of(office.now)
    return tuple(
        office.say("recorder", kinds.Transfer, organisation,
                   [{"hold": [one.ref, one.n], "effective": effective} for one in group],
                   step="release")
        for organisation, group in together(holds, lambda one: one.organisation)
    )  # fmt: skip


def open_holds(view: Reader) -> tuple[Hold, ...]:
    """Return the holds that wait to be settled or released, oldest first."""
    return tuple(sorted(view.where(Hold, state="open"), key=lambda one: (one.entry, one.n)))


def expired(view: Reader, now: str) -> tuple[Hold, ...]:
    """Return the open holds whose time has run out."""
    return tuple(one for one in open_holds(view) if one.until < now)


def expire(office: Office, on: str) -> Lapsed:
    """Let points lapse that are due by a day; what is held back stays."""
    with office.store.reading() as view:
        numbers = [
            number
            for one in view.where(Account, unit="point")
            if one.balance > one.held and (number := accounts.owner(one.account))
        ]
        due = _due(view, office.now, numbers, on)
        homes = homes_of(view, due)
    for organisation, group in together(due, lambda number: homes[number]):
        rows = [
            {"purpose": "expire", "credit": accounts.volunteer(number), "debit": accounts.EXPIRY,
             "unit": "point", "amount": due[number], "effective": on}
            for number in group
        ]  # fmt: skip
        office.say("recorder", kinds.Transfer, organisation, rows, step="post")
    return Lapsed(len(due), sum(due.values()))


def set_account(
    office: Office, number: str, state: str, reason: str, *, written_off: bool = False
) -> str:
    """Open, freeze or close a volunteer's accounts; returns the state they were in."""
    given.check(reason=reason)
    with office.store.reading() as view:
        organisation = _home(view, number)
        before = state_of(view, number)
    row: dict[str, Any] = {"volunteer": number, "state": state}
    row |= {"written_off": True} if written_off else {}
    office.say("confirmer", kinds.Accounts, organisation, [row], reason=reason)
    return before


def offer(office: Office, organisation: str, rows: Sequence[dict[str, Any]]) -> Receipt | None:
    """Put goods into the catalogue, or change their price or stock."""
    for row in rows:
        given.check(add=row["code"])
    with office.store.reading() as view:
        root = next(view.where(Organisation, parent=""))
    return office.say("recorder", kinds.Goods, organisation or root.code, rows)


def posted(office: Office, quarter: str) -> list[tuple[str | int, ...]]:
    """Return the redemptions of a quarter (`2026Q1`) as they are pinned up, names masked.

    They are of the quarter in which they were held, as where the limit is counted; what was given back
    is left out.
    """
    found = _QUARTER.fullmatch(quarter)
    if found is None:
        raise Rejected(
            "quarter.unreadable",
            en=f"{quarter!r} is no quarter: write 2026Q1",
            zh=f"{quarter!r} 不是季度，应写作 2026Q1",
        )
    asked = found[1], int(found[2])
    with office.store.reading() as view:
        made = [
            one
            for one in view.where(Movement, debit=accounts.REDEMPTION)
            if redeemed(one) and quarter_of(one.held) == asked
        ]
        holds = holds_of(view, made)
        names = {good.code: good.name for good in view.all(Good)}
    people = masked(office, {accounts.owner(one.credit) for one in made})
    rows: list[tuple[str | int, ...]] = []
    for one in sorted(made, key=lambda movement: (movement.held, movement.entry, movement.n)):
        hold, kept = holds[one.hold], one.amount - one.refunded
        count = -(
            -kept * hold.count // hold.amount
        )  # half a good that was paid for is one handed over
        who = people[accounts.owner(one.credit)]
        rows.append((*who, one.held, names[hold.good], count, kept))
    return rows


def hold_at(office: Office, place: Place) -> Hold:
    """Return the hold at a place, or raise `Rejected`."""
    found = _said_at(office, Hold, place)
    if found is None:
        raise Rejected(
            "hold.state",
            en=f"nothing is held at {place[0]}:{place[1]}; `vledger credit holds` lists holds",
            zh=f"没有保留 {place[0]}:{place[1]}；`vledger credit holds` 可查看",
        )
    return found


def movement_at(office: Office, place: Place) -> Movement:
    """Return the settled movement at a place, its own or that of its hold, or raise `Rejected`."""
    found = _said_at(office, Movement, place)
    if found is None and (hold := _said_at(office, Hold, place)):
        with office.store.reading() as view:
            paid = view.where(Movement, credit=hold.credit, hold=f"{hold.ref}:{hold.n}")
            found = next(paid, None)
    if found is None:
        raise Rejected(
            "refund.unknown",
            en=f"nothing was settled at {place[0]}:{place[1]}",
            zh=f"{place[0]}:{place[1]} 没有办结的转出",
        )
    return found


# --- parts --------------------------------------------------------------------------------------


def _home(view: Reader, number: str) -> str:
    """Return the organisation that speaks for a volunteer, or raise `Rejected`."""
    registered(view, number)
    return homes_of(view, [number])[number]


def _said_at(office: Office, kind: type[R], place: Place) -> R | None:
    """Return what a row of a statement made, if it made one of that kind."""
    with office.store.reading() as view:
        spoken = next(view.where(Spoken, entry=place[0]), None)
        return view.find(kind, spoken.ref, place[1] - 1) if spoken else None


def _due(view: Reader, now: str, numbers: Sequence[str], on: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(numbers), CHUNK):
        part = numbers[start : start + CHUNK]
        names = {accounts.volunteer(number) for number in part}
        book = book_of(view, Wants(accounts=names, careers=set(part)))
        draft = Draft(book, "", now)
        for number in part:
            draft.free(draft.holds_on(accounts.volunteer(number)))
            if points := due_to_lapse(draft, number, on):
                found[number] = points
    return found


def _check_age(office: Office, number: str, wish: Wish, scheme: Credits) -> None:
    """Raise `Rejected` where somebody is too young to have service done for credits (rule 35)."""
    if wish.relation != "age":
        return  # a spouse's age, or hardship, is on the form that was signed
    details = office.vault.details(number)
    born = details.born if details else ""
    if not born:
        raise Rejected(
            "order.age",
            en=f"the birth date of {number} is not known; register it first",
            zh=f"没有 {number} 的出生日期，请先补充登记",
        )
    years = age(born, day_of(office.now))
    if years < scheme.redeem_age:
        raise Rejected(
            "order.age",
            en=f"{number} is {years}; credits are redeemed from {scheme.redeem_age}, or for a spouse",
            zh=f"{number} 现年 {years} 周岁，须满 {scheme.redeem_age} 周岁（或为配偶兑换）",
        )
