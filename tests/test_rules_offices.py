"""How a ledger begins, and how keys and rulesets come and go."""

from itertools import permutations

import pytest

from ledger.book import Book
from ledger.note import Signer, Verifier
from ledger.records import Key
from ledger.rules import offices
from ledger.rulesets import Ruleset, Year
from tests.scene import (
    OPERATOR,
    ORIGIN,
    RECOVERY,
    RULES,
    Json,
    Scene,
    activity,
    at,
    digest,
    line,
    organisation,
    ruleset,
    signer,
    some,
    stand,
    vkey,
    volunteer,
)

WEAK = str(Verifier("T01/weak", bytes(32)))


@pytest.fixture
def scene() -> Scene:
    return Scene.ready()


def charter(scene: Scene, org: str = "*", **changed: str) -> None:
    keys = {"log": vkey(ORIGIN), "operator": vkey(OPERATOR), "recovery": vkey(RECOVERY)}
    row: dict[str, Json] = {"person": "p-op"}
    entry, items = scene.write("charter", row, org=org, **{"clock": "simulated", **keys, **changed})
    scene.submit(entry, items)


# --- the beginning ------------------------------------------------------------------------------


def test_a_ledger_begins_with_charter_ruleset_and_root() -> None:
    """DESIGN.md section 4: entries 0, 1 and 2."""
    scene = Scene()
    with scene.refuses("not_authorised"):
        scene.adopt(RULES, scene.now[:10])
    charter(scene)
    assert {key.role for key in scene.book.all(Key)} == {"operator", "log", "recovery"}
    with scene.refuses("log.beginning"):
        charter(scene)
    with scene.refuses("log.beginning"):
        scene.say("organisations", organisation("KX", ""))
    scene.adopt(RULES, scene.now[:10])
    with scene.refuses("log.beginning"):
        scene.appoint("KX/r1", "recorder", "*", "p-1")
    scene.say("organisations", organisation("KX", ""))
    root = scene.book.root()
    assert root
    assert root.code == "KX"
    with scene.refuses("log.beginning"):
        charter(scene)


def test_the_root_is_one_row_by_the_operator_under_the_ledger() -> None:
    scene = Scene()
    charter(scene)
    scene.adopt(RULES, scene.now[:10])
    with scene.refuses("not_authorised"):
        scene.say("organisations", organisation("KX", ""), by=RECOVERY)
    with scene.refuses("organisation.parent", item=0):
        scene.say("organisations", organisation("KX", "KX"))
    with scene.refuses("organisation.parent", item=1):
        scene.say("organisations", organisation("KX", ""), organisation("T01", "KX"))
    with scene.refuses("organisation.parent", item=0):
        scene.say("organisations", organisation("KX", ""), org="KX")


def test_a_charter_names_this_log_and_three_different_sound_keys() -> None:
    scene = Scene()
    with scene.refuses("charter.origin"):
        charter(scene, log=vkey("kx.example.org/other"))
    with scene.refuses("charter.origin"):
        charter(scene, org="KX")
    same = str(Signer("KX/recovery", digest(OPERATOR)).verifier)
    with scene.refuses("key.enrolled"):
        charter(scene, recovery=same)
    with scene.refuses("key.name"):
        charter(scene, recovery=vkey("张三"))
    with scene.refuses("unverified"):
        charter(scene, recovery=WEAK)
    with scene.refuses("malformed"):
        charter(scene, recovery="no key")
    with scene.refuses("not_authorised"):  # signed by another than it names
        charter(scene, operator=vkey("KX/op2"))
    charter(scene)


def test_after_a_refused_root_an_operator_may_still_name_one() -> None:
    """An audit goes on after an entry that it refuses; so the book has more entries than sense."""
    scene = Scene()
    charter(scene)
    scene.book.advance(scene.now)
    scene.book.advance(scene.now)
    with scene.refuses("not_authorised"):
        scene.say("organisations", organisation("KX", ""), by=RECOVERY)
    scene.say("organisations", organisation("KX", ""))
    scene.appoint("KX/r1", "recorder", "KX", "p-1")
    scene.say("volunteers", volunteer("V1"), by="KX/r1", org="KX")
    scene.say("activities", activity("A1"), by="KX/r1", org="KX")
    scene.now = at("03 13:00")
    with scene.refuses("ruleset.missing"):
        scene.attend(line("V1"), by="KX/r1", org="KX")


