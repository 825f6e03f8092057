"""Why: the cause of a figure in words, with the rule behind it, in Chinese and in English.

    180 分钟 × 1/小时，科普类 100% → 3 分（规则第 5 条）

The entry named last is the one that adopted the ruleset; caps are named where they let less through.
"""

from collections.abc import Mapping

from ledger import accounts
from ledger.accounts import UNIT_WORDS
from ledger.desk.accounts import Moved
from ledger.desk.earned import Gain
from ledger.errors import Lang
from ledger.incentives import HOUR

Words = tuple[str, str]  # in English, in Chinese
PURPOSES: Mapping[str, Words] = {
    "redeem": ("redeemed for {good} × {count}", "兑换礼遇 {good} × {count}"),
    "penalty": ("penalty", "扣分"),
    "gift": ("gift, {other}", "赠与，{other}"),
    "donate": ("donated to the pool", "捐赠，转入公益池"),
    "grant": ("granted from the pool", "由公益池发放"),
    "order": ("service ordered, {other}", "以时间储蓄兑换服务，{other}"),
    "export": ("exported to another ledger, {other}", "转出至其他账本，{other}"),
    "import": ("imported from another ledger, {other}", "由其他账本转入，{other}"),
    "refund": ("given back", "退还"),
    "expire": ("lapsed on the day the rules announce", "按规则公布的日期到期失效"),
    "excess": ("above the cap of {cap}, to the pool", "超过上限 {cap} 的部分，转入公益池"),
    "excess_back": ("back from the pool, as a line was voided", "记录作废后，由公益池退回"),
    "excess_borne": (
        "back as a line was voided; the pool had given it away: borne by the association",
        "记录作废后退回；公益池已发放，由本会承担",
    ),
    "shortfall": (
        "spent before a line was voided: borne by the association, and owed from what is earned next",
        "记录作废前已支出的部分，由本会垫付，从今后所得中补足",
    ),
    "made_good": (
        "makes good what the association bore when a line was voided", "补足记录作废时由本会垫付的部分",
    ),
    "lapse_back": (
        "had lapsed, and is taken from there as the line was voided", "记录作废，先从已到期失效的部分扣除",
    ),
    "written_off": ("written off as the account was closed", "注销账户时核销"),
}  # fmt: skip
JOINT: Words = ("; ", "；")
_CAPS: Mapping[str, Words] = {
    "activity": ("at most {} from an activity a day", "单项活动每日上限 {} 分"),
    "day": ("at most {} a day", "每日上限 {} 分"),
    "year": ("at most {} a year", "每年上限 {} 分"),
}


def why(cause: Gain | Moved, lang: Lang) -> str:
    """Return why a posting is what it is."""
    if isinstance(cause, Moved):
        return _of_movement(cause, lang)
    said = _of_points(cause, lang) if cause.unit == "point" else _of_credits(cause, lang)
    if not cause.turn.standing:
        said = pick(lang, f"voided: {said}", f"记录作废：{said}")
    rules = cause.worth.adoption
    return f"{said}（规则第 {rules} 条）" if lang == "zh" else f"{said} (rules of entry {rules})"


class Reasons:
    """Reasons in one language; what is the same for many lines is worded once."""

    def __init__(self, lang: Lang) -> None:
        self._lang = lang
        self._known: dict[tuple[object, ...], str] = {}

    def of(self, cause: Gain | Moved) -> str:
        """Return why a posting is what it is."""
        if isinstance(cause, Gain):
            if cause.unit != "point" or cause.cuts:  # nearly each of its own
                return why(cause, self._lang)
            key: tuple[object, ...] = (id(cause.worth), cause.amount, cause.turn.standing)
        elif cause.hold is None:
            key = (cause.movement.purpose, cause.adoption, cause.cap)
        else:
            return why(cause, self._lang)
        return self._known.get(key) or self._known.setdefault(key, why(cause, self._lang))


