"""Commands by which one log hangs on another: a county's on its province's."""

from collections.abc import Sequence
from pathlib import Path

import click

from certificates import anchoring
from certificates.anchoring import Anchored
from certificates.commands.outside import checkpoint_in
from ledger import merkle
from ledger.checkpoint import Checkpoint
from ledger.commands.opening import done, office
from ledger.commands.world import World, refusals
from ledger.errors import Rejected
from ledger.files import named
from ledger.published import Published

_FILE = click.Path(path_type=Path, dir_okay=False)
_LARGEST = 64 * 1024 * 1024  # bytes of a certificate; ours have a hundredth of that


@click.group()
def anchor() -> None:
    """锚定：把另一账本的检查点记入本账本。 Hang another log on this one; proofs through an anchor."""


@anchor.command("add")
@click.argument("file", type=_FILE)
@click.option("--trust", "trust_file", type=_FILE, required=True,
              help="那一账本的 trust.json，以核对其签名 / the other log's trust.json")  # fmt: skip
@click.pass_obj
def add(world: World, file: Path, trust_file: Path) -> None:
    """把另一账本（如县）的检查点记入本账本（如省）。 Say another log's checkpoint in this one.

    FILE 可以是检查点、回执或证明。 A checkpoint, or a receipt or certificate that holds one.
    """
    from ledger.desk import anchors

    with refusals(world):
        trusted = world.home.trust(trust_file)
        with named(file):
            note = checkpoint_in(world.read(file, most=_LARGEST))
            checkpoint, _ = trusted.check(note)
        receipt = anchors.say(office(world), note, trusted)
        at = receipt.index if receipt else None
        done(
            world,
            {"anchor": at, "origin": checkpoint.origin, "size": checkpoint.size},
            f"entry {at} anchors {checkpoint.origin} with {checkpoint.size} entries; next, for those who"
            f" keep it: vledger anchor prove {at} -o FILE",
            f"第 {at} 条锚定了账本 {checkpoint.origin} 的 {checkpoint.size} 条检查点；"
            f"下一步，交给对方：vledger anchor prove {at} -o 文件",
        )


@anchor.command("list")
@click.pass_obj
def list_(world: World) -> None:
    """列出所锚定的检查点。 List what is anchored here."""
    from ledger.desk import anchors

    with refusals(world), office(world).store.reading() as view:
        found = anchors.all_of(view)
        world.table(
            [("entry", "条目"), ("log", "账本"), ("entries", "条数"), ("stamped", "时间")],
            [(one.entry, one.origin, one.size, one.stamp) for one in found],
        )
        world.answer(
            {
                "anchors": [
                    {"entry": one.entry, "origin": one.origin, "size": one.size, "root": one.root,
                     "stamp": one.stamp}
                    for one in found
                ]
            }
        )  # fmt: skip


@anchor.command("prove")
@click.argument("which", metavar="ENTRY|ORIGIN")
@click.option("-o", "--output", type=_FILE, required=True, help="写入的文件 / file to write")
@click.pass_obj
def prove(world: World, which: str, output: Path) -> None:
    """出具锚定证明，交给被锚定的账本。 Prove an anchor, for those who keep the other log.

    写条目序号，或账本名（取其条数最多的锚定）。 An entry's index, or a log's name: its largest anchor.
    """
    from certificates.proof import Committed
    from certificates.source import Ledger
    from ledger.desk import anchors

    with refusals(world), office(world).store.reading() as view:
        one = anchors.find(view, which)
        made = anchoring.make(Ledger(view), one.entry, Committed(view.cosigned(), view.size()))
        world.write(output, made.write())
        world.tell(
            f"written: {output}: anchors {one.origin} with {one.size} entries",
            f"已写入 {output}：锚定 {one.origin} 的 {one.size} 条检查点",
        )
        world.answer(
            {"file": str(output), "entry": one.entry, "origin": one.origin, "size": one.size}
        )


