"""The seal: made by us, believed by others, and no other bytes believed by us."""

import contextlib
import io
import random
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from asn1crypto import pem
from asn1crypto.x509 import Certificate as Asn1Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID
from hypothesis import given
from hypothesis import strategies as st

from certificates import envelope, pdf
from certificates.seal import chain, der, holders, pades
from certificates.seal.chain import SealInfo
from certificates.seal.holders import Algorithm, Holder
from ledger.errors import LedgerError, Malformed, Unsafe, Unverified

X = sha256(b"x").digest()  # of something that is sealed
FOUNDED, AT = "2026-01-01T00:00:00+08:00", "2026-09-01T10:00:00+08:00"
ORGANISATION = "示例县科普志愿服务总队"
PROOF = b'{"format":"volunteer-ledger/proof@v1"}'
ALGORITHMS: tuple[Algorithm, ...] = ("ecdsa-p256", "rsa-3072")
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def page() -> bytes:
    objects = (
        b"<< /Type /Catalog /Pages 5 0 R /AcroForm 2 0 R >>",
        b"<< /Fields [3 0 R] >>",
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Seal) /F 132 /Rect [0 0 0 0] /P 6 0 R >>",
        b"<< /Title (page) >>",
        b"<< /Type /Pages /Count 1 /Kids [ 6 0 R ] >>",
        b"<< /Type /Page /Parent 5 0 R /MediaBox [0 0 9 9] /Contents 7 0 R /Annots [3 0 R] >>",
        pdf.deflated(b"", b"0 0 10 10 re f"),
    )
    return bytes(pdf.File(objects, 0, bytes(16)))


@cache
def authority() -> Holder:
    return holders.found_authority(ORGANISATION, FOUNDED)


@cache
def sealers() -> dict[Algorithm, Holder]:
    return {
        algorithm: holders.issue_seal_certificate(authority(), ORGANISATION, FOUNDED, algorithm)
        for algorithm in ALGORITHMS
    }


def holder(algorithm: Algorithm = "ecdsa-p256") -> Holder:
    return sealers()[algorithm]


def sealed(algorithm: Algorithm = "ecdsa-p256") -> bytes:
    return pades.seal(page(), PROOF, holder(algorithm).sealer, signed_at=AT)


def verify(file: bytes, signer: Holder, at: str = AT) -> SealInfo:
    """What verification does with a file, apart from the ledger."""
    parts = envelope.split(file)
    own, signed = envelope.digests(file, parts.page)
    if own != sha256(page()).digest():
        raise Unverified("another page", "页面不符")
    return pades.check(
        signed,
        parts.cms,
        signer_sha256=signer.sealer.sha256,
        issuers=[authority().pem],
        at=at,
    )


def refused(file: bytes) -> bool:
    try:
        verify(file, holder())
    except LedgerError:
        return True
    return False


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_seal_holds_and_says_whose_it_is(algorithm: Algorithm) -> None:
    info = verify(sealed(algorithm), holder(algorithm))
    assert ORGANISATION in info.subject
    assert "证书签发根" in info.issuer
    assert info.authority == info.issuer
    assert int(info.serial, 16) == x509.load_der_x509_certificate(info.path[0]).serial_number
    assert info.path == (*holder(algorithm).certificates, *authority().certificates)
    assert (info.not_before, info.not_after) == (FOUNDED, "2036-01-01T00:00:00+08:00")


def test_no_flipped_bit_is_accepted() -> None:
    file = sealed()
    assert not refused(file)
    padding_start = file.index(envelope.split(file).cms.hex().encode())
    padding_start += 2 * len(envelope.split(file).cms)
    padding_end = file.index(b">", padding_start)
    choice = random.Random(1)  # the same bits every run
    for place in range(len(file)):
        inside = padding_start <= place < padding_end
        for bit in [choice.randrange(8)] if inside else range(8):
            flipped = bytearray(file)
            flipped[place] ^= 1 << bit
            assert refused(bytes(flipped)), (place, bit)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_no_flipped_bit_of_the_signature_is_accepted(algorithm: Algorithm) -> None:
    """Even without the file around it: the CMS alone leaves no bit open."""
    data = sha256(b"what is signed").digest()
    signed = pades.sign(data, holder(algorithm).sealer)
    check_cms(data, signed, algorithm)
    for place in range(len(signed)):
        flipped = bytearray(signed)
        flipped[place] ^= 1 << place % 8
        with pytest.raises(LedgerError):
            check_cms(data, bytes(flipped), algorithm)


