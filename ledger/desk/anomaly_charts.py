"""Where an auditor would rather look: hours a day, who records when, class C by team and month."""

from collections import Counter
from collections.abc import Iterator, Mapping

from ledger.anomalies.look import Pictures
from ledger.charts.drawing import Drawing
from ledger.charts.plots import Bar, Cell, Heading, bars, heat
from ledger.errors import Lang
from ledger.rulesets import Ruleset

_HOURS, _DAYS = 24, 31
_RECORDERS, _CONFIRMERS, _TEAMS, _MONTHS = (
    20,
    8,
    20,
    12,
)  # that a page takes; the busiest, and the newest


def charts(pictures: Pictures, rules: Ruleset, lang: Lang) -> Iterator[Drawing]:
    """Draw what there is to be seen; a ledger without lines has nothing."""
    chinese = lang == "zh"
    if any(pictures.day_hours):
        yield _hours(pictures.day_hours, rules, chinese=chinese)
    if pictures.by_hour:
        yield _recorders(pictures.by_hour, rules, chinese=chinese)
    if pictures.by_pair:
        yield _pairs(pictures.by_pair, chinese=chinese)
    if pictures.late:
        yield _late(pictures, rules, chinese=chinese)
    if any(pictures.by_day):
        yield _month_days(pictures.by_day, chinese=chinese)


def _hours(found: list[int], rules: Ruleset, *, chinese: bool) -> Drawing:
    shown = max(*(n for n, days in enumerate(found) if days), rules.day_ceiling // 60) + 1
    last = min(shown, len(found) - 1)
    steps = [
        Bar(_step(n, len(found) - 1), found[n], n * 60 > rules.day_limit)
        for n in range(1, last + 1)
    ]
    above = sum(days for n, days in enumerate(found) if n * 60 > rules.day_limit)
    title = "每人每日服务时长" if chinese else "Hours that one person served on one day"
    said = (
        f"共 {sum(found)} 人日，其中 {above} 人日超过每日限额"
        if chinese
        else f"{sum(found)} days of people, {above} of them above the daily limit"
    )
    axis = "小时（不满一小时进一）；黑色为超过每日限额；柱上为人日数" if chinese else (
        "hours, rounded up; black: above the daily limit; number of days of people"
    )  # fmt: skip
    return bars(Heading("hours", title, said), steps, axis)


def _step(hours: int, most: int) -> str:
    return f">{most - 1}" if hours == most else str(hours)


def _recorders(by_hour: Mapping[str, list[int]], rules: Ruleset, *, chinese: bool) -> Drawing:
    busiest = sorted(by_hour, key=lambda name: (-sum(by_hour[name]), name))[:_RECORDERS]
    most = max(lines for name in busiest for lines in by_hour[name])
    night = rules.anomalies.night_until
    rows = [
        (name, [_hour(lines, most, at_night=n < night) for n, lines in enumerate(by_hour[name])])
        for name in busiest
    ]
    title = "记录人登记时刻（条）" if chinese else "When recorders record (lines by hour)"
    said = (
        f"{len(by_hour)} 名记录人，黑框为零点至 {night} 时"
        if chinese
        else f"{len(by_hour)} recorders; a black edge: between 0:00 and {night}:00"
    )
    return heat(Heading("recorders", title, said), [str(n) for n in range(_HOURS)], rows)


def _hour(lines: int, most: int, *, at_night: bool) -> Cell:
    dark = lines * 70 // most + 8 if lines else 0
    return Cell(dark, str(lines) if lines else "", at_night and bool(lines))


def _pairs(by_pair: Mapping[tuple[str, str], int], *, chinese: bool) -> Drawing:
    """Draw who confirmed whose sheets: as dark as the share of the recorder's."""
    own: Counter[str] = Counter()
    theirs: Counter[str] = Counter()
    for (recorder, confirmer), sheets in by_pair.items():
        own[recorder] += sheets
        theirs[confirmer] += sheets
    columns = [name for name, _ in theirs.most_common(_CONFIRMERS)]
    rows = [
        (name, [_sheets(by_pair.get((name, column), 0), total) for column in columns])
        for name, total in own.most_common(_RECORDERS)
    ]
    title = "谁登记、谁确认（张）" if chinese else "Who records, who confirms (sheets)"
    said = (
        "行为记录人，列为确认人；越深，占该记录人的表越多"
        if chinese
        else "recorders by row, confirmers by column; darker: more of the recorder's sheets"
    )
    return heat(Heading("pairs", title, said), columns, rows)


def _sheets(sheets: int, total: int) -> Cell:
    return Cell(sheets * 100 // total, str(sheets) if sheets else "")


def _late(pictures: Pictures, rules: Ruleset, *, chinese: bool) -> Drawing:
    months = sorted({month for _, month, _, _ in pictures.late})[-_MONTHS:]
    shares = {(team, month): (c, lines) for team, month, c, lines in pictures.late}
    total = {team: 0 for team, _, _, _ in pictures.late}
    for team, _, c, _ in pictures.late:
        total[team] += c
    teams = sorted(total, key=lambda team: (-total[team], team))[:_TEAMS]
    a = rules.anomalies
    rows = []
    for team in teams:
        cells = []
        for month in months:
            c, lines = shares.get((team, month), (0, 0))
            share = c * 100 // lines if lines else 0
            above = c >= a.late_lines and c * 100 > a.late_share * lines
            cells.append(Cell(share, f"{share}%" if lines else "", above))
        rows.append((team, cells))
    title = "各队每月登记中 C 级占比" if chinese else "Class C of what teams recorded each month"
    said = (
        f"黑框为超过 {a.late_share}% 且至少 {a.late_lines} 条"
        if chinese
        else f"a black edge: above {a.late_share} %, and at least {a.late_lines} lines"
    )
    return heat(Heading("class-c", title, said), months, rows)


def _month_days(found: list[int], *, chinese: bool) -> Drawing:
    steps = [Bar(str(n), found[n]) for n in range(1, _DAYS + 1)]
    title = (
        "登记日期在月中的分布（条）" if chinese else "On which day of the month is recorded (lines)"
    )
    said = f"共 {sum(found)} 条" if chinese else f"{sum(found)} lines"
    axis = "日" if chinese else "day of the month"
    return bars(Heading("month-days", title, said), steps, axis)
