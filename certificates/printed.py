"""What a page says is held against what was proved: step 11 of verification, word by word.

Every piece of the page must be the one that `wording` has at its place, in one of its languages; white
space aside, since where a line was broken says nothing. What nothing proves (who signs, a telephone, an
address, a leader's name) is told apart and handed on as the issuer's own word. What stands outside the
flow, heads and feet and sums carried, must be what the page repeats.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice, product
from typing import NamedTuple

from certificates.claim import Claim
from certificates.text import Page, squeezed
from certificates.wording import (
    ADDRESSED,
    ANY,
    CLAIMED,
    LANGUAGES,
    Cell,
    Language,
    Phrase,
    Words,
    words,
)
from ledger.errors import Unverified


class Stated(NamedTuple):
    """Something that the page says and nothing proves: its label, and its value."""

    label: str
    value: str


_Piece = tuple[int, str, str]  # the page it is on, its tag, what it says
_NOTHING: _Piece = (0, "", "")  # where a page ends too early


class _Differs(Exception):
    """A page says something else at a place: how far it agreed, what it says, what was due."""

    def __init__(self, place: int, found: str, due: str) -> None:
        super().__init__(place)
        self.place, self.found, self.due = place, found, due


def compare(pages: Sequence[Page], claim: Claim) -> tuple[Language, tuple[Stated, ...]]:
    """Return the language of a page and what it states unproved; raise `Unverified` if it differs.

    In the claim, what nothing proves is `ANY`; a page may do without a verification address, and
    without an older certificate that it takes the place of. What its code holds is not looked at: a
    page only says which kind it is, and a claim in it is signed by itself.
    """
    furthest = _Differs(-1, "", claim.number)
    pieces = [
        (n, tag, text)
        for n, page in enumerate(pages)
        for tag, text in page.blocks
        if tag != "Figure"  # the code: a picture of the words
    ]
    said = "".join("|".join([text for _, _, text in pieces]).split())
    addressed, signed = (
        any(squeezed(label) in said for label in labels) for labels in (ADDRESSED, CLAIMED)
    )
    addresses = ("", ANY) if signed else (ANY if addressed else "",)
    for former, language, address, old in product((False, True), LANGUAGES, addresses, ("", ANY)):
        kind = ANY if signed else ""
        said_ = replace(claim, verify_url=address, replaces=old, paper=kind)
        due = words(said_, language, former=former)
        try:
            return language, tuple(_flow(pages, pieces, due))
        except _Differs as differs:
            furthest = max(furthest, differs, key=lambda each: each.place)
    found, due_ = furthest.found[:60], furthest.due.replace(ANY, "…")[:60]
    raise Unverified(
        f"the page says “{found}” where “{due_}” was proved",
        f"页面上写的是“{found}”，而经证实的是“{due_}”",
    )


def _flow(pages: Sequence[Page], pieces: Sequence[_Piece], due: Words) -> Iterator[Stated]:
    place, label = 0, ""
    begun: list[int] = []  # the page on which each row begins
    rows = iter(_rows(due))
    blocks = iter(due.blocks())
    for tag, text in blocks:
        page, own, said = pieces[place] if place < len(pieces) else _NOTHING
        if tag == "TD":
            headings, cells = next(rows)
            row = [(tag, text), *islice(blocks, sum(map(len, cells)) - 1)]
            taken, found = _row(pieces, row, place)
            begun.append(page)
            for n, ((_, part), whole) in enumerate(zip(row, found, strict=True)):
                if ANY in part and (gaps := _gaps(part, whole)):
                    yield Stated(_headed(headings, tuple(map(len, cells)), n), gaps[0])
            place += taken
            continue
        if own != tag or not _says(text, said):
            raise _Differs(place, said, text)
        if ANY in text and (gaps := _gaps(text, said)):
            yield Stated(text.partition(ANY)[0].strip() or label, gaps[0])
        label, place = text, place + 1
    if place < len(pieces):
        raise _Differs(place, pieces[place][2], "")
    _check_artifacts(pages, due, begun, place)


def _rows(due: Words) -> Iterator[tuple[tuple[Phrase, ...], tuple[Cell, ...]]]:
    """Give every row of the tables, with what stands above its columns."""
    for table in filter(None, (due.service, due.training, due.honours)):
        for row in table.rows:
            yield table.headings, row


@lru_cache(maxsize=256)  # a template has ten
def _headed(headings: tuple[Phrase, ...], pieces: tuple[int, ...], n: int) -> str:
    """Return what stands above a piece of a row: its own part of `organiser · leader`."""
    columns = (
        (heading, at)
        for heading, count in zip(headings, pieces, strict=True)
        for at in range(count)
    )
    heading, place = next(islice(columns, n, None))
    parts = [text.split(" · ") for text in heading]
    return " ".join(each[min(place, len(each) - 1)] for each in parts)


def _row(
    pieces: Sequence[_Piece], due: Sequence[tuple[str, str]], place: int
) -> tuple[int, list[str]]:
    """Return how many pieces a row takes, and what they say: it may go on over pages, each in turn."""
    found, taken = [""] * len(due), 0
    while True:
        more = pieces[place + taken : place + taken + len(due)]
        same = [tag for _, tag, _ in more] == [tag for tag, _ in due]
        if not same or more[0][0] != more[-1][0]:
            raise _Differs(place, more[0][2] if more else "", due[0][1])
        if taken and more[0][0] != pieces[place + taken - 1][0] + 1:
            wrong = next(n for n, (_, text) in enumerate(due) if not _says(text, found[n]))
            raise _Differs(place + wrong, found[wrong], due[wrong][1])
        found = [one + text for one, (_, _, text) in zip(found, more, strict=True)]
        taken += len(due)
        if all(_says(text, one) for (_, text), one in zip(due, found, strict=True)):
            return taken, found


def _says(due: str, found: str) -> bool:
    """Tell whether a piece says what is due, white space aside."""
    if due == found:  # nearly always
        return True
    return squeezed(due) == squeezed(found) if ANY not in due else _gaps(due, found) is not None


@lru_cache(maxsize=1024)  # leaders and telephones come again
def _gaps(due: str, found: str) -> tuple[str, ...] | None:
    """Return what a piece says where nothing is proved, if it says what is due around it."""
    said = squeezed(found)
    before, _, after = squeezed(due).partition(ANY)
    if ANY not in after:  # nearly always
        held = len(before) + len(after) <= len(said) and said.startswith(before)
        return (
            (said[len(before) : len(said) - len(after)],) if held and said.endswith(after) else None
        )
    pattern = "(.*)".join(map(re.escape, squeezed(due).split(ANY)))
    match = re.fullmatch(pattern, said)
    return match.groups() if match else None


def _check_artifacts(pages: Sequence[Page], due: Words, begun: Sequence[int], place: int) -> None:
    """Hold what stands outside the flow against what a page may repeat, and must."""
    minutes = due.service.minutes
    for number, page in enumerate(pages):
        here = sum(m for m, at in zip(minutes, begun, strict=False) if at == number)
        so_far = sum(m for m, at in zip(minutes, begun, strict=False) if at <= number)
        before = so_far - here
        below, _ = due.carried(here, so_far)
        _, above = due.carried(0, before)
        foot = due.page(number + 1, len(pages))
        may = {squeezed(text) for text in (*due.repeated(), below, above, foot)}
        said = [squeezed(text) for text in page.artifacts]
        for text in said:
            if text not in may:
                raise _Differs(place, text, "")
        for text in (foot, due.specimen):
            if squeezed(text) not in ("", *said):
                raise _Differs(place, "", text)
