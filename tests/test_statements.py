"""Statements: one form, one signer, items under their root, and no flipped bit."""

from typing import get_args

import pytest

from ledger import kinds, statements
from ledger.encoding import base64, decode, encode
from ledger.errors import LedgerError, Malformed
from ledger.note import Note, sign
from ledger.statements import Entry
from tests.closer import close
from tests.economy import RICH, thrive
from tests.scene import (
    ORIGIN,
    Json,
    Logged,
    Row,
    Scene,
    activity,
    at,
    honour,
    line,
    signer,
    some,
    training,
)
from tests.test_note import flips

ITEM = encode({"attendance": some("a"), "salt": base64(b"s" * 16)})


def head(**more: Json) -> Row:
    """Return the head of a notice over one item."""
    items: Row = {"count": 1, "root": statements.item_root([ITEM])}
    found: Row = {"at": at("02 08:00"), "by": signer("T01/r1").verifier.by, "id": "0" * 32}
    return found | {"items": items, "kind": "notice", "organisation": "T01"} | more


def text(fields: Json, first: str = statements.FIRST_LINE, origin: str = ORIGIN) -> str:
    return f"{first}\n{origin}\n{encode(fields).decode()}\n"


def signed(words: str) -> bytes:
    return bytes(sign(words, signer("T01/r1")))


def audited(scene: Scene, found: tuple[str, int]) -> None:
    """Say what operators and auditors say of a whole ledger."""
    scene.list_standings()
    close(scene)
    scene.check(scene.sample().ref, found)
    scene.anchor("AX/log", 7)
    scene.recover()


@pytest.fixture(scope="module")
def log() -> list[Logged]:
    """Give a log in which every kind of statement is said at least once."""
    scene = Scene.ready()
    ref = scene.attend(line("V1"), line("V2", rating=5), attachments=[some("scan")])
    scene.attend(line("V1", minutes=60, replaces=[ref, 0]), source=some("sheet"))
    scene.object((ref, 1), from_="V2")
    ref = scene.attend(line("V3"), line("V4"), line("V5"), by="T01/r1")
    scene.pass_notice(ref)
    old, new = scene.certify("V4", (ref, (1,))), scene.certify("V4", (ref, (1,)))
    scene.say(
        "revocation", by="KX/i1", org="KX", certificate=old.ref, reason="again", successor=new.ref
    )
    scene.train(training("V4"))
    scene.honour(honour("V4"))
    scene.correct((ref, 0))
    audited(scene, (ref, 0))
    scene.say("activities", activity("A2", hazard=True), by="T01/r1", org="T01")
    scene.say("cancellation", by="T01/r1", org="T01", activity="A2")
    scene.say("departure", {"volunteer": "V6", "reason": "own"}, by="T01/r1", org="T01")
    scene.say("restriction", {"volunteer": "V6"}, reason="asked")
    scene.say("erasure", {"volunteer": "V6"}, reason="asked")
    key = next(told for told in scene.log if told.heard.statement.head.kind == "appointment")
    scene.say("dismissal", appointment=key.ref, since=at("01 08:00"))
    rich = Scene.ready(RICH)
    thrive(rich)
    return [*scene.log, *rich.log]


def test_every_kind_is_said_and_reads_back(log: list[Logged]) -> None:
    assert {told.heard.statement.head.kind for told in log} == kinds.KINDS
    assert len(kinds.KINDS) == len(get_args(kinds.Said))
    for told in log:
        found = Entry.parse(told.entry, exact=True)
        said = found.statement
        assert statements.entry_bytes(found.stamp, said.note) == told.entry
        assert statements.write(said.origin, said.head) == said.note.text
        assert said.ref == told.ref == statements.ref(said.note.text)
        items = statements.read_items(said.head, told.items, exact=True)
        assert tuple(encode(item.form()) for item in items) == told.items


