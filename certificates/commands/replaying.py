"""Replaying: the work of `vledger audit`, of a ledger, of a bundle, or of checkpoints alone."""

import gc
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from certificates.commands.outside import compare, folders_apart, newest_of, outside, proved
from ledger.commands.keeping import finding, remembered, run_audit, say_audit, say_findings
from ledger.commands.opening import office
from ledger.commands.taking import audit_bundle
from ledger.commands.world import World
from ledger.note import Verifier
from ledger.records import Key
from ledger.trust import Trust


def replay(
    world: World,
    against: tuple[Path, ...],
    *,
    trust_file: Path | None,
    bundle: Path | None,
    workers: int | None,
) -> dict[str, Any]:
    """Audit the ledger, a bundle, or what is held outside where there is neither; say what was found."""
    gc.freeze()  # what was imported stays: looking it over again and again costs a tenth of an audit
    if against and not bundle and not world.home.holds_ledger():
        return _compared(world, against, world.home.trust(trust_file))
    found = _audited(world, against, trust_file, workers, bundle)
    say_audit(world, found)
    return found


def _audited(
    world: World,
    against: tuple[Path, ...],
    trust_file: Path | None,
    workers: int | None,
    bundle: Path | None,
) -> dict[str, Any]:
    """Audit the ledger, or one that was taken away, and hold against it what people hold outside."""
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
