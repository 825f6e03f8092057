"""Purposes: what may move from where to where, and what each asks for (rules 31, 33 to 38).

Holds ledger.rules.purposes.
"""

import pytest

from ledger.errors import Malformed
from ledger.incentives import Credits, Points
from ledger.records import Account, Import
from tests.economy import (
    RICH,
    balance,
    check_balanced,
    hold,
    later,
    moved,
    offer,
    open_year,
    release,
    served,
    settle,
    shift,
    stood,
)
from tests.scene import ORIGIN, RULES, Json, Row, Scene, at, some

ONE, TWO = "volunteer:V1", "volunteer:V2"
OTHER = "transit:other.example.org/log-1"
GROUP = "环境保护"
CREDITS = Credits()


def begun(credits_: Credits = CREDITS) -> Scene:
    """Return a ledger under such rules in which V1 to V4 have three points and three credits."""
    found = Scene.ready(RICH.model_copy(update={"credits": credits_}))
    served(found, "V1", "V2", "V3", "V4")
    return found


@pytest.fixture
def scene() -> Scene:
    return begun()


def pooled(scene: Scene, amount: int = 2) -> None:
    """Let V3 give to the pool."""
    settle(scene, hold(scene, "donate", "volunteer:V3", "pool", amount), amount)


# --- the table ----------------------------------------------------------------------------------

HAPPY: dict[str, tuple[str, str, int, str, Row]] = {
    "redeem": (ONE, "redemption", 2, "point", {"good": "G1", "count": 1}),
    "penalty": (ONE, "adjustment", 5, "point", {}),
    "gift": (ONE, TWO, 2, "credit", {"relation": "spouse"}),
    "donate": (ONE, "pool", 2, "credit", {}),
    "grant": ("pool", TWO, 2, "credit", {}),
    "order": (ONE, TWO, 2, "credit", {"relation": "age"}),
    "export": (ONE, OTHER, 2, "credit", {}),
    "import": (OTHER, ONE, 2, "credit", {"origin": [some("x"), 3]}),
}


@pytest.mark.parametrize("purpose", HAPPY)
def test_what_is_settled_goes_from_one_to_the_other(scene: Scene, purpose: str) -> None:
    """Rule 33: and nowhere else, and the books balance before and after."""
    offer(scene)
    pooled(scene)
    credit, debit, amount, unit, more = HAPPY[purpose]
    before = {one.account: one.balance for one in scene.book.all(Account) if one.unit == unit}
    settle(scene, hold(scene, purpose, credit, debit, amount, unit, **more), amount)
    after = {one.account: one.balance for one in scene.book.all(Account) if one.unit == unit}
    changed = {name: n - before.get(name, 0) for name, n in after.items()}
    assert {name: n for name, n in changed.items() if n} == {credit: -amount, debit: amount}
    assert moved(scene, purpose)[-1] == (debit, credit, amount)
    check_balanced(scene)


SIDES = (ONE, "donations:V1", "pool", "redemption", "adjustment", "issuance", "expiry", OTHER)


@pytest.mark.parametrize(
    "purpose", [*HAPPY, "refund", "expire", "gamble", "excess", "shortfall", "made_good"]
)
def test_every_other_way_is_closed(scene: Scene, purpose: str) -> None:
    """Rules 31, 33: no cash, no other pair of accounts, no other unit."""
    pair = HAPPY[purpose][:2] if purpose in HAPPY else ("", "")
    allowed = {(pair[0], pair[1].replace(TWO, ONE), HAPPY[purpose][3])} if pair[0] else set()
    allowed |= {("donations:V1", "pool", "credit")} if purpose == "donate" else set()
    allowed |= {(ONE, "redemption", "credit")} if purpose == "order" else set()  # in one mode
    if purpose == "refund":
        allowed = {
            (a, ONE, unit)
            for a in ("redemption", "adjustment", OTHER)
            for unit in ("point", "credit")
        }
    for credit in SIDES:
        for debit in SIDES:
            for unit in ("point", "credit"):
                if (credit, debit, unit) not in allowed:
                    with scene.refuses("transfer.purpose", item=0):
                        hold(scene, purpose, credit, debit, 1, unit, relation="age")


def test_nobody_gives_to_himself(scene: Scene) -> None:
    """Rule 36: neither as a gift, nor by ordering from himself."""
    for purpose, relation in (("gift", "spouse"), ("order", "age")):
        with scene.refuses("transfer.self", item=0):
            hold(scene, purpose, ONE, ONE, 1, relation=relation)


