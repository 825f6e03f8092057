"""Certificates: what one may rest on, how it is numbered, and how it ends (rules 39 to 42)."""

from collections.abc import Sequence
from itertools import pairwise

from msgspec.structs import replace
from stdnum.iso7064 import mod_97_10

from ledger.book import Book
from ledger.fields import Rows
from ledger.kinds import Certificate, Revocation
from ledger.records import NOBODY, Achievement, Certified, Line, Organisation, Record, Volunteer
from ledger.records import Certificate as Issued
from ledger.rows import CertificateItem
from ledger.rules.achievements import place as row_place
from ledger.rules.achievements import taken_before
from ledger.rules.authority import check_other_person, within
from ledger.rules.awards import HELD
from ledger.rules.carried import carried
from ledger.rules.heard import Heard
from ledger.rules.lines import find_line, find_sheet, no, place
from ledger.times import day_of

_NO_AREA = "000000"


def next_number(book: Book, organisation: str, year: str, ahead: int = 0) -> str:
    """Return the number an issuer's next certificate of a year has to bear (rule 42).

    `ahead` are those that come before it and are not in the book yet.
    """
    issuer = book.find(Organisation, organisation)
    area = (issuer.area if issuer else "") or _NO_AREA
    stem = f"{area}-{organisation}-{year}-{book.last_sequence(organisation, year) + ahead + 1:06d}"
    # ISO 7064 MOD 97-10 over digits and capital letters; the rest only parts the number.
    plain = "".join(c for c in stem.upper() if c.isalnum())
    return f"{stem}-{mod_97_10.calc_check_digits(plain)}"


def certificate(book: Book, head: Certificate, heard: Heard) -> tuple[Record, ...]:
    """Take in a certificate that rests on confirmed lines, each once, and adds up.

    Training, honours and the star beside them stand, too, and were said by other persons.
    """
    ref, stamp = heard.ref, heard.stamp
    (item,) = heard.items
    assert isinstance(item, CertificateItem)
    year = stamp[:4]
    due = next_number(book, head.organisation, year)
    if head.number != due:
        raise no("certificate.number", f"the next number is {due}", f"下一个证明编号应为 {due}")
    volunteer = book.find(Volunteer, item.volunteer)
    if volunteer is None or volunteer.state != "active":
        raise no(
            "volunteer.not_active",
            f"{item.volunteer} is unknown, erased or restricted",
            f"{item.volunteer} 未登记，或资料已删除、限制使用",
        )
    lines = _lines(book, head, item)
    if item.closing:
        lines = [*carried(book, head, item, lines), *lines]
    elif not lines:
        raise no("certificate.lines", "there is no line", "没有任何记录")
    _check_sums(item, lines)
    rows = [(line.sheet, line.n) for line in lines]
    rows += _achievements(book, heard, item, "training", item.training)
    rows += _achievements(book, heard, item, "honour", item.honours)
    if item.star:
        _check_star(book, item)
        rows.append(item.star)
    issued = Issued(
        ref=ref,
        entry=book.size,
        number=head.number,
        organisation=head.organisation,
        year=year,
        sequence=book.last_sequence(head.organisation, year) + 1,
        volunteer=item.volunteer,
        minutes=item.minutes,
    )
    return (issued, *(Certified(*row, ref) for row in rows))


def revocation(book: Book, head: Revocation, stamp: str) -> tuple[Record, ...]:
    """End a certificate; its successor, if any, is a valid one of the same volunteer."""
    found = book.find(Issued, head.certificate)
    if found is None or found.state == "revoked":
        raise no("certificate.unknown", "no such certificate counts", "没有这份有效的证明")
    if not within(book, found.organisation, head.organisation):
        raise no(
            "not_authorised",
            f"{found.number} was not issued below {head.organisation}",
            f"{found.number} 不是 {head.organisation} 或其下级出具的",
        )
    successor = ""
    if head.successor:
        heir = book.find(Issued, head.successor)
        same = heir and heir.state == "valid" and heir.volunteer == found.volunteer
        if heir is None or not same or heir == found:
            raise no(
                "certificate.unknown",
                "the successor is not a valid certificate of that volunteer",
                "所称的替代证明不存在，或不是同一志愿者的有效证明",
            )
        successor = heir.number
    ended = {"ended": day_of(stamp), "reason": head.reason, "successor": successor}
    return (replace(found, state="revoked", **ended),)