def test_what_is_said_by_model_is_what_is_read(log: list[Logged]) -> None:
    for told in log:
        name = told.heard.statement.head.by.split("+")[0]
        said = statements.say(ORIGIN, told.heard.statement.head, signer(name))
        assert said == told.heard.statement


def test_no_flipped_bit_of_an_entry_is_accepted() -> None:
    scene = Scene.begun()
    entry, items = scene.write("ruleset", {"ruleset": {}}, code=1, from_="2026-03-02")
    start = len(b"2026-03-02T08:00:00+08:00")  # the log vouches for the stamp, not the signer
    for wrong in flips(entry):
        if wrong[start:] == entry[start:]:
            continue
        with pytest.raises(LedgerError):
            scene.submit(wrong, items)
    scene.submit(entry, items)


def test_no_flipped_bit_of_an_item_is_accepted(log: list[Logged]) -> None:
    for told in log:
        said, (one, *rest) = told.heard.statement.head, told.items or (b"",)
        for wrong in flips(one):
            with pytest.raises(Malformed):
                statements.read_items(said, (wrong, *rest))


def test_items_left_out_doubled_or_exchanged_are_refused(log: list[Logged]) -> None:
    for told in log:
        items, said = told.items, told.heard.statement.head
        for wrong in (items[1:], items[:-1], (*items, ITEM), items[::-1] if len(items) > 1 else ()):
            if wrong != items:
                with pytest.raises(Malformed):
                    statements.read_items(said, wrong)


def test_a_stamp_in_another_form_is_refused(log: list[Logged]) -> None:
    entry = log[0].entry
    for wrong in (entry[25:], entry[:25] + b" " + entry[26:], b"\xff" + entry[1:], b"",
                  entry.replace(b"T08", b" 08", 1), entry[:25] + b"\n" + entry[25:]):  # fmt: skip
        with pytest.raises(Malformed):
            Entry.parse(wrong)


@pytest.mark.parametrize(
    "changed",
    [
        {"at": "2026-03-02"}, {"by": "T01/r1"}, {"id": "0" * 31}, {"id": "A" * 32},
        {"organisation": ""}, {"organisation": "**"}, {"organisation": "某队"},
        {"kind": "gift"}, {"kind": "Notice"}, {"items": {"count": 0, "root": some("")}},
        {"items": {"count": 10_001, "root": some("")}},
        {"items": {"count": True, "root": some("")}},
        {"items": {"count": 1, "root": "AAAA"}}, {"organisation": "a" * 33},
    ],
)  # fmt: skip
def test_a_field_in_another_form_is_refused(changed: Row) -> None:
    statements.read(signed(text(head())))
    with pytest.raises(Malformed):
        statements.read(signed(text(head() | changed)))


@pytest.mark.parametrize("missing", ["at", "by", "id", "items", "kind", "organisation"])
def test_every_common_field_is_needed(missing: str) -> None:
    fields = head()
    del fields[missing]
    with pytest.raises(Malformed):
        statements.read(signed(text(fields)))


def test_rows_are_there_if_and_only_if_the_kind_has_them() -> None:
    fields = head(kind="cancellation", activity="A1")
    with pytest.raises(Malformed):
        statements.read(signed(text(fields)))
    del fields["items"]
    said = statements.read(signed(text(fields)))
    assert statements.read_items(said.head, ()) == ()
    with pytest.raises(Malformed):
        statements.read_items(said.head, (ITEM,))
    with pytest.raises(Malformed):
        statements.read_item(said.head, ITEM)


def test_unknown_fields_are_skipped_unless_every_field_counts() -> None:
    for data in (signed(text(head(future=1))), signed(text(head(items={**items(), "future": 1})))):
        assert statements.read(data).head.organisation == "T01"
        with pytest.raises(Malformed):
            statements.read(data, exact=True)
    said = statements.read(signed(text(head()))).head
    future = encode({**decode(ITEM), "future": [1]})
    assert statements.read_item(said, future).salt == base64(b"s" * 16)
    with pytest.raises(Malformed):
        statements.read_item(said, future, exact=True)


