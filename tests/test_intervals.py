"""How sign-in and sign-out become minutes, held against sets of single minutes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import times
from ledger.errors import Rejected
from ledger.intervals import (
    Credit,
    Presence,
    Window,
    check_day,
    credit,
    is_present,
    minutes_by_day,
    overlapping,
)
from ledger.rulesets import Ruleset
from tests.scene import at

BASE = at("03 00:00")
RULES, NOW = Ruleset(), at("31 00:00")
WINDOW = Window(at("03 09:00"), at("03 12:00"))


def minute(n: int) -> str:
    return times.later(BASE, minutes=n)


def refusal(
    found: Presence,
    window: Window = WINDOW,
    stamp: str = NOW,
    *,
    rules: Ruleset = RULES,
    old: bool = False,
) -> str:
    """Return the code that a presence is refused with, or nothing."""
    try:
        credit(found, window, rules, stamp, old=old)
    except Rejected as error:
        return error.code
    return ""


spans = st.tuples(st.integers(0, 4000), st.integers(1, 1500)).map(lambda p: (p[0], p[0] + p[1]))


edges = st.tuples(st.integers(-100, 100), st.integers(-100, 100))
# A window, and a presence that begins and ends near it.
visits = st.tuples(spans, edges).map(lambda p: (p[0], (p[0][0] + p[1][0], p[0][1] + p[1][1])))


@given(visits, st.none() | st.integers(0, 1600), st.integers(0, 90))
def test_credit_is_what_a_set_of_minutes_says(
    visit: tuple[tuple[int, int], tuple[int, int]], stated: int | None, grace: int
) -> None:
    window, was = visit
    rules = Ruleset(grace=grace)
    present, planned = set(range(*was)), set(range(*window))
    both = present & planned
    near = all(window[0] - grace <= n <= window[1] + grace for n in was)
    worth = len(both) if stated is None else min(stated, len(both))
    good = near and both and len(present) <= rules.longest
    good = good and (stated is None or 0 < stated <= len(present) + grace)
    found = Presence(minute(was[0]), minute(was[1]), stated)
    try:
        due = credit(found, Window(minute(window[0]), minute(window[1])), rules, NOW)
    except Rejected:
        assert not good
        return
    assert good
    assert due == Credit(minute(min(both)), minute(max(both) + 1), worth)


def test_no_times_at_all_are_a_roll_call() -> None:
    assert credit(Presence(), WINDOW, RULES, NOW) == Credit(WINDOW.start, WINDOW.end, 180)
    assert credit(Presence(stated=60), WINDOW, RULES, NOW).minutes == 60


def test_the_first_reason_that_applies_is_given() -> None:
    early, late = at("03 08:29"), at("03 12:31")
    assert refusal(Presence(at("03 09:00"), None)) == "time.missing"
    assert refusal(Presence(None, at("03 12:00"))) == "time.missing"
    assert refusal(Presence(at("03 12:00"), at("03 09:00"))) == "time.reversed"
    assert refusal(Presence(at("03 09:00"), at("03 09:00"))) == "time.reversed"
    assert refusal(Presence(WINDOW.start, WINDOW.end), stamp=at("03 11:59")) == "time.future"
    assert refusal(Presence(WINDOW.start, WINDOW.end), stamp=at("03 12:00")) == ""
    assert refusal(Presence(early, at("03 12:00"))) == "time.outside_activity"
    assert refusal(Presence(at("03 09:00"), late)) == "time.outside_activity"
    assert refusal(Presence(at("03 08:30"), at("03 12:30"))) == ""
    assert refusal(Presence(at("03 08:30"), at("03 09:00"))) == "time.outside_activity"
    assert refusal(Presence(WINDOW.start, WINDOW.end, 211)) == "time.exceeds_interval"
    assert refusal(Presence(WINDOW.start, WINDOW.end, 210)) == ""
    assert refusal(Presence(WINDOW.start, WINDOW.end, 0)) == "field.unreadable"


def test_above_sixteen_hours_a_sign_out_was_forgotten() -> None:
    window = Window(at("03 06:00"), at("04 06:00"))
    assert refusal(Presence(at("03 06:00"), at("03 22:00")), window) == ""
    assert refusal(Presence(at("03 06:00"), at("03 22:01")), window) == "time.too_long"
    assert refusal(Presence(), window) == "time.too_long"  # a roll-call of a day and a night
    assert refusal(Presence(), window, old=True) == ""  # class L


SHARE = Ruleset(presence=60)
HUNDRED = Window(minute(0), minute(100))


@pytest.mark.parametrize(("stayed", "code"), [(59, "time.too_short"), (60, ""), (61, "")])
def test_below_the_share_nothing_is_credited(stayed: int, code: str) -> None:
    """RULES.md, practice worth copying: 云南 credits nothing below 60 % presence."""
    found = Presence(minute(100 - stayed), minute(110))  # what lies beyond the window counts not
    assert refusal(found, HUNDRED, rules=SHARE) == code
    assert refusal(found, HUNDRED) == ""
    assert refusal(found, HUNDRED, rules=SHARE, old=True) == ""  # class L


def test_a_share_is_of_the_time_and_not_of_what_is_stated() -> None:
    assert credit(Presence(stated=30), HUNDRED, SHARE, NOW).minutes == 30
    assert refusal(Presence(minute(0), minute(59), 1000), HUNDRED, rules=SHARE) == "time.too_short"
    much = Presence(minute(0), minute(60), 1000)
    assert refusal(much, HUNDRED, rules=SHARE) == "time.exceeds_interval"


@given(st.integers(1, 960), st.integers(0, 960), st.integers(0, 100))
def test_a_share_is_never_rounded(planned: int, stayed: int, percent: int) -> None:
    window = Window(minute(0), minute(planned))
    rules = Ruleset(presence=percent)
    assert is_present(stayed, window, rules) == (stayed / planned >= percent / 100)


def test_an_activity_over_several_days_has_no_share() -> None:
    """It has a row a person a day: one day could never be 60 % of three."""
    window = Window(at("03 09:00"), at("05 17:00"))
    assert refusal(Presence(at("04 09:00"), at("04 17:00")), window, rules=SHARE) == ""
    longest = Window(minute(0), minute(SHARE.longest))
    assert refusal(Presence(minute(0), minute(60)), longest, rules=SHARE) == "time.too_short"


def test_windows_at_the_edge_of_the_calendar_are_judged_too() -> None:
    window = Window("1900-01-01T00:00:00+08:00", "1900-01-01T02:00:00+08:00")
    assert credit(Presence(), window, RULES, NOW).minutes == 120
    last = Window("8999-12-31T20:00:00+08:00", "8999-12-31T23:59:00+08:00")
    assert refusal(Presence(), last) == "time.future"


@given(spans, st.lists(spans, max_size=4))
def test_overlapping_is_sharing_a_minute(
    one: tuple[int, int], others: list[tuple[int, int]]
) -> None:
    credits_ = [Credit(minute(a), minute(b), b - a) for a, b in others]
    found = overlapping(Credit(minute(one[0]), minute(one[1]), 1), credits_)
    shared = [c for c, o in zip(credits_, others, strict=True) if set(range(*one)) & set(range(*o))]
    assert found == (shared[0] if shared else None)


def test_touching_is_no_overlap() -> None:
    one, two = Credit(minute(0), minute(60), 60), Credit(minute(60), minute(90), 30)
    assert overlapping(one, [two]) is None
    assert overlapping(two, [one]) is None


@given(spans, st.integers(1, 1500))
def test_minutes_by_day_add_up_and_fill_the_first_days(span: tuple[int, int], worth: int) -> None:
    start, end = span
    worth = min(worth, end - start)
    split = minutes_by_day(Credit(minute(start), minute(end), worth))
    counted = [times.moment(BASE) + timedelta(minutes=n) for n in range(start, start + worth)]
    assert sum(split.values()) == worth
    for day, minutes in split.items():
        assert minutes == sum(1 for n in counted if n.date().isoformat() == day)


def test_a_day_holds_no_more_minutes_than_a_day_has() -> None:
    whole = Credit(at("03 00:00"), at("04 00:00"), 1440)
    check_day(whole, [Credit(at("04 00:00"), at("05 00:00"), 1440)])
    with pytest.raises(Rejected) as refused:
        check_day(Credit(at("03 23:00"), at("04 01:00"), 120), [whole])
    assert refused.value.code == "time.day_limit"
