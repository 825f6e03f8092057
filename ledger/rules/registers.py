"""The registers: organisations, volunteers, activities, and how each of them ends."""

from typing import Literal

from msgspec.structs import replace

from ledger.book import Book
from ledger.kinds import Cancellation, Head
from ledger.records import Activity, Holder, Membership, Organisation, Record, Volunteer
from ledger.rows import (
    ActivityItem,
    DepartureItem,
    Item,
    OrganisationItem,
    VolunteerItem,
    VolunteerRefItem,
)
from ledger.rules.authority import LEDGER, within
from ledger.rules.heard import Heard
from ledger.rules.lines import no
from ledger.times import minutes_between, shown

_YEAR = 366 * 24 * 60


def organisations(book: Book, head: Head, heard: Heard) -> tuple[Record, ...]:
    """Take in organisations; later rows may hang on earlier ones of the same statement."""
    ref = heard.ref
    found: dict[str, Organisation] = {}
    for n, item in enumerate(heard.items):
        assert isinstance(item, OrganisationItem)
        _check_place(book, head, item, found, n)
        found[item.code] = Organisation(
            code=item.code,
            ref=ref,
            n=n,
            parent=item.parent,
            name=item.name,
            area=item.area or "",
            uscc=item.uscc or "",
            manager=item.manager or "",
            successor=item.successor or "",
        )
    return tuple(found.values())


def _check_place(
    book: Book,
    head: Head,
    item: OrganisationItem,
    found: dict[str, Organisation],
    n: int,
) -> None:
    known = found.get(item.code) or book.find(Organisation, item.code)
    root = book.root()
    if root is None:  # entry 2
        if item.parent or found or head.organisation != LEDGER:
            raise no("organisation.parent", "the first row is the root", "首条应为根组织", n)
        return
    if (not item.parent) != (item.code == root.code):
        raise no(
            "organisation.parent",
            f"{item.code}: only the root hangs on nothing",
            f"{item.code}：只有根组织没有上级",
            n,
        )
    above = _above(book, item.parent, found)
    if item.parent and not above:
        raise no(
            "organisation.unknown",
            f"{item.code}: its parent {item.parent} is not in this ledger",
            f"{item.code} 的上级 {item.parent} 未登记",
            n,
        )
    if item.code in above:
        raise no(
            "organisation.parent",
            f"{item.code} would lie below itself",
            f"{item.code} 成了自己的下级",
            n,
        )
    before = (item.code, *_above(book, known.parent, found)) if known else above
    if head.organisation not in before or (item.parent and head.organisation not in above):
        raise no(
            "not_authorised",
            f"{item.code} is not below {head.organisation}",
            f"{item.code} 不在 {head.organisation} 之下",
            n,
        )


def _above(book: Book, code: str, found: dict[str, Organisation]) -> tuple[str, ...]:
    above: list[str] = []
    while code and code not in above:
        at = found.get(code) or book.find(Organisation, code)
        if at is None:
            break
        above.append(code)
        code = at.parent
    return tuple(above)


def volunteers(book: Book, head: Head, heard: Heard) -> tuple[Record, ...]:
    """Register volunteers in an organisation, change them, or add a membership."""
    items, ref, stamp = heard.items, heard.ref, heard.stamp
    effects: list[Record] = []
    seen: set[str] = set()
    for n, item in enumerate(items):
        assert isinstance(item, VolunteerItem)
        known = book.find(Volunteer, item.number)
        _check_volunteer(book, head, item, known, n)
        if item.number in seen:
            raise no("id.duplicate", f"{item.number} comes twice", f"{item.number} 重复出现", n)
        seen.add(item.number)
        if item.name:
            registered = known.registered if known else stamp
            effects.append(Volunteer(item.number, ref, n, registered, "active"))
        member = book.find(Membership, item.number, head.organisation)
        if member is None or member.left:
            effects.append(Membership(item.number, head.organisation, stamp))
    return tuple(effects)


def _check_volunteer(
    book: Book, head: Head, item: VolunteerItem, known: Volunteer | None, n: int
) -> None:
    if head.organisation == LEDGER:
        raise no(
            "organisation.unknown",
            "a volunteer is registered in an organisation",
            "志愿者应登记在某一组织",
            n,
        )
    if known is None and not item.name:
        raise no(
            "volunteer.unknown", f"{item.number} is not registered", f"{item.number} 未登记", n
        )
    if known and known.state != "active":
        raise no(
            "volunteer.not_active",
            f"{item.number} is {known.state}",
            f"{item.number} 的资料已被{'删除' if known.state == 'erased' else '限制使用'}",
            n,
        )
    members = book.memberships(item.number)
    if (
        known
        and item.name
        and not any(within(book, m.organisation, head.organisation) for m in members)
    ):
        raise no(
            "not_authorised",
            f"{item.number} is not a member of {head.organisation}; only a member's row changes",
            f"{item.number} 不是 {head.organisation} 的成员，不能更改其资料",
            n,
        )


