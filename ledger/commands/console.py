"""The console: what it can show, and the language of the person before it."""

import codecs
import json
import locale
import os
import re
import sys
from typing import Any

from ledger.errors import Lang

_BOX = "□"
# What moves a cursor, or the words of a line: controls but tab and line feed, marks of direction (Unicode
# 16, table 4-2 and UAX #9), and bytes of a file name that are no UTF-8.
_MOVING = re.compile(
    r"[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_HIGH = re.compile(r"[\x7f-\x9f]")  # which JSON need not escape


def prepare() -> None:
    """Let a console that cannot show a character show a box instead, and never stop."""
    codecs.register_error("box", _boxed)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="box")


def visible(text: str, *, line: bool = False) -> str:
    r"""Return a text that moves no cursor: what would, is written out as `\x1b`; in a `line` its ends too.

    Names of files are other people's words: one could paint over what this program says of the file.
    """
    found = _MOVING.sub(_written_out, text)
    return found.replace("\n", "\\n") if line else found


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 - how Python holds a byte of a name (PEP 383)
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004 - one byte


def as_json(value: Any) -> str:
    """Write a value as JSON; where the console cannot hold the text, in ASCII and losing nothing."""
    text = _HIGH.sub(
        lambda one: f"\\u{ord(one[0]):04x}", json.dumps(value, ensure_ascii=False, indent=1)
    )
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, indent=1)
    return text


def language() -> Lang:
    """Return the language of the computer's locale."""
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    if sys.platform == "win32":
        names.append(locale.getlocale()[0] or "")
    first = next((name for name in names if name), "")
    return "zh" if first.lower().startswith(("zh", "chinese")) else "en"


def _boxed(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    try:
        _BOX.encode(error.encoding)
    except UnicodeError:
        return "?" * (error.end - error.start), error.end
    return _BOX * (error.end - error.start), error.end
