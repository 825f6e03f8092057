"""Stars: proposed by the figures, decided by a person, in order (rules 26 to 28)."""

import pytest

from ledger.incentives import Level, Stars
from ledger.records import Notice
from ledger.rules.awards import counted_minutes, due_level
from tests.economy import LADDER, award, granted, open_year, propose, served, shift, state, stood
from tests.scene import RULES, Json, Row, Scene, at, line, some, stand


def begun(stars: Stars = LADDER) -> Scene:
    return Scene.ready(RULES.model_copy(update={"stars": stars}))


@pytest.fixture
def scene() -> Scene:
    """Give a ledger in which V1 and V2 have three confirmed hours, and stars begin at two."""
    found = begun()
    served(found, "V1", "V2")
    return found


def sheet(scene: Scene) -> str:
    """Return the first sheet."""
    return next(told.ref for told in scene.log if told.heard.statement.head.kind == "attendance")


def decide(scene: Scene, notice: str, *rows: Row) -> str:
    return scene.say("award", *rows, by="KX/i1", org="KX", reason="due", notice=notice).ref


def decided(number: str, decision: str = "granted", level: int = 1) -> Row:
    return {"volunteer": number, "level": level, "decision": decision}


# --- hours --------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [0, 1])
def test_exactly_100_hours_are_enough_and_a_minute_less_is_not(missing: int) -> None:
    """Rule 26, on the ladder of 2012: three lines of an older system, unrounded."""
    scene = begun(Stars())
    open_year(scene)
    ends = ("2026-01-06 09:20", "2026-01-08 09:20", f"2026-01-10 09:{20 - missing}")
    rows = [line("V1", f"{end[:8]}{int(end[8:10]) - 1:02d} 00:00", end, "L") for end in ends]
    ref = scene.attend(*rows, to="Y1")
    notice = scene.notice(ref)
    scene.wait(days=8)
    scene.confirm(notice, stand(ref, approved=(0, 1, 2)), by="KX/c1", org="KX")
    assert counted_minutes(scene.book, Stars(), "V1") == 6000 - missing
    if missing:
        with scene.refuses("star.hours", item=0, says="5999"):
            propose(scene, "V1")
    else:
        granted(scene)
        assert state(scene) == "granted"


def test_the_threshold_of_any_ladder_is_exact() -> None:
    """Rule 26: at two hours, 120 minutes qualify and 119 do not; minutes of all lines add up."""
    scene = begun()
    open_year(scene)
    scene.now = at("20 18:00")
    stood(scene, shift("V1", "10", 0, 59), shift("V1", "11", 1), shift("V2", "10", 1, 1),
          shift("V2", "11", 0, 59))  # fmt: skip
    with scene.refuses("star.hours", item=0, says="119"):
        propose(scene, "V1")
    propose(scene, "V2")


def test_only_what_stands_counts(scene: Scene) -> None:
    """Rules 23, 26: recorded and noticed hours are none, nor those that were excepted or voided."""
    open_year(scene)
    ref = scene.attend(shift("V3", "04", 5), to="Y1", reason=some("x"))
    notice = scene.notice(ref)
    with scene.refuses("star.hours", item=0, says="0"):
        propose(scene, "V3")
    scene.wait(days=8)
    scene.confirm(notice, stand(ref, 0))
    scene.correct((sheet(scene), 1))
    for number in ("V2", "V3"):
        with scene.refuses("star.hours", item=0):
            propose(scene, number)


def test_a_ruleset_may_leave_out_what_was_written_from_memory() -> None:
    """Rule 27."""
    scene = begun(LADDER.model_copy(update={"classes": ("A", "B", "L")}))
    open_year(scene)
    scene.now = at("20 18:00")
    stood(scene, shift("V1", "10"), shift("V2", "10", class_="L"))
    with scene.refuses("star.hours", item=0, says="0"):
        propose(scene, "V1")
    propose(scene, "V2")


# --- in order -----------------------------------------------------------------------------------


