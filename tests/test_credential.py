"""Credentials for wallets: what they say, and that no changed value of one is believed."""

import copy
import json
import random
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openvc import VerificationPolicy, verify_credential
from openvc.verify import default_resolver

from certificates import credential, credential_key, proof
from certificates.seal import holders, integrity
from certificates.seal.holders import Holder
from certificates.verdict import Verdict
from certificates.verify import verify
from ledger import encoding
from ledger.errors import LedgerError
from ledger.trust import Trust
from tests import forgeries
from tests.forge import FOUNDED, NUMBER, Plot, Workshop, authority, old_authority, trusted
from tests.forgeries import FORGERIES, FORMS, Forgery
from tests.forgeries_beside import BESIDE
from tests.test_forged import altered

CREATED = "2026-03-20T10:00:00+08:00"  # when the certificate was stamped
Path = tuple[str | int, ...]


@cache
def key() -> Holder:
    return credential_key.make(authority(), "示例县科协", FOUNDED)


def written(
    plot: Plot | None = None, *, by: Holder | None = None, created: str = CREATED
) -> dict[str, Any]:
    found = proof.read(Workshop(plot or Plot.full()).attachment())
    return _value(credential.write(found, (by or key()).sealer, created))


@cache
def _honest() -> str:
    return json.dumps(written())


def honest() -> dict[str, Any]:
    return _value(_honest().encode())


def _value(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(data)
    return found


def judged(value: Any, trust: Trust | None = None) -> Verdict:
    return verify(json.dumps(value).encode(), trust or trusted_once())


trusted_once = cache(trusted)


def says(verdict: Verdict) -> str:
    return " | ".join(f"{reason.code}: {reason.en}" for reason in verdict.reasons)


def signed(value: dict[str, Any], by: Holder | None = None, created: str = CREATED) -> Any:
    """Sign whatever it says: a thief of the key can."""
    rest = {name: inner for name, inner in value.items() if name != "proof"}
    return integrity.secure(rest, (by or key()).sealer, created)


# --- the same certificate -------------------------------------------------------------------------


def test_it_is_the_certificate_that_the_pdf_is() -> None:
    verdict, paper = judged(honest()), verify(Plot.full().make(), trusted())
    assert (verdict.genuine, verdict.logged, verdict.witnesses) == (True, True, 0)
    assert (verdict.standing, verdict.as_of) == ("unknown", CREATED)
    assert (verdict.certificate, verdict.ref) == (paper.certificate, paper.ref)
    assert [reason.code for reason in verdict.reasons] == ["log.alone", "standing.unknown"]


def test_it_says_what_a_wallet_shows() -> None:
    found = honest()
    subject = found["credentialSubject"]
    assert found["name"] == "志愿服务记录证明 Certificate of volunteer service"
    assert found["description"] == "李𫖯，2026-03-01 至 2026-03-31，志愿服务5小时0分钟"
    assert (found["issuer"]["name"], found["validFrom"]) == ("组织KX", CREATED)
    assert subject["licenseNumber"] == NUMBER
    assert [one["identityHash"] for one in subject["identifier"]] == ["李𫖯", "V1"]
    minutes = {"minutes": "300", "A": "0", "B": "300", "C": "0", "L": "0"}
    assert results(found) == minutes | {"star": "1"}
    assert subject["activityStartDate"] == "2026-03-03T09:00:00+08:00"
    assert subject["activityEndDate"] == "2026-03-04T12:00:00+08:00"
    assert [(one["name"], one["narrative"]) for one in found["evidence"][2:]] == [
        ("活动A1", "2026-03-03 09:00 至 2026-03-03 12:00，180分钟，B级，社区，组织T01"),
        ("活动A2", "2026-03-04 10:00 至 2026-03-04 12:00，120分钟，B级，社区，组织T01"),
        ("急救培训", "2026-03-02，红十字会，90分钟，不计入服务时长"),
        ("急救培训", "2026-03-05，红十字会，30分钟，不计入服务时长"),
        ("优秀志愿者", "2026-03-02，示例县科协"),
        ("优秀志愿者", "2026-03-10，示例县科协"),
    ]


def results(found: dict[str, Any]) -> dict[str, str]:
    """Return each result under the last word of what describes it, which must be there."""
    subject = found["credentialSubject"]
    described = [one["id"] for one in subject["achievement"]["resultDescription"]]
    assert described == [one["resultDescription"] for one in subject["result"]]
    return {one["resultDescription"].rpartition("#")[2]: one["value"] for one in subject["result"]}


def test_the_proof_in_it_is_the_ledgers() -> None:
    parts = credential.split(json.dumps(honest()).encode())
    assert parts.attachment == Workshop(Plot.full()).attachment()
    assert parts.certificates == key().certificates


def test_a_specimen_says_so_in_every_wallet() -> None:
    plot = Plot.honest()
    plot["charter"].head["clock"] = "simulated"
    found = written(plot)
    assert found["name"].startswith("样本 SPECIMEN")
    assert found["credentialSubject"]["achievement"]["name"].startswith("样本 SPECIMEN")
    verdict = judged(found)
    assert (verdict.genuine, verdict.specimen) == (True, True)


def test_what_has_no_value_or_was_not_asked_for_is_left_out() -> None:
    found = written(Plot.honest())
    assert set(found["issuer"]) == {"id", "type", "name"}
    assert "star" not in results(found)
    assert [one["name"] for one in found["evidence"][2:]] == ["活动A1", "活动A2"]
    for value in (found, honest()):
        assert "" not in list(map(at(value), leaves(value)))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"uscc": "13419900MB0000001T"},
            {
                "otherIdentifier": [
                    {"type": "IdentifierEntry", "identifier": "13419900MB0000001T",
                     "identifierType": "ext:uscc"}
                ]
            },
        ),
        ({"manager": "示例县科协"}, {"description": "管理单位 示例县科协"}),
    ],
    ids=["uscc", "manager"],
)  # fmt: skip
def test_the_issuer_is_named_as_registered(more: dict[str, str], said: dict[str, Any]) -> None:
    plot = Plot.honest()
    plot["root"].rows[0].update(more)
    found = written(plot)
    assert {k: v for k, v in found["issuer"].items() if k not in ("id", "type", "name")} == said
    assert judged(found).genuine


