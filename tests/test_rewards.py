"""Stars, points and credits as their officers meet them: what waits, and what the commands say.

Holds ledger.desk.stars, ledger.desk.spending, and the commands over them.
"""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from ledger.times import later
from tests.clerk import Clerk, activities

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
    last = later(f"{notice['decides']}T00:00:00+08:00", days=-1)[:10]
    assert any(f"公示至 {last}（含当日）" in text for text in cells)
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


def erased(here: Clerk, *names: str) -> None:
    for name in names:
        here("volunteer", "erase", here.numbers[name], "--reason", "request", "--yes")


def test_one_who_cannot_be_proposed_stops_nobody(here: Clerk) -> None:
    """Erased, he is not due; restricted, he is named with the reason, and the others go on."""
    here("volunteer", "erase", here.numbers["李四"], "--restrict")
    answer = here("star", "propose", "--all", code=1)
    assert [one["number"] for one in answer["notices"][0]["stars"]] == [here.numbers["张三"]]
    (refused,) = answer["refused"]
    assert (refused["number"], refused["error"]["code"]) == (
        here.numbers["李四"],
        "volunteer.not_active",
    )
    erased(here, "李四")
    assert here("star", "due")["due"] == []
    assert here("star", "propose", "--all")["notices"] == []
    assert here.refused("star", "propose", "V000") == "volunteer.unknown"


def test_a_team_whose_officer_is_missing_is_named(here: Clerk) -> None:
    """The stars of other teams would go on; here there is none."""
    here.officer = ("--as", "KX/nobody")
    answer = here("star", "propose", "--all", code=1)
    assert answer["notices"] == []
    assert [one["error"]["code"] for one in answer["refused"]] == ["officer.missing"] * 2


def test_one_whose_hours_were_voided_stops_nobody(here: Clerk) -> None:
    (notice,) = here("star", "propose", "--all")["notices"]
    (line,) = here.lines(here.numbers["张三"])
    here("correct", line, "--why", "不在场")
    here.now = f"{notice['decides']}T09:00:00+08:00"
    answer = here("star", "grant", "--due", code=1)
    assert [one["number"] for one in answer["stars"]] == [here.numbers["李四"]]
    assert [one["error"]["code"] for one in answer["refused"]] == ["star.hours"]
    assert "refuse" in here.run("star", "grant", "--due").stderr
    here("star", "refuse", here.numbers["张三"], "--reason", "hours")
    assert here("star", "grant", "--due")["stars"] == []


def test_a_star_below_its_hours_is_kept_for_a_reason_that_is_said(here: Clerk) -> None:
    number = here.numbers["张三"]
    (notice,) = here("star", "propose", number)["notices"]
    here.now = f"{notice['decides']}T09:00:00+08:00"
    here("star", "grant", number)
    here("correct", *here.lines(number), "--why", "不在场")
    assert here.refused("star", "grant", number) == "field.missing"
    here("star", "grant", number, "--reason", "merit")
    assert here("star", "list")["stars"][0]["state"] == "granted"


@pytest.mark.parametrize(
    "words",
    [("star", "refuse", "张三"), ("star", "withdraw", "张三"), ("credit", "freeze", "张三"),
     ("credit", "close", "张三"), ("credit", "unfreeze", "张三")],
)  # fmt: skip
def test_a_reason_in_chinese_is_told_how_to_be_written(here: Clerk, words: tuple[str, ...]) -> None:
    """And is no alarm that something was forged."""
    said = [here.numbers.get(word, word) for word in words]
    ran = here.run(*said, "--reason", "品行", lang="zh")
    assert ran.exit_code == 1
    assert "理由代码" in ran.stderr
    assert "field.unreadable" in ran.stderr


def test_an_association_without_teams_is_told_what_waits(tmp_path: Path) -> None:
    """Only the root, and people in it: more than the first step is said."""
    alone = Clerk(tmp_path / "alone")
    alone.folder.mkdir()
    alone("init", "--origin", "kx.example.cn", "--organisation", "KX", "--name", "示例县科协",
          "--area", "419900", "--simulated-clock")  # fmt: skip
    assert "begin" in waits(alone)
    alone("officer", "add", "recorder")
    alone(
        "import", "activities", alone.sheet("活动.csv", activities(("A1", "2026-03-03"), org="KX"))
    )
    alone.now = "2026-03-05T09:00:00+08:00"
    assert "begin" not in waits(alone)
    assert "volunteers.missing" in waits(alone)
    assert len(waits(alone)) > 1


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
    cells = [cell.value for row in load_workbook(file).active for cell in row]
    assert {1, 2} <= {one for one in cells if isinstance(one, int)}  # numbers are no texts
    back = here("credit", "refund", held["hold"])["hold"]
    here("credit", "settle", back)
    assert here("credit", "notice", "2026Q1", "-o", file)["redemptions"] == 0
    assert here.refused("credit", "refund", held["hold"]) == "refund.exceeded"
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
    (done,) = here("credit", "settle", held)["settlements"]
    here("credit", "close", number, "--reason", "left")
    for place in (done, held):  # the settlement's number, or the hold's that everybody was given
        assert here.refused("credit", "refund", place) == "account.closed"
    assert here("volunteer", "show", number)["account"] == "closed"
    assert here("credit", "show", number)["account"] == "closed"
    assert "已注销" in here.run("volunteer", "show", number, lang="zh").stdout
    text = here.run("credit", "unfreeze", number, "--reason", "back", lang="zh").stdout
    assert "重新开户" in text


