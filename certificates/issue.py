"""Issuing: drafts → pages → statements naming the pages → log → proofs → sealed files.

Many at once or one alone, in the same steps: one view, one append, one checkpoint for all. Pages may
be drawn by other processes, and for one batch while another is logged. Whoever calls verifies each
finished file before it leaves: issuing and verifying know nothing of each other.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from hashlib import sha256
from types import MappingProxyType

from certificates import ending, proof, qr
from certificates.claim import Claim
from certificates.contents import Order
from certificates.drafting import Draft, Drafter
from certificates.page.look import Look
from certificates.proof import Committed, Opening
from certificates.render import render
from certificates.seal import pades
from certificates.seal.pades import Sealer
from certificates.source import Ledger
from ledger import kinds, statements
from ledger.checkpoint import Checkpoint
from ledger.commitments import Opening as Commitment
from ledger.desk.letters import Letter, Pen
from ledger.desk.office import Office
from ledger.encoding import base64
from ledger.errors import LedgerError, Rejected, Unsafe
from ledger.home import Association
from ledger.log import Receipt
from ledger.note import Note
from ledger.workers import spread

__all__ = ["Issued", "Means", "Order", "begin", "finish_all", "issue", "issue_all"]


@dataclass(frozen=True, slots=True)
class Means:
    """What issuing needs beside the office: the seal, what is printed of the unit, its look.

    `time_stamper` returns a token over a checkpoint's note, or raises; issuing does not depend on it.
    """

    sealer: Sealer
    association: Association
    time_stamper: Callable[[bytes], bytes] | None = None
    look: Look | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A finished certificate, and what is in it beside the hours.

    `unstamped` says why it has no time stamp, where one was asked for.
    """

    volunteer: str
    name: str
    number: str
    entry: int
    minutes: int
    file: bytes
    star: int
    training: int  # rows
    honours: int
    review: bool  # the star was asked for and is under review, so it is left out
    unstamped: LedgerError | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is about to be logged: whose it is, and the bytes that the log will name."""

    draft: Draft
    data: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Certificates that are issued together, while their pages are drawn.

    By the place of the order: what is drafted, and why nothing is. `given` counts the numbers that
    are taken, by organisation.
    """

    orders: Sequence[Order]
    read: Drafter
    drafts: Mapping[int, Draft]
    refused: dict[int, LedgerError]
    drawn: Iterator[bytes | LedgerError]
    given: Counter[str]


Keep = Callable[[Sequence[Page]], None]


def issue(office: Office, means: Means, order: Order) -> Issued:
    """Issue a certificate, or raise `Rejected` where nothing can be certified."""
    (found,) = issue_all(office, means, [order])
    if isinstance(found, LedgerError):
        raise found
    return found


def issue_all(
    office: Office, means: Means, orders: Sequence[Order]
) -> tuple[Issued | LedgerError, ...]:
    """Issue certificates; for each order return one, or why there is none."""
    return finish_all(office, means, begin(office, means, orders))


def begin(
    office: Office,
    means: Means,
    orders: Sequence[Order],
    *,
    others: Executor | None = None,
    ahead: Mapping[str, int] = MappingProxyType({}),
) -> Batch:
    """Draft certificates and let their pages be drawn, by other processes where there are `others`.

    So many numbers, by organisation, are on other pages that will be logged before these.
    """
    if office.outbox is not None:
        raise Unsafe(
            "certificate.out",
            en="a certificate is issued where the log is; --out does not go with it",
            zh="证明须在账本所在处出具，不能与 --out 同用",
        )
    return _begin(office, means, [settled(office, order) for order in orders], {}, (others, ahead))


def finish_all(
    office: Office, means: Means, batch: Batch, keep: Keep = lambda _: None
) -> tuple[Issued | LedgerError, ...]:
    """Log the pages of a batch, prove and seal them; for each order return one, or why there is none.

    `keep` is shown the pages before the log is, while nobody else writes: a page that was logged and
    lost could not be drawn again. Where the log moved on since they were drafted, they are made anew.
    """
    try:
        logged = _log(office, means, batch, keep)
    except Rejected:
        logged = office.made_anew(
            lambda: _log(office, means, _begin(office, means, batch.orders, {}), keep)
        )
    files = {}
    if logged.receipts:
        with office.store.reading() as view:
            logged.read.ledger.follow(view)
            files = _files(office, means, logged)
    return tuple(
        logged.refused[place] if place in logged.refused else files[place]
        for place in range(len(batch.orders))
    )


def settled(office: Office, order: Order) -> Order:
    """Return an order in which what was not given is as in the certificate that is replaced."""
    if not order.replaces:
        return order
    old = ending.earlier(office, order.replaces, order.number)
    return replace(
        order,
        organisation=order.organisation or old.record.organisation,
        first=order.first if order.on_closing else order.first or old.first,
        last=order.last if order.on_closing else order.last or old.last,
        activities=order.activities if order.on_closing else order.activities or old.activities,
        blocks=(order.blocks | old.blocks) - order.without,
    )


# --- into the log --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Logged:
    """What was read and drawn, and the log's answers, by the place of the order."""

    read: Drafter
    pages: Mapping[int, Page]
    refused: Mapping[int, LedgerError]
    receipts: Mapping[int, Receipt]


