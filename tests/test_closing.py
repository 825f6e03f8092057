"""Closing accounts as a person does it: make, list, show, prove, verify; and what `status` reminds of."""

import json
from pathlib import Path

import pytest

from tests.clerk import Clerk, activities, run, volunteers


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
    for month in ("2026-13", "2026-3", "三月", "2026-00"):
        assert f"{month!r} is not a month" in here.run("closing", "make", "--month", month).stderr
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
        (other,) = here("closing", "verify", file, "--number", numbers[1], code=1)["results"]
        assert other["error"]["code"] == "unverified"
    assert here.refused("closing", "prove", "z", "-o", file) == "volunteer.unknown"
    assert here.refused("closing", "prove", "张三", "--missing", "-o", file) == "field.unreadable"
    assert "no volunteer z" in here.run("closing", "prove", "z", "--missing", "-o", file).stderr
    assert here.refused("closing", "prove", numbers[0], "--missing", "-o", file) == "closing.row"
    assert (
        here.refused("closing", "prove", numbers[0], "--of", "2026-01", "-o", file)
        == "closing.none"
    )


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


def test_a_month_is_closed_by_who_signs_elsewhere(here: Clerk) -> None:
    """Of the end of a day a closing stays true whenever it arrives; one of now does not."""
    here.now = "2026-04-01T09:00:00+08:00"
    for file, words in (("月末.json", ("--month", "2026-03")), ("现在.json", ())):
        answer = here("closing", "make", *words, "--out", here.folder / file)
        assert answer["statements"] == 1
    here("import", "activities", here.sheet("活动4.csv", activities(("A9", "2026-04-02"))))
    here("submit", here.folder / "月末.json")
    assert here.refused("submit", here.folder / "现在.json") == "closing.time"
    (found,) = here("closing", "list")["closings"]
    assert found["month"] == "2026-03"
    assert here("audit")["findings"] == []


def test_an_entry_is_the_newest_or_the_last_of_a_day_that_is_over(here: Clerk) -> None:
    size = here("audit")["size"]
    assert here.refused("closing", "make", "--as-of", size) == "entry.unknown"
    assert here.refused("closing", "make", "--as-of", 3) == "closing.time"
    ran = here.run("closing", "make", "--month", "2026-03", "--as-of", "3")
    assert ran.exit_code == 2
    (made,) = here("closing", "make", "--as-of", size - 1)["closed"]
    assert (made["size"], made["as_of"]) == (size, "2026-03-07T09:00:00+08:00")


def on_closing(here: Clerk, number: str, name: str, *more: str) -> tuple[dict[str, object], Path]:
    """Issue a certificate that rests on the newest closing, and return the answer and the file."""
    file = here.folder / name
    return here("certificate", "issue", number, "--on-closing", "-o", file, *more), file


def served_again(here: Clerk, code: str = "A2", day: str = "2026-03-10") -> None:
    """Let 张三 and 李四 serve another morning, confirmed a week later."""
    here("import", "activities", here.sheet("活动2.csv", activities((code, day))))
    here.now = f"{day}T13:00:00+08:00"
    here.attended(("张三", "9:00", "11:00"), ("李四", "9:00", "12:00"), activity=code)
    here("notice", "open", "--all")
    here.now = f"{day[:8]}{int(day[8:]) + 7}T09:00:00+08:00"
    here("notice", "close", "--due")


def test_a_certificate_rests_on_a_closing_and_the_lines_since(here: Clerk) -> None:
    number = here.numbers["张三"]
    here("closing", "make")
    served_again(here)
    made, file = on_closing(here, number, "结转.pdf")
    assert made["minutes"] == 300
    found = here.verdict(file)
    assert (found["genuine"], found["logged"], found["standing"]) == (True, True, "unknown")
    said = found["certificate"]
    assert said["carried"]["minutes"] == 180
    assert (said["minutes"], [line["minutes"] for line in said["lines"]]) == (300, [120])
    assert "carried" in [reason["code"] for reason in found["reasons"]]
    assert here("audit")["findings"] == []
    ran = here.run("certificate", "verify", file)
    assert "3 h 0 min of the total are carried over from the closing" in ran.stdout


