"""The front door: help, languages, exit codes, JSON, poor consoles, and a world that is wrong.

Holds `cli.py` and what every command shares: ledger.commands.console, ledger.commands.opening,
ledger.commands.output, ledger.commands.tables, ledger.commands.usage, ledger.commands.wings,
ledger.commands.world.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import click
import pytest

import cli
from ledger.commands import tables
from ledger.commands.wings import Wing
from ledger.commands.world import World
from ledger.errors import Unsafe
from ledger.sheets import containers
from ledger.store.database import Store
from ledger.store.engine import file_url
from ledger.times import CST
from tests.clerk import Clerk, attendance, run, volunteers
from tests.conftest import ROOT
from tests.sheets_files import xls, xlsx

REAL = "2026-03-02T09:00:00+08:00"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("founded"))
    clerk.begin()
    return clerk


@pytest.fixture
def here(founded: Clerk, tmp_path: Path) -> Clerk:
    """Give a ledger at work, of the test's own."""
    return founded.copied(tmp_path)


def commands() -> Iterator[tuple[str, ...]]:
    """Give every command and every group, as people type them."""
    yield ()
    for name in cli.COMMANDS:
        yield (name,)
        found = cli.main.get_command(click.Context(cli.main), name)
        if isinstance(found, click.Group):
            for below in found.list_commands(click.Context(found)):
                yield name, below


ALL = list(commands())


