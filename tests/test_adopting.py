"""Rules on the command line: shown, checked, compared, tried, adopted, and the year's working days.

Holds ledger.commands.rules.
"""

import json
from pathlib import Path

import pytest

from tests.clerk import Clerk, run
from tests.conftest import ROOT

EXAMPLE = ROOT / "examples" / "rules.toml"
TODAY, LATER = "2026-03-02", "2026-07-01"
POINTS = 'title = "甲办法"\n[points]\nper_hour = 2\n'


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("founded"))
    clerk.begin()
    return clerk


@pytest.fixture
def here(founded: Clerk, tmp_path: Path) -> Clerk:
    """Give a ledger at work, of the test's own."""
    return founded.copied(tmp_path)


def file(here: Clerk, text: str, name: str = "办法.toml") -> Path:
    found = here.folder / name
    found.write_text(text, encoding="utf-8")
    return found


def paths(answer: dict[str, list[dict[str, object]]]) -> list[object]:
    return [one["parameter"] for one in answer["changes"]]


# --- check ---------------------------------------------------------------------------------------


def test_the_example_passes_without_any_ledger(tmp_path: Path) -> None:
    ran = run("--home", tmp_path / "none", "rules", "check", EXAMPLE, "--json")
    assert ran.exit_code == 0
    assert json.loads(ran.stdout) == {
        "file": str(EXAMPLE), "good": True, "problems": [], "notes": []
    }  # fmt: skip
    assert "可以采用" in run("--lang", "zh", "rules", "check", EXAMPLE).stdout
    assert not (tmp_path / "none").exists()


def test_every_problem_is_printed_and_the_exit_code_is_1(here: Clerk) -> None:
    wrong = file(here, "grace = -1\nlonges = 3\n[stars]\nlevels = [{ hours = true }]\n")
    said = {"zh": "不得小于 0 longest？ 应为整数", "en": "least 0 mean longest? whole number"}
    for lang, words in said.items():
        ran = here.run("rules", "check", wrong, lang=lang)
        assert ran.exit_code == 1
        assert ran.stdout.count("✗") == 3
        assert all(word in ran.stdout for word in words.split())
    answer = here("rules", "check", wrong, code=1)
    assert not answer["good"]
    assert {one["path"]: one["code"] for one in answer["problems"]} == {
        "grace": "rule.range", "longes": "rule.key", "stars.levels[1].hours": "rule.type",
    }  # fmt: skip
    for word in ("diff", "adopt", "simulate"):
        assert here.refused("rules", word, wrong) == "ruleset.refused"


def test_with_a_ledger_units_and_categories_are_looked_up(here: Clerk) -> None:
    text = '[stars]\nlevels = [{ hours = 1, unit = "%s" }]\n[credits]\ncategories = ["敬老"]\n'
    unknown, known = file(here, text % "T99", "a.toml"), file(here, text % "T01", "b.toml")
    assert [one["code"] for one in here("rules", "check", unknown, code=1)["problems"]] == [
        "rule.unit"
    ]
    notes = here("rules", "check", known)["notes"]
    assert [one["code"] for one in notes] == ["rule.title", "rule.category"]
    assert here.run("rules", "check", known).stdout.count("note: ") == 2


def test_a_file_that_is_none_is_refused_by_name(here: Clerk) -> None:
    assert here.refused("rules", "check", here.folder / "none.toml") == "file.unreadable"
    large = here.folder / "large.toml"
    large.write_bytes(b"#" * (2**20 + 1))
    assert here.refused("rules", "check", large) == "file.too_big"
    with_trust_alone = here.folder / "trust"
    with_trust_alone.mkdir()
    (with_trust_alone / "trust.json").write_text("{}", encoding="utf-8")
    assert run("--home", with_trust_alone, "rules", "check", EXAMPLE).exit_code == 0


# --- show, diff, adopt -----------------------------------------------------------------------------


def test_rules_are_shown_in_peoples_words(here: Clerk) -> None:
    chinese, english = (here.run("rules", "show", lang=lang).stdout for lang in ("zh", "en"))
    for word in (
        "【星级】",
        "100 小时",
        "【服务积分】",
        "停用",
        "3 个完整工作日",
        "stars.levels[1]",
        "2004–2026",
    ):
        assert word in chinese
    for word in ("[stars]", "100 h", "[time credits]", "off", "working days"):
        assert word in english
    answer = here("rules", "show")
    assert (answer["entry"], answer["from"], answer["code"]) == (1, TODAY, 1)
    assert "points" not in answer["ruleset"]
    assert answer["ruleset"]["calendar"]["2026"]["off"]


