"""Read back what a page says: the text of our own pages, in the order in which it is drawn.

Verification compares the printed figures with the signed ones (step 11), so it needs the text and
nothing of the library that drew it. Content streams (ISO 32000-1, 7.8.2) are read only as far as
our pages use them: fonts of one-byte codes, `Tf`, `Tj` and `TJ`; every font must say by its
ToUnicode map (9.10.3) what its codes mean. Anything else is refused rather than skipped.
"""

import re

from certificates import pdf

_MAX_PAGES = 200
_KIDS = re.compile(rb"/Kids \[ ((?:[0-9]{1,6} 0 R\s*)+)\]")
_REFERENCE = re.compile(rb"([0-9]{1,6}) 0 R")
_FONT = re.compile(rb"/(F[0-9]{1,3}\+[0-9]{1,4}) ([0-9]{1,6}) 0 R")
_CHARACTER = re.compile(rb"<([0-9A-F]{2})> <((?:[0-9A-F]{4}){1,2})>")
_TOKEN = re.compile(
    rb"(?P<string>\((?:[^()\\]|\\(?:[0-7]{3}|[()\\nrtbf]))*\))"
    rb"|/(?P<name>[^\s/()<>\[\]]+)"
    rb"|(?P<word>[A-Za-z'\"*]+)"
    rb"|(?P<other>[-+.0-9]+|[\[\]]|\s+)"
)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_CONTROL = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_SHOW = (b"Tj", b"TJ")
_REFUSED = (b"'", b'"', b"BI")  # other ways to show text, and the start of bytes that are no text

Font = dict[int, str]


def page_text(page: bytes) -> str:
    """Return the text of every page, one line for each piece drawn, or raise `Malformed`."""
    return file_text(pdf.read(page))


def file_text(file: pdf.File) -> str:
    """Return the text of a file already read."""
    return "\n".join(_content_text(file, number) for number in _pages(file))


def squeezed(text: str) -> str:
    """Take the white space out: where a line was broken says nothing."""
    return "".join(text.split())


def _pages(file: pdf.File) -> list[int]:
    found = _KIDS.search(file[pdf.PAGES])
    numbers = [int(n) for n in _REFERENCE.findall(found[1])] if found else []
    if not 0 < len(numbers) <= _MAX_PAGES:
        raise pdf.malformed("it has no pages, or too many", "没有页面或页数过多")
    return numbers


def _content_text(file: pdf.File, page: int) -> str:
    stream = pdf.content(file[_one(rb"/Contents ([0-9]{1,6}) 0 R", file[page])])
    fonts = _fonts(file, file[_one(rb"/Font ([0-9]{1,6}) 0 R", file[page])])
    return "\n".join(_pieces(stream, fonts))


def _one(pattern: bytes, text: bytes) -> int:
    found = re.findall(pattern, text)
    if len(found) != 1:
        raise pdf.malformed("a page is not built like ours", "页面结构不是本系统的形式")
    return int(found[0])


def _fonts(file: pdf.File, dictionary: bytes) -> dict[bytes, Font]:
    return {
        name: _characters(pdf.content(file[_one(rb"/ToUnicode ([0-9]{1,6}) 0 R", file[int(n)])]))
        for name, n in _FONT.findall(dictionary)
    }


def _characters(cmap: bytes) -> Font:
    try:
        return {
            int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
            for code, text in _CHARACTER.findall(cmap)
        }
    except UnicodeDecodeError as error:
        raise pdf.malformed("a font says no characters", "字体缺少字符对照") from error


def _pieces(stream: bytes, fonts: dict[bytes, Font]) -> list[str]:
    """Return the strings shown, in order; pieces shown by one text object belong together."""
    found, font, name, strings = [""], Font(), b"", list[bytes]()
    for token in _tokens(stream):
        if (string := token["string"]) is not None:
            strings.append(string)
        elif token["name"] is not None:
            name = token["name"]
        elif token["word"] == b"Tf":
            font = _known(fonts, name)
        elif token["word"] in _SHOW:
            found[-1] += "".join(_decoded(string, font) for string in strings)
            strings = []
        elif token["word"] == b"ET":
            found.append("")
    return found


def _tokens(stream: bytes) -> "list[re.Match[bytes]]":
    tokens = list(_TOKEN.finditer(stream))
    strange = any(token["word"] in _REFUSED for token in tokens)
    if strange or sum(len(token[0]) for token in tokens) != len(stream):
        raise pdf.malformed("its content is not built like ours", "页面内容不是本系统的形式")
    return tokens


def _known(fonts: dict[bytes, Font], name: bytes) -> Font:
    if name not in fonts:
        raise pdf.malformed("it uses a font it does not have", "使用了不存在的字体")
    return fonts[name]


def _decoded(string: bytes, font: Font) -> str:
    raw = _ESCAPE.sub(_unescaped, string[1:-1])
    try:
        return "".join(font[code] for code in raw)
    except KeyError as error:
        raise pdf.malformed("a character has no meaning", "有字符无法识别") from error


def _unescaped(match: "re.Match[bytes]") -> bytes:
    code = match[1]
    if len(code) == 1:
        return _CONTROL.get(code, code)
    return bytes([int(code, 8) & 0xFF])  # ISO 32000-1, 7.3.4.2: overflow is ignored
