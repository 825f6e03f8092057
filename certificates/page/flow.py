"""Where pages break: pieces one below the other, tables that go on over pages, sums carried.

Reckoned before anything is drawn, so that each page can say how many there are. A piece is never cut;
a table that goes on repeats its headings, and says below and above the break what is carried over.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

Draw = Callable[[float], None]  # below a height


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a page: how high it is, and how it is drawn below a height."""

    height: float
    draw: Draw


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """What a table repeats on every page: its headings, and what is carried over a break.

    `carried` is told the first row that begins on the page that ends, and its last, and returns what
    stands below that one and above the next.
    """

    again: Piece
    carried: Callable[[int, int], tuple[Piece, Piece]] | None = None
    carry: float = 0.0  # height of either


@dataclass(frozen=True, slots=True)
class Part:
    """A piece in its place: of which table it is a row and which, and if it stays with the one before."""

    piece: Piece
    grid: Grid | None = None
    row: int = 0
    stays: bool = False


@dataclass(slots=True)
class _Page:
    room: float
    pieces: list[Piece] = field(default_factory=list)
    first: int = -1  # row of the table that is being set, the first on this page
    last: Part | None = None

    def put(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self.room -= piece.height

    def add(self, part: Part) -> None:
        self.put(part.piece)
        if part.grid is None or self.last is None or self.last.grid is not part.grid:
            self.first = part.row
        self.last = part


def paginate(
    parts: Sequence[Part], first: float, other: float, closing: float = 0.0
) -> list[list[Piece]]:
    """Divide parts over pages with so much room; the last keeps `closing` free at its foot.

    The last part goes along with the closing, so that it never stands alone.
    """
    pages = [_Page(first)]
    groups = list(_groups(parts))
    for place, group in enumerate(groups):
        end = closing if place == len(groups) - 1 else 0.0
        height = sum(part.piece.height for part in group) + _after(group) + end
        bare = not pages[-1].pieces  # the first page: it would be left empty
        if height > other - _before(group) or (bare and height > pages[-1].room):
            # Too tall together: whatever fits stays, the closing goes to the next page.
            for part in group:
                _place(pages, [part], other, 0.0)
            if pages[-1].room < end:
                pages.append(_Page(other))
        else:
            _place(pages, group, other, end)
    return [page.pieces for page in pages]


def _groups(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Give runs of parts of which each stays with the one before."""
    group: list[Part] = []
    for part in parts:
        if group and not part.stays:
            yield group
            group = []
        group.append(part)
    yield group


def _place(pages: list[_Page], group: list[Part], other: float, end: float) -> None:
    height = sum(part.piece.height for part in group)
    if height + _after(group) + end > pages[-1].room:
        _turn(pages, group[0], other)
    for part in group:
        pages[-1].add(part)


def _turn(pages: list[_Page], part: Part, other: float) -> None:
    """Begin a page before a part; the table that goes on says what is carried over."""
    page, grid = pages[-1], part.grid
    pages.append(_Page(other))
    if grid is None or page.last is None or page.last.grid is not grid:
        return
    pages[-1].put(grid.again)
    if grid.carried:
        below, above = grid.carried(page.first, page.last.row)
        page.put(below)
        pages[-1].put(above)
    # A row that goes on was counted where it began.
    pages[-1].first, pages[-1].last = part.row + (part.row == page.last.row), part


def _after(group: list[Part]) -> float:
    """Return the room that a sum below the last row of a group may need."""
    last = group[-1]
    return last.grid.carry if last.grid and last.grid.carried else 0.0


def _before(group: list[Part]) -> float:
    """Return the room that headings and a sum above the first row of a group may need."""
    grid = group[0].grid
    return grid.again.height + grid.carry if grid else 0.0
