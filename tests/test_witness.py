"""A province's association witnesses a county's ledger: over the network, by a stick, and not at all."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ledger import trust
from ledger.checkpoint import Checkpoint
from ledger.note import Note
from ledger.witness.folder import Folder
from tests.clerk import Clerk, run
from tests.conftest import ROOT
from tests.other_log import OtherLog, OtherWitness, check_line, other_witness, post

NAME = "w.prov.example.cn/prov"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("founded"))
    clerk.begin()
    clerk.confirmed("张三", "李四")
    return clerk


@pytest.fixture
def county(founded: Clerk, tmp_path: Path) -> Clerk:
    return founded.copied(tmp_path / "county")


class Province:
    """The other computer: a witness, and no ledger."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.home = folder
        self.keys: list[str] = self("init", NAME, *more)["keys"]

    def __call__(self, *words: object, code: int = 0) -> Any:
        ran = run("--home", str(self.home), "--lang", "en", "witness", *words, "--json")
        assert ran.exit_code == code, (words, ran.stdout, ran.stderr)
        return json.loads(ran.stdout)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Let it serve in a process of its own; give its address."""
        command = [sys.executable, "-c", "import cli; cli.run()", "--home", str(self.home), "--lang", "en",
                   "witness", "serve", "--listen", "127.0.0.1:0"]  # fmt: skip
        with (self.home / "served.log").open("wb") as log, subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        ) as process:  # fmt: skip
            assert process.stdout
            try:
                first = process.stdout.readline().decode()
                assert "witness of 1 logs at " in first, first
                yield first.split(" at ")[1].split(";")[0]
            finally:
                process.terminate()


@pytest.fixture
def province(tmp_path: Path, county: Clerk) -> Province:
    found = Province(tmp_path / "province", "--ml-dsa")
    found("trust", county.home / "trust.json")
    return found


def head(clerk: Clerk) -> tuple[Checkpoint, Note]:
    note = Note.parse(clerk("checkpoint")["checkpoint"].encode())
    return Checkpoint.parse(note.text), note


def grow(clerk: Clerk) -> None:
    """Add an entry."""
    clerk("officer", "add", "auditor", "--name", f"KX/a{head(clerk)[0].size}")


def issue(clerk: Clerk, name: str, *more: object, code: int = 0) -> Any:
    return clerk(
        "certificate", "issue", clerk.numbers["张三"], "-o", clerk.folder / name, *more, code=code
    )


def verified(clerk: Clerk, name: str) -> dict[str, Any]:
    ran = run("--home", str(clerk.folder / "nowhere"), "--lang", "en", "certificate", "verify",
              str(clerk.folder / name), "--trust", str(clerk.home / "trust.json"), "--json")  # fmt: skip
    found: dict[str, Any] = json.loads(ran.stdout)["results"][0]
    return found


# --- over the network -----------------------------------------------------------------------------


def test_a_province_witnesses_a_county(county: Clerk, province: Province) -> None:
    """The whole way, between two processes: add, ask, issue, verify, audit, grow."""
    with province.serving() as url:
        county("witness", "add", *province.keys, "--url", url, "--quorum", 1)
        missing = county("audit", code=1)
        assert [one["code"] for one in missing["findings"]] == ["quorum.missing"]
        asked = county("witness", "ask")
        shown = province("show")
        assert (shown["witness"], shown["keys"]) == (NAME, province.keys)
        assert shown["logs"][0]["cosigned"] == asked["size"]
        assert (asked["reached"], list(asked["cosigned"])) == (True, [NAME])
        assert county("audit")["findings"] == []
        checkpoint, note = head(county)
        assert len(note.signatures) == 3
        for key, line in zip(province.keys, note.signatures[1:], strict=True):
            assert check_line(note.text, key, str(line)) == asked["cosigned"][NAME]
        issue(county, "a.pdf")
        found = verified(county, "a.pdf")
        assert (found["genuine"], found["logged"], found["witnesses"]) == (True, True, 1)
        assert list(found["cosigned"]) == [NAME]
        listed = county("witness", "list")
        assert listed["witnesses"][0]["cosigned"] == listed["size"] > checkpoint.size


def test_what_came_after_the_last_question_is_told_apart(county: Clerk, province: Province) -> None:
    with province.serving() as url:
        county("witness", "add", *province.keys, "--url", url, "--quorum", 1)
        county("witness", "ask")
        grow(county)
        behind = county("audit")
        assert behind["findings"] == []
        assert "quorum.behind" in [one["code"] for one in behind["remarks"]]
        drawn = county.folder / "list.json"
        county("certificate", "status", "-o", drawn)
        believed = trust.read((county.home / "trust.json").read_bytes())
        status = json.loads(drawn.read_bytes())["checkpoint"].encode()
        assert believed.check(status)[1] == 1
        assert list(trust.cosigned_times(status, believed)) == [NAME]


def test_a_restored_backup_is_held_against_the_witness(
    county: Clerk, province: Province, tmp_path: Path
) -> None:
    """The guard is gone with the old computer; the witness knows better, and shows the proof."""
    with province.serving() as url:
        county("witness", "add", *province.keys, "--url", url)
        county("witness", "ask")
        copy = county.copied(tmp_path / "copy")
        for _ in range(2):
            grow(county)
        county("witness", "ask")
        for file in (copy.folder / "guard", county.folder / "guard"):
            assert file.exists()
        answer = copy("officer", "add", "auditor", "--name", "KX/z", code=1)
        assert answer["error"]["code"] == "witness.ahead"
        assert "vledger recover" in answer["error"]["message"]
        (kept,) = (copy.home / "evidence").iterdir()
        assert kept.read_bytes() == county("checkpoint")["checkpoint"].encode()
        outside = copy("audit", "--against", kept, code=1)
        assert "checkpoint.ahead" in [one["code"] for one in outside["findings"]]
        waiting = copy("status")["waiting"]
        assert [one["code"] for one in waiting[:1]] == ["witness.contradicts"]
        assert str(kept) in waiting[0]["message"]
        kept.with_name("other.note").write_bytes(b"?")  # what is no evidence contradicts nobody
        assert len(copy("status")["waiting"]) == len(waiting)
        with pytest.raises(FileExistsError):
            (copy.home / "evidence").mkdir()
        grow(county)  # the true one goes on


@pytest.fixture
def recovered(county: Clerk, province: Province, tmp_path: Path) -> Clerk:
    """Give a ledger whose tail was lost for good, and named: its log signs by a new key."""
    with province.serving() as url:
        county("witness", "add", *province.keys, "--url", url)
        county("witness", "ask")
        old = county.copied(tmp_path / "old")
        grow(county)
        county("witness", "ask")
        shutil.rmtree(county.home)  # the disk is gone, and with it the guard
        assert old.refused("officer", "add", "auditor", "--name", "KX/z") == "witness.ahead"
        (kept,) = (old.home / "evidence").iterdir()
        key = old.home / "carry-away" / "keys" / "KX+recovery.pem"
        old("recover", "--against", kept, "--key", key)
        ran = old.run("officer", "add", "auditor", "--name", "KX/y")
        assert f"witness {NAME}: it answered 403" in ran.stderr  # it does not know the new log key
        assert "witness.contradicts" not in [one["code"] for one in old("status")["waiting"]]
        (remark,) = old("audit", "--against", kept)["remarks"]
        assert remark["code"] == "tail.declared"
        assert f"(cosigned by {NAME})" in old.run("audit", "--against", kept).stdout
        old("witness", "add", *province.keys)
    return old


def test_after_a_recovery_its_witness_contradicts_nobody(
    recovered: Clerk, province: Province
) -> None:
    province("trust", recovered.home / "trust.json")
    with province.serving() as url:
        recovered("witness", "add", *province.keys, "--url", url)
        ran = recovered.run("officer", "add", "auditor", "--name", "KX/z")
        assert ran.exit_code == 0, ran.stderr
        assert "holds the tail that was lost" in ran.stderr
        assert "no word" not in ran.stderr
        assert recovered("audit")["findings"] == []
        answers = recovered("witness", "ask", code=1)["answers"]
        assert answers[NAME]["code"] in ("ahead", "apart")


def test_after_a_recovery_another_witness_is_found(recovered: Clerk, tmp_path: Path) -> None:
    recovered("witness", "remove", NAME)
    other = Province(tmp_path / "other")
    other("trust", recovered.home / "trust.json")
    with other.serving() as url:
        recovered("witness", "add", *other.keys, "--url", url)
        assert list(recovered("witness", "ask")["cosigned"]) == [NAME]


def test_another_history_is_held_against_the_witness(
    county: Clerk, province: Province, tmp_path: Path
) -> None:
    with province.serving() as url:
        county("witness", "add", *province.keys, "--url", url)
        county("witness", "ask")
        copy = county.copied(tmp_path / "copy")
        grow(county)
        county("witness", "ask")
        copy("witness", "remove", NAME)
        grow(copy)
        grow(copy)  # a second instance went on by itself, with a guard of its own
        copy("witness", "add", *province.keys, "--url", url)
        assert copy.refused("officer", "add", "auditor", "--name", "KX/z") == "witness.fork"
        asked = copy("witness", "ask", code=1)
        assert asked["answers"][NAME]["code"] == "apart"


def test_a_line_tells_of_each_answer_and_carries_nothing_else(
    county: Clerk, province: Province
) -> None:
    stranger = OtherLog("kx.example.org/\u202e\u009b31m" + "x" * 5000).grow(1)
    with province.serving() as url:
        county("witness", "add", *province.keys, "--url", url)
        county("witness", "ask")
        assert post(url, stranger.question(0))[0] == 404
        told = list[str]()
        for _ in range(500):  # a line is written after its answer has left
            told = (province.home / "served.log").read_text(encoding="utf-8").splitlines()
            if len(told) == 2:
                break
            time.sleep(0.02)
    first, second = told
    assert first.endswith(f" 127.0.0.1 200 {head(county)[0].origin} {head(county)[0].size}")
    assert " 127.0.0.1 404 the log kx.example.org/??31mxxx" in second
    assert len(second) < 300


# --- without one ----------------------------------------------------------------------------------


def test_a_hall_without_a_network_goes_on_and_says_so(county: Clerk, province: Province) -> None:
    county("witness", "add", *province.keys, "--url", "http://127.0.0.1:1")
    ran = county.run("officer", "add", "auditor", "--name", "KX/z")
    assert ran.exit_code == 0
    assert f"no word from the witnesses {NAME}" in ran.stderr
    ran = county.run("certificate", "issue", county.numbers["李四"], "-o", county.folder / "b.pdf")
    assert ran.exit_code == 0, ran.stderr
    assert f"witness {NAME}: no answer" in ran.stderr
    assert verified(county, "b.pdf")["witnesses"] == 0
    assert not county("witness", "ask", "--seconds", "0.5")["cosigned"]  # nothing is demanded


def test_nothing_is_issued_that_nobody_would_believe(county: Clerk, province: Province) -> None:
    county("witness", "add", *province.keys, "--url", "http://127.0.0.1:1", "--quorum", 1)
    size = head(county)[0].size
    answer = issue(county, "c.pdf", code=1)
    assert answer["error"]["code"] == "witness.quorum"
    assert head(county)[0].size == size
    assert not (county.folder / "c.pdf").exists()
    assert county("witness", "ask", "--seconds", "0.5", code=1)["reached"] is False
    county("witness", "remove", NAME, "--quorum", 0)
    issue(county, "c.pdf")


def test_a_witness_that_falls_silent_in_between_loses_no_certificate(county: Clerk) -> None:
    """It cosigned the head before, and says nothing of the certificate's own: the page waits for it."""
    log = json.loads((county.home / "trust.json").read_bytes())["logs"][0]["keys"][0]
    other = OtherWitness("w.other.example.cn/w", {log.split("+")[0]: log})
    words = ("certificate", "issue", county.numbers["李四"], "-o", county.folder / "d.pdf")
    with other_witness(other) as url:
        county("witness", "add", *other.vkeys, "--url", url, "--quorum", 1)
        county("witness", "ask")
        size = head(county)[0].size
        new = b"\n%d\n" % (size + 1)
        other.trouble = lambda _: (400, "text/plain", b"no\n") if new in other.asked[-1] else None
        assert county.refused(*words) == "witness.quorum"
        assert head(county)[0].size == size + 1
        assert not (county.folder / "d.pdf").exists()
        assert county.refused(*words) == "witness.quorum"  # still silent: the page waits on
        other.trouble = lambda _: None
        county(*words)
        assert head(county)[0].size == size + 1  # it is the same certificate
        found = verified(county, "d.pdf")
        assert (found["logged"], found["witnesses"]) == (True, 1)


