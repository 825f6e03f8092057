"""The association's accounts: trial balance, what was issued, and what is still owed, by age.

Points and credits that people hold are owed to them. Their age is the year in which they were earned,
or received from others; what was earned first is spent first, as it is where points lapse.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from msgspec import Struct

from ledger import accounts
from ledger.accounts import UNIT_WORDS, UNITS
from ledger.desk.earned import Career, everybody
from ledger.records import Account, Movement
from ledger.sheets.lists import Listing, write_book
from ledger.store.reading import Reader
from ledger.times import shown

_TOGETHER = 200  # people read at a time
_RECEIVED = ("gift", "grant", "order", "import")
OVERDRAWN = ""  # in place of a year: what people hold less than nothing of
Key = tuple[str, str]  # account or year, unit


class Group(Struct, frozen=True):
    """Accounts of one kind, in one unit: how many, and what they hold together, by its sign."""

    account: str
    unit: str
    accounts: int
    debit: int
    credit: int


class Issued(Struct, frozen=True):
    """What service of a year has earned, and what was taken back as lines were voided."""

    year: str
    unit: str
    earned: int
    taken_back: int


class Owed(Struct, frozen=True):
    """What people hold that was earned in a year."""

    year: str
    unit: str
    amount: int


class Trial(Struct, frozen=True):
    """An association's accounts as of an entry of the log."""

    entries: int
    as_of: str
    groups: tuple[Group, ...]
    issued: tuple[Issued, ...]
    owed: tuple[Owed, ...]


def trial(view: Reader) -> Trial:
    """Draw up the accounts of the association: everybody's lines are read, some people at a time."""
    issued: Counter[tuple[str, str, bool]] = Counter()
    owed: Counter[Key] = Counter()
    people = everybody(view)
    while some := list(islice(people, _TOGETHER)):
        for gain in (gain for one in some for gain in one.gains if gain.amount):
            issued[gain.day[:4], gain.unit, gain.amount > 0] += abs(gain.amount)
        _add_owed(view, some, owed)
    return Trial(
        entries=view.size(),
        as_of=view.last_stamp(),
        groups=_groups(view.all(Account)),
        issued=tuple(
            Issued(year, unit, issued[year, unit, True], issued[year, unit, False])
            for year, unit in sorted({key[:2] for key in issued})
        ),
        owed=tuple(Owed(*key, owed[key]) for key in sorted(owed)),
    )


def write_xlsx(found: Trial) -> bytes:
    """Write an association's accounts as a spreadsheet of three pages."""
    notes = (f"截至账本第 {found.entries - 1} 条（{shown(found.as_of)}）。",)
    return write_book({
        "试算平衡表": Listing("试算平衡表", ("账户", "单位", "账户数", "借方", "贷方"),
                         [(g.account or "合计", UNIT_WORDS[g.unit][1], g.accounts, g.debit, g.credit)
                          for g in (*found.groups, *totals(found))],
                         (*notes, "同一单位的借方合计等于贷方合计。")),
        "发放": Listing("积分与时间储蓄的发放", ("服务年度", "单位", "发放", "作废冲回", "净额"),
                      [(one.year, UNIT_WORDS[one.unit][1], one.earned, one.taken_back,
                        one.earned - one.taken_back) for one in found.issued], notes),
        "未使用": Listing("未使用的积分与时间储蓄（按取得年度）", ("取得年度", "单位", "数额"),
                       [(one.year or "透支", UNIT_WORDS[one.unit][1], one.amount) for one in found.owed],
                       (*notes, "先取得的先使用；不含公益池。")),
    })  # fmt: skip


def totals(found: Trial) -> tuple[Group, ...]:
    """Return the sums of the trial balance, one a unit: debits are equal to credits."""
    return tuple(
        Group("", unit, sum(g.accounts for g in mine), sum(g.debit for g in mine),
              sum(g.credit for g in mine))
        for unit in UNITS
        if (mine := [group for group in found.groups if group.unit == unit])
    )  # fmt: skip


# --- parts --------------------------------------------------------------------------------------


def _groups(rows: Iterable[Account]) -> tuple[Group, ...]:
    count: Counter[Key] = Counter()
    debit: Counter[Key] = Counter()
    credit: Counter[Key] = Counter()
    for row in rows:
        name = accounts.name(row.account)
        key = name.rpartition(":")[0] if accounts.owner(row.account) else name, row.unit
        count[key] += 1
        (debit if row.balance > 0 else credit)[key] += abs(row.balance)
    return tuple(Group(*key, count[key], debit[key], credit[key]) for key in sorted(count))


def _add_owed(view: Reader, people: Iterable[Career], owed: Counter[Key]) -> None:
    """Add what these people hold, each account's balance from its newest layer down."""
    layers = _layers(view, people)
    names = [(name,) for name in sorted({account for account, _ in layers})]
    for row in view.among(Account, ("account",), names):
        for year, amount in _held(layers.get((row.account, row.unit), {}), row.balance):
            owed[year, row.unit] += amount


def _layers(view: Reader, people: Iterable[Career]) -> Mapping[Key, Counter[str]]:
    """Return what came into each account by year, whatever has gone since."""
    found: dict[Key, Counter[str]] = {}
    own: list[tuple[str]] = []
    for one in people:
        for account in (accounts.volunteer(one.number), accounts.donations(one.number)):
            own.append((account,))
            found |= {(account, unit): Counter() for unit in UNITS}
        for gain in one.gains:
            found[gain.account, gain.unit][gain.day[:4]] += gain.amount
    for row in view.among(Movement, ("debit",), own):
        if row.purpose in _RECEIVED:
            found[row.debit, row.unit][row.effective[:4]] += row.amount
    return found


def _held(layers: Mapping[str, int], balance: int) -> Iterator[tuple[str, int]]:
    """Divide a balance over years: what came first went first, so what is there came last."""
    if balance < 0:
        yield OVERDRAWN, balance
    for year in sorted(layers, reverse=True):
        part = min(layers[year], max(balance, 0))
        if part:
            yield year, part
        balance -= part
