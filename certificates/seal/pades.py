"""The seal: PAdES B-B (ETSI EN 319 142-1) over a page and its proof, made and checked.

The CMS (RFC 5652) has one form, written by `_cms` alone: SHA-256; the signed attributes
content-type, message-digest and signing-certificate-v2 (RFC 5035) over the whole bag; the bag holds
the sealing certificate and its chain below the root, nothing else; ECDSA with the smaller of the
two values of s, or RSA PKCS #1 v1.5. Checking takes certificates and signature out and writes it
again: no byte is left that the signature does not fix. The signing time is `/M`, as PAdES wants.

Readers of PDF refuse Ed25519, so the seal's keys are not the ledger's.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from certificates import envelope
from certificates.seal import der
from certificates.seal.chain import (
    PublicKey,
    SealInfo,
    authorities,
    certificate,
    check_chain,
    sealing_key,
    unverified,
)
from ledger.errors import Malformed
from ledger.times import moment

_MAX_CHAIN = 4
# The orders of the groups (FIPS 186-5): s and order − s sign alike, so the smaller is demanded.
_ORDERS = {
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "secp384r1": int(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF"
        "581A0DB248B0A77AECEC196ACCC52973", 16,
    ),
}  # fmt: skip
_DATA = der.oid("1.2.840.113549.1.7.1")
_SIGNED_DATA = der.oid("1.2.840.113549.1.7.2")
_CONTENT_TYPE = der.oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE_V2 = der.oid("1.2.840.113549.1.9.16.2.47")
_SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))  # no parameters: RFC 5754, 2
_ECDSA = der.sequence(der.oid("1.2.840.10045.4.3.2"))
_RSA = der.sequence(der.oid("1.2.840.113549.1.1.11"), der.wrap(der.NULL))
_VERSION_1, _DIGESTS, _CONTENT = der.integer(1), der.set_of(_SHA256), der.sequence(_DATA)
_OF_DATA = der.sequence(_CONTENT_TYPE, der.set_of(_DATA))


@dataclass(frozen=True, slots=True)
class Sealer:
    """What seals: certificates in DER, the sealing one first, then up to below the root.

    `sign` returns a signature with SHA-256 over what it is given; the key may be in memory or in a
    token that never lets go of it.
    """

    certificates: tuple[bytes, ...]
    sign: Callable[[bytes], bytes]

    @property
    def sha256(self) -> str:
        """The digest that a certificate statement names as its `signer`."""
        return sha256(self.certificates[0]).hexdigest()


def seal(page: bytes, attachment: bytes, sealer: Sealer, *, signed_at: str) -> bytes:
    """Return the finished certificate's file."""
    file = envelope.update(page, attachment, signed_at=signed_at)
    return envelope.filled(file, sign(sha256(envelope.to_sign(file)).digest(), sealer))


def sign(digest: bytes, sealer: Sealer) -> bytes:
    """Return the CMS of `sealer`, in DER, over what has that SHA-256."""
    leaf = certificate(sealer.certificates[0])
    attributes = _attributes(digest, sealer.certificates)
    value = _least(sealing_key(leaf), sealer.sign(der.set_of(*attributes)))
    return _cms(attributes, sealer.certificates, value)


def check(
    digest: bytes, signed: bytes, *, signer_sha256: str, issuers: Sequence[str], at: str
) -> SealInfo:
    """Raise unless `signed` is the one form of a seal by the certificate named, over that SHA-256.

    Its chain must lead to one of `issuers` (PEM) and hold at the instant `at`.
    """
    bag, value = _parsed(signed)
    chain = _chain(bag, signer_sha256)
    key = sealing_key(certificate(chain[0]))
    attributes = _attributes(digest, chain)
    if _cms(attributes, chain, _least(key, value)) != signed:
        raise unverified(
            "it is not the one form of a seal over this file", "不是对本文件的规范签章"
        )
    _check_signature(key, value, der.set_of(*attributes))
    return check_chain([certificate(each) for each in chain], authorities(issuers), moment(at))


def check_sealer(sealer: Sealer, issuers: Sequence[str], at: str) -> SealInfo:
    """Raise unless a seal made with it would hold: the key fits, the chain leads up, it is valid at `at`.

    Asked before anything is logged: a certificate that cannot be sealed is not to exist.
    """
    probe = sha256(b"volunteer-ledger: does this key fit its certificate?\n").digest()
    return check(probe, sign(probe, sealer), signer_sha256=sealer.sha256, issuers=issuers, at=at)


