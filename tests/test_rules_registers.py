"""Organisations, volunteers, activities: how they come, change and end."""

import pytest

from ledger.records import Activity, Membership, Organisation, Volunteer
from ledger.rules import registers
from tests.scene import Row, Scene, activity, at, line, organisation, some, stand, volunteer


@pytest.fixture
def scene() -> Scene:
    return Scene.ready()


def organise(scene: Scene, *rows: Row, by: str = "KX/r1", org: str = "KX") -> str:
    return scene.say("organisations", *rows, by=by, org=org).ref


def register(scene: Scene, *rows: Row, by: str = "T01/r1", org: str = "T01") -> str:
    return scene.say("volunteers", *rows, by=by, org=org).ref


def publish(scene: Scene, *rows: Row, by: str = "T01/r1", org: str = "T01") -> str:
    return scene.say("activities", *rows, by=by, org=org).ref


def leave(scene: Scene, number: str, by: str = "T01/r1", org: str = "T01") -> None:
    scene.say("departure", {"volunteer": number, "reason": "own"}, by=by, org=org)


def state(scene: Scene, number: str = "V1") -> str:
    found = scene.book.find(Volunteer, number)
    assert found
    return found.state


# --- organisations ------------------------------------------------------------------------------


def test_organisations_hang_on_earlier_ones_of_the_same_statement(scene: Scene) -> None:
    rows = (organisation("T21", "T01"), organisation("T22", "T21", area="440103", manager="县局"))
    ref = organise(scene, *rows)
    found = scene.book.find(Organisation, "T22")
    assert found == Organisation("T22", ref, 1, "T21", "组织T22", area="440103", manager="县局")
    assert scene.book.above("T22") == ("T22", "T21", "T01", "KX")


def test_only_the_root_hangs_on_nothing(scene: Scene) -> None:
    with scene.refuses("organisation.parent", item=1):
        organise(scene, organisation("T21"), organisation("T22", ""))
    with scene.refuses("organisation.parent", item=0):
        organise(scene, organisation("KX", "T01"))
    organise(scene, organisation("KX", "", uscc="12100000425006133D"))


def test_a_parent_must_be_known(scene: Scene) -> None:
    with scene.refuses("organisation.unknown", item=0):
        organise(scene, organisation("T21", "T99"))
    with scene.refuses("organisation.unknown", item=0):
        organise(scene, organisation("T22", "T21"), organisation("T21"))


def test_no_organisation_lies_below_itself(scene: Scene) -> None:
    organise(scene, organisation("T21", "T01"))
    with scene.refuses("organisation.parent", item=0):
        organise(scene, organisation("T01", "T21"))
    with scene.refuses("organisation.parent", item=0):
        organise(scene, organisation("T01", "T01"))
    with scene.refuses("organisation.parent", item=1):
        organise(scene, organisation("T02", "T21"), organisation("T21", "T02"))


def test_rows_lie_below_the_organisation_that_speaks(scene: Scene) -> None:
    """DESIGN.md section 4: parent, and present parent or code, are the head's or below it."""
    organise(scene, organisation("T11", "T01"), by="T01/r1", org="T01")
    organise(scene, organisation("T12", "T11"), by="T01/r1", org="T01")
    organise(scene, organisation("T12", "T01"), by="T01/r1", org="T01")
    for row in (organisation("T13", "T02"), organisation("T02", "T01"), organisation("T01", "KX"),
                organisation("T12", "T02"), organisation("KX", "")):  # fmt: skip
        with scene.refuses("not_authorised", item=0):
            organise(scene, row, by="T01/r1", org="T01")
    organise(scene, organisation("T12", "T02"))  # the root reaches both
    scene.appoint("KX/r9", "recorder", "*", "p-r9")
    with scene.refuses("not_authorised", item=0):  # `*` names the root and no other
        organise(scene, organisation("T31"), by="KX/r9", org="*")


# --- volunteers ---------------------------------------------------------------------------------


def test_a_volunteer_is_registered_with_a_membership(scene: Scene) -> None:
    ref = register(scene, volunteer("V9"))
    assert scene.book.find(Volunteer, "V9") == Volunteer("V9", ref, 0, scene.now, "active")
    assert scene.book.memberships("V9") == (Membership("V9", "T01", scene.now),)


