"""A file of rules: every problem at once, in words; what differs, in words; nothing left unnamed.

Holds ledger.desk.faults, ledger.desk.parameters, ledger.desk.ruling and ledger.desk.sense.
"""

import json
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from ledger import rulesets
from ledger.desk import parameters, ruling
from ledger.desk.faults import PARTS, Fault
from ledger.desk.parameters import OPTIONAL, SECTIONS, changes
from ledger.desk.ruling import Unreadable
from ledger.desk.sense import Known
from ledger.errors import Rejected
from ledger.incentives import Credits, Expiry, Level, Part, Points, Stars, Weight
from ledger.rulesets import Ruleset, Year
from tests.test_cli import hanzi

KNOWN = Known(frozenset({"科普类"}), frozenset({"KX"}))
FULL = Ruleset(
    points=Points(weights=(Weight(category="科普类", percent=150),), expiry=Expiry()),
    credits=Credits(categories=("科普类",)),
    calendar={"2026": Year(off=("2026-01-01",))},
)


def faults(text: str) -> dict[str, str]:
    """Return the code of each problem by its place; each is said in two languages."""
    found = ruling.check(text.encode(), KNOWN).problems
    for one in found:
        check_said(one)
    return {one.path: one.code for one in found}


def check_said(one: Fault) -> None:
    assert one.en.startswith(f"{one.path} = {one.value}: " if one.value else one.path)
    assert hanzi(one.zh)
    assert not hanzi(one.en.replace(one.value, ""))
    assert "{" not in one.en.replace("{ hours = 100 }", "")
    for sentence in (one.en, one.zh):
        assert "Input should" not in sentence


def notes(text: str) -> dict[str, str]:
    found = ruling.check(text.encode(), KNOWN)
    assert not found.problems
    return {one.path: one.code for one in found.notes}


# --- problems of form -----------------------------------------------------------------------------

FORM = {
    "grace = -1": ("grace", "rule.range"),
    "grace = 1441": ("grace", "rule.range"),
    "grace = 1.5": ("grace", "rule.type"),
    "grace = nan": ("grace", "rule.type"),
    "grace = true": ("grace", "rule.type"),
    'grace = "30"': ("grace", "rule.type"),
    "title = 5": ("title", "rule.type"),
    f'title = "{"长" * 101}"': ("title", "rule.range"),
    "gift = 1": ("gift", "rule.key"),
    "stars = 5": ("stars", "rule.type"),
    "[stars]\nlevels = 5": ("stars.levels", "rule.type"),
    "[stars]\nlevels = []": ("stars.levels", "rule.range"),
    "[stars]\nlevels = [100]": ("stars.levels[1]", "rule.type"),
    "[stars]\nlevels = [{ hours = 1 }, {}]": ("stars.levels[2].hours", "rule.missing"),
    "[stars]\nlevels = [{ hours = 0 }]": ("stars.levels[1].hours", "rule.range"),
    '[stars]\nlevels = [{ hours = 1, unit = "县" }]': ("stars.levels[1].unit", "rule.form"),
    '[stars]\nclasses = ["A", "Z"]': ("stars.classes[2]", "rule.choice"),
    "[points]\nper_hour = 0": ("points.per_hour", "rule.range"),
    '[points]\nbelow_zero = "yes"': ("points.below_zero", "rule.type"),
    '[points]\nexpiry = { on = "31-12" }': ("points.expiry.on", "rule.form"),
    "[points]\nweights = [{ percent = 1 }]": ("points.weights[1].category", "rule.missing"),
    '[credits]\norder = "give"': ("credits.order", "rule.choice"),
    '[calendar.2026]\noff = ["2026-01-01"]': ("calendar", "rule.calendar"),
}


@pytest.mark.parametrize("text", FORM)
def test_what_is_not_as_it_must_be_is_named(text: str) -> None:
    path, code = FORM[text]
    assert faults(text) == {path: code}


def test_every_problem_is_named_at_once() -> None:
    text = "\n".join(part for part in FORM if not part.startswith(("[", "grace", "title", "stars")))
    found = faults(
        f"{text}\ngrace = -1\ntitle = 5\n[points]\nper_hour = 0\ncap_dya = 1\n[calendar]\n"
    )
    assert list(found) == [
        "calendar",
        "title",
        "grace",
        "points.per_hour",
        "points.cap_dya",
        "gift",
    ]


