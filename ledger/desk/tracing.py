"""Tracing: from a certificate back to who said each of its lines, when, and on what evidence.

Only the log is believed; a vault, where there is one, opens what the log commits to: reasons, and the
name and digest of the sheet that was imported.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledger import kinds
from ledger.desk.office import lines_of, place_of, states
from ledger.errors import Rejected
from ledger.records import (
    NOBODY,
    Activity,
    Certificate,
    Closing,
    Key,
    Line,
    Notice,
    Organisation,
    Sheet,
)
from ledger.rows import AttendanceItem, CertificateItem
from ledger.statements import Entry, read_item
from ledger.store.reading import Reader
from ledger.vault import Vault


@dataclass(frozen=True, slots=True)
class Said:
    """Who said something: the entry, its stamp, the key, and the person behind the key."""

    entry: int
    stamp: str
    by: str
    person: str


@dataclass(frozen=True, slots=True)
class Traced:
    """One line, and everything that was said for it. Texts that nobody can open are empty."""

    place: str
    volunteer: str
    activity: str
    title: str
    start: str
    end: str
    arrived: str
    left: str
    minutes: int
    evidence: str
    state: str  # what sets it apart from its sheet now
    source: str
    reason: str
    attachments: tuple[str, ...]
    recorded: Said
    noticed: Said | None
    confirmed: Said | None
    replaces: str  # a line, as people write it


def certificate_of(view: Reader, number: str) -> Certificate:
    """Return a certificate by its number, or raise `Rejected`."""
    found = next(view.where(Certificate, number=number), None)
    if found is None:
        raise Rejected(
            "certificate.unknown",
            en=f"there is no certificate {number}; `vledger certificate list` has them all",
            zh=f"没有编号为 {number} 的证明；`vledger certificate list` 列出全部",
        )
    return found


def trace(view: Reader, certificate: Certificate, vault: Vault | None) -> tuple[Traced, ...]:
    """Return the lines of a certificate in log order, those carried over too, with what was said for each."""
    stored = view.entry(certificate.entry)
    assert stored
    head = Entry.parse(stored.entry).statement.head
    item = read_item(head, stored.items[0])
    assert isinstance(item, CertificateItem)
    rows = {ref: list(each) for ref, each in item.lines}
    if item.closing:
        for sheet, n in _carried(view, certificate, item.closing[0]):
            rows.setdefault(sheet.ref, []).append(n)
    sheets = [sheet for ref in rows for sheet in view.where(Sheet, ref=ref)]
    return tuple(
        one
        for sheet in sorted(sheets, key=lambda sheet: sheet.entry)
        for one in _traced(view, sheet, sorted(rows[sheet.ref]), vault)
    )


def _carried(view: Reader, certificate: Certificate, ref: str) -> Iterator[tuple[Sheet, int]]:
    """Give the lines that a closing holds of a certificate's holder, which the certificate does not list."""
    closing = next(view.where(Closing, ref=ref))
    parents = {one.code: one.parent for one in view.all(Organisation)}
    for line, sheet in states(view, [certificate.volunteer]):
        stood = _confirmation(sheet, line)
        code = sheet.organisation
        while code and code != certificate.organisation:
            code = parents.get(code, "")
        if code and not line.state and NOBODY < stood < closing.size:
            yield sheet, line.n


def sheets_of(view: Reader, organisation: str) -> Iterator[Traced]:
    """Give the lines of everything that a team recorded, in log order."""
    for sheet in sorted(view.where(Sheet, organisation=organisation), key=lambda one: one.entry):
        yield from _traced(view, sheet, range(sheet.count), None)


def lines_at(
    view: Reader, places: Sequence[tuple[int, int]], vault: Vault | None
) -> tuple[Traced, ...]:
    """Return lines by entry and row (rows from 1), in that order."""
    return tuple(
        one
        for entry, row in places
        for sheet in view.where(Sheet, entry=entry)
        for one in _traced(view, sheet, [row - 1], vault)
    )


def _traced(
    view: Reader, sheet: Sheet, rows: Sequence[int], vault: Vault | None
) -> Iterator[Traced]:
    stored = view.entry(sheet.entry)
    assert stored
    head = Entry.parse(stored.entry).statement.head
    assert isinstance(head, kinds.Attendance)
    activity = view.find(Activity, sheet.activity)
    opened = tuple(_opened(vault, one) for one in (head.source, head.reason))
    attached = tuple(_opened(vault, one) for one in head.attachments or ())
    lines, recorded = {line.n: line for line in lines_of(view, sheet)}, _said(view, sheet.entry)
    confirmations = {n: _confirmation(sheet, lines[n]) for n in rows}
    # A sheet has hundreds of lines, and one or two confirmations: each is asked for once.
    said = {entry: _confirmed(view, entry) for entry in set(confirmations.values())}
    for n in rows:
        line, item = lines[n], read_item(head, stored.items[n])
        assert isinstance(item, AttendanceItem)
        noticed, confirmed = said[confirmations[n]]
        yield Traced(
            place=place_of(sheet, line),
            volunteer=line.volunteer,
            activity=sheet.activity,
            title=activity.name if activity else "",
            start=line.start,
            end=line.end,
            arrived=item.arrived or "",
            left=item.left or "",
            minutes=line.minutes,
            evidence=line.class_,
            state=line.state or sheet.state,
            source=opened[0],
            reason=opened[1],
            attachments=attached,
            recorded=recorded,
            noticed=noticed,
            confirmed=confirmed,
            replaces=_replaced(view, item),
        )


def _confirmation(sheet: Sheet, line: Line) -> int:
    """Return the entry that lets a line stand, `NOBODY` if none does."""
    return sheet.confirmation if line.confirmation == NOBODY else line.confirmation


def _said(view: Reader, entry: int) -> Said:
    stored = view.entry(entry)
    assert stored
    said = Entry.parse(stored.entry)
    by = said.statement.head.by
    key = view.find(Key, by)
    return Said(entry, said.stamp, by, key.person if key else "")


def _confirmed(view: Reader, entry: int) -> tuple[Said | None, Said | None]:
    """Return a confirmation, behind the notice that it rests on; nothing where there is none."""
    stored = view.entry(entry) if entry != NOBODY else None
    if stored is None:
        return None, None
    head = Entry.parse(stored.entry).statement.head
    assert isinstance(head, kinds.Confirmation)
    notice = view.find(Notice, head.notice)
    return _said(view, notice.entry) if notice else None, _said(view, entry)


def _replaced(view: Reader, item: AttendanceItem) -> str:
    if not item.replaces:
        return ""
    ref, n = item.replaces
    sheet = next(view.where(Sheet, ref=ref), None)
    return f"{sheet.entry}:{n + 1}" if sheet else ""


def _opened(vault: Vault | None, commitment: str | None) -> str:
    found = vault.kept(commitment) if vault and commitment else None
    return found.value if found else ""
