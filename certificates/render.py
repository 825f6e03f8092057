"""Render a claim into the page: A4, Chinese, complete in itself, ready to be sealed.

The page is a function of the claim and of sixteen bytes: same inputs, same bytes (under the same
versions of the libraries). It carries its font, one empty signature field, and no script, action
or other field. reportlab draws; the file is written by `certificates.pdf` in the one form that is
read back, which also mends what reportlab writes wrong: the meaning of characters above U+FFFF,
and the line end before `endstream`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import pairwise
from typing import Any
from unicodedata import category, normalize

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont
from reportlab.pdfgen.canvas import Canvas

from certificates import pdf
from certificates.claim import Claim, Line
from certificates.page.drawing import draw
from certificates.page.ornament import HEIGHT, WIDTH
from certificates.page.pen import MM, Pen
from ledger.errors import Rejected

_FONT = "LXGWWenKai"
_REFERENCE = re.compile(rb"\b([0-9]+) 0 R\b")
_LENGTH = re.compile(rb" /Length ([0-9]+)\b")
_BFCHAR = 100  # entries a block: Adobe technical note 5411, section 1.4.1


def render(claim: Claim, *, identifier: bytes) -> bytes:
    """Return the page of a claim; `identifier` is its file identifier, 16 random bytes."""
    if len(identifier) != pdf.IDENTIFIER_SIZE:
        raise ValueError("a file identifier is 16 bytes long")
    claim = _normalised(claim)
    canvas = _drawn(lambda pen: draw(claim, pen), _places(claim), _canvas())
    return bytes(pdf.File(_objects(canvas.getpdfdata(), claim), identifier))


def print_pages(
    draw: Callable[[Pen], None], texts: Iterable[tuple[str, str]], *, title: str, author: str
) -> bytes:
    """Return pages that nobody seals; `texts` are what is drawn, each with the place it stands at."""
    canvas = _canvas(compressed=True)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setCreator("volunteer-ledger")
    data: bytes = _drawn(draw, texts, canvas).getpdfdata()
    return data


def _canvas(*, compressed: bool = False) -> Canvas:
    """Return empty pages; those to be sealed are compressed when their file is written."""
    return Canvas(
        BytesIO(),
        pagesize=(WIDTH * MM, HEIGHT * MM),
        pageCompression=int(compressed),
        invariant=1,
        initialFontName=_font().fontName,
    )


def _drawn(draw: Callable[[Pen], None], texts: Iterable[tuple[str, str]], canvas: Canvas) -> Canvas:
    font = _font()
    _check_glyphs(texts, font)
    draw(Pen(canvas, _FONT, font.stringWidth))
    _mend_characters(canvas, font)
    return canvas


@cache
def _font() -> TTFont:
    """Load the font once: it costs a tenth of a second. Several documents may share it."""
    data = files("certificates").joinpath("fonts", "LXGWWenKai-Regular.ttf").read_bytes()
    font = TTFont(_FONT, BytesIO(data), asciiReadable=False)
    pdfmetrics.registerFont(font)
    return font


def _normalised(claim: Claim) -> Claim:
    """Put every text of a claim into NFC, as what was signed is."""
    lines = tuple(replace(line, **_texts(line)) for line in claim.lines)
    return replace(claim, lines=lines, **_texts(claim))


def _texts(value: Claim | Line) -> dict[str, Any]:
    """Return the fields that are text, in NFC."""
    found = ((field.name, getattr(value, field.name)) for field in fields(value))
    return {name: normalize("NFC", text) for name, text in found if isinstance(text, str)}


def _check_glyphs(texts: Iterable[tuple[str, str]], font: TTFont) -> None:
    """Raise `Rejected` for the first character that would be drawn as a blank or a box."""
    for place, text in texts:
        for character in text:
            drawn = ord(character) in font.face.charToGlyph
            # Format, control and private characters: invisible, or a picture nobody can name.
            if not drawn or category(character) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp"):
                code = f"U+{ord(character):04X}"
                raise Rejected(
                    "certificate.glyph",
                    en=f"{place}: the font cannot draw {character!r} ({code}) in “{text[:60]}”; "
                    "correct the text, or have a font added that has the character",
                    zh=f"{place}：字体无法显示“{text[:60]}”中的“{character}”（{code}）；"
                    "请更正文字，或加装含有此字的字体",
                )


def _places(claim: Claim) -> Iterator[tuple[str, str]]:
    yield from _texts(claim).items()
    for row, line in enumerate(claim.lines, start=1):
        yield from ((f"lines[{row}].{name}", text) for name, text in _texts(line).items())


def _mend_characters(canvas: Canvas, font: TTFont) -> None:
    """Write the fonts' ToUnicode maps (ISO 32000-1, 9.10.3) in UTF-16BE.

    reportlab 5.1 writes the bare code point, five digits above U+FFFF: 𫖯 would be drawn right and
    copied, searched and verified as two other characters.
    """
    document = canvas._doc  # noqa: SLF001 - reportlab has no public way to its own document
    subsets = font.state[document].subsets
    document.delayedFonts.remove(font)
    font.addObjects(document)
    for number, subset in enumerate(subsets):
        name = f"{SUBSETN(number).decode()}+{font.face.name.decode()}"
        document.idToObject[f"toUnicodeCMap:{name}"].content = _cmap(subset)


def _cmap(subset: list[int]) -> bytes:
    """Return the map from codes to characters; code 0 is the box, which is never drawn."""
    rows = [
        f"<{code:02X}> <{chr(character).encode('utf-16-be').hex().upper()}>"
        for code, character in enumerate(subset)
        if character
    ]
    blocks = [rows[i : i + _BFCHAR] for i in range(0, len(rows), _BFCHAR)]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<00> <FF>",
        "endcodespacerange",
        *("\n".join((f"{len(block)} beginbfchar", *block, "endbfchar")) for block in blocks),
        "endcmap",
        "CMapName currentdict /CMap defineresource pop",
        "end",
        "end",
    ]
    return "\n".join(lines).encode()


def _objects(raw: bytes, claim: Claim) -> tuple[bytes, ...]:
    """Take what reportlab wrote apart, and put what the pages need in our order.

    Its catalog, outlines and information dictionary stay behind.
    """
    found, pages = _raw_objects(raw)
    order = _reachable(found, pages)
    numbers = {old: new for new, old in enumerate(order, start=pdf.PAGES)}
    kid = _REFERENCE.search(found[pages])
    first = int(kid[1]) if kid else 0
    drawn = [_rewritten(found[old], numbers) for old in order]
    place = order.index(first)
    drawn[place] = drawn[place].removesuffix(b" >>") + b" /Annots [%d 0 R] >>" % pdf.FIELD
    return (
        b"<< /Type /Catalog /Pages %d 0 R /Lang (zh-CN) /AcroForm %d 0 R"
        b" /ViewerPreferences << /DisplayDocTitle true >> >>" % (pdf.PAGES, pdf.FORM),
        b"<< /Fields [%d 0 R] >>" % pdf.FIELD,
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Seal) /F 132 /Rect [0 0 0 0]"
        b" /P %d 0 R >>" % numbers[first],
        _information(claim),
        *drawn,
    )


def _raw_objects(raw: bytes) -> tuple[dict[int, bytes], int]:
    """Return the objects of reportlab's file by number, and the number of the page tree."""
    start = int(raw.rsplit(b"startxref\n", 1)[1].split(b"\n", 1)[0])
    rows = raw[start:].split(b"trailer", 1)[0].split(b"\n")[3:-1]
    offsets = [*(int(row[:10]) for row in rows), start]
    found = {
        number: raw[begin:end].split(b" obj\n", 1)[1].removesuffix(b"\nendobj\n")
        for number, (begin, end) in enumerate(pairwise(offsets), start=1)
    }
    return found, next(n for n, body in found.items() if b"/Type /Pages\n" in body)


