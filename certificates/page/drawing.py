"""Draw a claim on A4 pages, from the top down, in the order in which it is read.

Measures are millimetres from the lower left corner. Text drawn is text extracted: no fact is a
picture, and only the dress is coloured.
"""

from dataclasses import dataclass

from certificates.claim import Claim, Line
from certificates.page import closing, ornament
from certificates.page.closing import chinese_day
from certificates.page.layout import Row, Run, Sheet, Space, fit, paginate
from certificates.page.ornament import GOLD, RED, SAND, Colour
from certificates.page.pen import FULL, GREY, INK, LEFT, MIDDLE, MM, RIGHT, Pen
from ledger.times import hours_and_minutes

_COLUMNS = (21.0, 51.0, 33.0, 36.0, 21.5, 9.5)
_HEADINGS = ("服务日期", "服务项目与内容", "服务地点", "组织单位 · 负责人", "服务时长", "证据")
_HOURS, _CLASS = 4, 5  # the columns set to the right and in the middle
_GUTTER = 2.4
_SIZE, _SMALL = 9.0, 7.8
_LEADING, _PADDING = 3.75, 2.5
_HEADING = 7.4  # height of the table's first row
_SUM = 6.4  # height of a row that carries a sum over to the next page
_CONTINUED = 259.0  # where the table begins on later pages
_IDENTITY, _SENTENCE = 10.0, 11.5
_NAME_STEPS = ((28.0, 1), (24.0, 1), (20.0, 1), (17.0, 2), (14.0, 2), (11.0, 3), (8.0, 4), (4.0, 5))
_WATERMARK: Colour = (0.87, 0.87, 0.87)
_TINT: Colour = (0.965, 0.945, 0.915)
_SPECIMEN = "样本：本页出自模拟账本，不证明任何服务　SPECIMEN: simulated, proves nothing"

Cells = list[tuple[tuple[Run, Colour], ...]]


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the table on the first page, broken into lines."""

    size: float
    name: tuple[str, ...]
    identity: tuple[str, ...]
    sentence: tuple[str, ...]

    @property
    def table(self) -> float:
        """Where the table begins."""
        name = len(self.name) * self.size * 1.25 / MM
        return 212.0 - name - len(self.identity) * 5.4 - len(self.sentence) * 6.6


def draw(claim: Claim, pen: Pen) -> None:
    """Draw every page of a claim."""
    head = _head(claim, pen)
    sheets = paginate([_row(line, pen) for line in claim.lines], _space(head))
    _dress(pen)
    for number, sheet in enumerate(sheets, start=1):
        pen.canvas.doForm("dress")
        if claim.specimen:
            _specimen(pen)
        top = _first(claim, head, pen) if number == 1 else _continued(claim, pen)
        y = _table(sheet, top, pen)
        if number == len(sheets):
            closing.draw(claim, y, pen)
        else:
            _carry(pen, y, f"过次页 · 本页小计 {hours_and_minutes(sheet.minutes)}，累计",
                   sheet.carried + sheet.minutes)  # fmt: skip
        closing.foot(claim, (number, len(sheets)), pen)
        pen.canvas.showPage()


def _space(head: Head) -> Space:
    """Reckon the room between the table's heading and the foot; a sum may follow the last row."""
    return Space(
        first=head.table - closing.BOTTOM - _HEADING - _SUM,
        other=_CONTINUED - closing.BOTTOM - _HEADING - 2 * _SUM,
        closing=closing.HEIGHT - _SUM,
        line=_LEADING,
        padding=_PADDING,
    )


def _head(claim: Claim, pen: Pen) -> Head:
    size, name = fit(claim.name, 150.0, _NAME_STEPS, pen.width)
    document = f"{claim.document}　　" if claim.document else ""
    sentence = (
        f"　　兹证明上述志愿者自{chinese_day(claim.first)}至{chinese_day(claim.last)}参加志愿服务，"
        f"经公示、确认的服务记录共 {len(claim.lines)} 条，"
        f"服务时长合计 {hours_and_minutes(claim.minutes)}。明细如下："
    )
    identity = pen.wrap(f"{document}志愿者编号 {claim.volunteer}", FULL, _IDENTITY)
    return Head(size, name, identity, pen.wrap(sentence, FULL, _SENTENCE))


def _row(line: Line, pen: Pen) -> Row:
    """Break the texts of a line into the columns of the table."""
    texts = (
        ((line.date, False),),
        ((line.activity, False), (line.content, True)),
        ((line.place, False),),
        ((line.organiser, False), (line.leader, True)),
        ((hours_and_minutes(line.minutes), False),),
        ((line.class_, False),),
    )
    cells = tuple(
        tuple(run for text, small in cell for run in _runs(pen, text, width, small=small))
        for cell, width in zip(texts, _COLUMNS, strict=True)
    )
    return Row(cells, line.minutes)


