"""Keys and certificates for seals: an authority of one's own, or a real one's by PKCS #12.

An authority of one's own is unknown to other people's readers until they import its root; the
ledger's `trust.json` carries it. Private keys leave this module only encrypted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates
from cryptography.x509.oid import NameOID

from certificates.seal.pades import Sealer
from ledger.errors import Unsafe
from ledger.times import moment

Algorithm = Literal["ecdsa-p256", "rsa-3072"]
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_ROOT_YEARS, _LEAF_YEARS = 20, 10
_NAME_LIMIT = 64  # bytes; RFC 5280, appendix A.1: ub-common-name, ub-organization-name


@dataclass(frozen=True, slots=True)
class Holder:
    """A private key, its certificate, and those between that and the root, all in DER."""

    key: PrivateKey = field(repr=False)
    certificates: tuple[bytes, ...]

    @property
    def pem(self) -> str:
        """The certificate alone, as `trust.json` lists issuers."""
        certificate = x509.load_der_x509_certificate(self.certificates[0])
        return certificate.public_bytes(Encoding.PEM).decode()

    @property
    def sealer(self) -> Sealer:
        """The holder as one who seals."""
        return Sealer(self.certificates, _signing(self.key))

    def encrypted_key(self, passphrase: bytes) -> bytes:
        """Write the private key as PKCS #8 in PEM, encrypted."""
        encryption = BestAvailableEncryption(passphrase)
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)

    def certificates_pem(self) -> bytes:
        """Write the certificates in PEM, the holder's own first."""
        return b"".join(
            x509.load_der_x509_certificate(each).public_bytes(Encoding.PEM)
            for each in self.certificates
        )


def found_authority(organisation: str, at: str, algorithm: Algorithm = "ecdsa-p256") -> Holder:
    """Make an organisation's own certificate authority, valid for twenty years from an instant."""
    key = _generate(algorithm)
    name = _name(organisation, "证书签发根")
    builder = _builder(name, name, key, _period(at, _ROOT_YEARS))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return Holder(key, (_signed(builder, key),))


def issue_seal_certificate(
    authority: Holder, organisation: str, at: str, algorithm: Algorithm = "ecdsa-p256"
) -> Holder:
    """Make an organisation's sealing key and certificate, valid for ten years from an instant.

    The root is not among the certificates: a seal carries its chain below the root.
    """
    root = x509.load_der_x509_certificate(authority.certificates[0])
    key = _generate(algorithm)
    name = _name(organisation, "证明签章")
    builder = _builder(name, root.subject, key, _period(at, _LEAF_YEARS))
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    builder = builder.add_extension(_usage(authority=False), critical=True)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
        critical=False,
    )
    return Holder(key, (_signed(builder, authority.key),))


def load_holder(key: bytes, passphrase: bytes, certificates: bytes) -> Holder:
    """Read a private key (PEM, encrypted) and its certificates (PEM), or raise `Unsafe`."""
    try:
        private = load_pem_private_key(key, passphrase)
        found = x509.load_pem_x509_certificates(certificates)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unreadable() from error
    return _holder(private, found)


def load_pkcs12(data: bytes, passphrase: bytes) -> Holder:
    """Read a PKCS #12 file (RFC 7292) as authorities hand them out; a root in it is left out."""
    try:
        private, own, others = load_key_and_certificates(data, passphrase)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _unreadable() from error
    if own is None:
        raise _unreadable()
    return _holder(private, _upwards(own, others))


def _upwards(own: x509.Certificate, others: list[x509.Certificate]) -> list[x509.Certificate]:
    """Return the chain from one's own certificate to below the root."""
    chain = [own]
    above = {each.subject: each for each in others if each.subject != each.issuer}
    while chain[-1].issuer in above:
        chain.append(above.pop(chain[-1].issuer))
    return chain


def _holder(private: object, certificates: list[x509.Certificate]) -> Holder:
    """Put a key and its certificates together, if they belong together."""
    if not isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise _unreadable()
    if private.public_key() != certificates[0].public_key():
        raise Unsafe(
            "seal.key",
            en="the sealing key and its certificate do not belong together; restore both files",
            zh="签章密钥与证书不相配；请一并恢复这两个文件",
        )
    return Holder(private, tuple(each.public_bytes(Encoding.DER) for each in certificates))


def _signing(key: PrivateKey) -> Callable[[bytes], bytes]:
    if isinstance(key, rsa.RSAPrivateKey):
        return lambda data: key.sign(data, padding.PKCS1v15(), SHA256())
    return lambda data: key.sign(data, ec.ECDSA(SHA256()))


def _generate(algorithm: Algorithm) -> PrivateKey:
    match algorithm:
        case "ecdsa-p256":
            return ec.generate_private_key(ec.SECP256R1())
        case "rsa-3072":
            return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def _name(organisation: str, role: str) -> x509.Name:
    """Name an organisation; a long name is shortened, as a certificate has little room for it.

    The common name tells root and leaf apart: with one name for both, a chain would not be one.
    """
    common = f"{_shortened(organisation, _NAME_LIMIT - len(role.encode()) - 1)} {role}"
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _shortened(organisation, _NAME_LIMIT)),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _shortened(text: str, size: int) -> str:
    """Return as much of a text as has room in so many bytes of UTF-8, no character halved."""
    return text.encode()[:size].decode(errors="ignore")


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, period: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(period[0])
        .not_valid_after(period[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _period(at: str, years: int) -> tuple[datetime, datetime]:
    """Return the validity: so many years to the second, 29 February ending on 28."""
    start = moment(at)
    leap = (start.month, start.day) == (2, 29)
    start_day = start - timedelta(days=1) if leap else start
    return start, start_day.replace(year=start.year + years)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _signed(builder: x509.CertificateBuilder, key: PrivateKey) -> bytes:
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def _unreadable() -> Unsafe:
    return Unsafe(
        "seal.key",
        en="the sealing key cannot be read: wrong passphrase, or not an ECDSA or RSA key with its "
        "certificate; check the passphrase and the file",
        zh="无法读取签章密钥：口令不对，或不是带证书的 ECDSA、RSA 密钥；请检查口令和文件",
    )
