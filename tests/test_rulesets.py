"""Rulesets: the calendar of working days, and which ruleset judges a day."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger import rulesets
from ledger.encoding import encode
from ledger.errors import Rejected
from ledger.incentives import Credits, Expiry, Points, Weight
from ledger.rulesets import Anomalies, Ruleset, Year, in_force, newest

FIRST, DAYS = date(2026, 1, 1), 2 * 365
any_day = st.integers(0, DAYS - 1).map(lambda n: (FIRST + timedelta(days=n)).isoformat())


@st.composite
def calendars(draw: st.DrawFn) -> Ruleset:
    off, work = draw(st.sets(any_day, max_size=80)), draw(st.sets(any_day, max_size=40))
    years = {
        year: Year(
            off=tuple(text for text in off if text[:4] == year),
            work=tuple(text for text in work - off if text[:4] == year),
        )
        for year in ("2026", "2027")
    }
    return Ruleset(calendar=years, notice_days=draw(st.integers(0, 9)))


def naive(rules: Ruleset, after: str, before: str) -> list[str]:
    """List the working days between two days, neither included."""
    off = {text for year in rules.calendar.values() for text in year.off}
    work = {text for year in rules.calendar.values() for text in year.work}
    days = [FIRST + timedelta(days=n) for n in range(DAYS)]
    return [
        text
        for text, weekend in ((day.isoformat(), day.weekday() >= 5) for day in days)
        if after < text < before and (text in work or (text not in off and not weekend))
    ]


@given(calendars(), any_day, any_day, st.integers(0, 800))
def test_working_days_are_counted_one_by_one(
    rules: Ruleset, after: str, before: str, most: int
) -> None:
    assert rules.working_days(after, before, most=most) == min(
        most, len(naive(rules, after, before))
    )


@given(calendars(), any_day.filter(lambda text: text < "2027-09"))
def test_the_closing_day_is_the_first_on_which_enough_days_have_passed(
    rules: Ruleset, opened: str
) -> None:
    due = rules.closing_day(opened)
    eve = (date.fromisoformat(due) - timedelta(days=1)).isoformat()
    assert len(naive(rules, opened, due)) >= rules.notice_days
    assert len(naive(rules, opened, eve)) < rules.notice_days or eve <= opened


@given(calendars(), any_day.filter(lambda text: text < "2027-09"))
def test_the_due_day_is_the_tenth_working_day(rules: Ruleset, ended: str) -> None:
    due = rules.attendance_due(ended)
    passed = naive(rules, ended, (date.fromisoformat(due) + timedelta(days=1)).isoformat())
    assert len(passed) == rules.late_days
    assert passed[-1] == due


def test_a_notice_opened_on_tuesday_closes_after_the_third_full_working_day() -> None:
    """RULES.md, Working days: Wednesday, Thursday, Friday pass; Saturday 00:00 is the time."""
    rules = Ruleset(calendar={"2026": Year()})
    assert rules.closing_day("2026-03-03") == "2026-03-07"
    assert rules.working_days("2026-03-03", "2026-03-06", most=3) == 2
    assert rules.working_days("2026-03-03", "2026-03-07", most=3) == 3


def test_days_off_and_days_worked_in_exchange() -> None:
    rules = Ruleset(calendar={"2026": Year(off=("2026-10-01",), work=("2026-10-10",))})
    assert not rules.is_working_day(date(2026, 10, 1))  # a Thursday
    assert rules.is_working_day(date(2026, 10, 10))  # a Saturday
    assert not rules.is_working_day(date(2026, 10, 11))


def test_a_year_without_a_calendar_is_never_guessed() -> None:
    rules = Ruleset(calendar={"2026": Year()})
    for day in ("2025-12-31", "2027-01-01"):
        with pytest.raises(Rejected) as refusal:
            rules.check_year(day)
        assert refusal.value.code == "calendar.missing"
        with pytest.raises(Rejected):
            rules.is_working_day(date.fromisoformat(day))
    for ask in (rules.closing_day, rules.attendance_due):
        with pytest.raises(Rejected):
            ask("2026-12-30")
    rules.check_year("2026-12-31")


def test_what_is_years_late_needs_no_calendar_of_years_ago() -> None:
    rules = Ruleset(calendar={"2026": Year()})
    assert rules.working_days("2015-05-05", "2026-03-02", most=11) == 11


def test_the_ruleset_in_force_is_the_last_to_begin() -> None:
    """A line is judged by the ruleset in force on its day; days before the first are under it."""
    one, two, three = (Ruleset(title=title) for title in ("1", "2", "3"))
    rules = {1: ("2026-03-01", one), 5: ("2026-06-01", two), 9: ("2026-04-01", three)}
    assert in_force(rules, "2020-01-01") == 1
    assert in_force(rules, "2026-03-31") == 1
    assert in_force(rules, "2026-04-01") == 9
    assert in_force(rules, "2026-06-01") == 5
    assert newest(rules) is three
    again = {1: ("2026-03-01", one), 5: ("2026-03-01", two)}
    assert in_force(again, "2026-03-01") == 5  # of one day, the one logged later


def test_a_ledger_whose_ruleset_was_refused_judges_nothing() -> None:
    with pytest.raises(Rejected, match="no ruleset"):
        in_force({}, "2026-03-01")
    with pytest.raises(Rejected, match="no ruleset"):
        newest({})


def test_every_parameter_can_be_said_in_the_ledger() -> None:
    """Categories are Chinese and keys are ASCII, so weights are a list."""
    weights = (Weight(category="科普类", percent=150), Weight(category="应急类", percent=0))
    points = Points(weights=weights, expiry=Expiry())
    rules = Ruleset(points=points, credits=Credits(categories=("科普类",)))
    assert rulesets.read(encode(rulesets.write(rules)).decode()) == rules
    earned = [points.of(120, category, "B") for category in ("科普类", "应急类", "民生类")]
    assert earned == [3, 0, 2]


@given(calendars())
def test_a_ruleset_reads_back(rules: Ruleset) -> None:
    assert Ruleset.model_validate_json(rules.model_dump_json()) == rules


@pytest.mark.parametrize(
    "text",
    [
        '{"grace":-1}', '{"grace":1441}', '{"grace":1.5}', '{"grace":true}', '{"gift":1}',
        '{"calendar":{"26":{}}}', '{"calendar":{"2026":{"off":["1 May"]}}}',
        '{"calendar":{"\\uff12026":{}}}', '{"calendar":{"2026":{"rest":[]}}}', '{"title":""' ,
    ],
)  # fmt: skip
def test_a_ruleset_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Ruleset.model_validate_json(text)


def test_a_ruleset_adopted_before_a_threshold_was_thought_of_reads_on() -> None:
    """Ledgers hold such rulesets: what they do not say of anomalies has the default."""
    said = {"late_share": 30, "soon_minutes": 5, "same_times": 50, "recorder_hourly": 200}
    said |= {"full_days": 7, "certificate_hours": 24}
    found = rulesets.read(json.dumps({"anomalies": said})).anomalies
    assert (found.late_share, found.night_lines) == (30, Anomalies().night_lines)
    assert rulesets.read("{}").anomalies == Anomalies()
