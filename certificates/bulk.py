"""Issuing into a folder of work: some at a time, taken up again where it was stopped."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import zip_longest
from typing import Any

from certificates import drafting
from certificates.issue import Issued, Means, Order, begin, finish, finish_all
from certificates.proof import Committed
from certificates.source import Ledger
from certificates.work import Check, Work, check_written
from ledger import kinds
from ledger.checkpoint import Checkpoint
from ledger.desk.office import Office
from ledger.errors import LedgerError, Unsafe
from ledger.note import Note
from ledger.records import Certificate, Line, Star, Volunteer
from ledger.rows import CertificateItem
from ledger.store.reading import Reader
from ledger.workers import spread

AT_ONCE = (
    50  # certificates an append: as many pages lie unsealed if a kill comes at the worst moment
)
WAITING = "witness.quorum"  # what was logged waits for its witnesses, and its page is kept


@dataclass(frozen=True, slots=True)
class Crew:
    """What checks a file before it is handed out, and the processes that help, if any."""

    check: Check
    others: Executor | None = None


def everybody(view: Reader) -> list[str]:
    """Return the volunteers who have a line, are active, and may have something to certify."""
    served = {line.volunteer for line in view.all(Line)}
    return [
        one.number for one in view.all(Volunteer) if one.number in served and one.state == "active"
    ]


def run(
    office: Office,
    means: Means,
    orders: Sequence[Order],
    work: Work,
    crew: Crew,
) -> Iterator[str]:
    """Issue what is not done yet, some at a time; give each volunteer's number when it is.

    Who has nothing to certify is in `work.refused`, and stops nobody. Other processes draw pages and
    check files while those before them are logged.
    """
    yield from _take_up(office, means, work, crew.check)
    left = [one for one in orders if one.number not in work.done.keys() | work.refused.keys()]
    parts = [left[start : start + AT_ONCE] for start in range(0, len(left), AT_ONCE)]
    batch = begin(office, means, parts[0], others=crew.others) if parts else None
    unfinished: Iterator[str] = iter(())
    for some, coming in zip_longest(parts, parts[1:]):
        assert batch
        this, batch = batch, None
        if coming:
            batch = begin(office, means, coming, others=crew.others, ahead=this.given)
        made = finish_all(office, means, this, work.keep)
        files = [work.write(found) for found in made if isinstance(found, Issued)]
        checked = spread(crew.others, partial(check_written, crew.check), files)
        yield from unfinished
        unfinished = _finished(work, some, made, checked)
    yield from unfinished


def _finished(
    work: Work,
    orders: Sequence[Order],
    made: Sequence[Issued | LedgerError],
    checked: Iterator[LedgerError | None],
) -> Iterator[str]:
    """Put the files that were checked in their places, and note who gets none."""
    for order, found in zip(orders, made, strict=True):
        if isinstance(found, LedgerError):
            work.refused[order.number] = found
        else:
            _raise(next(checked))
            work.finish(found)
        yield order.number


def _raise(error: LedgerError | None) -> None:
    if error is not None:
        raise error


def _take_up(office: Office, means: Means, work: Work, check: Check) -> Iterator[str]:
    """Seal the pages that a stopped run left, where the log came to name them."""
    with office.store.reading() as view:
        ledger, note = Ledger(view), office.cosign(view.checkpoint())
        committed = Committed(note, Checkpoint.parse(Note.parse(note).text).size)
        for number, data in work.kept():
            record = next(view.where(Certificate, number=number), None)
            item = _named(ledger, record, data) if record else None
            if record is None or item is None or item.volunteer in work.done:
                continue  # the log names another page under that number, or none; or all was well
            if record.state != "valid":
                continue  # it does not stand any more: who has nothing better is issued another
            try:
                made = _sealed(office, means, ledger, (record, item, data), committed)
                _raise(check(made.file))
            except LedgerError as error:
                if error.code == WAITING:
                    raise
                work.refused[item.volunteer] = _unmade(number, error)
            else:
                work.write(made)
                work.finish(made)
                yield item.volunteer


def _sealed(
    office: Office,
    means: Means,
    ledger: Ledger,
    logged: tuple[Certificate, CertificateItem, bytes],
    committed: Committed,
) -> Issued:
    """Prove and seal a page that was kept, now that the log names it."""
    (record, item, data), vault = logged, office.vault
    who = item.volunteer
    opened = drafting.opened(vault.openings_of([who]).get(who, {}))
    details = vault.details(who)
    stars = ledger.of(Star, "volunteer", who)
    return Issued(
        volunteer=who,
        name=details.name if details else "",
        number=record.number,
        entry=record.entry,
        minutes=item.minutes,
        file=finish(means.sealer, ledger, (record.entry, data), opened, committed),
        star=next((one.level for one in stars if (one.ref, one.n) == item.star), 0),
        training=sum(len(rows) for _, rows in item.training),
        honours=sum(len(rows) for _, rows in item.honours),
        review=False,
    )


def _unmade(number: str, why: LedgerError) -> Unsafe:
    return Unsafe(
        why.code,
        en=f"certificate {number} is logged, but cannot be made any more: {why.en}; if it is not to stand,"
        f" `vledger certificate revoke {number}`",
        zh=f"证明 {number} 已入账，但已无法制成文件：{why.zh}；如不应有效，"
        f"请 `vledger certificate revoke {number}`",
    )


def _named(ledger: Ledger, record: Certificate, page: bytes) -> CertificateItem | None:
    """Return the row of a certificate, if it is this page that its statement names."""
    head, item = ledger.head(record.entry), ledger.row(record.ref, 0)
    assert isinstance(head, kinds.Certificate)
    assert isinstance(item, CertificateItem)
    return item if head.page.sha256 == sha256(page).hexdigest() else None


def answer(work: Work, before: int) -> Mapping[str, Any]:
    """Return what a run did, as --json says it; so many were finished `before`."""
    return {
        "file": str(work.output),
        "issued": len(work.done) - before,
        "earlier": before,
        "certificates": [
            {"volunteer": one.volunteer, "certificate": one.number, "file": one.file}
            for one in work.done.values()
        ],
    }
