"""Statements of account offline: what they prove, and what forgers who hold the keys may not prove."""

import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from certificates import excerpt
from certificates.excerpt import Account
from ledger import merkle
from ledger.checkpoint import Checkpoint, issue
from ledger.encoding import decode, encode
from ledger.errors import LedgerError, Unverified
from tests import stranger
from tests.closer import close, row_of, rows_of, totals_of
from tests.economy import RICH, served
from tests.forge import hashes, trusted
from tests.scene import OPERATOR, ORIGIN, Logged, Row, Scene, at, signer

Stored = tuple[bytes, tuple[bytes, ...]]
Shown = dict[int, set[int]]
ROOT = 2  # the entry of the root organisation's row
TEAMS = 4
PARTS = (2, 3, 1)


@cache
def lived() -> Scene:
    scene = Scene.ready(RICH)
    served(scene, "V1", "V3")
    return scene


def world() -> Scene:
    """Return a scene of one's own, as it was after V1 and V3 had served."""
    found = Scene(now=lived().now, made=lived().made)
    for told in lived().log:
        found.submit(told.entry, told.items)
    return found


def logged(scene: Scene, *more: Stored) -> list[Stored]:
    return [*((told.entry, told.items) for told in scene.log), *more]


def written(entries: list[Stored], shown: Shown, shows: str, **changed: Any) -> bytes:
    """Return the file that shows these rows of these entries; `changed` are fields of it."""
    leaves = [merkle.leaf_hash(entry) for entry, _ in entries]
    root = Checkpoint(ORIGIN, len(leaves), merkle.root(leaves))
    value = {
        "format": "volunteer-ledger/account@v1",
        "shows": shows,
        "checkpoint": bytes(issue(root, signer(ORIGIN))).decode(),
        "entries": [_entry(entries[index], index, rows) for index, rows in sorted(shown.items())],
        "hashes": hashes(leaves, sorted(shown)),
    }
    return encode(value | changed, lines=True)


def _entry(stored: Stored, index: int, rows: set[int]) -> dict[str, Any]:
    entry, items = stored
    found: dict[str, Any] = {"index": index, "entry": entry.decode()}
    if rows:
        leaves, order = [merkle.leaf_hash(item) for item in items], sorted(rows)
        found["items"] = [{"n": n, "item": items[n].decode()} for n in order]
        found["hashes"] = hashes(leaves, order)
    return found


def of(told: Iterable[tuple[Logged, int]]) -> Shown:
    """Return what an honest excerpt of the association's closing shows: rows of statements."""
    shown: Shown = {0: {0}, ROOT: {0}}
    for one, n in told:
        shown.setdefault(one.index, set()).add(n)
    return shown


def checked(data: bytes) -> Account:
    return excerpt.check(data, trusted())


# --- what is proved ------------------------------------------------------------------------------


def test_a_row_says_what_its_volunteer_had_come_to() -> None:
    scene = world()
    (told,) = close(scene)
    found = checked(written(logged(scene), of([(told, 2)]), "row"))
    due = totals_of(scene).closed("KX", scene.now[:10])["V3"]
    assert found.row
    assert row_of("V3", due) | {"salt": found.row.salt} == found.row.form()
    assert (found.origin, found.organisation, found.name) == (ORIGIN, "KX", "组织KX")
    assert (found.place, found.closing.total, found.entry) == (2, 6, told.index)
    assert (found.witnesses, found.specimen, found.stamp) == (0, True, scene.now)


def test_a_team_s_closing_shows_where_the_team_hangs() -> None:
    scene = world()
    (told,) = close(scene, "T01")
    shown = of([(told, 0)]) | {TEAMS: {0}, 3: {0}}  # KX/r1, who said the teams' rows
    found = checked(written(logged(scene), shown, "row"))
    assert (found.organisation, found.name) == ("T01", "组织T01")
    for less in (ROOT, 3, TEAMS):
        with pytest.raises(LedgerError):
            checked(written(logged(scene), {k: v for k, v in shown.items() if k != less}, "row"))


@pytest.mark.parametrize(
    ("number", "above", "below"),
    [("A", "", "V1"), ("V10", "V1", "V2"), ("V20", "V2", "V3"), ("V40", "V4", "V5"),
     ("V50", "V5", "V6"), ("V60", "V6", ""), ("v1", "V6", "")],
)  # fmt: skip
@pytest.mark.parametrize("parts", [(6,), PARTS], ids=str)
def test_neighbours_show_that_a_number_has_no_row(
    number: str, above: str, below: str, parts: tuple[int, ...]
) -> None:
    """Also where one of them ends a statement and the other begins the next."""
    scene = world()
    size, stamp = scene.book.size, scene.book.stamp
    told = close(scene, parts=parts, size=size, as_of=stamp)
    rows = [(one, n) for one in told for n in range(len(one.items))]
    beside = [rows[int(name[1:]) - 1] for name in (above, below) if name]
    shows = "between" if above and below else "after" if above else "before"
    found = checked(written(logged(scene), of(beside), shows))
    assert (found.row, found.place) == (None, None)
    assert (found.above, found.below) == (above, below)
    found.check_about(number)
    for other in {above, below} - {""} | {"V3"}:
        with pytest.raises(Unverified, match="nothing of"):
            found.check_about(other)


