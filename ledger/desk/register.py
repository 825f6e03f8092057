"""The register: what the vault and the book together know of people, for judging sheets."""

from collections.abc import Collection, Mapping, Sequence

from ledger.desk.office import items_of, place_of
from ledger.intervals import Window
from ledger.records import Activity, Line, Membership, Organisation, Sheet, Volunteer
from ledger.rows import ActivityItem, AttendanceItem
from ledger.sheets import known
from ledger.store.fetching import fetch
from ledger.store.reading import Reader
from ledger.times import day_of
from ledger.vault import Vault
from ledger.wants import Wants


class Register:
    """Everybody registered; the vault alone knows who a number is, the book alone what it may."""

    def __init__(self, view: Reader, vault: Vault) -> None:
        self._view = view
        self._vault = vault

    def by_number(self, number: str) -> known.Person | None:
        """Return the person with a volunteer number; of an erased one only that he was."""
        volunteer = self._view.find(Volunteer, number)
        if volunteer is None:
            return None
        details = self._vault.details(number)
        if details is None or volunteer.state != "active":
            return known.Person(number=number, name=details.name if details else "", erased=True)
        members = list(self._view.where(Membership, volunteer=number))
        left = [member.left for member in members]
        return known.Person(
            number=number,
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

    def by_document(self, document: str) -> known.Person | None:
        """Return the person with an ID number."""
        return next(iter(self._persons(self._vault.by_document(document))), None)

    def by_name(self, name: str) -> Sequence[known.Person]:
        """Return everybody of that name."""
        return self._persons(self._vault.by_name(name))

    def refused(self, name: str, phone: str) -> Sequence[known.RefusedRegistration]:
        """Return refused registrations with that name (and telephone)."""
        found = self._vault.refused(name, phone)
        return [known.RefusedRegistration(one.code, one.organisation) for one in found]

    def _persons(self, numbers: Sequence[str]) -> list[known.Person]:
        return [person for number in numbers if (person := self.by_number(number))]


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
