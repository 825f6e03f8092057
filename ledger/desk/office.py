"""The office: one ledger, its vault, and the officer who is at the desk now."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from ledger import kinds, statements
from ledger.book import Book
from ledger.commitments import Opening
from ledger.desk.letters import Letter, Pen
from ledger.errors import LedgerError, Moved, Rejected
from ledger.home import Home
from ledger.kinds import Head
from ledger.log import Receipt, Sent
from ledger.records import (
    Achievement,
    Activity,
    Holder,
    Line,
    Membership,
    Notice,
    Sheet,
    Spoken,
    Volunteer,
)
from ledger.rows import ActivityItem, Item, VolunteerRefItem
from ledger.statements import Entry
from ledger.store.database import Store
from ledger.store.engine import Address, file_url
from ledger.store.fetching import fetch
from ledger.store.reading import Reader
from ledger.times import instant
from ledger.vault import Vault
from ledger.wants import Wants

Role = Literal["recorder", "confirmer", "issuer", "operator", "auditor", "recovery", "officer"]
T = TypeVar("T")
CHUNK = 5000  # rows a statement; the limit is 10,000
_TRIES = 20  # that somebody else may be faster before we give up
_LONGEST = 24  # characters of a place; no ledger has an entry beyond that
Place = tuple[int, int]  # a line as people write it: ENTRY:ROW, rows from 1


class Pens(Protocol):
    """Who signs: the key of an officer with that role, whose appointment reaches that far."""

    def __call__(self, role: Role, organisation: str) -> Pen:
        """Return the officer's pen, or raise `Unsafe` where no key of the kind is at hand."""


class Appends(Protocol):
    """The log, as far as an office needs it."""

    def append(
        self,
        batch: Sequence[Sent],
        now: datetime,
        *,
        clock_is_right: bool = False,
        before: Callable[[Reader], None] | None = None,
    ) -> tuple[Receipt | LedgerError, ...]:
        """Take in what may enter; return a receipt or an error for each that was sent."""


@dataclass(slots=True)
class Office:
    """What journeys need. With an `outbox`, letters are laid there instead of being sent."""

    store: Store
    log: Appends
    open_vault: Callable[[], Vault]
    moment: datetime
    pens: Pens
    outbox: list[Letter] | None = None
    clock_is_right: bool = False
    cosign: Callable[[bytes], bytes] = lambda note: (
        note
    )  # has a note of ours cosigned, as far as it goes
    keep: Callable[[Receipt], None] = lambda _: None  # the log's answer, before anything can fail
    receipts: list[Receipt] = field(default_factory=list)
    _vault: Vault | None = None

    @property
    def vault(self) -> Vault:
        """Return the vault, opened when a name is first needed: a ledger does without."""
        if self._vault is None:
            self._vault = self.open_vault()
        return self._vault

    @property
    def now(self) -> str:
        """Return the time at the desk."""
        return instant(self.moment)

    def say(
        self,
        role: Role,
        kind: type[Head],
        organisation: str,
        rows: Sequence[Mapping[str, Any]] = (),
        /,
        **fields: object,
    ) -> Receipt | None:
        """Write a statement and send it; nothing comes back where it was laid in the outbox."""
        return self.send(self.pens(role, organisation).write(kind, organisation, rows, **fields))

    def send(self, letter: Letter) -> Receipt | None:
        """Send a letter to the log, or lay it in the outbox; a refusal is raised."""
        return next(iter(self.send_all([letter])), None)

    def send_all(
        self, letters: Sequence[Letter], before: Callable[[Reader], None] = lambda _: None
    ) -> tuple[Receipt, ...]:
        """Send letters, all or none; `before` is called last, while nobody else writes to the log.

        What it does lasts if a kill comes before the letters do, and what it raises stops them.
        """
        if not letters:
            return ()
        if self.outbox is not None:
            with self.store.reading() as view:
                before(view)
            self.outbox += letters
            return ()
        batch = [Sent(letter.note, letter.items) for letter in letters]
        answers = self.log.append(
            batch, self.moment, clock_is_right=self.clock_is_right, before=before
        )
        receipts = tuple(one for one in answers if isinstance(one, Receipt))
        self.receipts += receipts
        for receipt in receipts:
            self.keep(receipt)
        for letter in letters:
            self._carry_out(letter)
        return receipts

    def made_anew(self, make: Callable[[], T]) -> T:
        """Judge a sheet and send what follows: where the book moved in between, do so again.

        What was refused by a book that is still the same is refused for good.
        """
        for _ in range(_TRIES):
            size = self.store.size()
            try:
                return make()
            except Moved:
                continue
            except Rejected:
                if self.store.size() == size:
                    raise
        return make()

    def _carry_out(self, letter: Letter) -> None:
        """Destroy the data of those whose erasure the log has now admitted, whoever sent it."""
        head = letter.statement().head
        if isinstance(head, kinds.Erasure):
            for item in letter.items:
                row = statements.read_item(head, item)
                assert isinstance(row, VolunteerRefItem)
                self.vault.erase(row.volunteer)

    def close(self) -> None:
        """Let go of the databases."""
        self.store.close()
        if self._vault:
            self._vault.close()


