"""Wrong usage: click's own sentences in the reader's language, or as the one JSON object."""

import re
from collections.abc import Sequence
from typing import Any

import click

from ledger.commands.console import as_json, language, visible

_LARGE = 10**9  # a limit above it is nobody's mistake


def tell(error: click.ClickException, words: Sequence[str]) -> int:
    """Print what is wrong with a command line, given the words of it; return the exit code."""
    own = words[: words.index("--")] if "--" in words else words
    lang = re.search(r"(?:^|\n)--lang[=\n](zh|en)(?:\n|$)", "\n".join(own))
    chinese = (lang[1] if lang else language()) == "zh"
    message = _chinese(error) if chinese else _english(error)
    if "--json" in own:
        found = {"error": {"code": "usage", "message": message}}
        click.echo(as_json(found))
    else:
        mistake = "错误：" if chinese else "Error: "
        click.echo(visible(f"{_where(error, chinese=chinese)}{mistake}{message}"), err=True)
    return error.exit_code


def _where(error: click.ClickException, *, chinese: bool) -> str:
    """Return how the command is used, and where more is said about it."""
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return ""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return f"{error.message}\n\n"
    usage, more = error.ctx.get_usage(), f"{error.ctx.command_path} --help"
    if chinese:
        return f"用法：{usage.removeprefix('Usage: ')}\n帮助：{more}\n\n"
    return f"{usage}\nHelp: {more}\n\n"


def _english(error: click.ClickException) -> str:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return f"Missing command: {error.ctx.command_path} --help lists them."
    return error.format_message()


def _chinese(error: click.ClickException) -> str:
    """Return the sentence for a kind of mistake; ours are in the reader's language already."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            return f"请写明命令；{error.ctx.command_path} --help 列出各命令"
        case click.NoSuchOption():
            return f"没有选项 {error.option_name}{_similar(error.possibilities)}"
        case click.exceptions.NoSuchCommand():
            return f"没有命令 {error.command_name}{_similar(error.possibilities)}"
        case click.BadOptionUsage():
            bare = "not take" in error.message
            return f"选项 {error.option_name} {'后面不带值' if bare else '后面须写明值'}"
        case click.BadParameter(param=click.Parameter() as param):
            return _chinese_value(error, param)
        case _:
            extra = re.fullmatch(
                r"Got unexpected extra arguments? \((.*)\)", error.message, re.DOTALL
            )
            return f"多出了 {extra[1]}" if extra else error.message


def _similar(names: Sequence[str] | None) -> str:
    return f"，是否指 {'、'.join(names)}？" if names else ""


def _chinese_value(error: click.BadParameter, param: click.Parameter) -> str:
    option = isinstance(param, click.Option)
    name = " / ".join(param.opts) if option else (param.metavar or (param.name or "").upper())
    if isinstance(error, click.MissingParameter):
        due = _due(param.type) if isinstance(param.type, click.Choice) else ""
        return f"缺少{'选项' if option else '参数'} {name}{due}"
    value = re.sub(r"^(File|Directory) ", "", error.message.partition(" is ")[0])
    return f"{name} 的值 {value} 不对{_due(param.type)}"


def _due(kind: click.ParamType[Any]) -> str:
    """Say which values a parameter takes."""
    match kind:
        case click.Choice():
            return f"，可选 {'、'.join(map(str, kind.choices))}"
        case click.IntRange():
            above = f" 至 {kind.max} " if kind.max and kind.max <= _LARGE else " 以上"
            return f"，须为 {kind.min}{above}的整数"
        case click.Path():
            return f"，须为{'文件夹' if kind.dir_okay else '文件'}"
        case _:
            return ""
