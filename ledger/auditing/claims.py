"""Claims: what a statement says of the ledger itself, recomputed as soon as it is said.

`admit` takes such figures as said, because they need more than the persons concerned; whoever replays
the whole ledger can tell whether they are true.
"""

from collections.abc import Sequence

from ledger import kinds
from ledger.auditing.closings import Closings
from ledger.auditing.findings import Report
from ledger.book import Book
from ledger.records import Record
from ledger.rules.heard import Heard
from ledger.standings import Standings


class Claims:
    """Holds what admitted statements claim against what the ledger had come to."""

    def __init__(self, report: Report, book: Book) -> None:
        self._report = report
        self._book = book
        self._standings = Standings()
        self._closings = Closings()

    def hold(self, heard: Heard, effects: Sequence[Record], index: int) -> None:
        """Hold a statement that was admitted as entry `index`."""
        self._standings.take(effects)
        for found in self._closings.hold(self._book, heard, effects):
            self._report.find(*found)
        head = heard.statement.head
        if isinstance(head, kinds.Status) and not self._standings.fits(head, index):
            self._report.find(
                "status.false",
                f"entry {index}",
                f"the status list of entry {index} is not how certificates stood by its entries",
                f"第 {index} 条的效力清单与当时的条目不符",
            )

    def end(self) -> None:
        """Hold that what was begun was brought to its end."""
        for found in self._closings.end():
            self._report.find(*found)
