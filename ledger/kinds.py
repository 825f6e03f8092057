"""What can be said: the closed union of statement kinds, and the rows of each.

A head is published; it holds codes, keys, references and counts. What concerns one person is in an
item, which is stored beside the entry and shown one by one. Fields and kinds are those of DESIGN.md
section 4. No field is reused; a changed meaning is a new kind.
"""

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Discriminator, Field, TypeAdapter

from ledger.fields import (
    MAX_ITEMS,
    By,
    Class,
    Commitment,
    Day,
    Form,
    Hex32,
    Hex64,
    Index,
    Instant,
    LineRef,
    LineTime,
    Minutes,
    Name,
    Parent,
    Reason,
    Ref,
    Role,
    Salt,
    Scope,
    Text,
    Total,
    Vkey,
)
from ledger.rulesets import Ruleset

# --- rows ---------------------------------------------------------------------------------------


class Item(Form):
    """A row: beside the entry, never in it, and shown one by one."""

    salt: Salt


class PersonItem(Item):
    """The opaque name of an officer."""

    person: Name


class RulesetItem(Item):
    """An adopted ruleset, calendar included."""

    ruleset: Ruleset


class OrganisationItem(Item):
    """An organisation or team, and where it hangs; only the root's parent is empty."""

    code: Name
    parent: Parent
    name: Text
    area: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None
    uscc: Annotated[str, Field(pattern=r"^[0-9A-Z]{18}$")] | None = None
    manager: Text | None = None
    successor: Name | None = None


class VolunteerItem(Item):
    """A volunteer: who it is only as commitments. Without `name` it adds a membership."""

    number: Name
    state: Literal["active"]
    name: Commitment | None = None
    document: Commitment | None = None
    sex: Commitment | None = None
    born: Commitment | None = None
    contact: Commitment | None = None
    guardian: Commitment | None = None


class ActivityItem(Item):
    """An activity as published; `leader` is a volunteer's number or a commitment to a name."""

    code: Name
    name: Text
    category: Text
    place: Text
    content: Text
    start: LineTime
    end: LineTime
    leader: Name | Commitment
    hazard: Literal[True] | None = None


class DepartureItem(Item):
    """A volunteer leaves the organisation and what is below it; death is a reason."""

    volunteer: Name
    reason: Reason


class AttendanceItem(Item):
    """A service line: one person's interval of service in one activity, in whole minutes."""

    volunteer: Name
    start: LineTime
    end: LineTime
    minutes: Minutes
    class_: Class
    arrived: LineTime | None = None
    left: LineTime | None = None
    rating: Annotated[int, Field(ge=1, le=5)] | None = None
    replaces: LineRef | None = None


class NoticeItem(Item):
    """An attendance statement put up for public notice."""

    attendance: Ref


class ObjectionItem(Item):
    """A line that somebody objects to; `from` is the volunteer's number, if a volunteer."""

    line: LineRef
    reason: Commitment
    from_: Name | None = None


class ConfirmationItem(Item):
    """An attendance statement whose lines stand, the excepted ones apart."""

    attendance: Ref
    except_: tuple[Index, ...]
    approved: tuple[Index, ...]


class CorrectionItem(Item):
    """A line that is void from here on."""

    line: LineRef
    reason: Commitment
    from_: Name | None = None


class ByClass(Form):
    """Minutes by evidence class, all four."""

    A: Total
    B: Total
    C: Total
    L: Total

    @property
    def total(self) -> int:
        """Return the minutes of all classes."""
        return self.A + self.B + self.C + self.L


class CertificateItem(Item):
    """What a certificate says of a volunteer, and the lines that prove it, in log order."""

    volunteer: Name
    from_: Day
    to: Day
    minutes: Minutes
    by_class: ByClass
    lines: tuple[tuple[Ref, tuple[Index, ...]], ...]


class VolunteerRefItem(Item):
    """A volunteer, by number alone."""

    volunteer: Name


# --- heads --------------------------------------------------------------------------------------


class Items(Form):
    """How many rows a statement has, and the RFC 6962 root over their bytes."""

    count: Annotated[int, Field(ge=1, le=MAX_ITEMS)]
    root: Ref


