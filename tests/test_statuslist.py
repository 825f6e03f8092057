"""The file of a status list: what is believed of it, and what is not (`certificates.statuslist`)."""

import tracemalloc
import zlib
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from certificates import statuslist
from certificates.statuslist import Listed
from ledger.encoding import base64, decode, encode
from ledger.errors import LedgerError, Unverified
from ledger.rules.status import MOST_DAYS
from ledger.standings import committed
from ledger.times import later
from tests.forge import Means, Plot, appoint, trusted
from tests.lists import DRAWN, UNTIL, listing, plotted, standings_of, status_file
from tests.scene import ORIGIN, at


def checked(data: bytes) -> Listed:
    return statuslist.check(data, trusted())


def packed(data: bytes) -> dict[str, str]:
    """Return the fields that hold a compressed list."""
    return {"list": base64(data), "sha256": sha256(data).hexdigest()}


def test_a_list_says_whose_it_is_and_how_long_it_may_be_relied_on() -> None:
    plot = plotted("voided")
    found = checked(status_file(plot))
    assert (found.origin, found.as_of, found.next_update) == (ORIGIN, DRAWN, UNTIL)
    assert found.certificates.size == len(plot.steps) - 1


def test_no_flipped_bit_is_accepted() -> None:
    """None, in the whole file: not where it would change an answer, nor where zlib would not mind."""
    data = status_file(plotted("voided", "anew", "reissued"))
    assert checked(data).as_of == DRAWN
    for at_ in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[at_ // 8] ^= 1 << at_ % 8
        with pytest.raises(LedgerError):
            checked(bytes(flipped))


def test_no_part_of_a_file_is_accepted() -> None:
    data = status_file(plotted("fraud"))
    for length in range(len(data)):
        with pytest.raises(LedgerError):
            checked(data[:length])
    for more in (b" ", b"\n", b"\0", data):
        with pytest.raises(LedgerError):
            checked(data + more)


# --- by whom ------------------------------------------------------------------------------------


def of_another_ledger(plot: Plot) -> bytes:
    plot.means = Means(log="other.example.org/log-1", origin="other.example.org/log-1")
    for step in plot.steps.values():
        step.origin = "other.example.org/log-1"
    return status_file(plot, standings_of(plotted("fraud")))


def under_another_key(plot: Plot) -> bytes:
    plot.means = Means(log="a forger's")
    return status_file(plot)


def entries_of_another(plot: Plot) -> bytes:
    listing(plot).origin = "other.example.org/log-1"
    return status_file(plot)


def by_nobody(plot: Plot) -> bytes:
    listing(plot, by="KX/nobody")
    return status_file(plot)


def by_an_issuer(plot: Plot) -> bytes:
    listing(plot, by="KX/i1")
    return status_file(plot, None, "KX/i1")


def by_another_hand(plot: Plot) -> bytes:
    listing(plot).key = "a forger's"
    return status_file(plot)


def by_an_operator_of_an_issuers(plot: Plot) -> bytes:
    found = standings_of(plot)
    step = appoint("KX/op2", "operator", "*", "p-op2", by="KX/i1")
    plot.add("KX/op2", step, before="people")
    listing(plot, found, by="KX/op2", size=found.size + 1)
    return status_file(plot, found, "KX/i1", "KX/op2")


def of_one_organisation(plot: Plot) -> bytes:
    listing(plot).org = "KX"
    return status_file(plot, None, "root")


def a_certificate(plot: Plot) -> bytes:
    plot.steps["status"] = plot.steps.pop("certificate")
    return status_file(plot, standings_of(plotted()))


BY_NOBODY: dict[str, tuple[Callable[[Plot], bytes], str]] = {
    "of another ledger": (of_another_ledger, "not trusted"),
    "under another log key": (under_another_key, "not signed by a trusted"),
    "with an entry of another ledger": (entries_of_another, "another log"),
    "by nobody": (by_nobody, "not enrolled"),
    "by an issuer": (by_an_issuer, "a issuer may not say"),
    "by another hand": (by_another_hand, "bad signature"),
    "by an operator whom an issuer appointed": (by_an_operator_of_an_issuers, "may not say"),
    "of one organisation": (of_one_organisation, "no status of a ledger"),
    "that is none": (a_certificate, ""),
}


@pytest.mark.parametrize("name", BY_NOBODY)
def test_a_list_is_by_an_operator_of_a_trusted_log(name: str) -> None:
    make, says = BY_NOBODY[name]
    with pytest.raises(LedgerError) as refusal:
        checked(make(plotted() if name == "that is none" else plotted("fraud")))
    assert says in refusal.value.en


def test_an_operator_who_was_appointed_says_it_too() -> None:
    plot = plotted("fraud")
    plot.add("KX/op2", appoint("KX/op2", "operator", "*", "p-op2"), before="people")
    listing(plot, by="KX/op2")
    assert checked(status_file(plot, None, "KX/op2")).as_of == DRAWN
    with pytest.raises(LedgerError, match="not enrolled"):
        checked(status_file(plot, None))


def test_witnesses_are_counted() -> None:
    plot = plotted("fraud")
    plot.means = Means(witnesses=("w1",))
    data = status_file(plot)
    assert statuslist.check(data, trusted(1, "w1")).origin == ORIGIN
    with pytest.raises(Unverified, match="2 are needed"):
        statuslist.check(data, trusted(2, "w1", "w2"))


# --- in which form ------------------------------------------------------------------------------


def changed(change: Callable[[Any], None]) -> Callable[[], bytes]:
    def made() -> bytes:
        value = decode(status_file(plotted("fraud")), lines=True)
        change(value)
        return encode(value, lines=True)

    return made


def said(**head: Any) -> Callable[[], bytes]:
    def made() -> bytes:
        plot = plotted("fraud")
        listing(plot, **head)
        return status_file(plot)

    return made


def old() -> bytes:
    """The list of before the revocation, in the file of the statement after it."""
    plot = plotted("fraud")
    listing(plot)
    return status_file(plot, standings_of(plotted()))


def older() -> bytes:
    """A list of fewer entries, to which an operator commits all the same."""
    before = standings_of(plotted())
    plot = plotted("fraud")
    listing(plot, before)
    return status_file(plot, before)


TRUE = zlib.compress(standings_of(plotted("fraud")).write())
WRONG: dict[str, tuple[Callable[[], bytes], str]] = {
    "another entry is shown": (
        lambda: status_file(plotted("fraud"), None, "KX/i1"),
        "more, or less",
    ),
    "the charter is not shown": (changed(lambda v: v["entries"].pop(0)), ""),
    "nothing is shown": (changed(lambda v: v.update(entries=[])), ""),
    "a hash less": (changed(lambda v: v["hashes"].pop()), "missing"),
    "a hash more": (changed(lambda v: v["hashes"].append(v["hashes"][0])), "left over"),
    "another format": (changed(lambda v: v.update(format="volunteer-ledger/status@v2")), ""),
    "a field more": (changed(lambda v: v.update(note="x")), "does not know"),
    "another list": (old, "not the one that was signed"),
    "an older list": (older, "another size"),
    "a damaged copy": (changed(lambda v: v.update(sha256="0" * 64)), "damaged"),
    "what is no zlib": (changed(lambda v: v.update(packed(b"volunteer"))), "unpacked"),
    "a part": (changed(lambda v: v.update(packed(TRUE[:-1]))), "not the one"),
    "something after it": (changed(lambda v: v.update(packed(TRUE + b"x"))), "not the one"),
    "no list": (changed(lambda v: v.update(packed(b""))), "not the one"),
    "relied on for ever": (said(next_update=later(DRAWN, days=MOST_DAYS + 1)), "366 days"),
    "relied on no longer": (said(next_update=DRAWN), "366 days"),
    "of another size": (said(size=7), "another size"),
    "above any size": (said(list={"length": 2**40, "sha256": "0" * 64}), "64 MiB"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_in_another_form_says_nothing(name: str) -> None:
    make, says = WRONG[name]
    with pytest.raises(LedgerError) as refusal:
        checked(make())
    assert says in refusal.value.en
    assert refusal.value.en != refusal.value.zh


@pytest.mark.parametrize("promised", [True, False])
def test_what_would_fill_the_memory_is_not_unpacked(promised: bool) -> None:
    """A gigabyte in a megabyte: no more than was signed for is unpacked, and that has a bound."""
    squeeze = zlib.compressobj(9)
    bomb = b"".join(squeeze.compress(bytes(2**20)) for _ in range(1024)) + squeeze.flush()
    plot = plotted("fraud")
    found = standings_of(plot)
    length = 2**30 if promised else committed(found.write()).length
    listing(plot, found, list={"length": length, "sha256": "0" * 64})
    data = status_file(plot, found, **packed(bomb))
    tracemalloc.start()
    with pytest.raises(Unverified):
        checked(data)
    assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    tracemalloc.stop()


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(Unverified, match="32 MiB"):
        checked(b" " * (statuslist.MAX_SIZE + 1))


def test_fields_of_a_later_statement_are_skipped() -> None:
    plot = plotted("fraud")
    listing(plot).head["weather"] = "rain"
    assert checked(status_file(plot)).as_of == at("25 10:00")
