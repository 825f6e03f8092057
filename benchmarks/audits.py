"""Audits: the command itself, on a hundred thousand lines and on a million, and what memory it takes.

The floor is the least that anybody does who reads the same items, from the database or out of a bundle:
fetch them, cut them apart, hash each and decode it, on as many processors. By the clock of processors, a
second is one of all of them together.
"""

import gc
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import msgspec

from benchmarks.association import Association
from benchmarks.clocks import Watch
from benchmarks.filling import Filling
from benchmarks.measures import Bench, Figure
from benchmarks.shape import Shape

MILLION, MANY = 1_000_000, 20_000  # lines, people
WORKERS = 2
_MEGABYTE = 1 << 20
_RUN = "import cli; cli.run()"


@dataclass(frozen=True)
class Audited:
    """What an audit took, and its floor alone; `peak` is the memory of the process that judges, in MB."""

    lines: int
    seconds: float
    floor: float
    processors: int
    peak: float

    @property
    def figure(self) -> Figure:
        """Return lines a second, beside those of the floor on as many processors."""
        floor = self.lines / self.floor * self.processors
        return Figure(self.lines / self.seconds, "lines/s", floor)


def audit(bench: Bench) -> Figure:
    """The replay of 100,000 lines by two processes, notices and confirmations included."""
    return _hundredth(bench).figure


def audit_alone(bench: Bench) -> Figure:
    """The same by one process; the floor is two."""
    alone = _ledger(bench, bench.association, 1)
    return Figure(alone.lines / alone.seconds, "lines/s", _hundredth(bench).figure.value)


def audit_bundle(bench: Bench) -> Figure:
    """The replay of the same log out of the file in which it is taken away, by two processes."""
    home, file = bench.association.home, bench.folder / "log.jsonl"
    _vledger("--home", home.path, "--json", "export", "bundle", file)
    words = (
        "--home",
        bench.folder / "nowhere",
        "audit",
        "--bundle",
        file,
        "--trust",
        home.trust_file,
    )
    return _run(bench, WORKERS, words, lambda: _read_bundle(file)).figure


def audit_million(bench: Bench) -> Figure:
    """The replay of a million lines of four times as many people, in the same run."""
    return _million(bench).figure


def audit_memory(bench: Bench) -> Figure:
    """The memory that a million lines take at most; the floor is what a tenth of them take."""
    return Figure(_million(bench).peak, "MB", _hundredth(bench).peak)


MEASURES: Mapping[str, Callable[[Bench], Figure]] = {
    "audit": audit,
    "audit_alone": audit_alone,
    "audit_bundle": audit_bundle,
    "audit_million": audit_million,
    "audit_memory": audit_memory,
}


@lru_cache(maxsize=1)
def _hundredth(bench: Bench) -> Audited:
    return _ledger(bench, bench.association, WORKERS)


@lru_cache(maxsize=1)
def _million(bench: Bench) -> Audited:
    lines, people = (max(1, round(count * bench.scale)) for count in (MILLION, MANY))
    at = Association.begin(bench.folder / "million", people)
    Filling(at, Shape(lines, people), bench.clock).run()
    return _ledger(bench, at, WORKERS)


def _ledger(bench: Bench, at: Association, workers: int) -> Audited:
    words = ("--home", at.home.path, "--guard", at.guard, "audit")
    return _run(bench, workers, words, lambda: _read(at.home.path / "ledger.db"))


def _run(
    bench: Bench, workers: int, words: Sequence[str | Path], least: Callable[[], None]
) -> Audited:
    """Run the command in a process of its own, and then the floor."""
    found = json.loads(_vledger(*words, "--json", "--workers", workers))
    answer = found["answer"]
    assert not answer["findings"], answer["findings"][0]
    floor = Watch(bench.clock)
    gc.freeze()
    with floor.held():
        least()
    together = bench.clock is time.process_time
    seconds = found["cpu" if together else "wall"]
    processors = 1 if together else workers
    return Audited(answer["lines"], seconds, floor.seconds, processors, found["peak"] / _MEGABYTE)


def _vledger(*words: object) -> bytes:
    """Launch a command of ours; return what is said of it."""
    command = [sys.executable, "-c", _RUN, *map(str, words)]
    launch = [sys.executable, "-m", "benchmarks.launch", *command]
    return subprocess.run(launch, check=True, capture_output=True).stdout  # noqa: S603


def _read(file: Path) -> None:
    """Fetch, cut, hash and decode every item: nothing less will do."""
    decode = msgspec.json.Decoder().decode
    with closing(sqlite3.connect(file)) as database:
        for (data,) in database.execute("SELECT data FROM items ORDER BY entry"):
            at = 0
            while at < len(data):
                start = at + 4
                at = start + int.from_bytes(data[at:start], "big")
                item = data[start:at]
                sha256(item).digest()
                decode(item)


def _read_bundle(file: Path) -> None:
    """Read, hash and decode every line: nothing less will do."""
    decode = msgspec.json.Decoder().decode
    with file.open("rb") as lines:
        for line in lines:
            sha256(line).digest()
            decode(line)
