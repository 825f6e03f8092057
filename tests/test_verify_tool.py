"""tools/verify.py, which shares no line with the product, and the product: the same answers.

It says itself what it does not check: the seal and the rest of the file (step 10) and the page's words
(step 11). On everything else the two are held to one answer, forgery by forgery.
"""

import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates import verify as product
from ledger.errors import LedgerError
from ledger.note import COSIGNATURE_ML_DSA_44, Signature, Signer, sign
from ledger.publish import open_folder, publish
from ledger.trust import Former, Trust, TrustedLog
from tests.clerk import Clerk
from tests.conftest import ROOT
from tests.forge import Means, Plot, trusted, witness
from tests.forgeries import FORGERIES, FORMS, SPLICED, UNLOGGED, Forgery, void
from tests.forgeries_beside import BESIDE
from tests.forgeries_carried import CARRIED
from tests.scene import ORIGIN, signer, vkey
from tests.shelf import Shelf
from tests.test_two_verifiers import change
from tools import verify

TOOL = ROOT / "tools" / "verify.py"
BEYOND = ("10", "11")  # steps that it leaves to others, but for the page itself
TRUST = trusted()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder for the file that is asked about, and what is believed."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "trust.json").write_text(TRUST.model_dump_json())
    return folder


def asked(desk: Path, file: bytes) -> tuple[dict[str, Any], list[str]]:
    (desk / "certificate.pdf").write_bytes(file)
    return verify.check(desk / "certificate.pdf", desk / "trust.json")


def agrees(desk: Path, file: bytes) -> None:
    """Hold both to the same answer; what is not genuine may be unreadable to one of them altogether."""
    found, why = asked(desk, file)
    ours = product.verify(file, TRUST)
    assert ("genuine" in found) == ours.genuine, (why, ours.reasons)
    assert bool(why) == (len(found) < 2)
    if ours.genuine:
        assert ("logged" in found) == ours.logged, (why, ours.reasons)
        carried = ours.certificate.get("carried", {"minutes": 0})["minutes"]
        known = ours.certificate | {"carried": carried}
        assert found["genuine"] == {name: known[name] for name in found["genuine"]}


@pytest.mark.parametrize("plot", [Plot.honest, Plot.full, Plot.carrying])
def test_honest_certificates_are_genuine_and_logged(desk: Path, plot: Callable[[], Plot]) -> None:
    found, why = asked(desk, plot().make())
    assert (set(found), why) == ({"genuine", "logged"}, [])
    agrees(desk, plot().make())


@pytest.mark.parametrize(
    "forgery", [*FORGERIES, *BESIDE, *CARRIED], ids=lambda forgery: forgery.name
)
def test_a_forgery_is_not_genuine(desk: Path, forgery: Forgery) -> None:
    """As `test_forged` holds the product to refusing each of them."""
    found, why = asked(desk, forgery.make())
    assert ("genuine" in found) == (forgery.step in BEYOND), why


@pytest.mark.parametrize("forgery", [*FORMS, *UNLOGGED], ids=lambda forgery: forgery.name)
def test_another_form_or_root_is_refused_by_both(desk: Path, forgery: Forgery) -> None:
    assert "logged" not in asked(desk, forgery.make())[0]
    agrees(desk, forgery.make())


@pytest.mark.parametrize("splice", SPLICED, ids=lambda splice: splice.__name__)
def test_another_page_is_refused(desk: Path, splice: Callable[[], bytes]) -> None:
    sealed_only = splice.__name__ in (
        "another_seal_over_the_same_page",
        "a_page_added_by_a_second_update",
    )
    assert ("genuine" in asked(desk, splice())[0]) == sealed_only


@pytest.mark.parametrize("cosigned", [("w1", "w2"), ("w1",), ("w1", "w1"), ()])
def test_a_quorum_is_counted_alike(desk: Path, cosigned: tuple[str, ...]) -> None:
    file = replace(Plot.honest(), means=Means(witnesses=cosigned)).make()
    trust = trusted(2, "w1", "w2", "w3")
    (desk / "quorum.json").write_text(trust.model_dump_json())
    (desk / "certificate.pdf").write_bytes(file)
    found, _ = verify.check(desk / "certificate.pdf", desk / "quorum.json")
    ours = product.verify(file, trust)
    assert ("genuine" in found, "logged" in found) == (ours.genuine, ours.logged)
    assert found.get("logged", {}).get("witnesses", 0) == ours.witnesses


