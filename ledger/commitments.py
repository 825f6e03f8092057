"""Commitments to personal fields (DESIGN.md section 3): what the log holds in place of a person.

    base64 of HMAC-SHA-256, keyed with 32 random bytes of that field alone, over
    volunteer-ledger/commitment@v1
    <field name>
    <value: UTF-8, NFC, as printed; no newline after it>

Who is shown key and value can recompute it; once the key is destroyed, nobody can test a guess.
"""

import hmac
import secrets
from dataclasses import dataclass

from ledger.encoding import base64, encode
from ledger.errors import Malformed, Unverified

FIRST_LINE = "volunteer-ledger/commitment@v1"
_KEY_SIZE = 32


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a commitment: the key of that one field, and the value as printed."""

    key: bytes
    value: str

    @classmethod
    def fresh(cls, value: str) -> "Opening":
        """Return an opening under a new key."""
        return cls(secrets.token_bytes(_KEY_SIZE), value)

    def commitment(self, field: str) -> str:
        """Return the commitment that this opens."""
        return commitment(field, self.value, self.key)

    def __repr__(self) -> str:
        return "Opening(…)"  # a traceback is no place for a name


def commitment(field: str, value: str, key: bytes) -> str:
    """Return the commitment to a field's value; raises `Malformed` for a value not as printed."""
    encode(value)  # NFC, and nothing in it that a reader cannot see
    if len(key) != _KEY_SIZE:
        raise Malformed("a commitment's key is 32 bytes long", "承诺的密钥应为 32 字节")
    text = f"{FIRST_LINE}\n{field}\n{value}"
    return base64(hmac.digest(key, text.encode(), "sha256"))


def check(found: str, field: str, opening: Opening) -> None:
    """Raise `Unverified` unless the opening is that of the commitment."""
    if not hmac.compare_digest(opening.commitment(field).encode(), found.encode()):
        raise Unverified(
            f"the {field} shown is not the one committed to", f"所示的 {field} 与承诺不符"
        )