# --- by a stick -----------------------------------------------------------------------------------


def test_a_question_is_carried_there_and_back(county: Clerk, province: Province) -> None:
    county("witness", "add", *province.keys, "--quorum", 1)
    stick = county.folder / "question.txt"
    for size in (head(county)[0].size, head(county)[0].size + 1):
        asked = county("witness", "ask", "--to", stick)
        assert (asked["witness"], asked["size"]) == (NAME, size)
        done = province("cosign", stick, "-o", county.folder / "answer.txt")
        assert (done["origin"], done["size"]) == (head(county)[0].origin, size)
        assert list(county("witness", "take", county.folder / "answer.txt")["cosigned"]) == [NAME]
        assert county("audit")["findings"] == []
        issue_at = head(county)[1]
        assert len(issue_at.signatures) == 3
        grow(county)
    county("witness", "ask", "--to", stick, "--old", 3)
    refused = province("cosign", stick, "-o", county.folder / "answer.txt", code=1)
    assert refused["error"]["code"] == "witness.409"
    assert f"of size {head(county)[0].size - 1}, not 3" in refused["error"]["message"]
    assert county.refused("witness", "take", stick) == "malformed"
    assert county.refused("witness", "ask") == "witness.none"


def test_who_is_behind_his_witness_is_not_told_to_ask_again(
    county: Clerk, province: Province, tmp_path: Path
) -> None:
    county("witness", "add", *province.keys)
    stick, answer = county.folder / "question.txt", county.folder / "answer.txt"
    old = county.copied(tmp_path / "old")
    grow(county)
    county("witness", "ask", "--to", stick)
    province("cosign", stick, "-o", answer)
    words = ("--home", province.home, "--lang", "en", "witness", "cosign", stick, "-o", answer)
    for asking, due, never in (
        (county, f"--old {head(county)[0].size}", "vledger recover"),
        (old, "vledger recover", "--old"),
    ):
        asking("witness", "ask", "--to", stick, "--old", 3)
        advised = run(*words).stderr
        assert due in advised
        assert never not in advised
        assert str(stick) in advised


