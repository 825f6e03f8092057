"""Incentives: the sums a ruleset makes of hours, held against others that are too slow to be wrong."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.incentives import (
    ALL,
    Credits,
    Expiry,
    Level,
    Points,
    Stars,
    Weight,
    lapsing,
    points_of_year,
    whole_credits,
)

CATEGORIES = ("敬老助老", "科普讲座", "环境保护")
minutes = st.integers(0, 3000)
caps = st.one_of(st.just(0), st.integers(0, 12))
earned_lines = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 9)), max_size=8)


@st.composite
def schemes(draw: st.DrawFn) -> Points:
    """Draw a scheme of points in which anything may be set."""
    step = draw(st.integers(1, 60))
    return Points(
        per_hour=draw(st.integers(1, 20)),
        round_to=step,
        round_up_from=draw(st.integers(1, 60)),
        weights=tuple(
            Weight(category=name, percent=draw(st.integers(0, 400)))
            for name in draw(st.sets(st.sampled_from(CATEGORIES)))
        ),
        classes=tuple(draw(st.sets(st.sampled_from(ALL), min_size=1))),
        cap_activity=draw(caps),
        cap_day=draw(caps),
    )


# --- stars --------------------------------------------------------------------------------------


def test_the_ladder_is_that_of_2012() -> None:
    """Rule 26: 100, 300, 600, 1000, 1500 hours, in minutes."""
    assert [level.minutes for level in Stars().levels] == [6000, 18000, 36000, 60000, 90000]


def test_what_is_not_said_of_stars_is_as_the_rules_have_it() -> None:
    """Rule 27: rating not below 3, no complaint in 12 months, three days, no tenure, all classes."""
    found = Stars()
    assert (found.minimum_rating, found.complaint_months, found.notice_days) == (3, 12, 3)
    assert {(level.tenure_months, level.unit) for level in found.levels} == {(0, "")}
    assert found.classes == ALL


# --- points -------------------------------------------------------------------------------------


def test_a_point_an_hour_and_nothing_else_unless_it_is_said() -> None:
    """Rules 14, 29: rate 1, weight 1, floor to half an hour, no caps."""
    found = Points()
    assert [found.of(n, "敬老助老", "B") for n in (59, 60, 119, 120, 500)] == [0, 1, 1, 2, 8]
    assert found.of_day([("A", 100), ("A", 100), ("B", 100)]) == 300
    assert points_of_year([(5000, found.cap_year)]) == 5000


@given(minutes, st.integers(1, 1000), st.integers(0, 1000))
def test_points_are_rounded_down_and_once(n: int, rate: int, weight: int) -> None:
    """Rule 29: floor(minutes x rate/60 x weight), here without steps."""
    scheme = Points(
        per_hour=rate, round_to=1, weights=(Weight(category="科普讲座", percent=weight),)
    )
    assert scheme.of(n, "科普讲座", "B") == n * rate * weight // 6000
    assert scheme.of(n, "敬老助老", "B") == n * rate // 60


@pytest.mark.parametrize(
    ("n", "half_hours"), [(14, 0), (15, 1), (44, 1), (45, 2), (74, 2), (75, 3), (104, 3), (105, 4)]
)
def test_minutes_left_over_may_count_as_a_step(n: int, half_hours: int) -> None:
    """Chongqing: from 15 minutes half an hour, from 45 a whole one."""
    assert Points(per_hour=2, round_to=30, round_up_from=15).of(n, "敬老助老", "A") == half_hours


@given(schemes(), minutes, minutes, st.sampled_from(CATEGORIES), st.sampled_from(ALL))
def test_longer_service_never_earns_less(
    scheme: Points, one: int, two: int, category: str, class_: str
) -> None:
    few, many = (scheme.of(n, category, class_) for n in sorted((one, two)))
    assert 0 <= few <= many
    assert class_ in scheme.classes or many == 0


@given(schemes(), earned_lines, st.data())
def test_the_order_of_a_day_s_lines_does_not_matter(
    scheme: Points, lines: list[tuple[str, int]], data: st.DataObject
) -> None:
    again = data.draw(st.permutations(lines))
    assert scheme.of_day(again) == scheme.of_day(lines)


@given(schemes(), earned_lines)
def test_caps_of_a_day_are_respected(scheme: Points, lines: list[tuple[str, int]]) -> None:
    found, whole = scheme.of_day(lines), sum(points for _, points in lines)
    assert 0 <= found <= whole
    if scheme.cap_day:
        assert found <= scheme.cap_day
    if scheme.cap_activity:
        assert found <= scheme.cap_activity * len({activity for activity, _ in lines})
    if not (scheme.cap_day or scheme.cap_activity):
        assert found == whole


@given(schemes(), earned_lines, st.tuples(st.sampled_from("ABC"), st.integers(0, 9)))
def test_one_more_line_never_lowers_a_day(
    scheme: Points, lines: list[tuple[str, int]], more: tuple[str, int]
) -> None:
    assert scheme.of_day(lines) <= scheme.of_day([*lines, more])
    assert scheme.of_day([*lines, more]) - scheme.of_day(lines) <= more[1]


def test_lines_of_one_activity_share_its_cap() -> None:
    """At most two hours an activity, at most five points a day."""
    scheme = Points(cap_activity=2, cap_day=5)
    assert scheme.of_day([("A", 1), ("A", 1), ("A", 1)]) == 2
    assert scheme.of_day([("A", 3), ("B", 3)]) == 4
    assert scheme.of_day([("A", 3), ("B", 3), ("C", 3)]) == 5


def one_by_one(earned: list[tuple[int, int]]) -> int:
    """Count a year point by point: each counts while its own ruleset's cap is not reached."""
    total = 0
    for points, cap in earned:
        for _ in range(points):
            total += not cap or total < cap
    return total


