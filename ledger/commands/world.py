"""The world as a command sees it: language, home folder, clock, keys, and where words go.

Only commands and `cli.py` know it: everything below takes bytes, times and keys as arguments.
"""

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, TextIO, TypeVar

import click

from ledger.commands.console import as_json, visible
from ledger.commands.wrapping import wrapped
from ledger.errors import Lang, LedgerError
from ledger.files import check_writable, open_file, read_file, write_file, write_parts
from ledger.home import Home
from ledger.times import hours_and_minutes

T = TypeVar("T")
_LONG = 200  # steps that take a person's patience
_ENDLESS = 1000  # columns of what is no terminal


@dataclass
class World:
    """The global options, and what follows from them."""

    home_path: Path = Path("ledger-home")
    home_given: bool = False
    database: str = ""
    as_json: bool = False
    lang: Lang = "zh"
    officer: str = ""
    key_file: Path | None = None
    passphrase_file: Path | None = None
    guard_path: Path | None = None
    now_given: str = ""
    clock_is_right: bool = False
    out: Path | None = None
    opened: dict[str, Any] = field(default_factory=dict)  # what commands keep open
    recorded: list[int] = field(default_factory=list)  # entries that this command added

    def tell(self, en: str, zh: str) -> None:
        """Print a sentence; with --json people's words are left out."""
        if not self.as_json:
            click.echo(wrapped(visible(self.pick(en, zh))))

    def warn(self, en: str, zh: str) -> None:
        """Print a sentence to standard error."""
        if not self.as_json:
            click.echo(wrapped(visible(self.pick(en, zh))), err=True)

    def pick(self, en: str, zh: str) -> str:
        """Return the sentence in the reader's language."""
        return zh if self.lang == "zh" else en

    def hours(self, minutes: int) -> str:
        """Write minutes in the reader's language, unrounded."""
        return self.pick(f"{minutes // 60} h {minutes % 60} min", hours_and_minutes(minutes))

    def answer(self, value: Mapping[str, Any]) -> None:
        """Print the one JSON object of a command run with --json."""
        if self.as_json:
            click.echo(as_json(value))

    def table(self, headings: Sequence[tuple[str, str]], rows: Iterable[Sequence[object]]) -> None:
        """Print rows under headings, as wide as the terminal allows; without rows, nothing."""
        cells = [[visible(str(cell), line=True) for cell in row] for row in rows]
        if self.as_json or not cells:
            return
        from ledger.commands.tables import show

        width = shutil.get_terminal_size((_ENDLESS, 0)).columns
        show([self.pick(*one) for one in headings], cells, width)

    def progress(self, steps: Iterable[T], total: int, en: str, zh: str) -> Iterable[T]:
        """Show how far long work is, where somebody watches a terminal."""
        if self.as_json or total < _LONG or not _is_watched(sys.stderr):
            return steps
        from rich.console import Console
        from rich.progress import track

        return track(steps, self.pick(en, zh), total, console=Console(stderr=True), transient=True)

    def read(self, file: Path, *, most: int = -1) -> bytes:
        """Return the bytes of a file the user named, or raise `Unsafe` above `most` of them."""
        return read_file(file, most=most)

    def open(self, file: Path) -> BinaryIO:
        """Open a file the user named, to be read piece by piece."""
        return open_file(file)

    def check_writable(self, file: Path) -> None:
        """Raise `Unsafe` where a file cannot be written, before what it is for is done."""
        check_writable(file)

    def write(self, file: Path, data: bytes) -> None:
        """Write a file the user asked for."""
        write_file(file, data)

    def write_parts(self, file: Path, parts: Iterable[bytes]) -> None:
        """Write a file the user asked for as its parts come."""
        write_parts(file, parts)

    def ask(self, name: str) -> str:
        """Ask the person at the keyboard for a passphrase."""
        answer: str = click.prompt(
            self.pick(f"Passphrase of {name}", f"{name} 的口令"), hide_input=True, err=True
        )
        return answer

    def new_passphrase(self, name: str) -> bytes | None:
        """Ask for a new passphrase twice; nothing where nobody answers, or the answer is empty."""
        if self.passphrase_file or not _is_watched(sys.stdin):
            return self.passphrase()
        answer: str = click.prompt(
            self.pick(
                f"New passphrase for {name} (empty: made for you)",
                f"为 {name} 设置口令（留空则自动生成并存放在密钥旁）",
            ),
            default="",
            hide_input=True,
            confirmation_prompt=self.pick("Once more", "请再输入一次"),
            show_default=False,
            err=True,
        )
        return answer.encode() or None

    @property
    def asker(self) -> Callable[[str], str] | None:
        """Return how to ask, or nothing where nobody is there to answer."""
        return self.ask if _is_watched(sys.stdin) else None

    def passphrase(self) -> bytes | None:
        """Return the passphrase that --passphrase-file names."""
        return self.read(self.passphrase_file).strip() if self.passphrase_file else None

    def close(self) -> None:
        """Let go of what was opened: on Windows a file in use can be neither moved nor deleted."""
        while self.opened:
            self.opened.popitem()[1].close()

    def moment(self) -> datetime:
        """Return the time of the computer's clock."""
        return datetime.now().astimezone()

    @cached_property
    def home(self) -> Home:
        """Return the home folder."""
        return Home(self.home_path, self.database)


def _is_watched(stream: TextIO | None) -> bool:
    """Tell whether a person is at the other end; a stream may be closed from the start."""
    return stream is not None and not stream.closed and stream.isatty()


@contextmanager
def refusals(world: World) -> Iterator[None]:
    """Turn a refusal into a sentence and exit code 1."""
    try:
        yield
    except LedgerError as error:
        report(world, error)
        raise SystemExit(1) from error


def report(world: World, error: LedgerError) -> None:
    """Print a refusal: its code for machines, its sentence for people."""
    if world.as_json:
        before = {"entries": world.recorded} if world.recorded else {}
        world.answer({"error": error_json(world, error), **before})
        return
    click.echo(visible(f"{error.say(world.lang)}  [{error.code}]"), err=True)
    if world.recorded:
        world.warn(
            f"in the log all the same: entries {', '.join(map(str, world.recorded))}",
            f"此前已入账的条目：{'、'.join(map(str, world.recorded))}",
        )


def error_json(world: World, error: LedgerError) -> dict[str, str]:
    """Return a refusal as data."""
    return {"code": error.code, "message": error.say(world.lang)}
