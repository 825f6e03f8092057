"""Reading the log for patterns: what was said, in order, and what became of it later.

Nobody's signature is checked here and no rule asked: that is the audit's work, and what it refuses is
its finding. The log is read twice, so that a line is judged with what became of it in mind, and no
line has to be remembered for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ledger import kinds
from ledger.anomalies.records import Officer, clock
from ledger.encoding import encode
from ledger.errors import LedgerError
from ledger.fields import MAX_ITEMS
from ledger.kinds import ROWS
from ledger.note import Verifier
from ledger.records import NOBODY
from ledger.rows import ConfirmationItem, CorrectionItem, PersonItem
from ledger.rulesets import Ruleset, read
from ledger.statements import Entry

Logged = tuple[int, bytes, Sequence[bytes]]  # index, entry, items
_REPLACES = b'"replaces"'


class Heard(NamedTuple):
    """A statement as it stands in the log, its rows not yet read."""

    entry: int
    stamp: str
    ref: str
    head: kinds.Said
    items: Sequence[bytes]

    def rows(self) -> list[Any]:
        """Read the rows; raises `ValueError` where one is not as it must be."""
        if len(self.items) > MAX_ITEMS:
            raise ValueError("more rows than a statement can have")
        read = ROWS[type(self.head)].decode
        try:
            return [read(item) for item in self.items]
        except (LedgerError, RecursionError) as error:
            raise ValueError("a row is not as it must be") from error


class Confirmed(NamedTuple):
    """A confirmation of a sheet: where and when it was said, by whom, and which rows it left out."""

    entry: int
    minute: int
    by: Officer
    excepted: frozenset[int]


class Term(NamedTuple):
    """How long somebody may confirm for an organisation: from an entry, up to another or for good."""

    organisation: str
    person: str
    since: int
    until: int


def heard(log: Iterable[Logged]) -> Iterator[Heard]:
    """Iterate over the statements of a log; what is no statement is left to the audit."""
    for index, entry, items in log:
        try:
            found = Entry.parse(entry)
        except LedgerError:
            continue
        yield Heard(index, found.stamp, found.statement.ref, found.statement.head, items)


@dataclass(slots=True)
class Fates:
    """What became of lines in the end, and who the officers are; row numbers count from 0."""

    gone: dict[str, set[int]] = field(default_factory=dict)  # void or replaced, by sheet
    approved: dict[str, set[int]] = field(default_factory=dict)
    confirmed: dict[str, list[Confirmed]] = field(default_factory=dict)
    officers: dict[str, Officer] = field(default_factory=dict)  # by the name of a key
    terms: list[Term] = field(default_factory=list)  # of confirmers
    rules: Ruleset | None = None  # adopted last
    unread: list[int] = field(default_factory=list)  # entries whose rows cannot be read
    _appointed: dict[str, int] = field(default_factory=dict)  # by ref: where in `terms`

    @classmethod
    def read(cls, log: Iterable[Logged]) -> "Fates":
        """Read a whole log for what became of its lines."""
        found = cls()
        for one in heard(log):
            try:
                found._take(one)
            except (ValueError, LedgerError):
                found.unread.append(one.entry)
        return found

    def officer(self, by: str) -> Officer:
        """Return who signs under a key's name; nobody known is himself alone."""
        return self.officers.get(by) or Officer(by, by.rpartition("+")[0])

    def lives(self, sheet: str, n: int) -> bool:
        """Tell whether a line waits or stands."""
        if n in self.gone.get(sheet, ()):
            return False
        said = self.confirmed.get(sheet)
        return said is None or any(n not in one.excepted for one in said)

    def stood(self, sheet: str, n: int) -> Confirmed | None:
        """Return the confirmation that let a line stand, if one has."""
        said = self.confirmed.get(sheet, ())
        return next((one for one in said if n not in one.excepted), None)

    def _take(self, one: Heard) -> None:
        match one.head:
            case kinds.Charter(operator=key) | kinds.Appointment(key=key):
                self._appoint(one, key)
            case kinds.RulesetAdoption():
                (row,) = one.rows()
                self.rules = read(encode(row.ruleset).decode())
            case kinds.Dismissal(appointment=ref) if ref in self._appointed:
                at = self._appointed[ref]
                self.terms[at] = self.terms[at]._replace(until=one.entry)
            case kinds.Attendance():
                self._replace(one)
            case kinds.Correction():
                for row in one.rows():
                    assert isinstance(row, CorrectionItem)
                    self.gone.setdefault(row.line[0], set()).add(row.line[1])
            case kinds.Confirmation():
                self._confirm(one)
            case _:
                pass

    def _appoint(self, one: Heard, vkey: str) -> None:
        (row,) = one.rows()
        assert isinstance(row, PersonItem)
        key = Verifier.parse(vkey)
        self.officers[key.by] = Officer(row.person, key.name)
        if isinstance(one.head, kinds.Appointment) and one.head.role == "confirmer":
            self._appointed[one.ref] = len(self.terms)
            self.terms.append(Term(one.head.organisation, row.person, one.entry, NOBODY))

    def _replace(self, one: Heard) -> None:
        if not any(_REPLACES in item for item in one.items):
            return
        for row in one.rows():
            if row.replaces:
                self.gone.setdefault(row.replaces[0], set()).add(row.replaces[1])

    def _confirm(self, one: Heard) -> None:
        by = self.officer(one.head.by)
        for row in one.rows():
            assert isinstance(row, ConfirmationItem)
            said = Confirmed(one.entry, clock(one.stamp), by, frozenset(row.except_))
            self.confirmed.setdefault(row.attendance, []).append(said)
            if row.approved:
                self.approved.setdefault(row.attendance, set()).update(row.approved)
