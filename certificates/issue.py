"""Issuing: confirmed lines → page → statement naming the page → log → proof → sealed file.

Nothing is drawn that is not in the ledger or the vault. Whoever calls verifies the finished file
before it leaves: issuing and verifying know nothing of each other.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from certificates import proof
from certificates.claim import CLASSES, Claim
from certificates.claim import Line as ClaimLine
from certificates.proof import Committed, Opening
from certificates.render import render
from certificates.seal import pades
from certificates.seal.pades import Sealer
from certificates.source import Ledger
from ledger import kinds, statements
from ledger.checkpoint import Checkpoint
from ledger.desk import given
from ledger.desk.office import Office, activity_row, book_of, states
from ledger.desk.registering import printed
from ledger.encoding import base64
from ledger.errors import LedgerError, Rejected, Unsafe
from ledger.home import Association
from ledger.log import Receipt
from ledger.note import Note
from ledger.records import Activity, Key, Line, Organisation, Sheet, Volunteer
from ledger.rules.authority import within
from ledger.rules.papers import next_number
from ledger.store.reading import Reader
from ledger.times import day_of
from ledger.vault import Details
from ledger.wants import Wants

_OPENED = ("name", "document")


@dataclass(frozen=True, slots=True)
class Order:
    """Which certificate is asked for; without days, all confirmed service."""

    number: str
    organisation: str
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Means:
    """What issuing needs beside the office: the seal, what is printed of the unit, a time stamp.

    `time_stamper` returns a token over a checkpoint's note, or raises; issuing does not depend on it.
    """

    sealer: Sealer
    association: Association
    time_stamper: Callable[[bytes], bytes] | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A finished certificate; `unstamped` says why it has no time stamp, where one was asked for."""

    number: str
    entry: int
    minutes: int
    file: bytes
    unstamped: LedgerError | None = None


def issue(office: Office, means: Means, order: Order) -> Issued:
    """Issue a certificate, or raise `Rejected` where nothing can be certified."""
    pen = office.pens("issuer", order.organisation)
    with office.store.reading() as view:
        details = _details(view, office, order.number)
        lines = _lines(view, order)
        claim = _claim(view, office, means, order, (details, lines))
    page = render(claim, identifier=secrets.token_bytes(16))
    letter = pen.write(
        kinds.Certificate,
        order.organisation,
        [_item(order, claim, lines)],
        number=claim.number,
        page=kinds.Certificate.Page(length=len(page), sha256=sha256(page).hexdigest()),
        signer=means.sealer.sha256,
    )
    receipt = office.send(letter)
    if receipt is None:
        raise Unsafe(
            "certificate.out",
            en="a certificate is issued where the log is; --out does not go with it",
            zh="证明须在账本所在处出具，不能与 --out 同用",
        )
    # It is in the log: nothing of what follows may lose it, a silent time-stamping authority least.
    timestamp, unstamped = _time_stamp(means, receipt)
    made = _proof(office, receipt, order.number, timestamp)
    file = pades.seal(page, made.write(), means.sealer, signed_at=claim_stamp(receipt))
    return Issued(claim.number, receipt.index, claim.minutes, file, unstamped)


def revoke(
    office: Office, number: str, reason: str, successor: str | None = None
) -> Receipt | None:
    """Revoke a certificate by its number; `successor` is the number that takes its place."""
    from ledger.records import Certificate

    given.check(reason=reason)
    with office.store.reading() as view:
        numbers = [number, *([successor] if successor else [])]
        found = [next(view.where(Certificate, number=each), None) for each in numbers]
    if None in found:
        raise Rejected(
            "certificate.unknown",
            en=f"there is no certificate {numbers[found.index(None)]}",
            zh=f"没有编号为 {numbers[found.index(None)]} 的证明",
        )
    held = [each for each in found if each]
    return office.say(
        "issuer",
        kinds.Revocation,
        held[0].organisation,
        certificate=held[0].ref,
        reason=reason,
        successor=held[1].ref if successor else None,
    )


def claim_stamp(receipt: Receipt) -> str:
    """Return the stamp of the entry that a receipt is for."""
    return statements.Entry.parse(receipt.entry).stamp


def _details(view: Reader, office: Office, number: str) -> Details:
    volunteer = view.find(Volunteer, number)
    details = office.vault.details(number) if volunteer else None
    if volunteer is None or details is None or volunteer.state != "active":
        raise Rejected(
            "volunteer.not_active",
            en=f"{number} is not registered, or erased or restricted: no certificate can be issued",
            zh=f"志愿者 {number} 未登记，或资料已删除、限制使用，不能出具证明",
        )
    return details


