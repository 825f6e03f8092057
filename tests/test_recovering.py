"""`recover` and `officer log-key`: the log goes on, in words that strangers can check."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ledger.audit import Held
from ledger.checkpoint import Checkpoint
from ledger.desk import recovering
from ledger.guard import Anew, Guard
from ledger.guard import Held as Kept
from ledger.note import Note, Verifier
from ledger.store.database import Store
from ledger.store.writing import Writer
from tests.clerk import Clerk, run
from tests.conftest import ROOT

WRITE = ("officer", "add", "auditor")


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("founded"))
    clerk.begin()
    shutil.move(clerk.home / "carry-away", clerk.folder / "safe")
    return clerk


@pytest.fixture
def here(founded: Clerk, tmp_path: Path) -> Clerk:
    return founded.copied(tmp_path / "here")


def recovery(here: Clerk) -> tuple[str, ...]:
    return ("--key", str(here.folder / "safe" / "keys" / "KX+recovery.pem"))


def size(here: Clerk) -> int:
    found: int = here("audit")["size"]
    return found


def key_files(here: Clerk) -> set[str]:
    return {file.name for file in (here.home / "keys").iterdir()}


def lose_tail(here: Clerk, certificate: bool = False) -> list[Path]:
    """Go on for a while, put an older copy of the home folder back; return what others hold of the tail."""
    old = here.folder / "old"
    shutil.copytree(here.home, old)
    held = []
    if certificate:
        if not here.lines(here.numbers["张三"]):
            here.confirmed("张三")
        held.append(here.certificate(here.numbers["张三"])[1])
    for n in range(3):
        here(*WRITE)
        held.append(here.folder / f"{n}.note")
        here("checkpoint", "-o", held[-1])
    shutil.rmtree(here.home)
    old.rename(here.home)
    return held


def against(files: list[Path]) -> list[str]:
    return [word for file in files for word in ("--against", str(file))]


def codes(answer: Any, what: str = "findings") -> set[str]:
    return {one["code"] for one in answer[what]}


def trusted(here: Clerk) -> Any:
    return json.loads((here.home / "trust.json").read_text("utf-8"))["logs"][0]


def keys(here: Clerk) -> list[str]:
    """Return the keys of the log that trust.json names, those of a lost tail first."""
    log = trusted(here)
    return [*(one["key"] for one in log.get("former", ())), *log["keys"]]


# --- a lost tail ----------------------------------------------------------------------------------


def test_a_restored_backup_goes_on_by_the_recovery_key(here: Clerk) -> None:
    held = lose_tail(here, certificate=True)
    before, (old_key,) = size_of(here), keys(here)
    assert here.refused(*WRITE) == "guard.ahead"
    assert here("status")["waiting"][0]["code"] == "guard.ahead"
    assert codes(here("audit", *against(held), code=1)) == {"checkpoint.ahead"}
    answer = here("recover", *against(held), *recovery(here))
    assert (answer["kept"], answer["entries"]) == (before, [before])
    assert len(answer["lost"]) == len(held)  # the guard's is the last of those
    assert "guard.ahead" not in codes(here("status"), "waiting")
    here(*WRITE)
    found = here("audit", *against(held))
    assert found["findings"] == []
    assert codes(found, "remarks") == {"tail.declared"}
    assert keys(here) == [old_key, answer["log_key"]]
    assert here.refused("recover", *against(held), *recovery(here)) == "recover.needless"


def test_an_officer_of_the_lost_tail_is_appointed_again(here: Clerk) -> None:
    """Whose key file stands in the way: it is of nobody now, and is never written over."""
    before = here.copied(here.folder.parent / "before").home / "ledger.db"
    lost = here(*WRITE)
    shutil.copyfile(before, here.home / "ledger.db")
    for beside in ("ledger.db-wal", "ledger.db-shm"):
        (here.home / beside).unlink(missing_ok=True)
    here("recover", *recovery(here))
    files = key_files(here)
    assert here.refused(*WRITE, "--name", "KX/auditor1") == "key.exists"
    Path(lost["key_file"]).with_suffix(".passphrase").unlink()
    assert here.refused(*WRITE, "--name", "KX/auditor1") == "key.exists"
    assert key_files(here) == files - {"KX+auditor1.passphrase"}  # nothing is left beside it
    again = here(*WRITE)
    assert again["officer"].startswith("KX/auditor2+")
    assert here("audit")["findings"] == []


def test_a_folder_of_a_tail_that_was_declared_lost_is_no_fork(here: Clerk, tmp_path: Path) -> None:
    before = here.copied(tmp_path / "before").home / "ledger.db"
    here(*WRITE)
    here("publish", tmp_path / "web")
    shutil.copyfile(before, here.home / "ledger.db")
    for beside in ("ledger.db-wal", "ledger.db-shm"):
        (here.home / beside).unlink(missing_ok=True)
    here("recover", "--against", tmp_path / "web", *recovery(here))
    found = here("audit", "--against", tmp_path / "web")
    assert (found["findings"], found["evidence"]) == ([], [])
    assert codes(found, "remarks") == {"tail.declared"}


def size_of(here: Clerk) -> int:
    """Return how many entries there are, where an audit would find that some are lost."""
    found: int = here("audit", code=1)["size"]
    return found


def test_a_lost_certificate_is_no_longer_logged_for_who_has_the_new_trust(here: Clerk) -> None:
    """Else a list of the new log could call it valid: another certificate may stand in its place."""
    here.confirmed("张三", "李四")
    _, kept = here.certificate(here.numbers["李四"], "kept.pdf")
    old = here.folder / "old.json"
    shutil.copy(here.home / "trust.json", old)
    lost = lose_tail(here, certificate=True)[0]
    here("recover", *recovery(here))
    _, again = here.certificate(here.numbers["李四"], "again.pdf")
    new = here.home / "trust.json"
    assert [one["size"] for one in trusted(here)["former"]] == [size(here) - 2]
    cases = ((new, lost, False), (new, kept, True), (new, again, True), (old, lost, True))
    for trust_file, file, logged in cases:
        ran = run("--home", here.folder / "none", "--json", "--lang", "en", "certificate", "verify", file,
                  "--trust", trust_file)  # fmt: skip
        (found,) = json.loads(ran.stdout)["results"]
        assert (found["genuine"], found["logged"]) == (True, logged), file
        assert any("issued again" in one["message"] for one in found["reasons"]) != logged
        tool = subprocess.run([sys.executable, ROOT / "tools" / "verify.py", file, trust_file],
                              capture_output=True, text=True, check=False)  # fmt: skip
        assert (tool.returncode == 0) == logged, tool.stdout


def test_nothing_is_said_without_the_recovery_key(here: Clerk) -> None:
    lose_tail(here)
    before = (
        keys(here),
        key_files(here),
        (here.folder / "guard").read_bytes(),
    )
    assert here.refused("recover") == "key.missing"
    operator = here.home / "keys" / "KX+operator1.pem"
    assert here.refused("recover", "--key", operator) == "key.other"
    assert here.refused("recover", "--nothing-lost", *recovery(here)) == "recover.lost"
    after = keys(here), key_files(here), (here.folder / "guard").read_bytes()
    assert before == after
    assert here.refused(*WRITE) == "guard.ahead"


def test_what_is_no_evidence_is_refused(here: Clerk, tmp_path: Path) -> None:
    held = lose_tail(here)
    other = Clerk(tmp_path / "other")
    other.folder.mkdir()
    other.begin()
    other("checkpoint", "-o", tmp_path / "theirs.note")
    assert (
        here.refused("recover", "--against", tmp_path / "theirs.note", *recovery(here))
        == "evidence.foreign"
    )
    (tmp_path / "torn").write_bytes(held[0].read_bytes()[:-9])
    assert (
        here.refused("recover", "--against", tmp_path / "torn", *recovery(here))
        == "evidence.unreadable"
    )
    assert (
        here.refused("recover", "--against", tmp_path / "none", *recovery(here))
        == "file.unreadable"
    )


def test_what_comes_to_light_later_is_named_later(here: Clerk) -> None:
    first, second, _ = lose_tail(here)
    here("recover", *recovery(here))
    assert codes(here("audit", *against([first, second]), code=1)) == {"checkpoint.retired"}
    answer = here("recover", *against([first, second]), *recovery(here))
    assert (len(answer["lost"]), answer["log_key"]) == (2, None)
    assert len(keys(here)) == 2
    assert here("audit", *against([first, second]))["findings"] == []


def test_a_head_above_ours_that_somebody_holds_needs_recovery_though_the_guard_is_lost_too(
    here: Clerk,
) -> None:
    held = lose_tail(here)
    (here.folder / "guard").unlink()
    assert (
        here.refused("recover", "--nothing-lost", *against(held), *recovery(here)) == "recover.lost"
    )
    assert here("recover", *against(held), *recovery(here))["log_key"]


def test_two_copies_that_both_went_on_are_a_fork_whatever_is_declared(here: Clerk) -> None:
    other = here.copied(here.folder.parent / "other")
    here(*WRITE)
    other("officer", "add", "issuer")
    for one in (here, other):
        one("checkpoint", "-o", one.folder / "its.note")
    shutil.copy(other.folder / "guard", here.folder / "guard")
    assert here.refused(*WRITE) == "guard.fork"
    here("recover", "--against", other.folder / "its.note", *recovery(here))
    here(*WRITE)
    found = here("audit", "--against", other.folder / "its.note", code=1)
    assert codes(found) == {"checkpoint.fork"}


# --- a lost guard ---------------------------------------------------------------------------------


def test_a_guard_alone_that_was_lost_is_begun_anew(here: Clerk) -> None:
    (here.folder / "guard").unlink()
    assert here.refused(*WRITE) == "guard.missing"
    answer = here("recover", "--nothing-lost", *recovery(here))
    assert (answer["lost"], answer["log_key"]) == ([], None)
    here(*WRITE)
    assert here("audit")["findings"] == []


def test_where_nobody_knows_what_was_lost_the_key_is_replaced(here: Clerk) -> None:
    (here.folder / "guard").write_bytes(b"torn")
    assert here.refused(*WRITE) == "guard.damaged"
    assert here("recover", *recovery(here))["log_key"] == keys(here)[-1]
    here(*WRITE)
    assert here("audit")["findings"] == []


def test_a_ledger_that_is_well_needs_no_recovery(here: Clerk) -> None:
    assert here.refused("recover", *recovery(here)) == "recover.needless"
    here("checkpoint", "-o", here.folder / "own.note")
    assert (
        here.refused("recover", *against([here.folder / "own.note"]), *recovery(here))
        == "recover.needless"
    )


def test_the_guard_of_another_log_loses_nothing_of_ours(here: Clerk) -> None:
    store = Store.open(f"sqlite:///{here.home / 'ledger.db'}")
    with store.reading() as view:
        own = Checkpoint.parse(Note.parse(view.checkpoint()).text)
        other = Held("guard", Checkpoint("x.example.cn/ledger-00000000", own.size + 9, bytes(32)))
        assert recovering.loss_of(view, [other, Held("guard", own)]).named == ()
        ours = Held("guard", Checkpoint(own.origin, own.size + 9, bytes(32)))
        assert [one.size for one in recovering.loss_of(view, [ours]).named] == [own.size + 9]
    store.close()


def test_more_than_one_statement_holds_is_named_in_two(here: Clerk) -> None:
    store = Store.open(f"sqlite:///{here.home / 'ledger.db'}")
    with store.reading() as view:
        own = Checkpoint.parse(Note.parse(view.checkpoint()).text)
        held = [Held("g", Checkpoint(own.origin, own.size + n, bytes(32))) for n in range(1, 41)]
        loss = recovering.loss_of(view, held)
    store.close()
    assert (len(loss.named), loss.more, loss.alive) == (32, 8, True)
    assert loss.named[-1].size == own.size + 40  # the largest, which hold what is below them


# --- the recovery key stays offline ---------------------------------------------------------------


def test_the_recovery_key_signs_at_another_computer(here: Clerk) -> None:
    lose_tail(here)
    letter = here.folder / "letter.json"
    here("recover", "--out", letter)
    assert here.refused("recover", "--letter", letter) == "letter.unsigned"
    run("--home", here.folder / "none", "sign", letter, "--as", "KX/recovery", *recovery(here))
    assert here.refused("submit", letter) == "guard.ahead"
    assert here("recover", "--letter", letter)["log_key"] == keys(here)[-1]
    entries = size(here)
    assert here("recover", "--letter", letter) == {"already": entries - 1, "entries": []}
    assert "nothing was added" in here.run("recover", "--letter", letter).stdout
    (here.folder / "guard").unlink()  # what the letter said does not speak for what came after it
    assert here.refused("recover", "--letter", letter) == "recover.already"
    assert here.refused(*WRITE) == "guard.missing"
    here("recover", *recovery(here))
    here(*WRITE)
    assert here("audit")["findings"] == []


def test_a_recovery_of_another_ledger_is_none_of_this(here: Clerk, tmp_path: Path) -> None:
    other = Clerk(tmp_path / "other")
    other.folder.mkdir()
    other.begin()
    (other.folder / "guard").unlink()
    letter = here.folder / "letter.json"
    other("recover", "--out", letter)
    assert other.refused("recover", "--letter", letter) == "letter.unsigned"
    signed = ("--key", other.home / "carry-away" / "keys" / "KX+recovery.pem")
    run("--home", here.folder / "none", "sign", letter, "--as", "KX/recovery", *signed)
    lose_tail(here)
    assert here.refused("recover", "--letter", letter) == "letter.other"
    assert "it is for kx.example.cn/" in here.run("recover", "--letter", letter).stderr


def test_another_letter_recovers_nothing(here: Clerk) -> None:
    lose_tail(here)
    letter = here.folder / "letter.json"
    here("officer", "dismiss", "KX/issuer1", "--out", letter)
    assert here.refused("recover", "--letter", letter) == "letter.other"
    assert here.refused(*WRITE) == "guard.ahead"


# --- a kill in the midst --------------------------------------------------------------------------

STAGES = {  # where the program is killed: before or after the call of a method
    "key": (Guard, "anew", True),
    "locked": (Writer, "entries", True),
    "written": (Writer, "checkpoint", False),
    "committed": (Writer, "commit", False),
}
KILLED = """
import os, signal, sys
from importlib import import_module
import cli
module, owner, name, before = sys.argv[1:5]
owner = getattr(import_module(module), owner)
run = getattr(owner, name)
def stopped(*args, **kwargs):
    if before == "after":
        run(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, stopped)
