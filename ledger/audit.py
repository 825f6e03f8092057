"""The audit: replay the whole ledger with the same `admit`, and compare everything it says.

It believes nothing but the bytes of the entries and items. Tree nodes, checkpoints and projections
are recomputed from those and compared; whatever differs is a finding that names the first bad entry
or row. A refused entry is a finding, has no effect, and the replay goes on.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from ledger import admit, kinds, merkle
from ledger.book import Book
from ledger.checkpoint import Checkpoint, read
from ledger.errors import LedgerError, Malformed, Unverified
from ledger.note import Note, Verifier
from ledger.places import chinese, difference, named
from ledger.records import (
    NOBODY,
    RECORDS,
    Key,
    R,
    Record,
    key_of,
)
from ledger.remarks import remarks
from ledger.standings import Standings

_LEVELS = 64  # of a tree, and more than any has: a node above them belongs to no entry too
_MOST = 20  # findings of one table; after so many the table is plainly not ours


class Evidence(Protocol):
    """Everything a ledger has stored, as it stands in the database."""

    def log(self) -> Iterable[tuple[int, bytes, Sequence[bytes]]]:
        """Return index, entry and items of each entry, by rising index."""

    def level(self, level: int) -> Iterable[tuple[int, bytes]]:
        """Return index and hash of each stored node of a level, by rising index."""

    def checkpoints(self) -> Iterable[tuple[int, bytes]]:
        """Return size and note of each stored checkpoint, by rising size."""

    def strays(self) -> Iterable[str]:
        """Name the stored rows that belong to no entry and no level."""

    def records(self, kind: type[R]) -> Iterable[R]:
        """Return the stored projection rows of a kind."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be; `place` names the first bad entry or row."""

    code: str
    place: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Held:
    """A checkpoint from outside the ledger, and who holds it.

    Its note must be signed by this log. What has none is what the guard of this computer remembers.
    """

    label: str
    checkpoint: Checkpoint
    note: bytes = b""

    @classmethod
    def read(cls, label: str, note: bytes) -> "Held":
        """Read the note of a checkpoint, not yet checked by anybody, or raise `Malformed`."""
        return cls(label, Checkpoint.parse(Note.parse(note).text), note)


@dataclass(slots=True)
class Report:
    """What an audit found; `remarks` are lawful things that an auditor wants to see."""

    size: int = 0
    root: bytes = merkle.EMPTY_ROOT
    lines: int = 0
    findings: list[Finding] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)
    stopped: bool = False


def audit(
    evidence: Evidence,
    *,
    trusted: Sequence[Verifier] = (),
    against: Sequence[Held] = (),
) -> Report:
    """Replay a ledger. `trusted` keys must be its log's; `against` are checkpoints held outside."""
    report, book, frontier = Report(), Book(), merkle.Frontier()
    standings = Standings()
    tree = _Tree(evidence, report)
    heads = _Heads(evidence, report, book)
    outside = _Outside(report, book, trusted, against)
    for index, entry, items in evidence.log():
        if index != book.size:
            _gap(report, book.size, index)
            break
        _replay(report, book, standings, (entry, items))
        tree.hold(frontier.append(merkle.leaf_hash(entry)))
        heads.hold(frontier)
        outside.hold(frontier)
        if report.stopped:
            break
    report.size, report.root = frontier.size, frontier.root()
    if report.stopped:
        return report
    tree.end()
    heads.end(frontier)
    outside.end(frontier)
    _check_trusted(report, book, trusted)
    for stray in evidence.strays():
        en = f"{stray} belongs to no entry, or the row before it is missing"
        _find(report, "row.stray", stray, en, f"{stray} 不属于任何条目，或前一行缺失")
    for kind in RECORDS:
        _compare(report, kind, book, evidence)
    report.remarks += [
        Finding(code, place, f"{place}: {en}", f"{chinese(place)}：{zh}")
        for code, place, en, zh in remarks(book)
    ]
    return report


