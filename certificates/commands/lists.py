"""Status lists at the command line: drawing one up, and taking those that a verifier was given."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from certificates.sentences import counted
from ledger.commands.world import World, refusals
from ledger.errors import LedgerError

_FILE = click.Path(path_type=Path, dir_okay=False)
_MOST_DAYS = 366  # of `rules.status`, for which --help need not wait


@click.command()
@click.option("-o", "--output", type=_FILE, required=True, help="写入的清单 / file to write")
@click.option("--days", type=click.IntRange(1, _MOST_DAYS), default=30, show_default=True,
              help="清单有效的天数 / days for which it may be relied on")  # fmt: skip
@click.pass_obj
def status(world: World, output: Path, days: int) -> None:
    """生成效力清单：离线查验时得知证明是否有效。 A signed list of how all certificates stand."""
    from certificates import listing
    from ledger.commands.opening import done, office

    with refusals(world):
        world.check_writable(output)  # before the log says that there is a list
        made = listing.draw_up(office(world), days)
        world.write(output, made.file)
        done(
            world,
            {"entry": made.entry, "certificates": made.certificates, "ended": made.ended,
             "next_update": made.next_update, "file": str(output)},
            f"{counted(made.certificates, 'certificate')}, {made.ended} of which revoked or superseded: {output}, to be"
            f" relied on until {made.next_update}",
            f"{made.certificates} 份证明，其中 {made.ended} 份已撤销或被替代：{output}，"
            f"{made.next_update} 前可以使用",
        )  # fmt: skip


def given(world: World, files: Iterable[Path], trusted: Any) -> tuple[list[Any], list[Any]]:
    """Return the status lists that can be believed, and why others cannot."""
    from certificates import statuslist
    from certificates.standing import Reason

    lists, refused = [], []
    for file in files:
        try:
            lists.append(statuslist.check(world.read(file, most=statuslist.MAX_SIZE), trusted))
        except LedgerError as error:
            en, zh = f"{file} is not used: {error.en}", f"{file} 不予采用：{error.zh}"
            refused.append(Reason(f"status.{error.code}", en, zh))
    return lists, refused
