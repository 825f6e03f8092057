"""The guard: what this log last committed to, remembered outside the ledger's own folder.

    <sequence, 20 digits> <size, 20 digits> <base64 of the root> <first 16 hex digits of SHA-256>

Two such lines, 104 bytes each, are written in turn and in place: a write that is torn spoils one
line, and the other still holds. What counts is the valid line with the greater size. A ledger that
is behind its guard, or has another root there, is a restored backup or a second instance, and signs
nothing: otherwise two checkpoints of one log could contradict each other for ever.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Literal

from platformdirs import user_state_path

from ledger.durable import lock, sync_folder, unlock
from ledger.encoding import base64, unbase64
from ledger.errors import Malformed, Unsafe
from ledger.merkle import EMPTY_ROOT, Hash
from ledger.note import Verifier

_LINE = 104


@dataclass(frozen=True, slots=True)
class Slot:
    """What a log committed to, as one of the guard's two lines."""

    sequence: int
    size: int
    root: Hash

    def __bytes__(self) -> bytes:
        body = f"{self.sequence:020d} {self.size:020d} {base64(self.root)} "
        return f"{body}{sha256(body.encode()).hexdigest()[:16]}\n".encode()

    @classmethod
    def parse(cls, line: bytes) -> "Slot":
        """Read a line in its one form, or raise `Malformed`."""
        words = line.decode("ascii", "replace").split(" ")
        if len(words) == len(("sequence", "size", "root", "sum")):
            size, root = words[1], words[2]
            if words[0].isdigit() and size.isdigit():
                found = cls(int(words[0]), int(size), unbase64(root, 32))
                if bytes(found) == line:
                    return found
        raise Malformed("a line of the guard is torn", "守护文件的一行不完整")


_NOTHING = Slot(0, 0, EMPTY_ROOT)
_WAY_ON_EN = (
    "Sign on the computer whose guard is in place, with the newest copy of the ledger; here one can"
    " read and audit. If this copy is the newest there is, `vledger recover` is the way on, with the"
    " recovery key"
)
_WAY_ON_ZH = (
    "请在守护文件所在的电脑上、用最新的副本签署；本机可以查看和审计。"
    "如果这已是现存最新的副本，请持恢复密钥运行 `vledger recover`"
)


def default_path(log: Verifier) -> Path:
    """Return where a log's guard lies: in the user's state folder, by the hash of its first key.

    The guard is the log's, not the key's: who comes after the charter's key keeps the same one.
    """
    return user_state_path("volunteer-ledger") / f"guard-{sha256(log.key).hexdigest()[:32]}"


