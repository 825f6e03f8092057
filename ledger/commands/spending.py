"""Commands that move points and credits: set aside by a recorder, settled by a confirmer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ledger import accounts
from ledger.accounts import UNIT_WORDS
from ledger.commands import typed
from ledger.commands.opening import done, office
from ledger.commands.world import World, refusals
from ledger.desk import given, spending
from ledger.desk.office import parse_place
from ledger.desk.registering import File
from ledger.desk.spending import Settled, Wish
from ledger.errors import Rejected
from ledger.log import Receipt
from ledger.records import Hold, Key
from ledger.rules.purposes import GROUNDS
from ledger.times import day_of, shown

_FILE = click.Path(path_type=Path, dir_okay=False)
_AMOUNT = click.IntRange(1, 10**9)
_FORM = click.option("--form", type=_FILE, required=True,
                     help="本人签字的申请表（扫描件）/ the form that was signed")  # fmt: skip
_DAYS = click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True,
                     help="保留天数 / days until the hold runs out")  # fmt: skip
PURPOSES = {
    "redeem": ("redemption", "兑换礼遇"), "gift": ("gift", "赠与"), "donate": ("donation", "捐赠"),
    "grant": ("grant from the pool", "由公益池发放"), "order": ("order", "兑换服务"),
    "penalty": ("penalty", "扣分"), "refund": ("refund", "退还"), "export": ("export", "转出"),
    "import": ("import", "转入"),
}  # fmt: skip


@click.command()
@click.argument("number", callback=typed.number)
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
@click.argument("number", callback=typed.number)
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
@click.argument("number", callback=typed.number)
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
@click.argument("number", callback=typed.number)
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
@click.argument("number", callback=typed.number)
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
@click.option(
    "--form", type=_FILE, help="撤销转出时：对方未转入的书面说明 / for an export: their letter"
)
@_DAYS
@click.pass_obj
def refund(world: World, place: str, amount: int | None, form: Path | None, days: int) -> None:
    """退还一笔已办结的兑换、扣分，或撤销转出。 Give back what a settled transfer took.

    写保留的编号或办结的编号均可。转出只能凭对方账本“未转入”的书面说明撤销，撤销后不再写出凭证。
    """
    with refusals(world):
        paper = _file(world, form) if form else None
        wish = spending.refund(office(world), parse_place(place), amount, paper)
        _hold(world, wish, days)
        if (wish.credit, wish.unit) != (accounts.REDEMPTION, "point"):
            return
        world.tell(
            "stock is not restored; if goods came back, count them in with"
            " `vledger credit goods --add … --stock`",
            "库存未恢复；礼遇如已退回，请用 `vledger credit goods --add … --stock` 补入",
        )


@click.command("export")
@click.argument("number", callback=typed.number)
@click.argument("amount", type=_AMOUNT)
@click.option("--to", "origin", required=True, metavar="FILE|ORIGIN",
              help="对方账本的 trust.json，或其 checkpoint 第一行 / the other ledger")  # fmt: skip
@click.option("--for", "receiver", default="", help="受让人在对方账本的编号 / his number there")
@_FORM
@_DAYS
@click.pass_obj
def export_(
    world: World, number: str, amount: int, origin: str, receiver: str, form: Path, days: int
) -> None:
    """把时间储蓄转往另一组织的账本。 Send credits to another ledger; then: depart.

    向对方索取其账本文件夹中的 trust.json，用 --to 指明；办结后用 depart 写出凭证。
    """
    with refusals(world):
        wish = Wish("export", accounts.volunteer(number), accounts.transit(_origin(world, origin)),
                    amount, paper=_file(world, form), receiver=receiver)  # fmt: skip
        _hold(world, wish, days)


def _origin(world: World, given_: str) -> str:
    """Return the origin of the ledger that `--to` names: by its trust file, or by the word itself."""
    file = Path(given_)
    if not (file.suffix == ".json" or file.is_file()):
        given.check(to=given_)
        return given_
    with office(world).store.reading() as view:
        own = next(view.where(Key, role="log")).by.rpartition("+")[0]
    named = world.home.trust(file).origins()
    others = [name for name in named if name != own]
    if len(others) != 1:
        raise Rejected(
            "export.target",
            en=f"{file} names {len(others)} other ledgers: write the origin of the one you mean",
            zh=f"{file} 中有 {len(others)} 个其他账本，请直接写明对方账本名",
        )
    return others[0]


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
    data = world.read(path)
    if not data.strip():
        raise Rejected(
            "form.missing",
            en=f"{path} is empty: scan the form that was signed",
            zh=f"{path} 是空文件，请附已签字的申请表扫描件",
        )
    return File(path.name, data)


# --- holds --------------------------------------------------------------------------------------


@click.command()
@click.pass_obj
def holds(world: World) -> None:
    """列出未办结的保留。 List holds that wait to be settled or released."""
    with refusals(world), office(world).store.reading() as view:
        found, now = spending.open_holds(view), office(world).now
        world.table(
            [("hold", "保留"), ("for", "用途"), ("from", "转出"), ("to", "转入"), ("amount", "数额"),
             ("until", "期限")],
            [(_place(h), world.pick(*PURPOSES[h.purpose]), accounts.called(h.credit),
              accounts.called(h.debit), f"{h.amount} {world.pick(*UNIT_WORDS[h.unit])}",
              _until(world, h, now))
             for h in found],
        )  # fmt: skip
        if not found:
            world.tell("nothing is held", "没有未办结的保留")
        world.answer({"holds": [_shown(one) | {"expired": one.until < now} for one in found]})


def _until(world: World, hold: Hold, now: str) -> str:
    return shown(hold.until) + (world.pick(", run out", "，已到期") if hold.until < now else "")


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
        found = [spending.settle(office(world), parse_place(one), amount) for one in places]
        for one in found:
            _say_settled(world, one)
        settlements = [one.settlement for one in found]
        done(world, {"holds": list(places), "settlements": settlements,
                     "statements": len(found)}, "", "")  # fmt: skip


def _say_settled(world: World, one: Settled) -> None:
    if not one.settlement:
        world.tell(
            f"{one.hold}: its settlement is prepared, not yet in the log",
            f"{one.hold}：办结文书已备好，尚未入账",
        )
        return
    en, zh = UNIT_WORDS[one.unit]
    rest = (
        (f"; the other {one.rest} {en} are free again", f"；其余{zh} {one.rest} 已释放")
        if one.rest
        else ("", "")
    )
    world.tell(
        f"{one.hold} is settled: {one.amount} {en} ({one.settlement}){rest[0]}",
        f"{one.hold} 已办结：{zh} {one.amount}（办结编号 {one.settlement}）{rest[1]}",
    )


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
        words = ("to be released", "拟释放") if world.out else ("is released", "已释放")
        _say(world, tuple(map(_place, found)), receipts, words)


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


COMMANDS = (
    redeem, gift, donate, grant, order, penalty, refund, export_, holds, settle, release, expire,
)  # fmt: skip
