"""A witness's own folder: its keys, the logs that it knows, and what it cosigned of them.

    witness/key.pem  key-2.pem     Ed25519, and ML-DSA-44 where it has one; each with a .passphrase
    witness/witness.json           {"name": "w.example.cn/prov", "logs": ["<vkey>", …]}
    witness/state/…                see `ledger.witness.state`

It lies apart from a ledger's own keys and is in no backup: an older state put back is a witness that
has forgotten, and could be made to sign a fork.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ledger.errors import Malformed, Unsafe
from ledger.files import read_file, write_file, write_secret
from ledger.home import passphrase_of
from ledger.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    ED25519,
    Signer,
    Verifier,
    is_name,
)
from ledger.witness.cosigner import Witness
from ledger.witness.state import State

_KEYS = {"key.pem": COSIGNATURE_ED25519, "key-2.pem": COSIGNATURE_ML_DSA_44}
_ALLOWED = (ED25519, COSIGNATURE_ML_DSA_44)  # how a log may sign


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of a witness; nothing is read before it is asked for."""

    path: Path

    def begin(self, name: str, *, post_quantum: bool) -> tuple[Signer, ...]:
        """Make a witness with keys of its own; refuses where there is one, and a name nobody can sign by."""
        if self._file.exists():
            raise Unsafe(
                "witness.exists",
                en=f"there is a witness in {self.path} already; its key is never replaced",
                zh=f"{self.path} 中已有见证人，其密钥不能更换",
            )
        if not is_name(name) or len(name.encode()) >= 1 << 8:
            raise Malformed(
                f"{name!r} is no name of a witness: write one without spaces and +, as w.example.cn/prov",
                f"{name!r} 不能作见证人的名称：不含空格和加号，如 w.example.cn/prov",
            )
        signers = []
        for file, algorithm in _KEYS.items():
            if algorithm == COSIGNATURE_ED25519 or post_quantum:
                signer = Signer(name, secrets.token_bytes(32), algorithm)
                passphrase = secrets.token_urlsafe(18).encode()
                write_secret((self.path / file).with_suffix(".passphrase"), passphrase + b"\n")
                write_secret(self.path / file, signer.to_pem(passphrase))
                signers.append(signer)
        self._write(name, ())
        return tuple(signers)

    def trust(self, vkey: str) -> Verifier:
        """Know a log by its key from now on; another key of the same log is known beside the first."""
        key = Verifier.parse(vkey)
        if key.algorithm not in _ALLOWED:
            raise Malformed(
                f"{key.by} is no key by which a log signs", f"{key.by} 不是账本签名所用的密钥"
            )
        key.check_enrollable()
        name, logs = self._read()
        if key.name == name:
            raise Malformed("a witness does not cosign its own log", "见证人不能为自己的账本会签")
        if all(Verifier.parse(one).name != key.name for one in logs):
            State(self._state).begin(key.name)  # once: a log that was known is never begun again
        if vkey not in logs:
            self._write(name, (*logs, vkey))
        return key

    def logs(self) -> dict[str, tuple[Verifier, ...]]:
        """Return the keys of each log that is known."""
        found: dict[str, tuple[Verifier, ...]] = {}
        for one in self._read()[1]:
            key = Verifier.parse(one)
            found[key.name] = (*found.get(key.name, ()), key)
        return found

    def signers(self) -> tuple[Signer, ...]:
        """Open the keys; each passphrase lies beside its key, because nobody is there to be asked."""
        name = self._read()[0]
        return tuple(
            Signer.from_pem(name, read_file(file), passphrase_of(name, file, None, None), algorithm)
            for file, algorithm in ((self.path / one, kind) for one, kind in _KEYS.items())
            if file.exists()
        )

    def witness(self, clock: Callable[[], datetime]) -> Witness:
        """Return the witness at work; every log it knows must be remembered."""
        logs, state = self.logs(), State(self._state)
        for origin in logs:
            with state.held(origin):
                pass
        return Witness(self.signers(), logs, state, clock)

    @property
    def _file(self) -> Path:
        return self.path / "witness.json"

    @property
    def _state(self) -> Path:
        return self.path / "state"

    def _read(self) -> tuple[str, tuple[str, ...]]:
        if not self._file.exists():
            raise Unsafe(
                "witness.missing",
                en=f"there is no witness in {self.path}; begin one with `vledger witness init NAME`",
                zh=f"{self.path} 中没有见证人；请先 `vledger witness init 名称`",
            )
        try:
            value = json.loads(read_file(self._file))
            return str(value["name"]), tuple(map(str, value["logs"]))
        except (ValueError, KeyError, TypeError) as error:
            raise Malformed(
                f"{self._file} is not as `vledger witness init` wrote it",
                f"{self._file} 不是 `vledger witness init` 所写的样子",
            ) from error

    def _write(self, name: str, logs: tuple[str, ...]) -> None:
        value = {"name": name, "logs": logs}
        write_file(self._file, json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n")
