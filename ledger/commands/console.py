"""The console: what it can show, and the language of the person before it."""

import codecs
import json
import locale
import os
import sys
from typing import Any

from ledger.errors import Lang

_BOX = "□"


def prepare() -> None:
    """Let a console that cannot show a character show a box instead, and never stop."""
    codecs.register_error("box", _boxed)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="box")


def as_json(value: Any) -> str:
    """Write a value as JSON; where the console cannot hold the text, in ASCII and losing nothing."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
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
