"""ToUnicode maps: every character comes back, and a map has one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates import tounicode
from ledger.errors import Malformed

CHARACTERS = st.characters(exclude_categories=["Cs"])


@given(st.text(CHARACTERS, min_size=1, max_size=300))
def test_every_character_comes_back(characters: str) -> None:
    assert tounicode.read(tounicode.write(characters)) == characters


def test_no_flipped_bit_is_read_as_the_same() -> None:
    written = tounicode.write("志愿𬭎A")
    for place in range(len(written)):
        for bit in range(8):
            flipped = bytearray(written)
            flipped[place] ^= 1 << bit
            try:
                assert tounicode.read(bytes(flipped)) != "志愿𬭎A"
            except Malformed:
                continue


@pytest.mark.parametrize("one", [b"<D86D> <DF4E>", b"<5FD7613F>", b"<5fd7>", b"<5FD7> <5FD7>"])
def test_halves_and_twins_are_refused(one: bytes) -> None:
    """What another reader might take for other characters than we do."""
    written = tounicode.write("志")
    with pytest.raises(Malformed):
        tounicode.read(written.replace(b"<5FD7>", one))
