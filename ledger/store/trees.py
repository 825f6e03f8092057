"""The tree in the database: every hash is computed from complete nodes, fetched in one query."""

from collections.abc import Iterable, Mapping

from ledger.errors import Unsafe
from ledger.merkle import Frontier, Hash, Node, Nodes, Range, complete_nodes
from ledger.store.reading import Reader

_NONE: Mapping[Node, Hash] = {}


def frontier(view: Reader, size: int) -> Frontier:
    """Return the right edge of the tree over the first `size` entries."""
    nodes = nodes_for(view, [(0, size)])
    return Frontier(size, [nodes(*node) for node in complete_nodes(0, size)])


def nodes_for(view: Reader, ranges: Iterable[Range], known: Mapping[Node, Hash] = _NONE) -> Nodes:
    """Return the nodes that the roots of these ranges are made from; `known` ones are not fetched.

    Plan a proof with `merkle`, fetch its nodes here, and let `merkle` compute it.
    """
    wanted = {node for start, end in ranges for node in complete_nodes(start, end)}
    found = {**known, **view.nodes(sorted(wanted - known.keys()))}

    def node(level: int, index: int) -> Hash:
        if (level, index) not in found:
            raise damaged(
                f"the tree's node {level}/{index} is missing", f"缺少树节点 {level}/{index}"
            )
        return found[level, index]

    return node


def damaged(en: str, zh: str) -> Unsafe:
    """Return the refusal for a log that contradicts itself."""
    return Unsafe(
        "log.damaged",
        en=f"the log is damaged: {en}. Nothing was written. Keep the file, run `vledger audit`,"
        " and restore the newest backup",
        zh=f"日志已损坏：{zh}。未写入任何内容。请保留该文件，运行 `vledger audit`，并恢复最新的备份",
    )
