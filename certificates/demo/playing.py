"""Playing a scenario: everything that follows from a folder of sheets, by a simulated clock.

Sheets are taken as they arrive, notices open with them and close on the first day allowed; what
else happens is read from `clock.json`. At the end everybody with confirmed hours has a certificate,
each is verified with `trust.json` alone, and the ledger is audited.
"""

import heapq
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from certificates import founding, keyring
from certificates import issue as issuing
from certificates.demo import rewards
from certificates.demo.scenario import (
    EXAMPLES,
    Arrival,
    Closing,
    Happening,
    Reward,
    Step,
    file_of,
    read_steps,
    root_of,
)
from certificates.verify import verify
from ledger.commands.keeping import run_audit, say_audit
from ledger.commands.opening import office
from ledger.commands.world import World
from ledger.desk import appointing, attending, noticing, people, registering
from ledger.desk.attending import Attended, Mending, Wish
from ledger.desk.office import Office
from ledger.desk.registering import File, Imported
from ledger.errors import Rejected, Unsafe
from ledger.sheets.columns import default
from ledger.times import CST, instant, later, moment

_MOST = 20  # certificates, unless all are asked for
_KINDS = ("organisations", "volunteers", "activities")


@dataclass(slots=True)
class Told:
    """What happened, as `expected.json` of a scenario tells it."""

    volunteers: list[dict[str, Any]] = field(default_factory=list)
    attendance: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    confirmed: dict[str, str] = field(default_factory=dict)
    numbers: dict[int, str] = field(default_factory=dict)  # row of volunteers: number
    lines: dict[tuple[str, int], str] = field(default_factory=dict)  # activity, row: its line now
    objections: int = 0
    corrections: int = 0


def run(world: World, scenario: Path | None, *, every: bool) -> dict[str, Any]:
    """Run a scenario in a new home folder and return what `--json` prints."""
    folder = scenario or EXAMPLES
    steps = read_steps(folder)
    _begin(world, folder, steps[0][0])
    told = Told()
    _play(world, folder, steps, told)
    granted = rewards.award(office(world))
    incentives = rewards.summary(world, office(world), granted, told.numbers)
    issued, good = _certify(world, told, every=every, point=4 if incentives else 3)
    found = run_audit(world)
    say_audit(world, found)
    totals = _totals(office(world), told)
    return {
        "volunteers": told.volunteers,
        "attendance": told.attendance,
        "confirmed": told.confirmed,
        "total_minutes_by_row": totals,
        "total_minutes": sum(totals.values()),
        "certificates": issued,
        "verified": good,
        "audit": found,
        **incentives,
        "home": str(world.home.path),
    }


def _begin(world: World, folder: Path, first: str) -> None:
    if world.home.exists():
        if world.home_given:
            raise Unsafe(
                "home.exists",
                en=f"there is a ledger in {world.home_path} already; name an empty folder with --home",
                zh=f"{world.home_path} 中已有账本，请用 --home 指定空文件夹",
            )
        world.home_path = Path(tempfile.mkdtemp(prefix="vledger-demo-")) / "ledger-home"
        del world.home
    root = root_of(folder)
    world.now_given = later(first, hours=-1)
    plan = founding.Plan("demo.invalid/" + root.code, root, "simulated", moment(world.now_given))
    made = founding.found(world.home, plan, world.guard_path)
    desk = office(world)
    for role in ("recorder", "confirmer", "issuer"):
        wish = appointing.Wish(role, root.code, f"office-{role}", f"{root.code}/{role}")
        appointing.appoint(desk, wish, world.home.keep_key)
    rewards.adopt(world, desk, folder)
    world.tell(
        f"1. a ledger {made.origin} for {root.name}, with recorder, confirmer and issuer",
        f"1. 为{root.name}新建账本 {made.origin}，任命记录人、确认人、出证人各一名",
    )


# --- the clock runs -----------------------------------------------------------------------------


def _play(world: World, folder: Path, steps: list[Step], told: Told) -> None:
    order = count(len(steps))
    heapq.heapify(steps)
    while steps:
        at, _, step = heapq.heappop(steps)
        desk = office(world)
        desk.moment = moment(at)
        for when, notice in _step(world, folder, step, told):
            heapq.heappush(steps, (when, next(order), Closing(notice)))
        desk.receipts.clear()
    _say_played(world, told)


