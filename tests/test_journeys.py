"""Whole journeys on the command line: a first week, two computers, and what mends a record.

They walk through certificates.founding, certificates.issue, and all of the desk:
ledger.desk.appointing, ledger.desk.attending, ledger.desk.founding, ledger.desk.letters,
ledger.desk.lists, ledger.desk.noticing, ledger.desk.office, ledger.desk.people,
ledger.desk.register, ledger.desk.registering, ledger.desk.waiting.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from ledger.sheets import columns, reading
from ledger.store import engine as engines
from ledger.store.queries import Query
from tests.clerk import PEOPLE, Clerk, activities, attendance, id_number, phone, run, volunteers

CLOSING = "2026-03-07T09:00:00+08:00"
Office = Callable[[], Clerk]


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("founded"))
    clerk.begin()
    return clerk


@pytest.fixture
def here(founded: Clerk, tmp_path: Path) -> Clerk:
    """Give a ledger at work, of the test's own."""
    return founded.copied(tmp_path)


def waiting(here: Clerk) -> list[str]:
    return [task["code"] for task in here("status")["waiting"]]


# --- the first week of a clerk and a confirmer ---------------------------------------------------


def test_the_first_week(tmp_path: Path) -> None:  # noqa: PLR0915 - a week is one story
    """Every step is the one that `status` asked for."""
    here = Clerk(tmp_path)
    here("init", "--origin", "kx.example.cn", "--organisation", "KX", "--name", "示例县科协",
         "--simulated-clock")  # fmt: skip
    assert waiting(here) == ["begin", "settings.empty"]
    (here.home / "association.toml").write_text('telephone = "0123"\n', encoding="utf-8")
    assert waiting(here) == ["begin"]
    for role in ("recorder", "confirmer", "issuer"):
        here("officer", "add", role)
    rows = [["T01", "科技志愿服务队", "", "", "示例县科协"]]
    here("import", "organisations", filled(here, "organisations", rows))
    assert waiting(here) == ["volunteers.missing", "activities.missing"]

    people = [[name, "", "居民身份证", id_number(at), "", phone(at), "T01", "是"]
              for at, name in enumerate(PEOPLE)]  # fmt: skip
    registered = here("import", "volunteers", filled(here, "volunteers", people))
    assert registered["recorded"] == len(PEOPLE)
    plan = [["A1", "科普讲座", "T01", "科普类", "2026-03-03 9:00", "2026-03-03 12:00", "社区",
             "讲座", "张三"]]  # fmt: skip
    here("import", "activities", filled(here, "activities", plan))
    assert waiting(here) == []
    here("template", "attendance", "--activity", "A1", "-o", here.folder / "签到.xlsx")

    here.now = "2026-03-03T14:00:00+08:00"
    assert waiting(here) == ["attendance.missing"]
    sheet = signed_in(here.folder / "签到.xlsx", absent="孙八")
    recorded = here("attend", sheet)["files"][0]
    assert [row["minutes"] for row in recorded["accepted"]] == [180] * 5
    assert waiting(here) == ["notice.open"]

    pinned = here.folder / "公示.xlsx"
    (opened,) = here("notice", "open", "--all", "-o", pinned)["notices"]
    assert opened["closes"] == CLOSING[:10]
    assert waiting(here) == ["notice.running"]
    assert here("notice", "close", "--due")["closed"] == []
    assert here.refused_within("notice", "close", opened["notice"]) == "notice.too_early"

    here.now = CLOSING
    assert waiting(here) == ["notice.due"]
    (closed,) = here("notice", "close", "--due")["closed"]
    assert (closed["confirmed"], closed["excepted"]) == (5, [])
    assert waiting(here) == []

    (found,) = here("volunteer", "find", "欧阳七七")["volunteers"]
    assert found["minutes"] == 180
    _, file = here.certificate(found["number"])
    verdict = here.verdict(file)
    assert (verdict["genuine"], verdict["logged"]) == (True, True)
    assert verdict["certificate"]["name"] == "欧阳七七"
    assert here("audit")["findings"] == []


