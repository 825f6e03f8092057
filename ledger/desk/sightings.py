"""Sightings: what trusted witnesses saw of a log and when, as an audit holds it against stamps."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ledger.audit import Held
from ledger.auditing.evidence import Log
from ledger.checkpoint import with_lines
from ledger.errors import LedgerError
from ledger.note import Signature
from ledger.trust import Trust, cosigned_times


def sightings(
    log: Log, held: Iterable[Held], trusted: Trust, *, simulated: bool = False
) -> list[Held]:
    """Return what is held, and the log's own cosigned checkpoints, with the witnesses' times.

    A simulated clock is told the time: there are none then.
    """
    if simulated:
        return list(held)
    return [_timed(one, trusted) for one in (*held, *_own(log))]


def _own(log: Log) -> Iterator[Held]:
    """Give the cosigned checkpoints that a ledger keeps; what cannot be read others find."""
    lines: dict[int, list[Signature]] = defaultdict(list)
    for _, size, _, line in log.cosignatures():
        try:
            lines[size].append(Signature.parse(line))
        except LedgerError:
            continue
    if not lines:
        return
    for size, note in log.checkpoints():
        if size in lines:
            try:
                yield Held.read(f"checkpoint {size}", with_lines(note, lines[size]))
            except LedgerError:
                continue


def _timed(held: Held, trusted: Trust) -> Held:
    try:
        return replace(held, seen=tuple(sorted(cosigned_times(held.note, trusted).items())))
    except LedgerError:  # a guard signs nothing; a note that does not hold is a finding of its own
        return held
