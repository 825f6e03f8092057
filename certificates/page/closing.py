"""Draw what ends a certificate: who issues it, its seal, how it is checked; and the foot of every page."""

import re
from math import isqrt

from zxingcpp import BarcodeFormat, create_barcode

from certificates.page.look import Look
from certificates.page.ornament import Colour, Shape
from certificates.page.pen import FULL, GREY, LEFT, MIDDLE, RIGHT, SHRINKING, SIGNED, Pen
from certificates.page.tags import Element
from certificates.wording import Words
from ledger.errors import Rejected

STAMP = 45.0  # a round unit seal is 42 mm wide at most (国发〔1999〕25号)
BOTTOM = 32.0  # lower edge of the stamp's square; what stands below is on every page
HEIGHT = STAMP + 3.0  # what the closing takes above BOTTOM
PLACE = (RIGHT - STAMP, BOTTOM, RIGHT, BOTTOM + STAMP)  # of the stamp, and of the signature field
_CODES = (29.0, 34.0)  # side of the QR code: an address fits into the smaller
_MODULE = (
    0.52  # what a worn printer and a telephone still tell apart; 65 modules fit into the larger
)
_LABEL, _ENGLISH = 29.5, 38.0  # the issuer's particulars: width of the labels
_END = 142.0  # where the values end
_TOP = BOTTOM + STAMP
_FAINT: Colour = (0.55, 0.53, 0.50)
_FEET = ((20.9, 17.3), (22.2, 19.7, 17.3, 14.9))  # base lines of law and check, one tongue or two
_FOOT = FULL - 8.0  # a frame with stepped corners comes nearer here than beside the tables
_DARK = re.compile(b"\0+")  # as the code's picture has it: one byte a module


