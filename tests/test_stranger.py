"""The stranger's verifier, which knows the design and not the product, agrees with ours."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cli
from ledger.trust import Trust
from tests import stranger
from tests.conftest import ROOT
from tests.forge import Means, Plot, trusted
from tests.forgeries import FORGERIES, FORMS, SPLICED, UNLOGGED, Forgery
from tests.forgeries_beside import BESIDE
from tests.forgeries_carried import CARRIED


def asked(file: bytes, trust: Trust | None = None) -> dict[str, Any]:
    """Ask the stranger; what he believes he has from the file trust.json alone."""
    return stranger.verify(file, json.loads((trust or trusted()).model_dump_json()))


def refused_at(answer: dict[str, Any], step: str) -> bool:
    return any(reason.startswith(f"{step}:") for reason in answer["reasons"])


def test_the_honest_certificate_is_genuine_and_logged() -> None:
    assert asked(Plot.honest().make()) == {
        "genuine": True,
        "logged": True,
        "witnesses": 0,
        "reasons": [],
        "certificate": {
            "number": "440100-KX-2026-000002-16",
            "name": "李𫖯",
            "volunteer": "V1",
            "minutes": 300,
            "by_class": {"A": 0, "B": 300, "C": 0, "L": 0},
            "specimen": False,
            "star": None,
            "training": [],
            "honours": [],
        },
    }


def test_what_stands_beside_the_lines_is_proved_too() -> None:
    answer = asked(Plot.full().make())
    assert (answer["genuine"], answer["logged"]) == (True, True), answer["reasons"]
    found = answer["certificate"]
    assert (found["star"], found["minutes"]) == (1, 300)
    assert [(row["course"], row["date"], row["minutes"]) for row in found["training"]] == [
        ("急救培训", "2026-03-02", 90), ("急救培训", "2026-03-05", 30),
    ]  # fmt: skip
    assert [row["date"] for row in found["honours"]] == ["2026-03-02", "2026-03-10"]


def test_the_certificate_before_it_is_genuine_too() -> None:
    answer = asked(Plot.of_another().make())
    assert (answer["genuine"], answer["logged"]) == (True, True)


def test_every_certificate_of_the_demo_is_genuine_and_logged(tmp_path: Path) -> None:
    """With only the files and trust.json, as a school or an employer has them."""
    home = tmp_path / "home"
    world = ["--home", str(home), "--guard", str(tmp_path / "guard")]
    done = CliRunner().invoke(cli.main, [*world, "demo", str(ROOT / "examples")])
    assert done.exit_code == 0, done.output
    trust = json.loads((home / "trust.json").read_bytes())
    files = sorted((home / "certificates").glob("*.pdf"))
    answers = [stranger.verify(file.read_bytes(), trust) for file in files]
    assert answers
    for answer in answers:
        assert (answer["genuine"], answer["logged"]) == (True, True), answer["reasons"]
        assert answer["certificate"]["specimen"]


def test_what_is_carried_over_is_proved_too() -> None:
    answer = asked(Plot.carrying().make())
    assert (answer["genuine"], answer["logged"]) == (True, True), answer["reasons"]
    assert answer["certificate"]["minutes"] == 300


@pytest.mark.parametrize(
    "forgery", [*FORGERIES, *BESIDE, *CARRIED], ids=lambda forgery: forgery.name
)
def test_a_forgery_is_not_genuine(forgery: Forgery) -> None:
    answer = asked(forgery.make())
    assert not answer["genuine"]
    assert refused_at(answer, forgery.step), answer["reasons"]
    assert answer["certificate"] == {}


@pytest.mark.parametrize("forgery", FORMS, ids=lambda forgery: forgery.name)
def test_a_proof_in_another_form_proves_nothing(forgery: Forgery) -> None:
    answer = asked(forgery.make())
    assert (answer["genuine"], answer["logged"]) == (False, False)


@pytest.mark.parametrize("forgery", UNLOGGED, ids=lambda forgery: forgery.name)
def test_what_no_log_vouches_for_is_genuine_and_not_logged(forgery: Forgery) -> None:
    answer = asked(forgery.make())
    assert (answer["genuine"], answer["logged"], answer["witnesses"]) == (True, False, 0)
    assert refused_at(answer, forgery.step), answer["reasons"]


@pytest.mark.parametrize("splice", SPLICED, ids=lambda splice: splice.__name__)
def test_parts_of_two_certificates_are_no_certificate(splice: Callable[[], bytes]) -> None:
    assert not asked(splice())["genuine"]


@pytest.mark.parametrize(
    ("cosigned", "counted"), [(("w1", "w2"), 2), (("w1",), None), (("w1", "w1"), None)]
)
def test_a_quorum_counts_trusted_witnesses_once(
    cosigned: tuple[str, ...], counted: int | None
) -> None:
    plot = replace(Plot.honest(), means=Means(witnesses=cosigned))
    answer = asked(plot.make(), trusted(2, "w1", "w2", "w3"))
    assert (answer["genuine"], answer["logged"]) == (True, counted is not None)
    assert answer["witnesses"] == (counted or 0)


def test_fields_of_a_later_version_are_skipped() -> None:
    plot = Plot.honest()
    plot["sheet"].head["weather"] = "rain"
    plot["sheet"].rows[0]["shoes"] = ["wet"]
    assert asked(plot.make())["genuine"]


def test_no_flipped_bit_is_accepted() -> None:
    """A sample: some anywhere, some in the update."""
    file, choice = Plot.honest().make(), random.Random(1)  # the same bits every run
    end = len(file)
    for place in [*choice.sample(range(end), 60), *choice.sample(range(end - 22_000, end), 90)]:
        flipped = bytearray(file)
        flipped[place] ^= 1 << choice.randrange(8)
        assert not asked(bytes(flipped))["genuine"], place
