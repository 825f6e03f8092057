"""Proofs through an anchor: who trusts the province's log alone believes a county's certificate."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as changed

from certificates import anchoring
from certificates.anchoring import Anchored
from certificates.commands.outside import checkpoint_in
from certificates.verdict import Beside
from certificates.verify import verify
from ledger import trust
from ledger.checkpoint import Checkpoint
from ledger.errors import LedgerError
from ledger.note import Note
from ledger.trust import Trust
from tests.clerk import Clerk, run


@dataclass
class World:
    """A county and its province, a certificate of the county, and the proof that goes with it."""

    county: Clerk
    province: Clerk
    certificate: Path
    part: Path  # the province's part
    proof: Path  # for the certificate
    trusted: Trust  # the province's log, and the county's sealing authority

    @property
    def held(self) -> Checkpoint:
        note = checkpoint_in(self.certificate.read_bytes())
        return Checkpoint.parse(Note.parse(note).text)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("anchors")
    county, province = (Clerk(folder / name) for name in ("county", "province"))
    for one in (county, province):
        one.folder.mkdir()
    county.begin()
    county.confirmed("张三")
    _, certificate = county.certificate(county.numbers["张三"])
    county("officer", "add", "auditor")
    county("checkpoint", "-o", folder / "county.note")
    province("init", "--origin", "gd.example.cn", "--organisation", "GD", "--name", "示例省科协",
             "--simulated-clock")  # fmt: skip
    province("officer", "add", "operator", "--name", "GD/operator3")
    said = province("anchor", "add", folder / "county.note", "--trust", county.home / "trust.json",
                    "--as", "GD/operator3")  # fmt: skip
    province("officer", "add", "auditor")
    part, proof = folder / "county.anchor", folder / "certificate.anchor"
    province("anchor", "prove", said["origin"], "-o", part)
    county("anchor", "link", certificate, "--through", part, "-o", proof)
    own, theirs = (trust.read((one.home / "trust.json").read_bytes()) for one in (county, province))
    return World(county, province, certificate, part, proof,
                 Trust(logs=theirs.logs, issuers=own.issuers))  # fmt: skip


def test_of_a_log_the_largest_anchor_is_proved(world: World, tmp_path: Path) -> None:
    """An older checkpoint that was anchored later leads to fewer certificates."""
    county, province = (
        one.copied(tmp_path / name)
        for one, name in ((world.county, "county"), (world.province, "province"))
    )
    first, newest = tmp_path / "older.note", tmp_path / "newest.note"
    county("checkpoint", "-o", first)
    county("officer", "add", "auditor")
    county("checkpoint", "-o", newest)
    large, small = (
        province("anchor", "add", note, "--trust", county.home / "trust.json",
                 "--as", "GD/operator3")
        for note in (newest, first)
    )  # fmt: skip
    made = province("anchor", "prove", small["origin"], "-o", tmp_path / "county.anchor")
    assert (made["entry"], made["size"]) == (large["anchor"], large["size"])
    assert small["size"] < large["size"]


def read(file: Path) -> Anchored:
    return anchoring.read(file.read_bytes())


def refused(found: Anchored, held: Checkpoint, trusted: Trust) -> str:
    with pytest.raises(LedgerError) as refusal:
        anchoring.check(found, held, trusted)
    assert refusal.value.en != refusal.value.zh
    return refusal.value.en


def test_trust_in_the_province_alone_is_enough(world: World) -> None:
    file, proof = world.certificate.read_bytes(), read(world.proof)
    without = verify(file, world.trusted)
    assert (without.genuine, without.logged, without.through) == (True, False, None)
    verdict = verify(file, world.trusted, Beside(anchors=(proof,)))
    assert (verdict.genuine, verdict.logged) == (True, True)
    assert verdict.through
    assert (verdict.through.origin, verdict.through.anchor) == (
        world.trusted.origins()[0],
        proof.anchor,
    )
    assert verdict.reasons[0].code == "log.anchored"


def test_every_bit_counts(world: World) -> None:
    data, held = world.proof.read_bytes(), world.held
    anchoring.check(anchoring.read(data), held, world.trusted)
    for place in range(len(data)):
        flipped = bytearray(data)
        flipped[place] ^= 1 << place % 8
        with pytest.raises(LedgerError):
            anchoring.check(anchoring.read(bytes(flipped)), held, world.trusted)


def test_every_bit_of_a_small_one_counts(world: World) -> None:
    """A proof of the same log has no entries: here every single bit is flipped."""
    own = trust.read((world.county.home / "trust.json").read_bytes())
    file = world.county.folder / "own.anchor"
    world.county("anchor", "link", world.certificate, "-o", file)
    data = file.read_bytes()
    found = anchoring.check(anchoring.read(data), world.held, own)
    assert (found.origin, found.anchor) == (world.held.origin, None)
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(LedgerError):
            anchoring.check(anchoring.read(bytes(flipped)), world.held, own)


def test_it_proves_what_it_is_about_and_nothing_else(world: World) -> None:
    found, held = read(world.proof), world.held
    assert "another" in refused(found, replace(held, root=bytes(32)), world.trusted)
    assert "about the log" in refused(found, replace(held, origin="x/y-12345678"), world.trusted)
    for size in (held.size - 1, held.size + 1):
        refused(found, replace(held, size=size), world.trusted)
    assert "newer" in refused(found, replace(held, size=10**6), world.trusted)
    assert "newer" in refused(found, replace(held, size=0), world.trusted)
    refused(changed(found, consistency=None), held, world.trusted)
    goal = anchoring.target(found)  # the anchored checkpoint itself needs no further proof
    assert anchoring.check(read(world.part), goal, world.trusted).anchor == found.anchor
    refused(found, goal, world.trusted)


def test_it_shows_an_anchor_whole_and_nothing_more(world: World) -> None:
    found, held = read(world.proof), world.held
    assert found.entries
    assert found.hashes is not None
    for part in ({"anchor": None}, {"entries": None}, {"hashes": None}):
        assert "in part" in refused(changed(found, **part), held, world.trusted)
    assert "not the anchor" in refused(changed(found, anchor=0), held, world.trusted)
    alone = changed(found, anchor=None, entries=None, hashes=None)
    assert "about the log" in refused(alone, held, world.trusted)
    refused(changed(found, entries=found.entries[:1] + found.entries[2:]), held, world.trusted)


def more(world: World, *shown: int) -> Anchored:
    """Return a proof that shows other entries beside those it needs."""
    from certificates.proof import Committed, show_all
    from certificates.source import Ledger
    from ledger.store.database import Store

    store = Store.open(f"sqlite:///{world.province.home / 'ledger.db'}")
    with store.reading() as view:
        anchor = read(world.proof).anchor
        assert anchor is not None
        rows = {0: {0}, anchor - 1: {0}, anchor: set[int](), **{n: set[int]() for n in shown}}
        committed = Committed(view.checkpoint(), view.size())
        entries, hashes = show_all(Ledger(view), rows, committed.size)
    store.close()
    made = Anchored(committed.note.decode(), anchor, entries, hashes)
    return changed(made, consistency=read(world.proof).consistency)


def test_what_is_shown_beside_is_refused(world: World) -> None:
    assert anchoring.check(more(world), world.held, world.trusted).witnesses == 0
    assert "more, or less" in refused(more(world, 1), world.held, world.trusted)


def test_a_line_that_nobody_checks_is_not_carried(world: World) -> None:
    found = read(world.proof)
    line = found.checkpoint.splitlines()[-1].replace("gd.example.cn", "w.example.cn")
    assert "does not know" in refused(
        changed(found, checkpoint=f"{found.checkpoint}{line}\n"), world.held, world.trusted
    )


def test_a_log_that_is_not_trusted_anchors_nothing(world: World) -> None:
    own = trust.read((world.county.home / "trust.json").read_bytes())
    assert "not trusted" in refused(read(world.proof), world.held, own)
    verdict = verify(world.certificate.read_bytes(), Trust(issuers=own.issuers),
                     Beside(anchors=(read(world.proof),)))  # fmt: skip
    assert (verdict.genuine, verdict.logged) == (True, False)


def test_a_county_that_rewrote_its_log_cannot_link_it(world: World, tmp_path: Path) -> None:
    other = Clerk(tmp_path)
    other.begin()
    other.confirmed("张三")
    _, file = other.certificate(other.numbers["张三"])
    assert world.county.refused(
        "anchor", "link", file, "--through", world.part, "-o", tmp_path / "x"
    ) == ("certificate.foreign")
    with pytest.raises(LedgerError, match="not true to both"):
        anchoring.link(read(world.part), replace(world.held, root=bytes(32)), lambda *_: bytes(32))


# --- at the command line --------------------------------------------------------------------------


def test_a_stranger_verifies_with_two_files_and_trust(world: World, tmp_path: Path) -> None:
    trusted = tmp_path / "trust.json"
    trusted.write_text(world.trusted.model_dump_json(), "utf-8")
    words = ("certificate", "verify", world.certificate, "--trust", trusted)
    for more_, code in (((), 1), (("--anchor", world.proof), 0), (("--anchor", world.part), 1)):
        ran = run("--home", tmp_path, "--json", *words, *more_)
        (found,) = json.loads(ran.stdout)["results"]
        assert (ran.exit_code, found["genuine"], found["logged"]) == (code, True, code == 0)
    (tmp_path / "torn").write_bytes(world.proof.read_bytes()[:-1])
    ran = run("--home", tmp_path, "--json", *words, "--anchor", tmp_path / "torn")
    assert str(tmp_path / "torn") in json.loads(ran.stdout)["error"]["message"]


def test_a_published_folder_serves_as_well_as_the_ledger(world: World, tmp_path: Path) -> None:
    world.county("publish", tmp_path / "web")
    world.county("anchor", "link", world.certificate, "--through", world.part,
                 "--folder", tmp_path / "web", "-o", tmp_path / "one")  # fmt: skip
    assert (tmp_path / "one").read_bytes() == world.proof.read_bytes()
    words = ("--home", tmp_path / "nowhere", "anchor", "link", world.certificate,
             "--through", world.part, "--folder", tmp_path / "web", "-o", tmp_path / "two")  # fmt: skip
    assert run(*words).exit_code == 1
    assert run(*words, "--trust", world.county.home / "trust.json").exit_code == 0
    assert (tmp_path / "two").read_bytes() == world.proof.read_bytes()
    world.county(
        "anchor", "link", world.certificate, "--folder", tmp_path / "web", "-o", tmp_path / "own"
    )
    own = trust.read((world.county.home / "trust.json").read_bytes())
    assert anchoring.check(read(tmp_path / "own"), world.held, own).anchor is None


def test_anchors_are_listed_and_found(world: World, tmp_path: Path) -> None:
    (row,) = world.province("anchor", "list")["anchors"]
    assert row["origin"] == world.held.origin
    for which in (row["entry"], row["origin"]):
        assert (
            world.province("anchor", "prove", which, "-o", tmp_path / "p")["entry"] == row["entry"]
        )
    assert (
        world.province.refused("anchor", "prove", "nobody", "-o", tmp_path / "p")
        == "anchor.unknown"
    )
    assert world.province("audit")["findings"] == []


def test_only_what_a_trusted_log_signed_is_anchored(world: World, tmp_path: Path) -> None:
    note = tmp_path / "note"
    world.county("checkpoint", "-o", note)
    own = world.province.home / "trust.json"
    assert world.province.refused("anchor", "add", note, "--trust", own) == "unverified"
    world.province("checkpoint", "-o", note)
    assert world.province.refused("anchor", "add", note, "--trust", own) == "anchor.own"
    note.write_bytes(b"nothing")
    assert world.province.refused("anchor", "add", note, "--trust", own) == "malformed"


def test_an_anchor_behind_or_ahead_is_said_to_be(world: World, tmp_path: Path) -> None:
    old = world.county.copied(tmp_path / "old")
    old("officer", "add", "auditor")
    _, later = old.certificate(old.numbers["张三"], "later.pdf")
    assert (
        old.refused("anchor", "link", later, "--through", world.part, "-o", tmp_path / "x")
        == "anchor.behind"
    )
    goal: Any = anchoring.target(read(world.part))
    assert goal.size < Checkpoint.parse(Note.parse(checkpoint_in(later.read_bytes())).text).size


def test_after_a_stolen_key_a_certificate_of_before_verifies_through_the_new_one(
    world: World, tmp_path: Path
) -> None:
    here = world.county.copied(tmp_path / "here")
    here("officer", "log-key", "--stolen")
    assert here.verdict(world.certificate, code=1)["logged"] is False
    here("anchor", "link", world.certificate, "-o", tmp_path / "own")
    (found,) = here("certificate", "verify", world.certificate, "--anchor", tmp_path / "own")[
        "results"
    ]
    assert found["logged"]
