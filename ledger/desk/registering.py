"""Registering: organisations, volunteers and activities from sheets into the log and the vault."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Generic, TypeVar

from msgspec import structs
from stdnum import luhn

from ledger import kinds
from ledger.commitments import Opening
from ledger.desk import register
from ledger.desk.letters import Letter
from ledger.desk.office import Office, activity_row, book_of, together
from ledger.desk.register import Register
from ledger.errors import Rejected
from ledger.records import Activity, Organisation, Volunteer
from ledger.sheets import activities, identity, known, organisations, reading, volunteers
from ledger.sheets.columns import Columns, Kind
from ledger.sheets.layout import Note, Table
from ledger.sheets.problems import Fault, Judged, Problem, problem
from ledger.sheets.registrations import NONE, Registration, Terms
from ledger.store.reading import Reader
from ledger.times import day_of
from ledger.vault import Details, Registered
from ledger.wants import Wants

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class File:
    """A file as it arrived."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Imported(Generic[T]):
    """What became of a file: rows recorded, and what is wrong with the rest."""

    tables: tuple[Table, ...]
    judged: tuple[Judged[T], ...]
    numbers: Mapping[tuple[str, int], str] = field(default_factory=dict)
    entries: tuple[int, ...] = ()
    dry: bool = False

    @property
    def good(self) -> tuple[T, ...]:
        """Return the rows that were recorded."""
        return tuple(row for one in self.judged for row in one.good)

    @property
    def already(self) -> int:
        """Return how many rows were recorded before."""
        return sum(len(one.already) for one in self.judged)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return every problem of the file."""
        return tuple(problem for one in self.judged for problem in one.problems)

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return what should be known without being wrong."""
        return tuple(note for one in self.judged for note in one.notes)


def tables_of(file: File, kind: Kind, columns: Columns) -> tuple[Table, ...]:
    """Return the tables of that kind in a file."""
    return reading.read(file.data, file.name, kind, columns)


def import_organisations(
    office: Office, file: File, columns: Columns, *, dry: bool = False
) -> Imported[organisations.OrganisationRow]:
    """Record organisations; each statement speaks for the parent its rows hang on."""
    tables = tables_of(file, "organisations", columns)
    judged, entries = [], []
    for table in tables:
        with office.store.reading() as view:
            held = register.organisations(view)
            root = root_of(view)
        found = organisations.judge(table, held, root)
        judged.append(found)
        for parent, rows in together(
            found.good, lambda row: row.organisation.parent or row.organisation.code
        ):
            if not dry:
                entries += _say(office, kinds.Organisations, parent, map(_organisation, rows))
    return Imported(tables, tuple(judged), entries=tuple(entries), dry=dry)


def import_activities(
    office: Office, file: File, columns: Columns, *, dry: bool = False
) -> Imported[activities.ActivityRow]:
    """Record activities; a leader who is no volunteer stays in the vault."""
    tables = tables_of(file, "activities", columns)
    judged, entries = [], []
    for table in tables:
        with office.store.reading() as view:
            held = _Published(view, office)
            people = Register(view, office.vault)
            found = activities.judge(table, register.organisations(view), held, people)
            found = _without_settled(view, table, found)
        judged.append(found)
        for organisation, rows in together(found.good, lambda row: row.activity.organisation):
            if not dry:
                items = [_activity(office, row) for row in rows]
                entries += _say(office, kinds.Activities, organisation, items)
    return Imported(tables, tuple(judged), entries=tuple(entries), dry=dry)


def import_volunteers(
    office: Office, file: File, columns: Columns, *, consent: str = "", dry: bool = False
) -> Imported[Registration]:
    """Register volunteers: who they are into the vault, commitments to it into the log."""
    tables = tables_of(file, "volunteers", columns)
    judged: list[Judged[Registration]] = []
    numbers: dict[tuple[str, int], str] = {}
    entries: list[int] = []
    for table in tables:
        found, given, said = office.made_anew(partial(_register, office, table, consent, dry=dry))
        judged.append(found)
        numbers |= {(table.sheet, row): number for row, number in given.items()}
        entries += said
    return Imported(tables, tuple(judged), numbers, tuple(entries), dry)


