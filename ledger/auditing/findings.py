"""Findings: what is not as it must be, as data, written for a reader of either language."""

from dataclasses import dataclass, field

from ledger import merkle


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be; `place` names the first bad entry or row."""

    code: str
    place: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two checkpoints of one log that cannot both be true, as notes.

    Without a second note it is the ledger's own word against the first: its root at that size.
    """

    first: bytes
    second: bytes = b""
    root: bytes = b""


@dataclass(slots=True)
class Report:
    """What an audit found; `remarks` are lawful things that an auditor wants to see."""

    size: int = 0
    root: bytes = merkle.EMPTY_ROOT
    lines: int = 0
    findings: list[Finding] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)  # evidence of what findings say
    stopped: bool = False

    def find(self, code: str, place: str, en: str, zh: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(code, place, en, zh))

    def remark(self, code: str, place: str, en: str, zh: str) -> None:
        """Add a remark."""
        self.remarks.append(Finding(code, place, en, zh))
