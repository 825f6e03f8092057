"""Revocation lists: whose word counts, from when, and what was sealed before still holds.

Holds certificates.seal.revocation and the lists that certificates.seal.holders writes.
"""

import re
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from certificates.seal import chain, holders, revocation
from certificates.seal.holders import Holder
from certificates.seal.revocation import Revoked
from ledger.errors import Malformed, Unverified
from tests.tsa import openssl

FOUNDED = "2026-01-01T00:00:00+08:00"
SEALED = "2026-06-01T10:00:00+08:00"
BEFORE, AFTER = "2026-06-01T09:59:59+08:00", "2026-06-01T10:00:01+08:00"
LISTED, NEXT = "2026-09-01T00:00:00+08:00", "2026-12-01T00:00:00+08:00"


@cache
def authority() -> Holder:
    return holders.found_authority("示例县科协", FOUNDED)


@cache
def leaf() -> Holder:
    return holders.issue_seal_certificate(authority(), "示例县科协", FOUNDED)


def path() -> tuple[bytes, bytes]:
    return leaf().certificates[0], authority().certificates[0]


def number() -> str:
    return chain.serial(chain.certificate(leaf().certificates[0]))


def listing(*revoked: Revoked, by: Holder | None = None) -> bytes:
    return holders.write_list(by or authority(), revoked, at=LISTED, until=NEXT)


def taken(at: str, reason: str = "superseded", since: str = "") -> bytes:
    return listing(Revoked(number(), at, reason, since))


def check(*lists: bytes, at: str = SEALED) -> str:
    return revocation.check(path(), lists, at).as_of


# --- from when -----------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [SEALED, BEFORE])
def test_what_was_sealed_at_or_after_the_revocation_is_refused(at: str) -> None:
    with pytest.raises(Unverified, match=f"{number()} was revoked"):
        check(taken(at))


def test_what_was_sealed_before_the_revocation_holds() -> None:
    assert check(taken(AFTER)) == LISTED


def test_a_stolen_key_is_not_believed_from_when_it_was_stolen() -> None:
    """RFC 5280, 5.3.2: the invalidity date is earlier than anybody knew."""
    with pytest.raises(Unverified, match=re.escape(f"not believed from {BEFORE}")):
        check(taken(LISTED, "keyCompromise", since=BEFORE))
    assert check(taken(LISTED, "keyCompromise", since=AFTER)) == LISTED
    assert check(taken(LISTED, "keyCompromise")) == LISTED


def test_an_invalidity_date_after_the_revocation_does_not_put_it_off() -> None:
    with pytest.raises(Unverified):
        check(taken(BEFORE, since=LISTED))


def test_a_list_that_does_not_name_it_says_as_of_when() -> None:
    assert check(listing(Revoked("abc123", BEFORE, "superseded"))) == LISTED
    assert check(listing()) == LISTED
    assert check() == ""


def test_several_lists_are_all_heard() -> None:
    with pytest.raises(Unverified):
        check(listing(), taken(BEFORE))
    later = holders.write_list(authority(), (), at=NEXT, until=NEXT)
    assert check(listing(), later) == check(later, listing()) == NEXT


# --- whose word ----------------------------------------------------------------------------------


def test_another_authority_of_the_same_name_is_not_heard() -> None:
    other = holders.found_authority("示例县科协", FOUNDED)
    assert check(listing(Revoked(number(), BEFORE, "superseded"), by=other)) == ""


def test_a_sealing_certificate_cannot_revoke_itself() -> None:
    assert check(listing(Revoked(number(), BEFORE, "superseded"), by=leaf())) == ""


def test_an_authority_that_may_not_sign_lists_is_not_heard() -> None:
    own = x509.load_der_x509_certificate(authority().certificates[0])
    usage = x509.KeyUsage(**{
        name: name == "key_cert_sign"
        for name in ("digital_signature", "content_commitment", "key_encipherment",
                     "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
                     "encipher_only", "decipher_only")
    })  # fmt: skip
    silent = (
        x509.CertificateBuilder(own.subject, own.subject, own.public_key(), 5)
        .not_valid_before(own.not_valid_before_utc)
        .not_valid_after(own.not_valid_after_utc)
        .add_extension(usage, critical=True)
        .sign(authority().key, SHA256())
        .public_bytes(Encoding.DER)
    )
    assert revocation.check((leaf().certificates[0], silent), [taken(BEFORE)], SEALED) == ("", "")


def test_an_authority_whose_key_signs_nothing_is_not_heard() -> None:
    own = x509.load_der_x509_certificate(authority().certificates[0])
    mute = (
        x509.CertificateBuilder(
            own.subject, own.subject, x25519.X25519PrivateKey.generate().public_key(), 5
        )
        .not_valid_before(own.not_valid_before_utc)
        .not_valid_after(own.not_valid_after_utc)
        .add_extension(holders._usage(authority=True), critical=True)
        .sign(authority().key, SHA256())
        .public_bytes(Encoding.DER)
    )
    assert revocation.check((leaf().certificates[0], mute), [taken(BEFORE)], SEALED) == ("", "")


