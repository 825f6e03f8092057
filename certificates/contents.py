"""What a certificate is to hold: the volunteer chooses period, activities and blocks (条例 19).

Nothing is in it that was not asked for. What is asked for and may not be certified is not left out
unseen: `admit` refuses it and says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from certificates.claim import CLASSES
from certificates.source import Ledger
from ledger.errors import Rejected
from ledger.records import NOBODY, Achievement, Closing, Line, Sheet, Star
from ledger.rows import ClosingItem
from ledger.rules.authority import within
from ledger.rules.awards import HELD
from ledger.times import day_of

Block = Literal["star", "training", "honours"]


@dataclass(frozen=True, slots=True)
class Order:
    """Which certificate is asked for; without days and activities, all confirmed service."""

    number: str
    organisation: str
    first: str | None = None
    last: str | None = None
    activities: frozenset[str] = frozenset()  # codes
    blocks: frozenset[Block] = frozenset({"star"})
    without: frozenset[Block] = frozenset()  # what is left out though an earlier one lists it
    replaces: str = ""  # number of an earlier certificate; what is not given is as in that one
    on_closing: bool = False  # carry over what the newest closing holds, and list what stood since


@dataclass(frozen=True, slots=True)
class Row:
    """The row of a closing that holds what is carried over."""

    closing: Closing
    n: int
    item: ClosingItem


@dataclass(frozen=True, slots=True)
class Contents:
    """What is certified, in log order, and the period that covers all of it."""

    first: str
    last: str
    lines: Sequence[tuple[Line, Sheet]]
    training: Sequence[Achievement]
    honours: Sequence[Achievement]
    star: Star | None
    review: bool  # the star held is under review, and so is left out
    brought: Row | None = None  # what is carried over


def choose(ledger: Ledger, order: Order) -> Contents:
    """Return what an order asks for, or raise `Rejected` where there is no service to certify."""
    lines = _lines(ledger, order)
    days = [day_of(line.start) for line, _ in lines]
    brought = _brought(ledger, order, lines) if order.on_closing else None
    if brought:
        lines = [
            (line, sheet) for line, sheet in lines if _stood(line, sheet) >= brought.closing.size
        ]
    training = _achievements(ledger, order, "training")
    honours = _achievements(ledger, order, "honours")
    days += [one.date for one in (*training, *honours)]
    held = _held(ledger, order.number) if "star" in order.blocks else None
    granted = held if held and held.state == "granted" else None
    return Contents(
        first=order.first or min(days),
        last=order.last or max(days),
        lines=lines,
        training=training,
        honours=honours,
        star=granted,
        review=held is not granted,
        brought=brought,
    )


def _lines(ledger: Ledger, order: Order) -> list[tuple[Line, Sheet]]:
    """Return the confirmed lines of the period and activities, of the issuer or below it."""
    pairs = (
        (line, ledger.of(Sheet, "ref", line.sheet)[0])
        for line in ledger.of(Line, "volunteer", order.number)
    )
    found = [
        (line, sheet)
        for line, sheet in pairs
        if (line.state or sheet.state) == "confirmed"
        and within(ledger.book, sheet.organisation, order.organisation)
        and _inside(order, day_of(line.start))
        and (not order.activities or sheet.activity in order.activities)
    ]
    missing = sorted(order.activities - {sheet.activity for _, sheet in found})
    if missing or not found:
        of, in_ = (
            (f" in {', '.join(missing)}", f"活动 {'、'.join(missing)} 中") if missing else ("", "")
        )
        raise Rejected(
            "certificate.lines",
            en=f"{order.number} has no confirmed service of {order.organisation}{of} in that period",
            zh=f"{order.number} 在该期间{in_}没有经确认的、由 {order.organisation} 记录的服务",
        )
    return sorted(found, key=lambda pair: (pair[1].entry, pair[0].n))


def _brought(ledger: Ledger, order: Order, lines: list[tuple[Line, Sheet]]) -> Row:
    """Return the row of the newest closing; raise where it is not what the lines add up to now.

    `admit` adds up the lines alone, and the proof shows the row alone: the two must be one before
    anything is logged.
    """
    if order.first or order.last or order.activities:
        raise Rejected(
            "certificate.closing",
            en="a closing holds all service up to its day: --on-closing does not go with --from, --to or"
            " --activity",
            zh="结账包含截至该日的全部服务：--on-closing 不能与 --from、--to、--activity 同用",
        )
    closing, n, item = ledger.closed(order.organisation, order.number)
    sums = dict.fromkeys(CLASSES, 0)
    for line, sheet in lines:
        if _stood(line, sheet) < closing.size:
            sums[line.class_] += line.minutes  # type: ignore[index]
    if sums != item.by_class.form():
        raise Rejected(
            "certificate.closing",
            en=f"the closing of entry {closing.entry} does not hold what stands of {order.number} now: a line"
            " was voided since, or a team moved; close once more (`vledger closing make`)",
            zh=f"第 {closing.entry} 条结账与 {order.number} 现有的记录不符：此后有记录作废，或组织隶属有变；"
            "请重新结账（`vledger closing make`）",
        )
    return Row(closing, n, item)


def _stood(line: Line, sheet: Sheet) -> int:
    """Return the entry that let a confirmed line stand."""
    return sheet.confirmation if line.confirmation == NOBODY else line.confirmation


def _achievements(ledger: Ledger, order: Order, block: Block) -> list[Achievement]:
    """Return the trainings or honours of the period that stand, of the issuer or below it."""
    if block not in order.blocks:
        return []
    kind = block.removesuffix("s")
    found = [
        one
        for one in ledger.of(Achievement, "volunteer", order.number)
        if one.kind == kind
        and one.voided == NOBODY
        and within(ledger.book, one.organisation, order.organisation)
        and _inside(order, one.date)
    ]
    return sorted(found, key=lambda one: (one.entry, one.n))


def _inside(order: Order, day: str) -> bool:
    return (order.first or "") <= day <= (order.last or "9999")


def _held(ledger: Ledger, number: str) -> Star | None:
    """Return the highest star that a volunteer holds."""
    held = [star for star in ledger.of(Star, "volunteer", number) if star.state in HELD]
    return max(held, key=lambda star: star.level, default=None)
