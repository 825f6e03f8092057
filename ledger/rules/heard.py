"""What was heard: a statement whose form, signature and items are in order.

Whether it may enter is still open: that is what the rules beside this file decide.
"""

from dataclasses import dataclass

from ledger.records import Key
from ledger.rows import Item
from ledger.statements import Statement


@dataclass(frozen=True, slots=True)
class Heard:
    """A statement with its rows, the key that signed it, and the time at which it would enter."""

    statement: Statement
    items: tuple[Item, ...]
    signer: Key
    stamp: str

    @property
    def ref(self) -> str:
        """Return what names the statement."""
        return self.statement.ref
