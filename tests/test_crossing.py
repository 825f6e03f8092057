"""Credits that cross from one association's ledger to another's (rule 38)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certificates import crossing
from ledger import trust as trusts
from ledger.encoding import decode, encode
from ledger.errors import LedgerError, Unverified
from ledger.records import Account
from ledger.store.database import Store
from ledger.store.engine import file_url
from tests.clerk import Clerk

RULES = 'title = "甲办法"\n[credits]\ngift_to = ["spouse"]\n'


def founded(folder: Path) -> Clerk:
    """Found a ledger whose rules give credits, with three confirmed hours of 张三."""
    folder.mkdir()
    here = Clerk(folder)
    here.begin()
    file = folder / "办法.toml"
    file.write_text(RULES, encoding="utf-8")
    here("rules", "adopt", file)
    here.confirmed("张三")
    return here


def origin(here: Clerk) -> str:
    found: str = here("checkpoint")["checkpoint"].splitlines()[0]
    return found


def balances(here: Clerk) -> dict[str, int]:
    store = Store.open(file_url(here.home / "ledger.db"))
    try:
        return {one.account: one.balance for one in store.all(Account) if one.unit == "credit"}
    finally:
        store.close()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clerk, Clerk, Path]:
    """Give two ledgers and the document of two credits sent from the first to the second."""
    folder = tmp_path_factory.mktemp("two")
    here, there = founded(folder / "here"), founded(folder / "there")
    form = folder / "申请表.pdf"
    form.write_bytes(b"signed")
    number = here.numbers["张三"]
    held = here("credit", "export", number, 2, "--to", origin(there), "--form", form)["hold"]
    (settled,) = here("credit", "settle", held)["entries"]
    document = folder / "转出.json"
    here("credit", "depart", f"{settled}:1", "-o", document)
    return here, there, document


def arrive(there: Clerk, here: Clerk, document: Path, who: str = "李四", code: int = 0) -> Any:
    trust = here.home / "trust.json"
    return there("credit", "arrive", document, there.numbers[who], "--trust", trust, code=code)


def test_what_leaves_is_locked_and_arrives_once(
    two: tuple[Clerk, Clerk, Path], tmp_path: Path
) -> None:
    """Export locks, import once, and both ledgers net to nothing."""
    here, there, document = two[0], two[1].copied(tmp_path), two[2]
    held = arrive(there, here, document)
    assert (held["amount"], held["origin"]) == (2, origin(here))
    there("credit", "settle", held["hold"])
    number = there.numbers["李四"]
    assert balances(there)[f"volunteer:{number}"] == 2
    assert balances(there)[f"transit:{origin(here)}"] == -2
    assert balances(here)[f"transit:{origin(there)}"] == 2
    assert sum(balances(there).values()) == sum(balances(here).values()) == 0
    again = arrive(there, here, document, "王五", code=1)
    assert again["error"]["code"] == "import.twice"
    for each in (here, there):
        assert each("audit")["findings"] == []


def test_a_ledger_takes_in_what_was_sent_to_it_alone(
    two: tuple[Clerk, Clerk, Path], tmp_path: Path
) -> None:
    here, there, document = two
    third = founded(tmp_path / "third")
    assert arrive(third, here, document, code=1)["error"]["code"] == "unverified"
    own_trust = there.home / "trust.json"  # it does not trust the other's log
    words = ("credit", "arrive", document, there.numbers["李四"], "--trust", own_trust)
    assert there(*words, code=1)["error"]["code"] == "unverified"


def test_an_export_names_whom_it_is_for_and_may_be_undone(
    two: tuple[Clerk, Clerk, Path], tmp_path: Path
) -> None:
    """By the other ledger's trust file; its document is for one person there, if he is known."""
    here, there = two[0].copied(tmp_path / "here"), two[1].copied(tmp_path / "there")
    number, meant = here.numbers["张三"], there.numbers["李四"]
    form, document = here.folder / "申请表.pdf", here.folder / "二.json"
    form.write_bytes(b"signed")
    trust = there.home / "trust.json"
    words = ("credit", "export", number, 1, "--to", trust, "--for", meant, "--form", form)
    held = here(*words)["hold"]
    (settled,) = here("credit", "settle", held)["settlements"]
    here("credit", "depart", held, "-o", document)
    assert balances(here)[f"transit:{origin(there)}"] == 3
    assert arrive(there, here, document, "王五", code=1)["error"]["code"] == "import.receiver"
    assert arrive(there, here, document)["amount"] == 1
    assert arrive(there, here, document, code=1)["error"]["code"] == "import.held"
    assert here.refused("credit", "refund", settled) == "form.missing"
    back = here("credit", "refund", settled, "--form", form)["hold"]
    here("credit", "settle", back)
    assert here.refused("credit", "depart", settled, "-o", document) == "transfer.purpose"
    own = here.home / "trust.json"
    home = ("credit", "export", number, 1, "--to", own, "--form", form)
    assert here.refused(*home) == "export.target"


def test_only_a_settled_export_has_a_document(two: tuple[Clerk, Clerk, Path]) -> None:
    here = two[0]
    answer = here("credit", "depart", "3:1", "-o", here.folder / "x.json", code=1)
    assert answer["error"]["code"] in ("refund.unknown", "transfer.purpose")


def changed(change: Callable[[Any], None]) -> Callable[[bytes], bytes]:
    def made(data: bytes) -> bytes:
        value = decode(data, lines=True)
        change(value)
        return encode(value, lines=True)

    return made


def item(value: Any, text: str, other: str) -> None:
    for entry in value["entries"]:
        for row in entry.get("items", ()):
            row["item"] = row["item"].replace(text, other)


WRONG: dict[str, Callable[[bytes], bytes]] = {
    "more than was settled": changed(lambda v: item(v, '"amount":2', '"amount":3')),
    "another hold": changed(lambda v: v["entries"].pop(-2)),
    "another entry": changed(lambda v: v.update(settled=v["settled"] - 1)),
    "a hash less": changed(lambda v: v["hashes"].pop()),
    "nobody's appointment": changed(lambda v: v["entries"].pop(1)),
    "another format": changed(lambda v: v.update(format="volunteer-ledger/crossing@v2")),
    "a space": lambda data: data + b" ",
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_document_that_was_changed_proves_nothing(
    two: tuple[Clerk, Clerk, Path], name: str
) -> None:
    here, there, document = two
    trust = trusts.read((here.home / "trust.json").read_bytes())
    data = document.read_bytes()
    assert crossing.check(data, trust, origin(there)).amount == 2
    with pytest.raises(LedgerError):
        crossing.check(WRONG[name](data), trust, origin(there))


def test_no_flipped_bit_of_a_document_changes_what_it_says(
    two: tuple[Clerk, Clerk, Path],
) -> None:
    here, there, document = two
    trust = trusts.read((here.home / "trust.json").read_bytes())
    data, own = document.read_bytes(), origin(there)
    for at in range(0, len(data), 7):
        flipped = bytearray(data)
        flipped[at] ^= 1 << at % 8
        with pytest.raises(LedgerError):
            crossing.check(bytes(flipped), trust, own)
    with pytest.raises(Unverified):
        crossing.check(b" " * (crossing.MAX_SIZE + 1), trust, own)
    assert json.loads(data)["format"] == crossing.FORMAT
