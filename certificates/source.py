"""The ledger as certificates read it: what is asked for many is asked once, what was read is kept.

Entries and items never change, so a newer view may follow on an older one; the log has checked them
when it took them in, and whoever verifies a certificate checks them again. Records are kept as they
were first read: a certificate's claim and its proof rest on the same ones, whatever is said in between.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from certificates.proof import ShownEntry
from ledger import merkle, statements
from ledger.book import Book
from ledger.desk import closed
from ledger.desk.office import book_of
from ledger.errors import Rejected
from ledger.kinds import Said
from ledger.records import Closing, Organisation, R, Spoken
from ledger.rows import ClosingItem, ConfirmationItem, Item
from ledger.store.reading import Reader
from ledger.wants import Wants

_MANY = 2_000  # entries that are read at a time

Key = tuple[str | int, ...]


class Ledger:
    """One view after another of a ledger."""

    def __init__(self, view: Reader) -> None:
        """Begin with nothing read."""
        self._view = view
        self.shown: dict[tuple[int, tuple[int, ...]], ShownEntry] = {}
        self._found: dict[tuple[type, Key], Any] = {}
        self._groups: dict[tuple[type, str, str | int], list[Any]] = {}
        self._years: dict[tuple[str, str], Book] = {}
        self._index: dict[str, int] = {}
        self._entries: dict[int, tuple[bytes, tuple[bytes, ...]]] = {}
        self._heads: dict[int, Said] = {}
        self._items: dict[int, dict[tuple[int, int], bytes]] = {}
        self._roots: dict[merkle.Range, merkle.Hash] = {}
        self._confirming: dict[int, dict[str, int]] = {}

    def follow(self, view: Reader) -> None:
        """Go on with a newer view."""
        self._view = view

    # --- records ---------------------------------------------------------------------------------

    def find(self, kind: type[R], *key: str | int) -> R | None:
        """Return a record of the projections."""
        if (kind, key) not in self._found:
            self._found[kind, key] = self._view.find(kind, *key)
        found: R | None = self._found[kind, key]
        return found

    def of(self, kind: type[R], field: str, value: str | int) -> Sequence[R]:
        """Return the records whose field has a value."""
        if (kind, field, value) not in self._groups:
            self.read(kind, field, [value])
        return self._groups[kind, field, value]

    def read(self, kind: type[R], field: str, values: Iterable[str | int]) -> None:
        """Read the records whose field has one of many values, and keep them."""
        missing = dict.fromkeys(v for v in values if (kind, field, v) not in self._groups)
        for value in missing:
            self._groups[kind, field, value] = []
            if (field,) == kind.KEY:
                self._found[kind, (value,)] = None
        for record in self._view.among(kind, (field,), [(value,) for value in missing]):
            self._groups[kind, field, getattr(record, field)].append(record)
            self._found[kind, tuple(getattr(record, name) for name in kind.KEY)] = record

    @cached_property
    def book(self) -> Book:
        """The organisations, as the rules ask about them."""
        book = book_of(self._view, Wants())
        book.put(self._view.all(Organisation))
        return book

    def book_of(self, organisation: str, year: str) -> Book:
        """Return a book with the certificates that an issuer gave in a year."""
        if (organisation, year) not in self._years:
            asked = Wants(organisations={organisation}, numbers={(organisation, year)})
            self._years[organisation, year] = book_of(self._view, asked)
        return self._years[organisation, year]

    def closed(self, organisation: str, number: str) -> tuple[Closing, int, ClosingItem]:
        """Return the row of a volunteer in the newest closing of an organisation, or raise `Rejected`."""
        whole = closed.closing_of(self._view, organisation)
        spot = closed.find(self._view, whole, number)
        if spot.row is None:
            raise Rejected(
                "certificate.closing",
                en=f"{number} has no row in the closing of {organisation} at entry {whole.first.entry}",
                zh=f"{organisation} 第 {whole.first.entry} 条结账中没有 {number}",
            )
        part = next(one for one in whole.parts if one.entry == spot.row[0])
        item = self.row(part.ref, spot.row[1])
        assert isinstance(item, ClosingItem)
        return part, spot.row[1], item

    # --- entries ---------------------------------------------------------------------------------

    def index_of(self, ref: str) -> int:
        """Return the index of the entry whose statement has that ref."""
        if ref not in self._index:
            self.locate([ref])
        return self._index[ref]

    def locate(self, refs: Iterable[str]) -> None:
        """Learn where many statements stand."""
        missing = dict.fromkeys(ref for ref in refs if ref not in self._index)
        for one in self._view.among(Spoken, ("ref",), [(ref,) for ref in missing]):
            self._index[one.ref] = one.entry

    @property
    def located(self) -> set[int]:
        """Where the statements stand that were asked for."""
        return set(self._index.values())

    def fetch(self, indices: Iterable[int]) -> None:
        """Read many entries."""
        missing = sorted({index for index in indices if index not in self._entries})
        for start in range(0, len(missing), _MANY):
            for stored in self._view.entries_at(missing[start : start + _MANY]):
                self._entries[stored.index] = (stored.entry, stored.items)

    def entry(self, index: int) -> bytes:
        """Return the bytes of an entry."""
        return self._stored(index)[0]

    def items(self, index: int) -> Sequence[bytes]:
        """Return the items of an entry."""
        return self._stored(index)[1]

    def head(self, index: int) -> Said:
        """Return the head of an entry's statement."""
        if index not in self._heads:
            self._heads[index] = statements.head_again(self.entry(index))
        return self._heads[index]

    def row(self, ref: str, n: int) -> Item:
        """Return a row of a statement."""
        index = self.index_of(ref)
        return statements.read_again(self.head(index), [self.items(index)[n]])[0]

    def confirming(self, index: int, ref: str) -> int:
        """Return which row of a confirmation speaks of an attendance statement."""
        if index not in self._confirming:
            rows = statements.read_again(self.head(index), self.items(index))
            self._confirming[index] = {
                row.attendance: n for n, row in enumerate(rows) if isinstance(row, ConfirmationItem)
            }
        return self._confirming[index][ref]

    def item_node(self, index: int, level: int, at: int) -> bytes:
        """Return a node of the tree over an entry's items."""
        known = self._items.setdefault(index, {})
        if (level, at) not in known:
            part = self.items(index)[at << level : (at + 1) << level]
            leaves = [known.setdefault((0, n), merkle.leaf_hash(item))
                      for n, item in enumerate(part, start=at << level)]  # fmt: skip
            known[level, at] = merkle.root(leaves)
        return known[level, at]

    def roots(self, spans: Sequence[merkle.Range]) -> list[merkle.Hash]:
        """Return the roots of subtrees of the log's tree; certificates share most of them."""
        missing = [span for span in spans if span not in self._roots]
        nodes = self._view.nodes(
            list(dict.fromkeys(n for span in missing for n in merkle.complete_nodes(*span)))
        )
        for span in missing:
            self._roots[span] = merkle.range_root(*span, lambda *node: nodes[node])
        return [self._roots[span] for span in spans]

    def _stored(self, index: int) -> tuple[bytes, tuple[bytes, ...]]:
        if index not in self._entries:
            self.fetch([index])
        return self._entries[index]
