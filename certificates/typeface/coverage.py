"""How much of the national standard's ideographs fonts have: GB 18030-2022, implementation level 3.

Level 3 has 87,887 ideographs: those of Unicode 11 in the unified blocks, and the twelve unified ones
that stand among the compatibility ideographs. Blocks have grown since; the standard's set has not.
"""

from collections.abc import Iterable

# First and last of each block as of Unicode 11.
_BLOCKS = (
    (0x4E00, 0x9FEF),  # the unified repertoire and ordering
    (0x3400, 0x4DB5),  # extension A
    (0x20000, 0x2A6D6),  # extension B
    (0x2A700, 0x2B734),  # C
    (0x2B740, 0x2B81D),  # D
    (0x2B820, 0x2CEA1),  # E
    (0x2CEB0, 0x2EBE0),  # F
)
_AMONG_COMPATIBILITY = "﨎﨏﨑﨓﨔﨟﨡﨣﨤﨧﨨﨩"
GB18030 = frozenset(
    (
        *(code for first, last in _BLOCKS for code in range(first, last + 1)),
        *map(ord, _AMONG_COMPATIBILITY),
    )
)


def covered(fonts: Iterable[Iterable[int]]) -> int:
    """Return how many ideographs of level 3 are among the characters of any of these fonts."""
    return len(GB18030.intersection(code for characters in fonts for code in characters))
