"""Read back what a page says: the text of our own pages, piece by piece, in the order it is drawn.

Verification holds the printed words against the proved ones (step 11), so it needs the text and nothing
of what drew it. Content streams (ISO 32000-1, 7.8.2) are read only in the one form in which
`page.ink` writes them: every line is a marked piece of a few operators, every font says by its
ToUnicode map (9.10.3) what its codes mean. Anything else is refused rather than skipped; what a piece
is told to say as a whole, for it is broken over lines, must be what it shows.
"""

import re
from codecs import charmap_decode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from certificates import pdf, tounicode

_MAX_PAGES = 200
_KIDS = re.compile(rb"/Kids \[((?:[0-9]{1,6} 0 R ?)+)\]")
_REFERENCE = re.compile(rb"([0-9]{1,6}) 0 R")
_NAMED = re.compile(rb"/([A-Za-z0-9]{1,16}) ([0-9]{1,6}) 0 R")
_SHOW = rb"/F[0-9]{1,2} [0-9.]+ Tf <(?:[0-9A-F]{4})*> Tj"
_TEXT = (
    rb"(?:q [-0-9.]+ Tc (?:2 Tr [0-9.]+ w [0-9. ]+ RG )?)?BT [0-9. ]+ rg [-0-9. ]+ Tm"
    rb"(?: " + _SHOW + rb")+ ET(?: Q)?"
)
_DRAWING = (
    rb"(?:[0-9. ]+ RG [0-9.]+ w |[0-9. ]+ rg )[-0-9. mlh]+ [Sf]"
    rb"|/[A-Z][a-z]{2,8} Do|q [-0-9. ]+ cm /[A-Z][a-z]{2,8} Do Q"
    rb"|q [0-9. ]+ rg [-0-9. ]+ cm (?:[0-9]+ [0-9]+ [0-9]+ 1 re )+f Q"
)
# Possessive: what was read one way is not tried another, however long a line a forger writes.
_LINE = re.compile(
    rb"/([A-Za-z0-9]{1,8}) (?:<</MCID [0-9]{1,6}>> BDC|BMC)"
    rb"( /Span <</ActualText <FEFF(?:[0-9A-F]{4})+>>> BDC)?+"
    rb"((?: (?>" + _TEXT + rb"|" + _DRAWING + rb"))*+) EMC(?(2) EMC)"
)
_FORMER = re.compile(
    rb"/[A-Za-z0-9]{1,8} [^\n]*B[DM]C\n"
)  # pieces of many lines, as they were drawn first
_BESIDE = slice(len(b" /Span <</ActualText <FEFF"), -len(b">>> BDC"))
_SHOWN = re.compile(rb"/(F[0-9]{1,2}) [0-9.]+ Tf <([0-9A-F]*)> Tj")
_SHORT = 400  # bytes of a line that may come again on another certificate
_SPEAKS = re.compile(rb"\bBT\b|\bDo\b")
_ARTIFACT = "Artifact"

# Its tag; what is shown, font and codes; what it says as a whole, if that is told beside.
Line = tuple[str, tuple[tuple[bytes, bytes | str], ...], str]


class Font:
    """What each code means; codes run from 1 without a gap."""

    def __init__(self, characters: str) -> None:
        """Take the characters of the codes from 1 on; code 0 means nothing."""
        self._table = "\ufffe" + characters  # what `charmap_decode` takes for undefined

    def say(self, codes: bytes | str) -> str:
        """Return what codes mean, or raise `Malformed` for one that has no meaning."""
        try:
            if isinstance(codes, bytes):
                return charmap_decode(codes, "strict", self._table)[0]
            found = "".join([self._table[ord(code)] for code in codes])
        except (UnicodeDecodeError, IndexError) as error:
            raise pdf.malformed("a character has no meaning", "有字符无法识别") from error
        if "\ufffe" in found:
            raise pdf.malformed("a character has no meaning", "有字符无法识别")
        return found


class _Fonts(dict[bytes, Font]):
    """The fonts of a page by name."""

    def __missing__(self, name: bytes) -> Font:
        raise pdf.malformed("it uses a font it does not have", "使用了不存在的字体")


@dataclass(frozen=True, slots=True)
class Page:
    """What one page says, piece by piece in the order it is drawn, each with its tag."""

    pieces: tuple[tuple[str, str], ...]

    @property
    def blocks(self) -> Iterator[tuple[str, str]]:
        """The pieces that are parts of the document."""
        return (piece for piece in self.pieces if piece[0] != _ARTIFACT)

    @property
    def artifacts(self) -> Iterator[str]:
        """What stands outside it: heads, feet, what is repeated."""
        return (text for tag, text in self.pieces if tag == _ARTIFACT and text)


