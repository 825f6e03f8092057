"""What a writer fetches about points, credits and stars is what the whole book would have said.

Each statement of these stories is judged twice: by the whole book, and by a writer that knows nothing
but what it fetches for this one statement.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger import admit
from ledger.audit import audit
from ledger.book import Book
from ledger.errors import LedgerError
from ledger.incentives import Credits, Expiry, Level, Points, Stars
from ledger.kinds import KINDS
from ledger.log import Log, Receipt, Sent
from ledger.records import RECORDS, Certificate
from ledger.rulesets import Ruleset, Year
from ledger.store.fetching import fetch
from ledger.wants import drawn, wants
from tests import databases
from tests.databases import World, sent
from tests.economy import (
    RICH,
    award,
    balance,
    expire,
    granted,
    hold,
    later,
    offer,
    open_account,
    open_year,
    plan,
    release,
    served,
    settle,
    shift,
    stood,
    thrive,
)
from tests.scene import ORIGIN, Json, Logged, Row, Scene, activity, at, line, signer, some, stand
from tests.test_store import lived

pytest_plugins = ["tests.databases"]

OTHER = "transit:other.example.org/log-1"
# What `thrive` says beside what moves.
USUAL = {
    "activities", "appointment", "attendance", "charter", "confirmation", "correction", "notice",
    "organisations", "ruleset", "volunteers",
}  # fmt: skip


@dataclass
class Twice(World):
    """A stored ledger that judges each statement by what it fetches, too."""

    def submit(self, entry: bytes, items: tuple[bytes, ...]) -> Logged:
        found = decided(self.part(entry, items), entry, items)
        try:
            logged = super().submit(entry, items)
        except LedgerError as error:
            check_same(found, error.code)
            raise
        check_same(found, set(logged.effects))
        return logged

    def part(self, entry: bytes, items: tuple[bytes, ...]) -> Book:
        """Return a book that holds what is fetched for a statement, and nothing else."""
        try:
            heard = admit.hear(self.book, entry, items)
        except LedgerError:
            return Book()
        found = Book()
        with self.db.reading() as view:
            asked = wants(heard.statement, heard.items)
            found.put(fetch(view, asked))
            found.put(fetch(view, drawn(asked, found)))
            found.origin, found.size, found.stamp = ORIGIN, view.size(), view.last_stamp()
        return found

    def append(self, one: Sent) -> Receipt | LedgerError:
        """Append one statement, however much time has passed."""
        (answer,) = self.log_.append([one], self.moment, clock_is_right=True)
        return answer

    def batch(self, *said: tuple[bytes, tuple[bytes, ...]]) -> tuple[Receipt | LedgerError, ...]:
        """Append statements together, and take into the book what was taken in."""
        answers = self.log_.append([sent(*one) for one in said], self.moment)
        for answer, (_, items) in zip(answers, said, strict=True):
            if isinstance(answer, Receipt):
                Scene.submit(self, answer.entry, items)
        return answers

    @property
    def log_(self) -> Log:
        """Return the log."""
        assert self.logger
        return self.logger

    def forget(self) -> None:
        """Go on as another process would, that knows nothing yet."""
        self.log_._state = None


def decided(book: Book, entry: bytes, items: tuple[bytes, ...]) -> object:
    try:
        return set(admit.admit(book, admit.hear(book, entry, items)))
    except LedgerError as error:
        return error.code


def check_same(part: object, whole: object) -> None:
    assert part == whole


def begun(url: str, folder: Path, rules: Ruleset = RICH) -> Twice:
    """Return a stored ledger at work under rules."""
    return databases.begun(Twice.on(url, folder), rules)


@pytest.fixture
def world(file_url: str, tmp_path: Path) -> Iterator[Twice]:
    found = begun(file_url, tmp_path)
    yield found
    check(found)


def check(world: Twice) -> None:
    """Hold that an auditor finds nothing, and that each table is what the book says."""
    with world.db.reading() as view:
        assert audit(view, trusted=[signer(ORIGIN).verifier]).findings == []
        for kind in RECORDS:
            assert set(view.all(kind)) == set(world.book.all(kind))


@pytest.mark.parametrize("story", [lived, thrive])
def test_something_of_every_kind(url: str, tmp_path: Path, story: Callable[[World], None]) -> None:
    world = begun(url, tmp_path)
    story(world)
    said = {told.heard.statement.head.kind for told in world.log}
    moving = {"accounts", "award", "goods", "transfer"}
    assert KINDS - said == (moving if story is lived else KINDS - moving - USUAL)
    check(world)


CAPS = (Points(cap_day=4), Points(cap_activity=2), Points(cap_year=4), Points(per_hour=2))


@pytest.mark.parametrize("scheme", CAPS, ids=["day", "activity", "year", "none"])
def test_lines_of_the_same_day_and_year_under_their_caps(
    file_url: str, tmp_path: Path, scheme: Points
) -> None:
    """Rule 29: whether they come to stand or are voided, and whoever else has lines that day."""
    world = begun(file_url, tmp_path, RICH.model_copy(update={"points": scheme}))
    open_year(world)
    world.now = at("20 18:00")
    first = stood(world, shift("V1", "10"), shift("V2", "10"), shift("V1", "12"))
    second = stood(world, line("V1", "10 13:00", "10 16:00", "C"), shift("V2", "11"))
    third = stood(world, line("V1", "10 17:00", "10 18:00", "C"), shift("V1", "2026-02-10"))
    for place in ((first, 0), (third, 0), (second, 0), (first, 2), (third, 1)):
        world.forget()
        world.correct(place)
    assert balance(world, "volunteer:V1", "point") == 0
    check(world)


def test_credits_of_group_service_and_above_the_cap(file_url: str, tmp_path: Path) -> None:
    """Rules 34, 36."""
    credits_ = Credits(cap=4, donation_only=("环境保护",))
    world = begun(file_url, tmp_path, RICH.model_copy(update={"credits": credits_}))
    open_year(world)
    open_year(world, "Y2", "环境保护")
    world.now = at("20 18:00")
    ref = stood(world, shift("V1", "10", 5))
    group = stood(world, shift("V1", "11", 5), to="Y2")
    world.forget()
    settle(world, hold(world, "grant", "pool", "volunteer:V2", 1), 1)
    world.forget()
    world.correct((ref, 0), (group, 0))
    assert balance(world, "volunteer:V1") == balance(world, "donations:V1") == 0
    check(world)


def test_a_hold_is_settled_and_released_from_above(world: Twice) -> None:
    """The hold is of T01, and the association's confirmer speaks for KX."""
    served(world, "V1", "V2")
    sides = ("volunteer:V1", "volunteer:V2")
    held = [hold(world, "gift", *sides, n, relation="child") for n in (1, 2)]
    world.forget()
    settle(world, held[0], 1, by="KX/c1", org="KX")
    row: Row = {"hold": list(held[1]), "effective": world.now[:10]}
    world.forget()
    world.say("transfer", row, by="KX/c1", org="KX", step="release")
    assert balance(world, "volunteer:V2") == 4


