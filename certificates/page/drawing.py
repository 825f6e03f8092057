"""Draw a certificate's words on A4 pages, from the top down, in the order in which they are read.

Measures are millimetres from the lower left corner. Text drawn is text extracted: no fact is a picture,
and only the dress is coloured. Every piece belongs to a part of the document, or is an artifact.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from certificates import wording
from certificates.page import closing
from certificates.page.flow import Part, Piece, paginate
from certificates.page.layout import balanced
from certificates.page.look import Look, dress, emblem
from certificates.page.ornament import Colour, Letters
from certificates.page.pen import FULL, GREY, LEFT, MIDDLE, MM, RIGHT, Pen
from certificates.page.tables import Column, Setter, Side, Style
from certificates.page.tags import Element
from certificates.wording import Words

_SERVICE: tuple[tuple[float, Side], ...] = (
    (21.0, "left"), (51.0, "left"), (33.0, "left"), (36.0, "left"), (21.5, "right"), (9.5, "middle"),
)  # fmt: skip
_SERVICE_OTHERWISE = tuple(  # for longer names of organisers, or of activities
    (21.0, *three, 21.5, 9.5)
    for three in ((47.0, 30.0, 43.0), (52.0, 25.0, 43.0), (61.0, 27.0, 32.0), (41.0, 43.0, 36.0))
)
_TRAINING: tuple[tuple[float, Side], ...] = (
    (25.0, "left"), (72.0, "left"), (50.0, "left"), (25.0, "right"),
)  # fmt: skip
_HONOURS: tuple[tuple[float, Side], ...] = ((25.0, "left"), (87.0, "left"), (60.0, "left"))
_CONTINUED = 259.0  # where the table begins on later pages
_IDENTITY, _SENTENCE, _FOREIGN = 10.0, 11.5, 9.5
_STEP = (6.6, 5.2)  # from line to line, in the first tongue and in the second
_BETWEEN = 1.0  # what stands between the two tongues
_SMALLER = ((1.0, 1), (0.86, 1), (0.72, 1), (0.6, 2), (0.5, 2), (0.39, 3), (0.29, 4), (0.15, 5))
_CLASSES = ((9.5, 1), (8.5, 1), (7.5, 1), (6.0, 1))
_WATERMARK: Colour = (0.87, 0.87, 0.87)
_GAP = 5.0  # above a table that follows
_ROOM = _CONTINUED - closing.BOTTOM  # of a later page


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What parts are made with."""

    pen: Pen
    document: Element
    style: Style

    def setter(
        self,
        table: wording.Table,
        widths: tuple[tuple[float, Side], ...],
        others: Sequence[Sequence[float]] = (),
    ) -> Setter:
        """Begin a table of these columns."""
        columns = tuple(
            Column(heading, width, side)
            for heading, (width, side) in zip(table.headings, widths, strict=True)
        )
        return Setter(self.pen, self.style, columns, self.document, others)


def draw(words: Words, lookup: str, look: Look, pen: Pen, document: Element) -> None:
    """Draw every page; `lookup` is what the square code holds."""
    head = _Head(words, look, pen, document)
    sheet = _Sheet(pen, document, Style(look.accent, look.hair, look.tint))
    parts = [*_service(words, sheet), *_totals(words, look, sheet)]
    for table, columns in ((words.training, _TRAINING), (words.honours, _HONOURS)):
        if table:
            parts += _more(table, columns, sheet)
    pages = paginate(parts, head.table - closing.BOTTOM, _ROOM, closing.HEIGHT)
    end = closing.Closing(words, lookup, look, pen, document)
    for number, pieces in enumerate(pages, start=1):
        _wear(words, look, pen)
        if number == 1:
            head.draw()
            y = head.table
        else:
            _continued(words, look, pen)
            y = _CONTINUED
        for piece in pieces:
            piece.draw(y)
            y -= piece.height
        if number == len(pages):
            end.draw(y)
        end.foot(number, len(pages))
        pen.end_page()


def _wear(words: Words, look: Look, pen: Pen) -> None:
    """Draw what lies behind a page; a specimen says so across it, under everything else."""
    if one := dress(look.design):
        pen.wear(one)
    if words.specimen:
        with pen.piece(None, whole=wording.ACROSS):
            pen.across((MIDDLE + 10, 150), wording.ACROSS, Letters(76, _WATERMARK, turn=52.0))
        with pen.piece(None):
            pen.middle((MIDDLE, 279.6), words.specimen, 8.5, look.accent)


