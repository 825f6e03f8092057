"""A drawing as PNG, for documents that take no SVG: twice as fine as a screen, in greys."""

import io

from PIL import Image, ImageDraw, ImageFont

from ledger.charts.drawing import Box, Drawing, Rule, Shape, Word

_FINE = 2  # dots a pixel
_DASH, _GAP = 4, 3  # pixels
_WHITE = 255
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}  # on the baseline


def write(drawing: Drawing, font: bytes) -> bytes:
    """Return a drawing as a PNG file, its words in a TrueType font."""
    size = round(drawing.width * _FINE), round(drawing.height * _FINE)
    image = Image.new("L", size, _WHITE)
    pen = ImageDraw.Draw(image)
    for shape in drawing.shapes:
        _draw(pen, shape, font)
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(96 * _FINE, 96 * _FINE), optimize=True)
    return out.getvalue()


def _draw(pen: ImageDraw.ImageDraw, shape: Shape, font: bytes) -> None:
    match shape:
        case Box(x, y, width, height, grey, border):
            corners = [_FINE * at for at in (x, y, x + width, y + height)]
            pen.rectangle(corners, fill=grey, outline=0 if border else None, width=_thick(border))
        case Rule(x, y, to_x, to_y, grey, dashed):
            for part in _dashes((x, y, to_x, to_y)) if dashed else [(x, y, to_x, to_y)]:
                pen.line([_FINE * at for at in part], fill=grey, width=_FINE)
        case Word(x, y, text, size, anchor, grey, bold):
            face = ImageFont.truetype(io.BytesIO(font), size * _FINE)
            pen.text(
                (x * _FINE, y * _FINE), text, fill=grey, font=face, anchor=_ANCHORS[anchor],
                stroke_width=0.4 * _FINE if bold else 0,
            )  # fmt: skip


def _thick(border: float) -> int:
    return max(round(border * _FINE), 1)


def _dashes(rule: tuple[float, float, float, float]) -> list[tuple[float, float, float, float]]:
    """Cut a straight line into dashes."""
    x, y, to_x, to_y = rule
    length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
    if not length:
        return []
    right, down, found, at = (to_x - x) / length, (to_y - y) / length, [], 0.0
    while at < length:
        end = min(at + _DASH, length)
        found.append((x + right * at, y + down * at, x + right * end, y + down * end))
        at += _DASH + _GAP
    return found