def test_a_hold_of_another_on_the_same_good_that_ran_out(world: Twice) -> None:
    """Rule 30: what V1 had set aside is free again, and his points are where they were."""
    served(world, "V1", "V2")
    offer(world, stock=1)
    good: Row = {"good": "G1", "count": 1}
    hold(world, "redeem", "volunteer:V1", "redemption", 2, "point", until=later(world, 2), **good)
    world.wait(days=3)
    world.forget()
    hold(world, "redeem", "volunteer:V2", "redemption", 2, "point", **good)
    assert balance(world, "volunteer:V1", "point") == 3


@pytest.mark.parametrize("way", ["hold", "post"])
def test_a_hold_of_his_own_on_another_good_that_ran_out(world: Twice, way: str) -> None:
    """Rule 30: the good is back on its shelf when he spends anything else, or it lapses."""
    served(world, "V1")
    offer(world, stock=1)
    good: Row = {"good": "G1", "count": 1}
    hold(world, "redeem", "volunteer:V1", "redemption", 2, "point", until=later(world, 2), **good)
    world.wait(days=3)
    world.forget()
    if way == "hold":
        hold(world, "penalty", "volunteer:V1", "adjustment", 1, "point")
    else:
        world.now = at("2027-12-31 09:00")
        expire(world, "V1", 3)


