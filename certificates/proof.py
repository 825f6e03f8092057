"""proof.json: the entries a certificate rests on, and the hashes that lead them to a checkpoint.

A proof shows exactly: the charter; the certificate with its item; each attendance statement with
the certified lines; the confirmation items that first cover them; each training, honour and award
that the certificate names, and the row of a closing that it carries over; the appointments of all
signers; and the rows in force of the volunteer, the activities, and the organisations up to the root.
Its hashes are the roots of the largest subtrees without a shown leaf, so a proof has one form.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Protocol

from msgspec import Meta
from msgspec.json import Decoder

from ledger import encoding, fields, merkle, statements
from ledger.errors import Malformed
from ledger.fields import Form, Whole
from ledger.kinds import Said
from ledger.records import NOBODY, Activity, Key, Line, Organisation, R, Sheet, Volunteer
from ledger.rows import CertificateItem
from ledger.rules.authority import LEDGER

FORMAT = "volunteer-ledger/proof@v1"
MAX_SIZE = 16 * 1024 * 1024
Shown = dict[int, set[int]]  # entry index: numbers of the items shown with it


class ShownItem(Form, frozen=True):
    """One row of a statement."""

    n: Whole
    item: str


class ShownEntry(Form, frozen=True):
    """One entry; `items` and `hashes` are absent where no item is shown."""

    index: Whole
    entry: str
    items: Annotated[tuple[ShownItem, ...], Meta(min_length=1)] | None = None
    hashes: tuple[str, ...] | None = None


class Opening(Form, frozen=True):
    """The key and the value of a commitment."""

    key: str
    value: str


class Proof(Form, frozen=True, tag_field="format", tag=FORMAT):
    """What proof.json says. Nothing in it is checked yet but its form."""

    certificate: Whole
    checkpoint: str
    entries: Annotated[tuple[ShownEntry, ...], Meta(min_length=1)]
    hashes: tuple[str, ...]
    opening: dict[str, Opening]
    timestamp: str | None = (
        None  # an RFC 3161 token over the checkpoint, base64; adds, never decides
    )

    def write(self) -> bytes:
        """Return the one encoding of the proof."""
        return fields.write(self, lines=True)


_READER = Decoder(Proof)


def read(data: bytes) -> Proof:
    """Read proof.json in its one form; an unknown format is refused."""
    if len(data) > MAX_SIZE:
        raise Malformed("proof.json is above 16 MiB", "proof.json 超过 16 MiB")
    try:
        return fields.read(_READER, data, ("proof.json", "proof.json"), exact=True, lines=True)
    except Malformed:
        value = encoding.decode(data, lines=True)
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise Malformed(
                "proof.json has a format unknown here", "proof.json 的格式未知"
            ) from None
        raise


# --- making one ---------------------------------------------------------------------------------


class Source(Protocol):
    """What a proof is made from: a ledger's entries, items, nodes and projections."""

    def entry(self, index: int) -> bytes:
        """Return the bytes of an entry."""

    def items(self, index: int) -> Sequence[bytes]:
        """Return the items of an entry, none if it has none."""

    def index_of(self, ref: str) -> int:
        """Return the index of the entry whose statement has that ref."""

    def roots(self, spans: Sequence[merkle.Range]) -> Sequence[merkle.Hash]:
        """Return the roots of subtrees of the log's tree."""

    def find(self, kind: type[R], *key: str | int) -> R | None:
        """Return a record of the projections."""

    def head(self, index: int) -> Said:
        """Return the head of an entry's statement."""

    def confirming(self, index: int, ref: str) -> int:
        """Return which row of a confirmation speaks of an attendance statement."""

    def item_node(self, index: int, level: int, at: int) -> bytes:
        """Return a node of the tree over an entry's items."""

    @property
    def shown(self) -> "dict[tuple[int, tuple[int, ...]], ShownEntry]":
        """What was shown before, by entry and rows: many certificates show the same."""


