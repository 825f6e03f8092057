"""What a witness remembers: of each log the last checkpoint that it cosigned, in a file of its own.

    <hex SHA-256 of the origin>/checkpoint      the note, with the log's lines and ours; empty at first
    <hex SHA-256 of the origin>/lock            held while a question is judged and remembered
    <hex SHA-256 of the origin>/fork-<size>.txt two notes of the log that cannot both be true

The layout is that of the specification's monitoring prefix, so a static web server may serve it. A log
that is listed and has no file was forgotten, and a witness that forgets can be made to sign a fork.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock

from ledger import durable
from ledger.errors import Unsafe, in_chinese

_WAIT = 20.0  # seconds that one question waits for another about the same log

_NOTHING = b"nothing was cosigned yet\n"  # in the place of a log that is new here


@dataclass(frozen=True, slots=True)
class Held:
    """The place of one log while it is locked: nobody else judges or remembers."""

    file: Path
    note: bytes  # the last one, empty if there is none

    def keep(self, note: bytes) -> None:
        """Remember a checkpoint, so that it is on the disk before this returns."""
        part = self.file.with_name("checkpoint.part")
        try:
            with part.open("wb") as out:
                out.write(note)
                out.flush()
                os.fsync(out.fileno())
            part.replace(self.file)
            durable.sync_folder(self.file.parent)
        except OSError as error:
            raise _unwritable(self.file, error) from error

    def accuse(self, note: bytes) -> None:
        """Keep a note that cannot be true beside the last one: the pair is proof of a fork."""
        size = int(self.note.split(b"\n")[1])
        evidence = self.file.with_name(f"fork-{size}.txt")
        if not evidence.exists():
            try:
                evidence.write_bytes(self.note + b"\n" + note)
            except OSError as error:
                raise _unwritable(evidence, error) from error


class State:
    """The last checkpoints of all logs that a witness knows."""

    def __init__(self, folder: Path, *, wait: float = _WAIT) -> None:
        self._folder = folder
        self._wait = wait
        self._queues: dict[str, Lock] = {}

    def begin(self, origin: str) -> None:
        """Make a place for a log; one that is there is left as it is."""
        file = self._file(origin)
        if file.exists():
            return
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.with_name("lock").touch()
            file.write_bytes(_NOTHING)
            durable.sync_folder(file.parent)
            durable.sync_folder(self._folder)
        except OSError as error:
            raise _unwritable(file, error) from error

    def last(self, origin: str) -> bytes:
        """Return the note of the last checkpoint that was cosigned, empty if there is none."""
        return self.published(_name(origin)) or b""

    def published(self, name: str) -> bytes | None:
        """Return what the monitoring prefix shows under the hash of an origin."""
        if not (name.isascii() and name.isalnum()):
            return None
        try:
            file = self._folder / name / "checkpoint"
            found = file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unwritable(self._folder / name, error) from error
        if not found:  # emptied: what never cosigned anything says so
            raise _forgotten(file)
        return b"" if found == _NOTHING else found

    @contextmanager
    def held(self, origin: str) -> Iterator[Held]:
        """Lock the place of a log: among the threads of this process, and among processes."""
        file = self._file(origin)
        with self._queues.setdefault(origin, Lock()):
            try:
                lock = file.with_name("lock").open("r+b")
            except OSError as error:
                raise _forgotten(file) from error
            with lock:
                if not durable.lock(lock, self._wait):
                    raise Unsafe(
                        "witness.busy",
                        en=f"another program holds {file.parent}; try again",
                        zh=f"另一程序正占用 {file.parent}，请稍后再试",
                    )
                try:
                    note = self.published(file.parent.name)
                    if note is None:
                        raise _forgotten(file)
                    yield Held(file, note)
                finally:
                    durable.unlock(lock)

    def _file(self, origin: str) -> Path:
        return self._folder / _name(origin) / "checkpoint"


def _name(origin: str) -> str:
    return sha256(origin.encode()).hexdigest()


def _forgotten(file: Path) -> Unsafe:
    return Unsafe(
        "witness.state",
        en=f"{file} is missing or empty: a witness that has forgotten what it cosigned could sign a fork. Put the"
        " newest state back; if it is lost, retire this witness's key and make a new one",
        zh=f"缺少 {file}，或其中是空的：忘记了自己会签过什么的见证人可能会签分叉。请放回最新的状态文件；"
        "如已丢失，请停用本见证人的密钥，另立新的见证人",
    )


def _unwritable(file: Path, error: OSError) -> Unsafe:
    return Unsafe(
        "witness.disk",
        en=f"{file} cannot be read or written: {error.strerror}; nothing was cosigned",
        zh=f"{file} 无法读写：{in_chinese(error)}；未作会签",
    )
