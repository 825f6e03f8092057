"""Every pattern of fraud, planted just above its threshold and just below: only the first is told.

Each is planted as signed statements that the rules admit, entry by entry, save the overlap, which
they refuse: that one is written past them.
"""

from collections.abc import Callable, Iterator

import pytest

from ledger.anomalies.gathering import Asked
from ledger.anomalies.look import Private, Report, look
from ledger.anomalies.patterns import PATTERNS
from ledger.anomalies.reading import Logged
from ledger.rulesets import Anomalies, Ruleset
from tests.scene import (
    CALENDAR,
    RULES,
    Row,
    Scene,
    activity,
    at,
    line,
    organisation,
    some,
    volunteer,
)

Plant = Callable[[bool], Report]
VAULT = Private({}, {}.get)  # type: ignore[arg-type]


def log(scene: Scene) -> Callable[[], Iterator[Logged]]:
    return lambda: ((one.index, one.entry, one.items) for one in scene.log)


def seen(scene: Scene, **more: object) -> Report:
    return look(log(scene), **{"private": VAULT} | more)  # type: ignore[arg-type]


def codes(report: Report) -> set[str]:
    return {one.pattern.code for one in report.findings}


def ready(people: int = 0, rules: Ruleset = RULES) -> Scene:
    """Return the scene with so many more volunteers, P1 and on, registered before the activity."""
    scene = Scene.ready(rules)
    scene.now = at("03 08:00")
    if people:
        scene.say("volunteers", *map(volunteer, crowd(people)), by="T01/r1", org="T01")
    return scene


def crowd(people: int, start: int = 1) -> list[str]:
    return [f"P{n}" for n in range(start, start + people)]


def plan(scene: Scene, code: str, start: str, end: str, org: str = "T01") -> None:
    scene.say("activities", activity(code, start, end), by=recorder(org), org=org)


def recorder(org: str) -> str:
    """Return who records for a team; T03 has nobody of its own."""
    return "KX/r1" if org == "T03" else f"{org}/r1"


def scattered(people: list[str], class_: str = "B", day: str = "03") -> list[Row]:
    """Return lines as people sign them: at odd minutes, no more than a few alike."""
    ends = [f"{day} 11:{31 + n % 28:02d}" for n in range(len(people))]
    return [line(who, f"{day} 09:01", end, class_) for who, end in zip(people, ends, strict=True)]


def overlap(above: bool) -> Report:
    scene = ready()
    plan(scene, "A2", "03 11:00", "03 15:00")
    scene.now = at("03 16:00")
    scene.attend(line("V1"))
    second = line("V1", "03 11:59" if above else "03 12:00", "03 15:00")
    entry, items = scene.write("attendance", second, by="T01/r1", org="T01", activity="A2")
    past_the_rules = [(one.index, one.entry, one.items) for one in scene.log]
    return look(lambda: [*past_the_rules, (len(scene.log), entry, items)], private=VAULT)


def long_day(above: bool, end: int = 16) -> Report:
    scene = ready()
    plan(scene, "A2", "04 06:00", "04 23:00")
    scene.now = at("05 10:00")
    first = end - 8 if end == 16 else end - 12
    last = f"04 {end}:{1 if above else 0:02d}"
    scene.attend(line("V1", f"04 {first:02d}:00", last), to="A2")
    return seen(scene)


def very_long_day(above: bool) -> Report:
    return long_day(above, end=19)


def full_days(above: bool) -> Report:
    scene = ready()
    for day in range(4, 12 if above else 11):
        plan(scene, f"D{day}", f"{day:02d} 08:00", f"{day:02d} 16:00")
        scene.now = at(f"{day:02d} 18:00")
        scene.attend(line("V1", f"{day:02d} 08:00", f"{day:02d} 16:00"), to=f"D{day}")
    return seen(scene)


def late(above: bool) -> Report:
    scene = ready(25)
    scene.now = at("04 13:00")
    scene.attend(*(line(who, class_="C") for who in crowd(5)), reason=some("x"))
    scene.attend(*(line(who) for who in crowd(19 if above else 20, 6)))
    return seen(scene)


def soon(above: bool) -> Report:
    scene = ready()
    scene.now = at("03 18:00")
    plan(scene, "A2", "03 14:00", "03 16:00")
    scene.now = f"2026-03-03T18:0{'4:59' if above else '5:00'}+08:00"
    scene.attend(line("V1", "03 14:00", "03 16:00", "C"), to="A2", reason=some("x"))
    return seen(scene)


