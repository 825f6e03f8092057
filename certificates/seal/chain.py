"""Whose seal it is: certificates, from the sealing one up to an authority that is trusted.

What RFC 5280, section 6, asks of a path, as far as seals need it: issued by the next, made for it,
valid at the time, and no critical word that is not understood. No names are constrained, nothing
is fetched: what an authority took back is told by a list that the reader brings (`revocation`).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import NameOID

from ledger.errors import Malformed, Unverified
from ledger.times import instant

_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384"}  # as they are called
_RSA_BITS = range(2048, 4097)
FOR_CREDENTIALS = "可验证凭证"  # the end of the common name of a key that signs for wallets
# What the library raises at bytes that are no X.509; found by damaging some, its manual names the first.
UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
Certificate = x509.Certificate


@dataclass(frozen=True, slots=True)
class SealInfo:
    """Under which certificate was sealed, and on whose word."""

    subject: str
    issuer: str  # with the serial it names a certificate (RFC 5280, 4.1.2.2)
    serial: str  # hexadecimal, as every tool shows it
    not_before: str
    not_after: str
    authority: str  # the root, as trust.json lists it
    path: tuple[bytes, ...]  # in DER, from the sealing certificate up to that root


def check_chain(
    chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], at: datetime
) -> SealInfo:
    """Raise unless each certificate was issued by the next, the last by a root (RFC 5280, 6)."""
    found = [each for each in roots if issued(chain[-1], each)]
    if not found:
        raise unverified(
            "no authority of trust.json issued its certificate", "trust.json 中没有签发此证书的机构"
        )
    root = max(found, key=lambda each: _valid(each, at))  # one key may have a renewed certificate
    path = (*chain, root)
    info = _followed(path)
    for each in path:
        if not _valid(each, at):
            raise _expired(each, at)
    return info


@lru_cache(maxsize=256)  # a thousand certificates have the seal of one
def _followed(path: tuple[x509.Certificate, ...]) -> SealInfo:
    """Return what a path says of itself; raise unless it holds, whenever that is."""
    *chain, root = path
    if any(each.subject == each.issuer for each in chain):
        raise unverified("its bag holds a root, which has no place there", "证书包含有根证书")
    _check_sealing(chain[0])
    for depth, (below, above) in enumerate(pairwise(path)):
        _check_issuing(above, depth)
        if not issued(below, above):
            raise unverified("its chain of certificates is broken", "证书链不成立")
    return SealInfo(
        subject=chain[0].subject.rfc4514_string(),
        issuer=chain[0].issuer.rfc4514_string(),
        serial=serial(chain[0]),
        not_before=instant(chain[0].not_valid_before_utc),
        not_after=instant(chain[0].not_valid_after_utc),
        authority=root.subject.rfc4514_string(),
        path=tuple(each.public_bytes(Encoding.DER) for each in path),
    )


def organisation(certificate: x509.Certificate) -> str:
    """Return the organisation that a certificate is made out to; its common name where it has none."""
    for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        if found := certificate.subject.get_attributes_for_oid(oid):
            return str(found[0].value)
    return ""


def is_for_credentials(certificate: x509.Certificate) -> bool:
    """Tell whether a key of ours signs credentials for wallets, and neither pages nor paper."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return any(str(name.value).endswith(f" {FOR_CREDENTIALS}") for name in names)


def serial(certificate: x509.Certificate) -> str:
    """Write a certificate's serial number."""
    return f"{certificate.serial_number:x}"


@lru_cache(maxsize=256)  # a thousand certificates have the seal of one
def issued(below: x509.Certificate, above: x509.Certificate) -> bool:
    """Tell whether a certificate is signed by another, whose name it gives as its issuer."""
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _check_sealing(certificate: x509.Certificate) -> None:
    """Raise unless a certificate is for signing, and not for signing other certificates."""
    usage, basic = usage_of(certificate)
    if usage is None or not (usage.digital_signature or usage.content_commitment):
        raise unverified("its certificate is not made for signing", "证书用途不含签名")
    if basic is not None and basic.ca:
        raise unverified("its certificate is an authority's", "签章证书是机构证书")


def _check_issuing(certificate: x509.Certificate, depth: int) -> None:
    """Raise unless it is an authority's with room for `depth` others below (RFC 5280, 4.2.1)."""
    usage, basic = usage_of(certificate)
    if basic is None or not basic.ca or usage is None or not usage.key_cert_sign:
        raise unverified("its chain holds one who may not issue", "证书链中有无签发资格者")
    if basic.path_length is not None and depth > basic.path_length:
        raise unverified("its chain is longer than allowed", "证书链过长")