@pytest.mark.parametrize("purpose", ["gift", "donate", "grant", "order", "export", "import"])
def test_who_must_agree_has_signed_a_form(scene: Scene, purpose: str) -> None:
    """Rules 35, 36: volunteers have no keys, so the hold names the digest of what they signed."""
    pooled(scene)
    credit, debit, amount, unit, more = HAPPY[purpose]
    row: Row = {"purpose": purpose, "credit": credit, "debit": debit, "unit": unit}
    row |= {"amount": amount, "effective": scene.now[:10], "until": later(scene)}
    row |= more
    with scene.refuses("form.missing", item=0, says=""):
        scene.say("transfer", row, by="T01/r1", org="T01", step="hold")


@pytest.mark.parametrize(
    ("purpose", "name", "value"),
    [
        (purpose, name, value)
        for purpose in HAPPY
        for name, value in (("good", "G1"), ("count", 7), ("origin", [some("x"), 0]))
        if name not in HAPPY[purpose][4]
    ],
)
def test_goods_are_taken_by_redeeming_alone(
    scene: Scene, purpose: str, name: str, value: Json
) -> None:
    """Rule 31: a gift or a penalty empties no shelf, and a count has its price."""
    offer(scene)
    pooled(scene)
    credit, debit, amount, unit, more = HAPPY[purpose]
    with scene.refuses("transfer.fields", item=0, says=name):
        hold(scene, purpose, credit, debit, amount, unit, **more | {name: value})


@pytest.mark.parametrize(("unit", "purpose"), [("point", "penalty"), ("credit", "donate")])
def test_what_the_rules_do_not_give_does_not_move(unit: str, purpose: str) -> None:
    """Rule 55: by the ruleset in force at the stamp, whatever day it is said to take effect."""
    scene = Scene.ready()
    scene.adopt(RICH, "2026-03-08")
    scene.now = at("06 08:00")
    debit = HAPPY[purpose][1]
    with scene.refuses("incentives.off", item=0, says="2026-03-06"):
        hold(scene, purpose, ONE, debit, 1, unit)
    if purpose == "penalty":
        scene.now = at("09 08:00")
        hold(scene, purpose, ONE, debit, 1, unit, effective="2026-03-05")


def test_nothing_leaves_for_the_ledger_it_is_in_or_arrives_from_there(scene: Scene) -> None:
    """Rule 38: what never left cannot arrive; it would be credits from nowhere."""
    here = f"transit:{ORIGIN}"
    with scene.refuses("transfer.purpose", item=0):
        hold(scene, "import", here, ONE, 5, origin=[some("x"), 0])
    with scene.refuses("transfer.purpose", item=0):
        hold(scene, "export", ONE, here, 1)


def test_a_quarter_is_that_of_the_stamp(scene: Scene) -> None:
    """Rule 31: a redemption that is dated back is one of this quarter all the same."""
    limited = RICH.model_copy(update={"points": Points(redeem_quarterly=1)})
    scene.adopt(limited, scene.now[:10])
    offer(scene, price=1, stock=5)
    more: Row = {"good": "G1", "count": 1}
    settle(scene, hold(scene, "redeem", ONE, "redemption", 1, "point", **more), 1)
    with scene.refuses("redeem.quarter", item=0):
        hold(scene, "redeem", ONE, "redemption", 1, "point", **more, effective="2025-12-31")


# --- credits ------------------------------------------------------------------------------------


def test_credits_go_to_relatives_and_to_friends_only_where_the_rules_say_so(scene: Scene) -> None:
    """Rule 36."""
    for relation in ("friend", "age", "spouses"):
        with scene.refuses("gift.relation", item=0, says=relation):
            hold(scene, "gift", ONE, TWO, 1, relation=relation)
    with scene.refuses("gift.relation", item=0):
        hold(scene, "gift", ONE, TWO, 1)
    other = begun(Credits(gift_to=("friend",)))
    hold(other, "gift", ONE, TWO, 1, relation="friend")


def test_credits_of_group_service_can_only_be_donated() -> None:
    """Rule 36."""
    scene = begun(Credits(donation_only=(GROUP,)))
    open_year(scene, "Y2", GROUP)
    stood(scene, shift("V1", "04"), to="Y2")
    for purpose in ("gift", "order"):
        with scene.refuses("transfer.purpose", item=0):
            hold(scene, purpose, "donations:V1", TWO, 1, relation="spouse")
    settle(scene, hold(scene, "donate", "donations:V1", "pool", 3), 3)
    with scene.refuses("balance.short", item=0):
        hold(scene, "donate", "donations:V1", "pool", 1)
    assert (balance(scene, "donations:V1"), balance(scene, ONE)) == (0, 3)


def test_a_donation_is_irrevocable(scene: Scene) -> None:
    """Rule 36: there is nothing to refund it from."""
    ref = settle(scene, hold(scene, "donate", ONE, "pool", 2), 2)
    with scene.refuses("transfer.purpose", item=0):
        hold(scene, "refund", "pool", ONE, 2, origin=[ref, 0])