def early(above: bool) -> Report:
    scene = ready()
    scene.now = at("03 11:59" if above else "03 12:00")
    scene.attend(line("V1", "03 09:00", "03 11:10"))
    return seen(scene)


def same_times(above: bool) -> Report:
    scene = ready(51)
    scene.now = at("03 13:00")
    scene.attend(*(line(who, "03 09:00", "03 11:50") for who in crowd(51 if above else 50)))
    return seen(scene)


def same_reason(above: bool) -> Report:
    lax = Ruleset(calendar=CALENDAR, anomalies=Anomalies(late_share=100))
    scene = ready(51, lax)
    scene.now = at("03 13:00")
    scene.attend(*scattered(crowd(25), "C"), reason=some("same"))
    scene.attend(*scattered(crowd(26 if above else 25, 26), "C"), reason=some("alike"))
    said = {some("same"): "停电", some("alike"): "停电"}
    return seen(scene, private=Private({}, lambda commitment: said[commitment]))


def no_times(above: bool) -> Report:
    scene = ready(10)
    scene.now = at("03 13:00")
    bare = [unsigned(line(who)) for who in crowd(9)]
    scene.attend(*bare, unsigned(line("P10")) if above else line("P10"))
    return seen(scene)


def unsigned(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("arrived", "left")}


def rate(above: bool) -> Report:
    scene = ready(201)
    scene.now = at("03 13:00")
    scene.attend(*scattered(crowd(100)))
    scene.now = "2026-03-03T13:59:59+08:00"
    scene.attend(*scattered(crowd(101 if above else 100, 101)))
    return seen(scene)


def night(above: bool) -> Report:
    scene = ready(51)
    scene.now = "2026-03-04T04:59:59+08:00"
    scene.attend(*scattered(crowd(51 if above else 50)))
    return seen(scene)


def pair(above: bool) -> Report:
    scene = ready(20)
    scene.appoint("T01/c4", "confirmer", "T01", "p-c4")
    sheets = []
    for n in range(2, 22 if above else 21):
        plan(scene, f"A{n}", "03 09:00", "03 12:00")
    scene.now = at("03 13:00")
    for n, who in enumerate(crowd(20 if above else 19), start=2):
        sheets.append(scene.attend(line(who), to=f"A{n}"))
    scene.pass_notice(*sheets)
    return seen(scene)


def away(above: bool) -> Report:
    scene = ready()
    scene.say("organisations", organisation("T03", area="330100"), by="KX/r1", org="KX")
    for n in range(6 if above else 5):
        day = f"{4 + n:02d}"
        plan(scene, f"B{n}", f"{day} 09:00", f"{day} 12:00", "T03")
        scene.now = at(f"{day} 13:00")
        row = line("V1", f"{day} 09:00", f"{day} 12:00")
        scene.attend(row, to=f"B{n}", by="KX/r1", org="T03")
    return seen(scene)


def month_end(above: bool) -> Report:
    scene = ready(60)
    plan(scene, "A2", "17 09:00", "17 12:00")
    scene.now = at("17 13:00")
    rows = [line(who, "17 09:00", "17 12:00") for who in crowd(60)]
    scene.attend(*rows[: 29 if above else 30], to="A2")
    scene.now = at("30 13:00")
    scene.attend(*rows[30:], to="A2")
    return seen(scene)


def spike(above: bool) -> Report:
    scene = ready(101)
    for month in range(3, 9):
        people = crowd(20 if month < 8 else 101 if above else 100)
        served(scene, f"M{month}", f"2026-{month:02d}-11", people)
    return seen(scene)


def served(scene: Scene, code: str, day: str, people: list[str], org: str = "T01") -> None:
    """Publish an activity in the morning, and record at noon who came."""
    scene.now = f"{day}T08:00:00+08:00"
    plan(scene, code, f"{day} 09:00", f"{day} 12:00", org)
    scene.now = f"{day}T13:00:00+08:00"
    rows = scattered(people, day=day)
    scene.attend(*rows, to=code, org=org, by=recorder(org))