@anchor.command("link")
@click.argument("certificate", type=_FILE)
@click.option("--through", type=_FILE,
              help="对方出具的锚定证明，不写则用本账本的新检查点 / the other log's proof")  # fmt: skip
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False),
              help="用公开发布的文件夹代替账本 / a published folder in place of the ledger")  # fmt: skip
@click.option("--trust", "trust_file", type=_FILE,
              help="没有账本时，与 --folder 同用 / the folder's trust.json, without a ledger")  # fmt: skip
@click.option("-o", "--output", type=_FILE, required=True, help="写入的文件 / file to write")
@click.pass_obj
def link(
    world: World, certificate: Path, through: Path | None, folder: Path | None,
    trust_file: Path | None, output: Path,
) -> None:  # fmt: skip
    """为一份证明补全锚定证明，供 certificate verify --anchor 使用。 The proof that goes with a certificate.

    只信任省账本的人，凭此查验县里的证明；日志密钥更换后，旧证明也可凭此查验。
    For readers who trust the other log alone, or only a newer key of this one.
    """
    from ledger.audit import Held
    from ledger.publish import open_folder

    with refusals(world):
        with named(certificate):
            note = checkpoint_in(world.read(certificate, most=_LARGEST))
            held = Held.read(str(certificate), note).checkpoint
        part = _part(world, through, folder)
        tree = open_folder(folder, world.home.trust(trust_file)) if folder else None
        made = _link(world, part, held, tree)
        world.write(output, made.write())
        world.tell(
            f"written: {output}; it goes with {certificate}: certificate verify FILE --anchor {output}",
            f"已写入 {output}，请与 {certificate} 一并交出：certificate verify 文件 --anchor {output}",
        )
        goal = anchoring.target(made)
        world.answer({"file": str(output), "origin": goal.origin, "size": goal.size})


def given(world: World, files: Sequence[Path]) -> tuple[Anchored, ...]:
    """Return proofs through anchors; one that cannot be read is no reason to go on without."""
    return tuple(_read(world, file) for file in files)


def _read(world: World, file: Path) -> Anchored:
    with named(file):
        return anchoring.read(world.read(file, most=anchoring.MAX_SIZE + 1))


def _part(world: World, through: Path | None, folder: Path | None) -> Anchored:
    """Return the trusted log's part: from a file, or the newest checkpoint of this very log."""
    if through:
        return _read(world, through)
    if folder:
        return Anchored(world.read(folder / "checkpoint", most=_LARGEST).decode())
    with office(world).store.reading() as view:
        return Anchored(view.cosigned().decode())


def _link(world: World, part: Anchored, held: Checkpoint, tree: Published | None) -> Anchored:
    """Link a certificate's checkpoint to the anchored one, over the tree of its own log."""
    from ledger.store.trees import nodes_for

    if tree:
        _check_own(tree.checkpoint.origin, held)
        _check_reaches(tree.checkpoint.size, anchoring.target(part))
        return anchoring.link(part, held, tree.node)
    with office(world).store.reading() as view:
        _check_own(office(world).store.origin(), held)
        goal = anchoring.target(part)
        _check_reaches(view.size(), goal)
        asked = 0 < held.size <= goal.size
        ranges = merkle.consistency_ranges(held.size, goal.size) if asked else ()
        return anchoring.link(part, held, nodes_for(view, ranges))


def _check_own(origin: str, held: Checkpoint) -> None:
    if held.origin != origin:
        raise Rejected(
            "certificate.foreign",
            en=f"the certificate is of the log {held.origin}, and this is {origin}",
            zh=f"该证明属于账本 {held.origin}，而这里是 {origin}",
        )


def _check_reaches(size: int, goal: Checkpoint) -> None:
    if size < goal.size:
        raise Rejected(
            "anchor.ahead",
            en=f"the anchor holds {goal.size} entries of {goal.origin}, and here are {size}: this copy is"
            " older, or entries were lost",
            zh=f"锚定的是 {goal.origin} 的 {goal.size} 条，这里只有 {size} 条：副本较旧，或有条目丢失",
        )
