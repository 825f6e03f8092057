"""Closings: accounts are closed over everything that a ledger holds, and one row is proved."""

from collections.abc import Callable, Mapping

from benchmarks.clocks import Watch
from benchmarks.measures import Bench, Figure
from certificates import excerpt
from certificates.proof import Committed
from certificates.source import Ledger
from ledger.audit import audit
from ledger.checkpoint import Checkpoint
from ledger.desk import closed
from ledger.desk import closing as desk
from ledger.note import Note

_MOST = 100  # statements of account, each from a reader that has read nothing yet


def close(bench: Bench) -> Figure:
    """Everybody's accounts closed, replay, signature and append included; the floor is an audit."""
    at, watch = bench.association, Watch(bench.clock)
    replay = Watch(bench.clock)
    with replay.held(), at.store.reading() as view:
        report = audit(view)
    assert not report.findings, report.findings[0]
    with watch.held():
        desk.make(at.office(), (), desk.at_once)
    return Figure(bench.bulk.lines / watch.seconds, "lines/s", report.lines / replay.seconds)


def accounts(bench: Bench) -> Figure:
    """Statements of account with their proofs, each read anew: how many a second."""
    at, watch = bench.association, Watch(bench.clock)
    with at.store.reading() as view:
        if not closed.closings(view):
            close(bench)
    with at.store.reading() as view:
        whole = closed.closing_of(view, "")
        note = view.checkpoint()
        committed = Committed(note, Checkpoint.parse(Note.parse(note).text).size)
        count = min(_MOST, whole.first.total)
        numbers = [closed.row_at(view, (whole.first.entry, n)).volunteer for n in range(count)]
        with watch.held():
            for number in numbers:
                spot = closed.find(view, whole, number)
                assert spot.row
                excerpt.make(Ledger(view), "row", [spot.row], committed).write()
    return Figure(len(numbers) / watch.seconds, "accounts/s")


MEASURES: Mapping[str, Callable[[Bench], Figure]] = {"close": close, "accounts": accounts}
