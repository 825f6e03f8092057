"""The book: records by key, and the questions rules ask of them."""

import pytest

from ledger.book import Book
from ledger.errors import Rejected
from ledger.records import (
    NOBODY,
    Activity,
    Adoption,
    Certificate,
    Certified,
    Key,
    Line,
    Membership,
    Organisation,
    Sheet,
    Volunteer,
    key_of,
)
from ledger.rulesets import Ruleset
from tests.scene import at


def line(n: int, start: str, end: str, state: str = "") -> Line:
    return Line("S", n, "V1", at(start), at(end), 60, "B", state=state)


def test_a_record_replaces_the_one_of_its_key() -> None:
    book = Book()
    one = Volunteer("V1", "r", 0, at("02 08:00"), "active")
    two = Volunteer("V1", "r", 0, at("02 08:00"), "erased")
    book.put([one])
    assert book.find(Volunteer, "V1") is one
    book.put([two])
    assert list(book.all(Volunteer)) == [two]
    assert book.find(Volunteer, "V2") is None
    assert key_of(Membership("V1", "T01", "")) == ("V1", "T01")


def test_the_book_counts_entries() -> None:
    book = Book()
    book.advance(at("02 08:00"))
    book.advance(at("02 09:00"))
    assert (book.size, book.stamp) == (2, at("02 09:00"))


def test_lines_are_found_by_the_days_they_touch_once_each() -> None:
    book = Book()
    day, night = line(0, "03 09:00", "03 10:00"), line(1, "03 20:00", "04 08:00")
    midnight, week = line(2, "05 20:00", "06 00:00"), line(3, "02 00:00", "09 00:00")
    book.put([day, night, midnight, week])
    assert book.lines_near("V1", at("03 00:00"), at("03 01:00")) == (day, night, week)
    assert book.lines_near("V1", at("03 23:00"), at("04 01:00")) == (day, night, week)
    assert book.lines_near("V1", at("06 00:00"), at("06 01:00")) == (week,)
    assert book.lines_near("V1", at("09 00:00"), at("10 00:00")) == ()
    assert book.lines_near("V2", at("03 00:00"), at("09 00:00")) == ()
    book.put([line(0, "03 09:00", "03 10:00", "void")])
    assert [found.live for found in book.lines_near("V1", at("03 09:00"), at("03 10:00"))] == [
        False, True, True,
    ]  # fmt: skip


def test_a_line_is_in_the_state_of_its_sheet_unless_it_is_set_apart() -> None:
    book = Book()
    sheet = Sheet("S", 7, "T01", "A1", "p-r1", at("03 13:00"), 3, state="noticed")
    one, two = line(0, "03 09:00", "03 10:00"), line(2, "03 11:00", "03 12:00", "objected")
    assert book.line_state(one) == "recorded"  # its sheet is unknown
    book.put([sheet, one, two])
    assert (book.line_state(one), book.line_state(two)) == ("noticed", "objected")
    assert book.lines_of(sheet) == (one, two)


def test_the_way_up_ends_at_the_root_and_never_runs_in_circles() -> None:
    book = Book()
    book.put(Organisation(code, "r", 0, parent, code) for code, parent in (("T", "K"), ("K", "")))
    assert book.above("T") == ("T", "K")
    assert book.above("X") == ()
    root = book.root()
    assert root
    assert root.code == "K"
    book.put([Organisation("A", "r", 0, "B", "A"), Organisation("B", "r", 0, "A", "B")])
    assert book.above("A") == ("A", "B")


def test_keys_are_found_by_their_public_bytes_and_by_their_appointment() -> None:
    book = Book()
    operator = Key("op+1", 0, "charter", "operator", "*", "p", "v", "PUBLIC")
    recovery = Key("rec+1", 0, "charter", "recovery", "*", "p", "v", "OTHER")
    book.put([recovery, operator])
    assert book.key_of_public("PUBLIC") == operator
    assert book.key_of_public("NONE") is None
    assert book.key_of_appointment("charter") == operator  # recovery cannot be dismissed
    assert book.key_of_appointment("none") is None
    assert operator.until == NOBODY


def test_certificates_are_found_by_line_and_counted_by_year() -> None:
    book = Book()
    assert book.last_sequence("K", "2026") == 0
    book.put(Certificate(f"c{n}", n, str(n), "K", "2026", n, "V1", 60) for n in (1, 3, 2))
    book.put([Certified("S", 0, "c1"), Certified("S", 0, "c3"), Certified("S", 0, "gone")])
    assert [found.ref for found in book.certificates_of("S", 0)] == ["c1", "c3"]
    assert book.certificates_of("S", 1) == ()
    assert book.last_sequence("K", "2026") == 3
    assert book.last_sequence("K", "2027") == book.last_sequence("T", "2026") == 0


def test_rulesets_are_read_from_their_documents() -> None:
    book = Book()
    with pytest.raises(Rejected):
        book.rules_now()
    for entry, since, grace in ((1, "2026-01-01", 10), (9, "2026-06-01", 20)):
        rules = Ruleset(grace=grace).model_dump_json()
        book.put([Adoption(entry, f"r{entry}", 1, since, rules)])
    assert book.rules_on("2026-05-31").grace == 10
    assert book.rules_on("2026-06-01").grace == 20
    assert book.rules_now().grace == 20


def test_memberships_and_activities_stand_in_their_tables() -> None:
    book = Book()
    here, there = Membership("V1", "T01", at("02 08:00")), Membership("V1", "T02", at("02 08:00"))
    plan = Activity("A1", "r", 0, "T01", "x", at("03 09:00"), at("03 12:00"), "科普类", "A")
    book.put([here, there, Membership("V2", "T01", ""), plan])
    assert book.memberships("V1") == (here, there)
    assert book.memberships("V3") == ()
    assert book.find(Activity, "A1") == plan
