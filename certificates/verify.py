"""Is this certificate genuine, and was it logged? From the file and `trust.json` alone.

The eleven steps of DESIGN.md section 7, in order, and three separate answers, never one green tick:
*genuine* (steps 3, 5 to 11), *logged* (2 and 4), and *standing*, which no file can show of itself:
nothing in a certificate tells that a line was voided or the certificate revoked later.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, TypeVar

from certificates import envelope, ground, proof, text
from certificates.ground import Ground
from certificates.seal import pades, revocation
from certificates.seal.chain import SealInfo
from certificates.told import check_logged, tell
from ledger.checkpoint import Checkpoint, as_signed
from ledger.encoding import unbase64
from ledger.errors import LedgerError, Unverified
from ledger.note import Note
from ledger.times import hours_and_minutes
from ledger.trust import Trust

Standing = Literal["valid", "superseded", "revoked", "unknown"]
T = TypeVar("T")
_NO_LIST = (
    "none of the revocation lists given is by the authority of this seal: they say nothing of it",
    "所给的吊销列表都不是此签章的签发机构所出，不能说明其是否被吊销",
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an answer is what it is."""

    code: str
    en: str
    zh: str


@dataclass(slots=True)
class Verdict:
    """The three answers, the reasons, and what was proved; nothing is in it that was not."""

    genuine: bool = False
    logged: bool = False
    witnesses: int = 0
    standing: Standing = "unknown"
    as_of: str = ""
    certificate: dict[str, Any] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    specimen: bool = False
    ref: str = ""
    seal: dict[str, str] = field(default_factory=dict)  # under which certificate it was sealed
    timestamp: dict[str, str] = field(default_factory=dict)  # before when it existed, by whom


def verify(file: bytes, trust: Trust, crls: Sequence[bytes] = ()) -> Verdict:
    """Verify a certificate; what cannot be shown is said in the verdict, nothing is raised.

    `crls` are revocation lists (RFC 5280) of the seal's authorities, which a reader may have.
    """
    verdict = Verdict()
    parts = _try(verdict, "file", lambda: envelope.split(file))
    found = _try(verdict, "proof", lambda: proof.read(parts.attachment)) if parts else None  # 1
    if parts is None or found is None:
        return verdict
    checkpoint = _try(verdict, "checkpoint", lambda: _checkpoint(found))
    told = (
        _try(verdict, "entries", lambda: tell(found.entries, checkpoint.origin))
        if checkpoint
        else None
    )
    if checkpoint is None or told is None:
        return verdict
    _check_logged(verdict, found, trust)  # 2, 4
    judged = _try(verdict, "statements", lambda: ground.judge(found, told))  # 5 to 9
    if judged is None:
        return verdict
    sealed = _try(verdict, "seal", lambda: _check_file(file, parts, judged, trust))  # 10
    stands = sealed and _try(verdict, "revocation", lambda: _seal(sealed, crls, judged))
    words = _try(verdict, "page", lambda: _check_text(parts.page, judged))  # 11
    verdict.genuine = bool(sealed and stands and words)
    verdict.as_of = judged.stamp
    verdict.ref = told[-1].statement.ref
    if verdict.genuine:
        verdict.certificate = _proved(judged, checkpoint, found.certificate)
        verdict.seal = stands or {}
    _remark(verdict, judged)
    if crls and verdict.seal and not verdict.seal["not_revoked_as_of"]:
        _say(verdict, "revocation.unknown", *_NO_LIST)
    if found.timestamp is not None:
        verdict.timestamp = _try(verdict, "timestamp", lambda: _stamped(found, judged, trust)) or {}
    return verdict


def _try(verdict: Verdict, step: str, check: Callable[[], T]) -> T | None:
    """Run a step; where it does not hold, say why and return nothing."""
    try:
        return check()
    except LedgerError as error:
        verdict.reasons.append(Reason(f"{step}.{error.code}", error.en, error.zh))
        return None


def _checkpoint(found: proof.Proof) -> Checkpoint:
    return Checkpoint.parse(Note.parse(found.checkpoint.encode()).text)


