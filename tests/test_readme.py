"""The commands of README and handbook, run in order in a folder of their own, their output held to them.

In a block `console` a line after `$ ` is a command, with its exit code in a comment unless it is 0.
What follows is its output: `……` stands for any lines, at the end of a line for the rest of it; what
is drawn at random (numbers, keys, roots) must have the same form, and the same number stays the same.
"""

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

import cli
from tests.clerk import run
from tests.conftest import ROOT

PAGES = ("README.md", "docs/auditing.md")
README = (ROOT / PAGES[0]).read_text(encoding="utf-8")
NUMBER = r"V\d{10}"
ANY = "……"
# What is drawn at random, as it stands in an escaped line, and what may stand there instead.
FORMS = {
    NUMBER: f"({NUMBER})",
    r"(?<=[-+])[0-9a-f]{8}(?![0-9a-f])": "[0-9a-f]{8}",
    r"(?:[A-Za-z0-9/]|\\\+){43}=": "[A-Za-z0-9+/]{43}=",
}


@dataclass(frozen=True)
class Step:
    """A command of a page, how it is to end and what it is to print."""

    command: str
    code: int
    output: tuple[str, ...]


@dataclass
class Reader:
    """Somebody who types what a page says; numbers are those of his own ledger."""

    numbers: dict[str, str] = field(default_factory=dict)

    def type(self, step: Step) -> list[str]:
        """Run a command; return what is not as the page says."""
        words = shlex.split(re.sub(NUMBER, self._own, step.command))
        assert words[0] == "vledger"
        ran = run(*words[1:])
        assert ran.exit_code == step.code, step.command + "\n" + ran.output
        return self._differences(step.output, ran.output.splitlines())

    def _own(self, found: re.Match[str]) -> str:
        return self.numbers[found.group()]

    def _differences(self, due: tuple[str, ...], lines: list[str]) -> list[str]:
        found = iter(lines)
        for before, line in pairwise(("", *due)):
            if line == ANY:
                continue
            candidates = found if before == ANY else [next(found, "")]
            if not any(self._says(line, candidate) for candidate in candidates):
                return [f"not printed: {line}", *lines]
        rest = [] if due[-1:] in ((), (ANY,)) else list(found)
        return [f"not on the page: {line}" for line in rest if line.strip()]

    def _says(self, due: str, line: str) -> bool:
        match = re.fullmatch(_pattern(due), line.rstrip())
        if match is None:
            return False
        pairs = zip(re.findall(NUMBER, due), match.groups(), strict=True)
        return all(self.numbers.setdefault(known, own) == own for known, own in pairs)


def _pattern(due: str) -> str:
    """Return what a line may look like: random words by form, numbers caught, blanks any width."""
    text = r"\s+".join(re.escape(word) for word in due.removesuffix(ANY).split())
    for form, like in FORMS.items():
        text = re.sub(form, like.replace("\\", r"\\"), text)
    return r"\s*" + text + (".*" if due.endswith(ANY) else "")


def steps(page: str = PAGES[0]) -> Iterator[Step]:
    """Give a page's commands in order."""
    said = (ROOT / page).read_text(encoding="utf-8")
    for block in re.findall(r"^```console\n(.*?)^```$", said, re.DOTALL | re.MULTILINE):
        for text in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            first, *rest = text.splitlines()
            command, _, comment = first.partition("   # ")
            code = int(comment.removeprefix("退出码 ") or 0)
            yield Step(command.rstrip(), code, tuple(rest))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with the examples in it, and a console in Chinese."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("ledger.guard.user_state_path", lambda _: tmp_path / "state")
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_every_command_does_what_the_page_says(folder: Path, page: str) -> None:
    reader, wrong = Reader(), []
    for step in steps(page):
        found = reader.type(step)
        wrong += [step.command, *found] if found else []
    assert wrong == []
    assert page != PAGES[0] or ((folder / "证明.pdf").exists() and reader.numbers)


def test_every_check_of_the_handbook_has_its_test() -> None:
    named = re.findall(r"`(test_\w+)` \|$", (ROOT / PAGES[1]).read_text("utf-8"), re.MULTILINE)
    tests = "".join(file.read_text("utf-8") for file in (ROOT / "tests").glob("test_*.py"))
    assert len(named) > 10
    assert [name for name in named if f"def {name}(" not in tests] == []


def test_the_three_journeys_are_there() -> None:
    typed = [step.command.split()[1:3] for step in steps()]
    for words in ("attend", "notice close", "certificate issue", "certificate verify", "audit"):
        assert any(" ".join(command).startswith(words) for command in typed), words


def test_every_command_that_is_named_exists() -> None:
    named = set(re.findall(r"`vledger ([a-z]+)", README))
    assert named
    assert named - set(cli.COMMANDS) == set()


def test_the_files_it_links_to_are_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    paths = re.findall(r"`((?:docs|certificates|ledger|examples)/[\w./]*)`", README)
    assert links
    assert [path for path in (*links, *paths) if not (ROOT / path).exists()] == []


def test_another_output_would_be_seen() -> None:
    reader = Reader()
    due = ("登记 2 行", ANY, "V1234567890  张三")
    assert reader._differences(due, ["登记 2 行", "x", "V1111111111  张三"]) == []
    assert reader.numbers == {"V1234567890": "V1111111111"}
    assert reader._differences(due, ["登记 2 行", "V2222222222  张三"])
    assert reader._differences(due, ["登记 3 行", "x", "V1111111111  张三"])
    assert reader._differences(due[:1], ["登记 2 行", "又一行"])
    assert reader._differences((), ["随便"]) == []
