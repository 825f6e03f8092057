"""What commands print of journeys: refused rows with their remedies, hours, lists."""

import json
import re
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

from ledger.commands.world import World
from ledger.desk.registering import Imported
from ledger.errors import Unsafe
from ledger.sheets.forms import refused_rows
from ledger.sheets.problems import Problem

_MENDED = "-待修改"
_AGAIN = re.compile(rf"{_MENDED}(-\d+)?$")
_REFUSED = "refused.json"
_MOST = 50  # problems printed; all of them are in the file


def problem_json(problem: Problem, world: World) -> dict[str, Any]:
    """Return a problem as data."""
    return {
        "file": problem.file,
        "sheet": problem.sheet,
        "row": problem.row,
        "sheet_row": problem.sheet_row,
        "column": problem.column,
        "value": problem.value,
        "code": problem.code,
        "message": world.pick(problem.en, problem.zh),
    }


def show_problems(world: World, imported: Imported[Any], file: Path, mended: Path | None) -> str:
    """Print every problem and note, and write the refused rows to a file to mend."""
    for note in imported.notes:
        world.tell(f"note: {note.en}", f"说明：{note.zh}")
    problems = imported.problems
    if not imported.dry and file.resolve() in map(Path, refused_files(world)):
        remember_refused(world, file.resolve(), 0)  # sent again: what is left is counted anew
    for problem in problems[:_MOST]:
        world.tell(f"✗ {problem.en}  [{problem.code}]", f"✗ {problem.zh}  [{problem.code}]")
    if len(problems) > _MOST:
        world.tell(f"… and {len(problems) - _MOST} more", f"……另有 {len(problems) - _MOST} 行")
    if not problems or imported.dry:
        return ""
    wanted = mended or file.with_name(f"{_AGAIN.sub('', file.stem)}{_MENDED}.xlsx")
    target = _unused(wanted)
    world.write(target, refused_rows(imported.tables, problems))
    remember_refused(world, target, len(problems))
    world.tell(
        f"{len(problems)} refused rows are in {target}: mend them there and send that file",
        f"{len(problems)} 行未通过，已写入 {target}：请在该文件中改正后重新提交",
    )
    if target != wanted:
        world.tell(f"{wanted} was there already and is left as it is", f"{wanted} 已存在，未作改动")
    return str(target)


def _unused(file: Path) -> Path:
    """Return a name that no file bears: what somebody is mending is not written over."""
    names = (file.with_name(f"{file.stem}-{n}{file.suffix}") for n in count(2))
    return file if not file.exists() else next(name for name in names if not name.exists())


def remember_refused(world: World, file: Path, rows: int) -> None:
    """Remember that rows wait to be mended: only where and how many, never what they say."""
    path = str(file.resolve())
    kept = {name: count for name, count in refused_files(world).items() if name != path}
    if rows:
        kept[path] = rows
    data = json.dumps(kept, ensure_ascii=False, indent=1).encode()
    world.write(world.home.path / _REFUSED, data)


def refused_files(world: World) -> dict[str, int]:
    """Return the files of refused rows that are still there, and how many rows each holds."""
    try:
        found = json.loads(world.read(world.home.path / _REFUSED))
    except (Unsafe, ValueError):
        return {}
    return {name: int(count) for name, count in found.items() if Path(name).exists()}


def counts(world: World, imported: Imported[Any]) -> None:
    """Print how many rows were recorded, known, refused."""
    good, already, bad = len(imported.good), imported.already, len(imported.problems)
    if imported.dry:
        verb = ("would be recorded", "可登记")
    else:
        verb = ("prepared", "已备好") if world.out else ("recorded", "已登记")
    world.tell(
        f"{good} rows {verb[0]}, {already} known already, {bad} refused",
        f"{verb[1]} {good} 行，此前已登记 {already} 行，未通过 {bad} 行",
    )


def joined(values: Iterable[object], empty: str = "–") -> str:
    """Join values with commas."""
    return ", ".join(map(str, values)) or empty
