"""What clerks ran into at the keyboard, command by command.

Holds ledger.desk.given too: what is typed is held to its form before anything is made of it.
"""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from openpyxl import load_workbook

from ledger.commands.world import World
from ledger.desk.founding import known_calendar
from ledger.sheets.layout import numbered
from tests.clerk import PEOPLE, Clerk, activities, volunteers
from tests.conftest import ROOT

CLOSING = "2026-03-07T09:00:00+08:00"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("founded"))
    clerk.begin()
    return clerk


@pytest.fixture
def here(founded: Clerk, tmp_path: Path) -> Clerk:
    """Give a ledger at work, of the test's own."""
    return founded.copied(tmp_path)


def size(here: Clerk) -> str:
    checkpoint: str = here("checkpoint")["checkpoint"]
    return checkpoint.split("\n")[1]


# --- a notice is its list --------------------------------------------------------------------------


@pytest.fixture
def recorded(here: Clerk) -> Clerk:
    """Give a ledger with two lines in entry 10 that wait for a notice."""
    here.now = "2026-03-03T14:00:00+08:00"
    here.attended(("张三", "9:00", "12:00"), ("李四", "9:00", "12:00"))
    return here


def listed(file: Path) -> list[str]:
    """Return the lines on a list to pin up."""
    cells = [str(cell) for row in load_workbook(file).active.values for cell in row if cell]
    return [cell for cell in cells if cell.startswith("10:")]


def test_notices_are_listed_in_the_order_of_the_log(here: Clerk) -> None:
    codes = [f"B{n}" for n in range(6)]
    here(
        "import",
        "activities",
        here.sheet("更多.csv", activities(*((c, "2026-03-03") for c in codes))),
    )
    here.now = "2026-03-03T14:00:00+08:00"
    for code, who in zip(codes, PEOPLE, strict=True):
        here.attended((who, "9:00", "12:00"), activity=code)
        here("notice", "open", "--all")
    found = [one["notice"] for one in here("notice", "list")["notices"]]
    assert found == sorted(found)
    assert len(found) == 6


def test_the_list_of_a_notice_can_be_written_at_any_time(recorded: Clerk) -> None:
    first, again, later = (recorded.folder / f"{n}.xlsx" for n in (1, 2, 3))
    assert "notice list -o" in recorded.run("notice", "open", "--all").stdout
    recorded("notice", "list", "-o", first)
    assert listed(first) == ["10:1", "10:2"]
    recorded("object", "10:2", "--why", "有人说没看到他")
    (notice,) = recorded("notice", "open", 10, "-o", again)["notices"]
    before = size(recorded)
    (same,) = recorded("notice", "open", notice["notice"], "-o", later)["notices"]
    assert same == notice
    assert listed(again) == listed(later) == listed(first)  # what was pinned up stays
    assert size(recorded) == before
    assert recorded.refused("notice", "open", 10) == "notice.state"


def test_attendance_put_under_notice_at_once_says_how_to_make_the_list(here: Clerk) -> None:
    here.now = "2026-03-03T14:00:00+08:00"
    sheet = here.sheet("s.csv", [["姓名", "签到时间", "签退时间"], ["张三", "9:00", "12:00"]])
    ran = here.run("attend", sheet, "--activity", "A1", "--notice", lang="zh")
    assert "`vledger notice list -o 文件`" in ran.stdout


@pytest.mark.parametrize("harm", ["list", "vault", "settings"])
def test_a_notice_does_not_open_without_its_list(recorded: Clerk, harm: str) -> None:
    target = recorded.folder / "公示.xlsx"
    if harm == "list":
        (recorded.folder / "keine").write_bytes(b"")
        target = recorded.folder / "keine" / "公示.xlsx"
    elif harm == "vault":
        (recorded.home / "vault.key").unlink()
    else:
        (recorded.home / "association.toml").write_text("telephone = ", encoding="utf-8")
    before = size(recorded)
    codes = {"list": "file.unwritable", "vault": "vault.missing", "settings": "malformed"}
    assert recorded.refused("notice", "open", "--all", "-o", target) == codes[harm]
    assert size(recorded) == before


