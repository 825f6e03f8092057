"""What a certificate carries beside service lines: the star, training, honours (条例 19, rule 40).

From the proof alone: exactly the rows named are shown, of this volunteer, said for the issuer or
below it, and by another person than who issues. A star is what the award says that granted it; what
came of it later no proof can show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from certificates.told import RowKey, Told, hold_true, rows_of, shown_rows
from ledger import kinds
from ledger.book import Book
from ledger.records import Key
from ledger.rows import AwardItem, CertificateItem, HonourItem, TrainingItem
from ledger.rules.authority import LEDGER, within
from ledger.times import day_of


@dataclass(frozen=True, slots=True)
class Blocks:
    """What was proved beside the lines; a star of 0 is none that was asked for."""

    star: int
    training: tuple[TrainingItem, ...]
    honours: tuple[HonourItem, ...]
    shown: frozenset[tuple[int, int]]  # entry and item of each row


def judge(book: Book, told: tuple[Told, ...], item: CertificateItem) -> Blocks:
    """Hold the rows that are shown beside the lines against those the certificate names."""
    star = ((item.star[0], (item.star[1],)),) if item.star else ()
    for kind, named in (
        (kinds.Award, star),
        (kinds.Training, item.training),
        (kinds.Honour, item.honours),
    ):
        hold_true(
            shown_rows(told, kind) == named,
            f"other rows of {kind.__name__.lower()} are shown than certified",
            "所示培训、表彰或星级与证明所列不符",
        )
    training = rows_of(told, kinds.Training, TrainingItem)
    honours = rows_of(told, kinds.Honour, HonourItem)
    awards = rows_of(told, kinds.Award, AwardItem)
    at = {each.statement.ref: each for each in told}
    _check_achievements(book, told[-1], item, at, {**training, **honours})
    _check_distinct([(row.date, row.course, row.host) for row in training.values()])
    _check_distinct([(row.date, row.title, row.grantor) for row in honours.values()])
    for (ref, _), award in awards.items():
        _check_award(book, at[ref], item, award)
    return Blocks(
        star=next((award.level for award in awards.values()), 0),
        training=tuple(training.values()),
        honours=tuple(honours.values()),
        shown=frozenset((at[ref].index, n) for ref, n in (*training, *honours, *awards)),
    )


def _check_distinct(rows: Sequence[tuple[str, str, str]]) -> None:
    """Hold that nothing is told twice: of one training, minutes may differ, but nothing else."""
    hold_true(len(set(rows)) == len(rows), "a row says the same as another", "有培训或表彰重复")


def _check_achievements(
    book: Book,
    certificate: Told,
    item: CertificateItem,
    at: Mapping[str, Told],
    rows: Mapping[RowKey, TrainingItem | HonourItem],
) -> None:
    issued = certificate.statement.head
    for (ref, _), row in rows.items():
        said, stamp = at[ref].statement.head, at[ref].stamp
        hold_true(row.volunteer == item.volunteer, "a row is another's", "有培训或表彰属于他人")
        inside = item.from_ <= row.date <= item.to
        hold_true(inside, "a row lies outside the period", "有培训或表彰不在证明期间内")
        past = row.date <= day_of(stamp)
        hold_true(past, "a row was said before its day", "有培训或表彰的日期晚于登记")
        hold_true(
            within(book, said.organisation, issued.organisation),
            "a row is of a body not below the issuer",
            "有培训或表彰不属于出具单位或其下级",
        )
        people = {person_of(book, said.by), person_of(book, issued.by), item.volunteer}
        hold_true(
            len(people) == 3,  # noqa: PLR2004 - as the sentence says
            "recorder, issuer and holder are not three persons",
            "培训或表彰的记录人、出具人与本人不是三个人",
        )


def _check_award(book: Book, said: Told, item: CertificateItem, award: AwardItem) -> None:
    own = award.volunteer == item.volunteer and award.decision == "granted"
    hold_true(own, "the star was not granted to the holder", "星级并非授予该志愿者")
    unit = said.statement.head.organisation != LEDGER
    hold_true(unit, "nobody grants for the ledger", "星级须由某一组织评定")
    other = person_of(book, said.statement.head.by) != item.volunteer
    hold_true(other, "the holder granted his own star", "星级由本人授予")


def person_of(book: Book, by: str) -> str:
    """Return the person behind a key that speaks in the proof."""
    key = book.find(Key, by)
    assert key  # whoever said something here was appointed: `ground` holds it first
    return key.person
