"""Trust: what a verifier believes beforehand. The file `trust.json`, read strictly.

{"logs": [{"keys": ["<vkey>", …], "witnesses": ["<vkey>", …], "quorum": n}, …],
 "issuers": ["<PEM of a CA>", …], "timestamps": ["<PEM of a time-stamping authority's root>", …]}
"""

import json
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ledger import checkpoint
from ledger.checkpoint import Checkpoint
from ledger.errors import Malformed, Unverified
from ledger.note import COSIGNATURE_ED25519, Verifier


class TrustedLog(BaseModel):
    """A log's keys, those of its witnesses, and how many witnesses must have cosigned."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[str, ...] = Field(min_length=1)
    witnesses: tuple[str, ...] = ()
    quorum: int = Field(default=0, ge=0)


class Trust(BaseModel):
    """All logs and authorities that a verifier believes; `timestamps` may be absent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    logs: tuple[TrustedLog, ...] = ()
    issuers: tuple[str, ...] = ()
    timestamps: tuple[str, ...] = ()

    def origins(self) -> tuple[str, ...]:
        """Return the names of the trusted logs, each once."""
        keys = (key for log in self.logs for key in log.keys)
        return tuple(dict.fromkeys(Verifier.parse(key).name for key in keys))

    def check(self, note: bytes) -> tuple[Checkpoint, int]:
        """Return a trusted log's checkpoint and how many witnesses cosigned it, or raise."""
        if not self.logs:
            raise Unverified(
                "no log is trusted: trust.json names none", "trust.json 没有可信的账本"
            )
        origins = [(log, tuple(Verifier.parse(key) for key in log.keys)) for log in self.logs]
        name = note.partition(b"\n")[0].decode(errors="replace")
        for log, keys in origins:
            if any(key.name == name for key in keys):
                found, signed = checkpoint.read(note, keys)
                count = len(checkpoint.witnessed(signed, _witnesses(log)))
                if count < log.quorum:
                    raise Unverified(
                        f"{count} witnesses cosigned, {log.quorum} are needed",
                        f"只有 {count} 个见证人会签，须有 {log.quorum} 个",
                    )
                return found, count
        raise Unverified(f"the log {name} is not trusted", f"账本 {name} 不在可信名单中")


def read(data: bytes) -> Trust:
    """Read `trust.json`, or raise `Malformed` naming the place."""
    try:
        trust = Trust.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "JSON"
        raise Malformed(
            f"trust file: {place}: {first['msg']}", f"信任文件：{place}：{first['msg']}"
        ) from error
    for log in trust.logs:
        for key in log.keys:
            Verifier.parse(key)
        _witnesses(log)
    return trust


def with_authority(data: bytes, field: Literal["issuers", "timestamps"], pem: str) -> bytes:
    """Return `trust.json` with one more authority listed, those before it kept."""
    read(data)
    value = json.loads(data)
    listed = value.setdefault(field, [])
    if pem not in listed:
        listed.append(pem)
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _witnesses(log: TrustedLog) -> Sequence[Verifier]:
    found = [Verifier.parse(key) for key in log.witnesses]
    if any(key.algorithm != COSIGNATURE_ED25519 for key in found):
        raise Malformed("a witness key has another type", "见证人密钥类型不对")
    if len({key.key for key in found}) < len(found) or log.quorum > len(found):
        raise Malformed("the quorum cannot be reached", "会签法定数无法达到")
    return found