@dataclass(frozen=True, slots=True)
class Committed:
    """The checkpoint note under which a proof is made, its size, and its time stamp if it has one."""

    note: bytes
    size: int
    timestamp: str | None = None


def make(
    source: Source, certificate: int, committed: Committed, opening: Mapping[str, Opening]
) -> Proof:
    """Return the proof of the certificate at an entry, under a checkpoint."""
    entries, hashes = show_all(source, gather(source, certificate), committed.size)
    return Proof(
        certificate=certificate,
        checkpoint=committed.note.decode(),
        entries=entries,
        hashes=hashes,
        opening=dict(opening),
        timestamp=committed.timestamp,
    )


def show_all(
    source: Source, shown: Shown, size: int
) -> tuple[tuple[ShownEntry, ...], tuple[str, ...]]:
    """Return entries with their shown items, and the hashes that lead them to the root at a size."""
    order = sorted(shown)
    ranges = merkle.hidden_ranges(order, size)
    hashes = source.roots(ranges)
    entries = tuple(_show(source, index, tuple(sorted(shown[index]))) for index in order)
    return entries, tuple(encoding.base64(found) for found in hashes)


def gather(source: Source, certificate: int) -> Shown:
    """Return which entries and items a certificate rests on."""
    shown: Shown = {0: {0}, certificate: {0}}
    head = source.head(certificate)
    item = statements.read_item(head, source.items(certificate)[0])
    assert isinstance(item, CertificateItem)
    _add_row(source, shown, source.find(Volunteer, item.volunteer))
    for ref, rows in (*item.training, *item.honours):
        shown.setdefault(source.index_of(ref), set()).update(rows)
    if item.closing:
        shown.setdefault(source.index_of(item.closing[0]), set()).add(item.closing[1])
    if item.star:
        shown.setdefault(source.index_of(item.star[0]), set()).add(item.star[1])
    for ref, rows in item.lines:
        sheet = source.find(Sheet, ref)
        assert sheet
        shown.setdefault(sheet.entry, set()).update(rows)
        _add_row(source, shown, source.find(Activity, sheet.activity))
        for n in rows:
            line = source.find(Line, ref, n)
            assert line
            by = sheet.confirmation if line.confirmation == NOBODY else line.confirmation
            shown.setdefault(by, set()).add(source.confirming(by, ref))
    close(source, shown)
    return shown


def close(source: Source, shown: Shown) -> None:
    """Add signers' appointments and organisations' rows, and theirs, until nothing is missing."""
    done: set[int] = set()
    while rest := sorted(set(shown) - done):
        for index in rest:
            done.add(index)
            head = source.head(index)
            key = source.find(Key, head.by)
            assert key
            shown.setdefault(key.entry, set()).add(0)
            for row in _chain(source, head.organisation):
                _add_row(source, shown, row)


def _chain(source: Source, code: str) -> Iterator[Organisation]:
    while code and code != LEDGER and (row := source.find(Organisation, code)):
        yield row
        code = row.parent


def _add_row(source: Source, shown: Shown, row: Volunteer | Activity | Organisation | None) -> None:
    assert row
    shown.setdefault(source.index_of(row.ref), set()).add(row.n)


def _show(source: Source, index: int, rows: tuple[int, ...]) -> ShownEntry:
    if (index, rows) not in source.shown:
        source.shown[index, rows] = _shown(source, index, rows)
    return source.shown[index, rows]


def _shown(source: Source, index: int, rows: tuple[int, ...]) -> ShownEntry:
    entry = source.entry(index).decode()
    if not rows:
        return ShownEntry(index=index, entry=entry)
    items = source.items(index)
    node = partial(source.item_node, index)
    return ShownEntry(
        index=index,
        entry=entry,
        items=tuple(ShownItem(n=n, item=items[n].decode()) for n in rows),
        hashes=tuple(map(encoding.base64, merkle.shared_proof(rows, len(items), node))),
    )
