"""Faults: what is wrong with a file of rules, for the person who must mend it.

Each names the place as the file has it, the value that stands there, and what to write instead.
"""

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from ledger.incentives import Credits, Expiry, Level, Points, Stars, Weight
from ledger.rulesets import Anomalies, Ruleset

# Where each key of a file belongs; what stands in square brackets counts from 1 and is left out here.
PARTS: Mapping[str, type[BaseModel]] = {
    "": Ruleset,
    "stars": Stars,
    "stars.levels": Level,
    "points": Points,
    "points.weights": Weight,
    "points.expiry": Expiry,
    "credits": Credits,
    "anomalies": Anomalies,
}
_SHOWN = 60  # characters of a value in a sentence
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_FULL_WIDTH = re.compile("[\uff01-\uff5e“”‘’【】]")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong, or worth a word: where, which value, a code, and sentences that say all."""

    path: str
    value: str
    code: str
    en: str
    zh: str


def fault(path: str, value: object, code: str, en: str, zh: str) -> Fault:
    """Return a fault of a value; its sentences begin with place and value."""
    shown = "" if value is None else json.dumps(value, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    at = f"{path} = {shown}" if shown else path
    return Fault(path, shown, code, f"{at}: {en}", f"{at}：{zh}")


def of_form(error: ValidationError) -> Iterator[Fault]:
    """Give everything that is not as a ruleset must be."""
    for one in error.errors(include_url=False):
        loc, kind, value = one["loc"], one["type"], one["input"]
        if kind == "too_short" and value:
            continue  # there are some, and what is wrong with them is said of each
        if kind == "extra_forbidden":
            yield _unknown_key(loc, value)
            continue
        code, en, zh = _SAYINGS.get(kind, ("rule.form", "{msg}", "不合规定：{msg}"))
        words = {"msg": one["msg"], **_context(loc), **one.get("ctx", {})}
        words["choices"] = _choices(str(words.get("expected", "")))
        shown = None if kind in _WITHOUT_VALUE else value
        yield fault(place(loc), shown, code, en.format_map(words), zh.format_map(words))


def of_syntax(text: str, error: ValueError | RecursionError) -> Fault:
    """Say where a file is not TOML, and what usually helps."""
    said = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "not TOML"
    if said.startswith("Invalid value (at end"):  # what is open at the end is a list
        said = "Unclosed array (at end of document)"
    lines = text.rstrip("\n").split("\n")
    found = _PLACE.search(said)
    line = int(found[1]) if found and found[1] else len(lines)
    wrong = lines[min(line, len(lines)) - 1].strip()
    en, zh = next(
        (words for begin, words in _SYNTAX.items() if said.startswith(begin)), _SYNTAX[""]
    )
    if _FULL_WIDTH.search(re.sub('"[^"]*"', "", wrong.partition("#")[0])):
        en, zh = _SYNTAX["“"]
    return Fault(
        f"line {line}",
        wrong[:_SHOWN],
        "rule.syntax",
        f"line {line}, “{wrong[:_SHOWN]}”: {en}",
        f"第 {line} 行“{wrong[:_SHOWN]}”：{zh}",
    )


def of_bytes() -> Fault:
    """Say that a file is no text at all."""
    en, zh = "this is no text file; save it as UTF-8", "这不是文本文件，请另存为 UTF-8 文本"
    return Fault("", "", "rule.syntax", en, zh)


def place(loc: Sequence[str | int]) -> str:
    """Write a place as people count: `stars.levels[1].hours` is of the first star."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc)
    return "".join(parts).removeprefix(".")


def _section(loc: Sequence[str | int]) -> str:
    return ".".join(part for part in loc if isinstance(part, str))


def _unknown_key(loc: Sequence[str | int], value: object) -> Fault:
    key, section = str(loc[-1]), _section(loc[:-1])
    known = [name for name in PARTS[section].model_fields if name != "calendar"]
    elsewhere = [part for part, model in PARTS.items() if key in model.model_fields]
    near = difflib.get_close_matches(key, known, n=1)
    if elsewhere:
        en, zh = _home_of(elsewhere[0])
    elif near:
        en, zh = f"did you mean {near[0]}?", f"是否应为 {near[0]}？"
    else:
        en, zh = f"here stand only {', '.join(known)}", f"此处只能写 {'、'.join(known)}"
    shown = value if isinstance(value, str | int | float) else None
    return fault(
        place(loc), shown, "rule.key", f"there is no such parameter; {en}", f"没有这个参数；{zh}"
    )


