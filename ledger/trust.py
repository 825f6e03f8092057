"""Trust: what a verifier believes beforehand. The file `trust.json`, read strictly.

{"logs": [{"keys": ["<vkey>", …], "second": ["<vkey>", …], "witnesses": ["<vkey>", …], "quorum": n}, …],
 "issuers": ["<PEM of a CA>", …], "timestamps": ["<PEM of a time-stamping authority's root>", …]}

Of a log one of `keys` (Ed25519) must have signed; where `second` is there, one of those too
(ML-DSA-44). A witness is a name: listed with several keys it counts once. After a lost tail the keys that
signed it are listed as `"former": [{"key": "<vkey>", "size": n}]`: they speak for the first n entries, and
whoever does not know the field does not believe them at all.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ledger import checkpoint
from ledger.checkpoint import Checkpoint
from ledger.errors import Malformed, Unverified
from ledger.note import COSIGNATURE_ML_DSA_44, COSIGNING, ED25519, Note, Verifier


class Former(BaseModel):
    """A key that a log had, and how many entries are left of those that it signed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    size: int = Field(ge=0)


_SHOWN = 80  # characters of a name that anybody may have written
_PEM = "-----BEGIN CERTIFICATE-----"
_KINDS = {  # of what is wrong, as pydantic calls it
    "extra_forbidden": ("is not known here", "不是可识别的项"),
    "missing": ("is missing", "缺失"),
}


class TrustedLog(BaseModel):
    """A log's keys, those of its witnesses, and how many witnesses must have cosigned.

    `second` are ML-DSA-44 keys of the log; where there are any, one of them must have signed as well.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[str, ...] = Field(min_length=1)
    former: tuple[Former, ...] = ()
    second: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()
    quorum: int = Field(default=0, ge=0, strict=True)

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        """Return the log's keys."""
        return tuple(Verifier.parse(key) for key in self.keys)

    @property
    def ever(self) -> tuple[Verifier, ...]:
        """Return the keys that the log has and had: by them evidence is known, and nothing believed."""
        return (*self.verifiers, *(Verifier.parse(one.key) for one in self.former))

    @property
    def witnessing(self) -> tuple[Verifier, ...]:
        """Return the keys of its witnesses."""
        return tuple(Verifier.parse(key) for key in self.witnesses)

    def seen(self, note: Note) -> dict[str, int]:
        """Return which witnesses cosigned a checkpoint's note, and when (POSIX seconds)."""
        found: dict[str, int] = {}
        for key, time in checkpoint.witnessed(note, self.witnessing).items():
            found[key.name] = min(time, found.get(key.name, time))
        return found

    def check(self, note: bytes) -> tuple[Checkpoint, int]:
        """Return the log's checkpoint in a note and how many witnesses cosigned it, or raise."""
        found, signed = checkpoint.read(note, self._speaking(note))
        second = [Verifier.parse(key) for key in self.second]
        if second and not checkpoint.signed_at(signed, second):
            raise Unverified(
                "the log did not sign a second time (ML-DSA-44), as the trust file demands",
                "缺少信任文件所要求的账本第二签名（ML-DSA-44）",
            )
        count = len(self.seen(signed))
        if count < self.quorum:
            raise Unverified(
                f"{count} witnesses cosigned, {self.quorum} are needed",
                f"只有 {count} 个见证人会签，须有 {self.quorum} 个",
            )
        return found, count

    def _speaking(self, note: bytes) -> tuple[Verifier, ...]:
        """Return the log's keys that speak for so many entries; raises for a tail that was lost."""
        signed = Note.parse(note)
        size = Checkpoint.parse(signed.text).size
        former = [(Verifier.parse(one.key), one.size) for one in self.former]
        own = {line.by for line in signed.signatures}
        for key, kept in former:
            if size > kept and key.by in own and not own & {one.by for one in self.verifiers}:
                raise Unverified(
                    f"the checkpoint of {size} entries is of a tail that its log lost; {kept} are left:"
                    " ask for what was under it to be issued again",
                    f"{size} 条的检查点属于该账本已丢失的尾部（保留 {kept} 条），请向出具单位申请重新出具",
                )
        return (*self.verifiers, *(key for key, kept in former if size <= kept))


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

    def ever(self) -> tuple[Verifier, ...]:
        """Return the keys that the logs have and had: by them evidence is known, and nothing believed."""
        return tuple(key for log in self.logs for key in log.ever)

    def check(self, note: bytes) -> tuple[Checkpoint, int]:
        """Return a trusted log's checkpoint and how many witnesses cosigned it, or raise."""
        if not self.logs:
            raise Unverified(
                "no log is trusted: trust.json names none", "trust.json 没有可信的账本"
            )
        name = note.partition(b"\n")[0].decode(errors="replace")
        if log := self.log(name):
            return log.check(note)
        name = Checkpoint.parse(Note.parse(note).text).origin[:_SHOWN]  # garbage is no log's
        raise Unverified(f"the log {name} is not trusted", f"账本 {name} 不在可信名单中")

    def log(self, origin: str) -> TrustedLog | None:
        """Return what is believed of a log, if anything is."""
        return next((log for log in self.logs if _is_of(log, origin)), None)

    def without_quorum(self) -> "Trust":
        """Return the same trust with every log believed on its own word."""
        return self.model_copy(
            update={"logs": tuple(log.model_copy(update={"quorum": 0}) for log in self.logs)}
        )


