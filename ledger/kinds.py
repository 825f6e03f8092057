"""What can be said: the closed union of statement kinds.

A head is published; it holds codes, keys, references and counts. What concerns one person is in an
item (`rows`). Fields and kinds are those of DESIGN.md section 4. No field is reused; a changed
meaning is a new kind.
"""

from typing import Annotated, ClassVar, Literal, get_args

from msgspec import Meta
from msgspec.json import Decoder

from ledger.fields import (
    MAX_ITEMS,
    MAX_LOST,
    By,
    Commitment,
    Day,
    Form,
    Hex32,
    Hex64,
    Instant,
    Name,
    Number,
    Percent,
    Positive,
    Reason,
    Ref,
    Role,
    Scope,
    Seed,
    Signed,
    Vkey,
    Whole,
)
from ledger.rows import (
    AccountsItem,
    ActivityItem,
    AttendanceItem,
    AwardItem,
    CertificateItem,
    CheckItem,
    ClosingItem,
    ConfirmationItem,
    CorrectionItem,
    DepartureItem,
    GoodItem,
    HonourItem,
    Item,
    NoticeItem,
    ObjectionItem,
    OrganisationItem,
    PersonItem,
    RulesetItem,
    TrainingItem,
    TransferItem,
    VolunteerItem,
    VolunteerRefItem,
)
from ledger.times import day, moment


class Items(Form, frozen=True):
    """How many rows a statement has, and the RFC 6962 root over their bytes."""

    count: Annotated[int, Meta(ge=1, le=MAX_ITEMS)]
    root: Ref


class Head(Form, frozen=True, tag_field="kind", tag=str.lower, kw_only=True):
    """What every statement says: who, when, for which organisation, and under which name."""

    row: ClassVar[type[Item] | None] = None

    at: Instant
    by: By
    id: Hex32
    organisation: Scope
    items: Items | None = None

    def __post_init__(self) -> None:
        """Hold the time against its form."""
        moment(self.at)

    @property
    def kind(self) -> str:
        """Return the word by which the kind is written."""
        return str(self.__struct_config__.tag)


class Charter(Head, frozen=True):
    """Entry 0: which log this is, and the keys it begins with."""

    row = PersonItem
    clock: Literal["real", "simulated"]
    log: Vkey
    operator: Vkey
    recovery: Vkey


class Appointment(Head, frozen=True):
    """An operator enrols an officer's key for a role."""

    row = PersonItem
    key: Vkey
    role: Role


class Dismissal(Head, frozen=True):
    """An operator ends an appointment; `since` only flags what came since."""

    appointment: Ref
    since: Instant

    def __post_init__(self) -> None:
        """Hold the time against its form."""
        Head.__post_init__(self)
        moment(self.since)


class Recovery(Head, frozen=True):
    """The recovery key lets the log go on from here, although its newer entries may be lost.

    `size` and `root` are what is kept; `log` is the key that signs from this entry on, absent where
    nothing was signed beyond. `lost` are checkpoints that this log signed and can no longer be true to.
    """

    class Lost(Form, frozen=True):
        """A checkpoint of the lost tail: with the log's signature, or as the guard remembers it."""

        size: Positive
        root: Ref
        log: Vkey | None = None
        signature: Signed | None = None

    size: Positive
    root: Ref
    reason: Reason
    lost: Annotated[tuple[Lost, ...], Meta(max_length=MAX_LOST)] = ()
    log: Vkey | None = None


class Anchor(Head, frozen=True):
    """An operator hangs another log on this one: its key, and a checkpoint that it signed."""

    log: Vkey
    size: Positive
    root: Ref
    signature: Signed


class RulesetAdoption(Head, frozen=True, tag="ruleset"):
    """An operator adopts a ruleset from a day on; `code` is the version of `admit` that reads on."""

    row = RulesetItem
    code: Positive
    from_: Day

    def __post_init__(self) -> None:
        """Hold the day against its form."""
        Head.__post_init__(self)
        day(self.from_)


class Organisations(Head, frozen=True):
    """Organisations and teams, new or changed."""

    row = OrganisationItem


class Volunteers(Head, frozen=True):
    """Volunteers registered in an organisation, or changed."""

    row = VolunteerItem


class Activities(Head, frozen=True):
    """Activities published, or changed."""

    row = ActivityItem


class Cancellation(Head, frozen=True):
    """An activity does not take place."""

    activity: Name


class Departure(Head, frozen=True):
    """Volunteers leave an organisation."""

    row = DepartureItem


class Attendance(Head, frozen=True):
    """A recorder's sheet of service lines for one activity."""

    row = AttendanceItem
    activity: Name
    source: Commitment | None = None
    reason: Commitment | None = None
    attachments: tuple[Commitment, ...] | None = None