def _replay(
    report: Report, book: Book, standings: Standings, said: tuple[bytes, Sequence[bytes]]
) -> None:
    index = book.size
    try:
        heard = admit.hear(book, *said)
        effects = admit.admit(book, heard)
    except LedgerError as error:
        _find(report, error.code, f"entry {index}", error.en, error.zh)
        report.stopped = error.code == "code.unknown" or not book.origin
        # The next stamp is held against the last admitted one: a bad stamp must not raise the bar.
        book.advance(book.stamp)
        return
    admit.apply(book, heard, effects)
    standings.take(effects)
    head = heard.statement.head
    if isinstance(head, kinds.Attendance):
        report.lines += len(heard.items)
    if isinstance(head, kinds.Status) and not standings.fits(head, index):
        en = f"the status list of entry {index} is not how certificates stood by its entries"
        zh = f"第 {index} 条的效力清单与当时的条目不符"
        _find(report, "status.false", f"entry {index}", en, zh)


def _gap(report: Report, due: int, index: int) -> None:
    """Stop: what follows a gap leads to other hashes all the way."""
    report.stopped = True
    _find(
        report,
        "log.gap",
        f"entry {due}",
        f"entry {due} is missing; the next one stored is {index}",
        f"缺少第 {due} 条，存储的下一条是第 {index} 条",
    )


class _Tree:
    """Holds the stored nodes against those that the entries give, level by level."""

    def __init__(self, evidence: Evidence, report: Report) -> None:
        self._evidence = evidence
        self._report = report
        self._levels: dict[int, Iterator[tuple[int, bytes]]] = {}
        self._bad = False

    def hold(self, nodes: Sequence[tuple[int, int, bytes]]) -> None:
        for level, index, found in nodes:
            stored = next(self._level(level), None)
            if stored != (index, found) and not self._bad:
                self._bad = True  # one change spoils every node above and after it
                entry = index << level
                _find(
                    self._report,
                    "tree.node",
                    f"entry {entry}",
                    f"the stored node {level}/{index} (from entry {entry}) is not that of the entries",
                    f"存储的树节点 {level}/{index}（自第 {entry} 条起）与条目不符",
                )

    def end(self) -> None:
        for level in range(_LEVELS):
            if not self._bad and (more := next(self._level(level), None)):
                self._bad = True
                _find(
                    self._report,
                    "tree.node",
                    f"node {level}/{more[0]}",
                    f"a stored node {level}/{more[0]} belongs to no entry",
                    f"存储的树节点 {level}/{more[0]} 没有对应的条目",
                )

    def _level(self, level: int) -> Iterator[tuple[int, bytes]]:
        if level not in self._levels:
            self._levels[level] = iter(self._evidence.level(level))
        return self._levels[level]


class _Heads:
    """Holds every stored checkpoint against the tree at its size."""

    def __init__(self, evidence: Evidence, report: Report, book: Book) -> None:
        self._report = report
        self._book = book
        self._stored = iter(evidence.checkpoints())
        self._next = next(self._stored, None)
        self._last = 0

    def hold(self, frontier: merkle.Frontier) -> None:
        while self._next and self._next[0] <= frontier.size:
            self._hold_stored(frontier, *self._next)
            self._next = next(self._stored, None)

    def end(self, frontier: merkle.Frontier) -> None:
        if self._last != frontier.size or self._next:
            size = self._next[0] if self._next else self._last
            _find(
                self._report,
                "checkpoint.size",
                f"checkpoint {size}",
                f"the last checkpoint is of size {size}, the log of size {frontier.size}:"
                " the tail was cut, or entries came in past the log",
                f"最后的检查点大小为 {size}，账本为 {frontier.size} 条：尾部被截去，或有条目绕过日志写入",
            )

    def _hold_stored(self, frontier: merkle.Frontier, size: int, note: bytes) -> None:
        place = f"checkpoint {size}"
        try:
            in_force = [key for key in self._book.all(Key) if key.until == NOBODY]
            checkpoint, signed = read(note, _log_keys(in_force))
            if len(signed.signatures) > 1:
                # A stranger's line is passed over by readers, so nobody else would see it come in.
                raise Malformed("it has signatures that are not the log's", "有不是日志所签的签名")
        except LedgerError as error:
            _find(
                self._report,
                "checkpoint.bad",
                place,
                f"{place}: {error.en}",
                f"检查点 {size}：{error.zh}",
            )
            return
        self._last = size
        true = Checkpoint(self._book.origin, frontier.size, frontier.root())
        if checkpoint != true or size != checkpoint.size:
            _find(
                self._report,
                "checkpoint.root",
                place,
                f"{place} commits to another tree than the entries give",
                f"检查点 {size} 的树根与条目不符",
            )


