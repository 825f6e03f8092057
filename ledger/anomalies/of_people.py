"""What is doubtful about the lines of one volunteer."""

from collections.abc import Iterator, Sequence

from ledger.anomalies.records import Doubt, Person, Span, Turn, clock_name, day_name, spans
from ledger.rulesets import Ruleset
from ledger.times import hours_and_minutes


def overlap(person: Person, _rules: Ruleset) -> Iterator[Doubt]:
    """Find two lines that share time; touching is no overlap."""
    latest: Turn | None = None
    for turn in person.turns:
        if latest and turn.start < latest.end:
            shared = min(turn.end, latest.end) - turn.start
            yield Doubt(
                (latest.span, turn.span),
                {"minutes": shared, "limit": 0},
                f"{person.volunteer} is in two places for {shared} min from {clock_name(turn.start)} on",
                f"{person.volunteer} 自 {clock_name(turn.start)} 起有 {shared} 分钟同时在两处服务",
            )
        if latest is None or turn.end > latest.end:
            latest = turn


def long_day(person: Person, rules: Ruleset) -> Iterator[Doubt]:
    """Find a day above the daily limit (8 h), up to the ceiling."""
    yield from _days(person, rules.day_limit, rules.day_ceiling)


def very_long_day(person: Person, rules: Ruleset) -> Iterator[Doubt]:
    """Find a day above the ceiling (12 h)."""
    yield from _days(person, max(rules.day_limit, rules.day_ceiling), None)


def full_days(person: Person, rules: Ruleset) -> Iterator[Doubt]:
    """Find more days in a row than anybody volunteers, each as long as a working day."""
    limit, found = rules.anomalies.full_days, person.days
    full = sorted(day for day, parts in found.items() if _minutes(parts) >= rules.day_limit > 0)
    for run in _runs(full):
        if len(run) > limit:
            yield Doubt(
                _named(part for day in run for part in found[day]),
                {"days": len(run), "limit": limit},
                f"{person.volunteer} served {rules.day_limit / 60:g} h and more on {len(run)} days in a row,"
                f" {day_name(run[0])} to {day_name(run[-1])}",
                f"{person.volunteer} 自 {day_name(run[0])} 至 {day_name(run[-1])} 连续 {len(run)} 天"
                f"每天服务满 {rules.day_limit / 60:g} 小时",
            )


def away(person: Person, rules: Ruleset) -> Iterator[Doubt]:
    """Find service outside the volunteer's own area, again and again."""
    lines = [turn for turn in person.turns if turn.away]
    limit = rules.anomalies.away_lines
    if len(lines) > limit:
        yield Doubt(
            spans(sorted((turn.entry, turn.row) for turn in lines)),
            {"lines": len(lines), "of": len(person.turns), "limit": limit},
            f"{len(lines)} of the {len(person.turns)} lines of {person.volunteer} are of activities outside"
            " the volunteer's own area",
            f"{person.volunteer} 的 {len(person.turns)} 条记录中有 {len(lines)} 条是在本人所在区域以外的活动",
        )


def _days(person: Person, above: int, most: int | None) -> Iterator[Doubt]:
    for day, parts in sorted(person.days.items()):
        minutes = _minutes(parts)
        if minutes > above and (most is None or minutes <= most):
            # The last line of the day is the one that lifts it: that one is to be approved.
            allowed = any(turn.approved for _, turn in parts)
            yield Doubt(
                _named(parts),
                {"minutes": minutes, "limit": above},
                f"{person.volunteer} has {minutes // 60} h {minutes % 60} min on {day_name(day)},"
                f" above {above / 60:g} h, {'approved by name' if allowed else 'not approved'}",
                f"{person.volunteer} 在 {day_name(day)} 有 {hours_and_minutes(minutes)}，"
                f"超过 {above / 60:g} 小时，{'已逐条批准' if allowed else '尚未批准'}",
            )


def _minutes(parts: Sequence[tuple[int, Turn]]) -> int:
    return sum(minutes for minutes, _ in parts)


def _named(parts: "Iterator[tuple[int, Turn]] | Sequence[tuple[int, Turn]]") -> tuple[Span, ...]:
    return spans(sorted({(turn.entry, turn.row) for _, turn in parts}))


def _runs(days: Sequence[int]) -> Iterator[list[int]]:
    """Cut rising days into runs without a gap."""
    run: list[int] = []
    for day in days:
        if run and day != run[-1] + 1:
            yield run
            run = []
        run.append(day)
    if run:
        yield run
