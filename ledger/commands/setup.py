"""Commands that keep the ledger: status, officer, letters, checkpoint."""

from pathlib import Path
from typing import Any

import click

from ledger.commands.attendance import as_instant
from ledger.commands.logkeys import log_key
from ledger.commands.opening import done, guard_refusal, office
from ledger.commands.output import refused_files
from ledger.commands.world import World, refusals
from ledger.desk import letters
from ledger.desk.letters import Letter
from ledger.desk.waiting import Task, waiting_for
from ledger.errors import LedgerError, Unsafe
from ledger.files import named
from ledger.note import Signer

_FILE = click.Path(path_type=Path, dir_okay=False)
_ROLES = click.Choice(["recorder", "confirmer", "issuer", "operator", "auditor"])
ROLE_NAMES = {
    "recorder": "记录人", "confirmer": "确认人", "issuer": "出证人", "operator": "管理员",
    "auditor": "审计人", "log": "日志", "recovery": "恢复",
}  # fmt: skip


@click.command()
@click.pass_obj
def status(world: World) -> None:
    """待办：谁该做什么，到何时。 What waits for whom."""
    with refusals(world):
        found = (*_unsigning(world), *_refused(world), *waiting_for(office(world)))
        if "begin" in {one.code for one in found}:
            found = (*found, *_unsettled(world))
        for one in found:
            world.tell(*(f"• {said}" for said in (one.en, one.zh)))
        if not found:
            world.tell("nothing waits", "没有待办事项")
        world.answer(
            {
                "waiting": [
                    {"code": one.code, "entries": list(one.entries), "due": one.due,
                     "message": world.pick(one.en, one.zh)}
                    for one in found
                ]
            }
        )  # fmt: skip


def _unsigning(world: World) -> list[Task]:
    """Say first what keeps everything from being signed here: else it is met with a queue at the desk."""
    refused = guard_refusal(world)
    tasks = [Task(refused.code, refused.en, refused.zh)] if refused else []
    if not (world.home.path / "evidence").exists():
        return tasks
    from ledger.commands.contradicting import shown_by_witnesses

    return tasks + [
        Task(
            "witness.contradicts",
            f"{file} is what a witness cosigned of this log, and this copy of the ledger is not true to it:"
            " nothing is to be signed here. Go on with the newest copy; if the entries are lost for good,"
            " `vledger recover` is the way on",
            f"{file} 是见证人会签过的检查点，与这份账本不符：此处不得签署。请使用最新的副本；"
            "如条目确已丢失，请用 `vledger recover`",
        )
        for file in shown_by_witnesses(world)
    ]


def _unsettled(world: World) -> list[Task]:
    """Ask once, at the beginning, for what certificates and notices print and the ledger never holds."""
    if world.home.association().telephone:
        return []
    file = world.home.settings_file
    return [
        Task(
            "settings.empty",
            f"operator: {file} holds no telephone yet: write there what notices and certificates print",
            f"管理员：{file} 中尚无联系电话：公示名单和证明要印负责人、经办人、电话，请在该文件中填写",
        )
    ]


def _refused(world: World) -> list[Task]:
    return [
        Task(
            "rows.refused",
            f"recorder: {count} refused rows wait in {file}: mend them and send that file",
            f"记录人：{file} 中有 {count} 行未通过，请改正后提交该文件",
        )
        for file, count in refused_files(world).items()
    ]


@click.group()
def officer() -> None:
    """经办人员的密钥与任命。 Officers: keys and appointments."""


@officer.command("add")
@click.argument("role", type=_ROLES)
@click.option("--organisation", default="", help="代表的组织，默认根组织 / which organisation")
@click.option(
    "--person", default="", help="人员代号；同一人的各把密钥须相同 / opaque name of the person"
)
@click.option("--name", default="", help="密钥名，如 T01/r1 / name of the key")
@click.option("--vkey", help="在别处生成的公钥 / a public key made elsewhere")
@click.pass_obj
def officer_add(
    world: World, role: Any, organisation: str, person: str, name: str, vkey: str | None
) -> None:
    """任命一名人员并生成其密钥。 Appoint an officer and make the key."""
    from ledger.desk import appointing

    with refusals(world):
        wish = appointing.Wish(role, organisation, person, name, vkey)
        files: list[Path] = []

        def keep(signer: Signer) -> None:
            files.append(world.home.keep_key(signer, world.new_passphrase(signer.name)))

        try:
            made = appointing.appoint(office(world), wish, keep, world.home.key_names())
        except LedgerError:
            world.home.drop_keys(files)  # of nobody: the appointment was refused
            raise
        kept = str(files[0]) if files else ""
        done(
            world,
            {"officer": made.by, "person": made.person, "role": role, "key_file": kept},
            f"{made.by} is {role} for {made.organisation}, person {made.person}"
            + (f"; private key: {kept}" if kept else ""),
            f"{made.by} 任 {made.organisation} 的{ROLE_NAMES[role]}，人员代号 {made.person}"
            + (f"；私钥：{kept}" if kept else ""),
        )


