"""The group `ca`: whose keys seal certificates, and on whose word."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, get_args

import click

from certificates import keyring
from certificates.commands.exporting import export
from certificates.commands.sealing import authority_row, list_
from certificates.keyring import Kept
from certificates.seal import chain, holders, pades
from certificates.seal.holders import Algorithm, Holder
from certificates.seal.pades import Sealer
from certificates.seal.revocation import Revoked
from certificates.seal.token import TokenKey
from ledger import trust
from ledger.commands.opening import office
from ledger.commands.world import World, refusals
from ledger.desk.office import book_of
from ledger.errors import Unsafe, Unverified
from ledger.home import passphrase_of
from ledger.records import Organisation
from ledger.times import later, moment
from ledger.wants import Wants

_FILE = click.Path(path_type=Path, dir_okay=False)
_PEM = b"-----BEGIN"
_REASONS = (
    "unspecified", "keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation",
    "privilegeWithdrawn",
)  # fmt: skip
_AUTHORITY = click.option(
    "--authority",
    type=_FILE,
    help="机构私钥文件，默认 carry-away 中的 / the authority's private key",
)
_ORGANISATION = click.option(
    "--organisation", default="", help="为哪个组织签章，默认根组织 / for whom it seals"
)
_ALGORITHM = click.option(
    "--algorithm", type=click.Choice(get_args(Algorithm)), default="ecdsa-p256", show_default=True,
    help="RSA 供只认 RSA 的阅读器 / RSA for readers that know nothing else",
)  # fmt: skip
_PIN = click.option(
    "--pin-file", type=_FILE, help="密码设备 PIN 所在文件 / file with the token's PIN"
)


@click.group()
def ca() -> None:
    """签章密钥与证书机构。 Sealing keys, and the authorities behind them."""


ca.add_command(export)
ca.add_command(list_)


@ca.command("init")
@_ALGORITHM
@click.option("-o", "--output", type=_FILE, help="私钥写入何处 / where its private key goes")
@click.pass_obj
def init(world: World, algorithm: Algorithm, output: Path | None) -> None:
    """另立证书机构：原来的遗失，或由新的接替。 A new authority; the old one stays trusted."""
    with refusals(world):
        made = holders.found_authority(_organisation(world).name, office(world).now, algorithm)
        number = chain.serial(chain.certificate(made.certificates[0]))
        file = output or _away(world) / f"authority-{number[:8]}.pem"
        passphrase = world.new_passphrase(world.pick("the authority", "证书机构"))
        world.home.keep_secret(file, made.encrypted_key, passphrase)
        # From here on its key lies there whole; what follows makes it believed.
        _believe(world, "issuers", made.pem)
        world.tell(
            f"a new authority {number}; what the old one stands behind still verifies\n"
            f"carry its key elsewhere, sealed, and delete it here: {file}\n"
            "give the new trust.json to everybody who has the old one\n"
            f"next: vledger ca issue --authority {file}",
            f"已立新的证书机构 {number}；原机构名下的证明仍可查验\n"
            f"请把其私钥封存于别处，并从本机删除：{file}\n"
            "请把新的 trust.json 交给所有持有旧文件的人\n"
            f"下一步：vledger ca issue --authority {file}",
        )
        world.answer({"authority": number, "key_file": str(file)})


@ca.command("issue")
@_ORGANISATION
@_ALGORITHM
@_AUTHORITY
@click.option("--token", is_flag=True, help="密钥在密码设备中 / the key lies in a token")
@_PIN
@click.pass_obj
def issue(
    world: World,
    organisation: str,
    algorithm: Algorithm,
    authority: Path | None,
    token: bool,
    pin_file: Path | None,
) -> None:
    """签发新的签章密钥和证书，即日启用。 A new sealing key and certificate, used from now on."""
    with refusals(world):
        row, now = _organisation(world, organisation), office(world).now
        above = _authority(world, authority)
        if token:
            key = _token(world, row.code, pin_file)
            own = holders.certify(above, row.name, now, key.public_key())
            _check(world, Sealer((own,), key.sign))
            _say_kept(world, keyring.keep_certificates(world.home, row.code, (own,)))
        else:
            made = holders.issue_seal_certificate(above, row.name, now, algorithm)
            _check(world, made.sealer)
            _say_kept(world, keyring.keep(world.home, row.code, made))


@ca.command("import")
@click.argument("file", type=_FILE)
@_ORGANISATION
@click.option(
    "--trust-root", is_flag=True, help="其根证书写入 trust.json / put its root into trust.json"
)
@click.option(
    "--root", type=_FILE, help="文件中没有的根证书 / the root (PEM), where the file has none"
)
@_PIN
@click.pass_obj
def import_(
    world: World,
    file: Path,
    organisation: str,
    trust_root: bool,
    root: Path | None,
    pin_file: Path | None,
) -> None:
    """导入正式机构签发的密钥（.p12），或设备中密钥的证书（.pem）。 A real authority's key."""
    with refusals(world):
        row, data = _organisation(world, organisation), world.read(file)
        extra = world.read(root) if root else b""
        if data.startswith(_PEM):
            certificates = holders.load_chain(data)
            sealer = Sealer(certificates, _token(world, row.code, pin_file).sign)
            _admit_root(world, sealer, holders.roots_in_pem(data + extra), wanted=trust_root)
            kept = keyring.keep_certificates(world.home, row.code, certificates)
        else:
            passphrase = passphrase_of(file.name, file, world.passphrase(), world.asker)
            holder = holders.load_pkcs12(data, passphrase)
            roots = [*holders.roots_in_pkcs12(data, passphrase), *holders.roots_in_pem(extra)]
            _admit_root(world, holder.sealer, roots, wanted=trust_root)
            kept = keyring.keep(world.home, row.code, holder)
        _say_kept(world, kept)


