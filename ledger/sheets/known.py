"""What a sheet is judged against: people, organisations, activities and lines known before.

The vault and the book give these; here are only their shapes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.intervals import Window


@dataclass(frozen=True, slots=True)
class Person:
    """A volunteer as the vault knows him; `left` is when he left the association, or empty."""

    number: str
    name: str
    phone: str = ""
    document: str = ""
    born: str = ""
    sex: str = ""
    guardian: str = ""
    organisations: frozenset[str] = frozenset()
    since: str = ""
    left: str = ""
    erased: bool = False

    def active(self, when: str) -> bool:
        """Tell whether he serves at an instant. Who registered later has the line too."""
        return not self.erased and not (self.left and self.left <= when)


@dataclass(frozen=True, slots=True)
class RefusedRegistration:
    """A registration that was refused: why, for which organisation. Whose, one can only test."""

    code: str
    organisation: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """What the vault needs to know such a person again: it keeps keyed hashes and the code."""

    row: int
    name: str
    phone: str
    organisation: str
    code: str


class People(Protocol):
    """Who is registered; every name, telephone and number is asked for in its cleaned form."""

    def by_number(self, number: str) -> Person | None:
        """Return the person with a volunteer number, erased ones too."""
        ...

    def by_document(self, document: str) -> Person | None:
        """Return the person with an ID number."""
        ...

    def by_name(self, name: str) -> Sequence[Person]:
        """Return everybody of that name, those who left too."""
        ...

    def refused(self, name: str, phone: str) -> Sequence[RefusedRegistration]:
        """Return refused registrations of that name, and of that telephone unless it is ""."""
        ...


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation as its newest row says."""

    code: str
    name: str
    parent: str = ""
    area: str = ""
    uscc: str = ""
    manager: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity as its newest row says; `leader` is a volunteer number or a name."""

    code: str
    name: str
    organisation: str
    window: Window
    category: str = ""
    place: str = ""
    content: str = ""
    leader: str = ""
    hazard: bool = False
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A service line said before. `blocks`: it waits or stands; excepted and void ones do not.

    `arrived` and `left` are as written, empty for a roll-call; `ref` is its place for people.
    """

    activity: str
    start: str
    end: str
    minutes: int
    arrived: str
    left: str
    ref: str
    blocks: bool = True


class Lines(Protocol):
    """Asks once a sheet for all earlier lines of the volunteers on it."""

    def __call__(self, numbers: Collection[str]) -> Mapping[str, Sequence[Line]]:
        """Return the lines by volunteer number; who has none may be absent."""
        ...
