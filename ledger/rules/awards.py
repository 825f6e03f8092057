"""Stars (星级): proposed by the figures, put up for notice, decided by a person (rules 26 to 28).

proposed -> granted -> withdrawn
         -> refused -> proposed again
granted -> review, when voided hours leave less than it takes; a person decides, never the machine
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from ledger.book import Book
from ledger.errors import Rejected
from ledger.incentives import Level, Stars
from ledger.kinds import Award, Head
from ledger.records import Line, Notice, Organisation, Record, Star, Volunteer
from ledger.rows import AwardItem, NoticeItem
from ledger.rules.authority import check_other_person
from ledger.rules.heard import Heard
from ledger.rules.lines import fewer, no, superseded, too_early
from ledger.rules.members import check_member
from ledger.times import day_of, months_between

HELD = ("granted", "review")


def propose(book: Book, head: Head, heard: Heard, item: NoticeItem, n: int) -> Star:
    """Put a star up for notice: the next one, of a volunteer here, who has earned it."""
    assert item.volunteer
    assert item.level
    adoption, rules = book.adopted_on(day_of(heard.stamp))
    check_member(book, item.volunteer, head.organisation, n)
    known = book.find(Star, item.volunteer, item.level)
    if known and known.state in (*HELD, "proposed"):
        raise already(known, n)
    check_due(book, rules.stars, item.volunteer, item.level, day_of(heard.stamp), n)
    return Star(
        item.volunteer, item.level, head.organisation, heard.ref, "proposed", adoption, book.size,
        heard.ref, n,
    )  # fmt: skip


def already(star: Star, n: int) -> Rejected:
    """Return the refusal to propose a star that is proposed or held."""
    return no(
        "star.state",
        f"star {star.level} of {star.volunteer} is {star.state} already",
        f"{star.volunteer} 的 {star.level} 星已处于“{_WORDS[star.state]}”状态",
        n,
    )


def award(book: Book, head: Award, heard: Heard) -> tuple[Record, ...]:
    """Take in what an issuer of the granting unit decided about stars."""
    effects: dict[tuple[str, int], Record] = {}
    for n, item in enumerate(heard.items):
        assert isinstance(item, AwardItem)
        star = book.find(Star, item.volunteer, item.level)
        if star is None or (item.volunteer, item.level) in effects:
            raise no(
                "star.unknown",
                f"star {item.level} of {item.volunteer} was not proposed, or comes twice",
                f"{item.volunteer} 的 {item.level} 星未经提名，或重复出现",
                n,
            )
        check_other_person(heard.signer, item.volunteer, what=("the volunteer", "该志愿者"), item=n)
        decided = _withdraw if item.decision == "withdrawn" else _decide
        effects[item.volunteer, item.level] = decided(book, head, heard, star, item, n)
    stars = effects.values()
    return (*stars, *_settled(book, stars), *_superseded(book, stars, day_of(heard.stamp)))


def due_level(stars: Stars, held: int) -> Level | None:
    """Return the next star for one who holds so many, none above the highest."""
    return stars.levels[held] if held < len(stars.levels) else None


def counted_minutes(book: Book, stars: Stars, number: str) -> int:
    """Return a volunteer's confirmed minutes in the classes that count for stars, unrounded."""
    return sum(line.minutes for line in _standing(book, number) if line.class_ in stars.classes)


def check_due(  # noqa: PLR0913, PLR0917 - who, what, under which rules, when
    book: Book, stars: Stars, number: str, level: int, day: str, n: int | None = None
) -> None:
    """Raise `Rejected` unless a star is the next one and has been earned by that day."""
    held = sum(1 for star in book.stars_of(number) if star.state in HELD)
    due = due_level(stars, held)
    if due is None or level != held + 1:
        raise no(
            "star.order",
            f"{number} holds {held} stars; the next is {held + 1}, none is skipped",
            f"{number} 现有 {held} 星，须依次评定 {held + 1} 星，不能越级",
            n,
        )
    minutes = counted_minutes(book, stars, number)
    if minutes < due.minutes:
        raise no(
            "star.hours",
            f"{number} has {minutes} of the {due.minutes} min that star {level} takes",
            f"{number} 已确认 {minutes} 分钟，{level} 星须满 {due.minutes} 分钟",
            n,
        )
    _check_tenure(book, due, number, day, n)
    _check_quality(book, stars, number, day, n)


def review(book: Book, lines: Iterable[Line], entry: int) -> tuple[Record, ...]:
    """Put stars up for review whose hours are no longer there once these lines are void."""
    gone: dict[str, list[Line]] = {}
    for line in lines:
        gone.setdefault(line.volunteer, []).append(line)
    return tuple(
        replace(star, state="review", entry=entry)
        for number, found in gone.items()
        for star in book.stars_of(number)
        if star.state == "granted" and _falls_short(book, star, number, found)
    )


# --- parts --------------------------------------------------------------------------------------

_WORDS = {"proposed": "公示中", "granted": "已授予", "review": "复核中"}


def _standing(book: Book, number: str) -> list[Line]:
    return [line for line in book.lines_by(number) if book.line_state(line) == "confirmed"]