# --- appointments -------------------------------------------------------------------------------


def test_a_key_is_enrolled_once(scene: Scene) -> None:
    """DESIGN.md section 3: a public key, and a pair of name and key ID, is enrolled once."""
    for name in ("T01/r1", RECOVERY, OPERATOR):
        with scene.refuses("key.enrolled"):
            scene.appoint(name, "confirmer", "T01", "p-x")
    renamed = str(Signer("T01/new", digest("T01/r1")).verifier)
    with scene.refuses("key.enrolled"):
        scene.say("appointment", {"person": "p"}, org="T01", key=renamed, role="confirmer")
    logs = str(Signer("T01/new", digest(ORIGIN)).verifier)
    with scene.refuses("key.enrolled"):
        scene.say("appointment", {"person": "p"}, org="T01", key=logs, role="confirmer")
    scene.say("dismissal", appointment=scene.appointment("T01/r1"), since=scene.now)
    with scene.refuses("key.enrolled"):  # not even after its dismissal
        scene.appoint("T01/r1", "recorder", "T01", "p-r1")


@pytest.mark.parametrize("name", ["张三/r1", "r1", "T01/r1/x", "a/" + "b" * 33, "T01/r 1", "/r1"])
def test_a_key_name_is_no_free_text(scene: Scene, name: str) -> None:
    """DESIGN.md section 3: what is enrolled is published, so no name of a person fits."""
    code = "malformed" if " " in name else "key.name"
    with scene.refuses(code):
        scene.appoint(name, "recorder", "T01", "p-x")


def test_the_name_of_the_log_is_for_the_log(scene: Scene) -> None:
    new_log = str(Signer(ORIGIN, digest("new log")).verifier)
    row: dict[str, Json] = {"person": "log"}
    with scene.refuses("key.name"):
        scene.say("appointment", row, key=new_log, role="operator")
    with scene.refuses("key.name"):
        scene.say("appointment", row, by=RECOVERY, key=vkey("KX/log"), role="log")
    with scene.refuses("not_authorised"):
        scene.say("appointment", row, by="T01/r1", key=new_log, role="log")
    with scene.refuses("not_authorised"):
        scene.say("appointment", row, by=RECOVERY, org="KX", key=new_log, role="log")
    scene.say("appointment", row, by=RECOVERY, key=new_log, role="log")


def test_weak_keys_and_witness_keys_are_not_enrolled(scene: Scene) -> None:
    """DESIGN.md section 3: low-order and non-canonical keys are refused."""
    key = signer("T01/w").verifier
    witness = str(Verifier(key.name, key.key, 4))
    for found, code in ((WEAK, "unverified"), (witness, "malformed"), ("x+y", "malformed")):
        with scene.refuses(code):
            scene.say("appointment", {"person": "p"}, org="T01", key=found, role="recorder")


def test_operators_are_for_the_whole_ledger(scene: Scene) -> None:
    with scene.refuses("not_authorised"):
        scene.appoint("KX/op2", "operator", "KX", "p-op2")
    scene.appoint("KX/op2", "operator", "*", "p-op2")
    scene.appoint("KX/r2", "recorder", "KX", "p-r2", by="KX/op2")


def test_the_recovery_key_appoints_operators_and_nobody_else(scene: Scene) -> None:
    with scene.refuses("not_authorised"):
        scene.appoint("T01/x", "recorder", "T01", "p-x", by=RECOVERY)
    scene.appoint("KX/op2", "operator", "*", "p-op2", by=RECOVERY)


# --- dismissals ---------------------------------------------------------------------------------