def check_cms(data: bytes, signed: bytes, algorithm: Algorithm = "ecdsa-p256") -> None:
    pades.check(
        data,
        signed,
        signer_sha256=holder(algorithm).sealer.sha256,
        issuers=[authority().pem],
        at=AT,
    )


def test_the_greater_s_is_refused_and_never_made() -> None:
    sealer = holder().sealer
    for number in range(16):
        signed = pades.sign(sha256(b"%d" % number).digest(), sealer)
        value = der.read(signed).children()[1].children()[0].children()[-1].children()[0]
        r, s = decode_dss_signature(value.children()[-1].content)
        assert s <= ORDER // 2
        small, great = encode_dss_signature(r, s), encode_dss_signature(r, ORDER - s)
        if len(small) == len(great):
            with pytest.raises(Unverified, match="one form"):
                check_cms(sha256(b"%d" % number).digest(), signed.replace(small, great))


def test_other_data_are_refused() -> None:
    with pytest.raises(Unverified):
        check_cms(X[::-1], pades.sign(X, holder().sealer))


def test_another_certificate_of_the_same_authority_is_refused() -> None:
    other = holders.issue_seal_certificate(authority(), ORGANISATION, FOUNDED)
    with pytest.raises(Unverified, match="another certificate"):
        check_cms(X, pades.sign(X, other.sealer))


def test_an_authority_that_is_not_trusted_is_refused() -> None:
    stranger = holders.found_authority(ORGANISATION, FOUNDED)  # the same name, another key
    with pytest.raises(Unverified, match=r"trust\.json"):
        pades.check(
            X,
            pades.sign(X, holder().sealer),
            signer_sha256=holder().sealer.sha256,
            issuers=[stranger.pem],
            at=AT,
        )


@pytest.mark.parametrize("at", ["2025-12-31T23:59:59+08:00", "2036-01-01T00:00:01+08:00"])
def test_a_certificate_out_of_its_time_is_refused(at: str) -> None:
    with pytest.raises(Unverified, match="not valid"):
        verify(sealed(), holder(), at)


@pytest.mark.parametrize("at", [FOUNDED, "2036-01-01T00:00:00+08:00"])
def test_the_first_and_the_last_second_count(at: str) -> None:
    verify(sealed(), holder(), at)


def test_a_spare_certificate_in_the_bag_is_refused() -> None:
    sealer = holder().sealer
    crowded = replace(sealer, certificates=(*sealer.certificates, authority().certificates[0]))
    with pytest.raises(Unverified, match="holds a root"):
        check_cms(X, pades.sign(X, crowded))
    other = holders.issue_seal_certificate(authority(), "别的单位", FOUNDED)
    crowded = replace(sealer, certificates=(*sealer.certificates, *other.certificates))
    with pytest.raises(Unverified, match="more than one chain"):
        check_cms(X, pades.sign(X, crowded))


def test_a_root_may_not_seal_and_a_sealing_certificate_may_not_issue() -> None:
    root = authority()
    with pytest.raises(Unverified, match="holds a root"):
        pades.check(
            X,
            pades.sign(X, root.sealer),
            signer_sha256=root.sealer.sha256,
            issuers=[root.pem],
            at=AT,
        )
    below = holders.issue_seal_certificate(holder(), "冒名单位", FOUNDED)
    chained = replace(below.sealer, certificates=(*below.certificates, *holder().certificates))
    with pytest.raises(Unverified, match="may not issue"):
        pades.check(
            X,
            pades.sign(X, chained),
            signer_sha256=chained.sha256,
            issuers=[root.pem],
            at=AT,
        )


