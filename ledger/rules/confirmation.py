"""Confirmation: notice, objection, what a second person lets stand, and what is voided later.

    recorded -> noticed -> confirmed -> void
                noticed -> objected -> excepted -> confirmed by a later notice
    any unconfirmed line -> replaced

Nothing is deleted; only what is confirmed counts (rules 17, 21 to 25). A volunteer's objection to
his own line is `denied`: it is never overruled.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from ledger.book import Book
from ledger.errors import Rejected
from ledger.intervals import minutes_by_day, overlapping
from ledger.kinds import Confirmation, Correction, Head
from ledger.records import Activity, Complaint, Key, Line, Notice, Record, Sheet
from ledger.rows import ConfirmationItem, CorrectionItem, NoticeItem, ObjectionItem
from ledger.rules import achievements, awards
from ledger.rules.authority import LEDGER, check_other_person
from ledger.rules.draft import Draft
from ledger.rules.earnings import earn
from ledger.rules.heard import Heard
from ledger.rules.lines import (
    check_below,
    fewer,
    find_line,
    find_sheet,
    no,
    place,
    superseded,
    too_early,
)
from ledger.times import day_of


def notice(book: Book, head: Head, heard: Heard) -> tuple[Record, ...]:
    """Put attendance up for notice; a statement confirmed before comes back for its exceptions."""
    ref, stamp = heard.ref, heard.stamp
    book.rules_now().check_year(stamp)
    opened = Notice(ref, book.size, head.organisation, stamp, len(heard.items))
    effects: list[Record] = [opened]
    seen: set[str] = set()
    for n, item in enumerate(heard.items):
        assert isinstance(item, NoticeItem)
        if item.attendance is None:
            star = awards.propose(book, head, heard, item, n)
            if star.volunteer in seen:
                raise awards.already(star, n)
            seen.add(star.volunteer)
            effects.append(star)
            continue
        sheet = find_sheet(book, item.attendance, n)
        check_below(book, sheet, head, n)
        if sheet.notice or sheet.ref in seen or not _is_open(book, sheet):
            raise no(
                "notice.state",
                f"attendance {sheet.entry} is under notice, or all of it is settled",
                f"第 {sheet.entry} 条考勤已在公示中，或已全部确认",
                n,
            )
        seen.add(sheet.ref)
        state = "confirmed" if sheet.state == "confirmed" else "noticed"
        effects.append(replace(sheet, notice=ref, state=state))
    return tuple(effects)


def _is_open(book: Book, sheet: Sheet) -> bool:
    """Tell whether a line of the sheet is still to be confirmed, or may be again."""
    return sheet.state != "confirmed" or any(
        line.state == "excepted" for line in book.lines_of(sheet)
    )


def objection(book: Book, head: Head, heard: Heard) -> tuple[Record, ...]:
    """Mark lines as objected to; their time is free until they are settled.

    The volunteer's own objection is heard even after another one: it alone is never overruled.
    """
    effects: dict[tuple[str, int], Record] = {}
    for n, item in enumerate(heard.items):
        assert isinstance(item, ObjectionItem)
        line, sheet = find_line(book, item.line, n)
        check_below(book, sheet, head, n)
        own = item.from_ == line.volunteer
        again = (line.state == "excepted" and sheet.notice) or (own and line.state == "objected")
        open_ = again or book.line_state(line) in ("recorded", "noticed")
        if not open_ or (line.sheet, line.n) in effects:
            raise no(
                "line.state",
                f"the line {place(book, line)} is {book.line_state(line)}; a confirmed line is"
                " voided with `vledger correct`",
                f"记录 {place(book, line)} 的状态不能再提异议；已确认的记录请用 `vledger correct` 更正",
                n,
            )
        effects[line.sheet, line.n] = replace(line, state="denied" if own else "objected")
    return tuple(effects.values())


# --- confirmed ----------------------------------------------------------------------------------


def confirmation(book: Book, head: Confirmation, heard: Heard) -> tuple[Record, ...]:
    """Let lines stand after their notice ran its full working days (rules 17, 21, 22)."""
    book.rules_now().check_year(heard.stamp)
    found = book.find(Notice, head.notice)
    if found is None:
        raise no("notice.unknown", "no such notice", "没有这个公示")
    effects: dict[tuple[str, int], Record] = {}
    standing: dict[str, list[Line]] = {}  # by volunteer, what this confirmation lets stand
    for n, item in enumerate(heard.items):
        assert isinstance(item, ConfirmationItem)
        sheet = _noticed(book, found, heard, item.attendance, n)
        if (sheet.ref, -1) in effects:
            raise _not_under(sheet, n)
        stand, changed = _settled(book, sheet, item, n)
        effects |= {(line.sheet, line.n): line for line in changed}
        for line in stand:
            same = standing.setdefault(line.volunteer, [])
            _check_stands(book, heard.signer, line, same, approved=line.n in item.approved)
            same.append(line)
        first = book.size if sheet.state != "confirmed" else sheet.confirmation
        effects[sheet.ref, -1] = replace(sheet, state="confirmed", notice="", confirmation=first)
        if stand:
            effects[f"activity {sheet.activity}", 0] = _held(book, sheet, n)
    effects[found.ref, -1] = fewer(found, len(heard.items))
    draft = Draft(book, heard.ref, heard.stamp)
    earn(draft, (line for lines in standing.values() for line in lines), standing=True)
    return (*effects.values(), *draft.records)


def _noticed(book: Book, found: Notice, heard: Heard, attendance: str, n: int) -> Sheet:
    """Return attendance that is under the notice, long enough, and was recorded by another."""
    sheet = find_sheet(book, attendance, n)
    check_below(book, sheet, heard.statement.head, n)
    if sheet.notice != found.ref:
        raise _not_under(sheet, n)
    _check_notice_days(book, found, sheet, heard.stamp)
    what = ("the recorder", "记录人")
    check_other_person(heard.signer, sheet.person, what=what, item=n)
    return sheet


def _not_under(sheet: Sheet, n: int) -> Rejected:
    return no(
        "notice.state",
        f"attendance {sheet.entry} is not under this notice",
        f"第 {sheet.entry} 条考勤不在此公示中",
        n,
    )


def _held(book: Book, sheet: Sheet, n: int) -> Activity:
    """Return the activity as it is once a line of it stands: it took place, and changes no more."""
    activity = _activity(book, sheet)
    if activity.cancelled:
        raise no(
            "activity.cancelled",
            f"the activity {activity.code} was cancelled; except the lines of attendance {sheet.entry}",
            f"活动 {activity.code} 已取消，第 {sheet.entry} 条考勤的记录须列为例外",
            n,
        )
    return replace(activity, settled=True)


def _activity(book: Book, sheet: Sheet) -> Activity:
    activity = book.find(Activity, sheet.activity)
    assert activity  # no attendance was admitted without it
    return activity


def _settled(
    book: Book, sheet: Sheet, item: ConfirmationItem, n: int
) -> tuple[list[Line], list[Line]]:
    """Return the lines that this confirmation lets stand, and those that it changes by themselves."""
    excepted = set(item.except_)
    beyond = max((*item.except_, *item.approved, 0)) >= sheet.count
    if beyond or list(item.except_) != sorted(excepted):
        raise no("line.unknown", "an exception names no line", "例外所指的记录不存在", n)
    first, stand, changed = sheet.state != "confirmed", list[Line](), list[Line]()
    for line in book.lines_of(sheet):
        decided = (first and not line.state) or line.state in ("excepted", "objected")
        if line.n not in excepted and line.state in ("objected", "denied", "replaced", "void"):
            raise no(
                "line.state",
                f"the line {place(book, line)} is {line.state} and must be excepted",
                f"记录 {place(book, line)} 有异议或已作废、被替换，须列为例外",
                n,
            )
        if decided and line.n in excepted:
            changed.append(replace(line, state="excepted"))
        elif decided and first:  # a line stands as its statement does, and is itself as it was
            stand.append(line)
        elif decided:
            stand.append(replace(line, state="", confirmation=book.size))
    return stand, changed + ([] if first else stand)


def _check_stands(book: Book, by: Key, line: Line, same: Sequence[Line], *, approved: bool) -> None:
    """Raise `Rejected` unless a line can stand; `same` are the volunteer's lines before it here."""
    check_other_person(by, line.volunteer, what=("the volunteer", "该志愿者"), item=line.n)
    near = book.lines_near(line.volunteer, line.start, line.end, but=(line.sheet, line.n))
    others = [other for other in near if other.live]
    # While it was objected to, its time was free for another line.
    if other := overlapping(line, [*others, *same]):
        assert isinstance(other, Line)
        raise no(
            "time.overlap",
            f"the line {place(book, line)} overlaps {place(book, other)} now; except it",
            f"记录 {place(book, line)} 与 {place(book, other)} 时间重叠，请列为例外",
            line.n,
        )
    counted = [o for o in others if book.line_state(o) == "confirmed"]
    _check_limits(book, by, line, [*counted, *same], approved=approved)


