"""Tiles: names and widths as the specification has them, and one form of every file."""

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle, tiles
from ledger.errors import Malformed
from ledger.tiles import ENTRIES, WIDTH, Tile

SIZES = st.integers(0, 2**40) | st.integers(0, 70_000).map(lambda n: n // WIDTH * WIDTH)


def widths(size: int) -> dict[int, tuple[int, int]]:
    """Return how many full tiles each level has, and how wide the last one is if it is not full."""
    found: dict[int, tuple[int, int]] = {}
    for tile in tiles.tiles(size):
        full, partial = found.get(tile.level, (0, 0))
        assert tile.index == full
        assert partial == 0
        found[tile.level] = (full + 1, 0) if tile.is_full else (full, tile.width)
    return found


def test_the_example_of_a_name(vectors: Callable[[str], Path]) -> None:
    examples = json.loads((vectors("c2sp-examples") / "examples.json").read_text("utf-8"))
    for number, path in examples["tile-paths"].items():
        assert Tile(0, int(number)).path == f"tile/0/{path}"
    for size, due in examples["tile-widths"].items():
        found = widths(int(size))
        assert found[ENTRIES] == found[0]
        for level, (full, partial) in found.items():
            if level != ENTRIES:
                assert due[str(level)] == {"full": full, "partial": partial}
        assert {level for level in found if level != ENTRIES} == set(map(int, due))


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(63, 999, 255), "tile/63/999.p/255"),
        (Tile(ENTRIES, 1000, 1), "tile/entries/x001/000.p/1"),
        (Tile(2, 1_234_067_890), "tile/2/x001/x234/x067/890"),
    ],
)
def test_names(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "tile", "tile/0", "tile/0/0", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/-1/000",
        "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p",
        "tile/0/x000/001", "tile/0/001/002", "tile/0/x001", "tile/data/000", "/tile/0/000",
        "tile/0/000\n", "tile/0/\u0660\u0660\u0660", "tile/8/0/000", "tile/0/X001/000", "tile/entries/../000",
        "tile/0/x111/x111/x111/x111/x111/x111/x111/111",
    ],
)  # fmt: skip
def test_other_names_are_refused(path: str) -> None:
    with pytest.raises(Malformed):
        Tile.parse(path)


@given(st.integers(-1, 63), st.integers(0, 10**18), st.integers(1, WIDTH))
def test_a_name_has_one_form(level: int, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert Tile.parse(tile.path) == tile


@given(st.text("tile/entrisx0123456789.p", max_size=30))
def test_what_is_read_is_written_again(path: str) -> None:
    with suppress(Malformed):
        assert Tile.parse(path).path == path


@given(st.integers(0, 200_000))
def test_widths_follow_from_the_size(size: int) -> None:
    """Partial: `floor(s / 256**l) mod 256` wide; empty tiles do not exist."""
    found = widths(size)
    for level in range(4):
        count = size // WIDTH**level
        due = (count // WIDTH, count % WIDTH)
        assert found.get(level, (0, 0)) == due
    assert found.get(ENTRIES, (0, 0)) == found.get(0, (0, 0))


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_only_what_is_new_is_named_again(one: int, other: int) -> None:
    since, size = sorted((one, other))
    before, now = set(tiles.tiles(since)), set(tiles.tiles(size))
    new = list(tiles.tiles(size, since))
    assert len(set(new)) == len(new)
    assert set(new) == now - {tile for tile in before if tile.is_full}


@given(SIZES, st.data())
def test_a_tile_is_as_wide_as_the_tree_makes_it(size: int, data: st.DataObject) -> None:
    level = data.draw(st.integers(-1, 6))
    if count := tiles.count(size, level):
        at = data.draw(st.integers(0, count - 1))
        tile = tiles.tile(level, at // WIDTH, size)
        assert tile.start <= at < tile.start + tile.width <= count


ENTRY = st.binary(max_size=40) | st.just(b"x" * tiles.MAX_ENTRY)


@given(st.lists(ENTRY, max_size=5), st.data())
def test_a_bundle_has_one_form(entries: list[bytes], data: st.DataObject) -> None:
    written = tiles.bundle(entries)
    assert tiles.unbundle(written, len(entries)) == tuple(entries)
    assert len(written) <= max(Tile(ENTRIES, 0, max(len(entries), 1)).most, 0)
    for width in {len(entries) - 1, len(entries) + 1} - {-1}:
        with pytest.raises(Malformed):
            tiles.unbundle(written, width)
    if written:
        cut = data.draw(st.integers(0, len(written) - 1))
        with pytest.raises(Malformed):
            tiles.unbundle(written[:cut], len(entries))
    with pytest.raises(Malformed):
        tiles.unbundle(written + b"\0", len(entries))


def test_an_entry_has_its_limit() -> None:
    with pytest.raises(Malformed, match="65,535"):
        tiles.bundle([b"x" * (tiles.MAX_ENTRY + 1)])


@pytest.mark.parametrize("length", [0, 31, 33, 63, 65])
def test_a_tile_is_whole_hashes(length: int) -> None:
    with pytest.raises(Malformed):
        tiles.hashes(b"h" * length, 1 if length < 60 else 2)
    assert tiles.hashes(b"a" * 32 + b"b" * 32, 2) == (b"a" * 32, b"b" * 32)


def tessera(vectors: Callable[[str], Path]) -> Any:
    return json.loads((vectors("tessera-testlog") / "log.json").read_text("utf-8"))


def test_the_log_of_tessera_is_cut_as_we_would(vectors: Callable[[str], Path]) -> None:
    """Every partial tile and bundle of another implementation, byte for byte."""
    log = tessera(vectors)
    entries = [entry.encode() for entry in log["entries"]]
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    theirs = {path: base64.b64decode(data) for path, data in log["resources_base64"].items()}
    ours = {}
    for size in range(1, len(entries) + 1):
        for tile in tiles.tiles(size):
            part = slice(tile.start, tile.start + tile.width)
            found = tiles.bundle(entries[part]) if tile.level == ENTRIES else b"".join(leaves[part])
            ours[tile.path] = found
    assert ours == theirs
    assert all(Tile.parse(path).path == path for path in theirs)
