"""Commands of public notice: notice open, list, close."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ledger.commands.opening import done, office
from ledger.commands.output import joined
from ledger.commands.world import World, refusals
from ledger.desk import noticing
from ledger.desk.lists import notice_list
from ledger.desk.noticing import Closed, Exceptions, Opened, Why
from ledger.desk.office import Place, open_notices, parse_place, spans
from ledger.times import day_of

_FILE = click.Path(path_type=Path, dir_okay=False)
_ENTRY = click.IntRange(0, 2**53)


@click.group()
def notice() -> None:
    """公示的开始、查看、结束。 Public notice: open, list, close."""


@notice.command("open")
@click.argument("entries", type=_ENTRY, nargs=-1)
@click.option("--all", "every", is_flag=True, help="所有待公示的考勤 / all that waits")
@click.option("-o", "--output", type=_FILE, help="公示名单（xlsx）/ the list to pin up")
@click.pass_obj
def notice_open(world: World, entries: tuple[int, ...], every: bool, output: Path | None) -> None:
    """开始公示，并写出可张贴的名单。 Open a notice and write the list to pin up."""
    with refusals(world):
        _check_chosen(world, entries, every, "--all")
        listing = _listing(world, output)
        desk = office(world)
        again = [at for at in entries if output and noticing.is_open(desk, at)]
        fresh = [at for at in entries if at not in again]
        opened = noticing.open_notice(desk, None if every else fresh) if every or fresh else ()
        shown = (*(noticing.under_notice(desk, again) if again else ()), *opened)
        if output and shown:
            world.write(output, notice_list(shown, listing))
        say_opened_all(world, shown, output)
        if not shown:
            world.tell("nothing waits for a notice", "没有待公示的考勤")
        done(world, {"notices": [_opened(one) for one in shown]}, "", "")


def _listing(world: World, output: Path | None) -> str:
    """Return the telephone on a list, when all is there to write it: the list is the notice."""
    if output is None:
        return ""
    if world.out:
        raise click.UsageError(
            world.pick(
                "with --out nothing is open yet: leave out -o, and after `vledger submit` write the"
                " list with `vledger notice list -o FILE`",
                "使用 --out 时公示尚未开始：请去掉 -o，`vledger submit` 之后用 "
                "`vledger notice list -o 文件` 写出名单",
            )
        )
    world.check_writable(output)
    return world.home.association().telephone


def _check_chosen(world: World, entries: tuple[int, ...], every: bool, option: str) -> None:
    if bool(entries) == every:
        raise click.UsageError(
            world.pick(f"name entries, or give {option}", f"请写明条目号，或使用 {option}")
        )


def say_opened_all(world: World, opened: Sequence[Opened], output: Path | None) -> None:
    """Say which notices were opened, and where their list is or how it is made."""
    if output and opened:
        world.tell(f"the list to pin up: {output}", f"公示名单：{output}")
    for one in opened:
        _say_opened(world, one)
    if opened and not output and not world.out:
        world.tell(
            "now pin up the list, or it is no notice: `vledger notice list -o FILE` writes it",
            "请张贴名单，否则不算公示：`vledger notice list -o 文件` 可写出名单",
        )


def _say_opened(world: World, one: Opened) -> None:
    count = len(one.rows)
    if one.entry is None:
        world.tell(
            f"prepared: a notice for {one.organisation}, {count} lines",
            f"已备好 {one.organisation} 的公示，{count} 条记录，尚未开始",
        )
        return
    en, zh = noticing.when(one.closes)
    world.tell(
        f"notice {one.entry} for {one.organisation}: {count} lines; {en}",
        f"公示 {one.entry}（{one.organisation}）：{count} 条记录，{zh}",
    )


def _opened(one: Opened) -> dict[str, Any]:
    return {
        "notice": one.entry,
        "organisation": one.organisation,
        "closes": one.closes,
        "lines": [row.place for row in one.rows],
    }


@notice.command("list")
@click.option("-o", "--output", type=_FILE, help="再次写出公示名单（xlsx）/ the list to pin up")
@click.pass_obj
def notice_list_(world: World, output: Path | None) -> None:
    """列出未结束的公示，可再次写出名单。 List open notices; write their list again."""
    with refusals(world), office(world).store.reading() as view:
        rows: list[dict[str, Any]] = [
            {
                "notice": one.entry,
                "organisation": one.organisation,
                "opened": day_of(one.stamp),
                "closes": noticing.closing_day(view, day_of(one.stamp), sheets),
                "attendance": [sheet.entry for sheet in sheets],
                "lines": sum(sheet.count for sheet in sheets),
            }
            for one, sheets in sorted(open_notices(view).values(), key=lambda pair: pair[0].entry)
        ]
        world.table(
            [("notice", "公示"), ("team", "组织"), ("opened", "开始"), ("may close", "可确认"),
             ("attendance", "考勤条目"), ("lines", "记录数")],
            [(r["notice"], r["organisation"], r["opened"], r["closes"],
              joined(r["attendance"]), r["lines"]) for r in rows],
        )  # fmt: skip
        if not rows:
            world.tell("no notice is open", "没有未结束的公示")
        if output and rows:
            listing = _listing(world, output)
            world.write(output, notice_list(noticing.under_notice(office(world)), listing))
            world.tell(f"the list to pin up: {output}", f"公示名单：{output}")
        world.answer({"notices": rows, **({"file": str(output)} if output and rows else {})})


@notice.command("close")
@click.argument("entries", type=_ENTRY, nargs=-1)
@click.option("--due", is_flag=True, help="所有到期的公示 / all that are due")
@click.option(
    "--except",
    "excepted",
    multiple=True,
    metavar="LINE",
    help="不予确认的记录 / lines that do not stand",
)
@click.option(
    "--approve",
    multiple=True,
    metavar="LINE",
    help="批准超过每日 8 小时的记录 / lines above 8 h a day",
)
@click.pass_obj
def notice_close(
    world: World,
    entries: tuple[int, ...],
    due: bool,
    excepted: tuple[str, ...],
    approve: tuple[str, ...],
) -> None:
    """由另一人确认公示期满的记录。 Confirm what stands, by another person than the recorder."""
    with refusals(world):
        _check_chosen(world, entries, due, "--due")
        exceptions = Exceptions(
            frozenset(map(parse_place, excepted)), frozenset(map(parse_place, approve))
        )
        for place in (*exceptions.except_, *exceptions.approved):
            noticing.check_line(office(world), place)
        closed = noticing.close_notices(office(world), None if due else entries, exceptions)
        for one in closed:
            _say_closed(world, one)
        if not closed:
            world.tell("no notice is due", "没有到期的公示")
            _say_unknown(world)
        done(world, {"closed": [_closed(world, one) for one in closed]}, "", "")
        if any(one.error for one in closed):
            raise SystemExit(1)


def _say_unknown(world: World) -> None:
    """Say of which notices nobody can tell yet whether they are due, and what is to be done."""
    with office(world).store.reading() as view:
        closing = {
            one.entry: noticing.closing_day(view, day_of(one.stamp), sheets)
            for one, sheets in open_notices(view).values()
        }
    for entry in sorted(at for at, closes in closing.items() if closes == noticing.UNPUBLISHED):
        en, zh = noticing.when(noticing.UNPUBLISHED)
        world.tell(f"notice {entry}: {en}", f"公示 {entry}：{zh}")


def _say_closed(world: World, one: Closed) -> None:
    if one.error:
        world.tell(
            f"✗ notice {one.notice}: {one.error.en}  [{one.error.code}]",
            f"✗ 公示 {one.notice}：{one.error.zh}  [{one.error.code}]",
        )
        return
    verb = ("to confirm, prepared", "已备好确认书，拟确认") if world.out else ("confirmed", "确认")
    world.tell(
        f"notice {one.notice}: {one.confirmed} lines {verb[0]}",
        f"公示 {one.notice}：{verb[1]} {one.confirmed} 条记录",
    )
    reasons: dict[Why, list[Place]] = {}
    for place, why in one.excepted.items():
        reasons.setdefault(why, []).append(place)
    for (en, zh), found in reasons.items():
        places = spans(found)
        world.tell(
            f"  excepted ({en}): {', '.join(places)}", f"  未确认（{zh}）：{'、'.join(places)}"
        )


def _closed(world: World, one: Closed) -> dict[str, Any]:
    error = {"code": one.error.code, "message": one.error.say(world.lang)} if one.error else None
    return {
        "notice": one.notice,
        "confirmation": one.entry,
        "confirmed": one.confirmed,
        "excepted": ["{}:{}".format(*place) for place in one.excepted],
        **({"error": error} if error else {}),
    }
