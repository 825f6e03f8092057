"""Closings on top of a scene: true ones, and those of an operator who says what he likes.

close(scene)                                     # the association's accounts, as of now
close(scene, "T01", day="2026-03-31")            # a team's, as of the end of a day
close(scene, parts=(2, 4), said=lambda rows: …)  # in parts, with other figures
"""

from collections.abc import Callable, Sequence

from ledger import admit
from ledger.book import Book
from ledger.rules.closings import end_of
from ledger.times import day_of
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
