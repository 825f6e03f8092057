"""Closings: what is asked of one before it enters. Whether its figures are true, an audit computes.

A closing is of the end of a day, or of what is there now; both are times at which an auditor, who
reads the log once, still knows what everybody had come to (`totals`).
"""

from itertools import pairwise

from msgspec.structs import replace

from ledger.book import Book
from ledger.kinds import Closing
from ledger.records import Closing as Closed
from ledger.records import Record
from ledger.rows import ClosingItem
from ledger.rules.authority import LEDGER
from ledger.rules.heard import Heard
from ledger.rules.lines import no
from ledger.times import later

MOST_DAYS = 92  # that a day may be past and still be closed; a later day holds all that it would
_END = "T23:59:59+08:00"


def end_of(day: str) -> str:
    """Return the last instant of a day."""
    return day + _END


def is_day_end(as_of: str) -> bool:
    """Tell whether an instant is the last one of its day."""
    return as_of.endswith(_END)


def closing(book: Book, head: Closing, heard: Heard) -> tuple[Record, ...]:
    """Take in a closing, or the next part of one: in form, in order, of a time that can be recomputed."""
    if head.organisation == LEDGER:
        raise no("closing.scope", "a closing is of one organisation", "结账须属于某一组织")
    if head.size > book.size:
        raise no(
            "closing.size",
            f"the closing is of {head.size} entries, and there are {book.size}",
            f"结账涵盖 {head.size} 条，账本只有 {book.size} 条",
        )
    _check_time(book, head, heard.stamp)
    numbers = [item.volunteer for item in heard.items if isinstance(item, ClosingItem)]
    for n, (one, two) in enumerate(pairwise(numbers), start=1):
        if one >= two:
            raise no(
                "closing.order",
                f"rows are sorted by number, none twice: {two} follows on {one}",
                f"各行须按编号递增且不重复：{one} 之后是 {two}",
                n,
            )
    before = _before(book, head, numbers[0])
    part = Closed(
        ref=heard.ref,
        entry=book.size,
        organisation=head.organisation,
        as_of=head.as_of,
        size=head.size,
        first=head.first,
        after=head.after,
        total=head.total,
        last=numbers[-1],
    )
    return (replace(before, following=heard.ref), part) if before else (part,)


def _check_time(book: Book, head: Closing, stamp: str) -> None:
    """Hold that the figures are of the end of a day gone by, or of the newest entry but closings."""
    if is_day_end(head.as_of):
        if not later(stamp, days=-MOST_DAYS) <= head.as_of < stamp:
            raise no(
                "closing.time",
                f"{head.as_of} is not within the {MOST_DAYS} days before {stamp}: close a later day",
                f"{head.as_of} 不在 {stamp} 之前的 {MOST_DAYS} 天以内，请结账至较近的日期",
            )
        return
    beside = book.closings_of(
        head.size
    )  # said with this one, for other organisations or other rows
    newest = head.size + len(beside) == book.size
    same = {one.as_of for one in beside} or {book.stamp}
    if not newest or head.as_of not in same:
        raise no(
            "closing.time",
            f"{head.as_of} is neither the end of a day nor the stamp of the newest entry: draw it up again",
            f"{head.as_of} 既不是某日结束之时，也不是最新条目的时间：请重新结账",
        )


def _before(book: Book, head: Closing, first: str) -> Closed | None:
    """Return the part that this one goes on with, if there is one; raise where they do not fit."""
    if (head.first == 0) != (head.previous is None) or head.after > head.total:
        raise _unfit("its places are not those of a part", "其行次不合规定")
    if head.previous is None:
        return None
    found = book.find(Closed, head.previous)
    if found is None or found.following:
        raise _unfit("there is no such part to go on with", "没有可以接续的前一部分")
    whole = (head.organisation, head.as_of, head.size, head.total)
    if (found.organisation, found.as_of, found.size, found.total) != whole:
        raise _unfit("the part before is of another closing", "前一部分属于另一次结账")
    if found.after != head.first or found.last >= first:
        raise _unfit(
            f"the part before ends with {found.last}, row {found.after}",
            f"前一部分止于第 {found.after} 行 {found.last}",
        )
    return found


def _unfit(en: str, zh: str) -> Exception:
    return no("closing.part", f"the closing does not fit together: {en}", f"结账各部分不相接：{zh}")
