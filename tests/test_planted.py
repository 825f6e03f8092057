"""What somebody planted who wanted a star, credits or points: the audit names the row, or the entry."""

from collections.abc import Callable, Iterator

import pytest

from ledger.audit import Finding, audit
from ledger.records import Account, Achievement, Movement, Star
from ledger.rules.papers import next_number
from ledger.store.tables import PROJECTIONS
from tests.databases import World, ready
from tests.economy import (
    RICH,
    abound,
    award,
    balance,
    granted,
    hold,
    propose,
    served,
    settle,
)
from tests.scene import Row, Scene, honour, line, some, stand, training
from tests.test_audit import Shelf, check_words, codes
from tests.test_tampering import Forger, forging, where

STARS, ACCOUNTS, MOVEMENTS, ACHIEVEMENTS = (
    PROJECTIONS[kind] for kind in (Star, Account, Movement, Achievement)
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("账本")
    found = ready(f"sqlite:///{folder / 'ledger.db'}", folder, RICH)
    learn(found)
    abound(found)
    yield found
    found.db.close()


def learn(world: World) -> None:
    """Let V1 be certified with a training and an honour; those of V2 are taken back."""
    sheet = served(world, "V1")
    learnt, honoured = world.train(training("V1"), training("V2")), world.honour(honour("V1"))
    world.certify("V1", (sheet, (0,)), training=[[learnt, [0]]], honours=[[honoured, [0]]])
    world.correct((learnt, 1))


@pytest.fixture
def forger(world: World) -> Iterator[Forger]:
    with forging(world.db) as found:
        assert found.findings() == []
        yield found


def places(found: list[Finding]) -> set[str]:
    check_words(found)
    assert {one.code for one in found} <= {"projection"}
    return {one.place for one in found}


# --- in the tables ------------------------------------------------------------------------------


def test_a_false_star_is_found(forger: Forger) -> None:
    """Refused, and somebody wrote `granted` over it."""
    (row,) = (row for row in forger.rows(STARS) if row["state"] == "refused")
    forger.set(STARS, row, state="granted")
    found = forger.findings()
    assert places(found) == {f"star {row['volunteer']}:{row['level']}"}
    for words in (found[0].en, found[0].zh):
        assert "'granted'" in words
        assert "'refused'" in words


def test_a_star_out_of_the_blue_is_found(forger: Forger) -> None:
    """With the notice and the entry of another's, so that it looks like one."""
    row = next(row for row in forger.rows(STARS) if row["state"] == "review")
    forger.insert(STARS, row | {"volunteer": "V3", "state": "granted"})
    assert places(forger.findings()) == {"star V3:1"}


def test_a_credit_that_was_booked_twice_is_found(forger: Forger) -> None:
    """A movement planted beside the true one, and both its accounts with it: the books balance."""
    row = next(row for row in forger.rows(MOVEMENTS) if row["purpose"] == "import")
    forger.insert(MOVEMENTS, row | {"n": 7})
    for name, change in ((row["debit"], 1), (row["credit"], -1)):
        forger.run(
            "UPDATE accounts SET balance = balance + ? WHERE account = ? AND unit = 'credit'",
            change, name,
        )  # fmt: skip
    assert places(forger.findings()) == {
        f"movement {row['entry']}:8", f"account {row['debit']}:credit", f"account {row['credit']}:credit",
    }  # fmt: skip


def test_a_changed_balance_is_found(forger: Forger) -> None:
    """Taken from one and given to another: all accounts still add up to nothing."""
    one, two = "volunteer:V2", "volunteer:V1"
    for name, change in ((one, 2), (two, -2)):
        forger.run(
            "UPDATE accounts SET balance = balance + ? WHERE account = ? AND unit = 'credit'",
            change, name,
        )  # fmt: skip
    (total,) = forger.connection.exec_driver_sql("SELECT sum(balance) FROM accounts").one()
    assert total == 0
    found = forger.findings()
    assert places(found) == {f"account {one}:credit", f"account {two}:credit"}
    assert any("balance is" in each.en and "due" in each.en for each in found)


def test_an_achievement_out_of_the_blue_is_found(forger: Forger) -> None:
    """Planted as a further row of a true statement."""
    row = next(row for row in forger.rows(ACHIEVEMENTS) if row["kind"] == "honour")
    forger.insert(ACHIEVEMENTS, row | {"n": 1, "volunteer": "V2"})
    assert places(forger.findings()) == {f"achievement {row['ref']}:1"}


def test_an_account_out_of_the_blue_is_found(forger: Forger) -> None:
    row: Row = {"account": "volunteer:V99", "unit": "point", "balance": 9, "held": 0, "gone": 0}
    forger.insert(ACCOUNTS, row | {"minutes": 0, "excess": 0, "owed": 0, "lapsed": 0,
                                  "through": ""})  # fmt: skip
    assert places(forger.findings()) == {"account volunteer:V99:point"}


HIDDEN = {
    "UPDATE holds SET state = 'open' WHERE state = 'settled' AND purpose = 'donate'": "hold ",
    "UPDATE holds SET until = '2999-01-01T00:00:00+08:00' WHERE state = 'open'": "hold ",
    "UPDATE movements SET refunded = 0 WHERE refunded > 0": "movement ",
    "UPDATE movements SET held = '2025-12-31' WHERE purpose = 'redeem'": "movement ",
    "UPDATE accounts SET owed = 0 WHERE owed > 0": "account ",
    "UPDATE accounts SET lapsed = lapsed + 1 WHERE account = 'volunteer:V1'": "account ",
    "UPDATE holds SET day = '2025-12-31' WHERE state = 'open'": "hold ",
    "UPDATE movements SET effective = '2025-12-31' WHERE purpose = 'redeem'": "movement ",
    "DELETE FROM movements WHERE purpose = 'shortfall'": "movement ",
    "DELETE FROM imports WHERE n = 1": "import ",
    "DELETE FROM complaints WHERE volunteer = 'V1'": "complaint ",
    "UPDATE holders SET state = 'active' WHERE volunteer = 'V3'": "holder ",
    "UPDATE goods SET stock = stock + 1 WHERE code = 'G2'": "good G2",
    "UPDATE goods SET price = 1000 WHERE code = 'G3'": "good G3",
    "UPDATE accounts SET held = 0 WHERE held > 0": "account ",
    "UPDATE accounts SET gone = 0 WHERE unit = 'point' AND gone > 0": "account ",
    "UPDATE accounts SET minutes = minutes + 59 WHERE unit = 'credit' AND minutes > 0": "account ",
    "UPDATE stars SET state = 'granted' WHERE state = 'review'": "star ",
    "UPDATE stars SET adoption = adoption + 1": "star ",
    "UPDATE stars SET ref = notice WHERE state = 'review'": "star ",
    "UPDATE achievements SET voided = -1 WHERE voided >= 0": "achievement ",
    "UPDATE achievements SET minutes = minutes + 600 WHERE kind = 'training'": "achievement ",
    "UPDATE achievements SET title = '全国优秀志愿者' WHERE kind = 'honour'": "achievement ",
    "UPDATE achievements SET person = 'p-other' WHERE kind = 'honour'": "achievement ",
    "DELETE FROM certified WHERE sheet IN (SELECT ref FROM achievements)": "certified ",
    "UPDATE lines SET rating = 5 WHERE n = 0": "line ",
}


@pytest.mark.parametrize("sql", HIDDEN)
def test_what_would_be_of_use_to_somebody_is_found(forger: Forger, sql: str) -> None:
    """To settle once more, redeem once more, take in once more, or have one's star after all."""
    assert forger.connection.exec_driver_sql(sql).rowcount > 0
    found = places(forger.findings())
    assert found
    assert {place for place in found if not place.startswith(HIDDEN[sql])} == set()


def test_the_table_of_stars_has_one_row_for_a_star(forger: Forger) -> None:
    """No second row can hide behind the first."""
    assert "volunteer" in where(STARS)
    assert "level" in where(STARS)
    row = forger.rows(STARS)[0]
    assert not forger.may(forger.insert, STARS, row | {"state": "withdrawn"})


# --- in the log, signed by those who have the keys -----------------------------------------------


@pytest.fixture
def scene() -> Scene:
    """Give a ledger in which V1 and V2 have three points and three credits."""
    found = Scene.ready(RICH)
    served(found, "V1", "V2")
    return found


def star(scene: Scene) -> tuple[str, tuple[bytes, tuple[bytes, ...]]]:
    """An issuer grants what has not been proposed."""
    row: Row = {"volunteer": "V2", "level": 1, "decision": "granted"}
    return "star.unknown", scene.write("award", row, by="KX/i1", org="KX", reason="due")


def early(scene: Scene) -> tuple[str, tuple[bytes, tuple[bytes, ...]]]:
    """An issuer grants on the day of the proposal."""
    notice = propose(scene, "V1")
    row: Row = {"volunteer": "V1", "level": 1, "decision": "granted"}
    head: Row = {"reason": "due", "notice": notice}
    return "notice.too_early", scene.write("award", row, by="KX/i1", org="KX", **head)


def again(scene: Scene) -> tuple[str, tuple[bytes, tuple[bytes, ...]]]:
    """A confirmer settles what was settled."""
    held = hold(scene, "gift", "volunteer:V1", "volunteer:V2", 2, relation="child")
    settle(scene, held, 2)
    row: Row = {"hold": list(held), "amount": 2, "effective": scene.now[:10]}
    return "hold.state", scene.write("transfer", row, by="T01/c1", org="T01", step="settle")


def taken(scene: Scene) -> tuple[str, tuple[bytes, tuple[bytes, ...]]]:
    """A recorder takes in what was taken in."""
    sides = ("transit:other.example.org/log-1", "volunteer:V1")
    settle(scene, hold(scene, "import", *sides, 1, origin=[some("x"), 0]), 1)
    row: Row = {"purpose": "import", "credit": sides[0], "debit": sides[1], "unit": "credit"}
    row |= {"amount": 1, "origin": [some("x"), 0], "paper": some("form")}
    row |= {"effective": scene.now[:10], "until": "2026-04-01T00:00:00+08:00"}
    return "import.twice", scene.write("transfer", row, by="T01/r1", org="T01", step="hold")


def overdrawn(scene: Scene) -> tuple[str, tuple[bytes, tuple[bytes, ...]]]:
    """A recorder holds more than there is."""
    row: Row = {"purpose": "donate", "credit": "volunteer:V1", "debit": "pool", "unit": "credit"}
    row |= {"amount": 4, "paper": some("form"), "effective": scene.now[:10]}
    row["until"] = "2026-04-01T00:00:00+08:00"
    return "balance.short", scene.write("transfer", row, by="T01/r1", org="T01", step="hold")


def confirmed(scene: Scene) -> tuple[str, tuple[bytes, tuple[bytes, ...]]]:
    """A confirmer lets lines stand, and earn, that stand already."""
    ref = scene.attend(line("V3"))
    notice = scene.pass_notice(ref)
    told = scene.write("confirmation", stand(ref), by="T01/c1", org="T01", notice=notice)
    return "notice.state", told


def repeated(scene: Scene) -> tuple[str, tuple[bytes, tuple[bytes, ...]]]:
    """A recorder records an honour once more."""
    scene.honour(honour("V1"))
    return "row.repeated", scene.write("honour", honour("V1"), by="T01/r1", org="T01")


def his_own(scene: Scene) -> tuple[str, tuple[bytes, tuple[bytes, ...]]]:
    """A recorder who volunteers records a training of his own."""
    return "four_eyes", scene.write("training", training("V5"), by="T01/r2", org="T01")


def unseen(scene: Scene) -> tuple[str, tuple[bytes, tuple[bytes, ...]]]:
    """An issuer certifies an honour that he recorded himself, under another key."""
    scene.appoint("T01/r8", "recorder", "T01", "p-ki1")
    mine = scene.honour(honour("V1"), by="T01/r8")
    sheet = next(told.ref for told in scene.log if b'"kind":"attendance"' in told.entry)
    row: Row = {"volunteer": "V1", "from": "2026-03-01", "to": "2026-03-31", "minutes": 180}
    row |= {"by_class": {"A": 0, "B": 180, "C": 0, "L": 0}, "lines": [[sheet, [0]]]}
    head: Row = {"page": {"length": 1, "sha256": "0" * 64}, "signer": "0" * 64}
    head["number"] = next_number(scene.book, "KX", "2026")
    row["honours"] = [[mine, [0]]]
    return "four_eyes", scene.write("certificate", row, by="KX/i1", org="KX", **head)


PLANTS = (star, early, again, taken, overdrawn, confirmed, repeated, his_own, unseen)


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_entry_is_found_and_moves_nothing(
    scene: Scene, plant: Callable[[Scene], tuple[str, tuple[bytes, tuple[bytes, ...]]]]
) -> None:
    """Past `admit`, with the log's key: the entry is named, and the tables are as without it."""
    code, said = plant(scene)
    report = audit(Shelf.of(scene, said))
    assert codes(report) == [(code, f"entry {len(scene.log)}")]
    check_words(report.findings)


def test_what_followed_from_a_planted_entry_is_found_row_by_row(scene: Scene) -> None:
    """Where the tables were written as if the award were lawful, each of their rows is named."""
    code, said = star(scene)
    size = len(scene.log)
    shelf = Shelf.of(scene, said)
    notice, entry = some("notice"), size
    shelf.rows[Star] = [Star("V2", 1, "T01", notice, "granted", 1, entry, some("award"), 0)]
    assert codes(audit(shelf)) == [(code, f"entry {size}"), ("projection", "star V2:1")]


def test_audit_recomputes_all_of_it(scene: Scene) -> None:
    """Rule 55: and finds nothing where nothing was planted."""
    granted(scene)
    scene.correct((next(t.ref for t in scene.log if b'"kind":"attendance"' in t.entry), 0))
    award(scene, "", "V1", "withdrawn", reason="hours")
    assert balance(scene, "volunteer:V1") == 0
    report = audit(Shelf.of(scene))
    assert report.findings == report.remarks == []
