"""Spot checks: drawn again by anybody, said before anybody can mend a line, results said too.

Holds ledger.sampling, ledger.rules.samples, ledger.desk.spot_checks and ledger.commands.sampling.
"""

from hashlib import sha256
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit import audit
from ledger.sampling import Terms, draw
from tests.clerk import Clerk
from tests.scene import Scene, line
from tests.test_audit import Shelf, codes

ROOT = "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="
SHEETS = [(f"T{n:02d}", n, 3 + n % 5) for n in range(40)]


def by_hand(root: str, seed: str, team: str) -> bytes:
    """The digest of a team as docs/sampling.md says it, without our code."""
    key = sha256(f"volunteer-ledger/sample@v1\n{root}\n{seed}\n".encode()).digest()
    return sha256(key + b"team " + team.encode()).digest()


def test_a_stranger_draws_the_same() -> None:
    found = draw(SHEETS, ROOT, "20260315", Terms(10, 3, 2))
    teams = sorted((team for team, _, _ in SHEETS), key=lambda t: by_hand(ROOT, "20260315", t))
    assert list(found) == sorted(teams[:4])
    key = sha256(f"volunteer-ledger/sample@v1\n{ROOT}\n20260315\n".encode()).digest()
    for team, places in found.items():
        entry, rows = next((e, rows) for t, e, rows in SHEETS if t == team)
        by_digest = sorted(
            range(1, rows + 1), key=lambda r: sha256(key + f"line {entry}:{r}".encode()).digest()
        )
        assert places == tuple(sorted((entry, row) for row in by_digest[:2]))