def test_nothing_is_given_above_the_cap() -> None:
    """Rule 34: it is refused, for the giver would lose it; when held and when settled."""
    scene = begun(Credits(cap=4))
    with scene.refuses("balance.cap", item=0, says="1"):
        hold(scene, "gift", ONE, TWO, 2, relation="child")
    one = hold(scene, "gift", ONE, TWO, 1, relation="child")
    two = hold(scene, "gift", "volunteer:V4", TWO, 1, relation="child")
    settle(scene, one, 1)
    with scene.refuses("balance.cap", item=0, says="0"):
        settle(scene, two, 1)
    pooled(scene)
    with scene.refuses("balance.cap", item=0):
        hold(scene, "grant", "pool", TWO, 1)


def test_the_pool_grants_what_it_has(scene: Scene) -> None:
    pooled(scene, 2)
    hold(scene, "grant", "pool", TWO, 1)
    with scene.refuses("balance.short", item=0, says="pool"):
        hold(scene, "grant", "pool", TWO, 2)


def test_an_order_names_its_ground(scene: Scene) -> None:
    """Rule 35."""
    for relation in ("child", "friend", ""):
        more: Row = {"relation": relation} if relation else {}
        with scene.refuses("order.ground", item=0, says="age"):
            hold(scene, "order", ONE, TWO, 1, **more)
    for relation in ("age", "spouse", "hardship"):
        settle(scene, hold(scene, "order", ONE, TWO, 1, relation=relation), 1)
    assert (balance(scene, ONE), balance(scene, TWO)) == (0, 6)


def test_what_is_ordered_goes_to_who_serves_or_to_nobody() -> None:
    """Rule 35: one mode for an association, not a choice."""
    scene = begun(Credits(order="destroy"))
    with scene.refuses("order.provider", item=0, says="--provider"):
        hold(scene, "order", ONE, TWO, 1, relation="age")
    settle(scene, hold(scene, "order", ONE, "redemption", 2, relation="age"), 2)
    assert (balance(scene, ONE), balance(scene, "redemption")) == (1, 2)
    other = begun()
    with other.refuses("order.provider", item=0, says="--provider"):
        hold(other, "order", ONE, "redemption", 1, relation="age")


def test_who_serves_an_order_at_his_cap_serves_for_the_pool() -> None:
    """Rule 34."""
    scene = begun(Credits(cap=4))
    settle(scene, hold(scene, "order", ONE, TWO, 3, relation="age"), 3)
    assert (balance(scene, TWO), balance(scene, "pool")) == (4, 2)
    assert moved(scene, "excess") == [("pool", TWO, 2)]
    second = next(told.ref for told in scene.log if b'"kind":"attendance"' in told.entry)
    scene.correct((second, 1))  # without his own three hours, what he served for would have fitted
    assert (balance(scene, TWO), balance(scene, "pool")) == (3, 0)
    check_balanced(scene)


def test_what_reaches_the_cap_exactly_is_no_excess() -> None:
    """Rule 34: and no movement says that nothing was moved; nor is there any without a cap."""
    for cap in (5, 0):
        scene = begun(Credits(cap=cap))
        settle(scene, hold(scene, "order", ONE, TWO, 2, relation="age"), 2)
        settle(scene, hold(scene, "gift", "volunteer:V3", "volunteer:V4", 2, relation="child"), 2)
        assert (balance(scene, TWO), balance(scene, "volunteer:V4"), balance(scene, "pool")) == (
            5,
            5,
            0,
        )
        assert moved(scene, "excess") == []


def test_the_cap_is_one_of_persons() -> None:
    """Rule 34: what is destroyed piles up, and what was paid comes back, above any cap."""
    scene = begun(Credits(cap=4, order="destroy"))
    refs = [
        settle(scene, hold(scene, "order", f"volunteer:{n}", "redemption", 3, relation="age"), 3)
        for n in ("V1", "V2")
    ]
    assert (balance(scene, "redemption"), balance(scene, "pool")) == (6, 0)
    settle(scene, hold(scene, "gift", "volunteer:V3", ONE, 3, relation="child"), 3)
    settle(scene, hold(scene, "refund", "redemption", ONE, 3, origin=[refs[0], 0]), 3)
    assert (balance(scene, ONE), balance(scene, "pool")) == (6, 0)


