"""Backups: what is in them, what never is, and that only a backup is restored."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger import backup as backups
from ledger.audit import audit
from ledger.backup import backup, backup_vault, restore, restore_vault
from ledger.errors import LedgerError
from ledger.store.database import Store
from ledger.vault import Details, Vault
from tests.databases import World, ready
from tests.scene import ORIGIN, line

pytest_plugins = ["tests.databases"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "家 目录"
    (folder / "keys").mkdir(parents=True)
    (folder / "receipts").mkdir()
    (folder / "trust.json").write_text("{}", encoding="utf-8")
    (folder / "columns.toml").write_text('name = ["大名"]', encoding="utf-8")
    (folder / "association.toml").write_text('responsible = "张三"', encoding="utf-8")
    (folder / "keys" / "T01+r1.pem").write_text("secret", encoding="utf-8")
    (folder / "receipts" / "00000001.tlog-proof").write_text("proof", encoding="utf-8")
    (folder / "vault.db").write_text("people", encoding="utf-8")
    (folder / "vault.key").write_text("vault key", encoding="utf-8")
    (folder / "花名册.xlsx").write_text("roster", encoding="utf-8")
    return folder


@pytest.fixture
def world(url: str, tmp_path: Path) -> World:
    found = ready(url, tmp_path)
    found.pass_notice(found.attend(line("V1"), line("V2")))
    return found


def refused(act: Callable[[], None], code: str) -> None:
    with pytest.raises(LedgerError) as refusal:
        act()
    assert refusal.value.code == code
    assert refusal.value.en != refusal.value.zh


def test_what_was_backed_up_is_restored_and_audits_clean(
    world: World, home: Path, tmp_path: Path
) -> None:
    target, back = tmp_path / "备份.zip", tmp_path / "恢复"
    backup(world.db, home, target)
    restore(target, back)
    assert sorted(path.relative_to(back).as_posix() for path in back.rglob("*.*")) == [
        "association.toml", "columns.toml", "keys/T01+r1.pem", "ledger.db",
        "receipts/00000001.tlog-proof", "trust.json",
    ]  # fmt: skip
    for name in ("association.toml", "columns.toml", "keys/T01+r1.pem", "trust.json"):
        assert (back / name).read_bytes() == (home / name).read_bytes()
    store = Store.open(f"sqlite:///{back / 'ledger.db'}")
    with store.reading() as view:
        report = audit(view)
        assert report.findings == []
        assert report.size == world.db.size()


def test_the_vault_is_not_in_it(world: World, home: Path, tmp_path: Path) -> None:
    backup(world.db, home, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert not [name for name in archive.namelist() if "vault" in name or "xlsx" in name]
        assert archive.testzip() is None


@pytest.mark.skipif("sys.platform == 'win32'", reason="Windows keeps rights elsewhere")
def test_a_backup_is_for_its_owner_alone_from_the_first_byte(
    world: World, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[int] = set()
    add = backups._add

    def watched(archive: zipfile.ZipFile, path: Path, name: str) -> None:
        add(archive, path, name)
        seen.update(part.stat().st_mode & 0o777 for part in tmp_path.glob(".vledger-*/part"))

    monkeypatch.setattr(backups, "_add", watched)
    backup(world.db, home, tmp_path / "b.zip")
    assert seen == {0o600}
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600
    assert vaulted(tmp_path).stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif("sys.platform == 'win32'", reason="Windows keeps rights elsewhere")
def test_keys_are_restored_for_their_owner_alone(world: World, home: Path, tmp_path: Path) -> None:
    backup(world.db, home, tmp_path / "b.zip")
    restore(tmp_path / "b.zip", tmp_path / "back")
    assert (tmp_path / "back" / "keys" / "T01+r1.pem").stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_over(world: World, home: Path, tmp_path: Path) -> None:
    target = tmp_path / "b.zip"
    backup(world.db, home, target)
    before = target.read_bytes()
    refused(lambda: backup(world.db, home, target), "backup.exists")
    refused(lambda: restore(target, home), "folder.not_empty")
    assert target.read_bytes() == before
    (tmp_path / "empty").mkdir()
    restore(target, tmp_path / "empty")
    assert (tmp_path / "empty" / "ledger.db").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../evil", "/evil", "keys/../../evil", "keys/..", "a/b/c", "vault.db", "cli.py", "C:evil",
        "keys\\..\\evil", "keys/", "", "ledger.db-wal",
    ],
)  # fmt: skip
def test_a_member_that_does_not_belong_is_refused(tmp_path: Path, name: str) -> None:
    source = tmp_path / "b.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("ledger.db", b"")
        member = zipfile.ZipInfo("x")
        member.filename = name
        archive.writestr(member, b"evil")
    refused(lambda: restore(source, tmp_path / "back"), "malformed")
    assert not (tmp_path / "back").exists()
    assert not (tmp_path / "evil").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_twice_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("ledger.db", b"1")
        archive.writestr("ledger.db", b"2")
    refused(lambda: restore(tmp_path / "b.zip", tmp_path / "back"), "malformed")


def test_a_backup_without_a_ledger_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("trust.json", b"{}")
    refused(lambda: restore(tmp_path / "b.zip", tmp_path / "back"), "malformed")


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK\3\4" + bytes(100)])
def test_a_file_that_is_no_backup(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "b.zip").write_bytes(data)
    refused(lambda: restore(tmp_path / "b.zip", tmp_path / "back"), "malformed")


def test_a_damaged_backup_leaves_nothing_behind(file_url: str, home: Path, tmp_path: Path) -> None:
    source = tmp_path / "b.zip"
    backup(ready(file_url, tmp_path).db, home, source)
    data = bytearray(source.read_bytes())
    data[len(data) // 3] ^= 1
    source.write_bytes(data)
    refused(lambda: restore(source, tmp_path / "back"), "malformed")
    assert not (tmp_path / "back").exists()
    assert not list(tmp_path.glob(".vledger-*"))


def vaulted(tmp_path: Path, origin: str = ORIGIN) -> Path:
    """Return the backup of a vault of one person."""
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "vault.key").write_bytes(bytes(32))
    vault = Vault.create(f"sqlite:///{folder / 'vault.db'}", bytes(32), origin)
    vault.register([("V1", Details(name="张三"), {})])
    backup_vault(vault.store, folder / "vault.key", tmp_path / "vault.zip")
    refused(
        lambda: backup_vault(vault.store, folder / "vault.key", tmp_path / "vault.zip"),
        "backup.exists",
    )
    return tmp_path / "vault.zip"


def test_a_vault_has_a_backup_of_its_own(file_url: str, home: Path, tmp_path: Path) -> None:
    backup(ready(file_url, tmp_path).db, home, tmp_path / "b.zip")
    target, new = vaulted(tmp_path), tmp_path / "new"
    restore(tmp_path / "b.zip", new, target)
    key = (new / "vault.key").read_bytes()
    back = Vault.open(f"sqlite:///{new / 'vault.db'}", key, ORIGIN)
    assert back.details("V1") == Details(name="张三")
    refused(lambda: restore_vault(target, new), "backup.exists")


def test_the_vault_of_another_ledger_is_not_restored(
    file_url: str, home: Path, tmp_path: Path
) -> None:
    backup(ready(file_url, tmp_path).db, home, tmp_path / "b.zip")
    target = vaulted(tmp_path, "other.example.cn/ledger-1")
    refused(lambda: restore(tmp_path / "b.zip", tmp_path / "new", target), "vault.other")
    assert not (tmp_path / "new").exists()


def test_half_a_vault_is_not_restored(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "vault.zip", "w") as archive:
        archive.writestr("vault.db", b"")
    refused(lambda: restore_vault(tmp_path / "vault.zip", tmp_path / "new"), "malformed")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_vault_on_a_server_is_backed_up_by_the_server(postgres: str, tmp_path: Path) -> None:
    vault = Vault.create(postgres, bytes(32), ORIGIN)
    key, target = tmp_path / "vault.key", tmp_path / "b.zip"
    refused(lambda: backup_vault(vault.store, key, target), "backup.server")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    refused(lambda: restore(tmp_path / "no.zip", tmp_path / "back"), "backup.missing")


def test_a_folder_that_cannot_be_written(file_url: str, home: Path, tmp_path: Path) -> None:
    store = ready(file_url, tmp_path).db
    refused(lambda: backup(store, home, home / "trust.json" / "b.zip"), "folder.unwritable")