def _check_limits(
    book: Book, by: Key, line: Line, counted: Sequence[Line], *, approved: bool
) -> None:
    """Rule 17: above 8 h a day only if approved, above 12 h only by a confirmer from above."""
    rules = book.rules_on(day_of(line.start))
    if not counted and line.minutes <= min(rules.day_limit, rules.day_ceiling):
        return  # nearly every line; what follows would say the same
    totals = minutes_by_day(line)
    for other in {(o.sheet, o.n): o for o in counted}.values():
        for day, minutes in minutes_by_day(other).items():
            if day in totals:
                totals[day] += minutes
    most = max(totals.values())
    if most > rules.day_limit and not approved:
        raise no(
            "time.needs_approval",
            f"the line {place(book, line)} brings {line.volunteer} to {most} min that day, above"
            f" {rules.day_limit}; name it with --approve, or --except it",
            f"记录 {place(book, line)} 使 {line.volunteer} 当日达 {most} 分钟，超过 {rules.day_limit}"
            " 分钟，须用 --approve 逐条批准，或用 --except 列为例外",
            line.n,
        )
    if most > rules.day_ceiling:
        _check_from_above(book, by, line, most)


def _check_from_above(book: Book, by: Key, line: Line, most: int) -> None:
    sheet = find_sheet(book, line.sheet, line.n)
    above = book.above(sheet.organisation)
    if by.organisation != LEDGER and by.organisation not in (above[1:] or above):
        ceiling = book.rules_on(day_of(line.start)).day_ceiling
        raise no(
            "not_authorised",
            f"the line {place(book, line)} brings {line.volunteer} to {most} min that day, above"
            f" {ceiling}: a confirmer appointed above {sheet.organisation} must approve",
            f"记录 {place(book, line)} 使 {line.volunteer} 当日达 {most} 分钟，超过 {ceiling}"
            f" 分钟，须由 {sheet.organisation} 上级组织的确认人批准",
            line.n,
        )


