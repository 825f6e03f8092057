"""The rows of statements: what each kind's items say.

What concerns one person is in an item, which is stored beside the entry and shown one by one. Fields
are those of DESIGN.md section 4; every item has a salt, so that none can be guessed from its hash.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta

from ledger import encoding
from ledger.fields import (
    AccountId,
    Amount,
    Area,
    Balance,
    Class,
    Commitment,
    Day,
    Form,
    Index,
    Instant,
    Level,
    LineRef,
    LineTime,
    Minutes,
    Name,
    NameOrCommitment,
    Parent,
    Price,
    Rating,
    Reason,
    Ref,
    Rows,
    Salt,
    Stars,
    Stock,
    Text,
    Total,
    Uscc,
)
from ledger.times import day, moment, whole_minute


class Item(Form, frozen=True):
    """A row: beside the entry, never in it, and shown one by one."""

    salt: Salt


class PersonItem(Item, frozen=True):
    """The opaque name of an officer."""

    person: Name


class RulesetItem(Item, frozen=True):
    """An adopted ruleset, calendar included; `rulesets` knows what may be in it."""

    ruleset: dict[str, Any]

    def __post_init__(self) -> None:
        """Hold it against the one encoding: a form of any value has no other check."""
        encoding.encode(self.ruleset)


class OrganisationItem(Item, frozen=True):
    """An organisation or team, and where it hangs; only the root's parent is empty."""

    code: Name
    parent: Parent
    name: Text
    area: Area | None = None
    uscc: Uscc | None = None
    manager: Text | None = None
    successor: Name | None = None


class VolunteerItem(Item, frozen=True):
    """A volunteer: who it is only as commitments. Without `name` it adds a membership."""

    number: Name
    state: Literal["active"]
    name: Commitment | None = None
    document: Commitment | None = None
    sex: Commitment | None = None
    born: Commitment | None = None
    contact: Commitment | None = None
    guardian: Commitment | None = None


class ActivityItem(Item, frozen=True):
    """An activity as published; `leader` is a volunteer's number or a commitment to a name."""

    code: Name
    name: Text
    category: Text
    place: Text
    content: Text
    start: LineTime
    end: LineTime
    leader: NameOrCommitment
    hazard: bool = False

    def __post_init__(self) -> None:
        """Hold times against their form."""
        whole_minute(self.start)
        whole_minute(self.end)


class DepartureItem(Item, frozen=True):
    """A volunteer leaves the organisation and what is below it; death is a reason."""

    volunteer: Name
    reason: Reason


class AttendanceItem(Item, frozen=True):
    """A service line: one person's interval of service in one activity, in whole minutes."""

    volunteer: Name
    start: LineTime
    end: LineTime
    minutes: Minutes
    class_: Class
    arrived: LineTime | None = None
    left: LineTime | None = None
    rating: Rating | None = None
    replaces: LineRef | None = None

    def __post_init__(self) -> None:
        """Hold times against their form."""
        whole_minute(self.start)
        whole_minute(self.end)
        if self.arrived is not None:
            whole_minute(self.arrived)
        if self.left is not None:
            whole_minute(self.left)


class NoticeItem(Item, frozen=True):
    """What is put up for public notice: an attendance statement, or a star proposed for somebody."""

    attendance: Ref | None = None
    volunteer: Name | None = None
    level: Level | None = None

    def __post_init__(self) -> None:
        """Hold that it is one of the two, and whole."""
        star = (self.volunteer is not None) + (self.level is not None)
        if star != (0 if self.attendance is not None else 2):
            raise ValueError("a notice is of an attendance, or of a volunteer and a level")


class ObjectionItem(Item, frozen=True):
    """A line that somebody objects to; `from` is the volunteer's number, if a volunteer."""

    line: LineRef
    reason: Commitment
    from_: Name | None = None


class ConfirmationItem(Item, frozen=True):
    """An attendance statement whose lines stand, the excepted ones apart."""

    attendance: Ref
    except_: tuple[Index, ...]
    approved: tuple[Index, ...]


