"""Statement of account of a person: lines, postings and balances, each figure with its reason.

A value that is written as JSON here, as a spreadsheet by `sheets.lists`, as a PDF by `certificates`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from ledger import accounts
from ledger.accounts import UNIT_WORDS
from ledger.desk.accounts import Moved, Posting, postings_of
from ledger.desk.earned import Career, brought, career, judged_by
from ledger.desk.lists import STATES
from ledger.desk.office import Office, is_simulated, registered, state_of
from ledger.desk.why import JOINT, Reasons, nothing, pick
from ledger.errors import Lang
from ledger.incentives import ALL
from ledger.records import Account, Adoption, Hold, Star
from ledger.rules.awards import HELD
from ledger.sheets.lists import Listing, write_book
from ledger.store.reading import Reader
from ledger.times import day_of, hours_and_minutes, shown


class Shown(Struct, frozen=True, gc=False, rename={"class_": "class"}):
    """A line, what it brought so far, and why."""

    line: str
    activity: str
    title: str
    start: str
    end: str
    minutes: int
    class_: str
    state: str
    points: int
    credits: int
    why: str


class Entered(Struct, frozen=True, gc=False):
    """A posting: when it was recorded and from when on it counts, how much, what is there now, why."""

    entry: int
    place: str  # in the log: of a settlement with its row, as `refund` takes it
    recorded: str
    effective: str
    account: str
    other: str
    unit: str
    amount: int
    balance: int
    line: str  # that earned it, or the hold that was settled
    why: str


class Held(Struct, frozen=True):
    """What an account holds, how much of it is held back, and what is left to spend."""

    account: str
    unit: str
    balance: int
    held: int
    available: int
    owed: int = 0  # what the association bore, to be made good from what is earned next


class Rules(Struct, frozen=True, rename={"from_": "from"}):
    """A ruleset that is named as a reason."""

    entry: int
    from_: str
    title: str
    source: str


class Statement(Struct, frozen=True):
    """A person's statement of account as of an entry of the log."""

    number: str
    name: str
    entries: int  # of the log
    as_of: str  # the last one's stamp
    minutes: int
    by_class: dict[str, int]
    stars: int
    account: str  # active, frozen, closed
    specimen: bool  # of a ledger whose clock is simulated
    balances: tuple[Held, ...]
    lines: tuple[Shown, ...]
    postings: tuple[Entered, ...]
    rules: tuple[Rules, ...]


def drawn_up(office: Office, number: str, lang: Lang) -> Statement:
    """Draw up the statement of a volunteer, with the name the vault knows, or raise `Rejected`."""
    with office.store.reading() as view:
        registered(view, number)
        details = office.vault.details(number)
        name = details.name if details else pick(lang, "(erased)", "（已删除）")
        return statement(view, number, name=name, now=office.now, lang=lang)


def statement(view: Reader, number: str, *, name: str, now: str, lang: Lang) -> Statement:
    """Draw up a person's statement; what is held back is that of holds which still run."""
    found = career(view, number)
    posted = postings_of(view, found)
    reasons = Reasons(lang)
    words = {id(one.cause): reasons.of(one.cause) for one in posted}
    words |= {id(gain): reasons.of(gain) for gain in found.gains if not gain.amount}
    minutes: dict[str, int] = dict.fromkeys(ALL, 0)
    for one in found.lines:
        if one.state == "confirmed":
            minutes[one.line.class_] += one.line.minutes
    stars = [star.level for star in view.where(Star, volunteer=number) if star.state in HELD]
    return Statement(
        number=number,
        name=name,
        entries=view.size(),
        as_of=view.last_stamp(),
        minutes=sum(minutes.values()),
        by_class=minutes,
        stars=max(stars, default=0),
        account=state_of(view, number),
        specimen=is_simulated(view),
        balances=_balances(view, posted, now),
        lines=_lines(found, words, lang),
        postings=_entered(posted, words),
        rules=_rules(found, posted),
    )


def write_json(found: Statement) -> bytes:
    """Write a statement as JSON."""
    return msgspec.json.encode(found) + b"\n"


def write_xlsx(found: Statement) -> bytes:
    """Write a statement as a spreadsheet of three pages: balances, lines, postings."""
    head = f"{found.number}　{found.name}"
    as_of = f"截至账本第 {found.entries - 1} 条（{shown(found.as_of)}）。"
    rules = [
        f"规则第 {one.entry} 条：{one.title}，{one.from_} 起施行。{one.source}"
        for one in found.rules
    ]
    notes = (head, as_of, SPECIMEN) if found.specimen else (head, as_of)
    return write_book({
        "余额": Listing("志愿者账目清单", ("项目", "余额", "已保留", "可用"), _summary(found),
                      (*notes, *rules)),
        "服务记录": Listing("服务记录", _LINE_HEADINGS, [_line_cells(one) for one in found.lines],
                        (*notes, "只有“已确认”的记录计入时长、积分和时间储蓄。")),
        "收支明细": Listing("收支明细", _POSTING_HEADINGS, [_posting_cells(one) for one in found.postings],
                        (*notes, "记账日为写入账本之日，生效日为服务或办理之日。")),
    })  # fmt: skip