def _check_notice_days(book: Book, found: Notice, sheet: Sheet, stamp: str) -> None:
    due = book.rules_on(day_of(_activity(book, sheet).end)).notice_days
    passed = book.rules_now().working_days(day_of(found.stamp), day_of(stamp), most=due)
    if passed < due:
        raise too_early(book, day_of(found.stamp), passed, due)


# --- void ---------------------------------------------------------------------------------------


def correction(book: Book, head: Correction, heard: Heard) -> tuple[Record, ...]:
    """Void confirmed lines, or take back trainings and honours (rules 24, 25).

    Certificates that rest on them are superseded.
    """
    effects: dict[tuple[str, int], Record] = {}
    voided: list[Line] = []
    for n, item in enumerate(heard.items):
        assert isinstance(item, CorrectionItem)
        if achievement := achievements.taken_back(book, heard, item.line, n):
            if item.line in effects:
                raise achievements.taken_before(achievement, n)
            effects[item.line] = achievement
        else:
            line = _voided(book, heard, item, n, again=item.line in effects)
            effects[item.line] = replace(line, state="void", voided=book.size)
            voided.append(line)
        for certificate in superseded(book, item.line, day_of(heard.stamp)):
            effects[certificate.ref, -1] = certificate
    draft = Draft(book, heard.ref, heard.stamp)
    earn(draft, voided, standing=False)
    stars = awards.review(book, voided, book.size)
    return (
        *effects.values(),
        *draft.records,
        *stars,
        *_complaints(book, head, voided, heard.stamp),
    )


def _voided(book: Book, heard: Heard, item: CorrectionItem, n: int, *, again: bool) -> Line:
    """Return a confirmed line that the signer may void, not named before in the statement."""
    line, sheet = find_line(book, item.line, n)
    check_below(book, sheet, heard.statement.head, n)
    check_other_person(heard.signer, sheet.person, what=("the recorder", "记录人"), item=n)
    check_other_person(heard.signer, line.volunteer, what=("the volunteer", "该志愿者"), item=n)
    if again or book.line_state(line) != "confirmed":
        raise _not_voidable(book, line, n)
    return line


def _not_voidable(book: Book, line: Line, n: int) -> Rejected:
    if line.state == "void" or book.line_state(line) == "confirmed":  # or it comes twice
        en, zh = "is void already", "已经作废"
    else:
        en, zh = (
            "is not confirmed; an unconfirmed one is objected to",
            "尚未确认；未确认的记录请用 `vledger object` 提出异议",
        )
    at = place(book, line)
    return no("line.state", f"the line {at} {en}", f"记录 {at} {zh}", n)


def _complaints(
    book: Book, head: Correction, voided: Sequence[Line], stamp: str
) -> tuple[Record, ...]:
    """Return the complaints that were upheld, if that is why lines are void: one a volunteer."""
    about = dict.fromkeys(line.volunteer for line in voided) if head.reason == "complaint" else ()
    return tuple(Complaint(number, book.size, day_of(stamp)) for number in about)
