"""Records: the rows of the book. What `admit` answers, what the store writes, what an audit compares.

Each class is a table: its fields are the columns, `KEY` is what tells a row from the others.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar, TypeVar, get_args

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
    category: str
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
    rating: int = 0  # 1 to 5; 0: not rated
    state: str = ""  # objected, denied, excepted, replaced, void
    confirmation: int = NOBODY  # the entry that let it stand, where later than its sheet's
    voided: int = NOBODY  # the entry that voided it

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
    ended: str = ""  # day since when it does not stand
    reason: str = ""  # why
    successor: str = ""  # number of the certificate that takes its place


class Certified(Row, frozen=True):
    """A row that a certificate rests on: of a sheet, or of any other statement."""

    KEY: ClassVar[tuple[str, ...]] = ("sheet", "n", "certificate")
    sheet: str
    n: int
    certificate: str


class Closing(Row, frozen=True):
    """A closing, or a part of one: rows `first` up to `after` of `total`, the last of them of `last`."""

    KEY: ClassVar[tuple[str, ...]] = ("ref",)
    ref: str
    entry: int
    organisation: str
    as_of: str
    size: int
    first: int
    after: int
    total: int
    last: str
    following: str = ""  # the statement that goes on with it


class Star(Row, frozen=True):
    """A star that was proposed, and what became of it; `adoption` is the ruleset it was decided by."""

    KEY: ClassVar[tuple[str, ...]] = ("volunteer", "level")
    volunteer: str
    level: int
    organisation: str  # whose recorder proposed it
    notice: str  # the notice it is or was under
    state: str  # proposed, granted, refused, withdrawn, review
    adoption: int
    entry: int  # that brought it into its state
    ref: str  # the row that proposed it, or that decided; of one that is held, the one that granted
    n: int


class Complaint(Row, frozen=True):
    """A complaint about a volunteer that was upheld: a line of his was voided for it."""

    KEY: ClassVar[tuple[str, ...]] = ("volunteer", "entry")
    volunteer: str
    entry: int
    day: str


class Holder(Row, frozen=True):
    """Whether a volunteer's accounts are open; without a record they are `active`."""

    KEY: ClassVar[tuple[str, ...]] = ("volunteer",)
    volunteer: str
    state: str  # active, frozen, closed
    entry: int


class Account(Row, frozen=True):
    """What an account holds of a unit: debits less credits. What is held back is still in it."""

    KEY: ClassVar[tuple[str, ...]] = ("account", "unit")
    account: str
    unit: str  # point, credit
    balance: int = 0
    held: int = 0  # by holds that are open
    gone: int = 0  # what has left it so far, by transfer or expiry
    minutes: int = 0  # that have earned credits, or will once they make a full hour
    excess: int = 0  # that went away unspent: above the cap, or as the account was closed
    owed: int = 0  # what the association bore for it, to be made good from what it earns next
    lapsed: int = 0  # points that lapsed: a voided line takes from these first
    through: str = ""  # the last year whose points have lapsed


class Movement(Row, frozen=True):
    """A transfer that took place, said or computed; what confirmed lines earn is in no row."""

    KEY: ClassVar[tuple[str, ...]] = ("ref", "n")
    ref: str
    n: int  # of the statement's movements, from 0
    entry: int
    stamp: str  # recorded
    effective: str  # day
    debit: str
    credit: str
    unit: str
    amount: int
    purpose: str
    hold: str = ""  # the hold it settles: `ref:n`
    held: str = ""  # the day on which that was held
    refunded: int = 0


class Hold(Row, frozen=True):
    """An amount set aside on the paying account until it is settled or released."""

    KEY: ClassVar[tuple[str, ...]] = ("ref", "n")
    ref: str
    n: int
    entry: int
    organisation: str
    person: str  # the recorder who holds
    debit: str
    credit: str
    unit: str
    amount: int
    purpose: str
    day: str  # on which it was held
    until: str  # instant after which it counts no more
    good: str = ""
    count: int = 0
    origin: str = ""  # what it refunds (`ref:n`), or where it comes from or goes to
    state: str = "open"  # open, settled, released


class Good(Row, frozen=True):
    """Something to be had for points (礼遇), and how many are left; those held are not left."""

    KEY: ClassVar[tuple[str, ...]] = ("code",)
    code: str
    ref: str
    n: int
    organisation: str
    name: str
    price: int
    stock: int


class Achievement(Row, frozen=True):
    """A training or an honour of a volunteer: recorded beside service, never added to it."""

    KEY: ClassVar[tuple[str, ...]] = ("ref", "n")
    ref: str
    n: int
    entry: int
    kind: str  # training, honour
    organisation: str
    person: str  # the recorder
    volunteer: str
    date: str
    title: str  # of the course, or of the honour
    giver: str  # who held the course, or bestowed the honour
    minutes: int = 0  # of a training
    voided: int = NOBODY  # the entry that took it back


class Import(Row, frozen=True):
    """Credits that came from another ledger: each export is taken in once."""

    KEY: ClassVar[tuple[str, ...]] = ("origin", "ref", "n")
    origin: str
    ref: str
    n: int
    entry: int


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
    | Closing
    | Star
    | Complaint
    | Holder
    | Account
    | Movement
    | Hold
    | Good
    | Achievement
    | Import
)
RECORDS: tuple[type[Record], ...] = get_args(Record)
R = TypeVar("R", bound=Record)
RecordKey = tuple[str | int, ...]


def _key_reader(kind: type[Record]) -> Callable[[Record], RecordKey]:
    names = kind.KEY
    read: Callable[[Any], Any] = attrgetter(*names)
    return read if len(names) > 1 else lambda record: (read(record),)


_KEYS = {kind: _key_reader(kind) for kind in RECORDS}


def key_of(record: Record) -> RecordKey:
    """Return what tells a record from the others of its kind."""
    return _KEYS[type(record)](record)
