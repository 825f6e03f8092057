"""Draw what ends a certificate: totals by class, who issues it, its stamp, how it is checked."""

import segno

from certificates.claim import CLASSES, Claim
from certificates.page.layout import fit
from certificates.page.ornament import GOLD, RED, SAND, WHITE, Colour, Shape
from certificates.page.pen import FULL, GREY, INK, LEFT, MIDDLE, RIGHT, SHRINKING, SIGNED, Pen
from ledger.errors import Rejected
from ledger.times import hours_and_minutes

STAMP = 45.0  # a round unit seal is 42 mm wide at most (国发〔1999〕25号)
BOTTOM = 32.0  # lower edge of the stamp's square; what stands below is on every page
HEIGHT = STAMP + 27.0  # from the last row down to BOTTOM
_CODE = 29.0  # side of the QR code
_LABEL, _VALUE = 29.5, 58.5  # columns of the issuer's particulars
_TOP = BOTTOM + STAMP
_FAINT: Colour = (0.55, 0.53, 0.50)
_EVIDENCE = (
    "证据等级：A 本人当场签到、签退；B 负责人当日名单；C 事后补记，附理由并经第二人确认；"
    "L 由旧系统迁入。合计不取整。"
)
_LAW = (
    "依据《志愿服务条例》第十九条、"
    "《志愿服务记录与证明出具办法（试行）》（民政部令第67号）无偿出具。"
)
_OFFLINE = (
    "电子文件带有数字签名与账本证明，持可信公钥即可离线查验；打印件以电子文件的查验结果为准。"
)


def draw(claim: Claim, y: float, pen: Pen) -> None:
    """Draw the totals below the table's end, and the closing part at its fixed place."""
    _totals(claim, y, pen)
    _lookup(claim, pen)
    _issuer(claim, pen)
    _stamp(pen)


def foot(claim: Claim, page: tuple[int, int], pen: Pen) -> None:
    """Draw what stands at the foot of every page: the law, the check, the page's number."""
    pen.rule(BOTTOM - 7.4, GOLD, 0.15)
    pen.middle((MIDDLE, 20.9), _LAW, 7.4, GREY)
    pen.middle((MIDDLE, 17.3), _OFFLINE, 7.4, GREY)
    pen.middle((MIDDLE, 13.5), f"{claim.number}　第 {page[0]} 页 / 共 {page[1]} 页", 7.4, GREY)


def chinese_day(day: str) -> str:
    """Write a day as letters do: `2026年3月1日`."""
    year, month, date = day.split("-")
    return f"{int(year)}年{int(month)}月{int(date)}日"


def _totals(claim: Claim, y: float, pen: Pen) -> None:
    """Draw the sum, below it the classes apart, and what they mean."""
    pen.text((LEFT + 1.2, y - 6.0), f"合计（{len(claim.lines)} 条）", 11.5, RED)
    pen.right((RIGHT - 1.2, y - 6.0), hours_and_minutes(claim.minutes), 13)
    pen.rule(y - 8.8, SAND, 0.15)
    for column, class_ in enumerate(CLASSES):
        words = f"{class_} 级　{hours_and_minutes(claim.by_class[class_])}"
        pen.text((LEFT + 1.2 + column * FULL / len(CLASSES), y - 13.0), words, 9.5)
    y -= 15.2
    pen.rule(y, RED, 0.25)
    for line in pen.wrap(_EVIDENCE, FULL - 2.4, 7.4):
        y -= 3.9
        pen.text((LEFT + 1.2, y), line, 7.4, GREY)
    if y > _TOP + 16.0:  # nothing can be added in ink without contradicting these words
        pen.middle((MIDDLE, y - 9.0), "（以下空白）", 8.2, GREY)


def _lookup(claim: Claim, pen: Pen) -> None:
    """Draw the QR code and what it leads to."""
    low = _TOP - _CODE
    pen.area((LEFT - 1.2, low - 1.2), (_CODE + 2.4, _CODE + 2.4), WHITE)
    matrix = _matrix(claim.lookup)
    module = _CODE / len(matrix)
    for row, modules in enumerate(matrix):
        y = _TOP - (row + 1) * module
        for start, length in _dark(modules):
            pen.area((LEFT + start * module, y), (length * module, module * 1.02), INK)
    words = (
        "扫码查验　" + claim.verify_url if claim.verify_url else "证明编号与账本　" + claim.origin
    )
    size, lines = fit(words, _CODE, ((7.0, 4), (6.0, 5), (5.0, 6), (3.0, 10)), pen.width)
    for step, line in enumerate(lines):
        pen.text((LEFT, low - 4.0 - step * size * 0.43), line, size, GREY)


def _matrix(words: str) -> tuple[bytearray, ...]:
    try:
        code = segno.make_qr(words, error="m", boost_error=False, encoding="utf-8")
    except segno.DataOverflowError as error:
        raise Rejected(
            "certificate.too_long",
            en=f"{words[:60]!r}… does not fit into a QR code; shorten the verification address",
            zh=f"“{words[:60]}…”放不进二维码；请缩短查验网址",
        ) from error
    return code.matrix


def _dark(modules: bytearray) -> list[tuple[int, int]]:
    """Return the runs of dark modules in a row: where each begins, how long it is."""
    runs = list[tuple[int, int]]()
    for place, dark in enumerate(modules):
        if dark and runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((place, 1))
    return runs


def _issuer(claim: Claim, pen: Pen) -> None:
    """Draw who issues it, with a line for each of the two signatures."""
    particulars = (
        ("出具单位", claim.issuer_name),
        ("统一社会信用代码", claim.issuer_code),
        ("管理单位", claim.manager),
        ("负责人（签字）", claim.responsible),
        ("经办人（签字）", claim.handler),
        ("联系电话", claim.telephone),
        ("出具日期", chinese_day(claim.issued)),
    )
    shown = [(k, v) for k, v in particulars if v or "签字" in k]
    x, step = LEFT + _CODE + 6.0, STAMP / len(shown)
    for row, (label, value) in enumerate(shown):
        y = _TOP - (row + 0.68) * step
        pen.text((x, y), label, 9.2, GREY)
        signed = "签字" in label
        sizes = SIGNED if signed else SHRINKING
        low = pen.field((x + _LABEL, y), value, _VALUE, sizes) if value else y
        if signed:  # below the last line of a long name, never through it
            below = low - (1.5 if low == y else 0.9)
            pen.rule(below, _FAINT, 0.18, (x + _LABEL, x + _LABEL + _VALUE - 2.0))


def _stamp(pen: Pen) -> None:
    """Leave a square blank for a wet stamp; no seal is ever drawn that the unit did not supply."""
    left = RIGHT - STAMP
    corners = ((left, BOTTOM), (RIGHT, BOTTOM), (RIGHT, _TOP), (left, _TOP))
    pen.shape(Shape(corners, _FAINT, 0.15))
    pen.middle((left + STAMP / 2, BOTTOM - 3.9), "盖章处", 8.2, GREY)
