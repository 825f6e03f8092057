"""Commands for closings: accounts are closed, and what a closing says of a number is proved."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ledger.commands import typed
from ledger.commands.world import World, error_json, refusals
from ledger.errors import LedgerError
from ledger.files import named

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def closing() -> None:
    """结账与对账单：结账、列出、查看、证明、查验。 Closings and statements of account."""


@closing.command("make")
@click.option("--organisation", "organisations", multiple=True,
              help="组织编号，可给出多个，默认整个协会 / codes; the association if none")  # fmt: skip
@click.option("--month", default="", help="截至该月末，如 2026-10 / as of a month's end")
@click.option("--as-of", type=click.IntRange(min=0), help="截至第几条 / as of an entry")
@click.option("--again", is_flag=True, help="已结账的再结一次 / though it was closed before")
@click.pass_obj
def make(
    world: World, organisations: tuple[str, ...], month: str, as_of: int | None, again: bool
) -> None:
    """结账到现在、月末或某一条。 Close accounts.

    写入每位志愿者截至此时的时长、星级、积分和时间储蓄。 What everybody has come to, now or by a month's end.
    """
    from ledger.commands.opening import done, office
    from ledger.desk import closing as desk

    with refusals(world):
        if month and as_of is not None:
            raise click.UsageError(
                world.pick("give --month or --as-of, not both", "--month 与 --as-of 只能给出一个")
            )
        found = desk.make(
            office(world),
            organisations,
            _cut(office(world).now, month, as_of),
            again=again,
            watch=lambda entries, total: world.progress(
                entries, total, "reading the ledger", "正在读取账本"
            ),
        )
        for one in found:
            if not one.entries:  # laid in the outbox: `done` says so
                continue
            at = ", ".join(map(str, one.entries))
            world.tell(
                f"{one.organisation} is closed as of {one.cut.as_of} ({one.cut.size} entries):"
                f" {one.rows} volunteers, entry {at}",
                f"{one.organisation} 已结账至 {one.cut.as_of}（账本前 {one.cut.size} 条）："
                f"{one.rows} 名志愿者，第 {at} 条",
            )
        rows = [
            {"organisation": one.organisation, "as_of": one.cut.as_of, "size": one.cut.size,
             "volunteers": one.rows, "entries": list(one.entries)}
            for one in found
        ]  # fmt: skip
        done(world, {"closed": rows}, "", "")


def _cut(now: str, month: str, as_of: int | None) -> Callable[[Any], Any]:
    from ledger.desk import closing as desk

    if month:
        return lambda view: desk.of_month(view, month, now)
    if as_of is not None:
        return lambda view: desk.of_entry(view, as_of, now)
    return desk.at_once


@closing.command("list")
@click.pass_obj
def list_(world: World) -> None:
    """列出所有结账。 List the closings."""
    from ledger.commands.opening import office
    from ledger.desk import closed

    with refusals(world), office(world).store.reading() as view:
        found = closed.closings(view)
        world.table(
            [("organisation", "组织"), ("as of", "截至"), ("entries", "条目数"),
             ("volunteers", "人数"), ("entry", "条目")],
            [(one.first.organisation, one.month or one.first.as_of, one.first.size,
              one.first.total, ", ".join(str(part.entry) for part in one.parts)) for one in found],
        )  # fmt: skip
        if not found:
            world.tell(
                "no accounts were closed yet: `vledger closing make`",
                "尚未结账：请 `vledger closing make`",
            )
        world.answer({"closings": [_closing(one) for one in found]})


@closing.command("show")
@click.argument("number", callback=typed.number)
@click.option("--organisation", default="", help="组织编号，默认整个协会 / code; the association")
@click.pass_obj
def show(world: World, number: str, organisation: str) -> None:
    """各次结账中某人的数字。 What closings say of somebody."""
    from ledger.commands.opening import office
    from ledger.desk import closed
    from ledger.desk.office import registered

    with refusals(world), office(world).store.reading() as view:
        registered(view, number)
        code = organisation or closed.root(view)
        rows = []
        for one in closed.closings(view, code):
            spot = closed.find(view, one, number)
            if spot.row:
                rows.append((one, spot.row, closed.row_at(view, spot.row)))
        world.table(
            [("as of", "截至"), ("row", "行"), *_HEADINGS],
            [(one.month or one.first.as_of, f"{entry}:{n + 1}", *_cells(world, item))
             for one, (entry, n), item in rows],
        )  # fmt: skip
        if not rows:
            world.tell(
                f"no closing of {code} has a row of {number}",
                f"{code} 的结账中没有 {number}",
            )
        world.answer(
            {"number": number, "organisation": code,
             "closings": [_closing(one) | {"row": f"{entry}:{n + 1}", **figures(item)}
                          for one, (entry, n), item in rows]}
        )  # fmt: skip


@closing.command("prove")
@click.argument("number", callback=typed.number)
@click.option("--missing", is_flag=True, help="证明其中没有此人 / prove that it has no row")
@click.option("--of", "month", default="", help="哪个月末的结账，默认最近一次 / of which month")
@click.option("--organisation", default="", help="组织编号，默认整个协会 / code; the association")
@click.option("-o", "--output", type=_FILE, required=True, help="写入的文件 / file to write")
@click.pass_obj
def prove(
    world: World, number: str, missing: bool, month: str, organisation: str, output: Path
) -> None:
    """写出可离线查验的对账单。 Write a proved statement of account.

    --missing：证明结账中没有此人。 Or the proof that somebody has no row.
    """
    from certificates import excerpt
    from certificates.proof import Committed
    from certificates.source import Ledger
    from ledger.checkpoint import Checkpoint
    from ledger.commands.opening import office
    from ledger.desk import closed
    from ledger.errors import Rejected
    from ledger.note import Note

    with refusals(world):
        world.check_writable(output)
        with office(world).store.reading() as view:
            _check_number(world, view, number, missing=missing)
            found = closed.closing_of(view, organisation, month)
            spot = closed.find(view, found, number)
            if (spot.row is None) != missing:
                where, code = found.first, found.first.organisation
                raise Rejected(
                    "closing.row",
                    en=f"{number} has {'a' if missing else 'no'} row in the closing of {code} at entry"
                    f" {where.entry}: {'leave out' if missing else 'add'} --missing to prove that",
                    zh=f"{number} {'在' if missing else '不在'} {code} 第 {where.entry} 条的结账中："
                    f"如须证明这一点，请{'去掉' if missing else '加上'} --missing",
                )
            note = office(world).cosign(view.checkpoint())
            committed = Committed(note, Checkpoint.parse(Note.parse(note).text).size)
            rows = [place for place in (spot.row, spot.before, spot.after) if place]
            data = excerpt.make(Ledger(view), _shows(spot), rows, committed).write()
        world.write(output, data)
        world.tell(
            f"{output}: whoever has trust.json checks it with `vledger closing verify {output}`",
            f"{output}：持有 trust.json 的人可用 `vledger closing verify {output}` 查验",
        )
        world.answer({"file": str(output), "number": number, "missing": missing})


def _check_number(world: World, view: Any, number: str, *, missing: bool) -> None:
    """Hold a number against the register: that nobody has a row under a slip of the pen proves little."""
    from ledger.desk import given
    from ledger.desk.office import registered
    from ledger.errors import Rejected

    given.check(number=number)
    try:
        registered(view, number)
    except Rejected as error:
        if not missing:
            raise
        world.warn(error.en, error.zh)


def _shows(spot: Any) -> Any:
    """Return which of the four forms an excerpt has."""
    if spot.row:
        return "row"
    return "before" if not spot.before else "between" if spot.after else "after"


@closing.command("verify")
@click.argument("files", type=_FILE, nargs=-1, required=True)
@click.option("--trust", "trust_file", type=_FILE, help="信任文件 / trust.json")
@click.option("--number", default="", help="须是关于此编号的 / the number it is to be about")
@click.pass_obj
def verify(world: World, files: tuple[Path, ...], trust_file: Path | None, number: str) -> None:
    """离线查验对账单。 Verify statements of account offline.

    只需文件与 trust.json，不需要账本。 The file and trust.json are enough.
    """
    with refusals(world):
        believed = world.home.trust(trust_file)
        results = [
            {"file": str(file), **_verified(world, file, believed, number)} for file in files
        ]
        world.answer({"results": results})
        if any("error" in one for one in results):
            raise SystemExit(1)


def _verified(world: World, file: Path, believed: Any, number: str) -> dict[str, Any]:
    """Return what a statement of account proves, or why nothing: others are answered all the same."""
    from certificates import excerpt

    try:
        data = world.read(file, most=excerpt.MAX_SIZE)
        with named(file):
            found = excerpt.check(data, believed)
            if number:
                found.check_about(number)
    except LedgerError as error:
        world.warn(*(f"✗ {said}  [{error.code}]" for said in (error.en, error.zh)))
        return {"error": error_json(world, error)}
    _say(world, file, found)
    return _proved(found)


def _say(world: World, file: Path, found: Any) -> None:
    head = found.closing
    if found.specimen:
        world.tell(
            "SPECIMEN of a simulated ledger, never valid", "样本：出自模拟账本，不作任何凭据"
        )
    of = (f"{found.name} ({found.organisation})", f"{found.name}（{found.organisation}）")
    world.tell(
        f"{file}: {of[0]}, closed as of {head.as_of} ({head.size} entries of {found.origin}) by"
        f" entry {found.entry}; {head.total} volunteers",
        f"{file}：{of[1]} 截至 {head.as_of} 的结账（账本 {found.origin} 前 {head.size} 条），"
        f"第 {found.entry} 条，共 {head.total} 人",
    )
    if found.row:
        world.table([("number", "编号"), ("row", "行次"), *_HEADINGS],
                    [(found.row.volunteer, found.place + 1, *_cells(world, found.row))])  # fmt: skip
    else:
        world.tell(
            f"nobody has a row {_gap(found, 'above {}', 'below {}', ' and ')}",
            f"编号{_gap(found, '大于 {}', '小于 {}', '、')}的，其中没有任何人",
        )
    world.tell(
        f"proved: the operator closed it so, and the log took it in ({found.witnesses} witnesses); that the"
        " figures are true an audit recomputes",
        f"已证实：管理员如此结账，账本已收录（{found.witnesses} 个见证人会签）；数字是否属实由审计复算",
    )


def _gap(found: Any, above: str, below: str, joint: str) -> str:
    sides = ((above, found.above), (below, found.below))
    return joint.join(words.format(number) for words, number in sides if number)


_HEADINGS = [
    ("A", "A 级"), ("B", "B 级"), ("C", "C 级"), ("L", "L 级"), ("total", "合计"), ("star", "星级"),
    ("points", "积分"), ("credits", "时间储蓄"), ("to donate", "只能捐赠"),
]  # fmt: skip


def _cells(world: World, item: Any) -> list[object]:
    by_class = [world.hours(minutes) for minutes in item.by_class.form().values()]
    purses = (item.star, item.points, item.credits, item.donations)
    return [*by_class, world.hours(item.by_class.total), *purses]


def figures(item: Any) -> dict[str, Any]:
    """Return what a row says, as data."""
    names = ("star", "points", "credits", "donations")
    sums = {"minutes": item.by_class.total, "by_class": item.by_class.form()}
    return sums | {name: getattr(item, name) for name in names}


def _closing(one: Any) -> dict[str, Any]:
    first = one.first
    return {
        "organisation": first.organisation,
        "as_of": first.as_of,
        "month": one.month or None,
        "size": first.size,
        "volunteers": first.total,
        "entries": [part.entry for part in one.parts],
    }


def _proved(found: Any) -> dict[str, Any]:
    head, row = found.closing, found.row
    about = (
        {"number": row.volunteer, "row": found.place + 1, **figures(row)}
        if row
        else {"above": found.above or None, "below": found.below or None}
    )
    return {
        "missing": row is None,
        "organisation": found.organisation,
        "name": found.name,
        "as_of": head.as_of,
        "size": head.size,
        "volunteers": head.total,
        "entry": found.entry,
        "closed": found.stamp,
        "origin": found.origin,
        "witnesses": found.witnesses,
        "specimen": found.specimen,
        **about,
    }
