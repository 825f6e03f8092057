"""The world is wrong: keys, clocks, disks, copies. One clear sentence, and nothing is lost.

`test_log`, `test_guard`, `test_store` and `test_durability` hold the parts to it; here it is what
the log takes from strangers, and what a clerk sees.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import Engine

from ledger.audit import audit
from ledger.commands.world import World as Shell
from ledger.errors import LedgerError
from ledger.log import Sent
from ledger.note import Note, Signature, Signer, sign
from ledger.store import engine as engines
from ledger.store.engine import Place
from ledger.times import moment
from tests.clerk import Clerk, volunteers
from tests.conftest import ROOT
from tests.databases import World, guard, ready, sent
from tests.scene import ORIGIN, digest, signer, volunteer

pytest_plugins = ["tests.databases"]


# --- what strangers send ------------------------------------------------------------------------

Bad = Callable[[World], Sent]


def said(world: World, by: str = "T01/r1", org: str = "T01") -> Sent:
    return sent(*world.write("volunteers", volunteer("N1"), by=by, org=org))


def resigned(one: Sent, *by: Signer, **changed: str) -> Sent:
    """Sign a statement's text anew, with words in it changed."""
    text = Note.parse(one.note).text
    for old, new in changed.items():
        text = text.replace({"origin": ORIGIN, "by": signer("T01/r1").verifier.by}[old], new)
    return replace(one, note=bytes(sign(text, *by)))


def by_dismissed(world: World) -> Sent:
    world.say("dismissal", appointment=world.appointment("T01/r2"), since=world.now)
    return said(world, by="T01/r2")


def under_another_s_name(world: World) -> Sent:
    """The line names T01/r1 and his key; the signature is somebody else's."""
    one = said(world)
    note = Note.parse(one.note)
    value = sign(note.text, Signer("T01/r1", digest("thief"))).signatures[0].value
    line = Signature("T01/r1", signer("T01/r1").verifier.key_id, value)
    return replace(one, note=bytes(Note(note.text, (line,))))


def under_his_own_key_id(world: World) -> Sent:
    thief = Signer("T01/r1", digest("thief"))
    return resigned(said(world), thief, by=thief.verifier.by)


SENT: dict[str, tuple[str, str, Bad]] = {
    "stranger": ("not_authorised", "T01/nobody", lambda world: said(world, by="T01/nobody")),
    "dismissed": ("not_authorised", "T01/r2", by_dismissed),
    "another log": (
        "malformed",
        "other.example.org/log",
        lambda w: resigned(said(w), signer("T01/r1"), origin="other.example.org/log"),
    ),
    "by another than it says": (
        "malformed", "", lambda world: resigned(said(world), signer("T01/r2"))
    ),
    "signed twice": (
        "malformed", "", lambda w: resigned(said(w), signer("T01/r1"), signer("T01/r2"))
    ),
    "another's name": ("unverified", "T01/r1", under_another_s_name),
    "another key of that name": ("not_authorised", "T01/r1", under_his_own_key_id),
    "another role": ("not_authorised", "confirmer", lambda world: said(world, by="T01/c1")),
    "another organisation": (
        "not_authorised", "T01", lambda world: said(world, by="T02/r1", org="T01")
    ),
    "other rows": ("malformed", "", lambda world: replace(said(world), items=(b"{}",))),
    "no rows": ("malformed", "", lambda world: replace(said(world), items=())),
    "no note": ("malformed", "", lambda _: Sent(b"\xff\xfe\x00")),
    "nothing": ("malformed", "", lambda _: Sent(b"")),
}  # fmt: skip


@pytest.mark.parametrize("name", SENT)
def test_what_a_stranger_sends_is_refused_by_name(file_url: str, tmp_path: Path, name: str) -> None:
    code, named, made = SENT[name]
    world = ready(file_url, tmp_path)
    bad = made(world)
    size, note, kept = world.db.size(), world.db.checkpoint(), guard(tmp_path).read()
    answer = world.append(bad)
    assert isinstance(answer, LedgerError)
    assert answer.code == code, answer
    assert named in answer.en
    assert named in answer.zh
    assert answer.en != answer.zh
    assert (world.db.size(), world.db.checkpoint(), guard(tmp_path).read()) == (size, note, kept)
    good = world.append(said(world))
    assert not isinstance(good, LedgerError)
    with world.db.reading() as view:
        assert audit(view).findings == []


# --- what a clerk sees --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """A ledger at work, to be copied; every database is let go of."""
    found = Clerk(tmp_path_factory.mktemp("县科协"))
    with pytest.MonkeyPatch.context() as patched:
        opened = remembered(patched)
        found.begin()
        for engine in opened:
            engine.dispose()
    found.now = "2026-03-03T14:00:00+08:00"
    return found


