"""Commands that freeze, open and close volunteers' accounts (rule 37)."""

import click

from ledger.commands import typed
from ledger.commands.opening import done, office
from ledger.commands.world import World, refusals
from ledger.desk import spending

_REASON = click.option("--reason", required=True, help="理由代码，如 death、dispute / reason code")


@click.command()
@click.argument("number", callback=typed.number)
@_REASON
@click.pass_obj
def freeze(world: World, number: str, reason: str) -> None:
    """冻结账户：只能转入。 Freeze accounts: they can receive, not pay."""
    _set(world, number, "frozen", reason, ("is frozen", "已冻结"))


@click.command()
@click.argument("number", callback=typed.number)
@_REASON
@click.pass_obj
def unfreeze(world: World, number: str, reason: str) -> None:
    """恢复账户。 Open accounts again."""
    _set(world, number, "active", reason, ("is open", "已恢复"))


@click.command()
@click.argument("number", callback=typed.number)
@_REASON
@click.option("--write-off", is_flag=True,
              help="核销余额：积分失效，时间储蓄入公益池 / write off what is left")  # fmt: skip
@click.pass_obj
def close(world: World, number: str, reason: str, write_off: bool) -> None:
    """注销账户：余额须为零，或用 --write-off 核销。 Close accounts that hold nothing."""
    _set(world, number, "closed", reason, ("is closed", "已注销"), written_off=write_off)


def _set(
    world: World,
    number: str,
    state: str,
    reason: str,
    words: tuple[str, str],
    *,
    written_off: bool = False,
) -> None:
    with refusals(world):
        desk = office(world)
        before = spending.set_account(desk, number, state, reason, written_off=written_off)
        if state == "active" and before == "closed":
            words = ("is open again, after it was closed", "已重新开户（此前已注销）")
        done(
            world,
            {"volunteer": number, "state": state},
            f"the account of {number} {words[0]}",
            f"{number} 的账户{words[1]}",
        )


COMMANDS = (freeze, unfreeze, close)
