"""The charter, officers' keys and rulesets: who the ledger begins with, and how that changes."""

import re
from functools import lru_cache

from msgspec.structs import replace

from ledger import rulesets
from ledger.book import Book
from ledger.encoding import base64, encode
from ledger.errors import Malformed, Unsafe
from ledger.kinds import Appointment, Charter, Dismissal, RulesetAdoption
from ledger.note import ED25519, Verifier
from ledger.records import NOBODY, Adoption, Key, Organisation, Record
from ledger.rows import Item, PersonItem, RulesetItem
from ledger.rules.authority import LEDGER, within
from ledger.rules.heard import Heard
from ledger.rules.lines import no
from ledger.times import day_of

KEY_NAME = re.compile(r"[A-Za-z0-9._-]{1,32}/[A-Za-z0-9._-]{1,32}")
CODE = 1  # the version of these rules; a change of what they decide is a new one


def charter(head: Charter, items: tuple[Item, ...], ref: str, origin: str) -> tuple[Record, ...]:
    """Begin a ledger: its log, its first operator and its recovery key."""
    (item,) = items
    assert isinstance(item, PersonItem)
    roles = (("operator", head.operator), ("log", head.log), ("recovery", head.recovery))
    keys = [(role, verifier(vkey)) for role, vkey in roles]
    if keys[1][1].name != origin or head.organisation != LEDGER:
        raise no(
            "charter.origin",
            "the log key bears another name than the origin",
            "日志密钥名与账本名不符",
        )
    if len({key.key for _, key in keys}) != len(keys):
        raise no("key.enrolled", "the charter names one key twice", "章程中同一密钥出现两次")
    for role, key in keys:
        _check_name(key, role, origin)
    person = {"operator": item.person, "log": "log", "recovery": "recovery"}
    return tuple(
        Key(key.by, 0, ref, role, LEDGER, person[role], str(key), base64(key.key))
        for role, key in keys
    )


def appointment(book: Book, head: Appointment, heard: Heard) -> tuple[Record, ...]:
    """Enrol a key; the recovery key replaces operators and the log key, and nobody else.

    A log has one key at a time: a new one takes the place of the one before it.
    """
    by = heard.signer
    (item,) = heard.items
    assert isinstance(item, PersonItem)
    key = check_new(book, head.key, head.role)
    ledger_wide = head.role in ("log", "operator")
    if (by.role == "recovery" and not ledger_wide) or (ledger_wide and head.organisation != LEDGER):
        raise no("not_authorised", f"{by.by} may not appoint that", f"{by.by} 无权作此任命")
    if head.role == "log":
        return succession(book, key, heard.ref)
    return (_enrolled(book, key, heard.ref, (head.role, head.organisation, item.person)),)


def check_new(book: Book, vkey: str, role: str) -> Verifier:
    """Return a key that may be enrolled for a role, or raise: never weak, never twice."""
    key = verifier(vkey)
    if book.key_of_public(base64(key.key)) or book.find(Key, key.by):
        raise no("key.enrolled", f"the key {key.by} is enrolled already", f"密钥 {key.by} 已登记过")
    _check_name(key, role, book.origin)
    return key


def succession(book: Book, key: Verifier, ref: str) -> tuple[Record, ...]:
    """Put a new log key in the place of the one in force: it signs from the next checkpoint on.

    So every size of the log has one key that speaks for it, and no moment is without one.
    """
    before = [one for one in book.all(Key) if one.role == "log" and one.until == NOBODY]
    return (
        *(replace(one, until=book.size) for one in before),
        _enrolled(book, key, ref, ("log", LEDGER, "log")),
    )


def _enrolled(book: Book, key: Verifier, ref: str, office: tuple[str, str, str]) -> Key:
    return Key(key.by, book.size, ref, *office, str(key), base64(key.key))


def dismissal(book: Book, head: Dismissal, heard: Heard) -> tuple[Record, ...]:
    """End an appointment. Operators are dismissed against their will by the recovery key alone.

    A log key ends by being replaced: a log without a key could not say so.
    """
    key = book.key_of_appointment(head.appointment)
    if key is None or key.until != NOBODY:
        raise no("appointment.unknown", "no such appointment is in force", "没有这项有效的任命")
    if key.role == "log":
        raise no(
            "log.replace",
            "a log key is not dismissed but replaced; `vledger officer log-key` does that",
            "日志密钥不能解聘，只能更换；请用 `vledger officer log-key`",
        )
    own = key.role == "operator" and key.person == heard.signer.person
    if key.role == "operator" and not (own or heard.signer.role == "recovery"):
        raise no("not_authorised", "only the recovery key may do that", "只有恢复密钥可以这样做")
    if not within(book, key.organisation, head.organisation):
        raise no("not_authorised", f"{key.by} is not below", f"{key.by} 不在其范围内")
    return (replace(key, until=book.size),)


def ruleset(book: Book, head: RulesetAdoption, heard: Heard) -> tuple[Record, ...]:
    """Adopt a ruleset from a day not before its stamp, to be read by a code that we know."""
    ref, stamp = heard.ref, heard.stamp
    (item,) = heard.items
    assert isinstance(item, RulesetItem)
    if head.code != CODE:
        raise Unsafe(
            "code.unknown",
            en=f"rules of code {head.code} follow, and this program knows code {CODE};"
            " use a newer version",
            zh=f"后续内容适用规则代码 {head.code}，本程序只认识 {CODE}，请使用新版本",
        )
    if head.organisation != LEDGER or head.from_ < day_of(stamp):
        raise no(
            "ruleset.from", f"{head.from_} is before its stamp", f"生效日 {head.from_} 早于登记时间"
        )
    document = encode(item.ruleset).decode()
    rulesets.read(document)  # what the book will read again must be readable
    return (Adoption(book.size, ref, head.code, head.from_, document),)


@lru_cache(maxsize=1024)  # a key is judged once, and then signs thousands of times
def verifier(vkey: str) -> Verifier:
    """Read a key to be enrolled: an Ed25519 key under a name of ours, and not a weak one."""
    key = Verifier.parse(vkey)
    if key.algorithm != ED25519:
        raise Malformed(f"{key.by} is not a signing key", f"{key.by} 不是签名密钥")
    key.check_enrollable()
    return key


def _check_name(key: Verifier, role: str, origin: str) -> None:
    # What is enrolled is published: a free name could be a person's.
    logs = key.name == origin
    if logs != (role == "log") or not (logs or KEY_NAME.fullmatch(key.name)):
        raise no(
            "key.name",
            f"{key.name} is not a name for a {role}",
            f"{key.name} 不能作 {role} 的密钥名",
        )


def check_beginning(book: Book, kind: str, role: str) -> None:
    """Raise `Rejected` unless entries 0, 1 and 2 are charter, ruleset and the root organisation."""
    begins = ("charter", "ruleset", "organisations")
    due = begins[book.size] if book.size < len(begins) else ""
    if (due and kind != due) or (not due and kind == "charter"):
        raise no(
            "log.beginning",
            f"entry {book.size} cannot be a {kind}",
            f"第 {book.size} 条不能是 {kind}",
        )
    root = kind == "organisations" and book.root() is None
    if root and role != "operator":
        raise no(
            "not_authorised",
            "the root organisation is named by the operator",
            "根组织应由管理员登记",
        )


def is_root_row(book: Book, kind: str) -> bool:
    """Tell whether a statement is the one that names the root organisation."""
    return kind == "organisations" and not any(book.all(Organisation))
