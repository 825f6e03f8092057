"""Rules of the house that no linter sees, after TigerBeetle's `tidy.zig`.

Limits go down, never up.
"""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT, vectors

BODY_LINES = 60
FILE_LINES = 400
PACKAGES = ("benchmarks", "certificates", "ledger", "migrations", "tools")
# The rooms where files may be read and written; ruff's table in pyproject.toml names the same.
SHELL = (
    "cli.py",
    "*/commands.py",
    "*/commands/*",
    "benchmarks/*",
    "certificates/work.py",
    "certificates/demo/*",
    "certificates/founding.py",
    "certificates/typeface/installed.py",
    "ledger/backup.py",
    "ledger/durable.py",
    "ledger/files.py",
    "ledger/folders.py",
    "ledger/guard.py",
    "ledger/home.py",
    "ledger/staticfiles.py",
    "ledger/store/*",
    "ledger/witness/state.py",
    "migrations/*",
    "tools/*",
)
FILE_METHODS = {"read_bytes", "read_text", "write_bytes", "write_text"}
# alembic loads these by path, whenever a test opens a store; the front door loads commands by name,
# and they the desk: the journeys, the demonstration and the README run them.
LOADED_BY_NAME = (
    "migrations/*.py",
    "migrations/versions/*.py",
    "benchmarks/*",
    "*/commands.py",
    "*/commands/*",
    "ledger/desk/*",
    "certificates/ca.py",
    "certificates/crediting.py",
    "certificates/bulk.py",
    "certificates/demo/*",
    "certificates/issuing.py",
    "certificates/lists.py",
)
# Other people's words, kept as they came.
FOREIGN = ("LICENSE", "certificates/fonts/*")

# Written so that none of them finds itself.
UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b")
REGISTRY = re.compile(
    r"\b(?:py[p]i\.(?:org|python)|pythonhosted\.[o]rg|npmjs\.[a-z]+|crates\.[i]o)"
    r"|https?://[a-z0-9.-]*(?:py[p]i|np[m]|debia[n]|hoste[d])",
    re.IGNORECASE,
)
MACHINE = re.compile(r"(?<![\w.\])}>*~-])/(?:work|root|tmp)(?=[/\"'`\s])|/home/[a-z]\w*/")


def test_functions_are_short() -> None:
    assert [
        f"{named(path)}:{function.lineno}: {function.name} has {length} lines"
        for path in sources()
        for function, length in bodies(tree(path))
        if length > BODY_LINES
    ] == []


def test_files_are_short() -> None:
    lengths = {named(path): len(text(path).splitlines()) for path in sources()}
    assert {name: length for name, length in lengths.items() if length > FILE_LINES} == {}


def test_files_are_opened_in_the_shell_alone() -> None:
    assert [
        f"{named(path)}:{line}"
        for path in sources()
        if not matches(path, SHELL)
        for line in opens(tree(path))
    ] == []


def test_packages_promise_and_do_nothing() -> None:
    packages = [path for path in sources() if path.name == "__init__.py"]
    assert packages
    assert [named(path) for path in packages if not only_a_docstring(tree(path))] == []


def test_every_module_is_named_by_a_test() -> None:
    """A test names a module, or one that is made of it and of nothing a test could not reach."""
    modules = [
        module(path)
        for path in sources()
        if path.name != "__init__.py" and not matches(path, LOADED_BY_NAME)
    ]
    named_ = named_by_tests()
    parts = {name for path in sources() if module(path) in named_ for name in imported(tree(path))}
    assert [name for name in modules if name not in named_ | parts] == []


def test_nothing_is_left_unfinished() -> None:
    assert hits(UNFINISHED) == []


def test_no_registry_is_named() -> None:
    assert hits(REGISTRY) == []


def test_no_path_of_one_machine_is_named() -> None:
    assert hits(MACHINE) == []


def test_pins_are_exact_and_without_addresses() -> None:
    pins = text(ROOT / "constraints.txt").splitlines()
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", pin)] == []


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE"])
def test_what_a_reader_looks_for_is_there(name: str) -> None:
    assert text(ROOT / name).strip()


def test_missing_vectors_are_skipped_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VECTORS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no vectors at"):
        vectors("never-there")


def test_missing_vectors_fail_where_they_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECTORS", "required")
    with pytest.raises(pytest.fail.Exception, match="VECTORS=required"):
        vectors("never-there")


@pytest.mark.parametrize(
    "code",
    [
        "open('a')",
        "io.open('a')",
        "Path('a').read_text()",
        "def f():\n    here.parent.write_bytes(b'')",
    ],
)
def test_an_opened_file_is_seen(code: str) -> None:
    assert opens(ast.parse(code))


@pytest.mark.parametrize(
    "code", ["files('ledger').joinpath('a').read_text()", "archive.open('a')", "reopen('a')"]
)
def test_data_of_the_package_is_no_file(code: str) -> None:
    assert not opens(ast.parse(code))


