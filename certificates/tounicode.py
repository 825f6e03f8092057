"""What the codes of a font mean: its ToUnicode map (ISO 32000-1, 9.10.3; Adobe technical note 5411).

Codes of two bytes run from 1 without a gap, and each means one character. A map is read by reading it,
writing it back and comparing.
"""

import re
from functools import lru_cache

from certificates import pdf

_MOST = 100  # rows a block: Adobe technical note 5411, 1.4.1
_CODES = tuple(f"<{code:04X}> <" for code in range(1, 0x10000))
_HEAD = b"""\
/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
"""
_FOOT = b"""\
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""
_END = "endbfchar\n"
_MEANING = re.compile(r"> <([0-9A-F]{4,8})>\n")


def write(characters: str) -> bytes:
    """Return the map of a font whose codes from 1 on mean these characters."""
    starts = range(0, len(characters), _MOST)
    body = (_block(start, characters[start : start + _MOST]) for start in starts)
    return b"%s%s%s" % (_HEAD, "".join(body).encode(), _FOOT)


def read(data: bytes) -> str:
    """Return the characters that a map's codes mean, or raise `Malformed`."""
    try:
        blocks = data[len(_HEAD) : -len(_FOOT)].decode().split(_END)[:-1]
        found = "".join(map(_read, blocks))
    except ValueError as error:
        raise pdf.malformed("a font says no characters", "字体缺少字符对照") from error
    if not found or write(found) != data:
        raise pdf.malformed("a font's codes have gaps", "字体编码不连续")
    return found


# The first characters of a form are the same on all that were filled in.
@lru_cache(maxsize=1024)
def _block(start: int, characters: str) -> str:
    """Write what the codes behind the first `start` ones mean."""
    codes = _CODES[start : start + _MOST]
    rows = [f"{code}{_utf16(one)}>\n" for code, one in zip(codes, characters, strict=False)]
    return f"{len(rows)} beginbfchar\n{''.join(rows)}{_END}"


@lru_cache(maxsize=1024)
def _read(block: str) -> str:
    """Return what the rows of a block mean, wherever they stand in it: whoever reads writes it back."""
    return bytes.fromhex("".join(_MEANING.findall(block))).decode("utf-16-be")


@lru_cache(maxsize=16_384)
def _utf16(character: str) -> str:
    return character.encode("utf-16-be").hex().upper()
