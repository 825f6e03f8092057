"""The log: statements in, entries and receipts out. One writer, one commit point.

    lock → what the log says of itself is checked → guard → hear, admit, apply, in order
         → entries, items, nodes, projections, checkpoint → COMMIT → guard → the answers leave

What is refused is left out, and its error stands in its place. A statement sent again with the same
text gets its first entry again, so a sender who saw no answer just sends again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.book import Book
from ledger.checkpoint import Checkpoint, cosign, issue, read, with_lines
from ledger.errors import LedgerError, Malformed, Unsafe, Unverified
from ledger.guard import Anew, Guard, Held
from ledger.intake import Sent, Taken, take_in
from ledger.merkle import (
    Frontier,
    Hash,
    Node,
    complete_nodes,
    inclusion_proof,
    inclusion_ranges,
    leaf_hash,
)
from ledger.note import Signature, Signer, Verifier
from ledger.records import NOBODY, Adoption, Key
from ledger.store.database import Store
from ledger.store.reading import Reader
from ledger.store.trees import damaged, frontier, nodes_for
from ledger.store.writing import Writer
from ledger.times import instant, moment
from ledger.tlogproof import Proof

__all__ = ["Log", "Receipt", "Sent", "receipts"]

_BEHIND = timedelta(minutes=5)
_AHEAD = timedelta(days=31)
_MOST = 200_000  # records kept in memory between two appends


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a sender: his entry, and the proof of it under a signed checkpoint."""

    index: int
    entry: bytes
    checkpoint: bytes
    proof: tuple[Hash, ...]

    @property
    def text(self) -> str:
        """Return the proof as a file of c2sp.org/tlog-proof@v1."""
        return bytes(Proof(self.index, self.proof, self.checkpoint)).decode()


@dataclass(slots=True)
class _State:
    """The log as of its last checkpoint, and the part of the book that was needed so far."""

    note: bytes
    tree: Frontier
    book: Book
    records: int = 0
    lines: tuple[Signature, ...] = ()  # that others, or the second key, added to the note


class Log:
    """A log that takes statements in. It alone signs for its origin."""

    def __init__(
        self, store: Store, signer: Signer, guard: Guard | Anew, second: Signer | None = None
    ) -> None:
        """Sign by one key; with `second`, an ML-DSA-44 key, once more in the form of a cosignature."""
        self._store = store
        self._second = second
        self._signer = signer
        self._verifier = signer.verifier
        self._guard = guard
        self._state: _State | None = None

    def append(
        self,
        batch: Sequence[Sent],
        now: datetime,
        *,
        clock_is_right: bool = False,
        before: Callable[[Reader], None] | None = None,
    ) -> tuple[Receipt | LedgerError, ...]:
        """Take in what may enter, in order; return a receipt or an error for each that was sent.

        With `before`, all enter or none: a refusal is raised, and `before` is called last of all,
        while nobody else writes; what it raises keeps them out. Raises `Unsafe`, with nothing
        acknowledged and nothing lost, where the world is wrong.
        """
        with self._store.writing() as writer:
            state, self._state = self._current(writer.read), None  # forgotten, should we fail
            stamp = _stamp(state.book.stamp, now, clock_is_right=clock_is_right)
            if state.tree.size == 0:
                self._guard.create()
            with self._guard.held(state.tree.size, _roots(writer.read, state)) as guard:
                known = _peaks(state.tree)
                taken = take_in(writer, state.book, batch, stamp)
                if before:
                    _check_whole(taken)
                    before(writer.read)
                if taken.stored:
                    known |= self._commit(writer, state, guard, taken)
                self._state = state if state.records <= _MOST else None
                return _answers(writer.read, state, taken, known)

    def _commit(self, writer: Writer, state: _State, guard: Held, taken: Taken) -> dict[Node, Hash]:
        """Write what was taken in under a new checkpoint; return the nodes that are complete now."""
        _check_signer(state.book, self._verifier)
        since = state.tree.size
        nodes = {
            (level, index): found
            for stored in taken.stored
            for level, index, found in state.tree.append(leaf_hash(stored.entry))
        }
        size, root = state.tree.size, state.tree.root()
        head = Checkpoint(self._signer.name, size, root)
        state.note = bytes(issue(head, self._signer))
        state.records += len(taken.records)
        writer.entries(taken.stored)
        writer.nodes([(level, index, found) for (level, index), found in nodes.items()])
        writer.put(taken.records)
        writer.checkpoint(size, state.note, since=since)
        state.lines = self._sign_again(writer, head, taken.stored[-1].entry)
        writer.commit()
        # From here on the entries are in the log, whatever happens next: the guard may stay behind
        # and the answers may get lost, but whoever sends again is shown the entry he has.
        guard.keep(size, root)
        return nodes

    def _sign_again(self, writer: Writer, head: Checkpoint, entry: bytes) -> tuple[Signature, ...]:
        """Sign a checkpoint by the second key too, at the time of its last stamp."""
        if self._second is None:
            return ()
        time = moment(entry.partition(b"\n")[0].decode()).timestamp()
        line = cosign(head, self._second, int(time))
        writer.cosignatures(head.size, [(str(self._second.verifier), str(line).rstrip("\n"))])
        return (line,)

    def _current(self, view: Reader) -> _State:
        """Return what we know of the log, read anew unless we were the last to write."""
        note, size = view.checkpoint(), view.size()
        state = self._state
        if state and (state.note, state.tree.size) == (note, size):
            return state
        return _load(view, note, size, self._verifier)


