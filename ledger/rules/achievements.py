"""Trainings and honours (培训、表彰): recorded beside service, never added to it (rules 13, 40).

A row stands from its entry on, until a correction by another person takes it back. Its second pair
of eyes is the issuer's: a certificate shows it only where issuer, recorder and volunteer are three
persons (`papers`).
"""

from msgspec.structs import replace

from ledger.book import Book
from ledger.errors import Rejected
from ledger.kinds import Head
from ledger.records import NOBODY, Achievement, Record
from ledger.rows import HonourItem, TrainingItem
from ledger.rules.authority import LEDGER, check_other_person, within
from ledger.rules.heard import Heard
from ledger.rules.lines import no
from ledger.rules.members import check_known
from ledger.times import day_of

RowRef = tuple[str, int]


def achievements(book: Book, head: Head, heard: Heard) -> tuple[Record, ...]:
    """Take in what volunteers learnt, or were honoured with, by the day of the stamp."""
    if head.organisation == LEDGER:
        raise no(
            "organisation.unknown",
            "trainings and honours are recorded by an organisation",
            "培训、表彰应由某一组织登记",
        )
    found: dict[tuple[str, ...], Achievement] = {}
    for n, item in enumerate(heard.items):
        assert isinstance(item, TrainingItem | HonourItem)
        one = _read(book, heard, item, n)
        check_other_person(heard.signer, item.volunteer, what=("the volunteer", "该志愿者"), item=n)
        _check_person(book, one)
        if one.date > day_of(heard.stamp):
            raise no(
                "time.future",
                f"row {n + 1}: {one.date} has not come yet",
                f"第 {n + 1} 行：{one.date} 尚未到来",
                n,
            )
        known = (other for other in book.achievements_of(one.volunteer) if other.voided == NOBODY)
        twin = found.get(same(one)) or next((x for x in known if same(x) == same(one)), None)
        if twin:
            raise no(
                "row.repeated",
                f"row {n + 1} is recorded already, as {place(twin)}; correct that one first",
                f"第 {n + 1} 行已登记为 {place(twin)}，如有误请先更正该行",
                n,
            )
        found[same(one)] = one
    return tuple(found.values())


def same(one: Achievement) -> tuple[str, ...]:
    """Return what makes two rows one training or honour; minutes do not: they may be mistaken."""
    return one.kind, one.volunteer, one.date, one.title, one.giver


def place(one: Achievement) -> str:
    """Name a row as people write it: `ENTRY:ROW`, rows from 1."""
    return f"{one.entry}:{one.n + 1}"


def taken_back(book: Book, heard: Heard, row: RowRef, n: int) -> Achievement | None:
    """Return a row as it is once a correction takes it back; None where it is no such row."""
    head, found = heard.statement.head, book.find(Achievement, *row)
    if found is None:
        return None
    if not within(book, found.organisation, head.organisation):
        raise no(
            "not_authorised",
            f"row {place(found)} is of {found.organisation}, not below {head.organisation}",
            f"第 {place(found)} 行属于 {found.organisation}，不在 {head.organisation} 之下",
            n,
        )
    check_other_person(heard.signer, found.person, what=("the recorder", "记录人"), item=n)
    check_other_person(heard.signer, found.volunteer, what=("the volunteer", "该志愿者"), item=n)
    if found.voided != NOBODY:
        raise taken_before(found, n)
    return replace(found, voided=book.size)


def taken_before(found: Achievement, n: int) -> Rejected:
    """Return the refusal to take back, or to certify, what was taken back."""
    return no(
        "row.state",
        f"row {place(found)} was taken back",
        f"第 {place(found)} 行已更正作废",
        n,
    )


# --- parts --------------------------------------------------------------------------------------


def _read(book: Book, heard: Heard, item: TrainingItem | HonourItem, n: int) -> Achievement:
    kind, title, giver, minutes = (
        ("training", item.course, item.host, item.minutes)
        if isinstance(item, TrainingItem)
        else ("honour", item.title, item.grantor, 0)
    )
    return Achievement(
        ref=heard.ref,
        n=n,
        entry=book.size,
        kind=kind,
        organisation=heard.statement.head.organisation,
        person=heard.signer.person,
        volunteer=item.volunteer,
        date=item.date,
        title=title,
        giver=giver,
        minutes=minutes,
    )


def _check_person(book: Book, one: Achievement) -> None:
    """Hold that a volunteer had not left before a training; who has left may still be honoured."""
    check_known(book, one.volunteer, one.n)
    day = f"{one.date}T00:00:00+08:00"  # who leaves in the course of the day was there
    left = all(m.left and m.left <= day for m in book.memberships(one.volunteer))
    if one.kind == "training" and left:
        raise no(
            "volunteer.not_active",
            f"row {one.n + 1}: {one.volunteer} had left before {one.date}",
            f"第 {one.n + 1} 行：志愿者 {one.volunteer} 在 {one.date} 前已退出",
            one.n,
        )
