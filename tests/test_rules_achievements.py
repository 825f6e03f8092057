"""Trainings and honours: who may record one, of whom, what takes it back, and what may be certified."""

from collections.abc import Callable

import pytest

from ledger.records import Achievement, Certificate
from ledger.rules.papers import next_number
from tests.economy import RICH, award, granted, open_year, propose, served, shift, stood
from tests.scene import Json, Row, Scene, at, honour, line, some, training

Make = Callable[..., Row]
BOTH = pytest.mark.parametrize(("kind", "make"), [("training", training), ("honour", honour)])


@pytest.fixture
def scene() -> Scene:
    return Scene.ready()


def row(scene: Scene, ref: str, n: int = 0) -> Achievement:
    found = scene.book.find(Achievement, ref, n)
    assert found
    return found


def state(scene: Scene, ref: str) -> str:
    found = scene.book.find(Certificate, ref)
    assert found
    return found.state


# --- recorded -----------------------------------------------------------------------------------


def test_rows_are_kept_as_they_were_said(scene: Scene) -> None:
    """Rule 13: training minutes stand in a table of their own, and no line follows from them."""
    learnt = scene.train(training("V1"), training("V2", minutes=30))
    honoured = scene.honour(honour("V1", "2026-03-03"))
    one, two, three = row(scene, learnt), row(scene, learnt, 1), row(scene, honoured)
    assert (one.kind, one.title, one.giver, one.minutes) == ("training", "急救培训", "红十字会", 90)
    assert (two.volunteer, two.minutes, two.organisation, two.person) == ("V2", 30, "T01", "p-r1")
    assert (three.kind, three.title, three.giver) == ("honour", "优秀志愿者", "示例县科协")
    assert (three.date, three.minutes, three.entry) == ("2026-03-03", 0, scene.log[-1].index)
    assert scene.book.achievements_of("V1") == (one, three)
    assert scene.book.lines_by("V1") == ()


@BOTH
def test_nobody_records_his_own(scene: Scene, kind: str, make: Make) -> None:
    """Rule 22: T01/r2 is V5."""
    with scene.refuses("four_eyes", 1):
        scene.say(kind, make("V1"), make("V5"), by="T01/r2", org="T01")
    scene.say(kind, make("V5"), by="T01/r1", org="T01")


@BOTH
def test_only_a_recorder_says_them_for_an_organisation(scene: Scene, kind: str, make: Make) -> None:
    for by, org in (("T01/c1", "T01"), ("KX/i1", "KX"), ("T02/r1", "T01"), ("T01/r1", "KX")):
        with scene.refuses("not_authorised"):
            scene.say(kind, make("V1"), by=by, org=org)
    scene.appoint("KX/r9", "recorder", "*", "p-r99")
    with scene.refuses("organisation.unknown"):
        scene.say(kind, make("V1"), by="KX/r9", org="*")
    scene.say(kind, make("V1"), by="KX/r9", org="T02")  # as service: membership is not asked for


@BOTH
def test_a_day_that_has_not_come_is_refused(scene: Scene, kind: str, make: Make) -> None:
    with scene.refuses("time.future", 0, says="2026-03-04"):
        scene.say(kind, make("V1", "2026-03-04"), by="T01/r1", org="T01")
    scene.say(kind, make("V1", "2026-03-03"), by="T01/r1", org="T01")


@BOTH
@pytest.mark.parametrize(
    "changed",
    [
        {"date": "2026-3-2"},
        {"date": "2026-02-30"},
        {"volunteer": "张三"},
        {"salt_": "x"},
        {"more": 1},
    ],
)
def test_another_form_is_refused(
    scene: Scene, kind: str, make: Make, changed: dict[str, Json]
) -> None:
    with scene.refuses("malformed"):
        scene.say(kind, make("V1") | changed, by="T01/r1", org="T01")


@pytest.mark.parametrize(
    "changed",
    [{"minutes": 0}, {"minutes": -1}, {"minutes": True}, {"course": ""}, {"host": "x" * 1001},
     {"course": "急救\n培训"}],
)  # fmt: skip
def test_a_training_is_of_whole_positive_minutes_and_has_its_texts(
    scene: Scene, changed: dict[str, Json]
) -> None:
    with scene.refuses("malformed"):
        scene.say("training", training("V1") | changed, by="T01/r1", org="T01")


