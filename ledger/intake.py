"""Intake: a batch of statements against the book, in order; what `admit` will read is fetched first.

Statements are heard together, so that one round of queries serves them all. What an earlier one of
the batch changed about a later one's signer (appointed, dismissed) makes that one heard again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ledger.admit import Heard, admit, apply, hear
from ledger.book import Book
from ledger.errors import LedgerError
from ledger.note import Note
from ledger.records import Activity, Hold, Key, Organisation, Record, Spoken, Volunteer
from ledger.statements import ref
from ledger.store.reading import Stored
from ledger.store.writing import Writer
from ledger.wants import Wants, drawn, merged, wants

_EARNING = ("confirmation", "correction")  # kinds by which lines begin to stand, or cease to


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement as it arrives: the note, and the items beside it."""

    note: bytes
    items: tuple[bytes, ...] = ()


@dataclass(slots=True)
class Taken:
    """What a batch adds. `places` has an entry's index, or an error, for each that was sent."""

    places: list[int | LedgerError] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A statement that may become the next entry."""

    ref: str
    by: str
    entry: bytes
    items: tuple[bytes, ...]


def take_in(writer: Writer, book: Book, batch: Sequence[Sent], stamp: str) -> Taken:
    """Take what may enter into the book, and return what is to be written."""
    drafts = [_draft(sent, stamp) for sent in batch]
    good = [draft for draft in drafts if isinstance(draft, _Draft)]
    spoken = writer.read.among(Spoken, ("ref",), sorted({(draft.ref,) for draft in good}))
    said = {one.ref: one.entry for one in spoken}
    _fetch(writer, book, [Wants(keys={draft.by for draft in good})])
    heard = [_try_hear(book, draft, said) for draft in drafts]
    _fetch(writer, book, [_wants(one) for one in heard if isinstance(one, Heard)])
    taken = Taken()
    for draft, early in zip(drafts, heard, strict=True):
        taken.places.append(_enter(writer, book, taken, said, (draft, early)))
    return taken


def _draft(sent: Sent, stamp: str) -> _Draft | LedgerError:
    try:
        note = Note.parse(sent.note)
    except LedgerError as error:
        return error
    entry = f"{stamp}\n".encode() + sent.note
    return _Draft(ref(note.text), note.signatures[0].by, entry, sent.items)


def _try_hear(
    book: Book, draft: _Draft | LedgerError, said: dict[str, int]
) -> Heard | LedgerError | None:
    """Hear a statement before its turn; one that was said before needs no hearing."""
    if isinstance(draft, LedgerError) or draft.ref in said:
        return None
    try:
        return hear(book, draft.entry, draft.items)
    except LedgerError as error:
        return error


def _enter(
    writer: Writer,
    book: Book,
    taken: Taken,
    said: dict[str, int],
    turn: tuple[_Draft | LedgerError, Heard | LedgerError | None],
) -> int | LedgerError:
    """Admit one statement in its turn: the index of its entry, its first one if it has one."""
    draft, early = turn
    if isinstance(draft, LedgerError):
        return draft
    if draft.ref in said:
        return said[draft.ref]
    try:
        heard = _heard(writer, book, draft, early)
        _fetch_drawn(writer, book, heard, said)
        effects = admit(book, heard)
    except LedgerError as error:
        return error
    index = book.size
    apply(book, heard, effects)
    taken.stored.append(Stored(index, draft.entry, draft.items))
    taken.records.extend(effects)
    said[draft.ref] = index
    return index


def _heard(writer: Writer, book: Book, draft: _Draft, early: Heard | LedgerError | None) -> Heard:
    """Return what was heard early, if its signer is who he was; otherwise hear it now."""
    if isinstance(early, Heard) and book.find(Key, draft.by) == early.signer:
        return early
    heard = hear(book, draft.entry, draft.items)
    _fetch(writer, book, [_wants(heard)])
    return heard


def _fetch_drawn(writer: Writer, book: Book, heard: Heard, said: dict[str, int]) -> None:
    """Fetch what lines draw after them that this very batch has recorded: it was not known before."""
    if heard.statement.head.kind not in _EARNING:
        return
    asked = _wants(heard)
    if not said.keys().isdisjoint({*asked.sheets, *dict(asked.lines)}):
        _fetch_once(writer, book, drawn(asked, book))


def _wants(heard: Heard) -> Wants:
    return wants(heard.statement, heard.items)


def _fetch(writer: Writer, book: Book, asked: Iterable[Wants]) -> None:
    """Fetch what the book does not hold. What it holds is newer: this batch may have changed it."""
    total = merged(asked)
    _fetch_once(writer, book, total)
    _fetch_once(writer, book, drawn(total, book))


def _fetch_once(writer: Writer, book: Book, asked: Wants) -> None:
    book.put(writer.fetch(_missing(book, asked)), keep=True)
    book.whole |= asked.accounts
    book.purses |= asked.purses


def _missing(book: Book, asked: Wants) -> Wants:
    """Leave out what the book holds whole; an organisation came with those above it."""
    return replace(
        asked,
        keys={by for by in asked.keys if not book.find(Key, by)},
        organisations={code for code in asked.organisations if not book.find(Organisation, code)},
        volunteers={number for number in asked.volunteers if not book.find(Volunteer, number)},
        accounts=asked.accounts - book.whole,
        holds={place for place in asked.holds if not _came_whole(book, place)},
        purses=asked.purses - book.purses - book.whole,
        activities={code for code in asked.activities if not book.find(Activity, code)},
    )


def _came_whole(book: Book, place: tuple[str, int]) -> bool:
    """Tell whether the book holds a hold and what it draws after it: it may have come for another."""
    hold = book.find(Hold, *place)
    plain = hold and not hold.good and not hold.origin
    return bool(hold and plain and {hold.debit, hold.credit} <= book.whole)
