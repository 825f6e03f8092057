"""Service lines as they are recorded: class, person, time, and what they replace."""

import pytest

from ledger.rules import attendance, lines
from tests.scene import RULES, Scene, activity, at, line, some, stand


@pytest.fixture
def scene() -> Scene:
    return Scene.ready()


def publish(scene: Scene, code: str, start: str, end: str, by: str = "T01/r1") -> None:
    scene.say("activities", activity(code, start, end), by=by, org=by.split("/", maxsplit=1)[0])


# --- what a sheet is ----------------------------------------------------------------------------


def test_a_sheet_is_recorded_with_its_lines(scene: Scene) -> None:
    ref = scene.attend(line("V1"), line("V2", end="03 10:00"))
    sheet = scene.sheet(ref)
    assert (sheet.person, sheet.count, sheet.late, sheet.state) == ("p-r1", 2, False, "recorded")
    assert [found.minutes for found in scene.book.lines_of(sheet)] == [180, 60]
    assert scene.state(ref) == "recorded"
    assert lines.place(scene.book, scene.line(ref, 1)) == f"{sheet.entry}:2"


def test_attendance_is_of_an_activity_of_the_organisation(scene: Scene) -> None:
    for to, by, org in (("A9", "T01/r1", "T01"), ("A1", "T02/r1", "T02"), ("A1", "KX/r1", "KX")):
        with scene.refuses("activity.unknown"):
            scene.attend(line("V1"), to=to, by=by, org=org)


# --- classes ------------------------------------------------------------------------------------


def test_attendance_is_in_time_up_to_the_tenth_working_day(scene: Scene) -> None:
    """Rule 20: the day the activity ended is not counted, day 10 is; Saturday the 7th is worked."""
    assert RULES.attendance_due("2026-03-03") == "2026-03-16"
    scene.now = at("16 23:59")
    assert not scene.sheet(scene.attend(line("V1", class_="A"))).late
    scene.now = at("17 00:00")
    with scene.refuses("evidence.too_strong", item=0):
        scene.attend(line("V2"))
    late = scene.attend(line("V2", class_="C"), reason=some("forgotten"))
    assert scene.sheet(late).late
    assert attendance.best_class(scene.activity(), late=True) == "C"


def test_class_c_needs_a_reason(scene: Scene) -> None:
    """Rule 19."""
    with scene.refuses("evidence.reason_missing", item=1):
        scene.attend(line("V1"), line("V2", class_="C"))
    scene.attend(line("V1"), line("V2", class_="C"), reason=some("forgotten"))


def test_lines_of_an_activity_published_late_are_class_c_or_l(scene: Scene) -> None:
    """Rule 9."""
    publish(scene, "A2", "03 09:00", "03 12:00")
    for class_ in "AB":
        with scene.refuses("evidence.too_strong", item=0):
            scene.attend(line("V1", class_=class_), to="A2", reason=some("late"))
    scene.attend(line("V1", class_="C"), line("V2", class_="L"), to="A2", reason=some("late"))


def test_lines_of_an_activity_moved_late_are_class_b_at_best(scene: Scene) -> None:
    """Rule 9; lines recorded before the move are not judged again."""
    before = scene.attend(line("V1", class_="A"))
    scene.say("activities", activity("A1"), by="T01/r1", org="T01")
    with scene.refuses("evidence.too_strong", item=0):
        scene.attend(line("V2", class_="A"))
    scene.attend(line("V2"))
    assert scene.line(before).class_ == "A"


def test_old_hours_need_no_calendar_of_their_year_and_may_be_long(scene: Scene) -> None:
    """Class L, and Working days in RULES.md: the count stops at the eleventh day."""
    publish(scene, "OLD", "2015-05-01 00:00", "2015-05-03 00:00")
    start, end = "2015-05-01 00:00", "2015-05-03 00:00"
    ref = scene.attend(line("V1", start, end, "L"), to="OLD")
    assert scene.sheet(ref).late
    with scene.refuses("time.too_long", item=0):
        scene.attend(line("V2", start, end, "C"), to="OLD", reason=some("late"))


