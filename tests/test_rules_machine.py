"""Anything may be said in any order: the book agrees with a model that is small enough to believe.

The model keeps a word for each line and nothing else. Whatever is admitted, confirmed minutes are
those of the model, nobody is in two places at once, and a refusal leaves no trace.
"""

from collections import Counter
from dataclasses import dataclass

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger.errors import LedgerError, Rejected
from ledger.intervals import overlapping
from ledger.records import Certificate, Line, Sheet
from ledger.rulesets import Ruleset
from tests.closer import check_totals
from tests.scene import CALENDAR, Json, Row, Scene, activity, at, line, some, stand

PEOPLE = ("V1", "V2", "V6")
RULES = Ruleset(calendar=CALENDAR, day_limit=120, day_ceiling=180)
ACTIVITIES = {"A1": ("T01", 9), "B1": ("T02", 10)}  # three hours each, one of them shared
CONFIRMERS = st.sampled_from(["KX/c1", "KX/c1", "KX/c1", "T01/c1", "T01/c2"])
LIVE = {"waiting", "confirmed"}


@dataclass
class Told:
    """A line, as the model knows it."""

    who: str
    start: int
    end: int
    sheet: str
    word: str = "waiting"  # objected, denied, excepted, replaced, confirmed, void


class Model:
    """What ought to be: a word for each line, and which sheets lie under which notice."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, int], Told] = {}
        self.notices: dict[str, str] = {}

    def free(self, who: str, start: int, end: int, but: tuple[str, int] | None) -> bool:
        return not any(
            one.who == who and one.word in LIVE and one.start < end and start < one.end
            for place, one in self.lines.items()
            if place != but
        )

    def attend(self, sheet: str, told: Told, replaced: tuple[str, int] | None) -> None:
        self.lines[sheet, 0] = told
        if replaced and self.lines[replaced].word != "void":
            self.lines[replaced].word = "replaced"

    def confirm(self, sheet: str, excepted: set[int]) -> None:
        del self.notices[sheet]
        for (ref, n), one in self.lines.items():
            if ref == sheet and one.word in {"waiting", "objected", "excepted"}:
                one.word = "excepted" if n in excepted else "confirmed"

    def minutes(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for one in self.lines.values():
            total[one.who] += 30 * (one.end - one.start) * (one.word == "confirmed")
        return total


def row(who: str, start: int, end: int, **more: Json) -> Row:
    """Return a line from one half-hour to another."""
    first, last = (f"03 {half // 2:02}:{half % 2 * 30:02}" for half in (start, end))
    return line(who, first, last, "C", **more)


class Ledger(RuleBasedStateMachine):
    """Officers of two teams and their volunteers, saying whatever comes to their minds."""

    def __init__(self) -> None:
        super().__init__()
        self.scene, self.model = Scene.ready(RULES), Model()
        self.scene.now = at("03 08:00")
        plan = activity("B1", "03 10:00", "03 13:00")
        self.scene.say("activities", plan, by="T02/r1", org="T02")
        self.scene.now = at("03 14:00")
        for who, word in (("V1", "confirmed"), ("V2", "waiting")):
            ref = self.scene.attend(row(who, 18, 20), reason=some("first"))
            self.model.attend(ref, Told(who, 18, 20, ref, word), None)
            if word == "confirmed":
                self.scene.pass_notice(ref)

    def tries(self, kind: str, *rows: Row, by: str, org: str, **head: Json) -> str:
        """Say something: its ref, or nothing if it is refused, and then nothing has changed."""
        before = self.scene.snapshot()
        try:
            ref = self.scene.say(kind, *rows, by=by, org=org, **head).ref
        except Rejected as error:
            event(f"{kind}: {error.code}")
            assert self.scene.snapshot() == before
            return ""
        event(f"{kind}: admitted")
        return ref

    def pick(self, data: st.DataObject) -> tuple[str, int]:
        return data.draw(st.sampled_from(sorted(self.model.lines)))

    @rule(
        who=st.sampled_from(PEOPLE),
        code=st.sampled_from(sorted(ACTIVITIES)),
        slots=st.tuples(st.integers(0, 5), st.integers(1, 6)),
        mends=st.booleans(),
        data=st.data(),
    )
    def attend(
        self, who: str, code: str, slots: tuple[int, int], *, mends: bool, data: st.DataObject
    ) -> None:
        org, opens = ACTIVITIES[code]
        start, end = 2 * opens + slots[0], min(2 * opens + 6, 2 * opens + sum(slots))
        old = self.pick(data) if mends else None
        told = row(who, start, end, **({"replaces": old} if old else {}))
        ref = self.tries(
            "attendance", told, by=f"{org}/r1", org=org, activity=code, reason=some("late")
        )
        if not ref:
            assert old or not self.model.free(who, start, end, None)
            return
        assert self.model.free(who, start, end, old)
        self.model.attend(ref, Told(who, start, end, ref), old)

    @rule(data=st.data(), days=st.integers(0, 9))
    def notice(self, data: st.DataObject, days: int) -> None:
        self.put_up(self.pick(data)[0])
        self.scene.wait(days=days)

    def put_up(self, ref: str) -> None:
        notice = self.tries("notice", {"attendance": ref}, by="KX/r1", org="KX")
        words = {one.word for one in self.model.lines.values() if one.sheet == ref}
        settled = words <= {"confirmed", "void"}
        assert not (notice and (settled or ref in self.model.notices))
        if notice:
            self.model.notices[ref] = notice

    @rule(data=st.data(), own=st.booleans())
    def object(self, data: st.DataObject, *, own: bool) -> None:
        place = self.pick(data)
        one = self.model.lines[place]
        said: Row = {"line": place, "reason": some("x")}
        if own:
            said["from"] = one.who
        done = self.tries("objection", said, by="KX/a1", org="KX")
        again = one.word == "excepted" and place[0] in self.model.notices
        heard = one.word == "waiting" or again or (own and one.word == "objected")
        assert bool(done) == heard
        if done:
            one.word = "denied" if own else "objected"

    @rule(data=st.data(), by=CONFIRMERS, keep=st.booleans(), approve=st.booleans())
    def confirm(self, data: st.DataObject, by: str, *, keep: bool, approve: bool) -> None:
        ref, _ = self.pick(data)
        if ref not in self.model.notices:
            self.put_up(ref)
            self.scene.wait(days=8)
        notice, excepted = self.model.notices.get(ref, ref), set() if keep else {0}
        said = stand(ref, *sorted(excepted), approved=(0,) * approve)
        if self.tries("confirmation", said, by=by, org=by.split("/", 1)[0], notice=notice):
            one = self.model.lines[ref, 0]
            assert not keep or one.word in {"waiting", "confirmed", "excepted"}
            assert not keep or (by, one.who) != ("T01/c2", "V6") or one.word == "confirmed"
            self.model.confirm(ref, excepted)

    @rule(data=st.data(), by=CONFIRMERS)
    def correct(self, data: st.DataObject, by: str) -> None:
        place = self.pick(data)
        said: Row = {"line": place, "reason": some("x")}
        done = self.tries("correction", said, by=by, org=by.split("/", 1)[0], reason="wrong")
        if done:
            assert self.model.lines[place].word == "confirmed"
            self.model.lines[place].word = "void"

    @rule(data=st.data())
    def certify(self, data: st.DataObject) -> None:
        place = self.pick(data)
        one = self.model.lines[place]
        try:
            self.scene.certify(one.who, (place[0], (place[1],)))
        except LedgerError:
            assert one.word != "confirmed"
        else:
            assert one.word == "confirmed"

    @rule(days=st.integers(1, 5))
    def wait(self, days: int) -> None:
        self.scene.wait(days=days)

    @invariant()
    def confirmed_minutes_are_those_of_the_model(self) -> None:
        total: Counter[str] = Counter()
        for found in self.scene.book.all(Line):
            if self.scene.book.line_state(found) == "confirmed":
                total[found.volunteer] += found.minutes
        assert +total == +self.model.minutes()

    @invariant()
    def every_line_has_the_word_of_the_model(self) -> None:
        waiting = {"recorded": "waiting", "noticed": "waiting"}
        for place, told in self.model.lines.items():
            found = self.scene.state(*place)
            assert waiting.get(found, found) == told.word

    @invariant()
    def nobody_is_in_two_places_at_once(self) -> None:
        live = [found for found in self.scene.book.all(Line) if found.live]
        for n, found in enumerate(live):
            others = [one for one in live[:n] if one.volunteer == found.volunteer]
            assert overlapping(found, others) is None

    @invariant()
    def sheets_know_their_notices(self) -> None:
        found = {sheet.ref: sheet.notice for sheet in self.scene.book.all(Sheet) if sheet.notice}
        assert found == self.model.notices

    @invariant()
    def a_valid_certificate_rests_on_confirmed_lines(self) -> None:
        for found in self.scene.book.all(Line):
            held = [paper.state for paper in self.scene.book.certificates_of(found.sheet, found.n)]
            assert "valid" not in held or self.scene.book.line_state(found) == "confirmed"
        numbers = [found.number for found in self.scene.book.all(Certificate)]
        assert len(numbers) == len(set(numbers))

    def teardown(self) -> None:
        """Hold what everybody has come to against plain sums, for the association and its teams."""
        check_totals(self.scene, "KX", "T01", "T02")


TestLedger = Ledger.TestCase
TestLedger.settings = settings(stateful_step_count=30)
