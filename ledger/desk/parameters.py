"""Parameters: what a ruleset says, one thing at a time, in people's words.

A path names a parameter as a file of rules does, counted as people count: `stars.levels[1]` is the
first star.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ledger import rulesets
from ledger.incentives import HOUR
from ledger.rules import purposes
from ledger.rulesets import Ruleset

Words = tuple[str, str]  # English, Chinese
Say = Callable[[Any], Words]
NOTHING: Words = ("–", "–")
RELATIONS: Mapping[str, Words] = {code: (code, zh) for code, zh in purposes.RELATIONS.items()}
_ORDERS: Mapping[str, Words] = {
    "move": ("go to who served", "转给提供服务的人"),
    "destroy": ("are gone", "注销"),
}
_DIGITS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Said:
    """One parameter: where it stands, what it is called, what it says in JSON and in words."""

    path: str
    name: Words
    value: Any
    words: Words


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a ruleset: its key in a file, its name, and each parameter's name and words."""

    key: str
    name: Words
    parameters: Mapping[str, tuple[str, str, Say]]

    @property
    def optional(self) -> bool:
        """Tell whether a ruleset may be without the part."""
        return self.key in OPTIONAL

    @property
    def is_calendar(self) -> bool:
        """Tell whether the part is the working days, which no file holds."""
        return "calendar" in self.parameters

    def said(self, document: Mapping[str, Any]) -> Iterator[Said]:
        """Give what the part says; one that may be absent says first whether it is there."""
        part = document.get(self.key) if self.key else document
        if self.optional:
            yield Said(self.key, self.name, part is not None, _on(part))
        if part is None:
            return
        for key, (en, zh, say) in self.parameters.items():
            path = f"{self.key}.{key}" if self.key else key
            if key in _EACH:
                yield from _EACH[key](path, part[key])
            else:
                value = part.get(key)
                yield Said(path, (en, zh), value, say(value))


@dataclass(frozen=True, slots=True)
class Change:
    """A parameter that two rulesets say differently; nothing where one does not say it."""

    section: Section
    path: str
    name: Words
    old: Said | None
    new: Said | None


def sections(ruleset: Ruleset) -> Iterator[tuple[Section, tuple[Said, ...]]]:
    """Give what a ruleset says, part by part."""
    document = rulesets.write(ruleset)
    return ((section, tuple(section.said(document))) for section in SECTIONS)


def changes(old: Ruleset, new: Ruleset) -> tuple[Change, ...]:
    """Return what differs between two rulesets, in the order in which a ruleset says it."""
    pairs = zip(sections(old), sections(new), strict=True)
    return tuple(
        change
        for (section, before), (_, after) in pairs
        for change in _changes(section, before, after)
    )


def _changes(section: Section, old: Iterable[Said], new: Iterable[Said]) -> Iterator[Change]:
    before, after = {one.path: one for one in old}, {one.path: one for one in new}
    # Of a part that is switched off it is said once, and not of each thing in it.
    paths = list(after) if section.optional and len(after) == 1 else [*before, *after]
    for path in dict.fromkeys(paths):
        was, now = before.get(path), after.get(path)
        if (was and was.value) != (now and now.value):
            yield Change(section, path, (now or before[path]).name, was, now)


# --- words --------------------------------------------------------------------------------------


def _number(en: str, zh: str, zero: Words | None = None) -> Say:
    """Return how to say a number with its unit; `zero` is what 0 stands for, where it is none."""

    def say(value: int) -> Words:
        if zero and not value:
            return zero
        return f"{value} {en.removesuffix('s') if value == 1 else en}", f"{value}{zh}"

    return say


def _minutes(value: int) -> Words:
    hours, rest = divmod(value, 60)
    if rest or not hours:
        return f"{value} min", f"{value} 分钟"
    return f"{value} min ({hours} h)", f"{value} 分钟（{hours} 小时）"


def _hours(value: int) -> Words:
    return (f"{value}:00", f"{value} 时") if value else ("no night", "不看夜间")


def _leftover(value: int) -> Words:
    return ("never", "不进位") if value >= HOUR else _minutes(value)


def _text(value: str) -> Words:
    return (value, value) if value else NOTHING


def _yes(value: object) -> Words:
    return ("yes", "可以") if value else ("no", "不可以")


def _on(part: object) -> Words:
    return ("off", "停用") if part is None else ("on", "启用")


