"""Drafting: what was chosen, in the words of the ledger and the vault, for many people at once.

Nothing is in a draft that is not in the ledger or the vault. What is asked for everybody is asked once.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from certificates.claim import Brought, Claim, EvidenceClass, Honour, Training, totals
from certificates.claim import Line as ClaimLine
from certificates.contents import Contents, Order, Row, choose
from certificates.source import Ledger
from ledger import kinds
from ledger.commitments import Opening
from ledger.desk.letters import new_salt
from ledger.desk.office import Office
from ledger.errors import Rejected
from ledger.home import Association
from ledger.records import (
    NOBODY,
    Achievement,
    Activity,
    Key,
    Line,
    Organisation,
    Sheet,
    Star,
    Volunteer,
)
from ledger.rows import ActivityItem
from ledger.rules.papers import next_number
from ledger.store.reading import Reader
from ledger.times import day_of
from ledger.vault import Details, Vault

_NUMBER = re.compile(r"V[0-9]{10}")
_NO_NUMBER = (
    "; a volunteer's number is V and ten digits (`vledger volunteer find NAME`); or see `certificate list`",
    "；志愿者编号是 V 加十位数字（`vledger volunteer find 姓名`），已出具的证明见 `vledger certificate list`",
)
OPENED = ("name", "document")  # fields of a volunteer that a certificate opens


def opened(found: Mapping[str, Opening]) -> dict[str, Opening]:
    """Return what a certificate opens of what a volunteer's row commits to."""
    return {name: found[name] for name in OPENED if name in found}


@dataclass(slots=True)
class People:
    """Who volunteers are, as far as the vault knows, and what opens their rows."""

    details: Mapping[str, Details]
    openings: Mapping[str, Mapping[str, Opening]]
    vault: Vault
    _leaders: dict[str, str] = field(default_factory=dict)

    def opened(self, number: str) -> dict[str, Opening]:
        """Return what a certificate opens of a volunteer."""
        return opened(self.openings.get(number, {}))

    def leader(self, leader: str) -> str:
        """Return the name of an activity's leader, a volunteer or somebody kept in the vault."""
        if leader not in self._leaders:
            kept = self.vault.kept(leader)
            details = None if kept else self.vault.details(leader)
            self._leaders[leader] = kept.value if kept else details.name if details else ""
        return self._leaders[leader]


@dataclass(frozen=True, slots=True)
class Draft:
    """One certificate before it is drawn: what is asked for, what is in it, what it will say."""

    order: Order
    contents: Contents
    claim: Claim
    salt: str = field(default_factory=new_salt)  # so that the row is known before it is logged

    @property
    def item(self) -> Mapping[str, object]:
        """The row of its statement."""
        claim, found, star = self.claim, self.contents, self.contents.star
        return {
            "volunteer": self.order.number,
            "from": claim.first,
            "to": claim.last,
            "minutes": claim.minutes,
            "by_class": dict(claim.by_class),
            "lines": _rows((line.sheet, line.n) for line, _ in found.lines),
            "closing": [found.brought.closing.ref, found.brought.n] if found.brought else None,
            "star": [star.ref, star.n] if star else None,
            "training": _rows((one.ref, one.n) for one in found.training) or None,
            "honours": _rows((one.ref, one.n) for one in found.honours) or None,
            "salt": self.salt,
        }


