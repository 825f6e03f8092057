"""Founding a ledger in a folder: keys, log, vault, certificate authority, trust, settings."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from certificates.seal.holders import Holder, found_authority, issue_seal_certificate, load_holder
from certificates.seal.pades import Sealer
from ledger.desk.founding import Founders, Root, first_words, full_origin
from ledger.desk.office import ledger_at, vault_at
from ledger.errors import LedgerError, Unsafe
from ledger.guard import Guard, default_path
from ledger.home import SETTINGS, Home, read_file, write_file, write_secret
from ledger.log import Log, Receipt, Sent
from ledger.store.database import Store
from ledger.times import instant
from ledger.vault import Vault

_SEAL, _CA = "seal", "authority"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a new ledger is to be."""

    origin: str
    root: Root
    clock: Literal["real", "simulated"]
    moment: datetime
    passphrase: bytes | None = None


@dataclass(frozen=True, slots=True)
class Founded:
    """A new ledger, and the keys that are to be carried elsewhere."""

    origin: str
    receipts: tuple[Receipt, ...]
    carry_away: tuple[Path, ...]


def found(home: Home, plan: Plan, guard: Path | None) -> Founded:
    """Begin a ledger in an empty home folder, or raise `Unsafe` where one exists."""
    if home.exists() or (home.path / "ledger.db").exists():
        raise Unsafe(
            "home.exists",
            en=f"there is a ledger in {home.path} already; choose another folder with --home",
            zh=f"{home.path} 中已有账本，请用 --home 另选文件夹",
        )
    now, origin = instant(plan.moment), full_origin(plan.origin)
    founders = Founders.make(origin, plan.root.code)
    letters = first_words(founders, plan.root, now, plan.clock)
    keys = _keep_keys(home, founders, plan.passphrase)
    write_secret(home.path / "vault.key", secrets.token_bytes(32))
    Vault.create(vault_at(home), home.vault_key(), origin).close()
    store = Store.create(ledger_at(home))
    log = Log(store, founders.log, Guard(guard or default_path(founders.log.verifier)))
    sent = [Sent(letter.note, letter.items) for letter in letters]
    answers = log.append(sent, plan.moment, clock_is_right=True)
    store.close()
    receipts = []
    for answer in answers:
        if isinstance(answer, LedgerError):
            raise answer
        receipts.append(answer)
    authority = _found_authority(home, plan, now)
    write_file(home.settings_file, SETTINGS.encode())
    # Written last: with it the ledger is there.
    write_file(home.trust_file, _trust(founders, authority))
    return Founded(origin, tuple(receipts), (*keys, _authority_file(home)))


def sealer(home: Home) -> Sealer:
    """Open the association's sealing key."""
    key = home.path / "keys" / f"{_SEAL}.pem"
    passphrase = read_file(key.with_suffix(".passphrase")).strip()
    certificates = read_file(home.path / "keys" / f"{_SEAL}-certificates.pem")
    return load_holder(read_file(key), passphrase, certificates).sealer


def _keep_keys(home: Home, founders: Founders, passphrase: bytes | None) -> tuple[Path, ...]:
    home.keep_key(founders.log)  # the log signs unattended: its passphrase lies beside it
    home.keep_key(founders.operator, passphrase)
    away = Home(home.path / "carry-away")
    return tuple(away.keep_key(key, passphrase) for key in (founders.second, founders.recovery))


def _found_authority(home: Home, plan: Plan, now: str) -> Holder:
    authority = found_authority(plan.root.name, now)
    holder = issue_seal_certificate(authority, plan.root.name, now)
    keys = home.path / "keys"
    home.keep_secret(keys / f"{_SEAL}.pem", holder.encrypted_key, None)
    write_file(keys / f"{_SEAL}-certificates.pem", holder.certificates_pem())
    home.keep_secret(_authority_file(home), authority.encrypted_key, plan.passphrase)
    return authority


def _authority_file(home: Home) -> Path:
    return home.path / "carry-away" / "keys" / f"{_CA}.pem"


def _trust(founders: Founders, authority: Holder) -> bytes:
    logs = [{"keys": [str(founders.log.verifier)], "witnesses": [], "quorum": 0}]
    value = {"logs": logs, "issuers": [authority.pem]}
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