def test_a_row_is_about_its_own_number_alone() -> None:
    scene = world()
    (told,) = close(scene)
    found = checked(written(logged(scene), of([(told, 0)]), "row"))
    found.check_about("V1")
    for other in ("V2", "A", ""):
        with pytest.raises(Unverified, match="nothing of"):
            found.check_about(other)


# --- what is not ---------------------------------------------------------------------------------


def test_no_flipped_bit_is_accepted() -> None:
    scene = world()
    told = close(scene, parts=PARTS, size=scene.book.size, as_of=scene.book.stamp)
    for shown, shows in (([(told[0], 0)], "row"), ([(told[0], 1), (told[1], 0)], "between")):
        data = written(logged(scene), of(shown), shows)
        assert checked(data).closing.total == 6
        for place in range(8 * len(data)):
            flipped = bytearray(data)
            flipped[place // 8] ^= 1 << place % 8
            with pytest.raises(LedgerError):
                checked(bytes(flipped))


def test_no_part_of_a_file_is_accepted() -> None:
    scene = world()
    (told,) = close(scene)
    data = written(logged(scene), of([(told, 0)]), "row")
    for length in range(len(data)):
        with pytest.raises(LedgerError):
            checked(data[:length])
    for more in (b" ", b"\n", b"\0", data, b"x" * excerpt.MAX_SIZE):
        with pytest.raises(LedgerError):
            checked(data + more)


def not_neighbours(told: Logged) -> tuple[Shown, str]:
    return of([(told, 0), (told, 2)]), "between"


def neither_end(told: Logged) -> tuple[Shown, str]:
    return of([(told, 4)]), "after"


def not_the_first(told: Logged) -> tuple[Shown, str]:
    return of([(told, 1)]), "before"


def one_of_two(told: Logged) -> tuple[Shown, str]:
    return of([(told, 0), (told, 1)]), "row"


def one_side(told: Logged) -> tuple[Shown, str]:
    return of([(told, 0)]), "between"


def three_rows(told: Logged) -> tuple[Shown, str]:
    return of([(told, 0), (told, 1), (told, 2)]), "between"


def more_than_needed(told: Logged) -> tuple[Shown, str]:
    return of([(told, 0)]) | {3: {0}}, "row"


def no_row(told: Logged) -> tuple[Shown, str]:
    return of([]) | {told.index: set()}, "row"


def no_closing(_: Logged) -> tuple[Shown, str]:
    return of([]), "row"


def no_root(told: Logged) -> tuple[Shown, str]:
    return {0: {0}, told.index: {0}}, "row"


WRONG: dict[str, tuple[Callable[[Logged], tuple[Shown, str]], str]] = {
    "rows that do not follow on each other": (not_neighbours, "do not follow"),
    "a row that is not the last": (neither_end, "not the last"),
    "a row that is not the first": (not_the_first, "not the first"),
    "two rows for one": (one_of_two, "2 rows"),
    "a gap with one side": (one_side, "1 rows"),
    "three rows": (three_rows, "3 rows"),
    "more than it needs": (more_than_needed, "more, or less"),
    "no row": (no_row, "more, or less"),
    "no closing": (no_closing, "no closing"),
    "no root": (no_root, "lead to the root"),
}


@pytest.mark.parametrize("name", WRONG)
def test_nothing_is_proved_by(name: str) -> None:
    make, says = WRONG[name]
    scene = world()
    (told,) = close(scene)
    with pytest.raises(LedgerError, match=says):
        checked(written(logged(scene), *make(told)))


def forged(scene: Scene, *rows: Row, by: str = OPERATOR, org: str = "KX", **head: Any) -> Stored:
    """Write a closing that no log of ours would take in."""
    said: dict[str, Any] = {"as_of": scene.book.stamp, "size": scene.book.size, "total": len(rows)}
    said |= head
    return scene.write("closing", *rows, by=by, org=org, **said)


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ({"size": 10_000}, "entries after it"),
        ({"as_of": at("31 09:00")}, "entries after it"),
        ({"total": 3}, "not of one organisation"),
        ({"first": 1}, "not of one organisation"),
        ({"previous": "A" * 43 + "="}, "not of one organisation"),
        ({"org": "*"}, "not of one organisation"),
        ({"by": "KX/i1"}, "may not say a closing"),
        ({"by": "KX/nobody"}, "not enrolled"),
    ],
    ids=str,
)
def test_a_closing_that_the_log_should_not_have_taken_in_proves_nothing(
    head: dict[str, Any], says: str
) -> None:
    scene = world()
    stored = forged(scene, *rows_of(scene), **head)
    by = head.get("by", OPERATOR)
    appointed = (told.index for told in scene.log if f'"key":"{by}+'.encode() in told.entry)
    issuer: Shown = {index: {0} for index in appointed}
    shown: Shown = {0: {0}, ROOT: {0}, len(scene.log): {0}} | issuer
    with pytest.raises(LedgerError, match=says):
        checked(written(logged(scene, stored), shown, "row"))


