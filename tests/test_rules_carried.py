"""Certificates that rest on a closing, as `admit` takes them: what they carry still stands, once."""

from typing import Any

import pytest

from ledger.records import Certificate, Certified
from tests.closer import close
from tests.economy import plan
from tests.scene import Logged, Scene, line, organisation, some, stand, training


@pytest.fixture
def scene() -> Scene:
    """V1 served three hours before the closing, and two since; V2 three before it."""
    found = Scene.ready()
    plan(found, "A2", "20")
    plan(found, "A3", "20", hours=4)
    first = found.attend(line("V1"), line("V2"))
    found.pass_notice(first)
    (told,) = close(found)
    found.now = "2026-03-20T15:00:00+08:00"
    second = found.attend(line("V1", "20 09:00", "20 11:00"), to="A2")
    found.pass_notice(second)
    assert [first, told.ref, second] == [
        ref(found, name) for name in ("first", "closing", "second")
    ]
    return found


def ref(scene: Scene, name: str) -> str:
    """Return what names one of the statements that a test begins with."""
    said = [(told.heard.statement.head.kind, told.ref) for told in scene.log]
    kind, n = {"first": ("attendance", 0), "second": ("attendance", 1), "closing": ("closing", 0)}[
        name
    ]
    return [ref_ for kind_, ref_ in said if kind_ == kind][n]


def certify(scene: Scene, carried: int = 180, **changed: Any) -> Logged:
    """Certify V1's line since, and so many minutes that are carried."""
    lines = changed.pop("lines", [(ref(scene, "second"), (0,))])
    minutes = carried + sum(scene.line(ref_, n).minutes for ref_, rows in lines for n in rows)
    row: dict[str, Any] = {"closing": [ref(scene, "closing"), 0], "minutes": minutes}
    row |= {"by_class": {"A": 0, "B": minutes, "C": 0, "L": 0}}
    return scene.certify(changed.pop("volunteer", "V1"), *lines, **(row | changed))


def test_what_is_carried_is_added_up_from_the_lines(scene: Scene) -> None:
    told = certify(scene)
    found = scene.book.find(Certificate, told.ref)
    assert found
    assert found.minutes == 300
    for wrong in (179, 181, 0):
        with scene.refuses("certificate.sum"):
            certify(scene, wrong)


def test_it_rests_on_the_lines_that_it_carries(scene: Scene) -> None:
    """So it is superseded as soon as one of them is voided, though it lists none of them."""
    told = certify(scene)
    rests = {(one.sheet, one.n) for one in told.effects if isinstance(one, Certified)}
    assert rests == {(ref(scene, "first"), 0), (ref(scene, "second"), 0)}
    scene.correct((ref(scene, "first"), 0))
    found = scene.book.find(Certificate, told.ref)
    assert found
    assert found.state == "superseded"


def test_a_line_that_was_voided_since_is_not_carried(scene: Scene) -> None:
    scene.correct((ref(scene, "first"), 0))
    with scene.refuses("certificate.closing", says="vledger closing make"):
        certify(scene)
    with scene.refuses("certificate.closing"):
        certify(scene, 0)
    scene.wait(minutes=1)
    (told,) = close(scene)
    certify(scene, 120, closing=[told.ref, 0], lines=[])


def test_a_line_that_the_closing_holds_is_not_listed_beside_it(scene: Scene) -> None:
    with scene.refuses("certificate.closing"):
        certify(scene, lines=[(ref(scene, "first"), (0,)), (ref(scene, "second"), (0,))])


def test_a_line_that_was_recorded_before_and_confirmed_since_is_listed(scene: Scene) -> None:
    """What counts is when it came to stand: it would be in no total otherwise."""
    scene.now = "2026-03-30T15:00:00+08:00"
    head = {"reason": some("late")}
    third = scene.attend(line("V1", "20 11:00", "20 13:00", "C"), to="A3", **head)
    notice = scene.notice(third)
    (told,) = close(scene)
    scene.wait(days=8)
    scene.confirm(notice, stand(third))
    row = {"A": 0, "B": 300, "C": 120, "L": 0}
    done = certify(scene, 300, closing=[told.ref, 0], lines=[(third, (0,))], by_class=row)
    assert done.index


@pytest.mark.parametrize(
    "changed",
    [{"closing": [some("none"), 0]}, {"closing": "attendance"}, {"closing": "row"}, {"org": "T01"}],
    ids=str,
)
def test_it_names_a_row_of_a_closing_of_its_own_organisation(
    scene: Scene, changed: dict[str, Any]
) -> None:
    match changed.get("closing"):
        case "attendance":
            changed = {"closing": [ref(scene, "first"), 0]}
        case "row":
            changed = {"closing": [ref(scene, "closing"), 6]}
        case _:
            pass
    with scene.refuses("certificate.closing"):
        certify(scene, **changed)


def test_what_is_carried_lies_within_the_period(scene: Scene) -> None:
    with scene.refuses("certificate.closing"):
        certify(scene, from_="2026-03-04")


def test_nothing_is_carried_of_nobody(scene: Scene) -> None:
    """A certificate of no minutes has no form; one whose closing holds nothing lists what stood since."""
    with scene.refuses("certificate.closing"):
        certify(scene, 60, lines=[], volunteer="V3", closing=[ref(scene, "closing"), 2])
    with scene.refuses("certificate.lines"):
        scene.certify("V1", minutes=1, by_class={"A": 0, "B": 1, "C": 0, "L": 0})


def test_hours_of_a_team_that_moved_away_are_not_carried(scene: Scene) -> None:
    """They are not the issuer's to certify any more, though the closing holds them."""
    scene.appoint("T01/i1", "issuer", "T01", "p-ti1")
    scene.say("organisations", organisation("T02", "T01"), by="KX/r1", org="KX")
    plan(scene, "B1", "30", by="T02/r1", org="T02")
    scene.now = "2026-03-30T15:00:00+08:00"
    third = scene.attend(line("V1", "30 09:00", "30 11:00"), to="B1", by="T02/r1", org="T02")
    notice = scene.notice(third, by="T02/r1", org="T02")
    scene.wait(days=8)
    scene.confirm(notice, stand(third), by="T02/c1", org="T02")
    (told,) = close(scene, "T01")
    row: dict[str, Any] = {"closing": [told.ref, 0], "lines": [], "org": "T01", "by": "T01/i1"}
    scene.say("organisations", organisation("T02"), by="KX/r1", org="KX")
    with scene.refuses("certificate.sum"):
        certify(scene, 420, **row)
    certify(scene, 300, **row)


def test_training_is_listed_beside_what_is_carried(scene: Scene) -> None:
    learnt = scene.train(training("V1", "2026-03-20"))
    told = certify(scene, training=[[learnt, [0]]])
    assert [one for one in told.effects if isinstance(one, Certified) and one.sheet == learnt]
