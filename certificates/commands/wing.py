"""Commands of the certificates' wing, and those that span both: init, demo, audit."""

from pathlib import Path
from typing import Any

import click

from certificates.commands.issuing import issue, key
from certificates.commands.lists import status
from certificates.commands.outside import compare, folders_apart, outside, proved
from certificates.commands.verifying import verify
from ledger.commands.anomalies import anomalies
from ledger.commands.world import World, refusals
from ledger.note import Verifier
from ledger.records import Key
from ledger.trust import Trust

_FILE = click.Path(path_type=Path, dir_okay=False)
_LARGEST = 64 * 1024 * 1024  # bytes; ours have a hundredth of that


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
    """证明的出具、查验、撤销、效力清单。 Certificates: issue, verify, revoke, status."""


for command in (issue, key, status, verify):
    certificate.add_command(command)


@certificate.command("revoke")
@click.argument("number")
@click.option("--reason", required=True, help="理由代码，如 error、fraud / reason code")
@click.option("--successor", help="替代它的证明编号 / number of the one that replaces it")
@click.pass_obj
def revoke(world: World, number: str, reason: str, successor: str | None) -> None:
    """撤销一份证明。 Revoke a certificate."""
    from certificates import ending
    from ledger.commands.opening import done, office

    with refusals(world):
        ending.revoke(office(world), number, reason, successor)
        done(world, {"revoked": number}, f"{number} is revoked", f"证明 {number} 已撤销")


@click.group(invoke_without_command=True)
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
@click.pass_obj
def audit(
    world: World, trust_file: Path | None, against: tuple[Path, ...], evidence: Path | None
) -> None:
    """重放整个账本并核对一切。 Replay the whole ledger and compare everything it says.

    没有账本时，只把 --against 的检查点互相核对。 Without a ledger, --against are held against each other.
    """
    from ledger.commands.contradicting import say_evidence
    from ledger.commands.keeping import say_audit

    if click.get_current_context().invoked_subcommand:
        return  # a command of the auditor's desk, which reads the ledger in its own way
    with refusals(world):
        if against and not world.home.holds_ledger():
            found = _compared(world, against, _trusted(world, trust_file))
        else:
            found = _audited(world, against, trust_file)
            say_audit(world, found)
        say_evidence(world, found["evidence"], evidence)
        world.answer(found)
        if found["findings"]:
            raise SystemExit(1)


def _audited(world: World, against: tuple[Path, ...], trust_file: Path | None) -> dict[str, Any]:
    """Audit the ledger, and hold against it what people hold outside."""
    from ledger.commands.keeping import finding, remembered, run_audit

    world.home.check_exists()
    forked = proved(world, against, _trusted(world, trust_file))
    held = [outside(world, file) for file in forked.rest]
    found = run_audit(world, [*held, *remembered(world)], trust_file)
    _hold_folders(world, found, against)
    found["findings"] += [finding(world, one) for one in forked.findings]
    found["evidence"] += [one.form() for one in forked.evidence]
    return found


def _hold_folders(world: World, found: dict[str, Any], paths: tuple[Path, ...]) -> None:
    """Find published folders that went on from another history than the ledger's."""
    from ledger.commands.keeping import finding
    from ledger.commands.opening import office

    if not any(path.is_dir() for path in paths):
        return
    with office(world).store.reading() as view:
        newest = view.checkpoint()
        keys = [Verifier.parse(key.vkey) for key in view.where(Key, role="log")]
    for one, fork in folders_apart(paths, newest, keys):
        found["findings"].append(finding(world, one))
        found["evidence"].append(fork.form())


def _trusted(world: World, file: Path | None) -> Trust:
    from ledger import trust

    return trust.read(world.read(file or world.home.trust_file))


def _compared(world: World, paths: tuple[Path, ...], trusted: Trust) -> dict[str, Any]:
    """Hold checkpoints against each other, with nothing but what is trusted."""
    from ledger.commands.keeping import finding, say_findings

    compared = compare(world, paths, trusted)
    found = {
        "compared": compared.count,
        "findings": [finding(world, one) for one in compared.findings],
        "remarks": [finding(world, one) for one in compared.remarks],
        "evidence": [one.form() for one in compared.evidence],
    }
    say_findings(world, found)
    world.tell(
        f"{compared.count} checkpoints held against each other: {len(compared.findings)} findings",
        f"已互相核对 {compared.count} 份检查点：发现问题 {len(compared.findings)} 项",
    )
    return found


audit.add_command(anomalies)
