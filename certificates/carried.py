"""What a certificate carries over from a closing: the row that is shown, and of when it is.

From the proof alone: it is the row of this volunteer in a closing of the issuing organisation, said by
an operator. That its figures are true the proof cannot show, as it does not show the lines: they are
the operator's word, which an audit recomputes.
"""

from dataclasses import dataclass

from certificates.told import RowKey, Told, hold_true, rows_of
from ledger.errors import Unverified
from ledger.kinds import Closing
from ledger.rows import CertificateItem, ClosingItem
from ledger.rules.authority import LEDGER


@dataclass(frozen=True, slots=True)
class Carried:
    """The row of a closing on which a certificate rests, and the place of the closing in the log."""

    row: ClosingItem
    closing: Closing
    entry: int
    n: int


def judge(told: tuple[Told, ...], item: CertificateItem) -> Carried | None:
    """Hold the row that is shown against the one the certificate names; None if it names none."""
    shown: list[RowKey] = list(rows_of(told, Closing, ClosingItem))
    named = [item.closing] if item.closing else []
    hold_true(shown == named, "another row of a closing is shown than named", "所示结账与所列不符")
    if not item.closing:
        return None
    ref, n = item.closing
    each = next(one for one in told if one.statement.ref == ref)
    head, row = check_closing(each), each.items[n]
    assert isinstance(row, ClosingItem)
    hold_true(row.volunteer == item.volunteer, "the row is another's", "结账的行属于他人")
    issuer = told[-1].statement.head.organisation
    own = head.organisation == issuer
    hold_true(own, "the closing is of another organisation", "结账不属于出具单位")
    return Carried(row, head, each.index, n)


def check_closing(each: Told) -> Closing:
    """Return the head of a closing that speaks of its past and of one organisation, or raise."""
    head = each.statement.head
    if not isinstance(head, Closing):
        raise Unverified(f"entry {each.index} is no closing", f"第 {each.index} 条不是结账文书")
    past = head.size <= each.index and head.as_of <= each.stamp
    hold_true(past, "a closing is of entries after it", "结账涵盖了其后的条目")
    placed = head.after <= head.total and (head.first == 0) == (head.previous is None)
    one = head.organisation != LEDGER and placed
    hold_true(one, "a closing is not of one organisation", "结账不属于某一组织，或行次不合规定")
    return head
