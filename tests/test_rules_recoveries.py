"""Recoveries: the recovery key lets a log go on after a lost tail, under another key."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.note import Signer
from ledger.records import NOBODY, Key
from tests.scene import OPERATOR, ORIGIN, RECOVERY, Row, Scene, digest, signer, some, vkey

LOG, NEXT, THIRD = (Signer(ORIGIN, digest(name)) for name in (ORIGIN, "second", "third"))


@pytest.fixture
def scene() -> Scene:
    return Scene.ready()


def log_keys(scene: Scene) -> list[tuple[str, int]]:
    return [(key.vkey, key.until) for key in scene.book.all(Key) if key.role == "log"]


def test_a_lost_tail_takes_its_key_with_it(scene: Scene) -> None:
    size = scene.book.size
    scene.recover(scene.lost(size + 3, LOG), log=str(NEXT.verifier))
    assert log_keys(scene) == [(vkey(ORIGIN), size), (str(NEXT.verifier), NOBODY)]


def test_only_the_recovery_key_says_so(scene: Scene) -> None:
    for by in (OPERATOR, "KX/a1", "KX/i1", "T01/r1", ORIGIN):
        with scene.refuses("not_authorised"):
            scene.recover(by=by)
    with scene.refuses("not_authorised"):
        scene.recover(by=RECOVERY, org="KX")


def test_a_key_whose_tail_was_lost_never_signs_again(scene: Scene) -> None:
    """What was signed beyond is the key's, whoever kept the note: two heads of one key are fraud."""
    bare: Row = {"size": 99, "root": some("x")}  # as a guard remembers it
    for lost in (scene.lost(99, LOG), bare):
        with scene.refuses("recovery.key", says="99"):
            scene.recover(lost)
    with scene.refuses("key.enrolled"):
        scene.recover(bare, log=str(LOG.verifier))
    scene.recover(bare, log=str(NEXT.verifier))
    with scene.refuses("recovery.key"):
        scene.recover(scene.lost(120, NEXT))


def test_what_comes_to_light_later_is_named_later(scene: Scene) -> None:
    scene.recover(scene.lost(99, LOG), log=str(NEXT.verifier))
    scene.recover(scene.lost(80, LOG), scene.lost(90, LOG))
    with scene.refuses("recovery.key"):  # nobody knows which key signed it
        scene.recover({"size": 99, "root": some("x")})
    assert log_keys(scene)[1:] == [(str(NEXT.verifier), NOBODY)]


def test_where_nothing_was_lost_the_key_may_stay(scene: Scene) -> None:
    scene.recover()
    assert log_keys(scene) == [(vkey(ORIGIN), NOBODY)]


def test_a_recovery_fits_one_place_of_one_history(scene: Scene) -> None:
    size = scene.book.size
    for wrong in (size - 1, size + 1, 1):
        with scene.refuses("recovery.moved"):
            scene.recover(size=wrong)


def test_lost_checkpoints_are_of_this_log_and_signed(scene: Scene) -> None:
    with scene.refuses("recovery.foreign"):
        scene.recover(scene.lost(99, THIRD), log=str(NEXT.verifier))
    with scene.refuses("recovery.foreign"):
        scene.recover(scene.lost(99, signer("AX/log")), log=str(NEXT.verifier))
    with scene.refuses("recovery.foreign"):  # an officer's key is no log's
        scene.recover(scene.lost(99, signer("KX/i1")), log=str(NEXT.verifier))
    with scene.refuses("unverified"):
        scene.recover(scene.lost(99, LOG) | {"size": 98}, log=str(NEXT.verifier))
    for missing in ("log", "signature"):
        torn = {name: value for name, value in scene.lost(99, LOG).items() if name != missing}
        with scene.refuses("recovery.signature"):
            scene.recover(torn, log=str(NEXT.verifier))


def test_the_new_key_is_a_log_key_of_this_log(scene: Scene) -> None:
    with scene.refuses("key.name"):
        scene.recover(log=vkey("KX/log"))
    with scene.refuses("key.enrolled"):
        scene.recover(log=vkey(ORIGIN))


@given(st.lists(st.integers(30, 60), max_size=6))
def test_lost_checkpoints_are_listed_in_one_order(sizes: Sequence[int]) -> None:
    scene = Scene.begun()
    lost = [scene.lost(size, LOG) for size in sizes]
    if [*sizes] == sorted(set(sizes)):
        scene.recover(*lost, log=str(NEXT.verifier))
        return
    with scene.refuses("recovery.order"):
        scene.recover(*lost, log=str(NEXT.verifier))


def test_no_more_than_fits_into_a_head(scene: Scene) -> None:
    lost: list[Row] = [scene.lost(100 + n, LOG) for n in range(33)]
    with scene.refuses("malformed"):
        scene.recover(*lost, log=str(NEXT.verifier))
    scene.recover(*lost[:32], log=str(NEXT.verifier), reason="r" * 40)