def registered_after(above: bool) -> Report:
    scene = ready()
    scene.now = at("04 00:00") if above else "2026-03-03T23:59:59+08:00"
    scene.say("volunteers", volunteer("W1"), by="T01/r1", org="T01")
    scene.now = at("04 10:00")
    scene.attend(line("W1"))
    return seen(scene)


def round_times(above: bool) -> Report:
    scene = ready(50)
    full = 46 if above else 45
    scene.now = at("03 13:00")
    rows = [line(who, "03 09:00", "03 11:30") for who in crowd(full)]
    scene.attend(*rows, *(line(who, "03 09:00", "03 11:31") for who in crowd(50 - full, full + 1)))
    return seen(scene)


def backfill(above: bool, *, hours: int = 23, minutes: int = 59) -> Report:
    scene = ready()
    ends = ("14:40", "14:40", "14:41" if above else "14:40")
    sheets = []
    for day, end in zip(("04", "05", "06"), ends, strict=True):
        plan(scene, f"C{day}", f"{day} 08:00", f"{day} 16:00")
        scene.now = at(f"{day} 18:00")
        row = line("V1", f"{day} 08:00", f"{day} {end}", "C")
        sheets.append(scene.attend(row, to=f"C{day}", reason=some("x")))
    scene.pass_notice(*sheets)
    scene.wait(hours=hours)
    scene.wait(minutes=minutes)
    scene.certify("V1", *((ref, (0,)) for ref in sheets))
    return seen(scene)


PLANTS: dict[str, Plant] = {
    "overlap": overlap,
    "day.long": long_day,
    "day.very_long": very_long_day,
    "days.full": full_days,
    "late": late,
    "soon": soon,
    "early": early,
    "times.same": same_times,
    "reason.same": same_reason,
    "times.none": no_times,
    "rate": rate,
    "night": night,
    "pair": pair,
    "away": away,
    "month.end": month_end,
    "month.spike": spike,
    "registered.after": registered_after,
    "times.round": round_times,
    "certificate.backfill": backfill,
}
BELOW = {"day.very_long": {"day.long"}}  # 12 h are above 8 h


def test_every_pattern_is_planted() -> None:
    assert list(PLANTS) == [pattern.code for pattern in PATTERNS]


@pytest.mark.parametrize("code", PLANTS)
def test_just_above_the_threshold_is_found(code: str) -> None:
    report = PLANTS[code](True)
    assert codes(report) == {code}
    assert report.unread == ()
    for one in report.findings:
        assert one.doubt.lines
        assert one.doubt.numbers
        assert one.doubt.en != one.doubt.zh


@pytest.mark.parametrize("code", PLANTS)
def test_just_below_the_threshold_is_not(code: str) -> None:
    assert codes(PLANTS[code](False)) == BELOW.get(code, set())


def test_a_finding_names_its_lines() -> None:
    (found,) = late(True).findings
    (span,) = found.doubt.lines
    assert (str(span), span.size) == (f"{span.entry}:1-5", 5)
    assert found.doubt.numbers == {"lines": 5, "of": 24, "per_cent": 20, "limit": 20}
    assert "24" in found.doubt.zh
    assert "24" in found.doubt.en


# --- what makes a case honest, or no case at all ------------------------------------------------


def test_a_share_of_very_few_is_none() -> None:
    scene = ready(4)
    scene.now = at("04 13:00")
    scene.attend(*(line(who, class_="C") for who in crowd(4)), reason=some("x"))
    assert codes(seen(scene)) == set()


def test_what_was_voided_does_no_harm_any_more() -> None:
    scene = ready(60)
    scene.now = at("03 13:00")
    ref = scene.attend(*(line(who, "03 09:00", "03 11:50") for who in crowd(51)))
    assert codes(seen(scene)) == {"times.same"}
    scene.pass_notice(ref)
    scene.correct((ref, 7))
    report = seen(scene)
    assert codes(report) == set()
    assert report.lines == 50


def test_what_was_replaced_or_excepted_is_not_looked_at() -> None:
    scene = ready()
    scene.now = at("03 13:00")
    ref = scene.attend(line("V1"), line("V2"))
    scene.attend(line("V1", end="03 11:00", replaces=[ref, 0]))
    assert seen(scene).lines == 2
    notice = scene.notice(ref)
    scene.wait(days=8)
    scene.confirm(notice, {"attendance": ref, "except": [0, 1], "approved": []})
    assert seen(scene).lines == 1
    again = scene.notice(ref)
    scene.wait(days=8)
    scene.confirm(again, {"attendance": ref, "except": [0], "approved": []})
    assert seen(scene).lines == 2


