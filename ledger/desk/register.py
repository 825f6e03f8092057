"""The register: what the vault and the book together know of people, for judging sheets."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from ledger.desk.office import items_of, place_of
from ledger.errors import Moved
from ledger.intervals import Window
from ledger.records import Activity, Line, Membership, Organisation, Sheet, Volunteer
from ledger.rows import ActivityItem, AttendanceItem
from ledger.sheets import known, values
from ledger.sheets.layout import Table
from ledger.sheets.persons import Asked
from ledger.sheets.problems import Marks
from ledger.store.fetching import fetch
from ledger.store.reading import Reader
from ledger.times import day_of
from ledger.vault import Details, RefusedRegistration, Vault
from ledger.wants import Wants


class Register:
    """Everybody registered; the vault alone knows who a number is, the book alone what it may.

    Whom a sheet speaks of is looked up at once by `expect`; anybody else when he is asked for.
    """

    def __init__(self, view: Reader, vault: Vault) -> None:
        self._view = view
        self._vault = vault
        self._persons: dict[str, known.Person | None] = {}
        self._documents: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._refused: dict[tuple[str, str], tuple[RefusedRegistration, ...]] = {}

    def expect(self, asked: Iterable[Asked]) -> None:
        """Look people up by all that is said of them, in a few queries however many they are."""
        asked = [*asked]
        documents = self._vault.by_documents({one.document for one in asked if one.document})
        names = self._vault.by_names({one.name for one in asked if one.name})
        self._refused |= self._vault.refused({(one.name, one.phone) for one in asked if one.name})
        found = {number for numbers in (*documents.values(), *names.values()) for number in numbers}
        self._learn(found | {one.number for one in asked if one.number})
        self._documents |= documents
        self._names |= names

    def by_number(self, number: str) -> known.Person | None:
        """Return the person with a volunteer number; of an erased one only that he was."""
        if number not in self._persons:
            self._learn({number})
        return self._persons[number]

    def by_document(self, document: str) -> known.Person | None:
        """Return the person with an ID number."""
        if document not in self._documents:
            self.expect([Asked(document=document)])
        return next(iter(self._known(self._documents.get(document, ()))), None)

    def by_name(self, name: str) -> Sequence[known.Person]:
        """Return everybody of that name."""
        if name not in self._names:
            self.expect([Asked(name=name)])
        return self._known(self._names.get(name, ()))

    def refused(self, name: str, phone: str) -> Sequence[known.RefusedRegistration]:
        """Return refused registrations with that name (and telephone)."""
        if (name, phone) not in self._refused:
            self.expect([Asked(name=name, phone=phone)])
        found = self._refused.get((name, phone), ())
        return [known.RefusedRegistration(one.code, one.organisation) for one in found]

    def check_unmoved(self, view: Reader) -> None:
        """Raise `Moved` where a later view would have answered otherwise what was asked so far."""
        now = Register(view, self._vault)
        now.expect(Asked(document=one) for one in self._documents)
        now.expect(Asked(name=one) for one in self._names)
        now._learn(self._persons.keys() - now._persons.keys())
        if (now._documents, now._names, now._persons) != (
            self._documents,
            self._names,
            self._persons,
        ):
            raise Moved

    def _known(self, numbers: Iterable[str]) -> list[known.Person]:
        return [person for number in numbers if (person := self.by_number(number))]

    def _learn(self, numbers: Collection[str]) -> None:
        keys = [(number,) for number in numbers]
        members: dict[str, list[Membership]] = {}
        for member in self._view.among(Membership, ("volunteer",), keys):
            members.setdefault(member.volunteer, []).append(member)
        details = self._vault.details_of(numbers)
        self._persons |= dict.fromkeys(numbers)
        for volunteer in self._view.among(Volunteer, ("number",), keys):
            number = volunteer.number
            self._persons[number] = _person(volunteer, details.get(number), members.get(number, []))


def asked(table: Table) -> list[Asked]:
    """Return what the rows of a sheet say of people; what cannot be read says nothing."""
    rows = map(Marks, table.rows)
    return [
        Asked(
            number=row.read("number", values.code, ""),
            document=row.read("document", values.document, ""),
            name=row.read("name", values.name, ""),
            phone=row.read("phone", values.phone, ""),
        )
        for row in rows
    ]


def _person(
    volunteer: Volunteer, details: Details | None, members: Sequence[Membership]
) -> known.Person:
    if details is None or volunteer.state != "active":
        name = details.name if details else ""
        return known.Person(number=volunteer.number, name=name, erased=True)
    left = [member.left for member in members]
    return known.Person(
        number=volunteer.number,
        name=details.name,
        phone=details.phone,
        document=details.document,
        born=details.born,
        sex=details.sex,
        guardian=details.guardian,
        organisations=frozenset(m.organisation for m in members if not m.left),
        since=volunteer.registered,
        left=max(left) if left and all(left) else "",
    )


class EarlierLines:
    """Lines said before that touch the days of an activity, or are of the activity itself."""

    def __init__(self, view: Reader, activity: known.Activity) -> None:
        self._view = view
        self._activity = activity

    def __call__(self, numbers: Collection[str]) -> Mapping[str, Sequence[known.Line]]:
        """Return the lines by volunteer number."""
        window = self._activity.window
        days = {number: (day_of(window.start), day_of(window.end)) for number in numbers}
        records = fetch(self._view, Wants(days=days))
        sheets = {one.ref: one for one in records if isinstance(one, Sheet)}
        written = self._written()
        found: dict[str, list[known.Line]] = {}
        for line in records:
            if isinstance(line, Line) and line.volunteer in days:
                sheet = sheets[line.sheet]
                row = written.get((line.sheet, line.n))
                found.setdefault(line.volunteer, []).append(
                    known.Line(
                        activity=sheet.activity,
                        start=line.start,
                        end=line.end,
                        minutes=line.minutes,
                        arrived=(row.arrived or "") if row else "",
                        left=(row.left or "") if row else "",
                        ref=place_of(sheet, line),
                        blocks=line.live,
                    )
                )
        return found

    def _written(self) -> dict[tuple[str, int], AttendanceItem]:
        return {
            (sheet.ref, n): item
            for sheet in self._view.where(Sheet, activity=self._activity.code)
            for n, item in enumerate(items_of(self._view, sheet.entry))
            if isinstance(item, AttendanceItem)
        }


def organisations(view: Reader) -> dict[str, known.Organisation]:
    """Return all organisations by code."""
    return {
        one.code: known.Organisation(
            one.code, one.name, one.parent, one.area, one.uscc, one.manager
        )
        for one in view.all(Organisation)
    }


def activity(row: ActivityItem, found: Activity) -> known.Activity:
    """Return an activity as sheets know it."""
    return known.Activity(
        code=found.code,
        name=found.name,
        organisation=found.organisation,
        window=Window(found.start, found.end),
        category=row.category,
        place=row.place,
        content=row.content,
        leader=row.leader,
        hazard=found.hazard,
        cancelled=found.cancelled,
    )
