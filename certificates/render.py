"""Render a claim into the page: A4, complete in itself, ready to be sealed.

The page is a function of the claim, of how it is to look, and of sixteen bytes: same inputs, same bytes
(under the same versions of zlib and of the fonts). It is PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO
14289-1) from the first byte: fonts, colours and metadata lie in it, every piece says what it is. It
carries one empty signature field, and no script, action or other field.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from string import digits
from typing import Any
from unicodedata import is_normalized, normalize

from certificates import pdf, wording
from certificates.claim import Claim, Honour, Line, Training, totals
from certificates.page import colours, metadata, tags
from certificates.page.closing import PLACE
from certificates.page.drawing import draw
from certificates.page.ink import Ink
from certificates.page.look import Look
from certificates.page.ornament import HEIGHT, WIDTH
from certificates.page.pen import MM, Pen
from certificates.page.picture import Picture
from certificates.page.tags import Element
from certificates.typeface import installed
from certificates.typeface.embedding import OBJECTS
from certificates.typeface.faces import Faces

_MEDIA = f"[0 0 {WIDTH * MM:.2f} {HEIGHT * MM:.2f}]".encode()
_ANY_DAY = "2000-01-01"
_ROWS = ("lines", "training", "honours")
_SEAL = "电子签章 electronic seal"  # of the field, for who cannot see it


@dataclass(frozen=True, slots=True)
class Info:
    """What a document says of itself."""

    title: str
    author: str
    created: str  # a day
    language: str


def render(
    claim: Claim, *, identifier: bytes, look: Look | None = None, faces: Faces | None = None
) -> bytes:
    """Return the page of a claim; `identifier` is its file identifier, 16 random bytes.

    It is drawn with the faces of this computer, unless others are given.
    """
    look, said = look or Look(), _joined(claim)
    if not is_normalized("NFC", said):  # as what was signed is
        claim = _normalised(claim)
        said = _joined(claim)
    words = wording.words(claim, look.language)
    ink = Ink(faces or installed.at_hand(), _printed(look.language))
    if ink.faces.missing(said):
        ink.faces.check(_places(claim))
    document = Element("Document")
    draw(words, claim.lookup, look, Pen(ink), document)
    title = f"{words.title[0]} {claim.number}"  # the volunteer's name is not repeated in it
    info = Info(title, claim.issuer_name, claim.issued, words.tongues[0])
    return _file(ink, document, info, identifier, look.seal)


@cache
def _printed(language: wording.Language) -> str:
    """Return the characters of a form that nobody has filled in.

    With the same codes on every certificate, headings and labels are the same bytes on all, and whoever
    reads many reads them once.
    """
    blank = Claim(
        "", "", "", "", _ANY_DAY, _ANY_DAY, (), 0, totals(()), "", "", "", "", "", "", _ANY_DAY, "", "",
        specimen=False,
    )  # fmt: skip
    words = wording.words(blank, language)
    texts = (digits, *(text for _, text in words.blocks()), *words.repeated(), words.page(1, 1))
    return "".join(dict.fromkeys("".join(texts)))


def print_pages(
    draw_: Callable[[Pen, Element], None],
    texts: Iterable[tuple[str, str]],
    info: Info,
    *,
    identifier: bytes = bytes(pdf.IDENTIFIER_SIZE),
) -> bytes:
    """Return pages that nobody seals; `texts` are what is drawn, each with the place it stands at."""
    ink, document = Ink(installed.at_hand()), Element("Document")
    ink.faces.check(texts)
    draw_(Pen(ink), document)
    return _file(ink, document, info, identifier, None)


def _file(
    ink: Ink, document: Element, info: Info, identifier: bytes, seal: Picture | None
) -> bytes:
    """Put pages together with all that they need: fonts, drawings, metadata, structure."""
    if len(identifier) != pdf.IDENTIFIER_SIZE:
        raise ValueError("a file identifier is 16 bytes long")
    count = len(ink.pages)
    pages = range(pdf.PAGES + 1, pdf.PAGES + 1 + count)
    later = list[bytes]()  # everything behind the pages

    def put(*objects: bytes) -> int:
        """Add objects, and return the number of the first."""
        later.extend(objects)
        return pages.stop + len(later) - len(objects)

    contents = [put(pdf.deflated(b"", content)) for content in ink.pages]
    number, kept = pages.stop + len(later), []
    for place, font in enumerate(ink.fonts, start=1):
        if font.characters:
            kept.append(b"/F%d %d 0 R" % (place, number))
            number = put(*font.objects(number)) + OBJECTS
    drawn = [b"/%s %d 0 R" % (name.encode(), put(form)) for name, form in ink.forms.items()]
    for name, picture in ink.pictures.items():
        drawn.append(
            b"/%s %d 0 R" % (name.encode(), put(*picture.objects(pages.stop + len(later))))
        )
    resources = put(b"<< /Font << %s >> /XObject << %s >> >>" % (b" ".join(kept), b" ".join(drawn)))
    stamp = put(*_appearance(seal, pages.stop + len(later)))
    profile = put(colours.profile())
    xmp = put(metadata.stream(info))
    first = pages.stop + len(later) + 1  # behind the object stream that packs it
    tree = tags.write(document, first=first, pages=pages, counts=ink.counts, field_=pdf.FIELD)
    put(pdf.packed(first, tree))
    objects = (
        b"<< /Type /Catalog /Pages %d 0 R /Lang (%s) /MarkInfo << /Marked true >>"
        b" /StructTreeRoot %d 0 R /Metadata %d 0 R /OutputIntents [%s]"
        b" /ViewerPreferences << /DisplayDocTitle true >> /AcroForm %d 0 R >>"
        % (pdf.PAGES, info.language.encode(), first, xmp, colours.intent(profile), pdf.FORM),
        b"<< /Fields [%d 0 R] >>" % pdf.FIELD,
        _field(pages[-1], stamp, count),
        metadata.dictionary(info),
        b"<< /Type /Pages /Count %d /Kids [%s] >>"
        % (count, b" ".join(b"%d 0 R" % page for page in pages)),
        *(
            b"<< /Type /Page /Parent %d 0 R /MediaBox %s /Resources %d 0 R /Contents %d 0 R"
            b" /StructParents %d /Tabs /S /Group << /S /Transparency /CS /DeviceRGB >>%s >>"
            % (pdf.PAGES, _MEDIA, resources, content, place, _annotations(place == count - 1))
            for place, content in enumerate(contents)
        ),
        *later,
    )
    return bytes(pdf.File(objects, len(tree), identifier))


def _annotations(last: bool) -> bytes:  # noqa: FBT001
    return b" /Annots [%d 0 R]" % pdf.FIELD if last else b""


def _field(page: int, appearance: int, key: int) -> bytes:
    """Return the signature field: where the stamp stands, so that a click on it shows the seal."""
    rectangle = " ".join(f"{side * MM:.2f}" for side in PLACE).encode()
    return (
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Seal) /TU %s /F 132 /Rect [%s] /P %d 0 R"
        b" /StructParent %d /AP << /N %d 0 R >> >>"
        % (metadata.text_string(_SEAL), rectangle, page, key, appearance)
    )


def _appearance(seal: Picture | None, first: int) -> tuple[bytes, ...]:
    """Return what the field looks like: the unit's own seal inside the square, or nothing."""
    side = (PLACE[2] - PLACE[0]) * MM
    head = b"/Type /XObject /Subtype /Form /BBox [0 0 %.2f %.2f]" % (side, side)
    if seal is None:
        return (pdf.stream(b"%s /Resources << >>" % head, b""),)
    room = side - 2 * MM
    scale = room / max(seal.width, seal.height)
    width, height = seal.width * scale, seal.height * scale
    place = ((side - width) / 2, (side - height) / 2)
    drawn = b"q %.2f 0 0 %.2f %.2f %.2f cm /Seal Do Q" % (width, height, *place)
    named = b"%s /Resources << /XObject << /Seal %d 0 R >> >>" % (head, first + 1)
    return (pdf.stream(named, drawn), *seal.objects(first + 1))


def _normalised(claim: Claim) -> Claim:
    """Put every text of a claim into NFC."""
    rows: dict[str, Any] = {
        name: tuple(replace(row, **_normal(row)) for row in getattr(claim, name)) for name in _ROWS
    }
    return replace(claim, **rows, **_normal(claim))


def _normal(value: Claim | Line | Training | Honour) -> dict[str, Any]:
    return {name: normalize("NFC", text) for name, text in _texts(value)}


def _texts(value: Claim | Line | Training | Honour) -> Iterator[tuple[str, str]]:
    """Give the fields that are text."""
    found = ((name, getattr(value, name)) for name in type(value).__slots__)
    return ((name, text) for name, text in found if isinstance(text, str))


def _joined(claim: Claim) -> str:
    """Return all texts of a claim as one."""
    values = (claim, *(row for name in _ROWS for row in getattr(claim, name)))
    return " ".join([text for value in values for _, text in _texts(value)])


def _places(claim: Claim) -> Iterator[tuple[str, str]]:
    """Give every text of a claim, with the place it has there."""
    yield from _texts(claim)
    for name in _ROWS:
        for number, row in enumerate(getattr(claim, name), start=1):
            yield from ((f"{name}[{number}].{key}", text) for key, text in _texts(row))
