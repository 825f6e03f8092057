"""A picture that the unit supplied, its seal or its logo, as a document carries it.

PNG or JPEG of any kind, kept as colours and, where it has see-through parts, their opacity; large ones
are made smaller, since a page shows no more than 600 points an inch.
"""

import zlib
from dataclasses import dataclass
from io import BytesIO

from certificates import pdf
from ledger.errors import Rejected

_MOST = 1200  # pixels a side: a seal of 45 mm at 600 points an inch has 1063
_LEAST = 8  # pixels a side
_LARGEST = 50_000_000  # pixels that are read at all: a small file may unfold to fill the memory


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels, three bytes each, compressed; and how opaque each is, unless all are."""

    width: int
    height: int
    colours: bytes
    opacity: bytes | None

    def objects(self, first: int) -> tuple[bytes, ...]:
        """Return the image (ISO 32000-1, 8.9.5) and its soft mask, the first number `first`."""
        size = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8" % (
            self.width, self.height,
        )  # fmt: skip
        mask = b" /SMask %d 0 R" % (first + 1) if self.opacity else b""
        image = b"%s /ColorSpace /DeviceRGB%s /Filter /FlateDecode" % (size, mask)
        found = [pdf.stream(image, self.colours)]
        if self.opacity:
            grey = b"%s /ColorSpace /DeviceGray /Filter /FlateDecode" % size
            found.append(pdf.stream(grey, self.opacity))
        return tuple(found)


def read(data: bytes, place: str) -> Picture:
    """Read a picture's file; raise `Rejected` for what is none, or is too large."""
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > _LARGEST:
                size = f"{image.width} × {image.height}"
                raise _refused(place, f"{size} pixels", f"{size} 像素")
            upright = ImageOps.exif_transpose(image)  # as a telephone held it
            if upright.mode.startswith("I"):  # sixteen bits a sample, which would all turn white
                upright = upright.convert("I").point(lambda value: value * (1 / 257)).convert("L")
            upright.thumbnail((_MOST, _MOST))
            pixels = upright.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _refused(place, "it cannot be read", "无法读取") from error
    if min(image.size) < _LEAST or not pixels.getchannel("A").getbbox():
        raise _refused(place, "there is nothing to see on it", "图中没有可见的内容")
    opacity = pixels.getchannel("A").tobytes()
    opaque = opacity.count(255) == len(opacity)
    return Picture(
        pixels.width,
        pixels.height,
        zlib.compress(pixels.convert("RGB").tobytes(), 9),
        None if opaque else zlib.compress(opacity, 9),
    )


def _refused(place: str, en: str, zh: str) -> Rejected:
    return Rejected(
        "picture.unreadable",
        en=f"{place} is no PNG or JPEG picture that can be printed ({en}); save it as PNG",
        zh=f"{place} 不是可以印出的 PNG 或 JPEG 图片（{zh}）；请另存为 PNG",
    )
