"""Sampling: which teams and lines a spot check takes, so that anybody draws the same again (rule 52).

    key        = SHA-256("volunteer-ledger/sample@v1" LF root LF seed LF), root in base64
    of a team  = SHA-256(key, "team ", code)
    of a line  = SHA-256(key, "line ", ENTRY:ROW), rows from 1

Teams and lines are taken in the order of these digests: from the teams with lines in attendance
statements, as many of a hundred as asked for, rounded up, and no fewer than the least; of each the
first lines. Nobody can foresee them before root and seed are there.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from heapq import nsmallest
from typing import NamedTuple

Sheet = tuple[str, int, int]  # team, entry, rows
Place = tuple[int, int]  # entry and row, rows from 1


class Terms(NamedTuple):
    """How much is taken: teams of a hundred, teams at least, lines of each at most."""

    share: int = 40
    least: int = 5
    most: int = 10


def draw(
    sheets: Iterable[Sheet], root: str, seed: str, terms: Terms
) -> Mapping[str, tuple[Place, ...]]:
    """Return the teams that are taken, by code, each with its lines in log order."""
    key = sha256(f"volunteer-ledger/sample@v1\n{root}\n{seed}\n".encode()).digest()
    of_team: dict[str, list[tuple[int, int]]] = {}
    for team, entry, rows in sheets:
        of_team.setdefault(team, []).append((entry, rows))
    wanted = max(terms.least, -(-len(of_team) * terms.share // 100))
    taken = nsmallest(wanted, of_team, key=lambda team: _digest(key, "team", team))
    return {
        team: tuple(sorted(nsmallest(terms.most, _places(of_team[team]), key=_by(key))))
        for team in sorted(taken)
    }


def _places(sheets: Iterable[tuple[int, int]]) -> Iterable[Place]:
    return ((entry, row) for entry, rows in sheets for row in range(1, rows + 1))


def _by(key: bytes) -> Callable[[Place], bytes]:
    return lambda place: _digest(key, "line", f"{place[0]}:{place[1]}")


def _digest(key: bytes, what: str, name: str) -> bytes:
    return sha256(key + f"{what} {name}".encode()).digest()
