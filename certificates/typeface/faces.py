"""The faces at hand: the one that is shipped, then those for rare characters, in order.

A character is drawn by the first face that has it. Further faces are found where Debian and Windows
keep fonts, and in the folders a user names in `VLEDGER_FONTS` or fills with `vledger fonts add`.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from unicodedata import category

from certificates.typeface.face import Face
from ledger.errors import Rejected

_SHIPPED = "LXGWWenKai-Regular.ttf"
# Format, control and private characters: invisible, or a picture nobody can name.
_NOTHING = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")


class Faces:
    """Faces in the order in which they are asked for a character."""

    def __init__(self, faces: Iterable[Face]) -> None:
        """Take the first face as the main one."""
        self.all = tuple(faces)
        self.main = self.all[0]
        self.widths = _Widths(self)
        self._plain = frozenset(
            each for each in self.main.characters if category(each) not in _NOTHING
        )

    def of(self, character: str) -> Face | None:
        """Return the face that draws a character, or nothing."""
        if category(character) in _NOTHING:
            return None
        return next((face for face in self.all if ord(character) in face.glyphs), None)

    def missing(self, text: str) -> Iterator[str]:
        """Give the characters of a text that no face draws, each once."""
        if self._plain.issuperset(text):
            return iter(())
        return (each for each in dict.fromkeys(text) if each not in self.widths)

    def check(self, texts: Iterable[tuple[str, str]]) -> None:
        """Raise `Rejected` for the first character that would be a blank or a box.

        Each text comes with the place at which it stands.
        """
        for place, text in texts:
            for character in self.missing(text):
                code = f"U+{ord(character):04X}"
                raise Rejected(
                    "certificate.glyph",
                    en=f"{place}: no font at hand draws {character!r} ({code}) in “{text[:60]}”; "
                    "correct the text, or add a font that has it: `vledger fonts add`",
                    zh=f"{place}：现有字体无法显示“{text[:60]}”中的“{character}”（{code}）；"
                    "请更正文字，或用 `vledger fonts add` 加装含有此字的字体",
                )


class _Widths(dict[str, int]):
    """The advance of every character met, in thousandths of the size."""

    def __init__(self, faces: Faces) -> None:
        self._faces = faces

    def __missing__(self, character: str) -> int:
        face = self._faces.of(character)
        assert face  # texts are checked before they are measured
        self[character] = face.widths[character]
        return self[character]

    def __contains__(self, character: object) -> bool:
        if super().__contains__(character):
            return True
        assert isinstance(character, str)
        return self._faces.of(character) is not None


@cache
def at_hand() -> Faces:
    """Return the faces of this computer, opened once."""
    data = files("certificates").joinpath("fonts", _SHIPPED).read_bytes()
    return Faces([Face(data, _SHIPPED)])
