"""`vledger audit`: the whole ledger replayed, and held against what people hold outside of it."""

from pathlib import Path

import click

from ledger.commands.wings import Room, Wing
from ledger.commands.world import World, refusals

ROOMS = {
    "anomalies": Room(
        "certificates.commands.anomalies:anomalies", "值得核对的记录 · what is doubtful"
    ),
    "as-of": Room("ledger.commands.tracing:as_of", "当时的数字 · any figure at that point"),
    "check": Room("ledger.commands.sampling:check", "登记核对结果 · say the results"),
    "checks": Room("ledger.commands.sampling:checks", "抽查结果 · samples and their results"),
    "corrections": Room(
        "ledger.commands.tracing:corrections_", "更正一览 · what came to stand otherwise"
    ),
    "pack": Room("ledger.commands.tracing:pack", "证据包 · evidence in one file"),
    "sample": Room("ledger.commands.sampling:sample", "抽查 · draw a sample"),
    "trace": Room(
        "ledger.commands.tracing:trace_", "证明的由来 · from a certificate to its evidence"
    ),
}
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(cls=Wing, rooms=ROOMS, invoke_without_command=True)
@click.option("--trust", "trust_file", type=_FILE, help="信任文件，默认账本自己的 / trust.json")
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    multiple=True,
    help="外部持有的证明、回执、检查点、公开文件夹 / certificates, receipts, notes, folders",
)
@click.option(
    "--evidence", type=_FILE, help="把两份互相矛盾的检查点写成证据文件 / where a fork is proved"
)
@click.option("--bundle", type=_FILE, help="审计带走的账本 / audit what `export bundle` wrote")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="分给几个进程，默认按处理器 / processes to share it",
)
@click.pass_obj
def audit(
    world: World,
    trust_file: Path | None,
    against: tuple[Path, ...],
    evidence: Path | None,
    bundle: Path | None,
    workers: int | None,
) -> None:
    """重放整个账本并核对一切。 Replay the whole ledger and compare everything it says.

    没有账本时，只把 --against 的检查点互相核对。 Without a ledger, --against are held against each other.
    """
    if desk := click.get_current_context().invoked_subcommand:
        if trust_file or against or evidence or bundle or workers:
            en = f"options before `{desk}` are of `vledger audit` alone: write its own behind it"
            zh = f"写在 {desk} 前面的选项只用于 vledger audit 本身；它自己的选项请写在后面"
            raise click.UsageError(world.pick(en, zh))
        return  # it reads the ledger in its own way
    from certificates.commands.replaying import replay
    from ledger.commands.contradicting import say_evidence

    with refusals(world):
        found = replay(world, against, trust_file=trust_file, bundle=bundle, workers=workers)
        say_evidence(world, found["evidence"], evidence)
        world.answer(found)
        if found["findings"]:
            raise SystemExit(1)
