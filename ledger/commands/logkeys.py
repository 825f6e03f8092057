"""The log's own key: kept, believed, and replaced in its time."""

from pathlib import Path

import click

from ledger import trust
from ledger.commands.opening import done, office
from ledger.commands.output import joined
from ledger.commands.world import World, refusals
from ledger.desk import appointing, recovering
from ledger.errors import LedgerError
from ledger.note import Signer


@click.command("log-key")
@click.option("--stolen", is_flag=True,
              help="旧密钥已泄露，从 trust.json 中去掉 / the old key is no longer to be believed")  # fmt: skip
@click.pass_obj
def log_key(world: World, stolen: bool) -> None:
    """更换账本的日志密钥；由管理员，或用 --as 以恢复密钥签署。 Put a new log key in the old one's place."""
    with refusals(world):
        with office(world).store.reading() as view:
            signer = recovering.new_log_key(view)
        file, before = keep(world, signer)
        try:
            appointing.succeed(office(world), signer.verifier)
        except LedgerError:
            drop(world, file, before)
            raise
        if stolen and not world.out:
            _believe(world, signer, instead=True)
        by, at, trusted = signer.verifier.by, joined(world.recorded), world.home.trust_file
        done(
            world,
            {"log_key": str(signer.verifier), "key_file": str(file)},
            f"the log signs with {by} from entry {at} on; give the new {trusted} to everybody who checks"
            " certificates, and destroy the old private key",
            f"自第 {at} 条起，日志改用 {by} 签署；请把新的 {trusted} 发给所有查验人，并销毁旧的私钥",
        )


def keep(world: World, signer: Signer, kept: int | None = None) -> tuple[Path, bytes]:
    """Write a new log key, and name it in trust.json; return its file, and what trust.json was.

    With `kept`, the keys before it speak for so many entries, and no more.

    Both before anything is said: whatever dies afterwards, the log's next checkpoint has its key, and
    whoever is given trust.json believes it.
    """
    before = world.read(world.home.trust_file)
    word = None if world.passphrase_file else world.new_passphrase(signer.name)
    file = world.home.keep_log_key(signer, word)
    _believe(world, signer, kept=kept)
    return file, before


def drop(world: World, file: Path, before: bytes) -> None:
    """Forget a log key that was just made and is the log's no more than anybody's."""
    world.home.drop_keys([file])
    world.write(world.home.trust_file, before)


def _believe(
    world: World, signer: Signer, *, instead: bool = False, kept: int | None = None
) -> None:
    file, key = world.home.trust_file, str(signer.verifier)
    world.write(file, trust.with_log_key(world.read(file), key, instead=instead, kept=kept))
