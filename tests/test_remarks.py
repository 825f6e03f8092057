"""What is lawful and still worth an auditor's look, beside what the audit's own tests hold."""

import pytest

from ledger.remarks import remarks, speaks_of_cash
from tests.economy import RICH, hold, offer, open_account, plan, served, settle
from tests.scene import Row, Scene, line, some


def found(scene: Scene) -> dict[str, str]:
    return {one.code: f"{one.place}: {one.zh}" for one in remarks(scene.book)}


def test_what_was_borne_is_shown_until_it_is_made_good() -> None:
    """Rule 32."""
    scene = Scene.ready(RICH)
    ref = served(scene, "V1")
    settle(scene, hold(scene, "donate", "volunteer:V1", "pool", 2), 2)
    assert "account.owed" not in found(scene)
    scene.correct((ref, 0))
    assert found(scene)["account.owed"].startswith("account volunteer:V1:credit: 时间储蓄 2 ")
    again = scene.attend(line("V1", class_="C", replaces=[ref, 0]), reason=some("x"))
    scene.pass_notice(again)
    assert "account.owed" not in found(scene)


def test_a_closed_account_still_earns_and_that_is_shown() -> None:
    """Rule 37: hours are facts, whatever became of the account."""
    scene = Scene.ready(RICH)
    open_account(scene, "V1", "closed")
    assert "account.closed" not in found(scene)
    served(scene, "V1")
    assert found(scene)["account.closed"] == "account volunteer:V1:credit: 已注销，仍有时间储蓄 3"
    open_account(scene, "V1", "active")
    assert "account.closed" not in found(scene)


@pytest.mark.parametrize(
    "name", ["100元现金红包", "转账50", "微信支付券", "话费充值", "五十元", "￥20", "Cash voucher"]
)
def test_a_name_that_speaks_of_money_is_a_hint(name: str) -> None:
    """Rule 31: the catalogue has no cash; words alone never refuse."""
    scene = Scene.ready(RICH)
    offer(scene)
    assert not {"good.cash"} & found(scene).keys()
    row: Row = {"code": "G2", "name": name, "price": 3, "stock": 5}
    scene.say("goods", row, by="T01/r1", org="T01")
    assert found(scene)["good.cash"].startswith("good G2: ")


@pytest.mark.parametrize(
    "name", ["雨伞", "元旦礼盒", "公元前文物展门票", "10元宵", "cashmere 围巾"]
)
def test_a_name_that_does_not_is_none(name: str) -> None:
    assert not speaks_of_cash(name)


def test_an_activity_published_after_its_start_is_shown() -> None:
    scene = Scene.ready(RICH)
    plan(scene, "A9", "2026-03-02")
    assert found(scene)["activity.late"] == "A9: 开始后才发布"
