"""The vault: who has the key finds people, who has the bytes finds nobody, and erased is gone."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.commitments import Opening
from ledger.errors import Moved, Unsafe
from ledger.store.private import PrivateStore
from ledger.vault import Details, RefusedRegistration, Registered, Vault

pytest_plugins = ["tests.databases"]

KEY = bytes(range(32))
ORIGIN = "kx.example.cn/ledger-00000001"
DOCUMENT = "441900199001011237"
ZHANG = Details(
    name="张三丰", document_type="居民身份证", document=DOCUMENT, sex="男",
    born="1990-01-01", phone="13800138000", skills="急救", area="南城", category="敬老",
    consent="2026-03-01",
)  # fmt: skip
CHILD = Details(name="李𫖯", born="2015-05-05", guardian="李大年", guardian_phone="13900139000")
SECRETS = (
    "张三丰", DOCUMENT, "13800138000", "李𫖯", "李大年", "13900139000", "急救",
    "临时加班", "1990-01-01",
)  # fmt: skip


def opened(details: Details) -> dict[str, Opening]:
    return {"name": Opening.fresh(details.name), "document": Opening.fresh("居民身份证 4419***7")}


@pytest.fixture
def vault(url: str) -> Vault:
    found = Vault.create(url, KEY, ORIGIN)
    found.register([("V1", ZHANG, opened(ZHANG)), ("V2", CHILD, opened(CHILD))])
    return found


def test_people_come_back_as_they_were(vault: Vault) -> None:
    assert vault.details("V1") == ZHANG
    assert vault.details("V2") == CHILD
    assert vault.details("V3") is None
    assert vault.details_of({"V1", "V2", "V3"}) == {"V1": ZHANG, "V2": CHILD}
    assert dict(vault.everybody()) == {"V1": ZHANG, "V2": CHILD}


def test_openings_come_back_with_their_values(vault: Vault) -> None:
    found = opened(ZHANG)
    vault.register([("V1", ZHANG, found)])
    assert vault.opening("V1", "name") == found["name"]
    assert vault.opening("V1", "document") == found["document"]
    assert vault.opening("V1", "guardian") is None
    assert vault.opening("V3", "name") is None


def test_people_are_found(vault: Vault) -> None:
    vault.register([("V3", Details(name="张三丰", phone="13700137000"), {})])
    assert vault.by_names(["张三丰", "李𫖯", "王五"]) == {
        "张三丰": ("V1", "V3"), "李𫖯": ("V2",), "王五": ()
    }  # fmt: skip
    assert vault.by_documents([DOCUMENT, ""]) == {DOCUMENT: ("V1",), "": ()}
    assert vault.by_names([]) == vault.by_documents([]) == {}
    assert vault.details_of([]) == {}
    assert vault.by_name_and_phone("张三丰", "13700137000") == ("V3",)
    assert vault.by_name_and_phone("李𫖯", "13900139000") == ("V2",)
    assert vault.by_name_and_phone("李𫖯", "13800138000") == ()
    for text in ("张三丰", DOCUMENT, "13800138000"):
        assert "V1" in vault.search(text)
    assert vault.search("nobody") == ()


def test_a_change_is_found_by_the_new_and_not_by_the_old(vault: Vault) -> None:
    vault.register([("V1", Details(name="张三", phone="13800138001"), {})])
    assert vault.by_names(["张三丰"])["张三丰"] == vault.search("13800138000") == ()
    assert vault.by_names(["张三"])["张三"] == vault.search("13800138001") == ("V1",)


def test_registration_is_all_or_nothing(vault: Vault) -> None:
    bad = Details(name="x" * 3, phone="\ud800")  # no UTF-8 says that
    with pytest.raises(UnicodeEncodeError):
        vault.register([("V8", Details(name="王五"), {}), ("V9", bad, {})])
    assert vault.details("V8") is None


def test_a_document_leads_to_one_person(vault: Vault) -> None:
    twin = Details(name="张三丰", document=DOCUMENT)
    for number in ("V3", "V2"):
        with pytest.raises(Moved):
            vault.register([("V4", Details(name="王五"), {}), (number, twin, {})])
    assert (vault.details("V2"), vault.details("V3"), vault.details("V4")) == (CHILD, None, None)
    vault.register([("V1", twin, {})])
    vault.erase("V1")
    vault.register([("V3", twin, {})])
    assert vault.by_documents([DOCUMENT]) == {DOCUMENT: ("V3",)}


def test_many_are_registered_at_once(vault: Vault) -> None:
    people: list[Registered] = [
        (f"N{n}", Details(name=f"志愿者{n}", phone=f"1{n:010d}"), {}) for n in range(2000)
    ]
    vault.register(people)
    names = [f"志愿者{n}" for n in range(2000)]
    assert vault.by_names(names) == {name: (f"N{n}",) for n, name in enumerate(names)}
    assert len(vault.details_of({f"N{n}" for n in range(2000)})) == 2000
    assert vault.by_name_and_phone("志愿者7", "10000000007") == ("N7",)


def test_a_refused_registration_is_known_again_by_who_asks(vault: Vault) -> None:
    vault.refuse_registrations(
        [
            ("王五", "13600136000", "T01", "consent.missing"),
            ("王五", "", "T02", "id.checksum"),
            ("王五", "", "T02", "id.checksum"),
        ]
    )
    consent = RefusedRegistration("consent.missing", "T01")
    asked = ("王五", ""), ("王五", "13600136000"), ("王六", ""), ("王五", "13600136001")
    found = vault.refused(asked)
    assert set(found[asked[0]]) == {consent, RefusedRegistration("id.checksum", "T02")}
    assert found == {
        asked[0]: found[asked[0]], asked[1]: (consent,), asked[2]: (), asked[3]: ()
    }  # fmt: skip
    assert vault.refused([]) == {}


def test_what_was_typed_is_kept_under_its_commitment(vault: Vault) -> None:
    opening = Opening.fresh("临时加班")
    commitment = opening.commitment("reason")
    vault.keep(commitment, "reason", opening.value, opening.key, ["V1"])
    found = vault.kept(commitment)
    assert found
    assert (found.field, found.value, found.key) == ("reason", "临时加班", opening.key)
    assert vault.kept("nothing") is None


# --- erased is gone -----------------------------------------------------------------------------


def test_an_erased_person_leads_nowhere(vault: Vault) -> None:
    assert vault.erase("V1")
    assert not vault.erase("V1")
    assert vault.details("V1") is None
    assert vault.opening("V1", "name") is None
    assert vault.by_names(["张三丰"])["张三丰"] == vault.by_documents([DOCUMENT])[DOCUMENT] == ()
    assert vault.details("V2") == CHILD


def test_what_is_about_one_person_goes_with_him(vault: Vault) -> None:
    for name, about in (("own", ["V1"]), ("shared", ["V1", "V2"]), ("nobody's", [])):
        vault.keep(name, "reason", f"reason of {name}", KEY, about)
    vault.erase("V1")
    assert vault.kept("own") is None
    assert vault.kept("shared")
    assert vault.kept("nobody's")
    vault.erase("V2")
    assert vault.kept("shared") is None
    assert vault.kept("nobody's")


def test_no_byte_of_an_erased_person_s_row_is_left(file_url: str) -> None:
    vault = Vault.create(file_url, KEY, ORIGIN)
    people: list[Registered] = [(f"V{n}", Details(name=f"志愿者{n}"), {}) for n in range(300)]
    vault.register(people)
    vault.register([("V7", ZHANG, opened(ZHANG))])
    rows = [row for row in vault.store.people() if row[0] == "V7"]
    traits = [
        vault._hash("name", "张三丰").encode(),
        vault._hash("document", ZHANG.document).encode(),
    ]
    marks = [rows[0][1][:24], rows[0][2][:24], rows[0][2][-24:], *traits]
    assert all(any(mark in data for data in files(file_url)) for mark in marks)
    vault.erase("V7")
    assert not any(mark in data for mark in marks for data in files(file_url))
    vault.close()
    assert not any(mark in data for mark in marks for data in files(file_url))


def files(url: str) -> Iterator[bytes]:
    path = Path(url.removeprefix("sqlite:///"))
    return (found.read_bytes() for found in path.parent.glob(f"{path.name}*"))


# --- who has the bytes alone --------------------------------------------------------------------


def test_no_byte_of_the_file_names_anybody(file_url: str) -> None:
    vault = Vault.create(file_url, KEY, ORIGIN)
    vault.register([("V1", ZHANG, opened(ZHANG)), ("V2", CHILD, opened(CHILD))])
    vault.refuse_registrations([("张三丰", "13800138000", "T01", "consent.missing")])
    vault.keep("c", "reason", "临时加班", KEY)
    for data in files(file_url):
        for secret in SECRETS:
            for text in (secret.encode(), secret.encode("utf-16-le"), secret.encode("gb18030")):
                assert text not in data
                assert base64.b64encode(text)[:-4] not in data


def test_another_key_opens_nothing(url: str, vault: Vault) -> None:
    vault.keep("c", "reason", "临时加班", KEY)
    with pytest.raises(Unsafe) as refusal:
        Vault.open(url, bytes(32), ORIGIN)
    assert refusal.value.code == "vault.key"
    other = Vault(PrivateStore.open(url), bytes(32))
    assert other.by_names(["张三丰"]) == {"张三丰": ()}
    for look in (lambda: other.details("V1"), lambda: other.kept("c")):
        with pytest.raises(Unsafe) as refusal:
            look()
        assert refusal.value.code == "vault.sealed"
        assert not any(secret in refusal.value.en + refusal.value.zh for secret in SECRETS)


def test_the_vault_of_another_ledger_is_not_opened(url: str, vault: Vault) -> None:
    assert vault.details("V1")
    with pytest.raises(Unsafe) as refusal:
        Vault.open(url, KEY, "other.example.cn/ledger-00000002")
    assert refusal.value.code == "vault.other"
    assert ORIGIN in refusal.value.zh
    assert "other.example.cn/ledger-00000002" in refusal.value.en


def test_a_key_of_another_length_is_refused(url: str) -> None:
    with pytest.raises(Unsafe) as refusal:
        Vault.create(url, b"short", ORIGIN)
    assert refusal.value.code == "vault.key"


def test_rows_do_not_change_places(url: str, vault: Vault) -> None:
    """A row is bound to its number: nobody's details can be put under another's."""
    store = PrivateStore.open(url)
    (row,) = store.persons(["V2"])
    store.put([("V1", *row[1:])], [])
    with pytest.raises(Unsafe):
        vault.details("V1")


def test_nothing_shows_a_person_by_accident() -> None:
    shown = repr(ZHANG) + repr(opened(ZHANG)) + f"{CHILD}"
    assert not any(secret in shown for secret in SECRETS)


def test_the_vault_and_the_ledger_share_a_server_and_nothing_else(postgres: str) -> None:
    from ledger.store.database import Store

    Store.create(postgres)
    vault = Vault.create(postgres, KEY, ORIGIN)
    vault.register([("V1", ZHANG, {})])
    assert Store.open(postgres).size() == 0
    assert Vault.open(postgres, KEY, ORIGIN).details("V1") == ZHANG


def test_a_copy_opens_with_the_same_key(file_url: str, tmp_path: Path) -> None:
    vault = Vault.create(file_url, KEY, ORIGIN)
    vault.register([("V1", ZHANG, {})])
    vault.store.copy(tmp_path / "copy.db")
    assert Vault.open(f"sqlite:///{tmp_path / 'copy.db'}", KEY, ORIGIN).details("V1") == ZHANG
