"""Two people do the same thing at once, or one is killed over it: it is done once, and fits.

One living person has one number, and what the vault holds opens what the log commits to.
"""

from pathlib import Path
from typing import Any

import pytest

from ledger.desk.office import row_in_force
from ledger.records import Volunteer
from ledger.rows import VolunteerItem
from ledger.store.database import Store
from ledger.store.engine import Address, file_url
from ledger.vault import Vault
from tests.clerk import Clerk, attendance, volunteers
from tests.typist import STAGES, Typist

pytest_plugins = ["tests.databases"]

NEW = ("周一一", "吴二二", "郑三三")


@pytest.fixture
def here(url: str, tmp_path: Path) -> Clerk:
    server = url if url.startswith("postgresql") else ""
    clerk = Clerk(tmp_path, database=server)
    clerk.begin()
    return clerk


def sheet(here: Clerk, telephone: str = "") -> Path:
    """Return a sheet of newcomers, with another telephone if one is given."""
    everybody = volunteers([*here.numbers, *NEW])
    rows = [everybody[0], *everybody[-len(NEW) :]]
    rows[-1][3] = telephone or rows[-1][3]
    return here.sheet(f"新人{telephone}.csv", rows)


def typist(here: Clerk, *words: object, stage: str = "") -> Typist:
    return Typist((*here.own, "--json", *words), stage)


def check(here: Clerk) -> None:
    """Everybody is there once, and the vault opens what the log says of him."""
    at: Address = here.database or file_url(here.home / "ledger.db")
    vault_at: Address = here.database or file_url(here.home / "vault.db")
    store = Store.open(at)
    vault = Vault.open(vault_at, (here.home / "vault.key").read_bytes(), store.origin())
    with store.reading() as view:
        people = {one.number: one for one in view.all(Volunteer)}
        assert len(people) == len(here.numbers) + len(NEW)
        assert {number for number, _ in vault.everybody()} == set(people)
        for number, one in people.items():
            row = row_in_force(view, one.ref, one.n)
            opened = vault.openings_of([number])[number]
            assert isinstance(row, VolunteerItem)
            assert {"name", "contact"} <= set(opened)
            for name, opening in opened.items():
                assert getattr(row, name) == opening.commitment(name)
    store.close()
    vault.close()
    for name in NEW:
        assert len(here("volunteer", "find", name)["volunteers"]) == 1
    assert here("audit")["findings"] == []


def counted(value: Any) -> tuple[int, int]:
    return value["recorded"], value["already"]


@pytest.mark.parametrize("stage", STAGES)
def test_two_who_register_the_same_people_register_them_once(here: Clerk, stage: str) -> None:
    words = ("import", "volunteers", sheet(here))
    first = typist(here, *words, stage=stage)
    second = typist(here, *words)
    answers = [second.answer()] if stage == "judged" else []
    first.go()
    answers = [first.answer(), *(answers or [second.answer()])]
    assert [one.code for one in answers] == [0, 0]
    assert sorted(counted(one.value) for one in answers) == [(0, len(NEW)), (len(NEW), 0)]
    check(here)


@pytest.mark.parametrize("stage", STAGES)
def test_whoever_is_killed_over_it_leaves_nobody_twice(here: Clerk, stage: str) -> None:
    words = ("import", "volunteers", sheet(here))
    first = typist(here, *words, stage=stage)
    first.kill()
    expected = (0, len(NEW)) if stage == "logged" else (len(NEW), 0)
    assert counted(here(*words)) == expected
    check(here)


def test_who_judged_by_what_a_killed_one_left_judges_anew(here: Clerk) -> None:
    """The second judged before the first wrote the vault, and goes on when the first is dead."""
    words = ("import", "volunteers", sheet(here))
    second = typist(here, *words, stage="judged")
    first = typist(here, *words, stage="kept")
    first.kill()
    second.go()
    assert counted(second.answer().value) == (len(NEW), 0)
    check(here)


def test_who_takes_up_what_was_left_is_not_overtaken(here: Clerk) -> None:
    """A third took up the numbers of the dead while the second did: it is judged anew."""
    typist(here, "import", "volunteers", sheet(here), stage="kept").kill()
    second = typist(here, "import", "volunteers", sheet(here), stage="judged")
    assert counted(here("import", "volunteers", sheet(here, "19955500001"))) == (len(NEW), 0)
    second.go()
    assert counted(second.answer().value) == (0, len(NEW))
    check(here)


def test_letters_under_way_fit_the_vault_whoever_comes_first(here: Clerk) -> None:
    letter = here.folder / "letter.json"
    here("import", "volunteers", sheet(here), "--out", letter)
    assert counted(here("import", "volunteers", sheet(here))) == (len(NEW), 0)
    here("submit", letter)
    check(here)


@pytest.mark.parametrize("stage", ["judged", "logged"])
def test_two_who_record_the_same_attendance_record_it_once(here: Clerk, stage: str) -> None:
    here.now = "2026-03-03T14:00:00+08:00"
    rows = attendance(("张三", "9:00", "12:00"), ("李四", "9:00", "11:00"))
    words = ("attend", here.sheet("签到.csv", rows), "--activity", "A1")
    first = typist(here, *words, stage=stage)
    second = typist(here, *words)
    answers = [second.answer()] if stage == "judged" else []
    first.go()
    answers = [first.answer(), *(answers or [second.answer()])]
    assert [one.code for one in answers] == [0, 0]
    found = [one.value["files"][0] for one in answers]
    assert sorted((len(one["accepted"]), one["already"]) for one in found) == [(0, 2), (2, 0)]
    assert len(here.lines(here.numbers["张三"])) == 1
    assert here("audit")["findings"] == []
