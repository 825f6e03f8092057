"""Contradicting: two checkpoints that cannot both be true, proved from a ledger, printed and written."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ledger import encoding, merkle
from ledger.audit import Held
from ledger.auditing import forks
from ledger.auditing.evidence import Log
from ledger.auditing.findings import Pair
from ledger.auditing.forks import Fork
from ledger.commands.opening import office
from ledger.commands.world import World
from ledger.desk import recovering
from ledger.errors import LedgerError
from ledger.files import check_is_file
from ledger.merkle import Nodes, Range
from ledger.note import Verifier
from ledger.records import Key
from ledger.store.reading import Reader
from ledger.store.trees import nodes_for


@dataclass(frozen=True, slots=True)
class Tree:
    """A log as evidence against it is made from: its newest note, its keys, and the nodes of its tree."""

    newest: bytes
    keys: Sequence[Verifier]
    nodes: Callable[[Sequence[Range]], Nodes]

    @classmethod
    def of_ledger(cls, view: Reader, trusted: Sequence[Verifier]) -> "Tree":
        """Return the tree in a database, whose nodes are stored."""
        own = (Verifier.parse(key.vkey) for key in view.where(Key, role="log"))
        return cls(view.checkpoint(), (*trusted, *own), partial(nodes_for, view))

    @classmethod
    def of_log(cls, log: Log, trusted: Sequence[Verifier]) -> "Tree":
        """Return the tree of a log that was taken away, whose nodes are computed from all its entries."""
        *_, (_, newest) = [(0, b""), *log.checkpoints()]
        return cls(newest, trusted, lambda _: _nodes(log))


def proved(tree: Tree, pairs: Iterable[Pair]) -> Iterator[Fork]:
    """Give the evidence of two histories, where it is one that a stranger can check."""
    for pair in pairs:
        if pair.second:
            yield forks.pair(pair.first, pair.second)  # of a log that may be another's
            continue
        try:
            found = _own(tree, pair.first)
            forks.check(found, tree.keys)
        except LedgerError:
            continue  # the tree that was stored is damaged: other findings say so
        yield found


def shown_by_witnesses(world: World) -> Iterator[Path]:
    """Name the checkpoints that witnesses showed of this log, to which it is not true, nor says it lost."""
    for file in sorted((world.home.path / "evidence").glob("*.note")):
        try:
            shown = Held.read(str(file), world.read(file))
            with office(world).store.reading() as view:
                lost = recovering.loss_of(view, [shown]).named
        except LedgerError:
            continue  # of another log, or damaged: it contradicts nobody
        if lost:
            yield file


def _own(tree: Tree, note: bytes) -> Fork:
    old, new = (Held.read("", one).checkpoint.size for one in (note, tree.newest))
    ranges = [(0, old), *merkle.consistency_ranges(old, new)]
    return forks.against(note, tree.newest, tree.nodes(ranges))


def _nodes(log: Log) -> Nodes:
    leaves = [merkle.leaf_hash(entry) for _, entry, _ in log.log()]
    return lambda level, index: merkle.root(leaves[index << level : (index + 1) << level])


def say_evidence(world: World, evidence: Sequence[Mapping[str, Any]], file: Path | None) -> None:
    """Print pairs of notes that cannot both be true, and write them to a file each."""
    for n, fork in enumerate(evidence):
        notes = f"{fork['first']}\n{fork['second']}"
        world.tell(
            f"--- two checkpoints that cannot both be true: the evidence itself ---\n{notes}",
            f"--- 两份不可能都为真的检查点，即证据本身 ---\n{notes}",
        )
        if file:
            check_is_file(file)
            target = file.with_name(f"{file.stem}-{n + 1}{file.suffix}") if n else file
            world.write(target, encoding.encode(dict(fork), lines=True))
            world.tell(f"written: {target}", f"已写入 {target}")
