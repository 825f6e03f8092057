"""Verifying at the keyboard: folders and archives, the table, the report in words.

Holds certificates.commands.verifying and certificates.report.
"""

import shutil
import subprocess
import zipfile
from pathlib import Path

import page as validator
import pytest

from certificates import report
from certificates.verify import Verdict, verify
from tests.clerk import PEOPLE, Clerk
from tests.forge import Plot, trusted
from tests.test_render import tool

NOW = "2026-03-08T09:00:00+08:00"


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """Six certificates in a folder, and what a school has of the ledger: trust.json."""
    clerk = Clerk(tmp_path_factory.mktemp("issued"))
    clerk.begin()
    clerk.confirmed(*PEOPLE)
    clerk("certificate", "issue", "--all", "-o", clerk.folder / "all")
    return clerk


@pytest.fixture
def school(issued: Clerk, tmp_path: Path) -> Clerk:
    """A school's computer, where there is no ledger."""
    here = Clerk(tmp_path)
    here.home.mkdir()
    shutil.copy(issued.home / "trust.json", here.home)
    shutil.copytree(issued.folder / "all", tmp_path / "all")
    return here


def said(file: Path) -> str:
    run = subprocess.run(
        [tool("pdftotext"), "-enc", "UTF-8", str(file), "-"], capture_output=True, check=True
    )
    return "".join(run.stdout.decode().split())


def test_a_folder_and_an_archive_are_what_is_in_them(school: Clerk, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as out:
        for file in (tmp_path / "all").iterdir():
            out.write(file, f"三班/{file.name}")
    for path in (tmp_path / "all", tmp_path / "all.zip"):
        results = school("certificate", "verify", path)["results"]
        assert len(results) == len(PEOPLE)
        assert all(one["genuine"] and one["logged"] for one in results)
        assert {one["certificate"]["name"] for one in results} == set(PEOPLE)
        assert all(one["file"].startswith(str(path)) for one in results)


def test_of_many_there_is_a_table_and_only_what_is_wrong_is_explained(
    school: Clerk, tmp_path: Path
) -> None:
    file = min((tmp_path / "all").glob("*.pdf"))
    file.write_bytes(file.read_bytes().replace(b"/Marked true", b"/Marked tru "))
    ran = school.run("certificate", "verify", tmp_path / "all", lang="zh")
    assert ran.exit_code == 1
    assert ran.stdout.count("真实：否") == 1
    assert "真实且已入账 5 份，其余 1 份" in ran.stdout
    assert "证明编号" in ran.stdout


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_or_holds_nothing_is_said_so(
    school: Clerk, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    (one,) = school("certificate", "verify", tmp_path / "x.zip", code=1)["results"]
    assert not one["genuine"]
    assert "x.zip" in one["reasons"][0]["message"]
    (tmp_path / "nothing").mkdir()
    (one,) = school("certificate", "verify", tmp_path / "nothing", code=1)["results"]
    assert "no certificate" in one["reasons"][0]["message"]
    (one,) = school("certificate", "verify", tmp_path / "nowhere.pdf", code=1)["results"]
    assert not one["genuine"]


def test_an_archive_that_would_fill_the_memory_is_read_no_further(
    school: Clerk, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a.pdf", bytes(65 * 1024 * 1024))
    (one,) = school("certificate", "verify", tmp_path / "bomb.zip", code=1)["results"]
    assert "too large" in one["reasons"][0]["message"]


@pytest.mark.parametrize(
    ("lang", "due"),
    [
        (
            "zh",
            ("证明查验报告", "是。自盖章以来文件没有任何改动", "3小时0分钟", "当事人是否真的到场"),
        ),
        ("en", ("Reportontheverification", "Nothinginthefilewaschanged", "3h0min", "reallythere")),
    ],
)
def test_the_report_is_for_a_clerk_to_read(
    school: Clerk, tmp_path: Path, lang: str, due: tuple[str, ...]
) -> None:
    paper = tmp_path / "report.pdf"
    ran = school.run("certificate", "verify", tmp_path / "all", "--report", paper, lang=lang)
    assert ran.exit_code == 0
    words = said(paper)
    assert all(name in words for name in PEOPLE)
    assert all(word in words for word in due)
    for profile in ("3a", "ua1"):
        assert validator.validate_pdf(paper, profile=profile).failures == []


def test_a_report_of_a_hostile_file_comes_out_too(school: Clerk, tmp_path: Path) -> None:
    shutil.copy(min((tmp_path / "all").glob("*.pdf")), tmp_path / "坏\U0003fffd\u202e.pdf")
    evil = tmp_path / "evil.pdf"
    evil.write_bytes(b"%PDF-1.7\n")
    paper = tmp_path / "report.pdf"
    files = (tmp_path / "坏\U0003fffd\u202e.pdf", evil)
    school("certificate", "verify", *files, "--report", paper, code=1)
    assert "请勿采信" in said(paper) or "donotrelyonit" in said(paper)
    assert "[U+202E]" in said(paper)


def test_every_answer_has_its_sentence() -> None:
    honest = verify(Plot.honest().make(), trusted())
    refused = verify(b"", trusted())
    for lang in ("zh", "en"):
        for verdict in (honest, refused, Verdict()):
            found = dict(report.lines(verdict, lang))
            assert all(found.values())
            assert len(found) >= 4
    unlogged = Plot.honest()
    unlogged.means.log = "other"
    found = dict(report.lines(verify(unlogged.make(), trusted()), "en"))
    assert found["logged"].startswith("NO")
    assert found["genuine"].startswith("Yes")