class Notice(Head, frozen=True):
    """Attendance statements put up for public notice (公示)."""

    row = NoticeItem


class Objection(Head, frozen=True):
    """An objection to lines under notice."""

    row = ObjectionItem


class Confirmation(Head, frozen=True):
    """A second person lets the lines of a notice stand."""

    row = ConfirmationItem
    notice: Ref


class Correction(Head, frozen=True):
    """A second person voids lines, trainings and honours, with a reason code."""

    row = CorrectionItem
    reason: Reason


class Certificate(Head, frozen=True):
    """A certificate: its number, the digest of its page, and the digest of the sealing key."""

    class Page(Form, frozen=True):
        """The rendered page before it is sealed."""

        length: Positive
        sha256: Hex64

    row = CertificateItem
    number: Number
    page: Page
    signer: Hex64


class Revocation(Head, frozen=True):
    """A certificate counts no longer; `successor` is the certificate that takes its place."""

    certificate: Ref
    reason: Reason
    successor: Ref | None = None


class Status(Head, frozen=True):
    """An operator says how all certificates stand: the list of the entries before this one.

    `standings` knows its form. Its digest is of the bytes before they are compressed, for no two
    versions of zlib compress alike; after `next_update` a reader asks for a newer one.
    """

    class List(Form, frozen=True):
        """The list: its bytes, uncompressed."""

        length: Positive
        sha256: Hex64

    list: List
    size: Whole
    next_update: Instant

    def __post_init__(self) -> None:
        """Hold the times against their form."""
        Head.__post_init__(self)
        moment(self.next_update)


class Closing(Head, frozen=True):
    """An operator closes an organisation's accounts: what everybody there had come to by an entry.

    The figures are of the first `size` entries: all those stamped up to `as_of`. Rows are sorted by
    number; where a statement does not hold them all, `first` is the place of its first row among the
    `total`, and `previous` the statement that holds those before it.
    """

    row = ClosingItem
    as_of: Instant
    size: Positive
    total: Positive
    first: Whole = 0
    previous: Ref | None = None

    def __post_init__(self) -> None:
        """Hold the times against their form."""
        Head.__post_init__(self)
        moment(self.as_of)

    @property
    def after(self) -> int:
        """Return the place of the row after its last one."""
        assert self.items  # no kind with rows is read without them
        return self.first + self.items.count


class Sample(Head, frozen=True):
    """An auditor draws a sample (spot check): of all entries before this one, by a seed.

    `share` is how many teams of a hundred, `least` how many at least, `most` how many lines of each;
    `ledger.sampling` draws by these. The root was fixed before the seed was chosen.
    """

    size: Positive
    root: Ref
    seed: Seed
    share: Percent
    least: Positive
    most: Positive


class Check(Head, frozen=True):
    """An auditor says what became of lines of a sample when they were held against their evidence."""

    row = CheckItem
    sample: Ref


class Erasure(Head, frozen=True):
    """The personal data of volunteers was destroyed."""

    row = VolunteerRefItem
    reason: Reason


class Restriction(Head, frozen=True):
    """The personal data of volunteers is kept but not used (PIPL 47); `lifted` undoes it."""

    row = VolunteerRefItem
    reason: Reason


class Award(Head, frozen=True):
    """An issuer decides about stars: each is granted, refused or withdrawn by a person."""

    row = AwardItem
    reason: Reason
    notice: Ref | None = None


class Transfer(Head, frozen=True):
    """Points or credits move: set aside first, then settled by a second person or released."""

    row = TransferItem
    step: Literal["hold", "settle", "release", "post"]


class Accounts(Head, frozen=True):
    """Volunteers' accounts are opened, frozen or closed."""

    row = AccountsItem
    reason: Reason


class Goods(Head, frozen=True):
    """The catalogue of what is to be had for points, new or changed."""

    row = GoodItem


class Training(Head, frozen=True):
    """Trainings that volunteers took part in."""

    row = TrainingItem


class Honour(Head, frozen=True):
    """Honours that volunteers were given."""

    row = HonourItem


Said = (
    Charter | Appointment | Dismissal | Recovery | Anchor | RulesetAdoption | Organisations
    | Volunteers | Activities | Cancellation | Departure | Attendance | Notice | Objection
    | Confirmation | Correction | Certificate | Revocation | Status | Closing | Sample | Check
    | Erasure | Restriction | Award | Transfer | Accounts | Goods | Training | Honour
)  # fmt: skip
KINDS: frozenset[str] = frozenset(kind.__struct_config__.tag for kind in get_args(Said))
HEADS: Decoder[Said] = Decoder(Said)
ROWS: dict[type[Head], Decoder[Item]] = {
    kind: Decoder(kind.row) for kind in get_args(Said) if kind.row
}
