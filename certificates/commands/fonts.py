"""Fonts at the command line: which are at hand, adding one, and which names of a roster they lack."""

from pathlib import Path
from typing import Any

import click

from ledger.commands.registers import columns_of
from ledger.commands.world import World, error_json, refusals

_FILE = click.Path(path_type=Path, dir_okay=False)
_MOST = 50  # names printed; with --json all of them are


@click.group()
def fonts() -> None:
    """证明所用的字体：哪些生僻字可以显示。 Fonts of certificates: which rare characters can be drawn."""


@fonts.command("list")
@click.pass_obj
def listed(world: World) -> None:
    """按取字的先后列出字体，以及国标汉字的覆盖数。 Fonts in the order in which they are asked."""
    from certificates.typeface import coverage, installed
    from certificates.typeface.face import Face

    every = list(installed.each())
    faces = [(file, face) for file, face in every if isinstance(face, Face)]
    refused = [(file, error) for file, error in every if not isinstance(error, Face)]
    whole, drawn = len(coverage.GB18030), coverage.covered(face.glyphs for _, face in faces)
    rows: list[dict[str, Any]] = [
        {"name": face.name, "characters": len(face.glyphs), "gb18030": coverage.covered([face.glyphs]),
         "file": file}
        for file, face in faces
    ]  # fmt: skip
    world.table(
        [("font", "字体"), ("characters", "字数"), ("of GB 18030", "国标汉字"), ("file", "文件")],
        [tuple(row.values()) for row in rows],
    )
    for _, error in refused:
        world.tell(f"passed over: {error.en}", f"未使用：{error.zh}")
    world.tell(
        f"together they draw {drawn} of the {whole} ideographs of GB 18030-2022, level 3",
        f"合计可显示 GB 18030-2022 级别 3 全部 {whole} 个汉字中的 {drawn} 个",
    )
    if drawn < whole:
        world.tell(
            f"to draw all, install the fonts HanaMinA and HanaMinB (on Debian: fonts-hanazono), or add"
            f" them by `vledger fonts add`; they are kept in {installed.folder()}",
            "要显示全部汉字，请安装花园明朝 HanaMinA、HanaMinB（Debian：fonts-hanazono），或用 "
            f"`vledger fonts add` 加装，存放于 {installed.folder()}",
        )
    world.answer(
        {
            "fonts": rows,
            "refused": [{"file": file, **error_json(world, error)} for file, error in refused],
            "gb18030": {"drawn": drawn, "of": whole},
            "folder": str(installed.folder()),
        }
    )


@fonts.command("add")
@click.argument("file", type=_FILE)
@click.pass_obj
def add(world: World, file: Path) -> None:
    """加装一个字体文件（.ttf、.ttc）：检查后复制。 Add a font for rare characters: checked, then copied."""
    from certificates.typeface import coverage, installed

    with refusals(world):
        target, faces = installed.add(file)
        drawn = coverage.covered(face.glyphs for face in faces)
        names = ", ".join(face.name for face in faces)
        world.tell(
            f"added: {names}, with {drawn} ideographs of GB 18030-2022; it lies in {target}",
            f"已加装 {names}，含 GB 18030-2022 汉字 {drawn} 个，存放于 {target}",
        )
        world.answer(
            {"fonts": [face.name for face in faces], "gb18030": drawn, "file": str(target)}
        )


@fonts.command("check")
@click.argument("file", type=_FILE)
@click.option("--columns", type=_FILE, help="自定义列名表 / your own column names (TOML)")
@click.pass_obj
def check(world: World, file: Path, columns: Path | None) -> None:
    """名单中哪些名字无法显示：表格，或每行一个名字的文本。 Which names of a roster cannot be drawn."""
    from certificates.typeface import installed, roster
    from certificates.typeface.faces import remedy
    from ledger.sheets.containers import MAX_FILE

    with refusals(world):
        data = world.read(file, most=MAX_FILE)
        names = roster.names(data, file.name, columns_of(world, columns))
        found = list(roster.undrawable(names, installed.at_hand()))
        for name, missing in found[:_MOST]:
            _tell(world, name, missing)
        if len(found) > _MOST:
            more = len(found) - _MOST
            world.tell(
                f"… and {more} more: --json gives all", f"……另有 {more} 处，--json 可列出全部"
            )
        for words in dict.fromkeys(remedy(each) for _, missing in found for each in missing):
            world.tell(*words)
        world.tell(
            f"{len(names)} names, of which {len(found)} cannot be drawn",
            f"共 {len(names)} 个名字，其中 {len(found)} 个无法显示",
        )
        world.answer({"names": len(names), "undrawable": [_row(*each) for each in found]})
        if found:
            raise SystemExit(1)


def _tell(world: World, name: Any, missing: tuple[str, ...]) -> None:
    codes = "  ".join(f"{_seen(each)}{_code(each)}" for each in missing)
    sheet = (f"sheet {name.sheet}, ", f"工作表“{name.sheet}”") if name.sheet else ("", "")
    column = f" {name.column}" if name.column else ""
    world.tell(
        f"✗ {sheet[0]}line {name.line}{column}: {name.text}  lacks {codes}",
        f"✗ {sheet[1]}第{name.line}行{column}：{name.text}  无法显示 {codes}",
    )


def _row(name: Any, missing: tuple[str, ...]) -> dict[str, Any]:
    return {
        "sheet": name.sheet,
        "sheet_row": name.line,
        "column": name.column,
        "name": name.text,
        "characters": [{"character": each, "code": _code(each)} for each in missing],
    }


def _seen(character: str) -> str:
    """Return a character and a blank, unless it would only disturb the line."""
    from certificates.typeface.faces import is_nothing

    return "" if is_nothing(character) else f"{character} "


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"
