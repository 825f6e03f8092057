"""Issuing: confirmed lines → page → statement naming the page → log → proof → sealed file.

Nothing is drawn that is not in the ledger or the vault. Whoever calls verifies the finished file
before it leaves: issuing and verifying know nothing of each other.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from certificates import ending, proof
from certificates.claim import CLASSES, Claim
from certificates.claim import Line as ClaimLine
from certificates.ending import Earlier
from certificates.proof import Committed, Opening
from certificates.render import render
from certificates.seal import pades
from certificates.seal.pades import Sealer
from certificates.source import Ledger
from ledger import kinds, statements
from ledger.checkpoint import Checkpoint
from ledger.desk.office import Office, activity_row, book_of, states
from ledger.desk.registering import printed
from ledger.encoding import base64
from ledger.errors import Rejected, Unsafe
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
    replaces: str = ""  # number of an earlier certificate; what is not given is as in that one


@dataclass(frozen=True, slots=True)
class Means:
    """What issuing needs beside the office: the seal, and what is printed of the unit."""

    sealer: Sealer
    association: Association


@dataclass(frozen=True, slots=True)
class Issued:
    """A finished certificate."""

    number: str
    entry: int
    minutes: int
    file: bytes


def issue(office: Office, means: Means, order: Order) -> Issued:
    """Issue a certificate, or raise `Rejected` where nothing can be certified."""
    old = ending.earlier(office, order.replaces, order.number) if order.replaces else None
    if old:
        order = _as_before(order, old)
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
    letters = [letter]
    if old:
        new = statements.ref(letter.text)
        letters.append(ending.revocation(office, old.record, ending.REISSUED, new))
    receipts = office.send_all(letters)  # both or neither
    if not receipts:
        raise Unsafe(
            "certificate.out",
            en="a certificate is issued where the log is; --out does not go with it",
            zh="证明须在账本所在处出具，不能与 --out 同用",
        )
    receipt = receipts[0]
    made = _proof(office, receipt, order.number)
    file = pades.seal(page, made.write(), means.sealer, signed_at=claim_stamp(receipt))
    return Issued(claim.number, receipt.index, claim.minutes, file)


def _as_before(order: Order, old: Earlier) -> Order:
    """Return an order in which what was not given is as in the certificate that is replaced."""
    return replace(
        order,
        organisation=order.organisation or old.record.organisation,
        first=order.first or old.first,
        last=order.last or old.last,
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


def _proof(office: Office, receipt: Receipt, number: str) -> proof.Proof:
    checkpoint = Checkpoint.parse(Note.parse(receipt.checkpoint).text)
    opening = {}
    for name in _OPENED:
        opened = office.vault.opening(number, name)
        if opened:
            opening[name] = Opening(key=base64(opened.key), value=opened.value)
    with office.store.reading() as view:
        source = Ledger(view, checkpoint.size)
        return proof.make(
            source, receipt.index, Committed(receipt.checkpoint, checkpoint.size), opening
        )
