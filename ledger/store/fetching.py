"""Fetching: all that `admit` will read about the subjects of a batch, in a dozen queries.

What is asked for draws other things after it: a sheet its lines, a line its sheet, an organisation
those above it. Nothing is asked row by row.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, literal_column, or_, select, tuple_, union_all

from ledger.accounts import OWN, owner
from ledger.records import (
    Account,
    Achievement,
    Activity,
    Adoption,
    Certificate,
    Certified,
    Closing,
    Complaint,
    Good,
    Hold,
    Holder,
    Import,
    Key,
    Line,
    Membership,
    Movement,
    Notice,
    Organisation,
    Record,
    Sheet,
    Spoken,
    Star,
    Volunteer,
)
from ledger.store.queries import Given, given, giving
from ledger.store.reading import Reader
from ledger.store.tables import PROJECTIONS
from ledger.wants import Wants

Days = dict[str, tuple[str, str]]  # volunteer: first and last day
_PLACED = (
    Sheet,
    Activity,
    Membership,
    Certificate,
    Hold,
    Achievement,
)  # their organisation is looked at
_LONGEST = 1  # day: a ruleset lets no line last longer, unless it is from an older system


def fetch(read: Reader, wants: Wants) -> tuple[Record, ...]:
    """Return the records that `admit` reads about these subjects, and all rulesets."""
    return (*read.all(Adoption), *subjects(read, wants))


def subjects(read: Reader, wants: Wants) -> tuple[Record, ...]:
    """Return the records that `admit` reads about these subjects; one may come twice."""
    if wants == Wants():
        return ()
    keys = _keys(read, wants)
    careers = _careers(read, wants)
    sheets, lines = _service(read, wants, [one for one in careers if isinstance(one, Line)])
    purses = _purses(read, wants)
    activities = read.among(
        Activity, ("code",), one({*wants.activities, *(sheet.activity for sheet in sheets)})
    )
    achievements = [
        *read.among(Achievement, ("ref", "n"), sorted(wants.lines)),
        *read.among(Achievement, ("volunteer",), one(wants.achieved)),
    ]
    stars = {(record.ref, record.n) for record in careers if isinstance(record, Star)}
    papers = _papers(read, wants, stars)
    members = read.among(Membership, ("volunteer",), one(wants.volunteers))
    codes = {*wants.organisations, *(key.organisation for key in keys)}
    for group in (sheets, activities, members, papers, purses, achievements):
        codes.update(record.organisation for record in group if isinstance(record, _PLACED))
    notices = {*wants.refs, *(sheet.notice for sheet in sheets)} - {""}
    notices |= {record.notice for record in careers if isinstance(record, Star)}
    return (
        *keys,
        *read.among(Spoken, ("by", "id"), sorted(wants.ids)),
        *_organisations(read, codes),
        *read.among(Volunteer, ("number",), one(wants.volunteers)),
        *members,
        *activities,
        *sheets,
        *lines,
        *read.among(Notice, ("ref",), one(notices)),
        *papers,
        *read.among(Closing, ("ref",), one(wants.refs)),
        *read.among(Closing, ("size",), [(size,) for size in sorted(wants.closed)]),
        *(record for record in careers if not isinstance(record, Line)),
        *achievements,
        *purses,
    )


def one(values: Iterable[str]) -> Given:
    """Return values as rows of one column, in an order that makes the same query of the same."""
    return [(value,) for value in sorted(values)]


def _keys(read: Reader, wants: Wants) -> list[Key]:
    return [
        *read.among(Key, ("by",), one(wants.keys)),
        *read.among(Key, ("public",), one(wants.publics)),
        *read.among(Key, ("ref",), one(wants.refs)),
        *(read.where(Key, role="log") if wants.logs else ()),
    ]


def _service(read: Reader, wants: Wants, careers: list[Line]) -> tuple[list[Sheet], list[Line]]:
    """Return sheets and lines: those named, of named sheets, near in time, and of whole careers."""
    asked = one({*wants.sheets, *wants.refs})
    sheets = read.among(Sheet, ("ref",), asked)
    lines = read.among(Line, ("sheet",), one(wants.sheets))
    named = read.among(Line, ("sheet", "n"), sorted(wants.lines))
    near = near_lines(read, _days(wants.days, [*lines, *named]))
    found = {line.sheet for group in (named, near, careers) for line in group}
    found.update(
        ref for ref, _ in wants.lines
    )  # a line that does not exist has a sheet all the same
    rest = found - {sheet.ref for sheet in sheets}
    return [*sheets, *read.among(Sheet, ("ref",), one(rest))], [
        *lines,
        *named,
        *near,
        *careers,
    ]


# --- what people have by their lines -------------------------------------------------------------


def _careers(read: Reader, wants: Wants) -> list[Star | Complaint | Line]:
    """Return the stars and complaints of volunteers, and all lines of theirs."""
    numbers = one(wants.careers)
    return [
        *read.among(Star, ("volunteer",), numbers),
        *read.among(Complaint, ("volunteer",), numbers),
        *read.among(Line, ("volunteer",), numbers),
    ]


def _purses(read: Reader, wants: Wants) -> list[Account | Holder | Hold | Movement | Good | Import]:
    """Return accounts with what is held on them, and what holds and goods draw after them."""
    named = read.among(Hold, ("ref", "n"), sorted(wants.holds))
    names = wants.accounts | {side for hold in named for side in (hold.debit, hold.credit)}
    goods = (wants.goods | {hold.good for hold in named}) - {""}
    holds = [
        *named,
        *read.among(Hold, ("credit", "state"), [(name, "open") for name in sorted(names)]),
        *read.among(Hold, ("good", "state"), [(good, "open") for good in sorted(goods)]),
    ]
    # One that has run out is let go of, whosoever it is: his account changes, and so does the good.
    purses = names | wants.purses | {hold.credit for hold in holds}
    goods |= {hold.good for hold in holds} - {""}
    if not (purses or goods):
        return []
    back = {_origin(hold) for hold in named if hold.origin}
    taken = {
        (hold.credit.removeprefix("transit:"), *_origin(hold)) for hold in named if hold.origin
    }
    return [
        *holds,
        *read.among(Account, ("account",), one({*purses, *OWN})),
        *read.among(Holder, ("volunteer",), one({owner(name) for name in names} - {""})),
        *read.among(Good, ("code",), one(goods)),
        *read.among(Movement, ("ref", "n"), sorted(wants.movements | back)),
        *read.among(Movement, ("credit",), one(wants.spent)),
        *read.among(Import, ("origin", "ref", "n"), sorted(wants.imports | taken)),
    ]


def _origin(hold: Hold) -> tuple[str, int]:
    ref, _, n = hold.origin.rpartition(":")
    return ref, int(n)


def _days(days: Days, lines: Iterable[Line]) -> Days:
    """Widen the days asked for by those of lines, each volunteer's into one span."""
    found = dict(days)
    for line in lines:
        first, last = line.start[:10], line.end[:10]
        known = found.get(line.volunteer, (first, last))
        found[line.volunteer] = (min(known[0], first), max(known[1], last))
    return found