def items() -> Row:
    found = head()["items"]
    assert isinstance(found, dict)
    return found


def test_unknown_fields_of_nested_objects_are_known_too() -> None:
    scene = Scene.ready()
    ref = scene.attend(line("V1"))
    scene.pass_notice(ref)
    by_class: Row = {"A": 0, "B": 180, "C": 0, "L": 0, "M": 0}
    with scene.refuses("malformed"):
        scene.certify("V1", (ref, (0,)), by_class=by_class)


def test_another_first_line_or_number_of_lines_is_refused() -> None:
    words = text(head())
    for wrong in (
        text(head(), first="volunteer-ledger/statement@v2"),
        words + "\n", words + "more\n", f"\n{words}", words.replace(f"{ORIGIN}\n", ""),
        words.replace(":", ": ", 1), text([head()]), text("head"),
    ):  # fmt: skip
        with pytest.raises(Malformed):
            statements.read(signed(wrong))


def test_a_statement_is_signed_once_and_by_whom_it_names() -> None:
    words = text(head())
    other = sign(words, signer("T01/r2"))
    both = sign(words, signer("T01/r1"), signer("T01/r2"))
    twice = Note(words, both.signatures[:1] * 2)
    for wrong in (other, both, twice):
        with pytest.raises(Malformed):
            statements.read(bytes(wrong))


def test_heads_items_and_entries_have_their_limits() -> None:
    long = head(kind="attendance", activity="A1", attachments=[some("x")] * 350)
    with pytest.raises(Malformed, match="16,384"):
        statements.read(signed(text(long)))
    said = statements.read(signed(text(head()))).head
    with pytest.raises(Malformed, match="65,536"):
        statements.read_item(said, b" " * 65_537)
    with pytest.raises(Malformed, match="65,535"):
        Entry.parse(b" " * 65_536)


def test_no_salt_comes_twice_in_a_statement() -> None:
    rows = tuple(encode({"attendance": some(name), "salt": base64(b"s" * 16)}) for name in "ab")
    found: Row = {"count": 2, "root": statements.item_root(rows)}
    said = statements.read(signed(text(head(items=found)))).head
    with pytest.raises(Malformed, match="salt"):
        statements.read_items(said, rows)


@pytest.mark.parametrize(
    "changed",
    [
        {"minutes": 0}, {"minutes": -5}, {"minutes": True}, {"minutes": 10**7}, {"minutes": "60"},
        {"class": "D"}, {"class": ""}, {"rating": 0}, {"rating": 6}, {"replaces": [some("x")]},
        {"replaces": [some("x"), -1]}, {"replaces": [some("x"), 10_000]}, {"replaces": ["x", 0]},
        {"start": "2026-03-03T09:00:30+08:00"}, {"start": "2026-03-03 09:00"},
        {"volunteer": "张三"},
        {"salt": base64(b"short")}, {"salt": "x"}, {"volunteer": ""},
    ],
)  # fmt: skip
def test_a_service_line_in_another_form_is_refused(changed: Row) -> None:
    said = statements.read(signed(text(head(kind="attendance", activity="A1")))).head
    row = line("V1") | {"salt": base64(b"s" * 16)}
    statements.read_item(said, encode(row), exact=True)
    with pytest.raises(Malformed):
        statements.read_item(said, encode(row | changed), exact=True)


def test_texts_have_a_thousand_characters_at_most() -> None:
    said = statements.read(signed(text(head(kind="activities")))).head
    salt = base64(b"s" * 16)
    statements.read_item(said, encode(activity("A1", name="好" * 1000) | {"salt": salt}))
    for name in ("好" * 1001, ""):
        with pytest.raises(Malformed):
            statements.read_item(said, encode(activity("A1", name=name) | {"salt": salt}))


def test_absent_fields_are_left_out() -> None:
    said = statements.read(signed(text(head()))).head
    assert said.form() == head()
    assert said.form().keys() == head().keys()
