"""A small vault and book in memory: what sheets are judged against in the tests."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ledger.errors import LedgerError
from ledger.sheets import columns
from ledger.sheets.cells import Cell
from ledger.sheets.columns import Kind
from ledger.sheets.earlier import ServiceRow
from ledger.sheets.known import Line, Person, RefusedRegistration, RefusedRow
from ledger.sheets.layout import Grid, Table, table
from ledger.sheets.layout import Line as SheetLine
from ledger.sheets.registrations import Registration


@dataclass
class World:
    """People, refused registrations and lines, as rows are recorded."""

    persons: dict[str, Person] = field(default_factory=dict)
    turned_away: list[RefusedRow] = field(default_factory=list)
    lines: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))

    def by_number(self, number: str) -> Person | None:
        return self.persons.get(number)

    def by_document(self, document: str) -> Person | None:
        return next((p for p in self.persons.values() if p.document == document), None)

    def by_name(self, name: str) -> Sequence[Person]:
        return [p for p in self.persons.values() if p.name == name]

    def refused(self, name: str, phone: str) -> Sequence[RefusedRegistration]:
        return [
            RefusedRegistration(row.code, row.organisation)
            for row in self.turned_away
            if row.name == name and phone in ("", row.phone)
        ]

    def earlier(self, numbers: Collection[str]) -> Mapping[str, Sequence[Line]]:
        return {number: tuple(self.lines[number]) for number in numbers}

    def register(self, rows: Iterable[Registration]) -> None:
        """Record good rows: numbers are given in order."""
        given: dict[int, str] = {}
        for row in rows:
            number = row.person or given.get(row.of_row) or f"V{len(self.persons) + 1:06d}"
            given[row.row] = number
            held = self.persons.get(number)
            person = Person(
                number=number,
                name=row.name,
                phone=row.phone,
                document=row.document,
                born=row.born,
                sex=row.sex,
                guardian=row.guardian,
                organisations=frozenset({row.organisation}),
            )
            if held and row.kind == "membership":
                person = held
            both = person.organisations | (held.organisations if held else frozenset())
            both |= {row.organisation}
            self.persons[number] = replace(person, organisations=both)

    def record(self, activity: str, rows: Iterable[ServiceRow]) -> None:
        """Record good rows as waiting lines."""
        for row in rows:
            times = (row.start, row.end, row.minutes, row.arrived or "", row.left or "")
            self.lines[row.volunteer].append(Line(activity, *times, f"{activity}:{row.row}"))


def sheet(kind: Kind, *rows: Sequence[Cell]) -> Table:
    """Lay out rows of cells, headings among them, as a file would give them."""
    width = max(map(len, rows))
    lines = tuple(
        SheetLine(n, (*row, *("" for _ in range(width - len(row)))))
        for n, row in enumerate(rows, 1)
    )
    found = table(Grid("Sheet1", lines, {}), kind, columns.default(), "test.xlsx")
    assert found is not None, "the rows have headings"
    return found


def outcome(call: Callable[..., object], *arguments: object) -> str:
    """Return the code with which a reader refuses, or "read"."""
    try:
        call(*arguments)
    except LedgerError as refused:
        return refused.code
    return "read"