class Guard:
    """The guard file at a path. `held` locks it from before signing until what was signed is kept."""

    def __init__(self, path: Path, *, wait: float = 30.0) -> None:
        self._path = path
        self._wait = wait

    def create(self, slot: Slot = _NOTHING) -> None:
        """Begin the guard of a ledger, which holds nothing yet; one that exists is left as it is."""
        if self._path.exists():
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("xb") as file:
                file.write(bytes(slot) * 2)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._unwritable() from error
        sync_folder(self._path.parent)

    def read(self) -> Slot:
        """Return what the log last committed to; a guard that is missing is not replaced."""
        with self._opened("rb") as file:
            return self._newest(file)[0]

    @contextmanager
    def held(self, size: int, root_at: Callable[[int], Hash]) -> Iterator["Held"]:
        """Lock the guard, and hold a log of that size against it, or raise `Unsafe`."""
        with self._opened() as file, self._locked(file):
            last, place = self._newest(file)
            self.check(last, size, root_at)
            yield Held(self, file, last, 1 - place)

    @contextmanager
    def anew(self) -> Iterator["Held"]:
        """Lock the guard to begin it anew, whatever it remembers: for a recovery alone.

        Until `keep` it remembers what it did; where it is missing, one is made that can be read by
        nobody, so that a kill in between leaves no guard that would let an old copy sign.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
        except OSError as error:
            raise self._unwritable() from error
        with self._opened() as file, self._locked(file):
            yield Held(self, file, _NOTHING, None)

    def check(self, last: Slot, size: int, root_at: Callable[[int], Hash]) -> None:
        """Raise `Unsafe` where a log of that size does not go on from what the guard read `last`."""
        if last.size > size:
            raise Unsafe(
                "guard.ahead",
                en=f"this ledger has {size} entries, but the log has signed for {last.size} already"
                f" ({self._path}): it looks like a restored backup or a second instance. Nothing was"
                f" signed. {_WAY_ON_EN}",
                zh=f"本账本有 {size} 条，但日志已对 {last.size} 条签署过检查点（{self._path}）："
                f"这可能是恢复的旧备份或第二个实例。未作任何签署。{_WAY_ON_ZH}",
            )
        if root_at(last.size) != last.root:
            raise Unsafe(
                "guard.fork",
                en=f"the first {last.size} entries of this ledger are not those the log has signed"
                f" for ({self._path}): it looks like a restored backup or a second instance that"
                f" went on by itself. Nothing was signed. {_WAY_ON_EN}",
                zh=f"本账本前 {last.size} 条与日志已签署的内容不同（{self._path}）："
                "这可能是恢复的旧备份或另行写入的第二个实例。未作任何签署。"
                f"{_WAY_ON_ZH}",
            )

    def _newest(self, file: BinaryIO) -> tuple[Slot, int]:
        """Return the valid line with the greater size, and whether it is the first or second."""
        file.seek(0)
        data = file.read(2 * _LINE)
        found = []
        for place in (0, 1):
            try:
                slot = Slot.parse(data[place * _LINE : (place + 1) * _LINE])
            except Malformed:
                continue
            found.append((slot.size, slot.sequence, place, slot))
        if not found:
            raise Unsafe(
                "guard.damaged",
                en=f"the guard {self._path} cannot be read, and nothing was signed. {_WAY_ON_EN}",
                zh=f"守护文件 {self._path} 无法读取，未作任何签署。{_WAY_ON_ZH}",
            )
        _, _, place, slot = max(found)
        return slot, place

    @contextmanager
    def _opened(self, mode: Literal["rb", "r+b"] = "r+b") -> Iterator[BinaryIO]:
        try:
            file = self._path.open(mode, buffering=0)
        except FileNotFoundError as error:
            raise Unsafe(
                "guard.missing",
                en=f"the guard {self._path} is missing, so this could be a restored backup that signs a"
                f" fork. Nothing was signed. {_WAY_ON_EN}",
                zh=f"守护文件 {self._path} 不存在，无法排除这是恢复的旧备份。未作任何签署。{_WAY_ON_ZH}",
            ) from error
        except OSError as error:
            raise self._unwritable() from error
        with file:
            yield file

    @contextmanager
    def _locked(self, file: BinaryIO) -> Iterator[None]:
        if not lock(file, self._wait):
            raise Unsafe(
                "guard.busy",
                en=f"another program holds the guard {self._path}; wait, and send again",
                zh=f"另一程序正占用守护文件 {self._path}，请稍后重新提交",
            )
        try:
            yield
        finally:
            unlock(file)

    def _unwritable(self) -> Unsafe:
        return Unsafe(
            "guard.unwritable",
            en=f"the guard {self._path} cannot be written; check the folder's permissions and space",
            zh=f"守护文件 {self._path} 无法写入，请检查文件夹权限和磁盘空间",
        )


@dataclass(frozen=True, slots=True)
class Anew:
    """A guard as a recovery uses it, in the place of the guard that would refuse."""

    guard: Guard

    def create(self) -> None:
        """Do nothing: what is missing is made when it is locked."""

    @contextmanager
    def held(self, _size: int, _root_at: Callable[[int], Hash]) -> Iterator["Held"]:
        """Lock the guard to begin it anew."""
        with self.guard.anew() as held:
            yield held


@dataclass(frozen=True, slots=True)
class Held:
    """The guard while it is locked: nobody else signs for this log."""

    guard: Guard
    file: BinaryIO
    last: Slot
    place: int | None  # of the older line; none where both are begun anew

    def keep(self, size: int, root: Hash) -> None:
        """Remember a checkpoint that was committed, in place of the older line."""
        assert size >= self.last.size
        line = bytes(Slot(self.last.sequence + 1, size, root))
        try:
            self.file.seek((self.place or 0) * _LINE)
            self.file.write(line if self.place is not None else line * 2)
            os.fsync(self.file.fileno())
        except OSError as error:
            raise self.guard._unwritable() from error  # noqa: SLF001
