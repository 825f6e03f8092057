"""Identity numbers, and how much of them is shown."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.sheets import identity
from ledger.sheets.identity import Claims

TODAY = date(2026, 3, 2)
GOOD = "11010519491231002X"  # the example of GB 11643
USCC = "91350100M000100Y43"  # the example of GB 32100


def number(area: str, born: str, order: str) -> str:
    body = area + born + order
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, weights, strict=True)) % 11]


def codes(found: str, claims: Claims = Claims(None, "")) -> list[str]:  # noqa: B008 - frozen
    return [fault.code for fault in identity.faults(found, claims, TODAY)]


def test_the_example_of_the_standard() -> None:
    assert codes(GOOD, Claims("女", "1949-12-31")) == []
    assert (identity.born_of(GOOD), identity.sex_of(GOOD)) == ("1949-12-31", "女")


def test_every_wrong_check_digit_is_found() -> None:
    for digit in "0123456789":
        assert codes(GOOD[:-1] + digit) == ["id.checksum"]


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_found(place: int, by: int) -> None:
    digit = str((int(GOOD[place]) + by) % 10)
    assert "id.checksum" in codes(GOOD[:place] + digit + GOOD[place + 1 :])


def test_birth_date_and_sex_must_fit() -> None:
    assert codes(GOOD, Claims("男", "")) == ["id.sex_mismatch"]
    assert codes(GOOD, Claims(None, "1949-12-30")) == ["id.birth_mismatch"]
    assert codes(number("419901", "20250230", "001")) == ["id.birth_mismatch"]
    assert codes(number("419901", "20270101", "001")) == ["id.birth_mismatch"]


@pytest.mark.parametrize(
    "bad", ["110105491231002", "1101051949123100", "A1010519491231002X", "X" * 18]
)
def test_other_shapes_cannot_be_read(bad: str) -> None:
    assert codes(bad) == ["field.unreadable"]


def test_old_and_rounded_numbers_are_told_what_they_are() -> None:
    (old,) = identity.faults("110105491231002", Claims(None, ""), TODAY)
    assert "15" in old.zh
    (rounded,) = identity.faults("110105194912310000"[:-3] + "000", Claims(None, ""), TODAY)
    assert "rounded" in rounded.en


def test_areas_of_every_revision_are_known() -> None:
    assert identity.area_known("110105")
    assert identity.area_known("110103")  # 崇文区, until 2010
    assert not identity.area_known("419926")


def test_credit_codes() -> None:
    assert [fault.code for fault in identity.uscc_faults(USCC)] == []
    assert [fault.code for fault in identity.uscc_faults("13419900MB0000001T")] == []
    assert [fault.code for fault in identity.uscc_faults(USCC[:-1] + "4")] == ["uscc.checksum"]
    assert [fault.code for fault in identity.uscc_faults(USCC[:-1])] == ["field.unreadable"]
    assert [fault.code for fault in identity.uscc_faults("I" + USCC[1:])] == ["field.unreadable"]


def test_which_documents_are_resident_cards() -> None:
    assert identity.resident("身 份 证", "")
    assert identity.resident("", GOOD)
    assert not identity.resident("", "G12345678")
    assert not identity.resident("护照", GOOD)
    assert not identity.resident("港澳台居民居住证", GOOD)


def test_age() -> None:
    assert identity.age("2012-03-02", "2026-03-02") == 14
    assert identity.age("2012-03-03", "2026-03-02") == 13
    assert identity.age("2008-02-29", "2026-02-28") == 17


MASKED = {
    "张三": "张*",
    "张三丰": "张**",
    "欧阳震华": "欧阳**",
    "欧阳": "欧*",
    "司马相如": "司马**",
    "爱新觉罗溥仪": "爱新觉罗**",
    "阿依古丽·买买提": "阿*******",
    "李𫖯": "李*",
    "张": "张*",
    "John Smith": "J*********",
    "·前点": "·**",  # of an older import: names do not begin so any more
    "": "*",
}


@pytest.mark.parametrize("name", MASKED)
def test_masked_names(name: str) -> None:
    assert identity.masked_name(name) == MASKED[name]


def test_masked_documents() -> None:
    assert identity.masked_document("居民身份证", GOOD) == "居民身份证 1101**********002X"
    assert identity.masked_document("护照", "G12345678") == "护照 G*******8"
    assert identity.masked_document("证", "12") == "证 1*2"
