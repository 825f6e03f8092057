"""The catalogue (礼遇) and whether volunteers' accounts are open (rules 31, 37)."""

import pytest

from ledger.errors import Malformed
from ledger.records import Good, Holder, Movement
from tests.economy import (
    RICH,
    balance,
    check_balanced,
    hold,
    open_account,
    open_year,
    release,
    served,
    settle,
    shift,
    stood,
)
from tests.scene import Json, Row, Scene


@pytest.fixture
def scene() -> Scene:
    """Give a ledger in which V1 has three points and three credits."""
    found = Scene.ready(RICH)
    served(found, "V1")
    return found


def good(code: str = "G1", **more: Json) -> Row:
    row: Row = {"code": code, "name": "雨伞", "price": 2, "stock": 5}
    return row | more


def offer(scene: Scene, *rows: Row, by: str = "T01/r1", org: str = "T01") -> str:
    return scene.say("goods", *rows, by=by, org=org).ref


def held_state(scene: Scene, number: str = "V1") -> str:
    found = scene.book.find(Holder, number)
    return found.state if found else ""


# --- goods --------------------------------------------------------------------------------------


def test_goods_are_offered_and_changed(scene: Scene) -> None:
    """Rule 31: the last row counts."""
    offer(scene, good(), good("G2", name="电影票"))
    ref = offer(scene, good(price=3, stock=0, name="大雨伞"))
    found = {one.code: one for one in scene.book.all(Good)}
    assert found["G1"] == Good("G1", ref, 0, "T01", "大雨伞", 3, 0)
    assert (found["G2"].n, found["G2"].price, found["G2"].stock) == (1, 2, 5)


def test_the_stock_is_what_is_on_the_shelf_held_ones_included(scene: Scene) -> None:
    """Rule 31: stocked up while some are held, none is sold twice."""
    offer(scene, good(stock=1, price=1))
    held = hold(scene, "redeem", "volunteer:V1", "redemption", 1, "point", good="G1", count=1)
    with scene.refuses("good.held", item=0, says="1"):
        offer(scene, good(stock=0, price=1))
    offer(scene, good(stock=1, price=1))
    with scene.refuses("good.out_of_stock"):
        hold(scene, "redeem", "volunteer:V1", "redemption", 1, "point", good="G1", count=1)
    settle(scene, held, 1)
    found = scene.book.find(Good, "G1")
    assert found
    assert found.stock == 0


def test_what_is_not_there_cannot_be_had(scene: Scene) -> None:
    offer(scene, good(stock=0))
    with scene.refuses("good.out_of_stock", item=0, says="0"):
        hold(scene, "redeem", "volunteer:V1", "redemption", 2, "point", good="G1", count=1)


def test_goods_are_changed_by_whom_they_belong_to(scene: Scene) -> None:
    """Not even the organisation above: it may say so to its own."""
    offer(scene, good())
    for by, org in (("T02/r1", "T02"), ("KX/r1", "KX")):
        with scene.refuses("not_authorised", item=1, says="G1"):
            offer(scene, good("G9"), good(), by=by, org=org)
    offer(scene, good(stock=9), by="KX/r1", org="T01")
    offer(scene, good("G3"), by="KX/r1", org="KX")


def test_goods_are_some_organisation_s(scene: Scene) -> None:
    scene.appoint("KX/r9", "recorder", "*", "p-kr9")
    with scene.refuses("not_authorised", item=0, says="G1"):
        offer(scene, good(), by="KX/r9", org="*")


def test_a_good_comes_once_in_a_statement(scene: Scene) -> None:
    with scene.refuses("good.repeated", item=2, says="G1"):
        offer(scene, good(), good("G2"), good(price=9))


