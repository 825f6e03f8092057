"""Journals: the books as plain text that hledger and beancount read and check for themselves.

One transaction for what an entry did between two accounts, dated by the day it speaks of. What
lines earned comes first, person by person, then movements in the order of the log; at the end each
account's balance is asserted, so that a program that reads the file also proves it. Numbers and codes
only: every word is plain ASCII, and nobody is named.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice

from msgspec import Struct

from ledger import accounts
from ledger.accounts import ISSUANCE, UNITS
from ledger.desk.earned import Gain, everybody
from ledger.records import Account, Movement, Spoken
from ledger.store.reading import Reader
from ledger.times import day_of, later

_TOGETHER = 500  # entries whose movements are read at a time
_BEGINNING = "1900-01-01"  # no service is older: accounts are open from then on
_WIDTH = 32


class Transaction(Struct, frozen=True, gc=False):
    """What an entry did between two accounts on a day: whole positive amounts, each with its unit."""

    day: str
    entry: int
    recorded: str  # stamp
    purpose: str
    debit: str
    credit: str
    amounts: tuple[tuple[str, int], ...]
    about: tuple[str, ...] = ()  # the lines that earned it


def transactions(view: Reader) -> Iterator[Transaction]:
    """Iterate over everything that ever moved points or credits; little is in memory at a time."""
    for one in everybody(view):
        moved = (gain for gain in one.gains if gain.amount)
        for _, gains in groupby(sorted(moved, key=_together), key=_together):
            yield _earned(list(gains))
    entries = view.ordered(Spoken, "entry")
    while some := [(spoken.ref,) for spoken in islice(entries, _TOGETHER)]:
        found = view.among(Movement, ("ref",), some)
        for row in sorted(found, key=lambda one: (one.entry, one.n)):
            yield Transaction(row.effective, row.entry, row.stamp, row.purpose, row.debit, row.credit,
                              ((row.unit, row.amount),))  # fmt: skip


def _together(gain: Gain) -> tuple[int, str, str, bool]:
    """Return what gains of one transaction have in common."""
    return gain.turn.entry, gain.account, gain.day, gain.amount > 0


def _earned(gains: list[Gain]) -> Transaction:
    first = gains[0]
    amounts = dict.fromkeys(UNITS, 0)
    for gain in gains:
        amounts[gain.unit] += abs(gain.amount)
    sides = (first.account, ISSUANCE) if first.amount > 0 else (ISSUANCE, first.account)
    lines = dict.fromkeys(gain.turn.kept.place for gain in gains)
    return Transaction(first.day, first.turn.entry, first.turn.stamp,
                       "earned" if first.amount > 0 else "voided", *sides,
                       tuple((unit, amount) for unit, amount in amounts.items() if amount),
                       tuple(lines))  # fmt: skip


# --- the two forms ------------------------------------------------------------------------------


def hledger(view: Reader) -> Iterator[str]:
    """Write the books for hledger, some lines at a time."""
    last = day_of(view.last_stamp())
    yield f"; volunteer-ledger, {view.size()} entries, the last of {view.last_stamp()}\n\n"
    yield from (f"commodity 1000. {unit}\n" for unit in UNITS)
    yield from (f"account {name}\n" for name in _names(view))
    yield from map(_hledger, transactions(view))
    yield f"\n{last} balances\n"
    for row in view.all(Account):
        yield f"    ({accounts.name(row.account)})  0 {row.unit} = {row.balance} {row.unit}\n"


def _hledger(one: Transaction) -> str:
    about = f", lines:{' '.join(one.about)}" if one.about else ""
    tags = f"entry:{one.entry}, recorded:{one.recorded}{about}"
    return f"\n{one.day} ({one.entry}) {one.purpose}  ; {tags}\n" + "".join(
        f"    {name:{_WIDTH}}  {amount:>6} {unit}\n" for name, amount, unit in _sides(one)
    )


def beancount(view: Reader) -> Iterator[str]:
    """Write the books for beancount, some lines at a time; its units are in upper case."""
    after = day_of(later(view.last_stamp(), days=1))  # it looks at balances when a day begins
    yield 'option "title" "volunteer-ledger"\n\n'
    yield from (f"{_BEGINNING} commodity {unit.upper()}\n" for unit in UNITS)
    yield from (f"{_BEGINNING} open {name}\n" for name in _names(view))
    yield from map(_beancount, transactions(view))
    yield "\n"
    for row in view.all(Account):
        name, unit = accounts.name(row.account), row.unit.upper()
        yield f"{after} balance {name}  {row.balance} {unit}\n"


def _beancount(one: Transaction) -> str:
    about = f'  lines: "{" ".join(one.about)}"\n' if one.about else ""
    head = f'\n{one.day} * "{one.purpose}"\n  entry: {one.entry}\n  recorded: "{one.recorded}"\n{about}'
    return head + "".join(
        f"  {name:{_WIDTH}}  {amount:>6} {unit.upper()}\n" for name, amount, unit in _sides(one)
    )


def _sides(one: Transaction) -> Iterator[tuple[str, int, str]]:
    debit, credit = accounts.name(one.debit), accounts.name(one.credit)
    for unit, amount in one.amounts:
        yield debit, amount, unit
        yield credit, -amount, unit


def _names(view: Reader) -> Iterator[str]:
    """Return the names of all accounts, once each: their rows come by account, then by unit."""
    return (accounts.name(account) for account, _ in groupby(view.all(Account), _account))


def _account(row: Account) -> str:
    return row.account


FORMS: dict[str, Callable[[Reader], Iterable[str]]] = {"hledger": hledger, "beancount": beancount}
