"""What witnesses saw and when, held against stamps: from a real store, with real cosignatures."""

from io import BytesIO
from pathlib import Path

import pytest

from ledger import bundle, checkpoint
from ledger.audit import Held, Report, audit, audit_log
from ledger.bundle import Bundle
from ledger.checkpoint import Checkpoint
from ledger.desk.sightings import sightings
from ledger.note import COSIGNATURE_ED25519, Note, Signer
from ledger.times import moment
from ledger.trust import Trust, TrustedLog
from tests.databases import World, ready
from tests.scene import ORIGIN, digest, signer, volunteer

pytest_plugins = ["tests.databases"]

WITNESS = Signer("W/w1", digest("witness"), COSIGNATURE_ED25519)
TRUST = Trust(
    logs=(
        TrustedLog(
            keys=(str(signer(ORIGIN).verifier),), witnesses=(str(WITNESS.verifier),), quorum=1
        ),
    )
)


@pytest.fixture
def world(file_url: str, tmp_path: Path) -> World:
    return ready(file_url, tmp_path)


def cosigned(world: World, minutes: int) -> bytes:
    """Let the witness cosign the newest checkpoint, some minutes after the last entry was stamped."""
    note = world.db.checkpoint()
    found = Checkpoint.parse(Note.parse(note).text)
    time = int(moment(world.now).timestamp()) + 60 * minutes
    line = checkpoint.cosign(found, WITNESS, time)
    with world.db.writing() as writer:
        writer.cosignatures(found.size, [(str(WITNESS.verifier), str(line).rstrip())])
        writer.commit()
    return checkpoint.with_lines(note, [line])


def audited(world: World, *held: Held, trusted: Trust = TRUST, simulated: bool = False) -> Report:
    """Audit the ledger, and its bundle: witnesses' times are held against stamps in both alike."""
    with world.db.reading() as view:
        data = b"".join(bundle.write(view))
        found = audit(view, against=sightings(view, held, trusted, simulated=simulated))
    away = Bundle(lambda: BytesIO(data))
    against = sightings(away, held, trusted, simulated=simulated)
    assert audit_log(away, against=against) == found
    return found


@pytest.mark.parametrize(("minutes", "late"), [(1, False), (-4, False), (-20, True)])
def test_what_the_ledger_keeps_of_its_witnesses_is_held_against_its_stamps(
    world: World, minutes: int, late: bool
) -> None:
    world.say("volunteers", volunteer("N1"), by="T01/r1", org="T01")
    size = world.db.size()
    cosigned(world, minutes)
    world.wait(days=2)
    world.say("volunteers", volunteer("N2"), by="T01/r1", org="T01")
    found = [(one.code, one.place) for one in audited(world).findings]
    assert found == ([("stamp.late", f"entry {size - 1}")] if late else [])
    stranger = TRUST.model_copy(update={"logs": (TRUST.logs[0].model_copy(
        update={"witnesses": (), "quorum": 0}),)})  # fmt: skip
    assert (
        audited(world, trusted=stranger).findings == []
    )  # nobody's clock but trusted ones' counts


def test_what_others_hold_counts_as_well(world: World) -> None:
    world.say("volunteers", volunteer("N1"), by="T01/r1", org="T01")
    note = cosigned(world, -20)
    held = Held.read("proof.json", note)
    with world.db.reading() as view:
        found = sightings(view, [held, Held("guard", held.checkpoint)], TRUST)
    assert [(one.label, bool(one.seen)) for one in found] == [
        ("proof.json", True), ("guard", False), (f"checkpoint {held.checkpoint.size}", True),
    ]  # fmt: skip


def test_a_simulated_clock_is_told_the_time(world: World) -> None:
    cosigned(world, -20)
    assert audited(world, simulated=True).findings == []