def test_a_refund_that_ran_out_while_a_writer_was_at_work(world: Twice) -> None:
    """The writer knows the accounts from what it did before, and must know what is held on them."""
    served(world, "V1", "V2")
    for number in ("V1", "V2"):
        settle(world, hold(world, "penalty", f"volunteer:{number}", "adjustment", 2, "point"), 2)
    one, two = (told.ref for told in world.log if b'"step":"settle"' in told.entry)
    more: Row = {"origin": [one, 0], "until": later(world, 2)}
    hold(world, "refund", "adjustment", "volunteer:V1", 1, "point", **more)
    world.forget()
    settle(world, hold(world, "donate", "volunteer:V2", "pool", 1), 1)
    world.wait(days=3)
    hold(world, "refund", "adjustment", "volunteer:V2", 1, "point", origin=[two, 0])


def test_the_limit_of_a_quarter(file_url: str, tmp_path: Path) -> None:
    """Rule 31: all that was redeemed in it, and what is held."""
    scheme = Points(redeem_quarterly=2)
    world = begun(file_url, tmp_path, RICH.model_copy(update={"points": scheme}))
    served(world, "V1")
    offer(world, price=1, stock=5)
    good: Row = {"good": "G1", "count": 1}
    for turn in range(3):
        world.forget()
        if turn < 2:
            settle(
                world, hold(world, "redeem", "volunteer:V1", "redemption", 1, "point", **good), 1
            )
        else:
            with world.refuses("redeem.quarter"):
                hold(world, "redeem", "volunteer:V1", "redemption", 1, "point", **good)
    check(world)


def test_an_import_in_one_batch_with_its_settling(world: Twice) -> None:
    """Rule 38: taken in once, also by who sends both steps before he has an answer to the first."""
    for turn in range(2):
        world.forget()
        held = hold_and_settle(world, origin=[some("x"), 0])
        assert [isinstance(answer, Receipt) for answer in held] == [not turn, not turn]
    with world.refuses("import.twice"):
        hold(world, "import", OTHER, "volunteer:V1", 1, origin=[some("x"), 0])


def hold_and_settle(world: Twice, **more: Json) -> tuple[Receipt | LedgerError, ...]:
    """Send both steps of an import at once, and take into the book what was taken in."""
    row: Row = {"purpose": "import", "credit": OTHER, "debit": "volunteer:V1", "unit": "credit"}
    row |= {"amount": 1, "effective": world.now[:10], "until": later(world), "paper": some("form")}
    row |= more
    first = world.write("transfer", row, by="T01/r1", org="T01", step="hold")
    ref = admit.hear(world.book, *first).ref
    row = {"hold": [ref, 0], "amount": 1, "effective": world.now[:10]}
    second = world.write("transfer", row, by="T01/c1", org="T01", step="settle")
    return world.batch(first, second)


def test_a_line_that_is_recorded_and_stands_in_one_batch(file_url: str, tmp_path: Path) -> None:
    """Where a notice takes no days, sheet, notice and confirmation may be sent together."""
    rules = RICH.model_copy(update={"notice_days": 0})
    world = begun(file_url, tmp_path, rules)
    world.confirm(*quick(world, line("V1"), to="A1"))
    open_year(world)
    world.wait(hours=6)
    world.forget()
    row = line("V1", "03 14:00", "03 16:00", "C")
    sheet = world.write("attendance", row, by="T01/r1", org="T01", activity="Y1", reason=some("x"))
    ref = admit.hear(world.book, *sheet).ref
    notice = world.write("notice", {"attendance": ref}, by="T01/r1", org="T01")
    named = admit.hear(world.book, *notice).ref
    confirmed = world.write("confirmation", stand(ref), by="T01/c1", org="T01", notice=named)
    assert all(isinstance(answer, Receipt) for answer in world.batch(sheet, notice, confirmed))
    assert balance(world, "volunteer:V1", "point") == 5
    check(world)


