"""What a voided line takes back that was spent, and what is earned above the cap (rules 30, 33, 34)."""

import pytest

from ledger.incentives import Credits, Expiry, Points
from ledger.records import Account, Line, Movement
from ledger.rulesets import Ruleset
from tests.economy import (
    RICH,
    balance,
    check_balanced,
    expire,
    hold,
    moved,
    open_account,
    open_year,
    served,
    settle,
    shift,
    stood,
)
from tests.scene import RULES, Row, Scene, at, line, some

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


def owed(scene: Scene, number: str = "V1") -> int:
    found = scene.book.find(Account, f"volunteer:{number}", "credit")
    return found.owed if found else 0


@pytest.fixture
def scene() -> Scene:
    return Scene.ready(RICH)


# --- below nothing ------------------------------------------------------------------------------


def spent(*, below_zero: bool) -> tuple[Scene, str]:
    """Return a scene in which V1 has earned 3 points and 3 credits, and spent 2 of each."""
    scene = Scene.ready(
        rules(Points(below_zero=below_zero, expiry=Expiry()), Credits(below_zero=below_zero))
    )
    ref = served(scene, "V1")
    goods: Row = {"code": "G1", "name": "雨伞", "price": 1, "stock": 9}
    scene.say("goods", goods, by="T01/r1", org="T01")
    redeemed = hold(scene, "redeem", "volunteer:V1", "redemption", 2, "point", good="G1", count=2)
    settle(scene, redeemed, 2)
    settle(scene, hold(scene, "donate", "volunteer:V1", "pool", 2), 2)
    return scene, ref


def test_a_correction_after_points_were_spent_leaves_less_than_nothing() -> None:
    """Rule 30: reversal of minutes posts negative points."""
    scene, ref = spent(below_zero=True)
    scene.correct((ref, 0))
    assert (points(scene), credit(scene)) == (-2, -2)
    assert moved(scene, "shortfall") == []
    check_balanced(scene)


def test_where_nothing_may_be_below_zero_the_association_bears_the_rest() -> None:
    """Rules 30, 33: and a movement says so, for points and for credits."""
    scene, ref = spent(below_zero=False)
    scene.correct((ref, 0))
    assert (points(scene), credit(scene)) == (0, 0)
    assert moved(scene, "shortfall") == [("volunteer:V1", "adjustment", 2)] * 2
    assert balance(scene, "adjustment", "point") == balance(scene, "adjustment") == -2
    check_balanced(scene)


@pytest.mark.parametrize("below_zero", [True, False])
def test_what_the_association_bore_was_not_spent(*, below_zero: bool) -> None:
    """Rule 30: or points that were earned later would never lapse, taken for those that were spent."""
    scene, ref = spent(below_zero=below_zero)
    scene.correct((ref, 0))
    open_year(scene)
    stood(scene, shift("V1", "04"))
    assert points(scene) == 1
    scene.now = at("2027-12-31 09:00")
    expire(scene, "V1", 1)
    assert points(scene) == 0


def test_the_same_minutes_are_never_minted_twice() -> None:
    """Rule 32: spent, corrected, confirmed again, and again: three hours are three credits."""
    scene = Scene.ready(RICH)
    ref = served(scene, "V1")
    for _ in range(3):
        there = credit(scene)
        if there:
            settle(scene, hold(scene, "donate", "volunteer:V1", "pool", there), there)
        scene.correct((ref, 0))
        assert (credit(scene), owed(scene)) == (0, 3)
        ref = scene.attend(line("V1", class_="C", replaces=[ref, 0]), reason=some("a minute less"))
        scene.pass_notice(ref)
        assert (credit(scene), owed(scene), balance(scene, "adjustment")) == (0, 0, 0)
    assert balance(scene, "pool") == 3
    assert moved(scene, "made_good") == [("adjustment", "volunteer:V1", 3)] * 3
    check_balanced(scene)


def test_what_is_owed_waits_while_there_is_nothing_to_take_it_from() -> None:
    """Rule 30: after a penalty; what is owed stays owed, and is never taken twice."""
    scene, ref = spent(below_zero=False)
    scene.correct((ref, 0))
    settle(scene, hold(scene, "penalty", "volunteer:V1", "adjustment", 5, "point"), 5)
    open_year(scene)
    stood(scene, shift("V1", "04"))
    found = scene.book.find(Account, "volunteer:V1", "point")
    assert found
    assert (found.balance, found.owed) == (-2, 2)
    stood(scene, shift("V1", "05", 6))
    assert points(scene) == 6 - 2 - 2
    check_balanced(scene)


def test_what_is_owed_is_made_good_before_anything_goes_to_the_pool() -> None:
    """Rules 32, 34: in parts, as it is earned; what others give is not earned."""
    scene = begun(None, Credits(cap=4))
    first = stood(scene, shift("V1", "23", 4))
    settle(scene, hold(scene, "donate", "volunteer:V1", "pool", 4), 4)
    scene.correct((first, 0))
    stood(scene, shift("V2", "23"))
    settle(scene, hold(scene, "gift", "volunteer:V2", "volunteer:V1", 3, relation="child"), 3)
    assert (credit(scene), owed(scene)) == (3, 4)
    stood(scene, shift("V1", "24"))
    assert (credit(scene), owed(scene)) == (3, 1)
    stood(scene, shift("V1", "25"))
    assert (credit(scene), owed(scene), balance(scene, "pool")) == (4, 0, 4 + 1)
    assert balance(scene, "adjustment") == 0
    check_balanced(scene)


