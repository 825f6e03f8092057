"""`vledger audit`: the whole ledger replayed, and held against what people hold outside of it."""

from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import click

from certificates.commands.anomalies import anomalies
from certificates.commands.outside import compare, folders_apart, newest_of, outside, proved
from ledger.commands.sampling import check, checks, sample
from ledger.commands.tracing import as_of, corrections_, pack, trace_
from ledger.commands.world import World, refusals
from ledger.note import Verifier
from ledger.records import Key
from ledger.trust import Trust

_FILE = click.Path(path_type=Path, dir_okay=False)


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
    from ledger.commands.contradicting import say_evidence
    from ledger.commands.keeping import say_audit

    if desk := click.get_current_context().invoked_subcommand:
        if trust_file or against or evidence or bundle or workers:
            en = f"options before `{desk}` are of `vledger audit` alone: write its own behind it"
            zh = f"写在 {desk} 前面的选项只用于 vledger audit 本身；它自己的选项请写在后面"
            raise click.UsageError(world.pick(en, zh))
        return  # it reads the ledger in its own way
    with refusals(world):
        if against and not bundle and not world.home.holds_ledger():
            found = _compared(world, against, world.home.trust(trust_file))
        else:
            found = _audited(world, against, trust_file, workers, bundle)
            say_audit(world, found)
        say_evidence(world, found["evidence"], evidence)
        world.answer(found)
        if found["findings"]:
            raise SystemExit(1)


def _audited(
    world: World,
    against: tuple[Path, ...],
    trust_file: Path | None,
    workers: int | None,
    bundle: Path | None,
) -> dict[str, Any]:
    """Audit the ledger, or one that was taken away, and hold against it what people hold outside."""
    from ledger.commands.keeping import finding, remembered, run_audit
    from ledger.commands.taking import audit_bundle

    if not bundle:
        world.home.check_exists()
    trusted = world.home.trust(trust_file) if trust_file or not bundle else Trust()
    forked = proved(world, against, trusted)
    held = [outside(world, file) for file in forked.rest]
    if bundle:
        found = audit_bundle(world, bundle, trust_file, held, workers)
    else:
        found = run_audit(world, chain(held, remembered(world)), trust_file, workers)
    _hold_folders(world, found, against, _own(world, bundle, trusted))
    found["findings"] += [finding(world, one) for one in forked.findings]
    found["evidence"] += [one.form() for one in forked.evidence]
    return found


def _own(
    world: World, bundle: Path | None, trusted: Trust
) -> Callable[[], tuple[bytes, Sequence[Verifier]]]:
    """Return how to get the newest checkpoint of what is audited, and the keys of its log."""
    from ledger.commands.opening import office

    def of_ledger() -> tuple[bytes, Sequence[Verifier]]:
        with office(world).store.reading() as view:
            keys = [Verifier.parse(key.vkey) for key in view.where(Key, role="log")]
            return view.checkpoint(), keys

    return (lambda: (newest_of(world, bundle), trusted.ever())) if bundle else of_ledger


def _hold_folders(
    world: World,
    found: dict[str, Any],
    paths: tuple[Path, ...],
    own: Callable[[], tuple[bytes, Sequence[Verifier]]],
) -> None:
    """Find published folders that are damaged, or went on from another history than what is audited."""
    from ledger.commands.keeping import finding

    if not any(path.is_dir() for path in paths):
        return
    newest, keys = own()
    said = {one["place"] for one in found["remarks"] if one["code"] == "tail.declared"}
    said |= {one["place"] for one in found["findings"] if one["code"] == "evidence.unreadable"}
    apart = [path for path in paths if str(path) not in said]
    for one, fork in folders_apart(apart, newest, keys):
        if fork:  # proved: that it is ahead says less
            found["findings"] = [
                each for each in found["findings"]
                if (each["code"], each["place"]) != ("checkpoint.ahead", one.place)
            ]  # fmt: skip
        found["findings"].append(finding(world, one))
        if fork:
            found["evidence"].append(fork.form())


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


for command in (anomalies, as_of, check, checks, corrections_, pack, sample, trace_):
    audit.add_command(command)