@pytest.mark.parametrize(
    "changed",
    [{"price": 0}, {"price": -1}, {"price": 10**6 + 1}, {"price": 1.5}, {"stock": -1},
     {"stock": 10**6 + 1}, {"stock": True}, {"code": ""}, {"code": "雨伞"}, {"name": ""}],
)  # fmt: skip
def test_a_good_has_a_whole_price_and_a_whole_stock(scene: Scene, changed: Row) -> None:
    """Rule 31: and no other unit than points; there is no field for cash."""
    with pytest.raises((Malformed, TypeError)):
        offer(scene, good() | changed)
    with pytest.raises(Malformed):
        offer(scene, good(cash=5))


@pytest.mark.parametrize("by", ["T01/c1", "KX/i1", "KX/op"])
def test_recorders_keep_the_catalogue(scene: Scene, by: str) -> None:
    with scene.refuses("not_authorised"):
        offer(scene, good(), by=by)


# --- accounts -----------------------------------------------------------------------------------


def test_an_account_is_open_until_somebody_says_otherwise(scene: Scene) -> None:
    """Rule 37: active, frozen, active, closed; each said with a reason."""
    with scene.refuses("account.state", item=0, says="V1"):
        open_account(scene, "V1", "active")
    for state in ("frozen", "active"):
        open_account(scene, "V1", state)
        assert held_state(scene) == state
        with scene.refuses("account.state", item=0):
            open_account(scene, "V1", state)


def test_only_an_empty_account_is_closed(scene: Scene) -> None:
    """Rule 37: spent, given or donated first; points and credits, and those of group service."""
    with scene.refuses("account.not_empty", item=0, says="3"):
        open_account(scene, "V1", "closed")
    settle(scene, hold(scene, "donate", "volunteer:V1", "pool", 3), 3)
    with scene.refuses("account.not_empty", item=0, says=""):
        open_account(scene, "V1", "closed")
    settle(scene, hold(scene, "penalty", "volunteer:V1", "adjustment", 3, "point"), 3)
    open_account(scene, "V1", "closed")
    assert held_state(scene) == "closed"
    open_account(scene, "V2", "closed")  # who has nothing


def test_an_account_that_owes_is_not_closed(scene: Scene) -> None:
    """Rule 37: less than nothing is not nothing."""
    settle(scene, hold(scene, "penalty", "volunteer:V1", "adjustment", 5, "point"), 5)
    with scene.refuses("account.not_empty", item=0, says="-2"):
        open_account(scene, "V1", "closed")


def test_what_is_left_is_written_off_as_an_account_is_closed(scene: Scene) -> None:
    """Rule 37: points lapse, credits go to the pool, and only if it is said so."""
    with scene.refuses("account.state", item=0, says="V1"):
        open_account(scene, "V1", "frozen", written_off=True)
    ref = open_account(scene, "V1", "closed", written_off=True)
    found = [(m.debit, m.unit, m.amount, m.ref) for m in scene.book.all(Movement)]
    assert found == [("expiry", "point", 3, ref), ("pool", "credit", 3, ref)]
    assert {m.purpose for m in scene.book.all(Movement)} == {"written_off"}
    check_balanced(scene)


def test_a_line_that_is_voided_takes_first_what_was_written_off(scene: Scene) -> None:
    """Rules 30, 34: it was never spent, so nobody owes it."""
    sheet = next(told.ref for told in scene.log if told.heard.statement.head.kind == "attendance")
    open_account(scene, "V1", "closed", written_off=True)
    scene.correct((sheet, 0))
    for account in ("volunteer:V1", "expiry", "pool", "adjustment"):
        assert (balance(scene, account, "point"), balance(scene, account)) == (0, 0)


def test_what_was_written_off_is_no_matter_for_what_is_earned_afterwards(scene: Scene) -> None:
    """Rule 30: closed and opened within a year, each line takes back what it brought."""
    sheet = next(told.ref for told in scene.log if told.heard.statement.head.kind == "attendance")
    open_account(scene, "V1", "closed", written_off=True)
    open_account(scene, "V1", "active")
    open_year(scene)
    stood(scene, shift("V1", "09", 5))
    assert (balance(scene, "volunteer:V1", "point"), balance(scene, "volunteer:V1")) == (5, 5)
    scene.correct((sheet, 0))
    assert (balance(scene, "volunteer:V1", "point"), balance(scene, "volunteer:V1")) == (5, 5)
    assert (balance(scene, "expiry", "point"), balance(scene, "pool")) == (0, 0)
    check_balanced(scene)


