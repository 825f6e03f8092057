"""The book: what has been said so far, as far as rules need it.

A book is a set of tables of plain records. `admit` reads it and answers with records to put into
it, so one mechanism serves three: the auditor folds them from entry 0, the store writes the same
records as rows, and the audit compares the two.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ledger import rulesets
from ledger.lines import Lines, Unseen
from ledger.records import (
    NOBODY,
    RECORDS,
    Achievement,
    Adoption,
    Certificate,
    Certified,
    Closing,
    Complaint,
    Hold,
    Key,
    Line,
    Membership,
    Movement,
    Organisation,
    R,
    Record,
    RecordKey,
    Sheet,
    Star,
    key_of,
)
from ledger.rulesets import Ruleset, in_force, newest
from ledger.times import day_of


class Book:
    """The records so far, and how far the log has come."""

    def __init__(self) -> None:
        self.origin = ""
        self.size = 0
        self.stamp = ""
        self._tables: dict[type, Any] = {kind: {} for kind in RECORDS}
        self._lines = Lines()
        self._tables[Line] = self._lines
        self._groups: dict[tuple[type, str], dict[RecordKey, Any]] = defaultdict(dict)
        self._numbered: dict[tuple[str, str], int] = {}  # by issuer and year: the last number given
        self._rulesets: dict[int, tuple[str, Ruleset]] = {}
        # By day of service, while no other is adopted.
        self._in_force: dict[str, tuple[int, Ruleset]] = {}
        # Accounts that a writer has fetched: with all that is held on them, or by themselves.
        self.whole: set[str] = set()
        self.purses: set[str] = set()
        # Whether any ruleset gives anything, some of it to be donated, caps points, or a year's.
        self.pays = self.donates = self.caps = self.caps_years = False

    def find(self, kind: type[R], *key: str | int) -> R | None:
        """Return the record of that kind and key, if there is one."""
        found: R | None = self._tables[kind].get(key)
        return found

    def all(self, kind: type[R]) -> Iterator[R]:
        """Iterate over all records of a kind that the book holds."""
        return iter(self._tables[kind].values())

    def rest(self, kind: type[R]) -> dict[RecordKey, R] | Unseen:
        """Return all records of a kind, to be taken out one by one; the book keeps them."""
        return Unseen(self._lines) if kind is Line else dict(self._tables[kind])

    def put(self, records: Iterable[Record], *, keep: bool = False) -> None:
        """Take in records. Nothing here can fail.

        One that is known by its key is replaced, unless what is known is to be kept.
        """
        for record in records:
            key, table = key_of(record), self._tables[type(record)]
            if keep and key in table:
                continue
            if type(record) in _GROUPS:
                self._index(record, key)
            elif isinstance(record, Adoption):
                self._adopt(record)
            elif isinstance(record, Certificate):
                issued = (record.organisation, record.year)
                self._numbered[issued] = max(record.sequence, self._numbered.get(issued, 0))
            table[key] = record

    def _index(self, record: Record, key: RecordKey) -> None:
        closed = isinstance(record, Hold) and record.state != "open"
        for group in _groups(record):
            self._groups[group][key] = record
            if closed:  # an account is asked for its open holds alone
                del self._groups[group][key]

    def _adopt(self, record: Adoption) -> None:
        self._rulesets[record.entry] = (record.since, rulesets.read(record.document))
        self._in_force.clear()
        rules = [found for _, found in self._rulesets.values()]
        points = [found.points for found in rules if found.points]
        self.pays = any(found.points or found.credits for found in rules)
        self.donates = any(found.credits and found.credits.donation_only for found in rules)
        self.caps_years = any(scheme.cap_year for scheme in points)
        self.caps = self.caps_years or any(p.cap_activity or p.cap_day for p in points)

    def _group(self, kind: type[R], name: str) -> tuple[R, ...]:
        return tuple(self._groups.get((kind, name), {}).values())

    def advance(self, stamp: str) -> None:
        """Note that one more entry was read."""
        self.size += 1
        self.stamp = stamp

    # --- questions the rules ask ---------------------------------------------------------------

    def key_of_public(self, public: str) -> Key | None:
        """Return the enrolled key with these public bytes (base64)."""
        return next(iter(self._group(Key, public)), None)

    def key_of_appointment(self, ref: str) -> Key | None:
        """Return the key that an appointment enrolled; of the charter's three, the operator's."""
        found = self._group(Key, ref)
        return next((key for key in found if key.entry or key.role == "operator"), None)

    def root(self) -> Organisation | None:
        """Return the organisation that hangs on no other."""
        return next(iter(self._group(Organisation, "root")), None)

    def above(self, code: str) -> tuple[str, ...]:
        """Return an organisation's code and those above it, up to the root."""
        found: list[str] = []
        while code and code not in found and (at := self.find(Organisation, code)):
            found.append(code)
            code = at.parent
        return tuple(found)

    def memberships(self, volunteer: str) -> tuple[Membership, ...]:
        """Return all memberships a volunteer has or had."""
        return self._group(Membership, volunteer)

    def lines_near(
        self, volunteer: str, start: str, end: str, but: RecordKey = ()
    ) -> tuple[Line, ...]:
        """Return the volunteer's lines that touch a day which the interval touches, but one."""
        return tuple(self._lines.near(volunteer, start, end, but))

    def lines_by(self, volunteer: str) -> tuple[Line, ...]:
        """Return all lines of a volunteer, once each."""
        return tuple(self._lines.by(volunteer))

    def lines_before(self, volunteer: str, instant: str) -> tuple[Line, ...]:
        """Return the lines of a volunteer that begin before an instant."""
        return tuple(self._lines.by(volunteer, instant))

    def lines_of(self, sheet: Sheet) -> tuple[Line, ...]:
        """Return the lines of an attendance statement, in order."""
        return tuple(self._lines.of(sheet.ref, sheet.count))

    def line_state(self, line: Line) -> str:
        """Return a line's state: its own, or else its statement's."""
        sheet = self.find(Sheet, line.sheet)
        return line.state or (sheet.state if sheet else "recorded")

    def certificates_of(self, ref: str, n: int) -> tuple[Certificate, ...]:
        """Return the certificates that rest on a row of a statement."""
        found = self._group(Certified, f"{ref}:{n}")
        held = (self.find(Certificate, certified.certificate) for certified in found)
        return tuple(certificate for certificate in held if certificate)

    def closings_of(self, size: int) -> tuple[Closing, ...]:
        """Return the closings, and parts of closings, of the first so many entries."""
        return self._group(Closing, str(size))

    def last_sequence(self, organisation: str, year: str) -> int:
        """Return the last certificate number an issuer gave that year, 0 if none."""
        return self._numbered.get((organisation, year), 0)

    def rules_on(self, service_day: str) -> Ruleset:
        """Return the ruleset that a day of service is judged by."""
        return self.adopted_on(service_day)[1]

    def adopted_on(self, service_day: str) -> tuple[int, Ruleset]:
        """Return the ruleset that a day of service is judged by, and the entry that adopted it."""
        if service_day not in self._in_force:
            entry = in_force(self._rulesets, service_day)
            self._in_force[service_day] = entry, self._rulesets[entry][1]
        return self._in_force[service_day]

    def adopted_for(self, line: Line) -> tuple[int, Ruleset]:
        """Return the ruleset that a line is judged by: in force on its day, and adopted before it stood."""
        return self.adopted_before(self.stood(line), day_of(line.start))

    def adopted_before(self, stood: int, service_day: str) -> tuple[int, Ruleset]:
        """Return the ruleset of a day of service, among those adopted before an entry; `NOBODY`: all.

        Only where a notice takes no days can another be adopted for the day on which a line stood.
        """
        found = self.adopted_on(service_day)
        if stood == NOBODY or found[0] < stood:
            return found
        earlier = {entry: one for entry, one in self._rulesets.items() if entry < stood}
        entry = in_force(earlier, service_day)
        return entry, self._rulesets[entry][1]

    def stood(self, line: Line) -> int:
        """Return the entry that let a line stand, `NOBODY` while none has."""
        sheet = self.find(Sheet, line.sheet)
        first = sheet.confirmation if sheet else NOBODY
        return first if line.confirmation == NOBODY else line.confirmation

    def adopted(self, entry: int) -> Ruleset:
        """Return the ruleset that an entry adopted."""
        return self._rulesets[entry][1]

    def stars_of(self, volunteer: str) -> tuple[Star, ...]:
        """Return what is known of a volunteer's stars."""
        return self._group(Star, volunteer)

    def achievements_of(self, volunteer: str) -> tuple[Achievement, ...]:
        """Return the trainings and honours of a volunteer, those taken back too."""
        return self._group(Achievement, volunteer)

    def complaints_about(self, volunteer: str) -> tuple[Complaint, ...]:
        """Return the complaints about a volunteer that were upheld."""
        return self._group(Complaint, volunteer)

    def holds_on(self, account: str) -> tuple[Hold, ...]:
        """Return the open holds on a paying account."""
        return self._group(Hold, account)

    def holds_of(self, good: str) -> tuple[Hold, ...]:
        """Return the open holds of a good."""
        return self._group(Hold, f"good {good}")

    def movements_from(self, account: str) -> tuple[Movement, ...]:
        """Return the movements that an account paid."""
        return self._group(Movement, account)

    def rules_now(self) -> Ruleset:
        """Return the newest ruleset: its calendar is the one that counts working days."""
        return newest(self._rulesets)


# By what else the rules look records up, beside their keys.
_GROUPS: Mapping[type, Callable[[Any], tuple[str, ...]]] = {
    Key: lambda key: (key.public, key.ref),
    Organisation: lambda organisation: () if organisation.parent else ("root",),
    Membership: lambda member: (member.volunteer,),
    Certified: lambda rests: (f"{rests.sheet}:{rests.n}",),
    Closing: lambda closing: (str(closing.size),),
    Star: lambda star: (star.volunteer,),
    Complaint: lambda complaint: (complaint.volunteer,),
    Achievement: lambda one: (one.volunteer,),
    Hold: lambda hold: (hold.credit, f"good {hold.good}"),
    Movement: lambda movement: (movement.credit,),
}


def _groups(record: Record) -> list[tuple[type, str]]:
    kind = type(record)
    return [(kind, name) for name in _GROUPS[kind](record)]
