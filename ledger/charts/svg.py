"""A drawing as SVG, complete in itself: no script, no style from elsewhere, fonts of the reader's computer."""

from collections.abc import Iterator
from html import escape

from ledger.charts.drawing import Box, Drawing, Rule, Shape, Word

FONTS = (
    "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC','SimHei',sans-serif"
)


def write(drawing: Drawing) -> str:
    """Return a drawing as an SVG document."""
    return "".join(_parts(drawing))


def _parts(drawing: Drawing) -> Iterator[str]:
    width, height = _n(drawing.width), _n(drawing.height)
    title, said = escape(drawing.title), escape(drawing.said)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" role="img" font-family="{FONTS}">'
        f"<title>{title}</title><desc>{said}</desc>\n"
    )
    for shape in drawing.shapes:
        yield f"{_shape(shape)}\n"
    yield "</svg>\n"


def _shape(shape: Shape) -> str:
    match shape:
        case Box(x, y, width, height, grey, border):
            edge = f' stroke="#000" stroke-width="{_n(border)}"' if border else ""
            return (
                f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"'
                f' fill="{_grey(grey)}"{edge}/>'
            )
        case Rule(x, y, to_x, to_y, grey, dashed):
            dash = ' stroke-dasharray="4 3"' if dashed else ""
            return (
                f'<line x1="{_n(x)}" y1="{_n(y)}" x2="{_n(to_x)}" y2="{_n(to_y)}"'
                f' stroke="{_grey(grey)}"{dash}/>'
            )
        case Word(x, y, text, size, anchor, grey, bold):
            weight = ' font-weight="bold"' if bold else ""
            return (
                f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" text-anchor="{anchor}"'
                f' fill="{_grey(grey)}"{weight}>{escape(text)}</text>'
            )


def _grey(grey: int) -> str:
    return f"#{grey:02x}{grey:02x}{grey:02x}"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
