"""Every name in China can be drawn: GB 18030-2022, level 3, by WenKai, HanaMinA and HanaMinB."""

import unicodedata
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from certificates import text
from certificates.render import render
from certificates.seal import pades
from certificates.typeface.coverage import GB18030, covered
from certificates.typeface.faces import Faces
from tests.test_render import IDENTIFIER, LINE, LONG, claim, others_words, shipped
from tests.test_standards import AT, findings, holder
from tests.typefounder import hanazono

# In the shipped font; in HanaMinA only; in HanaMinB only: extension B, then C, D, E, F.
SHIPPED_ONLY, A_ONLY, B_ONLY = "𰻞", "𡈼", "𠀁𪜀𫝁𫠢𬺴"
# Added to the unified blocks after Unicode 11 (DerivedAge.txt, versions 13.0 to 17.0).
LATER = (
    *range(0x9FF0, 0xA000),
    *range(0x4DB6, 0x4DC0),
    *range(0x2A6D7, 0x2A6E0),
    *range(0x2B735, 0x2B740),
    *range(0x2CEA2, 0x2CEB0),
)
EXTENSION_I = 0x2EBF0  # of Unicode 15.1, behind F


@cache
def chain() -> Faces:
    return Faces([shipped().main, *hanazono()])


def test_level_3_is_what_unicode_11_had_unified() -> None:
    """Python knows names, not ages: what came after Unicode 11 is left out by its code points."""
    unified = {
        code
        for code in (*range(0x3400, 0xFB00), *range(0x20000, EXTENSION_I))
        if unicodedata.name(chr(code), "").startswith("CJK UNIFIED IDEOGRAPH-")
    }
    among_compatibility = {
        code
        for code in range(0xF900, 0xFB00)
        if unicodedata.name(chr(code), "").startswith("CJK COMPATIBILITY IDEOGRAPH-")
        and not unicodedata.decomposition(chr(code))
    }
    assert len(among_compatibility) == 12
    assert unified - set(LATER) | among_compatibility == GB18030
    assert len(GB18030) == 87_887
    assert all(unicodedata.normalize("NFC", chr(code)) == chr(code) for code in GB18030)


def test_each_of_the_87887_ideographs_has_a_glyph_that_is_whole() -> None:
    every = chain()
    assert [f"U+{code:04X}" for code in sorted(GB18030) if every.of(chr(code)) is None] == []
    assert covered(face.glyphs for face in every.all) == 87_887
    assert len(every.all) == 3


def drawn(characters: str, folder: Path) -> None:
    """Draw characters, a hundred a line, and see that both readers give back just these."""
    parts = [characters[at : at + 100] for at in range(0, len(characters), 100)]
    made = claim(tuple(replace(LINE, activity=part) for part in parts))
    page = render(made, identifier=IDENTIFIER, faces=chain())
    ours = text.squeezed(text.page_text(page))
    assert Counter(characters) <= Counter(ours)
    assert others_words(page, folder, "-raw") == ours


@pytest.mark.parametrize("begin", range(0, 87_887, 97 * 200))
def test_every_97th_is_drawn_and_read_back_by_poppler(begin: int, tmp_path: Path) -> None:
    sample = sorted(GB18030)[begin : begin + 97 * 200 : 97]
    drawn("".join(map(chr, sample)), tmp_path)


def test_all_above_the_first_plane_that_the_shipped_font_has(tmp_path: Path) -> None:
    """With these 通用规范汉字表 is whole: 8,105 characters, some of extensions B to E."""
    rare = sorted(code for code in shipped().main.glyphs if code in GB18030 and code > 0xFFFF)
    assert len(rare) > 600
    drawn("".join(map(chr, rare)), tmp_path)


def test_a_page_of_three_faces_conforms_and_is_no_larger_than_it_must(tmp_path: Path) -> None:
    name = f"{SHIPPED_ONLY}{A_ONLY}·{B_ONLY}·{LONG}"
    assert len(name) > 50
    made = claim((replace(LINE, leader=B_ONLY),), name=name)
    page = render(made, identifier=IDENTIFIER, faces=chain())
    for font in (b"+LXGWWenKai-Regular", b"+HanaMinA", b"+HanaMinB"):
        assert font in page
    assert name in text.squeezed(text.page_text(page))
    assert name in others_words(page, tmp_path)
    plain = render(claim((LINE,), name=LONG), identifier=IDENTIFIER, faces=chain())
    assert len(page) - len(plain) < 8 * 1024  # two fonts of six glyphs, and their frames
    sealed = pades.seal(page, b'{"format":"x"}', holder().sealer, signed_at=AT)
    assert findings(sealed) == []


def test_a_page_of_rare_characters_alone_stays_small() -> None:
    sample = "".join(map(chr, sorted(GB18030)[-50_000::1000]))
    page = render(claim((LINE,), name=sample), identifier=IDENTIFIER, faces=chain())
    assert len(page) < 160 * 1024
