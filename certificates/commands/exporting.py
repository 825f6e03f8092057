"""`ca export`: the certificates, and nothing secret, that whoever checks paper needs beside `trust.json`."""

from pathlib import Path

import click

from certificates.sentences import counted
from ledger.commands.world import World, refusals

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("export")
@click.option("-o", "--output", type=_FILE, required=True, help="写入的文件 / file to write")
@click.pass_obj
def export(world: World, output: Path) -> None:
    """写出签章证书（公开的部分），供凭纸面查验的人使用。 The public certificates of all sealing keys."""
    from certificates import keyring
    from certificates.seal.chain import to_pem

    with refusals(world):
        world.home.check_exists()
        kept = keyring.kept(world.home)
        found = dict.fromkeys(each for one in kept for each in one.certificates)
        world.write(output, "".join(map(to_pem, found)).encode())
        world.tell(
            f"{output}: {counted(len(found), 'certificate')}; publish it beside trust.json",
            f"{output}：{len(found)} 张证书；请与 trust.json 一同公布",
        )
        world.answer({"file": str(output), "seals": [each.serial for each in kept]})
