"""The group `rules`: looking at local rules, checking a file of them, trying and adopting them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from ledger.accounts import UNIT_WORDS
from ledger.book import Book
from ledger.commands.attendance import as_instant
from ledger.commands.opening import done, office
from ledger.commands.world import World, refusals
from ledger.desk import parameters, presets, ruling, simulating
from ledger.desk.faults import Fault
from ledger.desk.parameters import NOTHING, Change, Said
from ledger.desk.sense import Known
from ledger.desk.simulating import Figures, Simulated
from ledger.errors import Rejected
from ledger.records import Adoption, Line, Sheet
from ledger.rulesets import Ruleset
from ledger.times import day_of

_FILE = click.Path(path_type=Path, dir_okay=False)
_BYTES = 2**20  # of a file of rules
_PEOPLE = 50  # in a table; all are in the JSON answer
_DIGITS = 15  # of an entry's index; no ledger has more


@click.group()
def rules() -> None:
    """规则：查看、检查、比较、试算、采用。 Local rules: show, check, compare, try, adopt."""


@rules.command("show")
@click.option("--at", "day", help="哪一天的规则，默认今天 / those of which day, today by default")
@click.pass_obj
def show(world: World, day: str | None) -> None:
    """显示某日施行的规则。 Show the rules in force on a day."""
    with refusals(world):
        book = ruling.rulebook(office(world))
        asked = _day(day) or day_of(office(world).now)
        entry, found = book.adopted_on(asked)
        adoptions = {one.entry: one for one in book.all(Adoption)}
        since, code = adoptions[entry].since, adoptions[entry].code
        world.tell(
            f"entry {entry}, from {since}, code {code}",
            f"第 {entry} 条，自 {since} 起，规则代码 {code}",
        )
        _show(world, ruling.with_days_of(found, book.rules_now()))
        for one in sorted(adoptions.values(), key=lambda one: (one.since, one.entry)):
            if one.since > asked:
                world.tell(
                    f"from {one.since} on: entry {one.entry}",
                    f"自 {one.since} 起：第 {one.entry} 条",
                )
        document = json.loads(adoptions[entry].document)
        world.answer({"entry": entry, "from": since, "code": code, "ruleset": document})


@rules.command("check")
@click.argument("file", type=_FILE)
@click.pass_obj
def check(world: World, file: Path) -> None:
    """检查规则文件，一次列出全部问题；不需要账本。 Check a file of rules; needs no ledger."""
    with refusals(world):
        found = ruling.check(world.read(file, most=_BYTES), _known(world))
        for one in found.problems:
            world.tell(f"✗ {one.en}  [{one.code}]", f"✗ {one.zh}  [{one.code}]")
        _say_notes(world, found.notes)
        if not found.problems:
            title = found.rules.title
            world.tell(f"{title}: can be adopted", f"{title}：可以采用")
        world.answer(
            {
                "file": str(file),
                "good": not found.problems,
                "problems": [_fault(world, one) for one in found.problems],
                "notes": [_fault(world, one) for one in found.notes],
            }
        )
        if found.problems:
            raise SystemExit(1)


@rules.command("diff")
@click.argument("old", metavar="FILE|ENTRY")
@click.argument("new", metavar="[FILE|ENTRY]", required=False)
@click.pass_obj
def diff(world: World, old: str, new: str | None) -> None:
    """逐项比较两份规则；只给一份时与现行的比较。 Compare rules, one with those in force, or two."""
    with refusals(world):
        if new is None:
            book = ruling.rulebook(office(world))
            pair = ruling.in_force(book, day_of(office(world).now)), _rules(world, old)
        else:
            pair = _rules(world, old), _rules(world, new)
        # A file never holds working days: they are no difference.
        before = pair[0] if pair[0].calendar else ruling.with_days_of(*pair)
        after = pair[1] if pair[1].calendar else ruling.with_days_of(pair[1], before)
        found = parameters.changes(before, after)
        _say_changes(world, found)
        left = _say_stranded(world, after) if found and _known(world) else {}
        world.answer({"changes": [_change(world, one) for one in found], **left})


@rules.command("adopt")
@click.argument("file", type=_FILE)
@click.option(
    "--from", "day", help="自哪天起施行，默认今天 / in force from which day, today by default"
)
@click.pass_obj
def adopt(world: World, file: Path, day: str | None) -> None:
    """采用规则文件（管理员签署）。 Adopt a file of rules; the operator signs."""
    with refusals(world):
        since = _day(day) or day_of(office(world).now)
        new = _file(world, file)
        found = ruling.changed(office(world), new, since)
        _say_changes(world, found)
        value = {"title": new.title, "from": since, "changes": [_change(world, c) for c in found]}
        if found:
            value |= _say_stranded(world, new)
            ruling.adopt(office(world), new, since)
            en, zh = f"{new.title}: in force from {since}", f"{new.title}：自 {since} 起施行"
            _say_later(world, ruling.rulebook(office(world)), since)
            done(world, value, en, zh)
        else:
            world.tell("nothing was adopted", "没有采用任何内容")
            world.answer({**value, "entries": []})


@rules.command("simulate")
@click.argument("file", type=_FILE)
@click.option("--from", "day", help="假定自哪天起施行，默认今天 / as if in force from which day")
@click.pass_obj
def simulate(world: World, file: Path, day: str | None) -> None:
    """试算：若自某日起按此规则，谁的数字会变。 Try rules on standing lines.

    采用规则不改变已确认的记录；要看在以往的记录上会怎样，请用 --from 写一个过去的日子。
    """
    with refusals(world):
        tried = _file(world, file)
        since = _day(day) or day_of(office(world).now)
        with office(world).store.reading() as view:
            book = ruling.rulebook(office(world))
            total = sum(sheet.count for sheet in view.all(Sheet))
            lines = world.progress(view.all(Line), total, "trying", "试算")
            today = day_of(office(world).now)
            found = simulating.simulate(view, book, tried, lines, today, since=since)
        world.tell(
            f"as if these rules were in force from {since}; earlier service keeps its rules",
            f"假定自 {since} 起按此规则；此前的服务仍按原规则",
        )
        _say_simulated(world, found)
        world.answer(
            {
                "from": since,
                "lines": found.lines,
                "volunteers": len(found.people),
                "changed": [
                    {"volunteer": who, "now": _figures(now), "then": _figures(then)}
                    for who, (now, then) in found.changed.items()
                ],
                "totals": dict(zip(("now", "then"), map(_figures, found.totals), strict=True)),
            }
        )


@rules.command("presets")
@click.argument("name", required=False)
@click.option("-o", "--output", type=_FILE, help="写入文件 / write it to a file")
@click.pass_obj
def presets_(world: World, name: str | None, output: Path | None) -> None:
    """各地公布的规则，供抄改；从不自动启用。 Published rules, to copy from; none is on by itself."""
    with refusals(world):
        if name is None:
            _list_presets(world)
            return
        found = presets.preset(name)
        if output:
            world.write(output, found.text.encode())
            world.tell(f"written to {output}", f"已写入 {output}")
        elif not world.as_json:
            click.echo(found.text, nl=False)
        world.answer({"name": found.name, "title": found.title, "source": found.source,
                      "date": found.date, "toml": found.text})  # fmt: skip


@rules.command("calendar")
@click.argument("file", type=_FILE)
@click.pass_obj
def calendar(world: World, file: Path) -> None:
    """加入一年的放假调休安排。 Add a year of working days (TOML: year, off, work).

    国务院调整当年安排时，写出全年的新安排再运行一次：只能更正尚未到来的日子。
    """
    with refusals(world):
        try:
            found = ruling.document(world.read(file, most=_BYTES))
            year = str(found["year"])
            off, work = ([str(day) for day in found.get(name, [])] for name in ("off", "work"))
        except (KeyError, TypeError) as error:
            raise Rejected(
                "calendar.unreadable",
                en=f'{file}: write  year = 2027  off = ["2027-01-01", …]  work = ["2027-02-06", …]',
                zh=f'{file} 应写作  year = 2027  off = ["2027-01-01", …]  work = ["2027-02-06", …]',
            ) from error
        corrected = ruling.add_year(office(world), year, off, work)
        en, zh = ("corrected", "更正") if corrected else ("known now", "加入")
        done(
            world,
            {"year": year, "corrected": corrected},
            f"the working days of {year} are {en}",
            f"已{zh} {year} 年的工作日安排",
        )


# --- reading ------------------------------------------------------------------------------------


def _day(text: str | None) -> str:
    return day_of(as_instant(text) or "")


def _rules(world: World, text: str) -> Ruleset:
    if text.isascii() and text.isdigit() and len(text) <= _DIGITS:
        return ruling.said_in(ruling.rulebook(office(world)), int(text))
    return _file(world, Path(text))


def _file(world: World, file: Path) -> Ruleset:
    found = ruling.check(world.read(file, most=_BYTES), _known(world))
    good = found.good()
    _say_notes(world, found.notes)
    return good


def _known(world: World) -> Known | None:
    """Return what the ledger has that rules may speak of, where a ledger is at hand."""
    tables = world.database or (world.home.path / "ledger.db").exists()
    if not (tables and world.home.exists()):
        return None
    with office(world).store.reading() as view:
        return ruling.known(view)


# --- saying -------------------------------------------------------------------------------------


def _fault(world: World, one: Fault) -> dict[str, Any]:
    message = world.pick(one.en, one.zh)
    return {"path": one.path, "value": one.value, "code": one.code, "message": message}


def _say_notes(world: World, notes: Iterable[Fault]) -> None:
    for one in notes:
        world.tell(f"note: {one.en}", f"说明：{one.zh}")


def _show(world: World, found: Ruleset) -> None:
    world.table(
        [("parameter", "参数"), ("value", "值"), ("in a file", "文件中的名称")],
        _shown(world, found),
    )


def _shown(world: World, found: Ruleset) -> Iterator[Sequence[str]]:
    """Give the rows of a table: each part under its name, and whether it is on."""
    for section, said in parameters.sections(found):
        if section.is_calendar:
            years = sorted(found.calendar)
            yield world.pick(*section.name), f"{years[0]}–{years[-1]}" if years else "–", ""
            continue
        state = said[0].words if section.optional else ("", "")
        yield world.pick("[{}]", "【{}】").format(world.pick(*section.name)), world.pick(*state), ""
        for one in said[section.optional :]:
            yield world.pick(*one.name), world.pick(*one.words), one.path


def _say_later(world: World, book: Book, day: str) -> None:
    """Say which rulesets take over after a day: they were adopted for later, and stay so."""
    for one in sorted(book.all(Adoption), key=lambda one: (one.since, one.entry)):
        if one.since > day:
            world.tell(
                f"from {one.since} on: entry {one.entry}", f"自 {one.since} 起：第 {one.entry} 条"
            )


def _change(world: World, one: Change) -> dict[str, Any]:
    return {
        "parameter": one.path,
        "name": _name(world, one),
        "old": one.old and one.old.value,
        "new": one.new and one.new.value,
    }


def _name(world: World, one: Change) -> str:
    section, name = world.pick(*one.section.name), world.pick(*one.name)
    return f"{section}{world.pick(': ', '：')}{name}" if "." in one.path else name


def _say_changes(world: World, found: Sequence[Change]) -> None:
    if not found:
        world.tell("no difference", "没有差别")
        return

    def words(said: Said | None) -> str:
        return world.pick(*(said.words if said else NOTHING))

    world.table(
        [("parameter", "参数"), ("old", "原来"), ("new", "改为")],
        [(_name(world, one), words(one.old), words(one.new)) for one in found],
    )


def _say_stranded(world: World, rules_: Ruleset) -> dict[str, Any]:
    """Say what people hold that rules leave without use."""
    found = ruling.stranded(office(world), rules_)
    for unit, (count, amount) in found.items():
        en, zh = UNIT_WORDS[unit]
        world.tell(
            f"note: {count} accounts hold {amount} {en} that these rules give no use: let them be"
            " spent before, or close accounts with --write-off",
            f"注意：{count} 个账户共有{zh} {amount}，按这份规则将不能再使用；请在施行前使用，或注销时核销",
        )
    rows = {unit: {"accounts": count, "amount": amount} for unit, (count, amount) in found.items()}
    return {"unusable": rows} if rows else {}


def _list_presets(world: World) -> None:
    found = presets.presets()
    world.table(
        [("name", "名称"), ("rules", "规则"), ("source", "依据"), ("date", "日期")],
        [
            (one.name, one.title, one.source, one.date or world.pick("unknown", "不详"))
            for one in found
        ],
    )
    world.answer(
        {
            "presets": [
                {"name": one.name, "title": one.title, "source": one.source, "date": one.date}
                for one in found
            ]
        }
    )


# --- figures ------------------------------------------------------------------------------------


def _figures(one: Figures) -> dict[str, int]:
    return {name: getattr(one, name) for name in Figures.__dataclass_fields__}


def _say_simulated(world: World, found: Simulated) -> None:
    changed = found.changed
    world.tell(
        f"{found.lines} standing lines of {len(found.people)} volunteers;"
        f" for {len(changed)} something would change",
        f"{len(found.people)} 名志愿者的 {found.lines} 条已确认记录；{len(changed)} 人的数字会变",
    )
    if not changed:
        return
    rows = [(who, *_cells(world, *pair)) for who, pair in list(changed.items())[:_PEOPLE]]
    more = len(changed) - len(rows)
    if more:
        rows.append(
            (world.pick(f"… {more} more (--json)", f"……另有 {more} 人（--json）"), *[""] * 4)
        )
    rows.append((world.pick("everybody", "合计"), *_cells(world, *found.totals)))
    world.table(
        [("volunteer", "编号"), ("hours", "时长"), ("stars", "星级"), ("points", "积分"),
         ("credits", "时间储蓄")],
        rows,
    )  # fmt: skip


def _cells(world: World, now: Figures, then: Figures) -> tuple[str, ...]:
    pairs = (
        (world.hours(now.minutes), world.hours(then.minutes)),
        (str(now.stars), str(then.stars)),
        (str(now.points), str(then.points)),
        (str(now.held), str(then.held)),
    )
    return tuple(a if a == b else f"{a} → {b}" for a, b in pairs)
