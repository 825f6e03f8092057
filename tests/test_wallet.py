"""Certificates for wallets, as clerks and volunteers meet them at the keyboard.

Holds certificates.commands.handing too.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from openvc import verify_credential
from openvc.verify import default_resolver

from certificates import credential, credential_key, keyring, proof
from certificates.seal import integrity
from certificates.seal.holders import found_authority
from ledger.errors import Unsafe
from ledger.home import Home
from tests.clerk import PEOPLE, Clerk, id_number, phone, volunteers


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("served"))
    clerk.begin()
    clerk.confirmed("张三", "欧阳七七")
    return clerk


@pytest.fixture
def here(served: Clerk, tmp_path: Path) -> Clerk:
    """Give a ledger of the test's own, in which two have served."""
    return served.copied(tmp_path)


def file(here: Clerk, name: str = "证明.json") -> Path:
    return here.folder / name


def held(here: Clerk, number: str, name: str = "证明.json") -> dict[str, Any]:
    """Return the answer of `certificate issue --format vc` about a volunteer or a certificate."""
    found: dict[str, Any] = here(
        "certificate", "issue", number, "--format", "vc", "-o", file(here, name)
    )
    return found


def size(here: Clerk) -> int:
    found: int = here("audit")["size"]
    return found


def test_a_certificate_comes_in_two_coats(here: Clerk) -> None:
    found = held(here, here.numbers["欧阳七七"])
    paper, wallet = file(here, "证明.pdf"), file(here)
    assert found["paper"] == str(paper)
    assert found["entries"] == [found["entry"]]
    one, two = here.verdict(paper), here.verdict(wallet)
    assert one["certificate"]["document"].startswith("居民身份证")
    assert {k: v for k, v in one["certificate"].items() if k != "document"} == two["certificate"]
    assert (two["genuine"], two["logged"]) == (True, True)
    value = json.loads(wallet.read_bytes())
    assert value["issuer"]["id"] == found["issuer"]
    assert verify_credential(value, resolver=default_resolver()).issuer == found["issuer"]


def test_it_holds_the_name_and_no_document_or_telephone(here: Clerk) -> None:
    held(here, here.numbers["欧阳七七"])
    data = file(here).read_bytes()
    at = PEOPLE.index("欧阳七七")
    opened = proof.read(credential.split(data).attachment).opening
    assert set(opened) == {"name"}
    for text in (id_number(at), "****", phone(at), "居民身份证", "张三", "孙八"):
        assert text not in data.decode()
        assert text not in credential.split(data).attachment.decode()


def test_one_that_was_issued_gets_the_other_coat_and_no_entry(here: Clerk) -> None:
    number, paper = here.certificate(here.numbers["张三"])
    before = size(here)
    here.now = "2026-05-01T09:00:00+08:00"
    found = held(here, number)
    assert (found["certificate"], size(here)) == (number, before)
    assert "paper" not in found
    assert (
        here.verdict(file(here))["certificate"]["entry"]
        == here.verdict(paper)["certificate"]["entry"]
    )
    value = json.loads(file(here).read_bytes())
    assert value["validFrom"] == "2026-03-07T09:00:00+08:00"
    assert value["proof"]["created"] == here.now
    words = here.run("certificate", "issue", number, "--format", "vc", "-o", file(here), lang="zh")
    assert f"{number} 的可验证凭证" in words.stdout
    assert "请公布在本单位网站上" in words.stdout


def test_a_new_one_takes_the_place_of_an_old_one_in_this_coat_too(here: Clerk) -> None:
    old = held(here, here.numbers["张三"])["certificate"]
    order = (
        "certificate",
        "issue",
        here.numbers["张三"],
        "--format",
        "vc",
        "--replaces",
        old,
        "-o",
    )
    found = here(*order, file(here, "新.json"))
    assert found["replaces"] == old
    listed = here.folder / "清单.json"
    here("certificate", "status", "-o", listed)
    for name, standing in (
        ("证明.json", "revoked"),
        ("新.json", "unknown"),
    ):  # a specimen is not valid
        words = ("certificate", "verify", file(here, name), "--status", listed)
        (one,) = here(*words, code=standing == "revoked")["results"]
        assert (one["genuine"], one["standing"]) == (True, standing)


def test_revoked_it_is_revoked_in_both_coats_and_gets_no_other(here: Clerk) -> None:
    found = held(here, here.numbers["张三"])
    here("certificate", "revoke", found["certificate"], "--reason", "error")
    for name in ("证明.pdf", "证明.json"):
        assert here.verdict(file(here, name), code=1)["standing"] == "revoked"
    order = (
        "certificate",
        "issue",
        found["certificate"],
        "--format",
        "vc",
        "-o",
        file(here, "b.json"),
    )
    assert here.refused(*order) == "certificate.unknown"
    assert not file(here, "b.json").exists()


def test_who_is_erased_gets_none_and_the_old_one_verifies(here: Clerk) -> None:
    me = here.numbers["张三"]
    found = held(here, me)
    here("volunteer", "erase", me, "--reason", "request", "--yes")
    order = (
        "certificate",
        "issue",
        found["certificate"],
        "--format",
        "vc",
        "-o",
        file(here, "b.json"),
    )
    assert here.refused(*order) == "volunteer.not_active"
    assert here.verdict(file(here))["genuine"]


def test_a_name_that_changed_since_needs_a_new_certificate(here: Clerk) -> None:
    number, _ = here.certificate(here.numbers["张三"])
    rows = volunteers(["张三丰"])
    renamed = [["志愿者编号", *rows[0]], [here.numbers["张三"], *rows[1]]]
    here("import", "volunteers", here.sheet("改名.csv", renamed))
    order = ("certificate", "issue", number, "--format", "vc", "-o", file(here))
    assert here.refused(*order) == "certificate.outdated"
    found = held(here, here.numbers["张三"], "新.json")
    assert here.verdict(file(here, "新.json"))["certificate"]["name"] == "张三丰"
    assert found["certificate"] != number


