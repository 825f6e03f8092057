"""The home folder: where a ledger, its keys and its settings lie on this computer.

    ledger.db  vault.db  vault.key  trust.json  association.toml  keys/  receipts/

Private keys are PKCS#8 files encrypted with a passphrase, `keys/T01+r1.pem` for the key `T01/r1`.
A passphrase is read from the file the user names, from `keys/T01+r1.passphrase` (made only where
nobody could be asked), or from the person at the keyboard.
"""

import json
import re
import secrets
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ledger import trust
from ledger.errors import Malformed, Unsafe
from ledger.files import check_new, named, read_file, write_secret
from ledger.note import Signer, Verifier

Ask = Callable[[str], str]
CODES = ("address", "claim")  # what a certificate's QR code may hold
# Characters that can be printed in a size that can be read.
_MOST = {"responsible": 40, "handler": 40, "telephone": 60, "verify_url": 150}
_ADDRESS = re.compile(r"https?://[!-~]+")
SETTINGS = """\
# 本文件内容印在证明上，不写入账本。
# What certificates print; none of it enters the ledger.

responsible = ""   # 负责人
handler = ""       # 经办人
telephone = ""     # 联系电话
verify_url = ""    # 查验网址，如 https://…/ ；没有则留空

template = ""      # 证明的样式：classic 典雅（默认）、plain 简洁，或自己的模板文件
language = ""      # 证明的文字：zh 中文（默认）、en 英文、both 双语
logo = ""          # 单位标志的图片文件（PNG、JPEG），可没有
seal_picture = ""  # 单位自己的印章图片，只在 --seal 时印出；没有则留空，绝不代为绘制

qr = "address"     # 证明上的二维码：address 网址或编号；claim 带签名的内容，凭纸面即可离线核验
                   # what the QR code holds: an address, or a signed claim that checks offline

timestamp_url = "" # 时间戳服务（RFC 3161）的网址；没有则留空 / of a time-stamping authority

# 签章密钥在密码设备（PKCS#11）中时填写；PIN 不写在这里。
# Where the sealing key of an organisation lies in a token; its PIN is never written here.
# [token.KX]                                 # 单位编号 / code of the organisation
# module = "/usr/lib/softhsm/libsofthsm2.so" # 驱动程序 / the device's library
# token = "…"                                # 设备标签 / label of the token
# key = "…"                                  # 密钥标签 / label of the key
"""


@dataclass(frozen=True, slots=True)
class Token:
    """Where a sealing key lies that never leaves its device (PKCS #11): by whose library, and labels."""

    module: str
    token: str
    key: str


@dataclass(frozen=True, slots=True)
class Association:
    """What certificates print of the unit, beside its row in the ledger, and how they are sealed."""

    responsible: str = ""
    handler: str = ""
    telephone: str = ""
    verify_url: str = ""
    template: str = ""
    language: str = ""
    logo: str = ""  # a file, beside the settings unless the path is whole
    seal_picture: str = ""
    timestamp_url: str = ""
    qr: str = "address"  # or "claim"
    token: Mapping[str, Token] = field(default_factory=dict)  # by code of the organisation


