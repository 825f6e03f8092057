"""Who a row of attendance is about (RULES.md, *Who*).

Volunteer number, else ID number, else name and telephone; a row without telephone by name alone, in
the activity's team or, if nobody there has the name, in the ledger; active people before refused
registrations.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import Rejected
from ledger.sheets import values
from ledger.sheets.known import People, Person, RefusedRegistration
from ledger.sheets.problems import Marks


@dataclass(frozen=True, slots=True)
class Asked:
    """What a row says of a person, each "" where it says nothing."""

    number: str = ""
    document: str = ""
    name: str = ""
    phone: str = ""

    @property
    def field(self) -> str:
        """Return the field that names the person, for what is wrong with it."""
        return "number" if self.number else "document" if self.document else "name"


def asked(marks: Marks) -> Asked:
    """Read who is meant: of number, ID number, name and telephone only as much as is needed."""
    number = marks.read("number", values.code, "")
    document = "" if number else marks.read("document", values.document, "")
    name = marks.read("name", values.name, "")
    phone = "" if number or document else marks.read("phone", values.phone, "")
    if not any(marks.given(field) for field in ("number", "document", "name")):
        marks.fault(
            "field.missing",
            "name",
            "write who it was: name, volunteer number or ID number",
            "请填写姓名、志愿者编号或证件号码",
        )
    if not (number or document or name):
        phone = ""
    return Asked(number, document, name, phone)


def find(asked: Asked, people: People, team: str, when: str) -> Person:
    """Return the one person meant, active at that instant, or raise `Rejected`."""
    if asked.number or asked.document:
        return _by_number(asked, people, when)
    named = people.by_name(asked.name)
    if asked.phone:
        fitting = [person for person in named if person.phone == asked.phone]
        refused = people.refused(asked.name, asked.phone)
        return _only(fitting, refused, when, hint=bool(named))
    refused = people.refused(asked.name, "")
    here = [person for person in named if team in person.organisations]
    refused_here = [one for one in refused if one.organisation == team]
    if here or refused_here:
        return _only(here, refused_here, when)
    return _only(named, refused, when)


def _by_number(asked: Asked, people: People, when: str) -> Person:
    number, document = asked.number, asked.document
    person = people.by_number(number) if number else people.by_document(document)
    if person is None:
        raise _unknown()
    if asked.name and person.name and asked.name != person.name:
        raise Rejected(
            "volunteer.unknown",
            en="the number belongs to somebody of another name; correct one of the two",
            zh="编号或证件号码与姓名不属于同一人，请核对改正",
        )
    if not person.active(when):
        raise _not_active(person)
    return person


def _only(
    persons: Sequence[Person],
    refused: Sequence[RefusedRegistration],
    when: str,
    *,
    hint: bool = False,
) -> Person:
    active = [person for person in persons if person.active(when)]
    candidates: Sequence[Person | RefusedRegistration] = active or [*persons, *refused]
    if not candidates:
        raise _unknown(hint=hint)
    if len(candidates) > 1:
        raise Rejected(
            "volunteer.ambiguous",
            en=f"{len(candidates)} people fit; give the volunteer number or the telephone",
            zh=f"有 {len(candidates)} 人符合，请填写志愿者编号或手机号",
        )
    only = candidates[0]
    if isinstance(only, Person) and active:
        return only
    raise _not_active(only)


def _unknown(*, hint: bool = False) -> Rejected:
    en = "nobody registered fits; register the person or correct the row"
    zh = "没有符合的已注册志愿者，请先登记或改正"
    if hint:
        en += " (the name is known with another telephone)"
        zh += "（有同名者，但手机号不同）"
    return Rejected("volunteer.unknown", en=en, zh=zh)


def _not_active(who: Person | RefusedRegistration) -> Rejected:
    if isinstance(who, RefusedRegistration):
        en = f"the registration was refused ({who.code}); mend and import it first"
        zh = f"该人的登记未通过（{who.code}），请先改正并重新登记"
    elif who.erased:
        en = "the person's data was erased; leave the row out"
        zh = "该志愿者的信息已删除，请删除本行"
    else:
        left = who.left[:10]
        en = f"the volunteer left on {left}, before that day; leave the row out"
        zh = f"该志愿者已于 {left} 退出，早于该日期，请删除本行"
    return Rejected("volunteer.not_active", en=en, zh=zh)
