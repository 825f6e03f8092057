"""Attendance: which lines a sheet may record, and with which class of evidence (rules 13 to 20)."""

from collections.abc import Sequence

from msgspec.structs import replace

from ledger.book import Book
from ledger.errors import Rejected
from ledger.intervals import Presence, Window, check_day, credit, overlapping
from ledger.kinds import Attendance
from ledger.records import Activity, Line, Membership, Record, Sheet, Volunteer
from ledger.rows import AttendanceItem
from ledger.rules.authority import check_other_person
from ledger.rules.heard import Heard
from ledger.rules.lines import find_line, no, place
from ledger.times import day_of, later, shown


def attendance(book: Book, head: Attendance, heard: Heard) -> tuple[Record, ...]:
    """Take in a sheet of lines: each is credited as *How a row is judged* says."""
    by, ref, stamp = heard.signer, heard.ref, heard.stamp
    book.rules_now().check_year(stamp)
    activity = _activity(book, head)
    window = Window(activity.start, activity.end)
    late = is_late(book, activity, stamp)
    rows = [item for item in heard.items if isinstance(item, AttendanceItem)]
    sheet = Sheet(
        ref, book.size, head.organisation, activity.code, by.person, stamp, len(rows), late=late
    )
    gone = {row.replaces for row in rows if row.replaces}
    effects: list[Record] = [sheet]
    lines: dict[str, list[Line]] = {}
    for n, row in enumerate(rows):
        check_other_person(by, row.volunteer, what=("the volunteer", "该志愿者"), item=n)
        check_active(book, row.volunteer, activity.organisation, row.start, n)
        _check_class(head, activity, row, n, late=late)
        line = Line(
            ref, n, row.volunteer, row.start, row.end, row.minutes, row.class_, row.rating or 0
        )
        _check_time(book, window, row, n, stamp)
        earlier = lines.setdefault(row.volunteer, [])
        _check_free(book, line, earlier, gone)
        earlier.append(line)
        effects.append(line)
        if row.replaces:
            effects += _replaced(book, row, activity, n)
    if len(gone) != sum(1 for row in rows if row.replaces):
        raise no("line.state", "two rows replace one line", "两行替换同一条记录")
    return tuple(effects)


def is_late(book: Book, activity: Activity, stamp: str) -> bool:
    """Tell whether attendance stamped then is past the tenth working day (rule 20)."""
    most = book.rules_on(day_of(activity.end)).late_days
    after, through = day_of(activity.end), day_of(later(stamp, days=1))
    return book.rules_now().working_days(after, through, most=most + 1) > most


def best_class(activity: Activity, *, late: bool) -> str:
    """Return the best evidence class that lines of the activity can have."""
    return "C" if late else activity.best


def check_active(
    book: Book, number: str, organisation: str, start: str, n: int | None = None
) -> None:
    """Raise `Rejected` unless the volunteer is registered and had not left when service began."""
    volunteer = book.find(Volunteer, number)
    if volunteer is None:
        raise no("volunteer.unknown", f"{number} is not registered", f"志愿者 {number} 未登记", n)
    here = book.find(Membership, number, organisation)
    members = (here,) if here else book.memberships(number)
    staying = [member for member in members if not member.left or member.left > start]
    if volunteer.state != "active" or not staying:
        raise no(
            "volunteer.not_active",
            f"{number} had left before {shown(start)}, or may not be recorded any more",
            f"志愿者 {number} 在 {shown(start)} 前已退出，或资料已删除、限制使用",
            n,
        )


def _activity(book: Book, head: Attendance) -> Activity:
    activity = book.find(Activity, head.activity)
    if activity is None or activity.organisation != head.organisation:
        raise no(
            "activity.unknown",
            f"{head.organisation} has no activity {head.activity}; import it first",
            f"{head.organisation} 没有活动 {head.activity}，请先导入活动",
        )
    if activity.cancelled:
        raise no(
            "activity.cancelled", f"{head.activity} was cancelled", f"活动 {head.activity} 已取消"
        )
    return activity


def _check_class(
    head: Attendance, activity: Activity, row: AttendanceItem, n: int, *, late: bool
) -> None:
    best = best_class(activity, late=late)
    if row.class_ != "L" and row.class_ < best:
        raise no(
            "evidence.too_strong",
            f"row {n + 1} states class {row.class_}, but at best {best} is possible: the sheet is"
            " late, or the activity was published or moved after it began",
            f"第 {n + 1} 行填报证据等级 {row.class_}，但最高只能为 {best}：补录已逾期，"
            "或活动在开始后才发布或更改",
            n,
        )
    if row.class_ == "C" and head.reason is None:
        raise no(
            "evidence.reason_missing",
            f"row {n + 1}: class C needs a reason; add --reason",
            f"第 {n + 1} 行：C 级记录须说明理由，请加 --reason",
            n,
        )


def _check_time(book: Book, window: Window, row: AttendanceItem, n: int, stamp: str) -> None:
    presence = Presence(row.arrived, row.left)
    rules = book.rules_on(day_of(row.start))
    try:
        due = credit(presence, window, rules, stamp, old=row.class_ == "L")
    except Rejected as error:
        raise no(error.code, error.en, error.zh, n) from error
    if (row.start, row.end) != (due.start, due.end) or row.minutes > due.minutes:
        raise no(
            "time.exceeds_interval",
            f"row {n + 1}: {shown(row.start)} to {shown(row.end)}, {row.minutes} min is not what is due:"
            f" {shown(due.start)} to {shown(due.end)}, {due.minutes} min",
            f"第 {n + 1} 行：{shown(row.start)} 至 {shown(row.end)} {row.minutes} 分钟，"
            f"应为 {shown(due.start)} 至 {shown(due.end)} {due.minutes} 分钟",
            n,
        )


def _check_free(
    book: Book, line: Line, earlier: Sequence[Line], gone: set[tuple[str, int]]
) -> None:
    near = book.lines_near(line.volunteer, line.start, line.end)
    if not near and not earlier:
        return
    taken = [o for o in near if o.live and (o.sheet, o.n) not in gone] + list(earlier)
    if other := overlapping(line, taken):
        assert isinstance(other, Line)
        same = other.sheet == line.sheet and (other.start, other.end) == (line.start, line.end)
        raise no(
            "time.duplicate" if same else "time.overlap",
            f"row {line.n + 1}: {line.volunteer} has {shown(other.start)} to {shown(other.end)} already"
            f" ({place(book, other)})",
            f"第 {line.n + 1} 行：{line.volunteer} 在 {shown(other.start)} 至 {shown(other.end)} 已有记录"
            f"（{place(book, other)}）",
            line.n,
        )
    try:
        check_day(line, taken)
    except Rejected as error:
        raise no(error.code, error.en, error.zh, line.n) from error


def _replaced(book: Book, row: AttendanceItem, activity: Activity, n: int) -> list[Record]:
    assert row.replaces
    old, sheet = find_line(book, row.replaces, n)
    if old.volunteer != row.volunteer or sheet.activity != activity.code:
        raise no(
            "line.state",
            f"row {n + 1} replaces a line of another volunteer or activity",
            f"第 {n + 1} 行所替换的是另一志愿者或另一活动的记录",
            n,
        )
    state = book.line_state(old)
    if state in ("confirmed", "replaced"):
        raise no(
            "line.state",
            f"row {n + 1}: the line {place(book, old)} is {state}; a confirmed line is corrected first",
            f"第 {n + 1} 行：记录 {place(book, old)} 已{'确认，请先更正作废' if state == 'confirmed' else '被替换'}",
            n,
        )
    return [] if state == "void" else [replace(old, state="replaced")]