# --- what is no witness, and what is no log -------------------------------------------------------


def test_a_witness_is_founded_once(province: Province, county: Clerk, tmp_path: Path) -> None:
    assert len(province.keys) == 2
    assert province("init", "another/name", code=1)["error"]["code"] == "witness.exists"
    for name in ("a b", "a+b", "", "x" * 256):
        ran = run("--home", str(tmp_path / "no"), "witness", "init", name, "--json")
        assert ran.exit_code == 1, name
    alone = Province(tmp_path / "alone")
    assert len(alone.keys) == 1
    assert not (tmp_path / "alone" / "witness" / "key-2.pem").exists()
    for file in (tmp_path / "alone" / "witness").glob("key*"):
        assert file.stat().st_mode & 0o077 == 0 or sys.platform == "win32"
    key = json.loads((county.home / "trust.json").read_bytes())["logs"][0]["keys"][0]
    assert alone("trust", key)["logs"] == [key]
    assert alone("trust", key)["logs"] == [key]
    for wrong in (alone.keys[0], "x+y", str(tmp_path / "nothing.json")):
        alone("trust", wrong, code=1)
    ran = run("--home", str(tmp_path / "no"), "witness", "trust", key, "--json")
    assert json.loads(ran.stdout)["error"]["code"] == "witness.missing"


