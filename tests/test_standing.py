"""How a certificate stands: every answer, from a list and from the ledger.

`certificates.standing` answers, `certificates.listing` draws lists up.
"""

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates import standing, statuslist
from certificates.standing import Answer, Asked, by_ledger, by_list, untold
from certificates.statuslist import Listed
from certificates.verdict import Beside, Verdict
from certificates.verify import verify
from ledger import standings
from ledger import trust as trusts
from ledger.commands.world import World
from ledger.rules.status import MOST_DAYS
from ledger.standings import Ended, Standing, Standings
from ledger.times import later, moment
from tests.clerk import Clerk, run
from tests.forge import Plot, trusted
from tests.lists import DRAWN, UNTIL, plotted, status_file
from tests.scene import at
from tests.test_standings import issued

NOW = at("26 09:00")
NUMBER, HEIR = "440100-KX-2026-000002-16", "440100-KX-2026-000003-13"


@cache
def certified() -> bytes:
    """Return the certificate; what happens to it afterwards is in other files."""
    return plotted().make()


@cache
def listed(*steps: str) -> Listed:
    return statuslist.check(status_file(plotted(*steps)), trusted())


def stands(*steps: str, now: str = NOW) -> Verdict:
    return verify(certified(), trusted(), Beside((listed(*steps),), now=now))


def said(verdict: Verdict) -> set[str]:
    """Return what is said of its standing, whether a reader may rely on the log or not."""
    return {one.code for one in verdict.reasons} - {"log.alone"}


# --- from a list --------------------------------------------------------------------------------


def test_a_certificate_on_a_list_is_valid_as_of_that_list() -> None:
    verdict = stands()
    assert (verdict.standing, verdict.as_of, said(verdict)) == ("valid", DRAWN, set())
    assert verdict.stands.ended is None


@pytest.mark.parametrize(
    ("steps", "state", "ended"),
    [
        (("fraud",), "revoked", ("2026-03-21", "fraud", None)),
        (("voided",), "superseded", ("2026-03-22", "corrected", None)),
        (("fraud", "voided"), "revoked", ("2026-03-21", "fraud", None)),
        (("voided", "anew", "reissued"), "revoked", ("2026-03-24", "reissued", HEIR)),
    ],
)
def test_one_that_does_not_stand_says_since_when_and_why(
    steps: tuple[str, ...], state: str, ended: tuple[str, str, str | None]
) -> None:
    verdict = stands(*steps)
    found = verdict.stands.ended
    assert found
    assert (verdict.standing, verdict.as_of) == (state, DRAWN)
    assert (found.day, found.reason, found.successor, found.number) == (*ended, NUMBER)
    (reason,) = [one for one in verdict.reasons if one.code == f"standing.{state}"]
    for words in (reason.en, reason.zh):
        assert ended[0] in words
        assert (HEIR in words) == bool(ended[2])


def test_without_a_list_nobody_knows() -> None:
    verdict = verify(certified(), trusted())
    assert (verdict.standing, verdict.as_of) == ("unknown", at("20 10:00"))
    assert said(verdict) == {"standing.unknown"}


@pytest.mark.parametrize(
    ("now", "state", "code"),
    [
        (UNTIL, "valid", ""),
        (later(UNTIL, minutes=1), "unknown", "standing.expired"),
        (later(UNTIL, days=4000), "unknown", "standing.expired"),
        (DRAWN, "valid", ""),
        (later(DRAWN, minutes=-5), "valid", ""),
        (later(DRAWN, minutes=-6), "unknown", "standing.clock"),
        ("", "unknown", "standing.malformed"),
        ("2026-03-26T01:00:00+00:00", "unknown", "standing.malformed"),
    ],
)
def test_a_list_says_valid_in_its_time_alone(now: str, state: str, code: str) -> None:
    """After it nobody knows; a clock before it is wrong, and so is none at all."""
    verdict = stands(now=now)
    assert (verdict.standing, code in said(verdict) | {""}) == (state, True)
    if code == "standing.expired":
        assert verdict.as_of == DRAWN
        (reason,) = [one for one in verdict.reasons if one.code == code]
        assert "last known valid as of" in reason.en
        assert DRAWN in reason.zh


@pytest.mark.parametrize("now", ["", later(DRAWN, days=-400), later(UNTIL, days=4000)])
def test_what_is_revoked_stays_so_whatever_the_clock_says(now: str) -> None:
    assert stands("fraud", now=now).standing == "revoked"
    assert stands("voided", now=now).standing == "superseded"


