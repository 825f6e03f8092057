"""Commands that read accounts: balances, postings with their reasons, the association's accounts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from ledger import accounts
from ledger.accounts import UNIT_WORDS
from ledger.commands import typed
from ledger.commands.opening import office
from ledger.commands.stars import STATES
from ledger.commands.world import World, refusals
from ledger.desk.accounts import Balance, Clock
from ledger.desk.people import Shown
from ledger.errors import Unsafe

ACCOUNT_STATES = {
    "active": ("open", "正常"), "frozen": ("frozen: they receive, and do not pay", "已冻结，只能转入"),
    "closed": ("closed", "已注销"),
}  # fmt: skip
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--at", "day", metavar="DAY", help="截至某日，如 2026-03-31 / as of the end of a day")
@click.option("--by", "clock", type=click.Choice(["recorded", "effective"]), default="recorded",
              show_default=True, help="--at 按记账日或生效日 / by which date --at counts")  # fmt: skip
@click.pass_obj
def balances(world: World, day: str | None, clock: Clock) -> None:
    """列出所有账户的余额。 What every account holds; all of a unit add up to nothing."""
    from ledger import times
    from ledger.desk.accounts import balances, balances_at

    with refusals(world), office(world).store.reading() as view:
        when = times.day(day).isoformat() if day else ""
        found = balances_at(view, when, clock) if when else balances(view)
        rows = [(accounts.name(one.account), one.unit, one.balance) for one in found]
        names = {} if world.as_json else _names(world, found)
        world.table(
            [("account", "账户"), ("name", "姓名"), ("unit", "单位"), ("balance", "余额")],
            [(accounts.called(one.account), names.get(accounts.owner(one.account), ""),
              world.pick(*UNIT_WORDS[one.unit]), one.balance) for one in found],
        )  # fmt: skip
        if not rows:
            world.tell("nothing was earned yet", "还没有积分和时间储蓄")
        world.answer({"balances": [
            {"account": name, "unit": unit, "balance": balance} for name, unit, balance in rows
        ]})  # fmt: skip


def _names(world: World, found: Sequence[Balance]) -> dict[str, str]:
    """Return the names of those whose accounts these are, where there is a vault that knows them."""
    numbers = {number for one in found if (number := accounts.owner(one.account))}
    try:
        known = office(world).vault.details_of(sorted(numbers))
    except Unsafe:  # a copy of the ledger alone: figures can be read without names
        return {}
    return {number: details.name for number, details in known.items()}


@click.command()
@click.argument("number", callback=typed.number)
@click.pass_obj
def show(world: World, number: str) -> None:
    """一人的收支明细，每笔列明依据。 A person's postings, each with the reason for it."""
    from ledger.desk.statement import drawn_up

    with refusals(world):
        found = drawn_up(office(world), number, world.lang)
        world.tell(f"{found.number}  {found.name}", f"{found.number}  {found.name}")
        say_state(world, found.account)
        world.table(
            [("entry", "条目"), ("counts from", "生效日"), ("unit", "单位"), ("change", "变动"),
             ("balance", "余额"), ("why", "依据")],
            [(one.place, one.effective, world.pick(*UNIT_WORDS[one.unit]), f"{one.amount:+}", one.balance,
              one.why) for one in found.postings],
        )  # fmt: skip
        for line in found.lines:  # an hour that brought nothing is asked about first
            if line.state == "confirmed" and not (line.points or line.credits):
                world.tell(f"{line.line}: 0; {line.why}", f"{line.line}：0；{line.why}")
        if not found.postings:
            world.tell("nothing was earned yet", "还没有积分和时间储蓄")
        for one in found.balances:
            unit = UNIT_WORDS[one.unit]
            world.tell(
                f"{one.account}: {one.balance} {unit[0]}, {one.available} of them to spend"
                + (f"; {one.owed} to be made good" if one.owed else ""),
                f"{one.account}：{unit[1]} {one.balance}，可用 {one.available}"
                + (f"；待补足 {one.owed}" if one.owed else ""),
            )
        value = msgspec.to_builtins(found)
        world.answer({name: value[name] for name in ("number", "account", "balances", "postings")})


@click.command()
@click.option("-o", "--output", type=_FILE, help="写入的文件（xlsx）/ file to write")
@click.pass_obj
def trial(world: World, output: Path | None) -> None:
    """试算平衡表、发放、未使用的积分和时间储蓄。 Trial balance, issuance, and what is owed by year."""
    from ledger.desk import trial as trials

    with refusals(world):
        if output:
            world.check_writable(output)
        with office(world).store.reading() as view:
            found = trials.trial(view)
        if output:
            world.write(output, trials.write_xlsx(found))
            world.tell(f"written: {output}", f"已写入 {output}")
        else:
            _show_trial(world, found)
        file = {"file": str(output)} if output else {}
        world.answer({**msgspec.to_builtins(found), **file})


def _show_trial(world: World, found: Any) -> None:
    from ledger.desk import trial as trials

    world.table(
        [("account", "账户"), ("unit", "单位"), ("accounts", "账户数"), ("debit", "借方"),
         ("credit", "贷方")],
        [(g.account or world.pick("total", "合计"), world.pick(*UNIT_WORDS[g.unit]), g.accounts, g.debit,
          g.credit) for g in (*found.groups, *trials.totals(found))],
    )  # fmt: skip
    world.tell("\nissued, by year of service", "\n发放，按服务年度")
    world.table(
        [("year", "年度"), ("unit", "单位"), ("earned", "发放"), ("taken back", "作废冲回")],
        [
            (one.year, world.pick(*UNIT_WORDS[one.unit]), one.earned, one.taken_back)
            for one in found.issued
        ],
    )
    world.tell("\nheld by people, by the year it came from", "\n未使用，按取得年度")
    world.table(
        [("year", "年度"), ("unit", "单位"), ("amount", "数额")],
        [(one.year or world.pick("overdrawn", "透支"), world.pick(*UNIT_WORDS[one.unit]), one.amount)
         for one in found.owed],
    )  # fmt: skip


# --- beside hours -------------------------------------------------------------------------------


def show_earned(world: World, found: Shown) -> None:
    """Print a person's stars, points and credits."""
    for star in found.stars:
        en, zh = STATES[star.state]
        world.tell(f"star {star.level}: {en}", f"{star.level} 星：{zh}")
    say_state(world, found.account_state)
    for one in found.accounts:
        name, (en, zh), held = accounts.name(one.account), UNIT_WORDS[one.unit], one.held
        within = ("of them", "其中") if held <= one.balance else ("more", "另")  # a penalty
        world.tell(
            f"{en}: {one.balance}{f', {held} {within[0]} held' if held else ''}"
            f"{f', {one.owed} to be made good' if one.owed else ''}  ({name})",
            f"{zh}：{one.balance}{f'，{within[1]}保留 {held}' if held else ''}"
            f"{f'，待补足 {one.owed}' if one.owed else ''}（{name}）",
        )


def say_state(world: World, state: str) -> None:
    """Print that a person's accounts are not open, where they are not."""
    if state != "active":
        en, zh = ACCOUNT_STATES[state]
        world.tell(f"accounts: {en}", f"账户：{zh}")


def earned_json(found: Shown) -> dict[str, Any]:
    """Return a person's stars and balances as data."""
    return {
        "stars": [{"level": star.level, "state": star.state} for star in found.stars],
        "account": found.account_state,
        "balances": [
            {"account": accounts.name(one.account), "unit": one.unit, "balance": one.balance,
             "held": one.held, "owed": one.owed}
            for one in found.accounts
        ],
    }  # fmt: skip


COMMANDS = (balances, show, trial)
