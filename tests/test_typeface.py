"""Font files: what they are read to say, what is refused, and that broken ones never do harm."""

import struct
from collections.abc import Iterator
from functools import cache
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont
from hypothesis import example, given
from hypothesis import strategies as st

from certificates.page.ink import Ink
from certificates.page.ornament import Letters
from certificates.typeface import coverage, sfnt
from certificates.typeface.face import Face
from certificates.typeface.faces import Faces, remedy
from ledger.errors import Rejected
from tests.test_render import shipped
from tests.typefounder import cast, collection, faces, hanazono, with_table

SOME = "AB 李𡈼𰻞"


@cache
def small() -> bytes:
    return cast(SOME, blank=" ")


def refused(data: bytes, index: int = 0) -> str:
    with pytest.raises(Rejected) as refusal:
        Face(data, "故宫.ttf", index)
    assert "故宫.ttf" in refusal.value.en
    assert "故宫.ttf" in refusal.value.zh
    return refusal.value.code


# --- reading, held against fontTools --------------------------------------------------------------


def agrees(face: Face, data: bytes) -> None:
    other = TTFont(BytesIO(data))
    best = {code: other.getGlyphID(name) for code, name in other.getBestCmap().items()}
    ours = {code: glyph for code, glyph in face.glyphs.items() if code in best}
    assert ours == {code: glyph for code, glyph in best.items() if glyph}
    assert set(face.glyphs) - set(best) <= {0x20, 0xA0}
    em, metrics = other["head"].unitsPerEm, other["hmtx"].metrics
    for glyph, name in enumerate(other.getGlyphOrder()):
        assert face.advance(glyph) == round(metrics[name][0] * 1000 / em)
    assert face.name == other["name"].getDebugName(6)


def test_the_shipped_font_is_read_as_others_read_it() -> None:
    from importlib.resources import files

    data = files("certificates").joinpath("fonts", "LXGWWenKai-Regular.ttf").read_bytes()
    agrees(shipped().main, data)


def test_fonts_for_rare_characters_too() -> None:
    """Their em is 1,024 units, and most glyphs share the last advance."""
    from pathlib import Path

    for face in hanazono():
        agrees(face, Path(face.place).read_bytes())


def test_a_small_font_and_every_font_of_a_collection() -> None:
    agrees(Face(small(), "small"), small())
    one, other = cast("李A", name="One"), cast("𡈼B", name="Other")
    bound = collection(one, other)
    assert sfnt.fonts(one) == 1
    assert sfnt.fonts(bound) == 2
    first, second = (Face(bound, "bound.ttc", index) for index in range(2))
    assert (first.name, second.name) == ("One", "Other")
    assert first.draws("李")
    assert not first.draws("𡈼")
    assert second.draws("𡈼")
    assert refused(bound, 5) == "font.unreadable"
    assert second.subset([0, 1]) == Face(other, "other").subset([0, 1])


def test_a_subset_is_a_font_with_its_parts() -> None:
    face = Face(small(), "small")
    composite = face.glyphs[ord(SOME[-1])]
    made = TTFont(BytesIO(face.subset([0, composite])), fontNumber=0)
    parts = made["glyf"][made.getGlyphOrder()[1]].components
    assert [part.glyphName for part in parts] == [made.getGlyphOrder()[2]]


def test_old_maps_with_lists_and_overlaps_are_read_once() -> None:
    """Format 4: segments that overlap, one of them by a list that is cut short."""
    ends, begins, deltas, offsets = (
        (0x42, 0x42, 0xFFFF),
        (0x41, 0x40, 0xFFFF),
        (-0x40, 0, 1),
        (0, 4, 0),
    )
    listed = struct.pack(">H", 3)
    table = struct.pack(">HHHHHHH", 4, 0, 0, 6, 0, 0, 0) + struct.pack(">3H2x", *ends)
    table += (
        struct.pack(">3H", *begins) + struct.pack(">3h", *deltas) + struct.pack(">3H", *offsets)
    )
    head = struct.pack(">HHHHL", 0, 1, 3, 1, 12)
    assert sfnt.characters(memoryview(head + table + listed), 9) == {0x41: 1, 0x42: 2}
    ends, begins = (0x42, 0x44, 0xFFFF), (0x41, 0x43, 0xFFFF)
    table = struct.pack(">HHHHHHH", 4, 0, 0, 6, 0, 0, 0) + struct.pack(">3H2x", *ends)
    table += (
        struct.pack(">3H", *begins) + struct.pack(">3h", *deltas) + struct.pack(">3H", *offsets)
    )
    assert sfnt.characters(memoryview(head + table + listed), 9) == {0x41: 1, 0x42: 2, 0x43: 3}


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("usage", [0x0002, 0x0100, 0x0108, 0x0200])
def test_what_its_maker_forbids_is_not_embedded(usage: int) -> None:
    assert refused(cast("李", usage=usage)) == "font.restricted"


