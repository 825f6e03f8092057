"""Verifying at the keyboard: folders and archives, the table, the report in words.

Holds certificates.commands.verifying and certificates.report.
"""

import errno
import os
import re
import shutil
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path

import page as validator
import pytest

from certificates import report
from certificates.checked import Checked, summary
from certificates.commands import gathering, screen
from certificates.standing import Answer, Reason
from certificates.verdict import Verdict
from certificates.verify import verify
from certificates.wording import LANGUAGES
from ledger.errors import in_chinese
from ledger.home import Home
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


def test_what_lies_beside_certificates_is_set_aside(school: Clerk, tmp_path: Path) -> None:
    """A school keeps trust.json and status list with them: that is no forgery."""
    shutil.copy(school.home / "trust.json", tmp_path / "all")
    (tmp_path / "all" / "效力清单.json").write_text('{"format": "volunteer-ledger/status@v1"}')
    ran = school.run("certificate", "verify", tmp_path / "all", lang="zh")
    assert ran.exit_code == 0
    assert "不是证明，未作查验：trust.json、效力清单.json" in ran.stdout
    assert "真实且已入账 6 份，其余 0 份" in ran.stdout
    (one,) = school("certificate", "verify", school.home / "trust.json", code=1)["results"]
    assert one["genuine"] is None


def test_names_in_an_archive_are_whole_and_paint_nothing(school: Clerk, tmp_path: Path) -> None:
    data = min((tmp_path / "all").glob("*.pdf")).read_bytes()
    gbk = "三班/张三.pdf".encode("gbk").decode("cp437")  # as Windows writes it, without the flag
    names = ("一班/张三.pdf", "a\x1b[31mred\nb.pdf", "c\u202efdp.json")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as out:
        for name in names:
            out.writestr(name, data)
        out.writestr("inner.zip", b"")
        out.writestr("_" * len(gbk.encode("cp437")) + ".pdf", data)
    whole = (tmp_path / "x.zip").read_bytes()
    plain = b"_" * len(gbk.encode("cp437"))
    (tmp_path / "x.zip").write_bytes(whole.replace(plain, gbk.encode("cp437")))
    ran = school.run("certificate", "verify", tmp_path / "x.zip", lang="zh")
    assert ran.exit_code == 1
    assert "三班/张三.pdf" in ran.stdout
    assert "一班/张三.pdf" in ran.stdout
    assert "a\\x1b[31mred\\nb.pdf" in ran.stdout
    assert not set("\x1b\u202e") & set(ran.stdout)
    assert "不打开其中的压缩包" in ran.stdout
    assert "未能查验 1 份" in ran.stdout


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
def test_what_is_never_read_holds_nobody_up_and_is_no_forgery(
    school: Clerk, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "all" / "pipe.pdf")
    os.mkfifo(tmp_path / "named.pdf")
    odd = os.fsencode(tmp_path / "all") + b"/\xd5\xc5.pdf"  # GBK on a disk of UTF-8
    Path(os.fsdecode(odd)).write_bytes(b"")
    assert len(school("certificate", "verify", tmp_path / "all", code=1)["results"]) == 7
    ran = school.run("certificate", "verify", tmp_path / "all", lang="zh")
    assert "\\xd5\\xc5.pdf" in ran.stdout
    for name in ("named.pdf", "nowhere.pdf"):
        (one,) = school("certificate", "verify", tmp_path / name, code=1)["results"]
        assert one["genuine"] is None


