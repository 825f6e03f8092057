"""Points: had for goods, given back, taken away, and what lapses (rules 29 to 31)."""

import pytest

from ledger.incentives import Expiry, Points
from ledger.records import Account, Good, Hold, Movement
from ledger.rulesets import Year
from tests.economy import (
    RICH,
    LineRef,
    balance,
    check_balanced,
    expire,
    hold,
    later,
    offer,
    plan,
    release,
    served,
    settle,
)
from tests.scene import Json, Row, Scene, at, line, some

ONE, TWO = "volunteer:V1", "volunteer:V2"
POINTS = Points(expiry=Expiry())


def begun(points: Points | None = POINTS) -> Scene:
    """Return a ledger under such rules in which V1 to V4 have three points each, or as they say."""
    found = Scene.ready(RICH.model_copy(update={"points": points}))
    served(found, "V1", "V2", "V3", "V4")
    return found


@pytest.fixture
def scene() -> Scene:
    return begun()


def redeem(scene: Scene, count: int = 1, number: str = "V1", **more: Json) -> LineRef:
    """Hold so many of G1, at two points each."""
    fields: Row = {"good": "G1", "count": count}
    fields |= more
    return hold(scene, "redeem", f"volunteer:{number}", "redemption", 2 * count, "point", **fields)


def stock(scene: Scene) -> int:
    found = scene.book.find(Good, "G1")
    assert found
    return found.stock


# --- goods --------------------------------------------------------------------------------------


def test_what_is_held_is_off_the_shelf_and_what_is_released_is_on_it(scene: Scene) -> None:
    """Rule 31."""
    offer(scene, stock=3)
    held = redeem(scene)
    assert stock(scene) == 2
    release(scene, held)
    assert stock(scene) == 3
    settle(scene, redeem(scene), 2)
    assert stock(scene) == 2


def test_the_last_one_is_had_once_in_two_statements(scene: Scene) -> None:
    offer(scene, stock=1)
    redeem(scene)
    with scene.refuses("good.out_of_stock", item=0, says="G1"):
        redeem(scene, number="V2")


def test_the_last_one_is_had_once_in_one_statement(scene: Scene) -> None:
    offer(scene, stock=1)
    rows: list[Row] = [
        {"purpose": "redeem", "credit": f"volunteer:{n}", "debit": "redemption", "unit": "point",
         "amount": 2, "good": "G1", "count": 1, "effective": scene.now[:10], "until": later(scene)}
        for n in ("V1", "V2")
    ]  # fmt: skip
    with scene.refuses("good.out_of_stock", item=1):
        scene.say("transfer", *rows, by="T01/r1", org="T01", step="hold")
    assert stock(scene) == 1


def test_goods_of_a_hold_that_ran_out_can_be_had_by_another(scene: Scene) -> None:
    """Rule 30: freed when somebody wants them, with the points of who did not come for them."""
    offer(scene, stock=1)
    redeem(scene, until=later(scene, 5))
    scene.wait(days=5)
    with scene.refuses("good.out_of_stock"):
        redeem(scene, number="V2")
    scene.wait(seconds=1)
    redeem(scene, number="V2")
    held = {one.account: one.held for one in scene.book.all(Account) if one.unit == "point"}
    assert (held[ONE], held[TWO], stock(scene)) == (0, 2, 0)
    check_balanced(scene)


def test_whole_goods_are_handed_over(scene: Scene) -> None:
    """Two of three may be settled, and the third goes back; one and a half may not."""
    scene = begun(Points(per_hour=2))
    offer(scene, stock=3)
    held = redeem(scene, 3)
    for amount in (1, 3, 5, 7, 8):
        with scene.refuses("hold.exceeded", item=0, says=str(amount)):
            settle(scene, held, amount)
    settle(scene, held, 4)
    assert (stock(scene), balance(scene, ONE, "point")) == (1, 2)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"good": "G9"}, "good.unknown"),
        ({"good": "G1"}, "good.unknown"),  # how many?
        ({"count": 1}, "good.unknown"),
        ({"good": "G1", "count": 2}, "good.price"),
    ],
)
def test_goods_cost_what_the_catalogue_says(scene: Scene, more: Row, code: str) -> None:
    offer(scene)
    for amount in (2, 3):
        with scene.refuses(code, item=0):
            hold(scene, "redeem", ONE, "redemption", amount, "point", **more)


