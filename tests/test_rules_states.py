"""The states of a line (rule 23): notice, objection, confirmation, correction."""

from collections.abc import Callable

import pytest

from tests.scene import RULES, Row, Scene, activity, at, line, some, stand

Build = Callable[[Scene, str], str]


@pytest.fixture
def scene() -> Scene:
    return Scene.ready()


# --- every state, every deed --------------------------------------------------------------------


def noticed(scene: Scene, ref: str) -> str:
    return scene.notice(ref)


def objected(scene: Scene, ref: str) -> str:
    notice = scene.notice(ref)
    scene.object((ref, 0))
    return notice


def denied(scene: Scene, ref: str) -> str:
    notice = scene.notice(ref)
    scene.object((ref, 0), from_="V1")
    return notice


def excepted(scene: Scene, ref: str) -> str:
    notice = scene.notice(ref)
    scene.wait(days=8)
    scene.confirm(notice, stand(ref, 0))
    return notice


def confirmed(scene: Scene, ref: str) -> str:
    return scene.pass_notice(ref)


def void(scene: Scene, ref: str) -> str:
    notice = scene.pass_notice(ref)
    scene.correct((ref, 0))
    return notice


def replaced(scene: Scene, ref: str) -> str:
    notice = scene.notice(ref)
    replace(scene, ref, notice)
    return notice


def excepted_and_noticed(scene: Scene, ref: str) -> str:
    excepted(scene, ref)
    return scene.notice(ref)


def replace(scene: Scene, ref: str, _: str) -> None:
    row = line("V1", class_="C", minutes=60, replaces=[ref, 0])
    scene.attend(row, reason=some("mended"))


def confirm(scene: Scene, ref: str, notice: str) -> None:
    scene.wait(days=8)
    scene.confirm(notice, stand(ref))


def except_(scene: Scene, ref: str, notice: str) -> None:
    scene.wait(days=8)
    scene.confirm(notice, stand(ref, 0))


