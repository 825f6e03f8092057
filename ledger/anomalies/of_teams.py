"""What is doubtful about what a team recorded in a month."""

from collections.abc import Iterator

from ledger.anomalies.records import Doubt, Month, count
from ledger.rulesets import Ruleset

_ALL = 100  # per cent


def late(month: Month, rules: Ruleset) -> Iterator[Doubt]:
    """Find much that was recorded late or from memory: class C."""
    lines, found, a = count(month.lines), count(month.late), rules.anomalies
    if found >= a.late_lines and found * _ALL > a.late_share * lines:
        yield Doubt(
            month.late,
            {"lines": found, "of": lines, "per_cent": found * _ALL // lines, "limit": a.late_share},
            f"{found} of the {lines} lines that {month.organisation} recorded in {month.month} are class C"
            f" ({found * _ALL // lines} %)",
            f"{month.organisation} 在 {month.month} 登记的 {lines} 条记录中有 {found} 条是 C 级"
            f"（{found * _ALL // lines}%）",
        )


def month_end(month: Month, rules: Ruleset) -> Iterator[Doubt]:
    """Find much that was recorded on a month's last days, of service long before them."""
    lines, found, a = count(month.lines), count(month.at_end), rules.anomalies
    if found and found >= a.month_end_lines and found * _ALL > a.month_end_share * lines:
        share = found * _ALL // lines
        yield Doubt(
            month.at_end,
            {"lines": found, "of": lines, "per_cent": share, "limit": a.month_end_share},
            f"{found} of the {lines} lines that {month.organisation} recorded in {month.month} ({share} %)"
            f" came on the last {a.month_end_days} days, of service more than {a.month_end_age} days old",
            f"{month.organisation} 在 {month.month} 登记的 {lines} 条记录中有 {found} 条（{share}%）"
            f"集中在最后 {a.month_end_days} 天，且服务已过去 {a.month_end_age} 天以上",
        )


def spike(month: Month, rules: Ruleset) -> Iterator[Doubt]:
    """Find a month far above the team's usual one, that was no such month for the other teams."""
    lines, a = count(month.lines), rules.anomalies
    due = month.usual * max(month.season, _ALL)
    if due and lines >= a.spike_lines and lines * _ALL > a.spike_times * due:
        yield Doubt(
            month.lines,
            {"lines": lines, "usual": month.usual, "season": month.season, "limit": a.spike_times},
            f"{month.organisation} recorded {lines} lines in {month.month}; usual are {month.usual} a month,"
            f" and the other teams had {month.season} % of theirs",
            f"{month.organisation} 在 {month.month} 登记了 {lines} 条记录，平常一个月 {month.usual} 条，"
            f"而同月其他队伍为其平常的 {month.season}%",
        )
