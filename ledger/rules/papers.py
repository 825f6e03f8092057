"""Certificates: what one may rest on, how it is numbered, and how it ends (rules 39 to 42)."""

from itertools import pairwise

from msgspec.structs import replace
from stdnum.iso7064 import mod_97_10

from ledger.book import Book
from ledger.kinds import Certificate, Revocation
from ledger.records import Certificate as Issued
from ledger.records import Certified, Line, Organisation, Record, Volunteer
from ledger.rows import CertificateItem
from ledger.rules.authority import within
from ledger.rules.heard import Heard
from ledger.rules.lines import find_line, find_sheet, no, place
from ledger.times import day_of

_NO_AREA = "000000"


def next_number(book: Book, organisation: str, year: str) -> str:
    """Return the number an issuer's next certificate of a year has to bear (rule 42)."""
    issuer = book.find(Organisation, organisation)
    area = (issuer.area if issuer else "") or _NO_AREA
    stem = f"{area}-{organisation}-{year}-{book.last_sequence(organisation, year) + 1:06d}"
    # ISO 7064 MOD 97-10 over digits and capital letters; the rest only parts the number.
    plain = "".join(c for c in stem.upper() if c.isalnum())
    return f"{stem}-{mod_97_10.calc_check_digits(plain)}"


def certificate(book: Book, head: Certificate, heard: Heard) -> tuple[Record, ...]:
    """Take in a certificate that rests on confirmed lines, each once, and adds up."""
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
    _check_sums(item, lines)
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
    return (issued, *(Certified(line.sheet, line.n, ref) for line in lines))


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
        if not rows or list(rows) != sorted(set(rows)):
            raise no("certificate.lines", "rows are to rise, none twice", "行号须递增且不重复")
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
    if not lines or any(one >= two for one, two in pairwise(entries)):
        raise no("certificate.lines", "lines are to stand in log order", "记录须按账本顺序列出")
    return lines


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
