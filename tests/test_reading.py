"""Queries that screens and statements ask: sums, single fields, and records with what they lead to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import Unsafe
from ledger.files import write_parts
from ledger.records import Activity, Line, Movement, Record, Sheet, Spoken
from ledger.store.database import Store
from ledger.store.reading import Link

pytest_plugins = ["tests.databases"]

DAYS = ("2026-03-02", "2026-03-03", "2026-03-04")
LINKS = (
    Link(Sheet, "ref", Line, "sheet", ("entry", "state")),
    Link(Spoken, "entry", Sheet, "confirmation", ("stamp",)),
    Link(Activity, "code", Sheet, "activity", ("name", "category")),
)


@pytest.fixture
def store(url: str) -> Store:
    found = Store.create(url)
    with found.writing() as writer:
        writer.put([*moved(), *served(), *spoken()])
        writer.commit()
    return found


def moved() -> list[Record]:
    return [
        Movement("r", n, n, f"{day}T23:59:59+08:00", day, "pool", f"volunteer:V{n % 2}", unit, 2**n, "donate")
        for n, (day, unit) in enumerate((d, u) for d in DAYS for u in ("point", "credit"))
    ]  # fmt: skip


def served() -> list[Record]:
    return [
        *(Activity(f"A{n}", "r", 0, "T", f"活动{n}", "s", "e", "科普", "B") for n in range(2)),
        *(
            Sheet(f"s{n}", n, "T", f"A{n % 2}", "p", "s", 1, state="confirmed", confirmation=at)
            for n, at in enumerate((5, -1, -1))
        ),
        *(Line(f"s{n}", 0, f"V{n % 2}", f"start{n}", "end", 60, "B") for n in range(3)),
    ]


def spoken() -> list[Record]:
    """Return entries whose keys come in another order than they do."""
    return [
        Spoken("by", f"{9 - n:032d}", n, f"ref{n}", "notice", "T", f"stamp{n}") for n in range(6)
    ]


def test_sums_end_where_they_are_told_to(store: Store) -> None:
    with store.reading() as view:
        last = {"effective": DAYS[1]}
        assert view.total(Movement, "amount", last, debit="pool", unit="point") == 1 + 4
        assert (
            view.total(Movement, "amount", {"stamp": f"{DAYS[1]}T23:59:59+08:00"}, debit="pool")
            == 15
        )
        assert view.total(Movement, "amount", {}, credit="volunteer:V1") == 2 + 8 + 32
        found = view.total(Movement, "amount", last, debit="nobody", unit="point")
        assert (found, type(found)) == (0, int)


def test_single_fields_are_picked(store: Store) -> None:
    with store.reading() as view:
        found = view.picked(Spoken, ("entry", "stamp"), "entry", [(1,), (4,), (99,)])
        assert sorted(map(tuple, found)) == [(1, "stamp1"), (4, "stamp4")]
        assert view.picked(Spoken, ("entry",), "entry", []) == ()


def test_a_record_comes_with_what_it_leads_to(store: Store) -> None:
    with store.reading() as view:
        found = sorted(
            view.joined(Line, LINKS, "volunteer", [("V0",), ("V9",)]), key=lambda row: row[0].sheet
        )
        assert [row[1:] for row in found] == [
            (0, "confirmed", "stamp5", "活动0", "科普"), (2, "confirmed", None, "活动0", "科普")
        ]  # fmt: skip
        own = [one for one in served() if isinstance(one, Line) and one.volunteer == "V0"]
        assert [row[0] for row in found] == own
        assert list(view.joined(Line, LINKS, "volunteer", [])) == []


def test_records_come_in_another_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.store.reading._PAGE", 2)
    with store.reading() as view:
        assert [one.entry for one in view.ordered(Spoken, "entry")] == list(range(6))
        assert [one.entry for one in view.all(Spoken)] == list(range(5, -1, -1))


# --- and what is written of them -----------------------------------------------------------------


def test_parts_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "journal"
    write_parts(file, iter([b"one\n", b"two\n"]))
    assert file.read_bytes() == b"one\ntwo\n"

    def broken() -> Iterator[bytes]:
        yield b"three\n"
        raise OSError(28, "No space left on device")

    with pytest.raises(Unsafe) as refusal:
        write_parts(file, broken())
    assert refusal.value.code == "file.unwritable"
    assert file.read_bytes() == b"one\ntwo\n"
