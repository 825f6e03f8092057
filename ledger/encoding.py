"""One value, one encoding: the part of RFC 8785 that this ledger signs.

Floats are left out, so hours are minutes and nothing is rounded. Nulls are left out, so what is
absent has one form. Keys are ASCII, so sorting by code point is sorting by UTF-16 unit, as the RFC
asks. Strings are NFC and hold nothing that a reader cannot see.
"""

import base64 as _base64
import re
import unicodedata
from typing import Any

import msgspec

from ledger.errors import Malformed

_SAFE = 2**53 - 1  # the integers every JSON reader agrees on
# Control characters are what json escapes, or C1; the rest reorders or hides text.
_UNSEEN = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_WRITER = msgspec.json.Encoder(order="sorted")
_READER: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_ESCAPED = re.compile(r"(?<!\\)(?:\\\\)*\\[bfnrtu]")
_ESCAPED_BUT_LF = re.compile(r"(?<!\\)(?:\\\\)*\\[bfrtu]")


def encode(value: Any, *, lines: bool = False) -> bytes:
    """Return the only accepted encoding of `value`, or raise `Malformed`.

    `lines` lets texts hold newlines: a proof carries whole notes.
    """
    try:
        _check(value)
        data = _WRITER.encode(value)
    except (ValueError, RecursionError) as error:  # half of a surrogate pair, or without end
        raise Malformed(f"not a text: {error}"[:200], "文字不是 Unicode") from error
    check_text(data, lines=lines)
    return data


def decode(data: bytes, *, lines: bool = False) -> Any:
    """Return the value that `data` encodes, if `data` is its only accepted encoding."""
    try:
        value = _READER.decode(data)
        canonical = encode(value, lines=lines)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON", "不是 JSON") from error
    # Duplicate keys, spare spaces, 1.0 and \u0041 all fail here: none survives re-encoding.
    if canonical != data:
        raise Malformed("JSON is not in canonical form", "JSON 不是规范形式")
    return value


def check_text(data: bytes, *, lines: bool = False) -> None:
    """Raise `Malformed` where what is written holds text that is not NFC, or that nobody can see."""
    if data.isascii() and b"\x7f" not in data and b"\\" not in data:
        return  # nothing can be hidden in it, and most is so
    text = data.decode()
    if not unicodedata.is_normalized("NFC", text):
        raise Malformed("text is not in Unicode form NFC", "文字不是 Unicode NFC 形式")
    hidden = not text.isprintable() and _UNSEEN.search(text)  # what is printable is seen
    if hidden or _escaped(text, lines=lines):
        raise Malformed("text holds a control character", "文字中有控制字符")


def _escaped(text: str, *, lines: bool) -> bool:
    """Tell whether a control character is written as an escape."""
    escapes = text.count("\\")
    if not escapes:
        return False
    # Nearly always quotes are escaped, and in notes line ends: counting them is faster than looking.
    if escapes == text.count('\\"') + (text.count("\\n") if lines else 0):
        return False
    return bool((_ESCAPED_BUT_LF if lines else _ESCAPED).search(text))


def base64(data: bytes) -> str:
    """Return `data` in the base64 of RFC 4648 section 4, with padding."""
    return _base64.b64encode(data).decode()


def unbase64(text: str, size: int | None = None) -> bytes:
    """Return the bytes that `text` stands for, refusing spare bits, spaces and other alphabets."""
    try:
        data = _base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Malformed(f"{text[:60]!r} is not base64", f"{text[:60]!r} 不是 base64") from error
    if base64(data) != text or size not in (None, len(data)):
        raise Malformed(f"{text[:60]!r} is not base64 as expected", f"{text[:60]!r} base64 不规范")
    return data


def _check(value: Any) -> None:
    """Raise `Malformed` where a value has no encoding."""
    kind = type(value)
    if kind is str or kind is bool:
        return
    if kind is int:
        if not -_SAFE <= value <= _SAFE:
            raise Malformed(f"integer {value} is beyond 2^53", f"整数 {value} 超出 2^53")
        return
    if kind is dict:
        _check_keys(value)
        value = value.values()
    elif kind is not list and kind is not tuple:
        raise Malformed(f"{value!r} has no canonical encoding", f"{value!r} 没有规范编码")
    for item in value:
        if type(item) is not str:  # most values are texts, and need no call
            _check(item)


def _check_keys(value: dict[Any, Any]) -> None:
    try:
        plain = "".join(value).isascii()
    except TypeError:
        plain = False
    if not plain:
        raise Malformed(f"a key of {value!r} is not ASCII text", f"{value!r} 中有键不是 ASCII 文字")
