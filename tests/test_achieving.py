"""Trainings, honours and the star, from the spreadsheet to the certificate, as officers meet them.

Holds ledger.desk.achieving, certificates.contents, certificates.commands.screen, and the commands over them.
"""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.clerk import Clerk, activities

RULES = "title = '甲办法'\n[stars]\nlevels = [{ hours = 4 }, { hours = 9 }]\n"
TRAINED = [
    ["志愿者培训登记表"],
    ["学员姓名", "培训课程", "主办单位", "培训日期", "培训时长"],
    ["张三", "急救培训", "示例县红十字会", "2026-03-06", "2小时30分"],
    ["李四", "急救培训", "示例县红十字会", "2026-03-06", "2.5"],
    ["张三", "手语入门", "示例县残联", "2026-03-01", "1"],
]
HONOURED = [
    ["获奖人", "荣誉称号", "颁发单位", "颁发时间"],
    ["张三", "优秀志愿者", "示例县文明办", "2026-03-05"],
    ["张三", "最美志愿者", "示例县", "2026.2.1"],
]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """Give a ledger in which 张三 served twice, was trained and honoured, and holds a star."""
    here = Clerk(tmp_path_factory.mktemp("lived"))
    here.begin()
    file = here.folder / "办法.toml"
    file.write_text(RULES, encoding="utf-8")
    here("rules", "adopt", file)
    here("import", "activities", here.sheet("活动2.csv", activities(("A2", "2026-03-04"))))
    here.confirmed("张三", "李四")
    here.attended(("张三", "9:00", "11:00"), activity="A2")
    (closed,) = here("notice", "open", "--all")["notices"]
    here("import", "training", here.sheet("培训.csv", TRAINED))
    here("import", "honours", here.sheet("表彰.csv", HONOURED))
    here.now = f"{closed['closes']}T09:00:00+08:00"
    here("notice", "close", "--due")
    (notice,) = here("star", "propose", here.numbers["张三"])["notices"]
    here.now = f"{notice['decides']}T09:00:00+08:00"
    here("star", "grant", "--due")
    return here


@pytest.fixture
def here(lived: Clerk, tmp_path: Path) -> Clerk:
    return lived.copied(tmp_path)


def issued(here: Clerk, *words: str) -> Any:
    """Issue a certificate for 张三 and return what verification proves."""
    file = here.folder / "证明.pdf"
    file.unlink(missing_ok=True)
    here("certificate", "issue", here.numbers["张三"], *words, "-o", file)
    found = here.verdict(file)
    assert (found["genuine"], found["logged"]) == (True, True)
    return found["certificate"]


def shown(here: Clerk, kind: str = "training") -> list[tuple[str, str, bool]]:
    found = here("volunteer", "show", here.numbers["张三"])[kind]
    return [(one["row"], one["date"], one["void"]) for one in found]


# --- sheets and the desk --------------------------------------------------------------------------


def test_a_volunteer_is_shown_with_both_and_with_hours_apart(here: Clerk) -> None:
    found = here("volunteer", "show", here.numbers["张三"])
    assert found["minutes"] == 300
    assert [(x["course"], x["host"], x["minutes"]) for x in found["training"]] == [
        ("手语入门", "示例县残联", 60), ("急救培训", "示例县红十字会", 150),
    ]  # fmt: skip
    assert [(x["title"], x["grantor"]) for x in found["honours"]] == [
        ("最美志愿者", "示例县"), ("优秀志愿者", "示例县文明办"),
    ]  # fmt: skip
    assert {x["organisation"] for x in found["training"]} == {"T01"}
    text = here.run("volunteer", "show", here.numbers["张三"], lang="zh").stdout
    for word in ("培训时长", "2小时30分钟", "表彰", "最美志愿者", "示例县文明办"):
        assert word in text


@pytest.mark.parametrize(("kind", "rows"), [("training", TRAINED), ("honours", HONOURED)])
def test_a_sheet_sent_again_is_known(here: Clerk, kind: str, rows: list[list[str]]) -> None:
    answer = here("import", kind, here.sheet("又一次.csv", rows))
    count = len(rows) - 1 - (kind == "training")
    assert (answer["recorded"], answer["already"], answer["refused"]) == (0, count, [])


def test_bad_rows_come_back_in_a_file_that_is_mended_and_sent(here: Clerk) -> None:
    rows = [TRAINED[1], ["王五", "急救培训", "红十字会", "2026-03-06", ""],
            ["赵六", "急救培训", "红十字会", "2026-03-06", "2"]]  # fmt: skip
    answer = here("import", "training", here.sheet("又.csv", rows), code=1)
    assert (answer["recorded"], [one["code"] for one in answer["refused"]]) == (
        1,
        ["field.missing"],
    )
    book = load_workbook(answer["refused_file"])
    book.active["E2"] = "2"
    book.save(answer["refused_file"])
    assert here("import", "training", answer["refused_file"])["recorded"] == 1
    assert here("audit")["findings"] == []


