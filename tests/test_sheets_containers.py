"""Files that are not what they say, or would not fit into memory: a clear refusal each."""

import io
import struct
import zipfile
import zlib

import pytest

from ledger.errors import Unsafe
from ledger.sheets import containers
from tests.sheets_files import archive, xls, xlsx


def refusal(data: bytes) -> Unsafe:
    with pytest.raises(Unsafe) as refused:
        containers.opened(data, "表.xlsx")
    assert refused.value.en.startswith("表.xlsx ")
    assert refused.value.zh.startswith("表.xlsx ")
    return refused.value


FOREIGN = {
    "pdf": b"%PDF-1.7\n",
    "jpeg": b"\xff\xd8\xff\xe0JFIF",
    "png": b"\x89PNG\r\n",
    "html": b"\xef\xbb\xbf<HTML><table>",
    "html table": b"\n<table border=1>",
    "xml": b"<?xml version='1.0'?><Workbook/>",
    "rar": b"Rar!\x1a\x07",
    "rtf": b"{\\rtf1",
    "docx": archive({"word/document.xml": b"<w/>"}),
    "zip": archive({"a.txt": b"a"}),
    "xlsb": archive({"xl/workbook.bin": b"\0"}),
    "doc": xls([], "WordDocument"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_other_files_are_named(name: str) -> None:
    assert refusal(FOREIGN[name]).code == "sheet.wrong_type"


@pytest.mark.parametrize("data", [b"", b" \r\n", bytes(100)], ids=["none", "blank", "NUL"])
def test_empty(data: bytes) -> None:
    assert refusal(data).code == "sheet.empty"


def test_a_password_is_named() -> None:
    assert refusal(xls([], "EncryptedPackage")).code == "sheet.encrypted"
    ods = {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"\x01"}
    manifest = b"<manifest:encryption-data/>"
    assert refusal(archive({**ods, "META-INF/manifest.xml": manifest})).code == "sheet.encrypted"
    locked = bytearray(xlsx([["姓名", "手机号"]]))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(locked)).code == "sheet.encrypted"


def test_cut_short() -> None:
    whole = xlsx([["姓名", "手机号"], ["张三", "19900000000"]])
    for size in (3, 30, 200, len(whole) // 2, len(whole) - 30):
        assert refusal(whole[:size]).code == "sheet.corrupt"
    assert refusal(xls([])[:1000]).code == "sheet.corrupt"
    assert refusal(xls([], "Contents")).code == "sheet.corrupt"


def test_a_changed_byte_in_a_part_is_damage() -> None:
    data = bytearray(archive({"xl/workbook.xml": b"x" * 99}, zipfile.ZIP_STORED))
    data[data.index(b"xxx")] = 0x79
    assert refusal(bytes(data)).code == "sheet.corrupt"


def test_a_part_twice_is_damage() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("xl/workbook.xml", "<a/>")
        with pytest.warns(UserWarning, match="Duplicate"):
            book.writestr("xl/workbook.xml", "<b/>")
    assert refusal(out.getvalue()).code == "sheet.corrupt"


def test_too_big() -> None:
    assert refusal(b"a," * (containers.MAX_FILE // 2 + 1)).code == "sheet.too_big"


def test_a_zip_bomb_is_refused_by_its_directory() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as book:
        book.writestr("xl/workbook.xml", bytes(containers.MAX_UNPACKED + 1))
    assert len(out.getvalue()) < 1_000_000
    assert refusal(out.getvalue()).code == "sheet.zip_bomb"


def test_a_zip_bomb_with_a_lying_directory_is_stopped_while_unpacking() -> None:
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    part = squeezed.compress(bytes(containers.MAX_UNPACKED + 1)) + squeezed.flush()
    name = b"xl/workbook.xml"
    common = struct.pack("<5H3L2H", 20, 0, 8, 0, 33, 0, len(part), 10, len(name), 0)
    local = b"PK\x03\x04" + common + name + part
    central = b"PK\x01\x02" + struct.pack("<H", 20) + common
    central += struct.pack("<3H2L", 0, 0, 0, 0, 0) + name
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local), 0)
    assert refusal(local + central + end).code == "sheet.zip_bomb"


def test_what_is_handed_on_is_what_was_checked() -> None:
    parts = {"xl/workbook.xml": b"<workbook/>", "xl/media/image1.png": b"picture"}
    found = containers.opened(archive(parts), "a.xlsx")
    assert found.form == "xlsx"
    with zipfile.ZipFile(io.BytesIO(found.data)) as book:
        assert book.namelist() == ["xl/workbook.xml"]


def test_plain_text_is_csv_whatever_its_name() -> None:
    assert containers.opened("姓名,手机号\n".encode(), "a.xlsx").form == "csv"
