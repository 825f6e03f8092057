"""A published log is read as strangers do: every bit of every file is fixed by the checkpoint."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import checkpoint, merkle, tiles
from ledger.checkpoint import Checkpoint
from ledger.errors import Unverified
from ledger.merkle import Frontier
from ledger.note import Verifier
from ledger.published import Published
from ledger.tiles import ENTRIES, WIDTH, Tile

Files = dict[str, bytes]


def entry(number: int) -> bytes:
    return b"entry %d" % number


def files(size: int) -> tuple[Checkpoint, Files]:
    """Return a log of that size as files, made level by level from the definition alone."""
    levels = {ENTRIES: [entry(n) for n in range(size)]}
    levels[0] = [merkle.leaf_hash(one) for one in levels[ENTRIES]]
    for level in range(1, 4):
        below = levels[level - 1]
        levels[level] = [
            merkle.root(below[at : at + WIDTH])
            for at in range(0, len(below) // WIDTH * WIDTH, WIDTH)
        ]
    found = {}
    for tile in tiles.tiles(size):
        part = levels[tile.level][tile.start : tile.start + tile.width]
        found[tile.path] = tiles.bundle(part) if tile.level == ENTRIES else b"".join(part)
    return Checkpoint("example.com/log", size, merkle.root(levels[0])), found


def opened(under: Checkpoint, found: Files) -> Published:
    return Published(under, lambda tile: found[tile.path])


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 700, 65_536, 66_049])
def test_everything_is_read(size: int) -> None:
    under, found = files(size)
    log = opened(under, found)
    assert list(log.entries()) == [entry(n) for n in range(size)]
    assert {tile.path: log.data(tile) for tile in tiles.tiles(size)} == found


@given(st.integers(1, 1100), st.data())
def test_any_part_is_read(size: int, data: st.DataObject) -> None:
    under, found = files(size)
    start = data.draw(st.integers(0, size))
    stop = data.draw(st.integers(start, size + 300))
    log = opened(under, found)
    assert list(log.entries(start, stop)) == [entry(n) for n in range(start, min(stop, size))]


@given(st.integers(1, 1100), st.data())
def test_proofs_are_computed_from_tiles(size: int, data: st.DataObject) -> None:
    under, found = files(size)
    log = opened(under, found)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    proof = merkle.inclusion_proof(index, size, log.node)
    merkle.check_inclusion(merkle.leaf_hash(entry(index)), index, size, under.root, proof)
    tree = Frontier()
    for n in range(old):
        tree.append(merkle.leaf_hash(entry(n)))
    consistent = merkle.consistency_proof(old, size, log.node)
    merkle.check_consistency(old, tree.root(), size, under.root, consistent)
    assert merkle.range_root(0, old, log.node) == tree.root()


def read_all(under: Checkpoint, found: Files) -> None:
    log = opened(under, found)
    for tile in tiles.tiles(under.size):
        log.data(tile)


@pytest.mark.parametrize("size", [1, 3, 256, 258])
def test_no_flipped_bit_is_read(size: int) -> None:
    """Each bit of each file in a small log; of large files one in some bytes."""
    under, found = files(size)
    read_all(under, found)
    for name, data in found.items():
        step = 1 if len(data) < 200 else 41
        for bit in range(0, len(data) * 8, step):
            spoilt = bytearray(data)
            spoilt[bit // 8] ^= 1 << bit % 8
            with pytest.raises(Unverified):
                opened(under, {**found, name: bytes(spoilt)}).data(Tile.parse(name))


@given(st.integers(1, 700), st.data())
def test_cut_and_mixed_up_files_are_refused(size: int, data: st.DataObject) -> None:
    under, found = files(size)
    name = data.draw(st.sampled_from(sorted(found)))
    other = data.draw(
        st.sampled_from([b"", found[name][:-1], found[name] + b"\0", *found.values()])
    )
    if other != found[name]:
        with pytest.raises(Unverified):
            read_all(under, {**found, name: other})


def test_what_is_wrong_is_named() -> None:
    under, found = files(600)
    spoilt = tiles.bundle([entry(n + (n == 300)) for n in range(256, 512)])
    with pytest.raises(Unverified, match=r"tile/entries/001: entry 300 is not the one"):
        list(opened(under, {**found, "tile/entries/001": spoilt}).entries())
    with pytest.raises(Unverified, match=r"tile/0/001: it does not lead"):
        list(opened(under, {**found, "tile/0/001": found["tile/0/000"]}).entries())
    with pytest.raises(Unverified, match=r"tile/0/000: it has 31 bytes, not 256 hashes"):
        list(opened(under, {**found, "tile/0/000": b"x" * 31}).entries())
    with pytest.raises(Unverified, match=r"tile/entries/002\.p/88: it does not hold 88 entries"):
        list(opened(under, {**found, "tile/entries/002.p/88": b"x" * 31}).entries())
    assert next(opened(under, {**found, "tile/entries/002.p/88": b""}).entries()) == entry(0)


def test_another_root_or_size_is_refused_at_once() -> None:
    under, found = files(600)
    other = Checkpoint(under.origin, 600, files(599)[0].root)
    with pytest.raises(Unverified, match="do not lead to the checkpoint's root"):
        opened(other, found)
    with pytest.raises(Unverified, match="do not lead"):
        opened(Checkpoint(under.origin, 0, under.root), {})


def test_reading_one_entry_takes_a_file_a_level_and_reading_all_each_file_once() -> None:
    under, found = files(66_049)
    asked: list[str] = []

    def read(tile: Tile) -> bytes:
        asked.append(tile.path)
        return found[tile.path]

    log = Published(under, read)
    edge = len(asked)
    assert (
        edge == 3
    )  # 258 full tiles and an entry, a full tile above them and two hashes, one above
    list(log.entries(70, 71))
    assert asked[edge:] == ["tile/entries/000", "tile/0/000", "tile/1/000"]
    asked.clear()
    list(Published(under, read).entries())
    assert len(asked) == len(set(asked))


def test_the_log_of_tessera_is_read_at_every_size(vectors: Callable[[str], Path]) -> None:
    log = json.loads((vectors("tessera-testlog") / "log.json").read_text("utf-8"))
    found = {path: base64.b64decode(data) for path, data in log["resources_base64"].items()}
    for size in range(len(log["entries"]) + 1):
        note = log["checkpoints"][f"checkpoint.{size}"].encode()
        under, _ = checkpoint.read(note, [Verifier.parse(log["vkey"])])
        assert under.size == size
        entries = [one.decode() for one in opened(under, found).entries()]
        assert entries == log["entries"][:size]