def test_stars_come_in_order_and_none_is_skipped(scene: Scene) -> None:
    """Rule 27: whoever has the hours of the second asks for the first."""
    open_year(scene)
    stood(scene, shift("V1", "04", 6))
    for level in (2, 3):
        with scene.refuses("star.order", item=0, says="1"):
            propose(scene, "V1", level)
    rows: list[Row] = [{"volunteer": "V1", "level": level} for level in (1, 2)]
    with scene.refuses("star.order", item=1):
        scene.say("notice", *rows, by="T01/r1", org="T01")
    granted(scene)
    granted(scene, level=2)
    with scene.refuses("star.order", item=0, says="2"):
        propose(scene, "V1", 3)  # the ladder has no more
    assert due_level(LADDER, 2) is None


def test_a_star_is_proposed_once_at_a_time(scene: Scene) -> None:
    """Rule 27: one application a level, in one notice or in two."""
    row: Row = {"volunteer": "V1", "level": 1}
    with scene.refuses("star.state", item=1, says="V1"):
        scene.say("notice", row, row, by="T01/r1", org="T01")
    propose(scene, "V1")
    with scene.refuses("star.state", item=0):
        propose(scene, "V1")
    granted(scene, "V2")
    with scene.refuses("star.state", item=0):
        propose(scene, "V2")


def test_what_was_refused_or_withdrawn_may_be_proposed_again(scene: Scene) -> None:
    """Rule 27."""
    award(scene, propose(scene, "V1"), "V1", "refused", reason="quality")
    assert state(scene) == "refused"
    granted(scene)
    award(scene, "", "V1", "withdrawn", reason="error")
    assert state(scene) == "withdrawn"
    granted(scene)
    assert state(scene) == "granted"


def test_the_highest_star_goes_first(scene: Scene) -> None:
    """Rule 28: withdrawn by a decision, one after the other."""
    open_year(scene)
    stood(scene, shift("V1", "04", 6))
    with scene.refuses("star.unknown", item=0):
        award(scene, "", "V1", "withdrawn")
    granted(scene)
    granted(scene, level=2)
    with scene.refuses("star.state", item=0):
        award(scene, "", "V1", "withdrawn")
    rows = [decided("V1", "withdrawn", level) for level in (2, 1)]
    with scene.refuses("star.state", item=1):
        scene.say("award", *rows, by="KX/i1", org="KX", reason="error")
    award(scene, "", "V1", "withdrawn", level=2)
    award(scene, "", "V1", "withdrawn", level=1)
    assert [state(scene, "V1", level) for level in (1, 2)] == ["withdrawn", "withdrawn"]
    with scene.refuses("star.state", item=0):
        award(scene, "", "V1", "withdrawn")


# --- notice -------------------------------------------------------------------------------------


def test_a_star_is_granted_after_three_full_working_days(scene: Scene) -> None:
    """Rule 27: from Wednesday 11 March, the day itself not counted: the 12th, 13th and 16th."""
    assert scene.now[:10] == "2026-03-11"
    notice = propose(scene, "V1")
    for time in ("11 18:00", "14 08:00", "16 23:59"):
        scene.now = at(time)
        with scene.refuses("notice.too_early", says="2026-03-11"):
            award(scene, notice, "V1")
    scene.now = at("17 00:00")
    award(scene, notice, "V1")


def test_days_off_and_days_worked_in_exchange_are_those_of_the_calendar(scene: Scene) -> None:
    """Rule 27, with 调休: 6 April is off, so the three days are 3, 7 and 8 April."""
    scene.now = at("2026-04-02 10:00")
    notice = propose(scene, "V1")
    scene.now = at("2026-04-08 23:59")
    with scene.refuses("notice.too_early"):
        award(scene, notice, "V1")
    scene.now = at("2026-04-09 00:00")
    award(scene, notice, "V1")


def test_a_refusal_waits_for_nothing_and_keeps_its_reason(scene: Scene) -> None:
    """Rule 28: with reason."""
    told = award(scene, propose(scene, "V1"), "V1", "refused", reason="quality")
    assert scene.log[-1].ref == told
    assert scene.log[-1].heard.statement.head.form()["reason"] == "quality"


