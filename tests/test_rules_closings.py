"""Closings as `admit` takes them: form, order, authority, and a time that can be recomputed."""

from typing import Any

import pytest

from ledger.errors import Malformed
from ledger.records import Closing
from ledger.rules.closings import MOST_DAYS, end_of
from ledger.times import later
from tests.closer import close, rows_of
from tests.scene import Scene, line, volunteer


@pytest.fixture
def scene() -> Scene:
    found = Scene.ready()
    found.pass_notice(found.attend(line("V1"), line("V2")))
    return found


def kept(scene: Scene, ref: str) -> Closing:
    found = scene.book.find(Closing, ref)
    assert found
    return found


def test_a_closing_of_now_changes_no_figures(scene: Scene) -> None:
    (told,) = close(scene)
    assert told.effects[1:] == (kept(scene, told.ref),)
    found = kept(scene, told.ref)
    assert (found.size, found.first, found.after, found.total, found.last) == (
        told.index, 0, 6, 6, "V6",
    )  # fmt: skip


def test_several_organisations_are_closed_at_one_time(scene: Scene) -> None:
    """The closings in between are no reason to refuse one: they change nothing."""
    size, stamp = scene.book.size, scene.book.stamp
    close(scene, "T01", size=size, as_of=stamp)
    close(scene, "KX", size=size, as_of=stamp)
    with scene.refuses("closing.time"):
        close(scene, "T01", size=size, as_of=later(stamp, minutes=-1))
    scene.say("volunteers", volunteer("V7"), by="T01/r1", org="T01")
    with scene.refuses("closing.time"):
        close(scene, "T01", size=size, as_of=stamp)


def test_a_closing_is_of_the_end_of_a_day_or_of_now(scene: Scene) -> None:
    with scene.refuses("closing.time"):
        close(scene, as_of=later(scene.book.stamp, minutes=-1))
    with scene.refuses("closing.time"):
        close(scene, as_of=scene.now[:10] + "T23:59:59+08:00")  # the day is not over
    with scene.refuses("closing.size"):
        close(scene, size=scene.book.size + 1)
    close(scene, day="2026-03-03")
    scene.now = later(end_of("2026-03-03"), days=MOST_DAYS)
    close(scene, day="2026-03-03")
    scene.wait(minutes=1)
    with scene.refuses("closing.time", says=str(MOST_DAYS)):
        close(scene, day="2026-03-03")


def test_only_an_operator_closes_and_one_organisation(scene: Scene) -> None:
    for by in ("KX/r1", "KX/c1", "KX/i1", "KX/a1"):
        with scene.refuses("not_authorised"):
            close(scene, by=by)
    with scene.refuses("closing.scope"):
        scene.say("closing", *rows_of(scene), as_of=scene.book.stamp, size=scene.book.size, total=6)
    with scene.refuses("organisation.unknown"):
        head: dict[str, Any] = {"as_of": scene.book.stamp, "size": scene.book.size, "total": 6}
        scene.say("closing", *rows_of(scene), org="T09", **head)


def test_rows_are_sorted_and_none_comes_twice(scene: Scene) -> None:
    with scene.refuses("closing.order", 1):
        close(scene, said=lambda rows: [rows[1], rows[0], *rows[2:]])
    with scene.refuses("closing.order", 3):
        close(scene, said=lambda rows: [*rows[:3], rows[2], *rows[3:]])


@pytest.mark.parametrize("parts", [(6,), (1, 5), (2, 2, 2), (1, 1, 1, 1, 1, 1)])
def test_parts_follow_on_each_other(scene: Scene, parts: tuple[int, ...]) -> None:
    size, stamp = scene.book.size, scene.book.stamp
    told = close(scene, parts=parts, size=size, as_of=stamp)
    found = [kept(scene, one.ref) for one in told]
    assert [one.following for one in found] == [*(one.ref for one in found[1:]), ""]
    assert found[0].first == 0
    assert [one.after for one in found[:-1]] == [one.first for one in found[1:]]
    assert found[-1].after == found[-1].total == 6


@pytest.mark.parametrize(
    "changed",
    [
        {"first": 1},
        {"first": 3},
        {"total": 7},
        {"total": 3},
        {"previous": "A" * 43 + "="},
        {"size": 3},
    ],
    ids=str,
)
def test_a_part_that_does_not_fit_is_refused(scene: Scene, changed: dict[str, Any]) -> None:
    day = "2026-03-03"
    rows, scene.now = rows_of(scene, day=day), later(scene.now, days=1)
    size = sum(told.heard.stamp <= end_of(day) for told in scene.log)
    head: dict[str, Any] = {"as_of": end_of(day), "size": size, "total": 6}
    one = scene.say("closing", *rows[:2], org="KX", **head)
    more: dict[str, Any] = head | {"first": 2, "previous": one.ref}
    with scene.refuses("closing.part"):
        scene.say("closing", *rows[2:], org="KX", **(more | changed))
    with scene.refuses("closing.part"):  # its first row does not follow on the last one
        scene.say("closing", *rows[1:5], org="KX", **more)
    with scene.refuses("closing.part"):
        scene.say("closing", *rows[2:], org="T01", **more)
    with scene.refuses("closing.part"):
        scene.say("closing", *rows[2:], org="KX", **(head | {"first": 2}))
    scene.say("closing", *rows[2:], org="KX", **more)
    with scene.refuses("closing.part"):  # a part is gone on with once
        scene.say("closing", *rows[2:], org="KX", **more)


def test_every_figure_is_said(scene: Scene) -> None:
    for name in ("star", "points", "credits", "donations", "by_class"):
        with pytest.raises(Malformed):
            close(scene, said=lambda rows, name=name: [  # type: ignore[misc]
                {key: value for key, value in row.items() if key != name} for row in rows
            ])  # fmt: skip