def _state(role: object, dismissed: object) -> tuple[str, str]:
    if dismissed is None:
        return "", ""
    return ("replaced", "已更换") if role == "log" else ("dismissed", "已解聘")


@officer.command("key")
@click.argument("name")
@click.option("-o", "--output", type=_FILE, required=True, help="私钥写入何处 / where the key goes")
@click.pass_obj
def officer_key(world: World, name: str, output: Path) -> None:
    """在自己的电脑上生成密钥，只把公钥交给账本。 Make a key at one's own PC; needs no ledger."""
    from ledger.desk.appointing import make_key

    with refusals(world):
        signer = make_key(name)
        world.home.keep_secret(output, signer.to_pem, world.new_passphrase(name))
        vkey = str(signer.verifier)
        world.tell(
            f"private key: {output}; give the ledger only this: vledger officer add ROLE --vkey '{vkey}'",
            f"私钥：{output}；只需把下面的公钥交给账本：vledger officer add 角色 --vkey '{vkey}'",
        )
        world.answer({"key_file": str(output), "vkey": vkey})


@officer.command("list")
@click.pass_obj
def officer_list(world: World) -> None:
    """列出人员。 List officers."""
    from ledger.records import NOBODY, Key

    with refusals(world), office(world).store.reading() as view:
        here = set(world.home.key_names())
        found = sorted(view.all(Key), key=lambda key: key.entry)
        rows = [
            {
                "officer": key.by,
                "role": key.role,
                "organisation": key.organisation,
                "person": key.person,
                "appointed": key.entry,
                "dismissed": None if key.until == NOBODY else key.until,
                "key_here": key.by.rpartition("+")[0] in here,
            }
            for key in found
        ]
        world.table(
            [("key", "密钥"), ("role", "角色"), ("for", "组织"), ("person", "人员"), ("state", "状态")],
            [
                (r["officer"], world.pick(str(r["role"]), ROLE_NAMES[str(r["role"])]), r["organisation"],
                 r["person"], world.pick(*_state(r["role"], r["dismissed"])))
                for r in rows
            ],
        )  # fmt: skip
        world.answer({"officers": rows})


officer.add_command(log_key)


@officer.command("dismiss")
@click.argument("name")
@click.option("--since", default="", help="自何时起存疑 / since when what he said is in doubt")
@click.pass_obj
def officer_dismiss(world: World, name: str, since: str) -> None:
    """解聘一把密钥。 Dismiss an officer's key."""
    from ledger.desk import appointing

    with refusals(world):
        by = appointing.dismiss(office(world), name, as_instant(since or None) or "")
        done(world, {"dismissed": by}, f"{by} is dismissed", f"{by} 已解聘")


@click.command()
@click.argument("file", type=_FILE)
@click.option("-o", "--output", type=_FILE, help="写入的文件（默认覆盖原文件）/ where to")
@click.pass_obj
def sign(world: World, file: Path, output: Path | None) -> None:
    """在自己的电脑上签署文书。 Sign prepared statements at one's own PC; needs no ledger."""
    with refusals(world):
        found = _letters(world, file)
        if not world.key_file or not world.officer:
            raise click.UsageError(
                world.pick(
                    "name your key: --key FILE --as NAME, such as --as T01/c1",
                    "请指明密钥：--key 文件 --as 名称，如 --as T01/c1",
                )
            )
        name = world.officer.partition("+")[0]
        signer = world.home.signer(name, world.passphrase(), world.asker, file=world.key_file)
        signed = [letter if letter.note else letter.signed(signer) for letter in found]
        world.write(output or file, letters.write(signed))
        world.tell(f"{len(signed)} statements signed", f"已签署 {len(signed)} 份文书")
        world.answer({"signed": len(signed), "file": str(output or file)})


def _letters(world: World, file: Path) -> tuple[Letter, ...]:
    data = world.read(file)
    with named(file):
        return letters.read(data)


@click.command()
@click.argument("file", type=_FILE)
@click.pass_obj
def submit(world: World, file: Path) -> None:
    """提交已签署的文书。 Submit signed statements to the log."""
    with refusals(world):
        found = _letters(world, file)
        if any(not letter.note for letter in found):
            raise Unsafe(
                "letter.unsigned",
                en=f"{file} holds statements that are not signed yet: `vledger sign {file}` first",
                zh=f"{file} 中有尚未签署的文书，请先 `vledger sign {file}`",
            )
        for letter in found:
            office(world).send(letter)
        done(
            world,
            {"submitted": len(found)},
            f"{len(found)} statements are in the log",
            f"{len(found)} 份文书已入账",
        )