def test_a_dry_run_records_nothing(here: Clerk) -> None:
    rows = [HONOURED[0], ["李四", "优秀志愿者", "示例县文明办", "2026-03-05"]]
    answer = here("import", "honours", here.sheet("又.csv", rows), "--dry-run")
    assert (answer["recorded"], answer["dry_run"]) == (1, True)
    assert here("volunteer", "show", here.numbers["李四"])["honours"] == []


@pytest.mark.parametrize("kind", ["training", "honours"])
def test_a_blank_form_is_there(here: Clerk, kind: str) -> None:
    file = here.folder / "空白.xlsx"
    here("template", kind, "-o", file)
    here("import", kind, file, code=0)


def test_a_row_is_taken_back_and_recorded_anew(here: Clerk) -> None:
    (_, (row, _, _)) = shown(here)
    said = here.run("correct", row, "--why", "时长有误", lang="zh")
    assert "vledger import training" in said.stdout
    assert [void for _, _, void in shown(here)] == [False, True]
    assert here.refused("correct", row, "--why", "再来") == "row.state"
    again = [TRAINED[1], [*TRAINED[2][:4], "2"]]
    assert here("import", "training", here.sheet("又.csv", again))["recorded"] == 1
    assert here.refused("correct", "1:1", "--why", "什么") == "line.unknown"
    assert here.refused("correct", "999:1", "--why", "什么") == "line.unknown"
    assert here("audit")["findings"] == []


def test_what_stands_is_said_before_a_person_is_erased(here: Clerk) -> None:
    """Rule 47; the rows stay under the number, which leads to nobody."""
    number = here.numbers["张三"]
    answer = here("volunteer", "erase", number, code=1)
    assert (answer["young_lines"], answer["young_achievements"]) == (2, 4)
    (_, (row, _, _)) = shown(here)
    here("correct", row, "--why", "有误")
    assert here("volunteer", "erase", number, code=1)["young_achievements"] == 3
    here("volunteer", "erase", number, "--reason", "request", "--yes")
    found = here("volunteer", "show", number)
    assert (found["name"], len(found["training"])) == (None, 2)
    refused = [HONOURED[0], [number, *HONOURED[1][1:3], "2026-03-08"]]
    refused[0] = ["志愿者编号", *HONOURED[0][1:]]
    answer = here("import", "honours", here.sheet("又.csv", refused), code=1)
    assert [one["code"] for one in answer["refused"]] == ["volunteer.not_active"]


# --- the volunteer chooses --------------------------------------------------------------------------


def test_the_star_is_listed_unless_it_is_left_out(here: Clerk) -> None:
    """Nothing is listed that was not asked for."""
    found = issued(here)
    assert (found["star"], found["training"], found["honours"]) == (1, [], [])
    assert (found["from"], found["to"]) == ("2026-03-03", "2026-03-04")
    found = issued(here, "--without", "star")
    assert (found["star"], found["minutes"]) == (None, 300)


def test_trainings_and_honours_are_listed_when_asked_for(here: Clerk) -> None:
    """The period covers them, the hours do not hold them."""
    found = issued(here, "--with", "training", "--with", "honours")
    assert (found["minutes"], found["from"], found["to"]) == (300, "2026-02-01", "2026-03-06")
    assert [(one["date"], one["minutes"]) for one in found["training"]] == [
        ("2026-03-06", 150), ("2026-03-01", 60),
    ]  # fmt: skip
    assert [one["title"] for one in found["honours"]] == ["优秀志愿者", "最美志愿者"]
    text = here.run("certificate", "verify", here.folder / "证明.pdf", lang="zh").stdout
    for words in (
        "已证实：出具前已评为 1 星",
        "手语入门",
        "1小时0分钟，不计入服务时长",
        "最美志愿者",
    ):
        assert words in text


def test_a_period_holds_for_all_of_it(here: Clerk) -> None:
    found = issued(here, "--with", "training", "--with", "honours", "--from", "2026-03-04")
    assert (found["minutes"], found["from"], found["to"]) == (120, "2026-03-04", "2026-03-06")
    assert [one["course"] for one in found["training"]] == ["急救培训"]
    assert [one["title"] for one in found["honours"]] == ["优秀志愿者"]


def test_only_the_activities_named_are_listed(here: Clerk) -> None:
    found = issued(here, "--activity", "A2")
    assert ([line["activity"] for line in found["lines"]], found["minutes"]) == (["A2"], 120)
    assert issued(here, "--activity", "A2", "--activity", "A1")["minutes"] == 300
    words = ("certificate", "issue", here.numbers["张三"], "-o", here.folder / "无.pdf")
    assert here.refused(*words, "--activity", "A1", "--activity", "A9") == "certificate.lines"
    assert "A9" in here.run(*words, "--activity", "A1", "--activity", "A9").stderr
    assert not (here.folder / "无.pdf").exists()


def test_what_was_asked_for_and_is_not_there_is_said(here: Clerk) -> None:
    file = here.folder / "李四.pdf"
    words = ("certificate", "issue", here.numbers["李四"], "-o", file)
    said = here.run(*words, "--with", "training", "--with", "honours")
    assert "trainings: 1" in said.stdout
    assert "no honour is on record" in said.stdout
    assert "star" not in said.stdout


