"""What everybody has come to, now and at the end of days gone by (`ledger.totals`)."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.records import Account
from ledger.rules.closings import MOST_DAYS
from ledger.times import day_of, later
from ledger.totals import Figures, Past, Totals
from tests.closer import check_totals, plainly, totals_of
from tests.economy import RICH, granted, hold, plan, served, settle, thrive
from tests.scene import Scene, activity, at, line, organisation, some, stand, volunteer

DAYS = [day_of(later(at("02 08:00"), days=n)) for n in range(3 * MOST_DAYS)]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers()), max_size=40), st.data())
def test_a_day_that_may_be_closed_is_never_forgotten(
    steps: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Whatever is forgotten, what a closing may ask for is what was set last by then."""
    past, said, at_ = Past[int](), list[tuple[str, int]](), 0
    for more, value in steps:
        at_ = min(at_ + more * more, len(DAYS) - 1)
        past.set("x", value, DAYS[at_])
        said.append((DAYS[at_], value))
    asked = data.draw(st.integers(max(at_ - MOST_DAYS, 0), at_))
    due = [value for day, value in said if day <= DAYS[asked]]
    assert past.at("x", DAYS[asked], -1) == (due[-1] if due else -1)
    assert past.now("x", -1) == (said[-1][1] if said else -1)
    assert past.at("y", DAYS[asked], -1) == -1


def test_no_more_is_kept_than_may_be_asked_for() -> None:
    past = Past[int]()
    for value, day in enumerate(DAYS):
        past.set("x", value, day)
    assert len(past._known["x"]) <= MOST_DAYS + 2


def test_points_credits_and_stars_are_those_of_the_books() -> None:
    scene = Scene.ready(RICH)
    thrive(scene)
    check_totals(scene, "KX", "T01", "T02")


def test_a_star_that_was_withdrawn_was_held_until_then() -> None:
    scene = Scene.ready(RICH)
    served(scene, "V1")
    granted(scene)
    day = day_of(scene.now)
    scene.wait(days=1)
    scene.say("award", {"volunteer": "V1", "level": 1, "decision": "withdrawn"}, by="KX/i1",
              org="KX", reason="hours")  # fmt: skip
    totals = totals_of(scene)
    assert totals.closed("T01", day)["V1"].star == 1
    assert totals.closed("T01", day_of(scene.now))["V1"].star == 0
    check_totals(scene, "KX")


def test_a_line_counts_from_its_confirmation_to_its_end() -> None:
    """Also one that was excepted first, and one that was voided on another day."""
    scene = Scene.ready(RICH)
    sheet = scene.attend(line("V1"), line("V2"), line("V3"))
    notice = scene.notice(sheet)
    scene.wait(days=8)
    scene.confirm(notice, stand(sheet, 1))
    first = day_of(scene.now)
    scene.wait(days=1)
    scene.pass_notice(sheet)
    second = day_of(scene.now)
    scene.wait(days=1)
    scene.correct((sheet, 0), (sheet, 1))
    totals = totals_of(scene)
    minutes = {
        day: [sum(one.by_class) for one in totals.closed("T01", day).values()][:3]
        for day in (first, second, day_of(scene.now))
    }
    assert list(minutes.values()) == [[180, 0, 180], [180, 180, 180], [0, 0, 180]]
    check_totals(scene, "KX", "T01")


def test_who_served_or_left_belongs_and_keeps_his_row() -> None:
    """A walk-in of another team, who leaves, who is erased: else somebody could be made to vanish."""
    scene = Scene.ready()
    scene.say("volunteers", volunteer("W1"), by="T02/r1", org="T02")
    sheet = scene.attend(line("W1"), line("V1"))
    scene.pass_notice(sheet)
    scene.correct((sheet, 0))
    scene.say("departure", {"volunteer": "V2", "reason": "own"}, by="T01/r1", org="T01")
    scene.say("erasure", {"volunteer": "V2"}, reason="asked")
    found = totals_of(scene).closed("T01", day_of(scene.now))
    assert sorted(found) == ["V1", "V2", "V3", "V4", "V5", "V6", "W1"]
    assert found["W1"].by_class == (0, 0, 0, 0)
    check_totals(scene, "KX", "T01", "T02")


