"""What other people's programs say of certificates as this one issues them, root and chain known to them.

Four real files: under the ledger's own authority and under a real one with an authority in between, ECDSA
and RSA. Each program sees a file, the root, and nothing else; each also refuses one that was changed.
"""

import io
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import cms
from asn1crypto import pem as asn1_pem
from asn1crypto.x509 import Certificate as Asn1Certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from certificates import envelope
from certificates.seal.holders import Algorithm
from ledger.home import Home
from tests.authorities import Real, pem
from tests.clerk import Clerk

AT = datetime(2026, 4, 1, tzinfo=UTC)  # all of their certificates were valid then
Case = tuple[Algorithm, bool]
CASES: list[Case] = [
    ("ecdsa-p256", False), ("ecdsa-p256", True), ("rsa-3072", False), ("rsa-3072", True)
]  # fmt: skip
NAMES = [f"{algorithm}-{'real' if real else 'own'}" for algorithm, real in CASES]


@dataclass(frozen=True)
class Sealed:
    """A certificate's file, and the root that its reader knows, in PEM."""

    file: bytes
    root: str
    chain: int

    def changed(self) -> "Sealed":
        """Return it with one digit of its content changed, in the page that was signed."""
        place = self.file.index(b"stream\n") + 40
        other = bytes([self.file[place] ^ 1])
        return Sealed(self.file[:place] + other + self.file[place + 1 :], self.root, self.chain)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("founded"))
    clerk.begin()
    clerk.confirmed("张三", "李四")
    return clerk


@pytest.fixture(scope="module")
def issued(founded: Clerk, tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Sealed]:
    return {case: issue(founded.copied(tmp_path_factory.mktemp("case")), *case) for case in CASES}


def issue(here: Clerk, algorithm: Algorithm, real: bool) -> Sealed:
    """Issue a certificate in a ledger whose sealing key is of that kind."""
    if real:
        authority = Real(algorithm)
        file, words = here.folder / "a.p12", here.folder / "words"
        file.write_bytes(authority.p12(b"secret"))
        words.write_bytes(b"secret")
        here("ca", "import", file, "--trust-root", "--passphrase-file", words)
        root, chain = pem(authority.root).decode(), 2
    else:
        here("ca", "issue", "--algorithm", algorithm)
        (root,), chain = Home(here.home).trust().issuers, 1
    _, path = here.certificate(here.numbers["张三"])
    assert here.verdict(path)["genuine"]
    return Sealed(path.read_bytes(), root, chain)


@pytest.fixture(params=CASES, ids=NAMES)
def sealed(request: pytest.FixtureRequest, issued: dict[Case, Sealed]) -> Sealed:
    return issued[request.param]


def program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: {package})")
    return found


# --- pyHanko --------------------------------------------------------------------------------------


def hanko(sealed: Sealed) -> tuple[bool, bool, bool]:
    """Return what pyHanko says: all good, trusted, over the whole file without a forbidden change."""
    _, _, root = asn1_pem.unarmor(sealed.root.encode())
    context = ValidationContext(
        trust_roots=[Asn1Certificate.load(root)], moment=AT, allow_fetching=False
    )
    (signature,) = PdfFileReader(io.BytesIO(sealed.file)).embedded_signatures
    status = validate_pdf_signature(signature, context)
    whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE and bool(status.docmdp_ok)
    return bool(status.bottom_line), bool(status.trusted), whole


def test_pyhanko_validates_and_trusts(sealed: Sealed) -> None:
    assert hanko(sealed) == (True, True, True)


def test_pyhanko_refuses_what_was_changed(sealed: Sealed) -> None:
    assert hanko(sealed.changed())[0] is False


# --- poppler, by NSS ------------------------------------------------------------------------------


@pytest.fixture
def pdfsig(tmp_path: Path) -> Callable[[Sealed], str]:
    """Give pdfsig with a certificate store of its own that knows the root alone."""

    def ask(sealed: Sealed) -> str:
        tool = program("pdfsig", "poppler-utils")
        certutil = program("certutil", "libnss3-tools")
        store, root, file = tmp_path / "nss", tmp_path / "root.pem", tmp_path / "证明.pdf"
        store.mkdir()
        root.write_text(sealed.root)
        file.write_bytes(sealed.file)
        for words in (
            ("-N", "--empty-password"),
            ("-A", "-n", "root", "-t", "CT,C,C", "-i", str(root)),
        ):
            subprocess.run(
                [certutil, *words, "-d", f"sql:{store}"], check=True, capture_output=True
            )
        ran = subprocess.run(
            [tool, "-nssdir", f"sql:{store}", file], capture_output=True, check=False
        )
        return ran.stdout.decode(errors="replace")

    return ask


def test_pdfsig_finds_it_valid_trusted_and_whole(
    sealed: Sealed, pdfsig: Callable[[Sealed], str]
) -> None:
    said = pdfsig(sealed)
    for words in ("Signature is Valid", "Certificate is Trusted", "Total document signed"):
        assert words in said, said


def test_pdfsig_refuses_what_was_changed(sealed: Sealed, pdfsig: Callable[[Sealed], str]) -> None:
    assert "Signature is Valid" not in pdfsig(sealed.changed())


# --- OpenSSL --------------------------------------------------------------------------------------


def openssl(sealed: Sealed, folder: Path) -> bool:
    """Tell whether OpenSSL verifies the CMS over the signed bytes, its chain up to the root."""
    for name, data in (
        ("cms", envelope.split(sealed.file).cms),
        ("data", envelope.to_sign(sealed.file)),
        ("root", sealed.root.encode()),
    ):
        (folder / name).write_bytes(data)
    command = (
        "cms -verify -inform DER -in cms -content data -binary -CAfile root -purpose any -cades"
    )
    ran = subprocess.run(
        [program("openssl", "openssl"), *command.split(), "-attime", str(int(AT.timestamp())), "-out", "out"],
        cwd=folder, capture_output=True, check=False,
    )  # fmt: skip
    return ran.returncode == 0


def test_openssl_verifies_the_cms_with_its_signing_certificate_attribute(
    sealed: Sealed, tmp_path: Path
) -> None:
    assert openssl(sealed, tmp_path)


def test_openssl_refuses_another_root(sealed: Sealed, tmp_path: Path) -> None:
    assert not openssl(Sealed(sealed.file, pem(Real().root).decode(), 1), tmp_path)


# --- qpdf -----------------------------------------------------------------------------------------


def test_qpdf_finds_nothing_wrong(sealed: Sealed, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(sealed.file)
    ran = subprocess.run(
        [program("qpdf", "qpdf"), "--check", path], capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_cms_holds_the_chain_below_the_root_and_nothing_else(sealed: Sealed) -> None:
    content = cms.ContentInfo.load(envelope.split(sealed.file).cms)["content"]
    assert len(content["certificates"]) == sealed.chain
    _, _, root = asn1_pem.unarmor(sealed.root.encode())
    assert root not in [each.dump() for each in content["certificates"]]
