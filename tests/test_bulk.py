"""Certificates for many: once each, whatever stops a run, and every one verifies.

Holds certificates.bulk, certificates.commands.many, certificates.commands.looking.
"""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from PIL import Image

from certificates import bulk
from certificates import issue as issuing
from certificates.commands import many
from certificates.issue import Issued
from certificates.work import Work
from ledger.durable import lock
from tests.clerk import Clerk, volunteers

COUNT = 24
NAMES = [f"甄{first}{second}" for first in "安宁平乐康健" for second in "一二三四"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """An association in which two dozen people served one morning."""
    clerk = Clerk(tmp_path_factory.mktemp("served"))
    clerk.begin()
    clerk("import", "volunteers", clerk.sheet("更多.csv", volunteers(NAMES, since=100)))
    clerk.confirmed(*NAMES)
    return clerk


@pytest.fixture
def here(served: Clerk, tmp_path: Path) -> Clerk:
    return served.copied(tmp_path / "pc")


def numbers(here: Clerk) -> list[str]:
    """Return the numbers of those who served."""
    return [here("volunteer", "find", name)["volunteers"][0]["number"] for name in NAMES[:2]]


def refusal(here: Clerk, *words: object) -> dict[str, str]:
    """Return the error with which a command is refused."""
    found: dict[str, str] = here(*words, code=1)["error"]
    return found


def files(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as found:
        return {name: found.read(name) for name in found.namelist()}


def index(data: bytes) -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(BytesIO(data)).active
    assert sheet
    rows = [tuple(cell.value for cell in row) for row in sheet.iter_rows()]
    at = next(n for n, row in enumerate(rows) if row[0] == "志愿者编号")
    return rows[at + 1 :]


def test_everybody_gets_one_and_the_index_lists_it(here: Clerk, tmp_path: Path) -> None:
    made = here("certificate", "issue", "--all", "-o", tmp_path / "all.zip")
    found = files(tmp_path / "all.zip")
    rows = index(found.pop("目录.xlsx"))
    assert made["issued"] == len(found) == len(rows) == COUNT
    assert {row[4] for row in rows} == set(found)
    (tmp_path / "one.pdf").write_bytes(next(iter(found.values())))
    verdict = here("certificate", "verify", tmp_path / "one.pdf")["results"][0]
    assert verdict["genuine"]
    assert verdict["logged"]
    assert here("audit")["findings"] == []


def test_other_processes_make_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a batch under way while another is logged, and one among them that cannot be drawn."""
    monkeypatch.setattr(many, "_FEW", 1)
    monkeypatch.setattr(bulk, "AT_ONCE", 3)
    names = [*NAMES[:4], "王\ue000", *NAMES[4:8]]
    here = Clerk(tmp_path / "pc")
    here.begin()
    here("import", "volunteers", here.sheet("更多.csv", volunteers(names, since=100)))
    here.confirmed(*names)
    made = here("certificate", "issue", "--all", "-o", tmp_path / "all.zip", code=1)
    assert [row["code"] for row in made["refused"]] == ["certificate.glyph"]
    found = sorted(row["certificate"] for row in made["certificates"])
    assert [int(number.split("-")[-2]) for number in found] == list(range(1, len(names)))
    assert here("audit")["findings"] == []


def test_with_helping_processes_nothing_is_drawn_here(
    here: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch whose numbers are wrong is drawn again, here and alone: all would be right, and slow."""
    monkeypatch.setattr(many, "_FEW", 1)
    monkeypatch.setattr(bulk, "AT_ONCE", 5)
    monkeypatch.setattr(issuing, "render", None)  # the others have their own
    made = here("certificate", "issue", "--all", "-o", tmp_path / "all.zip")
    assert made["issued"] == COUNT


def test_a_list_may_name_people_who_have_nothing(here: Clerk, tmp_path: Path) -> None:
    number = numbers(here)[0]
    names = tmp_path / "名单.csv"
    names.write_text(f"编号,备注\n{number},甲\nV0000000000,没有此人\n", "utf-8")
    made = here("certificate", "issue", "--list", names, "-o", tmp_path / "some", code=1)
    assert made["issued"] == 1
    assert [row["volunteer"] for row in made["refused"]] == ["V0000000000"]
    assert sorted(each.suffix for each in (tmp_path / "some").iterdir()) == [".pdf", ".xlsx"]
    rows = index((tmp_path / "some" / "目录.xlsx").read_bytes())
    assert rows[-1][0] == "V0000000000"
    assert "未登记" in str(rows[-1][5])


def test_a_list_without_numbers_is_refused(here: Clerk, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("张三\n李四\n", "utf-8")
    said = refusal(
        here, "certificate", "issue", "--list", tmp_path / "empty.txt", "-o", tmp_path / "x"
    )
    assert said["code"] == "list.empty"


def test_a_line_that_names_nobody_is_said(here: Clerk, tmp_path: Path) -> None:
    """A digit lost or one too many is nobody's number, and never another's; letters are folded."""
    number = numbers(here)[0]
    names = tmp_path / "names.txt"
    names.write_text(f"黄敏\n{number[:-1]}\n{number}1\n{number.lower()}\n\n韩艳\n", "utf-8")
    made = here("certificate", "issue", "--list", names, "-o", tmp_path / "some", code=1)
    assert [one["volunteer"] for one in made["certificates"]] == [number]
    lines = sorted(row["message"].split(" of ")[0] for row in made["refused"])
    assert lines == ["line 1", "line 2", "line 3", "line 6"]
    assert len(index((tmp_path / "some" / "目录.xlsx").read_bytes())) == 5


def test_a_heading_names_nobody_and_is_none(here: Clerk, tmp_path: Path) -> None:
    names = tmp_path / "names.csv"
    names.write_text(f"志愿者名单\n姓名,编号\n甄,{numbers(here)[0]}\n", "utf-8")
    made = here("certificate", "issue", "--list", names, "-o", tmp_path / "some")
    assert (made["issued"], made["refused"]) == (1, [])


class Stopped(BaseException):
    """What a kill is, as far as the program can tell."""


def stop_after(count: int, monkeypatch: pytest.MonkeyPatch, run: Callable[[], object]) -> None:
    """Run what is stopped when it has written so many files."""
    written = 0
    finish = Work.finish

    def stopping(work: Work, one: Issued) -> None:
        nonlocal written
        if written == count:
            raise Stopped
        written += 1
        finish(work, one)

    with monkeypatch.context() as patched:
        patched.setattr(bulk, "AT_ONCE", 8)
        patched.setattr(Work, "finish", stopping)
        with pytest.raises(Stopped):
            run()


@pytest.mark.parametrize("count", [8, 13])
def test_what_was_stopped_is_taken_up_and_nobody_is_certified_twice(
    here: Clerk, tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped between log and file, or among the files: the pages are sealed, the rest is issued."""
    words = ("certificate", "issue", "--all", "-o", tmp_path / "all.zip")
    stop_after(count, monkeypatch, lambda: here(*words))
    part = tmp_path / "all.zip.part"
    broken = min(part.glob("*.pdf"))
    broken.write_bytes(broken.read_bytes()[:1000])  # as a power cut leaves it
    made = here(*words)
    found = files(tmp_path / "all.zip")
    rows = index(found.pop("目录.xlsx"))
    assert made["earlier"] == count - 1
    assert len({row[0] for row in rows}) == len({row[2] for row in rows}) == len(found) == COUNT
    for name, data in found.items():
        (tmp_path / name).write_bytes(data)
    results = here("certificate", "verify", *(tmp_path / name for name in found))["results"]
    assert all(one["genuine"] and one["logged"] for one in results)
    assert {one["certificate"]["volunteer"] for one in results} == {row[0] for row in rows}
    numbers = sorted(str(row[2]).split("-")[-2] for row in rows)
    assert numbers == [f"{n:06d}" for n in range(1, COUNT + 1)]  # nobody was certified twice
    assert not part.exists()


def test_one_certificate_is_taken_up_too(
    here: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Logged, and stopped before its file was there: the same command makes that file."""
    words = ("certificate", "issue", numbers(here)[0], "-o", tmp_path / "one.pdf")
    stop_after(0, monkeypatch, lambda: here(*words))
    assert not (tmp_path / "one.pdf").exists()
    made = here(*words)
    assert [path.name for path in tmp_path.glob("one*")] == ["one.pdf"]
    found = here("certificate", "verify", tmp_path / "one.pdf")["results"][0]["certificate"]
    assert found["number"] == made["certificate"]
    assert found["number"].split("-")[-2] == "000001"
    assert refusal(here, *words)["code"] == "file.exists"


def test_what_is_taken_up_is_what_was_asked_for(
    here: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("certificate", "issue", "--all", "-o", tmp_path / "all")
    stop_after(2, monkeypatch, lambda: here(*words))
    assert refusal(here, *words, "--language", "en")["code"] == "work.other"
    assert here(*words)["earlier"] == 2


def test_two_runs_do_not_work_in_one_folder(here: Clerk, tmp_path: Path) -> None:
    words = ("certificate", "issue", "--all", "-o", tmp_path / "all")
    (tmp_path / "all.part").mkdir()
    with (tmp_path / "all.part" / "lock").open("ab") as held:
        assert lock(held)
        assert refusal(here, *words)["code"] == "work.busy"
    assert here(*words)["issued"] == COUNT


def test_one_who_was_erased_meanwhile_keeps_nobody_from_his_own(
    here: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("certificate", "issue", "--all", "-o", tmp_path / "all")
    stop_after(3, monkeypatch, lambda: here(*words))
    done = {path.stem.rpartition("-")[2] for path in (tmp_path / "all.part").glob("*.pdf")}
    logged = {one["volunteer"] for one in here("certificate", "list")["certificates"]}
    number = min(logged - done)  # whose page lies there, and no file yet
    here("volunteer", "erase", number, "--reason", "request", "--yes")
    made = here(*words, code=1)
    assert [row["volunteer"] for row in made["refused"]] == [number]
    assert len(list((tmp_path / "all").glob("*.pdf"))) == COUNT - 1
    issued = here("audit")
    assert issued["findings"] == []


@pytest.mark.parametrize("name", ["", ".", "..", "/"])
def test_what_names_no_file_is_refused(here: Clerk, name: str) -> None:
    said = refusal(here, "certificate", "issue", numbers(here)[0], "-o", name)
    assert said["code"] in ("file.name", "file.exists")


def test_a_run_that_is_killed_is_taken_up(here: Clerk, tmp_path: Path) -> None:
    words = [*here.own, "--json", "certificate", "issue", "--all", "-o", str(tmp_path / "all")]
    run = [sys.executable, "-c", "import cli; cli.run()", *words]
    root = Path(__file__).resolve().parents[1]
    process = subprocess.Popen(run, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    part = tmp_path / "all.part"
    for _ in range(600):
        if process.poll() is not None or len(list(part.glob("*.pdf"))) > 3:
            break
        time.sleep(0.02)
    if os.name != "nt":
        process.send_signal(signal.SIGKILL)
    process.wait()
    if part.exists():
        subprocess.run(run, cwd=root, check=True, capture_output=True)
    assert len(list((tmp_path / "all").glob("*.pdf"))) == COUNT
    assert here("audit")["findings"] == []


def test_what_is_there_is_never_written_over(here: Clerk, tmp_path: Path) -> None:
    (tmp_path / "all.zip").write_bytes(b"mine")
    said = refusal(here, "certificate", "issue", "--all", "-o", tmp_path / "all.zip")
    assert said["code"] == "file.exists"
    assert (tmp_path / "all.zip").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "words",
    [(), ("V1", "--all"), ("--all", "--format", "vc"), ("--all", "--replaces", "X")],
)
def test_one_or_many(here: Clerk, tmp_path: Path, words: tuple[str, ...]) -> None:
    here("certificate", "issue", *words, "-o", tmp_path / "x", code=2)


# --- how they look -------------------------------------------------------------------------------


def test_the_unit_says_how_its_certificates_look(here: Clerk, tmp_path: Path) -> None:
    stamp = Image.new("RGBA", (200, 200))
    stamp.paste((200, 0, 0, 255), (50, 50, 150, 150))
    stamp.save(here.home / "印章.png")
    with (here.home / "association.toml").open("a", encoding="utf-8") as out:
        out.write('\nseal_picture = "印章.png"\nlogo = "印章.png"\n')
    settings = (here.home / "association.toml").read_text("utf-8")
    for name in ("seal_picture", "logo"):
        settings = settings.replace(f'{name} = ""', f"# {name}", 1)
    settings = settings.replace('language = ""', 'language = "both"')
    (here.home / "association.toml").write_text(settings, "utf-8")
    number, out_ = numbers(here)[0], tmp_path / "one.pdf"
    words = ("--seal", "--template", "plain")
    here("certificate", "issue", number, "-o", out_, *words)
    data = out_.read_bytes()
    assert data.count(b"/Subtype /Image") >= 2
    assert here("certificate", "verify", out_)["results"][0]["genuine"]


def test_no_seal_is_drawn_that_the_unit_did_not_give(here: Clerk, tmp_path: Path) -> None:
    number = numbers(here)[0]
    said = refusal(here, "certificate", "issue", number, "-o", tmp_path / "x.pdf", "--seal")
    assert said["code"] == "seal.none"
    said = refusal(
        here, "certificate", "issue", number, "-o", tmp_path / "x.pdf", "--template", "fine"
    )
    assert said["code"] == "look.unknown"


def test_a_design_of_ones_own(here: Clerk, tmp_path: Path) -> None:
    from importlib.resources import files as resources

    own = resources("certificates").joinpath("templates", "classic.toml").read_text("utf-8")
    (tmp_path / "own.toml").write_text(own.replace("#991719", "#224488"), "utf-8")
    number = numbers(here)[0]
    here(
        "certificate",
        "issue",
        number,
        "-o",
        tmp_path / "x.pdf",
        "--template",
        tmp_path / "own.toml",
    )
    assert here("certificate", "verify", tmp_path / "x.pdf")["results"][0]["genuine"]
    pale = own.replace("#991719", "#FFEE88").replace("title_size = 35.0", "title_size = 350.0")
    (tmp_path / "own.toml").write_text(pale, "utf-8")
    said = refusal(
        here,
        "certificate",
        "issue",
        number,
        "-o",
        tmp_path / "y.pdf",
        "--template",
        tmp_path / "own.toml",
    )
    assert said["code"] == "template.wrong"
    assert "accent" in said["message"]
    assert "title_size" in said["message"]  # everything that is wrong, at once
    assert json.dumps(said)