def _step(
    world: World, folder: Path, step: Arrival | Happening | Reward | Closing, told: Told
) -> Sequence[tuple[str, int]]:
    """Let one thing happen; return when notices that it opened may be closed."""
    desk = office(world)
    match step:
        case Arrival(name=name):
            return _arrive(world, desk, file_of(folder, name), told)
        case Happening():
            return _object(desk, step, told) if step.do == "object" else _correct(desk, step, told)
        case Reward():
            rewards.happen(world, desk, step, told.numbers)
            return ()
        case Closing(notice=notice):
            return _close(desk, notice, told)


def _arrive(world: World, desk: Office, file: File, told: Told) -> Sequence[tuple[str, int]]:
    if Path(file.name).stem not in _KINDS:
        return _take_attendance(world, desk, file, told)
    _take_register(world, desk, file, told)
    return ()


def _take_register(world: World, desk: Office, file: File, told: Told) -> None:
    kind = Path(file.name).stem
    columns = default()
    found: Imported[Any]
    if kind == "organisations":
        found = registering.import_organisations(desk, file, columns)
    elif kind == "volunteers":
        people_found = registering.import_volunteers(desk, file, columns)
        told.numbers |= {row: number for (_, row), number in people_found.numbers.items()}
        told.volunteers = list(_answers(people_found))
        found = people_found
    else:
        found = registering.import_activities(desk, file, columns)
    words = dict(zip(_KINDS, ("组织", "志愿者", "活动"), strict=True))
    world.tell(
        f"   {desk.now[:10]} {file.name}: {len(found.good)} recorded, {len(found.problems)} refused",
        f"   {desk.now[:10]} {words[kind]}表 {file.name}：登记 {len(found.good)} 行，"
        f"未通过 {len(found.problems)} 行",
    )


def _answers(found: Imported[Any]) -> Iterator[dict[str, Any]]:
    """Return for each row of data whether it was accepted, and else why not."""
    reasons = {problem.row: problem.code for problem in found.problems}
    for row in (row for table in found.tables for row in table.rows):
        reason = reasons.get(row.row)
        name = "".join(str(row.cells.get("name") or "").split())
        yield {"row": row.row, "name": name, "accepted": reason is None, "reason": reason}


def _take_attendance(world: World, desk: Office, file: File, told: Told) -> list[tuple[str, int]]:
    imported, found = attending.attend(desk, file, default(), Wish())
    for error in (one.error for one in found if one.error):
        raise error
    minutes = {(one.activity, row.row): row.minutes for one in found for row in one.judged.good}
    for one in found:
        told.lines |= {
            (one.activity, row): f"{entry}:{n}" for row, (entry, n) in one.places().items()
        }
    named = _names_by_row(found)
    for answer in _answers(imported):
        activity = named.get(answer["row"], found[0].activity if found else "")
        answer["minutes"] = minutes.get((activity, answer["row"]), 0)
        told.attendance.setdefault(activity, []).append(answer)
    entries = [receipt.index for one in found for receipt in one.receipts]
    world.tell(
        f"   {desk.now[:10]} {file.name}: {len(imported.good)} lines recorded,"
        f" {len(imported.problems)} refused",
        f"   {desk.now[:10]} 签到表 {file.name}：登记 {len(imported.good)} 行，"
        f"未通过 {len(imported.problems)} 行",
    )
    return _notice(desk, entries) if entries else []


def _names_by_row(found: tuple[Attended, ...]) -> dict[int, str]:
    named: dict[int, str] = {}
    for one in found:
        named |= {row.row: one.activity for row in one.judged.good}
        named |= {problem.row: one.activity for problem in one.judged.problems}
        named |= dict.fromkeys(one.judged.already, one.activity)
    return named


def _notice(desk: Office, entries: list[int]) -> list[tuple[str, int]]:
    """Open notices; return when each may be closed."""
    opened = noticing.open_notice(desk, entries)
    return [
        (instant(datetime.fromisoformat(one.closes).replace(tzinfo=CST)), one.entry)
        for one in opened
        if one.entry is not None
    ]


