"""Closings on top of a scene: true ones, and those of an operator who says what he likes.

close(scene)                                     # the association's accounts, as of now
close(scene, "T01", day="2026-03-31")            # a team's, as of the end of a day
close(scene, parts=(2, 4), said=lambda rows: …)  # in parts, with other figures
"""

from collections import Counter
from collections.abc import Callable, Sequence

from ledger import admit
from ledger.book import Book
from ledger.records import NOBODY, Account, Line, Membership, Sheet
from ledger.rules.authority import within
from ledger.rules.closings import MOST_DAYS, end_of
from ledger.times import day_of, later
from ledger.totals import CLASSES, Figures, Totals
from tests.scene import OPERATOR, Json, Logged, Row, Scene

Said = Callable[[list[Row]], list[Row]]


def totals_of(scene: Scene, owns: Callable[[str], bool] = lambda _: True) -> Totals:
    """Fold what a scene has come to, from its bytes."""
    book, totals = Book(), Totals(owns)
    for told in scene.log:
        heard = admit.hear(book, told.entry, told.items)
        effects = admit.admit(book, heard)
        admit.apply(book, heard, effects)
        totals.take(book, effects, heard.stamp)
    return totals


def rows_of(scene: Scene, org: str = "KX", day: str = "") -> list[Row]:
    """Return the rows that a true closing has."""
    found = totals_of(scene).closed(org, day or day_of(scene.book.stamp))
    return [row_of(number, figures) for number, figures in found.items()]


def row_of(number: str, figures: Figures) -> Row:
    """Return a row."""
    by_class: Row = dict(zip(CLASSES, figures.by_class, strict=True))
    return {"volunteer": number, **figures._asdict(), "by_class": by_class}


def plainly(scene: Scene, org: str, day: str) -> dict[str, Figures]:
    """Add up an organisation's figures at the end of a day from what the book held by then, anew."""
    book = Book()
    for told in scene.log:
        if told.heard.stamp <= end_of(day):
            admit.apply(book, told.heard, told.effects)
    numbers = {m.volunteer for m in book.all(Membership) if within(book, m.organisation, org)}
    sums: dict[str, Counter[str]] = {}
    for line in book.all(Line):
        sheet = book.find(Sheet, line.sheet)
        assert sheet
        if within(book, sheet.organisation, org) and book.stood(line) != NOBODY:
            if book.line_state(line) == "confirmed":
                sums.setdefault(line.volunteer, Counter())[line.class_] += line.minutes
            if book.line_state(line) in ("confirmed", "void"):
                numbers.add(line.volunteer)
    return {number: _figures(book, number, sums.get(number, Counter())) for number in numbers}


def _figures(book: Book, number: str, sums: Counter[str]) -> Figures:
    held = [star.level for star in book.stars_of(number) if star.state in ("granted", "review")]
    purses = [
        one.balance if (one := book.find(Account, *key)) else 0
        for key in (
            (f"volunteer:{number}", "point"),
            (f"volunteer:{number}", "credit"),
            (f"donations:{number}", "credit"),
        )
    ]
    by_class = (sums["A"], sums["B"], sums["C"], sums["L"])
    return Figures(by_class, max(held, default=0), *purses)


def check_totals(scene: Scene, *organisations: str) -> None:
    """Hold the totals against plain sums, at the end of every day that may still be closed."""
    totals, last = totals_of(scene), scene.book.stamp
    oldest = day_of(later(last, days=-MOST_DAYS))
    days = {day_of(told.heard.stamp) for told in scene.log}
    for day in sorted(day for day in days if day >= oldest):
        for org in organisations:
            assert totals.closed(org, day) == plainly(scene, org, day), (org, day)


def close(  # noqa: PLR0913 - what is said, when, of whom, by whom, and how
    scene: Scene,
    org: str = "KX",
    *,
    day: str = "",
    by: str = OPERATOR,
    parts: Sequence[int] = (),
    said: Said = lambda rows: rows,
    **changed: Json,
) -> list[Logged]:
    """Close accounts, in parts of so many rows if any are given; `changed` are fields of each head."""
    rows = said(rows_of(scene, org, day))
    size = sum(told.heard.stamp <= end_of(day) for told in scene.log) if day else scene.book.size
    head: Row = {
        "as_of": end_of(day) if day else scene.book.stamp,
        "size": size,
        "total": len(rows),
    }
    found: list[Logged] = []
    for count in parts or (len(rows),):
        if found:
            head |= {"previous": found[-1].ref, "first": head.get("first", 0) + count_of(found[-1])}  # type: ignore[operator]
        part, rows = rows[:count], rows[count:]
        found.append(scene.say("closing", *part, by=by, org=org, **(head | changed)))
    return found


def count_of(told: Logged) -> int:
    """Return how many rows a statement has."""
    return len(told.items)
