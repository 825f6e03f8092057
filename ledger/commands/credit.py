"""The group `credit`: points and time credits."""

import click

from ledger.commands import accounts, catalogue, holders, spending


@click.group()
def credit() -> None:
    """积分与时间储蓄：余额、清单、兑换、赠与、捐赠。 Points and time credits."""


for _command in (
    *accounts.COMMANDS,
    *spending.COMMANDS,
    *holders.COMMANDS,
    *catalogue.COMMANDS,
):
    credit.add_command(_command)
