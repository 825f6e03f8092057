"""`audit anomalies` as an auditor runs it, and the reports that he opens."""

import html.parser
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from ledger.anomalies.patterns import PATTERNS
from ledger.commands.wrapping import columns
from ledger.desk.anomalies import Examined, as_data, limits
from ledger.desk.anomaly_book import book
from ledger.desk.anomaly_page import page
from ledger.errors import Lang
from ledger.rulesets import Anomalies, Ruleset
from tests.clerk import PEOPLE, Clerk, activities, attendance, id_number, phone
from tests.crooked import examined
from tests.scene import CALENDAR

NOW = "2026-09-05T10:00:00+08:00"


@pytest.fixture(scope="module")
def crooked() -> Examined:
    return examined()


@pytest.fixture
def here(tmp_path: Path) -> Clerk:
    found = Clerk(tmp_path)
    found.begin()
    return found


def strict(here: Clerk, text: str) -> Path:
    file = here.folder / "标准.toml"
    file.write_text(f"[anomalies]\n{text}\n", encoding="utf-8")
    return file


# --- the command --------------------------------------------------------------------------------


def test_a_small_honest_ledger_is_not_suspected(here: Clerk) -> None:
    here.confirmed("张三", "李四")
    answer = here("audit", "anomalies")
    assert answer["findings"] == []
    assert (answer["lines"], answer["unread"], answer["file"]) == (2, [], None)
    assert [one["code"] for one in answer["patterns"]] == [one.code for one in PATTERNS]
    assert here.run("audit", "anomalies", lang="zh").stdout.endswith("检查 19 项：发现 0 处\n")


def test_what_is_doubtful_leads_to_its_lines(here: Clerk) -> None:
    here.confirmed("张三", "李四", "王五")
    rules = strict(here, "same_times = 2")
    answer = here("audit", "anomalies", "--rules", rules, code=1)
    (found,) = answer["findings"]
    assert found["pattern"] == "times.same"
    (lines,) = found["lines"]
    entry, rows = lines.split(":")
    assert (rows, found["count"]) == ("1-3", 3)
    assert found["numbers"] == {"people": 3, "limit": 2}
    assert found["why"]
    assert found["honest"]
    assert here("volunteer", "show", here.numbers["张三"])["lines"][0]["line"] == f"{entry}:1"
    ran = here.run("audit", "anomalies", "--rules", rules, lang="zh")
    assert ran.exit_code == 1
    assert f"✗ {lines}  3 人的签到都是 2026-03-03 09:00" in ran.stdout


def test_the_audit_itself_is_what_it_was(here: Clerk) -> None:
    here.confirmed("张三")
    answer = here("audit")
    assert answer["findings"] == []
    assert answer["lines"] == 1
    trust = ("--trust", here.home / "trust.json")
    assert here("--json", "audit", *trust)["size"] == answer["size"]
    ran = here.run("audit", *trust, "anomalies")
    assert ran.exit_code == 2
    assert "`vledger audit` alone" in ran.stderr


def test_a_log_that_was_taken_away_is_looked_through_without_a_ledger(
    here: Clerk, tmp_path: Path
) -> None:
    here.confirmed("张三", "李四", "王五")
    bundle, rules = tmp_path / "账本.bundle", strict(here, "same_times = 2")
    here("export", "bundle", bundle)
    there = Clerk(tmp_path / "elsewhere", now="")
    words = ("audit", "anomalies", "--bundle", bundle, "--rules", rules)
    ours = here("audit", "anomalies", "--rules", rules, code=1)
    theirs = there(*words, "-o", tmp_path / "报告.html", code=1)
    assert theirs["findings"] == ours["findings"]
    assert (theirs["size"], theirs["root"]) == (ours["size"], ours["root"])
    assert [one["code"] for one in theirs["patterns"] if one["unjudged"]] == ["reason.same", "away"]
    assert there.refused(*words, "--organisation", "T99") == "organisation.unknown"
    bundle.write_bytes(bundle.read_bytes()[:-9])
    assert there.refused(*words) == "malformed"


