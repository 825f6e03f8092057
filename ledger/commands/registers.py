"""Commands of the registers: template, import, activity."""

from pathlib import Path
from typing import Any

import click

from ledger.commands.opening import done, office
from ledger.commands.output import counts, problem_json, show_problems
from ledger.commands.world import World, refusals
from ledger.desk import achieving, attending, register, registering
from ledger.desk.achieving import Sheet
from ledger.desk.attending import Unsettled
from ledger.desk.office import activity_row
from ledger.desk.registering import File, Imported
from ledger.files import read_start
from ledger.sheets import forms
from ledger.sheets.columns import KINDS, Columns, default
from ledger.sheets.containers import MAX_FILE

_FILE = click.Path(path_type=Path, dir_okay=False)
_KINDS = click.Choice(list(KINDS))


def sheet_at(file: Path) -> File:
    """Return a sheet; of one that is too large, as much as shows that it is."""
    return File(file.name, read_start(file, MAX_FILE + 1))


def columns_of(world: World, file: Path | None) -> Columns:
    """Return the column names: the ledger's own, and the user's beside them."""
    beside = world.home.path / "columns.toml"
    chosen = file or (beside if beside.exists() else None)
    return default().extended(world.read(chosen)) if chosen else default()


@click.command()
@click.argument("kind", type=_KINDS)
@click.option("--activity", help="签到表所属的活动编号 / the activity of a sign-in sheet")
@click.option("-o", "--output", type=_FILE, required=True, help="写入的文件 / file to write")
@click.pass_obj
def template(world: World, kind: Any, activity: str | None, output: Path) -> None:
    """空白登记表、签到表、培训表、表彰表。 Blank forms; a sign-in sheet with names and numbers."""
    with refusals(world):
        world.write(output, _sign_in(world, activity) if activity else forms.blank(kind))
        world.tell(f"written: {output}", f"已写入 {output}")
        world.answer({"file": str(output)})


def _sign_in(world: World, code: str) -> bytes:
    from ledger.errors import Rejected
    from ledger.records import Activity, Membership

    desk = office(world)
    with desk.store.reading() as view:
        found = view.find(Activity, code)
        if found is None:
            raise Rejected("activity.unknown", en=f"no activity {code}", zh=f"没有活动 {code}")
        row = activity_row(view, found)
        members = view.where(Membership, organisation=found.organisation)
        numbers = [member.volunteer for member in members if not member.left]
    people = desk.vault.details_of({*numbers, row.leader})
    leader, volunteer = desk.vault.kept(row.leader), people.get(row.leader)
    name = leader.value if leader else volunteer.name if volunteer else ""
    here = [(number, people[number].name) for number in numbers if number in people]
    return forms.sign_in(register.activity(row, found), name, here)


@click.group("import")
def import_() -> None:
    """导入组织、志愿者、活动、培训、表彰的表格。 Import spreadsheets of the registers."""


def _options(command: Any) -> Any:
    for option in (
        click.argument("file", type=_FILE),
        click.option("--dry-run", is_flag=True, help="只检查，不登记 / check only"),
        click.option("--columns", type=_FILE, help="自定义列名表 / your own column names (TOML)"),
        click.option("--refused", type=_FILE, help="未通过的行写到何处 / where refused rows go"),
        click.pass_obj,
    ):
        command = option(command)
    return command


@import_.command("organisations")
@_options
def organisations(
    world: World, file: Path, dry_run: bool, columns: Path | None, refused: Path | None
) -> None:
    """组织和队伍。 Organisations and teams."""
    with refusals(world):
        found = registering.import_organisations(
            office(world), _file(world, file, refused), columns_of(world, columns), dry=dry_run
        )
        _finish(world, found, file, refused)


@import_.command("volunteers")
@click.option(
    "--consent", default="", help="全表适用的同意声明，如：纸质同意书 2026-03-01 / consent"
)
@_options
def volunteers(
    world: World,
    file: Path,
    dry_run: bool,
    columns: Path | None,
    refused: Path | None,
    consent: str,
) -> None:
    """志愿者。 Volunteers."""
    with refusals(world):
        found = registering.import_volunteers(
            office(world),
            _file(world, file, refused),
            columns_of(world, columns),
            consent=consent,
            dry=dry_run,
        )
        numbers = {
            f"{sheet}:{row}": number for (sheet, row), number in sorted(found.numbers.items())
        }
        _finish(world, found, file, refused, numbers=numbers)