def test_hours_are_looked_at_once_more_when_a_star_is_granted(scene: Scene) -> None:
    notice = propose(scene, "V1")
    scene.correct((sheet(scene), 0))
    scene.wait(days=8)
    with scene.refuses("star.hours", item=0):
        award(scene, notice, "V1")
    award(scene, notice, "V1", "refused", reason="hours")


def test_a_decision_names_the_notice_that_the_star_is_under(scene: Scene) -> None:
    mine, other = propose(scene, "V1"), propose(scene, "V2")
    scene.wait(days=8)
    for notice in (other, some("nothing"), ""):
        for decision in ("granted", "refused"):
            with scene.refuses("star.state", item=0):
                award(scene, notice, "V1", decision)
    award(scene, mine, "V1")
    with scene.refuses("star.state", item=0):
        award(scene, mine, "V1")  # it was granted


def test_only_what_was_proposed_is_decided_and_once(scene: Scene) -> None:
    """Rule 28: the machine proposes nothing by itself, and no person out of the blue."""
    notice = propose(scene, "V1")
    scene.wait(days=8)
    assert state(scene) == "proposed"
    with scene.refuses("star.unknown", item=0, says="V2"):
        award(scene, notice, "V2")
    with scene.refuses("star.unknown", item=1):
        decide(scene, notice, decided("V1"), decided("V1", "refused"))
    decide(scene, notice, decided("V1"))


def test_a_notice_is_open_while_one_of_its_stars_waits(scene: Scene) -> None:
    """Also where it holds attendance beside stars, and where one of them is reviewed later."""
    more = scene.attend(line("V3"))
    rows: list[Row] = [{"volunteer": "V1", "level": 1}, {"volunteer": "V2", "level": 1}]
    notice = scene.say("notice", *rows, {"attendance": more}, by="T01/r1", org="T01").ref
    waiting = [3]

    def look() -> None:
        found = scene.book.find(Notice, notice)
        assert found
        assert (found.waiting, found.open) == (waiting[0], waiting[0] > 0)

    look()
    scene.wait(days=8)
    decide(scene, notice, decided("V1"))
    waiting[0] = 2
    look()
    scene.correct((sheet(scene), 0))
    award(scene, "", "V1", reason="reviewed")
    look()  # V1 was decided before: nothing that waited waits no longer
    scene.confirm(notice, stand(more))
    waiting[0] = 1
    look()
    decide(scene, notice, decided("V2", "refused"))
    waiting[0] = 0
    look()


# --- who ----------------------------------------------------------------------------------------


def test_each_star_is_granted_by_its_unit() -> None:
    """Rule 27: by default the association; Fujian lets units grant by level."""
    levels = (Level(hours=2, unit="T01"), Level(hours=3))
    scene = begun(LADDER.model_copy(update={"levels": levels}))
    scene.appoint("T01/i1", "issuer", "T01", "p-ti1")
    served(scene, "V1")
    notice = propose(scene, "V1")
    scene.wait(days=8)
    for decision in ("granted", "refused"):
        with scene.refuses("not_authorised", item=0, says="T01"):
            award(scene, notice, "V1", decision)
    award(scene, notice, "V1", by="T01/i1", org="T01")
    second = propose(scene, "V1", 2)
    scene.wait(days=8)
    with scene.refuses("not_authorised", item=0, says="KX"):
        award(scene, second, "V1", level=2, by="T01/i1", org="T01")
    award(scene, second, "V1", level=2)
    with scene.refuses("not_authorised", item=0):
        award(scene, "", "V1", "withdrawn", level=2, by="T01/i1", org="T01")


@pytest.mark.parametrize("by", ["KX/r1", "KX/c1", "KX/op", "KX/a1"])
def test_issuers_alone_decide(scene: Scene, by: str) -> None:
    notice = propose(scene, "V1")
    with scene.refuses("not_authorised"):
        award(scene, notice, "V1", "refused", by=by)


