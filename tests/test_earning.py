"""Earning: what lines bring one by one is what they are worth together, in whatever order."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from ledger.earning import PointSums, Served, credits_for
from ledger.incentives import Credits, Points, points_of_year
from ledger.rulesets import Ruleset
from ledger.times import later, minutes_between

# Days of two years, and two on which another ruleset was adopted after some had been confirmed.
DAYS = ("2026-03-02", "2026-03-03", "2026-12-31", "2027-01-01")
YEARS = ("2026", "2027")
MIDNIGHT = "T00:00:00+08:00"
caps = st.one_of(st.just(0), st.integers(0, 9))


@st.composite
def rulesets(draw: st.DrawFn) -> Ruleset:
    """Draw a ruleset that gives points, under some caps, or none."""
    if draw(st.integers(0, 5)) == 0:
        return Ruleset()
    scheme = Points(
        per_hour=draw(st.integers(1, 3)),
        cap_activity=draw(caps),
        cap_day=draw(caps),
        cap_year=draw(caps),
        classes=draw(st.sampled_from([("A", "B"), ("A", "B", "C", "L")])),
    )
    return Ruleset(points=scheme)


@st.composite
def careers(draw: st.DrawFn) -> list[Served]:
    """Draw the lines of one person, under up to three rulesets."""
    rules = draw(st.lists(rulesets(), min_size=1, max_size=3))
    found = []
    for _ in range(draw(st.integers(0, 9))):
        n = draw(st.integers(0, len(rules) - 1))
        start = f"{draw(st.sampled_from(DAYS))}T{draw(st.integers(10, 23))}:00:00+08:00"
        minutes, class_ = draw(st.integers(1, 400)), draw(st.sampled_from("ABC"))
        end = later(start, minutes=minutes + draw(st.integers(0, 60)))
        activity = draw(st.sampled_from(("A1", "A2")))
        found.append(Served(start, end, activity, "敬老助老", minutes, class_, n + 1, rules[n]))
    return found


Part = tuple[Served, str, int]  # a line, a day it touches, the points it brings there


def parts(lines: Sequence[Served]) -> list[Part]:
    """Split lines at midnight: what was served before it is counted first."""
    found = []
    for line in lines:
        scheme = line.rules.points
        before = min(line.minutes, minutes_between(line.start, later(line.day + MIDNIGHT, days=1)))
        first = scheme.of(before, line.category, line.class_) if scheme else 0
        found.append((line, line.day, first))
        found.append((line, later(line.day + MIDNIGHT, days=1)[:10], line.points - first))
    return found


def under_caps(found: Sequence[Part], year: str) -> int:
    """Return the points of a year's days, counted anew."""
    sums = []
    for adoption in sorted({line.adoption for line, _, _ in found}):
        of = [x for x in found if x[0].adoption == adoption and x[1][:4] == year]
        scheme = of[0][0].rules.points if of else None
        if scheme:
            days = [[(x[0].activity, x[2]) for x in of if x[1] == day] for _, day, _ in of]
            days = [day for n, day in enumerate(days) if of[n][1] not in [x[1] for x in of[:n]]]
            sums.append((sum(scheme.of_day(day) for day in days), scheme.cap_year))
    return points_of_year(sums)


def worth(lines: Sequence[Served]) -> dict[str, int]:
    """Return the points of the lines begun in each year, counted anew from all lines."""
    found, split = dict.fromkeys(YEARS, 0), parts(lines)
    for year in YEARS:
        found[year] += under_caps(split, year)
        night = under_caps([x for x in split if x[0].day[:4] < year], year)
        found[year] -= night
        found[str(int(year) - 1)] = found.get(str(int(year) - 1), 0) + night
    return {year: points for year, points in found.items() if points}


def serve(start: str, minutes: int, rules: Ruleset, adoption: int = 1) -> Served:
    """Return a line that lasts as long as it is worth."""
    begun = f"{start.replace(' ', 'T')}:00+08:00"
    end = later(begun, minutes=minutes)
    return Served(begun, end, "A1", "敬老助老", minutes, "B", adoption, rules)


def known(sums: PointSums) -> dict[str, int]:
    return {year: points for year, points in sums.by_year().items() if points}


@given(careers(), st.data())
def test_the_order_of_lines_does_not_matter(lines: list[Served], data: st.DataObject) -> None:
    """Rule 29: the figure depends on the lines alone, and is theirs counted anew."""
    sums, again = PointSums(), PointSums()
    brought = sum(sums.add(line) for line in lines)
    other = sum(again.add(line) for line in data.draw(st.permutations(lines)))
    assert brought == other == sum(worth(lines).values())
    assert known(sums) == known(again) == worth(lines)


