"""A draft of the book: what a statement with many rows changes, row by row, before it is admitted.

Each row sees what the rows before it have changed; the book itself changes only once all are good.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from ledger.book import Book
from ledger.records import Account, Good, Hold, Movement, R, Record, RecordKey, key_of


@dataclass(slots=True)
class Draft:
    """Changes on top of a book."""

    book: Book
    ref: str
    stamp: str
    _changed: dict[tuple[type, RecordKey], Any] = field(default_factory=dict)
    _accounts: dict[tuple[str, str], Account] = field(default_factory=dict)
    _holds: dict[str, dict[RecordKey, Hold]] = field(default_factory=dict)
    _moved: int = 0

    def find(self, kind: type[R], *key: str | int) -> R | None:
        """Return the record of that kind and key, as it is by now."""
        found: R | None = self._changed.get((kind, key))
        return found or self.book.find(kind, *key)

    def put(self, *records: Record) -> None:
        """Change or add records."""
        for record in records:
            key = key_of(record)
            self._changed[type(record), key] = record
            if isinstance(record, Hold):
                self._holds.setdefault(record.credit, {})[key] = record

    @property
    def records(self) -> tuple[Record, ...]:
        """Return what has changed."""
        return (*self._changed.values(), *self._accounts.values())

    # --- accounts ------------------------------------------------------------------------------

    def account(self, account: str, unit: str) -> Account:
        """Return an account; one that nothing was ever moved on holds nothing."""
        known = self._accounts.get((account, unit)) or self.book.find(Account, account, unit)
        return known or Account(account, unit)

    def set(self, account: Account) -> None:
        """Change what an account holds."""
        self._accounts[account.account, account.unit] = account

    def shift(self, debit: str, credit: str, unit: str, amount: int) -> None:
        """Let one account receive what another pays: the books balance by construction."""
        for account, change in ((debit, amount), (credit, -amount)):
            found = self.account(account, unit)
            self.set(replace(found, balance=found.balance + change))

    def move(self, movement: Movement) -> None:
        """Move an amount and keep a record of it, numbered within the statement."""
        self.shift(movement.debit, movement.credit, movement.unit, movement.amount)
        paid = self.account(movement.credit, movement.unit)
        self.set(replace(paid, gone=paid.gone + movement.amount))
        self.put(replace(movement, n=self._moved))
        self._moved += 1

    def movement(  # noqa: PLR0913 - a movement has so many sides
        self, debit: str, credit: str, unit: str, amount: int, purpose: str, *, effective: str
    ) -> Movement:
        """Return a movement of this statement."""
        return Movement(
            ref=self.ref,
            n=0,
            entry=self.book.size,
            stamp=self.stamp,
            effective=effective,
            debit=debit,
            credit=credit,
            unit=unit,
            amount=amount,
            purpose=purpose,
        )

    def holds_on(self, account: str) -> list[Hold]:
        """Return the holds on a paying account that are open by now."""
        known = {key_of(hold): hold for hold in self.book.holds_on(account)}
        known |= self._holds.get(account, {})
        return [hold for hold in known.values() if hold.state == "open"]

    def free(self, holds: Iterable[Hold]) -> None:
        """Let go of holds whose time has passed."""
        for hold in holds:
            now = self.find(Hold, hold.ref, hold.n)
            if now and now.state == "open" and now.until < self.stamp:
                self.release(now)

    def release(self, hold: Hold, *, state: str = "released") -> None:
        """End a hold: what it held back is free again, and goods are back on the shelf."""
        found = self.account(hold.credit, hold.unit)
        self.set(replace(found, held=found.held - hold.amount))
        self.put(replace(hold, state=state))
        if hold.good and (good := self.find(Good, hold.good)):
            self.put(replace(good, stock=good.stock + hold.count))
