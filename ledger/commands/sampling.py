"""The auditor's desk: `audit sample`, `audit check` and `audit checks`."""

from dataclasses import asdict
from pathlib import Path

import click

from ledger.commands.opening import office
from ledger.commands.tracing import vault_at_hand
from ledger.commands.world import World, refusals
from ledger.desk import spot_checks
from ledger.errors import Rejected
from ledger.files import check_free
from ledger.records import Organisation
from ledger.sampling import Terms

_FILE = click.Path(path_type=Path, dir_okay=False)
_OF_ALL = Terms()


@click.command("sample")
@click.option(
    "--seed",
    default="",
    help="检查点公布之后才选定的种子，如开奖号码 / chosen after the checkpoint",
)
@click.option(
    "--again", type=int, help="重新写出第几条抽查的核对表 / write the list of that entry anew"
)
@click.option(
    "--share",
    type=click.IntRange(1, 100),
    default=_OF_ALL.share,
    show_default=True,
    help="抽百分之几的团队 / teams of a hundred",
)
@click.option(
    "--least",
    type=click.IntRange(1, 10_000),
    default=_OF_ALL.least,
    show_default=True,
    help="至少几个团队 / teams at least",
)
@click.option(
    "--most",
    type=click.IntRange(1, 10_000),
    default=_OF_ALL.most,
    show_default=True,
    help="每队至多几条 / lines of each at most",
)
@click.option("-o", "--output", type=_FILE, required=True, help="核对表 .xlsx / the checklist")
@click.pass_obj
def sample(
    world: World, seed: str, again: int | None, share: int, least: int, most: int, output: Path
) -> None:  # fmt: skip
    """按种子抽取团队和记录，写成核对表；抽查本身由审计人签名入账。 Draw teams and lines by a seed.

    任何人都能由种子和当时的树根重新抽出同样的记录。 Anybody draws the same again from seed and root.
    """
    with refusals(world):
        if bool(seed) == (again is not None):
            raise click.UsageError(
                world.pick(
                    "give --seed, or --again ENTRY", "请给出 --seed，或用 --again 指明第几条"
                )
            )
        check_free(output)  # a checklist that was filled in is nobody's to write over
        world.check_writable(output)
        vault_at_hand(world)  # what is wrong with it is known before anything is said
        entry = again
        if entry is None:
            said = spot_checks.say(
                office(world), _organisation(world), seed, Terms(share, least, most)
            )
            if said is None:
                raise Rejected(
                    "sample.out",
                    en="a sample is drawn where the log is; --out does not go with it",
                    zh="抽查须在账本所在处进行，不能与 --out 同用",
                )
            entry = said.index
        with office(world).store.reading() as view:
            found = spot_checks.drawn(view, entry)
            data, lines = spot_checks.checklist(view, vault_at_hand(world), found)
        world.write(output, data)
        world.tell(
            f"sample of entry {entry}: {len(found.lines)} teams, {lines} lines: {output}",
            f"第 {entry} 条抽查：团队 {len(found.lines)} 个，记录 {lines} 条：{output}",
        )
        world.answer(
            {
                "entry": entry,
                "size": found.head.size,
                "root": found.head.root,
                "seed": found.head.seed,
                "teams": {
                    team: [f"{e}:{r}" for e, r in places] for team, places in found.lines.items()
                },
                "file": str(output),
            }
        )


@click.command("check")
@click.argument("file", type=_FILE)
@click.pass_obj
def check(world: World, file: Path) -> None:
    """登记填好的核对表，由审计人签名入账。 Say the results of a checklist that was filled in."""
    with refusals(world):
        results = spot_checks.results_in(world.read(file, most=64 * 1024 * 1024), file.name)
        made = spot_checks.record(office(world), _organisation(world), results)
        world.tell(
            f"{len(results)} results in {len(made)} statements",
            f"已登记 {len(results)} 条核对结果（{len(made)} 份文书）",
        )
        world.answer({"results": len(results), "entries": [one.index for one in made]})


@click.command("checks")
@click.pass_obj
def checks(world: World) -> None:
    """列出每次抽查和核对结果，只有数字，可以公布。 Every sample and its results: counts, fit to publish."""
    with refusals(world):
        with office(world).store.reading() as view:
            found = list(spot_checks.outcomes(view))
        words = spot_checks.RESULTS
        world.table(
            [
                ("entry", "条目"),
                ("time", "时间"),
                ("seed", "种子"),
                ("teams", "团队"),
                ("lines", "记录"),
                *((code, zh) for code, zh in words.items()),
                ("open", "未核对"),
                ("changed", "改过"),
            ],
            [
                (
                    one.entry,
                    one.stamp[:16],
                    one.seed,
                    one.teams,
                    one.lines,
                    *(one.results.get(code, 0) for code in words),
                    one.lines - sum(one.results.values()),
                    one.changed,
                )
                for one in found
            ],
        )
        world.tell(f"{len(found)} samples", f"共抽查 {len(found)} 次")
        world.answer({"samples": [asdict(one) for one in found]})


def _organisation(world: World) -> str:
    """Return the root: an auditor samples the whole ledger."""
    with office(world).store.reading() as view:
        return next(view.where(Organisation, parent="")).code
