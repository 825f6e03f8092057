"""The stock path: the same words drawn by reportlab, sealed by pyHanko. What ours is held against.

Slow and ordinary on purpose: a canvas, a font subset by the library, a signature by the library. It draws
what `certificates.page` asks of a surface, so only what writes the file differs.
"""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from certificates import wording
from certificates.claim import Claim
from certificates.page.drawing import draw
from certificates.page.look import Look
from certificates.page.ornament import HEIGHT, WIDTH, Dress, Letters, Shape
from certificates.page.pen import MM, Pen, Point
from certificates.page.picture import Picture
from certificates.page.tags import Element
from certificates.seal.holders import Holder

_FONT = "certificates/fonts/LXGWWenKai-Regular.ttf"


@cache
def font() -> TTFont:
    """Load the font that is shipped."""
    from pathlib import Path

    found = TTFont("WenKai", BytesIO(Path(__file__).parents[1].joinpath(_FONT).read_bytes()))
    pdfmetrics.registerFont(found)
    return found


class Sheet:
    """A canvas of reportlab as a surface; it knows nothing of parts."""

    def __init__(self) -> None:
        self.canvas: Any = Canvas(BytesIO(), pagesize=(WIDTH * MM, HEIGHT * MM), pageCompression=1)
        self._worn: set[str] = set()

    def width(self, text: str, size: float) -> float:
        """Return the width of a text."""
        wide: float = font().stringWidth(text, size)
        return wide

    def open(self, element: Element | None, tag: str = "", whole: str = "") -> None:
        """Begin a piece: nothing here."""

    def close(self) -> None:
        """End a piece: nothing here."""

    def show(self, text: str, at: Point, letters: Letters) -> None:
        """Write a text from a point."""
        canvas = self.canvas
        canvas.saveState()
        canvas.setFillColorRGB(*letters.colour)
        canvas.setStrokeColorRGB(*letters.colour)
        canvas.setLineWidth(letters.bold)
        canvas.setFont(font().fontName, letters.size)
        canvas.translate(*at)
        canvas.rotate(letters.turn)
        mode = 2 if letters.bold else None
        canvas.drawString(0, 0, text, mode=mode, charSpace=letters.spread)
        canvas.restoreState()

    def shape(self, shape: Shape) -> None:
        """Draw a line or an area."""
        path = self.canvas.beginPath()
        path.moveTo(*shape.points[0])
        for point in shape.points[1:]:
            path.lineTo(*point)
        if shape.closed:
            path.close()
        self.canvas.setFillColorRGB(*shape.colour)
        self.canvas.setStrokeColorRGB(*shape.colour)
        self.canvas.setLineWidth(shape.width)
        self.canvas.drawPath(path, stroke=int(shape.width > 0), fill=int(shape.width == 0))

    def wear(self, dress: Dress) -> None:
        """Put a drawing behind the page."""
        if dress.name not in self._worn:
            self._worn.add(dress.name)
            self.canvas.beginForm(dress.name)
            for shape in dress.shapes:
                self.shape(shape)
            self.canvas.endForm()
        self.canvas.doForm(dress.name)

    def picture(self, name: str, picture: Picture, at: Point, size: Point) -> None:
        """Pictures are not compared."""

    def squares(self, rows: Sequence[Sequence[tuple[int, int]]], at: Point, side: float) -> None:
        """Fill runs of squares of a grid, from the top down."""
        self.canvas.setFillColorRGB(0, 0, 0)
        path = self.canvas.beginPath()
        for y, runs in enumerate(rows):
            for x, length in runs:
                low = at[1] + (len(rows) - 1 - y) * side
                path.rect(at[0] + x * side, low, length * side, side)
        self.canvas.drawPath(path, stroke=0, fill=1)

    def end_page(self) -> None:
        """Begin another page."""
        self.canvas.showPage()


def page(claim: Claim, look: Look | None = None) -> bytes:
    """Draw a claim by reportlab."""
    look = look or Look()
    sheet = Sheet()
    draw(wording.words(claim, look.language), claim.lookup, look, Pen(sheet), Element("Document"))
    data: bytes = sheet.canvas.getpdfdata()
    return data


def sealed(drawn: bytes, holder: Holder) -> bytes:
    """Seal a page by pyHanko."""
    from asn1crypto import keys, x509
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    der = holder.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = signers.SimpleSigner(
        signing_cert=x509.Certificate.load(holder.certificates[0]),
        signing_key=keys.PrivateKeyInfo.load(der),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )
    meta = signers.PdfSignatureMetadata(
        field_name="Seal", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    out: bytes = signers.sign_pdf(
        IncrementalPdfFileWriter(BytesIO(drawn)), meta, signer=signer
    ).getvalue()
    return out
