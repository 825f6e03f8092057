"""Whole scenarios of ../shared/tools/make_scenario.py, every row held against the answer."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ledger.rulesets import Ruleset
from ledger.sheets import activities, attendance, columns, forms, organisations, reading, volunteers
from ledger.sheets.columns import Kind
from ledger.sheets.earlier import Case, ServiceRow
from ledger.sheets.known import Activity, Organisation
from ledger.sheets.layout import Table
from ledger.sheets.problems import Judged
from ledger.sheets.registrations import Registration, Terms
from tests.sheets_world import World

TOOL = Path(__file__).resolve().parents[2] / "shared" / "tools" / "make_scenario.py"
RULES = Ruleset()


@dataclass
class Association:
    """An association that takes sheets as they arrive."""

    folder: Path
    stamp: str = ""
    world: World = field(default_factory=World)
    bodies: dict[str, Organisation] = field(default_factory=dict)
    plan: dict[str, Activity] = field(default_factory=dict)

    def table(self, name: str, kind: Kind) -> Table:
        path = self.folder / name
        (found,) = reading.read(path.read_bytes(), path.name, kind, columns.default())
        return found

    def take_organisations(self, name: str) -> Judged[organisations.OrganisationRow]:
        table = self.table(name, "organisations")
        found = organisations.judge(table, self.bodies, organisations.first_root(table))
        self.bodies |= {row.organisation.code: row.organisation for row in found.good}
        return found

    def take_volunteers(self, name: str) -> Judged[Registration]:
        terms = Terms(RULES, self.stamp[:10])
        table = self.table(name, "volunteers")
        found = volunteers.judge(table, self.world, self.bodies, terms)
        self.world.register(found.good)
        self.world.turned_away += [
            one for one in found.refused if one not in self.world.turned_away
        ]
        return found

    def take_activities(self, name: str) -> Judged[activities.ActivityRow]:
        table = self.table(name, "activities")
        found = activities.judge(table, self.bodies, self.plan, self.world)
        self.plan |= {row.activity.code: row.activity for row in found.good}
        return found

    def take_attendance(self, name: str) -> dict[str, Judged[ServiceRow]]:
        table = self.table(name, "attendance")
        parts = attendance.by_activity(table, None, name, self.plan)
        found = {}
        for code, part in parts.items():
            case = Case(self.plan[code], RULES, self.stamp)
            found[code] = attendance.judge(part, case, self.world, self.world.earlier)
            self.world.record(code, found[code].good)
        return found


def scenario(folder: Path, *options: str) -> Path:
    """Write a scenario, or skip; with VECTORS=required a missing tool fails."""
    if not TOOL.exists():
        reason = "no ../shared/tools/make_scenario.py"
        if os.environ.get("VECTORS") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    command = [sys.executable, str(TOOL), str(folder), *options]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def answers(found: Judged[ServiceRow]) -> dict[int, tuple[str | None, int]]:
    good = {row.row: (None, row.minutes) for row in found.good}
    return good | {one.row: (one.code, 0) for one in found.problems}


def differences(folder: Path) -> list[str]:
    """Take every sheet as it arrives; return each row that is judged unlike the answer."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    clock = json.loads((folder / "clock.json").read_text(encoding="utf-8"))["clock"]
    here = Association(folder)
    wrong = []
    for name, stamp in sorted(clock.items(), key=lambda pair: pair[1]):
        here.stamp = stamp
        if name.startswith("organisations"):
            wrong += [p.en for p in here.take_organisations(name).problems]
        elif name.startswith("activities"):
            wrong += [p.en for p in here.take_activities(name).problems]
        elif name.startswith("volunteers"):
            found = here.take_volunteers(name)
            got: dict[int, str | None] = {row.row: None for row in found.good}
            got |= {one.row: one.code for one in found.problems}
            want = {row["row"]: row["reason"] for row in expected["volunteers"]}
            wrong += _unlike(name, got, want)
        else:
            for code, judged in here.take_attendance(name).items():
                rows = expected["attendance"][code]
                want = {row["row"]: (row["reason"], row["minutes"]) for row in rows}
                wrong += _unlike(f"{name} {code}", answers(judged), want)
    return wrong


def _unlike(name: str, got: Mapping[int, object], want: Mapping[int, object]) -> list[str]:
    rows = sorted(got.keys() | want.keys())
    return [
        f"{name} row {row}: {got.get(row)} instead of {want.get(row)}"
        for row in rows
        if got.get(row, "absent") != want.get(row, "absent")
    ]


CASES = (
    "--seed 7 --teams 2 --people 24 --activities 12 --messy --sheets xlsx",
    "--seed 11 --teams 4 --people 60 --activities 20 --messy --sheets xlsx",
    "--seed 12 --teams 3 --people 40 --activities 18 --messy --sheets csv",
    "--seed 13 --teams 1 --people 12 --activities 4 --messy --sheets csv",
    "--seed 14 --teams 2 --people 30 --activities 6 --sheets xlsx",
    "--seed 15 --teams 4 --people 12 --activities 20 --sheets csv",
)


@pytest.mark.parametrize("options", CASES)
def test_every_row_is_judged_as_expected(tmp_path: Path, options: str) -> None:
    assert differences(scenario(tmp_path / "s", *options.split())) == []


def test_a_sheet_sent_again_is_already_known(tmp_path: Path) -> None:
    """What counted is `already`, what was refused is refused for the same reason."""
    folder = scenario(tmp_path / "s", "--messy", "--seed", "21")
    here = Association(folder, "2026-02-10T10:00:00+08:00")
    here.take_organisations("organisations.xlsx")
    first = here.take_volunteers("volunteers.xlsx")
    again = here.take_volunteers("volunteers.xlsx")
    assert again.already == tuple(row.row for row in first.good)
    assert again.good == ()
    assert again.problems == first.problems
    here.take_activities("activities.xlsx")
    assert here.take_activities("activities.xlsx").good == ()
    here.stamp = "2026-12-01T10:00:00+08:00"
    for path in sorted((folder / "attendance").iterdir()):
        (one,) = here.take_attendance(f"attendance/{path.name}").values()
        (two,) = here.take_attendance(f"attendance/{path.name}").values()
        assert two.already == tuple(row.row for row in one.good)
        assert two.good == ()
        assert [p.code for p in two.problems] == [p.code for p in one.problems]


def test_refused_rows_mended_and_sent_again_are_taken(tmp_path: Path) -> None:
    folder = scenario(tmp_path / "s", "--messy", "--seed", "22")
    here = Association(folder, "2026-02-10T10:00:00+08:00")
    here.take_organisations("organisations.xlsx")
    table = here.table("volunteers.xlsx", "volunteers")
    judged = here.take_volunteers("volunteers.xlsx")
    data = forms.refused_rows([table], judged.problems)
    (again,) = reading.read(data, "refused.xlsx", "volunteers", columns.default())
    rows = {row.row: row for row in table.rows}
    assert [row.cells for row in again.rows] == [rows[p.row].cells for p in judged.problems]
    terms = Terms(RULES, here.stamp[:10])
    second = volunteers.judge(again, here.world, here.bodies, terms)
    assert {p.code for p in second.problems} <= {p.code for p in judged.problems}
