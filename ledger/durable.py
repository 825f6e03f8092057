"""Durable: what a file system is to keep, and a lock that ends with the program that holds it."""

import os
import sys
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_LOCK_AT = (
    4096  # beyond what is written: a lock of Windows keeps others from reading what it covers
)


def sync_folder(folder: Path) -> None:
    """Make the new name last. Windows keeps names without being asked, and refuses the question."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lock(file: BinaryIO) -> bool:
    """Lock an open file, and tell whether nobody else holds it."""
    try:
        if sys.platform == "win32":
            file.seek(_LOCK_AT)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def unlock(file: BinaryIO) -> None:
    """Let go of a file's lock."""
    if sys.platform == "win32":
        file.seek(_LOCK_AT)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_UN)
