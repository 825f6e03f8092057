"""Numbers as people type or paste them: with blanks around, in full width, with a small v."""

import re
from typing import Any
from unicodedata import normalize

_VOLUNTEER = re.compile(r"v[0-9]{10}")


def number(_context: object, _parameter: object, value: Any) -> Any:
    """Return an argument, or a tuple of such, as the ledger writes volunteers' and certificates' numbers."""
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    return value if value is None else plain(value)


def plain(text: str) -> str:
    """Return a number without what pasting adds to it."""
    found = normalize("NFKC", text).strip()
    return found.upper() if _VOLUNTEER.fullmatch(found) else found
