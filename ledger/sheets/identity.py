"""Identity numbers: what can be wrong with them, and how much of them may be shown.

GB 11643 (resident identity number), GB 32100 (unified social credit code), GB/T 2260 (areas).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ledger.sheets.cells import plain
from ledger.sheets.problems import Fault
from ledger.sheets.values import Sex

RESIDENT = "居民身份证"
_RESIDENT_NAMES = frozenset(
    (
        "居民身份证",
        "身份证",
        "中国居民身份证",
        "中华人民共和国居民身份证",
        "二代身份证",
        "第二代身份证",
    )
)
_LENGTH = 18
_OLD_LENGTH = 15
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: no I, O, S, V, Z
_COMPOUND = frozenset(
    re.split(
        " ",
        "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政"
        " 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马"
        " 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌"
        " 微生 梁丘 左丘 西门 第五 贯丘 南荣 东里 东宫 仲长 子桑 即墨 达奚 褚师 纳兰 完颜 叶赫 那拉"
        " 富察 爱新觉罗",
    )
)
_LONGEST_SURNAME = 4


@dataclass(frozen=True, slots=True)
class Claims:
    """What a row says beside the number: sex and birth date, each "" where it says nothing."""

    sex: Sex | None
    born: str


def resident(kind: str, number: str) -> bool:
    """Tell whether a document is a resident identity card; nothing said and 18 places is one."""
    bare = plain(kind)
    return bare in _RESIDENT_NAMES or (not bare and _shape(number))


def faults(number: str, claims: Claims, today: date) -> Iterator[Fault]:
    """Give everything wrong with a resident identity number."""
    if len(number) == _OLD_LENGTH and number.isdecimal():
        yield Fault(
            "field.unreadable",
            "document",
            "numbers of 15 digits are out of use; ask for the one of 18",
            "15 位旧号码已停用，请填写 18 位号码",
        )
        return
    if not _shape(number):
        yield Fault(
            "field.unreadable",
            "document",
            f"an ID number has 18 places, this one {len(number)}; copy it from the card",
            f"身份证号码应为 18 位，现为 {len(number)} 位，请对照证件改正",
        )
        return
    if number[-1] != _check_digit(number):
        yield _checksum(number)
    yield from _birth_faults(number, claims, today)
    if claims.sex and claims.sex != sex_of(number):
        yield Fault(
            "id.sex_mismatch",
            "sex",
            f"the ID number says {sex_of(number)}; correct one of the two",
            f"身份证号码对应的性别为{sex_of(number)}，请核对后改正其一",
        )


def sex_of(number: str) -> Sex:
    """Return the sex that the 17th digit says: odd is male."""
    return "男" if int(number[16]) % 2 else "女"


def born_of(number: str) -> str:
    """Return the birth date in a resident identity number, "" where it is no day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14])).isoformat()
    except ValueError:
        return ""


@lru_cache(maxsize=4096)
def area_known(area: str) -> bool:
    """Tell whether an area code stands in any revision of GB/T 2260."""
    from stdnum import numdb

    return any("county" in found for _, found in numdb.get("cn/loc").info(area))


def uscc_faults(number: str) -> Iterator[Fault]:
    """Give what is wrong with a unified social credit code."""
    from stdnum.cn import uscc

    if len(number) != _LENGTH or any(sign not in _USCC for sign in number):
        yield Fault(
            "field.unreadable",
            "uscc",
            "a unified social credit code has 18 digits and capitals, without I, O, S, V, Z",
            "统一社会信用代码应为 18 位数字或大写字母，不含 I、O、S、V、Z",
        )
    elif uscc.calc_check_digit(number[:-1]) != number[-1]:
        yield Fault(
            "uscc.checksum",
            "uscc",
            "the check digit is wrong; copy the code from the certificate",
            "统一社会信用代码校验位不符，请对照证书改正",
        )


def age(born: str, on: str) -> int:
    """Return full years of age on a day; who is born on 29 February ages on 1 March."""
    return int(on[:4]) - int(born[:4]) - (on[5:10] < born[5:10])


def masked_name(name: str) -> str:
    """Return a name fit for a public notice: the surname, and a star for each character hidden."""
    if not name:
        return "*"
    if "·" in name or name.isascii():
        return name[0] + "*" * (len(name) - 1)
    longest = min(_LONGEST_SURNAME, len(name) - 1)
    kept = next((n for n in range(longest, 1, -1) if name[:n] in _COMPOUND), 1)
    return name[:kept] + "*" * max(len(name) - kept, 1)


def masked_document(kind: str, number: str) -> str:
    """Return a document with its type and at most the outer four places of its number."""
    kept = 4 if len(number) > 2 * 4 + 1 else 1
    hidden = "*" * max(len(number) - 2 * kept, 1)
    return f"{kind} {number[:kept]}{hidden}{number[-kept:]}"


def _shape(number: str) -> bool:
    digits, last = number[:-1], number[-1:]
    return (
        len(number) == _LENGTH
        and number.isascii()
        and digits.isdecimal()
        and (last.isdecimal() or last == "X")
    )


def _check_digit(number: str) -> str:
    from stdnum.cn import ric

    return ric.calc_check_digit(number)


def _checksum(number: str) -> Fault:
    rounded = number.endswith("000")
    en, zh = "the check digit is wrong; copy the number from the card", "校验位不符，请对照证件改正"
    if rounded:
        en += " (ending in 000 it was probably rounded by a spreadsheet: make the column text)"
        zh += "（末三位为 000，可能被表格软件舍入，请把该列设为文本）"
    return Fault("id.checksum", "document", en, zh)


def _birth_faults(number: str, claims: Claims, today: date) -> Iterator[Fault]:
    born = born_of(number)
    if not born or born > today.isoformat():
        yield Fault(
            "id.birth_mismatch",
            "document",
            "the birth date in the number is no day that has been; copy it from the card",
            "号码中的出生日期不存在或尚未到来，请对照证件改正",
        )
    elif claims.born and claims.born != born:
        yield Fault(
            "id.birth_mismatch",
            "born",
            f"the ID number says {born}; correct one of the two",
            f"身份证号码对应的出生日期为 {born}，请核对后改正其一",
        )
