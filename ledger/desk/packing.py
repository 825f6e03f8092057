"""Packing: the evidence of some lines in one .zip, so that it checks without the ledger.

README.txt                   what is in it, and how it is checked
目录.xlsx                    every line, who said it and when
checkpoint.txt               the signed note under which all proofs are
entries/000012.txt           the stamp and the note of a statement, byte for byte
entries/000012.items.jsonl   its rows, one a line
entries/000012.tlog-proof    that it is in the log (c2sp.org/tlog-proof@v1), the entry in it

Of every line: who recorded it, the notice, the confirmation, the activity; of a certificate its own
statement and the closing that it rests on; and of whatever is there the appointment of who signed it, up
to the charter, and the rows of its organisation up to the root.
"""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO

from ledger import kinds
from ledger.desk.tracing import Traced
from ledger.errors import Rejected
from ledger.proving import entry_shown, prove
from ledger.records import Activity, Closing, Key, Organisation, Spoken
from ledger.rows import CertificateItem
from ledger.statements import Entry, read_item
from ledger.store.reading import Reader

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same evidence is the same file
README = """\
证据包 · A pack of evidence

entries/000012.txt           一份文书：账本的时间戳，和签署人签名的原文 · a statement: the log's stamp, the signed note
entries/000012.items.jsonl   它的明细，一行一条 · its rows, one a line
entries/000012.tlog-proof    它已入账的证明（C2SP tlog-proof） · the proof that it is in the log
checkpoint.txt               各份证明所依据的检查点，由账本签名 · the signed checkpoint of all the proofs
目录.xlsx                    以上内容的一览，供查找，本身不是证据 · to find one's way: a list, and no evidence

核对全部文书和明细，不需要账本 · To check every statement and row, without the ledger:

    vledger prove --check 本文件.zip --trust trust.json

trust.json 请向公布账本的单位索取，不要取自把本包交给您的人。
Get trust.json from who publishes the ledger, and not from whoever gave you this file.
"""


def packed(
    view: Reader, lines: Sequence[Traced], index: bytes, own: Sequence[int] = ()
) -> tuple[bytes, int]:
    """Return the archive of lines, with `own` entries beside them, and how many entries are in it.

    Raises `Rejected` where there is no line.
    """
    if not lines:
        raise Rejected(
            "pack.empty",
            en="there is no record of service: nothing to pack",
            zh="没有服务记录，无可打包",
        )
    entries = sorted(_grounded(view, {0, *own, *_said(view, lines)}))
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:

        def put(name: str, data: bytes) -> None:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)

        put("README.txt", README.encode())
        put("目录.xlsx", index)
        put("checkpoint.txt", view.cosigned())
        for entry in entries:
            stored, shown = view.entry(entry), entry_shown(view, entry)
            assert stored
            name = f"entries/{entry:06d}"
            put(f"{name}.txt", stored.entry)
            if stored.items:
                put(f"{name}.items.jsonl", b"".join(item + b"\n" for item in stored.items))
            put(f"{name}.tlog-proof", bytes(prove(view, entry, shown)))
    return out.getvalue(), len(entries)


def _said(view: Reader, lines: Sequence[Traced]) -> Iterator[int]:
    """Give the entries that lines rest on."""
    said = {one for line in lines for one in (line.recorded, line.noticed, line.confirmed) if one}
    yield from (one.entry for one in said)
    for code in {line.activity for line in lines}:
        if activity := view.find(Activity, code):
            yield from _named(view, activity.ref)


def _grounded(view: Reader, entries: Iterable[int]) -> set[int]:
    """Return entries, and those by which their signers may say so: what they rest on, and so on."""
    found, waiting = set[int](), list(entries)
    while waiting:
        entry = waiting.pop()
        if entry not in found:
            found.add(entry)
            waiting += _grounds(view, entry)
    return found


def _grounds(view: Reader, entry: int) -> Iterator[int]:
    stored = view.entry(entry)
    assert stored
    head = Entry.parse(stored.entry).statement.head
    if key := view.find(Key, head.by):
        yield key.entry
    code = head.organisation
    while organisation := view.find(Organisation, code):
        yield from _named(view, organisation.ref)
        code = organisation.parent
    if isinstance(head, kinds.Certificate):
        item = read_item(head, stored.items[0])
        assert isinstance(item, CertificateItem)
        if item.closing:
            yield from (one.entry for one in view.where(Closing, ref=item.closing[0]))


def _named(view: Reader, ref: str) -> Iterator[int]:
    """Give the entry of a statement."""
    yield from (one.entry for one in view.where(Spoken, ref=ref))
