"""What a cell holds, whatever file it came from."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell whose value the file itself does not know: an error, a formula never computed."""

    shown: str
    en: str
    zh: str


Cell = str | int | float | bool | datetime | date | time | timedelta | Unreadable

ERROR = Unreadable(
    "#REF!",
    "the cell shows an error; type the value itself",
    "单元格显示错误值，请直接填写内容",
)
FORMULA = Unreadable(
    "=",
    "the cell holds a formula without a value; type the value itself, or save the file once in a"
    " spreadsheet program",
    "单元格是没有结果的公式，请直接填写内容，或用表格软件打开并重新保存",
)
_WHOLE = 2**53


def shown(cell: Cell) -> str:
    """Return what a person sees in the cell, near enough to find it again."""
    match cell:
        case Unreadable():
            found = cell.shown
        case bool():
            found = "是" if cell else "否"
        case float() if cell.is_integer() and abs(cell) < _WHOLE:
            found = str(int(cell))
        case datetime() | timedelta():
            found = str(cell).removesuffix(":00")
        case _:
            found = str(cell)
    return found.strip()


def blank(cell: Cell) -> bool:
    """Tell whether nothing stands in the cell."""
    return isinstance(cell, str) and not cell.strip()


def plain(text: str) -> str:
    """Return text as machines compare it: full-width signs made narrow, every blank removed."""
    return "".join(unicodedata.normalize("NFKC", text).split())