def test_no_pdf_is_written_over_that_nobody_named(here: Clerk) -> None:
    number, paper = here.certificate(here.numbers["张三"])
    before, data = size(here), paper.read_bytes()
    order = ("certificate", "issue", here.numbers["张三"], "--format", "vc", "-o")
    assert here.refused(*order, file(here)) == "file.exists"
    assert (size(here), paper.read_bytes()) == (before, data)
    assert not file(here).exists()
    held(here, number)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_cannot_be_meant_is_a_wrong_usage(here: Clerk, lang: str) -> None:
    number, _ = here.certificate(here.numbers["张三"])
    before = size(here)
    order = ("certificate", "issue", number, "--format", "vc")
    for words, remedy in (
        ((*order, "-o", file(here, "新.PDF")), ".json"),
        ((*order, "-o", file(here), "--from", "2026-03-01"), "--from"),
        ((*order, "-o", file(here), "--activity", "A1"), "--activity"),
        ((*order, "-o", file(here), "--without", "star"), "--activity"),
    ):
        ran = here.run(*words, lang=lang)
        assert (ran.exit_code, remedy in ran.stderr) == (2, True)
    assert size(here) == before
    assert not file(here).exists()


def test_none_is_handed_out_that_others_would_not_believe(here: Clerk) -> None:
    """The trust file names another authority than the one that vouches for the key."""
    number, _ = here.certificate(here.numbers["张三"])
    trust = json.loads((here.home / "trust.json").read_bytes())
    other = found_authority("外人", "2026-01-01T00:00:00+08:00").pem
    (here.home / "trust.json").write_text(json.dumps({**trust, "issuers": [other]}), "utf-8")
    order = ("certificate", "issue", number, "--format", "vc", "-o", file(here))
    assert here.refused(*order) == "certificate.unverifiable"
    assert not file(here).exists()


def test_it_is_evidence_about_its_ledger(here: Clerk) -> None:
    held(here, here.numbers["张三"])
    assert here("audit", "--against", file(here))["findings"] == []
    value = json.loads(file(here).read_bytes())
    value["evidence"][0]["id"] = "data:application/json;base64,AAAA"
    file(here, "x.json").write_text(json.dumps(value), "utf-8")
    (finding,) = here("audit", "--against", file(here, "x.json"), code=1)["findings"]
    assert finding["code"] == "evidence.unreadable"


# --- the key --------------------------------------------------------------------------------------


def lose_key(here: Clerk) -> None:
    for lost in (here.home / "keys").glob("credential*"):
        lost.unlink()


def test_the_key_is_nobody_elses(here: Clerk) -> None:
    home = Home(here.home)
    own = integrity.did(credential_key.sealer(home).certificates[0])
    assert own not in [integrity.did(each.certificates[0]) for each in keyring.kept(home)]
    assert keyring.kept(home)
    assert "credential" not in " ".join(home.key_names())  # no officer's, nor the log's


def test_without_a_key_nothing_is_logged_and_one_can_be_made(here: Clerk) -> None:
    lose_key(here)
    before = size(here)
    order = ("certificate", "issue", here.numbers["张三"], "--format", "vc", "-o", file(here))
    ran = here.run(*order, lang="zh")
    assert (ran.exit_code, "[credential.key]" in ran.stderr) == (1, True)
    assert "certificate key" in ran.stderr
    assert size(here) == before
    made = here("certificate", "key")["issuer"]
    assert held(here, here.numbers["张三"])["issuer"] == made
    assert here.verdict(file(here))["genuine"]


def test_a_new_key_never_takes_an_old_ones_place_by_itself(here: Clerk) -> None:
    assert here.refused("certificate", "key") == "key.exists"


def test_a_stolen_key_is_taken_back_as_a_seals_is(here: Clerk) -> None:
    held(here, here.numbers["张三"])
    before = here.verdict(file(here))
    here("ca", "revoke", before["seal"]["serial"], "--lost", "--reason", "keyCompromise",
         "--since", "2026-03-06T00:00:00+08:00")  # fmt: skip
    crl = here.folder / "ca.crl"
    here("ca", "crl", "-o", crl)
    (found,) = here("certificate", "verify", file(here), "--crl", crl, code=1)["results"]
    assert (before["genuine"], found["genuine"], found["logged"]) == (True, False, True)
    assert "revocation.unverified" in [one["code"] for one in found["reasons"]]
    (paper,) = here("certificate", "verify", file(here, "证明.pdf"), "--crl", crl)["results"]
    assert paper["genuine"]


def test_only_the_authority_of_this_ledger_vouches_for_a_key(here: Clerk, tmp_path: Path) -> None:
    lose_key(here)
    other = Clerk(tmp_path / "other")
    other.begin()
    foreign = other.home / "carry-away" / "keys" / "authority.pem"
    assert here.refused("certificate", "key", "--authority", foreign) == "seal.key"
    own = here.home / "carry-away" / "keys" / "authority.pem"
    wrong = tmp_path / "wrong"
    wrong.write_text("not it", "utf-8")
    assert here.refused("certificate", "key", "--passphrase-file", wrong) == "seal.key"
    here("certificate", "key", "--authority", own)


def test_a_trust_file_without_an_authority_vouches_for_nobody(here: Clerk) -> None:
    trust = json.loads((here.home / "trust.json").read_bytes())
    (here.home / "trust.json").write_text(json.dumps({**trust, "issuers": []}), "utf-8")
    with pytest.raises(Unsafe, match="names no authority"):
        credential_key.authority(Home(here.home), b"", b"")
