"""Commands of attendance: attend, notice, object, correct, replace."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from ledger.commands.opening import done, office
from ledger.commands.output import counts, joined, problem_json, show_problems
from ledger.commands.registers import columns_of, sheet_at
from ledger.commands.world import World, error_json, refusals
from ledger.desk import attending, noticing
from ledger.desk.attending import Attended, Mending, Wish
from ledger.desk.lists import notice_list
from ledger.desk.noticing import Closed, Exceptions, Opened, Why
from ledger.desk.office import Place, open_notices, parse_place, spans
from ledger.desk.registering import File, Imported
from ledger.errors import LedgerError, Rejected
from ledger.sheets.earlier import ServiceRow
from ledger.times import day_of

_FILE = click.Path(path_type=Path, dir_okay=False)
_LARGEST = 256 * 1024 * 1024  # bytes of a scan
Recorded = tuple[Imported[ServiceRow], tuple[Attended, ...]]
_ENTRY = click.IntRange(0, 2**53)


@click.command()
@click.argument("files", type=_FILE, nargs=-1, required=True)
@click.option("--activity", help="活动编号 / the activity, if the sheet does not name it")
@click.option("--evidence", type=click.Choice(["A", "B", "C", "L"]), default="B", show_default=True,
              help="证据等级 / evidence class")  # fmt: skip
@click.option("--reason", default="", help="C 级记录的理由 / why, for class C")
@click.option("--attach", type=_FILE, multiple=True, help="附件，如签到表扫描件 / scans")
@click.option("--notice", is_flag=True, help="登记后立即公示 / open the notice at once")
@click.option("--dry-run", is_flag=True, help="只检查，不登记 / check only")
@click.option("--columns", type=_FILE, help="自定义列名表 / your own column names (TOML)")
@click.option("--refused", type=_FILE, help="未通过的行写到何处 / where refused rows go")
@click.pass_obj
def attend(world: World, /, files: tuple[Path, ...], **options: Any) -> None:
    """登记签到表。 Record attendance sheets; good rows stand, refused rows go to a file to mend."""
    with refusals(world):
        sheets = [sheet_at(file) for file in files]
        attached = [File(file.name, world.read(file, most=_LARGEST)) for file in options["attach"]]
        if options["refused"]:
            world.check_writable(options["refused"])
        columns = columns_of(world, options["columns"])
        # All that can be known beforehand is known: from here on one file sinks no other.
        wish = Wish(
            options["activity"],
            options["evidence"],
            options["reason"],
            tuple(attached),
            dry=options["dry_run"],
        )
        answers = [
            _attend(world, path, partial(attending.attend, office(world), sheet, columns, wish),
                    options["refused"])
            for path, sheet in zip(files, sheets, strict=True)
        ]  # fmt: skip
        errors = [answer["error"] for answer in answers if "error" in answer]
        if options["notice"] and not wish.dry and not world.out:
            entries = [at for answer in answers for at in answer["attendance"]]
            opened = noticing.open_notice(office(world), entries) if entries else ()
            _say_all_opened(world, opened, None)
        value = {"files": answers, **({"error": errors[0]} if errors else {})}
        if wish.dry:
            world.answer(value)
        else:
            done(world, value, *(("", "") if errors else ("done", "完成")))
        if errors or any(answer["refused"] for answer in answers):
            raise SystemExit(1)


def _attend(
    world: World, path: Path, record: Callable[[], Recorded], refused: Path | None
) -> dict[str, Any]:
    try:
        return _attended(world, path, record(), refused)
    except LedgerError as error:
        _say_error(world, path, error)
        return {**_nothing(path), "error": error_json(world, error)}


def _nothing(path: Path) -> dict[str, Any]:
    return {"file": str(path), "attendance": [], "accepted": [], "already": 0, "refused": []}


def _say_error(world: World, path: Path, error: LedgerError) -> None:
    world.warn(
        f"✗ {path.name}: {error.en}  [{error.code}]", f"✗ {path.name}：{error.zh}  [{error.code}]"
    )


def _attended(world: World, path: Path, recorded: Recorded, refused: Path | None) -> dict[str, Any]:
    """Tell what became of a file."""
    imported, found = recorded
    accepted = []
    errors = [one.error for one in found if one.error]
    for one in (one for one in found if not one.error):
        places = one.places()
        world.tell(
            f"{path.name}: activity {one.activity}, class {one.class_}"
            f"{' (late)' if one.late else ''}",
            f"{path.name}：活动 {one.activity}，证据等级 {one.class_}{'（逾期）' if one.late else ''}",
        )
        for row in one.judged.good:
            line = "{}:{}".format(*places[row.row]) if row.row in places else None
            accepted.append(
                {"activity": one.activity, "row": row.row, "line": line, "minutes": row.minutes,
                 "volunteer": row.volunteer, "class": one.class_}
            )  # fmt: skip
    if len(errors) < len(found):
        counts(world, imported)
    mended = ""
    try:
        mended = show_problems(world, imported, path, refused)
    except LedgerError as error:
        errors.append(error)
    for each in errors:
        _say_error(world, path, each)
    return {
        **_nothing(path),
        "attendance": [receipt.index for one in found for receipt in one.receipts],
        "accepted": accepted,
        "already": imported.already,
        "refused": [problem_json(problem, world) for problem in imported.problems],
        "refused_file": mended,
        "dry_run": imported.dry,
        **({"error": error_json(world, errors[0])} if errors else {}),
    }


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
        _say_all_opened(world, shown, output)
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


def _say_all_opened(world: World, opened: Sequence[Opened], output: Path | None) -> None:
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
            for one, sheets in open_notices(view).values()
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


@click.command("object")
@click.argument("line")
@click.option("--why", required=True, help="理由 / why")
@click.option("--from", "number", help="提出人的志愿者编号 / the volunteer's number")
@click.pass_obj
def object_(world: World, line: str, why: str, number: str | None) -> None:
    """对公示中的记录提出异议。 Object to a line under notice."""
    with refusals(world):
        attending.object_to(office(world), line, why, number)
        done(world, {"objected": line}, f"{line} is objected to", f"已对记录 {line} 提出异议")


@click.command()
@click.argument("line")
@click.option("--why", required=True, help="理由 / why")
@click.option("--from", "number", help="申请人的志愿者编号 / the volunteer's number")
@click.pass_obj
def correct(world: World, line: str, why: str, number: str | None) -> None:
    """作废一条已确认的记录。 Void a confirmed line."""
    with refusals(world):
        attending.correct(office(world), line, why, number)
        done(
            world,
            {"void": line},
            f"{line} is void; what should stand instead: vledger replace {line}",
            f"记录 {line} 已作废；如需补正：vledger replace {line}",
        )


@click.command()
@click.argument("line")
@click.option("--minutes", type=click.IntRange(min=1), help="分钟 / minutes")
@click.option("--start", help="开始 / start, e.g. 2026-03-02 08:00")
@click.option("--end", help="结束 / end")
@click.option("--why", required=True, help="理由 / why")
@click.pass_obj
def replace(
    world: World, line: str, minutes: int | None, start: str | None, end: str | None, why: str
) -> None:
    """补正一条作废或未确认的记录。 Record what is to stand instead of a line."""
    with refusals(world):
        mending = Mending(minutes, as_instant(start), as_instant(end))
        receipt = attending.replace_line(office(world), line, why, mending)
        at = f"{receipt.index}:1" if receipt else ""
        done(
            world,
            {"replaced": line, "line": at},
            f"{at} replaces {line}; it waits for a notice",
            f"{at} 替换 {line}，待公示",
        )


def as_instant(text: str | None) -> str | None:
    """Read `2026-03-02`, `2026-03-02 08:00`, or an instant."""
    if text is None:
        return None
    from ledger.times import moment

    full = text.replace(" ", "T")
    full = f"{full}T00:00" if len(full) == len("2026-03-02") else full
    full = f"{full}:00" if len(full) == len("2026-03-02T08:00") else full
    full = full if full.endswith("+08:00") else f"{full}+08:00"
    try:
        moment(full)
    except Exception as error:
        raise Rejected(
            "time.unreadable",
            en=f"{text!r} is no time: write 2026-03-02 08:00",
            zh=f"{text!r} 不是时间，应写作 2026-03-02 08:00",
        ) from error
    return full