def test_an_hour_that_was_sold_is_found_from_end_to_end(here: Clerk) -> None:
    """Published after the fact and filled two minutes later, for somebody who registers afterwards."""
    here.now = "2026-03-04T20:00:00+08:00"
    here("import", "activities", here.sheet("补.csv", activities(("A2", "2026-03-03"))))
    rows = [
        ["姓名", "证件类型", "证件号码", "手机号", "所属组织", "知情同意"],
        ["周九", "居民身份证", id_number(77), phone(77), "T01", "是"],
    ]
    here("import", "volunteers", here.sheet("新人.csv", rows))
    here.now = "2026-03-04T20:02:00+08:00"
    sheet = here.sheet("签到-A2.csv", attendance(("周九", "9:00", "12:00")))
    here("attend", sheet, "--activity", "A2", "--evidence", "C", "--reason", "补录")
    found = {one["pattern"] for one in here("audit", "anomalies", code=1)["findings"]}
    assert found == {"soon", "registered.after"}


def test_days_and_organisations_may_be_asked_for(here: Clerk) -> None:
    here.confirmed("张三")
    assert here("audit", "anomalies", "--from", "2026-03-03", "--to", "2026-03-03")["lines"] == 1
    later = here("audit", "anomalies", "--from", "2026-03-04")
    assert (later["lines"], later["from"], later["to"]) == (0, "2026-03-04", None)
    assert here("audit", "anomalies", "--organisation", "KX")["lines"] == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--organisation", "T99"), "organisation.unknown"),
        (("--from", "2026-3-1"), "malformed"),
        (("--to", "yesterday"), "malformed"),
        (("--from", "2026-06-01", "--to", "2026-01-01"), "period.reversed"),
    ],
    ids=["organisation", "from", "to", "reversed"],
)
def test_what_is_asked_for_must_be_there(here: Clerk, words: tuple[str, ...], code: str) -> None:
    assert here.refused("audit", "anomalies", *words) == code


def test_a_report_nobody_can_open_is_refused_before_anything_is_read(here: Clerk) -> None:
    file = here.folder / "报告.docx"
    ran = here.run("audit", "anomalies", "-o", file)
    assert ran.exit_code == 2
    assert ".xlsx" in ran.stderr
    assert not file.exists()


def test_own_thresholds_must_be_well_written(here: Clerk) -> None:
    assert here.refused("audit", "anomalies", "--rules", strict(here, "same_times = -1"))


@pytest.mark.parametrize("suffix", [".html", ".xlsx"])
def test_a_report_is_written_where_it_is_asked_for(here: Clerk, suffix: str) -> None:
    here.confirmed("张三")
    file = here.folder / f"异常{suffix}"
    assert here("audit", "anomalies", "-o", file)["file"] == str(file)
    assert file.stat().st_size > 4000


def test_charts_are_files_for_other_documents(here: Clerk) -> None:
    here.confirmed("张三")
    folder = here.folder / "图"
    files = here("audit", "anomalies", "--charts", folder)["charts"]
    names = ("hours", "recorders", "pairs", "class-c", "month-days")
    assert [Path(file).name for file in files] == [
        f"{n}.{s}" for n in names for s in ("svg", "png")
    ]
    for file in map(Path, files):
        begin = b"<svg " if file.suffix == ".svg" else b"\x89PNG"
        assert file.read_bytes().startswith(begin)


def test_an_auditor_without_a_vault_is_told_what_cannot_be_judged(here: Clerk) -> None:
    here.confirmed("张三")
    assert not [one for one in here("audit", "anomalies")["patterns"] if one["unjudged"]]
    (here.home / "vault.key").rename(here.folder / "away")
    found = here("audit", "anomalies")["patterns"]
    assert [one["code"] for one in found if one["unjudged"]] == ["reason.same", "away"]
    said = here.run("audit", "anomalies", lang="zh").stdout
    assert "◐ 补录理由雷同：补录理由存放在个人信息库中" in said


