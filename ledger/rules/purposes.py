"""Purposes: what may move from where to where, what it takes, and what follows (rules 30 to 38)."""

from dataclasses import dataclass

from msgspec.structs import replace

from ledger.accounts import UNIT_WORDS, owner, transit
from ledger.errors import Rejected
from ledger.incentives import Credits, Points
from ledger.records import Good, Hold, Import, Movement
from ledger.rows import TransferItem
from ledger.rules.draft import Draft
from ledger.rules.earnings import pool_excess
from ledger.rules.lines import no
from ledger.times import day_of

RELATIONS = {
    "spouse": "配偶", "parent": "父母", "child": "子女", "sibling": "兄弟姐妹",
    "grandparent": "祖父母、外祖父母", "grandchild": "孙子女、外孙子女", "friend": "朋友",
}  # fmt: skip
GROUNDS = ("age", "spouse", "hardship")  # on which somebody may have service done for credits


@dataclass(frozen=True, slots=True)
class Purpose:
    """Which units move, from which kind of account to which, and whether a side signs a form.

    `names` are the fields of a hold that have a meaning for this purpose alone.
    """

    units: tuple[str, ...]
    pays: tuple[str, ...]
    receives: tuple[str, ...]
    paper: bool = True
    names: tuple[str, ...] = ()


TABLE = {
    "redeem": Purpose(
        ("point",), ("volunteer",), ("redemption",), paper=False, names=("good", "count")
    ),
    "penalty": Purpose(("point",), ("volunteer",), ("adjustment",), paper=False),
    "gift": Purpose(("credit",), ("volunteer",), ("volunteer",)),
    "donate": Purpose(("credit",), ("volunteer", "donations"), ("pool",)),
    "grant": Purpose(("credit",), ("pool",), ("volunteer",)),
    "order": Purpose(("credit",), ("volunteer",), ("volunteer", "redemption")),
    "export": Purpose(("credit",), ("volunteer",), ("transit",), names=("receiver",)),
    "import": Purpose(("credit",), ("transit",), ("volunteer",), names=("origin",)),
    "refund": Purpose(
        ("point", "credit"),
        ("redemption", "adjustment", "transit"),
        ("volunteer",),
        paper=False,
        names=("origin",),
    ),
}
# What these pay from has no floor of its own: a penalty may leave less than nothing (rule 30), a
# refund is bounded by what was paid, an import by what the other ledger locked.
UNLIMITED = ("penalty", "refund", "import")
_QUARTERS = 4


def names_of(purpose: str | None) -> tuple[str, ...]:
    """Return the fields that a hold of that purpose may have, and others may not."""
    known = TABLE.get(purpose or "")
    return known.names if known else ()


def check_table(hold: Hold, item: TransferItem, n: int) -> None:
    """Raise `Rejected` unless a movement is of a known purpose, between two, and its form signed."""
    purpose = TABLE.get(hold.purpose)
    kinds = (hold.credit.partition(":")[0], hold.debit.partition(":")[0])
    fits = purpose and hold.unit in purpose.units and kinds[0] in purpose.pays
    if not (purpose and fits and kinds[1] in purpose.receives):
        raise misfit(item, n)
    if owner(hold.credit) == owner(hold.debit):
        raise no(
            "transfer.self",
            f"row {n + 1}: nobody gives to himself",
            f"第 {n + 1} 行：不能转给本人",
            n,
        )
    # Nobody here can know what the other ledger took in: an export is undone on its written word.
    undone = hold.purpose == "refund" and kinds[0] == "transit"
    if (purpose.paper or undone) and item.paper is None:
        raise no(
            "form.missing",
            f"row {n + 1}: a {hold.purpose} names the form that was signed for it",
            f"第 {n + 1} 行：须附{'对方账本未转入的书面说明' if undone else '本人签字的申请表'}",
            n,
        )


def misfit(item: TransferItem, n: int) -> Rejected:
    """Return the refusal of a movement that no purpose allows."""
    return no(
        "transfer.purpose",
        f"row {n + 1}: {item.unit} from {item.credit} to {item.debit} is no {item.purpose}",
        f"第 {n + 1} 行：{item.unit} 由 {item.credit} 至 {item.debit}，不符合用途 {item.purpose}",
        n,
    )