def nothing(adoption: int, lang: Lang) -> str:
    """Return why a line that stands brought nothing: its rules give neither points nor credits."""
    return pick(
        lang,
        f"the rules of entry {adoption} give neither points nor credits",
        f"规则第 {adoption} 条未设积分和时间储蓄",
    )


# --- what lines earn ----------------------------------------------------------------------------


def _of_points(gain: Gain, lang: Lang) -> str:
    kept, scheme = gain.turn.kept, gain.worth.rules.points
    assert scheme
    if kept.line.class_ not in scheme.classes:
        return _uncounted(kept.line.class_, UNIT_WORDS["point"], lang)
    minutes, category, rate = kept.line.minutes, kept.category, scheme.per_hour
    whole, weight = scheme.counted(minutes), scheme.weight(category)
    if lang == "zh":
        less = f"（计 {whole} 分钟）" if whole != minutes else ""
        said = f"{minutes} 分钟{less} × {rate}/小时，{category or '未分类'} {weight}%"
        said += _cut(gain, lang) if gain.cuts else ""
        return f"{said} → {gain.amount} 分"
    less = f" (counted as {whole})" if whole != minutes else ""
    said = f"{minutes} min{less} × {rate} an hour, {category or 'no category'} {weight} %"
    said += _cut(gain, lang) if gain.cuts else ""
    return f"{said} → {gain.amount} points"


def _cut(gain: Gain, lang: Lang) -> str:
    """Say what it would have been without caps, and which of them let less through."""
    full = gain.worth.points
    said = [pick(lang, f" = {full}", f" = {full} 分")]
    said += [pick(lang, *_CAPS[cut.cap]).format(cut.most) for cut in gain.cuts]
    return pick(lang, ", ", "，").join(said)


def _of_credits(gain: Gain, lang: Lang) -> str:
    kept, scheme = gain.turn.kept, gain.worth.rules.credits
    assert scheme
    if kept.line.class_ not in scheme.classes:
        return _uncounted(kept.line.class_, UNIT_WORDS["credit"], lang)
    purse, category = gain.worth.purse, kept.category
    if not purse:
        return pick(
            lang, f"{category or 'no category'}: no credits", f"{category or '未分类'}不计时间储蓄"
        )
    standing, minutes = gain.turn.standing, kept.line.minutes
    after = gain.before + (minutes if standing else -minutes)
    sum_ = f"{gain.before} {'+' if standing else '-'} {minutes} = {after}"
    if lang == "zh":
        group = "，团体服务，只能捐赠" if purse == "donations" else ""
        return f"累计 {sum_} 分钟，每满 {HOUR} 分钟计 1 → 时间储蓄 {gain.amount}{group}"
    group = ", to be donated" if purse == "donations" else ""
    return f"{sum_} min in all, one each full {HOUR} → {gain.amount} credits{group}"


def _uncounted(class_: str, unit: Words, lang: Lang) -> str:
    return pick(lang, f"class {class_} earns no {unit[0]}", f"{class_} 级不计{unit[1]}")


# --- movements ----------------------------------------------------------------------------------


def _of_movement(moved: Moved, lang: Lang) -> str:
    movement, hold = moved.movement, moved.hold
    said = pick(lang, *PURPOSES[movement.purpose])
    if "{" in said:
        said = said.format(
            good=moved.good.name if moved.good else "",
            count=movement.amount * hold.count // hold.amount if hold else 0,
            other=f"{_side(movement.credit)} → {_side(movement.debit)}",
            cap=moved.cap,
        )
    place = f"{hold.entry}:{hold.n + 1}" if hold else ""
    en, zh = (f"hold {place}, ", f"保留 {place}，") if place else ("", "")
    rules = moved.adoption
    return said + pick(lang, f" ({en}rules of entry {rules})", f"（{zh}规则第 {rules} 条）")


def _side(account: str) -> str:
    """Return whose account it is: a volunteer's number, or another ledger."""
    return accounts.owner(account) or account.removeprefix("transit:")


def pick(lang: Lang, en: str, zh: str) -> str:
    """Return the words in the reader's language."""
    return zh if lang == "zh" else en
