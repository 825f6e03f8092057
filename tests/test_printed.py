"""Step 11: every word of a page is held against what was proved."""

from dataclasses import fields, replace
from functools import cache, partial
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from certificates import pdf, printed, text, wording
from certificates.claim import Brought, Claim, Honour, Training, totals
from certificates.page import design
from certificates.page.look import Look
from certificates.printed import Stated
from certificates.render import render
from certificates.text import Page
from certificates.wording import ANY, LANGUAGES, Language
from ledger.errors import Unverified
from tests.test_render import IDENTIFIER, LINE, claim, lines

TRAINING = (Training("2026-03-04", "急救技能培训", "示例县红十字会", 120),)
HONOURS = (Honour("2026-05-01", "年度优秀志愿者", "示例县文明办"),)
UNPROVED = ("responsible", "handler", "telephone", "verify_url", "replaces", "paper")


def proved(made: Claim) -> Claim:
    """Return a claim in which nothing is said that nothing proves."""
    rows = tuple(replace(line, leader=ANY) for line in made.lines)
    unproved: dict[str, Any] = dict.fromkeys(UNPROVED, ANY)
    return replace(made, lines=rows, **unproved)


def pages(made: Claim, language: Language = "zh", name: str = "classic") -> tuple[Page, ...]:
    look = Look(design.shipped_one(name), language)
    return text.pages(pdf.read(render(made, identifier=IDENTIFIER, look=look)))


FULL = claim(lines(3), star=2, training=TRAINING, honours=HONOURS, specimen=True)


@pytest.mark.parametrize(
    ("name", "language", "count"), [*product(design.shipped(), LANGUAGES, (1, 6, 40))]
)
def test_an_honest_page_says_what_was_proved(name: str, language: Language, count: int) -> None:
    made = claim(lines(count), star=2, training=TRAINING, honours=HONOURS)
    found, stated = printed.compare(pages(made, language, name), proved(made))
    assert found == language
    values = [each.value for each in stated]
    assert values == ["王建国"] * count + [made.verify_url, "周敏", "林挈", "0700-12345678"]


def former(made: Claim, language: Language, patch: pytest.MonkeyPatch) -> tuple[Page, ...]:
    """Return a page as it was made before the words of some sentences were changed."""
    with patch.context() as then:
        then.setattr(wording, "words", partial(wording.words, former=True))
        return pages(made, language)


def squeezed(made: tuple[Page, ...]) -> str:
    """Return all that pages say, without white space."""
    return "\n".join(text.squeezed(said) for page in made for _, said in page.blocks)


