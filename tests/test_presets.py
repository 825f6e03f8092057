"""Presets: what places have published, and that their published examples come out.

Tests are named by the rules of RULES.md. Holds ledger.desk.presets.
"""

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest

from ledger.desk import parameters, presets, ruling
from ledger.desk.presets import Preset
from ledger.desk.sense import Known
from ledger.desk.simulating import Figures, Tally
from ledger.earning import Served
from ledger.errors import Rejected
from ledger.incentives import Credits, Points
from ledger.rulesets import Ruleset
from tests.conftest import ROOT
from tests.economy import balance, hold, offer, served, settle
from tests.scene import RULES, Scene

NAMES = (
    "beijing-credits", "chongqing-rounding", "fujian", "guangzhou-credits", "hailin", "longquanyi",
    "nanjing-credits", "national-2012", "shanghai-credits", "shenzhen",
)  # fmt: skip
ALL = {one.name: one for one in presets.presets()}
EXAMPLE = (ROOT / "examples" / "rules.toml").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def rules(name: str) -> Ruleset:
    return ruling.check(ALL[name].text.encode()).good()


def points(name: str) -> Points:
    found = rules(name).points
    assert found
    return found


def credits_(name: str) -> Credits:
    found = rules(name).credits
    assert found
    return found


def figures(name: str, *minutes: int, activity: str = "", category: str = "科普类") -> Figures:
    """Return what lines of so many minutes come to, each on a day and in an activity of its own."""
    found, tally = rules(name), Tally()
    for n, one in enumerate(minutes):
        day = date(2026, 1, 1) + timedelta(days=n)
        times = f"{day}T08:00:00+08:00", f"{day}T23:59:00+08:00"
        tally.add(Served(*times, activity or f"A{n}", category, one, "B", 0, found), found.stars)
    return tally.figures(found.stars)


# --- every one of them ---------------------------------------------------------------------------


def test_there_are_those_that_are_named_here_and_in_the_readme() -> None:
    assert tuple(ALL) == NAMES
    assert set(re.findall(r"^\| `([a-z0-9-]+)` \|", README, re.MULTILINE)) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_can_be_adopted_as_it_is(name: str) -> None:
    found = ruling.check(ALL[name].text.encode())
    assert (found.problems, found.notes) == ((), ())
    hours = [level.hours for level in found.rules.stars.levels]
    assert hours == sorted(set(hours))


@pytest.mark.parametrize("name", NAMES)
def test_each_names_its_source_and_date_and_what_it_cannot_say(name: str) -> None:
    one = ALL[name]
    head = one.text.partition("\n\n")[0]
    assert all(line.startswith("# ") for line in head.splitlines())
    assert "来源：" in head
    assert re.search("未见全文|请自行核实|日期不详|未注明日期", head)
    assert one.date or "日期不详" in rules(name).source
    assert one.title
    assert one.source


@pytest.mark.parametrize("name", NAMES)
def test_each_changes_only_what_it_is_about(name: str) -> None:
    """What it does not name has its default: nothing else is switched on with it."""
    changed = {one.path for one in parameters.changes(Ruleset(), rules(name))}
    parts = {path.partition(".")[0] for path in changed}
    assert parts <= {"title", "source", "stars", "points", "credits"}
    assert ("credits" in parts) == name.endswith("-credits")
    assert ("points" in parts) == (name in ("hailin", "longquanyi", "chongqing-rounding"))


@pytest.mark.parametrize(
    "text", [*(one.text for one in ALL.values()), EXAMPLE], ids=[*NAMES, "example"]
)
def test_a_comment_stands_above_every_line_and_no_word_of_banks(text: str) -> None:
    lines = text.splitlines()
    for above, line in pairwise(lines):
        if re.match(r"[a-z_]+ =", line):
            assert above.startswith("#"), line
    assert not re.search("银行|时间币|利息", text)


def test_without_presets_none_is_on() -> None:
    assert (Ruleset().points, Ruleset().credits) == (None, None)