def test_two_officers_who_are_all_there_are_are_no_pair() -> None:
    """A county of two officers, and of three where the chair stands in."""
    scene = ready(40)
    sheets = []
    for n in range(2, 42):
        plan(scene, f"A{n}", "03 09:00", "03 12:00")
    scene.now = at("03 13:00")
    for n, who in enumerate(crowd(40), start=2):
        sheets.append(scene.attend(line(who), to=f"A{n}"))
    scene.pass_notice(*sheets)  # T01/c1; T01/c2 is another person, T01/c3 is the recorder himself
    assert codes(seen(scene)) == set()


def test_who_was_appointed_later_could_not_have_confirmed() -> None:
    scene = ready(20)
    for n in range(2, 22):
        plan(scene, f"A{n}", "03 09:00", "03 12:00")
    scene.now = at("03 13:00")
    sheets = [scene.attend(line(who), to=f"A{n}") for n, who in enumerate(crowd(20), start=2)]
    scene.pass_notice(*sheets)
    scene.appoint("T01/c4", "confirmer", "T01", "p-c4")
    assert codes(seen(scene)) == set()


def test_who_was_dismissed_before_could_not_either() -> None:
    scene = ready(20)
    scene.appoint("T01/c4", "confirmer", "T01", "p-c4")
    gone = scene.appointment("T01/c4")
    scene.say("dismissal", appointment=gone, since=scene.now)
    for n in range(2, 22):
        plan(scene, f"A{n}", "03 09:00", "03 12:00")
    scene.now = at("03 13:00")
    sheets = [scene.attend(line(who), to=f"A{n}") for n, who in enumerate(crowd(20), start=2)]
    scene.pass_notice(*sheets)
    assert codes(seen(scene)) == set()


def test_older_systems_had_other_habits() -> None:
    """Class L: imported at night, in bulk, of people registered only now, at round times."""
    scene = ready(120)
    scene.now = at("04 02:00")
    scene.attend(*(line(who, class_="L", end="03 11:30") for who in crowd(120)))
    assert codes(seen(scene)) == set()


def test_an_activity_of_many_days_is_recorded_day_by_day() -> None:
    scene = ready()
    plan(scene, "A2", "04 08:00", "09 18:00")
    scene.now = at("04 19:00")
    scene.attend(line("V1", "04 09:00", "04 12:00"), to="A2")
    assert codes(seen(scene)) == set()


def test_an_approved_day_says_so() -> None:
    scene = ready()
    plan(scene, "A2", "04 06:00", "04 23:00")
    scene.now = at("05 10:00")
    ref = scene.attend(line("V1", "04 08:00", "04 16:30"), to="A2")
    assert "尚未批准" in seen(scene).findings[0].doubt.zh
    notice = scene.notice(ref)
    scene.wait(days=8)
    scene.confirm(notice, {"attendance": ref, "except": [], "approved": [0]})
    assert "已逐条批准" in seen(scene).findings[0].doubt.zh
    assert "approved by name" in seen(scene).findings[0].doubt.en


def test_a_month_that_was_busy_for_all_is_no_spike() -> None:
    scene = ready(101)
    others = [f"Q{n}" for n in range(130)]
    scene.say("volunteers", *map(volunteer, others), by="T02/r1", org="T02")
    for month in range(3, 9):
        served(scene, f"M{month}", f"2026-{month:02d}-11", crowd(20 if month < 8 else 101))
        there = others[: 20 if month < 8 else 110]
        served(scene, f"N{month}", f"2026-{month:02d}-12", there, org="T02")
    assert codes(seen(scene)) == set()
    assert codes(seen(scene, asked=Asked("T01"))) == set()  # the others are known all the same


def test_lines_an_hour_apart_are_not_in_one_hour() -> None:
    scene = ready(201)
    scene.now = at("03 13:00")
    scene.attend(*scattered(crowd(101)))
    scene.now = at("03 14:00")
    scene.attend(*scattered(crowd(100, 102)))
    assert codes(seen(scene)) == set()