def test_a_witness_that_forgot_does_not_serve(province: Province, county: Clerk) -> None:
    assert len(Folder(province.home / "witness").logs()) == 1
    state = next((province.home / "witness" / "state").iterdir())
    (state / "checkpoint").unlink()
    assert province("serve", "--listen", "127.0.0.1:0", code=1)["error"]["code"] == "witness.state"
    province("trust", county.home / "trust.json")  # known already: it is not begun anew
    assert province("serve", "--listen", "127.0.0.1:0", code=1)["error"]["code"] == "witness.state"
    (province.home / "witness" / "witness.json").write_text("{}", encoding="utf-8")
    assert province("serve", code=1)["error"]["code"] == "malformed"


@pytest.mark.parametrize(
    ("listen", "code"), [("nonsense", 2), ("127.0.0.1:99999", 2), ("203.0.113.9:1", 1), (":80", 2)]
)
def test_an_address_that_cannot_be_listened_on(province: Province, listen: str, code: int) -> None:
    ran = run("--home", str(province.home), "witness", "serve", "--listen", listen)
    assert ran.exit_code == code


def test_witnesses_of_our_own_are_told_apart(county: Clerk, province: Province) -> None:
    log = json.loads((county.home / "trust.json").read_bytes())["logs"][0]["keys"][0]
    other = OtherWitness("w.other.example.cn/w", {})
    for wrong in ([log], [province.keys[0], *other.vkeys], ["x+y"]):
        county("witness", "add", *wrong, code=1)
    assert county.refused("witness", "ask", "--to", county.folder / "q") == "witness.unknown"
    county("witness", "add", *province.keys)
    county("witness", "add", *other.vkeys, "--url", "http://127.0.0.1:1", "--quorum", 2)
    county("witness", "add", *other.vkeys)  # again: its address stays
    listed = county("witness", "list")
    assert [(one["witness"], one["url"]) for one in listed["witnesses"]] == [
        (NAME, ""), (other.name, "http://127.0.0.1:1"),
    ]  # fmt: skip
    assert listed["quorum"] == 2
    assert county.refused("witness", "ask", "--to", county.folder / "q") == "witness.unknown"
    assert county("witness", "ask", "--to", county.folder / "q", "--name", NAME)["old"] == 0
    assert county.refused("witness", "remove", NAME) == "witness.quorum"  # one cannot be two
    assert f"witness remove {NAME} --quorum 1" in county.run("witness", "remove", NAME).stderr
    said = county.run("witness", "remove", NAME, "--quorum", 1).stdout
    assert "give the new trust.json" in said  # who has the old one believes the witness for good
    assert county.refused("witness", "remove", NAME) == "witness.unknown"
    county("witness", "remove", other.name, "--quorum", 0)
    assert json.loads((county.home / "witnesses.json").read_bytes()) == {}
    (county.home / "witnesses.json").write_text("[]", encoding="utf-8")
    assert county.refused("witness", "ask") == "malformed"
    (county.home / "witnesses.json").write_text("{", encoding="utf-8")
    assert county.refused("witness", "ask") == "malformed"


def test_a_second_signature_of_the_log(county: Clerk) -> None:
    vkey = county("witness", "second")["vkey"]
    grow(county)
    _, note = head(county)
    assert check_line(note.text, vkey, str(note.signatures[1])) > 0
    issue(county, "e.pdf")
    assert verified(county, "e.pdf")["logged"]
    assert county("audit")["findings"] == []
    assert county("witness", "second", "--require") == {"vkey": vkey, "required": True}
    assert verified(county, "e.pdf")["logged"]
    county("certificate", "issue", county.numbers["李四"], "-o", county.folder / "f.pdf")
    assert verified(county, "f.pdf")["logged"]
    county.folder.joinpath("账本/keys/second.pem").unlink()
    answer = county(
        "certificate", "issue", county.numbers["李四"], "-o", county.folder / "g.pdf", code=1
    )
    assert answer["error"]["code"] == "certificate.unverifiable"