def _listed(names: Mapping[str, Words], empty: Words) -> Say:
    def say(values: Iterable[str]) -> Words:
        found = [names.get(value, (value, value)) for value in values]
        en, zh = ", ".join(one[0] for one in found), "、".join(one[1] for one in found)
        return (en, zh) if found else empty

    return say


def _expiry(value: Mapping[str, Any] | None) -> Words:
    if value is None:
        return "never", "长期有效"
    years, on = value["years"], value["on"]
    if years == 1:
        return f"on {on} of the next year", f"次年 {on} 到期"
    return f"on {on}, {years} years later", f"{years} 年后的 {on} 到期"


def _levels(path: str, values: Iterable[Mapping[str, Any]]) -> Iterator[Said]:
    for n, level in enumerate(values, start=1):
        en, zh = f"{level['hours']} h", f"{level['hours']} 小时"
        if months := level["tenure_months"]:
            en, zh = f"{en}, registered for {months} months", f"{zh}，注册满 {months} 个月"
        if unit := level["unit"]:
            en, zh = f"{en}, granted by {unit}", f"{zh}，由 {unit} 评定"
        yield Said(f"{path}[{n}]", (f"star {n}", f"{_DIGITS[n - 1]}星"), level, (en, zh))


def _weights(path: str, values: Iterable[Mapping[str, Any]]) -> Iterator[Said]:
    for one in values:
        category, words = one["category"], f"{one['percent']}%"
        name = (f"weight of {category}", f"{category}的权重")
        yield Said(f"{path}[{category}]", name, one["percent"], (words, words))


def _years(path: str, values: Mapping[str, Mapping[str, Any]]) -> Iterator[Said]:
    for year, found in sorted(values.items()):
        off, work = len(found["off"]), len(found["work"])
        name = (f"working days of {year}", f"{year} 年工作日安排")
        words = (
            f"{off} weekdays off, {work} weekend days worked",
            f"放假 {off} 天，调休上班 {work} 天",
        )
        yield Said(f"{path}.{year}", name, found, words)


_EACH: Mapping[str, Callable[[str, Any], Iterator[Said]]] = {
    "levels": _levels,
    "weights": _weights,
    "calendar": _years,
}
_CLASSES = _listed({}, NOTHING)
_UNLIMITED = ("no limit", "不限")

# --- the parts of a ruleset ---------------------------------------------------------------------

