"""The front door: global options, and where each command is found. Nothing imports this file."""

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from ledger.commands.console import language, prepare
from ledger.commands.wings import Room, Wing
from ledger.commands.wrapping import Formatter

COMMANDS = {
    "demo": "certificates.commands.wing:demo",
    "init": "certificates.commands.wing:init",
    "status": "ledger.commands.setup:status",
    "template": "ledger.commands.registers:template",
    "officer": "ledger.commands.setup:officer",
    "import": "ledger.commands.registers:import_",
    "activity": "ledger.commands.registers:activity",
    "volunteer": "ledger.commands.volunteers:volunteer",
    "attend": "ledger.commands.attendance:attend",
    "notice": "ledger.commands.notices:notice",
    "object": "ledger.commands.attendance:object_",
    "correct": "ledger.commands.attendance:correct",
    "replace": "ledger.commands.attendance:replace",
    "certificate": "certificates.commands.wing:certificate",
    "ca": "certificates.commands.authority:ca",
    "fonts": "certificates.commands.fonts:fonts",
    "credit": "certificates.commands.crediting:credit",
    "star": "ledger.commands.stars:star",
    "rules": "ledger.commands.rules:rules",
    "closing": "certificates.commands.closings:closing",
    "checkpoint": "ledger.commands.publishing:checkpoint",
    "prove": "ledger.commands.publishing:prove",
    "publish": "ledger.commands.publishing:publish",
    "witness": "ledger.commands.witness:witness",
    "audit": "certificates.commands.auditing:audit",
    "sign": "ledger.commands.setup:sign",
    "submit": "ledger.commands.setup:submit",
    "backup": "ledger.commands.keeping:backup",
    "restore": "ledger.commands.keeping:restore",
    "recover": "certificates.commands.recovering:recover",
    "anchor": "certificates.commands.anchoring:anchor",
    "export": "ledger.commands.taking:export",
}
SUMMARIES = {
    "demo": "演示全流程 · the main job, end to end",
    "init": "新建账本 · begin a ledger",
    "status": "待办 · what waits for whom",
    "template": "空白表、签到表 · blank forms, sign-in sheets",
    "officer": "人员与密钥 · officers: keys and appointments",
    "import": "导入表格 · import registers",
    "activity": "活动 · list, cancel",
    "volunteer": "志愿者 · find, show, leave, erase",
    "attend": "登记签到表 · record attendance",
    "notice": "公示与确认 · public notice: open, list, close",
    "object": "提出异议 · object to a line",
    "correct": "作废已确认的记录 · void a confirmed line",
    "replace": "补正记录 · what is to stand instead",
    "certificate": "证明 · issue, verify, revoke, status",
    "ca": "签章密钥与证书机构 · sealing keys and their authorities",
    "fonts": "字体与生僻字 · fonts: list, add, check names",
    "credit": "积分与时间储蓄 · points and time credits",
    "star": "星级 · stars: due, propose, grant",
    "rules": "规则 · show, check, diff, simulate, adopt, presets",
    "closing": "结账与对账单 · close accounts, statements of account",
    "checkpoint": "检查点 · the newest signed checkpoint",
    "prove": "入账证明 · prove that an entry is in the log",
    "publish": "公开发布 · publish the log as static files",
    "witness": "见证人 · have checkpoints cosigned; be a witness",
    "audit": "审计 · replay and compare everything",
    "sign": "签署文书 · sign prepared statements",
    "submit": "提交文书 · submit signed statements",
    "backup": "备份 · back up the home folder",
    "restore": "恢复 · restore a backup",
    "recover": "尾部丢失后继续 · go on after a lost tail",
    "anchor": "锚定另一账本 · add, list, prove, link",
    "export": "导出 · exports",
}
_VALUED = (
    "--home", "--db", "--lang", "--as", "--key", "--passphrase-file", "--guard", "--now", "--out"
)  # fmt: skip
_GIVEN = tuple(f"{name}=" for name in _VALUED)
_FLAGS = ("--json", "--clock-is-right")
_FILE = click.Path(path_type=Path, dir_okay=False)


