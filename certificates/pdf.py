"""The one form of a page's file: a PDF 1.7 (ISO 32000-1) with nothing left to choose.

    %PDF-1.7
    %<six high bytes>
    1 0 obj
    <catalog>
    endobj
    2 0 obj  the interactive form      3 0 obj  its only field, for the signature
    4 0 obj  the information dictionary 5 0 obj  the page tree      6 … n  everything else
    xref     one section, objects in order and without gaps
    trailer
    << /Size n+1 /Root 1 0 R /Info 4 0 R /ID [<32 hex digits> <the same>] >>
    startxref
    <offset>
    %%EOF

Objects keep their places so that an update knows what it redefines without searching, and a page
is read by writing it back: what a lenient reader would repair is refused here.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.errors import Malformed

CATALOG, FORM, FIELD, INFO, PAGES = range(1, 6)
IDENTIFIER_SIZE = 16
LIMIT = 16 * 1024 * 1024  # bytes of a page or of one stream: a stopper for zip bombs
_MAX_OBJECTS = 20_000
_HEADER = b"%PDF-1.7\n%\xe5\xbf\x97\xe6\x84\xbf\n"  # high bytes: a text-mode copy shows at once
_TAIL = re.compile(rb"startxref\n([0-9]{1,8})\n%%EOF\n\Z")
_IDENTIFIER = re.compile(rb"/ID \[<([0-9a-f]{32})> ")
_ENTRY = len(b"0000000000 65535 f \n")


@dataclass(frozen=True, slots=True)
class File:
    """A page's objects, the first of them number 1, and its file identifier."""

    objects: tuple[bytes, ...]
    identifier: bytes

    def __bytes__(self) -> bytes:
        body = indirect(len(_HEADER), enumerate(self.objects, start=1))
        start = len(_HEADER) + len(body.data)
        table = b"".join(entry(offset) for offset in body.offsets.values())
        size = len(self.objects) + 1
        return b"".join(
            (
                _HEADER,
                body.data,
                b"xref\n0 %d\n0000000000 65535 f \n" % size,
                table,
                b"trailer\n" + self._trailer(size),
                b"startxref\n%d\n%%%%EOF\n" % start,
            )
        )

    def __getitem__(self, number: int) -> bytes:
        """Return the body of object `number`, or raise `Malformed`."""
        if not 0 < number <= len(self.objects):
            raise malformed(f"there is no object {number}", f"没有对象 {number}")
        return self.objects[number - 1]

    def _trailer(self, size: int) -> bytes:
        name = self.identifier.hex().encode()
        return b"<< /Size %d /Root %d 0 R /Info %d 0 R /ID [<%s> <%s>] >>\n" % (
            size, CATALOG, INFO, name, name,
        )  # fmt: skip


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


def entry(offset: int) -> bytes:
    """Write one line of a cross-reference table (ISO 32000-1, 7.5.4): twenty bytes."""
    return b"%010d 00000 n \n" % offset


def read(data: bytes) -> File:
    """Read a page's file. Only bytes that it would itself write back are accepted."""
    start = table_start(data)
    size = _size(data, start)
    rows = data.find(b"\n", start + len(b"xref\n")) + 1
    offsets = [_offset(data, rows + _ENTRY * i) for i in range(1, size)]
    ends = [*offsets[1:], start]
    # Overlapping objects could each be as long as the file: a small file would fill the memory.
    if any(begin >= end for begin, end in zip(offsets, ends, strict=True)):
        raise malformed("its objects are not in order", "对象未按顺序排列")
    objects = tuple(
        data[begin + len(b"%d 0 obj\n" % number) : end - len(b"\nendobj\n")]
        for number, (begin, end) in enumerate(zip(offsets, ends, strict=True), start=1)
    )
    found = _IDENTIFIER.search(data, start)
    if found is None:
        raise malformed("it has no file identifier", "缺少文件标识")
    file = File(objects, bytes.fromhex(found[1].decode()))
    # Gaps, second definitions, other headers, other trailers: none survives being written again.
    if bytes(file) != data:
        raise malformed("it is not in the one form of a page", "不是证明页的唯一形式")
    return file


def table_start(data: bytes) -> int:
    """Return the offset of the last cross-reference section, as the file's end states it."""
    tail = _TAIL.search(data, max(0, len(data) - 64))
    if tail is None or not data.startswith(_HEADER) or len(data) > 4 * LIMIT:
        raise malformed("its beginning or end is not ours", "文件头尾不是本系统的形式")
    return int(tail[1])


def stream(dictionary: bytes, content: bytes) -> bytes:
    """Write a stream object around content that needs no further encoding."""
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (dictionary, len(content), content)


def deflated(dictionary: bytes, content: bytes) -> bytes:
    """Write a stream object, compressed (ISO 32000-1, 7.4.4)."""
    dictionary = b"%s /Filter /FlateDecode" % dictionary
    return stream(dictionary.lstrip(), zlib.compress(content, 9))


def content(body: bytes) -> bytes:
    """Return what a compressed stream object holds, or raise `Malformed`."""
    head, marker, rest = body.partition(b"\nstream\n")
    if not marker or b"/Filter /FlateDecode" not in head or not rest.endswith(b"\nendstream"):
        raise malformed("a stream is missing", "缺少数据流")
    return inflate(rest[: -len(b"\nendstream")])


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


def _size(data: bytes, start: int) -> int:
    found = re.compile(rb"xref\n0 ([0-9]{1,6})\n").match(data, start)
    if found is None or not PAGES < int(found[1]) <= _MAX_OBJECTS:
        raise malformed("it has no cross-reference table", "缺少交叉引用表")
    return int(found[1])


def _offset(data: bytes, place: int) -> int:
    digits = data[place : place + 10]
    if not digits.isdigit():
        raise malformed("its cross-reference table is cut", "交叉引用表残缺")
    return int(digits)