def issued(key: ec.EllipticCurvePrivateKey, *extensions: tuple[x509.ExtensionType, bool]) -> bytes:
    """A certificate by our authority, with extensions of the test's choice."""
    root = x509.load_der_x509_certificate(authority().certificates[0])
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")]))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(77)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2030, 1, 1, tzinfo=UTC))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    signer = authority().key
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)


def usage() -> x509.KeyUsage:
    root = x509.load_der_x509_certificate(holder().certificates[0])
    return root.extensions.get_extension_for_class(x509.KeyUsage).value


def sealed_by(key: ec.EllipticCurvePrivateKey, certificate: bytes) -> None:
    sealer = pades.Sealer((certificate,), lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())))
    signed = pades.sign(X, sealer)
    pades.check(X, signed, signer_sha256=sealer.sha256, issuers=[authority().pem], at=AT)


def test_p384_of_a_real_authority_holds_and_p521_does_not() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    sealed_by(key, issued(key, (usage(), True)))
    strange = ec.generate_private_key(ec.SECP521R1())
    with pytest.raises(Unverified, match="neither ECDSA"):
        sealed_by(strange, issued(strange, (usage(), True)))


def chained(path_length: int | None) -> tuple[pades.Sealer, str]:
    """A sealer below an authority that is below a root, as real authorities have it."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, n)]) for n in "abc"]
    authority_usage = x509.load_der_x509_certificate(authority().certificates[0]).extensions
    made = []
    for level, key in enumerate(keys):
        above = max(level - 1, 0)
        top = level < len(keys) - 1
        basic = x509.BasicConstraints(ca=top, path_length=path_length if level == 0 else None)
        kind = authority_usage.get_extension_for_class(x509.KeyUsage).value if top else usage()
        made.append(
            x509.CertificateBuilder(names[above], names[level], key.public_key(), level + 1)
            .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2030, 1, 1, tzinfo=UTC))
            .add_extension(basic, critical=True)
            .add_extension(kind, critical=True)
            .sign(keys[above], hashes.SHA256())
        )
    below = tuple(each.public_bytes(Encoding.DER) for each in (made[2], made[1]))
    sealer = pades.Sealer(below, lambda data: keys[2].sign(data, ec.ECDSA(hashes.SHA256())))
    return sealer, made[0].public_bytes(Encoding.PEM).decode()


def test_a_chain_of_two_below_the_root_holds_if_the_root_allows_it() -> None:
    sealer, root = chained(path_length=1)
    signed = pades.sign(X, sealer)
    pades.check(X, signed, signer_sha256=sealer.sha256, issuers=[authority().pem, root], at=AT)
    lonely = replace(sealer, certificates=sealer.certificates[:1])
    signed = pades.sign(X, lonely)
    with pytest.raises(Unverified, match=r"trust\.json"):  # without its middle nothing leads up
        pades.check(X, signed, signer_sha256=sealer.sha256, issuers=[root], at=AT)


def test_a_chain_longer_than_the_root_allows_is_refused() -> None:
    sealer, root = chained(path_length=0)
    signed = pades.sign(X, sealer)
    with pytest.raises(Unverified, match="longer than allowed"):
        pades.check(X, signed, signer_sha256=sealer.sha256, issuers=[root], at=AT)


def test_a_chain_whose_names_fit_and_whose_signatures_do_not_is_refused() -> None:
    """Another authority's middle of the same name: the root stands behind it, but not behind the seal."""
    (one, _), (two, root) = chained(path_length=1), chained(path_length=1)
    forged = replace(one, certificates=(one.certificates[0], two.certificates[1]))
    with pytest.raises(Unverified, match="chain of certificates is broken"):
        pades.check(X, pades.sign(X, forged), signer_sha256=forged.sha256, issuers=[root], at=AT)


def test_an_authority_may_not_seal_even_if_it_may_sign() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    basic = x509.BasicConstraints(ca=True, path_length=None)
    with pytest.raises(Unverified, match="an authority's"):
        sealed_by(key, issued(key, (usage(), True), (basic, True)))


