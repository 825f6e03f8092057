"""Other processes for work that needs no ledger: pages drawn, files checked, rows read."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import TypeVar

from ledger.errors import Unsafe

T = TypeVar("T")
R = TypeVar("R")
_AT_ONCE = 8  # pieces of work handed over together


def workers(pieces: int, few: int) -> AbstractContextManager[Executor | None]:
    """Return a process for each core; none for a `few` pieces of work, or where there is one core."""
    count = processors()
    if count == 1 or pieces < few:
        return nullcontext()
    return pool(count)


def processors() -> int:
    """Return how many processors we may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def pool(count: int) -> ProcessPoolExecutor:
    """Return so many processes that do what they are told, and end with this one."""
    # Begun anew, not forked: a copy would hold the databases that are open here.
    return ProcessPoolExecutor(count, get_context("spawn"), initializer=_serve)


def spread(others: Executor | None, work: Callable[[T], R], each: Iterable[T]) -> Iterator[R]:
    """Give what `work` makes of each, in order; without others, when it is asked for.

    With others the work begins now, so that it is done while the caller does something else.
    """
    if others is None:
        return map(work, each)
    try:
        return _whole(others.map(work, each, chunksize=_AT_ONCE))
    except BrokenExecutor as error:
        raise _ended() from error


def _whole(found: Iterator[R]) -> Iterator[R]:
    try:
        yield from found
    except BrokenExecutor as error:
        raise _ended() from error


def _ended() -> Unsafe:
    return Unsafe(
        "worker.ended",
        en="a process that helped was ended from outside, perhaps for want of memory; do it again:"
        " what is done stays done",
        zh="协助的进程被外部终止，可能是内存不足；请再执行一次，已完成的不会重做",
    )


def _serve() -> None:
    """Leave Ctrl-C to the process that asked, and end when it does, however it ends."""
    if hasattr(os, "nice"):
        os.nice(
            10
        )  # who asked is waited for by all: what he does must not wait for what is done ahead
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if parent := parent_process():
        Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
