"""Issuing: what was chosen → page → statement naming the page → log → proof → sealed file.

Nothing is drawn that is not in the ledger or the vault. Whoever calls verifies the finished file
before it leaves: issuing and verifying know nothing of each other.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from certificates import ending, proof
from certificates.claim import CLASSES, Claim, Honour, Training
from certificates.claim import Line as ClaimLine
from certificates.contents import Contents, Order, choose
from certificates.proof import Committed, Opening
from certificates.render import render
from certificates.seal import pades
from certificates.seal.pades import Sealer
from certificates.source import Ledger
from ledger import kinds, statements
from ledger.checkpoint import Checkpoint
from ledger.desk.office import Office, activity_row, book_of
from ledger.encoding import base64
from ledger.errors import LedgerError, Rejected, Unsafe
from ledger.home import Association
from ledger.log import Receipt
from ledger.note import Note
from ledger.records import Achievement, Activity, Key, Line, Organisation, Sheet, Volunteer
from ledger.rules.papers import next_number
from ledger.store.reading import Reader
from ledger.times import day_of
from ledger.vault import Details
from ledger.wants import Wants

__all__ = ["Issued", "Means", "Order", "issue"]

_OPENED = ("name", "document")


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
    """A finished certificate, and what is in it beside the hours.

    `unstamped` says why it has no time stamp, where one was asked for.
    """

    number: str
    entry: int
    minutes: int
    file: bytes
    star: int
    training: int  # rows
    honours: int
    review: bool  # the star was asked for and is under review, so it is left out
    unstamped: LedgerError | None = None


def issue(office: Office, means: Means, order: Order) -> Issued:
    """Issue a certificate, or raise `Rejected` where nothing can be certified."""
    order = settled(office, order)
    old = ending.earlier(office, order.replaces, order.number) if order.replaces else None
    pen = office.pens("issuer", order.organisation)
    with office.store.reading() as view:
        details = _details(view, office, order.number)
        found = choose(view, order)
        claim = _claim(view, office, means, order, (details, found))
    page = render(claim, identifier=secrets.token_bytes(16))
    letter = pen.write(
        kinds.Certificate,
        order.organisation,
        [_item(order, claim, found)],
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
    # It is in the log: nothing of what follows may lose it, a silent time-stamping authority least.
    timestamp, unstamped = _time_stamp(means, receipt)
    made = _proof(office, receipt, order.number, timestamp)
    file = pades.seal(page, made.write(), means.sealer, signed_at=claim_stamp(receipt))
    return Issued(
        number=claim.number,
        entry=receipt.index,
        minutes=claim.minutes,
        file=file,
        star=claim.star,
        training=len(claim.training),
        honours=len(claim.honours),
        review=found.review,
        unstamped=unstamped,
    )


def settled(office: Office, order: Order) -> Order:
    """Return an order in which what was not given is as in the certificate that is replaced."""
    if not order.replaces:
        return order
    old = ending.earlier(office, order.replaces, order.number)
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


def _claim(
    view: Reader,
    office: Office,
    means: Means,
    order: Order,
    found: tuple[Details, Contents],
) -> Claim:
    details, contents = found
    issuer = view.find(Organisation, order.organisation)
    assert issuer
    rows = tuple(
        _claim_line(view, office, line, sheet)
        for line, sheet in sorted(contents.lines, key=lambda pair: (pair[0].start, pair[1].entry))
    )
    numbers = {(order.organisation, office.now[:4])}
    book = book_of(view, Wants(organisations={order.organisation}, numbers=numbers))
    return Claim(
        number=next_number(book, order.organisation, office.now[:4]),
        name=details.name,
        document=opened.value if (opened := office.vault.opening(order.number, "document")) else "",
        volunteer=order.number,
        first=contents.first,
        last=contents.last,
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
        replaces=order.replaces,
        star=contents.star.level if contents.star else 0,
        training=tuple(
            Training(one.date, one.title, one.giver, one.minutes)
            for one in _by_date(contents.training)
        ),
        honours=tuple(Honour(one.date, one.title, one.giver) for one in _by_date(contents.honours)),
    )


def _by_date(rows: Iterable[Achievement]) -> list[Achievement]:
    return sorted(rows, key=lambda one: one.date)


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


def _item(order: Order, claim: Claim, found: Contents) -> Mapping[str, object]:
    star = found.star
    return {
        "volunteer": order.number,
        "from": claim.first,
        "to": claim.last,
        "minutes": claim.minutes,
        "by_class": dict(claim.by_class),
        "lines": _rows((line.sheet, line.n) for line, _ in found.lines),
        "star": [star.ref, star.n] if star else None,
        "training": _rows((one.ref, one.n) for one in found.training) or None,
        "honours": _rows((one.ref, one.n) for one in found.honours) or None,
    }


def _rows(places: Iterable[tuple[str, int]]) -> list[list[object]]:
    """Gather rows in log order by their statements."""
    rows: dict[str, list[int]] = {}
    for ref, n in places:
        rows.setdefault(ref, []).append(n)
    return [[ref, numbers] for ref, numbers in rows.items()]


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
