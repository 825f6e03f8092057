"""Packing: the evidence of some lines in one .zip, so that it checks without the ledger.

目录.xlsx                    every line, who said it and when
checkpoint.txt               the signed note under which all proofs are
entries/000012.txt           the stamp and the note of a statement, byte for byte
entries/000012.items.jsonl   its rows, one a line
entries/000012.tlog-proof    that it is in the log (c2sp.org/tlog-proof@v1), the entry in it

Of every line: who recorded it, the notice, the confirmation, the activity, the appointments of those
who signed; of a certificate also its own statement; and the charter.
"""

import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO

from ledger.desk.tracing import Traced
from ledger.errors import Rejected
from ledger.proving import entry_shown, prove
from ledger.records import Activity, Key, Spoken
from ledger.store.reading import Reader

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same evidence is the same file


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
    entries = sorted({0, *own, *_said(view, lines)})
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:

        def put(name: str, data: bytes) -> None:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)

        put("目录.xlsx", index)
        put("checkpoint.txt", view.checkpoint())
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
    for by in {one.by for one in said}:
        if key := view.find(Key, by):
            yield key.entry
    for code in {line.activity for line in lines}:
        if activity := view.find(Activity, code):
            yield from (spoken.entry for spoken in view.where(Spoken, ref=activity.ref))
