"""Closing accounts as a person does it: make, list, show, prove, verify; and what `status` reminds of."""

import json
from pathlib import Path

import pytest

from tests.clerk import Clerk, run


@pytest.fixture
def here(tmp_path: Path) -> Clerk:
    found = Clerk(tmp_path)
    found.begin()
    found.confirmed("张三", "李四")
    return found


def verified(here: Clerk, file: Path, trust: Path | None = None) -> dict[str, object]:
    """Verify where there is no ledger: with the file and trust.json alone."""
    ran = run("closing", "verify", file, "--trust", trust or here.home / "trust.json", "--json")
    assert ran.exit_code == 0, ran.output
    found: dict[str, object] = json.loads(ran.stdout)["results"][0]
    return found


def test_accounts_are_closed_at_a_month_s_end_and_proved_offline(
    here: Clerk, tmp_path: Path
) -> None:
    assert here.refused("closing", "make", "--month", "2026-03") == "closing.time"  # not over yet
    here.now = "2026-04-02T09:00:00+08:00"
    codes = [task["code"] for task in here("status")["waiting"]]
    assert codes[-1] == "closing.due"
    (made,) = here("closing", "make", "--month", "2026-03")["closed"]
    assert (made["organisation"], made["volunteers"]) == ("KX", 6)
    assert made["as_of"] == "2026-03-31T23:59:59+08:00"
    assert "closing.due" not in [task["code"] for task in here("status")["waiting"]]
    assert here.refused("closing", "make", "--month", "2026-03") == "closing.already"
    file = tmp_path / "对账单.json"
    here("closing", "prove", here.numbers["张三"], "--of", "2026-03", "-o", file)
    found = verified(here, file)
    assert (found["minutes"], found["by_class"]) == (180, {"A": 0, "B": 180, "C": 0, "L": 0})
    assert (found["organisation"], found["name"], found["specimen"]) == ("KX", "示例县科协", True)
    assert here("audit")["findings"] == []


def test_who_has_no_row_is_proved_to_have_none(here: Clerk, tmp_path: Path) -> None:
    here("closing", "make", "--organisation", "T01", "--organisation", "KX")
    numbers, file = sorted(here.numbers.values()), tmp_path / "无.json"
    for number, before, after in (
        ("0", None, numbers[0]),
        (f"{numbers[2]}0", numbers[2], numbers[3]),
        ("z", numbers[-1], None),
    ):
        here("closing", "prove", number, "--missing", "--organisation", "T01", "-o", file)
        found = verified(here, file)
        assert (found["missing"], found["above"], found["below"]) == (True, before, after)
        assert found["volunteers"] == len(numbers)
        here("closing", "verify", file, "--number", number)
        assert here.refused("closing", "verify", file, "--number", numbers[1]) == "unverified"
    assert here.refused("closing", "prove", "z", "-o", file) == "closing.row"
    assert here.refused("closing", "prove", numbers[0], "--missing", "-o", file) == "closing.row"
    assert here.refused("closing", "prove", "z", "--of", "2026-01", "-o", file) == "closing.none"


def test_closings_are_listed_and_shown(here: Clerk) -> None:
    assert here("closing", "list")["closings"] == []
    here("closing", "make")
    here.now = "2026-03-08T09:00:00+08:00"
    last = here("audit")["size"] - 1
    here("closing", "make", "--as-of", last)
    found = here("closing", "list")["closings"]
    assert [one["volunteers"] for one in found] == [6, 6]
    rows = here("closing", "show", here.numbers["张三"])["closings"]
    assert [row["minutes"] for row in rows] == [180, 180]
    assert here("closing", "show", here.numbers["张三"], "--organisation", "T01")["closings"] == []
    assert here("audit")["findings"] == []
    for words in (("list",), ("show", here.numbers["李四"])):
        for lang in ("zh", "en"):
            ran = here.run("closing", *words, lang=lang)
            assert ran.exit_code == 0
            assert "KX" in ran.stdout or "3 h 0 min" in ran.stdout or "3小时0分钟" in ran.stdout


def test_an_entry_is_the_newest_or_the_last_of_a_day_that_is_over(here: Clerk) -> None:
    size = here("audit")["size"]
    assert here.refused("closing", "make", "--as-of", size) == "entry.unknown"
    assert here.refused("closing", "make", "--as-of", 3) == "closing.time"
    ran = here.run("closing", "make", "--month", "2026-03", "--as-of", "3")
    assert ran.exit_code == 2
    (made,) = here("closing", "make", "--as-of", size - 1)["closed"]
    assert (made["size"], made["as_of"]) == (size, "2026-03-07T09:00:00+08:00")