@BOTH
def test_who_is_unknown_or_erased_is_refused(scene: Scene, kind: str, make: Make) -> None:
    with scene.refuses("volunteer.unknown", 0):
        scene.say(kind, make("V99"), by="T01/r1", org="T01")
    for what in ("restriction", "erasure"):
        scene.say(what, {"volunteer": "V2"}, reason="asked")
        with scene.refuses("volunteer.not_active", 0):
            scene.say(kind, make("V2"), by="T01/r1", org="T01")


def test_who_left_before_was_not_trained_and_may_still_be_honoured(scene: Scene) -> None:
    """As for service: who leaves on the day was there. An honour may come after one has left."""
    scene.say("departure", {"volunteer": "V1", "reason": "death"}, by="T01/r1", org="T01")
    scene.now = at("05 10:00")
    scene.train(training("V1", "2026-03-03"))
    with scene.refuses("volunteer.not_active", 0):
        scene.train(training("V1", "2026-03-04"))
    scene.honour(honour("V1", "2026-03-04"))


@BOTH
def test_the_same_row_twice_is_refused(scene: Scene, kind: str, make: Make) -> None:
    """What differs in minutes alone is the same training, and is corrected first."""
    with scene.refuses("row.repeated", 1):
        scene.say(kind, make("V1"), make("V1"), by="T01/r1", org="T01")
    first = scene.say(kind, make("V1"), by="T01/r1", org="T01")
    more: dict[str, Json] = {"minutes": 60} if kind == "training" else {}
    with scene.refuses("row.repeated", 0, says=f"{first.index}:1"):
        scene.say(kind, make("V1", **more), by="T02/r1", org="T02")
    scene.say(kind, make("V2"), make("V1", "2026-03-01"), by="T01/r1", org="T01")
    scene.correct((first.ref, 0))
    scene.say(kind, make("V1", **more), by="T01/r1", org="T01")


# --- taken back ---------------------------------------------------------------------------------


@BOTH
def test_a_correction_by_another_takes_a_row_back(scene: Scene, kind: str, make: Make) -> None:
    """Rule 24: by another person than the recorder and the volunteer, once."""
    ref = scene.say(kind, make("V1"), make("V6"), by="T01/r1", org="T01").ref
    for by, n in (("T01/c3", 0), ("T01/c2", 1)):  # the recorder's other key; V6 himself
        with scene.refuses("four_eyes", 0):
            scene.correct((ref, n), by=by)
    with scene.refuses("not_authorised", 0):
        scene.correct((ref, 0), by="T02/c1", org="T02")
    with scene.refuses("row.state", 1):
        scene.correct((ref, 0), (ref, 0))
    done = scene.correct((ref, 0), by="KX/c1", org="KX")
    assert (row(scene, ref).voided, row(scene, ref, 1).voided) == (done.index, -1)
    with scene.refuses("row.state", 0):
        scene.correct((ref, 0))
    with scene.refuses("attendance.unknown", 0):
        scene.correct((ref, 7))


def test_lines_and_rows_are_corrected_together(scene: Scene) -> None:
    sheet, learnt = scene.attend(line("V1")), scene.train(training("V1"))
    scene.pass_notice(sheet)
    done = scene.correct((learnt, 0), (sheet, 0))
    assert (row(scene, learnt).voided, scene.state(sheet)) == (done.index, "void")


# --- certified ----------------------------------------------------------------------------------


@pytest.fixture
def sheet(scene: Scene) -> str:
    """Give a sheet with confirmed lines of V1 and V2."""
    ref = scene.attend(line("V1"), line("V2"))
    scene.pass_notice(ref)
    return ref


Rows = tuple[str, tuple[int, ...]]


def certify(scene: Scene, sheet: str, kind: str, *rows: Rows, org: str = "KX") -> str:
    """Certify V1's line of a sheet, and rows of a kind beside it."""
    if kind == "training":
        return scene.certify("V1", (sheet, (0,)), org=org, training=rows).ref
    return scene.certify("V1", (sheet, (0,)), org=org, honours=rows).ref