def test_a_certificate_for_some_use_more_is_taken_and_one_with_damaged_words_is_not() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    mail = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    sealed_by(key, issued(key, (usage(), True), (mail, True)))
    damaged = x509.UnrecognizedExtension(ExtensionOID.BASIC_CONSTRAINTS, b"\x05\x00")
    with pytest.raises(Unverified, match="cannot be read"):
        sealed_by(key, issued(key, (usage(), True), (damaged, False)))


def test_a_curve_that_the_library_does_not_know_is_refused() -> None:
    known, other = (der.oid(f"1.2.840.10045.3.1.{n}") for n in (7, 6))
    strange = holder().certificates[0].replace(known, other)
    with pytest.raises(Unverified, match="neither ECDSA"):
        chain.sealing_key(chain.certificate(strange))


def test_a_critical_extension_not_understood_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
    sealed_by(key, issued(key, (usage(), True), (unknown, False)))
    with pytest.raises(Unverified, match="critical extension"):
        sealed_by(key, issued(key, (usage(), True), (unknown, True)))


def test_a_certificate_without_a_stated_use_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(Unverified, match="not made for signing"):
        sealed_by(key, issued(key))


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_check(data: bytes) -> None:
    with pytest.raises(LedgerError):
        check_cms(X, data)


def walked(value: der.Value, depth: int = 0) -> int:
    """Open everything that can be opened; return how deep it went."""
    if depth > 50 or not value.tag & 0x20:
        return depth
    return max((walked(each, depth + 1) for each in value.children()), default=depth)


@given(st.binary(max_size=400))
def test_the_reader_of_der_raises_malformed_and_nothing_else(data: bytes) -> None:
    try:
        value = der.read(data)
        walked(value)
    except Malformed:
        return
    assert der.read(bytes(value)) == value


@given(st.data())
def test_the_reader_of_der_takes_damage_as_malformed(data: st.DataObject) -> None:
    whole = cms_of_a_chain()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    damaged = whole[:start] + data.draw(st.binary(max_size=30)) + whole[end:]
    with contextlib.suppress(Malformed):
        walked(der.read(damaged))
    if damaged != whole:
        with pytest.raises(LedgerError):
            check_chained(damaged)


TREES: st.SearchStrategy[bytes] = st.recursive(
    st.binary(max_size=300).map(lambda content: der.wrap(der.OCTETS, content)),
    lambda inner: st.lists(inner, max_size=5).map(lambda parts: der.sequence(*parts)),
)


@given(TREES)
def test_what_was_written_as_der_is_read_as_it_was(data: bytes) -> None:
    value = der.read(data)
    assert bytes(value) == data
    walked(value)
    with pytest.raises(Malformed):
        der.read(data + b"\x00")
    with pytest.raises(Malformed):
        der.read(data[:-1])


@cache
def chained_once() -> tuple[pades.Sealer, str]:
    return chained(path_length=1)


@cache
def cms_of_a_chain() -> bytes:
    return pades.sign(X, chained_once()[0])


def check_chained(signed: bytes) -> None:
    sealer, root = chained_once()
    pades.check(X, signed, signer_sha256=sealer.sha256, issuers=[root], at=AT)


def test_no_flipped_bit_of_a_chain_is_accepted_or_crashes() -> None:
    """The certificate between is named by no statement: it is parsed before anything vouches for it."""
    whole = cms_of_a_chain()
    check_chained(whole)
    for place in range(len(whole)):
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[place] ^= 1 << bit
            with pytest.raises(LedgerError):
                check_chained(bytes(flipped))


def test_an_issuer_that_is_no_certificate_is_named() -> None:
    with pytest.raises(Malformed, match=r"trust\.json"):
        pades.check(
            X,
            pades.sign(X, holder().sealer),
            signer_sha256=holder().sealer.sha256,
            issuers=["no PEM"],
            at=AT,
        )


