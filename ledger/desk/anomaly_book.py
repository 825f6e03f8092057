"""The report of an examination as a workbook: findings that lead to their lines, and charts beside them.

A finding's cell leads to the first of its lines, and a line's to its finding, so that an auditor can
tick both off. The charts are the spreadsheet program's own.
"""

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import xlsxwriter

from ledger.anomalies.records import count
from ledger.desk.anomalies import (
    MOST,
    Examined,
    by_pattern,
    limits,
    named,
    pick,
    sentence,
    unjudged,
)
from ledger.encoding import base64
from ledger.errors import Lang
from ledger.sheets.lists import wide
from ledger.times import shown

Words = tuple[str, str]  # English, Chinese
_FONT = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
_A4 = 9
_LINKS = 65_000  # of a worksheet; Excel takes 65,530
_LINE_HEIGHT = 15  # points
_SPANS = 12  # that a finding's cell names
_HOURS, _DAYS = 24, 31
_FINDINGS: Words = ("Findings", "发现")
_LINES: Words = ("Lines", "记录明细")
_SUMMARY: Words = ("Summary", "总览")
_CHARTS: Words = ("Charts", "图表")


class Column(NamedTuple):
    """A column: what it is called, and how many characters wide it is."""

    name: Words
    width: int


_SUMMARY_COLUMNS = (
    Column(("Pattern", "项目"), 26), Column(("Found", "发现"), 8), Column(("Goes by", "判断标准"), 60),
    Column(("Why it is doubtful", "为什么可疑"), 60), Column(("May be honest", "可能的正常原因"), 46),
    Column(("Cannot be judged here", "此处无法判断"), 40),
)  # fmt: skip
_FINDING_COLUMNS = (
    Column(("No", "序号"), 6), Column(("Pattern", "项目"), 22), Column(("What was seen", "情况"), 70),
    Column(("Lines", "记录编号"), 26), Column(("How many", "条数"), 8),
    Column(("Explained", "核实情况"), 24), Column(("Looked at by, on", "核查人、日期"), 18),
)  # fmt: skip
_LINE_COLUMNS = (
    Column(("Finding", "发现序号"), 9), Column(("Line", "记录编号"), 12),
    Column(("Volunteer", "志愿者"), 16), Column(("Organisation", "组织"), 10),
    Column(("Activity", "活动"), 30), Column(("From", "开始"), 17), Column(("To", "结束"), 17),
    Column(("Minutes", "分钟"), 8), Column(("Class", "等级"), 6),
    Column(("Signed in", "签到"), 17), Column(("Signed out", "签退"), 17),
    Column(("Recorded", "登记时间"), 17), Column(("Recorder", "记录人"), 16),
)  # fmt: skip


