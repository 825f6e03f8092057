"""One value, one encoding: the part of RFC 8785 that this ledger signs.

Floats are left out, so hours are minutes and nothing is rounded. Nulls are left out, so what is
absent has one form. Keys are ASCII, so sorting by code point is sorting by UTF-16 unit, as the RFC
asks. Strings are NFC and hold nothing that a reader cannot see.
"""

import re
import unicodedata
from binascii import a2b_base64, b2a_base64
from typing import Any

import msgspec

from ledger.errors import Malformed

_SAFE = 2**53 - 1  # the integers every JSON reader agrees on
# Control characters are what json escapes, or C1; the rest reorders or hides text.
_UNSEEN = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_PLAIN = bytes(range(0x20, 0x7F))  # of ASCII; they are looked over faster than the rest
# Ideographs, their full stops and commas, full-width letters and the dash of notes: all are NFC beside
# any other, as is ASCII (Unicode Standard Annex 15, section 9), and looking for them is fast.
_SETTLED = re.compile("[\u2014\u3001\u3002\u4e00-\u9fff\uff01-\uff5e]*")
_WRITER = msgspec.json.Encoder(order="sorted")
_READER: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
# Control characters as they are escaped; before that, what is fast to look for: escapes of anything but
# quotes, backslashes and, in notes, line ends.
_ESCAPED = (re.compile(rb'\\[^"\\]'), re.compile(rb"(?<!\\)(?:\\\\)*\\[bfnrtu]"))
_ESCAPED_BUT_LF = (re.compile(rb'\\[^"n\\]'), re.compile(rb"(?<!\\)(?:\\\\)*\\[bfrtu]"))


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
    rest = data.translate(None, _PLAIN).decode()
    if not _SETTLED.fullmatch(rest) and not unicodedata.is_normalized("NFC", data.decode()):
        raise Malformed("text is not in Unicode form NFC", "文字不是 Unicode NFC 形式")
    hidden = not rest.isprintable() and _UNSEEN.search(rest)  # what is printable is seen
    if hidden or all(form.search(data) for form in (_ESCAPED_BUT_LF if lines else _ESCAPED)):
        raise Malformed("text holds a control character", "文字中有控制字符")


def base64(data: bytes) -> str:
    """Return `data` in the base64 of RFC 4648 section 4, with padding."""
    return b2a_base64(data, newline=False).decode()


def unbase64(text: str, size: int | None = None) -> bytes:
    """Return the bytes that `text` stands for, refusing spare bits, spaces and other alphabets."""
    try:
        data = a2b_base64(text, strict_mode=True)
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
