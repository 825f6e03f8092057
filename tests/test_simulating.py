"""Simulating: what it says of rules is what a ledger says that had them from the beginning.

Holds ledger.desk.simulating against the books that `admit` posts.
"""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.desk.simulating import Figures, Simulated, simulate
from ledger.incentives import Credits, Level, Points, Stars, Weight
from ledger.records import Account, Line
from ledger.rules.awards import counted_minutes
from ledger.rulesets import Ruleset
from tests.scene import RULES, Row, Scene, activity, at, line, stand

PEOPLE = ("V1", "V2", "V3")
SLOTS = {  # activity: when it begins, for five hours, and its category
    "B0": ("05 09:00", "敬老助老"),
    "B1": ("05 15:00", "科普类"),
    "B2": ("06 09:00", "团体服务"),
    "B3": ("06 15:00", "敬老助老"),
    "B4": ("07 09:00", "科普类"),
}
TODAY = "2026-04-30"


def under(**parts: object) -> Ruleset:
    return RULES.model_copy(update={"day_limit": 1440, "day_ceiling": 1440, **parts})


RICH = under(
    stars=Stars(levels=(Level(hours=2), Level(hours=4)), classes=("B",)),
    points=Points(
        per_hour=2,
        weights=(Weight(category="科普类", percent=150),),
        cap_activity=5,
        cap_day=8,
        cap_year=12,
        classes=("B", "L"),
    ),
    credits=Credits(cap=3, donation_only=("团体服务",)),
)
SCHEMES = (
    under(),
    RICH,
    under(points=Points(round_up_from=15), credits=Credits(categories=("科普类",), cap=0)),
    under(stars=Stars(levels=(Level(hours=1),)), points=Points(cap_day=1)),
)


@dataclass(frozen=True)
class Service:
    """One confirmed line: who, in which activity, for how long, with which evidence."""

    who: str
    activity: str
    minutes: int
    class_: str = "B"
    void: bool = False


services = st.lists(
    st.builds(
        Service,
        st.sampled_from(PEOPLE),
        st.sampled_from(sorted(SLOTS)),
        st.integers(1, 300),
        st.sampled_from("BL"),
        st.booleans(),
    ),
    max_size=8,
    unique_by=lambda one: (one.who, one.activity),
)


def ledger(rules: Ruleset, *found: Service) -> Scene:
    """Return a ledger that had rules from the beginning, with services confirmed, some voided."""
    scene = Scene.ready(rules)
    for code, (start, category) in SLOTS.items():
        row = activity(code, start, f"{start[:3]}{int(start[3:5]) + 5}:00", category=category)
        scene.say("activities", row, by="T01/r1", org="T01")
    scene.now = at("10 09:00")
    refs = [scene.attend(row_of(one), to=one.activity) for one in found]
    if refs:
        scene.pass_notice(*refs)
    if void := [(ref, 0) for ref, one in zip(refs, found, strict=True) if one.void]:
        scene.correct(*void)
    return scene


def row_of(one: Service) -> Row:
    start, _ = SLOTS[one.activity]
    hours, minutes = divmod(one.minutes, 60)
    return line(
        one.who, start, f"{start[:3]}{int(start[3:5]) + hours:02d}:{minutes:02d}", one.class_
    )


def booked(scene: Scene, rules: Ruleset, who: str) -> Figures:
    """Return what the books of a ledger hold of somebody who never spent anything."""
    book = scene.book
    standing = [one for one in book.lines_by(who) if book.line_state(one) == "confirmed"]
    accounts = {(one.account, one.unit): one for one in book.all(Account)}
    none = Account("", "")
    mine = accounts.get((f"volunteer:{who}", "credit"), none)
    counted = counted_minutes(book, rules.stars, who)
    return Figures(
        minutes=sum(one.minutes for one in standing),
        stars=sum(counted >= level.hours * 60 for level in rules.stars.levels),
        points=accounts.get((f"volunteer:{who}", "point"), none).balance,
        credits=mine.balance,
        donations=accounts.get((f"donations:{who}", "credit"), none).balance,
        excess=mine.excess,
    )


def tried(scene: Scene, rules: Ruleset) -> Simulated:
    return simulate(scene.book, scene.book, rules, scene.book.all(Line), TODAY)