def _valid(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _expired(certificate: x509.Certificate, at: datetime) -> Unverified:
    first = instant(certificate.not_valid_before_utc)
    last = instant(certificate.not_valid_after_utc)
    return unverified(
        f"at {instant(at)} a certificate was not valid, only from {first} to {last}",
        f"{instant(at)} 不在证书有效期内（{first} 至 {last}）",
    )


def usage_of(
    certificate: x509.Certificate,
) -> tuple[x509.KeyUsage | None, x509.BasicConstraints | None]:
    """Return what a certificate says it is for; a critical word not understood refuses it."""
    usage, basic = None, None
    for extension in _extensions(certificate):
        value: x509.ExtensionType = extension.value
        match value:
            case x509.KeyUsage():
                usage = value
            case x509.BasicConstraints():
                basic = value
            case x509.ExtendedKeyUsage():
                pass  # nobody agrees on the one for documents (RFC 9336 is young)
            case _ if extension.critical:
                raise unverified(
                    f"a certificate has the critical extension {extension.oid.dotted_string}",
                    f"证书含有无法识别的关键扩展 {extension.oid.dotted_string}",
                )
            case _:
                pass  # a word that need not be understood
    return usage, basic


def _extensions(certificate: x509.Certificate) -> x509.Extensions:
    try:
        return certificate.extensions
    except UNREADABLE as error:
        raise unverified("a certificate cannot be read", "证书无法读取") from error


@lru_cache(maxsize=256)
def certificate(data: bytes) -> x509.Certificate:
    """Read a certificate, or raise `Malformed`; what the library takes only for now is not taken."""
    try:
        with warnings.catch_warnings(action="error", category=CryptographyDeprecationWarning):
            found = x509.load_der_x509_certificate(data)
            # Read now what is read later: the library reads no field before it is asked for.
            _ = found.subject, found.issuer, found.not_valid_before_utc, found.not_valid_after_utc
            _ = found.serial_number
    except (*UNREADABLE, CryptographyDeprecationWarning) as error:
        raise Malformed("the seal's certificate is not readable", "签章证书无法读取") from error
    return found


@dataclass(frozen=True, slots=True)
class Shown:
    """What people are shown of a certificate."""

    serial: str
    subject: str
    issuer: str
    not_before: str
    not_after: str
    algorithm: str


def shown(certificate: x509.Certificate) -> Shown:
    """Return what people are shown of a certificate."""
    return Shown(
        serial=serial(certificate),
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        not_before=instant(certificate.not_valid_before_utc),
        not_after=instant(certificate.not_valid_after_utc),
        algorithm=_algorithm(certificate),
    )


def _algorithm(certificate: x509.Certificate) -> str:
    try:
        key = sealing_key(certificate)
    except Unverified:
        return "?"  # an authority may have a key that no seal has
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA-{key.key_size}"
    return f"ECDSA {_CURVES[key.curve.name]}"


def to_pem(data: bytes) -> str:
    """Write a certificate in PEM."""
    return certificate(data).public_bytes(Encoding.PEM).decode()


def authorities(listed: Sequence[str], field: str = "issuers") -> tuple[x509.Certificate, ...]:
    """Read the authorities that a verifier trusts, as `field` of trust.json lists them."""
    return _authorities(tuple(listed), field)


@lru_cache(maxsize=32)
def _authorities(listed: tuple[str, ...], field: str) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificate(each.encode()) for each in listed)
    except UNREADABLE as error:
        raise Malformed(
            f"trust.json: {field} holds what is no PEM certificate",
            f"trust.json 的 {field} 中有非 PEM 证书",
        ) from error


def sealing_key(certificate: x509.Certificate) -> PublicKey:
    """Return the key that seals, if it is of a kind that readers of PDF take."""
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA_BITS:
        return key
    raise unverified(
        "its key is neither ECDSA P-256 or P-384 nor RSA of 2048 to 4096 bits",
        "密钥既非 ECDSA P-256 或 P-384，也非 2048 至 4096 位 RSA",
    )


def unverified(en: str, zh: str) -> Unverified:
    """Return the refusal of a seal."""
    return Unverified(f"the seal does not hold: {en}", f"电子签章不成立：{zh}")
