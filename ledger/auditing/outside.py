"""Outside: what others hold of this log, held against it; nobody is accused by another's word."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ledger import merkle
from ledger.auditing.findings import Report
from ledger.auditing.heads import log_keys
from ledger.book import Book
from ledger.checkpoint import Checkpoint, read
from ledger.errors import Unverified
from ledger.note import Note, Verifier
from ledger.records import Key


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


class Believed(NamedTuple):
    """What an auditor brings along: keys of which one is the log's, and checkpoints held outside."""

    trusted: Sequence[Verifier] = ()
    against: Sequence[Held] = ()


class Outside:
    """Holds what others hold of this log against the tree."""

    def __init__(self, report: Report, book: Book, believed: Believed) -> None:
        self._report, self._book, self._trusted = report, book, believed.trusted
        self._against: dict[int, list[Held]] = {}
        for held in believed.against:
            self._against.setdefault(held.checkpoint.size, []).append(held)

    def hold(self, frontier: merkle.Frontier) -> None:
        """Hold the checkpoints of the size that was reached."""
        for held in self._against.pop(frontier.size, ()):
            if self._is_evidence(held) and held.checkpoint.root != frontier.root():
                en = f"{held.label} holds a checkpoint of size {frontier.size} that this ledger is"
                zh = f"{held.label} 中大小为 {frontier.size} 的检查点与本账本不符：历史被改写"
                self._find(held, f"{en} not true to: history was rewritten", zh)

    def end(self, frontier: merkle.Frontier) -> None:
        """Hold that nobody has a checkpoint above the log's, and that a trusted key is its own."""
        for size, all_held in sorted(self._against.items()):
            for held in filter(self._is_evidence, all_held):
                en = f"{held.label} holds a checkpoint of size {size}, above the log's"
                zh = f"{held.label} 中的检查点大小为 {size}，超过账本的 {frontier.size} 条：有条目丢失"
                self._find(held, f"{en} {frontier.size}: entries were lost", zh)
        if self._trusted and not set(log_keys(self._book.all(Key))) & set(self._trusted):
            self._report.find(
                "log.untrusted",
                "entry 0",
                f"the log {self._book.origin} is not signed by a key that the trust file names",
                f"账本 {self._book.origin} 的密钥不在信任文件中",
            )

    def _find(self, held: Held, en: str, zh: str, code: str = "checkpoint.outside") -> None:
        self._report.find(code, held.label, en, zh)

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
            read(held.note, [*self._trusted, *log_keys(self._book.all(Key))])
