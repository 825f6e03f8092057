"""Accounts read: balances by both clocks, postings that lead to them, and the reason of each figure."""

import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import accounts as names
from ledger.desk.accounts import (
    Balance,
    Posting,
    balance_at,
    balances,
    balances_at,
    postings,
)
from ledger.desk.earned import Gain, Kept, Turn, Worth, career, everybody
from ledger.desk.why import PURPOSES, why
from ledger.incentives import Credits, Points, Weight
from ledger.records import Account, Line
from ledger.rules import purposes
from ledger.rulesets import Ruleset
from ledger.store.queries import Query
from tests.databases import World, ready
from tests.economy import RICH, balance, hold, offer, plan, release, served, settle, thrive
from tests.scene import RULES, VOLUNTEERS, activity, at, line, stand

pytest_plugins = ["tests.databases"]

CHINESE = re.compile("[一-龥，。（）：；]")


def with_(points: Points | None = None, credits_: Credits | None = None) -> Ruleset:
    return RULES.model_copy(update={"points": points, "credits": credits_})


@pytest.fixture
def world(file_url: str, tmp_path: Path) -> World:
    return ready(file_url, tmp_path, RICH)


def held(world: World) -> dict[tuple[str, str], int]:
    """Return what `admit` says that accounts hold, those that hold something."""
    return {(a.account, a.unit): a.balance for a in world.book.all(Account) if a.balance}


def some(found: list[Balance]) -> dict[tuple[str, str], int]:
    return {(one.account, one.unit): one.balance for one in found if one.balance}


def words(world: World, number: str, lang: str = "zh") -> list[tuple[int, str]]:
    with world.db.reading() as view:
        return [
            (one.amount, why(one.cause, "zh" if lang == "zh" else "en"))
            for one in postings(view, number)
        ]


# --- balances ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_balances_are_those_of_the_book_on_every_database(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    url: str = request.getfixturevalue("file_url" if kind == "sqlite" else "postgres")
    world = ready(url, tmp_path, RICH)
    thrive(world)
    today = world.now[:10]
    with world.db.reading() as view:
        assert some(balances(view)) == held(world)
        assert balances(view) == balances_at(view, today, "recorded")
        assert balances(view) == balances_at(view, today, "effective")
        for number in VOLUNTEERS:
            last = {(one.account, one.unit): one.balance for one in postings(view, number)}
            own = {key: n for key, n in held(world).items() if names.owner(key[0]) == number}
            assert {key: n for key, n in last.items() if n} == own
        for account, unit in (
            ("pool", "credit"),
            ("issuance", "point"),
            ("volunteer:V1", "credit"),
        ):
            found = balance_at(
                view, account, "point" if unit == "point" else "credit", today, "recorded"
            )
            assert found == held(world).get((account, unit), 0)


def test_a_balance_can_be_told_as_of_any_day(world: World) -> None:
    """What the log says today of a day is what it said on that day (recorded clock)."""
    known: dict[str, dict[tuple[str, str], int]] = {}
    for step in range(4):
        plan(world, f"B{step}", f"{10 + step}", hours=2 + step)
        world.now = f"2026-03-{10 + step}T20:00:00+08:00"
    sheet = served(world, "V1", "V2", "V3")
    known[world.now[:10]] = held(world)
    world.wait(days=1)
    settle(world, hold(world, "donate", "volunteer:V2", "pool", 1), 1)
    known[world.now[:10]] = held(world)
    world.wait(days=3)
    world.correct((sheet, 0), (sheet, 1))
    known[world.now[:10]] = held(world)
    world.wait(days=1)
    settle(world, hold(world, "grant", "pool", "volunteer:V4", 1), 1)
    known[world.now[:10]] = held(world)
    with world.db.reading() as view:
        assert balances_at(view, "2026-03-10", "recorded") == []
        for day, balances_then in known.items():
            assert some(balances_at(view, day, "recorded")) == balances_then
            for account, unit in {key for one in known.values() for key in one}:
                at = balance_at(
                    view, account, "point" if unit == "point" else "credit", day, "recorded"
                )
                assert at == balances_then.get((account, unit), 0)


