"""How fast a witness answers, over HTTP on one computer, beside the disk that it must wait for."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from benchmarks.clocks import Clock, Watch
from benchmarks.measures import Bench, Figure
from ledger import durable, merkle
from ledger.add_checkpoint import Question
from ledger.checkpoint import Checkpoint, issue
from ledger.merkle import Frontier, Hash, consistency_proof, leaf_hash
from ledger.note import COSIGNATURE_ED25519, Signer
from ledger.times import moment
from ledger.witness.cosigner import Witness
from ledger.witness.serving import Server
from ledger.witness.state import State

_LOG = Signer("kx.example.org/log", b"l" * 32)
_OWN = Signer("w.example.org/w", b"w" * 32, COSIGNATURE_ED25519)
_NOW = moment("2026-11-27T08:00:00+08:00")
_STEP = 1000  # entries between two questions: proofs of a usual length
_QUESTIONS = 300


def witness_ms(bench: Bench) -> Figure:
    """Milliseconds to cosign one checkpoint after another; the floor is the disk alone."""
    count = max(20, round(_QUESTIONS * bench.scale))
    questions = _questions(count)
    folder = bench.folder / "witness"
    disk = _disk(folder, count, bench.clock)
    with _serving(folder) as connection:
        times = [_ask(connection, one, bench.clock) for one in questions]
    return Figure(median(times) * 1000, "ms", disk * 1000)


def _questions(count: int) -> list[bytes]:
    """Write the questions of a log that grows by the same number of entries each time."""
    tree, nodes, found = Frontier(), dict[tuple[int, int], Hash](), list[bytes]()

    def node(level: int, at: int) -> Hash:
        return nodes[level, at]

    for n in range(count * _STEP):
        nodes |= {(level, at): one for level, at, one in tree.append(leaf_hash(b"%d" % n))}
        if tree.size % _STEP == 0:
            old, head = tree.size - _STEP, Checkpoint(_LOG.name, tree.size, tree.root())
            proof = consistency_proof(old, tree.size, node) if old else ()
            found.append(bytes(Question(old, proof, bytes(issue(head, _LOG)))))
    return found


def _ask(connection: HTTPConnection, question: bytes, clock: Clock) -> float:
    watch = Watch(clock)
    with watch.held():
        connection.request("POST", "/add-checkpoint", question)
        answer = connection.getresponse()
        body = answer.read()
    assert answer.status == 200, body
    return watch.seconds


def _disk(folder: Path, count: int, clock: Clock) -> float:
    """Return the seconds that writing, renaming and twice waiting for the disk take."""
    folder.mkdir()
    times = []
    for n in range(count):
        watch, part = Watch(clock), folder / "floor.part"
        with watch.held():
            with part.open("wb") as out:
                out.write(merkle.leaf_hash(b"%d" % n) * 16)
                out.flush()
                os.fsync(out.fileno())
            part.replace(folder / "floor")
            durable.sync_folder(folder)
        times.append(watch.seconds)
    return median(times)


@contextmanager
def _serving(folder: Path) -> Iterator[HTTPConnection]:
    state = State(folder / "state")
    state.begin(_LOG.name)
    witness = Witness((_OWN,), {_LOG.name: (_LOG.verifier,)}, state, lambda: _NOW)
    with Server(("127.0.0.1", 0), witness, lambda *_: None) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        connection = HTTPConnection("127.0.0.1", server.server_address[1])
        try:
            yield connection
        finally:
            connection.close()
            server.shutdown()
            thread.join()


MEASURES: Mapping[str, Callable[[Bench], Figure | None]] = {"witness_ms": witness_ms}
