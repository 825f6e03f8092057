"""Rows of a sheet held against lines said before and against good rows above them.

A row equal to a line of an earlier statement is `already`, which is no error: people mend four rows
and send the whole sheet again. Intervals are half-open; touching is allowed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ledger.intervals import Credit, Presence, overlapping
from ledger.rulesets import Ruleset
from ledger.sheets.known import Activity, Line, Person
from ledger.sheets.layout import Row, Table
from ledger.sheets.problems import Fault, Problem, problem

Evidence = Literal["A", "B", "C", "L"]


@dataclass(frozen=True, slots=True)
class Case:
    """What a sheet is judged by; `recorder` is the recorder's own volunteer number, or ""."""

    activity: Activity
    rules: Ruleset
    stamp: str
    recorder: str = ""
    evidence: Evidence = "B"


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A row that counts: the credited interval, the times as written, whole minutes."""

    row: int
    sheet_row: int
    volunteer: str
    start: str
    end: str
    arrived: str | None
    left: str | None
    minutes: int
    rating: int | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A row read and found in itself right; only other lines can still refuse it."""

    row: Row
    person: Person
    presence: Presence
    worth: Credit
    rating: int | None


def against_lines(
    table: Table, case: Case, seen: Sequence[Seen], earlier: Mapping[str, Sequence[Line]]
) -> tuple[tuple[ServiceRow, ...], tuple[int, ...], list[Problem]]:
    """Hold each row against lines said before and good rows above it."""
    above: dict[str, list[Seen]] = {}
    good: list[ServiceRow] = []
    already: list[int] = []
    refused: list[Problem] = []
    for one in seen:
        mine = above.setdefault(one.person.number, [])
        lines = earlier.get(one.person.number, ())
        fault = _duplicate(one, mine)
        said = any(_equal(one, line, case.activity.code) for line in lines)
        if fault is None and not said:
            fault = _overlap(one, mine, lines)
        if fault is not None:
            refused.append(problem(table, one.row, fault))
            continue
        mine.append(one)
        if said:
            already.append(one.row.row)
        else:
            good.append(_service_row(one))
    return tuple(good), tuple(already), refused


def _equal(one: Seen, line: Line, activity: str) -> bool:
    written = (one.presence.arrived or "", one.presence.left or "", one.worth.minutes)
    return activity == line.activity and written == (line.arrived, line.left, line.minutes)


def _duplicate(one: Seen, above: Sequence[Seen]) -> Fault | None:
    interval = (one.presence.arrived, one.presence.left)
    for other in above:
        if interval == (other.presence.arrived, other.presence.left):
            en = f"the same as row {other.row.row} above; delete one of the two"
            return Fault("time.duplicate", "arrived", en, f"与第{other.row.row}行重复，请删除其一")
    return None


def _overlap(one: Seen, above: Sequence[Seen], lines: Sequence[Line]) -> Fault | None:
    for other in above:
        if overlapping(one.worth, (other.worth,)):
            en = f"overlaps row {other.row.row} above; correct the times of one"
            zh = f"与第{other.row.row}行时间重叠，请改正"
            return Fault("time.overlap", "arrived", en, zh)
    for line in lines:
        if line.blocks and overlapping(one.worth, (_credit(line),)):
            when = f"{line.start[:16].replace('T', ' ')}–{line.end[11:16]}"
            en = (
                f"overlaps line {line.ref} of activity {line.activity} ({when});"
                " correct the times, or object to that line"
            )
            zh = (
                f"与活动 {line.activity} 的记录 {line.ref}（{when}）时间重叠，"
                "请改正时间或对该记录提出异议"
            )
            return Fault("time.overlap", "arrived", en, zh)
    return None


def _credit(line: Line) -> Credit:
    return Credit(line.start, line.end, line.minutes)


def _service_row(one: Seen) -> ServiceRow:
    return ServiceRow(
        row=one.row.row,
        sheet_row=one.row.sheet_row,
        volunteer=one.person.number,
        start=one.worth.start,
        end=one.worth.end,
        arrived=one.presence.arrived,
        left=one.presence.left,
        minutes=one.worth.minutes,
        rating=one.rating,
    )
