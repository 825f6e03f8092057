"""What there is to verify: the files that a command line names, those in its folders and archives.

Nothing is read before its turn comes: a folder may hold more than the memory does. What cannot be
read is no forgery, and is told apart from one.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ledger.commands.world import World
from ledger.errors import LedgerError, Malformed, Unsafe

LARGEST = 64 * 1024 * 1024  # bytes of one file; ours have a hundredth of that
_LARGEST_ARCHIVE = 4 * 1024 * 1024 * 1024
_MOST = 100_000  # files in a folder or an archive
_KINDS = (".pdf", ".json")
_ARCHIVE = ".zip"
_UTF8 = 0x800  # the flag of a name in UTF-8 (APPNOTE, appendix D)
_DAMAGED = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Given:
    """A file to verify: its name, and that within what was named; how it is read, which may raise."""

    name: str
    short: str
    read: Callable[[], bytes]
    inside: bool = False  # of a folder or an archive


def gather(world: World, path: Path) -> Iterator[Given]:
    """Give the files that a path means: itself, those of a folder, those of an archive."""
    if path.is_dir():
        yield from _folder(world, path)
    elif path.suffix.lower() == _ARCHIVE and path.is_file():
        yield from _archive(world, path)
    else:
        yield Given(str(path), path.name, partial(_read, world, path))


def is_certificate(data: bytes) -> bool:
    """Tell whether bytes may be a certificate at all: trust file and status list lie beside some."""
    return not data.lstrip().startswith(b"{") or b"VerifiableCredential" in data


def _folder(world: World, path: Path) -> Iterator[Given]:
    kinds = (*_KINDS, _ARCHIVE)
    inside = sorted(one for one in path.rglob("*") if one.suffix.lower() in kinds)
    files = [one for one in inside if one.is_file()][:_MOST]
    if not files:
        yield Given(str(path), path.name, partial(_refuse, _none(path)))
    for one in files:
        read = partial(_read, world, one) if one.suffix.lower() in _KINDS else _unopened
        yield Given(str(one), str(one.relative_to(path)), read, inside=True)


def _archive(world: World, path: Path) -> Iterator[Given]:
    """Give the certificates in an archive; one that unfolds to fill the memory is read no further."""
    try:
        if path.stat().st_size > _LARGEST_ARCHIVE:
            yield Given(str(path), path.name, partial(_refuse, _bad(path)))
            return
        archive = world.opened[f"archive {path}"] = zipfile.ZipFile(path)
    except _DAMAGED:
        yield Given(str(path), path.name, partial(_refuse, _bad(path)))
        return
    inside = [
        one for one in archive.infolist() if one.filename.lower().endswith((*_KINDS, _ARCHIVE))
    ]
    if not inside:
        yield Given(str(path), path.name, partial(_refuse, _none(path)))
    for one in inside[:_MOST]:
        whole = one.filename.lower().endswith(_KINDS)
        read = partial(_member, path, archive, one) if whole else _unopened
        yield Given(f"{path}/{_name(one)}", _name(one), read, inside=True)


def _name(member: zipfile.ZipInfo) -> str:
    """Return a member's name: what does not say that it is UTF-8 mostly comes of a Chinese Windows."""
    if member.flag_bits & _UTF8:
        return member.filename
    raw = member.filename.encode("cp437", "replace")  # as which the library took it
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def _member(path: Path, archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(one) as member:
            data = member.read(LARGEST + 1)
    except _DAMAGED as error:
        raise _bad(path) from error
    if len(data) > LARGEST:
        raise _bad(path)
    return _whole(data)


def _read(world: World, file: Path) -> bytes:
    if file.exists() and not file.is_file():  # a pipe would be waited for without end
        raise Unsafe("file.kind", en=f"{file} is no file", zh=f"{file} 不是普通文件")
    return _whole(world.read(file, most=LARGEST))


def _whole(data: bytes) -> bytes:
    if not data:
        raise Malformed("the file is empty: fetch it again", "文件是空的，请重新取得")
    return data


def _unopened() -> bytes:
    raise Malformed(
        "an archive within what was named is not opened: unpack it, then verify its folder",
        "不打开其中的压缩包：请先解压，再查验所得的文件夹",
    )


def _refuse(error: LedgerError) -> bytes:
    raise error


def _none(path: Path) -> LedgerError:
    return Malformed(f"there is no certificate in {path}", f"{path} 中没有证明文件")


def _bad(path: Path) -> LedgerError:
    return Malformed(
        f"{path} is no archive that can be read, or holds what is too large",
        f"{path} 不是可以读取的压缩包，或其中的文件过大",
    )
