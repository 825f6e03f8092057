"""Who may say what: role, reach, the entry's index, and persons rather than keys."""

import pytest

from ledger.kinds import KINDS
from ledger.records import Key
from ledger.rules import authority
from tests.scene import (
    OPERATOR,
    ORIGIN,
    RECOVERY,
    Scene,
    activity,
    line,
    organisation,
    some,
    stand,
    volunteer,
)


@pytest.fixture
def scene() -> Scene:
    return Scene.ready()


def by_recorder(scene: Scene, by: str, org: str) -> None:
    scene.say("activities", activity(f"X-{org}".replace("*", "all")), by=by, org=org)


def test_every_kind_but_the_charter_has_its_roles() -> None:
    assert set(authority._ROLES) == KINDS - {"charter"}


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        ("organisations", "recorder"),
        ("volunteers", "recorder"),
        ("activities", "recorder"),
        ("cancellation", "recorder"),
        ("attendance", "recorder"),
        ("notice", "recorder"),
        ("departure", "recorder"),
        ("confirmation", "confirmer"),
        ("correction", "confirmer"),
        ("certificate", "issuer"),
        ("revocation", "issuer"),
        ("status", "operator"),
        ("erasure", "operator"),
        ("restriction", "operator"),
        ("ruleset", "operator"),
        ("appointment", "operator recovery"),
        ("dismissal", "operator recovery"),
        ("recovery", "recovery"),
        ("anchor", "operator"),
        ("objection", "recorder confirmer issuer operator auditor"),
    ],
)
def test_a_role_says_its_kinds_and_no_others(scene: Scene, kind: str, roles: str) -> None:
    """DESIGN.md section 4: the column *by*."""
    for role in ("recorder", "confirmer", "issuer", "operator", "auditor", "log", "recovery"):
        held = next(key for key in keys(scene) if key.role == role)
        if role in roles.split():
            authority.check_role(held, kind)
        else:
            with scene.refuses("not_authorised"):
                authority.check_role(held, kind)


def keys(scene: Scene) -> list[Key]:
    return list(scene.book.all(Key))


def test_a_stranger_says_nothing(scene: Scene) -> None:
    with scene.refuses("not_authorised"):
        by_recorder(scene, "T01/nobody", "T01")


def test_neither_the_log_nor_the_recovery_key_keeps_records(scene: Scene) -> None:
    for name in (ORIGIN, RECOVERY):
        with scene.refuses("not_authorised"):
            by_recorder(scene, name, "T01")


def test_an_appointment_reaches_its_organisation_and_those_below(scene: Scene) -> None:
    scene.say("organisations", organisation("T11", "T01"), by="KX/r1", org="KX")
    for by, org in (("KX/r1", "KX"), ("KX/r1", "T01"), ("KX/r1", "T11"), ("T01/r1", "T11")):
        by_recorder(scene, by, org)
    for by, org in (("T01/r1", "KX"), ("T01/r1", "T02"), ("T02/r1", "T11"), ("T01/r1", "*")):
        with scene.refuses("not_authorised"):
            by_recorder(scene, by, org)


def test_an_appointment_for_the_ledger_reaches_everything(scene: Scene) -> None:
    scene.appoint("KX/r9", "recorder", "*", "p-r9")
    for org in ("KX", "T01", "T02"):
        by_recorder(scene, "KX/r9", org)


def test_reach_follows_the_organisations_rows_of_the_moment(scene: Scene) -> None:
    scene.say("organisations", organisation("T02", "T01"), by="KX/r1", org="KX")
    by_recorder(scene, "T01/r1", "T02")
    scene.say("organisations", organisation("T02", "KX"), by="KX/r1", org="KX")
    with scene.refuses("not_authorised"):
        by_recorder(scene, "T01/r1", "T02")


def test_an_organisation_nobody_registered_is_unknown(scene: Scene) -> None:
    with scene.refuses("organisation.unknown"):
        by_recorder(scene, "KX/r1", "T99")
    with scene.refuses("organisation.unknown"):
        scene.appoint("T99/r1", "recorder", "T99", "p-1")


