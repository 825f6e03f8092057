"""Real authorities, as an office meets them: a root, one below it that issues, and a key in a .p12 file."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from certificates.seal import holders
from certificates.seal.chain import PublicKey
from certificates.seal.holders import Algorithm, Holder

BEGUN, FOR_EVER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2045, 1, 1, tzinfo=UTC)


class Real:
    """An authority of two levels; its keys are of the kind it issues for."""

    def __init__(self, algorithm: Algorithm = "ecdsa-p256") -> None:
        self.algorithm = algorithm
        self.root_key, self.middle_key = (holders._generate(algorithm) for _ in range(2))
        self.root = self._certified(
            "示例根 CA", self.root_key.public_key(), "示例根 CA", authority=True
        )
        self.middle = self._certified(
            "示例签发 CA", self.middle_key.public_key(), "示例根 CA", authority=True
        )

    def certificate(self, key: PublicKey, name: str = "示例县科协") -> x509.Certificate:
        """Certify somebody's sealing key."""
        return self._certified(name, key, "示例签发 CA", authority=False)

    def p12(self, passphrase: bytes, *, with_root: bool = True) -> bytes:
        """Hand out a new sealing key as authorities do."""
        key = holders._generate(self.algorithm)
        others = [self.middle, self.root] if with_root else [self.middle]
        return serialize_key_and_certificates(
            "签章".encode(), key, self.certificate(key.public_key()), others,
            BestAvailableEncryption(passphrase),
        )  # fmt: skip

    @property
    def issuing(self) -> Holder:
        """The one who issues, as one who signs revocation lists."""
        return Holder(self.middle_key, (self.middle.public_bytes(Encoding.DER),))

    def _certified(
        self, subject: str, key: PublicKey, issuer: str, *, authority: bool
    ) -> x509.Certificate:
        signer = self.root_key if issuer == "示例根 CA" else self.middle_key
        return (
            x509.CertificateBuilder(named(issuer), named(subject), key, x509.random_serial_number())
            .not_valid_before(BEGUN)
            .not_valid_after(FOR_EVER)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(holders._usage(authority=authority), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
            .sign(signer, SHA256())
        )


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)