def test_a_price_that_changed_is_for_those_who_come_later(scene: Scene) -> None:
    offer(scene, stock=2)
    held = redeem(scene)
    offer(scene, price=3, stock=2)  # what is held is on the shelf
    settle(scene, held, 2)
    with scene.refuses("good.price", says="3"):
        redeem(scene, number="V2")
    assert stock(scene) == 1


def test_so_many_redemptions_a_quarter() -> None:
    """Rule 31: held or handed over; what was released, or ran out, was none."""
    scene = begun(Points(per_hour=9, redeem_quarterly=2, expiry=Expiry()))
    offer(scene, stock=20)
    settle(scene, redeem(scene), 2)
    release(scene, redeem(scene))
    second = redeem(scene, until=later(scene, 3))
    with scene.refuses("redeem.quarter", item=0, says="V1"):
        redeem(scene)
    redeem(scene, number="V2")  # each for himself
    scene.wait(days=4)
    settle(scene, redeem(scene), 2)  # the second ran out
    with scene.refuses("hold.state"):
        settle(scene, second, 2)
    scene.now = at("31 23:59")
    with scene.refuses("redeem.quarter", item=0, says="2026-04-01"):
        redeem(scene)
    scene.now = at("2026-04-01 00:00")
    redeem(scene)


def test_a_redemption_is_of_the_quarter_in_which_it_was_held() -> None:
    """Rule 31: held on the last day of March and handed over in April, it is of the first."""
    scene = begun(Points(per_hour=9, redeem_quarterly=1))
    offer(scene, stock=20)
    scene.now = at("31 23:59")
    held = redeem(scene)
    scene.now = at("2026-04-01 09:00")
    again = redeem(scene)
    settle(scene, held, 2)
    with scene.refuses("redeem.quarter", item=0, says="2026-07-01"):
        redeem(scene)
    ref = settle(scene, again, 2)
    settle(scene, hold(scene, "refund", "redemption", ONE, 1, "point", origin=[ref, 0]), 1)
    with scene.refuses("redeem.quarter", item=0):  # a part of it was kept
        redeem(scene)
    settle(scene, hold(scene, "refund", "redemption", ONE, 1, "point", origin=[ref, 0]), 1)
    redeem(scene)  # what was given back whole was none


@pytest.mark.parametrize(
    ("first", "last", "after"),
    [("2026-04-01", "2026-06-30", "2026-07-01"), ("2026-10-01", "2026-12-31", "2027-01-01")],
)
def test_a_quarter_has_three_months(first: str, last: str, after: str) -> None:
    """Rule 31: up to its last second, and over the end of a year."""
    scene = begun(Points(redeem_quarterly=1))
    offer(scene, stock=20)
    scene.now = at(f"{first} 00:00")
    settle(scene, redeem(scene), 2)
    scene.now = f"{last}T23:59:59+08:00"
    with scene.refuses("redeem.quarter", item=0):
        redeem(scene)
    scene.now = at(f"{after} 00:00")
    with scene.refuses("balance.short", item=0):  # it is allowed again, and he has one point left
        redeem(scene)


def test_so_many_redemptions_a_quarter_in_one_statement_too() -> None:
    scene = begun(Points(redeem_quarterly=1))
    offer(scene, stock=20, price=1)
    row: Row = {"purpose": "redeem", "credit": ONE, "debit": "redemption", "unit": "point"}
    row |= {"amount": 1, "good": "G1", "count": 1, "effective": scene.now[:10]}
    row["until"] = later(scene)
    with scene.refuses("redeem.quarter", item=1):
        scene.say("transfer", row, row, by="T01/r1", org="T01", step="hold")


# --- refunds and penalties ----------------------------------------------------------------------


