"""A roster held against the faces at hand: which of its names a certificate could not print.

Any sheet that the product reads is one (the headings say where names stand), and so is a text file
with a name on each line. Every name is looked at, so that fonts are got once, before anything is issued.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from unicodedata import normalize

from certificates.typeface.faces import Faces
from ledger.errors import Rejected, Unsafe
from ledger.sheets import containers, delimited, reading, values
from ledger.sheets.cells import Cell, shown
from ledger.sheets.columns import KINDS, Columns, Kind
from ledger.sheets.layout import Table

# What certificates print of each kind of sheet.
_PRINTED: Mapping[Kind, tuple[str, ...]] = {
    "organisations": ("name",),
    "volunteers": ("name",),
    "activities": ("name", "place", "content", "leader"),
    "attendance": ("name",),
    "training": ("name", "course", "host"),
    "honours": ("name", "title", "grantor"),
}
_HEADLESS = "sheet.no_headings"


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it stands in a roster; a text file has lines, and neither sheets nor columns."""

    sheet: str
    line: int
    column: str
    text: str


def names(data: bytes, file: str, columns: Columns) -> tuple[Name, ...]:
    """Return all that certificates would print of a file; raise `Unsafe` where it is no roster."""
    found, refused = [], list[Unsafe]()
    for kind in KINDS:
        try:
            found.append(reading.read(data, file, kind, columns))
        except Unsafe as error:
            refused.append(error)
    if found:  # the kind that knows most of the headings
        return tuple(_of_sheets(max(found, key=lambda one: sum(len(t.fields) for t in one))))
    others = [error for error in refused if error.code != _HEADLESS]
    if not others and containers.opened(data, file).form == "csv":
        return tuple(_of_text(data, file))
    raise others[0] if others else refused[KINDS.index("volunteers")]


def undrawable(found: tuple[Name, ...], faces: Faces) -> Iterator[tuple[Name, tuple[str, ...]]]:
    """Give the names that cannot be drawn, each with the characters at fault."""
    for name in found:
        if missing := faces.missing(name.text):
            yield name, missing


def _of_sheets(tables: tuple[Table, ...]) -> Iterator[Name]:
    for table in tables:
        for row in table.rows:
            for field in _PRINTED[table.kind]:
                person = field == "name" and table.kind != "organisations"
                if text := _text(row.cells.get(field, ""), person=person):
                    yield Name(table.sheet, row.sheet_row, table.column(field), text)


def _of_text(data: bytes, file: str) -> Iterator[Name]:
    for line in delimited.grid(data, file).lines:
        texts = (_text(cell, person=True) for cell in line.cells)
        yield from (Name("", line.sheet_row, "", text) for text in texts if text)


def _text(cell: Cell, *, person: bool) -> str:
    """Return what a certificate would say of a cell: as it is read where it is imported."""
    try:
        return values.name(cell) if person else values.text(cell)
    except Rejected:  # importing says what is wrong with it
        return normalize("NFC", shown(cell))
