"""What a certificate says, in the words of order 67 (2021) and of 民发〔2015〕149号.

Values only: who draws them, who signs them and who checks them are told apart elsewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

EvidenceClass = Literal["A", "B", "C", "L"]
CLASSES: tuple[EvidenceClass, ...] = ("A", "B", "C", "L")


@dataclass(frozen=True, slots=True)
class Line:
    """One confirmed service line, as one row of the table."""

    date: str  # YYYY-MM-DD, the day it began
    activity: str
    place: str
    content: str
    organiser: str
    leader: str
    minutes: int
    class_: EvidenceClass


@dataclass(frozen=True, slots=True)
class Training:
    """One training, as one row of its own table; its minutes are in no total."""

    date: str  # YYYY-MM-DD
    course: str
    host: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Honour:
    """One honour (表彰、奖励), as one row of its own table."""

    date: str  # YYYY-MM-DD
    title: str
    grantor: str


@dataclass(frozen=True, slots=True)
class Brought:
    """What is brought forward from a closing: as of when, said by which entry, minutes by class."""

    as_of: str
    entry: int
    size: int  # entries that the closing counts
    by_class: dict[EvidenceClass, int]

    @property
    def minutes(self) -> int:
        """Return the minutes of all classes."""
        return sum(self.by_class.values())


@dataclass(frozen=True, slots=True)
class Claim:
    """Everything that is printed on a certificate; it cannot be made to contradict itself."""

    number: str
    name: str
    document: str  # type and masked number, as printed: 居民身份证 4199**********1234, or ""
    volunteer: str
    first: str  # the period: days, both inclusive
    last: str
    lines: tuple[Line, ...]
    minutes: int
    by_class: dict[EvidenceClass, int]
    issuer_name: str  # the recording unit: who records certifies (order 67, article 26)
    issuer_code: str  # 统一社会信用代码, or ""
    manager: str  # the managing unit of a team without legal personality, or ""
    responsible: str  # 负责人, printed beside the place for the signature, or ""
    handler: str  # 经办人, likewise
    telephone: str
    issued: str  # a day
    verify_url: str  # "" if the association has no verification address
    origin: str
    specimen: bool
    star: int = 0  # the level held; 0 where none is, or none was asked for
    training: tuple[Training, ...] = ()  # by date
    honours: tuple[Honour, ...] = ()  # by date
    replaces: str = ""  # number of the certificate that it takes the place of (rule 42)
    brought: Brought | None = None  # what a closing holds; lines are then those since
    paper: str = ""  # what the QR code holds where it is a claim signed by itself, or ""

    def __post_init__(self) -> None:
        sums = totals(self.lines, self.brought)
        if (self.minutes, self.by_class) != (sum(sums.values()), sums):
            raise ValueError("the totals of a claim are not the sums of its lines")

    @property
    def lookup(self) -> str:
        """What the QR code holds: a signed claim, the address where the number is answered, or the log.

        Without an address a reader still learns which log to ask for.
        """
        if self.paper:
            return self.paper
        if not self.verify_url:
            return f"{self.number} {self.origin}"
        joint = "" if self.verify_url.endswith(("/", "=", "#")) else "/"
        return f"{self.verify_url}{joint}{self.number}"


def totals(lines: Iterable[Line], brought: Brought | None = None) -> dict[EvidenceClass, int]:
    """Sum minutes by class of evidence, all four; unrounded, never a sum of rounded hours."""
    found = dict(brought.by_class) if brought else dict.fromkeys(CLASSES, 0)
    for line in lines:
        found[line.class_] += line.minutes
    return found
