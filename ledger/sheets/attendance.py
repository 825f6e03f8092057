"""Sign-in sheets judged: who was where and when, or why a row does not count."""

import re
import unicodedata
from collections.abc import Callable, Container
from dataclasses import replace

from ledger.errors import Rejected
from ledger.intervals import Credit, Presence, credit
from ledger.sheets import moments, persons, values
from ledger.sheets.cells import Cell, blank, plain, shown
from ledger.sheets.earlier import Case, Seen, ServiceRow, against_lines
from ledger.sheets.identity import age
from ledger.sheets.known import Lines, People, Person
from ledger.sheets.layout import Note, Row, Table
from ledger.sheets.problems import Judged, Marks, Problem, gathered, problem, whole

_ADULT = 18
_CODE = r"([A-Za-z0-9._-]{1,32})"
_TITLE = re.compile(
    rf"(?:活动(?:编号|编码|代码)\s*:?|activity(?: code)?\s*:)\s*{_CODE}", re.IGNORECASE
)
_STEM = re.compile(_CODE)


def activity_code(table: Table, given: str | None, filename: str, known: Container[str]) -> str:
    """Return which activity a sheet is for, or "" where each row names its own.

    The option, else 活动编号 in a line above the headings, else a column, else the file's name.
    """
    if given:
        return given
    for line in table.above:
        if found := _TITLE.search(unicodedata.normalize("NFKC", line)):
            return found[1]
    if "activity" in table.fields:
        return ""
    if code := _named_by(filename, known):
        return code
    raise Rejected(
        "activity.unknown",
        en=f"{filename}: no activity is named; add a line 活动编号：… above the headings,"
        " or give --activity",
        zh=f"{filename}：未注明活动，请在表头上方加一行“活动编号：…”，或使用 --activity",
    )


def by_activity(
    table: Table, given: str | None, filename: str, known: Container[str]
) -> dict[str, Table]:
    """Split a sheet by activity, rows keeping their numbers; "" holds rows that name none."""
    code = activity_code(table, given, filename, known)
    if code:
        return {code: table}
    groups: dict[str, list[Row]] = {}
    for row in table.rows:
        groups.setdefault(_named(row) or _named_by(filename, known), []).append(row)
    return {found: replace(table, rows=tuple(rows)) for found, rows in groups.items()}


def unknown(table: Table, code: str) -> Judged[ServiceRow]:
    """Refuse every row of a table for an activity that nobody has published."""
    en, zh = "no activity is named; fill in its code", "未注明活动，请填写活动编号"
    if code:
        en = f"no activity {code} is published; import it first or correct the code"
        zh = f"没有编号为 {code} 的活动，请先导入活动或改正编号"
    return Judged(problems=whole(table, "activity.unknown", en, zh))


def judge(table: Table, case: Case, people: People, lines: Lines) -> Judged[ServiceRow]:
    """Return the rows that count, those said before, and one reason for each of the others."""
    if case.activity.cancelled:
        en, zh = "the activity was cancelled", "活动已取消"
        return Judged(problems=whole(table, "activity.cancelled", en, zh))
    reader = _Reader(table, case, people)
    seen = tuple(filter(None, map(reader.read, table.rows)))
    earlier = lines({one.person.number for one in seen})
    good, already, refused = against_lines(table, case, seen, earlier)
    problems = sorted((*reader.problems, *refused), key=lambda found: found.row)
    notes = gathered((*table.notes, *reader.notes))
    return Judged(good, already, tuple(problems), notes)


