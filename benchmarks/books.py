"""The books: a person's statement of account, and ours beside those of other programs of bookkeeping."""

import gc
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import median

from benchmarks import shape
from benchmarks.association import Association
from benchmarks.clocks import Watch
from benchmarks.filling import Filling
from benchmarks.measures import TRIES, Bench, Figure
from benchmarks.shape import Shape
from ledger.desk.accounts import balances
from ledger.desk.journals import FORMS
from ledger.desk.statement import statement as draw_up
from ledger.desk.statement import write_json
from ledger.times import instant

CAREER, TRANSACTIONS = 2_000, 100_000  # lines of one person; lines that earn, a transaction each
_LOAD = "import sys; from beancount import loader; sys.exit(bool(loader.load_file(sys.argv[1])[1]))"


def statement(bench: Bench) -> Figure:
    """A statement of account of a person with 2,000 lines, each on a sheet of its own, as JSON."""
    lines = max(1, round(CAREER * bench.scale))
    at = Association.begin(bench.folder / "statement", 1, paying=True)
    Filling(at, Shape(lines, people=1, rows=1), bench.clock).run()
    gc.freeze()  # the command is a process of its own
    times = []
    for _ in range(TRIES):
        watch = Watch(bench.clock)
        with watch.held(), at.store.reading() as view:
            number, now = shape.volunteer(0), instant(at.now)
            found = draw_up(view, number, name="志愿者0", now=now, lang="zh")
            data = write_json(found)
        assert len(found.lines) == lines
        assert data
        times.append(watch.seconds)
    return Figure(median(times[1:]) * 1000, "ms")


@dataclass(frozen=True)
class Books:
    """A ledger whose lines earned points and credits, its journals, and the seconds of our own books."""

    journals: Mapping[str, Path]
    seconds: float


@lru_cache(maxsize=1)
def _books(bench: Bench) -> Books:
    people = max(1, round(bench.bulk.people))
    folder, lines = bench.folder / "books", max(1, round(TRANSACTIONS * bench.scale))
    filling = Filling(
        Association.begin(folder, people, paying=True), Shape(lines, people), bench.clock
    )
    filling.run()
    watch, journals = Watch(bench.clock), {}
    with filling.association.store.reading() as view:
        with watch.held():
            assert balances(view)
        for form, pieces in FORMS.items():
            journals[form] = folder / f"books.{form}"
            with journals[form].open("w", encoding="ascii") as out:
                out.writelines(pieces(view))
    ours = filling.appending.seconds + filling.confirming.seconds + watch.seconds
    return Books(journals, ours)


def journal(bench: Bench) -> Figure:
    """100,000 lines that earn, from signed sheets to confirmed and booked, and then all balances."""
    return Figure(_books(bench).seconds, "s")


def journal_hledger(bench: Bench) -> Figure | None:
    """What hledger takes to read the same transactions and tell all balances; the floor is ours."""
    program = shutil.which("hledger")
    if program is None:
        return None
    file = str(_books(bench).journals["hledger"])
    return _other(bench, program, "-f", file, "balance", "--flat", "-N")


def journal_beancount(bench: Bench) -> Figure | None:
    """What beancount takes to read the same transactions and check all balances; the floor is ours."""
    if importlib.util.find_spec("beancount") is None:
        return None
    return _other(bench, sys.executable, "-c", _LOAD, str(_books(bench).journals["beancount"]))


def _other(bench: Bench, *words: str) -> Figure:
    plain = {**os.environ, "BEANCOUNT_DISABLE_LOAD_CACHE": "1"}
    begun = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True, env=plain)  # noqa: S603
    return Figure(time.perf_counter() - begun, "s", _books(bench).seconds)


MEASURES: Mapping[str, Callable[[Bench], Figure | None]] = {
    "statement": statement,
    "journal": journal,
    "journal_hledger": journal_hledger,
    "journal_beancount": journal_beancount,
}