click.Context.formatter_class = Formatter  # click's own counts a Chinese character as one column


class Door(Wing):
    """The program: where a command line begins and ends."""

    def main(self, args: Sequence[str] | None = None, **settings: Any) -> NoReturn:  # type: ignore[override]
        """Run a command line and exit; what goes wrong is told in the reader's language."""
        words = list(sys.argv[1:] if args is None else args)
        try:
            sys.exit(self._run(words, settings))
        except OSError as error:
            if error.filename is not None:
                raise  # a file is opened where its errors are known
            sys.stdout = sys.stderr  # what is left in it could not be written at the end either
            why = error.strerror
            click.echo(f"输出无法写入（{why}），命令可能已执行 · the output cannot be written ({why});"
                       " what was asked may be done", err=True)  # fmt: skip
            sys.exit(1)

    def _run(self, words: list[str], settings: dict[str, Any]) -> Any:
        try:
            return super().main(_global_first(words), **settings, standalone_mode=False)
        except click.ClickException as error:
            from ledger.commands import usage

            return usage.tell(error, words)
        except click.Abort:
            click.echo("已中止 · aborted", err=True)
            return 1


@click.group(
    cls=Door,
    rooms={name: Room(place, SUMMARIES[name]) for name, place in COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), default="ledger-home",
              show_default=True, help="账本所在文件夹 / home folder")  # fmt: skip
@click.option("--db", default="", help="PostgreSQL 地址 / database URL instead of a file")
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象 / one JSON object")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="语言 / language")
@click.option(
    "--as", "officer", default="", help="以哪位人员签署，如 T01/r1 / sign as this officer"
)
@click.option("--key", type=_FILE, help="私钥文件 / private key file")
@click.option("--passphrase-file", type=_FILE, help="口令文件 / file that holds the passphrase")
@click.option("--guard", type=_FILE, help="防分叉守卫文件 / guard file")
@click.option("--now", default="", help="模拟时钟的时间 / time, for simulated clocks only")
@click.option("--clock-is-right", is_flag=True, help="确认本机时钟无误 / the clock is right")
@click.option(
    "--out", type=_FILE, help="只写出文书，不提交 / write statements to a file, send nothing"
)
@click.version_option(package_name="volunteer-ledger")
@click.pass_context
def main(ctx: click.Context, /, **given: object) -> None:
    """志愿服务账本：每小时都是签名的记录，每份证明都可离线查验 (vledger).

    A ledger of volunteer service: every hour a signed statement, every certificate checkable
    offline. Global options may stand before or after the command.
    """
    from ledger.commands.world import World

    names = {
        "home": "home_path", "db": "database", "key": "key_file", "guard": "guard_path", "now": "now_given"
    }  # fmt: skip
    options = {names.get(name, name): value for name, value in given.items()}
    options["home_given"] = ctx.get_parameter_source("home") is not ParameterSource.DEFAULT
    options["lang"] = given["lang"] or language()
    ctx.obj = World(**options)  # type: ignore[arg-type]
    ctx.call_on_close(ctx.obj.close)


def run() -> None:
    """Run the program as installed."""
    # What is made mostly stays: looking it over and over is a tenth of what starting takes.
    gc.set_threshold(50_000)
    prepare()
    main.main(prog_name="vledger")


def _global_first(arguments: list[str]) -> list[str]:
    """Move global options before the command: people write them where they come to mind."""
    front: list[str] = []
    rest: list[str] = []
    at = 0
    while at < len(arguments):
        word = arguments[at]
        if word == "--":
            return [*front, *rest, *arguments[at:]]
        if word in _VALUED:
            if at + 1 == len(arguments):
                raise click.BadOptionUsage(word, f"Option {word!r} requires an argument.")
            front += arguments[at : at + 2]
            at += 1
        elif word in _FLAGS or word.startswith(_GIVEN):
            front.append(word)
        else:
            rest.append(word)
        at += 1
    return [*front, *rest]


if __name__ == "__main__":
    run()