def filled(here: Clerk, kind: str, rows: list[list[str]]) -> Path:
    """Fill in a blank form as a person does: below its headings."""
    file = here.folder / f"{kind}.xlsx"
    here("template", kind, "-o", file)
    book = load_workbook(file)
    for at, row in enumerate(rows):
        for column, value in enumerate(row, 1):
            book.active.cell(4 + at, column).value = value or None
    book.save(file)
    return file


def signed_in(file: Path, absent: str) -> Path:
    """Write times beside the names, and strike out who was absent."""
    book = load_workbook(file)
    sheet = book.active
    heading = next(row for row in sheet.iter_rows() if row[1].value == "姓名")
    rows = list(sheet.iter_rows(min_row=heading[0].row + 1))
    for row in rows:
        if row[1].value in PEOPLE:
            row[4].value, row[5].value = "8:55", "12:10"
    sheet.delete_rows(next(row[1].row for row in rows if row[1].value == absent))
    book.save(file)
    return file


def test_the_pinned_list_names_nobody_in_full(here: Clerk) -> None:
    here.now = "2026-03-03T14:00:00+08:00"
    here.attended(("张三", "9:00", "12:00"), ("欧阳七七", "9:00", "12:00"))
    pinned = here.folder / "公示.xlsx"
    here("notice", "open", "--all", "-o", pinned)
    cells = [str(cell) for row in load_workbook(pinned).active.values for cell in row if cell]
    text = "\n".join(cells)
    assert "张*" in text
    assert "欧阳**" in text or "欧阳*" in text
    assert here.numbers["张三"][-4:] in text
    assert not [name for name in PEOPLE if name in text]
    assert phone(0) not in text
    assert here.numbers["张三"] not in text


# --- rows that were refused -----------------------------------------------------------------------


def test_mended_rows_sent_again_are_recorded_and_the_rest_is_known(here: Clerk) -> None:
    here.now = "2026-03-03T14:00:00+08:00"
    first = here.attended(
        ("张三", "9:00", "12:00"), ("李四", "9:00", ""), ("王五", "12:00", "9:00"), code=1
    )
    assert [problem["code"] for problem in first["refused"]] == ["time.missing", "time.reversed"]
    mended = Path(first["refused_file"])
    book = load_workbook(mended)
    sheet = book.active
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            if cell.value in ("李四", "王五"):
                sheet.cell(cell.row, cell.column + 1).value = "9:00"
                sheet.cell(cell.row, cell.column + 2).value = "11:30"
    book.save(mended)
    again = here("attend", mended, "--activity", "A1")["files"][0]
    assert [row["minutes"] for row in again["accepted"]] == [150, 150]

    whole = here.attended(
        ("张三", "9:00", "12:00"), ("李四", "9:00", "11:30"), ("王五", "9:00", "11:30")
    )
    assert (whole["already"], whole["accepted"], whole["refused"]) == (3, [], [])


def test_the_file_to_mend_reads_back_as_it_was_typed(here: Clerk) -> None:
    rows = [row for row in volunteers([*PEOPLE, "钱九", "冯十"]) if row[0] not in PEOPLE]
    rows[1][2], rows[2][5] = f"{rows[1][2]}"[:-1] + "Y", "否"
    file = here.sheet("新人.csv", rows)
    answer = here("import", "volunteers", file, code=1)
    assert [one["code"] for one in answer["refused"]] == ["field.unreadable", "consent.missing"]
    mended = Path(answer["refused_file"])
    (table,) = reading.read(mended.read_bytes(), mended.name, "volunteers", columns.default())
    assert [row.cells["name"] for row in table.rows] == ["钱九", "冯十"]


