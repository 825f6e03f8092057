"""Spreadsheets out: blank forms, sign-in sheets to print, and refused rows to mend and send again.

What is written here is read back by `reading`: titles and explanations stand above the headings.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from ledger.sheets.cells import Cell, Unreadable
from ledger.sheets.cells import blank as empty
from ledger.sheets.columns import REASON, Kind
from ledger.sheets.known import Activity
from ledger.sheets.layout import Row, Table
from ledger.sheets.problems import Problem

T = TypeVar("T")

_FONT = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
_ROWS = 1000  # rows of a blank form that are prepared
_SPARE = 12  # empty lines on a sign-in sheet, for people who walk in
_A4 = 9  # paper, as spreadsheets number it
_MADE = datetime(2026, 1, 1)  # noqa: DTZ001 - a form says nothing about when it was made
_CHOICES: Mapping[str, Sequence[str]] = {
    "性别": ("男", "女"),
    "证件类型": (
        "居民身份证",
        "护照",
        "港澳居民来往内地通行证",
        "台湾居民来往大陆通行证",
        "港澳台居民居住证",
    ),
    "知情同意": ("是", "否"),
    "监护人同意": ("是", "否"),
    "高风险": ("是", "否"),
    "报酬": ("无", "必要补贴", "有"),
}
_FORMATS = (
    (datetime, "yyyy-mm-dd hh:mm:ss"),
    (date, "yyyy-mm-dd"),
    (time, "hh:mm:ss"),
    (timedelta, "[h]:mm:ss"),
)


@dataclass(frozen=True, slots=True)
class _Form:
    """A blank form: a title, what to know before filling it in, headings with their widths.

    A star marks what must be filled in; `text` are columns that must not become numbers.
    """

    title: str
    note: str
    columns: Mapping[str, int]
    text: frozenset[str]


_FORMS: Mapping[Kind, _Form] = {
    "organisations": _Form(
        "志愿服务组织登记表",
        "填写说明：每行一个组织，带 * 的必填。有统一社会信用代码的填代码；没有的填管理单位。"
        "上级组织编号留空时，按管理单位的名称归属。"
        "例：T01，示例县科技志愿服务第1分队，队伍，（无代码），示例县科学技术协会，KX，419900，0370-0000000。",
        {"组织编号*": 12, "组织名称*": 34, "组织类型": 12, "统一社会信用代码": 24, "管理单位": 30}
        | {"上级组织编号": 14, "行政区划代码": 14, "联系电话": 16},
        frozenset(("组织编号*", "统一社会信用代码", "上级组织编号", "行政区划代码", "联系电话")),
    ),
    "volunteers": _Form(
        "志愿者登记表",
        "填写说明：每行一人，带 * 的必填。证件号码和手机号须按文本填写，没有电话写“无”。"
        "居民身份证持有人的性别和出生日期可不填。未满 14 周岁须填写监护人并由其同意。"
        "志愿者编号只在修改已登记信息时填写。"
        "例：张三，男，居民身份证，（18 位号码），1990-01-31，19900000000，T01，是，农技，"
        "示例县，科普类。",
        {"姓名*": 14, "性别": 8, "证件类型*": 22, "证件号码*": 24, "出生日期": 14, "手机号*": 16}
        | {"所属组织*": 14, "知情同意*": 12, "专业技能": 14, "服务区域": 14, "服务类别": 14}
        | {"监护人": 12, "监护人电话": 16, "监护人同意": 12, "志愿者编号": 14},
        frozenset(("证件号码*", "出生日期", "手机号*", "所属组织*", "监护人电话", "志愿者编号")),
    ),
    "activities": _Form(
        "志愿服务活动计划表",
        "填写说明：每行一个活动，带 * 的必填。时间写成 2026-03-02 14:30。"
        "职务行为、会议、团建、研学旅游、商业活动不属于志愿服务；"
        "未满 18 周岁者不得参加高风险活动。"
        "例：A001，科普讲座进社区，T01，科普类，2026-03-02 14:30，2026-03-02 17:00，幸福社区，"
        "科普讲座，张三，否。",
        {"活动编号*": 12, "活动名称*": 32, "组织编号*": 12, "服务类别": 14, "开始时间*": 19}
        | {"结束时间*": 19, "地点*": 22, "服务内容*": 30, "负责人*": 12, "高风险": 9}
        | {"性质": 12, "报酬": 12},
        frozenset(("活动编号*", "组织编号*", "开始时间*", "结束时间*")),
    ),
    "attendance": _Form(
        "志愿服务签到表",
        "填写说明：每行一人，请在“活动编号”栏填写活动。时间写成 14:30 或 2026-03-02 14:30，"
        "签到和签退都要填写；缺席者请删除整行。服务时长可不填。"
        "例：A001，张三，19900000000，14:30，17:00，2.5，5。",
        {"序号": 7, "活动编号*": 12, "姓名*": 14, "志愿者编号": 14, "手机号": 16, "签到时间*": 19}
        | {"签退时间*": 19, "服务时长": 12, "服务评价": 10, "备注": 20},
        frozenset(("活动编号*", "志愿者编号", "手机号", "签到时间*", "签退时间*")),
    ),
    "training": _Form(
        "志愿者培训登记表",
        "填写说明：每行一人一次培训，带 * 的必填。培训时长写小时（2.5、2小时30分）；学时须先换算成小时。"
        "培训时长单独登记，不计入服务时长。一人属于多个组织时，须填写登记组织的编号。"
        "例：张三，19900000000，急救培训，示例县红十字会，2026-03-02，3，T01。",
        {"序号": 7, "姓名*": 14, "志愿者编号": 14, "手机号": 16, "培训名称*": 32, "培训单位*": 30}
        | {"培训日期*": 14, "培训时长*": 12, "登记组织": 14, "备注": 20},
        frozenset(("志愿者编号", "手机号", "培训日期*", "登记组织")),
    ),
    "honours": _Form(
        "志愿者表彰奖励登记表",
        "填写说明：每行一人一项，带 * 的必填。名称和授予单位按证书填写。"
        "一人属于多个组织时，须填写登记组织的编号。"
        "例：张三，19900000000，2025年度优秀志愿者，示例县文明办，2026-03-02，T01。",
        {"序号": 7, "姓名*": 14, "志愿者编号": 14, "手机号": 16, "荣誉名称*": 36, "授予单位*": 30}
        | {"授予日期*": 14, "登记组织": 14, "备注": 20},
        frozenset(("志愿者编号", "手机号", "授予日期*", "登记组织")),
    ),
}


def blank(kind: Kind) -> bytes:
    """Return a blank form to fill in, explained above its headings."""
    form = _FORMS[kind]
    with _workbook() as (book, out):
        page = _Page(book, form.title, tuple(form.columns.values()))
        page.line(form.title, "title", 30)
        page.line(form.note, "note", 66)
        page.headings(tuple(form.columns))
        for at, name in enumerate(form.columns):
            if name in form.text:
                text = book.add_format({**_FONT, "num_format": "@"})
                page.sheet.set_column(at, at, form.columns[name], text)
            choices = _CHOICES.get(name.rstrip("*"))
            if choices:
                rule = {"validate": "list", "source": list(choices), "error_type": "warning"}
                page.sheet.data_validation(page.row, at, _ROWS, at, rule)
    return out.getvalue()


def sign_in(activity: Activity, leader: str, people: Sequence[tuple[str, str]]) -> bytes:
    """Return a sign-in sheet to print and to send back: (number, name) of each, and empty lines."""
    columns = {
        "序号": 6,
        "姓名": 12,
        "志愿者编号": 13,
        "手机号": 15,
        "签到时间": 12,
        "签退时间": 12,
    }
    columns |= {"本人签名": 14, "备注": 12}
    window = f"{activity.window.start[:16]} 至 {activity.window.end[:16]}".replace("T", " ")
    with _workbook() as (book, out):
        page = _Page(book, "签到表", tuple(columns.values()))
        page.line(f"{activity.name}　志愿者签到表", "title", 30)
        page.line(
            f"活动编号：{activity.code}　地点：{activity.place}　负责人：{leader}", "about", 20
        )
        page.line(f"时间：{window}。签到、签退写成 14:30；缺席者录入时删除整行。", "about", 20)
        page.headings(tuple(columns))
        lines = [*people, *(("", "") for _ in range(_SPARE))]
        for n, (number, name) in enumerate(lines, 1):
            page.cells((n, name, number, *("" for _ in range(len(columns) - 3))), 26)
        page.line("负责人签字：　　　　　　　　　　日期：", "about", 34)
    return out.getvalue()


def refused_rows(tables: Sequence[Table], problems: Sequence[Problem], activity: str = "") -> bytes:
    """Return the refused rows in their own columns, with the reason beside them.

    Mended, the file can be sent as it is: the column of reasons is not read. `activity` is written
    above the headings where the file's own name or an option said it.
    """
    reasons = {(one.sheet, one.row): f"{one.code}\n{one.zh}\n{one.en}" for one in problems}
    with _workbook() as (book, out):
        for number, table in enumerate(tables, 1):
            rows = [row for row in table.rows if (table.sheet, row.row) in reasons]
            if rows:
                name = table.sheet if len(tables) > 1 and table.sheet else f"待改正{number}"
                _write_refused(book, name, table, rows, (reasons, activity))
        if not book.worksheets():
            book.add_worksheet()
    return out.getvalue()


class _Page:
    """One worksheet written from the top, ready for A4."""

    def __init__(self, book: Any, name: str, widths: Sequence[int]) -> None:
        self.book, self.sheet, self.widths, self.row = book, book.add_worksheet(name), widths, 0
        border = {**_FONT, "border": 1}
        center = {"align": "center", "bold": True}
        styles = {
            "title": {**_FONT, **center, "font_size": 16},
            "note": {**_FONT, "text_wrap": True, "font_color": "#555555", "valign": "top"},
            "about": _FONT,
            "heading": {**border, **center, "bg_color": "#DDE8F0", "text_wrap": True},
            "cell": {**border, "num_format": "@", "align": "center"},
        }
        self.styles = {key: book.add_format(style) for key, style in styles.items()}
        for at, width in enumerate(widths):
            self.sheet.set_column(at, at, width)
        self.sheet.set_paper(_A4)
        if sum(widths) > 100:  # noqa: PLR2004 - what an upright A4 page can show
            self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.sheet.set_footer("&C&P / &N")

    def line(self, text: str, style: str, height: int) -> None:
        """Write one text across the page."""
        self.sheet.merge_range(
            self.row, 0, self.row, len(self.widths) - 1, text, self.styles[style]
        )
        self.sheet.set_row(self.row, height)
        self.row += 1

    def headings(self, names: Sequence[str]) -> None:
        """Write the headings; they stay in sight, and on every printed page."""
        for at, name in enumerate(names):
            self.sheet.write_string(self.row, at, name, self.styles["heading"])
        self.sheet.set_row(self.row, 24)
        self.sheet.repeat_rows(self.row)
        self.row += 1
        self.sheet.freeze_panes(self.row, 0)

    def cells(self, values: Sequence[str | int], height: int) -> None:
        """Write one row of texts and numbers with a border around each."""
        for at, value in enumerate(values):
            self.sheet.write_string(self.row, at, str(value), self.styles["cell"])
        self.sheet.set_row(self.row, height)
        self.row += 1


@contextmanager
def _workbook() -> Iterator[tuple[Any, io.BytesIO]]:
    import xlsxwriter

    out = io.BytesIO()
    plain_text = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, {"in_memory": True, **plain_text}) as book:
        book.set_properties({"created": _MADE})
        yield book, out


def _write_refused(
    book: Any,
    name: str,
    table: Table,
    rows: Sequence[Row],
    said: tuple[Mapping[tuple[str, int], str], str],
) -> None:
    reasons, activity = said
    sheet = book.add_worksheet(name)
    above = _above(table, activity)
    for n, text in enumerate(above):
        sheet.write_string(n, 0, text)
    top = len(above)
    last = max(len(_own(table, cells)) for cells in (table.header, *(row.raw for row in rows)))
    bold = book.add_format({**_FONT, "bold": True, "bg_color": "#DDE8F0"})
    for at, heading in enumerate(_own(table, table.header)):
        sheet.write_string(top, at, heading, bold)
    sheet.write_string(top, last, REASON, bold)
    wrapped = book.add_format({**_FONT, "text_wrap": True, "font_color": "#A00000"})
    formats = [(kind, book.add_format({"num_format": shape})) for kind, shape in _FORMATS]
    text = book.add_format({"num_format": "@"})
    for n, row in enumerate(rows, top + 1):
        for at, cell in enumerate(_own(table, row.raw)):
            _write(sheet, (n, at), cell, (text, formats))
        sheet.write_string(n, last, reasons[table.sheet, row.row], wrapped)
    sheet.set_column(0, last, 18)
    sheet.set_column(last, last, 70)
    sheet.freeze_panes(top + 1, 0)


def _above(table: Table, activity: str) -> tuple[str, ...]:
    """Return the lines above the headings, the activity among them."""
    if not activity or any(activity in line for line in table.above):
        return table.above
    return (*table.above, f"活动编号：{activity}")


def _own(table: Table, cells: Sequence[T]) -> list[T]:
    """Return the cells without the reasons of an earlier file of refused rows."""
    return [cell for at, cell in enumerate(cells) if table.header[at : at + 1] != (REASON,)]


def _write(sheet: Any, at: tuple[int, int], cell: Cell, styles: tuple[Any, Any]) -> None:
    """Write a cell back as it was: text stays text, a number a number, a date a date."""
    text, formats = styles
    match cell:
        case str():
            if not empty(cell):
                sheet.write_string(*at, cell, text)
        case Unreadable():
            sheet.write_string(*at, cell.shown, text)
        case bool():
            sheet.write_boolean(*at, cell)
        case int() | float():
            sheet.write_number(*at, cell)
        case _:
            style = next(style for kind, style in formats if isinstance(cell, kind))
            sheet.write_datetime(*at, cell, style)
