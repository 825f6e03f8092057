"""Nobody is named outside the vault: every byte of a whole ledger is searched for everybody.

People of this scenario are invented: no county has the area code 4199xx. What is printed for the
person who must mend a row shows that row, and a certificate shows its holder; nothing else may.
"""

import base64
import binascii
import json
import logging
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from certificates import envelope
from tests.clerk import Clerk, id_number
from tests.conftest import ROOT

LEADER, CALLER = "端木赐福", "公孙大娘子"  # who leads an activity, who rang up: not registered
GUARDIAN, GUARDIAN_PHONE = "上官伯庸", "19955510099"
TEXTS = (LEADER, CALLER, GUARDIAN, GUARDIAN_PHONE)


@dataclass(frozen=True)
class Person:
    """Somebody on a sheet."""

    name: str
    document: str
    born: str
    phone: str
    team: str = "T01"
    consent: str = "是"
    guardian: tuple[str, str] = ("", "")

    @classmethod
    def made(cls, at: int, name: str, **more: Any) -> "Person":
        document = id_number(at)
        born = f"{document[6:10]}-{document[10:12]}-{document[12:14]}"
        return cls(name, document, born, f"199555{at:05d}", **more)

    @property
    def row(self) -> list[str]:
        own = [self.name, "居民身份证", self.document, self.born, self.phone, self.team]
        return [*own, self.consent, *self.guardian]

    @property
    def secrets(self) -> tuple[str, ...]:
        return self.name, self.document, self.phone, self.born


PEOPLE = [
    Person.made(1, "欧阳致远"),
    Person.made(2, "李𫖯文"),
    Person.made(3, "阿依古丽·买买提"),
    Person.made(4, "司马相如风", team="T02"),
    Person.made(5, "诸葛明亮", team="T02"),
    Person.made(6, "上官婉容", guardian=(GUARDIAN, GUARDIAN_PHONE)),
    Person.made(7, "令狐冲虚", consent="否"),  # refused, and may be kept nowhere
]
LATER = [Person.made(11, "慕容云海"), Person.made(12, "尉迟恭谨")]
HEADING = ["姓名", "证件类型", "证件号码", "出生日期", "手机号", "所属组织", "知情同意",
           "监护人", "监护人电话"]  # fmt: skip
ORGANISATIONS = [
    ["组织编号", "组织名称", "管理单位", "行政区划代码"],
    ["KX", "示例县科学技术协会", "", "419900"],
    ["T01", "科技志愿服务一队", "示例县科学技术协会", "419900"],
    ["T02", "科技志愿服务二队", "示例县科学技术协会", "419900"],
]
ACTIVITIES = [
    ["活动编号", "活动名称", "组织编号", "服务类别", "开始时间", "结束时间", "地点", "服务内容", "负责人"],
    ["A1", "科普讲座", "T01", "科普类", "2026-03-03 9:00", "2026-03-03 12:00", "社区", "讲座", LEADER],
    ["A2", "农技课堂", "T02", "科普类", "2026-03-04 9:00", "2026-03-04 12:00", "社区", "课堂", "诸葛明亮"],
    ["A3", "义诊", "T01", "民生类", "2026-06-03 9:00", "2026-06-03 12:00", "社区", "义诊", "李𫖯文"],
]  # fmt: skip
SIGNED = ["姓名", "手机号", "签到时间", "签退时间"]


def secrets() -> set[str]:
    return {text for one in (*PEOPLE, *LATER) for text in one.secrets} | set(TEXTS)


def attended(people: Iterable[Person], start: str, end: str) -> list[list[str]]:
    return [SIGNED, *([one.name, one.phone, start, end] for one in people)]


# --- what a name looks like ---------------------------------------------------------------------


