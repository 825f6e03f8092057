"""Founding a ledger: its keys, its charter, its first ruleset, its root organisation."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import chinese_calendar

from ledger import rulesets
from ledger.admit import CODE
from ledger.desk import given
from ledger.desk.letters import Letter, Pen
from ledger.errors import Rejected
from ledger.kinds import Appointment, Charter, Organisations, RulesetAdoption
from ledger.note import Signer
from ledger.rules.offices import KEY_NAME
from ledger.rulesets import Ruleset, Year
from ledger.times import day_of

_FIRST_YEAR, _LAST_YEAR = 2004, 2100


@dataclass(frozen=True, slots=True)
class Root:
    """The association that keeps the ledger."""

    code: str
    name: str
    area: str = ""
    uscc: str = ""

    def check(self) -> None:
        """Raise `Rejected` where the root is not named as its row must name it."""
        area, uscc = self.area or None, self.uscc or None
        given.check(organisation=self.code, name=self.name, area=area, uscc=uscc)


@dataclass(frozen=True, slots=True)
class Founders:
    """The keys a ledger begins with. The second operator's and the recovery key go elsewhere."""

    log: Signer
    operator: Signer
    second: Signer
    recovery: Signer

    @classmethod
    def make(cls, origin: str, code: str) -> "Founders":
        """Draw new keys; `origin` becomes the log's name."""
        names = (origin, f"{code}/operator1", f"{code}/operator2", f"{code}/recovery")
        return cls(*(Signer(name, secrets.token_bytes(32)) for name in names))


def full_origin(name: str) -> str:
    """Return the name of a new log: what was given, and 8 random hex digits."""
    full = f"{name if '/' in name else f'{name}/ledger'}-{secrets.token_hex(4)}"
    if not KEY_NAME.fullmatch(full):
        raise Rejected(
            "origin.malformed",
            en=f"{name!r} cannot name a log: write letters, digits, . _ - such as kx.example.cn",
            zh=f"{name!r} 不能作账本名：请用字母、数字、点、横线，如 kx.example.cn",
        )
    return full


def first_words(
    founders: Founders, root: Root, now: str, clock: Literal["real", "simulated"]
) -> Sequence[Letter]:
    """Return the statements a ledger begins with: charter, ruleset, root, the second operator."""
    pen = Pen(founders.log.name, founders.operator.verifier.by, now, founders.operator)
    return (
        pen.write(
            Charter,
            "*",
            [{"person": "operator1"}],
            clock=clock,
            log=str(founders.log.verifier),
            operator=str(founders.operator.verifier),
            recovery=str(founders.recovery.verifier),
        ),
        adoption(pen, Ruleset(calendar=known_calendar())),
        pen.write(
            Organisations,
            "*",
            [
                {
                    "code": root.code,
                    "parent": "",
                    "name": root.name,
                    "area": root.area,
                    "uscc": root.uscc,
                }
            ],
        ),
        pen.write(
            Appointment,
            "*",
            [{"person": "operator2"}],
            key=str(founders.second.verifier),
            role="operator",
        ),
    )


def adoption(pen: Pen, ruleset: Ruleset, since: str = "") -> Letter:
    """Return the statement that adopts a ruleset from a day on, today if none is named."""
    rows = [{"ruleset": rulesets.write(ruleset)}]
    return pen.write(RulesetAdoption, "*", rows, code=CODE, from_=since or day_of(pen.now))


def known_calendar() -> dict[str, Year]:
    """Return the years of the State Council's calendar that the library knows."""
    return {str(year): _year(year) for year in range(_FIRST_YEAR, _LAST_YEAR) if _published(year)}


def with_year(
    ruleset: Ruleset, year: str, off: Sequence[str], work: Sequence[str], *, today: str
) -> Ruleset:
    """Return the ruleset with a year of working days, new or corrected for days that have not passed."""
    if why := _why_not(ruleset.calendar.get(year), year, off, work, today):
        raise Rejected(
            "calendar.year",
            en=f"the calendar is for {year}: {why[0]}",
            zh=f"该文件是 {year} 年的安排：{why[1]}",
        )
    added = Year(off=tuple(sorted(off)), work=tuple(sorted(work)))
    return ruleset.model_copy(update={"calendar": {**ruleset.calendar, year: added}})


def _why_not(
    known: Year | None, year: str, off: Sequence[str], work: Sequence[str], today: str
) -> tuple[str, str] | None:
    wrong = [day for day in (*off, *work) if day[:4] != year][:3]
    if wrong:
        return f"{', '.join(wrong)} lie in another year", f"{'、'.join(wrong)} 不在这一年"
    if both := sorted({*off} & {*work}):
        days = both[:3]
        return f"{', '.join(days)} are off and worked", f"{'、'.join(days)} 既放假又上班"
    if not off:
        return "it names no day off", "没有列出放假的日子"
    changed = sorted({*known.off} ^ {*off} | {*known.work} ^ {*work}) if known else []
    if known and not changed:
        return "that year is known already", "这一年已有安排，内容相同"
    if changed and changed[0] <= today:
        past = ", ".join(day for day in changed[:3] if day <= today)
        return (
            f"{past} have passed: only days to come can be corrected; copy the others as they are",
            f"{past.replace(', ', '、')} 已经过去：只能更正尚未到来的日子，其余请照原样写",
        )
    return None


def _published(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 12, 31))
    except NotImplementedError:
        return False
    return True


def _year(year: int) -> Year:
    days = [
        date.fromordinal(n)
        for n in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
    ]
    weekday = [day for day in days if day.isoweekday() <= len("MTWTF")]
    weekend = [day for day in days if day.isoweekday() > len("MTWTF")]
    return Year(
        off=tuple(day.isoformat() for day in weekday if not chinese_calendar.is_workday(day)),
        work=tuple(day.isoformat() for day in weekend if chinese_calendar.is_workday(day)),
    )