# --- persons ------------------------------------------------------------------------------------


def test_nobody_records_himself(scene: Scene) -> None:
    """Rule 22: the recorder's own row is sent by another recorder."""
    with scene.refuses("four_eyes", item=1):
        scene.attend(line("V1"), line("V5"), by="T01/r2")
    scene.attend(line("V1"), line("V5"), by="T01/r1")


def test_a_volunteer_is_registered_and_neither_erased_nor_restricted(scene: Scene) -> None:
    scene.say("restriction", {"volunteer": "V1"}, reason="asked")
    scene.say("erasure", {"volunteer": "V2"}, reason="asked")
    for number, code in (("V99", "volunteer.unknown"), ("V1", "volunteer.not_active"),
                         ("V2", "volunteer.not_active")):  # fmt: skip
        with scene.refuses(code, item=1):
            scene.attend(line("V3"), line(number))


def test_active_is_judged_at_the_start_of_the_service(scene: Scene) -> None:
    """RULES.md: who left later keeps the line; who registered later has it too."""
    publish(scene, "A2", "04 09:00", "04 12:00")
    for number in ("V1", "V2"):
        row = {"volunteer": number, "reason": "own"}
        scene.say("departure", {**row}, by="T01/r1", org="T01")
        scene.wait(days=1)
    scene.now = at("05 09:00")  # V1 left on the 3rd at 13:00, V2 on the 4th at 13:00
    scene.attend(line("V1"), line("V2"))
    with scene.refuses("volunteer.not_active", item=0):
        scene.attend(line("V1", "04 09:00", "04 12:00"), to="A2")
    scene.attend(line("V2", "04 09:00", "04 12:00"), to="A2")


def test_who_leaves_as_the_service_starts_has_left(scene: Scene) -> None:
    scene.now = at("04 08:00")
    publish(scene, "A2", "04 09:00", "04 12:00")
    scene.now = at("04 09:00")
    scene.say("departure", {"volunteer": "V1", "reason": "own"}, by="T01/r1", org="T01")
    scene.now = at("04 13:00")
    with scene.refuses("volunteer.not_active", item=0):
        scene.attend(line("V1", "04 09:00", "04 12:00"), to="A2")


def test_membership_of_the_team_is_not_required(scene: Scene) -> None:
    publish(scene, "B1", "04 09:00", "04 12:00", by="T02/r1")
    scene.now = at("04 13:00")
    scene.attend(line("V1", "04 09:00", "04 12:00"), to="B1", by="T02/r1", org="T02")


# --- time ---------------------------------------------------------------------------------------


def test_a_line_is_what_is_due_or_fewer_minutes(scene: Scene) -> None:
    """RULES.md, Credited: cut exactly to the window; stated hours if fewer."""
    early = {"arrived": at("03 08:40"), "left": at("03 12:20")}
    scene.attend(line("V1", **early), line("V2", minutes=100))
    for wrong in (line("V3", minutes=181), line("V3", left=at("03 11:00")),
                  line("V3", start="03 08:40")):  # fmt: skip
        with scene.refuses("time.exceeds_interval", item=0):
            scene.attend(wrong)


def test_a_roll_call_is_the_whole_window(scene: Scene) -> None:
    row = line("V1")
    del row["arrived"], row["left"]
    ref = scene.attend(row)
    assert scene.line(ref).minutes == 180
    row = line("V2", end="03 11:00")
    del row["arrived"], row["left"]
    with scene.refuses("time.exceeds_interval", item=0):
        scene.attend(row)


def test_the_reasons_of_a_row_come_with_its_number(scene: Scene) -> None:
    cases = {
        "time.missing": line("V2"),
        "time.reversed": line("V2", arrived=at("03 12:00"), left=at("03 09:00")),
        "time.future": line("V2", left=at("03 14:00")),
        "time.outside_activity": line("V2", arrived=at("03 08:00")),
    }
    del cases["time.missing"]["left"]
    for code, row in cases.items():
        with scene.refuses(code, item=1):
            scene.attend(line("V1"), row)