def test_a_row_without_a_name_adds_a_membership_and_nothing_else(scene: Scene) -> None:
    before = scene.book.find(Volunteer, "V1")
    row: Row = {"number": "V1", "state": "active"}
    register(scene, row, by="T02/r1", org="T02")
    assert scene.book.find(Volunteer, "V1") == before
    assert [m.organisation for m in scene.book.memberships("V1")] == ["T01", "T02"]
    register(scene, row, by="T02/r1", org="T02")  # again: nothing new
    assert len(scene.book.memberships("V1")) == 2
    with scene.refuses("volunteer.unknown", item=0):
        register(scene, row | {"number": "V99"}, by="T02/r1", org="T02")


def test_a_row_with_a_name_changes_a_member_of_the_organisation_or_below(scene: Scene) -> None:
    first = scene.book.find(Volunteer, "V1")
    assert first
    scene.wait(days=1)
    ref = register(scene, volunteer("V1"), by="KX/r1", org="KX")
    changed = scene.book.find(Volunteer, "V1")
    assert changed == Volunteer("V1", ref, 0, first.registered, "active")
    with scene.refuses("not_authorised", item=0):
        register(scene, volunteer("V2"), by="T02/r1", org="T02")


def test_nobody_comes_twice_in_a_statement_or_is_registered_nowhere(scene: Scene) -> None:
    with scene.refuses("id.duplicate", item=1):
        register(scene, volunteer("V9"), volunteer("V9"))
    scene.appoint("KX/r9", "recorder", "*", "p-r9")
    with scene.refuses("organisation.unknown", item=0):
        register(scene, volunteer("V9"), by="KX/r9", org="*")


def test_erased_and_restricted_volunteers_are_not_changed(scene: Scene) -> None:
    scene.say("restriction", {"volunteer": "V1"}, reason="asked")
    scene.say("erasure", {"volunteer": "V2"}, reason="asked")
    for number in ("V1", "V2"):
        with scene.refuses("volunteer.not_active", item=0):
            register(scene, volunteer(number))


def test_leaving_ends_memberships_here_and_below_and_one_may_come_back(scene: Scene) -> None:
    """Rule 50: at any time; hours survive; later hours are refused."""
    ref = scene.attend(line("V1"))
    scene.pass_notice(ref)
    leave(scene, "V1", by="KX/r1", org="KX")
    assert scene.state(ref) == "confirmed"
    with scene.refuses("volunteer.not_active", item=0):
        leave(scene, "V1")
    publish(scene, activity("A2", "12 09:00", "12 10:00"))
    scene.wait(days=2)
    with scene.refuses("volunteer.not_active", item=0):
        scene.attend(line("V1", "12 09:00", "12 10:00"), to="A2")
    register(scene, {"number": "V1", "state": "active"})
    scene.attend(line("V1", "12 09:00", "12 10:00"), to="A2")


def test_only_a_member_leaves(scene: Scene) -> None:
    for number, by, org in (("V1", "T02/r1", "T02"), ("V99", "T01/r1", "T01")):
        with scene.refuses("volunteer.not_active", item=0):
            leave(scene, number, by=by, org=org)


def test_restriction_and_erasure(scene: Scene) -> None:
    """Rule 47: storage only, undone on request; erasure is for good."""
    row: Row = {"volunteer": "V1"}
    with scene.refuses("volunteer.not_active", item=0):
        scene.say("restriction", row, reason="lifted")
    scene.say("restriction", row, reason="asked")
    assert state(scene) == "restricted"
    with scene.refuses("volunteer.not_active", item=0):
        scene.say("restriction", row, reason="asked")
    scene.say("restriction", row, reason="lifted")
    assert state(scene) == "active"
    scene.say("restriction", row, reason="asked")
    scene.say("erasure", row, reason="asked")
    assert state(scene) == "erased"
    for kind, reason in (("erasure", "asked"), ("restriction", "lifted"), ("restriction", "asked")):
        with scene.refuses("volunteer.not_active", item=0):
            scene.say(kind, row, reason=reason)
    with scene.refuses("volunteer.not_active", item=0):
        scene.say("erasure", {"volunteer": "V99"}, reason="asked")


# --- activities ---------------------------------------------------------------------------------


def planned(scene: Scene, *times: tuple[str, str, str]) -> Activity:
    """Publish A2 as often as told: (now, start, end)."""
    for now, start, end in times:
        scene.now = at(now)
        publish(scene, activity("A2", start, end))
    return scene.activity("A2")


def test_an_activity_published_before_it_starts_may_have_class_a(scene: Scene) -> None:
    """Rule 9: published before it starts, otherwise its lines are class C."""
    assert planned(scene, ("05 08:59", "05 09:00", "05 10:00")).best == "A"
    assert not scene.activity("A2").moved


