"""Commands about the witnesses of our log: who they are, asked, and what they answered."""

import json
import secrets
from pathlib import Path
from typing import Any

import click

from ledger import trust
from ledger.commands import witnesses
from ledger.commands.opening import office
from ledger.commands.world import World, refusals
from ledger.errors import Rejected
from ledger.files import named
from ledger.note import COSIGNATURE_ML_DSA_44, COSIGNING, Note, Signer, Verifier
from ledger.trust import TrustedLog

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("add")
@click.argument("vkeys", metavar="VKEY…", nargs=-1, required=True)
@click.option(
    "--url", default="", help="见证人的网址；没有则靠带文件会签 / where it is asked, if it is"
)
@click.option(
    "--quorum", type=click.IntRange(min=0), help="须有几个见证人会签才算数 / how many must cosign"
)
@click.pass_obj
def add(world: World, vkeys: tuple[str, ...], url: str, quorum: int | None) -> None:
    """登记本账本的见证人（同一见证人可有两把公钥）。 Let a witness be asked and believed."""
    with refusals(world):
        origin, log = _own(world)
        keys = [Verifier.parse(vkey) for vkey in vkeys]
        names = {key.name for key in keys}
        if len(names) > 1 or any(key.algorithm not in COSIGNING for key in keys):
            raise Rejected(
                "witness.key",
                en="give the keys of one witness, as its `vledger witness init` printed them",
                zh="请给出同一个见证人的公钥，如其 `vledger witness init` 所示",
            )
        for key in keys:
            key.check_enrollable()
        listed = (*log.witnesses, *(one for one in vkeys if one not in log.witnesses))
        _believe(world, origin, listed, quorum)
        name = keys[0].name
        urls = world.home.witness_urls()
        _write_urls(world, {**urls, name: url} if url else urls)
        world.tell(
            f"witness {name} is in trust.json: give that file to everybody who has the old one; it must"
            " know this log first: `vledger witness trust` there, with this ledger's trust.json",
            f"见证人 {name} 已写入 trust.json：请把新文件交给所有持有旧文件的人；"
            "对方须先用 `vledger witness trust` 和本账本的 trust.json 认识本账本",
        )
        world.answer({"witness": name, "url": url, "quorum": _own(world)[1].quorum})


@click.command("remove")
@click.argument("name")
@click.option("--quorum", type=click.IntRange(min=0), help="此后须有几个 / how many from now on")
@click.pass_obj
def remove(world: World, name: str, quorum: int | None) -> None:
    """不再请某个见证人。 Ask and believe a witness no longer."""
    with refusals(world):
        origin, log = _own(world)
        rest = tuple(one for one in log.witnesses if Verifier.parse(one).name != name)
        if rest == log.witnesses:
            raise _unknown(name)
        _check_reachable(log.quorum if quorum is None else quorum, rest, name)
        _believe(world, origin, rest, quorum)
        urls = world.home.witness_urls()
        urls.pop(name, None)
        _write_urls(world, urls)
        world.tell(
            f"{name} is no witness of this log any more: give the new trust.json to everybody who has the old one",
            f"{name} 不再是本账本的见证人：请把新的 trust.json 交给所有持有旧文件的人",
        )
        world.answer({"removed": name})


@click.command("list")
@click.pass_obj
def list_(world: World) -> None:
    """列出本账本的见证人，各会签到哪里。 Our witnesses, and how far each has cosigned."""
    with refusals(world):
        _, log = _own(world)
        urls, rows = world.home.witness_urls(), []
        with office(world).store.reading() as view:
            size = view.size()
            for name in dict.fromkeys(key.name for key in log.witnessing):
                keys = [str(key) for key in log.witnessing if key.name == name]
                last = max(view.last_cosigned(key) for key in keys)
                rows.append(
                    {"witness": name, "url": urls.get(name, ""), "keys": keys, "cosigned": last}
                )
        world.table(
            [("witness", "见证人"), ("address", "网址"), ("cosigned", "已会签到")],
            [(row["witness"], row["url"], row["cosigned"]) for row in rows],
        )
        world.tell(
            f"{size} entries; {log.quorum} of {len(rows)} witnesses must cosign",
            f"账本共 {size} 条；须有 {log.quorum} 个见证人会签（共 {len(rows)} 个）",
        )
        world.answer({"witnesses": rows, "quorum": log.quorum, "size": size})


