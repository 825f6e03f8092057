"""Text on a terminal: lines no longer than the window, counted as a terminal counts."""

import re
import sys

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import cli
from ledger.commands.wrapping import columns, wrap, wrapped

TEXT = "对方账本的 trust.json，或其 checkpoint 第一行 / the other ledger’s file, or its first line"


def test_a_chinese_character_takes_two_columns() -> None:
    assert [columns(text) for text in ("", "ab", "公示", "a公（b）")] == [0, 2, 4, 8]


@given(
    st.text(alphabet="公示名单，。、（） abcdef", max_size=200),
    st.integers(12, 90),
    st.sampled_from(["", "  ", "• "]),
)
def test_no_line_is_too_long_and_nothing_is_lost(text: str, width: int, first: str) -> None:
    lines = wrap(text, width, first, "  ")
    assert "".join("".join(lines).split()) == "".join((first + text).split())
    for line in lines:
        words = [word for word in line.split() if columns(word) > width - 6]
        assert columns(line) <= width or words  # what is not torn may be longer


def test_a_line_does_not_begin_with_a_comma() -> None:
    for width in range(20, 60):
        assert not [one for one in wrap(TEXT, width) if one[:1] in "，。、；：）"]


def test_amounts_stay_whole_and_what_stands_apart_does() -> None:
    said = "共 15小时50分钟（B 15小时50分钟）  示例县 (15 h 50 min)  A"
    for width in range(24, 70):
        lines = wrap(said, width)
        assert "".join(lines).count("15小时50分钟") == 2
        assert all(any(one in line for line in lines) for one in ("15小时50分钟", "15 h 50 min"))
        assert max(map(columns, lines)) <= width
    assert wrap(said, 70) == [said]


def test_a_terminal_is_as_wide_as_it_is_and_a_file_has_no_width(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert wrapped(TEXT) == TEXT
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert max(map(columns, wrapped(TEXT).split("\n"))) <= 40
    assert wrapped(TEXT).split("\n")[1].startswith("  ")
    said = wrapped(f"短\n  · {TEXT}\n  a  b").split("\n")
    assert (said[0], said[-1]) == ("短", "  a  b")  # what fits stays as it is
    assert said[1].startswith("  · ")
    assert all(line.startswith("    ") for line in said[2:-1])
    assert len(said) > 4
    assert max(map(columns, said)) <= 40


def every(command: click.Command, *path: str) -> list[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        return [path]
    context = click.Context(command)
    names = command.list_commands(context)
    inner = [(name, command.get_command(context, name)) for name in names]
    return [path, *(found for name, one in inner if one for found in every(one, *path, name))]


@pytest.mark.parametrize("path", every(cli.main), ids=" ".join)
def test_help_fits_into_a_narrow_window(path: tuple[str, ...]) -> None:
    ran = CliRunner().invoke(cli.main, [*path, "--help"], terminal_width=60)
    assert ran.exit_code == 0
    for line in ran.stdout.splitlines():
        # Whatever has no blank in it, such as the list of a choice, stays in one piece.
        codes = re.findall(r"[!-~]+", line)
        assert columns(line) <= 60 or max(map(len, codes), default=0) > 28, line
