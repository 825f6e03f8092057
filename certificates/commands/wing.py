"""Commands that span both wings, and those of certificates: init, demo, certificate."""

from pathlib import Path

import click

from certificates.commands.issuing import issue, key
from certificates.commands.lists import status
from certificates.commands.registering import list_, show
from certificates.commands.verifying import verify
from ledger.commands import typed
from ledger.commands.world import World, refusals

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option(
    "--origin", required=True, help="账本名，如 kx.example.cn/volunteers / name of the log"
)
@click.option("--organisation", required=True, help="根组织编号，如 KX / code of the root")
@click.option("--name", required=True, help="根组织名称 / name of the root")
@click.option("--uscc", default="", help="统一社会信用代码 / unified social credit code")
@click.option("--area", default="", help="行政区划代码 / area code")
@click.option("--simulated-clock", is_flag=True, help="演练用，时间由 --now 给出 / for rehearsals")
@click.pass_obj
def init(
    world: World,
    origin: str,
    organisation: str,
    name: str,
    uscc: str,
    area: str,
    simulated_clock: bool,
) -> None:
    """新建账本。 Begin a ledger: keys, log, certificate authority, root organisation."""
    from certificates import founding
    from ledger.desk.founding import Root
    from ledger.times import moment

    with refusals(world):
        if simulated_clock and not world.now_given:
            raise click.UsageError(
                world.pick("a simulated clock needs --now", "模拟时钟须给出 --now")
            )
        root = Root(organisation, name, area, uscc)
        root.check()
        plan = founding.Plan(
            origin,
            root,
            "simulated" if simulated_clock else "real",
            moment(world.now_given) if simulated_clock else world.moment(),
            world.new_passphrase(world.pick("the operator", "管理员")),
        )
        made = founding.found(world.home, plan, world.guard_path)
        world.tell(
            f"the ledger {made.origin} is in {world.home.path}",
            f"账本 {made.origin} 已建于 {world.home.path}",
        )
        away = "\n  ".join(map(str, made.carry_away))
        world.tell(
            f"carry these keys elsewhere, sealed, and delete them here:\n  {away}\n"
            "give trust.json to everybody who is to check certificates\n"
            "next: vledger status",
            f"请把下列密钥封存于别处，并从本机删除：\n  {away}\n"
            "请把 trust.json 交给所有需要查验证明的人\n下一步：vledger status",
        )
        world.answer(
            {
                "origin": made.origin,
                "home": str(world.home.path),
                "entries": [receipt.index for receipt in made.receipts],
                "carry_away": [str(file) for file in made.carry_away],
            }
        )


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--all", "every", is_flag=True, help="为所有人出具证明 / certificates for everybody")
@click.pass_obj
def demo(world: World, scenario: Path | None, every: bool) -> None:
    """演示全流程：导入、公示、确认、证明、查验、审计。 The main job, end to end."""
    from certificates.demo.playing import run
    from certificates.demo.scenario import EXAMPLES
    from ledger.errors import Unsafe

    with refusals(world):
        if scenario is None and not EXAMPLES.exists():  # a wheel brings none
            raise Unsafe(
                "examples.missing",
                en=f"the example is not in {EXAMPLES}: name a folder of spreadsheets, as in"
                " `vledger demo FOLDER`, or run it from a checkout",
                zh=f"{EXAMPLES} 中没有示例：请指明表格文件夹 `vledger demo 文件夹`，或在源码目录中运行",
            )
        found = run(world, scenario, every=every)
        world.answer(found)
        clean = not found["audit"]["findings"] and found["verified"]
    if not clean:
        raise SystemExit(1)


@click.group()
def certificate() -> None:
    """证明的出具、查验、台账、撤销、效力清单。 Certificates: issue, verify, list, revoke, status."""


for command in (issue, key, list_, show, status, verify):
    certificate.add_command(command)


@certificate.command("revoke")
@click.argument("number", callback=typed.number)
@click.option("--reason", required=True, help="理由代码，如 error、fraud / reason code")
@click.option(
    "--successor",
    callback=typed.number,
    help="替代它的证明编号 / number of the one that replaces it",
)
@click.pass_obj
def revoke(world: World, number: str, reason: str, successor: str | None) -> None:
    """撤销一份证明。 Revoke a certificate."""
    from certificates import ending
    from ledger.commands.opening import done, office

    with refusals(world):
        ending.revoke(office(world), number, reason, successor)
        done(world, {"revoked": number}, f"{number} is revoked", f"证明 {number} 已撤销")