def _register(
    office: Office, table: Table, consent: str, *, dry: bool
) -> tuple[Judged[Registration], dict[int, str], list[int]]:
    """Judge a table and register its good rows; raise `Moved` where somebody else was faster."""
    with office.store.reading() as view:
        rules = book_of(view, Wants()).rules_on(day_of(office.now))
        terms = Terms(rules, day_of(office.now), consent)
        people = Register(view, office.vault)
        people.expect(register.asked(table))
        found = volunteers.judge(table, people, register.organisations(view), terms)
        given = _numbers(view, office, found.good)
    if dry:
        return found, given, []
    office.vault.refuse_registrations(
        (one.name, one.phone, one.organisation, one.code) for one in found.refused
    )
    registered = _registered(office, found.good, given)

    def keep(view: Reader) -> None:
        people.check_unmoved(view)
        # Into the vault first: a name without an entry is harmless, not the reverse.
        office.vault.register([*registered.values()])

    receipts = office.send_all([*_letters(office, found.good, given, registered)], keep)
    return found, given, [receipt.index for receipt in receipts]


def _letters(
    office: Office,
    rows: Sequence[Registration],
    given: Mapping[int, str],
    registered: Mapping[int, Registered],
) -> Iterator[Letter]:
    """Write the rows, by organisation."""
    # First whole rows, then memberships: those may be of people registered further up.
    whole = [row for row in rows if row.row in registered]
    rest = [row for row in rows if row.row not in registered]
    for part in (whole, rest):
        for organisation, group in together(part, lambda row: row.organisation):
            items: list[dict[str, object]] = []
            for row in group:
                _, _, opened = registered.get(row.row, ("", None, {}))
                said = {name: opening.commitment(name) for name, opening in opened.items()}
                items.append({"number": given[row.row], "state": "active", **said})
            pen = office.pens("recorder", organisation)
            yield pen.write(kinds.Volunteers, organisation, items)


def _registered(
    office: Office, rows: Sequence[Registration], given: Mapping[int, str]
) -> dict[int, Registered]:
    """Return by row who is to be kept in the vault: all but those who only join a team.

    What is said again is said by the same commitment: a letter that is still on its way to the log,
    written before this one, then fits what the vault will hold.
    """
    found: dict[int, Registered] = {}
    numbers = {given[row.row] for row in rows}
    held, openings = office.vault.details_of(numbers), office.vault.openings_of(numbers)
    for row in rows:
        if row.kind != "membership":
            number = given[row.row]
            details = _details(row, held.get(number))
            values = printed(details).items()
            opened = {name: Opening.fresh(value) for name, value in values}
            same = {
                name: one
                for name, one in openings.get(number, {}).items()
                if name in opened and opened[name].value == one.value
            }
            found[row.row] = (number, details, opened | same)
    return found


def printed(details: Details) -> dict[str, str]:
    """Return the fields that a volunteer's row commits to, as a certificate would print them."""
    found = {
        "name": details.name,
        "document": identity.masked_document(details.document_type, details.document),
        "sex": details.sex,
        "born": details.born,
        "contact": details.phone or details.guardian_phone,
        "guardian": details.guardian,
    }
    return {name: value for name, value in found.items() if value}


def _details(row: Registration, held: Details | None) -> Details:
    """Return who a row is about; what it leaves out stays as it was held."""
    found = Details(
        name=row.name,
        document_type=row.document_type,
        document=row.document,
        sex=row.sex,
        born=row.born,
        phone=row.phone,
        guardian=row.guardian,
        guardian_phone=row.guardian_phone,
        skills=row.skills,
        area=row.area,
        category=row.category,
    )
    unsaid = [name for name in ("skills", "area", "category") if getattr(found, name) == NONE]
    return replace(found, **{name: getattr(held, name) for name in unsaid}) if held else found


