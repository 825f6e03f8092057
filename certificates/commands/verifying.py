"""Verifying at the command line: files, folders and archives; a report in words, a table, JSON."""

import gc
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import click

from certificates.commands.lists import given
from ledger.commands.world import World, refusals
from ledger.errors import LedgerError, Malformed

_FILE = click.Path(path_type=Path, dir_okay=False)
_LARGEST = 64 * 1024 * 1024  # bytes; ours have a hundredth of that
_MOST = 100_000  # files in a folder or an archive
_KINDS = (".pdf", ".json")
_FEW = 3  # files about which everything is said at once


@dataclass(frozen=True, slots=True)
class _Given:
    """A file to verify: what it is called, and its bytes or why there are none."""

    name: str
    data: bytes | LedgerError


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
    from certificates.commands import anchoring, papers

    with refusals(world):
        sheets = papers.given(world, papers.Given(scans, codes, seals), files)
        chosen = trust_file or world.home.trust_file
        trusted, beside, refused = _believed(world, chosen, status_files, crls)
        beside = replace(beside, anchors=anchoring.given(world, anchor_files))
        if report_file:
            world.check_writable(report_file)
        checked = _checked(world, files, (trusted, beside), refused)
        _say(world, checked)
        if report_file:
            _report(world, report_file, checked, (trusted, beside.now))
        on_paper = papers.check(world, sheets, (trusted, chosen), beside, refused)
        results = [*_answers(world, checked), *on_paper]
        world.answer({"results": results})
    good = all(one["genuine"] and one["logged"] is not False for one in results)  # None: on paper
    if refused or not good or any(r["standing"] in ("revoked", "superseded") for r in results):
        raise SystemExit(1)


def _believed(
    world: World, trust_file: Path, status_files: tuple[Path, ...], crls: tuple[Path, ...]
) -> tuple[Any, Any, list[Any]]:
    """Return what is trusted, what a reader has beside it, and why some lists are not used."""
    from certificates.verify import Beside
    from ledger import trust
    from ledger.times import instant

    trusted = trust.read(world.read(trust_file))
    lists, refused = given(world, status_files, trusted)
    told = tuple(_crl(world, file) for file in crls)
    return trusted, Beside(tuple(lists), told, instant(world.moment())), refused


def _checked(
    world: World, files: tuple[Path, ...], believed: tuple[Any, Any], refused: list[Any]
) -> list[tuple[str, Any]]:
    """Verify every file, every one in a folder or an archive."""
    found = [one for file in files for one in _found(world, file)]
    gc.freeze()  # what was imported stays: it need not be looked at again and again
    checked = []
    for one in world.progress(found, len(found), "verifying", "正在查验"):
        verdict = _verdict(world, one, *believed)
        verdict.reasons += refused
        checked.append((one.name, verdict))
    return checked


def _answers(world: World, checked: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    from certificates.commands import screen

    return [screen.answer(world, name, verdict) for name, verdict in checked]


def _say(world: World, checked: list[tuple[str, Any]]) -> None:
    """Say everything of a few files; of many a table, and more of those that do not hold."""
    from certificates.commands import screen

    many = len(checked) > _FEW
    if many:
        world.table(
            [("file", "文件"), ("certificate", "证明编号"), ("name", "姓名"), ("time", "时长"),
             ("genuine", "真实"), ("logged", "入账"), ("standing", "效力")],
            [_row(world, name, verdict) for name, verdict in checked],
        )  # fmt: skip
    for name, verdict in checked:
        if not many or not (verdict.genuine and verdict.logged):
            screen.say(world, name, verdict)
    if many:
        good = sum(verdict.genuine and verdict.logged for _, verdict in checked)
        world.tell(
            f"{len(checked)} files: {good} genuine and logged, {len(checked) - good} not",
            f"共 {len(checked)} 份：真实且已入账 {good} 份，其余 {len(checked) - good} 份",
        )


def _row(world: World, name: str, verdict: Any) -> tuple[str, ...]:
    from certificates.commands import screen

    found = verdict.certificate
    return (
        Path(name).name, found.get("number", ""), found.get("name", ""),
        world.hours(found["minutes"]) if found else "",
        world.pick(*screen.YES[verdict.genuine]), world.pick(*screen.YES[verdict.logged]),
        world.pick(*screen.STANDING[verdict.standing]),
    )  # fmt: skip


def _report(
    world: World, file: Path, checked: list[tuple[str, Any]], about: tuple[Any, str]
) -> None:
    from certificates import report

    trusted, now = about
    origins = [key.partition("+")[0] for log in trusted.logs for key in log.keys]
    rows = [report.Checked(name, verdict) for name, verdict in checked]
    world.write(file, report.write_pdf(rows, origins, now, world.lang))
    world.tell(f"report: {file}", f"查验报告：{file}")


def _found(world: World, path: Path) -> Iterator[_Given]:
    """Give the files that a path means: itself, those of a folder, those of an archive."""
    if path.is_dir():
        inside = sorted(one for one in path.rglob("*") if one.suffix.lower() in _KINDS)[:_MOST]
        if not inside:
            yield _Given(str(path), _none(path))
        for one in inside:
            yield _Given(str(one), _read(world, one))
    elif path.suffix.lower() == ".zip":
        yield from _unpacked(world, path)
    else:
        yield _Given(str(path), _read(world, path))


def _read(world: World, file: Path) -> bytes | LedgerError:
    try:
        return world.read(file, most=_LARGEST)
    except LedgerError as error:
        return error


def _unpacked(world: World, path: Path) -> Iterator[_Given]:
    """Give the certificates in an archive; one that unfolds to fill the memory is read no further."""
    data = _read(world, path)
    if isinstance(data, LedgerError):
        yield _Given(str(path), data)
        return
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            inside = [one for one in archive.infolist() if one.filename.lower().endswith(_KINDS)]
            if not inside:
                yield _Given(str(path), _none(path))
            for one in inside[:_MOST]:
                with archive.open(one) as member:
                    read = member.read(_LARGEST + 1)
                yield _Given(
                    f"{path}/{one.filename}", read if len(read) <= _LARGEST else _bad(path)
                )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        yield _Given(str(path), _bad(path))


def _none(path: Path) -> LedgerError:
    return Malformed(f"there is no certificate in {path}", f"{path} 中没有证明文件")


def _bad(path: Path) -> LedgerError:
    return Malformed(
        f"{path} is no archive that can be read, or holds what is too large",
        f"{path} 不是可以读取的压缩包，或其中的文件过大",
    )


def _crl(world: World, file: Path) -> bytes:
    """Return a revocation list that can be read: one that cannot is no reason to go on without."""
    from certificates.seal import revocation

    data = world.read(file, most=_LARGEST)
    try:
        revocation.read(data)
    except Malformed as error:
        raise Malformed(f"{file}: {error.en}", f"{file}：{error.zh}") from error
    return data


def _verdict(world: World, one: _Given, trusted: Any, beside: Any) -> Any:
    """Verify one file; what cannot be read, or asked, is said in the verdict of that file alone."""
    from certificates.standing import Reason
    from certificates.verify import Verdict
    from certificates.verify import verify as check

    if isinstance(one.data, LedgerError):
        return Verdict(reasons=[Reason(one.data.code, one.data.en, one.data.zh)])
    verdict = check(one.data, trusted, beside)
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
