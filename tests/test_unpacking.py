"""A pack of evidence is checked without the ledger: every statement and row, and nothing beside them.

Holds ledger.desk.unpacking.
"""

import shutil
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import trust
from ledger.desk import unpacking
from ledger.errors import LedgerError
from ledger.trust import Trust
from tests.clerk import Clerk, run


class Files(dict[str, bytes]):
    """What is in a pack, by name."""

    def __repr__(self) -> str:
        return f"{len(self)} files"  # a failing example is printed with it


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("served"))
    clerk.begin()
    clerk.confirmed("张三", "李四")
    clerk("closing", "make")
    return clerk


@pytest.fixture(scope="module")
def pack(here: Clerk) -> Path:
    """Return the pack of a certificate that rests on a closing."""
    issued = here("certificate", "issue", here.numbers["张三"], "--on-closing",
                  "-o", here.folder / "结转.pdf")  # fmt: skip
    file = here.folder / "证据.zip"
    here("audit", "pack", issued["certificate"], "-o", file)
    return file


@pytest.fixture(scope="module")
def trusted(here: Clerk) -> Trust:
    return trust.read((here.home / "trust.json").read_bytes())


@pytest.fixture(scope="module")
def files(pack: Path) -> Files:
    with zipfile.ZipFile(pack) as archive:
        return Files((name, archive.read(name)) for name in archive.namelist())


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def troubles(files: Mapping[str, bytes], trusted: Trust) -> list[str]:
    return [name for name, _ in unpacking.check(zipped(files), trusted).troubles]


def checked(here: Clerk, file: Path, code: int = 0) -> Any:
    ran = run("--home", here.folder / "nowhere", "--lang", "en", "prove", "--check", file,
              "--trust", here.home / "trust.json")  # fmt: skip
    assert ran.exit_code == code, ran.output
    return ran


def kinds_in(files: Files) -> set[str]:
    texts = [data.decode() for name, data in files.items() if name.endswith(".txt")]
    return {text.partition('"kind":"')[2].partition('"')[0] for text in texts} - {""}


def test_all_that_a_certificate_rests_on_is_in_its_pack(files: Files) -> None:
    assert kinds_in(files) == {
        "charter", "appointment", "organisations", "activities", "attendance", "notice",
        "confirmation", "closing", "certificate",
    }  # fmt: skip
    said = b"\n".join(data for name, data in files.items() if name.endswith(".txt")).decode()
    for role in ("recorder", "confirmer", "issuer"):
        assert f'"role":"{role}"' in said
    assert "vledger prove --check" in files["README.txt"].decode()


def test_a_pack_is_checked_where_there_is_no_ledger(here: Clerk, pack: Path, files: Files) -> None:
    count = len([name for name in files if name.endswith(".tlog-proof")])
    rows = sum(len(d.splitlines()) for name, d in files.items() if name.endswith(".jsonl"))
    said = checked(here, pack).stdout
    assert f"{count} entries and {rows} rows are in the log kx.example.cn/" in said
    answer = here("prove", "--check", pack)
    assert (answer["entries"], answer["rows"], answer["troubles"]) == (count, rows, [])


@given(place=st.integers(0, 10**9))
def test_no_flipped_bit_is_accepted(files: Files, trusted: Trust, place: int) -> None:
    at, bit = divmod(place, 8)
    said = {name: data for name, data in files.items() if name.startswith("entries/")}
    at %= sum(map(len, said.values()))
    for name, data in said.items():
        if at < len(data):
            flipped = data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
            assert troubles({**files, name: flipped}, trusted) == [name.partition(".")[0]]
            return
        at -= len(data)


def test_what_is_missing_or_vouched_for_by_nobody_is_a_trouble(
    files: Files, trusted: Trust
) -> None:
    assert troubles(files, trusted) == []
    for name in files:
        rest = {one: data for one, data in files.items() if one != name}
        if name.startswith("entries/"):
            assert troubles(rest, trusted) == [name.partition(".")[0]]
    for name in ("entries/hello.txt", "附加.pdf", "entries/000001.pdf"):
        assert troubles({**files, name: b"?"}, trusted) == [name]
    first, second = sorted(name for name in files if name.endswith(".tlog-proof"))[:2]
    swapped = {**files, first: files[second], second: files[first]}
    assert len(troubles(swapped, trusted)) == 2


def test_a_pack_under_nobody_s_checkpoint_is_refused(
    here: Clerk, files: Files, trusted: Trust
) -> None:
    note = files["checkpoint.txt"]
    for bad in (note[:-9] + b"AAAAAAAA\n", note.replace(b"\n", b"\n1", 1), b""):
        with pytest.raises(LedgerError):
            unpacking.check(zipped({**files, "checkpoint.txt": bad}), trusted)
    with pytest.raises(LedgerError):
        unpacking.check(zipped(files), Trust())
    with pytest.raises(LedgerError, match=r"checkpoint\.txt is missing"):  # an archive of anything
        unpacking.check(zipped({"README.txt": b"?"}), trusted)
    with pytest.raises(LedgerError, match="no statement in it"):  # emptied: it must not pass
        unpacking.check(zipped({"checkpoint.txt": note}), trusted)
    older = here.copied(here.folder.parent / "older")
    older("officer", "add", "auditor")
    newer = older("checkpoint")["checkpoint"].encode()  # of the same log, but not of these proofs
    found = unpacking.check(zipped({**files, "checkpoint.txt": newer}), trusted)
    assert (found.entries, len(found.troubles)) == (0, len({n[:14] for n in files if "/" in n}))


def test_a_damaged_archive_is_named(
    here: Clerk, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, file = pack.read_bytes(), tmp_path / "坏.zip"
    middle = len(whole) // 2
    for bad in (whole[:middle], whole[:4], whole[:middle] + b"??" + whole[middle + 2 :]):
        file.write_bytes(bad)
        assert str(file) in checked(here, file, code=1).output
    monkeypatch.setattr(unpacking, "MAX_SIZE", 100_000)
    file.write_bytes(zipped({"README.txt": b"0" * 100_001}))  # packed it would be tiny
    assert here.refused("prove", "--check", file) in ("malformed", "file.too_big")


def test_in_a_folder_each_proof_finds_its_entry_and_rows_beside_it(
    here: Clerk, pack: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(tmp_path)
    proofs = sorted((tmp_path / "entries").glob("*.tlog-proof"))
    file = next(one for one in proofs if one.with_suffix(".items.jsonl").exists())
    assert "rows beside it are those of the entry" in checked(here, file).stdout
    shutil.copy(file.with_suffix(".items.jsonl"), tmp_path / "rows")
    here("prove", str(int(file.stem)), "-o", file)  # without the entry in it: that lies beside
    assert f"entry {int(file.stem)} is in the log" in checked(here, file).stdout
    items = file.with_suffix(".items.jsonl")
    items.write_bytes(items.read_bytes().replace(b'"', b"'", 1))
    assert str(items) in checked(here, file, code=1).stderr
    items.unlink()
    file.with_suffix(".txt").write_bytes(b"another")
    assert checked(here, file, code=1).stdout == ""


def test_a_pack_is_evidence_of_its_checkpoint(here: Clerk, pack: Path) -> None:
    assert here("audit", "--against", pack)["findings"] == []