def test_a_team_that_moves_takes_its_hours_along_from_that_day_on() -> None:
    scene = Scene.ready()
    scene.say("volunteers", volunteer("W1"), by="T02/r1", org="T02")
    scene.say("activities", activity("B1"), by="T02/r1", org="T02")
    late = {"by": "T02/r1", "org": "T02", "reason": some("published late")}
    sheet = scene.attend(line("W1", class_="C"), to="B1", **late)
    notice = scene.notice(sheet, by="T02/r1", org="T02")
    scene.wait(days=8)
    scene.confirm(notice, stand(sheet), by="T02/c1", org="T02")
    before = day_of(scene.now)
    scene.wait(days=1)
    scene.say("organisations", organisation("T02", "T01"), by="KX/r1", org="KX")
    totals = totals_of(scene)
    assert "W1" not in totals.closed("T01", before)
    assert sum(totals.closed("T01", day_of(scene.now))["W1"].by_class) == 180
    check_totals(scene, "KX", "T01", "T02")


def test_workers_who_divide_the_persons_have_all_of_them_together() -> None:
    scene = Scene.ready(RICH)
    thrive(scene)
    day = day_of(scene.now)
    whole = totals_of(scene).closed("KX", day)
    parts: dict[str, Figures] = {}
    for worker in range(3):
        share = totals_of(scene, lambda number, worker=worker: hash(number) % 3 == worker)  # type: ignore[misc]
        found = share.closed("KX", day)
        assert not parts.keys() & found.keys()
        parts |= found
    assert parts == whole


def test_credits_that_can_only_be_given_away_are_kept_apart() -> None:
    credits_ = RICH.credits
    assert credits_
    group = credits_.model_copy(update={"donation_only": ("团体",)})
    scene = Scene.ready(RICH.model_copy(update={"credits": group}))
    plan(scene, "G1", "04", category="团体")
    scene.now = at("04 13:00")
    ref = scene.attend(line("V1", "04 09:00", "04 12:00"), to="G1")
    scene.pass_notice(ref)
    served_ = totals_of(scene).closed("T01", day_of(scene.now))["V1"]
    assert (served_.points, served_.credits, served_.donations) == (3, 0, 3)
    settle(scene, hold(scene, "donate", "donations:V1", "pool", 2), 2)
    found = totals_of(scene).closed("T01", day_of(scene.now))["V1"]
    assert found.donations == 1
    paid = scene.book.find(Account, "donations:V1", "credit")
    assert paid
    assert found == plainly(scene, "T01", day_of(scene.now))["V1"]


def test_how_many_entries_there_were_is_known_of_every_day() -> None:
    scene = Scene.ready()
    scene.wait(days=2)
    scene.attend(line("V1"))
    scene.wait(days=3)
    scene.attend(line("V2"))
    totals: Totals = totals_of(scene)
    for day in DAYS[:7]:
        if day < day_of(scene.now):
            due = sum(day_of(told.heard.stamp) <= day for told in scene.log)
            assert totals.size_at(day) == due
    assert totals.size_at("2026-01-01") == 0


def test_a_team_that_moves_on_a_day_that_was_asked_for_is_seen() -> None:
    """What hangs below whom is kept between two questions, and forgotten when it changes."""
    scene = Scene.ready()
    scene.say("volunteers", volunteer("W1"), by="T02/r1", org="T02")
    totals, day = totals_of(scene), day_of(scene.now)
    assert "W1" not in totals.closed("T01", day)
    told = scene.say("organisations", organisation("T02", "T01"), by="KX/r1", org="KX")
    totals.take(scene.book, told.effects, scene.now)
    assert "W1" in totals.closed("T01", day)
    assert totals.organisations(day) == ("KX", "T01", "T02")
    assert totals.organisations("2026-01-01") == ()
