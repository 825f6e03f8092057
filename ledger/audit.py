"""The audit: replay the whole ledger with the same `admit`, and compare everything it says.

It believes nothing but the bytes of the entries and items. Tree nodes, checkpoints and projections
are recomputed from those and compared; whatever differs is a finding that names the first bad entry
or row. A refused entry is a finding, has no effect, and the replay goes on.
"""

from collections.abc import Sequence

from ledger import admit, kinds, merkle
from ledger.auditing import projections
from ledger.auditing.claims import Claims
from ledger.auditing.evidence import Evidence, Kept, Log
from ledger.auditing.findings import Finding, Report
from ledger.auditing.heads import Heads
from ledger.auditing.outside import Held, Outside
from ledger.auditing.tree import Tree
from ledger.book import Book
from ledger.errors import LedgerError
from ledger.note import Verifier
from ledger.places import chinese
from ledger.remarks import remarks

__all__ = ["Finding", "Held", "Report", "audit", "audit_log"]


def audit(
    evidence: Evidence,
    *,
    trusted: Sequence[Verifier] = (),
    against: Sequence[Held] = (),
) -> Report:
    """Replay a ledger. `trusted` keys must be its log's; `against` are checkpoints held outside."""
    return _audit(evidence, evidence, trusted, against)


def audit_log(
    log: Log,
    *,
    trusted: Sequence[Verifier] = (),
    against: Sequence[Held] = (),
) -> Report:
    """Replay a log alone, without the database that it came from: there are no rows to compare."""
    return _audit(log, None, trusted, against)


def _audit(
    log: Log, kept: Kept | None, trusted: Sequence[Verifier], against: Sequence[Held]
) -> Report:
    report, book, frontier = Report(), Book(), merkle.Frontier()
    claims, heads = Claims(report, book, frontier), Heads(log, report, book)
    outside = Outside(report, book, (trusted, against), claims.lost)
    tree = Tree(kept, report) if kept else None
    for index, entry, items in log.log():
        if index != book.size:
            _gap(report, book.size, index)
            break
        _replay(report, book, claims, (entry, items))
        nodes = frontier.append(merkle.leaf_hash(entry))
        if tree:
            tree.hold(nodes)
        heads.hold(frontier)
        outside.hold(frontier)
        if report.stopped:
            break
    report.size, report.root = frontier.size, frontier.root()
    if report.stopped:
        return report
    if tree:
        tree.end()
    claims.end()
    heads.end(frontier)
    outside.end(frontier)
    if kept:
        projections.compare(report, book, kept)
    report.remarks += [
        Finding(code, place, f"{place}: {en}", f"{chinese(place)}：{zh}")
        for code, place, en, zh in remarks(book)
    ]
    return report


def _replay(
    report: Report, book: Book, claims: Claims, said: tuple[bytes, Sequence[bytes]]
) -> None:
    index = book.size
    try:
        heard = admit.hear(book, *said)
        effects = admit.admit(book, heard)
    except LedgerError as error:
        report.find(error.code, f"entry {index}", error.en, error.zh)
        report.stopped = error.code == "code.unknown" or not book.origin
        # The next stamp is held against the last admitted one: a bad stamp must not raise the bar.
        book.advance(book.stamp)
        return
    admit.apply(book, heard, effects)
    if isinstance(heard.statement.head, kinds.Attendance):
        report.lines += len(heard.items)
    claims.hold(heard, effects, index)


def _gap(report: Report, due: int, index: int) -> None:
    """Stop: what follows a gap leads to other hashes all the way."""
    report.stopped = True
    report.find(
        "log.gap",
        f"entry {due}",
        f"entry {due} is missing; the next one stored is {index}",
        f"缺少第 {due} 条，存储的下一条是第 {index} 条",
    )
