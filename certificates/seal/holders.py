"""Keys and certificates for seals: an authority of one's own, or a real one's by PKCS #12.

An authority of one's own is unknown to other people's readers until they import its root; the
ledger's `trust.json` carries it. Private keys leave this module only encrypted.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
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

from certificates.seal.chain import PublicKey, authorities, to_pem
from certificates.seal.pades import Sealer
from certificates.seal.revocation import Revoked
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
        return to_pem(self.certificates[0])

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
        return "".join(map(to_pem, self.certificates)).encode()


def found_authority(organisation: str, at: str, algorithm: Algorithm = "ecdsa-p256") -> Holder:
    """Make an organisation's own certificate authority, valid for twenty years from an instant."""
    key = _generate(algorithm)
    name = _name(organisation, "证书签发根")
    builder = _builder(name, name, key.public_key(), _period(at, _ROOT_YEARS))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return Holder(key, (_signed(builder, key),))


def issue_seal_certificate(
    authority: Holder,
    organisation: str,
    at: str,
    algorithm: Algorithm = "ecdsa-p256",
    *,
    role: str = "证明签章",
) -> Holder:
    """Make an organisation's sealing key and certificate, valid for ten years from an instant.

    The root is not among the certificates: a seal carries its chain below the root.
    """
    key = _generate(algorithm)
    return Holder(key, (certify(authority, organisation, at, key.public_key(), role=role),))


def certify(
    authority: Holder, organisation: str, at: str, key: object, *, role: str = "证明签章"
) -> bytes:
    """Return a sealing certificate, in DER, for a public key whose private half may be elsewhere."""
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise _unreadable()
    root = x509.load_der_x509_certificate(authority.certificates[0])
    name = _name(organisation, role)
    builder = _builder(name, root.subject, key, _period(at, _LEAF_YEARS))
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    builder = builder.add_extension(_usage(authority=False), critical=True)
    builder = builder.add_extension(_named_key(authority), critical=False)
    return _signed(builder, authority.key)


def write_list(authority: Holder, revoked: Iterable[Revoked], *, at: str, until: str) -> bytes:
    """Return an authority's certificate revocation list in DER (RFC 5280, 5): all it took back.

    `until` is when the next is promised. Lists are numbered by their time.
    """
    root = x509.load_der_x509_certificate(authority.certificates[0])
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(moment(at))
        .next_update(moment(until))
        .add_extension(_named_key(authority), critical=False)
        .add_extension(x509.CRLNumber(int(moment(at).timestamp())), critical=False)
    )
    for each in revoked:
        builder = builder.add_revoked_certificate(_entry(each))
    return builder.sign(authority.key, SHA256()).public_bytes(Encoding.DER)


def _entry(revoked: Revoked) -> x509.RevokedCertificate:
    builder = (
        x509.RevokedCertificateBuilder()
        .serial_number(int(revoked.serial, 16))
        .revocation_date(moment(revoked.at))
        .add_extension(x509.CRLReason(x509.ReasonFlags(revoked.reason)), critical=False)
    )
    if revoked.since:
        since = moment(revoked.since).astimezone(UTC).replace(tzinfo=None)
        builder = builder.add_extension(x509.InvalidityDate(since), critical=False)
    return builder.build()


def load_authority(key: bytes, passphrase: bytes, issuers: Sequence[str]) -> Holder:
    """Read an authority's private key; its certificate is the one of `issuers` (PEM) it fits."""
    private = _private(key, passphrase)
    for found in authorities(issuers):
        if found.public_key() == private.public_key():
            return Holder(private, (found.public_bytes(Encoding.DER),))
    raise Unsafe(
        "authority.unknown",
        en="this is the key of no authority in trust.json: name the authority's key with --authority",
        zh="该密钥不属于 trust.json 中的任何证书机构：请用 --authority 指明机构密钥",
    )


def load_holder(key: bytes, passphrase: bytes, certificates: bytes) -> Holder:
    """Read a private key (PEM, encrypted) and its certificates (PEM), or raise `Unsafe`."""
    private = _private(key, passphrase)
    try:
        found = x509.load_pem_x509_certificates(certificates)
    except ValueError as error:
        raise _unreadable() from error
    return _holder(private, found)


def load_chain(certificates: bytes) -> tuple[bytes, ...]:
    """Read the certificates (PEM) of a key that lies elsewhere: DER, its own first, roots left out."""
    own, *others = _in_pem(certificates)
    return tuple(each.public_bytes(Encoding.DER) for each in _upwards(own, others))


def load_certificates(data: bytes) -> tuple[bytes, ...]:
    """Read all certificates (PEM) of a file, in DER, as they come, or raise `Unsafe`."""
    return tuple(each.public_bytes(Encoding.DER) for each in _in_pem(data))


def _in_pem(data: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise Unsafe(
            "seal.certificates",
            en="there is no readable certificate in the file; it is to hold the sealing certificate"
            " and those above it, in PEM",
            zh="文件中没有可读的证书；应为 PEM 格式的签章证书及其上级证书",
        ) from error


def load_pkcs12(data: bytes, passphrase: bytes) -> Holder:
    """Read a PKCS #12 file (RFC 7292) as authorities hand them out; a root in it is left out."""
    private, own, others = _pkcs12(data, passphrase)
    return _holder(private, _upwards(own, others))


def roots_in_pkcs12(data: bytes, passphrase: bytes) -> tuple[str, ...]:
    """Return the roots that a PKCS #12 file holds beside its chain, in PEM."""
    _, _, others = _pkcs12(data, passphrase)
    return _roots(others)


def roots_in_pem(data: bytes) -> tuple[str, ...]:
    """Return the roots among certificates in PEM, one after the other; none in what holds none."""
    try:
        return _roots(x509.load_pem_x509_certificates(data))
    except ValueError:
        return ()


def _roots(found: Iterable[x509.Certificate]) -> tuple[str, ...]:
    roots = [each for each in found if each.subject == each.issuer]
    return tuple(each.public_bytes(Encoding.PEM).decode() for each in roots)


def _pkcs12(
    data: bytes, passphrase: bytes
) -> tuple[object, x509.Certificate, list[x509.Certificate]]:
    try:
        private, own, others = load_key_and_certificates(data, passphrase)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _unreadable() from error
    if own is None:
        raise _unreadable()
    return private, own, others


def _private(key: bytes, passphrase: bytes) -> PrivateKey:
    try:
        private = load_pem_private_key(key, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unreadable() from error
    if not isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise _unreadable()
    return private


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
    subject: x509.Name, issuer: x509.Name, key: PublicKey, period: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(period[0])
        .not_valid_after(period[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
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


def _named_key(authority: Holder) -> x509.AuthorityKeyIdentifier:
    """Name the key that signs: an authority that followed another has the same name."""
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())


def _signed(builder: x509.CertificateBuilder, key: PrivateKey) -> bytes:
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def _unreadable() -> Unsafe:
    return Unsafe(
        "seal.key",
        en="the sealing key cannot be read: wrong passphrase, or not an ECDSA or RSA key with its "
        "certificate; check the passphrase and the file",
        zh="无法读取签章密钥：口令不对，或不是带证书的 ECDSA、RSA 密钥；请检查口令和文件",
    )
