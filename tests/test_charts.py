"""Charts: well-formed, within their frame, every mark with its number, readable without colour."""

import io
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from certificates.typeface.installed import shipped
from ledger.charts import png, svg
from ledger.charts.drawing import BLACK, WHITE, Box, Drawing, Rule, Shape, Word
from ledger.charts.plots import Bar, Cell, Heading, bars, heat

SVG = "{http://www.w3.org/2000/svg}"
HEAD = Heading("chart", "标题", "说明")
NAMES = st.text(alphabet="T01r/科协队", min_size=1, max_size=14)
BARS = st.lists(st.builds(Bar, NAMES, st.integers(0, 10**6), st.booleans()), max_size=31)
CELLS = st.builds(Cell, st.integers(0, 100), st.from_regex(r"\A\d{0,5}\Z"), st.booleans())
ROWS = st.lists(st.tuples(NAMES, st.lists(CELLS, min_size=3, max_size=3)), max_size=20)


def parsed(drawing: Drawing) -> ET.Element:
    return ET.fromstring(svg.write(drawing))


def words(drawing: Drawing) -> list[str]:
    return [shape.text for shape in drawing.shapes if isinstance(shape, Word)]


def corners(shape: Shape) -> list[tuple[float, float]]:
    match shape:
        case Box(x, y, width, height, _, _):
            return [(x, y), (x + width, y + height)]
        case Rule(x, y, to_x, to_y, _, _):
            return [(x, y), (to_x, to_y)]
        case Word(x, y, _, _, _, _, _):
            return [(x, y)]


def check_within(drawing: Drawing) -> None:
    for shape in drawing.shapes:
        for x, y in corners(shape):
            assert 0 <= x <= drawing.width, shape
            assert 0 <= y <= drawing.height, shape


@given(BARS)
def test_bars_stay_within_their_frame_and_say_their_numbers(found: list[Bar]) -> None:
    drawing = bars(HEAD, found, "小时")
    check_within(drawing)
    assert {str(bar.value) for bar in found if bar.value} <= set(words(drawing))
    boxes = [shape for shape in drawing.shapes if isinstance(shape, Box)]
    assert len(boxes) == sum(1 for bar in found if bar.value)
    assert all(box.height >= 2 for box in boxes)


@given(BARS.filter(bool))
def test_a_higher_bar_is_more(found: list[Bar]) -> None:
    drawn = [shape for shape in bars(HEAD, found, "").shapes if isinstance(shape, Box)]
    heights = [box.height for box in drawn]
    values = [bar.value for bar in found if bar.value]
    for (low, short), (high, tall) in pairwise(sorted(zip(values, heights, strict=True))):
        assert low == high or short <= tall


@given(ROWS)
def test_a_heat_map_stays_within_its_frame_and_says_its_numbers(
    rows: list[tuple[str, list[Cell]]],
) -> None:
    drawing = heat(HEAD, ["1", "2", "3"], rows)
    check_within(drawing)
    said = words(drawing)
    for name, cells in rows:
        assert name in said
        assert all(cell.text in said for cell in cells)


@given(ROWS)
def test_a_number_can_be_read_on_its_cell(rows: list[tuple[str, list[Cell]]]) -> None:
    shapes = heat(HEAD, ["1", "2", "3"], rows).shapes
    for box, word in pairwise(shapes):
        if isinstance(box, Box) and isinstance(word, Word) and word.text:
            assert abs(box.grey - word.grey) >= 110


@given(ROWS)
def test_what_is_above_a_limit_has_an_edge_that_nothing_covers(
    rows: list[tuple[str, list[Cell]]],
) -> None:
    shapes = heat(HEAD, ["1", "2", "3"], rows).shapes
    edges = [n for n, shape in enumerate(shapes) if isinstance(shape, Box) and shape.border]
    plain = [n for n, shape in enumerate(shapes) if isinstance(shape, Box) and not shape.border]
    assert len(edges) == sum(cell.above for _, cells in rows for cell in cells)
    assert not edges or not plain or min(edges) > max(plain)


def test_a_drawing_is_svg_that_any_parser_reads() -> None:
    drawing = Drawing("a", 100, 50, "<标题>", 'a & "b"', [
        Box(1, 2, 3.25, 4, BLACK, 1), Rule(0, 0, 9, 9, dashed=True), Word(5, 6, "</text><script>", bold=True),
    ])  # fmt: skip
    root = parsed(drawing)
    assert [one.tag.removeprefix(SVG) for one in root] == ["title", "desc", "rect", "line", "text"]
    title, desc, rect, line, text = root
    assert (title.text, desc.text, text.text) == ("<标题>", 'a & "b"', "</text><script>")
    assert rect.attrib == {
        "x": "1", "y": "2", "width": "3.2", "height": "4", "fill": "#000000", "stroke": "#000",
        "stroke-width": "1",
    }  # fmt: skip
    assert line.get("stroke-dasharray")
    assert text.get("font-weight") == "bold"
    assert root.get("role") == "img"


@pytest.mark.parametrize("grey", [BLACK, 7, WHITE])
def test_a_grey_is_no_colour(grey: int) -> None:
    rect = parsed(Drawing("a", 9, 9, "", "", [Box(0, 0, 1, 1, grey)]))[2]
    fill = rect.get("fill") or ""
    assert len({fill[1:3], fill[3:5], fill[5:7]}) == 1
    assert int(fill[1:3], 16) == grey


def test_nothing_at_all_is_still_a_chart() -> None:
    check_within(bars(HEAD, [], ""))
    check_within(heat(HEAD, [], []))


def image(*shapes: Shape) -> Image.Image:
    return Image.open(io.BytesIO(png.write(Drawing("a", 40, 20, "", "", list(shapes)), shipped())))


def test_a_png_is_the_same_drawing_twice_as_fine() -> None:
    found = image(Box(10, 5, 20, 10, 140, 2))
    assert (found.size, found.mode) == ((80, 40), "L")
    assert found.getpixel((40, 20)) == 140
    assert found.getpixel((20, 10)) == 0  # the edge
    assert found.getpixel((5, 5)) == 255


def test_words_and_rules_are_on_a_png() -> None:
    plain, bold = (image(Word(2, 15, "异常", 12, bold=bold)) for bold in (False, True))
    inked = [sum(value < 128 for value in one.tobytes()) for one in (plain, bold)]
    assert 0 < inked[0] < inked[1]
    whole, dashed = (image(Rule(0, 10, 40, 10, BLACK, dashed=dash)) for dash in (False, True))
    inked = [sum(value < 128 for value in one.tobytes()) for one in (whole, dashed)]
    assert 0 < inked[1] < inked[0]
    assert min(image(Rule(5, 5, 5, 5, BLACK, dashed=True)).tobytes()) == 255


def test_a_word_ends_where_it_is_said_to_end() -> None:
    end = image(Word(38, 15, "88", 12, "end"))
    box = end.point(lambda value: 255 - value).getbbox()
    assert box
    assert 70 <= box[2] <= 77
