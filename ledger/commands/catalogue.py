"""Commands for the catalogue (礼遇): what is to be had for points, and the notice of who had it."""

from collections import Counter
from pathlib import Path

import click

from ledger.commands.opening import done, office
from ledger.commands.world import World, refusals
from ledger.desk import spending
from ledger.records import Good
from ledger.remarks import speaks_of_cash

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--add", metavar="CODE", help="增加或更改 / add or change")
@click.option("--name", default="", help="名称 / name")
@click.option("--price", type=click.IntRange(1, 10**6), help="积分 / points")
@click.option(
    "--stock", type=click.IntRange(0, 10**6), help="货架上的份数，含已保留的 / on the shelf"
)
@click.option("--organisation", default="", help="提供的组织 / whose it is")
@click.pass_obj
def goods(
    world: World,
    add: str | None,
    name: str,
    price: int | None,
    stock: int | None,
    organisation: str,
) -> None:
    """礼遇目录：查看，或用 --add 增加。 The catalogue: list it, or add to it.

    --stock 写货架上现有的份数，已保留、尚未交付的也算在内。
    """
    with refusals(world):
        if add:
            if not name or price is None or stock is None:
                raise click.UsageError(
                    world.pick(
                        "--add takes --name, --price and --stock",
                        "--add 须同时写明 --name、--price、--stock",
                    )
                )
            row = {"code": add, "name": name, "price": price, "stock": stock}
            spending.offer(office(world), organisation, [row])
            if speaks_of_cash(name):
                world.warn(
                    f"note: {name}: the catalogue has no cash, and nothing is paid out in money; the"
                    " audit will show it",
                    f"提示：“{name}”疑似现金：礼遇不得为现金，也不得折现；审计会列出此项",
                )
            done(world, {"good": row}, f"{add} is in the catalogue", f"{add} 已列入礼遇目录")
            return
        with office(world).store.reading() as view:
            found = list(view.all(Good))
            held = Counter({good.code: 0 for good in found})
            for hold in spending.open_holds(view):
                held[hold.good] += hold.count
        world.table(
            [
                ("code", "编号"),
                ("name", "名称"),
                ("points", "积分"),
                ("left", "可兑换"),
                ("held", "已保留"),
                ("team", "组织"),
            ],
            [(g.code, g.name, g.price, g.stock, held[g.code] or "", g.organisation) for g in found],
        )
        if not found:
            world.tell("the catalogue is empty", "礼遇目录为空")
        world.answer({"goods": [
            {"code": g.code, "name": g.name, "price": g.price, "stock": g.stock,
             "held": held[g.code], "organisation": g.organisation}
            for g in found
        ]})  # fmt: skip


@click.command()
@click.argument("quarter", metavar="2026Q1")
@click.option("-o", "--output", type=_FILE, required=True, help="公示名单 / the list to pin up")
@click.pass_obj
def notice(world: World, quarter: str, output: Path) -> None:
    """一个季度的兑换公示（姓名遮蔽）。 A quarter's redemptions, masked, to pin up."""
    from ledger.desk.lists import redemption_list

    with refusals(world):
        rows = spending.posted(office(world), quarter)
        world.write(output, redemption_list(rows, quarter, world.home.association().telephone))
        world.tell(f"{len(rows)} redemptions: {output}", f"{len(rows)} 笔兑换：{output}")
        world.answer({"quarter": quarter, "redemptions": len(rows), "file": str(output)})


COMMANDS = (goods, notice)