WORDS = "f27211cca0a0295b1aa6e16a5becafa66b9d725381624695a06dac1fbf51344a"


def test_what_was_handed_out_goes_on_to_verify() -> None:
    """Another word here, and no credential in anybody's wallet would verify: make it a new version."""
    found = honest()
    text = json.dumps({name: found[name] for name in found if name not in ("id", "proof")})
    text = text.replace(found["issuer"]["id"], "did:key:x")
    for attached in found["evidence"][:2]:
        text = text.replace(attached["id"], "data:x")
    words = encoding.encode(json.loads(text))
    assert sha256(words).hexdigest() == WORDS, words.decode()


# --- what the standards require -------------------------------------------------------------------


def test_the_data_model_is_kept() -> None:
    """VCDM 2.0: 4.3 contexts, 4.4 identifiers, 4.5 types, 4.7 issuer, 4.8 subject, 4.9 validity."""
    found = honest()
    assert found["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert found["type"][0] == "VerifiableCredential"
    assert found["id"].startswith("ni:///sha-256;")
    assert not set("+/=") & set(found["id"].removeprefix("ni:///"))
    assert found["issuer"]["id"].startswith("did:key:zDn")
    assert found["credentialSubject"]
    assert found["validFrom"].endswith("+08:00")
    assert not {"credentialStatus", "issuanceDate", "validUntil"} & set(found)
    assert found["proof"]["type"] == "DataIntegrityProof"
    assert found["proof"]["proofPurpose"] == "assertionMethod"


def test_open_badges_are_kept() -> None:
    """OB 3.0, appendix B: the fields required of each class, and the classes by name."""
    found = honest()
    subject, one = found["credentialSubject"], found["credentialSubject"]["achievement"]
    assert found["@context"][1].startswith("https://purl.imsglobal.org/spec/ob/v3p0/context-3.")
    assert "AchievementCredential" in found["type"]
    assert subject["type"] == ["AchievementSubject"]
    assert set(one) >= {"id", "type", "name", "description", "criteria"}
    assert (one["type"], one["achievementType"]) == (["Achievement"], "CommunityService")
    assert one["criteria"]["narrative"]
    for each in subject["identifier"]:
        assert set(each) == {"type", "hashed", "identityHash", "identityType"}
    for each in one["resultDescription"]:
        assert set(each) >= {"id", "type", "name", "resultType"}
    assert all(each["type"] == ["Evidence"] for each in found["evidence"])
    assert found["issuer"]["type"] == ["Profile"]


def test_another_verifier_believes_it() -> None:
    policy = VerificationPolicy(expected_types=["AchievementCredential"])
    found = verify_credential(honest(), resolver=default_resolver(), policy=policy)
    assert found.format == "data-integrity:ecdsa-jcs-2019"
    assert found.issuer == honest()["issuer"]["id"]


def test_every_number_is_whole_and_every_text_is_nfc() -> None:
    found = honest()
    for path in leaves(found):
        value = at(found)(path)
        assert isinstance(value, str | bool | list | dict)
        if isinstance(value, str):
            assert unicodedata.is_normalized("NFC", value)


# --- no changed value -----------------------------------------------------------------------------


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list) and value:
        for n, inner in enumerate(value):
            yield from leaves(inner, (*path, n))
    else:
        yield path


