"""Organisation sheets judged (rule 4 of RULES.md): codes, credit codes, and where each one hangs.

Parent = column 上级组织编号, else the organisation whose name is 管理单位, else the root.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.sheets import identity, values
from ledger.sheets.cells import plain
from ledger.sheets.known import Organisation
from ledger.sheets.layout import Note, Row, Table
from ledger.sheets.problems import Fault, Judged, Marks, Problem, gathered, problem


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """An organisation to record; parents come before what hangs on them."""

    row: int
    sheet_row: int
    organisation: Organisation
    phone: str
    changed: bool


def resolved(text: str, organisations: Mapping[str, Organisation]) -> str:
    """Return the code that a code or an organisation's full name means, "" if none or several."""
    if plain(text) in organisations:
        return plain(text)
    named = [one.code for one in organisations.values() if plain(one.name) == plain(text)]
    return named[0] if len(named) == 1 and text else ""


def judge(table: Table, known: Mapping[str, Organisation], root: str) -> Judged[OrganisationRow]:
    """Return organisations to record, those recorded before, and one reason for each other row."""
    rows, problems = _read(table)
    every = dict(known) | {one.code: one for _, one, _ in rows.values()}
    hung = {code: _hung(one, every, root) for code, (_, one, _) in rows.items()}
    good: list[OrganisationRow] = []
    already: list[int] = []
    for code in _parents_first(hung):
        row, _, phone = rows[code]
        fault = _misplaced(hung[code], {**known, **hung}, root)
        if fault is not None:
            problems.append(problem(table, row, fault))
        elif known.get(code) == hung[code]:
            already.append(row.row)
        else:
            where = (row.row, row.sheet_row)
            good.append(OrganisationRow(*where, hung[code], phone, changed=code in known))
    problems.sort(key=lambda found: found.row)
    notes = gathered((*table.notes, *_notes(good)))
    return Judged(tuple(good), tuple(sorted(already)), tuple(problems), notes)


def first_root(table: Table) -> str:
    """Return the code of the first row without 管理单位 and 上级组织编号, "" if there is none."""
    for row in table.rows:
        marks = Marks(row)
        if not marks.given("manager") and not marks.given("parent"):
            return marks.read("code", values.code, "")
    return ""


_Read = dict[str, tuple[Row, Organisation, str]]


def _read(table: Table) -> tuple[_Read, list[Problem]]:
    rows: _Read = {}
    problems: list[Problem] = []
    for row in table.rows:
        marks = Marks(row)
        found = _organisation(marks)
        phone = marks.read("phone", values.text, "")
        if found.code in rows:
            first = rows[found.code][0].row
            en = f"the code stands in row {first} above; delete or correct one"
            marks.fault("id.duplicate", "code", en, f"编号与第{first}行重复，请删除或改正其一")
        worst = marks.worst()
        if worst is None:
            rows[found.code] = (row, found, phone)
        else:
            problems.append(problem(table, row, worst))
    return rows, problems


def _organisation(marks: Marks) -> Organisation:
    code = marks.need("code", values.code, "")
    name = marks.need("name", values.text, "")
    uscc = marks.read("uscc", lambda cell: plain(values.text(cell)).upper(), "")
    uscc = "" if uscc in values.NONE else uscc
    manager = marks.read("manager", values.text, "")
    if uscc:
        marks.faults.extend(identity.uscc_faults(uscc))
    elif not manager:
        en = "without a unified social credit code the managing unit must be named"
        marks.fault("field.missing", "manager", en, "没有统一社会信用代码的，须填写管理单位")
    parent = marks.read("parent", values.text, "")
    area = marks.read("area", values.code, "")
    if area and not re.fullmatch(r"\d{6}", area):
        en = "an area code has 6 digits"
        marks.fault("field.unreadable", "area", en, "行政区划代码应为 6 位数字")
    return Organisation(code, name, parent, area, uscc, manager)


def _hung(one: Organisation, every: Mapping[str, Organisation], root: str) -> Organisation:
    """Return the organisation with its parent; one that cannot be found stays as written."""
    if one.code == root:
        parent = ""
    elif one.parent:
        parent = resolved(one.parent, every) or one.parent
    else:
        others = {code: other for code, other in every.items() if code != one.code}
        parent = resolved(one.manager, others) or root
    return Organisation(one.code, one.name, parent, one.area, one.uscc, one.manager)


def _parents_first(hung: Mapping[str, Organisation]) -> Sequence[str]:
    found: dict[str, None] = {}
    for code in hung:
        chain = []
        while code in hung and code not in found and code not in chain:
            chain.append(code)
            code = hung[code].parent  # noqa: PLW2901 - the walk upwards is the point
        found |= dict.fromkeys(reversed(chain))
    return tuple(found)


def _misplaced(one: Organisation, every: Mapping[str, Organisation], root: str) -> Fault | None:
    """Return what is wrong with where an organisation hangs: it must lead up to the root."""
    above = [one.code]
    while above[-1] != root:
        parent = every[above[-1]].parent if above[-1] in every else None
        if parent is None or (parent not in every and parent != root):
            en = f"there is no organisation {parent or above[-1]} above it; import it first"
            zh = f"没有上级组织 {parent or above[-1]}，请先导入或改正"
            return Fault("organisation.unknown", "parent", en, zh)
        if parent in above:
            en = "it would hang below itself; correct the parent"
            zh = "上级组织循环，请改正上级组织编号"
            return Fault("organisation.unknown", "parent", en, zh)
        above.append(parent)
    return None


def _notes(good: Sequence[OrganisationRow]) -> tuple[Note, ...]:
    return tuple(
        Note(
            one.row,
            "the area code is in no revision of GB/T 2260; check it",
            "行政区划代码不在任何版本的 GB/T 2260 中，请核对",
        )
        for one in good
        if one.organisation.area and not identity.area_known(one.organisation.area)
    )
