"""The register of certificates: how one stands, asked by its number, and the list of all (rules 43, 44)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from certificates.commands.screen import STANDING
from certificates.sentences import counted
from ledger.commands import typed
from ledger.commands.world import World, refusals
from ledger.times import hours_and_minutes

_FILE = click.Path(path_type=Path, dir_okay=False)
_HEADINGS = (
    ("certificate", "证明编号"), ("volunteer", "志愿者编号"), ("name", "姓名"), ("time", "服务时长"),
    ("standing", "效力"), ("since", "自何日起"), ("successor", "替代证明"),
)  # fmt: skip


@click.command("list")
@click.option("--volunteer", default="", help="志愿者编号 / volunteer number")
@click.option("--year", default="", help="编号中的年份 / year of the number")
@click.option("--ended", is_flag=True, help="只列已替代、已撤销的 / only those that do not stand")
@click.option("-o", "--output", type=_FILE, help="写成表格 / write a sheet")
@click.pass_obj
def list_(world: World, volunteer: str, year: str, ended: bool, output: Path | None) -> None:
    """列出所出具的证明（台账）。 List the certificates that were issued."""
    from ledger.commands.opening import office
    from ledger.records import Certificate
    from ledger.sheets.lists import Listing, write_list

    with refusals(world):
        if output:
            world.check_writable(output)
        desk = office(world)
        wanted = {"volunteer": volunteer, "year": year}
        with desk.store.reading() as view:
            issued = view.where(Certificate, **{k: v for k, v in wanted.items() if v})
            found = sorted(
                (one for one in issued if one.state != "valid" or not ended),
                key=lambda one: one.entry,
            )
        rows = list(_rows(world, desk, found))
        if output:
            headings = tuple(zh for _, zh in _HEADINGS)
            world.write(output, write_list(Listing("证明台账", headings, rows, ())))
        else:
            world.table(list(_HEADINGS), rows)
        world.tell(
            f"{counted(len(rows), 'certificate')}{f': {output}' if output else ''}",
            f"共 {len(rows)} 份证明{f'：{output}' if output else ''}",
        )
        world.answer({"certificates": [_answer(one) for one in found]})


@click.command("show")
@click.argument("number", callback=typed.number)
@click.pass_obj
def show(world: World, number: str) -> None:
    """按编号查一份证明：何人、何时、是否有效。 Tell by its number whose a certificate is, and how it stands."""
    from certificates import ending
    from ledger.commands.opening import office
    from ledger.statements import Entry

    with refusals(world):
        desk = office(world)
        found = ending.find(desk, number)
        with desk.store.reading() as view:
            stored, as_of = view.entry(found.entry), view.last_stamp()
        assert stored
        issued = Entry.parse(stored.entry).stamp
        (row,) = _rows(world, desk, [found])
        for (en, zh), cell in zip(_HEADINGS, row, strict=True):
            if cell:
                world.tell(f"{en}: {cell}", f"{zh}：{cell}")
        world.tell(
            f"issued {issued} as entry {found.entry} by {found.organisation}; as of {as_of}",
            f"{issued} 由 {found.organisation} 出具，第 {found.entry} 条；以上截至 {as_of}",
        )
        world.answer({**_answer(found), "issued": issued, "entry": found.entry, "as_of": as_of})


def _rows(world: World, desk: Any, found: list[Any]) -> Iterator[tuple[str, ...]]:
    people = desk.vault.details_of([one.volunteer for one in found])
    for one in found:
        who = people.get(one.volunteer)
        yield (
            one.number, one.volunteer, who.name if who else "", hours_and_minutes(one.minutes),
            world.pick(*STANDING[one.state]), one.ended, one.successor,
        )  # fmt: skip


def _answer(one: Any) -> dict[str, Any]:
    return {
        "certificate": one.number, "volunteer": one.volunteer, "organisation": one.organisation,
        "minutes": one.minutes, "standing": one.state, "since": one.ended, "reason": one.reason,
        "successor": one.successor,
    }  # fmt: skip