def _check_tenure(book: Book, due: Level, number: str, day: str, n: int | None) -> None:
    volunteer = book.find(Volunteer, number)
    months = months_between(day_of(volunteer.registered), day) if volunteer else 0
    if months < due.tenure_months:
        raise no(
            "star.tenure",
            f"{number} has been registered for {months} months of {due.tenure_months}",
            f"{number} 注册满 {months} 个月，须满 {due.tenure_months} 个月",
            n,
        )


def _check_quality(book: Book, stars: Stars, number: str, day: str, n: int | None) -> None:
    rated = [line.rating for line in _standing(book, number) if line.rating]
    if sum(rated) < stars.minimum_rating * len(rated):
        raise no(
            "star.quality",
            f"{number} is rated {sum(rated)}/{len(rated)} on average, below {stars.minimum_rating}",
            f"{number} 的平均评价为 {sum(rated)}/{len(rated)}，低于 {stars.minimum_rating}",
            n,
        )
    for complaint in book.complaints_about(number):
        if months_between(complaint.day, day) < stars.complaint_months:
            raise no(
                "star.complaint",
                f"a complaint about {number} was upheld on {complaint.day}",
                f"{complaint.day} 有对 {number} 的投诉成立",
                n,
            )


def _decide(  # noqa: PLR0913, PLR0917 - the parts of one decision
    book: Book, head: Award, heard: Heard, star: Star, item: AwardItem, n: int
) -> Star:
    if star.state == "review" and item.decision == "granted":  # it stands, a person says so
        _check_unit(book, head, book.adopted(star.adoption).stars, star, n)
        return replace(star, state="granted", entry=book.size)
    notice = book.find(Notice, star.notice)
    if star.state != "proposed" or head.notice != star.notice or notice is None:
        raise no(
            "star.state",
            f"star {star.level} of {star.volunteer} is not under that notice",
            f"{star.volunteer} 的 {star.level} 星不在该公示中",
            n,
        )
    rules = book.adopted(star.adoption)
    _check_unit(book, head, rules.stars, star, n)
    if item.decision == "refused":
        return replace(star, state="refused", entry=book.size, ref=heard.ref, n=n)
    due = rules.stars.notice_days
    passed = book.rules_now().working_days(day_of(notice.stamp), day_of(heard.stamp), most=due)
    if passed < due:
        raise too_early(book, day_of(notice.stamp), passed, due, n)
    # By the rules it was proposed under, and with the hours as they are now.
    check_due(book, rules.stars, star.volunteer, star.level, day_of(heard.stamp), n)
    return replace(star, state="granted", entry=book.size, ref=heard.ref, n=n)


def _withdraw(book: Book, head: Award, heard: Heard, star: Star, _item: AwardItem, n: int) -> Star:
    higher = [one for one in book.stars_of(star.volunteer) if one.level > star.level]
    if star.state not in HELD or any(one.state in HELD for one in higher):
        raise no(
            "star.state",
            f"star {star.level} of {star.volunteer} is not held, or a higher one is: the highest goes first",
            f"{star.volunteer} 未持有 {star.level} 星，或持有更高星级：须从最高星级撤销",
            n,
        )
    _check_unit(book, head, book.adopted(star.adoption).stars, star, n)
    return replace(star, state="withdrawn", entry=book.size, ref=heard.ref, n=n)


def _check_unit(book: Book, head: Head, stars: Stars, star: Star, n: int) -> None:
    root = book.root()
    unit = stars.levels[star.level - 1].unit or (root.code if root else "")
    if head.organisation != unit:
        found = book.find(Organisation, unit)
        name = found.name if found else unit
        raise no(
            "not_authorised",
            f"star {star.level} is granted by {unit}",
            f"{star.level} 星由{name}（{unit}）评定",
            n,
        )


def _settled(book: Book, stars: Iterable[Record]) -> tuple[Record, ...]:
    """Return the notices as they are once fewer of their stars wait."""
    decided: dict[str, int] = {}
    for star in stars:
        assert isinstance(star, Star)
        before = book.find(Star, star.volunteer, star.level)
        if before and before.state == "proposed":  # one under review waited under no notice
            decided[star.notice] = decided.get(star.notice, 0) + 1
    found = ((book.find(Notice, ref), count) for ref, count in decided.items())
    return tuple(fewer(notice, count) for notice, count in found if notice)


def _superseded(book: Book, stars: Iterable[Record], day: str) -> Iterator[Record]:
    """Give the valid certificates of stars that are withdrawn: they say a level no longer held."""
    for star in stars:
        assert isinstance(star, Star)
        before = book.find(Star, star.volunteer, star.level)
        if before and star.state == "withdrawn":
            yield from superseded(book, (before.ref, before.n), day)


def _falls_short(book: Book, star: Star, number: str, gone: list[Line]) -> bool:
    stars = book.adopted(star.adoption).stars
    lost = sum(line.minutes for line in gone if line.class_ in stars.classes)
    return counted_minutes(book, stars, number) - lost < stars.levels[star.level - 1].minutes
