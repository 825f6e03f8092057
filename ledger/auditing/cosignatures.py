"""Cosignatures: every stored line holds, and a quorum stands behind the log.

A line that does not hold would be passed over by whoever does not know its key, so nobody else would
see that it came in. Which checkpoints a quorum cosigned is asked only where a trust file demands one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from ledger.auditing.evidence import Cosignature, Log
from ledger.auditing.findings import Finding, Report
from ledger.auditing.outside import Held
from ledger.checkpoint import Checkpoint, check_line
from ledger.errors import LedgerError, Malformed
from ledger.note import Note, Signature, Verifier
from ledger.trust import TrustedLog

_MOST = 20  # findings; after so many the table is plainly not ours


def hold(
    log: Log,
    report: Report,
    believed: TrustedLog | None = None,
    against: Sequence[Held] = (),
) -> None:
    """Check every cosignature of a log that was replayed; with `believed`, look for its quorum too.

    What witnesses cosigned by what others hold (`against`) ought to be kept: a tail that was cut off here
    leaves no other trace.
    """
    rows = list(log.cosignatures())
    held = [one for one in against if believed and one.note]
    wanted = {row[1] for row in rows} | {one.checkpoint.size for one in held}
    heads = {at: note for at, note in log.checkpoints() if at in wanted} if wanted else {}
    judged = [(row, _trouble(row, heads)) for row in rows]
    report.findings += islice((*_gaps(rows), *_twice(rows), *_wrong(judged)), _MOST)
    if believed is not None:
        report.remarks += islice(_unkept(rows, heads, believed, held), _MOST)
    if believed is not None and believed.quorum:
        good = [row for row, trouble in judged if trouble is None]
        _stand_behind(report, _reached(good, believed), believed.quorum)


def _trouble(row: Cosignature, heads: Mapping[int, bytes]) -> LedgerError | None:
    """Return why a line is not by the key beside it, over the checkpoint of its size."""
    try:
        _check(row, heads)
    except LedgerError as error:
        return error
    return None


def _check(row: Cosignature, heads: Mapping[int, bytes]) -> None:
    _, size, vkey, text = row
    if size not in heads:
        raise Malformed(f"there is no checkpoint of size {size}", f"没有大小为 {size} 的检查点")
    line, key = Signature.parse(text), Verifier.parse(vkey)
    if (line.name, line.key_id) != (key.name, key.key_id):
        raise Malformed("its line is by another key", "签名行不是该密钥所签")
    if not check_line(Checkpoint.parse(Note.parse(heads[size]).text), line, key):
        raise Malformed("its line is no cosignature", "签名行不是会签")


def _gaps(rows: Iterable[Cosignature]) -> Iterator[Finding]:
    for due, (n, *_) in enumerate(rows):
        if n != due:
            en = f"cosignature {due} is missing; the next one stored is {n}"
            zh = f"缺少第 {due} 个会签，存储的下一个是第 {n} 个"
            yield Finding("cosignature.gap", f"cosignature {due}", en, zh)
            return


def _twice(rows: Iterable[Cosignature]) -> Iterator[Finding]:
    seen = set()
    for n, size, vkey, _ in rows:
        if (size, vkey) in seen:
            en = f"cosignature {n} is a second one of checkpoint {size} by one key"
            zh = f"第 {n} 个会签与前面的重复：检查点 {size}，同一密钥"
            yield Finding("cosignature.twice", f"cosignature {n}", en, zh)
        seen.add((size, vkey))


def _wrong(judged: Iterable[tuple[Cosignature, LedgerError | None]]) -> Iterator[Finding]:
    for (n, *_), trouble in judged:
        if trouble:
            en, zh = f"cosignature {n}: {trouble.en}", f"第 {n} 个会签：{trouble.zh}"
            yield Finding("cosignature.bad", f"cosignature {n}", en, zh)


def _unkept(
    rows: Sequence[Cosignature],
    heads: Mapping[int, bytes],
    believed: TrustedLog,
    against: Iterable[Held],
) -> Iterator[Finding]:
    """Give the cosignatures of checkpoints of ours that others hold, and that are not kept here."""
    kept = {(size, vkey.partition("+")[0]) for _, size, vkey, _ in rows}
    for held in against:
        size = held.checkpoint.size
        try:
            note = Note.parse(held.note)
            others = {line.name for line in note.signatures} - {held.checkpoint.origin}
            if all((size, name) in kept for name in others):
                continue  # nearly always, and signatures are slow to check
            own = Checkpoint.parse(Note.parse(heads.get(size, b"")).text)
            lost = [name for name in believed.seen(note) if (size, name) not in kept]
        except LedgerError:
            continue  # what does not hold is found where it is judged
        if lost and held.checkpoint == own:
            en = f"{held.label} has the cosignature of {', '.join(lost)} under checkpoint {size}, and the ledger"
            zh = f"{held.label} 的检查点 {size} 有 {'、'.join(lost)} 的会签，账本中却没有："
            en += " keeps none: it was never taken in (`vledger witness take`), or cut off"
            yield Finding(
                "cosignature.unkept",
                held.label,
                en,
                f"{zh}从未收下（`vledger witness take`），或被截去",
            )


def _reached(rows: Iterable[Cosignature], trusted: TrustedLog) -> int:
    """Return the size of the largest checkpoint that a quorum cosigned, 0 if there is none."""
    known = {str(key): key.name for key in trusted.witnessing}
    names: dict[int, set[str]] = defaultdict(set)
    for _, size, vkey, _ in rows:
        if vkey in known:
            names[size].add(known[vkey])
    return max((at for at, found in names.items() if len(found) >= trusted.quorum), default=0)


def _stand_behind(report: Report, reached: int, quorum: int) -> None:
    """Say how far the quorum reaches: never is a finding, not to the end is a remark.

    The newest entries wait for the next question to the witnesses in the best of ledgers.
    """
    size, place = report.size, f"checkpoint {report.size}"
    if not reached:
        en = f"no checkpoint was cosigned by {quorum} witnesses, as the trust file demands"
        zh = f"没有一个检查点达到信任文件所要求的 {quorum} 个见证人会签"
        report.find("quorum.missing", place, en, zh)
    elif reached < size:
        rest = size - reached
        en = f"{quorum} witnesses cosigned the first {reached} entries; the {rest} after them are"
        zh = f"{quorum} 个见证人会签到前 {reached} 条；其后 {rest} 条（自第 {reached} 条起）尚仅凭账本自身"
        en = f"{en} on the log's word alone yet (from entry {reached} on)"
        report.remarks.append(Finding("quorum.behind", place, en, zh))