def dismiss(scene: Scene, ref: str, by: str = OPERATOR, org: str = "*") -> None:
    scene.say("dismissal", by=by, org=org, appointment=ref, since=scene.now)


def test_an_appointment_ends_once(scene: Scene) -> None:
    ref = scene.appointment("T01/r1")
    dismiss(scene, ref)
    with scene.refuses("appointment.unknown"):
        dismiss(scene, ref)
    with scene.refuses("appointment.unknown"):
        dismiss(scene, scene.log[1].ref)


def test_operators_go_of_their_own_will_or_by_the_recovery_key(scene: Scene) -> None:
    second = scene.appoint("KX/op2", "operator", "*", "p-op2").ref
    third = scene.appoint("KX/op3", "operator", "*", "p-op3").ref
    with scene.refuses("not_authorised"):
        dismiss(scene, second)
    dismiss(scene, second, by="KX/op2")
    dismiss(scene, third, by=RECOVERY)
    dismiss(scene, scene.log[0].ref, by=RECOVERY)  # the operator of the charter
    with scene.refuses("not_authorised"):
        scene.appoint("KX/op4", "operator", "*", "p-op4")
    scene.appoint("KX/op4", "operator", "*", "p-op4", by=RECOVERY)
    with scene.refuses("appointment.unknown"):  # the recovery key itself
        dismiss(scene, scene.log[0].ref, by=RECOVERY)


@pytest.mark.parametrize("by", [OPERATOR, RECOVERY])
def test_a_log_key_is_replaced_and_never_without_a_successor(scene: Scene, by: str) -> None:
    """The charter's, too: the appointment of the next one ends it, so no ref needs to name it."""
    row: dict[str, Json] = {"person": "log"}
    second, third = (str(Signer(ORIGIN, digest(name)).verifier) for name in ("second", "third"))
    first = scene.say("appointment", row, by=by, key=second, role="log")
    assert log_keys(scene) == [(vkey(ORIGIN), first.index), (second, -1)]
    for who in (OPERATOR, RECOVERY):
        with scene.refuses("log.replace", says="vledger officer log-key"):
            dismiss(scene, first.ref, by=who)
    later = scene.say("appointment", row, by=by, key=third, role="log")
    assert log_keys(scene) == [(vkey(ORIGIN), first.index), (second, later.index), (third, -1)]
    with scene.refuses("key.enrolled"):  # a key that was retired never speaks again
        scene.say("appointment", row, by=by, key=vkey(ORIGIN), role="log")


def log_keys(scene: Scene) -> list[tuple[str, int]]:
    return [(key.vkey, key.until) for key in scene.book.all(Key) if key.role == "log"]


def test_a_dismissal_is_said_for_the_organisation_or_one_above(scene: Scene) -> None:
    with scene.refuses("not_authorised"):
        dismiss(scene, scene.appointment("T01/r1"), org="T02")
    with scene.refuses("not_authorised"):
        dismiss(scene, scene.appointment("KX/a1"), org="KX")  # appointed for the ledger
    dismiss(scene, scene.appointment("T01/r1"), org="KX")


# --- rulesets -----------------------------------------------------------------------------------


def test_a_ruleset_begins_no_earlier_than_its_stamp(scene: Scene) -> None:
    with scene.refuses("ruleset.from"):
        scene.adopt(RULES, "2026-03-02")
    scene.adopt(RULES, "2026-03-03")
    scene.adopt(RULES, "2027-01-01")
    with scene.refuses("ruleset.from"):
        scene.say("ruleset", ruleset(RULES), org="KX", code=1, from_="2026-04-01")


def test_a_code_this_program_does_not_know_stops_it(scene: Scene) -> None:
    with scene.refuses("code.unknown"):
        scene.say("ruleset", ruleset(RULES), code=offices.CODE + 1, from_="2026-04-01")