def _numbers(view: Reader, office: Office, rows: Sequence[Registration]) -> dict[int, str]:
    """Give each row its volunteer number: his own, or a new one that nobody has."""
    given: dict[int, str] = {}
    new = _new_numbers(view, len(rows))
    # A kill between vault and log leaves a name without an entry: its number is used up again.
    orphans = office.vault.by_documents({row.document for row in rows if not row.person})
    for row in sorted(rows, key=lambda row: row.of_row):
        own = row.person or given.get(row.of_row, "")
        given[row.row] = own or next(iter(orphans.get(row.document, ())), "") or next(new)
    return given


def _new_numbers(view: Reader, count: int) -> Iterator[str]:
    """Yield volunteer numbers that nobody has, each once."""
    yielded: set[str] = set()
    while True:
        stems = (f"{secrets.randbelow(9 * 10**8) + 10**8}" for _ in range(count))
        made = {f"V{stem}{luhn.calc_check_digit(stem)}" for stem in stems} - yielded
        held = view.among(Volunteer, ("number",), [(number,) for number in made])
        fresh = made - {volunteer.number for volunteer in held}
        yielded |= fresh
        yield from fresh


def _organisation(row: organisations.OrganisationRow) -> dict[str, object]:
    one = row.organisation
    return {
        "code": one.code,
        "parent": one.parent,
        "name": one.name,
        "area": one.area,
        "uscc": one.uscc,
        "manager": one.manager,
    }


def _activity(office: Office, row: activities.ActivityRow) -> dict[str, object]:
    one = row.activity
    leader = row.leader_number
    if not leader:
        opening = Opening.fresh(one.leader)
        leader = opening.commitment("leader")
        office.vault.keep(leader, "leader", one.leader, opening.key)
    return {
        "code": one.code,
        "name": one.name,
        "category": one.category,
        "place": one.place,
        "content": one.content,
        "start": one.window.start,
        "end": one.window.end,
        "leader": leader,
        "hazard": one.hazard or None,
    }


def _without_settled(
    view: Reader, table: Table, found: Judged[activities.ActivityRow]
) -> Judged[activities.ActivityRow]:
    """Refuse the rows of activities that change no more: one of them would sink the others."""
    rows = {row.row: row for row in table.rows}
    good, problems = [], list(found.problems)
    for row in found.good:
        held = view.find(Activity, row.activity.code)
        if held and (held.settled or held.cancelled):
            en = "it was cancelled or has confirmed lines, and changes no more; take a new code"
            zh = "活动已取消或已有确认记录，不能再改；如是另一次活动请用新编号"
            fault = Fault("activity.settled", "code", en, zh)
            problems.append(problem(table, rows[row.row], fault))
        else:
            good.append(row)
    ordered = tuple(sorted(problems, key=lambda one: one.row))
    return replace(found, good=tuple(good), problems=ordered)


class _Published(Mapping[str, known.Activity]):
    """The activities by code, read one by one: a ledger has many more than a sheet."""

    def __init__(self, view: Reader, office: Office) -> None:
        self._view = view
        self._office = office

    def __getitem__(self, code: str) -> known.Activity:
        found = self._view.find(Activity, code)
        if found is None:
            raise KeyError(code)
        row = activity_row(self._view, found)
        kept = self._office.vault.kept(row.leader)
        named = structs.replace(row, leader=kept.value) if kept else row
        return register.activity(named, found)

    def __iter__(self) -> Iterator[str]:
        return (activity.code for activity in self._view.all(Activity))

    def __len__(self) -> int:
        return sum(1 for _ in self._view.all(Activity))


def root_of(view: Reader) -> str:
    """Return the code of the organisation that hangs on no other."""
    root = next(view.where(Organisation, parent=""), None)
    if root is None:
        raise Rejected("organisation.unknown", en="the ledger has no root", zh="账本没有根组织")
    return root.code


def _say(
    office: Office,
    kind: type[kinds.Head],
    organisation: str,
    items: Iterable[Mapping[str, object]],
) -> list[int]:
    receipt = office.say("recorder", kind, organisation, list(items))
    return [receipt.index] if receipt else []
