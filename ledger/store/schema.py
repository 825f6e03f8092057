"""The schema: how the database is made, held against how we make it.

Rows are judged by the audit, but a view in a table's place shows other rows than are stored, and a trigger
or a rule writes other rows than were sent: whoever asks later would be told something else. The guards
of the append-only tables are held against a digest of what the migrations made; a test computes it anew.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from ledger.store.tables import METADATA

OURS = frozenset(METADATA.tables) | {"alembic_version"}
# Of each append-only table: its guards, and the first half of the SHA-256 of how they are defined.
GUARDS: Mapping[str, Mapping[str, str]] = {
    "sqlite": {
        "entries": "938572ee38e9325a28800305b1d651e7",
        "items": "6a70fedc80fb3821a76d0e01b2c71062",
        "nodes": "bc655f43c17e89dd82edd3add3c6e514",
        "checkpoints": "0b400a4700f58d92b91b8e41b3eff82f",
        "cosignatures": "08d1a8c2d7ae4fed73a71a731317c60d",
    },
    "postgresql": {
        "entries": "5be4663ee5ba8e19d256d93664106520",
        "items": "b26915e7ed158251e5d693f36ea870ca",
        "nodes": "fc3b8c7f66b81c6a1c3e4ffa08e67784",
        "checkpoints": "54900707878b93f4d3afee49dac69929",
        "cosignatures": "4a0f5723913cac156a51d7b0f9bf18fc",
    },
}
_SUFFIXES = {"sqlite": ("next", "update", "delete"), "postgresql": ("next", "change", "truncate")}
_SHOWN = 10  # names of what is not ours
_SAID = 100  # troubles that SQLite is asked for
_INDEXES = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'index'"
_OBJECTS = {
    "sqlite": "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type <> 'index'",
    "postgresql": """
        SELECT 'trigger', t.tgname, c.relname,
            concat_ws(' ', t.tgtype, t.tgenabled, t.tgqual IS NULL, p.prosrc)
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
            JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND NOT t.tgisinternal
        UNION ALL SELECT 'rule', r.rulename, c.relname, ''
        FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
            JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relkind <> 'v'
        UNION ALL SELECT 'rule', 'row level security', c.relname, ''
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relrowsecurity
        UNION ALL SELECT CASE c.relkind WHEN 'r' THEN 'table' ELSE 'view' END, c.relname, c.relname, ''
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'v', 'm', 'f', 'p')
    """,
}


class Odd(NamedTuple):
    """Something that is not as we make it: `code`, the table or name it is about, and what it is."""

    code: str
    place: str
    en: str
    zh: str


@dataclass(slots=True)
class Schema:
    """What is in a database: tables and views by name, and what acts on a table, by its definition."""

    tables: dict[str, str] = field(default_factory=dict)
    triggers: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    rules: list[tuple[str, str]] = field(default_factory=list)

    def digest(self, table: str) -> str:
        """Return what tells the triggers of a table from any others."""
        said = "\0".join(f"{name}\0{how}" for name, how in sorted(self.triggers[table].items()))
        return sha256(said.encode()).hexdigest()[:32]


def read(connection: Connection) -> Schema:
    """Read how the database is made, in the schema that our tables are in."""
    found = Schema()
    for kind, name, table, how in connection.exec_driver_sql(_OBJECTS[connection.dialect.name]):
        if kind == "trigger":
            found.triggers[table][name] = how
        elif kind == "rule":
            found.rules.append((table, name))
        elif not name.startswith("sqlite_"):
            found.tables[name] = kind
    return found


def odd(connection: Connection) -> list[Odd]:
    """Return what is not as we make it; `schema.extra` touches nothing of ours."""
    found, dialect = read(connection), connection.dialect.name
    return [*_tables(found), *_actors(found, dialect), *_extra(found)]


def torn(connection: Connection) -> list[Odd]:
    """Return where the file contradicts itself: an index above all that is out of step with its table.

    Whatever is looked up by such an index is not what is stored. SQLite alone is asked: PostgreSQL has
    amcheck, for who looks after it.
    """
    if connection.dialect.name != "sqlite":
        return []
    try:
        said = [row[0] for row in connection.exec_driver_sql(f"PRAGMA integrity_check({_SAID})")]
    except DatabaseError as error:  # garbage in a page: what the replay could read stays judged
        return [_contradicted("sqlite_schema", "", str(error.orig))]
    if said == ["ok"]:
        return []
    indexes = dict(map(tuple[str, str], connection.exec_driver_sql(_INDEXES)))
    found = dict[tuple[str, str], str]()  # table and index, and what is said of them first
    for text in said:
        index = next((name for name in indexes if text.endswith(f"index {name}")), "")
        found.setdefault((indexes.get(index, "sqlite_schema"), index), text)
    return [_contradicted(table, index, text) for (table, index), text in found.items()]


def _contradicted(table: str, index: str, text: str) -> Odd:
    if not index:
        en = f"SQLite finds its file damaged: {text}; keep the file, and put the newest backup back"
        return Odd(
            "schema.damaged",
            table,
            en,
            f"SQLite 发现文件损坏：{text}；请保留原文件，恢复最新的备份",
        )
    return Odd(
        "schema.index",
        table,
        f"the index {index} is out of step with it ({text}): what is looked up is not what is stored;"
        " put the newest backup back, or have `REINDEX` build it anew",
        f"索引 {index} 与它不一致（{text}）：查到的与所存的不同；请恢复最新的备份，或用 REINDEX 重建",
    )


def _tables(found: Schema) -> Iterator[Odd]:
    for name in sorted(OURS):
        kind = found.tables.get(name)
        if kind is None:
            en = "the table is missing: of what follows from the log nothing was compared"
            yield Odd("schema.missing", name, en, "缺少这张表：由日志得出的内容都未能核对")
        elif kind != "table":
            en = "it is no table: what is read from it need not be what is stored"
            yield Odd("schema.view", name, en, "它不是表：从中读出的，未必是所存的内容")


def _actors(found: Schema, dialect: str) -> Iterator[Odd]:
    for table, name in sorted(found.rules):
        if table in OURS:
            en = f"{name} acts on it and is not ours: it can show or write other rows than are stored"
            zh = f"{name} 作用于它，却不是本程序所建：可以使读出、写入的与所存的不同"
            yield Odd("schema.rule", table, en, zh)
    for table in sorted(OURS & found.tables.keys()):
        due = (
            {f"{table}_{one}" for one in _SUFFIXES[dialect]} if table in GUARDS[dialect] else set()
        )
        there = set(found.triggers[table])
        for name in sorted(there - due):
            en = f"the trigger {name} is not ours: it can change what is written"
            yield Odd(
                "schema.trigger", table, en, f"触发器 {name} 不是本程序所建：可以改动写入的内容"
            )
        for name in sorted(due - there):
            en = f"the guard {name} is missing: somebody took it away, and the database lets rows be changed"
            yield Odd(
                "schema.guard", table, en, f"缺少守卫触发器 {name}：有人去掉了它，改动行时不再受阻"
            )
        if due == there and due and found.digest(table) != GUARDS[dialect][table]:
            en = "its guards have our names and do something else"
            yield Odd("schema.guard", table, en, "它的守卫触发器名称相同，内容却被改过")


def _extra(found: Schema) -> Iterator[Odd]:
    names = sorted(set(found.tables) - OURS)
    if names:
        shown = ", ".join(names[:_SHOWN]) + ("…" if len(names) > _SHOWN else "")
        en = f"beside the ledger's tables there are {shown}: no part of it, and not looked at"
        zh = f"除账本的表之外还有 {shown}：不属于账本，未予查看"
        yield Odd("schema.extra", names[0], en, zh)