@ca.command("revoke")
@click.argument("serial")
@click.option("--reason", type=click.Choice(_REASONS), required=True, help="理由 / RFC 5280, 5.3.1")
@click.option("--since", default="", help="自何时起不可信，如密钥失窃之时 / invalid since")
@click.option("--lost", is_flag=True, help="证书文件已遗失 / its file is lost")
@click.pass_obj
def revoke(world: World, serial: str, reason: str, since: str, lost: bool) -> None:
    """吊销一张签章证书，停用其密钥。 Take a sealing certificate back; its key is used no more."""
    with refusals(world):
        number, now = serial.lower().replace(":", "").lstrip("0"), office(world).now
        if since and moment(since) > moment(now):
            raise Unsafe(
                "seal.since",
                en=f"--since {since} lies after now, {now}: give the time from which the key is not believed",
                zh=f"--since {since} 晚于现在（{now}）：请写出该密钥自何时起不可信",
            )
        names = [each.name for each in keyring.kept(world.home) if each.serial == number]
        if not number or set(number) - set("0123456789abcdef") or not (names or lost):
            raise Unsafe(
                "seal.unknown",
                en=f"there is no sealing certificate {serial} here: `vledger ca list` shows the numbers;"
                " with --lost one is revoked whose file is gone",
                zh=f"这里没有编号为 {serial} 的签章证书：`vledger ca list` 列出编号；文件已遗失的请加 --lost",
            )
        revoked = Revoked(number, now, reason, since)
        register = keyring.register(world.home).revoke(revoked, names)
        keyring.write_register(world.home, register)
        stands = next(each for each in register.revoked if each.serial == number)
        from_ = stands.since or stands.at
        world.tell(
            f"{number} is revoked ({stands.reason}, not believed from {from_} on); next: `vledger ca crl -o"
            " FILE`, given to all who verify, and `vledger ca issue` for a new key. Another authority's is to"
            " be revoked there too",
            f"{number} 已吊销（{stands.reason}，自 {from_} 起不可信）；下一步：用 `vledger ca crl -o 文件`"
            " 写出吊销列表，交给查验的人，再用 `vledger ca issue` 签发新密钥。正式机构签发的，还须向该机构申请吊销",
        )
        world.answer({"revoked": number, "reason": stands.reason, "since": from_})


@ca.command("crl")
@click.option("-o", "--output", type=_FILE, required=True, help="写入的文件 / file to write")
@_AUTHORITY
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True,
              help="多少天内有下一份 / until the next one")  # fmt: skip
@click.pass_obj
def crl(world: World, output: Path, authority: Path | None, days: int) -> None:
    """写出证书吊销列表（CRL），供查验时使用。 Write the certificate revocation list."""
    with refusals(world):
        world.check_writable(output)
        above, now = _authority(world, authority), office(world).now
        others = {each.serial for each in keyring.kept(world.home) if not _is_by(above, each)}
        revoked = [
            each for each in keyring.register(world.home).revoked if each.serial not in others
        ]
        data = holders.write_list(above, revoked, at=now, until=later(now, days=days))
        world.write(output, data)
        world.tell(
            f"{output}: {len(revoked)} revoked, as of {now}",
            f"{output}：吊销 {len(revoked)} 张，截至 {now}",
        )
        world.answer(
            {"file": str(output), "revoked": [each.serial for each in revoked], "as_of": now}
        )


@ca.command("timestamps")
@click.argument("root", type=_FILE)
@click.pass_obj
def timestamps(world: World, root: Path) -> None:
    """信任一家时间戳机构：把其根证书写入 trust.json。 Believe a time-stamping authority."""
    with refusals(world):
        roots = holders.roots_in_pem(world.read(root))
        if len(roots) != 1:
            raise Unsafe(
                "root.none",
                en=f"{root} holds {len(roots)} root certificates; it is to be one, in PEM",
                zh=f"{root} 中有 {len(roots)} 张根证书；应恰好一张，PEM 格式",
            )
        _believe(world, "timestamps", roots[0])
        subject = authority_row(roots[0])["subject"]
        world.tell(
            f"whoever has this trust.json believes the time stamps of {subject}; write its address"
            f" into {world.home.settings_file} (timestamp_url)",
            f"持有此 trust.json 的人将采信 {subject} 的时间戳；请把其网址写入"
            f" {world.home.settings_file} 的 timestamp_url",
        )
        world.answer({"authority": subject})


