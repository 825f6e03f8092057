"""The claim on paper: one form, one signer, no bit open; what it says, and never the whole name."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import assume, given
from hypothesis import strategies as st

from certificates import base45, credential_key, paper, qr
from certificates.paper import MOST, PREFIX, Paper
from certificates.seal import holders, p256
from certificates.seal.chain import to_pem
from certificates.seal.holders import Holder
from certificates.seal.p256 import ORDER
from certificates.seal.pades import Sealer
from ledger.errors import LedgerError, Malformed, Rejected, Unsafe, Unverified
from tests import softhsm
from tests.authorities import Real
from tests.conftest import ROOT
from tests.test_seal import FOUNDED, ORGANISATION, authority, holder

PAGE = ROOT / "docs" / "paper.md"
TODAY = "2026-09-02"
LEAF = sha256(b"\0item").digest()
BAG = holder().certificates


def claim(by: Holder | None = None, **changes: Any) -> Paper:
    made = Paper(
        number="429900-T01-2026-000123-57",
        name="欧阳*",
        first="2026-03-01",
        last="2026-08-31",
        minutes=1080,
        issuer=ORGANISATION,
        code="53429900MJH000001X",
        issued="2026-09-01",
        specimen=False,
        leaf=LEAF,
        key=paper.key_of((by or holder()).certificates[0]),
    )
    return replace(made, **changes)


@cache
def written() -> str:
    return paper.write(claim(), holder().sealer)


def check(text: str, bag: tuple[bytes, ...] = BAG, today: str = TODAY) -> Paper:
    found, signature = paper.read(text)
    paper.check(found, signature, bag, [authority().pem], today)
    return found


def refused(text: str) -> bool:
    try:
        check(text)
    except LedgerError:
        return True
    return False


def raw(text: str) -> bytes:
    return base45.decode(text.removeprefix(PREFIX))


def test_a_claim_comes_back_and_says_whose_it_is() -> None:
    assert check(written()) == claim()
    found, signature = paper.read(written())
    info = paper.check(found, signature, BAG, [authority().pem], TODAY)
    assert ORGANISATION in info.subject
    assert info.path == (*BAG, *authority().certificates)


def test_no_flipped_bit_is_accepted() -> None:
    data = raw(written())
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        assert refused(PREFIX + base45.encode(bytes(flipped))), bit


def test_no_changed_sign_is_accepted() -> None:
    text = written()
    for at in range(len(text)):
        for sign in "A0 :a":
            if text[at] != sign:
                assert refused(text[:at] + sign + text[at + 1 :]), at
        assert refused(text[:at])
    assert refused(text + "00")
    assert refused(text + "000")


def test_the_other_s_is_refused() -> None:
    data = raw(written())
    s = ORDER - int.from_bytes(data[-32:], "big")
    with pytest.raises(Unverified):
        check(PREFIX + base45.encode(data[:-32] + s.to_bytes(32, "big")))


@pytest.mark.parametrize("tail", [bytes(64), b"\xff" * 64, bytes(32) + b"\1" * 32])
def test_a_number_out_of_range_is_no_signature(tail: bytes) -> None:
    with pytest.raises(Unverified):
        check(PREFIX + base45.encode(raw(written())[:-64] + tail))


def test_a_seal_of_a_file_is_no_claim_nor_a_bare_signature() -> None:
    """The line in front is signed: what the key signs elsewhere never passes for a claim."""
    body = raw(written())[:-64]
    with pytest.raises(Unverified):
        check(PREFIX + base45.encode(body + p256.sign(body, holder().sealer)))
    assert claim().signed().startswith(b"volunteer-ledger/paper@v1\n")


def test_another_issuers_key_is_refused() -> None:
    other = holders.issue_seal_certificate(authority(), "另一协会", FOUNDED)
    forged = paper.write(claim(), other.sealer)  # names our certificate, signed by another's
    with pytest.raises(Unverified, match="does not hold"):
        check(forged)
    theirs = paper.write(claim(other), other.sealer)
    with pytest.raises(Unsafe, match="none of the sealing certificates"):
        check(theirs)
    check(theirs, (*BAG, *other.certificates))


def test_the_key_for_credentials_signs_no_paper() -> None:
    """It lies where it signs unattended, and its certificate is in every wallet."""
    wallets = credential_key.make(authority(), ORGANISATION, FOUNDED)
    forged = paper.write(claim(wallets), wallets.sealer)
    with pytest.raises(Unverified, match="key for credentials"):
        check(forged, wallets.certificates)


@pytest.mark.parametrize(
    ("issuer", "organisation", "same"),
    [
        ("示例县科协", "示例县科协", True),
        ("示例县科协", "示例县科协服务公司", False),
        ("…", "示例县科协", False),
        ("示例县" * 10 + "…", "示例县" * 7, True),
        ("示例县" * 10, "示例县" * 7, True),
        ("示例县" * 10 + "…", "示例市" * 7, False),
        ("", "", True),
    ],
)
def test_the_issuer_is_the_unit_of_the_seal(issuer: str, organisation: str, same: bool) -> None:
    assert paper.same_unit(issuer, organisation) == same


def test_an_authority_that_nobody_trusts_is_refused() -> None:
    root = holders.found_authority(ORGANISATION, FOUNDED)
    false = holders.issue_seal_certificate(root, ORGANISATION, FOUNDED)
    text = paper.write(claim(false), false.sealer)
    for bag in (false.certificates, (*false.certificates, *root.certificates)):
        with pytest.raises(Unverified, match=r"no authority of trust\.json"):
            check(text, bag)


def test_an_authority_itself_signs_no_claim() -> None:
    with pytest.raises(Unverified):
        check(paper.write(claim(authority()), authority().sealer), authority().certificates)


@pytest.mark.parametrize(
    ("issued", "holds"),
    [
        ("2025-12-31", False),
        ("2026-01-01", True),
        ("2036-01-01", True),
        ("2036-01-02", False),
    ],
)
def test_the_certificate_is_valid_on_the_day_of_issue(issued: str, *, holds: bool) -> None:
    text = paper.write(claim(issued=issued), holder().sealer)
    if holds:
        check(text, today="2036-06-01")
    else:
        with pytest.raises(Unverified, match="was not valid"):
            check(text, today="2036-06-01")


def test_a_day_to_come_is_refused_but_for_a_clock_that_is_late() -> None:
    check(written(), today="2026-08-31")
    with pytest.raises(Unverified, match="2026-09-01"):
        check(written(), today="2026-08-30")


def test_a_real_authoritys_chain_is_taken_from_the_bag_in_any_order() -> None:
    real = Real()
    made = holders.load_pkcs12(real.p12(b"x"), b"x")
    text = paper.write(claim(made), made.sealer)
    found, signature = paper.read(text)
    root = real.root.public_bytes(Encoding.DER)
    for bag in (made.certificates, (root, *reversed(made.certificates), *BAG)):
        info = paper.check(found, signature, bag, [to_pem(root)], TODAY)
        assert "示例根" in info.authority
    with pytest.raises(Unverified):
        paper.check(found, signature, made.certificates[:1], [to_pem(root)], TODAY)


def test_only_p256_signs_claims() -> None:
    assert p256.signs(holder().sealer)
    assert not p256.signs(holder("rsa-3072").sealer)
    found, signature = paper.read(written())
    named = replace(found, key=paper.key_of(holder("rsa-3072").certificates[0]))
    with pytest.raises(Unverified, match="P-256"):
        paper.check(named, signature, holder("rsa-3072").certificates, [authority().pem], TODAY)


# --- one form ------------------------------------------------------------------------------------


DAYS = st.dates(min_value=paper._EPOCH, max_value=paper._EPOCH.replace(year=2149)).map(str)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=0, max_size=120).map(
    lambda text: normalize("NFC", text)
)
CLAIMS = st.builds(
    Paper,
    number=st.from_regex(r"[0-9A-Za-z._-]{1,64}", fullmatch=True),
    name=WORDS,
    first=DAYS,
    last=DAYS,
    minutes=st.integers(0, 2**32 - 1),
    issuer=WORDS,
    code=st.sampled_from(["", "53429900MJH000001X"]),
    issued=DAYS,
    specimen=st.booleans(),
    leaf=st.binary(min_size=32, max_size=32),
    key=st.binary(min_size=8, max_size=8),
)


@given(CLAIMS)
def test_every_claim_that_fits_comes_back(made: Paper) -> None:
    fitted = paper.fitted(made)
    text = paper.write(fitted, Sealer((), lambda _: b"\x30\x06\x02\x01\x01\x02\x01\x01"))
    assert paper.read(text) == (fitted, bytes(31) + b"\1" + bytes(31) + b"\1")
    assert len(text) <= 419  # a QR code of version 12 at level M (ISO/IEC 18004, table 7)
    for whole, cut in ((made.name, fitted.name), (made.issuer, fitted.issuer)):
        assert cut == whole or (cut.endswith("…") and whole.startswith(cut[:-1]))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_in_one_form_or_refused(data: bytes) -> None:
    try:
        found, signature = paper.read(PREFIX + base45.encode(data))
    except Malformed:
        return
    assert found.signed().partition(b"\n")[2] + signature == data


@pytest.mark.parametrize("text", ["", "https://example.org/c/1", "VLP2:BB8", PREFIX, f"{PREFIX}A"])
def test_what_is_no_claim_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        paper.read(text)


def test_texts_that_are_not_nfc_are_refused() -> None:
    with pytest.raises(Malformed):
        paper.read(paper.write(claim(name="e\u0301*"), holder().sealer))


def test_a_specimen_says_so_in_one_way() -> None:
    data = bytearray(raw(paper.write(claim(specimen=True), holder().sealer)))
    assert data[0] == 1
    data[0] = 2
    with pytest.raises(Malformed):
        paper.read(PREFIX + base45.encode(bytes(data)))


@pytest.mark.parametrize(
    "changes",
    [{"first": "1969-12-31"}, {"last": "2199-01-01"}, {"issuer": "县" * 80}, {"number": "1" * 300}],
)
def test_what_has_no_room_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as caught:
        claim(**changes).signed()
    assert caught.value.code == "paper.no_room"


def test_a_long_issuer_is_cut_visibly_and_its_code_is_whole() -> None:
    made = paper.fitted(claim(issuer="示例县" * 33 + "队"))
    assert made.issuer == ("示例县" * 33)[:34] + "…"
    assert made.code == "53429900MJH000001X"
    assert len(raw(paper.write(made, holder().sealer))) in range(MOST - 2, MOST + 1)


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("欧阳七七", "欧阳**"),
        ("张", "*"),
        ("阿卜杜·买买提", "阿******"),
        ("Ann Lee", "A******"),
    ],
)
def test_a_name_is_masked_as_notices_mask_it(name: str, masked: str) -> None:
    assert qr.hidden(name) == masked


@given(st.text(st.characters(categories=["L"]), min_size=1, max_size=40))
def test_the_whole_name_is_never_in_the_code(name: str) -> None:
    assume("*" not in name)
    said = paper.fitted(claim(name=qr.hidden(name)))
    assert name not in said.name
    assert set(said.name[2:]) <= set("*…")  # a compound surname has two characters
    assert len(said.name.encode()) <= 24


# --- other people's programs ---------------------------------------------------------------------


def test_the_documented_way_by_openssl(tmp_path: Path) -> None:
    """docs/paper.md, block by block: nothing of ours is used; a claim that was changed does not pass."""
    if not (shutil.which("openssl") and shutil.which("bash")):
        pytest.skip("openssl or bash is not installed")
    blocks = re.findall(
        r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    (tmp_path / "seals.pem").write_text(holder("rsa-3072").pem + holder().pem, encoding="ascii")
    trust = json.dumps({"logs": [], "issuers": [authority().pem]})
    (tmp_path / "trust.json").write_text(trust, encoding="utf-8")

    def follow(said: str) -> str:
        (tmp_path / "code.txt").write_text(said + "\n", encoding="ascii")
        ran = [
            subprocess.run(["bash", "-c", block], cwd=tmp_path, check=False, capture_output=True)
            for block in blocks
        ]
        return "".join(each.stdout.decode() for each in ran)

    honest = follow(written())
    assert "429900-T01-2026-000123-57 | 欧阳* |" in honest
    assert "| 2026-03-01 | 2026-08-31 | 18 h 0 min | issued | 2026-09-01" in honest
    assert "Verified OK\n" in honest
    assert "seal.pem: OK\n" in honest
    data = bytearray(raw(written()))
    data[10] ^= 1  # the minutes
    assert "Verified OK" not in follow(PREFIX + base45.encode(bytes(data)))


def test_a_token_signs_claims(tmp_path_factory: pytest.TempPathFactory) -> None:
    from certificates.seal import token
    from ledger.home import Token

    with softhsm.token(tmp_path_factory.mktemp("token")) as module:
        softhsm.generate(module, "纸", "ecdsa-p256")
        key = token.open_key(Token(module, softhsm.LABEL, "纸"), softhsm.PIN)
        own = holders.certify(authority(), ORGANISATION, FOUNDED, key.public_key())
        made = claim(key=paper.key_of(own))
        texts = [paper.write(made, Sealer((own,), key.sign)) for _ in range(8)]  # of either s
        key.close()
    for text in texts:
        assert check(text, (own,)) == made
