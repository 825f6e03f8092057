"""What is doubtful about the work of officers: who records, who confirms, who certifies."""

from collections.abc import Iterator

from ledger.anomalies.records import Doubt, Issue, Pair, Recorder, Span, clock_name, count, day_name
from ledger.rulesets import Ruleset
from ledger.times import DAY

_HOUR = 60
_ALL = 100  # per cent
_NEVER = 10**12  # minutes: after every stamp


def hourly(recorder: Recorder, rules: Ruleset) -> Iterator[Doubt]:
    """Find more lines by one recorder within any sixty minutes than a desk can look at."""
    limit, lines = rules.anomalies.recorder_hourly, 0
    window: list[tuple[int, tuple[Span, ...]]] = []
    for minute, found in (*recorder.entries, (_NEVER, ())):
        while window and window[0][0] <= minute - _HOUR:
            # What leaves the hour is told of before it is forgotten, and told of once.
            if lines > limit:
                yield _hour(recorder, window, lines, limit)
                window, lines = [], 0
                break
            lines -= count(window.pop(0)[1])
        window.append((minute, found))
        lines += count(found)


def _hour(
    recorder: Recorder, window: list[tuple[int, tuple[Span, ...]]], lines: int, limit: int
) -> Doubt:
    start, name = clock_name(window[0][0]), recorder.officer.name
    return Doubt(
        tuple(span for _, found in window for span in found),
        {"lines": lines, "limit": limit},
        f"{name} recorded {lines} lines within an hour from {start} on",
        f"{name} 自 {start} 起一小时内登记了 {lines} 条记录",
    )


def night(recorder: Recorder, rules: Ruleset) -> Iterator[Doubt]:
    """Find many lines by one recorder while offices sleep: in one night, from midnight on."""
    limit, until = rules.anomalies.night_lines, rules.anomalies.night_until * _HOUR
    nights: dict[int, list[Span]] = {}
    for minute, found in recorder.entries:
        if minute % DAY < until:
            nights.setdefault(minute // DAY, []).extend(found)
    for day, lines in nights.items():
        if count(lines) > limit:
            name, hour = recorder.officer.name, rules.anomalies.night_until
            yield Doubt(
                tuple(lines),
                {"lines": count(lines), "limit": limit},
                f"{name} recorded {count(lines)} lines between 0:00 and {hour}:00 on {day_name(day)}",
                f"{name} 在 {day_name(day)} 零点至 {hour} 时登记了 {count(lines)} 条记录",
            )


def round_times(recorder: Recorder, rules: Ruleset) -> Iterator[Doubt]:
    """Find times that look like sign-ins, and nearly all of them full half hours apart."""
    found, of, a = count(recorder.round), recorder.own_times, rules.anomalies
    if found and of >= a.round_lines and found * _ALL > a.round_share * of:
        name, share = recorder.officer.name, found * _ALL // of
        yield Doubt(
            recorder.round,
            {"lines": found, "of": of, "per_cent": share, "limit": a.round_share},
            f"of {of} lines by {name} with times of their own, {found} ({share} %) last full half hours",
            f"{name} 登记的 {of} 条有各自签到签退时间的记录中，{found} 条（{share}%）的时长是整半小时",
        )


def same_pair(pair: Pair, rules: Ruleset) -> Iterator[Doubt]:
    """Find a recorder whom one person always confirms, though there were others who could have."""
    a = rules.anomalies
    alone = len(pair.confirmers) == 1
    if alone and pair.count >= a.pair_sheets and pair.others >= a.pair_choice:
        recorder, confirmer = pair.recorder.name, pair.confirmers[0].name
        yield Doubt(
            pair.sheets,
            {"sheets": pair.count, "others": pair.others, "limit": a.pair_sheets},
            f"all {pair.count} sheets that {recorder} recorded for {pair.organisation} were confirmed by"
            f" {confirmer}, while {pair.others} others could have",
            f"{recorder} 为 {pair.organisation} 登记的 {pair.count} 张表全部由 {confirmer} 确认，"
            f"而另有 {pair.others} 人也可以确认",
        )


def backfill(issue: Issue, rules: Ruleset) -> Iterator[Doubt]:
    """Find a certificate that rests on much class C, confirmed only just before."""
    limit = rules.anomalies.certificate_minutes
    if issue.minutes > limit:
        yield Doubt(
            issue.fresh,
            {"minutes": issue.minutes, "hours_between": issue.hours, "limit": limit},
            f"the certificate {issue.number} of {issue.volunteer} (entry {issue.entry}) holds"
            f" {issue.minutes // 60} h {issue.minutes % 60} min of class C that had been confirmed less than"
            f" {rules.anomalies.certificate_hours} h before",
            f"{issue.volunteer} 的证明 {issue.number}（第 {issue.entry} 条）含 {issue.minutes // 60} 小时"
            f" {issue.minutes % 60} 分钟 C 级记录，确认不到 {rules.anomalies.certificate_hours} 小时就出具了证明",
        )
