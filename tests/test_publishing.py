"""checkpoint, prove and publish as people type them: what is printed is what is checked elsewhere.

Holds ledger.commands.publishing, ledger.commands.public.
"""

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from ledger import checkpoint, merkle
from ledger.note import Note, Verifier
from ledger.store.database import Store
from ledger.store.engine import file_url
from ledger.tlogproof import Proof
from tests.clerk import Clerk, run
from tests.other_log import OtherWitness, check_line, other_witness
from tests.shelf import Shelf
from tests.walker import walk


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk(tmp_path_factory.mktemp("founded"))
    clerk.begin()
    clerk.confirmed("张三", "李四", "王五")
    return clerk


@pytest.fixture
def here(founded: Clerk, tmp_path: Path) -> Clerk:
    """Give a ledger at work, of the test's own."""
    return founded.copied(tmp_path)


def key(clerk: Clerk) -> Verifier:
    trust = json.loads((clerk.home / "trust.json").read_text("utf-8"))
    return Verifier.parse(trust["logs"][0]["keys"][0])


def line_of(clerk: Clerk) -> str:
    """Return a line of 张三, as people write it."""
    (found,) = clerk.lines(clerk.numbers["张三"])
    return found


def test_a_checkpoint_is_printed_byte_by_byte(here: Clerk) -> None:
    printed = here.run("checkpoint").stdout_bytes
    under, _ = checkpoint.read(printed, [key(here)])
    assert here("checkpoint") == {"checkpoint": printed.decode()}
    file = here.folder / "checkpoint"
    assert here("checkpoint", "-o", file)["file"] == str(file)
    assert file.read_bytes() == printed
    assert under.size > 10


def test_a_proof_is_printed_byte_by_byte_and_checked_elsewhere(here: Clerk) -> None:
    printed = here.run("prove", 3).stdout_bytes
    proof = Proof.parse(printed)
    under, _ = checkpoint.read(proof.checkpoint, [key(here)])
    with closing(Store.open(file_url(here.home / "ledger.db"))) as store, store.reading() as view:
        entry = view.entry_bytes(3, 4)[0]
    leaf = merkle.leaf_hash(entry)
    merkle.check_inclusion(leaf, 3, under.size, under.root, proof.hashes)
    assert here("prove", 3) == {"proof": printed.decode()}


def test_a_proof_carries_its_entry_to_whoever_has_the_trust_file(here: Clerk) -> None:
    file, trust = here.folder / "3.tlog-proof", here.home / "trust.json"
    here("prove", 3, "--with-entry", "-o", file)
    elsewhere = Clerk(here.folder / "elsewhere")
    found = elsewhere("prove", "--check", file, "--trust", trust)
    assert found["index"] == 3
    assert found["witnesses"] == 0
    assert found["entry"]["kind"] == "appointment"
    assert found["row"] is None
    said = elsewhere.run("prove", "--check", file, "--trust", trust, lang="zh").stdout
    assert f"第 3 条已记入账本 {found['origin']}" in said
    assert here("prove", "--check", file)["size"] == found["size"]


def test_a_line_is_proved_with_its_row(here: Clerk) -> None:
    file, line = here.folder / "line.tlog-proof", line_of(here)
    here("prove", line, "-o", file)
    found = here("prove", "--check", file)
    index, row = map(int, line.split(":"))
    assert (found["index"], found["row"]["row"]) == (index, row)
    assert found["row"]["item"]["volunteer"] == here.numbers["张三"]
    assert found["row"]["item"]["minutes"] == 180
    assert f"row {row}: " in here.run("prove", "--check", file).stdout


def test_a_bare_proof_is_checked_with_the_entry_from_elsewhere(here: Clerk) -> None:
    file, trust, web = here.folder / "5.tlog-proof", here.home / "trust.json", here.folder / "web"
    here("prove", 5, "-o", file)
    assert here("prove", "--check", file)["index"] == 5  # the ledger is here
    here("publish", web)
    elsewhere = Clerk(here.folder / "elsewhere")
    words = ("prove", "--check", file, "--trust", trust)
    assert elsewhere.refused(*words) == "proof.no_entry"
    found = elsewhere(*words, "--entry", web)
    entry = here.folder / "entry"
    entry.write_bytes(walk(lambda name: (web / name).read_bytes())[2][5])
    assert elsewhere(*words, "--entry", entry) == found
    entry.write_bytes(entry.read_bytes() + b"\n")
    assert elsewhere.refused(*words, "--entry", entry) == "unverified"