@pytest.mark.parametrize(
    "changed",
    [{"size": 5}, {"total": 7}, {"as_of": at("03 23:59")}, {"previous": "A" * 43 + "="},
     {"first": 3}],
    ids=str,
)  # fmt: skip
def test_neighbours_in_two_statements_are_of_one_closing(changed: dict[str, Any]) -> None:
    """An operator who has two second parts cannot show whichever hides somebody."""
    scene = world()
    rows = rows_of(scene)
    head: dict[str, Any] = {"as_of": scene.book.stamp, "size": scene.book.size, "total": 6}
    one = scene.say("closing", *rows[:2], org="KX", **head)
    more = head | {"first": 2, "previous": one.ref}
    two = forged(scene, *rows[2:5], **more)
    shown = of([(one, 1)]) | {one.index + 1: {0}}
    assert checked(written(logged(scene, two), shown, "between")).below == "V3"
    two = forged(scene, *rows[2:5], **(more | changed))
    with pytest.raises(Unverified):
        checked(written(logged(scene, two), shown, "between"))
    two = forged(scene, *rows[2:5], org="T01", **more)
    team: Shown = {TEAMS: {0}, 3: {0}}
    with pytest.raises(Unverified, match="two closings"):
        checked(written(logged(scene, two), shown | team, "between"))


def test_the_log_and_its_witnesses_are_asked_for() -> None:
    scene = world()
    (told,) = close(scene)
    data = written(logged(scene), of([(told, 0)]), "row")
    with pytest.raises(Unverified, match="1 are needed"):
        excerpt.check(data, trusted(1, "w1"))
    log = replace_log(trusted())
    with pytest.raises(Unverified, match="not trusted"):
        excerpt.check(data, log)


def replace_log(believed: Any) -> Any:
    other = believed.logs[0].model_copy(update={"keys": (str(signer("other/log").verifier),)})
    return believed.model_copy(update={"logs": (other,)})


def test_the_file_has_one_form() -> None:
    scene = world()
    (told,) = close(scene)
    value = decode(written(logged(scene), of([(told, 0)]), "row"), lines=True)
    assert isinstance(value, dict)
    for changed in ({"more": 1}, {"format": "volunteer-ledger/account@v2"}, {"shows": "all"}):
        with pytest.raises(LedgerError):
            checked(encode(value | changed, lines=True))
    assert checked(encode(value, lines=True)).row


# --- other people's eyes -------------------------------------------------------------------------

VECTORS = Path(__file__).parent / "vectors"


def told_by_a_stranger(data: bytes) -> list[tuple[int, dict[str, Any]]]:
    """Return the rows, with their places, as the stranger finds them, who knows no code of ours."""
    value = stranger.canonical(data.decode(), lines=True)
    assert value.keys() == {"format", "shows", "checkpoint", "entries", "hashes"}
    believed = json.loads(trusted().model_dump_json())
    assert stranger.in_the_log(value, believed) == 0
    for entry in value["entries"]:
        stranger.check_items(entry)
    shown = [stranger.read_entry(entry, ORIGIN) for entry in value["entries"]]
    world_ = stranger.World(shown)
    world_.check_signers(believed)
    world_.check_organisations()
    return [
        (said.head.get("first", 0) + n, row)
        for said in world_.of("closing")
        for n, row in said.items.items()
    ]


@pytest.mark.parametrize("shows", ["row", "before", "between", "after"])
def test_a_stranger_reads_the_same_in_the_vectors(shows: str) -> None:
    """The files lie beside this test: a change of a byte in the format would show here."""
    data = (VECTORS / f"account-{shows}.json").read_bytes()
    scene = world()
    told = close(scene, parts=PARTS, size=scene.book.size, as_of=scene.book.stamp)
    rows = {"row": [(told[1], 0)], "before": [(told[0], 0)], "after": [(told[2], 0)]}
    rows["between"] = [(told[1], 2), (told[2], 0)]
    assert data == written(logged(scene), of(rows[shows]), shows)
    found, read = checked(data), told_by_a_stranger(data)
    numbers = [row["volunteer"] for _, row in read]
    if found.row:
        ((place, row),) = read
        assert (place, row) == (found.place, found.row.form())
    else:
        assert numbers == [number for number in (found.above, found.below) if number]