def test_what_is_below_nothing_is_written_off_and_stays_owed(scene: Scene) -> None:
    """Rule 30: nobody is rid of a penalty by closing his account and opening it again."""
    settle(scene, hold(scene, "penalty", "volunteer:V1", "adjustment", 5, "point"), 5)
    settle(scene, hold(scene, "donate", "volunteer:V1", "pool", 3), 3)
    open_account(scene, "V1", "closed", written_off=True)
    assert balance(scene, "volunteer:V1", "point") == 0
    open_account(scene, "V1", "active")
    open_year(scene)
    stood(scene, shift("V1", "09"))
    assert balance(scene, "volunteer:V1", "point") == 1
    check_balanced(scene)


def test_an_account_from_which_something_is_held_is_not_closed(scene: Scene) -> None:
    held = hold(scene, "penalty", "volunteer:V2", "adjustment", 1, "point")
    with scene.refuses("account.not_empty", item=0):
        open_account(scene, "V2", "closed")
    release(scene, held)
    open_account(scene, "V2", "closed")


def test_credits_that_can_only_be_donated_keep_an_account_open() -> None:
    """Rules 36, 37."""
    group = RICH.credits and RICH.credits.model_copy(update={"donation_only": ("环境保护",)})
    scene = Scene.ready(RICH.model_copy(update={"points": None, "credits": group}))
    open_year(scene, "Y2", "环境保护")
    stood(scene, shift("V1", "03"), to="Y2")
    with scene.refuses("account.not_empty", item=0, says="3"):
        open_account(scene, "V1", "closed")
    settle(scene, hold(scene, "donate", "donations:V1", "pool", 3), 3)
    open_account(scene, "V1", "closed")


def test_a_confirmer_opens_and_closes_the_accounts_of_others(scene: Scene) -> None:
    """Rule 22: T01/c2 is the volunteer V6; recorders may not."""
    row: Row = {"volunteer": "V6", "state": "frozen"}
    with scene.refuses("four_eyes", item=0, says="T01/c2"):
        scene.say("accounts", row, by="T01/c2", org="T01", reason="dispute")
    with scene.refuses("not_authorised"):
        scene.say("accounts", row, by="T01/r1", org="T01", reason="dispute")
    with scene.refuses("not_authorised", item=0, says="T02"):
        scene.say("accounts", row, by="T02/c1", org="T02", reason="dispute")
    with scene.refuses("volunteer.unknown", item=0):
        open_account(scene, "V99", "frozen")
    scene.say("accounts", row, by="KX/c1", org="KX", reason="dispute")
    assert held_state(scene, "V6") == "frozen"


def test_an_account_comes_once_in_a_statement(scene: Scene) -> None:
    for states in (("frozen", "active"), ("frozen", "closed"), ("frozen", "frozen")):
        rows: list[Row] = [{"volunteer": "V2", "state": state} for state in states]
        with scene.refuses("account.state", item=1):
            scene.say("accounts", *rows, by="T01/c1", org="T01", reason="dispute")
    with pytest.raises(Malformed):
        open_account(scene, "V1", "dormant")


def test_leaving_keeps_what_one_has_and_death_freezes_it(scene: Scene) -> None:
    """Rules 37, 50."""
    scene.say("departure", {"volunteer": "V1", "reason": "moved"}, by="T01/r1", org="T01")
    assert held_state(scene) == ""
    settle(scene, hold(scene, "donate", "volunteer:V1", "pool", 1), 1)
    dead: Row = {"volunteer": "V3", "reason": "death"}
    scene.say("departure", dead, by="T01/r1", org="T01")
    assert held_state(scene, "V3") == "frozen"
    assert balance(scene, "volunteer:V1") == 2
