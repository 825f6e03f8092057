"""Commitments: the bytes of DESIGN.md section 3, and nothing that can be guessed."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.commitments import Opening, check, commitment
from ledger.errors import Malformed, Unverified

KEY = bytes(range(32))


def test_the_bytes_are_those_of_the_design() -> None:
    text = "volunteer-ledger/commitment@v1\nname\n李𫖯".encode()
    due = base64.b64encode(hmac.new(KEY, text, hashlib.sha256).digest()).decode()
    assert commitment("name", "李𫖯", KEY) == due
    assert Opening(KEY, "李𫖯").commitment("name") == due


@pytest.mark.parametrize("value", ["e\u0301", "张\n三", "张\u202e三", "\ufeff张三"])
def test_a_value_is_in_its_one_form(value: str) -> None:
    with pytest.raises(Malformed):
        commitment("name", value, KEY)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_is_32_bytes(size: int) -> None:
    with pytest.raises(Malformed):
        commitment("name", "张三", bytes(size))


@given(st.sampled_from(("name", "document")), st.text("张三李四AB1", max_size=5))
def test_only_its_own_opening_fits(field: str, value: str) -> None:
    opening = Opening.fresh(value)
    found = opening.commitment(field)
    check(found, field, opening)
    for other in (Opening.fresh(value), Opening(opening.key, value + "x")):
        with pytest.raises(Unverified):
            check(found, field, other)
    with pytest.raises(Unverified):
        check(found, "sex", opening)


def test_keys_are_never_the_same() -> None:
    assert len({Opening.fresh("张三").key for _ in range(50)}) == 50


def test_a_traceback_shows_nobody() -> None:
    assert "张三" not in repr(Opening.fresh("张三"))
