"""Commands for stars (星级): who is due one, proposals, decisions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ledger.commands import typed
from ledger.commands.opening import done, office
from ledger.commands.world import World, error_json, refusals
from ledger.desk import stars
from ledger.desk.stars import Due, Proposed, Refused
from ledger.times import day_of

_FILE = click.Path(path_type=Path, dir_okay=False)
STATES = {
    "proposed": ("under notice", "公示中"), "granted": ("granted", "已授予"),
    "refused": ("refused", "未通过"), "withdrawn": ("withdrawn", "已撤销"),
    "review": ("under review", "待复核"),
}  # fmt: skip


@click.group()
def star() -> None:
    """星级：应评人员、公示、授予、撤销。 Stars: due, propose, grant, refuse, withdraw."""


@star.command("due")
@click.pass_obj
def star_due(world: World) -> None:
    """列出时长已够下一星级的人。 List who has the hours of the next star."""
    with refusals(world):
        found = stars.due(office(world))
        world.table(
            [("number", "编号"), ("star", "星级"), ("confirmed", "已确认"), ("takes", "须满"),
             ("team", "组织"), ("still lacks", "尚缺")],
            [(one.number, one.level, world.hours(one.minutes), world.hours(one.needed),
              one.organisation, one.lacks.say(world.lang) if one.lacks else "") for one in found],
        )  # fmt: skip
        if not found:
            world.tell("nobody is due a star", "没有应评星级的人")
        elif any(not one.lacks for one in found):
            world.tell(
                "next: vledger star propose --all -o FILE",
                "下一步：vledger star propose --all -o 文件",
            )
        world.answer({"due": [_due(world, one) for one in found]})


@star.command("propose")
@click.argument("numbers", callback=typed.number, nargs=-1)
@click.option("--all", "every", is_flag=True, help="所有应评的人 / everybody who is due one")
@click.option("-o", "--output", type=_FILE, help="公示名单 / the list to pin up")
@click.pass_obj
def star_propose(world: World, numbers: tuple[str, ...], every: bool, output: Path | None) -> None:
    """提名并公示。 Propose stars and put them up for notice."""
    with refusals(world):
        if bool(numbers) == every:
            raise click.UsageError(
                world.pick("name volunteers, or give --all", "请写明志愿者编号，或使用 --all")
            )
        if output:
            world.check_writable(output)
        found = stars.due(office(world), numbers or None)
        if every:  # who is not due yet is no matter here; who cannot be proposed is
            found = tuple(
                one for one in found if not one.lacks or one.lacks.code == "volunteer.not_active"
            )
        missing = [number for number in numbers if number not in {one.number for one in found}]
        for number in missing:
            world.warn(f"{number} is not due a star", f"{number} 尚不应评下一星级")
        proposed, refused = stars.propose(office(world), found)
        _say_proposed(world, proposed, output)
        if not found:
            world.tell("nobody is due a star", "没有应评星级的人")
        _say_refused(world, refused, ("not proposed", "未提名"))
        value = {"notices": [_proposed(world, one) for one in proposed]}
        done(world, value | _refused(world, refused), "", "")
        if missing or refused:
            raise SystemExit(1)


def _say_refused(world: World, refused: Sequence[Refused], words: tuple[str, str]) -> None:
    for one in refused:
        en, zh, code = one.error.en, one.error.zh, one.error.code
        world.warn(
            f"✗ star {one.level} of {one.number} {words[0]}: {en}  [{code}]",
            f"✗ {one.number} 的 {one.level} 星{words[1]}：{zh}  [{code}]",
        )


def _refused(world: World, refused: Sequence[Refused]) -> dict[str, Any]:
    rows = [
        {"number": one.number, "level": one.level, "error": error_json(world, one.error)}
        for one in refused
    ]
    return {"refused": rows} if rows else {}


def _say_proposed(world: World, proposed: Sequence[Proposed], output: Path | None) -> None:
    if output and proposed:
        from ledger.desk.lists import star_list

        world.write(output, star_list(proposed, world.home.association().telephone))
        world.tell(f"the list to pin up: {output}", f"公示名单：{output}")
    for one in proposed:
        world.tell(
            f"notice {one.entry} for {one.organisation}: {len(one.rows)} stars, may be granted"
            f" from {one.decides}",
            f"公示 {one.entry}（{one.organisation}）：{len(one.rows)} 人，{one.decides} 起可以授予",
        )


@star.command("list")
@click.pass_obj
def star_list_(world: World) -> None:
    """列出所有星级及其状态。 List all stars and their states."""
    from ledger.records import Star

    with refusals(world), office(world).store.reading() as view:
        found = list(view.all(Star))
        world.table(
            [("number", "编号"), ("star", "星级"), ("state", "状态"), ("entry", "条目")],
            [(s.volunteer, s.level, world.pick(*STATES[s.state]), s.entry) for s in found],
        )
        world.answer(
            {"stars": [{"number": s.volunteer, "level": s.level, "state": s.state,
                        "ruleset": s.adoption, "entry": s.entry} for s in found]}
        )  # fmt: skip


@star.command("grant")
@click.argument("numbers", callback=typed.number, nargs=-1)
@click.option("--due", is_flag=True, help="所有公示期满的人 / all whose notice is over")
@click.option("--reason", default="", help="理由代码；维持待复核的星级时必填 / reason code")
@click.pass_obj
def star_grant(world: World, numbers: tuple[str, ...], due: bool, reason: str) -> None:
    """由评定单位授予星级，或复核后维持。 Grant stars, or let one under review stand."""
    with refusals(world):
        if bool(numbers) == due:
            raise click.UsageError(
                world.pick("name volunteers, or give --due", "请写明志愿者编号，或使用 --due")
            )
        if due:
            today = day_of(office(world).now)
            waiting = stars.waiting(office(world))
            numbers = tuple(one.volunteer for one, day in waiting if day <= today)
        _decide(world, numbers, "granted", reason)


@star.command("refuse")
@click.argument("numbers", callback=typed.number, nargs=-1, required=True)
@click.option("--reason", required=True, help="理由代码，如 quality / reason code")
@click.pass_obj
def star_refuse(world: World, numbers: tuple[str, ...], reason: str) -> None:
    """不予授予，须有理由。 Refuse stars under notice, with a reason."""
    with refusals(world):
        _decide(world, numbers, "refused", reason)


@star.command("withdraw")
@click.argument("numbers", callback=typed.number, nargs=-1, required=True)
@click.option("--reason", required=True, help="理由代码，如 hours / reason code")
@click.pass_obj
def star_withdraw(world: World, numbers: tuple[str, ...], reason: str) -> None:
    """撤销所持最高星级，须有理由。 Withdraw the highest star held, with a reason."""
    with refusals(world):
        _decide(world, numbers, "withdrawn", reason)


def _decide(world: World, numbers: tuple[str, ...], decision: str, reason: str) -> None:
    found, refused = stars.decide(office(world), numbers, decision, reason)
    _say_refused(world, refused, ("not granted", "未授予"))
    if refused:
        world.warn(
            "next: `vledger star refuse NUMBER --reason hours`, or record the hours that are missing",
            "下一步：`vledger star refuse 编号 --reason hours`，或补正时长后再授予",
        )
    en, zh = STATES[decision]
    for one in found:
        world.tell(
            f"star {one.level} of {one.number}: {en}", f"{one.number} 的 {one.level} 星：{zh}"
        )
    if not found and not refused:
        world.tell("no star is due", "没有公示期满的星级")
    rows = [{"number": one.number, "level": one.level, "decision": decision} for one in found]
    done(world, {"stars": rows} | _refused(world, refused), "", "")
    if refused:
        raise SystemExit(1)


def _due(world: World, one: Due) -> dict[str, Any]:
    lacks = {"code": one.lacks.code, "message": one.lacks.say(world.lang)} if one.lacks else None
    return {
        "number": one.number,
        "level": one.level,
        "minutes": one.minutes,
        "needed": one.needed,
        "organisation": one.organisation,
        **({"lacks": lacks} if lacks else {}),
    }


def _proposed(world: World, one: Proposed) -> dict[str, Any]:
    return {
        "notice": one.entry,
        "organisation": one.organisation,
        "decides": one.decides,
        "stars": [_due(world, due) for _, _, due in one.rows],
    }
