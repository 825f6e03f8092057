"""Transfers: held by one, settled by another, and never more than there is (rules 33, 37)."""

import pytest

from ledger.errors import Malformed
from ledger.records import Account, Movement
from tests.economy import (
    RICH,
    LineRef,
    balance,
    check_balanced,
    hold,
    later,
    moved,
    offer,
    open_account,
    release,
    served,
    settle,
)
from tests.scene import Json, Row, Scene, at, some

ONE, TWO = "volunteer:V1", "volunteer:V2"


@pytest.fixture
def scene() -> Scene:
    """Give a ledger in which V1 to V4 have three points and three credits each."""
    found = Scene.ready(RICH)
    served(found, "V1", "V2", "V3", "V4")
    return found


def gift(scene: Scene, amount: int = 2, **more: Json) -> LineRef:
    return hold(scene, "gift", ONE, TWO, amount, **{"relation": "child"} | more)


def account(scene: Scene, name: str = ONE, unit: str = "credit") -> Account:
    found = scene.book.find(Account, name, unit)
    assert found
    return found


def say(scene: Scene, step: str, *rows: Row, by: str = "T01/r1", org: str = "T01") -> str:
    common: Row = {"effective": scene.now[:10]}
    return scene.say("transfer", *(common | row for row in rows), by=by, org=org, step=step).ref


def given(scene: Scene, amount: int = 1, **more: Json) -> Row:
    """Return the row that holds a gift of V1 to V2."""
    row: Row = {"purpose": "gift", "credit": ONE, "debit": TWO, "unit": "credit", "amount": amount}
    return row | {"paper": some("form"), "relation": "child", "until": later(scene)} | more


# --- two steps ----------------------------------------------------------------------------------


def test_what_is_held_is_still_there_and_cannot_be_spent_twice(scene: Scene) -> None:
    gift(scene)
    assert (account(scene).balance, account(scene).held) == (3, 2)
    assert not list(scene.book.all(Movement))
    with scene.refuses("balance.short", item=0, says="1"):
        gift(scene)
    gift(scene, 1)
    check_balanced(scene)


def test_what_is_settled_has_moved(scene: Scene) -> None:
    """Rule 33: one receives what the other pays; both clocks are kept."""
    held = gift(scene)
    scene.wait(days=2)
    ref = settle(scene, held, 2)
    assert (account(scene).balance, account(scene).held, account(scene).gone) == (1, 0, 2)
    assert balance(scene, TWO) == 5
    (movement,) = scene.book.all(Movement)
    assert (movement.ref, movement.n, movement.hold) == (ref, 0, f"{held[0]}:0")
    assert (movement.stamp, movement.effective) == (scene.now, scene.now[:10])
    check_balanced(scene)


def test_a_part_is_settled_and_the_rest_is_free(scene: Scene) -> None:
    held = gift(scene, 3)
    settle(scene, held, 1)
    assert (account(scene).balance, account(scene).held) == (2, 0)
    with scene.refuses("hold.state", item=0, says=""):
        settle(scene, held, 1)
    gift(scene, 2)


@pytest.mark.parametrize("amount", [3, 4, 10**9])
def test_no_more_is_settled_than_was_held(scene: Scene, amount: int) -> None:
    held = gift(scene)
    with scene.refuses("hold.exceeded", item=0, says=str(amount)):
        settle(scene, held, amount)


@pytest.mark.parametrize("by", ["T01/c1", "T01/r1"])
def test_what_is_released_is_free_and_stays_released(scene: Scene, by: str) -> None:
    held = gift(scene, 3)
    release(scene, held, by=by)
    assert (account(scene).balance, account(scene).held) == (3, 0)
    with scene.refuses("hold.state", item=0):
        settle(scene, held, 1)
    with scene.refuses("hold.state", item=0):
        release(scene, held, by=by)
    assert not moved(scene, "gift")


def test_a_hold_that_never_was_is_neither_settled_nor_released(scene: Scene) -> None:
    for held in ((some("nothing"), 0), (gift(scene)[0], 1)):
        with scene.refuses("hold.state", item=0):
            settle(scene, held, 1)
        with scene.refuses("hold.state", item=0):
            release(scene, held)


def test_each_row_sees_what_those_before_it_have_moved(scene: Scene) -> None:
    """Design section 5: a statement is admitted whole or refused whole."""
    with scene.refuses("balance.short", item=1):
        say(scene, "hold", given(scene, 2), given(scene, 2))
    ref = say(scene, "hold", given(scene, 1), given(scene, 2))
    with scene.refuses("hold.state", item=2):
        rows: list[Row] = [{"hold": [ref, n], "amount": 1} for n in (0, 1, 0)]
        say(scene, "settle", *rows, by="T01/c1")
    say(scene, "settle", *rows[:2], by="T01/c1")
    assert [one.n for one in scene.book.all(Movement)] == [0, 1]
    assert (balance(scene, ONE), balance(scene, TWO)) == (1, 5)
    check_balanced(scene)