@given(careers(), st.data())
def test_taking_away_undoes_standing_exactly(lines: list[Served], data: st.DataObject) -> None:
    """Rule 30: reversal posts what the line brought, as if it had never stood."""
    sums = PointSums()
    brought = sum(sums.add(line) for line in lines)
    order = data.draw(st.permutations(lines))
    cut = data.draw(st.integers(0, len(lines)))
    for gone in order[:cut]:
        change = sums.remove(gone)
        assert change <= 0
        brought += change
    assert brought == sum(worth(order[cut:]).values())
    assert known(sums) == worth(order[cut:])


@given(careers())
def test_no_line_brings_less_than_nothing_or_more_than_it_has(lines: list[Served]) -> None:
    sums = PointSums()
    for line in lines:
        before = sum(sums.by_year().values())
        assert 0 <= sums.add(line) <= line.points
        assert sum(sums.by_year().values()) >= before


@given(careers())
def test_caps_are_respected_at_every_moment(lines: list[Served]) -> None:
    """Rule 29: by activity, by day, by year."""
    sums = PointSums()
    for n, line in enumerate(lines):
        sums.add(line)
        for year in sums.years:
            points = sums.of_year(year)
            near = [x for x in lines[: n + 1] if year in (x.start[:4], x.end[:4])]
            highest = [x.rules.points.cap_year for x in near if x.rules.points]
            assert points >= 0
            assert not highest or 0 in highest or points <= max(highest)


def test_two_rulesets_of_one_day_do_not_mix() -> None:
    """One may be adopted for the very day on which lines stood already, where notice takes no days."""
    old, new = (
        Ruleset(points=Points(cap_day=3)),
        Ruleset(points=Points(cap_day=5, per_hour=2)),
    )
    first = serve("2026-03-02 08:00", 240, old, 1)
    second = serve("2026-03-02 14:00", 120, new, 7)
    sums = PointSums()
    assert [sums.add(first), sums.add(second)] == [3, 4]
    assert [sums.remove(first), sums.remove(second)] == [-3, -4]
    assert known(sums) == {}


def test_a_line_over_midnight_is_under_the_caps_of_both_days() -> None:
    """Rule 16: and of both years; it lapses with the year in which it began."""
    rules = Ruleset(points=Points(cap_day=2, cap_year=3), credits=Credits())
    night = serve("2026-12-31 21:00", 240, rules)
    sums = PointSums()
    assert (night.day, night.points, night.purse) == ("2026-12-31", 4, "volunteer")
    assert night.parts == (("2026-12-31", 3), ("2027-01-01", 1))
    assert sums.add(night) == 2 + 1
    assert (sums.of_year("2026"), sums.of_year("2027")) == (2, 1)
    assert [sums.add(serve(f"2027-01-0{day} 08:00", 180, rules)) for day in (1, 2)] == [1, 1]
    assert known(sums) == {"2026": 3, "2027": 2}
    assert sums.through("2026") == 3
    assert sums.remove(night) == -2 - 0  # of 3 that the next year may bring, others bring the rest
    assert known(sums) == {"2027": 3}


def test_halves_on_both_sides_of_midnight_make_a_whole() -> None:
    """Rule 29: floored once a line; the remainder is counted where the hour was made full."""
    line = serve("2026-03-02 23:30", 60, Ruleset(points=Points(cap_day=9)))
    assert line.parts == (("2026-03-02", 0), ("2026-03-03", 1))


def test_rules_that_give_nothing_give_nothing() -> None:
    line = serve("2026-03-02 08:00", 240, Ruleset())
    sums = PointSums()
    assert (line.points, line.purse) == (0, "")
    assert [sums.add(line), sums.remove(line)] == [0, 0]
    assert sums.by_year() == {}


# --- credits ------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 500)), st.data())
def test_no_minute_is_minted_twice(lines: list[int], data: st.DataObject) -> None:
    """Rule 32: whatever stands or goes, in any order, there is a credit for each full hour."""
    minutes = minted = 0
    standing: list[int] = []
    waiting = list(lines)
    while waiting:
        n = data.draw(st.integers(0, 2 * len(standing)))
        if n < len(standing):
            more = -standing.pop(n)
        else:
            standing.append(more := waiting.pop())
        minted += credits_for(minutes, more)
        minutes += more
        assert minutes == sum(standing)
        assert minted == minutes // 60


def test_minutes_left_over_are_carried() -> None:
    """Rule 32."""
    assert [credits_for(n, 50) for n in (0, 50, 100, 150, 200, 250)] == [0, 1, 1, 1, 1, 1]
    assert credits_for(0, 50) + credits_for(50, 10) == 1
    assert credits_for(60, -1) == -1
    assert credits_for(119, -59) == 0
