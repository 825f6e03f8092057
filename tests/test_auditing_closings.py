"""What an audit says of closings: the entry, the row, what is said and what is true."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger import kinds
from ledger.audit import Report, audit
from ledger.auditing.closings import Closings
from ledger.book import Book
from ledger.times import later
from tests.closer import close, rows_of
from tests.economy import RICH, thrive
from tests.scene import Row, Scene, line, volunteer
from tests.test_audit import Shelf, check_words, codes


@pytest.fixture
def scene() -> Scene:
    """A ledger in which everything was moved, and closed on two days."""
    found = Scene.ready(RICH)
    thrive(found)
    day = found.now[:10]
    found.wait(days=2)
    found.say("volunteers", volunteer("V7"), by="T01/r1", org="T01")
    found.wait(days=1)
    close(found, day=day)
    close(found, "T01", day=day)
    return found


def audited(scene: Scene) -> Report:
    report = audit(Shelf.of(scene))
    check_words(report.findings)
    return report


def changed(number: str, **figures: Any) -> Callable[[list[Row]], list[Row]]:
    """Say something else of one volunteer."""
    return lambda rows: [row | figures if row["volunteer"] == number else row for row in rows]


def test_true_closings_are_no_finding(scene: Scene) -> None:
    close(scene)
    close(scene, "T01", size=scene.book.size - 1, as_of=scene.log[-2].heard.stamp)
    close(scene, parts=(1, 2, 4))
    assert audited(scene).findings == []


@pytest.mark.parametrize(
    ("figures", "says"),
    [
        ({"by_class": {"A": 0, "B": 181, "C": 0, "L": 0}}, "V2: minutes B 181, true B 180"),
        ({"by_class": {"A": 180, "B": 0, "C": 0, "L": 0}}, "V2: minutes A 180, true B 180"),
        ({"star": 1}, "V2: star 1, true 0"),
        ({"points": 2}, "V2: points 2, true 3"),
        ({"credits": -1}, "V2: credits -1, true 2"),
        ({"donations": 5}, "V2: credits to be donated 5, true 0"),
        ({"star": 2, "points": 9}, "V2: star 2, true 0, points 9, true 3"),
    ],
    ids=str,
)
def test_a_false_figure_is_named_with_the_true_one(
    scene: Scene, figures: dict[str, Any], says: str
) -> None:
    (told,) = close(scene, said=changed("V2", **figures))
    (found,) = audited(scene).findings
    assert (found.code, found.place) == ("closing.false", f"{told.index}:2")
    assert found.en == f"row {told.index}:2: {says}"


def test_who_is_left_out_is_missed_and_a_stranger_is_named(scene: Scene) -> None:
    (told,) = close(scene, said=lambda rows: [row for row in rows if row["volunteer"] != "V3"])
    (one,) = audited(scene).findings
    assert (one.code, one.place) == ("closing.missing", f"entry {told.index}")
    assert "V3" in one.en
    (told,) = close(scene, said=lambda rows: [*rows, rows[0] | {"volunteer": "W9"}])
    (_, two) = audited(scene).findings
    assert (two.code, two.place) == ("closing.false", f"{told.index}:8")
    assert "W9" in two.en


def test_who_is_left_out_of_one_of_several_parts_is_missed_at_the_last(scene: Scene) -> None:
    without = close(
        scene, parts=(2, 2, 2), said=lambda rows: [row for row in rows if row["volunteer"] != "V4"]
    )
    assert codes(audited(scene)) == [("closing.missing", f"entry {without[0].index}")]


def test_a_closing_whose_last_part_never_comes_is_a_finding(scene: Scene) -> None:
    day = scene.log[-3].heard.stamp[:10]
    told = close(scene, parts=(2, 5), day=day)
    assert audited(scene).findings == []
    rows = rows_of(scene, day=day)
    first = told[0].heard.statement.head
    assert isinstance(first, kinds.Closing)
    head: dict[str, Any] = {"as_of": first.as_of, "size": first.size, "total": 7}
    again = scene.say("closing", *rows[:3], org="KX", **head)
    assert codes(audited(scene)) == [("closing.unfinished", f"entry {again.index}")]


def test_the_time_of_a_closing_is_that_of_its_entries(scene: Scene) -> None:
    """An operator who closes a month without its last entries is found out, whatever he says then."""
    day = scene.log[-4].heard.stamp[:10]
    scene.wait(days=1)
    told = close(scene, day=day, size=10)
    assert codes(audited(scene)) == [("closing.size", f"entry {told[0].index}")]


def test_a_closing_of_old_figures_is_found(scene: Scene) -> None:
    """Figures that were true before a line was voided are not true any more."""
    before = rows_of(scene)
    sheet = next(told.ref for told in scene.log if told.heard.statement.head.kind == "attendance")
    scene.correct((sheet, 2))
    (told,) = close(scene, said=lambda _: before)
    assert codes(audited(scene)) == [("closing.false", f"{told.index}:3")]


def test_not_everything_is_said_of_a_closing_of_something_else(scene: Scene) -> None:
    scene.say("volunteers", *(volunteer(f"X{n:02}") for n in range(40)), by="T01/r1", org="T01")
    close(scene, said=lambda rows: rows[:1])
    assert len(audited(scene).findings) == 20


def share(worker: int) -> Callable[[str], bool]:
    return lambda number: int(number[1:]) % 2 == worker


def test_workers_hold_the_rows_of_their_own_persons(scene: Scene) -> None:
    """Together they find what one alone finds, and nobody finds it twice."""
    close(scene, said=changed("V2", points=7))
    close(scene, said=lambda rows: [row for row in rows if row["volunteer"] not in ("V3", "V4")])
    found = []
    for worker in range(2):
        book, closings = Book(), Closings(share(worker))
        for told in scene.log:
            Scene.submit(again := Scene(book=book), told.entry, told.items)
            found += [one[:2] for one in closings.hold(book, again.log[0].heard, told.effects)]
    assert sorted(found) == sorted(codes(audited(scene)))


def test_a_closing_after_an_entry_that_was_refused_is_of_the_size_that_is_there(
    scene: Scene,
) -> None:
    """A refused entry has no effect, and its place all the same."""
    last = scene.now
    entry, items = scene.write("attendance", line("V9"), by="T01/r1", org="T01", activity="A1")
    scene.now = later(last, days=1)
    size = scene.book.size + 1
    head: dict[str, Any] = {"as_of": f"{last[:10]}T23:59:59+08:00", "size": size, "total": 7}
    rows = rows_of(scene, day=last[:10])
    scene.book.advance(scene.book.stamp)  # the log has one entry more than was admitted
    closing = scene.write("closing", *rows, org="KX", **head)
    report = audit(Shelf.of(scene, (entry, items), closing))
    assert [one.code for one in report.findings if one.code.startswith("closing")] == []
