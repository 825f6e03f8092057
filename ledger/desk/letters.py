"""Letters: statements on their way to the log, signed here or at another PC.

    {"format": "volunteer-ledger/letters@v1", "letters": [{"items": ["<canonical JSON>", …],
     "text": "<the statement's text>", "note": "<the signed note, absent while unsigned>"}, …]}

The confirmer signs at his own PC: whoever prepares a letter needs no key of his.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from ledger import encoding, kinds, statements
from ledger.errors import Malformed, Unsafe
from ledger.kinds import Head, Items, Said
from ledger.note import Note, Signer, sign
from ledger.statements import Statement

FORMAT = "volunteer-ledger/letters@v1"


_FIELDS = {"format", "letters"}


@dataclass(frozen=True, slots=True)
class Letter:
    """A statement's text and items, and its note once it is signed."""

    text: str
    items: tuple[bytes, ...] = ()
    note: bytes = b""

    def signed(self, signer: Signer) -> "Letter":
        """Return the letter signed by whom its head names, or raise."""
        note = bytes(sign(self.text, signer))
        try:
            statement = statements.read(note, exact=True)
        except Malformed as error:
            raise Unsafe(
                "key.other",
                en=f"this letter is not to be signed by {signer.verifier.by}, or is damaged",
                zh=f"这份文书不应由 {signer.verifier.by} 签署，或已损坏",
            ) from error
        statements.read_items(statement.head, self.items, exact=True)
        return replace(self, note=note)

    def statement(self) -> Statement:
        """Return what a signed letter says."""
        return statements.read(self.note, exact=True)


@dataclass(frozen=True, slots=True)
class Pen:
    """Who writes, in which log, and when: what every head says beside its own fields."""

    origin: str
    by: str
    now: str
    signer: Signer | None = None  # None: the letter is signed elsewhere

    def write(
        self,
        kind: type[Head],
        organisation: str,
        rows: Sequence[Mapping[str, Any]] = (),
        /,
        **fields: object,
    ) -> Letter:
        """Return a letter of that kind, signed if the key is at hand."""
        items = tuple(encode_row(row) for row in rows)
        common: dict[str, object] = {
            "at": self.now,
            "by": self.by,
            "id": secrets.token_hex(16),
            "organisation": organisation,
        }
        if items:
            common["items"] = Items(count=len(items), root=statements.item_root(items))
        present = {name: value for name, value in fields.items() if value is not None}
        head: Said = kind(**common, **present)  # type: ignore[assignment,arg-type]
        letter = Letter(statements.write(self.origin, head), items)
        return letter.signed(self.signer) if self.signer else letter


def write(letters: Sequence[Letter]) -> bytes:
    """Return letters as a file."""
    rows = [
        {
            "items": [item.decode() for item in letter.items],
            "text": letter.text,
            **({"note": letter.note.decode()} if letter.note else {}),
        }
        for letter in letters
    ]
    return encoding.encode({"format": FORMAT, "letters": rows}, lines=True)


def read(data: bytes) -> tuple[Letter, ...]:
    """Read a file of letters in its one form."""
    try:
        value = encoding.decode(data, lines=True)
    except Malformed:
        value = None
    if not isinstance(value, dict) or value.get("format") != FORMAT or set(value) != _FIELDS:
        raise Malformed(
            "this is no file of letters to the ledger; name the one that --out wrote, unchanged",
            "这不是待签或待交的文书文件；应是用 --out 写出、未经改动的文件",
        )
    rows = value["letters"]
    return tuple(map(_letter, rows if isinstance(rows, list) else [rows]))


def _letter(row: object) -> Letter:
    known = isinstance(row, dict) and set(row) <= {"items", "text", "note"}
    found = row if isinstance(row, dict) and known else {}
    items, text, note = found.get("items"), found.get("text"), found.get("note", "")
    if not (isinstance(text, str) and isinstance(note, str)) or not _texts(items):
        raise Malformed("a letter's fields are not as they must be", "文书文件的内容不合规定")
    letter = Letter(text, tuple(item.encode() for item in items), note.encode())
    if letter.note and Note.parse(letter.note).text != letter.text:
        raise Malformed("a letter's note has another text", "文书文件的签名对应另一文本")
    return letter


def encode_row(row: Mapping[str, Any]) -> bytes:
    """Return a row as an item: absent fields left out, and a salt of its own unless it brings one."""
    present = {name: value for name, value in row.items() if value not in (None, "")}
    present.setdefault("salt", new_salt())
    if "parent" in row:
        present["parent"] = row["parent"]  # the root's is empty, and is said
    return encoding.encode(present)


def log_key_in(note: bytes) -> str:
    """Return the log key that a signed statement puts in the place of the one in force, if it does."""
    if b'"kind":"recovery"' not in note and b'"role":"log"' not in note:
        return ""  # nearly always, and reading twice would cost
    try:
        head = statements.read(note, exact=True).head
    except Malformed:
        return ""  # the log will say what is wrong with it
    if isinstance(head, kinds.Recovery):
        return head.log or ""
    return head.key if isinstance(head, kinds.Appointment) and head.role == "log" else ""


def new_salt() -> str:
    """Return a salt that nobody can guess."""
    return encoding.base64(secrets.token_bytes(16))


def _texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
