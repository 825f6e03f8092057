"""What a page has to say: a claim made of nothing but what a proof shows.

What nothing proves (who signs, a telephone, an address, a leader's name) is `ANY`, and may be anything.
"""

from certificates.carried import Carried
from certificates.claim import Brought, Claim, EvidenceClass, Honour, Line, Training, totals
from certificates.ground import Ground
from certificates.told import RowKey
from certificates.wording import ANY
from ledger.rows import ActivityItem
from ledger.times import day_of


def claimed(judged: Ground, origin: str) -> Claim:
    """Return what the page has to say; what nothing proves may be anything."""
    head, item = judged.certificate, judged.item
    issuer = judged.organisations[head.organisation]
    rows = {row.code: row for row in judged.activities.values()}
    order = sorted(judged.lines, key=lambda key: judged.lines[key].start)
    lines = tuple(_line(judged, rows[judged.activity_of[key]], key) for key in order)
    brought = brought_forward(judged.carried) if judged.carried else None
    return Claim(
        number=head.number,
        name=judged.opened["name"],
        document=judged.opened.get("document", ""),
        volunteer=item.volunteer,
        first=item.from_,
        last=item.to,
        lines=lines,
        minutes=item.minutes,
        by_class=totals(lines, brought),  # step 8 has held the item's against them
        issuer_name=issuer.name,
        issuer_code=issuer.uscc or "",
        manager="" if issuer.uscc else issuer.manager or "",
        responsible=ANY,
        handler=ANY,
        telephone=ANY,
        issued=day_of(head.at),
        verify_url=ANY,
        origin=origin,
        specimen=judged.charter.clock == "simulated",
        brought=brought,
        star=judged.blocks.star,
        training=tuple(
            Training(row.date, row.course, row.host, row.minutes)
            for row in sorted(judged.blocks.training, key=lambda row: row.date)
        ),
        honours=tuple(
            Honour(row.date, row.title, row.grantor)
            for row in sorted(judged.blocks.honours, key=lambda row: row.date)
        ),
    )


def brought_forward(found: Carried) -> Brought:
    """Return what a page says of a closing."""
    said = found.row.by_class
    by_class: dict[EvidenceClass, int] = {"A": said.A, "B": said.B, "C": said.C, "L": said.L}
    return Brought(found.closing.as_of, found.entry, found.closing.size, by_class)


def _line(judged: Ground, row: ActivityItem, key: RowKey) -> Line:
    line = judged.lines[key]
    return Line(
        date=day_of(line.start),
        activity=row.name,
        place=row.place,
        content=row.content,
        organiser=judged.organisations[judged.organiser_of[key]].name,
        leader=ANY,
        minutes=line.minutes,
        class_=line.class_,
    )
