"""What is measured, each on the ledger that those before it have filled."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from statistics import median

import msgspec

from benchmarks import floor, shape
from benchmarks.association import Association
from benchmarks.clocks import Clock, Watch
from benchmarks.filling import Filling
from benchmarks.floor import Floor
from benchmarks.gifts import Gifts
from benchmarks.shape import Shape
from ledger.anomalies.look import look

LINES, PEOPLE = 100_000, 5_000
SINGLES, TRIES, TRANSFERS = 1_000, 7, 100_000
_EVENING = timedelta(hours=5)


@dataclass(frozen=True, slots=True)
class Figure:
    """How fast something is; `floor` is how fast it could be, where that is known."""

    value: float
    unit: str
    floor: float | None = None


class Bench:
    """A run: one ledger in a folder, filled when the first measure needs it."""

    def __init__(self, folder: Path, scale: float, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        self.scale = scale
        self.singles = max(1, round(SINGLES * scale))
        self.transfers = max(1, round(TRANSFERS * scale))
        self.papers: list[bytes] = []  # certificates that were issued
        self.large: tuple[float, int] | None = None  # seconds and bytes of a large one
        self.bulk = Shape(max(1, round(LINES * scale)), max(1, round(PEOPLE * scale)))

    @cached_property
    def filling(self) -> Filling:
        """The bulk import, done."""
        people = max(self.bulk.people, self.singles)
        found = Filling(Association.begin(self.folder, people), self.bulk, self.clock)
        found.run()
        return found

    @cached_property
    def earning(self) -> tuple[Filling, Filling]:
        """The same lines under rules that give nothing, and under rules that pay."""
        return self._filled(paying=False), self._filled(paying=True)

    def _filled(self, *, paying: bool) -> Filling:
        folder = self.folder / f"earning-{paying}"
        found = Filling(
            Association.begin(folder, self.bulk.people, paying=paying), self.bulk, self.clock
        )
        found.run()
        return found

    @property
    def association(self) -> Association:
        """The association whose ledger was filled."""
        return self.filling.association


def append_bulk(bench: Bench) -> Figure:
    """Signed sheets of 50, 20 an append, into the log: lines a second."""
    found, lines = bench.filling, bench.bulk.lines
    best = found.floor.watch.seconds
    return Figure(lines / found.appending.seconds, "lines/s", lines / best)


def sign_bulk(bench: Bench) -> Figure:
    """The same sheets written and signed, as each recorder does at his own desk."""
    return Figure(bench.bulk.lines / bench.filling.signing.seconds, "lines/s")


def earning(bench: Bench) -> Figure:
    """Lines from rows to confirmed, with points and credits; the floor is without, side by side."""
    bare, paying = (bench.bulk.lines / filling.seconds for filling in bench.earning)
    return Figure(paying, "lines/s", bare)


def transfers(bench: Bench) -> Figure:
    """Rows of transfers, half of them held and half settled, 5,000 a statement and an append."""
    _, paying = bench.earning
    gifts = Gifts(paying.association, bench.bulk.people, bench.clock)
    return Figure(gifts.run(bench.transfers) / gifts.watch.seconds, "transfers/s")


def append_single(bench: Bench) -> Figure:
    """Signed sheets of one line, one an append, each with its checkpoint and guard."""
    at, day = bench.association, bench.bulk.days + 60
    lone = Shape((day + 1) * bench.singles, bench.singles, rows=1)
    at.now = shape.begin(day) - _EVENING
    at.plan(day)
    at.now = shape.begin(day) + _EVENING
    letters = [at.attendance(day, rows) for rows in lone.sheets(day)]
    watch, bare = Watch(bench.clock), Floor(bench.folder / "single.db", bench.clock)
    for letter in letters:
        with watch.held():
            at.append([letter])
        bare.write(floor.lines([letter]))
    bare.close()
    return Figure(len(letters) / watch.seconds, "appends/s", len(letters) / bare.watch.seconds)


def anomalies(bench: Bench) -> Figure:
    """All patterns over everything; the floor reads the log once and parses its rows, no more."""
    at, watch, bare = bench.association, Watch(bench.clock), Watch(bench.clock)
    with at.store.reading() as view:
        with watch.held():
            report = look(view.log)
        with bare.held():
            for _, _, items in view.log():
                for item in items:
                    msgspec.json.decode(item)
    return Figure(report.lines / watch.seconds, "lines/s", report.lines / bare.seconds)


def help_seconds(_bench: Bench) -> Figure:
    """The process `vledger --help`, by the clock on the wall."""
    return Figure(_process("--help"), "s")


def verify_seconds(bench: Bench) -> Figure:
    """The process `vledger certificate verify` of one file, by the clock on the wall."""
    file, trust = bench.folder / "one.pdf", bench.association.home.trust_file
    file.write_bytes(bench.association.certify(0).file)
    # Its home is a folder without a ledger: a verifier has the file and `trust.json` alone.
    home = ("--home", str(bench.folder / "nowhere"))
    return Figure(_process(*home, "certificate", "verify", str(file), "--trust", str(trust)), "s")


def _process(*arguments: str) -> float:
    """Return the median time of some runs; the first one, which fills caches, is not counted."""
    found = []
    for _ in range(TRIES):
        begun = time.perf_counter()
        subprocess.run(  # noqa: S603
            [sys.executable, "-c", "import cli; cli.run()", *arguments],
            check=True,
            capture_output=True,
        )
        found.append(time.perf_counter() - begun)
    return median(found[1:])


MEASURES: Mapping[str, Callable[[Bench], Figure]] = {
    "append_bulk": append_bulk,
    "sign_bulk": sign_bulk,
    "append_single": append_single,
    "earning": earning,
    "transfers": transfers,
    "anomalies": anomalies,
    "help_seconds": help_seconds,
    "verify_seconds": verify_seconds,
}
