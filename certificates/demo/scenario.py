"""A scenario: a folder of spreadsheets, and `clock.json`, which says what happens when."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Literal

from ledger.desk.founding import Root
from ledger.desk.registering import File, tables_of
from ledger.errors import Malformed, Rejected, Unsafe
from ledger.files import read_file
from ledger.sheets.columns import default
from ledger.sheets.organisations import first_root
from ledger.times import instant

EXAMPLES = Path(__file__).parents[2] / "examples"
_REWARDS = ("goods", "redeem", "gift")

Step = tuple[str, int, "Arrival | Happening | Reward | Closing"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file reaches the ledger."""

    name: str


@dataclass(frozen=True, slots=True)
class Happening:
    """Somebody objects to a row, or a confirmed row is corrected."""

    do: Literal["object", "correct"]
    activity: str
    row: int
    why: str
    minutes: int | None = None
    upheld: bool = True


@dataclass(frozen=True, slots=True)
class Reward:
    """Goods are offered, points redeemed for them, or credits given to a relative."""

    do: Literal["goods", "redeem", "gift"]
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Closing:
    """A notice may be closed."""

    notice: int


def read_steps(folder: Path) -> list[Step]:
    """Read `clock.json` into steps, by time."""
    file = folder / "clock.json"
    try:
        clock = json.loads(read_file(file))
        order = count()
        steps: list[Step] = [
            (instant(datetime.fromisoformat(at)), next(order), Arrival(name))
            for name, at in clock["clock"].items()
        ]
        for event in clock.get("events", ()):
            when = instant(datetime.fromisoformat(event["at"]))
            steps.append((when, next(order), _happening(event)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed(
            f"{file} does not say when each file arrives: {error}",
            f"{file} 未能说明各文件何时到达：{error}",
        ) from error
    if not steps:
        raise Malformed(f"{file} names no file", f"{file} 没有列出任何文件")
    return sorted(steps, key=lambda step: step[:2])


def _happening(event: Mapping[str, Any]) -> "Happening | Reward":
    if event["do"] in _REWARDS:
        return Reward(event["do"], event)
    return Happening(
        event["do"],
        event["activity"],
        event["row"],
        event["why"],
        event.get("minutes"),
        event.get("upheld", True),
    )


def root_of(folder: Path) -> Root:
    """Return the association: the first row of the organisations' sheet without 管理单位."""
    file = _find(folder, "organisations")
    for table in tables_of(file, "organisations", default()):
        code = first_root(table)
        for row in table.rows:
            if str(row.cells.get("code", "")) == code and code:
                text = {name: str(cell) for name, cell in row.cells.items()}
                area = text.get("area", "").removesuffix(".0")
                return Root(code, text["name"], area, text.get("uscc", ""))
    raise Rejected(
        "organisation.unknown",
        en=f"{file.name} has no row without 管理单位: nobody could be the root",
        zh=f"{file.name} 中每行都有管理单位，找不到根组织",
    )


def _find(folder: Path, stem: str) -> File:
    for suffix in (".xlsx", ".csv", ".xls", ".ods"):
        if (folder / f"{stem}{suffix}").exists():
            return file_of(folder, f"{stem}{suffix}")
    raise Unsafe(
        "file.unreadable", en=f"{folder} has no {stem} sheet", zh=f"{folder} 中没有 {stem} 表"
    )


def file_of(folder: Path, name: str) -> File:
    """Return a file of the scenario."""
    return File(Path(name).name, read_file(folder / name))
