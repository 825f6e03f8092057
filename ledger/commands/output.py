"""What commands print of journeys: refused rows with their remedies, hours, lists."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ledger.commands.world import World
from ledger.desk.registering import Imported
from ledger.sheets.forms import refused_rows
from ledger.sheets.problems import Problem

_MENDED = "-待修改.xlsx"
_MOST = 50  # problems printed; all of them are in the file


def hours(minutes: int) -> str:
    """Write minutes as people read them."""
    return f"{minutes // 60}小时{minutes % 60}分钟"


def hours_in(world: World, minutes: int) -> str:
    """Write minutes in the reader's language."""
    return world.pick(f"{minutes // 60} h {minutes % 60} min", hours(minutes))


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
    for problem in problems[:_MOST]:
        world.tell(f"✗ {problem.en}  [{problem.code}]", f"✗ {problem.zh}  [{problem.code}]")
    if len(problems) > _MOST:
        world.tell(f"… and {len(problems) - _MOST} more", f"……另有 {len(problems) - _MOST} 行")
    if not problems or imported.dry:
        return ""
    target = mended or file.with_name(f"{file.stem}{_MENDED}")
    data = refused_rows(imported.tables, problems)
    world.write(target, data)
    world.tell(
        f"{len(problems)} refused rows are in {target}: mend them there and send that file",
        f"{len(problems)} 行未通过，已写入 {target}：请在该文件中改正后重新提交",
    )
    return str(target)


def counts(world: World, imported: Imported[Any]) -> None:
    """Print how many rows were recorded, known, refused."""
    good, already, bad = len(imported.good), imported.already, len(imported.problems)
    verb = ("would be recorded", "可登记") if imported.dry else ("recorded", "已登记")
    world.tell(
        f"{good} rows {verb[0]}, {already} known already, {bad} refused",
        f"{verb[1]} {good} 行，此前已登记 {already} 行，未通过 {bad} 行",
    )


def joined(values: Iterable[object], empty: str = "–") -> str:
    """Join values with commas."""
    return ", ".join(map(str, values)) or empty


def first(values: Sequence[str]) -> str:
    """Return the first of some texts, or nothing."""
    return values[0] if values else ""
