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


@dataclass(slots=True)
class Report:
    """What an audit found; `remarks` are lawful things that an auditor wants to see."""

    size: int = 0
    root: bytes = merkle.EMPTY_ROOT
    lines: int = 0
    findings: list[Finding] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)
    stopped: bool = False

    def find(self, code: str, place: str, en: str, zh: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(code, place, en, zh))
