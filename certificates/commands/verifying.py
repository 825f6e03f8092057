"""Verifying at the command line: files, folders and archives; a report in words, a table, JSON."""

import gc
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from certificates.commands.gathering import LARGEST, Given, gather, is_certificate
from certificates.commands.lists import given
from ledger.commands.console import visible
from ledger.commands.world import World, refusals
from ledger.errors import LedgerError, Malformed, Unsafe

_FILE = click.Path(path_type=Path, dir_okay=False)
_FEW = 3  # files about which everything is said at once


@click.command("verify")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1)
@click.option("--trust", "trust_file", type=_FILE, help="信任文件 / trust.json")
@click.option("--status", "status_files", type=_FILE, multiple=True,
              help="效力清单，可给出多份 / signed status lists")  # fmt: skip
@click.option("--crl", "crls", type=_FILE, multiple=True,
              help="签章证书的吊销列表 / revocation list of the seal's authority")  # fmt: skip
@click.option("--scan", "scans", type=_FILE, multiple=True,
              help="纸质证明的照片或扫描件 / a photograph or scan of paper")  # fmt: skip
@click.option("--code", "codes", multiple=True,
              help="纸上二维码扫出的文字，用单引号括住 / what a telephone read in its QR code")  # fmt: skip
@click.option("--seal", "seals", type=_FILE, multiple=True,
              help="出具单位的签章证书，默认信任文件旁的 seals.pem / its sealing certificate")  # fmt: skip
@click.option("--anchor", "anchor_files", type=_FILE, multiple=True,
              help="锚定证明，用于未列入信任文件的账本或旧密钥 / proof through an anchor")  # fmt: skip
@click.option("--report", "report_file", type=_FILE,
              help="把查验结果写成一份 PDF / write what was found as a PDF")  # fmt: skip
@click.pass_obj
def verify(
    world: World,
    files: tuple[Path, ...],
    trust_file: Path | None,
    status_files: tuple[Path, ...],
    crls: tuple[Path, ...],
    scans: tuple[Path, ...],
    codes: tuple[str, ...],
    seals: tuple[Path, ...],
    anchor_files: tuple[Path, ...],
    report_file: Path | None,
) -> None:
    """离线查验证明：只需 PDF 或可验证凭证，与 trust.json；有效力清单的，说明是否有效。 Verify certificates offline.

    FILES 可以是文件、文件夹或 .zip。 Files, folders and archives.
    二维码带签名的纸质证明：用 --scan 或 --code 查验。 Paper whose QR code is signed: --scan or --code.
    """
    from certificates.commands import papers, screen

    with refusals(world):
        sheets = papers.given(world, papers.Given(scans, codes, seals), files)
        chosen = trust_file or world.home.trust_file
        trusted, beside, refused = _believed(world, chosen, status_files, crls)
        if anchor_files:
            from certificates.commands import anchoring  # it loads what reads a ledger

            beside = replace(beside, anchors=anchoring.given(world, anchor_files))
        if report_file:
            world.check_writable(report_file)
        checked = _checked(world, files, (trusted, beside), refused)
        _say(world, checked)
        on_paper = papers.check(world, sheets, (trusted, chosen), beside, refused)
        everything = [*checked, *on_paper]
        if report_file:
            _report(world, report_file, everything, (trusted, beside.now))
        results = [screen.answer(world, one) for one in everything]
        world.answer({"results": results})
    ended = any(one.verdict.standing in ("revoked", "superseded") for one in everything)
    if refused or ended or not everything or not all(one.holds for one in everything):
        raise SystemExit(1)


def _believed(
    world: World, trust_file: Path, status_files: tuple[Path, ...], crls: tuple[Path, ...]
) -> tuple[Any, Any, list[Any]]:
    """Return what is trusted, what a reader has beside it, and why some lists are not used."""
    from certificates.verdict import Beside
    from ledger import trust
    from ledger.times import instant

    trusted = trust.read(_trust_data(world, trust_file))
    lists, refused = given(world, status_files, trusted)
    told = tuple(_crl(world, file) for file in crls)
    return trusted, Beside(tuple(lists), told, instant(world.moment())), refused


def _trust_data(world: World, file: Path) -> bytes:
    if not file.exists():
        raise Unsafe(
            "trust.missing",
            en=f"there is no trust file {file}: name with --trust the trust.json that the issuer publishes",
            zh=f"没有信任文件 {file}：请用 --trust 指明出具单位公布的 trust.json",
        )
    return world.read(file, most=LARGEST)


def _checked(
    world: World, files: tuple[Path, ...], believed: tuple[Any, Any], refused: list[Any]
) -> list[Any]:
    """Verify every file, every one in a folder or an archive; what is no certificate is set aside."""
    found = [one for file in files for one in gather(world, file)]
    gc.freeze()  # what was imported stays: it need not be looked at again and again
    checked, aside = [], []
    for one in world.progress(found, len(found), "verifying", "正在查验"):
        answer = _answer(world, one, *believed)
        if answer is None:
            aside.append(visible(one.short, line=True))
            continue
        answer.verdict.reasons += refused
        checked.append(answer)
    if aside:
        world.tell(
            f"set aside, for they are no certificates: {', '.join(aside)}",
            f"不是证明，未作查验：{'、'.join(aside)}",
        )
    return checked


