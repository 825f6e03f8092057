"""Commands by which a whole log leaves the house, and is audited where it never was."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import click

from ledger.audit import Finding, Held, audit_log
from ledger.commands.contradicting import Tree, proved
from ledger.commands.keeping import Shelf, export, log_keys, told
from ledger.commands.opening import office
from ledger.commands.world import World, refusals
from ledger.desk.sightings import sightings
from ledger.errors import Unsafe

__all__ = ["audit_bundle", "export"]

_FILE = click.Path(path_type=Path, dir_okay=False)


@export.command("bundle")
@click.argument("file", type=_FILE)
@click.pass_obj
def export_bundle(world: World, file: Path) -> None:
    """整个账本（条目、明细、检查点），供他人审计；不含个人信息。 The whole log, to be audited elsewhere."""
    from ledger import bundle

    with refusals(world), office(world).store.reading() as view:
        size = view.size()
        steps = world.progress(view.log(), size, "writing", "正在写出")
        world.write_parts(file, bundle.write(Shelf(view, steps)))
        world.tell(
            f"written: {file}, {size} entries; whoever has trust.json audits it by"
            f" `vledger audit --bundle {file} --trust trust.json`",
            f"已写入 {file}，共 {size} 条；持有 trust.json 的人可用"
            f" `vledger audit --bundle {file} --trust trust.json` 审计",
        )
        world.answer({"file": str(file), "size": size})


def audit_bundle(
    world: World,
    file: Path,
    trust_file: Path | None,
    held: Iterable[Held | Finding] = (),
    workers: int | None = None,
) -> dict[str, Any]:
    """Audit a log that was taken away in a file; needs neither a ledger nor a key.

    A bundle cannot say whose word counts, so what is trusted has to be given. `workers` processes share
    the work; without a number, as many as help.
    """
    from ledger.bundle import Bundle
    from ledger.commands.crew import BYTES, crew

    if trust_file is None:
        raise Unsafe(
            "trust.missing",
            en="a bundle does not say whom to believe: give the ledger's trust.json with --trust",
            zh="带走的账本不能说明应相信谁：请用 --trust 给出该账本的 trust.json",
        )
    trusted, outside = world.home.trust(trust_file), list(held)
    log = Bundle(partial(world.open, file))
    believed = trusted.log(log.origin())
    seen = [one for one in outside if isinstance(one, Held)]
    with crew(workers, long=file.stat().st_size >= BYTES) as executor:
        report = audit_log(
            log,
            trusted=log_keys(trusted),
            against=sightings(log, seen, trusted, simulated=log.is_simulated()),
            believed=believed,
            executor=executor,
        )
    evidence = proved(Tree.of_log(log, trusted.ever()), report.pairs) if report.pairs else ()
    unread = [one for one in outside if isinstance(one, Finding)]
    return {**told(world, report, unread), "evidence": [one.form() for one in evidence]}
