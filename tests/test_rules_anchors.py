"""Anchors: a checkpoint of another log, said in this one."""

import pytest

from ledger.note import Verifier
from tests.scene import OPERATOR, ORIGIN, RECOVERY, Row, Scene, signed, signer, some, vkey


@pytest.fixture
def scene() -> Scene:
    return Scene.ready()


def test_an_operator_hangs_another_log_on_this_one(scene: Scene) -> None:
    scene.anchor("AX/log", 7)
    scene.anchor("BX/log", 1)
    scene.anchor("AX/log", 9)


def test_two_that_cannot_both_be_true_are_kept_as_evidence(scene: Scene) -> None:
    scene.anchor("AX/log", 7)
    scene.anchor("AX/log", 7, some("another history"))


def test_nobody_else_says_so(scene: Scene) -> None:
    for by in (RECOVERY, "KX/r1", "KX/i1", "KX/a1"):
        with scene.refuses("not_authorised"):
            scene.anchor("AX/log", 7, by=by)
    with scene.refuses("not_authorised"):
        scene.anchor("AX/log", 7, org="KX")


def test_a_log_is_no_anchor_for_itself(scene: Scene) -> None:
    with scene.refuses("anchor.own"):
        scene.anchor(ORIGIN, 7)


def test_its_own_key_must_have_signed(scene: Scene) -> None:
    good = signed(signer("AX/log"), 7, some("root"))
    weak = str(Verifier("AX/log", bytes(32)))
    changes: list[Row] = [
        {"size": 8}, {"root": some("x")}, {"log": vkey("BX/log")}, {"log": weak},
    ]  # fmt: skip
    for change in changes:
        with scene.refuses("unverified"):
            scene.say("anchor", by=OPERATOR, org="*", **good | change)
    scene.say("anchor", by=OPERATOR, org="*", **good)
