"""Publishing: a log as a folder of static files (c2sp.org/tlog-tiles) for any web server.

    DIR/tile/…            tiles and entry bundles, whole and on disk before anything names them
    DIR/checkpoint        replaced last: whoever reads it finds every file it needs
    DIR/.vledger/         the lock, and what is being written: nothing for readers

Tiles never change, so a run that was killed is finished by the next, and what is there already must be
what we would write. Partial tiles stay until the run after the one that published the full tile: who
just read an older checkpoint still finds them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ledger import checkpoint, merkle, tiles
from ledger.checkpoint import Checkpoint
from ledger.errors import Malformed, Unsafe, Unverified
from ledger.merkle import Hash
from ledger.note import Verifier
from ledger.published import Published
from ledger.staticfiles import StaticFiles, read
from ledger.tiles import ENTRIES, Tile
from ledger.trust import Trust

CHECKPOINT = "checkpoint"
MAX_NOTE = 1 << 20  # bytes; a checkpoint with a hundred large signatures takes less
_SIBLINGS = 1000  # tiles that lie in one folder
Watched = Callable[[Iterable[Tile], int], Iterable[Tile]]


class Source(Protocol):
    """The log that is published: a view of the ledger."""

    def entry_bytes(self, start: int, stop: int) -> list[bytes]:
        """Return the entries from start to stop."""

    def hashes(self, level: int, start: int, stop: int) -> list[Hash]:
        """Return the complete nodes of a level from start to stop."""


@dataclass(frozen=True, slots=True)
class Head:
    """The checkpoint to be published: its note, and the keys that the log speaks or spoke by."""

    note: bytes
    keys: Sequence[Verifier]


@dataclass(frozen=True, slots=True)
class Done:
    """What publishing changed; `before` is the size that readers were given until then."""

    size: int
    before: int
    written: int
    removed: int


def publish(
    folder: Path,
    source: Source,
    head: Head,
    *,
    every: bool = False,
    watched: Watched = lambda steps, _: steps,
) -> Done:
    """Bring a folder up to a checkpoint, or raise `Unsafe` naming the file that stands in the way.

    Written are the files that are new since the checkpoint that lies there; with `every`, all are
    compared, and those that are missing are written again. `watched` shows how far it is.
    """
    with StaticFiles.held(folder) as files, _undamaged():
        ours = _ours(head, source)
        size = ours.checkpoint.size
        before = _before(folder / CHECKPOINT, head, ours)
        wanted = list(tiles.tiles(size, 0 if every else before))
        for tile in watched(wanted, len(wanted)):
            files.keep(tile.path, ours.data(tile))
        files.settle()
        # From here on every file that the new checkpoint needs is on disk.
        files.replace(CHECKPOINT, head.note)
        files.settle()
        return Done(size, before, files.written, _remove_superseded(files, before))


def open_folder(folder: Path, trust: Trust) -> Published:
    """Read a published folder as a stranger does; its checkpoint must be a trusted log's.

    `.checkpoint` is what it commits to, `.entries()` gives the bytes of every entry, each held
    against it. Raises `Unsafe` where a file is missing, `Malformed` or `Unverified` naming the file
    where one is not what the checkpoint fixes.
    """
    found, _ = trust.check(read(folder / CHECKPOINT, MAX_NOTE))
    return Published(found, lambda tile: read(folder / tile.path, tile.most))


def _ours(head: Head, source: Source) -> Published:
    """Return our own log as a reader would see it, so that nothing damaged is ever published."""

    def made(tile: Tile) -> bytes:
        start, stop = tile.start, tile.start + tile.width
        if tile.level == ENTRIES:
            return tiles.bundle(source.entry_bytes(start, stop))
        return b"".join(source.hashes(tile.level * tiles.HEIGHT, start, stop))

    return Published(checkpoint.read(head.note, head.keys)[0], made)


@contextmanager
def _undamaged() -> Iterator[None]:
    """Raise `Unsafe` where our own log does not hold together."""
    try:
        yield
    except (Malformed, Unverified) as error:
        raise Unsafe(
            "log.damaged",
            en=f"the log is damaged: {error.en}. No checkpoint was published. Run `vledger audit`, and"
            " restore the newest backup",
            zh=f"日志已损坏：{error.zh}。未发布检查点。请运行 `vledger audit`，并恢复最新的备份",
        ) from error


def _before(file: Path, head: Head, ours: Published) -> int:
    """Return the size published so far, 0 if none; raise unless it is an earlier state of ours."""
    if not file.exists():
        return 0
    try:
        there: Checkpoint = checkpoint.read(read(file, MAX_NOTE), head.keys)[0]
    except (Malformed, Unverified) as error:
        raise Unsafe(
            "publish.other",
            en=f"{file} is not a checkpoint of this log ({error.en}); publish into a folder of its own",
            zh=f"{file} 不是本账本的检查点（{error.zh}）；请换一个专用的文件夹",
        ) from error
    size = ours.checkpoint.size
    if there.size > size:
        raise Unsafe(
            "publish.ahead",
            en=f"{file} commits to {there.size} entries, and this ledger has {size}: it looks like an"
            " older copy; publish from the newest one",
            zh=f"{file} 已发布 {there.size} 条，而本账本只有 {size} 条：这可能是较旧的副本，请用最新的发布",
        )
    if merkle.range_root(0, there.size, ours.node) != there.root:
        raise Unsafe(
            "publish.fork",
            en=f"{file} commits to other entries than the first {there.size} of this ledger; keep the"
            " file, it is evidence, and run `vledger audit`",
            zh=f"{file} 所承诺的前 {there.size} 条与本账本不同；该文件是证据，请保留并运行 `vledger audit`",
        )
    return there.size


def _remove_superseded(files: StaticFiles, before: int) -> int:
    """Delete the partial tiles whose full tile was published by an earlier run; return how many.

    Looked for beside the newest full tiles and the thousand before them: what is older was found by
    earlier runs, and what was not does no harm.
    """
    removed, level = 0, ENTRIES
    while full := tiles.count(before, level) // tiles.WIDTH:
        for index in {full - 1, max(full - 1 - _SIBLINGS, 0)}:
            for name in files.inside(Tile(level, index).path, "[0-9][0-9][0-9].p"):
                if _is_partial(name, level, full):
                    files.remove(name)
                    removed += 1
        level += 1
    return removed


def _is_partial(name: str, level: int, full: int) -> bool:
    """Tell whether a name is that of a partial tile among the first `full` of a level."""
    try:
        found = Tile.parse(name)
    except Malformed:
        return False  # something that others put there
    return found.level == level and found.index < full
