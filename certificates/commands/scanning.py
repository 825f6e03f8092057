"""Read QR codes from photographs and scans."""

import io
import warnings
from collections.abc import Iterator

import zxingcpp
from PIL import Image, ImageFilter

from certificates.commands import scanned
from ledger.errors import Malformed

MOST = 64 * 1024 * 1024  # bytes of a picture
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")  # whoever sends another kind is no scanner
_PIXELS = 100_000_000  # A4 at 600 dpi has a third; a telephone's largest is near it


def codes(data: bytes) -> tuple[str, ...]:
    """Return the texts of all QR codes in a picture (PNG, JPEG …, a scan as PDF), or raise without one."""
    if scanned.is_sealed(data):
        raise _no_picture()
    pictures = scanned.sheets(data) if scanned.is_pdf(data) else [_grey(data)]
    found = [text for each in pictures for text in _codes(each)]
    if found:
        return tuple(dict.fromkeys(found))
    raise Malformed(
        "no QR code can be read in this picture: scan flat at 200 dpi or more, or photograph the code"
        " alone, sharp and filling the picture",
        "图片中没有可识别的二维码：请平放后以 200 dpi 以上扫描，或只对着二维码拍清楚",
    )


def _codes(sheet: Image.Image) -> list[str]:
    kinds = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    for picture in _tries(sheet):
        if found := zxingcpp.read_barcodes(picture, formats=kinds):
            return [each.text for each in found]
    return []


def _tries(picture: Image.Image) -> Iterator[Image.Image]:
    """Give a picture as it is; then larger, which smooths noise; then sharpened as well."""
    yield picture
    if picture.width * picture.height <= _PIXELS // 4:
        large = picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.BICUBIC)
        yield large
        yield large.filter(ImageFilter.UnsharpMask(4, 200, 0))


def _grey(data: bytes) -> Image.Image:
    """Return a picture in grey, or raise `Malformed`."""
    try:
        with warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning):
            picture = Image.open(io.BytesIO(data), formats=_FORMATS)
            if picture.width * picture.height <= _PIXELS:
                return picture.convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _no_picture() from error
    raise _no_picture()


def is_picture(data: bytes) -> bool:
    """Tell whether bytes are a picture, of a kind that is read here."""
    try:
        with warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning):
            Image.open(io.BytesIO(data), formats=_FORMATS).close()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
    return True


def _no_picture() -> Malformed:
    return Malformed(
        "this is no picture that can be read: a scan or photograph in PNG or JPEG, or a scan as PDF, is needed"
        " (the certificate's own file is verified as it is, without --scan)",
        "这不是可以识别的图片：须为 PNG、JPEG 或 PDF 的扫描件或照片（证明的电子文件直接查验，不加 --scan）",
    )
