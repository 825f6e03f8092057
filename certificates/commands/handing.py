"""Handing certificates out: none that does not verify; and in the coat that wallets hold."""

from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from certificates import bulk, credential_key, ending, keyring, qr
from certificates.bulk import Crew
from certificates.commands.authority import pin_of, sealed_for_by
from certificates.issue import Issued, Means, Order
from certificates.page.look import Look
from certificates.recoating import as_credential
from certificates.seal import integrity
from certificates.timestamping import TimeStamper
from certificates.verify import verify
from certificates.work import Work
from ledger.commands.opening import done, office
from ledger.commands.world import World, error_json
from ledger.errors import LedgerError, Unsafe
from ledger.home import passphrase_of
from ledger.records import Certificate, Organisation
from ledger.trust import Trust


@dataclass(frozen=True, slots=True)
class How:
    """How certificates are made beside what is in them: where the token's PIN is, and their look.

    `qr` is what the QR code is to hold, where it is not to be as the settings say.
    """

    pin_file: Path | None
    look: Look
    qr: str | None = None

    def asked(self, order: Order) -> dict[str, object]:
        """Return what was asked for, so that a stopped run is taken up by the same alone."""
        given = asdict(order) | {
            "activities": sorted(order.activities),
            "blocks": sorted(order.blocks),
            "without": sorted(order.without),
            "language": self.look.language,
            "design": sha256(self.look.design.model_dump_json().encode()).hexdigest()[:16],
            "seal": self.look.seal is not None,
            "qr": self.qr,
        }
        return {name: value for name, value in given.items() if value}


def check_verifies(world: World, file: bytes) -> None:
    """Hand out no certificate that does not verify with the ledger's own trust."""
    if error := unverifiable(world.home.trust(), file):
        raise error


def unverifiable(trust: Trust, file: bytes) -> LedgerError | None:
    """Return why a file does not verify, if it does not.

    Witnesses may have fallen silent after they were asked: what was logged waits for them.
    """
    verdict = verify(file, trust)
    if verdict.genuine and verdict.logged:
        return None
    if verdict.genuine and verify(file, trust.without_quorum()).logged:
        return Unsafe(
            bulk.WAITING,
            en="the certificate is in the log, and fewer witnesses cosigned it than trust.json demands; when"
            " they answer, run the same command once more: it goes on from there",
            zh="证明已入账，但会签的见证人少于 trust.json 的要求；待见证人应答后，再运行一次同样的命令即接着完成",
        )
    first = verdict.reasons[0]
    return Unsafe(
        "certificate.unverifiable",
        en=f"the certificate was logged but does not verify: {first.en}; run `vledger audit`",
        zh=f"证明已入账但未能通过查验：{first.zh}；请运行 `vledger audit`",
    )


def paper(world: World, order: Order, output: Path, how: How) -> Issued:
    """Issue a certificate and write its PDF; finish it, where that was stopped before."""
    if not order.organisation:
        order = replace(order, organisation=ending.find(office(world), order.replaces).organisation)
    check = partial(unverifiable, world.home.trust())
    with Work.take_up(output, how.asked(order), single=True) as work:
        given = means(world, order.organisation, how)
        for _ in bulk.run(office(world), given, [order], work, Crew(check)):
            pass
        for error in work.refused.values():
            raise error
        work.close()
        assert work.latest
        return work.latest


def unstamped(world: World, why: LedgerError | None) -> dict[str, Any]:
    """Say that a certificate was issued without the time stamp that was asked for."""
    if why is None:
        return {}
    world.warn(
        f"issued without a time stamp, and good without one: nothing is to be done again. {why.en}",
        f"已出具，但没有时间戳；没有时间戳同样成立，不必重新出具。{why.zh}",
    )
    return {"unstamped": error_json(world, why)}