@given(st.permutations(SHEETS), st.integers(1, 100), st.integers(1, 50), st.integers(1, 9))
def test_how_much_is_taken(
    sheets: list[tuple[str, int, int]], share: int, least: int, most: int
) -> None:
    """Rule 52: 40 % of the teams and five at least, whatever order they come in."""
    found = draw(sheets, ROOT, "s", Terms(share, least, most))
    assert len(found) == min(40, max(least, -(-40 * share // 100)))
    assert found == draw(SHEETS, ROOT, "s", Terms(share, least, most))
    rows = {team: (entry, count) for team, entry, count in SHEETS}
    for team, places in found.items():
        assert len(places) == len(set(places)) == min(most, rows[team][1])
        assert all(entry == rows[team][0] and 1 <= row <= rows[team][1] for entry, row in places)


def test_another_seed_or_root_takes_others() -> None:
    some = draw(SHEETS, ROOT, "1", Terms())
    assert some != draw(SHEETS, ROOT, "2", Terms())
    assert some != draw(SHEETS, ROOT[::-1], "1", Terms())


# --- rules ---------------------------------------------------------------------------------------


@pytest.fixture
def scene() -> Scene:
    found = Scene.ready()
    found.pass_notice(found.attend(line("V1"), line("V2")))
    return found


def sheet_of(scene: Scene) -> str:
    return next(one.ref for one in scene.log if one.heard.statement.head.kind == "attendance")


def test_an_auditor_draws_from_all_that_was_said_before(scene: Scene) -> None:
    told = scene.sample()
    scene.check(told.ref, (sheet_of(scene), 0))
    assert codes(audit(Shelf.of(scene))) == []


@pytest.mark.parametrize("by", ["KX/op", "KX/i1", "T01/r1", "T01/c1"])
def test_nobody_else_draws(scene: Scene, by: str) -> None:
    with scene.refuses("not_authorised"):
        scene.sample(by, "*" if by == "KX/op" else by[:-3])


def test_a_line_cannot_be_mended_once_the_seed_is_known(scene: Scene) -> None:
    with scene.refuses("sample.moved"):
        scene.sample(size=len(scene.log) - 1)


def test_results_are_of_lines_that_there_are(scene: Scene) -> None:
    told = scene.sample()
    with scene.refuses("attendance.unknown", 0):
        scene.check(told.ref, (told.ref, 0))


def test_an_audit_finds_a_false_root_and_results_of_no_sample(scene: Scene) -> None:
    told = scene.sample(root=ROOT)
    scene.check(sheet_of(scene), (sheet_of(scene), 0))
    found = codes(audit(Shelf.of(scene)))
    assert found == [
        ("sample.root", f"entry {told.index}"),
        ("check.sample", f"entry {told.index + 1}"),
    ]


# --- as an auditor does it -----------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path) -> Clerk:
    clerk = Clerk(tmp_path / "pc")
    clerk.begin()
    clerk.confirmed("张三", "李四")
    clerk("officer", "add", "auditor")
    return clerk


def fill(file: Path, *results: str) -> None:
    book = openpyxl.load_workbook(file)
    sheet = book.active
    assert sheet
    head = next(row for row in sheet.iter_rows() if row[0].value == "抽查")
    column = next(cell.column for cell in head if cell.value == "核对结果")
    for n, result in enumerate(results, start=1):
        sheet.cell(head[0].row + n, column, result)
        sheet.cell(head[0].row + n, column + 1, "看过签到表")
    book.save(file)


def test_a_sample_from_seed_to_results(here: Clerk, tmp_path: Path) -> None:
    file = tmp_path / "核对表.xlsx"
    drawn = here("audit", "sample", "--seed", "20260315-7", "-o", file)
    assert drawn["size"] == drawn["entry"]
    assert sum(map(len, drawn["teams"].values())) == 2
    again = here("audit", "sample", "--again", drawn["entry"], "-o", tmp_path / "again.xlsx")
    assert again["teams"] == drawn["teams"]
    fill(file, "相符", "无凭据")
    assert here("audit", "check", file)["results"] == 2
    (sample,) = here("audit", "checks")["samples"]
    assert sample["results"] == {"held": 1, "no_evidence": 1}
    assert "20260315-7" in here.run("audit", "checks").stdout
    assert here("audit")["findings"] == []
    fill(file, "相符", "相符")
    here("audit", "check", file)
    (sample,) = here("audit", "checks")["samples"]
    assert (sample["results"], sample["changed"]) == ({"held": 2}, 1)
    assert here.refused("audit", "sample", "--again", drawn["entry"], "-o", file) == "file.exists"


@pytest.mark.parametrize("heading", ["志愿者编号", "开始", "结束", "时长", "证据"])
def test_a_checklist_whose_lines_were_changed_is_refused(
    here: Clerk, tmp_path: Path, heading: str
) -> None:
    """A result says that the evidence fits a line: that of the log, and not what somebody wrote over it."""
    file = tmp_path / "核对表.xlsx"
    here("audit", "sample", "--seed", "7", "-o", file)
    fill(file, "相符", "不符")
    book = openpyxl.load_workbook(file)
    sheet = book.active
    assert sheet
    head = next(row for row in sheet.iter_rows() if row[0].value == "抽查")
    cell = sheet.cell(head[0].row + 2, next(one.column for one in head if one.value == heading))
    was, size = cell.value, here("audit")["size"]
    cell.value = "别的"
    book.save(file)
    for lang in ("zh", "en"):
        said = here.run("audit", "check", file, lang=lang).stderr
        assert "check.altered" in said
        assert f"{heading} is 别的" in said or f"{heading}为 别的，账本为 {was}" in said
    assert here("audit")["size"] == size
    cell.value = None  # what nobody wrote is no lie
    book.save(file)
    assert here("audit", "check", file)["results"] == 2


def test_what_is_wrong_in_a_checklist_is_said(here: Clerk, tmp_path: Path) -> None:
    file = tmp_path / "核对表.xlsx"
    assert here.refused("audit", "sample", "--again", "3", "-o", file) == "sample.unknown"
    here("audit", "sample", "--seed", "7", "-o", file)
    assert here.refused("audit", "check", file) == "check.empty"
    fill(file, "相符", "好")
    assert here.refused("audit", "check", file) == "check.result"
    book = openpyxl.load_workbook(file)
    sheet = book.active
    assert sheet
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value == "好":  # the second row: the first stays as it is
                cell.value = "不符"
                sheet.cell(cell.row, 3, "1:9")
    book.save(file)
    assert here.refused("audit", "check", file) == "check.line"
    assert here.run("audit", "sample", "-o", file).exit_code == 2
