"""Static files: a folder that strangers read while we write to it.

A file is written in a folder of our own beside the others, synced, and only then put in its place:
readers find it whole or not at all, and what a killed run leaves behind is in nobody's way.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Self

from ledger.durable import lock, sync_folder, unlock
from ledger.errors import Unsafe, in_chinese

_OWN, _PART = ".vledger", "part"
_TOGETHER, _SYNCING = 64, 8  # files that are synced together, and how many at once


class StaticFiles:
    """A folder while one program, and no other, writes to it."""

    def __init__(self, folder: Path) -> None:
        self.written = 0
        self._folder = folder
        self._touched: set[Path] = set()
        self._waiting: list[tuple[BinaryIO, Path]] = []  # written, not yet on disk

    @classmethod
    @contextmanager
    def held(cls, folder: Path) -> Iterator[Self]:
        """Give the folder, made if need be and locked; raises `Unsafe` where that cannot be."""
        own = folder / _OWN
        with _told(folder):
            if not folder.exists():
                folder.mkdir(parents=True)
                sync_folder(folder.parent)
            own.mkdir(mode=0o700, exist_ok=True)
            with (own / "lock").open("ab") as file:
                if not lock(file):
                    raise _busy(folder)
                for left in own.glob(f"{_PART}*"):  # by a run that was killed
                    left.unlink()
                found = cls(folder)
                try:
                    yield found
                finally:
                    found._let_go()
                    unlock(file)

    def keep(self, name: str, data: bytes) -> None:
        """Write a file that never changes; one that is there must hold the same."""
        file = self._folder / name
        if not file.exists():
            self._write(file, data)
        elif file.read_bytes() != data:
            raise Unsafe(
                "publish.differs",
                en=f"{file} is not what this log has there: somebody changed it. Keep it, it is evidence;"
                " put the right file back, or publish into a new folder",
                zh=f"{file} 与本账本不同：有人改动过。请另行保存作为证据；放回正确的文件，或发布到新的文件夹",
            )

    def replace(self, name: str, data: bytes) -> None:
        """Write a file in place of what is there."""
        file = self._folder / name
        if not file.exists() or file.read_bytes() != data:
            self._write(file, data)

    def settle(self) -> None:
        """Put all that was written in its place, and return when it will last."""
        self._move()
        for folder in self._touched:
            sync_folder(folder)
        self._touched.clear()

    def inside(self, name: str, pattern: str) -> Iterator[str]:
        """Iterate over the files of the folders that lie beside a name and look like the pattern."""
        for place in (self._folder / name).parent.glob(pattern):
            yield from [file.relative_to(self._folder).as_posix() for file in place.iterdir()]

    def remove(self, name: str) -> None:
        """Delete a file, and its folder if that is empty now."""
        file = self._folder / name
        file.unlink()
        with suppress(OSError):
            file.parent.rmdir()

    def _write(self, file: Path, data: bytes) -> None:
        part = self._folder / _OWN / f"{_PART}{len(self._waiting)}"
        out = part.open("wb")
        self._waiting.append((out, file))
        out.write(data)
        out.flush()
        self.written += 1
        if len(self._waiting) == _TOGETHER:
            self._move()

    def _move(self) -> None:
        """Rename what waits, once it is on disk: many files sync in little more time than one."""
        with ThreadPoolExecutor(_SYNCING) as pool:
            list(pool.map(os.fsync, [out.fileno() for out, _ in self._waiting]))
        for out, file in self._waiting:
            out.close()
            if file.parent not in self._touched:
                file.parent.mkdir(parents=True, exist_ok=True)
                self._touched.update(p for p in file.parents if p.is_relative_to(self._folder))
            Path(out.name).replace(file)
        self._waiting.clear()

    def _let_go(self) -> None:
        """Close what waits; after an error it is never put in its place."""
        for out, _ in self._waiting:
            out.close()


def read(file: Path, most: int) -> bytes:
    """Return the bytes of a file, one more than `most` where it has more, or raise `Unsafe`."""
    try:
        with file.open("rb") as opened:
            return opened.read(most + 1)
    except OSError as error:
        raise Unsafe(
            "file.unreadable",
            en=f"{file} cannot be read: {error.strerror}",
            zh=f"无法读取 {file}：{in_chinese(error)}",
        ) from error


def _busy(folder: Path) -> Unsafe:
    return Unsafe(
        "publish.busy",
        en=f"another program is publishing to {folder}; wait until it is done",
        zh=f"另一程序正在向 {folder} 发布，请等它完成",
    )


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Turn what the disk says into a sentence."""
    try:
        yield
    except OSError as error:
        place = error.filename or folder
        raise Unsafe(
            "publish.unwritable",
            en=f"{place} cannot be written: {error.strerror}; check permissions and space, and run again",
            zh=f"无法写入 {place}：{in_chinese(error)}；请检查权限和磁盘空间后重新运行",
        ) from error