def test_a_refund_is_of_what_was_paid_and_of_no_more(scene: Scene) -> None:
    """Rule 30: in parts, and together never above it."""
    offer(scene, price=1, stock=3)
    ref = settle(scene, hold(scene, "redeem", ONE, "redemption", 3, "point", good="G1", count=3), 3)
    with scene.refuses("refund.exceeded", item=0, says="3"):
        hold(scene, "refund", "redemption", ONE, 4, "point", origin=[ref, 0])
    one = hold(scene, "refund", "redemption", ONE, 2, "point", origin=[ref, 0])
    with scene.refuses("refund.exceeded", item=0, says="1"):
        hold(scene, "refund", "redemption", ONE, 2, "point", origin=[ref, 0])
    two = hold(scene, "refund", "redemption", ONE, 1, "point", origin=[ref, 0])
    settle(scene, one, 2)
    settle(scene, two, 1)
    with scene.refuses("refund.exceeded", item=0, says="0"):
        hold(scene, "refund", "redemption", ONE, 1, "point", origin=[ref, 0])
    assert (balance(scene, ONE, "point"), balance(scene, "redemption", "point")) == (3, 0)
    assert [one.refunded for one in scene.book.all(Movement)] == [3, 0, 0]


def test_a_refund_is_to_who_paid_and_from_who_received(scene: Scene) -> None:
    offer(scene)
    ref = settle(scene, redeem(scene), 2)
    wrong: tuple[tuple[str, str, str, list[Json]], ...] = (
        ("redemption", TWO, "point", [ref, 0]), ("adjustment", ONE, "point", [ref, 0]),
        ("redemption", ONE, "credit", [ref, 0]), ("redemption", ONE, "point", [ref, 1]),
        ("redemption", ONE, "point", [some("x"), 0]), ("redemption", ONE, "point", []),
    )  # fmt: skip
    for credit, debit, unit, origin in wrong:
        more: Row = {"origin": origin} if origin else {}
        with scene.refuses("refund.unknown", item=0):
            hold(scene, "refund", credit, debit, 1, unit, **more)


def test_a_penalty_may_leave_less_than_nothing_and_is_refunded_when_it_was_wrong(
    scene: Scene,
) -> None:
    """Rule 30."""
    ref = settle(scene, hold(scene, "penalty", ONE, "adjustment", 5, "point"), 5)
    assert balance(scene, ONE, "point") == -2
    settle(scene, hold(scene, "refund", "adjustment", ONE, 5, "point", origin=[ref, 0]), 5)
    assert balance(scene, ONE, "point") == 3
    assert balance(scene, "adjustment", "point") == 0


# --- expiry -------------------------------------------------------------------------------------


def test_points_lapse_when_they_are_due_all_of_them_and_once(scene: Scene) -> None:
    """Rule 30: an explicit posting, on the day that the ruleset announced."""
    scene.now = at("2027-12-30 12:00")
    for early in (1, 3):
        with scene.refuses("expire.amount", item=0, says="0"):
            expire(scene, "V1", early)
    scene.now = at("2027-12-31 12:00")
    for wrong in (1, 2, 4):
        with scene.refuses("expire.amount", item=0, says="3"):
            expire(scene, "V1", wrong)
    with scene.refuses("expire.amount", item=0, says="0"):
        expire(scene, "V1", 3, "2027-12-30")
    expire(scene, "V1", 3)
    assert (balance(scene, ONE, "point"), balance(scene, "expiry", "point")) == (0, 3)
    for again in (1, 3):
        with scene.refuses("expire.amount", item=0):
            expire(scene, "V1", again)
    check_balanced(scene)


def test_what_was_spent_does_not_lapse_and_what_was_given_back_does(scene: Scene) -> None:
    """Rule 30: the oldest are spent first; a refund is as old as what was paid."""
    offer(scene)
    ref = settle(scene, redeem(scene), 2)
    scene.now = at("2027-12-31 12:00")
    settle(scene, hold(scene, "refund", "redemption", ONE, 1, "point", origin=[ref, 0]), 1)
    expire(scene, "V1", 2)


