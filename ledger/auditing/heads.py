"""Heads: the checkpoints that the ledger keeps, held against the tree at their size."""

from collections.abc import Iterable

from ledger import merkle
from ledger.auditing.evidence import Log
from ledger.auditing.findings import Report
from ledger.book import Book
from ledger.checkpoint import Checkpoint, read
from ledger.errors import LedgerError, Malformed
from ledger.note import Verifier
from ledger.records import NOBODY, Key


class Heads:
    """Holds every stored checkpoint against the tree at its size."""

    def __init__(self, log: Log, report: Report, book: Book) -> None:
        self._report = report
        self._book = book
        self._stored = iter(log.checkpoints())
        self._next = next(self._stored, None)
        self._last = 0

    def hold(self, frontier: merkle.Frontier) -> None:
        """Hold the checkpoints up to the size that was reached."""
        while self._next and self._next[0] <= frontier.size:
            self._hold_stored(frontier, *self._next)
            self._next = next(self._stored, None)

    def end(self, frontier: merkle.Frontier) -> None:
        """Hold that the last checkpoint is that of the last entry."""
        if self._last != frontier.size or self._next:
            size = self._next[0] if self._next else self._last
            self._report.find(
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
            checkpoint, signed = read(note, log_keys(in_force))
            if len(signed.signatures) > 1:
                # A stranger's line is passed over by readers, so nobody else would see it come in.
                raise Malformed("it has signatures that are not the log's", "有不是日志所签的签名")
        except LedgerError as error:
            self._report.find(
                "checkpoint.bad", place, f"{place}: {error.en}", f"检查点 {size}：{error.zh}"
            )
            return
        self._last = size
        true = Checkpoint(self._book.origin, frontier.size, frontier.root())
        if checkpoint != true or size != checkpoint.size:
            self._report.find(
                "checkpoint.root",
                place,
                f"{place} commits to another tree than the entries give",
                f"检查点 {size} 的树根与条目不符",
            )


def log_keys(keys: Iterable[Key]) -> list[Verifier]:
    """Return those of the keys that sign checkpoints."""
    return [Verifier.parse(key.vkey) for key in keys if key.role == "log"]