def test_what_cannot_be_meant_is_named_beside_a_wrong_form() -> None:
    """A number out of range hides neither the ladder, nor a weight given twice, nor a wrong day."""
    weights = '{ category = "a", percent = 1 }, { category = "a", percent = 2 }'
    found = faults(
        "grace = -1\n[stars]\nminimum_rating = 9\nlevels = [{ hours = 5 }, { hours = 3 }]\n"
        f'[points]\nper_hour = 0\nweights = [{weights}]\nexpiry = {{ on = "02-30" }}\n'
        '[credits]\ngift_to = ["friends"]\n'
    )
    assert {"grace", "stars.minimum_rating", "points.per_hour"} < found.keys()
    assert found["stars.levels[2].hours"] == "rule.ladder"
    assert found["points.weights"] == "rule.twice"
    assert found["points.expiry.on"] == "rule.day"
    assert found["credits.gift_to"] == "rule.choice"


def test_what_is_wrong_in_its_form_is_not_said_twice() -> None:
    found = faults("[stars]\nlevels = [{ hours = 5 }, { hours = 0 }]\n[points]\nround_to = 99\n")
    assert found == {"stars.levels[2].hours": "rule.range", "points.round_to": "rule.range"}


REMEDIES = {
    "[points]\ncap_dya = 3": "cap_day",
    "[point]\n": "points",
    "[points]\npresence = 60": "above the first [section]",
    "[points]\nredeem_age = 60": "[credits]",
    "[stars]\nminimum_age = 6": "above the first [section]",
    "[stars]\nlevels = [100]": "{ hours = 100 }",
    '[stars]\nclasses = ["Z"]': '"A" "B" "C" "L"',
    "[anomalies]\nanything = 1": "late_share, late_lines",
    '[points]\nexpiry = { on = "1-1" }': '"12-31"',
    "stars = 1": "[stars]",
    "grace = 2000": "1440",
}


@pytest.mark.parametrize("text", REMEDIES)
def test_the_remedy_is_named(text: str) -> None:
    (problem,) = ruling.check(text.encode()).problems
    assert REMEDIES[text] in problem.en
    assert "above the first" in problem.en or REMEDIES[text].partition(",")[0] in problem.zh


SYNTAX = {
    "title = “示例”": "half-width",
    "a = 1，": "half-width",
    'title = "示例': "quotation mark",
    "[points": "bracket",
    "[points]\na = [1,": "list",
    "[points]\n[points]": "section stands twice",
    "grace = 1\ngrace = 2": "stands twice",
    "grace": "name = value",
    "grace = thirty": "quotes",
    "grace = 1 late_days = 2": "one line",
    "科普类 = 1": "not TOML",
    "[" * 100_000: "",
    "grace = " + "9" * 5_000: "",
}


@pytest.mark.parametrize("text", SYNTAX, ids=lambda text: text[:20])
def test_what_is_not_toml_is_named_by_its_line(text: str) -> None:
    (problem,) = ruling.check(f"# 说明\n{text}\n".encode()).problems
    line = 1 + len(text.splitlines())
    assert problem.code == "rule.syntax"
    assert problem.en.startswith(f"line {line}, “{text.splitlines()[-1][:60]}”: ")
    assert problem.zh.startswith(f"第 {line} 行")
    assert SYNTAX[text] in problem.en


def test_a_full_width_sign_in_quotes_or_a_comment_is_not_to_blame() -> None:
    (problem,) = ruling.check('title = "甲，乙" 1  # 说明：甲'.encode()).problems
    assert "one line" in problem.en


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_file_is_read_as_editors_on_this_desk_save_it(encoding: str) -> None:
    found = ruling.check('title = "示例办法"\r\ngrace = 10\r\n'.encode(encoding))
    assert (found.problems, found.rules.title, found.rules.grace) == ((), "示例办法", 10)


def test_what_is_no_text_is_refused() -> None:
    (problem,) = ruling.check(b"\xff\x00\x01").problems
    assert problem.code == "rule.syntax"
    with pytest.raises(Unreadable) as refused:
        ruling.document(b"a =")
    assert refused.value.code == "rule.syntax"


def test_what_a_file_does_not_say_has_its_default() -> None:
    assert ruling.check(b"").good() == Ruleset()
    found = ruling.check(b"[points]\n").good()
    assert found == Ruleset(points=Points())


def test_days_need_no_quotes_and_text_is_composed() -> None:
    assert ruling.check(b"source = 2012-10-23").good().source == "2012-10-23"
    assert ruling.check("title = 'Cafe\u0301'".encode()).good().title == "Caf\u00e9"


def test_good_raises_with_every_problem() -> None:
    with pytest.raises(Rejected) as refused:
        ruling.check(b"grace = -1\nlonger = 2\n").good()
    assert refused.value.code == "ruleset.refused"
    assert len(refused.value.en.splitlines()) == len(refused.value.zh.splitlines()) == 2


