"""Which heading means which field: `columns.toml`, and a file of the user's own on top of it."""

import pkgutil
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from ledger.errors import Unsafe
from ledger.sheets.cells import plain

Kind = Literal["organisations", "volunteers", "activities", "attendance", "training", "honours"]
KINDS: tuple[Kind, ...] = get_args(Kind)
REASON = "原因/reason"  # our own column in a file of refused rows; never read

# A heading row names at least one of these: without it nobody could say what a row is about.
KEYS: dict[Kind, frozenset[str]] = {
    "organisations": frozenset({"code", "name"}),
    "volunteers": frozenset({"name", "number", "document"}),
    "activities": frozenset({"code", "name"}),
    "attendance": frozenset({"name", "number", "document"}),
    "training": frozenset({"name", "number", "document"}),
    "honours": frozenset({"name", "number", "document"}),
}
_BRACKETS = re.compile(r"[(\[【〔<《][^)\]】〕>》]*[)\]】〕>》]")
_EDGES = ":*·-_"
SKIP = ""  # the field of headings that are known and not read


@dataclass(frozen=True, slots=True)
class Columns:
    """The table of headings: for each kind, normalised heading to field."""

    table: Mapping[str, Mapping[str, str]]

    def field(self, kind: Kind, heading: str) -> str | None:
        """Return the field a heading means: `SKIP` if it is known and not read, None if unknown."""
        full, bare = normal(heading)
        names = self.table[kind]
        return names.get(full, names.get(bare))

    def extended(self, data: bytes) -> "Columns":
        """Return the table with the user's headings added, his word before ours."""
        table = {kind: dict(names) for kind, names in self.table.items()}
        for kind, fields in _parsed(data).items():
            table[kind].update(_headings(kind, fields, frozenset(self.table[kind].values())))
        return Columns(table)


def normal(heading: str) -> tuple[str, str]:
    """Return a heading without blanks, stars, colons and case; then also without its brackets."""
    full = plain(heading).casefold().strip(_EDGES)
    return full, _BRACKETS.sub("", full).strip(_EDGES)


@cache
def default() -> Columns:
    """Return the headings that come with the program."""
    data = pkgutil.get_data("ledger.sheets", "columns.toml")
    assert data is not None, "columns.toml is part of the package"
    raw = tomllib.loads(data.decode())
    skip = {normal(name)[0]: SKIP for name in raw["skip"]}
    return Columns(
        {kind: skip | _headings(kind, raw[kind], frozenset(raw[kind])) for kind in KINDS}
    )


def _parsed(data: bytes) -> dict[Kind, dict[str, object]]:
    try:
        raw: dict[str, object] = tomllib.loads(data.decode("utf-8-sig"))
    except ValueError as error:
        en, zh = f"not a TOML file in UTF-8 ({error})", f"不是 UTF-8 的 TOML 文件（{error}）"
        raise _bad(en, zh) from error
    found: dict[Kind, dict[str, object]] = {}
    for kind, fields in raw.items():
        if kind not in KINDS or not isinstance(fields, dict):
            raise _bad(
                f"[{kind}] is none of {', '.join(KINDS)}", f"[{kind}] 不是 {'、'.join(KINDS)} 之一"
            )
        found[kind] = fields
    return found


def _headings(kind: str, fields: Mapping[str, object], known: frozenset[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, names in fields.items():
        if field not in known or field == SKIP:
            raise _bad(f"[{kind}] has no field {field}", f"[{kind}] 没有字段 {field}")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            en = f"[{kind}] {field} must be a list of headings"
            raise _bad(en, f"[{kind}] {field} 应为栏目名称的列表")
        for heading in (normal(name)[0] for name in names):
            if found.setdefault(heading, field) != field:
                raise _bad(
                    f"[{kind}] gives {heading} to {found[heading]} and to {field}",
                    f"[{kind}] 中“{heading}”同时属于 {found[heading]} 和 {field}",
                )
    return found


def _bad(en: str, zh: str) -> Unsafe:
    return Unsafe("columns.malformed", en=f"the column table: {en}", zh=f"栏目对照表：{zh}")
