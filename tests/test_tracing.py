"""The auditor's desk: from a certificate to its evidence, what was corrected, and figures of then.

Holds ledger.desk.tracing, ledger.desk.corrections, ledger.desk.past, ledger.desk.packing and
ledger.commands.tracing.
"""

import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.clerk import Clerk


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """Two people served one morning; one line was voided later and replaced."""
    clerk = Clerk(tmp_path_factory.mktemp("served"))
    clerk.begin()
    clerk.confirmed("张三", "李四")
    return clerk


@pytest.fixture
def here(served: Clerk, tmp_path: Path) -> Clerk:
    return served.copied(tmp_path / "pc")


def place(here: Clerk, name: str) -> str:
    lines = here("volunteer", "show", here.numbers[name])["lines"]
    return str(lines[0]["line"])


def test_a_certificate_leads_to_who_said_each_line(here: Clerk, tmp_path: Path) -> None:
    number, _ = here.certificate(here.numbers["张三"])
    found = here("audit", "trace", number, "-o", tmp_path / "由来.xlsx")
    (line,) = found["lines"]
    assert line["place"] == place(here, "张三")
    assert (line["minutes"], line["evidence"], line["state"]) == (180, "B", "confirmed")
    assert line["recorded"]["by"].startswith("T01/") or line["recorded"]["by"].startswith("KX/")
    assert line["recorded"]["person"] != line["confirmed"]["person"]
    assert line["recorded"]["entry"] < line["noticed"]["entry"] < line["confirmed"]["entry"]
    assert line["source"].endswith(tuple("0123456789abcdef"))
    sheet = openpyxl.load_workbook(tmp_path / "由来.xlsx").active
    assert sheet
    assert line["place"] in {cell.value for row in sheet.iter_rows() for cell in row}
    assert line["recorded"]["by"] in here.run("audit", "trace", number).stdout
    assert here.refused("audit", "trace", f"{number}0") == "certificate.unknown"


def test_what_is_carried_over_is_traced_too(here: Clerk, tmp_path: Path) -> None:
    here("closing", "make")
    words = ("certificate", "issue", here.numbers["张三"], "--on-closing")
    number = here(*words, "-o", tmp_path / "结转.pdf")["certificate"]
    assert [one["place"] for one in here("audit", "trace", number)["lines"]] == [
        place(here, "张三")
    ]


def test_what_was_corrected_is_listed_with_its_reason(here: Clerk) -> None:
    assert here("audit", "corrections")["corrections"] == []
    line = place(here, "李四")
    number, _ = here.certificate(here.numbers["李四"])
    here("correct", line, "--why", "记错了人")
    here("replace", line, "--minutes", "120", "--why", "按签到表改正")
    here("certificate", "revoke", number, "--reason", "error")
    found = here("audit", "corrections")["corrections"]
    assert [one["kind"] for one in found] == ["correction", "replacement", "revocation"]
    assert [one["about"] for one in found] == [line, line, number]
    assert [one["reason"] for one in found] == ["记错了人", "按签到表改正", ""]
    assert found[1]["place"] in here.run("audit", "corrections").stdout
    (here.home / "vault.key").unlink()
    assert [one["reason"] for one in here("audit", "corrections")["corrections"]] == [""] * 3


def test_any_figure_is_recomputed_as_it_was_then(here: Clerk) -> None:
    who, line = here.numbers["李四"], place(here, "李四")
    before = here("audit")["size"]
    here("correct", line, "--why", "记错了人")
    now, then = here("audit", "as-of", str(before)), here("audit", "as-of", str(before - 1))
    assert then["size"] == before
    assert then["minutes"] - now["minutes"] == then["volunteers"][who]["by_class"][1] == 180
    assert now["volunteers"][who]["by_class"] == [0, 0, 0, 0]
    assert now["root"] == here("audit")["root"]
    assert here("audit", "as-of", here.now[:10])["root"] == now["root"]
    alone = here("audit", "as-of", str(before - 1), "--volunteer", who)
    assert (list(alone["volunteers"]), alone["minutes"]) == ([who], 180)
    assert here.refused("audit", "as-of", "2020-01-01") == "past.none"
    assert here.refused("audit", "as-of", "2099-01-01") == "past.future"
    assert here.refused("audit", "as-of", str(before), "--volunteer", "V1") == "past.nobody"
    assert here.refused("audit", "as-of", "99999") == "entry.unknown"
    assert here.run("audit", "as-of", "yesterday").exit_code == 1


def test_a_pack_checks_without_the_ledger(here: Clerk, tmp_path: Path) -> None:
    number, _ = here.certificate(here.numbers["张三"])
    for about, lines in ((number, 1), ("T01", 2)):
        file = tmp_path / f"{lines}.zip"
        made = here("audit", "pack", about, "-o", file)
        assert made["lines"] == lines
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            assert len([name for name in names if name.endswith(".tlog-proof")]) == made["entries"]
            for name in names:
                if not name.endswith(".tlog-proof"):
                    continue
                stem = name.removesuffix(".tlog-proof")
                (tmp_path / "one.tlog-proof").write_bytes(archive.read(name))
                checked = here("prove", "--check", tmp_path / "one.tlog-proof")
                assert checked["index"] == int(stem.rpartition("/")[2])
            rows = [name for name in names if name.endswith(".jsonl")]
            assert all(json.loads(row) for row in archive.read(rows[0]).splitlines())
        again = tmp_path / "again.zip"
        here("audit", "pack", about, "-o", again)
        with zipfile.ZipFile(file) as one, zipfile.ZipFile(again) as two:
            assert [one.read(n) for n in one.namelist() if "xlsx" not in n] == [
                two.read(n) for n in two.namelist() if "xlsx" not in n
            ]
