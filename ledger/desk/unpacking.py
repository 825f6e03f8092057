"""Unpacking: a .zip of evidence is checked by whoever has it and trust.json, without the ledger.

Every statement in it must be in a trusted log under the checkpoint beside it, and every row must be one
that its statement commits to. What is in the archive and checked by nothing is a trouble as well: whoever
reads it would take it for evidence. The list of contents alone is nobody's word, and is not looked at.
"""

import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from ledger import merkle, tlogproof
from ledger.checkpoint import Checkpoint
from ledger.errors import LedgerError, Malformed, Unverified
from ledger.statements import Entry, item_root
from ledger.tlogproof import Proof
from ledger.trust import Trust

MAX_SIZE = 256 * 1024 * 1024  # bytes, packed and unpacked: a team's whole year has a hundredth
_BESIDE = ("README.txt", "目录.xlsx", "checkpoint.txt")
_NAME = re.compile(r"entries/([0-9]{6,19})\.(txt|items\.jsonl|tlog-proof)")
_STRANGER = ("nothing in the pack vouches for this file", "包中没有任何证明说到这个文件")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a pack proves, and what is wrong with it: which file, and why."""

    under: Checkpoint
    witnesses: int
    entries: int
    rows: int
    troubles: Sequence[tuple[str, LedgerError]]


def check(data: bytes, trust: Trust) -> Checked:
    """Check all that is in a pack, or raise where it is none, or under no checkpoint that is trusted."""
    files = _files(data)
    under, witnesses = trust.check(_file(files, "checkpoint.txt"))
    names = {name: _NAME.fullmatch(name) for name in files if name not in _BESIDE}
    troubles: list[tuple[str, LedgerError]] = [
        (name, Malformed(*_STRANGER)) for name, match in names.items() if not match
    ]
    numbers, entries, rows = sorted({match[1] for match in names.values() if match}), 0, 0
    if not numbers:
        raise Malformed(
            "there is no statement in it: nothing is proved", "其中没有文书：什么也没有证明"
        )
    for number in numbers:
        try:
            rows += _check(files, number, under)
            entries += 1
        except LedgerError as error:
            troubles.append((f"entries/{number}", error))
    return Checked(under, witnesses, entries, rows, troubles)


def checkpoint_of(data: bytes) -> bytes:
    """Return the note of a pack's checkpoint, checked by nobody, or raise."""
    return _file(_files(data), "checkpoint.txt")


def rows_of(entry: bytes, lines: bytes) -> int:
    """Return how many rows an entry has, or raise where these lines are not they, all of them."""
    items = lines.split(b"\n")
    due = Entry.parse(entry).statement.head.items
    true = (due.count, due.root) if due else (0, item_root([]))
    if items.pop() or (len(items), item_root(items)) != true:
        raise Unverified(
            "the rows are not those that its entry commits to", "明细与条目所承诺的不符"
        )
    return len(items)


def _check(files: Mapping[str, bytes], number: str, under: Checkpoint) -> int:
    """Check one statement and its rows; return how many rows."""
    name = f"entries/{number}"
    entry, proof = _file(files, f"{name}.txt"), Proof.parse(_file(files, f"{name}.tlog-proof"))
    if (
        proof.index != int(number)
        or proof.checkpoint != files["checkpoint.txt"]
        or (proof.extra and not _holds(proof.extra, entry))
    ):
        raise Unverified(
            "its proof is of another entry, or under another checkpoint than the pack's",
            "它的证明属于另一条目，或依据的不是包中的检查点",
        )
    merkle.check_inclusion(
        merkle.leaf_hash(entry), proof.index, under.size, under.root, proof.hashes
    )
    return rows_of(entry, files.get(f"{name}.items.jsonl", b""))


def _holds(extra: bytes, entry: bytes) -> bool:
    """Tell whether a proof carries the very entry, and nothing else that nobody checks."""
    shown = tlogproof.shown(extra)
    return shown.entry.encode() == entry and shown.items is None and shown.hashes is None


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise Malformed(f"{name} is missing", f"缺少 {name}")
    return files[name]


def _files(data: bytes) -> Mapping[str, bytes]:
    """Read an archive, or raise `Malformed`; names that come twice would be read either way."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            listed = archive.infolist()
            twice = len({one.filename for one in listed}) != len(listed)
            if twice or sum(one.file_size for one in listed) > MAX_SIZE:
                raise Malformed(
                    "a name comes twice in it, or it is too big", "其中有重名的文件，或过大"
                )
            return {one.filename: archive.read(one) for one in listed}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Malformed("it is a damaged archive", "压缩包已损坏") from error
