"""What is wrong with a sheet, for the person who must mend it.

One code a refused row: the codes are in the order of RULES.md, and the first that applies is the
answer. One bad row never sinks the good ones.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ledger.errors import Malformed, Rejected
from ledger.sheets.cells import Cell, Unreadable, blank, shown
from ledger.sheets.known import RefusedRow
from ledger.sheets.layout import Note, Row, Table, numbered

CODES = (
    *("not_authorised", "four_eyes", "row.unreadable", "field.missing", "field.unreadable"),
    *("id.checksum", "id.birth_mismatch", "id.sex_mismatch", "id.duplicate", "uscc.checksum"),
    *("consent.missing", "volunteer.too_young", "guardian.missing"),
    *("organisation.unknown", "activity.unknown", "activity.cancelled"),
    *("activity.not_service", "activity.paid"),
    *("volunteer.unknown", "volunteer.ambiguous", "volunteer.not_active", "volunteer.minor_hazard"),
    *("time.missing", "time.unreadable", "time.reversed", "time.future"),
    *("time.outside_activity", "time.too_long", "time.too_short"),
    *("time.exceeds_interval", "time.duplicate", "time.overlap", "time.day_limit", "row.repeated"),
)
_ORDER = {code: place for place, code in enumerate(CODES)}
_SHOWN = 60  # characters of a value in a sentence

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """One refused row: where, what, why, and what to do, in both languages."""

    file: str
    sheet: str
    row: int
    sheet_row: int
    column: str
    value: str
    code: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Judged(Generic[T]):
    """A sheet judged: rows to record, rows recorded before (by number), and what is wrong."""

    good: tuple[T, ...] = ()
    already: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()
    refused: tuple[RefusedRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in one field of a row; the sentences do not yet say where."""

    code: str
    field: str
    en: str
    zh: str


class Marks:
    """One row being read: values out, faults kept, the worst of them asked for at the end."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.faults: list[Fault] = []
        if row.damage is not None:
            self.fault("row.unreadable", "", row.damage.en, row.damage.zh)

    def fault(self, code: str, field: str, en: str, zh: str) -> None:
        """Keep a fault and go on: what comes first in the table of codes is not read first."""
        self.faults.append(Fault(code, field, en, zh))

    def reject(self, field: str, error: Rejected) -> None:
        """Keep a fault that another module found."""
        self.fault(error.code, field, error.en, error.zh)

    def given(self, field: str) -> bool:
        """Tell whether something stands in that field."""
        return not blank(self.row.cells.get(field, ""))

    def read(self, field: str, parse: Callable[[Cell], T], empty: T) -> T:
        """Return what the field holds; `empty` where nothing stands or it cannot be read."""
        cell = self.row.cells.get(field, "")
        if blank(cell):
            return empty
        try:
            return parse(cell)
        except Rejected as error:
            self.reject(field, error)
            return empty
        except Malformed as error:  # a time that no ledger can hold, such as one in 1899
            self.fault("field.unreadable", field, error.en, error.zh)
            return empty

    def need(self, field: str, parse: Callable[[Cell], T], empty: T) -> T:
        """Do the same for a field that must be filled."""
        if not self.given(field):
            self.fault("field.missing", field, "fill it in", "请填写")
        return self.read(field, parse, empty)

    def worst(self) -> Fault | None:
        """Return the fault that comes first in the table of codes, if there is one."""
        return min(self.faults, key=lambda fault: _ORDER[fault.code], default=None)


def problem(table: Table, row: Row, fault: Fault) -> Problem:
    """Write a fault down for the person who must mend it."""
    cell = row.cells.get(fault.field, "")
    value = shown(cell)[:_SHOWN]
    column = table.column(fault.field)
    en = f"row {row.row} (line {row.sheet_row} of the sheet)"
    zh = f"第{row.row}行（表中第{row.sheet_row}行）"
    if column:
        en, zh = f"{en}, column {column}", f"{zh}，“{column}”栏"
        empty = not value and not isinstance(cell, Unreadable)
        en += " is empty" if empty else f" “{value}”"
        zh += "为空" if empty else f"“{value}”"
    place = (table.file, table.sheet, row.row, row.sheet_row, column, value)
    return Problem(*place, fault.code, f"{en}: {fault.en}", f"{zh}：{fault.zh}")


def whole(table: Table, code: str, en: str, zh: str) -> tuple[Problem, ...]:
    """Refuse every row of a table for one reason that lies in none of them."""
    return tuple(problem(table, row, Fault(code, "", en, zh)) for row in table.rows)


def gathered(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Say once what would be said of many rows: same words, the rows named together."""
    rows: dict[tuple[str, str], list[int]] = {}
    for note in notes:
        rows.setdefault((note.en, note.zh), []).append(note.row)
    return tuple(_together(en, zh, found) for (en, zh), found in rows.items())


def _together(en: str, zh: str, rows: Sequence[int]) -> Note:
    if rows == [0]:
        return Note(0, en, zh)
    if len(rows) == 1:
        return Note(rows[0], f"row {rows[0]}: {en}", f"第{rows[0]}行：{zh}")
    named = numbered(rows)
    return Note(0, f"rows {named[0]}: {en}", f"{named[1]}：{zh}")
