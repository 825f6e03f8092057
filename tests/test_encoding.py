"""Canonical JSON and base64: one value, one text, and no other text of the same value."""

import json
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.encoding import _PLAIN, _SETTLED, base64, decode, encode, unbase64
from ledger.errors import Malformed

HIDDEN = [*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
VISIBLE = [0x20, 0x7E, 0xA0, 0xAD, 0x2027, 0x202F, 0x2065, 0x206A, 0xFEFE, 0xFF00, 0x1F600]
# The RFC's own examples, and how many of their values lie within the subset: no nulls, no floats …
WITHIN = {"arrays": 3, "french": 4, "structures": 11, "unicode": 0, "values": 2, "weird": 8}

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])).map(
    lambda text: "".join(c for c in unicodedata.normalize("NFC", text) if ord(c) not in HIDDEN)
)
keys = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E))
leaves = st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20
)


def is_nfc(value: object) -> bool:
    return unicodedata.is_normalized("NFC", json.dumps(value, ensure_ascii=False))


@given(values)
def test_what_is_written_reads_back(value: object) -> None:
    assume(is_nfc(value))
    data = encode(value)
    assert decode(data) == value
    assert encode(decode(data)) == data


@given(values)
def test_the_encoding_is_that_of_rfc_8785(value: Any) -> None:
    assume(is_nfc(value))
    assert encode(value) == rfc8785.dumps(value)


@given(values, st.data())
def test_any_other_text_of_the_same_value_is_refused(value: object, data: st.DataObject) -> None:
    assume(is_nfc(value))
    other = data.draw(
        st.sampled_from(
            [
                json.dumps(value, indent=1),
                json.dumps(value, ensure_ascii=True, separators=(",", ":")),
                json.dumps(value, ensure_ascii=False, separators=(", ", ":")),
                f" {encode(value).decode()}",
                f"{encode(value).decode()}\n",
                f"\ufeff{encode(value).decode()}",
            ]
        )
    ).encode()
    assume(other != encode(value))
    with pytest.raises(Malformed):
        decode(other)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
def test_other_encodings_of_unicode_are_refused(encoding: str) -> None:
    with pytest.raises(Malformed):
        decode('{"a":"中"}'.encode(encoding))


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',  # a key twice
        '{"b":1,"a":1}',  # keys out of order
        "1.0", "1e2", "-0", "0.5", "NaN", "Infinity", "null", '{"a":null}',
        "01", "+1", "9007199254740992", "-9007199254740992", "1" * 5000,
        '"\\u0041"', '"\\/"', '"\\n"', '"\\\\\\n"', '"\\u0000"', '"\\ud800"', '"\x01"',
        '"e\u0301"',  # é in two parts: not NFC
        '{"中":1}',  # keys are ASCII
        "", "{", "[1,]", "'a'", "tru", "\x00",
        "[" * 100_000,
    ],
)  # fmt: skip
def test_text_outside_the_one_form_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        decode(text.encode())


def test_bytes_that_are_no_utf_8_are_refused() -> None:
    with pytest.raises(Malformed):
        decode(b'"\xff"')


def test_nesting_of_any_depth_is_read_or_refused_in_our_own_words() -> None:
    for depth in range(100, 1100, 7):
        try:
            decode(b"[" * depth + b"]" * depth)
        except Malformed:
            continue


def test_every_hidden_character_is_refused_in_values_and_keys() -> None:
    for code in HIDDEN:
        for value in (chr(code), f"中{chr(code)}", f"\\{chr(code)}", {chr(code): 1}):
            with pytest.raises(Malformed):
                encode(value)


def test_visible_characters_are_written_as_they_are() -> None:
    for code in VISIBLE:
        assert encode(chr(code)) == f'"{chr(code)}"'.encode()


def test_backslashes_before_letters_are_text_and_no_escapes() -> None:
    for text in ("\\n", "\\\\u", "a\\b", "\\\\\\t", 'say \\"n'):
        assert decode(encode(text)) == text


def test_lines_lets_newlines_through_and_nothing_else() -> None:
    assert decode(encode("a\nb\\", lines=True), lines=True) == "a\nb\\"
    for text in ("a\rb", "a\tb", "\n\x01", "\x0b"):
        with pytest.raises(Malformed):
            encode(text, lines=True)
    with pytest.raises(Malformed):
        decode(encode("a\nb", lines=True))


@pytest.mark.parametrize("value", [None, 1.5, b"x", {1: 2}, {"键": 1}, object(), {1}, [None]])
def test_values_outside_the_subset_are_refused(value: object) -> None:
    with pytest.raises(Malformed):
        encode(value)


def test_tuples_are_written_as_arrays() -> None:
    assert encode((1, ("a",))) == b'[1,["a"]]'


@given(st.binary())
def test_base64_reads_back(data: bytes) -> None:
    assert unbase64(base64(data)) == data
    assert unbase64(base64(data), len(data)) == data


@given(st.binary(min_size=1, max_size=9), st.integers(0, 11), st.characters())
def test_base64_has_one_form(data: bytes, at: int, sign: str) -> None:
    text = base64(data)
    other = f"{text[:at]}{sign}{text[at + 1 :]}"
    try:
        found = unbase64(other)
    except Malformed:
        return
    assert base64(found) == other


@pytest.mark.parametrize("text", ["AB==", "QQ", "QQ=", "QQ==\n", "Q Q=", "_-8=", "QQ===", "中文=="])
def test_loose_base64_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        unbase64(text)


def test_base64_of_another_size_is_refused() -> None:
    with pytest.raises(Malformed):
        unbase64(base64(b"abc"), 4)


def parts(value: object) -> Iterator[object]:
    """Give a JSON value and everything inside it."""
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inner:
        yield from parts(part)


@pytest.mark.parametrize("name", sorted(WITHIN))
def test_the_examples_of_the_rfc(name: str, vectors: Callable[[str], Path]) -> None:
    """Each example as a whole has what we refuse; its parts within our subset are written alike."""
    folder = vectors("rfc8785-jcs") / "testdata"
    output = (folder / "output" / f"{name}.json").read_bytes()
    assert bytes.fromhex((folder / "outhex" / f"{name}.txt").read_text("ascii")) == output
    source = json.loads((folder / "input" / f"{name}.json").read_bytes())
    with pytest.raises(Malformed):
        encode(source)
    with pytest.raises(Malformed):
        decode(output)
    within = []
    for part in parts(source):
        with suppress(Malformed):
            within.append(encode(part))
    assert len(within) == WITHIN[name]
    assert all(part in output and decode(part) == json.loads(part) for part in within)


def test_an_example_of_the_rfc_whose_only_sin_is_a_newline(vectors: Callable[[str], Path]) -> None:
    folder = vectors("rfc8785-jcs") / "testdata"
    output = (folder / "output" / "structures.json").read_bytes()
    assert encode(decode(output, lines=True), lines=True) == output


def test_what_is_passed_over_is_nfc_beside_any_other_character() -> None:
    """UAX 15: a character is, that is NFC, starts a sequence, and is the second half of none."""
    halves = {
        int(found[1], 16)
        for code in range(0x110000)
        if len(found := unicodedata.decomposition(chr(code)).split()) == 2 and found[0][0] != "<"
    }
    passed = [chr(code) for code in range(0x110000) if _SETTLED.fullmatch(chr(code))]
    assert 20_000 < len(passed) < 30_000
    for character in (*passed, *map(chr, _PLAIN)):
        assert unicodedata.is_normalized("NFC", character)
        assert unicodedata.combining(character) == 0
        assert ord(character) not in halves
