"""The list of how all certificates stand: one form, two bits an entry (`ledger.standings`)."""

import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import standings
from ledger.encoding import decode, encode
from ledger.errors import LedgerError
from ledger.records import Certificate
from ledger.standings import Standings, StatusList, standing_of

MILLION = 1_000_000
ENDS = ("valid", "superseded", "revoked")


def issued(entry: int, state: str = "valid", successor: str = "") -> Certificate:
    """Return the record of a certificate at an entry."""
    more = (
        {}
        if state == "valid"
        else {"ended": "2026-03-20", "reason": "error", "successor": successor}
    )
    number = f"440100-KX-2026-{entry:06d}-{entry % 97:02d}"
    return Certificate(f"ref{entry}", entry, number, "KX", "2026", entry, "V1", 180, state, **more)


def listed(size: int, *records: Certificate) -> StatusList:
    found = Standings()
    found.take(records)
    return found.listed(size)


LEDGERS = st.dictionaries(st.integers(0, 300), st.sampled_from(ENDS)).flatmap(
    lambda states: st.tuples(
        st.just(states), st.integers(max(states, default=-1) + 1, 310), st.randoms()
    )
)


@given(LEDGERS)
def test_a_list_tells_what_was_taken_in(ledger: tuple[dict[int, str], int, Any]) -> None:
    """Read back, and whatever order the ledger is read in, every entry has the state it has."""
    states, size, random = ledger
    records = [issued(entry, state) for entry, state in states.items()]
    found = listed(size, *records)
    random.shuffle(records)
    assert listed(size, *records) == found == standings.read(found.write())
    for entry in range(-2, size + 9):
        told = found.find(entry)
        assert (told.state if told else None) == states.get(entry)
        if told and told.ended:
            assert told == standing_of(issued(entry, states[entry]))


@given(LEDGERS, st.data())
def test_no_flipped_bit_of_a_list_is_read_or_it_is_another_list(
    ledger: tuple[dict[int, str], int, Any], data: st.DataObject
) -> None:
    """Nothing in it is without meaning: what still reads says something else."""
    states, size, _ = ledger
    written = bytearray(listed(size, *(issued(*one) for one in states.items())).write())
    before = standings.read(bytes(written))
    at = data.draw(st.integers(0, 8 * len(written) - 1))
    written[at // 8] ^= 1 << at % 8
    try:
        after = standings.read(bytes(written))
    except LedgerError:
        return
    assert after != before


def test_a_state_changes_to_the_worse() -> None:
    found = Standings()
    for state in ENDS:
        found.take([issued(5, state)])
        told = found.listed(6).find(5)
        assert told
        assert told.state == state


def test_the_first_entry_is_leftmost() -> None:
    """Entries 0 to 4: valid, superseded, revoked, none, valid."""
    found = listed(5, issued(0), issued(1, "superseded"), issued(2, "revoked"), issued(4))
    assert found.bits == "bEA="  # 01 10 11 00 · 01 and spare bits
    assert [one.entry for one in found.ended] == [1, 2]


ROWS = [{"day": "2026-03-20", "entry": n, "number": f"N{n}", "reason": "error"} for n in (1, 2)]
CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "a spare bit": {"bits": "bEE="},
    "a byte more": {"bits": "bEAA"},
    "a byte less": {"bits": "bA=="},
    "no particulars": {"ended": []},
    "half of them": {"ended": ROWS[:1]},
    "in another order": {"ended": ROWS[::-1]},
    "one twice": {"ended": [ROWS[0], ROWS[0]]},
    "of one that is valid": {"ended": [ROWS[0], ROWS[1] | {"entry": 4}]},
    "of none": {"ended": [ROWS[0], ROWS[1] | {"entry": 3}]},
    "of an entry to come": {"ended": [ROWS[0], ROWS[1] | {"entry": 5}]},
    "without a reason": {"ended": [ROWS[0], {"day": "2026-03-20", "entry": 2, "number": "N2"}]},
    "on no day": {"ended": [ROWS[0], ROWS[1] | {"day": "2026-02-30"}]},
    "of another size": {"size": 9},
    "with a word more": {"note": "x"},
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_list_that_contradicts_itself_is_refused(name: str) -> None:
    value = {"bits": "bEA=", "ended": ROWS, "size": 5}
    assert decode(standings.read(encode(value)).write()) == value
    with pytest.raises(LedgerError):
        standings.read(encode(value | CONTRADICTIONS[name]))


def test_a_million_certificates_fit_into_a_letter() -> None:
    """One in a thousand does not stand; after every fifty comes an entry that is something else."""
    found, entries = Standings(), [entry for entry in range(MILLION * 51 // 50) if entry % 51]
    gone = set(entries[7 :: MILLION // 1000 + 1])  # no period that zlib could make use of
    found.take(
        issued(entry, ENDS[1 + entry % 2] if entry in gone else "valid") for entry in entries
    )
    told = found.listed(MILLION * 51 // 50)
    assert (len(entries), len(told.ended)) == (MILLION, 999)
    assert len(zlib.compress(told.write(), 9)) < 20_000
