"""Commands that move points and credits: set aside by a recorder, settled by a confirmer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ledger import accounts
from ledger.accounts import UNIT_WORDS
from ledger.commands.opening import done, office
from ledger.commands.world import World, refusals
from ledger.desk import spending
from ledger.desk.office import parse_place
from ledger.desk.registering import File
from ledger.desk.spending import Wish
from ledger.log import Receipt
from ledger.records import Good, Hold
from ledger.rules.purposes import GROUNDS
from ledger.times import day_of

_FILE = click.Path(path_type=Path, dir_okay=False)
_AMOUNT = click.IntRange(1, 10**9)
_FORM = click.option("--form", type=_FILE, required=True,
                     help="本人签字的申请表（扫描件）/ the form that was signed")  # fmt: skip
_DAYS = click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True,
                     help="保留天数 / days until the hold runs out")  # fmt: skip
_REASON = click.option("--reason", required=True, help="理由代码，如 death / reason code")
PURPOSES = {
    "redeem": ("redemption", "兑换礼遇"), "gift": ("gift", "赠与"), "donate": ("donation", "捐赠"),
    "grant": ("grant from the pool", "由公益池发放"), "order": ("order", "兑换服务"),
    "penalty": ("penalty", "扣分"), "refund": ("refund", "退还"), "export": ("export", "转出"),
    "import": ("import", "转入"),
}  # fmt: skip


@click.command()
@click.argument("number")
@click.argument("good")
@click.option(
    "--count", type=click.IntRange(1, 10**6), default=1, show_default=True, help="份数 / how many"
)
@_DAYS
@click.pass_obj
def redeem(world: World, number: str, good: str, count: int, days: int) -> None:
    """以积分兑换礼遇：先保留，交付后由确认人办结。 Set points aside for goods."""
    with refusals(world):
        wish = spending.redemption(office(world), number, good, count)
        _hold(world, wish, days)


@click.command()
@click.argument("giver")
@click.argument("receiver")
@click.argument("amount", type=_AMOUNT)
@click.option(
    "--relation", required=True, help="受赠人是赠与人的 / receiver is the giver's: spouse, child …"
)
@_FORM
@_DAYS
@click.pass_obj
def gift(
    world: World, giver: str, receiver: str, amount: int, relation: str, form: Path, days: int
) -> None:
    """把时间储蓄赠与亲属（双方签字）。 Give credits to a relative; both sign the form."""
    with refusals(world):
        wish = Wish("gift", accounts.volunteer(giver), accounts.volunteer(receiver), amount,
                    relation=relation, paper=_file(world, form))  # fmt: skip
        _hold(world, wish, days)


@click.command()
@click.argument("number")
@click.argument("amount", type=_AMOUNT)
@click.option("--group", is_flag=True, help="团体服务所得，只能捐赠 / credits of group service")
@_FORM
@_DAYS
@click.pass_obj
def donate(world: World, number: str, amount: int, group: bool, form: Path, days: int) -> None:
    """把时间储蓄捐给公益池。 Donate credits to the pool."""
    with refusals(world):
        giver = accounts.donations(number) if group else accounts.volunteer(number)
        wish = Wish("donate", giver, accounts.POOL, amount, paper=_file(world, form))
        _hold(world, wish, days)


@click.command()
@click.argument("number")
@click.argument("amount", type=_AMOUNT)
@_FORM
@_DAYS
@click.pass_obj
def grant(world: World, number: str, amount: int, form: Path, days: int) -> None:
    """由公益池向困难对象发放时间储蓄。 Grant credits from the pool."""
    with refusals(world):
        receiver = accounts.volunteer(number)
        wish = Wish("grant", accounts.POOL, receiver, amount, paper=_file(world, form))
        _hold(world, wish, days)


@click.command()
@click.argument("number")
@click.argument("amount", type=_AMOUNT)
@click.option("--provider", default="", help="服务者编号 / who serves, where credits move to him")
@click.option("--ground", type=click.Choice(GROUNDS), required=True,
              help="依据：本人年龄、配偶、困难 / on what ground")  # fmt: skip
@_FORM
@_DAYS
@click.pass_obj
def order(
    world: World, number: str, amount: int, provider: str, ground: str, form: Path, days: int
) -> None:
    """以时间储蓄兑换服务：接单后保留，双方签字确认服务后办结。 Order service for credits."""
    with refusals(world):
        to = accounts.volunteer(provider) if provider else accounts.REDEMPTION
        wish = Wish("order", accounts.volunteer(number), to, amount,
                    relation=ground, paper=_file(world, form))  # fmt: skip
        _hold(world, wish, days)


@click.command()
@click.argument("number")
@click.argument("amount", type=_AMOUNT)
@_DAYS
@click.pass_obj
def penalty(world: World, number: str, amount: int, days: int) -> None:
    """扣减积分（可低于零）。 Take points away; may leave less than nothing."""
    with refusals(world):
        wish = Wish("penalty", accounts.volunteer(number), accounts.ADJUSTMENT, amount, "point")
        _hold(world, wish, days)


@click.command()
@click.argument("place", metavar="ENTRY:ROW")
@click.option("--amount", type=_AMOUNT, help="数额（默认全部）/ how much; all of it by default")
@_DAYS
@click.pass_obj
def refund(world: World, place: str, amount: int | None, days: int) -> None:
    """退还一笔已办结的兑换或扣分。 Give back what a settled transfer took."""
    with refusals(world):
        _hold(world, spending.refund(office(world), parse_place(place), amount), days)


@click.command("export")
@click.argument("number")
@click.argument("amount", type=_AMOUNT)
@click.option("--to", "origin", required=True, help="转入账本的名称 / the other ledger's origin")
@_FORM
@_DAYS
@click.pass_obj
def export_(world: World, number: str, amount: int, origin: str, form: Path, days: int) -> None:
    """把时间储蓄转往另一组织的账本；办结后用 depart 写出凭证。 Send credits to another ledger."""
    with refusals(world):
        wish = Wish("export", accounts.volunteer(number), accounts.transit(origin), amount,
                    paper=_file(world, form))  # fmt: skip
        _hold(world, wish, days)


def _hold(world: World, wish: Wish, days: int) -> None:
    from dataclasses import replace

    receipt = spending.hold(office(world), replace(wish, days=days))
    at = f"{receipt.index}:1" if receipt else ""
    en, zh = PURPOSES[wish.purpose]
    done(
        world,
        {"hold": at, "amount": wish.amount, "unit": wish.unit},
        f"{en}: {wish.amount} {UNIT_WORDS[wish.unit][0]} are held at {at}; next, by a confirmer:"
        f" vledger credit settle {at}",
        f"{zh}：已保留 {wish.amount} {UNIT_WORDS[wish.unit][1]}（{at}）；下一步，由确认人："
        f"vledger credit settle {at}",
    )


def _file(world: World, path: Path) -> File:
    return File(path.name, world.read(path))


# --- holds --------------------------------------------------------------------------------------


@click.command()
@click.pass_obj
def holds(world: World) -> None:
    """列出未办结的保留。 List holds that wait to be settled or released."""
    with refusals(world), office(world).store.reading() as view:
        found = spending.open_holds(view)
        world.table(
            [("hold", "保留"), ("for", "用途"), ("from", "转出"), ("to", "转入"), ("amount", "数额"),
             ("until", "期限")],
            [(_place(h), world.pick(*PURPOSES[h.purpose]), accounts.name(h.credit),
              accounts.name(h.debit), f"{h.amount} {world.pick(*UNIT_WORDS[h.unit])}", h.until[:10])
             for h in found],
        )  # fmt: skip
        if not found:
            world.tell("nothing is held", "没有未办结的保留")
        world.answer({"holds": [_shown(one) for one in found]})


def _shown(hold: Hold) -> dict[str, Any]:
    return {
        "hold": _place(hold),
        "purpose": hold.purpose,
        "credit": accounts.name(hold.credit),
        "debit": accounts.name(hold.debit),
        "amount": hold.amount,
        "unit": hold.unit,
        "until": hold.until,
    }


@click.command()
@click.argument("places", nargs=-1, required=True, metavar="ENTRY:ROW…")
@click.option("--amount", type=_AMOUNT, help="只办结一部分 / settle only so much")
@click.pass_obj
def settle(world: World, places: tuple[str, ...], amount: int | None) -> None:
    """由确认人（非记录人、非任何一方）办结保留。 Settle holds: handed over, or served."""
    with refusals(world):
        if amount and len(places) > 1:
            raise click.UsageError(
                world.pick("--amount goes with one hold", "--amount 只能用于一笔保留")
            )
        receipts = [spending.settle(office(world), parse_place(one), amount) for one in places]
        _say(world, places, receipts, ("is settled", "已办结"))


@click.command()
@click.argument("places", nargs=-1, metavar="ENTRY:ROW…")
@click.option("--expired", is_flag=True, help="所有到期的保留 / all whose time ran out")
@click.pass_obj
def release(world: World, places: tuple[str, ...], expired: bool) -> None:
    """释放保留，数额退回可用。 Release holds: what they held back is free again."""
    with refusals(world):
        if bool(places) == expired:
            raise click.UsageError(
                world.pick("name holds, or give --expired", "请写明保留编号，或使用 --expired")
            )
        desk = office(world)
        if expired:
            with desk.store.reading() as view:
                found = spending.expired(view, desk.now)
        else:
            found = tuple(spending.hold_at(desk, parse_place(place)) for place in places)
        receipts = spending.release(desk, found)
        _say(world, tuple(map(_place, found)), receipts, ("is released", "已释放"))


def _place(hold: Hold) -> str:
    return f"{hold.entry}:{hold.n + 1}"


def _say(
    world: World, places: Sequence[str], receipts: Sequence[Receipt | None], words: tuple[str, str]
) -> None:
    for place in places:
        world.tell(f"{place} {words[0]}", f"{place} {words[1]}")
    if not places:
        world.tell("nothing to do", "没有需要办理的")
    done(world, {"holds": list(places), "statements": len(receipts)}, "", "")


# --- the rest -----------------------------------------------------------------------------------


@click.command()
@click.option("--on", metavar="DAY", help="到期日（默认今天）/ by which day")
@click.pass_obj
def expire(world: World, on: str | None) -> None:
    """按规则公布的日期使到期积分失效。 Let points lapse that the rules say are due."""
    with refusals(world):
        day = on or day_of(office(world).now)
        found = spending.expire(office(world), day)
        done(
            world,
            {"volunteers": found.volunteers, "points": found.points},
            f"{found.points} points of {found.volunteers} volunteers lapsed by {day}",
            f"至 {day}，{found.volunteers} 人的 {found.points} 积分到期失效",
        )


@click.command()
@click.argument("number")
@_REASON
@click.pass_obj
def freeze(world: World, number: str, reason: str) -> None:
    """冻结账户：只能转入。 Freeze accounts: they can receive, not pay."""
    _set(world, number, "frozen", reason, ("is frozen", "已冻结"))


@click.command()
@click.argument("number")
@_REASON
@click.pass_obj
def unfreeze(world: World, number: str, reason: str) -> None:
    """恢复账户。 Open accounts again."""
    _set(world, number, "active", reason, ("is open", "已恢复"))


@click.command()
@click.argument("number")
@_REASON
@click.pass_obj
def close(world: World, number: str, reason: str) -> None:
    """注销账户：余额须为零。 Close accounts that hold nothing."""
    _set(world, number, "closed", reason, ("is closed", "已注销"))


def _set(world: World, number: str, state: str, reason: str, words: tuple[str, str]) -> None:
    with refusals(world):
        spending.set_account(office(world), number, state, reason)
        done(
            world,
            {"volunteer": number, "state": state},
            f"the account of {number} {words[0]}",
            f"{number} 的账户{words[1]}",
        )


@click.command()
@click.option("--add", metavar="CODE", help="增加或更改 / add or change")
@click.option("--name", default="", help="名称 / name")
@click.option("--price", type=click.IntRange(1, 10**6), help="积分 / points")
@click.option("--stock", type=click.IntRange(0, 10**6), help="现有份数 / how many there are")
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
    """礼遇目录：查看，或用 --add 增加。 The catalogue: list it, or add to it."""
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
            done(world, {"good": row}, f"{add} is in the catalogue", f"{add} 已列入礼遇目录")
            return
        found = list(office(world).store.all(Good))
        world.table(
            [
                ("code", "编号"),
                ("name", "名称"),
                ("points", "积分"),
                ("left", "剩余"),
                ("team", "组织"),
            ],
            [(g.code, g.name, g.price, g.stock, g.organisation) for g in found],
        )
        if not found:
            world.tell("the catalogue is empty", "礼遇目录为空")
        world.answer({"goods": [{"code": g.code, "name": g.name, "price": g.price,
                                 "stock": g.stock, "organisation": g.organisation} for g in found]})  # fmt: skip


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


COMMANDS = (
    redeem, gift, donate, grant, order, penalty, refund, export_, holds, settle, release, expire, freeze,
    unfreeze, close, goods, notice,
)  # fmt: skip