class _Reader:
    """Reads rows one by one, keeping what is wrong with each and what should be known."""

    def __init__(self, table: Table, case: Case, people: People) -> None:
        self.table, self.case, self.people = table, case, people
        self.around = moments.Around.window(case.activity.window, case.rules.grace)
        self.timed = bool({"arrived", "left"} & table.fields.keys())
        self.problems: list[Problem] = []
        self.notes: list[Note] = []

    def read(self, row: Row) -> Seen | None:
        """Return what a row says, or None after keeping its problem."""
        marks = Marks(row)
        asked = persons.asked(marks)
        presence = self._presence(marks)
        rating = self._rating(marks)
        person = self._person(marks, asked, presence)
        worth = self._worth(marks, presence)
        worst = marks.worst()
        if worst is not None:
            self.problems.append(problem(self.table, row, worst))
        if worst is not None or person is None or worth is None:
            return None
        return Seen(row, person, presence, worth, rating)

    def _presence(self, marks: Marks) -> Presence:
        on = marks.read("day", moments.day, "")
        arrived = self._time(marks, "arrived", lambda c: moments.arrival(c, self.around, on))
        left = self._time(marks, "left", lambda c: moments.leaving(c, self.around, on))
        stated = marks.read("hours", values.hours, 0) or marks.read("minutes", values.minutes, 0)
        return Presence(arrived, left, stated or None)

    def _time(self, marks: Marks, field: str, parse: Callable[[Cell], moments.Found]) -> str | None:
        if not self.timed:
            return None
        if not marks.given(field):
            en = "the time is missing; ask the leader and fill it in"
            marks.fault("time.missing", field, en, "缺少时间，请向负责人核实后填写")
            return None
        found = marks.read(field, parse, None)
        if found is not None and found.afternoon:
            column = self.table.column(field)
            en = f"{column}: an hour without 上午 or 下午 was read as the afternoon"
            self.notes.append(Note(marks.row.row, en, f"“{column}”未写上午下午，按下午读取"))
        return found.instant if found else None

    def _rating(self, marks: Marks) -> int | None:
        cell = marks.row.cells.get("rating", "")
        try:
            return None if blank(cell) else values.rating(cell)
        except Rejected as error:
            en, zh = f"the rating is left out: {error.en}", f"评价未录入：{error.zh}"
            self.notes.append(Note(marks.row.row, en, zh))
            return None

    def _person(self, marks: Marks, asked: persons.Asked, presence: Presence) -> Person | None:
        if asked == persons.Asked() or marks.row.damage is not None:
            return None
        window, team = self.case.activity.window, self.case.activity.organisation
        when = max(presence.arrived or window.start, window.start)
        try:
            person = persons.find(asked, self.people, team, when)
        except Rejected as error:
            marks.reject(asked.field, error)
            return None
        if person.number == self.case.recorder:
            en = "the recorder's own row must be sent by another recorder"
            marks.fault("four_eyes", asked.field, en, "记录人本人的记录须由另一名记录人提交")
        if self.case.activity.hazard and person.born and age(person.born, when[:10]) < _ADULT:
            en = f"under {_ADULT}, and the activity is marked 高风险; the row cannot count"
            zh = f"未满 {_ADULT} 周岁，不得参加高风险活动，本行不予记录"
            marks.fault("volunteer.minor_hazard", asked.field, en, zh)
        return person

    def _worth(self, marks: Marks, presence: Presence) -> Credit | None:
        if any(fault.code.startswith("time.") for fault in marks.faults):
            return None
        rules, stamp = self.case.rules, self.case.stamp
        old = self.case.evidence == "L"
        try:
            return credit(presence, self.case.activity.window, rules, stamp, old=old)
        except Rejected as error:
            in_hours = error.code == "time.exceeds_interval"
            stated = "hours" if marks.given("hours") else "minutes"
            field = stated if in_hours else _blamed(presence, self.case)
            marks.reject(field, _with_remedy(error))
            return None


def _named_by(filename: str, known: Container[str]) -> str:
    """Return the known activity that a file's name is or begins with, "" if there is none."""
    stem = re.split(r"[/\\]", filename)[-1].rpartition(".")[0] or filename
    begin = _STEM.match(unicodedata.normalize("NFKC", stem))
    names = (stem, begin[1] if begin else "")
    return next((name for name in names if name and name in known), "")


def _named(row: Row) -> str:
    cell = row.cells.get("activity", "")
    return "" if blank(cell) else plain(shown(cell))


def _blamed(presence: Presence, case: Case) -> str:
    """Return the field to look at first: the time that lies outside, else the sign-in."""
    early = presence.arrived is not None and presence.arrived < case.activity.window.start
    late = presence.left is not None and presence.left > case.activity.window.end
    return "left" if late and not early else "arrived"


_REMEDIES = {
    "time.reversed": ("correct the times", "请改正时间"),
    "time.future": ("send the sheet after the service", "请在服务结束后提交"),
    "time.outside_activity": (
        "correct the time, or let the recorder change the activity's times first",
        "请改正时间；如活动时间有变，请先修改活动",
    ),
    "time.too_long": ("write when the person left", "请填写实际离开时间"),
    "time.too_short": (
        "nothing is credited by the rules; correct the times if they are wrong",
        "按规则不予计时；如时间有误请改正",
    ),
    "time.exceeds_interval": ("correct the hours or the times", "请改正时长或签到签退时间"),
}


def _with_remedy(error: Rejected) -> Rejected:
    en, zh = _REMEDIES.get(error.code, ("correct the row", "请改正"))
    return Rejected(error.code, en=f"{error.en}; {en}", zh=f"{error.zh}，{zh}")
