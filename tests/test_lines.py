"""Lines, packed: what comes out is what went in, and is found by sheet, by person and by day."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.errors import Malformed
from ledger.lines import Lines, Unseen
from ledger.records import NOBODY, Line, key_of
from ledger.times import days_touched, minute_number, minute_text
from tests.scene import at

FIRST, LAST = "1900-01-01T00:00:00+08:00", "8999-12-31T23:59:00+08:00"
MARCH = minute_number("2026-03-01T00:00:00+08:00")
_moments = st.integers(MARCH, MARCH + 9 * 24 * 60)


@st.composite
def lines(draw: st.DrawFn) -> Line:
    start = draw(_moments)
    end = start + draw(st.integers(1, 3 * 24 * 60) | st.just(24 * 60))
    return Line(
        draw(st.sampled_from("ST")), draw(st.integers(0, 6)), draw(st.sampled_from(["V1", "V2"])),
        minute_text(start), minute_text(end), draw(st.integers(1, 10**7 - 1)),
        draw(st.sampled_from("ABCL")), draw(st.integers(0, 5)),
        draw(st.sampled_from(["", "objected", "denied", "excepted", "replaced", "void"])),
        draw(st.integers(NOBODY, 2**31 - 1)), draw(st.integers(NOBODY, 2**31 - 1)),
    )  # fmt: skip


def filled(found: list[Line]) -> tuple[Lines, dict[tuple[str | int, ...], Line]]:
    """Return lines, and a plain table of the same; whose a line is, and when, never changes."""
    packed, plain = Lines(), dict[tuple[str | int, ...], Line]()
    for line in found:
        if before := plain.get(key_of(line)):
            line = replace(line, volunteer=before.volunteer, start=before.start, end=before.end)  # noqa: PLW2901
        plain[key_of(line)] = packed[key_of(line)] = line
    return packed, plain


@given(st.lists(lines(), max_size=20), _moments, st.integers(1, 4000))
def test_lines_are_found_as_in_a_plain_table(found: list[Line], begins: int, lasts: int) -> None:
    packed, plain = filled(found)
    assert len(packed) == len(plain)
    assert list(packed.values()) == list(plain.values())
    for key in [(ref, n) for ref in "STU" for n in range(-1, 9)]:
        assert packed.get(key) == plain.get(key)
        assert (key in packed) == (key in plain)
    start, end = minute_text(begins), minute_text(begins + lasts)
    asked = {day for day, _ in days_touched(start, end)}
    for number in ("V1", "V2", "V3"):
        own = [line for line in plain.values() if line.volunteer == number]
        near = [x for x in own if asked & {day for day, _ in days_touched(x.start, x.end)}]
        assert sorted(packed.near(number, start, end), key=key_of) == sorted(near, key=key_of)
        assert sorted(packed.by(number), key=key_of) == sorted(own, key=key_of)
        early = [x for x in own if x.start < start]
        assert sorted(packed.by(number, start), key=key_of) == sorted(early, key=key_of)
        for line in near:
            others = [x for x in near if x is not line]
            found_ = packed.near(number, start, end, but=key_of(line))
            assert sorted(found_, key=key_of) == sorted(others, key=key_of)
    for ref in "STU":
        assert packed.of(ref, 5) == [plain[ref, n] for n in range(5) if (ref, n) in plain]


@given(st.lists(lines(), max_size=20), st.lists(lines(), max_size=20))
def test_what_was_not_asked_for_is_left(found: list[Line], asked: list[Line]) -> None:
    packed, plain = filled(found)
    rest = Unseen(packed)
    for line in asked:
        assert rest.pop(key_of(line), None) == plain.pop(key_of(line), None)
    assert list(rest.values()) == list(plain.values())


@pytest.mark.parametrize("text", [FIRST, LAST, at("02 08:00"), "2024-02-29T23:59:00+08:00"])
def test_a_minute_is_a_number_and_back(text: str) -> None:
    assert minute_text(minute_number(text)) == text
    assert 0 <= minute_number(text) < 2**32
    assert minute_text(minute_number(text) + 1) > text


@pytest.mark.parametrize(
    "text", ["", "2026-03-02", "2026-03-02T08:00:01+08:00", "20260302T08:00:00+08:00", "x" * 25,
             "1899-12-31T00:00:00+08:00", "2026-02-30T08:00:00+08:00"]
)  # fmt: skip
def test_what_is_no_whole_minute_has_no_number(text: str) -> None:
    with pytest.raises(Malformed):
        minute_number(text)


@pytest.mark.parametrize(
    "wrong",
    [{"n": -1}, {"n": 2**16}, {"minutes": -1}, {"class_": "D"}, {"state": "lost"}, {"rating": 256},
     {"confirmation": 2**31}, {"voided": -(2**40)}, {"start": "soon"}, {"end": ""}],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_changes_nothing(wrong: dict[str, str | int]) -> None:
    """A writer's lines come from its database: one that somebody spoilt is not made to fit."""
    good = Line("S", 0, "V1", at("03 09:00"), at("03 10:00"), 60, "B")
    packed, _ = filled([good])
    bad = replace(good, n=1)
    with pytest.raises(Malformed):
        packed["S", 1] = replace(bad, **wrong)
    assert list(packed.values()) == [good]
    packed["S", 1] = bad
    assert list(packed.values()) == [good, bad]
