"""Signed notes: the specification's example, every bit flipped, and keys nobody may enrol."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import LedgerError, Malformed, Unsafe, Unverified
from ledger.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    Note,
    Signature,
    Signer,
    Verifier,
    sign,
    signed_by,
)

ANNA, BERT = Signer("T01/anna", b"a" * 32), Signer("T01/bert", b"b" * 32)
NOTE = sign("one line\nanother\n", ANNA)
EC_KEY = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAAAAAAAAAAAAAA
AAAAAAAAAAAAAAAAAAAAAAAAAAGhRANCAARrF9Hy4SxCR/i85uVjpEDydwN9gS3r
M6D0oTlF2JjClk/jQuL+Gn+bjufrSnwPnhYrzjNXazFezsu2QGg3v1H1
-----END PRIVATE KEY-----
"""

note_texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.just("\n"))


def flips(data: bytes) -> list[bytes]:
    """Return the data with each of its bits flipped."""
    number = int.from_bytes(data, "big")
    return [(number ^ 1 << bit).to_bytes(len(data), "big") for bit in range(8 * len(data))]


@given(note_texts)
def test_a_note_reads_back(text: str) -> None:
    note = sign(f"{text}\n", ANNA, BERT)
    assert Note.parse(bytes(note)) == note
    assert signed_by(note, [ANNA.verifier]) == {ANNA.verifier}
    assert signed_by(note, [ANNA.verifier, BERT.verifier]) == {ANNA.verifier, BERT.verifier}
    assert signed_by(note, []) == frozenset()


def test_no_flipped_bit_of_a_note_is_accepted() -> None:
    for wrong in flips(bytes(NOTE)):
        try:
            found = signed_by(Note.parse(wrong), [ANNA.verifier])
        except (Malformed, Unverified):
            continue
        assert found == frozenset(), wrong  # the line names a stranger now


def test_a_stranger_is_passed_over_and_a_known_liar_is_not() -> None:
    note = sign("text\n", ANNA, BERT)
    stranger = Signer(ANNA.name, BERT.secret)  # the same name, another key
    assert signed_by(note, [stranger.verifier]) == frozenset()
    lying = Note(note.text, (note.signatures[0], Signature("T01/bert", BERT.verifier.key_id, b"x")))
    assert signed_by(lying, [ANNA.verifier]) == {ANNA.verifier}
    with pytest.raises(Unverified):
        signed_by(lying, [ANNA.verifier, BERT.verifier])


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n", b"text\n", b"text\n\n", b"text\n\n\n", b"text",
        b"\xff\n\n\xe2\x80\x94 a QQ==\n",
        bytes(NOTE)[:-1], bytes(NOTE) + b"\n", bytes(NOTE) + b"x",
        bytes(NOTE).replace(b"\n", b"\r\n"), bytes(NOTE).replace(b"\xe2\x80\x94", b"-"),
        bytes(NOTE).replace(b"line", b"l\tne"), bytes(NOTE).replace(b"line", b"l\x00ne"),
        bytes(NOTE).replace(b"T01/anna ", b"T01/anna  "), bytes(NOTE).replace(b"T01/", b"T01+"),
        bytes(NOTE).replace(b"T01/", "T01\u3000".encode()), bytes(NOTE).replace(b"=\n", b"\n"),
        "text\n\n— T01/anna QUJDRA==\n".encode(),  # four bytes of key ID, and no signature
        "text\n\n—  QUJDREU=\n".encode(), "text\n\n— T01/anna\n".encode(),
    ],
)  # fmt: skip
def test_another_form_is_no_note(data: bytes) -> None:
    assert data != bytes(NOTE)
    with pytest.raises(Malformed):
        Note.parse(data)


def test_a_note_has_at_most_a_hundred_signatures() -> None:
    line = NOTE.signatures
    assert len(Note.parse(bytes(Note("a\n", line * 100))).signatures) == 100
    with pytest.raises(Malformed):
        Note.parse(bytes(Note("a\n", line * 101)))


# --- keys ---------------------------------------------------------------------------------------


def test_a_verifier_key_reads_back_and_names_its_owner() -> None:
    quantum = Signer("w.org/q", b"q" * 32, COSIGNATURE_ML_DSA_44).verifier
    quantum.check_enrollable()
    for verifier in (ANNA.verifier, Verifier("w.org/w", b"k" * 32, COSIGNATURE_ED25519), quantum):
        assert Verifier.parse(str(verifier)) == verifier
        assert verifier.by == "+".join(str(verifier).split("+")[:2])


def test_no_flipped_bit_of_a_verifier_key_leads_to_the_same_key() -> None:
    for wrong in flips(str(ANNA.verifier).encode()):
        try:
            found = Verifier.parse(wrong.decode())
        except (Malformed, UnicodeDecodeError):
            continue
        raise AssertionError(found)


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a+b", "++", "a+00000000+", "a+00000000+AQ==",
        str(Verifier("a", b"k" * 32, 2)), str(Verifier("a", b"k" * 32, COSIGNATURE_ML_DSA_44)),
        str(Verifier("a", b"k" * 1312)), str(Verifier("a", b"k" * 31)),
        str(Verifier("", b"k" * 32)), str(Verifier("a b", b"k" * 32)),
        str(Verifier("a", b"k" * 32)) + "+", str(Verifier("a", b"k" * 32)).upper(),
    ],
)  # fmt: skip
def test_another_form_is_no_verifier_key(text: str) -> None:
    with pytest.raises(Malformed):
        Verifier.parse(text)