def test_five_in_the_morning_is_no_night() -> None:
    scene = ready(60)
    scene.now = at("04 05:00")
    scene.attend(*scattered(crowd(60)))
    assert codes(seen(scene)) == set()


def test_a_certificate_a_day_later_is_no_hurry() -> None:
    assert codes(backfill(True, hours=24, minutes=0)) == set()


def test_an_area_within_the_other_is_no_other() -> None:
    """440105 lies in 440100; and what a volunteer stated himself comes before his organisations."""
    scene = ready()
    scene.say("organisations", organisation("T03", area="440105"), by="KX/r1", org="KX")
    for n in range(8):
        day = f"{4 + n:02d}"
        plan(scene, f"B{n}", f"{day} 09:00", f"{day} 12:00", "T03")
        scene.now = at(f"{day} 13:00")
        row = line("V1", f"{day} 09:00", f"{day} 12:00")
        scene.attend(row, to=f"B{n}", by="KX/r1", org="T03")
    assert codes(seen(scene)) == set()
    assert codes(seen(scene, private=Private({"V1": "440105"}, VAULT.reason))) == set()
    assert codes(seen(scene, private=Private({"V1": "330100"}, VAULT.reason))) == {"away"}


# --- what is asked for, and what cannot be known ------------------------------------------------


def test_an_organisation_is_asked_for_with_those_below_it() -> None:
    scene = ready(51)
    scene.now = at("03 13:00")
    scene.attend(*(line(who, "03 09:00", "03 11:50") for who in crowd(51)))
    assert codes(seen(scene, asked=Asked("T02"))) == set()
    assert codes(seen(scene, asked=Asked("T01"))) == {"times.same"}
    assert codes(seen(scene, asked=Asked("KX"))) == {"times.same"}


@pytest.mark.parametrize(
    ("since", "until", "lines"),
    [("2026-03-03", "2026-03-03", 51), ("2026-03-04", "9999-12-31", 0), ("", "2026-03-02", 0)],
)
def test_days_of_service_are_asked_for(since: str, until: str, lines: int) -> None:
    scene = ready(51)
    scene.now = at("03 13:00")
    scene.attend(*(line(who, "03 09:00", "03 11:50") for who in crowd(51)))
    assert seen(scene, asked=Asked("", since, until)).lines == lines


def test_without_a_vault_it_is_said_what_cannot_be_judged() -> None:
    report = look(log(ready()), private=None)
    assert [one.pattern.code for one in report.unjudged] == ["reason.same", "away"]
    assert not seen(ready()).unjudged


def test_the_newest_ruleset_gives_the_thresholds_and_others_may_be_named() -> None:
    scene = ready(51)
    strict = Ruleset(calendar=CALENDAR, anomalies=Anomalies(same_times=2))
    scene.now = at("03 13:00")
    scene.attend(*(line(who, "03 09:00", "03 11:50") for who in crowd(3)))
    assert codes(seen(scene)) == set()
    assert codes(seen(scene, rules=strict)) == {"times.same"}
    scene.adopt(strict, "2026-03-04")
    assert codes(seen(scene)) == {"times.same"}


def test_what_cannot_be_read_is_named_and_does_not_stop_the_rest() -> None:
    scene = ready(51)
    scene.now = at("03 13:00")
    scene.attend(*(line(who, "03 09:00", "03 11:50") for who in crowd(51)))
    scene.attend(line("V1"))
    whole = [(one.index, one.entry, one.items) for one in scene.log]
    index, entry, _ = whole[-1]
    for row in (b"{", b"[" * 10_000, b'{"salt":1}', whole[-1][2][0].replace(b"T09", b"T99")):
        report = look(lambda: [*whole[:-1], (index, entry, (row,)), (index + 1, b"?", ())])  # noqa: B023
        assert codes(report) == {"times.same"}
        assert report.unread == (index,)
    report = look(lambda: [*whole[:-1], (index, entry, whole[-1][2] * 10_001)])
    assert report.unread == (index,)


def test_a_ledger_that_adopted_no_rules_is_looked_at_by_the_defaults() -> None:
    scene = ready(51)
    scene.now = at("03 13:00")
    scene.attend(*(line(who, "03 09:00", "03 11:50") for who in crowd(51)))
    rest = [(one.index, one.entry, one.items) for one in scene.log if one.index != 1]
    assert codes(look(lambda: rest, private=VAULT)) == {"times.same"}
