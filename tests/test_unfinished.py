"""What was begun and not finished: letters under way, kills, files that fail in the middle.

What is in the log is told, kept and carried out, whatever came after it.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Unsafe
from ledger.log import Log
from ledger.vault import Vault
from tests.clerk import Clerk, activities, attendance, run, volunteers
from tests.typist import Typist

pytest_plugins = ["tests.databases"]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("founded"))
    clerk.begin()
    return clerk


@pytest.fixture
def here(founded: Clerk, tmp_path: Path) -> Clerk:
    """Give a ledger at work, of the test's own."""
    return founded.copied(tmp_path)


ERASE = ("--reason", "request", "--yes")


def codes(found: list[dict[str, Any]]) -> list[str]:
    return [one["code"] for one in found]


def unfinished(here: Clerk) -> bool:
    """Tell whether an erasure is in the log and not carried out: status and audit must agree."""
    waits = "erasure.unfinished" in codes(here("status")["waiting"])
    found = here.run("audit", "--json")
    assert ("erasure.unfinished" in found.stdout) == waits
    assert found.exit_code == waits
    return waits


# --- erasures ------------------------------------------------------------------------------------


def test_an_erasure_that_is_sent_later_destroys_the_data_then(here: Clerk) -> None:
    me, letter = here.numbers["张三"], here.folder / "letter.json"
    here("volunteer", "erase", me, *ERASE, "--out", letter)
    assert here("volunteer", "find", "张三")["volunteers"]
    here("submit", letter)
    assert here("volunteer", "find", "张三", code=1)["volunteers"] == []
    assert not unfinished(here)


def test_an_erasure_that_was_interrupted_is_told_of_until_it_is_finished(
    here: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Vault, number: str) -> bool:
        raise Unsafe("store.full", en=f"disk full at {number}", zh=f"磁盘已满：{number}")

    me = here.numbers["张三"]
    with monkeypatch.context() as patch:
        patch.setattr(Vault, "erase", fails)
        assert here.refused("volunteer", "erase", me, *ERASE) == "store.full"
    assert unfinished(here)
    assert here("volunteer", "erase", me)["erased"] == me
    assert here("volunteer", "find", "张三", code=1)["volunteers"] == []
    assert not unfinished(here)


def test_an_old_vault_brings_nobody_back(here: Clerk, tmp_path: Path) -> None:
    ledger, names, old = (tmp_path / name for name in ("b.zip", "v.zip", "old.zip"))
    here("backup", old, "--vault", names)
    here("volunteer", "erase", here.numbers["张三"], *ERASE)
    here("backup", ledger)
    shutil.rmtree(here.home)
    assert here("restore", ledger, "--vault", names)["audit"]["findings"] == []
    assert here("volunteer", "find", "张三", code=1)["volunteers"] == []
    assert here("volunteer", "find", "李四")["volunteers"]


def test_an_auditor_needs_no_vault(here: Clerk) -> None:
    here("volunteer", "erase", here.numbers["张三"], *ERASE)
    for file in here.home.glob("vault.*"):
        file.unlink()
    assert not unfinished(here)


def test_the_key_of_another_vault_is_found_by_the_audit(here: Clerk) -> None:
    (here.home / "vault.key").write_bytes(bytes(32))
    assert codes(here("audit", code=1)["findings"]) == ["vault.key"]
    assert here.refused("volunteer", "find", "张三") == "vault.key"
    order = ("backup", here.folder / "b.zip", "--vault", here.folder / "v.zip")
    assert here.refused(*order) == "vault.key"


# --- a vault that is ahead of the log -------------------------------------------------------------


def test_who_is_not_in_the_log_yet_is_nobody_and_nobody_stumbles(here: Clerk) -> None:
    rows = volunteers([*here.numbers, "周一一"])
    twin = list(volunteers([*here.numbers, "", "张三"])[-1])
    here("import", "volunteers", here.sheet("a.csv", [rows[0], rows[-1], twin]),
         "--out", here.folder / "letter.json")  # fmt: skip
    assert here("volunteer", "find", "周一一", code=1)["volunteers"] == []
    (found,) = here("volunteer", "find", "张三")["volunteers"]
    assert found["number"] == here.numbers["张三"]
    here("submit", here.folder / "letter.json")
    assert here("volunteer", "find", "周一一")["volunteers"]
    assert len(here("volunteer", "find", "张三")["volunteers"]) == 2