def quick(world: Twice, *rows: Row, to: str) -> tuple[str, Row]:
    ref = world.attend(*rows, to=to)
    return world.notice(ref), stand(ref)


def test_stars_are_judged_by_whole_careers(file_url: str, tmp_path: Path) -> None:
    """Rules 26 to 28: hours of any time, ratings, complaints, and those who hold none."""
    levels = (Level(hours=2), Level(hours=5, unit="T01"))
    world = begun(file_url, tmp_path, RICH.model_copy(update={"stars": Stars(levels=levels)}))
    world.appoint("T01/i1", "issuer", "T01", "p-ti1")
    open_year(world)
    ref = stood(world, shift("V1", "02", 2), shift("V2", "02", 2))
    other = stood(world, shift("V1", "2026-01-20", 3) | {"rating": 4})
    world.forget()
    granted(world)
    world.forget()
    notice = world.say("notice", {"volunteer": "V1", "level": 2}, by="T01/r1", org="T01").ref
    world.wait(days=8)
    world.forget()
    award(world, notice, "V1", level=2, by="T01/i1", org="T01")
    world.forget()
    world.correct((other, 0))
    world.forget()
    award(world, "", "V1", "withdrawn", level=2, by="T01/i1", org="T01")
    row: Row = {"line": [ref, 1], "reason": some("why")}
    world.forget()
    world.say("correction", row, by="T01/c1", org="T01", reason="complaint")
    check(world)


def test_a_certified_star_is_withdrawn(world: Twice) -> None:
    """Rule 25: the writer finds the certificates that rest on the award, of an earlier batch."""
    sheet = served(world, "V1", "V2")
    granted(world)
    (given,) = (told.ref for told in world.log if told.heard.statement.head.kind == "award")
    world.forget()
    with world.refuses("certificate.star"):
        world.certify("V2", (sheet, (1,)), star=[given, 0])
    world.forget()
    ref = world.certify("V1", (sheet, (0,)), star=[given, 0]).ref
    world.forget()
    award(world, "", "V1", "withdrawn")
    found = world.book.find(Certificate, ref)
    assert found
    assert found.state == "superseded"


def test_accounts_are_frozen_and_closed(world: Twice) -> None:
    """Rule 37."""
    served(world, "V1")
    held = hold(world, "donate", "volunteer:V1", "pool", 3)
    world.forget()
    with world.refuses("account.not_empty"):
        open_account(world, "V1", "closed")
    open_account(world, "V1", "frozen")
    world.forget()
    with world.refuses("account.frozen"):
        settle(world, held, 3)
    world.forget()
    release(world, held)


def test_points_lapse_by_all_lines(file_url: str, tmp_path: Path) -> None:
    """Rule 30: of whatever years, under whatever caps."""
    scheme = Points(cap_day=4, cap_year=5, expiry=Expiry())
    world = begun(file_url, tmp_path, RICH.model_copy(update={"points": scheme}))
    open_year(world)
    stood(world, shift("V1", "02", 2), shift("V1", "2026-02-10", 2), shift("V1", "2026-02-11", 2))
    plan(world, "A2", "2026-04-01")
    world.now = at("2027-12-31 09:00")
    world.forget()
    expire(world, "V1", 5)
    check(world)


@pytest.mark.parametrize("scheme", [Points(expiry=Expiry()), Points(cap_year=5, expiry=Expiry())])
def test_a_void_after_points_lapsed_reads_the_whole_career(
    file_url: str, tmp_path: Path, scheme: Points
) -> None:
    """Rule 30: what lapsed of it is told from all lines of the years that lapsed."""
    world = begun(file_url, tmp_path, RICH.model_copy(update={"points": scheme}))
    open_year(world)
    rows = [shift("V1", day, 2) for day in ("02", "2026-02-10", "2026-02-11")]
    refs = [stood(world, row) for row in rows]
    due = balance(world, "volunteer:V1", "point")
    world.now = at("2027-12-31 09:00")
    expire(world, "V1", due)
    for ref in refs:
        world.forget()
        world.correct((ref, 0))
    assert balance(world, "volunteer:V1", "point") == balance(world, "expiry", "point") == 0
    check(world)


