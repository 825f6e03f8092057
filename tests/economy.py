"""Points, credits and stars on top of a scene: short words for what the tests of incentives say.

scene = Scene.ready(RICH)                      # a point an hour, a credit an hour, stars at 2 and 5 h
served(scene, "V1", "V2")                      # three confirmed hours each
held = hold(scene, "gift", "volunteer:V1", "volunteer:V2", 2, relation="spouse")
settle(scene, held, 2)
"""

from ledger import times
from ledger.incentives import Credits, Expiry, Level, Points, Stars
from ledger.records import Account, Movement, Star
from tests.scene import RULES, Json, Row, Scene, activity, at, line, some, volunteer

LineRef = tuple[str, int]
LADDER = Stars(levels=(Level(hours=2), Level(hours=5)))
RICH = RULES.model_copy(
    update={"stars": LADDER, "points": Points(expiry=Expiry()), "credits": Credits()}
)


def served(scene: Scene, *numbers: str, to: str = "A1", **more: Json) -> str:
    """Let volunteers serve three confirmed hours, and return the sheet."""
    ref = scene.attend(*(line(number) | more for number in numbers), to=to)
    scene.pass_notice(ref)
    return ref


def plan(  # noqa: PLR0913 - what, when, and by whom
    scene: Scene,
    code: str,
    day: str,
    hours: int = 3,
    *,
    by: str = "T01/r1",
    org: str = "T01",
    **more: Json,
) -> None:
    """Publish one more activity, beginning at nine on a day of March."""
    row = activity(code, f"{day} 09:00", f"{day} {9 + hours:02d}:00", **more)
    scene.say("activities", row, by=by, org=org)


def hold(  # noqa: PLR0913, PLR0917 - a transfer has so many sides
    scene: Scene,
    purpose: str,
    credit: str,
    debit: str,
    amount: int,
    unit: Json = "credit",
    **more: Json,
) -> LineRef:
    """Set an amount aside by T01's recorder, with a form where one is needed."""
    row: Row = {"purpose": purpose, "credit": credit, "debit": debit, "amount": amount, "unit": unit,
           "effective": scene.now[:10], "until": later(scene)}  # fmt: skip
    if purpose not in ("redeem", "penalty", "refund"):
        row["paper"] = some("form")
    row |= more
    return scene.say("transfer", row, by="T01/r1", org="T01", step="hold").ref, 0


def settle(scene: Scene, held: LineRef, amount: int, by: str = "T01/c1", org: str = "T01") -> str:
    """Settle a hold by T01's confirmer, and return the statement's ref."""
    row: Row = {"hold": list(held), "amount": amount, "effective": scene.now[:10]}
    return scene.say("transfer", row, by=by, org=org, step="settle").ref


def release(scene: Scene, held: LineRef, by: str = "T01/c1") -> str:
    """Let go of a hold."""
    row: Row = {"hold": list(held), "effective": scene.now[:10]}
    return scene.say("transfer", row, by=by, org="T01", step="release").ref


def expire(scene: Scene, number: str, amount: int, day: str = "") -> str:
    """Post what lapses."""
    row: Row = {"purpose": "expire", "credit": f"volunteer:{number}", "debit": "expiry", "unit": "point",
           "amount": amount, "effective": day or scene.now[:10]}  # fmt: skip
    return scene.say("transfer", row, by="T01/r1", org="T01", step="post").ref


def offer(scene: Scene, code: str = "G1", price: int = 2, stock: int = 1) -> None:
    """Put something into the catalogue."""
    row: Row = {"code": code, "name": "雨伞", "price": price, "stock": stock}
    scene.say("goods", row, by="T01/r1", org="T01")


def propose(scene: Scene, number: str, level: int = 1) -> str:
    """Put a star up for notice, and return the notice."""
    return scene.say("notice", {"volunteer": number, "level": level}, by="T01/r1", org="T01").ref


def award(scene: Scene, notice: str, number: str, decision: str = "granted", **more: Json) -> str:
    """Decide about a star, by the association's issuer; `more` are fields of its row and head."""
    head: dict[str, Json] = {"reason": "due", "by": "KX/i1", "org": "KX"} | more
    row: Row = {"volunteer": number, "level": head.pop("level", 1), "decision": decision}
    if notice:
        head["notice"] = notice
    return scene.say("award", row, **head).ref  # type: ignore[arg-type]


def open_account(scene: Scene, number: str, state: str, **more: Json) -> str:
    """Open, freeze or close an account."""
    row: Row = {"volunteer": number, "state": state}
    row |= more
    return scene.say("accounts", row, by="T01/c1", org="T01", reason="asked").ref


def balance(scene: Scene, account: str, unit: str = "credit") -> int:
    """Return what an account holds."""
    found = scene.book.find(Account, account, unit)
    return found.balance if found else 0


def check_balanced(scene: Scene) -> None:
    """Hold that all accounts of a unit add up to nothing, and that holds are what they hold back."""
    for unit in ("point", "credit"):
        accounts = [one for one in scene.book.all(Account) if one.unit == unit]
        assert sum(one.balance for one in accounts) == 0
        for one in accounts:
            held = [h for h in scene.book.holds_on(one.account) if h.unit == unit]
            assert one.held == sum(h.amount for h in held)