# --- parts --------------------------------------------------------------------------------------


def _balances(view: Reader, posted: Iterable[Posting], now: str) -> tuple[Held, ...]:
    balances = {(one.account, one.unit): one.balance for one in posted}
    held: Counter[tuple[str, str]] = Counter()
    for account in {account for account, _ in balances}:
        for hold in view.where(Hold, credit=account, state="open"):
            held[account, hold.unit] += hold.amount if hold.until >= now else 0
    names = [(account,) for account in sorted({account for account, _ in balances})]
    owed = {(one.account, one.unit): one.owed for one in view.among(Account, ("account",), names)}
    return tuple(
        Held(accounts.name(key[0]), key[1], balance, held[key], balance - held[key], owed[key])
        for key, balance in sorted(balances.items())
    )


def _lines(found: Career, words: Mapping[int, str], lang: Lang) -> tuple[Shown, ...]:
    by_line, joint, rows = found.by_line(), pick(lang, *JOINT), []
    for one in found.lines:
        line, state, gains = one.line, one.state, by_line.get(id(one), ())
        reason = joint.join([words[id(gain)] for gain in gains])
        if state == "confirmed" and not gains:
            reason = nothing(judged_by(found.rules, one)[0], lang)
        rows.append(
            Shown(one.place, one.activity, one.title, line.start, line.end, line.minutes,
                  line.class_, state, *brought(gains), reason)
        )  # fmt: skip
    return tuple(rows)


def _entered(posted: Sequence[Posting], words: Mapping[int, str]) -> tuple[Entered, ...]:
    sides = {side for one in posted for side in (one.account, one.other)}
    names, rows = {side: accounts.name(side) for side in sides}, []
    for one in posted:
        cause = one.cause
        if isinstance(cause, Moved):
            place = f"{cause.hold.entry}:{cause.hold.n + 1}" if cause.hold else ""
            at = f"{one.entry}:{cause.movement.n + 1}"
        else:
            place, at = cause.turn.kept.place, str(one.entry)
        rows.append(
            Entered(one.entry, at, one.recorded, one.effective, names[one.account], names[one.other],
                    one.unit, one.amount, one.balance, place, words[id(cause)])
        )  # fmt: skip
    return tuple(rows)


def _rules(found: Career, posted: Iterable[Posting]) -> tuple[Rules, ...]:
    """Return every ruleset that a reason names, those that gave nothing included."""
    book = found.rules
    entries = {one.cause.adoption for one in posted if isinstance(one.cause, Moved)}
    entries |= {gain.worth.adoption for gain in found.gains}
    entries |= {judged_by(book, one)[0] for one in found.lines if one.state == "confirmed"}
    named = ((book.find(Adoption, entry), book.adopted(entry)) for entry in sorted(entries))
    return tuple(
        Rules(one.entry, one.since, rules.title, rules.source) for one, rules in named if one
    )


# --- cells --------------------------------------------------------------------------------------

SPECIMEN = "样本 SPECIMEN：出自模拟时钟的账本，不作任何凭据。"
ACCOUNT_STATES = {"active": "正常", "frozen": "已冻结，只能转入", "closed": "已注销"}

_LINE_HEADINGS = (
    "记录编号",
    "活动",
    "日期",
    "开始",
    "结束",
    "时长",
    "证据等级",
    "状态",
    "积分",
    "时间储蓄",
    "依据",
)
_POSTING_HEADINGS = (
    "条目", "记账日", "生效日", "项目", "积分变动", "积分余额", "时间储蓄变动", "时间储蓄余额", "凭据", "依据",
)  # fmt: skip


def _summary(found: Statement) -> list[tuple[str | int, ...]]:
    hours = [
        (f"{class_} 级时长", hours_and_minutes(minutes), "", "")
        for class_, minutes in found.by_class.items()
    ]
    return [
        ("已确认时长", hours_and_minutes(found.minutes), "", ""),
        *hours,
        ("星级", found.stars, "", ""),
        ("账户状态", ACCOUNT_STATES[found.account], "", ""),
        *(
            (item(one.account, one.unit) + owing(one), one.balance, one.held, one.available)
            for one in found.balances
        ),
    ]


def item(account: str, unit: str) -> str:
    """Return what people call what an account holds."""
    group = "（团体服务，只能捐赠）" if account.startswith("Assets:Donations") else ""
    return UNIT_WORDS[unit][1] + group


def owing(one: Held) -> str:
    """Return what is said beside a balance of which something is owed."""
    return f"（另待补足 {one.owed}）" if one.owed else ""


def _line_cells(one: Shown) -> tuple[str | int, ...]:
    return (one.line, one.title, day_of(one.start), one.start[11:16], one.end[11:16],
            hours_and_minutes(one.minutes), one.class_, STATES[one.state], one.points, one.credits,
            one.why)  # fmt: skip


def _posting_cells(one: Entered) -> tuple[str | int, ...]:
    figures = (one.amount, one.balance)
    sums = (*figures, "", "") if one.unit == "point" else ("", "", *figures)  # one unit a column
    return (one.place, day_of(one.recorded), one.effective, item(one.account, one.unit),
            *sums, one.line, one.why)  # fmt: skip
