"""Accounts: who can hold points and credits, and what the accounts are called in the books.

Inside, an account is `volunteer:V1` (what a volunteer holds), `donations:V1` (credits of group service,
to be donated), or one of the association's own: `issuance` (what was earned, so always owing),
`pool`, `redemption`, `expiry`, `adjustment`, and `transit:ORIGIN` for each ledger that credits go to
or come from. A balance is debits less credits, and all balances of a unit add up to nothing.

Outside, in balances and journals, each has a name that beancount and hledger both take.
"""

import re
from functools import lru_cache
from typing import Literal

Unit = Literal["point", "credit"]
UNITS: tuple[Unit, ...] = ("point", "credit")
UNIT_WORDS = {"point": ("points", "积分"), "credit": ("credits", "时间储蓄")}  # English, Chinese
ISSUANCE, POOL, REDEMPTION, EXPIRY, ADJUSTMENT = (
    "issuance", "pool", "redemption", "expiry", "adjustment",
)  # fmt: skip
OWN = (ISSUANCE, POOL, REDEMPTION, EXPIRY, ADJUSTMENT)
_NAMES = {
    ISSUANCE: "Equity:Issuance",
    POOL: "Assets:Pool",
    REDEMPTION: "Expenses:Redemption",
    EXPIRY: "Expenses:Expiry",
    ADJUSTMENT: "Equity:Adjustment",
}
_KINDS = {
    "volunteer": "Assets:Volunteers",
    "donations": "Assets:Donations",
    "transit": "Assets:Transit",
}
_PLAIN = re.compile(r"[A-Z0-9][A-Za-z0-9]*")  # what both programs take as part of a name


def volunteer(number: str) -> str:
    """Return the account of a volunteer."""
    return f"volunteer:{number}"


def donations(number: str) -> str:
    """Return the account of a volunteer's credits that can only be donated."""
    return f"donations:{number}"


def transit(origin: str) -> str:
    """Return the account of what goes to another ledger, or comes from it."""
    return f"transit:{origin}"


@lru_cache(maxsize=65_536)  # asked several times for each side of a transfer
def owner(account: str) -> str:
    """Return the number of the volunteer whose account it is, empty if it is nobody's."""
    kind, _, number = account.partition(":")
    return number if kind in ("volunteer", "donations") else ""


def called(account: str) -> str:
    """Return what an account is called in lists for people: another ledger by its own name."""
    kind, _, of = account.partition(":")
    return f"{_KINDS[kind]}:{of}" if kind == "transit" else name(account)


def name(account: str) -> str:
    """Return what an account is called in balances and journals. No two have one name."""
    if account in _NAMES:
        return _NAMES[account]
    kind, _, of = account.partition(":")
    # Another alphabet, or a dot, is written as hexadecimal: a plain name has no hyphen.
    part = of if _PLAIN.fullmatch(of) else f"X-{of.encode().hex()}"
    return f"{_KINDS[kind]}:{part}"
