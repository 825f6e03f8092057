"""Certificates: what one may rest on, its number, and how it ends."""

import pytest
from stdnum.iso7064 import mod_97_10

from ledger.records import Certificate
from ledger.rules import papers
from tests.scene import Json, Row, Scene, activity, line, organisation, some, stand


@pytest.fixture
def scene() -> Scene:
    return Scene.ready()


@pytest.fixture
def sheet(scene: Scene) -> str:
    """Give a sheet of T01 with confirmed lines of V1, V2 and V3."""
    ref = scene.attend(line("V1"), line("V2"), line("V3", class_="A"))
    scene.pass_notice(ref)
    return ref


def issued(scene: Scene, ref: str) -> Certificate:
    found = scene.book.find(Certificate, ref)
    assert found
    return found


def revoke(scene: Scene, ref: str, by: str = "KX/i1", org: str = "KX", heir: str = "") -> None:
    successor: Row = {"successor": heir} if heir else {}
    head: Row = {"certificate": ref, "reason": "again"} | successor
    entry, items = scene.write("revocation", by=by, org=org, **dict(head))
    scene.submit(entry, items)


# --- number -------------------------------------------------------------------------------------


def test_numbers_run_without_gap_by_issuer_and_year(scene: Scene, sheet: str) -> None:
    """Rule 42: {GB2260}-{issuer}-{YYYY}-{seq6}-{check}, check = ISO 7064 MOD 97-10."""
    numbers = [issued(scene, scene.certify("V1", (sheet, (0,))).ref).number for _ in range(3)]
    assert [number[:-3] for number in numbers] == [
        "440100-KX-2026-000001", "440100-KX-2026-000002", "440100-KX-2026-000003",
    ]  # fmt: skip
    for number in numbers:
        plain = "".join(c for c in number if c.isalnum())
        assert mod_97_10.is_valid(plain)
        swapped = plain[:-3] + plain[-2] + plain[-3] + plain[-1]
        assert swapped == plain or not mod_97_10.is_valid(swapped)
    scene.appoint("T01/i1", "issuer", "T01", "p-ti1")
    assert papers.next_number(scene.book, "T01", "2026")[:-3] == "000000-T01-2026-000001"
    assert papers.next_number(scene.book, "KX", "2027")[:-3] == "440100-KX-2027-000001"
    assert papers.next_number(scene.book, "T_.-9", "2026")[:-3] == "000000-T_.-9-2026-000001"


def test_another_number_than_the_next_is_refused(scene: Scene, sheet: str) -> None:
    due = papers.next_number(scene.book, "KX", "2026")
    number = due[:-2]
    wrong = [due[:-1], due + "0", number + "00", due.replace("000001", "000002"),
             due.replace("2026", "2027"), due.replace("440100", "440101"), "1"]  # fmt: skip
    for one in wrong:
        with scene.refuses("certificate.number"):
            scene.certify("V1", (sheet, (0,)), number=one)
    scene.certify("V1", (sheet, (0,)), number=due)
    with scene.refuses("certificate.number"):
        scene.certify("V1", (sheet, (0,)), number=due)


# --- lines --------------------------------------------------------------------------------------


def test_a_certificate_rests_on_its_lines(scene: Scene, sheet: str) -> None:
    told = scene.certify("V1", (sheet, (0,)))
    found = issued(scene, told.ref)
    assert (found.volunteer, found.minutes, found.state) == ("V1", 180, "valid")
    assert scene.book.certificates_of(sheet, 0) == (found,)
    assert scene.book.certificates_of(sheet, 1) == ()


def test_lines_of_organisations_below_count_and_of_others_do_not(scene: Scene, sheet: str) -> None:
    """Rule 39: the issuing organisation's own records, or of an organisation below it."""
    scene.appoint("KX/i9", "issuer", "*", "p-i9")
    with scene.refuses("not_authorised"):
        scene.certify("V1", (sheet, (0,)), org="T02")
    scene.say("organisations", organisation("T11", "T01"), by="KX/r1", org="KX")
    with scene.refuses("not_authorised"):
        scene.certify("V1", (sheet, (0,)), org="T11")
    scene.certify("V1", (sheet, (0,)), org="T01")


def test_only_confirmed_lines_count(scene: Scene, sheet: str) -> None:
    """Rule 39."""
    scene.now = f"2026-03-12{scene.now[10:]}"
    waiting = scene.attend(line("V4"))
    with scene.refuses("line.state"):
        scene.certify("V4", (waiting, (0,)))
    scene.correct((sheet, 0))
    with scene.refuses("line.state"):
        scene.certify("V1", (sheet, (0,)))
    with scene.refuses("attendance.unknown"):
        scene.certify("V1", lines=[[some("x"), [0]]], minutes=1)
    with scene.refuses("line.unknown"):
        scene.certify("V1", lines=[[sheet, [7]]], minutes=1)


def test_lines_are_of_the_volunteer_and_the_period(scene: Scene, sheet: str) -> None:
    """Rule 41: the period covers all entries; days inclusive, by start."""
    with scene.refuses("certificate.lines"):
        scene.certify("V1", (sheet, (1,)))
    for wrong in ({"from": "2026-03-04"}, {"to": "2026-03-02"}):
        with scene.refuses("certificate.lines"):
            scene.certify("V1", (sheet, (0,)), **wrong)
    scene.certify("V1", (sheet, (0,)), **{"from": "2026-03-03", "to": "2026-03-03"})