def _continued(words: Words, look: Look, pen: Pen) -> None:
    """Draw the short head of a later page."""
    with pen.piece(None):
        pen.centred(268.5, words.continued[0], Letters(15.0, look.accent, 2.0, 0.4))
    with pen.piece(None):
        pen.field((LEFT, _CONTINUED + 3.2), words.name, 70.0)
    with pen.piece(None):
        pen.right((RIGHT, _CONTINUED + 3.2), words.number[0], 10)


class _Head:
    """What stands above the table of the first page: who it is about, and what is certified."""

    def __init__(self, words: Words, look: Look, pen: Pen, document: Element) -> None:
        """Break the texts into lines, so that it is known where the table begins."""
        self._words, self._look, self._pen = words, look, pen
        self._place = place = look.design.head
        sizes = tuple((place.name_size * part, most) for part, most in _SMALLER)
        self._size, self._name = pen.fit(words.name, 150.0, sizes)
        if len(self._name) == 2:  # noqa: PLR2004 - one character alone on a line looks like a slip
            self._name = balanced(words.name, self._name, lambda text: pen.width(text, self._size))
        identity = [pen.wrap(text, FULL, _IDENTITY) for text in words.identity]
        sentence = [
            pen.wrap(text, FULL, _SENTENCE if tongue == words.tongues[0] else _FOREIGN)
            for text, tongue in zip(words.sentence, words.tongues, strict=True)
        ]
        self._identity, self._sentence = identity, sentence
        self._title = document.add("H1")
        self._under = document.add("P", _foreign(words, 0))
        self._number = document.add("P")
        self._whose = document.add("P")
        self._who = [document.add("P", _foreign(words, n)) for n in range(len(identity))]
        self._what = [document.add("P", _foreign(words, n)) for n in range(len(sentence))]
        lines = sum(map(len, identity)) * 5.4 + _BETWEEN * (len(sentence) - 1)
        lines += sum(len(each) * step for each, step in zip(sentence, _STEP, strict=False))
        name = len(self._name) * self._size * 1.25 / MM
        self.table = place.name - 8.0 - name - lines

    def draw(self) -> None:
        """Draw it."""
        self._emblem()
        self._title_and_number()
        y = self._whose_it_is()
        for element, lines in zip(self._who, self._identity, strict=True):
            with self._pen.piece(element):
                for line in lines:
                    y -= 5.4
                    self._line(y, line, _IDENTITY)
        y -= 2.4
        for n, (element, lines) in enumerate(zip(self._what, self._sentence, strict=True)):
            y -= _BETWEEN if n else 0.0
            with self._pen.piece(element):
                for line in lines:
                    y -= _STEP[n]
                    self._pen.text((LEFT, y), line, _FOREIGN if n else _SENTENCE)

    def _title_and_number(self) -> None:
        pen, place, look, words = self._pen, self._place, self._look, self._words
        title = Letters(place.title_size, look.accent, place.title_spread, place.title_bold)
        while pen.display_width(words.title[0], title) > self._widest():
            title = title._replace(size=title.size * 0.95)
        under = Letters(8.6, look.line, 2.0)
        for element, y, text, letters in (
            (self._title, place.title, words.title[0], title),
            (self._under, place.under, words.under, under),
        ):
            with pen.piece(element):
                if self._middle:
                    pen.centred(y, text, letters)
                else:
                    pen.display((LEFT, y), text, letters)
        with pen.piece(self._number):
            self._line(place.number, words.number[0], 10.5)
        with pen.piece(None):
            pen.rule(place.rule, look.line, 0.35, (52, 158) if self._middle else (LEFT, RIGHT))

    def _whose_it_is(self) -> float:
        """Draw the name, and return what is below it."""
        y = self._place.name
        with self._pen.piece(self._whose, whole=self._words.name if len(self._name) > 1 else ""):
            for line in self._name:
                y -= self._size * 1.25 / MM
                self._line(y + self._size * 0.2 / MM, line, self._size)
        if self._middle:
            with self._pen.piece(None):
                self._pen.rule(y - 0.9, self._look.line, 0.2, (72, 138))
        return y - 1.1

    @property
    def _middle(self) -> bool:
        return self._place.align == "middle"

    def _widest(self) -> float:
        """Return how wide the title may be; to the left it shares the line with an emblem."""
        return 150.0 if self._middle else 125.0

    def _emblem(self) -> None:
        x, y = self._place.emblem
        if logo := self._look.logo:
            with self._pen.piece(None):
                half = max(min(20.0, x - LEFT, RIGHT - x), 5.0)  # within the margins
                self._pen.picture("Logo", logo, (x - half, y - 10.5), (2 * half, 21.0))
        elif one := emblem(self._look.design):
            self._pen.wear(one)

    def _line(self, y: float, text: str, size: float) -> None:
        if self._middle:
            self._pen.middle((MIDDLE, y), text, size)
        else:
            self._pen.text((LEFT, y), text, size)