def check_rules(draft: Draft, hold: Hold, item: TransferItem, n: int) -> None:
    """Raise `Rejected` where the ruleset in force at the stamp does not allow a movement.

    Not at the effective day: whoever writes that could choose the rules, and the quarter.
    """
    own = transit(draft.book.origin)
    if own in (hold.credit, hold.debit):  # what never left cannot arrive
        raise misfit(item, n)
    if hold.purpose == "refund":
        _check_refund(draft, hold, hold.amount, n)
        return
    today = day_of(draft.stamp)
    rules = draft.book.rules_on(today)
    scheme = rules.points if hold.unit == "point" else rules.credits
    if scheme is None:
        raise no(
            "incentives.off",
            f"the rules of {today} give no {hold.unit}s",
            f"{today} 施行的规则没有{'服务积分' if hold.unit == 'point' else '时间储蓄'}",
            n,
        )
    if isinstance(scheme, Points):
        if hold.purpose == "redeem":
            _check_redemption(draft, hold, scheme, today, n)
    else:
        _check_credits(draft, hold, item, scheme, n)


def _check_redemption(draft: Draft, hold: Hold, scheme: Points, day: str, n: int) -> None:
    good = draft.find(Good, hold.good)
    if good is None or not hold.count:
        raise no(
            "good.unknown",
            f"row {n + 1}: {hold.good or 'nothing'} is not in the catalogue",
            f"第 {n + 1} 行：礼遇目录中没有 {hold.good or '所选项目'}",
            n,
        )
    if hold.amount != good.price * hold.count:
        raise no(
            "good.price",
            f"row {n + 1}: {hold.count} of {good.code} cost {good.price * hold.count} points",
            f"第 {n + 1} 行：{hold.count} 份{good.name}（{good.code}）应为 {good.price * hold.count} 分",
            n,
        )
    _check_quarter(draft, hold, scheme, day, n)


def _check_quarter(draft: Draft, hold: Hold, scheme: Points, day: str, n: int) -> None:
    """Raise `Rejected` above so many redemptions a quarter: that in which each was held (rule 31)."""
    now = quarter(day)
    days = [m.held for m in draft.book.movements_from(hold.credit) if redeemed(m)]
    days += [held.day for held in draft.holds_on(hold.credit) if held.purpose == "redeem"]
    count = sum(quarter(found) == now for found in days)
    if scheme.redeem_quarterly and count >= scheme.redeem_quarterly:
        year, past = now
        again = f"{year}-{3 * past + 1:02d}-01" if past < _QUARTERS else f"{int(year) + 1}-01-01"
        raise no(
            "redeem.quarter",
            f"row {n + 1}: {owner(hold.credit)} has redeemed {count} times this quarter;"
            f" again from {again}",
            f"第 {n + 1} 行：{owner(hold.credit)} 本季度已兑换 {count} 次，{again} 起可再兑换",
            n,
        )


def redeemed(movement: Movement) -> bool:
    """Tell whether a movement is a redemption of which something was kept."""
    return movement.purpose == "redeem" and movement.refunded < movement.amount


def quarter(day: str) -> tuple[str, int]:
    """Return the year and the quarter of a day, from 1."""
    return day[:4], (int(day[5:7]) + 2) // 3


def _check_credits(draft: Draft, hold: Hold, item: TransferItem, scheme: Credits, n: int) -> None:
    if hold.purpose == "gift" and item.relation not in scheme.gift_to:
        said = "、".join(map(_relation, scheme.gift_to))
        raise no(
            "gift.relation",
            f"row {n + 1}: credits go to {', '.join(scheme.gift_to)}, not to {item.relation}",
            f"第 {n + 1} 行：只能赠与{said}，不能赠与{_relation(item.relation or '无')}",
            n,
        )
    if hold.purpose == "order":
        _check_order(hold, item, scheme, n)
    if hold.purpose == "import":
        if not item.origin:
            raise misfit(item, n)
        origin, *_ = _check_import(draft, hold, n)
        if any(other.origin == hold.origin for other in draft.holds_on(hold.credit)):
            raise no(
                "import.held",
                f"row {n + 1}: that export of {origin} is held already, to be settled or released",
                f"第 {n + 1} 行：{origin} 的这笔转出已经保留，请办结或释放",
                n,
            )


def _relation(code: str) -> str:
    return f"{RELATIONS[code]}（{code}）" if code in RELATIONS else code


def _check_order(hold: Hold, item: TransferItem, scheme: Credits, n: int) -> None:
    if item.relation not in GROUNDS:
        raise no(
            "order.ground",
            f"row {n + 1}: an order names its ground: {', '.join(GROUNDS)}",
            f"第 {n + 1} 行：须写明依据：{'、'.join(GROUNDS)}",
            n,
        )
    moves = scheme.order == "move"
    if moves != (hold.debit.partition(":")[0] == "volunteer"):
        raise no(
            "order.provider",
            f"row {n + 1}: " + ("the credits go to who serves: name him with --provider" if moves else
                                "under these rules they go to nobody: leave out --provider"),
            f"第 {n + 1} 行：" + ("时间转给服务者，请用 --provider 写明其编号" if moves else
                               "按本会规则，兑换的时间不转给服务者，请不要写 --provider"),
            n,
        )  # fmt: skip


