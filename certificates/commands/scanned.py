"""Sheets of paper in a PDF, as scanners write it: its pages are pictures.

PDFium draws them, for there may be any picture that PDF knows: a fax (CCITT), JBIG2, JPEG 2000, strips, a
sharp picture over a coarse one, recognised letters behind it all. Nothing is believed of such a file but
what the square code on it says and signs.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from ledger.errors import Malformed

_BEGINS = b"%PDF-"
_SIGNED = b"/ByteRange"
_MOST = 50  # pages that are looked at
_DPI, _SIDE = 300, 5000  # pixels of an inch, and of a page's longer side at most
_COVERED = 0.7  # of a page, by a picture


def is_pdf(data: bytes) -> bool:
    """Tell whether bytes are a PDF, of whatever kind."""
    return data.startswith(_BEGINS)


def is_sealed(data: bytes) -> bool:
    """Tell whether bytes are a PDF with a signature: no scanner writes one, and it is no picture of paper."""
    return is_pdf(data) and _SIGNED in data


def is_scan(data: bytes) -> bool:
    """Tell whether bytes are a PDF of pages that are pictures, with or without letters behind them."""
    if not is_pdf(data) or is_sealed(data):
        return False
    try:
        with _opened(data) as document:
            return all(_is_picture(page) for page in _pages(document))
    except Malformed:
        return False


def sheets(data: bytes) -> Iterator[Image.Image]:
    """Give the pages of a PDF as pictures in grey; raise `Malformed` where it cannot be read."""
    with _opened(data) as document:
        for page in _pages(document):
            scale = min(_DPI / 72, _SIDE / max(page.get_size()))
            bitmap = page.render(scale=scale, grayscale=True)
            yield bitmap.to_pil().convert("L")
            bitmap.close()


@contextmanager
def _opened(data: bytes) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(data)
        try:
            yield document
        finally:
            document.close()
    except pypdfium2.PdfiumError as error:
        raise Malformed(
            "this PDF cannot be read, or is protected by a password: save the scan as JPEG",
            "此 PDF 无法读取，或有密码保护：请把扫描件另存为 JPEG",
        ) from error


def _pages(document: pypdfium2.PdfDocument) -> Iterator[pypdfium2.PdfPage]:
    for number in range(min(len(document), _MOST)):
        page = document[number]
        yield page
        page.close()


def _is_picture(page: pypdfium2.PdfPage) -> bool:
    width, height = page.get_size()
    covered = 0.0
    for one in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
        left, low, right, top = one.get_bounds()
        covered += (right - left) * (top - low)
    return bool(covered >= _COVERED * width * height)
