"""One cell read as what its column means; what cannot be read is said with its remedy.

Everything returned is in its one clean form: names without stray blanks, telephones as digits, ID
numbers in capitals. Nothing is guessed that RULES.md does not allow to be guessed.
"""

import math
import re
import unicodedata
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Literal

from ledger.errors import Rejected
from ledger.sheets.cells import ERROR, Cell, Unreadable, plain, shown

Sex = Literal["男", "女"]

_LONGEST = 1000  # DESIGN.md section 3: characters of a text
_EXACT = 10**15  # a spreadsheet keeps 15 digits of a number
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_FORMULAS = re.compile(r"=|#(?:REF|VALUE|DIV/0|NAME|NULL|NUM|N/A|SPILL|CALC)[!?]?$")
_HAN = "\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BETWEEN = re.compile(rf"(?<=[{_HAN}·])\s+(?=[{_HAN}·])")
_DOTS = re.compile("[•・‧∙･⋅]")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
_CODE = re.compile(r"[A-Za-z0-9._-]{1,32}")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[Ee]\+?\d+")
_DASHES = re.compile("[\\s()\u2010-\u2015\u2212-]")
_PHONE = re.compile(r"1\d{10}|0\d{9,11}|[2-9]\d{6,7}|\+\d{7,15}")
_HOURS = re.compile(
    r"(?:(?P<h>\d+(?:\.\d+)?)(?P<half>个半)?(?:个?(?:小时|钟头|时|hours?|hrs?|h))(?P<after>半)?)?"
    r"(?:(?P<m>\d+)(?:分钟|分|minutes?|mins?|m))?"
)
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?::[0-5]\d)?")
_YES = frozenset(
    ("是", "对", "有", "同意", "已同意", "已签", "已签署", "已签订", "√", "✓", "✔", "☑")
)
_YES |= {"y", "yes", "true", "1"}
_NO = frozenset(
    ("否", "不", "不是", "无", "没有", "不同意", "未同意", "未签", "未签署", "×", "✗", "☐")
)
_NO |= {"n", "no", "x", "false", "0", "/"}
_SEXES: dict[str, Sex] = {
    **dict.fromkeys(("男", "男性", "m", "male"), "男"),
    **dict.fromkeys(("女", "女性", "f", "female"), "女"),
}
_EQUALS = Unreadable(
    "=",
    "it begins with “=”, as formulas do; type the value itself",
    "以“=”开头，像是公式，请直接填写内容",
)
NONE = frozenset(("无", "没有", "none", "/", "-", "—"))


def unreadable(en: str, zh: str, code: str = "field.unreadable") -> Rejected:
    """Say that a value cannot be read."""
    return Rejected(code, en=en, zh=zh)


def text(cell: Cell) -> str:
    """Return a text in NFC, its ends trimmed and its line breaks made blanks."""
    if isinstance(cell, Unreadable):
        raise unreadable(cell.en, cell.zh)
    found = unicodedata.normalize("NFC", re.sub(r"[ \t\r\n]*[\t\r\n][ \t\r\n]*", " ", shown(cell)))
    found = found.replace("\ufeff", "").replace("\u200b", "").strip()
    if _FORMULAS.match(found):
        why = ERROR if found.startswith("#") else _EQUALS
        raise unreadable(why.en, why.zh)
    if _UNSEEN.search(found):
        raise unreadable(
            "it holds a character nobody can see; type it anew", "含有不可见字符，请重新输入"
        )
    if len(found) > _LONGEST:
        raise unreadable(
            f"it is longer than {_LONGEST} characters; shorten it", f"超过 {_LONGEST} 字，请缩短"
        )
    return found


# A slip of the pen, a picture, or words that would pass for a figure on a certificate.
_NO_NAME = re.compile(r"^·|·$|··|[0-9]小时|[\U0001F000-\U0001FAFF\u2600-\u27BF]")


def name(cell: Cell) -> str:
    """Return a person's name: no blanks inside a Chinese one, one kind of dot, no wide letters."""
    found = _DOTS.sub("·", text(cell).translate(_WIDE))
    found = re.sub(r"\s+", " ", _BETWEEN.sub("", found)).strip()
    letters = any(unicodedata.category(each)[0] not in "NPSZ" for each in found)
    if not letters or not isinstance(cell, str) or _NO_NAME.search(found):
        raise unreadable("this is not a name", "这不是姓名，请填写姓名")
    return found


def code(cell: Cell) -> str:
    """Return a code: letters, digits, dot, dash and underscore, at most 32."""
    found = plain(text(cell))
    if not _CODE.fullmatch(found):
        raise unreadable(
            "a code has at most 32 letters, digits, dots, dashes or underscores",
            "编号只能用字母、数字、点、横线和下划线，最多 32 位",
        )
    return found


