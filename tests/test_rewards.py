"""Stars, points and credits as their officers meet them: what waits, and what the commands say.

Holds ledger.desk.stars, ledger.desk.spending, and the commands over them.
"""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.clerk import Clerk

RULES = """
title = "甲办法"
[stars]
levels = [{ hours = 2 }, { hours = 5 }]
[points]
redeem_quarterly = 2
expiry = { years = 1, on = "12-31" }
[credits]
gift_to = ["spouse"]
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """Give a ledger in which two people have three confirmed hours, under rules that reward them."""
    here = Clerk(tmp_path_factory.mktemp("served"))
    here.begin()
    file = here.folder / "办法.toml"
    file.write_text(RULES, encoding="utf-8")
    here("rules", "adopt", file)
    here.confirmed("张三", "李四")
    return here


@pytest.fixture
def here(served: Clerk, tmp_path: Path) -> Clerk:
    return served.copied(tmp_path)


def waits(here: Clerk) -> set[str]:
    return {one["code"] for one in here("status")["waiting"]}


def form(here: Clerk) -> Path:
    file = here.folder / "申请表.pdf"
    file.write_bytes(b"signed by both")
    return file


def test_a_star_is_proposed_noticed_and_granted_by_a_person(here: Clerk) -> None:
    number = here.numbers["张三"]
    due = {one["number"]: one for one in here("star", "due")["due"]}
    assert (due[number]["level"], due[number]["minutes"], due[number]["needed"]) == (1, 180, 120)
    listed = here.folder / "星级.xlsx"
    (notice,) = here("star", "propose", "--all", "-o", listed)["notices"]
    cells = [str(cell.value) for row in load_workbook(listed).active for cell in row]
    assert any("张*" in text for text in cells)
    assert not any("张三" in text for text in cells)
    assert here.refused("star", "grant", number) == "notice.too_early"
    assert "star.due" not in waits(here)
    here.now = f"{notice['decides']}T09:00:00+08:00"
    assert "star.due" in waits(here)
    granted = here("star", "grant", "--due")["stars"]
    assert {one["number"] for one in granted} == {here.numbers["张三"], here.numbers["李四"]}
    assert here("star", "due")["due"] == []
    assert here("audit")["findings"] == []


def test_hours_that_are_voided_put_a_star_up_for_review(here: Clerk) -> None:
    number = here.numbers["张三"]
    (notice,) = here("star", "propose", number)["notices"]
    here.now = f"{notice['decides']}T09:00:00+08:00"
    here("star", "grant", "--due")
    (line,) = here.lines(number)
    here("correct", line, "--why", "不在场")
    assert "star.review" in waits(here)
    assert here("star", "list")["stars"][0]["state"] == "review"
    here("star", "withdraw", number, "--reason", "hours")
    assert here("star", "list")["stars"][0]["state"] == "withdrawn"
    assert "star.review" not in waits(here)


def test_goods_are_held_handed_over_and_settled(here: Clerk) -> None:
    number = here.numbers["张三"]
    assert here.refused("credit", "redeem", number, "G1") == "good.unknown"
    here("credit", "goods", "--add", "G1", "--name", "雨伞", "--price", "2", "--stock", "1")
    held = here("credit", "redeem", number, "G1")
    assert (held["amount"], held["unit"]) == (2, "point")
    assert "hold.open" in waits(here)
    assert here.refused("credit", "redeem", here.numbers["李四"], "G1") == "good.out_of_stock"
    here("credit", "settle", held["hold"])
    assert here.refused("credit", "settle", held["hold"]) == "hold.state"
    (good,) = here("credit", "goods")["goods"]
    assert good["stock"] == 0
    file = here.folder / "兑换.xlsx"
    assert here("credit", "notice", "2026Q1", "-o", file)["redemptions"] == 1
    assert here.refused("credit", "notice", "2026", "-o", file) == "quarter.unreadable"


def test_a_hold_that_runs_out_is_released(here: Clerk) -> None:
    giver, receiver = here.numbers["张三"], here.numbers["李四"]
    words = ("credit", "gift", giver, receiver, 2, "--relation", "spouse", "--form", form(here))
    held = here(*words, "--days", 2)["hold"]
    assert here.refused(*words) == "balance.short"
    here.now = "2026-03-12T09:00:00+08:00"
    assert here.refused("credit", "settle", held) == "hold.expired"
    assert "hold.expired" in waits(here)
    here("credit", "release", "--expired")
    assert here("credit", "holds")["holds"] == []
    again = here(*words)["hold"]
    here("credit", "settle", again, "--amount", 1)
    assert here("credit", "release", "--expired")["statements"] == 0
    assert here("audit")["findings"] == []


def test_nobody_redeems_by_his_age_who_is_too_young(here: Clerk) -> None:
    words = ("credit", "order", here.numbers["张三"], 1, "--provider", here.numbers["李四"],
             "--form", form(here))  # fmt: skip
    assert here.refused(*words, "--ground", "age") == "order.age"
    assert here(*words, "--ground", "spouse")["amount"] == 1


def test_points_lapse_on_the_day_the_rules_name(here: Clerk) -> None:
    assert here("credit", "expire")["points"] == 0
    here("rules", "calendar", calendar(here))
    here.officer = ("--clock-is-right",)
    here.now = "2027-12-31T09:00:00+08:00"
    assert here("credit", "expire")["points"] == 6
    assert here("credit", "expire")["points"] == 0
    assert here("audit")["findings"] == []


def calendar(here: Clerk) -> Path:
    file = here.folder / "2027.toml"
    file.write_text('year = 2027\noff = ["2027-01-01"]\n', encoding="utf-8")
    return file


def test_an_account_is_frozen_opened_and_closed_when_it_is_empty(here: Clerk) -> None:
    number = here.numbers["张三"]
    here("credit", "freeze", number, "--reason", "dispute")
    donate = ("credit", "donate", number, 3, "--form", form(here))
    assert here.refused(*donate) == "account.frozen"
    here("credit", "unfreeze", number, "--reason", "settled")
    assert here.refused("credit", "close", number, "--reason", "left") == "account.not_empty"
    here("credit", "settle", here(*donate)["hold"])
    here("credit", "penalty", number, 3)
    held = here("credit", "holds")["holds"][0]["hold"]
    done = here("credit", "settle", held)["entries"][0]
    here("credit", "close", number, "--reason", "left")
    assert here.refused("credit", "refund", f"{done}:1") == "account.closed"
