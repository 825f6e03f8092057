"""tools/verify.py and the product, asked about whatever becomes of a proof: the same answers.

No file is sealed here: the tool, which does not look at the seal, gets the page with the proof behind it,
and the product is asked what it is asked of a proof. So thousands are asked about in a minute, and every
place of a proof gets its turn. Whole files are in `test_verify_tool`.
"""

import copy
import json
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates import ground, proof
from certificates.told import check_logged, tell
from ledger.checkpoint import Checkpoint
from ledger.errors import LedgerError
from ledger.note import Note, Verifier
from tests import scene
from tests.forge import Plot, Step, Workshop, trusted
from tests.scene import at, vkey
from tools import verify

TRUST = trusted()
Draw = Callable[[st.SearchStrategy[Any]], Any]
Place = tuple[Any, ...]
PLOTS = (Plot.honest, Plot.full, Plot.carrying)

# What stands at one place for a while. No value has the type of all places, and each type is there.
SCALARS: tuple[Any, ...] = (0, 1, -1, 2**53, True, False, "", "x", "{}", "é", "\n", 1.5, None)
HASHES: tuple[Any, ...] = ("MDAw", "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=")
NESTED: tuple[Any, ...] = ([], {}, [0], ["x"], [[]], [{}], {"a": 1}, {"name": {}})
OTHERS = (*SCALARS, *HASHES, *NESTED)


@cache
def made(plot: Callable[[], Plot]) -> tuple[bytes, dict[str, Any]]:
    """Return the page of a plot, and its proof with a time stamp that says nothing."""
    shop = Workshop(plot())
    return shop.page, shop.proof() | {"timestamp": "AAAA"}