def test_a_star_under_review_is_not_listed_and_it_is_said(here: Clerk) -> None:
    number = here.numbers["张三"]
    line = next(iter(here.lines(number)))
    here("correct", line, "--why", "不在场")
    assert here("star", "list")["stars"][0]["state"] == "review"
    words = ("certificate", "issue", number, "-o")
    assert here(*words, here.folder / "1.pdf")["star"] is None
    assert "待复核" in here.run(*words, here.folder / "2.pdf", lang="zh").stdout
    said = here.run(*words, here.folder / "3.pdf", "--without", "star", lang="zh").stdout
    assert "3.pdf" in said
    assert "待复核" not in said


def test_a_row_that_the_issuer_recorded_himself_is_refused_and_not_left_out(here: Clerk) -> None:
    """Rule 22: another issuer has to be asked."""
    (issuer,) = (one for one in here("officer", "list")["officers"] if one["role"] == "issuer")
    mine = here("officer", "add", "recorder", "--person", issuer["person"])["officer"]
    rows = [HONOURED[0], ["李四", "优秀志愿者", "示例县文明办", "2026-03-05"]]
    here("--as", mine, "import", "honours", here.sheet("又.csv", rows))
    words = ("certificate", "issue", here.numbers["李四"], "-o", here.folder / "证明.pdf")
    assert here.refused(*words, "--with", "honours") == "four_eyes"
    assert here("certificate", "issue", *words[2:])["honours"] == 0


def test_a_certificate_is_superseded_with_what_it_lists(here: Clerk) -> None:
    """Rule 25."""
    issued(here, "--with", "training")
    (_, (row, _, _)) = shown(here)
    here("correct", row, "--why", "有误")
    found = here.verdict(here.folder / "证明.pdf", code=1)
    assert (found["genuine"], found["standing"]) == (True, "superseded")


# --- issued anew ----------------------------------------------------------------------------------


def again(here: Clerk, old: str, name: str, *words: object) -> Any:
    """Issue a certificate anew, and return what it proves."""
    file = here.folder / name
    made = here("certificate", "issue", here.numbers["张三"], "--replaces", old, *words, "-o", file)
    assert made["replaces"] == old
    return here.verdict(file)["certificate"]


def test_what_was_chosen_is_chosen_again(here: Clerk) -> None:
    first = issued(here, "--activity", "A2", "--with", "training", "--with", "honours")
    second = again(here, first["number"], "二.pdf")
    for name in ("minutes", "from", "to", "training", "honours", "star", "organisation"):
        assert second[name] == first[name], name
    assert [one["activity"] for one in second["lines"]] == ["A2"]
    third = again(here, second["number"], "三.pdf", "--activity", "A1", "--without", "training")
    assert [one["activity"] for one in third["lines"]] == ["A1"]
    assert (third["training"], third["honours"]) == ([], first["honours"])
    fourth = again(here, third["number"], "四.pdf", "--activity", "A1", "--activity", "A2")
    assert fourth["minutes"] == 300


def test_of_what_was_chosen_that_is_listed_again_which_still_stands(here: Clerk) -> None:
    first = issued(here)
    assert first["minutes"] == 300  # all there was: nothing was chosen
    line = next(
        one["line"] for one in here("volunteer", "show", here.numbers["张三"])["lines"]
        if one["activity"] == "A1"
    )  # fmt: skip
    days = ("--from", "2026-03-01", "--to", "2026-03-31")
    chosen = issued(here, "--activity", "A1", *days)
    here("correct", line, "--why", "本人早退")
    second = again(here, first["number"], "二.pdf")
    assert [one["activity"] for one in second["lines"]] == ["A2"]
    refused = here.refused(
        "certificate", "issue", here.numbers["张三"], "--replaces", chosen["number"],
        "-o", here.folder / "三.pdf",
    )  # fmt: skip
    assert refused == "certificate.lines"  # nothing of what was chosen stands


def test_numbers_are_taken_as_they_are_pasted(here: Clerk) -> None:
    me = here.numbers["张三"]
    pasted = f" v{me[1:]}\u3000"
    made = here("certificate", "issue", pasted, "-o", here.folder / "一.pdf")
    number = made["certificate"]
    wide = number.translate({ord(one): ord(one) + 0xFEE0 for one in "0123456789-"})
    assert here("certificate", "show", f" {wide} ")["certificate"] == number
    assert here("volunteer", "show", pasted)["number"] == me
    words = ("certificate", "issue", "V12345", "-o", here.folder / "三.pdf")
    assert here.refused(*words) == "volunteer.not_active"
    assert "V 加十位数字" in here.run(*words, lang="zh").stderr
    heir = here(
        "certificate", "issue", me, "--replaces", f"{number} ", "-o", here.folder / "二.pdf"
    )
    here("certificate", "revoke", f" {heir['certificate']}", "--reason", "error")