# --- a ledger half begun ---------------------------------------------------------------------------

INIT = ("init", "--origin", "x.cn", "--organisation", "X", "--name", "X", "--simulated-clock")


@pytest.mark.parametrize("stage", ["judged", "logged"])
def test_an_init_that_was_killed_is_in_nobodys_way(tmp_path: Path, stage: str) -> None:
    clerk = Clerk(tmp_path)
    Typist((*clerk.own, "--json", *INIT), stage).kill()
    assert not clerk.home.exists()
    clerk(*INIT)
    clerk("officer", "add", "recorder")
    assert clerk("audit")["findings"] == []


def test_an_init_whose_database_does_not_answer_leaves_nothing(tmp_path: Path) -> None:
    clerk = Clerk(tmp_path, database="postgresql://nobody@127.0.0.1:1/none")
    assert clerk.refused(*INIT) == "store.unreachable"
    assert list(tmp_path.iterdir()) == []
    clerk.database = ""
    clerk(*INIT)
    assert clerk("audit")["findings"] == []


def test_an_init_that_fails_on_a_server_begins_again(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise Unsafe("store.full", en="the disk is full", zh="磁盘已满")

    clerk = Clerk(tmp_path, database=postgres)
    with monkeypatch.context() as patch:
        patch.setattr(Log, "append", fails)
        assert clerk.refused(*INIT) == "store.full"
    assert list(tmp_path.iterdir()) == []
    clerk(*INIT)
    assert clerk("audit")["findings"] == []
    clerk.folder = tmp_path / "elsewhere"
    assert clerk.refused(*INIT) == "store.exists"


def test_nothing_is_begun_among_other_files(tmp_path: Path) -> None:
    clerk = Clerk(tmp_path)
    clerk.home.mkdir()
    (clerk.home / "花名册.xlsx").write_bytes(b"")
    assert clerk.refused(*INIT) == "folder.not_empty"
    (clerk.home / "花名册.xlsx").unlink()
    clerk(*INIT)


def test_the_guard_of_another_ledger_is_left_alone(here: Clerk) -> None:
    kept = (here.folder / "guard").read_bytes()
    other = Clerk(here.folder / "other")
    words = ("--home", other.home, "--guard", here.folder / "guard", "--now", here.now, *INIT)
    assert "guard.exists" in run(*words).stderr
    assert (here.folder / "guard").read_bytes() == kept
    assert not other.home.exists()


# --- what was recorded before something failed -----------------------------------------------------


def receipts(here: Clerk) -> set[int]:
    return {int(file.stem) for file in (here.home / "receipts").glob("*.tlog-proof")}


def sheets(here: Clerk, *names: str) -> list[Path]:
    """Return a sign-in sheet for each person, in a file of its own."""
    here.now = "2026-03-03T14:00:00+08:00"
    return [here.sheet(f"{name}.csv", attendance((name, "9:00", "12:00"))) for name in names]


def test_a_file_that_is_not_there_stops_all_before_anything_is_recorded(here: Clerk) -> None:
    before, (sheet,) = here("checkpoint"), sheets(here, "张三")
    missing = here.folder / "没有.csv"
    error = here("attend", sheet, missing, "--activity", "A1", code=1)["error"]
    assert (error["code"], "没有.csv" in error["message"]) == ("file.unreadable", True)
    nowhere = here.folder / "张三.csv" / "x.xlsx"
    for words in (("attend", sheet, "--activity", "A1"), ("import", "volunteers", sheet)):
        assert here.refused(*words, "--refused", nowhere) == "file.unwritable"
    assert here.refused("attend", sheet, "--activity", "A1", "--out", nowhere) == "file.unwritable"
    assert here("checkpoint") == before


def test_a_sheet_that_is_refused_sinks_no_other(here: Clerk) -> None:
    first, last = sheets(here, "张三", "李四")
    bad = here.folder / "坏.csv"
    bad.write_bytes(b"")
    kept = receipts(here)
    answer = here("attend", first, bad, last, "--activity", "A1", code=1)
    assert [len(one["accepted"]) for one in answer["files"]] == [1, 0, 1]
    assert answer["error"] == answer["files"][1]["error"]
    assert answer["error"]["code"] == "sheet.empty"
    assert len(answer["entries"]) == 2
    assert receipts(here) - kept == set(answer["entries"])


def test_of_two_activities_in_one_sheet_one_is_recorded(here: Clerk) -> None:
    """The second was published after its start, and nobody said why."""
    here.now = "2026-03-03T14:00:00+08:00"
    here("import", "activities", here.sheet("c.csv", activities(("A3", "2026-03-03"))))
    rows = [["姓名", "签到时间", "签退时间", "活动编号"],
            ["张三", "9:00", "12:00", "A1"], ["李四", "9:00", "12:00", "A3"]]  # fmt: skip
    answer = here("attend", here.sheet("签到.csv", rows), code=1)
    (found,) = answer["files"]
    assert found["error"]["code"] == answer["error"]["code"] == "evidence.reason_missing"
    assert [row["activity"] for row in found["accepted"]] == ["A1"]
    said = here.run("attend", here.sheet("签到.csv", rows))
    assert "0 rows recorded, 1 known already" in said.stdout
    assert "[evidence.reason_missing]" in said.stderr


def test_refused_rows_go_to_another_file_where_their_own_is_taken(here: Clerk) -> None:
    here.now = "2026-03-03T14:00:00+08:00"
    rows = attendance(("张三", "9:00", "12:00"), ("无此人", "9:00", "12:00"))
    sheet = here.sheet("签到.csv", rows)
    (here.folder / "签到-待修改.xlsx").mkdir()
    answer = here("attend", sheet, "--activity", "A1", code=1)
    assert "error" not in answer
    assert len(answer["files"][0]["accepted"]) == len(answer["entries"]) == 1
    assert (here.folder / "签到-待修改-2.xlsx").is_file()
    people = volunteers([*here.numbers, "周一一", "吴二二"])
    (here.folder / "新人-待修改.xlsx").mkdir()
    sheet = here.sheet("新人.csv", [people[0], people[-1], ["x"]])
    (entry,) = here("import", "volunteers", sheet, code=1)["entries"]
    assert entry in receipts(here)


def test_of_two_letters_the_first_is_told_of_when_the_second_is_refused(here: Clerk) -> None:
    both, one = here.folder / "both.json", here.folder / "one.json"
    here("volunteer", "leave", here.numbers["张三"], "--out", both)
    here("volunteer", "leave", here.numbers["张三"], "--reason", "moved", "--out", one)
    found = [json.loads(file.read_text(encoding="utf-8")) for file in (both, one)]
    found[0]["letters"] += found[1]["letters"]
    text = json.dumps(found[0], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    both.write_text(text, encoding="utf-8")
    ran = here.run("submit", both, "--json")
    answer = json.loads(ran.stdout)
    assert (ran.exit_code, set(answer)) == (1, {"error", "entries"})
    assert set(answer["entries"]) <= receipts(here)
    assert len(answer["entries"]) == 1
    said = here.run("submit", both)
    assert f"entries {answer['entries'][0]}" in said.stderr


# --- a copy without its guard ----------------------------------------------------------------------


def test_a_restored_copy_says_at_once_whether_it_can_sign(here: Clerk, tmp_path: Path) -> None:
    file, names = tmp_path / "b.zip", tmp_path / "v.zip"
    here("backup", file, "--vault", names)
    there = Clerk(tmp_path / "there", here.now)
    assert there("restore", file, "--vault", names)["can_sign"] is False
    error = there("officer", "add", "auditor", code=1)["error"]
    assert error["code"] == "guard.missing"
    assert "`vledger recover`" in error["message"]
    shutil.rmtree(there.home)
    shutil.copy(here.folder / "guard", there.folder / "guard")
    assert there("restore", file, "--vault", names)["can_sign"] is True
    there("officer", "add", "auditor")
    shutil.rmtree(there.home)
    said = there.run("restore", file, "--vault", names, lang="zh")
    assert (said.exit_code, "不能签署" in said.stdout) == (0, True)