def test_a_preset_is_found_by_the_beginning_of_its_name() -> None:
    assert presets.preset("nanjing") == ALL["nanjing-credits"]
    assert presets.preset("fujian").name == "fujian"
    for name, among in (
        ("s", "shanghai-credits, shenzhen"),
        ("x", ", ".join(NAMES)),
        ("", "fujian"),
    ):
        with pytest.raises(Rejected) as refused:
            presets.preset(name)
        assert refused.value.code == "preset.unknown"
        assert among in refused.value.en
        assert among in refused.value.zh


def test_a_date_is_shown_where_it_is_known() -> None:
    dates = {name: one.date for name, one in ALL.items() if one.date}
    assert dates == {
        "beijing-credits": "2022-06-01",
        "guangzhou-credits": "2019",
        "nanjing-credits": "2019",
        "national-2012": "2012-10-23",
        "shanghai-credits": "2026",
        "shenzhen": "2023",
    }
    assert isinstance(ALL["fujian"], Preset)


# --- the published examples ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "ladder"),
    [
        ("national-2012", (100, 300, 600, 1000, 1500)),
        ("shenzhen", (100, 300, 600, 1000, 1500)),
        ("fujian", (100, 300, 600, 1000, 1500)),
        ("longquanyi", (50, 100, 200, 400, 800)),
    ],
)
def test_rule_26_exactly_the_hours_are_a_star_and_a_minute_less_is_none(
    name: str, ladder: tuple[int, ...]
) -> None:
    for star, hours in enumerate(ladder, start=1):
        assert figures(name, hours * 60).stars == star
        assert figures(name, hours * 60 - 1).stars == star - 1
        assert figures(name, 30, hours * 60 - 31, 1).stars == star  # unrounded: rule 14


def test_rule_26_a_hundred_hours_are_one_star() -> None:
    assert figures("national-2012", 100 * 60).stars == 1
    assert figures("national-2012", 99 * 60 + 59).stars == 0


def test_rule_27_shenzhen_asks_for_half_a_year_one_and_two() -> None:
    tenure = [level.tenure_months for level in rules("shenzhen").stars.levels]
    assert tenure == [6, 6, 12, 12, 24]
    assert all(not level.tenure_months for level in rules("national-2012").stars.levels)


def test_rule_27_fujian_lets_county_city_and_province_grant() -> None:
    """Codes are local, so the units are an example in a comment: with it the file is good."""
    text = ALL["fujian"].text
    plain, example = (
        re.findall(r"^ +\{.*$", text, re.MULTILINE),
        re.findall(r"^# +(\{.*)$", text, re.MULTILINE),
    )
    for line, named in zip(plain, example, strict=True):
        text = text.replace(line, named, 1)
    known = Known(frozenset(), frozenset({"XIAN", "SHI", "SHENG"}))
    levels = ruling.check(text.encode(), known).good().stars.levels
    assert [level.unit for level in levels] == ["XIAN", "XIAN", "SHI", "SHI", "SHENG"]
    assert [level.hours for level in levels] == [100, 300, 600, 1000, 1500]
    assert not any(level.unit for level in rules("fujian").stars.levels)


def test_rule_14_chongqing_counts_fifteen_minutes_as_half_an_hour_and_forty_five_as_one() -> None:
    counted = {
        n: points("chongqing-rounding").of(n, "", "B") * 30 for n in (0, 14, 15, 44, 45, 60, 74, 75)
    }
    assert counted == {0: 0, 14: 0, 15: 30, 44: 30, 45: 60, 60: 60, 74: 60, 75: 90}
    assert figures("chongqing-rounding", 15, 45).minutes == 60  # hours are never rounded


def test_rule_29_longquanyi_gives_ten_points_an_hour() -> None:
    assert figures("longquanyi", 60).points == 10
    assert figures("longquanyi", 50 * 60).points == 500


def test_rule_29_hailin_gives_a_point_an_hour_and_two_an_activity_at_most() -> None:
    assert [figures("hailin", n * 60).points for n in (1, 2, 3, 8)] == [1, 2, 2, 2]
    assert figures("hailin", 180, 180).points == 4  # another activity
    assert figures("hailin", 180).minutes == 180  # the hours stay: rule 30


