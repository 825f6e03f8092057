"""The tree: the nodes that are stored, held against those that the entries give."""

from collections.abc import Iterator, Sequence

from ledger.auditing.evidence import Kept
from ledger.auditing.findings import Report

_LEVELS = 64  # of a tree, and more than any has: a node above them belongs to no entry too


class Tree:
    """Holds the stored nodes against those that the entries give, level by level."""

    def __init__(self, kept: Kept, report: Report) -> None:
        self._kept = kept
        self._report = report
        self._levels: dict[int, Iterator[tuple[int, bytes]]] = {}
        self._bad = False

    def hold(self, nodes: Sequence[tuple[int, int, bytes]]) -> None:
        """Hold the next stored nodes against those that an entry completed."""
        for level, index, found in nodes:
            stored = next(self._level(level), None)
            if stored != (index, found) and not self._bad:
                self._bad = True  # one change spoils every node above and after it
                entry = index << level
                self._report.find(
                    "tree.node",
                    f"entry {entry}",
                    f"the stored node {level}/{index} (from entry {entry}) is not that of the entries",
                    f"存储的树节点 {level}/{index}（自第 {entry} 条起）与条目不符",
                )

    def end(self) -> None:
        """Hold that no node is left over."""
        for level in range(_LEVELS):
            if not self._bad and (more := next(self._level(level), None)):
                self._bad = True
                self._report.find(
                    "tree.node",
                    f"node {level}/{more[0]}",
                    f"a stored node {level}/{more[0]} belongs to no entry",
                    f"存储的树节点 {level}/{more[0]} 没有对应的条目",
                )

    def _level(self, level: int) -> Iterator[tuple[int, bytes]]:
        if level not in self._levels:
            self._levels[level] = iter(self._kept.level(level))
        return self._levels[level]