def ledger_at(home: Home) -> Address:
    """Return where the log's tables are: in the home folder, or in a server's database."""
    return home.database or file_url(home.path / "ledger.db")


def vault_at(home: Home) -> Address:
    """Return where the vault's tables are: a file of its own, or a schema of its own."""
    return home.database or file_url(home.path / "vault.db")


def registered(view: Reader, number: str) -> Volunteer:
    """Return the volunteer with that number, or raise `Rejected`."""
    found = view.find(Volunteer, number)
    if found is None:
        raise Rejected(
            "volunteer.unknown",
            en=f"there is no volunteer {number}; `vledger volunteer find NAME` looks for one",
            zh=f"没有志愿者 {number}；可用 `vledger volunteer find 姓名` 查找",
        )
    return found


def state_of(view: Reader, number: str) -> str:
    """Return whether a volunteer's accounts are active, frozen or closed."""
    found = view.find(Holder, number)
    return found.state if found else "active"


def is_simulated(view: Reader) -> bool:
    """Tell whether a ledger's clock is simulated: then nothing in it proves anything."""
    charter = view.entry(0)
    head = Entry.parse(charter.entry).statement.head if charter else None
    return isinstance(head, kinds.Charter) and head.clock == "simulated"


def book_of(view: Reader, wants: Wants) -> Book:
    """Return a book with what a view holds of these subjects."""
    book = Book()
    book.put(fetch(view, wants))
    book.size, book.stamp = view.size(), view.last_stamp()
    return book


def commit(office: Office, field: str, value: str, about: Sequence[str] = ()) -> str:
    """Keep what people wrote in the vault, and return the commitment that the log holds of it."""
    if not value.strip():
        raise Rejected("field.missing", en=f"the {field} is empty: say why", zh="理由为空，请写明")
    opening = Opening.fresh(value)
    found = opening.commitment(field)
    office.vault.keep(found, field, value, opening.key, about)
    return found


def parse_place(text: str) -> Place:
    """Read `ENTRY:ROW`."""
    entry, _, row = text.partition(":")
    if len(text) > _LONGEST or not (
        entry.isascii() and entry.isdigit() and row.isascii() and row.isdigit() and int(row)
    ):
        raise Rejected(
            "line.unknown",
            en=f"{text!r} is not a line: write ENTRY:ROW, such as 12:3",
            zh=f"{text!r} 不是记录编号：应写作 条目:行，如 12:3",
        )
    return int(entry), int(row)


def line_at(view: Reader, place: Place) -> tuple[Line, Sheet]:
    """Return the line at a place, or raise `Rejected`."""
    sheet = next(view.where(Sheet, entry=place[0]), None)
    line = view.find(Line, sheet.ref, place[1] - 1) if sheet else None
    if sheet is None or line is None:
        raise Rejected(
            "line.unknown",
            en=f"there is no line {place[0]}:{place[1]}; `vledger volunteer show` lists lines",
            zh=f"没有记录 {place[0]}:{place[1]}；可用 `vledger volunteer show` 查看",
        )
    return line, sheet


def achievement_at(view: Reader, place: Place) -> Achievement | None:
    """Return the training or honour at a place, if there is one."""
    spoken = next(view.where(Spoken, entry=place[0]), None)
    return view.find(Achievement, spoken.ref, place[1] - 1) if spoken else None


