"""Ruling: local rules as a file, checked, compared, and adopted.

A file of rules is TOML and complete in itself: what it does not say has its default. The working
days are never in it: they are a public fact, and the newest the ledger has are carried over.
"""

import json
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ledger.book import Book
from ledger.desk import faults, sense
from ledger.desk.faults import Fault
from ledger.desk.founding import adoption, with_year
from ledger.desk.office import Office, book_of
from ledger.desk.parameters import Change, changes
from ledger.desk.sense import Known
from ledger.errors import Rejected, Unsafe
from ledger.records import Activity, Adoption, Organisation
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
        return Checked((*days, *faults.of_form(error)), (), Ruleset())
    problems = (*days, *sense.problems(rules, known))
    return Checked(problems, tuple(sense.notes(rules, known)), rules)


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


def adopt(office: Office, rules: Ruleset, since: str) -> None:
    """Adopt rules from a day on, with the newest working days."""
    _send(office, with_days_of(rules, rulebook(office).rules_now()), since)


def add_year(office: Office, year: str, off: Sequence[str], work: Sequence[str]) -> None:
    """Add a year of working days to the rules in force today; what was adopted for later stays."""
    today = day_of(office.now)
    _send(office, with_year(in_force(rulebook(office), today), year, off, work), today)


def _send(office: Office, rules: Ruleset, since: str) -> None:
    office.send(adoption(office.pens("operator", "*"), rules, since))


def _calendar() -> tuple[Fault, ...]:
    en = "leave it out: the ledger's working days are kept; `vledger rules calendar FILE` adds a year"
    zh = "请删去：工作日安排沿用账本中的，新的一年用 `vledger rules calendar 文件` 加入"
    return (faults.fault("calendar", None, "rule.calendar", en, zh),)
