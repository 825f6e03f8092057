"""Rules of the status list, and what an audit makes of a false one (`rules.status`, `standings`)."""

import pytest

from ledger.audit import audit
from ledger.rules.status import MOST_DAYS
from ledger.standings import Standings
from ledger.times import later
from tests.scene import Scene, at, line, stand
from tests.test_audit import Shelf, check_words, codes


@pytest.fixture
def scene() -> Scene:
    """Give a ledger with one certificate of V1."""
    found = Scene.ready()
    sheet = found.attend(line("V1"), line("V2"))
    found.pass_notice(sheet)
    found.certify("V1", (sheet, (0,)))
    return found


def test_an_operator_says_how_certificates_stand(scene: Scene) -> None:
    told = scene.list_standings()
    assert [type(record).__name__ for record in told.effects] == ["Spoken"]
    assert audit(Shelf.of(scene)).findings == []


@pytest.mark.parametrize("by", ["KX/i1", "KX/a1", "T01/r1", "T01/c1"])
def test_nobody_else_does(scene: Scene, by: str) -> None:
    with scene.refuses("not_authorised"):
        scene.list_standings(by, "*" if by == "KX/a1" else by[:-3])


def test_an_operator_who_was_dismissed_says_nothing(scene: Scene) -> None:
    scene.appoint("KX/op2", "operator", "*", "p-op2")
    told = scene.appointment("KX/op2")
    scene.say("dismissal", appointment=told, since=scene.now, by="KX/op2")
    with scene.refuses("not_authorised"):
        scene.list_standings("KX/op2")


def test_it_is_of_the_whole_ledger(scene: Scene) -> None:
    with scene.refuses("status.scope"):
        scene.list_standings(org="KX")


@pytest.mark.parametrize("moved", [-1, 1])
def test_it_is_of_the_ledger_as_it_is(scene: Scene, moved: int) -> None:
    with scene.refuses("status.moved"):
        scene.list_standings(size=scene.book.size + moved)


def test_it_may_be_relied_on_for_a_while(scene: Scene) -> None:
    last = later(scene.now, days=MOST_DAYS)
    for due in (scene.now, at("02 08:00"), later(last, minutes=1)):
        with scene.refuses("status.span"):
            scene.list_standings(next_update=due)
    scene.list_standings(next_update=last)
    with scene.refuses("malformed"):
        scene.list_standings(next_update="2026-04-31T00:00:00+08:00")


# --- the audit ----------------------------------------------------------------------------------


def test_a_list_that_hides_a_revocation_is_found(scene: Scene) -> None:
    """Signed by an operator, admitted as it was said: what it says is not what the entries say."""
    issued = scene.log[-1].ref
    before = scene.status_head()
    scene.say("revocation", by="KX/i1", org="KX", certificate=issued, reason="fraud")
    scene.list_standings(list=before["list"])
    scene.list_standings()
    report = audit(Shelf.of(scene))
    assert codes(report) == [("status.false", f"entry {len(scene.log) - 2}")]
    check_words(report.findings)


@pytest.mark.parametrize("field", ["length", "sha256"])
def test_a_list_nobody_can_draw_up_is_found(scene: Scene, field: str) -> None:
    true = scene.status_head()["list"]
    assert isinstance(true, dict)
    planted = true | ({"length": 7} if field == "length" else {"sha256": "0" * 64})
    scene.list_standings(list=planted)
    assert codes(audit(Shelf.of(scene))) == [("status.false", f"entry {len(scene.log) - 1}")]


def test_a_list_past_admit_is_found(scene: Scene) -> None:
    """By an issuer, with the log's key: refused like any other, and the replay goes on."""
    said = scene.write("status", by="KX/i1", org="*", **scene.status_head())
    assert codes(audit(Shelf.of(scene, said))) == [("not_authorised", f"entry {len(scene.log)}")]


# --- what it says -------------------------------------------------------------------------------


def test_a_correction_supersedes_and_a_revocation_stays(scene: Scene) -> None:
    """Rule 25, seen through the list: all that hold the line; what was revoked before stays so."""
    sheet = next(one.ref for one in scene.log if b'"kind":"attendance"' in one.entry)
    first = scene.log[-1]
    gone, both = scene.certify("V1", (sheet, (0,))), scene.certify("V1", (sheet, (0,)))
    other = scene.certify("V2", (sheet, (1,)))
    scene.say("revocation", by="KX/i1", org="KX", certificate=gone.ref, reason="fraud")
    scene.wait(days=1)
    scene.correct((sheet, 0))
    heir = scene.attend(line("V1", "03 09:00", "03 11:00"), to="A1")
    scene.pass_notice(heir)
    new = scene.certify("V1", (heir, (0,)))
    scene.say("revocation", by="KX/i1", org="KX", certificate=both.ref, reason="reissued",
              successor=new.ref)  # fmt: skip
    found = Standings()
    found.take(record for one in scene.log for record in one.effects)
    told = found.listed(scene.book.size)
    assert [one.form() | {"entry": 0, "number": ""} for one in told.ended] == [
        {"day": "2026-03-12", "entry": 0, "number": "", "reason": "corrected"},
        {"day": "2026-03-11", "entry": 0, "number": "", "reason": "fraud"},
        {"day": "2026-03-20", "entry": 0, "number": "", "reason": "reissued",
         "successor": _number(new.entry)},
    ]  # fmt: skip
    states = [
        (one := told.find(each.index)) and one.state for each in (first, gone, both, other, new)
    ]
    assert states == ["superseded", "revoked", "revoked", "valid", "valid"]
    whole = Standings()
    whole.take(
        record for kind in (type(r) for r in gone.effects) for record in scene.book.all(kind)
    )
    assert whole.listed(scene.book.size) == told


def _number(entry: bytes) -> str:
    return entry.partition(b'"number":"')[2].partition(b'"')[0].decode()


def test_only_a_certificate_is_on_it(scene: Scene) -> None:
    """A line that is confirmed later, a notice, an officer: none of these stands or falls."""
    ref = scene.attend(line("V3"))
    notice = scene.notice(ref)
    scene.wait(days=8)
    scene.confirm(notice, stand(ref))
    found = Standings()
    found.take(record for one in scene.log for record in one.effects)
    told = found.listed(scene.book.size)
    at_ = [index for index in range(scene.book.size) if told.find(index)]
    assert at_ == [one.index for one in scene.log if b'"kind":"certificate"' in one.entry]
    assert told.find(scene.book.size) is told.find(-1) is None
