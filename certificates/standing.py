"""How a certificate stands: valid, superseded, revoked or unknown, as of when, and why.

    answer = untold(stamp)                              # the file alone: nothing can be known
    answer = by_list(answer, asked, lists, now=now)     # … with signed status lists at hand
    answer = by_ledger(answer, asked, found, as_of)     # … with the ledger itself at hand

`valid` is never said for want of a list, past the time up to which a list may be relied on, or of a
specimen; what is superseded or revoked stays so for ever (rules 25 and 43).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from certificates.statuslist import Listed
from ledger.standings import Ended, Standing, State
from ledger.times import day_of, later

_CLOCK_SKEW = 5  # minutes that a reader's clock may be behind that of the log
_WHY = {
    "reissued": ("issued anew", "重新出具"),
    "corrected": ("something it lists was voided", "所载内容已被更正作废"),
    "error": ("an error", "有误"),
    "fraud": ("fraud", "弄虚作假"),
}
_ENDED = {"superseded": ("superseded", "已被替代"), "revoked": ("revoked", "已撤销")}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an answer is what it is."""

    code: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The certificate that is asked about, as it was proved."""

    origin: str
    entry: int
    number: str
    specimen: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """How it stands; `ended` tells more where it does not stand, `why` is for people."""

    standing: State | Literal["unknown"] = "unknown"
    as_of: str = ""
    ended: Ended | None = None
    why: tuple[Reason, ...] = ()


def untold(stamp: str) -> Answer:
    """Answer from a file alone: how it stood when it was issued, and no more."""
    return _unknown(
        stamp,
        "unknown",
        f"a file cannot show what came after {stamp}: ask the issuer whether it still stands",
        f"文件本身无法表明 {stamp} 之后是否被撤销或替代，请向出具单位查询",
    )


def by_ledger(known: Answer, asked: Asked, found: Standing, as_of: str) -> Answer:
    """Answer from the ledger as of its last stamp, unless a list is newer than that ledger."""
    return known if as_of < known.as_of else _stands(known, asked, found, as_of)


def by_list(known: Answer, asked: Asked, lists: Sequence[Listed], *, now: str) -> Answer:
    """Answer from the newest list of the certificate's log; raises `Malformed` without a time."""
    ours = [each for each in lists if each.origin == asked.origin]
    if not ours:
        return _unknown(
            known.as_of,
            "foreign",
            f"the status list is of another ledger than {asked.origin}",
            f"效力清单不属于账本 {asked.origin}",
        )
    newest = max(ours, key=lambda each: each.certificates.size)
    if asked.entry >= newest.certificates.size:
        return _unknown(
            known.as_of,
            "later",
            f"the status list of {newest.as_of} is older than this certificate: ask for a newer one",
            f"效力清单（{newest.as_of}）早于这份证明，请索取新的清单",
        )
    found = newest.certificates.find(asked.entry)
    if found is None or (found.ended and found.ended.number != asked.number):
        return _unknown(
            known.as_of,
            "unlisted",
            f"the status list of {newest.as_of} knows no such certificate at entry {asked.entry}",
            f"效力清单（{newest.as_of}）的第 {asked.entry} 条不是这份证明",
        )
    if found.ended is None and asked.specimen:
        return _unknown(
            newest.as_of,
            "specimen",
            f"the status list of {newest.as_of} has nothing against it, and a specimen is never valid",
            f"效力清单（{newest.as_of}）没有撤销或替代它的记载；样本不会有效",
        )
    if found.ended is None and (outdated := _outdated(newest, now)):
        return outdated
    return _stands(known, asked, found, newest.as_of)


def by_number(number: str, issued: str, lists: Sequence[Listed], *, now: str) -> Answer:
    """Answer about a certificate of which nothing but number and day of issue is known.

    By number lists name only what does not stand, so `valid` is never the answer.
    """
    newest_first = sorted(lists, key=lambda each: each.as_of, reverse=True)
    for each in newest_first:
        for ended in each.certificates.ended:
            if ended.number == number and (found := each.certificates.find(ended.entry)):
                return Answer(found.state, each.as_of, ended, (_why(found.state, ended),))
    as_of, until = newest_first[0].as_of, newest_first[0].next_update
    if day_of(as_of) < issued:
        return _unknown(
            as_of,
            "later",
            f"the status list of {as_of} is older than this certificate of {issued}: ask for a newer one",
            f"效力清单（{as_of}）早于这份证明（{issued} 出具），请索取新的清单",
        )
    if now > until:
        return _unknown(
            as_of,
            "expired",
            f"the status list of {as_of} does not name {number}, but it ran out on {until}: ask for a newer"
            " one",
            f"效力清单（{as_of}）没有撤销或替代 {number} 的记载，但清单已于 {until} 到期，请索取新的清单",
        )
    return _unknown(
        as_of,
        "unnamed",
        f"the status list of {as_of} does not name {number} among those revoked or superseded; more is not"
        " known from a number alone",
        f"效力清单（{as_of}）没有撤销或替代 {number} 的记载；仅凭编号不能知道更多",
    )


def _stands(known: Answer, asked: Asked, found: Standing, as_of: str) -> Answer:
    if found.ended is None:  # a specimen may be revoked or superseded, but it is never valid
        return known if asked.specimen else Answer("valid", as_of)
    return Answer(found.state, as_of, found.ended, (_why(found.state, found.ended),))


def _why(state: State, ended: Ended) -> Reason:
    """Say why, since when, and what takes its place."""
    en, zh = _WHY.get(ended.reason, (ended.reason, ended.reason))
    words, heir = _ENDED[state], ended.successor
    return Reason(
        f"standing.{state}",
        f"{words[0]} on {ended.day}: {en}" + (f"; replaced by {heir}" if heir else ""),
        f"{words[1]}：{ended.day}，{zh}" + (f"；替代证明 {heir}" if heir else ""),
    )


def _outdated(found: Listed, now: str) -> Answer | None:
    """Return the answer where a list can no longer, or not yet, vouch for a certificate."""
    if now > found.next_update:
        return _unknown(
            found.as_of,
            "expired",
            f"last known valid as of {found.as_of}; the status list ran out on {found.next_update}:"
            " ask for a newer one",
            f"最后所知：截至 {found.as_of} 有效；效力清单已于 {found.next_update} 到期，请索取新的清单",
        )
    if later(now, minutes=_CLOCK_SKEW) < found.as_of:
        return _unknown(
            found.as_of,
            "clock",
            f"this computer's clock says {now}, before the status list of {found.as_of}: set it",
            f"本机时钟为 {now}，早于效力清单的 {found.as_of}，请校准时钟",
        )
    return None


def _unknown(as_of: str, code: str, en: str, zh: str) -> Answer:
    return Answer(as_of=as_of, why=(Reason(f"standing.{code}", en, zh),))
