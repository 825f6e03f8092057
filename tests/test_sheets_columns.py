"""The table of headings, and the user's own on top of it."""

import pytest

from ledger.errors import Unsafe
from ledger.sheets import columns
from ledger.sheets.columns import KEYS, KINDS, SKIP


def test_the_user_may_add_headings_and_has_the_last_word() -> None:
    own = '[attendance]\nname = ["队员", "签名"]\nleft = ["结束"]\n'.encode()
    mine = columns.default().extended(own)
    assert mine.field("attendance", "队 员：") == "name"
    assert mine.field("attendance", "签名") == "name"
    assert mine.field("attendance", "姓名") == "name"
    assert columns.default().field("attendance", "队员") is None
    assert columns.default().field("attendance", "签名") == SKIP
    assert mine.field("volunteers", "队员") is None


BROKEN = {
    "no TOML": b"[attendance",
    "no UTF-8": b"\xff",
    "no kind": b'[people]\nname = ["a"]',
    "no field": b'[attendance]\nreligion = ["a"]',
    "no list": b'[attendance]\nname = "a"',
    "no text": b"[attendance]\nname = [1]",
    "no table": b"attendance = 1",
    "two fields": b'[attendance]\nname = ["a"]\nphone = ["A:"]',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_table_is_refused(name: str) -> None:
    with pytest.raises(Unsafe) as refused:
        columns.default().extended(BROKEN[name])
    assert refused.value.code == "columns.malformed"


def test_what_may_not_be_read_is_not_in_the_table() -> None:
    """PIPL 28: sensitive data that nobody needs."""
    for heading in ("民族", "政治面貌", "宗教信仰", "血型", "病史", "指纹", "婚姻状况", "基因"):
        assert all(columns.default().field(kind, heading) is None for kind in KINDS)


def test_every_kind_has_its_keys() -> None:
    for kind in KINDS:
        assert set(columns.default().table[kind].values()) >= KEYS[kind]
        assert columns.default().field(kind, columns.REASON) == SKIP