def test_lines_stand_once_each_in_log_order(scene: Scene, sheet: str) -> None:
    """Rule 41: no entry twice."""
    scene.say("activities", activity("A2", "12 09:00", "12 12:00"), by="T01/r1", org="T01")
    scene.wait(days=2)
    rows = (line("V1", "12 09:00", "12 10:00"), line("V1", "12 10:00", "12 12:00"))
    second = scene.attend(*rows, to="A2")
    scene.pass_notice(second)
    wrongs: list[list[Json]] = [
        [(second, [0]), (sheet, [0])],
        [(sheet, [0]), (sheet, [0])],
        [(sheet, [0]), (second, [1, 0])],
        [(sheet, [0]), (second, [0, 0])],
        [(sheet, [])],
        [],
    ]
    for wrong in wrongs:
        with scene.refuses("certificate.lines"):
            scene.certify("V1", (sheet, (0,)), lines=wrong)
    told = scene.certify("V1", (sheet, (0,)), (second, (0, 1)))
    assert issued(scene, told.ref).minutes == 360


def test_the_sum_is_that_of_the_lines_to_the_minute(scene: Scene, sheet: str) -> None:
    """Rule 41: table sum = stated total, and by class."""
    by_class: Row = {"A": 0, "B": 180, "C": 0, "L": 0}
    wrongs: list[Row] = [
        {"minutes": 181}, {"by_class": by_class | {"B": 179}}, {"by_class": by_class | {"C": 1}},
        {"minutes": 179, "by_class": by_class | {"B": 179}},
        {"by_class": by_class | {"A": 180, "B": 0}},
    ]  # fmt: skip
    for wrong in wrongs:
        with scene.refuses("certificate.sum"):
            scene.certify("V1", (sheet, (0,)), **wrong)  # type: ignore[arg-type]
    told = scene.certify("V3", (sheet, (2,)), by_class=by_class | {"A": 180, "B": 0})
    assert issued(scene, told.ref).minutes == 180


def test_no_certificate_for_who_is_unknown_erased_or_restricted(scene: Scene, sheet: str) -> None:
    scene.say("restriction", {"volunteer": "V1"}, reason="asked")
    scene.say("erasure", {"volunteer": "V2"}, reason="asked")
    for number, n in (("V1", 0), ("V2", 1), ("V99", 0)):
        with scene.refuses("volunteer.not_active"):
            scene.certify(number, (sheet, (n,)))


# --- the end ------------------------------------------------------------------------------------


def test_a_correction_supersedes_the_certificates_that_rest_on_the_line(
    scene: Scene, sheet: str
) -> None:
    """Rule 25."""
    first, second = scene.certify("V1", (sheet, (0,))), scene.certify("V1", (sheet, (0,)))
    other = scene.certify("V2", (sheet, (1,)))
    revoke(scene, second.ref)
    scene.correct((sheet, 0))
    states = [issued(scene, told.ref).state for told in (first, second, other)]
    assert states == ["superseded", "revoked", "valid"]


def test_a_certificate_is_revoked_once_by_its_issuer_or_one_above(scene: Scene, sheet: str) -> None:
    scene.appoint("T01/i1", "issuer", "T01", "p-ti1")
    told = scene.certify("V1", (sheet, (0,)))
    with scene.refuses("not_authorised"):
        revoke(scene, told.ref, by="T01/i1", org="T01")
    with scene.refuses("certificate.unknown"):
        revoke(scene, sheet)
    revoke(scene, told.ref)
    with scene.refuses("certificate.unknown"):
        revoke(scene, told.ref)


def test_a_superseded_certificate_may_be_revoked(scene: Scene, sheet: str) -> None:
    told = scene.certify("V1", (sheet, (0,)))
    scene.correct((sheet, 0))
    revoke(scene, told.ref)
    assert issued(scene, told.ref).state == "revoked"


def test_a_successor_is_a_valid_certificate_of_the_same_volunteer(scene: Scene, sheet: str) -> None:
    old, other = scene.certify("V1", (sheet, (0,))), scene.certify("V2", (sheet, (1,)))
    gone = scene.certify("V1", (sheet, (0,)))
    revoke(scene, gone.ref)
    for heir in (other.ref, gone.ref, old.ref, some("x")):
        with scene.refuses("certificate.unknown"):
            revoke(scene, old.ref, heir=heir)
    revoke(scene, old.ref, heir=scene.certify("V1", (sheet, (0,))).ref)


def test_a_line_confirmed_later_may_be_certified_then(scene: Scene) -> None:
    ref = scene.attend(line("V1"), line("V2"))
    notice = scene.notice(ref)
    scene.wait(days=8)
    scene.confirm(notice, stand(ref, 0))
    with scene.refuses("line.state"):
        scene.certify("V1", (ref, (0,)))
    scene.pass_notice(ref)
    scene.certify("V1", (ref, (0,)))
