"""Signed notes (c2sp.org/signed-note): text, an empty line, then one line per signature.

    example text of any number of lines
                                            <- the last empty line ends the text
    — name base64(key ID || signature)      <- em dash, spaces as shown

Everything this ledger signs is a note: statements, checkpoints and cosignatures alike, so there is
one key format, one parser and one place where a signature is checked.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from msgspec import Struct

from ledger.encoding import base64, unbase64
from ledger.errors import Malformed, Unsafe, Unverified

ED25519 = 0x01
COSIGNATURE_ED25519 = 0x04  # c2sp.org/tlog-cosignature
COSIGNATURE_ML_DSA_44 = 0x06  # the same, in its draft 1.1: FIPS 204
COSIGNING = (COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44)
_KEY_SIZES = {ED25519: 32, COSIGNATURE_ED25519: 32, COSIGNATURE_ML_DSA_44: 1312}
_KEY_ID_SIZE = 4
_MAX_SIGNATURES = 100  # enough for any quorum; stops a hostile note from keeping us busy
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
_PRIME = 2**255 - 19
_EDWARDS_D = -121665 * pow(121666, -1, _PRIME) % _PRIME
_LOW_ORDER_Y = frozenset(
    {
        0,
        1,
        _PRIME - 1,
        int.from_bytes(
            bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
            "little",
        ),
        int.from_bytes(
            bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
            "little",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key and the name its owner signs under."""

    name: str
    key: bytes
    algorithm: int = ED25519

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys apart; never proof of anything by themselves."""
        kind = bytes([self.algorithm])
        return sha256(self.name.encode() + b"\n" + kind + self.key).digest()[:_KEY_ID_SIZE]

    @property
    def by(self) -> str:
        """Return key name and key ID, as statements name their signer: `T01/r1+530d903a`."""
        return f"{self.name}+{self.key_id.hex()}"

    def check(self, text: bytes, signature: bytes) -> None:
        """Raise `Unverified` unless `signature` is ours over `text` (RFC 8032, FIPS 204)."""
        try:
            if self.algorithm == COSIGNATURE_ML_DSA_44:
                MLDSA44PublicKey.from_public_bytes(self.key).verify(signature, text)
            else:
                Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text)
        except (InvalidSignature, ValueError, UnsupportedAlgorithm) as error:
            raise Unverified(f"bad signature by {self.by}", f"{self.by} 的签名不成立") from error

    def check_enrollable(self) -> None:
        """Raise `Unverified` for a key under which signatures can be made without its secret.

        RFC 8032 section 5.1.3 refuses non-canonical points; low-order ones sign anything. Every
        string of the right size is a key of ML-DSA-44 (FIPS 204, algorithm 23).
        """
        if self.algorithm == COSIGNATURE_ML_DSA_44:
            return
        y = int.from_bytes(self.key, "little") & (1 << 255) - 1
        square = (y * y - 1) * pow(_EDWARDS_D * y * y + 1, -1, _PRIME) % _PRIME
        on_curve = pow(square, (_PRIME - 1) // 2, _PRIME) == 1
        if y >= _PRIME or y in _LOW_ORDER_Y or not on_curve:
            raise Unverified(f"{self.by} is a weak key", f"{self.by} 是弱密钥，不能登记")

    def __str__(self) -> str:
        return f"{self.by}+{base64(bytes([self.algorithm]) + self.key)}"

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Read a verifier key, `name+id+base64(algorithm || key)`."""
        name, _, key = [*text.split("+", 2), "", ""][:3]
        try:
            data = unbase64(key) or b"\0"
        except Malformed:
            data = b"\0"
        if len(data) - 1 != _KEY_SIZES.get(data[0]):
            raise Malformed(f"{text[:60]!r} is not a verifier key", f"{text[:60]!r} 不是验证公钥")
        verifier = cls(name, data[1:], data[0])
        if str(verifier) != text or not is_name(name):
            raise Malformed(f"{text[:60]!r} is not a verifier key", f"{text[:60]!r} 不是验证公钥")
        return verifier


@lru_cache(maxsize=8)  # a bulk of statements is by one key
def _private(secret: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secret)


