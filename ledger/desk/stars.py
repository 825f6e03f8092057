"""Stars (星级): who is due one, proposals with their notice, and what a person decides."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ledger import kinds
from ledger.book import Book
from ledger.desk import given
from ledger.desk.noticing import UNPUBLISHED, masked
from ledger.desk.office import Office, book_of, home_of, registered, states
from ledger.errors import LedgerError, Rejected
from ledger.incentives import Stars
from ledger.records import Line, Notice, Organisation, Sheet, Star, Volunteer
from ledger.rules.awards import HELD, check_due, due_level
from ledger.rules.members import check_known
from ledger.rulesets import Ruleset
from ledger.store.reading import Reader
from ledger.times import day_of
from ledger.wants import Wants


@dataclass(frozen=True, slots=True)
class Due:
    """A volunteer who has earned the next star, or would have but for `lacks`."""

    number: str
    level: int
    minutes: int
    needed: int
    organisation: str
    lacks: Rejected | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    """A notice of proposed stars: its list to pin up, and when they may be decided."""

    entry: int
    organisation: str
    decides: str
    rows: tuple[tuple[str, str, Due], ...]  # masked name, last digits of the number


@dataclass(frozen=True, slots=True)
class Refused:
    """A star of somebody for whom nothing could be said, and why; the others went on."""

    number: str
    level: int
    error: LedgerError


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about one star."""

    number: str
    level: int
    decision: str
    entry: int | None


def due(office: Office, numbers: Collection[str] | None = None) -> tuple[Due, ...]:
    """Return who has the hours of the next star, by number; `numbers` asks about some only.

    Whoever lacks something else (tenure, quality) is among them, and it is said what; who was erased
    is not, for nobody can propose him.
    """
    with office.store.reading() as view:
        for number in numbers or ():
            registered(view, number)
        rules = book_of(view, Wants()).rules_on(day_of(office.now)).stars
        minutes = _minutes(view, rules, numbers)
        stars = _stars(view, minutes)
        enough = {
            number: (level, found, rules.levels[level - 1].minutes)
            for number, found in minutes.items()
            if (level := _next(rules, stars.get(number, ()), found))
        }
        wanted = set(enough)
        book = book_of(view, Wants(volunteers=wanted, careers=wanted))
        return tuple(
            _judged(
                book,
                rules,
                Due(number, *found, home_of(book.memberships(number))),
                day_of(office.now),
            )
            for number, found in sorted(enough.items())
            if not _is_erased(book, number)
        )


def propose(
    office: Office, found: Iterable[Due]
) -> tuple[tuple[Proposed, ...], tuple[Refused, ...]]:
    """Put stars up for notice, a notice an organisation; whom it cannot be done for is said with why."""
    groups: dict[str, list[Due]] = {}
    refused: list[Refused] = []
    for one in found:
        if one.lacks:
            refused.append(Refused(one.number, one.level, one.lacks))
        else:
            groups.setdefault(one.organisation, []).append(one)
    proposed = []
    for organisation, rows in groups.items():
        said = [{"volunteer": one.number, "level": one.level} for one in rows]
        try:
            receipt = office.say("recorder", kinds.Notice, organisation, said)
        except LedgerError as error:  # one team's key is missing: the other teams go on
            refused += [Refused(one.number, one.level, error) for one in rows]
            continue
        if receipt:
            people = masked(office, {one.number for one in rows})
            listed = tuple((*people[one.number], one) for one in rows)
            proposed.append(Proposed(receipt.index, organisation, _from(office), listed))
    return tuple(proposed), tuple(refused)


def waiting(office: Office) -> tuple[tuple[Star, str], ...]:
    """Return the stars under notice, each with the day from which it may be granted."""
    with office.store.reading() as view:
        stars = list(view.where(Star, state="proposed"))
        refs = {star.notice for star in stars}
        notices = view.among(Notice, ("ref",), [(ref,) for ref in refs])
        book = book_of(view, Wants())
    opened = {notice.ref: day_of(notice.stamp) for notice in notices}
    return tuple(
        (star, _decides(book, opened[star.notice], book.adopted(star.adoption))) for star in stars
    )


def decide(
    office: Office, numbers: Collection[str], decision: str, reason: str = ""
) -> tuple[tuple[Decided, ...], tuple[Refused, ...]]:
    """Grant, refuse or withdraw a star of each volunteer: what waits, or the highest he holds.

    Whose star cannot be granted, because hours were voided meanwhile, is said with why; the others are.
    """
    given.check(reason=reason or None)
    with office.store.reading() as view:
        wanted = {registered(view, number).number for number in numbers}
        book = book_of(view, Wants(volunteers=wanted, careers=wanted))
        book.put(view.all(Organisation))
        held = _stars(view, numbers)
        stars = [
            _meant(number, held.get(number, ()), decision) for number in dict.fromkeys(numbers)
        ]
    if decision == "granted" and not reason:
        _check_no_review(stars)
        reason = "due"
    refused = _short(book, stars, day_of(office.now)) if decision == "granted" else ()
    blocked = {one.number for one in refused}
    stars = [star for star in stars if star.volunteer not in blocked]
    decided = []
    for (unit, notice), group in _grouped(book, stars, decision).items():
        rows = [
            {"volunteer": star.volunteer, "level": star.level, "decision": decision}
            for star in group
        ]
        receipt = office.say(
            "issuer", kinds.Award, unit, rows, reason=reason, notice=notice or None
        )
        entry = receipt.index if receipt else None
        decided += [Decided(star.volunteer, star.level, decision, entry) for star in group]
    return tuple(decided), refused