def test_a_line_is_judged_by_the_ruleset_of_its_day_among_those_logged(scene: Scene) -> None:
    """DESIGN.md section 4, below the table."""
    strict = Ruleset(calendar=RULES.calendar, longest=60, day_limit=60)
    scene.say("activities", activity("A8", "05 09:00", "05 12:00"), by="T01/r1", org="T01")
    scene.adopt(strict, "2026-03-04")
    before = scene.attend(line("V1"))
    scene.now = at("05 13:00")
    with scene.refuses("time.too_long", item=0):
        scene.attend(line("V1", "05 09:00", "05 12:00"), to="A8")
    scene.pass_notice(before)
    assert scene.state(before) == "confirmed"


def test_a_share_of_the_activity_may_be_asked_for(scene: Scene) -> None:
    """Below it nothing is credited; records of an older system are taken as they are."""
    scene.say("activities", activity("A8", "05 09:00", "05 12:00"), by="T01/r1", org="T01")
    scene.adopt(Ruleset(calendar=RULES.calendar, presence=60), "2026-03-04")
    scene.now = at("05 13:00")
    short = ("05 09:00", "05 10:47")
    with scene.refuses("time.too_short", item=0, says="107"):
        scene.attend(line("V1", *short), to="A8")
    scene.attend(line("V1", *short, "L"), line("V2", "05 09:00", "05 10:48"), to="A8")


def test_limits_of_a_day_are_those_logged_before_the_confirmation(scene: Scene) -> None:
    ref = scene.attend(line("V1"))
    notice = scene.notice(ref)
    scene.adopt(Ruleset(calendar=RULES.calendar, day_limit=60), scene.now[:10])
    scene.wait(days=8)
    with scene.refuses("time.needs_approval"):
        scene.confirm(notice, stand(ref))
    scene.confirm(notice, stand(ref, approved=(0,)))


def test_a_year_without_a_calendar_is_refused_until_one_is_adopted(scene: Scene) -> None:
    """RULES.md, Working days: a statement stamped in a year without one is refused."""
    ref = scene.attend(line("V1"))
    notice = scene.notice(ref)
    scene.now = at("2027-01-04 09:00")
    late = line("V2", class_="C")
    with scene.refuses("calendar.missing"):
        scene.attend(late, reason=some("x"))
    with scene.refuses("calendar.missing"):
        scene.notice(ref)
    with scene.refuses("calendar.missing"):
        scene.confirm(notice, stand(ref))
    years = {**RULES.calendar, "2027": Year()}
    scene.adopt(Ruleset(calendar=years), "2027-01-04")
    scene.confirm(notice, stand(ref))


def test_a_calendar_counts_as_soon_as_it_is_logged(scene: Scene) -> None:
    """The newest calendar counts, whatever day its limits begin: it is a public fact."""
    ref = scene.attend(line("V1"))
    notice = scene.notice(ref)  # Tuesday 3 March: Wednesday, Thursday, Friday
    off = Year(off=("2026-03-05",), work=("2026-03-07",))
    scene.adopt(Ruleset(calendar={"2026": off}), "2026-12-31")
    scene.now = at("07 00:00")
    with scene.refuses("notice.too_early"):
        scene.confirm(notice, stand(ref))
    scene.now = at("08 00:00")  # the Saturday was worked
    scene.confirm(notice, stand(ref))


def test_the_charter_names_the_operator_in_whatever_order_its_keys_are_held() -> None:
    """The charter enrols three keys under one ref: writer and auditor must mean the same one."""
    scene = Scene.ready()
    charter = scene.log[0]
    keys = [record for record in charter.effects if isinstance(record, Key)]
    for order in permutations(keys):
        book = Book()
        book.put(order)
        found = book.key_of_appointment(charter.ref)
        assert found
        assert found.role == "operator"
    scene.appoint("KX/op2", "operator", "*", "p-op2")
    dismiss(scene, charter.ref, by=RECOVERY)
    with scene.refuses("not_authorised"):
        scene.appoint("T01/x", "recorder", "T01", "p-x")
    scene.appoint("T01/x", "recorder", "T01", "p-x", by="KX/op2")