def test_a_letter_promises_no_list(recorded: Clerk) -> None:
    letter, pinned = recorded.folder / "a.json", recorded.folder / "公示.xlsx"
    ran = recorded.run("notice", "open", "--all", "--out", letter, "-o", pinned)
    assert (ran.exit_code, "vledger notice list -o" in ran.stderr) == (2, True)
    assert not letter.exists()
    ran = recorded.run("notice", "open", "--all", "--out", letter, lang="zh")
    assert "已备好 T01 的公示，2 条记录，尚未开始" in ran.stdout
    recorded("submit", letter)
    recorded("notice", "list", "-o", pinned)
    assert listed(pinned) == ["10:1", "10:2"]


def test_where_no_notice_is_open_no_list_is_written(here: Clerk) -> None:
    assert here("notice", "list", "-o", here.folder / "公示.xlsx") == {"notices": []}
    assert not (here.folder / "公示.xlsx").exists()


# --- what is held against a ledger -----------------------------------------------------------------


def found(here: Clerk, *words: object) -> set[tuple[str, str]]:
    """Return code and file of what an audit finds."""
    answer = here("audit", *words, code=1)
    assert all(one["place"] in one["message"] for one in answer["findings"])
    return {(one["code"], one["place"]) for one in answer["findings"]}


def test_what_is_no_evidence_about_this_ledger_accuses_it_of_nothing(
    here: Clerk, tmp_path: Path
) -> None:
    other = Clerk(tmp_path / "b")
    other.begin()
    other.confirmed("张三")
    _, theirs = other.certificate(other.numbers["张三"])
    tampered, garbage = tmp_path / "篡改.txt", tmp_path / "乱.txt"
    tampered.write_text(here("checkpoint")["checkpoint"].replace("\n10\n", "\n9\n"), "utf-8")
    garbage.write_bytes(b"\0 nothing")
    against = [word for file in (theirs, tampered, garbage) for word in ("--against", file)]
    assert found(here, *against) == {
        ("evidence.foreign", str(theirs)),
        ("evidence.foreign", str(tampered)),
        ("evidence.unreadable", str(garbage)),
    }


def test_a_damaged_receipt_or_guard_is_a_finding_and_ends_no_audit(here: Clerk) -> None:
    receipt = here.home / "receipts" / "99999999.tlog-proof"
    receipt.write_bytes(b"c2sp.org/tlog-proof@v1\n\xff")
    guard = here.folder / "guard"
    guard.write_bytes(b"\0" * 208)
    damaged = {("evidence.unreadable", str(receipt)), ("evidence.unreadable", str(guard))}
    assert found(here) == damaged


# --- a certificate needs no ledger -----------------------------------------------------------------


@pytest.fixture(scope="module")
def certified(founded: Clerk, tmp_path_factory: pytest.TempPathFactory) -> tuple[Clerk, Path]:
    clerk = founded.copied(tmp_path_factory.mktemp("certified"))
    clerk.confirmed("张三")
    return clerk, clerk.certificate(clerk.numbers["张三"])[1]


