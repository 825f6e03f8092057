"""What lines earn, and what a voided line takes back (rules 14, 29, 30, 32).

Holds ledger.rules.earnings.
"""

import pytest

from ledger.incentives import Credits, Expiry, Points, Weight
from ledger.records import Account, Movement
from ledger.rulesets import Ruleset, Year
from tests.economy import (
    RICH,
    balance,
    check_balanced,
    expire,
    open_year,
    plan,
    served,
    shift,
    stood,
)
from tests.scene import RULES, Scene, activity, at, line, some, stand

GROUP = "环境保护"


def begun(points: Points | None = None, credits_: Credits | None = None) -> Scene:
    """Return a scene whose rules give these, at the end of March, with a year-long activity Y1."""
    scene = Scene.ready(rules(points, credits_))
    open_year(scene)
    scene.now = at("28 18:00")
    return scene


def rules(points: Points | None = None, credits_: Credits | None = None) -> Ruleset:
    return RULES.model_copy(update={"points": points, "credits": credits_})


def points(scene: Scene, number: str = "V1") -> int:
    return balance(scene, f"volunteer:{number}", "point")


def credit(scene: Scene, number: str = "V1", kind: str = "volunteer") -> int:
    return balance(scene, f"{kind}:{number}")


@pytest.fixture
def scene() -> Scene:
    return Scene.ready(RICH)


# --- earning ------------------------------------------------------------------------------------


def test_confirmed_lines_alone_earn(scene: Scene) -> None:
    """Rules 23, 29, 32: a point and a credit an hour, when the line stands and not before."""
    ref = scene.attend(line("V1"), line("V2", end="03 11:30"))
    notice = scene.notice(ref)
    assert not list(scene.book.all(Account))
    scene.wait(days=8)
    scene.confirm(notice, stand(ref))
    assert [points(scene), credit(scene), points(scene, "V2"), credit(scene, "V2")] == [3, 3, 2, 2]
    assert [balance(scene, "issuance", unit) for unit in ("point", "credit")] == [-5, -5]
    assert not list(scene.book.all(Movement))  # it is computed: nobody says it again
    check_balanced(scene)


def test_rules_that_give_neither_leave_no_row() -> None:
    scene = Scene.ready()
    ref = served(scene, "V1", "V2")
    scene.correct((ref, 0))
    assert not [one for kind in (Account, Movement) for one in scene.book.all(kind)]


def test_rules_may_give_one_and_not_the_other() -> None:
    for given, unit in ((rules(Points()), "point"), (rules(None, Credits()), "credit")):
        scene = Scene.ready(given)
        scene.correct((served(scene, "V1", "V2"), 0))
        assert {one.unit for one in scene.book.all(Account)} == {unit}
        assert balance(scene, "volunteer:V2", unit) == 3
        check_balanced(scene)


def test_minutes_are_floored_for_points_and_carried_for_credits() -> None:
    """Rules 14, 32: half hours of each line at two points an hour; full hours of all lines."""
    scene = begun(Points(per_hour=2), Credits())
    stood(scene, *(shift("V1", day, 1, 50) for day in ("24", "25", "26")))
    assert points(scene) == 3 * 3
    assert credit(scene) == 5  # 330 minutes
    account = scene.book.find(Account, "volunteer:V1", "credit")
    assert account
    assert account.minutes == 330


def test_a_line_takes_back_just_what_it_brought_whichever_it_is() -> None:
    """Rules 29, 30: in any order, nothing is left of what was voided."""
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        scene = begun(Points(cap_activity=3, cap_day=4, cap_year=9), Credits())
        hours = (("24 09:00", "24 11:30"), ("24 13:00", "24 15:50"), ("25 09:00", "25 12:20"))
        ref = stood(scene, *(line("V1", *at_, "C") for at_ in hours))
        assert (points(scene), credit(scene)) == (3 + 3, 8)
        for n in order:
            scene.correct((ref, n))
            check_balanced(scene)
        assert (points(scene), credit(scene)) == (0, 0)


