"""What is doubtful about one sheet, one activity, or one reason given for many."""

from collections.abc import Iterator

from ledger.anomalies.records import Doubt, Held, Line, Sheet, Wording, count
from ledger.rulesets import Ruleset
from ledger.times import day, day_of, minutes_between, moment, shown


def soon(sheet: Sheet, rules: Ruleset) -> Iterator[Doubt]:
    """Find attendance that follows on the activity's publication within minutes."""
    passed = (moment(sheet.stamp) - moment(sheet.activity.published)).total_seconds()
    limit = rules.anomalies.soon_minutes
    if sheet.new and passed < limit * 60:
        seconds, code = int(passed), sheet.activity.code
        yield Doubt(
            sheet.spans(sheet.new),
            {"seconds": seconds, "limit": limit * 60},
            f"the activity {code} was published at {shown(sheet.activity.published)}, and"
            f" {len(sheet.new)} lines of it were recorded {seconds} s later",
            f"活动 {code} 于 {shown(sheet.activity.published)} 发布，{seconds} 秒后即登记了 {len(sheet.new)} 条记录",
        )


def early(sheet: Sheet, rules: Ruleset) -> Iterator[Doubt]:
    """Find attendance recorded before the activity had ended; one of several days has a row a day."""
    activity = sheet.activity
    single = minutes_between(activity.start, activity.end) <= rules.longest
    if single and sheet.new and sheet.stamp < activity.end:
        before = -(-(moment(activity.end) - moment(sheet.stamp)).total_seconds() // 60)
        yield Doubt(
            sheet.spans(sheet.new),
            {"minutes": int(before), "limit": 0},
            f"{activity.code} ends at {shown(activity.end)}, and {len(sheet.new)} lines of it were"
            f" recorded at {shown(sheet.stamp)}",
            f"活动 {activity.code} 到 {shown(activity.end)} 才结束，{shown(sheet.stamp)} 就登记了"
            f" {len(sheet.new)} 条记录",
        )


def same_times(sheet: Sheet, rules: Ruleset) -> Iterator[Doubt]:
    """Find more people than usual with the very same sign-in and sign-out; a roll-call has none."""
    together: dict[tuple[str, str], list[Line]] = {}
    for line in sheet.new:
        if line.signed:
            together.setdefault((line.arrived, line.left), []).append(line)
    limit = rules.anomalies.same_times
    for (arrived, left), lines in together.items():
        if len(lines) > limit:
            yield Doubt(
                sheet.spans(lines),
                {"people": len(lines), "limit": limit},
                f"{len(lines)} people signed in at {shown(arrived)} and out at {shown(left)}, to the minute",
                f"{len(lines)} 人的签到都是 {shown(arrived)}、签退都是 {shown(left)}，分毫不差",
            )


def same_reason(wording: Wording, rules: Ruleset) -> Iterator[Doubt]:
    """Find one reason, word for word, for recording many people late on several sheets."""
    people, limit = count(wording.lines), rules.anomalies.same_times
    if wording.sheets > 1 and people > limit:
        yield Doubt(
            wording.lines,
            {"people": people, "sheets": wording.sheets, "limit": limit},
            f"{wording.sheets} sheets with {people} lines of class C give the same reason, word for word",
            f"{wording.sheets} 张表共 {people} 条 C 级记录，补录理由一字不差",
        )


def no_times(held: Held, rules: Ruleset) -> Iterator[Doubt]:
    """Find an activity of many people, none of whom has a sign-in."""
    people, limit = count(held.lines), rules.anomalies.no_times
    if not held.signed and people >= limit:
        yield Doubt(
            held.lines,
            {"lines": people, "limit": limit},
            f"none of the {people} lines of {held.activity.code} has a sign-in and a sign-out",
            f"活动 {held.activity.code} 的 {people} 条记录没有一条有签到、签退时间",
        )


def registered_after(sheet: Sheet, rules: Ruleset) -> Iterator[Doubt]:
    """Find volunteers who were registered only after the day on which they are said to have served."""
    limit = rules.anomalies.registered_days
    late = {line: _days_after(line) for line in sheet.new}
    lines = [line for line, days in late.items() if days > limit]
    if lines:
        most = max(late[line] for line in lines)
        yield Doubt(
            sheet.spans(lines),
            {"lines": len(lines), "days": most, "limit": limit},
            f"{len(lines)} volunteers were registered up to {most} days after they served in"
            f" {sheet.activity.code}",
            f"{len(lines)} 名志愿者在服务（活动 {sheet.activity.code}）之后才登记，最晚相隔 {most} 天",
        )


def _days_after(line: Line) -> int:
    if line.registered[:10] <= line.start[:10]:  # nearly always, and where nobody knows
        return 0
    return (day(day_of(line.registered)) - day(day_of(line.start))).days
