"""What is given on the command line, held to its form before anything is made of it.

The forms are those of the statements; here each has words for the person who typed.
"""

from typing import Any

import msgspec

from ledger.errors import Rejected
from ledger.fields import Area, Name, Origin, Reason, Text, Uscc
from ledger.sheets.identity import uscc_faults

_FORMS: dict[str, tuple[Any, str, str]] = {
    "organisation": (
        Name,
        "write a code: at most 32 letters, digits, dots, dashes or underscores, such as KX",
        "请写编号：只能用字母、数字、点、横线和下划线，最多 32 位，如 KX",
    ),
    "name": (
        Text,
        "write the organisation's name as on its certificate",
        "请写组织名称，与登记证书一致",
    ),
    "area": (
        Area,
        "an area code has 6 digits, such as 110101",
        "行政区划代码为 6 位数字，如 110101",
    ),
    "uscc": (
        Uscc,
        "a unified social credit code has 18 digits and capitals",
        "统一社会信用代码应为 18 位数字或大写字母",
    ),
    "number": (
        Name,
        "write a volunteer number, such as V8703597156; `vledger volunteer find NAME` looks for one",
        "请写志愿者编号，如 V8703597156；可用 `vledger volunteer find 姓名` 查找",
    ),
    "person": (
        Name,
        "write an opaque code, never a name: such as p-1, or his volunteer number",
        "请写不透露身份的代号，如 p-1 或其志愿者编号，不要写姓名",
    ),
    "reason": (
        Reason,
        "write a code in small letters, such as own_wish, moved, death, error, request",
        "请写小写字母的理由代码，如 own_wish（自愿）、moved（迁出）、death（去世）、error（有误）、request（申请）",
    ),
    "relation": (
        Reason,
        "write whose the receiver is, in small letters: spouse, parent, child, sibling …",
        "请写受赠人是赠与人的什么人：spouse（配偶）、parent（父母）、child（子女）、sibling（兄弟姐妹）等",
    ),
    "add": (
        Name,
        "write a code: at most 32 letters, digits, dots, dashes or underscores, such as LY01",
        "请写编号：只能用字母、数字、点、横线和下划线，最多 32 位，如 LY01",
    ),
    "to": (
        Origin,
        "name the other ledger's trust.json, or copy the first line of its `vledger checkpoint`",
        "请指明对方账本的 trust.json，或照写其 `vledger checkpoint` 的第一行，如 kx.example.cn/log-1a2b3c4d",
    ),
    "for": (
        Name,
        "write the person's volunteer number in the other ledger",
        "请写此人在对方账本中的志愿者编号",
    ),
}


_ARGUMENTS = ("number",)  # the others are options


def check(**given: str | None) -> None:
    """Raise `Rejected`, saying what to write, for the first that has another form; None is none."""
    for name, value in given.items():
        if value is not None:
            _check(name, value)


def _check(name: str, value: str) -> None:
    form, en, zh = _FORMS[name]
    code = "field.unreadable"
    try:
        msgspec.convert(value if value.strip() else "", form)
    except msgspec.ValidationError:
        pass
    else:
        fault = next(uscc_faults(value), None) if name == "uscc" else None
        if fault is None:
            return
        code, en, zh = fault.code, fault.en, fault.zh
    label = name if name in _ARGUMENTS else f"--{name}"
    raise Rejected(code, en=f"{label} {value!r}: {en}", zh=f"{label} “{value}”：{zh}")