def credential(world: World, order: Order, output: Path, how: How) -> Issued | None:
    """Write the credential of a certificate that was issued, or of a new one, which is returned.

    The PDF of a new one is written beside it: nobody else has the page that its statement names.
    """
    if output.suffix.lower() == ".pdf":
        raise click.UsageError(
            world.pick(
                "the file of a credential ends in .json", "可验证凭证的文件名应以 .json 结尾"
            )
        )
    sealer = credential_key.sealer(world.home)  # before the log says that a certificate exists
    number, made, more = order.number, None, dict[str, object]()
    with office(world).store.reading() as view:
        issued = next(view.where(Certificate, number=number), None)
    if issued is None:
        beside = output.with_suffix(".pdf")
        made = _issue(world, order, beside, how)
        number = made.number
        more = {"entry": made.entry, "minutes": made.minutes, "paper": str(beside)}
        more |= {"replaces": order.replaces} if order.replaces else {}
        more |= unstamped(world, made.unstamped)
    elif order != Order(number, order.organisation):
        raise click.UsageError(
            world.pick(
                f"{number} is issued, what it lists is fixed: leave out --from, --activity and the like",
                f"{number} 已出具，所列内容不能再改：请去掉 --from、--activity 等选项",
            )
        )
    file = as_credential(office(world), sealer, number)
    check_verifies(world, file)
    world.write(output, file)
    key = integrity.did(sealer.certificates[0])
    done(
        world,
        {"certificate": number, "file": str(output), "issuer": key, **more},
        f"credential of {number}: {output}\nissuer {key}: publish it where wallets' users look",
        f"{number} 的可验证凭证：{output}\n签发者 {key}，请公布在本单位网站上",
    )
    return made


def new_key(world: World, authority: Path) -> str:
    """Make the key that signs credentials, vouched for by an authority's key; return its DID."""
    with office(world).store.reading() as view:
        name = next(view.where(Organisation, parent="")).name
    pem = world.read(authority)
    secret = passphrase_of(authority.stem, authority, world.passphrase(), world.asker)
    above = credential_key.authority(world.home, pem, secret)
    made = credential_key.make(above, name, office(world).now)
    credential_key.keep(world.home, made)
    return integrity.did(made.certificates[0])


def means(world: World, organisation: str, how: How) -> Means:
    """Return the seal of an organisation, what is printed of the unit, and whom to ask the time.

    Raises `Unsafe` where the trust file demands witnesses that are out of reach.
    """
    if any(log.quorum for log in world.home.trust().logs):
        from ledger.commands import witnesses  # HTTP is slow to import, and most demand nothing

        witnesses.check_quorum(world, office(world).store)
    association = world.home.association()
    association = replace(association, qr=how.qr or association.qr)
    codes = sealed_for_by(world, organisation)
    opened = keyring.open_for(world.home, codes, office(world).now, pin_of(world, how.pin_file))
    world.opened["seal"] = opened
    if association.qr == "claim" and not qr.claims(association, opened.sealer):
        world.warn(
            "the sealing key is not of P-256, whose signatures alone are short enough for paper: the QR code"
            " holds the address",
            "签章密钥不是 P-256，签名放不进二维码：二维码仍为网址或编号",
        )
    url = association.timestamp_url
    return Means(opened.sealer, association, TimeStamper(url) if url else None, how.look)


def _issue(world: World, order: Order, output: Path, how: How) -> Issued:
    """Issue a certificate and write its PDF, never over another."""
    _check_free(world, output)
    made = paper(world, order, output, how)
    number, total = made.number, world.hours(made.minutes)
    world.tell(f"certificate {number}, {total}: {output}", f"证明 {number}，{total}：{output}")
    if order.replaces:
        world.tell(
            f"{order.replaces} is revoked: {number} takes its place",
            f"证明 {order.replaces} 已撤销，由 {number} 替代",
        )
    return made


def _check_free(world: World, file: Path) -> None:
    """Raise before a PDF that nobody named is written over another."""
    if file.exists():
        raise Unsafe(
            "file.exists",
            en=f"the PDF beside it would be written over {file}: choose another name with -o, or give"
            " the number of that certificate instead of the volunteer's",
            zh=f"一并写出的 PDF 会覆盖 {file}：请用 -o 另起文件名；要为已出具的证明制作凭证，请给出证明编号",
        )
    world.check_writable(file)