def remembered(patched: pytest.MonkeyPatch) -> list[Engine]:
    opened: list[Engine] = []
    connect = engines.connect

    def remember(place: Place, **options: Any) -> Engine:
        opened.append(connect(place, **options))
        return opened[-1]

    patched.setattr(engines, "connect", remember)
    return opened


@pytest.fixture
def here(office: Clerk, tmp_path: Path) -> Clerk:
    """A copy of the clerk's computer."""
    folder = tmp_path / "副本"
    shutil.copytree(office.folder, folder)
    return replace(office, folder=folder)


WRITE = ("activity", "cancel", "A1")


def refused(here: Clerk, code: str, *words: str) -> tuple[str, str]:
    """Expect one sentence in each language, and nothing else; return both."""
    said = [check_refusal(here.run(*(words or WRITE), lang=lang), code) for lang in ("zh", "en")]
    chinese, english = said
    assert re.search("[一-鿿]{3}", chinese)
    assert not re.search(
        "[一-鿿]", english.replace(str(here.home), "").replace(str(here.folder), "")
    )
    assert here.refused(*(words or WRITE)) == code
    return chinese, english


def check_refusal(ran: Result, code: str) -> str:
    assert ran.exit_code == 1
    assert ran.stdout == ""
    assert ran.stderr.count("\n") == 1
    assert ran.stderr.endswith(f"  [{code}]\n")
    assert "Traceback" not in ran.stderr
    assert "sqlite3" not in ran.stderr
    return ran.stderr


def sound(here: Clerk, size: int) -> None:
    found = here("audit")
    assert found["findings"] == []
    assert found["size"] == size


def size_of(here: Clerk) -> int:
    found: int = here("audit")["size"]
    return found


def test_a_clock_set_back(here: Clerk) -> None:
    size = size_of(here)
    for said in refused(replace(here, now="2026-03-01T09:00:00+08:00"), "clock.behind"):
        assert "2026-03-01T09:00:00+08:00" in said
        assert "2026-03-02T09:00:00+08:00" in said
    sound(here, size)
    here(*WRITE)


