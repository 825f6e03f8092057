"""`recover`: the explicit way on after a lost tail, with everything that is known of it."""

from functools import partial
from pathlib import Path

import click

from certificates.commands.outside import outside
from ledger.audit import Finding, Held
from ledger.commands import logkeys
from ledger.commands.keeping import guard_held, guards, held, receipt_held
from ledger.commands.opening import Writing, done, guard_of, guard_refusal, office
from ledger.commands.world import World, refusals
from ledger.desk import letters, recovering
from ledger.desk.letters import Letter
from ledger.desk.recovering import Loss
from ledger.errors import LedgerError, Rejected, Unsafe
from ledger.files import named
from ledger.kinds import Recovery
from ledger.records import Spoken
from ledger.store.trees import frontier

_FILE = click.Path(path_type=Path, dir_okay=False)
_SHOWN = 5  # lost checkpoints printed; --json has all


@click.command()
@click.option("--against", type=click.Path(path_type=Path), multiple=True,
              help="外部持有的证明、回执、检查点、公开文件夹 / certificates, receipts, notes, folders")  # fmt: skip
@click.option("--reason", default="tail_lost", show_default=True, help="理由代码 / reason code")
@click.option("--nothing-lost", is_flag=True,
              help="确知没有丢失任何条目，日志密钥不变 / the guard alone was lost: the log key stays")  # fmt: skip
@click.option(
    "--letter", type=_FILE, help="提交在别处签好的恢复文书 / send what was signed elsewhere"
)
@click.pass_obj
def recover(
    world: World,
    against: tuple[Path, ...],
    reason: str,
    nothing_lost: bool,
    letter: Path | None,
) -> None:
    """尾部丢失、守护文件缺失后，以恢复密钥声明，账本继续。 Go on after a lost tail, by the recovery key.

    丢失的检查点写入账本；签署它们的日志密钥停用，改用新密钥，请把新的 trust.json 发给所有查验人。
    What was lost is named in the log, the key that signed it ends, and a new trust.json is to be given out.
    """
    with refusals(world):
        known = _known(world, against)
        with office(world).store.reading() as view:
            loss, ended = recovering.loss_of(view, known), recovering.ended_by_recovery(view)
        why = _refusal(world)
        said = _read(world, letter) if letter else None
        entry = _entry_of(world, said) if said else None
        if (entry is not None or not said) and ended and why == "guard.ahead" and not loss.named:
            _finish(world, loss)
        elif entry is not None:
            _say_already(world, entry, needed=bool(why or loss.named))
        elif said:
            _send(world, said, loss)
        elif not why and not loss.named:
            raise Rejected(
                "recover.needless",
                en="the guard is in place, and nothing is known of this log that is not in the ledger",
                zh="守护文件完好，且没有发现本账本所缺的内容，无需恢复",
            )
        else:
            _recover(world, loss, reason, keeps_key=nothing_lost or not (why or loss.alive))


def _known(world: World, against: tuple[Path, ...]) -> list[Held]:
    """Return what guards, receipts and the files named hold of this log."""
    shown = sorted(
        (world.home.path / "evidence").glob("*.note")
    )  # by witnesses that contradicted us
    named = [outside(world, file) for file in (*against, *shown)]
    for one in named:
        if isinstance(one, Finding):  # what somebody names is to be heard, and not passed over
            raise Unsafe(one.code, en=one.en, zh=one.zh)
    receipts = sorted((world.home.path / "receipts").glob("*.tlog-proof"))
    own = [held(file, partial(receipt_held, world, file)) for file in receipts]
    own += [held(path, partial(guard_held, path, name)) for path, name in guards(world)]
    return [one for one in (*named, *own) if isinstance(one, Held)]


def _refusal(world: World) -> str:
    """Return why the guard lets nothing be signed here; nothing where it does."""
    error = guard_refusal(world)
    if error and error.code not in ("guard.ahead", "guard.fork", "guard.missing", "guard.damaged"):
        raise error
    return error.code if error else ""


