"""CSV in every encoding, and rows that do not sink the others."""

import pytest

from ledger.errors import Unsafe
from ledger.sheets import columns, delimited, reading
from ledger.sheets.layout import Row


def rows(text: str) -> tuple[Row, ...]:
    (table,) = reading.read(text.encode(), "a.csv", "attendance", columns.default())
    return table.rows


def test_tabs_and_semicolons() -> None:
    for comma in ",\t;":
        (row,) = rows(f"姓名{comma}手机号\n张三{comma}19900000000\n")
        assert row.raw == ("张三", "19900000000")


def test_quotes_line_breaks_and_text_forced_by_a_formula() -> None:
    first, second = rows('姓名,手机号\r\n"张\r\n三","1,2"\r\n李四,="0199"\r\n')
    assert first.raw == ("张\r\n三", "1,2")
    assert (second.raw, second.sheet_row) == (("李四", "0199"), 4)


@pytest.mark.parametrize("line", ['"张三,1', '张三,"1', '"张"三",1', "张三,1,2"])
def test_a_damaged_row_leaves_the_others_alone(line: str) -> None:
    found = rows(f'姓名,手机号\n甲,1\n{line}\n乙,2\n"丙",3\n')
    assert [row.damage is not None for row in found] == [False, True, False, False]
    assert found[2].raw == ("乙", "2")


def test_apostrophes_before_numbers_are_no_part_of_them() -> None:
    assert rows("姓名,手机号\n张三,'19900000000\n")[0].raw[1] == "19900000000"


def test_encodings() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"):
        assert delimited.decoded("姓名,㼆𫖯"[: 3 if encoding == "gbk" else 5].encode(encoding), "a")
    assert delimited.decoded("𫖯".encode("gb18030"), "a") == "𫖯"
    for data in (b"\xff\xfe\x00", b"\x81", b"a\0b"):
        with pytest.raises(Unsafe):
            delimited.decoded(data, "a")