def program(*words: object, **settings: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program as a process of its own."""
    command = [sys.executable, str(ROOT / "cli.py"), *map(str, words)]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONIOENCODING"}
    return subprocess.run(command, env={**kept, **settings}, capture_output=True, check=False)


# --- help and usage ------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_help_is_there_wherever_global_options_stand(words: tuple[str, ...]) -> None:
    before = run("--lang", "en", "--json", *words, "--help")
    after = run(*words, "--help", "--json", "--lang=en")
    assert (before.exit_code, after.exit_code) == (0, 0)
    assert before.stdout == after.stdout
    assert " ".join(["Usage: main", *words]) in before.stdout


def test_every_command_has_a_summary_in_two_languages() -> None:
    assert list(cli.SUMMARIES) == list(cli.COMMANDS)
    said = run("--help").stdout
    for name, words in cli.SUMMARIES.items():
        chinese, _, english = words.partition(" · ")
        assert chinese
        assert english
        assert name in said


def test_commands_live_in_the_rooms_for_them() -> None:
    rooms = {place.partition(":")[0] for place in cli.COMMANDS.values()}
    assert rooms == {
        "certificates.commands.authority",
        "certificates.commands.anchoring",
        "certificates.commands.auditing",
        "certificates.commands.recovering",
        "certificates.commands.wing",
        "ledger.commands.attendance",
        "certificates.commands.closings",
        "certificates.commands.crediting",
        "certificates.commands.fonts",
        "ledger.commands.keeping",
        "ledger.commands.notices",
        "ledger.commands.publishing",
        "ledger.commands.registers",
        "ledger.commands.volunteers",
        "ledger.commands.rules",
        "ledger.commands.setup",
        "ledger.commands.stars",
        "ledger.commands.taking",
        "ledger.commands.witness",
    }


def test_help_waits_for_no_library() -> None:
    """What costs is imported by the command that needs it."""
    code = "import sys, cli; cli._global_first(sys.argv); print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )
    heavy = {"sqlalchemy", "reportlab", "pydantic", "rich", "cryptography", "alembic"}
    assert heavy & set(found.stdout.split()) == set()


@pytest.mark.parametrize("name", ["audit", "checkpoint", "prove", "publish", "witness"])
def test_help_of_a_command_waits_for_no_database(name: str) -> None:
    code = (
        "import atexit, sys, cli; atexit.register(lambda: print(*sys.modules));"
        f" cli.main.main([{name!r}, '--help'])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert f" {name} [OPTIONS]" in found.stdout
    heavy = {"sqlalchemy", "reportlab", "rich", "alembic", "xlsxwriter", "ledger.admit"}
    assert heavy & set(found.stdout.split()) == set()


@pytest.mark.parametrize("wing", ["audit", "witness"])
def test_a_wing_says_in_two_languages_what_is_in_its_rooms(wing: str) -> None:
    found = cli.main.get_command(click.Context(cli.main), wing)
    assert isinstance(found, Wing)
    for name, room in found.rooms.items():
        chinese, _, english = room.summary.partition(" · ")
        assert chinese
        assert english
        command = found.get_command(click.Context(found), name)
        assert command
        assert command.name == name


WRONG_USAGE = {
    "unknown command": (("stats",), "没有命令 stats"),
    "unknown option": (("status", "--fast"), "没有选项 --fast"),
    "an option nearly right": (
        ("attend", "--evidense"),
        "没有选项 --evidense，是否指 --evidence？",
    ),
    "no command": (("officer",), "请写明命令"),
    "missing argument": (("attend",), "缺少参数 FILES"),
    "missing choice": (("template", "-o", "a.xlsx"), "缺少参数 KIND，可选 organisations、"),
    "missing option": (("certificate", "issue", "V1"), "缺少选项 -o / --output"),
    "missing value": (("template", "volunteers", "-o"), "选项 -o 后面须写明值"),
    "missing global value": (("status", "--home"), "选项 --home 后面须写明值"),
    "a value too many": (("notice", "open", "--all=1"), "选项 --all 后面不带值"),
    "a word too many": (("status", "now", "then"), "多出了 now then"),
    "bad choice": (("officer", "add", "king"), "ROLE 的值 'king' 不对，可选 recorder、"),
    "bad number": (("notice", "open", "x"), "ENTRIES 的值 'x' 不对，须为 0 以上的整数"),
    "number too low": (
        ("replace", "1:1", "--why", "x", "--minutes", "0"),
        "--minutes 的值 0 不对，须为 1 以上的整数",
    ),
    "number too high": (
        ("credit", "redeem", "--days", "400"),
        "--days 的值 400 不对，须为 1 至 366 的整数",
    ),
    "a folder for a file": (("submit", "."), "FILE 的值 '.' 不对，须为文件"),
    "a file for a folder": (("demo", "letter.json"), "须为文件夹"),
    "neither entry nor all": (("notice", "open"), "请写明条目号，或使用 --all"),
    "both entry and all": (("notice", "open", "1", "--all"), "请写明条目号，或使用 --all"),
    "neither entry nor due": (("notice", "close"), "请写明条目号，或使用 --due"),
    "sign without a key": (("sign", "letter.json"), "请指明密钥"),
    "bad language": (("status", "--lang", "fr"), "--lang 的值 'fr' 不对，可选 zh、en"),
    "bad evidence": (("attend", "a.xlsx", "--evidence", "Z"), "可选 A、B、C、L"),
}


@pytest.mark.parametrize("name", WRONG_USAGE)
def test_wrong_usage_is_told_in_either_language(
    here: Clerk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = here.folder / "letter.json"
    letter.write_bytes(b'{"format":"volunteer-ledger/letters@v1","letters":[]}')
    words, chinese = WRONG_USAGE[name]
    words = tuple(str(letter) if word == "letter.json" else word for word in words)
    for locale, mark in (("zh_CN.UTF-8", "错误："), ("en_GB.UTF-8", "Error: ")):
        monkeypatch.setenv("LC_ALL", locale)
        ran = run(*here.own, *words)
        assert (ran.exit_code, ran.stdout) == (2, "")
        answer = run(*here.own, "--json", *words)
        assert (answer.exit_code, answer.stderr) == (2, "")
        error = json.loads(answer.stdout)["error"]
        assert error["code"] == "usage"
        for said in (ran.stderr.partition(mark)[2], error["message"]):
            assert said
            assert (chinese in said) == (mark == "错误：")


def test_wrong_usage_speaks_the_language_asked_for(here: Clerk) -> None:
    assert "错误：没有命令 stats" in here.run("stats", lang="zh").stderr
    assert "No such command 'stats'" in here.run("stats", lang="en").stderr
    assert "错误" in run("stats", "--lang=zh").stderr


def test_who_lets_go_of_the_keyboard_stops_it(here: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: World) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(World, "moment", interrupted)
    ran = run("--home", here.folder / "neu", "init", "--origin", "x.cn", "--organisation", "X",
              "--name", "X")  # fmt: skip
    assert (ran.exit_code, "已中止 · aborted" in ran.stderr) == (1, True)


def test_the_version_is_told() -> None:
    ran = run("--version")
    assert ran.exit_code == 0
    assert "0.1.0" in ran.stdout


def test_a_word_after_two_dashes_is_no_option(here: Clerk) -> None:
    ran = here.run("volunteer", "find", "--", "--json")
    assert (ran.exit_code, "nobody found" in ran.stdout) == (1, True)


# --- answers -------------------------------------------------------------------------------------


ANSWERED = (
    ("status",), ("officer", "list"), ("activity", "list"), ("notice", "list"), ("rules", "show"),
    ("checkpoint",), ("audit",), ("volunteer", "find", "张三"), ("notice", "close", "--due"),
    ("volunteer", "find", "无此人"), ("volunteer", "show", "V0"), ("object", "9", "--why", "x"),
    ("rules", "presets"), ("rules", "diff", "1"), ("rules", "diff", "9"), ("rules", "check", "none"),
    ("attend", "none.xlsx"), ("correct", "1:1", "--why", "x"), ("certificate", "revoke", "1",
    "--reason", "error"),
)  # fmt: skip


@pytest.mark.parametrize("words", ANSWERED, ids=" ".join)
def test_json_is_one_object_and_nothing_else(founded: Clerk, words: tuple[str, ...]) -> None:
    for options in (("--json", *words), (*words, "--json")):
        ran = founded.run(*options)
        assert isinstance(json.loads(ran.stdout), dict)
        assert ran.stderr == ""
        assert ran.exit_code == (1 if "error" in ran.stdout or "无此人" in words else 0)


@pytest.mark.parametrize("words", ANSWERED, ids=" ".join)
def test_each_language_is_spoken(founded: Clerk, words: tuple[str, ...]) -> None:
    """A Chinese answer has Chinese words, an English one only the names that are Chinese."""
    chinese, english = (founded.run(*words, lang=lang) for lang in ("zh", "en"))
    assert chinese.exit_code == english.exit_code
    if words != ("checkpoint",):
        assert chinese.output != english.output
        assert hanzi(chinese.output)


def hanzi(text: str) -> int:
    return sum("一" <= sign <= "鿿" for sign in text)


def test_the_language_is_the_locales(founded: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    for locale, word in (("zh_CN.UTF-8", "没有待办事项"), ("en_GB.UTF-8", "nothing waits")):
        monkeypatch.setenv("LANG", locale)
        assert word in run(*founded.own, "status").stdout


def test_a_refusal_has_a_sentence_and_a_code(founded: Clerk) -> None:
    ran = founded.run("volunteer", "show", "V0")
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "[volunteer.unknown]" in ran.stderr
    assert "V0" in ran.stderr


# --- poor consoles -------------------------------------------------------------------------------


RARE = "李𫖯"  # U+2B5AF: in no code page


@pytest.fixture(scope="module")
def rare(founded: Clerk, tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = founded.copied(tmp_path_factory.mktemp("rare"))
    rows = [row for row in volunteers([*founded.numbers, RARE]) if row[0] not in founded.numbers]
    clerk("import", "volunteers", clerk.sheet("新人.csv", rows))
    return clerk


@pytest.mark.parametrize(
    ("encoding", "shown"), [("gbk", "李□"), ("gb18030", RARE), ("utf-8", RARE), ("ascii", "??")]
)
def test_a_console_without_the_character_shows_a_box(
    rare: Clerk, encoding: str, shown: str
) -> None:
    ran = program(*rare.own, "--lang", "zh", "volunteer", "find", RARE, PYTHONIOENCODING=encoding)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert shown in ran.stdout.decode(encoding)


def test_json_of_a_poor_console_still_parses(rare: Clerk) -> None:
    ran = program(*rare.own, "--json", "volunteer", "find", RARE, PYTHONIOENCODING="ascii")
    assert len(json.loads(ran.stdout)["volunteers"]) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
def test_a_narrow_terminal_is_kept_to(founded: Clerk) -> None:
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, str(ROOT / "cli.py"), *founded.own, "volunteer", "find", "张三"]
    settings = {**os.environ, "COLUMNS": "60", "LINES": "40", "TERM": "dumb"}
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=settings)
    process.wait()
    os.close(theirs)
    text = os.read(ours, 65536).decode()
    os.close(ours)
    assert process.returncode == 0
    assert max(map(cells, text.splitlines())) <= 60
    assert founded.numbers["张三"] in text


HEADINGS = ("编号", "name", "开始", "state")
SHORT = ("A001", "科普讲座进社区（第1期）", "2026-03-02 13:00", "")
LONG = ("HUODONG-2026-0001", "青少年科学实验营暨社区老年人智能手机使用培训", "2026-05-11 14:00", "")
ROWS = {"short": [SHORT], "long": [SHORT, LONG], "states": [LONG, (*SHORT[:3], "cancelled")]}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_a_table_keeps_to_any_width_and_leaves_nothing_out(
    rows: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    shapes = set()
    for width in range(10, 130):
        tables.show(HEADINGS, rows, width)
        lines = capsys.readouterr().out.splitlines()
        said = "".join("\n".join(lines).split())
        shapes.add("──" in said)
        assert "──" not in said or max(map(cells, lines)) <= width
        for row in rows:
            assert [cell for cell in (row[0], row[2], row[3]) if not has(lines, cell)] == []
            assert set(row[1]) <= set(said)
        assert ("state" in said) == any(row[3] for row in rows)
    assert shapes == {True, False}


def has(lines: list[str], cell: str) -> bool:
    return any(cell in line for line in lines)


def test_a_table_without_rows_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    World().table([("one", "一"), ("two", "二")], [])
    assert capsys.readouterr().out == ""


def cells(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


# --- a world that is wrong -----------------------------------------------------------------------


NEEDS_A_LEDGER = (
    ("status",), ("audit",), ("checkpoint",), ("officer", "list"), ("backup", "b.zip"),
    ("volunteer", "find", "x"), ("notice", "list"), ("export", "hours", "-o", "h.xlsx"),
)  # fmt: skip


@pytest.mark.parametrize("words", NEEDS_A_LEDGER, ids=" ".join)
def test_a_home_without_a_ledger_is_named(tmp_path: Path, words: tuple[str, ...]) -> None:
    nobody = Clerk(tmp_path)
    answer = nobody(*words, code=1)
    assert answer["error"]["code"] == "home.missing"
    assert str(nobody.home) in answer["error"]["message"]
    assert list(tmp_path.iterdir()) == []


def test_init_writes_over_no_ledger(here: Clerk) -> None:
    before = (here.home / "trust.json").read_bytes()
    order = ("init", "--origin", "x.cn", "--organisation", "X", "--name", "X", "--simulated-clock")
    assert here.refused(*order) == "home.exists"
    assert (here.home / "trust.json").read_bytes() == before


def test_a_wrong_passphrase_is_refused(here: Clerk) -> None:
    word = here.folder / "口令.txt"
    word.write_text("falsch\n", encoding="utf-8")
    key = here.home / "keys" / "KX+recorder1.pem"
    ran = here.run("--as", "KX/recorder1", "--key", key, "--passphrase-file", word,
                   "activity", "cancel", "A1")  # fmt: skip
    assert ran.exit_code == 1
    assert "passphrase" in ran.stderr
    assert "falsch" not in ran.output
    assert here("activity", "list")["activities"][0]["cancelled"] is False


def test_a_passphrase_that_nobody_gives_is_asked_for(here: Clerk) -> None:
    (here.home / "keys" / "KX+recorder1.passphrase").unlink()
    assert here.refused("activity", "cancel", "A1") == "key.passphrase"


def test_a_missing_guard_signs_nothing(here: Clerk) -> None:
    before = here("checkpoint")["checkpoint"]
    (here.folder / "guard").unlink()
    assert here.refused("activity", "cancel", "A1") == "guard.missing"
    assert here("checkpoint")["checkpoint"] == before
    assert not (here.folder / "guard").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the state folder is elsewhere")
def test_the_guard_lies_outside_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    ran = run("--home", tmp_path / "h", "--now", REAL, "init", "--origin", "x.cn",
              "--organisation", "X", "--name", "X", "--simulated-clock")  # fmt: skip
    assert ran.exit_code == 0
    (guard,) = (tmp_path / "state").rglob("guard-*")
    assert guard.stat().st_size == 208


# --- a medium that nobody can write to ------------------------------------------------------------


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """Let nobody make a file in a folder: root is bound by no permission, only by an attribute."""
    if sys.platform == "win32":
        pytest.skip("a folder's read-only flag binds nobody on Windows")
    tool = shutil.which("chattr") if os.geteuid() == 0 else None
    sealed, opened = (["+i"], ["-i"]) if tool else (["555"], ["755"])
    command = [tool or "chmod"]
    done = subprocess.run([*command, *sealed, folder], capture_output=True, check=False)
    try:
        if done.returncode or os.access(folder, os.W_OK):
            pytest.skip(f"no folder can be closed here: {done.stderr.decode() or 'run by root'}")
        yield
    finally:
        subprocess.run([*command, *opened, folder], capture_output=True, check=False)


def test_what_only_reads_works_where_nothing_can_be_written(here: Clerk) -> None:
    here.confirmed("张三")
    _, paper = here.certificate(here.numbers["张三"])
    with unwritable(here.home):
        assert here("audit")["findings"] == []
        assert here("status")["waiting"] == []
        assert here("volunteer", "find", "张三")["volunteers"][0]["minutes"] == 180
        assert here.verdict(paper)["genuine"]
        here("export", "hours", "-o", here.folder / "时长.xlsx")
        assert here.refused("volunteer", "leave", here.numbers["张三"]) == "store.readonly"
    assert here("volunteer", "leave", here.numbers["张三"])
    assert here("audit")["findings"] == []


def test_who_only_reads_is_told_that_somebody_wrote_meanwhile(here: Clerk) -> None:
    with unwritable(here.home):
        store = Store.open(file_url(here.home / "ledger.db"))
        with pytest.raises(Unsafe) as refusal, store.reading():
            os.utime(here.home / "ledger.db")
        store.close()
    assert refusal.value.code == "store.busy"


def test_a_log_that_could_not_be_read_there_is_not_passed_over(here: Clerk) -> None:
    (here.home / "ledger.db-wal").write_bytes(bytes(4152))
    with unwritable(here.home):
        error = here("audit", code=1)["error"]
    assert error["code"] == "store.readonly"
    assert "copy the whole folder" in error["message"]


# --- the clock -----------------------------------------------------------------------------------


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clerk:
    """Give a ledger whose clock is the computer's, set to a day of the test's own."""
    set_clock(monkeypatch, 0)
    clerk = Clerk(tmp_path, now="")
    clerk("init", "--origin", "x.cn", "--organisation", "X", "--name", "X")
    return clerk


def set_clock(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    now = datetime(2026, 3, 2, 9, tzinfo=CST) + timedelta(days=days)
    monkeypatch.setattr(World, "moment", lambda _: now)


@pytest.mark.parametrize("days", [-1, -400, 32, 4000])
def test_a_wrong_clock_signs_nothing(
    real: Clerk, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    set_clock(monkeypatch, days)
    code = "clock.ahead" if days > 0 else "clock.behind"
    assert real.refused("officer", "add", "auditor") == code
    if days > 0:
        real("officer", "add", "auditor", "--clock-is-right")
    else:
        assert real.refused("officer", "add", "auditor", "--clock-is-right") == code


def test_no_time_is_given_to_a_real_clock(real: Clerk) -> None:
    ran = real.run("--now", REAL, "status")
    assert (ran.exit_code, "simulated" in ran.stderr) == (2, True)


def test_a_simulated_clock_needs_a_time(tmp_path: Path) -> None:
    nobody = Clerk(tmp_path, now="")
    ran = nobody.run("init", "--origin", "x.cn", "--organisation", "X", "--name", "X",
                     "--simulated-clock")  # fmt: skip
    assert (ran.exit_code, "--now" in ran.stderr) == (2, True)


@pytest.mark.parametrize("text", ["yesterday", "2026-03-02", "2026-02-30T09:00:00+08:00"])
def test_a_time_that_is_none_is_refused(here: Clerk, text: str) -> None:
    here.now = text
    assert here.refused("status") in ("malformed", "time.unreadable")


# --- bad files -----------------------------------------------------------------------------------


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as book:
        book.writestr("xl/workbook.xml", bytes(containers.MAX_UNPACKED + 1))
    return out.getvalue()


BAD: dict[str, Callable[[], bytes]] = {
    "sheet.empty": lambda: b"",
    "sheet.wrong_type": lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "sheet.encrypted": lambda: xls([], "EncryptedPackage"),
    "sheet.zip_bomb": bomb,
    "sheet.too_big": lambda: b"a," * (containers.MAX_FILE // 2 + 1),
    "sheet.corrupt": lambda: xlsx([["姓名"]])[:300],
    "sheet.no_headings": "随便,写的\n什么,也没有\n".encode,
}


@pytest.mark.parametrize("code", BAD)
@pytest.mark.parametrize("order", ["volunteers", "attend"])
def test_a_bad_file_is_named_and_nothing_is_written(
    founded: Clerk, tmp_path: Path, code: str, order: str
) -> None:
    file = tmp_path / "坏.xlsx"
    file.write_bytes(BAD[code]())
    before = founded("checkpoint")["checkpoint"]
    words = ("attend", file, "--activity", "A1") if order == "attend" else ("import", order, file)
    error = founded(*words, code=1)["error"]
    assert error["code"] == code
    assert "坏.xlsx" in error["message"]
    assert founded("checkpoint")["checkpoint"] == before


def test_a_file_that_is_not_there_is_named(founded: Clerk) -> None:
    error = founded("attend", founded.folder / "没有.xlsx", code=1)["error"]
    assert error["code"] == "file.unreadable"
    assert "没有.xlsx" in error["message"]


def test_headings_again_sink_nobody(here: Clerk) -> None:
    here.now = "2026-03-03T14:00:00+08:00"
    heading, row = attendance(("张三", "9:00", "12:00"))
    rows = [heading, heading, row, heading, ("李四", "9:00", "12:00")]
    (found,) = here("attend", here.sheet("s.csv", rows), "--activity", "A1")["files"]
    assert [row["minutes"] for row in found["accepted"]] == [180, 180]


def test_a_formula_without_a_value_is_one_bad_row(here: Clerk) -> None:
    here.now = "2026-03-03T14:00:00+08:00"
    file = here.folder / "公式.xlsx"
    rows = attendance(("张三", "9:00", "=B2+TIME(3,0,0)"), ("李四", "9:00", "12:00"))
    file.write_bytes(xlsx(rows))
    (found,) = here("attend", file, "--activity", "A1", code=1)["files"]
    assert [one["code"] for one in found["refused"]] == ["time.unreadable"]
    assert len(found["accepted"]) == 1


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"\0" * 5000, b"PK\x03\x04"])
def test_what_is_no_certificate_is_neither_genuine_nor_logged(
    founded: Clerk, tmp_path: Path, data: bytes
) -> None:
    file = tmp_path / "假.pdf"
    file.write_bytes(data)
    found = founded.verdict(file, code=1)
    genuine = False if data else None  # what is empty was never read
    assert (found["genuine"], found["logged"], found["certificate"]) == (genuine, False, {})
    assert found["reasons"]


@pytest.mark.parametrize("data", [b"", b"[]", b'{"format":"x","letters":[]}', b"\xff\xfe"])
@pytest.mark.parametrize("order", ["submit", "trust"])
def test_what_is_no_letter_and_no_trust_is_refused(
    founded: Clerk, tmp_path: Path, data: bytes, order: str
) -> None:
    file, pdf = tmp_path / "x.json", tmp_path / "c.pdf"
    file.write_bytes(data)
    pdf.write_bytes(b"%PDF-1.7\n")
    orders = {"submit": ("submit", file), "trust": ("certificate", "verify", pdf, "--trust", file)}
    assert founded.refused(*orders[order]) == "malformed"


def test_a_damaged_settings_file_is_named(here: Clerk) -> None:
    (here.home / "association.toml").write_text("responsible = ", encoding="utf-8")
    me = here.numbers["张三"]
    error = here("certificate", "issue", me, "-o", here.folder / "c.pdf", code=1)["error"]
    assert "association.toml" in error["message"]


def test_a_ledger_in_use_no_more_can_be_moved(here: Clerk) -> None:
    """Nothing is kept open, and nothing is left beside the databases."""
    here("audit")
    here("activity", "cancel", "A1")
    assert sorted(file.name for file in here.home.glob("*.db*")) == ["ledger.db", "vault.db"]


# --- odd words ----------------------------------------------------------------------------------

ODD = {
    "a line beyond every entry": (("object", "9" * 30 + ":1", "--why", "x"), "line.unknown"),
    "a row beyond every row": (("object", "1:" + "9" * 30, "--why", "x"), "line.unknown"),
    "no reason": (("object", "4:1", "--why", " "), "line.unknown"),
    "a person's name for a key": (("officer", "add", "recorder", "--name", "张 三"), "key.name"),
    "a key nobody could enrol": (("officer", "key", "张 三", "-o", "k.pem"), "key.name"),
    "a day that is none": (("officer", "dismiss", "KX/issuer1", "--since", "x"), "time.unreadable"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_words_are_refused_in_a_sentence(here: Clerk, name: str) -> None:
    words, code = ODD[name]
    keys = sorted((here.home / "keys").iterdir())
    assert here.refused(*words) == code
    assert sorted((here.home / "keys").iterdir()) == keys  # no key of nobody is left behind


@pytest.mark.parametrize("origin", ["", "a b", "a\nb", "县科协"])
def test_a_log_has_a_name_that_can_be_published(tmp_path: Path, origin: str) -> None:
    clerk = Clerk(tmp_path)
    words = (
        "init",
        "--origin",
        origin,
        "--organisation",
        "KX",
        "--name",
        "科协",
        "--simulated-clock",
    )
    assert clerk.refused(*words) == "origin.malformed"
    assert not clerk.home.exists()


def test_a_dismissal_takes_a_plain_day(here: Clerk) -> None:
    assert here("officer", "dismiss", "KX/issuer1", "--since", "2026-03-01")["dismissed"]


def test_a_calendar_without_days_off_is_refused(here: Clerk, tmp_path: Path) -> None:
    (tmp_path / "2027.toml").write_text("year = 2027\n", encoding="utf-8")
    assert here.refused("rules", "calendar", tmp_path / "2027.toml") == "calendar.year"


def test_a_trust_file_that_trusts_nothing(here: Clerk, tmp_path: Path) -> None:
    (tmp_path / "trust.json").write_text("{}", encoding="utf-8")
    assert here.refused("audit", "--trust", tmp_path / "trust.json") == "unverified"


def test_a_file_too_large_to_be_a_certificate(here: Clerk, tmp_path: Path) -> None:
    with (tmp_path / "large.pdf").open("wb") as file:
        file.truncate(65 * 2**20)
    verdict = here.verdict(tmp_path / "large.pdf", code=1)
    assert [one["code"] for one in verdict["reasons"]] == ["file.too_big"]