def test_a_line_is_taken_back_from_frozen_and_closed_accounts_too(scene: Scene) -> None:
    """Rule 37: a correction is of the record, not a payment."""
    ref = served(scene, "V1")
    open_account(scene, "V1", "frozen")
    scene.correct((ref, 0))
    assert (points(scene), credit(scene)) == (0, 0)


# --- the cap of credits -------------------------------------------------------------------------


def capped() -> tuple[Scene, str, str]:
    """Return V1 at a cap of 4 credits: 3 hours, 3 more of which 2 went to the pool."""
    scene = begun(None, Credits(cap=4))
    first, second = stood(scene, shift("V1", "24")), stood(scene, shift("V1", "25"))
    return scene, first, second


def test_credits_above_the_cap_go_to_the_pool_and_the_hours_still_count() -> None:
    """Rule 34."""
    scene, _, _ = capped()
    assert (credit(scene), balance(scene, "pool")) == (4, 2)
    assert moved(scene, "excess") == [("pool", "volunteer:V1", 2)]
    assert sum(one.minutes for one in scene.book.all(Line)) == 360
    assert balance(scene, "issuance") == -6
    stood(scene, shift("V1", "26"))
    assert (credit(scene), balance(scene, "pool")) == (4, 5)
    check_balanced(scene)


@pytest.mark.parametrize("which", [0, 1])
def test_the_pool_gives_back_first(which: int) -> None:
    """Rule 34: without the line that is void, the other would have fitted below the cap."""
    scene, *sheets = capped()
    scene.correct((sheets[which], 0))
    assert (credit(scene), balance(scene, "pool")) == (3, 0)
    assert moved(scene, "excess_back") == [("volunteer:V1", "pool", 2)]
    scene.correct((sheets[1 - which], 0))
    assert (credit(scene), balance(scene, "pool")) == (0, 0)
    check_balanced(scene)


def test_the_pool_gives_back_what_it_has_and_what_it_holds_back_it_keeps() -> None:
    """Rule 34: what was granted from it, or is about to be, is not there, and the association bears it.

    Three hours stand, so there are three credits: nothing of it was spent, and nothing is owed.
    """
    scene, first, second = capped()
    settle(scene, hold(scene, "grant", "pool", "volunteer:V2", 1), 1)
    scene.correct((first, 0))
    assert (credit(scene), balance(scene, "pool"), balance(scene, "adjustment")) == (3, 0, -1)
    scene, first, second = capped()
    granted = hold(scene, "grant", "pool", "volunteer:V2", 2)
    scene.correct((second, 0))
    assert (credit(scene), balance(scene, "pool"), balance(scene, "adjustment")) == (3, 2, -2)
    assert moved(scene, "excess_borne") == [("volunteer:V1", "adjustment", 2)]
    assert owed(scene) == 0
    settle(scene, granted, 2)
    assert balance(scene, "pool") == 0
    check_balanced(scene)


def test_the_pool_gives_back_once() -> None:
    """Rule 34: what others gave to the pool is not V1's, however many of his lines are voided."""
    scene, *sheets = capped()
    stood(scene, shift("V3", "26"))
    settle(scene, hold(scene, "donate", "volunteer:V3", "pool", 3), 3)
    for ref in sheets:
        scene.correct((ref, 0))
    assert (credit(scene), balance(scene, "pool")) == (0, 3)
    assert moved(scene, "excess_back") == [("volunteer:V1", "pool", 2)]
    assert moved(scene, "shortfall") == []


def test_a_cap_that_is_reached_exactly_moves_nothing() -> None:
    """Rule 34: and no movement of nothing is written, neither then nor when a line is voided."""
    scene = begun(None, Credits(cap=3))
    ref = stood(scene, shift("V1", "24"))
    assert credit(scene) == 3
    scene.correct((ref, 0))
    assert credit(scene) == 0
    assert not list(scene.book.all(Movement))


def test_credits_of_group_service_are_not_capped() -> None:
    """Rules 34, 36: they are for the pool anyway, when their owner gives them."""
    scene = begun(None, Credits(cap=4, donation_only=(GROUP,)))
    open_year(scene, "Y2", GROUP)
    stood(scene, shift("V1", "24", 6), to="Y2")
    assert (balance(scene, "donations:V1"), balance(scene, "pool")) == (6, 0)


def test_room_below_the_cap_is_earned_into_again() -> None:
    """Rule 34: a cap on what is held, not on what was ever earned."""
    scene, _, _ = capped()
    settle(scene, hold(scene, "donate", "volunteer:V1", "pool", 3), 3)
    stood(scene, shift("V1", "26"))
    assert (credit(scene), balance(scene, "pool")) == (4, 2 + 3)
    check_balanced(scene)


def test_without_a_cap_nothing_goes_to_the_pool() -> None:
    scene = begun(None, Credits(cap=0))
    stood(scene, shift("V1", "24"), shift("V1", "25"))
    assert (credit(scene), balance(scene, "pool")) == (6, 0)