def cosigned_times(note: bytes, trust: Trust) -> dict[str, int]:
    """Return which trusted witnesses cosigned a checkpoint's note, and when, in seconds since 1970.

    A line of theirs that does not hold is refused, as is a note that is no checkpoint. At that time the
    checkpoint was there, and the witness had seen no larger one of the log. Nobody checked the log.
    """
    signed = Note.parse(note)
    log = trust.log(Checkpoint.parse(signed.text).origin)
    return log.seen(signed) if log else {}


def read(data: bytes) -> Trust:
    """Read `trust.json`, or raise `Malformed` naming the place and the remedy."""
    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
        trust = Trust.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "JSON"
        said = _KINDS.get(first["type"], ("is of the wrong kind", "的值不对"))
        raise Malformed(
            f"trust file: {place} {said[0]}: fetch it again from who published it",
            f"信任文件：{place} {said[1]}；请向出具单位重新取得",
        ) from error
    except (ValueError, RecursionError) as error:  # no UTF-8, no JSON, a name twice
        raise Malformed(
            "trust file: it is no JSON in UTF-8, or says something twice; a text editor may have spoilt it:"
            " fetch it again from who published it",
            "信任文件：不是 UTF-8 编码的 JSON，或有重复的项，可能被文本编辑器改坏；请向出具单位重新取得",
        ) from error
    for place, listed in (("issuers", trust.issuers), ("timestamps", trust.timestamps)):
        if not all(each.startswith(_PEM) for each in listed):
            raise Malformed(
                f"trust file: {place} holds what is no PEM certificate",
                f"信任文件：{place} 中有非 PEM 证书",
            )
    for log in trust.logs:
        _check_keys(log)
    return trust


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that is there twice: readers would take one or the other."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name is there twice")
    return dict(pairs)


def with_authority(data: bytes, field: Literal["issuers", "timestamps"], pem: str) -> bytes:
    """Return `trust.json` with one more authority listed, those before it kept."""
    read(data)
    value = json.loads(data)
    listed = value.setdefault(field, [])
    if pem not in listed:
        listed.append(pem)
    return _written(value)


def with_witnesses(
    data: bytes, origin: str, witnesses: Sequence[str], quorum: int | None = None
) -> bytes:
    """Return `trust.json` with these witnesses of a log, and the quorum if given, or raise."""
    value = json.loads(data)
    for log, known in zip(value["logs"], read(data).logs, strict=True):
        if _is_of(known, origin):
            log["witnesses"] = list(witnesses)
            log["quorum"] = known.quorum if quorum is None else quorum
    read(written := _written(value))
    return written


def with_second(data: bytes, origin: str, key: str) -> bytes:
    """Return `trust.json` in which a log must sign a second time, by this key or those before it."""
    value = json.loads(data)
    for log, known in zip(value["logs"], read(data).logs, strict=True):
        if _is_of(known, origin):
            log["second"] = [*known.second, key]
    read(written := _written(value))
    return written


def with_log_key(data: bytes, key: str, *, instead: bool = False, kept: int | None = None) -> bytes:
    """Return `trust.json` in which a log of that name has this key too, or `instead` of all others.

    With `kept`, the others speak for so many entries and no more. What a log signs a second time is by a
    key of its own, which stays.
    """
    value = json.loads(data)
    for log, known in zip(value["logs"], read(data).logs, strict=True):
        if not _is_of(known, Verifier.parse(key).name):
            continue
        alone = instead or kept is not None
        log["keys"] = list(dict.fromkeys((*(() if alone else known.keys), key)))
        if kept is not None:
            ended = {one.key: min(one.size, kept) for one in known.former}
            ended |= {one: kept for one in known.keys if one != key}
            log["former"] = [{"key": one, "size": size} for one, size in ended.items()]
    read(written := _written(value))
    return written


def _written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _is_of(log: TrustedLog, origin: str) -> bool:
    return any(key.name == origin for key in log.verifiers)


def _check_keys(log: TrustedLog) -> None:
    for place, keys, algorithms in _lists(log):
        if any(key.algorithm not in algorithms for key in keys):
            raise Malformed(
                f"trust file: {place}: a key of another type", f"信任文件：{place}：密钥类型不对"
            )
    witnesses = log.witnessing
    if len({key.key for key in witnesses}) < len(witnesses):
        raise Malformed("trust file: a witness key is listed twice", "信任文件：见证人密钥重复")
    if {key.key for key in witnesses} & {key.key for key in log.verifiers}:
        raise Malformed("trust file: a log is its own witness", "信任文件：账本不能为自己作见证")
    if log.quorum > len({key.name for key in witnesses}):
        raise Malformed(
            f"trust file: the quorum of {log.quorum} cannot be reached by the witnesses listed",
            f"信任文件：所列见证人不足法定数 {log.quorum}",
        )


def _lists(log: TrustedLog) -> Iterator[tuple[str, Sequence[Verifier], Sequence[int]]]:
    """Return the three lists of keys, and the types of key that each may hold."""
    yield "keys", log.ever, (ED25519,)
    yield "second", [Verifier.parse(key) for key in log.second], (COSIGNATURE_ML_DSA_44,)
    yield "witnesses", log.witnessing, COSIGNING