@BOTH
def test_a_certificate_rests_on_its_rows(scene: Scene, sheet: str, kind: str, make: Make) -> None:
    """Rule 25: whoever takes one back supersedes it."""
    first = scene.say(
        kind, make("V1"), make("V2"), make("V1", "2026-03-01"), by="T01/r1", org="T01"
    )
    second = scene.say(kind, make("V1", "2026-03-03"), by="T02/r1", org="T02")
    told = certify(scene, sheet, kind, (first.ref, (0, 2)), (second.ref, (0,)))
    other = scene.certify("V1", (sheet, (0,)))
    scene.correct((first.ref, 1))
    assert state(scene, told) == "valid"
    scene.correct((first.ref, 2))
    assert (state(scene, told), state(scene, other.ref)) == ("superseded", "valid")


@BOTH
def test_rows_are_named_in_log_order_each_once(
    scene: Scene, sheet: str, kind: str, make: Make
) -> None:
    first = scene.say(kind, make("V1"), make("V1", "2026-03-01"), by="T01/r1", org="T01").ref
    second = scene.say(kind, make("V1", "2026-03-03"), by="T01/r1", org="T01").ref
    wrong: list[list[tuple[str, tuple[int, ...]]]] = [
        [(first, (1, 0))], [(first, (0, 0))], [(first, ())], [(first, (0,)), (first, (1,))],
        [(second, (0,)), (first, (0,))],
    ]  # fmt: skip
    for rows in wrong:
        with scene.refuses("certificate.lines"):
            certify(scene, sheet, kind, *rows)
    with scene.refuses("malformed"):  # nothing is absent, not empty
        certify(scene, sheet, kind)


@BOTH
def test_only_rows_of_that_kind_volunteer_and_period_that_stand_are_certified(
    scene: Scene, sheet: str, kind: str, make: Make
) -> None:
    days = ("2026-03-02", "2026-02-28")
    rows = [make("V2"), *(make("V1", day) for day in days)]
    ref = scene.say(kind, *rows, by="T01/r1", org="T01").ref
    for n in (0, 2):
        with scene.refuses("certificate.lines"):
            certify(scene, sheet, kind, (ref, (n,)))
    other = "honour" if kind == "training" else "training"
    for found, place in ((other, (ref, (1,))), (kind, (ref, (7,))), (kind, (sheet, (0,)))):
        with scene.refuses("row.unknown"):
            certify(scene, sheet, found, place)
    scene.correct((ref, 1))
    with scene.refuses("row.state"):
        certify(scene, sheet, kind, (ref, (1,)))


@BOTH
def test_rows_of_the_issuer_s_own_organisation_or_below(
    scene: Scene, sheet: str, kind: str, make: Make
) -> None:
    """Rule 39."""
    scene.appoint("KX/i9", "issuer", "*", "p-i9")
    above = scene.say(kind, make("V1"), by="KX/r1", org="KX").ref
    aside = scene.say(kind, make("V1", "2026-03-01"), by="T02/r1", org="T02").ref
    own = scene.say(kind, make("V1", "2026-03-03"), by="T01/r1", org="T01").ref
    for ref in (above, aside):
        with scene.refuses("not_authorised"):
            certify(scene, sheet, kind, (ref, (0,)), org="T01")
    certify(scene, sheet, kind, (own, (0,)), org="T01")


@BOTH
def test_issuer_recorder_and_volunteer_are_three_persons(
    scene: Scene, sheet: str, kind: str, make: Make
) -> None:
    """Rule 22, in two steps: who recorded a row, or whose it is, does not certify it."""
    scene.appoint("T01/r8", "recorder", "T01", "p-ki1")  # the issuer, under another key
    mine = scene.say(kind, make("V1"), by="T01/r8", org="T01").ref
    with scene.refuses("four_eyes"):
        certify(scene, sheet, kind, (mine, (0,)))
    scene.appoint("T01/i5", "issuer", "T01", "V1")
    theirs = scene.say(kind, make("V1", "2026-03-01"), by="T01/r1", org="T01").ref
    field = "training" if kind == "training" else "honours"
    with scene.refuses("four_eyes"):
        certify_by(scene, sheet, {field: [[theirs, [0]]]})


