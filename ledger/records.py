"""Records: the rows of the book. What `admit` answers, what the store writes, what an audit compares.

Each class is a table: its fields are the columns, `KEY` is what tells a row from the others.
"""

from typing import ClassVar, TypeVar

from msgspec import Struct

NOBODY = -1  # an entry index that is none


class Row(Struct, frozen=True, gc=False):
    """Texts, numbers and truths: nothing that could hang in a circle, so no collector looks at it."""


class Spoken(Row, frozen=True):
    """One entry: where it stands and under which name it was said."""

    KEY: ClassVar[tuple[str, ...]] = ("by", "id")
    by: str
    id: str
    entry: int
    ref: str
    kind: str
    organisation: str
    stamp: str


class Key(Row, frozen=True):
    """An enrolled key; it speaks from after entry `entry` up to entry `until`."""

    KEY: ClassVar[tuple[str, ...]] = ("by",)
    by: str
    entry: int
    ref: str
    role: str
    organisation: str
    person: str
    vkey: str
    public: str
    until: int = NOBODY


class Adoption(Row, frozen=True):
    """An adopted ruleset, as canonical JSON."""

    KEY: ClassVar[tuple[str, ...]] = ("entry",)
    entry: int
    ref: str
    code: int
    since: str
    document: str


class Organisation(Row, frozen=True):
    """An organisation's row in force: item `n` of the statement `ref`; the root has no parent."""

    KEY: ClassVar[tuple[str, ...]] = ("code",)
    code: str
    ref: str
    n: int
    parent: str
    name: str
    area: str = ""
    uscc: str = ""
    manager: str = ""
    successor: str = ""


class Volunteer(Row, frozen=True):
    """A volunteer; `ref, n` is the row in force: the last that holds `name`."""

    KEY: ClassVar[tuple[str, ...]] = ("number",)
    number: str
    ref: str
    n: int
    registered: str
    state: str  # active, restricted, erased


class Membership(Row, frozen=True):
    """A volunteer's membership; `left` is empty while it lasts."""

    KEY: ClassVar[tuple[str, ...]] = ("volunteer", "organisation")
    volunteer: str
    organisation: str
    since: str
    left: str = ""


class Activity(Row, frozen=True):
    """An activity's row in force; `best` is the best evidence class its lines can have."""

    KEY: ClassVar[tuple[str, ...]] = ("code",)
    code: str
    ref: str
    n: int
    organisation: str
    name: str
    start: str
    end: str
    best: str
    moved: bool = False
    cancelled: bool = False
    settled: bool = False  # a line of it was confirmed: it changes no more
    hazard: bool = False


class Sheet(Row, frozen=True):
    """An attendance statement. Its state is that of its lines, their exceptions apart."""

    KEY: ClassVar[tuple[str, ...]] = ("ref",)
    ref: str
    entry: int
    organisation: str
    activity: str
    person: str  # the recorder
    stamp: str
    count: int
    late: bool = False
    state: str = "recorded"  # recorded, noticed, confirmed
    notice: str = ""  # the notice it is under now
    confirmation: int = NOBODY  # the entry that first confirmed it


class Line(Row, frozen=True):
    """A service line. `state` is empty, or what sets it apart from its sheet."""

    KEY: ClassVar[tuple[str, ...]] = ("sheet", "n")
    sheet: str
    n: int
    volunteer: str
    start: str
    end: str
    minutes: int
    class_: str
    state: str = ""  # objected, denied, excepted, replaced, void
    confirmation: int = (
        NOBODY  # the entry that let it stand, where that came later than its sheet's
    )

    @property
    def live(self) -> bool:
        """Tell whether the line waits or stands, and so takes its volunteer's time."""
        return not self.state


class Notice(Row, frozen=True):
    """A public notice and when it was opened; `waiting` statements under it are unconfirmed."""

    KEY: ClassVar[tuple[str, ...]] = ("ref",)
    ref: str
    entry: int
    organisation: str
    stamp: str
    waiting: int
    open: bool = True


class Certificate(Row, frozen=True):
    """An issued certificate."""

    KEY: ClassVar[tuple[str, ...]] = ("ref",)
    ref: str
    entry: int
    number: str
    organisation: str
    year: str
    sequence: int
    volunteer: str
    minutes: int
    state: str = "valid"  # valid, superseded, revoked


class Certified(Row, frozen=True):
    """A line that a certificate rests on."""

    KEY: ClassVar[tuple[str, ...]] = ("sheet", "n", "certificate")
    sheet: str
    n: int
    certificate: str


Record = (
    Spoken
    | Key
    | Adoption
    | Organisation
    | Volunteer
    | Membership
    | Activity
    | Sheet
    | Line
    | Notice
    | Certificate
    | Certified
)
RECORDS: tuple[type[Record], ...] = (
    Spoken,
    Key,
    Adoption,
    Organisation,
    Volunteer,
    Membership,
    Activity,
    Sheet,
    Line,
    Notice,
    Certificate,
    Certified,
)
R = TypeVar("R", bound=Record)
RecordKey = tuple[str | int, ...]


def key_of(record: Record) -> RecordKey:
    """Return what tells a record from the others of its kind."""
    if isinstance(record, Line):  # most are lines: written out, it takes a third of the time
        return (record.sheet, record.n)
    return tuple([getattr(record, name) for name in record.KEY])