def place_of(sheet: Sheet, line: Line) -> str:
    """Return a line as people write it."""
    return f"{sheet.entry}:{line.n + 1}"


def spans(places: Iterable[Place]) -> list[str]:
    """Write lines as people do, and those that follow on each other as one: `12:1–3`."""
    found: list[tuple[int, int, int]] = []  # entry, first row, last row
    for entry, row in sorted(places):
        first = row
        if found and (entry, row - 1) == (found[-1][0], found[-1][2]):
            first = found.pop()[1]
        found.append((entry, first, row))
    return [f"{at}:{first}" + (f"–{last}" if last > first else "") for at, first, last in found]


def items_of(view: Reader, entry: int) -> tuple[Item, ...]:
    """Return the rows of a statement in the log."""
    found = view.entry(entry)
    if found is None:
        raise Rejected("entry.unknown", en=f"there is no entry {entry}", zh=f"没有第 {entry} 条")
    head = Entry.parse(found.entry).statement.head
    return tuple(statements.read_item(head, item) for item in found.items)


def row_in_force(view: Reader, ref: str, n: int) -> Item:
    """Return the row that a projection names by ref and n, without reading its neighbours."""
    spoken = next(view.where(Spoken, ref=ref))
    stored = view.entry(spoken.entry)
    assert stored
    head = Entry.parse(stored.entry).statement.head
    return statements.read_item(head, stored.items[n])


def activity_row(view: Reader, activity: Activity) -> ActivityItem:
    """Return an activity's row in force."""
    row = row_in_force(view, activity.ref, activity.n)
    assert isinstance(row, ActivityItem)
    return row


def open_notices(view: Reader) -> Mapping[str, tuple[Notice, tuple[Sheet, ...]]]:
    """Return the notices that are open, each with the attendance under it; of stars alone, none."""
    notices = {one.ref: one for one in view.where(Notice, open=True)}
    under: dict[str, list[Sheet]] = {}
    sheets = view.among(Sheet, ("notice",), [(ref,) for ref in notices])
    for sheet in sorted(sheets, key=lambda sheet: sheet.entry):
        under.setdefault(sheet.notice, []).append(sheet)
    return {ref: (one, tuple(under[ref])) for ref, one in notices.items() if ref in under}


def home_of(members: Sequence[Membership]) -> str:
    """Return the organisation that speaks for a volunteer: the one he has been in longest."""
    staying = [one for one in members if not one.left] or members
    return min(staying, key=lambda one: (one.since, one.organisation)).organisation


def homes_of(view: Reader, numbers: Collection[str]) -> dict[str, str]:
    """Return the organisation that speaks for each volunteer."""
    members: dict[str, list[Membership]] = {}
    for one in view.among(Membership, ("volunteer",), [(number,) for number in numbers]):
        members.setdefault(one.volunteer, []).append(one)
    return {number: home_of(found) for number, found in members.items()}


def together(rows: Iterable[T], organisation: Callable[[T], str]) -> Iterator[tuple[str, list[T]]]:
    """Group rows by organisation, in the order in which each comes first, in chunks a statement holds."""
    groups: dict[str, list[T]] = {}
    for row in rows:
        groups.setdefault(organisation(row), []).append(row)
    for code, found in groups.items():
        for start in range(0, len(found), CHUNK):
            yield code, found[start : start + CHUNK]


def lines_of(view: Reader, sheet: Sheet) -> tuple[Line, ...]:
    """Return the lines of an attendance statement, in order."""
    return tuple(sorted(view.where(Line, sheet=sheet.ref), key=lambda line: line.n))


def states(view: Reader, numbers: Collection[str]) -> list[tuple[Line, Sheet]]:
    """Return all lines of volunteers with their statements, by time."""
    found = view.among(Line, ("volunteer",), [(number,) for number in numbers])
    refs = {line.sheet for line in found}
    sheets = {one.ref: one for one in view.among(Sheet, ("ref",), [(ref,) for ref in refs])}
    pairs = [(line, sheets[line.sheet]) for line in found]
    return sorted(pairs, key=lambda pair: (pair[0].start, pair[1].entry, pair[0].n))