def book(found: Examined, lang: Lang) -> bytes:
    """Return the report as an .xlsx file."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as made:
        _Writer(made, found, lang).write()
    return out.getvalue()


class _Writer:
    """Writes the four sheets of one workbook."""

    def __init__(self, made: Any, found: Examined, lang: Lang) -> None:
        self._made, self._found, self._lang = made, found, lang
        self._cell = made.add_format({**_FONT, "border": 1, "text_wrap": True})
        self._link = made.add_format({**_FONT, "border": 1, "text_wrap": True, "underline": 1})
        self._head = made.add_format({**_FONT, "border": 1, "bold": True, "bg_color": "#EEEEEE"})
        self._title = made.add_format({**_FONT, "bold": True, "font_size": 16})
        self._note = made.add_format({**_FONT, "font_color": "#555555"})

    def write(self) -> None:
        summary, findings, lines = map(self._sheet, (_SUMMARY, _FINDINGS, _LINES))
        self._write_summary(summary)
        self._write_findings(findings, self._write_lines(lines))
        _Charts(self._made, self._found, self._lang).write()

    def _pick(self, words: Words) -> str:
        return pick(words, self._lang)

    def _sheet(self, name: Words) -> Any:
        sheet = self._made.add_worksheet(self._pick(name))
        sheet.set_paper(_A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C&P / &N")
        return sheet

    def _write_summary(self, sheet: Any) -> None:
        report, checkpoint = self._found.report, self._found.checkpoint
        title = ("What to look at in this ledger", "账本异常检查")
        sheet.write_string(0, 0, self._pick(title), self._title)
        root, size = base64(checkpoint.root), checkpoint.size
        about = (
            f"{checkpoint.origin}, checkpoint {size}, root {root}, {report.lines} lines",
            f"{checkpoint.origin}，检查点 {size}，树根 {root}，记录 {report.lines} 条",
        )
        sheet.write_string(1, 0, self._pick(about), self._note)
        top = self._header(sheet, 3, _SUMMARY_COLUMNS)
        for at, (pattern, found) in enumerate(by_pattern(report), top):
            going_by = "\n".join(map(str, limits(pattern, report.rules, self._lang)))
            sheet.write_string(at, 0, self._pick(pattern.name), self._cell)
            sheet.write_number(at, 1, len(found), self._cell)
            said = (self._pick(pattern.why), self._pick(pattern.honest))
            texts = (going_by, *said, unjudged(report, pattern, self._lang) or "–")
            self._strings(sheet, at, 2, texts)
            _make_room(sheet, at, texts, _SUMMARY_COLUMNS[2:])

    def _write_lines(self, sheet: Any) -> list[int]:
        """Write the lines of all findings; return the row where each one's begin, 0 where it has none."""
        at, begins = self._header(sheet, 0, _LINE_COLUMNS), []
        for number, finding in enumerate(self._found.report.findings, 1):
            lines = self._found.lines(finding, MOST)
            begins.append(at if lines else 0)
            for line in lines:
                back = f"internal:'{self._pick(_FINDINGS)}'!A{number + 1}"
                self._lead(sheet, (at, 0), back, str(number))
                self._strings(sheet, at, 1, (
                    f"{line.entry}:{line.row}", line.volunteer, line.organisation,
                    f"{line.activity} {line.title}", shown(line.start), shown(line.end),
                ))  # fmt: skip
                sheet.write_number(at, 7, line.minutes, self._cell)
                self._strings(sheet, at, 8, (
                    line.class_, shown(line.arrived), shown(line.left), shown(line.stamp), line.recorder,
                ))  # fmt: skip
                at += 1
        if at > 1:
            sheet.autofilter(0, 0, at - 1, len(_LINE_COLUMNS) - 1)
        return begins

    def _write_findings(self, sheet: Any, begins: Sequence[int]) -> None:
        top = self._header(sheet, 0, _FINDING_COLUMNS)
        for at, finding in enumerate(self._found.report.findings, top):
            there = f"internal:'{self._pick(_LINES)}'!A{begins[at - top] + 1}"
            total = count(finding.doubt.lines)
            some = (
                ("", "") if total <= MOST else (f" (first {MOST} shown)", f"（列出前 {MOST} 条）")
            )
            sheet.write_number(at, 0, at - top + 1, self._cell)
            said = sentence(finding, self._lang) + self._pick(some)
            self._strings(sheet, at, 1, (self._pick(finding.pattern.name), said))
            names = named(finding, _SPANS)
            if begins[at - top]:
                self._lead(sheet, (at, 3), there, names)
            else:
                sheet.write_string(at, 3, names, self._cell)
            _make_room(sheet, at, (said, names), _FINDING_COLUMNS[2:])
            sheet.write_number(at, 4, total, self._cell)
            self._strings(sheet, at, 5, ("", ""))
        if self._found.report.findings:
            last = len(self._found.report.findings)
            sheet.autofilter(0, 0, last, len(_FINDING_COLUMNS) - 1)

    def _header(self, sheet: Any, row: int, columns: Sequence[Column]) -> int:
        """Write headings; return the row below them."""
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            sheet.write_string(row, at, self._pick(column.name), self._head)
        sheet.freeze_panes(row + 1, 0)
        sheet.repeat_rows(row)
        return row + 1

    def _lead(self, sheet: Any, cell: tuple[int, int], place: str, text: str) -> None:
        """Write a cell that leads elsewhere, as long as a worksheet takes links."""
        if cell[0] < _LINKS:
            sheet.write_url(*cell, place, self._link, text)
        else:
            sheet.write_string(*cell, text, self._cell)

    def _strings(self, sheet: Any, row: int, column: int, values: Sequence[str]) -> None:
        for at, value in enumerate(values, column):
            sheet.write_string(row, at, value, self._cell)