def activities(book: Book, head: Head, heard: Heard) -> tuple[Record, ...]:
    """Publish activities, or change those of which no line is confirmed yet (rules 8, 9)."""
    items, ref, stamp = heard.items, heard.ref, heard.stamp
    found: dict[str, Record] = {}
    for n, item in enumerate(items):
        assert isinstance(item, ActivityItem)
        known = book.find(Activity, item.code)
        _check_activity(head, item, known, n, repeated=item.code in found)
        found[item.code] = Activity(
            code=item.code,
            ref=ref,
            n=n,
            organisation=head.organisation,
            name=item.name,
            start=item.start,
            end=item.end,
            category=item.category,
            best=_best(known, item, stamp),
            moved=bool(known and (known.moved or stamp >= item.start)),
            hazard=bool(item.hazard),
        )
    return tuple(found.values())


def _check_activity(
    head: Head, item: ActivityItem, known: Activity | None, n: int, *, repeated: bool
) -> None:
    if head.organisation == LEDGER or (known and known.organisation != head.organisation):
        raise no(
            "not_authorised",
            f"{item.code} belongs to {known.organisation if known else 'an organisation'}",
            f"{item.code} 属于 {known.organisation if known else '某一组织'}",
            n,
        )
    if repeated:
        raise no("activity.repeated", f"{item.code} comes twice", f"{item.code} 重复出现", n)
    if known and (known.cancelled or known.settled):
        raise no(
            "activity.cancelled" if known.cancelled else "activity.settled",
            f"{item.code} was cancelled, or has confirmed lines: it changes no more",
            f"{item.code} 已取消或已有确认记录，不能再改",
            n,
        )
    if not 0 < minutes_between(item.start, item.end) <= _YEAR:
        raise no(
            "time.reversed",
            f"{item.code}: {shown(item.start)} to {shown(item.end)} is not a time of up to a year",
            f"{item.code}：{shown(item.start)} 至 {shown(item.end)} 不是一年以内的时间段",
            n,
        )


def _best(known: Activity | None, item: ActivityItem, stamp: str) -> Literal["A", "B", "C"]:
    """Return the best evidence class: C if published after the start, B if moved after it."""
    in_time = stamp < item.start
    if known is None:
        return "A" if in_time else "C"
    if in_time or known.best == "C":
        return "C" if known.best == "C" else "B" if known.best == "B" else "A"
    return "B"


def cancellation(book: Book, head: Cancellation) -> tuple[Record, ...]:
    """Cancel an activity that has no confirmed line."""
    known = book.find(Activity, head.activity)
    if known is None or known.organisation != head.organisation:
        raise no(
            "activity.unknown",
            f"{head.organisation} has no activity {head.activity}",
            f"{head.organisation} 没有活动 {head.activity}",
        )
    if known.settled or known.cancelled:
        raise no(
            "activity.settled",
            f"{head.activity} is cancelled already, or has confirmed lines",
            f"{head.activity} 已取消，或已有确认记录",
        )
    return (replace(known, cancelled=True),)


def departure(book: Book, head: Head, heard: Heard) -> tuple[Record, ...]:
    """End memberships in the organisation and below it; hours survive (rule 50)."""
    effects: list[Record] = []
    for n, item in enumerate(heard.items):
        assert isinstance(item, DepartureItem)
        members = book.memberships(item.volunteer)
        ended = [
            m for m in members if not m.left and within(book, m.organisation, head.organisation)
        ]
        if not ended:
            raise no(
                "volunteer.not_active",
                f"{item.volunteer} is no member of {head.organisation}",
                f"{item.volunteer} 不是 {head.organisation} 的成员",
                n,
            )
        effects += [replace(member, left=heard.stamp) for member in ended]
        if item.reason == "death":  # what he had waits for his heirs (rule 37)
            effects.append(Holder(item.volunteer, "frozen", book.size))
    return tuple(effects)


def restricted(reason: str) -> Literal["active", "restricted"]:
    """Return the state into which a restriction brings a volunteer; one that is lifted frees him."""
    return "active" if reason == "lifted" else "restricted"


def personal(
    book: Book, items: tuple[Item, ...], state: Literal["active", "restricted", "erased"]
) -> tuple[Record, ...]:
    """Mark volunteers as erased, restricted, or (a restriction lifted) active again."""
    effects: list[Record] = []
    for n, item in enumerate(items):
        assert isinstance(item, VolunteerRefItem)
        known = book.find(Volunteer, item.volunteer)
        if known is None or known.state in ("erased", state):
            raise no(
                "volunteer.not_active",
                f"{item.volunteer} is unknown, or in that state already",
                f"{item.volunteer} 未登记，或已处于该状态",
                n,
            )
        effects.append(replace(known, state=state))
    return tuple(effects)
