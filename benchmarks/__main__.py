"""Run the benchmarks: `python -m benchmarks [NAME…] [--scale 0.1]`, one JSON line a figure.

    {"name": "append_bulk", "value": 16000.0, "unit": "lines/s", "floor": 50000.0, "ratio": 0.32}

`floor` is how fast the same rows go into bare SQLite with a hash each, measured in the same run.
"""

import argparse
import compileall
import gc
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import audits, books, closing, log, measures, papers, witnessing
from benchmarks.clocks import CLOCKS
from benchmarks.measures import Bench, Figure

MEASURES: Mapping[str, Callable[[Bench], Figure | None]] = {
    **measures.MEASURES, **audits.MEASURES, **papers.MEASURES, **books.MEASURES, **log.MEASURES,
    **witnessing.MEASURES, **closing.MEASURES,
}  # fmt: skip


def main() -> None:
    """Read the command line and run what it names, or everything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASURES))
    parser.add_argument("--scale", type=float, default=1.0, help="0.1 is a tenth of the ledger")
    parser.add_argument(
        "--clock", choices=CLOCKS, default="wall", help="cpu: on a machine that others use"
    )
    given = parser.parse_args()
    if unknown := set(given.names) - MEASURES.keys():
        parser.error(f"no measure {', '.join(sorted(unknown))}")
    _compile()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder), given.scale, CLOCKS[given.clock])
        for name in given.names or MEASURES:
            figure = MEASURES[name](bench)
            if figure:  # nothing where a program is not installed
                print(line(name, figure), flush=True)


def _compile() -> None:
    """Leave bytecode beside the modules, as pip does: a program that is installed need not compile itself."""
    root = Path(__file__).parents[1]
    compileall.compile_file(root / "cli.py", quiet=1)
    for folder in ("certificates", "ledger"):
        compileall.compile_dir(root / folder, quiet=1)


def line(name: str, figure: Figure) -> str:
    """Return a figure as a line of JSON."""
    low = figure.floor
    ratio = None if low is None else round(figure.value / low, 3)
    found = {"name": name, "value": round(figure.value, 3), "unit": figure.unit}
    return json.dumps({**found, "floor": low and round(low, 3), "ratio": ratio})


if __name__ == "__main__":
    gc.freeze()  # modules stay: no measure is to pay for looking at them again and again
    gc.set_threshold(50_000)  # as in `cli.run`
    main()