@dataclass(frozen=True, slots=True)
class Signer:
    """The 32 secret bytes of a key (of ML-DSA: its seed) and the name its owner signs under."""

    name: str
    secret: bytes
    algorithm: int = ED25519

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self._key().public_key().public_bytes_raw(), self.algorithm)

    def sign(self, message: bytes) -> bytes:
        """Sign these very bytes; what they are is the caller's to say."""
        return self._key().sign(message)

    def _key(self) -> Ed25519PrivateKey | MLDSA44PrivateKey:
        if self.algorithm == COSIGNATURE_ML_DSA_44:
            return MLDSA44PrivateKey.from_seed_bytes(self.secret)
        return _private(self.secret)

    def __repr__(self) -> str:
        return f"Signer({self.name!r})"  # a traceback is no place for a secret

    def to_pem(self, passphrase: bytes) -> bytes:
        """Return the key as PKCS#8, encrypted with the passphrase."""
        return self._key().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase)
        )

    @classmethod
    def from_pem(
        cls, name: str, pem: bytes, passphrase: bytes, algorithm: int = ED25519
    ) -> "Signer":
        """Read a PKCS#8 key file, or raise `Unsafe` for a wrong passphrase or another file."""
        try:
            key = load_pem_private_key(pem, passphrase)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise Unsafe(
                "key.passphrase",
                en=f"the key {name} does not open: wrong passphrase, or not a key file",
                zh=f"密钥 {name} 打不开：口令不对，或不是密钥文件",
            ) from error
        post_quantum = algorithm == COSIGNATURE_ML_DSA_44
        kind = "ML-DSA-44" if post_quantum else "Ed25519"
        if not isinstance(key, MLDSA44PrivateKey if post_quantum else Ed25519PrivateKey):
            raise Unsafe(
                "key.kind",
                en=f"the key {name} is not of {kind}",
                zh=f"密钥 {name} 不是 {kind} 密钥",
            )
        return cls(name, key.private_bytes_raw(), algorithm)


class Signature(Struct, frozen=True):
    """One signature line, not yet checked by anybody."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"— {self.name} {base64(self.key_id + self.value)}\n"

    @property
    def by(self) -> str:
        """Return key name and key ID of who is said to have signed."""
        return f"{self.name}+{self.key_id.hex()}"

    @classmethod
    def parse(cls, line: str) -> "Signature":
        """Read a signature line, without its newline."""
        parts = line.split(" ")
        if len(parts) != len(("dash", "name", "value")) or parts[0] != "—" or not is_name(parts[1]):
            raise Malformed("bad signature line", "签名行不规范")
        raw = unbase64(parts[2])
        if len(raw) <= _KEY_ID_SIZE:
            raise Malformed("bad signature line", "签名行不规范")
        return cls(parts[1], raw[:_KEY_ID_SIZE], raw[_KEY_ID_SIZE:])


class Note(Struct, frozen=True):
    """A text and the signatures under it, not yet checked by anybody."""

    text: str
    signatures: tuple[Signature, ...]

    def __bytes__(self) -> bytes:
        return f"{self.text}\n{''.join(map(str, self.signatures))}".encode()

    @classmethod
    def parse(cls, data: bytes) -> "Note":
        """Read a note. Only bytes that the note itself would write back are accepted."""
        try:
            text, _, block = data.decode().rpartition("\n\n")
        except UnicodeDecodeError as error:
            raise Malformed("note is not UTF-8", "签名文书不是 UTF-8") from error
        lines = block.split("\n")[:-1]
        if not 0 < len(lines) <= _MAX_SIGNATURES:
            raise Malformed("note has no signatures, or too many", "签名文书没有签名，或签名过多")
        note = cls(f"{text}\n", tuple(Signature.parse(line) for line in lines))
        if bytes(note) != data or _CONTROL.search(note.text):
            raise Malformed("note is not in canonical form", "签名文书不是规范形式")
        return note


def sign(text: str, *signers: Signer) -> Note:
    """Sign `text` once with each signer."""
    return Note(text, tuple(_sign(text, signer) for signer in signers))


def signed_by(note: Note, known: Iterable[Verifier]) -> frozenset[Verifier]:
    """Return which of the `known` keys signed. Strangers' signatures are passed over in silence.

    A line that names a known key and does not hold refuses the whole note (C2SP signed-note).
    """
    keys = {(v.name, v.key_id): v for v in known}
    found = [(keys[s.name, s.key_id], s) for s in note.signatures if (s.name, s.key_id) in keys]
    for verifier, signature in found:
        verifier.check(note.text.encode(), signature.value)
    return frozenset(verifier for verifier, _ in found)


def _sign(text: str, signer: Signer) -> Signature:
    assert signer.algorithm == ED25519  # the others sign no text, but what they say of it
    return Signature(signer.name, signer.verifier.key_id, signer.sign(text.encode()))


def is_name(name: str) -> bool:
    """Tell whether somebody may sign under a name (C2SP signed-note): no space, no plus sign."""
    return bool(name) and "+" not in name and not any(c.isspace() for c in name)
