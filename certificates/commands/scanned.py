"""The pictures in a PDF as scanners write it: a page is one picture, and nothing is drawn or written.

No reader of PDF: streams are found where they lie (ISO 32000-1, 7.3.8), for no picture may be packed
into another object. What is not JPEG or Flate is left to whoever saves the scan as a picture.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

from PIL import Image

_STREAM = re.compile(rb"stream\r?\n")
_MOST = 50  # pictures that are looked at
_HEAD = 2000  # bytes before a stream in which its dictionary is looked for
_BEGINS = b"%PDF-"
_PIXELS = 100_000_000  # as of any picture that is scanned
_BITS = 8  # a sample
_COLOURS = {1: "L", 3: "RGB"}  # by bytes a pixel


def is_scan(data: bytes) -> bool:
    """Tell whether bytes are a PDF of pictures without any letters."""
    return data.startswith(_BEGINS) and b"/Font" not in data and any(True for _ in pictures(data))


def pictures(data: bytes) -> Iterator[bytes]:
    """Give the pictures of a PDF as files of their own, as far as they are JPEG or Flate."""
    if not data.startswith(_BEGINS):
        return
    found = 0
    for begun in _STREAM.finditer(data):
        head = data[max(0, begun.start() - _HEAD) : begun.start()].rpartition(b" obj")[2]
        end = data.find(b"endstream", begun.end())
        if not re.search(rb"/Subtype\s*/Image", head) or end < 0 or found >= _MOST:
            continue
        if picture := _picture(head, data[begun.end() : end]):
            found += 1
            yield picture


def _picture(head: bytes, content: bytes) -> bytes:
    if b"/DCTDecode" in head:
        return content
    if re.search(rb"/Filter\s*\[?\s*/FlateDecode", head):
        return _unfolded(head, content)
    return b""


def _unfolded(head: bytes, content: bytes) -> bytes:
    """Return a Flate picture of whole bytes in grey or colour as a PNG; nothing for other kinds."""
    width, height, bits = (
        _number(head, name) for name in (b"Width", b"Height", b"BitsPerComponent")
    )
    if not (0 < width * height <= _PIXELS) or bits != _BITS:
        return b""
    rows = b"/Predictor" in head  # PNG's own, each row with its filter in front
    try:
        raw = zlib.decompressobj().decompress(content, width * height * 3 + height)
    except zlib.error:
        return b""
    samples = (len(raw) - height * rows) // (width * height)
    if samples not in _COLOURS:
        return b""
    if rows:
        return _png(width, height, 0 if samples == 1 else 2, zlib.compress(raw))
    out = BytesIO()
    Image.frombytes(_COLOURS[samples], (width, height), raw[: width * height * samples]).save(
        out, "PNG"
    )
    return out.getvalue()


def _png(width: int, height: int, kind: int, content: bytes) -> bytes:
    """Write a PNG around rows that are filtered already (RFC 2083)."""
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)),
        (b"IDAT", content),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _number(head: bytes, name: bytes) -> int:
    found = re.search(rb"/%s\s+(\d{1,6})\b" % name, head)
    return int(found[1]) if found else 0
