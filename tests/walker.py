"""A stranger's client: walks a published folder with the standard library alone, and nothing of ours.

It follows c2sp.org/tlog-tiles as written: the checkpoint says which files there are, the hash tiles
give the root, and every entry is one of the leaves. What it cannot find or make fit, it raises.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator

Fetch = Callable[[str], bytes]


def walk(fetch: Fetch) -> tuple[str, int, list[bytes]]:
    """Return origin, size and entries of a published log, after holding all of it against the root."""
    text = fetch("checkpoint").partition(b"\n\n")[0].decode()
    origin, decimal, root = text.split("\n")
    size = int(decimal)
    entries = [entry for path, width in names(size, "entries") for entry in cut(fetch(path), width)]
    leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
    level, hashes = 0, leaves
    while hashes:
        stored = b"".join(whole(fetch(path), width) for path, width in names(len(hashes), level))
        assert stored == b"".join(hashes), f"level {level} is not what the level below it gives"
        hashes = [top(hashes[at : at + 256]) for at in range(0, len(hashes) // 256 * 256, 256)]
        level += 1
    assert base64.b64encode(top(leaves)).decode() == root, "another root"
    return origin, size, entries


def names(count: int, level: int | str) -> Iterator[tuple[str, int]]:
    """Name the tiles that hold so many hashes or entries, and how many each holds."""
    for number in range(-(-count // 256)):
        digits = f"{number:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        path = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
        width = min(256, count - number * 256)
        yield f"tile/{level}/{path}" + (f".p/{width}" if width < 256 else ""), width


def cut(data: bytes, width: int) -> list[bytes]:
    """Cut a bundle into its entries."""
    found = []
    while data:
        end = 2 + int.from_bytes(data[:2], "big")
        assert len(data) >= end, "an entry is cut short"
        found.append(data[2:end])
        data = data[end:]
    assert len(found) == width, "another number of entries"
    return found


def whole(data: bytes, width: int) -> bytes:
    assert len(data) == 32 * width, "another number of hashes"
    return data


def top(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, of hashes that are leaves already."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\x01" + top(hashes[:split]) + top(hashes[split:])).digest()