def shapes(text: str) -> set[bytes]:
    """Return a text as bytes in every dress in which it might lie somewhere."""
    raw = {text.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")}
    found = raw | {part for one in raw for part in in_base64(one)}
    found |= {binascii.hexlify(one) for one in raw}
    found |= {quote(text).encode(), json.dumps(text).encode()[1:-1]}
    if text.isdigit():
        number = int(text)  # as SQLite keeps it
        found |= {number.to_bytes(size, "big") for size in (6, 8) if number < 256**size}
    # Shorter ones would be found by chance in what is random.
    assert min(map(len, found)) >= 6, text
    return found


def in_base64(data: bytes) -> Iterator[bytes]:
    """Give the characters that data has in base64, wherever it begins."""
    for before in range(3):
        code = base64.b64encode(b"\0" * before + data)
        yield code[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]


def named(data: bytes, texts: Iterable[str]) -> list[str]:
    """Return which texts lie in the data, in whatever dress."""
    return [text for text in texts if any(shape in data for shape in shapes(text))]


def leaks(files: Iterable[Path]) -> dict[str, list[str]]:
    found = {file.name: named(file.read_bytes(), secrets()) for file in files}
    return {name: texts for name, texts in found.items() if texts}


@pytest.mark.parametrize("code", ["utf-8", "utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("before", range(3))
def test_what_is_searched_for_would_be_found(code: str, before: int) -> None:
    for text in secrets():
        data = b"\1" * before + text.encode(code) + b"\2\3"
        for dressed in (data, base64.b64encode(data), binascii.hexlify(data)):
            assert named(b"{" + dressed + b"}", [text]) == [text]
    assert named(json.dumps(PEOPLE[1].name).encode(), secrets()) == [PEOPLE[1].name]
    assert named(b"abc" * 99, secrets()) == []


# --- a whole ledger -----------------------------------------------------------------------------


@dataclass
class Told:
    """A ledger that lived through a scenario, and everything that was printed meanwhile."""

    clerk: Clerk
    certificates: list[Path]
    printed: bytes


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Run the demonstration as a program of its own, so that nothing it prints is missed."""
    folder = tmp_path_factory.mktemp("县科协")
    clerk = Clerk(folder, now="2026-03-20T09:00:00+08:00")
    scenario = folder / "scenario"
    (scenario / "attendance").mkdir(parents=True)
    sheets = {
        "organisations.csv": ("2026-02-10T09:00:00+08:00", ORGANISATIONS),
        "volunteers.csv": ("2026-02-10T10:00:00+08:00", [HEADING, *(one.row for one in PEOPLE)]),
        "activities.csv": ("2026-02-11T09:00:00+08:00", ACTIVITIES),
        "attendance/A1.csv": ("2026-03-03T16:00:00+08:00", attended(
            [*PEOPLE[:3], PEOPLE[5], PEOPLE[6]], "2026-03-03 9:00", "2026-03-03 12:00")),
        "attendance/A2.csv": ("2026-03-04T16:00:00+08:00", attended(
            PEOPLE[3:5], "2026-03-04 9:00", "2026-03-04 11:00")),
    }  # fmt: skip
    for name, (_, rows) in sheets.items():
        clerk.sheet(f"scenario/{name}", rows)
    why = f"{CALLER}来电称{PEOPLE[3].name}不在场"
    event = {"at": "2026-03-05T09:00:00+08:00", "do": "object", "activity": "A2", "row": 1}
    clock = {name: at for name, (at, _) in sheets.items()}
    text = json.dumps({"clock": clock, "events": [{**event, "why": why, "upheld": True}]})
    (scenario / "clock.json").write_text(text, encoding="utf-8")
    command = [sys.executable, "-X", "utf8", str(ROOT / "cli.py"), "demo", str(scenario)]
    own = ["--home", str(clerk.home), "--guard", str(folder / "guard")]
    ran = subprocess.run([*command, *own], capture_output=True, check=False, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    papers = sorted((clerk.home / "certificates").glob("*.pdf"))
    assert len(papers) == 5
    return Told(clerk, papers, ran.stdout + ran.stderr)


@contextmanager
def kept_open(*files: Path) -> Iterator[None]:
    """Read from databases all the while, so that what is written stays in their WAL."""
    opened = [sqlite3.connect(file) for file in files]
    for one in opened:
        one.execute("BEGIN")
        one.execute("SELECT count(*) FROM sqlite_master").fetchone()
    yield
    for one in opened:
        one.close()


def files_of(clerk: Clerk) -> list[Path]:
    """Return every file but the sheets, and certificates, which show their holder."""
    found = [path for path in clerk.home.rglob("*") if path.is_file()]
    return [path for path in found if path.suffix != ".pdf"] + [clerk.folder / "guard"]


def copied(clerk: Clerk, folder: Path) -> Clerk:
    """Return a copy of a clerk's computer, to go on with."""
    shutil.copytree(clerk.folder, folder, dirs_exist_ok=True)
    return replace(clerk, folder=folder)


def test_the_sheets_named_everybody(told: Told) -> None:
    """What is looked for below was really there to be lost."""
    sheets = b"".join(file.read_bytes() for file in told.clerk.folder.glob("scenario/**/*.csv"))
    due = {text for one in PEOPLE for text in one.secrets} | {LEADER, GUARDIAN, GUARDIAN_PHONE}
    assert set(named(sheets, secrets())) == due
    assert (
        len([one for one in PEOPLE if told.clerk.run("volunteer", "find", one.phone).exit_code])
        == 1
    )


def test_the_demonstration_prints_nobody(told: Told) -> None:
    assert "示例县".encode() in told.printed
    assert named(told.printed, secrets()) == []


def test_no_file_names_anybody(told: Told) -> None:
    names = {path.name for path in files_of(told.clerk)}
    assert {"ledger.db", "vault.db", "trust.json", "00000006.tlog-proof", "guard"} <= names
    assert leaks(files_of(told.clerk)) == {}


def test_nothing_that_is_being_written_names_anybody(
    told: Told, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The WAL holds what has not reached the database; nor is anybody named in a log."""
    caplog.set_level(logging.DEBUG)
    here = copied(told.clerk, tmp_path)
    with kept_open(here.home / "ledger.db", here.home / "vault.db"):
        here.now = "2026-06-03T15:00:00+08:00"
        more = here.sheet("more.csv", [HEADING, *(one.row for one in LATER)])
        here("import", "volunteers", more)
        scan = here.folder / "scan.jpg"
        scan.write_bytes(LATER[0].name.encode())
        sheet = here.sheet("A3.csv", attended(PEOPLE[:3], "2026-06-03 9:00", "2026-06-03 12:00"))
        line = here("attend", sheet, "--attach", scan)["files"][0]["accepted"][0]["line"]
        here("notice", "open", "--all", "-o", here.folder / "list.xlsx")
        here("object", line, "--why", f"{CALLER}代{PEOPLE[0].name}来电")
        open_files = files_of(here)
        assert {"ledger.db-wal", "vault.db-wal"} <= {path.name for path in open_files}
        assert all(path.stat().st_size for path in open_files if path.suffix == ".db-wal")
        assert leaks(open_files) == {}
        assert named(members(here.folder / "list.xlsx"), secrets()) == []  # masked, to be pinned up
    assert named(caplog.text.encode(), secrets()) == []


QUIET = [
    ["audit"], ["status"], ["notice", "list"], ["notice", "close", "--due"], ["checkpoint"],
    ["officer", "list"], ["activity", "list"], ["rules", "show"],
    ["rules", "simulate", str(ROOT / "examples" / "rules.toml")],
]  # fmt: skip


@pytest.mark.parametrize("words", QUIET, ids=" ".join)
@pytest.mark.parametrize("json_", [[], ["--json"]], ids=["plain", "json"])
def test_a_command_that_needs_no_name_prints_none(
    told: Told, words: list[str], json_: list[str]
) -> None:
    for lang in ("zh", "en"):
        ran = told.clerk.run(*words, *json_, lang=lang)
        assert ran.exit_code == 0
        assert ran.stdout
        assert named((ran.stdout + ran.stderr).encode(), secrets()) == []


def test_a_backup_names_nobody(told: Told, tmp_path: Path) -> None:
    told.clerk("backup", tmp_path / "a.zip", "--vault", tmp_path / "vault.backup")
    assert leaks([tmp_path / "a.zip", tmp_path / "vault.backup"]) == {}
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = archive.namelist()
    assert "ledger.db" in names
    assert not [name for name in names if "vault" in name]
    assert named(members(tmp_path / "a.zip"), secrets()) == []


def members(file: Path) -> bytes:
    """Return what is in an archive, unpacked."""
    with zipfile.ZipFile(file) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


def test_a_certificate_s_proof_names_its_holder_once_and_nobody_else(told: Told) -> None:
    holders = set()
    for paper in told.certificates:
        proof = envelope.split(paper.read_bytes()).attachment
        (name,) = named(proof, secrets())
        holders.add(name)
        opened = json.loads(proof)["opening"]
        assert opened["name"]["value"] == name
        assert proof.count(name.encode()) == 1
    assert len(holders) == len(told.certificates)


REFUSED = [
    ["volunteer", "show", "V404"], ["activity", "cancel", "A404"], ["object", "9:9", "--why", CALLER],
    ["correct", "9999:1", "--why", CALLER], ["volunteer", "leave", "V404"],
    ["certificate", "issue", "V404", "-o", "x.pdf"], ["certificate", "revoke", "4-4", "--reason", "x"],
    ["--as", "T09/nobody", "activity", "cancel", "A3"],
]  # fmt: skip


@pytest.mark.parametrize("words", REFUSED)
def test_a_refusal_names_nobody(told: Told, words: list[str]) -> None:
    plain, data = told.clerk.run(*words), told.clerk.run(*words, "--json")
    assert plain.exit_code == data.exit_code == 1
    assert json.loads(data.stdout)["error"]["code"]
    assert plain.stdout == ""
    for text in (plain.stderr, data.stdout, data.stderr):
        assert named(text.encode(), secrets()) == []


def test_a_refused_row_is_shown_to_who_must_mend_it_and_not_logged_as_an_error(
    told: Told, tmp_path: Path
) -> None:
    bad = told.clerk.sheet("bad.csv", [HEADING, PEOPLE[6].row])
    ran = told.clerk.run("import", "volunteers", bad, "--refused", tmp_path / "a.xlsx")
    assert ran.exit_code == 1
    assert "consent.missing" in ran.stdout
    assert named(ran.stderr.encode(), secrets()) == []
    assert leaks(files_of(told.clerk)) == {}


# --- who is erased ------------------------------------------------------------------------------


def rows_about(file: Path, number: str) -> list[bytes]:
    """Return what the vault holds of a person, as it lies there."""
    mine = "SELECT commitment FROM about WHERE number = ?1"
    with closing(sqlite3.connect(file)) as vault:
        people = vault.execute("SELECT wrapped, sealed FROM people WHERE number = ?1", (number,))
        traits = vault.execute("SELECT hash, hash FROM traits WHERE number = ?1", (number,))
        kept = vault.execute(
            f"SELECT wrapped, sealed FROM kept WHERE commitment IN ({mine}) AND commitment NOT IN"
            " (SELECT commitment FROM about WHERE number <> ?1)", (number,)
        )  # fmt: skip
        found = [part for rows in (people, traits, kept) for row in rows.fetchall() for part in row]
    return [part.encode() if isinstance(part, str) else part for part in found]


def test_who_is_erased_is_nowhere_and_everything_still_verifies(told: Told, tmp_path: Path) -> None:
    here, gone = copied(told.clerk, tmp_path), PEOPLE[0]
    number = here("volunteer", "find", gone.name)["volunteers"][0]["number"]
    papers = [paper for paper in told.certificates
              if named(envelope.split(paper.read_bytes()).attachment, [gone.name])]  # fmt: skip
    rows = rows_about(here.home / "vault.db", number)
    assert len(rows) > 6
    before = b"".join(path.read_bytes() for path in here.home.glob("vault.db*"))
    assert all(row in before for row in rows)

    here("volunteer", "erase", number, "--reason", "request", "--yes")

    after = b"".join(path.read_bytes() for path in here.home.glob("vault.db*"))
    assert [row for row in rows if row in after] == []
    assert rows_about(here.home / "vault.db", number) == []
    for text in (gone.name, gone.document, gone.phone):
        assert here("volunteer", "find", text, code=1) == {"volunteers": []}
    shown = here("volunteer", "show", number)
    assert shown["name"] is None
    assert shown["state"] == "erased"
    assert shown["minutes"] > 0  # the record under the number stays
    assert here("audit")["findings"] == []
    (verdict,) = here("certificate", "verify", *papers)["results"]
    assert verdict["genuine"]
    assert verdict["logged"]
    assert leaks(files_of(here)) == {}
    others = [one for one in PEOPLE[1:6] if not here.run("volunteer", "find", one.name).exit_code]
    assert others == PEOPLE[1:6]
