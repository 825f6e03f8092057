"""A font in a document: the codes its characters have there, and the objects that carry it.

One composite font a face (ISO 32000-1, 9.7), two bytes a code, codes given in the order in which
characters are named or met, so that the same document is the same bytes. Every code has a glyph of its own
and a line in the ToUnicode map (9.10.3): what is drawn is what is copied, searched and verified,
above U+FFFF too.
"""

from certificates import pdf, tounicode
from certificates.typeface.face import Face

OBJECTS = 5  # that a font in a document takes
_SYSTEM = "<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"


class Codes(dict[int, str]):
    """The codes of a face's characters in one document: for `str.translate`, filled as it asks."""

    def __init__(self, face: Face, first: str = "") -> None:
        """Begin with the characters that are to have the first codes; code 0 is the box, never drawn."""
        self.face = face
        self.characters: list[int] = []
        for character in filter(face.glyphs.__contains__, map(ord, first)):
            _ = self[character]

    def __missing__(self, character: int) -> str:
        """Give a character that is met for the first time its code: four hex digits."""
        self.characters.append(character)
        code = f"{len(self.characters):04X}"
        self[character] = code
        return code

    def objects(self, first: int) -> tuple[bytes, ...]:
        """Return the objects of the font, the first of them number `first`."""
        glyphs = [0, *(self.face.glyphs[character] for character in self.characters)]
        file = self.face.subset(glyphs)
        name = f"{_tag(self.characters)}+{self.face.name}"
        widths = " ".join(str(self.face.advance(glyph)) for glyph in glyphs)
        return (
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H"
            f" /DescendantFonts [{first + 1} 0 R] /ToUnicode {first + 2} 0 R >>".encode(),
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /CIDSystemInfo {_SYSTEM}"
            f" /CIDToGIDMap /Identity /FontDescriptor {first + 3} 0 R /W [0 [{widths}]] >>".encode(),
            pdf.deflated(b"", tounicode.write("".join(map(chr, self.characters)))),
            f"<< {self.face.descriptor} /FontName /{name} /FontFile2 {first + 4} 0 R >>".encode(),
            # Not compressed: outlines hardly repeat, and a tenth of the file costs a tenth of the time.
            pdf.stream(b"/Length1 %d" % len(file), file),
        )


def _tag(characters: list[int]) -> str:
    """Return six letters that tell subsets apart (ISO 32000-1, 9.6.4)."""
    number = sum(place * character for place, character in enumerate(characters, start=1))
    return "".join(chr(ord("A") + number // 26**i % 26) for i in range(6))