def test_a_list_that_is_older_than_the_certificate_knows_nothing_of_it() -> None:
    before = plotted()
    before.drop("certificate")
    for other in [each for each in before.steps if each == "other"]:
        before.steps["certificate"] = before.steps.pop(other)
    old = statuslist.check(status_file(before), trusted())
    verdict = verify(certified(), trusted(), Beside((old,), now=NOW))
    assert (verdict.standing, said(verdict)) == ("unknown", {"standing.later"})


def test_the_newest_list_answers() -> None:
    """In whatever order they are given."""
    lists = [listed(), listed("voided", "anew", "reissued"), listed("voided")]
    for given_ in (lists, lists[::-1]):
        assert verify(certified(), trusted(), Beside(tuple(given_), now=NOW)).standing == "revoked"


def test_a_list_is_asked_about_its_own_ledger_alone() -> None:
    asked = Asked("other.example.org/log-1", 19, NUMBER, specimen=False)
    answer = by_list(untold(DRAWN), asked, [listed()], now=NOW)
    assert (answer.standing, answer.why[0].code) == ("unknown", "standing.foreign")


def test_a_certificate_that_is_not_logged_is_on_no_list() -> None:
    """Made by those who have every key but the log's: at that entry is another one, and valid."""
    plot = plotted()
    plot.means.log = "a forger's"
    verdict = verify(plot.make(), trusted(), Beside((listed(),), now=NOW))
    assert (verdict.genuine, verdict.logged, verdict.standing) == (True, False, "unknown")


def test_what_is_no_certificate_is_on_no_list() -> None:
    for entry in (0, 18, 20, 3):
        asked = Asked(listed().origin, entry, NUMBER, specimen=False)
        answer = by_list(untold(DRAWN), asked, [listed("fraud")], now=NOW)
        assert answer.standing == ("valid" if entry == 18 else "unknown")
    other = Asked(listed().origin, 19, HEIR, specimen=False)
    answer = by_list(untold(DRAWN), other, [listed("fraud")], now=NOW)
    assert (answer.standing, answer.why[0].code) == ("unknown", "standing.unlisted")


def test_a_specimen_is_never_valid() -> None:
    plot = Plot.honest()
    plot["charter"].head["clock"] = "simulated"
    data = plot.make()
    for steps, state in ((), "unknown"), (("fraud",), "revoked"), (("voided",), "superseded"):
        script = plotted(*steps)
        script["charter"].head["clock"] = "simulated"
        own = statuslist.check(status_file(script), trusted())
        verdict = verify(data, trusted(), Beside((own,), now=NOW))
        assert (verdict.genuine, verdict.standing) == (True, state)
        assert "specimen" in said(verdict)


STATES = st.sampled_from([None, "valid", "superseded", "revoked"])


@given(STATES, st.booleans(), st.integers(-3, MOST_DAYS + 3), st.integers(0, 9), st.booleans())
def test_valid_is_said_of_nothing_else(
    state: str | None, specimen: bool, days: int, size: int, foreign: bool
) -> None:
    """Only of a certificate that its own log's list, in its time, knows to be valid."""
    found = Standings()
    if state:
        found.take([issued(4, state)])
    certificates = found.listed(max(size, 5 if state else 0))
    one = Listed("ours", DRAWN, later(DRAWN, days=MOST_DAYS), certificates)
    asked = Asked("theirs" if foreign else "ours", 4, issued(4).number, specimen)
    answer = by_list(untold(DRAWN), asked, [one], now=later(DRAWN, days=days))
    in_time = 0 <= days <= MOST_DAYS
    valid = state == "valid" and in_time and not specimen and not foreign
    ended = state in ("superseded", "revoked") and not foreign
    due = "valid" if valid else state if ended else "unknown"
    assert answer.standing == due
    assert bool(answer.ended) == ended


# --- from the ledger ----------------------------------------------------------------------------


def test_the_newer_of_list_and_ledger_answers() -> None:
    """A copy of the ledger from before the revocation does not outdo a list from after it."""
    asked = Asked("ours", 4, "N4", specimen=False)
    gone = Answer("revoked", DRAWN, Ended(day="2026-03-21", entry=4, number="N4", reason="fraud"))
    before, after = later(DRAWN, days=-1), later(DRAWN, days=1)
    assert by_ledger(gone, asked, Standing("valid"), before) is gone
    assert by_ledger(untold(before), asked, Standing("valid"), after) == Answer("valid", after)
    specimen = Asked("ours", 4, "N4", specimen=True)
    known = untold(before)
    assert by_ledger(known, specimen, Standing("valid"), after) is known
    assert by_ledger(known, specimen, Standing("revoked", gone.ended), after).standing == "revoked"