def test_an_activity_published_at_its_start_is_published_late(scene: Scene) -> None:
    assert planned(scene, ("05 09:00", "05 09:00", "05 10:00")).best == "C"
    assert not scene.activity("A2").moved


def test_a_move_told_in_time_leaves_the_class_alone(scene: Scene) -> None:
    found = planned(
        scene, ("05 08:00", "05 09:00", "05 10:00"), ("05 08:30", "06 09:00", "06 10:00")
    )
    assert (found.best, found.moved) == ("A", False)
    assert found.start == at("06 09:00")


def test_a_move_told_late_makes_it_class_b_at_best(scene: Scene) -> None:
    told = ("05 08:00", "05 09:00", "05 10:00"), ("05 09:00", "05 09:00", "05 11:00")
    found = planned(scene, *told)
    assert (found.best, found.moved) == ("B", True)
    again = planned(scene, ("05 10:00", "06 09:00", "06 10:00"))
    assert (again.best, again.moved) == ("B", True)


def test_what_was_published_late_stays_class_c(scene: Scene) -> None:
    found = planned(
        scene, ("05 12:00", "05 09:00", "05 10:00"), ("05 13:00", "07 09:00", "07 10:00")
    )
    assert found.best == "C"


@pytest.mark.parametrize(
    ("start", "end"),
    [("05 09:00", "05 09:00"), ("05 09:00", "05 08:00"), ("05 09:00", "2027-03-07 09:00")],
)
def test_an_activity_takes_up_to_a_year(scene: Scene, start: str, end: str) -> None:
    with scene.refuses("time.reversed", item=0):
        publish(scene, activity("A2", start, end))
    publish(scene, activity("A2", "05 09:00", "2027-03-05 09:00"))


def test_an_activity_belongs_to_one_organisation(scene: Scene) -> None:
    for by, org in (("T02/r1", "T02"), ("KX/r1", "KX")):
        with scene.refuses("not_authorised", item=0):
            publish(scene, activity("A1"), by=by, org=org)
    scene.appoint("KX/r9", "recorder", "*", "p-r9")
    with scene.refuses("not_authorised", item=0):
        publish(scene, activity("A2"), by="KX/r9", org="*")


def test_an_activity_comes_once_in_a_statement(scene: Scene) -> None:
    with scene.refuses("activity.repeated", item=1):
        publish(scene, activity("A2"), activity("A2"))


def test_an_activity_with_a_confirmed_line_changes_no_more(scene: Scene) -> None:
    """Rule 9: changes until a line of it is confirmed."""
    ref = scene.attend(line("V1"), line("V2"))
    publish(scene, activity("A1", leader="V2"))
    notice = scene.notice(ref)
    scene.wait(days=8)
    scene.confirm(notice, stand(ref, 0, 1))
    publish(scene, activity("A1", leader="V3"))  # nothing stands yet
    scene.pass_notice(ref)
    with scene.refuses("activity.settled", item=0):
        publish(scene, activity("A1"))
    with scene.refuses("activity.settled"):
        cancel(scene)


def cancel(scene: Scene, code: str = "A1", by: str = "T01/r1", org: str = "T01") -> None:
    scene.say("cancellation", by=by, org=org, activity=code)


def test_a_cancelled_activity_takes_no_lines_and_changes_no_more(scene: Scene) -> None:
    cancel(scene)
    with scene.refuses("activity.cancelled"):
        scene.attend(line("V1"))
    with scene.refuses("activity.cancelled", item=0):
        publish(scene, activity("A1"))
    with scene.refuses("activity.settled"):
        cancel(scene)


def test_an_organisation_cancels_its_own_activities(scene: Scene) -> None:
    for code, by, org in (("A9", "T01/r1", "T01"), ("A1", "T02/r1", "T02"), ("A1", "KX/r1", "KX")):
        with scene.refuses("activity.unknown"):
            cancel(scene, code, by, org)


def test_lines_of_a_cancelled_activity_never_stand(scene: Scene) -> None:
    ref = scene.attend(line("V1"))
    notice = scene.notice(ref)
    cancel(scene)
    scene.wait(days=8)
    with scene.refuses("activity.cancelled", item=0):
        scene.confirm(notice, stand(ref))
    scene.confirm(notice, stand(ref, 0))
    assert scene.state(ref) == "excepted"


def test_hazard_is_kept_for_those_who_ask(scene: Scene) -> None:
    publish(scene, activity("A2", hazard=True, leader=some("name")))
    assert scene.activity("A2").hazard
    assert not scene.activity("A1").hazard
    assert registers._YEAR == 366 * 24 * 60
