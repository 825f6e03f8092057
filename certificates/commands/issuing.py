"""Commands that issue: certificates, as PDF or in the coat for wallets, and the key of the latter."""

from pathlib import Path
from typing import Any

import click

from certificates.commands.looking import look, look_options
from ledger.commands import typed
from ledger.commands.world import World, refusals
from ledger.home import CODES

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("issue")
@click.argument("number", callback=typed.number, required=False, default="")
@click.option(
    "--all",
    "everybody",
    is_flag=True,
    help="为所有有确认记录的人出具 / for everybody who has confirmed service",
)
@click.option(
    "--list",
    "listed",
    type=_FILE,
    help="为名单中的志愿者编号出具（表格或文本）/ for the numbers in a sheet or text",
)
@click.option("--from", "first", help="起始日 / first day, 2026-01-01")
@click.option("--to", "last", help="截止日 / last day")
@click.option("--organisation", default="", help="出具单位，默认根组织 / issuing organisation")
@click.option(
    "--activity",
    "activities",
    multiple=True,
    help="只列这些活动（可重复），默认全部 / only service in these; default all",
)
@click.option(
    "--with",
    "added",
    multiple=True,
    type=click.Choice(["training", "honours"]),
    help="另列培训、表彰（可重复）/ list trainings, honours too",
)
@click.option(
    "--without",
    "left_out",
    multiple=True,
    type=click.Choice(["star", "training", "honours"]),
    help="不列星级；替代旧证明时不再列培训、表彰 / leave the star out, or what the one replaced lists",
)
@click.option(
    "--replaces",
    callback=typed.number,
    default="",
    metavar="CERTIFICATE",
    help="替代并撤销的旧证明编号；期间、单位、所选活动、培训和表彰默认同旧证明"
    " / the certificate it replaces, which is revoked",
)
@click.option(
    "--on-closing",
    is_flag=True,
    help="结转最近一次结账的合计，只列其后的记录 / carry over the newest closing, list what stood since",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["pdf", "vc"]),
    default="pdf",
    help="vc：供电子钱包存放的可验证凭证（.json），同名 PDF 一并写出；"
    "编号也可以是已出具的证明编号 / a credential for wallets, of a volunteer or of a certificate"
    " that was issued",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="写入的文件；批量时为文件夹或 .zip / file to write; for many a folder or a .zip",
)
@look_options
@click.option(
    "--qr",
    type=click.Choice(CODES),
    help="二维码：网址，或带签名、凭纸面可离线核验的内容；默认见 association.toml"
    " / what the QR code holds; default as in the settings",
)
@click.option("--pin-file", type=_FILE, help="密码设备 PIN 所在文件 / file with the token's PIN")
@click.pass_obj
def issue(
    world: World,
    number: str,
    everybody: bool,
    listed: Path | None,
    first: str | None,
    last: str | None,
    organisation: str,
    activities: tuple[str, ...],
    added: tuple[Any, ...],
    left_out: tuple[Any, ...],
    replaces: str,
    on_closing: bool,
    form: str,
    output: Path,
    template: str | None,
    language: str | None,
    seal: bool,
    qr: str | None,
    pin_file: Path | None,
) -> None:
    """为一名或许多志愿者出具证明（PDF，或可验证凭证）。 Issue a certificate for a volunteer, or for many.

    期间、活动、培训、表彰和星级由志愿者本人选择。 What it lists is the volunteer's choice.
    批量（--all、--list）中途停下的，再运行一次即接着做。 A run for many that was stopped is taken up again.
    """
    from certificates import issue as issuing
    from certificates.commands import handing, many
    from ledger.times import day

    with refusals(world):
        for text in filter(None, (first, last)):
            day(text)
        if sum((bool(number), everybody, listed is not None)) != 1 or (form == "vc" and not number):
            raise click.UsageError(
                world.pick("give one volunteer number, or --all, or --list FILE; --format vc needs a number",
                           "请给出一个志愿者编号，或 --all，或 --list 文件；--format vc 须给出编号")
            )  # fmt: skip
        if not (organisation or replaces):
            organisation = _root(world)
        order = issuing.Order(
            number,
            organisation,
            first,
            last,
            frozenset(activities),
            frozenset({"star", *added}) - frozenset(left_out),
            frozenset(left_out),
            replaces,
            on_closing,
        )
        how = handing.How(pin_file, look(world, template, language, seal=seal), qr)
        if not number:
            many.issue_many(world, order, many.named(world, listed), output, how)
            return
        if form == "vc":
            world.check_writable(output)  # before the log says that a certificate exists
            issued = handing.credential(world, order, output, how)
            _say_missing(world, issued, added)
            return
        made = handing.paper(world, order, output, how)
        _say_issued(world, made, order, output)
        _say_missing(world, made, added)


def _say_issued(world: World, made: Any, order: Any, output: Path) -> None:
    from certificates.commands import handing, screen
    from ledger.commands.opening import done

    unstamped, replaces = handing.unstamped(world, made.unstamped), order.replaces
    total = world.hours(made.minutes)
    beside = screen.listed(star=made.star, training=made.training, honours=made.honours)
    done(
        world,
        {"certificate": made.number, "entry": made.entry, "minutes": made.minutes,
         "star": made.star or None, "training": made.training, "honours": made.honours,
         "file": str(output), **({"replaces": replaces} if replaces else {}), **unstamped},
        f"certificate {made.number}, {total}{beside[0]}: {output}"
        + (f"\n{replaces} is revoked: {made.number} takes its place" if replaces else ""),
        f"证明 {made.number}，{total}{beside[1]}：{output}"
        + (f"\n证明 {replaces} 已撤销，由 {made.number} 替代" if replaces else ""),
    )  # fmt: skip


def _say_missing(world: World, made: Any, added: tuple[Any, ...]) -> None:
    """Say what was asked for and is not on a certificate that was just issued, if one was."""
    from certificates.commands import screen

    for block in added if made else ():
        if not getattr(made, block):
            world.tell(*screen.NONE[block])
    if made and made.review:
        world.tell(
            "the star is under review and not listed: `vledger star grant` or `withdraw` decides",
            "星级待复核，未列入：请先由评定单位 `vledger star grant` 或 `withdraw`",
        )


def _root(world: World) -> str:
    from ledger.commands.opening import office
    from ledger.records import Organisation

    with office(world).store.reading() as view:
        return next(view.where(Organisation, parent="")).code


@click.command("key")
@click.option(
    "--authority",
    type=_FILE,
    help="证书机构私钥，默认 carry-away 中的 / the authority's private key",
)
@click.pass_obj
def key(world: World, authority: Path | None) -> None:
    """制作可验证凭证的签发密钥，须取回证书机构密钥。 Make the key that signs credentials."""
    from certificates.commands import handing

    with refusals(world):
        file = authority or world.home.path / "carry-away" / "keys" / "authority.pem"
        did = handing.new_key(world, file)
        world.tell(
            f"{did}: credentials are signed by it from here on; carry {file} away again",
            f"{did}：此后的可验证凭证由它签发；请把 {file} 重新封存于别处",
        )
        world.answer({"issuer": did})
