"""Founding a ledger in a folder: keys, log, vault, certificate authority, trust, settings."""

import json
import secrets
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from certificates import credential_key, keyring
from certificates.seal.holders import Holder, found_authority, issue_seal_certificate
from ledger.desk.founding import Founders, Root, first_words, full_origin
from ledger.desk.office import ledger_at, vault_at
from ledger.errors import Unsafe
from ledger.files import write_file, write_secret
from ledger.folders import made_whole
from ledger.guard import Guard, default_path
from ledger.home import SETTINGS, Home
from ledger.log import Log, Receipt, Sent
from ledger.store.database import Store
from ledger.times import instant
from ledger.vault import Vault


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
    """Begin a ledger in a new home folder, whole or not at all; raise `Unsafe` where one exists."""
    if home.exists() or (home.path / "ledger.db").exists():
        raise Unsafe(
            "home.exists",
            en=f"there is a ledger in {home.path} already; choose another folder with --home",
            zh=f"{home.path} 中已有账本，请用 --home 另选文件夹",
        )
    founders = Founders.make(full_origin(plan.origin), plan.root.code)
    path = guard or default_path(founders.log.verifier)
    _check_no_guard(path)
    try:
        with made_whole(home.path) as part:
            new, beside = Home(part, home.database), Guard(part.with_name("guard"))
            keys = _write_files(new, founders, plan)
            receipts = _first_entries(new, founders, plan, beside)
            # Only now, with the rename to come: a kill before leaves nothing in anybody's way.
            Guard(path).create(beside.read())
    except BaseException:
        path.unlink(missing_ok=True)  # of a ledger that never was
        raise
    away = tuple(home.path / file.relative_to(part) for file in keys)
    return Founded(founders.log.name, receipts, away)


def _check_no_guard(path: Path) -> None:
    if path.exists():
        raise Unsafe(
            "guard.exists",
            en=f"there is a guard {path} already: it keeps another ledger, or an init that was stopped"
            " left it; name another with --guard, or delete it if no ledger uses it",
            zh=f"守护文件 {path} 已存在：它属于另一个账本，或是中断的 init 留下的；"
            "请用 --guard 另选，确认没有账本使用它时也可以删除",
        )


def _write_files(home: Home, founders: Founders, plan: Plan) -> tuple[Path, ...]:
    """Write all but the databases; return the keys that are to be carried elsewhere."""
    keys = _keep_keys(home, founders, plan.passphrase)
    write_secret(home.path / "vault.key", secrets.token_bytes(32))
    authority = _found_authority(home, plan, instant(plan.moment))
    write_file(home.settings_file, SETTINGS.encode())
    write_file(home.trust_file, _trust(founders, authority))
    return (*keys, _authority_file(home))


def _first_entries(home: Home, founders: Founders, plan: Plan, guard: Guard) -> tuple[Receipt, ...]:
    letters = first_words(founders, plan.root, instant(plan.moment), plan.clock)
    with closing(Store.create(ledger_at(home))) as store:
        Vault.create(vault_at(home), home.vault_key(), founders.log.name).close()
        batch = [Sent(letter.note, letter.items) for letter in letters]
        answers = Log(store, founders.log, guard).append(
            batch, plan.moment, clock_is_right=True, before=lambda _: None
        )
    return tuple(one for one in answers if isinstance(one, Receipt))


def _keep_keys(home: Home, founders: Founders, passphrase: bytes | None) -> tuple[Path, ...]:
    home.keep_key(founders.log)  # the log signs unattended: its passphrase lies beside it
    home.keep_key(founders.operator, passphrase)
    away = Home(home.path / "carry-away")
    return tuple(away.keep_key(key, passphrase) for key in (founders.second, founders.recovery))


def _found_authority(home: Home, plan: Plan, now: str) -> Holder:
    authority = found_authority(plan.root.name, now)
    holder = issue_seal_certificate(authority, plan.root.name, now)
    keyring.keep(home, plan.root.code, holder)
    credential_key.keep(home, credential_key.make(authority, plan.root.name, now))
    home.keep_secret(_authority_file(home), authority.encrypted_key, plan.passphrase)
    return authority


def _authority_file(home: Home) -> Path:
    return home.path / "carry-away" / "keys" / "authority.pem"


def _trust(founders: Founders, authority: Holder) -> bytes:
    logs = [{"keys": [str(founders.log.verifier)], "witnesses": [], "quorum": 0}]
    value = {"logs": logs, "issuers": [authority.pem]}
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
