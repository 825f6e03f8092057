"""Attendance: from a sign-in sheet to a signed statement, and what mends a line later."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any

from ledger import kinds
from ledger.desk import register
from ledger.desk.office import (
    CHUNK,
    Office,
    Place,
    achievement_at,
    activity_row,
    book_of,
    commit,
    items_of,
    line_at,
    lines_of,
    parse_place,
    registered,
)
from ledger.desk.register import EarlierLines, Register
from ledger.desk.registering import File, Imported, tables_of
from ledger.errors import LedgerError, Rejected
from ledger.log import Receipt
from ledger.records import Activity, Key, Notice, Sheet
from ledger.rows import AttendanceItem
from ledger.rules.attendance import best_class, is_late
from ledger.sheets import attendance
from ledger.sheets.columns import Columns
from ledger.sheets.earlier import Case, Evidence, ServiceRow
from ledger.sheets.layout import Table
from ledger.sheets.problems import Judged
from ledger.store.reading import Reader
from ledger.times import day_of, minutes_between
from ledger.wants import Wants


@dataclass(frozen=True, slots=True)
class Wish:
    """What the organiser says about a sheet besides the sheet."""

    activity: str | None = None
    evidence: Evidence = "B"
    reason: str = ""
    attachments: tuple[File, ...] = ()
    notice: bool = False
    dry: bool = False


@dataclass(frozen=True, slots=True)
class Attended:
    """What became of a sheet for one activity: where its lines stand, and the class they have."""

    activity: str
    class_: Evidence
    judged: Judged[ServiceRow]
    receipts: tuple[Receipt, ...] = ()
    late: bool = False
    error: LedgerError | None = None  # why nothing of it was judged or recorded

    def places(self) -> dict[int, Place]:
        """Return the line that each row of data became."""
        found: dict[int, Place] = {}
        for start, receipt in enumerate(self.receipts):
            rows = self.judged.good[start * CHUNK : (start + 1) * CHUNK]
            found |= {row.row: (receipt.index, n + 1) for n, row in enumerate(rows)}
        return found


def attend(
    office: Office, file: File, columns: Columns, wish: Wish
) -> tuple[Imported[ServiceRow], tuple[Attended, ...]]:
    """Judge every sheet of a file and record the good rows, activity by activity, each by itself."""
    tables = tables_of(file, "attendance", columns)
    found: list[Attended] = []
    for table in tables:
        with office.store.reading() as view:
            parts = attendance.by_activity(table, wish.activity, file.name, _Codes(view))
        for code, part in parts.items():
            try:
                found.append(office.made_anew(partial(_attend, office, file, code, part, wish)))
            except LedgerError as error:
                found.append(Attended(code, wish.evidence, Judged(), error=error))
    imported = Imported(tables, tuple(one.judged for one in found), dry=wish.dry)
    return imported, tuple(found)


class _Codes:
    """The activities' codes, asked one by one."""

    def __init__(self, view: Reader) -> None:
        self._view = view

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and self._view.find(Activity, code) is not None


def _attend(office: Office, file: File, code: str, table: Table, wish: Wish) -> Attended:
    with office.store.reading() as view:
        activity = view.find(Activity, code)
        if activity is None:
            return Attended(code, wish.evidence, attendance.unknown(table, code))
        book = book_of(view, Wants(activities={code}))
        book.rules_now().check_year(office.now)
        late = is_late(book, activity, office.now)
        class_ = _class(activity, wish, late=late)
        case = Case(
            activity=register.activity(activity_row(view, activity), activity),
            rules=book.rules_on(day_of(activity.start)),
            stamp=office.now,
            recorder=recorder(view, office, activity.organisation),
            evidence=class_,
        )
        people, lines = Register(view, office.vault), EarlierLines(view, case.activity)
        people.expect(register.asked(table))
        judged = attendance.judge(table, case, people, lines)
    receipts: tuple[Receipt, ...] = ()
    if judged.good and not wish.dry:
        if class_ == "C" and not wish.reason:
            raise _needs_reason(activity, late=late)
        receipts = _record(office, file, case, judged.good, wish)
    return Attended(code, class_, judged, receipts, late)


def _class(activity: Activity, wish: Wish, *, late: bool) -> Evidence:
    """Return the class asked for, or the best that is possible if that is less."""
    best = best_class(activity, late=late)
    if wish.evidence == "L" or wish.evidence >= best:
        return wish.evidence
    return "C" if best == "C" else "B"


def _needs_reason(activity: Activity, *, late: bool) -> Rejected:
    why = ("it is past the tenth working day", "已超过 10 个工作日")
    if not late:
        why = (
            "the activity was published after its start, or class C was asked for",
            "活动开始后才发布，或选择了 C 级",
        )
    return Rejected(
        "evidence.reason_missing",
        en=f"attendance of {activity.code} can only be class C ({why[0]}); say why with --reason",
        zh=f"活动 {activity.code} 的考勤只能记为 C 级（{why[1]}），请用 --reason 说明理由",
    )


def recorder(view: Reader, office: Office, organisation: str) -> str:
    """Return the person behind the key that records for an organisation here."""
    key = view.find(Key, office.pens("recorder", organisation).by)
    return key.person if key else ""