def test_a_transfer_sent_twice_moves_once(scene: Scene) -> None:
    held = gift(scene)
    settle(scene, held, 2)
    for told in scene.log[-2:]:
        with scene.refuses("statement.repeated"):
            scene.submit(told.entry, told.items)
    assert balance(scene, ONE) == 1


def test_what_was_spent_meanwhile_cannot_be_settled(scene: Scene) -> None:
    """A line was voided while the amount was held: there is nothing left, and that is said."""
    ref = next(told.ref for told in scene.log if told.heard.statement.head.kind == "attendance")
    held = gift(scene)
    scene.correct((ref, 0))
    assert (account(scene).balance, account(scene).held) == (0, 2)
    with scene.refuses("balance.short", item=0):
        settle(scene, held, 1)
    release(scene, held)
    assert account(scene).held == 0


# --- time ---------------------------------------------------------------------------------------


def test_a_hold_runs_out_after_its_last_second(scene: Scene) -> None:
    one, two = gift(scene, 1), gift(scene, 1)
    scene.wait(days=30)
    settle(scene, one, 1)
    scene.wait(seconds=1)
    with scene.refuses("hold.expired", item=0):
        settle(scene, two, 1)


def test_what_has_run_out_is_free_without_anybody_saying_so(scene: Scene) -> None:
    """Freed when the amount is wanted: nothing happens by the clock alone."""
    held = gift(scene, 3, until=later(scene, 5))
    scene.wait(days=5)
    with scene.refuses("balance.short"):
        gift(scene, 1)
    scene.wait(seconds=1)
    assert account(scene).held == 3
    with scene.refuses("hold.expired", item=0, says=":1"):
        settle(scene, held, 3)
    gift(scene, 2)
    assert account(scene).held == 2
    with scene.refuses("hold.state"):
        settle(scene, held, 3)
    check_balanced(scene)


def test_a_hold_that_has_run_out_may_be_released_by_word(scene: Scene) -> None:
    held = gift(scene, 3, until=later(scene, 5))
    scene.wait(days=6)
    release(scene, held)
    assert account(scene).held == 0


@pytest.mark.parametrize(("days", "good"), [(0, False), (1, True), (366, True), (367, False)])
def test_a_hold_ends_within_a_year(scene: Scene, days: int, *, good: bool) -> None:
    if good:
        gift(scene, until=later(scene, days))
    else:
        with scene.refuses("hold.until", item=0):
            gift(scene, until=later(scene, days))


def test_a_hold_cannot_have_ended_before_it_began(scene: Scene) -> None:
    with scene.refuses("hold.until", item=0):
        gift(scene, until=at("02 08:00"))


def test_what_moves_takes_effect_today_or_did_before(scene: Scene) -> None:
    """Effective and recorded time are apart; the last second of a day is still that day."""
    scene.now = f"{scene.now[:10]}T23:59:59+08:00"
    tomorrow = later(scene, 1)[:10]
    with scene.refuses("time.future", item=0, says=tomorrow):
        gift(scene, effective=tomorrow)
    settle(scene, gift(scene, 1, effective="2026-03-02"), 1)
    scene.wait(seconds=1)
    assert scene.now[:10] == tomorrow
    held = gift(scene, 1, effective=tomorrow)
    scene.wait(days=3)
    row: Row = {"hold": list(held), "amount": 1, "effective": "2026-03-13"}
    scene.say("transfer", row, by="T01/c1", org="T01", step="settle")
    days = [(one.held, one.effective, one.stamp[:10]) for one in scene.book.all(Movement)]
    assert days == [
        ("2026-03-11", "2026-03-11", "2026-03-11"),
        (tomorrow, "2026-03-13", "2026-03-15"),
    ]


def test_nothing_is_settled_before_it_was_held(scene: Scene) -> None:
    """Rule 31: dated back, a redemption would be in no quarter's notice."""
    held = gift(scene)
    scene.wait(days=1)
    row: Row = {"hold": list(held), "amount": 1}
    for day in ("2020-02-29", "2026-03-10"):
        with scene.refuses("time.before_hold", item=0, says=day):
            say(scene, "settle", row | {"effective": day}, by="T01/c1")
    say(scene, "settle", row | {"effective": "2026-03-11"}, by="T01/c1")


# --- by whom ------------------------------------------------------------------------------------


