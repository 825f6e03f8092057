"""The auditor's page says of every pattern what the program does."""

import re

import pytest

from ledger.anomalies.patterns import PATTERNS, Pattern
from ledger.desk.anomalies import limits
from ledger.rulesets import Anomalies, Ruleset
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "anomalies.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"(?ms)^### [^\n]* `([a-z_.]+)`\n(.*?)(?=^##)", TEXT))


def test_every_pattern_has_its_section_in_the_order_of_the_table() -> None:
    assert list(SECTIONS) == [one.code for one in PATTERNS]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda one: one.code)
def test_a_section_says_the_thresholds_and_the_reasons(pattern: Pattern) -> None:
    said = SECTIONS[pattern.code]
    assert f"### {pattern.name[1]} `{pattern.code}`" in TEXT
    for (name, value), limit in zip(
        pattern.limits(Ruleset()).items(), limits(pattern, Ruleset(), "zh"), strict=True
    ):
        assert f"{limit} [`{name} = {value}`]" in said
    assert pattern.why[1] in said
    assert pattern.honest[1] in said
    assert "**看到什么** " in said


def test_no_threshold_is_without_a_pattern() -> None:
    used = {name for one in PATTERNS for name in one.thresholds}
    assert set(Anomalies.model_fields) <= used


def test_codes_and_names_are_given_once() -> None:
    assert (
        len({one.code for one in PATTERNS}) == len({one.name for one in PATTERNS}) == len(PATTERNS)
    )
