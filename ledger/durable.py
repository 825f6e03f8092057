"""Durable: what a file system is to keep, and a lock that ends with the program that holds it."""

import os
import sys
import time
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_LOCK_AT = (
    4096  # beyond what is written: a lock of Windows keeps others from reading what it covers
)
_PAUSE = 0.005  # seconds between two tries for the lock


def sync_folder(folder: Path) -> None:
    """Make the new name last. Windows keeps names without being asked, and refuses the question."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lock(file: BinaryIO, wait: float = 0.0) -> bool:
    """Lock an open file, so that nobody else holds it until `unlock`; tell whether it came to that.

    Two openings of one file are two holders, in one process too. `wait` is in seconds.
    """
    deadline = time.monotonic() + wait
    while not _lock(file):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_PAUSE)
    return True


def unlock(file: BinaryIO) -> None:
    """Let go of a file's lock."""
    if sys.platform == "win32":
        file.seek(_LOCK_AT)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_UN)


def _lock(file: BinaryIO) -> bool:
    try:
        if sys.platform == "win32":
            file.seek(_LOCK_AT)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
