"""Registration sheets judged: who is new, who changes, who is known (rule 3 of RULES.md).

One living person has one volunteer number. A row with a number changes that person. A row without
one, of a registered ID number, name and birth date, adds a membership; where nothing is new it is
`already` in a later sheet and `id.duplicate` within one; another name is `id.duplicate`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from ledger.sheets import identity, values
from ledger.sheets.known import Organisation, People, Person, RefusedRow
from ledger.sheets.layout import Note, Row, Table
from ledger.sheets.problems import Fault, Judged, Marks, Problem, gathered, problem
from ledger.sheets.registrations import Registration, Terms, guarded, read

_ADULT = 18
_OPTIONAL = ("skills", "area", "category")


def judge(
    table: Table, people: People, organisations: Mapping[str, Organisation], terms: Terms
) -> Judged[Registration]:
    """Return rows to record, rows recorded before, and one reason for each of the others."""
    desk = _Desk(table, people, organisations, terms)
    for row in table.rows:
        desk.take(row)
    notes = gathered((*table.notes, *_missing_columns(table), *desk.notes))
    found = (tuple(desk.good), tuple(desk.already), tuple(desk.problems))
    return Judged(*found, notes, tuple(desk.refused))


class _Desk:
    """Takes row after row: who was registered further up counts for the rows below."""

    def __init__(
        self,
        table: Table,
        people: People,
        organisations: Mapping[str, Organisation],
        terms: Terms,
    ) -> None:
        self.table, self.people, self.terms = table, people, terms
        self.organisations = organisations
        self.good: list[Registration] = []
        self.already: list[int] = []
        self.problems: list[Problem] = []
        self.notes: list[Note] = []
        self.refused: list[RefusedRow] = []
        self.above: dict[str, list[Registration]] = {}

    def take(self, row: Row) -> None:
        """Judge one row and keep the answer."""
        marks = Marks(row)
        known = self._known(marks)
        found = read(marks, known, self.organisations, self.terms)
        same = self._same_document(marks, found, known)
        worst = marks.worst()
        if worst is not None:
            self._refuse(found, worst, row)
            return
        self._mention(marks, found)
        self._keep(found, known or same)

    def _known(self, marks: Marks) -> Person | None:
        """Return the person that a row with a volunteer number changes."""
        number = marks.read("number", values.code, "")
        known = self.people.by_number(number) if number else None
        if number and known is None:
            en = "nobody has this number; correct it, or leave it empty for a new volunteer"
            marks.fault("volunteer.unknown", "number", en, "没有这个编号，请改正；新登记请留空")
        if known and known.erased:
            marks.fault(
                "volunteer.not_active",
                "number",
                "the person's data was erased; register anew without a number",
                "该志愿者的信息已删除，请不填编号重新登记",
            )
        return known

    def _same_document(
        self, marks: Marks, found: Registration, known: Person | None
    ) -> Person | None:
        """Return the registered person of that ID number; keep a fault if he is another."""
        if not found.document:
            return None
        for other in self.above.get(found.document, ()):
            if _differs(found, other) or found.organisation == other.organisation:
                en = f"the ID number stands in row {other.row} above; delete or correct one"
                zh = f"证件号码与第{other.row}行重复，请删除或改正其一"
                marks.fault("id.duplicate", "document", en, zh)
                return None
        person = self.people.by_document(found.document)
        another = known and person and person.number != known.number
        if another or (person and not known and _differs(found, person)):
            marks.fault(
                "id.duplicate",
                "document",
                "the ID number is registered under another name, birth date or number; check it",
                "该证件号码已由其他姓名、出生日期或编号登记，请核对",
            )
            return None
        return person

    def _keep(self, found: Registration, person: Person | None) -> None:
        above = self.above.setdefault(found.document, [])
        if person is None and above:
            found = replace(found, kind="membership", of_row=above[0].row)
        elif person is not None:
            found = replace(found, person=person.number, kind=_kind(found, person))
        above.append(found)
        if person and found.kind == "membership" and found.organisation in person.organisations:
            self.already.append(found.row)
            self._mention_phone(found, person)
        else:
            self.good.append(found)

    def _refuse(self, found: Registration, worst: Fault, row: Row) -> None:
        self.problems.append(problem(self.table, row, worst))
        if found.name and not found.number:
            place = (found.name, found.phone, found.organisation)
            self.refused.append(RefusedRow(row.row, *place, worst.code))

    def _mention(self, marks: Marks, found: Registration) -> None:
        resident = found.document_type == identity.RESIDENT
        if resident and not identity.area_known(found.document[:6]):
            en = "the area code of the ID number is in no revision of GB/T 2260; check it"
            self._note(found, en, "身份证号码的地区代码不在任何版本的行政区划代码中，请核对")
        years = identity.age(found.born, self.terms.today)
        if self.terms.rules.guardian_until <= years < _ADULT and not guarded(marks, self.terms):
            en = f"under {_ADULT} and without a guardian's consent; registered on own consent"
            self._note(found, en, f"未满 {_ADULT} 周岁且无监护人同意，按本人同意登记")

    def _mention_phone(self, found: Registration, person: Person) -> None:
        if found.phone != person.phone:
            en = "registered with another telephone; to change it give the volunteer number"
            self._note(found, en, "已登记，但电话不同；如需修改请填写志愿者编号")

    def _note(self, found: Registration, en: str, zh: str) -> None:
        self.notes.append(Note(found.row, en, zh))


def _differs(found: Registration, other: Registration | Person) -> bool:
    return (found.name, found.born) != (other.name, other.born)


def _kind(found: Registration, person: Person) -> Literal["membership", "change"]:
    said = (found.name, found.phone, found.document, found.born, found.sex)
    held = (person.name, person.phone, person.document, person.born, person.sex)
    guardian = found.guardian != person.guardian
    return "change" if found.number and (said != held or guardian) else "membership"


def _missing_columns(table: Table) -> Iterator[Note]:
    missing = [field for field in _OPTIONAL if field not in table.fields]
    if missing:
        names = {"skills": "专业技能", "area": "服务区域", "category": "服务类别"}
        zh = "、".join(names[field] for field in missing)
        en = ", ".join(missing)
        yield Note(0, f"no column for {en}: recorded as none", f"没有{zh}栏，记为“无”")
