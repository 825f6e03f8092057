"""Reading: the part of an audit that needs no book, done by others while the judge goes on.

Two thirds of what an entry costs to read are its form, its hashes and its signature, and none of that
depends on what was said before. So entries go out to an executor in pieces, as bytes, and an answer
comes back for each: the key for which it was vouched, or nothing. What nobody vouched for, the judge
reads in full himself: an answer can save work and never change what is found, nor its order. Whoever
works needs neither the database nor a file; a process beside this one will do, or another computer.
Processes take a while to begin: until one answers, the judge goes on alone.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import NamedTuple

from ledger import admit
from ledger.auditing.evidence import Logged
from ledger.errors import LedgerError, Unsafe

_BYTES, _ENTRIES = 1 << 19, 256  # of a piece: some thousands of lines
_AHEAD = 6  # pieces that are on their way: what is held in memory
_BY = re.compile(rb'"by":"([^"]{1,80})"')
_ENROLS = (b'"kind":"appointment"', b'"kind":"charter"')
_VKEY = re.compile(rb'"([A-Za-z0-9./_-]{1,80}\+[0-9a-f]{8})(\+[A-Za-z0-9+/=]{1,80})"')


class Piece(NamedTuple):
    """Entries in a row, and the keys of those who seem to have signed them."""

    said: tuple[Logged, ...]
    keys: Mapping[bytes, str]


def vouch(piece: Piece) -> list[str]:
    """Return for each entry the key for which all its bytes are in order; nothing where they are not."""
    return [_vouched(one, piece.keys) for one in piece.said]


def read(log: Iterable[Logged], executor: Executor | None) -> Iterator[tuple[Logged, str]]:
    """Iterate over the entries, each with the key that it was vouched for."""
    if executor is None:
        yield from ((one, "") for one in log)
        return
    enrolled: dict[bytes, str] = {}
    waiting: deque[tuple[Piece, Future[list[str]]]] = deque()
    begun = _submitted(executor, Piece((), {}))
    try:
        for said in _pieces(log):
            piece = Piece(said, _keys(said, enrolled))
            if not begun.done():
                yield from ((one, "") for one in said)
                continue
            waiting.append((piece, _submitted(executor, piece)))
            if len(waiting) > _AHEAD:
                yield from _answered(*waiting.popleft())
        while waiting:
            yield from _answered(*waiting.popleft())
    finally:
        for future in (begun, *(future for _, future in waiting)):
            future.cancel()


def _vouched(one: Logged, keys: Mapping[bytes, str]) -> str:
    _, entry, items = one
    vkey = keys.get(_by(entry), "")
    if vkey:
        try:
            admit.vouch(entry, items, vkey)
        except LedgerError:
            return ""  # the judge will say why
    return vkey


def _by(entry: bytes) -> bytes:
    """Return who seems to have signed: the first `by` is the head's, unless somebody plays tricks."""
    found = _BY.search(entry)
    return found[1] if found else b""


def _keys(said: Iterable[Logged], enrolled: dict[bytes, str]) -> dict[bytes, str]:
    """Return the keys that these entries name, of those that seem to have been enrolled by now.

    Which of them may speak only the judge can say: he compares what was vouched for with his book.
    """
    for _, entry, _ in said:
        if any(word in entry for word in _ENROLS):
            enrolled |= {by: (by + rest).decode() for by, rest in _VKEY.findall(entry)}
    names = {_by(entry) for _, entry, _ in said}
    return {name: enrolled[name] for name in names if name in enrolled}


def _pieces(log: Iterable[Logged]) -> Iterator[tuple[Logged, ...]]:
    piece, size = list[Logged](), 0
    for one in log:
        piece.append(one)
        size += len(one[1]) + sum(map(len, one[2]))
        if size >= _BYTES or len(piece) >= _ENTRIES:
            yield tuple(piece)
            piece, size = [], 0
    if piece:
        yield tuple(piece)


def _submitted(executor: Executor, piece: Piece) -> "Future[list[str]]":
    try:
        return executor.submit(vouch, piece)
    except BrokenExecutor as error:
        raise _gone() from error


def _answered(piece: Piece, future: "Future[list[str]]") -> Iterator[tuple[Logged, str]]:
    try:
        answers = future.result()
    except BrokenExecutor as error:
        raise _gone() from error
    yield from zip(piece.said, answers, strict=True)


def _gone() -> Unsafe:
    return Unsafe(
        "audit.worker",
        en="a process that read for the audit was ended from outside, perhaps because memory ran"
        " short; nothing is known of the ledger: audit again, with --workers 1",
        zh="协助审计的进程被外部终止，可能是内存不足；本次审计没有结论，请用 --workers 1 重新审计",
    )
