"""Lists that leave the office: the notice to pin up, and everybody's hours."""

from collections.abc import Iterator, Sequence
from itertools import islice

from ledger.desk.noticing import UNPUBLISHED, Opened
from ledger.desk.office import Office, place_of
from ledger.desk.stars import Proposed
from ledger.records import Activity, Line, Sheet, Volunteer
from ledger.sheets.lists import Listing, write_list
from ledger.store.reading import Reader
from ledger.times import day_of, hours_and_minutes, later
from ledger.vault import Vault

_AT_ONCE = 500  # volunteers whose lines are read together

STATES = {
    "recorded": "已登记", "noticed": "公示中", "confirmed": "已确认", "objected": "有异议",
    "denied": "本人异议", "excepted": "未确认", "replaced": "已替换", "void": "已作废",
}  # fmt: skip
CERTIFICATE_STATES = {"valid": "有效", "superseded": "已被替代", "revoked": "已撤销"}


def notice_list(opened: Sequence[Opened], telephone: str) -> bytes:
    """Return the list to pin up: masked names and the last four digits of the number."""
    closes = max(one.closes for one in opened)
    rows = [
        (
            n,
            row.name,
            row.number,
            row.title,
            row.day,
            hours_and_minutes(row.minutes),
            row.class_,
            row.place,
        )
        for n, row in enumerate((row for one in opened for row in one.rows), 1)
    ]
    return write_list(
        Listing(
            "志愿服务记录公示",
            ("序号", "姓名", "编号后四位", "活动", "日期", "时长", "证据等级", "记录编号"),
            rows,
            (
                f"{_until(closes)}对记录有异议的，请在此之前向组织提出，说明记录编号与理由。",
                f"联系电话：{telephone or '＿＿＿＿＿＿＿＿'}",
                "证据等级：A 本人签到签退；B 负责人当日名单；C 事后补录；L 旧系统转入。",
            ),
        )
    )


def _until(closes: str) -> str:
    if closes == UNPUBLISHED:
        return "公示不少于规定的工作日；截止日待工作日安排公布后另行张贴。"
    last = later(f"{closes}T00:00:00+08:00", days=-1)[:10]
    return f"公示至 {last}（含当日）。"


def star_list(proposed: Sequence[Proposed], telephone: str) -> bytes:
    """Return the list of proposed stars to pin up: masked names, hours, and what they qualify for."""
    decides = max(one.decides for one in proposed)
    rows = [
        (n, name, number, f"{due.level} 星", hours_and_minutes(due.minutes), one.organisation)
        for n, (one, (name, number, due)) in enumerate(
            ((one, row) for one in proposed for row in one.rows), 1
        )
    ]
    return write_list(
        Listing(
            "志愿者星级评定公示",
            ("序号", "姓名", "编号后四位", "拟评星级", "已确认时长", "组织"),
            rows,
            (
                f"{_until(decides)}有异议的，请在此之前向组织提出。",
                f"联系电话：{telephone or '＿＿＿＿＿＿＿＿'}",
            ),
        )
    )


def redemption_list(rows: Sequence[tuple[str | int, ...]], quarter: str, telephone: str) -> bytes:
    """Return a quarter's redemptions to pin up: masked names, what, for how many points (rule 31)."""
    return write_list(
        Listing(
            f"{quarter} 服务积分兑换公示",
            ("序号", "姓名", "编号后四位", "日期", "礼遇", "份数", "积分"),
            [(n, *row) for n, row in enumerate(rows, 1)],
            (
                "兑换只减积分，不减服务时长和星级；礼遇不得折现。",
                f"联系电话：{telephone or '＿＿＿＿＿＿＿＿'}",
            ),
        )
    )


def hours_list(office: Office, scratch: str) -> bytes:
    """Return every line of everybody, by volunteer and time; `scratch` is a folder for long lists."""
    headings = (
        "志愿者编号",
        "姓名",
        "组织",
        "活动",
        "日期",
        "开始",
        "结束",
        "分钟",
        "证据等级",
        "状态",
        "记录编号",
    )
    notes = ("只有“已确认”的记录计入时长。",)
    with office.store.reading() as view:
        rows = _hours(view, office.vault)
        return write_list(Listing("志愿服务时长", headings, rows, notes), scratch)


def _hours(view: Reader, vault: Vault) -> Iterator[tuple[str | int, ...]]:
    """Yield the rows, so many volunteers at a time."""
    sheets = {sheet.ref: sheet for sheet in view.all(Sheet)}
    titles = {activity.code: activity.name for activity in view.all(Activity)}
    numbers = (volunteer.number for volunteer in view.all(Volunteer))
    while some := [*islice(numbers, _AT_ONCE)]:
        people = vault.details_of(some)
        lines = view.among(Line, ("volunteer",), [(number,) for number in some])
        for line in sorted(lines, key=lambda line: (line.volunteer, line.start, line.sheet)):
            sheet, details = sheets[line.sheet], people.get(line.volunteer)
            yield (
                line.volunteer,
                details.name if details else "（已删除）",
                sheet.organisation,
                titles.get(sheet.activity, sheet.activity),
                day_of(line.start),
                line.start[11:16],
                line.end[11:16],
                line.minutes,
                line.class_,
                STATES[line.state or sheet.state],
                place_of(sheet, line),
            )
