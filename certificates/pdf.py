"""The one form of a page's file: a PDF 1.7 (ISO 32000-1) with nothing left to choose.

    %PDF-1.7
    %<six high bytes>
    1 0 obj
    <catalog>
    endobj
    2 0 obj  the interactive form      3 0 obj  its only field, for the signature
    4 0 obj  the information dictionary 5 0 obj  the page tree      6 … n  everything else,
    the last of them an object stream (7.5.7) with objects n+1 … n+m: the small ones
    n+m+1 0 obj  the cross-reference stream (7.5.8), objects in order and without gaps
    << /Type /XRef /Size n+m+2 /W [1 4 2] /Root 1 0 R /Info 4 0 R /ID [<32 hex digits> <the same>] … >>
    startxref
    <offset>
    %%EOF

Objects keep their places so that an update knows what it redefines without searching, and a page
is read by writing it back: what a lenient reader would repair is refused here.
"""

import re
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ledger.errors import Malformed

CATALOG, FORM, FIELD, INFO, PAGES = range(1, 6)
IDENTIFIER_SIZE = 16
LIMIT = 16 * 1024 * 1024  # bytes of a page or of one stream: a stopper for zip bombs
_MAX_OBJECTS = 60_000
_HEADER = b"%PDF-1.7\n%\xe5\xbf\x97\xe6\x84\xbf\n"  # high bytes: a text-mode copy shows at once
_TAIL = re.compile(rb"startxref\n([0-9]{1,8})\n%%EOF\n\Z")
_TABLE = re.compile(
    rb"[0-9]{1,6} 0 obj\n<< /Type /XRef /Size ([0-9]{1,6}) /W \[1 4 2\] /Root 1 0 R /Info 4 0 R"
    rb" /ID \[<([0-9a-f]{32})> <[0-9a-f]{32}>\] /Length [0-9]{1,7} >>\nstream\n"
)
# Before it a carriage return too: after content that ends in one, a bare line feed would be taken for
# the second half of a line end, and the length for one too many.
_END = b"\r\nendstream"
_ROW = struct.Struct(">BLH")  # of the table: /W [1 4 2]
_FREE, _PLAIN, _PACKED = range(3)  # kinds of rows (ISO 32000-1, table 18)
LEVEL = 3  # of compression: 6 takes twice as long for one byte in twenty-five


@dataclass(frozen=True, slots=True)
class File:
    """A page's objects, the first of them number 1; how many the last of them packs; its identifier."""

    objects: tuple[bytes, ...]
    packed: int
    identifier: bytes

    @property
    def size(self) -> int:
        """One more than the highest number in use, that of the table included."""
        return len(self.objects) + self.packed + 2

    def __bytes__(self) -> bytes:
        body = indirect(len(_HEADER), enumerate(self.objects, start=1))
        start = len(_HEADER) + len(body.data)
        last = len(self.objects)
        rows = (
            _ROW.pack(_FREE, 0, 0xFFFF),
            *map(placed, body.offsets.values()),
            _inside(last, self.packed),
            placed(start),
        )
        return b"".join(
            (_HEADER, body.data, table(self.size - 1, self.identifier, b"", rows), tail(start))
        )

    def __getitem__(self, number: int) -> bytes:
        """Return the body of object `number`, or raise `Malformed`."""
        if not 0 < number <= len(self.objects):
            raise malformed(f"there is no object {number}", f"没有对象 {number}")
        return self.objects[number - 1]


@dataclass(frozen=True, slots=True)
class Body:
    """Objects as bytes, and where in the file each of them begins."""

    data: bytes
    offsets: dict[int, int]


def indirect(start: int, objects: Iterable[tuple[int, bytes]]) -> Body:
    """Write numbered objects one after the other, the first at offset `start`."""
    parts, offsets = [], {}
    for number, content in objects:
        offsets[number] = start
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, content))
        start += len(parts[-1])
    return Body(b"".join(parts), offsets)


def packed(first: int, objects: Sequence[bytes]) -> bytes:
    """Write an object stream (ISO 32000-1, 7.5.7) of objects, the first of them number `first`."""
    places, start = [], 0
    for number, content in enumerate(objects, start=first):
        places.append(b"%d %d" % (number, start))
        start += len(content) + 1
    index = b" ".join(places) + b"\n"
    head = b"/Type /ObjStm /N %d /First %d" % (len(objects), len(index))
    return deflated(head, index + b"\n".join(objects))


@lru_cache(maxsize=256)
def _inside(stream_: int, count: int) -> bytes:
    """Write the rows of all objects that an object stream packs."""
    return b"".join(_ROW.pack(_PACKED, stream_, place) for place in range(count))