def test_rules_are_adopted_and_complete_in_themselves(here: Clerk) -> None:
    before = here("rules", "show")["ruleset"]
    answer = here("rules", "adopt", file(here, POINTS))
    assert (answer["from"], answer["title"]) == (TODAY, "甲办法")
    assert paths(answer)[:3] == ["title", "points", "points.per_hour"]
    (entry,) = answer["entries"]
    found = here("rules", "show")
    assert (found["entry"], found["ruleset"]["points"]["per_hour"]) == (entry, 2)
    assert found["ruleset"]["calendar"] == before["calendar"]  # carried over
    here("rules", "adopt", file(here, 'title = "乙办法"\ngrace = 10\n'))
    after = here("rules", "show")["ruleset"]
    assert "points" not in after  # what a file does not say has its default
    assert after["grace"] == 10
    assert here("audit")["findings"] == []


def test_adopting_says_what_changes_and_twice_is_once(here: Clerk) -> None:
    ran = here.run("rules", "adopt", file(here, POINTS), "--from", LATER, lang="zh")
    assert ran.exit_code == 0
    assert ran.stdout.index("服务积分：每小时") < ran.stdout.index(f"甲办法：自 {LATER} 起施行")
    again = here("rules", "adopt", file(here, POINTS), "--from", LATER)
    assert (again["changes"], again["entries"]) == ([], [])
    assert (
        "没有采用任何内容"
        in here.run("rules", "adopt", file(here, POINTS), "--from", LATER, lang="zh").stdout
    )


def test_a_later_day_comes_into_force_then(here: Clerk) -> None:
    (entry,) = here("rules", "adopt", file(here, POINTS), "--from", LATER)["entries"]
    assert here("rules", "show")["entry"] == 1
    assert here("rules", "show", "--at", "2026-06-30")["entry"] == 1
    assert here("rules", "show", "--at", LATER)["entry"] == entry
    assert here("rules", "show", "--at", "2020-01-01")["entry"] == 1  # days before the first
    told = f"自 {LATER} 起：第 {entry} 条"
    assert told in here.run("rules", "show", lang="zh").stdout
    assert told not in here.run("rules", "show", "--at", LATER, lang="zh").stdout
    other = file(here, 'title = "乙办法"\n', "b.toml")
    assert (
        told in here.run("rules", "adopt", other, lang="zh").stdout
    )  # it will take over all the same


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--from", "2026-03-01"), "ruleset.from"),
        (("--from", "明天"), "time.unreadable"),
        (("--as", "KX/recorder1"), "officer.missing"),
    ],
)
def test_an_adoption_that_may_not_be_is_refused(
    here: Clerk, words: tuple[str, ...], code: str
) -> None:
    assert here.refused("rules", "adopt", file(here, POINTS), *words) == code
    assert here("rules", "show")["entry"] == 1


def test_an_adoption_can_be_signed_elsewhere(here: Clerk) -> None:
    letter = here.folder / "letter.json"
    here("rules", "adopt", file(here, POINTS), "--out", letter)
    assert here("rules", "show")["entry"] == 1
    here("submit", letter)
    assert here("rules", "show")["ruleset"]["title"] == "甲办法"


def test_rules_are_compared_parameter_by_parameter(here: Clerk) -> None:
    a = file(here, POINTS, "a.toml")
    b = file(
        here, 'title = "乙办法"\n[stars]\nlevels = [{ hours = 50 }, { hours = 100 }]\n', "b.toml"
    )
    assert paths(here("rules", "diff", a))[:2] == ["title", "points"]  # with those in force
    answer = here("rules", "diff", a, b)
    assert paths(answer) == ["title", *(f"stars.levels[{n}]" for n in range(1, 6)), "points"]
    second = answer["changes"][2]
    assert (second["old"]["hours"], second["new"]["hours"]) == (300, 100)
    assert answer["changes"][-1]["old"] is True
    (entry,) = here("rules", "adopt", a)["entries"]
    assert paths(here("rules", "diff", 1, entry))[:2] == ["title", "points"]
    assert here("rules", "diff", entry, a)["changes"] == []
    assert here("rules", "diff", a, entry)["changes"] == []
    assert "no difference" in here.run("rules", "diff", a).stdout
    assert here.refused("rules", "diff", 7) == "ruleset.unknown"
    assert here.refused("rules", "diff", "9" * 5000) == "file.unreadable"
    text = here.run("rules", "diff", a, b, lang="zh").stdout
    assert "星级：二星" in text
    assert "300 小时" in text


