"""People: finding a volunteer, showing his hours with the lines behind them, leaving, erasing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ledger import accounts, kinds
from ledger.desk import achieving, given
from ledger.desk.achieving import ShownAchievement
from ledger.desk.earned import brought, career
from ledger.desk.office import Office, registered, state_of
from ledger.incentives import ALL
from ledger.log import Receipt
from ledger.records import Account, Certificate, Hold, Membership, Organisation, Star, Volunteer
from ledger.times import day_of, later
from ledger.vault import Details

_KEEP_DAYS = 3653  # GB/T 40143-2021: records are kept 10 years or more


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line as a person sees it."""

    place: str
    activity: str
    start: str
    end: str
    minutes: int
    class_: str
    state: str
    points: int = 0  # that it brought so far
    credits: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A volunteer: who, where, the hours that count by class, what they made, and every line behind it."""

    number: str
    details: Details | None
    state: str
    organisations: tuple[str, ...]
    by_class: dict[str, int]
    lines: tuple[ShownLine, ...]
    certificates: tuple[Certificate, ...]
    stars: tuple[Star, ...]
    accounts: tuple[Account, ...]
    achievements: tuple[ShownAchievement, ...]
    account_state: str = "active"  # frozen, closed

    @property
    def minutes(self) -> int:
        """Return the minutes that count."""
        return sum(self.by_class.values())


def find(office: Office, text: str) -> tuple[Shown, ...]:
    """Find volunteers by number, ID number, name or telephone."""
    with office.store.reading() as view:
        # The vault may be ahead of the log, by letters under way or by what a kill left behind.
        asked = {(number,) for number in (text, *office.vault.search(text))}
        numbers = sorted(one.number for one in view.among(Volunteer, ("number",), sorted(asked)))
    return tuple(show(office, number) for number in numbers)


def show(office: Office, number: str) -> Shown:
    """Show one volunteer, or raise `Rejected`."""
    with office.store.reading() as view:
        volunteer = registered(view, number)
        members = [m for m in view.where(Membership, volunteer=number) if not m.left]
        done = career(view, number)
        purses = [(accounts.volunteer(number),), (accounts.donations(number),)]
        held = view.among(Account, ("account",), purses)
        stars = tuple(view.where(Star, volunteer=number))
        certificates = tuple(view.where(Certificate, volunteer=number))
        achievements = achieving.of(view, number)
        account_state = state_of(view, number)
    gains = done.by_line()
    lines = [
        ShownLine(
            one.place,
            one.activity,
            one.line.start,
            one.line.end,
            one.line.minutes,
            one.line.class_,
            one.state,
            *brought(gains.get(id(one), ())),
        )
        for one in done.lines
    ]
    by_class: dict[str, int] = dict.fromkeys(ALL, 0)
    for line in lines:
        if line.state == "confirmed":
            by_class[line.class_] += line.minutes
    return Shown(
        number=number,
        details=office.vault.details(number),
        state=volunteer.state,
        organisations=tuple(member.organisation for member in members),
        by_class=by_class,
        lines=tuple(lines),
        certificates=certificates,
        stars=stars,
        accounts=tuple(sorted(held, key=lambda one: (one.account, one.unit))),
        achievements=achievements,
        account_state=account_state,
    )


def leave(office: Office, number: str, organisation: str, reason: str) -> Receipt | None:
    """End a volunteer's memberships in an organisation and below it; hours stay."""
    given.check(organisation=organisation or None, reason=reason)
    with office.store.reading() as view:
        registered(view, number)
        root = next(view.where(Organisation, parent=""))
    rows = [{"volunteer": number, "reason": reason}]
    return office.say("recorder", kinds.Departure, organisation or root.code, rows)


@dataclass(frozen=True, slots=True)
class Standing:
    """What still stands of a person, and speaks against erasing him (rule 47)."""

    young_lines: int
    young_achievements: int  # trainings and honours
    credits: int  # that were not spent
    certificates: tuple[str, ...]
    points: int = 0
    holds: tuple[str, ...] = ()  # that were neither settled nor released


def standing(office: Office, number: str) -> Standing:
    """Return what still stands: records younger than ten years, what is unspent, held, or certified."""
    found = show(office, number)
    since = day_of(later(office.now, days=-_KEEP_DAYS))
    young = [line for line in found.lines if line.state == "confirmed" and line.start >= since]
    valid = [one.number for one in found.certificates if one.state == "valid"]
    unspent: Counter[str] = Counter()
    for one in found.accounts:
        unspent[one.unit] += max(one.balance, 0)
    own = (accounts.volunteer(number), accounts.donations(number))
    with office.store.reading() as view:
        held = [one for one in view.where(Hold, state="open") if {one.credit, one.debit} & {*own}]
    achieved = [one for one in found.achievements if not one.void and one.date >= since]
    holds = tuple(f"{one.entry}:{one.n + 1}" for one in held)
    return Standing(
        len(young), len(achieved), unspent["credit"], tuple(valid), unspent["point"], holds
    )


def erase(office: Office, number: str, reason: str) -> Receipt | None:
    """Destroy a person's data: the log says so first, then the vault's key and row go."""
    given.check(reason=reason)
    return office.say("operator", kinds.Erasure, "*", [{"volunteer": number}], reason=reason)


def restrict(office: Office, numbers: Sequence[str], reason: str) -> Receipt | None:
    """Keep a person's data without using it; the reason `lifted` undoes it."""
    given.check(reason=reason)
    rows = [{"volunteer": number} for number in numbers]
    return office.say("operator", kinds.Restriction, "*", rows, reason=reason)
