"""The floor: the same rows by bare `sqlite3.executemany`, and one SHA-256 each.

One table with the key and the indexes of the ledger's own table of lines, as durable as its
database, and with as many commits. What a ledger is below that is what it costs to judge, prove and
project.
"""

import sqlite3
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from benchmarks.clocks import Clock, Watch
from ledger import encoding
from ledger.desk.letters import Letter
from ledger.statements import ref

Line = tuple[str, int, str, str, str, int, str, int, str, int, int, bytes]

_TABLE = """
CREATE TABLE lines (
    sheet TEXT NOT NULL, n INTEGER NOT NULL, volunteer TEXT NOT NULL, start TEXT NOT NULL,
    "end" TEXT NOT NULL, minutes INTEGER NOT NULL, class TEXT NOT NULL, rating INTEGER NOT NULL,
    state TEXT NOT NULL, confirmation INTEGER NOT NULL, voided INTEGER NOT NULL, item BLOB NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (sheet, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX lines_volunteer ON lines (volunteer, start);
CREATE INDEX lines_long ON lines (volunteer, "end") WHERE class = 'L';
"""
_INSERT = "INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def lines(sheets: Sequence[Letter]) -> list[Line]:
    """Return the rows that the lines of sheets are written as, with their items."""
    found = []
    for sheet in sheets:
        name = ref(sheet.text)
        for n, item in enumerate(sheet.items):
            row = encoding.decode(item)
            times = (row["start"], row["end"], row["minutes"])
            found.append((name, n, row["volunteer"], *times, row["class"], 0, "", -1, -1, item))
    return found


class Floor:
    """A database of bare rows, filled beside the ledger: what slows the machine slows both."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self.watch = Watch(clock)
        self._database = sqlite3.connect(file, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_TABLE)

    def write(self, lines: Sequence[Line]) -> None:
        """Hash and write lines, with a commit of their own."""
        with self.watch.held():
            self._database.execute("BEGIN IMMEDIATE")
            rows = [(*line, sha256(line[-1]).digest()) for line in lines]
            self._database.executemany(_INSERT, rows)
            self._database.execute("COMMIT")

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()