def _recover(world: World, loss: Loss, reason: str, *, keeps_key: bool) -> None:
    if keeps_key and loss.alive:
        raise Rejected(
            "recover.lost",
            en=f"something was lost: a checkpoint of {loss.named[-1].size} entries was signed, and this"
            f" ledger has {loss.size}; recover without --nothing-lost",
            zh=f"确有丢失：曾签署过 {loss.named[-1].size} 条的检查点，而本账本有 {loss.size} 条；"
            "请去掉 --nothing-lost 再恢复",
        )
    found = office(world)
    with found.store.reading() as view:
        signer = None if keeps_key else recovering.new_log_key(view)
    kept = logkeys.keep(world, signer, loss.size) if signer else None
    try:
        letter = recovering.write(found, loss, reason, signer)
        if world.out:
            found.send(letter)
            done(world, {}, "", "")
            return
        _send(world, letter, loss)
    except LedgerError:
        if kept:
            logkeys.drop(world, *kept)
        raise


def _send(world: World, letter: Letter, loss: Loss) -> None:
    """Let a recovery be said, with a guard that is begun anew."""
    found = office(world)
    found.log = Writing(world, found.store, recovering=True)
    found.send(letter)
    _say(world, loss, letters.log_key_in(letter.note))


def _read(world: World, file: Path) -> Letter:
    data = world.read(file)
    with named(file):
        found = letters.read(data)
    if len(found) != 1 or not found[0].note:
        raise Unsafe(
            "letter.unsigned",
            en=f"{file} is not one signed statement: `vledger sign {file}` first",
            zh=f"{file} 不是一份已签署的文书，请先 `vledger sign {file}`",
        )
    with named(file):
        statement, own = found[0].statement(), office(world).store.origin()
    if statement.origin != own or not isinstance(statement.head, Recovery):
        raise Unsafe(
            "letter.other",
            en=f"{file} is no recovery of this ledger, {own}: it is for {statement.origin}",
            zh=f"{file} 不是本账本（{own}）的恢复文书：它是给 {statement.origin} 的",
        )
    return found[0]


def _entry_of(world: World, letter: Letter) -> int | None:
    """Return the entry as which a letter is in the log already, if it is."""
    with office(world).store.reading() as view:
        said = next(view.where(Spoken, ref=letter.statement().ref), None)
    return said.entry if said else None


def _say_already(world: World, entry: int, *, needed: bool) -> None:
    """Answer who sends a letter again; what was lost since then takes another one."""
    if needed:
        raise Rejected(
            "recover.already",
            en=f"this letter is entry {entry} already, and does not say what was lost since: write and sign a"
            " new one (`vledger recover --out FILE`)",
            zh=f"这份文书早已是第 {entry} 条，没有说明此后丢失了什么：请另写一份签署（`vledger recover --out 文件`）",
        )
    world.tell(
        f"this letter is entry {entry} already: nothing was added",
        f"这份文书早已是第 {entry} 条，没有新增任何条目",
    )
    world.answer({"already": entry, "entries": []})


def _finish(world: World, loss: Loss) -> None:
    """Begin the guard anew after a recovery that was killed before it did."""
    with office(world).store.writing() as writer:
        size = writer.read.size()
        with guard_of(world, writer.read).anew() as guard:
            guard.keep(size, frontier(writer.read, size).root())
    _say(world, loss, "")


def _say(world: World, loss: Loss, key: str) -> None:
    for one in loss.named[-_SHOWN:]:
        world.tell(
            f"lost: {one.size} entries, root {one.root}", f"已丢失：{one.size} 条，树根 {one.root}"
        )
    if loss.more:
        world.tell(
            f"{loss.more} more lost checkpoints do not fit into one statement: recover again",
            f"另有 {loss.more} 个丢失的检查点未能列入，请再次运行 recover",
        )
    trusted = world.home.trust_file
    if key:
        world.tell(
            f"the log signs with a new key; give the new {trusted} to everybody who checks certificates,"
            " destroy the old private key, and let what was lost be sent and issued again",
            f"日志已改用新密钥；请把新的 {trusted} 发给所有查验人，销毁旧的私钥，"
            "并请有关人员重新提交丢失的记录、重新出具丢失的证明",
        )
    lost = [{"size": one.size, "root": one.root} for one in loss.named]
    done(
        world,
        {"kept": loss.size, "lost": lost, "log_key": key or None},
        f"the ledger goes on after entry {loss.size - 1}, and the guard is in place",
        f"账本自第 {loss.size - 1} 条之后继续，守护文件已就位",
    )
