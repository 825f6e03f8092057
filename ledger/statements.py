"""What can be said: the closed union of statement kinds, their rows, and their one form as a note.

    volunteer-ledger/statement@v1
    <origin>
    <head: canonical JSON on one line>
                                             <- then exactly one signature line, by whom `by` names

A head is published; it holds codes, keys, references and counts. What concerns one person is in an
item; the head commits to the items by their RFC 6962 root. Fields and kinds are those of DESIGN.md
section 4. Reading is strict in form (one encoding), and skips fields it does not know unless told
`exact`: an old verifier reads a newer ledger, an old `admit` refuses to decide about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    TypeAdapter,
    ValidationError,
)

from ledger import encoding, merkle, times
from ledger.errors import Malformed
from ledger.note import Note, Signer, sign
from ledger.rulesets import Ruleset

FIRST_LINE = "volunteer-ledger/statement@v1"
MAX_HEAD = 16_384
MAX_ENTRY = 65_535
MAX_ITEM = 65_536
MAX_ITEMS = 10_000
_STAMP = len("2026-03-02T08:00:00+08:00")


def _whole_minute(text: str) -> str:
    if text[17:19] != "00":
        raise ValueError("line times have seconds 00")
    return text


def _checked(check: Any) -> AfterValidator:
    def run(text: str) -> str:
        try:
            check(text)
        except Malformed as error:
            raise ValueError(error.en) from error
        return text

    return AfterValidator(run)


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}$")]
By = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}/[A-Za-z0-9._-]{1,32}\+[0-9a-f]{8}$")]
Scope = Annotated[str, Field(pattern=r"^(\*|[A-Za-z0-9._-]{1,32})$")]
Parent = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,32}$")]
Text = Annotated[str, Field(min_length=1, max_length=1000)]
Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Hex64 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Vkey = Annotated[str, Field(pattern=r"^\S{1,300}$")]
Ref = Annotated[str, _checked(lambda text: encoding.unbase64(text, 32))]
Commitment = Ref
Salt = Annotated[str, _checked(lambda text: encoding.unbase64(text, 16))]
Instant = Annotated[str, _checked(times.moment)]
LineTime = Annotated[Instant, AfterValidator(_whole_minute)]
Day = Annotated[str, _checked(times.day)]
Index = Annotated[int, Field(ge=0, lt=MAX_ITEMS)]
Minutes = Annotated[int, Field(gt=0, lt=10**7)]
Total = Annotated[int, Field(ge=0, lt=10**9)]
Class = Literal["A", "B", "C", "L"]
Role = Literal["recorder", "confirmer", "issuer", "operator", "auditor", "log"]
Reason = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,39}$")]
LineRef = tuple[Ref, Index]


class _Form(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="ignore",
        alias_generator=lambda name: name.rstrip("_"),
        validate_by_name=True,
        validate_by_alias=True,
    )

    def form(self) -> dict[str, Any]:
        """Return the fields as they are written: by their own names, absent ones left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


# --- rows ---------------------------------------------------------------------------------------


class Item(_Form):
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


class ByClass(_Form):
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


class Items(_Form):
    """How many rows a statement has, and the RFC 6962 root over their bytes."""

    count: Annotated[int, Field(ge=1, le=MAX_ITEMS)]
    root: Ref


class Head(_Form):
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

    class Page(_Form):
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
_HEADS: TypeAdapter[Said] = TypeAdapter(Annotated[Said, Discriminator("kind")])


