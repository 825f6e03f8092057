"""The auditor's desk: `audit trace`, `audit corrections` and `audit as-of`."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ledger.commands import typed
from ledger.commands.opening import office
from ledger.commands.world import World, refusals
from ledger.desk import past
from ledger.desk.corrections import WORDS, Corrected, corrections
from ledger.desk.lists import STATES
from ledger.desk.tracing import Said, Traced, certificate_of, sheets_of, trace
from ledger.encoding import base64
from ledger.records import Organisation
from ledger.sheets.lists import Listing, write_list
from ledger.times import hours_and_minutes
from ledger.vault import Vault

_FILE = click.Path(path_type=Path, dir_okay=False)
Heading = tuple[str, str]  # English, Chinese


@click.command("trace")
@click.argument("certificate", callback=typed.number)
@click.option("-o", "--output", type=_FILE, help="写成表格 / write a sheet")
@click.pass_obj
def trace_(world: World, certificate: str, output: Path | None) -> None:
    """由证明追到每条记录：谁何时记录、公示、确认，凭什么。 From a certificate to who said each line.

    CERTIFICATE 是证明编号。 The number of a certificate.
    """
    with refusals(world):
        with office(world).store.reading() as view:
            found = certificate_of(view, certificate.strip())
            lines = trace(view, found, vault_at_hand(world))
        for one in lines:
            world.tell(*said_of(one))
        rows = [row_of(one) for one in lines]
        given(world, output, ("证明的由来", TRACED, rows))
        told = (f"{found.number}: {len(lines)} lines", f"{found.number}：{len(lines)} 条记录")
        world.tell(*told)
        world.answer({"certificate": found.number, "entry": found.entry,
                      "lines": [asdict(one) for one in lines]})  # fmt: skip


@click.command("pack")
@click.argument("about", metavar="CERTIFICATE|TEAM")
@click.option("-o", "--output", type=_FILE, required=True, help="写入的 .zip / file to write")
@click.pass_obj
def pack(world: World, about: str, output: Path) -> None:
    """把一份证明或一个团队的证据写成一个 .zip。 The evidence of a certificate, or of a team.

    其中每一条都附入账证明，不用本程序也能核对。 Each entry comes with its proof of inclusion.
    """
    from ledger.desk.packing import packed

    with refusals(world):
        world.check_writable(output)
        with office(world).store.reading() as view:
            own: list[int] = []
            if view.find(Organisation, about) is None:
                found = certificate_of(view, about.strip())
                lines, own = trace(view, found, vault_at_hand(world)), [found.entry]
            else:
                lines = tuple(sheets_of(view, about))
            sheet = write_list(
                Listing("证据目录", [zh for _, zh in TRACED], [row_of(one) for one in lines])
            )
            data, entries = packed(view, lines, sheet, own)
        world.write(output, data)
        world.tell(
            f"{len(lines)} lines and {entries} entries with their proofs: {output}",
            f"{len(lines)} 条记录、{entries} 条文书及其入账证明：{output}",
        )
        world.answer({"lines": len(lines), "entries": entries, "file": str(output)})


@click.command("corrections")
@click.option("-o", "--output", type=_FILE, help="写成表格 / write a sheet")
@click.pass_obj
def corrections_(world: World, output: Path | None) -> None:
    """列出全部异议、作废、补正、撤销和取消。 Every objection, void, replacement and revocation."""
    with refusals(world):
        vault = vault_at_hand(world)
        with office(world).store.reading() as view:
            log = world.progress(view.log(), view.size(), "reading", "正在读取")
            found = list(corrections(log, lambda one: opened(vault, one)))
        rows = [_row(world, one) for one in found]
        if not output:
            world.table(_CORRECTED, rows)
        given(world, output, ("更正一览", _CORRECTED, rows))
        world.tell(f"{len(found)} corrections", f"共 {len(found)} 项")
        world.answer({"corrections": [asdict(one) for one in found]})


@click.command("as-of")
@click.argument("point")
@click.option("--organisation", default="", help="只算此组织及其下级 / this one and those below it")
@click.option("--volunteer", default="", help="只列此人 / this volunteer alone")
@click.option("-o", "--output", type=_FILE, help="写成表格 / write a sheet")
@click.pass_obj
def as_of(world: World, point: str, organisation: str, volunteer: str, output: Path | None) -> None:
    """重放到某一条或某日终，重算每人的时长、星级、积分、时间储蓄。 Any figure as it was then.

    POINT 是条目序号或日期。 The index of an entry, or a day.
    """
    with refusals(world):
        past.check_over(point, office(world).now)
        with office(world).store.reading() as view:
            log = world.progress(view.log(), view.size(), "replaying", "正在重放")
            found = past.replay(log, point, organisation, volunteer)
        rows = [
            (who, *map(world.hours, one.by_class), world.hours(sum(one.by_class)),
             one.star, one.points, one.credits)
            for who, one in found.figures.items()
        ]  # fmt: skip
        if not output:
            world.table(_FIGURES, rows)
        given(world, output, (f"截至 {point} 的数字", _FIGURES, rows))
        total = sum(sum(one.by_class) for one in found.figures.values())
        world.tell(
            f"{found.size} entries, the last stamped {found.stamp}, root {base64(found.root)}:"
            f" {len(found.figures)} volunteers of {found.organisation}, {world.hours(total)}",
            f"共 {found.size} 条，最后一条 {found.stamp}，树根 {base64(found.root)}："
            f"{found.organisation} 志愿者 {len(found.figures)} 人，{world.hours(total)}",
        )
        world.answer(
            {
                "size": found.size, "stamp": found.stamp, "root": base64(found.root),
                "organisation": found.organisation, "refused": found.refused, "minutes": total,
                "volunteers": {who: one._asdict() for who, one in found.figures.items()},
            }
        )  # fmt: skip


_FIGURES: list[Heading] = [
    ("volunteer", "志愿者编号"), ("A", "A 级"), ("B", "B 级"), ("C", "C 级"), ("L", "L 级"),
    ("total", "合计"), ("star", "星级"), ("points", "积分"), ("credits", "时间储蓄"),
]  # fmt: skip
_CORRECTED: list[Heading] = [
    ("entry", "条目"), ("time", "时间"), ("kind", "事项"), ("about", "对象"), ("by", "由谁"),
    ("code", "理由代码"), ("reason", "理由"), ("new line", "新记录"),
]  # fmt: skip
TRACED: list[Heading] = [
    ("line", "记录"), ("volunteer", "志愿者"), ("activity", "活动"), ("start", "开始"), ("end", "结束"),
    ("arrived", "签到"), ("left", "签退"), ("time", "时长"), ("class", "证据"), ("state", "状态"),
    ("recorded", "登记"), ("recorder", "记录人"), ("noticed", "公示"), ("confirmed", "确认"),
    ("confirmer", "确认人"), ("sheet", "来源文件"), ("reason", "理由"), ("attachments", "附件"),
    ("replaces", "替换"),
]  # fmt: skip


def given(
    world: World, output: Path | None, sheet: tuple[str, Sequence[Heading], Iterable[Sequence[Any]]]
) -> None:
    """Write rows as a sheet, where one was asked for."""
    title, headings, rows = sheet
    if output:
        world.write(output, write_list(Listing(title, [zh for _, zh in headings], rows)))
        world.tell(f"written: {output}", f"已写入 {output}")


def vault_at_hand(world: World) -> Vault | None:
    """Return the vault, where there is one: an auditor may have none, and sees the log alone."""
    return office(world).vault if (world.home.path / "vault.key").exists() else None


def opened(vault: Vault | None, commitment: str) -> str:
    """Return what opens a commitment, or nothing."""
    found = vault.kept(commitment) if vault else None
    return found.value if found else ""


def said_of(one: Traced) -> tuple[str, str]:
    """Say a line and who said it."""
    about = f"{one.place}  {one.volunteer}  {one.start[:16]} – {one.end[11:16]}"
    what = f"{one.evidence}  {one.title}"
    en = [f"{about}  {one.minutes} min  {what}", f"  recorded {_by(one.recorded)}"]
    zh = [f"{about}  {hours_and_minutes(one.minutes)}  {what}", f"  登记 {_by(one.recorded)}"]
    more = (
        (one.noticed and _by(one.noticed), "noticed", "公示"),
        (one.confirmed and _by(one.confirmed), "confirmed", "确认"),
        (one.source, "sheet", "来源"),
        (one.reason, "reason", "理由"),
        ("; ".join(one.attachments), "attached", "附件"),
        (one.replaces, "replaces", "替换"),
    )
    for text, english, chinese in more:
        if text:
            en.append(f"  {english} {text}")
            zh.append(f"  {chinese} {text}")
    return "\n".join(en), "\n".join(zh)


def row_of(one: Traced) -> tuple[str, ...]:
    """Return a traced line as a row of a sheet."""
    return (
        one.place, one.volunteer, f"{one.activity} {one.title}", one.start, one.end, one.arrived,
        one.left, hours_and_minutes(one.minutes), one.evidence, STATES.get(one.state, one.state),
        one.recorded.stamp, f"{one.recorded.by} {one.recorded.person}",
        one.noticed.stamp if one.noticed else "", one.confirmed.stamp if one.confirmed else "",
        f"{one.confirmed.by} {one.confirmed.person}" if one.confirmed else "",
        one.source, one.reason, "；".join(one.attachments), one.replaces,
    )  # fmt: skip


def _by(said: Said) -> str:
    return f"{said.stamp}  {said.by}  {said.person}  ({said.entry})"


def _row(world: World, one: Corrected) -> tuple[str, ...]:
    kind = world.pick(*WORDS[one.kind])
    return (str(one.entry), one.stamp[:16], kind, one.about, one.by, one.why, one.reason, one.place)
