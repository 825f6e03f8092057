"""Compound files: the streams they name, and circles of sectors."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.sheets import compound
from tests.sheets_files import xls
from tests.sheets_world import outcome

WHOLE = xls([["姓名", "手机号"], ["张三", "1"]])
TABLE, DIRECTORY, FIRST = 512, 1, 2  # where the table of sectors lies, and two chains begin


def changed(at: int, value: int) -> bytes:
    return WHOLE[:at] + struct.pack("<L", value) + WHOLE[at + 4 :]


def test_streams_are_named() -> None:
    assert compound.streams(WHOLE) == {"Workbook"}


@pytest.mark.parametrize("chain", [DIRECTORY, FIRST, FIRST + 5])
def test_a_circle_is_found(chain: int) -> None:
    with pytest.raises(Malformed):
        compound.streams(changed(TABLE + 4 * chain, chain if chain == DIRECTORY else FIRST))


def test_a_table_of_tables_in_a_circle_is_found() -> None:
    at = 68
    looping = changed(at, 3)
    end = 512 * 5 - 4
    looping = looping[:end] + struct.pack("<L", 3) + looping[end + 4 :]
    with pytest.raises(Malformed):
        compound.streams(looping)


def test_what_is_too_short_or_has_odd_sectors_is_refused() -> None:
    for data in (b"", WHOLE[:100], WHOLE[:30] + b"\x01" + WHOLE[31:]):
        with pytest.raises(Malformed):
            compound.streams(data)


@given(st.lists(st.tuples(st.integers(0, 1600), st.integers(0, 255)), max_size=5))
def test_no_damage_hangs_or_breaks_the_walk(changes: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for at, value in changes:
        data[at] = value
    assert outcome(compound.streams, bytes(data)) in ("read", "malformed")