# --- problems of sense, and notes -----------------------------------------------------------------

SENSE = {
    "[stars]\nlevels = [{ hours = 9 }, { hours = 9 }]": ("stars.levels[2].hours", "rule.ladder"),
    "[stars]\nlevels = [{ hours = 9 }, { hours = 8 }]": ("stars.levels[2].hours", "rule.ladder"),
    '[stars]\nlevels = [{ hours = 9, unit = "X" }]': ("stars.levels[1].unit", "rule.unit"),
    '[points]\nexpiry = { on = "02-30" }': ("points.expiry.on", "rule.day"),
    '[credits]\ngift_to = ["friend", "朋友"]': ("credits.gift_to", "rule.choice"),
    '[points]\nweights = [{ category = "科普类", percent = 1 }, { category = "科普类", percent = 2 }]': (
        "points.weights",
        "rule.twice",
    ),
    'title = "a\\nb"': ("", "rule.text"),
    'title = "a\\u202eb"': ("", "rule.text"),
}


@pytest.mark.parametrize("text", SENSE)
def test_what_cannot_be_meant_is_a_problem(text: str) -> None:
    path, code = SENSE[text]
    assert faults(text) == {path: code}


TITLED = 'title = "甲"\n'
ODD = {
    "": {},
    "notice_days = 2": {"notice_days": "rule.law"},
    "late_days = 11": {"late_days": "rule.law"},
    "guardian_until = 13": {"guardian_until": "rule.law"},
    "[stars]\nnotice_days = 0": {"stars.notice_days": "rule.law"},
    "day_ceiling = 400": {"day_limit": "rule.never"},
    "[points]\ncap_activity = 3\ncap_day = 2": {"points.cap_activity": "rule.never"},
    "[points]\ncap_activity = 3\ncap_year = 2": {"points.cap_activity": "rule.never"},
    "[points]\ncap_day = 3\ncap_year = 2": {"points.cap_day": "rule.never"},
    "[points]\ncap_activity = 3\ncap_day = 3\ncap_year = 0": {},
    '[points]\nweights = [{ category = "科普类", percent = 1 }]': {},
    '[points]\nweights = [{ category = "科普", percent = 1 }]': {"points.weights": "rule.category"},
    '[credits]\ncategories = ["科普类", "敬老"]': {"credits.categories": "rule.category"},
    '[credits]\ndonation_only = ["团体"]': {"credits.donation_only": "rule.category"},
}


@pytest.mark.parametrize("text", ODD)
def test_what_is_odd_is_a_note(text: str) -> None:
    assert notes(TITLED + text) == ODD[text]
    for one in ruling.check((TITLED + text).encode(), KNOWN).notes:
        check_said(one)


def test_without_a_ledger_what_only_it_can_tell_is_not_asked() -> None:
    text = '[stars]\nlevels = [{ hours = 9, unit = "X" }]\n[credits]\ncategories = ["没有"]\n'
    assert [one.code for one in ruling.check(text.encode()).notes] == ["rule.title"]
    assert ruling.check(text.encode()).problems == ()


# --- in words ------------------------------------------------------------------------------------


