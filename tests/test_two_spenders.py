"""Two processes want the same at once: one gets it, the other is told why not, and the books balance."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from ledger.audit import audit
from ledger.log import Sent
from ledger.records import Account, Good, Hold
from ledger.store.database import Store
from tests.databases import World, ready, sent
from tests.economy import RICH, granted, hold, later, offer, propose, served
from tests.scene import ORIGIN, Json, Row, signer, some
from tests.spender import Answer, Errand, at_once

pytest_plugins = ["tests.databases"]

ROUNDS = 3  # who is first is not ours to say


@pytest.fixture
def world(url: str, tmp_path: Path) -> World:
    """Give a stored ledger in which V1 and V2 have three points and three credits."""
    found = ready(url, tmp_path, RICH)
    served(found, "V1", "V2")
    return found


def both(world: World, url: str, folder: Path, said: Sequence[Sent]) -> list[Answer]:
    """Let two processes say their parts at once, and hold the ledger against an audit."""
    size = world.db.size()
    answers = at_once([Errand(url, folder, world.now, one) for one in said])
    with world.db.reading() as view:
        assert audit(view, trusted=[signer(ORIGIN).verifier]).findings == []
        for unit in ("point", "credit"):
            assert sum(one.balance for one in view.where(Account, unit=unit)) == 0
    assert size in answers
    return answers


def won_and_told(answers: Sequence[Answer], code: str) -> None:
    """Hold that exactly one got it, and the other the refusal of that name."""
    assert sorted(map(type, answers), key=str) == [int, str], answers
    assert code in answers


def held(world: World, number: str, **more: Json) -> Sent:
    """Return a hold that nobody has appended yet, of a redemption unless it says otherwise."""
    row: Row = {"credit": f"volunteer:{number}", "effective": world.now[:10], "until": later(world)}
    row |= {"purpose": "redeem", "debit": "redemption", "unit": "point", "paper": some("form")}
    row |= more
    return sent(*world.write("transfer", row, by="T01/r1", org="T01", step="hold"))


def settled(world: World, place: tuple[str, int], amount: int) -> Sent:
    row: Row = {"hold": list(place), "amount": amount, "effective": world.now[:10]}
    return sent(*world.write("transfer", row, by="T01/c1", org="T01", step="settle"))


@pytest.mark.parametrize("_", range(ROUNDS))
def test_two_spends_of_one_balance(world: World, url: str, tmp_path: Path, _: int) -> None:
    """Three credits cannot be given twice by two."""
    gift: Row = {"purpose": "gift", "unit": "credit", "amount": 2, "relation": "child"}
    said = [held(world, "V1", **gift, debit=f"volunteer:{to}") for to in ("V2", "V3")]
    won_and_told(both(world, url, tmp_path, said), "balance.short")
    store = Store.open(url)
    found = store.find(Account, "volunteer:V1", "credit")
    assert found
    assert (found.balance, found.held) == (3, 2)


@pytest.mark.parametrize("_", range(ROUNDS))
def test_two_redemptions_of_the_last_one(world: World, url: str, tmp_path: Path, _: int) -> None:
    """Rule 31: by two people, at two desks."""
    offer(world, price=2, stock=1)
    said = [held(world, number, good="G1", count=1, amount=2) for number in ("V1", "V2")]
    won_and_told(both(world, url, tmp_path, said), "good.out_of_stock")
    store = Store.open(url)
    good = store.find(Good, "G1")
    assert good
    assert good.stock == 0
    assert [one.state for one in store.where(Hold, good="G1")] == ["open"]


def test_one_hold_is_settled_by_one(world: World, url: str, tmp_path: Path) -> None:
    place = hold(world, "donate", "volunteer:V1", "pool", 2)
    said = [settled(world, place, 2), settled(world, place, 1)]
    won_and_told(both(world, url, tmp_path, said), "hold.state")


def test_one_export_is_taken_in_by_one(world: World, url: str, tmp_path: Path) -> None:
    """Rule 38: set aside for two people at two desks."""
    into: Row = {"purpose": "import", "credit": "transit:other.example.org/log-1", "unit": "credit"}
    into |= {"amount": 1, "origin": [some("x"), 0]}
    said = [held(world, "", **into, debit=f"volunteer:{number}") for number in ("V1", "V2")]
    won_and_told(both(world, url, tmp_path, said), "import.held")


def test_one_star_is_proposed_by_one(world: World, url: str, tmp_path: Path) -> None:
    """Rule 27."""
    star: Row = {"volunteer": "V1", "level": 1}
    said = [
        sent(*world.write("notice", star, by=f"{org}/r1", org=org, at=world.now))
        for org in ("T01", "KX")
    ]
    won_and_told(both(world, url, tmp_path, said), "star.state")


def test_one_star_is_decided_by_one(world: World, url: str, tmp_path: Path) -> None:
    granted(world, "V2")
    notice = propose(world, "V1")
    world.wait(days=8)
    said = []
    for decision in ("granted", "refused"):
        row: Row = {"volunteer": "V1", "level": 1, "decision": decision}
        head: Row = {"notice": notice, "reason": "due"}
        said.append(sent(*world.write("award", row, by="KX/i1", org="KX", **head)))
    won_and_told(both(world, url, tmp_path, said), "star.state")


def test_the_same_statement_from_two_moves_once(world: World, url: str, tmp_path: Path) -> None:
    """DESIGN.md section 3: sent again with the same text, a statement gets the first answer."""
    size = world.db.size()
    place = hold(world, "donate", "volunteer:V1", "pool", 2)
    said = settled(world, place, 2)
    assert both(world, url, tmp_path, [said, said]) == [size + 1, size + 1]
    found = Store.open(url).find(Account, "pool", "credit")
    assert found
    assert found.balance == 2