@pytest.mark.parametrize("harm", ["no ledger", "no database", "damaged", "cut off"])
def test_a_certificate_is_verified_whatever_became_of_the_ledger(
    certified: tuple[Clerk, Path], tmp_path: Path, harm: str
) -> None:
    here, paper = certified[0].copied(tmp_path), certified[1]
    database = here.home / "ledger.db"
    data = database.read_bytes()
    database.unlink()
    if harm == "no ledger":
        (here.home / "trust.json").rename(tmp_path / "t.json")
        here.home.joinpath("keys").rename(tmp_path / "k")
    elif harm == "damaged":
        database.write_bytes(b"garbage " * 4096)
    elif harm == "cut off":
        database.write_bytes(data[: len(data) // 2])
    trust = ("--trust", tmp_path / "t.json") if harm == "no ledger" else ()
    (found,) = here("certificate", "verify", paper, *trust)["results"]
    assert (found["genuine"], found["logged"], found["standing"]) == (True, True, "unknown")
    codes = {one["code"] for one in found["reasons"]}
    assert "standing.unknown" in codes
    assert ("store.damaged" in codes) == (harm in ("damaged", "cut off"))


def test_a_file_that_cannot_be_read_keeps_no_other_from_being_verified(
    certified: tuple[Clerk, Path],
) -> None:
    here, paper = certified
    gone = here.folder / "没有.pdf"
    first, second, third = here("certificate", "verify", paper, gone, paper, code=1)["results"]
    assert first == third
    assert (first["genuine"], second["genuine"], second["certificate"]) == (True, None, {})
    assert [one["code"] for one in second["reasons"]] == ["file.unreadable"]
    ran = here.run("certificate", "verify", gone, paper, lang="zh")
    assert "没有.pdf" in ran.stdout
    assert "真实：是" in ran.stdout


# --- keys ------------------------------------------------------------------------------------------


def test_reading_needs_no_private_key(certified: tuple[Clerk, Path], tmp_path: Path) -> None:
    here = certified[0].copied(tmp_path / "a")
    stranger = Clerk(tmp_path / "b", here.now)
    stranger.home.mkdir(parents=True)
    for name in ("ledger.db", "trust.json"):
        (here.home / name).rename(stranger.home / name)
    for words in (("status",), ("checkpoint",), ("activity", "list"), ("notice", "list"),
                  ("officer", "list"), ("audit",)):  # fmt: skip
        stranger(*words)
    assert stranger.refused("volunteer", "find", "张三") == "vault.missing"
    assert stranger.refused("activity", "cancel", "A1") == "officer.missing"
    (here.home / "keys").rename(stranger.home / "keys")
    (log,) = (stranger.home / "keys").glob("kx.example.cn+*.pem")
    log.unlink()
    assert stranger.refused("officer", "add", "auditor") == "key.missing"
    assert not list((stranger.home / "keys").glob("*auditor*"))


def away(here: Clerk, name: str) -> tuple[object, ...]:
    """Return the words that name a key which is kept elsewhere."""
    return (
        "--as",
        name,
        "--key",
        here.home / "carry-away" / "keys" / f"{name.replace('/', '+')}.pem",
    )


def test_the_recovery_key_replaces_operators_and_does_nothing_else(here: Clerk) -> None:
    recovery = away(here, "KX/recovery")
    assert here.refused("officer", "dismiss", "KX/operator2") == "not_authorised"
    here("officer", "dismiss", "KX/operator2", *recovery)
    here("officer", "add", "operator", "--name", "KX/operator3", *recovery)
    assert here.refused("officer", "add", "recorder", *recovery) == "not_authorised"
    assert here.refused("activity", "cancel", "A1", *recovery) == "officer.missing"
    states = {one["officer"].partition("+")[0]: one["dismissed"]
              for one in here("officer", "list")["officers"]}  # fmt: skip
    assert states["KX/operator2"] is not None
    assert states["KX/operator3"] is None
    here("officer", "add", "auditor", "--as", "KX/operator3")
    assert here("audit")["findings"] == []


def test_the_recovery_key_is_used_only_when_it_is_named(here: Clerk) -> None:
    for file in (here.home / "carry-away" / "keys").glob("KX+recovery.*"):
        file.rename(here.home / "keys" / file.name)
    for file in (here.home / "keys").glob("KX+operator1.*"):
        file.unlink()
    assert here.refused("officer", "add", "operator") == "officer.missing"
    here("officer", "add", "operator", "--as", "KX/recovery")


def test_a_passphrase_is_asked_for_once(here: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = here.home / "keys" / "KX+recorder1.passphrase"
    word, asked = beside.read_text("utf-8").strip(), []
    beside.unlink()

    def ask(_: World, name: str) -> str:
        asked.append(name)
        return word

    monkeypatch.setattr(World, "asker", property(lambda world: partial(ask, world)))
    plan = activities(("B1", "2026-04-01"), ("B2", "2026-04-02"))
    plan[2][2] = "KX"  # a sheet of two organisations becomes two statements
    answer = here("import", "activities", here.sheet("b.csv", plan))
    assert len(answer["entries"]) == 2
    assert asked == ["KX/recorder1"]


def test_where_nobody_can_be_asked_a_passphrase_is_not_asked_for(here: Clerk) -> None:
    key = here.home / "keys" / "KX+recorder1.pem"
    beside = key.with_suffix(".passphrase")
    me = ("--as", "KX/recorder1", "--key", key)
    letter = here.folder / "a.json"
    here("activity", "cancel", "A1", *me, "--out", letter)
    beside.rename(here.folder / "word")
    for words in (("activity", "cancel", "A1"), ("sign", letter)):
        assert here.refused(*words, *me) == "key.passphrase"
        here(*words, *me, "--passphrase-file", here.folder / "word")


# --- streams that are not there --------------------------------------------------------------------


def shell(redirection: str, *words: object) -> subprocess.CompletedProcess[bytes]:
    """Run the program as a shell does, with a stream closed or led elsewhere."""
    if not Path("/dev/full").exists():
        pytest.skip("no shell and no /dev/full here")
    line = ["sh", "-c", f'"$@" {redirection}', "sh", sys.executable, str(ROOT / "cli.py")]
    return subprocess.run([*line, *map(str, words)], capture_output=True, check=False)


@pytest.mark.parametrize(
    ("redirection", "code"),
    [("<&-", 0), (">&-", 0), ("2>&-", 0), ("<&- >&- 2>&-", 0), (">/dev/full", 1), ("| :", None)],
)
def test_a_stream_that_is_not_there_is_no_traceback(
    here: Clerk, redirection: str, code: int | None
) -> None:
    for words in ("officer list", "officer list --json", "stats --json"):
        ran = shell(redirection, *here.own, *words.split())
        usage = words.startswith("stats") and code == 0
        assert ran.returncode == (2 if usage else code or 0)
        assert b"Traceback" not in ran.stderr
        assert b"Exception" not in ran.stderr
        assert b"cannot be written" in ran.stderr or code != 1


def test_keys_are_made_where_nobody_is_at_the_keyboard(here: Clerk) -> None:
    ran = shell("<&-", *here.own, "officer", "add", "auditor")
    assert (ran.returncode, ran.stderr) == (0, b"")
    (here.home / "keys" / "KX+recorder1.passphrase").unlink()
    ran = shell("<&-", *here.own, "activity", "cancel", "A1")
    assert (ran.returncode, b"key.passphrase" in ran.stderr) == (1, True)


# --- what is said is what happened -----------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "utf-8"])
def test_json_loses_nothing_where_the_console_is_poor(here: Clerk, encoding: str) -> None:
    rare = "李𫖯"
    line = [sys.executable, str(ROOT / "cli.py"), "--json", "--home", f"没有{rare}", "status"]
    for words in (line, [*line, f"--{rare}"]):
        settings = {**os.environ, "PYTHONIOENCODING": encoding, "LANG": "zh_CN.UTF-8"}
        ran = subprocess.run(words, env=settings, capture_output=True, check=False, cwd=here.folder)
        assert rare in json.loads(ran.stdout.decode(encoding))["error"]["message"]
        assert (b"\\u" in ran.stdout) == (encoding != "utf-8")


def test_an_erasure_that_is_not_confirmed_answers_in_json(certified: tuple[Clerk, Path]) -> None:
    here = certified[0]
    answer = here("volunteer", "erase", here.numbers["张三"], code=1)
    assert answer["error"]["code"] == "erasure.unconfirmed"
    assert (answer["young_lines"], len(answer["certificates"])) == (1, 1)
    assert "--restrict" in here.run("volunteer", "erase", here.numbers["张三"]).stderr


def test_what_is_only_prepared_is_not_said_to_have_happened(recorded: Clerk) -> None:
    before, letter = size(recorded), recorded.folder / "a.json"
    plan = recorded.sheet("b.csv", activities(("B1", "2026-04-01")))
    assert (
        "已备好 1 行"
        in recorded.run("import", "activities", plan, f"--out={letter}", lang="zh").stdout
    )
    recorded("notice", "open", "--all")
    recorded.now = CLOSING
    ran = recorded.run("notice", "close", "--due", f"--out={letter}", lang="zh")
    assert "公示 11：已备好确认书，拟确认 2 条记录" in ran.stdout
    assert int(size(recorded)) == int(before) + 1
    recorded("submit", letter)
    assert recorded.lines(recorded.numbers["张三"]) == {"10:1": "confirmed"}


# --- files -----------------------------------------------------------------------------------------


def test_a_file_that_is_being_mended_is_not_written_over(here: Clerk) -> None:
    here.now = "2026-03-03T14:00:00+08:00"
    first = Path(here.attended(("张三", "9:00", ""), ("李四", "", "12:00"), code=1)["refused_file"])
    first.write_bytes(first.read_bytes() + b"mended")
    sheet = here.folder / "签到-A1.csv"
    words = ("attend", sheet, "--activity", "A1")
    ran = here.run(*words, lang="zh")
    assert f"{first} 已存在，未作改动" in ran.stdout
    assert first.read_bytes().endswith(b"mended")
    second = first.with_name("签到-A1-待修改-2.xlsx")
    third = here("attend", second, "--activity", "A1", code=1)["files"][0]["refused_file"]
    assert third == str(first.with_name("签到-A1-待修改-3.xlsx"))
    here("attend", sheet, "--activity", "A1", "--refused", third, code=1)
    assert first.with_name("签到-A1-待修改-3-2.xlsx").exists()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no file without an end here")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("import", "volunteers", "/dev/zero"), "sheet.too_big"),
        (("attend", "/dev/zero", "--activity", "A1"), "sheet.too_big"),
        (("attend", "/dev/null", "--attach", "/dev/zero"), "file.too_big"),
    ],
    ids=["import", "attend", "attach"],
)
def test_a_file_without_an_end_is_not_read_to_it(
    founded: Clerk, words: tuple[str, ...], code: str
) -> None:
    assert founded.refused(*words) == code


# --- what is typed ---------------------------------------------------------------------------------

ROOT_WORDS = {"origin": "kx.example.cn", "organisation": "KX", "name": "示例县科协"}
TYPED = {
    "uscc": ("13419900MB0000002T", "uscc.checksum", "校验位不符"),
    "uscc too short": ("123", "field.unreadable", "18 位"),
    "organisation": ("科协", "field.unreadable", "如 KX"),
    "area": ("abc", "field.unreadable", "6 位数字"),
    "name": ("", "field.unreadable", "组织名称"),
    "name of blanks": (" ", "field.unreadable", "组织名称"),
}


@pytest.mark.parametrize("what", TYPED)
def test_a_ledger_is_not_begun_with_what_is_mistyped(tmp_path: Path, what: str) -> None:
    nobody, (value, code, remedy) = Clerk(tmp_path), TYPED[what]
    given = {**ROOT_WORDS, what.split(maxsplit=1)[0]: value}
    words = [word for name, text in given.items() for word in (f"--{name}", text)]
    ran = nobody.run("init", *words, "--simulated-clock", lang="zh")
    assert (ran.exit_code, f"[{code}]" in ran.stderr) == (1, True)
    assert remedy in ran.stderr
    assert f"--{what.split(maxsplit=1)[0]} “{value}”" in ran.stderr
    assert list(tmp_path.iterdir()) == []


MISTYPED = {
    "leave": (("volunteer", "leave", "V", "--reason", "不想做了"), "own_wish"),
    "leave a team": (("volunteer", "leave", "V", "--organisation", "队"), "such as KX"),
    "restrict": (("volunteer", "erase", "V", "--restrict", "--reason", "Ja"), "small letters"),
    "erase": (("volunteer", "erase", "V", "--yes", "--reason", "申请"), "request"),
    "person": (("officer", "add", "recorder", "--person", "张三"), "never a name"),
    "organisation": (("officer", "add", "recorder", "--organisation", "科协"), "such as KX"),
    "no public key": (("officer", "add", "recorder", "--vkey", ""), "'' is not a verifier key"),
    "half a public key": (
        ("officer", "add", "recorder", "--vkey", "KX/r9+ab+c"),
        "'KX/r9+ab+c' is",
    ),
    "revoke": (("certificate", "revoke", "X", "--reason", "写错了"), "error"),
    "a day": (("certificate", "issue", "V", "--from", "2026-3-3", "-o", "c.pdf"), "2026-03-02"),
}


@pytest.mark.parametrize("name", MISTYPED)
def test_what_is_mistyped_is_told_with_the_right_form(founded: Clerk, name: str) -> None:
    words, remedy = MISTYPED[name]
    before, keys = size(founded), sorted((founded.home / "keys").iterdir())
    error = founded(*(founded.numbers["张三"] if w == "V" else w for w in words), code=1)["error"]
    assert remedy in error["message"]
    assert "regex" not in error["message"]
    assert (size(founded), sorted((founded.home / "keys").iterdir())) == (before, keys)


# --- what is told is what helps --------------------------------------------------------------------


@pytest.mark.parametrize("order", ["sign", "submit"])
def test_what_is_no_letter_is_named_with_what_is_one(
    certified: tuple[Clerk, Path], order: str
) -> None:
    here, paper = certified
    ran = here.run(order, paper, lang="zh")
    assert (ran.exit_code, str(paper) in ran.stderr) == (1, True)
    assert "--out" in ran.stderr
    assert "JSON" not in ran.stderr


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('phone = "1"', "phone = '1'"),
        ("telephone = 123", "telephone = 123"),
        ("\n\ntelephone = \n", "第 3 行"),
        ('telephone = "\udcff"', "UTF-8"),
    ],
    ids=["unknown", "number", "empty", "bytes"],
)
def test_settings_that_cannot_be_read_are_named_by_line(
    recorded: Clerk, text: str, place: str
) -> None:
    file = recorded.home / "association.toml"
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    ran = recorded.run("notice", "open", "--all", "-o", recorded.folder / "公示.xlsx", lang="zh")
    assert (ran.exit_code, str(file) in ran.stderr) == (1, True)
    assert place in ran.stderr
    assert 'telephone = "…"' in ran.stderr
    assert "unexpected" not in ran.stderr