def models(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Give a model and all that it is made of."""
    yield kind
    for hint in get_type_hints(kind).values():
        for inner in flat(hint):
            if isinstance(inner, type) and issubclass(inner, Part):
                yield from models(inner)


def flat(hint: Any) -> Iterator[Any]:
    yield hint
    for inner in get_args(hint):
        yield from flat(inner)


def test_every_part_is_known_to_who_names_its_faults() -> None:
    assert set(PARTS.values()) == set(models(Ruleset)) - {Year}


def test_every_parameter_has_words() -> None:
    for section in SECTIONS[:-1]:
        fields = set(PARTS[section.key].model_fields)
        assert set(section.parameters) == fields - {s.key for s in SECTIONS} - {"calendar"}
    for rules in (Ruleset(), FULL):
        for _, said in parameters.sections(rules):
            for one in said:
                assert all((*one.name, *one.words))
                assert hanzi(one.name[1])


def test_a_part_that_is_off_says_so_and_nothing_else() -> None:
    said = {section.key: found for section, found in parameters.sections(Ruleset())}
    for key in OPTIONAL:
        (one,) = said[key]
        assert (one.path, one.words) == (key, ("off", "停用"))


WORDS = {
    "longest": "960 分钟（16 小时）",
    "presence": "不作要求",
    "stars.levels[2]": "300 小时",
    "stars.classes": "A、B、C、L",
    "points.weights[科普类]": "150%",
    "points.round_up_from": "不进位",
    "points.cap_year": "不限",
    "points.expiry": "次年 12-31 到期",
    "credits.donation_only": "无",
    "credits.order": "转给提供服务的人",
    "calendar.2026": "放假 1 天，调休上班 0 天",
}


@pytest.mark.parametrize("path", WORDS)
def test_values_are_said_as_people_say_them(path: str) -> None:
    said = {one.path: one.words for _, found in parameters.sections(FULL) for one in found}
    assert said[path][1] == WORDS[path]


def test_other_words_for_other_values() -> None:
    level = Level(hours=2, tenure_months=6, unit="KX")
    credits_ = Credits(gift_to=("spouse", "neighbour"), redeem_age=0, order="destroy")
    points = Points(per_hour=1, expiry=Expiry(years=3), round_up_from=15)
    rules = Ruleset(stars=Stars(levels=(level,)), points=points, credits=credits_, grace=0)
    said = {one.path: one.words for _, found in parameters.sections(rules) for one in found}
    assert said["stars.levels[1]"] == (
        "2 h, registered for 6 months, granted by KX",
        "2 小时，注册满 6 个月，由 KX 评定",
    )
    assert said["credits.gift_to"] == ("spouse, neighbour", "配偶、neighbour")
    assert said["credits.redeem_age"] == ("no limit", "不限")
    assert said["credits.order"] == ("are gone", "注销")
    assert said["points.per_hour"] == ("1 point", "1 分")
    assert said["points.expiry"] == ("on 12-31, 3 years later", "3 年后的 12-31 到期")
    assert said["points.round_up_from"] == ("15 min", "15 分钟")
    assert said["grace"] == ("0 min", "0 分钟")


# --- differences ---------------------------------------------------------------------------------


def varied() -> Iterator[tuple[str, Ruleset]]:
    """Give the full ruleset once for each parameter, with another value of that one."""
    document = rulesets.write(FULL)
    for section in SECTIONS[:-1]:
        for key in section.parameters:
            changed = json.loads(json.dumps(document))
            part = changed[section.key] if section.key else changed
            part[key] = other(part[key])
            yield ".".join(filter(None, (section.key, key))), rulesets.read(json.dumps(changed))


def other(value: Any) -> Any:
    if isinstance(value, bool | int):
        return not value if isinstance(value, bool) else value + (-1 if value > 1 else 1)
    match value:
        case str():
            return {"move": "destroy"}.get(value, f"{value}二")
        case dict():
            return {**value, "years": 2}
        case [{"hours": hours, **rest}, *levels]:
            return [{"hours": hours - 1, **rest}, *levels]
        case [{"category": category, "percent": percent}]:
            return [{"category": category, "percent": percent + 1}]
        case _:
            return value[:-1] or [*value, "别的"]


VARIED = list(varied())


@pytest.mark.parametrize(("path", "rules"), VARIED, ids=[path for path, _ in VARIED])
def test_one_difference_is_one_change(path: str, rules: Ruleset) -> None:
    expected = {"stars.levels": "[1]", "points.weights": "[科普类]"}
    (change,) = changes(FULL, rules)
    assert change.path == path + expected.get(path, "")
    if path != "credits.categories":  # from some to all: both have words
        assert change.old
        assert change.new
        assert change.old.words != change.new.words
    (back,) = changes(rules, FULL)
    assert (back.old, back.new) == (change.new, change.old)


def test_no_difference_is_no_change() -> None:
    assert changes(FULL, FULL) == changes(Ruleset(), Ruleset()) == ()


def test_a_part_that_is_switched_on_is_said_in_full_and_one_switched_off_once() -> None:
    on = [one.path for one in changes(Ruleset(), Ruleset(points=Points()))]
    assert on[:2] == ["points", "points.per_hour"]
    assert len(on) > 8
    (off,) = changes(Ruleset(points=Points()), Ruleset())
    assert off.path == "points"
    assert off.new
    assert off.new.words == ("off", "停用")


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6, unique=True), st.integers(1, 6))
def test_ladders_differ_star_by_star(hours: list[int], keep: int) -> None:
    ladder = tuple(Level(hours=n) for n in sorted(hours))
    old, new = (Ruleset(stars=Stars(levels=levels)) for levels in (ladder, ladder[:keep]))
    gone = [one.path for one in changes(old, new)]
    assert gone == [f"stars.levels[{n}]" for n in range(keep + 1, len(ladder) + 1)]


def test_working_days_differ_year_by_year() -> None:
    more = FULL.model_copy(update={"calendar": {**FULL.calendar, "2027": Year()}})
    assert [one.path for one in changes(FULL, more)] == ["calendar.2027"]