def inner_nodes(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict | list):
        yield path
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inner in pairs:
            yield from inner_nodes(inner, (*path, name))


def at(value: Any) -> Callable[[Path], Any]:
    def found(path: Path) -> Any:
        inner = value
        for name in path:
            inner = inner[name]
        return inner

    return found


def put(value: Any, path: Path, new: Any) -> Any:
    changed = copy.deepcopy(value)
    at(changed)(path[:-1])[path[-1]] = new
    return changed


def refused(value: Any) -> bool:
    return not judged(value).genuine


def test_every_leaf_is_held() -> None:
    found = honest()
    for path in leaves(found):
        value = at(found)(path)
        others = [0, None, 1.5, [], {}] if value is False else [f"{value}x", value[:-1], [value], 1]
        for other in (*others, True, "é", "e\u0301"):
            assert refused(put(found, path, other)), (path, other)


def test_nothing_is_added_dropped_or_moved() -> None:
    found = honest()
    for path in inner_nodes(found):
        value = at(found)(path)
        changes: list[Any]
        if isinstance(value, dict):
            changes = [{k: v for k, v in value.items() if k != name} for name in value]
            changes += [value | {"more": "x"}, value | {"credentialStatus": {"id": "x"}}]
        else:
            changes = [value[1:], value[:-1], [*value, value[-1]], [*value, "x"]]
            changes += [value[::-1]] * (value != value[::-1])
        for changed in changes:
            assert refused(put(found, path, changed) if path else changed), path


@given(st.integers(0, 2**32))
def test_no_change_of_any_kind_is_believed(seed: int) -> None:
    found = honest()
    changed = altered(found, random.Random(seed))
    try:
        same = encoding.encode(changed) == encoding.encode(found)
    except LedgerError:
        same = False
    assert same or refused(changed)