class Closing:
    """The closing part, at its fixed place on the last page."""

    def __init__(self, words: Words, lookup: str, look: Look, pen: Pen, document: Element) -> None:
        """Make its parts, in the order in which they are read."""
        self._words, self._look, self._pen = words, look, pen
        self._code, self._matrix = document.add("Figure", _alternative(words)), _matrix(lookup)
        self._side = next(
            (side for side in _CODES if side >= _MODULE * len(self._matrix)), _CODES[-1]
        )
        self._lookup = document.add("P")
        self._particulars = [
            ([document.add("P") for _ in each.label], document.add("P"))
            for each in words.particulars
        ]
        self._stamp = [document.add("P") for _ in words.stamp]
        self._law = [document.add("P") for _ in (*words.law, *words.offline)]

    def draw(self, y: float) -> None:
        """Draw it; `y` is where what stands above ends."""
        if y > _TOP + 16.0:  # nothing can be added in ink without contradicting these words
            with self._pen.piece(None):
                self._pen.middle((MIDDLE, y - 9.0), self._words.blank[0], 8.2, GREY)
        self._check()
        self._issuer()
        self._place_of_the_stamp()

    def foot(self, number: int, count: int) -> None:
        """Draw the law, the check and the page's number; but on the last page they are repeated."""
        pen, words = self._pen, self._words
        texts = (*words.law, *words.offline)
        with pen.piece(None):
            pen.rule(BOTTOM - 7.4, self._look.line, 0.15)
        size = 7.4 if len(words.tongues) == 1 else 6.0
        for element, y, text in zip(self._law, _FEET[len(texts) > 2], texts, strict=True):  # noqa: PLR2004
            with pen.piece(element if number == count else None):
                small = size
                while pen.width(text, small) > _FOOT:
                    small *= 0.97
                pen.middle((MIDDLE, y), text, small, GREY)
        with pen.piece(None):
            pen.middle((MIDDLE, 13.5 if size > 7 else 12.4), words.page(number, count), size, GREY)  # noqa: PLR2004

    def _check(self) -> None:
        """Draw the QR code and what it leads to."""
        pen, side = self._pen, self._side
        low, module = _TOP - side, side / len(self._matrix)
        with pen.piece(None):
            pen.area((LEFT - 1.2, low - 1.2), (side + 2.4, side + 2.4), (1.0, 1.0, 1.0))
        with pen.piece(self._code):
            pen.squares([_dark(row) for row in self._matrix], (LEFT, low), module)
        sizes = ((7.0, 4), (6.0, 5), (5.0, 6), (3.0, 10))
        size, lines = pen.fit(self._words.lookup, side, sizes)
        with pen.piece(self._lookup, whole=self._words.lookup if len(lines) > 1 else ""):
            for step, line in enumerate(lines):
                pen.text((LEFT, low - 4.0 - step * size * 0.43), line, size, GREY)

    def _issuer(self) -> None:
        """Draw who issues it, with a line for each of the two signatures."""
        pen, shown = self._pen, self._words.particulars
        x, step = LEFT + self._side + 6.0, STAMP / len(shown)
        room = _LABEL if self._words.tongues[0] == "zh-CN" else _ENGLISH
        sizes = [self._label(n, room) for n in range(len(self._words.tongues))]
        width = _END - x - room
        for row, (each, (labels, value)) in enumerate(zip(shown, self._particulars, strict=True)):
            y = _TOP - (row + 0.68) * step
            for n, (element, text) in enumerate(zip(labels, each.label, strict=True)):
                with pen.piece(element):
                    pen.text((x, y - n * 2.7), text, sizes[n], GREY)
            steps = SIGNED if each.signed else SHRINKING
            broken = each.value and len(pen.fit(each.value, width, steps)[1]) > 1
            with pen.piece(value, whole=each.value if broken else ""):
                low = pen.field((x + room, y), each.value, width, steps) if each.value else y
            if each.signed:  # below the last line of a long name, never through it
                below = low - (1.5 if low == y else 0.9)
                with pen.piece(None):
                    pen.rule(below, _FAINT, 0.18, (x + room, _END - 2.0))

    def _label(self, n: int, room: float) -> float:
        """Return the size of the labels in one tongue, the same for all."""
        size = 6.2 if n else 9.2
        widest = max(self._pen.width(each.label[n], 1.0) for each in self._words.particulars)
        return min(size, (room - 1.6) / widest)

    def _place_of_the_stamp(self) -> None:
        """Leave a square for a wet stamp, or for the picture of the unit's own: no other is drawn."""
        left, low, right, top = PLACE
        pen = self._pen
        with pen.piece(None):
            corners = ((left, low), (right, low), (right, top), (left, top))
            pen.shape(Shape(corners, _FAINT, 0.15))
        words = "　".join(self._words.stamp)
        x = left + STAMP / 2 - pen.width(words, 8.2) / 2
        for element, text in zip(self._stamp, self._words.stamp, strict=True):
            with pen.piece(element):
                pen.text((x, low - 3.9), text, 8.2, GREY)
            x += pen.width(f"{text}　", 8.2)


def _alternative(words: Words) -> str:
    """Return what stands for the code where it cannot be seen, and where it is."""
    text = {"zh-CN": "二维码", "en": "QR code"}[words.tongues[0]]
    code = ("\ufeff" + text).encode("utf-16-be").hex()
    return f" /Alt <{code}>"


def _matrix(words: str) -> tuple[bytes, ...]:
    """Return the rows of a QR code (ISO/IEC 18004), a byte a module, 0 where it is dark."""
    try:
        code = create_barcode(words, BarcodeFormat.QRCode, ec_level="M")
    except ValueError as error:
        raise Rejected(
            "certificate.too_long",
            en=f"{words[:60]!r}… does not fit into a QR code; shorten the verification address",
            zh=f"“{words[:60]}…”放不进二维码；请缩短查验网址",
        ) from error
    picture = memoryview(code.to_image(add_quiet_zones=False))  # type: ignore[arg-type]
    modules = bytes(picture)
    side = isqrt(len(modules))
    return tuple(modules[start : start + side] for start in range(0, len(modules), side))


def _dark(modules: bytes) -> list[tuple[int, int]]:
    """Return the runs of dark modules in a row: where each begins, how long it is."""
    return [(run.start(), run.end() - run.start()) for run in _DARK.finditer(modules)]
