"""Cells as people fill them in, and the one clean form each has."""

# ruff: noqa: DTZ001, RUF001 - cells hold full-width signs, and times without a zone

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Rejected
from ledger.sheets import values
from ledger.sheets.cells import ERROR, FORMULA, Cell
from tests.sheets_world import outcome

NAMES = {
    "张三": "张三",
    "张　三": "张三",
    " 张 三 ": "张三",
    "张\n三": "张三",
    "李𫖯": "李𫖯",
    "李 𫖯": "李𫖯",
    "阿依古丽·买买提": "阿依古丽·买买提",
    "阿依古丽•买买提": "阿依古丽·买买提",
    "阿依古丽 · 买买提": "阿依古丽·买买提",
    "阿依古丽・买买提": "阿依古丽·买买提",
    "John  Smith": "John Smith",
    "Ｊｏｈｎ": "John",
    "Cafe\u0301": "Café",
    "\ufeff张三\u200b": "张三",
}
PHONES: tuple[tuple[Cell, str], ...] = (
    ("19900000000", "19900000000"),
    (19900000000.0, "19900000000"),
    (19900000000, "19900000000"),
    ("19900000000.0", "19900000000"),
    ("199-0000-0000", "19900000000"),
    ("199 0000 0000", "19900000000"),
    ("199—0000—0000", "19900000000"),
    ("１９９００００００００", "19900000000"),
    ("+86 19900000000", "19900000000"),
    ("+86-199-0000-0000", "19900000000"),
    ("（+86）19900000000", "19900000000"),
    ("008619900000000", "19900000000"),
    ("8619900000000", "19900000000"),
    ("'19900000000", "19900000000"),
    ("0370-1234567", "03701234567"),
    ("(010)12345678", "01012345678"),
    ("2345678", "2345678"),
    ("+852 9123 4567", "+85291234567"),
    ("无", ""),
)
HOURS: tuple[tuple[Cell, int], ...] = (
    ("2.5", 150),
    (2.5, 150),
    (2, 120),
    ("2", 120),
    ("2.5小时", 150),
    ("２．５小时", 150),
    ("2小时30分", 150),
    ("2小时30分钟", 150),
    ("2 小时 30 分钟", 150),
    ("2个小时", 120),
    ("2个半小时", 150),
    ("2小时半", 150),
    ("两小时", 120),
    ("三个半小时", 210),
    ("半小时", 30),
    ("半个小时", 30),
    ("2h", 120),
    ("2H", 120),
    ("1h30m", 90),
    ("1h30min", 90),
    ("2hours", 120),
    ("90分钟", 90),
    ("90分", 90),
    ("90min", 90),
    ("0小时45分", 45),
    ("2:30", 150),
    ("2：30", 150),
    (time(2, 30), 150),
    (timedelta(hours=26), 1560),
    (0.1, 6),
    ("2.333", 139),
)


@pytest.mark.parametrize(("written", "clean"), NAMES.items())
def test_names(written: str, clean: str) -> None:
    assert values.name(written) == clean


@pytest.mark.parametrize(
    "written", ["·前点", "点·", "买·", "阿··买", "李😀", "吴18小时0分钟", "12", "..", "—", "１２"]
)
def test_what_is_no_name(written: str) -> None:
    with pytest.raises(Rejected):
        values.name(written)


def test_a_text_that_looks_like_a_formula_is_not_called_one() -> None:
    with pytest.raises(Rejected, match="begins with") as caught:
        values.text("=1+1")
    assert "以“=”开头" in caught.value.zh


@pytest.mark.parametrize(("written", "clean"), PHONES, ids=repr)
def test_telephones(written: Cell, clean: str) -> None:
    assert values.phone(written) == clean


@pytest.mark.parametrize(("written", "minutes"), HOURS, ids=repr)
def test_hours(written: Cell, minutes: int) -> None:
    assert values.hours(written) == minutes