def test_who_objects_again_is_told_that_it_was_heard(recorded: Clerk) -> None:
    me = recorded.numbers["李四"]
    recorded("notice", "open", "--all")
    recorded("object", "10:2", "--why", "有人说没看到他")
    again = recorded.run("object", "10:2", "--why", "真的没来")
    assert "already" in again.stderr
    assert "correct" not in again.stderr
    recorded("object", "10:2", "--why", "我没有去", "--from", me)  # his own is never overruled
    assert recorded.refused("object", "10:2", "--why", "我没有去", "--from", me) == "line.state"
    assert recorded.lines(me) == {"10:2": "denied"}


def test_the_first_task_is_what_is_still_missing(tmp_path: Path) -> None:
    here = Clerk(tmp_path)
    here("init", *(w for name, text in ROOT_WORDS.items() for w in (f"--{name}", text)),
         "--simulated-clock")  # fmt: skip
    for role, missing in (("auditor", {"recorder", "confirmer"}), ("recorder", {"confirmer"}),
                          ("confirmer", set())):  # fmt: skip
        here("officer", "add", role)
        task, _ = here("status")["waiting"]
        assert {who for who in ("recorder", "confirmer") if who in task["message"]} == missing
        assert "vledger template organisations" in task["message"]
        assert ("officer add" in task["message"]) == bool(missing)


