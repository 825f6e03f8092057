"""The crew of an audit: how many processes read beside the one that judges.

The judge has the most to do, so more than two readers only help with sheets of a line or two.
"""

from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext

from ledger.workers import pool, processors

_MOST = 3  # processes where nobody says how many
ENTRIES, BYTES = 1000, 1 << 22  # of a log that is long: a shorter one is audited sooner alone


def crew(workers: int | None, *, long: bool) -> AbstractContextManager[Executor | None]:
    """Give those who read while we judge: `workers` counts this process, and 1 is it alone."""
    count = workers or (min(processors(), _MOST) if long else 1)
    return nullcontext() if count == 1 else pool(count - 1)
