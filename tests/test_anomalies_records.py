"""Properties of what patterns are made of, held against slower ways to say the same."""

from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.anomalies import of_officers, of_people
from ledger.anomalies.gathering import Asked, Gathering
from ledger.anomalies.reading import Fates
from ledger.anomalies.records import (
    Line,
    Officer,
    Person,
    Recorder,
    Span,
    Turn,
    clock,
    clock_name,
    count,
    day_name,
    day_number,
    spans,
)
from ledger.anomalies.registers import Registers
from ledger.intervals import Credit, minutes_by_day
from ledger.rulesets import Anomalies, Ruleset
from ledger.times import CST, DAY, instant, later

PLACES = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 12)), unique=True).map(sorted)
START = clock("2026-03-02T00:00:00+08:00")


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    start = START + draw(st.integers(0, 5 * DAY))
    length = draw(st.integers(1, 30 * 60))
    minutes = draw(st.integers(1, length))
    return Turn(start, start + length, minutes, draw(st.integers(0, 9)), draw(st.integers(1, 9)))


@given(PLACES)
def test_spans_name_each_line_once_and_in_order(places: list[tuple[int, int]]) -> None:
    found = spans(places)
    assert [(s.entry, row) for s in found for row in range(s.first, s.last + 1)] == places
    assert count(found) == len(places)


@given(PLACES)
def test_no_two_spans_could_be_one(places: list[tuple[int, int]]) -> None:
    found = spans(places)
    assert all((a.entry, a.last + 1) != (b.entry, b.first) for a, b in pairwise(found))


@pytest.mark.parametrize(("span", "text"), [(Span(7, 3, 3), "7:3"), (Span(7, 3, 5), "7:3-5")])
def test_a_span_is_named_as_people_write_it(span: Span, text: str) -> None:
    assert str(span) == text


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001 - a zone is given below
def test_the_clock_counts_minutes_as_instants_do(when: datetime) -> None:
    text = instant(when.replace(tzinfo=CST))
    assert clock(later(text, minutes=1)) - clock(text) == 1
    assert clock_name(clock(text)) == text[:16].replace("T", " ")
    assert day_name(day_number(text[:10])) == text[:10]


@given(turns())
def test_minutes_fall_on_days_as_the_ledger_splits_them(turn: Turn) -> None:
    """One decision, and two ways to reckon it: texts, and minutes."""
    start = later("2026-03-02T00:00:00+08:00", minutes=turn.start - START)
    credit = Credit(start, later(start, minutes=turn.end - turn.start), turn.minutes)
    due = {day: minutes for day, minutes in minutes_by_day(credit).items() if minutes}
    assert {day_name(day): minutes for day, minutes in turn.by_day()} == due


@given(st.lists(turns(), max_size=8).map(sorted))
def test_an_overlap_is_found_if_and_only_if_there_is_one(found: list[Turn]) -> None:
    person = Person("V1", found)
    shares = any(
        a.start < b.end and b.start < a.end for n, a in enumerate(found) for b in found[n + 1 :]
    )
    assert bool(list(of_people.overlap(person, Ruleset()))) == shares


@given(st.lists(st.integers(0, 30), max_size=20, unique=True).map(sorted), st.integers(1, 6))
def test_days_in_a_row_are_those_without_a_gap(days: list[int], limit: int) -> None:
    found = [Turn(START + day * DAY + 480, START + day * DAY + 960, 480, day, 1) for day in days]
    rules = Ruleset(anomalies=Anomalies(full_days=limit))
    longest = told = 0
    for day in days:
        longest = longest + 1 if day - 1 in days else 1
        told += longest == limit + 1
    assert len(list(of_people.full_days(Person("V1", found), rules))) == told


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 30)), max_size=25).map(sorted),
    st.integers(0, 60),
)
def test_an_hour_above_the_limit_is_found_if_and_only_if_there_is_one(
    entries: list[tuple[int, int]], limit: int
) -> None:
    recorder = Recorder(
        Officer("p", "T01/r1"),
        [(START + minute, (Span(n, 1, lines),)) for n, (minute, lines) in enumerate(entries)], 0, (),
    )  # fmt: skip
    rules = Ruleset(anomalies=Anomalies(recorder_hourly=limit))
    found = list(of_officers.hourly(recorder, rules))
    most = max(
        (sum(n for at, n in entries if minute <= at < minute + 60) for minute, _ in entries),
        default=0,
    )
    assert bool(found) == (most > limit)
    for doubt in found:
        times = [entries[span.entry][0] for span in doubt.lines]
        assert max(times) - min(times) < 60
        assert count(doubt.lines) == doubt.numbers["lines"] > limit
    entries_told = [span.entry for doubt in found for span in doubt.lines]
    assert len(entries_told) == len(set(entries_told))


@given(turns(), st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_what_is_kept_of_a_line_is_what_it_said(turn: Turn, marks: tuple[bool, bool, bool]) -> None:
    """Thirty-two bytes hold the times, the minutes, the place and three truths."""
    old, approved, away = marks
    start = later("2026-03-02T00:00:00+08:00", minutes=turn.start - START)
    end = later(start, minutes=turn.end - turn.start)
    line = Line(
        turn.row, "V1", start, end, turn.minutes, "L" if old else "B", approved=approved, away=away
    )
    gathering = Gathering(Fates(), Ruleset(), Registers({}), Asked())
    gathering._keep(turn.entry, line)
    (person,) = gathering.persons()
    assert person.turns == [turn._replace(old=old, approved=approved, away=away)]