def test_a_line_that_was_voided_since_is_carried_by_no_certificate(here: Clerk) -> None:
    """And a certificate that carries a line which is voided later is superseded like any other."""
    number = here.numbers["张三"]
    here("closing", "make")
    served_again(here)
    _, file = on_closing(here, number, "先.pdf")
    line = min(here.lines(number))
    here("correct", line, "--why", "登记有误")
    assert here.verdict(file, code=1)["standing"] == "superseded"
    words = ("certificate", "issue", number, "--on-closing", "-o", here.folder / "后.pdf")
    assert here.refused(*words) == "certificate.closing"
    here("closing", "make")
    made, file = on_closing(here, number, "后.pdf")
    assert made["minutes"] == 120
    found = here.verdict(file)
    assert (found["genuine"], found["certificate"]["lines"]) == (True, [])
    assert here("audit")["findings"] == []


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_the_page_says_what_is_carried_in_every_language(here: Clerk, language: str) -> None:
    here("closing", "make")
    served_again(here)
    number = here.numbers["李四"]
    _, file = on_closing(here, number, "页.pdf", "--language", language, "--qr", "claim")
    found = here.verdict(file)
    assert (found["genuine"], found["certificate"]["minutes"]) == (True, 360)


def test_a_credential_carries_it_too(here: Clerk) -> None:
    here("closing", "make")
    made, file = on_closing(here, here.numbers["张三"], "凭证.json", "--format", "vc")
    found = here.verdict(file)
    assert (found["genuine"], made["minutes"]) == (True, 180)
    value = json.loads(file.read_bytes())
    (carried,) = (one for one in value["evidence"] if one.get("genre") == "结转 Brought forward")
    assert "3小时0分钟" in carried["narrative"]
    assert value["credentialSubject"]["activityStartDate"] == "2026-03-03T00:00:00+08:00"


def test_what_does_not_go_with_a_closing_is_refused(here: Clerk) -> None:
    number, file = here.numbers["张三"], here.folder / "无.pdf"
    words = ("certificate", "issue", number, "--on-closing", "-o", file)
    assert here.refused(*words) == "closing.none"
    here("closing", "make", "--organisation", "T01")
    assert here.refused(*words) == "closing.none"
    here("closing", "make")
    for more in (("--from", "2026-03-01"), ("--to", "2026-03-31"), ("--activity", "A1")):
        assert here.refused(*words, *more) == "certificate.closing"
    assert here.refused(
        "certificate", "issue", here.numbers["王五"], "--on-closing", "-o", file
    ) == ("certificate.lines")
    sheet = here.sheet("新人.csv", volunteers(["周九"], since=9))
    here("import", "volunteers", sheet)
    served_again(here)
    here.now = "2026-03-18T13:00:00+08:00"
    here("import", "activities", here.sheet("活动3.csv", activities(("A3", "2026-03-19"))))
    here.now = "2026-03-19T13:00:00+08:00"
    here.attended(("周九", "9:00", "12:00"), activity="A3")
    here("notice", "open", "--all")
    here.now = "2026-03-26T09:00:00+08:00"
    here("notice", "close", "--due")
    (found,) = here("volunteer", "find", "周九")["volunteers"]
    words = ("certificate", "issue", found["number"], "--on-closing", "-o", file)
    assert here.refused(*words) == "certificate.closing"  # came after it: has no row in it


def test_a_certificate_that_replaces_another_rests_on_a_closing(here: Clerk) -> None:
    old, _ = here.certificate(here.numbers["张三"])
    here("closing", "make")
    served_again(here)
    made, file = on_closing(here, here.numbers["张三"], "新.pdf", "--replaces", old)
    assert (made["replaces"], made["minutes"]) == (old, 300)
    assert here.verdict(file)["genuine"]