def phone(cell: Cell) -> str:
    """Return a telephone number as digits; "" where it says that there is none (无)."""
    found = plain(text(cell))
    if found in NONE:
        return ""
    if _SCIENTIFIC.fullmatch(found):
        raise unreadable(
            "the spreadsheet has rounded the number; make the column text and type it anew",
            "号码被表格软件改成科学计数，请把该列设为文本后重新输入",
        )
    found = re.sub(r"\.0+$", "", _DASHES.sub("", found.removeprefix("'")))
    found = re.sub(r"^(?:\+86|0086|86(?=1\d{10}$))", "", found)
    if not _PHONE.fullmatch(found):
        raise unreadable(
            "this is not a telephone number: 11 digits, or area code and number",
            "不是电话号码：应为 11 位手机号，或区号加号码",
        )
    return found


def document(cell: Cell) -> str:
    """Return an ID number of any type, without blanks and in capitals, never a rounded one."""
    rounded = isinstance(cell, float | int) and abs(cell) >= _EXACT
    found = plain(text(cell)).upper().removeprefix("'")
    if rounded or _SCIENTIFIC.fullmatch(found) or re.fullmatch(r"\d{16,}\.0*", found):
        raise unreadable(
            "the spreadsheet has rounded the number to 15 digits, the last ones are lost;"
            " make the column text and type it anew",
            "号码被表格软件按数字保存，15 位之后已丢失，请把该列设为文本后重新输入",
        )
    found = re.sub(r"[\s\-]", "", found)
    if not re.fullmatch(r"[0-9A-Z()/]{4,30}", found):
        raise unreadable(
            "an ID number has letters and digits only, all of them written out",
            "证件号码只含字母和数字，且须完整填写",
        )
    return found


def sex(cell: Cell) -> Sex:
    """Return 男 or 女."""
    found = _SEXES.get(plain(text(cell)).casefold())
    if found is None:
        raise unreadable("write 男 or 女", "请填写“男”或“女”")
    return found


def yes(cell: Cell) -> bool:
    """Return whether a cell says yes; it must say yes or no."""
    if isinstance(cell, bool):
        return cell
    found = plain(text(cell)).casefold()
    if found not in _YES | _NO:
        raise unreadable("write 是 or 否", "请填写“是”或“否”")
    return found in _YES


def rating(cell: Cell) -> int:
    """Return a rating from 1 to 5."""
    found = re.fullmatch(r"([1-5])(?:\.0+)?[分星]?", plain(text(cell)))
    if found is None:
        raise unreadable("a rating is a number from 1 to 5", "评价应为 1 至 5 的数字")
    return int(found[1])


def hours(cell: Cell) -> int:
    """Return stated hours as whole minutes, cut down; a bare number is hours."""
    if isinstance(cell, timedelta):
        return _positive(int(cell.total_seconds()) // 60)
    if isinstance(cell, time):
        return _positive(cell.hour * 60 + cell.minute)
    if isinstance(cell, bool | datetime):
        raise _no_hours()
    if isinstance(cell, int | float) and math.isfinite(cell):
        return _positive(_minutes(repr(cell)))
    return _positive(_written_hours(plain(text(cell)).casefold()))


def minutes(cell: Cell) -> int:
    """Return stated minutes, of a column whose heading says minutes."""
    found = re.fullmatch(r"(\d{1,6})(?:\.0+)?", plain(text(cell)))
    return _positive(int(found[1])) if found else hours(cell)


def _written_hours(found: str) -> int:
    if found in ("半小时", "半个小时"):
        return 30
    if re.fullmatch(r"\d{1,4}(?:\.\d{1,9})?", found):
        return _minutes(found)
    if clock := _CLOCK.fullmatch(found):
        return int(clock[1]) * 60 + int(clock[2])
    written = re.sub("[一二两三四五六七八九十]", _digit, found)
    parts = _HOURS.fullmatch(written)
    if parts is None or not (parts["h"] or parts["m"]):
        raise _no_hours()
    half = 30 if parts["half"] or parts["after"] else 0
    return _minutes(parts["h"] or "0") + half + int(parts["m"] or 0)


def _digit(found: re.Match[str]) -> str:
    return str({"两": 2, "十": 10}.get(found[0]) or "一二三四五六七八九".index(found[0]) + 1)


def _minutes(number: str) -> int:
    return int(Decimal(number) * 60)


def _positive(found: int) -> int:
    if not 0 < found < _EXACT:
        raise unreadable(
            "hours must be more than zero; where sign-in and sign-out count, leave the cell empty",
            "时长须大于零；按签到签退计算的请留空",
        )
    return found


def _no_hours() -> Rejected:
    return unreadable(
        "hours are written 2.5, 2小时30分 or 150分钟", "时长请写成 2.5、2小时30分 或 150分钟"
    )