@pytest.mark.parametrize("usage", [0, 0x0004, 0x0008, 0x0006])
def test_what_its_maker_allows_is_taken(usage: int) -> None:
    """Of several permissions the widest counts (OpenType 1.9, fsType)."""
    assert Face(cast("李", usage=usage), "free").draws("李")


def test_postscript_outlines_are_refused_with_a_remedy() -> None:
    with pytest.raises(Rejected, match="take the TrueType edition") as refusal:
        Face(cast("李", postscript=True), "Song.otf")
    assert refusal.value.code == "font.postscript"


@pytest.mark.parametrize(
    "data",
    [b"", b"wOFF" + bytes(99), b"%PDF-1.7", b"ttcf\0\1\0\0\0\0\0\1\xff\xff\xff\xff", small()[:400]],
)
def test_what_is_no_font_is_refused(data: bytes) -> None:
    assert refused(data) == "font.unreadable"


def test_a_collection_of_nothing_or_of_millions_is_refused() -> None:
    for count in (0, 65, 0xFFFFFFFF):
        with pytest.raises(sfnt.Damaged, match="collection"):
            sfnt.fonts(b"ttcf\0\1\0\0" + struct.pack(">L", count))


@pytest.mark.parametrize(
    ("tag", "place", "form", "value"),
    [
        ("head", 18, ">H", 0),  # no units
        ("hhea", 34, ">H", 0),  # no widths
        ("hhea", 34, ">H", 999),
        ("maxp", 4, ">H", 60000),
        ("loca", -1, ">B", 0),
        ("cmap", 2, ">H", 0),
    ],
)
def test_numbers_that_do_not_fit_are_refused(tag: str, place: int, form: str, value: int) -> None:
    table = bytearray(sfnt.tables(small())[tag])
    if place < 0:
        table = table[: len(table) // 2]
    else:
        struct.pack_into(form, table, place, value)
    assert refused(with_table(small(), tag.encode(), bytes(table))) == "font.unreadable"


@pytest.mark.parametrize("tag", [b"glyf", b"loca", b"cmap", b"hmtx", b"head", b"maxp", b"name"])
def test_a_missing_table_is_named(tag: bytes) -> None:
    with pytest.raises(Rejected, match=tag.decode()):
        Face(small().replace(tag, b"zzzz", 1), "small")


def test_a_map_that_promises_everything_is_walked_to_no_end() -> None:
    """Group upon group over all there could be: read in a moment, or refused."""
    head = struct.pack(">HHHHL", 0, 1, 3, 10, 12)
    for count, groups in ((3, ((0, 0xFFFFFFFF, 1),) * 3), (0xFFFFFFFF, ())):
        body = b"".join(struct.pack(">LLL", *group) for group in groups)
        table = head + struct.pack(">HHLLL", 12, 0, 16 + len(body), 0, count) + body
        data = with_table(small(), b"cmap", table)
        if groups:
            assert len(Face(data, "greedy").glyphs) == len(SOME)
        else:
            assert refused(data) == "font.unreadable"


def test_a_glyph_that_is_a_part_of_itself_is_not_drawn() -> None:
    face = Face(small(), "small")
    composite = face.glyphs[ord(SOME[-1])]
    first = face.glyphs[ord("A")]
    outlines = bytearray(sfnt.tables(small())["glyf"])
    for part in (composite, 999):
        at = outlines.rindex(struct.pack(">H", first), len(outlines) - 20)
        struct.pack_into(">H", outlines, at, part)
        broken = Face(with_table(small(), b"glyf", bytes(outlines)), "broken")
        assert not broken.draws(SOME[-1])
        assert broken.draws("A")
        struct.pack_into(">H", outlines, at, first)


@given(st.data())
@example(None)
def test_damage_is_refused_or_harmless(data: st.DataObject | None) -> None:
    """Cut it, flip its bytes: it is named and refused, or what it draws can be embedded whole."""
    written = bytearray(small())
    if data is not None:
        for _ in range(data.draw(st.integers(1, 4))):
            written[data.draw(st.integers(0, len(written) - 1))] = data.draw(st.integers(0, 255))
        del written[data.draw(st.integers(0, len(written)) | st.just(len(written))) :]
    try:
        count = sfnt.fonts(bytes(written))
        face = Face(bytes(written), "故宫.ttf", count - 1)
    except sfnt.Damaged:
        return
    except Rejected as refusal:
        assert "故宫.ttf" in refusal.zh  # noqa: PT017 - refused or harmless, no third way
        return
    drawn = "".join(filter(face.draws, map(chr, face.glyphs)))
    assert data is not None or set(SOME) <= set(drawn)
    codes = [0, *(face.glyphs[ord(each)] for each in drawn)]
    assert face.subset(codes)
    assert "/FontBBox" in face.descriptor


def test_every_flipped_byte_is_found_before_a_font_is_added() -> None:
    """Every table has a sum over its bytes; only bytes between tables, and in the head, have none."""
    sfnt.check_sums(small())
    found = 0
    for place in range(12, len(small())):
        written = bytearray(small())
        written[place] ^= 0x10
        try:
            sfnt.check_sums(bytes(written))
        except sfnt.Damaged:
            found += 1
    assert found > 0.9 * len(small())


# --- faces in order -------------------------------------------------------------------------------


def test_a_further_face_is_opened_only_when_a_character_is_missing() -> None:
    opened = []

    def one_by_one() -> Iterator[Face]:
        for characters in ("AB", "李B", "𡈼", "𰻞"):
            opened.append(characters)
            yield Face(cast(characters), characters)

    asked = Faces(one_by_one())
    assert asked.missing("ABBA") == ()
    assert opened == ["AB"]
    assert asked.of("李") is asked.all[1]
    assert asked.of("B") is asked.main
    assert opened == ["AB", "李B"]
    assert asked.missing("乄𰻞乄") == ("乄",)
    assert len(opened) == len(asked.all) == 4
    assert asked.missing("㐀") == ("㐀",)  # nothing is opened twice
    assert len(opened) == 4


def test_blanks_are_no_characters_unless_they_are_blanks() -> None:
    found = faces(cast("A 李\ufe0f", blank=" 李"), cast("李"))
    assert found.of(" ") is found.main
    assert found.of("\xa0") is found.main
    assert found.of("李") is found.all[1]
    assert found.of("\ufe0f") is None


def test_ink_changes_face_within_a_text() -> None:
    ink = Ink(faces(cast("AB"), cast("李")))
    ink.open(None)
    ink.show("A李李B", (0, 0), Letters(10, (0, 0, 0)))
    ink.close()
    ink.end_page()
    assert (
        b"/F1 10.00 Tf <0001> Tj /F2 10.00 Tf <00010001> Tj /F1 10.00 Tf <0002> Tj" in ink.pages[0]
    )
    assert ink.width("李", 10) == ink.faces.all[1].advance(1) / 100


def test_characters_that_are_named_first_keep_their_codes() -> None:
    pages = []
    for text in ("B李A", "BBA李"):
        ink = Ink(faces(cast("AB"), cast("李")), "A北B")  # 北 is in no face, and has no code
        ink.open(None)
        ink.show(text, (0, 0), Letters(10, (0, 0, 0)))
        ink.close()
        ink.end_page()
        pages.append(ink.pages[0])
    assert b"<0002> Tj /F2 10.00 Tf <0001> Tj /F1 10.00 Tf <0001>" in pages[0]
    assert b"<000200020001> Tj /F2" in pages[1]


def test_each_kind_of_character_has_its_own_remedy() -> None:
    assert "fonts add" in remedy("𡈼")[0]
    assert "自造字" in remedy("\ue863")[1]
    assert "delete" in remedy("\u200b")[0] == remedy("\U000e0100")[0]


def test_level_3_is_counted_over_all_fonts_once() -> None:
    assert coverage.covered([]) == 0
    assert coverage.covered([{ord("李"): 1, ord("A"): 2}, {ord("李"): 1, ord("𡈼"): 1}]) == 2
