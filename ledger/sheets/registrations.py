"""One row of a registration sheet read and judged by itself: rules 1, 2, 5, 6 and 7 of RULES.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ledger.rulesets import Ruleset
from ledger.sheets import identity, moments, values
from ledger.sheets.known import Organisation, Person
from ledger.sheets.organisations import resolved
from ledger.sheets.problems import Marks
from ledger.times import day

NONE = "无"
_ADULT = 18
_SEX, _BORN = ("sex (性别)", "“性别”"), ("birth date (出生日期)", "“出生日期”")


@dataclass(frozen=True, slots=True)
class Terms:
    """What registrations are judged by; `consent` (--consent TEXT) declares it for a sheet."""

    rules: Ruleset
    today: str
    consent: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """A row to record. `person` is an existing volunteer's number, "" for a new one.

    A membership of somebody registered further up in this sheet has no number yet: `of_row` is the
    row that registers him, 0 otherwise.
    """

    row: int
    sheet_row: int
    number: str
    name: str
    sex: str
    born: str
    document_type: str
    document: str
    phone: str
    guardian: str
    guardian_phone: str
    organisation: str
    skills: str
    area: str
    category: str
    kind: Literal["new", "membership", "change"] = "new"
    person: str = ""
    of_row: int = 0


@dataclass(frozen=True, slots=True)
class _Paper:
    """The document a row names, and what follows from it."""

    kind: str
    number: str
    sex: str
    born: str


def read(
    marks: Marks, known: Person | None, organisations: Mapping[str, Organisation], terms: Terms
) -> Registration:
    """Return what a row says; what is wrong with it is kept in `marks`.

    What a row about a `known` person leaves empty stays as it is.
    """
    name = marks.read("name", values.name, "") if known else marks.need("name", values.name, "")
    paper = _paper(marks, known, terms)
    phone, guardian_phone = _contact(marks, known)
    guardian = marks.read("guardian", values.name, known.guardian if known else "")
    organisation = _organisation(marks, known, organisations)
    _consent(marks, known, terms)
    if paper.born:
        _check_age(marks, paper.born, terms)
    return Registration(
        row=marks.row.row,
        sheet_row=marks.row.sheet_row,
        number=marks.read("number", values.code, ""),
        name=name or (known.name if known else ""),
        sex=paper.sex,
        born=paper.born,
        document_type=paper.kind,
        document=paper.number,
        phone=phone,
        guardian=guardian,
        guardian_phone=guardian_phone,
        organisation=organisation,
        skills=marks.read("skills", values.text, "") or NONE,
        area=marks.read("area", values.text, "") or NONE,
        category=marks.read("category", values.text, "") or NONE,
    )


def guarded(marks: Marks, terms: Terms) -> bool:
    """Tell whether a guardian consents: his own column says so, or he is named where there is none.

    A declaration for the whole sheet covers guardians who are named in it.
    """
    if marks.given("guardian_consent"):
        return marks.read("guardian_consent", values.yes, empty=False)
    own_column = "guardian_consent" in marks.row.cells
    return marks.given("guardian") and (not own_column or bool(terms.consent))


def _paper(marks: Marks, known: Person | None, terms: Terms) -> _Paper:
    kind = marks.read("document_type", values.text, "")
    kept = known.document if known and not marks.given("document") else ""
    number = kept or marks.need("document", values.document, "")
    sex = marks.read("sex", values.sex, None)
    born = marks.read("born", moments.day, "")
    if number and identity.resident(kind, number):
        claims = identity.Claims(sex, born)
        for fault in identity.faults(number, claims, day(terms.today)):
            marks.faults.append(fault)
        if any(fault.field == "document" for fault in marks.faults):
            return _Paper(identity.RESIDENT, number, sex or "", born)
        return _Paper(
            identity.RESIDENT,
            number,
            sex or identity.sex_of(number),
            born or identity.born_of(number),
        )
    return _other_paper(marks, known, _Paper(kind, number, sex or "", born), terms)


def _other_paper(marks: Marks, known: Person | None, paper: _Paper, terms: Terms) -> _Paper:
    """Take a passport or permit as it is: its number tells nothing, so columns must."""
    sex = paper.sex or (known.sex if known else "")
    born = paper.born or (known.born if known else "")
    if not paper.kind and paper.number and not known:
        en = "write which document it is: 居民身份证, 护照 …"
        marks.fault("field.missing", "document_type", en, "请填写证件类型：居民身份证、护照等")
    for field, value, (en, zh) in (("sex", sex, _SEX), ("born", born, _BORN)):
        if not value and not marks.given(field) and paper.number:
            due = f"with this document the {en} is needed; fill it in, adding the column if need be"
            marks.fault(
                "field.missing", field, due, f"使用该类证件时须填写{zh}，没有该栏的请增加一栏"
            )
    if born > terms.today:
        en = "this day has not come yet; correct the birth date"
        marks.fault("field.unreadable", "born", en, "日期尚未到来，请改正出生日期")
    return _Paper(paper.kind, paper.number, sex, born)


def _contact(marks: Marks, known: Person | None) -> tuple[str, str]:
    guardian = marks.read("guardian_phone", values.phone, "")
    if marks.given("phone") or known:
        own = marks.read("phone", values.phone, "")
        return own if marks.given("phone") or known is None else known.phone, guardian
    if not marks.given("guardian_phone"):
        en = "write a telephone, the guardian's, or 无"
        marks.fault("field.missing", "phone", en, "请填写本人或监护人电话，没有则写“无”")
    return "", guardian


def _organisation(
    marks: Marks, known: Person | None, organisations: Mapping[str, Organisation]
) -> str:
    if known and len(known.organisations) == 1 and not marks.given("organisation"):
        return next(iter(known.organisations))
    text = marks.need("organisation", values.text, "")
    code = resolved(text, organisations)
    if text and not code:
        en = "no such organisation; import it first or correct the code"
        zh = "没有这个组织，请先导入组织或改正编号"
        marks.fault("organisation.unknown", "organisation", en, zh)
    return code


def _consent(marks: Marks, known: Person | None, terms: Terms) -> None:
    if known and not marks.given("consent"):
        return  # he consented when he registered
    if not marks.given("consent") and terms.consent:
        return
    given = marks.given("consent")
    if not marks.read("consent", values.yes, not given) or not given:
        en = "ask the volunteer for consent; then write 是, or use --consent"
        marks.fault("consent.missing", "consent", en, "请取得本人同意后填写“是”，或使用 --consent")


def _check_age(marks: Marks, born: str, terms: Terms) -> None:
    years = identity.age(born, terms.today)
    if born <= terms.today and years < terms.rules.minimum_age:
        least = terms.rules.minimum_age
        en = f"{years} years old, volunteers are {least} or older; the row cannot be registered"
        zh = f"{years} 周岁，志愿者须年满 {least} 周岁，不能登记"
        marks.fault("volunteer.too_young", "born", en, zh)
    if years < terms.rules.guardian_until and not guarded(marks, terms):
        until = terms.rules.guardian_until
        en = f"under {until} a guardian must consent; fill in 监护人 and 监护人同意"
        zh = f"未满 {until} 周岁须监护人同意，请填写监护人和监护人同意"
        marks.fault("guardian.missing", "guardian", en, zh)