@pytest.mark.parametrize("time", [0, 1, 2**63 - 1, 2**63])
def test_a_cosignature_says_when_to_both(desk: Path, time: int) -> None:
    def cosign(value: dict[str, Any]) -> None:
        text = value["checkpoint"].rpartition("\n\n")[0] + "\n"
        made = sign(f"cosignature/v1\ntime {time}\n{text}", signer("w1")).signatures[0].value
        line = Signature(witness("w1").name, witness("w1").key_id, time.to_bytes(8, "big") + made)
        value["checkpoint"] += str(line)

    file, trust = replace(Plot.honest(), means=Means(proof=cosign)).make(), trusted(1, "w1")
    (desk / "quorum.json").write_text(trust.model_dump_json())
    (desk / "certificate.pdf").write_bytes(file)
    found, why = verify.check(desk / "certificate.pdf", desk / "quorum.json")
    assert ("logged" in found) == product.verify(file, trust).logged == (0 < time < 2**63), why


@pytest.mark.parametrize("kept", [0, 19, 20, 21])
def test_a_former_key_speaks_for_what_is_left_to_both(desk: Path, kept: int) -> None:
    now = str(replace(signer("a newer key"), name=ORIGIN).verifier)
    log = TrustedLog(keys=(now,), former=(Former(key=vkey(ORIGIN), size=kept),))
    trust = TRUST.model_copy(update={"logs": (log,)})
    (desk / "former.json").write_text(trust.model_dump_json())
    file = Plot.honest().make()
    (desk / "certificate.pdf").write_bytes(file)
    found, why = verify.check(desk / "certificate.pdf", desk / "former.json")
    assert ("logged" in found) == product.verify(file, trust).logged == (kept >= 20), why


def test_what_asks_for_ml_dsa_is_refused_by_name(desk: Path) -> None:
    second = str(Signer(ORIGIN, bytes(32), COSIGNATURE_ML_DSA_44).verifier)
    log = TRUST.logs[0].model_copy(update={"second": (second,)})
    trust = TRUST.model_copy(update={"logs": (log,)})
    (desk / "second.json").write_text(trust.model_dump_json())
    (desk / "certificate.pdf").write_bytes(Plot.honest().make())
    found, why = verify.check(desk / "certificate.pdf", desk / "second.json")
    assert "logged" not in found
    assert "ML-DSA is not checked here" in why[0]


# --- proofs that were changed, and sealed again ---------------------------------------------------


@settings(max_examples=50)  # each a whole certificate, sealed; `test_two_verifiers` tries thousands
@given(st.data())
def test_whatever_is_changed_in_a_file_s_proof_both_say_the_same(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    desk = tmp_path_factory.getbasetemp() / "mutations"
    desk.mkdir(exist_ok=True)
    (desk / "trust.json").write_text(TRUST.model_dump_json())

    plot = data.draw(st.sampled_from((Plot.honest, Plot.full, Plot.carrying)))()
    plot.means.proof = lambda proof: void(change(proof, data.draw))
    try:
        file = plot.make()
    except LedgerError:
        return  # such a text nobody can write
    agrees(desk, file)


# --- a published folder ---------------------------------------------------------------------------


def folder(tmp_path: Path, size: int, before: int = 0) -> Path:
    shelf, path = Shelf(before or size), tmp_path / "log"
    publish(path, shelf, shelf.head())
    if before:
        shelf.grow(size - before)
        publish(path, shelf, shelf.head())
    (tmp_path / "trust.json").write_text(shelf.trust.model_dump_json())
    return path


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 600])
def test_a_published_folder_holds(tmp_path: Path, size: int) -> None:
    found, why = verify.check(folder(tmp_path, size), tmp_path / "trust.json")
    assert (found["folder"]["size"], why) == (size, [])


def test_a_folder_that_grew_holds(tmp_path: Path) -> None:
    path = folder(tmp_path, 300, before=200)
    assert verify.check(path, tmp_path / "trust.json")[1] == []


