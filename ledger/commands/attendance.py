"""Commands of attendance: attend, object, correct, replace."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from ledger.commands.notices import say_opened_all
from ledger.commands.opening import done, office
from ledger.commands.output import counts, problem_json, show_problems
from ledger.commands.registers import columns_of, sheet_at
from ledger.commands.world import World, error_json, refusals
from ledger.desk import attending, noticing
from ledger.desk.attending import Attended, Mending, Wish
from ledger.desk.registering import File, Imported
from ledger.errors import LedgerError, Rejected
from ledger.sheets.earlier import ServiceRow

_FILE = click.Path(path_type=Path, dir_okay=False)
_LARGEST = 256 * 1024 * 1024  # bytes of a scan
Recorded = tuple[Imported[ServiceRow], tuple[Attended, ...]]


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
            say_opened_all(world, opened, None)
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
    """作废一条已确认的记录，或一项培训、表彰。 Void a confirmed line, a training or an honour."""
    with refusals(world):
        kind = attending.correct(office(world), line, why, number)
        sheet = {"training": "training", "honour": "honours"}.get(kind)
        instead = f"import {sheet} FILE" if sheet else f"replace {line}"
        done(
            world,
            {"void": line},
            f"{line} is void; what should stand instead: vledger {instead}",
            f"记录 {line} 已作废；如需补正：vledger {instead}",
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
