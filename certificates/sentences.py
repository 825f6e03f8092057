"""What a certificate says in sentences: who it is about, when that was, what it adds up to.

A page that was issued is held against these words for decades (`former` says them as the first pages
did), so that none may change without a form of its own beside it.
"""

import re
from datetime import date
from functools import lru_cache

from certificates.claim import Brought, Claim
from ledger.times import hours_and_minutes

_DOCUMENTS = {  # of which English has a name; a resident identity card is "ID"
    "护照": "Passport",
    "港澳居民来往内地通行证": "Mainland Travel Permit (Hong Kong, Macao)",
    "台湾居民来往大陆通行证": "Mainland Travel Permit (Taiwan)",
    "外国人永久居留身份证": "Foreign Permanent Resident ID",
}
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def document_in(document: str, tongue: str, *, former: bool) -> str:
    """Return a document with the name of its kind; in English "ID" where it has none here."""
    if tongue != "en":
        return document
    kind, _, number = document.partition(" ")
    if kind in _DOCUMENTS and not former:
        return f"{_DOCUMENTS[kind]} {number}"
    return re.sub(r"^\S*[^\x00-\x7f]\s*", "ID ", document)


def certifies(claim: Claim, tongue: str, *, former: bool) -> str:
    """Return the sentence that certifies."""
    total, count = hours_and_minutes(claim.minutes), len(claim.lines)
    period = _period(claim, tongue, former=former)
    if claim.brought:
        return _certifies_brought(claim, claim.brought, period, (tongue, former))
    if tongue == "en":
        records = (
            "One record of service was put up for public notice and confirmed, and amounts"
            if count == 1 and not former
            else "The records of service that were put up for public notice and confirmed are"
            f" {count} in number, and amount"
        )
        return (
            f"This certifies that the volunteer named above served {period}. {records} to {total}"
            f" ({english(claim.minutes)}), as follows:"
        )
    return (
        f"　　兹证明上述志愿者于{period}参加志愿服务，经公示、确认的服务记录共 {count} 条，"
        f"服务时长合计 {total}。明细如下："
    )


def _period(claim: Claim, tongue: str, *, former: bool) -> str:
    """Say when somebody served: in a period, or on a day."""
    first, last = day_in(claim.first, tongue), day_in(claim.last, tongue)
    if first == last and not former:
        return f"on {first}" if tongue == "en" else first
    return f"in the period from {first} to {last}" if tongue == "en" else f"{first}至{last}期间"


def _certifies_brought(claim: Claim, found: Brought, period: str, how: tuple[str, bool]) -> str:
    """Return the sentence of a certificate of which a part is not listed, and says so."""
    tongue, former = how
    as_of, count = day_in(found.as_of[:10], tongue), len(claim.lines)
    total, carried = hours_and_minutes(claim.minutes), hours_and_minutes(found.minutes)
    if tongue == "en":
        were = "records of service were"
        were = f"{count} {were}" if former else counted(count, "record of service was", were)
        return (
            f"This certifies that the volunteer named above served {period}, {total}"
            f" ({english(claim.minutes)}) in total. Of these, {carried} ({english(found.minutes)}) are"
            f" brought forward from the accounts as closed on {as_of}; {were} put"
            " up for public notice and confirmed since, as follows:"
        )
    return (
        f"　　兹证明上述志愿者于{period}参加志愿服务，服务时长合计 {total}。其中 {carried} 由截至"
        f"{as_of}的结账结转；此后经公示、确认的服务记录共 {count} 条。明细如下："
    )


def total(claim: Claim, *, former: bool) -> tuple[str, str]:
    """Return what stands before the sum, in both tongues."""
    count = len(claim.lines)
    records = f"{count} records" if former else counted(count, "record")
    if claim.brought:
        return f"合计（结转及 {count} 条记录）", f"Total (brought forward, and {records})"
    return f"合计（{count} 条）", f"Total ({records})"


def counted(count: int, one: str, more: str = "") -> str:
    """Write a count in English: `1 record`, `2 records`."""
    return f"{count} {one if count == 1 else more or f'{one}s'}"


@lru_cache(maxsize=1024)
def day_in(day: str, tongue: str) -> str:
    """Write a day as letters do: `2026年3月1日`, `1 March 2026`."""
    found = date.fromisoformat(day)
    if tongue == "en":
        return f"{found.day} {_MONTHS[found.month - 1]} {found.year}"
    return f"{found.year}年{found.month}月{found.day}日"


def english(minutes: int) -> str:
    """Write an amount of time: `18 h 0 min`."""
    return f"{minutes // 60} h {minutes % 60} min"
