"""The audit: replay the whole ledger with the same `admit`, and compare everything it says.

It believes nothing but the bytes of the entries and items. Tree nodes, checkpoints and projections
are recomputed from those and compared; whatever differs is a finding that names the first bad entry
or row. A refused entry is a finding, has no effect, and the replay goes on.
"""

from collections.abc import Sequence
from concurrent.futures import Executor

from ledger import admit, kinds, merkle
from ledger.auditing import cosignatures, projections
from ledger.auditing.claims import Claims
from ledger.auditing.evidence import Evidence, Kept, Log
from ledger.auditing.findings import Finding, Report
from ledger.auditing.heads import Heads
from ledger.auditing.outside import Believed, Held, Outside
from ledger.auditing.reading import read
from ledger.auditing.tree import Tree
from ledger.book import Book
from ledger.errors import LedgerError
from ledger.note import Verifier
from ledger.places import chinese
from ledger.remarks import remarks
from ledger.trust import TrustedLog

__all__ = ["Finding", "Held", "Report", "audit", "audit_log"]


def audit(
    evidence: Evidence,
    *,
    trusted: Sequence[Verifier] = (),
    against: Sequence[Held] = (),
    believed: TrustedLog | None = None,
    executor: Executor | None = None,
) -> Report:
    """Replay a ledger. `trusted` keys must be its log's; `against` are checkpoints held outside.

    `believed` is what a trust file says of this log: its quorum of witnesses is looked for. An
    `executor` takes over part of the reading; what is found, and in which order, stays the same.
    """
    return _audit(evidence, evidence, Believed(trusted, against, believed), executor)


def audit_log(
    log: Log,
    *,
    trusted: Sequence[Verifier] = (),
    against: Sequence[Held] = (),
    believed: TrustedLog | None = None,
    executor: Executor | None = None,
) -> Report:
    """Replay a log alone, without the database that it came from: there are no rows to compare."""
    return _audit(log, None, Believed(trusted, against, believed), executor)


def _audit(  # noqa: PLR0915 - a line a check
    log: Log, kept: Kept | None, believed: Believed, executor: Executor | None
) -> Report:
    report, book, frontier = Report(), Book(), merkle.Frontier()
    claims, heads = Claims(report, book, frontier), Heads(log, report, book)
    outside = Outside(report, book, believed, claims.lost)
    tree = Tree(kept, report) if kept else None
    for (index, entry, items), vouched in read(log.log(), executor):
        if index != book.size:
            _gap(report, book.size, index)
            break
        _replay(report, book, claims, (entry, items, vouched))
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
    cosignatures.hold(log, report, believed.log, believed.against)
    if kept:
        projections.compare(report, book, kept)
    report.remarks += _remarks(book)
    return report


def _remarks(book: Book) -> list[Finding]:
    return [
        Finding(code, place, f"{place}: {en}", f"{chinese(place)}：{zh}")
        for code, place, en, zh in remarks(book)
    ]


def _replay(
    report: Report, book: Book, claims: Claims, said: tuple[bytes, Sequence[bytes], str]
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
