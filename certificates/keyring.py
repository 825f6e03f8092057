"""Which key seals for whom: the sealing keys of a home folder.

    keys/seal-T01-5f3a09c2d4e1b786.pem         a key, encrypted, and its certificates below the root
    keys/seal-T01-5f3a09c2d4e1b786.passphrase  the seal signs unattended: its passphrase lies beside it
    keys/seals.json                            which is in use for whom, and what was revoked

The digits are of the certificate's SHA-256. Where the private key lies in a token, the .pem holds the
certificates alone. An organisation without a key of its own is sealed for by the nearest above that has
one: a team's certificates are issued under its managing unit (order 67, article 26).

No key file is ever changed, moved or deleted. Only `seals.json`, replaced in one step, says which one
counts: who is killed before that step leaves a file that nobody uses.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from msgspec import DecodeError
from msgspec.json import Decoder

from certificates.seal import pades, token
from certificates.seal.chain import certificate, serial, to_pem
from certificates.seal.holders import Holder, load_chain, load_holder
from certificates.seal.pades import Sealer
from certificates.seal.revocation import Revoked
from certificates.seal.token import TokenKey
from ledger.errors import Malformed, Unsafe, Unverified
from ledger.files import read_file, write_file, write_secret
from ledger.home import Home
from ledger.times import moment

_NAME = re.compile(r"seal-(.{1,32})-[0-9a-f]{16}(-token)?")


@dataclass(frozen=True, slots=True)
class Register:
    """What `seals.json` says."""

    in_use: Mapping[str, str] = field(default_factory=dict)  # organisation: name of a key's file
    revoked: Sequence[Revoked] = ()

    def use(self, organisation: str, name: str) -> "Register":
        """Put a key into use for an organisation."""
        return replace(self, in_use={**self.in_use, organisation: name})

    def revoke(self, revoked: Revoked, names: Sequence[str]) -> "Register":
        """Note a certificate as revoked; its key, in files of these names, is used no more.

        Said again, it is believed from no later than before: what a thief sealed stays refused.
        """
        rest = {code: used for code, used in self.in_use.items() if used not in names}
        before = [each for each in self.revoked if each.serial == revoked.serial]
        others = [each for each in self.revoked if each.serial != revoked.serial]
        said = [*before, revoked]
        reasons = [each.reason for each in said]
        stolen = "keyCompromise" in reasons
        since = [each.since for each in said if each.since]
        found = replace(
            revoked,
            at=min(each.at for each in said),
            reason="keyCompromise" if stolen else revoked.reason,
            since=min(since, key=moment) if since else "",
        )
        return Register(rest, (*others, found))


@dataclass(frozen=True, slots=True)
class Kept:
    """A sealing key that lies here: its file, whose it is, its certificates in DER."""

    name: str
    organisation: str
    certificates: tuple[bytes, ...]
    in_token: bool

    @property
    def serial(self) -> str:
        """The serial number of the sealing certificate."""
        return serial(certificate(self.certificates[0]))


@dataclass(frozen=True, slots=True)
class Opened:
    """A key ready to seal; closed, it lets go of its token."""

    sealer: Sealer
    device: TokenKey | None = None

    def close(self) -> None:
        """Let go of the token, if the key lies in one."""
        if self.device:
            self.device.close()


_READER = Decoder(Register)


def register(home: Home) -> Register:
    """Read `seals.json`; a folder without one has no sealing key yet."""
    file = _register_file(home)
    if not file.exists():
        return Register()
    try:
        return _READER.decode(read_file(file))
    except DecodeError as error:
        raise Malformed(
            f"{file}: {error}: put it back from the backup", f"{file} 有误（{error}）：请从备份恢复"
        ) from error


def write_register(home: Home, value: Register) -> None:
    """Replace `seals.json`: the one step after which another key counts."""
    write_file(_register_file(home), json.dumps(asdict(value), indent=1).encode() + b"\n")


def keep(home: Home, organisation: str, holder: Holder) -> Kept:
    """Write a new sealing key and put it into use for an organisation."""
    passphrase = secrets.token_urlsafe(18).encode()
    data = holder.encrypted_key(passphrase) + holder.certificates_pem()
    name = _name(organisation, holder.certificates)
    new = Kept(name, organisation, holder.certificates, in_token=False)
    return _put(home, new, data, passphrase + b"\n")


def keep_certificates(home: Home, organisation: str, certificates: tuple[bytes, ...]) -> Kept:
    """Write the certificates of a key that lies in a token, and put it into use."""
    name = f"{_name(organisation, certificates)}-token"
    data = "".join(map(to_pem, certificates)).encode()
    return _put(home, Kept(name, organisation, certificates, in_token=True), data)


def kept(home: Home) -> tuple[Kept, ...]:
    """Return all sealing keys that ever lay here, in use or not."""
    found = []
    for file in sorted((home.path / "keys").glob("seal-*.pem")):
        if match := _NAME.fullmatch(file.stem):
            certificates = load_chain(read_file(file))
            found.append(Kept(file.stem, match[1], certificates, match[2] is not None))
    return tuple(found)


def open_for(
    home: Home, codes: Sequence[str], now: str, pin: Callable[[str], str] | None = None
) -> Opened:
    """Open the key that seals for the first of `codes` that has one, from the issuer upwards.

    `pin` asks for that of a token. Raises `Unsafe`, before anything is logged, where no seal made
    with the key at `now` would hold.
    """
    used = register(home).in_use
    code = next((code for code in codes if code in used), None)
    if code is None:
        raise Unsafe(
            "seal.missing",
            en=f"there is no sealing key for {codes[0]}, nor above it: `vledger ca issue` makes one,"
            " `vledger ca import` takes one of a real authority",
            zh=f"{codes[0]} 及其上级都没有签章密钥：请用 `vledger ca issue` 签发，"
            "或用 `vledger ca import` 导入正式机构签发的密钥",
        )
    opened = _open(home, code, used[code], pin)
    try:
        pades.check_sealer(opened.sealer, home.trust().issuers, now)
    except Unverified as error:
        opened.close()
        raise Unsafe(
            "seal.unusable",
            en=f"{used[code]}: {error.en}; nothing was issued: `vledger ca list` shows the keys,"
            " `vledger ca issue` makes a new one",
            zh=f"{used[code]}：{error.zh}；没有出具任何证明：`vledger ca list` 查看密钥，"
            "`vledger ca issue` 签发新的",
        ) from error
    return opened


def _open(home: Home, code: str, name: str, pin: Callable[[str], str] | None) -> Opened:
    data = read_file(_file(home, name))
    if b"PRIVATE KEY" in data:
        passphrase = read_file(_file(home, name).with_suffix(".passphrase")).strip()
        return Opened(load_holder(data, passphrase, data).sealer)
    key = open_token(home, code, pin)
    return Opened(Sealer(load_chain(data), key.sign), key)


def open_token(home: Home, code: str, pin: Callable[[str], str] | None) -> TokenKey:
    """Open the key in the token that the settings name for an organisation."""
    place = home.association().token.get(code)
    if place is None:
        raise Unsafe(
            "token.unnamed",
            en=f"the sealing key of {code} lies in a token: name it under [token.{code}] in"
            f" {home.settings_file}",
            zh=f"{code} 的签章密钥在密码设备中：请在 {home.settings_file} 的 [token.{code}] 中写明",
        )
    if pin is None:
        raise Unsafe(
            "token.pin",
            en=f"the PIN of the token {place.token} is needed; name a file with --pin-file",
            zh=f"需要设备 {place.token} 的 PIN，请用 --pin-file 指明文件",
        )
    return token.open_key(place, pin(place.token))


def _put(home: Home, kept: Kept, data: bytes, passphrase: bytes = b"") -> Kept:
    """Write a key's files, each whole; then the register."""
    if kept.serial in {each.serial for each in register(home).revoked}:
        raise Unsafe(
            "seal.revoked",
            en=f"the certificate {kept.serial} was revoked here: it is not put into use again",
            zh=f"证书 {kept.serial} 已在此吊销，不能再次启用",
        )
    file = _file(home, kept.name)
    if not file.exists():  # else it was imported before, and lies here with its passphrase
        if passphrase:
            _write_whole(file.with_suffix(".passphrase"), passphrase)
        _write_whole(file, data)
    # From here on it lies there whole; what follows puts it into use.
    write_register(home, register(home).use(kept.organisation, kept.name))
    return kept


def _write_whole(file: Path, data: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)  # of somebody who was killed
    write_secret(part, data)
    part.replace(file)


def _name(organisation: str, certificates: Sequence[bytes]) -> str:
    return f"seal-{organisation}-{sha256(certificates[0]).hexdigest()[:16]}"


def _file(home: Home, name: str) -> Path:
    return home.path / "keys" / f"{name}.pem"


def _register_file(home: Home) -> Path:
    return home.path / "keys" / "seals.json"