@given(st.lists(st.tuples(st.integers(0, 30), st.one_of(st.just(0), st.integers(1, 40)))))
def test_a_ruleset_adopted_within_the_year_goes_on_from_what_was_reached(
    earned: list[tuple[int, int]],
) -> None:
    """Rule 29: however often the rules change, no point counts above the cap it was earned under."""
    assert points_of_year(earned) == one_by_one(earned)


def test_a_cap_that_is_lowered_takes_nothing_back() -> None:
    assert points_of_year([(10, 20), (10, 5)]) == 10
    assert points_of_year([(10, 5), (10, 20)]) == 15
    assert points_of_year([(10, 5), (10, 0)]) == 15
    assert points_of_year([]) == 0


# --- credits ------------------------------------------------------------------------------------


def test_a_credit_is_a_full_hour() -> None:
    """Rule 32."""
    assert [whole_credits(n) for n in (0, 59, 60, 119, 120, 6000)] == [0, 0, 1, 1, 2, 100]


def test_what_is_not_said_of_credits_is_as_the_rules_have_it() -> None:
    """Rules 33 to 36: cap 1500, from 60 on, close relatives, nothing below zero."""
    found = Credits()
    assert (found.cap, found.redeem_age, found.below_zero) == (1500, 60, False)
    assert "friend" not in found.gift_to


@pytest.mark.parametrize(
    ("categories", "group", "category", "class_", "purse"),
    [
        ((), (), "敬老助老", "B", "volunteer"),
        ((), (), "敬老助老", "C", ""),
        (("敬老助老",), (), "科普讲座", "B", ""),
        (("敬老助老",), ("科普讲座",), "科普讲座", "B", "donations"),
        (("科普讲座",), ("科普讲座",), "科普讲座", "B", "donations"),
        ((), ("科普讲座",), "科普讲座", "C", ""),
    ],
)
def test_the_category_names_the_purse(
    categories: tuple[str, ...], group: tuple[str, ...], category: str, class_: str, purse: str
) -> None:
    """Rules 32, 36: what earns no credits, and what can only be donated."""
    scheme = Credits(categories=categories, donation_only=group, classes=("A", "B", "L"))
    assert scheme.purse(category, class_) == purse


# --- expiry -------------------------------------------------------------------------------------


@given(
    st.dictionaries(st.sampled_from(["2023", "2024", "2025", "2026"]), st.integers(0, 9)),
    st.integers(0, 40),
    st.integers(1, 3),
    st.dates(date(2023, 1, 1), date(2030, 12, 31)).map(date.isoformat),
)
def test_the_oldest_points_are_spent_first_and_lapse_first(
    by_year: dict[str, int], gone: int, years: int, day: str
) -> None:
    """Rule 30: held against a purse in which every point knows its year."""
    expiry = Expiry(years=years, on="06-30")
    purse = [year for year in sorted(by_year) for _ in range(by_year[year])][gone:]
    due = sum(expiry.day(year) <= day for year in purse)
    assert lapsing(by_year, gone, expiry, day) == due


def test_points_lapse_on_the_day_that_was_announced() -> None:
    """Rule 30."""
    assert Expiry().day("2026") == "2027-12-31"
    assert lapsing({"2026": 5}, 0, Expiry(), "2027-12-30") == 0
    assert lapsing({"2026": 5}, 2, Expiry(), "2027-12-31") == 3
    assert lapsing({"2026": 5}, 9, Expiry(), "2027-12-31") == 0


@pytest.mark.parametrize(
    ("earned", "day"),
    [
        ("2027", "2028-02-29"),
        ("2026", "2027-03-01"),
        ("2099", "2100-03-01"),
        ("1999", "2000-02-29"),
    ],
)
def test_29_february_is_a_day_later_where_there_is_none(earned: str, day: str) -> None:
    assert Expiry(on="02-29").day(earned) == day


# --- form ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "value"),
    [
        (Stars, {"levels": []}), (Stars, {"levels": [{"hours": 0}]}), (Stars, {"classes": ["D"]}),
        (Stars, {"minimum_rating": 6}), (Stars, {"price": 1}), (Level, {"hours": 1, "unit": "总会"}),
        (Points, {"per_hour": 0}), (Points, {"round_to": 0}), (Points, {"round_to": 61}),
        (Points, {"weights": [{"category": "敬老助老", "percent": -1}]}), (Points, {"cap_day": -1}),
        (Points, {"weights": {"敬老助老": 50}}), (Points, {"per_hour": 1.5}),
        (Points, {"per_hour": True}), (Points, {"classes": []}), (Points, {"cash": 1}),
        (Credits, {"order": "sell"}), (Credits, {"cap": -1}), (Credits, {"interest": 3}),
        (Expiry, {"years": 0}), (Expiry, {"on": "13-01"}), (Expiry, {"on": "12-32"}),
    ],
)  # fmt: skip
def test_a_parameter_of_another_form_is_refused(
    part: type[Stars | Level | Points | Credits | Expiry], value: dict[str, object]
) -> None:
    """No negative caps, no rate that rounds, and no word for cash or interest (rules 31, 33)."""
    with pytest.raises(ValidationError):
        part.model_validate(value)
