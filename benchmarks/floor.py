"""The floor: the same rows by bare `sqlite3.executemany`, and one SHA-256 each.

One table with the key and the indexes of the ledger's own table of lines, as durable as its
database, and with as many commits. What a ledger is below that is what it costs to judge, prove and
project.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from benchmarks.clocks import Clock, Watch
from ledger import encoding

Line = tuple[str, int, str, str, str, int, str, str, int, bytes]

_TABLE = """
CREATE TABLE lines (
    sheet TEXT NOT NULL, n INTEGER NOT NULL, volunteer TEXT NOT NULL, start TEXT NOT NULL,
    "end" TEXT NOT NULL, minutes INTEGER NOT NULL, class TEXT NOT NULL, state TEXT NOT NULL,
    confirmation INTEGER NOT NULL, item BLOB NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (sheet, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX lines_volunteer ON lines (volunteer, start);
CREATE INDEX lines_long ON lines (volunteer, "end") WHERE class = 'L';
"""


def lines(sheet: str, items: Sequence[bytes]) -> list[Line]:
    """Return the rows that a sheet's lines are written as, with their items."""
    found = []
    for n, item in enumerate(items):
        row = encoding.decode(item)
        times = (row["start"], row["end"], row["minutes"])
        found.append((sheet, n, row["volunteer"], *times, row["class"], "", -1, item))
    return found


def seconds(file: Path, batches: Sequence[Sequence[Line]], clock: Clock) -> float:
    """Return how long it takes to hash and write the batches, each with a commit of its own."""
    watch = Watch(clock)
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.executescript(_TABLE)
        with watch.held():
            for batch in batches:
                database.execute("BEGIN IMMEDIATE")
                rows = [(*line, sha256(line[-1]).digest()) for line in batch]
                database.executemany(
                    "INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
                )
                database.execute("COMMIT")
    return watch.seconds