def later(scene: Scene, days: int = 30) -> str:
    """Return an instant some days from now."""
    return times.later(scene.now, days=days)


def thrive(scene: Scene) -> None:
    """Say something of every kind that moves points, credits or stars."""
    sheet = served(scene, "V1", "V2", "V3")
    offer(scene, stock=3)
    settle(
        scene,
        hold(scene, "redeem", "volunteer:V1", "redemption", 2, "point", good="G1", count=1),
        2,
    )
    gift = hold(scene, "gift", "volunteer:V1", "volunteer:V2", 2, relation="child")
    release(scene, hold(scene, "donate", "volunteer:V3", "pool", 1))
    settle(scene, gift, 1)
    settle(scene, hold(scene, "donate", "volunteer:V3", "pool", 2), 2)
    settle(scene, hold(scene, "grant", "pool", "volunteer:V4", 1), 1)
    settle(scene, hold(scene, "order", "volunteer:V2", "volunteer:V4", 1, relation="age"), 1)
    out = hold(scene, "export", "volunteer:V2", "transit:other.example.org/log-1", 1)
    settle(scene, out, 1)
    into = hold(
        scene, "import", "transit:other.example.org/log-1", "volunteer:V5", 1, origin=[some("x"), 0]
    )
    settle(scene, into, 1)
    open_account(scene, "V5", "frozen")
    notice = propose(scene, "V1")
    scene.wait(days=8)
    award(scene, notice, "V1")
    scene.correct((sheet, 0))
    award(scene, "", "V1", "withdrawn", reason="hours")
    check_balanced(scene)


def open_year(scene: Scene, code: str = "Y1", category: str = "敬老助老") -> None:
    """Publish an activity that takes the whole year; lines of it are of class C or L."""
    row = activity(code, "2026-01-01 00:00", "2026-12-31 23:59", category=category)
    scene.say("activities", row, by="T01/r1", org="T01")


def stood(scene: Scene, *rows: Row, to: str = "Y1") -> str:
    """Let lines of such an activity stand after eight days of notice, and return the sheet."""
    ref = scene.attend(*rows, to=to, reason=some("afterwards"))
    scene.pass_notice(ref)
    return ref


def shift(number: str, day: str, hours: int = 3, minutes: int = 0, class_: str = "C") -> Row:
    """Return a line that begins at nine."""
    return line(number, f"{day} 09:00", f"{day} {9 + hours:02d}:{minutes:02d}", class_)


def moved(scene: Scene, purpose: str) -> list[tuple[str, str, int]]:
    """Return what was moved for a purpose: who received, who paid, how much."""
    found = [one for one in scene.book.all(Movement) if one.purpose == purpose]
    return [(one.debit, one.credit, one.amount) for one in found]


def granted(scene: Scene, number: str = "V1", level: int = 1) -> None:
    """Let a star be proposed, wait for eight days, and grant it."""
    notice = propose(scene, number, level)
    scene.wait(days=8)
    award(scene, notice, number, level=level)


def state(scene: Scene, number: str = "V1", level: int = 1) -> str:
    """Return what has become of a star, nothing if nobody proposed it."""
    found = scene.book.find(Star, number, level)
    return found.state if found else ""


def abound(scene: Scene) -> None:
    """Let at least three rows come into every table of incentives, in every state they can have."""
    day = later(scene, 1)[:10]
    plan(scene, "C1", day, 6)
    scene.now = at(f"{day} 16:00")
    people = ("V1", "V2", "V3", "V5")
    ref = scene.attend(*(shift(number, day, 6, class_="B") for number in people), to="C1")
    scene.pass_notice(ref)
    scene.say("volunteers", volunteer("V8"), by="T01/r1", org="T01")
    _trade(scene)
    granted(scene, "V1")
    granted(scene, "V2")
    award(scene, propose(scene, "V5"), "V5", "refused", reason="quality")
    propose(scene, "V1", 2)
    for number, state_ in (("V1", "frozen"), ("V1", "active"), ("V3", "frozen"), ("V8", "closed")):
        open_account(scene, number, state_)
    rows: list[Row] = [{"line": [ref, n], "reason": some("why")} for n in range(3)]
    scene.say("correction", *rows, by="T01/c1", org="T01", reason="complaint")
    check_balanced(scene)


def _trade(scene: Scene) -> None:
    """Let holds be open, settled and released, and movements be of several purposes."""
    held = []
    for code in ("G1", "G2", "G3"):
        offer(scene, code, price=1, stock=5)
        more: Row = {"good": code, "count": 1}
        held.append(hold(scene, "redeem", "volunteer:V1", "redemption", 1, "point", **more))
    release(scene, held[0])
    paid = settle(scene, held[1], 1)
    sides = ("redemption", "volunteer:V1")
    settle(scene, hold(scene, "refund", *sides, 1, "point", origin=[paid, 0]), 1)
    for n in range(3):
        sides = ("transit:other.example.org/log-1", "volunteer:V2")
        settle(scene, hold(scene, "import", *sides, 1, origin=[some("x"), n]), 1)
    gifts = [
        hold(scene, "gift", "volunteer:V1", "volunteer:V2", n, relation="child") for n in (1, 2)
    ]
    release(scene, gifts[0])
    settle(scene, hold(scene, "donate", "volunteer:V3", "pool", 3), 3)
