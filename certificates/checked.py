"""Things that were checked, and how many of them hold: what screen and report both say first."""

from collections.abc import Sequence
from dataclasses import dataclass

from certificates.sentences import counted
from certificates.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Checked:
    """A file, or a sheet of paper, and what verification said of it."""

    file: str
    verdict: Verdict
    sha256: str = ""  # of the file's bytes, where there were any
    on_paper: bool = False
    short: str = ""  # its name within the folder or archive that was named

    @property
    def holds(self) -> bool:
        """Tell whether it is genuine and, as far as such a thing can show that, logged."""
        return self.verdict.genuine and (self.verdict.logged or self.on_paper)


def summary(checked: Sequence[Checked]) -> tuple[str, str]:
    """Count in English and Chinese what holds, and of the rest, and of that, what a clerk must see."""
    good = [one for one in checked if one.holds]
    count = len(checked)
    en = f"{counted(count, 'file')}: {len(good)} genuine and logged, {count - len(good)} not"
    zh = f"共 {count} 份：真实且已入账 {len(good)} 份，其余 {count - len(good)} 份"
    undecided = sum(one.verdict.undecided for one in checked)
    stands = [one.verdict.standing for one in good]
    parts = (
        (undecided, "could not be checked", "未能查验"),
        (stands.count("revoked"), "of the genuine REVOKED", "真实的之中已撤销"),
        (stands.count("superseded"), "of the genuine superseded", "真实的之中已被替代"),
        (stands.count("unknown"), "of the genuine of unknown standing", "真实的之中效力未知"),
    )
    more = [(f"{n} {words[0]}", f"{words[1]} {n} 份") for n, *words in parts if n]
    return "; ".join([en, *(one for one, _ in more)]), "；".join([zh, *(one for _, one in more)])