def receipts(view: Reader, indices: Sequence[int]) -> tuple[Receipt, ...]:
    """Return receipts for entries that are in the log, under its newest checkpoint."""
    state = _State(view.checkpoint(), frontier(view, view.size()), Book(), lines=_lines(view))
    return _receipts(view, state, indices, _peaks(state.tree), {})


# --- what the log says of itself ----------------------------------------------------------------


def _load(view: Reader, note: bytes, size: int, own: Verifier) -> _State:
    """Read the log's state, and hold the last checkpoint against the tree."""
    state = _State(note, frontier(view, size), Book(), lines=_lines(view))
    if not size and not note:
        return state
    keys = list(view.where(Key, role="log"))
    try:
        last, _ = read(note, [own, *(Verifier.parse(key.vkey) for key in keys)])
    except (Malformed, Unverified) as error:
        raise damaged(f"its last checkpoint: {error.en}", f"最后的检查点：{error.zh}") from error
    if (last.origin, last.size, last.root) != (own.name, size, state.tree.root()):
        raise damaged(
            f"the last checkpoint is for {last.size} entries of {last.origin}, and does not fit"
            f" the {size} entries of {own.name} here",
            f"最后的检查点为 {last.origin} 的 {last.size} 条，与此处 {own.name} 的 {size} 条不符",
        )
    book = state.book
    book.origin, book.size, book.stamp = last.origin, size, view.last_stamp()
    book.put([*view.all(Adoption), *keys])
    return state


def _lines(view: Reader) -> tuple[Signature, ...]:
    return tuple(Signature.parse(line) for _, line in view.lines(view.size()))


def _check_whole(taken: Taken) -> None:
    """Raise the first refusal of a batch, if there is one."""
    for place in taken.places:
        if not isinstance(place, int):
            raise place


def _check_signer(book: Book, own: Verifier) -> None:
    """Raise `Unsafe` unless our key is the one by which this log speaks."""
    key = book.find(Key, own.by)
    if key is None or key.role != "log" or key.until != NOBODY or key.vkey != str(own):
        raise Unsafe(
            "log.key",
            en=f"{own.by} is not the key of this log; use the log key of this ledger's folder",
            zh=f"{own.by} 不是本账本的日志密钥，请使用本账本文件夹中的日志密钥",
        )


def _roots(view: Reader, state: _State) -> Callable[[int], Hash]:
    """Return how the root at a size is found: nearly always it is the one we know."""

    def root_at(size: int) -> Hash:
        return (state.tree if size == state.tree.size else frontier(view, size)).root()

    return root_at


def _stamp(last: str, now: datetime, *, clock_is_right: bool) -> str:
    """Return the stamp of this append: now, but never before the last one."""
    stamp = instant(now)
    if not last:
        return stamp
    ahead = moment(stamp) - moment(last)
    if -ahead > _BEHIND:
        raise Unsafe(
            "clock.behind",
            en=f"the clock says {stamp}, but the last entry was stamped {last}; set the clock",
            zh=f"时钟显示 {stamp}，但上一条的时间戳是 {last}；请校准时钟",
        )
    if ahead > _AHEAD and not clock_is_right:
        raise Unsafe(
            "clock.ahead",
            en=f"the clock says {stamp}, more than {_AHEAD.days} days after the last entry ({last});"
            " set the clock, or say --clock-is-right if it is right",
            zh=f"时钟显示 {stamp}，比上一条（{last}）晚 {_AHEAD.days} 天以上；"
            "请校准时钟，如时钟无误请加 --clock-is-right",
        )
    return max(stamp, last)


# --- the answers --------------------------------------------------------------------------------


def _peaks(tree: Frontier) -> dict[Node, Hash]:
    return dict(zip(complete_nodes(0, tree.size), tree.peaks, strict=True))


def _answers(
    view: Reader, state: _State, taken: Taken, known: dict[Node, Hash]
) -> tuple[Receipt | LedgerError, ...]:
    """Return a receipt for what is in the log, and the error for what is not."""
    indices = sorted({place for place in taken.places if isinstance(place, int)})
    entries = {stored.index: stored.entry for stored in taken.stored}
    found = {one.index: one for one in _receipts(view, state, indices, known, entries)}
    return tuple(found[place] if isinstance(place, int) else place for place in taken.places)


def _receipts(
    view: Reader,
    state: _State,
    indices: Sequence[int],
    known: dict[Node, Hash],
    entries: dict[int, bytes],
) -> tuple[Receipt, ...]:
    """Prove entries. For new ones all is known: only one that was sent again takes a query."""
    size = state.tree.size
    ranges = [at for index in indices for at in inclusion_ranges(index, size)]
    nodes = nodes_for(view, ranges, known)
    note = with_lines(state.note, state.lines) if state.lines else state.note
    return tuple(
        Receipt(
            index,
            entries.get(index) or _entry(view, index),
            note,
            inclusion_proof(index, size, nodes),
        )
        for index in indices
    )


def _entry(view: Reader, index: int) -> bytes:
    stored = view.entry(index)
    if stored is None:
        raise damaged(f"entry {index} is missing", f"缺少第 {index} 条")
    return stored.entry