# --- parts --------------------------------------------------------------------------------------


def _minutes(view: Reader, rules: Stars, numbers: Collection[str] | None) -> dict[str, int]:
    """Return the confirmed minutes that count, by volunteer."""
    if numbers is None:
        sheets = {sheet.ref: sheet for sheet in view.all(Sheet)}
        lines: Iterable[tuple[Line, Sheet]] = (
            (line, sheets[line.sheet]) for line in view.all(Line)
        )
    else:
        lines = states(view, numbers)
    found: dict[str, int] = {}
    for line, sheet in lines:
        if line.class_ in rules.classes and (line.state or sheet.state) == "confirmed":
            found[line.volunteer] = found.get(line.volunteer, 0) + line.minutes
    return found


def _stars(view: Reader, numbers: Collection[str]) -> dict[str, list[Star]]:
    """Return the stars of these volunteers, lowest first."""
    found: dict[str, list[Star]] = {}
    stars = view.among(Star, ("volunteer",), [(number,) for number in sorted(numbers)])
    for star in sorted(stars, key=lambda star: star.level):
        found.setdefault(star.volunteer, []).append(star)
    return found


def _from(office: Office) -> str:
    """Return the first day on which a star that is proposed now may be granted."""
    today = day_of(office.now)
    with office.store.reading() as view:
        book = book_of(view, Wants())
    return _decides(book, today, book.rules_on(today))


def _decides(book: Book, opened: str, rules: Ruleset) -> str:
    """Return the first day on which a star may be granted that was proposed on a day, under rules."""
    try:
        return book.rules_now().closing_day(opened, rules.stars.notice_days)
    except Rejected:
        return UNPUBLISHED


def _next(rules: Stars, stars: Sequence[Star], minutes: int) -> int:
    """Return the level to be proposed, 0 if none is reached or one is under notice."""
    held = sum(star.state in HELD for star in stars)
    level = due_level(rules, held)
    if level is None or minutes < level.minutes or any(s.state == "proposed" for s in stars):
        return 0
    return held + 1


def _is_erased(book: Book, number: str) -> bool:
    found = book.find(Volunteer, number)
    return found is not None and found.state == "erased"


def _check_no_review(stars: Iterable[Star]) -> None:
    """Raise `Rejected` where a star below its hours would be kept without a reason."""
    doubted = [star.volunteer for star in stars if star.state == "review"]
    if doubted:
        raise Rejected(
            "field.missing",
            en=f"{', '.join(doubted)}: the star is under review, its hours no longer suffice; to let it"
            " stand say why with --reason",
            zh=f"{'、'.join(doubted)} 的星级待复核，时长已不足；如仍维持，请用 --reason 写明理由代码",
        )


def _short(book: Book, stars: Iterable[Star], day: str) -> tuple[Refused, ...]:
    """Return the stars under notice that are no longer due, as `admit` would refuse them."""
    found = []
    for star in stars:
        if star.state == "proposed":
            rules = book.adopted(star.adoption).stars
            try:
                check_due(book, rules, star.volunteer, star.level, day)
            except Rejected as error:
                found.append(Refused(star.volunteer, star.level, error))
    return tuple(found)


def _judged(book: Book, rules: Stars, found: Due, day: str) -> Due:
    try:
        check_known(book, found.number)
        check_due(book, rules, found.number, found.level, day)
    except Rejected as error:
        return replace(found, lacks=error)
    return found


def _meant(number: str, stars: Sequence[Star], decision: str) -> Star:
    fitting = HELD if decision == "withdrawn" else ("proposed", "review")
    found = [star for star in stars if star.state in fitting]
    if not found:
        raise Rejected(
            "star.unknown",
            en=f"{number} has no star to decide about; `vledger star due` lists who is due one",
            zh=f"{number} 没有待评定或可撤销的星级；`vledger star due` 可查看",
        )
    return found[-1]


def _grouped(
    book: Book, stars: Iterable[Star], decision: str
) -> Mapping[tuple[str, str], list[Star]]:
    """Group stars by the unit that grants them and, where it matters, by notice."""
    root = book.root()
    groups: dict[tuple[str, str], list[Star]] = {}
    for star in stars:
        levels = book.adopted(star.adoption).stars.levels
        unit = levels[star.level - 1].unit or (root.code if root else "")
        notice = star.notice if star.state == "proposed" and decision != "withdrawn" else ""
        groups.setdefault((unit, notice), []).append(star)
    return groups