def pages(file: pdf.File) -> tuple[Page, ...]:
    """Return what every page of a file says, or raise `Malformed`."""
    known: dict[int, Font] = {}
    return tuple(_page(file, file[number], known) for number in _pages(file))


def page_text(page: bytes) -> str:
    """Return the text of every page of a page's file, one line a piece, or raise `Malformed`."""
    return "\n".join(text for each in pages(pdf.read(page)) for _, text in each.pieces)


@lru_cache(maxsize=8192)
def squeezed(text: str) -> str:
    """Take the white space out: where a line was broken says nothing."""
    return "".join(text.split())


def _pages(file: pdf.File) -> list[int]:
    found = _KIDS.search(file[pdf.PAGES])
    numbers = [int(n) for n in _REFERENCE.findall(found[1])] if found else []
    if not 0 < len(numbers) <= _MAX_PAGES:
        raise pdf.malformed("it has no pages, or too many", "没有页面或页数过多")
    return numbers


def _page(file: pdf.File, page: bytes, known: dict[int, Font]) -> Page:
    resources = file[_one(rb"/Resources ([0-9]{1,6}) 0 R", page)]
    stream = pdf.content(file[_one(rb"/Contents ([0-9]{1,6}) 0 R", page)])
    fonts = _Fonts()
    for name, number in _NAMED.findall(resources):
        if name.startswith(b"F"):
            fonts[name] = _font(file, int(number), known)
        else:
            check_silent(file[int(number)])
    if _FORMER.match(stream):  # to readers of PDF a line end is a space (ISO 32000-1, 7.2.2)
        stream = stream.replace(b"\n", b" ").replace(b" EMC ", b" EMC\n")
    return Page(tuple(_piece(line, fonts) for line in stream.split(b"\n")))


def _one(pattern: bytes, text: bytes) -> int:
    found = re.findall(pattern, text)
    if len(found) != 1:
        raise pdf.malformed("a page is not built like ours", "页面结构不是本系统的形式")
    return int(found[0])


def _font(file: pdf.File, number: int, known: dict[int, Font]) -> Font:
    if number not in known:
        cmap = pdf.content(file[_one(rb"/ToUnicode ([0-9]{1,6}) 0 R", file[number])])
        known[number] = Font(tounicode.read(cmap))
    return known[number]


@lru_cache(maxsize=64)  # the dress of a thousand certificates is one
def check_silent(drawing: bytes) -> None:
    """Raise `Malformed` if something drawn apart from the page says words of its own."""
    if b"/Subtype /Form" in drawing and _SPEAKS.search(pdf.content(drawing)):
        raise pdf.malformed("words are hidden in a drawing", "图形中藏有文字")


def _piece(line: bytes, fonts: _Fonts) -> tuple[str, str]:
    """Return what a line shows, and its tag."""
    tag, shown, whole = _line(line) if len(line) <= _SHORT else _read(line)
    said = ""
    for font, codes in shown:
        said += fonts[font].say(codes)
    if whole and "".join(whole.split()) != "".join(said.split()):
        raise pdf.malformed("a part says one thing and shows another", "有部分所附文字与所示不符")
    return tag, said


def _read(line: bytes) -> Line:
    """Read a line of a content stream: a piece, in its one form."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise pdf.malformed("its content is not built like ours", "页面内容不是本系统的形式")
    shown = tuple((font, _codes(codes)) for font, codes in _SHOWN.findall(found[3]))
    return found[1].decode(), shown, _characters(found[2][_BESIDE]) if found[2] else ""


_line = lru_cache(maxsize=8192)(_read)  # rules, borders and headings are the same on every page


def _codes(digits: bytes) -> bytes | str:
    """Return codes: below 256, as most are, as bytes; else as the characters with their numbers."""
    codes = _characters(digits)  # there is no code for half a pair
    return codes.encode("latin-1") if codes.isascii() or max(codes) <= "\xff" else codes


def _characters(digits: bytes) -> str:
    """Return the characters that are written in UTF-16."""
    try:
        return bytes.fromhex(digits.decode()).decode("utf-16-be")
    except UnicodeDecodeError as error:
        raise pdf.malformed("a character is cut", "有字符残缺") from error