def test_one_holds_and_another_settles(scene: Scene) -> None:
    """Rule 22: by person, not by key: T01/c3 is another key of who holds."""
    held = gift(scene)
    with scene.refuses("four_eyes", item=0, says="T01/c3"):
        settle(scene, held, 2, by="T01/c3")
    settle(scene, held, 2)


@pytest.mark.parametrize(("credit", "debit"), [("V5", "V1"), ("V1", "V5")])
def test_nobody_holds_what_is_his_or_will_be(scene: Scene, credit: str, debit: str) -> None:
    """Rule 22: T01/r2 is the volunteer V5."""
    sides: Row = {"credit": f"volunteer:{credit}", "debit": f"volunteer:{debit}"}
    with scene.refuses("four_eyes", item=0):
        say(scene, "hold", given(scene) | sides, by="T01/r2")
    say(scene, "hold", given(scene), by="T01/r2")


@pytest.mark.parametrize(("credit", "debit"), [("V6", "V1"), ("V1", "V6")])
def test_nobody_settles_what_is_his_or_will_be(scene: Scene, credit: str, debit: str) -> None:
    """Rules 35, 36: `settle` by a confirmer who is neither side; T01/c2 is the volunteer V6."""
    served(scene, "V6")
    held = hold(scene, "gift", f"volunteer:{credit}", f"volunteer:{debit}", 1, relation="spouse")
    with scene.refuses("four_eyes", item=0):
        settle(scene, held, 1, by="T01/c2")
    settle(scene, held, 1)


def test_an_officer_may_be_called_anything(scene: Scene) -> None:
    """Rule 22: accounts that are nobody's are not those of a person without a name."""
    scene.appoint("T01/r8", "recorder", "T01", "-")
    row = given(scene) | {"purpose": "donate", "debit": "pool"}
    say(scene, "hold", row, by="T01/r8")


@pytest.mark.parametrize(
    ("step", "by"),
    [("hold", "T01/c1"), ("settle", "T01/r1"), ("post", "T01/c1"), ("hold", "KX/i1"),
     ("settle", "KX/a1"), ("release", "KX/i1"), ("release", "KX/op")],
)  # fmt: skip
def test_each_step_has_its_roles(scene: Scene, step: str, by: str) -> None:
    with scene.refuses("not_authorised"):
        say(scene, step, given(scene), by=by)


def test_a_recorder_speaks_of_his_own_people(scene: Scene) -> None:
    """Design section 4: V1 is of T01, not of T02; the other side may be of anywhere."""
    with scene.refuses("not_authorised", item=0, says="T02"):
        say(scene, "hold", given(scene), by="T02/r1", org="T02")
    say(scene, "hold", given(scene), by="KX/r1", org="KX")
    scene.say("volunteers", {"number": "V1", "state": "active"}, by="T02/r1", org="T02")
    say(scene, "hold", given(scene), by="T02/r1", org="T02")  # he is of both now


def test_a_hold_is_settled_where_it_was_made_or_above(scene: Scene) -> None:
    held = gift(scene, 1)
    with scene.refuses("not_authorised", item=0, says="T01"):
        settle(scene, held, 1, by="T02/c1", org="T02")
    settle(scene, held, 1, by="KX/c1", org="KX")
    assert balance(scene, TWO) == 4


def test_only_people_who_are_registered_and_may_be_spoken_of(scene: Scene) -> None:
    with scene.refuses("volunteer.unknown", item=0, says="V99"):
        hold(scene, "gift", ONE, "volunteer:V99", 1, relation="child")
    with scene.refuses("volunteer.unknown", item=0):
        hold(scene, "donate", "donations:V99", "pool", 1)
    scene.say("restriction", {"volunteer": "V2"}, reason="asked")
    with scene.refuses("volunteer.not_active", item=0):
        gift(scene)
    scene.say("erasure", {"volunteer": "V1"}, reason="asked")
    with scene.refuses("volunteer.not_active", item=0):
        hold(scene, "gift", ONE, "volunteer:V3", 1, relation="child")


def test_what_one_who_was_erased_left_may_go_to_the_pool(scene: Scene) -> None:
    """Rule 37: by two officers, of his organisation; and what was held before is settled."""
    early = gift(scene, 1)
    scene.say("erasure", {"volunteer": "V1"}, reason="asked")
    settle(scene, early, 1)
    row: Row = {"purpose": "donate", "credit": ONE, "debit": "pool", "unit": "credit", "amount": 2}
    row |= {"paper": some("minutes"), "until": later(scene)}
    with scene.refuses("not_authorised", item=0, says="T02"):
        say(scene, "hold", row, by="T02/r1", org="T02")
    with scene.refuses("volunteer.unknown", item=0):
        say(scene, "hold", row | {"credit": "volunteer:V99"})
    settle(scene, (say(scene, "hold", row), 0), 2)
    assert (balance(scene, ONE), balance(scene, "pool")) == (0, 2)
    open_account(scene, "V1", "closed", written_off=True)
    assert (balance(scene, ONE, "point"), balance(scene, "expiry", "point")) == (0, 3)
    check_balanced(scene)