@settings(max_examples=12)
@given(services, st.sampled_from(SCHEMES), st.sampled_from(SCHEMES))
def test_it_says_what_a_ledger_with_these_rules_says(
    found: list[Service], old: Ruleset, new: Ruleset
) -> None:
    """RULES.md 55: and under the old version the old result."""
    here, there = ledger(old, *found), ledger(new, *found)
    answer = tried(here, new)
    standing = {one.who for one in found if not one.void}
    assert set(answer.people) == standing
    assert answer.lines == sum(not one.void for one in found)
    for who in standing:
        assert answer.people[who] == (booked(here, old, who), booked(there, new, who))


@settings(max_examples=5)
@given(services, st.sampled_from(SCHEMES))
def test_the_rules_in_force_change_nothing(found: list[Service], rules: Ruleset) -> None:
    assert tried(ledger(rules, *found), rules).changed == {}


def test_each_day_is_judged_now_by_its_own_rules_and_then_by_one() -> None:
    """A change within the year: the yearly cap goes on from what was reached under the one before."""
    first = under(points=Points(per_hour=1, cap_year=4))
    scene = Scene.ready(first)
    scene.adopt(under(points=Points(per_hour=10, cap_year=25)), "2026-03-06")
    for code, (start, category) in SLOTS.items():
        row = activity(code, start, f"{start[:3]}{int(start[3:5]) + 5}:00", category=category)
        scene.say("activities", row, by="T01/r1", org="T01")
    scene.now = at("10 09:00")
    refs = [scene.attend(row_of(Service("V1", code, 300)), to=code) for code in ("B0", "B2")]
    scene.pass_notice(*refs)
    now, then = tried(scene, first).people["V1"]
    assert (now.points, then.points) == (25, 4)  # 4 of 5 by the cap, and 21 up to the next one
    assert now == booked(scene, under(), "V1")


def test_now_is_by_the_rules_that_a_line_stands_under() -> None:
    """Rule 55: where notice takes no days, other rules can be adopted for the day on which it stood."""
    quick = under(points=Points(), credits=Credits(), notice_days=0)
    scene = Scene.ready(quick)
    dear = under(points=Points(per_hour=5), notice_days=0)
    for who in ("V1", "V2"):
        sheet = scene.attend(line(who))
        scene.confirm(scene.notice(sheet), stand(sheet))
        if who == "V1":
            scene.adopt(dear, "2026-03-03")
    people = tried(scene, dear).people
    assert [people[who][0].points for who in ("V1", "V2")] == [3, 15]
    for who, (now, _) in people.items():
        assert now == booked(scene, quick, who)


@pytest.mark.parametrize(("percent", "minutes"), [(0, 479), (60, 180), (61, 0)])
def test_too_short_a_presence_would_not_have_counted(percent: int, minutes: int) -> None:
    found = (Service("V1", "B0", 180), Service("V1", "B1", 179), Service("V1", "B2", 120, "L"))
    people = tried(ledger(under(), *found), under(presence=percent)).people
    assert people["V1"][1].minutes == minutes + (120 if percent else 0)
    assert people["V1"][0].minutes == 479


def test_rules_tried_from_a_day_on_leave_what_was_served_before() -> None:
    """And the yearly cap goes on from what was reached under the one before."""
    first = under(points=Points(per_hour=1, cap_year=4))
    scene = ledger(first, Service("V1", "B0", 300), Service("V1", "B4", 300))
    dear, lines = under(points=Points(per_hour=10, cap_year=25)), scene.book.all(Line)
    found = simulate(scene.book, scene.book, dear, lines, TODAY, since="2026-03-06")
    now, then = found.people["V1"]
    assert (now.points, then.points) == (4, 25)
    lines = scene.book.all(Line)
    assert not simulate(scene.book, scene.book, dear, lines, TODAY, since=TODAY).changed


def test_totals_are_everybodys_and_changed_are_sorted() -> None:
    found = [Service("V3", "B0", 120), Service("V1", "B0", 60), Service("V2", "B4", 59)]
    answer = tried(ledger(under(), *found), under(points=Points()))
    assert list(answer.changed) == ["V1", "V3"]
    now, then = answer.totals
    assert (now.minutes, now.points, then.points) == (239, 0, 3)
    assert tried(ledger(under()), RICH) == Simulated(0, {})


def test_group_service_is_counted_apart() -> None:
    answer = tried(ledger(under(), Service("V1", "B2", 150), Service("V1", "B0", 250)), RICH)
    _, then = answer.people["V1"]
    assert (then.credits, then.donations, then.excess, then.held) == (3, 2, 1, 5)
