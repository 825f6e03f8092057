"""Closings: what they say that everybody had come to, recomputed (`totals`) and held row by row.

`admit` takes figures as said. Here each row is held against its person's lines, accounts and stars;
and who belongs to the organisation and has no row is missed once the last part has come. A worker
who owns some of the persons holds their rows, and misses his own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ledger.book import Book
from ledger.kinds import Closing
from ledger.records import Record
from ledger.rows import ClosingItem
from ledger.rules.closings import is_day_end
from ledger.rules.heard import Heard
from ledger.times import day_of
from ledger.totals import CLASSES, Figures, Totals, figures_of

Found = tuple[str, str, str, str]  # code, place, English, Chinese
_MOST = 20  # findings of one closing: after so many it is plainly of something else
_WORDS = {
    "by_class": ("minutes", "分钟"),
    "star": ("star", "星级"),
    "points": ("points", "积分"),
    "credits": ("credits", "时间储蓄"),
    "donations": ("credits to be donated", "只能捐赠的时间储蓄"),
}


@dataclass(slots=True)
class _Open:
    """A closing whose rows are being held: who has had none yet, and how much was found."""

    entry: int
    due: dict[str, Figures]
    found: int = 0

    def limited(self, found: Iterator[Found]) -> Iterator[Found]:
        """Yield what was found, as long as it is not too much."""
        for one in found:
            self.found += 1
            if self.found <= _MOST:
                yield one


class Closings:
    """Folds a ledger, and holds each closing against what it had come to."""

    def __init__(self, owns: Callable[[str], bool] = lambda _: True) -> None:
        self._owns = owns
        self._totals = Totals(owns)
        self._open: dict[str, _Open] = {}  # by the ref of the newest part

    def hold(self, book: Book, heard: Heard, effects: Sequence[Record]) -> Iterator[Found]:
        """Take in the entry that the book took in last; of a closing, yield what is not true."""
        self._totals.take(book, effects, heard.stamp)
        head = heard.statement.head
        if isinstance(head, Closing):
            yield from self._hold(book.size - 1, head, heard)

    def end(self) -> Iterator[Found]:
        """Yield the closings whose last part never came."""
        for one in self._open.values():
            yield (
                "closing.unfinished", f"entry {one.entry}",
                f"the closing of entry {one.entry} is not whole: its last part never came",
                f"第 {one.entry} 条的结账不完整：缺少最后一部分",
            )  # fmt: skip

    def _hold(self, index: int, head: Closing, heard: Heard) -> Iterator[Found]:
        day = day_of(head.as_of)
        size = self._totals.size_at(day) if is_day_end(head.as_of) else head.size
        if head.size != size:
            yield (
                "closing.size", f"entry {index}",
                f"the closing of entry {index} is of {head.size} entries, and {size} were stamped by then",
                f"第 {index} 条结账涵盖 {head.size} 条；截至 {head.as_of} 账本应有 {size} 条",
            )  # fmt: skip
            return  # its figures are of another time: there is nothing to hold them against
        before = self._open.pop(head.previous or "", None)
        held = before or _Open(index, self._totals.closed(head.organisation, day))
        for n, item in enumerate(heard.items):
            assert isinstance(item, ClosingItem)
            if self._owns(item.volunteer):
                yield from held.limited(_row(held.due, f"{index}:{n + 1}", item))
        if head.after < head.total:
            self._open[heard.ref] = held
        else:
            yield from held.limited(_missing(held))


def _row(due: dict[str, Figures], place: str, item: ClosingItem) -> Iterator[Found]:
    """Yield what a row says that is not so."""
    number, said, true = item.volunteer, figures_of(item), due.pop(item.volunteer, None)
    if true is None:
        yield (
            "closing.false", place,
            f"row {place}: {number} does not belong to the organisation",
            f"第 {place} 行：{number} 不属于该组织",
        )  # fmt: skip
    elif said != true:
        apart = [
            (words, _shown(is_), _shown(ought))
            for words, is_, ought in zip(_WORDS.values(), said, true, strict=True)
            if is_ != ought
        ]
        en = ", ".join(f"{words[0]} {is_}, true {ought}" for words, is_, ought in apart)
        zh = "，".join(f"{words[1]}记为 {is_}，应为 {ought}" for words, is_, ought in apart)
        yield (
            "closing.false",
            place,
            f"row {place}: {number}: {en}",
            f"第 {place} 行：{number} {zh}",
        )


def _missing(held: _Open) -> Iterator[Found]:
    index = held.entry
    for number in held.due:
        yield (
            "closing.missing", f"entry {index}",
            f"entry {index}: {number} belongs to the organisation and has no row",
            f"第 {index} 条：{number} 属于该组织，却没有对应的行",
        )  # fmt: skip


def _shown(value: object) -> str:
    if not isinstance(value, tuple):
        return str(value)
    parts = [f"{name} {minutes}" for name, minutes in zip(CLASSES, value, strict=True) if minutes]
    return " + ".join(parts) or "0"
