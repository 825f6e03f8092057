"""A statement: one signed thing said by one officer, and an entry, what the log holds of it.

    volunteer-ledger/statement@v1
    <origin>
    <head: canonical JSON on one line>
                                             <- then exactly one signature line, by whom `by` names

Reading is strict in form (one encoding), and skips fields it does not know unless told `exact`: an
old verifier reads a newer ledger, an old `admit` refuses to decide about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from msgspec.json import Decoder

from ledger import encoding, fields, merkle, times
from ledger.errors import Malformed
from ledger.kinds import HEADS, ROWS, Said
from ledger.note import Note, Signer, sign
from ledger.rows import Item

FIRST_LINE = "volunteer-ledger/statement@v1"
MAX_HEAD = 16_384
MAX_ENTRY = 65_535
MAX_ITEM = 65_536
_STAMP = len("2026-03-02T08:00:00+08:00")


@dataclass(frozen=True, slots=True)
class Statement:
    """A well-formed statement: the note, what it says, and its ref. Nobody has checked who said it."""

    note: Note
    origin: str
    head: Said
    ref: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What the log holds: the stamp of admission and a statement."""

    stamp: str
    statement: Statement

    @classmethod
    def parse(cls, data: bytes, *, exact: bool = False) -> "Entry":
        """Read an entry in its one form."""
        if len(data) > MAX_ENTRY:
            raise Malformed("an entry is at most 65,535 bytes", "条目最长 65,535 字节")
        stamp, newline, note = data[:_STAMP], data[_STAMP : _STAMP + 1], data[_STAMP + 1 :]
        if newline != b"\n" or not stamp.isascii():
            raise Malformed("an entry begins with its stamp", "条目应以时间戳开头")
        times.moment(stamp.decode())
        return cls(stamp.decode(), read(note, exact=exact))


def entry_bytes(stamp: str, note: Note) -> bytes:
    """Return the bytes of an entry: stamp, newline, note."""
    return f"{stamp}\n".encode() + bytes(note)


def read(data: bytes, *, exact: bool = False) -> Statement:
    """Read a statement in its one form; `exact` refuses fields that this code does not know."""
    note = Note.parse(data)
    lines = note.text.split("\n")
    if len(lines) != len((FIRST_LINE, "origin", "head", "")) or lines[0] != FIRST_LINE:
        raise Malformed(f"a statement begins with {FIRST_LINE}", f"文书应以 {FIRST_LINE} 开头")
    if len(lines[2].encode()) > MAX_HEAD:
        raise Malformed("a head is at most 16,384 bytes", "文书首部最长 16,384 字节")
    head = fields.read(HEADS, lines[2].encode(), ("head", "首部"), exact=exact)
    if [signature.by for signature in note.signatures] != [head.by]:
        raise Malformed(
            "a statement is signed once, by whom it names", "文书只能由其所称的人签名一次"
        )
    if (head.items is None) != (head.row is None):
        raise Malformed("a statement has items if and only if it has rows", "文书的行与首部不符")
    return Statement(note, lines[1], head, ref(note.text))


def head_again(entry: bytes) -> Said:
    """Read what an entry says that `Entry.parse` has read before: all but the head is passed over."""
    return HEADS.decode(entry.split(b"\n", 4)[3])


def read_items(head: Said, data: Sequence[bytes], *, exact: bool = False) -> tuple[Item, ...]:
    """Read the rows of a statement and hold them against its root; no salt comes twice."""
    if head.items is None or head.row is None:
        if data:
            raise Malformed("a statement without items has rows", "无行的文书带有行")
        return ()
    if len(data) != head.items.count or item_root(data) != head.items.root:
        raise Malformed("the items are not those the head commits to", "行与首部承诺的树根不符")
    items = tuple(read_item(head, item, exact=exact) for item in data)
    if len({item.salt for item in items}) != len(items):
        raise Malformed("a salt comes twice", "盐值重复")
    return items


def read_again(head: Said, data: Sequence[bytes]) -> tuple[Item, ...]:
    """Read the rows of a statement that `read_items` has read before, at a fifth of the cost.

    Whatever is not those very bytes may come back as anything, or raise any error.
    """
    if head.row is None:
        return ()
    decode = _reader_again(head.row).decode
    return tuple([decode(item) for item in data])


@cache
def _reader_again(row: type[Item]) -> Decoder[Item]:
    return Decoder(fields.unchecked(row))


def read_item(head: Said, data: bytes, *, exact: bool = False) -> Item:
    """Read one row in its one form."""
    if len(data) > MAX_ITEM or head.row is None:
        raise Malformed("an item is at most 65,536 bytes", "行最长 65,536 字节")
    return fields.read(ROWS[type(head)], data, ("item", "行"), exact=exact)


def item_root(data: Sequence[bytes]) -> str:
    """Return the RFC 6962 root over item bytes, base64."""
    return encoding.base64(merkle.root([merkle.leaf_hash(item) for item in data]))


def ref(text: str) -> str:
    """Return what names a statement: base64 of SHA-256 of its text."""
    return encoding.base64(sha256(text.encode()).digest())


def write(origin: str, head: Said) -> str:
    """Return the text of a statement, ready to be signed."""
    return f"{FIRST_LINE}\n{origin}\n{fields.write(head).decode()}\n"


def say(origin: str, head: Said, signer: Signer) -> Statement:
    """Sign a statement, and read it back: what is said in the wrong form is never sent."""
    return read(bytes(sign(write(origin, head), signer)), exact=True)
