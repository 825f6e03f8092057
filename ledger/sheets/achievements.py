"""Sheets of trainings and of honours judged: whose, what, from whom, when (rules 13, 40).

A row known from an earlier sheet is `already`, which is no error; the same training with other
minutes is refused, because both would count. 学时 are not read: how long one is differs.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.errors import Rejected
from ledger.sheets import moments, persons, values
from ledger.sheets.known import Organisation, People, Person
from ledger.sheets.layout import Row, Table
from ledger.sheets.organisations import resolved
from ledger.sheets.problems import Fault, Judged, Marks, Problem, gathered, problem

Key = tuple[str, str, str, str]  # volunteer, day, title, giver
_TEXTS = {"training": ("course", "host"), "honours": ("title", "grantor")}
_NUMBERS = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|1\d{10})(?!\d)")  # ID numbers, telephones
_MOST = 10**7  # minutes that no row may reach


@dataclass(frozen=True, slots=True)
class Known:
    """A training or honour said before that stands; `ref` is its place for people."""

    key: Key
    minutes: int
    ref: str


class Earlier(Protocol):
    """Asks once a sheet for what was said before of the volunteers on it."""

    def __call__(self, numbers: Collection[str]) -> Sequence[Known]:
        """Return the trainings, or the honours, of these volunteers."""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    """What a sheet is judged by; `recorder` gives the recorder's own number for an organisation."""

    organisations: Mapping[str, Organisation]
    today: str
    recorder: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class AchievementRow:
    """A row to record: a training with its minutes, or an honour, which has none."""

    row: int
    sheet_row: int
    organisation: str
    key: Key
    minutes: int


def judge(table: Table, case: Case, people: People, earlier: Earlier) -> Judged[AchievementRow]:
    """Return rows to record, those recorded before, and one reason for each of the others."""
    problems: list[Problem] = []
    seen: list[tuple[Row, AchievementRow]] = []
    for row in table.rows:
        marks = Marks(row)
        found = _read(table, marks, case, people)
        worst = marks.worst()
        if worst is not None:
            problems.append(problem(table, row, worst))
        elif found is not None:
            seen.append((row, found))
    said = {one.key: one for one in earlier({one.key[0] for _, one in seen})}
    above: dict[Key, int] = {}
    good: list[AchievementRow] = []
    already: list[int] = []
    for row, one in seen:
        fault = _repeated(table, one, above, said)
        if fault:
            problems.append(problem(table, row, fault))
            continue
        above[one.key] = one.row
        if one.key in said:
            already.append(one.row)
        else:
            good.append(one)
    ordered = tuple(sorted(problems, key=lambda found: found.row))
    return Judged(tuple(good), tuple(already), ordered, gathered(table.notes))


def _read(table: Table, marks: Marks, case: Case, people: People) -> AchievementRow | None:
    asked = persons.asked(marks)
    title, giver = (marks.need(field, values.text, "") for field in _TEXTS[table.kind])
    day = marks.need("day", moments.day, "")
    if day > case.today:
        en = "this day has not come yet; correct the date"
        marks.fault("time.future", "day", en, "日期尚未到来，请改正")
    minutes = _minutes(table, marks) if table.kind == "training" else 0
    if asked == persons.Asked() or marks.row.damage is not None:
        return None
    # Who leaves in the course of the day was there; an honour may come after one has left.
    when = f"{day}T00:00:00+08:00" if day and table.kind == "training" else ""
    try:
        person = persons.find(asked, people, "", when)
    except Rejected as error:
        marks.reject(asked.field, error)
        return None
    what, whose = _TEXTS[table.kind]
    _check_impersonal(marks, what, title, person.name)
    _check_impersonal(marks, whose, giver)  # 秦王博物馆 may well give something to 王博
    organisation = _organisation(marks, person, case.organisations)
    if organisation and person.number == case.recorder(organisation):
        en = "the recorder's own row must be sent by another recorder"
        marks.fault("four_eyes", asked.field, en, "记录人本人的记录须由另一名记录人提交")
    key = (person.number, day, title, giver)
    return AchievementRow(marks.row.row, marks.row.sheet_row, organisation, key, minutes)


def _check_impersonal(marks: Marks, field: str, text: str, name: str = "") -> None:
    """Refuse a text that names the person: it is never erased (rule 46)."""
    if (name and name in text) or _NUMBERS.search(text):
        en = "it holds a name, an ID number or a telephone; write only what it is called"
        zh = "含有姓名、证件号码或电话，请只填写名称"
        marks.fault("field.unreadable", field, en, zh)


def _minutes(table: Table, marks: Marks) -> int:
    if not (marks.given("hours") or marks.given("minutes")):
        field = "hours" if "hours" in table.fields else "minutes"
        en = "write how long it lasted, in hours or minutes (学时 must be converted)"
        marks.fault("field.missing", field, en, "请填写培训时长（小时或分钟；学时须先换算）")
    field = "hours" if marks.given("hours") else "minutes"
    found = marks.read(field, getattr(values, field), 0)
    if found >= _MOST:
        en, zh = "no training lasts that long; correct it", "时长过大，请改正"
        marks.fault("field.unreadable", field, en, zh)
    return found


def _organisation(marks: Marks, person: Person, organisations: Mapping[str, Organisation]) -> str:
    """Return whose record it is: as written, or else the one team the volunteer belongs to."""
    if not marks.given("organisation"):
        if len(person.organisations) == 1:
            return next(iter(person.organisations))
        en = f"{person.number} belongs to {len(person.organisations)} teams; write which one records it"
        zh = f"{person.number} 现属 {len(person.organisations)} 个组织，请填写由哪个组织登记"
        marks.fault("field.missing", "organisation", en, zh)
        return ""
    text = marks.read("organisation", values.text, "")
    code = resolved(text, organisations)
    if text and not code:
        en = "no such organisation; import it first or correct the code"
        zh = "没有这个组织，请先导入组织或改正编号"
        marks.fault("organisation.unknown", "organisation", en, zh)
    return code


def _repeated(
    table: Table, one: AchievementRow, above: Mapping[Key, int], said: Mapping[Key, Known]
) -> Fault | None:
    field = _TEXTS[table.kind][0]
    if one.key in above:
        en = f"the same as row {above[one.key]} above; delete one of the two"
        zh = f"与第{above[one.key]}行重复，请删除其一"
        return Fault("row.repeated", field, en, zh)
    known = said.get(one.key)
    if known and known.minutes != one.minutes:
        en = (
            f"recorded before as {known.ref} with {known.minutes} min; to change it, take that back"
            f" first: vledger correct {known.ref} --why …"
        )
        zh = (
            f"已登记为 {known.ref}（{known.minutes} 分钟）；如须更改，请先作废："
            f"vledger correct {known.ref} --why …"
        )
        return Fault("row.repeated", field, en, zh)
    return None
