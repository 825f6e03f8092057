"""`certificate verify --scan, --code`: sheets of paper, checked by what their QR codes say."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from certificates import keyring, printout, standing
from certificates.checked import Checked
from certificates.commands import screen
from certificates.seal import holders
from certificates.standing import Asked, Reason
from certificates.verdict import Beside, Verdict
from ledger import merkle
from ledger.commands.world import World
from ledger.errors import LedgerError, Unsafe
from ledger.records import Certificate, Key
from ledger.standings import standing_of
from ledger.trust import Trust

BESIDE = "seals.pem"  # looked for beside trust.json, where no --seal is given
_LOGGED = {
    True: ("yes", "是"),
    False: ("unknown (the PDF or the ledger shows it)", "未知（须查验电子文件或账本）"),
}


@dataclass(frozen=True, slots=True)
class Given:
    """What was given of paper: pictures, texts of codes, files with sealing certificates."""

    scans: tuple[Path, ...]
    codes: tuple[str, ...]
    seals: tuple[Path, ...]

    def __bool__(self) -> bool:
        return bool(self.scans or self.codes)


def given(world: World, sheets: Given, files: Sequence[Path]) -> Given:
    """Return what was given of paper; something must be given, paper or files."""
    if not (sheets or files):
        raise click.UsageError(
            world.pick(
                "name a file, or paper with --scan or --code",
                "请指明文件，或用 --scan、--code 给出纸质证明",
            )
        )
    return sheets


def check(
    world: World,
    sheets: Given,
    trusted: tuple[Trust, Path],
    beside: Beside,
    refused: Sequence[Reason],
) -> list[Checked]:
    """Check sheets of paper, say what was found and which lists were refused; return it."""
    trust, trust_file = trusted
    bag = _bag(world, sheets.seals, trust_file) if sheets else ()
    checked = []
    for name, text in _texts(world, sheets):
        if isinstance(text, str):
            verdict = printout.verify(text, bag, trust, beside)
            _ask_ledger(world, verdict)
        else:
            verdict = Verdict()
            verdict.doubt(Reason(text.code, text.en, text.zh))
        verdict.reasons += refused
        _say(world, name, verdict)
        checked.append(Checked(name, verdict, on_paper=True))
    return checked


def remark_revoked(world: World, verdict: Verdict, sealed: str) -> None:
    """Say it where the sealing key's home knows that its certificate was revoked."""
    serial = verdict.seal["serial"]
    for each in keyring.register(world.home).revoked:
        if each.serial == serial:
            since = each.since or each.at
            en = f"here its sealing certificate {serial} was revoked on {each.at[:10]} ({each.reason})"
            zh = f"此处已于 {each.at[:10]} 吊销其签章证书 {serial}（{each.reason}）"
            if sealed >= since:
                en = f"{en}, and is not to be believed from {since}: this seal is later, ask who issued it"
                zh = f"{zh}，自 {since} 起不可信；本签章在此之后，请向出具单位核实"
            verdict.reasons.append(Reason("seal.revoked", en, zh))


def _texts(world: World, sheets: Given) -> Iterator[tuple[str, str | LedgerError]]:
    """Give the text of every code, or why there is none, each with where it comes from."""
    from certificates.commands import scanning  # which opens pictures: most have none

    for file in sheets.scans:
        try:
            for text in scanning.codes(world.read(file, most=scanning.MOST)):
                yield str(file), text
        except LedgerError as error:
            yield str(file), error
    for text in sheets.codes:
        yield "--code", text


def _bag(world: World, files: Sequence[Path], trust_file: Path) -> tuple[bytes, ...]:
    """Return the sealing certificates at hand: those named, those beside the trust file, or one's own."""
    beside = trust_file.with_name(BESIDE)
    chosen = files or ([beside] if beside.exists() else [])
    if chosen:
        return tuple(
            each for file in chosen for each in holders.load_certificates(world.read(file))
        )
    found = tuple(each for kept in keyring.kept(world.home) for each in kept.certificates)
    if not found:
        raise Unsafe(
            "paper.no_seal",
            en=f"the issuer's sealing certificate is needed to check paper: name it with --seal, or put it"
            f" beside the trust file as {beside}; the issuer writes it with `vledger ca export`",
            zh=f"凭纸面查验须有出具单位的签章证书：用 --seal 指明，或存为 {beside}；"
            "出具单位用 `vledger ca export` 写出",
        )
    return found


def _ask_ledger(world: World, verdict: Verdict) -> None:
    """Where the ledger itself is at hand, say whether it has this certificate, and how that stands."""
    try:
        if verdict.genuine and world.home.holds_ledger():
            remark_revoked(world, verdict, verdict.certificate["issued"])
            _compare(world, verdict)
    except LedgerError as error:
        en = f"the ledger in {world.home.path} cannot be asked: {error.en}"
        zh = f"无法查询 {world.home.path} 中的账本：{error.zh}"
        verdict.reasons.append(Reason(error.code, en, zh))


def _compare(world: World, verdict: Verdict) -> None:
    from ledger.desk.office import ledger_at
    from ledger.store.database import Store

    with closing(Store.open(ledger_at(world.home))) as store, store.reading() as view:
        number = verdict.certificate["number"]
        held = next(view.where(Certificate, number=number), None)
        if held is None or _leaf(view, held) != verdict.certificate["leaf"]:
            verdict.doubt(
                Reason(
                    "paper.unlogged",
                    f"the ledger in {world.home.path} has no such certificate {number}",
                    f"{world.home.path} 中的账本没有这份证明（{number}）",
                )
            )
            return
        origin = next(view.where(Key, role="log")).by.rpartition("+")[0]
        asked = Asked(origin, held.entry, number, verdict.specimen)
        verdict.logged = True
        verdict.stand(
            standing.by_ledger(verdict.stands, asked, standing_of(held), view.last_stamp())
        )


def _leaf(view: Any, held: Certificate) -> str:
    """Return the leaf hash of a certificate's row, as the claim names it."""
    stored = view.entry(held.entry)
    assert stored
    return merkle.leaf_hash(stored.items[0]).hex()


def _say(world: World, name: str, verdict: Verdict) -> None:
    """Print what paper answered: what was signed first, then the three answers, then why."""
    genuine, logged = screen.GENUINE[verdict.is_genuine], _LOGGED[verdict.logged]
    stands, as_of = screen.STANDING[verdict.standing], verdict.as_of
    world.tell(name, name)
    if found := verdict.certificate:
        total = world.hours(found["minutes"])
        code = f" ({found['code']})" if found["code"] else ""
        world.tell(
            f"  signed: {found['number']}  {found['name']}  {found['from']} to {found['to']}  {total}"
            f"  by {found['issuer']}{code}, {found['issued']}",
            f"  所签内容：{found['number']}  {found['name']}  {found['from']} 至 {found['to']}  {total}"
            f"  {found['issuer']}{code}  {found['issued']} 出具",
        )
    if verdict.genuine:
        world.tell(
            f"  genuine: {genuine[0]}   logged: {logged[0]}"
            f"   standing: {stands[0]}{f' as of {as_of}' if as_of else ''}",
            f"  真实：{genuine[1]}   已入账：{logged[1]}"
            f"   效力：{stands[1]}{f'（截至 {as_of}）' if as_of else ''}",
        )
    else:
        world.tell(f"  genuine: {genuine[0]}", f"  真实：{genuine[1]}")
    screen.say_seal(world, verdict)
    for reason in verdict.reasons:
        world.tell(f"  · {reason.en}", f"  · {reason.zh}")