def _begin(
    office: Office,
    means: Means,
    orders: Sequence[Order],
    refused: dict[int, LedgerError],
    shared: tuple[Executor | None, Mapping[str, int]] = (None, {}),
) -> Batch:
    """Draft what was not refused before, and have it drawn."""
    others, ahead = shared
    drafts, refused, given = dict[int, Draft](), dict(refused), Counter[str]()
    with office.store.reading() as view:
        numbers = [order.number for order in orders]
        drafter = Drafter.begin(view, office, means.association, numbers)
        for place, order in enumerate(orders):
            if place in refused:
                continue
            try:
                code = order.organisation
                draft = drafter.draft(order, ahead.get(code, 0) + given[code])
                drafts[place] = qr.coded(draft, means.association, means.sealer)
            except LedgerError as error:
                refused[place] = error
            else:
                given[code] += 1
    work = [(one.claim, secrets.token_bytes(16), means.look) for one in drafts.values()]
    return Batch(orders, drafter, drafts, refused, spread(others, _draw, work), given)


def _draw(work: tuple[Claim, bytes, Look | None]) -> bytes | LedgerError:
    """Draw a page, or say why it cannot be drawn."""
    claim, identifier, look = work
    try:
        return render(claim, identifier=identifier, look=look)
    except LedgerError as error:
        return error


def _drawn(office: Office, means: Means, batch: Batch) -> tuple[Batch, dict[int, Page]]:
    """Return the pages of a batch; where one cannot be drawn, the others get other numbers."""
    while True:
        found = dict(zip(batch.drafts, batch.drawn, strict=True))
        undrawn = {place: one for place, one in found.items() if isinstance(one, LedgerError)}
        if not undrawn:
            pages = {
                place: Page(batch.drafts[place], data)
                for place, data in found.items()
                if isinstance(data, bytes)
            }
            return batch, pages
        batch = _begin(office, means, batch.orders, batch.refused | undrawn)


def _log(office: Office, means: Means, batch: Batch, keep: Keep) -> _Logged:
    batch, pages = _drawn(office, means, batch)
    pens: dict[str, Pen] = {}
    letters, of = list[Letter](), list[int]()
    for place, page in pages.items():
        organisation = page.draft.order.organisation
        if organisation not in pens:
            pens[organisation] = office.pens("issuer", organisation)
        said = _letters(office, means, pens[organisation], page)
        letters += said
        of += [place, *(-1 for _ in said[1:])]
    receipts = office.send_all(letters, lambda _: keep(tuple(pages.values())))  # all or none
    return _Logged(batch.read, pages, batch.refused, dict(zip(of, receipts, strict=True)))


def _letters(office: Office, means: Means, pen: Pen, page: Page) -> list[Letter]:
    """Write the certificate's statement, and the revocation of what it replaces."""
    order, data = page.draft.order, page.data
    letter = pen.write(
        kinds.Certificate,
        order.organisation,
        [page.draft.item],
        number=page.draft.claim.number,
        page=kinds.Certificate.Page(length=len(data), sha256=sha256(data).hexdigest()),
        signer=means.sealer.sha256,
    )
    if not order.replaces:
        return [letter]
    old = ending.earlier(office, order.replaces, order.number)
    new = statements.ref(letter.text)
    return [letter, ending.revocation(office, old.record, ending.REISSUED, new)]


# --- out of it -----------------------------------------------------------------------------------


def _files(office: Office, means: Means, logged: _Logged) -> dict[int, Issued]:
    """Prove and seal the pages that were logged, all under one checkpoint."""
    receipts = {place: receipt for place, receipt in logged.receipts.items() if place >= 0}
    # It is in the log: nothing of what follows may lose it, silent witnesses and authorities least.
    note = office.cosign(next(iter(receipts.values())).checkpoint)
    timestamp, unstamped = _time_stamp(means, note)
    committed = Committed(note, Checkpoint.parse(Note.parse(note).text).size, timestamp)
    logged.read.ledger.fetch(receipt.index for receipt in receipts.values())
    found = {}
    for place, receipt in receipts.items():
        page = logged.pages[place]
        claim, contents = page.draft.claim, page.draft.contents
        opened = logged.read.people.opened(claim.volunteer)
        found[place] = Issued(
            volunteer=claim.volunteer,
            name=claim.name,
            number=claim.number,
            entry=receipt.index,
            minutes=claim.minutes,
            file=finish(
                means.sealer, logged.read.ledger, (receipt.index, page.data), opened, committed
            ),
            star=claim.star,
            training=len(claim.training),
            honours=len(claim.honours),
            review=contents.review,
            unstamped=unstamped,
        )
    return found


def finish(
    sealer: Sealer,
    ledger: Ledger,
    page: tuple[int, bytes],
    opened: Mapping[str, Commitment],
    committed: Committed,
) -> bytes:
    """Prove and seal a page that is in the log: its entry, and its bytes."""
    index, data = page
    opening = {
        name: Opening(key=base64(each.key), value=each.value) for name, each in opened.items()
    }
    made = proof.make(ledger, index, committed, opening)
    stamp = statements.Entry.parse(ledger.entry(index)).stamp
    return pades.seal(data, made.write(), sealer, signed_at=stamp)


def _time_stamp(means: Means, note: bytes) -> tuple[str | None, LedgerError | None]:
    """Return the time stamp of a checkpoint, or why there is none."""
    if means.time_stamper is None:
        return None, None
    try:
        return base64(means.time_stamper(note)), None
    except LedgerError as error:
        return None, error
