"""A witness: it judges a question, remembers the checkpoint, and only then cosigns.

What it remembers is on the disk before its signature exists, and both happen under one lock: of two
questions at once the second is judged by what the first left behind.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger import checkpoint
from ledger.add_checkpoint import FORK, NOTHING, Question, Refused, judge, origin_of
from ledger.checkpoint import Checkpoint
from ledger.errors import Malformed, Unsafe
from ledger.note import Note, Signature, Signer, Verifier
from ledger.times import instant
from ledger.witness.state import Held, State

_BEHIND = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Cosigned:
    """What a witness answers: the checkpoint, and its own lines under it."""

    checkpoint: Checkpoint
    note: bytes  # with the log's lines and the witness's
    lines: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """Whose keys cosign, of which logs, and what was cosigned so far."""

    signers: tuple[Signer, ...]
    logs: Mapping[str, Sequence[Verifier]]
    state: State
    clock: Callable[[], datetime]

    def add(self, question: bytes) -> Cosigned:
        """Cosign the checkpoint of an add-checkpoint question, or raise `Refused`.

        Raises `Unsafe` where the disk or the clock is wrong; nothing was cosigned then.
        """
        try:
            asked = Question.parse(question)
        except Malformed as error:
            raise Refused(400, en=error.en, zh=error.zh) from error
        origin = origin_of(asked)
        if origin not in self.logs:
            judge(asked, self.logs, {})  # says what is wrong with it
        with self.state.held(origin) as place:
            found, note = self._judged(asked, place)
            time = self._time(place.note)
            lines = tuple(checkpoint.cosign(found, signer, time) for signer in self.signers)
            kept = Note(note.text, (*self._of_log(origin, note), *lines))
            place.keep(bytes(kept))
        # From here on it is remembered: an answer that gets lost is given again to who asks again.
        return Cosigned(found, bytes(kept), lines)

    def last(self, origin: str) -> int:
        """Return the size of the last checkpoint that was cosigned of a log, 0 if there is none."""
        return _size_and_root(self.state.last(origin))[0]

    def _judged(self, asked: Question, place: Held) -> tuple[Checkpoint, Note]:
        last = _size_and_root(place.note)
        try:
            return judge(asked, self.logs, {origin_of(asked): last})
        except Refused as error:
            # By now the log's signature has held: two roots for one size are the proof of a fork.
            if error.status == FORK and asked.old == _size_and_root(asked.note)[0]:
                place.accuse(asked.note)
            raise

    def _of_log(self, origin: str, note: Note) -> tuple[Signature, ...]:
        """Return the log's own lines: what strangers added is nothing that we saw hold."""
        keys = {(key.name, key.key_id) for key in self.logs[origin]}
        return tuple(one for one in note.signatures if (one.name, one.key_id) in keys)

    def _time(self, last: bytes) -> int:
        """Return the time, which never goes back from one checkpoint to the next."""
        now = self.clock()
        own = [signer.verifier for signer in self.signers]
        before = max(checkpoint.signed_at(Note.parse(last), own).values(), default=0) if last else 0
        if now.timestamp() < before - _BEHIND.total_seconds():
            raise Unsafe(
                "witness.clock",
                en=f"the clock says {instant(now)}, but the last checkpoint was cosigned later; set it",
                zh=f"时钟显示 {instant(now)}，早于上次会签的时间；请校准时钟",
            )
        return max(int(now.timestamp()), before)


def _size_and_root(note: bytes) -> tuple[int, bytes]:
    if not note:
        return NOTHING
    found = Checkpoint.parse(Note.parse(note).text)
    return found.size, found.root