def test_a_proof_of_another_program_s_log_is_checked(here: Clerk) -> None:
    shelf = Shelf(9)
    hashes = merkle.inclusion_proof(7, 9, lambda *node: shelf.nodes[node])
    file, entry, trust = (here.folder / name for name in ("proof", "entry", "trust.json"))
    file.write_bytes(bytes(Proof(7, hashes, shelf.head().note, b"theirs")))
    entry.write_bytes(shelf.entries[7])
    trust.write_text(shelf.trust.model_dump_json(), "utf-8")
    words = ("prove", "--check", file, "--trust", trust)
    assert here.refused(*words) == "malformed"  # what theirs carries is not for us
    found = here(*words, "--entry", entry)
    assert (found["index"], found["entry"]) == (7, None)
    assert "entry 7 is in the log" in here.run(*words, "--entry", entry).stdout


def test_a_changed_proof_is_refused(here: Clerk) -> None:
    file = here.folder / "proof"
    here("prove", 3, "--with-entry", "-o", file)
    text = file.read_text("utf-8")
    file.write_text(text.replace("index 3", "index 4"), "utf-8")
    assert here.refused("prove", "--check", file) == "unverified"
    file.write_text(text + "\n", "utf-8")
    assert here.refused("prove", "--check", file) == "malformed"


@pytest.mark.parametrize(
    "place", ["x", "-", "1:0", "1:x", "9" * 30, "٣", "999999", "1:99", "999:1"]
)
def test_a_place_that_is_none_is_refused(founded: Clerk, place: str) -> None:
    assert founded.refused("prove", place) in ("entry.unknown", "line.unknown")


def test_prove_wants_one_thing(founded: Clerk) -> None:
    for words in ((), ("3", "--check", "file")):
        assert founded.run("prove", *words).exit_code == 2
    assert "请写明要证明哪一条" in founded.run("prove", lang="zh").stderr


def test_the_log_is_published_and_grows(here: Clerk) -> None:
    web = here.folder / "site" / "log"
    first = here("publish", web)
    assert (first["new"], first["removed"]) == (first["size"], 0)
    here("volunteer", "leave", here.numbers["孙八"])
    again = here.run("publish", web, lang="zh").stdout
    assert f"共 {first['size'] + 1} 条，其中新增 1 条" in again
    origin, size, entries = walk(lambda name: (web / name).read_bytes())
    assert (origin, size) == (key(here).name, first["size"] + 1)
    assert here("publish", web, "--all") == {
        "folder": str(web), "size": size, "new": 0, "written": 0, "removed": 0,
    }  # fmt: skip
    given = b"".join(file.read_bytes() for file in web.rglob("*") if file.is_file())
    for secret in ("张三", "李四", here.numbers["张三"], "1990000"):
        assert secret.encode() not in given
    assert entries


def test_witnesses_are_asked_and_a_quorum_is_waited_for(here: Clerk) -> None:
    """Readers who want a witness are never given a checkpoint they cannot believe, unless told to."""
    web, proof = here.folder / "web", here.folder / "proof"
    witness = OtherWitness("w.example.cn/w", {key(here).name: str(key(here))})
    (spoken,) = witness.vkeys
    here("witness", "add", spoken, "--quorum", 1)
    assert here.refused("publish", web) == "publish.quorum"
    assert not (web / "checkpoint").exists()
    assert here("publish", web, "--without-quorum")["written"] == 3
    with other_witness(witness) as url:
        here("witness", "add", spoken, "--url", url)
        here("volunteer", "leave", here.numbers["孙八"])
        assert here("publish", web)["new"] == 1
        here("prove", 3, "--with-entry", "-o", proof)
    found = here("prove", "--check", proof)
    assert (found["witnesses"], found["size"]) == (1, size_of(web))
    for given in ((web / "checkpoint").read_bytes(), here("checkpoint")["checkpoint"].encode()):
        text, last = Note.parse(given).text, str(Note.parse(given).signatures[-1]).rstrip("\n")
        assert check_line(text, spoken, last) > 0
        assert len(Note.parse(given).signatures) == 2


def size_of(web: Path) -> int:
    return int((web / "checkpoint").read_text("utf-8").split("\n")[1])


def test_keys_are_never_published_along(here: Clerk) -> None:
    for folder in (here.home, here.folder, here.home / "keys", here.home / "web"):
        assert here.refused("publish", folder) == "publish.private"
    assert not (here.folder / "checkpoint").exists()


def test_a_restored_backup_does_not_take_back_what_was_published(here: Clerk) -> None:
    old, web = here.folder / "old.db", here.folder / "web"
    here("publish", web)
    shutil.copy(here.home / "ledger.db", old)
    here("volunteer", "leave", here.numbers["孙八"])
    here("publish", web)
    for left in here.home.glob("ledger.db-*"):
        left.unlink()
    shutil.copy(old, here.home / "ledger.db")
    assert here.refused("publish", web) == "publish.ahead"


def test_help_says_what_the_commands_do() -> None:
    for command in ("checkpoint", "prove", "publish"):
        said = run(command, "--help").stdout
        assert any("一" <= letter <= "鿿" for letter in said)
        assert "C2SP" in said or command == "checkpoint"
