"""The files of the worked example: a certificate of one line of a simulated ledger, and its published log.

python -m tests.worked_files      makes them anew, with other seals and so other bytes, and their page
"""

import shutil
from dataclasses import replace
from pathlib import Path

from ledger import merkle
from ledger.publish import Head, publish
from tests import worked
from tests.forge import Plot, Workshop, authority, trusted
from tests.forgeries import FIRST
from tests.scene import ORIGIN, signer
from tests.shelf import Shelf


def make(folder: Path) -> None:
    """Write certificate, trust file and published log into a folder."""
    plot = Plot.honest()
    plot["charter"].head["clock"] = "simulated"
    plot.certify(180, FIRST)
    plot.paper = replace(plot.paper, design="plain")
    shop, shelf = Workshop(plot), Shelf(0)
    for entry in shop.entries():
        leaf = merkle.leaf_hash(entry)
        shelf.nodes |= {(level, at): node for level, at, node in shelf.tree.append(leaf)}
        shelf.entries.append(entry)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "certificate.pdf").write_bytes(shop.file())
    believed = trusted().model_copy(update={"issuers": (authority().pem,)})
    text = believed.model_dump_json(indent=1, exclude_defaults=True)
    (folder / "trust.json").write_text(f"{text}\n", "utf-8")
    note = shop.checkpoint([merkle.leaf_hash(entry) for entry in shelf.entries])
    publish(folder / "log", shelf, Head(bytes(note), [signer(ORIGIN).verifier]))
    shutil.rmtree(folder / "log" / ".vledger")  # the lock of who publishes


if __name__ == "__main__":
    make(worked.FILES)
    worked.PAGE.write_text(worked.page(worked.FILES), "utf-8")
