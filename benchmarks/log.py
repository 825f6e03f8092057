"""The log seen from outside: a folder published, and one entry proved, in logs that are large.

The entries say nothing: what is measured reads neither them nor what is computed from them. They are
as long as a sheet of five lines, and lie in a ledger's own database with the whole tree over them.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.clocks import Watch
from benchmarks.measures import Bench, Figure
from ledger.checkpoint import Checkpoint, issue
from ledger.merkle import Frontier, complete_nodes, inclusion_ranges, leaf_hash
from ledger.note import Signer
from ledger.proving import prove
from ledger.publish import Head, publish
from ledger.store.database import Store
from ledger.store.engine import file_url
from ledger.store.reading import Stored
from ledger.tiles import WIDTH, bundle

NEW, LARGE = 100_000, 1_000_000  # entries published at once; entries of the log that is proved from
LENGTH, SHORT = 1_200, 40  # bytes of an entry
TRIES, PROOFS = 3, 200
_TOGETHER = 20_000  # entries written at a time
_SIGNER = Signer("bench.example.cn/log-00000000", bytes(32))


def published(bench: Bench) -> Figure:
    """100,000 new entries, from the database to a synced folder; the floor writes the same files bare.

    The best of some runs into empty folders. Both read the entries, hash each once and sync each file.
    """
    size = max(1, round(NEW * bench.scale))
    file = bench.folder / "published.db"
    best = lowest = float("inf")
    with closing(_filled(file, size, LENGTH)) as store:
        for number in range(TRIES):
            ours, bare = Watch(bench.clock), Watch(bench.clock)
            with ours.held(), store.reading() as view:
                head = Head(view.checkpoint(), [_SIGNER.verifier])
                done = publish(bench.folder / f"web{number}", view, head)
            assert done.size == size
            with bare.held():
                _write_bare(file, bench.folder / f"bare{number}")
            best, lowest = min(best, ours.seconds), min(lowest, bare.seconds)
    return Figure(best, "s", lowest)


def proved(bench: Bench) -> Figure:
    """One entry of a million, proved from a connection just opened, which has read nothing yet.

    Counted: the look for the checkpoint, the hashes fetched, the proof computed, held against the
    checkpoint and written as text. Not counted: the start of Python, opening the connection, and putting
    the two queries into SQL, once a process. The floor fetches the same hashes one by one. Medians.
    """
    size = max(2, round(LARGE * bench.scale))
    file = bench.folder / "proved.db"
    ours, bare = list[float](), list[float]()
    chosen = Random(1)
    with closing(_filled(file, size, SHORT)) as store:
        for _ in range(PROOFS):
            index = chosen.randrange(size)
            store.close()
            watch, low = Watch(bench.clock), Watch(bench.clock)
            with store.reading() as view, watch.held():
                assert bytes(prove(view, index))
            with closing(sqlite3.connect(file)) as database, low.held():
                _fetch_bare(database, index, size)
            ours.append(watch.seconds)
            bare.append(low.seconds)
    return Figure(median(ours) * 1000, "ms", median(bare) * 1000)


def _filled(file: Path, size: int, length: int) -> Store:
    """Return a ledger's database with so many entries that say nothing, and the tree over them."""
    store, tree = Store.create(file_url(file)), Frontier()
    for start in range(0, size, _TOGETHER):
        stored = [
            Stored(n, _entry(n, length), ()) for n in range(start, min(start + _TOGETHER, size))
        ]
        nodes = [node for one in stored for node in tree.append(leaf_hash(one.entry))]
        head = Checkpoint(_SIGNER.name, tree.size, tree.root())
        with store.writing() as writer:
            writer.entries(stored)
            writer.nodes(nodes)
            writer.checkpoint(tree.size, bytes(issue(head, _SIGNER)), since=start)
            writer.commit()
    return store


def _entry(number: int, length: int) -> bytes:
    text = sha256(number.to_bytes(8, "big")).hexdigest().encode()
    return (text * -(-length // len(text)))[:length]


def _write_bare(file: Path, folder: Path) -> None:
    """Write the bundles and the lowest tiles as files, each synced, and nothing else."""
    folder.mkdir()
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute("SELECT data FROM entries ORDER BY entry")
        for number, entries in enumerate(_bundles(rows)):
            leaves = b"".join(sha256(b"\0" + entry).digest() for entry in entries)
            for name, data in (("b", bundle(entries)), ("t", leaves)):
                with (folder / f"{name}{number}").open("wb") as out:
                    out.write(data)
                    out.flush()
                    os.fsync(out.fileno())


def _bundles(rows: sqlite3.Cursor) -> Iterator[list[bytes]]:
    for some in iter(partial(rows.fetchmany, WIDTH), []):
        yield [row[0] for row in some]


def _fetch_bare(database: sqlite3.Connection, index: int, size: int) -> None:
    """Fetch the checkpoint and the hashes that a proof is made of."""
    database.execute("SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1").fetchall()
    for start, end in ((index, index + 1), *inclusion_ranges(index, size)):
        for node in complete_nodes(start, end):
            query = "SELECT hash FROM nodes WHERE level = ? AND idx = ?"
            assert database.execute(query, node).fetchone()


MEASURES: Mapping[str, Callable[[Bench], Figure]] = {"publish": published, "prove": proved}
