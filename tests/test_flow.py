"""Where pages break: nothing is lost, nothing overflows, what is carried adds up."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from certificates.page.flow import Grid, Part, Piece, paginate

FIRST, OTHER, CLOSING, CARRY, HEADING = 30.0, 50.0, 12.0, 3.0, 4.0
Seen = list[tuple[str, float]]


def flow(heights: list[float], seen: Seen) -> list[list[Piece]]:
    """Lay out a table of rows, a sum that stays with the last, and something below."""

    def piece(name: str, height: float) -> Piece:
        return Piece(height, lambda y: seen.append((name, y)))

    def carried(first: int, last: int) -> tuple[Piece, Piece]:
        return piece(f"below {first}-{last}", CARRY), piece(f"above -{last}", CARRY)

    grid = Grid(piece("again", HEADING), carried, CARRY)
    rows = [
        Part(piece(f"row {n}", height), grid, n, stays=n == 0) for n, height in enumerate(heights)
    ]
    heading, total = Part(piece("heading", HEADING)), Part(piece("total", 6.0), stays=True)
    return paginate([heading, *rows, total], FIRST, OTHER, CLOSING)


def names(pages: list[list[Piece]], seen: Seen) -> list[list[str]]:
    found = []
    for page in pages:
        del seen[:]
        for one in page:
            one.draw(0.0)
        found.append([name for name, _ in seen])
    return found


@given(st.lists(st.floats(2.0, 28.0), max_size=30))
def test_every_piece_stands_once_in_order_and_has_room(heights: list[float]) -> None:
    seen: Seen = []
    pages = flow(heights, seen)
    said = names(pages, seen)
    own = [name for page in said for name in page if name.split()[0] in ("heading", "row", "total")]
    assert own == ["heading", *(f"row {n}" for n in range(len(heights))), "total"]
    for number, page in enumerate(pages):
        room = (OTHER if number else FIRST) - sum(one.height for one in page)
        assert room >= (CLOSING if number == len(pages) - 1 else 0) - 1e-9


@given(st.lists(st.floats(2.0, 28.0), min_size=1, max_size=30))
def test_a_break_in_the_table_says_what_is_carried_on_both_sides(heights: list[float]) -> None:
    seen: Seen = []
    said = names(flow(heights, seen), seen)
    for upper, lower in pairwise(said):
        rows = [int(name.split()[1]) for name in upper if name.startswith("row")]
        if rows and any(name.startswith("row") for name in lower):
            assert upper[-1] == f"below {rows[0]}-{rows[-1]}"
            assert lower[:2] == ["again", f"above -{rows[-1]}"]
        else:
            assert not any(name.startswith(("below", "above")) for name in (upper[-1:] + lower[:1]))


def test_the_last_row_goes_along_with_the_closing() -> None:
    seen: Seen = []
    said = names(flow([5.0, 5.0, 5.0], seen), seen)
    assert said == [
        ["heading", "row 0", "row 1", "below 0-1"],
        ["again", "above -1", "row 2", "total"],
    ]


def test_the_first_page_is_never_left_empty() -> None:
    seen: Seen = []
    assert names(flow([9.0], seen), seen) == [["heading", "row 0", "total"], []]


def test_a_row_that_goes_on_is_counted_where_it_began() -> None:
    seen: Seen = []

    def piece(name: str, height: float = 20.0) -> Piece:
        return Piece(height, lambda _: seen.append((name, 0.0)))

    def carried(first: int, last: int) -> tuple[Piece, Piece]:
        return piece(f"{first}-{last}", 1.0), piece("above", 1.0)

    grid = Grid(piece("again", 1.0), carried, 1.0)
    rows = [(0, "a"), (0, "more of a"), (1, "b")]
    parts = [Part(piece(name), grid, row) for row, name in rows]
    said = names(paginate(parts, 25.0, 25.0), seen)
    assert said == [["a", "0-0"], ["again", "above", "more of a", "1-0"], ["again", "above", "b"]]


def test_no_parts_still_make_a_page() -> None:
    assert paginate([Part(Piece(1.0, lambda _: None))], FIRST, OTHER)[0]
