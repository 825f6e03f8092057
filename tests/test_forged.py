"""Certificates of a forger who holds the log's key, every officer's, or none: what we say of them.

Each forgery of `tests.forgeries` is complete and consistent but for the one thing it is named
after. The stranger's verifier is asked about the same files in `test_stranger`.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from certificates import envelope, ground, proof
from certificates.seal import pades
from certificates.told import check_logged, tell
from certificates.verdict import Verdict
from certificates.verify import _check_file, verify
from ledger import admit, encoding
from ledger.book import Book
from ledger.encoding import base64
from ledger.errors import LedgerError
from tests import forgeries
from tests.forge import Means, Plot, Workshop, trusted
from tests.forgeries import FORGERIES, FORMS, SPLICED, UNLOGGED, Forgery
from tests.forgeries_beside import BESIDE, INKED
from tests.forgeries_carried import CARRIED, SAID


def says(verdict: Verdict) -> str:
    return " | ".join(reason.en for reason in verdict.reasons)


@cache
def honest() -> bytes:
    return Plot.honest().make()


def test_the_honest_certificate_is_genuine_and_logged() -> None:
    verdict = verify(honest(), trusted())
    assert (verdict.genuine, verdict.logged, verdict.witnesses) == (True, True, 0)
    assert verdict.standing == "unknown"
    assert (verdict.certificate["name"], verdict.certificate["minutes"]) == ("李𫖯", 300)


def test_what_stands_beside_the_lines_is_proved() -> None:
    found = verify(Plot.full().make(), trusted()).certificate
    assert (found["star"], found["minutes"]) == (1, 300)
    assert found["training"] == [
        {"date": day, "course": "急救培训", "host": "红十字会", "minutes": minutes}
        for day, minutes in (("2026-03-02", 90), ("2026-03-05", 30))
    ]
    assert found["honours"] == [
        {"date": day, "title": "优秀志愿者", "grantor": "示例县科协"}
        for day in ("2026-03-02", "2026-03-10")
    ]


def test_what_is_carried_over_is_proved_as_the_operator_s_word() -> None:
    verdict = verify(Plot.carrying().make(), trusted())
    found = verdict.certificate
    assert (verdict.genuine, verdict.logged, found["minutes"]) == (True, True, 300), says(verdict)
    assert (found["carried"]["minutes"], len(found["lines"])) == (180, 1)
    assert "operator's word" in says(verdict)


def test_what_was_not_asked_for_is_not_said() -> None:
    found = verify(honest(), trusted()).certificate
    assert (found["star"], found["training"], found["honours"]) == (None, [], [])


@pytest.mark.parametrize(
    "base", [Plot.honest, Plot.full, Plot.carrying], ids=["plain", "full", "carrying"]
)
def test_the_honest_ledger_is_admitted_whole(base: Callable[[], Plot]) -> None:
    """What the forger starts from breaks no rule, so each forgery is refused for its own fault."""
    plot, book = base(), Book()
    shop = Workshop(plot)
    for name, entry in zip(plot.steps, shop.entries(), strict=True):
        heard = admit.hear(book, entry, shop.note(name)[1])
        admit.apply(book, heard, admit.admit(book, heard))
    assert book.size == len(plot.steps)


@pytest.mark.parametrize(
    "forgery",
    [*FORGERIES, *BESIDE, *INKED, *CARRIED, *SAID],
    ids=lambda forgery: forgery.name,
)
def test_a_forgery_is_not_genuine(forgery: Forgery) -> None:
    verdict = verify(forgery.make(), trusted())
    assert not verdict.genuine
    assert forgery.says in says(verdict)
    assert verdict.certificate == {} or forgery.step in ("10", "11")


@pytest.mark.parametrize("forgery", FORMS, ids=lambda forgery: forgery.name)
def test_a_proof_in_another_form_proves_nothing(forgery: Forgery) -> None:
    verdict = verify(forgery.make(), trusted())
    assert (verdict.genuine, verdict.logged, verdict.certificate) == (False, False, {})
    assert forgery.says in says(verdict)


@pytest.mark.parametrize("forgery", UNLOGGED, ids=lambda forgery: forgery.name)
def test_what_no_log_vouches_for_is_genuine_and_not_logged(forgery: Forgery) -> None:
    verdict = verify(forgery.make(), trusted())
    assert (verdict.genuine, verdict.logged, verdict.witnesses) == (True, False, 0)
    assert forgery.says in says(verdict)


@pytest.mark.parametrize("splice", SPLICED, ids=lambda splice: splice.__name__)
def test_parts_of_two_certificates_are_no_certificate(splice: Callable[[], bytes]) -> None:
    assert not verify(splice(), trusted()).genuine


@pytest.mark.parametrize(
    "change",
    [forgeries.a_charter_whose_row_is_hidden, forgeries.an_issuer_of_the_whole_ledger],
    ids=lambda change: change.__name__,
)
def test_what_the_design_leaves_open_is_refused(change: Callable[[Plot], None]) -> None:
    assert not verify(Forgery(change, "", "").make(), trusted()).genuine


@pytest.mark.parametrize(
    ("cosigned", "quorum", "counted"),
    [
        ((), 0, 0),
        (("w1",), 1, 1),
        (("w1", "w2"), 2, 2),
        (("w1", "w2", "stranger"), 2, 2),
        (("w1", "w2", "w3"), 2, 3),
        (("stranger",), 0, 0),
        ((), 1, None),
        (("w1",), 2, None),
        (("w1", "w1"), 2, None),
        (("w1", "stranger"), 2, None),
    ],
)
def test_a_quorum_counts_trusted_witnesses_once(
    cosigned: tuple[str, ...], quorum: int, counted: int | None
) -> None:
    plot = replace(Plot.honest(), means=Means(witnesses=cosigned))
    verdict = verify(plot.make(), trusted(quorum, "w1", "w2", "w3"))
    assert (verdict.genuine, verdict.logged) == (True, counted is not None)
    assert verdict.witnesses == (counted or 0)


def test_fields_of_a_later_version_are_skipped() -> None:
    plot = Plot.honest()
    plot["sheet"].head["weather"] = "rain"
    plot["sheet"].rows[0]["shoes"] = ["wet"]
    assert verify(plot.make(), trusted()).genuine


def test_a_seal_expired_today_was_good_at_the_stamp() -> None:
    """The certificate is judged at the stamp of its entry, not at the day of reading."""
    plot = Plot.honest()
    plot.means.seal = "ending"
    assert verify(plot.make(), trusted()).genuine


def test_a_specimen_says_so() -> None:
    plot = Plot.honest()
    plot["charter"].head["clock"] = "simulated"
    verdict = verify(plot.make(), trusted())
    assert verdict.specimen
    assert verdict.standing != "valid"
    assert "specimen" in [reason.code for reason in verdict.reasons]


# --- no bytes make it fall over ---------------------------------------------------------------


def altered(value: Any, choice: random.Random) -> Any:
    """Return a JSON value with one place of it changed, of any kind."""
    if isinstance(value, dict) and value and choice.random() < 0.9:
        key = choice.choice(sorted(value))
        if choice.random() < 0.1:
            return {k: v for k, v in value.items() if k != key}
        return value | {key: altered(value[key], choice)}
    if isinstance(value, list) and value and choice.random() < 0.9:
        place = choice.randrange(len(value))
        if choice.random() < 0.2:
            return value[:place] + value[place + 1 :]
        return [*value[:place], altered(value[place], choice), *value[place + 1 :]]
    if isinstance(value, str) and value and choice.random() < 0.5:
        place = choice.randrange(len(value))
        return value[:place] + choice.choice('0Aé\n"{ ') + value[place + 1 :]
    return choice.choice([0, -1, 2**53 - 1, "", "x", [], {}, True, base64(bytes(32))])


def test_no_altered_proof_is_genuine_or_makes_us_fall_over() -> None:
    choice = random.Random(1)  # the same proofs every run
    shop = Workshop(Plot.full())
    known = shop.proof()
    for _ in range(200):
        changed = altered(known, choice)
        data = encoding.encode(changed, lines=True)
        file = pades.seal(
            shop.page, data, shop.holder.sealer, signed_at="2026-03-20T10:00:00+08:00"
        )
        verdict = verify(file, trusted())
        assert changed == known or not (verdict.genuine and verdict.logged)


def test_no_altered_row_is_genuine_or_makes_us_fall_over() -> None:
    """An insider may sign any row and any head: what is senseless is refused with a reason."""
    choice = random.Random(2)
    skipped = {"charter", "ruleset"}
    for _ in range(60):
        plot = Plot.full()
        step = plot[choice.choice([name for name in plot.steps if name not in skipped])]
        where = choice.randrange(len(step.rows))
        step.rows[where] = altered(step.rows[where], choice)
        try:
            file = plot.make()
        except (TypeError, KeyError, ValueError, AttributeError, LedgerError):
            continue  # senseless even to the forger
        assert verify(file, trusted()).reasons


# --- no flipped bit ---------------------------------------------------------------------------


@cache
def one_line() -> bytes:
    """Return a certificate of one line, as small as they come."""
    plot = Plot.honest()
    plot.certify(180, forgeries.FIRST)
    plot.paper = replace(plot.paper, design="plain")
    return plot.make()


class Flips:
    """Whether a flipped certificate is refused, told as `verify` would, but without repeating what
    cannot have changed: the proof of a file with the same attachment is judged once."""

    def __init__(self, file: bytes) -> None:
        self.file = bytearray(file)
        parts = envelope.split(file)
        found = proof.read(parts.attachment)
        self.page, self.attachment = len(parts.page), parts.attachment
        origin = found.checkpoint.partition("\n")[0]
        self.judged = ground.judge(found, tell(found.entries, origin))
        _check_file(file, parts, self.judged, trusted())

    def refused(self, place: int, bit: int) -> bool:
        self.file[place] ^= 1 << bit
        flipped = bytes(self.file)
        self.file[place] ^= 1 << bit
        try:
            parts = envelope.split(flipped)
            if parts.attachment == self.attachment:
                _check_file(flipped, parts, self.judged, trusted_once())
        except LedgerError:
            return True
        return not verify(flipped, trusted_once()).genuine


trusted_once = cache(trusted)


@cache
def flips() -> Flips:
    return Flips(one_line())


PARTS = 8  # so that several processes share the work


@pytest.mark.parametrize("part", range(PARTS))
def test_no_flipped_bit_is_accepted(part: int) -> None:
    """Every bit of the whole file: the page, the attachment, the update, the signature."""
    checked = flips()
    for place in range(part, len(checked.file), PARTS):
        for bit in range(8):
            assert checked.refused(place, bit), (place, bit)


def test_flips_are_judged_as_verify_judges_them() -> None:
    choice = random.Random(5)
    file = one_line()
    assert verify(file, trusted()).genuine
    for place in choice.sample(range(8 * len(file)), 60):
        flipped = bytearray(file)
        flipped[place // 8] ^= 1 << place % 8
        assert not verify(bytes(flipped), trusted()).genuine
        assert flips().refused(place // 8, place % 8)


def test_no_flipped_bit_of_what_stands_beside_the_lines_is_accepted() -> None:
    """In proof.json before it is packed: statements, rows and hashes of star, training, honours."""
    choice = random.Random(6)
    shop = Workshop(Plot.full())
    data = shop.attachment()
    assert logged(data)
    for entry in shop.proof()["entries"]:
        if any(f'"kind":"{kind}"' in entry["entry"] for kind in ("training", "honour", "award")):
            written = encoding.encode(entry, lines=True)
            start = data.index(written)
            for place in choice.sample(range(8 * len(written)), 400):
                flipped = bytearray(data)
                flipped[start + place // 8] ^= 1 << place % 8
                assert not logged(bytes(flipped)), place


def logged(data: bytes) -> bool:
    """Tell whether a proof holds: steps 1 to 9."""
    try:
        found = proof.read(data)
        checkpoint, _ = trusted_once().check(found.checkpoint.encode())
        told = tell(found.entries, checkpoint.origin)
        check_logged(told, found.hashes, checkpoint)
        ground.judge(found, told)
    except LedgerError:
        return False
    return True


def test_bytes_appended_or_cut_off_are_refused() -> None:
    file = one_line()
    for changed in (
        file + b"\n",
        file + b"\0",
        file[:-1],
        file + file,
        b"",
        file[: len(file) // 2],
    ):
        assert not verify(changed, trusted()).genuine