def _runs(pen: Pen, text: str, width: float, *, small: bool) -> tuple[Run, ...]:
    if not text:
        return ()
    lines = pen.wrap(text, width - _GUTTER, _SMALL if small else _SIZE)
    return tuple(Run(line, small) for line in lines)


def _dress(pen: Pen) -> None:
    """Draw what all pages wear, once."""
    pen.canvas.beginForm("dress")
    for shape in (*ornament.guilloche(MIDDLE, 143.0), *ornament.frame()):
        pen.shape(shape)
    pen.canvas.endForm()


def _specimen(pen: Pen) -> None:
    """Write 样本 SPECIMEN across the page, under everything else, and a line of words above it."""
    pen.canvas.saveState()
    pen.canvas.translate((MIDDLE + 5) * MM, 156 * MM)
    pen.canvas.rotate(52)
    pen.middle((0, -9), "样本 SPECIMEN", 76, _WATERMARK)
    pen.canvas.restoreState()
    pen.middle((MIDDLE, 279.6), _SPECIMEN, 8.5, RED)


def _first(claim: Claim, head: Head, pen: Pen) -> float:
    """Draw everything above the table of the first page; return where the table begins."""
    for shape in ornament.emblem(MIDDLE, 266.0):
        pen.shape(shape)
    pen.display(241.5, "志愿服务记录证明", 35, spread=5.0, bold=1.0)
    pen.display(234.0, "CERTIFICATE OF VOLUNTEER SERVICE", 8.6, spread=2.0)
    pen.middle((MIDDLE, 226.4), f"证明编号　{claim.number}", 10.5)
    pen.rule(222.8, GOLD, 0.35, (52, 158))
    y = 220.0
    for line in head.name:
        y -= head.size * 1.25 / MM
        pen.middle((MIDDLE, y + head.size * 0.2 / MM), line, head.size)
    pen.rule(y - 0.9, GOLD, 0.2, (72, 138))
    y -= 1.1
    for line in head.identity:
        y -= 5.4
        pen.middle((MIDDLE, y), line, _IDENTITY)
    y -= 2.4
    for line in head.sentence:
        y -= 6.6
        pen.text((LEFT, y), line, _SENTENCE)
    return head.table


def _continued(claim: Claim, pen: Pen) -> float:
    """Draw the short head of a later page; return where the table begins."""
    pen.display(268.5, "志愿服务记录证明（续）", 15, spread=2.0, bold=0.4)
    pen.field((LEFT, _CONTINUED + 3.2), claim.name, 70.0)
    pen.right((RIGHT, _CONTINUED + 3.2), f"证明编号　{claim.number}", 10)
    return _CONTINUED


def _table(sheet: Sheet, top: float, pen: Pen) -> float:
    """Draw the rows of a page; return where the table ends."""
    y = top - _HEADING
    pen.area((LEFT, y), (FULL, _HEADING), _TINT)
    pen.rule(top, RED, 0.4)
    pen.rule(y, RED, 0.25)
    _columns(pen, y + 2.5, [((Run(heading), RED),) for heading in _HEADINGS])
    if sheet.carried:
        y = _carry(pen, y, "承前页 · 累计", sheet.carried)
    for row in sheet.rows:
        cells = [tuple((run, GREY if run.small else INK) for run in cell) for cell in row.cells]
        _columns(pen, y - _LEADING - 0.5, cells)
        y -= row.height * _LEADING + _PADDING
        pen.rule(y, SAND, 0.15)
    pen.rule(y, RED, 0.4)
    return y


def _columns(pen: Pen, y: float, cells: Cells) -> None:
    """Draw cells side by side, each from the same height down."""
    x = LEFT
    for column, (cell, width) in enumerate(zip(cells, _COLUMNS, strict=True)):
        for step, (run, colour) in enumerate(cell):
            size, at = _SMALL if run.small else _SIZE, y - step * _LEADING
            if column == _HOURS:
                pen.right((x + width - _GUTTER, at), run.text, size, colour)
            elif column == _CLASS:
                pen.middle((x + width / 2, at), run.text, size, colour)
            else:
                pen.text((x + _GUTTER / 2, at), run.text, size, colour)
        x += width


def _carry(pen: Pen, y: float, words: str, minutes: int) -> float:
    """Draw a row that carries a sum from page to page; return its lower edge."""
    right = LEFT + sum(_COLUMNS[: _HOURS + 1]) - _GUTTER
    pen.right((right, y - 4.3), f"{words} {hours_and_minutes(minutes)}", 8.5, GREY)
    pen.rule(y - _SUM, SAND, 0.15)
    return y - _SUM
