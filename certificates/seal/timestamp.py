"""Time stamps (RFC 3161): another's signed word that a checkpoint existed before a time.

One token serves every certificate under a checkpoint. It is over the note as the log signed it,
without the lines of witnesses (`ledger.checkpoint.as_signed`). It adds to what is proved and takes
nothing away: a certificate whose token nobody vouches for is judged as one without.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from certificates.seal import der
from certificates.seal.chain import authorities, certificate
from ledger.errors import LedgerError, Malformed, Unsafe, Unverified
from ledger.times import instant, moment

_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_GRANTED = der.sequence(der.integer(0))  # the status of an answer (RFC 3161, 2.4.2)
_DAMAGED = (
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
)  # what the library raises, tried with damage
_TOLERANCE = timedelta(minutes=5)  # between two clocks, as DESIGN.md allows an officer's


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """That something existed before an instant, and on whose word."""

    before: str
    by: str
    serial: int
    nonce: int | None


def question(data: bytes) -> tuple[bytes, int]:
    """Return a request for a time stamp over data, and the nonce that the answer must repeat."""
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    asked = builder.cert_request(cert_request=True).build()
    assert asked.nonce is not None
    return asked.as_bytes(), asked.nonce


def answered(answer: bytes, data: bytes, nonce: int) -> bytes:
    """Return the token of an authority's answer, or raise `Unsafe` where it is none to our question."""
    try:
        found = decode_timestamp_response(_ordered(answer))
        token = found.time_stamp_token() if found.status == 0 else b""
        said = "; ".join(found.status_string)
    except (LedgerError, *_DAMAGED) as error:
        raise _no_answer("it is no time-stamp reply", "不是时间戳应答") from error
    if not token:
        why = f" {found.status} {said}".rstrip()
        raise _no_answer(f"it refused, with status{why}", f"对方拒绝，状态{why}")
    stamp = read(token, data)
    if stamp.nonce != nonce:
        raise _no_answer("it answers another question", "答复与请求不对应")
    return token


def check(token: bytes, data: bytes, listed: Sequence[str], *, not_before: str) -> TimeStamp:
    """Return what a token says, or raise: it is over these data, by an authority that is listed (PEM).

    `not_before` is the log's own time of the newest thing in what was stamped: a token from before it,
    beyond what clocks differ, contradicts the log.
    """
    stamp = read(token, data)
    roots = list(authorities(listed, "timestamps"))
    try:
        VerifierBuilder(roots=roots).build().verify(_response(token), sha256(data).digest())
    except (VerificationError, x509.InvalidVersion, *_DAMAGED) as error:
        why = (
            (
                "no authority listed in trust.json (timestamps) vouches for it, or it is damaged",
                "trust.json 的 timestamps 所列机构都没有为其担保，或时间戳已损坏",
            )
            if roots
            else (
                "no authority is listed in trust.json (timestamps)",
                "trust.json 的 timestamps 中没有列入机构",
            )
        )
        raise Unverified(
            f"the time stamp of {stamp.before} by {stamp.by} decides nothing: {why[0]}",
            f"{stamp.by} 于 {stamp.before} 所加的时间戳不作依据：{why[1]}",
        ) from error
    if moment(stamp.before) < moment(not_before) - _TOLERANCE:
        raise Unverified(
            f"the time stamp says {stamp.before}, but the log stamped an entry in it at {not_before}:"
            " one of the two clocks is wrong",
            f"时间戳为 {stamp.before}，而账本在 {not_before} 才接纳其中的条目：两者的时钟必有一个不准",
        )
    return stamp


def read(token: bytes, data: bytes) -> TimeStamp:
    """Return what a token over these data says, believed by nobody yet."""
    try:
        found = _response(token)
        info = found.tst_info
        imprint = info.message_imprint
        signer = _signer(found)
        stamp = TimeStamp(
            before=_not_after(info.gen_time, info.accuracy),
            by=signer.subject.rfc4514_string(),
            serial=info.serial_number,
            nonce=info.nonce,
        )
    except _DAMAGED as error:
        raise Malformed("the time stamp is not readable", "时间戳无法读取") from error
    if (imprint.hash_algorithm, imprint.message) != (_SHA256, sha256(data).digest()):
        raise Unverified(
            "the time stamp is over something else than this checkpoint", "时间戳不是对此检查点所加"
        )
    return stamp


def _response(token: bytes) -> TimeStampResponse:
    """Wrap a token as the answer it came in: the library reads no other form."""
    return decode_timestamp_response(_ordered(der.sequence(_GRANTED, token)))


def _ordered(answer: bytes) -> bytes:
    """Return an answer with the certificates in the order of DER, which nobody signs.

    OpenSSL and others write them as they come; the library refuses what is not in order.
    """
    status, *rest = der.read(answer).children()
    if not rest:
        return answer  # a refusal
    (token,) = rest
    kind, content = token.children()
    (signed,) = content.children()
    parts = [
        der.set_of(*map(bytes, part.children()), tag=der.CONTEXT_0)
        if part.tag == der.CONTEXT_0
        else bytes(part)
        for part in signed.children()
    ]
    ordered = der.sequence(bytes(kind), der.wrap(content.tag, der.sequence(*parts)))
    return der.sequence(bytes(status), ordered)


def _signer(found: TimeStampResponse) -> x509.Certificate:
    """Return the one certificate of him who signed.

    A second one under the same issuer and number would let one be named and another be checked.
    """
    (signer,) = found.signed_data.signer_infos
    name = (signer.issuer, signer.serial_number)
    held = map(certificate, found.signed_data.certificates)
    (own,) = (each for each in held if (each.issuer, each.serial_number) == name)
    return own


def _not_after(at: datetime, accuracy: object) -> str:
    """Return the first whole second that is not before the time, its accuracy added."""
    parts = (getattr(accuracy, name, None) or 0 for name in ("seconds", "millis", "micros"))
    seconds, millis, micros = parts
    latest = at + timedelta(seconds=seconds, milliseconds=millis, microseconds=micros)
    up = timedelta(seconds=1) if latest.microsecond else timedelta()
    return instant(latest.replace(microsecond=0) + up)


def _no_answer(en: str, zh: str) -> Unsafe:
    return Unsafe(
        "timestamp.answer",
        en=f"the time-stamping authority gave no time stamp: {en}",
        zh=f"时间戳服务没有给出时间戳：{zh}",
    )