# --- accounts that are not open -----------------------------------------------------------------


def test_a_frozen_account_receives_and_does_not_pay(scene: Scene) -> None:
    """Rule 37."""
    early = gift(scene, 1)
    open_account(scene, "V1", "frozen")
    with scene.refuses("account.frozen", item=0, says="V1"):
        gift(scene, 1)
    with scene.refuses("account.frozen", item=0):
        settle(scene, early, 1)
    back = hold(scene, "gift", TWO, ONE, 1, relation="parent")
    settle(scene, back, 1)
    assert balance(scene, ONE) == 4
    settle(scene, hold(scene, "penalty", ONE, "adjustment", 1, "point"), 1)  # it is for fraud
    assert balance(scene, ONE, "point") == 2
    open_account(scene, "V1", "active")
    settle(scene, early, 1)


def test_a_closed_account_neither_pays_nor_receives(scene: Scene) -> None:
    """Rule 37: also where it was closed after somebody had set an amount aside for it."""
    early = hold(scene, "gift", ONE, "volunteer:V5", 1, relation="child")
    open_account(scene, "V5", "closed")
    with scene.refuses("account.closed", item=0):
        settle(scene, early, 1)
    with scene.refuses("account.closed", item=0):
        hold(scene, "gift", ONE, "volunteer:V5", 1, relation="child")
    with scene.refuses("account.closed", item=0):
        hold(scene, "penalty", "volunteer:V5", "adjustment", 1, "point")


def test_the_account_of_one_who_died_waits_for_the_heirs(scene: Scene) -> None:
    """Rule 37: death freezes it; a confirmer opens it again for what the heirs want."""
    dead: Row = {"volunteer": "V1", "reason": "death"}
    scene.say("departure", dead, by="T01/r1", org="T01")
    with scene.refuses("account.frozen", item=0):
        gift(scene)
    open_account(scene, "V1", "active")
    settle(scene, gift(scene, 3), 3)


# --- form ---------------------------------------------------------------------------------------

PLAIN: Row = {"hold": [some("x"), 0]}


@pytest.mark.parametrize("name", ["debit", "credit", "unit", "amount", "purpose", "until"])
def test_a_hold_says_all_that_it_needs(scene: Scene, name: str) -> None:
    row = given(scene)
    del row[name]
    with scene.refuses("transfer.fields", item=0, says=name):
        say(scene, "hold", row)


@pytest.mark.parametrize(
    ("step", "row", "name"),
    [
        ("settle", {"hold": [some("x"), 0]}, "amount"),
        ("settle", {"amount": 1}, "hold"),
        ("settle", PLAIN | {"amount": 1, "purpose": "gift"}, "purpose"),
        ("settle", PLAIN | {"amount": 1, "paper": some("form")}, "paper"),
        ("release", PLAIN | {"amount": 1}, "amount"),
        ("release", {}, "hold"),
        ("post", PLAIN, "credit"),
    ],
)
def test_a_step_says_what_belongs_to_it_and_nothing_else(
    scene: Scene, step: str, row: Row, name: str
) -> None:
    with scene.refuses("transfer.fields", item=0, says=name):
        say(scene, step, row, by="T01/r1" if step == "post" else "T01/c1")


@pytest.mark.parametrize("amount", [0, -1, 10**9 + 1, 2**53, True, "1"])
def test_amounts_are_whole_positive_and_not_too_large(scene: Scene, amount: Json) -> None:
    """Rule 32: and never a part of one."""
    with pytest.raises(Malformed):
        say(scene, "hold", given(scene) | {"amount": amount})
    with pytest.raises(Malformed):
        say(scene, "settle", PLAIN | {"amount": amount}, by="T01/c1")


def test_the_largest_amount_is_refused_for_what_it_is(scene: Scene) -> None:
    with scene.refuses("balance.short", item=0):
        gift(scene, 10**9)
    hold(scene, "penalty", ONE, "adjustment", 10**9, "point")
    offer(scene, price=10**6, stock=10**6)
    with scene.refuses("good.price", item=0, says=str(10**12)):
        more: Row = {"good": "G1", "count": 10**6}
        hold(scene, "redeem", ONE, "redemption", 10**9, "point", **more)
