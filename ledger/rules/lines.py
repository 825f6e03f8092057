"""Finding lines and their statements, and naming them as people do: `ENTRY:ROW`, rows from 1."""

from msgspec.structs import replace

from ledger.book import Book
from ledger.errors import Rejected
from ledger.kinds import Head
from ledger.records import Certificate, Line, Notice, Sheet
from ledger.rules.authority import within


def find_sheet(book: Book, ref: str, n: int) -> Sheet:
    """Return the attendance statement with that ref, or raise `Rejected`."""
    if sheet := book.find(Sheet, ref):
        return sheet
    raise no("attendance.unknown", f"no attendance {ref}", f"没有考勤记录 {ref}", n)


def find_line(book: Book, line: tuple[str, int], n: int) -> tuple[Line, Sheet]:
    """Return the line `[ref, n]` and its statement, or raise `Rejected`."""
    sheet = find_sheet(book, line[0], n)
    if found := book.find(Line, *line):
        return found, sheet
    raise no(
        "line.unknown",
        f"no line {sheet.entry}:{line[1] + 1}",
        f"没有记录 {sheet.entry}:{line[1] + 1}",
        n,
    )


def place(book: Book, line: Line) -> str:
    """Name a line as people write it: `ENTRY:ROW`, rows from 1."""
    sheet = book.find(Sheet, line.sheet)
    return f"{sheet.entry if sheet else book.size}:{line.n + 1}"


def check_below(book: Book, sheet: Sheet, head: Head, n: int) -> None:
    """Raise `Rejected` unless the attendance is of the organisation spoken for, or below it."""
    if not within(book, sheet.organisation, head.organisation):
        raise no(
            "not_authorised",
            f"attendance {sheet.entry} is of {sheet.organisation}, not below {head.organisation}",
            f"第 {sheet.entry} 条考勤属于 {sheet.organisation}，不在 {head.organisation} 之下",
            n,
        )


def superseded(book: Book, row: tuple[str, int], day: str) -> tuple[Certificate, ...]:
    """Return the valid certificates that rest on a row, as they are once it stands no more.

    Why it does not stays out of it: a list of certificates is for everybody, and which of them rests
    on a line over which somebody complained, or on a star that was withdrawn, is not.
    """
    return tuple(
        replace(certificate, state="superseded", ended=day, reason="corrected")
        for certificate in book.certificates_of(*row)
        if certificate.state == "valid"
    )


def too_early(book: Book, opened: str, passed: int, due: int, n: int | None = None) -> Rejected:
    """Return the refusal of what a notice has not run long enough for, with the day from which it may."""
    try:
        day = book.rules_now().closing_day(opened, due)
        en, zh = f"; from {day} it may be", f"，{day} 起可以办理"
    except Rejected:  # a year whose working days are not published yet
        en = zh = ""
    return no(
        "notice.too_early",
        f"the notice of {opened} has run {passed} full working days of {due}{en}",
        f"{opened} 的公示只满 {passed} 个工作日，须满 {due} 个{zh}",
        n,
    )


def fewer(notice: Notice, count: int) -> Notice:
    """Return a notice under which so many statements, or stars, wait no longer."""
    waiting = notice.waiting - count
    return replace(notice, waiting=waiting, open=waiting > 0)


def no(code: str, en: str, zh: str, item: int | None = None) -> Rejected:
    """Return the refusal of a statement, or of one of its rows."""
    return Rejected(code, en=en, zh=zh, item=item)
