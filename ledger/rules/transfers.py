"""Transfers: points and credits move in two steps, by two persons (rules 30 to 38).

    hold (recorder) -> settle, whole or in part (confirmer, another person and neither side)
                    -> release (either), or its time runs out

A volunteer has no key: where he must agree, the hold names the digest of the form he signed. What may
move from where to where is a table, a row for each purpose. Only expiry goes in one step (`post`): its
amount follows from the rules, and nobody chooses it.
"""

from msgspec.structs import replace

from ledger.accounts import EXPIRY, UNIT_WORDS, owner, volunteer
from ledger.incentives import lapsing
from ledger.kinds import Transfer
from ledger.records import Good, Hold, Holder, Record, Volunteer
from ledger.rows import TransferItem
from ledger.rules import purposes
from ledger.rules.authority import check_other_person, within
from ledger.rules.draft import Draft
from ledger.rules.earnings import points_of
from ledger.rules.heard import Heard
from ledger.rules.lines import no
from ledger.rules.members import check_belongs, check_known, check_member
from ledger.rules.purposes import UNLIMITED
from ledger.times import day_of, later, shown

_LONGEST = 366  # days that a hold may stay open
_ROLES = {
    "hold": ("recorder",), "settle": ("confirmer",), "release": ("recorder", "confirmer"),
    "post": ("recorder",),
}  # fmt: skip
_NEEDED = {
    "hold": {"debit", "credit", "unit", "amount", "purpose", "until"},
    "settle": {"hold", "amount"},
    "release": {"hold"},
    "post": {"debit", "credit", "unit", "amount", "purpose"},
}
_FIELDS = tuple(set(TransferItem.__struct_fields__) - {"salt", "effective"})
_ALLOWED = {"hold": {"paper", "relation"}}


def transfer(draft: Draft, head: Transfer, heard: Heard) -> tuple[Record, ...]:
    """Take in transfers, each seeing what those before it have moved."""
    if heard.signer.role not in _ROLES[head.step]:
        roles = _ROLES[head.step]
        raise no(
            "not_authorised",
            f"a {heard.signer.role} may not {head.step}; it takes a {' or '.join(roles)}",
            f"{heard.signer.role} 角色不能作 {head.step}，需由 {'、'.join(roles)} 签署",
        )
    step = {"hold": _hold, "settle": _settle, "release": _release, "post": _post}[head.step]
    for n, item in enumerate(heard.items):
        assert isinstance(item, TransferItem)
        _check_fields(head.step, item, n)
        if item.effective > day_of(heard.stamp):
            day = item.effective
            raise no("time.future", f"{day} has not come yet", f"{day} 尚未到来", n)
        step(draft, head, heard, item, n)
    return draft.records


def _check_fields(step: str, item: TransferItem, n: int) -> None:
    said = frozenset([name for name in _FIELDS if getattr(item, name) is not None])
    allowed = _ALLOWED.get(step, set()).union(purposes.names_of(item.purpose))
    wrong = (_NEEDED[step] - said) | (said - _NEEDED[step] - allowed)
    if wrong:
        names = ", ".join(sorted(wrong))
        raise no(
            "transfer.fields",
            f"row {n + 1}: {names} is missing from a {step}, or does not belong there",
            f"第 {n + 1} 行：{step} 缺少或不应有 {names}",
            n,
        )


# --- hold ---------------------------------------------------------------------------------------


def _hold(draft: Draft, head: Transfer, heard: Heard, item: TransferItem, n: int) -> None:
    hold = _as_hold(draft, head, heard, item, n)
    purposes.check_table(hold, item, n)
    _check_sides(draft, head, hold, n)
    for account in (hold.credit, hold.debit):
        check_other_person(heard.signer, owner(account), what=("the volunteer", "该志愿者"), item=n)
    if not heard.stamp < hold.until <= later(heard.stamp, days=_LONGEST):
        raise no(
            "hold.until",
            f"a hold ends after now and within {_LONGEST} days, not at {shown(hold.until)}",
            f"保留期限应在此后 {_LONGEST} 天之内，不能是 {shown(hold.until)}",
            n,
        )
    draft.free(draft.holds_on(hold.credit))
    draft.free(draft.book.holds_of(hold.good) if hold.good else ())
    purposes.check_rules(draft, hold, item, n)
    found = draft.account(hold.credit, hold.unit)
    _check_funds(draft, hold, found.balance - found.held, hold.amount, n)
    draft.set(replace(found, held=found.held + hold.amount))
    draft.put(hold)
    _take(draft, hold.good, hold.count, n)


