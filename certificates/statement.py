"""A person's statement of account on paper: A4, several pages, sums carried from page to page.

It is for the person to check, and proves nothing: it has no seal, and says from which entries of the
ledger it was computed.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from unicodedata import normalize

from certificates import render
from certificates.page.account import Document, Table, draw
from certificates.page.tables import Cell, Column
from certificates.render import Info
from ledger.desk.lists import STATES
from ledger.desk.statement import ACCOUNT_STATES, SPECIMEN, Entered, Shown, Statement, item, owing
from ledger.times import day_of, hours_and_minutes, shown

_TITLE = "志愿者账目清单"
_FOOT = "本清单由志愿服务账本计算，供本人核对，每项数字均列明依据；不是服务证明。积分和时间储蓄不能折现。"
_ACCOUNTS = (Column(("项目",), 82.0), Column(("余额",), 30.0, "right"), Column(("已保留",), 30.0, "right"),
             Column(("可用",), 30.0, "right"))  # fmt: skip
_LINES = (Column(("记录",), 14.0), Column(("活动 · 依据",), 73.0), Column(("服务时间",), 23.0),
          Column(("时长",), 22.0), Column(("状态",), 13.0), Column(("积分",), 12.0, "right"),
          Column(("时间储蓄",), 15.0, "right"))  # fmt: skip
_POSTINGS = (Column(("条目",), 13.0), Column(("项目 · 依据",), 86.0), Column(("记账日",), 19.0),
             Column(("生效日",), 19.0), Column(("变动",), 16.0, "right"), Column(("余额",), 19.0, "right"))  # fmt: skip
_UNITS = {"point": "分", "credit": "小时"}  # beside each figure: two units share the column
_RULES = (Column(("条目",), 13.0), Column(("规则 · 出处",), 130.0), Column(("施行",), 29.0))


def write_pdf(found: Statement, association: str) -> bytes:
    """Write a statement as a PDF; a character nobody can draw is refused."""
    document = _document(found, association)
    info = Info(_TITLE, association, day_of(found.as_of), "zh-CN")
    return render.print_pages(lambda pen, root: draw(document, pen, root), _texts(document), info)


def _document(found: Statement, association: str) -> Document:
    name = normalize("NFC", found.name)
    by_class = "，".join(f"{c} {hours_and_minutes(m)}" for c, m in found.by_class.items() if m)
    hours = hours_and_minutes(found.minutes) + (f"（{by_class}）" if by_class else "")
    stars = f"　　星级：{found.stars} 星" if found.stars else ""
    return Document(
        title=_TITLE,
        subtitle="STATEMENT OF ACCOUNT",
        lines=(
            f"{name}　　志愿者编号 {found.number}　　{association}",
            f"截至账本第 {found.entries - 1} 条（{shown(found.as_of)}）",
            f"已确认时长：{hours}{stars}{_state(found)}",
            *((SPECIMEN,) if found.specimen else ()),
        ),
        tables=(
            Table("余额", _ACCOUNTS, [
                _plain(item(b.account, b.unit) + owing(b), b.balance, b.held, b.available)
                for b in found.balances
            ]),
            Table("服务记录", _LINES, [_line(one) for one in found.lines], _sums(found.lines)),
            Table("收支明细", _POSTINGS, [_posting(one) for one in found.postings],
                  tuple(_balances(found.postings))),
            Table("所依据的规则", _RULES, [
                (*_plain(one.entry), (one.title, one.source), *_plain(one.from_))
                for one in found.rules
            ]),
        ),
        foot=_FOOT,
        name=f"{name}　{found.number}",
    )  # fmt: skip


def _state(found: Statement) -> str:
    return "" if found.account == "active" else f"　　账户：{ACCOUNT_STATES[found.account]}"


def _plain(*values: str | int) -> tuple[Cell, ...]:
    return tuple((str(value),) for value in values)


def _line(one: Shown) -> tuple[Cell, ...]:
    return (
        *_plain(one.line),
        (one.title, one.why),
        (day_of(one.start), f"{one.start[11:16]}–{one.end[11:16]}"),
        *_plain(hours_and_minutes(one.minutes)),
        (f"{one.class_} 级", STATES[one.state]),
        *_plain(one.points, one.credits),
    )


def _posting(one: Entered) -> tuple[Cell, ...]:
    return (
        *_plain(one.place),
        (item(one.account, one.unit), one.why),
        *_plain(day_of(one.recorded), one.effective),
        *_plain(f"{one.amount:+} {_UNITS[one.unit]}", f"{one.balance} {_UNITS[one.unit]}"),
    )


def _sums(lines: Sequence[Shown]) -> tuple[str, ...]:
    """Return what the lines up to each have brought."""
    minutes = accumulate(one.minutes if one.state == "confirmed" else 0 for one in lines)
    points = accumulate(one.points for one in lines)
    credits_ = accumulate(one.credits for one in lines)
    return tuple(
        f"已确认 {hours_and_minutes(m)}，积分 {p}，时间储蓄 {c}"
        for m, p, c in zip(minutes, points, credits_, strict=True)
    )


def _balances(postings: Sequence[Entered]) -> Iterator[str]:
    """Give the balances after each posting."""
    found: dict[str, int] = {}
    for one in postings:
        found[item(one.account, one.unit)] = one.balance
        yield "余额：" + "，".join(f"{name} {balance}" for name, balance in found.items())


def _texts(document: Document) -> Iterator[tuple[str, str]]:
    """Give what is drawn that people wrote, with its place."""
    yield from ((document.title, line) for line in document.lines)
    for table in document.tables:
        for number, row in enumerate(table.rows, start=1):
            yield from ((f"{table.title}[{number}]", text) for cell in row for text in cell)
