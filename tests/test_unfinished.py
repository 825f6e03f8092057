"""What was begun and not finished: letters under way, kills, files that fail in the middle.

What is in the log is told, kept and carried out, whatever came after it.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Unsafe
from ledger.log import Log
from ledger.vault import Vault
from tests.clerk import Clerk, run, volunteers
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