def test_english_names_the_document_and_older_pages_said_id_of_every_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = claim((LINE,), document="护照 E*******0")
    page = pages(made, "en")
    assert any("Passport E*******0" in said for _, said in page[0].blocks)
    printed.compare(page, proved(made))
    older = former(made, "en", monkeypatch)
    assert any("ID E*******0" in said for _, said in older[0].blocks)
    assert printed.compare(older, proved(made))[0] == "en"
    for language in ("zh", "both"):
        with pytest.raises(Unverified):
            printed.compare(pages(replace(made, document="证件 E*******0"), language), proved(made))
    with pytest.raises(Unverified):
        printed.compare(older, proved(replace(made, document="护照 E*******1")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_one_is_spoken_as_of_one_and_older_pages_still_verify(
    language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = claim((LINE,), first="2026-03-02", last="2026-03-02")
    said = squeezed(pages(made, language))
    if language != "zh":
        assert "Total(1record)" in said
        assert "servedon2March2026.Onerecordofservicewasputup" in said
    if language != "en":
        assert "于2026年3月2日参加志愿服务" in said
    older = former(made, language, monkeypatch)
    words = squeezed(older)
    assert ("至2026年3月2日期间" in words, "(1records)" in words) == (
        language != "en",
        language != "zh",
    )
    assert printed.compare(older, proved(made))[0] == language
    with pytest.raises(Unverified):
        printed.compare(older, proved(replace(made, last="2026-03-03")))


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 record of service was"), (2, "2 records of service were")]
)
def test_what_follows_a_closing_is_counted_in_english(count: int, said: str) -> None:
    rows = lines(count)
    sums = totals(rows, BROUGHT)
    made = replace(claim(rows), brought=BROUGHT, by_class=sums, minutes=sum(sums.values()))
    page = pages(made, "en")
    assert said.replace(" ", "") in squeezed(page)
    printed.compare(page, proved(made))


def test_what_nothing_proves_is_told_by_its_label() -> None:
    _, stated = printed.compare(pages(claim((LINE,))), proved(claim((LINE,))))
    assert stated == (
        Stated("负责人", "王建国"),
        Stated("扫码查验", "https://verify.example.org/c"),
        Stated("负责人（签字）", "周敏"),
        Stated("经办人（签字）", "林挈"),
        Stated("联系电话", "0700-12345678"),
    )


def test_a_reissue_names_the_old_certificate() -> None:
    made = claim(replaces="429900-T01-2026-000099-11")
    _, stated = printed.compare(pages(made, "both"), proved(made))
    assert stated[-1] == Stated("In place of", "429900-T01-2026-000099-11")


def test_a_page_may_do_without_what_nobody_gave() -> None:
    made = claim(verify_url="", responsible="", handler="", telephone="")
    _, stated = printed.compare(pages(made), proved(made))
    assert [each.value for each in stated[-3:]] == ["", "", ""]


BROUGHT = Brought("2026-03-31T09:00:00+08:00", 40, 40, {"A": 60, "B": 0, "C": 0, "L": 0})


def _changed() -> list[tuple[str, Claim]]:
    """Return claims that differ from the full one in one thing that is proved."""
    found: list[tuple[str, Claim]] = []
    other: Any
    for one in fields(Claim):
        value = getattr(FULL, one.name)
        if one.name in (
            *UNPROVED,
            "lines",
            "minutes",
            "by_class",
            "brought",
            "training",
            "honours",
        ):
            continue
        other = {str: f"{value}1", int: 5, bool: not value}[type(value)]
        other = "2025-01-01" if one.name in ("first", "last", "issued") else other
        found.append((one.name, replace(FULL, **{one.name: other})))
    row = FULL.lines[1]
    for one in fields(row):
        value = getattr(row, one.name)
        if one.name == "leader":
            continue
        other = {"minutes": 999, "class_": "L", "date": "2026-03-09"}.get(one.name, f"{value}1")
        rows = (FULL.lines[0], replace(row, **{one.name: other}), FULL.lines[2])
        sums: dict[str, Any] = {
            "minutes": sum(each.minutes for each in rows),
            "by_class": totals(rows),
        }
        found.append((f"lines.{one.name}", replace(FULL, lines=rows, **sums)))
    carried: dict[str, Any] = {
        "minutes": FULL.minutes + 60,
        "by_class": totals(FULL.lines, BROUGHT),
    }
    found += [
        ("brought", replace(FULL, brought=BROUGHT, **carried)),
        ("training", replace(FULL, training=())),
        ("training.minutes", replace(FULL, training=(replace(TRAINING[0], minutes=121),))),
        ("honours", replace(FULL, honours=(replace(HONOURS[0], title="别的"),))),
        ("order", replace(FULL, lines=(*FULL.lines[1:], FULL.lines[0]))),
    ]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [name for name, _ in _changed()])
def test_a_page_that_says_anything_else_is_refused(name: str, language: Language) -> None:
    other = dict(_changed())[name]
    if name == "origin":  # printed only where there is no address
        other, honest = replace(other, verify_url=""), replace(FULL, verify_url="")
    else:
        honest = FULL
    with pytest.raises(Unverified, match="was proved"):
        printed.compare(pages(other, language), proved(honest))
    printed.compare(pages(honest, language), proved(honest))


SPECIMEN = claim(lines(20), specimen=True)
KEPT = ("Figure", "Artifact")  # a picture, or what a page may repeat and need not


@given(st.data(), st.sampled_from(["add", "drop", "swap", "tag", "artifact"]))
def test_no_piece_can_be_added_left_out_or_moved(data: st.DataObject, how: str) -> None:
    said = list(pages_of_the_specimen())
    number = data.draw(st.integers(0, len(said) - 1))
    pieces = list(said[number].pieces)
    places = [place for place, (tag, _) in enumerate(pieces) if tag not in KEPT]
    place, other = data.draw(st.sampled_from(places)), data.draw(st.sampled_from(places))
    if how == "add":
        pieces.insert(place, ("P", "另服务 100 小时"))
    elif how == "artifact":
        pieces.insert(place, ("Artifact", "另服务 100 小时"))
    elif how == "drop":
        del pieces[place]
    elif how == "tag":
        pieces[place] = ("LI", pieces[place][1])
    else:
        assume(pieces[place] != pieces[other])
        pieces[place], pieces[other] = pieces[other], pieces[place]
    said[number] = Page(tuple(pieces))
    with pytest.raises(Unverified):
        printed.compare(said, proved(SPECIMEN))


@cache
def pages_of_the_specimen() -> tuple[Page, ...]:
    return pages(SPECIMEN)


def test_a_specimen_says_so_on_every_page_and_an_earnest_page_never() -> None:
    sample, earnest = claim(lines(40), specimen=True), claim(lines(40))
    with pytest.raises(Unverified):
        printed.compare(pages(earnest), proved(sample))
    with pytest.raises(Unverified):
        printed.compare(pages(sample), proved(earnest))
    said = list(pages(sample))
    said[1] = Page(tuple(piece for piece in said[1].pieces if "模拟账本" not in piece[1]))
    with pytest.raises(Unverified):
        printed.compare(said, proved(sample))


def test_a_row_taller_than_a_page_is_read_as_one() -> None:
    rows = tuple(replace(LINE, activity="名" * 900, content="容" * 900) for _ in range(3))
    made = claim(rows)
    said = pages(made)
    assert len(said) > 5
    printed.compare(said, proved(made))
    other = replace(rows[1], content="容" * 899 + "它")
    with pytest.raises(Unverified):
        printed.compare(said, proved(claim((rows[0], other, rows[2]))))
