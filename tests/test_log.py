"""The log: what goes in, what comes out, and what it refuses to sign."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from ledger import merkle
from ledger.audit import audit
from ledger.checkpoint import read
from ledger.errors import LedgerError, Malformed, Rejected, Unsafe
from ledger.log import Log, Receipt, Sent, receipts
from ledger.note import Signer
from ledger.records import Adoption, Key, Line, Sheet, Spoken
from ledger.statements import entry_bytes
from tests.databases import World, guard, ready, sent
from tests.scene import ORIGIN, Scene, activity, digest, line, signer, some, stand, vkey, volunteer

pytest_plugins = ["tests.databases"]


def check(answer: Receipt | LedgerError) -> Receipt:
    """Check a receipt as whoever holds it would: against the log's key alone."""
    assert isinstance(answer, Receipt), answer
    found, _ = read(answer.checkpoint, [signer(ORIGIN).verifier])
    leaf = merkle.leaf_hash(answer.entry)
    merkle.check_inclusion(leaf, answer.index, found.size, found.root, answer.proof)
    return answer


def clean(world: World) -> None:
    """Hold the database against a replay, and against the book beside the log."""
    with world.db.reading() as view:
        report = audit(view, trusted=[signer(ORIGIN).verifier])
        assert report.findings == []
        assert report.size == world.book.size == view.size()
        for kind in (Line, Sheet, Key, Spoken, Adoption):
            assert set(view.all(kind)) == set(world.book.all(kind))


def attendance(world: World, *numbers: str, day: str = "03") -> Sent:
    rows = [line(number, f"{day} 09:00", f"{day} 12:00") for number in numbers]
    return sent(*world.write("attendance", *rows, by="T01/r1", org="T01", activity="A1"))


