"""Base45, held against the examples of RFC 9285 (4.3 and 4.4) and against itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates import base45
from ledger.errors import Malformed

EXAMPLES = ((b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"))


@pytest.mark.parametrize(("data", "text"), EXAMPLES)
def test_the_examples_of_the_rfc(data: bytes, text: str) -> None:
    assert base45.encode(data) == text
    assert base45.decode(text) == data


def test_the_example_of_decoding() -> None:
    assert base45.decode("QED8WEX0") == b"ietf!"


# RFC 9285, 6: what decodes to more than FFFF, as `GGW` and `:::` do; and two signs to more than FF.
@pytest.mark.parametrize(
    "text", ["0", "BB80", "GGW", ":::", "::", "V5", "A", "BB8A", "bb8", "BB8\n", "BÄ8", "B_8"]
)
def test_nothing_else_is_read(text: str) -> None:
    with pytest.raises(Malformed):
        base45.decode(text)


@given(st.binary(max_size=300))
def test_bytes_come_back(data: bytes) -> None:
    text = base45.encode(data)
    assert base45.decode(text) == data
    assert not text.endswith(" ")  # which nobody would see, and some would trim


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", max_size=12))
def test_there_is_one_text_for_each_value(text: str) -> None:
    try:
        data = base45.decode(text)
    except Malformed:
        return
    assert base45.encode(data) == text