def test_by_the_effective_clock_an_hour_counts_from_the_day_it_was_served(world: World) -> None:
    sheet = served(world, "V1", "V2")  # on the 3rd; confirmed on the 11th
    gift = hold(world, "gift", "volunteer:V1", "volunteer:V2", 2, relation="child")
    world.wait(days=3)
    world.say("transfer", {"hold": [*gift], "amount": 2, "effective": "2026-03-12"},
              by="T01/c1", org="T01", step="settle")  # fmt: skip
    with world.db.reading() as view:
        of = {
            day: balance_at(view, "volunteer:V1", "credit", f"2026-03-{day}", "effective")
            for day in ("02", "03", "11", "12", "14")
        }
        assert of == {"02": 0, "03": 3, "11": 3, "12": 1, "14": 1}
        assert balance_at(view, "volunteer:V1", "credit", "2026-03-10", "recorded") == 0
        assert some(balances_at(view, "2026-03-03", "effective"))["issuance", "credit"] == -6
    world.wait(days=1)
    world.correct((sheet, 1))
    with world.db.reading() as view:  # a voided hour was never served
        assert balance_at(view, "volunteer:V2", "point", "2026-03-03", "effective") == 0
        assert balance_at(view, "volunteer:V2", "point", "2026-03-11", "recorded") == 3


def test_accounts_that_never_moved_are_absent_and_emptied_ones_are_there(world: World) -> None:
    half = world.attend(line("V4", "03 09:00", "03 09:30"))  # half an hour makes no credit
    world.pass_notice(half)
    sheet = served(world, "V1", "V2", to="A1")
    release(world, hold(world, "penalty", "volunteer:V5", "adjustment", 1, "point"))
    settle(world, hold(world, "donate", "volunteer:V2", "pool", 3), 3)
    world.correct((sheet, 0))
    with world.db.reading() as view:
        found = {(one.account, one.unit): one.balance for one in balances(view)}
        assert balances(view) == balances_at(view, world.now[:10], "recorded")
    assert ("volunteer:V4", "credit") not in found
    assert ("volunteer:V5", "point") not in found
    assert found["volunteer:V1", "credit"] == found["volunteer:V1", "point"] == 0  # voided
    assert found["volunteer:V2", "credit"] == 0  # given away
    assert sum(found.values()) == 0


def test_what_is_asked_of_one_account_scans_nothing(world: World) -> None:
    """O(log n) in the ledger: every step of every query is a search by an index."""
    thrive(world)
    asked: list[tuple[Query, dict[str, object]]] = []
    run = Query.run
    with pytest.MonkeyPatch.context() as patch, world.db.reading() as view:

        def spied(query: Query, connection: object, **values: object) -> object:
            asked.append((query, values))
            return run(query, connection, **values)  # type: ignore[arg-type]

        patch.setattr(Query, "run", spied)
        postings(view, "V1")
        balance_at(view, "volunteer:V1", "credit", "2026-03-31", "effective")
        balance_at(view, "pool", "credit", "2026-03-31", "recorded")
        patch.undo()
        plans = [
            str(row[3])
            for query, values in asked
            for row in Query(f"EXPLAIN QUERY PLAN {query.sql}", query.names, query.constants).run(
                view.connection, **values
            )
        ]
    tables = "lines|sheets|activities|spoken|accounts|movements|holds|goods"
    assert any(re.match(f"SEARCH ({tables}) ", one) for one in plans)
    assert [one for one in plans if re.match(f"SCAN ({tables})", one)] == []


# --- postings ------------------------------------------------------------------------------------


