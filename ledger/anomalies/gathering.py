"""Gathering: the log's lines arranged by what patterns look at, with as little kept as can be.

Sheets are judged as they pass. Of a line there remain 32 bytes by its volunteer, and its place where
a share or a window is to be told: a million lines fit where one sheet does.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median_low
from typing import NamedTuple

from ledger import kinds
from ledger.anomalies.reading import Fates, Heard
from ledger.anomalies.records import (
    Held,
    Issue,
    Line,
    Month,
    Officer,
    Pair,
    Person,
    Recorder,
    Sheet,
    Span,
    Turn,
    Wording,
    clock,
    count,
    day_number,
    spans,
)
from ledger.anomalies.registers import Registers
from ledger.rulesets import Ruleset
from ledger.times import day_of

_HALF_HOUR, _HOUR = 30, 60
_MONTHS = 5  # others that a team must have recorded in, before one of them is a usual one
_ROW, _FLAGS = 14, 3  # bits: of a row (10,000 a statement), and of what is true of a line
_FIELDS = 4  # numbers kept of a line


class Asked(NamedTuple):
    """Which lines are looked at: by organisation and those below it, and by days of service."""

    organisation: str = ""
    since: str = ""
    until: str = "9999-12-31"


@dataclass(slots=True)
class _Team:
    lines: list[Span] = field(default_factory=list)
    late: list[Span] = field(default_factory=list)
    at_end: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class _Desk:
    officer: Officer
    entries: list[tuple[int, tuple[Span, ...]]] = field(default_factory=list)
    own_times: int = 0
    round: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class _Pair:
    recorder: Officer
    confirmers: dict[str, Officer] = field(default_factory=dict)
    sheets: list[Span] = field(default_factory=list)
    count: int = 0
    entries: list[int] = field(default_factory=list)  # of the confirmations


@dataclass(slots=True)
class Gathering:
    """What was gathered so far; `pass_by` takes a statement, the rest is asked at the end."""

    fates: Fates
    rules: Ruleset
    registers: Registers
    asked: Asked
    lines: int = 0
    by_hour: dict[str, list[int]] = field(default_factory=dict)  # lines, by recorder
    by_day: list[int] = field(default_factory=lambda: [0] * 32)  # lines, by day of the month
    by_pair: Counter[tuple[str, str]] = field(
        default_factory=Counter
    )  # sheets: recorder, confirmer
    _entries: dict[str, int] = field(default_factory=dict)  # of sheets, by ref
    _turns: dict[str, "array[int]"] = field(default_factory=dict)
    _fresh: dict[str, dict[int, int]] = field(default_factory=dict)  # minutes of class C, by sheet
    _held: dict[str, tuple[list[Span], int]] = field(default_factory=dict)
    _wordings: dict[str, list[tuple[Span, ...]]] = field(default_factory=dict)
    _teams: dict[tuple[str, str], _Team] = field(default_factory=dict)
    _months: Counter[str] = field(default_factory=Counter)  # lines of all teams, asked for or not
    _desks: dict[str, _Desk] = field(default_factory=dict)
    _pairs: dict[tuple[str, str], _Pair] = field(default_factory=dict)
    _worked: dict[str, list[tuple[int, str]]] = field(default_factory=dict)  # who confirmed

    # --- as the log goes by ---------------------------------------------------------------------

    def sheet(self, one: Heard, reason: str) -> Sheet | None:
        """Return an attendance statement's lines that wait or stand and are asked for, if any are."""
        head = one.head
        assert isinstance(head, kinds.Attendance)
        activity = self.registers.activities.get(head.activity)
        if activity is None:
            return None  # a sheet of nothing is the audit's finding
        lives, approved = self.fates.lives, self.fates.approved.get(one.ref, ())
        found = []
        for n, row in enumerate(one.rows()):
            if lives(one.ref, n):
                line = Line(
                    n + 1, row.volunteer, row.start, row.end, row.minutes, row.class_,
                    row.arrived or "", row.left or "", self.registers.registered.get(row.volunteer, ""),
                    n in approved, self.registers.is_away(row.volunteer, head.organisation),
                )  # fmt: skip
                found.append(line)
        self._months[one.stamp[:7]] += sum(1 for line in found if not line.old)
        asked = self.asked
        if not self.registers.within(head.organisation, asked.organisation):
            return None
        lines = [line for line in found if asked.since <= day_of(line.start) <= asked.until]
        recorder = self.fates.officer(head.by)
        return Sheet(
            one.entry, one.stamp, recorder, head.organisation, activity, tuple(lines), reason
        ) if lines else None  # fmt: skip

    def take(self, sheet: Sheet, ref: str) -> None:
        """Take in a sheet's lines."""
        self._entries[ref] = sheet.entry
        self.lines += len(sheet.lines)
        new = sheet.new
        for line in sheet.lines:
            self._keep(sheet.entry, line)
        self._note(sheet, ref)
        if new:
            self._join_team(sheet, new)
            self._join_desk(sheet, new)
            self._join_activity(sheet, new)

    def issue(self, one: Heard) -> Iterator[Issue]:
        """Give a certificate with its class C lines that were confirmed only just before."""
        head = one.head
        assert isinstance(head, kinds.Certificate)
        limit, now = self.rules.anomalies.certificate_hours * _HOUR, clock(one.stamp)
        for row in one.rows():
            fresh: list[tuple[int, int]] = []
            minutes = oldest = 0
            for ref, places in row.lines:
                held = self._fresh.get(ref, {})
                for n in places:
                    stood = self.fates.stood(ref, n) if n in held else None
                    if stood and now - stood.minute < limit:
                        fresh.append((self._entries[ref], n + 1))
                        minutes += held[n]
                        oldest = max(oldest, now - stood.minute)
            yield Issue(
                one.entry, head.number, row.volunteer, spans(fresh), minutes, oldest // _HOUR
            )

    def _keep(self, entry: int, line: Line) -> None:
        if (kept := self._turns.get(line.volunteer)) is None:
            kept = self._turns[line.volunteer] = array("q")
        flags = line.old | line.approved << 1 | line.away << 2
        place = (entry << _ROW | line.row) << _FLAGS | flags
        kept.extend((clock(line.start), clock(line.end), line.minutes, place))

    def _note(self, sheet: Sheet, ref: str) -> None:
        """Keep what an issue, a wording or a pair will ask for."""
        late = [line for line in sheet.lines if line.class_ == "C"]
        if late:
            self._fresh[ref] = {line.row - 1: line.minutes for line in late}
        if late and sheet.reason:
            self._wordings.setdefault(sheet.reason, []).append(sheet.spans(late))
        said = self.fates.confirmed.get(ref, ())
        for one in said:
            self._worked.setdefault(sheet.organisation, []).append((one.entry, one.by.person))
            self.by_pair[sheet.recorder.name, one.by.name] += 1
        if said:
            key = sheet.organisation, sheet.recorder.person
            pair = self._pairs.setdefault(key, _Pair(sheet.recorder))
            pair.confirmers |= {one.by.person: one.by for one in said}
            pair.sheets += sheet.spans(sheet.lines)
            pair.entries += [one.entry for one in said]
            pair.count += 1

    def _join_team(self, sheet: Sheet, new: Sequence[Line]) -> None:
        team = self._teams.setdefault((sheet.organisation, sheet.stamp[:7]), _Team())
        team.lines += sheet.spans(new)
        team.late += sheet.spans(line for line in new if line.class_ == "C")
        today, a = day_number(day_of(sheet.stamp)), self.rules.anomalies
        if day_number(_next_month(sheet.stamp)) - today <= a.month_end_days:
            old = today - a.month_end_age
            team.at_end += sheet.spans(
                line for line in new if day_number(day_of(line.start)) < old
            )  # fmt: skip

    def _join_desk(self, sheet: Sheet, new: Sequence[Line]) -> None:
        officer = sheet.recorder
        desk = self._desks.setdefault(officer.person, _Desk(officer))
        desk.entries.append((clock(sheet.stamp), sheet.spans(new)))
        plan = sheet.activity.start, sheet.activity.end
        own = [line for line in new if line.signed and (line.arrived, line.left) != plan]
        desk.own_times += len(own)
        desk.round += sheet.spans(line for line in own if _is_round(line))
        hours = self.by_hour.setdefault(officer.name, [0] * 24)
        hours[int(sheet.stamp[11:13])] += len(new)
        self.by_day[int(sheet.stamp[8:10])] += len(new)

    def _join_activity(self, sheet: Sheet, new: Sequence[Line]) -> None:
        known, signed = self._held.get(sheet.activity.code, ([], 0))
        known += sheet.spans(new)
        signed += sum(1 for line in new if line.signed)
        self._held[sheet.activity.code] = known, signed

    # --- at the end -----------------------------------------------------------------------------

    def persons(self) -> Iterator[Person]:
        """Give each volunteer with all lines, by their start."""
        for volunteer, kept in self._turns.items():
            starts = range(0, len(kept), _FIELDS)
            turns = sorted(_turn(*kept[at : at + _FIELDS]) for at in starts)
            yield Person(volunteer, turns)

    def activities(self) -> Iterator[Held]:
        """Give each activity with all that was recorded of it."""
        for code, (lines, signed) in self._held.items():
            yield Held(self.registers.activities[code], tuple(lines), signed)

    def wordings(self) -> Iterator[Wording]:
        """Give each reason that a vault opened, with the lines it was given for."""
        for sheets in self._wordings.values():
            yield Wording(len(sheets), tuple(span for found in sheets for span in found))

    def months(self) -> Iterator[Month]:
        """Give each month of each team; a usual one is only sought for where a spike could be."""
        by_team: dict[str, dict[str, int]] = {}
        for (code, month), team in self._teams.items():
            by_team.setdefault(code, {})[month] = count(team.lines)
        for (code, month), team in sorted(self._teams.items()):
            own, usual, season = by_team[code], 0, 100
            if own[month] >= self.rules.anomalies.spike_lines:
                usual, season = _usual(own, month), self._season(own, month)
            yield Month(
                code, month, tuple(team.lines), tuple(team.late), tuple(team.at_end), usual, season
            )  # fmt: skip

    def _season(self, own: Mapping[str, int], month: str) -> int:
        """Return what the other teams recorded in a month, in per cent of their usual one."""
        rest = {one: lines - own.get(one, 0) for one, lines in self._months.items()}
        others = _usual(rest, month)
        return rest[month] * 100 // others if others else 100

    def recorders(self) -> Iterator[Recorder]:
        """Give each recorder."""
        for desk in self._desks.values():
            yield Recorder(desk.officer, desk.entries, desk.own_times, tuple(desk.round))

    def pairs(self) -> Iterator[Pair]:
        """Give each recorder with those who confirmed, an organisation at a time."""
        for (code, recorder), pair in self._pairs.items():
            first, last = min(pair.entries), max(pair.entries)
            able = {
                term.person
                for term in self.fates.terms
                if term.organisation == code and term.since < first and not (0 <= term.until < last)
            }
            able |= {person for entry, person in self._worked[code] if first <= entry <= last}
            others = able - pair.confirmers.keys() - {recorder}
            yield Pair(
                code, pair.recorder, tuple(pair.confirmers.values()), tuple(pair.sheets),
                pair.count, len(others),
            )  # fmt: skip


def _turn(start: int, end: int, minutes: int, place: int) -> Turn:
    entry, row = divmod(place >> _FLAGS, 1 << _ROW)
    return Turn(
        start, end, minutes, entry, row, bool(place & 1), bool(place & 2), bool(place & 4)
    )  # fmt: skip


def _is_round(line: Line) -> bool:
    return (clock(line.left) - clock(line.arrived)) % _HALF_HOUR == 0


def _next_month(stamp: str) -> str:
    year, month = divmod(int(stamp[:4]) * 12 + int(stamp[5:7]), 12)
    return f"{year:04d}-{month + 1:02d}-01"


def _usual(by_month: Mapping[str, int], month: str) -> int:
    """Return the lines of the month in the middle of the others; 0 where there are too few."""
    others = [lines for one, lines in by_month.items() if one != month and lines]
    return median_low(others) if len(others) >= _MONTHS else 0