def test_the_whole_way_of_a_line_is_stored(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    sheet = world.attend(line("V1"), line("V2"), line("V3"))
    world.object((sheet, 2))
    notice = world.notice(sheet)
    world.wait(days=8)
    world.confirm(notice, stand(sheet, 2))
    world.certify("V1", (sheet, (0,)))
    world.correct((sheet, 1))
    again = world.attend(line("V2", replaces=[sheet, 1], class_="C"), reason=some("why"))
    world.pass_notice(again)
    assert world.last
    check(world.last)
    clean(world)


def test_a_batch_is_one_checkpoint_and_each_statement_has_its_answer(
    url: str, tmp_path: Path
) -> None:
    world = ready(url, tmp_path)
    before = world.db.size()
    good, other = attendance(world, "V1"), attendance(world, "V2", "V3")
    batch = [good, Sent(b"no note"), attendance(world, "V1"), other, good]
    first, bad, taken, last, again = appended(world, batch)
    assert isinstance(bad, Malformed)
    assert isinstance(taken, Rejected)
    assert taken.code == "time.overlap"
    assert check(first) == check(again)
    assert (check(first).index, check(last).index) == (before, before + 1)
    assert check(first).checkpoint == check(last).checkpoint
    with world.db.reading() as view:
        sizes = [size for size, _ in view.checkpoints()]
    assert sizes[-2:] == [before, before + 2]


def appended(
    world: World, batch: list[Sent], *, right: bool = False
) -> tuple[Receipt | LedgerError, ...]:
    assert world.logger
    return world.logger.append(batch, world.moment, clock_is_right=right)


def test_every_size_of_batch_is_proved(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    for count in range(1, 9):
        batch = [
            sent(*world.write("volunteers", volunteer(f"N{count}x{i}"), by="T01/r1", org="T01"))
            for i in range(count)
        ]
        assert [check(answer).index for answer in appended(world, batch)] == list(
            range(world.db.size() - count, world.db.size())
        )


def test_sent_again_gets_the_first_entry_under_the_newest_checkpoint(
    url: str, tmp_path: Path
) -> None:
    world = ready(url, tmp_path)
    one = attendance(world, "V1")
    first = check(world.append(one))
    check(world.append(attendance(world, "V2")))
    world.wait(days=1)
    again = check(world.append(one))
    assert (again.index, again.entry) == (first.index, first.entry)
    assert again.checkpoint != first.checkpoint
    assert world.db.size() == first.index + 2


def test_the_same_id_with_another_text_is_refused(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    check(world.append(attendance(world, "V1")))
    world.made -= 2
    assert_refused(world.append(attendance(world, "V2")), "statement.repeated")


def assert_refused(answer: Receipt | LedgerError, code: str) -> None:
    assert isinstance(answer, LedgerError)
    assert answer.code == code, answer


def test_a_batch_may_rest_on_itself(url: str, tmp_path: Path) -> None:
    """Who is appointed by one statement speaks in the next, and who is dismissed does not."""
    world = ready(url, tmp_path)
    book = Scene.ready()  # says the same, to learn the refs
    book.now, book.made = world.now, world.made
    head = {"key": vkey("T02/r5"), "role": "recorder"}
    appoint = book.say("appointment", {"person": "p-r5"}, org="T02", **head)
    speak = book.say("volunteers", volunteer("W1"), by="T02/r5", org="T02")
    act = book.say("activities", activity("Z1"), by="T02/r5", org="T02")
    late_line, why = line("W1", class_="C"), {"activity": "Z1", "reason": some("why")}
    attend = book.say("attendance", late_line, by="T02/r5", org="T02", **why)
    notice = book.say("notice", {"attendance": attend.ref}, by="T02/r5", org="T02")
    end = book.say("dismissal", appointment=appoint.ref, since=book.now)
    late = book.write("volunteers", volunteer("W2"), by="T02/r5", org="T02")
    said = [(one.entry, one.items) for one in (appoint, speak, act, attend, notice, end)]
    answers = appended(world, [sent(*one) for one in [*said, late]])
    assert [check(answer).index for answer in answers[:-1]] == [
        appoint.index + n for n in range(len(said))
    ]
    assert_refused(answers[-1], "not_authorised")
    world.book = book.book
    clean(world)


def test_nothing_to_write_writes_nothing(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    before = world.db.checkpoint()
    assert appended(world, []) == ()
    assert_refused(world.append(attendance(world, "V9")), "volunteer.unknown")
    assert world.db.checkpoint() == before


def test_receipts_are_found_later(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    with world.db.reading() as view:
        found = receipts(view, range(view.size()))
    assert [check(one).index for one in found] == list(range(world.db.size()))


def test_a_receipt_is_a_tlog_proof() -> None:
    receipt = Receipt(7, b"entry", b"origin\n8\nroot\n\nsignature\n", (b"\1" * 32, b"\2" * 32))
    assert receipt.text == (
        "c2sp.org/tlog-proof@v1\nindex 7\n"
        "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n"
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\n"
        "\norigin\n8\nroot\n\nsignature\n"
    )


# --- the clock ----------------------------------------------------------------------------------


def test_a_clock_a_little_behind_takes_the_last_stamp(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    last = world.now
    one, two = attendance(world, "V1"), attendance(world, "V2")
    check(world.append(one))
    world.wait(minutes=-5)
    answer = check(world.append(two))
    assert answer.entry.startswith(last.encode())


@pytest.mark.parametrize(
    ("amount", "code"),
    [({"minutes": -6}, "clock.behind"), ({"days": 32}, "clock.ahead")],
    ids=["behind", "ahead"],
)
def test_a_wrong_clock_signs_nothing(
    file_url: str, tmp_path: Path, amount: dict[str, int], code: str
) -> None:
    world = ready(file_url, tmp_path)
    check(world.append(attendance(world, "V1")))
    one, size = attendance(world, "V2"), world.db.size()
    world.wait(**amount)
    with pytest.raises(Unsafe) as refusal:
        world.append(one)
    assert refusal.value.code == code
    assert code != "clock.ahead" or "--clock-is-right" in refusal.value.zh
    assert world.db.size() == size


def test_a_clock_far_ahead_is_believed_when_told(file_url: str, tmp_path: Path) -> None:
    world = ready(file_url, tmp_path)
    world.wait(days=40)
    one = sent(*world.write("volunteers", volunteer("N1"), by="T01/r1", org="T01"))
    (answer,) = appended(world, [one], right=True)
    check(answer)


# --- a log that is not as it says ---------------------------------------------------------------


def test_another_writer_is_noticed(url: str, tmp_path: Path) -> None:
    """Two programs with the same log take turns; each reads anew what the other wrote."""
    world = ready(url, tmp_path)
    other = Log(type(world.db).open(url), signer(ORIGIN), guard(tmp_path))
    one, two, three = (attendance(world, number) for number in ("V1", "V2", "V3"))
    check(world.append(one))
    (answer,) = other.append([two], world.moment)
    check(answer)
    check(world.append(three))
    taken = attendance(world, "V2")
    assert_refused(world.append(taken), "time.overlap")
    assert [one.index for one in map(check, other.append([one, two, three], world.moment))] == [
        world.db.size() - 3 + n for n in range(3)
    ]


def test_a_failed_append_leaves_the_log_as_it_was(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    one, size = attendance(world, "V1"), world.db.size()
    with (
        patch("ledger.store.writing.Writer.checkpoint", side_effect=RuntimeError),
        pytest.raises(RuntimeError),
    ):
        world.append(one)
    assert world.db.size() == size
    assert check(world.append(one)).index == size


def test_stored_but_reported_failed(url: str, tmp_path: Path) -> None:
    """Whoever saw an error after the commit sends again, and is shown the entry he has."""
    world = ready(url, tmp_path)
    one, size = attendance(world, "V1"), world.db.size()
    with (
        patch("ledger.guard.Held.keep", side_effect=Unsafe("guard.unwritable", en="…", zh="……")),
        pytest.raises(Unsafe),
    ):
        world.append(one)
    assert world.db.size() == size + 1
    assert check(world.append(one)).index == size
    assert check(world.append(attendance(world, "V2"))).index == size + 1


def test_another_key_than_the_log_s_signs_nothing(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    stranger = Log(world.db, replace(signer(ORIGIN), secret=digest("stranger")), guard(tmp_path))
    with pytest.raises(Unsafe) as refusal:
        stranger.append([attendance(world, "V1")], world.moment)
    assert refusal.value.code == "log.key"


def test_another_log_s_database_is_refused(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    other = Log(world.db, Signer("other.example.org/log", digest("other")), guard(tmp_path))
    with pytest.raises(Unsafe) as refusal:
        other.append([], world.moment)
    assert refusal.value.code == "log.damaged"


def test_a_statement_of_another_log_is_refused(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    other = Scene.ready()
    entry, items = other.write("volunteers", volunteer("N1"), by="T01/r1", org="T01")
    wrong = entry.replace(ORIGIN.encode(), b"other.example.org/log-5eed5eed")
    assert_refused(world.append(sent(wrong, items)), "malformed")


def test_stamps_never_fall(url: str, tmp_path: Path) -> None:
    world = ready(url, tmp_path)
    for number, minutes in (("V1", 3), ("V2", -2), ("V3", 1)):
        one = attendance(world, number)
        world.now = (world.moment + timedelta(minutes=minutes)).isoformat()
        check(world.append(one))
    stamps = [stored.entry[:25] for stored in world.db.entries()]
    assert stamps == sorted(stamps)


def test_entry_bytes_are_those_of_the_core(file_url: str, tmp_path: Path) -> None:
    world = ready(file_url, tmp_path)
    logged = world.say("volunteers", volunteer("N1"), by="T01/r1", org="T01")
    stored = world.db.entry(logged.index)
    assert stored
    assert stored.entry == entry_bytes(world.now, logged.heard.statement.note)
    assert stored.items == logged.items
