"""Keys change, expire, are stolen and are imported; what was sealed before still verifies.

Journeys through the group `ca`, and the keys' folder itself: certificates.keyring.
"""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from certificates import keyring
from certificates.seal import chain, holders
from certificates.seal.revocation import Revoked
from ledger import home as homes
from ledger import trust
from ledger.errors import Malformed, Unsafe
from ledger.home import Home
from tests.authorities import Real, pem
from tests.clerk import Clerk

STOLEN = "2026-03-07T08:00:00+08:00"  # an hour before certificates are issued
SOON = "2026-03-08T09:00:00+08:00"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("founded"))
    clerk.begin()
    clerk.confirmed("张三", "李四")
    return clerk


@pytest.fixture
def here(founded: Clerk, tmp_path: Path) -> Clerk:
    """Give a ledger with confirmed lines, of the test's own; it is 7 March 2026, 9:00."""
    return founded.copied(tmp_path)


def sealed(here: Clerk, name: str, *more: str) -> Path:
    file = here.folder / name
    here("certificate", "issue", here.numbers["张三"], "-o", file, *more)
    return file


def seals(here: Clerk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = here("ca", "list")["seals"]
    return found


def in_use(here: Clerk, code: str = "KX") -> str:
    (found,) = (
        s["serial"] for s in seals(here) if (s["organisation"], s["state"]) == (code, "in use")
    )
    return str(found)


def issuers(here: Clerk) -> tuple[str, ...]:
    return Home(here.home).trust().issuers


def away(here: Clerk) -> Path:
    return here.home / "carry-away" / "keys"


# --- another key ---------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["ecdsa-p256", "rsa-3072"])
def test_what_was_sealed_before_a_key_changed_still_verifies(here: Clerk, algorithm: str) -> None:
    first, old = sealed(here, "a.pdf"), in_use(here)
    here.now = SOON
    new = here("ca", "issue", "--algorithm", algorithm)["serial"]
    second = sealed(here, "b.pdf")
    for file, serial, begun in ((first, old, "2026-03-02"), (second, new, "2026-03-08")):
        verdict = here.verdict(file)
        assert verdict["genuine"]
        assert verdict["seal"]["serial"] == serial
        assert verdict["seal"]["not_before"][:10] == begun
    states = {s["serial"]: s["state"] for s in seals(here)}
    assert states == {old: "kept", new: "in use"}


def test_verify_says_under_which_certificate_was_sealed(here: Clerk) -> None:
    file = sealed(here, "a.pdf")
    seal = here.verdict(file)["seal"]
    assert "示例县科协 证明签章" in seal["subject"]
    assert "证书签发根" in seal["issuer"]
    assert seal["authority"] == seal["issuer"]
    assert seal["not_after"] == "2036-03-02T09:00:00+08:00"
    assert seal["not_revoked_as_of"] == ""
    said = here.run("certificate", "verify", file).stdout
    begins = (
        f"sealed under: 示例县科协 证明签章  (no. {seal['serial']}, 2026-03-02 – 2036-03-02, by"
    )
    assert f"{begins} 示例县科协 证书签发根)" in said


def test_a_new_authority_follows_and_the_old_one_stays_trusted(here: Clerk) -> None:
    first, before = sealed(here, "a.pdf"), issuers(here)
    here.now = SOON
    made = here("ca", "init")
    assert issuers(here)[:-1] == before
    assert here.refused("ca", "issue") == "authority.missing"  # there are two by now
    here("ca", "issue", "--authority", made["key_file"])
    second = sealed(here, "b.pdf")
    assert all(here.verdict(file)["genuine"] for file in (first, second))
    here("ca", "issue", "--authority", away(here) / "authority.pem")  # the old one goes on as well
    assert here.verdict(sealed(here, "c.pdf"))["genuine"]
    assert len(here("ca", "list")["authorities"]) == 2


def test_an_authority_that_was_carried_away_is_named(here: Clerk) -> None:
    elsewhere = here.folder / "usb"
    elsewhere.mkdir()
    for file in away(here).glob("authority*"):
        file.rename(elsewhere / file.name)
    assert here.refused("ca", "issue") == "authority.missing"
    (elsewhere / "authority.passphrase").rename(here.folder / "note.txt")
    words = ("ca", "issue", "--authority", elsewhere / "authority.pem")
    assert here.refused(*words) == "key.passphrase"
    here(*words, "--passphrase-file", here.folder / "note.txt")


def test_a_key_of_no_authority_is_refused(here: Clerk) -> None:
    stranger = holders.found_authority("外人", STOLEN)
    file = here.folder / "other.pem"
    file.write_bytes(stranger.encrypted_key(b"p"))
    (here.folder / "p").write_bytes(b"p")
    words = ("ca", "issue", "--authority", file, "--passphrase-file", here.folder / "p")
    assert here.refused(*words) == "authority.unknown"
    file.write_bytes(b"no key")
    assert here.refused(*words) == "seal.key"


def test_after_the_certificate_expired_nothing_is_issued_and_the_old_still_verifies(
    here: Clerk,
) -> None:
    first = sealed(here, "a.pdf")
    here.now = "2036-03-02T09:00:01+08:00"
    before = here("checkpoint")
    assert here.refused(*issuing(here)) == "seal.unusable"
    assert here("checkpoint") == before  # nothing was logged that could not be sealed
    assert here.verdict(first)["genuine"]
    here("ca", "issue")
    assert here.verdict(sealed(here, "b.pdf"))["genuine"]


def issuing(here: Clerk) -> tuple[object, ...]:
    return ("certificate", "issue", here.numbers["张三"], "-o", here.folder / "x.pdf")


# --- for whom ------------------------------------------------------------------------------------


def test_a_team_is_sealed_for_by_the_nearest_above_until_it_has_its_own(here: Clerk) -> None:
    lent = sealed(here, "a.pdf", "--organisation", "T01")
    assert here.verdict(lent)["seal"]["serial"] == in_use(here)
    own = here("ca", "issue", "--organisation", "T01")["serial"]
    team, root = sealed(here, "b.pdf", "--organisation", "T01"), sealed(here, "c.pdf")
    assert here.verdict(team)["seal"]["serial"] == own
    assert "科技志愿服务队" in here.verdict(team)["seal"]["subject"]
    assert here.verdict(root)["seal"]["serial"] == in_use(here) != own


def test_an_organisation_that_is_not_there_gets_no_key(here: Clerk) -> None:
    assert here.refused("ca", "issue", "--organisation", "T99") == "organisation.unknown"
    assert here.refused(*issuing(here), "--organisation", "T99") == "organisation.unknown"


def test_without_any_key_nothing_is_issued(here: Clerk) -> None:
    (here.home / "keys" / "seals.json").unlink()
    assert here.refused(*issuing(here)) == "seal.missing"
    here("ca", "issue")
    assert here.verdict(sealed(here, "a.pdf"))["genuine"]


# --- revocation ----------------------------------------------------------------------------------


def test_a_stolen_key_seals_no_more_and_what_it_sealed_since_is_refused(here: Clerk) -> None:
    first, old, crl = sealed(here, "a.pdf"), in_use(here), here.folder / "a.crl"
    here.now = SOON
    here("ca", "revoke", old, "--reason", "keyCompromise")
    assert here.refused(*issuing(here)) == "seal.missing"
    here("ca", "issue")
    second = sealed(here, "b.pdf")
    assert here("ca", "crl", "-o", crl)["revoked"] == [old]
    verdict = here("certificate", "verify", first, second, "--crl", crl)["results"]
    assert [one["genuine"] for one in verdict] == [True, True]  # sealed before anybody knew
    assert [one["seal"]["not_revoked_as_of"] for one in verdict] == [SOON, SOON]
    # In the key's own home it is remarked even without a list.
    first_, second_ = here("certificate", "verify", first, second)["results"]
    assert "seal.revoked" in [reason["code"] for reason in first_["reasons"]]
    assert "seal.revoked" not in [reason["code"] for reason in second_["reasons"]]
    # It turns out that it was stolen earlier: the same list again, with another date.
    here("ca", "revoke", old.upper(), "--reason", "keyCompromise", "--since", STOLEN)
    here("ca", "crl", "-o", crl)
    results = here("certificate", "verify", first, second, "--crl", crl, code=1)["results"]
    assert [one["genuine"] for one in results] == [False, True]
    assert "revocation.unverified" in {reason["code"] for reason in results[0]["reasons"]}
    assert results[0]["seal"] == {}
    assert here.verdict(first)["genuine"]  # who has no list cannot know


def test_a_list_of_another_authority_is_said_to_say_nothing(here: Clerk) -> None:
    file, crl = sealed(here, "a.pdf"), here.folder / "other.crl"
    other = holders.found_authority("示例县科协", STOLEN)
    revoked = [Revoked(in_use(here), STOLEN, "superseded")]
    crl.write_bytes(holders.write_list(other, revoked, at=SOON, until=SOON))
    (result,) = here("certificate", "verify", file, "--crl", crl)["results"]
    assert result["genuine"]
    assert "revocation.unknown" in {reason["code"] for reason in result["reasons"]}


def test_a_list_that_cannot_be_read_stops_verification(here: Clerk) -> None:
    file, crl = sealed(here, "a.pdf"), here.folder / "a.crl"
    crl.write_bytes(b"nothing")
    assert here.refused("certificate", "verify", file, "--crl", crl) == "malformed"


@pytest.mark.parametrize("serial", ["", "0", "abc123", "not hex"])
def test_a_number_that_is_of_no_key_here_is_not_revoked(here: Clerk, serial: str) -> None:
    assert here.refused("ca", "revoke", serial, "--reason", "superseded") == "seal.unknown"


def test_a_key_is_not_disbelieved_from_a_day_to_come(here: Clerk) -> None:
    words = ("ca", "revoke", "AB:C1:23", "--reason", "superseded", "--lost", "--since")
    assert here.refused(*words, "2099-01-01T00:00:00+08:00") == "seal.since"


def test_a_certificate_whose_file_is_lost_can_be_revoked(here: Clerk) -> None:
    here("ca", "revoke", "AB:C1:23", "--reason", "superseded", "--lost")
    assert here("ca", "crl", "-o", here.folder / "a.crl")["revoked"] == ["abc123"]


def test_what_stands_of_a_key_revoked_twice_is_said(here: Clerk) -> None:
    words = ("ca", "revoke", "AB:C1:23", "--lost", "--reason")
    first = here(*words, "keyCompromise", "--since", STOLEN)
    assert here(*words, "superseded") == first  # what a thief sealed stays refused
    assert (first["reason"], first["since"]) == ("keyCompromise", STOLEN)
    assert STOLEN in here.run(*words, "superseded", lang="zh").stdout


def test_an_authority_lists_what_it_issued_and_nobody_elses(here: Clerk) -> None:
    made, real = here("ca", "init")["key_file"], Real()
    take(here, real.p12(b"secret"), "--trust-root", "--organisation", "T01")
    old, bought = in_use(here), in_use(here, "T01")
    for serial in (old, bought):
        here("ca", "revoke", serial, "--reason", "superseded")
    words = ("ca", "crl", "-o", here.folder / "a.crl", "--authority")
    assert here(*words, away(here) / "authority.pem")["revoked"] == [old]
    assert here(*words, made)["revoked"] == []


def test_the_list_promises_the_next(here: Clerk) -> None:
    file = here.folder / "a.crl"
    here("ca", "crl", "-o", file, "--days", "30")
    found = x509.load_der_x509_crl(file.read_bytes())
    assert found.next_update_utc
    assert (found.next_update_utc - found.last_update_utc).days == 30


# --- a real authority's key ----------------------------------------------------------------------


def take(here: Clerk, data: bytes, *more: object, code: int = 0) -> Any:
    file, words = here.folder / "来自机构.p12", here.folder / "words"
    file.write_bytes(data)
    words.write_bytes(b"secret")
    return here("ca", "import", file, "--passphrase-file", words, *more, code=code)


@pytest.mark.parametrize("algorithm", ["ecdsa-p256", "rsa-3072"])
def test_a_real_authoritys_key_seals_once_its_root_is_trusted(here: Clerk, algorithm: Any) -> None:
    real = Real(algorithm)
    data, before = real.p12(b"secret"), issuers(here)
    assert take(here, data, code=1)["error"]["code"] == "seal.untrusted"
    assert issuers(here) == before  # asked for in so many words, or not at all
    taken = take(here, data, "--trust-root")
    assert issuers(here) == (*before, pem(real.root).decode())
    verdict = here.verdict(sealed(here, "a.pdf"))
    assert verdict["genuine"]
    assert verdict["seal"]["serial"] == taken["serial"]
    assert (verdict["seal"]["issuer"], verdict["seal"]["authority"]) == (
        "CN=示例签发 CA",
        "CN=示例根 CA",
    )
    assert take(here, data) == taken  # imported again: it lies there already
    assert len(seals(here)) == 2


def test_trusting_a_root_is_explained(here: Clerk) -> None:
    file, words = here.folder / "a.p12", here.folder / "words"
    file.write_bytes(Real().p12(b"secret"))
    words.write_bytes(b"secret")
    said = here.run("ca", "import", file, "--passphrase-file", words, "--trust-root").stdout
    assert "whoever has it believes every sealing certificate that authority issues" in said


def test_a_root_that_is_not_in_the_file_is_named(here: Clerk) -> None:
    real, root = Real(), here.folder / "root.pem"
    data = real.p12(b"secret", with_root=False)
    root.write_bytes(pem(Real().root))
    for more in (("--trust-root",), ("--trust-root", "--root", root)):
        assert take(here, data, *more, code=1)["error"]["code"] == "seal.untrusted"
    root.write_bytes(pem(real.root))
    take(here, data, "--trust-root", "--root", root)
    assert here.verdict(sealed(here, "a.pdf"))["genuine"]


def test_a_real_authoritys_list_is_heard(here: Clerk) -> None:
    real, crl = Real(), here.folder / "a.crl"
    serial = take(here, real.p12(b"secret"), "--trust-root")["serial"]
    file = sealed(here, "a.pdf")
    revoked = [Revoked(serial, here.now, "superseded")]
    crl.write_bytes(holders.write_list(real.issuing, revoked, at=SOON, until=SOON))
    here("certificate", "verify", file, "--crl", crl, code=1)


def test_a_file_that_is_no_key_is_refused(here: Clerk) -> None:
    assert take(here, b"nothing", code=1)["error"]["code"] == "seal.key"


def test_a_revoked_key_is_not_put_into_use_again(here: Clerk) -> None:
    data = Real().p12(b"secret")
    serial = take(here, data, "--trust-root")["serial"]
    here("ca", "revoke", serial, "--reason", "superseded")
    assert take(here, data, code=1)["error"]["code"] == "seal.revoked"


# --- the folder ----------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_may_read_a_sealing_key(here: Clerk) -> None:
    here("ca", "issue")
    here("ca", "init")
    secret = [*(here.home / "keys").glob("seal-*"), *away(here).glob("authority*")]
    assert len(secret) == 8
    assert {stat.S_IMODE(file.stat().st_mode) for file in secret} == {0o600}
    assert all(b"ENCRYPTED" in file.read_bytes() for file in secret if file.suffix == ".pem")


@pytest.mark.parametrize("step", range(1, 6))
def test_whoever_is_killed_leaves_the_old_key_in_use(
    here: Clerk, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passphrase, key and register are each a file put in place by a rename: stop at every one."""
    before, renamed, replace = in_use(here), 0, Path.replace

    class Killed(BaseException):
        pass

    def replacing(file: Path, target: Path) -> Path:
        nonlocal renamed
        renamed += "keys" in file.parts
        if renamed == step:
            raise Killed
        return replace(file, target)

    monkeypatch.setattr(Path, "replace", replacing)
    try:
        here("ca", "issue")
    except Killed:
        assert step <= 3
        monkeypatch.undo()
        assert in_use(here) == before
    else:
        assert step > 3
        monkeypatch.undo()
        assert in_use(here) != before
    assert here.verdict(sealed(here, "a.pdf"))["genuine"]
    here("ca", "issue")  # and what was left is in nobody's way
    assert in_use(here) != before
    assert here.verdict(sealed(here, "b.pdf"))["genuine"]


def test_a_key_that_was_half_written_is_finished_by_the_next_import(
    here: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Real().p12(b"secret")
    monkeypatch.setattr(keyring, "write_register", lambda *_: None)
    serial = take(here, data, "--trust-root")["serial"]
    monkeypatch.undo()
    assert in_use(here) != serial
    take(here, data)
    assert in_use(here) == serial
    assert here.verdict(sealed(here, "a.pdf"))["genuine"]


def test_keys_travel_with_the_backup(here: Clerk) -> None:
    here("ca", "issue")
    before, backup = seals(here), here.folder / "backup.zip"
    here("backup", backup)
    there = Clerk(here.folder / "there", here.now)
    there.folder.mkdir()
    there("restore", backup)
    assert seals(there) == before


@pytest.mark.parametrize("content", [b"", b"{}x", b'{"in_use": []}', b'{"revoked": [{}]}'])
def test_a_register_that_is_damaged_is_named(here: Clerk, content: bytes) -> None:
    file = here.home / "keys" / "seals.json"
    file.write_bytes(content)
    with pytest.raises(Malformed, match=r"seals\.json"):
        keyring.register(Home(here.home))


def test_a_key_file_of_another_certificate_is_refused(here: Clerk) -> None:
    (file,) = (here.home / "keys").glob("seal-KX-*.pem")
    key = file.read_bytes().partition(b"-----BEGIN CERTIFICATE")[0]
    file.write_bytes(key + pem(Real().root))
    assert here.refused(*issuing(here)) == "seal.key"


def test_the_register_believes_a_key_from_no_later_than_was_ever_said() -> None:
    first = Revoked("ab", "2026-01-02T00:00:00+08:00", "superseded")
    second = Revoked(
        "ab", "2026-01-03T00:00:00+08:00", "keyCompromise", "2026-01-01T00:00:00+08:00"
    )
    found = keyring.Register({"KX": "a", "T01": "b"}).revoke(first, ["a"]).revoke(second, [])
    assert found.in_use == {"T01": "b"}
    assert found.revoked == (
        Revoked("ab", "2026-01-02T00:00:00+08:00", "keyCompromise", "2026-01-01T00:00:00+08:00"),
    )
    # What a thief sealed stays refused, whatever is said later.
    assert found.revoke(Revoked("ab", first.at, "superseded"), []) == found


# --- trust.json and the settings ------------------------------------------------------------------


def test_one_more_authority_leaves_the_rest_of_the_trust_file_alone() -> None:
    head = "-----BEGIN CERTIFICATE-----"
    one, other = f"{head}a", f"{head}b"
    value = {"logs": [{"keys": [], "witnesses": [], "quorum": 0}], "issuers": [one]}
    with pytest.raises(Malformed):
        trust.with_authority(
            json.dumps(value).encode(), "issuers", other
        )  # it could not be read before
    value["logs"] = []
    once = trust.with_authority(json.dumps(value).encode(), "issuers", other)
    assert json.loads(once) == {"logs": [], "issuers": [one, other]}
    assert trust.with_authority(once, "issuers", other) == once
    assert json.loads(trust.with_authority(once, "timestamps", one))["timestamps"] == [one]


@pytest.mark.parametrize(
    "text",
    ["token = 1", "[token]\nmodule = 'x'", "[token.KX]\nmodule = 'x'", "[token.KX]\nmodule = 'x'\ntoken = 'y'\nkey = 1",
     "[token.KX]\nmodule = 'x'\ntoken = 'y'\nkey = 'z'\npin = '1234'"],
)  # fmt: skip
def test_a_token_that_is_not_wholly_named_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "association.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Malformed, match="token"):
        Home(tmp_path).association()


def test_the_settings_that_init_writes_can_be_used_as_they_are_meant(tmp_path: Path) -> None:
    lines = homes.SETTINGS.replace("# [token", "[token").replace("# module", "module")
    lines = lines.replace("# token", "token").replace("# key", "key")
    (tmp_path / "association.toml").write_text(lines, encoding="utf-8")
    (token,) = Home(tmp_path).association().token.values()
    assert token.module.endswith("libsofthsm2.so")


def test_a_certificate_that_is_no_longer_in_trust_stops_the_issuing(here: Clerk) -> None:
    file = here.home / "trust.json"
    value = json.loads(file.read_bytes())
    file.write_text(json.dumps({**value, "issuers": []}), encoding="utf-8")
    assert here.refused(*issuing(here)) == "seal.unusable"


def test_people_are_shown_their_keys(here: Clerk) -> None:
    here("ca", "issue", "--organisation", "T01", "--algorithm", "rsa-3072")
    said = here.run("ca", "list", lang="zh").stdout
    for words in (
        "证书机构：CN=示例县科协 证书签发根",
        "在用",
        "ECDSA P-256",
        "RSA-3072",
        in_use(here, "T01"),
    ):
        assert words in said


def test_an_authority_of_a_kind_no_seal_has_is_shown_too(here: Clerk) -> None:
    key = ec.generate_private_key(ec.SECP521R1())
    own = x509.load_pem_x509_certificate(issuers(here)[0].encode())
    odd = (
        x509.CertificateBuilder(own.subject, own.subject, key.public_key(), 5)
        .not_valid_before(own.not_valid_before_utc)
        .not_valid_after(own.not_valid_after_utc)
        .sign(key, SHA256())
    )
    assert chain.shown(odd).algorithm == "?"


def test_a_chain_without_certificates_is_refused() -> None:
    with pytest.raises(Unsafe, match="no readable certificate"):
        holders.load_chain(b"-----BEGIN nothing")


def test_a_key_of_a_kind_that_readers_refuse_is_refused_everywhere() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"p"))
    authority = holders.found_authority("示例县科协", STOLEN)
    for refused in (
        lambda: holders.certify(authority, "示例县科协", STOLEN, key.public_key()),
        lambda: holders.load_authority(data, b"p", [authority.pem]),
        lambda: holders.load_holder(authority.encrypted_key(b"p"), b"p", b"no certificate"),
        lambda: holders.load_pkcs12(
            serialize_key_and_certificates(
                None, authority.key, None, None, BestAvailableEncryption(b"p")
            ),
            b"p",
        ),
    ):
        with pytest.raises(Unsafe, match="sealing key cannot be read"):
            refused()
