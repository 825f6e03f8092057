"""A second person at a keyboard: a command in a process of its own, stopped where a test wants it.

At the stage asked for it says so and waits to be told to go on, or to be killed. `judged` lies
before the log is locked, `kept` between the vault and the log, `logged` after the log's commit.
"""

import json
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from ledger.log import Log
from ledger.store.writing import Writer
from ledger.vault import Vault
from tests.clerk import run

# Stage: which method, and whether it is stopped before it or after it.
STAGES: dict[str, tuple[type, str, bool]] = {
    "judged": (Log, "append", True),
    "kept": (Vault, "register", False),
    "logged": (Writer, "commit", False),
}


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    value: Any


class Typist:
    """The process, seen from outside."""

    def __init__(self, words: tuple[object, ...], stage: str = "") -> None:
        methods = multiprocessing.get_all_start_methods()
        found: Any = multiprocessing.get_context(
            "forkserver" if "forkserver" in methods else "spawn"
        )
        found.set_forkserver_preload(["tests.typist"])
        self._pipe, theirs = found.Pipe()
        words = tuple(map(str, words))
        self.process: BaseProcess = found.Process(
            target=_type, args=(words, stage, theirs), daemon=True
        )
        self.process.start()
        theirs.close()
        assert not stage or self._hear() == stage

    def go(self) -> None:
        """Let it go on."""
        self._pipe.send("go")

    def kill(self) -> None:
        """End it where it stands."""
        self.process.kill()
        self.process.join(60)

    def answer(self) -> Answer:
        """Return what it answers at its end."""
        code, text = self._hear()
        self.process.join(60)
        return Answer(code, json.loads(text))

    def _hear(self) -> Any:
        assert self._pipe.poll(60), "it says nothing"
        return self._pipe.recv()


def _type(words: tuple[str, ...], stage: str, pipe: Connection) -> None:
    if stage:
        _stop_at(stage, pipe)
    ran = run(*words)
    pipe.send((ran.exit_code, ran.stdout))


def _stop_at(stage: str, pipe: Connection) -> None:
    owner, name, before = STAGES[stage]
    method: Callable[..., Any] = getattr(owner, name)

    def wait() -> None:
        pipe.send(stage)
        pipe.recv()
        setattr(owner, name, method)  # the next time nobody stops it

    def stopped(*args: Any, **kwargs: Any) -> Any:
        if before:
            wait()
        result = method(*args, **kwargs)
        if not before:
            wait()
        return result

    setattr(owner, name, stopped)
