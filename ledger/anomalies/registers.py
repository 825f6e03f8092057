"""What patterns must know of activities, organisations and volunteers while they read on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger import kinds
from ledger.anomalies.reading import Heard
from ledger.anomalies.records import Activity
from ledger.errors import Rejected

_PART = 2  # digits: province, prefecture, county


@dataclass(slots=True)
class Registers:
    """Activities, organisations and volunteers as of the entry read last."""

    stated: Mapping[str, str]  # volunteers' own area codes, where a vault gave them
    activities: dict[str, Activity] = field(default_factory=dict)
    registered: dict[str, str] = field(default_factory=dict)  # stamp, by number
    _parents: dict[str, str] = field(default_factory=dict)
    _areas: dict[str, str] = field(default_factory=dict)
    _members: dict[str, tuple[str, ...]] = field(default_factory=dict)  # organisations, by number

    def take(self, one: Heard) -> None:
        """Take in a statement of registers; raises `ValueError` where a row is not as it must be."""
        match one.head:
            case kinds.Activities(organisation=organisation):
                for row in one.rows():
                    before = self.activities.get(row.code)
                    published = before.published if before else one.stamp
                    self.activities[row.code] = Activity(
                        row.code, organisation, row.start, row.end, published
                    )
            case kinds.Organisations():
                for row in one.rows():
                    self._parents[row.code] = row.parent
                    self._areas[row.code] = row.area or ""
            case kinds.Volunteers(organisation=organisation):
                for row in one.rows():
                    self.registered.setdefault(row.number, one.stamp)
                    known = self._members.get(row.number, ())
                    if organisation not in known:
                        self._members[row.number] = (*known, organisation)
            case _:
                pass

    def check_known(self, organisation: str) -> None:
        """Raise `Rejected` where an organisation that is asked for is none of this ledger's."""
        if organisation and organisation not in self._parents:
            raise Rejected(
                "organisation.unknown",
                en=f"the organisation {organisation} is not in this ledger",
                zh=f"组织 {organisation} 未登记",
            )

    def within(self, code: str, scope: str) -> bool:
        """Tell whether an organisation is the scope, or lies below it."""
        return not scope or scope in self._above(code)

    def is_away(self, volunteer: str, organisation: str) -> bool:
        """Tell whether an organisation's activities are of another area than the volunteer.

        Areas are another's where neither lies in the other; where one is not known, nobody is away.
        His own is the one that he stated, else those of the organisations that he belongs to.
        """
        own, members = self.stated.get(volunteer), self._members.get(volunteer, ())
        if not own and organisation in members:  # nearly always, and he is at home there
            return False
        there = self._area(organisation)
        homes = [own] if own else [self._area(code) for code in members]
        return bool(there and homes) and not any(_meet(home, there) for home in homes)

    def _area(self, code: str) -> str:
        return next((self._areas[one] for one in self._above(code) if self._areas[one]), "")

    def _above(self, code: str) -> tuple[str, ...]:
        found: list[str] = []
        while code in self._parents and code not in found:
            found.append(code)
            code = self._parents[code]
        return tuple(found)


def _meet(one: str, other: str) -> bool:
    """Tell whether one area lies in the other: 440000 holds 440100, which holds 440105."""
    wide, narrow = sorted((_significant(one), _significant(other)), key=len)
    return narrow.startswith(wide)


def _significant(area: str) -> str:
    while area.endswith("0" * _PART):
        area = area[:-_PART]
    return area