def check_room(draft: Draft, hold: Hold, amount: int, n: int) -> None:
    """Raise `Rejected` where what is given would lift somebody above the cap (rule 34)."""
    if hold.purpose not in ("gift", "grant"):
        return
    scheme = draft.book.rules_on(day_of(draft.stamp)).credits
    if scheme and scheme.cap:
        room = scheme.cap - draft.account(hold.debit, hold.unit).balance
        if amount > room:
            raise no(
                "balance.cap",
                f"row {n + 1}: {owner(hold.debit)} can take {max(room, 0)} more, up to {scheme.cap}",
                f"第 {n + 1} 行：{owner(hold.debit)} 还可转入 {max(room, 0)}，上限 {scheme.cap}",
                n,
            )


def part(hold: Hold, amount: int, n: int) -> int:
    """Return how many goods an amount is for; raises `Rejected` above the hold, or for half a good."""
    price = hold.amount // hold.count if hold.count else 1
    if hold.purpose == "import" and amount < hold.amount:  # the rest could never be taken in
        raise no(
            "import.part",
            f"row {n + 1}: an import is settled whole: {hold.amount}, not {amount}",
            f"第 {n + 1} 行：转入须一次办结 {hold.amount}，不能只办 {amount}",
            n,
        )
    if amount > hold.amount or amount % price:
        raise no(
            "hold.exceeded",
            f"row {n + 1}: {hold.amount} {UNIT_WORDS[hold.unit][0]} are held, {amount} cannot be"
            " settled of them",
            f"第 {n + 1} 行：保留了{UNIT_WORDS[hold.unit][1]} {hold.amount}，不能办结 {amount}",
            n,
        )
    return amount // price if hold.count else 0


def follow(draft: Draft, hold: Hold, amount: int, n: int) -> None:
    """Do what a settled movement brings with it."""
    if hold.purpose == "refund":
        _refund(draft, hold, amount, n)
        return
    if hold.purpose == "import":
        _import(draft, hold, n)
    if hold.purpose in ("import", "order") and owner(hold.debit):
        scheme = draft.book.rules_on(day_of(draft.stamp)).credits
        if scheme and scheme.cap:
            pool_excess(draft, hold.debit, amount, scheme.cap)


def _check_refund(draft: Draft, hold: Hold, amount: int, n: int) -> Movement:
    ref, _, number = hold.origin.rpartition(":")
    found = draft.find(Movement, ref, int(number)) if number.isdigit() else None
    pair = found and (found.credit, found.debit, found.unit)
    if found is None or pair != (hold.debit, hold.credit, hold.unit):
        raise no(
            "refund.unknown",
            f"row {n + 1}: there is no such movement to refund",
            f"第 {n + 1} 行：没有可退还的这笔转出",
            n,
        )
    others = [one.amount for one in draft.holds_on(hold.credit) if one.origin == hold.origin]
    left = found.amount - found.refunded - sum(others)
    if amount > left:
        raise no(
            "refund.exceeded",
            f"row {n + 1}: {left} can still be refunded, not {amount}",
            f"第 {n + 1} 行：还可退还 {left}，不能退还 {amount}",
            n,
        )
    return found


def _refund(draft: Draft, hold: Hold, amount: int, n: int) -> None:
    found = _check_refund(draft, hold, amount, n)
    back = draft.account(hold.debit, hold.unit)
    draft.put(replace(found, refunded=found.refunded + amount))
    draft.set(replace(back, gone=back.gone - amount))  # it is there again, as old as it was


def _import(draft: Draft, hold: Hold, n: int) -> None:
    draft.put(Import(*_check_import(draft, hold, n), draft.book.size))


def _check_import(draft: Draft, hold: Hold, n: int) -> tuple[str, str, int]:
    """Return what tells an export from all others; raises `Rejected` if it was taken in before."""
    origin = hold.credit.removeprefix("transit:")
    ref, _, number = hold.origin.rpartition(":")
    if draft.find(Import, origin, ref, int(number)):
        raise no(
            "import.twice",
            f"row {n + 1}: that export of {origin} was taken in before",
            f"第 {n + 1} 行：{origin} 的这笔转出已经转入过",
            n,
        )
    return origin, ref, int(number)
