"""Folders made whole or not at all: built beside their place, and renamed at the end.

What a kill leaves beside it is hidden, is used by nobody, and goes when the next one is a day younger.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ledger.errors import Unsafe, in_chinese

_PREFIX = ".vledger-"
_STALE = 24 * 3600  # seconds; no backup takes as long


@contextmanager
def made_whole(folder: Path) -> Iterator[Path]:
    """Give a folder that becomes `folder` when all went well; nothing may be in its place."""
    folder = folder.absolute()
    with scratch(folder.parent) as beside:
        check_free(folder)
        part = beside / "part"
        part.mkdir()
        yield part
        if folder.exists():
            folder.rmdir()
        part.replace(folder)


def check_free(folder: Path) -> None:
    """Raise `Unsafe` where there is something in a folder's place already."""
    if folder.exists() and any(folder.iterdir()):
        raise Unsafe(
            "folder.not_empty",
            en=f"{folder} is not empty; name a new or empty folder with --home",
            zh=f"{folder} 不是空文件夹，请用 --home 另选一个新的或空的文件夹",
        )


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """Give a folder on the target's own disk, so that the last step is a rename."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent) as folder:
            _sweep(Path(folder))
            yield Path(folder)
    except OSError as error:
        raise Unsafe(
            "folder.unwritable",
            en=f"{parent} cannot be written: {error.strerror}; check permissions and space",
            zh=f"无法写入 {parent}：{in_chinese(error)}；请检查权限和磁盘空间",
        ) from error


def _sweep(own: Path) -> None:
    """Delete what was left by those who were killed, by the disk's own clock."""
    now = own.stat().st_mtime
    for other in own.parent.glob(f"{_PREFIX}*"):
        with suppress(FileNotFoundError):
            if now - other.stat().st_mtime > _STALE:
                shutil.rmtree(other, ignore_errors=True)
