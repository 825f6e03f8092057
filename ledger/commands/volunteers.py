"""Commands about volunteers: find, show, leave, erase."""

from collections.abc import Sequence
from typing import Any, NoReturn

import click

from ledger.commands import typed
from ledger.commands.accounts import earned_json, show_earned
from ledger.commands.opening import done, office
from ledger.commands.world import World, refusals
from ledger.desk import people
from ledger.desk.erased import is_erased
from ledger.desk.lists import CERTIFICATE_STATES, STATES
from ledger.desk.people import Shown


@click.group()
def volunteer() -> None:
    """志愿者的查找、查看、退出、删除。 Volunteers: find, show, leave, erase."""


@volunteer.command("find")
@click.argument("text")
@click.pass_obj
def volunteer_find(world: World, text: str) -> None:
    """按编号、姓名、证件号、手机号查找。 Find by number, name, ID number or telephone."""
    with refusals(world):
        found = people.find(office(world), text)
        world.table(
            [("number", "编号"), ("name", "姓名"), ("teams", "组织"), ("hours", "已确认时长")],
            [
                (
                    one.number,
                    one.details.name if one.details else "–",
                    "、".join(one.organisations),
                    world.hours(one.minutes),
                )
                for one in found
            ],
        )
        if not found:
            world.tell("nobody found", "没有找到")
        world.answer({"volunteers": [_person(one) for one in found]})
        if not found:
            raise SystemExit(1)


@volunteer.command("show")
@click.argument("number", callback=typed.number)
@click.pass_obj
def volunteer_show(world: World, number: str) -> None:
    """时长、星级、积分、时间储蓄、培训、表彰，及每条记录。 Hours, what they earned, trainings, honours."""
    with refusals(world):
        found = people.show(office(world), number)
        name = found.details.name if found.details else world.pick("(erased)", "（已删除）")
        world.tell(f"{found.number}  {name}", f"{found.number}  {name}")
        by_class = "  ".join(f"{c} {world.hours(m)}" for c, m in found.by_class.items())
        total = world.hours(found.minutes)
        world.tell(f"confirmed: {total}  ({by_class})", f"已确认：{total}（{by_class}）")
        show_earned(world, found)
        world.table(
            [("line", "记录"), ("activity", "活动"), ("from", "开始"), ("to", "结束"),
             ("time", "时长"), ("class", "等级"), ("state", "状态"), ("points", "积分"),
             ("credits", "时间储蓄")],
            [
                (line.place, line.activity, line.start[:16].replace("T", " "), line.end[11:16],
                 world.hours(line.minutes), line.class_, state_name(world, line.state),
                 line.points or "", line.credits or "")
                for line in found.lines
            ],
        )  # fmt: skip
        _show_achievements(world, found)
        for one in found.certificates:
            state = world.pick(one.state, CERTIFICATE_STATES[one.state])
            world.tell(f"certificate {one.number}: {state}", f"证明 {one.number}：{state}")
        world.answer(_person(found))


def _show_achievements(world: World, found: Shown) -> None:
    void = world.pick("void", "已作废")
    world.table(
        [("row", "记录"), ("training", "培训"), ("host", "培训单位"), ("date", "日期"),
         ("time", "培训时长"), ("state", "状态")],
        [
            (one.place, one.title, one.giver, one.date, world.hours(one.minutes), one.void * void)
            for one in found.achievements if one.kind == "training"
        ],
    )  # fmt: skip
    world.table(
        [("row", "记录"), ("honour", "表彰"), ("grantor", "授予单位"), ("date", "日期"),
         ("state", "状态")],
        [
            (one.place, one.title, one.giver, one.date, one.void * void)
            for one in found.achievements if one.kind == "honour"
        ],
    )  # fmt: skip


def state_name(world: World, state: str) -> str:
    """Return a line's state in the reader's language."""
    return world.pick(state, STATES[state])


def _person(one: Shown) -> dict[str, Any]:
    return {
        "number": one.number,
        "name": one.details.name if one.details else None,
        "state": one.state,
        "organisations": list(one.organisations),
        "minutes": one.minutes,
        "by_class": one.by_class,
        "lines": [
            {
                "line": line.place,
                "activity": line.activity,
                "start": line.start,
                "end": line.end,
                "minutes": line.minutes,
                "class": line.class_,
                "state": line.state,
                "points": line.points,
                "credits": line.credits,
            }
            for line in one.lines
        ],
        **earned_json(one),
        "training": [
            {"row": x.place, "date": x.date, "course": x.title, "host": x.giver,
             "minutes": x.minutes, "organisation": x.organisation, "void": x.void}
            for x in one.achievements if x.kind == "training"
        ],
        "honours": [
            {"row": x.place, "date": x.date, "title": x.title, "grantor": x.giver,
             "organisation": x.organisation, "void": x.void}
            for x in one.achievements if x.kind == "honour"
        ],
        "certificates": [{"number": c.number, "state": c.state} for c in one.certificates],
    }  # fmt: skip