# Keys and their files


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_keys_come_back_from_their_files_and_only_with_the_passphrase(
    algorithm: Algorithm,
) -> None:
    one = holder(algorithm)
    key, certificates = one.encrypted_key(b"correct"), one.certificates_pem()
    assert b"ENCRYPTED" in key
    again = holders.load_holder(key, b"correct", certificates)
    verify(pades.seal(page(), PROOF, again.sealer, signed_at=AT), one)
    with pytest.raises(Unsafe, match="passphrase"):
        holders.load_holder(key, b"wrong", certificates)


def test_a_key_and_the_certificate_of_another_do_not_go_together() -> None:
    with pytest.raises(Unsafe, match="do not belong together"):
        holders.load_holder(holder().encrypted_key(b"p"), b"p", authority().certificates_pem())


def test_pkcs12_leaves_the_root_out() -> None:
    own = x509.load_der_x509_certificate(holder().certificates[0])
    root = x509.load_der_x509_certificate(authority().certificates[0])
    key = holder().key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    data = serialize_key_and_certificates(
        b"seal", key, own, [root], BestAvailableEncryption(b"secret")
    )
    assert holders.load_pkcs12(data, b"secret").certificates == holder().certificates
    with pytest.raises(Unsafe):
        holders.load_pkcs12(data, b"wrong")
    with pytest.raises(Unsafe):
        holders.load_pkcs12(b"nothing", b"secret")


def test_a_key_that_readers_refuse_is_refused() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    data = serialize_key_and_certificates(
        b"seal",
        key,
        x509.load_der_x509_certificate(
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")]))
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
            .sign(key, None)
            .public_bytes(Encoding.DER)
        ),
        None,
        BestAvailableEncryption(b"secret"),
    )
    with pytest.raises(Unsafe):
        holders.load_pkcs12(data, b"secret")


def test_validity_runs_for_whole_years_even_from_29_february() -> None:
    leap = holders.found_authority("长" * 200, "2028-02-29T08:00:00+08:00")
    certificate = x509.load_der_x509_certificate(leap.certificates[0])
    assert certificate.not_valid_after_utc == datetime(2048, 2, 28, tzinfo=UTC)


def test_a_private_key_is_not_shown_by_accident() -> None:
    assert "key" not in repr(holder()).lower()


# What others say


def test_pyhanko_trusts_the_seal() -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    for algorithm in ALGORITHMS:
        _, _, root = pem.unarmor(authority().pem.encode())
        context = ValidationContext(
            trust_roots=[Asn1Certificate.load(root)],
            moment=datetime(2026, 9, 1, 3, tzinfo=UTC),
            allow_fetching=False,
        )
        reader = PdfFileReader(io.BytesIO(sealed(algorithm)))
        (signature,) = reader.embedded_signatures
        status = validate_pdf_signature(signature, context)
        assert status.bottom_line
        assert status.docmdp_ok
        assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_pdfsig_finds_a_valid_signature_over_the_whole_file(
    algorithm: Algorithm, tmp_path: Path
) -> None:
    path = tmp_path / "证明.pdf"
    path.write_bytes(sealed(algorithm))
    run = subprocess.run([tool("pdfsig"), path], capture_output=True, check=False)
    said = run.stdout.decode(errors="replace")
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_openssl_verifies_the_cms(algorithm: Algorithm, tmp_path: Path) -> None:
    file = sealed(algorithm)
    for name, content in (
        ("cms", envelope.split(file).cms),
        ("data", envelope.to_sign(file)),
        ("ca", authority().pem.encode()),
    ):
        (tmp_path / name).write_bytes(content)
    command = "cms -verify -inform DER -in cms -content data -binary -CAfile ca -purpose any"
    run = subprocess.run(
        [tool("openssl"), *command.split(), "-attime", "1788228000", "-out", "out"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_qpdf_finds_nothing_wrong_and_one_attachment(tmp_path: Path) -> None:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(sealed())
    subprocess.run([tool("qpdf"), "--check", path], check=True, capture_output=True)
    shown = subprocess.run(
        [tool("qpdf"), "--show-attachment=proof.json", path], check=True, capture_output=True
    )
    assert shown.stdout == PROOF
