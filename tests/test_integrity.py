"""Data Integrity proofs held against openvc, another's implementation: each verifies the other's.

The W3C's own vectors are not ours to copy; ADR 0019 says what came of them.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import assume, given
from hypothesis import strategies as st
from openvc import multibase
from openvc.did.base import multikey_to_jwk
from openvc.keys import P256SigningKey
from openvc.proof.di_jcs import EcdsaJcsProofSuite
from openvc.proof.errors import ProofError

from certificates import credential_key
from certificates.seal import holders, integrity
from certificates.seal.holders import Holder
from certificates.seal.p256 import ORDER
from ledger import encoding
from ledger.errors import LedgerError, Unverified
from tests.forge import FOUNDED, authority

DOCUMENT: Mapping[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "issuer": "did:example:x",
    "validFrom": "2026-03-20T10:00:00+08:00",
    "credentialSubject": {"name": "欧阳𬭎", "minutes": 300, "hashed": False, "more": ["", {}, []]},
}
CREATED = "2026-03-20T10:00:00+08:00"
THEIRS = EcdsaJcsProofSuite()
_SCALARS = st.text('ab 文𬭎é·"\\/<>&\u20ac', max_size=8) | st.integers(-(2**53) + 1, 2**53 - 1)
VALUES = st.recursive(
    _SCALARS | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abAB_@"), inner),
    max_leaves=8,
)


@cache
def own() -> Holder:
    return credential_key.make(authority(), "示例县科协", FOUNDED)


def private() -> ec.EllipticCurvePrivateKey:
    key = own().key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def jwk() -> dict[str, Any]:
    return P256SigningKey(private(), "k").public_jwk()


def ours(document: Mapping[str, Any] = DOCUMENT) -> dict[str, Any]:
    return integrity.secure(document, own().sealer, CREATED)


def by_them(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document signed by openvc; it signs the context but leaves it out of the proof."""
    found = THEIRS.add_proof(
        dict(document), signing_key=P256SigningKey(private(), "k"), verification_method="did:x#y"
    )
    found["proof"]["@context"] = document["@context"]
    return found


@given(VALUES)
def test_theirs_verifies_ours(value: Any) -> None:
    THEIRS.verify(ours({**DOCUMENT, "value": value}), public_key_jwk=jwk(), check_temporal=False)


@given(VALUES)
def test_ours_verifies_theirs(value: Any) -> None:
    integrity.check(by_them({**DOCUMENT, "value": value}), own().certificates[0])


@given(VALUES, VALUES)
def test_a_changed_value_is_refused_by_both(value: Any, other: Any) -> None:
    assume(encoding.encode(value) != encoding.encode(other))
    for signed in (ours({**DOCUMENT, "value": value}), by_them({**DOCUMENT, "value": value})):
        changed = {**signed, "value": other}
        with pytest.raises(Unverified):
            integrity.check(changed, own().certificates[0])
        with pytest.raises(ProofError):
            THEIRS.verify(changed, public_key_jwk=jwk(), check_temporal=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "Other"),
        ("cryptosuite", "eddsa-jcs-2022"),
        ("created", "2026-03-20T10:00:01+08:00"),
        ("verificationMethod", "did:x#y"),
        ("proofPurpose", "authentication"),
        ("@context", ["https://www.w3.org/ns/credentials/v2", "https://example.org"]),
        ("nonce", "x"),
    ],
)
def test_what_the_proof_says_of_itself_is_signed(name: str, value: Any) -> None:
    signed = ours()
    signed["proof"] = {**signed["proof"], name: value}
    with pytest.raises(Unverified):
        integrity.check(signed, own().certificates[0])


def test_another_key_is_refused() -> None:
    other = credential_key.make(authority(), "示例县科协", FOUNDED)
    with pytest.raises(Unverified):
        integrity.check(ours(), other.certificates[0])


def test_the_key_is_read_by_them_from_the_did() -> None:
    found = ours()["proof"]
    did = integrity.did(own().certificates[0])
    assert did.startswith("did:key:zDn")  # as every P-256 key begins
    assert found["verificationMethod"] == f"{did}#{did.removeprefix('did:key:')}"
    assert multikey_to_jwk(did.removeprefix("did:key:")) == jwk()


def test_only_keys_of_p256_have_a_did() -> None:
    rsa = holders.issue_seal_certificate(authority(), "示例县科协", FOUNDED, "rsa-3072")
    with pytest.raises(Unverified, match="P-256"):
        integrity.did(rsa.certificates[0])


# --- one spelling of a signature ------------------------------------------------------------------


def other_s(value: str) -> str:
    """Return the same signature with the other value of s, which signs as well."""
    data = multibase.decode_multibase(value)
    s = ORDER - int.from_bytes(data[32:], "big")
    return multibase.encode_multibase(data[:32] + s.to_bytes(32, "big"))


def test_the_larger_s_signs_as_well_and_is_written_smaller() -> None:
    signed = ours()
    value = signed["proof"]["proofValue"]
    larger = {**signed, "proof": {**signed["proof"], "proofValue": other_s(value)}}
    integrity.check(larger, own().certificates[0])
    again = integrity.secured(DOCUMENT, own().certificates[0], CREATED, other_s(value))
    assert again == signed


@pytest.mark.parametrize(
    "value",
    [
        "", "z", "z1", "z0OIl", "z" + "1" * 64, "z" + "2" * 10_000, "z" + "1" * 10_000,
        "文" * 88, multibase.encode_multibase(bytes(64)), multibase.encode_multibase(b"\1" * 63),
        multibase.encode_multibase(b"\1" * 65), multibase.encode_multibase(b"\xff" * 64),
        multibase.encode_multibase(b"\1" * 64)[1:], "z1" + multibase.encode_multibase(b"\1" * 64)[1:],
        multibase.encode_multibase(b"\1" * 64) + " ",
    ],
    ids=range(15),
)  # fmt: skip
def test_what_is_no_signature_is_refused(value: str) -> None:
    signed = ours()
    with pytest.raises(LedgerError):
        integrity.check(
            {**signed, "proof": {**signed["proof"], "proofValue": value}}, own().certificates[0]
        )


@given(st.binary(max_size=70))
def test_base58_is_theirs(data: bytes) -> None:
    text = integrity._base58(data)
    assert f"z{text}" == multibase.encode_multibase(data)
    assert integrity._unbase58(text) == multibase.decode_multibase(f"z{text}") == data


@given(st.text("123zZ0OIl +文", max_size=12))
def test_what_is_no_base58_is_not_written_back(text: str) -> None:
    try:
        multibase.decode_multibase(f"z{text}")
    except multibase.MultibaseError:
        assert integrity._base58(integrity._unbase58(text)) != text