@dataclass(frozen=True, slots=True)
class Home:
    """A home folder; nothing is read before it is asked for."""

    path: Path
    database: str = ""  # a PostgreSQL URL, where the tables are not in this folder

    @property
    def trust_file(self) -> Path:
        """The file that verifiers need."""
        return self.path / "trust.json"

    @property
    def settings_file(self) -> Path:
        """The file of what certificates print."""
        return self.path / "association.toml"

    def exists(self) -> bool:
        """Tell whether a ledger was begun here."""
        return self.trust_file.exists()

    @property
    def second_key_file(self) -> Path:
        """The key by which checkpoints are signed once more, where there is one."""
        return self.path / "keys" / "second.pem"

    @property
    def witnesses_file(self) -> Path:
        """The file of where our witnesses are asked."""
        return self.path / "witnesses.json"

    def witness_urls(self) -> dict[str, str]:
        """Return the address of each witness that is asked over the network, by its name."""
        if not self.witnesses_file.exists():
            return {}
        try:
            found = json.loads(read_file(self.witnesses_file))
        except ValueError as error:
            raise self._unlisted() from error
        if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
            raise self._unlisted()
        return found

    def _unlisted(self) -> Malformed:
        file = self.witnesses_file
        return Malformed(
            f'{file}: write {{"<witness>": "<http address>", …}}, or use `vledger witness add`',
            f'{file} 有误：应写作 {{"见证人": "网址", …}}，或用 `vledger witness add` 登记',
        )

    def holds_ledger(self) -> bool:
        """Tell whether the ledger's tables can be asked from here; a verifier's folder has none."""
        return bool(self.database) or (self.path / "ledger.db").exists()

    def check_exists(self) -> None:
        """Raise `Unsafe` where no ledger was begun."""
        if not self.exists() and (self.path / "ledger.db").exists():
            raise Unsafe(
                "home.trust",
                en=f"{self.trust_file} is missing: put it back from whoever was given it",
                zh=f"缺少 {self.trust_file}：请从任何持有它的人那里取回",
            )
        if not self.exists():
            raise Unsafe(
                "home.missing",
                en=f"there is no ledger in {self.path}; begin one with `vledger init`,"
                " or name its folder with --home",
                zh=f"{self.path} 中没有账本；请先运行 `vledger init`，或用 --home 指明所在文件夹",
            )

    def trust(self, file: Path | None = None) -> trust.Trust:
        """Read `trust.json`, the ledger's own or the one that somebody names."""
        chosen = file or self.trust_file
        data = read_file(chosen)
        with named(chosen):
            return trust.read(data)

    def association(self) -> Association:
        """Read `association.toml`."""
        if not self.settings_file.exists():
            return Association()
        try:
            found = tomllib.loads(read_file(self.settings_file).decode("utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            at = re.search(r"at line (\d+)", str(error))
            raise self._unsettled(*_line(at[1] if at else "")) from error
        tokens = self._tokens(found.pop("token", {}))
        due = {one.name for one in fields(Association)}
        for name, value in found.items():
            if name not in due or not isinstance(value, str):
                raise self._unsettled(f"{name} = {value!r}", f"{name} = {value!r}")
        self._check_printed(found)
        if found.get("qr", "address") not in CODES:
            raise self._unsettled(f"qr is {' or '.join(CODES)}", f"qr 应为 {' 或 '.join(CODES)}")
        return Association(**found, token=tokens)

    def _check_printed(self, found: Mapping[str, str]) -> None:
        """Raise where a setting could not be read on paper, or leads nowhere."""
        for name, most in _MOST.items():
            if len(found.get(name, "")) > most:
                raise self._unsettled(
                    f"{name} has more than {most} characters and could not be read on paper",
                    f"{name} 超过 {most} 个字符，印出来看不清",
                )
        if found.get("verify_url") and not _ADDRESS.fullmatch(found["verify_url"]):
            raise self._unsettled(
                "verify_url is to be an address such as https://example.org/verify",
                "verify_url 应为 https://example.org/verify 这样的网址，不含空格和汉字",
            )

    def _tokens(self, tables: Any) -> dict[str, Token]:
        """Read the tables `[token.CODE]`."""
        due = {one.name for one in fields(Token)}
        found = {}
        for code, row in (tables if isinstance(tables, dict) else {"": tables}).items():
            whole = isinstance(row, dict) and set(row) == due
            if not whole or not all(isinstance(value, str) for value in row.values()):
                says = f"[token.{code}] must say {', '.join(sorted(due))}"
                raise self._unsettled(says, f"[token.{code}] 须写明 key、module、token")
            found[code] = Token(**row)
        return found

    def _unsettled(self, en: str, zh: str) -> Malformed:
        file, due = self.settings_file, " ".join(one.name for one in fields(Association))
        return Malformed(
            f'{file}: {en}: write lines such as telephone = "…"; there may be {due}',
            f'{file} 有误（{zh}）：每行应写作 telephone = "…"，可有 {due}',
        )

    def vault_key(self) -> bytes:
        """Return the key that the vault's keys are wrapped with."""
        return read_file(self.path / "vault.key")

    # --- keys ----------------------------------------------------------------------------------

    def key_file(self, name: str) -> Path:
        """Return where the private key of that name lies."""
        return self.path / "keys" / f"{name.replace('/', '+')}.pem"

    def key_names(self) -> tuple[str, ...]:
        """Return the names of the private keys that lie here."""
        found = sorted((self.path / "keys").glob("*+*.pem"))
        return tuple(file.stem.replace("+", "/") for file in found)

    def signer(
        self,
        name: str,
        passphrase: bytes | None = None,
        ask: Ask | None = None,
        *,
        file: Path | None = None,
    ) -> Signer:
        """Open a private key, here or in a file; `ask` prompts where no passphrase is at hand."""
        here = self.key_file(name)
        if file is None and not here.exists():
            raise Unsafe(
                "key.missing",
                en=f"the private key of {name} is not in {here.parent}; name it with --key",
                zh=f"{here.parent} 中没有 {name} 的私钥，请用 --key 指明",
            )
        chosen = file or here
        return Signer.from_pem(
            name, read_file(chosen), passphrase_of(name, chosen, passphrase, ask)
        )

    def open_key(self, name: str, file: Path, algorithm: int) -> Signer:
        """Open a key that no officer holds; its passphrase lies beside it."""
        return Signer.from_pem(
            name, read_file(file), passphrase_of(name, file, None, None), algorithm
        )

    def log_signer(self, key: Verifier, ask: Ask | None = None) -> Signer:
        """Open the private key of a log: all keys of a log have one name, so later ones lie by their ID."""
        own = self._log_key_file(key)
        return self.signer(key.name, None, ask, file=own if own.exists() else None)

    def keep_log_key(self, signer: Signer, passphrase: bytes | None = None) -> Path:
        """Write a new key of the log beside those it had."""
        return self.keep_secret(self._log_key_file(signer.verifier), signer.to_pem, passphrase)

    def _log_key_file(self, key: Verifier) -> Path:
        return self.key_file(f"{key.name}.{key.key_id.hex()}")

    def keep_key(self, signer: Signer, passphrase: bytes | None = None) -> Path:
        """Write a new private key; without a passphrase one is made and written beside it."""
        return self.keep_secret(self.key_file(signer.name), signer.to_pem, passphrase)

    def drop_keys(self, files: Iterable[Path]) -> None:
        """Delete private keys that were just made and are nobody's."""
        for file in files:
            file.unlink(missing_ok=True)
            file.with_suffix(".passphrase").unlink(missing_ok=True)

    def keep_secret(
        self, file: Path, to_pem: Callable[[bytes], bytes], passphrase: bytes | None
    ) -> Path:
        """Write an encrypted key file, never over another, and no passphrase beside another."""
        check_new(file)
        if passphrase is None:
            passphrase = secrets.token_urlsafe(18).encode()
            write_secret(file.with_suffix(".passphrase"), passphrase + b"\n")
        write_secret(file, to_pem(passphrase))
        return file


def _line(number: str) -> tuple[str, str]:
    """Name the line of a file that cannot be read; without a number the file is no text at all."""
    if number:
        return f"line {number} cannot be read", f"第 {number} 行无法读取"
    return "it is no text in UTF-8, or ends too early", "不是 UTF-8 文本，或末尾不完整"


def passphrase_of(name: str, key: Path, given: bytes | None, ask: Ask | None) -> bytes:
    """Return the passphrase of a key: given, in its file beside the key, or asked for."""
    beside = key.with_suffix(".passphrase")
    if given is not None:
        return given
    if beside.exists():
        return read_file(beside).strip()
    if ask is None:
        raise Unsafe(
            "key.passphrase",
            en=f"the passphrase of {name} is needed; name a file with --passphrase-file",
            zh=f"需要 {name} 的口令，请用 --passphrase-file 指明口令文件",
        )
    return ask(name).encode()
