"""Corrections: everything by which a record came to stand otherwise than it was first written."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ledger import kinds
from ledger.auditing.evidence import Logged
from ledger.errors import LedgerError
from ledger.rows import AttendanceItem, CorrectionItem, ObjectionItem
from ledger.statements import Entry, read_item

WORDS = {
    "objection": ("objection", "异议"), "correction": ("void", "作废"),
    "replacement": ("replacement", "补正"), "revocation": ("certificate revoked", "撤销证明"),
    "cancellation": ("activity cancelled", "取消活动"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Corrected:
    """One thing said against what stood: where, when, by which key, about what, and why.

    `about` is a line as people write it, the number of a certificate, or the code of an activity;
    `why` a reason code, `reason` the text, where a vault opens it; `by` the key that spoke.
    """

    entry: int
    stamp: str
    kind: str
    by: str
    about: str
    why: str
    reason: str
    place: str  # of a replacement: the new line


def corrections(log: Iterable[Logged], opened: Callable[[str], str]) -> Iterator[Corrected]:
    """Give every objection, void, replacement, revocation and cancellation, in log order."""
    entries: dict[str, int] = {}  # of attendance statements, by ref
    numbers: dict[str, str] = {}  # of certificates, by ref
    for index, entry, items in log:
        try:
            said = Entry.parse(entry)
        except LedgerError:
            continue  # an audit says what is wrong with it
        head, ref = said.statement.head, said.statement.ref
        if isinstance(head, kinds.Attendance):
            entries[ref] = index
        elif isinstance(head, kinds.Certificate):
            numbers[ref] = head.number
        for kind, about, why, reason, n in _said(head, items):
            written = numbers.get(about, about) if kind == "revocation" else _line(entries, about)
            yield Corrected(
                index, said.stamp, kind, head.by, written, why, opened(reason) if reason else "",
                f"{index}:{n + 1}" if kind == "replacement" else "",
            )  # fmt: skip


def _said(head: kinds.Said, items: Iterable[bytes]) -> Iterator[tuple[str, str, str, str, int]]:
    """Give kind, what it is about, reason code, commitment and row of each thing said."""
    match head:
        case kinds.Revocation():
            yield "revocation", head.certificate, head.reason, "", 0
        case kinds.Cancellation():
            yield "cancellation", head.activity, "", "", 0
        case kinds.Objection() | kinds.Correction():
            code = head.reason if isinstance(head, kinds.Correction) else ""
            for n, data in enumerate(items):
                item = read_item(head, data)
                assert isinstance(item, ObjectionItem | CorrectionItem)
                yield head.kind, _key(item.line), code, item.reason, n
        case kinds.Attendance():
            yield from _replaced(head, items)
        case _:
            pass


def _replaced(
    head: kinds.Attendance, items: Iterable[bytes]
) -> Iterator[tuple[str, str, str, str, int]]:
    for n, data in enumerate(items):
        if b'"replaces":' in data:  # most lines replace none, and need not be read
            item = read_item(head, data)
            assert isinstance(item, AttendanceItem)
            if item.replaces:
                yield "replacement", _key(item.replaces), "", head.reason or "", n


def _key(line: tuple[str, int]) -> str:
    return f"{line[0]}:{line[1]}"


def _line(entries: dict[str, int], about: str) -> str:
    """Return a line as people write it."""
    ref, colon, n = about.rpartition(":")
    return f"{entries[ref]}:{int(n) + 1}" if colon and ref in entries else about
