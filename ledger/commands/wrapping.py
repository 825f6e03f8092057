"""Wrapping text by the columns it takes on a terminal, where a Chinese character takes two.

click counts characters, so its help ran over the edge of a narrow window.
"""

import re
import shutil
import sys
from collections.abc import Iterable
from unicodedata import east_asian_width

import click

_LEAST = 10  # columns that are left for a text, however narrow the window
_GAP = 2  # between a term and what is said of it
_TERM = 30  # columns; a longer term has a line of its own
# What is not torn: words, amounts of time, and a character with the marks that may not begin a line.
_PIECES = re.compile(
    r"\s+|(?:[!-~]*[0-9]+(?:小时[0-9]+分钟| h [0-9]+ min\b[!-~]*)|[!-~]+|[^\s!-~])"
    r"[，。、；：）”！？]*"
)


def columns(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(1 + (east_asian_width(char) in "WF") for char in text)


def wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Return a text as lines of so many columns; `first` and `rest` are what lines begin with."""
    lines: list[str] = []
    line = first
    for piece in _PIECES.findall(re.sub(r"\s*\n\s*", " ", text.strip())):
        begun = line.strip() if lines or line != first else ""
        if begun and columns(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = rest
        if piece.strip() or line.strip():
            line += piece
    return [*lines, line.rstrip()]


def wrapped(text: str) -> str:
    """Return a text in lines no longer than the terminal is wide; what is no terminal has no width.

    Lines that fit stay as they are; of others, what goes on stands a little further in.
    """
    if not sys.stdout.isatty():
        return text
    width = shutil.get_terminal_size().columns
    return "\n".join(_narrow(line, width) for line in text.split("\n"))


def _narrow(line: str, width: int) -> str:
    if columns(line) <= width:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return "\n".join(wrap(line, width, indent, f"{indent}  "))


class Formatter(click.HelpFormatter):
    """click's help, with lines as long as the window is wide."""

    def write_text(self, text: str) -> None:
        """Write paragraphs, indented."""
        indent = " " * self.current_indent
        paragraphs = [wrap(one, self.width, indent, indent) for one in re.split(r"\n\s*\n", text)]
        self.write("\n\n".join("\n".join(lines) for lines in paragraphs) + "\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = _TERM, col_spacing: int = _GAP
    ) -> None:
        """Write terms, and beside each what is said of it."""
        found = list(rows)
        indent = " " * self.current_indent
        side = min(max([columns(term) for term, _ in found], default=0), col_max) + col_spacing
        hang = indent + " " * side
        width = max(self.width, len(hang) + _LEAST)
        for term, said in found:
            fits = columns(term) <= side - col_spacing
            head = indent + term + " " * (side - columns(term)) if fits else hang
            lines = wrap(said, width, head, hang) if said else [indent + term]
            self.write("\n".join([*([] if fits or not said else [indent + term]), *lines]) + "\n")