def _as_hold(draft: Draft, head: Transfer, heard: Heard, item: TransferItem, n: int) -> Hold:
    return Hold(
        ref=heard.ref,
        n=n,
        entry=draft.book.size,
        organisation=head.organisation,
        person=heard.signer.person,
        debit=item.debit or "",
        credit=item.credit or "",
        unit=item.unit or "",
        amount=item.amount or 0,
        purpose=item.purpose or "",
        day=day_of(draft.stamp),
        until=item.until or "",
        good=item.good or "",
        count=item.count or 0,
        origin=f"{item.origin[0]}:{item.origin[1]}" if item.origin else "",
    )


def _check_sides(draft: Draft, head: Transfer, hold: Hold, n: int) -> None:
    """Hold that one side belongs to the organisation, the other is known, and both accounts open."""
    sides = [number for number in (owner(hold.credit), owner(hold.debit)) if number]
    if hold.purpose == "donate" and _is_erased(draft, sides[0]):
        # Nobody can sign for him any more; what he left may still go to the pool.
        check_belongs(draft.book, sides[0], head.organisation, n)
    else:
        check_member(draft.book, sides[0], head.organisation, n)
    for number in sides[1:]:
        check_known(draft.book, number, n)
    _check_open(draft, hold, n)


def _is_erased(draft: Draft, number: str) -> bool:
    found = draft.find(Volunteer, number)
    return found is not None and found.state == "erased"


def _check_open(draft: Draft, hold: Hold, n: int) -> None:
    # Freezing is for fraud: points may still be taken away.
    pays = ("closed",) if hold.purpose == "penalty" else ("frozen", "closed")
    for account, shut in ((hold.credit, pays), (hold.debit, ("closed",))):
        holder = draft.find(Holder, owner(account))
        if holder and holder.state in shut:
            word = "冻结，只能转入" if holder.state == "frozen" else "注销"
            raise no(
                f"account.{holder.state}",
                f"the account of {holder.volunteer} is {holder.state}",
                f"{holder.volunteer} 的账户已{word}",
                n,
            )


def _check_funds(draft: Draft, hold: Hold, available: int, amount: int, n: int) -> None:
    if available < amount and hold.purpose not in UNLIMITED:
        who, (en, zh) = owner(hold.credit) or hold.credit, UNIT_WORDS[hold.unit]
        raise no(
            "balance.short",
            f"row {n + 1}: {who} has {available} {en} to spend, not {amount}",
            f"第 {n + 1} 行：{who} 可用{zh} {available}，不足 {amount}",
            n,
        )
    purposes.check_room(draft, hold, amount, n)


def _take(draft: Draft, code: str, count: int, n: int) -> None:
    """Take goods off the shelf."""
    good = draft.find(Good, code) if code else None
    if good:
        if good.stock < count:
            raise no(
                "good.out_of_stock",
                f"row {n + 1}: {good.stock} of {code} are left, not {count}",
                f"第 {n + 1} 行：{good.name}（{code}）只剩 {good.stock} 份，不足 {count} 份",
                n,
            )
        draft.put(replace(good, stock=good.stock - count))


# --- settle, release ----------------------------------------------------------------------------