class _Outside:
    """Holds what others hold of this log against the tree; nobody is accused by another's word."""

    def __init__(
        self, report: Report, book: Book, trusted: Sequence[Verifier], against: Sequence[Held]
    ) -> None:
        self._report, self._book, self._trusted = report, book, trusted
        self._against: dict[int, list[Held]] = {}
        for held in against:
            self._against.setdefault(held.checkpoint.size, []).append(held)

    def hold(self, frontier: merkle.Frontier) -> None:
        for held in self._against.pop(frontier.size, ()):
            if self._is_evidence(held) and held.checkpoint.root != frontier.root():
                en = f"{held.label} holds a checkpoint of size {frontier.size} that this ledger is"
                zh = f"{held.label} 中大小为 {frontier.size} 的检查点与本账本不符：历史被改写"
                self._find(held, f"{en} not true to: history was rewritten", zh)

    def end(self, frontier: merkle.Frontier) -> None:
        for size, all_held in sorted(self._against.items()):
            for held in filter(self._is_evidence, all_held):
                en = f"{held.label} holds a checkpoint of size {size}, above the log's"
                zh = f"{held.label} 中的检查点大小为 {size}，超过账本的 {frontier.size} 条：有条目丢失"
                self._find(held, f"{en} {frontier.size}: entries were lost", zh)

    def _find(self, held: Held, en: str, zh: str, code: str = "checkpoint.outside") -> None:
        _find(self._report, code, held.label, en, zh)

    def _is_evidence(self, held: Held) -> bool:
        try:
            self._check_ours(held)
        except Unverified as error:
            if held.note:  # a guard of another log on this computer is nobody's mistake
                en = f"{held.label} is no evidence about this ledger: {error.en}"
                zh = f"{held.label} 不能作为本账本的证据：{error.zh}"
                self._find(held, en, zh, "evidence.foreign")
            return False
        return True

    def _check_ours(self, held: Held) -> None:
        own, named = self._book.origin, held.checkpoint.origin
        if named != own:
            raise Unverified(f"it is of {named}, not of {own}", f"它属于 {named}，而不是 {own}")
        if held.note:
            read(held.note, [*self._trusted, *_log_keys(self._book.all(Key))])


def _log_keys(keys: Iterable[Key]) -> list[Verifier]:
    return [Verifier.parse(key.vkey) for key in keys if key.role == "log"]


def _check_trusted(report: Report, book: Book, trusted: Sequence[Verifier]) -> None:
    if trusted and not set(_log_keys(book.all(Key))) & set(trusted):
        _find(
            report,
            "log.untrusted",
            "entry 0",
            f"the log {book.origin} is not signed by a key that the trust file names",
            f"账本 {book.origin} 的密钥不在信任文件中",
        )


def _compare(report: Report, kind: type[Record], book: Book, evidence: Evidence) -> None:
    rest = book.table(kind)
    bad: list[tuple[Record, str, str]] = []
    for row in evidence.records(kind):
        due = rest.pop(key_of(row), None)
        if due is None:
            bad.append((row, "follows from no entry", "没有任何条目能得出这一行"))
        elif due != row:
            bad.append((due, *difference(due, row)))
        if len(bad) >= _MOST:
            break
    else:
        bad += [(rest[key], "is missing", "缺失") for key in islice(rest, _MOST)]
    for record, en, zh in bad:
        place = f"{kind.__name__.lower()} {named(record)}"
        _find(report, "projection", place, f"{place} {en}", f"{chinese(place)}：{zh}")


def _find(report: Report, code: str, place: str, en: str, zh: str) -> None:
    report.findings.append(Finding(code, place, en, zh))