def _foreign(words: Words, n: int) -> str:
    """Say the tongue of the nth wording of a phrase, where it is not the document's."""
    return f" /Lang ({words.tongues[n]})" if n else ""


def _service(words: Words, sheet: _Sheet) -> list[Part]:
    minutes = words.service.minutes

    def carried(first: int, last: int) -> tuple[str, str]:
        return words.carried(sum(minutes[first : last + 1]), sum(minutes[: last + 1]))

    setter = sheet.setter(words.service, _SERVICE, _SERVICE_OTHERWISE)
    return setter.parts(words.service.rows, _ROOM, carried)


def _more(
    table: wording.Table, widths: tuple[tuple[float, Side], ...], sheet: _Sheet
) -> list[Part]:
    """Return a further table, a little below what stands above it, and what it adds up to."""
    parts = sheet.setter(table, widths).parts(table.rows, _ROOM)
    found = [Part(Piece(_GAP, lambda _: None)), Part(parts[0].piece, stays=True), *parts[1:]]
    return [*found, *_trained(table, sheet)]


def _trained(table: wording.Table, sheet: _Sheet) -> list[Part]:
    if not table.total:
        return []
    pen, elements = sheet.pen, [sheet.document.add("P") for _ in table.total]
    *label, value = table.total

    def draw_(y: float) -> None:
        x = LEFT + 1.2
        for element, text in zip(elements, label, strict=False):
            with pen.piece(element):
                pen.text((x, y - 4.6), text, 9.0, GREY)
            x += pen.width(text, 9.0) + 2.0
        with pen.piece(elements[-1]):
            pen.right((RIGHT - 1.2, y - 4.6), value, 9.5)

    return [Part(Piece(6.4, draw_), stays=True)]


def _totals(words: Words, look: Look, sheet: _Sheet) -> list[Part]:
    """Return the sum, below it the classes apart, and what they mean."""
    pen, document = sheet.pen, sheet.document
    label, value = words.total
    sums = [document.add("P", _foreign(words, n)) for n in range(len(label))] + [document.add("P")]
    classes = [document.add("P") for _ in words.classes]
    width = FULL / len(classes)
    size = min(pen.fit(text, width - 5.0, _CLASSES)[0] for text in words.classes)  # one for all

    def draw_(y: float) -> None:
        x = LEFT + 1.2
        for element, text in zip(sums, label, strict=False):
            with pen.piece(element):
                pen.text((x, y - 6.0), text, 11.5, look.accent)
            x += pen.width(text, 11.5) + 3.0
        with pen.piece(sums[-1]):
            pen.right((RIGHT - 1.2, y - 6.0), value, 13)
        with pen.piece(None):
            pen.rule(y, look.accent, 0.4)
            pen.rule(y - 8.8, look.hair, 0.15)
            pen.rule(y - 15.2, look.accent, 0.25)
        for column, (element, text) in enumerate(zip(classes, words.classes, strict=True)):
            with pen.piece(element):
                place = (LEFT + 1.2 + column * width, y - 13.0)
                pen.field(place, text, width - 2.0, ((size, 1),))

    return [Part(Piece(15.2, draw_), stays=True), _evidence(words, sheet)]


def _evidence(words: Words, sheet: _Sheet) -> Part:
    """Return what the classes mean."""
    pen = sheet.pen
    elements = [sheet.document.add("P", _foreign(words, n)) for n in range(len(words.evidence))]
    notes = [pen.wrap(text, FULL - 2.4, 7.4) for text in words.evidence]

    def draw_(y: float) -> None:
        for element, lines in zip(elements, notes, strict=True):
            with pen.piece(element):
                for line in lines:
                    y -= 3.9
                    pen.text((LEFT + 1.2, y), line, 7.4, GREY)

    return Part(Piece(3.9 * sum(map(len, notes)) + 1.0, draw_), stays=True)
