"""The auditor's look through a ledger: findings with the lines behind them, as data and in words."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from ledger.anomalies.detail import Detail, Place, details, places
from ledger.anomalies.gathering import Asked
from ledger.anomalies.look import Finding, Private, Report, look
from ledger.anomalies.patterns import PATTERNS, Pattern
from ledger.anomalies.reading import Logged
from ledger.anomalies.records import count
from ledger.checkpoint import Checkpoint
from ledger.desk import parameters
from ledger.encoding import base64
from ledger.errors import Lang
from ledger.rulesets import Ruleset
from ledger.vault import Vault

MOST = 1000  # lines of a finding that are shown with all they say; the others are named
_TOTAL = 200_000  # of all findings together: what a spreadsheet bears
_AREA = re.compile(r"\d{6}")


@dataclass(frozen=True, slots=True)
class Examined:
    """A ledger that was looked through: which state of it, what was asked, what was found."""

    checkpoint: Checkpoint
    asked: Asked
    report: Report
    details: Mapping[Place, Detail]

    def lines(self, finding: Finding, most: int) -> list[Detail]:
        """Return what the lines of a finding say, up to the most that is to be shown."""
        shown = islice(places(finding.doubt.lines), min(most, MOST))
        return [self.details[place] for place in shown if place in self.details]


def examine(
    log: Callable[[], Iterable[Logged]],
    checkpoint: Checkpoint,
    vault: Vault | None = None,
    *,
    asked: Asked | None = None,
    rules: Ruleset | None = None,
) -> Examined:
    """Look through a log up to a checkpoint.

    Without rules by those that it adopted last; without a vault as far as it can be judged. The log
    is read three times: what became of lines, what they say, and those that a finding names.
    """
    asked = asked or Asked()
    report = look(log, rules=rules, asked=asked, private=_private(vault) if vault else None)
    wanted = (place for one in report.findings for place in islice(places(one.doubt.lines), MOST))
    held = details(log, islice(wanted, _TOTAL)) if report.findings else {}
    return Examined(checkpoint, asked, report, held)


def _private(vault: Vault) -> Private:
    areas = {number: found.area for number, found in vault.everybody() if found.area}

    @cache
    def reason(commitment: str) -> str:
        kept = vault.kept(commitment)
        return kept.value if kept else ""

    return Private({n: area for n, area in areas.items() if _AREA.fullmatch(area)}, reason)


# --- words --------------------------------------------------------------------------------------


def pick(words: tuple[str, str], lang: Lang) -> str:
    """Return words (English, Chinese) in the reader's language."""
    return words[lang == "zh"]


def sentence(finding: Finding, lang: Lang) -> str:
    """Return what was seen."""
    return pick((finding.doubt.en, finding.doubt.zh), lang)


def named(finding: Finding, most: int = 0) -> str:
    """Name the lines of a finding; where there are more than `most`, it says so by an ellipsis."""
    spans = finding.doubt.lines
    shown = spans[:most] if most else spans
    return ", ".join(map(str, shown)) + (" …" if len(shown) < len(spans) else "")


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold in words; `default` is what the program would have it, where the ruleset differs."""

    name: str
    value: str
    default: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


def limits(pattern: Pattern, rules: Ruleset, lang: Lang) -> list[Limit]:
    """Return what a pattern goes by, in words."""
    ours, usual = _said(rules), _said(Ruleset())
    found = []
    for name in pattern.thresholds:
        said, default = (known.get(f"anomalies.{name}") or known[name] for known in (ours, usual))
        differs = said.value != default.value
        found.append(
            Limit(
                pick(said.name, lang),
                pick(said.words, lang),
                pick(default.words, lang) if differs else "",
            )
        )
    return found


def _said(rules: Ruleset) -> dict[str, parameters.Said]:
    return {said.path: said for _, part in parameters.sections(rules) for said in part}


def by_pattern(report: Report) -> list[tuple[Pattern, list[Finding]]]:
    """Return all patterns with what each found, in the order of the table."""
    return [
        (pattern, [one for one in report.findings if one.pattern is pattern])
        for pattern in PATTERNS
    ]


def unjudged(report: Report, pattern: Pattern, lang: Lang) -> str:
    """Return why a pattern could not be judged, or only in part; empty where it could."""
    return "".join(pick((u.en, u.zh), lang) for u in report.unjudged if u.pattern is pattern)


def as_data(found: Examined, lang: Lang) -> dict[str, Any]:
    """Return all that was found as data."""
    report = found.report
    return {
        "origin": found.checkpoint.origin,
        "size": found.checkpoint.size,
        "root": base64(found.checkpoint.root),
        "organisation": found.asked.organisation or None,
        "from": found.asked.since or None,
        "to": None if found.asked.until > "9999" else found.asked.until,
        "lines": report.lines,
        "findings": [_finding(one, lang) for one in report.findings],
        "patterns": [
            {
                "code": pattern.code,
                "name": pick(pattern.name, lang),
                "thresholds": pattern.limits(report.rules),
                "findings": len(findings),
                "unjudged": unjudged(report, pattern, lang) or None,
            }
            for pattern, findings in by_pattern(report)
        ],
        "unread": list(report.unread),
    }


def _finding(one: Finding, lang: Lang) -> dict[str, Any]:
    return {
        "pattern": one.pattern.code,
        "lines": [str(span) for span in one.doubt.lines],
        "count": count(one.doubt.lines),
        "numbers": dict(one.doubt.numbers),
        "message": sentence(one, lang),
        "why": pick(one.pattern.why, lang),
        "honest": pick(one.pattern.honest, lang),
    }
