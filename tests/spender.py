"""A process of its own that says one thing to a ledger, when it is told to.

Two of them, told at once, want the same credits or the last of a good.
"""

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from ledger.log import Log, Receipt, Sent
from ledger.store.database import Store
from ledger.times import moment
from tests.databases import guard
from tests.scene import ORIGIN, signer

Answer = int | str  # the index of the entry, or the code of a refusal


@dataclass(frozen=True)
class Errand:
    """What is to be said, where and when."""

    url: str
    folder: Path
    now: str
    said: Sent


class Spender:
    """The process, seen from outside."""

    def __init__(self, errand: Errand) -> None:
        methods = multiprocessing.get_all_start_methods()
        found: Any = multiprocessing.get_context(
            "forkserver" if "forkserver" in methods else "spawn"
        )
        found.set_forkserver_preload(["tests.spender"])
        self.pipe, other = found.Pipe()
        self.process: BaseProcess = found.Process(target=_run, args=(errand, other), daemon=True)
        self.process.start()
        other.close()

    def hear(self) -> Answer:
        """Return the next thing that it says."""
        assert self.pipe.poll(60), "it says nothing"
        found: Answer = self.pipe.recv()
        return found


def at_once(errands: Sequence[Errand]) -> list[Answer]:
    """Let each errand be run by a process of its own, all of them told to go at one time."""
    spenders = [Spender(errand) for errand in errands]
    for one in spenders:
        assert one.hear() == "ready"
    for one in spenders:
        one.pipe.send("go")
    answers = [one.hear() for one in spenders]
    for one in spenders:
        one.process.join(60)
        assert one.process.exitcode == 0
        one.pipe.close()
    return answers


def _run(errand: Errand, pipe: Connection) -> None:
    """Open the ledger, say when that is done, and append when told."""
    log = Log(Store.open(errand.url), signer(ORIGIN), guard(errand.folder))
    pipe.send("ready")
    pipe.recv()
    (answer,) = log.append([errand.said], moment(errand.now))
    pipe.send(answer.index if isinstance(answer, Receipt) else answer.code)
    pipe.close()
