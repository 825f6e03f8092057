"""What a certificate carries over from a closing instead of listing it line by line.

The figures of the closing's row are the operator's, and not looked at here: what is carried is added
up anew from the volunteer's own lines, so a certificate is right though its closing were wrong. Then
its proof, which shows the row, does not hold: whoever issues compares the two beforehand.
"""

from collections.abc import Sequence

from ledger.book import Book
from ledger.kinds import Certificate
from ledger.records import NOBODY, Closing, Line, Sheet
from ledger.rows import CertificateItem
from ledger.rules.authority import within
from ledger.rules.lines import no, place
from ledger.times import day_of


def carried(
    book: Book, head: Certificate, item: CertificateItem, named: Sequence[Line]
) -> list[Line]:
    """Return the lines that a closing holds of a certificate's volunteer; raise unless all still stand.

    Those that the certificate names beside it must have come to stand since.
    """
    ref, n = item.closing or ("", 0)
    found = book.find(Closing, ref)
    if found is None or found.organisation != head.organisation or n >= found.after - found.first:
        raise _no(
            f"there is no such row in a closing of {head.organisation}",
            f"{head.organisation} 的结账中没有这一行",
        )
    for line in named:
        if book.stood(line) < found.size:
            at = place(book, line)
            raise _no(f"the closing holds the line {at} already", f"结账已包含记录 {at}")
    held = held_by(book, found, item.volunteer)
    if not held and not named:
        raise _no("neither the closing nor a line has a minute", "结账和记录中都没有时长")
    for line in held:
        if not item.from_ <= day_of(line.start) <= item.to:
            raise _no(
                f"the closing holds the line {place(book, line)}, which lies outside the period",
                f"结账所含记录 {place(book, line)} 不在证明期间内",
            )
    return held


def held_by(book: Book, closing: Closing, volunteer: str) -> list[Line]:
    """Return a volunteer's lines that a closing holds; raise where one stands no more."""
    found = []
    for line in book.lines_by(volunteer):
        sheet = book.find(Sheet, line.sheet)
        if sheet is None or not within(book, sheet.organisation, closing.organisation):
            continue
        stands = book.line_state(line) == "confirmed"
        if not (stands or line.voided != NOBODY) or book.stood(line) >= closing.size:
            continue
        if stands:
            found.append(line)
        elif line.voided >= closing.size:
            at = place(book, line)
            raise _no(
                f"the line {at}, which the closing holds, was voided since: close once more"
                " (`vledger closing make`)",
                f"结账所含记录 {at} 此后已作废：请重新结账（`vledger closing make`）",
            )
    return found


def _no(en: str, zh: str) -> Exception:
    return no("certificate.closing", en, zh)
