"""What the lines behind findings say: read from the log once more, and only where a finding points."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from ledger import kinds
from ledger.anomalies.reading import Logged, heard
from ledger.anomalies.records import Span
from ledger.errors import LedgerError

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


def details(
    log: Callable[[], Iterable[Logged]], wanted: Iterable[Span], most: int
) -> Mapping[Place, Detail]:
    """Return the lines that spans name, up to so many of each span; the log is read once."""
    rows: dict[int, set[int]] = {}
    for span in wanted:
        rows.setdefault(span.entry, set()).update(range(span.first, span.last + 1)[:most])
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
        except (ValueError, LedgerError):
            continue  # what cannot be read is named by who looked first
    return found