def test_what_was_held_is_settled_though_the_rules_give_no_more_of_it(scene: Scene) -> None:
    """Rule 55: under the rules of the day on which it was held."""
    gift = hold(scene, "gift", ONE, TWO, 1, relation="child")
    order = hold(scene, "order", ONE, TWO, 1, relation="age")
    scene.adopt(RULES, scene.now[:10])
    with scene.refuses("incentives.off", item=0):
        hold(scene, "gift", ONE, TWO, 1, relation="child")
    settle(scene, gift, 1)
    settle(scene, order, 1)
    assert balance(scene, TWO) == 5


# --- other ledgers ------------------------------------------------------------------------------


def test_an_export_is_taken_in_once(scene: Scene) -> None:
    """Rule 38: by its ref and row in the ledger it comes from."""
    first, row, ledger = (
        hold(scene, "import", way, ONE, 1, origin=[some(ref), n])
        for way, ref, n in ((OTHER, "x", 0), (OTHER, "x", 1), (f"{OTHER}2", "x", 0))
    )
    for number in (ONE, TWO):
        with scene.refuses("import.held", item=0, says="other.example.org"):
            hold(scene, "import", OTHER, number, 1, origin=[some("x"), 0])
    settle(scene, first, 1)
    with scene.refuses("import.twice", item=0, says="other.example.org"):
        hold(scene, "import", OTHER, TWO, 1, origin=[some("x"), 0])
    settle(scene, row, 1)
    settle(scene, ledger, 1)
    assert len(list(scene.book.all(Import))) == 3
    assert balance(scene, OTHER) == -2
    check_balanced(scene)


def test_an_import_says_what_it_takes_in(scene: Scene) -> None:
    with scene.refuses("transfer.purpose", item=0):
        hold(scene, "import", OTHER, ONE, 1)


def test_an_import_that_was_let_go_may_be_held_again(scene: Scene) -> None:
    """Rule 38: whether somebody released it, or its time ran out."""
    one: list[Json] = [some("x"), 0]
    release(scene, hold(scene, "import", OTHER, ONE, 1, origin=one))
    hold(scene, "import", OTHER, ONE, 1, origin=one, until=later(scene, 1))
    scene.wait(days=2)
    settle(scene, hold(scene, "import", OTHER, ONE, 1, origin=one), 1)
    assert balance(scene, ONE) == 4


def test_an_import_is_settled_whole(scene: Scene) -> None:
    """Rule 38: an export is taken in once, so the rest of it would be lost."""
    into = hold(scene, "import", OTHER, ONE, 4, origin=[some("x"), 0])
    with scene.refuses("import.part", item=0, says="4"):
        settle(scene, into, 1)
    settle(scene, into, 4)
    settle(scene, hold(scene, "export", ONE, OTHER, 4), 1)  # the document says how much left
    assert balance(scene, ONE) == 3 + 4 - 1


def test_what_arrives_above_the_cap_goes_to_the_pool() -> None:
    """Rule 34: as what is earned does; it was locked there, and cannot go back."""
    scene = begun(Credits(cap=4))
    settle(scene, hold(scene, "import", OTHER, ONE, 3, origin=[some("x"), 0]), 3)
    assert (balance(scene, ONE), balance(scene, "pool"), balance(scene, OTHER)) == (4, 2, -3)
    check_balanced(scene)


def test_an_export_is_undone_on_the_written_word_of_the_other_side(scene: Scene) -> None:
    """Rule 38: nobody here can know what was taken in there; and never twice."""
    ref = settle(scene, hold(scene, "export", ONE, OTHER, 2), 2)
    with scene.refuses("form.missing", item=0):
        hold(scene, "refund", OTHER, ONE, 2, origin=[ref, 0])
    back = hold(scene, "refund", OTHER, ONE, 2, origin=[ref, 0], paper=some("letter"))
    with scene.refuses("refund.exceeded", item=0, says="0"):
        hold(scene, "refund", OTHER, ONE, 1, origin=[ref, 0], paper=some("letter"))
    settle(scene, back, 2)
    assert (balance(scene, ONE), balance(scene, OTHER)) == (3, 0)


@pytest.mark.parametrize("origin", ["nonsense", "a/b/c", "a b/log", "/log-1", "甲/log-1"])
def test_nothing_leaves_for_what_is_no_ledger(scene: Scene, origin: str) -> None:
    """Rule 38: it would be locked for ever."""
    with pytest.raises(Malformed):
        hold(scene, "export", ONE, f"transit:{origin}", 1)


def test_what_goes_there_and_comes_back_nets_to_nothing(scene: Scene) -> None:
    """Rule 38: both ledgers net to zero."""
    ref = settle(scene, hold(scene, "export", ONE, OTHER, 2), 2)
    assert balance(scene, OTHER) == 2
    settle(scene, hold(scene, "import", OTHER, ONE, 2, origin=[ref, 0]), 2)
    assert (balance(scene, OTHER), balance(scene, ONE)) == (0, 3)