def test_what_is_owed_is_made_good_and_written_off(world: Twice) -> None:
    """Rules 32, 37: on accounts that were not touched for long."""
    ref = served(world, "V1")
    settle(world, hold(world, "donate", "volunteer:V1", "pool", 3), 3)
    world.forget()
    world.correct((ref, 0))
    world.forget()
    again = world.attend(line("V1", class_="C", replaces=[ref, 0]), reason=some("x"))
    world.pass_notice(again)
    served_again = stood_again(world)
    world.forget()
    open_account(world, "V1", "closed", written_off=True)
    world.forget()
    world.correct((served_again, 0))
    assert balance(world, "volunteer:V1") == balance(world, "adjustment") == 0
    check(world)


def stood_again(world: World) -> str:
    """Let V1 serve three more hours, in an activity of the whole year."""
    open_year(world)
    return stood(world, shift("V1", "06"))


def test_a_night_at_the_end_of_a_year_is_under_the_caps_of_both(
    file_url: str, tmp_path: Path
) -> None:
    """Rule 16: other lines of either day, and of either year, take room from it."""
    both = {**RICH.calendar, "2027": Year()}
    scheme = {"points": Points(cap_day=3, cap_year=5), "calendar": both}
    world = begun(file_url, tmp_path, RICH.model_copy(update=scheme))
    open_year(world)
    window = activity("Y2", "2026-12-31 00:00", "2027-01-02 23:59")
    world.say("activities", window, by="T01/r1", org="T01")
    world.now = at("2027-01-04 08:00")
    hours = (("2026-12-31 09:00", "2026-12-31 11:00"), ("2026-12-31 21:00", "2027-01-01 02:00"),
             ("2027-01-01 09:00", "2027-01-01 12:00"), ("2027-01-02 09:00", "2027-01-02 13:00"))  # fmt: skip
    refs = [world.attend(line("V1", *one), to="Y2") for one in hours]
    for ref in refs:
        world.forget()
        world.pass_notice(ref)
    assert balance(world, "volunteer:V1", "point") == 3 + 5
    for ref in (refs[2], refs[1], refs[0], refs[3]):
        world.forget()
        world.correct((ref, 0))
    assert balance(world, "volunteer:V1", "point") == 0
    check(world)


def test_stock_is_said_and_refunds_are_held_beside_what_is_held(world: Twice) -> None:
    """Rule 31: of a good, of a settlement, and of another ledger's document."""
    served(world, "V1")
    offer(world, price=1, stock=3)
    good: Row = {"good": "G1", "count": 2}
    ref = settle(world, hold(world, "redeem", "volunteer:V1", "redemption", 2, "point", **good), 2)
    hold(world, "redeem", "volunteer:V1", "redemption", 1, "point", good="G1", count=1)
    world.forget()
    with world.refuses("good.held"):
        offer(world, price=1, stock=0)
    world.forget()
    offer(world, price=1, stock=1)
    back: Row = {"origin": [ref, 0]}
    one = hold(world, "refund", "redemption", "volunteer:V1", 1, "point", **back)
    world.forget()
    with world.refuses("refund.exceeded"):
        hold(world, "refund", "redemption", "volunteer:V1", 2, "point", **back)
    world.forget()
    settle(world, one, 1)
    came: Row = {"origin": [some("x"), 0]}
    hold(world, "import", OTHER, "volunteer:V1", 1, **came)
    world.forget()
    with world.refuses("import.held"):
        hold(world, "import", OTHER, "volunteer:V2", 1, **came)
    check(world)


def test_one_who_was_erased_gives_what_he_left(world: Twice) -> None:
    served(world, "V1")
    world.say("erasure", {"volunteer": "V1"}, reason="asked")
    world.forget()
    held = hold(world, "donate", "volunteer:V1", "pool", 3)
    world.forget()
    settle(world, held, 3)
    world.forget()
    open_account(world, "V1", "closed", written_off=True)
    check(world)