def busy(world: World, seed: int) -> None:
    """Let people serve three days, mornings and afternoons; confirm some days later, void some."""
    random = Random(seed)
    codes = [(f"x{day}{first}", day, first) for day in ("04", "05", "06") for first in (9, 14)]
    for code, day, first in codes:
        row = activity(code, f"{day} {first:02d}:00", f"{day} {first + 3:02d}:00",
                       category=random.choice(("敬老助老", "科普")))  # fmt: skip
        world.say("activities", row, by="T01/r1", org="T01")
    world.now = at("06 18:00")
    sheets = []
    for code, day, first in codes:
        ends = [
            f"{day} {first + random.choice((1, 2)):02d}:{random.choice((0, 20, 45)):02d}"
            for _ in "123"
        ]
        people = random.sample(VOLUNTEERS[:4], 3)
        rows = [
            line(who, f"{day} {first:02d}:00", end) for who, end in zip(people, ends, strict=True)
        ]
        sheets.append(world.attend(*rows, to=code))
    random.shuffle(sheets)
    world.pass_notice(*sheets[:3])
    world.pass_notice(*sheets[3:])
    lines = [(ref, n) for ref in sheets for n in range(3)]
    random.shuffle(lines)
    world.correct(*lines[:2])
    for who in VOLUNTEERS:
        if balance(world, f"volunteer:{who}") > 0:
            settle(world, hold(world, "donate", f"volunteer:{who}", "pool", 1), 1)
    world.correct(*lines[2:6])


