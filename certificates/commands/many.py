"""Certificates for many at the command line: issued into a folder or a .zip, with an index."""

import gc
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from unicodedata import normalize

import click

from certificates import bulk
from certificates.bulk import Crew
from certificates.commands.handing import How, means, unverifiable
from certificates.issue import Order
from certificates.sentences import counted
from certificates.work import Work
from ledger.commands.opening import office
from ledger.commands.world import World, error_json
from ledger.errors import LedgerError, Rejected
from ledger.sheets import reading
from ledger.sheets.cells import shown
from ledger.workers import workers

_FEW = 80  # certificates that are done before another process would have begun
_LARGEST = 64 * 1024 * 1024
_NUMBER = re.compile(r"V[0-9]{10}")
_HEADING = re.compile(r"号|名|number|name|volunteer", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """Who gets a certificate; and the lines of a list that name nobody, each with the reason."""

    numbers: Sequence[str]
    unread: Mapping[str, LedgerError] = field(default_factory=dict)


def named(world: World, listed: Path | None) -> Named | None:
    """Return whom a file names, one a line, in whichever cell; no file: everybody."""
    if listed is None:
        return None
    found, unread = dict[str, None](), dict[str, LedgerError]()
    grids = reading.cells_of(world.read(listed, most=_LARGEST), listed.name)
    for grid in grids:
        begun = False
        for line in grid.lines:
            texts = [shown(cell).strip() for cell in line.cells]
            texts = [text for text in texts if text]
            numbers = [number for text in texts if (number := _number(text))]
            heading = not (begun or numbers) and _HEADING.search(" ".join(texts))
            if texts and not heading:
                begun = True
                if not numbers:
                    unread[" ".join(texts)[:40]] = _unread(listed, line.sheet_row, texts)
            found |= dict.fromkeys(numbers)
    if not found:
        raise Rejected(
            "list.empty",
            en=f"{listed} has no volunteer number in it (V and ten digits): `vledger volunteer find`"
            " looks for them, `vledger export hours` lists them",
            zh=f"{listed} 中没有志愿者编号（V 加十位数字）：可用 `vledger volunteer find` 查找，"
            "或用 `vledger export hours` 列出",
        )
    return Named(list(found), unread)


def _number(text: str) -> str:
    """Return the volunteer number that a whole cell is, if it is one."""
    plain = normalize("NFKC", text).upper()
    return plain if _NUMBER.fullmatch(plain) else ""


def _unread(file: Path, line: int, texts: Sequence[str]) -> Rejected:
    said = " ".join(texts)[:40]
    return Rejected(
        "list.line",
        en=f"line {line} of {file} has no volunteer number: “{said}” (V and ten digits; `vledger volunteer"
        " find NAME` looks for it)",
        zh=f"{file} 第 {line} 行没有志愿者编号：“{said}”（V 加十位数字，可用 `vledger volunteer find 姓名` 查找）",
    )


def issue_many(world: World, pattern: Order, given: Named | None, output: Path, how: How) -> None:
    """Issue a certificate for each; whatever was finished before is not issued again."""
    if pattern.replaces or output.suffix.lower() in (".pdf", ".json"):
        raise click.UsageError(
            world.pick(
                "certificates for many go into a folder or a .zip, and replace none",
                "批量出具须写入文件夹或 .zip，且不能与 --replaces 同用",
            )
        )
    if given is None:
        with office(world).store.reading() as view:
            found = Named(bulk.everybody(view))
    else:
        found = given
    orders = [replace(pattern, number=number) for number in found.numbers]
    gc.freeze()  # what was imported stays: it need not be looked at again and again
    with Work.take_up(output, how.asked(pattern)) as work:
        before = len(work.done)
        if before:
            world.tell(f"going on: {before} are done already", f"接着上次：已完成 {before} 份")
        _run(world, pattern.organisation, how, orders, work)
        if given is None:  # nobody asked for those by name who have nothing
            nothing = [who for who, why in work.refused.items() if why.code == "certificate.lines"]
            for who in nothing:
                del work.refused[who]
        work.refused |= found.unread
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
        f"{counted(count, 'certificate')}, {len(refused)} not issued: {work.output}",
        f"证明 {count} 份，未出具 {len(refused)} 份：{work.output}",
    )
    rows = [{"volunteer": who, **error_json(world, why)} for who, why in _rows(refused)]
    world.answer({**bulk.answer(work, before), "refused": rows})


def _rows(refused: dict[str, LedgerError]) -> list[tuple[str, LedgerError]]:
    return sorted(refused.items())