def near_lines(read: Reader, days: Days) -> list[Line]:
    """Return the volunteers' lines that touch those days."""
    if not days:
        return []
    query = read.query("near", lambda: _near(read))
    rows = [
        (number, _shifted(first, -_LONGEST), first, _shifted(last, 1))
        for number, (first, last) in sorted(days.items())
    ]
    values = giving(read.connection.dialect, rows)
    return read.made(Line, query.run(read.connection, **values))


def _near(read: Reader) -> Any:
    """Build the query. A day sorts before its instants, so days and instants compare as texts."""
    lines = PROJECTIONS[Line]
    at = select(given(read.connection.dialect, str, str, str, str)).cte("at")  # read once, for both
    mine = lines.c.volunteer == at.c.g0
    old: Any = literal_column("'L'")  # no parameter: the partial index is to be seen to fit
    short = select(lines).select_from(at.join(lines, mine)).where(
        lines.c.start > at.c.g1, lines.c.start < at.c.g3,
        lines.c.end > at.c.g2, lines.c["class"] != old,
    )  # fmt: skip
    long = select(lines).select_from(at.join(lines, mine)).where(
        lines.c["class"] == old, lines.c.start < at.c.g3, lines.c.end > at.c.g2
    )  # fmt: skip
    return union_all(short, long)


@lru_cache(maxsize=1024)
def _shifted(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _papers(
    read: Reader, wants: Wants, stars: set[tuple[str, int]]
) -> list[Certificate | Certified]:
    """Return the certificates named, those on named rows, and the last of each issuer's year."""
    rests = read.among(Certified, ("sheet", "n"), sorted(wants.lines | stars))
    refs = {*wants.refs, *(certified.certificate for certified in rests)}
    years = read.among(Certificate, ("organisation", "year", "sequence"), _last(read, wants))
    return [*rests, *read.among(Certificate, ("ref",), one(refs)), *years]


def _last(read: Reader, wants: Wants) -> Given:
    """Return (issuer, year, highest number) for the issuers and years asked for."""
    if not wants.numbers:
        return []
    table = PROJECTIONS[Certificate].c
    dialect = read.connection.dialect
    pair = (table.organisation, table.year)
    query = read.query("sequences", lambda: select(*pair, func.max(table.sequence)).where(
        tuple_(*pair).in_(select(given(dialect, str, str)))
    ).group_by(*pair))  # fmt: skip
    rows = query.run(read.connection, **giving(dialect, sorted(wants.numbers)))
    return [tuple(row) for row in rows]


def _organisations(read: Reader, codes: set[str]) -> list[Organisation]:
    """Return organisations, all those above them, and the root."""
    if not codes:
        return []
    table = PROJECTIONS[Organisation]
    dialect = read.connection.dialect

    def build() -> Any:
        start = select(table.c.code, table.c.parent).where(
            table.c.code.in_(select(given(dialect, str)))
        )
        chain = start.cte("chain", recursive=True)
        above = chain.union(  # UNION, not UNION ALL: a circle ends
            select(table.c.code, table.c.parent).join(chain, table.c.code == chain.c.parent)
        )
        root: Any = bindparam("none", "")
        return select(table).where(
            or_(table.c.code.in_(select(above.c.code)), table.c.parent == root)
        )

    query = read.query("above", build)
    return read.made(Organisation, query.run(read.connection, **giving(dialect, one(codes))))