def _attributes(digest: bytes, certificates: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the signed attributes (RFC 5652, 11.1 and 11.2; RFC 5035, 3)."""
    return (
        _OF_DATA,
        _attribute(_MESSAGE_DIGEST, der.wrap(der.OCTETS, digest)),
        _coat(tuple(certificates)).named,
    )


def _attribute(kind: bytes, value: bytes) -> bytes:
    return der.sequence(kind, der.set_of(value))


def _cms(attributes: Iterable[bytes], certificates: Sequence[bytes], value: bytes) -> bytes:
    """Write the one form of our CMS (RFC 5652, 5)."""
    coat = _coat(tuple(certificates))
    signer = der.sequence(
        _VERSION_1,
        coat.signer,
        _SHA256,
        der.set_of(*attributes, tag=der.CONTEXT_0),
        coat.algorithm,
        der.wrap(der.OCTETS, value),
    )
    signed_data = der.sequence(
        _VERSION_1,
        _DIGESTS,
        _CONTENT,
        coat.bag,
        der.set_of(signer),
    )
    return der.sequence(_SIGNED_DATA, der.wrap(der.CONTEXT_0, signed_data))


class _Coat(NamedTuple):
    """What all seals under one chain of certificates have in common."""

    named: bytes  # the attribute signing-certificate-v2
    signer: bytes  # issuer and serial number of the sealing certificate
    algorithm: bytes
    bag: bytes


@lru_cache(maxsize=256)  # a thousand certificates have the seal of one
def _coat(certificates: tuple[bytes, ...]) -> _Coat:
    leaf = certificate(certificates[0])
    names = (der.sequence(der.wrap(der.OCTETS, sha256(each).digest())) for each in certificates)
    elliptic = isinstance(sealing_key(leaf), ec.EllipticCurvePublicKey)
    return _Coat(
        named=_attribute(_SIGNING_CERTIFICATE_V2, der.sequence(der.sequence(*names))),
        signer=der.sequence(leaf.issuer.public_bytes(), der.integer(leaf.serial_number)),
        algorithm=_ECDSA if elliptic else _RSA,
        bag=der.set_of(*certificates, tag=der.CONTEXT_0),
    )


def _parsed(signed: bytes) -> tuple[tuple[bytes, ...], bytes]:
    """Take certificates and signature out of a CMS; nothing of it is believed yet."""
    try:
        _, content = der.read(signed).children()
        _, _, _, bag, signers = content.children()[0].children()
        value = signers.children()[0].children()[-1].content
    except (ValueError, IndexError) as error:
        raise Malformed("the seal is not readable", "签章无法读取") from error
    certificates = tuple(map(bytes, bag.children()))
    if not 0 < len(certificates) <= _MAX_CHAIN:
        raise unverified("its certificate bag is empty or too full", "证书数量不符")
    return certificates, value


@lru_cache(maxsize=256)
def _chain(bag: tuple[bytes, ...], signer_sha256: str) -> tuple[bytes, ...]:
    """Return the bag from the certificate named upwards, each the issuer of the one before."""
    rest = {sha256(each).hexdigest(): each for each in bag}
    if signer_sha256 not in rest:
        raise unverified("it is by another certificate than stated", "签章证书与声明不符")
    chain = [rest.pop(signer_sha256)]
    while rest:
        issuer = certificate(chain[-1]).issuer
        above = [name for name, each in rest.items() if certificate(each).subject == issuer]
        if not above:
            raise unverified("its bag holds more than one chain", "证书包含有多余证书")
        chain.append(rest.pop(above[0]))
    return tuple(chain)


def _check_signature(key: PublicKey, value: bytes, data: bytes) -> None:
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, data, ec.ECDSA(SHA256()))
        else:
            key.verify(value, data, padding.PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise unverified("its signature does not hold", "签名不成立") from error


def _least(key: PublicKey, value: bytes) -> bytes:
    """Return an ECDSA signature with the smaller s, an RSA signature as it is."""
    if isinstance(key, rsa.RSAPublicKey):
        return value
    try:
        r, s = decode_dss_signature(value)
    except ValueError as error:
        raise unverified("its signature is not readable", "签名无法读取") from error
    return encode_dss_signature(r, min(s, _ORDERS[key.curve.name] - s))
