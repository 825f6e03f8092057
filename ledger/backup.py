"""Backups: the home folder in one ZIP file, and back again. The caller audits what was restored.

    ledger.db  trust.json  association.toml  columns.toml  keys/…  receipts/…

The ledger is copied while it is in use, as a SQLite file whatever database it is in. The vault is
not in it: personal data is not to travel with the ledger, and what was erased is not to come back.
"""

import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath

from ledger.errors import Malformed, Unsafe
from ledger.folders import made_whole, scratch
from ledger.store.database import Store
from ledger.store.engine import file_url
from ledger.store.private import PrivateStore
from ledger.vault import Vault

LEDGER, VAULT, VAULT_KEY = "ledger.db", "vault.db", "vault.key"
_FILES = ("trust.json", "association.toml", "columns.toml", "witnesses.json")
_FOLDERS = ("keys", "receipts")
_SECRET = ("keys", VAULT_KEY, VAULT)
_TIME = (1980, 1, 1, 0, 0, 0)  # no clock here: a member says nothing of when
_MOST = 1 << 40  # bytes a backup may unpack to
_PIECE = 1 << 20


def backup(store: Store, home: Path, target: Path) -> None:
    """Write the backup of a home folder to a new file, whole or not at all."""
    if target.exists():
        raise _exists(target)
    with scratch(target.parent) as folder:
        copy, part = folder / LEDGER, folder / "part"
        store.copy(copy)
        with _new_archive(part) as archive:
            _add(archive, copy, LEDGER)
            for path in _members(home):
                _add(archive, path, path.relative_to(home).as_posix())
        _sync(part)
        part.replace(target)


def restore(source: Path, home: Path, vault: Path | None = None) -> None:
    """Unpack a backup into a folder that holds no ledger; nothing else than a backup holds.

    With it the vault's backup, which must be of the same ledger; all of it or nothing.
    """
    with made_whole(home) as part:
        with _opened(source) as archive:
            for member in _checked(archive.infolist()):
                _extract(archive, member, part)
        if vault:
            restore_vault(vault, part)


def backup_vault(store: PrivateStore, key: Path, target: Path) -> None:
    """Write the vault and its key to a file of their own: who has it can read every name."""
    if target.exists():
        raise _exists(target)
    if not store.is_file:
        raise Unsafe(
            "backup.server",
            en="the vault lies in a PostgreSQL server: back it up with the server's own tools",
            zh="个人信息库在 PostgreSQL 服务器中，请用服务器自带的工具备份",
        )
    with scratch(target.parent) as folder:
        copy, part = folder / VAULT, folder / "part"
        store.copy(copy)
        with _new_archive(part) as archive:
            _add(archive, copy, VAULT)
            _add(archive, key, VAULT_KEY)
        _sync(part)
        part.replace(target)


def restore_vault(source: Path, home: Path) -> None:
    """Unpack a vault's backup into a home folder that has none; it must be of the ledger there."""
    if (home / VAULT).exists() or (home / VAULT_KEY).exists():
        raise _exists(home / VAULT)
    with scratch(home) as folder:
        with _opened(source) as archive:
            for name in (VAULT, VAULT_KEY):
                _extract(archive, archive.getinfo(name), folder)
        with closing(Store.open(file_url(home / LEDGER))) as store:
            origin = store.origin()
        Vault.open(file_url(folder / VAULT), (folder / VAULT_KEY).read_bytes(), origin).close()
        for name in (VAULT, VAULT_KEY):  # the key last: with it the vault is there
            (folder / name).replace(home / name)


@contextmanager
def _new_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Begin a backup that only its owner may read: it holds keys, and passphrases beside them."""
    with (
        os.fdopen(os.open(path, _NEW, 0o600), "wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive,
    ):
        yield archive


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    """Open a backup to be unpacked; what is wrong with it is told in a sentence."""
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    except FileNotFoundError as error:
        raise Unsafe(
            "backup.missing", en=f"there is no file {source}", zh=f"没有文件 {source}"
        ) from error
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise Malformed(
            f"{source} is damaged or not a backup of ours; use another backup",
            f"{source} 已损坏或不是本程序的备份，请使用其他备份",
        ) from error


def _members(home: Path) -> Iterator[Path]:
    """Find what belongs into a backup, in an order that does not depend on the disk."""
    yield from (home / name for name in _FILES if (home / name).is_file())
    for name in _FOLDERS:
        yield from sorted(path for path in (home / name).glob("*") if path.is_file())


def _checked(members: Iterable[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """Refuse a member outside the list, twice in it, or larger than any ledger."""
    found = list(members)
    names = [member.filename for member in found]
    if LEDGER not in names or len(set(names)) != len(names) or not all(map(_expected, names)):
        odd = next((name for name in names if not _expected(name)), "")
        raise Malformed(
            f"this is not a backup of ours: {odd!r} does not belong into one",
            f"这不是本程序的备份：其中的 {odd!r} 不应存在",
        )
    if sum(member.file_size for member in found) > _MOST:
        raise Malformed("this backup unpacks to more than 1 TiB", "该备份解压后超过 1 TiB")
    return found


def _expected(name: str) -> bool:
    parts = PurePosixPath(name).parts
    plain = "\\" not in name and ":" not in name and "/".join(parts) == name
    match parts:
        case (single,):
            return plain and single in (LEDGER, *_FILES)
        case (folder, single):
            return plain and folder in _FOLDERS and single not in ("..", ".")
        case _:
            return False


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    member = zipfile.ZipInfo(name, _TIME)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = (0o600 if name.startswith(_SECRET) else 0o644) << 16
    with path.open("rb") as source, archive.open(member, "w", force_zip64=True) as out:
        while piece := source.read(_PIECE):
            out.write(piece)


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    """Write one member, no further than it says it goes; ZIP's own checksum is held against it."""
    target = folder / member.filename
    target.parent.mkdir(exist_ok=True)
    secret = member.filename.startswith(_SECRET)
    handle = os.open(target, _NEW, 0o600 if secret else 0o644)
    left = member.file_size
    with archive.open(member) as source, os.fdopen(handle, "wb") as out:
        while left and (piece := source.read(min(_PIECE, left))):
            left -= len(piece)
            out.write(piece)
        if left or source.read(1):
            raise EOFError


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def _sync(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _exists(path: Path) -> Unsafe:
    return Unsafe(
        "backup.exists",
        en=f"{path} is there already and is not written over; name another",
        zh=f"{path} 已存在，不会覆盖，请另选",
    )
