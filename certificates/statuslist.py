"""The file of a status list: what a clerk keeps beside `trust.json`, and asks without a network.

    {"format": "volunteer-ledger/status@v1", "list": "<base64 of zlib>", "sha256": "<of what zlib made>",
     "checkpoint": "<note>", "entries": [as in proof.json], "hashes": [as in proof.json]}

The last entry shown is the `status` statement: it commits to the list and says how long that may be
relied on. Beside it stand the charter and the appointments that lead from its signer to the charter,
nothing else. `sha256` proves nothing: it finds a copy that was damaged where zlib would not mind.

A file cannot show that its operator was dismissed before he signed, nor that he told the truth.
Neither enters the ledger unseen: `admit` refuses the one, an audit finds the other.
"""

import zlib
from dataclasses import dataclass
from hashlib import sha256

from msgspec.json import Decoder

from certificates import proof
from certificates.officers import logged
from certificates.proof import Committed, Shown, ShownEntry, Source
from certificates.told import Told, hold_true
from ledger import encoding, fields, kinds, standings
from ledger.book import Book
from ledger.errors import Unverified
from ledger.fields import Form, Hex64
from ledger.records import Key
from ledger.rules.authority import LEDGER
from ledger.rules.status import check_span
from ledger.standings import StatusList
from ledger.trust import Trust

FORMAT = "volunteer-ledger/status@v1"
MAX_SIZE = 32 * 1024 * 1024
MAX_LIST = (
    64 * 1024 * 1024
)  # bytes of the list itself; two bits an entry, so of 190 million entries


class StatusFile(Form, frozen=True, tag_field="format", tag=FORMAT):
    """What the file says. Nothing in it is checked yet but its form."""

    checkpoint: str
    entries: tuple[ShownEntry, ...]
    hashes: tuple[str, ...]
    list: str
    sha256: Hex64

    def write(self) -> bytes:
        """Return the one encoding of the file."""
        return fields.write(self, lines=True)


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that was checked: whose it is, as of when, and how long it may be relied on."""

    origin: str
    as_of: str
    next_update: str
    certificates: StatusList


_READER = Decoder(StatusFile)
_WHAT = ("the status file", "效力清单文件")


def make(source: Source, entry: int, committed: Committed, found: StatusList) -> StatusFile:
    """Return the file of the list to which the statement at an entry commits."""
    shown: Shown = {0: {0}, entry: set()}
    proof.close(source, shown)
    entries, hashes = proof.show_all(source, shown, committed.size)
    packed = zlib.compress(found.write(), 9)
    return StatusFile(
        checkpoint=committed.note.decode(),
        entries=entries,
        hashes=hashes,
        list=encoding.base64(packed),
        sha256=sha256(packed).hexdigest(),
    )


def check(data: bytes, trust: Trust) -> Listed:
    """Return a list by a trusted log's operator, or raise a `LedgerError`; knows no clock."""
    if len(data) > MAX_SIZE:
        raise Unverified("the status file is above 32 MiB", "效力清单文件超过 32 MiB")
    found = fields.read(_READER, data, _WHAT, exact=True, lines=True)
    checkpoint, _ = trust.check(found.checkpoint.encode())
    told, book = logged(found.entries, found.hashes, checkpoint)
    last = told[-1]
    head = last.statement.head
    if not isinstance(head, kinds.Status) or head.organisation != LEDGER:
        raise Unverified("the last entry is no status of a ledger", "最后一条不是账本的效力文书")
    exactly = [each.index for each in told] == _needed(book, told) and not last.items
    hold_true(exactly, "it shows more, or less, than it needs", "所示多于或少于所需")
    check_span(last.stamp, head.next_update)
    listed = standings.read(_unpacked(found, head))
    same = listed.size == head.size == last.index
    hold_true(same, "the list is of another size than its entry", "清单的条目数与其文书不符")
    return Listed(checkpoint.origin, last.stamp, head.next_update, listed)


def _needed(book: Book, told: tuple[Told, ...]) -> list[int]:
    """Return the entries from the charter to the last, each the appointment of the next one's signer."""
    by = {each.index: each.statement.head.by for each in told}
    found = [told[-1].index]
    while found[0] and (key := book.find(Key, by[found[0]])):
        found.insert(0, key.entry)
    return found


def _unpacked(found: StatusFile, head: kinds.Status) -> bytes:
    """Return the bytes of the list, never more than were promised, or raise."""
    packed = encoding.unbase64(found.list)
    whole = sha256(packed).hexdigest() == found.sha256
    hold_true(whole, "the status file is damaged", "效力清单文件已损坏")
    hold_true(head.list.length <= MAX_LIST, "the list is above 64 MiB", "清单超过 64 MiB")
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(packed, head.list.length + 1)
    except zlib.error as error:
        raise Unverified("the list cannot be unpacked", "清单无法解压") from error
    ended = stream.eof and not stream.unused_data
    own = ended and standings.committed(data) == head.list
    hold_true(own, "the list is not the one that was signed", "清单不是所签署的那一份")
    return data
