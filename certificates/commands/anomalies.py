"""The command `audit anomalies`: what is lawful in a ledger and worth an auditor's look."""

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from ledger.commands.world import World, refusals
from ledger.commands.wrapping import wrap
from ledger.errors import Lang

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_SHOWN = 10  # findings of one pattern that are printed; --json and -o have all
_SPANS = 6  # that a finding names in print
_ENDLESS = 10_000  # columns of what is no terminal


@click.command("anomalies")
@click.option("--organisation", default="", help="只看此组织及其下级 / this one and those below it")
@click.option("--from", "since", default="", help="服务日期自（含） / first day of service")
@click.option("--to", "until", default="", help="服务日期至（含） / last day of service")
@click.option("--rules", "rules_file", type=_FILE, help="用此文件的标准 / go by this file of rules")
@click.option("--bundle", type=_FILE, help="查看带走的账本 / look through what was taken away")
@click.option("-o", "--output", type=_FILE, help="写成报告 .html 或 .xlsx / write a report")
@click.option(
    "--charts", type=_FOLDER, help="图另存于此文件夹，.svg 与 .png / charts as files, in a folder"
)
@click.pass_obj
def anomalies(
    world: World,
    organisation: str,
    since: str,
    until: str,
    rules_file: Path | None,
    bundle: Path | None,
    output: Path | None,
    charts: Path | None,
) -> None:
    """查找值得核对的记录（不是结论）。 Find what is lawful and worth a look; it proves nothing.

    每个发现都列出记录编号。有发现时退出码为 1。 Every finding names its lines; exit 1 if there is any.
    """
    from ledger.desk import anomalies as desk

    write = _writer(output)
    with refusals(world):
        if output:
            world.check_writable(output)
        asked = _asked(organisation, since, until)
        with _log(world, bundle) as log:
            found = _examine(world, log, asked, rules_file)
        _say(world, found)
        if output:
            world.write(output, write(found, log.now, world.lang))
            world.tell(f"written: {output}", f"已写入 {output}")
        drawn = _draw(world, found, charts) if charts else []
        file = str(output) if output else None
        world.answer({**desk.as_data(found, world.lang), "file": file, "charts": drawn})
        if found.report.findings:
            raise SystemExit(1)


@dataclass(frozen=True, slots=True)
class _Log:
    """A log to be looked through, its newest checkpoint, the vault beside it, and the time there."""

    entries: Callable[[], Iterable[Any]]
    note: bytes
    vault: Any
    now: str


@contextmanager
def _log(world: World, bundle: Path | None) -> Iterator[_Log]:
    """Give the ledger in the home folder, or the log that was taken away in a bundle."""
    from ledger.times import instant

    if bundle:
        from ledger.bundle import Bundle

        log = Bundle(partial(world.open, bundle))
        *_, (_, note) = [(0, b""), *log.checkpoints()]
        yield _Log(log.log, note, None, world.now_given or instant(world.moment()))
        return
    from ledger.commands.opening import office

    here = office(world)
    # An auditor may have no vault: he sees what is left, and is told what is not.
    vault = here.vault if (world.home.path / "vault.key").exists() else None
    with here.store.reading() as view:
        yield _Log(view.log, view.checkpoint(), vault, here.now)


def _examine(world: World, log: _Log, asked: Any, rules_file: Path | None) -> Any:
    from ledger.checkpoint import Checkpoint
    from ledger.desk import ruling
    from ledger.desk.anomalies import examine
    from ledger.note import Note

    rules = ruling.check(world.read(rules_file)).good() if rules_file else None
    checkpoint = Checkpoint.parse(Note.parse(log.note).text)

    def entries() -> Iterable[Any]:
        return world.progress(log.entries(), checkpoint.size, "looking", "正在查看")

    return examine(entries, checkpoint, log.vault, asked=asked, rules=rules)


def _asked(organisation: str, since: str, until: str) -> Any:
    from ledger.anomalies.gathering import Asked
    from ledger.errors import Rejected
    from ledger.times import day

    for found in filter(None, (since, until)):
        day(found)
    if until and since > until:
        raise Rejected(
            "period.reversed",
            en=f"--from {since} is after --to {until}: no day lies between them",
            zh=f"--from {since} 晚于 --to {until}：其间没有一天",
        )
    return Asked(organisation, since, until or Asked().until)


def _writer(output: Path | None) -> Any:
    """Return what writes a file of that form; a report nobody can open is refused at once."""
    suffix = output.suffix.lower() if output else ".html"
    if suffix not in (".html", ".xlsx"):
        raise click.BadParameter(f"{output} is neither .html nor .xlsx", param_hint="-o")
    return _page if suffix == ".html" else _book


def _page(found: Any, now: str, lang: Lang) -> bytes:
    from ledger.desk.anomaly_page import page

    return page(found, now, lang).encode()


def _book(found: Any, _now: str, lang: Lang) -> bytes:
    from ledger.desk.anomaly_book import book

    return book(found, lang)


def _draw(world: World, found: Any, folder: Path) -> list[str]:
    """Write the charts, each as SVG and as PNG; return the files."""
    from certificates.typeface.installed import shipped
    from ledger.charts import png, svg
    from ledger.desk.anomaly_charts import charts

    report, files = found.report, []
    for drawing in charts(report.pictures, report.rules, world.lang):
        for suffix, data in (
            ("svg", svg.write(drawing).encode()),
            ("png", png.write(drawing, shipped())),
        ):
            file = folder / f"{drawing.name}.{suffix}"
            world.write(file, data)
            files.append(str(file))
    world.tell(f"{len(files)} charts written to {folder}", f"图 {len(files)} 张已写入 {folder}")
    return files


def _say(world: World, found: Any) -> None:
    from ledger.desk.anomalies import by_pattern, named, pick, sentence, unjudged

    lang, report = world.lang, found.report
    for pattern, findings in by_pattern(report):
        name = pick(pattern.name, lang)
        if findings:
            _print(world, f"{name} ({len(findings)})  {pick(pattern.why, lang)}")
        for one in findings[:_SHOWN]:
            _print(world, f"{named(one, _SPANS)}  {sentence(one, lang)}", "  ✗ ", "    ")
        if len(findings) > _SHOWN:
            world.tell("  ✗ …", "  ✗ ……")
        if why_not := unjudged(report, pattern, lang):
            _print(world, f"{name}{pick((': ', '：'), lang)}{why_not}", "◐ ", "  ")
    if report.unread:
        entries = ", ".join(map(str, report.unread))
        _print(world, pick((f"entries that cannot be read: {entries}; run `vledger audit`",
                            f"无法读取的条目：{entries}，请运行 vledger audit"), lang), "! ", "  ")  # fmt: skip
    number, patterns = len(report.findings), len(by_pattern(report))
    world.tell(
        f"{report.lines} lines, {patterns} patterns: {number} findings",
        f"记录 {report.lines} 条，检查 {patterns} 项：发现 {number} 处",
    )


def _print(world: World, text: str, first: str = "", rest: str = "  ") -> None:
    """Print a paragraph as wide as the terminal is; elsewhere in one line."""
    width = shutil.get_terminal_size().columns if _is_terminal() else _ENDLESS
    for line in wrap(text, width, first, rest):
        world.tell(line, line)


def _is_terminal() -> bool:
    return sys.stdout.isatty()