def placed(offset: int) -> bytes:
    """Write one row of a cross-reference stream: an object at an offset."""
    return _ROW.pack(_PLAIN, offset, 0)


def table(number: int, identifier: bytes, more: bytes, rows: Iterable[bytes]) -> bytes:
    """Write a cross-reference stream (ISO 32000-1, 7.5.8); `more` are entries after /ID."""
    name = identifier.hex().encode()
    head = b"/Type /XRef /Size %d /W [1 4 2] /Root %d 0 R /Info %d 0 R /ID [<%s> <%s>]%s"
    content = stream(head % (number + 1, CATALOG, INFO, name, name, more), b"".join(rows))
    return b"%d 0 obj\n%s\nendobj\n" % (number, content)


def tail(start: int) -> bytes:
    """Write what a file ends with: where its last table begins."""
    return b"startxref\n%d\n%%%%EOF\n" % start


@lru_cache(maxsize=2)  # a page is taken apart to be sealed or unsealed, and again for its words
def read(data: bytes) -> File:
    """Read a page's file. Only bytes that it would itself write back are accepted."""
    start = table_start(data)
    found = _TABLE.match(data, start)
    size = int(found[1]) if found else 0
    if found is None or not PAGES < size <= _MAX_OBJECTS:
        raise malformed("it has no cross-reference table", "缺少交叉引用表")
    rows = data[found.end() : found.end() + _ROW.size * size]
    if len(rows) != _ROW.size * size:
        raise malformed("its cross-reference table is cut", "交叉引用表残缺")
    offsets = [offset for kind, offset, _ in _ROW.iter_unpack(rows) if kind == _PLAIN][:-1]
    ends = [*offsets[1:], start]
    # Overlapping objects could each be as long as the file: a small file would fill the memory.
    if any(begin >= end for begin, end in zip(offsets, ends, strict=True)):
        raise malformed("its objects are not in order", "对象未按顺序排列")
    objects = tuple(
        data[begin + len(b"%d 0 obj\n" % number) : end - len(b"\nendobj\n")]
        for number, (begin, end) in enumerate(zip(offsets, ends, strict=True), start=1)
    )
    file = File(objects, size - 2 - len(objects), bytes.fromhex(found[2].decode()))
    # Gaps, second definitions, other headers, other tables: none survives being written again.
    if file.packed < 0 or bytes(file) != data:
        raise malformed("it is not in the one form of a page", "不是证明页的唯一形式")
    return file


def table_start(data: bytes) -> int:
    """Return the offset of the last cross-reference section, as the file's end states it."""
    found = _TAIL.search(data, max(0, len(data) - 64))
    if found is None or not data.startswith(_HEADER) or len(data) > 4 * LIMIT:
        raise malformed("its beginning or end is not ours", "文件头尾不是本系统的形式")
    return int(found[1])


def stream(dictionary: bytes, content: bytes) -> bytes:
    """Write a stream object around content that needs no further encoding."""
    head = b"%s /Length %d" % (dictionary, len(content))
    return b"<< %s >>\nstream\n%s%s" % (head.lstrip(), content, _END)


def deflated(dictionary: bytes, content: bytes) -> bytes:
    """Write a stream object, compressed (ISO 32000-1, 7.4.4)."""
    return stream(b"%s /Filter /FlateDecode" % dictionary, zlib.compress(content, LEVEL))


def content(body: bytes) -> bytes:
    """Return what a compressed stream object holds, or raise `Malformed`."""
    head, marker, rest = body.partition(b"\nstream\n")
    if not marker or b"/Filter /FlateDecode" not in head or not rest.endswith(_END):
        raise malformed("a stream is missing", "缺少数据流")
    return inflate(rest[: -len(_END)])


def inflate(data: bytes) -> bytes:
    """Return what exactly one zlib stream (RFC 1950) holds; 16 MiB at most, nothing behind it."""
    reader = zlib.decompressobj()
    try:
        found = reader.decompress(data, LIMIT + 1)
    except zlib.error as error:
        raise malformed("a stream cannot be decompressed", "数据流无法解压") from error
    if not reader.eof or reader.unused_data or len(found) > LIMIT:
        raise malformed("a stream is cut, too long or not alone", "数据流残缺、过大或带有多余字节")
    return found


def malformed(en: str, zh: str) -> Malformed:
    """Return the refusal of a file that is no page of ours."""
    return Malformed(f"this PDF was not made here, or was changed: {en}; ask for the original file",
                     f"此 PDF 并非本系统所出，或已被改动：{zh}；请索取原始文件")  # fmt: skip
