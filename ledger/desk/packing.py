"""Packing: the evidence of some lines in one .zip, so that it checks without the ledger.

目录.xlsx                    every line, who said it and when
checkpoint.txt               the signed note under which all proofs are
entries/000012.txt           the stamp and the note of a statement, byte for byte
entries/000012.items.jsonl   its rows, one a line
entries/000012.tlog-proof    that it is in the log (c2sp.org/tlog-proof@v1)
"""

import zipfile
from collections.abc import Sequence
from io import BytesIO

from ledger.desk.tracing import Traced
from ledger.errors import Rejected
from ledger.log import receipts
from ledger.store.reading import Reader

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same evidence is the same file


def packed(view: Reader, lines: Sequence[Traced], index: bytes) -> tuple[bytes, int]:
    """Return the archive, and how many entries are in it; raise `Rejected` where there is nothing."""
    if not lines:
        raise Rejected(
            "pack.empty",
            en="there is no record of service: nothing to pack",
            zh="没有服务记录，无可打包",
        )
    said = [one for line in lines for one in (line.recorded, line.noticed, line.confirmed) if one]
    entries = sorted({one.entry for one in said})
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:

        def put(name: str, data: bytes) -> None:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)

        put("目录.xlsx", index)
        put("checkpoint.txt", view.checkpoint())
        for receipt in receipts(view, entries):
            stored = view.entry(receipt.index)
            assert stored
            name = f"entries/{receipt.index:06d}"
            put(f"{name}.txt", stored.entry)
            if stored.items:
                put(f"{name}.items.jsonl", b"".join(item + b"\n" for item in stored.items))
            put(f"{name}.tlog-proof", receipt.text.encode())
    return out.getvalue(), len(entries)