def test_rule_30_and_31_hailin_lets_redeem_once_a_quarter_and_hours_stay() -> None:
    scene = Scene.ready(RULES.model_copy(update={"points": points("hailin")}))
    served(scene, "V1")
    offer(scene, price=1, stock=5)
    held = hold(scene, "redeem", "volunteer:V1", "redemption", 1, "point", good="G1", count=1)
    settle(scene, held, 1)
    assert balance(scene, "volunteer:V1", "point") == 1  # 3 hours bring 2 points
    with scene.refuses("redeem.quarter"):
        hold(scene, "redeem", "volunteer:V1", "redemption", 1, "point", good="G1", count=1)
    assert sum(one.minutes for one in scene.book.lines_by("V1")) == 180


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-credits")])
def test_rule_32_a_full_hour_is_a_credit_and_what_is_left_is_carried(name: str) -> None:
    assert [figures(name, n).credits for n in (59, 60, 119, 120)] == [0, 1, 1, 2]
    assert figures(name, 30, 30).credits == 1
    assert figures(name, 30, 29).credits == 0


@pytest.mark.parametrize("name", ["nanjing-credits", "guangzhou-credits"])
def test_rule_34_1500_are_held_and_the_rest_goes_to_the_pool(name: str) -> None:
    found = figures(name, 1500 * 60, 90)
    assert (found.credits, found.excess, found.minutes) == (1500, 1, 1500 * 60 + 90)
    assert figures(name, 1500 * 60).excess == 0


def test_rule_34_shanghai_and_beijing_name_no_cap() -> None:
    assert figures("shanghai-credits", 2000 * 60).credits == 2000
    assert figures("beijing-credits", 2000 * 60).credits == 2000


def test_rule_35_ages_are_those_published() -> None:
    ages = {name: credits_(name).redeem_age for name in NAMES if name.endswith("-credits")}
    assert ages == {
        "beijing-credits": 60,
        "guangzhou-credits": 0,  # from the first star, whatever the age
        "nanjing-credits": 60,
        "shanghai-credits": 65,
    }


def test_rule_36_gifts_go_to_whom_each_place_names() -> None:
    assert "friend" in credits_("shanghai-credits").gift_to
    assert set(credits_("beijing-credits").gift_to) == {
        "spouse", "parent", "child", "grandparent", "grandchild",
    }  # fmt: skip
    assert credits_("nanjing-credits").gift_to == credits_("guangzhou-credits").gift_to == ()


def test_rule_36_nanjing_credits_of_group_service_can_only_be_donated() -> None:
    found = figures("nanjing-credits", 120, category="团体服务")
    assert (found.credits, found.donations) == (0, 2)
    assert figures("nanjing-credits", 120).donations == 0


# --- the example ---------------------------------------------------------------------------------


def test_the_example_is_marked_and_can_be_adopted() -> None:
    found = ruling.check(EXAMPLE.encode())
    assert (found.problems, found.notes) == ((), ())
    assert found.rules.title.endswith("（示例）")
    assert [level.hours for level in found.rules.stars.levels] == [2, 4, 6, 8, 10]
    scheme, credit = found.rules.points, found.rules.credits
    assert scheme
    assert credit
    assert (scheme.per_hour, scheme.redeem_quarterly) == (1, 1)
    assert scheme.expiry
    assert (credit.cap, credit.redeem_age) == (1500, 60)


def test_in_the_example_a_comment_stands_above_every_line() -> None:
    for above, line in pairwise(EXAMPLE.splitlines()):
        if line and line != "]" and not line.lstrip().startswith("#"):
            assert above.lstrip().startswith("#"), line


def test_the_example_says_every_parameter() -> None:
    """Somebody who cannot program finds there all that can be said, with its meaning above."""
    said = set(re.findall(r"^([a-z_]+) =", EXAMPLE, re.MULTILINE))
    wanted = {key for part in parameters.SECTIONS for key in part.parameters}
    assert wanted - said == {"calendar"}