def test_the_vault_knows_reasons_and_areas(here: Clerk) -> None:
    rows = [
        ["姓名", "证件类型", "证件号码", "手机号", "所属组织", "知情同意", "服务区域"],
        ["周九", "居民身份证", id_number(77), phone(77), "T01", "是", "330100"],
    ]
    here("import", "volunteers", here.sheet("新人.csv", rows))
    here.now = "2026-03-03T14:00:00+08:00"
    for n, who in enumerate(("周九", "张三")):
        sheet = here.sheet(f"签到{n}.csv", attendance((who, "9:00", "12:00")))
        here("attend", sheet, "--activity", "A1", "--evidence", "C", "--reason", "停电")
    rules = strict(here, "same_times = 1\naway_lines = 0\nlate_lines = 9")
    found = here("audit", "anomalies", "--rules", rules, code=1)["findings"]
    assert [one["pattern"] for one in found] == ["reason.same", "away"]
    assert found[0]["numbers"] == {"people": 2, "sheets": 2, "limit": 1}


def test_a_narrow_terminal_is_not_overrun(here: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    here.confirmed(*PEOPLE[:4])
    rules = strict(here, "same_times = 2\nno_times = 1")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("certificates.commands.anomalies._is_terminal", lambda: True)
    for lang in ("zh", "en"):
        said = here.run("audit", "anomalies", "--rules", rules, lang=lang).stdout
        assert max(map(columns, said.splitlines())) <= 40


def test_many_findings_are_not_all_printed(here: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    here.confirmed(*PEOPLE[:3])
    monkeypatch.setattr("certificates.commands.anomalies._SHOWN", 0)
    rules = strict(here, "same_times = 2")
    assert "  ✗ …\n" in here.run("audit", "anomalies", "--rules", rules).stdout


# --- the page -----------------------------------------------------------------------------------


class Seen(html.parser.HTMLParser):
    """What a browser would find in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


def read_page(found: Examined, lang: Lang) -> tuple[str, Seen]:
    text, seen = page(found, NOW, lang), Seen()
    seen.feed(text)
    return text, seen


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_complete_in_itself_and_runs_nothing(crooked: Examined, lang: Lang) -> None:
    _, seen = read_page(crooked, lang)
    assert "script" not in seen.tags
    assert all(link.startswith("#") and link[1:] in seen.ids for link in seen.links)
    assert len(seen.ids) == len(set(seen.ids))
    assert seen.tags.count("svg") == 5


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_names_every_line_of_every_finding(crooked: Examined, lang: Lang) -> None:
    text, seen = read_page(crooked, lang)
    assert seen.tags.count("article") == len(crooked.report.findings) > 10
    for finding in crooked.report.findings:
        for span in finding.doubt.lines:
            assert str(span) in text
            for row in range(span.first, span.last + 1):
                assert f"<td>{span.entry}:{row}</td>" in text


def test_the_page_says_of_which_ledger_it_speaks(crooked: Examined) -> None:
    text, _ = read_page(crooked, "zh")
    assert f"{crooked.checkpoint.size} · " in text
    assert crooked.checkpoint.origin in text
    assert "2026-09-05 10:00" in text


def test_what_people_typed_is_no_markup() -> None:
    found = examined()
    place, line = next(iter(found.details.items()))
    names = {**found.details, place: line._replace(title="<script>alert(1)</script>")}
    text, seen = read_page(Examined(found.checkpoint, found.asked, found.report, names), "zh")
    assert "script" not in seen.tags
    assert "&lt;script&gt;" in text


def test_a_threshold_that_is_not_the_usual_one_is_marked(crooked: Examined) -> None:
    text, _ = read_page(crooked, "zh")
    assert "<b>一队一月 C 级记录超过 25%（默认 20%）</b>" in text
    (late,) = (one for one in PATTERNS if one.code == "late")
    usual = limits(late, Ruleset(calendar=CALENDAR), "zh")
    assert [one.default for one in usual] == ["", ""]


def test_what_cannot_be_read_is_on_the_page(crooked: Examined) -> None:
    crooked.report.unread = (17,)
    text, _ = read_page(crooked, "en")
    crooked.report.unread = ()
    assert "Entries that cannot be read: 17" in text


def test_an_empty_ledger_has_a_page_without_charts() -> None:
    here = examined(rules=Ruleset(calendar=CALENDAR, anomalies=Anomalies(late_share=100)))
    bare = type(here.report)(here.report.rules)
    _, seen = read_page(Examined(here.checkpoint, here.asked, bare, {}), "zh")
    assert "svg" not in seen.tags
    assert "article" not in seen.tags


# --- the workbook -------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_in_the_workbook_a_finding_leads_to_its_lines_and_back(
    crooked: Examined, lang: Lang
) -> None:
    made = load_workbook(io.BytesIO(book(crooked, lang)))
    _, findings, lines, charts = made.worksheets
    assert findings.max_row == len(crooked.report.findings) + 1
    for row, finding in enumerate(crooked.report.findings, 2):
        place = findings.cell(row, 4).hyperlink.location
        sheet, _, cell = place.rpartition("!")
        assert sheet.strip("'") == lines.title
        first = finding.doubt.lines[0]
        at = int(cell[1:])
        assert lines.cell(at, 2).value == f"{first.entry}:{first.first}"
        assert lines.cell(at, 1).hyperlink.location == f"'{findings.title}'!A{row}"
    assert len(charts._charts) == 2


def test_the_workbook_has_room_to_say_what_was_looked_into(crooked: Examined) -> None:
    findings = load_workbook(io.BytesIO(book(crooked, "zh"))).worksheets[1]
    assert [cell.value for cell in findings[1]][-2:] == ["核实情况", "核查人、日期"]


def test_the_workbook_has_all_patterns(crooked: Examined) -> None:
    summary = load_workbook(io.BytesIO(book(crooked, "zh"))).worksheets[0]
    found = {row[0].value: row[1].value for row in summary.iter_rows(min_row=5)}
    assert found == {
        one.name[1]: sum(f.pattern is one for f in crooked.report.findings) for one in PATTERNS
    }


def test_very_many_lines_are_named_and_not_all_told(
    crooked: Examined, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("anomalies.MOST", "anomaly_page._LINES", "anomaly_book.MOST"):
        monkeypatch.setattr(f"ledger.desk.{limit}", 30)
    text, _ = read_page(crooked, "zh")
    assert "55 条记录，列出前 30 条" in text
    findings = load_workbook(io.BytesIO(book(crooked, "zh"))).worksheets[1]
    assert any("列出前 30 条" in str(cell.value) for cell in findings["C"])


def test_a_worksheet_takes_only_so_many_links(
    crooked: Examined, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.desk.anomaly_book._LINKS", 4)
    for sheet in load_workbook(io.BytesIO(book(crooked, "zh"))).worksheets[1:3]:
        assert sum(cell.hyperlink is not None for row in sheet for cell in row) == 3


def test_very_many_findings_are_left_to_the_workbook(
    crooked: Examined, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.desk.anomaly_page._FINDINGS", 3)
    text, seen = read_page(crooked, "zh")
    assert "另有 5 项，见表格" in text
    assert seen.tags.count("article") == len(crooked.report.findings) - 5
    assert f'id="f{len(crooked.report.findings)}"' in text


def test_only_so_many_lines_are_fetched_for_all_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.desk.anomalies._TOTAL", 20)
    found = examined()
    assert len(found.details) <= 20
    findings = load_workbook(io.BytesIO(book(found, "zh"))).worksheets[1]
    leading = [cell.hyperlink is not None for cell in findings["D"][1:]]
    assert leading[:5] == [True] * 5
    assert not all(leading)  # what was not fetched is named, and leads nowhere


# --- the data -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_data_says_all_of_it(crooked: Examined, lang: Lang) -> None:
    found: dict[str, Any] = json.loads(json.dumps(as_data(crooked, lang)))
    assert len(found["findings"]) == len(crooked.report.findings)
    for one in found["findings"]:
        assert all(re.fullmatch(r"\d+:\d+(-\d+)?", line) for line in one["lines"])
        assert one["message"]
        assert "limit" in one["numbers"]
    by_code = {one["code"]: one for one in found["patterns"]}
    assert by_code["late"]["thresholds"] == {"late_share": 25, "late_lines": 5}
    assert by_code["day.long"]["thresholds"] == {"day_limit": 480, "day_ceiling": 720}


def test_sentences_are_of_the_readers_language(crooked: Examined) -> None:
    chinese = re.compile("[\u4e00-\u9fff]")
    for one in as_data(crooked, "en")["findings"]:
        assert not chinese.search(one["message"] + one["why"] + one["honest"])
    for one in as_data(crooked, "zh")["findings"]:
        assert chinese.search(one["message"])
