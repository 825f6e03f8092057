"""Waiting: what should be done next, by whom, and until when."""

from dataclasses import dataclass

from ledger.book import Book
from ledger.desk import closed, spending, stars
from ledger.desk.erased import not_yet_erased
from ledger.desk.noticing import UNPUBLISHED, closing_day, due, waiting, when
from ledger.desk.office import Office, book_of, open_notices, spans
from ledger.errors import Rejected, Unsafe
from ledger.records import NOBODY, Activity, Key, Line, Organisation, Sheet, Star, Volunteer
from ledger.store.reading import Reader
from ledger.times import day_of, later
from ledger.wants import Wants

_FIRST = {"recorder": "记录人", "confirmer": "确认人"}  # without them nothing begins
_WARN_DAYS = 6  # working days without a confirmation: the certificate people wait for comes late


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that waits."""

    code: str
    en: str
    zh: str
    entries: tuple[int, ...] = ()
    due: str = ""


def waiting_for(office: Office) -> tuple[Task, ...]:
    """Return what waits, the most urgent first."""
    with office.store.reading() as view:
        if not _has_begun(view):
            return (_begin(view),)
        book = book_of(view, Wants())
        return (
            *_to_erase(view, office),
            *_to_close(view, office.now),
            *_to_open(view, book, office.now),
            *_to_register(view),
            *_to_attend(view, book, office.now),
            *_running(view, office.now),
            *_again(view),
            *_to_decide(view, office),
            *_to_settle(view, office.now),
            *_calendar(book, office.now),
            *_to_account(view, office.now),
        )


def _has_begun(view: Reader) -> bool:
    """Tell whether there is a team, or anybody: an association may work without teams below it."""
    teams = any(one.parent for one in view.all(Organisation))
    return teams or any(next(view.where(kind), None) for kind in (Volunteer, Activity))


def _begin(view: Reader) -> Task:
    held = {key.role for key in view.all(Key) if key.until == NOBODY}
    due = [role for role in _FIRST if role not in held]
    en = f"appoint {' and '.join(f'a {role}' for role in due)} (`vledger officer add`), then "
    zh = f"先任命{'和'.join(_FIRST[role] for role in due)}（`vledger officer add`），再"
    return Task(
        "begin",
        f"begin: {en if due else ''}fill in `vledger template organisations -o FILE`,"
        " and import it (`vledger import organisations FILE`)",
        f"起步：{zh if due else ''}用 `vledger template organisations -o 文件` 填写并导入组织"
        "（`vledger import organisations 文件`）",
    )


def _to_register(view: Reader) -> list[Task]:
    """Return what the first week still lacks: people, and something for them to do."""
    tasks = []
    if next(view.where(Volunteer), None) is None:
        tasks.append(
            Task(
                "volunteers.missing",
                "recorder: nobody is registered yet: fill in `vledger template volunteers -o FILE`,"
                " then `vledger import volunteers FILE`",
                "记录人：尚未登记志愿者，请填写 `vledger template volunteers -o 文件` 写出的表，"
                "再 `vledger import volunteers 文件`",
            )
        )
    if next(view.where(Activity), None) is None:
        tasks.append(
            Task(
                "activities.missing",
                "recorder: no activity is planned yet: fill in `vledger template activities -o FILE`"
                " before it starts, then `vledger import activities FILE`",
                "记录人：尚未登记活动，请在活动开始前填写 `vledger template activities -o 文件` 写出的表，"
                "再 `vledger import activities 文件`",
            )
        )
    return tasks


def _to_erase(view: Reader, office: Office) -> list[Task]:
    """Return the erasures that are logged and not carried out in the vault, where there is one."""
    try:
        found = not_yet_erased(view, lambda: office.vault)
    except Unsafe as error:
        if error.code != "vault.missing":
            raise
        return []
    return [
        Task(
            "erasure.unfinished",
            f"operator: {number} is erased in the log and still in the vault:"
            f" `vledger volunteer erase {number}` finishes it",
            f"管理员：账本已记载删除 {number}，但个人信息库中仍有其资料：请 `vledger volunteer erase {number}`",
        )
        for number in found
    ]


def _to_close(view: Reader, now: str) -> list[Task]:
    found = due(view, now)
    if not found:
        return []
    entries = tuple(one.entry for one in found)
    return [
        Task(
            "notice.due",
            f"confirmer: the days of notice {_listed(entries)} are over: `vledger notice close --due`",
            f"确认人：公示 {_listed(entries)} 已期满，请 `vledger notice close --due`",
            entries,
        )
    ]


def _to_open(view: Reader, book: Book, now: str) -> list[Task]:
    found = waiting(view)
    if not found:
        return []
    entries = tuple(sheet.entry for sheet in found)
    oldest = min(day_of(sheet.stamp) for sheet in found)
    late = _passed(book, oldest, now, _WARN_DAYS) >= _WARN_DAYS
    hurry = ("; some wait since " + oldest, f"；最早的自 {oldest} 起等待") if late else ("", "")
    return [
        Task(
            "notice.open",
            f"recorder: attendance {_listed(entries)} is not under notice yet:"
            f" `vledger notice open --all -o FILE`{hurry[0]}",
            f"记录人：考勤 {_listed(entries)} 尚未公示，请 `vledger notice open --all -o 文件`{hurry[1]}",
            entries,
        )
    ]


def _to_attend(view: Reader, book: Book, now: str) -> list[Task]:
    """Activities that ended and have no attendance yet, with the last day for it."""
    over = [one for one in view.all(Activity) if one.end <= now and not one.cancelled]
    codes = [(one.code,) for one in over]
    attended = {row[0] for row in view.picked(Sheet, ("activity",), "activity", codes)}
    found = [(_due(book, day_of(one.end)), one) for one in over if one.code not in attended]
    return [
        _missing(activity, until, day_of(now))
        for until, activity in sorted(found, key=lambda pair: (pair[0], pair[1].code))
    ]


def _missing(activity: Activity, until: str, today: str) -> Task:
    late = (f"in time until {until}", f"{until} 前登记不算逾期")
    if until == UNPUBLISHED:
        late = (
            "add the working days with `vledger rules calendar FILE` to know until when",
            "登记期限须先用 `vledger rules calendar 文件` 补充工作日安排",
        )
    if until < today:
        late = (
            "it is late by now: class C, with --reason",
            "现已逾期，只能记为 C 级，须用 --reason 说明理由",
        )
    name = f"{activity.code} {activity.name}"
    return Task(
        "attendance.missing",
        f"recorder: {name} ended on {day_of(activity.end)} and has no attendance; {late[0]}",
        f"记录人：活动 {name} 已于 {day_of(activity.end)} 结束，尚无考勤；{late[1]}",
        due=until,
    )


def _running(view: Reader, now: str) -> list[Task]:
    tasks = []
    for notice, sheets in open_notices(view).values():
        closes = closing_day(view, day_of(notice.stamp), sheets)
        if closes > day_of(now):
            count = sum(sheet.count for sheet in sheets)
            en, zh = when(closes)
            tasks.append(
                Task(
                    "notice.running",
                    f"notice {notice.entry} runs ({count} lines); {en}",
                    f"公示 {notice.entry}（{count} 条记录）进行中，{zh}",
                    (notice.entry,),
                    closes,
                )
            )
    return tasks


def _again(view: Reader) -> list[Task]:
    """Lines that were excepted: a later notice may let them stand, or a new line replaces them."""
    lines = list(view.where(Line, state="excepted"))
    refs = {line.sheet for line in lines}
    found = [one for one in view.among(Sheet, ("ref",), [(r,) for r in refs]) if not one.notice]
    codes = {one.activity for one in found}
    held = {one.code for one in view.among(Activity, ("code",), [(code,) for code in codes])
            if not one.cancelled}  # fmt: skip
    sheets = {one.ref: one for one in found if one.activity in held}
    places = spans((sheets[x.sheet].entry, x.n + 1) for x in lines if x.sheet in sheets)
    if not places:
        return []
    return [
        Task(
            "line.excepted",
            f"excepted lines {', '.join(places)}: open a new notice for their entry, or replace them",
            f"未确认的记录 {'、'.join(places)}：可对其条目再次公示，或用 `vledger replace` 补正",
            tuple(sorted(sheet.entry for sheet in sheets.values())),
        )
    ]


def _to_decide(view: Reader, office: Office) -> list[Task]:
    """Stars whose notice is over, and those that voided hours have put up for review."""
    tasks = []
    over = [star for star, day in stars.waiting(office) if day <= day_of(office.now)]
    if over:
        tasks.append(
            Task(
                "star.due",
                f"issuer: {len(over)} stars have been under notice long enough: `vledger star grant"
                " --due`, or refuse them",
                f"出证人：{len(over)} 人的星级已公示期满，请 `vledger star grant --due`，或不予授予",
                tuple(sorted({star.entry for star in over})),
            )
        )
    if doubted := [star.volunteer for star in view.where(Star, state="review")]:
        names = ", ".join(doubted[:10])
        tasks.append(
            Task(
                "star.review",
                f"issuer: voided hours leave less than the star takes: {names}; `vledger star withdraw`"
                " or `vledger star grant` (it stands)",
                f"出证人：时长作废后不足所持星级：{names}；请 `vledger star withdraw` 撤销，"
                "或 `vledger star grant` 维持",
            )
        )
    return tasks


def _to_settle(view: Reader, now: str) -> list[Task]:
    """Points and credits that are held: to be settled by another, or run out."""
    holds = spending.open_holds(view)
    late = [hold for hold in holds if hold.until < now]
    tasks = []
    if late:
        tasks.append(
            Task(
                "hold.expired",
                f"recorder: {len(late)} holds have run out: `vledger credit release --expired`",
                f"记录人：{len(late)} 笔保留已到期，请 `vledger credit release --expired`",
                tuple(hold.entry for hold in late),
            )
        )
    if len(holds) > len(late):
        tasks.append(
            Task(
                "hold.open",
                f"confirmer: {len(holds) - len(late)} holds wait to be settled: `vledger credit holds`",
                f"确认人：{len(holds) - len(late)} 笔保留待办结：`vledger credit holds`",
                tuple(hold.entry for hold in holds if hold.until >= now),
            )
        )
    return tasks


def _calendar(book: Book, now: str) -> list[Task]:
    soon = later(now, days=31)[:4]
    if soon in book.rules_now().calendar:
        return []
    return [
        Task(
            "calendar.missing",
            f"operator: the working days of {soon} are not known; add them with"
            " `vledger rules calendar FILE` once the State Council has published them",
            f"管理员：尚无 {soon} 年的工作日安排，国务院公布后请用 `vledger rules calendar 文件` 加入",
        )
    ]


def _to_account(view: Reader, now: str) -> list[Task]:
    """Return the month that is over and whose accounts are not closed yet."""
    month = closed.due(view, now)
    if not month:
        return []
    return [
        Task(
            "closing.due",
            f"operator: {month} is over: `vledger closing make --month {month}` closes its accounts",
            f"管理员：{month} 已结束，请 `vledger closing make --month {month}` 结账",
        )
    ]


def _due(book: Book, ended: str) -> str:
    try:
        return book.rules_now().attendance_due(ended, book.rules_on(ended).late_days)
    except Rejected:
        return UNPUBLISHED


def _passed(book: Book, since: str, now: str, most: int) -> int:
    try:
        return book.rules_now().working_days(since, day_of(now), most=most)
    except Rejected:
        return 0


def _listed(entries: tuple[int, ...]) -> str:
    return ", ".join(map(str, entries))