@dataclass(frozen=True, slots=True)
class Drafter:
    """What drafts are made from: the ledger, the people, what is printed of the unit, the time."""

    ledger: Ledger
    people: People
    association: Association
    now: str

    @classmethod
    def begin(
        cls, view: Reader, office: Office, association: Association, numbers: Sequence[str]
    ) -> "Drafter":
        """Read what certificates of volunteers rest on, and who they are."""
        vault = office.vault
        people = People(vault.details_of(numbers), vault.openings_of(numbers), vault)
        return cls(_read(view, numbers), people, association, office.now)

    def draft(self, order: Order, ahead: int) -> Draft:
        """Return what is asked for, or raise `Rejected`; so many numbers are given out `ahead`."""
        ledger, number, year = self.ledger, order.number, self.now[:4]
        volunteer, details = ledger.find(Volunteer, number), self.people.details.get(number)
        if volunteer is None or details is None or volunteer.state != "active":
            raise Rejected(
                "volunteer.not_active",
                en=f"{number} is not registered, or erased or restricted: no certificate can be issued"
                f"{'' if _NUMBER.fullmatch(number) else _NO_NUMBER[0]}",
                zh=f"志愿者 {number} 未登记，或资料已删除、限制使用，不能出具证明"
                f"{'' if _NUMBER.fullmatch(number) else _NO_NUMBER[1]}",
            )
        contents = choose(ledger, order)
        issuer = ledger.find(Organisation, order.organisation)
        assert issuer
        shown, unit = self.people.opened(number), self.association
        rows = tuple(
            self._line(line, sheet)
            for line, sheet in sorted(
                contents.lines, key=lambda pair: (pair[0].start, pair[1].entry)
            )
        )
        brought = _brought_forward(contents.brought) if contents.brought else None
        by_class = totals(rows, brought)
        book = ledger.book_of(order.organisation, year)
        claim = Claim(
            number=next_number(book, order.organisation, year, ahead),
            name=details.name,
            document=shown["document"].value if "document" in shown else "",
            volunteer=number,
            first=contents.first,
            last=contents.last,
            lines=rows,
            minutes=sum(by_class.values()),
            by_class=by_class,
            issuer_name=issuer.name,
            issuer_code=issuer.uscc,
            manager="" if issuer.uscc else issuer.manager,
            responsible=unit.responsible,
            handler=unit.handler,
            telephone=unit.telephone,
            issued=day_of(self.now),
            verify_url=unit.verify_url,
            origin=_origin(ledger),
            specimen=_simulated(ledger),
            replaces=order.replaces,
            brought=brought,
            star=contents.star.level if contents.star else 0,
            training=tuple(
                Training(one.date, one.title, one.giver, one.minutes)
                for one in _by_date(contents.training)
            ),
            honours=tuple(
                Honour(one.date, one.title, one.giver) for one in _by_date(contents.honours)
            ),
        )
        return Draft(order, contents, claim)

    def _line(self, line: Line, sheet: Sheet) -> ClaimLine:
        activity = self.ledger.find(Activity, sheet.activity)
        organiser = self.ledger.find(Organisation, sheet.organisation)
        assert activity
        assert organiser
        row = self.ledger.row(activity.ref, activity.n)
        assert isinstance(row, ActivityItem)
        return ClaimLine(
            date=day_of(line.start),
            activity=row.name,
            place=row.place,
            content=row.content,
            organiser=organiser.name,
            leader=self.people.leader(row.leader),
            minutes=line.minutes,
            class_=line.class_,  # type: ignore[arg-type]
        )


def _read(view: Reader, numbers: Sequence[str]) -> Ledger:
    """Read what certificates of volunteers rest on: a query a kind, however many they are."""
    ledger = Ledger(view)
    ledger.read(Volunteer, "number", numbers)
    for kind in (Line, Achievement, Star):
        ledger.read(kind, "volunteer", numbers)
    refs = {line.sheet for number in numbers for line in ledger.of(Line, "volunteer", number)}
    ledger.read(Sheet, "ref", refs)
    sheets = [sheet for ref in refs for sheet in ledger.of(Sheet, "ref", ref)]
    codes = {sheet.activity for sheet in sheets}
    ledger.read(Activity, "code", codes)
    named: list[Organisation | Volunteer | Achievement | Activity] = [
        *view.all(Organisation),
        *(row for number in numbers for row in ledger.of(Volunteer, "number", number)),
        *(row for number in numbers for row in ledger.of(Achievement, "volunteer", number)),
        *(row for code in codes for row in ledger.of(Activity, "code", code)),
    ]
    ledger.locate(row.ref for row in named)
    confirmed = {sheet.confirmation for sheet in sheets if sheet.confirmation != NOBODY}
    ledger.fetch(ledger.located | {sheet.entry for sheet in sheets} | confirmed)
    return ledger


def _brought_forward(row: Row) -> Brought:
    said, closing = row.item.by_class, row.closing
    by_class: dict[EvidenceClass, int] = {"A": said.A, "B": said.B, "C": said.C, "L": said.L}
    return Brought(closing.as_of, closing.entry, closing.size, by_class)


def _by_date(rows: Iterable[Achievement]) -> list[Achievement]:
    return sorted(rows, key=lambda one: one.date)


def _origin(ledger: Ledger) -> str:
    """Return the log's name."""
    return ledger.of(Key, "role", "log")[0].by.rpartition("+")[0]


def _simulated(ledger: Ledger) -> bool:
    """Tell whether the ledger's clock is simulated, and its certificates specimens."""
    head = ledger.head(0)
    return isinstance(head, kinds.Charter) and head.clock == "simulated"


def _rows(places: Iterable[tuple[str, int]]) -> list[list[object]]:
    """Gather rows in log order by their statements."""
    rows: dict[str, list[int]] = {}
    for ref, n in places:
        rows.setdefault(ref, []).append(n)
    return [[ref, numbers] for ref, numbers in rows.items()]
