"""The only decision: may this statement enter, and what follows from it.

`hear` checks bytes: one form, this log, the signer's own signature, items under their root.
`admit` decides by the book: it may refuse, with one code and a sentence; otherwise it returns the
records that follow, which cannot fail. Neither knows a clock, a database or a dice. The log calls
them for what is to enter, the audit for what has entered: one decision, walked twice.
"""

from collections.abc import Sequence
from functools import partial

from ledger import kinds, statements
from ledger.book import Book
from ledger.errors import Malformed, Rejected
from ledger.records import Key, Record, Spoken
from ledger.rules import (
    achievements,
    anchors,
    attendance,
    awards,
    catalogue,
    closings,
    confirmation,
    offices,
    papers,
    recoveries,
    registers,
    samples,
    status,
    transfers,
)
from ledger.rules.authority import LEDGER, check_reach, check_role, check_speaks
from ledger.rules.draft import Draft
from ledger.rules.heard import Heard
from ledger.rules.offices import CODE
from ledger.statements import Entry, Statement
from ledger.times import later

__all__ = ["CODE", "Heard", "admit", "apply", "hear", "vouch"]

_CLOCK_SKEW = 5  # minutes that an officer's clock may be ahead of the log's


def hear(book: Book, entry: bytes, items: Sequence[bytes], vouched: str = "") -> Heard:
    """Check the bytes of the entry that would come next; raises a `LedgerError`.

    `vouched` is the key for which `vouch` has looked at these very bytes, if that was done before.
    """
    found = Entry.parse(entry, exact=True)
    statement = found.statement
    if book.origin and statement.origin != book.origin:
        raise Malformed(
            f"a statement for the log {statement.origin}, not for {book.origin}",
            f"文书属于账本 {statement.origin}，不属于 {book.origin}",
        )
    read = partial(statements.read_items, exact=True) if not vouched else statements.read_again
    rows = read(statement.head, items)
    signer = _signer(book, statement)
    if signer.vkey != vouched:
        _check_signed(statement, signer.vkey)
    return Heard(statement, rows, signer, found.stamp)


def vouch(entry: bytes, items: Sequence[bytes], vkey: str) -> None:
    """Check all of an entry's bytes that can be checked without a book, and that a key signed them.

    Raises a `LedgerError`. Whether the key may speak, and for this log, is for `hear`.
    """
    statement = Entry.parse(entry, exact=True).statement
    statements.read_items(statement.head, items, exact=True)
    _check_signed(statement, vkey)


def admit(book: Book, heard: Heard) -> tuple[Record, ...]:
    """Decide about what was heard: raise `Rejected`, or return the records that follow."""
    head, key = heard.statement.head, heard.signer
    _check_time(book, heard)
    said = book.find(Spoken, head.by, head.id)
    if said:
        raise Rejected(
            "statement.repeated",
            en=f"{head.by} has said another statement under the id {head.id} (entry {said.entry})",
            zh=f"{head.by} 已用编号 {head.id} 签过另一份文书（第 {said.entry} 条）",
        )
    offices.check_beginning(book, head.kind, key.role)
    if not (head.kind == "charter" or offices.is_root_row(book, head.kind)):
        check_role(key, head.kind)
        check_reach(book, key, head)
    spoken = Spoken(
        head.by, head.id, book.size, heard.statement.ref, head.kind, head.organisation, heard.stamp
    )
    return (spoken, *_effects(book, heard))


def apply(book: Book, heard: Heard, effects: Sequence[Record]) -> None:
    """Take an admitted statement into the book. Nothing here can fail."""
    book.origin = heard.statement.origin
    book.put(effects)
    book.advance(heard.stamp)


def _effects(book: Book, heard: Heard) -> tuple[Record, ...]:  # noqa: C901, PLR0911, PLR0912, PLR0915 - a closed union
    head = heard.statement.head
    match head:
        case kinds.Charter():
            return offices.charter(head, heard.items, heard.ref, heard.statement.origin)
        case kinds.Appointment():
            return offices.appointment(book, head, heard)
        case kinds.Dismissal():
            return offices.dismissal(book, head, heard)
        case kinds.Recovery():
            return recoveries.recovery(book, head, heard)
        case kinds.Anchor():
            return anchors.anchor(book, head)
        case kinds.RulesetAdoption():
            return offices.ruleset(book, head, heard)
        case kinds.Organisations():
            return registers.organisations(book, head, heard)
        case kinds.Volunteers():
            return registers.volunteers(book, head, heard)
        case kinds.Activities():
            return registers.activities(book, head, heard)
        case kinds.Cancellation():
            return registers.cancellation(book, head)
        case kinds.Departure():
            return registers.departure(book, head, heard)
        case kinds.Attendance():
            return attendance.attendance(book, head, heard)
        case kinds.Notice():
            return confirmation.notice(book, head, heard)
        case kinds.Objection():
            return confirmation.objection(book, head, heard)
        case kinds.Confirmation():
            return confirmation.confirmation(book, head, heard)
        case kinds.Correction():
            return confirmation.correction(book, head, heard)
        case kinds.Certificate():
            return papers.certificate(book, head, heard)
        case kinds.Revocation():
            return papers.revocation(book, head, heard.stamp)
        case kinds.Status():
            return status.status(book, head, heard.stamp)
        case kinds.Closing():
            return closings.closing(book, head, heard)
        case kinds.Sample():
            return samples.sample(book, head)
        case kinds.Check():
            return samples.check(book, heard)
        case kinds.Erasure():
            return registers.personal(book, heard.items, "erased")
        case kinds.Restriction():
            return registers.personal(book, heard.items, registers.restricted(head.reason))
        case kinds.Award():
            return awards.award(book, head, heard)
        case kinds.Transfer():
            return transfers.transfer(Draft(book, heard.ref, heard.stamp), head, heard)
        case kinds.Goods():
            return catalogue.goods(book, head, heard)
        case kinds.Accounts():
            return catalogue.accounts(Draft(book, heard.ref, heard.stamp), head, heard)
        case kinds.Training() | kinds.Honour():  # pragma: no branch (the union is closed)
            return achievements.achievements(book, head, heard)


def _signer(book: Book, statement: Statement) -> Key:
    head = statement.head
    if isinstance(head, kinds.Charter) and book.size == 0:
        # Nobody vouches for the first key: a verifier trusts it through the log's key alone.
        first = offices.verifier(head.operator)
        if first.by == head.by:
            return Key(first.by, 0, statement.ref, "operator", LEDGER, "", head.operator, "")
    return check_speaks(book.find(Key, head.by), head.by, book.size)


def _check_signed(statement: Statement, vkey: str) -> None:
    (signature,) = statement.note.signatures  # exactly one, by the key named in `by`
    offices.verifier(vkey).check(statement.note.text.encode(), signature.value)


def _check_time(book: Book, heard: Heard) -> None:
    head, stamp = heard.statement.head, heard.stamp
    if stamp < book.stamp:
        raise Rejected(
            "stamp.falling",
            en=f"the stamp {stamp} is before the last one, {book.stamp}",
            zh=f"时间戳 {stamp} 早于上一条 {book.stamp}",
        )
    if head.at > later(stamp, minutes=_CLOCK_SKEW):
        raise Rejected(
            "statement.ahead",
            en=f"signed at {head.at}, more than {_CLOCK_SKEW} min after the log's {stamp};"
            " set the clock of the signing computer",
            zh=f"签署时间 {head.at} 比账本时间 {stamp} 晚 {_CLOCK_SKEW} 分钟以上，请校准签署电脑的时钟",
        )
