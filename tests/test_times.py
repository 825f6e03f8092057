"""Instants and days: one text each, in UTC+08:00, and intervals split by day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import times
from ledger.errors import Malformed

FIRST, LAST = datetime(1900, 1, 2, tzinfo=UTC), datetime(8999, 12, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), LAST - FIRST).map(lambda passed: FIRST + passed)
minutes = st.integers(0, 5 * times.DAY)


@given(moments)
def test_an_instant_reads_back_to_the_second(moment: datetime) -> None:
    text = times.instant(moment)
    assert times.moment(text) == moment.replace(microsecond=0)
    assert times.instant(times.moment(text)) == text
    assert len(text) == len("2026-03-02T08:00:00+08:00")


@given(moments, moments)
def test_texts_compare_as_the_times_do(one: datetime, two: datetime) -> None:
    one, two = one.replace(microsecond=0), two.replace(microsecond=0)
    assert (times.instant(one) < times.instant(two)) == (one < two)


def test_a_moment_without_a_zone_is_no_instant() -> None:
    with pytest.raises(ValueError, match="zone"):
        times.instant(datetime(2026, 3, 2))  # noqa: DTZ001


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-03-02", "2026-03-02T08:00:00", "2026-03-02T08:00:00Z",
        "2026-03-02 08:00:00+08:00",
        "2026-03-02T08:00+08:00", "2026-03-02T08:00:00.000+08:00", "2026-03-02T00:00:00+00:00",
        "2026-03-02T08:00:00+08:00:00", "2026-03-02T08:00:00+0800", "2026-W10-1T08:00:00+08:00",
        "2026-02-29T08:00:00+08:00", "2026-03-02T24:00:00+08:00", "2026-03-02T08:00:60+08:00",
        "\uff12026-03-02T08:00:00+08:00", " 2026-03-02T08:00:00+08:00",
        "2026-03-02T08:00:00+08:00\n",
        "2026-03-02t08:00:00+08:00", "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:00+08:00",
        "2026-03-02T08:00:00-08:00",
    ],
)  # fmt: skip
def test_any_other_text_is_no_instant(text: str) -> None:
    with pytest.raises(Malformed):
        times.moment(text)


@pytest.mark.parametrize(
    "text",
    ["", "2026-3-2", "20260302", "2026-W10-1", "2026-02-29", "\uff12026-03-02", "2026-03-02 ",
     "2026-03-02T08:00:00+08:00", "0001-01-01", "9999-12-31"],
)  # fmt: skip
def test_any_other_text_is_no_day(text: str) -> None:
    with pytest.raises(Malformed):
        times.day(text)


@given(st.dates(date(1900, 1, 1), date(8999, 12, 31)))
def test_a_day_reads_back(day: date) -> None:
    assert times.day(day.isoformat()) == day


@given(moments, minutes)
def test_later_and_minutes_between_are_inverse(moment: datetime, amount: int) -> None:
    start = times.instant(moment)
    end = times.later(start, minutes=amount)
    assert times.minutes_between(start, end) == amount
    assert times.minutes_between(end, start) == -amount
    assert times.later(end, minutes=-amount) == start


def test_part_of_a_minute_does_not_count() -> None:
    start, end = "2026-03-02T08:00:30+08:00", "2026-03-02T08:02:29+08:00"
    assert times.minutes_between(start, end) == 1


def test_later_counts_in_days_and_hours_too() -> None:
    start = "2026-12-31T23:00:00+08:00"
    assert times.later(start, hours=1, days=1) == "2027-01-02T00:00:00+08:00"


@given(moments, minutes)
def test_an_interval_is_split_by_day_minute_for_minute(moment: datetime, amount: int) -> None:
    first = times.moment(times.instant(moment.replace(second=0)))
    each = [(first + timedelta(minutes=n)).date().isoformat() for n in range(amount)]
    expected = tuple((day, each.count(day)) for day in dict.fromkeys(each))
    end = times.instant(first + timedelta(minutes=amount))
    assert times.days_touched(times.instant(first), end) == expected


def test_an_interval_up_to_midnight_does_not_touch_the_next_day() -> None:
    start, end = "2026-03-02T20:00:00+08:00", "2026-03-03T00:00:00+08:00"
    assert times.days_touched(start, end) == (("2026-03-02", 240),)
    assert times.days_touched(end, start) == ()
    assert times.day_of(start) == "2026-03-02"