# --- what commands have in common ----------------------------------------------------------------


def pin_of(world: World, file: Path | None) -> Callable[[str], str] | None:
    """Return how to learn a token's PIN: from the file named, or from somebody at the keyboard."""
    if file:
        return lambda _: world.read(file).decode(errors="replace").strip()
    asker = world.asker
    return (lambda label: asker(f"{label} (PIN)")) if asker else None


def sealed_for_by(world: World, organisation: str) -> tuple[str, ...]:
    """Return an organisation and those above it, whose keys may seal for it."""
    _organisation(world, organisation)
    with office(world).store.reading() as view:
        book = book_of(view, Wants())
        book.put(view.all(Organisation))
        return tuple(book.above(organisation))


def _organisation(world: World, code: str = "") -> Organisation:
    """Return an organisation's row, the root's where none is named."""
    with office(world).store.reading() as view:
        if not code:
            return next(view.where(Organisation, parent=""))
        found = view.find(Organisation, code)
    if found is None:
        raise Unsafe(
            "organisation.unknown",
            en=f"there is no organisation {code} in the ledger",
            zh=f"账本中没有组织 {code}",
        )
    return found


def _away(world: World) -> Path:
    return world.home.path / "carry-away" / "keys"


def _authority(world: World, file: Path | None) -> Holder:
    """Open an authority's private key: the one named, or the only one that was not carried away."""
    here = sorted(_away(world).glob("authority*.pem"))
    if file is None and len(here) != 1:
        raise Unsafe(
            "authority.missing",
            en=f"{len(here)} authorities' keys are in {_away(world)}: name the one with --authority FILE",
            zh=f"{_away(world)} 中有 {len(here)} 把证书机构私钥：请用 --authority 文件 指明",
        )
    chosen = file or here[0]
    passphrase = passphrase_of(chosen.name, chosen, world.passphrase(), world.asker)
    return holders.load_authority(world.read(chosen), passphrase, world.home.trust().issuers)


def _token(world: World, code: str, pin_file: Path | None) -> TokenKey:
    key = keyring.open_token(world.home, code, pin_of(world, pin_file))
    world.opened["token"] = key  # closed when the command ends
    return key


def _check(world: World, sealer: Sealer, more: Sequence[str] = ()) -> None:
    """Raise unless seals made with it would hold, those `more` authorities believed as well."""
    pades.check_sealer(sealer, [*world.home.trust().issuers, *more], office(world).now)


def _admit_root(world: World, sealer: Sealer, roots: Sequence[str], *, wanted: bool) -> None:
    """Put the root behind a seal into trust.json if that is wanted; raise where none is believed."""
    top = chain.certificate(sealer.certificates[-1])
    above = [pem for pem in roots if chain.issued(top, chain.authorities([pem])[0])]
    try:
        _check(world, sealer, above if wanted else ())
    except Unverified as error:
        advice = ("", "") if wanted and above else _advice(world, sealer, above)
        raise Unsafe("seal.untrusted", en=error.en + advice[0], zh=error.zh + advice[1]) from error
    if wanted and above:
        _believe(world, "issuers", above[0])
        subject = authority_row(above[0])["subject"]
        world.tell(
            f"trust.json now names {subject}: whoever has it believes every sealing certificate that"
            " authority issues, to anybody, once an issuer of this ledger has named it in a certificate",
            f"trust.json 已列入 {subject}：持有该文件的人将相信此机构签发给任何人的签章证书，"
            "只要本账本的出证人在证明中写明了它",
        )


def _advice(world: World, sealer: Sealer, above: Sequence[str]) -> tuple[str, str]:
    """Say what helps against a root that is not believed; against anything else nothing here does."""
    top = chain.certificate(sealer.certificates[-1])
    known = chain.authorities(world.home.trust().issuers)
    if not above and not any(chain.issued(top, each) for each in known):
        return (
            "; name its root certificate with --root FILE, and add --trust-root",
            "；请用 --root 指明其根证书，并加 --trust-root",
        )
    try:
        _check(world, sealer, above)
    except Unverified:
        return "", ""
    return (
        "; with --trust-root its root is put into trust.json",
        "；加 --trust-root 可把其根证书写入 trust.json",
    )


def _believe(world: World, field: Literal["issuers", "timestamps"], pem: str) -> None:
    file = world.home.trust_file
    world.write(file, trust.with_authority(world.read(file), field, pem))


def _is_by(authority: Holder, kept: Kept) -> bool:
    own = chain.certificate(authority.certificates[0])
    return chain.issued(chain.certificate(kept.certificates[0]), own)


def _say_kept(world: World, kept: Kept) -> None:
    world.tell(
        f"certificates of {kept.organisation} are sealed with {kept.serial} from now on ({kept.name});"
        " what was sealed before still verifies",
        f"{kept.organisation} 的证明自即日起用 {kept.serial} 签章（{kept.name}）；此前签章的仍可查验",
    )
    world.answer({"organisation": kept.organisation, "serial": kept.serial, "file": kept.name})