@given(st.integers(0, 23), st.integers(0, 59))
def test_hours_written_in_words_are_the_same_minutes(hours: int, minutes: int) -> None:
    total = 60 * hours + minutes
    shapes = (
        f"{hours}小时{minutes}分",
        f"{hours}h{minutes}m",
        f"{total}分钟",
        f"{hours}:{minutes:02}",
    )
    for shape in shapes:
        if total:
            assert values.hours(shape) == total
        else:
            with pytest.raises(Rejected):
                values.hours(shape)


def test_minutes_of_a_column_that_says_so() -> None:
    assert values.minutes(90.0) == values.minutes("90") == values.minutes("1.5小时") == 90


def test_id_numbers_and_codes() -> None:
    assert values.document("４１９９０１１９９００１０１１２３ｘ") == "41990119900101123X"
    assert values.document("'419901 19900101 123x") == "41990119900101123X"
    assert values.document("G12345678") == "G12345678"
    assert values.document("H1234567(8)") == "H1234567(8)"
    assert values.code(" Ａ００１ ") == "A001"
    assert values.code(101.0) == "101"


def test_sexes_yes_and_ratings() -> None:
    assert values.sex(" 男 ") == values.sex("Male") == "男"
    assert values.sex("女性") == "女"
    assert all(values.yes(said) for said in ("是", "√", "Y", "同意", "已签署", True, 1.0))
    assert not any(values.yes(said) for said in ("否", "×", "no", "不同意", False, 0))
    assert [values.rating(said) for said in (5.0, "4", "3分", "２")] == [5, 4, 3, 2]


REFUSED: tuple[tuple[Callable[[Cell], object], Cell], ...] = (
    (values.name, ""),
    (values.name, "123"),
    (values.name, 5.0),
    (values.name, datetime(2026, 3, 2)),
    (values.name, "张\u202e三"),
    (values.name, ERROR),
    (values.name, "#REF!"),
    (values.name, "=A1"),
    (values.text, "字" * 1001),
    (values.text, FORMULA),
    (values.text, "\x07"),
    (values.code, "A 001/2"),
    (values.code, "编号"),
    (values.code, "A" * 33),
    (values.phone, "1.99E+10"),
    (values.phone, "1990000000"),
    (values.phone, "199000000000"),
    (values.phone, "19900000000/19800000000"),
    (values.phone, "同上"),
    (values.document, 4.1990119900101e17),
    (values.document, 419901199001011230),
    (values.document, "4.19901E+17"),
    (values.document, "419901199001011000.0"),
    (values.document, "4199**********1234"),
    (values.document, "见附件"),
    (values.sex, "未知"),
    (values.yes, "待定"),
    (values.rating, 6),
    (values.rating, "优"),
    (values.hours, "0"),
    (values.hours, 0.0),
    (values.hours, -1.0),
    (values.hours, "全天"),
    (values.hours, "小时"),
    (values.hours, True),
    (values.hours, float("nan")),
    (values.hours, float("inf")),
    (values.hours, datetime(2026, 3, 2)),
)


@pytest.mark.parametrize(
    ("parse", "cell"), REFUSED, ids=lambda value: getattr(value, "__name__", repr(value))
)
def test_what_cannot_be_read_is_refused_in_two_languages(
    parse: Callable[[Cell], object], cell: Cell
) -> None:
    with pytest.raises(Rejected) as refused:
        parse(cell)
    assert refused.value.code == "field.unreadable"
    assert refused.value.en != refused.value.zh
    assert not refused.value.zh.isascii()


def test_a_rounded_number_is_told_apart_from_a_wrong_one() -> None:
    with pytest.raises(Rejected, match="rounded"):
        values.document(419901199001011230.0)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.datetimes(), st.times()))
def test_no_cell_breaks_a_reader(cell: Cell) -> None:
    readers: tuple[Callable[[Cell], object], ...] = (
        *(values.name, values.phone, values.document, values.code, values.sex),
        *(values.yes, values.rating, values.hours, values.minutes, values.text),
    )
    for parse in readers:
        assert outcome(parse, cell) in ("read", "field.unreadable")
