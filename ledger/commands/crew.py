"""The crew of an audit: how many processes read beside the one that judges.

The judge has the most to do, so more than two readers only help with sheets of a line or two.
"""

import os
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext

from ledger.workers import pool

_MOST = 3  # processes where nobody says how many
_WORTH = 1000  # entries; a shorter ledger is audited before others have begun


def crew(workers: int | None, entries: int) -> AbstractContextManager[Executor | None]:
    """Give those who read while we judge: `workers` counts this process, and 1 is it alone."""
    count = workers or (min(_processors(), _MOST) if entries >= _WORTH else 1)
    return nullcontext() if count == 1 else pool(count - 1)


def _processors() -> int:
    """Return how many processors we may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1