def _home_of(section: str) -> tuple[str, str]:
    if section:
        return f"{section} has it: move it below [{section}]", f"它属于 [{section}]，请移到该节之下"
    return "move it to the top, above the first [section]", "请移到文件开头，第一个 [节] 之前"


def _context(loc: Sequence[str | int]) -> dict[str, Any]:
    """Return what a sentence may need to know of a place."""
    section = _section(loc)
    return {
        "section": section,
        "form": _FORMS.get(section, ("another text", "另一种写法")),
        "example": _EXAMPLES.get(section, f"[{section}]"),
    }


def _choices(expected: str) -> str:
    return " ".join(f'"{one}"' for one in re.findall("'(.*?)'", expected))


_WITHOUT_VALUE = ("missing", "model_type", "dict_type", "too_short", "too_long")
_EXAMPLES = {
    "stars.levels": "{ hours = 100 }",
    "points.weights": '{ category = "科普类", percent = 150 }',
}
_FORMS = {
    "points.expiry.on": ('month and day, such as "12-31"', '月-日，如 "12-31"'),
    "stars.levels.unit": (
        'an organisation\'s code, such as "KX"; leave it out for the association',
        '组织编号，如 "KX"；由本协会评定的不写',
    ),
}
_SAYINGS = {
    "missing": ("rule.missing", "is missing; write it", "缺少这一项，请补上"),
    "int_type": (
        "rule.type",
        "write a whole number, without quotes and without decimals",
        "应为整数，不加引号、不带小数",
    ),
    "bool_type": (
        "rule.type",
        "write true or false, without quotes",
        "应写 true（是）或 false（否），不加引号",
    ),
    "string_type": (
        "rule.type",
        'write text in quotes, such as "text"',
        '应为文字，前后加英文引号，如 "文字"',
    ),
    "tuple_type": ("rule.type", 'write a list, such as ["A", "B"]', '应为列表，如 ["A", "B"]'),
    "model_type": ("rule.type", "write it as {example}", "应写作 {example}"),
    "literal_error": ("rule.choice", "write one of {choices}", "只能是 {choices} 之一"),
    "greater_than": ("rule.range", "must be more than {gt}", "须大于 {gt}"),
    "greater_than_equal": ("rule.range", "must be at least {ge}", "不得小于 {ge}"),
    "less_than_equal": ("rule.range", "must be at most {le}", "不得大于 {le}"),
    "too_short": ("rule.range", "name at least one", "至少要有一项"),
    "too_long": ("rule.range", "at most {max_length} are possible", "最多 {max_length} 项"),
    "string_too_short": ("rule.range", "must not be empty", "不能为空"),
    "string_too_long": ("rule.range", "at most {max_length} characters", "最多 {max_length} 个字"),
    "string_pattern_mismatch": ("rule.form", "write {form[0]}", "应写{form[1]}"),
}
_SYNTAX = {
    "“": (
        'outside quotes only half-width signs can stand: " = , [ ]',
        "引号、等号、逗号、方括号须用英文（半角）的",
    ),
    "Invalid value": (
        "what stands after = cannot be read: text in quotes, numbers without",
        "等号后的写法不对：文字加英文引号，数字不加",
    ),
    "Cannot overwrite": ("this key stands twice; remove one", "同一项写了两次，请删去一处"),
    "Cannot declare": ("this section stands twice; join them", "同一节写了两次，请合并"),
    "Expected '='": ("write  name = value", "应写作  名称 = 值"),
    "Expected newline": (
        "one line holds one thing; what follows is too much",
        "一行只写一项，后面多了内容",
    ),
    "Expected ']": ("a square bracket is not closed", "方括号没有成对"),
    "Unclosed array": (
        "a list is not closed, or a comma is missing in it",
        "列表的方括号没有成对，或两项之间缺少逗号",
    ),
    "Illegal character": ("a quotation mark is not closed", "引号没有成对"),
    "Unterminated string": ("a quotation mark is not closed", "引号没有成对"),
    "": ("this is not TOML; write  name = value", "不合 TOML 写法，应写作  名称 = 值"),
}