def test_a_long_sheet_asks_no_more_than_a_short_one(
    here: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People are looked up by the sheet, in the vault and in the ledger, never by the row."""
    asked: list[object] = []
    for owner, name in ((engines, "reading"), (Query, "run")):
        monkeypatch.setattr(owner, name, counted(getattr(owner, name), asked))

    def questions(*words: object) -> int:
        asked.clear()
        here(*words)
        return len(asked)

    new = [f"新人{n}" for n in range(40)]
    heading, *rows = [row for row in volunteers([*PEOPLE, *new]) if row[0] not in PEOPLE]
    few = here.sheet("few.csv", [heading, *rows[:2]])
    many = here.sheet("many.csv", [heading, *rows])
    first = questions("import", "volunteers", few)
    assert questions("import", "volunteers", many) < first + len(rows) / 2

    here.now = "2026-03-03T14:00:00+08:00"
    roll = [(who, "9:00", "12:00") for who in new]
    few = here.sheet("few.csv", attendance(*roll[:2]))
    many = here.sheet("many.csv", attendance(*roll))
    first = questions("attend", few, "--activity", "A1", "--notice")
    assert questions("attend", many, "--activity", "A1", "--notice") < first + len(roll) / 2


def counted(function: Callable[..., Any], calls: list[object]) -> Callable[..., Any]:
    def called(*args: Any, **named: Any) -> Any:
        calls.append(function)
        return function(*args, **named)

    return called


def test_a_dry_run_writes_nothing(here: Clerk) -> None:
    before = here("checkpoint")["checkpoint"]
    here.now = "2026-03-03T14:00:00+08:00"
    sheet = here.sheet("s.csv", attendance(("张三", "9:00", "12:00"), ("无此人", "9:00", "12:00")))
    (found,) = here("attend", sheet, "--activity", "A1", "--dry-run", code=1)["files"]
    assert [len(found["accepted"]), len(found["refused"])] == [1, 1]
    assert here("checkpoint")["checkpoint"] == before
    assert sorted(here.folder.glob("*待修改*")) == []


def test_class_c_needs_a_reason(here: Clerk) -> None:
    here.now = "2026-03-30T09:00:00+08:00"  # past the tenth working day
    sheet = here.sheet("s.csv", attendance(("张三", "9:00", "12:00")))
    assert here.refused("attend", sheet, "--activity", "A1") == "evidence.reason_missing"
    scan = here.folder / "扫描件.pdf"
    scan.write_bytes(b"%PDF-1.7 a scan")
    answer = here("attend", sheet, "--activity", "A1", "--reason", "补交纸质签到表",
                  "--attach", scan, "--notice")  # fmt: skip
    assert answer["files"][0]["accepted"][0]["class"] == "C"
    assert waiting(here) == ["notice.running"]


# --- two computers -------------------------------------------------------------------------------


def carry_away(here: Clerk, name: str, elsewhere: Path) -> Path:
    """Move a key to another computer; nothing of it stays."""
    elsewhere.mkdir(exist_ok=True)
    for suffix in (".pem", ".passphrase"):
        shutil.move(here.home / "keys" / f"{name}{suffix}", elsewhere)
    return elsewhere / f"{name}.pem"


def test_the_confirmer_signs_at_his_own_computer(here: Clerk, tmp_path: Path) -> None:
    key = carry_away(here, "KX+confirmer1", tmp_path / "确认人的电脑")
    here.now = "2026-03-03T14:00:00+08:00"
    here.attended(("张三", "9:00", "12:00"))
    here("notice", "open", "--all")
    here.now = CLOSING
    assert here.refused_within("notice", "close", "--due") == "officer.missing"

    letter = tmp_path / "确认书.json"
    me = ("--as", "KX/confirmer1")
    here("notice", "close", "--due", *me, "--out", letter)
    assert here.refused("submit", letter) == "letter.unsigned"
    # At the other computer there is neither ledger nor guard.
    signed = run("--json", *me, "--key", key, "sign", letter, "-o", tmp_path / "已签.json")
    assert json.loads(signed.stdout)["signed"] == 1
    here("submit", tmp_path / "已签.json")
    assert here.lines(here.numbers["张三"]) == {"10:1": "confirmed"}
    size = len(list((here.home / "receipts").iterdir()))
    here("submit", tmp_path / "已签.json")  # sent again: the first answer
    assert len(list((here.home / "receipts").iterdir())) == size
    assert here("audit")["findings"] == []


def test_nobody_signs_a_letter_for_another(here: Clerk, tmp_path: Path) -> None:
    here.now = "2026-03-03T14:00:00+08:00"
    here.attended(("张三", "9:00", "12:00"))
    key = carry_away(here, "KX+recorder1", tmp_path / "b")
    letter = tmp_path / "公示.json"
    here("notice", "open", "--all", "--as", "KX/recorder1", "--out", letter)
    other = here.home / "keys" / "KX+confirmer1.pem"
    for name in ("KX/confirmer1", "KX/recorder1"):
        wrong = run("--json", "--as", name, "--key", other, "sign", letter)
        assert wrong.exit_code == 1
        assert json.loads(wrong.stdout)["error"]["code"] == "key.other"
    right = run("--json", "--as", "KX/recorder1", "--key", key, "sign", letter)
    assert right.exit_code == 0
    here("submit", letter)


# --- what mends a record -------------------------------------------------------------------------


def test_an_objection_excepts_and_a_later_notice_lets_it_stand(here: Clerk) -> None:
    here.now = "2026-03-03T14:00:00+08:00"
    here.attended(("张三", "9:00", "12:00"), ("李四", "9:00", "12:00"))
    here("notice", "open", "--all")
    here("object", "10:2", "--why", "有人说没看到他")
    here.now = CLOSING
    (closed,) = here("notice", "close", "--due")["closed"]
    assert (closed["confirmed"], closed["excepted"]) == (1, ["10:2"])
    assert waiting(here) == ["line.excepted"]
    here("notice", "open", 10)
    here.now = "2026-03-14T09:00:00+08:00"
    (closed,) = here("notice", "close", "--due")["closed"]
    assert closed["confirmed"] == 1
    assert here.lines(here.numbers["李四"]) == {"10:2": "confirmed"}
    assert here.lines(here.numbers["张三"]) == {"10:1": "confirmed"}
    assert here("audit")["findings"] == []


def test_a_volunteers_own_objection_is_never_overruled(here: Clerk) -> None:
    here.now = "2026-03-03T14:00:00+08:00"
    here.attended(("张三", "9:00", "12:00"), ("李四", "9:00", "12:00"))
    here("notice", "open", "--all")
    me = here.numbers["李四"]
    here("object", "10:2", "--why", "我没有去", "--from", me)
    assert here.lines(me) == {"10:2": "denied"}
    here.now = CLOSING
    (closed,) = here("notice", "close", "--due")["closed"]
    assert closed["excepted"] == ["10:2"]
    assert here.refused("notice", "open", 10) == "notice.state"
    assert here("volunteer", "show", me)["minutes"] == 0


def test_a_correction_supersedes_the_certificate_and_a_new_line_takes_its_place(
    here: Clerk,
) -> None:
    (line, _) = here.confirmed("张三", "李四")
    me = here.numbers["张三"]
    first, file = here.certificate(me)
    assert here.verdict(file)["standing"] == "unknown"  # a specimen is never valid
    assert here.refused("replace", line, "--minutes", "120", "--why", "早退") == "line.state"
    here("correct", line, "--why", "早退", "--from", me)
    assert here.verdict(file, code=1)["standing"] == "superseded"
    assert here("volunteer", "show", me)["minutes"] == 0
    new = here("replace", line, "--minutes", "120", "--why", "早退")["line"]
    here("notice", "open", "--all")
    here.now = "2026-03-14T09:00:00+08:00"
    here("notice", "close", "--due")
    assert here.lines(me) == {line: "void", new: "confirmed"}
    second, other = here.certificate(me, "补发.pdf")
    assert second != first
    assert here.verdict(other)["certificate"]["minutes"] == 120
    here("certificate", "revoke", first, "--reason", "error", "--successor", second)
    assert here.verdict(file, code=1)["standing"] == "revoked"
    assert here("audit")["findings"] == []


def test_the_list_of_hours_has_who_counts_and_how_much(here: Clerk) -> None:
    here.confirmed("张三")
    file = here.folder / "时长.xlsx"
    here("export", "hours", "-o", file)
    rows = [[str(cell) for cell in row] for row in load_workbook(file).active.values]
    (row,) = [row for row in rows if "张三" in row]
    assert here.numbers["张三"] in row
    assert "180" in row


def test_what_stands_of_an_unconfirmed_line_is_the_new_one(here: Clerk) -> None:
    here.now = "2026-03-03T14:00:00+08:00"
    here.attended(("张三", "9:00", "12:00"))
    why = ("--why", "抄错")
    new = here("replace", "10:1", "--start", "2026-03-03 10:00", *why)["line"]
    assert here.refused("replace", "10:1", *why) == "time.overlap"
    assert here.refused("replace", new, "--minutes", "121", *why) == "time.exceeds_interval"
    assert here.refused("replace", new, "--start", "早上", *why) == "time.unreadable"
    here("notice", "open", "--all")
    here.now = CLOSING
    here("notice", "close", "--due")
    shown = here("volunteer", "show", here.numbers["张三"])
    assert shown["minutes"] == 120
    assert here.lines(here.numbers["张三"]) == {"10:1": "replaced", new: "confirmed"}


def test_a_revoked_certificate_says_so_where_the_ledger_is(here: Clerk, tmp_path: Path) -> None:
    here.confirmed("张三")
    number, file = here.certificate(here.numbers["张三"])
    here("certificate", "revoke", number, "--reason", "fraud")
    found = here.verdict(file, code=1)
    assert (found["genuine"], found["logged"], found["standing"]) == (True, True, "revoked")
    assert here.refused("certificate", "revoke", number, "--reason", "fraud") == (
        "certificate.unknown"
    )
    # With the file and trust.json alone nothing can show it, and the answer says so.
    trust = tmp_path / "学校" / "trust.json"
    trust.parent.mkdir()
    shutil.copy(here.home / "trust.json", trust)
    alone = run("--home", trust.parent / "none", "--json", "certificate", "verify", file,
                "--trust", trust)  # fmt: skip
    (result,) = json.loads(alone.stdout)["results"]
    assert (alone.exit_code, result["standing"]) == (0, "unknown")
    assert "standing.unknown" in [reason["code"] for reason in result["reasons"]]


def test_hours_above_eight_a_day_need_approval(here: Clerk) -> None:
    day = here.sheet("长.csv", [*activities(("A2", "2026-03-04"))])
    rows = [row.replace("2026-03-04 9:00", "2026-03-04 8:00").replace("12:00", "19:00")
            for row in day.read_text("utf-8-sig").splitlines()]  # fmt: skip
    day.write_text("\n".join(rows), encoding="utf-8")
    here("import", "activities", day)
    here.now = "2026-03-04T20:00:00+08:00"
    here.attended(("张三", "8:00", "19:00"), activity="A2")
    here("notice", "open", "--all")
    here.now = "2026-03-11T09:00:00+08:00"
    assert here.refused_within("notice", "close", "--due") == "time.needs_approval"
    (closed,) = here("notice", "close", "--due", "--approve", "11:1")["closed"]
    assert closed["confirmed"] == 1


# --- people --------------------------------------------------------------------------------------


def test_a_row_that_cannot_change_does_not_sink_the_others(here: Clerk) -> None:
    """A1 has confirmed lines and changes no more; A8 lies in no year; A9 is recorded all the same."""
    here.confirmed("张三")
    rows = activities(("A1", "2026-06-01"), ("A8", "1899-06-01"), ("A9", "2026-06-01"))
    answer = here("import", "activities", here.sheet("改.csv", rows), code=1)
    codes = [(one["row"], one["code"]) for one in answer["refused"]]
    assert codes == [(1, "activity.settled"), (2, "field.unreadable")]
    assert {one["code"] for one in here("activity", "list")["activities"]} == {"A1", "A9"}


def test_status_says_when_attendance_is_late(here: Clerk) -> None:
    def said(now: str) -> str:
        here.now = now
        tasks = here("status")["waiting"]
        found = [task["message"] for task in tasks if task["code"] == "attendance.missing"]
        return str(found[0])

    assert "in time until 2026-03-17" in said("2026-03-17T09:00:00+08:00")
    assert "class C, with --reason" in said("2026-03-18T09:00:00+08:00")


def test_nothing_is_called_proved_by_who_trusts_another(here: Clerk, tmp_path: Path) -> None:
    here.confirmed("张三")
    _, paper = here.certificate(here.numbers["张三"])
    (tmp_path / "none.json").write_text("{}", encoding="utf-8")
    ran = here.run("certificate", "verify", paper, "--trust", tmp_path / "none.json", lang="zh")
    assert ran.exit_code == 1
    assert "已证实" not in ran.stdout
    assert "真实：否" in ran.stdout
    assert "已入账：是" not in ran.stdout
    (answer,) = here("certificate", "verify", paper, "--trust", tmp_path / "none.json", code=1)[
        "results"
    ]
    assert answer["certificate"] == {}


def test_a_certificate_that_could_not_be_written_is_not_logged(here: Clerk) -> None:
    here.confirmed("张三")
    size = here("audit")["size"]
    number = here.numbers["张三"]
    nowhere = here.home / "trust.json" / "x.pdf"  # a file is no folder
    assert here.refused("certificate", "issue", number, "-o", nowhere) == "file.unwritable"
    assert here("audit")["size"] == size


def test_an_erased_person_is_found_nowhere_and_the_certificate_still_verifies(
    here: Clerk,
) -> None:
    here.confirmed("张三", "李四")
    me = here.numbers["张三"]
    _, file = here.certificate(me)
    warned = here.run("volunteer", "erase", me)
    assert (warned.exit_code, "1 valid certificates" in warned.stdout) == (1, True)
    assert here("volunteer", "find", "张三")["volunteers"]
    here("volunteer", "erase", me, "--reason", "request", "--yes")
    for text in ("张三", id_number(0), phone(0)):
        assert here("volunteer", "find", text, code=1)["volunteers"] == []
    assert here("volunteer", "show", me)["name"] is None
    assert here.verdict(file)["genuine"]
    order = ("certificate", "issue", me, "-o", here.folder / "again.pdf")
    assert here.refused(*order) == "volunteer.not_active"
    assert here("audit")["findings"] == []


def test_restricting_is_undone_on_request(here: Clerk) -> None:
    here.confirmed("张三")
    me = here.numbers["张三"]
    order = ("certificate", "issue", me, "-o", here.folder / "c.pdf")
    here("volunteer", "erase", me, "--restrict")
    assert here.refused(*order) == "volunteer.not_active"
    here("volunteer", "erase", me, "--lift")
    here(*order)


def test_who_left_keeps_the_hours_and_earns_no_more(here: Clerk) -> None:
    here.confirmed("张三")
    me = here.numbers["张三"]
    here("volunteer", "leave", me)
    here("import", "activities", here.sheet("b.csv", activities(("A2", "2026-03-10"))))
    here.now = "2026-03-10T14:00:00+08:00"
    later = here.attended(("张三", "9:00", "12:00"), activity="A2", code=1)
    assert [one["code"] for one in later["refused"]] == ["volunteer.not_active"]
    assert here("volunteer", "show", me)["minutes"] == 180


def test_a_volunteer_who_confirms_leaves_his_own_lines_to_another(here: Clerk) -> None:
    me = here.numbers["孙八"]
    here("officer", "add", "confirmer", "--organisation", "T01", "--person", me, "--name", "T01/c9")
    here.now = "2026-03-03T14:00:00+08:00"
    here.attended(("张三", "9:00", "12:00"), ("孙八", "9:00", "12:00"))
    here("notice", "open", "--all")
    here.now = CLOSING
    (closed,) = here("notice", "close", "--due", "--as", "T01/c9")["closed"]
    assert (closed["confirmed"], len(closed["excepted"])) == (1, 1)
    assert here("volunteer", "show", me)["minutes"] == 0
    here("notice", "open", 11)
    here.now = "2026-03-14T09:00:00+08:00"
    (closed,) = here("notice", "close", "--due", "--as", "KX/confirmer1")["closed"]
    assert closed["confirmed"] == 1
    assert here("volunteer", "show", me)["minutes"] == 180


def test_a_volunteer_who_records_is_refused_his_own_row(here: Clerk) -> None:
    me = here.numbers["孙八"]
    here("officer", "add", "recorder", "--organisation", "T01", "--person", me, "--name", "T01/r9")
    here.now = "2026-03-03T14:00:00+08:00"
    rows = attendance(("张三", "9:00", "12:00"), ("孙八", "9:00", "12:00"))
    sheet = here.sheet("s.csv", rows)
    answer = here("attend", sheet, "--activity", "A1", "--as", "T01/r9", code=1)["files"][0]
    assert [one["code"] for one in answer["refused"]] == ["four_eyes"]
    answer = here("attend", sheet, "--activity", "A1", "--as", "KX/recorder1")["files"][0]
    assert (answer["already"], len(answer["accepted"])) == (1, 1)


# --- officers ------------------------------------------------------------------------------------


def test_a_dismissed_key_is_refused_whatever_it_signed_before(here: Clerk, tmp_path: Path) -> None:
    here.now = "2026-03-03T14:00:00+08:00"
    here.attended(("张三", "9:00", "12:00"))
    letter = tmp_path / "早签的.json"
    here("notice", "open", "--all", "--out", letter)  # the key is here, so it is signed at once
    here("officer", "dismiss", "KX/recorder1")
    assert here.refused("submit", letter) == "not_authorised"
    assert here.refused("notice", "open", "--all") == "officer.missing"
    assert here.refused("officer", "dismiss", "KX/recorder1") == "appointment.unknown"
    (row,) = [one for one in here("officer", "list")["officers"] if "recorder1" in one["officer"]]
    assert row["dismissed"] is not None
    assert here("audit")["findings"] == []


def test_one_person_with_two_keys_is_one_pair_of_eyes(here: Clerk) -> None:
    both = ("--organisation", "T01", "--person", "p-chair")
    here("officer", "add", "recorder", *both, "--name", "T01/r7")
    here("officer", "add", "confirmer", *both, "--name", "T01/c7")
    here.now = "2026-03-03T14:00:00+08:00"
    sheet = here.sheet("s.csv", attendance(("张三", "9:00", "12:00")))
    here("attend", sheet, "--activity", "A1", "--as", "T01/r7")
    here("notice", "open", "--all")
    here.now = CLOSING
    assert here.refused_within("notice", "close", "--due", "--as", "T01/c7") == "four_eyes"
    (closed,) = here("notice", "close", "--due", "--as", "KX/confirmer1")["closed"]
    assert closed["confirmed"] == 1


def test_a_key_made_elsewhere_is_appointed_by_its_public_half(here: Clerk, tmp_path: Path) -> None:
    other = Clerk(tmp_path / "other")
    other.folder.mkdir()
    other.begin()
    vkey = _vkey(other)
    here("officer", "add", "auditor", "--vkey", vkey)
    assert here.refused("officer", "add", "issuer", "--vkey", vkey) == "key.enrolled"


def _vkey(clerk: Clerk) -> str:
    from ledger.home import Home

    return str(Home(clerk.home).signer("KX/confirmer1").verifier)


def test_a_cancelled_activity_takes_no_attendance(here: Clerk) -> None:
    here("activity", "cancel", "A1")
    here.now = "2026-03-03T14:00:00+08:00"
    answer = here.attended(("张三", "9:00", "12:00"), code=1)
    assert [one["code"] for one in answer["refused"]] == ["activity.cancelled"]
    assert [one["cancelled"] for one in here("activity", "list")["activities"]] == [True]


def test_lines_of_a_cancelled_activity_are_excepted_by_name(here: Clerk) -> None:
    """A1 did not take place after all: its lines cannot stand, and those of A2 do."""
    here("import", "activities", here.sheet("b.csv", activities(("A2", "2026-03-04"))))
    here.now = "2026-03-04T14:00:00+08:00"
    three = [(who, "9:00", "12:00") for who in ("张三", "李四", "王五")]
    here.attended(*three[:2])
    here.attended(*three, activity="A2")
    here("notice", "open", "--all")
    here.attended(("赵六", "9:00", "12:00"))
    said = here.run("activity", "cancel", "A1", lang="zh").stdout
    assert "公示 13 中有它的 2 条记录（第 11 条考勤）：`vledger notice close 13`" in said
    assert "第 14 条考勤中有它的 1 条记录，尚未公示：请 `vledger notice open 14`" in said

    here.now = "2026-03-10T09:00:00+08:00"
    said = here.run("notice", "close", "--due", lang="zh").stdout
    assert "公示 13：确认 3 条记录\n  未确认（活动 A1 科普讲座A1 已取消）：11:1–2" in said
    here("notice", "open", 14)
    assert waiting(here) == ["notice.running"]  # nothing is left to do about what was excepted
    here.now = "2026-03-17T09:00:00+08:00"
    (closed,) = here("notice", "close", "--due")["closed"]
    assert (closed["confirmed"], closed["excepted"]) == (0, ["14:1"])
    assert here.lines(here.numbers["张三"]) == {"11:1": "excepted", "12:1": "confirmed"}
    assert here("audit")["findings"] == []


def test_cancelling_names_what_was_recorded(here: Clerk) -> None:
    here.now = "2026-03-03T14:00:00+08:00"
    here.attended(("张三", "9:00", "12:00"), ("李四", "9:00", "12:00"))
    here("object", "10:2", "--why", "没有举行")
    assert here("activity", "cancel", "A1")["waiting"] == [
        {"attendance": 10, "lines": 1, "notice": None}
    ]


def test_a_year_without_working_days_asks_for_them(here: Clerk) -> None:
    here.now = "2031-03-03T14:00:00+08:00"
    here("import", "activities", here.sheet("b.csv", activities(("A9", "2031-03-04"))))
    here.now = "2031-03-04T14:00:00+08:00"
    sheet = here.sheet("s.csv", attendance(("张三", "9:00", "12:00")))
    assert here.refused("attend", sheet, "--activity", "A9") == "calendar.missing"
    assert "calendar.missing" in waiting(here)
    file = here.folder / "2031.toml"
    file.write_text('year = 2031\noff = ["2031-01-01"]\nwork = []\n', encoding="utf-8")
    here("rules", "calendar", file)
    assert "2031" in here("rules", "show")["ruleset"]["calendar"]
    here("attend", sheet, "--activity", "A9", "--notice")
    assert here.refused("rules", "calendar", file) == "calendar.year"


def test_a_backup_comes_back_whole_with_its_names(here: Clerk, tmp_path: Path) -> None:
    here.confirmed("张三")
    file, names = tmp_path / "备份.zip", tmp_path / "个人信息.zip"
    here("backup", file, "--vault", names)
    there = Clerk(tmp_path / "新电脑", here.now)
    there.folder.mkdir()
    answer = there("restore", file, "--vault", names)
    assert answer["audit"]["findings"] == []
    shutil.copy(here.folder / "guard", there.folder / "guard")
    (found,) = there("volunteer", "find", "张三")["volunteers"]
    assert found["minutes"] == 180
    there("volunteer", "leave", found["number"])


def test_a_restored_old_backup_signs_nothing(here: Clerk, tmp_path: Path) -> None:
    file, names = tmp_path / "备份.zip", tmp_path / "个人信息.zip"
    here("backup", file, "--vault", names)
    here.confirmed("张三")
    shutil.rmtree(here.home)
    here("restore", file, "--vault", names)
    assert here.refused("officer", "add", "auditor") == "guard.ahead"
