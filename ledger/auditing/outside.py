"""Outside: what others hold of this log, held against it; nobody is accused by another's word.

A checkpoint says how many entries there were, and under which root. If that is the ledger's root at that
size, all is well; if the ledger is shorter, its tail was lost; if the root is another, the log signed two
histories, and the pair of notes proves it to anybody. What a key signed beyond the entry that retired it
is a lost tail as well: a recovery names it, or ought to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from ledger import merkle
from ledger.auditing.findings import Pair, Report
from ledger.auditing.forks import is_signed
from ledger.auditing.heads import log_keys
from ledger.book import Book
from ledger.checkpoint import Checkpoint, read
from ledger.encoding import base64
from ledger.errors import LedgerError, Unverified
from ledger.merkle import Hash
from ledger.note import Note, Verifier
from ledger.records import NOBODY, Key
from ledger.times import instant_of, later
from ledger.trust import TrustedLog

_SKEW = 5  # minutes by which the clocks of a log and of its witnesses may differ


@dataclass(frozen=True, slots=True)
class Held:
    """A checkpoint from outside the ledger, who holds it, and which witnesses saw it when.

    Its note must be signed by this log. What has none is what the guard of this computer remembers.
    `seen` are names of trusted witnesses, and their times in seconds since 1970.
    """

    label: str
    checkpoint: Checkpoint
    note: bytes = b""
    seen: tuple[tuple[str, int], ...] = ()

    @classmethod
    def read(cls, label: str, note: bytes) -> "Held":
        """Read the note of a checkpoint, not yet checked by anybody, or raise `Malformed`."""
        return cls(label, Checkpoint.parse(Note.parse(note).text), note)

    @property
    def head(self) -> tuple[int, str]:
        """Return size and root, as statements write them."""
        return self.checkpoint.size, base64(self.checkpoint.root)


class Believed(NamedTuple):
    """What an auditor brings along: keys of which one is the log's, checkpoints, his trust in the log."""

    trusted: Sequence[Verifier] = ()
    against: Sequence[Held] = ()
    log: TrustedLog | None = None


