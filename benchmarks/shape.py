"""The shape of a bulk import: everybody serves once a day, on as many days as it takes.

Each line lasts 60 to 240 minutes and begins at eight, so that no two of one person overlap.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.times import CST, instant

FIRST = datetime(2020, 1, 1, 8, tzinfo=CST)
LONGEST = timedelta(hours=4)

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Shape:
    """So many lines of so many people, in sheets of so many rows."""

    lines: int
    people: int
    rows: int = 50

    @property
    def days(self) -> int:
        return -(-self.lines // self.people)

    def sheets(self, day: int) -> Iterator[tuple[Row, ...]]:
        """Iterate over the sheets of a day's activity."""
        first = day * self.people
        last = min(first + self.people, self.lines)
        for start in range(first, last, self.rows):
            yield tuple(self.row(i) for i in range(start, min(start + self.rows, last)))

    def row(self, number: int) -> Row:
        """Return one line: who, when, how long."""
        day, who = divmod(number, self.people)
        minutes = 60 + 30 * (number * 5 % 7)
        start = instant(begin(day))
        end = instant(begin(day) + timedelta(minutes=minutes))
        return {
            "volunteer": volunteer(who),
            "start": start,
            "end": end,
            "minutes": minutes,
            "class": "A",
            "arrived": start,
            "left": end,
        }


def begin(day: int) -> datetime:
    """Return when the activity of a day begins."""
    return FIRST + timedelta(days=day)


def activity(day: int) -> str:
    """Return the code of a day's activity."""
    return f"A{day:05d}"


def volunteer(who: int) -> str:
    """Return a volunteer's number."""
    return f"V{who:07d}"