def test_two_files_are_compared_without_any_ledger(here: Clerk, tmp_path: Path) -> None:
    a, b = file(here, POINTS, "a.toml"), file(here, "", "b.toml")
    ran = run("--home", tmp_path / "none", "--json", "rules", "diff", a, b)
    assert paths(json.loads(ran.stdout)) == ["title", "points"]
    alone = run("--home", tmp_path / "none", "--json", "rules", "diff", a)
    assert json.loads(alone.stdout)["error"]["code"] == "home.missing"


# --- simulate ------------------------------------------------------------------------------------


def test_rules_are_tried_on_standing_lines_and_adopted_for_days_to_come(here: Clerk) -> None:
    tried = file(
        here, 'title = "甲"\n[stars]\nlevels = [{ hours = 3 }]\n[points]\n[credits]\ncap = 2\n'
    )
    here.confirmed("张三", "李四", "王五")
    line = here.lines(here.numbers["王五"])
    here("correct", next(iter(line)), "--why", "早退")
    began = ("--from", "2026-01-01")
    answer = here("rules", "simulate", tried, *began)
    assert (answer["lines"], answer["volunteers"], answer["from"]) == (2, 2, "2026-01-01")
    assert [one["volunteer"] for one in answer["changed"]] == sorted(
        here.numbers[who] for who in ("张三", "李四")
    )
    none = {"minutes": 180, "stars": 0, "points": 0, "credits": 0, "donations": 0, "excess": 0}
    for one in answer["changed"]:
        assert one["now"] == none
        assert one["then"] == {**none, "stars": 1, "points": 3, "credits": 2, "excess": 1}
    assert answer["totals"]["then"]["points"] == 6
    text = here.run("rules", "simulate", tried, *began, lang="zh").stdout
    assert "假定自 2026-01-01 起" in text
    assert "2 名志愿者的 2 条已确认记录；2 人的数字会变" in text
    for words in ("3小时0分钟", "0 → 3", "合计", "0 → 6"):
        assert words in text
    here("rules", "adopt", tried)  # from today: what was served before keeps its rules
    (row,) = [
        one
        for one in here("rules", "simulate", tried, *began)["changed"]
        if one["volunteer"] == here.numbers["张三"]
    ]
    assert (row["now"]["points"], row["now"]["stars"]) == (0, 1)
    # As it would be adopted: what stands keeps its rules, and the rules in force are no change.
    assert here("rules", "simulate", tried)["changed"] == []
    assert here("rules", "adopt", tried)["changes"] == []


def test_what_rules_leave_without_use_is_said_before(here: Clerk) -> None:
    here("rules", "adopt", file(here, 'title = "甲"\n[points]\n[credits]\n'))
    here.confirmed("张三", "李四")
    bare = file(here, 'title = "乙"\n[points]\n', "b.toml")
    due = {"credit": {"accounts": 2, "amount": 6}}
    assert here("rules", "diff", bare)["unusable"] == due
    assert "时间储蓄 6" in here.run("rules", "diff", bare, lang="zh").stdout
    assert here("rules", "adopt", bare)["unusable"] == due


def test_where_nothing_would_change_nobody_is_listed(here: Clerk) -> None:
    answer = here("rules", "simulate", file(here, ""))
    assert (answer["lines"], answer["changed"]) == (0, [])
    assert "0 standing lines" in here.run("rules", "simulate", file(here, "")).stdout