def certify_by(scene: Scene, sheet: str, rows: Row) -> None:
    """Let V1, an issuer of T01, certify his own line, and rows beside it."""
    page: Row = {"length": 1, "sha256": "0" * 64}
    row: Row = {"volunteer": "V1", "from": "2026-03-01", "to": "2026-03-31", "minutes": 180}
    row |= {"by_class": {"A": 0, "B": 180, "C": 0, "L": 0}, "lines": [[sheet, [0]]]}
    scene.say(
        "certificate", row | rows, by="T01/i5", org="T01", page=page, signer="0" * 64,
        number=next_number(scene.book, "T01", "2026"),
    )  # fmt: skip


# --- the star -----------------------------------------------------------------------------------


@pytest.fixture
def starred() -> tuple[Scene, str]:
    """Give a ledger in which V1 and V2 hold one star, and the sheet of their lines."""
    found = Scene.ready(RICH)
    ref = served(found, "V1", "V2")
    granted(found, "V1")
    granted(found, "V2")
    return found, ref


def awards(scene: Scene) -> list[str]:
    return [told.ref for told in scene.log if told.heard.statement.head.kind == "award"]


def test_the_star_is_the_one_that_is_held(starred: tuple[Scene, str]) -> None:
    scene, sheet = starred
    mine, other = awards(scene)
    for wrong in ((other, 0), (mine, 1), (sheet, 0), (some("x"), 0)):
        with scene.refuses("certificate.star"):
            scene.certify("V1", (sheet, (0,)), star=wrong)
    scene.certify("V1", (sheet, (0,)), star=[mine, 0])
    with scene.refuses("certificate.star"):
        scene.certify("V2", (sheet, (1,)), star=[mine, 0])


def test_a_star_that_was_refused_is_not_certified(starred: tuple[Scene, str]) -> None:
    scene, _ = starred
    open_year(scene)
    sheet = stood(scene, shift("V3", "10"))
    refused = award(scene, propose(scene, "V3"), "V3", "refused")
    with scene.refuses("certificate.star"):
        scene.certify("V3", (sheet, (0,)), star=[refused, 0])


def test_a_star_under_review_waits_for_a_person(starred: tuple[Scene, str]) -> None:
    """Rule 25: where it stands after all, by the award that granted it; where not, superseded."""
    scene, sheet = starred
    (mine, _) = awards(scene)
    scene.correct((sheet, 0))
    kept = scene.attend(line("V1", class_="C", replaces=[sheet, 0]), reason=some("why"))
    scene.pass_notice(kept)
    assert scene.book.stars_of("V1")[0].state == "review"
    with scene.refuses("certificate.star"):
        scene.certify("V1", (kept, (0,)), star=[mine, 0])
    award(scene, "", "V1")
    told, plain = (
        scene.certify("V1", (kept, (0,)), star=[mine, 0]),
        scene.certify("V1", (kept, (0,))),
    )
    award(scene, "", "V1", "withdrawn")
    assert (state(scene, told.ref), state(scene, plain.ref)) == ("superseded", "valid")
    gone = scene.book.find(Certificate, told.ref)
    assert gone
    assert (gone.ended, gone.reason) == (scene.now[:10], "corrected")  # never why it was withdrawn
    with scene.refuses("certificate.star"):
        scene.certify("V1", (kept, (0,)), star=[mine, 0])


def test_a_revoked_certificate_stays_revoked_when_its_star_goes(starred: tuple[Scene, str]) -> None:
    scene, sheet = starred
    told = scene.certify("V1", (sheet, (0,)), star=[awards(scene)[0], 0])
    scene.say("revocation", by="KX/i1", org="KX", certificate=told.ref, reason="error")
    award(scene, "", "V1", "withdrawn")
    assert state(scene, told.ref) == "revoked"


def test_only_the_highest_star_is_certified(starred: tuple[Scene, str]) -> None:
    """A certificate of the lower one said what was held on its day, and stays valid."""
    scene, sheet = starred
    (mine, _) = awards(scene)
    told = scene.certify("V1", (sheet, (0,)), star=[mine, 0])
    open_year(scene)
    stood(scene, shift("V1", "10"))
    granted(scene, "V1", 2)
    assert state(scene, told.ref) == "valid"
    with scene.refuses("certificate.star"):
        scene.certify("V1", (sheet, (0,)), star=[mine, 0])
    scene.certify("V1", (sheet, (0,)), star=[awards(scene)[-1], 0])
