"""The tables: the log's own five, and one projection for each class of record in the book.

A projection's columns are the record's fields, so what `admit` answers is what is written. The
tables themselves are made by the migrations; a test holds the two against each other.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from msgspec.structs import fields
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

from ledger.records import (
    RECORDS,
    Account,
    Achievement,
    Activity,
    Adoption,
    Certificate,
    Certified,
    Closing,
    Complaint,
    Good,
    Hold,
    Holder,
    Import,
    Key,
    Line,
    Membership,
    Movement,
    Notice,
    Organisation,
    R,
    Record,
    Sheet,
    Spoken,
    Star,
    Volunteer,
)

NAMES: dict[type, str] = {
    Spoken: "spoken",
    Key: "keys",
    Adoption: "adoptions",
    Organisation: "organisations",
    Volunteer: "volunteers",
    Membership: "memberships",
    Activity: "activities",
    Sheet: "sheets",
    Line: "lines",
    Notice: "notices",
    Certificate: "certificates",
    Certified: "certified",
    Closing: "closings",
    Star: "stars",
    Complaint: "complaints",
    Holder: "holders",
    Account: "accounts",
    Movement: "movements",
    Hold: "holds",
    Good: "goods",
    Achievement: "achievements",
    Import: "imports",
}
_UNIQUE = (
    ("spoken", "entry"), ("spoken", "ref"), ("keys", "public"), ("sheets", "entry"),
    ("notices", "entry"), ("certificates", "entry"), ("certificates", "number"),
    ("closings", "entry"),
)  # fmt: skip
_INDEXED = (
    ("keys", "ref"), ("organisations", "parent"), ("memberships", "organisation"),
    ("activities", "organisation"), ("sheets", "activity"), ("sheets", "notice"),
    ("sheets", "state"), ("notices", "open"), ("certificates", "volunteer"),
    ("certified", "certificate"), ("closings", "organisation"), ("closings", "size"),
    ("stars", "notice"), ("movements", "debit"), ("movements", "credit"), ("holds", "credit"),
    ("holds", "good"),
    ("goods", "organisation"), ("achievements", "volunteer"),
)  # fmt: skip
_WHOLE = BigInteger().with_variant(Integer, "sqlite")

METADATA = MetaData()
ENTRIES = Table(
    "entries",
    METADATA,
    Column("entry", _WHOLE, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)
ITEMS = Table(
    "items",
    METADATA,
    Column(
        "entry",
        _WHOLE,
        ForeignKey("entries.entry", deferrable=True, initially="DEFERRED"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("data", LargeBinary, nullable=False),
)
NODES = Table(
    "nodes",
    METADATA,
    Column("level", _WHOLE, primary_key=True, autoincrement=False),
    Column("idx", _WHOLE, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)
CHECKPOINTS = Table(
    "checkpoints",
    METADATA,
    Column("size", _WHOLE, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    Column("since", _WHOLE, nullable=False),
)
COSIGNATURES = Table(
    "cosignatures",
    METADATA,
    Column("n", _WHOLE, primary_key=True, autoincrement=False),
    Column("size", _WHOLE, nullable=False),
    Column("vkey", Text, nullable=False),
    Column("line", Text, nullable=False),
)


def _projection(kind: type[Record]) -> Table:
    columns = (
        Column(
            column_name(field.name),
            Text if field.type is str else _WHOLE,
            primary_key=field.name in kind.KEY,
            nullable=False,
            autoincrement=False,
        )
        for field in fields(kind)
    )
    return Table(NAMES[kind], METADATA, *columns)


def column_name(field: str) -> str:
    """Return the column that holds a field: `class_` is written `class`."""
    return field.rstrip("_")


PROJECTIONS: dict[type, Table] = {kind: _projection(kind) for kind in RECORDS}
Index("cosignatures_size", COSIGNATURES.c.size)
for _table, _column in _UNIQUE:
    Index(f"{_table}_{_column}", METADATA.tables[_table].c[_column], unique=True)
for _table, _column in _INDEXED:
    Index(f"{_table}_{_column}", METADATA.tables[_table].c[_column])
_lines, _certificates = PROJECTIONS[Line].c, PROJECTIONS[Certificate].c
Index("lines_volunteer", _lines.volunteer, _lines.start)
# Partial, as the migration writes it (class L); to say so here would load PostgreSQL's dialect for all.
Index("lines_long", _lines.volunteer, _lines.end)
Index(
    "certificates_sequence",
    _certificates.organisation,
    _certificates.year,
    _certificates.sequence,
    unique=True,
)


_FLAGS: dict[type, tuple[int, ...]] = {
    kind: tuple(i for i, field in enumerate(fields(kind)) if field.type is bool) for kind in RECORDS
}
_ROWS: dict[type, Callable[[Record], tuple[str | int, ...]]] = {
    kind: attrgetter(*(field.name for field in fields(kind))) for kind in RECORDS
}


def reader_of(kind: type[R]) -> Callable[[Sequence[Any]], R]:
    """Return what makes a record out of a row; truth is written as 0 and 1."""
    flags = _FLAGS[kind]

    def read(row: Sequence[Any]) -> R:
        return kind(*row)

    def read_flags(row: Sequence[Any]) -> R:
        values: list[Any] = list(row)
        for i in flags:
            # Only 0 and 1 are ours: a 2 must not pass for a 1, or an audit would not see it.
            values[i] = bool(values[i]) if values[i] in (0, 1) else values[i]
        return kind(*values)

    return read_flags if flags else read


def rows_of(kind: type, records: Sequence[Record]) -> list[tuple[str | int, ...]]:
    """Return the rows that records are written as."""
    rows = list(map(_ROWS[kind], records))
    if flags := _FLAGS[kind]:
        return [tuple(int(v) if i in flags else v for i, v in enumerate(row)) for row in rows]
    return rows
