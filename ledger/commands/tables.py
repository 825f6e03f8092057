"""Tables as wide as the terminal: names are folded, codes, times and numbers stay in one piece.

Where even that does not fit, each row is written as a block of its own, one cell a line.
"""

import re
from collections.abc import Iterable, Sequence

import click
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

_WHOLE = 16  # what is no wider, such as a day with its time, is never folded
_CODE = re.compile(r"[!-~]+")
Cells = Sequence[str]


def show(headings: Cells, rows: Sequence[Cells], width: int) -> None:
    """Print rows under headings in so many columns of a terminal; what is empty all along is left out."""
    columns = [one for one in zip(headings, *rows, strict=True) if any(one[1:])]
    headings, *rows = zip(*columns, strict=True)
    whole = [max(map(cell_len, column)) for column in columns]
    least = [max(map(_least, column)) for column in columns]
    for padding in (1, 0):
        room = width - (len(columns) - 1) * (2 * padding + 1)
        if sum(least) <= room:
            _table(headings, rows, _shared(whole, least, room), padding)
            return
    _blocks(headings, rows)


def _least(cell: str) -> int:
    """Return how wide a cell must be: its longest code must fit, and a short one as a whole."""
    codes = map(len, _CODE.findall(cell))
    return min(cell_len(cell), max(_WHOLE, *codes, 0))


def _shared(whole: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Share what room is left among the columns, those that lack the least first."""
    widths = list(least)
    for at in sorted(range(len(widths)), key=lambda at: whole[at] - least[at]):
        widths[at] = min(whole[at], least[at] + room - sum(widths))
    return widths


def _table(headings: Cells, rows: Iterable[Cells], widths: Iterable[int], padding: int) -> None:
    found = Table(box=box.SIMPLE, pad_edge=False, show_edge=False, padding=(0, padding))
    for heading, width in zip(headings, widths, strict=True):
        found.add_column(heading, overflow="fold", width=width)
    for row in rows:
        found.add_row(*row)
    # The widths are what fits; a line that is padded to them must not be cut by the console.
    Console(width=1000, highlight=False, markup=False).print(found)


def _blocks(headings: Cells, rows: Iterable[Cells]) -> None:
    wide = max(map(cell_len, headings))
    for row in rows:
        said = [pair for pair in zip(headings, row, strict=True) if pair[1]]
        lines = [f"{heading}{' ' * (wide - cell_len(heading))}  {cell}" for heading, cell in said]
        click.echo("\n".join([*lines, ""]))
