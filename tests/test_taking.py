"""export bundle, and audit --bundle on a computer that never saw the ledger.

Holds ledger.commands.taking.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.clerk import PEOPLE, Clerk, run


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("founded"))
    clerk.begin()
    clerk.confirmed("张三", "李四", "王五")
    return clerk


@pytest.fixture(scope="module")
def away(founded: Clerk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give another computer's folder, with the two files that an auditor is given."""
    folder = tmp_path_factory.mktemp("away")
    assert founded("export", "bundle", folder / "ledger.bundle")["size"] > 10
    shutil.copy(founded.home / "trust.json", folder / "trust.json")
    return folder


def audited(away: Path, *more: object, file: str = "ledger.bundle", code: int = 0) -> Any:
    here = ("--home", away / "nothing-here", "--json", "--lang", "en")
    done = run(*here, "audit", "--bundle", away / file, "--trust", away / "trust.json", *more)
    assert done.exit_code == code, (done.stdout, done.stderr)
    return json.loads(done.stdout)


def test_an_auditor_finds_what_the_ledger_finds(founded: Clerk, away: Path) -> None:
    assert audited(away) == founded("audit")
    assert not (away / "nothing-here").exists()


def test_the_same_ledger_makes_the_same_bytes(founded: Clerk, away: Path) -> None:
    again = founded.folder / "again.bundle"
    founded("export", "bundle", again)
    assert again.read_bytes() == (away / "ledger.bundle").read_bytes()
    assert not again.with_name("again.bundle.part").exists()


def test_nobody_is_named_in_a_bundle(away: Path) -> None:
    text = (away / "ledger.bundle").read_text("utf-8")
    assert "T01" in text
    assert [name for name in PEOPLE if name in text or json.dumps(name)[1:-1] in text] == []


def test_what_others_hold_is_held_against_it(founded: Clerk, away: Path) -> None:
    note = away / "checkpoint"
    founded("checkpoint", "-o", note)
    assert audited(away, "--against", note)["findings"] == []


def test_an_older_bundle_is_shown_up_by_a_newer_checkpoint(
    founded: Clerk, away: Path, tmp_path: Path
) -> None:
    later = founded.copied(tmp_path)
    later.certificate(founded.numbers["张三"])
    note = away / "later"
    later("checkpoint", "-o", note)
    (finding,) = audited(away, "--against", note, code=1)["findings"]
    assert (finding["code"], finding["place"]) == ("checkpoint.ahead", str(note))


def test_a_bundle_without_trust_is_not_audited(away: Path) -> None:
    done = run("--lang", "zh", "audit", "--bundle", away / "ledger.bundle")
    assert done.exit_code == 1
    assert "--trust" in done.stderr
    assert "trust.missing" in done.stderr


def test_a_damaged_bundle_is_refused_naming_the_line(away: Path) -> None:
    data = (away / "ledger.bundle").read_bytes()
    (away / "cut.bundle").write_bytes(data[: len(data) // 2])
    found = audited(away, file="cut.bundle", code=1)
    assert "of the bundle: it is cut short" in str(found["error"])
    (away / "not.bundle").write_bytes(b"PK\3\4")
    assert "line 1 of the bundle" in str(audited(away, file="not.bundle", code=1)["error"])
    assert "cannot be read" in str(audited(away, file="none.bundle", code=1)["error"])


def test_a_bundle_that_cannot_be_written_leaves_nothing(founded: Clerk) -> None:
    target = founded.folder / "trust.json" / "x.bundle"
    (founded.folder / "trust.json").write_bytes(b"")
    assert founded.refused("export", "bundle", target) == "file.unwritable"