def _answer(world: World, one: Given, trusted: Any, beside: Any) -> Any:
    """Verify one file; nothing for what lies beside certificates, such as a trust file."""
    from certificates.checked import Checked
    from certificates.standing import Reason
    from certificates.verdict import Verdict

    try:
        data = one.read()
        if not is_certificate(data):
            if one.inside:
                return None
            raise Malformed(
                "this is no certificate: a trust file goes with --trust, a status list with --status",
                "这不是证明：信任文件用 --trust、效力清单用 --status 给出",
            )
    except LedgerError as error:
        verdict = Verdict()
        verdict.doubt(Reason(error.code, error.en, error.zh))
        return Checked(one.name, verdict, short=one.short)
    verdict = _verdict(world, data, trusted, beside)
    if not verdict.genuine and _is_scan(data):
        verdict = Verdict()
        verdict.doubt(
            Reason(
                "file.scan",
                "this is a scan of paper and not the certificate's file: verify it with --scan",
                "这是纸张的扫描件，不是证明的电子文件：请用 --scan 查验",
            )
        )
    return Checked(one.name, verdict, sha256(data).hexdigest(), short=one.short)


def _is_scan(data: bytes) -> bool:
    from certificates.commands import scanned, scanning  # which open pictures: most files have none

    return scanned.is_scan(data) or scanning.is_picture(data)


def _say(world: World, checked: Sequence[Any]) -> None:
    """Say everything of a few files; of many a table, and more of those that do not hold."""
    from certificates.checked import summary
    from certificates.commands import screen

    many = len(checked) > _FEW
    if many:
        world.table(
            [("file", "文件"), ("certificate", "证明编号"), ("name", "姓名"), ("time", "时长"),
             ("genuine", "真实"), ("logged", "入账"), ("standing", "效力")],
            [_row(world, one) for one in checked],
        )  # fmt: skip
    for one in checked:
        if not (many and one.holds) or one.verdict.stands.ended:
            screen.say(world, one.file, one.verdict)
    if many:
        world.tell(*summary(checked))


def _row(world: World, one: Any) -> tuple[str, ...]:
    from certificates.commands import screen

    verdict = one.verdict
    found = verdict.certificate
    return (
        one.short, found.get("number", ""), found.get("name", ""),
        world.hours(found["minutes"]) if found else "",
        world.pick(*screen.GENUINE[verdict.is_genuine]),
        world.pick(*screen.YES[verdict.logged]) if verdict.genuine else "–",
        world.pick(*screen.STANDING[verdict.standing]),
    )  # fmt: skip


def _report(world: World, file: Path, checked: Sequence[Any], about: tuple[Any, str]) -> None:
    from certificates import report

    trusted, now = about
    world.write(file, report.write_pdf(checked, trusted.origins(), now, world.lang))
    world.tell(f"report: {file}", f"查验报告：{file}")


def _crl(world: World, file: Path) -> bytes:
    """Return a revocation list that can be read: one that cannot is no reason to go on without."""
    from certificates.seal import revocation

    data = world.read(file, most=LARGEST)
    try:
        revocation.read(data)
    except Malformed as error:
        raise Malformed(f"{file}: {error.en}", f"{file}：{error.zh}") from error
    return data


def _verdict(world: World, data: bytes, trusted: Any, beside: Any) -> Any:
    """Verify one file; what the ledger here cannot tell is said in the verdict of that file alone."""
    from certificates.standing import Reason
    from certificates.verify import verify as check

    verdict = check(data, trusted, beside)
    try:
        if world.home.holds_ledger() and verdict.genuine:
            _stand(world, verdict)
    except LedgerError as error:
        en = f"the ledger in {world.home.path} cannot tell how it stands: {error.en}"
        zh = f"{world.home.path} 中的账本无法说明效力：{error.zh}"
        verdict.reasons.append(Reason(error.code, en, zh))
    return verdict


def _stand(world: World, verdict: Any) -> None:
    """Where the ledger itself is at hand, say how the certificate stands in it."""
    from certificates import standing
    from certificates.commands.papers import remark_revoked
    from ledger.desk.office import ledger_at
    from ledger.records import Certificate, Key
    from ledger.standings import standing_of
    from ledger.store.database import Store

    with closing(Store.open(ledger_at(world.home))) as store, store.reading() as view:
        origins = {key.by.rpartition("+")[0] for key in view.where(Key, role="log")}
        held = view.find(Certificate, verdict.ref)
        if held and verdict.asked.origin in origins:
            found, known = standing_of(held), verdict.stands
            verdict.stand(standing.by_ledger(known, verdict.asked, found, view.last_stamp()))
    remark_revoked(world, verdict, verdict.certificate["issued"])
