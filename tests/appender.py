"""A program of its own that appends to a ledger, to be killed by tests.

    python -m tests.appender URL FOLDER SEED COUNT [STAGE]

It prints a line for each receipt it got. At STAGE of its third append it prints `at STAGE` and
waits: `begun` and `written` lie between begin and commit, `committed` before the guard is written,
`kept` before the answer leaves.
"""

import sys
import time
from collections.abc import Callable
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


def main(url: str, folder: str, seed: str, count: str, stage: str = "") -> None:
    """Append `count` statements, one by one."""
    if stage:
        pause(stage)
    log = Log(Store.open(url), signer(ORIGIN), guard(Path(folder)))
    scene = Scene(now=NOW, made=int(seed) * 100_000)
    for n in range(int(count)):
        row = volunteer(f"N{seed}x{n}")
        one = sent(*scene.write("volunteers", row, by="T01/r1", org="T01"))
        (answer,) = log.append([one], moment(NOW))
        assert isinstance(answer, Receipt), answer
        say(f"{answer.index} {row['number']}")


def pause(stage: str) -> None:
    """Stop at a stage of the third append, for ever."""
    owner, name, before = STAGES[stage]
    run: Callable[..., Any] = getattr(owner, name)
    calls = [0]

    def stopped(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        result = None if before and calls[0] == _THIRD else run(*args, **kwargs)
        if calls[0] == _THIRD:
            say(f"at {stage}")
            time.sleep(600)
        return result

    setattr(owner, name, stopped)


def say(text: str) -> None:
    """Write a line that is out before the next step is taken."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
