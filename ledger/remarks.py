"""Remarks: what is lawful in a ledger, and still worth an auditor's look (rules 9, 19, 20, 31, 32, 37)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ledger.accounts import UNIT_WORDS, donations, volunteer
from ledger.book import Book
from ledger.records import Account, Activity, Good, Holder, Line, Sheet, Volunteer
from ledger.rules.lines import place as place_of

_CASH = re.compile(
    r"现金|红包|转账|提现|充值|支付宝|微信支付|银行卡|[¥￥]|[0-9０-９一二三四五六七八九十百千万]\s*元(?!旦|宵)|\bcash\b",  # noqa: RUF001
    re.IGNORECASE,
)


class Remark(NamedTuple):
    """Something to look at: what it is, where, and a few words in both languages."""

    code: str
    place: str
    en: str
    zh: str


def remarks(book: Book) -> Iterator[Remark]:
    """Iterate over what an auditor wants to see in a book."""
    yield from _activities(book)
    yield from _lines(book)
    yield from _accounts(book)
    for good in book.all(Good):
        if speaks_of_cash(good.name):
            en, zh = f"{good.name}: is it cash?", f"{good.name}，疑似现金"
            yield Remark("good.cash", f"good {good.code}", en, zh)


def speaks_of_cash(name: str) -> bool:
    """Tell whether the name of a good has a word for money; words alone never refuse (rule 31)."""
    return _CASH.search(name) is not None


def _activities(book: Book) -> Iterator[Remark]:
    for one in book.all(Activity):
        if one.moved:
            yield Remark("activity.moved", one.code, "moved after its start", "开始后才更改")
        elif one.best == "C":
            yield Remark("activity.late", one.code, "published after its start", "开始后才发布")


def _lines(book: Book) -> Iterator[Remark]:
    for sheet in book.all(Sheet):
        if sheet.late:
            place = f"entry {sheet.entry}"
            yield Remark("attendance.late", place, "past the tenth working day", "逾期补录")
    later = (
        line
        for volunteer in book.all(Volunteer)
        for line in book.lines_before(volunteer.number, volunteer.registered)
        if line.live
    )
    for _, _, place in sorted(_placed(book, line) for line in later):
        said = ("registered after it began", "服务开始之后才登记")
        yield Remark("volunteer.later", place, *said)


def _placed(book: Book, line: Line) -> tuple[int, int, str]:
    """Return where a line stands in the log, and how people write that."""
    sheet = book.find(Sheet, line.sheet)
    return (sheet.entry if sheet else 0, line.n, place_of(book, line))


def _accounts(book: Book) -> Iterator[Remark]:
    """Iterate over what was borne and is still owed, and what a closed account holds all the same."""
    for one in book.all(Account):
        if one.owed:
            unit = UNIT_WORDS[one.unit]
            yield Remark(
                "account.owed", f"account {one.account}:{one.unit}",
                f"{one.owed} {unit[0]} spent before a line was voided, and not made good yet",
                f"{unit[1]} {one.owed} 在记录作废前已支出，由本会垫付，尚未补足",
            )  # fmt: skip
    for holder in book.all(Holder):
        for account in (volunteer(holder.volunteer), donations(holder.volunteer)):
            for name, (en, zh) in UNIT_WORDS.items():
                found = book.find(Account, account, name)
                if holder.state == "closed" and found and found.balance:
                    yield Remark(
                        "account.closed", f"account {account}:{name}",
                        f"closed, and holds {found.balance} {en}",
                        f"已注销，仍有{zh} {found.balance}",
                    )  # fmt: skip