class Outside:
    """Holds what others hold of this log against the tree; `lost` is what recoveries name, and where."""

    def __init__(
        self, report: Report, book: Book, believed: Believed, lost: Mapping[tuple[int, str], int]
    ) -> None:
        self._report, self._book, self._lost = report, book, lost
        self._trusted, self._log = believed.trusted, believed.log
        self._against = sorted(believed.against, key=lambda one: one.head)
        self._sizes = {one.checkpoint.size for one in believed.against}
        self._known: dict[int, tuple[Hash, str]] = {}  # by size: the root, and the last stamp

    def hold(self, frontier: merkle.Frontier) -> None:
        """Remember what the ledger is at a size of which somebody holds a checkpoint."""
        if frontier.size in self._sizes:
            self._known[frontier.size] = frontier.root(), self._book.stamp

    def end(self, frontier: merkle.Frontier) -> None:
        """Hold every checkpoint against the whole ledger, and that a trusted key is its own."""
        evidence = [one for one in self._against if self._is_evidence(one)]
        for held in evidence:
            root, stamp = self._known.get(held.checkpoint.size, (None, ""))
            if held.checkpoint.size == 0 or root == held.checkpoint.root:
                self._hold_stamp(held, stamp)
            else:
                self._judge(held, root, frontier.size)
        self._find_twins([one for one in evidence if one.note])
        if self._trusted and not set(log_keys(self._book.all(Key))) & set(self._trusted):
            self._report.find(
                "log.untrusted",
                "entry 0",
                f"the log {self._book.origin} is not signed by a key that the trust file names",
                f"账本 {self._book.origin} 的密钥不在信任文件中",
            )

    def _judge(self, held: Held, root: Hash | None, size: int) -> None:
        """Say what it means that the ledger is not true to a checkpoint of this log."""
        at, (who_en, who_zh) = held.checkpoint.size, self._named(held)
        retired = self._retired(held)
        declared = self._lost.get(held.head)
        if declared is not None and (retired is not None or not held.note):
            en = f"{who_en} holds a checkpoint of size {at} from the tail that was lost:"
            zh = f"{who_zh} 中大小为 {at} 的检查点属于已丢失的尾部"
            self._report.remark(
                "tail.declared", held.label, f"{en} entry {declared} says so", f"{zh}，第 {declared} 条已声明"
            )  # fmt: skip
        elif retired is not None:
            en = f"{who_en} holds a checkpoint of size {at} by a log key that entry {retired} retired,"
            zh = f"{who_zh} 中大小为 {at} 的检查点由已在第 {retired} 条停用的日志密钥签署，"
            en += " and no recovery names it: name it with `vledger recover --against`, if it was lost"
            self._find(held, en, zh + "且无恢复文书声明；如属丢失，请用 `vledger recover --against` 补记",
                       "checkpoint.retired")  # fmt: skip
        elif root is None:
            en = f"{who_en} holds a checkpoint of size {at}, above the log's {size}: entries were lost, or"
            zh = f"{who_zh} 中的检查点大小为 {at}，超过账本的 {size} 条：有条目丢失，"
            en += " another copy signed on; where they are lost, `vledger recover` is the way on"
            self._find(held, en, f"{zh}或有另一份拷贝继续签署；确已丢失的，出路见 `vledger recover`",
                       "checkpoint.ahead")  # fmt: skip
        else:
            en = f"{who_en} holds a checkpoint of size {at} that this ledger is"
            zh = f"{who_zh} 中大小为 {at} 的检查点与本账本不符：历史被改写"
            self._find(held, f"{en} not true to: history was rewritten", zh, "checkpoint.fork")
            if held.note:
                self._report.pairs.append(Pair(held.note, root=root))

    def _named(self, held: Held) -> tuple[str, str]:
        """Name what is held, and the witnesses behind it: what they cosigned others have seen as well."""
        try:
            seen = self._log.seen(Note.parse(held.note)) if self._log and held.note else {}
        except LedgerError:
            seen = {}
        if not seen:
            return held.label, held.label
        return (
            f"{held.label} (cosigned by {', '.join(seen)})",
            f"{held.label}（见证人 {'、'.join(seen)} 已会签）",
        )

    def _find_twins(self, evidence: Sequence[Held]) -> None:
        """Find two checkpoints of one size, both beyond the ledger, that one key signed."""
        beyond = [one for one in evidence if one.checkpoint.size not in self._known]
        for _, same in groupby(beyond, key=lambda one: one.checkpoint.size):
            first, *others = same
            for held in others:
                both = set(self._signers(first)) & set(self._signers(held))
                if held.head != first.head and both:
                    en = f"{held.label} and {first.label} hold two checkpoints of one size and one key"
                    zh = f"{held.label} 与 {first.label} 各持同一密钥、同一大小的检查点，"
                    self._find(
                        held,
                        f"{en} that cannot both be true",
                        f"{zh}不可能都为真",
                        "checkpoint.fork",
                    )
                    self._report.pairs.append(Pair(first.note, held.note))

    def _hold_stamp(self, held: Held, stamp: str) -> None:
        """Hold that what a witness saw at a time was stamped before it."""
        for name, time in held.seen:
            seen = instant_of(time)
            if stamp > later(seen, minutes=_SKEW):
                last = held.checkpoint.size - 1
                self._report.find(
                    "stamp.late",
                    f"entry {last}",
                    f"entry {last} is stamped {stamp}, but {name} saw it at {seen} already ({held.label}):"
                    " the log's clock was ahead, or stamps are not true",
                    f"第 {last} 条的时间戳为 {stamp}，但 {name} 在 {seen} 已见到它（{held.label}）："
                    "账本时钟曾超前，或时间戳不实",
                )

    def _retired(self, held: Held) -> int | None:
        """Return the entry that retired the key of a checkpoint beyond it, if one did."""
        keys = self._signers(held)
        ends = [key.until for key in keys if NOBODY < key.until < held.checkpoint.size]
        return max(ends) if ends and len(ends) == len(keys) else None

    def _signers(self, held: Held) -> tuple[Key, ...]:
        keys = (key for key in self._book.all(Key) if key.role == "log")
        return tuple(
            key for key in keys if held.note and is_signed(held.note, Verifier.parse(key.vkey))
        )

    def _find(self, held: Held, en: str, zh: str, code: str) -> None:
        self._report.find(code, held.label, en, zh)

    def _is_evidence(self, held: Held) -> bool:
        try:
            self._check_ours(held)
        except Unverified as error:
            if held.note:  # a guard of another log on this computer is nobody's mistake
                en = f"{held.label} is no evidence about this ledger: {error.en}"
                zh = f"{held.label} 不能作为本账本的证据：{error.zh}"
                self._find(held, en, zh, "evidence.foreign")
            return False
        return True

    def _check_ours(self, held: Held) -> None:
        own, named = self._book.origin, held.checkpoint.origin
        if named != own:
            raise Unverified(f"it is of {named}, not of {own}", f"它属于 {named}，而不是 {own}")
        if held.note:
            read(held.note, [*self._trusted, *log_keys(self._book.all(Key))])