def test_a_key_speaks_from_the_entry_after_its_appointment(scene: Scene) -> None:
    """DESIGN.md section 4: authority is decided at the entry's index, whatever `at` says."""
    entry, items = scene.write("activities", activity("A9"), by="T01/r9", org="T01")
    with scene.refuses("not_authorised"):
        scene.submit(entry, items)
    told = scene.appoint("T01/r9", "recorder", "T01", "p-r9x")
    scene.submit(entry, items)
    key = next(key for key in keys(scene) if key.entry == told.index)
    with scene.refuses("not_authorised"):
        authority.check_speaks(key, key.by, told.index)
    assert authority.check_speaks(key, key.by, told.index + 1) is key


def test_a_dismissed_key_is_silent_whatever_at_says(scene: Scene) -> None:
    entry, items = scene.write("activities", activity("A9"), by="T01/r1", org="T01")
    told = scene.say("dismissal", appointment=scene.appointment("T01/r1"), since=scene.now)
    with scene.refuses("not_authorised"):
        scene.submit(entry, items)
    key = next(key for key in keys(scene) if key.until == told.index)
    assert authority.check_speaks(key, key.by, told.index) is key
    with scene.refuses("not_authorised"):
        authority.check_speaks(key, key.by, told.index + 1)


def test_what_a_key_said_before_its_dismissal_stands(scene: Scene) -> None:
    ref = scene.attend(line("V1"))
    notice = scene.notice(ref)
    scene.say("dismissal", appointment=scene.appointment("T01/r1"), since=scene.now)
    scene.wait(days=8)
    scene.confirm(notice, stand(ref))
    assert scene.state(ref) == "confirmed"


def test_nobody_appoints_himself(scene: Scene) -> None:
    for by, role in (("T01/r1", "confirmer"), ("KX/i1", "operator"), ("KX/a1", "auditor")):
        with scene.refuses("not_authorised"):
            scene.appoint("T01/x", role, "T01", "p-r1", by=by)
    with scene.refuses("not_authorised"):
        scene.appoint("T01/x", "operator", "*", "p-x", by="T01/x")


def test_two_keys_of_one_person_are_one_pair_of_eyes(scene: Scene) -> None:
    """Rule 22: four eyes by person, not by key."""
    ref = scene.attend(line("V1"))
    notice = scene.notice(ref)
    scene.wait(days=8)
    with scene.refuses("four_eyes", item=0):
        scene.confirm(notice, stand(ref), by="T01/c3")
    scene.confirm(notice, stand(ref), by="T01/c1")
    with scene.refuses("four_eyes", item=0):
        scene.correct((ref, 0), by="T01/c3")


def test_an_operator_does_not_speak_for_a_team(scene: Scene) -> None:
    with scene.refuses("not_authorised"):
        scene.say("volunteers", volunteer("V9"), by=OPERATOR, org="T01")


def test_any_officer_may_object_within_his_reach(scene: Scene) -> None:
    ref = scene.attend(*(line(number) for number in ("V1", "V2", "V3", "V4")))
    officers = (("T01/r1", "T01"), ("T01/c1", "T01"), ("KX/i1", "KX"), (OPERATOR, "KX"))
    for n, (by, org) in enumerate(officers):
        scene.object((ref, n), by=by, org=org)
        assert scene.state(ref, n) == "objected"
    with scene.refuses("not_authorised"):
        scene.object((ref, 0), by="T02/r1", org="T02")


def test_reach_of_the_head_is_not_reach_of_the_row(scene: Scene) -> None:
    """A key of T02 that speaks for T02 cannot touch lines of T01."""
    ref = scene.attend(line("V1"))
    with scene.refuses("not_authorised", item=0):
        scene.notice(ref, by="T02/r1", org="T02")
    with scene.refuses("not_authorised", item=0):
        scene.object((ref, 0), by="T02/r1", org="T02", reason=some("x"))
    notice = scene.notice(ref)
    scene.wait(days=8)
    with scene.refuses("not_authorised", item=0):
        scene.confirm(notice, stand(ref), by="T02/c1", org="T02")
    scene.confirm(notice, stand(ref), by="KX/c1", org="KX")
    with scene.refuses("not_authorised", item=0):
        scene.correct((ref, 0), by="T02/c1", org="T02")
    scene.correct((ref, 0), by="KX/c1", org="KX")