def test_what_is_left_is_written_off_when_somebody_says_so(here: Clerk) -> None:
    """Rule 37: an account with too little for anything, or of one whose data were erased."""
    number = here.numbers["张三"]
    assert here.refused("credit", "close", number, "--reason", "left") == "account.not_empty"
    erased(here, "张三")
    held = here("credit", "donate", number, 2, "--form", form(here))["hold"]
    here("credit", "settle", held)
    here("credit", "close", number, "--reason", "left", "--write-off")
    balances = {(one["account"], one["unit"]): one["balance"] for one in
                here("credit", "balances")["balances"]}  # fmt: skip
    assert balances["Assets:Pool", "credit"] == 3
    assert balances["Expenses:Expiry", "point"] == 3
    assert here("audit")["findings"] == []


def test_what_is_owed_is_shown_wherever_the_balance_is(here: Clerk) -> None:
    """Rule 32: spent, then voided; what is earned next makes it good, and it is said why."""
    number = here.numbers["张三"]
    here("credit", "settle", here("credit", "donate", number, 3, "--form", form(here))["hold"])
    (line,) = here.lines(number)
    here("correct", line, "--why", "少记")
    assert "已经作废" in here.run("correct", line, "--why", "少记", lang="zh").stderr
    assert [one["owed"] for one in here("credit", "show", number)["balances"]] == [3, 0]
    assert [one["owed"] for one in here("volunteer", "show", number)["balances"]] == [3, 0]
    for words in (("credit", "show"), ("volunteer", "show")):
        assert "待补足 3" in here.run(*words, number, lang="zh").stdout
    assert [one["code"] for one in here("audit")["remarks"]] == ["account.owed"]
    here("replace", line, "--minutes", 179, "--why", "少记")
    here("notice", "open", "--all")
    here.now = "2026-03-20T09:00:00+08:00"
    here("notice", "close", "--due")
    found = here("credit", "show", number)
    assert [one["owed"] for one in found["balances"]] == [1, 0]
    assert "补足" in here.run("credit", "show", number, lang="zh").stdout
    (pool,) = [one for one in here("credit", "balances")["balances"] if "Pool" in one["account"]]
    assert pool["balance"] == 3  # and no more, out of 179 minutes


def test_erasing_says_what_is_left_and_held(here: Clerk) -> None:
    number = here.numbers["张三"]
    here("credit", "donate", number, 2, "--form", form(here))
    answer = here("volunteer", "erase", number, code=1)
    assert (answer["credits"], answer["points"], len(answer["holds"])) == (3, 3, 1)


def test_expiry_goes_on_though_one_was_erased(here: Clerk) -> None:
    here("rules", "calendar", calendar(here))
    here.officer = ("--clock-is-right",)
    here.now = "2027-12-31T09:00:00+08:00"
    erased(here, "张三")
    assert here("credit", "expire")["points"] == 6


def test_a_part_that_is_settled_says_what_is_free_again(here: Clerk) -> None:
    held = here("credit", "donate", here.numbers["张三"], 3, "--form", form(here))["hold"]
    text = here.run("credit", "settle", held, "--amount", "1", lang="zh").stdout
    assert "其余时间储蓄 2 已释放" in text
    held = here("credit", "donate", here.numbers["李四"], 3, "--form", form(here))["hold"]
    letter = here.folder / "办结.json"
    text = here.run("credit", "settle", held, "--out", letter, lang="zh").stdout
    assert "已办结" not in text
    assert "尚未入账" in text


def test_words_that_were_typed_wrong_are_told_in_the_readers_language(here: Clerk) -> None:
    """No pattern of ours, and no English in Chinese."""
    one, two, paper = here.numbers["张三"], here.numbers["李四"], form(here)
    empty = here.folder / "空.pdf"
    empty.write_bytes(b"")
    gift = ("credit", "gift", one, two, 1, "--form", paper, "--relation")
    order = ("credit", "order", one, 1, "--ground", "spouse", "--form", paper)
    goods = ("--name", "x", "--price", "1", "--stock", "1")
    for words, due in (
        ((*gift, "配偶"), "spouse（配偶）"),
        ((*gift, "friend"), "只能赠与配偶（spouse）"),
        (("credit", "goods", "--add", "G 3", *goods), "只能用字母"),
        ((*order, "--provider", "甲七"), "没有志愿者 甲七"),
        (order, "--provider"),
        (
            ("credit", "gift", one, two, 99, "--relation", "spouse", "--form", paper),
            "可用时间储蓄 3",
        ),
        (("credit", "donate", one, 1, "--form", empty), "空文件"),
        (("credit", "export", one, 1, "--to", "nonsense", "--form", paper), "trust.json"),
        (("credit", "settle"), "缺少参数 ENTRY:ROW"),
    ):
        said = here.run(*words, lang="zh").stderr
        assert due in said, (words, said)
        assert "regex" not in said
        assert "volunteer:" not in said


def test_a_good_that_speaks_of_cash_is_noted(here: Clerk) -> None:
    """Rule 31: words alone never refuse."""
    ran = here.run("credit", "goods", "--add", "G6", "--name", "100元现金红包", "--price", "3", "--stock",
                   "5", lang="zh")  # fmt: skip
    assert ran.exit_code == 0
    assert "现金" in ran.stderr
    assert [one["code"] for one in here("audit")["remarks"]] == ["good.cash"]