def _settle(draft: Draft, head: Transfer, heard: Heard, item: TransferItem, n: int) -> None:
    hold = _open_hold(draft, head, item, n)
    assert item.amount
    _check_settler(heard, hold, n)
    if hold.until < heard.stamp:
        raise no(
            "hold.expired",
            f"the hold {hold.entry}:{hold.n + 1} ran out at {shown(hold.until)};"
            " release it, and hold again",
            f"保留 {hold.entry}:{hold.n + 1} 已于 {shown(hold.until)} 到期，请释放后重新办理",
            n,
        )
    if item.effective < hold.day:
        raise no(
            "time.before_hold",
            f"row {n + 1}: held on {hold.day}, it cannot have been settled on {item.effective}",
            f"第 {n + 1} 行：{hold.day} 才保留，不能在 {item.effective} 办结",
            n,
        )
    count = purposes.part(hold, item.amount, n)
    _check_open(draft, hold, n)
    draft.release(hold, state="settled")
    _take(draft, hold.good, count, n)
    _check_funds(draft, hold, draft.account(hold.credit, hold.unit).balance, item.amount, n)
    moved = draft.movement(
        hold.debit, hold.credit, hold.unit, item.amount, hold.purpose, effective=item.effective
    )
    draft.move(replace(moved, hold=f"{hold.ref}:{hold.n}", held=hold.day))
    purposes.follow(draft, hold, item.amount, n)


def _open_hold(draft: Draft, head: Transfer, item: TransferItem, n: int) -> Hold:
    assert item.hold
    hold = draft.find(Hold, *item.hold)
    if hold is None or hold.state != "open":
        state = hold.state if hold else "unknown"
        raise no(
            "hold.state",
            f"row {n + 1}: that hold is {state}",
            f"第 {n + 1} 行：该保留{_STATES[state]}",
            n,
        )
    if not within(draft.book, hold.organisation, head.organisation):
        raise no(
            "not_authorised",
            f"the hold {hold.entry}:{hold.n + 1} is of {hold.organisation}",
            f"保留 {hold.entry}:{hold.n + 1} 属于 {hold.organisation}",
            n,
        )
    return hold


_STATES = {"settled": "已办结", "released": "已释放", "unknown": "不存在"}


def _check_settler(heard: Heard, hold: Hold, n: int) -> None:
    check_other_person(heard.signer, hold.person, what=("the recorder", "记录人"), item=n)
    for account in (hold.credit, hold.debit):
        what = ("a side of the transfer", "转让的一方")
        check_other_person(heard.signer, owner(account), what=what, item=n)


def _release(draft: Draft, head: Transfer, _heard: Heard, item: TransferItem, n: int) -> None:
    draft.release(_open_hold(draft, head, item, n))


# --- expiry -------------------------------------------------------------------------------------


def _post(draft: Draft, head: Transfer, _heard: Heard, item: TransferItem, n: int) -> None:
    """Let points lapse on the day the ruleset announced: all that is due, and no more (rule 30)."""
    number = owner(item.credit or "")
    sides = (item.purpose, item.credit, item.debit, item.unit)
    if sides != ("expire", volunteer(number), EXPIRY, "point"):
        raise purposes.misfit(item, n)
    check_belongs(draft.book, number, head.organisation, n)  # the rules say so, nobody chooses it
    draft.free(draft.holds_on(volunteer(number)))
    due = due_to_lapse(draft, number, item.effective)
    if item.amount != due:
        raise no(
            "expire.amount",
            f"row {n + 1}: {due} points of {number} lapse by {item.effective}, not {item.amount}",
            f"第 {n + 1} 行：至 {item.effective}，{number} 到期 {due} 分，不是 {item.amount} 分",
            n,
        )
    lapsed = (EXPIRY, volunteer(number), "point", due, "expire")
    draft.move(draft.movement(*lapsed, effective=item.effective))
    scheme = draft.book.rules_on(item.effective).points
    assert scheme
    assert scheme.expiry
    found = draft.account(volunteer(number), "point")
    through = max(found.through, scheme.expiry.last_year(item.effective))
    draft.set(replace(found, lapsed=found.lapsed + due, through=through))


def due_to_lapse(draft: Draft, number: str, day: str) -> int:
    """Return the points of a volunteer that lapse by a day and are there to lapse."""
    scheme = draft.book.rules_on(day).points
    if scheme is None or scheme.expiry is None:
        return 0
    sums = points_of(draft.book, number)
    found = draft.account(volunteer(number), "point")
    due = lapsing(sums.by_year(), found.gone, scheme.expiry, day)
    return max(min(due, found.balance - found.held), 0)
