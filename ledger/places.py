"""Places: how an audit names entries and rows, and says what is wrong with a row.

Rows of statements are named as people write them, `ENTRY:ROW`: nobody knows a hash by heart.
"""

import re

from ledger.records import Hold, Movement, Record, key_of

_WIDE = 40  # characters of a value that are shown
_FIELDS = {
    "balance": "余额", "held": "已保留", "gone": "已转出", "minutes": "分钟", "excess": "超限转出",
    "owed": "待补足", "lapsed": "已失效", "state": "状态", "amount": "数额", "refunded": "已退还",
    "stock": "库存", "price": "积分价", "until": "期限", "effective": "生效日", "document": "规则全文",
}  # fmt: skip
_PLACES = (
    (re.compile(r"account (\S+)"), "账户 {}"),
    (re.compile(r"movement (\S+)"), "转移 {}"),
    (re.compile(r"hold (\S+)"), "保留 {}"),
    (re.compile(r"good (\S+)"), "礼遇 {}"),
    (re.compile(r"holder (\S+)"), "账户状态 {}"),
    (re.compile(r"star (\S+)"), "星级 {}"),
    (re.compile(r"import (\S+)"), "转入 {}"),
    (re.compile(r"(\d+:\d+)"), "记录 {}"),
    (re.compile(r"entry (\d+)"), "第 {} 条"),
    (re.compile(r"items (-?\d+)"), "第 {} 条的明细"),
    (re.compile(r"checkpoint (-?\d+)"), "检查点 {}"),
    (re.compile(r"cosignature (-?\d+)"), "第 {} 个会签"),
    (re.compile(r"table (\S+)"), "表 {}"),
    (re.compile(r"node (-?\d+/-?\d+)"), "树节点 {}"),
)


def chinese(place: str) -> str:
    """Return a place as Chinese readers know it; rows of tables, files and codes stay as they are."""
    found = ((pattern.fullmatch(place), words) for pattern, words in _PLACES)
    return next((words.format(hit[1]) for hit, words in found if hit), place)


def named(record: Record) -> str:
    """Return what tells a record from others of its kind, as people write it."""
    if isinstance(
        record, Hold | Movement
    ):  # rows of a statement have a number; nobody knows a hash
        return f"{record.entry}:{record.n + 1}"
    return ":".join(map(str, key_of(record)))


def difference(due: Record, row: Record) -> tuple[str, str]:
    """Say how a row differs from what is due, in English and in Chinese."""
    en, zh = [], []
    for name in due.__struct_fields__:
        if getattr(due, name) != getattr(row, name):
            is_, ought = _apart(repr(getattr(row, name)), repr(getattr(due, name)))
            en.append(f"{name} is {is_}, due {ought}")
            zh.append(f"{_FIELDS.get(name, name)} 为 {is_}，应为 {ought}")
    return f"differs: {', '.join(en)}", f"不符：{'，'.join(zh)}"


def _apart(one: str, other: str) -> tuple[str, str]:
    """Return two values, of long ones only what lies around the first difference."""
    if max(len(one), len(other)) <= 2 * _WIDE:
        return one, other
    pairs = enumerate(zip(one, other, strict=False))
    at = next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
    start = max(at - _WIDE // 2, 0)
    cut = "…" if start else ""
    return f"{cut}{one[start : start + _WIDE]}…", f"{cut}{other[start : start + _WIDE]}…"
