"""Plain signatures by a sealing key on P-256: r and s, 32 bytes each, the smaller of the two values of s.

ECDSA with SHA-256 (FIPS 186-5). Both s and order − s would sign, so there would be two signatures
where one is meant. Nothing is around them as in the CMS of `pades`: who signs says in the data what it is.
"""

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from certificates.seal.chain import certificate, sealing_key, unverified
from certificates.seal.pades import Sealer

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-5
HALF = 32  # bytes of r and of s
SIZE = 2 * HALF


def signs(sealer: Sealer) -> bool:
    """Tell whether the key of a sealer is on P-256."""
    return _is_p256(sealing_key(certificate(sealer.certificates[0])))


def sign(data: bytes, sealer: Sealer) -> bytes:
    """Return the signature of the sealer, whose key is on P-256."""
    r, s = decode_dss_signature(sealer.sign(data))
    return b"".join(number.to_bytes(HALF, "big") for number in (r, min(s, ORDER - s)))


def check(data: bytes, signature: bytes, by: x509.Certificate) -> None:
    """Raise `Unverified` unless a signature is the one form of a certificate's over the data."""
    key = sealing_key(by)
    if not (isinstance(key, ec.EllipticCurvePublicKey) and _is_p256(key)):
        raise unverified("its key is not of P-256", "密钥不是 P-256")
    r, s = (int.from_bytes(half, "big") for half in (signature[:HALF], signature[HALF:]))
    if len(signature) != SIZE or not (0 < r < ORDER and 0 < s <= ORDER // 2):
        raise unverified("its signature is not readable", "签名无法读取")
    try:
        key.verify(encode_dss_signature(r, s), data, ec.ECDSA(SHA256()))
    except InvalidSignature as error:
        raise unverified("its signature does not hold", "签名不成立") from error


def _is_p256(key: object) -> bool:
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1"