class CorrectionItem(Item, frozen=True):
    """A line that is void from here on."""

    line: LineRef
    reason: Commitment
    from_: Name | None = None


class CheckItem(Item, frozen=True):
    """What became of a line when it was held against its evidence; `note` is what was found."""

    line: LineRef
    result: Literal["held", "differs", "no_evidence", "nobody"]
    note: Commitment | None = None


class ByClass(Form, frozen=True):
    """Minutes by evidence class, all four."""

    A: Total
    B: Total
    C: Total
    L: Total

    @property
    def total(self) -> int:
        """Return the minutes of all classes."""
        return self.A + self.B + self.C + self.L


class ClosingItem(Item, frozen=True):
    """What a volunteer had come to: confirmed minutes here and below, and what is his alone.

    Star, points and credits are of the whole ledger: a person has one account of each.
    """

    volunteer: Name
    by_class: ByClass
    star: Stars
    points: Balance
    credits: Balance
    donations: Balance  # credits of group service, which can only be given away


class CertificateItem(Item, frozen=True):
    """What a certificate says of a volunteer, and the rows that prove it, in log order.

    `closing` is the row of a closing whose minutes are carried; lines are then those that stood since.
    `star` is the row of the award that granted the level held; what is not asked for is absent.
    """

    volunteer: Name
    from_: Day
    to: Day
    minutes: Minutes
    by_class: ByClass
    lines: Rows
    closing: LineRef | None = None
    star: LineRef | None = None
    training: Annotated[Rows, Meta(min_length=1)] = ()
    honours: Annotated[Rows, Meta(min_length=1)] = ()

    def __post_init__(self) -> None:
        """Hold days against their form."""
        day(self.from_)
        day(self.to)


class AwardItem(Item, frozen=True):
    """What a person decided about a volunteer's star."""

    volunteer: Name
    level: Level
    decision: Literal["granted", "refused", "withdrawn"]


class TransferItem(Item, frozen=True):
    """A movement said, set aside, settled or released: which fields, the head's `step` decides."""

    effective: Day
    debit: AccountId | None = None  # receives
    credit: AccountId | None = None  # pays
    unit: Literal["point", "credit"] | None = None
    amount: Amount | None = None
    purpose: Reason | None = None
    until: Instant | None = None
    hold: LineRef | None = None
    paper: Commitment | None = None  # to the form that a side signed
    relation: Reason | None = None  # of who receives to who gives, or why somebody may redeem
    good: Name | None = None
    count: Price | None = None
    origin: LineRef | None = None  # the movement that is refunded, or the other ledger's
    receiver: Name | None = None  # whom an export is meant for, by his number there

    def __post_init__(self) -> None:
        """Hold times against their form."""
        day(self.effective)
        if self.until is not None:
            moment(self.until)


class AccountsItem(Item, frozen=True):
    """A volunteer's accounts are opened, frozen or closed; what is left may be written off with it."""

    volunteer: Name
    state: Literal["active", "frozen", "closed"]
    written_off: bool = False


class GoodItem(Item, frozen=True):
    """Something to be had for points (礼遇), and how many there are now."""

    code: Name
    name: Text
    price: Price
    stock: Stock


class TrainingItem(Item, frozen=True):
    """A training that a volunteer took part in; its minutes are never added to service."""

    volunteer: Name
    course: Text
    host: Text
    date: Day
    minutes: Minutes

    def __post_init__(self) -> None:
        """Hold the day against its form."""
        day(self.date)


class HonourItem(Item, frozen=True):
    """An honour (表彰、奖励) that a volunteer was given."""

    volunteer: Name
    title: Text
    grantor: Text
    date: Day

    def __post_init__(self) -> None:
        """Hold the day against its form."""
        day(self.date)


class VolunteerRefItem(Item, frozen=True):
    """A volunteer, by number alone."""

    volunteer: Name