def test_a_passport_s_missing_columns_are_named(here: Clerk) -> None:
    heading, row = volunteers(["钱九"])
    row[1:3] = "护照", "E12345678"
    (first,) = here("import", "volunteers", here.sheet("p.csv", [heading, row]), code=1)["refused"]
    assert (first["code"], "性别" in first["message"]) == ("field.missing", True)
    both = [[*heading, "性别"], [*row, "女"]]
    (then,) = here("import", "volunteers", here.sheet("q.csv", both), code=1)["refused"]
    assert (then["code"], "出生日期" in then["message"]) == ("field.missing", True)


def test_without_a_calendar_the_remedy_is_told(recorded: Clerk) -> None:
    last = max(known_calendar())
    recorded.now = f"{last}-12-30T14:00:00+08:00"
    pinned = recorded.folder / "公示.xlsx"
    right = ("--clock-is-right",)
    opened = recorded.run("notice", "open", "--all", "-o", pinned, *right, lang="zh").stdout
    told = [opened]
    recorded.now = f"{int(last) + 1}-02-01T14:00:00+08:00"
    asked = (("notice", "close", "--due"), ("status",))
    told += [recorded.run(*words, *right, lang="zh").stdout for words in asked]
    for said in told:
        assert "`vledger rules calendar 文件`" in said
        assert "未公布 " not in said
    cells = [str(cell) for row in load_workbook(pinned).active.values for cell in row if cell]
    assert not [cell for cell in cells if "未公布" in cell]


def test_a_sign_in_sheet_s_empty_lines_are_mentioned_once(here: Clerk) -> None:
    here.now = "2026-03-03T14:00:00+08:00"
    file = here.folder / "签到.xlsx"
    here("template", "attendance", "--activity", "A1", "-o", file)
    ran = here.run("attend", file, lang="zh")
    (note,) = [line for line in ran.stdout.splitlines() if "不是数据" in line]
    assert "行）不是数据" in note or "行不是数据" in note
    assert ran.stdout.count("说明：") <= 2


def test_many_rows_are_counted_in_words_that_fit() -> None:
    assert numbered([3]) == ("3", "第3行")
    assert numbered([3, 5]) == ("3, 5", "第3、5行")
    en, zh = numbered(range(1, 40))
    assert en.endswith("20 … (39 in all)")
    assert zh.endswith("、20……行（共39行）")
