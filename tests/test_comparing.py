"""Two readers who were shown two heads: each consistent by itself, and together the proof of a fork."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ledger import trust
from ledger.auditing import forks
from tests.clerk import Clerk, run


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clerk, Clerk]:
    """Return two copies of a ledger that both went on, each with its own guard, and certificates."""
    one = Clerk(tmp_path_factory.mktemp("one"))
    one.begin()
    other = one.copied(tmp_path_factory.mktemp("other"))
    for here, who in ((one, "张三"), (other, "李四")):
        here.confirmed(who)
        here.certificate(here.numbers[who])
        here("checkpoint", "-o", here.folder / "its.note")
        here("publish", here.folder / "web")
    one("officer", "add", "auditor")
    one("checkpoint", "-o", one.folder / "later.note")
    return one, other


def compared(
    two: tuple[Clerk, Clerk], *files: Path, more: tuple[object, ...] = (), code: int = 1
) -> Any:
    """Compare at a computer that never saw the ledger."""
    words = [word for file in files for word in ("--against", file)]
    home = two[0].folder / "nowhere"
    ran = run(
        "--home", home, "--json", "audit", *words, "--trust", two[0].home / "trust.json", *more
    )
    assert ran.exit_code == code, (ran.stdout, ran.stderr)
    return json.loads(ran.stdout)


def codes(found: Any, what: str = "findings") -> list[str]:
    return [one["code"] for one in found[what]]


def keys(clerk: Clerk) -> Any:
    return trust.read((clerk.home / "trust.json").read_bytes()).logs[0].verifiers


def test_two_notes_of_one_size_are_the_evidence_itself(
    two: tuple[Clerk, Clerk], tmp_path: Path
) -> None:
    one, _ = two
    notes = [here.folder / "its.note" for here in two]
    file = tmp_path / "fork.json"
    found = compared(two, *notes, more=("--evidence", file))
    assert codes(found) == ["checkpoint.fork"]
    (fork,) = found["evidence"]
    assert [fork["first"], fork["second"]] == [note.read_text("utf-8") for note in notes]
    made = forks.read_fork(file.read_bytes())
    assert forks.check(made, keys(one)).same_key
    alone = compared(two, file)  # who is given the file needs nothing else
    assert (codes(alone), alone["compared"]) == (["checkpoint.fork"], 2)
    assert codes(one("audit", "--against", file, code=1)) == ["checkpoint.fork"]
    file.write_bytes(file.read_bytes().replace(b"n1", b"n2").replace(b"=", b"A", 1))
    assert codes(compared(two, file)) == ["evidence.unreadable"]


def test_certificates_and_folders_are_evidence_as_notes_are(two: tuple[Clerk, Clerk]) -> None:
    one, other = two
    assert codes(compared(two, one.folder / "证明.pdf", other.folder / "证明.pdf")) == [
        "checkpoint.fork"
    ]
    assert codes(compared(two, one.folder / "证明.pdf", other.folder / "web")) == [
        "checkpoint.fork"
    ]


def test_a_folder_decides_about_all_that_are_smaller(
    two: tuple[Clerk, Clerk], tmp_path: Path
) -> None:
    one, other = two
    later, its = one.folder / "later.note", other.folder / "its.note"
    apart = compared(two, later, its, code=0)  # nothing here says what the larger one was before
    assert (codes(apart, "remarks"), apart["compared"]) == (["checkpoint.apart"], 2)
    one("publish", tmp_path / "web")
    found = compared(
        two, tmp_path / "web", its, one.folder / "its.note", more=("--evidence", tmp_path / "e")
    )
    assert codes(found) == [
        "checkpoint.fork",
        "checkpoint.fork",
    ]  # its.note, by tree and by its twin
    proved = forks.check(forks.read_fork((tmp_path / "e").read_bytes()), keys(one))
    assert proved.first.size < proved.second.size
    assert compared(two, tmp_path / "web", one.folder / "its.note", later, code=0)["findings"] == []


def test_a_ledger_is_held_against_folders_behind_and_ahead(
    two: tuple[Clerk, Clerk], tmp_path: Path
) -> None:
    one, other = two
    assert one("audit", "--against", one.folder / "web")["findings"] == []
    assert codes(one("audit", "--against", other.folder / "web", code=1)) == ["checkpoint.fork"]
    one("publish", tmp_path / "web")
    found = other("audit", "--against", tmp_path / "web", code=1)
    assert codes(found) == ["checkpoint.fork"]  # proved: that it is ahead says less
    fork = {name: value for name, value in found["evidence"][0].items() if name != "format"}
    assert forks.check(forks.Fork(**fork), keys(one)).same_key


def test_what_nobody_trusted_signed_accuses_nobody(
    two: tuple[Clerk, Clerk], tmp_path: Path
) -> None:
    stranger = Clerk(tmp_path)
    stranger(
        "init",
        "--origin",
        "x.example.cn",
        "--organisation",
        "X",
        "--name",
        "某会",
        "--simulated-clock",
    )
    stranger("checkpoint", "-o", tmp_path / "x.note")
    (tmp_path / "nothing").write_bytes(b"\0 nothing")
    shutil.copytree(two[0].folder / "web", tmp_path / "web")
    (tmp_path / "web" / "checkpoint").write_bytes(b"?")
    found = compared(two, tmp_path / "x.note", tmp_path / "nothing", tmp_path / "web")
    assert sorted(codes(found)) == [
        "evidence.foreign",
        "evidence.unreadable",
        "evidence.unreadable",
    ]
    assert found["evidence"] == []


def test_people_are_shown_the_pair(two: tuple[Clerk, Clerk]) -> None:
    words = [word for here in two for word in ("--against", here.folder / "its.note")]
    for lang, said in (("zh", "即证据本身"), ("en", "the evidence itself")):
        ran = run("--home", two[0].folder / "nowhere", "--lang", lang, "audit", *words,
                  "--trust", two[0].home / "trust.json")  # fmt: skip
        assert said in ran.stdout
        for here in two:
            assert (here.folder / "its.note").read_text("utf-8") in ran.stdout


def test_a_folder_whose_files_are_missing_or_changed_decides_nothing(
    two: tuple[Clerk, Clerk], tmp_path: Path
) -> None:
    one, other = two
    one("publish", tmp_path / "web")
    (tile,) = (tmp_path / "web" / "tile" / "0").rglob("*.p/*")
    whole = tile.read_bytes()
    for broken in (whole[:-32], whole[:-1] + bytes([whole[-1] ^ 1]), None):
        tile.unlink()
        if broken is not None:
            tile.write_bytes(broken)
        found = other("audit", "--against", tmp_path / "web", code=1)
        assert codes(found) == ["checkpoint.ahead", "evidence.unreadable"]
        alone = compared(two, tmp_path / "web", other.folder / "its.note")
        assert codes(alone) == ["evidence.unreadable"]
        tile.touch()


@pytest.mark.parametrize("name", ["tile/entries", "tile/0", "checkpoint"])
def test_every_file_of_a_folder_is_read(
    two: tuple[Clerk, Clerk], tmp_path: Path, name: str
) -> None:
    """One that is no larger than the ledger, whose checkpoint alone would pass."""
    one = two[0]
    shutil.copytree(one.folder / "web", tmp_path / "web")
    at = tmp_path / "web" / name
    file = at if at.is_file() else next(path for path in at.rglob("*") if path.is_file())
    data = bytearray(file.read_bytes())
    data[40] ^= 1
    file.write_bytes(data)
    assert "evidence.unreadable" in codes(one("audit", "--against", tmp_path / "web", code=1))


def test_a_statement_of_account_is_evidence_too(two: tuple[Clerk, Clerk], tmp_path: Path) -> None:
    here = two[0].copied(tmp_path / "pc")
    here("closing", "make")
    here("closing", "prove", here.numbers["张三"], "-o", tmp_path / "account.json")
    assert here("audit", "--against", tmp_path / "account.json")["findings"] == []
    found = two[0]("audit", "--against", tmp_path / "account.json", code=1)
    assert codes(found) == ["checkpoint.ahead"]


def test_a_log_that_was_taken_away_proves_a_fork_as_its_ledger_does(
    two: tuple[Clerk, Clerk], tmp_path: Path
) -> None:
    one, other = two
    one("export", "bundle", tmp_path / "one.bundle")
    larger = other.copied(tmp_path / "larger")
    for _ in range(3):
        larger("officer", "add", "auditor")
    larger("publish", tmp_path / "web")
    for held in (other.folder / "its.note", other.folder / "web", tmp_path / "web"):
        file = tmp_path / f"{held.parent.name}-{held.name}.json"
        bundle = ("--bundle", tmp_path / "one.bundle", "--evidence", file)
        taken = compared(two, held, more=bundle)
        at_home = one("audit", "--against", held, code=1)
        assert "checkpoint.fork" in codes(taken)
        assert taken["evidence"] == at_home["evidence"] != []
        assert codes(taken) == codes(at_home)
        assert forks.check(forks.read_fork(file.read_bytes()), keys(one)).same_key
        assert codes(compared(two, file, more=("--bundle", tmp_path / "one.bundle"))) == [
            "checkpoint.fork"
        ]


def test_a_bundle_is_evidence_of_its_newest_checkpoint(
    two: tuple[Clerk, Clerk], tmp_path: Path
) -> None:
    one, other = two
    for here, found in ((one, []), (other, ["checkpoint.fork"])):
        here("export", "bundle", tmp_path / "its.bundle")
        audited = one("audit", "--against", tmp_path / "its.bundle", code=1 if found else 0)
        assert codes(audited) == found
    data = (tmp_path / "its.bundle").read_bytes()
    (tmp_path / "its.bundle").write_bytes(data[:-5])
    cut = one("audit", "--against", tmp_path / "its.bundle", code=1)
    assert codes(cut) == ["evidence.unreadable"]