def _check_logged(verdict: Verdict, found: proof.Proof, trust: Trust) -> None:
    def check() -> int:
        checkpoint, witnesses = trust.check(found.checkpoint.encode())  # 2
        check_logged(found.entries, found.hashes, checkpoint)  # 4
        return witnesses

    witnesses = _try(verdict, "log", check)
    verdict.logged = witnesses is not None
    verdict.witnesses = witnesses or 0


def _check_file(file: bytes, parts: envelope.Parts, judged: Ground, trust: Trust) -> SealInfo:
    """Step 10: this very page, in the one form, sealed by whom the statement names, trusted."""
    page = judged.certificate.page
    if len(parts.page) != page.length or sha256(parts.page).hexdigest() != page.sha256:
        raise Unverified("the page is not the one that was logged", "页面不是账本所记的那一页")
    return pades.check(
        envelope.to_sign(file),
        parts.cms,
        signer_sha256=judged.certificate.signer,
        issuers=trust.issuers,
        at=judged.stamp,
    )


def _seal(sealed: SealInfo, crls: Sequence[bytes], judged: Ground) -> dict[str, str]:
    """Return under which certificate was sealed; raise if a list took it back before that."""
    as_of = revocation.check(sealed.path, crls, judged.stamp)
    names = ("subject", "issuer", "serial", "not_before", "not_after", "authority")
    return {**{name: getattr(sealed, name) for name in names}, "not_revoked_as_of": as_of}


def _stamped(found: proof.Proof, judged: Ground, trust: Trust) -> dict[str, str]:
    """Return what a listed authority says of when the checkpoint existed; it decides nothing else."""
    from certificates.seal import timestamp  # most certificates have none

    token = unbase64(found.timestamp or "")
    data = as_signed(found.checkpoint.encode())
    stamp = timestamp.check(token, data, trust.timestamps, not_before=judged.stamp)
    return {"before": stamp.before, "by": stamp.by}


def _check_text(page: bytes, judged: Ground) -> bool:
    """Step 11: the page says number, name and total, white space aside."""
    words = text.squeezed(text.page_text(page))
    total = hours_and_minutes(judged.item.minutes)
    for due in (judged.certificate.number, judged.opened["name"], total):
        if text.squeezed(due) not in words:
            raise Unverified(f"the page does not say {due}", f"页面上没有“{due}”")
    return True


def _remark(verdict: Verdict, judged: Ground) -> None:
    if judged.charter.clock == "simulated":
        verdict.specimen = True
        _say(
            verdict,
            "specimen",
            "this is a specimen of a simulated ledger, never valid",
            "这是模拟账本的样本，不是有效证明",
        )
    if verdict.logged and not verdict.witnesses:
        _say(
            verdict,
            "log.alone",
            "on the log's word alone: no witness cosigned",
            "仅凭账本自身签名，没有见证人会签",
        )
    _say(
        verdict,
        "standing.unknown",
        f"a file cannot show what came after {judged.stamp}: ask the issuer whether it still stands",
        f"文件本身无法表明 {judged.stamp} 之后是否被撤销或替代，请向出具单位查询",
    )


def _say(verdict: Verdict, code: str, en: str, zh: str) -> None:
    verdict.reasons.append(Reason(code, en, zh))


def _proved(judged: Ground, checkpoint: Checkpoint, index: int) -> dict[str, Any]:
    head, item = judged.certificate, judged.item
    issuer = judged.organisations[head.organisation]
    return {
        "number": head.number,
        **judged.opened,
        "volunteer": item.volunteer,
        "issuer": issuer.name,
        "organisation": head.organisation,
        "from": item.from_,
        "to": item.to,
        "minutes": item.minutes,
        "by_class": item.by_class.form(),
        "lines": _lines(judged),
        "issued": judged.stamp,
        "entry": index,
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "clock": judged.charter.clock,
    }


def _lines(judged: Ground) -> Sequence[dict[str, Any]]:
    rows = {row.code: row for row in judged.activities.values()}
    found = []
    for key, line in judged.lines.items():
        activity = rows[judged.activity_of[key]]
        found.append(
            {
                "activity": activity.code,
                "name": activity.name,
                "place": activity.place,
                "start": line.start,
                "end": line.end,
                "minutes": line.minutes,
                "class": line.class_,
            }
        )
    return found