def test_no_flipped_bit_of_a_folder_passes_either(tmp_path: Path) -> None:
    path = folder(tmp_path, 3)
    trust = Trust.model_validate_json((tmp_path / "trust.json").read_bytes())
    files = [path / "checkpoint", *(one for one in path.glob("tile/**/*") if one.is_file())]
    assert len(files) == 3
    for file in files:
        whole = file.read_bytes()
        for at in range(8 * len(whole)):
            flipped = bytearray(whole)
            flipped[at // 8] ^= 1 << at % 8
            file.write_bytes(flipped)
            assert verify.check(path, tmp_path / "trust.json")[1], (file, at)
            with pytest.raises((LedgerError, UnicodeDecodeError)):
                list(open_folder(path, trust).entries())
        file.write_bytes(whole)
    assert verify.check(path, tmp_path / "trust.json")[1] == []


def test_a_missing_or_longer_file_is_found(tmp_path: Path) -> None:
    path = folder(tmp_path, 600)
    for file in [one for one in path.glob("tile/**/*") if one.is_file()]:
        whole = file.read_bytes()
        file.write_bytes(whole + b"\0")
        assert verify.check(path, tmp_path / "trust.json")[1], file
        file.unlink()
        assert verify.check(path, tmp_path / "trust.json")[1], file
        file.write_bytes(whole)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of 600 entries, published after 300 of them, with the checkpoint of then beside it."""
    path, shelf = tmp_path_factory.mktemp("grown"), Shelf(300)
    publish(path / "log", shelf, shelf.head())
    shutil.copy(path / "log" / "checkpoint", path / "older")
    shelf.grow(300)
    publish(path / "log", shelf, shelf.head())
    (path / "trust.json").write_text(shelf.trust.model_dump_json())
    return path


def holds(path: Path, trust: Trust) -> bool:
    """Tell whether the product takes a folder."""
    try:
        return len(list(open_folder(path, trust).entries())) > 0
    except LedgerError:
        return False


def mangle(path: Path, draw: Callable[[st.SearchStrategy[Any]], Any], older: Path) -> str:
    """Do one thing to a published folder; say what."""
    files = sorted(one for one in path.glob("tile/**/*") if one.is_file())
    one, two = draw(st.sampled_from(files)), draw(st.sampled_from(files))
    data, at = one.read_bytes(), draw(st.integers(0, 2**15))
    what = draw(
        st.sampled_from(("swapped", "edited", "gone", "width", "shifted", "older", "extra"))
    )
    match what:
        case "swapped":
            one.write_bytes(two.read_bytes())
            two.write_bytes(data)
        case "edited":
            changed = draw(st.binary(max_size=64)) + data[at + draw(st.integers(0, 64)) :]
            one.write_bytes(data[:at] + changed)
        case "gone":
            one.unlink()
        case "width":
            one.rename(
                one.with_name(f"{int(one.name) - 1}" if ".p" in str(one) else f"{one.name}0")
            )
        case "shifted":
            shift(path / "tile/entries/000", path / "tile/entries/001")
        case "older":
            shutil.copy(older, path / "checkpoint")
        case _:  # what no checkpoint speaks of
            one.with_name("zeal").write_bytes(data)
    return f"{what} {one} {two} {at}"


def shift(full: Path, rest: Path) -> None:
    """Tell the first entry of a bundle at the end of the one before: the tree is the same."""
    data = rest.read_bytes()
    length = 2 + int.from_bytes(data[:2])
    full.write_bytes(full.read_bytes() + data[:length])
    rest.write_bytes(data[length:])


@given(st.data())
def test_whatever_becomes_of_a_folder_both_say_the_same(grown: Path, data: st.DataObject) -> None:
    path = grown / "mangled"
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(grown / "log", path)
    what = mangle(path, data.draw, grown / "older")
    found, why = verify.check(path, grown / "trust.json")
    trust = Trust.model_validate_json((grown / "trust.json").read_bytes())
    assert ("folder" in found) == holds(path, trust), (what, why)


# --- as a stranger runs it ------------------------------------------------------------------------


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-X", "utf8", str(TOOL), *map(str, words)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_a_stranger_runs_it_on_what_the_product_made(tmp_path: Path) -> None:
    here = Clerk(tmp_path)
    here.begin()
    here.confirmed("张三", "李四")
    number, file = here.certificate(here.numbers["张三"])
    here("publish", tmp_path / "www")
    done = run(file, here.home / "trust.json")
    assert done.returncode == 0, done.stderr
    assert f'"number": "{number}"' in done.stdout
    assert '"clock": "simulated"' in done.stdout
    assert "Not checked: seal" in done.stdout
    assert run(tmp_path / "www", here.home / "trust.json").returncode == 0
    (tmp_path / "none.json").write_text('{"logs": [], "issuers": []}')
    refused = run(file, tmp_path / "none.json")
    assert refused.returncode == 1
    assert "没有可信日志密钥的签名 / no trusted log key" in refused.stdout
    assert run(file).returncode == run(file, tmp_path / "gone.json").returncode == 2


def test_what_is_no_certificate_is_refused_in_a_line(desk: Path) -> None:
    for data in (b"\xff" * 10_000, b"[" * 100_000, b"[]", b"{}", b"null", b"7"):
        packed = zlib.compress(data)
        head = b"9 0 obj\n<< /Type /EmbeddedFile /Length %d >>\nstream\n" % len(packed)
        found, why = asked(desk, head + packed)
        assert (found, len(why)) == ({}, 1)
        assert 5 < len(why[0]) < 200, why
    assert asked(desk, b"")[1] == ["1 没有完好的 proof.json / no proof.json"]


def test_it_is_one_short_file_of_the_standard_library_and_cryptography() -> None:
    text = TOOL.read_text("utf-8")
    assert len(text.splitlines()) <= 300
    words = [
        line.split()[1].partition(".")[0]
        for line in text.splitlines()
        if line.startswith(("import ", "from "))
    ]
    assert set(words) - set(sys.stdlib_module_names) == {"cryptography"}
