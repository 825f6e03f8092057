"""Is this certificate genuine, and was it logged? From the file and `trust.json` alone.

The eleven steps of DESIGN.md section 7, in order, and three separate answers, never one green tick:
*genuine* (steps 3, 5 to 11), *logged* (2 and 4), and *standing*, which no file can show of itself:
nothing in a certificate tells that a line was voided or the certificate revoked later. A signed list
(`statuslist`) can, up to its time. A credential for wallets has no page: its own check stands in the
place of steps 10 and 11.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, TypeVar

from certificates import (
    anchoring,
    credential,
    envelope,
    ground,
    pdf,
    printed,
    proof,
    standing,
    text,
)
from certificates.anchoring import Anchored, Through
from certificates.claimed import claimed
from certificates.ground import Ground
from certificates.printed import Stated
from certificates.seal import pades
from certificates.seal.chain import SealInfo
from certificates.standing import Answer, Reason
from certificates.told import Told, check_logged, tell
from certificates.verdict import ALONE, Beside, Verdict, of_lists, sealed_under
from ledger.checkpoint import Checkpoint, as_signed
from ledger.encoding import unbase64
from ledger.errors import LedgerError, Unverified
from ledger.note import Note
from ledger.rows import HonourItem, TrainingItem
from ledger.times import hours_and_minutes, instant_of
from ledger.trust import Trust, cosigned_times

T = TypeVar("T")


def verify(file: bytes, trust: Trust, beside: Beside = ALONE) -> Verdict:
    """Verify a certificate; what cannot be shown is said in the verdict, nothing is raised.

    A list is asked only about what its own log has taken in.
    """
    verdict = Verdict()
    parts = _try(verdict, "file", lambda: _split(file))
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
    _check_logged(verdict, (found, told), checkpoint, (trust, beside.anchors))  # 2, 4
    judged = _try(verdict, "statements", lambda: ground.judge(found, told))  # 5 to 9
    if judged is None:
        return verdict
    coat = _check_coat(verdict, file, parts, (judged, checkpoint), (trust, beside.crls))
    verdict.genuine = coat is not None
    verdict.ref = told[-1].statement.ref
    if coat is not None:
        verdict.stated, verdict.seal = coat
        verdict.certificate = _proved(judged, checkpoint, found.certificate)
        _remark(verdict, judged)
    _ask_beside(verdict, judged, beside)
    if found.timestamp is not None:
        verdict.timestamp = _try(verdict, "timestamp", lambda: _stamped(found, judged, trust)) or {}
    return verdict


def _ask_beside(verdict: Verdict, judged: Ground, beside: Beside) -> None:
    """Say how the certificate stands, as far as the lists that a reader has know it."""
    if not verdict.genuine:
        verdict.stands = Answer(as_of=judged.stamp)
        return
    verdict.stand(standing.untold(judged.stamp))
    if verdict.logged and beside.status:
        verdict.stand(_try(verdict, "standing", lambda: _listed(verdict, beside)) or verdict.stands)
    verdict.reasons += of_lists(verdict.seal, beside, judged.stamp)


def _listed(verdict: Verdict, beside: Beside) -> Answer:
    return standing.by_list(verdict.stands, verdict.asked, beside.status, now=beside.now)


def _try(verdict: Verdict, step: str, check: Callable[[], T]) -> T | None:
    """Run a step; where it does not hold, say why and return nothing."""
    try:
        return check()
    except LedgerError as error:
        verdict.reasons.append(Reason(f"{step}.{error.code}", error.en, error.zh))
        return None


def _split(file: bytes) -> envelope.Parts | credential.Parts:
    """Take a file apart: a PDF, or JSON as wallets hold it."""
    return credential.split(file) if file.lstrip()[:1] == b"{" else envelope.split(file)


def _checkpoint(found: proof.Proof) -> Checkpoint:
    return Checkpoint.parse(Note.parse(found.checkpoint.encode()).text)


def _check_logged(
    verdict: Verdict,
    shown: tuple[proof.Proof, Sequence[Told]],
    claimed: Checkpoint,
    believed: tuple[Trust, Sequence[Anchored]],
) -> None:
    def check() -> tuple[int, Mapping[str, int]]:
        (found, told), (trust, anchors) = shown, believed
        try:
            checkpoint, seen = _trusted(trust, found.checkpoint.encode())  # 2
            witnesses = len(seen)
        except Unverified:
            if not anchors:
                raise
            verdict.through = _through(anchors, claimed, trust)
            checkpoint, seen, witnesses = claimed, {}, verdict.through.witnesses
        check_logged(told, found.hashes, checkpoint)  # 4
        return witnesses, seen

    known = _try(verdict, "log", check)
    verdict.logged = known is not None
    verdict.witnesses, seen = known or (0, {})
    verdict.cosigned = {name: instant_of(time) for name, time in seen.items()}
    if verdict.through and verdict.logged:
        _say(verdict, "log.anchored", *_anchored(verdict.through, claimed))


def _through(anchors: Sequence[Anchored], claimed: Checkpoint, trust: Trust) -> Through:
    """Return by whose word the checkpoint is known; where none of several proofs holds, say why not.

    Whoever checks many certificates brings many: what the last one lacks is told of those for this log.
    """
    trouble: LedgerError = Unverified("no proof through an anchor", "没有锚定证明")
    for one in sorted(anchors, key=lambda each: _is_about(each, claimed)):
        try:
            return anchoring.check(one, claimed, trust)
        except LedgerError as error:
            trouble = error
    raise trouble


def _is_about(one: Anchored, claimed: Checkpoint) -> bool:
    try:
        return anchoring.target(one).origin == claimed.origin
    except LedgerError:
        return False


def _anchored(through: Through, claimed: Checkpoint) -> tuple[str, str]:
    if through.anchor is None:
        return (
            f"logged by {through.origin}, proved under its checkpoint of {through.size} entries",
            f"已入账，由账本 {through.origin} 的 {through.size} 条检查点证明",
        )
    return (
        f"logged by {claimed.origin}, which entry {through.anchor} of {through.origin} anchors",
        f"已记入账本 {claimed.origin}，由 {through.origin} 第 {through.anchor} 条锚定",
    )


@lru_cache(maxsize=64)  # certificates that were issued together have one checkpoint
def _trusted(trust: Trust, note: bytes) -> tuple[Checkpoint, Mapping[str, int]]:
    checkpoint, _ = trust.check(note)
    return checkpoint, cosigned_times(note, trust)


def _check_coat(
    verdict: Verdict,
    file: bytes,
    parts: envelope.Parts | credential.Parts,
    proved: tuple[Ground, Checkpoint],
    believed: tuple[Trust, Sequence[bytes]],
) -> tuple[tuple[Stated, ...], dict[str, str]] | None:
    """Return what a file states beside what was proved, and under which certificate.

    Nothing is returned, and the reasons say why, where it says something else, or somebody else does.
    """
    (judged, checkpoint), (trust, crls) = proved, believed
    if isinstance(parts, credential.Parts):
        check = partial(credential.check, parts, judged, trust.issuers)
        signed = _try(verdict, "credential", check)
        key = signed and _try(
            verdict, "revocation", lambda: sealed_under(signed, crls, parts.created)
        )
        return ((), key) if key else None
    sealed = _try(verdict, "seal", lambda: _check_file(file, parts, judged, trust))  # 10
    seal = sealed and _try(verdict, "revocation", lambda: sealed_under(sealed, crls, judged.stamp))
    words = _try(verdict, "page", lambda: _check_text(parts.page, judged, checkpoint))  # 11
    return (words, seal) if seal and words is not None else None


def _check_file(file: bytes, parts: envelope.Parts, judged: Ground, trust: Trust) -> SealInfo:
    """Step 10: this very page, in the one form, sealed by whom the statement names, trusted."""
    page = judged.certificate.page
    own, signed = envelope.digests(file, parts.page)
    if len(parts.page) != page.length or own.hex() != page.sha256:
        raise Unverified("the page is not the one that was logged", "页面不是账本所记的那一页")
    return pades.check(
        signed,
        parts.cms,
        signer_sha256=judged.certificate.signer,
        issuers=trust.issuers,
        at=judged.stamp,
    )


def _stamped(found: proof.Proof, judged: Ground, trust: Trust) -> dict[str, str]:
    """Return what a listed authority says of when the checkpoint existed; it decides nothing else."""
    from certificates.seal import timestamp  # most certificates have none

    token = unbase64(found.timestamp or "")
    data = as_signed(found.checkpoint.encode())
    stamp = timestamp.check(token, data, trust.timestamps, not_before=judged.stamp)
    return {"before": stamp.before, "by": stamp.by}


def _check_text(page: bytes, judged: Ground, checkpoint: Checkpoint) -> tuple[Stated, ...]:
    """Step 11: the page says what was proved, word by word, and nothing else of it."""
    return printed.compare(text.pages(pdf.read(page)), claimed(judged, checkpoint.origin))[1]


def _remark(verdict: Verdict, judged: Ground) -> None:
    if judged.charter.clock == "simulated":
        verdict.specimen = True
        _say(
            verdict,
            "specimen",
            "this is a specimen of a simulated ledger, never valid",
            "这是模拟账本的样本，不是有效证明",
        )
    if found := judged.carried:
        minutes = found.row.by_class.total
        _say(
            verdict,
            "carried",
            f"{minutes // 60} h {minutes % 60} min of the total are carried over from the closing at entry"
            f" {found.entry}: the operator's word, which an audit recomputes; no line is shown for them",
            f"合计中有 {hours_and_minutes(minutes)} 由第 {found.entry} 条结账结转：出自管理员的签署，由审计复算，"
            "未逐条示出",
        )
    if verdict.logged and not verdict.witnesses:
        _say(
            verdict,
            "log.alone",
            "on the log's word alone: no witness cosigned",
            "仅凭账本自身签名，没有见证人会签",
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
        **_carried(judged),
        "lines": _lines(judged),
        "star": judged.blocks.star or None,
        "training": [_row(row, "course", "host", "minutes") for row in judged.blocks.training],
        "honours": [_row(row, "title", "grantor") for row in judged.blocks.honours],
        "issued": judged.stamp,
        "entry": index,
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "clock": judged.charter.clock,
    }


def _carried(judged: Ground) -> dict[str, Any]:
    """Return what is carried over from a closing, and is the operator's word; nothing where nothing is."""
    found = judged.carried
    if found is None:
        return {}
    return {
        "carried": {
            "minutes": found.row.by_class.total,
            "by_class": found.row.by_class.form(),
            "as_of": found.closing.as_of,
            "size": found.closing.size,
            "entry": found.entry,
        }
    }


def _row(row: TrainingItem | HonourItem, *fields: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("date", *fields)}


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
