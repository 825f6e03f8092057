"""PDF/A-3a and PDF/UA-1 at once, on the raw bytes, with the signature in place."""

from dataclasses import replace
from functools import cache
from io import BytesIO

import page as validator
import pytest
from PIL import Image

from certificates.claim import Claim, Honour, Training
from certificates.page import design, picture
from certificates.page.look import Look
from certificates.render import render
from certificates.seal import holders, pades
from certificates.seal.holders import Holder
from certificates.wording import LANGUAGES, Language
from tests.test_render import IDENTIFIER, LINE, LONG, RARE, claim, lines

PROFILES = ("3a", "ua1")
AT = "2026-09-01T10:00:00+08:00"
TRAINING = (Training("2026-03-04", "急救技能培训", "示例县红十字会", 120),)
HONOURS = (Honour("2026-05-01", "年度优秀志愿者", "示例县文明办"),)
CLAIMS = {
    "one": claim((LINE,)),
    "six": claim(),
    "many pages": claim(lines(70)),
    "specimen": claim(lines(9), specimen=True),
    "rare": claim(name=RARE[0]),
    "long": claim((replace(LINE, activity="很长的名称" * 180),), name=LONG, handler=LONG),
    "bare": claim(verify_url="", telephone="", responsible="", handler="", document=""),
    "team": claim(issuer_code="", manager="示例县科学技术协会"),
    "all": claim(star=3, training=TRAINING, honours=HONOURS),
}


@cache
def holder() -> Holder:
    founded = "2026-01-01T00:00:00+08:00"
    return holders.issue_seal_certificate(
        holders.found_authority("示例县", founded), "示例县", founded
    )


@cache
def stamp() -> picture.Picture:
    """A round picture with see-through corners, as units supply their seals."""
    image = Image.new("RGBA", (300, 300))
    image.paste((200, 0, 0, 255), (60, 60, 240, 240))
    out = BytesIO()
    image.save(out, "PNG")
    return picture.read(out.getvalue(), "seal.png")


def findings(data: bytes) -> list[str]:
    """Return what the validator has against a file."""
    reports = (validator.validate_pdf_bytes(data, profile=each) for each in PROFILES)
    return [f"{each.rule_id}: {each.message}" for report in reports for each in report.failures]


def sealed(made: Claim, look: Look) -> bytes:
    page = render(made, identifier=IDENTIFIER, look=look)
    return pades.seal(page, b'{"format":"x"}', holder().sealer, signed_at=AT)


@pytest.mark.parametrize("name", CLAIMS)
def test_a_sealed_certificate_conforms_to_both(name: str) -> None:
    assert findings(sealed(CLAIMS[name], Look())) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("one", design.shipped())
def test_so_it_does_in_every_design_and_language(one: str, language: Language) -> None:
    look = Look(design.shipped_one(one), language, logo=stamp(), seal=stamp())
    assert findings(sealed(CLAIMS["all"], look)) == []


def test_the_validator_would_find_something() -> None:
    page = render(claim(), identifier=IDENTIFIER)
    for old, new in (
        (b"/MarkInfo << /Marked true >>", b"/MarkInfo << /Marked fals >>"),
        (b"<pdfaid:part>3", b"<pdfaid:part>9"),
        (b"/CIDToGIDMap /Identity", b"/CIDToGIDMap /Identitx"),
    ):
        assert old in page
        assert findings(page.replace(old, new))