def test_what_is_held_does_not_lapse_until_it_is_free(scene: Scene) -> None:
    """Rule 30."""
    offer(scene)
    scene.now = at("2027-12-30 12:00")
    redeem(scene, until=at("2028-01-03 12:00"))
    scene.now = at("2027-12-31 12:00")
    expire(scene, "V1", 1)
    scene.now = at("2028-01-04 12:00")
    expire(scene, "V1", 2)  # the hold has run out: its goods are back, too
    assert stock(scene) == 1
    assert [one.state for one in scene.book.all(Hold)] == ["released"]


def test_a_line_voided_after_its_points_lapsed_takes_them_from_there(scene: Scene) -> None:
    """Rule 30: it takes back what it brought, and what had lapsed is no debt."""
    sheet = next(told.ref for told in scene.log if told.heard.statement.head.kind == "attendance")
    scene.now = at("2027-12-31 12:00")
    expire(scene, "V1", 3)
    scene.correct((sheet, 0))
    assert (balance(scene, ONE, "point"), balance(scene, "expiry", "point")) == (0, 0)
    check_balanced(scene)


@pytest.mark.parametrize("spent", [0, 2])
@pytest.mark.parametrize("voided", ["old", "new"])
def test_only_what_lapsed_of_a_voided_line_comes_back(spent: int, voided: str) -> None:
    """Rule 30: three points of 2026 lapsed, three of 2027 are there, some of them spent since."""
    calendar = RICH.calendar | {"2027": Year(), "2028": Year()}
    scene = Scene.ready(RICH.model_copy(update={"points": POINTS, "calendar": calendar}))
    old = served(scene, "V1")
    offer(scene, price=1, stock=9)
    scene.now = at("2027-03-01 08:00")
    plan(scene, "B1", "2027-03-02")
    scene.now = at("2027-03-02 13:00")
    new = scene.attend(line("V1", "2027-03-02 09:00", "2027-03-02 12:00"), to="B1")
    scene.pass_notice(new)
    scene.now = at("2027-12-31 12:00")
    expire(scene, "V1", 3)
    if spent:
        sides = ("redemption", spent, "point")
        settle(scene, hold(scene, "redeem", ONE, *sides, good="G1", count=spent), spent)
    scene.correct((old if voided == "old" else new, 0))
    assert balance(scene, ONE, "point") == (3 if voided == "old" else 0) - spent
    due = 0 if voided == "old" else 3
    assert balance(scene, "expiry", "point") == due
    scene.now = at("2028-12-30 12:00")
    with scene.refuses("expire.amount", item=0, says="0"):  # nothing more is due of what came back
        expire(scene, "V1", 1)
    check_balanced(scene)


@pytest.mark.parametrize(
    ("day", "year"), [("2027-12-30", "2025"), ("2027-12-31", "2026"), ("2028-01-01", "2026")]
)
def test_the_last_year_that_lapsed_is_told_by_the_day(day: str, year: str) -> None:
    expiry = Expiry()
    assert expiry.last_year(day) == year
    assert expiry.day(year) <= day < expiry.day(str(int(year) + 1))


@pytest.mark.parametrize("scheme", [Points(), None], ids=["no expiry", "no points"])
def test_without_a_word_of_expiry_nothing_lapses(scheme: Points | None) -> None:
    scene = begun(scheme)
    scene.now = at("2036-12-31 12:00")
    for amount in (1, 3):
        with scene.refuses("expire.amount", item=0, says="0"):
            expire(scene, "V1", amount)


def test_only_points_lapse_and_only_by_those_who_speak_for_the_volunteer(scene: Scene) -> None:
    scene.now = at("2027-12-31 12:00")
    row: Row = {"purpose": "expire", "credit": ONE, "debit": "expiry", "unit": "point", "amount": 3}
    row["effective"] = scene.now[:10]
    for wrong in ({"unit": "credit"}, {"debit": "pool"}, {"credit": "pool"}, {"purpose": "penalty"},
                  {"credit": "donations:V1"}):  # fmt: skip
        with scene.refuses("transfer.purpose", item=0):
            scene.say("transfer", row | wrong, by="T01/r1", org="T01", step="post")
    with scene.refuses("not_authorised", item=0):
        scene.say("transfer", row, by="T02/r1", org="T02", step="post")
