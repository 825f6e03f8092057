"""Our file against the stock path's: the same text, the same pixels, as good a signature."""

import subprocess
from pathlib import Path

import pytest

from benchmarks import stock
from certificates.claim import Honour, Training
from certificates.page import design
from certificates.page.look import Look
from certificates.render import render
from certificates.seal import holders, pades
from certificates.wording import LANGUAGES, Language
from tests.test_render import IDENTIFIER, claim, lines, tool

SCALE = 72  # points an inch


def pixels(page: bytes, folder: Path) -> list[bytes]:
    """Return the pages as grey pixels."""
    file = folder / "page.pdf"
    file.write_bytes(page)
    run = [tool("pdftoppm"), "-gray", "-r", str(SCALE), str(file), str(folder / "p")]
    subprocess.run(run, check=True, capture_output=True)
    found = sorted(folder.glob("p-*.pgm"))
    shown = [each.read_bytes().split(b"255\n", 1)[1] for each in found]
    for each in found:
        each.unlink()
    return shown


def words(page: bytes, folder: Path) -> str:
    file = folder / "page.pdf"
    file.write_bytes(page)
    run = [tool("pdftotext"), "-enc", "UTF-8", "-raw", str(file), "-"]
    said = subprocess.run(run, check=True, capture_output=True).stdout.decode()
    return "".join(said.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", design.shipped())
def test_text_and_pixels_are_those_of_the_stock_path(
    name: str, language: Language, tmp_path: Path
) -> None:
    look = Look(design.shipped_one(name), language)
    more = {
        "star": 2, "name": "欧阳致远", "specimen": True,
        "training": (Training("2026-03-04", "急救技能培训", "示例县红十字会", 120),),
        "honours": (Honour("2026-05-01", "年度优秀志愿者", "示例县文明办"),),
    }  # fmt: skip
    made = claim(lines(30), **more)
    ours, theirs = render(made, identifier=IDENTIFIER, look=look), stock.page(made, look)
    assert words(ours, tmp_path) == words(theirs, tmp_path)
    for one, two in zip(pixels(ours, tmp_path), pixels(theirs, tmp_path), strict=True):
        far = sum(abs(a - b) > 64 for a, b in zip(one, two, strict=True))
        assert far / len(one) < 0.002  # rounding of coordinates, nothing more


def test_both_signatures_hold_for_poppler(tmp_path: Path) -> None:
    founded = "2026-01-01T00:00:00+08:00"
    authority = holders.found_authority("示例县", founded)
    holder = holders.issue_seal_certificate(authority, "示例县", founded)
    at = "2026-09-01T10:00:00+08:00"
    ours = pades.seal(render(claim(), identifier=IDENTIFIER), b"{}", holder.sealer, signed_at=at)
    theirs = stock.sealed(stock.page(claim(name="欧阳致远")), holder)
    for data in (ours, theirs):
        file = tmp_path / "page.pdf"
        file.write_bytes(data)
        said = subprocess.run([tool("pdfsig"), file], capture_output=True, check=False).stdout
        assert b"Signature is Valid" in said
        assert b"Total document signed" in said