def written(value: Any) -> bytes:
    """Write JSON as a proof is written; what no proof may hold (floats, nulls) is written too."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode(errors="surrogatepass")


def judged(data: bytes) -> tuple[bool, bool]:
    """Tell what the product says of proof.json: whether genuine, as far as it goes, and logged."""
    try:
        found = proof.read(data)
        origin = Checkpoint.parse(Note.parse(found.checkpoint.encode()).text).origin
        told = tell(found.entries, origin)
        ground.judge(found, told)
    except LedgerError:
        return False, False
    try:
        checkpoint, _ = TRUST.check(found.checkpoint.encode())
        check_logged(told, found.hashes, checkpoint)
    except LedgerError:
        return True, False
    return True, True


def asked(desk: Path, page: bytes, data: bytes) -> tuple[bool, bool]:
    """Tell what the tool says of a page with proof.json behind it."""
    packed = zlib.compress(data, 1)
    head = b"9 0 obj\n<< /Type /EmbeddedFile /Length %d >>\nstream\n" % len(packed)
    (desk / "certificate.pdf").write_bytes(page + head + packed)
    found, why = verify.check(desk / "certificate.pdf", desk / "trust.json")
    assert bool(why) == (len(found) < 2)
    return "genuine" in found, "logged" in found


def agree(desk: Path, page: bytes, data: bytes, about: object) -> tuple[bool, bool]:
    """Hold both to one answer; what is not genuine may be unreadable to one of them altogether."""
    ours, theirs = judged(data), asked(desk, page, data)
    assert theirs[0] == ours[0], about
    assert not ours[0] or theirs[1] == ours[1], about
    return ours


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder for the file that is asked about, and what is believed."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "trust.json").write_text(TRUST.model_dump_json())
    return folder


# --- whatever is changed --------------------------------------------------------------------------


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    """Give where everything in a value lies, but for the value itself."""
    named = value.items() if isinstance(value, dict) else ()
    numbered = enumerate(value) if isinstance(value, list) else ()
    for key, one in (*named, *numbered):
        yield (*path, key)
        yield from places(one, (*path, key))


def inside(value: Any, path: Place) -> Any:
    for key in path:
        value = value[key]
    return value


def change(value: dict[str, Any], draw: Draw) -> Place:
    """Change one thing in a proof, whatever it is; return where."""
    place = draw(st.sampled_from(list(places(value))))
    at, last = inside(value, place[:-1]), place[-1]
    texts = ("flipped", "cut", "lined") if isinstance(at[last], str) and at[last] else ()
    match draw(st.sampled_from(("other", "gone", "more", *texts))):
        case "other":
            at[last] = copy.deepcopy(draw(st.sampled_from(OTHERS)))
        case "gone":
            del at[last]
        case "more" if isinstance(at, list):
            at.insert(last, copy.deepcopy(at[draw(st.integers(0, len(at) - 1))]))
        case "more":
            at["zeal"] = copy.deepcopy(draw(st.sampled_from(OTHERS)))
        case "flipped":
            n = draw(st.integers(0, len(at[last]) - 1))
            sign = chr(ord(at[last][n]) ^ 1 << draw(st.integers(0, 6)))
            at[last] = at[last][:n] + sign + at[last][n + 1 :]
        case "cut":
            n, m = (draw(st.integers(0, len(at[last]))) for _ in range(2))
            at[last] = at[last][:n] + at[last][m:]  # cut out, or told twice
        case _:  # a line of it gone, empty, twice or shorter
            lines = at[last].split("\n")
            n = draw(st.integers(0, len(lines) - 1))
            lines[n : n + 1] = draw(
                st.sampled_from(([], ["", ""], [lines[n]] * 2, [lines[n][:-4]]))
            )
            at[last] = "\n".join(lines)
    return tuple(place)


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.__name__)
def test_an_honest_proof_holds_before_both(desk: Path, plot: Callable[[], Plot]) -> None:
    page, value = made(plot)
    assert agree(desk, page, written(value), "honest") == (True, True)


@pytest.mark.parametrize("value", OTHERS, ids=repr)
def test_another_value_at_any_place_is_the_same_to_both(desk: Path, value: Any) -> None:
    """docs/format.md gives each place its type, and neither reads a value of another."""
    page, honest = made(Plot.carrying)
    for place in places(honest):
        changed = copy.deepcopy(honest)
        inside(changed, place[:-1])[place[-1]] = copy.deepcopy(value)
        genuine, _ = agree(desk, page, written(changed), place)
        assert not genuine or type(inside(honest, place)) is type(value), place


@pytest.mark.parametrize("change", ["gone", "twice", "beside"])
def test_more_or_less_at_any_place_is_the_same_to_both(desk: Path, change: str) -> None:
    page, honest = made(Plot.carrying)
    for place in places(honest):
        changed = copy.deepcopy(honest)
        at, last = inside(changed, place[:-1]), place[-1]
        match change, at:
            case "gone", _:
                del at[last]
            case "twice", list():
                at.insert(last, at[last])
            case _:
                at["zeal" if isinstance(at, dict) else last] = {}
        agree(desk, page, written(changed), place)


@given(st.data())
def test_whatever_is_changed_in_a_proof_both_say_the_same(desk: Path, data: st.DataObject) -> None:
    page, honest = made(data.draw(st.sampled_from(PLOTS)))
    changed = copy.deepcopy(honest)
    where = [change(changed, data.draw) for _ in range(data.draw(st.integers(1, 2)))]
    agree(desk, page, written(changed), where)


@given(st.data())
def test_whatever_becomes_of_its_bytes_both_say_the_same(desk: Path, data: st.DataObject) -> None:
    page, honest = made(Plot.honest)
    changed = bytearray(written(honest))
    start = data.draw(st.integers(0, len(changed)))
    end = start + data.draw(st.integers(0, 3))
    found = data.draw(st.sampled_from(b'0 9 -0 1.0 " "" \\ \\n \\u000a , : {} [] null NaN'.split()))
    changed[start:end] = data.draw(
        st.sampled_from((found, b" ", b"", bytes(changed[start:end]) * 2))
    )
    agree(desk, page, bytes(changed), (start, end))


# --- what only who holds every key can make -------------------------------------------------------


def an_organisation_under_two_others(plot: Plot) -> None:
    again = Step("organisations", [scene.organisation("T01", "T02")], "KX/r1", "KX", at("02 08:00"))
    plot.add("again", again, before="people")
    plot.means.shown = lambda shown: shown.update(again={0}, teams={0, 1})


def an_organisation_said_again(plot: Plot) -> None:
    again = Step("organisations", [scene.organisation("T01")], "KX/r1", "KX", at("02 08:00"))
    plot.add("again", again, before="people")
    plot.means.shown = lambda shown: shown.update(again={0}, teams={0})


def a_charter_of_another_log(plot: Plot) -> None:
    plot["charter"].head["log"] = vkey("other.example.org/log-5eed5eed")


def a_charter_of_an_organisation(plot: Plot) -> None:
    plot["charter"].org = "KX"


def a_root_named_later(plot: Plot) -> None:
    plot.move("root", before="people")


def a_team_named_with_the_root(plot: Plot) -> None:
    plot["root"].rows.append(plot["teams"].rows.pop(0))


def a_key_beyond_the_field(plot: Plot) -> None:
    plot["charter"].head["recovery"] = str(
        Verifier("KX/recovery", (2**255 - 5).to_bytes(32, "little"))
    )


def a_head_too_long(plot: Plot) -> None:
    plot["sheet"].head["weather"] = "r" * 2**14


def a_row_too_long(plot: Plot) -> None:
    plot["sheet"].rows[0]["weather"] = "r" * 2**16


def a_period_from_no_day(plot: Plot) -> None:
    plot.claim["from"] = "2026-02-30"


def a_period_from_a_year(plot: Plot) -> None:
    plot.claim["from"] = "2026"


def a_period_before_all_years(plot: Plot) -> None:
    plot.claim["from"] = "1899-12-31"


def a_training_of_no_day(plot: Plot) -> None:
    plot["courses"].rows[0]["date"] = "2026-03-0x"


def a_line_of_a_class_that_is_none(plot: Plot) -> None:
    plot["sheet"].rows[0]["class"] = "Z"
    plot.claim["by_class"] = {"A": 0, "B": 120, "C": 0, "L": 0, "Z": 180}


def a_star_with_two_rows(plot: Plot) -> None:
    plot.claim["star"].append(0)


def a_commitment_to_what_is_none(plot: Plot) -> None:
    plot.opened["state"] = ("V1", "active")


SIGNED = (  # nothing else is wrong with them
    an_organisation_under_two_others,
    an_organisation_said_again,
    a_charter_of_another_log,
    a_charter_of_an_organisation,
    a_root_named_later,
    a_team_named_with_the_root,
    a_key_beyond_the_field,
    a_head_too_long,
    a_row_too_long,
    a_period_from_no_day,
    a_period_from_a_year,
    a_period_before_all_years,
    a_training_of_no_day,
    a_line_of_a_class_that_is_none,
    a_star_with_two_rows,
    a_commitment_to_what_is_none,
)


@pytest.mark.parametrize("change", SIGNED, ids=lambda change: change.__name__)
def test_what_every_key_may_sign_is_refused_by_both(
    desk: Path, change: Callable[[Plot], None]
) -> None:
    plot = Plot.full()
    change(plot)
    shop = Workshop(plot)
    assert not agree(desk, shop.page, written(shop.proof()), change)[0]


def test_fields_of_a_later_version_are_skipped_by_both(desk: Path) -> None:
    plot = Plot.full()
    plot["sheet"].head["weather"] = "rain"
    plot["sheet"].rows[0]["shoes"] = ["wet"]
    plot.claim["by_class"]["Z"] = 0
    shop = Workshop(plot)
    assert agree(desk, shop.page, written(shop.proof()), "later") == (True, True)
