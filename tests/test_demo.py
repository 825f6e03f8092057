"""The demonstration, on scenarios it has never seen, against answers it cannot see."""

import json
import os
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from certificates.demo import scenario as scenarios
from certificates.verify import verify
from ledger import trust
from tests.clerk import run
from tests.conftest import ROOT

TOOL = ROOT.parent / "shared" / "tools" / "make_scenario.py"
EXAMPLES = ROOT / "examples"
CASES = (
    "--seed 7 --messy",
    "--seed 31 --messy --teams 4 --people 40 --activities 6",
    "--seed 32 --messy --teams 1 --people 12 --activities 6 --sheets csv",
    "--seed 33 --messy --teams 3 --people 50 --activities 16 --sheets csv",
    "--seed 34 --teams 2 --people 10 --activities 4",
)


def scenario(folder: Path, options: str) -> tuple[Path, Any]:
    """Write a scenario, take its answer away and return both; skip where there is no tool."""
    if not TOOL.exists():
        reason = "no ../shared/tools/make_scenario.py"
        if os.environ.get("VECTORS") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    command = [sys.executable, str(TOOL), str(folder), *options.split()]
    subprocess.run(command, check=True, capture_output=True)
    answer = folder / "expected.json"
    expected = json.loads(answer.read_text(encoding="utf-8"))
    answer.unlink()
    return folder, expected


def play(tmp_path: Path, *words: object, code: int = 0) -> Any:
    """Run the demonstration in a home of its own."""
    own = ("--home", tmp_path / "演示", "--guard", tmp_path / "guard", "--json")
    ran = run(*own, "demo", *words)
    assert ran.exit_code == code, ran.stdout + ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize(
    "options",
    ["--seed 7 --messy", "--seed 41 --teams 3 --people 30", "--seed 42 --messy --people 40"],
)
def test_an_honest_ledger_is_not_suspected(tmp_path: Path, options: str) -> None:
    """What was planted in a scenario are mistakes, and each was refused: none is fraud."""
    folder, _ = scenario(tmp_path / "s", options)
    play(tmp_path, folder)
    own = ("--home", tmp_path / "演示", "--guard", tmp_path / "guard", "--json")
    ran = run(*own, "audit", "anomalies")
    assert (ran.exit_code, json.loads(ran.stdout)["findings"]) == (0, [])


@pytest.mark.parametrize("options", CASES)
def test_the_answer_is_found_row_by_row(tmp_path: Path, options: str) -> None:
    folder, expected = scenario(tmp_path / "s", options)
    found = play(tmp_path, folder)
    assert unlike(found["volunteers"], expected["volunteers"]) == []
    assert sorted(found["attendance"]) == sorted(expected["attendance"])
    for activity, rows in expected["attendance"].items():
        assert unlike(found["attendance"][activity], rows) == [], activity
    days = {activity: instant[:10] for activity, instant in found["confirmed"].items()}
    assert days == expected["confirm_from"]
    assert found["total_minutes_by_row"] == expected["total_minutes_by_row"]
    assert found["total_minutes"] == expected["total_minutes"]
    assert (found["audit"]["findings"], found["verified"]) == ([], True)
    assert len(found["certificates"]) == min(20, len(expected["total_minutes_by_row"]))


def unlike(found: list[Mapping[str, object]], wanted: list[Mapping[str, object]]) -> list[str]:
    """Return each row that is not as wanted, or not there."""
    assert len(found) == len(wanted)
    return [f"{one} instead of {two}" for one, two in zip(found, wanted, strict=True) if one != two]


def test_everybody_has_a_certificate_that_verifies_alone(tmp_path: Path) -> None:
    """With the file and `trust.json`, and nothing else; figures are the ledger's."""
    folder, expected = scenario(tmp_path / "s", "--seed 36 --messy --activities 3")
    found = play(tmp_path, folder, "--all")
    totals: dict[str, int] = expected["total_minutes_by_row"]
    assert len(found["certificates"]) == len(totals) > 20
    believed = trust.read((tmp_path / "演示" / "trust.json").read_bytes())
    shutil.rmtree(folder)
    verdicts = [verify(Path(file).read_bytes(), believed) for file in found["certificates"]]
    assert all(one.genuine and one.logged and one.specimen for one in verdicts)
    assert {one.standing for one in verdicts} == {"unknown"}
    minutes = sorted(one.certificate["minutes"] for one in verdicts)
    assert minutes == sorted(totals.values())
    assert len({one.certificate["volunteer"] for one in verdicts}) == len(verdicts)


