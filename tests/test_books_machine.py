"""Points and credits in any order: the books agree with a model that is small enough to believe.

The model keeps balances and holds in plain dicts. Whatever is admitted, every account is what the
model says, each unit adds up to nothing, nothing is below zero that may not be, and what is said twice
moves once.
"""

from collections import Counter
from copy import deepcopy
from functools import cache

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger.errors import Rejected
from ledger.records import Account, Good, Hold
from ledger.rulesets import Year
from ledger.times import later
from tests.closer import check_totals
from tests.economy import RICH, balance, check_balanced, offer
from tests.scene import Json, Row, Scene, activity, line, some

PEOPLE = ("V1", "V2", "V3")
PURPOSES = {  # who pays, who receives ("V" is a volunteer), the unit, and the word for the relation
    "gift": ("V", "V", "credit", "child"),
    "order": ("V", "V", "credit", "age"),
    "donate": ("V", "pool", "credit", ""),
    "grant": ("pool", "V", "credit", ""),
    "redeem": ("V", "redemption", "point", ""),
    "penalty": ("V", "adjustment", "point", ""),
}
CALENDAR = {str(year): Year() for year in range(2026, 2060)}
Place = tuple[str, int]


class Model:
    """What ought to be: balances by account and unit, holds that are open, and who earned what."""

    def __init__(self) -> None:
        self.balances: Counter[tuple[str, str]] = Counter()
        self.holds: dict[Place, tuple[str, str, str, int, str, str]] = {}
        self.lines: dict[Place, tuple[str, int, str]] = {}  # who, minutes, day
        self.gone: Counter[tuple[str, str]] = Counter()
        self.owed: Counter[str] = Counter()  # credits that the association bore
        self.lapsed: Counter[str] = Counter()
        self.through: dict[str, str] = {}  # the last year whose points have lapsed
        self.frozen: set[str] = set()
        self.stock = 4

    def room(self, account: str, unit: str) -> int:
        held = sum(one[3] for one in self.holds.values() if (one[0], one[2]) == (account, unit))
        return self.balances[account, unit] - held

    def free(self, account: str, now: str, *, goods: bool = False) -> None:
        for place, one in list(self.holds.items()):
            if one[5] < now and (one[0] == account or (goods and one[4] == "redeem")):
                self.end(place)

    def end(self, place: Place, settled: int = 0) -> None:
        credit, debit, unit, amount, purpose, _ = self.holds.pop(place)
        self.stock += (amount - settled) * (purpose == "redeem")
        self.move(credit, debit, unit, settled)

    def move(self, credit: str, debit: str, unit: str, amount: int) -> None:
        self.balances[credit, unit] -= amount
        self.balances[debit, unit] += amount
        self.gone[credit, unit] += amount

    def stand(self, place: Place, who: str, minutes: int, day: str) -> None:
        before, account = self.hours(who), f"volunteer:{who}"
        through = self.through.get(who, "")
        earned = self.earned(who, through)
        gone = self.lines.pop(place, None)
        if not gone:
            self.lines[place] = (who, minutes, day)
        points = -(minutes // 60) if gone else minutes // 60
        for unit, change in (("point", points), ("credit", self.hours(who) - before)):
            self.balances[account, unit] += change
            self.balances["issuance", unit] -= change
        left = self.earned(who, through)
        back = min(self.lapsed[who], earned - left, self.gone[account, "point"] - left)
        if back > 0:
            self.move("expiry", account, "point", back)
            self.gone[account, "point"] -= back
            self.lapsed[who] -= back
        made = min(self.owed[who], max(self.hours(who) - before, 0))
        self.move(account, "adjustment", "credit", made)
        short = max(0, -self.balances[account, "credit"])
        self.move("adjustment", account, "credit", short)
        self.owed[who] += short - made

    def hours(self, who: str) -> int:
        return sum(minutes for one, minutes, _ in self.lines.values() if one == who) // 60

    def earned(self, who: str, year: str) -> int:
        mine = [(minutes, on) for one, minutes, on in self.lines.values() if one == who]
        return sum(minutes // 60 for minutes, on in mine if on[:4] <= year)

    def due(self, who: str, day: str) -> int:
        rest = self.earned(who, last_year(day)) - self.gone[f"volunteer:{who}", "point"]
        return max(min(rest, self.room(f"volunteer:{who}", "point")), 0)


def last_year(day: str) -> str:
    """Return the last year whose points have lapsed by a day: a year later, on 31 December."""
    return str(int(day[:4]) - (1 if day[5:] == "12-31" else 2))


@cache
def beginning() -> Scene:
    """Return the scene in which every example begins."""
    scene = Scene.ready(RICH.model_copy(update={"calendar": CALENDAR}))
    offer(scene, price=1, stock=4)
    return scene


class Books(RuleBasedStateMachine):
    """Officers who book whatever comes to their minds, and some of it twice."""

    def __init__(self) -> None:
        super().__init__()
        self.scene, self.model, self.twice = deepcopy(beginning()), Model(), False
        for who, minutes in (("V1", 400), ("V2", 330), ("V3", 200)):
            self.serve(who, minutes)
        self.hold("donate", ["V3", "V1"], 3, 30)
        self.settle_at(next(iter(self.model.holds)), 3)

    def tries(self, kind: str, *rows: Row, by: str, **head: Json) -> str:
        """Say something, perhaps twice: its ref, or nothing if it is refused and nothing has changed."""
        entry, items = self.scene.write(kind, *rows, by=by, org="T01", **head)
        before = self.scene.snapshot()
        try:
            ref = self.scene.submit(entry, items).ref
        except Rejected as error:
            event(f"{kind} {head.get('step', '')}: {error.code}")
            assert self.scene.snapshot() == before
            return ""
        event(f"{kind} {head.get('step', '')}: admitted")
        if self.twice:
            with self.scene.refuses("statement.repeated"):
                self.scene.submit(entry, items)
        self.twice = not self.twice
        return ref

    def transfer(self, step: str, row: Row) -> str:
        by = "T01/c1" if step == "settle" else "T01/r1"
        return self.tries("transfer", {"effective": self.scene.now[:10]} | row, by=by, step=step)

    def pick(self, data: st.DataObject) -> Place | None:
        places = sorted(self.model.holds)
        return data.draw(st.sampled_from(places)) if places else None

    @rule(who=st.sampled_from(PEOPLE), minutes=st.integers(20, 470))
    def serve(self, who: str, minutes: int) -> None:
        """Record yesterday's service and take it through its notice."""
        day, code = later(self.scene.now, days=-1)[:10], f"S{self.scene.made}"
        plan = activity(code, f"{day} 00:00", f"{day} 23:59")
        self.scene.say("activities", plan, by="T01/r1", org="T01")
        row = line(who, f"{day} 01:00", f"{day} {1 + minutes // 60:02d}:{minutes % 60:02d}", "C")
        ref = self.scene.attend(row, to=code, reason=some("why"))
        self.scene.pass_notice(ref)
        self.model.stand((ref, 0), who, minutes, day)

    @rule(data=st.data())
    def correct(self, data: st.DataObject) -> None:
        if self.model.lines:
            place = data.draw(st.sampled_from(sorted(self.model.lines)))
            row: Row = {"line": list(place), "reason": some("why")}
            assert self.tries("correction", row, by="T01/c1", reason="wrong")
            self.model.stand(place, *self.model.lines[place])
            assert not self.tries("correction", row, by="T01/c1", reason="wrong")

    @rule(
        purpose=st.sampled_from(sorted(PURPOSES)),
        sides=st.permutations(PEOPLE),
        amount=st.integers(1, 6),
        days=st.integers(1, 60),
    )
    def hold(self, purpose: str, sides: list[str], amount: int, days: int) -> None:
        credit, debit, unit, relation = PURPOSES[purpose]
        credit, debit = (
            f"volunteer:{who}" if side == "V" else side
            for side, who in zip((credit, debit), sides[:2], strict=True)
        )
        now, until = self.scene.now, later(self.scene.now, days=days)
        row: Row = {"purpose": purpose, "credit": credit, "debit": debit, "unit": unit}
        row |= {"amount": amount, "until": until, "paper": some("form")}
        row |= {"relation": relation} if relation else {}
        row |= {"good": "G1", "count": amount} if purpose == "redeem" else {}
        ref = self.transfer("hold", row)
        was = deepcopy(self.model)
        self.model.free(credit, now, goods=purpose == "redeem")
        due = self.model.room(credit, unit) >= amount or purpose == "penalty"
        due &= purpose != "redeem" or self.model.stock >= amount
        due &= credit not in self.model.frozen or purpose == "penalty"
        assert bool(ref) == due
        if ref:
            self.model.holds[ref, 0] = (credit, debit, unit, amount, purpose, until)
            self.model.stock -= amount * (purpose == "redeem")
        else:
            self.model = was  # a refusal frees nothing either

    @rule(data=st.data(), amount=st.integers(1, 7))
    def settle(self, data: st.DataObject, amount: int) -> None:
        if place := self.pick(data):
            self.settle_at(place, amount)

    def settle_at(self, place: Place, amount: int) -> None:
        credit, _, unit, held, purpose, until = self.model.holds[place]
        due = self.scene.now <= until and amount <= held
        due &= credit not in self.model.frozen or purpose == "penalty"
        due &= self.model.balances[credit, unit] >= amount or purpose == "penalty"
        assert bool(self.transfer("settle", {"hold": list(place), "amount": amount})) == due
        if due:
            self.model.end(place, amount)
            assert not self.transfer("settle", {"hold": list(place), "amount": 1})

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        if place := self.pick(data):
            assert self.transfer("release", {"hold": list(place)})
            self.model.end(place)
            assert not self.transfer("release", {"hold": list(place)})

    @rule(who=st.sampled_from(PEOPLE), more=st.sampled_from([0, 0, 0, 1, -1]))
    def expire(self, who: str, more: int) -> None:
        account, was = f"volunteer:{who}", deepcopy(self.model)
        self.model.free(account, self.scene.now)
        due = self.model.due(who, self.scene.now[:10])
        row: Row = {"purpose": "expire", "credit": account, "debit": "expiry", "unit": "point"}
        amount = max(due + more, 1)  # a transfer of nothing has no form
        done = self.transfer("post", row | {"amount": amount})
        assert bool(done) == (amount == due)
        if done:
            self.model.move(account, "expiry", "point", due)
            self.model.lapsed[who] += due
            self.model.through[who] = last_year(self.scene.now[:10])
        else:
            self.model = was

    @rule(who=st.sampled_from(PEOPLE))
    def freeze_or_open(self, who: str) -> None:
        account = f"volunteer:{who}"
        state = "active" if account in self.model.frozen else "frozen"
        assert self.tries("accounts", {"volunteer": who, "state": state}, by="T01/c1", reason="x")
        self.model.frozen ^= {account}

    @rule(days=st.sampled_from([1, 20, 300, 700]))
    def wait(self, days: int) -> None:
        self.scene.wait(days=days)

    @invariant()
    def every_balance_is_that_of_the_model(self) -> None:
        for (account, unit), due in self.model.balances.items():
            assert balance(self.scene, account, unit) == due
        rows = {(one.account, one.unit) for one in self.scene.book.all(Account) if one.balance}
        assert rows <= set(self.model.balances)

    @invariant()
    def the_books_balance_and_nothing_is_held_but_by_open_holds(self) -> None:
        check_balanced(self.scene)
        open_ = {(one.ref, one.n) for one in self.scene.book.all(Hold) if one.state == "open"}
        assert open_ == set(self.model.holds)

    @invariant()
    def no_minute_is_minted_twice(self) -> None:
        """Rule 32: what is there beyond the hours that stand was borne, and is owed by somebody."""
        owed = {f"volunteer:{who}": self.model.owed[who] for who in PEOPLE}
        for one in self.scene.book.all(Account):
            assert one.owed == (owed.get(one.account, 0) if one.unit == "credit" else 0)
        assert balance(self.scene, "adjustment") == -sum(owed.values())
        assert balance(self.scene, "issuance") == -sum(map(self.model.hours, PEOPLE))

    @invariant()
    def nothing_is_below_zero_that_may_not_be(self) -> None:
        for one in self.scene.book.all(Account):
            owes = one.account in {"issuance", "adjustment"}
            assert owes or one.unit == "point" or one.balance >= 0, one
            assert one.held >= 0

    @invariant()
    def goods_are_on_the_shelf_held_or_gone(self) -> None:
        good = self.scene.book.find(Good, "G1")
        assert good
        assert good.stock == self.model.stock >= 0

    def teardown(self) -> None:
        """Replay the log from entry 0, as an auditor does."""
        again = Scene()
        for told in self.scene.log:
            assert again.submit(told.entry, told.items).effects == told.effects
        assert again.snapshot() == self.scene.snapshot()
        check_totals(self.scene, "KX", "T01")


TestBooks = Books.TestCase
TestBooks.settings = settings(stateful_step_count=25)
