"""What kind of file this is, and whether it is safe to unpack: decided by content, not by name.

A spreadsheet is a zip of XML. A zip can claim little and unpack to gigabytes, and two cells at
opposite corners of a sheet make a reader lay out billions. So every part is inflated here against
a bound, cells are counted, and only what was checked is handed on, packed anew.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ledger.errors import Malformed, Unsafe
from ledger.sheets import compound

MAX_FILE = 20 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 200

_LOCAL = struct.Struct("<4s22xHH")
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_MEDIA = re.compile(r"(?:.*/)?(?:media|Pictures|Thumbnails|embeddings)/")
_FOREIGN = (
    (b"%PDF", "PDF"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"{\\rtf", "RTF"),
    (b"<!doctype", "HTML"),
    (b"<html", "HTML"),
    (b"<table", "HTML"),
    (b"<?xml", "XML"),
)

Form = Literal["xlsx", "xls", "ods", "csv"]


@dataclass(frozen=True, slots=True)
class Container:
    """A file found fit to be read: its form, its bytes, and the parts of it that we read too."""

    form: Form
    data: bytes
    parts: Mapping[str, bytes]


def opened(data: bytes, name: str) -> Container:
    """Return what may be read, or raise `Unsafe` with what is wrong with the file."""
    if len(data) > MAX_FILE:
        limit = f"{MAX_FILE >> 20} MB"
        raise bad(
            "sheet.too_big", name, f"is larger than {limit}; split it", f"超过 {limit}，请拆分"
        )
    if not data.strip(b"\0 \t\r\n"):
        raise bad("sheet.empty", name, "is empty", "是空文件")
    if data.startswith(compound.MAGIC):
        return _ole(data, name)
    if data.startswith(b"PK"):
        return _zip(data, name)
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, kind in _FOREIGN:
        if head[: len(magic)].lower() == magic.lower():
            raise _foreign(name, kind)
    return Container("csv", data, {})


def bad(code: str, name: str, en: str, zh: str) -> Unsafe:
    """Refuse a file: the sentence begins with its name."""
    return Unsafe(code, en=f"{name} {en}", zh=f"{name} {zh}")


def corrupt(name: str) -> Unsafe:
    """Refuse a file that cannot be read."""
    return bad(
        "sheet.corrupt",
        name,
        "is damaged or cut short; open it in a spreadsheet program and save it anew",
        "已损坏或不完整，请用表格软件打开后另存",
    )


def encrypted(name: str) -> Unsafe:
    """Refuse a file that has a password."""
    return bad(
        "sheet.encrypted",
        name,
        "is protected by a password; save it without one",
        "有密码保护，请去掉密码后另存",
    )


def too_large(name: str, what: str) -> Unsafe:
    """Refuse a sheet beyond the limits of rows or columns."""
    if what == "rows":
        en, zh = f"has more than {MAX_ROWS} rows; split it", f"超过 {MAX_ROWS} 行，请拆分"
        return bad("sheet.too_many_rows", name, en, zh)
    return bad(
        "sheet.too_many_columns",
        name,
        f"has more than {MAX_COLUMNS} columns; delete what stands far to the right",
        f"超过 {MAX_COLUMNS} 列，请删除右侧多余内容",
    )


def _foreign(name: str, kind: str) -> Unsafe:
    return bad(
        "sheet.wrong_type",
        name,
        f"is not a spreadsheet but {kind}; save it as .xlsx or .csv",
        f"不是电子表格，而是 {kind} 文件，请另存为 .xlsx 或 .csv",
    )


def _ole(data: bytes, name: str) -> Container:
    try:
        streams = compound.streams(data)
    except Malformed as error:
        raise corrupt(name) from error
    if "EncryptedPackage" in streams:
        raise encrypted(name)
    if "WordDocument" in streams:
        raise _foreign(name, "Word")
    if not streams & {"Workbook", "Book"}:
        raise corrupt(name)
    return Container("xls", data, {})


def _zip(data: bytes, name: str) -> Container:
    parts = _unpacked(data, name)
    if "xl/workbook.xml" in parts:
        return Container("xlsx", _packed(parts), parts)
    if parts.get("mimetype", b"").strip() == _ODS and "content.xml" in parts:
        if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
            raise encrypted(name)
        return Container("ods", _packed(parts), parts)
    if "word/document.xml" in parts:
        raise _foreign(name, "Word")
    if "xl/workbook.bin" in parts:
        raise _foreign(name, "xlsb")
    raise _foreign(name, "ZIP")


def _unpacked(data: bytes, name: str) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
        raise corrupt(name) from error
    if sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise _bomb(name)
    parts: dict[str, bytes] = {}
    left = MAX_UNPACKED
    for info in infos:
        if info.flag_bits & 1:
            raise encrypted(name)
        if info.filename in parts:
            raise corrupt(name)
        part = _inflated(data, info, left, name)
        left -= len(part)
        parts[info.filename] = part
    return parts


def _inflated(data: bytes, info: zipfile.ZipInfo, left: int, name: str) -> bytes:
    """Unpack one part; never more than `left`, whatever the directory claims."""
    try:
        magic, name_size, extra_size = _LOCAL.unpack_from(data, info.header_offset)
        start = info.header_offset + _LOCAL.size + name_size + extra_size
        packed = data[start : start + info.compress_size]
        if magic != b"PK\x03\x04" or len(packed) != info.compress_size:
            raise corrupt(name)
        if info.compress_type == zipfile.ZIP_STORED:
            part = packed
        elif info.compress_type == zipfile.ZIP_DEFLATED:
            part = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, left + 1)
        else:
            raise corrupt(name)
    except (struct.error, zlib.error) as error:
        raise corrupt(name) from error
    if len(part) > left:
        raise _bomb(name)
    if zlib.crc32(part) != info.CRC:
        raise corrupt(name)
    return part


def _packed(parts: Mapping[str, bytes]) -> bytes:
    """Pack what was checked, so that nothing else is read; pictures stay behind."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            if not _MEDIA.match(name):
                archive.writestr(zipfile.ZipInfo(name), part)
    return out.getvalue()


def _bomb(name: str) -> Unsafe:
    limit = MAX_UNPACKED >> 20
    return bad(
        "sheet.zip_bomb",
        name,
        f"unpacks to more than {limit} MB; it is refused unread",
        f"解压后超过 {limit} MB，未读取即拒绝",
    )
