"""Files that people name: read whole, written whole or not at all, and said by name where they cannot be."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ledger.errors import LedgerError, Unsafe, in_chinese


def read_file(file: Path, *, most: int = -1) -> bytes:
    """Return the bytes of a file, or raise `Unsafe` naming it; above `most` bytes it is refused."""
    data = read_start(file, most + 1 if most >= 0 else -1)
    if 0 <= most < len(data):
        raise Unsafe(
            "file.too_big",
            en=f"{file} has more than {most // 2**20} MiB; this is another kind of file",
            zh=f"{file} 超过 {most // 2**20} MiB，不是这类文件",
        )
    return data


def read_start(file: Path, size: int) -> bytes:
    """Return the first bytes of a file, or raise `Unsafe` naming it."""
    try:
        with file.open("rb") as opened:
            return opened.read(size)
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: OSError) -> Unsafe:
    return Unsafe(
        "file.unreadable",
        en=f"{file} cannot be read: {error.strerror}",
        zh=f"无法读取 {file}：{in_chinese(error)}",
    )


def open_file(file: Path) -> BinaryIO:
    """Open a file to be read piece by piece, or raise `Unsafe` naming it."""
    try:
        return file.open("rb")
    except OSError as error:
        raise _unreadable(file, error) from error


@contextmanager
def named(file: Path) -> Iterator[None]:
    """Name the file that a trouble with its content is about: whoever reads bytes does not know it."""
    try:
        yield
    except Unsafe:
        raise  # the world around the ledger is named already
    except LedgerError as error:
        error.en, error.zh = f"{file}: {error.en}", f"{file}：{error.zh}"
        raise


def check_is_file(file: Path) -> None:
    """Raise `Unsafe` for what can be no file's name."""
    if file.name in ("", ".."):
        raise Unsafe(
            "file.name",
            en=f"{str(file)!r} names no file: give the name of the file that is to be written",
            zh=f"“{file}”不是文件名：请写出要写入的文件的名字",
        )


def check_free(file: Path) -> None:
    """Raise `Unsafe` for a file that is there already, where what is in it may not be had again."""
    if file.exists():
        raise Unsafe(
            "file.exists",
            en=f"{file} exists already; name another file or folder with -o",
            zh=f"{file} 已存在；请用 -o 另起名字",
        )


def check_writable(file: Path) -> None:
    """Raise `Unsafe` naming a file that could not be written."""
    check_is_file(file)
    if file.is_dir():
        raise Unsafe(
            "file.folder",
            en=f"{file} is a folder: give the name of a file in it",
            zh=f"{file} 是文件夹：请写出其中文件的名字",
        )
    part = file.with_name(f"{file.name}.part")
    write_file(part, b"")
    part.unlink()


def write_file(file: Path, data: bytes) -> None:
    """Write a file whole or not at all, or raise `Unsafe` naming it."""
    write_parts(file, [data])


def write_parts(file: Path, parts: Iterable[bytes]) -> None:
    """Write the parts of a file as they come, whole or not at all, or raise `Unsafe` naming it."""
    check_is_file(file)
    part = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as out:
                out.writelines(parts)
            part.replace(file)
        finally:  # what is not whole is of no use to anybody
            part.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(file: Path, error: OSError) -> Unsafe:
    return Unsafe(
        "file.unwritable",
        en=f"{file} cannot be written: {error.strerror}",
        zh=f"无法写入 {file}：{in_chinese(error)}",
    )


def check_new(secret: Path) -> None:
    """Raise `Unsafe` where a secret of that name lies already."""
    if secret.exists():
        raise _key_exists(secret)


def _key_exists(file: Path) -> Unsafe:
    return Unsafe(
        "key.exists",
        en=f"{file} exists already, and a secret is never written over: choose another name, or put that"
        " file and what lies beside it away first",
        zh=f"{file} 已存在，密钥和口令从不覆盖：请另取名称，或先把该文件及其旁边的文件移到别处",
    )


def write_secret(file: Path, data: bytes) -> None:
    """Write a new file that only its owner may read; refuses to write over another."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
    except FileExistsError as error:
        raise _key_exists(file) from error
    except OSError as error:
        raise _unwritable(file, error) from error