@pytest.mark.parametrize("seed", range(6))
def test_postings_come_to_what_admit_posted_whatever_caps_cut(
    file_url: str, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    scheme = Points(
        per_hour=random.choice((1, 2)),
        cap_activity=random.choice((0, 2)),
        cap_day=random.choice((0, 3)),
        cap_year=random.choice((0, 7)),
        weights=(Weight(category="科普", percent=150),),
    )
    rules = with_(scheme, Credits(cap=3, below_zero=bool(seed % 2), donation_only=("科普",)))
    world = ready(file_url, tmp_path, rules)
    busy(world, seed)
    with world.db.reading() as view:
        for one in everybody(view):
            found = postings(view, one.number)
            last = {(p.account, p.unit): p.balance for p in found}
            own = {k: n for k, n in held(world).items() if names.owner(k[0]) == one.number}
            assert {k: n for k, n in last.items() if n} == own
            assert [p.entry for p in found] == sorted(p.entry for p in found)
            _check_running(found)
        assert some(balances_at(view, world.now[:10], "recorded")) == held(world)


def _check_running(found: list[Posting]) -> None:
    sums: dict[tuple[str, str], int] = {}
    for one in found:
        key = one.account, one.unit
        sums[key] = sums.get(key, 0) + one.amount
        assert one.balance == sums[key]


# --- why -----------------------------------------------------------------------------------------


def reasons(
    url: str, folder: Path, rules: Ruleset, *rows: dict[str, object], lang: str = "zh"
) -> list[str]:
    """Return why V1 has what he has after lines of A1; `void` takes one away again."""
    world = ready(url, folder, rules)
    void = [n for n, row in enumerate(rows) if row.pop("void", False)]
    sheet = world.attend(*(line("V1", **row) for row in rows))  # type: ignore[arg-type]
    world.pass_notice(sheet)
    for n in void:
        world.correct((sheet, n))
    return [said for _, said in words(world, "V1", lang)]


@pytest.mark.parametrize(
    ("scheme", "row", "zh", "en"),
    [
        (Points(), {}, "180 分钟 × 1/小时，敬老助老 100% → 3 分（规则第 1 条）",
         "180 min × 1 an hour, 敬老助老 100 % → 3 points (rules of entry 1)"),
        (Points(), {"end": "03 10:40"}, "100 分钟（计 90 分钟） × 1/小时，敬老助老 100% → 1 分（规则第 1 条）",
         "100 min (counted as 90) × 1 an hour, 敬老助老 100 % → 1 points (rules of entry 1)"),
        (Points(per_hour=2, weights=(Weight(category="敬老助老", percent=150),)), {},
         "180 分钟 × 2/小时，敬老助老 150% → 9 分（规则第 1 条）",
         "180 min × 2 an hour, 敬老助老 150 % → 9 points (rules of entry 1)"),
        (Points(cap_activity=2), {},
         "180 分钟 × 1/小时，敬老助老 100% = 3 分，单项活动每日上限 2 分 → 2 分（规则第 1 条）",
         "180 min × 1 an hour, 敬老助老 100 % = 3, at most 2 from an activity a day → 2 points (rules of entry 1)"),
        (Points(cap_day=1), {},
         "180 分钟 × 1/小时，敬老助老 100% = 3 分，每日上限 1 分 → 1 分（规则第 1 条）",
         "180 min × 1 an hour, 敬老助老 100 % = 3, at most 1 a day → 1 points (rules of entry 1)"),
        (Points(cap_activity=2, cap_year=1), {},
         "180 分钟 × 1/小时，敬老助老 100% = 3 分，单项活动每日上限 2 分，每年上限 1 分 → 1 分（规则第 1 条）",
         "180 min × 1 an hour, 敬老助老 100 % = 3, at most 2 from an activity a day, at most 1 a year → 1 points"),
    ],
    ids=["plain", "rounded", "weighed", "activity", "day", "year"],
)  # fmt: skip
def test_points_say_how_they_come_about(
    tmp_path: Path, scheme: Points, row: dict[str, object], zh: str, en: str
) -> None:
    for lang, due in (("zh", zh), ("en", en)):
        folder = tmp_path / lang
        folder.mkdir()
        url = f"sqlite:///{folder / 'l.db'}"
        (said,) = reasons(url, folder, with_(scheme), dict(row), lang=lang)
        assert said.startswith(due)


def test_a_voided_line_says_what_it_takes_back(file_url: str, tmp_path: Path) -> None:
    said = reasons(
        file_url, tmp_path, with_(Points(cap_day=2), Credits()),
        {"end": "03 10:00"}, {"start": "03 10:00", "void": True},
    )  # fmt: skip
    assert said == [
        "60 分钟 × 1/小时，敬老助老 100% → 1 分（规则第 1 条）",
        "累计 0 + 60 = 60 分钟，每满 60 分钟计 1 → 时间储蓄 1（规则第 1 条）",
        "120 分钟 × 1/小时，敬老助老 100% = 2 分，每日上限 2 分 → 1 分（规则第 1 条）",
        "累计 60 + 120 = 180 分钟，每满 60 分钟计 1 → 时间储蓄 2（规则第 1 条）",
        "记录作废：120 分钟 × 1/小时，敬老助老 100% = 2 分，每日上限 2 分 → -1 分（规则第 1 条）",
        "记录作废：累计 180 - 120 = 60 分钟，每满 60 分钟计 1 → 时间储蓄 -2（规则第 1 条）",
    ]


@pytest.mark.parametrize(
    ("rules", "zh"),
    [
        (with_(Points(classes=("A",))), ["B 级不计积分（规则第 1 条）"]),
        (with_(credits_=Credits(classes=("A",))), ["B 级不计时间储蓄（规则第 1 条）"]),
        (with_(credits_=Credits(categories=("科普",))), ["敬老助老不计时间储蓄（规则第 1 条）"]),
        (with_(credits_=Credits(donation_only=("敬老助老",))),
         ["累计 0 + 180 = 180 分钟，每满 60 分钟计 1 → 时间储蓄 3，团体服务，只能捐赠（规则第 1 条）"]),
        (with_(), []),
    ],
    ids=["class", "credit-class", "category", "group", "none"],
)  # fmt: skip
def test_what_earns_nothing_says_so_too(
    file_url: str, tmp_path: Path, rules: Ruleset, zh: list[str]
) -> None:
    world = ready(file_url, tmp_path, rules)
    served(world, "V1")
    with world.db.reading() as view:
        gains = career(view, "V1").gains
        assert [why(gain, "zh") for gain in gains] == zh
        assert not any(CHINESE.search(why(gain, "en").replace("敬老助老", "")) for gain in gains)


def test_rules_adopted_after_a_line_stood_change_nothing_of_it(
    file_url: str, tmp_path: Path
) -> None:
    """Where a notice takes no days, other rules can be adopted for the very day of service."""
    first = with_(Points(per_hour=2)).model_copy(update={"notice_days": 0})
    world = ready(file_url, tmp_path, first)
    sheet = world.attend(line("V1"))
    world.confirm(world.notice(sheet), stand(sheet))
    world.adopt(with_(Points(per_hour=5)).model_copy(update={"notice_days": 0}), world.now[:10])
    assert [n for n, _ in words(world, "V1")] == [6]
    world.correct((sheet, 0))
    assert [n for n, _ in words(world, "V1")] == [6, -6]
    assert held(world) == {}


def test_movements_name_their_hold_and_their_rules(world: World) -> None:
    thrive(world)
    said = {who: [text for _, text in words(world, who)] for who in VOLUNTEERS}
    assert said["V1"][2:4] == [
        "兑换礼遇 雨伞 × 1（保留 21:1，规则第 1 条）", "赠与，V1 → V2（保留 23:1，规则第 1 条）"
    ]  # fmt: skip
    assert said["V1"][-1] == "记录作废前已支出的部分，由本会垫付，从今后所得中补足（规则第 1 条）"
    assert said["V3"][-1] == "捐赠，转入公益池（保留 27:1，规则第 1 条）"
    assert said["V5"] == ["由其他账本转入，other.example.org/log-1 → V5（保留 35:1，规则第 1 条）"]
    english = " ".join(text for _, text in words(world, "V1", "en"))
    assert not CHINESE.search(english.replace("雨伞", "").replace("敬老助老", ""))


def test_what_is_above_the_cap_names_it(file_url: str, tmp_path: Path) -> None:
    world = ready(file_url, tmp_path, with_(credits_=Credits(cap=2)))
    sheet = served(world, "V1")
    world.correct((sheet, 0))
    assert words(world, "V1") == [
        (3, "累计 0 + 180 = 180 分钟，每满 60 分钟计 1 → 时间储蓄 3（规则第 1 条）"),
        (-1, "超过上限 2 的部分，转入公益池（规则第 1 条）"),
        (-3, "记录作废：累计 180 - 180 = 0 分钟，每满 60 分钟计 1 → 时间储蓄 -3（规则第 1 条）"),
        (1, "记录作废后，由公益池退回（规则第 1 条）"),
    ]


def test_every_purpose_has_words() -> None:
    computed = {"excess", "excess_back", "excess_borne", "shortfall", "made_good", "expire"}
    computed |= {"lapse_back", "written_off"}
    assert PURPOSES.keys() == purposes.TABLE.keys() | computed


def test_refunds_and_penalties_say_so(world: World) -> None:
    served(world, "V1")
    offer(world)
    taken = settle(
        world,
        hold(world, "redeem", "volunteer:V1", "redemption", 2, "point", good="G1", count=1),
        2,
    )
    settle(
        world, hold(world, "refund", "redemption", "volunteer:V1", 2, "point", origin=[taken, 0]), 2
    )
    settle(world, hold(world, "penalty", "volunteer:V1", "adjustment", 5, "point"), 5)
    points = [
        (n, text.partition("（")[0]) for n, text in words(world, "V1") if "时间储蓄" not in text
    ]
    assert points[1:] == [(-2, "兑换礼遇 雨伞 × 1"), (2, "退还"), (-5, "扣分")]


@given(
    minutes=st.integers(0, 1440), step=st.integers(1, 60), up=st.integers(1, 60),
    rate=st.integers(1, 1000), percent=st.integers(0, 1000),
)  # fmt: skip
def test_the_words_multiply_to_the_figure(
    minutes: int, step: int, up: int, rate: int, percent: int
) -> None:
    weights = (Weight(category="科普", percent=percent), Weight(category="科普", percent=1))
    scheme = Points(per_hour=rate, round_to=step, round_up_from=up, weights=weights)
    for category in ("科普", "其他"):
        due = scheme.of(minutes, category, "A")
        found = _SAID.fullmatch(why(gain(with_(scheme), minutes, category, due), "zh"))
        assert found
        whole, counts, a, of, b, figure = found.groups()
        assert (whole, of, figure) == (str(minutes), category, str(due))
        assert int(counts or whole) * int(a) * int(b) // 6000 == due


_SAID = re.compile(
    r"(\d+) 分钟(?:（计 (\d+) 分钟）)? × (\d+)/小时，(.+) (\d+)% → (\d+) 分（规则第 1 条）"
)


def gain(rules: Ruleset, minutes: int, category: str, points: int) -> Gain:
    """Return what a line of class A has brought, which stood from entry 7 on."""
    done = Line("S", 0, "V1", at("03 09:00"), at("04 09:00"), minutes, "A")
    kept = Kept(done, 5, "confirmed", 7, at("08 09:00"), "A1", "讲座", category)
    worth = Worth(1, rules, points, "")
    return Gain(Turn(kept, True, 7, at("08 09:00")), worth, "volunteer:V1", "point", points)