# --- statements and entries ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Statement:
    """A well-formed statement: the note, what it says, and its ref. Nobody has checked who said it."""

    note: Note
    origin: str
    head: Said
    ref: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What the log holds: the stamp of admission and a statement."""

    stamp: str
    statement: Statement

    @classmethod
    def parse(cls, data: bytes, *, exact: bool = False) -> "Entry":
        """Read an entry in its one form."""
        if len(data) > MAX_ENTRY:
            raise Malformed("an entry is at most 65,535 bytes", "条目最长 65,535 字节")
        stamp, newline, note = data[:_STAMP], data[_STAMP : _STAMP + 1], data[_STAMP + 1 :]
        if newline != b"\n" or not stamp.isascii():
            raise Malformed("an entry begins with its stamp", "条目应以时间戳开头")
        times.moment(stamp.decode())
        return cls(stamp.decode(), read(note, exact=exact))


def entry_bytes(stamp: str, note: Note) -> bytes:
    """Return the bytes of an entry: stamp, newline, note."""
    return f"{stamp}\n".encode() + bytes(note)


def read(data: bytes, *, exact: bool = False) -> Statement:
    """Read a statement in its one form; `exact` refuses fields that this code does not know."""
    note = Note.parse(data)
    lines = note.text.split("\n")
    if len(lines) != len((FIRST_LINE, "origin", "head", "")) or lines[0] != FIRST_LINE:
        raise Malformed(f"a statement begins with {FIRST_LINE}", f"文书应以 {FIRST_LINE} 开头")
    if len(lines[2].encode()) > MAX_HEAD:
        raise Malformed("a head is at most 16,384 bytes", "文书首部最长 16,384 字节")
    if [signature.by for signature in note.signatures] != [_by(lines[2])]:
        raise Malformed("a statement is signed once, by whom it names", "文书只能由其所称的人签名一次")
    try:
        head = _HEADS.validate_json(lines[2], extra="forbid" if exact else "ignore")
    except ValidationError as error:
        raise _misformed(error, "head", "首部") from error
    if (head.items is None) != (head.row is None):
        raise Malformed("a statement has items if and only if it has rows", "文书的行与首部不符")
    return Statement(note, lines[1], head, ref(note.text))


def read_items(
    head: Said, data: Sequence[bytes], *, exact: bool = False
) -> tuple[Item, ...]:
    """Read the rows of a statement and hold them against its root; no salt comes twice."""
    if head.items is None or head.row is None:
        if data:
            raise Malformed("a statement without items has rows", "无行的文书带有行")
        return ()
    if len(data) != head.items.count or item_root(data) != head.items.root:
        raise Malformed("the items are not those the head commits to", "行与首部承诺的树根不符")
    items = tuple(read_item(head, item, exact=exact) for item in data)
    if len({item.salt for item in items}) != len(items):
        raise Malformed("a salt comes twice", "盐值重复")
    return items


def read_item(head: Said, data: bytes, *, exact: bool = False) -> Item:
    """Read one row in its one form."""
    if len(data) > MAX_ITEM or head.row is None:
        raise Malformed("an item is at most 65,536 bytes", "行最长 65,536 字节")
    try:
        encoding.decode(data)
        return head.row.model_validate_json(data, extra="forbid" if exact else "ignore")
    except ValidationError as error:
        raise _misformed(error, "item", "行") from error


def item_root(data: Sequence[bytes]) -> str:
    """Return the RFC 6962 root over item bytes, base64."""
    return encoding.base64(merkle.root([merkle.leaf_hash(item) for item in data]))


def ref(text: str) -> str:
    """Return what names a statement: base64 of SHA-256 of its text."""
    return encoding.base64(sha256(text.encode()).digest())


def write(origin: str, head: Said) -> str:
    """Return the text of a statement, ready to be signed."""
    return f"{FIRST_LINE}\n{origin}\n{encoding.encode(head.form()).decode()}\n"


def say(origin: str, head: Said, signer: Signer) -> Statement:
    """Sign a statement, and read it back: what is said in the wrong form is never sent."""
    return read(bytes(sign(write(origin, head), signer)), exact=True)


def _by(head: str) -> object:
    value = encoding.decode(head.encode())
    return value.get("by") if isinstance(value, dict) else None


def _misformed(error: ValidationError, en: str, zh: str) -> Malformed:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return Malformed(f"{en} {place}: {first['msg']}", f"{zh} {place} 不合规定：{first['msg']}")