def _make_room(sheet: Any, row: int, texts: Sequence[str], columns: Sequence[Column]) -> None:
    """Make a row as high as its texts are long: not every program does so by itself."""
    lines = max(
        sum(-(-wide(part) // column.width) or 1 for part in text.split("\n"))
        for text, column in zip(texts, columns, strict=False)
    )
    sheet.set_row(row, _LINE_HEIGHT * max(lines, 1) + 3)


class _Charts:
    """Writes a sheet of figures, and the charts that the spreadsheet program draws from them."""

    def __init__(self, made: Any, found: Examined, lang: Lang) -> None:
        self._made, self._lang = made, lang
        self._pictures, self._rules = found.report.pictures, found.report.rules
        self._sheet = pick(_CHARTS, lang)
        self._bold = made.add_format({**_FONT, "bold": True, "align": "center"})
        self._title = made.add_format({**_FONT, "bold": True})
        self._plain = made.add_format({**_FONT, "align": "center"})
        self._percent = made.add_format({**_FONT, "align": "center", "num_format": "0%"})

    def write(self) -> None:
        sheet = self._made.add_worksheet(self._sheet)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        hours = self._pictures.day_hours
        at = self._bars(sheet, 0, ("Hours that one person served on one day", "每人每日服务时长（人日）"), [
            (str(n) if n < len(hours) - 1 else f">{n - 1}", hours[n]) for n in range(1, len(hours))
        ])  # fmt: skip
        title = ("Lines by day of the month", "登记日期在月中的分布（条）")
        days = [(str(n), self._pictures.by_day[n]) for n in range(1, _DAYS + 1)]
        at = self._bars(sheet, at, title, days)
        at = self._recorders(sheet, at)
        self._late(sheet, at)

    def _bars(self, sheet: Any, at: int, title: Words, found: Sequence[tuple[str, int]]) -> int:
        """Write a row of labels, a row of numbers, and their chart; return the row below it."""
        name, last = pick(title, self._lang), len(found)
        sheet.write_string(at, 0, name, self._title)
        for n, (label, value) in enumerate(found, 1):
            sheet.write_string(at, n, label, self._plain)
            sheet.write_number(at + 1, n, value, self._plain)
        chart = self._made.add_chart({"type": "column"})
        chart.add_series({
            "name": name,
            "categories": [self._sheet, at, 1, at, last],
            "values": [self._sheet, at + 1, 1, at + 1, last],
            "fill": {"color": "#666666"}, "border": {"color": "#000000"},
        })  # fmt: skip
        chart.set_title({"name": name, "name_font": {"size": 12}})
        chart.set_legend({"none": True})
        chart.set_size({"width": 1500, "height": 240})
        sheet.insert_chart(at + 2, 0, chart)
        return at + 16

    def _recorders(self, sheet: Any, at: int) -> int:
        """Write the lines of each recorder by hour, darker where there are more."""
        title = ("Lines by recorder and hour", "记录人登记时刻（条）")
        sheet.write_string(at, 0, pick(title, self._lang), self._title)
        for hour in range(_HOURS):
            sheet.write_number(at, hour + 1, hour, self._bold)
        names = sorted(self._pictures.by_hour)
        for row, name in enumerate(names, at + 1):
            sheet.write_string(row, 0, name, self._title)
            for hour, lines in enumerate(self._pictures.by_hour[name]):
                sheet.write_number(row, hour + 1, lines, self._plain)
        if names:
            self._shade(sheet, (at + 1, 1, at + len(names), _HOURS))
        return at + len(names) + 2

    def _late(self, sheet: Any, at: int) -> None:
        """Write the share of class C by team and month, darker where there is more."""
        title = ("Class C of what teams recorded", "各队每月登记中 C 级占比")
        sheet.write_string(at, 0, pick(title, self._lang), self._title)
        months = sorted({month for _, month, _, _ in self._pictures.late})
        teams = sorted({team for team, _, _, _ in self._pictures.late})
        for n, month in enumerate(months, 1):
            sheet.write_string(at, n, month, self._bold)
        for n, team in enumerate(teams, 1):
            sheet.write_string(at + n, 0, team, self._title)
        for team, month, c, lines in self._pictures.late:
            place = at + 1 + teams.index(team), 1 + months.index(month)
            sheet.write_number(*place, c / lines if lines else 0, self._percent)
        if teams:
            self._shade(sheet, (at + 1, 1, at + len(teams), len(months)))
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, max(_HOURS, _DAYS, len(months)), 7.5)

    def _shade(self, sheet: Any, area: tuple[int, int, int, int]) -> None:
        scale = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#777777"}
        sheet.conditional_format(*area, scale)