@import_.command("activities")
@_options
def activities(
    world: World, file: Path, dry_run: bool, columns: Path | None, refused: Path | None
) -> None:
    """活动。 Activities."""
    with refusals(world):
        found = registering.import_activities(
            office(world), _file(world, file, refused), columns_of(world, columns), dry=dry_run
        )
        _finish(world, found, file, refused)


@import_.command("training")
@_options
def training(
    world: World, file: Path, dry_run: bool, columns: Path | None, refused: Path | None
) -> None:
    """培训；不计入服务时长。 Trainings; their hours are never added to service."""
    _achievements(world, "training", file, (dry_run, columns, refused))


@import_.command("honours")
@_options
def honours(
    world: World, file: Path, dry_run: bool, columns: Path | None, refused: Path | None
) -> None:
    """表彰、奖励。 Honours."""
    _achievements(world, "honours", file, (dry_run, columns, refused))


def _achievements(
    world: World, kind: Sheet, file: Path, asked: tuple[bool, Path | None, Path | None]
) -> None:
    dry_run, columns, refused = asked
    with refusals(world):
        found = achieving.import_achievements(
            office(world),
            _file(world, file, refused),
            columns_of(world, columns),
            kind,
            dry=dry_run,
        )
        _finish(world, found, file, refused)


def _file(world: World, file: Path, refused: Path | None) -> File:
    """Read a sheet, and see that its refused rows can be written, before anything is recorded."""
    if refused:
        world.check_writable(refused)
    return sheet_at(file)


def _finish(
    world: World, found: Imported[Any], file: Path, refused: Path | None, **more: Any
) -> None:
    counts(world, found)
    mended = show_problems(world, found, file, refused)
    value = {
        "recorded": len(found.good),
        "already": found.already,
        "refused": [problem_json(problem, world) for problem in found.problems],
        "refused_file": mended,
        "dry_run": found.dry,
        **more,
    }
    if found.dry:
        world.answer(value)
    else:
        done(world, value, "", "") if world.out or world.as_json else done(
            world, value, "done", "完成"
        )
    if found.problems:
        raise SystemExit(1)


@click.group()
def activity() -> None:
    """活动的查看与取消。 Activities: list, cancel."""


@activity.command("list")
@click.pass_obj
def activity_list(world: World) -> None:
    """列出活动。 List activities."""
    from ledger.records import Activity

    with refusals(world), office(world).store.reading() as view:
        found = sorted(view.all(Activity), key=lambda one: one.start)
        world.table(
            [("code", "编号"), ("name", "名称"), ("team", "组织"), ("start", "开始"), ("end", "结束"),
             ("state", "状态")],
            [
                (one.code, one.name, one.organisation, one.start[:16].replace("T", " "),
                 one.end[11:16], world.pick("cancelled", "已取消") if one.cancelled else "")
                for one in found
            ],
        )  # fmt: skip
        world.answer(
            {
                "activities": [
                    {
                        "code": one.code,
                        "name": one.name,
                        "organisation": one.organisation,
                        "start": one.start,
                        "end": one.end,
                        "cancelled": one.cancelled,
                        "best_class": one.best,
                    }
                    for one in found
                ]
            }
        )


@activity.command("cancel")
@click.argument("code")
@click.pass_obj
def activity_cancel(world: World, code: str) -> None:
    """取消活动。 Cancel an activity that has no confirmed line."""
    with refusals(world):
        found = attending.cancel(office(world), code)
        waiting = [
            {"attendance": one.entry, "lines": one.lines, "notice": one.notice} for one in found
        ]
        value = {"cancelled": code, "waiting": waiting}
        done(world, value, f"{code} is cancelled", f"活动 {code} 已取消")
        for one in () if world.out else found:
            _say_unsettled(world, one)


def _say_unsettled(world: World, one: Unsettled) -> None:
    if one.notice is None:
        world.tell(
            f"{one.lines} lines of it wait in entry {one.entry}: open their notice"
            f" (`vledger notice open {one.entry}`); when that is closed they are excepted",
            f"第 {one.entry} 条考勤中有它的 {one.lines} 条记录，尚未公示：请 `vledger notice open {one.entry}`，"
            "公示结束时自动不予确认",
        )
    else:
        world.tell(
            f"{one.lines} lines of it are under notice {one.notice} (entry {one.entry});"
            f" `vledger notice close {one.notice}` will except them",
            f"公示 {one.notice} 中有它的 {one.lines} 条记录（第 {one.entry} 条考勤）："
            f"`vledger notice close {one.notice}` 时自动不予确认",
        )
