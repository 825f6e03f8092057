"""Status lists on top of a forger's workshop: true ones, and those of people who hold the keys.

plot = plotted("fraud")                          # a script whose certificate was revoked
listing(plot)                                    # … and an operator's list after it
file = status_file(plot)                         # signed, logged, proved
"""

import zlib
from hashlib import sha256
from typing import Any

from ledger import admit, encoding, merkle
from ledger.book import Book
from ledger.encoding import base64
from ledger.standings import Standings, StatusList, committed
from ledger.times import later
from tests.forge import Plot, Ref, Step, Workshop, certificate, hashes
from tests.scene import at

DRAWN = at("25 10:00")  # when lists are drawn up
UNTIL = later(DRAWN, days=30)


def plotted(*steps: str) -> Plot:
    """Return the honest script, and what happens to its certificate afterwards."""
    plot = Plot.honest()
    for step in steps:
        plot.steps[step] = _later_steps()[step]
    return plot


def _later_steps() -> dict[str, Step]:
    of: dict[str, Any] = {"certificate": Ref("certificate")}
    voided = [{"line": [Ref("second"), 1], "reason": base64(bytes(32))}]
    number = "440100-KX-2026-000003-13"
    anew = certificate(number, "V1", 180, [[Ref("sheet"), [0]]])
    anew.now = at("23 10:00")
    return {
        "fraud": Step("revocation", [], "KX/i1", "KX", at("21 10:00"), of | {"reason": "fraud"}),
        "voided": Step("correction", voided, "T01/c1", "T01", at("22 10:00"), {"reason": "wrong"}),
        "anew": anew,
        "reissued": Step(
            "revocation", [], "KX/i1", "KX", at("24 10:00"),
            of | {"reason": "reissued", "successor": Ref("anew")},
        ),
    }  # fmt: skip


def standings_of(plot: Plot) -> StatusList:
    """Replay a script, and return how its certificates stand."""
    shop, book, found = Workshop(plot), Book(), Standings()
    for name, entry in zip(plot.steps, shop.entries(), strict=True):
        heard = admit.hear(book, entry, shop.note(name)[1])
        effects = admit.admit(book, heard)
        admit.apply(book, heard, effects)
        found.take(effects)
    return found.listed(book.size)


def listing(plot: Plot, found: StatusList | None = None, *, by: str = "KX/op", **head: Any) -> Step:
    """Let somebody say a list at the end of a script: a true one, unless another is given."""
    found = found or standings_of(plot)
    said = {"size": found.size, "list": committed(found.write()).form(), "next_update": UNTIL}
    plot.steps["status"] = Step("status", [], by, "*", DRAWN, said | head)
    return plot["status"]


def status_file(plot: Plot, found: StatusList | None = None, *shown: str, **changed: Any) -> bytes:
    """Return the file of the list at the end of a script; `changed` are fields of the file."""
    if found is None:
        before = Plot({name: step for name, step in plot.steps.items() if name != "status"})
        found = standings_of(before)
    if "status" not in plot.steps:
        listing(plot, found)
    shop = Workshop(plot)
    entries, packed = shop.entries(), zlib.compress(found.write())
    order = sorted(shop.order.index(name) for name in ("charter", *shown, "status"))
    rows = {name: {0} for name in ("charter", *shown)}
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    value = {
        "format": "volunteer-ledger/status@v1",
        "list": base64(packed),
        "sha256": sha256(packed).hexdigest(),
        "checkpoint": bytes(shop.checkpoint(leaves)).decode(),
        "entries": [shop._entry(n, rows.get(shop.order[n], set()), entries) for n in order],
        "hashes": hashes(leaves, order),
    }
    return encoding.encode(value | changed, lines=True)