@click.command("ask")
@click.option("--seconds", type=click.FloatRange(min=0.1), default=30.0, show_default=True,
              help="最多等待多久 / how long to wait")  # fmt: skip
@click.option(
    "--to", "target", type=_FILE, help="写成文件，带给没有网络的见证人 / a file to carry to one"
)
@click.option(
    "--old", type=click.IntRange(min=0), help="该见证人上次会签的大小 / the size it is at"
)
@click.option("--name", default="", help="哪个见证人，只有一个时可省 / which witness")
@click.pass_obj
def ask(world: World, seconds: float, target: Path | None, old: int | None, name: str) -> None:
    """请见证人会签最新的检查点。 Have the newest checkpoint cosigned."""
    from ledger.desk import cosigning

    with refusals(world):
        store, (_, log) = office(world).store, _own(world)
        if target:
            _write_question(world, target, name, old)
            return
        peers = witnesses.asked(world, store)
        if not peers:
            raise Rejected(
                "witness.none",
                en="no witness has an address: `vledger witness add VKEY --url …`, or --to FILE",
                zh="没有登记网址的见证人：请 `vledger witness add 公钥 --url …`，或用 --to 写成文件",
            )
        note = store.checkpoint()
        answers = cosigning.gather(store, note, peers, cosigning.Effort(seconds))
        for answer in answers:
            witnesses.tell(world, answer)
        seen = log.seen(Note.parse(cosigning.cosigned(store, note)))
        _say_seen(world, log, seen, {one.peer.name: one for one in answers})
    if len(seen) < log.quorum or any(one.code in ("ahead", "apart") for one in answers):
        raise SystemExit(1)


def _say_seen(world: World, log: TrustedLog, seen: dict[str, int], answers: dict[str, Any]) -> None:
    size, enough = office(world).store.size(), len(seen) >= log.quorum
    due = ("", "")
    if log.quorum:
        due = (
            f"; {log.quorum} are needed: {'reached' if enough else 'NOT reached'}",
            f"，须有 {log.quorum} 个：{'已达到' if enough else '尚未达到'}",
        )
    names = (f" ({', '.join(seen)})", f"（{'、'.join(seen)}）") if seen else ("", "")
    world.tell(
        f"checkpoint of {size} entries: cosigned by {len(seen)}{names[0]}{due[0]}",
        f"{size} 条的检查点：{len(seen)} 个见证人会签{names[1]}{due[1]}",
    )
    world.answer(
        {"size": size, "cosigned": seen, "quorum": log.quorum, "reached": enough,
         "answers": {name: {"code": one.code, "message": world.pick(one.en, one.zh)}
                     for name, one in answers.items()}}
    )  # fmt: skip


def _write_question(world: World, target: Path, name: str, old: int | None) -> None:
    """Write what a witness without a network is asked."""
    from ledger.add_checkpoint import Question
    from ledger.merkle import consistency_proof, consistency_ranges
    from ledger.store.trees import nodes_for

    _, log = _own(world)
    names = list(dict.fromkeys(key.name for key in log.witnessing))
    if name not in names and (name or len(names) != 1):
        raise _unknown(name)
    keys = [str(key) for key in log.witnessing if key.name == (name or names[0])]
    with office(world).store.reading() as view:
        note, size = view.cosigned(), view.size()
        start = max(map(view.last_cosigned, keys)) if old is None else min(old, size)
        nodes = nodes_for(view, consistency_ranges(start, size) if start else ())
        proof = consistency_proof(start, size, nodes) if start else ()
    world.write(target, bytes(Question(start, proof, note)))
    world.tell(
        f"{target}: carry it to {name or names[0]}, who answers by `vledger witness cosign`; then"
        " `vledger witness take` here",
        f"{target}：请带给 {name or names[0]}，由其 `vledger witness cosign` 会签；"
        "带回后在此 `vledger witness take`",
    )
    world.answer({"file": str(target), "witness": name or names[0], "old": start, "size": size})


