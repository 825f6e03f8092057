"""Ruling: local rules as a file, checked, compared, and adopted.

A file of rules is TOML and complete in itself: what it does not say has its default. The working
days are never in it: they are a public fact, and the newest the ledger has are carried over.
"""

import json
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ledger.accounts import POOL, owner
from ledger.book import Book
from ledger.desk import faults, sense
from ledger.desk.faults import Fault
from ledger.desk.founding import adoption, with_year
from ledger.desk.office import Office, book_of
from ledger.desk.parameters import Change, changes
from ledger.desk.sense import Known
from ledger.errors import Rejected, Unsafe
from ledger.records import Account, Activity, Adoption, Organisation
from ledger.rulesets import Ruleset
from ledger.sheets.delimited import decoded
from ledger.store.reading import Reader
from ledger.times import day_of
from ledger.wants import Wants


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was looked through: what is wrong with it, what is odd, and the rules it makes."""

    problems: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    rules: Ruleset

    def good(self) -> Ruleset:
        """Return the rules, without working days; raises `Rejected` naming every problem."""
        if self.problems:
            raise Rejected(
                "ruleset.refused",
                en="\n".join(one.en for one in self.problems),
                zh="\n".join(one.zh for one in self.problems),
            )
        return self.rules


def check(data: bytes, known: Known | None = None) -> Checked:
    """Look through a file of rules and name every problem at once; `known` is what a ledger has."""
    try:
        found = document(data)
    except Unreadable as error:
        return Checked((error.fault,), (), Ruleset())
    days = _calendar() if found.pop("calendar", None) is not None else ()
    try:
        rules = Ruleset.model_validate_json(json.dumps(found, default=str))
    except ValidationError as error:
        named = tuple(faults.of_form(error))
        return Checked((*days, *named, *_beside(found, error, named, known)), (), Ruleset())
    problems = (*days, *sense.problems(rules, known))
    return Checked(problems, tuple(sense.notes(rules, known)), rules)


def _beside(
    found: dict[str, Any], error: ValidationError, named: Sequence[Fault], known: Known | None
) -> Iterator[Fault]:
    """Give what cannot be meant in the rest of a file whose form is wrong somewhere else."""
    whole = {"levels", "weights", "gift_to", "expiry"}  # what makes sense only together
    for one in error.errors(include_url=False):
        loc = [part for part in one["loc"] if isinstance(part, str)]
        at = next((n for n, part in enumerate(loc) if part in whole), len(loc) - 1)
        part: Any = found
        for name in loc[:at]:
            part = part.get(name) if isinstance(part, dict) else None
        if loc and isinstance(part, dict):
            part.pop(loc[at], None)
    try:
        rest = Ruleset.model_validate_json(json.dumps(found, default=str))
    except ValidationError:  # a form so wrong that nothing else can be told
        return
    known_paths = {one.path for one in named}
    yield from (one for one in sense.problems(rest, known) if one.path not in known_paths)


def document(data: bytes) -> dict[str, Any]:
    """Return what a TOML file says, or raise `Unreadable`; days need no quotes in it."""
    try:
        text = unicodedata.normalize("NFC", decoded(data, ""))
    except Unsafe as error:
        raise Unreadable(faults.of_bytes()) from error
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(faults.of_syntax(text, error)) from error


class Unreadable(Rejected):
    """A file that is not TOML; `fault` says where."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code, en=fault.en, zh=fault.zh)
        self.fault = fault


# --- the rules of a ledger ----------------------------------------------------------------------


def rulebook(office: Office) -> Book:
    """Return a book that holds all rulesets, and nothing else."""
    with office.store.reading() as view:
        return book_of(view, Wants())


def known(view: Reader) -> Known:
    """Return what a ledger has that rules may speak of."""
    return Known(
        categories=frozenset(one.category for one in view.all(Activity)),
        units=frozenset(one.code for one in view.all(Organisation)),
    )


def in_force(book: Book, day: str) -> Ruleset:
    """Return the rules of a day, with the working days that count: the newest."""
    return with_days_of(book.rules_on(day), book.rules_now())


def with_days_of(rules: Ruleset, other: Ruleset) -> Ruleset:
    """Return rules with the working days of others."""
    return rules.model_copy(update={"calendar": other.calendar})


def said_in(book: Book, entry: int) -> Ruleset:
    """Return the ruleset that an entry adopted, or raise `Rejected`."""
    entries = sorted(one.entry for one in book.all(Adoption))
    if entry not in entries:
        listed = ", ".join(map(str, entries))
        raise Rejected(
            "ruleset.unknown",
            en=f"entry {entry} adopts no ruleset; these do: {listed}",
            zh=f"第 {entry} 条不是规则；采用规则的条目有：{listed}",
        )
    return book.adopted(entry)


def changed(office: Office, rules: Ruleset, since: str) -> tuple[Change, ...]:
    """Return what rules would change if they were adopted from a day on."""
    book = rulebook(office)
    return changes(in_force(book, since), with_days_of(rules, book.rules_now()))


def stranded(office: Office, rules: Ruleset) -> dict[str, tuple[int, int]]:
    """Return what people and the pool hold that rules would leave without use: accounts, amount, by unit."""
    schemes = {"point": rules.points, "credit": rules.credits}
    found: dict[str, tuple[int, int]] = {}
    with office.store.reading() as view:
        for unit in (unit for unit, scheme in schemes.items() if scheme is None):
            rows = [one.balance for one in view.where(Account, unit=unit)
                    if one.balance > 0 and (owner(one.account) or one.account == POOL)]  # fmt: skip
            if rows:
                found[unit] = len(rows), sum(rows)
    return found


def adopt(office: Office, rules: Ruleset, since: str) -> None:
    """Adopt rules from a day on, with the newest working days."""
    _send(office, with_days_of(rules, rulebook(office).rules_now()), since)


def add_year(office: Office, year: str, off: Sequence[str], work: Sequence[str]) -> bool:
    """Add a year of working days to the rules in force today; what was adopted for later stays.

    A year that is known may be corrected for days that have not passed: the State Council does change
    them. Returns whether that is what was done.
    """
    today = day_of(office.now)
    rules = in_force(rulebook(office), today)
    _send(office, with_year(rules, year, off, work, today=today), today)
    return year in rules.calendar


def _send(office: Office, rules: Ruleset, since: str) -> None:
    office.send(adoption(office.pens("operator", "*"), rules, since))


def _calendar() -> tuple[Fault, ...]:
    en = "leave it out: the ledger's working days are kept; `vledger rules calendar FILE` adds a year"
    zh = "请删去：工作日安排沿用账本中的，新的一年用 `vledger rules calendar 文件` 加入"
    return (faults.fault("calendar", None, "rule.calendar", en, zh),)