def test_a_large_archive_is_read_and_an_endless_one_is_no_forgery(
    school: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as out:
        for file in sorted((tmp_path / "all").glob("*.pdf")):
            out.write(file, file.name)
    size = (tmp_path / "x.zip").stat().st_size
    monkeypatch.setattr(
        gathering, "LARGEST", size // 3
    )  # of one file: more than any, less than all
    assert len(school("certificate", "verify", tmp_path / "x.zip")["results"]) == len(PEOPLE)
    monkeypatch.setattr(gathering, "_LARGEST_ARCHIVE", size // 3)
    (one,) = school("certificate", "verify", tmp_path / "x.zip", code=1)["results"]
    assert one["genuine"] is None


def test_without_a_trust_file_it_says_which_is_meant(school: Clerk, tmp_path: Path) -> None:
    (school.home / "trust.json").unlink()
    ran = school.run("certificate", "verify", tmp_path / "all", lang="zh")
    assert "--trust" in ran.stderr
    assert school.refused("certificate", "verify", tmp_path / "all") == "trust.missing"


def test_a_count_tells_what_no_longer_stands() -> None:
    plain, revoked, unread = Verdict(), Verdict(), Verdict()
    for one, state in ((plain, "valid"), (revoked, "revoked")):
        one.genuine = one.logged = True
        one.stands = Answer(state)  # type: ignore[arg-type]
    unread.doubt(Reason("x", "x", "x"))
    en, zh = summary([Checked(f"{n}.pdf", one) for n, one in enumerate((plain, revoked, unread))])
    assert (
        en
        == "3 files: 2 genuine and logged, 1 not; 1 could not be checked; 1 of the genuine REVOKED"
    )
    assert zh == "共 3 份：真实且已入账 2 份，其余 1 份；未能查验 1 份；真实的之中已撤销 1 份"


def test_what_the_computer_refused_is_said_in_the_reader_s_tongue(school: Clerk) -> None:
    words = ("certificate", "verify", school.folder / "无.pdf")
    assert "没有这个文件" in school.run(*words, lang="zh").stdout
    assert "No such file" in school.run(*words, lang="en").stdout
    unknown = OSError(errno.EXFULL, "Exchange full")
    assert [in_chinese(each) for each in (unknown, OSError("?"))] == ["Exchange full", "?"]


LABELS: dict[report.Lang, tuple[str, ...]] = {
    "zh": ("负责人：孙八", "负责人（签字）：王主任", "联系电话：0700-1"),
    "en": ("leader: 孙八", "In charge (signature): 王主任", "Telephone: 0700-1"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_are_in_the_reader_s_tongue_whatever_the_page_s(
    issued: Clerk, tmp_path: Path, language: str
) -> None:
    settings = issued.home / "association.toml"
    before = settings.read_text(encoding="utf-8")
    given = before.replace('responsible = ""', 'responsible = "王主任"')
    settings.write_text(given.replace('telephone = ""', 'telephone = "0700-1"'), encoding="utf-8")
    file = tmp_path / "证明.pdf"
    who = issued.numbers["张三"]
    try:
        issued("certificate", "issue", who, "--language", language, "-o", file)
    finally:
        settings.write_text(before, encoding="utf-8")
    for lang, labels in LABELS.items():
        told = issued.run("certificate", "verify", file, lang=lang).stdout
        (line,) = [one for one in told.splitlines() if "王主任" in one]
        for label in labels:
            assert label in line
        verdict = verify(file.read_bytes(), Home(issued.home).trust())
        found = dict(report.lines(Checked("证明.pdf", verdict), lang))
        for label in labels:
            assert label in found[report._say("stated", lang)]


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("CN=示例县科协 证明签章,O=示例县科协,C=CN", "示例县科协 证明签章"),
        ("CN=某网络公司\\, 北京,O=另一单位", "某网络公司, 北京 (另一单位)"),
        ("O=没有通用名,C=CN", "O=没有通用名,C=CN"),
    ],
)
def test_who_sealed_is_called_by_his_name(name: str, called: str) -> None:
    assert screen._called(name) == called


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
    assert {"zh": "共6份：真实且已入账6份", "en": "6files:6genuineandlogged"}[lang] in words
    assert all(file.stem in words for file in (tmp_path / "all").glob("*.pdf"))
    first = min((tmp_path / "all").glob("*.pdf")).read_bytes()
    assert sha256(first).hexdigest() in words
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


def test_a_long_path_stays_on_the_page_of_the_report(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(
        report.write_pdf([Checked("B.zip/" + "三年级一班/" * 30, Verdict())], [], NOW, "zh")
    )
    command = [tool("pdftotext"), "-bbox", "-enc", "UTF-8", str(tmp_path / "report.pdf"), "-"]
    found = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    right = (210 - 19) * 72 / 25.4
    assert max(map(float, re.findall(r'xMax="([0-9.]+)"', found))) <= right + 1
    assert found.count("三年级一班") >= 1


def test_every_answer_has_its_sentence() -> None:
    honest = verify(Plot.honest().make(), trusted())
    refused = verify(b"", trusted())
    for lang in ("zh", "en"):
        for verdict in (honest, refused, Verdict()):
            found = dict(report.lines(Checked("x.pdf", verdict), lang))
            assert all(found.values())
            assert len(found) >= 4
    unlogged = Plot.honest()
    unlogged.means.log = "other"
    found = dict(report.lines(Checked("x.pdf", verify(unlogged.make(), trusted())), "en"))
    assert found["logged"].startswith("NO")
    assert found["genuine"].startswith("Yes")
