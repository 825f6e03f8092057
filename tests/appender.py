"""A process of its own that appends to a ledger, to be killed by tests.

It tells of each receipt it got. At the stage asked for, of its third append, it says so and waits:
`begun` to `written` lie between begin and commit, `committed` before the guard is written, `kept`
before the answer leaves.
"""

import multiprocessing
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from ledger.guard import Held
from ledger.log import Log, Receipt
from ledger.store.database import Store
from ledger.store.writing import Writer
from ledger.times import moment
from tests.databases import guard, sent
from tests.scene import ORIGIN, Scene, signer, volunteer

NOW = "2026-03-03T13:00:00+08:00"
# Stage: which method, and whether it is stopped before it or after it.
STAGES: dict[str, tuple[type, str, bool]] = {
    "begun": (Writer, "entries", True),
    "entries": (Writer, "entries", False),
    "nodes": (Writer, "nodes", False),
    "written": (Writer, "checkpoint", False),
    "committed": (Writer, "commit", False),
    "kept": (Held, "keep", False),
}
BEFORE_COMMIT = ("begun", "entries", "nodes", "written")
_THIRD = 3


Told = tuple[int, str]  # the index of an entry, and the volunteer in it


@dataclass(frozen=True)
class Task:
    """What to append, where, and at which stage to wait for the end."""

    url: str
    folder: Path
    seed: int
    count: int = 10**6
    stage: str = ""


class Appender:
    """The process, seen from outside."""

    def __init__(self, task: Task) -> None:
        methods = multiprocessing.get_all_start_methods()
        # A server that has imported everything forks in no time; Windows starts Python anew.
        found: Any = multiprocessing.get_context(
            "forkserver" if "forkserver" in methods else "spawn"
        )
        found.set_forkserver_preload(["tests.appender"])
        self._inbox, outbox = found.Pipe(duplex=False)
        self.process: BaseProcess = found.Process(target=_run, args=(task, outbox), daemon=True)
        self.process.start()
        outbox.close()

    def hear(self) -> Told | str:
        """Return the next thing that it says."""
        assert self._inbox.poll(60), "it says nothing"
        found: Told | str = self._inbox.recv()
        return found

    def rest(self) -> list[Told]:
        """Return all receipts that it still tells of, until it ends."""
        found: list[Told] = []
        with self._inbox, suppress(EOFError, OSError):
            while True:
                said = self.hear()
                assert isinstance(said, tuple)
                found.append(said)
        self.process.join(60)
        return found


def _run(task: Task, out: Connection) -> None:
    """Append statements one by one, and tell of each."""
    if task.stage:
        pause(task.stage, out)
    log = Log(Store.open(task.url), signer(ORIGIN), guard(task.folder))
    scene = Scene(now=NOW, made=task.seed * 100_000)
    for n in range(task.count):
        row = volunteer(f"N{task.seed}x{n}")
        one = sent(*scene.write("volunteers", row, by="T01/r1", org="T01"))
        (answer,) = log.append([one], moment(NOW))
        assert isinstance(answer, Receipt), answer
        out.send((answer.index, row["number"]))


def pause(stage: str, out: Connection) -> None:
    """Stop at a stage of the third append, for ever."""
    owner, name, before = STAGES[stage]
    run: Callable[..., Any] = getattr(owner, name)
    calls = [0]

    def stopped(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        result = None if before and calls[0] == _THIRD else run(*args, **kwargs)
        if calls[0] == _THIRD:
            out.send(stage)
            time.sleep(600)
        return result

    setattr(owner, name, stopped)
