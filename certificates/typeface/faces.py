"""Faces in an order: a character is drawn by the first that has it.

Further faces are taken only when a character is missing from those before: most documents need one.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from unicodedata import category

from certificates.typeface.face import Face
from ledger.errors import Rejected

# Format, control and private characters: invisible, or a picture nobody can name.
_NOTHING = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
_PRIVATE = "Co"
# They pick a form of the character before them, which we cannot do; fonts draw them as codes in boxes.
_SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
_ADD = (
    (
        "correct the text, or add a font that has it: `vledger fonts add FILE`"
        " (on Debian install fonts-hanazono); `vledger fonts list` shows those at hand"
    ),
    (
        "请更正文字，或用 `vledger fonts add 文件` 加装含有此字的字体（Debian 可安装 fonts-hanazono）；"
        "`vledger fonts list` 列出现有字体"
    ),
)


_MEASURED = 16_384  # texts whose width is kept


class Faces:
    """Faces in the order in which they are asked for a character."""

    def __init__(self, faces: Iterable[Face]) -> None:
        """Take the first face as the main one; the others are opened as they are needed."""
        self._further = iter(faces)
        self.main = next(self._further)
        self.all = [self.main]  # that were opened so far
        self.plain = set[str]()  # the characters met that the main face draws
        self.chosen = _Chosen(self)
        self.widths = _Widths(self)
        self.width = lru_cache(maxsize=_MEASURED)(self._width)

    def _width(self, text: str) -> int:
        """Return the advance of a text, in thousandths of the size; headings come again and again."""
        return sum(map(self.widths.__getitem__, text))

    def measure(self, text: str, size: float) -> float:
        """Return the width of a text at a size, in the size's unit."""
        return self.width(text) * size / 1000

    def of(self, character: str) -> Face | None:
        """Return the face that draws a character, or nothing."""
        return self.chosen[character]

    def opened(self) -> Iterator[Face]:
        """Give every face, opening one more at each step beyond those that are open."""
        yield from tuple(self.all)
        for face in self._further:
            self.all.append(face)
            yield face

    def missing(self, text: str) -> tuple[str, ...]:
        """Return the characters of a text that no face draws, each once."""
        if self.plain.issuperset(text):
            return ()
        return tuple(each for each in dict.fromkeys(text) if self.chosen[each] is None)

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
                    + remedy(character)[0],
                    zh=f"{place}：现有字体无法显示“{text[:60]}”中的“{character}”（{code}）；"
                    + remedy(character)[1],
                )


def is_nothing(character: str) -> bool:
    """Tell whether a character is none that people could see and name."""
    return category(character) in _NOTHING or ord(character) in _SELECTORS


def remedy(character: str) -> tuple[str, str]:
    """Say what to do about a character that nobody draws, in English and in Chinese."""
    if category(character) == _PRIVATE:
        return (
            "it is a private character of an old system: type it anew with a present-day input method",
            "这是旧系统的自造字：请用现在的输入法重新输入",
        )
    if is_nothing(character):
        return "it cannot be seen: delete it", "这是看不见的字符：请删除"
    return _ADD


class _Chosen(dict[str, Face | None]):
    """The face of every character met."""

    def __init__(self, faces: Faces) -> None:
        self._faces = faces

    def __missing__(self, character: str) -> Face | None:
        found = None
        if not is_nothing(character):
            found = next((face for face in self._faces.opened() if face.draws(character)), None)
        if found is self._faces.main:
            self._faces.plain.add(character)
        self[character] = found
        return found


class _Widths(dict[str, int]):
    """The advance of every character met, in thousandths of the size."""

    def __init__(self, faces: Faces) -> None:
        self._faces = faces

    def __missing__(self, character: str) -> int:
        face = self._faces.of(character)
        assert face  # texts are checked before they are measured
        self[character] = face.advance(face.glyphs[ord(character)])
        return self[character]
