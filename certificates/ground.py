"""What a proof says, judged: steps 5 to 9 of verification (DESIGN.md section 7).

Takes entries and items, knows no PDF, no database and no clock. Authority is decided by the very
functions that `admit` uses, over a book of only what the proof shows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from certificates import blocks, carried
from certificates.blocks import Blocks, person_of
from certificates.carried import Carried
from certificates.proof import Proof, Shown
from certificates.told import RowKey, Told, hold_true, rows_of, shown_rows
from ledger import encoding, kinds
from ledger.book import Book
from ledger.commitments import commitment
from ledger.errors import Unverified
from ledger.kinds import Head
from ledger.note import Note, signed_by
from ledger.records import Key, Organisation
from ledger.rows import (
    ActivityItem,
    AttendanceItem,
    CertificateItem,
    ConfirmationItem,
    OrganisationItem,
    PersonItem,
    VolunteerItem,
)
from ledger.rules.authority import LEDGER, check_role, check_speaks, within
from ledger.rules.offices import charter, verifier
from ledger.times import day_of, minutes_between

_ROOT_ENTRY = 2  # after charter and ruleset: DESIGN.md section 4
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
    book = officers(told)
    for each in told[1:]:
        check_authority(book, each)
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


# --- 5 ------------------------------------------------------------------------------------------


def officers(told: tuple[Told, ...]) -> Book:
    """Return a book of the keys and the organisations that the proof shows."""
    first = told[0]
    head = first.statement.head
    if first.index != 0 or not isinstance(head, kinds.Charter):
        raise Unverified("entry 0 is no charter", "第 0 条不是章程")
    book = Book()
    book.origin = first.statement.origin
    book.put(charter(head, (_person_row(first),), first.statement.ref, book.origin))
    own = head.by == verifier(head.operator).by
    hold_true(own, "the charter is not signed by the operator it names", "章程并非其管理员所签")
    _check_signature(book, first)
    for each in told:
        said = each.statement.head
        if isinstance(said, kinds.Appointment):
            key = _appointed(said, each)
            twice = book.key_of_public(key.public) or book.find(Key, key.by)
            hold_true(twice is None, f"{key.by} is enrolled twice", f"{key.by} 登记了两次")
            book.put([key])
        if isinstance(said, kinds.Organisations):
            for n, item in each.items.items():
                assert isinstance(item, OrganisationItem)
                known = book.find(Organisation, item.code)
                hold_true(known is None, f"{item.code} is shown twice", f"{item.code} 出现两次")
                row = Organisation(item.code, each.statement.ref, n, item.parent, item.name)
                book.put([row])
    return book


def _appointed(said: kinds.Appointment, each: Told) -> Key:
    person = _person_row(each)
    key = verifier(said.key)
    public = encoding.base64(key.key)
    return Key(
        key.by, each.index, each.statement.ref, said.role, said.organisation, person.person,
        said.key, public,
    )  # fmt: skip


def _person_row(each: Told) -> PersonItem:
    row = each.items.get(0)
    if len(each.items) != 1 or not isinstance(row, PersonItem):
        raise Unverified(
            f"entry {each.index} does not show its row", f"第 {each.index} 条未示出其行"
        )
    return row


def check_authority(book: Book, each: Told) -> None:
    """Raise `Unverified` or `Rejected` unless an entry's signer had the right to say it."""
    head = each.statement.head
    key = check_speaks(book.find(Key, head.by), head.by, each.index)
    _check_signature(book, each)
    root_row = isinstance(head, kinds.Organisations) and head.organisation == LEDGER
    if root_row:
        first = key.role == "operator" and each.index == _ROOT_ENTRY
        hold_true(first, "the root is named by another, or later", "根组织并非由管理员在开头登记")
    else:
        check_role(key, head.kind)
    if isinstance(head, kinds.Appointment) and key.role == "recovery":
        wide = head.role in ("operator", "log")
        hold_true(wide, "the recovery key may not appoint that", "恢复密钥无权作此任命")
    reached = within(book, head.organisation, key.organisation)
    hold_true(reached, f"{key.by} does not reach that far", f"{key.by} 的任命不及于该组织")
    if isinstance(head, kinds.Organisations):
        for item in each.items.values():
            assert isinstance(item, OrganisationItem)
            above = book.above(item.code)
            inside = head.organisation in above or (root_row and not item.parent)
            hold_true(inside, f"{item.code} is said from outside", f"{item.code} 由无关组织登记")


def _check_signature(book: Book, each: Told) -> None:
    key = book.find(Key, each.statement.head.by)
    hold_true(key is not None, "a signer was never appointed", "签名人未经任命")
    assert key
    signed = _signed(each.statement.note, key.vkey)
    hold_true(signed, "a signature is missing", "缺少签名")


@lru_cache(maxsize=4096)  # as for reading: what held once holds for the same bytes and key
def _signed(note: Note, vkey: str) -> bool:
    found = verifier(vkey)
    return signed_by(note, [found]) == {found}


# --- 6 ------------------------------------------------------------------------------------------


def _certificate(book: Book, proof: Proof, told: tuple[Told, ...]) -> Ground:
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


def _check_confirmed(book: Book, told: tuple[Told, ...], ground: Ground) -> set[tuple[int, int]]:
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
    book: Book, told: tuple[Told, ...], ground: Ground, rows: Iterable[tuple[int, int]]
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


def with_supports(book: Book, told: tuple[Told, ...], needed: Shown) -> Shown:
    """Return entries and rows with all that they lean on: appointments and organisations' rows."""
    at = {each.statement.ref: each for each in told}
    by_index, waiting = {each.index: each for each in told}, list(needed)
    while waiting:
        each = by_index[waiting.pop()]
        for index, n in _supports(book, at, each.statement.head):
            if index not in needed:
                waiting.append(index)
            needed.setdefault(index, set()).add(n)
    return needed


def _supports(book: Book, at: Mapping[str, Told], head: Head) -> list[tuple[int, int]]:
    """Return the appointment and the organisations' rows that a statement leans on."""
    key = book.find(Key, head.by)
    assert key
    found = [(key.entry, 0)]
    chain = book.above(head.organisation)
    known = head.organisation == LEDGER or (
        chain and (top := book.find(Organisation, chain[-1])) and not top.parent
    )
    code = head.organisation
    hold_true(bool(known), f"{code} does not lead to the root", f"{code} 未连到根组织")
    for code in chain:
        row = book.find(Organisation, code)
        assert row
        found.append((at[row.ref].index, row.n))
    return found