def _reachable(found: dict[int, bytes], start: int) -> list[int]:
    """Return the numbers of an object and of all that it needs, in the order they are met."""
    order = [start]
    for number in order:  # grows while it is walked
        head = found[number].partition(b"\nstream\n")[0]
        order += dict.fromkeys(n for n in map(int, _REFERENCE.findall(head)) if n not in order)
    return order


def _rewritten(body: bytes, numbers: dict[int, int]) -> bytes:
    """Return an object with its references renumbered, on one line, its stream compressed."""
    head, stream, rest = body.partition(b"\nstream\n")
    head = _REFERENCE.sub(lambda ref: b"%d 0 R" % numbers[int(ref[1])], b" ".join(head.split()))
    if not stream:
        return head
    length = _LENGTH.search(head)
    assert length is not None
    return pdf.deflated(_LENGTH.sub(b"", head)[2:-2].strip(), rest[: int(length[1])])


def _information(claim: Claim) -> bytes:
    """Return the information dictionary; the volunteer's name is not repeated in it."""
    day = claim.issued.replace("-", "")
    return b"<< /Title %s /Author %s /Creator (volunteer-ledger) /CreationDate (%s) >>" % (
        _text_string(f"志愿服务记录证明 {claim.number}"),
        _text_string(claim.issuer_name),
        f"D:{day}000000+08'00'".encode(),
    )


def _text_string(text: str) -> bytes:
    """Write a text string (ISO 32000-1, 7.9.2.2)."""
    return b"<%s>" % ("\ufeff" + text).encode("utf-16-be").hex().encode()
