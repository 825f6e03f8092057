"""Commands by which strangers can check the log: checkpoint, prove, publish."""

from pathlib import Path

import click

from ledger.commands.world import World, refusals

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("-o", "--output", type=_FILE, help="写入的文件 / file to write")
@click.pass_obj
def checkpoint(world: World, output: Path | None) -> None:
    """打印最新的签名检查点。 Print the newest signed checkpoint."""
    from ledger.commands import public

    with refusals(world):
        public.give(world, "checkpoint", public.newest(world), output)


@click.command()
@click.argument("place", metavar="[INDEX|ENTRY:ROW]", required=False)
@click.option("-o", "--output", type=_FILE, help="写入的文件（.tlog-proof）/ file to write")
@click.option(
    "--with-entry", is_flag=True, help="证明中附上条目 / the entry itself goes into the file"
)
@click.option(
    "--check", "file", type=_FILE, help="核对一份证明，或一个证据包 / check a proof, or a pack"
)
@click.option("--trust", "trust_file", type=_FILE, help="信任文件 / trust.json")
@click.option(
    "--entry",
    type=click.Path(path_type=Path),
    help="证明未附条目时：条目的文件，或公开发布的文件夹 / the entry, or a published folder",
)
@click.pass_obj
def prove(
    world: World,
    place: str | None,
    output: Path | None,
    with_entry: bool,
    file: Path | None,
    trust_file: Path | None,
    entry: Path | None,
) -> None:
    """证明某一条已入账（C2SP tlog-proof），或用 --check 核对。 Prove that an entry is in the log.

    条目:行 还附上该行内容。 With ENTRY:ROW the proof carries the entry and that row of it.
    """
    if (place is None) == (file is None):
        raise click.UsageError(
            world.pick(
                "say what is to be proved, such as `prove 7` or `prove 12:3`, or --check FILE",
                "请写明要证明哪一条，如 `prove 7`、`prove 12:3`，或用 --check 指明要核对的文件",
            )
        )
    from ledger.commands import public

    with refusals(world):
        if file:
            public.check(world, file, trust_file, entry)
        elif place:
            public.give(world, "proof", public.proof(world, place, with_entry=with_entry), output)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--all", "every", is_flag=True,
    help="逐一核对此前发布的全部文件，补上缺失的 / compare every file, write what is missing",
)  # fmt: skip
@click.option(
    "--without-quorum", is_flag=True,
    help="会签的见证人不足也发布 / publish although too few witnesses cosigned",
)  # fmt: skip
@click.pass_obj
def publish(world: World, folder: Path, every: bool, without_quorum: bool) -> None:
    """把账本发布为静态文件夹，供任何网站提供下载。 Publish the log as static files (C2SP tlog-tiles).

    不含明细和个人信息。 Neither items nor personal data are in it.
    """
    from ledger.commands import public

    with refusals(world):
        public.publish(world, folder, every=every, without_quorum=without_quorum)