@click.command("take")
@click.argument("file", type=_FILE)
@click.pass_obj
def take(world: World, file: Path) -> None:
    """收下带回来的会签。 Take in the cosignatures that were carried back."""
    from ledger.desk import cosigning

    with refusals(world):
        note, (_, log) = world.read(file), _own(world)
        with named(file):
            seen = cosigning.take(office(world).store, note, log)
        names = ", ".join(seen)
        world.tell(f"cosigned by {names}", f"已收下会签：{names}")
        world.answer({"cosigned": seen})


@click.command("second")
@click.option(
    "--require", is_flag=True, help="写入 trust.json：此后没有第二签名的一律不认 / demand it"
)
@click.pass_obj
def second(world: World, require: bool) -> None:
    """检查点另加一行后量子签名（ML-DSA-44）。 Sign checkpoints once more, by ML-DSA-44.

    旧的查验程序会略过这一行。--require 之后，此前出具的证明不再被认作已入账。
    Old verifiers pass it over. After --require what was issued before is believed no longer.
    """
    with refusals(world):
        origin, _ = _own(world)
        home, file = world.home, world.home.second_key_file
        if file.exists():
            key = home.open_key(origin, file, COSIGNATURE_ML_DSA_44)
        else:
            key = Signer(origin, secrets.token_bytes(32), COSIGNATURE_ML_DSA_44)
            home.keep_secret(file, key.to_pem, None)
        vkey = str(key.verifier)
        if require:
            data = trust.with_second(world.read(home.trust_file), origin, vkey)
            world.write(home.trust_file, data)
        world.tell(
            f"from the next entry on checkpoints have a second line by {key.verifier.by}"
            + ("; trust.json demands it: give that file to everybody" if require else ""),
            f"自下一条起，检查点有第二行签名（{key.verifier.by}）"
            + ("；trust.json 已要求该签名，请把新文件交给所有人" if require else ""),
        )
        world.answer({"vkey": vkey, "required": require})


def _own(world: World) -> tuple[str, TrustedLog]:
    """Return our log's origin, and what our trust file says of it."""
    store = office(world).store
    origin, log = store.origin(), witnesses.believed(world, store)
    if log is None:
        raise Rejected(
            "log.untrusted",
            en=f"{world.home.trust_file} does not name the log {origin}",
            zh=f"{world.home.trust_file} 中没有账本 {origin}",
        )
    return origin, log


def _check_reachable(quorum: int, rest: tuple[str, ...], name: str) -> None:
    """Raise before a witness goes without whom nobody could reach the quorum any more."""
    left = len({Verifier.parse(one).name for one in rest})
    if quorum > left:
        raise Rejected(
            "witness.quorum",
            en=f"{quorum} witnesses must cosign, and {left} would be left: say how many from now on, such as"
            f" `vledger witness remove {name} --quorum {left}`, or add another witness first",
            zh=f"须有 {quorum} 个见证人会签，而移除后只剩 {left} 个：请写明此后须有几个，如"
            f" `vledger witness remove {name} --quorum {left}`，或先登记另一个见证人",
        )


def _believe(world: World, origin: str, listed: tuple[str, ...], quorum: int | None) -> None:
    file = world.home.trust_file
    world.write(file, trust.with_witnesses(world.read(file), origin, listed, quorum))


def _write_urls(world: World, urls: dict[str, str]) -> None:
    data = json.dumps(urls, ensure_ascii=False, indent=1).encode() + b"\n"
    world.write(world.home.witnesses_file, data)


def _unknown(name: str) -> Rejected:
    return Rejected(
        "witness.unknown",
        en=f"{name or '(no name)'} is no witness of this log; `vledger witness list` names them",
        zh=f"{name or '（未指明）'} 不是本账本的见证人；见 `vledger witness list`",
    )
