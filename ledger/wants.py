"""Wants: the subjects a statement speaks of, so that a writer can fetch what `admit` will read.

An auditor's book holds everything. A writer's holds what was asked for here, and what that draws after
it (`store.fetching`): a test lets both decide about every statement.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields

from ledger import kinds
from ledger.accounts import OWN, donations, owner, volunteer
from ledger.book import Book
from ledger.encoding import base64
from ledger.records import Line, Sheet
from ledger.rows import (
    AccountsItem,
    ActivityItem,
    AttendanceItem,
    AwardItem,
    CertificateItem,
    CheckItem,
    ConfirmationItem,
    CorrectionItem,
    DepartureItem,
    GoodItem,
    HonourItem,
    Item,
    NoticeItem,
    ObjectionItem,
    OrganisationItem,
    TrainingItem,
    TransferItem,
    VolunteerItem,
    VolunteerRefItem,
)
from ledger.rules.offices import verifier
from ledger.statements import Statement
from ledger.times import day_of

LineRef = tuple[str, int]


@dataclass(slots=True)
class Wants:
    """Subjects by name. What is asked for comes whole: a sheet with its lines, a line with its sheet."""

    keys: set[str] = field(default_factory=set)
    publics: set[str] = field(default_factory=set)
    ids: set[tuple[str, str]] = field(default_factory=set)
    organisations: set[str] = field(default_factory=set)
    volunteers: set[str] = field(default_factory=set)
    activities: set[str] = field(default_factory=set)
    refs: set[str] = field(default_factory=set)  # keys, sheets, notices, certificates
    sheets: set[str] = field(default_factory=set)  # with all their lines, and those near them
    # Lines with their sheets, trainings and honours; and certificates that rest on such a row.
    lines: set[LineRef] = field(default_factory=set)
    days: dict[str, tuple[str, str]] = field(default_factory=dict)  # volunteer: first, last day
    numbers: set[tuple[str, str]] = field(default_factory=set)  # certificates of (issuer, year)
    careers: set[str] = field(default_factory=set)  # volunteers: all lines, stars, complaints
    achieved: set[str] = field(default_factory=set)  # volunteers: all trainings and honours
    accounts: set[str] = field(default_factory=set)  # with their holders, and what is held on them
    purses: set[str] = field(default_factory=set)  # accounts, for what lines earn on them
    spent: set[str] = field(default_factory=set)  # accounts: all that they paid
    holds: set[LineRef] = field(default_factory=set)  # with their accounts, goods and origins
    movements: set[LineRef] = field(default_factory=set)
    imports: set[tuple[str, str, int]] = field(default_factory=set)  # (origin, ref, n)
    goods: set[str] = field(default_factory=set)  # with the holds of them
    logs: bool = False  # the keys that the log had and has
    closed: set[int] = field(default_factory=set)  # sizes: the closings of so many entries
    earning: bool = False  # lines begin to stand, or cease to: see `drawn`

    def merge(self, other: "Wants") -> None:
        """Ask for what another asks for, too."""
        for one in fields(self):
            mine, more = getattr(self, one.name), getattr(other, one.name)
            if isinstance(mine, set):
                mine |= more
            elif isinstance(mine, bool):
                setattr(self, one.name, mine or more)
        for number, days in other.days.items():
            self.span(number, *days)

    def span(self, number: str, first: str, last: str) -> None:
        """Ask for a volunteer's lines from a day to another."""
        known = self.days.get(number, (first, last))
        self.days[number] = (min(known[0], first), max(known[1], last))


def merged(asked: Iterable[Wants]) -> Wants:
    """Return all that is asked for, once."""
    total = Wants()
    for one in asked:
        total.merge(one)
    return total


def drawn(asked: Wants, book: Book) -> Wants:
    """Return what lines draw after them that begin or cease to stand, once the book holds them.

    Their volunteers' accounts, under rules that give anything; the whole year, under rules that cap
    it; and for lines that were named, because they are voided, their stars and all they rest on.
    """
    found = Wants()
    if not asked.earning:
        return found
    sheets = [sheet for ref in asked.sheets if (sheet := book.find(Sheet, ref))]
    named = [line for place in asked.lines if (line := book.find(Line, *place))]
    found.careers = {line.volunteer for line in named}
    if book.pays:
        lines = [*named, *(line for sheet in sheets for line in book.lines_of(sheet))]
        numbers = {line.volunteer for line in lines}
        found.purses = {*OWN, *map(volunteer, numbers)}
        if book.donates:
            found.purses |= set(map(donations, numbers))
        if book.caps_years:
            for line in lines:
                found.span(line.volunteer, f"{line.start[:4]}-01-01", f"{line.end[:4]}-12-31")
    return found


