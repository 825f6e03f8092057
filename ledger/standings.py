"""How every certificate of a log stands at an entry: the list to which a `status` statement commits.

    {"bits": "<base64>", "ended": [{"day": "2026-03-20", "entry": i, "number": "…", "reason": "error",
     "successor": "…"}, …], "size": n}

Two bits for each of the first n entries, entry 0 in the highest bits of the first byte (after the
W3C's Bitstring Status List, where index 0 is leftmost too): 00 no certificate, 01 valid,
10 superseded, 11 revoked. `ended` tells more of the last two, by rising entry. The entries alone
decide every byte, so whoever has the ledger writes the same list again: that is how it is audited.
Nothing in it concerns a person; how a certificate stands is looked up without asking anybody.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from msgspec.json import Decoder

from ledger import encoding, fields
from ledger.errors import Malformed
from ledger.fields import Day, Form, Number, Reason, Whole
from ledger.kinds import Status
from ledger.records import Certificate, Record
from ledger.times import day

State = Literal["valid", "superseded", "revoked"]
_STATES: tuple[State, ...] = ("valid", "superseded", "revoked")  # written 01, 10, 11
_CODES = {state: code for code, state in enumerate(_STATES, start=1)}
_A_BYTE = 4  # entries
_WHAT = ("the status list", "效力清单")


class Ended(Form, frozen=True):
    """A certificate that does not stand: since when, why, and what takes its place."""

    day: Day
    entry: Whole
    number: Number
    reason: Reason
    successor: Number | None = None

    def __post_init__(self) -> None:
        """Hold the day against its form."""
        day(self.day)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one certificate stands; of one that is valid there is no more to tell."""

    state: State
    ended: Ended | None = None


class StatusList(Form, frozen=True):
    """The list as it is written."""

    bits: str
    ended: tuple[Ended, ...]
    size: Whole

    def __post_init__(self) -> None:
        """Hold bits and particulars against each other: neither says more than the other."""
        bits = encoding.unbase64(self.bits, _bytes(self.size))
        whole, spare = int.from_bytes(bits), 2 * (-self.size % _A_BYTE)
        high = whole & int.from_bytes(b"\xaa" * len(bits))  # set for what does not stand
        entries = [one.entry for one in self.ended]
        if (
            whole & ((1 << spare) - 1)
            or entries != sorted(set(entries))
            or high.bit_count() != len(entries)
            or not all(self._code(entry) > _CODES["valid"] for entry in entries)
        ):
            raise Malformed("the status list contradicts itself", "效力清单前后矛盾")

    def write(self) -> bytes:
        """Return the one encoding of the list."""
        return fields.write(self)

    def find(self, entry: int) -> Standing | None:
        """Tell how the certificate at an entry stands; None where the list knows of none there."""
        code = self._code(entry)
        if not code:
            return None
        if _STATES[code - 1] == "valid":
            return Standing("valid")
        at = bisect_left(self.ended, entry, key=lambda one: one.entry)
        return Standing(_STATES[code - 1], self.ended[at])

    def _code(self, entry: int) -> int:
        if not 0 <= entry < self.size:
            return 0
        at, shift = _place(entry)
        # Three bytes are four letters: the rest of the text need not be read.
        letters = self.bits[at // 3 * 4 : at // 3 * 4 + 4]
        return encoding.unbase64(letters)[at % 3] >> shift & 3


_READER = Decoder(StatusList)


def read(data: bytes) -> StatusList:
    """Read a list in its one form, or raise `Malformed`."""
    return fields.read(_READER, data, _WHAT, exact=True)


class Standings:
    """The certificates of a ledger as it grows."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self._ended: dict[int, Ended] = {}

    def take(self, records: Iterable[Record]) -> None:
        """Take in what followed from a statement, or all that a ledger holds."""
        for record in records:
            if isinstance(record, Certificate):
                self._mark(record)

    def listed(self, size: int) -> StatusList:
        """Return the list of a log of that size, which what was taken in has not outgrown."""
        bits = bytes(self._bits).ljust(_bytes(size), b"\0")
        ended = tuple(self._ended[entry] for entry in sorted(self._ended))
        return StatusList(bits=encoding.base64(bits), ended=ended, size=size)

    def fits(self, head: Status, size: int) -> bool:
        """Tell whether a statement commits to the list of a log of that size."""
        return head.size == size and head.list == committed(self.listed(size).write())

    def _mark(self, issued: Certificate) -> None:
        found = standing_of(issued)
        at, shift = _place(issued.entry)
        self._bits.extend(bytes(max(0, at + 1 - len(self._bits))))
        self._bits[at] = self._bits[at] & ~(3 << shift) | _CODES[found.state] << shift
        if found.ended:
            self._ended[issued.entry] = found.ended


def committed(data: bytes) -> Status.List:
    """Return what a statement says of the bytes of a list."""
    return Status.List(length=len(data), sha256=sha256(data).hexdigest())


def standing_of(issued: Certificate) -> Standing:
    """Tell how a certificate stands by its record."""
    if issued.state == "valid":
        return Standing("valid")
    ended = Ended(
        day=issued.ended,
        entry=issued.entry,
        number=issued.number,
        reason=issued.reason,
        successor=issued.successor or None,
    )
    return Standing("revoked" if issued.state == "revoked" else "superseded", ended)


def _place(entry: int) -> tuple[int, int]:
    """Return the byte of an entry, and how far its two bits lie from the byte's end."""
    return entry // _A_BYTE, 2 * (_A_BYTE - 1 - entry % _A_BYTE)


def _bytes(size: int) -> int:
    return -(-size // _A_BYTE)