@pytest.mark.parametrize(
    ("scheme", "due"),
    [
        (Points(), 8),
        (Points(cap_activity=3), 3 + 2 + 2),  # on the 24th in Y1 and in Y2, on the 25th in Y1
        (Points(cap_day=5), 5 + 2),
        (Points(cap_year=5), 5),
        (Points(cap_activity=3, cap_day=4, cap_year=5), 5),
        (Points(weights=(Weight(category="敬老助老", percent=50),)), 1 + 1 + 1 + 2),
        (Points(weights=(Weight(category="敬老助老", percent=0),)), 2),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_caps_and_weights_are_those_of_the_ruleset(
    scheme: Points, due: int, *, together: bool
) -> None:
    """Rule 29: by activity, by day, by year; lines of one sheet or of several are the same."""
    scene = begun(scheme)
    open_year(scene, "Y2", GROUP)
    hours = (("24 08:00", "24 10:00"), ("24 12:00", "24 14:00"), ("25 09:00", "25 11:00"))
    rows = [line("V1", *at_, "C") for at_ in hours]
    for sheet in [rows] if together else [[row] for row in rows]:
        stood(scene, *sheet)
    last = stood(scene, line("V1", "24 16:00", "24 18:00", "C"), to="Y2")
    assert points(scene) == due
    scene.correct((last, 0))
    again = begun(scheme)
    stood(again, *rows)
    assert points(scene) == points(again)
    check_balanced(scene)


def test_a_line_above_the_cap_takes_its_place_when_another_goes() -> None:
    """Rule 29: under a cap of 4 a day, 3 + 3 hours are 4 points; without one of them they are 3."""
    scene = begun(Points(cap_day=4))
    first = stood(scene, shift("V1", "24"))
    second = stood(scene, line("V1", "24 13:00", "24 16:00", "C"))
    assert points(scene) == 4
    scene.correct((first, 0))
    assert points(scene) == 3
    scene.correct((second, 0))
    assert points(scene) == 0


def test_a_line_that_does_not_stand_takes_no_room_below_a_cap() -> None:
    """Rules 23, 29: recorded, under notice, excepted or void, it counts for nothing."""
    scene = begun(Points(cap_day=4))
    waits = scene.attend(line("V1", "24 13:00", "24 16:00", "C"), to="Y1", reason=some("x"))
    notice = scene.notice(waits)
    first = stood(scene, shift("V1", "24"))
    assert points(scene) == 3
    scene.confirm(notice, stand(waits, 0))
    scene.correct((first, 0))
    assert points(scene) == 0
    again = scene.notice(waits)
    scene.wait(days=8)
    scene.confirm(again, stand(waits))
    assert points(scene) == 3


def test_a_class_that_is_left_out_earns_nothing() -> None:
    """Rule 29, 32: a ruleset may leave out what was written from memory."""
    scene = Scene.ready(rules(Points(classes=("A", "B")), Credits(classes=("A",))))
    open_year(scene)
    scene.now = at("28 18:00")
    stood(scene, shift("V1", "24"), shift("V2", "24", class_="L"))
    assert not list(scene.book.all(Account))
    day = "2026-04-15"
    plan(scene, "A2", day)
    scene.now = at(f"{day} 13:00")
    rows = [shift(n, day, class_=class_) for n, class_ in (("V1", "A"), ("V2", "B"))]
    scene.pass_notice(scene.attend(*rows, to="A2"))
    assert [points(scene), credit(scene), points(scene, "V2"), credit(scene, "V2")] == [3, 3, 3, 0]


def test_group_service_goes_where_it_can_only_be_donated_from() -> None:
    """Rule 36: a purse of its own, and minutes of its own."""
    scene = begun(None, Credits(donation_only=(GROUP,)))
    open_year(scene, "Y2", GROUP)
    stood(scene, shift("V1", "24", 1, 40))
    ref = stood(scene, shift("V1", "25", 1, 40), shift("V1", "26", 1, 40), to="Y2")
    assert (credit(scene), credit(scene, kind="donations")) == (1, 3)
    scene.correct((ref, 1))
    assert (credit(scene), credit(scene, kind="donations")) == (1, 1)
    check_balanced(scene)


def test_categories_that_are_not_named_earn_no_credits() -> None:
    """Rule 32: eligible service only."""
    scene = begun(None, Credits(categories=("敬老助老",)))
    open_year(scene, "Y2", GROUP)
    stood(scene, shift("V1", "24"))
    stood(scene, shift("V1", "25"), to="Y2")
    assert credit(scene) == 3


# --- when ---------------------------------------------------------------------------------------


def test_an_excepted_line_earns_when_a_later_notice_lets_it_stand(scene: Scene) -> None:
    """Rules 21, 23."""
    ref = scene.attend(line("V1"), line("V2"))
    notice = scene.notice(ref)
    scene.wait(days=8)
    scene.confirm(notice, stand(ref, 1))
    assert (points(scene, "V1"), points(scene, "V2")) == (3, 0)
    again = scene.notice(ref)
    scene.wait(days=8)
    scene.confirm(again, stand(ref))
    assert (points(scene, "V1"), points(scene, "V2")) == (3, 3)  # and none twice
    scene.correct((ref, 1))
    assert (points(scene, "V1"), points(scene, "V2")) == (3, 0)
    check_balanced(scene)


def test_a_line_objected_to_earns_once_it_stands_after_all(scene: Scene) -> None:
    ref = scene.attend(line("V1"), line("V2"))
    notice = scene.notice(ref)
    scene.object((ref, 0))
    scene.wait(days=8)
    scene.confirm(notice, stand(ref, 0))
    assert (points(scene), points(scene, "V2")) == (0, 3)
    again = scene.notice(ref)
    scene.object((ref, 0))  # and once more, while it is under the second notice
    scene.wait(days=8)
    with scene.refuses("line.state"):
        scene.confirm(again, stand(ref))
    scene.confirm(again, stand(ref, 0))
    assert points(scene) == 0
    third = scene.notice(ref)
    scene.wait(days=8)
    scene.confirm(third, stand(ref))
    assert (points(scene), credit(scene)) == (3, 3)


def test_a_line_that_takes_the_place_of_a_void_one_earns_anew(scene: Scene) -> None:
    """Rule 24: what should stand instead goes through notice and confirmation itself."""
    ref = served(scene, "V1")
    scene.correct((ref, 0))
    assert points(scene) == 0
    again = scene.attend(line("V1", minutes=60, replaces=[ref, 0], class_="C"), reason=some("x"))
    assert points(scene) == 0
    scene.pass_notice(again)
    assert (points(scene), credit(scene)) == (1, 1)


def test_a_rule_change_in_mid_month_is_for_the_days_from_then_on() -> None:
    """Design section 4: a line is judged by the ruleset of its day, whenever it is confirmed."""
    scene = Scene.ready(rules(Points()))
    open_year(scene)
    scene.now = at("14 18:00")
    scene.adopt(rules(Points(per_hour=2), Credits()), "2026-03-16")
    scene.now = at("20 18:00")
    ref = stood(scene, shift("V1", "15"), shift("V1", "16"))
    assert (points(scene), credit(scene)) == (3 + 6, 3)
    late = stood(scene, line("V1", "15 13:00", "15 15:00", "C"))  # confirmed long after the change
    assert (points(scene), credit(scene)) == (3 + 6 + 2, 3)
    scene.correct((ref, 0), (late, 0))
    assert (points(scene), credit(scene)) == (6, 3)
    scene.correct((ref, 1))
    assert (points(scene), credit(scene)) == (0, 0)


@pytest.mark.parametrize(("cap", "reached", "left"), [(4, 4, 4), (8, 8, 6), (0, 16, 6)])
def test_a_rule_change_in_mid_year_goes_on_from_what_was_reached(
    cap: int, reached: int, left: int
) -> None:
    """Rule 29: what was reached stays, and the new cap counts it in."""
    scene = Scene.ready(rules(Points(cap_year=4)))
    open_year(scene)
    scene.now = at("2026-06-30 18:00")
    scene.adopt(rules(Points(cap_year=cap)), "2026-07-01")
    scene.now = at("2026-07-10 18:00")
    first = stood(scene, *(shift("V1", f"2026-06-{day}", 6) for day in (20, 21)))
    assert points(scene) == 4
    second = stood(scene, *(shift("V1", f"2026-07-0{day}", 6) for day in (2, 3)))
    assert points(scene) == reached
    scene.correct((first, 0))
    scene.correct((second, 0))
    scene.correct((first, 1))
    assert points(scene) == left


def test_a_ruleset_adopted_for_the_day_on_which_a_line_stood_changes_nothing_of_it() -> None:
    """Rule 55: where notice takes no days, what a line brought is what it takes back."""
    quick = rules(Points(), Credits()).model_copy(update={"notice_days": 0})
    scene = Scene.ready(quick)
    first = scene.attend(line("V1"), line("V2"))
    notice = scene.notice(first)
    scene.confirm(notice, stand(first))
    dear = Points(per_hour=5, cap_day=100)
    scene.adopt(quick.model_copy(update={"points": dear, "credits": None}), "2026-03-03")
    open_year(scene)
    scene.wait(hours=4)
    second = scene.attend(line("V1", "03 14:00", "03 16:00", "C"), to="Y1", reason=some("x"))
    scene.confirm(scene.notice(second), stand(second))
    assert (points(scene), credit(scene)) == (3 + 10, 3)
    scene.correct((first, 0))
    assert (points(scene), credit(scene)) == (10, 0)
    scene.correct((second, 0), (first, 1))
    assert [points(scene), points(scene, "V2"), credit(scene, "V2")] == [0, 0, 0]
    check_balanced(scene)


def test_a_line_over_midnight_counts_for_the_day_on_which_it_starts() -> None:
    """Rule 29: and so at the end of a year, when its points lapse with those of the old one."""
    open_rules = rules(Points(cap_day=4, cap_year=5, expiry=Expiry()), Credits())
    both = {"2026": RULES.calendar["2026"], "2027": Year()}
    scene = Scene.ready(open_rules.model_copy(update={"calendar": both}))
    window = activity("Y2", "2026-12-31 00:00", "2027-01-02 23:59")
    scene.say("activities", window, by="T01/r1", org="T01")
    scene.now = at("2027-01-04 08:00")
    rows = (("2026-12-31 22:00", "2027-01-01 01:00"), ("2027-01-01 09:00", "2027-01-01 12:00"))
    ref = scene.attend(*(line("V1", *at_) for at_ in rows), to="Y2")
    scene.pass_notice(ref)
    assert (points(scene), credit(scene)) == (6, 6)  # under the caps of two days and two years
    scene.now = at("2027-12-31 09:00")
    with scene.refuses("expire.amount", says="3"):
        expire(scene, "V1", 6)
    expire(scene, "V1", 3)
    assert points(scene) == 3
