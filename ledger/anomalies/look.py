"""Looking through a ledger for anomalies: every pattern over everything that was recorded, in one go."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger import kinds
from ledger.anomalies.gathering import Asked, Gathering
from ledger.anomalies.patterns import PATTERNS, Pattern
from ledger.anomalies.reading import Fates, Heard, Logged, heard
from ledger.anomalies.records import Doubt, Month, count
from ledger.anomalies.registers import Registers
from ledger.errors import LedgerError
from ledger.rulesets import Ruleset

NOTHING = ""  # of a reason that is not to be had
_DAY_HOURS = 25


@dataclass(frozen=True, slots=True)
class Private:
    """What only a vault knows: volunteers' own area codes, and the reasons behind commitments."""

    areas: Mapping[str, str]
    reason: Callable[[str], str]


class Finding(NamedTuple):
    """A doubt, and the pattern that has it."""

    pattern: Pattern
    doubt: Doubt


class Unjudged(NamedTuple):
    """A pattern that cannot be judged here, or only in part, and why."""

    pattern: Pattern
    en: str
    zh: str


@dataclass(slots=True)
class Pictures:
    """What a chart would show: all of it is counts."""

    day_hours: list[int] = field(default_factory=lambda: [0] * _DAY_HOURS)  # days of people
    by_hour: dict[str, list[int]] = field(default_factory=dict)  # lines by recorder, 24 hours
    by_day: list[int] = field(default_factory=lambda: [0] * 32)  # lines by day of the month
    by_pair: dict[tuple[str, str], int] = field(default_factory=dict)  # sheets: recorder, confirmer
    late: list[tuple[str, str, int, int]] = field(default_factory=list)  # team, month, C, all


@dataclass(slots=True)
class Report:
    """What was found, by pattern in the order of the table, and what could not be looked at."""

    rules: Ruleset
    lines: int = 0
    findings: list[Finding] = field(default_factory=list)
    unjudged: list[Unjudged] = field(default_factory=list)
    unread: tuple[int, ...] = ()  # entries whose rows cannot be read
    pictures: Pictures = field(default_factory=Pictures)


def look(
    log: Callable[[], Iterable[Logged]],
    *,
    rules: Ruleset | None = None,
    asked: Asked | None = None,
    private: Private | None = None,
) -> Report:
    """Look through a log, which is read twice; without rules, by the ruleset that it adopted last.

    Raises `Rejected` where the organisation that is asked for is not in the log.
    """
    fates = Fates.read(log())
    going_by = rules or fates.rules or Ruleset()
    report = Report(going_by)
    registers = Registers(private.areas if private else {})
    gathering = Gathering(fates, going_by, registers, asked or Asked())
    for one in heard(log()):
        try:
            _pass(report, gathering, one, private)
        except (ValueError, LedgerError):
            fates.unread.append(one.entry)
    registers.check_known(gathering.asked.organisation)
    _end(report, gathering)
    report.unread = tuple(sorted(set(fates.unread)))
    report.unjudged += [] if private else _without_vault()
    order = {pattern.code: n for n, pattern in enumerate(PATTERNS)}
    report.findings.sort(key=lambda one: (order[one.pattern.code], one.doubt.lines))
    return report


def _pass(report: Report, gathering: Gathering, one: Heard, private: Private | None) -> None:
    match one.head:
        case kinds.Attendance(reason=reason):
            said = private.reason(reason) if private and reason else NOTHING
            if sheet := gathering.sheet(one, said):
                gathering.take(sheet, one.ref)
                _judge(report, sheet)
        case kinds.Certificate():
            for issue in gathering.issue(one):
                _judge(report, issue)
        case _:
            gathering.registers.take(one)


def _end(report: Report, gathering: Gathering) -> None:
    report.lines = gathering.lines
    pictures = report.pictures
    pictures.by_hour, pictures.by_day = gathering.by_hour, gathering.by_day
    pictures.by_pair = dict(gathering.by_pair)
    for person in gathering.persons():
        _judge(report, person)
        for parts in person.days.values():
            hours = -(-sum(minutes for minutes, _ in parts) // 60)
            pictures.day_hours[min(hours, _DAY_HOURS - 1)] += 1
    for month in gathering.months():
        _judge(report, month)
        pictures.late.append(_share(month))
    for record in _rest(gathering):
        _judge(report, record)


def _rest(gathering: Gathering) -> Iterator[object]:
    yield from gathering.activities()
    yield from gathering.wordings()
    yield from gathering.recorders()
    yield from gathering.pairs()


def _share(month: Month) -> tuple[str, str, int, int]:
    return month.organisation, month.month, count(month.late), count(month.lines)


_JUDGES: dict[type, list[Pattern]] = {}
for _pattern in PATTERNS:
    _JUDGES.setdefault(_pattern.looks_at, []).append(_pattern)


def _judge(report: Report, record: object) -> None:
    for pattern in _JUDGES[type(record)]:
        for doubt in pattern.judge(record, report.rules):
            report.findings.append(Finding(pattern, doubt))


def _without_vault() -> list[Unjudged]:
    by_code = {pattern.code: pattern for pattern in PATTERNS}
    return [
        Unjudged(
            by_code["reason.same"],
            "reasons lie in the vault, which is not here: in the log they are commitments, all different",
            "补录理由存放在个人信息库中，此处没有：账本里只有各不相同的承诺值",
        ),
        Unjudged(
            by_code["away"],
            "judged by the areas of a volunteer's organisations alone: his own lies in the vault,"
            " which is not here",
            "只按志愿者所属组织的区域判断：本人填报的区域存放在个人信息库中，此处没有",
        ),
    ]