def test_a_middle_authority_that_was_revoked_takes_what_is_below_with_it() -> None:
    """The sealing certificate is in nobody's list; the one above it is, in the root's."""
    root = holders.found_authority("根", FOUNDED)
    middle = intermediate(root)
    below = holders.issue_seal_certificate(middle, "示例县科协", FOUNDED)
    whole = (*below.certificates, *middle.certificates, *root.certificates)
    serial = chain.serial(chain.certificate(middle.certificates[0]))
    with pytest.raises(Unverified, match=serial):
        revocation.check(whole, [listing(Revoked(serial, BEFORE, "superseded"), by=root)], SEALED)
    quiet = [listing(by=root)]
    assert revocation.check(whole, quiet, SEALED) == (
        "",
        "",
    )  # nothing is known of the sealing one itself
    assert revocation.check(whole, [*quiet, listing(by=middle)], SEALED) == (LISTED, NEXT)


def intermediate(root: Holder) -> Holder:
    """Make an authority below another."""
    key = holders._generate("ecdsa-p256")
    above = x509.load_der_x509_certificate(root.certificates[0])
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "中间")])
    certificate = (
        x509.CertificateBuilder(above.subject, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(holders._usage(authority=True), critical=True)
        .sign(root.key, SHA256())
    )
    return Holder(key, (certificate.public_bytes(Encoding.DER),))


# --- lists that cannot be used -------------------------------------------------------------------


def test_pem_and_der_are_read_alike() -> None:
    found = x509.load_der_x509_crl(taken(BEFORE)).public_bytes(Encoding.PEM)
    with pytest.raises(Unverified):
        check(found)


@pytest.mark.parametrize("data", [b"", b"nothing", b"-----BEGIN X509 CRL-----\nAAAA"])
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed, match="revocation list"):
        revocation.read(data)


def builder() -> x509.CertificateRevocationListBuilder:
    own = x509.load_der_x509_certificate(authority().certificates[0])
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(own.subject)
        .last_update(datetime(2026, 9, 1, tzinfo=UTC))
        .next_update(datetime(2026, 12, 1, tzinfo=UTC))
    )


def test_a_list_of_changes_or_of_a_part_is_refused() -> None:
    """It would say that nothing was revoked by being silent about it."""
    part = x509.IssuingDistributionPoint(
        None, None, only_contains_user_certs=False, only_contains_ca_certs=True,
        only_some_reasons=None, indirect_crl=False, only_contains_attribute_certs=False,
    )  # fmt: skip
    for extension in (x509.DeltaCRLIndicator(3), part):
        made = builder().add_extension(extension, critical=True).sign(authority().key, SHA256())
        with pytest.raises(Malformed, match="critical extension"):
            check(made.public_bytes(Encoding.DER))


def test_an_entry_of_another_authority_is_refused() -> None:
    own = x509.load_der_x509_certificate(leaf().certificates[0])
    entry = (
        x509.RevokedCertificateBuilder()
        .serial_number(own.serial_number)
        .revocation_date(datetime(2026, 2, 1, tzinfo=UTC))
        .add_extension(x509.CertificateIssuer([x509.DirectoryName(own.subject)]), critical=True)
        .build()
    )
    made = builder().add_revoked_certificate(entry).sign(authority().key, SHA256())
    with pytest.raises(Malformed, match="critical extension"):
        check(made.public_bytes(Encoding.DER))


def test_no_flipped_bit_of_a_list_changes_what_it_says() -> None:
    """Either it is refused, or it is nobody's: a bit cannot take a name off it and leave it believed."""
    data = taken(BEFORE)
    for place in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            try:
                said = check(bytes(flipped))
            except (Malformed, Unverified):
                continue
            assert said == "", (place, bit)


@given(st.data())
def test_no_damage_crashes_the_reading(data: st.DataObject) -> None:
    whole = damageable()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    damaged = whole[:start] + data.draw(st.binary(max_size=20)) + whole[end:]
    try:
        revocation.read(damaged)
    except Malformed:
        return


@cache
def damageable() -> bytes:
    """A list that is the same each time: a new signature may have another length."""
    return taken(BEFORE)


# --- what others say -----------------------------------------------------------------------------


def test_openssl_reads_the_list_and_refuses_by_it(tmp_path: Path) -> None:
    for name, data in (
        ("one.crl", taken(BEFORE, "keyCompromise", since=FOUNDED)),
        ("none.crl", listing()),
    ):
        pem = x509.load_der_x509_crl(data).public_bytes(Encoding.PEM)
        (tmp_path / name).write_bytes(pem)
    (tmp_path / "ca").write_text(authority().pem)
    (tmp_path / "leaf").write_bytes(leaf().certificates_pem())
    shown = openssl_says(tmp_path, "crl", "-in", "one.crl", "-noout", "-text", "-CAfile", "ca")
    for words in ("verify OK", "Key Compromise", "Invalidity Date", "Dec 31 16:00:00 2025 GMT"):
        assert words in shown
    at = str(int(datetime(2026, 10, 1, tzinfo=UTC).timestamp()))
    given_list = ("verify", "-attime", at, "-crl_check", "-CAfile", "ca", "-CRLfile")
    assert "certificate revoked" in openssl_says(tmp_path, *given_list, "one.crl", "leaf", code=2)
    assert "leaf: OK" in openssl_says(tmp_path, *given_list, "none.crl", "leaf")


def openssl_says(folder: Path, *words: str, code: int = 0) -> str:
    ran = subprocess.run([openssl(), *words], cwd=folder, capture_output=True, check=False)
    assert ran.returncode == code, ran.stderr
    return (ran.stdout + ran.stderr).decode()
