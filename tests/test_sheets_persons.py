"""Who is meant by a row of attendance."""

import pytest

from ledger.errors import Rejected
from ledger.sheets.known import Person, RefusedRow
from ledger.sheets.persons import Asked, find
from tests.sheets_world import World

WHEN = "2026-03-02T14:00:00+08:00"
T1, T2 = frozenset({"T1"}), frozenset({"T2"})
PEOPLE = (
    Person("V1", "张三", "101", "ID1", organisations=T1),
    Person("V2", "张三", "102", "ID2", organisations=T1),
    Person("V3", "李四", "103", "ID3", organisations=T2),
    Person("V4", "李四", "104", "ID4", organisations=T1),
    Person("V5", "王五", "105", organisations=T2),
    Person("V6", "赵六", "106", organisations=T1, left="2026-03-01T00:00:00+08:00"),
    Person("V7", "钱七", "107", organisations=T1, left="2026-03-03T00:00:00+08:00"),
    Person("V8", "", erased=True),
    Person("V9", "孙八", "108", organisations=T1, since="2026-03-09T00:00:00+08:00"),
)
REFUSED = (
    RefusedRow(1, "周九", "109", "T1", "id.checksum"),
    RefusedRow(2, "王五", "110", "T1", "consent.missing"),
    RefusedRow(3, "张三", "101", "T1", "id.duplicate"),
    RefusedRow(4, "吴十", "111", "T1", "id.checksum"),
    RefusedRow(5, "吴十", "112", "T1", "consent.missing"),
)
WORLD = World({person.number: person for person in PEOPLE}, list(REFUSED))

FOUND = (
    (Asked(number="V1"), "V1"),
    (Asked(number="V1", name="张三"), "V1"),
    (Asked(document="ID3"), "V3"),
    (Asked(name="张三", phone="102"), "V2"),
    (Asked(name="李四"), "V4"),
    (Asked(name="李四", phone="103"), "V3"),
    (Asked(name="王五", phone="105"), "V5"),
    (Asked(name="张三", phone="101"), "V1"),
    (Asked(name="钱七"), "V7"),
    (Asked(name="孙八"), "V9"),
)
NOT_FOUND = (
    (Asked(name="张三"), "volunteer.ambiguous"),
    (Asked(name="张三", phone="103"), "volunteer.unknown"),
    (Asked(name="无此人"), "volunteer.unknown"),
    (Asked(number="V0"), "volunteer.unknown"),
    (Asked(number="V1", name="李四"), "volunteer.unknown"),
    (Asked(document="ID9"), "volunteer.unknown"),
    (Asked(number="V8"), "volunteer.not_active"),
    (Asked(name="赵六"), "volunteer.not_active"),
    (Asked(number="V6"), "volunteer.not_active"),
    (Asked(name="周九", phone="109"), "volunteer.not_active"),
    (Asked(name="周九"), "volunteer.not_active"),
    (Asked(name="周九", phone="999"), "volunteer.unknown"),
    (Asked(name="王五"), "volunteer.not_active"),  # the team's refused one before another team's
    (Asked(name="吴十"), "volunteer.ambiguous"),
)


@pytest.mark.parametrize(("asked", "number"), FOUND, ids=repr)
def test_found(asked: Asked, number: str) -> None:
    assert find(asked, WORLD, "T1", WHEN).number == number


@pytest.mark.parametrize(("asked", "code"), NOT_FOUND, ids=repr)
def test_not_found(asked: Asked, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        find(asked, WORLD, "T1", WHEN)
    assert refused.value.code == code


def test_a_refused_registration_says_what_to_mend_first() -> None:
    with pytest.raises(Rejected, match=r"id\.checksum"):
        find(Asked(name="周九"), WORLD, "T1", WHEN)
    with pytest.raises(Rejected, match="another telephone"):
        find(Asked(name="李四", phone="1"), WORLD, "T1", WHEN)
