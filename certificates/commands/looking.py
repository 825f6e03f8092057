"""How certificates are to look: what the settings say, and what a command says otherwise."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ledger.commands.world import World
from ledger.errors import Rejected

F = TypeVar("F", bound=Callable[..., Any])
_LARGEST = 20 * 1024 * 1024  # bytes of a picture
_LANGUAGES = ("zh", "en", "both")


def look_options(command: F) -> F:
    """Add the options that say how a certificate looks."""
    for option in (
        click.option("--seal", is_flag=True,
                     help="印出本单位的印章图片（association.toml 的 seal_picture）/ print the unit's own seal"),
        click.option("--language", type=click.Choice(_LANGUAGES), help="证明的文字，默认中文 / of the page"),
        click.option("--template", help="样式：classic、plain 或模板文件 / a design, or the file of one"),
    ):  # fmt: skip
        command = option(command)
    return command


def look(world: World, template: str | None, language: str | None, *, seal: bool) -> Any:
    """Return how a certificate is to look; raise before anything is logged."""
    from certificates.page import design
    from certificates.page.look import Look

    unit = world.home.association()
    name, said = template or unit.template or "classic", language or unit.language or "zh"
    if said not in _LANGUAGES:
        raise _wrong("language", said, "zh, en or both", "zh、en、both")
    shipped = name in design.shipped()
    found = design.shipped_one(name) if shipped else _template(world, name, given=bool(template))
    if seal and not unit.seal_picture:
        raise Rejected(
            "seal.none",
            en=f"{world.home.settings_file} names no picture of the unit's own seal: write its file under"
            " seal_picture; none is ever drawn for a unit",
            zh=f"{world.home.settings_file} 没有写明本单位的印章图片：请在 seal_picture 写明文件；"
            "程序绝不代单位绘制印章",
        )
    return Look(
        found,
        said,  # type: ignore[arg-type]
        _picture(world, unit.logo) if unit.logo else None,
        _picture(world, unit.seal_picture) if seal else None,
    )


def _template(world: World, name: str, *, given: bool) -> Any:
    from certificates.page import design

    file = Path(name) if given else world.home.settings_file.parent / name
    if not file.exists():
        there = design.shipped()
        raise _wrong(
            "template", name, f"{', '.join(there)} or a file", f"{'、'.join(there)}，或自己的文件"
        )
    try:
        text = world.read(file, most=_LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong("template", name, "UTF-8", "UTF-8 文件") from error
    return design.read(text, name)


def _picture(world: World, name: str) -> Any:
    from certificates.page import picture

    file = world.home.settings_file.parent / name  # a whole path stays one
    return picture.read(world.read(file, most=_LARGEST), str(file))


def _wrong(field: str, value: str, due_en: str, due_zh: str) -> Rejected:
    return Rejected(
        "look.unknown",
        en=f"{field} {value!r} is not known; there may be {due_en}",
        zh=f"没有 {field}“{value}”；可用 {due_zh}",
    )
