"""Service lines: recorded, put up for notice, objected to, confirmed, corrected (rules 13 to 25).

    recorded -> noticed -> confirmed -> void
                noticed -> objected -> excepted -> confirmed by a later notice
    any unconfirmed line -> replaced

Nothing is deleted; only what is confirmed counts. A volunteer's objection to his own line is
`denied`: it is never overruled.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from ledger.book import Activity, Book, Key, Line, Notice, Record, Sheet, Volunteer
from ledger.errors import Rejected
from ledger.intervals import Presence, Window, check_day, credit, minutes_by_day, overlapping
from ledger.rules.authority import LEDGER, check_other_person, within
from ledger.statements import (
    Attendance,
    AttendanceItem,
    Confirmation,
    ConfirmationItem,
    CorrectionItem,
    Head,
    Item,
    NoticeItem,
    ObjectionItem,
)
from ledger.times import day_of, later

# --- recorded -----------------------------------------------------------------------------------


def attendance(
    book: Book, by: Key, head: Attendance, items: tuple[Item, ...], ref: str, stamp: str
) -> tuple[Record, ...]:
    """Take in a sheet of lines: each is credited as *How a row is judged* says."""
    book.rules_now().check_year(stamp)
    activity = _activity(book, head)
    late = is_late(book, activity, stamp)
    sheet = Sheet(
        ref, book.size, head.organisation, activity.code, by.person, stamp, len(items), late=late
    )
    rows: list[AttendanceItem] = [item for item in items if isinstance(item, AttendanceItem)]
    assert len(rows) == len(items)
    gone = {row.replaces for row in rows if row.replaces}
    effects: list[Record] = [sheet]
    lines: dict[str, list[Line]] = {}
    for n, row in enumerate(rows):
        check_other_person(by, row.volunteer, what=(f"row {n + 1}", f"第 {n + 1} 行的志愿者"), item=n)
        check_active(book, row.volunteer, activity.organisation, row.start, n)
        _check_class(head, activity, row, n, late=late)
        line = Line(ref, n, row.volunteer, row.start, row.end, row.minutes, row.class_)
        _check_time(book, activity, row, n, stamp)
        earlier = lines.setdefault(row.volunteer, [])
        _check_free(book, line, earlier, gone)
        earlier.append(line)
        effects.append(line)
        if row.replaces:
            effects += _replaced(book, row, activity, n)
    if len(gone) != sum(1 for row in rows if row.replaces):
        raise _no("line.state", "two rows replace one line", "两行替换同一条记录")
    return tuple(effects)


def is_late(book: Book, activity: Activity, stamp: str) -> bool:
    """Tell whether attendance stamped then is past the tenth working day (rule 20)."""
    most = book.rules_on(day_of(activity.end)).late_days
    after, through = day_of(activity.end), day_of(later(stamp, days=1))
    return book.rules_now().working_days(after, through, most=most + 1) > most


def best_class(activity: Activity, *, late: bool) -> str:
    """Return the best evidence class that lines of the activity can have."""
    return "C" if late else activity.best


def check_active(book: Book, number: str, organisation: str, start: str, n: int | None = None) -> None:
    """Raise `Rejected` unless the volunteer is registered and had not left when service began."""
    volunteer = book.find(Volunteer, number)
    if volunteer is None:
        raise _no("volunteer.unknown", f"{number} is not registered", f"志愿者 {number} 未登记", n)
    members = book.memberships(number)
    here = [m for m in members if m.organisation == organisation]
    staying = [m for m in here or members if not m.left or m.left > start]
    if volunteer.state != "active" or not staying:
        raise _no(
            "volunteer.not_active",
            f"{number} had left before {start}, or may not be recorded any more",
            f"志愿者 {number} 在 {start} 前已退出，或资料已删除、限制使用",
            n,
        )


def _activity(book: Book, head: Attendance) -> Activity:
    activity = book.find(Activity, head.activity)
    if activity is None or activity.organisation != head.organisation:
        raise _no(
            "activity.unknown",
            f"{head.organisation} has no activity {head.activity}; import it first",
            f"{head.organisation} 没有活动 {head.activity}，请先导入活动",
        )
    if activity.cancelled:
        raise _no("activity.cancelled", f"{head.activity} was cancelled", f"活动 {head.activity} 已取消")
    return activity


def _check_class(head: Attendance, activity: Activity, row: AttendanceItem, n: int, *, late: bool) -> None:
    best = best_class(activity, late=late)
    if row.class_ != "L" and row.class_ < best:
        raise _no(
            "evidence.too_strong",
            f"row {n + 1} states class {row.class_}, but at best {best} is possible: the sheet is"
            " late, or the activity was published or moved after it began",
            f"第 {n + 1} 行填报证据等级 {row.class_}，但最高只能为 {best}：补录已逾期，"
            "或活动在开始后才发布或更改",
            n,
        )
    if row.class_ == "C" and head.reason is None:
        raise _no(
            "evidence.reason_missing",
            f"row {n + 1}: class C needs a reason; add --reason",
            f"第 {n + 1} 行：C 级记录须说明理由，请加 --reason",
            n,
        )


def _check_time(book: Book, activity: Activity, row: AttendanceItem, n: int, stamp: str) -> None:
    window = Window(activity.start, activity.end)
    presence = Presence(row.arrived, row.left, None)
    rules = book.rules_on(day_of(row.start))
    with _at_row(n):
        due = credit(presence, window, rules, stamp, old=row.class_ == "L")
    if (row.start, row.end) != (due.start, due.end) or row.minutes > due.minutes:
        raise _no(
            "time.exceeds_interval",
            f"row {n + 1}: {row.start} to {row.end}, {row.minutes} min is not what is due:"
            f" {due.start} to {due.end}, {due.minutes} min",
            f"第 {n + 1} 行：{row.start} 至 {row.end} {row.minutes} 分钟，"
            f"应为 {due.start} 至 {due.end} {due.minutes} 分钟",
            n,
        )


def _check_free(
    book: Book, line: Line, earlier: Sequence[Line], gone: set[tuple[str, int]]
) -> None:
    near = book.lines_near(line.volunteer, line.start, line.end)
    taken = [o for o in near if o.live and (o.sheet, o.n) not in gone] + list(earlier)
    if other := overlapping(line, taken):
        assert isinstance(other, Line)
        same = other.sheet == line.sheet and (other.start, other.end) == (line.start, line.end)
        raise _no(
            "time.duplicate" if same else "time.overlap",
            f"row {line.n + 1}: {line.volunteer} has {other.start} to {other.end} already"
            f" ({place(book, other)})",
            f"第 {line.n + 1} 行：{line.volunteer} 在 {other.start} 至 {other.end} 已有记录"
            f"（{place(book, other)}）",
            line.n,
        )
    with _at_row(line.n):
        check_day(line, taken)


@contextmanager
def _at_row(n: int) -> Iterator[None]:
    try:
        yield
    except Rejected as error:
        raise _no(error.code, error.en, error.zh, n) from error


def _replaced(book: Book, row: AttendanceItem, activity: Activity, n: int) -> list[Record]:
    assert row.replaces
    old, sheet = find_line(book, row.replaces, n)
    if old.volunteer != row.volunteer or sheet.activity != activity.code:
        raise _no(
            "line.state",
            f"row {n + 1} replaces a line of another volunteer or activity",
            f"第 {n + 1} 行所替换的是另一志愿者或另一活动的记录",
            n,
        )
    state = book.line_state(old)
    if state in ("confirmed", "replaced"):
        raise _no(
            "line.state",
            f"row {n + 1}: the line {place(book, old)} is {state}; a confirmed line is corrected first",
            f"第 {n + 1} 行：记录 {place(book, old)} 已{'确认，请先更正作废' if state == 'confirmed' else '被替换'}",
            n,
        )
    return [] if state == "void" else [replace(old, state="replaced")]


# --- noticed, objected to -----------------------------------------------------------------------


def notice(book: Book, head: Head, items: tuple[Item, ...], ref: str, stamp: str) -> tuple[Record, ...]:
    """Put attendance up for notice; a statement confirmed before comes back for its exceptions."""
    book.rules_now().check_year(stamp)
    effects: list[Record] = [Notice(ref, book.size, head.organisation, stamp, len(items))]
    seen: set[str] = set()
    for n, item in enumerate(items):
        assert isinstance(item, NoticeItem)
        sheet = find_sheet(book, item.attendance, n)
        _check_below(book, sheet, head, n)
        open_again = any(line.state == "excepted" for line in book.lines_of(sheet))
        if sheet.notice or sheet.ref in seen or (sheet.state == "confirmed" and not open_again):
            raise _no(
                "notice.state",
                f"attendance {sheet.entry} is under notice, or all of it is settled",
                f"第 {sheet.entry} 条考勤已在公示中，或已全部确认",
                n,
            )
        seen.add(sheet.ref)
        state = "confirmed" if sheet.state == "confirmed" else "noticed"
        effects.append(replace(sheet, notice=ref, state=state))
    return tuple(effects)


def objection(book: Book, head: Head, items: tuple[Item, ...]) -> tuple[Record, ...]:
    """Mark lines as objected to; their time is free until they are settled.

    The volunteer's own objection is heard even after another one: it alone is never overruled.
    """
    effects: dict[tuple[str, int], Record] = {}
    for n, item in enumerate(items):
        assert isinstance(item, ObjectionItem)
        line, sheet = find_line(book, item.line, n)
        _check_below(book, sheet, head, n)
        own = item.from_ == line.volunteer
        again = (line.state == "excepted" and sheet.notice) or (own and line.state == "objected")
        open_ = again or book.line_state(line) in ("recorded", "noticed")
        if not open_ or (line.sheet, line.n) in effects:
            raise _no(
                "line.state",
                f"the line {place(book, line)} is {book.line_state(line)}; a confirmed line is"
                " voided with `vledger correct`",
                f"记录 {place(book, line)} 的状态不能再提异议；已确认的记录请用 `vledger correct` 更正",
                n,
            )
        effects[line.sheet, line.n] = replace(line, state="denied" if own else "objected")
    return tuple(effects.values())


# --- confirmed ----------------------------------------------------------------------------------


def confirmation(
    book: Book, by: Key, head: Confirmation, items: tuple[Item, ...], stamp: str
) -> tuple[Record, ...]:
    """Let lines stand after their notice ran its full working days (rules 17, 21, 22)."""
    book.rules_now().check_year(stamp)
    found = book.find(Notice, head.notice)
    if found is None:
        raise _no("notice.unknown", "no such notice", "没有这个公示")
    effects: dict[tuple[str, int], Record] = {}
    standing: list[Line] = []
    for n, item in enumerate(items):
        assert isinstance(item, ConfirmationItem)
        sheet = find_sheet(book, item.attendance, n)
        _check_below(book, sheet, head, n)
        if sheet.notice != head.notice or (sheet.ref, -1) in effects:
            raise _no(
                "notice.state",
                f"attendance {sheet.entry} is not under this notice",
                f"第 {sheet.entry} 条考勤不在此公示中",
                n,
            )
        _check_notice_days(book, found, sheet, stamp)
        check_other_person(
            by, sheet.person, what=("the recorder", "记录人"), item=n
        )
        changed = _settled(book, sheet, item, n)
        for line in changed:
            effects[line.sheet, line.n] = line
        stand = [line for line in changed if line.live]
        _check_standing(book, by, sheet, item, stand, standing)
        standing += stand
        first = book.size if sheet.state != "confirmed" else sheet.confirmation
        effects[sheet.ref, -1] = replace(
            sheet, state="confirmed", notice="", confirmation=first
        )
        if stand:
            effects[f"activity {sheet.activity}", 0] = _held(book, sheet, n)
    waiting = found.waiting - len(items)
    effects[found.ref, -1] = replace(found, waiting=waiting, open=waiting > 0)
    return tuple(effects.values())


def _held(book: Book, sheet: Sheet, n: int) -> Activity:
    """Return the activity as it is once a line of it stands: it took place, and changes no more."""
    activity = book.find(Activity, sheet.activity)
    assert activity
    if activity.cancelled:
        raise _no(
            "activity.cancelled",
            f"the activity {activity.code} was cancelled; except the lines of attendance {sheet.entry}",
            f"活动 {activity.code} 已取消，第 {sheet.entry} 条考勤的记录须列为例外",
            n,
        )
    return replace(activity, settled=True)


def _settled(book: Book, sheet: Sheet, item: ConfirmationItem, n: int) -> list[Line]:
    """Return the lines that this confirmation decides about, in their new state."""
    excepted = set(item.except_)
    beyond = max((*item.except_, *item.approved, 0)) >= sheet.count
    if beyond or list(item.except_) != sorted(excepted):
        raise _no("line.unknown", "an exception names no line", "例外所指的记录不存在", n)
    first, changed = sheet.state != "confirmed", []
    for line in book.lines_of(sheet):
        decided = (first and not line.state) or line.state in ("excepted", "objected")
        if line.n not in excepted and line.state in ("objected", "denied", "replaced", "void"):
            raise _no(
                "line.state",
                f"the line {place(book, line)} is {line.state} and must be excepted",
                f"记录 {place(book, line)} 有异议或已作废、被替换，须列为例外",
                n,
            )
        if decided and line.n in excepted:
            changed.append(replace(line, state="excepted"))
        elif decided:
            late = book.size if not first else line.confirmation
            changed.append(replace(line, state="", confirmation=late))
    return changed


def _check_standing(
    book: Book,
    by: Key,
    sheet: Sheet,
    item: ConfirmationItem,
    stand: Sequence[Line],
    before: Sequence[Line],
) -> None:
    mine: dict[str, list[Line]] = {}
    for line in before:
        mine.setdefault(line.volunteer, []).append(line)
    for line in stand:
        check_other_person(
            by,
            line.volunteer,
            what=(f"the line {place(book, line)}", f"记录 {place(book, line)} 的志愿者"),
            item=line.n,
        )
        near = book.lines_near(line.volunteer, line.start, line.end)
        others = [o for o in near if o.live and (o.sheet, o.n) != (line.sheet, line.n)]
        same = mine.setdefault(line.volunteer, [])
        if other := overlapping(line, [*others, *same]):  # its time was free while it was objected to
            assert isinstance(other, Line)
            raise _no(
                "time.overlap",
                f"the line {place(book, line)} overlaps {place(book, other)} now; except it",
                f"记录 {place(book, line)} 与 {place(book, other)} 时间重叠，请列为例外",
                line.n,
            )
        counted = [o for o in others if book.line_state(o) == "confirmed"]
        _check_limits(book, by, sheet, line, counted + same, approved=line.n in item.approved)
        same.append(line)


def _check_limits(
    book: Book, by: Key, sheet: Sheet, line: Line, counted: Sequence[Line], *, approved: bool
) -> None:
    """Rule 17: above 8 h a day only if approved, above 12 h only by a confirmer from above."""
    rules = book.rules_on(day_of(line.start))
    totals = minutes_by_day(line)
    for other in {(o.sheet, o.n): o for o in counted}.values():
        for day, minutes in minutes_by_day(other).items():
            if day in totals:
                totals[day] += minutes
    most = max(totals.values())
    if most > rules.day_limit and not approved:
        raise _no(
            "time.needs_approval",
            f"the line {place(book, line)} brings {line.volunteer} to {most} min that day, above"
            f" {rules.day_limit}; name it with --approve, or --except it",
            f"记录 {place(book, line)} 使 {line.volunteer} 当日达 {most} 分钟，超过 {rules.day_limit}"
            " 分钟，须用 --approve 逐条批准，或用 --except 列为例外",
            line.n,
        )
    if most > rules.day_ceiling and not _from_above(book, by, sheet):
        raise _no(
            "not_authorised",
            f"the line {place(book, line)} brings {line.volunteer} to {most} min that day, above"
            f" {rules.day_ceiling}: a confirmer appointed above {sheet.organisation} must approve",
            f"记录 {place(book, line)} 使 {line.volunteer} 当日达 {most} 分钟，超过 {rules.day_ceiling}"
            f" 分钟，须由 {sheet.organisation} 上级组织的确认人批准",
            line.n,
        )


def _from_above(book: Book, by: Key, sheet: Sheet) -> bool:
    above = book.above(sheet.organisation)
    return by.organisation == LEDGER or by.organisation in (above[1:] or above)


def _check_notice_days(book: Book, found: Notice, sheet: Sheet, stamp: str) -> None:
    due = book.rules_on(day_of(sheet.stamp)).notice_days
    passed = book.rules_now().working_days(day_of(found.stamp), day_of(stamp), most=due)
    if passed < due:
        raise _no(
            "notice.too_early",
            f"the notice of {day_of(found.stamp)} has run {passed} full working days of {due}",
            f"{day_of(found.stamp)} 的公示只满 {passed} 个工作日，须满 {due} 个",
        )


# --- void ---------------------------------------------------------------------------------------


def correction(book: Book, by: Key, head: Head, items: tuple[Item, ...]) -> tuple[Record, ...]:
    """Void confirmed lines; certificates that rest on them are superseded (rules 24, 25)."""
    effects: dict[tuple[str, int], Record] = {}
    for n, item in enumerate(items):
        assert isinstance(item, CorrectionItem)
        line, sheet = find_line(book, item.line, n)
        _check_below(book, sheet, head, n)
        check_other_person(by, sheet.person, what=("the recorder", "记录人"), item=n)
        check_other_person(by, line.volunteer, what=("the volunteer", "该志愿者"), item=n)
        if book.line_state(line) != "confirmed" or (line.sheet, line.n) in effects:
            raise _no(
                "line.state",
                f"the line {place(book, line)} is not confirmed; an unconfirmed one is objected to",
                f"记录 {place(book, line)} 尚未确认；未确认的记录请用 `vledger object` 提出异议",
                n,
            )
        effects[line.sheet, line.n] = replace(line, state="void")
        for certificate in book.certificates_of(line):
            if certificate.state == "valid":
                effects[certificate.ref, -1] = replace(certificate, state="superseded")
    return tuple(effects.values())


# --- finding lines ------------------------------------------------------------------------------


def find_sheet(book: Book, ref: str, n: int) -> Sheet:
    """Return the attendance statement with that ref, or raise `Rejected`."""
    if sheet := book.find(Sheet, ref):
        return sheet
    raise _no("attendance.unknown", f"no attendance {ref}", f"没有考勤记录 {ref}", n)


def find_line(book: Book, line: tuple[str, int], n: int) -> tuple[Line, Sheet]:
    """Return the line `[ref, n]` and its statement, or raise `Rejected`."""
    sheet = find_sheet(book, line[0], n)
    if found := book.find(Line, *line):
        return found, sheet
    raise _no(
        "line.unknown", f"no line {sheet.entry}:{line[1] + 1}", f"没有记录 {sheet.entry}:{line[1] + 1}", n
    )


def place(book: Book, line: Line) -> str:
    """Name a line as people write it: `ENTRY:ROW`, rows from 1."""
    sheet = book.find(Sheet, line.sheet)
    return f"{sheet.entry if sheet else book.size}:{line.n + 1}"


def _check_below(book: Book, sheet: Sheet, head: Head, n: int) -> None:
    if not within(book, sheet.organisation, head.organisation):
        raise _no(
            "not_authorised",
            f"attendance {sheet.entry} is of {sheet.organisation}, not below {head.organisation}",
            f"第 {sheet.entry} 条考勤属于 {sheet.organisation}，不在 {head.organisation} 之下",
            n,
        )


def _no(code: str, en: str, zh: str, item: int | None = None) -> Rejected:
    return Rejected(code, en=en, zh=zh, item=item)