@pytest.mark.parametrize("reason", ["fraud", "error", "reissued", "corrected", "own_reason"])
def test_every_reason_has_words(reason: str) -> None:
    ended = Ended(day="2026-03-21", entry=4, number="N4", reason=reason)
    asked = Asked("ours", 4, "N4", specimen=False)
    (why,) = by_ledger(untold(DRAWN), asked, Standing("revoked", ended), UNTIL).why
    assert why.en.startswith("revoked on 2026-03-21: ")
    assert why.zh.startswith("已撤销：2026-03-21，")
    assert standing._WHY.get(reason, (reason,))[0] in why.en


# --- at the command line ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """Give a ledger in earnest, with three confirmed hours of 张三 and of 李四."""
    with pytest.MonkeyPatch.context() as patch:
        clerk = Clerk(tmp_path_factory.mktemp("真"), real=True)
        patch.setattr(World, "moment", lambda _: moment(clerk.now))
        clerk.begin()
        clerk.confirmed("张三", "李四")
    return clerk


@pytest.fixture
def here(founded: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clerk:
    clerk = founded.copied(tmp_path)
    clerk.real = True
    monkeypatch.setattr(World, "moment", lambda _: moment(clerk.now))
    return clerk


@pytest.fixture
def ask(here: Clerk, tmp_path: Path) -> Callable[..., Any]:
    """Give a school that has a trust.json and what it was sent, and asks."""
    folder = tmp_path / "学校"
    folder.mkdir()
    shutil.copy(here.home / "trust.json", folder)

    def asked(file: Path, *lists: Path, code: int = 0) -> Any:
        words = [word for one in lists for word in ("--status", one)]
        ran = run("--home", folder / "none", "--json", "certificate", "verify", file,
                  "--trust", folder / "trust.json", *words)  # fmt: skip
        assert ran.exit_code == code, ran.output
        return json.loads(ran.stdout)["results"][0]

    return asked


def draw(here: Clerk, name: str, *more: object) -> tuple[Path, Any]:
    file = here.folder / name
    return file, here("certificate", "status", "-o", file, *more)


def test_a_school_learns_how_certificates_stand(here: Clerk, ask: Callable[..., Any]) -> None:
    number, file = here.certificate(here.numbers["张三"])
    _, other = here.certificate(here.numbers["李四"], "另一份.pdf")
    first, told = draw(here, "清单.json")
    assert (told["certificates"], told["ended"], told["entry"]) == (2, 0, told["entries"][0])
    assert told["next_update"] == later(here.now, days=30)
    found = ask(file, first)
    assert (found["standing"], found["as_of"], found["reasons"][1:]) == ("valid", here.now, [])
    assert ask(file)["standing"] == "unknown"
    here.now = later(here.now, days=1)
    here("certificate", "revoke", number, "--reason", "fraud")
    second, told = draw(here, "新清单.json", "--days", 7)
    assert (told["certificates"], told["ended"]) == (2, 1)
    assert ask(file, first)["standing"] == "valid"  # as of then; that is what it says
    gone = ask(file, first, second, code=1)
    assert (gone["standing"], gone["reason"], gone["date"]) == ("revoked", "fraud", here.now[:10])
    assert "successor" not in gone
    assert ask(other, first, second)["standing"] == "valid"
    here.now = later(here.now, days=8)
    late = ask(other, second)
    assert (late["standing"], late["reasons"][1]["code"]) == ("unknown", "standing.expired")
    assert ask(file, second, code=1)["standing"] == "revoked"
    assert here("audit")["findings"] == []


def test_a_list_that_is_not_believed_is_said_to_be_none(
    here: Clerk, ask: Callable[..., Any]
) -> None:
    _, file = here.certificate(here.numbers["张三"])
    good, _ = draw(here, "清单.json")
    bad = here.folder / "坏.json"
    bad.write_bytes(good.read_bytes().replace(b'"hashes":[', b'"hashes": ['))
    found = ask(file, bad, code=1)
    assert (found["genuine"], found["logged"], found["standing"]) == (True, True, "unknown")
    assert "status.malformed" in [one["code"] for one in found["reasons"]]
    assert ask(file, bad, good, code=1)["standing"] == "valid"
    assert ask(file, here.folder / "没有.json", code=1)["standing"] == "unknown"
    alone = ask(bad, good, code=1)
    assert (alone["genuine"], alone["standing"]) == (None, "unknown")  # it is no certificate


def test_where_the_ledger_is_it_answers_itself(here: Clerk) -> None:
    number, file = here.certificate(here.numbers["张三"])
    old, _ = draw(here, "清单.json")
    assert here.verdict(file)["standing"] == "valid"
    here.now = later(here.now, days=1)
    here("certificate", "revoke", number, "--reason", "error")
    found = here("certificate", "verify", file, "--status", old, code=1)["results"][0]
    assert (found["standing"], found["reason"], found["as_of"]) == ("revoked", "error", here.now)
    ran = here.run("certificate", "verify", file, lang="zh")
    assert f"已撤销：{here.now[:10]}，有误" in ran.stdout


def test_a_certificate_issued_anew_replaces_the_old_one(
    here: Clerk, ask: Callable[..., Any]
) -> None:
    """Rule 42: one transaction; what is not said is as in the old one, and the old one names it."""
    me = here.numbers["张三"]
    old, file = here.certificate(me)
    again = here.folder / "补发.pdf"
    made = here("certificate", "issue", me, "--replaces", old, "-o", again)
    new = made["certificate"]
    assert (made["replaces"], made["minutes"], len(made["entries"])) == (old, 180, 2)
    first, second = here.verdict(file, code=1), here.verdict(again)
    assert (first["standing"], first["successor"], first["reason"]) == ("revoked", new, "reissued")
    assert second["standing"] == "valid"
    for name in ("from", "to", "organisation"):
        assert first["certificate"][name] == second["certificate"][name]
    list_, _ = draw(here, "清单.json")
    assert ask(file, list_, code=1)["successor"] == new
    words = ("certificate", "issue", me, "-o", here.folder / "三.pdf", "--replaces")
    assert here.refused(*words, old) == "certificate.replaces"  # revoked already
    assert here.refused(*words, "X-1") == "certificate.unknown"
    _, other = here.certificate(here.numbers["李四"], "李四.pdf")
    theirs = here.verdict(other)["certificate"]["number"]
    assert here.refused(*words, theirs) == "certificate.replaces"
    assert here.refused(*words, new, "--from", "2026-04-01") == "certificate.lines"
    assert here.verdict(again)["standing"] == "valid"  # a refusal leaves the old one as it was
    assert here("audit")["findings"] == []


def test_a_corrected_certificate_is_superseded_on_the_list(
    here: Clerk, ask: Callable[..., Any]
) -> None:
    """Rule 25, from end to end."""
    _, file = here.certificate(here.numbers["张三"])
    (line,) = here.lines(here.numbers["张三"])
    here("correct", line, "--why", "早退", "--from", here.numbers["张三"])
    list_, told = draw(here, "清单.json")
    assert told["ended"] == 1
    found = ask(file, list_, code=1)
    assert (found["standing"], found["reason"]) == ("superseded", "corrected")
    assert here.verdict(file, code=1)["reason"] == "corrected"


def test_a_list_is_drawn_up_again_where_somebody_was_faster(
    here: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A revocation between the drawing up and the signing: it is on the list all the same."""
    number, _ = here.certificate(here.numbers["张三"])
    committed = standings.committed
    others = [("certificate", "revoke", number, "--reason", "fraud")]

    def slow(data: bytes) -> Any:
        if others:
            here(*others.pop())
        return committed(data)

    monkeypatch.setattr(standings, "committed", slow)
    _, told = draw(here, "清单.json")
    assert (told["ended"], len(told["entries"])) == (1, 1)
    monkeypatch.undo()
    assert run("--home", here.home, "audit").exit_code == 0


def test_a_list_is_drawn_up_where_the_log_is(here: Clerk) -> None:
    out = here.folder / "文书.json"
    file = here.folder / "清单.json"
    size = here("audit")["size"]
    assert here.refused("certificate", "status", "-o", file, "--out", out) == "status.out"
    assert here.run("certificate", "status", "-o", file, "--days", 367).exit_code == 2
    assert here("audit")["size"] == size
    believed = trusts.read((here.home / "trust.json").read_bytes())
    draw(here, "清单.json")
    assert statuslist.check(file.read_bytes(), believed).as_of == here.now


def test_the_register_answers_by_number(here: Clerk) -> None:
    number, file = here.certificate(here.numbers["张三"])
    assert here("certificate", "show", f" {number} ")["standing"] == "valid"
    heir = here("certificate", "issue", here.numbers["张三"], "--replaces", number, "-o",
                file.with_name("新.pdf"))["certificate"]  # fmt: skip
    found = here("certificate", "show", number)
    assert (found["standing"], found["successor"]) == ("revoked", heir)
    assert heir in here.run("certificate", "show", number).stdout
    every = here("certificate", "list")["certificates"]
    assert [one["certificate"] for one in every] == [number, heir]
    ended = here("certificate", "list", "--ended", "-o", here.folder / "台账.xlsx")["certificates"]
    assert [one["certificate"] for one in ended] == [number]
    assert here.refused("certificate", "show", heir[:-1]) == "certificate.unknown"