def test_a_clock_years_ahead_would_lock_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead BIOS battery, on a ledger with a real clock."""
    begun = moment("2026-03-02T09:00:00+08:00")
    clock = {"now": begun}
    monkeypatch.setattr(Shell, "moment", lambda _: clock["now"])
    here = Clerk(tmp_path, now="")
    here("init", "--origin", "kx.example.cn", "--organisation", "KX", "--name", "示例县科协")
    size = size_of(here)
    clock["now"] = datetime.fromisoformat("2099-01-01T00:00:00+08:00")
    for said in refused(here, "clock.ahead", "officer", "add", "auditor"):
        assert "2099-01-01T00:00:00+08:00" in said
        assert "--clock-is-right" in said
    sound(here, size)
    clock["now"] = begun + timedelta(days=40)
    refused(here, "clock.ahead", "officer", "add", "auditor")
    here("--clock-is-right", "officer", "add", "auditor")
    clock["now"] = begun
    refused(here, "clock.behind", "officer", "add", "recorder")
    sound(here, size + 1)


def test_an_old_copy_signs_nothing(here: Clerk, tmp_path: Path) -> None:
    """A restored backup: what it would sign contradicts what it has signed already."""
    old = tmp_path / "old.zip"
    here("backup", old, "--vault", tmp_path / "vault.backup")
    here(*WRITE)
    size = size_of(here)
    shutil.rmtree(here.home)
    here("restore", old, "--vault", tmp_path / "vault.backup")
    for said in refused(here, "guard.ahead", "officer", "add", "auditor"):
        assert str(size) in said
        assert str(size - 1) in said
        assert "vledger recover" in said
    assert "备份" in refused(here, "guard.ahead", "officer", "add", "auditor")[0]
    found = here("audit", code=1)
    assert {(one["code"], one["place"]) for one in found["findings"]} == {
        ("checkpoint.ahead", str(here.folder / "guard"))
    }


def test_two_copies_that_both_went_on(here: Clerk, office: Clerk) -> None:
    other = replace(office, folder=here.folder.parent / "另一台")
    shutil.copytree(office.folder, other.folder)
    here(*WRITE)
    other("officer", "add", "auditor")
    shutil.copy(other.folder / "guard", here.folder / "guard")
    for said in refused(here, "guard.fork", "officer", "add", "auditor"):
        assert "vledger recover" in said


Break = Callable[[Clerk], object]
BROKEN: dict[str, tuple[str, Break]] = {
    "guard gone": ("guard.missing", lambda here: (here.folder / "guard").unlink()),
    "guard spoilt": ("guard.damaged", lambda here: (here.folder / "guard").write_bytes(b"x" * 208)),
    "ledger gone": ("store.missing", lambda here: (here.home / "ledger.db").unlink()),
    "ledger empty": ("store.missing", lambda here: (here.home / "ledger.db").write_bytes(b"")),
    "ledger no database": (
        "store.damaged", lambda here: (here.home / "ledger.db").write_bytes(b"PK\3\4" * 999)
    ),
    "ledger cut": (
        "store.damaged", lambda here: cut(here.home / "ledger.db")
    ),
    "vault key gone": ("vault.missing", lambda here: (here.home / "vault.key").unlink()),
    "vault key short": ("vault.key", lambda here: (here.home / "vault.key").write_bytes(b"short")),
    "vault gone": ("store.missing", lambda here: (here.home / "vault.db").unlink()),
    "log key gone": ("key.missing", lambda here: log_key(here).unlink()),
    "log key spoilt": ("key.passphrase", lambda here: log_key(here).write_bytes(b"no key")),
    "wrong passphrase": (
        "key.passphrase", lambda here: log_key(here).with_suffix(".passphrase").write_text("wrong")
    ),
    "trust gone": ("home.trust", lambda here: (here.home / "trust.json").unlink()),
}  # fmt: skip


def cut(file: Path) -> None:
    """Lose the second half of a file, as a bad copy to a stick does."""
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])


def log_key(here: Clerk) -> Path:
    (found,) = (here.home / "keys").glob("kx.example.cn*.pem")
    return found


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_gone_or_spoilt(here: Clerk, name: str) -> None:
    """Put back what was lost, and the same command goes through."""
    code, spoil = BROKEN[name]
    before = {path: path.read_bytes() for path in here.folder.rglob("*") if path.is_file()}
    spoil(here)
    # A ledger does without its vault until a name is needed.
    refused(here, code, *(("volunteer", "find", "张三") if name.startswith("vault") else WRITE))
    for path in here.home.glob("*.db-*"):
        path.unlink()
    for path, data in before.items():
        path.write_bytes(data)
    here(*WRITE)
    assert here("audit")["findings"] == []


@pytest.mark.parametrize(
    ("pragma", "code", "word"),
    [("query_only = ON", "store.readonly", "权限"), ("max_page_count = 1", "store.full", "磁盘")],
    ids=["read-only", "full"],
)
def test_a_disk_that_takes_nothing(
    here: Clerk, monkeypatch: pytest.MonkeyPatch, pragma: str, code: str, word: str
) -> None:
    """SQLite is told what the disk would tell it; once there is room the same command goes through."""
    size, rows = size_of(here), [f"新人{n:03d}" for n in range(60)]
    sheet = here.sheet("more.csv", more_people(rows))
    with monkeypatch.context() as patched:
        connect = engines.connect

        def stingy(place: Place, **options: Any) -> Engine:
            pragmas = place.pragmas if place.branch == "vault" else (*place.pragmas, pragma)
            return connect(replace(place, pragmas=pragmas), **options)

        patched.setattr(engines, "connect", stingy)
        chinese, _ = refused(here, code, "import", "volunteers", str(sheet))
        assert word in chinese
        assert "ledger.db" in chinese
    sound(here, size)
    assert here("import", "volunteers", sheet)["recorded"] == len(rows)
    sound(here, size + 1)


def more_people(names: Sequence[str], start: int = 40) -> list[list[object]]:
    """Return a sheet of people whom nobody has registered yet."""
    heading, *rows = volunteers([""] * start + list(names))
    return [heading, *rows[start:]]


def test_two_programs_at_once_both_succeed(here: Clerk) -> None:
    """Two clerks on one folder, as programs of their own, at the same moment."""
    size = size_of(here)
    names = [f"同时{n}" for n in range(3)]
    sheets = [
        here.sheet(f"{name}.csv", more_people([name], 40 + n)) for n, name in enumerate(names)
    ]
    own = ["--home", str(here.home), "--guard", str(here.folder / "guard"), "--now", here.now]
    command = [sys.executable, "-X", "utf8", str(ROOT / "cli.py"), *own, "import", "volunteers"]
    running = [
        subprocess.Popen([*command, str(sheet)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for sheet in sheets
    ]
    said = [one.communicate(timeout=60) for one in running]
    assert [one.returncode for one in running] == [0, 0, 0], said
    sound(here, size + len(sheets))
    assert [len(here("volunteer", "find", name)["volunteers"]) for name in names] == [1, 1, 1]
