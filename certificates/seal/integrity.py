"""Data Integrity proofs by `ecdsa-jcs-2019` over P-256, and their keys as `did:key`.

    hashed = SHA-256(JCS(proof without proofValue)) || SHA-256(JCS(document without proof))
    did    = did:key:z<base58btc of 0x80 0x24 and the compressed point>

W3C Data Integrity ECDSA Cryptosuites 1.0, sections 2.1 (Multikey) and 3.3 (ecdsa-jcs-2019); the
`did:key` method 0.9. JCS is RFC 8785: `encoding` writes the part of it without floats and nulls. The
signature is r and s, 32 bytes each, in base58btc behind the `z` of multibase.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certificates.seal.chain import certificate as parsed
from certificates.seal.chain import sealing_key
from certificates.seal.p256 import HALF, ORDER
from certificates.seal.pades import Sealer
from ledger import encoding
from ledger.errors import Unverified

SUITE = "ecdsa-jcs-2019"
_P256_PUB = b"\x80\x24"  # the varint of 0x1200, multicodec's p256-pub
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LONGEST = 100  # digits; a signature has 88 at most, and base58 takes time by the square


def did(certificate: bytes) -> str:
    """Return the key that a certificate (DER) is for as a DID; raises `Unverified` but for P-256."""
    point = _key(certificate).public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return f"did:key:z{_base58(_P256_PUB + point)}"


def secure(document: Mapping[str, Any], sealer: Sealer, created: str) -> dict[str, Any]:
    """Return the document with a proof by the sealer's first certificate's key (3.3.1)."""
    options = _options(document, sealer.certificates[0], created)
    r, s = decode_dss_signature(sealer.sign(_hashed(document, options)))
    return {**document, "proof": {**options, "proofValue": _value(r, s)}}


def secured(
    document: Mapping[str, Any], certificate: bytes, created: str, value: str
) -> dict[str, Any]:
    """Return the document with the one form of the proof that `value` is in, not yet checked.

    Of an ECDSA signature's two values of s the smaller is written: the other signs as well.
    """
    options = _options(document, certificate, created)
    return {**document, "proof": {**options, "proofValue": _value(*_signature(value))}}


def check(document: Mapping[str, Any], certificate: bytes) -> None:
    """Raise `Unverified` unless the document's proof holds under a certificate's key (3.3.2)."""
    rest = {name: value for name, value in document.items() if name != "proof"}
    proof = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    signature = encode_dss_signature(*_signature(document["proof"]["proofValue"]))
    try:
        _key(certificate).verify(signature, _hashed(rest, proof), ec.ECDSA(SHA256()))
    except InvalidSignature as error:
        raise Unverified(
            "the signature of the credential does not hold", "凭证的签名不成立"
        ) from error


def _options(document: Mapping[str, Any], certificate: bytes, created: str) -> dict[str, Any]:
    """Return a proof but for its value; the context in it is signed, and stays (3.3.1, step 2)."""
    key = did(certificate)
    return {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": created,
        "verificationMethod": f"{key}#{key.removeprefix('did:key:')}",
        "proofPurpose": "assertionMethod",
    }


def _hashed(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """Return what is signed (3.3.4)."""
    return b"".join(sha256(encoding.encode(dict(part))).digest() for part in (options, document))


def _key(certificate: bytes) -> ec.EllipticCurvePublicKey:
    key = sealing_key(parsed(certificate))
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1":
        return key
    raise Unverified("the credential's key is not of P-256", "凭证的密钥不是 P-256")


def _value(r: int, s: int) -> str:
    halves = (number.to_bytes(HALF, "big") for number in (r, min(s, ORDER - s)))
    return f"z{_base58(b''.join(halves))}"


def _signature(value: str) -> tuple[int, int]:
    """Read r and s, each between 1 and the order, from their one spelling."""
    data = _unbase58(value.removeprefix("z"))
    r, s = int.from_bytes(data[:HALF], "big"), int.from_bytes(data[HALF:], "big")
    one = f"z{_base58(data)}" == value and len(data) == 2 * HALF
    if not one or not (0 < r < ORDER and 0 < s < ORDER):
        raise Unverified("the credential's signature is not readable", "凭证的签名无法读取")
    return r, s


def _base58(data: bytes) -> str:
    """Write bytes in base58btc: a number in 58 digits, zero bytes before it as so many `1`."""
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, len(_BASE58))
        digits = _BASE58[digit] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def _unbase58(text: str) -> bytes:
    """Read what may be base58btc; the caller writes it back and compares."""
    number = 0
    for sign in text[:_LONGEST]:
        number = number * len(_BASE58) + max(_BASE58.find(sign), 0)
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(min(zeros, _LONGEST)) + number.to_bytes((number.bit_length() + 7) // 8, "big")