def test_nobody_decides_about_his_own_star(scene: Scene) -> None:
    """Rule 22: by person; KX/i2 is the volunteer V1."""
    scene.appoint("KX/i2", "issuer", "KX", "V1")
    notice = propose(scene, "V1")
    scene.wait(days=8)
    for decision in ("granted", "refused"):
        with scene.refuses("four_eyes", item=0, says="KX/i2"):
            award(scene, notice, "V1", decision, by="KX/i2")
    award(scene, notice, "V1")
    with scene.refuses("four_eyes", item=0):
        award(scene, "", "V1", "withdrawn", by="KX/i2")


def test_a_recorder_proposes_his_own_people(scene: Scene) -> None:
    star: Row = {"volunteer": "V1", "level": 1}
    with scene.refuses("not_authorised", item=0, says="T02"):
        scene.say("notice", star, by="T02/r1", org="T02")
    with scene.refuses("volunteer.unknown", item=0):
        propose(scene, "V99")
    scene.say("restriction", {"volunteer": "V2"}, reason="asked")
    with scene.refuses("volunteer.not_active", item=0):
        propose(scene, "V2")
    scene.say("notice", star, by="KX/r1", org="KX")


# --- tenure and quality -------------------------------------------------------------------------


def test_tenure_is_counted_in_full_months() -> None:
    """Rule 27: Shenzhen asks for half a year; registered on 2 March, that is 2 September."""
    levels = (Level(hours=2, tenure_months=6),)
    scene = begun(LADDER.model_copy(update={"levels": levels}))
    served(scene, "V1")
    scene.now = at("2026-09-01 23:59")
    with scene.refuses("star.tenure", item=0, says="5"):
        propose(scene, "V1")
    scene.now = at("2026-09-02 00:00")
    propose(scene, "V1")


@pytest.mark.parametrize(
    ("ratings", "good"),
    [((3, 3), True), ((2, 4), True), ((2, 3), False), ((1,), False), ((5, 1, 2), False),
     ((None, 3), True), ((None, None), True), ((None, 2), False)],
)  # fmt: skip
def test_the_mean_of_what_was_rated_is_not_below_three(
    ratings: tuple[int | None, ...], *, good: bool
) -> None:
    """Rule 27: unrounded, and what was not rated is not counted."""
    scene = begun()
    open_year(scene)
    scene.now = at("20 18:00")
    rows = [shift("V1", f"1{n}") for n in range(len(ratings))]
    rated: list[dict[str, Json]] = [{"rating": one} if one else {} for one in ratings]
    stood(scene, *(row | more for row, more in zip(rows, rated, strict=True)))
    if good:
        propose(scene, "V1")
    else:
        with scene.refuses("star.quality", item=0, says="V1"):
            propose(scene, "V1")


def complain(scene: Scene, n: int, reason: str = "complaint") -> None:
    row: Row = {"line": [sheet(scene), n], "reason": some("why")}
    scene.say("correction", row, by="T01/c1", org="T01", reason=reason)


@pytest.mark.parametrize(("reason", "code"), [("complaint", "star.complaint"), ("wrong", "")])
def test_an_upheld_complaint_bars_a_star_for_twelve_months(reason: str, code: str) -> None:
    """Rule 27: a line was voided for it, on 11 March; other errors are nobody's fault."""
    calendar = RULES.calendar | {"2027": RULES.calendar["2026"]}
    scene = Scene.ready(RULES.model_copy(update={"stars": LADDER, "calendar": calendar}))
    open_year(scene)
    served(scene, "V1", "V2")
    complain(scene, 0, reason)
    stood(scene, shift("V1", "04"))
    if not code:
        propose(scene, "V1")
        return
    scene.now = at("2027-03-10 23:59")
    with scene.refuses(code, item=0, says="2026-03-11"):
        propose(scene, "V1")
    propose(scene, "V2")
    scene.now = at("2027-03-11 00:00")
    propose(scene, "V1")


def test_a_complaint_during_the_notice_is_heard(scene: Scene) -> None:
    open_year(scene)
    stood(scene, shift("V1", "04"))
    notice = propose(scene, "V1")
    complain(scene, 0)
    scene.wait(days=8)
    with scene.refuses("star.complaint", item=0):
        award(scene, notice, "V1")
