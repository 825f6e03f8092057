"""Sense: what a ruleset means that its form alone cannot tell, and what the law would say to it.

A problem is what cannot be meant; a note is what may be, but is worth a second look.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from ledger import encoding, rulesets
from ledger.desk.faults import Fault, fault
from ledger.errors import Malformed
from ledger.incentives import Credits, Points, Stars
from ledger.rules.purposes import RELATIONS
from ledger.rulesets import Ruleset

_LEAP = 2024


@dataclass(frozen=True, slots=True)
class Known:
    """What a ledger has that a ruleset may speak of: categories of activities, organisations."""

    categories: frozenset[str]
    units: frozenset[str]


def problems(rules: Ruleset, known: Known | None = None) -> Iterator[Fault]:
    """Give what cannot be meant; whether an organisation is known only a ledger can tell."""
    yield from _ladder(rules)
    if known:
        yield from _units(rules, known)
    if rules.points:
        yield from _points(rules.points)
    if rules.credits:
        yield from _relations(rules.credits)
    try:
        encoding.encode(rulesets.write(rules))
    except Malformed as error:
        text = ("a text has line breaks or signs that nobody can see; write it on one line",
                "文字中有换行或看不见的字符，请写成一行")  # fmt: skip
        yield Fault("", "", "rule.text", f"{text[0]} ({error.en})", f"{text[1]}（{error.zh}）")


def notes(rules: Ruleset, known: Known | None = None) -> Iterator[Fault]:
    """Give what is possible, but worth a second look."""
    yield from _law(rules)
    if rules.title == Ruleset().title:
        yield fault("title", rules.title, "rule.title",
                    "give the rules a name of their own", "请给本单位的规则起个名称")  # fmt: skip
    if rules.day_ceiling < rules.day_limit:
        yield _never("day_limit", rules.day_limit, "day_ceiling", rules.day_ceiling)
    if rules.points:
        yield from _caps(rules.points)
    if known:
        yield from _categories(rules, known)


# --- problems -----------------------------------------------------------------------------------


def _ladder(rules: Ruleset) -> Iterator[Fault]:
    for n, (lower, higher) in enumerate(pairwise(rules.stars.levels), start=1):
        if higher.hours <= lower.hours:
            yield fault(
                f"stars.levels[{n + 1}].hours",
                higher.hours,
                "rule.ladder",
                f"star {n + 1} must take more than the {lower.hours} h of star {n}",
                f"{n + 1} 星的小时数须多于 {n} 星的 {lower.hours} 小时",
            )


def _units(rules: Ruleset, known: Known) -> Iterator[Fault]:
    for n, level in enumerate(rules.stars.levels, start=1):
        if level.unit and level.unit not in known.units:
            yield fault(
                f"stars.levels[{n}].unit",
                level.unit,
                "rule.unit",
                "the ledger has no organisation of that code; import it first, or correct the code",
                "账本中没有这个组织编号，请先导入该组织，或改正编号",
            )


def _points(points: Points) -> Iterator[Fault]:
    weighed = [one.category for one in points.weights]
    for category in sorted({one for one in weighed if weighed.count(one) > 1}):
        yield fault("points.weights", category, "rule.twice",
                    "this category has two weights; keep one", "同一类别写了两个权重，请保留一个")  # fmt: skip
    if points.expiry and not _is_day(points.expiry.on):
        yield fault("points.expiry.on", points.expiry.on, "rule.day",
                    "no year has that day", "没有这一天，请改正")  # fmt: skip


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(f"{_LEAP}-{text}")
    except ValueError:
        return False
    return True


def _relations(credits_: Credits) -> Iterator[Fault]:
    for relation in credits_.gift_to:
        if relation not in RELATIONS:
            yield fault(
                "credits.gift_to",
                relation,
                "rule.choice",
                "write spouse, parent, child, sibling, grandparent, grandchild, friend",
                "请写 spouse（配偶）、parent（父母）、child（子女）、sibling（兄弟姐妹）、"
                "grandparent（祖辈）、grandchild（孙辈）、friend（朋友）",
            )


# --- notes --------------------------------------------------------------------------------------


def _law(rules: Ruleset) -> Iterator[Fault]:
    """Give what is weaker than the published texts (RULES.md 6, 20, 21, 27)."""
    if rules.notice_days < Ruleset().notice_days:
        yield _weaker("notice_days", rules.notice_days, "公示须满 3 个工作日（民函〔2012〕340号）",
                      "public notice takes 3 full working days (2012 rules)")  # fmt: skip
    if rules.stars.notice_days < Stars().notice_days:
        yield _weaker("stars.notice_days", rules.stars.notice_days, "星级公示通常满 3 个工作日",
                      "stars are usually put up for 3 full working days")  # fmt: skip
    if rules.late_days > Ruleset().late_days:
        yield _weaker("late_days", rules.late_days, "应在活动结束后 10 个工作日内记录（民政部令第67号第11条）",
                      "service is recorded within 10 working days (Order 67, Art 11)")  # fmt: skip
    if rules.guardian_until < Ruleset().guardian_until:
        yield _weaker("guardian_until", rules.guardian_until,
                      "未满 14 周岁须监护人同意（个人信息保护法第31条）",
                      "under 14 a guardian must consent (PIPL, Art 31)")  # fmt: skip


def _weaker(path: str, value: int, zh: str, en: str) -> Fault:
    return fault(path, value, "rule.law", en, zh)


def _caps(points: Points) -> Iterator[Fault]:
    caps = [(name, getattr(points, name)) for name in ("cap_activity", "cap_day", "cap_year")]
    given = [(name, value) for name, value in caps if value]
    for (lower, least), (higher, most) in pairwise(given):
        if most < least:
            yield _never(f"points.{lower}", least, f"points.{higher}", most)


def _never(path: str, value: int, other: str, lower: int) -> Fault:
    en = f"{other} is {lower} and lies below it, so this limit is never reached"
    return fault(path, value, "rule.never", en, f"{other} 只有 {lower}，这一上限永远达不到")


def _categories(rules: Ruleset, known: Known) -> Iterator[Fault]:
    weights, credits_ = rules.points and rules.points.weights, rules.credits
    named = [("points.weights", one.category) for one in weights or ()]
    if credits_:
        named += [("credits.categories", one) for one in credits_.categories]
        named += [("credits.donation_only", one) for one in credits_.donation_only]
    for path, category in named:
        if category not in known.categories:
            yield fault(
                path,
                category,
                "rule.category",
                "no activity has this category so far; check how it is written",
                "目前没有这一类别的活动，请核对写法",
            )
