"""What a unit may choose of the page: its template, its pictures, its settings; what hurts is refused.

Holds certificates.page.design, certificates.page.picture and the settings of ledger.home.
"""

import io
import re
import subprocess
import zlib
from importlib.resources import files
from pathlib import Path

import pytest
from PIL import Image

from certificates.page import design, picture
from certificates.page.look import Look
from certificates.render import render
from certificates.wording import LANGUAGES, Language
from ledger.errors import Malformed, Rejected
from ledger.home import Home
from tests.test_render import IDENTIFIER, claim, lines, tool

CLASSIC = files("certificates").joinpath("templates", "classic.toml").read_text("utf-8")


# --- templates -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('tint = "#F6F1E9"', 'tint = "#222222"', "too dark"),
        ('pale = "#EDE7DB"', 'pale = "#404040"', "too dark"),
        ('accent = "#991719"', 'accent = "#FFEE88"', "too light"),
        ("number = 226.4", "number = 241.5", "overlap"),
        ("\nname = 220.0", "\nname = 226.4", "overlap"),
        ("rule = 222.8", "rule = 226.5", "overlap"),
        ("title_size = 35.0", "title_size = 48.0\nx = 1", "x"),
        ("title_size = 35.0", "title_size = 350", "title_size"),
        ('align = "middle"', 'align = "right"', "align"),
        ("number = 226.4\n", "", "number"),
        ('line = "#AB8540"', 'line = "red"', "#RRGGBB"),
        ("[head]", "[head", "template"),
    ],
)
def test_a_template_whose_words_could_not_be_read_is_refused(old: str, new: str, says: str) -> None:
    assert old in CLASSIC
    with pytest.raises(Rejected, match=says) as caught:
        design.read(CLASSIC.replace(old, new), "own")
    assert not re.search("[a-z] [a-z]", caught.value.zh)  # no library's English in it


# --- pictures ------------------------------------------------------------------------------------


def file(image: Image.Image, kind: str = "PNG", **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        file(Image.new("RGBA", (100, 100), (255, 0, 0, 0))),
        file(Image.new("RGB", (1, 1))),
        file(Image.new("RGB", (100, 100)), "GIF"),
        b"",
        b"no picture",
        file(Image.new("RGB", (100, 100)))[:60],
    ],
    ids=["clear", "dot", "gif", "empty", "text", "cut"],
)
def test_a_picture_with_nothing_to_see_is_refused_in_plain_words(data: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        picture.read(data, "印章.png")
    assert "印章.png" in caught.value.zh
    assert "BytesIO" not in caught.value.en
    assert "cannot" not in caught.value.zh


def test_sixteen_bits_a_sample_keep_their_grey() -> None:
    grey = Image.new("I;16", (20, 20), 30_000)
    colours = zlib.decompress(picture.read(file(grey), "x").colours)
    assert abs(colours[0] - 30_000 * 255 / 65_535) <= 1


def test_a_photograph_is_upright() -> None:
    turned = Image.new("RGB", (40, 20))
    exif = turned.getexif()
    exif[0x0112] = 6  # Exif 2.3, 4.6.4: the row on top is the right side
    found = picture.read(file(turned, "JPEG", exif=exif), "x")
    assert (found.width, found.height) == (20, 40)


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        f'responsible = "{"长" * 41}"',
        f'telephone = "{"1" * 61}"',
        f'verify_url = "https://example.org/{"x" * 150}"',
        'verify_url = "javascript:alert(1)"',
        'verify_url = "https://x y/中文"',
    ],
)
def test_a_setting_that_could_not_be_read_or_opened_is_refused(line: str, tmp_path: Path) -> None:
    (tmp_path / "association.toml").write_text(line, encoding="utf-8")
    with pytest.raises(Malformed):
        Home(tmp_path).association()
    (tmp_path / "association.toml").write_text(
        'verify_url = "https://example.org/?n="', encoding="utf-8"
    )
    assert Home(tmp_path).association().verify_url


# --- what readers of PDF find -------------------------------------------------------------------


@pytest.mark.parametrize("name", design.shipped())
@pytest.mark.parametrize("language", LANGUAGES)
def test_spread_letters_are_one_word_to_every_reader(
    name: str, language: Language, tmp_path: Path
) -> None:
    look = Look(design.shipped_one(name), language)
    (tmp_path / "x.pdf").write_bytes(render(claim(lines(3)), identifier=IDENTIFIER, look=look))
    command = [tool("pdftotext"), "-raw", "-enc", "UTF-8", str(tmp_path / "x.pdf"), "-"]
    said = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    assert "certificate of volunteer service" in said.lower()
    assert "志愿服务记录证明" in said