def test_the_example_is_messy_and_of_county_size(tmp_path: Path) -> None:
    found = play(tmp_path)
    assert (EXAMPLES / "README.md").exists()
    assert not (EXAMPLES / "expected.json").exists()
    assert len(found["attendance"]) == 12
    reasons = {row["reason"] for rows in found["attendance"].values() for row in rows}
    assert len(reasons - {None}) >= 10
    assert len({row["reason"] for row in found["volunteers"]} - {None}) >= 6
    assert (found["audit"]["findings"], found["verified"]) == ([], True)


def test_people_are_told_in_a_dozen_lines(tmp_path: Path) -> None:
    own = ("--home", tmp_path / "h", "--guard", tmp_path / "guard", "--lang", "zh")
    ran = run(*own, "demo")
    assert ran.exit_code == 0
    lines = ran.stdout.splitlines()
    assert 12 <= len(lines) <= 24
    assert next(line for line in lines if line[0] != " ").startswith("1. ")
    assert "发现问题 0 项" in lines[-1]
    assert max(width(line.replace(str(tmp_path), "")) for line in lines) <= 132
    assert ran.stderr == ""


def width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


def test_a_folder_without_a_clock_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    assert "clock.json" in play(tmp_path, tmp_path / "s", code=1)["error"]["message"]
    assert not (tmp_path / "演示" / "trust.json").exists()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"clock": {}}', '{"clock": {"a.xlsx": "gestern"}}', '{"clock": 3}'],
    ids=["empty", "list", "nothing", "no-file", "no-time", "number"],
)
def test_a_clock_that_says_nothing_is_refused(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "clock.json").write_text(text, encoding="utf-8")
    assert play(tmp_path, folder, code=1)["error"]["code"] == "malformed"


def test_a_missing_example_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel brings no examples; what is named instead is where to find some."""
    monkeypatch.setattr(scenarios, "EXAMPLES", tmp_path / "none")
    error = play(tmp_path, code=1)["error"]
    assert error["code"] == "examples.missing"
    assert "vledger demo" in error["message"]


def test_the_demonstration_writes_into_no_ledger(tmp_path: Path) -> None:
    home = tmp_path / "演示"
    home.mkdir()
    (home / "trust.json").write_text("{}", encoding="utf-8")
    assert play(tmp_path, code=1)["error"]["code"] == "home.exists"


def test_a_home_that_is_named_is_no_other_though_it_be_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ledger-home").mkdir()
    Path("ledger-home/trust.json").write_text("{}", encoding="utf-8")
    for words in (("--home", "ledger-home"), ("--home=ledger-home",)):
        ran = run("demo", ROOT / "examples", *words, "--json")
        assert (ran.exit_code, json.loads(ran.stdout)["error"]["code"]) == (1, "home.exists")


def short(tmp_path: Path) -> Path:
    """Return the example with its first sign-in sheet alone."""
    folder = tmp_path / "s"
    shutil.copytree(EXAMPLES, folder)
    file = folder / "clock.json"
    clock = json.loads(file.read_text(encoding="utf-8"))["clock"]
    kept = {name: at for name, at in clock.items() if "/" not in name or "A001" in name}
    file.write_text(json.dumps({"clock": kept}), encoding="utf-8")
    return folder


def test_a_sheet_that_cannot_be_read_stops_with_its_name(tmp_path: Path) -> None:
    folder = short(tmp_path)
    (folder / "attendance" / "A001.xlsx").write_bytes(b"")
    assert "A001.xlsx" in play(tmp_path, folder, code=1)["error"]["message"]


def test_a_second_header_row_sinks_no_good_row(tmp_path: Path) -> None:
    folder = short(tmp_path)
    file = folder / "attendance" / "A001.xlsx"
    book = load_workbook(file)
    heading = [cell.value for cell in book.active[3]]
    book.active.insert_rows(8)
    for at, word in enumerate(heading, 1):
        book.active.cell(8, at).value = word
    book.save(file)
    found = play(tmp_path, folder)
    assert sum(row["accepted"] for row in found["attendance"]["A001"]) == 10