@volunteer.command("leave")
@click.argument("number", callback=typed.number)
@click.option(
    "--organisation", default="", help="退出哪个组织（默认全部）/ which team; default all"
)
@click.option("--reason", default="own_wish", show_default=True, help="own_wish, moved, death …")
@click.pass_obj
def volunteer_leave(world: World, number: str, organisation: str, reason: str) -> None:
    """退出组织；时长保留。 Leave; hours stay."""
    with refusals(world):
        people.leave(office(world), number, organisation, reason)
        done(world, {"left": number}, f"{number} has left", f"{number} 已退出")


@volunteer.command("erase")
@click.argument("number", callback=typed.number)
@click.option("--reason", help="理由代码，如 request / reason code")
@click.option("--restrict", is_flag=True, help="只限制使用，不删除（默认答复）/ storage only")
@click.option("--lift", is_flag=True, help="解除限制 / lift a restriction")
@click.option("--yes", is_flag=True, help="确认删除 / really destroy")
@click.pass_obj
def volunteer_erase(
    world: World,
    number: str,
    reason: str | None,
    restrict: bool,
    lift: bool,
    yes: bool,
) -> None:
    """删除或限制使用个人信息（个保法47条）。 Erase or restrict personal data."""
    with refusals(world):
        desk = office(world)
        if is_erased(desk, number):
            _say_erased(world, number)
            return
        still = people.standing(desk, number)
        world.tell(
            f"still standing: {still.young_lines} lines younger than 10 years,"
            f" {still.young_achievements} trainings and honours,"
            f" {still.credits} unspent credits, {still.points} unspent points,"
            f" {len(still.holds)} open holds{_listed(still.holds)},"
            f" {len(still.certificates)} valid certificates",
            f"仍有：10 年内的记录 {still.young_lines} 条，培训和表彰 {still.young_achievements} 项，"
            f"未使用的时间储蓄 {still.credits}、"
            f"积分 {still.points}，未办结的保留 {len(still.holds)} 笔{_listed(still.holds)}，"
            f"有效证明 {len(still.certificates)} 份",
        )
        if still.credits or still.points:
            world.tell(
                "what is left can go to the pool afterwards (`vledger credit donate`), or be written"
                " off (`vledger credit close --write-off`)",
                "删除后余额仍可捐入公益池（`vledger credit donate`）或核销（`vledger credit close --write-off`）",
            )
        if restrict or lift:
            people.restrict(desk, [number], "lifted" if lift else reason or "request")
            word = ("lifted", "已解除限制") if lift else ("restricted", "已限制使用")
            done(world, {"restricted": not lift}, f"{number}: {word[0]}", f"{number}：{word[1]}")
            return
        if not reason or not yes:
            _refuse_erasure(world, still)
        people.erase(desk, number, reason)
        _say_erased(world, number)


def _listed(places: Sequence[str]) -> str:
    return f" ({', '.join(places)})" if places else ""


def _say_erased(world: World, number: str) -> None:
    done(
        world,
        {"erased": number},
        f"the personal data of {number} is destroyed; the record under the number stays",
        f"{number} 的个人信息已销毁；编号下的记录仍可查验",
    )


def _refuse_erasure(world: World, still: people.Standing) -> NoReturn:
    """Say what erasing takes, and what still stands under the number."""
    en = (
        "to destroy the data give --reason and --yes; the usual answer is --restrict"
        " (the organisation must keep the record, 条例 art. 19)"
    )
    zh = "确需删除请加 --reason 和 --yes；通常应使用 --restrict（组织依条例第19条须保存记录）"
    world.warn(en, zh)
    world.answer(
        {
            "error": {"code": "erasure.unconfirmed", "message": world.pick(en, zh)},
            "young_lines": still.young_lines,
            "young_achievements": still.young_achievements,
            "credits": still.credits,
            "points": still.points,
            "holds": list(still.holds),
            "certificates": list(still.certificates),
        }
    )
    raise SystemExit(1)