def test_a_long_list_is_cut_and_says_so(here: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    here.confirmed("张三", "李四", "王五")
    monkeypatch.setattr("ledger.commands.rules._PEOPLE", 2)
    began = ("--from", "2026-01-01")
    text = here.run("rules", "simulate", file(here, POINTS), *began, lang="zh").stdout
    assert text.count("3小时0分钟") == 2
    assert "另有 1 人" in text
    assert len(here("rules", "simulate", file(here, POINTS), *began)["changed"]) == 3


# --- presets -------------------------------------------------------------------------------------


def test_presets_are_listed_printed_and_none_is_on(here: Clerk) -> None:
    names = [one["name"] for one in here("rules", "presets")["presets"]]
    assert "nanjing-credits" in names
    listed = here.run("rules", "presets", lang="zh").stdout
    assert all(name in listed for name in names)
    assert "不详" in listed
    text = here.run("rules", "presets", "nanjing").stdout
    written = here.folder / "rules.toml"
    here("rules", "presets", "nanjing", "-o", written)
    assert (
        text == written.read_text(encoding="utf-8") == here("rules", "presets", "nanjing")["toml"]
    )
    assert here("rules", "check", written)["good"]
    assert here("rules", "show")["entry"] == 1
    here("rules", "adopt", written)
    assert here("rules", "show")["ruleset"]["credits"]["cap"] == 1500
    assert here.refused("rules", "presets", "没有") == "preset.unknown"


# --- working days --------------------------------------------------------------------------------


def test_a_new_year_does_not_bring_forward_what_was_adopted_for_later(here: Clerk) -> None:
    """The parameters of today, with the newest working days and one more year."""
    (entry,) = here("rules", "adopt", file(here, POINTS), "--from", LATER)["entries"]
    year = file(
        here, "year = 2031\noff = [2031-01-01, 2031-10-01]\nwork = [2031-01-04]\n", "2031.toml"
    )
    here("rules", "calendar", year)
    today = here("rules", "show")
    assert "points" not in today["ruleset"]
    assert today["ruleset"]["title"] == "默认规则"
    assert today["ruleset"]["calendar"]["2031"]["off"] == ["2031-01-01", "2031-10-01"]
    later = here("rules", "show", "--at", LATER)
    assert (later["entry"], later["ruleset"]["points"]["per_hour"]) == (entry, 2)
    assert "2004–2031" in here.run("rules", "show", "--at", LATER).stdout  # the newest days count
    assert here.refused("rules", "calendar", year) == "calendar.year"
    other = file(here, "year = 2032\noff = [2032-01-01]\n", "2032.toml")
    here("rules", "calendar", other)
    here("rules", "adopt", file(here, 'title = "丙"\n', "c.toml"))
    assert {"2031", "2032"} <= set(here("rules", "show")["ruleset"]["calendar"])
    assert here("audit")["findings"] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("year =", "rule.syntax"),
        ("off = [2031-01-01]", "calendar.unreadable"),
        ("year = 2031\noff = 3", "calendar.unreadable"),
        ("year = 2031\noff = [2030-01-01]", "calendar.year"),
        ("year = 2031\noff = [2031-01-01]\nwork = [2031-01-01]", "calendar.year"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(here: Clerk, text: str, code: str) -> None:
    assert here.refused("rules", "calendar", file(here, text)) == code


def test_days_to_come_may_be_corrected_and_days_that_passed_may_not(here: Clerk) -> None:
    """The State Council does change a year's days off within the year."""
    known = here("rules", "show")["ruleset"]["calendar"]["2026"]

    def written(off: list[str], work: list[str]) -> Path:
        return file(here, f"year = 2026\noff = {off}\nwork = {work}\n", "2026.toml")

    more = [*known["off"], "2026-09-03"]
    assert here("rules", "calendar", written(more, known["work"]))["corrected"]
    assert "2026-09-03" in here("rules", "show")["ruleset"]["calendar"]["2026"]["off"]
    said = here.run("rules", "calendar", written([*more, "2026-02-25"], known["work"]), lang="zh")
    assert said.exit_code == 1
    assert "2026-02-25 已经过去" in said.stderr
    assert here.refused("rules", "calendar", written(more, known["work"])) == "calendar.year"
    assert here("audit")["findings"] == []


# --- what was adopted for a later day ------------------------------------------------------------


def test_rules_for_a_later_day_do_not_speak_today(here: Clerk) -> None:
    """A longer notice from July on leaves a notice of March with its three working days."""
    longer = file(here, 'title = "乙办法"\nnotice_days = 9\nlate_days = 1\nminimum_age = 99\n')
    here("rules", "adopt", longer, "--from", LATER)
    here.now = "2026-03-03T14:00:00+08:00"
    (missing,) = [one for one in here("status")["waiting"] if one["code"] == "attendance.missing"]
    assert missing["due"] == "2026-03-17"
    here.attended(("张三", "9:00", "12:00"))
    (opened,) = here("notice", "open", "--all")["notices"]
    assert opened["closes"] == "2026-03-07"
    here.now = "2026-03-07T09:00:00+08:00"
    assert here("notice", "close", "--due")["closed"][0]["confirmed"] == 1