cli.main(sys.argv[5:])
"""


@pytest.mark.parametrize("lost", ["tail", "guard"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_kill_in_the_midst_leaves_a_ledger_that_refuses_or_goes_on(
    here: Clerk, stage: str, lost: str
) -> None:
    if lost == "tail":
        lose_tail(here)
    else:
        (here.folder / "guard").unlink()
    owner, name, before = STAGES[stage]
    words = [*here.own, "recover", *recovery(here)]
    where = [owner.__module__, owner.__name__, name, "before" if before else "after"]
    ended = subprocess.run([sys.executable, "-c", KILLED, *where, *words], cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    why = here.refused(*WRITE)  # no copy may sign before the guard says so
    assert why in (("guard.ahead",) if lost == "tail" else ("guard.missing", "guard.damaged"))
    answer = here("recover", *recovery(here))
    here(*WRITE)
    found = here("audit")
    assert found["findings"] == []
    said = [one for one in here("officer", "list")["officers"] if one["role"] == "log"]
    assert [one["dismissed"] is None for one in said].count(True) == 1
    if lost == "tail":  # what was committed is not said twice
        assert len(said) == 2
        assert (answer["entries"] == []) == (stage == "committed")


def test_a_guard_that_is_begun_anew_lets_nobody_sign_until_it_is_kept(tmp_path: Path) -> None:
    guard = Guard(tmp_path / "guard")
    with pytest.raises(KeyError), guard.anew():
        raise KeyError
    with pytest.raises(Exception, match="cannot be read"):
        guard.read()
    Anew(guard).create()
    with Anew(guard).held(0, lambda _: b"") as held:
        assert isinstance(held, Kept)
        held.keep(7, bytes(32))
    assert guard.read().size == 7
    with guard.anew() as held:
        held.keep(3, bytes([1]) * 32)  # less than it was: for a recovery alone
    assert (guard.read().size, guard.read().root) == (3, bytes([1]) * 32)


# --- the log's key in its time --------------------------------------------------------------------


def test_a_planned_change_of_the_log_key(here: Clerk) -> None:
    here.confirmed("张三", "李四")
    _, before = here.certificate(here.numbers["张三"], "before.pdf")
    at = size(here)
    answer = here("officer", "log-key")
    assert answer["entries"] == [at]
    assert keys(here)[1:] == [answer["log_key"]]
    _, after = here.certificate(here.numbers["李四"], "after.pdf")
    for file in (before, after):
        assert here.verdict(file)["logged"]
    assert here("audit", "--against", before, "--against", after)["findings"] == []
    note = here("checkpoint")["checkpoint"]
    assert f"{Verifier.parse(answer['log_key']).name} " in note
    here("officer", "log-key")  # and again
    here(*WRITE)
    assert here("audit", "--against", before)["findings"] == []
    old = here.home / "keys" / f"{note.partition(chr(10))[0].replace('/', '+')}.pem"
    old.unlink()  # the first one is needed no more
    here(*WRITE)


def test_a_stolen_log_key_is_replaced_by_force(here: Clerk) -> None:
    (first,) = keys(here)
    me = ("--as", "KX/recovery", *recovery(here))
    answer = here("officer", "log-key", "--stolen", *me)
    assert keys(here) == [answer["log_key"]]
    here(*WRITE)
    assert here("audit")["findings"] == []
    (row,) = [one for one in here("officer", "list")["officers"] if one["dismissed"] is not None]
    assert first.startswith(row["officer"])
    assert "replaced" in here.run("officer", "list").stdout


def test_who_may_not_replace_it_leaves_no_key_behind(here: Clerk) -> None:
    before = keys(here), key_files(here)
    assert here.refused("officer", "log-key", "--as", "KX/recorder1") == "officer.missing"
    here("officer", "dismiss", "KX/operator1")
    assert here.refused("officer", "log-key") == "officer.missing"
    assert before == (keys(here), key_files(here))


def test_a_copy_from_before_the_change_signs_nothing(here: Clerk) -> None:
    """The guard is the log's, not the key's: an old copy with the old key is behind it all the same."""
    old = here.copied(here.folder.parent / "old")
    here("officer", "log-key")
    shutil.copy(here.folder / "guard", old.folder / "guard")
    assert old.refused(*WRITE) == "guard.ahead"