def _lines(view: Reader, order: Order) -> list[tuple[Line, Sheet]]:
    """Return the confirmed lines of the period, of the issuer or below it, in log order."""
    book = book_of(view, Wants())
    book.put(view.all(Organisation))
    found = [
        (line, sheet)
        for line, sheet in states(view, [order.number])
        if (line.state or sheet.state) == "confirmed"
        and within(book, sheet.organisation, order.organisation)
        and (order.first or "") <= day_of(line.start) <= (order.last or "9999")
    ]
    if not found:
        raise Rejected(
            "certificate.lines",
            en=f"{order.number} has no confirmed service of {order.organisation} in that period",
            zh=f"{order.number} 在该期间没有经确认的、由 {order.organisation} 记录的服务",
        )
    return sorted(found, key=lambda pair: (pair[1].entry, pair[0].n))


def _claim(
    view: Reader,
    office: Office,
    means: Means,
    order: Order,
    found: tuple[Details, Sequence[tuple[Line, Sheet]]],
) -> Claim:
    details, lines = found
    issuer = view.find(Organisation, order.organisation)
    assert issuer
    rows = tuple(
        _claim_line(view, office, line, sheet)
        for line, sheet in sorted(lines, key=lambda pair: (pair[0].start, pair[1].entry))
    )
    numbers = {(order.organisation, office.now[:4])}
    book = book_of(view, Wants(organisations={order.organisation}, numbers=numbers))
    return Claim(
        number=next_number(book, order.organisation, office.now[:4]),
        name=details.name,
        document=printed(details).get("document", ""),
        volunteer=order.number,
        first=order.first or rows[0].date,
        last=order.last or rows[-1].date,
        lines=rows,
        minutes=sum(row.minutes for row in rows),
        by_class={c: sum(r.minutes for r in rows if r.class_ == c) for c in CLASSES},
        issuer_name=issuer.name,
        issuer_code=issuer.uscc,
        manager="" if issuer.uscc else issuer.manager,
        responsible=means.association.responsible,
        handler=means.association.handler,
        telephone=means.association.telephone,
        issued=day_of(office.now),
        verify_url=means.association.verify_url,
        origin=book_origin(view),
        specimen=simulated(view),
    )


def book_origin(view: Reader) -> str:
    """Return the log's name."""
    log = next(view.where(Key, role="log"))
    return log.by.rpartition("+")[0]


def simulated(view: Reader) -> bool:
    """Tell whether the ledger's clock is simulated, and its certificates specimens."""
    stored = view.entry(0)
    assert stored
    head = statements.Entry.parse(stored.entry).statement.head
    return isinstance(head, kinds.Charter) and head.clock == "simulated"


def _claim_line(view: Reader, office: Office, line: Line, sheet: Sheet) -> ClaimLine:
    activity = view.find(Activity, sheet.activity)
    organiser = view.find(Organisation, sheet.organisation)
    assert activity
    assert organiser
    row = activity_row(view, activity)
    return ClaimLine(
        date=day_of(line.start),
        activity=row.name,
        place=row.place,
        content=row.content,
        organiser=organiser.name,
        leader=_leader(office, row.leader),
        minutes=line.minutes,
        class_=line.class_,  # type: ignore[arg-type]
    )


def _leader(office: Office, leader: str) -> str:
    kept = office.vault.kept(leader)
    if kept:
        return kept.value
    details = office.vault.details(leader)
    return details.name if details else ""


def _item(order: Order, claim: Claim, lines: Sequence[tuple[Line, Sheet]]) -> Mapping[str, object]:
    rows: dict[str, list[int]] = {}
    for line, sheet in lines:
        rows.setdefault(sheet.ref, []).append(line.n)
    return {
        "volunteer": order.number,
        "from": claim.first,
        "to": claim.last,
        "minutes": claim.minutes,
        "by_class": dict(claim.by_class),
        "lines": [[ref, numbers] for ref, numbers in rows.items()],
    }


# --- the proof ----------------------------------------------------------------------------------


def _time_stamp(means: Means, receipt: Receipt) -> tuple[str | None, LedgerError | None]:
    """Return the time stamp of the checkpoint, or why there is none."""
    if means.time_stamper is None:
        return None, None
    try:
        return base64(means.time_stamper(receipt.checkpoint)), None
    except LedgerError as error:
        return None, error


def _proof(office: Office, receipt: Receipt, number: str, timestamp: str | None) -> proof.Proof:
    checkpoint = Checkpoint.parse(Note.parse(receipt.checkpoint).text)
    opening = {}
    for name in _OPENED:
        opened = office.vault.opening(number, name)
        if opened:
            opening[name] = Opening(key=base64(opened.key), value=opened.value)
    with office.store.reading() as view:
        source = Ledger(view, checkpoint.size)
        committed = Committed(receipt.checkpoint, checkpoint.size, timestamp)
        return proof.make(source, receipt.index, committed, opening)
