"""Public notice: opened with masked names, closed by a second person after its working days."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ledger import kinds
from ledger.desk.office import Office, Place, book_of, line_at, lines_of, open_notices, place_of
from ledger.errors import LedgerError, Rejected
from ledger.records import Activity, Key, Line, Notice, Sheet
from ledger.sheets.identity import masked_name
from ledger.store.reading import Reader
from ledger.times import day_of
from ledger.wants import Wants

UNPUBLISHED = "未公布"
_LAST = 4  # digits of the number that let two 张* find themselves
_BY_STATE = {
    "objected": ("objected to", "有异议"),
    "denied": ("denied by the volunteer", "本人异议"),
    "replaced": ("replaced", "已替换"),
    "void": ("void", "已作废"),
}
_NAMED = ("named with --except", "按 --except 列出")
_OWN = ("the confirmer's own", "确认人本人的记录")

Why = tuple[str, str]  # in English and in Chinese


@dataclass(frozen=True, slots=True)
class Posted:
    """One line of the list to pin up: nothing in it names a person in full."""

    place: str
    name: str
    number: str
    activity: str
    title: str
    day: str
    minutes: int
    class_: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A notice that is open, or prepared (no entry yet): its list, until when, and for whom."""

    entry: int | None
    organisation: str
    closes: str
    rows: tuple[Posted, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """What became of closing a notice: confirmed, or why not."""

    notice: int
    entry: int | None = None
    confirmed: int = 0
    excepted: Mapping[Place, Why] = field(default_factory=dict)
    error: LedgerError | None = None
    activities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exceptions:
    """Lines that the confirmer excepts, and lines above the day's limit that he approves."""

    except_: frozenset[Place] = frozenset()
    approved: frozenset[Place] = frozenset()


def waiting(view: Reader) -> tuple[Sheet, ...]:
    """Return the attendance that is recorded and not yet under notice."""
    return tuple(view.where(Sheet, state="recorded"))


def open_notice(office: Office, entries: Collection[int] | None) -> tuple[Opened, ...]:
    """Open a notice for attendance entries, or for all that waits; one an organisation."""
    with office.store.reading() as view:
        sheets = waiting(view) if entries is None else tuple(_sheet(view, at) for at in entries)
    groups: dict[str, list[Sheet]] = {}
    for sheet in sorted(sheets, key=lambda sheet: sheet.entry):
        groups.setdefault(sheet.organisation, []).append(sheet)
    return tuple(_open(office, organisation, found) for organisation, found in groups.items())


def _open(office: Office, organisation: str, sheets: Sequence[Sheet]) -> Opened:
    posted = _posted(office, sheets)  # first: a notice without its list would be none
    rows = [{"attendance": sheet.ref} for sheet in sheets]
    receipt = office.say("recorder", kinds.Notice, organisation, rows)
    with office.store.reading() as view:
        closes = closing_day(view, day_of(office.now), sheets)
    return Opened(receipt.index if receipt else None, organisation, closes, posted)


def under_notice(office: Office, entries: Collection[int] | None = None) -> tuple[Opened, ...]:
    """Return the lists of the notices that are open: of all, or of those meant by entries."""
    with office.store.reading() as view:
        held = {notice.entry: (notice, sheets) for notice, sheets in open_notices(view).values()}
        wanted = held if entries is None else {_notice_entry(held, at) for at in entries}
        closes = {at: closing_day(view, day_of(held[at][0].stamp), held[at][1]) for at in wanted}
    return tuple(
        Opened(at, held[at][0].organisation, closes[at], _posted(office, held[at][1]))
        for at in sorted(wanted)
    )


def is_open(office: Office, entry: int) -> bool:
    """Tell whether a notice is open under that entry, or one for the attendance in it."""
    with office.store.reading() as view:
        return any(
            entry == notice.entry or any(entry == sheet.entry for sheet in sheets)
            for notice, sheets in open_notices(view).values()
        )


def _posted(office: Office, sheets: Collection[Sheet]) -> tuple[Posted, ...]:
    """Return the list that a notice puts up."""
    with office.store.reading() as view:
        pairs = [(sheet, line) for sheet in sheets for line in lines_of(view, sheet)]
        pairs = [(sheet, line) for sheet, line in pairs if _shown(sheet, line)]
        codes = {(sheet.activity,) for sheet in sheets}
        titles = {one.code: one.name for one in view.among(Activity, ("code",), [*codes])}
    people = masked(office, {line.volunteer for _, line in pairs})
    return tuple(
        Posted(
            place_of(sheet, line),
            *people[line.volunteer],
            activity=sheet.activity,
            title=titles[sheet.activity],
            day=day_of(line.start),
            minutes=line.minutes,
            class_=line.class_,
        )
        for sheet, line in pairs
    )


def closing_day(view: Reader, opened: str, sheets: Iterable[Sheet]) -> str:
    """Return the first day on which a notice of sheets may be closed; `未公布` where no calendar says.

    How many days it runs, the rules of the days of service say; which days are working days, the
    newest calendar.
    """
    book = book_of(view, Wants(activities={sheet.activity for sheet in sheets}))
    ended = [day_of(activity.end) for activity in book.all(Activity)]
    try:
        days = max((book.rules_on(day).notice_days for day in ended), default=None)
        return book.rules_now().closing_day(opened, days)
    except Rejected:
        return UNPUBLISHED


def when(closes: str) -> tuple[str, str]:
    """Say from when a notice may be closed; where no calendar says, what is to be done."""
    if closes == UNPUBLISHED:
        return (
            "add the working days (`vledger rules calendar FILE`) to know when it may be closed",
            "尚无工作日安排，不知何时可以确认：请先用 `vledger rules calendar 文件` 补充",
        )
    return f"it may be closed from {closes}", f"{closes} 起可以确认"


def due(view: Reader, now: str) -> tuple[Notice, ...]:
    """Return the open notices that may be closed."""
    found = open_notices(view).values()
    return tuple(
        one for one, sheets in found if closing_day(view, day_of(one.stamp), sheets) <= day_of(now)
    )


def close_notices(
    office: Office, entries: Collection[int] | None, exceptions: Exceptions = Exceptions()
) -> tuple[Closed, ...]:
    """Confirm what stands under notices, or under all that are due; each by itself."""
    with office.store.reading() as view:
        held = {notice.entry: (notice, sheets) for notice, sheets in open_notices(view).values()}
        if entries is None:
            wanted = [notice.entry for notice in due(view, office.now)]
        else:
            wanted = [_notice_entry(held, at) for at in entries]
    return tuple(_close(office, *held[entry], exceptions) for entry in sorted(set(wanted)))


def _close(
    office: Office, notice: Notice, sheets: Sequence[Sheet], exceptions: Exceptions
) -> Closed:
    try:
        pen = office.pens("confirmer", notice.organisation)
        rows, stand = [], 0
        excepted: dict[Place, Why] = {}
        with office.store.reading() as view:
            key = view.find(Key, pen.by)
            person = key.person if key else ""
            for sheet in sheets:
                lines = lines_of(view, sheet)
                out = _excepted(view, sheet, lines, person, exceptions)
                excepted |= {(sheet.entry, n + 1): why for n, why in out.items()}
                approved = sorted(n - 1 for entry, n in exceptions.approved if entry == sheet.entry)
                rows.append({"attendance": sheet.ref, "except": list(out), "approved": approved})
                stand += sum(_newly(sheet, line) for line in lines if line.n not in out)
        letter = pen.write(kinds.Confirmation, notice.organisation, rows, notice=notice.ref)
        receipt = office.send(letter)
    except LedgerError as error:
        return Closed(notice.entry, error=error)
    activities = tuple(dict.fromkeys(sheet.activity for sheet in sheets))
    entry = receipt.index if receipt else None
    return Closed(notice.entry, entry, stand, excepted, activities=activities)


def _excepted(
    view: Reader, sheet: Sheet, lines: Sequence[Line], person: str, exceptions: Exceptions
) -> dict[int, Why]:
    """Return the lines that cannot stand by this person's word, each with the first reason."""
    named = {row - 1 for entry, row in exceptions.except_ if entry == sheet.entry}
    over = _cancelled(view, sheet)
    found = ((line.n, _why_not(line, person, named, over)) for line in lines)
    return {n: why for n, why in found if why}


def _why_not(line: Line, person: str, named: Collection[int], over: Why | None) -> Why | None:
    if line.n in named:
        return _NAMED
    if line.state in _BY_STATE:
        return _BY_STATE[line.state]
    return over or (_OWN if line.volunteer == person else None)


def _cancelled(view: Reader, sheet: Sheet) -> Why | None:
    activity = view.find(Activity, sheet.activity)
    if activity is None or not activity.cancelled:
        return None
    name = f"{activity.code} {activity.name}"
    return f"{name} was cancelled", f"活动 {name} 已取消"


def _newly(sheet: Sheet, line: Line) -> bool:
    """Tell whether a line does not stand yet: a later notice also shows what stands by the first."""
    return line.state == "excepted" or (sheet.state != "confirmed" and not line.state)


def _shown(sheet: Sheet, line: Line) -> bool:
    """Tell whether a notice shows a line: what was objected to since stays on its list."""
    return _newly(sheet, line) or line.state == "objected"


def masked(office: Office, numbers: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return what a public list says of people: the masked name, the last digits of the number."""
    people = office.vault.details_of(numbers)
    return {
        number: (masked_name(people[number].name) if number in people else "*", number[-_LAST:])
        for number in numbers
    }


def _sheet(view: Reader, entry: int) -> Sheet:
    sheet = next(view.where(Sheet, entry=entry), None)
    if sheet is None:
        raise Rejected(
            "attendance.unknown",
            en=f"entry {entry} is no attendance; `vledger status` lists what waits",
            zh=f"第 {entry} 条不是考勤记录；`vledger status` 可查看待办",
        )
    return sheet


def _notice_entry(held: Mapping[int, tuple[Notice, Sequence[Sheet]]], entry: int) -> int:
    """Return the notice meant: by its own entry, or by that of attendance under it."""
    for at, (_, sheets) in held.items():
        if entry == at or any(sheet.entry == entry for sheet in sheets):
            return at
    raise Rejected(
        "notice.unknown",
        en=f"no open notice {entry}; `vledger notice list` lists them",
        zh=f"没有未结束的公示 {entry}；`vledger notice list` 可查看",
    )


def check_line(office: Office, place: Place) -> None:
    """Raise `Rejected` where no line stands at a place."""
    with office.store.reading() as view:
        line_at(view, place)
