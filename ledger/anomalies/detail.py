"""What the lines behind findings say: read from the log once more, and only where a finding points."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from ledger import kinds
from ledger.anomalies.reading import Logged, heard
from ledger.anomalies.records import Span

Place = tuple[int, int]  # entry, and row from 1


class Detail(NamedTuple):
    """A line as it stands in the log, and the sheet that it stands on."""

    entry: int
    row: int
    stamp: str
    recorder: str  # name of the key
    organisation: str
    activity: str
    title: str  # of the activity
    volunteer: str
    start: str
    end: str
    minutes: int
    class_: str
    arrived: str
    left: str


def places(lines: Iterable[Span]) -> Iterator[Place]:
    """Iterate over the lines that spans name, one by one."""
    return ((span.entry, row) for span in lines for row in range(span.first, span.last + 1))


def details(log: Callable[[], Iterable[Logged]], wanted: Iterable[Place]) -> Mapping[Place, Detail]:
    """Return what these lines say; the log is read once, and only where it is asked for."""
    rows: dict[int, set[int]] = {}
    for entry, row in wanted:
        rows.setdefault(entry, set()).add(row)
    titles: dict[str, str] = {}
    found: dict[Place, Detail] = {}
    for one in heard(log()):
        try:
            if isinstance(one.head, kinds.Activities):
                titles |= {row.code: row.name for row in one.rows()}
            elif isinstance(one.head, kinds.Attendance) and one.entry in rows:
                head, by = one.head, one.head.by.rpartition("+")[0]
                for n, row in enumerate(one.rows(), 1):
                    if n in rows[one.entry]:
                        found[one.entry, n] = Detail(
                            one.entry, n, one.stamp, by, head.organisation, head.activity,
                            titles.get(head.activity, ""), row.volunteer, row.start, row.end,
                            row.minutes, row.class_, row.arrived or "", row.left or "",
                        )  # fmt: skip
        except ValueError:
            continue  # what cannot be read is named by who looked first
    return found
