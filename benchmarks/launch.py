"""Launch: run a command and say what it took (`python -m benchmarks.launch COMMAND…`), as JSON.

A process of its own, because Linux counts to a new process the memory of whoever started it: the
benchmarks have just filled a ledger, and this one is small.
"""

import json
import os
import subprocess
import sys
import time
from typing import Any


def run(words: list[str]) -> dict[str, Any]:
    """Run a command that prints JSON: its answer, its seconds, those of processors, and its most bytes."""
    begun = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE)  # noqa: S603
    assert process.stdout
    with process.stdout as out:
        answer = out.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss * unit
    return {"answer": json.loads(answer), "wall": wall, "cpu": cpu, "peak": peak}


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1:])))
