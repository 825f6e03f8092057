"""What a proof says, judged: steps 5 to 9 of verification (DESIGN.md section 7).

Takes entries and items, knows no PDF, no database and no clock. Step 5 is told in `officers`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from certificates import blocks, carried
from certificates.blocks import Blocks, person_of
from certificates.carried import Carried
from certificates.officers import Officers, officers, with_supports
from certificates.proof import Proof, Shown
from certificates.told import RowKey, Told, hold_true, rows_of, shown_rows
from ledger import encoding, kinds
from ledger.commitments import commitment
from ledger.errors import Unverified
from ledger.rows import (
    ActivityItem,
    AttendanceItem,
    CertificateItem,
    ConfirmationItem,
    OrganisationItem,
    VolunteerItem,
)
from ledger.rules.authority import LEDGER, within
from ledger.times import day_of, minutes_between

_COMMITTED = frozenset({"name", "document", "sex", "born", "contact", "guardian"})


@dataclass(frozen=True, slots=True)
class Ground:
    """What was proved of a certificate."""

    certificate: kinds.Certificate
    ref: str
    item: CertificateItem
    stamp: str
    charter: kinds.Charter
    lines: Mapping[RowKey, AttendanceItem]
    activities: Mapping[RowKey, ActivityItem]
    activity_of: Mapping[RowKey, str]
    organiser_of: Mapping[RowKey, str]
    organisations: Mapping[str, OrganisationItem]
    opened: Mapping[str, str]
    blocks: Blocks
    carried: Carried | None


def judge(proof: Proof, told: tuple[Told, ...]) -> Ground:
    """Take steps 5 to 9: who spoke had the right to; the certificate says what the lines say."""
    by_index = {each.index: each for each in told}
    book = officers(told)  # 5
    ground = _certificate(book, proof, told)  # 6
    covering = _check_confirmed(book, told, ground)  # 7
    _check_sums(ground)  # 8
    row = _check_opening(proof, told, ground)  # 9
    rows = covering | {row} | ground.blocks.shown
    if ground.carried:
        rows |= {(ground.carried.entry, ground.carried.n)}
    needed = _needed(book, told, ground, rows)
    shown = {index: set(each.items) for index, each in by_index.items()}
    hold_true(needed == shown, "the proof shows more, or less, than it needs", "所示多于或少于所需")
    return ground


# --- 6 ------------------------------------------------------------------------------------------


def _certificate(book: Officers, proof: Proof, told: tuple[Told, ...]) -> Ground:
    last, first = told[-1], told[0].statement.head
    head, item = last.statement.head, last.items.get(0)
    at_end = last.index == proof.certificate
    hold_true(at_end, "the certificate is not the last entry", "证明不是最后一条")
    hold_true(head.organisation != LEDGER, "nobody issues for the ledger", "证明须由某一组织出具")
    if not isinstance(head, kinds.Certificate) or not isinstance(item, CertificateItem):
        raise Unverified("the last entry is no certificate", "最后一条不是证明")
    assert isinstance(first, kinds.Charter)
    lines = rows_of(told, kinds.Attendance, AttendanceItem)
    named = [(ref, n) for ref, rows in item.lines for n in rows]
    hold_true(len(set(named)) == len(named), "a line comes twice", "有记录重复列出")
    same = item.lines == shown_rows(told, kinds.Attendance)
    hold_true(same, "other lines are shown than certified", "所示记录与证明所列不符")
    _check_lines(item, lines)
    organisations = rows_of(told, kinds.Organisations, OrganisationItem)
    sheets = {
        (each.statement.ref, n): each.statement.head
        for each in told
        if isinstance(each.statement.head, kinds.Attendance)
        for n in each.items
    }
    return Ground(
        certificate=head,
        ref=last.statement.ref,
        item=item,
        stamp=last.stamp,
        charter=first,
        lines=lines,
        activities=rows_of(told, kinds.Activities, ActivityItem),
        activity_of={key: head.activity for key, head in sheets.items()},
        organiser_of={key: head.organisation for key, head in sheets.items()},
        organisations={row.code: row for row in organisations.values()},
        opened={field: opening.value for field, opening in proof.opening.items()},
        blocks=blocks.judge(book, told, item),
        carried=carried.judge(told, item),
    )


def _check_lines(item: CertificateItem, lines: Mapping[RowKey, AttendanceItem]) -> None:
    for line in lines.values():
        hold_true(line.volunteer == item.volunteer, "a line is another's", "有记录属于他人")
        inside = item.from_ <= day_of(line.start) <= item.to
        hold_true(inside, "a line lies outside the period", "有记录不在证明期间内")
        hold_true(
            line.replaces not in lines, "a line is replaced by another", "有记录已被另一条替换"
        )
    for one, two in pairwise(sorted(lines.values(), key=lambda line: line.start)):
        hold_true(one.end <= two.start, "two lines overlap", "有记录时间重叠")


# --- 7 ------------------------------------------------------------------------------------------


def _check_confirmed(
    book: Officers, told: tuple[Told, ...], ground: Ground
) -> set[tuple[int, int]]:
    """Return the confirmation items that are the first to cover a line: (entry, item)."""
    recorded = {each.statement.ref: each for each in told}
    first: set[tuple[int, int]] = set()
    for ref, n in ground.lines:
        sheet = recorded[ref]
        head = sheet.statement.head
        inside = within(book, head.organisation, ground.certificate.organisation)
        hold_true(
            inside, "a line is of a body not below the issuer", "有记录不属于出具单位或其下级"
        )
        index, item, confirmer = _first_cover(told, sheet, ref, n)
        since = ground.carried is None or index >= ground.carried.closing.size
        hold_true(since, "the closing holds a line already", "结账已包含所列记录")
        first.add((index, item))
        from_above = within(book, head.organisation, confirmer.organisation)
        hold_true(from_above, "a confirmation is said from outside", "有确认由无关组织作出")
        people = (person_of(book, head.by), person_of(book, confirmer.by), ground.item.volunteer)
        apart = len(set(people)) == len(people)
        hold_true(apart, "recorder, confirmer and holder are not three persons", "三者不是三个人")
    return first


def _first_cover(
    told: tuple[Told, ...], sheet: Told, ref: str, n: int
) -> tuple[int, int, kinds.Confirmation]:
    for each in told[:-1]:
        head = each.statement.head
        if each.index <= sheet.index or not isinstance(head, kinds.Confirmation):
            continue
        for at, item in each.items.items():
            assert isinstance(item, ConfirmationItem)
            if item.attendance == ref and n not in item.except_:
                return each.index, at, head
    raise Unverified(
        f"the line {sheet.index}:{n + 1} is not confirmed", f"记录 {sheet.index}:{n + 1} 未经确认"
    )


# --- 8, 9 ---------------------------------------------------------------------------------------


def _check_sums(ground: Ground) -> None:
    before = ground.carried
    sums = before.row.by_class.form() if before else {"A": 0, "B": 0, "C": 0, "L": 0}
    for line in ground.lines.values():
        passed = minutes_between(line.start, line.end)
        fits = line.minutes <= passed
        hold_true(fits, "a line has more minutes than passed", "有记录时长超过起止时间")
        sums[line.class_] += line.minutes
    item = ground.item
    right = sums == item.by_class.form() and item.minutes == sum(sums.values())
    hold_true(right, "minutes and classes do not add up", "时长合计不符")


def _check_opening(proof: Proof, told: tuple[Told, ...], ground: Ground) -> tuple[int, int]:
    rows = [
        (each.index, n, item)
        for each in told
        for n, item in each.items.items()
        if isinstance(item, VolunteerItem)
    ]
    if len(rows) != 1 or rows[0][2].number != ground.item.volunteer:
        raise Unverified("the volunteer's row is not shown, once", "未恰好示出该志愿者的登记")
    index, n, row = rows[0]
    hold_true("name" in proof.opening, "the name is not opened", "未公开姓名承诺")
    committed = row.form()
    for field, opening in proof.opening.items():
        known = field in _COMMITTED and field in committed
        key = encoding.unbase64(opening.key, 32)
        fits = known and committed[field] == commitment(field, opening.value, key)
        hold_true(fits, f"{field} is not what was registered", f"{field} 与登记的承诺不符")
    return index, n


# --- exactly what is needed ---------------------------------------------------------------------


def _needed(
    book: Officers, told: tuple[Told, ...], ground: Ground, rows: Iterable[tuple[int, int]]
) -> Shown:
    """Return what a proof of this certificate has to show, and nothing else."""
    at = {each.statement.ref: each for each in told}
    needed: Shown = {0: {0}, told[-1].index: {0}}
    for index, n in (*rows, *((at[ref].index, n) for ref, n in ground.lines)):
        needed.setdefault(index, set()).add(n)
    for (ref, _), code in ground.activity_of.items():
        found = [key for key, row in ground.activities.items() if row.code == code]
        hold_true(len(found) == 1, f"activity {code} is not shown, once", f"未恰好示出活动 {code}")
        published = at[found[0][0]]
        own = published.statement.head.organisation == at[ref].statement.head.organisation
        hold_true(own, f"activity {code} is another's", f"活动 {code} 属于另一组织")
        needed.setdefault(published.index, set()).add(found[0][1])
    return with_supports(book, told, needed)
