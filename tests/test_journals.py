"""Journals: what hledger and beancount make of the books is what `credit balances` says."""

import json
import re
from itertools import islice
from pathlib import Path

import pytest
from msgspec.structs import replace

from ledger import accounts
from ledger.desk.accounts import balances
from ledger.desk.journals import FORMS, transactions
from ledger.incentives import Credits, Points
from ledger.records import Account, Movement
from tests.clerk import Clerk
from tests.databases import World, ready
from tests.economy import RICH, hold, served, settle, thrive
from tests.oracles import PROGRAMS, Balances
from tests.scene import RULES, line, some, volunteer
from tests.test_postings import busy, with_
from tests.test_statement_of_account import RULES as PAYING

pytest_plugins = ["tests.databases"]

form = pytest.mark.parametrize("form", FORMS)


@pytest.fixture
def world(file_url: str, tmp_path: Path) -> World:
    found = ready(file_url, tmp_path, RICH)
    thrive(found)
    return found


def write(world: World, form: str, folder: Path) -> Path:
    file = folder / f"books.{form}"
    with world.db.reading() as view:
        file.write_text("".join(FORMS[form](view)), encoding="ascii")  # nothing else is in it
    return file


def ours(world: World) -> Balances:
    with world.db.reading() as view:
        return {(accounts.name(b.account), b.unit): b.balance for b in balances(view) if b.balance}


# --- the oracles ---------------------------------------------------------------------------------


@form
def test_others_come_to_the_same_balances(world: World, tmp_path: Path, form: str) -> None:
    assert PROGRAMS[form](write(world, form, tmp_path)) == ours(world)


@form
@pytest.mark.parametrize("seed", range(3))
def test_others_agree_under_caps_group_service_and_corrections(
    file_url: str, tmp_path: Path, form: str, seed: int
) -> None:
    rules = with_(Points(cap_day=2, cap_year=5), Credits(cap=3, donation_only=("科普",)))
    world = ready(file_url, tmp_path, rules)
    busy(world, seed)
    assert PROGRAMS[form](write(world, form, tmp_path)) == ours(world)


@form
def test_a_ledger_without_points_is_a_journal_too(file_url: str, tmp_path: Path, form: str) -> None:
    world = ready(file_url, tmp_path, RULES)
    served(world, "V1")
    assert PROGRAMS[form](write(world, form, tmp_path)) == ours(world) == {}


@form
def test_numbers_with_odd_signs_break_nothing(world: World, tmp_path: Path, form: str) -> None:
    odd = ["-.-", "v-1", "a.b", "V_9", "x" * 32]
    world.say("volunteers", *map(volunteer, odd), by="T01/r1", org="T01")
    rows = [line(who, class_="C") for who in odd]
    world.pass_notice(world.attend(*rows, reason=some("late")))
    settle(world, hold(world, "gift", "volunteer:V3", "volunteer:a.b", 1, relation="child"), 1)
    found = PROGRAMS[form](write(world, form, tmp_path))
    assert found == ours(world)
    assert len({account for account, _ in found if "X-" in account}) == len(odd)


@form
@pytest.mark.parametrize("planted", ["balance", "movement"])
def test_others_see_a_changed_figure(world: World, tmp_path: Path, form: str, planted: str) -> None:
    with world.db.writing() as writer:
        if planted == "balance":
            found = world.db.find(Account, "volunteer:V2", "credit")
            assert found
            writer.put([replace(found, balance=found.balance + 1)])
        else:
            row = next(iter(world.db.where(Movement, purpose="gift")))
            writer.put([replace(row, amount=row.amount + 1)])
        writer.commit()
    with pytest.raises(AssertionError, match=r"(?i)balance|assertion"):
        PROGRAMS[form](write(world, form, tmp_path))


# --- what is in them -----------------------------------------------------------------------------


def test_a_transaction_says_where_it_comes_from(world: World, tmp_path: Path) -> None:
    text = write(world, "hledger", tmp_path).read_text()
    assert (
        "\n2026-03-03 (19) earned  ; entry:19, recorded:2026-03-11T13:00:00+08:00, lines:17:1\n"
        "    Assets:Volunteers:V1                   3 point\n"
        "    Equity:Issuance                       -3 point\n"
        "    Assets:Volunteers:V1                   3 credit\n"
        "    Equity:Issuance                       -3 credit\n"
    ) in text
    text = write(world, "beancount", tmp_path).read_text()
    assert (
        '\n2026-03-11 * "gift"\n  entry: 26\n  recorded: "2026-03-11T13:00:00+08:00"\n'
        "  Assets:Volunteers:V2                   1 CREDIT\n"
        "  Assets:Volunteers:V1                  -1 CREDIT\n"
    ) in text


def test_an_entry_makes_one_transaction_between_two_accounts(world: World) -> None:
    with world.db.reading() as view:
        found = list(transactions(view))
    pairs = [(one.entry, one.debit, one.credit, one.day, one.purpose) for one in found]
    assert len(pairs) == len(set(pairs))
    assert all(amount > 0 for one in found for _, amount in one.amounts)
    said = {one.purpose for one in found}
    assert {
        "earned",
        "voided",
        "redeem",
        "gift",
        "donate",
        "grant",
        "order",
        "export",
        "import",
    } <= said
    movements = [one.entry for one in found if one.purpose not in ("earned", "voided")]
    assert movements == sorted(movements)


@form
def test_a_journal_is_written_piece_by_piece(world: World, form: str) -> None:
    with world.db.reading() as view:
        pieces = FORMS[form](view)
        assert not isinstance(pieces, str | list)
        assert all(len(piece) < 1000 for piece in islice(pieces, 1000))


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def earning(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    here = Clerk(tmp_path_factory.mktemp("journals"))
    here.begin()
    file = here.folder / "办法.toml"
    file.write_text(PAYING, encoding="utf-8")
    here("rules", "adopt", file)
    here.confirmed("张三", "李四", "王五")
    zhang, li = here.numbers["张三"], here.numbers["李四"]
    paper = here.folder / "申请.txt"
    paper.write_text("赠与申请", encoding="utf-8")
    held = here("credit", "gift", zhang, li, 2, "--relation", "child", "--form", paper)["hold"]
    here("credit", "settle", held)
    return here


@form
def test_the_export_agrees_with_the_balances_that_are_listed(earning: Clerk, form: str) -> None:
    file = earning.folder / f"{form}.journal"
    assert earning("export", form, "-o", file) == {"file": str(file)}
    listed = earning("credit", "balances")["balances"]
    due = {(one["account"], one["unit"]): one["balance"] for one in listed if one["balance"]}
    assert due
    assert PROGRAMS[form](file) == due
    text = file.read_text(encoding="ascii")
    assert earning.run("export", form).stdout == text
    assert earning("export", form) == {"journal": text}


@form
def test_no_name_is_in_a_journal(earning: Clerk, form: str) -> None:
    text = earning.run("export", form).stdout
    assert text.isascii()
    assert not re.search(r"\d{11,}", re.sub(r"V\d{10}", "", text))  # no telephone, no ID number
    assert json.dumps(text)
