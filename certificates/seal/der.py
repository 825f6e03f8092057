"""The little of DER (ITU-T X.690) that a seal needs: values inside values.

Reading is not strict on purpose: what was read is always written again and compared.
"""

from dataclasses import dataclass

from ledger.errors import Malformed

INTEGER, OCTETS, NULL, OBJECT, SEQUENCE, SET, CONTEXT_0 = 0x02, 0x04, 0x05, 0x06, 0x30, 0x31, 0xA0
_SHORT = 0x80  # lengths below are one byte
_MAX_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its tag and its content."""

    tag: int
    content: bytes

    def __bytes__(self) -> bytes:
        return wrap(self.tag, self.content)

    def children(self) -> "tuple[Value, ...]":
        """Return the values that the content is made of, or raise `Malformed`."""
        found, rest = list[Value](), self.content
        while rest:
            value, rest = _first(rest)
            found.append(value)
        return tuple(found)


def read(data: bytes) -> Value:
    """Return the one value that the data hold, or raise `Malformed`."""
    value, rest = _first(data)
    if rest:
        raise _malformed()
    return value


def wrap(tag: int, *parts: bytes) -> bytes:
    """Write a value around its parts; the length as short as it can be (X.690, 10.1)."""
    content = b"".join(parts)
    size = len(content)
    if size < _SHORT:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _SHORT | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    """Write a SEQUENCE."""
    return wrap(SEQUENCE, *parts)


def set_of(*parts: bytes, tag: int = SET) -> bytes:
    """Write a SET OF: its members in the order of their bytes (X.690, 11.6)."""
    return wrap(tag, *sorted(parts))


def integer(value: int) -> bytes:
    """Write a non-negative INTEGER."""
    return wrap(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """Write an OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    return wrap(OBJECT, b"".join(map(_base128, (first * 40 + second, *rest))))


def _base128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))


def _first(data: bytes) -> tuple[Value, bytes]:
    """Return the first value and what is behind it."""
    if len(data) < 2:  # noqa: PLR2004 - a tag and a length
        raise _malformed()
    size, start = data[1], 2
    if size >= _SHORT:
        start += size - _SHORT
        if start > 2 + _MAX_LENGTH_BYTES:
            raise _malformed()
        size = int.from_bytes(data[2:start], "big")
    if len(data) < start + size:
        raise _malformed()
    return Value(data[0], data[start : start + size]), data[start + size :]


def _malformed() -> Malformed:
    return Malformed("the seal is not readable", "签章无法读取")