def test_a_key_of_the_wrong_size_verifies_nothing() -> None:
    with pytest.raises(Unverified):
        Verifier("a", b"short").check(b"text", b"s" * 64)


def test_a_key_file_opens_with_its_passphrase_only() -> None:
    pem = ANNA.to_pem(b"secret")
    assert Signer.from_pem("T01/anna", pem, b"secret") == ANNA
    for wrong in (b"Secret", b""):
        with pytest.raises(Unsafe) as refusal:
            Signer.from_pem("T01/anna", pem, wrong)
        assert refusal.value.code == "key.passphrase"
    with pytest.raises(Unsafe):
        Signer.from_pem("T01/anna", b"no key file", b"secret")


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(Unsafe) as refusal:
        Signer.from_pem("T01/anna", EC_KEY.encode(), None)  # type: ignore[arg-type]
    assert refusal.value.code == "key.kind"
    quantum = Signer("w.org/q", b"q" * 32, COSIGNATURE_ML_DSA_44)
    pem = quantum.to_pem(b"secret")
    assert Signer.from_pem("w.org/q", pem, b"secret", COSIGNATURE_ML_DSA_44) == quantum
    for file, algorithm in ((pem, COSIGNATURE_ED25519), (ANNA.to_pem(b"secret"), 6)):
        with pytest.raises(Unsafe) as refusal:
            Signer.from_pem("w.org/q", file, b"secret", algorithm)
        assert refusal.value.code == "key.kind"


def test_a_secret_is_not_shown() -> None:
    assert repr(ANNA) == "Signer('T01/anna')"


# --- other people's vectors ---------------------------------------------------------------------


def test_the_example_of_the_specification(vectors: Callable[[str], Path]) -> None:
    example = json.loads((vectors("c2sp-examples") / "examples.json").read_bytes())
    signed = example["signed-note"]
    verifier = Verifier.parse(signed["vkey"])
    note = Note.parse(signed["note"].encode())
    assert note.text == "This is an example message.\n"
    assert signed_by(note, [verifier]) == {verifier}
    assert note.signatures[0].by == verifier.by == "example.com/foo+530d903a"
    assert Verifier.parse(example["sumdb"]["vkey"]).name == "sum.golang.org"


def cctv(vectors: Callable[[str], Path]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(
        (vectors("cctv-ed25519") / "ed25519vectors.json").read_bytes()
    )
    assert len(found) > 900
    return found


def test_weak_keys_are_not_enrolled(vectors: Callable[[str], Path]) -> None:
    """Every key of CCTV that is low order or not canonical is refused; the others are not."""
    keys: dict[str, bool] = {}
    for case in cctv(vectors):
        flags = {"low_order_A", "non_canonical_A"} & set(case["flags"] or ())
        keys[case["key"]] = keys.get(case["key"], False) or bool(flags)
    assert {True, False} == set(keys.values())
    for key, weak in keys.items():
        try:
            Verifier("T01/anna", bytes.fromhex(key)).check_enrollable()
        except Unverified:
            assert weak, key
        else:
            assert not weak, key


def test_points_off_the_curve_are_not_enrolled() -> None:
    for y in (2, 7, 8, 11, 2**255 - 20, 2**255 - 19, 2**255 - 18, 2**255 - 1):
        for sign_bit in (0, 1 << 255):
            with pytest.raises(Unverified):
                Verifier("T01/anna", (y | sign_bit).to_bytes(32, "little")).check_enrollable()
    for secret in range(50):
        Signer("T01/anna", bytes([secret]) * 32).verifier.check_enrollable()


def test_signatures_under_enrolled_keys_are_judged_as_rfc_8032_asks(
    vectors: Callable[[str], Path],
) -> None:
    """Where the cofactor-free equation holds and R is canonical we accept, else we refuse."""
    seen = set()
    for case in cctv(vectors):
        verifier, flags = Verifier("a", bytes.fromhex(case["key"])), set(case["flags"] or ())
        if {"low_order_A", "non_canonical_A"} & flags:
            continue  # never enrolled
        # Cofactor-free verification encodes the point it computes, and compares it with R's bytes.
        good = not {"low_order_residue", "non_canonical_R"} & flags
        try:
            verifier.check(case["msg"].encode(), bytes.fromhex(case["sig"]))
        except Unverified:
            assert not good, case
        else:
            assert good, case
        seen.add(good)
    assert seen == {True, False}


def test_a_changed_signature_or_text_is_refused() -> None:
    verifier, (signature,) = ANNA.verifier, NOTE.signatures
    verifier.check(NOTE.text.encode(), signature.value)
    for wrong in flips(signature.value):
        with pytest.raises(LedgerError):
            verifier.check(NOTE.text.encode(), wrong)
    for wrong in (b"", signature.value[:-1], signature.value + b"\0"):
        with pytest.raises(Unverified):
            verifier.check(NOTE.text.encode(), wrong)
