"""Certificates for many at the command line: issued into a folder or a .zip, with an index."""

import gc
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from certificates import bulk
from certificates.bulk import Crew, Work
from certificates.commands.handing import How, means, unverifiable
from certificates.issue import Order
from ledger.commands.opening import office
from ledger.commands.world import World, error_json
from ledger.errors import LedgerError, Rejected
from ledger.sheets import reading
from ledger.sheets.cells import shown
from ledger.workers import workers

_FEW = 80  # certificates that are done before another process would have begun
_LARGEST = 64 * 1024 * 1024
_NUMBER = re.compile(r"V[0-9]{10}")


def numbers(world: World, listed: Path | None) -> list[str] | None:
    """Return the volunteer numbers in a file, in any cell of any sheet; none: everybody's."""
    if listed is None:
        return None
    grids = reading.cells_of(world.read(listed, most=_LARGEST), listed.name)
    texts = (shown(cell) for grid in grids for line in grid.lines for cell in line.cells)
    found = list(dict.fromkeys(one for text in texts for one in _NUMBER.findall(text)))
    if not found:
        raise Rejected(
            "list.empty",
            en=f"{listed} has no volunteer number in it (V and ten digits): `vledger volunteer find`"
            " looks for them, `vledger export hours` lists them",
            zh=f"{listed} 中没有志愿者编号（V 加十位数字）：可用 `vledger volunteer find` 查找，"
            "或用 `vledger export hours` 列出",
        )
    return found


def issue_many(
    world: World, pattern: Order, given: list[str] | None, output: Path, how: How
) -> None:
    """Issue a certificate for each; whatever was finished before is not issued again."""
    if pattern.replaces or output.suffix.lower() in (".pdf", ".json"):
        raise click.UsageError(
            world.pick(
                "certificates for many go into a folder or a .zip, and replace none",
                "批量出具须写入文件夹或 .zip，且不能与 --replaces 同用",
            )
        )
    desk = office(world)
    if given is None:
        with desk.store.reading() as view:
            found = bulk.everybody(view)
    else:
        found = given
    orders = [replace(pattern, number=number) for number in found]
    work = Work.take_up(output)
    gc.freeze()  # what was imported stays: it need not be looked at again and again
    before = len(work.done)
    if before:
        world.tell(f"going on: {before} are done already", f"接着上次：已完成 {before} 份")
    _run(world, pattern.organisation, how, orders, work)
    nothing = {who for who, why in work.refused.items() if why.code == "certificate.lines"}
    if given is None:  # nobody asked for those by name
        work.refused = {who: why for who, why in work.refused.items() if who not in nothing}
    work.close()
    _say(world, work, before)
    if work.refused:
        raise SystemExit(1)


def _run(world: World, organisation: str, how: How, orders: list[Order], work: Work) -> None:
    check = partial(unverifiable, world.home.trust())
    given = means(world, organisation, how)
    with workers(len(orders) - len(work.done), _FEW) as others:
        steps = bulk.run(office(world), given, orders, work, Crew(check, others))
        for _ in world.progress(steps, len(orders), "issuing", "正在出具"):
            pass


def _say(world: World, work: Work, before: int) -> None:
    count, refused = len(work.done), work.refused
    for who, why in refused.items():
        world.tell(f"✗ {who}: {why.en}  [{why.code}]", f"✗ {who}：{why.zh}  [{why.code}]")
    world.tell(
        f"{count} certificates, {len(refused)} not issued: {work.output}",
        f"证明 {count} 份，未出具 {len(refused)} 份：{work.output}",
    )
    rows = [{"volunteer": who, **error_json(world, why)} for who, why in _rows(refused)]
    world.answer({**bulk.answer(work, before), "refused": rows})


def _rows(refused: dict[str, LedgerError]) -> list[tuple[str, LedgerError]]:
    return sorted(refused.items())