def test_a_long_function_is_seen() -> None:
    code = 'def f():\n    """Promise."""\n' + "    a = 1\n" * 61
    assert [length for _, length in bodies(ast.parse(code))] == [61]


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (UNFINISHED, "# TO" + "DO later"),
        (REGISTRY, "https://py" + "pi.example/simple"),
        (REGISTRY, "index-url = py" + "pi.org"),
        (MACHINE, 'Path("/' + 'work/main")'),
        (MACHINE, "cd /" + "tmp/x"),
        (MACHINE, "/ho" + "me/anna/ledger"),
    ],
    ids=["unfinished", "registry", "bare-host", "work", "tmp", "home"],
)
def test_what_must_not_be_written_is_seen(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(f"a line before\n{line}\n")


@pytest.mark.parametrize(
    "line", ["the leaf/root of a tree", "/Root 1 0 R", "a./tmpl", f"net/{'work'}/x"]
)
def test_what_only_looks_like_a_path_is_let_through(line: str) -> None:
    assert not MACHINE.search(line)


def bodies(code: ast.Module) -> Iterator[tuple[ast.FunctionDef, int]]:
    """Give each function with the lines of its body; its docstring is not counted."""
    for node in ast.walk(code):
        if isinstance(node, ast.FunctionDef):
            said = node.body[0].end_lineno if ast.get_docstring(node) else node.body[0].lineno - 1
            yield node, (node.end_lineno or 0) - (said or 0)


def opens(code: ast.Module) -> list[int]:
    """Return the lines that open a file; data of the package, from `files(...)`, is none."""
    return [
        node.lineno for node in ast.walk(code) if isinstance(node, ast.Call) and opening(node.func)
    ]


def opening(function: ast.expr) -> bool:
    match function:
        case ast.Name(id="open") | ast.Attribute(value=ast.Name(id="io" | "os"), attr="open"):
            return True
        case ast.Attribute(attr=attribute):
            return attribute in FILE_METHODS and not is_package_data(function)
        case _:
            return False


def is_package_data(chain: ast.expr) -> bool:
    while isinstance(chain, ast.Attribute | ast.Call | ast.BinOp):
        match chain:
            case ast.Call(func=ast.Name(id="files") | ast.Attribute(attr="files")):
                return True
            case ast.Call(func=inner) | ast.Attribute(value=inner) | ast.BinOp(left=inner):
                chain = inner
    return False


def only_a_docstring(code: ast.Module) -> bool:
    return len(code.body) == 1 and ast.get_docstring(code) is not None


def module(path: Path) -> str:
    """Return what a module is imported by; a package's `__main__` is run by the package's name."""
    name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    return name.removesuffix(".__main__")


@cache
def named_by_tests() -> frozenset[str]:
    """Return every dotted name that a test imports or writes out."""
    names: set[str] = set()
    for path in sorted((ROOT / "tests").rglob("*.py")):
        names.update(re.findall(r"[A-Za-z_]\w*(?:\.\w+)*", text(path)))
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom):
                names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


def imported(found: ast.Module) -> set[str]:
    """Return the modules, and the names in them, that a module imports."""
    nodes = [node for node in ast.walk(found) if isinstance(node, ast.ImportFrom) and node.module]
    return {str(node.module) for node in nodes} | {
        f"{node.module}.{alias.name}" for node in nodes for alias in node.names
    }


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def matches(path: Path, patterns: Iterable[str]) -> bool:
    return any(path.relative_to(ROOT).match(pattern) for pattern in patterns)


@cache
def sources() -> tuple[Path, ...]:
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return tuple(sorted([*ROOT.glob("*.py"), *found]))


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path), filename=named(path))


def hits(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{named(path)}:{text(path).count(chr(10), 0, hit.start()) + 1}: {hit.group()}"
        for path in texts()
        for hit in pattern.finditer(text(path))
    ]


@cache
def texts() -> tuple[Path, ...]:
    """Return what is ours to word: no sheet, font or picture, nothing of other people."""
    found = tuple(path for path in ours() if is_text(path) and not matches(path, FOREIGN))
    assert ROOT / "pyproject.toml" in found
    return found


def is_text(path: Path) -> bool:
    try:
        text(path)
    except UnicodeDecodeError:
        return False
    return True


def ours() -> list[Path]:
    """Return every file that is or would be committed; without git, all outside hidden folders."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return [path for path in ROOT.rglob("*") if path.is_file() and not is_hidden(path)]
    command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    paths = [ROOT / name for name in listing.decode("utf-8").split("\0") if name]
    return [path for path in paths if path.is_file()]


def is_hidden(path: Path) -> bool:
    folders = path.relative_to(ROOT).parts[:-1]
    return any(folder.startswith((".", "__pycache__")) for folder in folders)