def test_no_flipped_bit_changes_what_is_believed() -> None:
    """A bit may turn a blank into another blank: what is read stays the same then, or is refused."""
    data = bytearray(encoding.encode(honest()))
    choice = random.Random(7)  # the same bits every run
    for place in choice.sample(range(8 * len(data)), 1_500):
        data[place // 8] ^= 1 << place % 8
        assert not verify(bytes(data), trusted_once()).genuine, place
        data[place // 8] ^= 1 << place % 8


# --- however a wallet spells it -------------------------------------------------------------------


def test_json_may_be_spelt_anew() -> None:
    found = honest()
    for data in (
        encoding.encode(found),
        json.dumps(found, indent=4).encode(),
        json.dumps(found, ensure_ascii=False, sort_keys=True).encode() + b"\n",
        b"\n  " + json.dumps(dict(reversed(found.items()))).encode(),
    ):
        assert verify(data, trusted_once()).genuine


@pytest.mark.parametrize(
    "data",
    [
        b"{", b"{}", b"{\xff}", b'{"evidence": []}', b'{"a":' * 100_000, b'{"a":1e999}', b"{NaN}",
        b'{"evidence": [{"id": 1}], "proof": {"created": "x", "proofValue": "z"}}',
        b'{"evidence": [{"id": "https://x"}], "proof": {"created": "x", "proofValue": "z"}}',
        b'{"evidence": [{"id": "data:application/json;base64,*"}], "proof": {"created": "", "proofValue": ""}}',
        b'{"a": %s}' % (b"9" * 5_000),
    ],
    ids=range(11),
)  # fmt: skip
def test_other_json_is_refused_with_a_sentence(data: bytes) -> None:
    verdict = verify(data, trusted_once())
    assert (verdict.genuine, verdict.logged, verdict.certificate) == (False, False, {})
    (reason,) = verdict.reasons
    assert reason.code.startswith(("file.", "proof."))
    assert reason.en != reason.zh


def test_a_name_that_comes_twice_is_refused() -> None:
    data = json.dumps(honest())
    twice = '{"name": "志愿服务 10000 小时", ' + data[1:]
    verdict = verify(twice.encode(), trusted_once())
    assert "not JSON" in says(verdict)


# --- whose key it is ------------------------------------------------------------------------------


def test_an_outsiders_key_is_refused_whatever_it_signs() -> None:
    outside = credential_key.make(holders.found_authority("外人", FOUNDED), "示例县科协", FOUNDED)
    verdict = judged(written(by=outside))
    assert (verdict.genuine, verdict.logged, verdict.certificate) == (False, True, {})
    assert "no authority of trust.json issued its certificate" in says(verdict)


def test_a_key_is_believed_only_while_its_certificate_is_valid() -> None:
    old = credential_key.make(old_authority(), "示例县科协", "2010-01-01T00:00:00+08:00")
    assert "not valid" in says(judged(written(by=old)))
    young = credential_key.make(authority(), "示例县科协", "2026-06-01T00:00:00+08:00")
    assert "not valid" in says(judged(written(by=young)))
    assert judged(written(by=young, created="2026-06-01T00:00:00+08:00")).genuine


def test_it_is_no_older_than_the_certificate() -> None:
    early = written(created="2026-03-20T09:59:59+08:00")
    assert "older than its certificate" in says(judged(early))


@pytest.mark.parametrize("created", ["2026-03-20T02:00:00Z", "2026-03-20", "", "x"])
def test_when_it_was_made_has_one_form(created: str) -> None:
    assert refused(signed(honest(), created=created))


def test_the_certificate_of_the_key_is_shown() -> None:
    found = honest()
    own = found["evidence"].pop(1)
    assert "no certificate of its key" in says(judged(signed(found)))
    found["evidence"][1:1] = [own] * 5
    assert "too many" in says(judged(signed(found)))
    found["evidence"][1:6] = [own] * 2
    assert refused(signed(found))
    found["evidence"][1:3] = [own | {"id": "data:application/pkix-cert;base64,AAAA"}]
    assert "not readable" in says(judged(signed(found)))
    assert refused(signed(honest() | {"evidence": honest()["evidence"][:2]}))  # no lines behind it


def test_the_larger_s_is_refused() -> None:
    from tests.test_integrity import other_s

    found = honest()
    value = other_s(found["proof"]["proofValue"])
    assert refused(put(found, ("proof", "proofValue"), value))


# --- what a thief of the key can say --------------------------------------------------------------


def test_a_thief_can_say_only_what_the_ledger_proves() -> None:
    for path, value in (
        (("credentialSubject", "result", 0, "value"), "30000"),
        (("credentialSubject", "identifier", 0, "identityHash"), "王秀英"),
        (("description",), "李𫖯，志愿服务500小时"),
        (("validFrom",), "2020-01-01T00:00:00+08:00"),
        (("issuer", "name"), "示例省科学技术协会"),
    ):
        verdict = judged(signed(put(honest(), path, value)))
        assert not verdict.genuine
        assert "something else than the ledger's proof" in says(verdict)


def test_a_thief_can_add_nothing() -> None:
    for more in ({"credentialStatus": {"id": "https://x", "type": "X"}}, {"image": "x"}):
        assert refused(signed(honest() | more))


PROOFS = [each for each in (*FORGERIES, *BESIDE, *FORMS) if each.step not in ("10", "11")]


@pytest.mark.parametrize("forgery", PROOFS, ids=lambda forgery: forgery.name)
def test_a_forged_proof_is_refused_in_this_coat_too(forgery: Forgery) -> None:
    plot = forgery.base()
    forgery.change(plot)
    data = Workshop(plot).attachment()
    address = f"data:application/json;base64,{encoding.base64(data)}"
    verdict = judged(signed(put(honest(), ("evidence", 0, "id"), address)))
    assert not verdict.genuine
    assert forgery.says in says(verdict)
    with pytest.raises(LedgerError):
        credential.write(proof.read(data), key().sealer, CREATED)


def test_another_certificates_proof_is_no_ground_for_this_one() -> None:
    plot = Plot.honest()
    plot.certify(180, forgeries.FIRST)
    found = put(honest(), ("evidence", 0), written(plot)["evidence"][0])
    assert refused(signed(found))