def _lines(book: Book, head: Certificate, item: CertificateItem) -> list[Line]:
    entries: list[int] = []
    lines: list[Line] = []
    for ref, rows in item.lines:
        _check_rise(rows)
        sheet = find_sheet(book, ref, 0)
        for n in rows:
            line, _ = find_line(book, (ref, n), 0)
            _check_line(book, head, item, line)
            if not within(book, sheet.organisation, head.organisation):
                raise no(
                    "not_authorised",
                    f"the line {place(book, line)} is of {sheet.organisation}, not below"
                    f" {head.organisation}",
                    f"记录 {place(book, line)} 属于 {sheet.organisation}，不在 {head.organisation} 之下",
                )
            lines.append(line)
        entries.append(sheet.entry)
    _check_log_order(entries)
    return lines


def _check_rise(rows: Sequence[int]) -> None:
    if not rows or list(rows) != sorted(set(rows)):
        raise no("certificate.lines", "rows are to rise, none twice", "行号须递增且不重复")


def _check_log_order(entries: Sequence[int]) -> None:
    if any(one >= two for one, two in pairwise(entries)):
        raise no("certificate.lines", "rows are to stand in log order", "记录须按账本顺序列出")


def _check_line(book: Book, head: Certificate, item: CertificateItem, line: Line) -> None:
    state = book.line_state(line)
    if state != "confirmed":
        raise no(
            "line.state",
            f"{head.number}: the line {place(book, line)} is {state}, not confirmed",
            f"{head.number}：记录 {place(book, line)} 未经确认",
        )
    if line.volunteer != item.volunteer or not item.from_ <= day_of(line.start) <= item.to:
        raise no(
            "certificate.lines",
            f"the line {place(book, line)} is of another volunteer or period",
            f"记录 {place(book, line)} 属于另一志愿者，或不在证明期间内",
        )


def _check_sums(item: CertificateItem, lines: list[Line]) -> None:
    sums = {"A": 0, "B": 0, "C": 0, "L": 0}
    for line in lines:
        sums[line.class_] += line.minutes
    if sums != item.by_class.form() or item.minutes != item.by_class.total:
        raise no("certificate.sum", f"the lines add up to {sums}", f"记录合计应为 {sums}")


# --- beside the lines ---------------------------------------------------------------------------


def _achievements(
    book: Book, heard: Heard, item: CertificateItem, kind: str, rows: Rows
) -> list[tuple[str, int]]:
    """Return the rows of trainings or honours, each of which may be certified by the signer."""
    entries: list[int] = []
    for ref, numbers in rows:
        _check_rise(numbers)
        for n in numbers:
            found = book.find(Achievement, ref, n)
            if found is None or found.kind != kind:
                raise no(
                    "row.unknown", f"there is no {kind} {ref}:{n}", f"没有该{_KINDS[kind]}记录"
                )
            _check_achievement(book, heard, item, found)
            entries += [found.entry] if n == numbers[0] else []
    _check_log_order(entries)
    return [(ref, n) for ref, numbers in rows for n in numbers]


_KINDS = {"training": "培训", "honour": "表彰"}


def _check_achievement(book: Book, heard: Heard, item: CertificateItem, found: Achievement) -> None:
    at, issuer = row_place(found), heard.statement.head.organisation
    if found.voided != NOBODY:
        raise taken_before(found, 0)
    if found.volunteer != item.volunteer or not item.from_ <= found.date <= item.to:
        raise no(
            "certificate.lines",
            f"row {at} is of another volunteer or period",
            f"第 {at} 行属于另一志愿者，或不在证明期间内",
        )
    if not within(book, found.organisation, issuer):
        raise no(
            "not_authorised",
            f"row {at} is of {found.organisation}, not below {issuer}",
            f"第 {at} 行属于 {found.organisation}，不在 {issuer} 之下",
        )
    who = (f"the recorder of row {at}", f"第 {at} 行的记录人")
    check_other_person(heard.signer, found.person, what=who)
    check_other_person(heard.signer, found.volunteer, what=("the volunteer", "该志愿者"))


def _check_star(book: Book, item: CertificateItem) -> None:
    """Hold that the star named is the highest that the volunteer holds, and not under review."""
    held = [star for star in book.stars_of(item.volunteer) if star.state in HELD]
    top = max(held, key=lambda star: star.level, default=None)
    if top is None or top.state != "granted" or (top.ref, top.n) != item.star:
        raise no(
            "certificate.star",
            f"the star named is not the one that {item.volunteer} holds, or that is under review",
            f"所列星级不是 {item.volunteer} 现持有的星级，或该星级正在复核",
        )
