"""How an audit names places, and says what is wrong with a row."""

import pytest

from ledger.places import chinese, difference, named
from ledger.records import Account, Adoption, Movement


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("12:3", "记录 12:3"),
        ("entry 12", "第 12 条"),
        ("items -1", "第 -1 条的明细"),
        ("checkpoint 7", "检查点 7"),
        ("node 3/4", "树节点 3/4"),
        ("A12", "A12"),
        ("movement 12:3", "转移 12:3"),
        ("hold 12:3", "保留 12:3"),
        ("account volunteer:V1:credit", "账户 volunteer:V1:credit"),
        ("line 9f+/=:3", "line 9f+/=:3"),
        ("entry 12.pdf", "entry 12.pdf"),
    ],
)
def test_a_place_is_named_in_chinese(place: str, words: str) -> None:
    assert chinese(place) == words


def test_rows_of_statements_are_named_as_people_write_them() -> None:
    """Nobody knows a hash by heart."""
    moved = Movement("x" * 44, 2, 31, "s", "d", "pool", "volunteer:V1", "credit", 1, "donate")
    assert named(moved) == "31:3"
    assert named(Account("pool", "credit")) == "pool:credit"


def test_what_differs_is_said_in_the_readers_words() -> None:
    due, row = Account("pool", "credit", 12), Account("pool", "credit", 13, owed=1)
    assert difference(due, row) == (
        "differs: balance is 13, due 12, owed is 1, due 0",
        "不符：余额 为 13，应为 12，待补足 为 1，应为 0",
    )


@pytest.mark.parametrize("at", [0, 10, 4_000, 17_000])
def test_of_a_long_value_only_what_lies_around_the_lie_is_shown(at: int) -> None:
    text = "0123456789" * 1_750
    lie = f"{text[:at]}LIE{text[at + 3 :]}"
    for said in difference(Adoption(1, "r", 1, "d", text), Adoption(1, "r", 1, "d", lie)):
        assert "LIE" in said
        assert len(said) < 150


def test_a_value_that_was_cut_is_shown_where_it_ends() -> None:
    text = "0123456789" * 20
    (said, _) = difference(Adoption(1, "r", 1, "d", text), Adoption(1, "r", 1, "d", text[:150]))
    assert len(said) < 150
