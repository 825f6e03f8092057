"""Base45 (RFC 9285): bytes in the 45 signs of which a QR code holds two in eleven bits.

Two bytes are three signs, the lowest digit first; a last single byte is two. One text for each value.
"""

from ledger.errors import Malformed

_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"  # table 1
_BASE = len(_SIGNS)
_DIGITS = {sign: digit for digit, sign in enumerate(_SIGNS)}
_GROUP = {2: 3, 1: 2}  # bytes: signs
_BYTES = {signs: size for size, signs in _GROUP.items()}


def encode(data: bytes) -> str:
    """Write bytes in base45."""
    return "".join(_signs(data[at : at + 2]) for at in range(0, len(data), 2))


def decode(text: str) -> bytes:
    """Return the bytes that a text stands for, or raise `Malformed`."""
    return b"".join(_bytes(text[at : at + 3]) for at in range(0, len(text), 3))


def _signs(group: bytes) -> str:
    number, found = int.from_bytes(group, "big"), ""
    for _ in range(_GROUP[len(group)]):
        number, digit = divmod(number, _BASE)
        found += _SIGNS[digit]
    return found


def _bytes(signs: str) -> bytes:
    size, number = _BYTES.get(len(signs), 0), 0
    for sign in reversed(signs):
        number = number * _BASE + _DIGITS.get(sign, _BASE**3)
    if not size or number >= 256**size:  # one sign left over, or beyond what so many bytes hold
        raise Malformed(f"{signs!r} is not base45", f"{signs!r} 不是 base45")
    return number.to_bytes(size, "big")
