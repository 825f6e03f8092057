"""Activity plans judged (rules 8 to 11 of RULES.md)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from ledger.errors import Rejected
from ledger.intervals import Window
from ledger.sheets import moments, values
from ledger.sheets.cells import Cell, blank, plain, shown
from ledger.sheets.known import Activity, Organisation, People
from ledger.sheets.layout import Note, Row, Table
from ledger.sheets.organisations import resolved
from ledger.sheets.problems import Judged, Marks, Problem, gathered, problem
from ledger.times import instant, minutes_between, moment

_YEAR = 366 * 24 * 60  # minutes
_NIGHT = 16 * 60  # the longest shift that an end without date may make
_NONE = "无"
_NO_SERVICE = ("职务行为", "会议", "团建", "研学旅游", "商业")
_ALLOWED = ("补贴", "补助")  # necessary subsidies are no payment (Order 67)


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """An activity to record; `leader_number` is given if exactly one active person fits."""

    row: int
    sheet_row: int
    activity: Activity
    leader_number: str
    changed: bool


def judge(
    table: Table,
    organisations: Mapping[str, Organisation],
    known: Mapping[str, Activity],
    people: People,
) -> Judged[ActivityRow]:
    """Return activities to record, those recorded before, and one reason for each other row."""
    good: dict[str, ActivityRow] = {}
    already: list[int] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for row in table.rows:
        marks = Marks(row)
        found = _activity(marks, organisations)
        if found.code in seen:
            en = f"the code stands in row {seen[found.code]} above; delete or correct one"
            zh = f"编号与第{seen[found.code]}行重复，请删除或改正其一"
            marks.fault("id.duplicate", "code", en, zh)
        worst = marks.worst()
        if worst is not None:
            problems.append(problem(table, row, worst))
            continue
        seen[found.code] = row.row
        made = _row(row, found, people, changed=found.code in known)
        if _same(made, known.get(found.code)):
            already.append(row.row)
        else:
            good[found.code] = made
    notes = gathered((*table.notes, *_notes(table)))
    return Judged(tuple(good.values()), tuple(already), tuple(problems), notes)


def _activity(marks: Marks, organisations: Mapping[str, Organisation]) -> Activity:
    name = marks.need("name", values.text, "")
    if "补录" in plain(name):
        en = "an activity is named by what is done; late hours are sent as attendance of class C"
        zh = "活动名称不得含“补录”，请填写实际活动；补登时长请按 C 类证据提交签到表"
        marks.fault("field.unreadable", "name", en, zh)
    organisation = marks.need("organisation", values.text, "")
    code = resolved(organisation, organisations)
    if organisation and not code:
        en = "no such organisation; import it first or correct the code"
        zh = "没有这个组织，请先导入组织或改正编号"
        marks.fault("organisation.unknown", "organisation", en, zh)
    _check_nature(marks)
    return Activity(
        code=marks.need("code", values.code, ""),
        name=name,
        organisation=code,
        window=_window(marks),
        category=marks.read("category", values.text, "") or _NONE,
        place=marks.need("place", values.text, ""),
        content=marks.need("content", values.text, ""),
        leader=marks.need("leader", values.name, ""),
        hazard=marks.read("hazard", _hazardous, empty=False),
    )


def _window(marks: Marks) -> Window:
    on = marks.read("day", moments.day, "")
    start = marks.need("start", lambda cell: moments.full(cell, on), "")
    end = marks.need("end", lambda cell: _end(cell, start), "")
    if not start or not end:
        return Window(start, end)
    minutes = minutes_between(start, end)
    if minutes <= 0:
        en = f"the end {end[:16]} is not after the start {start[:16]}; correct the times"
        zh = f"结束时间 {end[:16]} 不晚于开始时间 {start[:16]}，请改正"
        marks.fault("time.reversed", "end", en, zh)
    if minutes > _YEAR:
        en, zh = "an activity lasts a year at most; divide it", "活动最长一年，请拆分"
        marks.fault("time.too_long", "end", en, zh)
    return Window(start, end)


def _end(cell: Cell, start: str) -> str:
    """Return the end; one without date is on the day of the start, or in the night after it."""
    if not start:
        return ""
    found = moments.full(cell, start[:10])
    if found <= start and not _dated(cell):
        following = instant(moment(found) + timedelta(days=1))
        return following if minutes_between(start, following) <= _NIGHT else found
    return found


def _dated(cell: Cell) -> bool:
    try:
        moments.full(cell)
    except Rejected:
        return False
    return True


def _hazardous(cell: Cell) -> bool:
    return plain(shown(cell)) == "高风险" or values.yes(cell)


def _check_nature(marks: Marks) -> None:
    nature = marks.read("nature", values.text, "")
    if any(word in plain(nature) for word in _NO_SERVICE):
        en = "declared as something that is not volunteer service (Order 67 Art 19); leave it out"
        zh = "所填性质不属于志愿服务（民政部令第67号第十九条），不予记录"
        marks.fault("activity.not_service", "nature", en, zh)
    cell = marks.row.cells.get("pay", "")
    if not blank(cell) and marks.read("pay", _paid, empty=False):
        en = "paid beyond necessary subsidies: not volunteer service; leave it out"
        marks.fault("activity.paid", "pay", en, "报酬超出必要补贴，不属于志愿服务，不予记录")


def _paid(cell: Cell) -> bool:
    text = plain(values.text(cell)).casefold()
    if any(word in text for word in _ALLOWED) or text in ("0元", "0.0", "0.00", "无偿", "无报酬"):
        return False
    if any(sign in "123456789" for sign in text):
        return True
    return values.yes(cell)


def _row(row: Row, found: Activity, people: People, *, changed: bool) -> ActivityRow:
    fitting = [
        person.number
        for person in people.by_name(found.leader)
        if found.organisation in person.organisations and person.active(found.window.start)
    ]
    number = fitting[0] if len(fitting) == 1 else ""
    return ActivityRow(row.row, row.sheet_row, found, number, changed)


def _same(made: ActivityRow, known: Activity | None) -> bool:
    """Tell whether nothing is new; the leader may be known by number or by name."""
    if known is None:
        return False
    leaders = (made.activity.leader, made.leader_number)
    mine, held = made.activity, known
    fields = ("name", "organisation", "window", "category", "place", "content", "hazard")
    same = all(getattr(mine, field) == getattr(held, field) for field in fields)
    return same and known.leader in leaders and not known.cancelled


def _notes(table: Table) -> Iterator[Note]:
    if "category" not in table.fields:
        yield Note(0, "no column for category: recorded as none", "没有服务类别栏，记为“无”")
