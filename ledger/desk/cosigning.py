"""Having checkpoints cosigned: our witnesses are asked at once, and what they say is kept.

Nothing of it is needed to go on: an association without a network has no witness to ask, and its
certificates say that they stand on the log's word alone. What a witness answers is kept beside the
checkpoint it is about, the first line of each key, and goes out with it from then on.
"""

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ledger import checkpoint
from ledger.checkpoint import Checkpoint
from ledger.errors import Malformed, Rejected
from ledger.merkle import Hash, consistency_proof, consistency_ranges
from ledger.note import Note, Signature, Verifier
from ledger.store.database import Store
from ledger.store.trees import nodes_for
from ledger.trust import TrustedLog
from ledger.witness.asking import Answer, Patience, Peer, ask

_GRACE = 1.0  # seconds that a late witness gets once there are enough

Said = tuple[Verifier, Signature]


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to ask, how often a silent witness, and how many are enough; `again`: also who said it."""

    seconds: float
    tries: int = 10
    enough: int = 0
    again: bool = False


def peers(believed: TrustedLog, urls: Mapping[str, str]) -> tuple[Peer, ...]:
    """Return the witnesses that can be asked: those of the trust file that have an address."""
    keys: dict[str, tuple[Verifier, ...]] = {}
    for key in believed.witnessing:
        keys[key.name] = (*keys.get(key.name, ()), key)
    return tuple(Peer(name, keys[name], urls[name]) for name in keys if name in urls)


def gather(store: Store, note: bytes, asked: Sequence[Peer], effort: Effort) -> tuple[Answer, ...]:
    """Ask witnesses to cosign a checkpoint of ours, keep their lines, and return what each answered.

    Who has cosigned it already is not asked, unless `again`.
    """
    size = Checkpoint.parse(Note.parse(note).text).size
    with store.reading() as view:
        here = {vkey for vkey, _ in view.lines(size)}
        known = {
            peer.name: max(view.last_cosigned(str(key)) for key in peer.keys) for peer in asked
        }
    waiting = [one for one in asked if effort.again or not _has_all(one, here)]
    proof = _prover(store, size)
    answers = _all_at_once(
        waiting,
        lambda peer, patience: ask(peer, note, known[peer.name], proof, patience),
        effort,
    )
    keep(store, note, [said for answer in answers for said in _said(answer)])
    return answers


def cosigned(store: Store, note: bytes) -> bytes:
    """Return a note of ours with all lines that are kept beside its checkpoint."""
    with store.reading() as view:
        return view.with_lines(note, Checkpoint.parse(Note.parse(note).text).size)


def keep(store: Store, note: bytes, said: Sequence[Said]) -> int:
    """Keep lines under a checkpoint of ours, the first of each key; return how many are new.

    The lines were checked; a checkpoint that is not here is refused.
    """
    parsed = Note.parse(note)
    size = Checkpoint.parse(parsed.text).size
    with store.writing() as writer:
        own = writer.read.checkpoint_at(size)
        if not own or Note.parse(own).text != parsed.text:
            raise Rejected(
                "checkpoint.unknown",
                en=f"the checkpoint of size {size} is not one of this ledger's",
                zh=f"大小为 {size} 的检查点不是本账本的检查点",
            )
        here = {vkey for vkey, _ in writer.read.lines(size)}
        new = {str(key): str(line).rstrip("\n") for key, line in said if str(key) not in here}
        if new:
            writer.cosignatures(size, list(new.items()))
            writer.commit()
    return len(new)


def take(store: Store, note: bytes, believed: TrustedLog) -> dict[str, int]:
    """Keep the trusted witnesses' lines in a note that was carried here; return who, and when."""
    parsed = Note.parse(note)
    found = checkpoint.witnessed(parsed, believed.witnessing)
    if not found:
        raise Malformed(
            "there is no line of a witness that the trust file lists",
            "其中没有信任文件所列见证人的会签",
        )
    keys = {(key.name, key.key_id): key for key in found}
    lines = [(keys.get((one.name, one.key_id)), one) for one in parsed.signatures]
    keep(store, note, [(key, line) for key, line in lines if key])
    return believed.seen(parsed)


def _has_all(peer: Peer, here: set[str]) -> bool:
    return {str(key) for key in peer.keys} <= here


def _said(answer: Answer) -> list[Said]:
    keys = {(key.name, key.key_id): key for key in answer.peer.keys}
    return [(keys[line.name, line.key_id], line) for line in answer.lines]


def _prover(store: Store, size: int) -> Callable[[int], Sequence[Hash]]:
    """Return how a proof from an older size is made; one at a time, whoever asks."""
    turn = threading.Lock()

    def proof(old: int) -> Sequence[Hash]:
        with turn, store.reading() as view:
            nodes = nodes_for(view, consistency_ranges(old, size))
            return consistency_proof(old, size, nodes)

    return proof


def _all_at_once(
    asked: Sequence[Peer], one: Callable[[Peer, Patience], Answer], effort: Effort
) -> tuple[Answer, ...]:
    """Ask all, and wait until all have answered, enough have, or the time is over.

    Threads end with the program: a name server that says nothing must not hold it up.
    """
    answers: queue.Queue[Answer] = queue.Queue()
    patience = Patience.of(effort.seconds, effort.tries)
    for peer in asked:
        put = partial(_put, answers, one, peer, patience)
        threading.Thread(target=put, daemon=True).start()
    found: dict[str, Answer] = {}
    until = patience
    while len(found) < len(asked):
        try:
            answer = answers.get(timeout=max(until.left(), 0))
        except queue.Empty:
            break
        found[answer.peer.name] = answer
        good = sum(each.code == "cosigned" for each in found.values())
        if effort.enough and good >= effort.enough and until is patience:
            until = Patience.of(min(_GRACE, patience.left()), 1)
    late = ("it did not answer in time", "没有及时应答")
    return tuple(found.get(peer.name, Answer(peer, "unreachable", *late)) for peer in asked)


def _put(
    answers: "queue.Queue[Answer]",
    one: Callable[[Peer, Patience], Answer],
    peer: Peer,
    patience: Patience,
) -> None:
    answers.put(one(peer, patience))