def _record(
    office: Office, file: File, case: Case, rows: Sequence[ServiceRow], wish: Wish
) -> tuple[Receipt, ...]:
    source = commit(office, "source", f"{file.name} {sha256(file.data).hexdigest()}")
    reason = commit(office, "reason", wish.reason) if wish.reason else None
    attached = tuple(
        commit(office, "attachment", f"{one.name} {sha256(one.data).hexdigest()}")
        for one in wish.attachments
    )
    pen = office.pens("recorder", case.activity.organisation)
    letters = [
        pen.write(
            kinds.Attendance,
            case.activity.organisation,
            [_item(row, case.evidence) for row in rows[start : start + CHUNK]],
            activity=case.activity.code,
            source=source,
            reason=reason,
            attachments=attached or None,
        )
        for start in range(0, len(rows), CHUNK)
    ]
    return office.send_all(letters)


def _item(row: ServiceRow, class_: Evidence) -> dict[str, Any]:
    return {
        "volunteer": row.volunteer,
        "start": row.start,
        "end": row.end,
        "minutes": row.minutes,
        "class": class_,
        "arrived": row.arrived,
        "left": row.left,
        "rating": row.rating,
    }


# --- what mends a line --------------------------------------------------------------------------


def object_to(office: Office, line: str, why: str, number: str | None) -> Receipt | None:
    """Object to a line; `number` is the volunteer's, if a volunteer objects."""
    with office.store.reading() as view:
        found, sheet = line_at(view, parse_place(line))
    if found.state == "denied" or (found.state == "objected" and number != found.volunteer):
        raise Rejected(
            "line.state",
            en=f"{line} is objected to already: it will be excepted when its notice is closed",
            zh=f"记录 {line} 已有异议，公示结束时将不予确认，无须再次提出",
        )
    row = _about(office, (found.sheet, found.n), found.volunteer, why, number)
    return office.say("officer", kinds.Objection, sheet.organisation, [row])


def correct(office: Office, line: str, why: str, number: str | None) -> str:
    """Void a confirmed line, or take a training or an honour back; return which of them it was."""
    place = parse_place(line)
    with office.store.reading() as view:
        if achievement := achievement_at(view, place):
            kind, organisation = achievement.kind, achievement.organisation
            ref, n, about = achievement.ref, achievement.n, achievement.volunteer
        else:
            found, sheet = line_at(view, place)
            kind, organisation = "line", sheet.organisation
            ref, n, about = found.sheet, found.n, found.volunteer
    row = _about(office, (ref, n), about, why, number)
    reason = "requested" if number else "error"
    office.say("confirmer", kinds.Correction, organisation, [row], reason=reason)
    return kind


@dataclass(frozen=True, slots=True)
class Mending:
    """What is to stand instead of a line; what is not given stays."""

    minutes: int | None = None
    start: str | None = None
    end: str | None = None


def replace_line(office: Office, line: str, why: str, mending: Mending) -> Receipt | None:
    """Record the line that is to stand instead of a void or unconfirmed one."""
    with office.store.reading() as view:
        found, sheet = line_at(view, parse_place(line))
        old = items_of(view, sheet.entry)[found.n]
        assert isinstance(old, AttendanceItem)
        activity = view.find(Activity, sheet.activity)
        assert activity
        late = is_late(book_of(view, Wants()), activity, office.now)
    item = _mended(old, mending)
    class_ = max(old.class_, best_class(activity, late=late)) if old.class_ != "L" else "L"
    item |= {"class": class_, "replaces": [found.sheet, found.n]}
    return office.say(
        "recorder",
        kinds.Attendance,
        sheet.organisation,
        [item],
        activity=sheet.activity,
        reason=commit(office, "reason", why, [found.volunteer]),
    )


def _mended(old: AttendanceItem, mending: Mending) -> dict[str, Any]:
    item = {name: value for name, value in old.form().items() if name not in ("salt", "replaces")}
    if mending.start or mending.end:
        start, end = mending.start or old.start, mending.end or old.end
        item |= {"start": start, "end": end, "arrived": start, "left": end}
        item["minutes"] = max(minutes_between(start, end), 0)
    if mending.minutes is not None:
        item["minutes"] = mending.minutes
    if item["minutes"] <= 0 or item["minutes"] > minutes_between(item["start"], item["end"]):
        raise Rejected(
            "time.exceeds_interval",
            en=f"{item['minutes']} min do not fit between {item['start']} and {item['end']}",
            zh=f"{item['minutes']} 分钟与起止时间 {item['start']} 至 {item['end']} 不符",
        )
    return item


def _about(
    office: Office, row: tuple[str, int], volunteer: str, why: str, number: str | None
) -> dict[str, Any]:
    if number:
        with office.store.reading() as view:
            registered(view, number)
    reason = commit(office, "reason", why, [volunteer])
    return {"line": [*row], "reason": reason, "from": number}


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Attendance of an activity that nobody has confirmed yet, and its notice if it is under one."""

    entry: int
    lines: int
    notice: int | None


def cancel(office: Office, code: str) -> tuple[Unsettled, ...]:
    """Cancel an activity; return what was recorded of it and can stand no more."""
    with office.store.reading() as view:
        activity = view.find(Activity, code)
        if activity is None:
            raise Rejected(
                "activity.unknown", en=f"there is no activity {code}", zh=f"没有活动 {code}"
            )
        found = tuple(_unsettled(view, sheet) for sheet in view.where(Sheet, activity=code))
    office.say("recorder", kinds.Cancellation, activity.organisation, activity=activity.code)
    return tuple(one for one in found if one.lines)


def _unsettled(view: Reader, sheet: Sheet) -> Unsettled:
    notice = view.find(Notice, sheet.notice) if sheet.notice else None
    waiting = [] if sheet.state == "confirmed" else [x for x in lines_of(view, sheet) if x.live]
    return Unsettled(sheet.entry, len(waiting), notice.entry if notice else None)