def wants(statement: Statement, items: Sequence[Item]) -> Wants:  # noqa: C901, PLR0912, PLR0915 - a case a kind
    """Name the subjects of a statement."""
    head = statement.head
    found = Wants(keys={head.by}, ids={(head.by, head.id)}, organisations={head.organisation})
    match head:
        case kinds.Attendance() | kinds.Cancellation():
            found.activities.add(head.activity)
        case kinds.Confirmation():
            found.refs.add(head.notice)
            found.earning = True
        case kinds.Correction():
            found.earning = True
        case kinds.Award():
            found.refs.add(head.notice or "")
        case kinds.Closing():
            found.refs.add(head.previous or "")
            found.closed.add(head.size)
        case kinds.Dismissal():
            found.refs.add(head.appointment)
        case kinds.Revocation():
            found.refs.update({head.certificate, head.successor or head.certificate})
        case kinds.Certificate():
            # The year of the number, not of `at`: it may be stamped long after it was signed.
            found.numbers.add((head.organisation, head.number.split("-")[-3:][0]))
        case kinds.Appointment():
            _want_key(found, head.key)
            found.logs = head.role == "log"
        case kinds.Recovery():
            found.logs = True
            if head.log:
                _want_key(found, head.log)
        case _:
            pass
    for item in items:
        _want(found, item)
    return found


def _want_key(found: Wants, vkey: str) -> None:
    key = verifier(vkey)
    found.keys.add(key.by)
    found.publics.add(base64(key.key))


def _want(found: Wants, item: Item) -> None:  # noqa: C901, PLR0912, PLR0915 - a case a kind
    match item:  # those that come by the thousand first
        case AttendanceItem():
            found.volunteers.add(item.volunteer)
            found.span(item.volunteer, day_of(item.start), day_of(item.end))
            if item.replaces:
                found.lines.add(item.replaces)
        case TransferItem():
            _want_transfer(found, item)
        case OrganisationItem():
            found.organisations.update({item.code, item.parent})
        case VolunteerItem():
            found.volunteers.add(item.number)
        case ActivityItem():
            found.activities.add(item.code)
        case DepartureItem() | VolunteerRefItem():
            found.volunteers.add(item.volunteer)
        case NoticeItem(attendance=None) | AwardItem():
            found.volunteers.add(item.volunteer or "")
            found.careers.add(item.volunteer or "")
        case NoticeItem() | ConfirmationItem():
            found.sheets.add(item.attendance or "")
        case ObjectionItem() | CorrectionItem() | CheckItem():
            found.lines.add(item.line)
        case CertificateItem():
            found.volunteers.add(item.volunteer)
            named = (*item.lines, *item.training, *item.honours)
            found.lines.update((ref, n) for ref, rows in named for n in rows)
            if item.star or item.closing:
                found.careers.add(item.volunteer)
            if item.closing:
                found.refs.add(item.closing[0])
        case TrainingItem() | HonourItem():
            found.volunteers.add(item.volunteer)
            found.achieved.add(item.volunteer)
        case AccountsItem():
            found.volunteers.add(item.volunteer)
            found.accounts |= {f"volunteer:{item.volunteer}", f"donations:{item.volunteer}"}
        case GoodItem():
            found.goods.add(item.code)
        case _:
            pass


def _want_transfer(found: Wants, item: TransferItem) -> None:
    if item.hold:
        found.holds.add(item.hold)
    sides = {side for side in (item.debit, item.credit) if side}
    found.accounts |= sides
    found.volunteers |= {owner(side) for side in sides} - {""}
    if item.good:
        found.goods.add(item.good)
        found.spent |= sides
    if item.purpose == "expire":
        found.careers |= {owner(side) for side in sides} - {""}
    if item.origin:
        found.movements.add(item.origin)
        if item.credit:
            found.imports.add((item.credit.removeprefix("transit:"), *item.origin))