class Head(Form):
    """What every statement says: who, when, for which organisation, and under which name."""

    row: ClassVar[type[Item] | None] = None

    at: Instant
    by: By
    id: Hex32
    organisation: Scope
    items: Items | None = None


class Charter(Head):
    """Entry 0: which log this is, and the keys it begins with."""

    row = PersonItem
    kind: Literal["charter"] = "charter"
    clock: Literal["real", "simulated"]
    log: Vkey
    operator: Vkey
    recovery: Vkey


class Appointment(Head):
    """An operator enrols an officer's key for a role."""

    row = PersonItem
    kind: Literal["appointment"] = "appointment"
    key: Vkey
    role: Role


class Dismissal(Head):
    """An operator ends an appointment; `since` only flags what came since."""

    kind: Literal["dismissal"] = "dismissal"
    appointment: Ref
    since: Instant


class RulesetAdoption(Head):
    """An operator adopts a ruleset from a day on; `code` is the version of `admit` that reads on."""

    row = RulesetItem
    kind: Literal["ruleset"] = "ruleset"
    code: Annotated[int, Field(ge=1)]
    from_: Day


class Organisations(Head):
    """Organisations and teams, new or changed."""

    row = OrganisationItem
    kind: Literal["organisations"] = "organisations"


class Volunteers(Head):
    """Volunteers registered in an organisation, or changed."""

    row = VolunteerItem
    kind: Literal["volunteers"] = "volunteers"


class Activities(Head):
    """Activities published, or changed."""

    row = ActivityItem
    kind: Literal["activities"] = "activities"


class Cancellation(Head):
    """An activity does not take place."""

    kind: Literal["cancellation"] = "cancellation"
    activity: Name


class Departure(Head):
    """Volunteers leave an organisation."""

    row = DepartureItem
    kind: Literal["departure"] = "departure"


class Attendance(Head):
    """A recorder's sheet of service lines for one activity."""

    row = AttendanceItem
    kind: Literal["attendance"] = "attendance"
    activity: Name
    source: Commitment | None = None
    reason: Commitment | None = None
    attachments: tuple[Commitment, ...] | None = None


class Notice(Head):
    """Attendance statements put up for public notice (公示)."""

    row = NoticeItem
    kind: Literal["notice"] = "notice"


class Objection(Head):
    """An objection to lines under notice."""

    row = ObjectionItem
    kind: Literal["objection"] = "objection"


class Confirmation(Head):
    """A second person lets the lines of a notice stand."""

    row = ConfirmationItem
    kind: Literal["confirmation"] = "confirmation"
    notice: Ref


class Correction(Head):
    """A second person voids lines, with a reason code."""

    row = CorrectionItem
    kind: Literal["correction"] = "correction"
    reason: Reason


class Certificate(Head):
    """A certificate: its number, the digest of its page, and the digest of the sealing key."""

    class Page(Form):
        """The rendered page before it is sealed."""

        length: Annotated[int, Field(gt=0)]
        sha256: Hex64

    row = CertificateItem
    kind: Literal["certificate"] = "certificate"
    number: Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]{1,64}$")]
    page: Page
    signer: Hex64


class Revocation(Head):
    """A certificate counts no longer; `successor` is the certificate that takes its place."""

    kind: Literal["revocation"] = "revocation"
    certificate: Ref
    reason: Reason
    successor: Ref | None = None


class Erasure(Head):
    """The personal data of volunteers was destroyed."""

    row = VolunteerRefItem
    kind: Literal["erasure"] = "erasure"
    reason: Reason


class Restriction(Head):
    """The personal data of volunteers is kept but not used (PIPL 47); `lifted` undoes it."""

    row = VolunteerRefItem
    kind: Literal["restriction"] = "restriction"
    reason: Reason


Said = (
    Charter
    | Appointment
    | Dismissal
    | RulesetAdoption
    | Organisations
    | Volunteers
    | Activities
    | Cancellation
    | Departure
    | Attendance
    | Notice
    | Objection
    | Confirmation
    | Correction
    | Certificate
    | Revocation
    | Erasure
    | Restriction
)
KINDS: frozenset[str] = frozenset(kind.model_fields["kind"].default for kind in get_args(Said))
HEADS: TypeAdapter[Said] = TypeAdapter(Annotated[Said, Discriminator("kind")])