def _close(desk: Office, notice: int, told: Told) -> list[tuple[str, int]]:
    (closed,) = noticing.close_notices(desk, [notice])
    if closed.error:
        raise closed.error
    if closed.confirmed:
        for activity in closed.activities:
            told.confirmed.setdefault(activity, desk.now)
    return []


def _object(desk: Office, step: Happening, told: Told) -> list[tuple[str, int]]:
    attending.object_to(desk, _line(step, told), step.why, None)
    told.objections += 1
    return []


def _correct(desk: Office, step: Happening, told: Told) -> list[tuple[str, int]]:
    """Void the line; the right one is recorded, noticed and confirmed in its turn."""
    line = _line(step, told)
    attending.correct(desk, line, step.why, None)
    told.corrections += 1
    if not step.minutes:
        return []
    receipt = attending.replace_line(desk, line, step.why, Mending(minutes=step.minutes))
    assert receipt
    told.lines[step.activity, step.row] = f"{receipt.index}:1"
    return _notice(desk, [receipt.index])


def _line(step: Happening, told: Told) -> str:
    found = told.lines.get((step.activity, step.row))
    if found is None:
        raise Rejected(
            "line.unknown",
            en=f"clock.json: row {step.row} of {step.activity} was not recorded",
            zh=f"clock.json：活动 {step.activity} 第 {step.row} 行没有登记",
        )
    return found


def _say_played(world: World, told: Told) -> None:
    lines = sum(1 for rows in told.attendance.values() for row in rows if row["accepted"])
    world.tell(
        f"2. {len(told.confirmed)} activities noticed and confirmed by another person;"
        f" {lines} lines, {told.objections} objections, {told.corrections} corrections",
        f"2. {len(told.confirmed)} 个活动经公示并由另一人确认：{lines} 行记录，"
        f"异议 {told.objections} 次，更正 {told.corrections} 次",
    )


# --- the end ------------------------------------------------------------------------------------


def _certify(world: World, told: Told, *, every: bool, point: int) -> tuple[list[str], bool]:
    desk = office(world)
    root = _code_of_root(desk)
    sealer = keyring.open_for(world.home, [root], desk.now).sealer
    means = issuing.Means(sealer, world.home.association())
    trust = world.home.trust()
    totals = _totals(desk, told)
    rows = sorted((int(row) for row in totals), key=lambda row: (-totals[str(row)], row))
    chosen = dict.fromkeys(told.numbers[row] for row in rows)
    numbers = list(chosen) if every else list(chosen)[:_MOST]
    folder = world.home.path / "certificates"
    issued, good = [], True
    for number in numbers:
        made = issuing.issue(desk, means, issuing.Order(number, root))
        file = folder / f"{made.number}.pdf"
        world.write(file, made.file)
        verdict = verify(world.read(file), trust)
        good = good and verdict.genuine and verdict.logged
        issued.append(str(file))
    total = world.hours(sum(totals.values()))
    more = (
        (" (--all: for everybody)", "（全部请加 --all）")
        if len(numbers) < len(chosen)
        else ("", "")
    )
    word = ("verified", "查验通过") if good else ("NOT verified", "查验未通过")
    world.tell(
        f"{point}. {total} for {len(totals)} volunteers; {len(issued)} certificates issued and {word[0]}"
        f" offline{more[0]}: {folder}",
        f"{point}. {len(totals)} 名志愿者共 {total}；出具证明 {len(issued)} 份，离线{word[1]}{more[1]}：{folder}",
    )
    return issued, good


def _code_of_root(desk: Office) -> str:
    with desk.store.reading() as view:
        return registering.root_of(view)


def _totals(desk: Office, told: Told) -> dict[str, int]:
    """Return the confirmed minutes by row of the volunteers' sheet."""
    found: dict[str, int] = {}
    counted: set[str] = set()
    for row, number in sorted(told.numbers.items()):
        minutes = 0 if number in counted else people.show(desk, number).minutes
        counted.add(number)
        if minutes:
            found[str(row)] = minutes
    return found