OPTIONAL = ("points", "credits")
_GENERAL: Mapping[str, tuple[str, str, Say]] = {
    "title": ("title", "名称", _text),
    "source": ("follows", "依据", _text),
    "privacy_notice": ("privacy notice", "隐私告知书", _text),
    "minimum_age": ("minimum age", "最低年龄", _number("years", " 周岁")),
    "guardian_until": ("guardian's consent below", "须监护人同意，未满", _number("years", " 周岁")),
    "grace": ("grace around an activity", "签到签退可早到晚走", _minutes),
    "longest": ("longest from sign-in to sign-out", "一次签到至签退最长", _minutes),
    "late_days": (
        "attendance is in time within",
        "考勤登记期限",
        _number("working days", " 个工作日"),
    ),
    "notice_days": ("public notice", "公示期", _number("full working days", " 个完整工作日")),
    "day_limit": ("a day, unless approved", "每人每日，逐条批准的除外", _minutes),
    "day_ceiling": ("a day, unless approved from above", "每人每日，上级批准的除外", _minutes),
    "presence": (
        "least share of an activity",
        "在场不足此比例不计时",
        _number("%", "%", ("not asked for", "不作要求")),
    ),
}
_STARS: Mapping[str, tuple[str, str, Say]] = {
    "levels": ("ladder", "各星级", _text),
    "classes": ("evidence that counts", "计入的证据等级", _CLASSES),
    "minimum_rating": ("mean rating, at least", "平均评价不低于", _number("of 5", "（满分 5）")),
    "complaint_months": (
        "without an upheld complaint",
        "没有成立的投诉",
        _number("months", " 个月"),
    ),
    "notice_days": ("public notice", "公示期", _number("full working days", " 个完整工作日")),
}
_POINTS: Mapping[str, tuple[str, str, Say]] = {
    "per_hour": ("an hour", "每小时", _number("points", " 分")),
    "round_to": ("counted in steps of", "计分单位", _minutes),
    "round_up_from": ("rounded up from", "余下满此数的进一", _leftover),
    "weights": ("weights", "各类别权重", _text),
    "classes": ("evidence that counts", "计入的证据等级", _CLASSES),
    "cap_activity": ("most from an activity a day", "每人每次活动每日最多", _number("points", " 分", _UNLIMITED)),
    "cap_day": ("most a day", "每人每日最多", _number("points", " 分", _UNLIMITED)),
    "cap_year": ("most a year", "每人每年最多", _number("points", " 分", _UNLIMITED)),
    "redeem_quarterly": ("redemptions a quarter", "每季度兑换次数", _number("times", " 次", _UNLIMITED)),
    "below_zero": ("below zero by a correction", "更正后余额可否为负", _yes),
    "expiry": ("points lapse", "有效期", _expiry),
}  # fmt: skip
_CREDITS: Mapping[str, tuple[str, str, Say]] = {
    "categories": ("service that earns them", "可储蓄的服务类别", _listed({}, ("all", "全部"))),
    "donation_only": ("service of groups, to be donated only", "只能捐赠的服务类别", _listed({}, ("none", "无"))),
    "classes": ("evidence that counts", "计入的证据等级", _CLASSES),
    "cap": ("most a person may hold", "每人上限", _number("h", " 小时", _UNLIMITED)),
    "redeem_age": ("used from (oneself or spouse)", "本人或配偶满此年龄可用", _number("years", " 周岁", _UNLIMITED)),
    "gift_to": ("may be given to", "可赠与", _listed(RELATIONS, ("nobody", "不可赠与"))),
    "order": ("credits that are used", "使用的时间", lambda value: _ORDERS[value]),
    "below_zero": ("below zero by a correction", "更正后余额可否为负", _yes),
}  # fmt: skip
_LINES, _PEOPLE = _number("lines", " 条"), _number("people", " 人")
_ANOMALIES: Mapping[str, tuple[str, str, Say]] = {
    "late_share": ("class C in a team's month, above", "一队一月 C 级记录超过", _number("%", "%")),
    "late_lines": ("class C in a team's month, from", "一队一月 C 级记录至少", _LINES),
    "soon_minutes": ("attendance after publication within", "活动发布后即登记考勤，不足", _minutes),
    "same_times": ("people with the same times or reason, above", "时间或补录理由全同的人数超过", _PEOPLE),
    "no_times": ("lines of an activity nobody signed in at, from", "无人签到的活动，记录至少", _LINES),
    "recorder_hourly": ("lines by one recorder an hour, above", "一名记录人一小时登记超过", _LINES),
    "night_lines": ("lines by one recorder in a night, above", "一名记录人一夜登记超过", _LINES),
    "night_until": ("a night, from 0:00 to", "夜间，零点至", _hours),
    "pair_sheets": ("sheets that one person confirmed, from", "始终由同一人确认的表至少", _number("sheets", " 张")),
    "pair_choice": ("others who could have confirmed, from", "其时另有可确认的人至少", _PEOPLE),
    "away_lines": ("lines outside a volunteer's area, above", "一人跨区域记录超过", _LINES),
    "month_end_days": ("the end of a month, last", "月末，最后", _number("days", " 天")),
    "month_end_age": ("recorded then of service older than", "月末补登的服务早于", _number("days", " 天")),
    "month_end_share": ("such lines of a team's month, above", "月末补登占一队一月超过", _number("%", "%")),
    "month_end_lines": ("such lines, from", "月末补登至少", _LINES),
    "spike_times": ("a team's month above its usual one", "一队一月超过其平常月份", _number("times", " 倍")),
    "spike_lines": ("lines of such a month, from", "突增的月份至少", _LINES),
    "full_days": ("days in a row at the daily limit, above", "连续达到每日限额的天数超过", _number("days", " 天")),
    "registered_days": ("registered after the service, above", "服务之后才登记为志愿者，超过", _number("days", " 天")),
    "round_share": ("round times by a recorder, above", "一名记录人的整半小时记录超过", _number("%", "%")),
    "round_lines": ("lines with times of their own, from", "有各自时间的记录至少", _LINES),
    "certificate_hours": ("certificate after class C stands, within", "C 级记录确认后出证不足", _number("h", " 小时")),
    "certificate_minutes": ("class C in such a certificate, above", "其证明中 C 级超过", _minutes),
}  # fmt: skip
SECTIONS = (
    Section("", ("general", "一般规则"), _GENERAL),
    Section("stars", ("stars", "星级"), _STARS),
    Section("points", ("points", "服务积分"), _POINTS),
    Section("credits", ("time credits", "时间储蓄"), _CREDITS),
    Section("anomalies", ("what an auditor looks at", "审计关注"), _ANOMALIES),
    Section(
        "", ("working days", "工作日安排"), {"calendar": ("working days", "工作日安排", _text)}
    ),
)