DEEDS: dict[str, Callable[[Scene, str, str], object]] = {
    "object": lambda scene, ref, _: scene.object((ref, 0)),
    "deny": lambda scene, ref, _: scene.object((ref, 0), from_="V1"),
    "confirm": confirm,
    "except": except_,
    "correct": lambda scene, ref, _: scene.correct((ref, 0)),
    "replace": replace,
}
# What each deed makes of a line in each state: the next state, or the code of the refusal.
NO, NOT_NOW = "line.state", "notice.state"
STATES: dict[str, tuple[Build, str]] = {
    "recorded": (
        lambda *_: some("none"),
        "objected denied notice.unknown notice.unknown NO replaced",
    ),
    "noticed": (noticed, "objected denied confirmed excepted NO replaced"),
    "objected": (objected, "NO denied NO excepted NO replaced"),
    "denied": (denied, "NO NO NO denied NO replaced"),
    "excepted": (excepted, "NO NO NOT_NOW NOT_NOW NO replaced"),
    "excepted again": (excepted_and_noticed, "objected denied confirmed excepted NO replaced"),
    "confirmed": (confirmed, "NO NO NOT_NOW NOT_NOW void NO"),
    "void": (void, "NO NO NOT_NOW NOT_NOW NO void"),
    "replaced": (replaced, "NO NO NO replaced NO time.overlap"),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("deed", DEEDS)
def test_every_deed_on_every_state(scene: Scene, state: str, deed: str) -> None:
    build, outcomes = STATES[state]
    outcome = dict(zip(DEEDS, outcomes.split(), strict=True))[deed]
    code = {"NO": NO, "NOT_NOW": NOT_NOW}.get(outcome, outcome)
    ref = scene.attend(line("V1"), line("V2"))
    notice = build(scene, ref)
    assert scene.state(ref) == state.split(maxsplit=1)[0]
    if "." in code:
        scene.wait(days=8)
        with scene.refuses(code):
            DEEDS[deed](scene, ref, notice)
    else:
        DEEDS[deed](scene, ref, notice)
        assert scene.state(ref) == code
    assert scene.state(ref, 1) in {"recorded", "noticed", "confirmed"}


# --- notice -------------------------------------------------------------------------------------


def test_a_sheet_is_under_one_notice_at_a_time(scene: Scene) -> None:
    ref = scene.attend(line("V1"))
    with scene.refuses("notice.state", item=1):
        scene.notice(ref, ref)
    scene.notice(ref)
    with scene.refuses("notice.state", item=0):
        scene.notice(ref)
    with scene.refuses("attendance.unknown", item=0):
        scene.notice(some("x"))


def test_a_settled_sheet_comes_back_for_its_exceptions_only(scene: Scene) -> None:
    ref = scene.attend(line("V1"), line("V2"), line("V3"))
    notice = scene.notice(ref)
    scene.object((ref, 2), from_="V3")
    scene.wait(days=8)
    scene.confirm(notice, stand(ref, 0, 2))
    assert [scene.state(ref, n) for n in range(3)] == ["excepted", "confirmed", "denied"]
    again = scene.notice(ref)
    assert scene.state(ref, 1) == "confirmed"
    scene.wait(days=8)
    with scene.refuses("line.state", item=0):  # a volunteer's own objection is never overruled
        scene.confirm(again, stand(ref))
    scene.confirm(again, stand(ref, 2))
    assert [scene.state(ref, n) for n in range(3)] == ["confirmed", "confirmed", "denied"]
    with scene.refuses("notice.state", item=0):
        scene.notice(ref)


def test_an_except_never_takes_back_what_stands(scene: Scene) -> None:
    """DESIGN.md section 4, confirmation."""
    ref = scene.attend(line("V1"), line("V2"))
    notice = scene.notice(ref)
    scene.wait(days=8)
    scene.confirm(notice, stand(ref, 0))
    again = scene.notice(ref)
    scene.wait(days=8)
    scene.confirm(again, stand(ref, 1))
    assert (scene.state(ref, 0), scene.state(ref, 1)) == ("confirmed", "confirmed")


def test_an_exception_may_stay_one(scene: Scene) -> None:
    ref = scene.attend(line("V1"), line("V2"))
    for _ in range(2):
        notice = scene.notice(ref)
        scene.wait(days=8)
        scene.confirm(notice, stand(ref, 0))
        assert (scene.state(ref, 0), scene.state(ref, 1)) == ("excepted", "confirmed")
    assert scene.notice(ref)


# --- objection ----------------------------------------------------------------------------------


def test_one_objection_a_line(scene: Scene) -> None:
    ref = scene.attend(line("V1"), line("V2"))
    with scene.refuses("line.state", item=1):
        scene.object((ref, 0), (ref, 0))
    with scene.refuses("line.unknown", item=0):
        scene.object((ref, 2))
    with scene.refuses("attendance.unknown", item=0):
        scene.object((some("x"), 0))
    scene.object((ref, 0), (ref, 1), from_="V2")
    assert (scene.state(ref, 0), scene.state(ref, 1)) == ("objected", "denied")


def test_a_volunteer_is_heard_after_an_officer_objected(scene: Scene) -> None:
    """Rule 12: a volunteer's objection to his own line is never overruled."""
    ref = scene.attend(line("V1"), line("V2"))
    scene.notice(ref)
    scene.object((ref, 0))
    with scene.refuses("line.state", item=0):
        scene.object((ref, 0), from_="V2")
    scene.object((ref, 0), from_="V1")
    assert scene.state(ref) == "denied"


def test_an_objection_frees_the_time_until_it_is_settled(scene: Scene) -> None:
    """RULES.md, Earlier line; and the line returns if nobody took its time."""
    ref = scene.attend(line("V1"), line("V2"))
    notice = scene.notice(ref)
    scene.object((ref, 0), (ref, 1))
    other = scene.attend(line("V1", end="03 10:00"))
    scene.wait(days=8)
    scene.confirm(notice, stand(ref, 0, 1))
    again = scene.notice(ref)
    scene.wait(days=8)
    with scene.refuses("time.overlap", item=0):
        scene.confirm(again, stand(ref))
    scene.confirm(again, stand(ref, 0))
    assert (scene.state(ref, 0), scene.state(ref, 1)) == ("excepted", "confirmed")
    assert scene.state(other) == "recorded"


def test_two_lines_of_one_confirmation_do_not_overlap(scene: Scene) -> None:
    one = scene.attend(line("V1"))
    first = scene.notice(one)
    scene.object((one, 0))
    two = scene.attend(line("V1"))
    scene.object((two, 0))
    scene.wait(days=8)
    scene.confirm(first, stand(one, 0))
    second = scene.notice(two)
    scene.wait(days=8)
    scene.confirm(second, stand(two, 0))
    both = scene.notice(one, two)
    scene.wait(days=8)
    with scene.refuses("time.overlap", item=0):
        scene.confirm(both, stand(one), stand(two))
    scene.confirm(both, stand(one), stand(two, 0))


# --- confirmation -------------------------------------------------------------------------------


def test_a_notice_runs_three_full_working_days(scene: Scene) -> None:
    """RULES.md, Working days: opened on Tuesday, closed from 00:00 of Saturday."""
    ref = scene.attend(line("V1"))
    notice = scene.notice(ref)
    assert RULES.closing_day("2026-03-03") == "2026-03-07"
    for moment in ("03 14:00", "05 12:00", "06 23:59"):
        scene.now = at(moment)
        with scene.refuses("notice.too_early"):
            scene.confirm(notice, stand(ref))
    scene.now = at("07 00:00")
    scene.confirm(notice, stand(ref))


def test_a_notice_that_is_too_young_says_when_where_the_calendar_tells(scene: Scene) -> None:
    """Rule 21: into a year whose working days are not published nothing is guessed."""
    notice = scene.notice(ref := scene.attend(line("V1")))
    with scene.refuses("notice.too_early", says="2026-03-07"):
        scene.confirm(notice, stand(ref))
    scene.say(
        "activities", activity("Z1", "2026-12-30 09:00", "2026-12-30 12:00"), by="T01/r1", org="T01"
    )
    scene.now = at("2026-12-30 13:00")
    last = scene.attend(line("V1", "2026-12-30 09:00", "2026-12-30 12:00"), to="Z1")
    late = scene.notice(last)
    with scene.refuses("notice.too_early", says="2026-12-30"):
        scene.confirm(late, stand(last))


def test_a_confirmation_names_sheets_under_its_notice_once_each(scene: Scene) -> None:
    one, two = scene.attend(line("V1")), scene.attend(line("V2"))
    first, second = scene.notice(one), scene.notice(two)
    scene.wait(days=8)
    with scene.refuses("notice.state", item=1):
        scene.confirm(first, stand(one), stand(two))
    with scene.refuses("notice.state", item=1):
        scene.confirm(first, stand(one), stand(one))
    for code, notice in (("notice.unknown", some("x")), ("notice.unknown", one)):
        with scene.refuses(code):
            scene.confirm(notice, stand(one))
    with scene.refuses("attendance.unknown", item=0):
        scene.confirm(first, stand(some("x")))
    scene.confirm(second, stand(two))
    scene.confirm(first, stand(one))


def test_sheets_of_a_notice_may_be_confirmed_one_by_one(scene: Scene) -> None:
    one, two = scene.attend(line("V1")), scene.attend(line("V2"))
    notice = scene.notice(one, two)
    scene.wait(days=8)
    scene.confirm(notice, stand(one))
    assert (scene.state(one), scene.state(two)) == ("confirmed", "noticed")
    scene.confirm(notice, stand(two))
    assert scene.activity().settled


@pytest.mark.parametrize("row", [{"except": [1, 0]}, {"except": [0, 0]}, {"except": [2]},
                                 {"approved": [2]}])  # fmt: skip
def test_exceptions_rise_and_name_lines(scene: Scene, row: Row) -> None:
    ref = scene.attend(line("V1"), line("V2"))
    notice = scene.notice(ref)
    scene.wait(days=8)
    with scene.refuses("line.unknown", item=0):
        scene.confirm(notice, stand(ref) | row)


def test_a_confirmers_own_lines_stay_open_for_another_confirmer(scene: Scene) -> None:
    """Rule 22."""
    ref = scene.attend(line("V1"), line("V6"))
    notice = scene.notice(ref)
    scene.wait(days=8)
    with scene.refuses("four_eyes", item=1):
        scene.confirm(notice, stand(ref), by="T01/c2")
    scene.confirm(notice, stand(ref, 1), by="T01/c2")
    scene.pass_notice(ref)
    assert scene.state(ref, 1) == "confirmed"


# --- limits of a day ----------------------------------------------------------------------------


def long_day(scene: Scene, *rows: Row, org: str = "T01") -> tuple[str, str]:
    """Record a day from 06:00 to 21:00 and put it up for notice."""
    scene.now = at("03 05:00")
    plan = activity(f"L-{org}", "03 06:00", "03 21:00")
    scene.say("activities", plan, by=f"{org}/r1", org=org)
    scene.now = at("03 22:00")
    ref = scene.attend(*rows, to=f"L-{org}", by=f"{org}/r1", org=org)
    notice = scene.notice(ref, by=f"{org}/r1", org=org)
    scene.wait(days=8)
    return ref, notice


def test_eight_hours_a_day_stand_and_more_needs_approval(scene: Scene) -> None:
    """Rule 17."""
    rows = line("V1", "03 06:00", "03 14:00"), line("V2", "03 06:00", "03 14:01")
    ref, notice = long_day(scene, *rows)
    for approved in ((), (0,)):
        with scene.refuses("time.needs_approval", item=1):
            scene.confirm(notice, stand(ref, approved=approved))
    scene.confirm(notice, stand(ref, approved=(1,)))


def test_above_twelve_hours_a_confirmer_from_above_approves(scene: Scene) -> None:
    """Rule 17: appointed above the activity's organisation."""
    rows = line("V1", "03 06:00", "03 18:00"), line("V2", "03 06:00", "03 18:01")
    ref, notice = long_day(scene, *rows)
    with scene.refuses("not_authorised", item=1):
        scene.confirm(notice, stand(ref, approved=(0, 1)))
    with scene.refuses("time.needs_approval", item=0):
        scene.confirm(notice, stand(ref), by="KX/c1", org="KX")
    scene.confirm(notice, stand(ref, approved=(0, 1)), by="KX/c1", org="T01")


def test_nobody_is_above_the_root_but_its_own_confirmer(scene: Scene) -> None:
    ref, notice = long_day(scene, line("V1", "03 06:00", "03 20:00"), org="KX")
    scene.confirm(notice, stand(ref, approved=(0,)), by="KX/c1", org="KX")


def test_a_confirmer_for_the_ledger_is_above_all(scene: Scene) -> None:
    scene.now = at("02 09:00")
    scene.appoint("KX/c9", "confirmer", "*", "p-c99")
    ref, notice = long_day(scene, line("V1", "03 06:00", "03 20:00"))
    scene.confirm(notice, stand(ref, approved=(0,)), by="KX/c9", org="T01")


def test_minutes_of_a_day_add_up_over_lines_that_stand(scene: Scene) -> None:
    """Waiting and void lines do not count; lines of the same confirmation do."""
    rows = line("V1", "03 06:00", "03 11:00"), line("V1", "03 11:00", "03 14:30")
    ref, notice = long_day(scene, *rows, line("V2"))
    with scene.refuses("time.needs_approval", item=1, says="510"):
        scene.confirm(notice, stand(ref))
    scene.confirm(notice, stand(ref, 1))
    again = scene.notice(ref)
    scene.wait(days=8)
    with scene.refuses("time.needs_approval", item=1, says="510"):
        scene.confirm(again, stand(ref))
    scene.correct((ref, 0))
    scene.confirm(again, stand(ref, 0))


def test_minutes_are_split_at_midnight(scene: Scene) -> None:
    """Rule 16: sessions across midnight are split by day for caps."""
    scene.say("activities", activity("N1", "04 18:00", "05 06:00"), by="T01/r1", org="T01")
    scene.now = at("05 22:00")
    plan = activity("N2", "05 06:00", "05 09:00")
    scene.say("activities", plan, by="T01/r1", org="T01")
    night = scene.attend(line("V1", "04 18:00", "05 06:00"), to="N1")
    scene.pass_notice(night)  # six hours on each day
    day = scene.attend(
        line("V1", "05 06:00", "05 09:00", "C"), to="N2", reason=some("published late")
    )
    notice = scene.notice(day)
    scene.wait(days=8)
    with scene.refuses("time.needs_approval", item=0, says="540"):
        scene.confirm(notice, stand(day))


# --- correction ---------------------------------------------------------------------------------


def test_a_correction_voids_confirmed_lines_once_each(scene: Scene) -> None:
    ref = scene.attend(line("V1"), line("V2"))
    with scene.refuses("line.state", item=0):
        scene.correct((ref, 0))
    scene.pass_notice(ref)
    with scene.refuses("line.state", item=1):
        scene.correct((ref, 0), (ref, 0))
    with scene.refuses("line.unknown", item=0):
        scene.correct((ref, 2))
    scene.correct((ref, 0), (ref, 1))
    assert (scene.state(ref, 0), scene.state(ref, 1)) == ("void", "void")


def test_a_correction_is_by_another_person_than_recorder_and_volunteer(scene: Scene) -> None:
    """Rule 24."""
    ref = scene.attend(line("V1"), line("V6"))
    scene.pass_notice(ref)
    with scene.refuses("four_eyes", item=0):
        scene.correct((ref, 0), by="T01/c3")
    with scene.refuses("four_eyes", item=1):
        scene.correct((ref, 0), (ref, 1), by="T01/c2")
    scene.correct((ref, 0), by="T01/c2")


def test_a_void_line_frees_its_time(scene: Scene) -> None:
    ref = scene.attend(line("V1"))
    scene.pass_notice(ref)
    with scene.refuses("time.overlap", item=0):
        scene.attend(line("V1"))
    scene.correct((ref, 0))
    scene.attend(line("V1"))