def test_the_same_row_twice_in_a_sheet_is_a_duplicate(scene: Scene) -> None:
    with scene.refuses("time.duplicate", item=2):
        scene.attend(line("V1"), line("V2"), line("V1"))
    with scene.refuses("time.overlap", item=1):
        scene.attend(line("V1"), line("V1", "03 11:59", "03 12:00"))


def test_intervals_of_a_person_may_touch(scene: Scene) -> None:
    scene.attend(line("V1", "03 09:00", "03 10:00"), line("V1", "03 10:00", "03 11:00"))
    scene.attend(line("V1", "03 11:00", "03 12:00"))


def test_intervals_of_a_person_do_not_overlap_anywhere_in_the_ledger(scene: Scene) -> None:
    """Rule 15: across all teams; a line that waits blocks, and the refusal names it."""
    scene.now = at("03 08:00")
    publish(scene, "B1", "03 11:00", "03 13:00", by="T02/r1")
    scene.now = at("03 13:00")
    place = f"{scene.sheet(scene.attend(line('V2'), line('V1'))).entry}:2"
    with scene.refuses("time.overlap", item=0, says=place):
        scene.attend(line("V1"))
    with scene.refuses("time.overlap", item=0, says=place):
        scene.attend(line("V1", "03 11:00", "03 13:00"), to="B1", by="T02/r1", org="T02")
    scene.attend(line("V1", "03 12:00", "03 13:00"), to="B1", by="T02/r1", org="T02")


# --- replaces -----------------------------------------------------------------------------------


def test_a_line_replaces_one_that_waits_and_takes_its_time(scene: Scene) -> None:
    ref = scene.attend(line("V1"), line("V2"))
    new = scene.attend(line("V1", end="03 11:00", replaces=[ref, 0]))
    assert scene.state(ref) == "replaced"
    assert scene.state(new) == "recorded"
    assert scene.state(ref, 1) == "recorded"


def test_time_of_a_replaced_line_is_free_for_every_row_of_the_sheet(scene: Scene) -> None:
    ref = scene.attend(line("V1"))
    scene.attend(
        line("V1", "03 09:00", "03 10:00"), line("V1", "03 10:00", "03 11:00", replaces=[ref, 0])
    )


def test_a_line_replaces_one_of_its_volunteer_and_activity(scene: Scene) -> None:
    scene.now = at("03 08:00")
    publish(scene, "A2", "03 09:00", "03 12:00")
    scene.now = at("03 13:00")
    ref = scene.attend(line("V1"))
    with scene.refuses("line.state", item=0):
        scene.attend(line("V2", replaces=[ref, 0]))
    with scene.refuses("line.state", item=0):
        scene.attend(line("V1", replaces=[ref, 0]), to="A2")
    with scene.refuses("line.unknown", item=0):
        scene.attend(line("V3", replaces=[ref, 1]))
    with scene.refuses("attendance.unknown", item=0):
        scene.attend(line("V3", replaces=[some("x"), 1]))


def test_a_line_is_replaced_once(scene: Scene) -> None:
    ref = scene.attend(line("V1"))
    rows = (
        line("V1", "03 09:00", "03 10:00", replaces=[ref, 0]),
        line("V1", "03 10:00", "03 11:00", replaces=[ref, 0]),
    )
    with scene.refuses("line.state"):
        scene.attend(*rows)
    scene.attend(rows[0])
    with scene.refuses("line.state", item=0):
        scene.attend(rows[1])


def test_a_confirmed_line_is_not_replaced_but_corrected_first(scene: Scene) -> None:
    """Rule 24: a void by another person, then a new line through notice and confirmation."""
    ref = scene.attend(line("V1"))
    scene.pass_notice(ref)
    row = line("V1", minutes=60, replaces=[ref, 0])
    with scene.refuses("line.state", item=0):
        scene.attend(row)
    scene.correct((ref, 0))
    new = scene.attend(row)
    assert scene.state(ref) == "void"
    notice = scene.notice(new)
    scene.wait(days=8)
    scene.confirm(notice, stand(new))
    assert (scene.state(ref), scene.state(new)) == ("void", "confirmed")
