"""Commands of a witness: of other logs, with keys and a memory of its own."""

from collections.abc import Callable
from pathlib import Path

import click

from ledger.add_checkpoint import Question, Refused
from ledger.commands.world import World, refusals
from ledger.errors import Malformed, Unsafe, in_chinese
from ledger.files import named
from ledger.witness.folder import Folder

_FILE = click.Path(path_type=Path, dir_okay=False)
_PORT = 8642
_SHOWN = 200  # characters of what was asked


def folder(world: World) -> Folder:
    """Return the witness in the home folder; no ledger need be there."""
    return Folder(world.home.path / "witness")


@click.command("init")
@click.argument("name")
@click.option(
    "--ml-dsa", "post_quantum", is_flag=True, help="另有一把后量子密钥 / an ML-DSA-44 key too"
)
@click.pass_obj
def init(world: World, name: str, post_quantum: bool) -> None:
    """成为见证人：生成自己的密钥。 Become a witness, with keys of its own.

    NAME 如 w.example.cn/prov：不含空格和加号，公布后不再更改。 A name that stays, as w.example.cn/prov.
    """
    with refusals(world):
        keys = [str(one.verifier) for one in folder(world).begin(name, post_quantum=post_quantum)]
        spoken = " ".join(f"'{key}'" for key in keys)
        world.tell(
            f"witness {name}; whoever is to be cosigned runs: vledger witness add {spoken} --url …",
            f"见证人 {name}；请会签的账本运行：vledger witness add {spoken} --url …",
        )
        world.answer({"witness": name, "keys": keys})


@click.command("trust")
@click.argument("log", metavar="VKEY|FILE")
@click.pass_obj
def know(world: World, log: str) -> None:
    """认识一个账本：其公钥，或其 trust.json。 Know a log from now on, by its key or trust.json."""
    with refusals(world):
        vkeys = [log] if "+" in log else _keys(world, Path(log))
        known = [folder(world).trust(vkey) for vkey in vkeys]
        names = ", ".join(key.by for key in known)
        world.tell(f"known from now on: {names}", f"此后认识：{names}")
        world.answer({"logs": [str(key) for key in known]})


@click.command("show")
@click.pass_obj
def show(world: World) -> None:
    """自己的公钥，认识哪些账本，各会签到哪里。 Our keys as a witness, and how far each log was cosigned."""
    with refusals(world):
        witness = folder(world).witness(world.moment)
        keys = [str(one.verifier) for one in witness.signers]
        rows = [
            {"log": origin, "keys": list(map(str, known)), "cosigned": witness.last(origin)}
            for origin, known in witness.logs.items()
        ]
        for key in keys:
            world.tell(key, key)
        world.table(
            [("log", "账本"), ("cosigned", "已会签到")],
            [(row["log"], row["cosigned"]) for row in rows],
        )
        world.answer({"witness": witness.signers[0].name, "keys": keys, "logs": rows})


def _keys(world: World, file: Path) -> list[str]:
    """Return the keys of the one log that a trust file names."""
    logs = world.home.trust(file).logs
    if len(logs) != 1:
        raise Malformed(
            f"{file} names {len(logs)} logs: give the vkey of the one that is meant",
            f"{file} 列有 {len(logs)} 个账本：请直接给出其中一个的公钥",
        )
    return [*logs[0].keys, *logs[0].second]


@click.command("serve")
@click.option("--listen", default=f"127.0.0.1:{_PORT}", show_default=True, metavar="HOST:PORT",
              help="监听的地址；对外须由前置服务器提供 https / what to listen on")  # fmt: skip
@click.pass_obj
def serve(world: World, listen: str) -> None:
    """在网络上作见证，直到按 Ctrl-C。 Cosign over HTTP until stopped."""
    from ledger.witness.serving import Server

    with refusals(world):
        host, port = _address(world, listen)
        witness = folder(world).witness(world.moment)
        try:
            server = Server((host, port), witness, _teller(world))
        except OSError as error:
            raise Unsafe(
                "witness.address",
                en=f"{listen} cannot be listened on: {error.strerror}",
                zh=f"无法监听 {listen}：{in_chinese(error)}",
            ) from error
        with server:
            at = f"http://{host}:{server.server_address[1]}"
            click.echo(world.pick(f"witness of {len(witness.logs)} logs at {at}; Ctrl-C stops it",
                                  f"见证人在 {at}，认识 {len(witness.logs)} 个账本；按 Ctrl-C 停止"))  # fmt: skip
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                world.tell("stopped", "已停止")


def _instead(cosigned: int, asked: int) -> tuple[str, str]:
    """Say what whoever asks is to do: to ask anew, or to look for the entries that he lacks."""
    if cosigned <= asked:
        return (
            f"there: vledger witness ask --to FILE --old {cosigned}",
            f"请对方重新生成：vledger witness ask --to 文件 --old {cosigned}",
        )
    en = f"{cosigned} entries of that log are cosigned here, and it asks for {asked}: it is a restored backup or"
    en += " a second instance there. Cosign nothing; let them go on with their newest copy, or, if the entries"
    zh = f"此处已会签该账本 {cosigned} 条，而对方只有 {asked} 条：那是恢复的旧备份或第二个实例。不要会签；"
    zh += "请对方使用最新的副本，如条目确已丢失，由对方 `vledger recover`"
    return f"{en} are lost for good, `vledger recover` there", zh


def _address(world: World, listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) >= 1 << 16:
        raise click.UsageError(
            world.pick(f"{listen}: write HOST:PORT", f"{listen}：应写作 主机:端口")
        )
    return host.strip("[]"), int(port)


def _teller(world: World) -> Callable[[str, int, str], None]:
    """Return what writes a line about each answer; strangers may have put anything into it."""

    def told(who: str, status: int, about: str) -> None:
        about = "".join(sign if sign.isprintable() else "?" for sign in about[:_SHOWN])
        click.echo(f"{world.moment():%Y-%m-%d %H:%M:%S} {who} {status} {about}".rstrip(), err=True)

    return told


@click.command("cosign")
@click.argument("file", type=_FILE)
@click.option(
    "-o", "--output", type=_FILE, required=True, help="写入的文件，带回给对方 / the answer"
)
@click.pass_obj
def cosign(world: World, file: Path, output: Path) -> None:
    """为带来的检查点会签（没有网络时）。 Cosign what was carried here, without a network."""
    with refusals(world):
        question = world.read(file, most=2**20)
        world.check_writable(output)
        try:
            with named(file):
                found = folder(world).witness(world.moment).add(question)
        except Refused as error:
            if error.size is not None:
                world.warn(*_instead(error.size, Question.parse(question).size))
            raise
        world.write(output, found.note)
        head = found.checkpoint
        world.tell(
            f"{output}: {head.origin} with {head.size} entries is cosigned; carry it back",
            f"{output}：已会签 {head.origin} 的 {head.size} 条；请带回给对方",
        )
        world.answer({"origin": head.origin, "size": head.size, "file": str(output)})
