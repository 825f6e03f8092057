"""A clerk at the keyboard: commands as people type them, in this process, and what they answer.

    here = Clerk(folder)                      # home, guard and clock of its own
    here.begin()                              # KX with the team T01 below it, and officers
    here("volunteer", "find", "张三")          # the JSON answer; the exit code must be 0
    here("attend", file, code=1)              # good rows stand, others were refused

Every name, document and telephone is invented.
"""

import csv
import io
import json
import shutil
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

import cli

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
PEOPLE = ("张三", "李四", "王五", "赵六", "欧阳七七", "孙八")


@dataclass
class Clerk:
    """One computer: a home folder, a guard outside it, and a simulated clock."""

    folder: Path
    now: str = "2026-03-02T09:00:00+08:00"  # a Monday; no holiday lies in March
    officer: tuple[str, ...] = ()
    numbers: dict[str, str] = field(default_factory=dict)
    database: str = ""
    real: bool = False  # the clock is the computer's; a test sets that to `now`

    @property
    def home(self) -> Path:
        return self.folder / "账本"

    def __call__(self, *words: object, code: int = 0) -> Any:
        """Run a command with --json and return its answer; the exit code must be as expected."""
        ran = self.run(*words, "--json")
        assert ran.exit_code == code, (words, ran.stdout, ran.stderr)
        return json.loads(ran.stdout) if ran.stdout else None

    def run(self, *words: object, lang: str = "en") -> Result:
        """Run a command as a person would."""
        return run(*self.own, "--lang", lang, *self.officer, *words)

    @property
    def own(self) -> tuple[str, ...]:
        """Return the options that keep everything within this folder."""
        clock = ("--now", self.now) if self.now and not self.real else ()
        server = ("--db", self.database) if self.database else ()
        return ("--home", str(self.home), "--guard", str(self.folder / "guard"), *clock, *server)

    def copied(self, folder: Path) -> "Clerk":
        """Return a copy of the whole computer in another folder."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Clerk(folder, self.now, self.officer, self.numbers)

    def refused(self, *words: object) -> str:
        """Return the code with which a command is refused."""
        answer = self(*words, code=1)
        found: str = answer["error"]["code"]
        return found

    def refused_within(self, *words: object) -> str:
        """Return the code with which one of several is refused, while the others go on."""
        (closed,) = self(*words, code=1)["closed"]
        found: str = closed["error"]["code"]
        return found

    def begin(self) -> None:
        """Found a ledger with the team T01, six volunteers, four officers and one activity."""
        self("init", "--origin", "kx.example.cn", "--organisation", "KX", "--name", "示例县科协",
             "--area", "419900", *(() if self.real else ("--simulated-clock",)))  # fmt: skip
        for role in ("recorder", "confirmer", "issuer"):
            self("officer", "add", role)
        self("import", "organisations", self.sheet("组织.csv", ORGANISATIONS))
        answer = self("import", "volunteers", self.sheet("志愿者.csv", volunteers(PEOPLE)))
        numbers = [answer["numbers"][row] for row in sorted(answer["numbers"], key=_row)]
        self.numbers = dict(zip(PEOPLE, numbers, strict=True))
        self("import", "activities", self.sheet("活动.csv", activities(("A1", "2026-03-03"))))

    def sheet(self, name: str, rows: Iterable[Sequence[object]]) -> Path:
        """Write a sheet as a spreadsheet program exports it."""
        out = io.StringIO(newline="")
        csv.writer(out).writerows(rows)
        file = self.folder / name
        file.write_bytes(out.getvalue().encode("utf-8-sig"))
        return file

    def attended(self, *rows: Sequence[str], activity: str = "A1", code: int = 0) -> Any:
        """Record attendance; return the answer about the one file."""
        file = self.sheet(f"签到-{activity}.csv", attendance(*rows))
        return self("attend", file, "--activity", activity, code=code)["files"][0]

    def confirmed(self, *people: str) -> list[str]:
        """Take people's morning of 3 March through notice and confirmation; return the lines."""
        self.now = "2026-03-03T14:00:00+08:00"
        answer = self.attended(*((who, "9:00", "12:00") for who in people))
        self("notice", "open", "--all")
        self.now = "2026-03-07T09:00:00+08:00"
        self("notice", "close", "--due")
        return [row["line"] for row in answer["accepted"]]

    def certificate(self, number: str, name: str = "证明.pdf") -> tuple[str, Path]:
        """Issue a certificate; return its number and file."""
        file = self.folder / name
        answer = self("certificate", "issue", number, "-o", file)
        return answer["certificate"], file

    def verdict(self, file: Path, code: int = 0) -> Any:
        """Verify a certificate where the ledger is."""
        return self("certificate", "verify", file, code=code)["results"][0]

    def lines(self, number: str) -> dict[str, str]:
        """Return the state of each line of a volunteer."""
        found = self("volunteer", "show", number)["lines"]
        return {line["line"]: line["state"] for line in found}


def run(*words: object) -> Result:
    """Run the program in this process; what it did not mean to raise fails the test."""
    found = CliRunner().invoke(cli.main, [str(word) for word in words])
    if found.exception and not isinstance(found.exception, SystemExit):
        traceback.print_exception(found.exception)
        raise found.exception
    return found


ORGANISATIONS = [
    ["组织编号", "组织名称", "管理单位", "行政区划代码"],
    ["T01", "科技志愿服务队", "示例县科协", "419900"],
]


def volunteers(names: Iterable[str], team: str = "T01", since: int = 0) -> list[list[object]]:
    """Return a sheet of volunteers with invented documents and telephones, counted from `since`."""
    heading: list[object] = ["姓名", "证件类型", "证件号码", "手机号", "所属组织", "知情同意"]
    rows: list[list[object]] = [
        [name, "居民身份证", id_number(at), phone(at), team, "是"]
        for at, name in enumerate(names, start=since)
    ]
    return [heading, *rows]


def activities(*wanted: tuple[str, str], org: str = "T01") -> list[list[object]]:
    """Return a sheet of activities: code and day, each from 9 to 12."""
    heading: list[object] = [
        "活动编号", "活动名称", "组织编号", "开始时间", "结束时间", "地点", "服务内容", "负责人",
    ]  # fmt: skip
    rows: list[list[object]] = [
        [code, f"科普讲座{code}", org, f"{day} 9:00", f"{day} 12:00", "社区", "讲座", "孙八"]
        for code, day in wanted
    ]
    return [heading, *rows]


def attendance(*rows: Sequence[str]) -> list[Sequence[str]]:
    """Return a sign-in sheet: name, in, out."""
    return [["姓名", "签到时间", "签退时间"], *rows]


def id_number(at: int) -> str:
    """Return an invented ID number: no county has the area code 4199xx."""
    stem = f"419901199001{at % 28 + 1:02d}{at:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(stem, ID_WEIGHTS, strict=True))
    return stem + "10X98765432"[total % 11]


def phone(at: int) -> str:
    """Return an invented telephone."""
    return f"1990000{at:04d}"


def _row(place: str) -> int:
    return int(place.rpartition(":")[2])
