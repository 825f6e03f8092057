"""Claims: what a statement says of the ledger itself, recomputed as soon as it is said.

`admit` takes such figures as said, because they need more than the persons concerned; whoever replays
the whole ledger can tell whether they are true.
"""

from collections.abc import Sequence

from ledger import kinds
from ledger.auditing.closings import Closings
from ledger.auditing.findings import Pair, Report
from ledger.book import Book
from ledger.encoding import base64
from ledger.merkle import Frontier
from ledger.note import Verifier
from ledger.records import Record
from ledger.rules.heard import Heard
from ledger.rules.signed import note_of
from ledger.standings import Standings


class Claims:
    """Holds what admitted statements claim against what the ledger had come to."""

    def __init__(self, report: Report, book: Book, frontier: Frontier) -> None:
        self._report, self._book, self._frontier = report, book, frontier
        self._standings = Standings()
        self._closings = Closings()
        self._anchored: dict[tuple[str, int], tuple[int, kinds.Anchor]] = {}
        self._samples: set[str] = set()  # refs
        self.lost: dict[tuple[int, str], int] = {}  # checkpoints that a recovery names, and where

    def hold(self, heard: Heard, effects: Sequence[Record], index: int) -> None:
        """Hold a statement that was admitted as entry `index`."""
        self._standings.take(effects)
        for found in self._closings.hold(self._book, heard, effects):
            self._report.find(*found)
        head = heard.statement.head
        if isinstance(head, kinds.Recovery):
            self._hold_recovery(head, index)
        if isinstance(head, kinds.Anchor):
            self._hold_anchor(head, index)
        if isinstance(head, kinds.Sample | kinds.Check):
            self._hold_sample(head, heard.ref, index)
        if isinstance(head, kinds.Status) and not self._standings.fits(head, index):
            self._report.find(
                "status.false",
                f"entry {index}",
                f"the status list of entry {index} is not how certificates stood by its entries",
                f"第 {index} 条的效力清单与当时的条目不符",
            )

    def _hold_recovery(self, head: kinds.Recovery, index: int) -> None:
        """Hold that what is kept is what was here: a recovery cannot be put under another history."""
        self.lost |= {(one.size, one.root): index for one in head.lost}
        if head.root != base64(self._frontier.root()):
            self._report.find(
                "recovery.root",
                f"entry {index}",
                f"the recovery of entry {index} keeps other entries than those before it",
                f"第 {index} 条恢复文书所保留的内容，与它之前的条目不符",
            )

    def _hold_sample(self, head: kinds.Sample | kinds.Check, ref: str, index: int) -> None:
        """Hold that a sample is of the entries before it, and that results are of a sample."""
        if isinstance(head, kinds.Check):
            if head.sample not in self._samples:
                en = f"entry {index} has results of a sample that nobody drew"
                zh = f"第 {index} 条记载的核对结果不属于任何一次抽查"
                self._report.find("check.sample", f"entry {index}", en, zh)
            return
        self._samples.add(ref)
        if head.root != base64(self._frontier.root()):
            en = f"the sample of entry {index} is of other entries than those before it"
            zh = f"第 {index} 条抽查所针对的内容，与它之前的条目不符"
            self._report.find("sample.root", f"entry {index}", en, zh)

    def _hold_anchor(self, head: kinds.Anchor, index: int) -> None:
        """Hold an anchor against those of the same log and size before it."""
        key = Verifier.parse(head.log)
        before, known = self._anchored.setdefault((key.name, head.size), (index, head))
        if known.root == head.root:
            return
        self._report.find(
            "anchor.fork",
            f"entry {index}",
            f"the entries {before} and {index} anchor two checkpoints of {key.name} that cannot both be"
            " true: that log signed two histories",
            f"第 {before} 条与第 {index} 条锚定了 {key.name} 两个不可能都为真的检查点：该账本签署了两种历史",
        )
        notes = (
            bytes(note_of(Verifier.parse(one.log), one.size, one.root, one.signature))
            for one in (known, head)
        )
        self._report.pairs.append(Pair(*notes))

    def end(self) -> None:
        """Hold that what was begun was brought to its end."""
        for found in self._closings.end():
            self._report.find(*found)
