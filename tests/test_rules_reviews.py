"""Stars under review, and stars under rules that change (rules 25, 26, 28, 55)."""

import pytest

from ledger.incentives import Level, Stars
from ledger.records import Star
from ledger.rules.awards import check_due, counted_minutes
from tests.economy import (
    LADDER,
    RICH,
    award,
    granted,
    hold,
    open_year,
    propose,
    served,
    settle,
    shift,
    state,
    stood,
)
from tests.scene import RULES, Scene


def begun() -> Scene:
    return Scene.ready(RULES.model_copy(update={"stars": LADDER}))


@pytest.fixture
def scene() -> Scene:
    """Give a ledger in which V1 and V2 have three confirmed hours, and stars begin at two."""
    found = begun()
    served(found, "V1", "V2")
    return found


def sheet(scene: Scene) -> str:
    """Return the first sheet."""
    return next(told.ref for told in scene.log if told.heard.statement.head.kind == "attendance")


# --- review -------------------------------------------------------------------------------------


def test_voided_hours_lead_to_review_and_not_to_silent_change(scene: Scene) -> None:
    """Rules 25, 28: it is held until a person decides, and the next one may not be had on it."""
    granted(scene)
    granted(scene, "V2")
    told = scene.correct((sheet(scene), 0))
    assert (state(scene), state(scene, "V2")) == ("review", "granted")
    found = scene.book.find(Star, "V1", 1)
    assert found
    assert (found.entry, found.n) == (told.index, 0)
    with scene.refuses("star.state", item=0):
        award(scene, "", "V1", "refused")
    with scene.refuses("star.state", item=0):
        propose(scene, "V1")
    with scene.refuses("star.hours", item=0):
        propose(scene, "V1", 2)
    scene.wait(days=300)
    assert state(scene) == "review"


@pytest.mark.parametrize("decision", ["granted", "withdrawn"])
def test_a_person_ends_a_review(scene: Scene, decision: str) -> None:
    """Rule 28: it stands, or it goes; by the unit that granted it."""
    granted(scene)
    scene.correct((sheet(scene), 0))
    scene.appoint("T01/i1", "issuer", "T01", "p-ti1")
    with scene.refuses("not_authorised", item=0):
        award(scene, "", "V1", decision, by="T01/i1", org="T01")
    award(scene, "", "V1", decision, reason="reviewed")
    assert state(scene) == decision


def test_hours_that_are_still_enough_need_no_review() -> None:
    """Rule 28: three and two hours; without the three, exactly two are left."""
    scene = begun()
    served(scene, "V1")
    open_year(scene)
    ref = stood(scene, shift("V1", "04", 2), shift("V1", "05", 1))
    granted(scene)
    scene.correct((sheet(scene), 0))
    assert state(scene) == "granted"
    scene.correct((ref, 1))
    assert state(scene) == "granted"
    scene.correct((ref, 0))
    assert state(scene) == "review"


def test_every_star_that_the_hours_no_longer_carry_is_reviewed(scene: Scene) -> None:
    open_year(scene)
    ref = stood(scene, shift("V1", "04", 6))
    granted(scene)
    granted(scene, level=2)
    scene.correct((ref, 0))
    assert [state(scene, "V1", level) for level in (1, 2)] == ["granted", "review"]


# --- rules that change --------------------------------------------------------------------------


def dearer(scene: Scene) -> None:
    new = Stars(levels=(Level(hours=50), Level(hours=60)))
    scene.adopt(RULES.model_copy(update={"stars": new}), scene.now[:10])


def test_a_star_is_decided_by_the_rules_it_was_proposed_under(scene: Scene) -> None:
    """Rules 26, 55: recomputed under the old ruleset, the old result."""
    notice = propose(scene, "V1")
    first = scene.book.adopted_on(scene.now[:10])[0]
    scene.wait(days=1)
    dearer(scene)
    with scene.refuses("star.hours", item=0, says="3000"):
        propose(scene, "V2")
    scene.wait(days=8)
    award(scene, notice, "V1")
    found = scene.book.find(Star, "V1", 1)
    assert found
    assert found.adoption == first
    check_due(scene.book, scene.book.adopted(first).stars, "V2", 1, scene.now[:10])


def test_a_star_is_reviewed_by_the_rules_it_was_granted_under() -> None:
    """Rules 28, 55: dearer rules take nothing from those who have it."""
    scene = begun()
    served(scene, "V1")
    open_year(scene)
    ref = stood(scene, shift("V1", "04"))
    granted(scene)
    dearer(scene)
    scene.correct((ref, 0))
    assert state(scene) == "granted"
    scene.correct((sheet(scene), 0))
    assert state(scene) == "review"


def test_spending_touches_neither_hours_nor_stars() -> None:
    """Rule 30."""
    scene = Scene.ready(RICH)
    served(scene, "V1")
    granted(scene)
    for purpose, debit, unit in (("penalty", "adjustment", "point"), ("donate", "pool", "credit")):
        settle(scene, hold(scene, purpose, "volunteer:V1", debit, 3, unit), 3)
    assert state(scene) == "granted"
    assert counted_minutes(scene.book, LADDER, "V1") == 180
